"""Campaign ROI: what was sold in a campaign, what it cost, and the one as a percentage of the other (S3)."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import attribution, campaign, i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

NONE = "none"  # the channel of an order that no message brought, the grade of a buyer without one
COUNTS = ("orders", "buyers", "new_buyers")
SUMS = ("paid", "net_sales")


@needs()
def results(shop: Shop, campaigns: pd.DataFrame, claimed: ir.Table) -> pd.DataFrame:
    """Return what counts to each campaign beside its cost: a row a campaign, in the order of ``campaigns``.

    ``claimed`` is the table of ``attribution.orders``: each order counts to one campaign at most.

    - campaign_id, name, start, end, ended; orders, buyers (different; an order without a buyer's name counts
      as one), new_buyers (with an order in it that is "new" in ``history.orders``; null where the history is
      too short to tell of one of its orders). Both are null for a shop without customer ids.
    - paid, net_sales (minus the refunds known at as_of, whenever made), cost (of ``campaign.every``).
    - roi_percent: net_sales / cost x 100 (S3 投資回報率, CP-07; 12,000 of 3,000 is 400), which the trade
      calls return on ad spend, and which is no profit; null where the cost is not known or 0 (E-19).
    - net_roi_percent: (net_sales x ``rules.value.margin`` - cost) / cost x 100; null without a margin. What
      was paid is net of coupons, so that a coupon_cost weighs on it twice.

    Orders that would have come without the campaign are in it. A campaign that still runs is counted up to
    as_of. Where ``attribution.untold`` names a campaign, what was bought in it is null.
    """
    frame = campaigns[["campaign_id", "name", "start", "end", "ended", "cost"]]
    frame = frame.merge(_sums(shop, claimed, "campaign_id"), "left", "campaign_id")
    frame = _zeros(shop, frame)
    frame.loc[frame.untold > 0, "new_buyers"] = pd.NA
    frame.loc[frame.campaign_id.isin(attribution.untold(shop, campaigns)), [*COUNTS, *SUMS]] = pd.NA
    frame["roi_percent"] = _percent(frame.net_sales, frame.cost)
    margin = shop.settings.rules.value.margin or float("nan")
    frame["net_roi_percent"] = _percent(frame.net_sales * margin - frame.cost, frame.cost)
    shown = ["campaign_id", "name", "start", "end", "ended", *COUNTS, *SUMS, "cost"]
    return frame[[*shown, "roi_percent", "net_roi_percent"]]


def _sums(shop: Shop, claimed: ir.Table, *by: str) -> pd.DataFrame:
    mine = claimed.filter(claimed.campaign_id.notnull())
    sums = mine.group_by(*by).aggregate(
        orders=mine.count(),
        buyers=mine.key.nunique(),
        new_buyers=mine.key.nunique(where=mine.kind == "new"),
        untold=(mine.kind == "unknown").sum(),
        **{
            name: mine[column].sum().round(4) for name, column in {"paid": "paid", "net_sales": "net"}.items()
        },
    )
    return sums.to_pandas()


def _zeros(shop: Shop, frame: pd.DataFrame) -> pd.DataFrame:
    """Put zeros where nothing was bought, and nulls for buyers who cannot be told."""
    kinds = dict.fromkeys(COUNTS, "Int64") | dict.fromkeys(SUMS, "float64")
    frame = frame.fillna(dict.fromkeys([*kinds, "untold"], 0)).astype(kinds)
    if shop.missing("orders.customer_id"):
        frame[["buyers", "new_buyers"]] = pd.NA
    return frame


def _percent(value: pd.Series, cost: pd.Series) -> pd.Series:
    return (value / cost.where(cost > 0) * 100).astype("float64").round(4)


@needs("sends.channel")
def by_channel(shop: Shop, campaigns: pd.DataFrame, claimed: ir.Table) -> pd.DataFrame:
    """Return the orders of each campaign that has messages by the channel of the message (CP-07, CP-13).

    A row a campaign and channel that was written by or brought an order: campaign_id, name, channel (of the
    last click, else the last message, before the order; none: without one, by coupon alone), orders, buyers,
    net_sales, sales_share (of the campaign's), send_cost (of the channel's messages, ``sends.cost``),
    send_roi_percent: net_sales / send_cost x 100, null where no cost of messages is told, or 0; other cost
    lines cannot be divided among channels.
    """
    sent = campaign.messages(shop)
    return _by(shop, campaigns, claimed, sent, "channel")


@needs("orders.customer_id")
def by_grade(
    shop: Shop, campaigns: pd.DataFrame, claimed: ir.Table, graded: ir.Table | pd.DataFrame
) -> pd.DataFrame:
    """Return the orders of each campaign by the grade of the buyer, as ``by_channel`` does by channel.

    ``graded`` has customer_id and grade, a row a customer; who is not in it has grade none. Grades of the day
    before a campaign say whom it reached; those of as_of have what was bought in it in them.
    """
    table = ibis.memtable(graded) if isinstance(graded, pd.DataFrame) else graded
    grades = table.select("customer_id", "grade")
    sent = campaign.messages(shop)
    sent = None if sent is None else _joined(sent, grades)
    return _by(shop, campaigns, _joined(claimed, grades), sent, "grade")


def _joined(rows: ir.Table, grades: ir.Table) -> ir.Table:
    return rows.left_join(grades, "customer_id", rname="{name}_of_grades").drop("customer_id_of_grades")


def _by(
    shop: Shop, campaigns: pd.DataFrame, claimed: ir.Table, sent: ir.Table | None, who: str
) -> pd.DataFrame:
    sums = _sums(shop, claimed.mutate(**{who: claimed[who].fill_null(NONE)}), "campaign_id", who)
    found = sums.merge(_costs(sent, who), "outer", ["campaign_id", who])
    # Campaigns without messages have no channel to tell apart.
    shown = campaigns[campaigns.kind.isin(["holdout", "messages"])] if who == "channel" else campaigns
    frame = _zeros(shop, shown[["campaign_id", "name"]].merge(found, "inner", "campaign_id"))
    whole = frame.groupby("campaign_id").net_sales.transform("sum")
    frame["sales_share"] = frame.net_sales / whole.where(whole > 0)
    frame["send_roi_percent"] = _percent(frame.net_sales, frame.send_cost)
    order = {key: place for place, key in enumerate(campaigns.campaign_id)}
    frame = frame.assign(_place=frame.campaign_id.map(order))
    frame = frame.sort_values(["_place", "net_sales", who], ascending=[True, False, True], ignore_index=True)
    shown = ["campaign_id", "name", who, "orders", "buyers", "net_sales", "sales_share"]
    return frame[[*shown, "send_cost", "send_roi_percent"]]


def _costs(sent: ir.Table | None, who: str) -> pd.DataFrame:
    columns = ["campaign_id", who, "send_cost"]
    if sent is None:
        return pd.DataFrame(columns=columns).astype({"send_cost": "float64"})
    rows = sent.filter(~sent.held)
    by = {who: rows[who].fill_null(NONE)}
    sums = rows.group_by("campaign_id", **by).aggregate(send_cost=rows.cost.sum().round(4))
    return sums.to_pandas().astype({"send_cost": "float64"})


@needs()
def cost_lines(campaigns: pd.DataFrame) -> pd.DataFrame:
    """Return what each campaign's cost is made of: a row a campaign and cost line that is told.

    Columns campaign_id, name, cost_line (send_cost, coupon_cost, gift_cost, ad_cost, labour_cost), cost,
    cost_share (of the campaign's cost; null where that is 0).
    """
    told = campaigns[["campaign_id", "name", "cost"]].rename(columns={"cost": "whole"})
    lines = [told.assign(cost_line=line, cost=campaigns[line]) for line in campaign.COSTS]
    frame = pd.concat(lines).sort_index(kind="stable")
    frame = frame[frame.cost.notna()].reset_index(drop=True)
    frame["cost_share"] = (frame.cost / frame.whole.where(frame.whole > 0)).astype("float64")
    return frame[["campaign_id", "name", "cost_line", "cost", "cost_share"]]


def actual(
    found: pd.DataFrame | NotComputed, visits: pd.DataFrame | NotComputed, as_of: dt.date
) -> pd.DataFrame | NotComputed:
    """Return ``results`` with visitors: those of a campaign's days up to as_of, for ``campaign.goals``.

    ``visits`` is the frame of ``traffic.days``; who comes on two days counts twice. visitors is null where a
    day is missing, and for all of them where the shop has no traffic.
    """
    if isinstance(found, NotComputed):
        return found
    if isinstance(visits, NotComputed):
        return found.assign(visitors=float("nan"))
    of_day = visits.set_index("date").visitors
    days = (pd.date_range(row.start, min(row.end, as_of)) for row in found.itertuples())
    return found.assign(visitors=[float(of_day.reindex(each).sum(skipna=False)) for each in days])


@needs()
def sentence(found: pd.DataFrame, campaign_id: str, as_of: dt.date, currency: str) -> str:
    """Say of one campaign what counts to it, what it cost, and the ROI as the source defines it.

    ``found`` is the frame of ``results``.
    """
    row = found[found.campaign_id == campaign_id].iloc[0]
    return i18n.sentences([_sold(row, as_of, currency), _returned(row, currency), _net(row)])


def _sold(row: pd.Series, as_of: dt.date, currency: str) -> str:
    if pd.isna(row.orders):
        said = _("What was bought in {name} cannot be told: the campaign names products, and the data none.")
        return said.format(name=row["name"])
    if row.ended:
        said = ngettext(
            "{n} order of {net_sales} counts to {name} ({first} to {last}), net of refunds known on {as_of}.",
            "{n} orders of {net_sales} count to {name} ({first} to {last}), net of refunds known on {as_of}.",
            int(row.orders),
        )
    else:
        said = ngettext(
            "{name} runs from {first} to {last}; up to {as_of}, {n} order of {net_sales} counts to it, net "
            "of refunds.",
            "{name} runs from {first} to {last}; up to {as_of}, {n} orders of {net_sales} count to it, net "
            "of refunds.",
            int(row.orders),
        )
    return said.format(
        n=i18n.count(row.orders),
        net_sales=i18n.money(row.net_sales, currency),
        name=row["name"],
        first=i18n.day(row.start),
        last=i18n.day(row.end),
        as_of=i18n.day(as_of),
    )


def _returned(row: pd.Series, currency: str) -> str:
    if pd.isna(row.cost):
        return _("What it cost is not told, so there is no ROI: give the cost lines of the campaign.")
    if row.cost == 0:
        return _("Its cost is given as 0, so there is no ROI.")
    if pd.isna(row.roi_percent):
        return _("It cost {cost}.").format(cost=i18n.money(row.cost, currency))
    said = _(
        "It cost {cost}: ROI (sales ÷ cost) {roi}. Orders that would have come anyway are counted in it."
    )
    return said.format(cost=i18n.money(row.cost, currency), roi=i18n.percent(row.roi_percent / 100, 0))


def _net(row: pd.Series) -> str:
    if pd.isna(row.net_roi_percent):
        return ""
    said = _("After the goods and the campaign's own cost, the net ROI is {roi}.")
    return said.format(roi=i18n.signed_percent(row.net_roi_percent / 100, 0))


@needs()
def figures(found: pd.DataFrame, campaign_id: str) -> dict[str, float]:
    """Return what counts to one campaign by stable names; what is not known is left out."""
    row = found[found.campaign_id == campaign_id].iloc[0]
    names = ("orders", "buyers", "new_buyers", "net_sales", "cost", "roi_percent", "net_roi_percent")
    return {f"campaign.{name}": round(float(row[name]), 2) for name in names if pd.notna(row[name])}
