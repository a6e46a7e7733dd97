"""Shapley: the change of a product split among its factors, so that the parts add up and no order matters."""

from fractions import Fraction
from itertools import combinations
from math import comb, floor, prod

STRAY = 2  # cents by which two rounded amounts may differ from the sum of parts that were not rounded


def shapley(before: dict[str, float], now: dict[str, float]) -> dict[str, float]:
    """Return, factor → what its change adds to the change of the product of all factors.

    A factor's part is the mean, over all orders in which the factors could change one after the other, of
    what its own change does to the product (Shapley 1953). The parts add up to the change of the product,
    a factor that did not change has 0, and factors that change alike have equal parts. Both dicts have the
    same keys and finite numbers. The sum runs over 2^(k-1) subsets a factor: for up to some ten factors.
    """
    if before.keys() != now.keys():
        raise ValueError(f"the factors differ: {sorted(before)} and {sorted(now)}")
    # Exact fractions: the parts of two large products that nearly cancel still add up.
    old = {name: Fraction(float(before[name])) for name in before}
    new = {name: Fraction(float(now[name])) for name in before}
    return {name: float((new[name] - old[name]) * _mean_of_rest(old, new, name)) for name in before}


def _mean_of_rest(old: dict[str, Fraction], new: dict[str, Fraction], name: str) -> Fraction:
    """Return the mean product of the other factors over all orders, those that come first changed already."""
    others = [other for other in old if other != name]
    mean = Fraction(0)
    for size in range(len(others) + 1):
        of_size = sum(_product(old, new, others, set(changed)) for changed in combinations(others, size))
        mean += of_size / (comb(len(others), size) * (len(others) + 1))
    return mean


def _product(
    old: dict[str, Fraction], new: dict[str, Fraction], names: list[str], changed: set[str]
) -> Fraction:
    return prod((new[name] if name in changed else old[name] for name in names), start=Fraction(1))


def to_cents(parts: dict[str, float], total: float) -> dict[str, float]:
    """Return parts rounded to cents that add up, counted in cents, to ``total`` rounded to cents.

    Each part is rounded down, and the cents that are then missing go to the largest remainders, of equal ones
    to the first; so no part moves by a cent or more, and a part of 0 stays 0. Where ``total`` was rounded
    itself, so that the parts miss it by up to STRAY cents, the largest part takes the difference. Raises
    ValueError for a total that is not the sum of the parts.
    """
    exact = {name: Fraction(float(part)) * 100 for name, part in parts.items()}
    wanted = round(Fraction(float(total)) * 100)
    if abs(wanted - sum(exact.values())) > STRAY:
        raise ValueError(f"the parts add up to {float(sum(exact.values())) / 100}, not to {total}")
    cents = {name: floor(part) for name, part in exact.items()}
    missing = wanted - sum(cents.values())
    by_remainder = sorted(cents, key=lambda name: cents[name] - exact[name])
    for name in by_remainder[: max(missing, 0)]:
        cents[name] += 1
    if stray := wanted - sum(cents.values()):
        cents[max(exact, key=lambda name: abs(exact[name]))] += stray
    return {name: n / 100 for name, n in cents.items()}
