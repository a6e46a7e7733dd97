"""Shrinkage: effects of several groups drawn towards each other, as far as chance may divide them."""

import numpy as np
import pandas as pd
from scipy.special import ndtr

GRID = 100  # degrees of shrinking over which is averaged
HALVINGS = 40
FAR = 9  # deviations, beyond which nothing lies


def shrunk(difference: pd.Series, variance: pd.Series, confidence: float) -> pd.DataFrame:
    """Draw the differences of groups towards each other, as far as chance may explain what divides them.

    Columns shrunk, shrunk_low, shrunk_high, a row a group. Normal-normal model (Efron and Morris 1975): the
    groups' true effects vary around a common one by an unknown tau. Instead of taking one estimate of tau for
    the truth, which makes intervals too short, it is averaged over: the factor s / (s + tau^2), with s the
    harmonic mean of the variances, is taken to be anything from 0 to 1 (uniform shrinkage prior, Daniels
    1999). So the intervals cover as often as they say, on average over the groups.
    """
    columns = ["shrunk", "shrunk_low", "shrunk_high"]
    if not len(difference):
        return pd.DataFrame(columns=columns, index=difference.index, dtype="float64")
    d, v = (x.to_numpy(dtype="float64")[:, None] for x in (difference, variance))
    factor = (np.arange(GRID) + 0.5) / GRID
    total = v + len(v) / (1 / v).sum() * (1 - factor) / factor
    whole_variance = 1 / (1 / total).sum(axis=0)
    whole = whole_variance * (d / total).sum(axis=0)
    fit = np.log(whole_variance) - (np.log(total) + (d - whole) ** 2 / total).sum(axis=0)
    chance = np.exp((fit - fit.max()) / 2)
    chance /= chance.sum()
    drawn = v / total
    middle = d - drawn * (d - whole)
    deviation = np.sqrt((1 - drawn) * v + drawn**2 * whole_variance)
    tail = (1 - confidence) / 2
    ends = [_quantile(chance, middle, deviation, q) for q in (tail, 1 - tail)]
    return pd.DataFrame(dict(zip(columns, (middle @ chance, *ends), strict=True)), index=difference.index)


def _quantile(chance: np.ndarray, middle: np.ndarray, deviation: np.ndarray, q: float) -> np.ndarray:
    """Return the quantile of each row's mixture of normal distributions, by halving."""
    low, high = (middle - FAR * deviation).min(axis=1), (middle + FAR * deviation).max(axis=1)
    for _step in range(HALVINGS):
        at = (low + high) / 2
        below = ndtr((at[:, None] - middle) / deviation) @ chance < q
        low, high = np.where(below, at, low), np.where(below, high, at)
    return (low + high) / 2
