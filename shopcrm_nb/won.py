"""Won: whether customers who were won by a campaign come back as others do (DX-18), and how many are new."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n, interval
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

CAMPAIGN, OTHERWISE = "campaign", "otherwise"
COLUMNS = [
    *("days", "won_by", "customers", "again_customers", "came_back_share", "ci_low", "ci_high"),
    *(
        "later_net_sales_per_customer",
        "came_back_difference",
        "came_back_difference_low",
        "came_back_difference_high",
    ),
    "comes_back",
]


@needs()
def firsts(orders: ir.Table, claimed: ir.Table) -> ir.Table | NotComputed:
    """Return the customers told to be new with their first valid order: customer_id, first_on, campaign_id.

    ``orders`` are those of ``history.orders``, ``claimed`` has the campaign_id of each order_id that counts
    to one. campaign_id is null where the first order counts to no campaign.
    """
    if "customer_id" not in orders.columns:
        return NotComputed("orders.customer_id")
    named = orders.customer_id.notnull() & (orders.kind == "new")
    first = orders.filter(named & orders.previous_on.isnull())
    counts = claimed.filter(claimed.campaign_id.notnull()).select("order_id", "campaign_id")
    both = first.select("order_id", "customer_id", first_on=first.paid_on).left_join(counts, "order_id")
    return both.select("customer_id", "first_on", "campaign_id")


@needs("orders.customer_id")
def second(
    shop: Shop, orders: ir.Table, firsts: ir.Table, campaign_id: str = ""
) -> pd.DataFrame | NotComputed:
    """Return who of those won by a campaign (by any, for "") ordered again, beside those won otherwise.

    A row for each of ``campaign.second_order_days`` and won_by (campaign; otherwise: the first order counts
    to no campaign, in the calendar months in which the campaign won customers). Columns days, won_by,
    customers (whose first order was at least so many days before as_of), again_customers (with a second valid
    order at most so many days later, the day of the first included), came_back_share, ci_low, ci_high
    (Wilson), later_net_sales_per_customer (of the orders after the first, in these days; those without any
    count with 0), and on the row of the campaign came_back_difference, came_back_difference_low and
    came_back_difference_high (Newcombe) to those won otherwise, and comes_back (more, less, cannot_tell, or
    few: one of the two has under ``min_customers``). Blank where nobody is observed so long.

    ``orders`` are those of ``history.orders``, ``firsts`` those of ``firsts``. NotComputed where the campaign
    won nobody who is told to be new. Source: S0, DX-18.
    """
    rules = shop.settings.rules.campaign
    each = _behaved(_beside(firsts, campaign_id), orders, rules)
    found = each.group_by("won_by").aggregate(**_sums(each, shop, rules)).to_pandas()
    sums = found.set_index("won_by").astype("float64").fillna(0.0)
    if CAMPAIGN not in sums.index:
        return NotComputed(_("customers known to be new whose first order counts to the campaign"))
    pairs = [_pair(sums, days, rules) for days in rules.second_order_days]
    kinds = dict.fromkeys(["days", "customers", "again_customers"], "int64")
    return pd.DataFrame([row for pair in pairs for row in pair], columns=COLUMNS).astype(kinds)


def _beside(firsts: ir.Table, campaign_id: str) -> ir.Table:
    """Keep those won by the campaign, and those won by none in the same months."""
    mine = firsts.campaign_id == campaign_id if campaign_id else firsts.campaign_id.notnull()
    won_by = ibis.cases((mine.fill_null(False), CAMPAIGN), (firsts.campaign_id.isnull(), OTHERWISE))
    every = firsts.mutate(won_by=won_by, month=firsts.first_on.truncate("M"))
    months = every.filter(every.won_by == CAMPAIGN).select("month").distinct()
    return every.filter(every.won_by.notnull()).semi_join(months, "month")


def _behaved(won: ir.Table, orders: ir.Table, rules: CampaignRules) -> ir.Table:
    """Add gap_days, to the second order, and the later net sales within each number of days."""
    after = orders.filter(orders.previous_on.notnull())
    rows = after.select("customer_id", "paid_on", "net").join(
        won.select("customer_id", "first_on"), "customer_id"
    )
    gap = rows.paid_on.delta(rows.first_on, unit="day")
    money = {
        f"later_{days}": rows.net.sum(where=gap <= days).fill_null(0).round(4)
        for days in rules.second_order_days
    }
    each = rows.group_by("customer_id").aggregate(gap_days=gap.min(), **money)
    return won.left_join(each, "customer_id").drop("customer_id_right")


def _sums(each: ir.Table, shop: Shop, rules: CampaignRules) -> dict[str, ir.Scalar]:
    lived = ibis.literal(shop.as_of).delta(each.first_on, unit="day")
    sums = {}
    for days in rules.second_order_days:
        seen = lived >= days
        sums[f"customers_{days}"] = seen.sum()
        sums[f"again_{days}"] = (seen & (each.gap_days <= days)).sum()
        sums[f"later_{days}"] = each[f"later_{days}"].sum(where=seen).round(4)
    return sums


def _pair(sums: pd.DataFrame, days: int, rules: CampaignRules) -> list[dict]:
    counts = {
        group: tuple(sums.loc[group, [f"again_{days}", f"customers_{days}"]])
        if group in sums.index
        else (0, 0)
        for group in (CAMPAIGN, OTHERWISE)
    }
    rows = [_row(group, days, *counts[group], sums[f"later_{days}"].get(group, 0), rules) for group in counts]
    found = interval.change(counts[OTHERWISE], counts[CAMPAIGN], rules.confidence)
    names = ("came_back_difference", "came_back_difference_low", "came_back_difference_high")
    rows[0] |= dict(zip(names, found, strict=True))
    rows[0]["comes_back"] = _verdict(found, min(n for _hits, n in counts.values()), rules)
    return rows


def _row(group: str, days: int, hits: float, n: float, later: float, rules: CampaignRules) -> dict:
    low, high = interval.wilson(hits, n, rules.confidence)
    figures = {"came_back_share": hits / n, "later_net_sales_per_customer": later / n} if n else {}
    counts = {"days": days, "won_by": group, "customers": n, "again_customers": hits}
    return counts | {"ci_low": low, "ci_high": high, "comes_back": "", **figures}


def _verdict(found: tuple[float, float, float], n: float, rules: CampaignRules) -> str:
    _difference, low, high = found
    if n < rules.min_customers:
        return "few"
    return "more" if low > 0 else "less" if high < 0 else "cannot_tell"


@needs()
def sentence(found: pd.DataFrame) -> str:
    """Say whether those of the campaign come back as others do, for the longest that enough were seen."""
    rows = found.set_index(["days", "won_by"])
    seen = rows.customers.unstack()[[CAMPAIGN, OTHERWISE]].min(axis=1)
    if not seen.max():
        return _("Nobody whom a campaign won can be set beside somebody won otherwise in the same months.")
    told = rows.comes_back.xs(CAMPAIGN, level="won_by") != "few"
    days = max(told[told].index) if told.any() else seen.idxmax()
    mine, others = rows.loc[(days, CAMPAIGN)], rows.loc[(days, OTHERWISE)]
    if not told.any():
        return _few(mine, others, days)
    said = ngettext(
        "Of the {n} customer won by campaigns {share} ordered again within {days} days, of the {m} won "
        "otherwise in the same months {other}.",
        "Of the {n} customers won by campaigns {share} ordered again within {days} days, of the {m} won "
        "otherwise in the same months {other}.",
        int(mine.customers),
    ).format(
        n=i18n.count(mine.customers),
        share=i18n.percent(mine.came_back_share),
        days=i18n.count(days),
        m=i18n.count(others.customers),
        other=i18n.percent(others.came_back_share),
    )
    return i18n.sentences([said, _judged(mine)])


def _few(mine: pd.Series, others: pd.Series, days: int) -> str:
    said = ngettext(
        "{n} customer won by campaigns has been watched for {days} days, of those won otherwise in the same "
        "months {m}: too few to compare.",
        "{n} customers won by campaigns have been watched for {days} days, of those won otherwise in the "
        "same months {m}: too few to compare.",
        int(mine.customers),
    )
    return said.format(n=i18n.count(mine.customers), days=i18n.count(days), m=i18n.count(others.customers))


def _judged(mine: pd.Series) -> str:
    said = {
        "more": _("They come back more often: by {low} to {high} of the customers."),
        "less": _("They come back less often: by {low} to {high} of the customers."),
        "cannot_tell": _("That is no clear difference."),
    }
    ends = sorted([abs(mine.came_back_difference_low), abs(mine.came_back_difference_high)])
    return said[mine.comes_back].format(low=i18n.percent(ends[0]), high=i18n.percent(ends[1]))


@needs("orders.customer_id")
def first_time(shop: Shop, claimed: ir.Table) -> pd.DataFrame:
    """Return how many of each campaign's buyers bought for the first time: a row a campaign, by campaign_id.

    Columns campaign_id, buyers (customers with an order that counts to it), new_buyers (one of these is their
    first, as ``history.orders`` tells it), returning_buyers, unknown_buyers (the data do not reach back far
    enough), first_time_share (new of new and returning), ci_low, ci_high (Wilson). Blank without any of both.
    ``claimed`` has customer_id, kind and campaign_id of each order. Source: S0, DX-18.
    """
    mine = claimed.filter(claimed.customer_id.notnull() & claimed.campaign_id.notnull())
    each = mine.group_by("campaign_id", "customer_id").aggregate(
        new=(mine.kind == "new").any(), unknown=(mine.kind == "unknown").any()
    )
    found = each.group_by("campaign_id").aggregate(
        buyers=each.count(), new_buyers=each.new.sum(), unknown_buyers=(each.unknown & ~each.new).sum()
    )
    frame = found.order_by("campaign_id").to_pandas()
    frame.insert(3, "returning_buyers", frame.buyers - frame.new_buyers - frame.unknown_buyers)
    told, confidence = frame.new_buyers + frame.returning_buyers, shop.settings.rules.campaign.confidence
    ends = [interval.wilson(*pair, confidence) for pair in zip(frame.new_buyers, told, strict=True)]
    limits = pd.DataFrame(ends, columns=["ci_low", "ci_high"], dtype="float64")
    return frame.assign(first_time_share=frame.new_buyers / told.where(told > 0), **limits)
