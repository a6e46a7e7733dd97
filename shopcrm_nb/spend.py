"""Spend: what a buyer brings (客单价) and what that is made of, by old and new customers (DX-06)."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n, shapley, windows
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.history import told_from
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period

KINDS = ("all", "returning", "new", "no_buyer")
SPLIT_KINDS = ("returning", "new")  # that only a long history can tell apart
PER_BUYER = ["net_sales_per_buyer", "items_per_buyer", "orders_per_buyer"]
ITEMS_KNOWN = 0.99  # of the orders of both periods must have a number of items, or items are no factor
FIGURES = {
    "net_sales_per_buyer": ("net_sales", "buyers"),
    "net_sales_per_order": ("net_sales", "orders"),
    "net_sales_per_item": ("counted_net_sales", "items"),
    "items_per_order": ("items", "counted_orders"),
    "items_per_buyer": ("items", "counted_buyers"),
    "orders_per_buyer": ("orders", "buyers"),
}


def levels(shop: Shop, orders: ir.Table, now: Period, before: Period | None = None) -> pd.DataFrame:
    """Return what buyers spend in the period, and ``before`` (else the same days a year before).

    A row for each of now and before (column ``when``) and kind: all, returning, new, and no_buyer where there
    are orders without a customer. Columns orders, buyers, net_sales, net_sales_per_buyer (客单价),
    net_sales_per_order (笔单价), net_sales_per_item (件单价), items_per_order (连带率), items_per_buyer
    (人均件数), orders_per_buyer, orders_without_items: left out of the three figures of items, as their
    number of items is not known. ``orders`` are those of ``history.orders``. A customer who came new and
    bought again within the period is a buyer of both kinds, and one of all; an order without a customer
    counts as a buyer of its own, and without any customer nothing is computed by buyer. Items are those of
    orders.quantity, else of the lines with an amount; without either, what needs them is blank. Blank is also
    a period from before the data begin, and new and returning in one where they cannot be told apart.
    """
    spans = {"now": now, "before": before or now.back(12)}
    rows = windows.within(_with_items(shop, orders), "paid_on", spans)
    sums = [_sums(rows, rows.kind).to_pandas(), _sums(rows, ibis.literal("all")).to_pandas()]
    found = pd.concat(sums).set_index(["when", "kind"])
    kinds = [kind for kind in KINDS if kind != "no_buyer" or kind in found.index.get_level_values("kind")]
    every = pd.MultiIndex.from_product([spans, kinds], names=["when", "kind"])
    found = found.reindex(every, fill_value=0).astype("float64")
    found.loc[_unknown(shop, spans, every)] = float("nan")
    for name, (top, base) in FIGURES.items():
        found[name] = found[top] / found[base].where(found[base] > 0)
    nobody = (found.index.get_level_values("kind") == "no_buyer") | (found.named == 0)
    found.loc[nobody, ["buyers", *PER_BUYER]] = float("nan")
    found["orders_without_items"] = found.orders - found.counted_orders
    counts = ["orders", "buyers", "orders_without_items"]
    return found.astype(dict.fromkeys(counts, "Int64")).reset_index()[
        ["when", "kind", "orders", "buyers", "net_sales", *FIGURES, "orders_without_items"]
    ]


def _with_items(shop: Shop, orders: ir.Table) -> ir.Table:
    """Return the orders with ``items``: how many each has, null where that is not known."""
    if "quantity" in orders.columns and (orders.quantity > 0).any().to_pyarrow().as_py():
        items = ibis.ifelse(orders.quantity > 0, orders.quantity, ibis.null("float64"))
        return orders.mutate(items=items)
    if shop.missing("order_items.quantity"):
        return orders.mutate(items=ibis.null("float64"))
    lines = shop.tables["order_items"]
    bought = lines.filter((lines.amount > 0) & (lines.quantity > 0))
    items = bought.group_by("order_id").aggregate(items=bought.quantity.sum().cast("float64"))
    return orders.left_join(items, "order_id").drop("order_id_right")


def _sums(rows: ir.Table, kind: ir.StringValue) -> ir.Table:
    counted = rows["items"].notnull()
    return rows.group_by(when=rows._period, kind=kind).aggregate(
        orders=rows.count(),
        buyers=rows.key.nunique(),
        net_sales=rows.net.sum().round(4),
        named=(rows.kind != "no_buyer").sum(),
        items=rows["items"].sum().fill_null(0),
        counted_orders=counted.sum(),
        counted_buyers=rows.key.nunique(where=counted),
        counted_net_sales=rows.net.sum(where=counted).round(4).fill_null(0),
    )


def _unknown(shop: Shop, spans: dict[str, Period], every: pd.MultiIndex) -> list[bool]:
    """Say for each row whether the data reach back too little to know it."""
    first, told = shop.first_day, told_from(shop)
    return [
        spans[when].start < (told if kind in SPLIT_KINDS else first if when == "before" else dt.date.min)
        for when, kind in every
    ]


@needs()
def shown(levels: pd.DataFrame) -> pd.DataFrame:
    """Return what buyers spend to read: both periods of a kind together, the period looked at first.

    How many orders are without a number of items is told only where there are any.
    """
    order = {"kind": KINDS.index, "when": ["now", "before"].index}
    found = levels.sort_values(["kind", "when"], key=lambda s: s.map(order[s.name]), ignore_index=True)
    columns = ["kind", "when", *found.columns.drop(["kind", "when"])]
    every = not found.orders_without_items.fillna(0).any()
    return found[columns].drop(columns="orders_without_items" if every else [])


@needs()
def change_shown(change: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return how the change of net_sales_per_buyer is made to read: a row a kind, a column a factor."""
    names = ["net_sales_per_buyer", *(name for name in change.spend_factor if name != "net_sales_per_buyer")]
    found = change.pivot(index="kind", columns="spend_factor", values="per_buyer_contribution")
    found = found.loc[list(dict.fromkeys(change.kind)), list(dict.fromkeys(names))]
    told = found.map(lambda part: i18n.signed_money(part, currency, 2))
    return told.rename(columns=lambda name: f"by_{name}").rename_axis(columns=None).reset_index()


@needs()
def change(levels: pd.DataFrame) -> pd.DataFrame | NotComputed:
    """Return how the change of net_sales_per_buyer is made, for all, returning and new customers.

    A row for each kind that is known in both periods and factor: orders_per_buyer, items_per_order and
    net_sales_per_item; without the items of nearly all orders (ITEMS_KNOWN) orders_per_buyer and
    net_sales_per_order; and net_sales_per_buyer, the product of them. Columns kind, spend_factor,
    factor_before, factor_now, per_buyer_contribution: the Shapley value of the factor in the change of the
    product, in the shop's currency; those of a kind add up to the row of the product to the cent. Orders of
    which the items are not known are taken to have as many as the others. NotComputed where no kind is known
    in both.
    """
    values = levels.set_index(["kind", "when"])
    frames = [_of_kind(kind, values.loc[kind]) for kind in KINDS if kind in levels.kind.to_numpy()]
    found = [frame for frame in frames if frame is not None]
    missing = NotComputed(_("buyers with a name, in both periods"))
    return pd.concat(found, ignore_index=True) if found else missing


def _of_kind(kind: str, both: pd.DataFrame) -> pd.DataFrame | None:
    if both.net_sales_per_buyer.isna().any():
        return None
    known = 1 - both.orders_without_items / both.orders
    with_items = (known >= ITEMS_KNOWN).all()
    factors = {when: _factors(both.loc[when], with_items) for when in ("before", "now")}
    product = both.net_sales_per_buyer
    total = float(product["now"] - product["before"])
    parts = shapley.to_cents(shapley.shapley(factors["before"], factors["now"]), total)
    rows = [(kind, name, factors["before"][name], factors["now"][name], part) for name, part in parts.items()]
    rows.append((kind, "net_sales_per_buyer", product["before"], product["now"], round(total, 2)))
    columns = ["kind", "spend_factor", "factor_before", "factor_now", "per_buyer_contribution"]
    return pd.DataFrame(rows, columns=columns)


def _factors(row: pd.Series, with_items: bool) -> dict[str, float]:
    """Return factors of which the product is net_sales_per_buyer."""
    if not with_items:
        return {name: float(row[name]) for name in ("orders_per_buyer", "net_sales_per_order")}
    per_item = row.net_sales_per_order / row.items_per_order
    return {
        "orders_per_buyer": float(row.orders_per_buyer),
        "items_per_order": float(row.items_per_order),
        "net_sales_per_item": float(per_item),
    }


@needs()
def sentence(levels: pd.DataFrame, currency: str) -> str:
    """Say what a buyer spent in the period, and what old and new ones did."""
    now = levels[levels.when == "now"].set_index("kind")
    figures = {
        "money": i18n.each_money(now.net_sales_per_buyer["all"], currency),
        "orders": i18n.decimal(now.orders_per_buyer["all"], 2),
        "per_order": i18n.each_money(now.net_sales_per_order["all"], currency),
    }
    if not now.orders["all"]:
        return _("There is no valid order in the period.")
    if pd.isna(now.net_sales_per_buyer["all"]):
        said = _("An order brings {per_order}; what a buyer brings is not known without buyers' names.")
        return said.format(**figures)
    said = _("A buyer spent {money} in the period: {orders} orders of {per_order} each.").format(**figures)
    return i18n.sentences([said, _old_and_new(now, currency)])


def _old_and_new(now: pd.DataFrame, currency: str) -> str:
    old, new = now.net_sales_per_buyer["returning"], now.net_sales_per_buyer["new"]
    if pd.isna(old) or pd.isna(new):
        return ""
    said = _("Returning customers spent {old}, new ones {new}.")
    return said.format(old=i18n.each_money(old, currency), new=i18n.each_money(new, currency))


@needs()
def change_sentence(change: pd.DataFrame, currency: str) -> str:
    """Say what a buyer spent in the period before, and what made the difference."""
    rows = change[change.kind == "all"].set_index("spend_factor")
    if rows.empty:
        return ""
    parts = rows.per_buyer_contribution.items()
    money = {f"by_{name}": i18n.signed_money(part, currency, 2) for name, part in parts}
    money["before"] = i18n.each_money(rows.factor_before["net_sales_per_buyer"], currency)
    money["now"] = i18n.each_money(rows.factor_now["net_sales_per_buyer"], currency)
    with_items = _(
        "A buyer spent {now}, before {before}. Of the change of {by_net_sales_per_buyer}, orders per buyer "
        "make {by_orders_per_buyer}, items per order {by_items_per_order} and the price of an item "
        "{by_net_sales_per_item}."
    )
    without = _(
        "A buyer spent {now}, before {before}. Of the change of {by_net_sales_per_buyer}, orders per buyer "
        "make {by_orders_per_buyer} and the amount of an order {by_net_sales_per_order}."
    )
    said = with_items if "items_per_order" in rows.index else without
    return said.format(**money)
