"""Coupon cost: what a campaign's coupons cost with customers who would have bought without them."""

from dataclasses import dataclass
from math import exp, log
from statistics import NormalDist

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import assigned, filled, i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

HALF = 0.5


@dataclass(frozen=True)
class CouponCost:
    """What the coupons of a campaign cost, and how much of it with people who would have bought anyway.

    ``redeemed`` coupons of ``redeemers`` customers written to, used in the window, with the face ``face``.
    ``anyway_share`` (0 to 1, with low and high) is what part of the buyers would have bought without the
    campaign, ``anyway_cost`` that part of the face. ``least_share`` and ``least_cost`` hold where every buyer
    whom the campaign added used a coupon.
    """

    redeemed: int
    redeemers: int
    face: float
    anyway_share: float
    anyway_low: float
    anyway_high: float
    anyway_cost: float
    anyway_cost_low: float
    anyway_cost_high: float
    least_share: float
    least_cost: float


@needs("coupons.face", "coupons.campaign_id", "coupons.customer_id")
def of(
    shop: Shop, campaign_id: str, people: ir.Table, moments: pd.DataFrame, rules: CampaignRules
) -> CouponCost | NotComputed:
    """Return what the coupons cost that those written to used in the window, and what part was needless.

    The share is that of the held out who bought in the span of ``moments``, divided by that of the written
    to. Its interval is on the logarithm of the ratio, half a person
    added to each count (Walter 1975), cut off at 1. It takes coupon users to be like the campaign's other
    buyers; ``least_share`` does not: had every added buyer used a coupon, it is 1 - added ÷ redeemers.

    ``people`` and ``moments`` are those of ``assigned``; with moments of a horizon, who would have bought in
    so many days: where a coupon only moves sales forward, that is more. NotComputed without a hold-out,
    with an arm under ``min_customers``, without a buyer, or where it is not told which coupons were used.
    """
    lacking = filled.lacks(shop, "coupons", "face", "campaign_id", "customer_id") or _incomparable(
        moments, rules
    )
    used = lacking or _used(shop, campaign_id)
    if isinstance(used, NotComputed):
        return used
    redeemed, redeemers, face = _redeemed(used, people)
    share, low, high = anyway(moments, rules.confidence)
    least = _least(moments, redeemers)
    costs = [part * face for part in (share, low, high)]
    return CouponCost(redeemed, redeemers, face, share, low, high, *costs, least, least * face)


def _incomparable(moments: pd.DataFrame, rules: CampaignRules) -> NotComputed | None:
    rows = moments.set_index("arm")
    if assigned.HELD not in rows.index:
        return NotComputed("sends.arm", _("nobody was held out"))
    if min(rows.n.get(arm, 0) for arm in assigned.ARMS) < rules.min_customers:
        return NotComputed(_("customers of both groups whose days to buy are over"))
    return None if rows.buyers[assigned.WRITTEN] else NotComputed(_("customers written to who bought"))


def anyway(moments: pd.DataFrame, confidence: float) -> tuple[float, float, float]:
    """Return the share of the buyers who would have bought anyway, with low and high, each at most 1.

    ``moments`` of one span have both arms and a buyer among the written to.
    """
    rows = moments.set_index("arm")
    (b, m), (a, n) = (rows.loc[arm, ["buyers", "n"]].astype(float) for arm in assigned.ARMS)
    share = (a / n) / (b / m)
    middle = log((a + HALF) / (n + HALF)) - log((b + HALF) / (m + HALF))
    spread = 1 / (a + HALF) - 1 / (n + HALF) + 1 / (b + HALF) - 1 / (m + HALF)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * spread**0.5
    low, high = (min(exp(middle + end), 1.0) for end in (-reach, reach))
    return min(share, 1.0), low if a else 0.0, high


def _least(moments: pd.DataFrame, redeemers: int) -> float:
    rows = moments.set_index("arm")
    shares = rows.buyers / rows.n
    added = (shares[assigned.WRITTEN] - shares[assigned.HELD]) * rows.n[assigned.WRITTEN]
    return min(max(1 - added / redeemers, 0.0), 1.0) if redeemers else float("nan")


def _used(shop: Shop, campaign_id: str) -> ir.Table | NotComputed:
    """Return the campaign's coupons with ``at``, the time of use: told, or when its order was paid."""
    told = filled.columns(shop, "coupons", "used_at", "order_id")
    if not told:
        return NotComputed("coupons.used_at")
    rows = shop.tables["coupons"]
    rows = rows.filter(rows.campaign_id == campaign_id)
    if not rows.count().to_pyarrow().as_py():
        return NotComputed(_("coupons of this campaign in the table coupons"))
    if "order_id" in told:
        orders = shop.tables["orders"].select("order_id", order_paid_at="paid_at")
        rows = rows.left_join(orders, "order_id", rname="{name}_right")
    times = [rows[name] for name in ("used_at", "order_paid_at") if name in rows.columns]
    used = rows.mutate(at=ibis.coalesce(*times))
    return used.select("customer_id", "face", "at")


def _redeemed(used: ir.Table, people: ir.Table) -> tuple[int, int, float]:
    """Count what the written to whose window is over used in it: coupons, customers, face."""
    mine = people.filter((people.arm == assigned.WRITTEN) & people.orders_window.notnull())
    rows = used.join(mine.select("customer_id", "assigned_at", "window_end"), "customer_id")
    rows = rows.filter((rows.at >= rows.assigned_at) & (rows.at < rows.window_end))
    sums = rows.aggregate(n=rows.count(), people=rows.customer_id.nunique(), face=rows.face.sum().round(4))
    found = sums.to_pyarrow().to_pylist()[0]
    return found["n"], found["people"], float(found["face"] or 0)


@needs()
def sentence(found: CouponCost, currency: str) -> str:
    """Say what the redeemed coupons cost, and what of it went to people who would have bought anyway."""
    said = ngettext(
        "{n} coupon was used in the window, with a face value of {face}.",
        "{n} coupons were used in the window, with a face value of {face}.",
        found.redeemed,
    ).format(n=i18n.count(found.redeemed), face=i18n.money(found.face, currency))
    if not found.redeemed:
        return said
    anyway = _(
        "By the buyers among the held out, {share} of the buyers ({low} to {high}) would have bought without "
        "it: if coupon users are like the other buyers, {cost} went to them ({cost_low} to {cost_high})."
    ).format(
        share=i18n.percent(found.anyway_share),
        low=i18n.percent(found.anyway_low),
        high=i18n.percent(found.anyway_high),
        cost=i18n.money(found.anyway_cost, currency),
        cost_low=i18n.money(found.anyway_cost_low, currency),
        cost_high=i18n.money(found.anyway_cost_high, currency),
    )
    return i18n.sentences([said, anyway])
