"""Sample size: how many customers tell a difference between two groups, and how little so many tell."""

from typing import NamedTuple

import numpy as np
from scipy import optimize

from shopcrm_nb import difference, power, typed
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.difference import Difference
from shopcrm_nb.errors import ShopcrmError


class Anyway(NamedTuple):
    """What customers spend without a message: the share who buy, net sales per head, and of a buyer.

    Where the last is nan, all buyers are taken to spend the same.
    """

    base_share: float
    deviation: float
    net_sales_per_buyer: float

    def with_more(self, extra: float, sizes: tuple[float, float]) -> Difference:
        """Return the difference to expect where more buyers, who spend as the others, bring ``extra`` a head.

        ``sizes`` are the customers written to and held out.
        """
        p, deviation = typed.share("base_share", self.base_share), typed.positive("deviation", self.deviation)
        told = self.net_sales_per_buyer
        m = deviation / (p * (1 - p)) ** 0.5 if np.isnan(told) else told
        k = max((deviation / m) ** 2 / p - 1 + p, 0.0)
        shares = min(max(p + extra / m, 0.0), 1.0), p
        variances = tuple(m**2 * share * (1 + k - share) for share in shares)
        return Difference(
            extra, sizes, variances, tuple(difference.slope_of(share, m, k) for share in shares)
        )


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


def needed_per_head(anyway: Anyway, extra: float, holdout_share: float, rules: CampaignRules) -> int:
    """Return the customers in all that tell ``extra`` net sales per head, two-sided (``power.needed``)."""
    held = typed.share("holdout_share", holdout_share)
    if not extra or not np.isfinite(extra):
        raise ShopcrmError(f"extra: {extra} net sales per head is no difference; write an amount such as 1.5")
    return int(power.needed(anyway.with_more(extra, (1 - held, held)), rules.confidence, rules.power))


def detectable_share(customers: int, base_share: float, holdout_share: float, rules: CampaignRules) -> float:
    """Return the least extra share of buyers that ``customers`` would tell; nan where not even all would."""
    n, base = typed.whole("customers", customers), typed.share("base_share", base_share)
    held = typed.share("holdout_share", holdout_share)

    def missing(extra: float) -> float:
        return _needed_by_share(base, extra, held, rules) - n

    least, most = 1e-9, (1 - base) * (1 - 1e-9)
    return float("nan") if missing(most) > 0 else float(optimize.brentq(missing, least, most))


def detectable_per_head(customers: int, anyway: Anyway, holdout_share: float, rules: CampaignRules) -> float:
    """Return the least extra net sales per head that ``customers`` would tell (``power.detectable``)."""
    n, held = typed.whole("customers", customers), typed.share("holdout_share", holdout_share)
    sizes = n * (1 - held), n * held
    return power.detectable(lambda extra: anyway.with_more(extra, sizes), rules.confidence, rules.power)


def _needed_by_share(base: float, extra: float, held: float, rules: CampaignRules) -> float:
    treated, alike = base + extra, base + (1 - held) * extra
    none = alike * (1 - alike) * (1 / (1 - held) + 1 / held)
    there = treated * (1 - treated) / (1 - held) + base * (1 - base) / held
    reach, often = difference.z_of(rules.confidence), difference.z_of(2 * rules.power - 1)
    return (reach * none**0.5 + often * there**0.5) ** 2 / extra**2
