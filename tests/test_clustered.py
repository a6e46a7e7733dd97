"""Clustered shares: as sure as the customers behind them, exact where each has one case."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from shopcrm_nb import clustered
from shopcrm_nb.interval import wilson


def added(x, y, n=None):
    """The sums of customers with x that counts and y hits."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    return {
        "k": float((x > 0).sum()),
        "n": x.sum() if n is None else float(n),
        "x": x.sum(),
        "y": y.sum(),
        "xx": (x * x).sum(),
        "xy": (x * y).sum(),
        "yy": (y * y).sum(),
    }


def sums_of(x, y, n=None):
    return pd.DataFrame([added(x, y, n)])


def test_one_case_a_customer_is_worth_one_case():
    assert clustered.effective(sums_of([1] * 40, [1] * 7 + [0] * 33))[0] == pytest.approx(40)
    assert clustered.effective(sums_of([1] * 40, [0] * 40))[0] == 40
    assert clustered.share(sums_of([1] * 40, [1] * 7 + [0] * 33))[0] == 7 / 40


def test_orders_that_are_all_alike_within_a_customer_are_worth_one_case_a_customer():
    # Twenty customers of five orders each; of eight customers all orders are late, of the others none.
    assert clustered.effective(sums_of([5] * 20, [5] * 8 + [0] * 12))[0] == pytest.approx(20)


def test_orders_that_are_independent_are_worth_about_as_many_cases_and_never_more():
    random = np.random.default_rng(3)
    x = random.integers(1, 8, 4000)
    y = random.binomial(x, 0.3)
    assert clustered.effective(sums_of(x, y))[0] == pytest.approx(x.sum(), rel=0.06)
    assert clustered.effective(sums_of([2] * 50, [1] * 49 + [2]))[0] == 100  # more alike than by chance


def test_by_hand_the_variance_of_a_ratio_of_sums():
    # Customers of 1, 2 and 3 orders with 1, 0 and 1 late: a third. Residuals 2/3, -2/3, 0: 8/9 / 36.
    expected = (1 / 3 * 2 / 3) / (8 / 9 / 36)
    assert expected == pytest.approx(9)
    assert clustered.effective(sums_of([1, 2, 3], [1, 0, 1], n=99))[0] == pytest.approx(9)
    assert clustered.effective(sums_of([1, 2, 3], [1, 0, 1]))[0] == 6


def test_where_all_have_the_same_share_unequal_amounts_count_for_less():
    # (100 + 1 + 1)² / (100² + 1 + 1), the cases that count as much
    assert clustered.effective(sums_of([100, 1, 1], [0, 0, 0]))[0] == pytest.approx(102**2 / 10002)


def test_nothing_to_share_has_no_share_and_differs_from_nothing():
    empty = sums_of([0, 0], [0, 0])
    assert clustered.share(empty).isna()[0]
    assert np.isnan(clustered.differ(empty, sums_of([1] * 40, [1] * 40))[0])


def test_for_customers_the_p_value_is_twice_the_smaller_side_of_fishers_test():
    here, rest = sums_of([1] * 40, [1] * 14 + [0] * 26), sums_of([1] * 300, [1] * 45 + [0] * 255)
    tails = [
        stats.fisher_exact([[14, 26], [45, 255]], alternative=side).pvalue for side in ("greater", "less")
    ]
    assert clustered.differ(here, rest)[0] == pytest.approx(2 * min(tails))
    assert clustered.differ(rest, here)[0] == pytest.approx(2 * min(tails))
    same = sums_of([1] * 40, [1] * 20 + [0] * 20)
    assert clustered.differ(same, same)[0] == 1


def draw(random, customers, p):
    """Orders and amounts of customers whose orders go together: some are late with all of them."""
    x = random.integers(1, 7, customers)
    prone = random.beta(p * 1.5, (1 - p) * 1.5, customers)
    return x, random.binomial(x, prone)


def test_the_interval_covers_the_truth_as_often_as_it_says_where_orders_go_together():
    random, covered, naive = np.random.default_rng(11), 0, 0
    for _run in range(1000):
        x, y = draw(random, 120, 0.2)
        n = clustered.effective(sums_of(x, y))[0]
        low, high = wilson(y.sum() / x.sum() * n, n, 0.95)
        covered += low <= 0.2 <= high
        low, high = wilson(y.sum(), x.sum(), 0.95)
        naive += low <= 0.2 <= high
    assert 0.925 <= covered / 1000 <= 0.975
    assert naive / 1000 < 0.87  # as if every order were a case of its own


@pytest.mark.parametrize("money", [False, True])
def test_two_groups_of_the_same_kind_rarely_differ(money):
    random, pairs = np.random.default_rng(5), ([], [])
    for _run in range(1000):
        for customers, rows in zip((60, 500), pairs, strict=True):
            x, y = draw(random, customers, 0.15)
            worth = random.lognormal(4, 0.8, customers) if money else 1
            rows.append(added(x * worth, y * worth, n=customers if money else None))
    found = (clustered.differ(*(pd.DataFrame(rows) for rows in pairs)) < 0.05).sum()
    # 999 of 1,000 times at most, were the test to reject in 5 of 100
    assert 0 < found <= stats.binom.ppf(0.999, 1000, 0.05)
