"""Charts of what happens after the payment: parcels, receipts, refunds, ratings and what customers write."""

import html

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from shopcrm_nb import i18n, service_words
from shopcrm_nb.absent import needs
from shopcrm_nb.chart import ACTION, CONTEXT, FACT, styled
from shopcrm_nb.i18n import _
from shopcrm_nb.rules import Rules

ROW_HEIGHT = 34  # pixels a row of a picture with a row a level
FRAME_HEIGHT = 170  # pixels for axes and legend
LEGEND_HEIGHT = 75  # pixels, in which three lines of a legend stand on a phone
WITHOUT_STARS = "#D5DAE0"


def _with_legend(figure: go.Figure, height: int, **layout: object) -> go.Figure:
    """Style a figure so that its legend has room above it, in the order of the traces."""
    styled(figure, height, **layout)
    legend = {"yanchor": "bottom", "y": 1.02, "traceorder": "normal"}
    return figure.update_layout(legend=legend, margin={"t": LEGEND_HEIGHT})


@needs()
def steps(times: pd.DataFrame) -> go.Figure:
    """Draw how long each step takes (``process.overall``): half, 80 % and 95 % of the orders within."""
    return _ranges(times, [service_words.process_steps()[step] for step in times.step])


@needs()
def levels(times: pd.DataFrame) -> go.Figure:
    """Draw how long the orders of each province or carrier take (``process.slowest``)."""
    words = service_words.process_codes()["level"]
    # Plotly reads markup in labels, and a level is a text of the data.
    return _ranges(times, [html.escape(words.get(level, level), quote=False) for level in times.level])


def _ranges(times: pd.DataFrame, names: list[str]) -> go.Figure:
    figure = go.Figure()
    for name, median, most in zip(names, times.median_hours, times.p95_hours, strict=True):
        figure.add_scatter(
            x=[median, most],
            y=[name, name],
            mode="lines",
            line={"color": CONTEXT, "width": 3},
            showlegend=False,
            hoverinfo="skip",
        )
    for column, said, symbol, colour in (
        ("median_hours", _("half within"), "circle", FACT),
        ("p80_hours", _("80% within"), "diamond", FACT),
        ("p95_hours", _("95% within"), "line-ns-open", CONTEXT),
    ):
        figure.add_scatter(
            x=times[column],
            y=names,
            mode="markers",
            name=said,
            marker={"color": colour, "symbol": symbol, "size": 11},
            customdata=[i18n.count(n) for n in times.n],
            hovertemplate="%{y}: %{x:,.0f} (n = %{customdata})<extra>" + said + "</extra>",
        )
    figure.update_xaxes(title=_("Hours"), tickformat=",d", rangemode="tozero", nticks=6)
    figure.update_yaxes(type="category", autorange="reversed")
    return _with_legend(figure, FRAME_HEIGHT + ROW_HEIGHT * len(times))


@needs()
def late_by_month(months: pd.DataFrame, rules: Rules) -> go.Figure:
    """Draw the share of late orders of each month (``process.late_by_month``); an incomplete one is paler."""
    parts = {_("Share late"): months[months.whole], _("Incomplete month"): months[~months.whole]}
    figure = _share_bars(parts, "late_share", "judged")
    hours = i18n.number(rules.process.late_hours)
    figure.update_yaxes(title=_("Left later than {hours} hours").format(hours=hours))
    return figure


@needs()
def refunds_by_month(months: pd.DataFrame) -> go.Figure:
    """Draw the share refunded of each month (``refunds.by_month``); where more is to come, it is paler."""
    parts = {
        _("Share refunded"): months[~months.immature],
        _("Refunds still to come"): months[months.immature],
    }
    figure = _share_bars(parts, "refund_share", "orders")
    figure.update_yaxes(title=_("Refunds, of what was paid"))
    return figure


def _share_bars(parts: dict[str, pd.DataFrame], column: str, n: str) -> go.Figure:
    """Draw the first part in the colour of the fact, the second in that of its context."""
    figure = go.Figure()
    for (name, part), colour in zip(parts.items(), (FACT, CONTEXT), strict=True):
        figure.add_bar(
            x=part.month.dt.strftime("%Y-%m"),
            y=part[column],
            name=name,
            marker_color=colour,
            customdata=[i18n.count(count) for count in part[n]],
            hovertemplate="%{x|%Y-%m}: %{y:.1%} (n = %{customdata})<extra></extra>",
        )
    _months_on_x(figure, sum(map(len, parts.values())))
    figure.update_xaxes(title=_("Month of payment"))
    figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    return _with_legend(figure, 320, barmode="stack", bargap=0.25)


def _months_on_x(figure: go.Figure, months: int) -> None:
    step = next((f"M{n}" for n in (1, 2, 3, 6, 12) if months <= 5 * n), "M24")
    figure.update_xaxes(type="date", tickformat="%Y-%m", dtick=step)


@needs()
def confirm_days(histogram: pd.DataFrame, rules: Rules) -> go.Figure:
    """Draw after how many days orders are confirmed (``receipt.confirm_days``), with the platform's limit."""
    figure, names = go.Figure(), service_words.confirmations()
    for kind, colour in (("active", FACT), ("automatic", ACTION), ("later", CONTEXT)):
        part = histogram[histogram.confirmation == kind]
        if not part.orders.any():
            continue
        figure.add_bar(
            x=part.days,
            y=part.orders,
            name=names[kind],
            marker_color=colour,
            hovertemplate="%{x}: %{y:,d}<extra>" + names[kind] + "</extra>",
        )
    limit = rules.process.auto_confirm_days
    figure.add_vline(x=limit, line={"color": ACTION, "dash": "dot"})
    # The histogram goes on to twice the limit: beyond the last order, and the limit, nothing is to be seen.
    last = max([limit, *histogram.days[histogram.orders > 0]])
    figure.update_xaxes(
        title=_("Days from shipping to confirmation"), tickformat="d", range=[-0.5, last + 1.5]
    )
    figure.update_yaxes(title=_("Orders"), tickformat=",d", rangemode="tozero")
    return _with_legend(figure, 360, barmode="stack", bargap=0.1)


@needs()
def rating_trend(trend: pd.DataFrame, rules: Rules) -> go.Figure:
    """Draw each score at the end of each month (``ratings.trend``), below each other, with the target."""
    names = service_words.rating_dimensions()
    rated = [name for name in names if name in set(trend.dimension)]
    figure = make_subplots(
        rows=max(len(rated), 1),
        shared_xaxes=True,
        subplot_titles=[names[name] for name in rated],
        vertical_spacing=0.12,
    )
    for row, name in enumerate(rated, start=1):
        part = trend[trend.dimension == name]
        figure.add_scatter(
            x=part.month_end,
            y=part.dsr,
            mode="lines+markers",
            line={"color": FACT},
            marker={"color": [FACT if full else CONTEXT for full in part.full], "size": 6},
            hovertemplate="%{x|%Y-%m-%d}: %{y:.3f}<extra></extra>",
            showlegend=False,
            row=row,
            col=1,
        )
        figure.add_scatter(
            x=[part.month_end.min(), part.month_end.max()],
            y=[rules.ratings.target] * 2,
            mode="lines",
            name=_("Target {target}").format(target=i18n.number(rules.ratings.target)),
            line={"color": ACTION, "dash": "dash"},
            hoverinfo="skip",
            showlegend=row == 1,
            row=row,
            col=1,
        )
    figure.update_xaxes(type="date", tickformat="%Y-%m", nticks=6)
    figure.update_yaxes(title=_("Score"), tickformat=".2f", nticks=5)
    styled(figure, 150 + 170 * max(len(rated), 1))
    return figure.update_layout(legend={"yanchor": "bottom", "y": 1.06}, margin={"t": LEGEND_HEIGHT})


@needs()
def topics(topics: pd.DataFrame) -> go.Figure:
    """Draw how many texts each topic has (``voice.topics``), by their stars."""
    figure, names = go.Figure(), service_words.voice_topics()
    said = [names.get(topic, topic) for topic in topics.topic]
    for column, name, colour in (
        ("bad_texts", _("Bad (1 or 2 stars)"), ACTION),
        ("middle_texts", _("Middle (3)"), CONTEXT),
        ("good_texts", _("Good (4 or 5)"), FACT),
        ("unknown_texts", _("Without stars"), WITHOUT_STARS),
    ):
        if topics[column].sum():
            figure.add_bar(
                y=said,
                x=topics[column],
                name=name,
                orientation="h",
                marker_color=colour,
                hovertemplate="%{y}: %{x:,d}<extra>" + name + "</extra>",
            )
    figure.update_xaxes(title=_("Texts"), tickformat=",d", nticks=6)
    figure.update_yaxes(type="category", autorange="reversed")
    return _with_legend(figure, FRAME_HEIGHT + ROW_HEIGHT * len(topics), barmode="stack", bargap=0.25)
