"""Charts of who buys again, and of orders that were never paid, each from one finished frame."""

import pandas as pd
import plotly.graph_objects as go

from shopcrm_nb import i18n, service_words
from shopcrm_nb.absent import needs
from shopcrm_nb.chart import CONTEXT, FACT, SCALE, styled
from shopcrm_nb.i18n import _

ROW_HEIGHT = 22  # of a cohort, in pixels
PARTIAL = "*"  # beside a figure that is not whole


@needs()
def ladder(ladder: pd.DataFrame) -> go.Figure:
    """Draw how many customers bought how often (``repurchase.ladder``), with their shares."""
    figure = go.Figure(
        go.Bar(
            x=ladder.times_bought,
            y=ladder.customers,
            marker_color=FACT,
            text=ladder.customer_share.map(i18n.percent),
            textposition="outside",
            cliponaxis=False,
            customdata=ladder.customers.map(i18n.count),
            hovertemplate="%{x}: %{customdata} (%{text})<extra></extra>",
        )
    )
    figure.update_xaxes(title=_("Times bought in 365 days"), type="category")
    figure.update_yaxes(title=_("Customers"), tickformat=",d", rangemode="tozero")
    return styled(figure, 340, bargap=0.3)


@needs()
def next_periods(found: pd.DataFrame) -> go.Figure:
    """Draw which buyers of a month, or quarter, bought in the next (``repurchase.next_periods``)."""
    names, figure = service_words.repurchase_measures(), go.Figure()
    for measure, colour in (("next_quarter", CONTEXT), ("next_month", FACT)):
        part = found[found.measure == measure]
        figure.add_scatter(
            x=part.window_from,
            y=part.value,
            mode="lines+markers",
            name=names[measure],
            line={"color": colour},
            customdata=[_of_n(row) for row in part.itertuples()],
            hovertemplate="%{x|%Y-%m}: %{customdata}<extra></extra>",
        )
    figure.update_xaxes(
        title=_("Month, or first month of the quarter"), type="date", tickformat="%Y-%m", nticks=6
    )
    figure.update_yaxes(title=_("Share who bought in the next"), tickformat=".0%", rangemode="tozero")
    return styled(figure, 380).update_layout(legend={"y": 1.2})


def _of_n(row) -> str:
    said = _("{share} of {n}")
    return said.format(share=i18n.percent(row.value), n=i18n.count(row.n))


@needs()
def second_orders(found: pd.DataFrame) -> go.Figure:
    """Draw the share with a second order within so many days, this year's new customers beside those before.

    ``found`` has the rows of one basis of ``second_order.within``; the bars' ends have their intervals.
    """
    names = {"now": _("won this year"), "before": _("won the year before")}
    figure = go.Figure()
    for when, colour in (("before", CONTEXT), ("now", FACT)):
        part = found[found.when == when]
        figure.add_bar(
            x=part.days.astype(str),
            y=part.value,
            name=names[when],
            marker_color=colour,
            error_y={
                "type": "data",
                "symmetric": False,
                "array": part.ci_high - part.value,
                "arrayminus": part.value - part.ci_low,
                "thickness": 1.2,
                "color": "#3A4654",
            },
            customdata=[_of_n(row) for row in part.itertuples()],
            hovertemplate="%{x}: %{customdata}<extra>" + names[when] + "</extra>",
        )
    order = [str(days) for days in sorted(found.days.unique())]
    figure.update_xaxes(
        title=_("Days since the first order"), type="category", categoryorder="array", categoryarray=order
    )
    figure.update_yaxes(title=_("Share with a second order"), tickformat=".0%", rangemode="tozero")
    return styled(figure, 360, barmode="group", bargap=0.3)


@needs()
def cohorts(triangle: pd.DataFrame) -> go.Figure:
    """Draw who of each cohort bought in each month after its first (``cohort.triangle``).

    Blank is what nobody has lived through yet; * marks a month, or a cohort, that is not whole.
    """
    grid = triangle.assign(text=[_cell(row) for row in triangle.itertuples()])
    shares, texts, hints = (
        grid.assign(hint=[_of_customers(row) for row in grid.itertuples()]).pivot(
            index="cohort", columns="month_number", values=name
        )
        for name in ("active_share", "text", "hint")
    )
    figure = go.Figure(
        go.Heatmap(
            z=shares.to_numpy(dtype="float64"),
            x=[str(month) for month in shares.columns],
            y=list(shares.index),
            text=texts.to_numpy(),
            customdata=hints.to_numpy(),
            texttemplate="%{text}",
            textfont={"size": 10},
            colorscale=SCALE,
            zmin=0,
            showscale=False,
            xgap=1,
            ygap=1,
            hoverongaps=False,
            hovertemplate="%{y} + %{x}: %{customdata}<extra></extra>",
        )
    )
    figure.update_xaxes(title=_("Months after, in % (* not whole)"), type="category", side="bottom")
    figure.update_yaxes(type="category", autorange="reversed")
    figure.update_yaxes(title={"text": _("Month of the first order"), "standoff": 12})
    return styled(figure, 120 + ROW_HEIGHT * len(shares))


def _cell(row) -> str:
    if pd.isna(row.active_share):
        return ""
    return i18n.decimal(100 * row.active_share, 1) + (PARTIAL if row.partial else "")


def _of_customers(row) -> str:
    said = _("{active} of {customers}")
    return said.format(active=i18n.count(row.active), customers=i18n.count(row.customers))


@needs()
def closed_by_day(daily: pd.DataFrame) -> go.Figure:
    """Draw how much of the amount placed on each day, and in seven, was closed (``closed.daily``).

    Days of which orders may still be paid or closed are hatched, and the line over them is dotted.
    """
    figure = go.Figure()
    for immature, name, pattern in ((False, _("Each day"), ""), (True, _("Orders still open"), "/")):
        part = daily[daily.immature == immature]
        figure.add_bar(
            x=part.day,
            y=part.closed_share,
            name=name,
            marker={"color": CONTEXT, "pattern": {"shape": pattern}},
            hovertemplate="%{x|%Y-%m-%d}: %{y:.1%}<extra></extra>",
        )
    for immature, name, dash in ((False, _("Seven days"), "solid"), (True, "", "dot")):
        figure.add_scatter(
            x=daily.day,
            y=daily.closed_share_7_days.where(daily.immature == immature),
            mode="lines",
            name=name,
            showlegend=not immature,
            line={"color": FACT, "dash": dash},
            hovertemplate="%{x|%Y-%m-%d}: %{y:.1%}<extra></extra>",
        )
    figure.update_xaxes(title=_("Day on which the orders were placed"), type="date", nticks=6)
    figure.update_yaxes(title=_("Closed, by amount"), tickformat=".0%", rangemode="tozero")
    return styled(figure, 380, bargap=0.1).update_layout(legend={"y": 1.2})
