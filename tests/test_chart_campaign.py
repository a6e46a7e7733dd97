"""Charts of campaigns: each mark where its number is, nothing where nothing is known."""

import json
import math
import re

import numpy as np
import pandas as pd
import pytest

from shopcrm_nb import chart_campaign, chart_funnel, i18n
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.chart import ACTION, CONTEXT, FACT

HOSTILE = "<a href='x'>618</a>"
NAN = float("nan")
EFFECTS = pd.DataFrame(
    [
        ("618 SMS", 46.2, 31.0, 61.0, 5400, "worked"),
        (HOSTILE, 9.0, -2.0, 20.0, 4200, "cannot_tell"),
        ("E-mail", -8.0, -14.0, -2.0, 4000, "did_not"),
        ("Small", NAN, NAN, NAN, 45, "few"),
    ],
    columns=["title", "value", "low", "high", "n", "verdict"],
)
ROI = EFFECTS[["title"]].assign(
    roi_percent=[640.0, 820.0, 310.0, NAN],
    incremental_roi_percent=[240.0, 40.0, NAN, NAN],
    incremental_roi_low=[150.0, -90.0, NAN, NAN],
    incremental_roi_high=[330.0, 170.0, NAN, NAN],
)
CURVE = pd.DataFrame(
    {
        "targeted_share": [0.0, 0.5, 1.0],
        "extra_buyers_per_1000": [0.0, 40.0, 50.0],
        "low": [0.0, 30.0, 35.0],
        "high": [0.0, 52.0, 66.0],
        "random_buyers_per_1000": [0.0, 25.0, 50.0],
    }
)
DAYS = pd.DataFrame(
    {
        "date": pd.date_range("2024-06-16", periods=5),
        "window": ["before", "during", "during", "after", "after"],
        "net_sales": [100.0, 300.0, 280.0, 60.0, NAN],
        "visitors": [10.0, NAN, 20.0, 12.0, 9.0],
        "expected_net_sales": [110.0, 105.0, NAN, 90.0, 95.0],
    }
)
HORIZONS = pd.DataFrame(
    {
        "span": ["window", "90", "180"],
        "difference": [12.5, 1.1, NAN],
        "low": [8.0, -5.0, NAN],
        "high": [17.0, 7.2, NAN],
        "n_treatment": [4000, 4000, 0],
        "n_holdout": [500, 500, 0],
        "verdict": ["worked", "cannot_tell", ""],
    }
)
STEPS = pd.DataFrame(
    [
        ("sms", "A", "sent", 4000, NAN, NAN),
        ("sms", "A", "opened", None, NAN, NAN),
        ("sms", "A", "bought", 150, NAN, 0.0375),
        ("email", "", "sent", 12000, NAN, NAN),
        ("email", "", "opened", 2400, 0.2, 0.2),
        ("email", "", "bought", 0, 0.01, 0.0),
    ],
    columns=["channel", "variant", "step", "customers", "share_of_before", "share_of_delivered"],
).astype({"customers": "Int64"})


def drawn():
    return {
        "forest": chart_campaign.forest(EFFECTS, "buyers"),
        "roi": chart_campaign.roi(ROI),
        "qini": chart_campaign.qini(CURVE),
        "daily": chart_campaign.daily(DAYS, "net_sales", "CNY"),
        "horizons": chart_campaign.horizons(HORIZONS, "CNY"),
        "funnel": chart_funnel.funnel(STEPS.assign(variant=["A", "A", "A", HOSTILE, HOSTILE, HOSTILE])),
    }


def values(numbers):
    return [None if number is None or math.isnan(number) else number for number in numbers]


def spans(whiskers):
    return list(zip(whiskers.x[::3], whiskers.x[1::3], strict=True))


def texts(labels):
    return [label.replace("<br>", " ") for label in labels]


# --- effects ------------------------------------------------------------------------------------------------


def test_each_effect_has_a_mark_its_interval_and_its_verdict_and_one_not_told_has_neither_mark_nor_interval():
    figure = chart_campaign.forest(EFFECTS, "buyers")
    whiskers, dots = figure.data
    assert values(dots.x) == [46.2, 9.0, -8.0, None]
    assert spans(whiskers) == [(31.0, 61.0), (-2.0, 20.0), (-14.0, -2.0)]
    assert list(dots.y) == list(figure.layout.yaxis.tickvals)
    assert list(whiskers.y[::3]) == list(dots.y[:3])
    assert texts(figure.layout.yaxis.ticktext)[0] == "618 SMS worked"
    assert texts(figure.layout.yaxis.ticktext)[3] == "Small too few to tell"
    assert dots.customdata[0] == "618 SMS<br>46.2 (31.0 to 61.0), n = 5,400<br>worked"


def test_the_colour_of_an_effect_says_what_was_found():
    dots = chart_campaign.forest(EFFECTS, "buyers").data[1]
    assert list(dots.marker.color) == [FACT, CONTEXT, ACTION, CONTEXT]
    groups = EFFECTS.assign(verdict=["more", "alike", "less", "few"])
    assert list(chart_campaign.forest(groups, "buyers").data[1].marker.color) == [
        FACT,
        CONTEXT,
        ACTION,
        CONTEXT,
    ]


def test_a_line_stands_at_no_effect_and_every_interval_is_inside_the_axis():
    figure = chart_campaign.forest(EFFECTS.head(1), "net_sales", "CNY")
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1) == (0, 0)
    low, high = figure.layout.xaxis.range
    assert (low, high) == pytest.approx((-0.06 * 61, 61 + 0.06 * 61))


def test_the_axis_says_the_unit_of_the_effects():
    titles = [
        chart_campaign.forest(EFFECTS, measure, "CNY").layout.xaxis.title.text
        for measure in ("buyers", "net_sales", "incremental_net_sales")
    ]
    assert titles == [
        "More buyers of 100 customers",
        "More net sales per customer (CNY)",
        "Incremental net sales (CNY)",
    ]
    assert "¥46 (¥31 to ¥61)" in chart_campaign.forest(EFFECTS, "net_sales", "CNY").data[1].customdata[0]


def test_a_horizon_that_is_not_over_is_blank_and_says_so():
    figure = chart_campaign.horizons(HORIZONS, "CNY")
    whiskers, dots = figure.data
    assert values(dots.x) == [12.5, 1.1, None]
    assert spans(whiskers) == [(8.0, 17.0), (-5.0, 7.2)]
    assert texts(figure.layout.yaxis.ticktext) == [
        "In the window worked",
        "After 90 days cannot tell yet",
        "After 180 days not over yet",
    ]
    assert "n = 4,500" in dots.customdata[0]


def test_one_horizon_alone_is_no_picture():
    assert chart_campaign.horizons(HORIZONS.assign(difference=[12.5, NAN, NAN]), "CNY") is None


def test_a_verdict_that_goes_by_buyers_says_so_beside_the_money():
    frame = EFFECTS.assign(judged_by=["buyers", "net_sales", "buyers", ""])
    figure = chart_campaign.forest(frame, "incremental_net_sales", "CNY")
    said = texts(figure.layout.yaxis.ticktext)
    assert said[0] == "618 SMS worked (buyers)" and said[2].endswith("did not work (buyers)")
    assert "buyers" not in said[1] + said[3]
    assert figure.data[1].marker.color[0] == FACT


# --- ROI ----------------------------------------------------------------------------------------------------


def test_roi_as_reported_stands_over_roi_as_caused_which_has_an_interval():
    figure = chart_campaign.roi(ROI)
    whiskers, reported, caused = figure.data
    assert values(reported.x) == [640.0, 820.0, 310.0, None]
    assert values(caused.x) == [240.0, 40.0, None, None]
    assert spans(whiskers) == [(150.0, 330.0), (-90.0, 170.0)]
    assert list(whiskers.y[::3]) == list(caused.y[:2])
    assert [low - high for low, high in zip(caused.y, reported.y, strict=True)] == [16] * 4
    assert caused.customdata[0] == "618 SMS<br>caused: beyond the hold-out: 240%<br>150% to 330%"
    assert reported.customdata[0] == "618 SMS<br>reported: all sales: 640%"
    assert (reported.marker.color, caused.marker.color) == (CONTEXT, FACT)


def test_a_dotted_line_is_where_sales_equal_the_cost():
    figure = chart_campaign.roi(ROI)
    assert [(line.x0, line.x1, line.line.dash) for line in figure.layout.shapes] == [(100, 100, "dot")]
    low, high = figure.layout.xaxis.range
    assert low < -90
    assert high > 820
    without = chart_campaign.roi(ROI.assign(**dict.fromkeys(ROI.columns[1:], NAN))).layout.xaxis.range
    assert without[0] < 100 < without[1]


# --- Qini ---------------------------------------------------------------------------------------------------


def test_the_curve_lies_in_its_band_and_beside_the_line_of_random_targeting():
    band, random, curve = chart_campaign.qini(CURVE).data
    assert list(curve.y) == [0.0, 40.0, 50.0]
    assert list(random.y) == [0.0, 25.0, 50.0]
    assert list(band.x) == [0.0, 0.5, 1.0, 1.0, 0.5, 0.0]
    assert list(band.y) == [0.0, 52.0, 66.0, 35.0, 30.0, 0.0]
    assert (curve.line.color, random.line.color, random.line.dash) == (FACT, CONTEXT, "dash")


# --- days ---------------------------------------------------------------------------------------------------


def test_the_days_of_the_campaign_are_shaded_whole_and_days_not_told_are_blank():
    figure = chart_campaign.daily(DAYS, "net_sales", "CNY")
    bars, expected = figure.data
    assert values(bars.y) == [100.0, 300.0, 280.0, 60.0, None]
    assert values(expected.y) == [110.0, 105.0, None, 90.0, 95.0]
    (shade,) = figure.layout.shapes
    assert pd.Timestamp(shade.x0) == pd.Timestamp("2024-06-16 12:00")
    assert pd.Timestamp(shade.x1) == pd.Timestamp("2024-06-18 12:00")
    assert figure.layout.yaxis.title.text == "Net sales a day (CNY)"


def test_without_expected_values_the_days_stand_alone():
    figure = chart_campaign.daily(DAYS, "visitors")
    assert len(figure.data) == 1
    assert values(figure.data[0].y) == [10.0, None, 20.0, 12.0, 9.0]
    assert figure.layout.yaxis.title.text == "Visitors a day"
    assert not chart_campaign.daily(DAYS[DAYS.window == "after"], "visitors").layout.shapes


# --- steps --------------------------------------------------------------------------------------------------


def test_each_channel_and_variant_has_a_panel_and_a_step_that_is_not_known_has_words_instead_of_a_bar():
    figure = chart_funnel.funnel(STEPS)
    assert [note.text for note in figure.layout.annotations] == ["SMS, A", "e-mail"]
    bars = [trace for trace in figure.data if trace.type == "bar"]
    blanks = [trace for trace in figure.data if trace.type == "scatter"]
    assert [values(trace.x) for trace in bars] == [[4000, None, 150], [12000, 2400, 0]]
    assert list(bars[0].y) == ["Written to", "Opened it", "Bought"]
    assert [bars[0].text[place] for place in (0, 2)] == ["4,000", "150 (3.8% of those reached)"]
    assert bars[1].text[1:] == ("2,400 (20.0%)", "0 (0.0% of those reached)")
    assert [(list(trace.y), list(trace.text)) for trace in blanks] == [
        (["Opened it"], ["not known"]),
        ([], []),
    ]


def test_each_panel_has_its_own_scale_from_zero_and_steps_stand_in_their_order():
    figure = chart_funnel.funnel(STEPS)
    assert list(figure.layout.xaxis.range) == pytest.approx([0, 4000 * 1.45])
    assert list(figure.layout.xaxis2.range) == pytest.approx([0, 12000 * 1.45])
    assert list(figure.layout.yaxis2.categoryarray) == ["Written to", "Opened it", "Bought"]
    assert figure.layout.height > chart_funnel.funnel(STEPS.head(3)).layout.height


# --- all ----------------------------------------------------------------------------------------------------


def test_no_text_of_a_chart_is_read_as_markup_and_equal_frames_give_equal_charts():
    before = [frame.copy() for frame in (EFFECTS, ROI, CURVE, DAYS, HORIZONS, STEPS)]
    for name, figure in drawn().items():
        assert figure.to_json() == drawn()[name].to_json()
        written = json.dumps(json.loads(figure.to_json()), ensure_ascii=False)
        assert "<" not in re.sub(r"</?extra>|<br>", "", written), name
    for frame, then in zip((EFFECTS, ROI, CURVE, DAYS, HORIZONS, STEPS), before, strict=True):
        pd.testing.assert_frame_equal(frame, then)


def test_empty_frames_are_drawn_empty():
    assert len(chart_campaign.forest(EFFECTS.head(0), "buyers").layout.yaxis.tickvals) == 0
    assert len(chart_campaign.roi(ROI.head(0)).layout.yaxis.tickvals) == 0
    assert len(chart_campaign.daily(DAYS.head(0), "visitors").data[0].x) == 0
    assert not chart_funnel.funnel(STEPS.head(0)).data


def test_what_could_not_be_computed_is_not_drawn():
    missing = NotComputed("sends.arm")
    assert chart_campaign.forest(missing, "buyers") is missing
    assert chart_campaign.horizons(missing, "CNY") is missing
    assert chart_campaign.daily(missing, "visitors") is missing
    for draw in (chart_campaign.roi, chart_campaign.qini, chart_funnel.funnel):
        assert draw(missing) is missing


@pytest.mark.parametrize("tall", [1, 12])
def test_a_forest_grows_with_its_rows(tall):
    frame = pd.concat([EFFECTS.head(1)] * tall, ignore_index=True)
    rows = np.diff([0, *chart_campaign.forest(frame, "buyers").data[1].y])
    assert (rows[1:] >= 46).all()


@pytest.mark.parametrize(("lang", "written"), [("en", ",~s"), ("zh", ",.0f")])
def test_large_amounts_are_counted_in_thousands_only_where_readers_do(lang, written):
    i18n.use(lang)
    try:
        forest = chart_campaign.forest(EFFECTS, "incremental_net_sales", "CNY")
        daily = chart_campaign.daily(DAYS, "net_sales", "CNY")
    finally:
        i18n.use("en")
    assert forest.layout.xaxis.tickformat == daily.layout.yaxis.tickformat == written
