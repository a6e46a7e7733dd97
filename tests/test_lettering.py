"""Lettering: texts of the data stand on a figure as they are, whole, in lines that a phone has room for."""

import re
import unicodedata

import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import lettering


def width(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def unescaped(label):
    return [line.replace("&lt;", "<").replace("&amp;", "&") for line in label.split("<br>")]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Members", "Members"),
        ("First order in the last 90 days", "First order in<br>the last 90 days"),
        ("双面呢羊绒大衣女中长款", "双面呢羊绒大衣女<br>中长款"),
        ("a" * 20, "a" * 16 + "<br>aaaa"),
        ("first tier (一线)", "first tier<br>(一线)"),
        ("新一线城市,客户（忠诚）。", "新一线城市,客户<br>（忠诚）。"),
        ("聚划算（2026-03-12）", "聚划算<br>（2026-03-12）"),
        ("双十一满减（2026-03-12，可信）", "双十一满减<br>（2026-03-12，可<br>信）"),
        ("（（", "（（"),
        ("  two \n lines ", "two lines"),
        ("", ""),
    ],
)
def test_a_label_is_broken_between_words_and_chinese_anywhere(text, label):
    assert lettering.wrapped(text) == label


def test_a_title_of_thirty_chinese_characters_is_not_cut_with_the_name_of_what_it_is():
    title = "夏艺女装秋冬新款双面呢羊绒大衣女中长款宽松显瘦气质外套特价款"
    assert len(title) == 30
    label = lettering.wrapped(f"First product: {title}")
    assert "".join(unescaped(label)).replace(" ", "") == f"Firstproduct:{title}"


def test_what_is_longer_than_all_lines_ends_in_an_ellipsis():
    label = lettering.wrapped("x" * 100, room=10, lines=3)
    assert label == "x" * 10 + "<br>" + "x" * 10 + "<br>" + "x" * 8 + "…"


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(4, 30))
def test_no_line_is_wider_than_its_room_and_nothing_is_lost(text, room):
    lines = unescaped(lettering.wrapped(text, room, lines=99))
    assert all(width(line) <= room for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@settings(deadline=None)
@given(st.text(alphabet="<>&/abi ;lt", max_size=30))
def test_no_text_is_read_as_markup(text):
    assert "<" not in lettering.wrapped(text).replace("<br>", "")
    assert "<" not in lettering.plain(text)
    assert re.search(r"&(?!amp;|lt;)", lettering.plain(text)) is None


def test_rows_are_as_high_as_their_labels_and_have_a_least_height():
    ends = lettering.rows(["one", "one<br>two<br>three"], least=40)
    assert ends == [40, 40 + 3 * 17 + 16]
    assert lettering.middles(ends) == [20, 40 + 67 / 2]
    assert lettering.rows([], 40) == lettering.middles([]) == []


def test_labels_stand_at_the_middles_of_their_rows_two_of_one_name_apart():
    figure = go.Figure()
    lettering.label_rows(figure, ["same", "same"], [40, 80])
    axis = figure.layout.yaxis
    assert (list(axis.tickvals), list(axis.ticktext), list(axis.range)) == ([20, 60], ["same"] * 2, [80, 0])
