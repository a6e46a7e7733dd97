"""Rhythm: on which weekdays and at which hours a group orders, beside the orders of everybody."""

import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.group import Groups
from shopcrm_nb.i18n import _
from shopcrm_nb.portrait_rules import PortraitRules
from shopcrm_nb.portrait_words import weekdays

COLUMNS = ["weekday", "hour", "orders", "share", "base_orders", "base_share", "difference"]


@needs()
def orders(baskets: ir.Table, groups: Groups, name: str, rules: PortraitRules) -> pd.DataFrame | NotComputed:
    """Return the valid orders of a group's people beside all orders with a buyer, by weekday and hour.

    COLUMNS, 7 x 24 rows, zeros where there is none: weekday (1 Monday to 7), hour (0 to 23, of the payment in
    the shop's time zone), orders, share (of the group's orders), base_orders, base_share (of all), difference
    (share - base_share). NotComputed where the group has no order, or the orders carry days without times.
    """
    group = groups.named(name)
    if isinstance(group, NotComputed):
        return group
    people = groups.members(name)
    if people.count().to_pyarrow().as_py() < rules.min_customers:
        return NotComputed(_("a group of at least {n} people").format(n=i18n.count(rules.min_customers)))
    named = baskets.filter(baskets.customer_id.notnull())
    if not named.hour_band.count().to_pyarrow().as_py():
        return NotComputed("orders.paid_at", _("it carries days without times"))
    mine = named.customer_id.isin(people.customer_id)
    sums = named.group_by(weekday=named.weekday.cast("int64"), hour=named.paid_at.hour().cast("int64"))
    found = sums.aggregate(orders=mine.sum(), base_orders=named.count()).to_pandas()
    every = pd.MultiIndex.from_product([range(1, 8), range(24)], names=["weekday", "hour"])
    frame = found.set_index(["weekday", "hour"]).reindex(every, fill_value=0).reset_index()
    if not frame.orders.sum():
        return NotComputed(_("orders of the group"))
    frame["share"] = frame.orders / frame.orders.sum()
    frame["base_share"] = frame.base_orders / frame.base_orders.sum()
    return frame.assign(difference=frame.share - frame.base_share)[COLUMNS]


@needs()
def sentence(frame: pd.DataFrame) -> str:
    """Say at which hour and on which weekday most of the group's orders are paid."""
    hours, days = frame.groupby("hour").share.sum(), frame.groupby("weekday").share.sum()
    said = _(
        "The hour with most orders of the group is {hour}:00 to {hour}:59 ({share} of them), the day "
        "{weekday} ({part})."
    )
    return said.format(
        hour=i18n.count(hours.idxmax()),
        share=i18n.percent(hours.max()),
        weekday=weekdays()[str(days.idxmax())],
        part=i18n.percent(days.max()),
    )
