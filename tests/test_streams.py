"""Streams: bands do not overlap, and each name stands beside its own, clear of the next."""

from itertools import pairwise

import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import streams


def side_of(numbers):
    rows = [(code, n, streams.label(f"class {code} of them", n)) for code, n in numbers.items()]
    return pd.DataFrame(rows, columns=["code", "customers", "label"])


def links_of(rows):
    links = pd.DataFrame(rows, columns=["source", "target", "customers"])
    return links.assign(colour=streams.colour("#0072B2"), hint="")


def figure_of(rows, panel=(0, 1)):
    links = links_of(rows)
    sides = [
        side_of(links.groupby(end, sort=False).customers.sum().to_dict()) for end in ("source", "target")
    ]
    figure, pixels = go.Figure(), streams.height(*sides)
    streams.draw(figure, sides, links, pixels, panel)
    return figure, pixels


def as_plotly_does(figure, pixels):
    """The spans of the nodes of each side: the side with most nodes fixes how high a person is."""
    (sankey,) = figure.data
    left = list(sankey.node.x).index(0.999)
    counts = (left, len(sankey.node.x) - left)
    total = sum(sankey.link.value)
    scale = min((pixels - (n - 1) * sankey.node.pad) / total for n in counts) / pixels
    for ends in (sankey.link.source, sankey.link.target):
        tall = {}
        for node, value in zip(ends, sankey.link.value, strict=True):
            tall[node] = tall.get(node, 0) + value * scale
        yield [(sankey.node.y[node] - h / 2, sankey.node.y[node] + h / 2) for node, h in sorted(tall.items())]


def test_names_stand_left_and_right_of_the_bands_at_their_middles():
    figure, _pixels = figure_of([("a", "b", 30), ("a", "c", 70)])
    (sankey,) = figure.data
    assert list(sankey.link.source) == [0, 0]
    assert list(sankey.link.target) == [1, 2]
    assert list(sankey.link.value) == [30, 70]
    assert set(sankey.node.label) == {""}
    notes = figure.layout.annotations
    assert [note.text for note in notes] == [
        "class a of<br>them<br>100",
        "class b of<br>them<br>30",
        "class c of<br>them<br>70",
    ]
    assert [(note.x, note.xanchor) for note in notes] == [(0.27, "right"), (0.73, "left"), (0.73, "left")]
    assert [1 - note.y for note in notes] == pytest.approx(list(sankey.node.y))
    assert list(sankey.domain.x) == [0.27, 0.73]
    assert sankey.arrangement == "fixed"


def test_in_a_panel_names_and_bands_lie_in_their_part_of_the_figure():
    figure, _pixels = figure_of([("a", "b", 30), ("a", "c", 70)], panel=(0.6, 1))
    (sankey,) = figure.data
    assert list(sankey.domain.y) == [0.6, 1]
    assert [note.y for note in figure.layout.annotations] == pytest.approx(
        [1 - 0.4 * y for y in sankey.node.y]
    )


def test_a_colour_lets_crossing_bands_be_seen():
    assert streams.colour("#0072B2") == "rgba(0, 114, 178, 0.45)"


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(*[st.sampled_from("abcdefgh")] * 2, st.integers(1, 10_000)), min_size=1))
def test_bands_stay_in_the_figure_and_apart_and_names_have_room(rows):
    figure, pixels = figure_of(rows)
    for spans in as_plotly_does(figure, pixels):
        assert spans[0][0] >= -1e-6
        assert spans[-1][1] <= 1 + 1e-6
        assert all((below[0] - above[1]) * pixels >= 8 - 1e-3 for above, below in pairwise(spans))
    for x in (streams.MARGIN, 1 - streams.MARGIN):
        side = [note for note in figure.layout.annotations if note.x == x]
        for above, below in pairwise(side):
            lines = [note.text.count("<br>") + 1 for note in (above, below)]
            assert (above.y - below.y) * pixels >= sum(lines) / 2 * 17
