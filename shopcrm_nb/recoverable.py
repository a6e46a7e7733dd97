"""Recoverable: the orders never paid that one can still act on, each with its next step (E-08)."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import placed
from shopcrm_nb.absent import needs
from shopcrm_nb.model import Shop

A_YEAR = 365


@needs("orders.customer_id")
def orders(shop: Shop) -> ir.Table:
    """Return the orders never paid that one can still act on, the highest amounts first (E-08).

    Columns order_id, customer_id, created_at, order_total, status, close_reason, days_since (creation; 0 is
    as_of), next_step. In it are orders created within the last ``recover_days`` that wait or are closed, of
    customers who have not paid a valid order since. Left out are orders without a customer, and of customers
    on the blacklist; consent to mailings is not looked at. next_step: wait on the day of creation, which is
    the first, email on the second (S2 「第2天邮件提醒」), sms from the third on (「第3天短信提醒」),
    re_invite where it is closed, and call where it is closed or waits for more than three days, with an
    amount of at least ``call_times`` the mean of all orders placed in the last year (「…专门回访」).
    """
    rules, rows = shop.settings.rules.closed, placed.orders(shop)
    last_year = rows.order_total.mean(where=rows.created_on > shop.as_of - dt.timedelta(days=A_YEAR))
    high = rules.call_times * (last_year.to_pyarrow().as_py() or 0)
    opens = shop.as_of - dt.timedelta(days=rules.recover_days)
    found = rows.filter((rows.closed | rows.waiting) & (rows.created_on > opens))
    found = found.filter(found.customer_id.notnull())
    found = found.anti_join(shop.orders, placed.bought_since(found, shop.orders, rules.recover_days))
    if not shop.missing("customers.blacklisted"):
        customers = shop.tables["customers"]
        found = found.anti_join(customers.filter(customers.blacklisted), "customer_id")
    days = ibis.literal(shop.as_of).delta(found.created_on, unit="day")
    found = found.mutate(days_since=days, status=ibis.ifelse(found.closed, "closed_unpaid", "unpaid"))
    found = found.mutate(next_step=_step(found, high))
    shown = ["order_id", "customer_id", "created_at", "order_total", "status", "close_reason", "days_since"]
    return found.select(*shown, "next_step").order_by(ibis.desc("order_total"), "order_id")


def _step(found: ir.Table, high: float) -> ir.StringValue:
    dear = found.order_total >= high
    return ibis.cases(
        (found.closed & dear, "call"),
        (found.closed, "re_invite"),
        (found.days_since == 0, "wait"),
        (found.days_since == 1, "email"),
        (dear & (found.days_since > 2), "call"),
        else_="sms",
    )


@needs()
def steps(recoverable: ir.Table) -> pd.DataFrame:
    """Return a row for each step of ``orders`` that occurs: next_step, orders, order_amount."""
    sums = recoverable.group_by("next_step").aggregate(
        orders=recoverable.count(), order_amount=recoverable.order_total.sum().round(2)
    )
    return sums.order_by(sums.order_amount.desc(), "next_step").to_pandas()
