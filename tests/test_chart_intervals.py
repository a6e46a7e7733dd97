"""Charts of shares with their intervals: what good customers began with, and how far groups come."""

import json
import math
import re

import numpy as np
import pandas as pd
import pytest

from shopcrm_nb import chart_intervals
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.chart import ACTION, CONTEXT, FACT

HOSTILE = "<a href='x'>聚划算</a>"
DRIVERS = pd.DataFrame(
    [
        ("category", "大衣", None, 1.8, 1.4, 2.3, 300, 1.6, 1.2, 2.1, 280, "holds"),
        ("product", "P1", "双面呢大衣", 2.6, 1.5, 4.0, 40, 1.1, 0.6, 2.0, 44, "not_confirmed"),
        ("province", "海南", None, 0.0, 0.0, 0.9, 35, np.nan, np.nan, np.nan, 4, "too_few"),
        ("campaign", HOSTILE, None, 0.5, 0.3, 0.8, 200, 0.6, 0.4, 0.9, 190, "holds"),
    ],
    columns=[
        *("dimension", "level", "title", "lift", "lift_low", "lift_high", "customers"),
        *("later_lift", "later_lift_low", "later_lift_high", "later_customers", "driver_state"),
    ],
)
STEPS = ["seen", "marked", "ordered", "paid"]
GROUPS = pd.DataFrame(
    [
        ("members", "seen", 200, np.nan, np.nan, np.nan),
        ("members", "marked", 50, 0.25, 0.19, 0.31),
        ("members", "ordered", 10, 0.2, 0.11, 0.33),
        ("members", "paid", 9, 0.9, 0.6, 0.98),
        (HOSTILE, "seen", 40, np.nan, np.nan, np.nan),
        (HOSTILE, "marked", 0, 0.0, 0.0, 0.09),
        (HOSTILE, "ordered", 0, np.nan, np.nan, np.nan),
        (HOSTILE, "paid", 0, np.nan, np.nan, np.nan),
    ],
    columns=["group", "step", "customers", "share_of_before", "ci_low", "ci_high"],
)
EVERYBODY = pd.DataFrame({"step": STEPS, "share_of_before": [np.nan, 0.3, 0.25, 0.95]})


def drawn():
    return [chart_intervals.lift(DRIVERS), chart_intervals.funnel(GROUPS, EVERYBODY)]


def values(numbers):
    return [None if number is None or math.isnan(number) else number for number in numbers]


def spans(whiskers):
    return list(zip(whiskers.x[::3], whiskers.x[1::3], strict=True))


# --- lift ---------------------------------------------------------------------------------------------------


def test_each_level_has_two_marks_in_its_row_found_above_and_checked_below():
    figure = chart_intervals.lift(DRIVERS)
    _early, found, _late, checked = figure.data
    rows = figure.layout.yaxis.tickvals
    assert (found.name, checked.name) == ("who came earlier", "who came later")
    assert found.x[0] == 1.8
    assert found.x[1] == 2.6
    assert values(checked.x) == [1.6, 1.1, None, 0.6]
    assert [row - y for row, y in zip(rows, found.y, strict=True)] == [9] * 4
    assert [y - row for row, y in zip(rows, checked.y, strict=True)] == [9] * 4
    assert found.customdata[0] == "Category: 大衣<br>who came earlier<br>1.80 times (1.40 to 2.30), n = 300"
    assert checked.customdata[1] == (
        "Product: 双面呢大衣<br>who came later<br>1.10 times (0.60 to 2.00), n = 44"
    )


def test_the_colour_of_the_later_mark_says_whether_it_holds_and_an_open_one_that_it_was_not_checked():
    _early, found, _late, checked = chart_intervals.lift(DRIVERS).data
    assert list(found.marker.color) == [CONTEXT] * 4
    assert list(checked.marker.color) == [FACT, ACTION, CONTEXT, FACT]
    assert list(checked.marker.symbol) == ["diamond", "diamond", "diamond-open", "diamond"]


def test_names_say_what_became_of_the_finding():
    labels = [label.replace("<br>", " ") for label in chart_intervals.lift(DRIVERS).layout.yaxis.ticktext]
    assert labels == [
        "Category: 大衣 holds later on",
        "Product: 双面呢 大衣 not confirmed later on",
        "Province: 海南 too few later on to check",
        "Campaign: &lt;a href='x'>聚划算 &lt;/a> holds later on",
    ]


def test_intervals_of_lift_are_cut_at_the_edge_and_a_lift_of_zero_is_at_the_left():
    figure = chart_intervals.lift(DRIVERS)
    early, found, late, _checked = figure.data
    left, right = (10**end for end in figure.layout.xaxis.range)
    assert (left, right) == pytest.approx((0.3 / 1.25, 4.0 * 1.25))
    assert spans(early)[0] == (1.4, 2.3)
    assert spans(early)[2][0] == pytest.approx(left)
    assert left < found.x[2] < 1.1 * left
    assert spans(late) == [(1.2, 2.1), (0.6, 2.0), (0.4, 0.9)]


def test_a_line_stands_where_there_is_no_difference_on_a_log_axis():
    figure = chart_intervals.lift(DRIVERS)
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1) == (1, 1)
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.xaxis.title.text == "Times the usual share"
    assert "0.5" in figure.layout.xaxis.ticktext


# --- funnel -------------------------------------------------------------------------------------------------


def test_each_step_has_a_panel_with_the_share_of_the_step_before_of_each_group():
    figure = chart_intervals.funnel(GROUPS, EVERYBODY)
    dots = [trace for trace in figure.data if trace.mode == "markers+text"]
    assert [values(trace.x) for trace in dots] == [[0.25, 0.0], [0.2, None], [0.9, None]]
    assert [trace.yaxis for trace in dots] == ["y", "y2", "y3"]
    assert list(dots[0].text) == ["25.0%", "0.0%"]
    assert dots[1].text[1] == "–"
    assert dots[0].customdata[0] == "Members<br>25.0% (19.0% to 31.0%), n = 50"
    assert [note.text for note in figure.layout.annotations] == [
        "Marked or in the cart, of those seen",
        "Then placed an order, of those",
        "Paid, of those who placed one",
    ]


def test_each_dot_has_its_interval_and_lies_in_the_row_of_its_group():
    figure = chart_intervals.funnel(GROUPS, EVERYBODY)
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [spans(trace) for trace in lines] == [[(0.19, 0.31), (0.0, 0.09)], [(0.11, 0.33)], [(0.6, 0.98)]]
    for number in ("", "2", "3"):
        axis = figure.layout[f"yaxis{number}"]
        assert [label.replace("<br>", " ") for label in axis.ticktext] == [
            "Members",
            "&lt;a href='x'>聚划 算&lt;/a>",
        ]
        dots = next(t for t in figure.data if t.mode == "markers+text" and t.yaxis == f"y{number}")
        assert list(dots.y) == list(axis.tickvals)


def test_a_dotted_line_is_the_share_of_everybody():
    figure = chart_intervals.funnel(GROUPS, EVERYBODY)
    assert [(line.x0, line.xref, line.line.dash) for line in figure.layout.shapes] == [
        (0.3, "x", "dot"),
        (0.25, "x2", "dot"),
        (0.95, "x3", "dot"),
    ]


def test_each_panel_has_its_own_scale_from_zero():
    figure = chart_intervals.funnel(GROUPS, EVERYBODY)
    ends = [figure.layout[axis].range for axis in ("xaxis", "xaxis2", "xaxis3")]
    assert ends[0] == pytest.approx((-0.08 * 0.31, 1.12 * 0.31))  # room for the number of a dot at zero
    assert ends[1] == pytest.approx((-0.08 * 0.33, 1.12 * 0.33))
    assert ends[2] == pytest.approx((-0.08 * 0.98, 1.12 * 0.98))
    assert figure.layout.xaxis3.title.text == "Share of the step before"


def test_more_groups_make_a_higher_figure_and_one_may_be_named():
    one = chart_intervals.funnel(GROUPS.head(4), EVERYBODY)
    assert chart_intervals.funnel(GROUPS, EVERYBODY).layout.height >= one.layout.height + 3 * 44
    assert chart_intervals.funnel(GROUPS, EVERYBODY, {HOSTILE: "VIPs"}).layout.yaxis.ticktext[1] == "VIPs"


# --- both ---------------------------------------------------------------------------------------------------


def test_no_text_of_a_chart_is_read_as_markup_and_equal_frames_give_equal_charts():
    before = DRIVERS.copy(), GROUPS.copy()
    for figure, again in zip(drawn(), drawn(), strict=True):
        assert figure.to_json() == again.to_json()
        written = json.dumps(json.loads(figure.to_json()), ensure_ascii=False)
        assert "<" not in re.sub(r"</?extra>|<br>", "", written)
    pd.testing.assert_frame_equal(DRIVERS, before[0])
    pd.testing.assert_frame_equal(GROUPS, before[1])


def test_empty_frames_are_drawn_empty():
    assert len(chart_intervals.lift(DRIVERS.head(0)).layout.yaxis.tickvals) == 0
    assert len(chart_intervals.funnel(GROUPS.head(0), EVERYBODY).layout.yaxis.tickvals) == 0


def test_what_could_not_be_computed_is_not_drawn():
    missing = NotComputed("events.type")
    assert chart_intervals.lift(missing) is missing
    assert chart_intervals.funnel(missing, EVERYBODY) is missing
    assert chart_intervals.funnel(GROUPS, missing) is missing
