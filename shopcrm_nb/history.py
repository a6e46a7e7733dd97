"""History: each valid order with what came before it, so that new and returning customers are told apart."""

import datetime as dt

import ibis
import ibis.expr.types as ir

from shopcrm_nb.model import Shop

KINDS = ("new", "returning", "unknown", "no_buyer")


def orders(shop: Shop) -> ir.Table:
    """Return the valid orders with ``kind``, ``previous_on`` and ``key``, kept in the engine while in use.

    A returning customer's order has an earlier valid order of the same customer in the
    ``history.lookback_days`` before it (365, as the platform's back end counts 老买家, E-12; 0: ever). Any
    other is new, or unknown where the shop's data do not reach back so far; no_buyer has no customer_id.
    ``previous_on`` is the day of the customer's order before, of whatever age. Orders of one moment follow
    each other by their ids. Without usable buyer keys every order is no_buyer. ``key`` is the customer, or
    the order itself where it has no buyer.
    """
    found = shop.orders
    if shop.missing("orders.customer_id"):
        unnamed = {"kind": ibis.literal("no_buyer"), "previous_on": ibis.null("date")}
        return found.mutate(key=found.order_id, **unnamed).cache()
    in_time = ibis.window(group_by="customer_id", order_by=[found.paid_at, found.order_id])
    named = found.customer_id.notnull()
    found = found.mutate(previous_on=ibis.ifelse(named, found.paid_on.lag().over(in_time), ibis.null("date")))
    key = ibis.coalesce(found.customer_id, found.order_id)
    return found.mutate(kind=_kind(found, shop), key=key).cache()


def _kind(found: ir.Table, shop: Shop) -> ir.StringValue:
    days = shop.settings.rules.history.lookback_days
    known = found.previous_on.notnull()
    if days:
        known = known & (found.previous_on >= found.paid_on - ibis.interval(days=days))
    return ibis.cases(
        (found.customer_id.isnull(), "no_buyer"),
        (known.fill_null(False), "returning"),
        (found.paid_on < told_from(shop), "unknown"),
        else_="new",
    )


def told_from(shop: Shop) -> dt.date:
    """Return the first day on which a customer without an earlier order can be called new.

    That is ``history.lookback_days`` (a year where it is 0) after the first valid order.
    """
    return shop.first_day + dt.timedelta(days=shop.settings.rules.history.lookback_days or 365)
