"""Charts of the shop's health: sales over time with their promotions, and the steps between two totals."""

import pandas as pd
import plotly.graph_objects as go

from shopcrm_nb import health_words, i18n, lettering
from shopcrm_nb.absent import needs
from shopcrm_nb.chart import ACTION, CONTEXT, FACT, amounts, styled, with_legend
from shopcrm_nb.i18n import _

# New and returning buyers are the fact; what cannot be told is its context.
SHADES = {"returning": FACT, "new": "#56B4E9", "unknown": CONTEXT, "no_buyer": "#D5DAE0"}
STAGGERED = 3  # lines in which the names of promotions stand
ROOM_FOR_AN_AMOUNT = 1.3  # beyond the end of the longest bar, on a phone
BELOW = {"ticklabelstandoff": 5}  # pixels: the first month is clear of the zero beside it
FRAME, STEP = 100, 32  # pixels: axis and margins of the steps between two totals; each of them
PROMOTION = "#F0E442"  # of the days of a promotion, behind the line


@needs()
def sales_by_kind(months: pd.DataFrame, currency: str) -> go.Figure:
    """Draw the net sales of each month (``monthly.sales``) by new and returning customers, on each other."""
    figure = go.Figure()
    for kind, colour in SHADES.items():
        part = months[months.kind == kind]
        if part.net_sales.sum():
            figure.add_bar(
                x=part.month,
                y=part.net_sales,
                name=health_words.kinds()[kind],
                marker_color=colour,
                marker_opacity=[1 if whole else 0.45 for whole in part.whole],
                customdata=[
                    (i18n.money(row.net_sales, currency), i18n.percent(row.sales_share))
                    for row in part.itertuples()
                ],
                hovertemplate="%{x|%Y-%m}: %{customdata[0]}, %{customdata[1]}<extra>%{fullData.name}</extra>",
            )
    _months_on_x(figure, months.month.nunique())
    figure.update_yaxes(
        title={"text": _("Net sales a month"), "standoff": 12}, rangemode="tozero", **amounts(currency)
    )
    return styled(figure, 360, barmode="stack", bargap=0.2)


@needs()
def sales_by_week(weeks: pd.DataFrame, currency: str) -> go.Figure:
    """Draw the net sales of each week (week, net_sales) as a line."""
    figure = go.Figure(
        go.Scatter(
            x=weeks.week,
            y=weeks.net_sales,
            mode="lines",
            line={"color": FACT, "width": 2},
            customdata=[i18n.money(sales, currency) for sales in weeks.net_sales],
            hovertemplate="%{x|%Y-%m-%d}: %{customdata}<extra></extra>",
        )
    )
    figure.update_xaxes(title=_("Week of payment (its Monday)"), tickformat="%Y-%m", nticks=6, **BELOW)
    figure.update_yaxes(
        title={"text": _("Net sales a week"), "standoff": 12}, rangemode="tozero", **amounts(currency)
    )
    return styled(figure, 380, showlegend=False)


@needs()
def marked(figure: go.Figure, promotions: pd.DataFrame) -> go.Figure:
    """Return a figure over time with the days of promotions (promotion, start, end) behind it, by name."""
    marked = go.Figure(figure)
    first = min(pd.to_datetime(trace.x).min() for trace in figure.data)
    starts, ends = pd.to_datetime(promotions.start), pd.to_datetime(promotions.end)
    shown = promotions.assign(start=starts, end=ends + pd.Timedelta(days=1))[ends >= first]
    for place, row in enumerate(shown.itertuples()):
        marked.add_vrect(
            x0=row.start, x1=row.end, fillcolor=PROMOTION, opacity=0.45, line_width=0, layer="below"
        )
        marked.add_annotation(
            x=row.start + (row.end - row.start) / 2,
            y=1,
            yref="paper",
            yanchor="bottom",
            yshift=13 * (place % STAGGERED),  # neighbours one above the other, so that a phone has room
            text=_plain(row.promotion),
            showarrow=False,
            font={"size": 10},
        )
    legend = {"y": -0.3} if figure.layout.showlegend is not False else {}
    return marked.update_layout(margin_t=65, legend=legend)


@needs()
def waterfall(steps: pd.DataFrame, currency: str) -> go.Figure:
    """Draw the steps (driver, value, kind: total or part) from one total to another, the first at the top."""
    words = health_words.drivers() | health_words.channels()
    names = [lettering.wrapped(words.get(driver, driver)) for driver in steps.driver]
    write = {
        "total": lambda value: i18n.money(value, currency),
        "part": lambda value: i18n.signed_money(value, currency),
    }
    figure = go.Figure(
        go.Waterfall(
            orientation="h",
            y=names,
            x=steps.value,
            measure=["absolute" if kind == "total" else "relative" for kind in steps.kind],
            text=[write[row.kind](row.value) for row in steps.itertuples()],
            textposition=["auto" if kind == "total" else "outside" for kind in steps.kind],
            insidetextanchor="end",
            insidetextfont_color="white",
            cliponaxis=False,
            increasing_marker_color="#009E73",
            decreasing_marker_color=ACTION,
            totals_marker_color=FACT,
            connector_line={"color": CONTEXT, "width": 1},
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    reached = steps.value.groupby((steps.kind == "total").cumsum()).cumsum()
    room = [min(0, reached.min()) * ROOM_FOR_AN_AMOUNT, (max(0, reached.max()) or 1) * ROOM_FOR_AN_AMOUNT]
    figure.update_xaxes(title=_("Net sales"), nticks=5, range=room, **amounts(currency))
    figure.update_yaxes(type="category", autorange="reversed")
    highest = max((lettering.rows([name], STEP)[0] for name in names), default=STEP)
    return styled(figure, FRAME + highest * len(steps), showlegend=False, bargap=0.3)


@needs()
def conversion(months: pd.DataFrame) -> go.Figure:
    """Draw the share of visitors who buy by month (``traffic.months``) beside that of a year before."""
    figure = go.Figure()
    for column, name, colour in (
        ("conversion_share_before", _("the same month a year before"), CONTEXT),
        ("conversion_share", _("this month"), FACT),
    ):
        figure.add_scatter(
            x=months.month,
            y=months[column],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            hovertemplate="%{x|%Y-%m}: %{y:.2%}<extra>" + name + "</extra>",
        )
    _months_on_x(figure, len(months))
    figure.update_yaxes(title=_("Visitors who buy"), tickformat=".1%", rangemode="tozero")
    return styled(figure, 320)


@needs()
def promotions(grouped: pd.DataFrame, currency: str) -> go.Figure:
    """Draw the net sales a day of each promotion (``promotions.grouped``), those of one name together."""
    figure = go.Figure()
    for latest, name, colour in (
        (True, _("The latest"), FACT),
        (False, _("The same in years before"), CONTEXT),
    ):
        part = grouped[grouped.latest == latest]
        figure.add_bar(
            y=[_dated(row) for row in part.itertuples()],
            x=part.net_sales_per_day,
            name=name,
            orientation="h",
            marker_color=colour,
            text=[i18n.money(value, currency) for value in part.net_sales_per_day],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    room = [0, (grouped.net_sales_per_day.max() or 1) * ROOM_FOR_AN_AMOUNT]
    figure.update_xaxes(title=_("Net sales a day"), nticks=5, range=room, **amounts(currency))
    order = [_dated(row) for row in grouped.itertuples()]
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=order, range=[len(order) - 0.5, -0.5]
    )
    return with_legend(figure, 150 + 26 * len(grouped), bargap=0.3, barmode="overlay")


def _dated(row) -> str:
    return _plain(f"{row.promotion} {row.start:%Y-%m-%d}")


def _plain(text: str) -> str:
    """Write text so that a chart shows it as it is: plotly reads some tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _months_on_x(figure: go.Figure, months: int) -> None:
    step = "M1" if months <= 8 else "M3" if months <= 27 else "M6"
    figure.update_xaxes(title=_("Month of payment"), type="date", tickformat="%Y-%m", dtick=step, **BELOW)
