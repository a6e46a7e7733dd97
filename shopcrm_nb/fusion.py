"""Fusion: several channels or shops beside each other, what each brings and who comes back to it (CU-17)."""

import datetime as dt

import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n, portrait_words
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.filled import lacks
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop

DIMENSIONS = ("channel", "shop")
A_YEAR = 365
UNKNOWN = "unknown"
FIGURES = [
    *("level", "orders", "order_share", "customers", "customer_share"),
    *(
        "net_sales",
        "sales_share",
        "net_sales_per_order",
        "returning_share",
        "told_orders",
        "repurchase_share",
    ),
]


@needs()
def figures_by(shop: Shop, orders: ir.Table, dimension: str) -> pd.DataFrame | NotComputed:
    """Return a row for each channel or shop (``dimension``) of the valid orders of the 365 days to as_of.

    - level ("unknown" where an order has none), orders, order_share, net_sales, sales_share,
      net_sales_per_order; customers (distinct, by their key), customer_share (of all distinct customers: who
      buys at two levels counts at both, so that these shares may add up to more than one). Customers are null
      without usable keys.
    - returning_share: orders of returning customers, of the told_orders (``history.orders``: new or
      returning; wherever the earlier order was placed).
    - repurchase_share: of the customers, those with more than one valid order in these days, at whatever
      level (复购率): a small level would else seem to be one where nobody comes back.

    Sorted by net sales. NotComputed where the shop's orders do not have the column, or hold one level only.
    """
    if absent := lacks(shop, "orders", dimension):
        return absent
    year = _year(shop, orders, dimension)
    sums = _sums(year)
    named = sums.level[sums.level != UNKNOWN].tolist()
    if len(named) < 2:
        return one_level(dimension, named)
    frame = sums.sort_values(["net_sales", "level"], ascending=[False, True])
    frame["order_share"] = frame.orders / frame.orders.sum()
    frame["sales_share"] = frame.net_sales / (frame.net_sales.sum() or float("nan"))
    frame["net_sales_per_order"] = frame.net_sales / frame.orders
    frame["returning_share"] = frame.returning / frame.told_orders.where(frame.told_orders > 0)
    frame = _with_customers(frame, year, shop)
    return frame[FIGURES].reset_index(drop=True)


def _year(shop: Shop, orders: ir.Table, dimension: str) -> ir.Table:
    near = orders.filter(orders.paid_on > shop.as_of - dt.timedelta(days=A_YEAR))
    return near.mutate(level=near[dimension].fill_null(UNKNOWN))


def _sums(year: ir.Table) -> pd.DataFrame:
    return (
        year.group_by("level")
        .aggregate(
            orders=year.count(),
            net_sales=year.net.sum().round(4),
            returning=(year.kind == "returning").sum(),
            told_orders=year.kind.isin(["new", "returning"]).sum(),
        )
        .to_pandas()
    )


def one_level(dimension: str, levels: list[str]) -> NotComputed:
    """Return what is said of a shop with one channel or shop, or none: there is nothing to compare."""
    needed = {"channel": _("a second channel"), "shop": _("a second shop")}[dimension]
    if not levels:
        return NotComputed(needed, _("no valid order names one"))
    return NotComputed(needed, _("all valid orders that name one are of {level}").format(level=levels[0]))


def _with_customers(frame: pd.DataFrame, year: ir.Table, shop: Shop) -> pd.DataFrame:
    if shop.missing("orders.customer_id"):
        nobody = {"customers": pd.array([pd.NA] * len(frame), "Int64")}
        return frame.assign(**nobody, customer_share=float("nan"), repurchase_share=float("nan"))
    named = year.filter(year.customer_id.notnull())
    orders = named.group_by("customer_id").aggregate(orders=named.count())
    each = named.select("level", "customer_id").distinct().inner_join(orders, "customer_id")
    by_level = each.group_by("level").aggregate(customers=each.count(), again=(each.orders > 1).sum())
    everybody = named.customer_id.nunique().to_pyarrow().as_py()
    frame = frame.merge(by_level.to_pandas(), "left", "level").fillna({"customers": 0, "again": 0})
    frame["customer_share"] = frame.customers / (everybody or float("nan"))
    frame["repurchase_share"] = frame.again / frame.customers.where(frame.customers > 0)
    return frame.astype({"customers": "Int64"})


@needs()
def sentence(found: pd.DataFrame, dimension: str, currency: str) -> str:
    """Say which channel or shop brings the most."""
    best, names = found.iloc[0], {"channel": _("channels"), "shop": _("shops")}
    said = _("Of {n} {levels}, {level} brings the most: {share} of the net sales, {amount} an order.").format(
        n=i18n.count(len(found)),
        levels=names[dimension],
        level=portrait_words.level(dimension, best.level),
        share=i18n.percent(best.sales_share),
        amount=i18n.each_money(best.net_sales_per_order, currency),
    )
    return said


@needs()
def shown(found: pd.DataFrame, dimension: str) -> pd.DataFrame:
    """Return ``figures_by`` to read: words for the levels that the workbook knows, without told_orders."""
    words = [portrait_words.level(dimension, code) for code in found.level]
    return found.drop(columns="told_orders").assign(level=words)
