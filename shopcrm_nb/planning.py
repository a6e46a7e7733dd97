"""Planning: what the next campaign would tell and must bring, by this one's hold-out or by what is usual."""

import datetime as dt
from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import filled, i18n, plan, sample_size
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.assigned import CENTS, SQUARES
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.effect import Effect
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.plan import NAN, Plan

HOLDOUTS = (0.05, 0.1, 0.2, 0.5)  # shares that by_holdout sets beside each other
LEAST_BUYERS = 10  # [OUR] of the held out: of fewer, the share who buy anyway is hardly known
LIFTS = (0.1, 0.2, 0.5)  # of the share that buys anyway, for which needed tells the customers


class Measured(NamedTuple):
    """What a plan begins with: the share that bought was measured of ``of`` customers."""

    customers: int
    share: float
    of: int
    deviation: float
    net_sales_per_buyer: float
    rests_on: str


@needs()
def next_one(
    found: Effect,
    rules: CampaignRules,
    cost: float | None,
    margin: float | None,
    cost_per_message: float | None = None,
) -> Plan | NotComputed:
    """Return what a campaign like this one would tell, with the rules' share held out, and what pays.

    ``found`` is its effect, ``cost`` what it cost in all, divided by the messages; ``cost_per_message`` is
    taken where that is not told. base_share is that of the hold-out; net_sales_per_buyer that of the buyers
    of both groups, and deviation that of net sales per head where as many buy as of the hold-out. NotComputed
    where fewer than LEAST_BUYERS of the held out bought: their share is a guess.
    """
    buyers = found.buyers_treatment + found.buyers_holdout
    if found.buyers_holdout < LEAST_BUYERS or not found.deviation:
        needed = _("a campaign with a hold-out of which {n} customers bought")
        return NotComputed(needed.format(n=i18n.count(LEAST_BUYERS)))
    n, held = found.n_treatment, found.n_holdout
    each = (found.per_head_treatment * n + found.per_head_holdout * held) / buyers
    share = found.buyers_holdout / held
    # Hardly a buyer is held out: by how much buyers differ is taken from both groups.
    deviation = plan.deviation_at(share, each, plan.spread(buyers / (n + held), each, found.deviation))
    measured = Measured(n + held, share, held, deviation, each, rests_on="holdout")
    return _planned(measured, rules, cost_per_message if pd.isna(cost) else cost / n, margin)


@needs("orders.customer_id")
def usual(
    shop: Shop, orders: ir.Table, cost_per_message: float | None = None, margin: float | None = None
) -> Plan | NotComputed:
    """Return what a campaign would tell by what customers did lately, without regard to campaigns.

    ``orders`` are those of ``history.orders``. Customers are those with a valid order in the
    ``rules.campaign.before_days`` that end before the last ``window_days`` up to as_of. base_share of them
    bought in these last days; net_sales_per_buyer and deviation are of their net sales then. NotComputed
    where none of them did.
    """
    if unnamed := filled.lacks(shop, "orders", "customer_id"):
        return unnamed
    rules = shop.settings.rules.campaign
    found = _lately(orders, shop.as_of, rules)
    n, buyers, y, yy = (float(found[name] or 0) for name in ("n", "buyers", "y", "yy"))
    if not buyers:
        said = _("a customer of the year before who bought in the last {days} days")
        return NotComputed(said.format(days=i18n.count(rules.window_days)))
    deviation = max(yy / n - (y / n) ** 2, 0.0) ** 0.5
    measured = Measured(int(n), buyers / n, int(n), deviation, y / buyers, rests_on="usual")
    return _planned(measured, rules, cost_per_message, margin)


def _lately(orders: ir.Table, as_of: dt.date, rules: CampaignRules) -> dict:
    opens = as_of - dt.timedelta(days=rules.window_days)
    begins = opens - dt.timedelta(days=rules.before_days)
    rows = orders.filter(orders.customer_id.notnull() & (orders.paid_on > begins))
    late = rows.paid_on > opens
    each = rows.group_by("customer_id").aggregate(
        earlier=(~late).any(), bought=late.any(), y=rows.net.sum(where=late).fill_null(0).round(2).cast(CENTS)
    )
    each = each.filter(each.earlier)
    squares = (each.y * each.y).cast(SQUARES)
    sums = {"n": each.count(), "buyers": each.bought.sum(), "y": each.y.cast(SQUARES).sum()}
    return each.aggregate(**sums, yy=squares.sum()).to_pyarrow().to_pylist()[0]


def _planned(
    found: Measured, rules: CampaignRules, cost_per_message: float | None, margin: float | None
) -> Plan | NotComputed:
    least = _customers_for(1, rules.holdout_share)
    if found.customers < least:
        return NotComputed(_("a campaign to {n} customers or more").format(n=i18n.count(least)))
    base = min(max(found.share, 0.5 / found.of), 1 - 0.5 / found.of)
    return plan.of(
        found.customers,
        base,
        max(found.deviation, plan.deviation_at(base, found.net_sales_per_buyer)),  # of base, clipped
        rules.holdout_share,
        rules,
        cost_per_message=NAN if cost_per_message is None else cost_per_message,
        net_sales_per_buyer=found.net_sales_per_buyer,
        margin=margin or NAN,
        rests_on=found.rests_on,
    )


def _customers_for(fewest: int, held: float) -> int:
    """Return the customers of which either arm has at least ``fewest``, ``held`` the share held out."""
    return int(np.ceil(round(fewest / min(held, 1 - held), 9)))


@needs()
def cost_of_one(planned: Plan) -> float:
    """Return what writing to one customer costs by the plan; nan where that is not told."""
    return planned.cost_per_message


def message_cost(costs: pd.DataFrame | NotComputed, campaign_id: str) -> float:
    """Return what a message of a campaign cost, else one of the others on its channels; nan where none tells.

    ``costs`` is the frame of ``campaign_funnel.costs``.
    """
    if isinstance(costs, NotComputed):
        return NAN
    told = costs[costs.message_cost.notna()]
    mine = costs.campaign_id == campaign_id
    own = told[told.campaign_id == campaign_id]
    rows = own if len(own) == mine.sum() > 0 else told[told.channel.isin(costs.channel[mine])]
    return float(rows.message_cost.sum() / rows.sent_messages.sum()) if len(rows) else NAN


def either(*plans: Plan | NotComputed) -> Plan | NotComputed:
    """Return the first plan that is computed; where none is, why the last one is not."""
    return next((each for each in plans if isinstance(each, Plan)), plans[-1])


# --- tables -------------------------------------------------------------------------------------------------


@needs()
def by_holdout(planned: Plan) -> pd.DataFrame:
    """Return what a plan's customers would tell with other shares held out, a row each of HOLDOUTS.

    Columns holdout_share (0 to 1), n_holdout, n_treatment (customers), detectable_buyers_per_100 (extra
    buyers of 100 customers) and detectable_per_head (extra net sales per head): the least that would be told
    by ``rules.power``, null where nothing would, or an arm has fewer than ``rules.min_customers``.
    """
    n, rows = planned.customers, []
    for share in HOLDOUTS:
        held = round(n * share)
        found = plan.detectable(n, held, planned.anyway, planned.rules)
        rows.append((share, held, n - held, 100 * found[0], found[1]))
    told = ["detectable_buyers_per_100", "detectable_per_head"]
    return pd.DataFrame(rows, columns=["holdout_share", "n_holdout", "n_treatment", *told])


@needs()
def needed(planned: Plan) -> pd.DataFrame:
    """Return the customers that would tell if more bought by each share of LIFTS of those who do anyway.

    Columns lift_share (0 to 1, of base_share), extra_buyers_per_100 (of 100 customers), needed_n (customers
    in all, at the plan's hold-out, at least ``rules.min_customers`` an arm), needed_holdout (of them held
    out) and enough (true, false: whether the plan has so many; null with needed_n where more than all would
    have to buy).
    """
    base, held = planned.base_share, planned.holdout / planned.customers
    least = _customers_for(planned.rules.min_customers, held)
    extra = [base * lift for lift in LIFTS]
    n = [
        max(sample_size.needed_by_share(base, more, held, planned.rules), least) if base + more < 1 else None
        for more in extra
    ]
    frame = pd.DataFrame({"lift_share": LIFTS, "extra_buyers_per_100": [100 * more for more in extra]})
    frame["needed_n"] = pd.array(n, dtype="Int64")
    frame["needed_holdout"] = pd.array([k and round(k * held) for k in n], dtype="Int64")
    return frame.assign(enough=pd.array([k and k <= planned.customers for k in n], dtype="boolean"))


# --- words --------------------------------------------------------------------------------------------------


@needs()
def sentence(planned: Plan, currency: str) -> str:
    """Say what the plan would tell, what it must bring, and on what that rests."""
    return i18n.sentences([_tells(planned, currency), _pays(planned, currency), _rests_on(planned, currency)])


def _tells(planned: Plan, currency: str) -> str:
    told = _(
        "Of {customers} customers {messages} would be written to and {holdout} held out. That tells a "
        "difference of {extra} more buyers of 100 customers, or of {per_head} more net sales a head, and no "
        "smaller one."
    )
    in_money = _(
        "Of {customers} customers {messages} would be written to and {holdout} held out. That tells a "
        "difference of {per_head} more net sales a head, and no smaller one; in buyers it could not be told."
    )
    few = _(
        "Of {customers} customers {messages} would be written to and {holdout} held out. That is too few to "
        "tell anything: each of the two groups needs at least {least}."
    )
    if pd.isna(planned.detectable_share):
        told = few if pd.isna(planned.detectable_per_head) else in_money
    return told.format(
        customers=i18n.count(planned.customers),
        messages=i18n.count(planned.messages),
        holdout=i18n.count(planned.holdout),
        extra=i18n.decimal(planned.detectable_share * 100, 2),
        per_head=i18n.money(planned.detectable_per_head, currency, 2),
        least=i18n.count(planned.rules.min_customers),
    )


def _pays(planned: Plan, currency: str) -> str:
    if pd.isna(planned.cost) or not planned.cost:
        return ""
    if planned.break_even_share > 1:
        return _("No response pays for the messages: each costs more than a buyer brings.")
    cost, each = (
        i18n.money(planned.cost, currency),
        i18n.money(planned.cost_per_message, currency, 2 if planned.cost_per_message >= 1 else 3),
    )
    if pd.isna(planned.break_even_share):
        said = _(
            "Writing to them costs {cost}, {each} a customer. How many more buyers pay for that "
            "is not told without the margin."
        )
        return said.format(cost=cost, each=each)
    buyers = int(np.ceil(round(planned.break_even_share * planned.messages, 9)))
    paid = ngettext(
        "Writing to them costs {cost}, {each} a customer; that pays from {buyers} buyer on who would not "
        "have bought anyway.",
        "Writing to them costs {cost}, {each} a customer; that pays from {buyers} buyers on who would not "
        "have bought anyway.",
        buyers,
    ).format(cost=cost, each=each, buyers=i18n.count(buyers))
    unproven = planned.break_even_share < planned.detectable_share
    return i18n.sentences([paid, _("So few more buyers could not be told from chance.") if unproven else ""])


def _rests_on(planned: Plan, currency: str) -> str:
    said = {
        "holdout": _(
            "This rests on the campaign: {share} of those held out bought, and a buyer of either group spent "
            "{amount}."
        ),
        "usual": _(
            "This rests on what customers did without regard to campaigns: of those who had bought in the "
            "{before} days before, {share} bought in the last {days} days, for {amount} each."
        ),
        "typed": "",
    }[planned.rests_on]
    return said.format(
        share=i18n.percent(planned.base_share, 2),
        amount=i18n.each_money(planned.net_sales_per_buyer, currency),
        before=i18n.count(planned.rules.before_days),
        days=i18n.count(planned.rules.window_days),
    )
