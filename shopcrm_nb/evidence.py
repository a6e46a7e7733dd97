"""Evidence: whether something happens more often in one group than in another, and among many groups."""

import numpy as np
import pandas as pd
from scipy import stats


def more_often(
    happened: pd.Series, n: pd.Series, happened_other: pd.Series, n_other: pd.Series
) -> np.ndarray:
    """Return the p value of each row that the first share is not greater than the second, by chance alone.

    One-sided test of two proportions: Fisher's exact test (1935), right for small and large counts alike.
    Null where either group is empty.
    """
    a, n1, b, n2 = (pd.to_numeric(x).astype("float64") for x in (happened, n, happened_other, n_other))
    p_values = stats.hypergeom.sf(a - 1, n1 + n2, a + b, n1)
    return np.where((n1 > 0) & (n2 > 0), p_values, np.nan)


def two_sided(at: pd.Series, n: pd.Series, rest: pd.Series, rest_n: pd.Series) -> np.ndarray:
    """Return the p value of each row: twice the smaller tail of the hypergeometric distribution, at most 1.

    Of n people of the group ``at`` are at the level, of rest_n other people ``rest``. Exact where the group
    is drawn by chance; null where either has nobody.
    """
    a, n1, b, n2 = (x.to_numpy(dtype="float64") for x in (at, n, rest, rest_n))
    lower, upper = stats.hypergeom.cdf(a, n1 + n2, a + b, n1), stats.hypergeom.sf(a - 1, n1 + n2, a + b, n1)
    return np.where((n1 > 0) & (n2 > 0), np.minimum(1, 2 * np.minimum(lower, upper)), np.nan)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust p values for how many there are (Holm 1979); nulls are no part of the family and stay null."""
    p_values = np.asarray(p_values, dtype="float64")
    told = np.flatnonzero(~np.isnan(p_values))
    order = told[np.argsort(p_values[told], kind="stable")]
    stepped = p_values[order] * np.arange(len(order), 0, -1)
    adjusted = np.full(len(p_values), np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1)
    return adjusted
