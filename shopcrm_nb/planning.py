"""Planning: how many customers the next campaign needs to be told, and what must come back to pay for it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize

from shopcrm_nb import difference, i18n, typed
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.effect import Effect
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.i18n import _

ADVICE = ("write", "leave", "test")


@dataclass(frozen=True)
class Plan:
    """The next campaign before it goes out; shares are 0 to 1, money in the shop's currency.

    messages: customers written to, holdout: held out. base_share: who buys without a message. The least
    differences that would be told, by ``rules.power``: detectable_share (of buyers, above base_share) and
    detectable_per_head (of net sales per head); nan where none can be. break_even_share: the extra buyers per
    message that pay for it; above 1 no response pays.
    """

    customers: int
    messages: int
    holdout: int
    base_share: float
    cost: float
    detectable_share: float
    detectable_per_head: float
    break_even_share: float


def plan(
    customers: int,
    base_share: float,
    deviation: float,
    holdout_share: float,
    rules: CampaignRules,
    *,
    cost_per_message: float = 0.0,
    net_sales_per_buyer: float = float("nan"),
    margin: float = 1.0,
) -> Plan:
    """Return what ``customers`` can tell when ``holdout_share`` of them are held out, and what pays.

    deviation: standard deviation of net sales per head (``effect.Effect.deviation`` of an earlier campaign).
    Raises ShopcrmError for what cannot be.
    """
    held = round(typed.whole("customers", customers) * typed.share("holdout_share", holdout_share))
    if not 0 < held < customers:
        raise ShopcrmError(
            f"holdout_share: {holdout_share} of {customers} customers leaves a group empty; take more"
        )
    return Plan(
        customers,
        customers - held,
        held,
        base_share,
        (customers - held) * typed.amount("cost_per_message", cost_per_message),
        detectable_share(customers, base_share, held / customers, rules),
        detectable_per_head(customers, deviation, held / customers, rules),
        break_even_share(cost_per_message, margin, net_sales_per_buyer),
    )


@needs()
def next_one(found: Effect, rules: CampaignRules, cost: float, margin: float | None) -> Plan | NotComputed:
    """Return what a campaign like this one would tell, with the rules' share held out, and what pays.

    ``found`` is its effect, ``cost`` what it cost in all, divided by the messages; without a hold-out that
    bought anything, half a buyer is taken. NotComputed where nobody bought at all.
    """
    if not found.deviation:
        return NotComputed(_("a campaign with a hold-out in which somebody bought"))
    return plan(
        found.n_treatment + found.n_holdout,
        max(found.buyers_holdout, 0.5) / found.n_holdout,
        found.deviation,
        rules.holdout_share,
        rules,
        cost_per_message=0.0 if pd.isna(cost) else cost / found.n_treatment,
        net_sales_per_buyer=found.per_head_treatment * found.n_treatment / max(found.buyers_treatment, 1),
        margin=margin or 1.0,
    )


# --- how many, and how little -------------------------------------------------------------------------------


def needed_by_share(base_share: float, extra_share: float, holdout_share: float, rules: CampaignRules) -> int:
    """Return the customers in all that tell ``extra_share`` more buyers than ``base_share``, two-sided.

    (z √(q (1 - q) (1 / (1 - h) + 1 / h)) + z_power √(p (1 - p) / (1 - h) + p0 (1 - p0) / h))² / (p - p0)²,
    h the share held out, p0 ``base_share``, p the sum of both, q the share of all who buy (Fleiss 1981).
    """
    base, held = typed.share("base_share", base_share), typed.share("holdout_share", holdout_share)
    if not extra_share or not 0 < base + extra_share < 1:
        raise ShopcrmError(
            f"extra_share: {extra_share} beside {base} is not a share of buyers that can be; "
            "write 0.01 for one buyer more of a hundred customers"
        )
    return int(np.ceil(_needed_by_share(base, extra_share, held, rules)))


def needed_per_head(deviation: float, extra: float, holdout_share: float, rules: CampaignRules) -> int:
    """Return the customers in all that tell ``extra`` net sales per head, two-sided, equal variances."""
    variance, held = typed.positive("deviation", deviation) ** 2, typed.share("holdout_share", holdout_share)
    if not extra or not np.isfinite(extra):
        raise ShopcrmError(f"extra: {extra} net sales per head is no difference; write an amount such as 1.5")
    return int(difference.needed(extra, (variance, variance), held, rules.confidence, rules.power))


def detectable_share(customers: int, base_share: float, holdout_share: float, rules: CampaignRules) -> float:
    """Return the least extra share of buyers that ``customers`` would tell; nan where not even all would."""
    n, base = typed.whole("customers", customers), typed.share("base_share", base_share)
    held = typed.share("holdout_share", holdout_share)

    def missing(extra: float) -> float:
        return _needed_by_share(base, extra, held, rules) - n

    least, most = 1e-9, (1 - base) * (1 - 1e-9)
    return float("nan") if missing(most) > 0 else float(optimize.brentq(missing, least, most))


def detectable_per_head(
    customers: int, deviation: float, holdout_share: float, rules: CampaignRules
) -> float:
    """Return the least extra net sales per head that ``customers`` would tell."""
    n, variance = typed.whole("customers", customers), typed.positive("deviation", deviation) ** 2
    held = typed.share("holdout_share", holdout_share)
    return (_needed(1.0, (variance, variance), held, rules) / n) ** 0.5


def _needed(extra: float, variances: tuple[float, float], held: float, rules: CampaignRules) -> float:
    return difference.needed_exactly(extra, variances, held, rules.confidence, rules.power)


def _needed_by_share(base: float, extra: float, held: float, rules: CampaignRules) -> float:
    treated, alike = base + extra, base + (1 - held) * extra
    none = alike * (1 - alike) * (1 / (1 - held) + 1 / held)
    there = treated * (1 - treated) / (1 - held) + base * (1 - base) / held
    reach, power = difference.z_of(rules.confidence), difference.z_of(2 * rules.power - 1)
    return (reach * none**0.5 + power * there**0.5) ** 2 / extra**2


# --- what pays ----------------------------------------------------------------------------------------------


def break_even_share(cost_per_message: float, margin: float, net_sales_per_buyer: float) -> float:
    """Return the extra buyers per message that pay for it: cost / (margin * net sales of a buyer).

    0.05 a message, a margin of 0.4 and 250 a buyer: 0.0005, one more buyer of 2,000. Above 1 no response
    pays; nan where a buyer's net sales are not told.
    """
    cost = typed.amount("cost_per_message", cost_per_message)
    if pd.isna(net_sales_per_buyer):
        return float("nan")
    return cost / (typed.margin(margin) * typed.positive("net_sales_per_buyer", net_sales_per_buyer))


# --- whom to write to ---------------------------------------------------------------------------------------


@needs()
def audiences(
    effects: Mapping[str, Effect | NotComputed],
    customers: Mapping[str, int],
    cost_per_message: float,
    margin: float,
) -> pd.DataFrame:
    """Return what writing to each audience would bring if it responds as its like did.

    ``effects`` are those measured of each audience, ``customers`` how many there are now. Columns audience,
    customers, audience_cost, expected_net (difference per head * margin - cost per message, for all) with
    expected_net_low and _high, and advice: write (low above 0), leave (high below 0) or test (neither, or
    nothing measured).
    """
    rate, cost = typed.margin(margin), typed.amount("cost_per_message", cost_per_message)
    rows = []
    for audience, n in customers.items():
        found = effects.get(audience)
        heads = [getattr(found, name, float("nan")) for name in ("difference", "low", "high")]
        net = [n * (value * rate - cost) for value in heads]
        rows.append((audience, n, n * cost, *net, _advice(*net[1:])))
    ends = ["expected_net", "expected_net_low", "expected_net_high"]
    return pd.DataFrame(rows, columns=["audience", "customers", "audience_cost", *ends, "advice"])


def _advice(low: float, high: float) -> str:
    return "write" if low > 0 else "leave" if high < 0 else "test"


@needs()
def sentence(planned: Plan, currency: str) -> str:
    """Say what the plan would tell and what it must bring."""
    told = _(
        "Of {customers} customers {messages} would be written to and {holdout} held out. A difference is "
        "told from {extra} more buyers of 100 customers on, or from {per_head} of net sales a head."
    ).format(
        customers=i18n.count(planned.customers),
        messages=i18n.count(planned.messages),
        holdout=i18n.count(planned.holdout),
        extra=i18n.decimal(planned.detectable_share * 100, 2),
        per_head=i18n.decimal(planned.detectable_per_head, 2),
    )
    return i18n.sentences([told, _pays(planned, currency)])


def _pays(planned: Plan, currency: str) -> str:
    if pd.isna(planned.break_even_share) or not planned.cost:
        return ""
    if planned.break_even_share > 1:
        return _("No response pays for the messages: each costs more than a buyer brings.")
    said = _(
        "The messages cost {cost}; they pay from {buyers} buyers on who would not have bought without them."
    )
    buyers = np.ceil(round(planned.break_even_share * planned.messages, 9))
    return said.format(cost=i18n.money(planned.cost, currency), buyers=i18n.count(buyers))
