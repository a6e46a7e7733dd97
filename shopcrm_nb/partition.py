"""Partition: a distribution in classes that never part equal values, and cuts as people say them."""

import math
from collections.abc import Callable, Iterator

import numpy as np

MANTISSAS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
DAYS = (0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 210, 240, 270, 300, 330, 365)
SMALL = 10  # counts up to it are said as they are


def evenness(_values: np.ndarray, customers: np.ndarray) -> np.ndarray:
    """Return what a class from the i-th to the j-th value costs where classes are to be of one size: n²."""
    sums = np.concatenate([[0.0], np.cumsum(customers)])
    return (sums[None, 1:] - sums[:-1, None]) ** 2


def spread(values: np.ndarray, customers: np.ndarray) -> np.ndarray:
    """Return the squared deviations of log1p(value) within a class from the i-th to the j-th value.

    Their least sum are the natural breaks (Fisher 1958, "On grouping for maximum homogeneity"; Jenks).
    """
    x = np.log1p(values)
    x = x - np.average(x, weights=customers)
    sums = [np.concatenate([[0.0], np.cumsum(customers * x**power)]) for power in (0, 1, 2)]
    n, first, second = (total[None, 1:] - total[:-1, None] for total in sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.triu(second - first**2 / n)


def divide(cost: np.ndarray, customers: np.ndarray, classes: int, least: float) -> list[int]:
    """Return at which values the second to last class begin, for the least cost of all divisions.

    Each class has at least ``least`` customers; where ``classes`` of them cannot be had, there are fewer.
    """
    sums = np.concatenate([[0.0], np.cumsum(customers)])
    sizes = sums[None, 1:] - sums[:-1, None]
    each = np.where((sizes >= least) & (sizes > 0), cost, np.inf)
    best, froms = [each[0]], []
    for _k in range(1, min(classes, len(customers))):
        before = np.concatenate([[np.inf], best[-1][:-1]])
        total = before[:, None] + each
        froms.append(total.argmin(axis=0))
        best.append(total.min(axis=0))
    k = max((k for k, costs in enumerate(best) if np.isfinite(costs[-1])), default=0)
    starts, end = [], len(customers) - 1
    for step in reversed(froms[:k]):
        starts.insert(0, int(step[end]))
        end = starts[0] - 1
    return starts


def spoken(measure: str) -> Iterator[Callable[[float], float]]:
    """Yield ways to round a cut of a measure, the roughest first: 480 → 500."""
    if measure == "recency_days":
        yield (
            lambda days: (
                min(DAYS, key=lambda said: abs(said - days)) if days <= DAYS[-1] else _digits(days, 2)
            )
        )
        yield lambda days: round(days, -1)
        yield lambda days: 5 * round(days / 5)
        yield round
    elif measure == "frequency":
        yield lambda orders: orders if orders <= SMALL else _mantissa(orders)
        yield lambda orders: orders if orders <= SMALL else _digits(orders, 2)
        yield round
    else:
        yield _mantissa
        yield lambda amount: _digits(amount, 2)
        yield lambda amount: _digits(amount, 3)


def _mantissa(value: float) -> float:
    power = math.floor(math.log10(value))
    near = min(MANTISSAS, key=lambda m: abs(math.log(m) - math.log(value / 10**power)))
    return _clean(near * 10**power)


def _digits(value: float, digits: int) -> float:
    return _clean(float(f"{value:.{digits}g}"))


def _clean(value: float) -> float:
    value = round(value, 4)
    return int(value) if value == int(value) else value
