"""Rating factors: whether the ratings move together with what is said to move them (DX-08)."""

import datetime as dt

import numpy as np
import pandas as pd
from scipy import stats

from shopcrm_nb import i18n, ratings, service_words
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.evidence import holm
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.rules import Rules

# S1 「转化水平、客服水平、店铺装修、流量质量」: the factor that each figure stands for; the figures are ours.
PROXIES = {
    "pay_conversion": "conversion",
    "refund_share": "service",
    "bounce_rate": "decoration",
    "pages_per_visitor": "decoration",
    "new_visitor_share": "traffic_quality",
}
LAGS = (0, 1)
MIN_MONTHS = 12
COLUMNS = ["factor", "proxy", "lag_months", "months", "correlation", "p_value", "p_adjusted", "movement"]


@needs()
def co_movement(shop: Shop, days: pd.DataFrame) -> pd.DataFrame | NotComputed:
    """Return how the ratings and each factor's figure changed together from month to month; never a cause.

    ``days`` are those of ``traffic.days``. A row a figure and lag: factor, proxy, lag_months (0: the same
    month; 1: the figure a month before the ratings), months (pairs of changes), correlation (Spearman's, of
    the changes from one whole calendar month to the next), p_value (that there is none, two-sided),
    p_adjusted (for the number of rows, Holm), movement: together, opposite, or nothing (p_adjusted not below
    1 - ``rules.health.confidence``).

    The rating of a month is the mean of the scores given in it, the three dimensions alike; of a back end
    that shows 180-day means only, the last one of the month. A change that goes up goes down more often than
    not in the next month, so that fewer pairs count than there are: n / (1 + 2 r1 r1') for the p value, with
    the two first autocorrelations (Bartlett 1935). Figures with fewer than 12 pairs are left out;
    NotComputed where none is left.
    """
    daily = ratings.daily(shop)
    if isinstance(daily, NotComputed):
        return daily
    rated, figures = _rated(daily, shop.as_of).diff(), _figures(shop, days).diff()
    rows = [
        (PROXIES[name], name, lag, *_related(rated, figures[name].shift(lag)))
        for name in PROXIES
        if name in figures
        for lag in LAGS
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS[:-2])
    frame = frame[frame.months >= MIN_MONTHS].reset_index(drop=True)
    if frame.empty:
        return NotComputed("ratings", _("12 changes from month to month, of ratings and of traffic"))
    frame["p_adjusted"] = holm(frame.p_value)
    clear = frame.p_adjusted < 1 - shop.settings.rules.health.confidence
    signs = np.where(frame.correlation > 0, "together", "opposite")
    return frame.assign(movement=np.where(clear, signs, "nothing"))[COLUMNS]


def _rated(daily: pd.DataFrame, as_of: dt.date) -> pd.Series:
    """Return the rating of each whole month by its first day; null for a month without one."""
    by = daily.groupby([daily.date.dt.to_period("M"), "dimension"])
    of_back_end = daily.rating_source.iloc[0] == "back_end"
    each = by.dsr.last() if of_back_end else by.total.sum() / by.ratings.sum()
    return _whole(each.groupby("date").mean(), daily.date.min(), as_of)


def _whole(series: pd.Series | pd.DataFrame, first: pd.Timestamp, as_of: dt.date) -> pd.Series | pd.DataFrame:
    """Keep the calendar months that lie wholly between two days, each one there."""
    opens = first.to_period("M") + int(first.day > 1)
    closes = (pd.Timestamp(as_of) + pd.Timedelta(days=1)).to_period("M") - 1
    return series.reindex(pd.period_range(opens, closes, freq="M"))


def _figures(shop: Shop, days: pd.DataFrame) -> pd.DataFrame:
    month = days.date.dt.to_period("M")
    numbers = days.drop(columns="date").apply(pd.to_numeric)
    sums = numbers.groupby(month).sum(min_count=1)
    complete = month.groupby(month).size() == sums.index.days_in_month
    visitors = sums.visitors.where(complete & (sums.visitors > 0))
    found = {"pay_conversion": sums.buyers / visitors}
    if "bounce_rate" in days:
        found["bounce_rate"] = (numbers.bounce_rate * numbers.visitors).groupby(month).sum(
            min_count=1
        ) / visitors
    if "page_views" in days:
        found["pages_per_visitor"] = sums.page_views / visitors
    if "new_visitors" in days:
        found["new_visitor_share"] = sums.new_visitors / visitors
    frame = pd.DataFrame(found)
    refunds = _refund_shares(shop)
    every = frame.index.union(refunds.index)
    span = pd.period_range(every.min(), every.max(), freq="M")
    return frame.reindex(span).assign(refund_share=refunds.reindex(span))


def _refund_shares(shop: Shop) -> pd.Series:
    """Return refunds / paid of the orders paid in each whole month whose refunds are known by ``as_of``."""
    rows = shop.tables["orders"]
    rows = rows.filter(rows.paid_at.notnull() & (rows.paid_at.date() <= shop.as_of))
    by_month = rows.group_by(month=rows.paid_at.truncate("M")).aggregate(
        paid=rows.paid.sum(), refund=rows.refund.sum(), first=rows.paid_at.min()
    )
    frame = by_month.to_pandas()
    first = pd.Timestamp(frame["first"].min())
    frame = frame.set_index(pd.PeriodIndex(frame.month, freq="M", name="month"))
    known_by = shop.as_of - dt.timedelta(days=shop.settings.rules.check.immature_days)
    return _whole(frame.refund / frame.paid.where(frame.paid > 0), first, known_by)


def _related(rated: pd.Series, figure: pd.Series) -> tuple[int, float, float]:
    """Return the pairs of changes, their rank correlation and its p value."""
    both = pd.concat([rated, figure], axis=1, keys=["rated", "figure"]).dropna()
    n = len(both)
    if n < MIN_MONTHS or both.nunique().min() < 2:
        return n, np.nan, np.nan
    ranks = both.rank()
    r = ranks.rated.corr(ranks.figure)
    fewer = max(1 + 2 * np.nan_to_num(ranks.rated.autocorr() * ranks.figure.autocorr()), 1)
    freedom = n / fewer - 2
    if abs(r) >= 1:
        return n, r, 0.0
    return n, r, float(2 * stats.t.sf(abs(r) * np.sqrt(freedom / (1 - r * r)), freedom))


@needs()
def sentence(frame: pd.DataFrame, rules: Rules) -> str:
    """Say which figures moved with the ratings; and that moving together is no cause."""
    clear = frame[frame.movement != "nothing"]
    if clear.empty:
        said = ngettext(
            "{n} comparison of monthly changes was made, and it does not stand out from chance.",
            "{n} comparisons of monthly changes were made, and none stands out from chance.",
            len(frame),
        )
        return said.format(n=i18n.count(len(frame)))
    texts = [_moved(row) for row in clear.itertuples()]
    return i18n.sentences([*texts, _("That they move together does not say that one causes the other.")])


def _moved(row: tuple) -> str:
    said = {
        ("together", 0): _("The ratings rise and fall in the same months as {proxy} (correlation {r})."),
        ("opposite", 0): _("The ratings rise in the months in which {proxy} falls (correlation {r})."),
        ("together", 1): _("The ratings rise and fall a month after {proxy} (correlation {r})."),
        ("opposite", 1): _("The ratings rise a month after {proxy} falls (correlation {r})."),
    }
    text = said[row.movement, row.lag_months]
    return text.format(proxy=service_words.rating_proxies()[row.proxy], r=i18n.decimal(row.correlation, 2))
