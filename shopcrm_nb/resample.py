"""Resampling: how far a figure moves when other customers of the same kind had been met (bootstrap).

Customers fall into GROUPS by a hash of their key, the engine sums each group once, and whole groups are drawn
with replacement: the bootstrap of a random partition, at no cost that grows with the number of customers.
"""

import ibis.expr.types as ir
import numpy as np

GROUPS = 200
DRAWS = 1000


def group(customer_id: ir.StringColumn) -> ir.IntegerColumn:
    """Return the group of each customer, 0 to GROUPS - 1; it depends on nothing but the key."""
    return (customer_id.hash() % GROUPS).abs()


def draws(seed: int) -> np.ndarray:
    """Return how often each group is drawn (DRAWS x GROUPS); the first row is the data as is."""
    random = np.random.default_rng(seed)
    drawn = random.multinomial(GROUPS, np.full(GROUPS, 1 / GROUPS), size=DRAWS)
    return np.vstack([np.ones(GROUPS, dtype=drawn.dtype), drawn])


def interval(values: np.ndarray, confidence: float) -> tuple[float, float, float]:
    """Return value, low and high of a figure computed for each row of ``draws`` (percentile interval)."""
    low, high = np.nanquantile(values[1:], [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(values[0]), float(low), float(high)
