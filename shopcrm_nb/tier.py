"""Tier: the tier of the shop's members that each customer qualifies for, and how far the next is (MB-01)."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.portrait_rules import Tier, TierRules
from shopcrm_nb.rules import source_rules

NONE = "no_tier"
A_CENT = 0.01


@needs("orders.customer_id")
def customers(shop: Shop) -> ir.Table | NotComputed:
    """Return a row for each customer with a valid order up to ``as_of``, kept in the engine while in use.

    Columns customer_id, last_order_on (of all valid orders), tier_orders and tier_amount (how many completed
    orders, and their net sales, ever), and those of ``qualify``. Completed is an order that the shop calls a
    success, and that was not confirmed after as_of; where no order is called so, every valid order counts.
    NotComputed where a shop with another currency has no tiers of its own: the source's are in yuan.
    """
    tiers = shop.settings.rules.tiers.each
    if shop.settings.currency != "CNY" and tiers == source_rules().tiers.each:
        return NotComputed("rules.tiers.each", _("the source's tiers are in yuan"))
    rows = shop.orders.filter(shop.orders.customer_id.notnull())
    done = _completed(rows, shop)
    sums = rows.group_by("customer_id").aggregate(
        last_order_on=rows.paid_on.max(),
        tier_orders=done.sum(),
        tier_amount=rows.net.sum(where=done).fill_null(0).round(4),
    )
    return qualify(sums, shop.settings.rules.tiers).cache()


def by_completed(shop: Shop) -> bool:
    """Tell whether the shop says of any valid order that it is completed."""
    return bool((shop.orders.status == "success").any().to_pyarrow().as_py())


def _completed(rows: ir.Table, shop: Shop) -> ir.BooleanValue:
    if not by_completed(shop):
        return ibis.literal(True) & rows.order_id.notnull()
    done = (rows.status == "success").fill_null(False)
    if "confirmed_at" not in rows.columns:
        return done
    return done & ~(rows.confirmed_at.date() > shop.as_of).fill_null(False)


def qualify(sums: ir.Table, rules: TierRules) -> ir.Table:
    """Add to each row of tier_orders and tier_amount the tier that they reach (S0, E-14).

    - tier: the highest of which the amount or the number of orders is reached (``rules.strict``: exceeded);
      null for none; tier_place: 0 for none, 1 for the lowest.
    - next_tier; missing_amount and missing_orders: each of the two alone would reach it. Null at the top.
    - near: at most ``near_share`` of the next tier's amount or ``near_orders`` orders are missing.
    """
    each = dict(enumerate(rules.each, start=1))
    reached = [(_reached(sums, each[place], rules.strict), place) for place in reversed(each)]
    rows = sums.mutate(tier_place=ibis.cases(*reached, else_=0).cast("int64"))
    more_amount, more_orders = (A_CENT, 1) if rules.strict else (0, 0)
    below = {place - 1: tier for place, tier in each.items()}
    rows = rows.mutate(
        tier=_by_place(rows, {place: tier.name for place, tier in each.items()}),
        next_tier=_by_place(rows, {place: tier.name for place, tier in below.items()}),
        next_amount=_by_place(rows, {place: float(tier.amount) for place, tier in below.items()}),
        next_orders=_by_place(rows, {place: tier.orders for place, tier in below.items()}),
    )
    rows = rows.mutate(
        missing_amount=(rows.next_amount + more_amount - rows.tier_amount).round(4),
        missing_orders=rows.next_orders + more_orders - rows.tier_orders,
    )
    little = rows.missing_amount <= (rows.next_amount * rules.near_share).round(4)
    near = (little | (rows.missing_orders <= rules.near_orders)).fill_null(False)
    return rows.mutate(near=near).drop("next_amount", "next_orders")


def _reached(sums: ir.Table, tier: Tier, strict: bool) -> ir.BooleanValue:
    if strict:
        return (sums.tier_amount > tier.amount) | (sums.tier_orders > tier.orders)
    return (sums.tier_amount >= tier.amount) | (sums.tier_orders >= tier.orders)


def _by_place(rows: ir.Table, values: dict[int, object]) -> ir.Value:
    kind = ibis.literal(next(iter(values.values()))).type()
    return ibis.cases(
        *((rows.tier_place == place, value) for place, value in values.items()), else_=ibis.null(kind)
    )


@needs()
def sizes(tiers: ir.Table, rules: TierRules) -> pd.DataFrame:
    """Return a row a tier, the highest first and no_tier last, always all of them.

    Columns tier, customers (who qualify for it and for none above), customer_share, tier_amount (net sales
    of their completed orders), near_customers (of them near the next tier).
    """
    sums = tiers.group_by(tier=tiers.tier.fill_null(NONE)).aggregate(
        customers=tiers.count(), tier_amount=tiers.tier_amount.sum().round(4), near_customers=tiers.near.sum()
    )
    names = [*(tier.name for tier in reversed(rules.each)), NONE]
    frame = sums.to_pandas().set_index("tier").reindex(pd.Index(names, name="tier"), fill_value=0)
    share = frame.customers / (frame.customers.sum() or float("nan"))
    frame.insert(1, "customer_share", share.astype("float64"))
    return frame.reset_index()


@needs()
def sentence(sizes: pd.DataFrame, completed: bool) -> str:
    """Say how many customers qualify for a tier and how many are near one; ``completed``: of which orders."""
    held = sizes[sizes.tier != NONE]
    n, near, total = int(held.customers.sum()), int(sizes.near_customers.sum()), int(sizes.customers.sum())
    basis = (
        _("Completed orders count, less what was refunded.")
        if completed
        else _("The shop calls no order completed, so every valid order counts, less what was refunded.")
    )
    said = ngettext(
        "{n} of {total} customers qualifies for a tier of the shop's members by what was bought so far; "
        "{near} lack little to the next, lost customers included.",
        "{n} of {total} customers qualify for a tier of the shop's members by what was bought so far; "
        "{near} lack little to the next, lost customers included.",
        n,
    )
    return i18n.sentences(
        [said.format(n=i18n.count(n), total=i18n.count(total), near=i18n.count(near)), basis]
    )
