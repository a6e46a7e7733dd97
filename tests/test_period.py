"""Periods: calendar months that end on a day, the same a year before, and twelve in a row without gaps."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import period
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.period import Period

MANY = settings(max_examples=400, deadline=None, derandomize=True)
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
KINDS = st.sampled_from(["month", "quarter", "year"])
DAY = timedelta(days=1)


def span(first, last):
    return Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("as_of", "kind", "start"),
    [
        ("2026-06-30", "month", "2026-06-01"),
        ("2026-06-30", "quarter", "2026-04-01"),
        ("2026-06-30", "year", "2025-07-01"),
        ("2026-06-15", "month", "2026-05-16"),
        ("2026-06-15", "year", "2025-06-16"),
        ("2026-01-01", "month", "2025-12-02"),
        ("2024-02-29", "month", "2024-02-01"),
        ("2024-02-29", "year", "2023-03-01"),
        ("2024-02-28", "year", "2023-03-01"),
        ("2025-02-28", "year", "2024-03-01"),
        ("2026-03-31", "month", "2026-03-01"),
        ("2026-03-30", "month", "2026-03-01"),  # February has no 30th: it ends with its last day
        ("2026-03-29", "month", "2026-03-01"),
        ("2026-03-28", "month", "2026-03-01"),
        ("2026-03-27", "month", "2026-02-28"),
        ("2026-04-30", "month", "2026-04-01"),
        ("2026-05-31", "quarter", "2026-03-01"),
    ],
)
def test_a_period_begins_the_day_after_the_same_day_of_an_earlier_month(as_of, kind, start):
    found = period.ending(date.fromisoformat(as_of), kind)
    assert found == span(start, as_of)


def test_both_ends_of_a_period_count():
    assert span("2026-06-01", "2026-06-30").days == 30
    assert span("2026-06-30", "2026-06-30").days == 1
    assert span("2024-02-01", "2024-03-01").days == 30


@pytest.mark.parametrize(
    ("now", "months", "before"),
    [
        (("2026-04-01", "2026-06-30"), 12, ("2025-04-01", "2025-06-30")),
        (("2026-06-01", "2026-06-30"), 1, ("2026-05-01", "2026-05-31")),  # whole months stay whole
        (("2024-02-01", "2024-02-29"), 12, ("2023-02-01", "2023-02-28")),
        (("2025-02-01", "2025-02-28"), 12, ("2024-02-01", "2024-02-29")),
        (("2024-01-29", "2024-02-28"), 12, ("2023-01-29", "2023-02-28")),
        (("2024-02-28", "2024-02-28"), 12, ("2023-02-28", "2023-02-28")),
        (("2024-02-29", "2024-02-29"), 12, ("2023-02-28", "2023-02-28")),
        (("2026-05-16", "2026-06-15"), 1, ("2026-04-16", "2026-05-15")),
        (("2026-03-01", "2026-03-30"), 1, ("2026-02-01", "2026-02-28")),
        (("2026-06-11", "2026-06-18"), 12, ("2025-06-11", "2025-06-18")),
        (("2024-02-29", "2024-03-28"), 12, ("2023-03-01", "2023-03-28")),  # the day after 28 February
    ],
)
def test_going_back_gives_the_same_days_of_an_earlier_month(now, months, before):
    assert span(*now).back(months) == span(*before)


@MANY
@given(DAYS, st.integers(0, 400), st.sampled_from([1, 3, 12, 13]))
def test_a_period_gone_back_is_never_empty_and_about_as_long(end, length, months):
    now = Period(end - timedelta(days=length), end)
    before = now.back(months)
    assert before.days >= 1
    assert abs(before.days - now.days) <= 4
    assert before.end < now.end


@MANY
@given(DAYS, KINDS)
def test_the_same_period_a_year_before_ends_on_the_same_day_or_the_end_of_its_month(as_of, kind):
    now = period.ending(as_of, kind)
    then = now.back(12)
    assert then.end.year == as_of.year - 1
    last_days = (as_of + DAY).day == 1 and (then.end + DAY).day == 1
    assert (then.end.month, then.end.day) == (as_of.month, as_of.day) or last_days
    assert abs(then.days - now.days) <= 1


@MANY
@given(DAYS, KINDS)
def test_twelve_past_periods_follow_each_other_without_gap_or_overlap(as_of, kind):
    now, before = period.ending(as_of, kind), period.past(as_of, kind)
    assert len(before) == 12
    assert before[0].end == now.start - DAY
    apart = period.MONTHS[kind]
    for place in range(12 - apart):
        assert before[place].start == before[place + apart].end + DAY
    assert all(a.end > b.end for a, b in itertools.pairwise(before))
    longest = {"month": 31, "quarter": 92, "year": 366}[kind]
    assert all(longest - 5 <= each.days <= longest for each in before)


@MANY
@given(DAYS, KINDS)
def test_the_period_before_ends_where_this_one_begins(as_of, kind):
    now = period.ending(as_of, kind)
    assert now.back(period.MONTHS[kind]).end == now.start - DAY


def test_the_months_before_a_31st_are_whole_though_one_of_them_is_february():
    found = period.past(date(2026, 3, 31), "month")
    assert found[:3] == [
        span("2026-02-01", "2026-02-28"),
        span("2026-01-01", "2026-01-31"),
        span("2025-12-01", "2025-12-31"),
    ]
    found = period.past(date(2026, 3, 30), "month")
    assert found[:2] == [span("2026-01-31", "2026-02-28"), span("2025-12-31", "2026-01-30")]


def test_past_quarters_are_a_month_apart():
    found = period.past(date(2026, 6, 30), "quarter")
    assert found[:2] == [span("2026-01-01", "2026-03-31"), span("2025-12-01", "2026-02-28")]
    assert found[9] == span("2025-04-01", "2025-06-30")
    assert found[11] == span("2025-02-01", "2025-04-30")


def test_an_unknown_period_is_refused_in_words():
    with pytest.raises(ShopcrmError, match=r'"weeks" is none.*; use one of month, quarter, year'):
        period.ending(date(2026, 6, 30), "weeks")
    with pytest.raises(ShopcrmError, match='did you mean "quarter"'):
        period.past(date(2026, 6, 30), "quarters")
