"""Shrinkage: groups that chance may divide are drawn together, and their intervals stay honest."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import shrinkage


def shrink(values, deviations):
    return shrinkage.shrunk(pd.Series(values), pd.Series(deviations) ** 2, 0.95)


def test_groups_that_chance_may_divide_are_drawn_to_their_mean_and_clear_ones_stay_apart():
    near = shrink([1.0, 2.0, 3.0], [5.0, 5.0, 5.0])
    assert near.shrunk.tolist() == pytest.approx([2.0, 2.0, 2.0], abs=0.6)
    assert near.shrunk.is_monotonic_increasing
    far = shrink([-100.0, 0.0, 100.0], [1.0, 1.0, 1.0])
    assert far.shrunk.tolist() == pytest.approx([-100, 0, 100], abs=0.5)
    assert far.shrunk_high[0] - far.shrunk_low[0] == pytest.approx(2 * 1.96, rel=0.01)


def test_one_group_alone_keeps_its_own_difference_and_interval():
    alone = shrink([3.0], [2.0]).iloc[0]
    assert alone.tolist() == pytest.approx([3, 3 - 1.96 * 2, 3 + 1.96 * 2], abs=1e-3)
    assert shrink([], []).empty


def test_the_eight_schools_come_out_as_a_sum_over_tau_by_another_route():
    """Rubin 1981: coaching in eight schools; the same model integrated over tau itself, not the factor."""
    d = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
    se = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
    s = len(d) / (1 / se**2).sum()
    tau = np.exp(np.linspace(np.log(1e-3), np.log(1e4), 20_001))
    prior = s / (s + tau**2) ** 2 * 2 * tau * tau  # of tau squared, by log tau
    w = 1 / (se[:, None] ** 2 + tau**2)
    mu = (w * d[:, None]).sum(axis=0) / w.sum(axis=0)
    seen = (
        prior
        * np.sqrt(np.prod(w, axis=0) / w.sum(axis=0))
        * np.exp(-0.5 * (w * (d[:, None] - mu) ** 2).sum(axis=0))
    )
    mean = mu + (d[:, None] - mu) * tau**2 * w
    expected = (mean * seen).sum(axis=1) / seen.sum()
    assert shrink(d, se).shrunk.tolist() == pytest.approx(expected.tolist(), abs=0.02)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(0.5, 20)), min_size=2, max_size=8), st.floats(-100, 100)
)
def test_shrinking_stays_within_the_groups_and_moves_with_them(groups, by):
    d, se = (list(values) for values in zip(*groups, strict=True))
    found = shrink(d, se)
    assert (found.shrunk >= min(d) - 1e-6).all()
    assert (found.shrunk <= max(d) + 1e-6).all()
    assert (found.shrunk_low < found.shrunk_high).all()
    moved = shrink([value + by for value in d], se)
    assert moved.shrunk.tolist() == pytest.approx((found.shrunk + by).tolist(), abs=1e-5)


@pytest.mark.parametrize("tau", [0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("k", [3, 8])
def test_shrunk_intervals_cover_as_often_as_they_say_and_lie_nearer_to_the_truth(tau, k):
    random, runs = np.random.default_rng(11), 150
    inside, nearer = [], []
    for _run in range(runs):
        se = random.uniform(0.5, 2, k)
        true = random.normal(5, tau, k)
        d = true + random.normal(0, se)
        found = shrink(d, se)
        inside += list((found.shrunk_low <= true) & (true <= found.shrunk_high))
        nearer.append(((found.shrunk - true) ** 2).sum() - ((d - true) ** 2).sum())
    assert 0.925 <= np.mean(inside) <= 0.995
    assert np.mean(nearer) < 0 or tau > 1  # far apart they keep their places, and little is won
