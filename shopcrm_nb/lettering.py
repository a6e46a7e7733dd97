"""Lettering: texts of the data on a figure, as they are, in lines that a phone has room for."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import accumulate

import plotly.graph_objects as go

from shopcrm_nb import i18n
from shopcrm_nb.i18n import _

WIDE = 2  # a Chinese character takes the room of two letters
ROOM = 16  # letters of a label in a line
LINES = 5  # of a label at most: a title of Taobao (30 characters) fits, with what it is
LINE_HEIGHT = 17  # pixels of a label's line
BETWEEN = 16  # pixels between two labels
CHINESE = r"\u2e80-\u9fff\uff00-\uffef"
OPENS, CLOSES = "(（《「“", ")）》」”,，.。、;；:：!！?？%"
# A short text in brackets stays together; else a line may begin at a Chinese character that closes nothing.
SHORT = r"[(（][^()（）]{1,6}[)）]"
# What opens a bracket stays with what follows it, what closes one with what stands before it.
PIECES = re.compile(
    rf"(?:{SHORT}|[{OPENS}]*(?:(?![{OPENS}])[{CHINESE}]|[^\s{CHINESE}]+)|[{OPENS}])[{CLOSES}]* ?"
)


def plain(text: str) -> str:
    """Write a text of the data so that a figure shows it as it is: Plotly reads some tags."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;")


def wrapped(text: str, room: int = ROOM, lines: int = LINES) -> str:
    """Write a text of the data in lines of at most ``room`` letters; one beyond ``lines`` ends in …."""
    written = [""]
    for piece in (
        part for whole in PIECES.findall(" ".join(str(text).split())) for part in _parts(whole, room)
    ):
        if _width(written[-1] + piece.rstrip()) > room:
            written.append("")
        written[-1] += piece
    kept = [line.rstrip() for line in written]
    if len(kept) > lines:
        kept = [*kept[: lines - 1], _parts(kept[lines - 1], room - WIDE)[0] + "…"]
    return "<br>".join(plain(line) for line in kept)


def _parts(piece: str, room: int) -> list[str]:
    """Divide a word that is longer than a line."""
    parts = [""]
    for letter in piece:
        if _width((parts[-1] + letter).rstrip()) > room:
            parts.append("")
        parts[-1] += letter
    return parts


def _width(text: str) -> int:
    return sum(WIDE if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def lines(texts: Iterable[str]) -> str:
    """Put texts that are written already below each other."""
    return "<br>".join(texts)


def compared(name: str, row: tuple) -> str:
    """Write what a row of ``portrait.compare`` says, to be read when one points at it."""
    interval, inside = _("TGI {tgi} ({low} to {high})"), _("in the group: {share} (n = {n})")
    tgi, low, high = (i18n.count(value) for value in (row.tgi, row.tgi_low, row.tgi_high))
    return lines(
        [
            plain(name),
            interval.format(tgi=tgi, low=low, high=high),
            inside.format(share=i18n.percent(row.share), n=i18n.count(row.customers)),
            _("in the comparison: {share}").format(share=i18n.percent(row.base_share)),
        ]
    )


def rows(labels: list[str], least: int) -> list[float]:
    """Return where rows end, in pixels from the top: each as high as its label, ``least`` at least."""
    heights = [max(least, LINE_HEIGHT * (label.count("<br>") + 1) + BETWEEN) for label in labels]
    return list(accumulate(heights))


def middles(ends: list[float]) -> list[float]:
    """Return the middles of the rows that end so (``rows``)."""
    return [(top + end) / 2 for top, end in zip([0, *ends], ends, strict=False)]


def label_rows(figure: go.Figure, labels: list[str], ends: list[float], **panel: int) -> None:
    """Write labels beside their rows (``rows``), the first at the top; ``panel`` is its row and col."""
    # Rows have places, not names: two of one name would fall together on an axis of names.
    places = {"tickvals": middles(ends), "ticktext": labels, "range": [ends[-1] if ends else 1, 0]}
    figure.update_yaxes(**places, showgrid=False, zeroline=False, **panel)
