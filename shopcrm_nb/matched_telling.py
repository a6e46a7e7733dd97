"""Matched, in words: what the comparison of alike customers finds, and why it is weaker than a hold-out."""

import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.rules import Rules


@needs()
def sentence(compared: pd.DataFrame, result: pd.DataFrame, rules: Rules, currency: str) -> str:
    """Say what the matched comparison finds, what it would be without matching, and why it is weaker.

    ``compared`` is that of ``matched.comparisons``, ``result`` that of ``matched.result``.
    """
    own = compared[compared.comparison == "campaign"].iloc[0]
    return i18n.sentences(
        [
            _found(own, rules, currency),
            _checked(compared, result.trust.iloc[0], currency),
            _others(own),
            _(
                "This is weaker than a comparison with customers held out by chance: whoever made the list "
                "may have known more of the customers than these figures show."
            ),
        ]
    )


def _found(own: pd.Series, rules: Rules, currency: str) -> str:
    said = ngettext(
        "{n} of the {customers} customers written to has others alike before the campaign to whom it did "
        "not write; from {start} to {end} the net sales per head of those written to differ by {difference} "
        "({confidence} interval {low} to {high}). Without matching they differ by {naive}.",
        "{n} of the {customers} customers written to have others alike before the campaign to whom it did "
        "not write; from {start} to {end} the net sales per head of those written to differ by {difference} "
        "({confidence} interval {low} to {high}). Without matching they differ by {naive}.",
        int(own.matched),
    )
    amounts = {"difference": own.difference, "low": own.difference_low, "high": own.difference_high}
    return said.format(
        n=i18n.count(own.matched),
        customers=i18n.count(own.customers),
        start=i18n.day(own.start),
        end=i18n.day(own.end),
        confidence=i18n.percent(rules.campaign.confidence, 0),
        naive=i18n.signed_each_money(own.naive_difference, currency),
        **{name: i18n.signed_each_money(value, currency) for name, value in amounts.items()},
    )


def _checked(compared: pd.DataFrame, trust: str, currency: str) -> str:
    said = {
        "spread": _(
            "The first messages went out over {days} days. Customers may have been written to because they "
            "bought meanwhile, so this comparison is not to be trusted."
        ),
        "unchecked": _("The data do not reach back far enough to check whether they were alike before."),
        "weaker": _(
            "On weeks before the campaign the same comparison finds no clear difference, as it should."
        ),
    }
    if trust == "untrusted":
        return _warned(compared, currency)
    return said[trust].format(days=i18n.count(compared.spread_days.max()))


def _warned(compared: pd.DataFrame, currency: str) -> str:
    wrong = compared[(compared.comparison != "campaign") & compared.leaves_zero]
    said = _(
        "On the weeks from {start} to {end}, before the campaign, the same comparison finds net sales per "
        "head that differ by {difference} and a share of buyers that differs by {share}, where nothing "
        "should be: they were not alike, so this comparison is not to be trusted."
    )
    first = wrong.iloc[-1]  # the earlier weeks, if those differ, too
    late = _("They may have been chosen for what they did in these very weeks; the data cannot tell.")
    return i18n.sentences(
        [
            said.format(
                start=i18n.day(first.start),
                end=i18n.day(first.end),
                difference=i18n.signed_each_money(first.difference, currency),
                share=i18n.signed_percent(first.share_difference),
            ),
            late if list(wrong.comparison) == ["weeks_before"] else "",
        ]
    )


def _others(own: pd.Series) -> str:
    if not max(own.others_share, own.compared_others_share) > 0:
        return ""
    said = _(
        "Other campaigns wrote to {own} of them at about the same time, and to {other} of those they are "
        "compared with: what these did is in the difference, too."
    )
    return said.format(own=i18n.percent(own.others_share), other=i18n.percent(own.compared_others_share))
