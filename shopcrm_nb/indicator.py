"""Indicators: a figure of this period beside that of a year before, and how far chance alone moves it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from shopcrm_nb import resample, windows
from shopcrm_nb.evidence import holm
from shopcrm_nb.health_rules import HealthRules
from shopcrm_nb.period import Period

Values = dict[str, np.ndarray]
Figure = Callable[[Values], np.ndarray]
Stake = Callable[[dict[str, float], float], float]
FEWEST_PAST = 6  # periods that make a band
# Sums: one that falls from many to few tells much, while a ratio of few tells nothing.
TOTALS = ("net_sales", "orders", "new_customers", "returning_customers", "visitors")
COLUMNS = [
    *("indicator", "subject", "value", "value_low", "value_high", "comparison"),
    *("change_share", "low_share", "high_share", "p_value", "band_low", "band_high"),
    *("n", "n_comparison", "better", "least_change", "net_sales_at_stake"),
]


@dataclass(frozen=True)
class Indicator:
    """A figure made of sums, such as a ratio of two.

    ``better`` is 1 where more is better, -1 where less is, 0 where neither. ``n`` is the sum that says what
    it rests on. ``told`` is true of one that needs new and returning customers told apart. ``stake`` makes,
    of the sums of now and the figure's gap to the comparison (comparison minus value), the net sales that
    the gap stands for.
    """

    name: str
    figure: Figure
    n: str
    better: int = 0
    told: bool = False
    stake: Stake | None = None


def ratio(top: str, base: str) -> Figure:
    """Return the figure that divides one sum by another; nothing where the base is 0."""
    return lambda sums: _divided(sums[top], sums[base])


def plain(name: str) -> Figure:
    """Return the figure that is a sum itself."""
    return lambda sums: np.asarray(sums[name], dtype=float)


def _divided(top: np.ndarray, base: np.ndarray) -> np.ndarray:
    top, base = np.asarray(top, dtype=float), np.asarray(base, dtype=float)
    return np.divide(top, base, out=np.full(np.broadcast(top, base).shape, np.nan), where=base > 0)


@dataclass(frozen=True)
class Measured:
    """Sums (``windows.sums``) of the periods by name, of which "now" and "then" are compared.

    Only periods in ``known`` are wholly in the data; ``told`` are those of them in which new and returning
    customers can be told apart.
    """

    sums: pd.DataFrame
    periods: dict[str, Period]
    known: set[str]
    told: set[str]


def measure(
    measured: Measured, indicators: tuple[Indicator, ...], rules: HealthRules, seed: int
) -> pd.DataFrame:
    """Return a row an indicator: COLUMNS; subject is empty.

    value_low to value_high is the interval of the value by chance alone (bootstrap by groups, percentile,
    ``rules.confidence``). comparison is the value of "then" (null where that period is not in the data),
    change_share its relative change, low_share to high_share the interval of that, p_value that of no change
    (two-sided, of the difference by its bootstrap spread). band_low and band_high are the least and the
    greatest value of the other periods, from six of them on.
    """
    draws = resample.draws(seed)
    drawn = {name: _drawn(measured.sums, name, draws) for name in ("now", "then")}
    whole = windows.totals(measured.sums, measured.periods)
    rows = [_row(indicator, measured, drawn, whole, rules) for indicator in indicators]
    return pd.DataFrame(rows, columns=COLUMNS)


def _drawn(sums: pd.DataFrame, period: str, draws: np.ndarray) -> Values:
    """Return each sum of a period for each draw of the groups; the first is the data as they are."""
    mine = sums[sums.period == period].set_index("group").drop(columns="period")
    filled = mine.reindex(range(resample.GROUPS), fill_value=0).astype(float)
    return {name: draws @ filled[name].to_numpy() for name in filled}


def _row(
    indicator: Indicator, measured: Measured, drawn: dict, whole: pd.DataFrame, rules: HealthRules
) -> list:
    usable = measured.told if indicator.told else measured.known
    now, then = (_values(indicator, drawn[name], name in usable) for name in ("now", "then"))
    value, comparison, n, n_then = now[0], then[0], *(int(drawn[x][indicator.n][0]) for x in ("now", "then"))
    change = _interval(_divided(now, then) - 1, rules.confidence)
    own = _interval(now, rules.confidence)
    past = _past(indicator, measured, whole, usable)
    stake = np.nan
    if indicator.stake:
        stake = indicator.stake({name: drew[0] for name, drew in drawn["now"].items()}, comparison - value)
    figures = [*own, comparison, *change, _p_value(now - then), *past]
    return [indicator.name, "", *figures, n, n_then, indicator.better, np.nan, stake]


def _values(indicator: Indicator, sums: Values, usable: bool) -> np.ndarray:
    values = indicator.figure(sums)
    return values if usable else np.full_like(values, np.nan)


def _interval(values: np.ndarray, confidence: float) -> tuple[float, float, float]:
    if np.isnan(values[0]) or np.isnan(values[1:]).all():
        return np.nan, np.nan, np.nan
    return resample.interval(values, confidence)


def _p_value(gaps: np.ndarray) -> float:
    if not np.isfinite(gaps[0]) or not np.isfinite(gaps[1:]).any():
        return np.nan
    spread = np.nanstd(gaps[1:])
    return float(2 * stats.norm.sf(abs(gaps[0]) / spread)) if spread else float(gaps[0] == 0)


def _past(
    indicator: Indicator, measured: Measured, whole: pd.DataFrame, usable: set[str]
) -> tuple[float, float]:
    names = [name for name in measured.periods if name not in ("now", "then") and name in usable]
    sums = whole.loc[names]
    values = indicator.figure({name: sums[name].to_numpy() for name in sums})
    values = values[np.isfinite(values)]
    return (values.min(), values.max()) if len(values) >= FEWEST_PAST else (np.nan, np.nan)


def judge(frame: pd.DataFrame, rules: HealthRules) -> pd.DataFrame:
    """Add ``p_adjusted``, ``state`` and ``benchmark_state`` to rows of COLUMNS with ``benchmark``.

    p_adjusted is p_value for as many comparisons as there are (Holm 1979). state: no_comparison (no value of
    either period), too_few (n below ``rules.min_orders`` in either period; of TOTALS in both), steady, or
    else better, worse or changed: where p_adjusted is below 1 - confidence and the change at least
    ``rules.min_change``. benchmark_state: better or worse where the benchmark lies outside the interval of
    the value, near where it does not, else empty.
    """
    adjusted = pd.Series(np.nan, index=frame.index)
    told = frame.p_value.notna() & (_rests_on(frame) >= rules.min_orders)
    adjusted[told] = holm(frame.p_value[told].to_numpy())
    judged = frame.assign(p_adjusted=adjusted)
    return judged.assign(
        state=[_state(row, n, rules) for row, n in zip(judged.itertuples(), _rests_on(judged), strict=True)],
        benchmark_state=[_beside_benchmark(row, rules) for row in judged.itertuples()],
    )


def _rests_on(frame: pd.DataFrame) -> pd.Series:
    """Return what each comparison rests on: n of the lesser period, of TOTALS that of the greater."""
    both = frame[["n", "n_comparison"]]
    return both.min(axis=1).where(~frame.indicator.isin(TOTALS), both.max(axis=1))


def _state(row, rests_on: int, rules: HealthRules) -> str:
    if not np.isfinite(row.value - row.comparison):
        return "no_comparison"
    if rests_on < rules.min_orders:
        return "too_few"
    least = row.least_change if np.isfinite(row.least_change) else rules.min_change
    gap = row.value - row.comparison
    if not row.p_adjusted < 1 - rules.confidence or abs(gap) < least * abs(row.comparison):
        return "steady"
    if not row.better:
        return "changed"
    return "better" if gap * row.better > 0 else "worse"


def _beside_benchmark(row, rules: HealthRules) -> str:
    if not (np.isfinite(row.benchmark) and np.isfinite(row.value_low)) or row.n < rules.min_orders:
        return ""
    if row.value_low <= row.benchmark <= row.value_high or not row.better:
        return "near"
    return "better" if (row.value - row.benchmark) * row.better > 0 else "worse"
