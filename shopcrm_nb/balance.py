"""Balance: whether those written to and those held out were alike before the campaign."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopcrm_nb import difference, evidence, i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.i18n import _

ARMS = ("treatment", "holdout")
NAN = float("nan")


@dataclass(frozen=True)
class Balance:
    """What the groups bought before the campaign: net sales per head, and the share who bought (nan: untold).

    p_value: the smaller of both, for how many they are (Holm); alike: it is not below
    ``rules.least_balance_p``.
    """

    n_treatment: int
    n_holdout: int
    before_per_head_treatment: float
    before_per_head_holdout: float
    before_share_treatment: float
    before_share_holdout: float
    p_value: float
    alike: bool


@needs()
def of(moments: pd.DataFrame, rules: CampaignRules) -> Balance | NotComputed:
    """Compare what the groups bought before; groups drawn by chance differ by no more than chance makes.

    Net sales as in ``effect.of``; buyers, where ``moments`` has before_buyers, exactly
    (``evidence.two_sided``).
    """
    missing = lacking(moments)
    if missing:
        return missing
    before, shares = _before(moments), [NAN, NAN]
    p_values = [difference.of(before).p_value()]
    if "before_buyers" in moments:
        shares = [float(arm.buyers / arm.n) for arm in before]
        counts = [pd.Series([value]) for arm in before for value in (arm.buyers, arm.n)]
        p_values.append(evidence.two_sided(*counts)[0])
    told = evidence.holm(np.array(p_values))
    p_value = NAN if np.isnan(told).all() else float(np.nanmin(told))
    counts, heads = [int(arm.n) for arm in before], [float(arm.y / arm.n) for arm in before]
    return Balance(*counts, *heads, *shares, p_value, not p_value < rules.least_balance_p)


def _before(moments: pd.DataFrame) -> list[difference.Group]:
    """Return the moments of the time before as if they were the outcome."""
    told = moments.get("before_buyers")
    # Where buyers are not told: as many as there would be if all had bought for the same amount.
    buyers = told if told is not None else moments.x**2 / moments.xx.where(moments.xx > 0)
    return arms(moments.assign(buyers=buyers.fillna(0), y=moments.x, yy=moments.xx, x=0, xx=0, xy=0))


@needs()
def unlike(moments: pd.DataFrame, rules: CampaignRules) -> NotComputed | None:
    """Return why the groups cannot be compared, or None where they were alike before."""
    found = of(moments, rules)
    if isinstance(found, NotComputed) or found.alike:
        return None
    reason = _(
        "before the campaign those written to had bought for {treated} a head, those held out for {held}"
    )
    treated, held = found.before_per_head_treatment, found.before_per_head_holdout
    told = reason.format(treated=i18n.decimal(treated, 2), held=i18n.decimal(held, 2))
    return NotComputed(_("a hold-out drawn by chance"), told)


def lacking(moments: pd.DataFrame) -> NotComputed | None:
    """Return what the moments of a campaign lack to compare its two groups, or None."""
    known = dict(zip(moments.arm, moments.n, strict=True))
    if "holdout" not in known:
        return NotComputed("sends.arm", _("nobody was held out"))
    if not all(known.get(arm) for arm in ARMS):
        return NotComputed(_("customers of both groups whose days to buy are over"))
    return None


def arms(moments: pd.DataFrame) -> list[difference.Group]:
    """Return the sums of those written to, and of those held out."""
    rows = moments.set_index("arm")[list(difference.Group._fields)].astype("float64")
    return [difference.Group(*rows.loc[arm].tolist()) for arm in ARMS]
