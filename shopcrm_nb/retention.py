"""Retention: of the customers of the year before a period, how many bought again in it."""

import datetime as dt

import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import resample
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period

YEAR = dt.timedelta(days=365)


def base(when: Period) -> Period:
    """Return the 365 days before the period, whose customers could come back in it."""
    return Period(when.start - YEAR, when.start - dt.timedelta(days=1))


@needs("orders.customer_id")
def sums(shop: Shop, orders: ir.Table, periods: dict[str, Period]) -> pd.DataFrame | NotComputed:
    """Return, by period and group of customers as ``windows.sums`` does: base_customers, back_customers.

    base_customers have a valid order in the 365 days before the period, back_customers of them one in it,
    and back_net_sales is what they brought in it. Unlike a number of returning customers the share does not
    grow with the shop. ``orders`` are those of ``history.orders``. A period has no rows where its base begins
    before the data do; NotComputed where that is true of all.
    """
    first = shop.first_day
    known = {name: when for name, when in periods.items() if base(when).start >= first}
    if not known:
        return NotComputed("orders.customer_id", _("of the 365 days before the period"))
    return pd.concat([_of(orders, name, when) for name, when in known.items()], ignore_index=True)


def _of(orders: ir.Table, name: str, when: Period) -> pd.DataFrame:
    near = orders.filter(orders.customer_id.notnull() & orders.paid_on.between(base(when).start, when.end))
    inside = near.paid_on >= when.start
    each = near.group_by("customer_id").aggregate(
        old=(~inside).any(), back=inside.any(), net=near.net.sum(where=inside).fill_null(0.0).round(4)
    )
    old = each.filter(each.old)
    summed = old.group_by(group=resample.group(old.customer_id)).aggregate(
        base_customers=old.count(),
        back_customers=old.back.sum(),
        back_net_sales=old.net.sum().round(4),
    )
    return summed.order_by("group").to_pandas().assign(period=name)
