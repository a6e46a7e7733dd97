"""Classic: the eight groups of customers whose recency, frequency and money are each high or low."""

from dataclasses import dataclass
from math import isnan, nan

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.i18n import _
from shopcrm_nb.rules import Rules
from shopcrm_nb.segment import MEASURES
from shopcrm_nb.segment_rules import EXACT

CUTS = ("mean", "median", "own")
GROUPS = {  # recency, frequency, money
    "key_value": ("high", "high", "high"),
    "key_develop": ("high", "low", "high"),
    "key_keep": ("low", "high", "high"),
    "key_win_back": ("low", "low", "high"),
    "general_value": ("high", "high", "low"),
    "general_develop": ("high", "low", "low"),
    "general_keep": ("low", "high", "low"),
    "general_win_back": ("low", "low", "low"),
}


@dataclass(frozen=True)
class Cuts:
    """Where high begins: days since the last purchase, orders (``by_day``: days with one), net sales.

    ``own``: a customer who just meets a shop's own cut is high; who just meets a mean or a median is not.
    """

    recency_days: float
    frequency: float
    monetary: float
    own: bool
    by_day: bool = False


@needs()
def cuts(scored: ir.Table, cut: str, rules: Rules) -> Cuts:
    """Return the cut points of the three measures: mean or median of the ``scored``, or the shop's own.

    Means and medians are rounded to six decimals, so that equal customers are never told apart by the dust of
    a sum. Where nobody is scored, they are NaN. Raises ShopcrmError for an unknown ``cut``.
    """
    if cut not in CUTS:
        known = f"{', '.join(CUTS[:-1])} or {CUTS[-1]}"
        raise ShopcrmError(f'cut: "{cut}" is not a way to cut{did_you_mean(cut, CUTS)}; use {known}')
    by_day = rules.orders.merge_same_day
    if cut == "own":
        return Cuts(**{name: float(value) for name, value in rules.classic}, own=True, by_day=by_day)
    middles = {name: getattr(scored[name], cut)() for name in MEASURES}
    found = scored.aggregate(**middles).to_pyarrow().to_pylist()[0]
    points = {name: nan if value is None else round(value, EXACT) for name, value in found.items()}
    return Cuts(**points, own=False, by_day=by_day)


@needs()
def assign(scored: ir.Table, cuts: Cuts) -> ir.Table:
    """Add ``classic_group``, one of GROUPS, to each row of ``scored``.

    High is strictly better than a mean or a median, so that customers who are all equal are all low; a shop's
    own cut is met by equality.
    """
    if cuts.own:
        high = [
            scored.recency_days <= cuts.recency_days,
            scored.frequency >= cuts.frequency,
            scored.monetary >= cuts.monetary,
        ]
    else:
        high = [
            scored.recency_days < cuts.recency_days,
            scored.frequency > cuts.frequency,
            scored.monetary > cuts.monetary,
        ]
    r, f, m = (ibis.ifelse(test, "high", "low") for test in high)
    tests = (((r == a) & (f == b) & (m == c), group) for group, (a, b, c) in GROUPS.items())
    return scored.mutate(classic_group=ibis.cases(*tests))


@needs()
def groups(assigned: ir.Table) -> pd.DataFrame:
    """Return a row a group, all eight always, in the order of GROUPS.

    Columns classic_group; recency, frequency_level, money (high or low); customers, customer_share,
    net_sales, sales_share, net_sales_per_customer (null where there is nobody). Shares are 0 to 1 of all
    scored customers.
    """
    sums = assigned.group_by("classic_group").aggregate(
        customers=assigned.count(), net_sales=assigned.monetary.sum().round(2)
    )
    found = sums.to_pandas().set_index("classic_group").reindex(list(GROUPS), fill_value=0)
    customers, net_sales = found.customers.astype("int64"), found.net_sales.astype("float64")
    levels = pd.DataFrame(GROUPS, index=["recency", "frequency_level", "money"]).T
    frame = levels.assign(
        customers=customers,
        customer_share=customers / max(customers.sum(), 1),
        net_sales=net_sales,
        sales_share=net_sales / (net_sales.sum() or 1),
        net_sales_per_customer=net_sales / customers,
    )
    return frame.rename_axis("classic_group").reset_index()


@needs()
def cut_points(cuts: Cuts, currency: str) -> str:
    """Say where high begins; a mean or a median is rounded for reading, a shop's own cut is not."""
    if isnan(cuts.recency_days):
        return _("Nobody is scored, so there are no cut points.")
    return _own_points(cuts, currency) if cuts.own else _middle_points(cuts, currency)


def _own_points(cuts: Cuts, currency: str) -> str:
    said = _(
        "High by the shop's own cut points: the last purchase at most {days} days ago; {n} {orders} or more; "
        "net sales of {money} or more."
    )
    whole = cuts.monetary == round(cuts.monetary)
    exact = i18n.money(cuts.monetary, currency) if whole else f"{i18n.number(cuts.monetary)} {currency}"
    return said.format(
        days=i18n.count(cuts.recency_days), orders=_counted(cuts), n=i18n.count(cuts.frequency), money=exact
    )


def _middle_points(cuts: Cuts, currency: str) -> str:
    said = _(
        "High: the last purchase less than {days} days ago; more than {n} {orders}; net sales above {money}. "
        "Whoever is exactly there is low."
    )
    return said.format(
        days=i18n.number(round(cuts.recency_days, 1)),
        orders=_counted(cuts),
        n=i18n.number(round(cuts.frequency, 2)),
        money=i18n.each_money(cuts.monetary, currency),
    )


def _counted(cuts: Cuts) -> str:
    return _("days with an order") if cuts.by_day else _("orders")
