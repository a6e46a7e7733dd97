"""Intervals: Wilson's, the change of a share, and Kaplan and Meier's median, beside published figures."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from shopcrm_nb import interval

FEW = settings(max_examples=60, deadline=None, derandomize=True)
nan = float("nan")


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (1, 10), (5, 10), (10, 10), (81, 263), (15, 148), (1, 29)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_wilson_is_that_of_scipy(hits, n, confidence):
    expected = stats.binomtest(hits, n).proportion_ci(confidence, method="wilson")
    assert interval.wilson(hits, n, confidence) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_by_newcombe_1998_table_1():
    assert interval.wilson(81, 263, 0.95) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert interval.wilson(0, 20, 0.95) == pytest.approx((0, 0.1611), abs=5e-5)
    assert interval.wilson(1, 29, 0.95) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_of_nobody_there_is_no_interval():
    assert np.isnan(interval.wilson(0, 0, 0.95)).all()
    assert np.isnan(interval.change((0, 0), (1, 2), 0.95)).all()
    assert np.isnan(interval.change((1, 2), (0, 0), 0.95)).all()


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [  # Newcombe 1998 (interval estimation for the difference), table II, method 10
        ((56, 70), (48, 80), (0.2, 0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.6, 0.1705, 0.8090)),
        ((5, 56), (0, 29), (0.0893, -0.0381, 0.1926)),
        ((10, 10), (0, 10), (1, 0.6075, 1)),
    ],
)
def test_the_change_of_a_share_is_that_of_the_published_table(now, before, expected):
    assert interval.change(before, now, 0.95) == pytest.approx(expected, abs=5e-5)


def counts(days, seen):
    """Days and whether the event was seen, as the counts of each number of days."""
    frame = pd.DataFrame({"days": days, "events": seen}).astype({"events": int})
    return (
        frame.assign(censored=1 - frame.events)
        .groupby("days")
        .sum()
        .reset_index()
        .sample(frac=1, random_state=1)
    )


def test_kaplan_and_meier_by_hand():
    # 5 at risk: one of them on day 2 leaves 4/5; then one is lost; of 3 one on day 5 leaves 8/15, …
    found = interval.survival(counts([2, 3, 5, 8, 8], [1, 0, 1, 1, 0]))
    assert found.to_dict() == pytest.approx({2: 4 / 5, 5: 8 / 15, 8: 4 / 15})
    assert interval.median_days(counts([2, 3, 5, 8, 8], [1, 0, 1, 1, 0])) == 8


def test_half_of_them_exactly_is_the_median_and_fewer_than_half_have_none():
    assert interval.median_days(counts([1, 2, 3, 9], [1, 1, 0, 0])) == 2
    assert np.isnan(interval.median_days(counts([1, 2, 3, 9, 9], [1, 1, 0, 0, 0])))
    assert interval.median_days(counts([0, 0], [1, 0])) == 0  # on the first day


def test_without_the_event_or_anybody_the_median_is_not_known():
    assert np.isnan(interval.median_days(counts([3, 4], [0, 0])))
    assert np.isnan(interval.median_days(pd.DataFrame({"days": [], "events": [], "censored": []})))


@FEW
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=40))
def test_the_survival_is_that_of_scipy(rows):
    days, seen = map(list, zip(*rows, strict=True))
    found = interval.survival(counts(days, seen))
    events = [day for day, event in rows if event]
    if not events:
        assert found.empty
        return
    data = stats.CensoredData(uncensored=events, right=[day for day, event in rows if not event])
    expected = stats.ecdf(data).sf
    at = dict(zip(expected.quantiles, expected.probabilities, strict=True))
    assert found.to_dict() == pytest.approx({day: at[day] for day in sorted(set(events))})


def tgi_of(at, n, rest, rest_n, base_n, confidence=0.95):
    """Low and high of one row, or of rows of counts."""
    columns = (pd.Series(np.atleast_1d(x)).astype(float) for x in (at, n, rest, rest_n, base_n))
    low, high = interval.tgi_interval(*columns, confidence)
    return (low[0], high[0]) if np.ndim(at) == 0 else (low, high)


def test_the_interval_of_a_tgi_by_hand():
    # Disjoint: log of 20.5/100.5 over 10.5/100.5, and its spread.
    reach = 1.959964 * (1 / 20.5 + 1 / 10.5 - 2 / 100.5) ** 0.5
    ratio = 20.5 / 10.5
    expected = (100 * ratio * np.exp(-reach), 100 * ratio * np.exp(reach))
    assert tgi_of(20, 100, 10, 100, 100) == pytest.approx(expected, rel=1e-6)
    # As a half of the base the same two are 100 / (0.5 + 0.5 / ratio), and never above 200.
    inside = tuple(100 / (0.5 + 0.5 / (end / 100)) for end in expected)
    assert tgi_of(20, 100, 10, 100, 200) == pytest.approx(inside, rel=1e-6)
    assert inside[1] < 200


def test_the_interval_of_few_and_none():
    low, high = tgi_of(0, 50, 20, 500, 550)
    assert low == 0 and 0 < high < 400
    low, high = tgi_of(5, 50, 0, 450, 500)  # the rest has nobody: the TGI is at most that of the group alone
    assert 100 < low < high == pytest.approx(1000)
    low, high = tgi_of(5, 50, 0, 450, 450)  # disjoint: no end
    assert low > 100 and np.isnan(high)
    low, high = tgi_of(0, 50, 0, 450, 500)
    assert low == 0 and high == pytest.approx(1000)
    assert np.isnan(tgi_of(0, 0, 5, 50, 50)).all() and np.isnan(tgi_of(5, 50, 0, 0, 50)).all()
    low, high = tgi_of(50, 50, 450, 450, 500)  # everybody on both sides
    assert low == pytest.approx(100) and high == pytest.approx(100)


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(
    ("n", "rest_n", "rest"), [(30, 80, 40), (300, 50, 3), (40, 3000, 60), (500, 500, 400)]
)
def test_the_interval_holds_the_tgi_and_rises_with_the_group(n, rest_n, rest, inside):
    at = np.arange(1, int(0.9 * n))
    same = np.ones(len(at))
    base_n = rest_n + n * inside
    low, high = tgi_of(at, same * n, same * rest, same * rest_n, same * base_n)
    tgi = 100 * (at / n) / ((rest + at * inside) / base_n)
    assert (low < tgi).all() and (tgi < high).all()
    assert (low.diff().dropna() > 0).all() and (high.diff().dropna() > 0).all()
    narrow = tgi_of(at, same * n, same * rest, same * rest_n, same * base_n, 0.8)
    assert (low < narrow[0]).all() and (narrow[1] < high).all()
    more_people = tgi_of(at * 9, same * n * 9, same * rest * 9, same * rest_n * 9, same * base_n * 9)
    assert (low < more_people[0]).all() and (more_people[1] < high).all()
    if inside:
        assert (high < 100 * base_n / n).all()  # the whole base cannot be more than all of the group


@pytest.mark.parametrize("inside", [True, False])
def test_the_interval_covers_the_true_tgi_about_95_times_of_100(inside):
    random = np.random.default_rng(17)
    cases = [
        (n, rest_n, share, odd)
        for n in (50, 120, 400, 2000)
        for rest_n in (300, 3000)
        for share in (0.02, 0.05, 0.15, 0.3, 0.6)
        for odd in (0.7, 1, 1.5)
    ]
    n, rest_n, rest_share, odd = (np.repeat(x, 500) for x in np.array(cases).T)
    share = np.minimum(rest_share * odd, 0.9)
    at, rest = random.binomial(n.astype(int), share), random.binomial(rest_n.astype(int), rest_share)
    own = n if inside else 0 * n
    true = 100 * share / ((own * share + rest_n * rest_share) / (own + rest_n))
    low, high = tgi_of(at, n, rest, rest_n, own + rest_n)
    covered = (low <= true) & (true <= high.fillna(np.inf))
    assert 0.93 <= covered.mean() <= 0.975
    for size in (50, 120, 400, 2000):
        assert 0.93 <= covered[n == size].mean() <= 0.98
    for level in (0.02, 0.6):
        assert 0.93 <= covered[rest_share == level].mean() <= 0.985
