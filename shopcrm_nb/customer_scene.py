"""Customer scenes: refunds to look into, tiers within reach, gifts that a parcel should hold (CU-11, S1)."""

import datetime as dt

import ibis
import ibis.expr.types as ir

from shopcrm_nb import profile
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.filled import lacks
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop

A_YEAR = 365


@needs("orders.customer_id")
def refunds(shop: Shop) -> ir.Table | NotComputed:
    """Return the customers with ``service.many_refunds`` refunded orders, of those paid in the last 365 days.

    Columns customer_id, since (the day of payment of the last of them: when a refund was made is not known)
    and amount (refunded on all of them).
    """
    rows = shop.tables["orders"]
    back = rows.filter(rows.customer_id.notnull() & (rows.refund > 0))
    paid_on = back.paid_at.date()
    back = back.filter((paid_on <= shop.as_of) & (paid_on > shop.as_of - dt.timedelta(days=A_YEAR)))
    each = back.group_by("customer_id").aggregate(
        n=back.count(), since=back.paid_at.max().date(), amount=back.refund.sum().round(4)
    )
    if not (rows.refund > 0).any().to_pyarrow().as_py():
        return NotComputed("orders.refund", _("no order of the data has a refund"))
    return each.filter(each.n >= shop.settings.rules.service.many_refunds).drop("n")


@needs()
def upgrades(tiers: ir.Table, shop: Shop) -> ir.Table:
    """Return the customers near the next tier who are not lost, by ``tier.customers``.

    Columns customer_id, since (the last order), amount (missing to the next tier) and reason. Lost is whose
    last valid order is more than ``relationship.lost_days`` before as_of.
    """
    rules = shop.settings.rules
    found = tiers.filter(tiers.near & (tiers.last_order_on >= _before(shop, rules.relationship.lost_days)))
    few = found.missing_orders <= rules.tiers.near_orders
    return found.select(
        "customer_id",
        since=found.last_order_on,
        amount=found.missing_amount,
        reason=ibis.ifelse(few, "near_orders", "near_amount"),
    )


def _before(shop: Shop, days: int) -> dt.date:
    return shop.as_of - dt.timedelta(days=days)


@needs()
def of_the_best(waiting: ir.Table, tiers: ir.Table, shop: Shop) -> ir.Table:
    """Return the ``waiting`` orders (paid, not sent) of customers of the highest tier."""
    best = tiers.filter(tiers.tier_place == len(shop.settings.rules.tiers.each))
    return waiting.semi_join(best, "customer_id")


@needs()
def firsts(waiting: ir.Table, shop: Shop) -> ir.Table | NotComputed:
    """Return the ``waiting`` orders (paid, not sent) that are the first valid one of their customer."""
    missing = shop.missing("orders.customer_id")
    if missing:
        return missing
    named = waiting.filter(waiting.customer_id.notnull())
    # Of the few who wait alone: a shop may have millions of others.
    theirs = shop.orders.semi_join(named, "customer_id")
    in_time = ibis.window(group_by="customer_id", order_by=[theirs.paid_at, theirs.order_id])
    placed = theirs.select("order_id", place=ibis.row_number().over(in_time))
    return named.semi_join(placed.filter(placed.place == 0), "order_id")


@needs("orders.customer_id", "customers.birthday")
def birthdays(shop: Shop) -> ir.Table | NotComputed:
    """Return the customers with a valid order whose birthday is within ``service.birthday_days`` of as_of.

    Columns customer_id, since (so many days before the birthday, when the scene begins) and amount (net sales
    so far). A birthday that a form filled in, such as 1900-01-01, is none.
    """
    missing = lacks(shop, "customers", "birthday")
    if missing:
        return missing
    days = shop.settings.rules.service.birthday_days
    people = profile.customers(shop).select("customer_id", "birthday_in_days")
    people = people.filter(people.birthday_in_days <= days)
    rows = shop.orders.filter(shop.orders.customer_id.notnull())
    bought = rows.group_by("customer_id").aggregate(amount=rows.net.sum().round(4))
    found = people.inner_join(bought, "customer_id")
    gone = (days - found.birthday_in_days).as_interval("D")
    return found.select("customer_id", "amount", since=(ibis.literal(shop.as_of) - gone).cast("date"))
