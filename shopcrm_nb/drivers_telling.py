"""Drivers, told: by how much net sales changed, and what moved them most."""

import pandas as pd

from shopcrm_nb import health_words, i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.drivers import Comparison
from shopcrm_nb.i18n import _


@needs()
def sentence(change: tuple[float, float], compared: Comparison, currency: str) -> str:
    """Say by how much the net sales of the period differ from those that they are compared with."""
    before, now = change
    texts = {
        -1: _("Net sales from {first} to {last} are {now}: {change} ({share}) less than {before}, {when}."),
        0: _("Net sales from {first} to {last} are {now}, as much as {when}."),
        1: _("Net sales from {first} to {last} are {now}: {change} ({share}) more than {before}, {when}."),
    }
    when = {
        "last_year": _("those of the same days a year before"),
        "period_before": _("those of the period before, which may be another season"),
    }
    return texts[_direction(change)].format(
        first=i18n.day(compared.now.start),
        last=i18n.day(compared.now.end),
        now=i18n.money(now, currency),
        before=i18n.money(before, currency),
        change=i18n.money(abs(now - before), currency),
        share=i18n.percent(abs(now / before - 1) if before else None),
        when=when[compared.against],
    )


def _direction(change: tuple[float, float]) -> int:
    return (change[1] > change[0]) - (change[1] < change[0])


@needs()
def movers(rows: pd.DataFrame, change: tuple[float, float], currency: str) -> str:
    """Say which parts of a tree moved most with the net sales, and which against them."""
    direction = _direction(change) or 1
    largest = rows[rows.driver != "rest"].sort_values("contribution", key=abs, ascending=False)
    along = largest[largest.contribution * direction > 0].head(3)
    against = largest[largest.contribution * direction < 0].head(2)
    up, down = _("What added most: {listed}."), _("What took most away: {listed}.")
    texts = ((up, along), (down, against)) if direction > 0 else ((down, along), (up, against))
    return i18n.sentences(text.format(listed=_listed(part, currency)) for text, part in texts if len(part))


def _listed(rows: pd.DataFrame, currency: str) -> str:
    names, told = health_words.drivers() | health_words.channels(), _("{name} ({amount})")
    each = (
        told.format(
            name=names.get(row.driver, row.driver), amount=i18n.signed_money(row.contribution, currency)
        )
        for row in rows.itertuples()
    )
    return _(", ").join(each)
