"""Archive: what each campaign sold, cost and caused, one row a campaign, by the best method (CP-09)."""

import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import assigned, before_after, effect, horizon, i18n, matched, returns
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.effect import Effect
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop

Effects = dict[str, Effect | NotComputed]
Measured = dict[str, Effects | pd.DataFrame | NotComputed]
RANDOMISED = "randomised"  # customers were held out by chance
TRUSTED = (RANDOMISED, "weaker", "unchecked")  # by which an amount is told
OF_BUYERS = ("buyers", "orders", "new_buyers")  # goals in them are judged by who bought
CAUSED = ("incremental_buyers", "incremental_net_sales", "ci_low", "ci_high")
OF_MATCH = ("incremental_net_sales", "incremental_net_sales_low", "incremental_net_sales_high")
ROI = ("incremental_roi_percent", "incremental_roi_low", "incremental_roi_high")
LASTING = ("lasting_days", "lasting_net_sales", "lasting_low", "lasting_high")
COLUMNS = [
    *("campaign_id", "name", "start", "end", "ended", "kind", "customers", "holdout", "orders", "buyers"),
    *("new_buyers", "net_sales", "cost", "roi_percent", "net_roi_percent", "measured_by", "trust", *CAUSED),
    *(*ROI, "judged_by", "verdict", *LASTING, "lasting_verdict", "needed_n", "state"),
]


def measured(shop: Shop, campaigns: pd.DataFrame | NotComputed, orders: ir.Table) -> Measured | NotComputed:
    """Measure each campaign by the best that its data allow.

    By campaign_id: with a hold-out its effects by span (``effect.each``); without one the row of
    ``matched.result``; without messages that of ``before_after.result``; or what is missing. ``orders`` is
    the table of ``history.orders``.
    """
    if isinstance(campaigns, NotComputed):
        return campaigns
    days = before_after.daily(orders) if "open" in set(campaigns.kind) else None
    return {row.campaign_id: _one(shop, campaigns, row, days) for row in campaigns.itertuples()}


def _one(shop: Shop, campaigns: pd.DataFrame, row: tuple, days: pd.DataFrame | None) -> object:
    rules = shop.settings.rules
    if row.kind == "holdout":
        return effects(shop, row)
    if row.kind == "coupons":
        return NotComputed("sends.campaign_id", _("only the orders with its coupons are known"))
    if row.kind == "messages":
        return matched.result(matched.comparisons(shop, campaigns, row.campaign_id), rules)
    return before_after.result(before_after.compared(shop, days, campaigns, row.campaign_id))


def effects(shop: Shop, row: tuple) -> Effects | NotComputed:
    """Return the effect of a campaign (a row of ``campaign.every``) in each of its spans, the window first.

    It is judged by what its goal was set in: buyers (or orders, or new buyers), else net sales.
    """
    rules = shop.settings.rules
    moments = horizon.moments(assigned.people(shop, row.campaign_id, rules.campaign), rules.campaign)
    if isinstance(moments, NotComputed):
        return moments
    judged_by = effect.BUYERS if row.goal_metric in OF_BUYERS else effect.MONEY
    return effect.each(moments, "span", rules.campaign, row.cost, rules.value.margin or None, judged_by)


@needs()
def results(campaigns: pd.DataFrame, sold: pd.DataFrame, found: Measured) -> pd.DataFrame:
    """Return a row a campaign, the latest first: what it sold, cost and caused (CP-07, CP-09, CP-12, DX-17).

    ``sold`` is the frame of ``campaign_roi.results``, ``found`` what ``measured`` returns.

    - measured_by: holdout, matched, before_after, or empty, where state says what is missing; trust:
      randomised for a hold-out, else that of the method.
    - incremental_buyers, incremental_net_sales with ci_low and ci_high: beyond what would have come anyway,
      in the campaign's window. Before and after tells the sales of its days and as many after them (of its
      days alone while these are not over), and no buyers; matched those of the customers who have others
      alike. Null where the method is not to be trusted.
    - incremental_roi_percent with _low and _high: incremental net sales / cost x 100, matched: / the part of
      the cost that the matched customers are; null without a cost.
    - verdict: worked, did_not, cannot_tell or few, by what judged_by names (net_sales, or buyers where the
      goal was set in these). lasting_days, lasting_net_sales with low and high, lasting_verdict: of the
      longest span that is over, of campaigns with a hold-out.
    - needed_n: customers in all that would tell a difference as large as the one measured.
    """
    rows = [_row(found[row.campaign_id], row.cost) for row in campaigns.itertuples()]
    told = pd.DataFrame(rows, index=campaigns.campaign_id).reset_index()
    beside = campaigns[["campaign_id", "kind", "customers", "holdout"]]
    frame = sold.drop(columns="paid").merge(beside, on="campaign_id").merge(told, on="campaign_id")
    frame = frame.reindex(columns=COLUMNS).iloc[::-1].reset_index(drop=True)
    numbers = [*CAUSED, *ROI, *LASTING, "needed_n"]
    texts = ["measured_by", "trust", "judged_by", "verdict", "lasting_verdict", "state"]
    kinds = dict.fromkeys(numbers, "float64") | dict.fromkeys(texts, "object")
    return frame.astype(kinds).fillna(dict.fromkeys(texts, ""))


def _row(found: Effects | pd.DataFrame | NotComputed, cost: float) -> dict:
    if isinstance(found, NotComputed):
        return {"state": found.sentence()}
    return _randomised(found, cost) if isinstance(found, dict) else _weaker(found.iloc[0], cost)


def _randomised(found: Effects, cost: float) -> dict:
    window = found["window"]
    if isinstance(window, NotComputed):
        return {"measured_by": "holdout", "state": window.sentence()}
    back = returns.of(window, cost)
    later = {
        int(span): told
        for span, told in found.items()
        if span != "window" and isinstance(told, Effect) and not pd.isna(told.low)
    }
    longest = max(later, default=None)
    return {
        "measured_by": "holdout",
        "trust": RANDOMISED,
        "incremental_buyers": window.incremental_buyers,
        "incremental_net_sales": window.incremental_net_sales,
        "ci_low": window.incremental_net_sales_low,
        "ci_high": window.incremental_net_sales_high,
        "incremental_roi_percent": back.incremental_roi_percent,
        "incremental_roi_low": back.incremental_roi_percent_low,
        "incremental_roi_high": back.incremental_roi_percent_high,
        "judged_by": window.judged_by,
        "verdict": window.verdict,
        "needed_n": window.needed_n,
        **(_lasting(longest, later[longest]) if longest else {}),
    }


def _lasting(days: int, told: Effect) -> dict:
    return {
        "lasting_days": days,
        "lasting_net_sales": told.incremental_net_sales,
        "lasting_low": told.incremental_net_sales_low,
        "lasting_high": told.incremental_net_sales_high,
        "lasting_verdict": told.verdict,
    }


def _weaker(row: pd.Series, cost: float) -> dict:
    by_match = "matched" in row.index
    method = {"measured_by": "matched" if by_match else "before_after", "trust": row.trust}
    method |= {"verdict": row.verdict}
    if row.trust not in TRUSTED:
        return method  # an amount that is not to be trusted is none
    sales = [row[name] for name in (OF_MATCH if by_match else _judged(row))]
    if by_match:
        cost *= row.matched / row.customers  # of the unmatched nothing is said, nor what they cost
    percent = [value / cost * 100 if cost > 0 else float("nan") for value in sales]
    return {
        **method,
        "incremental_buyers": row.incremental_buyers if by_match else float("nan"),
        **dict(zip(CAUSED[1:], sales, strict=True)),
        **dict(zip(ROI, percent, strict=True)),
    }


def _judged(row: pd.Series) -> tuple[str, ...]:
    """Name the amount of ``before_after.result`` by which its verdict goes."""
    both = f"both_{before_after.EXTRA[0]}"
    return tuple(f"both_{name}" for name in before_after.EXTRA) if pd.notna(row[both]) else before_after.EXTRA


@needs()
def of(found: Measured, campaign_id: str) -> Effects | NotComputed:
    """Return the effects of one campaign of ``measured``, by span; NotComputed where nobody was held out."""
    mine = found[campaign_id]
    return NotComputed("sends.arm", _("nobody was held out")) if isinstance(mine, pd.DataFrame) else mine


@needs()
def window(mine: Effects) -> Effect | NotComputed:
    """Return the effect in the window."""
    return mine["window"]


def faded(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the campaigns that worked, and whose longest span shows less, and nothing for sure."""
    gone = rows[(rows.verdict == "worked") & rows.lasting_verdict.isin(["cannot_tell", "did_not"])]
    return gone[gone.lasting_net_sales < gone.incremental_net_sales]


@needs()
def figures(found: pd.DataFrame) -> dict[str, float]:
    """Return how many campaigns there are, how many were measured by a hold-out, and how they ended."""
    randomised = found[found.trust == RANDOMISED]
    return {
        "campaign.campaigns": len(found),
        "campaign.with_holdout": int((found.kind == "holdout").sum()),
        **{f"campaign.{name}": int((randomised.verdict == name).sum()) for name in ("worked", "did_not")},
        "campaign.cannot_tell": int(randomised.verdict.isin(["cannot_tell", "few"]).sum()),
    }


@needs()
def forest(found: pd.DataFrame) -> pd.DataFrame:
    """Return the effects of all campaigns for a picture: title, value, low, high, n, verdict, judged_by."""
    told = found[found.ci_low.notna()]
    names = {"incremental_net_sales": "value", "ci_low": "low", "ci_high": "high", "customers": "n"}
    shown = told.rename(columns=names).assign(title=[_title(row) for row in told.itertuples()])
    shown["verdict"] = verdicts(told)
    return shown[["title", "value", "low", "high", "n", "verdict", "judged_by"]].reset_index(drop=True)


def verdicts(found: pd.DataFrame) -> pd.Series:
    """Return the verdicts of ``results``: untold where a method without a hold-out tells nothing.

    It will not do so later either, while a hold-out may, with more customers.
    """
    weak = (found.trust != RANDOMISED) & (found.verdict == "cannot_tell")
    return found.verdict.mask(weak, "untold")


def _title(row: tuple) -> str:
    """Name a campaign and its first day, and say where its amount is not of a hold-out."""
    weak = _("{name} ({start}), no hold-out")
    said = _("{name} ({start})") if row.trust == RANDOMISED else weak
    return said.format(name=row.name, start=i18n.day(row.start))


@needs()
def reported(found: pd.DataFrame) -> pd.DataFrame | NotComputed:
    """Return ROI as reported beside ROI as caused for a picture: title, roi_percent and ROI's columns."""
    told = found[found.roi_percent.notna() & (found.trust == RANDOMISED)]
    if told.empty:
        return NotComputed(_("a campaign with a hold-out and a cost"))
    shown = told.assign(title=[_title(row) for row in told.itertuples()])
    return shown[["title", "roi_percent", *ROI]].reset_index(drop=True)
