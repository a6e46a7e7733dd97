"""Campaign findings: what an owner should hear of the campaigns first, sure losses before sure gains."""

import pandas as pd

from shopcrm_nb import archive, i18n, suppression
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.i18n import _, ngettext

COLUMNS = ["severity", "finding", "net_sales_at_stake"]
MOST = 3  # campaigns told of each kind: an index is no table
FORBIDDEN = ("blacklisted", "no_consent", "unsubscribed")  # breaches of what people asked for
NOTHING = float("nan")
Found = tuple[str, str, float]


@needs()
def of(results: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return what the results of the campaigns ask an owner to know: severity, finding, net_sales_at_stake.

    ``results`` is the frame of ``archive.results``. In this order, of lost and worked at most MOST, those
    with the most money first; nothing is told of a campaign whose gain its hold-out cannot tell.

    - lost (warning): a hold-out shows less net sales than without it, at most (ci_high) fewer than it cost,
      or the verdict did_not. At stake: the net sales lost, else its cost.
    - no hold-out (warning): all campaigns that wrote to customers and held nobody out, in one finding. At
      stake: the net sales that count to them.
    - worked (note): verdict worked by a hold-out. At stake: the incremental net sales, where their interval
      lies above nothing.
    """
    sure = results[results.trust == archive.RANDOMISED]
    below = (sure.ci_high < 0) | (sure.verdict == "did_not") | (sure.ci_high < sure.cost)
    gone = set(archive.faded(sure).campaign_id)
    lost = [_lost(row, currency) for row in sure[below].itertuples()]
    worked = [
        _worked(row, row.campaign_id in gone, currency)
        for row in sure[~below & (sure.verdict == "worked")].itertuples()
    ]
    found = [*_dearest(lost), *_unknown(results[results.kind == "messages"], currency), *_dearest(worked)]
    return pd.DataFrame(found, columns=COLUMNS).astype({"net_sales_at_stake": "float64"})


def together(
    outcomes: pd.DataFrame | NotComputed, breaches: pd.DataFrame | NotComputed, rules: CampaignRules
) -> pd.DataFrame | NotComputed:
    """Return the findings of ``of`` and that of messages to people who should have had none.

    ``breaches`` is the frame of ``suppression.breaches``; messages that came too soon are no finding.
    """
    if isinstance(outcomes, NotComputed) or isinstance(breaches, NotComputed):
        return outcomes
    wrong = breaches[breaches.breach.isin(FORBIDDEN) & (breaches.breach_messages.fillna(0) > 0)]
    if wrong.empty:
        return outcomes
    said = [suppression.sentence(wrong, rules), _("Leave them out of every list.")]
    told = pd.DataFrame([("warning", i18n.sentences(said), NOTHING)], columns=COLUMNS)
    grave = outcomes.severity == "warning"
    return pd.concat([outcomes[grave], told, outcomes[~grave]], ignore_index=True)


def _dearest(found: list[Found]) -> list[Found]:
    return sorted(found, key=lambda each: -each[2] if each[2] == each[2] else 0.0)[:MOST]


def _lost(row: tuple, currency: str) -> Found:
    said = {
        "less": _(
            "“{name}” ({day}) lost sales: those written to bought for about {less} less than without it "
            "({least} to {most} less). Do not repeat it as it was."
        ),
        "unpaid": _(
            "“{name}” ({day}) did not pay: it brought at most {high} of net sales that would not have come "
            "without it, and it cost {cost}. Do not repeat it as it was."
        ),
        "did_not": _(
            "“{name}” ({day}) did not work: beside those held out it brought about {buyers} buyers and "
            "{sales} of net sales ({low} to {high}). Do not repeat it as it was."
        ),
    }
    kind = "less" if row.ci_high < 0 else "unpaid" if row.ci_high < row.cost else "did_not"
    text = said[kind].format(
        name=row.name,
        day=i18n.day(row.start),
        less=i18n.money(-row.incremental_net_sales, currency),
        least=i18n.money(-row.ci_high, currency),
        most=i18n.money(-row.ci_low, currency),
        buyers=i18n.count(row.incremental_buyers),
        sales=i18n.signed_money(row.incremental_net_sales, currency),
        low=i18n.signed_money(row.ci_low, currency),
        high=i18n.signed_money(row.ci_high, currency),
        cost=i18n.money(row.cost, currency),
    )
    return "warning", text, -row.incremental_net_sales if kind == "less" else row.cost


def _unknown(rows: pd.DataFrame, currency: str) -> list[Found]:
    if rows.empty:
        return []
    latest, sales = rows.iloc[0], rows.net_sales.sum(min_count=1)
    said = ngettext(
        "“{name}” ({day}) held nobody out: how much of the {sales} that count to it would have come anyway "
        "is not known for sure. Hold customers out the next time.",
        "{n} campaigns wrote to customers and held nobody out, the latest “{name}” ({day}): how much of the "
        "{sales} that count to them would have come anyway is not known for sure. Hold customers out the "
        "next time.",
        len(rows),
    ).format(
        n=i18n.count(len(rows)),
        name=latest["name"],
        day=i18n.day(latest.start),
        sales=i18n.money(sales, currency),
    )
    return [("warning", said, sales)]


def _worked(row: tuple, faded: bool, currency: str) -> Found:
    sure = row.ci_low > 0
    said = (
        _(
            "“{name}” ({day}) worked: it brought about {sales} of net sales that would not have come without "
            "it ({low} to {high})."
        )
        if sure
        else _(
            "“{name}” ({day}) worked: it brought about {buyers} buyers who would not have come without it. "
            "What that is in net sales is not sure ({low} to {high})."
        )
    ).format(
        name=row.name,
        day=i18n.day(row.start),
        sales=i18n.money(row.incremental_net_sales, currency),
        buyers=i18n.count(row.incremental_buyers),
        low=i18n.signed_money(row.ci_low, currency),
        high=i18n.signed_money(row.ci_high, currency),
    )
    later = _(
        "After {days} days less is left, and it can no longer be told from nothing: sales may only have come "
        "earlier."
    ).format(days=i18n.count(row.lasting_days))
    return (
        "note",
        i18n.sentences([said, later if faded else ""]),
        row.incremental_net_sales if sure else NOTHING,
    )
