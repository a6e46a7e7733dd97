"""Charts of groups: which share of their people they have in common, and who is in which of them at once."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from shopcrm_nb import i18n, portrait_words
from shopcrm_nb.absent import needs
from shopcrm_nb.chart import BELOW, CONTEXT, FACT, SHARES, styled
from shopcrm_nb.i18n import _
from shopcrm_nb.lettering import label_rows, lines, middles, plain, rows, wrapped

CELL, GROUP_ROW = 34, 24  # pixels of a row at least
BARS = 220  # pixels above the dots of the intersections
MOST = 15  # intersections
ROOM_FOR_A_SIZE = 1.3  # beyond the highest bar
TURNED = 8  # intersections from which on their sizes are written upwards, for there is no room beside


def _named(groups: list[str], names: dict[str, str] | None) -> list[str]:
    known = portrait_words.groups() | (names or {})
    return [known.get(group, group) for group in groups]


@needs()
def overlap(frame: pd.DataFrame, names: dict[str, str] | None = None) -> go.Figure:
    """Draw how many in 100 people of each group (rows) are in each other group (columns; ``group.overlap``).

    Columns have the numbers of the rows. ``names`` has the names of groups that are not the workbook's own.
    """
    groups = list(dict.fromkeys(frame.group))
    known = dict(zip(groups, _named(groups, names), strict=True))
    sizes = frame[frame.group == frame.other].set_index("group").customers
    labels = [
        lines([wrapped(f"{place}. {known[group]}"), _("n = {n}").format(n=i18n.count(sizes.get(group)))])
        for place, group in enumerate(groups, start=1)
    ]
    hints = frame.assign(hint=[_both(row, known) for row in frame.itertuples()])
    others = hints[hints.group != hints.other]
    share, hint = (
        others.pivot(index="group", columns="other", values=column).reindex(index=groups, columns=groups)
        for column in ("share", "hint")
    )
    ends = rows(labels, CELL)
    figure = go.Figure(
        go.Heatmap(
            z=share.to_numpy(dtype="float64"),
            x=[str(place) for place in range(1, len(groups) + 1)],
            y=[0, *ends],
            text=share.map(lambda part: "" if pd.isna(part) else i18n.count(100 * part)).to_numpy(),
            customdata=hint.to_numpy(),
            hoverongaps=False,
            hovertemplate="%{customdata}<extra></extra>",
            **SHARES,
        )
    )
    figure.update_xaxes(title=_("In %: also in group …"), type="category", side="bottom", showgrid=False)
    label_rows(figure, labels, ends)
    return styled(figure, sum(ends[-1:]) + 40 + BELOW)


def _both(row: tuple, known: dict[str, str]) -> str:
    also = _("{share} are also in: {other} (n = {n})")
    share, n = i18n.percent(row.share), i18n.count(row.customers)
    return lines([plain(known[row.group]), also.format(share=share, other=plain(known[row.other]), n=n)])


@needs()
def intersections(frame: pd.DataFrame, names: dict[str, str] | None = None) -> go.Figure:
    """Draw how many people are in exactly these groups and in no other (``group.intersections``).

    Bars above, the MOST largest; below each the dots of its groups. ``names`` as in ``overlap``.
    """
    shown = frame.sort_values("customers", ascending=False, kind="stable").head(MOST)
    inside = shown.groups.explode().dropna().value_counts(sort=False)
    groups = list(inside.index)
    known = dict(zip(groups, _named(groups, names), strict=True))
    labels = [wrapped(known[group]) for group in groups]
    ends = rows(labels, GROUP_ROW)
    depth = sum(ends[-1:]) or 1
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.02, row_heights=[BARS, depth])
    figure.add_trace(_sizes(shown, known), row=1, col=1)
    figure.add_traces(_dots(shown, dict(zip(groups, middles(ends), strict=True))), rows=2, cols=1)
    label_rows(figure, labels, ends, row=2, col=1)
    room = [0, (shown.customers.max() if len(shown) else 1) * ROOM_FOR_A_SIZE]
    figure.update_yaxes(title=_("Customers"), tickformat=",d", range=room, row=1, col=1)
    figure.update_xaxes(visible=False, range=[-0.6, max(len(shown), 1) - 0.4])
    return styled(figure, BARS + depth + BELOW, bargap=0.35, showlegend=False)


def _sizes(shown: pd.DataFrame, known: dict[str, str]) -> go.Bar:
    return go.Bar(
        x=list(range(len(shown))),
        y=shown.customers,
        marker_color=[FACT if groups else CONTEXT for groups in shown.groups],
        text=shown.customers.map(i18n.count),
        textposition="outside",
        textangle=-90 if len(shown) >= TURNED else 0,
        constraintext="none",
        textfont={"size": 11},
        cliponaxis=False,
        customdata=[_exactly(row, known) for row in shown.itertuples()],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _exactly(row: tuple, known: dict[str, str]) -> str:
    groups = [plain(known[group]) for group in row.groups] or [_("in none of the groups")]
    return lines([*groups, _("n = {n}").format(n=i18n.count(row.customers))])


def _dots(shown: pd.DataFrame, place: dict[str, float]) -> list[go.Scatter]:
    every = [(x, y) for x in range(len(shown)) for y in place.values()]
    inside = [(x, place[group]) for x, groups in enumerate(shown.groups) for group in groups]
    spans = [
        (x, y)
        for x, groups in enumerate(shown.groups)
        if groups
        for y in (min(place[group] for group in groups), max(place[group] for group in groups), None)
    ]
    drawn = (
        (every, {"mode": "markers", "marker": {"color": CONTEXT, "opacity": 0.3, "size": 9}}),
        (spans, {"mode": "lines", "line": {"color": FACT, "width": 2}}),
        (inside, {"mode": "markers", "marker": {"color": FACT, "size": 9}}),
    )
    return [
        go.Scatter(x=[x for x, _y in points], y=[y for _x, y in points], hoverinfo="skip", **style)
        for points, style in drawn
    ]
