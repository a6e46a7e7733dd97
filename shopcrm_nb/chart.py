"""Charts: each draws one kind of picture from one finished frame and returns a Plotly figure."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from shopcrm_nb import glossary, i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.i18n import _

# Colours that colour-blind readers tell apart (Okabe and Ito): the fact, its context, what to act on.
FACT, CONTEXT, ACTION = "#0072B2", "#9AA5B1", "#D55E00"
ABOVE, BELOW = 75, 60  # pixels: three lines of a legend on a phone; the axis
ROOM_FOR_A_LABEL = 1.2  # beyond the end of the longest bar
SCALE = [[0, "#F2F5F8"], [1, FACT]]
# Cells of shares: each written in, the darker the nearer to one.
SHARES = {
    **{"texttemplate": "%{text}", "colorscale": SCALE, "zmin": 0, "zmax": 1},
    **{"showscale": False, "xgap": 2, "ygap": 2},
}
DIVERGING = [[0, ACTION], [0.5, "#F2F5F8"], [1, FACT]]  # less, alike, more


def styled(figure: go.Figure, height: int, **layout: object) -> go.Figure:
    """Give a figure this workbook's type, colours and margins."""
    figure.update_layout(
        height=height,
        template="none",
        margin={"l": 60, "r": 20, "t": 40, "b": 50},
        font={
            "family": "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif",
            "size": 13,
        },
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1.12, "x": 0},
        hoverlabel={"align": "left"},
        **layout,
    )
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)
    return figure


def with_legend(figure: go.Figure, height: float, **layout: object) -> go.Figure:
    """Style a figure so that its legend has room above it, in the order of the traces."""
    styled(figure, height, **layout)
    legend = {"yanchor": "bottom", "y": 1, "yref": "paper", "traceorder": "normal"}
    return figure.update_layout(legend=legend, margin={"t": ABOVE})


def amounts(currency: str) -> dict[str, str]:
    """Return how an axis of amounts is written: in the shop's currency, and as the page writes numbers."""
    return {"tickprefix": i18n.money(0, currency).removesuffix("0")}


def whiskers(low: pd.Series, high: pd.Series, rows: pd.Series) -> go.Scatter:
    """Draw a line from low to high in each row; blank where either is."""
    told = low.notna() & high.notna()
    ends = pd.DataFrame({"low": low, "high": high, "gap": None})[told]
    return go.Scatter(
        x=ends.to_numpy().ravel().tolist(),
        y=rows[told].repeat(3).tolist(),
        mode="lines",
        line={"color": CONTEXT, "width": 2},
        hoverinfo="skip",
        showlegend=False,
    )


@needs()
def orders_by_month(months: pd.DataFrame) -> go.Figure:
    """Draw orders a month (month, orders, whole); a month that is not whole is paler."""
    figure = go.Figure()
    for whole, name, colour in ((True, _("Orders"), FACT), (False, _("Incomplete month"), CONTEXT)):
        part = months[months.whole == whole]
        figure.add_bar(x=part.month.dt.strftime("%Y-%m"), y=part.orders, name=name, marker_color=colour)
    figure.update_yaxes(title=_("Valid orders a month"), tickformat=",d", rangemode="tozero")
    figure.update_xaxes(
        title=_("Month of payment"), type="date", tickformat="%Y-%m", dtick=_step(len(months))
    )
    figure.update_xaxes(ticklabelstandoff=6)  # else the first month covers the zero
    return styled(figure, 320, barmode="stack", bargap=0.25)


def _step(months: int) -> str:
    return "M1" if months <= 15 else "M3" if months <= 40 else "M12"


@needs()
def grade_shares(grades: pd.DataFrame) -> go.Figure:
    """Draw, for each grade, its share of the customers against its share of the net sales."""
    names = [glossary.grades()[grade] for grade in grades.grade]
    return share_bars(grades, names, _("Share of all graded"), 340)


def share_bars(frame: pd.DataFrame, names: list[str], title: str, height: int) -> go.Figure:
    """Draw customer_share against sales_share of each row of a frame, under its name."""
    figure = go.Figure()
    for column, name, colour in (
        ("customer_share", _("Share of customers"), CONTEXT),
        ("sales_share", _("Share of net sales"), FACT),
    ):
        figure.add_bar(
            y=names,
            x=frame[column],
            name=name,
            orientation="h",
            marker_color=colour,
            text=[i18n.percent(share) for share in frame[column]],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra>" + name + "</extra>",
        )
    longest = max(frame.customer_share.max(), frame.sales_share.max())
    room = [0, longest * ROOM_FOR_A_LABEL or 1]
    figure.update_xaxes(title=title, tickformat=".0%", range=room)
    figure.update_yaxes(autorange="reversed")
    return styled(figure, height, barmode="group", bargap=0.3)


@needs()
def score_sizes(bands: pd.DataFrame) -> go.Figure:
    """Draw how many customers have each score of recency, frequency and money."""
    titles = glossary.measures()
    figure = make_subplots(cols=3, shared_yaxes=True, subplot_titles=list(titles.values()))
    for place, measure in enumerate(titles, start=1):
        part = bands[bands.measure == measure].sort_values("score")
        figure.add_bar(
            x=part.score.astype(str),
            y=part.customers,
            customdata=part.range,
            marker_color=FACT,
            col=place,
            row=1,
            showlegend=False,
            hovertemplate="%{customdata}: %{y:,d}<extra></extra>",
        )
        figure.update_xaxes(type="category", col=place, row=1)
    figure.update_xaxes(
        title=_("Score (the highest is best)"), col=2, row=1
    )  # once: on a phone three overlap
    figure.update_yaxes(tickformat=",d", rangemode="tozero")
    figure.update_yaxes(title=_("Customers"), col=1, row=1)
    return styled(figure, 320, bargap=0.25)


@needs()
def recency_by_frequency(grid: pd.DataFrame) -> go.Figure:
    """Draw customers by recency score (rows, best first) and frequency score (columns)."""
    figure = go.Figure(
        go.Heatmap(
            z=grid.to_numpy(),
            x=[f"F{score}" for score in grid.columns],
            y=[f"R{score}" for score in grid.index],
            text=[[i18n.count(n) for n in row] for row in grid.to_numpy()],
            texttemplate="%{text}",
            colorscale=SCALE,
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate="%{y}, %{x}: %{text}<extra></extra>",
        )
    )
    figure.update_xaxes(title=_("Frequency score: orders in the period"), side="bottom")
    figure.update_yaxes(title=_("Recency score: last purchase"), autorange="reversed")
    return styled(figure, 360)
