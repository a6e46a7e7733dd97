"""Health: the four diagnostic indicators of a shop (S2, DX-01) and those beside them, as sums to compare."""

import datetime as dt

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import history, i18n, indicator, traffic, windows
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.i18n import _
from shopcrm_nb.indicator import Indicator, Measured, Stake, plain, ratio
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period, ending, past

# What a benchmark can be given for.
METRICS = (
    *("net_sales", "orders", "net_sales_per_buyer", "new_customers", "returning_customers"),
    *("returning_sales_share", "returning_net_sales_per_customer", "came_back_share", "second_order_share"),
    *("closed_share", "visitors", "conversion_share", "late_share", "pay_sign_hours", "refund_share"),
)


def _times(name: str) -> Stake:
    """At stake: the gap to the comparison × a sum of this period."""
    return lambda sums, gap: gap * sums[name]


def _each(amount: str, count: str, times: str = "") -> Stake:
    """At stake: the gap × what each of ``count`` brings of ``amount``, and × the sum ``times`` if named."""
    return lambda sums, gap: (
        gap * (sums[times] if times else 1) * (sums[amount] / sums[count] if sums[count] else np.nan)
    )


def _excess(amount: str, count: str = "", times: str = "") -> Stake:
    """At stake where less is better: the excess × a sum, or × what each of ``count`` brings."""
    part = _each(amount, count, times) if count else _times(amount)
    return lambda sums, gap: part(sums, -gap)


# A figure without a better direction (0) is shown and raises no alarm.
OF_ORDERS = (
    Indicator("net_sales", plain("net_sales"), "orders", 1, stake=lambda _sums, gap: gap),
    Indicator("orders", plain("orders"), "orders"),
    Indicator("net_sales_per_buyer", ratio("net_sales", "buyers"), "buyers"),
)
OF_CUSTOMERS = (
    Indicator(
        "new_customers",
        plain("new_customers"),
        "new_customers",
        1,
        told=True,
        stake=_each("new_net_sales", "new_customers"),
    ),
    Indicator(
        "returning_customers",
        plain("returning_customers"),
        "returning_customers",
        1,
        told=True,
        stake=_each("returning_net_sales", "returning_customers"),
    ),
    Indicator(
        "returning_sales_share",
        ratio("returning_net_sales", "named_net_sales"),
        "returning_customers",
        1,
        told=True,  # a share of the sales: it falls where new customers bring more, and nothing is lost
    ),
    Indicator(
        "returning_net_sales_per_customer",
        ratio("returning_net_sales", "returning_customers"),
        "returning_customers",
        1,
        told=True,
        stake=_times("returning_customers"),
    ),
)
OF_TRAFFIC = (
    Indicator("visitors", plain("visitors"), "buyers", 1, stake=_each("net_sales", "visitors")),
    Indicator(
        "conversion_share",
        ratio("buyers", "visitors"),
        "buyers",
        1,
        stake=_each("net_sales", "buyers", "visitors"),
    ),
)
OF_CLOSED = (
    Indicator(
        "closed_share",
        ratio("closed_amount", "placed_amount"),
        "placed_orders",
        -1,
        stake=_excess("placed_amount"),
    ),
)
OF_PROCESS = (
    Indicator(
        "late_share", ratio("late", "judged"), "judged", -1, stake=_excess("net_sales", "orders", "judged")
    ),
    Indicator("pay_sign_hours", ratio("sign_hours", "signed"), "signed", -1),
)

OF_RETENTION = (
    Indicator(
        "came_back_share",
        ratio("back_customers", "base_customers"),
        "base_customers",
        1,
        stake=_each("back_net_sales", "back_customers", "base_customers"),
    ),
)
OF_SECOND_ORDERS = (
    Indicator(
        "second_order_share",
        ratio("second_order_customers", "won_customers"),
        "won_customers",
        1,
        stake=_each("later_net_sales", "later_orders", "won_customers"),
    ),
)
OF_REFUNDS = (
    Indicator(
        "refund_share",
        ratio("mature_refund", "mature_paid"),
        "mature_orders",
        -1,
        stake=_excess("mature_paid"),
    ),
)


def spans(as_of: dt.date, period: str) -> dict[str, Period]:
    """Return the periods to measure, by name: now, then (the same a year before) and 1 to 12, its past."""
    now = ending(as_of, period)
    before = {str(n): when for n, when in enumerate(past(as_of, period), start=1)}
    return {"now": now, "then": now.back(12), **before}


def of_orders(shop: Shop, orders: ir.Table, periods: dict[str, Period], seed: int) -> pd.DataFrame:
    """Return the indicators of the valid orders (``history.orders``), as ``indicator.measure`` does.

    net_sales, orders, net_sales_per_buyer (客单价); and where buyers are named new_customers (with a first
    order in the period, by ``history``), returning_customers, returning_sales_share (of the net sales with a
    name) and returning_net_sales_per_customer (回头客单价). Those of a period that begins before new and
    returning customers can be told apart are null.
    """
    named = not shop.missing("orders.customer_id")
    sums = windows.sums(orders, "paid_on", "key", periods, _ORDER_SUMS)
    known = _since(periods, shop.first_day)
    told_from = history.told_from(shop)
    told = {name for name in known if periods[name].start >= told_from}
    measured = Measured(sums, periods, known, told)
    chosen = OF_ORDERS + (OF_CUSTOMERS if named else ())
    return indicator.measure(measured, chosen, shop.settings.rules.health, seed)


_ORDER_SUMS = {
    "orders": lambda t: t.count(),
    "buyers": lambda t: t.key.nunique(),
    "net_sales": lambda t: t.net.sum().round(4),
    "named_net_sales": lambda t: t.net.sum(where=t.kind != "no_buyer").round(4),
    "new_customers": lambda t: t.key.nunique(where=t.kind == "new"),
    "new_net_sales": lambda t: t.net.sum(where=t.kind == "new").round(4),
    "returning_customers": lambda t: t.key.nunique(where=t.kind == "returning"),
    "returning_net_sales": lambda t: t.net.sum(where=t.kind == "returning").round(4),
}


def _since(periods: dict[str, Period], first: dt.date) -> set[str]:
    return {name for name, when in periods.items() if when.start >= first or name == "now"}


@needs()
def of_traffic(
    shop: Shop, found: pd.DataFrame, periods: dict[str, Period], seed: int
) -> pd.DataFrame | NotComputed:
    """Return the indicators of the traffic (``traffic.days``) as ``indicator.measure`` does.

    visitors, and conversion_share: buyers ÷ visitors, both by day and added up. NotComputed where a day of
    this period lacks its traffic.
    """
    covered = traffic.covered(found, periods)
    if "now" not in covered:
        return NotComputed("traffic.visitors", _("for every day of the period"))
    measured = Measured(traffic.sums(found, periods), periods, covered, covered)
    return indicator.measure(measured, OF_TRAFFIC, shop.settings.rules.health, seed)


@needs()
def of_sums(
    shop: Shop,
    indicators: tuple[Indicator, ...],
    sums: pd.DataFrame,
    periods: dict[str, Period],
    seed: int,
) -> pd.DataFrame:
    """Return the ``indicators`` whose sums there are, as ``indicator.measure`` does.

    ``sums`` are those of ``closed.sums`` (OF_CLOSED), ``process.sums`` (OF_PROCESS) and their like, over the
    ``periods``; a period of which they have no row is not known. An indicator of which a sum is missing is
    left out.
    """
    known = _since(periods, shop.first_day) & set(sums.period)
    measured = Measured(sums, periods, known, known)
    chosen = tuple(each for each in indicators if each.n in sums)
    return indicator.measure(measured, chosen, shop.settings.rules.health, seed)


def together(shop: Shop, benchmarks: dict[str, float], *parts: pd.DataFrame | NotComputed) -> pd.DataFrame:
    """Return all indicators that could be computed, judged together (``indicator.judge``).

    Beside ``indicator.COLUMNS`` they have benchmark (``benchmarks`` by the indicator's name), p_adjusted,
    state and benchmark_state.

    So many comparisons are made at once that one in twenty would stand out by chance; p_adjusted takes their
    number into account.
    """
    computed = [part for part in parts if not isinstance(part, NotComputed) and len(part)]
    frame = pd.concat(computed, ignore_index=True)
    frame["benchmark"] = frame.indicator.map(benchmarks).astype("float64")
    return indicator.judge(frame, shop.settings.rules.health)


def both(periods: dict[str, Period]) -> dict[str, Period]:
    """Return now and then alone, for what is too much work to measure for every period of the past."""
    return {name: periods[name] for name in ("now", "then")}


@needs()
def saved(judged: pd.DataFrame, periods: dict[str, Period]) -> pd.DataFrame:
    """Return the indicators as a run keeps them: with the days of the period."""
    now = periods["now"]
    frame = judged.drop(columns=["better", "least_change"])
    frame.insert(2, "period_start", now.start)
    frame.insert(3, "period_end", now.end)
    return frame


def opening(judged: pd.DataFrame, periods: dict[str, Period], currency: str) -> str:
    """Say what the net sales of the period are, for a shop that has nothing to compare them with."""
    value = judged.loc[judged.indicator == "net_sales", "value"].iloc[0]
    now = periods["now"]
    return _("Net sales from {first} to {last} are {now}.").format(
        first=i18n.day(now.start), last=i18n.day(now.end), now=i18n.money(value, currency)
    )


@needs()
def caution(judged: pd.DataFrame) -> str:
    """Say that a change of the net sales is within chance, where it is; else nothing."""
    state = judged.loc[judged.indicator == "net_sales", "state"].iloc[0]
    said = _("Chance alone could have made this change: do not read much into its parts.")
    return said if state == "steady" else ""


@needs()
def figures(judged: pd.DataFrame, planned: pd.DataFrame) -> dict[str, float]:
    """Return the key figures by stable names: health.<indicator>, and how much advice."""
    whole = judged[(judged.subject == "") & judged.value.notna()]
    values = {f"health.{row.indicator}": float(row.value) for row in whole.itertuples()}
    return values | {"health.advice": len(planned)}


@needs()
def shown(judged: pd.DataFrame) -> pd.DataFrame:
    """Return the indicators of the whole shop: those of a month or a place have sections of their own."""
    return judged[~judged.indicator.isin(["conversion_month", "slow_place"])].reset_index(drop=True)
