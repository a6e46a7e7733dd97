"""Power: how many customers it takes, or how large a difference, for an interval to leave 0 out as asked."""

from collections.abc import Callable
from dataclasses import replace
from statistics import NormalDist

import numpy as np
from scipy import optimize

from shopcrm_nb import difference
from shopcrm_nb.difference import NAN, Difference


def needed(expected: Difference, confidence: float, power: float) -> float:
    """Return the customers of both groups together whose interval leaves 0 out with ``power``.

    ``expected`` is the difference as it really is, with groups of any size: their split is kept. Rounded up;
    nan where the difference is 0, or nothing varies.
    """
    if not abs(expected.middle) > 0 or np.isnan(expected.slope).any() or not max(expected.variance) > 0:
        return NAN
    n = sum(expected.n)

    def spare(customers: float) -> float:
        times = customers / n
        sized = replace(expected, n=tuple(times * each for each in expected.n))
        return low_if_unlucky(sized, confidence, power)

    return float(np.ceil(round(optimize.brentq(spare, *_around(spare, n), xtol=1e-3), 2)))


def detectable(expected: Callable[[float], Difference], confidence: float, power: float) -> float:
    """Return the least difference above 0 whose interval leaves 0 out with ``power``.

    ``expected`` gives what is to be expected where the difference is so large, its groups as they would be.
    """

    def spare(extra: float) -> float:
        return low_if_unlucky(expected(extra), confidence, power)

    none = expected(0.0)
    first = sum(v / n for v, n in zip(none.variance, none.n, strict=True)) ** 0.5
    return float(optimize.brentq(spare, *_around(spare, first)))


def low_if_unlucky(expected: Difference, confidence: float, power: float) -> float:
    """Return the low end of the interval in the campaign that only 1 - ``power`` of all fall short of.

    There the first mean lies below and the second above what was to be expected, each by its part of the
    z_power standard errors, as it is most likely where they lie so far from each other; and with a mean the
    variance that is measured moves by its slope, since third moment over variance is how these go together.
    Of a difference below 0 it is the high end, its sign turned.
    """
    first = _above_0(expected)
    errors = [v / n for v, n in zip(first.variance, first.n, strict=True)]
    error, reach = sum(errors) ** 0.5, NormalDist().inv_cdf(power)
    moved = [sign * reach * part / error for sign, part in zip((-1, 1), errors, strict=True)]
    variance = tuple(
        max(v + slope * off, 0.0) for v, slope, off in zip(first.variance, first.slope, moved, strict=True)
    )
    met = replace(first, middle=first.middle - reach * error, variance=variance)
    return met.interval(difference.z_of(confidence))[1]


def _above_0(expected: Difference) -> Difference:
    if expected.middle >= 0:
        return expected
    turned = (each[::-1] for each in (expected.n, expected.variance, expected.slope))
    return Difference(-expected.middle, *turned)


def _around(spare: Callable[[float], float], first: float) -> tuple[float, float]:
    """Return two values between which ``spare``, which rises, passes 0."""
    low = high = first
    while spare(high) < 0:
        high *= 2
    while spare(low) > 0:
        low /= 2
    return low, high
