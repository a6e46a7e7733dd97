"""Charts of campaigns: effects with their intervals, ROI reported and caused, days, horizons, steps."""

import pandas as pd
import plotly.graph_objects as go

from shopcrm_nb import campaign_words, i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.chart import ABOVE, ACTION, BELOW, CONTEXT, FACT, styled, whiskers, with_legend
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.lettering import label_rows, lines, middles, plain, rows, wrapped

ROW, ROI_ROW = 46, 50  # pixels of a row at least
APART = 8  # pixels from the middle of a row to each of its two marks
BAND = "rgba(0, 114, 178, 0.15)"  # FACT, pale
COLOURS = {"worked": FACT, "more": FACT, "did_not": ACTION, "less": ACTION}
MARGIN = 0.06  # of an axis, beside the outermost mark
TICKS = 6  # of an axis of numbers: a phone has room for no more


@needs()
def forest(frame: pd.DataFrame, measure: str, currency: str = "") -> go.Figure:
    """Draw effects with their intervals, a row a campaign or group, and a line where there is none.

    ``frame`` has title, value, low, high, n, verdict, and judged_by where a verdict may go by buyers while
    net sales are drawn. ``measure``: buyers (of 100 customers), net_sales (per customer) or
    incremental_net_sales. Blue is more, orange less, grey what cannot be told.
    """
    words = campaign_words.effect_verdicts()
    said = [_judged(row, words) for row in frame.itertuples()]
    hints = [_effect_hint(row, words, measure, currency) for row in frame.itertuples()]
    figure = _effects(frame, list(frame.title), said, hints, _effect_title(measure, currency))
    return figure.update_xaxes(**_large()) if measure == "incremental_net_sales" else figure


def _large() -> dict[str, object]:
    """Return how an axis writes amounts of all customers: whole they would stand aslant on a phone."""
    if i18n.language() == "zh":  # where nobody counts in thousands
        return {"tickformat": ",.0f", "nticks": 4}
    return {"tickformat": ",~s"}


def _judged(row: tuple, words: dict[str, str]) -> str:
    verdict = words.get(row.verdict, row.verdict)
    by_buyers = getattr(row, "judged_by", "") == "buyers"
    return _("{verdict} (buyers)").format(verdict=verdict) if by_buyers else verdict


def _effects(frame: pd.DataFrame, names: list, said: list, hints: list, title: str) -> go.Figure:
    """Draw value, low, high of each row with the colour of its verdict, its name and what is said of it."""
    labels = [lines([wrapped(name), wrapped(text)]) for name, text in zip(names, said, strict=True)]
    ends = rows(labels, ROW)
    at = pd.Series(middles(ends), index=frame.index, dtype="float64")
    figure = go.Figure(whiskers(frame.low, frame.high, at))
    figure.add_scatter(
        x=frame.value,
        y=at,
        mode="markers",
        marker={"color": [COLOURS.get(verdict, CONTEXT) for verdict in frame.verdict], "size": 12},
        customdata=hints,
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
    figure.add_vline(x=0, line={"color": CONTEXT, "width": 1.5})
    span = _room([frame.value, frame.low, frame.high], 0)
    figure.update_xaxes(title=_small(title), nticks=TICKS, tickformat=",~g", zeroline=False, range=span)
    label_rows(figure, labels, ends)
    return styled(figure, sum(ends[-1:]) + 40 + BELOW)


def _room(marks: list[pd.Series], line: float) -> list[float]:
    """Return the ends of an axis that holds all marks and a line, with room beside the outermost."""
    told = [line, *pd.concat(marks).dropna().astype("float64")]
    beside = MARGIN * (max(told) - min(told)) or 1.0
    return [min(told) - beside, max(told) + beside]


def _small(title: str) -> dict:
    """Write the title of an axis that shares its row with long names: a phone leaves it little room."""
    return {"text": title, "font": {"size": 12}, "standoff": 8}


def _effect_title(measure: str, currency: str) -> str:
    titles = {
        "buyers": _("More buyers of 100 customers"),
        "net_sales": _("More net sales per customer ({currency})"),
        "incremental_net_sales": _("Incremental net sales ({currency})"),
    }
    return titles[measure].format(currency=currency)


def _effect_hint(row: tuple, words: dict[str, str], measure: str, currency: str) -> str:
    write = i18n.decimal if measure == "buyers" else lambda value: i18n.money(value, currency)
    span = _("{value} ({low} to {high}), n = {n}")
    numbers = {name: write(getattr(row, name)) for name in ("value", "low", "high")}
    verdict = words.get(row.verdict, row.verdict)
    return lines([plain(row.title), span.format(**numbers, n=i18n.count(row.n)), plain(verdict)])


@needs()
def horizons(frame: pd.DataFrame, currency: str) -> go.Figure | None:
    """Draw what a campaign changed in net sales per customer in its window and after months (DX-17).

    ``frame`` has a row a span: span (window, or days as text), difference, low, high, n_treatment, n_holdout,
    verdict. A span that is not over yet has no mark. Nothing is drawn where fewer than two are over: one
    mark is no picture of what lasted.
    """
    if frame.difference.notna().sum() < 2:
        return None
    words, names = campaign_words.effect_verdicts(), [_span(span) for span in frame.span]
    told = frame.assign(title=names, value=frame.difference, n=frame.n_treatment + frame.n_holdout)
    waiting = _("not over yet")
    said = [
        waiting if pd.isna(row.value) else words.get(row.verdict, row.verdict) for row in told.itertuples()
    ]
    hints = [_effect_hint(row, words, "net_sales", currency) for row in told.itertuples()]
    return _effects(told, names, said, hints, _effect_title("net_sales", currency))


def _span(span: str) -> str:
    if span == "window":
        return _("In the window")
    return ngettext("After {n} day", "After {n} days", int(span)).format(n=i18n.count(int(span)))


@needs()
def roi(frame: pd.DataFrame) -> go.Figure:
    """Draw ROI as it is reported beside ROI as it was caused, a row a campaign.

    ``frame`` has title, roi_percent (all sales that are counted to the campaign ÷ cost), and of the
    incremental sales alone incremental_roi_percent, incremental_roi_low, incremental_roi_high. The dotted
    line is where sales equal the cost. Without a hold-out, or a cost, a mark is missing.
    """
    labels = [wrapped(title) for title in frame.title]
    ends = rows(labels, ROI_ROW)
    at = pd.Series(middles(ends), index=frame.index, dtype="float64")
    figure = go.Figure(whiskers(frame.incremental_roi_low, frame.incremental_roi_high, at + APART))
    for column, name, shift, colour, symbol in (
        ("roi_percent", _("reported: all sales"), -APART, CONTEXT, "circle"),
        ("incremental_roi_percent", _("caused: beyond the hold-out"), APART, FACT, "diamond"),
    ):
        figure.add_scatter(
            x=frame[column],
            y=at + shift,
            mode="markers",
            name=name,
            marker={"color": colour, "size": 12, "symbol": symbol},
            customdata=[_roi_hint(row, column, name) for row in frame.itertuples()],
            hovertemplate="%{customdata}<extra></extra>",
        )
    figure.add_vline(x=100, line={"color": CONTEXT, "dash": "dot"})
    marks = ("roi_percent", "incremental_roi_percent", "incremental_roi_low", "incremental_roi_high")
    span = _room([frame[column] for column in marks], 100)
    title = _("Sales ÷ cost (dotted: equal)")
    figure.update_xaxes(title=_small(title), nticks=TICKS, tickformat=",~g", ticksuffix="%", range=span)
    label_rows(figure, labels, ends)
    return with_legend(figure, sum(ends[-1:]) + ABOVE + BELOW)


def _roi_hint(row: tuple, column: str, name: str) -> str:
    value = _("{name}: {percent}%").format(name=name, percent=i18n.count(getattr(row, column)))
    span = _("{low}% to {high}%")
    low, high = (i18n.count(end) for end in (row.incremental_roi_low, row.incremental_roi_high))
    caused = column == "incremental_roi_percent"
    return lines([plain(row.title), value, *([span.format(low=low, high=high)] if caused else [])])


@needs()
def qini(curve: pd.DataFrame) -> go.Figure:
    """Draw what is won as more are written to, in a model's order (``uplift.curve``) and at random."""
    share, figure = curve.targeted_share, go.Figure()
    figure.add_scatter(
        x=[*share, *share[::-1]],
        y=[*curve.high, *curve.low[::-1]],
        fill="toself",
        fillcolor=BAND,
        line={"width": 0},
        mode="lines",
        name=_("interval"),
        hoverinfo="skip",
    )
    for column, name, line in (
        ("random_buyers_per_1000", _("at random"), {"color": CONTEXT, "dash": "dash"}),
        ("extra_buyers_per_1000", _("in the model's order"), {"color": FACT, "width": 2.5}),
    ):
        figure.add_scatter(
            x=share,
            y=curve[column],
            mode="lines",
            name=name,
            line=line,
            hovertemplate="%{x:.0%}: %{y:,.1f}<extra>" + name + "</extra>",
        )
    figure.update_xaxes(
        title=_("Share of the customers written to"), tickformat=".0%", nticks=6, range=[0, 1]
    )
    figure.update_yaxes(title=_("More buyers of 1,000 customers"), tickformat=",~g", nticks=6)
    return with_legend(figure, 400)


@needs()
def daily(days: pd.DataFrame, measure: str, currency: str = "") -> go.Figure:
    """Draw the days before, during (shaded) and after one campaign, beside what was to be expected of them.

    ``days`` has a campaign's rows of ``campaign_traffic.daily``: date, window, ``measure`` (net_sales,
    visitors, …), and expected_``measure`` where that is known; days that are not told are blank.
    """
    titles = {"net_sales": _("Net sales a day ({currency})"), "visitors": _("Visitors a day")}
    titles |= {"orders": _("Orders a day"), "buyers": _("Buyers a day")}
    figure = go.Figure()
    figure.add_bar(
        x=days.date,
        y=days[measure],
        name=_("as it was"),
        marker_color=FACT,
        hovertemplate="%{x|%Y-%m-%d}: %{y:,.0f}<extra></extra>",
    )
    if f"expected_{measure}" in days:
        figure.add_scatter(
            x=days.date,
            y=days[f"expected_{measure}"],
            mode="lines",
            name=_("usual for the weekday"),
            line={"color": CONTEXT, "dash": "dot", "width": 3},
            hovertemplate="%{x|%Y-%m-%d}: %{y:,.0f}<extra></extra>",
        )
    during, half = days.date[days.window == "during"], pd.Timedelta(hours=12)
    if len(during):
        ends = {"x0": during.min() - half, "x1": during.max() + half}
        figure.add_vrect(**ends, fillcolor=ACTION, opacity=0.12, line_width=0, layer="below")
    figure.update_xaxes(
        title=_("Day (shaded: the campaign)"), type="date", tickformat="%m-%d<br>%Y", nticks=TICKS
    )
    figure.update_yaxes(title=titles[measure].format(currency=currency), rangemode="tozero", **_large())
    return with_legend(figure, 380, bargap=0.15)
