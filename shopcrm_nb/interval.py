"""Intervals: how sure a share of few can be, and how long it takes when not all have been seen to the end."""

from statistics import NormalDist

import numpy as np
import pandas as pd


def wilson(hits: float, n: float, confidence: float) -> tuple[float, float]:
    """Return low and high of a share, hits of n (Wilson 1927); nan where n is 0.

    Unlike an interval around the share itself it stays within 0 to 1, and holds for few hits and for none.
    """
    if not n:
        return float("nan"), float("nan")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = hits / n, z**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5 / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def change(
    before: tuple[float, float], now: tuple[float, float], confidence: float
) -> tuple[float, float, float]:
    """Return the change between two shares, each hits and n, with low and high (Newcombe 1998, method 10).

    All three are nan where either n is 0.
    """
    if not before[1] or not now[1]:
        return float("nan"), float("nan"), float("nan")
    (old, new), (old_low, old_high), (new_low, new_high) = (
        (before[0] / before[1], now[0] / now[1]),
        wilson(*before, confidence),
        wilson(*now, confidence),
    )
    low = new - old - ((new - new_low) ** 2 + (old_high - old) ** 2) ** 0.5
    high = new - old + ((new_high - new) ** 2 + (old - old_low) ** 2) ** 0.5
    return new - old, low, high


def survival(counts: pd.DataFrame) -> pd.Series:
    """Return the share still without the event after so many days (Kaplan and Meier 1958), by days.

    ``counts`` has days, events and censored (last seen after so many days, without the event; of equal days
    the events come first), one row for each number of days. The days of the result are those with an event.
    """
    by_day = counts.sort_values("days").set_index("days")
    seen = (by_day.events + by_day.censored).iloc[::-1].cumsum().iloc[::-1]
    left = (1 - by_day.events / seen).cumprod()
    return left[by_day.events > 0]


def median_days(counts: pd.DataFrame) -> float:
    """Return the first day after which at most half are without the event; nan where that is not reached."""
    left = survival(counts)
    reached = left.index[left <= 0.5 + np.finfo(float).eps * len(left)]
    return float(reached[0]) if len(reached) else float("nan")


def tgi_interval(
    at: pd.Series, n: pd.Series, rest: pd.Series, rest_n: pd.Series, base_n: pd.Series, confidence: float
) -> tuple[pd.Series, pd.Series]:
    """Return low and high of the TGI of each row; ``at`` of n in the group, ``rest`` of rest_n in the rest.

    The rest is the base without the group's own people. The ratio of the two shares has an interval on its
    logarithm, half a person added to each count so that few and none have one too (Walter 1975, Pettigrew
    1986). With w, the part of the base_n people of the base that is the group's own, TGI = 100 / (w + (1 - w)
    / ratio) rises with the ratio and carries its limits over. From 0 where the group has nobody there, to the
    greatest that can be where the rest has nobody. Blank where either is empty.
    """
    half = 0.5
    ratio = np.log((at + half) / (n + half)) - np.log((rest + half) / (rest_n + half))
    spread = 1 / (at + half) - 1 / (n + half) + 1 / (rest + half) - 1 / (rest_n + half)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * np.sqrt(spread.clip(lower=0))
    own = 1 - rest_n / base_n.where(base_n > 0)
    low, high = (100 / (own + (1 - own) / np.exp(end)) for end in (ratio - reach, ratio + reach))
    there = (n > 0) & (rest_n > 0)
    low = low.where(at > 0, 0.0)
    high = high.where(rest > 0, 100 / own.where(own > 0, np.nan)).fillna(np.inf)
    return low.where(there), high.where(there).replace(np.inf, np.nan)
