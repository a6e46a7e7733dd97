"""Occasions: the campaign or the sale that went on when an order was paid."""

import datetime as dt
from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import campaign, filled, promotions
from shopcrm_nb.model import Shop

NONE = "none"  # of those who came in no campaign, on no sale's days


def told(shop: Shop, orders: ir.Table, first: dt.date) -> ir.Table:
    """Add campaign and sale to orders (order_id, paid_on) that were paid from the day ``first`` on.

    - campaign: that of a coupon the order was paid with, else the one in whose days it was paid; of several
      the one that began last.
    - sale: the sale of the platform, or of [rules.calendar], in whose days it was paid.

    "none" for neither, null where the shop knows of no campaign (no sale) at all. A date at the end of a name
    is left out, so that the campaign of another year has the same name.
    """
    spans = {(row["name"], row["start"], row["end"]) for row in _campaigns(shop, campaign.without_messages)}
    every = promotions.every(shop, first).itertuples(index=False, name=None)
    orders = _on_days(orders, "campaign", spans, first, shop.as_of)
    orders = _on_days(orders, "sale", set(every) - spans, first, shop.as_of)
    return _by_coupon(
        shop, orders, {row["campaign_id"]: _undated(row["name"]) for row in _campaigns(shop, _all)}
    )


def _all(shop: Shop) -> ir.Table:
    return shop.tables["campaigns"]


def _campaigns(shop: Shop, which: Callable[[Shop], ir.Table]) -> list[dict]:
    if shop.missing("campaigns.start"):
        return []
    rows = which(shop)
    found = rows.select("campaign_id", "name", start=rows.start.date(), end=rows.end.date())
    return found.order_by("campaign_id").to_pyarrow().to_pylist()


def _undated(name: str) -> str:
    return promotions.DATE_IN_A_NAME.sub("", name) or name


def _on_days(orders: ir.Table, column: str, spans: set[tuple], first: dt.date, last: dt.date) -> ir.Table:
    """Add a column with the name of the span that an order lies in."""
    if not spans:
        return orders.mutate(**{column: ibis.null("string")})
    on_day: dict[dt.date, str] = {}
    for name, start, end in sorted(spans, key=lambda span: (span[1], span[0])):  # a later one takes the day
        days = pd.date_range(max(start, first), min(end, last))
        on_day |= dict.fromkeys((day.date() for day in days), _undated(name))
    schema = {"on_day": "date", column: "string"}
    days = ibis.memtable(
        pd.DataFrame(sorted(on_day.items()), columns=list(schema), dtype="object"), schema=schema
    )
    both = orders.left_join(days, orders.paid_on == days.on_day).drop("on_day")
    return both.mutate(**{column: both[column].fill_null(NONE)})


def _by_coupon(shop: Shop, orders: ir.Table, names: dict[str, str]) -> ir.Table:
    """Put the campaign of the coupon that an order was paid with in the place of its days' campaign."""
    keys = [*filled.columns(shop, "coupons", "order_id"), *filled.columns(shop, "orders", "coupon_id")]
    if not keys or filled.lacks(shop, "coupons", "campaign_id"):
        return orders
    used = [_campaign_of(shop, key, names) for key in keys]
    for key, found in zip(keys, used, strict=True):
        if key not in orders.columns:
            ids = shop.orders.select("order_id", key)
            orders = orders.left_join(ids, "order_id", rname="{name}_right").drop("order_id_right")
        orders = orders.left_join(found, key, rname="{name}_right").drop(f"{key}_right")
    told = ibis.coalesce(*(orders[f"by_{key}"] for key in keys), orders.campaign, NONE)
    return orders.mutate(campaign=told).drop(*(f"by_{key}" for key in keys))


def _campaign_of(shop: Shop, key: str, names: dict[str, str]) -> ir.Table:
    """Return the campaign of each order, or of each coupon, that the table of coupons names."""
    rows = shop.tables["coupons"]
    rows = rows.filter(rows[key].notnull() & rows.campaign_id.notnull())
    each = rows.group_by(key).aggregate(code=rows.campaign_id.max())
    titles = [(each.code == code, name) for code, name in sorted(names.items())]
    return each.select(key, **{f"by_{key}": ibis.cases(*titles, else_=each.code) if titles else each.code})
