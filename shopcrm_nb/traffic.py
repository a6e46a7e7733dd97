"""Traffic: visitors day by day beside who paid, and the months in which fewer of them did than before."""

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from shopcrm_nb import resample
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.i18n import _
from shopcrm_nb.indicator import COLUMNS
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period

ADDED = (
    "visitors",
    "page_views",
    "new_visitors",
    "cart_users",
    "favourite_users",
    "buyers",
    "paid",
    "orders",
)
MONTHS_JUDGED = 12


@needs("traffic.visitors")
def days(shop: Shop, orders: ir.Table) -> pd.DataFrame | NotComputed:
    """Return a row a day of the traffic table up to as_of, by date.

    Columns date, visitors, buyers, net_sales (of our valid orders), and of page_views, new_visitors,
    cart_users, favourite_users and bounce_rate (weighted by visitors) those that the shop has. A visitor of
    two days counts on both. buyers are those that the back end counted (支付买家数), else our own: distinct
    customers with a paid order that day. Where a day has a row without a source, that is the day; else its
    sources are added up, so that who came by two of them counts twice. NotComputed where no day is left.
    """
    table = shop.tables["traffic"]
    rows = table.mutate(date=table.date.date()).filter(lambda t: t.date <= shop.as_of)
    if "source" in rows.columns:
        has_whole = rows.source.isnull().any().over(group_by="date")
        rows = rows.filter(~has_whole | rows.source.isnull())
    found = rows.group_by("date").aggregate(**_measures(rows)).order_by("date").to_pandas()
    if found.empty:
        return NotComputed("traffic.visitors", _("no day up to the last day counted"))
    found = found.assign(date=pd.to_datetime(found.date)).merge(_of_orders(shop, orders), "left", "date")
    if "buyers" not in found or found.buyers.isna().any():
        found["buyers"] = found.own_buyers
    filled = found.fillna({"net_sales": 0.0, "buyers": 0, "own_buyers": 0})
    return filled.drop(columns="own_buyers")


def _measures(rows: ir.Table) -> dict[str, ir.Scalar]:
    measures = {name: rows[name].sum() for name in ADDED if name in rows.columns}
    if "bounce_rate" in rows.columns:
        measures["bounce_rate"] = (rows.bounce_rate * rows.visitors).sum() / rows.visitors.sum()
    return measures


def _of_orders(shop: Shop, orders: ir.Table) -> pd.DataFrame:
    """Return net_sales of valid orders and own_buyers of all paid ones, by day."""
    paid = shop.tables["orders"].filter(lambda t: t.paid_at.notnull() & (t.paid_at.date() <= shop.as_of))
    key = paid.order_id if shop.missing("orders.customer_id") else paid.customer_id.fill_null(paid.order_id)
    buyers = paid.group_by(date=paid.paid_at.date()).aggregate(own_buyers=key.nunique())
    sales = orders.group_by(date=orders.paid_on).aggregate(net_sales=orders.net.sum().round(4))
    found = buyers.left_join(sales, "date").select("date", "own_buyers", "net_sales").to_pandas()
    return found.assign(date=pd.to_datetime(found.date))


@needs()
def sums(found: pd.DataFrame, periods: dict[str, Period]) -> pd.DataFrame:
    """Return the days of each period as ``windows.sums`` returns rows: period, group, visitors, buyers, …

    The groups are days, by their place in the period, so that a draw takes the same days of both periods.
    """
    frames = []
    for name, when in periods.items():
        mine = found[found.date.between(pd.Timestamp(when.start), pd.Timestamp(when.end))]
        group = (mine.date - pd.Timestamp(when.start)).dt.days % resample.GROUPS
        frames.append(mine.drop(columns="date").assign(period=name, group=group))
    return pd.concat(frames).groupby(["period", "group"], as_index=False).sum()


@needs()
def covered(found: pd.DataFrame, periods: dict[str, Period]) -> set[str]:
    """Return the names of the periods of which every day has its traffic."""
    return {name for name, when in periods.items() if _whole(found, when)}


def _whole(found: pd.DataFrame, when: Period) -> bool:
    inside = found.date.between(pd.Timestamp(when.start), pd.Timestamp(when.end))
    return found.date[inside].nunique() == when.days


@needs()
def months(found: pd.DataFrame) -> pd.DataFrame:
    """Return the conversion of each whole calendar month beside the same month a year before.

    Columns month, visitors, buyers, net_sales, conversion_share (buyers / visitors), conversion_share_before,
    buyers_before, z (of the difference; the noise is that of the days within either month, ratio estimator,
    Cochran 1977, 2.11). Months of which a day is missing are left out.
    """
    rows = [_month(found, month) for month in sorted(set(found.date.dt.to_period("M")))]
    frame = pd.DataFrame(
        [row for row in rows if row], columns=["month", "visitors", "buyers", "net_sales", "sd"]
    )
    frame["conversion_share"] = frame.buyers / frame.visitors
    before = frame.set_index("month").reindex(frame.month - pd.DateOffset(years=1)).reset_index(drop=True)
    frame["conversion_share_before"] = before.conversion_share
    frame["buyers_before"] = before.buyers
    frame["z"] = (frame.conversion_share - before.conversion_share) / np.hypot(frame.sd, before.sd)
    return frame.drop(columns="sd")


def _month(found: pd.DataFrame, month: pd.Period) -> tuple | None:
    mine = found[found.date.dt.to_period("M") == month]
    visitors, buyers = mine.visitors.sum(), mine.buyers.sum()
    if len(mine) < month.days_in_month or not visitors:
        return None
    squares = ((mine.buyers - mine.visitors * buyers / visitors) ** 2).sum()
    spread = np.sqrt(squares * len(mine) / (len(mine) - 1)) / visitors
    return month.to_timestamp(), visitors, buyers, mine.net_sales.sum(), spread


@needs()
def month_indicators(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the last twelve months that have a year before as rows of ``indicator.measure``.

    The subject is the month; at stake is the net sales that the missing buyers would have brought.
    """
    last = frame[frame.conversion_share_before.notna()].tail(MONTHS_JUDGED)
    gap = last.conversion_share_before - last.conversion_share
    return pd.DataFrame(
        {
            "indicator": "conversion_month",
            "subject": last.month.dt.strftime("%Y-%m"),
            "value": last.conversion_share,
            "comparison": last.conversion_share_before,
            "change_share": -gap / last.conversion_share_before,
            "p_value": 2 * stats.norm.sf(last.z.abs()),
            "n": last.buyers.astype(int),
            "n_comparison": last.buyers_before.astype(int),
            "better": 1,
            "net_sales_at_stake": gap * last.visitors * last.net_sales / last.buyers,
        }
    ).reindex(columns=COLUMNS)
