"""The way of a campaign's messages, drawn: how many customers came to each step."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from shopcrm_nb import campaign_words, i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.chart import BELOW, FACT, styled
from shopcrm_nb.i18n import _
from shopcrm_nb.lettering import wrapped

STEP = 30  # pixels of a row
TITLE = 52  # pixels above a panel
ROOM_FOR_A_NUMBER = 1.45  # beyond the longest bar


@needs()
def funnel(steps: pd.DataFrame) -> go.Figure:
    """Draw how many customers came to each step after a message, a panel a channel and variant.

    ``steps`` has one campaign's rows of ``campaign_funnel.steps``: channel, variant, step, customers,
    share_of_before, share_of_delivered. A step that is not known has no bar and says so. Buyers are told as
    a share of those reached: some buy without a click.
    """
    named, words = steps.assign(part=_parts(steps)), campaign_words.funnel_steps()
    parts = list(dict.fromkeys(named.part))
    most = max([len(named[named.part == part]) for part in parts], default=1)
    height = len(parts) * (most * STEP + TITLE)
    figure = make_subplots(
        rows=max(len(parts), 1),
        subplot_titles=[wrapped(part, 40, 1) for part in parts],
        vertical_spacing=TITLE / height if parts else 0,
    )
    for panel, part in enumerate(parts, start=1):
        own = named[named.part == part]
        blank = own[own.customers.isna()]
        figure.add_bar(
            y=[words.get(step, step) for step in own.step],
            x=own.customers.astype("float64"),
            orientation="h",
            marker_color=FACT,
            text=[_of_step(row) for row in own.itertuples()],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
            showlegend=False,
            row=panel,
            col=1,
        )
        figure.add_scatter(
            y=[words.get(step, step) for step in blank.step],
            x=[0] * len(blank),
            mode="text",
            text=[_("not known")] * len(blank),
            textposition="middle right",
            hoverinfo="skip",
            showlegend=False,
            row=panel,
            col=1,
        )
        longest = own.customers.astype("float64").max()
        room = [0, (longest if longest > 0 else 1) * ROOM_FOR_A_NUMBER]
        figure.update_xaxes(range=room, showticklabels=False, showgrid=False, row=panel, col=1)
    order = [words.get(step, step) for step in dict.fromkeys(named.step)]
    figure.update_yaxes(autorange="reversed", ticklabelstandoff=6)
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=order)
    figure.update_annotations(x=0, xanchor="left")
    figure.update_xaxes(
        title={"text": _("Customers (share of the step before)"), "font": {"size": 12}},
        row=max(len(parts), 1),
    )
    return styled(figure, height + BELOW, bargap=0.25)


def _parts(steps: pd.DataFrame) -> list[str]:
    both = _("{channel}, {variant}")
    channels = campaign_words.codes().get("channel", {})
    return [
        both.format(channel=channels.get(channel, channel), variant=variant)
        if variant not in ("", "none")
        else channels.get(channel, channel)
        for channel, variant in zip(steps.channel, steps.variant, strict=True)
    ]


def _of_step(row: tuple) -> str:
    bought = row.step == "bought"
    share = row.share_of_delivered if bought else row.share_of_before
    if pd.isna(share):
        return i18n.count(row.customers)
    said = _("{n} ({share} of those reached)") if bought else _("{n} ({share})")
    return said.format(n=i18n.count(row.customers), share=i18n.percent(share))
