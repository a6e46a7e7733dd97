"""Charts of the segments: groups, clusters, moves and what was foreseen, each from one finished frame."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from shopcrm_nb import glossary, i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.chart import ACTION, CONTEXT, FACT, SCALE, share_bars, styled
from shopcrm_nb.i18n import _


@needs()
def classic_groups(groups: pd.DataFrame) -> go.Figure:
    """Draw, for each of the eight classic groups, its share of the customers against that of the sales."""
    names = [glossary.classic_groups()[group] for group in groups.classic_group]
    return share_bars(groups, names, _("Share of all scored customers"), 480)


@needs()
def lorenz(curve: pd.DataFrame, found: pd.DataFrame) -> go.Figure:
    """Draw the Lorenz curve, the line of equality, and the top group of ``found`` (concentration.summary)."""
    top = found.iloc[0]
    people, sales = i18n.percent(top.top_customer_share), i18n.percent(top.top_sales_share)
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name=_("If all spent alike"),
        line={"color": CONTEXT, "dash": "dash"},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=curve.customer_share,
        y=curve.sales_share,
        mode="lines",
        name=_("Net sales"),
        line={"color": FACT},
        hovertemplate="%{x:.1%}: %{y:.1%}<extra></extra>",
    )
    figure.add_scatter(
        x=[1 - top.top_customer_share],
        y=[1 - top.top_sales_share],
        mode="markers+text",
        name=_("The best customers"),
        marker={"color": ACTION, "size": 11},
        text=[_("the best {people} bring {sales}").format(people=people, sales=sales)],
        textposition="middle left" if top.top_customer_share < 0.5 else "top right",
        hovertemplate="%{text}<extra></extra>",
        cliponaxis=False,
    )
    figure.update_xaxes(
        title=_("Share of customers, from who spent least"), tickformat=".0%", range=[0, 1.02]
    )
    figure.update_yaxes(title=_("Share of their net sales, summed up"), tickformat=".0%", range=[0, 1.02])
    return styled(figure, 420)


@needs()
def migration_flow(moves: pd.DataFrame) -> go.Figure:
    """Draw how many customers came from which state to which, one picture below the other for each day.

    Blue is a better grade, orange a lower one or none any more. Orders without a buyer have no customers and
    are not drawn.
    """
    days = list(moves[moves.customers.notna()].groupby("compared_with"))
    figure = _stacked([day for day, _part in days], "sankey")
    for row, (_day, part) in enumerate(days, start=1):
        figure.add_trace(_sankey(part), row=row, col=1)
    return styled(figure, 420 * len(days))


def _stacked(days: list[str], kind: str) -> go.Figure:
    titles = [_("Compared with {day}").format(day=day) for day in days]
    specs = [[{"type": kind}] for _day in days]
    space = 0.25 / len(days)
    figure = make_subplots(rows=len(days), specs=specs, subplot_titles=titles, vertical_spacing=space)
    return figure.update_annotations(yshift=8)  # clear of the first label


def _sankey(part: pd.DataFrame) -> go.Sankey:
    names, flows = glossary.states(), glossary.flows()
    sides = [part.groupby(side).customers.sum() for side in ("state_then", "state_now")]
    sides = [side.reindex([state for state in names if state in side.index]) for side in sides]
    (then, now), gap = sides, 0.2 / max(len(side) for side in sides)
    tints = {"upgrade": FACT, "downgrade": ACTION, "lapsed": ACTION}
    texts = [
        f"{names[row.state_then]} → {names[row.state_now]}: {i18n.count(row.customers)} ({flows[row.flow]})"
        for row in part.itertuples()
    ]
    return go.Sankey(
        arrangement="snap",
        node={
            "label": [f"{names[state]} {i18n.count(n)}" for side in sides for state, n in side.items()],
            "x": [0.001] * len(then) + [0.999] * len(now),
            "y": [*_middles(then, gap), *_middles(now, gap)],
            "color": CONTEXT,
            "pad": 12,
            "hovertemplate": "%{label}<extra></extra>",
        },
        link={
            "source": [then.index.get_loc(state) for state in part.state_then],
            "target": [len(then) + now.index.get_loc(state) for state in part.state_now],
            "value": part.customers.astype(int).tolist(),
            "color": [_translucent(tints.get(flow, CONTEXT)) for flow in part.flow],
            "customdata": texts,
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    )


def _middles(side: pd.Series, gap: float) -> list[float]:
    """Place the states of a side from top to bottom, each as high as its share."""
    room = (1 - gap * (len(side) - 1)) / side.sum()
    tops = side.cumsum() - side
    return [gap * place + room * (top + n / 2) for place, (top, n) in enumerate(zip(tops, side, strict=True))]


def _translucent(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f"rgba({red}, {green}, {blue}, 0.45)"


@needs()
def migration_matrix(matrix: pd.DataFrame) -> go.Figure:
    """Draw, of the customers of each state then (rows), the share that has each state now (columns)."""
    names, days = glossary.states(), list(matrix.groupby("compared_with"))
    figure = _stacked([day for day, _part in days], "heatmap")
    for row, (_day, part) in enumerate(days, start=1):
        rows, columns = part.state_then.unique(), part.state_now.unique()
        shape = (len(rows), len(columns))
        heat = go.Heatmap(
            z=part.share.to_numpy().reshape(shape),
            x=[names[state] for state in columns],
            y=[names[state] for state in rows],
            text=part.share.map(_percent_or_nothing).to_numpy().reshape(shape),
            customdata=part.customers.map(i18n.count).to_numpy().reshape(shape),
            texttemplate="%{text}",
            colorscale=SCALE,
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate="%{y} → %{x}: %{text} (%{customdata})<extra></extra>",
        )
        figure.add_trace(heat, row=row, col=1)
    figure.update_xaxes(title=_("Grade now"), row=len(days), col=1)
    figure.update_yaxes(title=_("Grade then"), autorange="reversed")
    return styled(figure, 380 * len(days))


def _percent_or_nothing(share: float) -> str:
    return "" if pd.isna(share) else i18n.percent(share)
