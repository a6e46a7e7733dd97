"""Charts of how people stand to the shop: the classes at each day, and the moves of a month."""

import json
import re
from itertools import pairwise

import pandas as pd
import pytest

from shopcrm_nb import chart_relationship
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.chart import ACTION, CONTEXT, FACT

STOCK = pd.DataFrame(
    [
        ("2024-04-30", False, "first_time", 30),
        ("2024-04-30", False, "loyal", 5),
        ("2024-04-30", False, "lost", None),
        ("2024-05-31", False, "first_time", 20),
        ("2024-05-31", False, "loyal", 6),
        ("2024-05-31", False, "lost", 12),
        ("2024-06-10", True, "first_time", 22),
        ("2024-06-10", True, "loyal", 7),
        ("2024-06-10", True, "lost", 0),
        ("2024-06-10", True, "prospect", None),
    ],
    columns=["day", "partial", "relationship", "customers"],
).astype({"day": "datetime64[ns]", "customers": "Int64"})
FLOW = pd.DataFrame(
    [
        ("2024-05-01", False, "first_time", "lost", 300),
        ("2024-05-01", False, "first_time", "repeat", 100),
        ("2024-05-01", False, "first_time", "first_time", 5000),
        ("2024-05-01", False, "none", "first_time", 595),
        ("2024-05-01", False, "loyal", "lost", 2),
        ("2024-05-01", False, "lost", "repeat", 3),
        ("2024-06-01", True, "none", "prospect", 7),
    ],
    columns=["month", "partial", "class_then", "class_now", "customers"],
).astype({"month": "datetime64[ns]"})


def drawn():
    return [chart_relationship.stock(STOCK), chart_relationship.flow(FLOW)]


# --- classes at each day ------------------------------------------------------------------------------------


def bars(figure):
    return {trace.name: dict(zip(trace.x, trace.y, strict=True)) for trace in figure.data}


def test_each_class_is_stacked_by_month_and_one_that_nobody_was_in_is_not_drawn():
    figure = chart_relationship.stock(STOCK)
    assert bars(figure) == {
        "Loyal customer": {"2024-04": 5, "2024-05": 6, "2024-06": 7},
        "First-time customer": {"2024-04": 30, "2024-05": 20, "2024-06": 22},
        "Lost customer": {"2024-05": 12, "2024-06": 0},
    }
    assert figure.layout.barmode == "stack"
    assert figure.data[0].customdata[2] == "2024-06-10: 7"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("End of the month", "People")


def test_what_was_not_told_yet_is_no_zero():
    assert "2024-04" not in bars(chart_relationship.stock(STOCK))["Lost customer"]


def test_the_month_that_is_not_whole_is_paler():
    loyal = chart_relationship.stock(STOCK).data[0]
    assert list(loyal.marker.opacity) == [1, 1, 0.45]


@pytest.mark.parametrize(("months", "step"), [(8, "M1"), (13, "M3"), (60, "M12")])
def test_few_months_are_labelled(months, step):
    days = pd.date_range("2020-01-31", periods=months, freq="ME")
    frame = pd.DataFrame({"day": days, "partial": False, "relationship": "loyal", "customers": 1})
    assert chart_relationship.stock(frame).layout.xaxis.dtick == step


# --- moves of a month ---------------------------------------------------------------------------------------


def moves(figure):
    """Customers by the names of where they came from and went to."""
    (sankey,) = figure.data
    names = [text.rpartition("<br>")[0].replace("<br>", " ") for text in sankey.node.customdata]
    links = zip(sankey.link.source, sankey.link.target, sankey.link.value, strict=True)
    return {(names[source], names[target]): value for source, target, value in links}


def names(figure):
    """The names beside the bands: text → its number."""
    beside = [note.text for note in figure.layout.annotations if note.xanchor and note.yanchor == "middle"]
    return [text.replace("<br>", " ") for text in beside]


def test_a_band_is_the_people_who_moved_in_the_last_whole_month_and_who_stayed_is_told():
    figure = chart_relationship.flow(FLOW, least_share=0)
    assert moves(figure) == {
        ("First-time customer", "Lost customer"): 300,
        ("First-time customer", "Repeat customer"): 100,
        ("Not met yet", "First-time customer"): 595,
        ("Loyal customer", "Lost customer"): 2,
        ("Lost customer", "Repeat customer"): 3,
    }
    assert figure.layout.annotations[-1].text == "2024-05: 5,000 people stayed in their class."


def test_the_number_at_a_name_is_all_who_left_the_class_or_came_to_it():
    assert names(chart_relationship.flow(FLOW, least_share=0)) == [
        *("Loyal customer 2", "First-time customer 400", "Not met yet 595", "Lost customer 3"),
        *("Repeat customer 103", "First-time customer 595", "Lost customer 302"),
    ]


def test_small_moves_go_to_other_moves_and_the_numbers_at_the_classes_still_count_them():
    figure = chart_relationship.flow(FLOW)  # 0.5 % of 1,000 is 5: two moves are smaller
    assert moves(figure) == {
        ("First-time customer", "Lost customer"): 300,
        ("First-time customer", "Repeat customer"): 100,
        ("Not met yet", "First-time customer"): 595,
        ("Loyal customer", "other moves"): 2,
        ("Lost customer", "other moves"): 3,
    }
    assert names(figure)[4:] == [
        *("Repeat customer 103", "First-time customer 595", "Lost customer 302", "other moves 5"),
    ]
    assert figure.data[0].link.customdata[3] == "Loyal customer → Lost customer: 2"


def test_a_single_small_move_keeps_its_own_band():
    figure = chart_relationship.flow(FLOW[FLOW.class_then != "loyal"])
    assert ("Lost customer", "Repeat customer") in moves(figure)


def test_a_move_towards_the_shop_is_blue_and_one_away_from_it_orange():
    colours = dict(
        zip(
            moves(chart_relationship.flow(FLOW)),
            chart_relationship.flow(FLOW).data[0].link.color,
            strict=True,
        )
    )

    def of(colour):
        red, green, blue = bytes.fromhex(colour.removeprefix("#"))
        return f"rgba({red}, {green}, {blue}, 0.45)"

    assert colours["First-time customer", "Lost customer"] == of(ACTION)
    assert colours["First-time customer", "Repeat customer"] == of(FACT)
    assert colours["Not met yet", "First-time customer"] == of(FACT)
    assert colours["Loyal customer", "other moves"] == of(ACTION)
    assert colours["Lost customer", "other moves"] == of(FACT)


def test_names_stand_beside_the_bands_each_at_the_middle_of_its_own_and_clear_of_the_next():
    figure = chart_relationship.flow(FLOW)
    (sankey,) = figure.data
    notes = [note for note in figure.layout.annotations if note.yanchor == "middle"]
    assert [1 - note.y for note in notes] == pytest.approx(list(sankey.node.y))
    assert set(sankey.node.label) == {""}
    left, right = sankey.domain.x
    height = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    for x, anchor in ((left, "right"), (right, "left")):
        side = [note for note in notes if note.x == x]
        assert {note.xanchor for note in side} == {anchor}
        for above, below in pairwise(side):
            lines = (note.text.count("<br>") + 1 for note in (above, below))
            assert (above.y - below.y) * height >= sum(lines) / 2 * 17


def test_bands_do_not_overlap_and_stay_within_the_figure():
    figure = chart_relationship.flow(FLOW)
    (sankey,) = figure.data
    height = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    total = sum(sankey.link.value)
    columns = {
        "source": sankey.node.x.index(0.999),
        "target": len(sankey.node.x) - sankey.node.x.index(0.999),
    }
    # As Plotly does: the side with most classes fixes how many pixels a person has.
    scale = min((height - (n - 1) * sankey.node.pad) / total for n in columns.values())
    for end in columns:
        tall = {}
        for node, value in zip(sankey.link[end], sankey.link.value, strict=True):
            tall[node] = tall.get(node, 0) + value * scale / height
        spans = [
            (sankey.node.y[node] - h / 2, sankey.node.y[node] + h / 2) for node, h in sorted(tall.items())
        ]
        assert spans[0][0] >= -1e-6
        assert spans[-1][1] <= 1 + 1e-6
        assert all(above[1] <= below[0] + 1e-6 for above, below in pairwise(spans))


def test_the_running_month_is_drawn_where_no_month_is_whole():
    figure = chart_relationship.flow(FLOW[FLOW.partial])
    assert moves(figure) == {("Not met yet", "Prospect"): 7}
    assert figure.layout.annotations[-1].text == "2024-06: 0 people stayed in their class."


def test_where_nobody_moved_there_are_no_bands():
    figure = chart_relationship.flow(FLOW[FLOW.class_then == FLOW.class_now])
    assert moves(figure) == {}
    assert figure.layout.annotations[-1].text == "2024-05: 5,000 people stayed in their class."


# --- both ---------------------------------------------------------------------------------------------------


def test_no_text_of_a_chart_is_read_as_markup_and_equal_frames_give_equal_charts():
    before = STOCK.copy(), FLOW.copy()
    for figure, again in zip(drawn(), drawn(), strict=True):
        assert figure.to_json() == again.to_json()
        written = json.dumps(json.loads(figure.to_json()), ensure_ascii=False)
        assert "<" not in re.sub(r"</?extra>|<br>", "", written)
    pd.testing.assert_frame_equal(STOCK, before[0])
    pd.testing.assert_frame_equal(FLOW, before[1])


def test_colours_get_darker_the_more_people_bought():
    shades = [trace.marker.color for trace in chart_relationship.stock(STOCK).data]
    assert shades == ["#00375A", "#7FB8D9", CONTEXT]


def test_what_could_not_be_computed_is_not_drawn():
    missing = NotComputed("orders.customer_id")
    assert chart_relationship.stock(missing) is missing
    assert chart_relationship.flow(missing) is missing
