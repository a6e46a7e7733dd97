"""Campaign traffic: visitors, carts and sales a day before, during and after a campaign (CP-05)."""

import datetime as dt

import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import filled
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period

WINDOWS = ("before", "during", "after")
OF_VISITORS = ("visitors", "cart_users", "favourite_users")
MEASURES = (*OF_VISITORS, "conversion", "orders", "buyers", "net_sales")
DAILY = [
    *("campaign_id", "date", "window", *OF_VISITORS, "orders", "buyers", "net_sales", "expected_net_sales"),
]
WEEK = 7


# --- days ---------------------------------------------------------------------------------------------------


def days(shop: Shop) -> pd.DataFrame:
    """Return a row a day from the first valid order up to as_of.

    Columns date; visitors, cart_users, favourite_users (of the table traffic: a day's row without a source is
    the whole day, else its sources are added up; blank where it does not tell); orders and net_sales of the
    valid orders, 0 on a day without one; buyers: those that the back end counted (支付买家数) where it tells
    of every day that has visitors, else our own, each customer once a day; blank without usable buyer keys.
    """
    every = pd.DataFrame({"date": pd.date_range(shop.first_day, shop.as_of)})
    found = every.merge(_of_orders(shop), "left", "date").merge(_of_traffic(shop), "left", "date")
    sold = ["orders", "net_sales"] + ([] if shop.missing("orders.customer_id") else ["buyers"])
    found = found.fillna(dict.fromkeys(sold, 0))
    told = found.visitors.notna()
    if told.any() and found.back_end_buyers[told].notna().all():
        found["buyers"] = found.buyers.where(~told, found.back_end_buyers)
    return found[["date", *OF_VISITORS, "orders", "buyers", "net_sales"]]


def _of_orders(shop: Shop) -> pd.DataFrame:
    rows = shop.orders
    keyed = None if shop.missing("orders.customer_id") else rows.customer_id.fill_null(rows.order_id)
    summed = rows.group_by(date=rows.paid_on).aggregate(
        orders=rows.count(),
        net_sales=rows.net.sum().round(4),
        **({} if keyed is None else {"buyers": keyed.nunique()}),
    )
    return _dated(summed, ("orders", "net_sales", "buyers"))


def _of_traffic(shop: Shop) -> pd.DataFrame:
    there = filled.columns(shop, "traffic", "visitors", "cart_users", "favourite_users", "buyers")
    names = {name: "back_end_buyers" if name == "buyers" else name for name in there}
    columns = (*OF_VISITORS, "back_end_buyers")
    if not there:
        return pd.DataFrame(columns=["date", *columns], dtype="float64").astype({"date": "datetime64[us]"})
    table = shop.tables["traffic"]
    rows = table.mutate(date=table.date.date()).filter(lambda t: t.date <= shop.as_of)
    if "source" in rows.columns:
        whole = rows.source.isnull().any().over(group_by="date")
        rows = rows.filter(~whole | rows.source.isnull())
    sums = {shown: rows[name].sum() for name, shown in names.items()}
    return _dated(rows.group_by("date").aggregate(**sums), columns)


def _dated(summed: ir.Table, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return sums by date as a frame that has all of the columns, as numbers."""
    frame = summed.to_pandas().reindex(columns=["date", *columns])
    return frame.astype(dict.fromkeys(columns, "float64")).assign(date=pd.to_datetime(frame.date))


@needs()
def daily(by_day: pd.DataFrame, campaigns: pd.DataFrame, rules: CampaignRules) -> pd.DataFrame:
    """Return the days around each campaign, of ``days`` and of ``campaign.every``: a row a campaign and day.

    Columns campaign_id, date, window (before, during, after), those of ``days``, and expected_net_sales: the
    mean of the same weekday in the ``campaign.baseline_weeks`` before the campaign (4), without the days of
    other campaigns; blank where no such day is left. The windows before and after have as many days as the
    campaign, ``campaign.window_days`` at least. Days outside the data, or after as_of, are not there.
    """
    parts = [_around(by_day, campaigns, row, rules) for row in campaigns.itertuples()]
    found = [part for part in parts if len(part)]
    return pd.concat(found, ignore_index=True)[DAILY] if found else pd.DataFrame(columns=DAILY)


def _around(by_day: pd.DataFrame, campaigns: pd.DataFrame, row: tuple, rules: CampaignRules) -> pd.DataFrame:
    usual = _usual(by_day, campaigns, row, rules)
    parts = [_within(by_day, when).assign(window=name) for name, when in _spans(row, rules).items()]
    found = pd.concat(parts)
    expected = found.date.dt.day_of_week.map(usual.groupby(usual.date.dt.day_of_week).net_sales.mean())
    return found.assign(campaign_id=row.campaign_id, expected_net_sales=expected.astype("float64").round(4))


def _spans(row: tuple, rules: CampaignRules) -> dict[str, Period]:
    long, day = max((row.end - row.start).days + 1, rules.window_days), dt.timedelta(days=1)
    return {
        "before": Period(row.start - long * day, row.start - day),
        "during": Period(row.start, row.end),
        "after": Period(row.end + day, row.end + long * day),
    }


def _within(by_day: pd.DataFrame, when: Period) -> pd.DataFrame:
    return by_day[by_day.date.between(pd.Timestamp(when.start), pd.Timestamp(when.end))]


def _usual(by_day: pd.DataFrame, campaigns: pd.DataFrame, row: tuple, rules: CampaignRules) -> pd.DataFrame:
    """Return the days of the weeks before a campaign that lie in no other one."""
    mine = _within(by_day, _weeks_before(row, rules))
    return mine[~_in_others(mine, campaigns, row)]


def _weeks_before(row: tuple, rules: CampaignRules) -> Period:
    first = row.start - dt.timedelta(days=WEEK * rules.baseline_weeks)
    return Period(first, row.start - dt.timedelta(days=1))


def _in_others(by_day: pd.DataFrame, campaigns: pd.DataFrame, row: tuple) -> pd.Series:
    inside = pd.Series(False, index=by_day.index)
    for other in campaigns[campaigns.campaign_id != row.campaign_id].itertuples():
        inside |= by_day.date.between(pd.Timestamp(other.start), pd.Timestamp(other.end))
    return inside


# --- windows ------------------------------------------------------------------------------------------------


@needs()
def by_window(
    by_day: pd.DataFrame, campaigns: pd.DataFrame, campaign_id: str, rules: CampaignRules
) -> pd.DataFrame | NotComputed:
    """Return a campaign's windows before, during and after, a row each, of the frames that ``daily`` takes.

    - window; start, end: its days, both included; days: those of them in the data, up to as_of; other_days:
      of these, in other campaigns.
    - visitors, cart_users, favourite_users, orders, buyers, net_sales, each as …_per_day: the mean of the
      days that tell; conversion_share: buyers by visitors of the days that tell of both.

    Whether that is more than was to be expected tells ``before_after.compared``.
    NotComputed where the campaign is not known.
    """
    mine = campaigns[campaigns.campaign_id == campaign_id]
    if mine.empty:
        return NotComputed("campaigns.campaign_id", str(campaign_id))
    row = next(mine.itertuples())
    around = _around(by_day, campaigns, row, rules)
    around["other"] = _in_others(around, campaigns, row)
    rows = [
        {"window": name, "start": when.start, "end": when.end} | _of_window(around[around.window == name])
        for name, when in _spans(row, rules).items()
    ]
    return pd.DataFrame(rows)


def _of_window(mine: pd.DataFrame) -> dict:
    both = mine[mine.visitors.notna() & mine.buyers.notna()]
    names = (*OF_VISITORS, "orders", "buyers", "net_sales")
    visitors = both.visitors.sum()
    return {
        "days": len(mine),
        "other_days": int(mine.other.sum()),
        **{f"{name}_per_day": mine[name].mean() for name in names},
        "conversion_share": both.buyers.sum() / visitors if visitors else float("nan"),
    }


@needs()
def factors(windows: pd.DataFrame) -> pd.DataFrame:
    """Return how the days of a campaign, and those after it, compare with those before: a row a measure.

    Columns traffic_measure (MEASURES); burst (爆发系数): the mean of a day during the campaign by that of a
    day before; after_factor: the same of the days after. Blank where either is not known, or nothing before.
    """
    rows = windows.set_index("window")
    found = []
    for name in MEASURES:
        value = rows["conversion_share" if name == "conversion" else f"{name}_per_day"]
        before = value["before"] if value["before"] > 0 else float("nan")
        found.append((name, value["during"] / before, value["after"] / before))
    return pd.DataFrame(found, columns=["traffic_measure", "burst", "after_factor"])


@needs()
def figures(windows: pd.DataFrame) -> dict[str, float]:
    """Return the key figures of a campaign's windows by their stable names; what is not known is left out."""
    found = factors(windows).set_index("traffic_measure").burst
    told = {"campaign.burst_net_sales": found.net_sales, "campaign.burst_visitors": found.visitors}
    return {name: round(float(value), 4) for name, value in told.items() if pd.notna(value)}
