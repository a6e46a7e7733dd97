"""Archive, told: what all campaigns brought, in a sentence, and how those ended that held customers out."""

from collections.abc import Mapping

import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.archive import RANDOMISED
from shopcrm_nb.i18n import _, ngettext


@needs()
def answer(found: pd.DataFrame, currency: str) -> str:
    """Answer the page's question in one sentence: what was caused for sure, beside what is counted.

    ``found`` is the frame of ``results``. Only campaigns with a hold-out and a known cost are summed.
    """
    begun, by_holdout = i18n.count(len(found)), found[found.trust == RANDOMISED]
    if by_holdout.empty:
        said = ngettext(
            "What the {n} campaign caused is known only weakly or not at all, for it held nobody out.",
            "What the {n} campaigns caused is known only weakly or not at all, for none held customers out.",
            len(found),
        )
        return said.format(n=begun)
    costly = _costly(by_holdout)
    worked = i18n.count((by_holdout.verdict == "worked").sum())
    if costly.empty:
        said = _(
            "Known to have worked: {worked} of {n} campaigns; what these brought for their cost is not told."
        )
        return said.format(n=begun, worked=worked)
    said = ngettext(
        "The {n} campaign with a hold-out and a known cost of {cost} really brought {caused}, where {sales} "
        "count to it; known to have worked: {worked} of {begun}.",
        "The {n} campaigns with a hold-out and a known cost, {cost} in all, really brought {caused}, where "
        "{sales} count to them; known to have worked: {worked} of {begun}.",
        len(costly),
    )
    return said.format(
        n=i18n.count(len(costly)),
        cost=i18n.money(costly.cost.sum(), currency),
        caused=_together(costly, currency),
        sales=i18n.money(costly.net_sales.sum(), currency),
        begun=begun,
        worked=worked,
    )


def _costly(by_holdout: pd.DataFrame) -> pd.DataFrame:
    """Return the campaigns whose gain can be set beside what counts to them and what they cost."""
    rows = by_holdout[(by_holdout.cost > 0) & by_holdout.ci_low.notna()]
    return rows if rows.net_sales.sum() else rows.head(0)


def _together(rows: pd.DataFrame, currency: str) -> str:
    """Write the incremental net sales of several campaigns together, with their interval."""
    middle = rows.incremental_net_sales.sum()
    # Of campaigns that do not depend on each other, the distances to the ends add up by their squares.
    below, above = (
        float(((rows[end] - rows.incremental_net_sales) ** 2).sum() ** 0.5) for end in ("ci_low", "ci_high")
    )
    return i18n.within(
        *(i18n.signed_money(end, currency) for end in (middle, middle - below, middle + above))
    )


@needs()
def sentence(found: pd.DataFrame, currency: str) -> str:
    """Say what all campaigns together earned as reported, and how those ended that held customers out."""
    n, by_holdout = len(found), found[found.trust == RANDOMISED]
    begun = ngettext("{n} campaign has begun", "{n} campaigns have begun", n).format(n=i18n.count(n))
    paid = found[found.cost > 0]
    said = (
        _("{begun}. Those whose cost is known sold {sales} for {cost}: an ROI as reported of {roi}.").format(
            begun=begun,
            sales=i18n.money(paid.net_sales.sum(), currency),
            cost=i18n.money(paid.cost.sum(), currency),
            roi=i18n.percent(paid.net_sales.sum() / paid.cost.sum(), 0),
        )
        if len(paid)
        else _("{begun}; of none the cost is known.").format(begun=begun)
    )
    return i18n.sentences([said, _of_holdouts(by_holdout), _of_season(found)])


def _of_holdouts(rows: pd.DataFrame) -> str:
    if rows.empty:
        return ""
    counts: Mapping[str, int] = rows.verdict.value_counts().to_dict()
    return ngettext(
        "{n} held customers out: {worked} worked in its days, {did_not} did not, of {rest} it cannot be "
        "told.",
        "{n} held customers out: {worked} worked in their days, {did_not} did not, of {rest} it cannot be "
        "told.",
        len(rows),
    ).format(
        n=i18n.count(len(rows)),
        worked=i18n.count(counts.get("worked", 0)),
        did_not=i18n.count(counts.get("did_not", 0)),
        rest=i18n.count(counts.get("cannot_tell", 0) + counts.get("few", 0)),
    )


def _of_season(found: pd.DataFrame) -> str:
    """Say why a clear amount beside the weeks before is no verdict."""
    clear = (found.ci_low > 0) | (found.ci_high < 0)
    n = int((clear & (found.measured_by == "before_after") & (found.verdict == "cannot_tell")).sum())
    said = ngettext(
        "{n} campaign to everybody clearly differs from the weeks before it; whether that was the campaign "
        "or the season is not told.",
        "{n} campaigns to everybody clearly differ from the weeks before them; whether that was the campaign "
        "or the season is not told.",
        n,
    )
    return said.format(n=i18n.count(n)) if n else ""
