"""Streams: how many went from where to where, as bands with their names beside them, never on them."""

import pandas as pd
import plotly.graph_objects as go

from shopcrm_nb import i18n
from shopcrm_nb.chart import CONTEXT
from shopcrm_nb.lettering import LINE_HEIGHT, lines, wrapped

MARGIN = 0.27  # of the width on either side of the bands, for their names
NAME_ROOM = 12  # letters of a name in a line
TALLEST = 0.6  # of the height of a side: what its names may fill
LEAST_HEIGHT = 320  # pixels
BETWEEN = 8  # pixels between two names, and two ends of bands, at least
ALPHA = 0.45


def label(name: str, customers: int) -> str:
    """Write the name of one end, with how many are there."""
    return lines([wrapped(name, NAME_ROOM), i18n.count(customers)])


def colour(of: str) -> str:
    """Return a colour in which bands that cross can be told apart."""
    red, green, blue = bytes.fromhex(of.removeprefix("#"))
    return f"rgba({red}, {green}, {blue}, {ALPHA})"


def height(*sides: pd.DataFrame) -> float:
    """Return how many pixels sides (of ``draw``) need, so that every name has room."""
    return max([LEAST_HEIGHT, *(_tall(side).sum() / TALLEST for side in sides)])


def _tall(side: pd.DataFrame) -> pd.Series:
    return side.label.map(lambda label: LINE_HEIGHT * (label.count("<br>") + 1) + BETWEEN).astype("float64")


def draw(
    figure: go.Figure,
    sides: tuple[pd.DataFrame, pd.DataFrame],
    links: pd.DataFrame,
    pixels: float,
    panel: tuple[float, float] = (0, 1),
) -> None:
    """Add bands to a figure, in the part ``panel`` of its plot (from below, 0 to 1), ``pixels`` high.

    A side has code, customers (whose bands are drawn) and label, from the top; ``links`` source and target
    (codes), customers, colour and hint.
    """
    part = min(_part(side, pixels) for side in sides)
    placed = [_placed(side, pixels, part) for side in sides]
    figure.add_trace(_sankey(placed, links, pixels * (1 - part), panel))
    names = [
        _name(row.label, x, panel[1] - (panel[1] - panel[0]) * row.middle, anchor)
        for side, x, anchor in zip(placed, (MARGIN, 1 - MARGIN), ("right", "left"), strict=True)
        for row in side.itertuples()
    ]
    figure.update_layout(annotations=[*figure.layout.annotations, *names])  # one by one takes seconds


def _part(side: pd.DataFrame, pixels: float) -> float:
    """Return which part of the height bands may fill so that every name has room beside its own."""
    low, high = 0.0, 1.0
    for _step in range(30):
        middle = (low + high) / 2
        fits = _slots(side, pixels, middle).sum() <= 1
        low, high = (middle, high) if fits else (low, middle)
    return low


def _slots(side: pd.DataFrame, pixels: float, part: float) -> pd.Series:
    """Return how high each place is, where all bands together fill ``part``: the bands, or the name."""
    bands = part * side.customers / side.customers.sum() + BETWEEN / pixels
    return bands.clip(lower=_tall(side) / pixels)


def _placed(side: pd.DataFrame, pixels: float, part: float) -> pd.DataFrame:
    """Add the middle of each name and its bands, from 0 at the top to 1."""
    slots = _slots(side, pixels, part)
    slots += (1 - slots.sum()) / max(len(slots), 1)
    return side.assign(middle=slots.cumsum() - slots / 2)


def _sankey(
    sides: list[pd.DataFrame], links: pd.DataFrame, free: float, panel: tuple[float, float]
) -> go.Sankey:
    left, right = ({code: n for n, code in enumerate(side.code)} for side in sides)
    every = pd.concat(sides)
    return go.Sankey(
        arrangement="fixed",
        domain={"x": [MARGIN, 1 - MARGIN], "y": list(panel)},
        node={
            "label": [""] * len(every),  # Plotly would write them on the bands
            "x": [0.001] * len(left) + [0.999] * len(right),
            "y": every.middle.tolist(),
            "color": CONTEXT,
            "thickness": 12,
            "pad": free / max(len(left) - 1, len(right) - 1, 1),
            "customdata": every.label.tolist(),
            "hovertemplate": "%{customdata}<extra></extra>",
        },
        link={
            "source": [left[code] for code in links.source],
            "target": [len(left) + right[code] for code in links.target],
            "value": links.customers.astype(int).tolist(),
            "color": links.colour.tolist(),
            "customdata": links.hint.tolist(),
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    )


def _name(text: str, x: float, y: float, anchor: str) -> dict:
    place = {"x": x, "y": y, "xref": "paper", "yref": "paper", "xanchor": anchor, "yanchor": "middle"}
    shift = -6 if anchor == "right" else 6
    return place | {"xshift": shift, "align": anchor, "text": text, "showarrow": False, "font": {"size": 12}}
