"""Windows: sums over several periods at once, by groups of customers that add up to the whole."""

from datetime import date

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import resample, windows
from shopcrm_nb.period import Period

FEW = settings(max_examples=15, deadline=None, derandomize=True)
MEASURES = {
    "orders": lambda rows: rows.count(),
    "customers": lambda rows: rows.customer.nunique(),
    "net": lambda rows: rows.net.sum(),
    "kept": lambda rows: rows.net.sum(where=rows.net > 100),
}


def table(rows, **extra):
    frame = pd.DataFrame(rows, columns=["customer", "day", "net"]).assign(**extra)
    frame["day"] = pd.Series([date.fromisoformat(day) for day in frame.day], dtype="object")
    kinds = {"customer": "string", "day": "date", "net": "float64"} | dict.fromkeys(extra, "string")
    return ibis.memtable(frame, schema=kinds)


def spans(**days):
    return {name: Period(*(date.fromisoformat(day) for day in both)) for name, both in days.items()}


ROWS = table(
    [
        ("ann", "2024-05-31", 1),
        ("ann", "2024-06-01", 2),
        ("ann", "2024-06-30", 4),
        ("bob", "2024-06-30", 8),
        ("bob", "2024-07-01", 16),
        ("cat", "2024-02-29", 200),
    ]
)


def test_both_ends_of_a_period_count_and_groups_add_up():
    periods = spans(june=("2024-06-01", "2024-06-30"), leap=("2024-02-29", "2024-02-29"))
    summed = windows.sums(ROWS, "day", "customer", periods, MEASURES)
    whole = windows.totals(summed, periods)
    assert whole.loc["june"].tolist() == [3, 2, 14, 0]
    assert whole.loc["leap"].tolist() == [1, 1, 200, 200]
    assert summed.group.between(0, resample.GROUPS - 1).all()
    assert summed.columns.tolist() == ["period", "group", *MEASURES]


def test_periods_may_overlap_and_each_row_counts_in_all_of_them():
    periods = spans(june=("2024-06-01", "2024-06-30"), year=("2024-01-01", "2024-12-31"))
    whole = windows.totals(windows.sums(ROWS, "day", "customer", periods, MEASURES), periods)
    assert whole.orders.tolist() == [3, 6]
    assert whole.customers.tolist() == [2, 3]


def test_a_period_without_rows_is_zeros_and_the_order_of_the_periods_is_kept():
    periods = spans(z=("2020-01-01", "2020-12-31"), a=("2024-06-01", "2024-06-30"))
    whole = windows.totals(windows.sums(ROWS, "day", "customer", periods, MEASURES), periods)
    assert whole.index.tolist() == ["z", "a"]
    assert whole.loc["z"].tolist() == [0, 0, 0, 0]


def test_a_time_of_the_last_day_is_within_it():
    late = ROWS.mutate(at=ROWS.day.cast("timestamp") + ibis.interval(hours=23))
    periods = spans(june=("2024-06-01", "2024-06-30"))
    assert windows.totals(windows.sums(late, "at", "customer", periods, MEASURES), periods).orders.sum() == 3


def test_columns_of_the_rows_named_like_those_of_a_period_do_not_matter():
    rows = table([("ann", "2024-06-01", 2)], period="x", start="y", end="z", group="g")
    periods = spans(june=("2024-06-01", "2024-06-30"))
    summed = windows.sums(rows, "day", "customer", periods, MEASURES)
    assert summed.period.tolist() == ["june"]
    assert summed.group.tolist() == rows.select(g=resample.group(rows.customer)).to_pandas().g.tolist()


def test_the_order_of_the_rows_changes_nothing():
    periods = spans(june=("2024-06-01", "2024-06-30"), year=("2024-01-01", "2024-12-31"))
    turned = ROWS.order_by(ROWS.net.desc())
    pd.testing.assert_frame_equal(
        windows.sums(ROWS, "day", "customer", periods, MEASURES),
        windows.sums(turned, "day", "customer", periods, MEASURES),
    )


DAYS = st.dates(date(2024, 1, 1), date(2024, 3, 31))


@FEW
@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), DAYS, st.integers(0, 300)), min_size=1, max_size=40),
    st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=4),
)
def test_totals_agree_with_filtering_each_period_in_pandas(rows, ends):
    frame = pd.DataFrame(rows, columns=["customer", "day", "net"])
    periods = {f"p{n}": Period(*sorted(pair)) for n, pair in enumerate(ends)}
    found = windows.sums(
        table([(c, d.isoformat(), n) for c, d, n in rows]), "day", "customer", periods, MEASURES
    )
    whole = windows.totals(found, periods)
    for name, when in periods.items():
        mine = frame[(frame.day >= when.start) & (frame.day <= when.end)]
        by_hand = [len(mine), mine.customer.nunique(), mine.net.sum(), mine.net[mine.net > 100].sum()]
        assert whole.loc[name].tolist() == pytest.approx(by_hand)
