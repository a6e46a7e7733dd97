"""Before and after: a campaign's days beside the weekdays before it, and beside the same a year before."""

import datetime as dt

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from shopcrm_nb import i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period

WEEK = 7
MOST_PLACEBOS = 13  # periods as long as the campaign before it, from which is told how much days vary
PARTS = ("campaign", "after", "both", "year_before", "against_year")
EXTRA = ("extra_net_sales", "extra_low", "extra_high")
CHANGES = ("change_share", "change_share_low", "change_share_high")
COLUMNS = ["campaign_part", "start", "end", "days", "net_sales", "expected_net_sales", *EXTRA, *CHANGES]
COLUMNS += ["buyers_per_day", "expected_buyers_per_day", "buyers_change_share"]


@needs()
def daily(orders: ir.Table) -> pd.DataFrame:
    """Return a row for each day of ``history.orders`` from the first to the last: net_sales, buyers, by day.

    A buyer counts once a day; an order without a customer is a buyer of its own.
    """
    each = orders.group_by("paid_on").aggregate(
        net_sales=orders.net.sum().round(4), buyers=orders.key.nunique()
    )
    frame = each.to_pandas()
    frame.index = pd.to_datetime(frame.pop("paid_on"))
    return frame.astype("float64").sort_index().asfreq("D", fill_value=0.0)


@needs()
def compared(
    shop: Shop, days: pd.DataFrame, campaigns: pd.DataFrame, campaign_id: str
) -> pd.DataFrame | NotComputed:
    """Set a campaign's days beside what ``daily`` of the weeks before leads to expect: a row each (CP-12).

    Expected of a day is the mean of the same weekday in the ``baseline_weeks`` before the campaign, without
    the days of others of ``campaigns``, as in ``campaign_traffic.daily``; left_out_days: how many these were.

    - campaign_part: campaign (its days); after (as many days after it, from which sales may have been pulled
      forward); both; year_before (the same days of the calendar a year before, beside the weeks before
      those); against_year (how much more the campaign's change is than that: difference of the logarithms).
    - start, end, days; net_sales, expected_net_sales, extra_net_sales (the difference), extra_low,
      extra_high; change_share (net_sales / expected - 1), change_share_low, change_share_high; buyers_per_day
      (different ones each day), expected_buyers_per_day, buyers_change_share.
    - campaign_days: days of start to end on which another of ``campaigns`` ran, too.
    - placebo_periods, placebo_change_share and its _low and _high: how many equally long periods before the
      campaign the same was done with, and their mean change, which should be nothing; of the MOST_PLACEBOS
      last ones those without a day of another campaign.

    Intervals of ``confidence``: as the changes of the placebo periods vary (Student, of a further one like
    them); that of both is the sum of the two, for they share what is expected. Blank with fewer than
    ``placebo_weeks`` such periods, and for days after as_of or before the data reach back.
    NotComputed where the campaign is not over, the weeks before it are not in the data, or a weekday of them
    always lies in another campaign.
    """
    rules = shop.settings.rules.campaign
    row = campaigns[campaigns.campaign_id == campaign_id].iloc[0]
    during = Period(row.start, row.end)
    if during.end > shop.as_of:
        return NotComputed(_("orders up to {day}").format(day=i18n.day(during.end)))
    if _weeks_before(during, rules).start < shop.first_day:
        return NotComputed(_("orders from {day} on").format(day=i18n.day(_weeks_before(during, rules).start)))
    others = campaigns[campaigns.campaign_id != campaign_id]
    days = days.reindex(pd.date_range(shop.first_day, shop.as_of), fill_value=0.0)
    days = days.assign(other=days.index.isin(list(_days_in(others, shop.first_day, shop.as_of))))
    after = Period(during.end + _days(1), during.end + _days(during.days))
    before = _weeks_before(during, rules)
    if any(_expected(days, when, before).isna().any(axis=None) for when in (during, after)):
        return NotComputed(_("weeks before it with days of no other campaign"))
    quiet = _quiet(days, during, rules)
    parts = [("campaign", during, during), ("after", after, during)]
    parts += [("year_before", during.back(12), during.back(12))]
    reach = _reach(quiet, rules, 1 + 1 / max(len(quiet), 1))
    rows = {name: _row(days, when, _weeks_before(base, rules), reach) for name, when, base in parts}
    rows["both"] = _both(rows["campaign"], rows["after"])
    rows["against_year"] = _against(rows["campaign"], rows["year_before"], _reach(quiet, rules, 2))
    found = pd.DataFrame([{"campaign_part": name} | rows[name] for name in PARTS], columns=COLUMNS)
    found["campaign_days"] = [_days_with(others, *span) for span in zip(found.start, found.end, strict=True)]
    found.insert(0, "campaign_id", campaign_id)
    return found.assign(left_out_days=_within(days, before).other.sum(), **_placebo(quiet, rules))


def _days(n: int) -> dt.timedelta:
    return dt.timedelta(days=n)


def _weeks_before(when: Period, rules: CampaignRules) -> Period:
    return Period(when.start - _days(WEEK * rules.baseline_weeks), when.start - _days(1))


def _row(days: pd.DataFrame, when: Period, base: Period, reach: float) -> dict:
    """Return the figures of a period beside its baseline; blank where the days do not reach."""
    row = {"start": when.start, "end": when.end, "days": when.days}
    first, last = days.index[0].date(), days.index[-1].date()
    if base.start < first or when.end > last:
        return row
    inside, expected = _within(days, when), _expected(days, when, base)
    if expected.isna().any(axis=None):
        return row
    sums, buyers = inside.net_sales.sum(), inside.buyers.mean()
    change = _log(sums, expected.net_sales.sum())
    return row | {
        "net_sales": sums,
        "buyers_per_day": buyers,
        "expected_buyers_per_day": expected.buyers.mean(),
        "buyers_change_share": np.expm1(_log(buyers, expected.buyers.mean())),
        **_changes(change, reach),
        **_extra(sums, expected.net_sales.sum(), reach),
    }


def _within(days: pd.DataFrame, when: Period) -> pd.DataFrame:
    return days.loc[pd.Timestamp(when.start) : pd.Timestamp(when.end)]


def _expected(days: pd.DataFrame, when: Period, base: Period) -> pd.DataFrame:
    """Return for each day of a period the mean of its weekday in the baseline; blank where none is left."""
    before = _within(days, base)
    left = before.loc[~before.other, ["net_sales", "buyers"]]
    means = left.groupby(left.index.day_of_week).mean()
    return means.reindex(pd.date_range(when.start, when.end).day_of_week)


def _log(now: float, before: float) -> float:
    return float(np.log(now / before)) if now > 0 and before > 0 else np.nan


def _changes(change: float, reach: float) -> dict:
    ends = np.expm1([change, change - reach, change + reach])
    return dict(zip(CHANGES, ends, strict=True))


def _extra(net_sales: float, expected: float, reach: float) -> dict:
    extra = [net_sales - expected * factor for factor in np.exp([0, reach, -reach])]
    return {"expected_net_sales": expected} | dict(zip(EXTRA, extra, strict=True))


def _both(during: dict, after: dict) -> dict:
    row = {"start": during["start"], "end": after["end"], "days": during["days"] + after["days"]}
    if "net_sales" not in after:
        return row
    summed = {name: during[name] + after[name] for name in ("net_sales", "expected_net_sales", *EXTRA)}
    expected = summed["expected_net_sales"] or np.nan
    shares = {share: summed[extra] / expected for share, extra in zip(CHANGES, EXTRA, strict=True)}
    mean = (during["buyers_per_day"] * during["days"] + after["buyers_per_day"] * after["days"]) / row["days"]
    return row | summed | shares | {"buyers_per_day": mean}


def _against(during: dict, before: dict, reach: float) -> dict:
    told = "net_sales" in before
    change = np.log1p(during["change_share"]) - np.log1p(before["change_share"]) if told else np.nan
    return _changes(change, reach)


def _quiet(days: pd.DataFrame, during: Period, rules: CampaignRules) -> np.ndarray:
    """Return the changes (logarithms) of periods as long as the campaign, before it, the latest first."""
    step, found = max(WEEK, during.days), []
    for place in range(MOST_PLACEBOS):
        end = during.start - _days(1 + place * step)
        when = Period(end - _days(during.days - 1), end)
        row = _row(days, when, _weeks_before(when, rules), np.nan)
        if "net_sales" in row and not _within(days, when).other.any():
            found.append(np.log1p(row["change_share"]))
    return np.array([change for change in found if not np.isnan(change)])


def _reach(quiet: np.ndarray, rules: CampaignRules, factor: float) -> float:
    """Return how far off a comparison may be whose variance is ``factor`` times that of one quiet period."""
    if len(quiet) < rules.placebo_weeks:
        return np.nan
    times = stats.t.ppf((1 + rules.confidence) / 2, len(quiet) - 1)
    return float(times * np.std(quiet, ddof=1) * factor**0.5)


def _placebo(quiet: np.ndarray, rules: CampaignRules) -> dict:
    mean = quiet.mean() if len(quiet) else np.nan
    ends = _changes(mean, _reach(quiet, rules, 1 / max(len(quiet), 1)))
    return {"placebo_periods": len(quiet)} | {f"placebo_{name}": value for name, value in ends.items()}


def _days_with(campaigns: pd.DataFrame, start: dt.date, end: dt.date) -> float:
    """Count the days from ``start`` to ``end`` with one of the campaigns; null without such days."""
    return np.nan if pd.isna(start) else float(len(_days_in(campaigns, start, end)))


def _days_in(campaigns: pd.DataFrame, start: dt.date, end: dt.date) -> set[pd.Timestamp]:
    spans = [pd.date_range(max(row.start, start), min(row.end, end)) for row in campaigns.itertuples()]
    return set().union(*spans)


@needs()
def result(compared: pd.DataFrame) -> pd.DataFrame:
    """Return one row of what ``compared`` finds of a campaign.

    Columns campaign_id, days, net_sales, expected_net_sales, extra_net_sales, extra_low, extra_high,
    change_share, change_share_low, change_share_high of its days; after_extra_net_sales,
    both_extra_net_sales, both_extra_low, both_extra_high; against_year_change_share with _low and _high;
    trust and verdict.


    - trust: untrusted (the equally long periods before it changed by more than chance, so that net sales were
      rising or falling anyway), unchecked (too few of these, or no year before), else weaker: nothing speaks
      against it, and still no customers were held out.
    - verdict: worked or did_not where two intervals agree, else cannot_tell: that of the extra net sales of
      both (of the campaign alone while the days after are not over), and that of against_year, without which
      the season cannot be told from the campaign. cannot_tell where untrusted.
    """
    part = compared.set_index("campaign_part")
    own = part.loc["campaign"]
    row = {
        name: own[name]
        for name in ("campaign_id", "days", "net_sales", "expected_net_sales", *EXTRA, *CHANGES)
    }
    row["after_extra_net_sales"] = part.extra_net_sales["after"]
    row |= {f"both_{name}": part[name]["both"] for name in EXTRA}
    row |= {f"against_year_{name}": part[name]["against_year"] for name in CHANGES}
    row["trust"] = _trust(own, part.change_share["against_year"])
    judged = "both" if pd.notna(part.extra_net_sales["both"]) else "campaign"
    lows = part.extra_low[judged], part.change_share_low["against_year"]
    highs = part.extra_high[judged], part.change_share_high["against_year"]
    row["verdict"] = _verdict(min(lows), max(highs)) if row["trust"] == "weaker" else "cannot_tell"
    return pd.DataFrame([row])


def _trust(own: pd.Series, against_year: float) -> str:
    low, high = own.placebo_change_share_low, own.placebo_change_share_high
    if low > 0 or high < 0:
        return "untrusted"
    return "unchecked" if np.isnan(low) or np.isnan(against_year) else "weaker"


def _verdict(low: float, high: float) -> str:
    return "worked" if low > 0 else "did_not" if high < 0 else "cannot_tell"


@needs()
def figures(compared: pd.DataFrame) -> dict[str, float]:
    """Return by their stable names what a campaign's days and as many after brought beyond expected."""
    extra = compared.set_index("campaign_part").extra_net_sales
    names = {"campaign": "campaign.beside_expected_during", "after": "campaign.beside_expected_after"}
    return {name: round(float(extra[part]), 4) for part, name in names.items() if pd.notna(extra[part])}
