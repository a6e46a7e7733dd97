"""Charts of the shop's health: each shows exactly the numbers of its frame, readable on a narrow screen."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from simulate import small_shop

from shopcrm_nb import chart, chart_health, health_words, history, monthly
from shopcrm_nb.absent import NotComputed

NAMES = health_words.kinds()
ROWS = """order_id customer_id paid_at paid
0 old 2023-04-10 1
1 ann 2024-04-20 10
2 ann 2024-05-05 15
3 bob 2024-05-06 20
4 - 2024-06-15 100
"""


@pytest.fixture(scope="module")
def months():
    shop = small_shop(ROWS, "2024-06-15")
    return monthly.sales(shop, history.orders(shop))


def test_months_are_bars_of_their_kinds_on_each_other(months):
    figure = chart_health.sales_by_kind(months, "CNY")
    assert figure.layout.barmode == "stack"
    bars = {trace.name: trace for trace in figure.data}
    assert list(bars) == [NAMES[kind] for kind in ("returning", "new", "unknown", "no_buyer")]
    every = sum(np.array(trace.y, dtype=float) for trace in figure.data)
    assert every.tolist() == months[months.kind == "all"].net_sales.tolist()
    assert bars[NAMES["returning"]].y[-2] == 15
    assert bars[NAMES["new"]].customdata[-2][0] == "¥20"
    assert bars[NAMES["new"]].customdata[-2][1] == "57.1%"  # 20 of 35
    assert bars[NAMES["returning"]].marker.color == chart.FACT


def test_a_kind_without_sales_has_no_bar_nor_legend(months):
    figure = chart_health.sales_by_kind(months[months.kind != "no_buyer"], "CNY")
    assert NAMES["no_buyer"] not in [trace.name for trace in figure.data]
    assert NAMES["all"] not in [trace.name for trace in figure.data]


def test_a_month_that_is_not_whole_is_paler(months):
    figure = chart_health.sales_by_kind(months, "CNY")
    opacity = list(figure.data[0].marker.opacity)
    assert opacity[0] < 1  # from 10 April 2023
    assert opacity[-1] < 1  # to 15 June 2024
    assert set(opacity[1:-1]) == {1}


@pytest.mark.parametrize(("count", "step"), [(8, "M1"), (9, "M3"), (27, "M3"), (36, "M6"), (60, "M6")])
def test_few_months_are_labelled(count, step):
    starts = pd.date_range("2020-01-01", periods=count, freq="MS")
    frame = pd.DataFrame(
        {"month": starts, "whole": True, "kind": "new", "net_sales": 1.0, "sales_share": 1.0}
    )
    assert chart_health.sales_by_kind(frame, "CNY").layout.xaxis.dtick == step


def test_every_axis_says_what_it_shows(months):
    weeks = pd.DataFrame({"week": pd.to_datetime(["2024-06-03"]), "net_sales": [5.0]})
    shares = pd.DataFrame(
        {
            "month": pd.to_datetime(["2024-06-01"]),
            "conversion_share": [0.1],
            "conversion_share_before": [np.nan],
        }
    )
    titles = [
        (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text)
        for figure in (
            chart_health.sales_by_kind(months, "CNY"),
            chart_health.sales_by_week(weeks, "CNY"),
            chart_health.conversion(shares),
        )
    ]
    assert titles == [
        ("Month of payment", "Net sales a month"),
        ("Week of payment (its Monday)", "Net sales a week"),
        ("Month of payment", "Visitors who buy"),
    ]


# --- weeks and their promotions -----------------------------------------------------------------------------

WEEKS = pd.DataFrame(
    {"week": pd.to_datetime(["2024-06-03", "2024-06-10", "2024-06-17"]), "net_sales": [5.0, 0.0, 7.0]}
)


def promoted(*rows):
    frame = pd.DataFrame(rows, columns=["promotion", "start", "end"])
    return chart_health.marked(chart_health.sales_by_week(WEEKS, "CNY"), frame)


def test_weeks_are_a_line_of_their_sales():
    (line,) = chart_health.sales_by_week(WEEKS, "CNY").data
    assert list(line.y) == [5, 0, 7]
    assert [pd.Timestamp(x) for x in line.x] == WEEKS.week.tolist()


def test_the_days_of_a_promotion_are_behind_the_line_both_of_them_included():
    figure = promoted(("618", date(2024, 6, 5), date(2024, 6, 6)))
    (band,) = figure.layout.shapes
    assert (pd.Timestamp(band.x0), pd.Timestamp(band.x1)) == (
        pd.Timestamp(2024, 6, 5),
        pd.Timestamp(2024, 6, 7),
    )
    assert band.layer == "below"
    (name,) = figure.layout.annotations
    assert name.text == "618"
    assert pd.Timestamp(name.x) == pd.Timestamp(2024, 6, 6)


def test_promotions_before_the_first_week_are_left_out_and_one_in_the_middle_of_the_last_is_not():
    figure = promoted(
        ("before", date(2024, 6, 1), date(2024, 6, 2)),
        ("touches", date(2024, 6, 1), date(2024, 6, 3)),
        ("last", date(2024, 6, 20), date(2024, 6, 21)),
    )
    assert [note.text for note in figure.layout.annotations] == ["touches", "last"]


def test_marking_changes_nothing_of_the_figure_that_is_handed_in():
    figure = chart_health.sales_by_week(WEEKS, "CNY")
    chart_health.marked(
        figure,
        pd.DataFrame([("x", date(2024, 6, 5), date(2024, 6, 6))], columns=["promotion", "start", "end"]),
    )
    assert len(figure.layout.shapes) == len(figure.layout.annotations) == 0
    assert len(promoted().layout.shapes) == 0


def test_a_promotion_before_the_first_bar_of_one_kind_but_not_of_all_is_shown(months):
    figure = chart_health.sales_by_kind(months, "CNY")
    late = type(figure)(figure)
    late.data[0].update(x=late.data[0].x[-1:], y=late.data[0].y[-1:])
    frame = pd.DataFrame([("x", date(2023, 5, 5), date(2023, 5, 6))], columns=["promotion", "start", "end"])
    assert len(chart_health.marked(late, frame).layout.annotations) == 1


@pytest.mark.parametrize("name", ["<b>618</b>", "a & <i>b</i>", "x &lt; y"])
def test_tags_in_a_name_are_shown_as_text(name):
    expected = name.replace("&", "&amp;").replace("<", "&lt;")
    assert promoted((name, date(2024, 6, 5), date(2024, 6, 6))).layout.annotations[0].text == expected
    day, alone = date(2024, 6, 5), {"net_sales_per_day": [5.0], "latest": [True]}
    grouped = pd.DataFrame({"promotion": [name], "start": [day], **alone})
    assert chart_health.promotions(grouped, "CNY").data[0].y[0] == f"{expected} 2024-06-05"
    steps = pd.DataFrame([(name, 5.0, "part")], columns=["driver", "value", "kind"])
    assert chart_health.waterfall(steps, "CNY").data[0].y[0] == expected


# --- steps, conversion, promotions --------------------------------------------------------------------------


def test_a_waterfall_goes_from_one_total_by_its_parts_to_the_other():
    steps = pd.DataFrame(
        [
            ("before", 170.0, "total"),
            ("new", 60.0, "part"),
            ("coats", -30.4, "part"),
            ("now", 199.6, "total"),
        ],
        columns=["driver", "value", "kind"],
    )
    figure = chart_health.waterfall(steps, "CNY")
    (bars,) = figure.data
    assert list(bars.y) == ["before", "new customers", "coats", "this period"]
    assert list(bars.x) == [170, 60, -30.4, 199.6]
    assert list(bars.measure) == ["absolute", "relative", "relative", "absolute"]
    assert list(bars.text) == ["¥170", "+¥60", "−¥30", "¥200"]
    assert bars.decreasing.marker.color == chart.ACTION
    assert bars.totals.marker.color == chart.FACT
    assert figure.layout.xaxis.title.text == "Net sales"
    assert figure.layout.xaxis.tickprefix == "¥"
    assert figure.layout.xaxis.range[1] > 230  # room beyond the highest point on the way
    assert figure.layout.yaxis.autorange == "reversed"  # the first at the top


def test_a_long_name_of_a_step_has_room_for_its_lines():
    def high(name):
        steps = pd.DataFrame([(name, 5.0, "part")], columns=["driver", "value", "kind"])
        return chart_health.waterfall(steps, "CNY").layout.height

    assert high("one line") < high("a name in so many words that it takes four lines of a label")


def test_conversion_has_a_gap_where_there_is_no_year_before():
    frame = pd.DataFrame(
        {
            "month": pd.to_datetime(["2024-05-01", "2024-06-01"]),
            "conversion_share": [0.03, 0.02],
            "conversion_share_before": [np.nan, 0.04],
        }
    )
    figure = chart_health.conversion(frame)
    lines = {trace.name: trace for trace in figure.data}
    assert list(lines["this month"].y) == [0.03, 0.02]
    assert np.isnan(lines["the same month a year before"].y[0])
    assert lines["the same month a year before"].y[1] == 0.04
    assert not lines["the same month a year before"].connectgaps
    assert [trace.line.color for trace in figure.data] == [chart.CONTEXT, chart.FACT]
    assert figure.layout.yaxis.tickformat == ".1%"


def test_promotions_are_bars_in_the_order_of_their_frame_the_latest_of_a_name_in_the_colour_of_the_fact():
    grouped = pd.DataFrame(
        {
            "promotion": ["618", "聚划算", "聚划算"],
            "start": [date(2024, 6, 1), date(2024, 6, 5), date(2024, 6, 20)],
            "net_sales_per_day": [1234.4, 5.0, 7.0],
            "latest": [True, False, True],
        }
    )
    figure = chart_health.promotions(grouped, "CNY")
    latest, earlier = figure.data
    assert list(latest.y) == ["618 2024-06-01", "聚划算 2024-06-20"]
    assert list(latest.text) == ["¥1,234", "¥7"]
    assert (list(earlier.y), list(earlier.x)) == (["聚划算 2024-06-05"], [5])
    assert (latest.marker.color, earlier.marker.color) == (chart.FACT, chart.CONTEXT)
    axis = figure.layout.yaxis
    assert list(axis.categoryarray) == ["618 2024-06-01", "聚划算 2024-06-05", "聚划算 2024-06-20"]
    assert axis.range[0] > axis.range[1]  # the first at the top
    assert figure.layout.height > chart_health.promotions(grouped.head(1), "CNY").layout.height


def test_what_was_not_computed_is_passed_on():
    missing = NotComputed("traffic.visitors")
    for drawn in (
        chart_health.sales_by_kind(missing, "CNY"),
        chart_health.sales_by_week(missing, "CNY"),
        chart_health.marked(missing, WEEKS),
        chart_health.waterfall(missing, "CNY"),
        chart_health.conversion(missing),
        chart_health.promotions(missing, "CNY"),
    ):
        assert drawn is missing
