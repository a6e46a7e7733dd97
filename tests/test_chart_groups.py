"""Charts of groups: what they share, and who is in which of them at once, as in the frames."""

import json
import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from shopcrm_nb import chart_groups
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.chart import CONTEXT, FACT

HOSTILE = "<b>own</b> & <i>others</i>"
OVERLAP = pd.DataFrame(
    [
        ("members", "members", 200, 1.0),
        ("members", HOSTILE, 50, 0.25),
        (HOSTILE, "members", 50, 0.5),
        (HOSTILE, HOSTILE, 100, 1.0),
    ],
    columns=["group", "other", "customers", "share"],
)
EXACTLY = pd.DataFrame(
    {
        "groups": [("members",), ("members", HOSTILE), (), (HOSTILE, "interested", "members")],
        "customers": [1500, 40, 300, 60],
    }
)


def drawn():
    return [chart_groups.overlap(OVERLAP), chart_groups.intersections(EXACTLY)]


# --- overlap ------------------------------------------------------------------------------------------------


def test_a_cell_is_the_share_of_the_group_of_its_row_who_are_also_in_that_of_its_column():
    (heat,) = chart_groups.overlap(OVERLAP).data
    assert np.array(heat.z).tolist()[0][1] == 0.25
    assert np.array(heat.z).tolist()[1][0] == 0.5
    assert (heat.text[0][1], heat.text[1][0]) == ("25", "50")
    assert heat.customdata[0][1] == (
        "Members<br>25.0% are also in: &lt;b>own&lt;/b> &amp; &lt;i>others&lt;/i> (n = 50)"
    )
    assert (heat.zmin, heat.zmax) == (0, 1)


def test_a_group_with_itself_is_blank_and_its_size_stands_at_its_name():
    figure = chart_groups.overlap(OVERLAP)
    (heat,) = figure.data
    assert np.isnan(heat.z[0][0])
    assert np.isnan(heat.z[1][1])
    assert (heat.text[0][0], heat.hoverongaps) == ("", False)
    labels = [label.replace("<br>", " ") for label in figure.layout.yaxis.ticktext]
    assert labels == ["1. Members n = 200", "2. &lt;b>own&lt;/b> &amp; &lt;i>others&lt;/i> n = 100"]


def test_columns_are_numbered_as_the_rows_for_a_phone_has_no_room_for_names():
    figure = chart_groups.overlap(OVERLAP)
    assert list(figure.data[0].x) == ["1", "2"]
    assert figure.layout.xaxis.title.text == "In %: also in group …"


def test_each_row_of_cells_lies_beside_its_name():
    figure = chart_groups.overlap(OVERLAP)
    edges = figure.data[0].y
    middles = [(top + end) / 2 for top, end in pairwise(edges)]
    assert list(figure.layout.yaxis.tickvals) == middles
    assert list(figure.layout.yaxis.range) == [edges[-1], 0]


def test_a_group_may_be_given_a_name():
    figure = chart_groups.overlap(OVERLAP, {HOSTILE: "VIPs"})
    assert figure.layout.yaxis.ticktext[1].startswith("2. VIPs")
    assert chart_groups.intersections(EXACTLY, {HOSTILE: "VIPs"}).layout.yaxis2.ticktext[1] == "VIPs"


# --- intersections ------------------------------------------------------------------------------------------


def inside(figure):
    """Which groups have a dot of the colour of the fact, by bar."""
    bars, _every, _spans, dots = figure.data
    names = dict(zip(figure.layout.yaxis2.tickvals, figure.layout.yaxis2.ticktext, strict=True))
    found = {x: [] for x in bars.x}
    for x, y in zip(dots.x, dots.y, strict=True):
        found[x].append(names[y].replace("<br>", " "))
    return found


def test_bars_are_the_sizes_the_largest_first_and_the_dots_below_are_their_groups():
    figure = chart_groups.intersections(EXACTLY)
    bars = figure.data[0]
    own = "&lt;b>own&lt;/b> &amp; &lt;i>others&lt;/i>"
    assert list(bars.y) == [1500, 300, 60, 40]
    assert list(bars.text) == ["1,500", "300", "60", "40"]
    assert inside(figure) == {
        0: ["Members"],
        1: [],
        2: [own, "Interested, no order yet", "Members"],
        3: ["Members", own],
    }
    assert list(bars.marker.color) == [FACT, CONTEXT, FACT, FACT]
    assert bars.customdata[1] == "in none of the groups<br>n = 300"
    assert bars.customdata[3] == f"Members<br>{own}<br>n = 40"
    assert figure.layout.yaxis.title.text == "Customers"


def test_a_line_joins_the_dots_of_a_bar_from_the_first_to_the_last():
    figure = chart_groups.intersections(EXACTLY)
    spans, places = figure.data[2], figure.layout.yaxis2.tickvals
    assert list(spans.x) == [0, 0, 0, 2, 2, 2, 3, 3, 3]
    assert list(spans.y)[3:] == [places[0], places[2], None, places[0], places[1], None]


def test_every_group_has_a_pale_dot_below_every_bar():
    every = chart_groups.intersections(EXACTLY).data[1]
    assert len(every.x) == 4 * 3
    assert every.marker.opacity < 0.5


def test_at_most_fifteen_bars_are_drawn_and_sizes_are_turned_where_there_is_little_room():
    many = pd.DataFrame({"groups": [(f"g{n}",) for n in range(20)], "customers": range(20, 0, -1)})
    bars = chart_groups.intersections(many).data[0]
    assert list(bars.y) == list(range(20, 5, -1))
    assert bars.textangle == -90
    assert bars.constraintext == "none"
    assert chart_groups.intersections(EXACTLY).data[0].textangle == 0


# --- all ----------------------------------------------------------------------------------------------------


def test_no_text_of_a_chart_is_read_as_markup():
    for figure in drawn():
        written = json.dumps(json.loads(figure.to_json()), ensure_ascii=False)
        assert "<" not in re.sub(r"</?extra>|<br>", "", written)


def test_a_chart_depends_on_its_frame_alone_and_changes_none():
    before = OVERLAP.copy(), EXACTLY.copy()
    assert [figure.to_json() for figure in drawn()] == [figure.to_json() for figure in drawn()]
    pd.testing.assert_frame_equal(OVERLAP, before[0])
    pd.testing.assert_frame_equal(EXACTLY, before[1])


def test_empty_frames_are_drawn_empty():
    assert len(chart_groups.overlap(OVERLAP.head(0)).layout.yaxis.tickvals) == 0
    assert len(chart_groups.intersections(EXACTLY.head(0)).data[0].x) == 0


@pytest.mark.parametrize("draw", [chart_groups.overlap, chart_groups.intersections])
def test_what_could_not_be_computed_is_not_drawn(draw):
    missing = NotComputed("orders.customer_id")
    assert draw(missing) is missing
