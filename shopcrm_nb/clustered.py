"""Clustered: how sure a share of orders or money is, when those of one customer go together."""

import numpy as np
import pandas as pd

from shopcrm_nb.evidence import more_often

SUMS = ["k", "n", "x", "y", "xx", "xy", "yy"]
TINY = 1e-12


def share(sums: pd.DataFrame) -> pd.Series:
    """Return y / x of each row of SUMS, 0 to 1; null where there is nothing to share.

    Of each of k customers x is what counts (1, or orders, or money) and y what of it was hit; the sums are of
    x, y, x², xy and y² over them. n is how many cases there are at most: customers, or orders.
    """
    return (sums.y / sums.x.where(sums.x > 0)).clip(0, 1)


def effective(sums: pd.DataFrame) -> pd.Series:
    """Return how many independent cases would make the share of each row of SUMS as sure as it is, at most n.

    The variance is that of a ratio of sums over customers (linearised; Cochran 1977, 6.4; Kish 1965). For one
    case a customer the result is k.
    """
    told, x = share(sums), sums.x.where(sums.x > 0)
    variance = (sums.yy - 2 * told * sums.xy + told**2 * sums.xx) / x**2
    alike = x**2 / sums.xx  # where all have the same share, their sizes alone tell
    return np.minimum((told * (1 - told) / variance.where(variance > TINY)).fillna(alike), sums.n)


def differ(here: pd.DataFrame, rest: pd.DataFrame) -> np.ndarray:
    """Return the p value of each pair of rows of SUMS that chance alone makes the shares differ so much.

    Fisher's exact test (1935) of the effective cases, two-sided: twice the smaller side. For one case a
    customer it is exact.
    """
    cases = [effective(sums).fillna(0) for sums in (here, rest)]
    hits = [(share(sums) * n).fillna(0).round() for sums, n in zip((here, rest), cases, strict=True)]
    one, other = (hits[0], cases[0].round()), (hits[1], cases[1].round())
    p_values = np.minimum(more_often(*one, *other), more_often(*other, *one))
    return np.minimum(2 * p_values, 1)
