"""Campaign variants: whether one wording of a message did better than another (A/B, RE-04)."""

from itertools import combinations

import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import evidence, i18n, interval
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.i18n import _, ngettext

OUTCOMES = {
    "opened": "told_opened",
    "clicked": "told_clicked",
    "bought": "bought",
    "unsubscribed": "unsubscribed",
}
TESTS = [
    *("campaign_id", "channel", "outcome", "variant", "customers", "variant_share"),
    *("other_variant", "other_customers", "other_share", "variant_difference", "variant_low", "variant_high"),
    *("p_value", "p_adjusted", "test_verdict"),
]


@needs()
def compared(people: ir.Table, rules: CampaignRules) -> pd.DataFrame | NotComputed:
    """Compare the variants of each campaign and channel, two at a time: a row a pair and outcome (RE-04).

    ``people`` is the table of ``campaign_funnel.people``.

    - campaign_id, channel, outcome (opened, clicked, bought, unsubscribed; what a campaign's channel never
      records is left out); variant, other_variant; customers, other_customers: written to, and for bought
      those whose days are over; variant_share, other_share: of them, reached or not.
    - variant_difference: of the two shares, with variant_low and variant_high (Newcombe, ``confidence``).
    - p_value: Fisher's exact test, two-sided; p_adjusted: for all pairs and outcomes of the campaign and
      channel (Holm). Null where either has fewer than ``min_customers``.
    - test_verdict: better or worse (of the first), cannot_tell, few. Fewer who unsubscribe is better.

    Whoever had more than one variant of a campaign is left out. NotComputed where no campaign has two.
    """
    counts = _outcomes(people)
    rows = []
    for keys, mine in counts.groupby(["campaign_id", "channel"], sort=True):
        for one, other in combinations(mine.to_dict("records"), 2):
            outcomes = [name for name in OUTCOMES if mine[name].sum()]
            rows += [(*keys, *_pair(one, other, name, rules)) for name in outcomes]
    frame = pd.DataFrame(rows, columns=TESTS[:-2])
    if frame.empty:
        return NotComputed("sends.arm", _("two variants of one campaign, in one channel"))
    by = frame.groupby(["campaign_id", "channel"]).p_value
    frame["p_adjusted"] = by.transform(lambda p: evidence.holm(p.to_numpy()))
    return frame.assign(test_verdict=[_verdict(row, rules) for row in frame.itertuples()])


def _outcomes(people: ir.Table) -> pd.DataFrame:
    """Count customers and outcomes of each campaign, channel and variant with a name."""
    named = people.filter(people.variant != "")
    different = named.variant.nunique().over(group_by=["campaign_id", "customer_id"])
    mine = named.mutate(different=different).filter(lambda t: t.different == 1)
    measures = {name: mine[flag].fill_null(False).sum() for name, flag in OUTCOMES.items()}
    counts = mine.group_by("campaign_id", "channel", "variant").aggregate(
        sent=mine.count(), over=mine.over.sum(), **measures
    )
    return counts.order_by("campaign_id", "channel", "variant").to_pandas()


def _pair(one: dict, other: dict, outcome: str, rules: CampaignRules) -> tuple:
    base = "over" if outcome == "bought" else "sent"
    (hits, n), (others, other_n) = ((row[outcome], row[base]) for row in (one, other))
    difference, low, high = interval.change((others, other_n), (hits, n), rules.confidence)
    p_value = float("nan")
    if min(n, other_n) >= rules.min_customers:
        p_value = float(evidence.two_sided(*(pd.Series([x]) for x in (hits, n, others, other_n)))[0])
    share, other_share = (a / b if b else float("nan") for a, b in ((hits, n), (others, other_n)))
    first = (outcome, one["variant"], n, share, other["variant"], other_n, other_share)
    return (*first, difference, low, high, p_value)


def _verdict(row: tuple, rules: CampaignRules) -> str:
    if pd.isna(row.p_adjusted):
        return "few"
    if row.p_adjusted >= 1 - rules.confidence:
        return "cannot_tell"
    return "better" if (row.variant_difference > 0) != (row.outcome == "unsubscribed") else "worse"


@needs()
def sentence(tests: pd.DataFrame, campaign_id: str, rules: CampaignRules) -> str:
    """Say which variant of a campaign did better, at what; or that one cannot tell yet."""
    mine = tests[tests.campaign_id == campaign_id]
    if mine.empty:
        none = _("This campaign had no variants to compare.")
        others = _("The table has those of other campaigns.")
        return i18n.sentences([none, others if len(tests) else ""])
    clear = mine[mine.test_verdict.isin(["better", "worse"])]
    if clear.empty and (mine.test_verdict == "few").all():
        said = _("Variants with fewer than {n} customers are not compared.")
        return said.format(n=i18n.count(rules.min_customers))
    if clear.empty:
        return _("Which variant is better cannot be told: they differ by no more than chance makes.")
    more = ngettext(
        "{n} comparison of variants differs by more than chance makes.",
        "{n} comparisons of variants differ by more than chance makes.",
        len(clear),
    ).format(n=i18n.count(len(clear)))
    return i18n.sentences([more, *(_said(row) for row in clear.itertuples())])


def _said(row: tuple) -> str:
    said = {
        "opened": _(
            "“{one}” was opened by {share}, “{other}” by {other_share} (difference {low} to {high})."
        ),
        "clicked": _(
            "“{one}” was clicked by {share}, “{other}” by {other_share} (difference {low} to {high})."
        ),
        "bought": _(
            "After “{one}” {share} bought, after “{other}” {other_share} (difference {low} to {high})."
        ),
        "unsubscribed": _(
            "After “{one}” {share} unsubscribed, after “{other}” {other_share} (difference {low} to {high})."
        ),
    }[row.outcome]
    return said.format(
        one=row.variant,
        other=row.other_variant,
        share=i18n.percent(row.variant_share),
        other_share=i18n.percent(row.other_share),
        low=i18n.signed_percent(row.variant_low),
        high=i18n.signed_percent(row.variant_high),
    )
