"""Charts of a portrait: how a group differs from what it is compared with, and when it orders."""

from math import log10

import pandas as pd
import plotly.graph_objects as go
from babel import dates
from plotly.subplots import make_subplots

from shopcrm_nb import i18n, portrait_words
from shopcrm_nb.absent import needs
from shopcrm_nb.chart import (
    ABOVE,
    ACTION,
    BELOW,
    CONTEXT,
    DIVERGING,
    FACT,
    ROOM_FOR_A_LABEL,
    SCALE,
    styled,
    whiskers,
    with_legend,
)
from shopcrm_nb.i18n import _
from shopcrm_nb.lettering import compared, label_rows, lines, middles, plain, rows, wrapped

TGI_ROW, SHARES_ROW = 46, 40  # pixels at least
SMALLEST, LARGEST = 10, 1000  # TGIs beyond are drawn at the edge, with their number
BEYOND = 1.4  # times the last TGI to the edge of the axis
INSIDE = 1.15  # a dot at the edge stands so far inside that its number can be read
SAME = 100
TICKS = (10, 25, 50, 100, 200, 400, 1000)
PALE = 0.45
HOUR_HEIGHT = 560


@needs()
def tgi(frame: pd.DataFrame, high: float = 120, low: float = 80) -> go.Figure:
    """Draw the TGI of each row of ``portrait.compare`` with its interval, around 100, on a log scale.

    Blue is clearly more, orange clearly less; an open dot is a level that is not judged, such as one of few
    people. Dotted lines are at ``high`` and ``low``. Below each name stand its customers and their share;
    above the first level of a dimension its name, where the levels of each stand together.
    """
    counts = [
        _("n = {n}, {share}").format(n=i18n.count(row.customers), share=i18n.percent(row.share))
        for row in frame.itertuples()
    ]
    names = _names(frame)
    labels = [lines([name, n]) for name, n in zip(_written(frame, names), counts, strict=True)]
    ends, edges = rows(labels, TGI_ROW), _edges(frame, high, low)
    hints = [compared(name, row) for name, row in zip(names, frame.itertuples(), strict=True)]
    drawn = frame.assign(
        row=middles(ends), hint=hints, x=frame.tgi.clip(edges[0] * INSIDE, edges[1] / INSIDE)
    )
    figure = go.Figure(whiskers(frame.tgi_low.clip(*edges), frame.tgi_high.clip(*edges), drawn.row))
    for states, name, colour, symbol in _judgements(frame):
        part = drawn[drawn.state.isin(states)]
        figure.add_scatter(
            x=part.x,
            y=part.row,
            mode="markers+text",
            name=name,
            marker={"color": colour, "symbol": symbol, "size": 11, "line": {"width": 2, "color": colour}},
            text=part.tgi.map(i18n.count),
            textposition="top center",
            textfont={"size": 11},
            cliponaxis=False,
            customdata=part.hint,
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=len(part) > 0,
        )
    _around_100(figure, edges, high, low)
    label_rows(figure, labels, ends)
    return with_legend(figure, sum(ends[-1:]) + ABOVE + BELOW)


def _names(frame: pd.DataFrame) -> list[str]:
    """Name the rows by their levels, with the dimension before them where there are several."""
    levels = _levels(frame)
    if frame.dimension.nunique() <= 1:
        return levels
    dimensions, whole = portrait_words.dimensions(), _("{dimension}: {level}")
    return [
        whole.format(dimension=dimensions.get(dimension, dimension), level=level)
        for dimension, level in zip(frame.dimension, levels, strict=True)
    ]


def _levels(frame: pd.DataFrame) -> list[str]:
    titles = frame.title if "title" in frame else pd.Series(index=frame.index, dtype="object")
    return [
        title if isinstance(title, str) else portrait_words.level(row.dimension, row.level)
        for title, row in zip(titles, frame.itertuples(), strict=True)
    ]


def _written(frame: pd.DataFrame, names: list[str]) -> list[str]:
    """Write the names of rows; where the rows of a dimension stand together, it is named above the first."""
    first = frame.dimension != frame.dimension.shift()
    if not frame.dimension.nunique() == first.sum() < len(frame):
        return [wrapped(name) for name in names]
    dimensions = portrait_words.dimensions()
    titles = [f"<b>{wrapped(dimensions.get(name, name))}</b>" for name in frame.dimension]
    levels = [wrapped(level) for level in _levels(frame)]
    return [
        lines([title, level]) if begins else level
        for title, level, begins in zip(titles, levels, first, strict=True)
    ]


def _judgements(frame: pd.DataFrame) -> list[tuple]:
    """Return states, name, colour and symbol of each kind of dots."""
    judged = {"more", "less", "alike", "unclear"}
    return [
        (["more"], _("clearly above"), FACT, "circle"),
        (["less"], _("clearly below"), ACTION, "circle"),
        (["alike", "unclear"], _("not clearly different"), CONTEXT, "circle"),
        (sorted(set(frame.state) - judged), _("not judged"), CONTEXT, "circle-open"),
    ]


def _edges(frame: pd.DataFrame, high: float, low: float) -> tuple[float, float]:
    """Return the ends of the axis: every TGI, and the intervals of those that differ, with some room."""
    clear = frame[frame.state.isin(["more", "less"])]
    drawn = pd.concat([frame.tgi, clear.tgi_low, clear.tgi_high]).astype("float64")
    drawn = drawn[(drawn > 0) & (drawn < float("inf"))]
    return max(min([*drawn, low]) / BEYOND, SMALLEST), min(max([*drawn, high]) * BEYOND, LARGEST)


def _around_100(figure: go.Figure, edges: tuple[float, float], high: float, low: float) -> None:
    figure.add_vline(x=SAME, line={"color": CONTEXT, "width": 1.5})
    for limit, anchor in ((low, "right"), (high, "left")):
        figure.add_vline(x=limit, line={"color": CONTEXT, "width": 1, "dash": "dot"})
        figure.add_annotation(
            x=log10(limit),
            y=0,
            yref="paper",
            text=i18n.number(limit),
            xanchor=anchor,
            yanchor="bottom",
            showarrow=False,
            font={"size": 10},
        )
    figure.update_xaxes(
        title=_("TGI (100: no difference)"),
        type="log",
        range=[log10(edge) for edge in edges],
        tickvals=TICKS,
        ticktext=[i18n.count(tick) for tick in TICKS],
    )


@needs()
def shares(frame: pd.DataFrame) -> go.Figure:
    """Draw the share of each level in the group against that in its base (rows of one dimension), in order.

    "unknown" is a level like the others, in paler bars.
    """
    ordered = frame.sort_values("place")
    names = _names(ordered)
    labels = [wrapped(name) for name in names]
    ends, figure = rows(labels, SHARES_ROW), go.Figure()
    for column, n, name, colour in (
        ("base_share", "base_customers", _("in the comparison"), CONTEXT),
        ("share", "customers", _("in the group"), FACT),
    ):
        opacity = [PALE if level == "unknown" else 1 for level in ordered.level]
        figure.add_bar(
            y=middles(ends),
            x=ordered[column],
            name=name,
            orientation="h",
            marker={"color": colour, "opacity": opacity},
            text=ordered[column].map(i18n.percent),
            textposition="outside",
            cliponaxis=False,
            customdata=[
                f"{plain(level)}: {i18n.percent(share)} (n = {i18n.count(count)})"
                for level, share, count in zip(names, ordered[column], ordered[n], strict=True)
            ],
            hovertemplate="%{customdata}<extra>" + name + "</extra>",
        )
    longest = ordered[["share", "base_share"]].max().max()
    room = [0, longest * ROOM_FOR_A_LABEL if longest > 0 else 1]
    figure.update_xaxes(title=_("Share of the customers"), tickformat=".0%", range=room, nticks=6)
    label_rows(figure, labels, ends)
    return with_legend(figure, sum(ends[-1:]) + ABOVE + BELOW, barmode="group", bargap=0.3)


@needs()
def rhythm(frame: pd.DataFrame) -> go.Figure:
    """Draw when a group orders (``rhythm.orders``): the share of its orders in each hour of each weekday.

    Below it the difference to all orders in percentage points, blue where the group's share is larger.
    """
    panels = {"share": _("Share of the group's orders"), "difference": _("Difference in percentage points")}
    figure = make_subplots(rows=2, subplot_titles=list(panels.values()), vertical_spacing=0.2)
    hints = frame.assign(hint=[_hour_hint(row) for row in frame.itertuples()])
    texts = hints.pivot(index="weekday", columns="hour", values="hint")
    names = dates.get_day_names("abbreviated", locale=i18n.language())
    for place, column in enumerate(panels, start=1):
        grid = 100 * frame.pivot(index="weekday", columns="hour", values=column).astype("float64")
        most = grid.abs().max().max() or 1
        figure.add_heatmap(
            z=grid.to_numpy(),
            x=list(grid.columns),
            y=[names[day - 1] for day in grid.index],
            customdata=texts.to_numpy(),
            colorscale=DIVERGING if column == "difference" else SCALE,
            zmin=-most if column == "difference" else 0,
            zmax=most,
            colorbar=_scale(place, "" if column == "difference" else "%"),
            xgap=1,
            ygap=1,
            hoverongaps=False,
            hovertemplate="%{customdata}<extra></extra>",
            row=place,
            col=1,
        )
    figure.update_xaxes(tickvals=list(range(0, 24, 3)), showgrid=False, zeroline=False)
    figure.update_xaxes(title=_("Hour of the payment"), row=2)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False)
    return styled(figure, HOUR_HEIGHT)


def _scale(place: int, unit: str) -> dict:
    """Return the scale beside a panel: the upper half of the figure, or the lower one."""
    tall = {"thickness": 10, "len": 0.4, "y": 1.0 if place == 1 else 0.4, "yanchor": "top"}
    return tall | {"nticks": 5, "tickformat": "~g", "ticksuffix": unit}


def _hour_hint(row: tuple) -> str:
    said = _("{day}, {hour}:00 to {hour}:59: {share} of the orders (n = {orders}), in the comparison {base}")
    return said.format(
        day=portrait_words.weekdays()[str(row.weekday)],
        hour=i18n.count(row.hour),
        orders=i18n.count(row.orders),
        share=i18n.percent(row.share, 2),
        base=i18n.percent(row.base_share, 2),
    )
