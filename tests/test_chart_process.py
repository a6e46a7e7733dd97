"""Charts after the payment: each shows exactly the numbers of its frame, with units on its axes."""

import json
import re

import pandas as pd
import plotly.graph_objects as go
import pytest
from build import rules_of

from shopcrm_nb import chart_process
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.chart import ACTION, CONTEXT, FACT

RULES = rules_of()
TIMES = pd.DataFrame(
    {
        "step": ["pay_ship", "pay_sign"],
        "level": ["Hebei", "<b>unknown"],
        "n": [1200, 3],
        "median_hours": [20.0, 70.0],
        "p80_hours": [30.0, 90.0],
        "p95_hours": [50.0, None],
    }
)
MONTHS = pd.DataFrame(
    {
        "month": pd.to_datetime(["2024-04-01", "2024-05-01", "2024-06-01"]),
        "judged": [10, 0, 5],
        "orders": [12, 0, 9],
        "late_share": [0.2, None, 0.4],
        "refund_share": [0.1, None, 0.05],
        "whole": [True, True, False],
        "immature": [False, False, True],
    }
)
HISTOGRAM = pd.DataFrame(
    {
        "days": [9, 9, 9, 10, 10, 10],
        "confirmation": ["active", "automatic", "later"] * 2,
        "orders": [4, 0, 0, 1, 7, 2],
    }
)
TREND = pd.DataFrame(
    {
        "month_end": pd.to_datetime(["2024-05-31", "2024-06-30", "2024-06-30"]),
        "dimension": ["service", "service", "logistics"],
        "dsr": [4.7, 4.75, 4.9],
        "ratings": [10, 20, 5],
        "full": [False, True, True],
    }
)
TOPICS = pd.DataFrame(
    {
        "topic": ["size", "own_topic", "none"],
        "bad_texts": [3, 1, 0],
        "middle_texts": [1, 0, 0],
        "good_texts": [5, 0, 2],
        "unknown_texts": [0, 0, 0],
    }
)


def drawn():
    return [
        chart_process.steps(TIMES),
        chart_process.levels(TIMES),
        chart_process.late_by_month(MONTHS, RULES),
        chart_process.refunds_by_month(MONTHS),
        chart_process.confirm_days(HISTOGRAM, RULES),
        chart_process.rating_trend(TREND, RULES),
        chart_process.topics(TOPICS),
    ]


def axis_titles(figure):
    layout = figure.to_plotly_json()["layout"]
    axes = {name: axis for name, axis in layout.items() if re.fullmatch(r"[xy]axis\d*", name)}
    return {name: axis["title"]["text"] for name, axis in axes.items() if "title" in axis}


def values(numbers):
    return [None if pd.isna(number) else number for number in numbers]


def test_each_step_shows_half_80_and_95_percent_of_its_orders_on_one_line():
    figure = chart_process.steps(TIMES)
    first, second, half, most, nearly = figure.data
    assert (list(first.x), list(first.y)) == ([20, 50], ["payment to shipping"] * 2)
    assert values(second.x) == [70, None]
    assert [list(trace.y) for trace in (half, most, nearly)] == [
        ["payment to shipping", "payment to signing"]
    ] * 3
    assert (list(half.x), list(most.x), values(nearly.x)) == ([20, 70], [30, 90], [50, None])
    assert list(half.customdata) == ["1,200", "3"]
    assert (half.marker.color, nearly.marker.color) == (FACT, CONTEXT)
    assert axis_titles(figure) == {"xaxis": "Hours"}


def test_each_level_is_called_by_its_name():
    names = list(chart_process.levels(TIMES.assign(level=["Hebei", "unknown"])).data[2].y)
    assert names == ["Hebei", "unknown"]
    assert list(chart_process.levels(TIMES).data[2].y) == ["Hebei", "&lt;b&gt;unknown"]


def test_the_late_share_of_an_incomplete_month_is_paler_and_an_unknown_one_is_blank():
    figure = chart_process.late_by_month(MONTHS, RULES)
    whole, cut = figure.data
    assert (list(whole.x), values(whole.y)) == (["2024-04", "2024-05"], [0.2, None])
    assert (list(cut.x), list(cut.y)) == (["2024-06"], [0.4])
    assert (whole.marker.color, cut.marker.color) == (FACT, CONTEXT)
    assert list(whole.customdata) == ["10", "0"]
    assert axis_titles(figure) == {"xaxis": "Month of payment", "yaxis": "Left later than 48 hours"}
    assert figure.layout.yaxis.tickformat == ".0%"


def test_refunds_still_to_come_are_paler():
    figure = chart_process.refunds_by_month(MONTHS)
    mature, young = figure.data
    assert (values(mature.y), list(young.y)) == ([0.1, None], [0.05])
    assert (mature.marker.color, young.marker.color) == (FACT, CONTEXT)
    assert young.name == "Refunds still to come"
    assert axis_titles(figure) == {"xaxis": "Month of payment", "yaxis": "Refunds, of what was paid"}


@pytest.mark.parametrize(
    ("months", "step"), [(5, "M1"), (6, "M2"), (15, "M3"), (16, "M6"), (60, "M12"), (61, "M24")]
)
def test_many_months_have_fewer_ticks(months, step):
    month = pd.date_range("2018-01-01", periods=months, freq="MS")
    frame = pd.DataFrame({"month": month, "refund_share": 0.1, "orders": 1, "immature": False})
    assert chart_process.refunds_by_month(frame).layout.xaxis.dtick == step


def test_the_automatic_confirmations_stand_out_at_the_limit():
    figure = chart_process.confirm_days(HISTOGRAM, RULES)
    active, automatic, later = figure.data
    assert [list(trace.y) for trace in (active, automatic, later)] == [[4, 1], [0, 7], [0, 2]]
    assert (active.marker.color, automatic.marker.color, later.marker.color) == (FACT, ACTION, CONTEXT)
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1) == (10, 10)
    assert axis_titles(figure) == {
        "xaxis": "Days from shipping to confirmation",
        "yaxis": "Orders",
    }


def test_each_score_has_its_own_panel_with_the_target():
    figure = chart_process.rating_trend(TREND, RULES)
    service, target, logistics, _again = figure.data
    assert (list(service.y), list(logistics.y)) == ([4.7, 4.75], [4.9])
    assert list(service.marker.color) == [CONTEXT, FACT]
    assert list(target.y) == [4.8, 4.8]
    assert [trace.yaxis for trace in figure.data] == ["y", "y", "y2", "y2"]
    assert [note.text for note in figure.layout.annotations] == ["Service", "Delivery service"]
    assert [trace.showlegend for trace in figure.data] == [False, True, False, False]
    assert axis_titles(figure) == {"yaxis": "Score", "yaxis2": "Score"}


def test_topics_are_divided_by_their_stars_and_an_own_topic_has_its_code():
    figure = chart_process.topics(TOPICS)
    bad, middle, good = figure.data  # nobody left the stars out
    assert list(bad.y) == ["size and fit", "own_topic", "none of these"]
    assert [list(trace.x) for trace in (bad, middle, good)] == [[3, 1, 0], [1, 0, 0], [5, 0, 2]]
    assert bad.marker.color == ACTION
    assert axis_titles(figure) == {"xaxis": "Texts"}


def test_no_text_of_a_chart_is_read_as_markup():
    plotlys_own = re.compile(r"</?extra>")
    for figure in drawn():
        written = json.dumps(json.loads(figure.to_json()), ensure_ascii=False)
        assert "<" not in plotlys_own.sub("", written)


def test_a_chart_is_a_figure_that_depends_on_its_frame_alone_and_changes_none():
    before = [frame.copy() for frame in (TIMES, MONTHS, HISTOGRAM, TREND, TOPICS)]
    first, second = drawn(), drawn()
    assert all(isinstance(figure, go.Figure) for figure in first)
    assert [figure.to_json() for figure in first] == [figure.to_json() for figure in second]
    for frame, was in zip((TIMES, MONTHS, HISTOGRAM, TREND, TOPICS), before, strict=True):
        pd.testing.assert_frame_equal(frame, was)


def test_empty_frames_are_drawn_empty():
    assert len(chart_process.steps(TIMES.head(0)).data) == 3
    assert len(chart_process.rating_trend(TREND.head(0), RULES).data) == 0
    assert len(chart_process.topics(TOPICS.head(0)).data) == 0
    assert sum(len(trace.x) for trace in chart_process.refunds_by_month(MONTHS.head(0)).data) == 0


def test_what_could_not_be_computed_is_not_drawn():
    missing = NotComputed("orders.shipped_at")
    for draw in (
        chart_process.steps,
        chart_process.levels,
        chart_process.refunds_by_month,
        chart_process.topics,
    ):
        assert draw(missing) is missing
    for draw in (chart_process.late_by_month, chart_process.confirm_days, chart_process.rating_trend):
        assert draw(missing, RULES) is missing


def test_the_histogram_ends_after_its_last_order_and_says_nothing_of_kinds_that_do_not_occur():
    kinds = {"days": [3, 10, 20], "confirmation": ["active", "automatic", "later"], "orders": [4, 7, 0]}
    figure = chart_process.confirm_days(pd.DataFrame(kinds), RULES)
    assert len(figure.data) == 2
    assert list(figure.layout.xaxis.range) == [-0.5, 11.5]
