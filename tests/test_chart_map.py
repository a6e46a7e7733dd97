"""The map of tiles: every province has one, and shows its number, or why it shows none."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from shopcrm_nb import chart_map, chart_portrait, i18n
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.chart import ACTION, FACT
from shopcrm_nb.profile import PROVINCES

FRAME = pd.DataFrame(
    [
        ("浙江", 60, 0.3, 300, 0.2, 150.0, 130.0, 170.0, 12345.0, "more"),
        ("江苏", 20, 0.1, 300, 0.2, 50.0, 40.0, 62.0, 900.0, "less"),
        ("湖北", 24, 0.12, 150, 0.1, 120.0, 90.0, 150.0, 800.0, "unclear"),
        ("青海", 2, 0.01, 15, 0.01, 100.0, 20.0, 300.0, 70.0, "few"),
        ("海南", 0, 0.0, 30, 0.02, 0.0, 0.0, 60.0, 0.0, "less"),
        ("unknown", 90, 0.45, 600, 0.4, 112.5, 100.0, 120.0, 4000.0, "unknown"),
        ("<b>東京", 4, 0.02, 105, 0.07, 28.6, 9.0, 70.0, 90.0, "few"),
    ],
    columns=[
        *("level", "customers", "share", "base_customers", "base_share", "tgi", "tgi_low", "tgi_high"),
        *("net_sales", "state"),
    ],
).assign(dimension="province")


def tiles(figure):
    """What stands on each tile, by the first line of its text."""
    texts = [
        text.split("<br>")
        for trace in figure.data
        if trace.type == "scatter" and trace.mode == "text"
        for text in trace.text
    ]
    return {lines[0]: lines[1:] for lines in texts}


def filled(figure):
    """The numbers that have a full colour, by the place of their tile."""
    z = np.array(figure.data[0].z)
    return {(x, y): z[y][x] for y, x in zip(*np.nonzero(~np.isnan(z)), strict=True)}


def squares(figure):
    """The fill of each dotted tile by its place."""
    return {(round(s.x0 + 0.46), round(s.y0 + 0.46)): s.fillcolor for s in figure.layout.shapes}


def note(figure):
    return figure.layout.annotations[0].text.replace("<br>", " ")


def test_every_province_has_one_tile_and_an_english_name():
    assert sorted(chart_map.PLACES) == sorted(PROVINCES) == sorted(chart_map.ENGLISH)
    assert len(set(chart_map.PLACES.values())) == 34
    assert chart_map.WIDE <= 9
    assert chart_map.ENGLISH["内蒙古"] == "Inner Mongolia"


@pytest.mark.parametrize(
    ("one", "other", "axis"),
    [
        ("黑龙江", "广东", 1),
        ("北京", "上海", 1),
        ("内蒙古", "云南", 1),
        ("广东", "海南", 1),
        ("新疆", "北京", 0),
        ("四川", "浙江", 0),
        ("西藏", "台湾", 0),
    ],
)
def test_provinces_lie_as_they_do_on_earth(one, other, axis):
    assert chart_map.PLACES[one][axis] < chart_map.PLACES[other][axis]


def test_a_tile_shows_its_name_and_its_number():
    figure = chart_map.china(FRAME)
    found = tiles(figure)
    assert sorted(found) == sorted(PROVINCES)
    assert found["浙江"] == ["150"]
    assert found["江苏"] == ["50"]
    assert found["湖北"] == ["120"]
    assert found["海南"] == found["澳门"] == []
    assert filled(figure) == {chart_map.PLACES["浙江"]: 150, chart_map.PLACES["江苏"]: 50}


def test_few_and_unclear_are_pale_and_nobody_is_empty():
    found = squares(chart_map.china(FRAME))
    pale, clear = found[chart_map.PLACES["湖北"]], "rgba(0,0,0,0)"
    assert re.fullmatch(r"rgba\(\d+, \d+, \d+, 0\.35\)", pale)
    assert found[chart_map.PLACES["青海"]] != clear
    assert found[chart_map.PLACES["海南"]] == found[chart_map.PLACES["澳门"]] == clear
    assert len(found) == 32  # all but the two of a full colour
    # Pale blue for more, by the colour that the number would have in full: 120 is at 0.7 of 50 to 150.
    red, green, blue = (int(part) for part in re.findall(r"\d+", pale)[:3])
    assert red < green < blue


def test_a_share_is_pale_only_where_people_are_few():
    figure = chart_map.china(FRAME, "share")
    assert filled(figure)[chart_map.PLACES["湖北"]] == 0.12
    assert tiles(figure)["湖北"] == ["12.0%"]
    assert squares(figure)[chart_map.PLACES["青海"]] != "rgba(0,0,0,0)"


def test_colours_of_a_tgi_go_equally_far_from_100_to_both_sides():
    heat = chart_map.china(FRAME).data[0]
    scale = chart_map.china(FRAME).data[2].marker
    assert (heat.zmin, heat.zmax) == (scale.cmin, scale.cmax) == (50, 150)
    assert (heat.colorscale[0][1], heat.colorscale[2][1]) == (ACTION, FACT)
    alike = FRAME.assign(tgi=101.0)
    assert (chart_map.china(alike).data[0].zmin, chart_map.china(alike).data[0].zmax) == (75, 125)
    extreme = chart_map.china(FRAME.assign(tgi=900.0)).data[0]
    assert (extreme.zmin, extreme.zmax) == (0, 200)


def test_colours_of_anything_else_go_from_zero_to_the_most():
    heat = chart_map.china(FRAME, "share").data[0]
    assert (heat.zmin, heat.zmax) == (0, 0.3)
    scale = chart_map.china(FRAME, "share").data[2].marker
    assert list(scale.colorbar.ticktext) == ["0.0%", "15.0%", "30.0%"]
    assert scale.colorbar.title.text == "Share of the group"
    assert (scale.cmin, scale.cmax, scale.colorscale) == (heat.zmin, heat.zmax, heat.colorscale)


def test_large_numbers_are_short_enough_for_a_tile():
    assert tiles(chart_map.china(FRAME, "net_sales"))["浙江"] == ["12.3K"]
    assert tiles(chart_map.china(FRAME.assign(net_sales=281_234.0), "net_sales"))["浙江"] == ["281K"]
    i18n.use("zh")
    try:
        assert tiles(chart_map.china(FRAME, "net_sales"))["浙江"] == ["1.2万"]
    finally:
        i18n.use("en")


def test_what_one_points_at_is_told_with_the_english_name_on_english_pages_only():
    full, others = chart_map.china(FRAME).data[:2]
    x, y = chart_map.PLACES["浙江"]
    assert full.customdata[y][x] == (
        "浙江 Zhejiang<br>TGI 150 (130 to 170)<br>in the group: 30.0% (n = 60)<br>in the comparison: 20.0%"
    )
    x, y = chart_map.PLACES["澳门"]
    assert others.customdata[y][x] == "澳门 Macao<br>nobody"
    assert full.hoverongaps is others.hoverongaps is False
    i18n.use("zh")
    try:
        assert chart_map.china(FRAME).data[1].customdata[y][x].startswith("澳门<br>")
    finally:
        i18n.use("en")


def test_what_is_no_province_is_told_below_and_shown_as_text():
    assert note(chart_map.china(FRAME)) == (
        "Not on the map: unknown 112, &lt;b>東京 29. Pale: not clear, or few people. Empty: nobody."
    )
    assert note(chart_map.china(FRAME, "share")).startswith("Not on the map: unknown 45.0%, &lt;b>東京 2.0%.")


def test_of_many_levels_that_are_no_province_the_largest_are_told_and_the_rest_counted():
    many = pd.DataFrame({"level": [f"state {n}" for n in range(9)], "customers": range(1, 10), "tgi": 100.0})
    figure = chart_map.china(pd.concat([FRAME.head(1), many.assign(state="few")], ignore_index=True))
    assert note(figure).startswith(
        "Not on the map: state 8 100, state 7 100, state 6 100, state 5 100, 5 more."
    )


def test_a_province_may_be_gathered_among_others_and_is_not_said_to_have_nobody():
    other = FRAME.tail(1).assign(level="other", customers=5)
    empty = chart_map.china(pd.concat([FRAME, other], ignore_index=True)).data[1]
    x, y = chart_map.PLACES["澳门"]
    assert empty.customdata[y][x] == "澳门 Macao<br>nobody, or gathered in “others”"


def test_nothing_is_said_of_pale_or_empty_tiles_where_there_are_none():
    level = pd.DataFrame({"level": PROVINCES, "customers": 50, "tgi": 100.0, "state": "alike"})
    figure = chart_map.china(level.assign(share=0.1, base_share=0.1, tgi_low=90.0, tgi_high=110.0))
    assert note(figure) == ""
    assert len(figure.layout.shapes) == 0


def test_letters_are_black_or_white_whichever_is_readable_on_the_tile():
    figure = chart_map.china(FRAME.assign(state="more", tgi=[200, 100, 60, 100, 0, 100, 100]))
    full = figure.data[3]
    found = dict(zip((text.split("<br>")[0] for text in full.text), full.textfont.color, strict=True))
    assert (found["浙江"], found["江苏"]) == ("#FFFFFF", "#111111")
    assert figure.data[4].textfont.color is None  # the page's own, light or dark


def test_there_is_no_map_without_a_province_of_china():
    found = chart_map.china(FRAME[FRAME.level.isin(["unknown", "<b>東京"])])
    assert isinstance(found, NotComputed)
    assert "orders.province" in found.sentence()


def test_places_are_a_map_in_china_and_lines_elsewhere():
    region = FRAME.iloc[:1].assign(dimension="region", level="east")
    in_china = chart_map.places(pd.concat([region, FRAME]))
    assert tiles(in_china) == tiles(chart_map.china(FRAME))
    abroad = FRAME.assign(level=["France", "Eire", "Spain", "Malta", "Oman", "Peru", "<b>東京"])
    assert chart_map.places(abroad) == chart_portrait.tgi(abroad)


def test_no_text_of_the_map_is_read_as_markup_and_equal_frames_give_equal_maps():
    before = FRAME.copy()
    written = [chart_map.china(FRAME).to_json() for _ in range(2)]
    assert written[0] == written[1]
    pd.testing.assert_frame_equal(FRAME, before)
    text = json.dumps(json.loads(written[0]), ensure_ascii=False)
    assert "<" not in re.sub(r"</?extra>|<br>", "", text)


def test_what_could_not_be_computed_is_not_drawn():
    missing = NotComputed("orders.province")
    assert chart_map.china(missing) is missing
