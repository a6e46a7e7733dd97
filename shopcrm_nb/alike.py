"""Alike: the difference between two kinds of people within groups of alike ones, with its interval."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

ENOUGH = 100  # others, groups taken off, before slopes are fitted to them


@dataclass(frozen=True)
class Sums:
    """People of one kind, by group: n, ``sums`` and ``products`` of columns, traits before outcomes."""

    n: np.ndarray  # groups
    sums: np.ndarray  # groups x columns
    products: np.ndarray  # groups x columns x columns

    @property
    def means(self) -> np.ndarray:
        """Return the mean of each column in each group."""
        return self.sums / self.n[:, None]

    @property
    def centred(self) -> np.ndarray:
        """Return the products of the distances from the group's means."""
        return self.products - self.sums[:, :, None] * self.sums[:, None, :] / self.n[:, None, None]


def difference(own: Sums, other: Sums, traits: int, confidence: float) -> list[tuple[float, float, float]]:
    """Return for each outcome how much more ``own`` people have than ``other`` ones, with low and high.

    Groups weigh as many as they have own people (ATT). What is left of a difference of traits within the
    groups is taken off by slopes fitted to the others within them, weighted to the same groups (Abadie and
    Imbens 2011). The variance is that within each group (at least two of each kind in it), given the traits,
    with that of the slopes; degrees of freedom by Satterthwaite (1946).
    """
    weight = own.n / own.n.sum()
    apart = (own.means - other.means)[:, :traits]
    per_other = weight / other.n
    inverse, slopes = _slopes(other, traits, per_other)
    gap = (weight[:, None] * apart).sum(axis=0)
    spread = np.einsum("i,sij,j->s", inverse @ gap, other.centred[:, :traits, :traits], inverse @ gap)
    found = []
    for place in range(traits, own.sums.shape[1]):
        slope = slopes[:, place - traits]
        middle = (weight * (own.means - other.means)[:, place]).sum() - gap @ slope
        parts = np.concatenate(
            [
                _left(own, place, slope) * weight**2 / own.n,
                _left(other, place, slope) * (weight**2 / other.n + per_other**2 * spread),
            ]
        )
        half = _reach(parts, np.concatenate([own.n, other.n]) - 1, confidence)
        found.append((float(middle), float(middle - half), float(middle + half)))
    return found


def _slopes(other: Sums, traits: int, per_other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the inverse of the products of traits, and the slopes of each outcome; zeros for few people."""
    outcomes = other.sums.shape[1] - traits
    if (other.n - 1).sum() < ENOUGH:
        return np.zeros((traits, traits)), np.zeros((traits, outcomes))
    whole = np.einsum("s,sij->ij", per_other, other.centred)
    inverse = np.linalg.pinv(whole[:traits, :traits], rcond=1e-9, hermitian=True)
    return inverse, inverse @ whole[:traits, traits:]


def _left(people: Sums, place: int, slope: np.ndarray) -> np.ndarray:
    """Return the variance of an outcome within each group that the slopes leave."""
    p, whole = len(slope), people.centred
    taken = 2 * whole[:, :p, place] @ slope - np.einsum("i,sij,j->s", slope, whole[:, :p, :p], slope)
    return np.maximum(whole[:, place, place] - taken, 0) / (people.n - 1)


def _reach(parts: np.ndarray, freedom: np.ndarray, confidence: float) -> float:
    variance = parts.sum()
    if not variance:
        return 0.0
    return stats.t.ppf((1 + confidence) / 2, variance**2 / (parts**2 / freedom).sum()) * variance**0.5
