"""Horizon: what a campaign earned in its window beside what was left of it after months (DX-17)."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import assigned, i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.i18n import _, ngettext

A_MOMENT = dt.timedelta(microseconds=1)
FIGURES = ("per_head_treatment", "per_head_holdout", "difference", "low", "high")
COLUMNS = [
    *("span", "n_treatment", "n_holdout", "waiting_customers", "over_on"),
    *(*FIGURES, "verdict"),
]


@needs()
def moments(people: ir.Table, rules: CampaignRules) -> pd.DataFrame:
    """Return ``assigned.moments`` of each span in one frame: a row a span and arm, the window first.

    ``people`` are those of ``assigned.people``. Beside its columns: span (window, or the days of a horizon as
    text), customers (of the arm, their span over or not), over_on (the last day of the span that ends last).
    A customer counts in the spans that are over: where the messages went out over weeks, the longer spans
    rest on fewer customers. Source: S3, DX-17.
    """
    names = assigned.spans(rules)
    asked = {f"{name}_{span}": value for span in names for name, value in _asked(people, span).items()}
    found = people.group_by("arm").aggregate(**asked).to_pandas()
    return pd.concat([_one(found, span) for span in names], ignore_index=True)


def _asked(people: ir.Table, span: str) -> dict[str, ir.Scalar]:
    ends = (
        people.window_end if span == assigned.WINDOW else people.assigned_at + ibis.interval(days=int(span))
    )
    return {**assigned.sums(people, span), "customers": people.count(), "ends": ends.max()}


def _one(found: pd.DataFrame, span: str) -> pd.DataFrame:
    mine = found.filter(regex=f"^arm$|_{span}$").rename(columns=lambda name: name.removesuffix(f"_{span}"))
    frame = assigned.tidy(mine).drop(columns="ends")
    frame.insert(0, "span", span)
    return frame.assign(over_on=(mine.ends.max() - A_MOMENT).date())


@needs()
def beside(moments: pd.DataFrame, effects: dict) -> pd.DataFrame:
    """Put the effects of the spans (by span) below each other: a row a span, the window first.

    Columns span, n_treatment, n_holdout (customers whose span is over), waiting_customers (whose span is
    not), over_on, per_head_treatment, per_head_holdout (net sales), difference, low, high (of net
    sales per head), verdict. Figures are blank where the effect of a span is not computed. ``moments`` is
    the frame of ``moments``, ``effects`` has for each of its spans an effect with these names or NotComputed.
    """
    rows = [_row(rows, effects.get(span)) for span, rows in moments.groupby("span", sort=False)]
    counts = ["n_treatment", "n_holdout", "waiting_customers"]
    kinds = dict.fromkeys(counts, "int64") | dict.fromkeys(FIGURES, "float64")
    return pd.DataFrame(rows, columns=COLUMNS).astype(kinds)


def _row(rows: pd.DataFrame, effect: object) -> dict:
    counted = dict(zip(rows.arm, rows.n, strict=True))
    judged = effect is not None and not isinstance(effect, NotComputed)
    figures = {name: getattr(effect, name) for name in (*FIGURES, "verdict")} if judged else {"verdict": ""}
    return {
        "span": rows.span.iloc[0],
        **{f"n_{arm}": counted.get(arm, 0) for arm in assigned.ARMS},
        "waiting_customers": int((rows.customers - rows.n).sum()),
        "over_on": rows.over_on.iloc[0],
        **figures,
    }


@needs()
def sentence(found: pd.DataFrame, currency: str) -> str:
    """Say what the window earned a head, and what is left of it after each horizon; ``found``: ``beside``."""
    window, later = found.iloc[0], found.iloc[1:]
    if pd.isna(window.low):
        return _("What those written to bought more than those held out cannot be told for the window.")
    said = _(
        "Beside a customer held out, one written to brought {difference} net sales in the window ({low} to "
        "{high})."
    ).format(**_amounts(window, currency))
    return i18n.sentences([said, *(_later(row, window, currency) for row in later.itertuples())])


def _amounts(row: object, currency: str) -> dict[str, str]:
    names = ("difference", "low", "high")
    return {name: i18n.signed_money(getattr(row, name), currency, 2) for name in names}


def _later(row: object, window: object, currency: str) -> str:
    days = int(row.span)
    if pd.isna(row.low):
        return _waits(days, row) if row.waiting_customers else ""
    said = _("Over {days} days it is {difference} ({low} to {high}).")
    told = said.format(days=i18n.count(days), **_amounts(row, currency))
    return i18n.sentences([told, _lasting(row, window), _waits(days, row) if row.waiting_customers else ""])


def _lasting(row: object, window: object) -> str:
    if window.low <= 0:
        return ""
    if row.low > 0:
        return _("What the window gained has lasted.")
    if row.high < 0:
        return _("They bought less afterwards than the window had gained.")
    if row.difference >= window.difference:
        return _("Over so many days chance is larger, and that cannot be told from nothing.")
    return _("That is no longer told from nothing: sales may only have come earlier.")


def _waits(days: int, row: object) -> str:
    said = ngettext(
        "For {n} customer the {days} days are not over; they are for all on {day}.",
        "For {n} customers the {days} days are not over; they are for all on {day}.",
        row.waiting_customers,
    )
    n, day = i18n.count(row.waiting_customers), i18n.day(row.over_on)
    return said.format(n=n, days=i18n.count(days), day=day)
