"""Charts of shares with their intervals: how far groups come, and what good customers began with."""

from math import log10

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from shopcrm_nb import i18n, portrait_words
from shopcrm_nb.absent import needs
from shopcrm_nb.chart import ABOVE, ACTION, BELOW, CONTEXT, FACT, styled, whiskers, with_legend
from shopcrm_nb.i18n import _
from shopcrm_nb.lettering import label_rows, lines, middles, plain, rows, wrapped

STEP_ROW, LIFT_ROW = 44, 54  # pixels of a row at least
TITLE = 70  # pixels of a panel's title and its axis
ROOM = (-0.08, 1.12)  # of the longest interval: the number of a dot at zero needs room, too
SMALLEST, LARGEST = 0.1, 10  # lifts beyond are drawn at the edge
BEYOND = 1.25
INSIDE = 1.08  # a mark at the edge is drawn whole
LIFTS = (0.1, 0.25, 0.5, 1, 2, 4, 10)
APART = 9  # pixels from the middle of a row to each of its two marks
CHECKED = {"holds": FACT, "not_confirmed": ACTION}


@needs()
def lift(drivers: pd.DataFrame) -> go.Figure:
    """Draw how many times the usual share became good customers, a row a level (``first_order.drivers``).

    The upper mark of a row is the customers who came earlier, among whom drivers are looked for, the lower
    one those who came later, on whom what was found is checked: blue where it holds, orange where it was not
    confirmed, open where there was nothing to check. The scale is logarithmic.
    """
    names = [_trait(row) for row in drivers.itertuples()]
    states = portrait_words.driver_states()
    labels = [
        lines([wrapped(name), wrapped(states[state])])
        for name, state in zip(names, drivers.driver_state, strict=True)
    ]
    ends, edges = rows(labels, LIFT_ROW), _edges(drivers)
    middle = pd.Series(middles(ends), index=drivers.index, dtype="float64")
    figure = go.Figure()
    for prefix, shift, said in (
        ("", -APART, _("who came earlier")),
        ("later_", APART, _("who came later")),
    ):
        value, low, high = (drivers[f"{prefix}lift{end}"] for end in ("", "_low", "_high"))
        colours = [CHECKED.get(state, CONTEXT) if prefix else CONTEXT for state in drivers.driver_state]
        figure.add_trace(whiskers(low.clip(*edges), high.clip(*edges), middle + shift))
        figure.add_scatter(
            x=value.clip(edges[0] * INSIDE, edges[1] / INSIDE),
            y=middle + shift,
            mode="markers",
            name=said,
            marker={
                "color": colours,
                "size": 11,
                "symbol": [_symbol(state) for state in drivers.driver_state] if prefix else "circle",
                "line": {"width": 2, "color": colours},
            },
            customdata=[
                _lift_hint(name, said, *of)
                for name, *of in zip(names, value, low, high, drivers[f"{prefix}customers"], strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    figure.add_vline(x=1, line={"color": CONTEXT, "width": 1.5})
    figure.update_xaxes(
        title=_("Times the usual share"),
        type="log",
        range=[log10(edges[0]), log10(edges[1])],
        tickvals=LIFTS,
        ticktext=[i18n.number(value) for value in LIFTS],
    )
    label_rows(figure, labels, ends)
    return with_legend(figure, sum(ends[-1:]) + ABOVE + BELOW)


def _trait(row: tuple) -> str:
    title = getattr(row, "title", None)
    level = title if isinstance(title, str) else portrait_words.first_order_level(row.dimension, row.level)
    dimension = portrait_words.first_order_dimensions().get(row.dimension, row.dimension)
    return _("{dimension}: {level}").format(dimension=dimension, level=level)


def _symbol(state: str) -> str:
    return "diamond" if state in CHECKED else "diamond-open"


def _edges(drivers: pd.DataFrame) -> tuple[float, float]:
    every = drivers[["lift", "lift_low", "lift_high", "later_lift"]].astype("float64").to_numpy().ravel()
    drawn = [value for value in every if 0 < value < float("inf")]
    return max(min([*drawn, 0.5]) / BEYOND, SMALLEST), min(max([*drawn, 2]) * BEYOND, LARGEST)


def _lift_hint(name: str, said: str, value: float, low: float, high: float, n: int) -> str:
    times = _("{lift} times ({low} to {high}), n = {n}")
    numbers = {"lift": i18n.decimal(value, 2), "low": i18n.decimal(low, 2), "high": i18n.decimal(high, 2)}
    return lines([plain(name), said, times.format(**numbers, n=i18n.count(n))])


@needs()
def funnel(groups: pd.DataFrame, everybody: pd.DataFrame, names: dict[str, str] | None = None) -> go.Figure:
    """Draw which share of each group came from each step to the next (``funnel.by_group``), a panel a step.

    The dotted line is the share of ``everybody`` (``funnel.of_people``). ``names`` has the names of groups
    that are not the workbook's own.
    """
    steps = {
        "marked": _("Marked or in the cart, of those seen"),
        "ordered": _("Then placed an order, of those"),
        "paid": _("Paid, of those who placed one"),
    }
    known = portrait_words.groups() | (names or {})
    order = list(dict.fromkeys(groups.group))
    labels = [wrapped(known.get(group, group)) for group in order]
    ends = rows(labels, STEP_ROW)
    place = dict(zip(order, middles(ends), strict=True))
    space = TITLE / (len(steps) * sum(ends[-1:]) + (len(steps) - 1) * TITLE)
    figure = make_subplots(rows=len(steps), subplot_titles=list(steps.values()), vertical_spacing=space)
    for panel, step in enumerate(steps, start=1):
        part, whole = groups[groups.step == step], everybody[everybody.step == step]
        at = part.group.map(place).astype("float64")
        figure.add_trace(whiskers(part.ci_low, part.ci_high, at), row=panel, col=1)
        figure.add_trace(_shares(part, at, known), row=panel, col=1)
        for share in whole.share_of_before.dropna():
            figure.add_vline(x=share, line={"color": CONTEXT, "dash": "dot"}, row=panel, col=1)
        longest = max([0, *part.ci_high.dropna(), *whole.share_of_before.dropna()]) or 1
        figure.update_xaxes(range=[longest * end for end in ROOM], row=panel, col=1)
        label_rows(figure, labels, ends, row=panel, col=1)
    figure.update_annotations(x=1, xanchor="right")  # titles are longer than a phone's panels are wide
    figure.update_xaxes(tickformat=".0%", nticks=6)
    figure.update_xaxes(title=_("Share of the step before"), row=len(steps))
    height = len(steps) * (sum(ends[-1:]) + TITLE)
    return styled(figure, height + BELOW)


def _shares(part: pd.DataFrame, at: pd.Series, known: dict[str, str]) -> go.Scatter:
    said = _("{share} ({low} to {high}), n = {n}")
    hints = [
        lines(
            [
                plain(known.get(row.group, row.group)),
                said.format(
                    share=i18n.percent(row.share_of_before),
                    low=i18n.percent(row.ci_low),
                    high=i18n.percent(row.ci_high),
                    n=i18n.count(row.customers),
                ),
            ]
        )
        for row in part.itertuples()
    ]
    return go.Scatter(
        x=part.share_of_before,
        y=at,
        mode="markers+text",
        marker={"color": FACT, "size": 11},
        text=part.share_of_before.map(i18n.percent),
        textposition="top center",
        textfont={"size": 11},
        cliponaxis=False,
        customdata=hints,
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
