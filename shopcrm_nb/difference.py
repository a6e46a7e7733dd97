"""Difference: of the mean spend of two groups drawn by chance, of whom few buy and some buy much."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from scipy import optimize

FARTHEST = 40.0  # standard errors, beyond which a p value is 0
ALIKE = 1e-9  # of a squared coefficient of variation, below which lies the dust of a sum
NAN = float("nan")


def z_of(confidence: float) -> float:
    """Return how many standard errors a two-sided interval of ``confidence`` reaches."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


class Group(NamedTuple):
    """Sums over a group's n customers: y is what each spent, x what each had spent before."""

    n: float
    buyers: float
    y: float
    yy: float
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0


@dataclass(frozen=True)
class Difference:
    """The first group's mean less the second's, each group by n, variance and slope.

    slope: how fast the variance of one customer's spend rises with its mean (``slopes``).
    """

    middle: float
    n: tuple[float, ...]
    variance: tuple[float, ...]
    slope: tuple[float, ...]

    def interval(self, z: float) -> tuple[float, float, float]:
        """Return the difference with low and high at ``z`` standard errors.

        Each mean has a score interval, whose variance changes with the mean, and both are squared and added
        (Zou and Donner 2008; for shares Wilson 1927 and Newcombe 1998). With many buyers it is Welch's.
        """
        groups = zip(self.n, self.variance, self.slope, strict=True)
        (below, above), (other_below, other_above) = (_reach(*group, z) for group in groups)
        low, high = np.hypot(below, other_above), np.hypot(above, other_below)
        return self.middle, float(self.middle - low), float(self.middle + high)

    def width(self, z: float) -> float:
        """Return how wide the interval is."""
        _middle, low, high = self.interval(z)
        return high - low

    def p_value(self) -> float:
        """Return the two-sided p value of no difference: of the interval that just reaches 0."""
        if np.isnan(self.width(1.0)):
            return NAN
        if not self.middle:
            return 1.0
        end = 1 if self.middle > 0 else 2
        if self.interval(FARTHEST)[end] * self.middle > 0:
            return 0.0
        z = optimize.brentq(lambda z: self.interval(z)[end], 0.0, FARTHEST)
        return 2 * NormalDist().cdf(-z)


def of(groups: Sequence[Group], theta: float = 0.0) -> Difference:
    """Return the difference of two groups; ``theta`` times x is taken off y."""
    means = [(group.y - theta * group.x) / group.n for group in groups]
    return Difference(
        float(means[0] - means[1]),
        tuple(float(group.n) for group in groups),
        tuple(_variance(group, theta) for group in groups),
        slopes(groups),
    )


def theta(groups: Sequence[Group]) -> float:
    """Return the slope of y on x within the groups, pooled (CUPED, Deng and others 2013), or 0."""
    xy = sum(group.xy - group.x * group.y / group.n for group in groups)
    xx = sum(group.xx - group.x**2 / group.n for group in groups)
    return float(xy / xx) if xx > 0 else 0.0


def _variance(group: Group, theta: float) -> float:
    y, x = group.y / group.n, group.x / group.n
    yy, xx, xy = group.yy / group.n - y**2, group.xx / group.n - x**2, group.xy / group.n - y * x
    return max(float(yy - 2 * theta * xy + theta**2 * xx), 0.0)


def slopes(groups: Sequence[Group]) -> tuple[float, ...]:
    """Return each group's slope: the third central moment over the variance; nan where nobody bought.

    The mean of a buyer and its squared coefficient of variation are those of both groups together, since few
    buyers tell little of either.
    """
    buyers, y, yy = (sum(getattr(group, name) for group in groups) for name in ("buyers", "y", "yy"))
    if buyers <= 0 or y <= 0:
        return tuple(NAN for _group in groups)
    m = y / buyers
    k = yy / buyers / m / m - 1  # m squared may be too small for a number
    return tuple(slope_of(float(group.buyers / group.n), m, k) for group in groups)


def slope_of(p: float, m: float, k: float) -> float:
    """Return the slope where the share p buys for m each, k the squared coefficient of variation of that.

    What buyers spend is taken to be spread like a gamma distribution: m (1 - 2p + k (2 + 2k - p) / (1 + k -
    p)). Equal amounts give m (1 - 2p), with which the interval of a mean is Wilson's of the share, times the
    amount.
    """
    k = k if k > ALIKE else 0.0
    return m * (1 - 2 * p + (k * (2 + 2 * k - p) / (1 + k - p) if k else 0.0))


def _reach(n: float, variance: float, slope: float, z: float) -> tuple[float, float]:
    """Return how far the mean may lie below and above the one measured."""
    k = z**2 / n
    middle = k * slope / (2 * (1 + k))
    half = (middle**2 + k * variance / (1 + k)) ** 0.5
    return half - middle, half + middle
