"""Plan: the next campaign in numbers before it goes out, and the refusal of those that cannot be."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from shopcrm_nb import sample_size, typed
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.sample_size import Anyway

RESTS_ON = ("holdout", "usual", "typed")
SLACK = 0.99  # of the least deviation, so that a figure that was rounded is not refused
NAN = float("nan")


@dataclass(frozen=True)
class Plan:
    """The next campaign before it goes out; shares are 0 to 1, money in the shop's currency.

    messages: customers written to, holdout: held out, by the holdout_share that was asked for. What was
    measured or typed (``rests_on``): base_share, who buys without a message; deviation of net sales per head;
    net_sales_per_buyer; cost of all messages; margin. Nan is not told. The least differences that would be
    told, by ``rules.power``: detectable_share (of buyers, above base_share) and detectable_per_head (of net
    sales per head); nan where none can be, or an arm has fewer than ``rules.min_customers``.
    break_even_share: the extra buyers per message that pay for it; above 1 no response pays. rules: those by
    which it was made.
    """

    customers: int
    messages: int
    holdout: int
    holdout_share: float
    base_share: float
    deviation: float
    net_sales_per_buyer: float
    cost: float
    margin: float
    detectable_share: float
    detectable_per_head: float
    break_even_share: float
    rules: CampaignRules
    rests_on: str = "typed"

    @property
    def anyway(self) -> Anyway:
        """What customers spend without a message."""
        return Anyway(self.base_share, self.deviation, self.net_sales_per_buyer)

    @property
    def cost_per_message(self) -> float:
        """What writing to one customer costs; nan where that is not told."""
        return self.cost / self.messages


def of(
    customers: int,
    base_share: float,
    deviation: float,
    holdout_share: float,
    rules: CampaignRules,
    *,
    cost_per_message: float = NAN,
    net_sales_per_buyer: float = NAN,
    margin: float = NAN,
    rests_on: str = "typed",
) -> Plan:
    """Return what ``customers`` can tell when ``holdout_share`` of them are held out, and what pays.

    deviation: standard deviation of net sales per head without a message. What is nan is not told. Raises
    ShopcrmError for what cannot be.
    """
    n = typed.whole("customers", customers)
    held = round(n * typed.share("holdout_share", holdout_share))
    if not 0 < held < n:
        raise ShopcrmError(f"holdout_share: {holdout_share} of {n} customers leaves a group empty; take more")
    pays = break_even_share(cost_per_message, margin, net_sales_per_buyer)
    _check_deviation(deviation, base_share, net_sales_per_buyer)
    return Plan(
        n,
        n - held,
        held,
        holdout_share,
        base_share,
        deviation,
        net_sales_per_buyer,
        (n - held) * cost_per_message,
        margin,
        *detectable(n, held, Anyway(base_share, deviation, net_sales_per_buyer), rules),
        pays,
        rules,
        rests_on,
    )


def deviation_at(base_share: float, net_sales_per_buyer: float, spread: float = 0.0) -> float:
    """Return the standard deviation per head; without ``spread``, the least there can be.

    m √(p (1 + k - p)), p the share who buy, m what a buyer spends, and k the squared coefficient of variation
    of that.
    """
    return net_sales_per_buyer * (base_share * (1 + spread - base_share)) ** 0.5


def spread(base_share: float, net_sales_per_buyer: float, deviation: float) -> float:
    """Return the squared coefficient of variation of what a buyer spends, which is not below 0."""
    return max((deviation / net_sales_per_buyer) ** 2 / base_share - 1 + base_share, 0.0)


def _check_deviation(deviation: float, base_share: float, net_sales_per_buyer: float) -> None:
    typed.positive("deviation", deviation)
    least = deviation_at(typed.share("base_share", base_share), net_sales_per_buyer)
    if deviation < SLACK * least:
        raise ShopcrmError(
            f"deviation: {deviation} cannot be; where {base_share} of the customers buy for "
            f"{net_sales_per_buyer} each, net sales per head deviate by {least:.2f} at least"
        )


def detectable(customers: int, held: int, anyway: Anyway, rules: CampaignRules) -> tuple[float, float]:
    """Return the least extra share of buyers, and extra net sales per head, that would be told, or nan."""
    if min(held, customers - held) < rules.min_customers:
        return NAN, NAN
    return (
        sample_size.detectable_share(customers, anyway.base_share, held / customers, rules),
        sample_size.detectable_per_head(customers, anyway, held / customers, rules),
    )


# --- what pays ----------------------------------------------------------------------------------------------


def break_even_share(cost_per_message: float, margin: float, net_sales_per_buyer: float) -> float:
    """Return the extra buyers per message that pay for it: cost / (margin * net sales of a buyer).

    0.05 a message, a margin of 0.4 and 250 a buyer: 0.0005, one more buyer of 2,000. Above 1 no response
    pays; nan where one of the three is not told.
    """
    cost = _told(cost_per_message, lambda value: typed.amount("cost_per_message", value))
    per_buyer = _told(net_sales_per_buyer, lambda value: typed.positive("net_sales_per_buyer", value))
    return cost / (_told(margin, typed.margin) * per_buyer)


def _told(value: float, check: Callable[[float], float]) -> float:
    return NAN if pd.isna(value) else check(value)
