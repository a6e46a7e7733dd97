"""Charts: each shows exactly the numbers of its frame, with units on its axes."""

import json
import re
from datetime import date

import pandas as pd
import plotly.graph_objects as go
import pytest
from build import orders_of, rules_of

from shopcrm_nb import chart, segment
from shopcrm_nb.absent import NotComputed

AS_OF, RULES = date(2024, 6, 30), rules_of()
MONTHS = pd.DataFrame(
    {
        "month": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]),
        "orders": [3, 0, 5, 2],
        "whole": [False, True, True, False],
    }
)


def frames(rows):
    scored = segment.score(orders_of(rows), AS_OF, RULES)
    return (
        segment.grades(scored, RULES),
        segment.bands(scored, AS_OF, RULES, "CNY"),
        segment.recency_by_frequency(scored, RULES.rfm),
    )


CUSTOMERS = [("ann", AS_OF, 1500.0)] * 2 + [("bob", AS_OF, 10.0), ("cat", date(2023, 8, 1), 500.0)]


def axis_titles(figure):
    layout = figure.to_plotly_json()["layout"]
    axes = {name: axis for name, axis in layout.items() if re.fullmatch(r"[xy]axis\d*", name)}
    return {name: axis["title"]["text"] for name, axis in axes.items() if "title" in axis}


def test_months_are_drawn_as_they_are_counted_and_those_cut_off_are_paler():
    figure = chart.orders_by_month(MONTHS)
    whole, cut = figure.data
    assert (list(whole.x), list(whole.y)) == (["2024-02", "2024-03"], [0, 5])
    assert (list(cut.x), list(cut.y)) == (["2024-01", "2024-04"], [3, 2])
    assert (whole.marker.color, cut.marker.color) == (chart.FACT, chart.CONTEXT)
    assert (whole.name, cut.name) == ("Orders", "Incomplete month")
    assert axis_titles(figure) == {"xaxis": "Month of payment", "yaxis": "Valid orders a month"}
    assert figure.layout.yaxis.tickformat == ",d"


@pytest.mark.parametrize(("months", "step"), [(15, "M1"), (16, "M3"), (40, "M3"), (41, "M12")])
def test_many_months_have_fewer_ticks(months, step):
    month = pd.date_range("2020-01-01", periods=months, freq="MS")
    figure = chart.orders_by_month(pd.DataFrame({"month": month, "orders": 1, "whole": True}))
    assert figure.layout.xaxis.dtick == step


def test_each_grade_shows_its_share_of_customers_and_of_sales():
    graded, _bands, _grid = frames(CUSTOMERS)
    people, sales = chart.grade_shares(graded).data
    assert list(people.y) == list(sales.y) == ["Platinum", "Gold", "Silver", "Bronze"]
    # ann 5 2 5 is 31, Gold; bob 5 1 1 is 12 and cat 1 1 3 is 16, Bronze
    assert list(people.x) == [0, pytest.approx(1 / 3), 0, pytest.approx(2 / 3)]
    assert list(sales.x) == [0, pytest.approx(3000 / 3510), 0, pytest.approx(510 / 3510)]
    assert list(people.text) == ["0.0%", "33.3%", "0.0%", "66.7%"]
    assert list(sales.text) == ["0.0%", "85.5%", "0.0%", "14.5%"]
    figure = chart.grade_shares(graded)
    assert axis_titles(figure) == {"xaxis": "Share of all graded"}
    assert figure.layout.xaxis.tickformat == ".0%"


def test_each_score_shows_its_customers_and_what_it_means():
    _graded, bands, _grid = frames(CUSTOMERS)
    figure = chart.score_sizes(bands)
    r, f, m = figure.data
    assert list(r.x) == list(f.x) == list(m.x) == ["1", "2", "3", "4", "5"]
    assert (list(r.y), list(f.y), list(m.y)) == ([1, 0, 0, 0, 2], [2, 1, 0, 0, 0], [1, 0, 1, 0, 1])
    assert list(f.customdata) == ["1 order", "2 orders", "3 orders", "4 to 5 orders", "6 orders and more"]
    assert [note.text for note in figure.layout.annotations] == ["Recency", "Frequency", "Money"]
    titles = axis_titles(figure)
    assert titles["yaxis"] == "Customers"
    assert titles["xaxis2"] == "Score (the highest is best)"  # once, below the middle of the three


def test_the_grid_shows_customers_with_the_best_at_the_top_right():
    _graded, _bands, grid = frames(CUSTOMERS)
    figure = chart.recency_by_frequency(grid)
    (heat,) = figure.data
    assert list(heat.x) == ["F1", "F2", "F3", "F4", "F5"]
    assert list(heat.y) == ["R5", "R4", "R3", "R2", "R1"]
    assert [list(row) for row in heat.z] == grid.to_numpy().tolist()
    assert grid.loc[5].tolist() == [1, 1, 0, 0, 0]
    assert grid.loc[1].tolist() == [1, 0, 0, 0, 0]
    assert heat.text[0][0] == "1"
    assert figure.layout.yaxis.autorange == "reversed"
    assert axis_titles(figure) == {
        "xaxis": "Frequency score: orders in the period",
        "yaxis": "Recency score: last purchase",
    }


def every_figure(rows, months):
    graded, bands, grid = frames(rows)
    return [
        chart.orders_by_month(months),
        chart.grade_shares(graded),
        chart.score_sizes(bands),
        chart.recency_by_frequency(grid),
    ]


def test_a_shop_without_customers_is_drawn_with_zeros():
    months, grades, scores, grid = every_figure([], MONTHS.head(0))
    assert sum(len(trace.x) for trace in months.data) == 0
    assert [list(trace.x) for trace in grades.data] == [[0, 0, 0, 0]] * 2
    assert [list(trace.y) for trace in scores.data] == [[0] * 5] * 3
    assert [list(row) for row in grid.data[0].z] == [[0] * 5] * 5


def test_no_text_of_a_chart_is_read_as_markup():
    plotlys_own = re.compile(r"</?extra>")
    for figure in every_figure(CUSTOMERS, MONTHS):
        written = json.dumps(json.loads(figure.to_json()), ensure_ascii=False)
        assert "<" not in plotlys_own.sub("", written)


def test_a_chart_is_a_figure_and_changes_none_of_its_input():
    before = MONTHS.copy()
    assert all(isinstance(figure, go.Figure) for figure in every_figure(CUSTOMERS, MONTHS))
    pd.testing.assert_frame_equal(MONTHS, before)


def test_equal_frames_give_equal_charts():
    first, second = every_figure(CUSTOMERS, MONTHS), every_figure(CUSTOMERS, MONTHS)
    assert [figure.to_json() for figure in first] == [figure.to_json() for figure in second]


@pytest.mark.parametrize(
    "draw", [chart.orders_by_month, chart.grade_shares, chart.score_sizes, chart.recency_by_frequency]
)
def test_what_could_not_be_computed_is_not_drawn(draw):
    missing = NotComputed("orders.customer_id")
    assert draw(missing) is missing
