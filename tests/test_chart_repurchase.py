"""Charts of who buys again: each shows its frame's numbers, and leaves blank what was not observed."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from shopcrm_nb import chart_repurchase, shares
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.chart import CONTEXT, FACT
from shopcrm_nb.period import Period

nan = float("nan")


def titles(figure):
    return figure.layout.xaxis.title.text, figure.layout.yaxis.title.text


def test_the_ladder_has_a_bar_for_each_number_of_purchases_with_its_share():
    frame = pd.DataFrame(
        {"times_bought": ["1", "2", "3+"], "customers": [7000, 2000, 1000], "customer_share": [0.7, 0.2, 0.1]}
    )
    figure = chart_repurchase.ladder(frame)
    (bars,) = figure.data
    assert (list(bars.x), list(bars.y)) == (["1", "2", "3+"], [7000, 2000, 1000])
    assert list(bars.text) == ["70.0%", "20.0%", "10.0%"]
    assert titles(figure) == ("Times bought in 365 days", "Customers")
    assert figure.layout.xaxis.type == "category"
    assert figure.layout.yaxis.tickformat == ",d"


def month(number):
    return Period(date(2024, number, 1), date(2024, number, 28))


def test_months_and_quarters_are_two_lines_and_a_month_without_buyers_is_a_gap():
    rows = [
        shares.row("next_month", month(1), 3, 10),
        shares.row("next_month", month(2), 0, 0),
        shares.row("next_month", month(3), 1, 1200),
        shares.row("next_quarter", month(1), 1, 2),
    ]
    figure = chart_repurchase.next_periods(shares.frame(rows))
    quarters, months = figure.data
    assert list(months.x) == [date(2024, n, 1) for n in (1, 2, 3)]
    assert list(months.y) == pytest.approx([0.3, nan, 1 / 1200], nan_ok=True)
    assert not months.connectgaps
    assert list(months.customdata) == ["30.0% of 10", "– of 0", "0.1% of 1,200"]
    assert list(quarters.y) == [0.5]
    assert (months.line.color, quarters.line.color) == (FACT, CONTEXT)
    assert titles(figure) == ("Month, or first month of the quarter", "Share who bought in the next")


def second(when, days, hits, n, low, high):
    row = shares.row("second_order", month(1), hits, n, basis="orders", days=days, ci_low=low, ci_high=high)
    return {"when": when} | row


def test_second_orders_stand_side_by_side_with_their_intervals_and_in_the_order_of_the_days():
    rows = [
        second("now", 30, 10, 100, 0.05, 0.2),
        second("now", 180, 30, 100, 0.2, 0.45),
        second("before", 30, 20, 100, 0.15, 0.3),
    ]
    figure = chart_repurchase.second_orders(shares.frame(rows, "when"))
    before, now = figure.data
    assert (before.name, now.name) == ("won the year before", "won this year")
    assert (list(now.x), list(now.y)) == (["30", "180"], [0.1, 0.3])
    assert (list(before.x), list(before.y)) == (["30"], [0.2])
    assert list(now.error_y.array) == pytest.approx([0.1, 0.15])
    assert list(now.error_y.arrayminus) == pytest.approx([0.05, 0.1])
    assert (now.marker.color, before.marker.color) == (FACT, CONTEXT)
    assert list(figure.layout.xaxis.categoryarray) == ["30", "180"]
    assert titles(figure) == ("Days since the first order", "Share with a second order")


TRIANGLE = pd.DataFrame(
    [
        ("2024-03", 1, 10, 1, 0.1, False),
        ("2024-03", 2, 10, 0, 0.0, True),
        ("2024-04", 1, 4, 3, 0.75, True),
        ("2024-04", 2, 4, pd.NA, nan, False),
    ],
    columns=["cohort", "month_number", "customers", "active", "active_share", "partial"],
).astype({"active": "Int64"})


def test_cohorts_are_rows_a_star_marks_what_is_partial_and_what_is_to_come_is_blank():
    figure = chart_repurchase.cohorts(TRIANGLE)
    (heat,) = figure.data
    assert (list(heat.x), list(heat.y)) == (["1", "2"], ["2024-03", "2024-04"])
    assert np.array(heat.z).ravel().tolist() == pytest.approx([0.1, 0, 0.75, nan], nan_ok=True)
    assert np.array(heat.text).tolist() == [["10.0", "0.0*"], ["75.0*", ""]]
    assert np.array(heat.customdata)[0].tolist() == ["1 of 10", "0 of 10"]
    assert heat.hoverongaps is False
    assert figure.layout.yaxis.autorange == "reversed"
    assert titles(figure) == ("Months after, in % (* not whole)", "Month of the first order")


def test_cohorts_that_are_all_zero_are_drawn():
    zeros = TRIANGLE.assign(active=0, active_share=0.0)
    assert np.array(chart_repurchase.cohorts(zeros).data[0].z).max() == 0


DAILY = pd.DataFrame(
    {
        "day": [date(2024, 6, n) for n in range(1, 5)],
        "closed_share": [0.1, nan, 0.3, 0.0],
        "closed_share_7_days": [nan, 0.2, 0.25, 0.1],
        "immature": [False, False, True, True],
    }
)


def test_days_that_are_still_open_are_hatched_and_the_line_over_them_is_dotted():
    figure = chart_repurchase.closed_by_day(DAILY)
    settled, still_open, line, dotted = figure.data
    assert list(settled.x) == [date(2024, 6, 1), date(2024, 6, 2)]
    assert list(settled.y) == pytest.approx([0.1, nan], nan_ok=True)
    assert list(still_open.y) == [0.3, 0.0]
    assert (settled.marker.pattern.shape, still_open.marker.pattern.shape) == ("", "/")
    assert list(line.y) == pytest.approx([nan, 0.2, nan, nan], nan_ok=True)
    assert list(dotted.y) == pytest.approx([nan, nan, 0.25, 0.1], nan_ok=True)
    assert (line.line.dash, dotted.line.dash) == ("solid", "dot")
    assert [trace.name for trace in figure.data[:3]] == ["Each day", "Orders still open", "Seven days"]
    assert not dotted.showlegend
    assert titles(figure) == ("Day on which the orders were placed", "Closed, by amount")


@pytest.mark.parametrize("draw", ["ladder", "next_periods", "second_orders", "cohorts", "closed_by_day"])
def test_what_was_not_computed_is_handed_on(draw):
    missing = NotComputed("orders.customer_id")
    assert getattr(chart_repurchase, draw)(missing) is missing
