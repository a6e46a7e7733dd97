"""Effect: what a campaign changed, by the customers it wrote to beside those that chance held out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from shopcrm_nb import balance, difference, i18n, interval, power, typed
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.i18n import _

ENDS = ("", "_low", "_high")
VERDICTS = ("worked", "did_not", "cannot_tell", "few")
NAN = float("nan")


MONEY, BUYERS = "net_sales", "buyers"  # what a verdict rests on


@dataclass(frozen=True)
class Effect:
    """What the customers written to did beyond those held out, in a span of days; intention to treat.

    Shares are 0 to 1, money is net sales in the shop's currency. share_difference and difference (of net
    sales per head) are treatment less hold-out, each with low and high; incremental_ is the same for all
    n_treatment customers. Where ``adjusted``, difference allows for what the groups bought before; ``plain``
    has difference, low and high without that, and per_head_ are always as measured. deviation: of net sales
    per head, both groups together. needed_n: customers in all, both groups at the present split, that would
    tell a difference as large as the one measured (of what ``judged_by`` names) with ``rules.power``;
    needed_holdout of them held out. pays_from: the incremental net sales that pay for the cost, nan where
    cost or margin is not told.
    """

    n_treatment: int
    n_holdout: int
    buyers_treatment: int
    buyers_holdout: int
    per_head_treatment: float
    per_head_holdout: float
    deviation: float
    pays_from: float
    share_difference: float = NAN
    share_low: float = NAN
    share_high: float = NAN
    difference: float = NAN
    low: float = NAN
    high: float = NAN
    adjusted: bool = False
    plain: tuple[float, float, float] = (NAN, NAN, NAN)
    incremental_buyers: float = NAN
    incremental_buyers_low: float = NAN
    incremental_buyers_high: float = NAN
    incremental_net_sales: float = NAN
    incremental_net_sales_low: float = NAN
    incremental_net_sales_high: float = NAN
    p_value: float = NAN
    needed_n: float = NAN
    needed_holdout: float = NAN
    judged_by: str = MONEY
    verdict: str = "few"


@needs()
def of(
    moments: pd.DataFrame,
    rules: CampaignRules,
    cost: float | None = None,
    margin: float | None = None,
    judged_by: str = MONEY,
) -> Effect | NotComputed:
    """Judge the moments of one campaign in one span: a row an arm, as ``assigned.moments`` gives them.

    - Buyers: difference of the shares with low and high (Newcombe 1998, method 10).
    - Net sales per head: ``difference.Difference``, which is Welch's interval where many bought. Welch's own
      calls a useless campaign a success too often where few of a small hold-out bought: a heavy order there
      raises the mean and the variance together.
    - CUPED (Deng and others 2013): net sales less theta times what the customer bought before, only where
      that interval is narrower; what is estimated stays the same.
    - verdict: few (an arm under ``rules.min_customers``: nothing is compared), did_not (high below 0, or
      below what pays for ``cost`` at ``margin``, the share of net sales that is gross profit), worked (low
      above 0), cannot_tell. p_value: of net sales per head, two-sided; it agrees with the interval.
    - judged_by: net_sales, or buyers, where the goal that was set beforehand is in these: then low and high
      of the verdict are those of the share of buyers, still against what pays for the cost in money.

    NotComputed where nobody was held out, no customer's days are over, or the arms differed before
    (``balance.unlike``).
    """
    missing = balance.lacking(moments) or balance.unlike(moments, rules)
    if missing:
        return missing
    arms = balance.arms(moments)
    counted = _counted(arms, cost, margin)
    if min(arm.n for arm in arms) < rules.min_customers:
        return counted
    told = _buyers(arms, rules) | _money(arms, rules) | _needed(arms, rules, judged_by)
    found = replace(counted, **told, judged_by=judged_by)
    return replace(found, verdict=_verdict(found))


def each(
    moments: pd.DataFrame,
    by: str,
    rules: CampaignRules,
    cost: float | None = None,
    margin: float | None = None,
    judged_by: str = MONEY,
) -> dict[object, Effect | NotComputed]:
    """Return the effect of each value of a column of ``moments``, such as its spans, in their order there."""
    groups = moments.groupby(by, sort=False, observed=True)
    return {value: of(rows, rules, cost, margin, judged_by) for value, rows in groups}


def _counted(arms: list[difference.Group], cost: float | None, margin: float | None) -> Effect:
    told = not pd.isna(cost) and not pd.isna(margin)
    n, _buyers, y, yy, *_before = map(sum, zip(*arms, strict=True))
    return Effect(
        *(int(arm.n) for arm in arms),
        *(int(arm.buyers) for arm in arms),
        *(float(arm.y / arm.n) for arm in arms),
        deviation=float(max(yy / n - (y / n) ** 2, 0.0) ** 0.5),
        pays_from=cost / typed.margin(margin) if told else NAN,
    )


def _buyers(arms: list[difference.Group], rules: CampaignRules) -> dict[str, float]:
    treated, held = ((arm.buyers, arm.n) for arm in arms)
    found = interval.change(held, treated, rules.confidence)
    names = ("share_difference", "share_low", "share_high")
    return dict(zip(names, found, strict=True)) | _for_all("incremental_buyers", found, arms[0].n)


def _money(arms: list[difference.Group], rules: CampaignRules) -> dict:
    z = difference.z_of(rules.confidence)
    plain, used = _plain_and_used(arms, z)
    found = used.interval(z)
    return {
        **dict(zip(("difference", "low", "high"), found, strict=True)),
        **_for_all("incremental_net_sales", found, arms[0].n),
        "adjusted": used is not plain,
        "plain": plain.interval(z),
        "p_value": used.p_value(),
    }


def _plain_and_used(
    arms: list[difference.Group], z: float
) -> tuple[difference.Difference, difference.Difference]:
    """Return the difference of net sales as it is, and the one that is told."""
    plain, adjusted = (difference.of(arms, theta) for theta in (0.0, difference.theta(arms)))
    return plain, adjusted if adjusted.width(z) < plain.width(z) else plain


def _needed(arms: list[difference.Group], rules: CampaignRules, judged_by: str) -> dict[str, float]:
    # Where all buyers spend 1 the interval of the means is Newcombe's of the shares.
    buyers = [difference.Group(arm.n, arm.buyers, arm.buyers, arm.buyers) for arm in arms]
    _plain, used = _plain_and_used(arms, difference.z_of(rules.confidence))
    judged = difference.of(buyers) if judged_by == BUYERS else used
    needed = power.needed(judged, rules.confidence, rules.power)
    held = arms[1].n / (arms[0].n + arms[1].n)
    return {"needed_n": needed, "needed_holdout": float(np.ceil(needed * held))}


def _for_all(name: str, found: tuple[float, float, float], n: float) -> dict[str, float]:
    return {f"{name}{end}": value * n for end, value in zip(ENDS, found, strict=True)}


def _verdict(found: Effect) -> str:
    low, high = (found.share_low, found.share_high) if found.judged_by == BUYERS else (found.low, found.high)
    if high < 0 or found.incremental_net_sales_high < found.pays_from:
        return "did_not"
    return "worked" if low > 0 else "cannot_tell"


# --- tables and words ---------------------------------------------------------------------------------------

SHOWN = [
    *("n_treatment", "n_holdout", "buyers_treatment", "buyers_holdout"),
    *("share_difference", "share_low", "share_high", "per_head_treatment", "per_head_holdout"),
    *("difference", "difference_low", "difference_high", "incremental_buyers", "incremental_net_sales"),
    *("incremental_net_sales_low", "incremental_net_sales_high", "p_value", "verdict", "needed_n"),
]


def frame(effects: Mapping[object, Effect | NotComputed], named: str) -> pd.DataFrame:
    """Return a row an effect: the column ``named`` has its key (a span, a campaign), then SHOWN.

    difference_low and difference_high are low and high of the effect. Of what was not computed everything is
    blank, the verdict too.
    """
    there = {"difference_low": "low", "difference_high": "high"}
    rows = [
        {named: key} | {name: getattr(found, there.get(name, name), None) for name in SHOWN}
        for key, found in effects.items()
    ]
    numbers = [name for name in SHOWN if name != "verdict"]
    return pd.DataFrame(rows, columns=[named, *SHOWN]).astype(dict.fromkeys(numbers, "float64"))


@needs()
def sentence(effect: Effect, rules: CampaignRules, currency: str) -> str:
    """Say whether the campaign worked, what it brought, how sure that is, and how many would tell."""
    return i18n.sentences([_said(effect, rules, currency), _measured(effect), _wanted(effect)])


def _said(effect: Effect, rules: CampaignRules, currency: str) -> str:
    said = {
        "worked": _(
            "It worked: the customers written to bought for about {sales} more than without the campaign, "
            "somewhere between {low} and {high} ({confidence} sure)."
        ),
        "worked_buyers": _(
            "It worked: about {buyers} more customers bought than without the campaign, somewhere between "
            "{fewest} and {most} ({confidence} sure). In net sales that is between {low} and {high}."
        ),
        "less_buyers": _(
            "It did not work: about {fewer} fewer customers bought than without the campaign ({confidence} "
            "sure that it was fewer)."
        ),
        "cannot_tell_buyers": _(
            "It cannot be told yet whether it worked: something between {fewest} and {most} more customers "
            "bought than without the campaign ({confidence} sure): perhaps none."
        ),
        "less": _(
            "It did not work: the customers written to bought for about {less} less than without the "
            "campaign ({confidence} sure that it was less)."
        ),
        "unpaid": _(
            "It did not pay: the customers written to bought for at most {high} more than without the "
            "campaign ({confidence} sure), and its cost needs {pays}."
        ),
        "cannot_tell": _(
            "It cannot be told yet whether it worked: the customers written to bought for something between "
            "{low} and {high} more than without the campaign ({confidence} sure): perhaps nothing."
        ),
        "few": _("There are too few customers to tell: each group needs at least {least}."),
        "none": _("It cannot be told yet whether it worked: nobody of either group has bought."),
    }
    return said[_case(effect)].format(
        sales=i18n.money(effect.incremental_net_sales, currency),
        less=i18n.money(-effect.incremental_net_sales, currency),
        low=i18n.money(effect.incremental_net_sales_low, currency),
        high=i18n.money(max(effect.incremental_net_sales_high, 0.0), currency),
        pays=i18n.money(effect.pays_from, currency),
        buyers=i18n.count(effect.incremental_buyers),
        fewer=i18n.count(-effect.incremental_buyers),
        fewest=i18n.count(effect.incremental_buyers_low),
        most=i18n.count(effect.incremental_buyers_high),
        confidence=i18n.percent(rules.confidence, 0),
        least=i18n.count(rules.min_customers),
    )


def _case(effect: Effect) -> str:
    by_buyers = "_buyers" if effect.judged_by == BUYERS else ""
    if effect.verdict == "did_not":
        less = (effect.share_high if by_buyers else effect.high) < 0
        return f"less{by_buyers}" if less else "unpaid"
    if effect.verdict == "cannot_tell" and not by_buyers and pd.isna(effect.low):
        return "none"
    return effect.verdict if effect.verdict == "few" else f"{effect.verdict}{by_buyers}"


def _measured(effect: Effect) -> str:
    said = _("Of {treated} customers written to {share} bought, of {held} held out {held_share}.").format(
        treated=i18n.count(effect.n_treatment),
        held=i18n.count(effect.n_holdout),
        share=i18n.percent(effect.buyers_treatment / effect.n_treatment, 2),
        held_share=i18n.percent(effect.buyers_holdout / effect.n_holdout, 2),
    )
    allowed = _("What both groups had bought before is taken into account.") if effect.adjusted else ""
    return i18n.sentences([said, _other_measure(effect), allowed])


def _other_measure(effect: Effect) -> str:
    """Tell the difference in buyers, and why a clear one is not what the verdict rests on."""
    if pd.isna(effect.share_low):
        return ""
    ends = (effect.share_difference, effect.share_low, effect.share_high)
    said = _("The difference in buyers is {difference} of 100 customers.").format(
        difference=i18n.within(*(i18n.signed_decimal(100 * end, 2) for end in ends))
    )
    clear = effect.share_low > 0 or effect.share_high < 0
    judged = _("That alone is clear; the verdict goes by net sales, for the goal is not set in buyers.")
    hidden = clear and effect.judged_by == MONEY and effect.verdict == "cannot_tell"
    return i18n.sentences([said, judged if hidden else ""])


def _wanted(effect: Effect) -> str:
    # So many as were asked already have not told it: what few buyers spent is hardly known.
    if effect.verdict != "cannot_tell" or not effect.needed_n > effect.n_treatment + effect.n_holdout:
        return ""
    said = _(
        "If the difference is really as large as it looks, about {needed} customers would tell it, "
        "{held} of them held out."
    )
    return said.format(needed=i18n.count(effect.needed_n), held=i18n.count(effect.needed_holdout))
