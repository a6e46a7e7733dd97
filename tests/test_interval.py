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
