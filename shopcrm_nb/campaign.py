"""Campaigns: what each was, when, what it cost, whom it was sent to, and whether it reached its goal (S3)."""

import datetime as dt
import re

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import campaign_words, filled, i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop

COSTS = ("send_cost", "coupon_cost", "gift_cost", "ad_cost", "labour_cost")
METRICS = ("buyers", "orders", "net_sales", "paid", "new_buyers", "roi_percent", "visitors")  # of a goal
HOLDOUT = "holdout"
BETWEEN_IDS = re.compile(r"[\s,;、|，；]+")
TEXTS = ("name", "purpose", "goal_metric", "products")
NUMBERS = ("goal_value", "discount", *COSTS)
COLUMNS = [
    *("campaign_id", "name", "purpose", "start", "end", "days", "ended", "kind", "customers", "holdout"),
    *("products", "discount", "goal_metric", "goal_value", *COSTS, "cost"),
]


@needs("campaigns.start")
def every(shop: Shop) -> pd.DataFrame | NotComputed:
    """Return a row for each campaign that has begun by as_of, by start, then campaign_id.

    - campaign_id, name (the id where it has none), purpose, start, end (days, both included), days, ended:
      its last day is over at as_of.
    - kind: holdout (messages, and customers held out), messages (nobody held out), coupons (no messages, but
      coupons granted to named customers, not all of them used: nobody else is meant), open (neither);
      customers: different ones written to by as_of; holdout: different ones held out and not written to.
    - products (tuple of ids, empty for all), discount (a share), goal_metric, goal_value.
    - send_cost, coupon_cost, gift_cost, ad_cost, labour_cost: NaN where not told. Where the campaign says
      nothing, send_cost is the sum of its messages' costs, coupon_cost the face of its coupons used by as_of.
      cost: the sum of those told, NaN where none is; 0 counts as told.

    The rows of ``left_out`` are not among them. NotComputed where no campaign has begun.
    """
    rows = _told(shop)
    usable = rows[rows.why.isna()]
    if usable.empty:
        return NotComputed("campaigns.start", _("no campaign has begun by the last day counted"))
    found = usable.merge(_written(shop), "left", "campaign_id").merge(_redeemed(shop), "left", "campaign_id")
    found[["customers", "holdout"]] = found[["customers", "holdout"]].fillna(0).astype("int64")
    found["kind"] = "open"
    found.loc[found.campaign_id.isin(_granting(shop)), "kind"] = "coupons"
    found.loc[found.customers > 0, "kind"] = "messages"
    found.loc[found.holdout > 0, "kind"] = HOLDOUT
    found["send_cost"] = found.send_cost.fillna(found.sent)
    found["coupon_cost"] = found.coupon_cost.fillna(found.redeemed)
    found["cost"] = found[list(COSTS)].sum(axis=1, min_count=1).round(4)
    found["days"] = [(row.end - row.start).days + 1 for row in found.itertuples()]
    found["ended"] = [end <= shop.as_of for end in found.end]
    found["products"] = [tuple(dict.fromkeys(filter(None, BETWEEN_IDS.split(p)))) for p in found.products]
    return found.sort_values(["start", "campaign_id"], ignore_index=True)[COLUMNS]


@needs("campaigns.start")
def left_out(shop: Shop) -> pd.DataFrame:
    """Return the campaigns that do not count here: campaign_id, name, start, end, why, by campaign_id.

    why: not_begun (by as_of), no_days (without a first or last day), end_before_start.
    """
    rows = _told(shop)
    out = rows[rows.why.notna()].sort_values("campaign_id", ignore_index=True)
    return out[["campaign_id", "name", "start", "end", "why"]]


def _told(shop: Shop) -> pd.DataFrame:
    """Return the table of campaigns as a frame, with ``why`` where one does not count."""
    rows = shop.tables["campaigns"]
    there = [name for name in (*TEXTS, *NUMBERS) if name in rows.columns]
    days = {name: rows[name].date() for name in ("start", "end")}
    told = rows.select("campaign_id", *there, **days).to_pyarrow().to_pylist()
    frame = pd.DataFrame(told, columns=["campaign_id", "start", "end", *TEXTS, *NUMBERS], dtype="object")
    frame = frame.astype(dict.fromkeys(NUMBERS, "float64"))
    for name in TEXTS:
        frame[name] = ["" if pd.isna(text) else str(text).strip() for text in frame[name]]
    frame["name"] = [row.name or row.campaign_id for row in frame.itertuples(index=False)]
    return frame.assign(why=[_why(row, shop) for row in told])


def _why(row: dict, shop: Shop) -> str | None:
    if not row["start"] or not row["end"]:
        return "no_days"
    if row["end"] < row["start"]:
        return "end_before_start"
    return "not_begun" if row["start"] > shop.as_of else None


def messages(shop: Shop) -> ir.Table | None:
    """Return the sends up to as_of with ``held``: the customer was held out, and nothing was sent.

    Beside the columns of the table it has cost in any case, null where none is told. None without sends.
    """
    if shop.missing("sends.campaign_id"):
        return None
    rows = shop.tables["sends"]
    arm = rows.arm if "arm" in rows.columns else ibis.null("string")
    cost = rows.cost if "cost" in rows.columns else ibis.null("float64")
    rows = rows.mutate(held=(arm.lower() == HOLDOUT).fill_null(False), cost=cost)
    return rows.filter(rows.sent_at.date() <= shop.as_of)


def _written(shop: Shop) -> pd.DataFrame:
    """Count the customers written to and held out by campaign; one who was both is written to."""
    rows = messages(shop)
    if rows is None:
        return pd.DataFrame(columns=["campaign_id", "customers", "holdout", "sent"]).astype(
            {"sent": "float64"}
        )
    each = rows.group_by("campaign_id", "customer_id").aggregate(
        held=rows.held.all(), cost=rows.cost.sum(where=~rows.held)
    )
    sums = each.group_by("campaign_id").aggregate(
        customers=(~each.held).sum(), holdout=each.held.sum(), sent=each.cost.sum().round(4)
    )
    return sums.to_pandas().astype({"sent": "float64"})


def _granting(shop: Shop) -> list[str]:
    """Return the campaigns that granted coupons to named customers, of whom some did not use them.

    A table of used coupons alone does not tell whom a campaign was for: it may have been for everybody.
    """
    used_by = filled.columns(shop, "coupons", "used_at", "order_id")
    if not used_by or filled.lacks(shop, "coupons", "campaign_id", "customer_id"):
        return []
    rows = shop.tables["coupons"]
    named = rows.customer_id.notnull() & rows.campaign_id.notnull()
    unused = rows.filter(named, *(rows[by].isnull() for by in used_by))
    if filled.columns(shop, "orders", "coupon_id"):
        unused = unused.anti_join(shop.tables["orders"], "coupon_id")
    return unused.select("campaign_id").distinct().campaign_id.to_pyarrow().to_pylist()


def _redeemed(shop: Shop) -> pd.DataFrame:
    """Sum the face of the coupons used by as_of, by campaign; 0 where it granted some and none was used."""
    used_by = filled.columns(shop, "coupons", "used_at", "order_id")
    if not used_by or filled.lacks(shop, "coupons", "campaign_id", "face"):
        return pd.DataFrame(columns=["campaign_id", "redeemed"]).astype({"redeemed": "float64"})
    rows = shop.tables["coupons"]
    if "order_id" in used_by:
        orders = shop.tables["orders"].select("order_id", "paid_at")
        rows = rows.left_join(orders, "order_id", rname="{name}_right")
    at = [rows.used_at] if "used_at" in used_by else []
    at = ibis.coalesce(*at, *([rows.paid_at] if "order_id" in used_by else []))
    rows = rows.mutate(used=(at.date() <= shop.as_of).fill_null(False))
    sums = rows.group_by("campaign_id").aggregate(
        redeemed=rows.face.sum(where=rows.used).round(4), used=rows.used.sum()
    )
    frame = sums.filter(sums.campaign_id.notnull()).to_pandas().astype({"redeemed": "float64"})
    frame.loc[frame.used == 0, "redeemed"] = 0.0
    return frame[["campaign_id", "redeemed"]]


def without_messages(shop: Shop) -> ir.Table:
    """Return the rows of the table of campaigns that wrote to nobody: their days are there for everybody."""
    rows = shop.tables["campaigns"]
    if filled.lacks(shop, "sends", "campaign_id"):
        return rows
    return rows.anti_join(shop.tables["sends"], "campaign_id")


@needs()
def pick(campaigns: pd.DataFrame, campaign: str) -> str:
    """Return the campaign_id of the campaign with this id or name (of several of a name the latest).

    Without one: the latest that has ended, or else the latest. Raises ShopcrmError for one that is not there.
    """
    if not campaign:
        ended = campaigns[campaigns.ended.astype(bool)]
        return (campaigns if ended.empty else ended).campaign_id.iloc[-1]
    for column in ("campaign_id", "name"):
        mine = campaigns[campaigns[column] == campaign]
        if len(mine):
            return mine.campaign_id.iloc[-1]
    guess = did_you_mean(campaign, [*campaigns.campaign_id, *campaigns.name])
    raise ShopcrmError(f'campaign: "{campaign}" is none that has begun{guess}; use a campaign_id or a name')


@needs()
def sentence(campaigns: pd.DataFrame, campaign_id: str) -> str:
    """Say which campaign is looked at closely."""
    row = campaigns[campaigns.campaign_id == campaign_id].iloc[0]
    said = _(
        "Below, “{name}” is looked at closely, {start} to {end}: {customers} customers were written to, "
        "{holdout} held out. To look at another one, name it in the parameter campaign."
    )
    return said.format(
        name=row["name"],
        start=i18n.day(row.start),
        end=i18n.day(row.end),
        customers=i18n.count(row.customers),
        holdout=i18n.count(row.holdout),
    )


@needs()
def warnings(left_out: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``left_out`` that hold a mistake as severity, finding."""
    words = campaign_words.codes()["why"]
    rows = left_out[left_out.why != "not_begun"]
    said = _("The campaign “{name}” is left out: it {why}.")
    found = [said.format(name=row.name, why=words[row.why]) for row in rows.itertuples(index=False)]
    return pd.DataFrame({"severity": "warning", "finding": found}, columns=["severity", "finding"])


@needs()
def cost(campaigns: pd.DataFrame, campaign_id: str) -> float:
    """Return what a campaign cost; nan where that is not told."""
    return float(campaigns.set_index("campaign_id").cost[campaign_id])


@needs()
def day_before(campaigns: pd.DataFrame, campaign_id: str) -> dt.date:
    """Return the day before a campaign's first one."""
    return campaigns.set_index("campaign_id").start[campaign_id] - dt.timedelta(days=1)


@needs()
def goals(campaigns: pd.DataFrame, actual: pd.DataFrame) -> pd.DataFrame:
    """Return what each campaign was to reach beside what it did (CP-03).

    ``actual`` has campaign_id and columns of METRICS. Columns campaign_id, name, start, end, purpose,
    goal_metric, goal_value and actual (in the metric's unit: counts, the shop's currency, percent for
    roi_percent), reached_share (actual / goal), goal_state: reached, missed, running (not yet reached, and
    its days are not over), no_goal (no metric, or no value above 0), unknown_metric (not one of METRICS),
    untold (the data do not tell the actual value).
    """
    told = ["campaign_id", "name", "start", "end", "ended", "purpose", "goal_metric", "goal_value"]
    beside = actual.set_index("campaign_id")
    frame = campaigns[told].copy()
    frame["actual"] = [_actual(beside, row) for row in frame.itertuples()]
    frame["reached_share"] = frame.actual / frame.goal_value.where(frame.goal_value > 0)
    frame["goal_state"] = [_state(row) for row in frame.itertuples()]
    return frame.drop(columns="ended")


def _actual(beside: pd.DataFrame, row: tuple) -> float:
    if row.goal_metric not in METRICS or row.goal_metric not in beside or not row.goal_value > 0:
        return float("nan")
    value = beside[row.goal_metric].get(row.campaign_id)
    return float("nan") if pd.isna(value) else float(value)


def _state(row: tuple) -> str:
    if not row.goal_metric or not row.goal_value > 0:
        return "no_goal"
    if row.goal_metric not in METRICS:
        return "unknown_metric"
    if pd.isna(row.actual):
        return "untold"
    if row.actual >= row.goal_value:
        return "reached"
    return "missed" if row.ended else "running"


@needs()
def goals_to_read(goals: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return ``goals`` for a page, latest first: goal and actual are written, each in its metric's unit."""
    rows = goals.iloc[::-1].reset_index(drop=True)
    shown = rows[["name", "start", "end", "purpose", "goal_metric"]].copy()
    for column, value in {"goal": "goal_value", "goal_actual": "actual"}.items():
        shown[column] = [
            _write(metric, number, currency)
            for metric, number in zip(rows.goal_metric, rows[value], strict=True)
        ]
    return shown.join(rows[["reached_share", "goal_state"]])


def _write(metric: str, value: float, currency: str) -> str:
    if metric in ("net_sales", "paid"):
        return i18n.money(value, currency)
    if metric == "roi_percent":
        return i18n.percent(value / 100, 0)
    return i18n.count(value) if metric in METRICS else i18n.number(value)


@needs()
def goal_sentence(goals: pd.DataFrame, campaign_id: str, currency: str) -> str:
    """Say of one campaign whether it reached its goal, or what stands in the way of telling."""
    row = goals[goals.campaign_id == campaign_id].iloc[0]
    texts = {
        "reached": _("The goal was reached: {metric} {actual}, and the goal was {goal}."),
        "missed": _("The goal was missed: {metric} {actual}, which is {share} of the goal of {goal}."),
        "running": _("The campaign still runs: {metric} {actual} so far, {share} of the goal of {goal}."),
        "no_goal": _(
            "This campaign has no goal, so nobody can say whether it reached it: give goal_metric and "
            "goal_value before the next one begins."
        ),
        "unknown_metric": _('The goal is set in "{metric}", which is none of the figures here: use {known}.'),
        "untold": _("The goal is {goal} ({metric}), and the data do not tell what was reached."),
    }
    return texts[row.goal_state].format(
        metric=campaign_words.goal_metrics().get(row.goal_metric, row.goal_metric),
        actual=_write(row.goal_metric, row.actual, currency),
        goal=_write(row.goal_metric, row.goal_value, currency),
        share=i18n.percent(row.reached_share),
        known=", ".join(METRICS),
    )
