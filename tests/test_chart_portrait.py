"""Charts of a portrait: TGI with its interval, shares of levels, hours of the week, as in the frames."""

import json
import math
import re

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from shopcrm_nb import chart_portrait
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.chart import ACTION, CONTEXT, FACT

HOSTILE = "<b>88VIP</b> & <a href='x'>"
LEVELS = pd.DataFrame(
    [
        ("occupation", "教师", None, 0, 45, 0.089, 400, 0.066, 134.8, 118.0, 154.0, "more"),
        ("first_product", "P1", "双面呢大衣", 0, 30, 0.06, 120, 0.02, 300.0, 220.0, 410.0, "more"),
        ("city_tier", "tier_1", None, 0, 20, 0.04, 600, 0.1, 40.0, 26.0, 62.0, "less"),
        ("price_band", "<300", None, 0, 100, 0.2, 1300, 0.22, 92.0, 76.0, 111.0, "unclear"),
        ("channel", "app", None, 0, 300, 0.6, 3600, 0.6, 100.0, 95.0, 105.0, "alike"),
        ("province", "黑龙江", None, 1, 3, 0.006, 100, 0.0165, 36.0, 9.0, 150.0, "few"),
        ("gender", "unknown", None, 2, 200, 0.4, 2300, 0.38, 105.0, np.nan, 113.0, "unknown"),
        ("age_band", "<18", None, 0, 0, 0.0, 60, 0.01, 0.0, 0.0, 88.0, "unclear"),
        ("platform_level", HOSTILE, None, 0, 5, 0.01, 0, 0.0, np.nan, np.nan, np.nan, "few"),
    ],
    columns=[
        *("dimension", "level", "title", "place", "customers", "share", "base_customers", "base_share"),
        *("tgi", "tgi_low", "tgi_high", "state"),
    ],
)
AGES = pd.DataFrame(
    [
        ("age_band", "25-29", 1, 30, 0.3, 100, 0.1),
        ("age_band", "<25", 0, 20, 0.2, 400, 0.4),
        ("age_band", "unknown", 2, 50, 0.5, 500, 0.5),
    ],
    columns=["dimension", "level", "place", "customers", "share", "base_customers", "base_share"],
)
HOURS = pd.DataFrame(
    [(day, hour, 0, 0.0, 1 / 168, -1 / 168) for day in range(1, 8) for hour in range(24)],
    columns=["weekday", "hour", "orders", "share", "base_share", "difference"],
)
HOURS.loc[HOURS.weekday.eq(3) & HOURS.hour.eq(20), ["orders", "share", "difference"]] = (9, 1.0, 1 - 1 / 168)


def drawn():
    return [chart_portrait.tgi(LEVELS), chart_portrait.shares(AGES), chart_portrait.rhythm(HOURS)]


def points(figure, name):
    (trace,) = [trace for trace in figure.data if trace.name == name]
    return trace


def labels(figure):
    axis = figure.layout.yaxis
    return {
        label.replace("<br>", " "): place for label, place in zip(axis.ticktext, axis.tickvals, strict=True)
    }


# --- TGI ----------------------------------------------------------------------------------------------------


def test_a_dot_is_at_the_tgi_in_the_row_of_its_level():
    figure = chart_portrait.tgi(LEVELS)
    more = points(figure, "clearly above")
    assert list(more.x) == [134.8, 300.0]
    places = labels(figure)
    assert list(more.y) == [
        places["Occupation: 教师 n = 45, 8.9%"],
        places["First product: 双面呢大衣 n = 30, 6.0%"],
    ]
    assert list(more.text) == ["135", "300"]
    assert more.customdata[0] == (
        "Occupation: 教师<br>TGI 135 (118 to 154)<br>in the group: 8.9% (n = 45)<br>in the comparison: 6.6%"
    )


def test_levels_of_one_dimension_that_stand_together_have_its_name_above_the_first():
    pair = LEVELS.iloc[[0, 0, 4]].reset_index(drop=True)
    pair.loc[1, "level"] = HOSTILE
    texts = chart_portrait.tgi(pair).layout.yaxis.ticktext
    assert texts[0] == "<b>Occupation</b><br>教师<br>n = 45, 8.9%"
    assert texts[1].startswith("&lt;b>") and "Occupation" not in texts[1]
    assert texts[2] == "<b>Channel</b><br>app<br>n = 300, 60.0%"
    ranked = chart_portrait.tgi(pair.iloc[[0, 2, 1]]).layout.yaxis.ticktext
    assert ranked[0] == "Occupation: 教师<br>n = 45, 8.9%"


def test_colours_say_more_or_less_and_what_is_not_judged_is_an_open_dot():
    figure = chart_portrait.tgi(LEVELS)
    found = {
        trace.name: (trace.marker.color, trace.marker.symbol, len(trace.y))
        for trace in figure.data
        if trace.name
    }
    assert found == {
        "clearly above": (FACT, "circle", 2),
        "clearly below": (ACTION, "circle", 1),
        "not clearly different": (CONTEXT, "circle", 3),
        "not judged": (CONTEXT, "circle-open", 3),
    }


def test_what_no_level_is_has_no_place_in_the_legend():
    figure = chart_portrait.tgi(LEVELS.head(2))
    assert [trace.name for trace in figure.data if trace.showlegend] == ["clearly above"]


def test_a_whisker_goes_from_the_low_end_to_the_high_end_and_is_cut_at_the_edge_of_the_axis():
    figure = chart_portrait.tgi(LEVELS)
    whiskers = figure.data[0]
    lines = list(zip(whiskers.x[::3], whiskers.x[1::3], whiskers.y[::3], strict=True))
    assert lines[0] == (118, 154, labels(figure)["Occupation: 教师 n = 45, 8.9%"])
    assert set(whiskers.x[2::3]) == {None}
    assert len(lines) == 7  # of two rows an end is not known
    left, right = (10**end for end in figure.layout.xaxis.range)
    # 26 is the least end of what differs; 9 and 0, of what does not, do not stretch the axis.
    assert left == pytest.approx(26 / 1.4)
    assert right == pytest.approx(410 * 1.4)
    assert min(low for low, _high, _row in lines) == pytest.approx(left)


def test_a_tgi_of_zero_stands_at_the_left_edge_with_its_number():
    figure = chart_portrait.tgi(LEVELS)
    unclear = points(figure, "not clearly different")
    assert list(unclear.text) == ["92", "100", "0"]
    left = 10 ** figure.layout.xaxis.range[0]
    assert left < unclear.x[2] < 1.2 * left


def test_a_level_that_the_base_has_not_got_has_no_dot_and_its_row_stays():
    figure = chart_portrait.tgi(LEVELS)
    assert math.isnan(points(figure, "not judged").x[2])
    assert points(figure, "not judged").text[2] == "–"
    assert len(figure.layout.yaxis.tickvals) == len(LEVELS)


def test_lines_stand_at_100_and_at_the_limits():
    figure = chart_portrait.tgi(LEVELS, high=150, low=50)
    assert [(line.x0, line.line.dash) for line in figure.layout.shapes] == [
        (100, None),
        (50, "dot"),
        (150, "dot"),
    ]
    assert [note.text for note in figure.layout.annotations] == ["50", "150"]
    assert [note.x for note in figure.layout.annotations] == pytest.approx([math.log10(50), math.log10(150)])
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.xaxis.title.text == "TGI (100: no difference)"


def test_levels_of_one_dimension_are_called_by_themselves_alone():
    figure = chart_portrait.tgi(LEVELS[LEVELS.dimension == "city_tier"])
    assert list(labels(figure)) == ["first tier (一线) n = 20, 4.0%"]


def test_the_first_row_is_at_the_top_and_more_rows_make_a_higher_figure():
    figure = chart_portrait.tgi(LEVELS)
    low, high = figure.layout.yaxis.range
    assert low > high
    assert list(figure.layout.yaxis.tickvals) == sorted(figure.layout.yaxis.tickvals)
    assert figure.layout.height - chart_portrait.tgi(LEVELS.head(8)).layout.height >= 46


# --- shares -------------------------------------------------------------------------------------------------


def test_shares_of_the_group_and_of_its_base_stand_side_by_side_in_the_order_of_the_levels():
    figure = chart_portrait.shares(AGES)
    base, group = figure.data
    assert list(figure.layout.yaxis.ticktext) == ["&lt;25", "25-29", "unknown"]
    assert (list(base.x), list(group.x)) == ([0.4, 0.1, 0.5], [0.2, 0.3, 0.5])
    assert list(base.y) == list(group.y) == list(figure.layout.yaxis.tickvals)
    assert (base.marker.color, group.marker.color) == (CONTEXT, FACT)
    assert list(group.text) == ["20.0%", "30.0%", "50.0%"]
    assert group.customdata[0] == "&lt;25: 20.0% (n = 20)"
    assert base.customdata[1] == "25-29: 10.0% (n = 100)"
    assert figure.layout.xaxis.title.text == "Share of the customers"


def test_unknown_is_drawn_and_paler():
    for bars in chart_portrait.shares(AGES).data:
        assert list(bars.marker.opacity) == [1, 1, 0.45]


def test_the_longest_bar_leaves_room_for_its_number():
    assert chart_portrait.shares(AGES).layout.xaxis.range[1] == pytest.approx(0.6)
    assert chart_portrait.shares(AGES.assign(share=0.0, base_share=0.0)).layout.xaxis.range[1] == 1


# --- hours --------------------------------------------------------------------------------------------------


def test_every_hour_of_the_week_is_a_cell_in_percent_with_the_difference_below_in_points():
    figure = chart_portrait.rhythm(HOURS)
    share, difference = figure.data
    assert share.z.shape == difference.z.shape == (7, 24)
    assert share.z[2][20] == 100
    assert share.z.sum() == 100
    assert difference.z[2][20] == pytest.approx(100 - 100 / 168)
    assert difference.z[0][0] == pytest.approx(-100 / 168)
    assert list(share.y) == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert list(share.x) == list(range(24))
    assert (share.yaxis, difference.yaxis) == ("y", "y2")
    assert share.customdata[2][20] == (
        "Wednesday, 20:00 to 20:59: 100.00% of the orders (n = 9), in the comparison 0.60%"
    )
    assert [note.text for note in figure.layout.annotations] == [
        "Share of the group's orders",
        "Difference in percentage points",
    ]
    assert figure.layout.xaxis2.title.text == "Hour of the payment"


def test_the_colours_of_the_difference_are_equally_far_to_both_sides_of_none():
    share, difference = chart_portrait.rhythm(HOURS).data
    assert (share.zmin, share.zmax) == (0, 100)
    assert difference.zmin == -difference.zmax
    assert difference.colorscale[0][1] == ACTION
    assert difference.colorscale[2][1] == FACT


def test_an_hour_that_the_frame_has_not_got_is_blank():
    share, _difference = chart_portrait.rhythm(HOURS.drop(index=0)).data
    assert np.isnan(share.z[0][0])
    assert share.hoverongaps is False


# --- all ----------------------------------------------------------------------------------------------------


def test_no_text_of_a_chart_is_read_as_markup():
    own = re.compile(r"</?extra>|<br>")
    for figure in [*drawn(), chart_portrait.shares(AGES.assign(level=HOSTILE)), chart_portrait.shares(AGES)]:
        written = json.dumps(json.loads(figure.to_json()), ensure_ascii=False)
        assert "<" not in own.sub("", written)
    assert "&lt;b>88VIP&lt;/b> &amp;" in chart_portrait.tgi(LEVELS).data[-1].customdata[2]


def test_a_chart_depends_on_its_frame_alone_and_changes_none():
    frames = (LEVELS, AGES, HOURS)
    before = [frame.copy() for frame in frames]
    first, second = drawn(), drawn()
    assert all(isinstance(figure, go.Figure) for figure in first)
    assert [figure.to_json() for figure in first] == [figure.to_json() for figure in second]
    for frame, was in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, was)


def test_empty_frames_are_drawn_empty():
    assert len(chart_portrait.tgi(LEVELS.head(0)).layout.yaxis.tickvals) == 0
    assert [len(bars.x) for bars in chart_portrait.shares(AGES.head(0)).data] == [0, 0]


def test_what_could_not_be_computed_is_not_drawn():
    missing = NotComputed("customers.gender")
    for draw in (chart_portrait.tgi, chart_portrait.shares, chart_portrait.rhythm):
        assert draw(missing) is missing
