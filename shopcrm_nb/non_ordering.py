"""Non-ordering: the people who do not order, in four types: malicious, lapsed, cart only, visitor (S0)."""

from functools import reduce

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import model, scale
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.model import Shop

BLACKLIST = "customers.blacklisted"
BEHAVIOUR = "events.type"
# Each type with its details, first type first; a detail → the input that it cannot be told without.
TYPES = {
    "malicious": {"with_orders": BLACKLIST, "without_orders": BLACKLIST},
    "lapsed": {"several_orders": "", "one_order": ""},
    "cart_only": {"in_cart": BEHAVIOUR},
    "visitor": {"refunded": "", "unpaid": "", "favourite": BEHAVIOUR, "browsed": BEHAVIOUR},
}
COUNTS = ("orders", "nothing_left", "rows", "carts", "favourites", "blacklisted")


@needs("orders.customer_id")
def people(shop: Shop) -> ir.Table:
    """Return a row for each person who does not order, of the first of the four types that fits (E-07).

    Columns customer_id, type, detail, last_order_on (day of the last valid order, null without one), orders
    (valid orders ever), net_sales (of these). *malicious*: blacklisted, whatever else holds (the list has no
    dates: it is the one of today's file); *lapsed*: valid orders, none of them in the evaluation period;
    *cart_only*: put something in the cart and has no order row at all; *visitor*: anybody else without a
    valid order: came to look, marked a favourite, never paid, or (refunded) paid orders of which not more
    than the shop's minimum is left. Left out are people with a valid order in the period, rows after as_of,
    and rows without a customer id. By type, highest net sales first; kept in the engine while it is in use.
    """
    opens = scale.cut_days(shop.as_of, shop.settings.rules.rfm)[-1]
    each = _each(shop)
    each = each.filter((each.blacklisted > 0) | (each.orders == 0) | (each.last_order_on < opens))
    kind = ibis.cases(
        (each.blacklisted > 0, "malicious"),
        (each.orders > 0, "lapsed"),
        ((each.carts > 0) & (each.rows == 0), "cart_only"),
        else_="visitor",
    )
    typed = each.mutate(type=kind)
    typed = typed.mutate(detail=_detail(typed))
    kept = typed.select("customer_id", "type", "detail", "last_order_on", "orders", "net_sales").cache()
    place = ibis.cases(*((kept.type == name, place) for place, name in enumerate(TYPES)))
    return kept.order_by(place, kept.net_sales.desc(), "customer_id")


def _detail(typed: ir.Table) -> ir.StringValue:
    has = typed.orders > 0
    return ibis.cases(
        ((typed.type == "malicious") & has, "with_orders"),
        (typed.type == "malicious", "without_orders"),
        (typed.orders > 1, "several_orders"),
        (has, "one_order"),
        (typed.type == "cart_only", "in_cart"),
        (typed.nothing_left > 0, "refunded"),
        (typed.rows > 0, "unpaid"),
        (typed.favourites > 0, "favourite"),
        else_="browsed",
    )


def _each(shop: Shop) -> ir.Table:
    """Count what is known of each person of any table, up to as_of."""
    met = [_ordered(shop)]
    if not shop.missing(BEHAVIOUR):
        met.append(_came(shop))
    if not shop.missing(BLACKLIST):
        met.append(_blacklisted(shop))
    every = reduce(_beside, met)
    absent = {name: ibis.literal(0) for name in COUNTS if name not in every.columns}
    counts = {name: every[name].fill_null(0) for name in COUNTS if name in every.columns}
    return every.mutate(**absent, **counts, net_sales=every.net_sales.fill_null(0.0))


def _beside(left: ir.Table, right: ir.Table) -> ir.Table:
    joined = left.outer_join(right, "customer_id")
    person = ibis.coalesce(joined.customer_id, joined.customer_id_right)
    return joined.mutate(customer_id=person).drop("customer_id_right")


def _ordered(shop: Shop) -> ir.Table:
    minimum = shop.settings.rules.orders.min_order_amount
    rows = model.valid(shop.tables["orders"], shop.as_of, minimum)
    rows = rows.filter(rows.customer_id.notnull() & ~rows._why.identical_to("after_as_of"))
    valid = rows._why.isnull()
    return rows.group_by("customer_id").aggregate(
        rows=rows.count(),
        orders=valid.sum(),
        nothing_left=(rows._why == "no_net").sum(),
        last_order_on=rows.paid_on.max(where=valid),
        net_sales=rows.net.sum(where=valid).round(4),
    )


def _came(shop: Shop) -> ir.Table:
    events = shop.tables["events"]
    events = events.filter(events.customer_id.notnull() & (events["at"].date() <= shop.as_of))
    kind = events.type.lower()
    return events.group_by("customer_id").aggregate(
        carts=(kind == "cart").sum(),
        favourites=(kind == "favourite").sum(),
    )


def _blacklisted(shop: Shop) -> ir.Table:
    customers = shop.tables["customers"]
    listed = customers.filter(customers.customer_id.notnull() & customers.blacklisted)
    return listed.group_by("customer_id").aggregate(blacklisted=listed.count())


@needs()
def types(people: ir.Table, shop: Shop) -> pd.DataFrame:
    """Return a row for each type and detail, first type first, those that nobody has with zeros.

    Columns type, detail, customers, net_sales (ever), and state: empty, or, in place of the counts, what is
    missing where the shop lacks the input by which the type could be told.
    """
    sums = people.group_by("type", "detail").aggregate(
        customers=people.count(), net_sales=people.net_sales.sum().round(2)
    )
    found = sums.to_pandas().set_index(["type", "detail"])
    every = pd.MultiIndex.from_tuples([(kind, detail) for kind in TYPES for detail in TYPES[kind]])
    missing = {need: shop.missing(need) for need in (BLACKLIST, BEHAVIOUR)}
    states = [_state(missing.get(need)) for details in TYPES.values() for need in details.values()]
    frame = found.reindex(every.set_names(["type", "detail"]), fill_value=0).assign(state=states)
    frame = frame.astype({"customers": "Int64", "net_sales": "Float64"})
    frame.loc[frame.state != "", ["customers", "net_sales"]] = pd.NA
    return frame.reset_index()


def _state(missing: NotComputed | None) -> str:
    return missing.sentence() if missing else ""
