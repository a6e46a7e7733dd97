"""Sample size: how many customers tell a difference between two groups, and how little so many tell."""

import numpy as np
from scipy import optimize

from shopcrm_nb import difference, typed
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.errors import ShopcrmError


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


def detectable_share(customers: int, base_share: float, holdout_share: float, rules: CampaignRules) -> float:
    """Return the least extra share of buyers that ``customers`` would tell; nan where not even all would."""
    n, base = typed.whole("customers", customers), typed.share("base_share", base_share)
    held = typed.share("holdout_share", holdout_share)

    def missing(extra: float) -> float:
        return _needed_by_share(base, extra, held, rules) - n

    least, most = 1e-9, (1 - base) * (1 - 1e-9)
    return float("nan") if missing(most) > 0 else float(optimize.brentq(missing, least, most))


def detectable_per_head(
    customers: int,
    base_share: float,
    net_sales_per_buyer: float,
    deviation: float,
    holdout_share: float,
    rules: CampaignRules,
) -> float:
    """Return the least extra net sales per head that ``customers`` would tell; nan where none would be.

    They come from more buyers, who spend as the others do. With them the variance rises, and of a hold-out
    in which few buy the interval is wide and skew: the least is where the interval of ``difference`` still
    lies above 0 with the power asked for, and not where that of a normal distribution would.
    """
    n, base = typed.whole("customers", customers), typed.share("base_share", base_share)
    held, each = typed.share("holdout_share", holdout_share), net_sales_per_buyer
    square = (typed.positive("deviation", deviation) ** 2 + (base * each) ** 2) / base
    reach, power = difference.z_of(rules.confidence), difference.z_of(2 * rules.power - 1)
    anyway = _expected(n * held, base, each, square)

    def missing(extra: float) -> float:
        found = difference.of([_expected(n * (1 - held), base + extra / each, each, square), anyway])
        error = sum(variance / of for variance, of in zip(found.variance, found.n, strict=True)) ** 0.5
        return power * error - found.interval(reach)[1]

    least, most = 1e-9 * each, (1 - base) * each * (1 - 1e-9)
    return float("nan") if missing(most) > 0 else float(optimize.brentq(missing, least, most))


def _expected(n: float, share: float, each: float, square: float) -> difference.Group:
    """Return the sums of n customers of whom ``share`` buy; the mean of their spend, and of its square."""
    return difference.Group(n, n * share, n * share * each, n * share * square)


def _needed_by_share(base: float, extra: float, held: float, rules: CampaignRules) -> float:
    treated, alike = base + extra, base + (1 - held) * extra
    none = alike * (1 - alike) * (1 / (1 - held) + 1 / held)
    there = treated * (1 - treated) / (1 - held) + base * (1 - base) / held
    reach, power = difference.z_of(rules.confidence), difference.z_of(2 * rules.power - 1)
    return (reach * none**0.5 + power * there**0.5) ** 2 / extra**2
