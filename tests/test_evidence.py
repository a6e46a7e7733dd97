"""Evidence: two-sided p values of counts, beside exact fractions and Fisher's test."""

from fractions import Fraction
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from shopcrm_nb import evidence

FEW = settings(max_examples=100, deadline=None, derandomize=True)


def two_sided(*counts):
    """The p value of one row: at, n, rest, rest_n."""
    return evidence.two_sided(*(pd.Series([count]) for count in counts))[0]


def exactly(at, n, rest, rest_n):
    """Twice the smaller tail, of the ways to choose the n of the group, in fractions."""
    there, ways = at + rest, comb(n + rest_n, n)

    def tail(counts):
        return Fraction(sum(comb(there, k) * comb(n + rest_n - there, n - k) for k in counts), ways)

    return float(min(1, 2 * min(tail(range(at + 1)), tail(range(at, min(n, there) + 1)))))


def test_all_of_four_in_the_group_by_hand():
    # 4 of 8 people are at the level, and the group is just these 4: 1 way of 70, twice.
    assert two_sided(4, 4, 0, 4) == pytest.approx(2 / 70)
    assert two_sided(0, 4, 4, 4) == pytest.approx(2 / 70)
    assert two_sided(2, 4, 2, 4) == 1  # just as expected, and never above 1


@FEW
@given(st.data())
def test_two_sided_is_twice_the_smaller_tail_and_the_same_seen_from_the_rest(data):
    n, rest_n = data.draw(st.integers(1, 60)), data.draw(st.integers(1, 60))
    at, rest = data.draw(st.integers(0, n)), data.draw(st.integers(0, rest_n))
    found = two_sided(at, n, rest, rest_n)
    assert found == pytest.approx(exactly(at, n, rest, rest_n), rel=1e-9, abs=1e-15)
    assert found == pytest.approx(two_sided(rest, rest_n, at, n), rel=1e-9)
    assert found == pytest.approx(two_sided(n - at, n, rest_n - rest, rest_n), rel=1e-9)


@FEW
@given(st.integers(30, 3000), st.integers(30, 3000), st.floats(0, 1), st.floats(0, 1))
def test_two_sided_is_fishers_for_many_people(n, rest_n, share, rest_share):
    at, rest = round(n * share), round(rest_n * rest_share)
    table = [[at, n - at], [rest, rest_n - rest]]
    tails = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    assert two_sided(at, n, rest, rest_n) == pytest.approx(min(1, 2 * min(tails)), rel=1e-5, abs=1e-12)


def test_two_sided_is_blank_where_there_is_nobody_on_one_side_and_keeps_the_rows():
    columns = ([5, 0, 3], [9, 0, 4], [1, 2, 0], [9, 5, 0])
    found = evidence.two_sided(*(pd.Series(column, index=[7, 8, 9]) for column in columns))
    assert found[0] == pytest.approx(exactly(5, 9, 1, 9)) and np.isnan(found[1:]).all()


def test_by_chance_small_p_values_are_as_rare_as_they_say():
    random = np.random.default_rng(9)
    at = random.hypergeometric(300, 1700, 250, 4000)
    p_values = evidence.two_sided(*(pd.Series(x) for x in (at, at * 0 + 250, 300 - at, at * 0 + 1750)))
    for limit in (0.2, 0.05, 0.01):
        assert (p_values <= limit).sum() <= stats.binom.ppf(0.9999, 4000, limit)
        assert (p_values <= limit).mean() > limit / 4


@FEW
@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=30))
def test_holm_is_the_smallest_level_at_which_the_steps_reach_a_p_value(values):
    p_values = np.array([np.nan if value is None else value for value in values])
    adjusted = evidence.holm(p_values)
    told = p_values[~np.isnan(p_values)]
    assert (np.isnan(adjusted) == np.isnan(p_values)).all()
    for p, found in zip(p_values, adjusted, strict=True):
        if not np.isnan(p):
            # Each p value up to this one, times how many are not smaller than it.
            steps = [min(1, each * (told >= each).sum()) for each in told if each <= p]
            assert found == pytest.approx(max(steps))
