"""Process: how long orders take from payment to review, and how many leave late (DX-09, S1 流程能力分析)."""

import datetime as dt
from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n, reviews, shipping, windows
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.filled import known
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period
from shopcrm_nb.rules import Rules
from shopcrm_nb.shipping import hours, within

# A step: its first time, its last one, and which orders are known not to be through it yet.
STEPS = {
    "pay_ship": ("paid_at", "shipped_at", "unshipped"),
    "ship_sign": ("shipped_at", "signed_at", "unsigned"),
    "pay_sign": ("paid_at", "signed_at", "unsigned"),
    "sign_confirm": ("signed_at", "confirmed_at", "unconfirmed"),
    "ship_confirm": ("shipped_at", "confirmed_at", "unconfirmed"),
    "confirm_review": ("confirmed_at", "reviewed_at", "unreviewed"),
}
QUANTILES = {"median_hours": 0.5, "p80_hours": 0.8, "p95_hours": 0.95}
DIMENSIONS = ("province", "carrier")
UNKNOWN = "unknown"
COUNTED = ["n", "open", "impossible"]


def parcels(shop: Shop) -> ir.Table | NotComputed:
    """Return the paid orders with the times of their way, kept in the engine while in use.

    The columns of ``shipping.orders``, and

    - late, where shipping times are recorded: shipped later than ``rules.process.late_hours`` (48) after the
      payment, or not yet. Null where that cannot be judged: paid less than so many hours before the end of
      ``as_of`` (also where shipped already, or the early ones would be too many), a shipping time that is not
      known or before the payment, refunded in full before shipping.
    - reviewed_at, where reviews name their orders: the first review of the customer's own; unreviewed, true
      where none was written by the end of ``as_of`` and the order was not refunded in full.

    NotComputed for a shop that records none of the times.
    """
    found = shipping.orders(shop)
    if not known(found, *shipping.TIMES):
        return NotComputed("orders.shipped_at")
    if "shipped_at" in found.columns:
        found = found.mutate(late=_late(found, shop.settings.rules.process.late_hours))
    return _reviewed(shop, found).cache()


def _late(found: ir.Table, limit: float) -> ir.BooleanValue:
    took = hours(found.paid_at, found.shipped_at)
    late = ibis.cases((found.unshipped, True), (took >= 0, took > limit), else_=ibis.null("boolean"))
    return ibis.ifelse(found.age_hours >= limit, late, ibis.null("boolean"))


def _reviewed(shop: Shop, found: ir.Table) -> ir.Table:
    written = reviews.read(shop)
    if isinstance(written, NotComputed) or "order_id" not in written.columns:
        return found
    own = written.filter(~written.default & written.order_id.notnull())
    first = own.group_by(review_of=own.order_id).aggregate(reviewed_at=own["at"].min())
    joined = found.left_join(first, found.order_id == first.review_of).drop("review_of")
    gone = (joined.status == "refunded") | ((joined.refund >= joined.paid) & (joined.refund > 0))
    return joined.mutate(unreviewed=joined.reviewed_at.isnull() & ~gone)


def steps(parcels: ir.Table) -> dict[str, tuple[str, str, str]]:
    """Return the steps of which the shop records both times; ship_confirm where signing is not recorded."""
    there = {name: times for name, times in STEPS.items() if set(times) <= set(parcels.columns)}
    return {name: times for name, times in there.items() if name != "ship_confirm" or "pay_sign" not in there}


@needs()
def times(parcels: ir.Table, now: Period) -> pd.DataFrame | NotComputed:
    """Return how long the orders paid within a period took, a row a step and slice of them.

    - dimension and level: all, each province, each carrier ("unknown" where it is not known); step.
    - orders = n + open + untimed + impossible. n took median_hours, p80_hours and p95_hours or less (half, 80
      and 95 % of them; null without any). open were not through the step at the end of as_of: they are in no
      percentile, so that a period with many open orders looks faster than it is. untimed are through, or
      ended by a refund, without both times. impossible ends before it begins.
    - open_share: of n and open.
    """
    mine, found = within(parcels, now), steps(parcels)
    if not found:
        return NotComputed("orders.shipped_at")
    took = {f"{name}_hours": hours(mine[start], mine[end]) for name, (start, end, _flag) in found.items()}
    timed = mine.mutate(**took)
    dimensions = ("all", *known(parcels, *DIMENSIONS))
    rows = [row for dimension in dimensions for row in _slice(timed, dimension, found)]
    frame = pd.DataFrame(rows, columns=["dimension", "level", "step", "orders", *COUNTED, *QUANTILES])
    frame.insert(6, "untimed", frame.orders - frame[COUNTED].sum(axis=1))
    through = frame.n + frame.open
    frame.insert(8, "open_share", (frame.open / through.where(through > 0)).astype("float64"))
    return frame.astype(dict.fromkeys([*COUNTED, "untimed"], "int64"))


@needs()
def overall(times: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the frame ``times`` that are of all orders, a step each."""
    return times[times.dimension == "all"].reset_index(drop=True)


@needs()
def slowest(times: pd.DataFrame, dimension: str, top_n: int, rules: Rules) -> pd.DataFrame:
    """Return the levels of a dimension with the longest p80_hours from payment to signing (else shipping).

    At most ``top_n`` rows of the frame ``times``, the longest first; levels with fewer than
    ``rules.process.min_orders`` orders through the step are left out.
    """
    step = "pay_sign" if "pay_sign" in set(times.step) else "pay_ship"
    of_step = times[(times.dimension == dimension) & (times.step == step)]
    enough = of_step[of_step.n >= rules.process.min_orders]
    order = enough.sort_values(["p80_hours", "level"], ascending=[False, True])
    return order.head(top_n).reset_index(drop=True)


@needs()
def shown(slowest: pd.DataFrame) -> pd.DataFrame:
    """Return the carriers of ``slowest`` to read: one step of each, and faults of times where any are."""
    found = slowest.rename(columns={"level": "carrier_name"}).drop(columns=["dimension", "step"])
    return found.drop(columns=[name for name in ("untimed", "impossible") if not found[name].any()])


def _slice(timed: ir.Table, dimension: str, found: dict) -> list[dict]:
    level = ibis.literal("all") if dimension == "all" else timed[dimension].fill_null(UNKNOWN)
    measures = {}
    for name, (_start, _end, flag) in found.items():
        measures |= {f"{name}.{key}": value for key, value in _measures(timed, name, flag).items()}
    wide = timed.group_by(level=level).aggregate(orders=timed.count(), **measures).to_pandas()
    wide = wide.sort_values(["orders", "level"], ascending=[False, True])
    return [
        {"dimension": dimension, "level": row["level"], "step": name, "orders": row["orders"]}
        | {key: row[f"{name}.{key}"] for key in (*COUNTED, *QUANTILES)}
        for row in wide.to_dict("records")
        for name in found
    ]


def _measures(timed: ir.Table, step: str, flag: str) -> dict[str, ir.Scalar]:
    took = timed[f"{step}_hours"]
    counts = {"n": (took >= 0).sum(), "open": timed[flag].sum(), "impossible": (took < 0).sum()}
    each = {name: took.quantile(q, where=took >= 0) for name, q in QUANTILES.items()}
    return {name: count.fill_null(0) for name, count in counts.items()} | each


@needs()
def late(parcels: ir.Table, now: Period) -> pd.DataFrame | NotComputed:
    """Return how many of the orders paid within a period left late, a row a slice of them.

    Columns dimension and level (as in ``times``), judged, late, late_share (late / judged; null where nothing
    is judged). What is late and what can be judged is told in ``parcels``.
    """
    if "late" not in parcels.columns:
        return NotComputed("orders.shipped_at")
    mine = within(parcels, now)
    frames = []
    for dimension in ("all", *known(parcels, *DIMENSIONS)):
        level = ibis.literal("all") if dimension == "all" else mine[dimension].fill_null(UNKNOWN)
        found = _lateness(mine, level=level).sort_values(["judged", "level"], ascending=[False, True])
        frames.append(found.assign(dimension=dimension))
    frame = pd.concat(frames, ignore_index=True)
    return frame[["dimension", "level", "judged", "late", "late_share"]]


def _lateness(rows: ir.Table, **by: ir.Value) -> pd.DataFrame:
    counts = {"judged": rows.late.count(), "late": rows.late.sum().fill_null(0)}
    return _with_share(rows.group_by(**by).aggregate(**counts).to_pandas())


def _with_share(frame: pd.DataFrame) -> pd.DataFrame:
    share = frame.late / frame.judged.where(frame.judged > 0)
    return frame.assign(late_share=share.astype("float64"))


@needs()
def late_by_month(parcels: ir.Table, as_of: dt.date) -> pd.DataFrame | NotComputed:
    """Return month (of payment, its first day), judged, late, late_share, whole, of all orders.

    From the first month with an order that can be judged to that of ``as_of``; a month without one has a
    blank late_share. whole is False where ``as_of`` or the last order that can be judged lies inside it.
    """
    if "late" not in parcels.columns:
        return NotComputed("orders.shipped_at")
    found = _lateness(parcels, month=parcels.paid_on.truncate("M"))
    found = found[found.judged > 0].assign(month=lambda frame: pd.to_datetime(frame.month))
    if found.empty:
        return NotComputed("orders.shipped_at")
    months = pd.date_range(found.month.min(), as_of, freq="MS", name="month")
    counts = found.set_index("month")[["judged", "late"]].reindex(months, fill_value=0)
    frame = _with_share(counts.reset_index())
    return frame.assign(whole=frame.month + pd.offsets.MonthEnd(0) <= pd.Timestamp(as_of))


@needs()
def sums(parcels: ir.Table, periods: dict[str, Period]) -> pd.DataFrame:
    """Sum the orders paid within each period by groups of customers, as ``windows.sums`` returns them.

    Measures: orders, net_sales; of those recorded: judged, late; shipped, ship_hours; signed, sign_hours
    (from the payment); completed (confirmed), reviewed. Times count as they stood at the end of each period,
    so that the latest orders, which are not through yet, shorten the hours of each period alike.
    """
    measures = {"orders": lambda rows: rows.count(), "net_sales": lambda rows: rows.net.sum().round(4)}
    if "late" in parcels.columns:
        measures |= {"judged": lambda rows: rows.late.count(), "late": lambda rows: rows.late.sum()}
    for count, total, time in (
        ("shipped", "ship_hours", "shipped_at"),
        ("signed", "sign_hours", "signed_at"),
    ):
        if time in parcels.columns:
            measures |= {count: _passed(time), total: _total_hours(time)}
    for count, time in (("completed", "confirmed_at"), ("reviewed", "reviewed_at")):
        if {"confirmed_at", time} <= set(parcels.columns):
            measures[count] = _passed("confirmed_at", time)
    return windows.sums(parcels, "paid_on", "key", periods, measures)


def _by_its_end(rows: ir.Table, *times: str) -> ir.BooleanValue:
    """Tell which orders have passed all the ``times`` by the end of the period, none before the payment."""
    day_after = rows._to.cast("timestamp") + ibis.interval(days=1)
    return ibis.and_(*((rows[time] < day_after) & (rows[time] >= rows.paid_at) for time in times))


def _passed(*times: str) -> Callable[[ir.Table], ir.Scalar]:
    return lambda rows: _by_its_end(rows, *times).sum()


def _total_hours(time: str) -> Callable[[ir.Table], ir.Scalar]:
    return lambda rows: hours(rows.paid_at, rows[time]).sum(where=_by_its_end(rows, time))


@needs()
def sentence(times: pd.DataFrame, now: Period) -> str:
    """Say how long the orders of the frame ``times`` took to arrive (else to leave); and who still waits."""
    step = "pay_sign" if "pay_sign" in set(times.step) else "pay_ship"
    days = {"first": i18n.day(now.start), "last": i18n.day(now.end)}
    rows = times[(times.dimension == "all") & (times.step == step)]
    if rows.empty or not rows.n.iloc[0]:
        said = _("Of the orders paid from {first} to {last} none has a known time of shipping or signing.")
        return said.format(**days)
    row = rows.iloc[0]
    hours = {name: i18n.rounded(row[f"{name}_hours"]) for name in ("median", "p80", "p95")}
    took = _through(int(row.n), step).format(n=i18n.count(row.n), **days, **hours)
    return i18n.sentences([took, _still_open(row, step)])


def _through(n: int, step: str) -> str:
    if step == "pay_sign":
        return ngettext(
            "{n} order paid from {first} to {last} was signed for, {median} hours after the payment.",
            "{n} orders paid from {first} to {last} were signed for: half of them within {median} hours of "
            "the payment, 80% within {p80} and 95% within {p95}.",
            n,
        )
    return ngettext(
        "{n} order paid from {first} to {last} was shipped, {median} hours after the payment.",
        "{n} orders paid from {first} to {last} were shipped: half of them within {median} hours of the "
        "payment, 80% within {p80} and 95% within {p95}.",
        n,
    )


def _still_open(row: pd.Series, step: str) -> str:
    n = int(row.open)
    if not n:
        return ""
    said = (
        ngettext(
            "{n} more ({share}) was not signed for yet and is in none of these figures.",
            "{n} more ({share}) were not signed for yet and are in none of these figures.",
            n,
        )
        if step == "pay_sign"
        else ngettext(
            "{n} more ({share}) was not shipped yet and is in none of these figures.",
            "{n} more ({share}) were not shipped yet and are in none of these figures.",
            n,
        )
    )
    return said.format(n=i18n.count(n), share=i18n.percent(row.open_share))


@needs()
def late_sentence(late: pd.DataFrame, rules: Rules) -> str:
    """Say how many of the orders of the frame ``late`` left too late."""
    limit = i18n.number(rules.process.late_hours)
    row = late[late.dimension == "all"].sum(numeric_only=True)
    n, judged = int(row.late), int(row.judged)
    if not judged:
        return _("No order of the period can be judged by whether it left within {hours} hours.").format(
            hours=limit
        )
    said = ngettext(
        "{n} of {judged} order that can be judged ({share}) left later than {hours} hours after the "
        "payment, or not yet.",
        "{n} of {judged} orders that can be judged ({share}) left later than {hours} hours after the "
        "payment, or not yet.",
        judged,
    )
    return said.format(
        n=i18n.count(n), judged=i18n.count(judged), share=i18n.percent(n / judged), hours=limit
    )
