"""Charts of the segments: groups, clusters, moves and what was foreseen, each from one finished frame."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from shopcrm_nb import glossary, i18n, streams
from shopcrm_nb.absent import needs
from shopcrm_nb.chart import ACTION, CONTEXT, FACT, SHARES, share_bars, styled
from shopcrm_nb.i18n import _

PANEL, ABOVE_AND_BELOW = 420, 90  # pixels: of one picture of a flow; the margins of a figure


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
    said = _("the best {people} bring {sales}").format(people=people, sales=sales)
    figure.add_scatter(
        x=[1 - top.top_customer_share],
        y=[1 - top.top_sales_share],
        mode="markers",
        name=said,  # beside the marker it would stand on the lines
        marker={"color": ACTION, "size": 11},
        hovertemplate=said + "<extra></extra>",
        cliponaxis=False,
    )
    figure.update_xaxes(title=_("Customers, least spent first"), tickformat=".0%", range=[0, 1.02])
    figure.update_yaxes(title=_("Share of net sales"), tickformat=".0%", range=[0, 1.02])
    return styled(figure, 420)


@needs()
def migration_flow(moves: pd.DataFrame) -> go.Figure:
    """Draw how many customers came from which state to which, one picture below the other for each day.

    Blue is a better grade, orange a lower one or none any more. Orders without a buyer have no customers and
    are not drawn.
    """
    days = list(moves[moves.customers.notna()].groupby("compared_with"))
    figure = _stacked([day for day, _part in days], "sankey")
    panels = [figure.get_subplot(row, 1).y for row in range(1, len(days) + 1)]
    sides = [(_side(part, "state_then"), _side(part, "state_now")) for _day, part in days]
    tall = [streams.height(*both) / (top - low) for both, (low, top) in zip(sides, panels, strict=True)]
    room = max([(PANEL - ABOVE_AND_BELOW) * len(days), *tall])
    for (_day, part), both, (low, top) in zip(days, sides, panels, strict=True):
        streams.draw(figure, both, _links(part), (top - low) * room, (low, top))
    return styled(figure, room + ABOVE_AND_BELOW)


def _stacked(days: list[str], kind: str) -> go.Figure:
    titles = [_("Compared with {day}").format(day=day) for day in days]
    specs = [[{"type": kind}] for _day in days]
    space = 0.3 / len(days)
    figure = make_subplots(rows=len(days), specs=specs, subplot_titles=titles, vertical_spacing=space)
    return figure.update_annotations(yshift=8)  # clear of the first label


def _side(part: pd.DataFrame, column: str) -> pd.DataFrame:
    sums, names = part.groupby(column).customers.sum(), glossary.states()
    there = [state for state in names if state in sums.index]
    rows = [(state, sums[state], streams.label(names[state], sums[state])) for state in there]
    return pd.DataFrame(rows, columns=["code", "customers", "label"])


def _links(part: pd.DataFrame) -> pd.DataFrame:
    names, flows, move = glossary.states(), glossary.flows(), "{then} → {now}: {n} ({flow})"
    tints = {"upgrade": FACT, "downgrade": ACTION, "lapsed": ACTION}
    return pd.DataFrame(
        {
            "source": part.state_then,
            "target": part.state_now,
            "customers": part.customers,
            "colour": [streams.colour(tints.get(flow, CONTEXT)) for flow in part.flow],
            "hint": [
                move.format(
                    then=names[row.state_then],
                    now=names[row.state_now],
                    n=i18n.count(row.customers),
                    flow=flows[row.flow],
                )
                for row in part.itertuples()
            ],
        }
    )


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
            hovertemplate="%{y} → %{x}: %{text} (%{customdata})<extra></extra>",
            **SHARES,
        )
        figure.add_trace(heat, row=row, col=1)
    figure.update_xaxes(title=_("Grade now"), row=len(days), col=1)
    figure.update_yaxes(title={"text": _("Grade then"), "standoff": 12}, autorange="reversed")
    return styled(figure, 410 * len(days))


def _percent_or_nothing(share: float) -> str:
    return "" if pd.isna(share) else i18n.percent(share)
