"""Second order: how many of the customers who are new come back, how soon, and whether that has changed."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n, interval, shares, windows
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.history import told_from
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period
from shopcrm_nb.rules import Rules

A_YEAR = 365
WATCHED_DAYS = 90  # §2 「二次转化」: within 90 days, full follow-up only
FEWEST_DAYS = 180  # on which both years' customers were won, for the two to be compared
BASES = ("orders", "days")


def _won(shop: Shop, orders: ir.Table) -> ir.Table:
    """Return the customers told to be new: customer_id, first_on, gap_orders, gap_days, and what came later.

    later_orders and later_net_sales are of all their orders after the first. The gaps are the days from the
    first order to the next, and to the next on a later day; null without one.
    A customer is told to be new whose first valid order of all is "new" in ``history.orders``.
    """
    named = orders.filter(orders.customer_id.notnull())
    each = named.group_by("customer_id").aggregate(
        first_on=named.paid_on.min(),
        same_on=named.paid_on.min(where=named.previous_on == named.paid_on),
        later_on=named.paid_on.min(where=named.previous_on < named.paid_on),
        later_orders=named.previous_on.count(),
        later_net_sales=named.net.sum(where=named.previous_on.notnull()).fill_null(0.0).round(4),
    )
    each = each.filter(each.first_on >= told_from(shop))
    later = each.later_on.delta(each.first_on, unit="day")
    at_once = (each.same_on == each.first_on).fill_null(False)
    gaps = {"gap_orders": ibis.ifelse(at_once, 0, later), "gap_days": later}
    return each.select("customer_id", "first_on", "later_orders", "later_net_sales", **gaps)


def _untold(shop: Shop) -> NotComputed:
    days = (told_from(shop) - shop.first_day).days
    said = _("customers known to be new, which takes {days} days of orders before theirs")
    return NotComputed(said.format(days=i18n.count(days)))


@needs("orders.customer_id")
def within(shop: Shop, orders: ir.Table) -> pd.DataFrame | NotComputed:
    """Return the share of new customers with a second order within N days of the first (domain §2, 复购率 c).

    ``shares.COLUMNS`` after ``when``: now, customers won in the 365 days that end N days before as_of, so
    that each is observed for N days; before, those of the 365 days before these. N is each of
    ``repurchase.days``. Only customers told to be new count: where that is possible for part of the year
    before, both years are as much shorter, and before is blank where that leaves under FEWEST_DAYS. basis
    orders: a second order on the day of the first counts; days: it does not (E-24). ci_low and ci_high:
    Wilson, ``forward.confidence``. NotComputed where no new customer is observed for the least N.
    """
    rules, won = shop.settings.rules, _won(shop, orders)
    spans = {days: _cohorts(shop.as_of, told_from(shop), days) for days in rules.repurchase.days}
    cohorts = [(days, name, when) for days, both in spans.items() for name, when in both.items()]
    counts = {f"n_{name}_{days}": _of(won, when).sum() for days, name, when in cohorts}
    counts |= {
        f"{basis}_{name}_{days}": (_of(won, when) & (won[f"gap_{basis}"] <= days)).sum()
        for days, name, when in cohorts
        for basis in BASES
    }
    found = won.aggregate(**counts).to_pyarrow().to_pylist()[0] if counts else {}
    if not any(found.values()):
        return _untold(shop)
    rows = [
        {"when": name} | _row(found, spans[days].get(name), f"{name}_{days}", rules, basis=basis, days=days)
        for name in ("now", "before")
        for basis in BASES
        for days in spans
    ]
    return shares.frame(rows, "when")


@needs()
def by(found: pd.DataFrame, basis: str) -> pd.DataFrame:
    """Return the rows of one basis, orders or days, of which anything is known."""
    return found[(found.basis == basis) & found.value.notna()].reset_index(drop=True)


def _of(won: ir.Table, when: Period) -> ir.BooleanValue:
    return won.first_on.between(when.start, when.end)


def _cohorts(as_of: dt.date, told: dt.date, days: int) -> dict[str, Period]:
    """Return the days of the first orders that are observed for so many days, now and in the year before."""
    year, end = dt.timedelta(days=A_YEAR), as_of - dt.timedelta(days=days)
    start = end - dt.timedelta(days=A_YEAR - 1)
    if end < told:
        return {}
    if (end - year - told).days + 1 < FEWEST_DAYS:
        return {"now": Period(max(start, told), end)}
    start = max(start, told + year)
    return {"now": Period(start, end), "before": Period(start - year, end - year)}


def _row(found: dict, when: Period | None, name: str, rules: Rules, **more: object) -> dict:
    hits, n = (found[f"{more['basis']}_{name}"] or 0, found[f"n_{name}"] or 0) if when else (None, None)
    low, high = interval.wilson(hits, n, rules.forward.confidence)
    return shares.row("second_order", when, hits, n, ci_low=low, ci_high=high, **more)


@needs("orders.customer_id")
def gaps(shop: Shop, orders: ir.Table) -> pd.DataFrame | NotComputed:
    """Return how long new customers take to a second order, those still without one not forgotten.

    ``shares.COLUMNS``, for all customers told to be new. measure median_days: the days after which half of
    them have it (Kaplan and Meier; blank where that is not reached), in ``value``; no_second_order: the share
    without one up to as_of. NotComputed where no customer is told to be new.
    """
    won, when = _won(shop, orders), Period(told_from(shop), shop.as_of)
    rows = []
    for basis in BASES:
        counts = _durations(won, f"gap_{basis}", shop.as_of)
        n, without = int((counts.events + counts.censored).sum()), int(counts.censored.sum())
        if not n:
            return _untold(shop)
        median = shares.row("median_days", when, None, None, basis=basis)
        rows += [
            median | {"value": interval.median_days(counts), "n": n},
            shares.row("no_second_order", when, without, n, basis=basis),
        ]
    return shares.frame(rows)


def _durations(won: ir.Table, gap: str, as_of: dt.date) -> pd.DataFrame:
    """Count customers by the days to their second order, or else to as_of."""
    days = ibis.coalesce(won[gap], ibis.literal(as_of).delta(won.first_on, unit="day"))
    again = won[gap].notnull()
    sums = won.group_by(days=days).aggregate(events=again.sum(), censored=(~again).sum())
    return sums.order_by("days").to_pandas()


def observed(when: Period) -> Period:
    """Return the period WATCHED_DAYS earlier: whoever was won in it has been observed for so long since."""
    days = dt.timedelta(days=WATCHED_DAYS)
    return Period(when.start - days, when.end - days)


@needs("orders.customer_id")
def sums(shop: Shop, orders: ir.Table, periods: dict[str, Period]) -> pd.DataFrame | NotComputed:
    """Return ``windows.sums`` of the customers won in each period, moved back by ``observed``.

    Measures won_customers, and second_order_customers: those of them with a second order (on the same day,
    too) within WATCHED_DAYS; later_orders and later_net_sales, of all they ordered since. A period in which
    not every day's new customers are told to be new has no rows.
    NotComputed where that is true of all of them.
    """
    spans = {name: observed(when) for name, when in periods.items()}
    told = {name: when for name, when in spans.items() if when.start >= told_from(shop)}
    if not told:
        return _untold(shop)
    measures = {
        "won_customers": lambda rows: rows.count(),
        "second_order_customers": lambda rows: (rows.gap_orders <= WATCHED_DAYS).sum(),
        "later_orders": lambda rows: rows.later_orders.sum(),
        "later_net_sales": lambda rows: rows.later_net_sales.sum().round(4),
    }
    return windows.sums(_won(shop, orders), "first_on", "customer_id", told, measures)


@needs()
def sentence(found: pd.DataFrame, gaps: pd.DataFrame, rules: Rules) -> str:
    """Say who of the new customers ordered again within 90 days, whether that changed, and the median.

    In place of 90 days, where those are not among ``repurchase.days``, the longest of them that is known.
    """
    known = found[(found.basis == "orders") & (found.n > 0)].set_index(["when", "days"])
    days = known.loc["now"].index
    shown = WATCHED_DAYS if WATCHED_DAYS in days else max(days)
    now = known.loc[("now", shown)]
    said = ngettext(
        "Of the {n} customer won from {first} to {last}, {share} ordered again within {days} days "
        "({confidence} interval {low} to {high}).",
        "Of the {n} customers won from {first} to {last}, {share} ordered again within {days} days "
        "({confidence} interval {low} to {high}).",
        int(now.n),
    ).format(
        n=i18n.count(now.n),
        first=i18n.day(now.window_from),
        last=i18n.day(now.window_to),
        share=i18n.percent(now.value),
        days=i18n.count(shown),
        confidence=i18n.percent(rules.forward.confidence, 0),
        low=i18n.percent(now.ci_low),
        high=i18n.percent(now.ci_high),
    )
    then = known.loc[("before", shown)] if ("before", shown) in known.index else None
    return i18n.sentences([said, _changed(now, then, rules), _how_soon(gaps)])


def _changed(now: pd.Series, then: pd.Series | None, rules: Rules) -> str:
    if then is None:
        return _("The data do not tell how it was a year before.")
    figures = {"share": i18n.percent(then.value), "n": i18n.count(then.n)}
    pairs = ((int(row.numerator), int(row.n)) for row in (then, now))
    _move, low, high = interval.change(*pairs, rules.forward.confidence)
    if low > 0 or high < 0:
        said = _("Of the {n} won a year before it was {share}; the difference is more than chance explains.")
    else:
        said = _("Of the {n} won a year before it was {share}; chance alone may explain the difference.")
    return said.format(**figures)


def _how_soon(gaps: pd.DataFrame) -> str:
    by = gaps[gaps.basis == "orders"].set_index("measure").value
    without = i18n.percent(by["no_second_order"])
    if pd.isna(by["median_days"]):
        said = _(
            "Up to now {without} of all new customers have no second order, too many to say after how many "
            "days half of them have one."
        )
        return said.format(without=without)
    said = _(
        "Half of all new customers order again within {days} days; {without} have no second order up to now."
    )
    return said.format(days=i18n.count(by["median_days"]), without=without)
