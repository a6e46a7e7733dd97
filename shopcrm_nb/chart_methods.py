"""Charts of methods: cut points, clusters and what they foretell beside each other, each from one frame."""

from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from shopcrm_nb import glossary, i18n, lettering
from shopcrm_nb.absent import needs
from shopcrm_nb.chart import CONTEXT, FACT, SHARES, styled
from shopcrm_nb.i18n import _

SHADES = {"P": "#00375A", "G": "#0072B2", "S": "#7FB8D9", "B": "#D5DEE6"}  # of the fact, the best darkest
SMALLEST = 10  # type in a bar; where it would have to be smaller, nothing is written
ROOM_FOR_A_SHARE = 0.05  # of a bar, from which a share is written in it
ROOM_FOR_A_TITLE = 24  # letters: in lines that fit over the panel of a phone
ROOM_FOR_A_NAME = 22  # letters: two lines at most, so that a phone has room for the panel
BASELINES = ("recency", "spend")


@needs()
def calibrated_shares(sizes: pd.DataFrame) -> go.Figure:
    """Draw, for each table of cut points, how its grades divide the customers and the net sales."""
    titles = {"customer_share": _("Share of customers"), "sales_share": _("Share of net sales")}
    tables = sizes.rule_table.nunique()
    figure = make_subplots(
        rows=2, shared_xaxes=True, subplot_titles=list(titles.values()), vertical_spacing=0.15
    )
    names = glossary.rule_tables()
    for place, column in enumerate(titles, start=1):
        for grade, name in glossary.grades().items():
            part = sizes[sizes.grade == grade]
            figure.add_bar(
                y=[names[table] for table in part.rule_table],
                x=part[column],
                name=name,
                orientation="h",
                marker_color=SHADES[grade],
                text=[i18n.percent(share, 0) if share >= ROOM_FOR_A_SHARE else "" for share in part[column]],
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                customdata=[i18n.percent(share) for share in part[column]],
                hovertemplate="%{y}, " + name + ": %{customdata}<extra></extra>",
                showlegend=place == 1,
                legendgroup=grade,
                row=place,
                col=1,
            )
    figure.update_xaxes(tickformat=".0%", range=[0, 1])
    figure.update_yaxes(autorange="reversed")
    small = {"minsize": SMALLEST, "mode": "hide"}
    return _below(styled(figure, 170 + 75 * tables, barmode="stack", bargap=0.3, uniformtext=small))


def _below(figure: go.Figure) -> go.Figure:
    """Put the legend below the figure, where titles of panels are above it."""
    return figure.update_layout(legend={"orientation": "h", "y": -0.2, "x": 0, "yanchor": "top"})


@needs()
def grade_by_cluster(crossed: pd.DataFrame) -> go.Figure:
    """Draw which share of each grade is in which cluster; the number of customers is written in the field."""
    names, grades = crossed.drop_duplicates("cluster").cluster_name.tolist(), glossary.grades()
    order = list(dict.fromkeys(crossed.grade))
    shares = crossed.pivot(index="grade", columns="cluster", values="grade_share").loc[order]
    counts = crossed.pivot(index="grade", columns="cluster", values="customers").loc[order]
    figure = go.Figure(
        go.Heatmap(
            z=shares.fillna(0).to_numpy(),
            x=[_wrapped(name) for name in names],
            y=[grades[grade] for grade in order],
            text=[[i18n.count(n) for n in row] for row in counts.to_numpy()],
            customdata=[[i18n.percent(share) for share in row] for row in shares.to_numpy()],
            hovertemplate="%{y}, %{x}: %{text} (%{customdata})<extra></extra>",
            **SHARES,
        )
    )
    figure.update_yaxes(autorange="reversed")
    title = {"text": _("Cluster (darker: more of the grade)"), "standoff": 20}
    figure.update_xaxes(title=title, side="bottom")
    return styled(figure, 360)


def _wrapped(name: str) -> str:
    return name.replace(_(", "), _(", ").rstrip() + "<br>")


@needs()
def forward(measured: pd.DataFrame) -> go.Figure:
    """Draw, for each method, share of later sales and AUC with their intervals, and what chance gives."""
    shown, names = {"sales_share_top20": 0.2, "auc": 0.5}, glossary.methods()
    titles = [lettering.wrapped(glossary.metrics()[metric], ROOM_FOR_A_TITLE) for metric in shown]
    figure = make_subplots(rows=2, subplot_titles=titles, vertical_spacing=0.18)
    for place, (metric, chance) in enumerate(shown.items(), start=1):
        part, write = measured[measured.metric == metric], _writer(metric)
        figure.add_scatter(
            y=[lettering.wrapped(names[method], ROOM_FOR_A_NAME) for method in part.method],
            x=part.value,
            error_x={
                "type": "data",
                "symmetric": False,
                "array": part.ci_high - part.value,
                "arrayminus": part.value - part.ci_low,
                "color": CONTEXT,
            },
            mode="markers",
            marker={"size": 10, "color": [CONTEXT if m in BASELINES else FACT for m in part.method]},
            customdata=[
                f"{write(row.value)} ({write(row.ci_low)}–{write(row.ci_high)})" for row in part.itertuples()
            ],
            hovertemplate="%{y}: %{customdata}<extra></extra>",
            showlegend=False,
            row=place,
            col=1,
        )
        figure.add_vline(x=chance, line={"dash": "dot", "color": CONTEXT}, row=place, col=1)
    figure.update_xaxes(tickformat=".0%", row=1)
    figure.update_xaxes(tickformat=".2f", row=2)
    figure.update_xaxes(nticks=5, tickangle=0)
    figure.update_yaxes(autorange="reversed")
    return styled(figure, 640)


def _writer(metric: str) -> Callable[[float], str]:
    return (lambda value: i18n.decimal(value, 2)) if metric == "auc" else i18n.percent


@needs()
def forward_groups(groups: pd.DataFrame) -> go.Figure:
    """Draw the share of each group who bought again, best group first, a panel for each segmentation."""
    methods, names = list(dict.fromkeys(groups.method)), glossary.methods()
    titles = [_broken(names[method]) for method in methods]
    figure = make_subplots(rows=2, cols=2, shared_yaxes="all", subplot_titles=titles, vertical_spacing=0.22)
    for place, method in enumerate(methods):
        part = groups[groups.method == method]
        figure.add_bar(
            x=part.place.astype(str),
            y=part.repeat_share,
            error_y={
                "type": "data",
                "symmetric": False,
                "array": part.repeat_high - part.repeat_share,
                "arrayminus": part.repeat_share - part.repeat_low,
                "color": CONTEXT,
            },
            customdata=[_of(row.repeat_share, row.customers) for row in part.itertuples()],
            hovertemplate="%{customdata}<extra></extra>",
            marker_color=FACT,
            showlegend=False,
            row=1 + place // 2,
            col=1 + place % 2,
        )
    figure.update_xaxes(type="category")
    figure.update_xaxes(title=_("Group"), row=2)  # short: a phone has two beside each other
    figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    figure.update_yaxes(title=_("Share who bought again"), col=1)
    return styled(figure, 520, bargap=0.3)


def _of(share: float, customers: int) -> str:
    return _("{share} of {n} customers").format(share=i18n.percent(share), n=i18n.count(customers))


def _broken(text: str) -> str:
    """Break a title in the middle, so that it fits over a narrow panel."""
    words = text.split(" ")
    half = len(words) // 2
    return "<br>".join(filter(None, [" ".join(words[:half]), " ".join(words[half:])]))
