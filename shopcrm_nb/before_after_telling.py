"""Before and after, in words: what a campaign's days brought beside the weeks before, and how sure it is."""

import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.rules import Rules


@needs()
def sentence(compared: pd.DataFrame, result: pd.DataFrame, rules: Rules, currency: str) -> str:
    """Say what ``before_after.compared`` and its ``result`` find, and why it is weaker than a hold-out."""
    part, row = compared.set_index("campaign_part"), result.iloc[0]
    texts = [
        _during(part.loc["campaign"], rules, currency),
        _left_out(part.loc["campaign"]),
        _after(part, currency),
        _year(row, rules),
        _checked(part.loc["campaign"], row.trust),
        _others(part),
        _(
            "This is weaker than a comparison with customers held out by chance: whatever else happened on "
            "these days is in it, too."
        ),
    ]
    return i18n.sentences(texts)


def _during(own: pd.Series, rules: Rules, currency: str) -> str:
    said = ngettext(
        "On its {days} day the shop had net sales of {net_sales}, {extra} ({change}) beside what the same "
        "weekdays of the {weeks} weeks before lead to expect.",
        "On its {days} days the shop had net sales of {net_sales}, {extra} ({change}) beside what the same "
        "weekdays of the {weeks} weeks before lead to expect.",
        int(own.days),
    )
    text = said.format(
        days=i18n.count(own.days),
        net_sales=i18n.money(own.net_sales, currency),
        extra=i18n.signed_money(own.extra_net_sales, currency),
        change=i18n.signed_percent(own.change_share),
        weeks=i18n.count(rules.campaign.baseline_weeks),
    )
    return i18n.sentences([text, _within(own, rules, currency)])


def _within(own: pd.Series, rules: Rules, currency: str) -> str:
    if pd.isna(own.extra_low):
        return ""
    said = _("The {confidence} interval of the difference is {low} to {high}.")
    ends = {end: i18n.signed_money(own[f"extra_{end}"], currency) for end in ("low", "high")}
    return said.format(confidence=i18n.percent(rules.campaign.confidence, 0), **ends)


def _left_out(own: pd.Series) -> str:
    n = int(own.left_out_days)
    said = ngettext(
        "{n} day of the weeks before lies in another campaign and is left out of what one would expect.",
        "{n} days of the weeks before lie in other campaigns and are left out of what one would expect.",
        n,
    )
    return said.format(n=i18n.count(n)) if n else ""


def _after(part: pd.DataFrame, currency: str) -> str:
    after, both = part.extra_net_sales["after"], part.extra_net_sales["both"]
    if pd.isna(after):
        return _("As many days after it are not over yet, so what was only bought earlier is not known.")
    said = _("On as many days after it the difference is {after}; both together, {both}.")
    told = said.format(after=i18n.signed_money(after, currency), both=i18n.signed_money(both, currency))
    return i18n.sentences([told, _taken_back(part)])


def _taken_back(part: pd.DataFrame) -> str:
    if not (part.extra_low["campaign"] > 0 and part.extra_high["after"] < 0):
        return ""
    share = -part.extra_net_sales["after"] / part.extra_net_sales["campaign"]
    return _("{share} of what came in more is gone again.").format(share=i18n.percent(share, 0))


def _year(row: pd.Series, rules: Rules) -> str:
    if pd.isna(row.against_year_change_share):
        return _("The data do not reach back to the same days a year before.")
    if pd.isna(row.against_year_change_share_low):
        said = _("Beside the same comparison a year before, the change is {change}.")
    else:
        said = _(
            "Beside the same comparison a year before, the change is {change} ({confidence} interval {low} "
            "to {high})."
        )
    names = {"change": "", "low": "_low", "high": "_high"}
    ends = {name: i18n.signed_percent(row[f"against_year_change_share{end}"]) for name, end in names.items()}
    return said.format(confidence=i18n.percent(rules.campaign.confidence, 0), **ends)


def _checked(own: pd.Series, trust: str) -> str:
    said = {
        "weaker": _(
            "Of {n} equally long periods before it, the same comparison finds {change} on average, which "
            "chance alone can make."
        ),
        "untrusted": _(
            "Of {n} equally long periods before it, without the campaign, the same comparison finds {change} "
            "on average: net sales were changing anyway, so this comparison is not to be trusted."
        ),
        "unchecked": _("Too few such periods without another campaign lie before it to tell how they vary."),
    }
    change = i18n.signed_percent(own.placebo_change_share)
    checked = pd.notna(own.placebo_change_share_low)
    kind = "unchecked" if not checked else "untrusted" if trust == "untrusted" else "weaker"
    return said[kind].format(n=i18n.count(own.placebo_periods), change=change)


def _others(part: pd.DataFrame) -> str:
    n = part.campaign_days["campaign"]
    said = ngettext(
        "On {n} of its days another campaign ran, too.",
        "On {n} of its days another campaign ran, too.",
        int(n),
    )
    return said.format(n=i18n.count(n)) if n else ""
