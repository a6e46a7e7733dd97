"""Behaviour: what each person looked at, marked and put in the cart lately, one row a person."""

import datetime as dt

import ibis
import ibis.expr.types as ir

from shopcrm_nb.filled import lacks
from shopcrm_nb.model import Shop

WINDOWS = {"view": (7, 30), "favourite": (30, 90), "cart": (30, 90)}
NAMES = {"view": "views", "favourite": "favourites", "cart": "carts"}
CART_DAYS = 30


def begun(shop: Shop) -> bool:
    """Tell whether there is an event by as_of; before the first, nobody is known to have done nothing."""
    return bool(events(shop).count().to_pyarrow().as_py())


def events(shop: Shop) -> ir.Table:
    """Return the events of named people up to as_of: customer_id, at, on (the day), type, product_id."""
    rows = shop.tables["events"]
    rows = rows.filter(rows.customer_id.notnull() & (rows["at"].date() <= shop.as_of))
    product = rows.product_id if "product_id" in rows.columns else ibis.null("string")
    return rows.select("customer_id", "at", on=rows["at"].date(), type=rows.type.lower(), product_id=product)


def counts(shop: Shop) -> ir.Table:
    """Count each person's events of the last days, as_of included.

    Columns customer_id, views_7d, views_30d, favourites_30d, favourites_90d, carts_30d, carts_90d,
    last_seen_on (day of the last event), cart_unpaid_30d (products put in the cart in the last 30 days and
    not in a paid order of the person since; null where no event names a product).
    """
    rows = events(shop)
    recent = {
        f"{NAMES[kind]}_{days}d": ((rows.type == kind) & (rows.on > _before(shop, days))).sum()
        for kind, windows in WINDOWS.items()
        for days in windows
    }
    each = rows.group_by("customer_id").aggregate(last_seen_on=rows.on.max(), **recent)
    if lacks(shop, "events", "product_id"):
        return each.mutate(cart_unpaid_30d=ibis.null("int64"))
    left = unpaid_carts(shop)
    waiting = left.group_by("customer_id").aggregate(cart_unpaid_30d=left.count())
    both = each.left_join(waiting, "customer_id", rname="{name}_right").drop("customer_id_right")
    return both.mutate(cart_unpaid_30d=both.cart_unpaid_30d.fill_null(0))


def unpaid_carts(shop: Shop) -> ir.Table:
    """Return what is left in the carts of the last 30 days: customer_id, product_id, carted_on (last day).

    A product is left where the person has no paid order with it on that day or after. Without order lines any
    paid order after that moment empties the cart.
    """
    rows = events(shop)
    lately = (rows.type == "cart") & (rows.on > _before(shop, CART_DAYS))
    carts = rows.filter(lately & rows.product_id.notnull())
    carts = carts.group_by("customer_id", "product_id").aggregate(
        carted_at=carts["at"].max(), carted_on=carts.on.max()
    )
    bought, keys = _bought(shop)
    same = [carts[key] == bought[key] for key in keys]
    since = bought.paid_at >= carts.carted_at
    if "product_id" in keys:  # bought on that day, in whatever order of the clocks of two exports
        since = bought.paid_at.date() >= carts.carted_on
    return carts.anti_join(bought, [*same, since]).drop("carted_at")


def _bought(shop: Shop) -> tuple[ir.Table, tuple[str, ...]]:
    orders = shop.tables["orders"]
    on = orders.paid_at.date()  # an order from before all these carts empties none
    paid = orders.filter((on > _before(shop, CART_DAYS)) & (on <= shop.as_of))
    paid = paid.filter(paid.customer_id.notnull()).select("order_id", "customer_id", "paid_at")
    if "order_items" not in shop.tables:
        return paid, ("customer_id",)
    lines = shop.tables["order_items"].select("order_id", "product_id")
    return paid.inner_join(lines, "order_id"), ("customer_id", "product_id")


def _before(shop: Shop, days: int) -> dt.date:
    return shop.as_of - dt.timedelta(days=days)
