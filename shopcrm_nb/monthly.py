"""Monthly: what new and returning customers bought in each calendar month (DX-02, DX-04), and the season."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.history import KINDS
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop

A_SEASON = 1.5  # times an average month, from which the strongest is worth a word
A_YEAR = 12


@needs()
def sales(shop: Shop, orders: ir.Table) -> pd.DataFrame:
    """Return, for each calendar month with data, a row for all orders and one for each kind of buyer.

    Columns month (its first day), whole (all its days are within the data and as_of), kind (all, new,
    returning, unknown, no_buyer), orders, buyers (distinct; without a name each order is one), net_sales,
    sales_share (of all of the month; null without sales), net_sales_per_buyer. A customer who came new and
    bought again in the month is a buyer of both kinds and counts once in all. ``orders`` are those of
    ``history.orders``. Months without orders are there with zeros.
    """
    by_kind = _sums(orders, kind=orders.kind)
    every = _sums(orders, kind=ibis.literal("all"))
    found = pd.concat([every, by_kind], ignore_index=True)
    frame = found.set_index(["month", "kind"]).reindex(_every_row(shop, by_kind), fill_value=0).reset_index()
    last_day = (frame.month + pd.offsets.MonthEnd(0)).dt.date
    frame.insert(1, "whole", (frame.month.dt.date >= shop.first_day) & (last_day <= shop.as_of))
    whole_month = frame[frame.kind == "all"].set_index("month").net_sales
    base = frame.month.map(whole_month)
    return frame.assign(
        sales_share=(frame.net_sales / base.where(base > 0)).astype("float64"),
        net_sales_per_buyer=(frame.net_sales / frame.buyers.where(frame.buyers > 0)).astype("float64"),
    )


def _sums(orders: ir.Table, kind: ir.StringValue) -> pd.DataFrame:
    summed = orders.group_by(month=orders.paid_on.truncate("M"), kind=kind).aggregate(
        orders=orders.count(), buyers=orders.key.nunique(), net_sales=orders.net.sum().round(4)
    )
    frame = summed.to_pandas()
    return frame.assign(month=pd.to_datetime(frame.month))


def _every_row(shop: Shop, found: pd.DataFrame) -> pd.MultiIndex:
    months = pd.date_range(shop.first_day.replace(day=1), shop.as_of, freq="MS")
    met = set(found.kind)
    told = {"new", "returning"} if met - {"no_buyer", "unknown"} else set()
    kinds = ["all", *(kind for kind in KINDS if kind in met | told)]
    return pd.MultiIndex.from_product([months, kinds], names=["month", "kind"])


@needs()
def recent(frame: pd.DataFrame, promotions: pd.DataFrame, months: int = 13) -> pd.DataFrame:
    """Return the last ``months`` of ``sales`` to read, the latest first: a row a month.

    Columns month (as 2026-06), orders, buyers, net_sales, net_sales_per_buyer, new_buyers, returning_buyers,
    returning_sales_share, returning_net_sales_per_buyer (null before new and returning can be told apart),
    promotions (the names of those of which a day lies in the month).
    """
    by_kind = {kind: rows.set_index("month") for kind, rows in frame.groupby("kind")}
    every = by_kind["all"]
    empty = every[["buyers", "net_sales", "sales_share", "net_sales_per_buyer", "orders"]] * float("nan")
    new, old, untold = (by_kind.get(kind, empty) for kind in ("new", "returning", "unknown"))
    told = ~(untold.orders > 0)
    shown = every[["orders", "buyers", "net_sales", "net_sales_per_buyer"]].assign(
        new_buyers=new.buyers.where(told),
        returning_buyers=old.buyers.where(told),
        returning_sales_share=old.sales_share.where(told),
        returning_net_sales_per_buyer=old.net_sales_per_buyer.where(told),
        promotions=[_(", ").join(_in_month(promotions, month)) for month in every.index],
    )
    last = shown.iloc[::-1].head(months).reset_index()
    return last.assign(month=last.month.dt.strftime("%Y-%m"))


def _in_month(promotions: pd.DataFrame, month: pd.Timestamp) -> list[str]:
    end = (month + pd.offsets.MonthEnd(0)).date()
    touch = promotions[(promotions.start <= end) & (promotions.end >= month.date())]
    return list(dict.fromkeys(touch.promotion))


@needs()
def weekly(orders: ir.Table, as_of: dt.date, weeks: int = 104) -> pd.DataFrame:
    """Return the net sales of the last ``weeks`` whole weeks, by their Monday: week, net_sales.

    The week of as_of counts if that is its Sunday; weeks without an order have 0, from the first one on.
    """
    week = orders.paid_on.truncate("W")
    summed = orders.group_by(week=week).aggregate(net_sales=orders.net.sum().round(4)).order_by("week")
    frame = summed.to_pandas()
    found = frame.assign(week=pd.to_datetime(frame.week)).set_index("week")
    last = pd.Timestamp(as_of) - pd.Timedelta(days=6)
    every = pd.date_range(found.index.min(), last, freq="7D") if len(found) else found.index
    return found.reindex(every, fill_value=0.0).tail(weeks).rename_axis("week").reset_index()


@needs()
def whole(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of all orders, of whole months only."""
    return frame[(frame.kind == "all") & frame.whole].reset_index(drop=True)


@needs()
def season(frame: pd.DataFrame) -> str | NotComputed:
    """Say how far the strongest of the last twelve whole months stands out, and whether it did a year before.

    NotComputed with fewer than twelve whole months.
    """
    months = whole(frame)
    if len(months) < A_YEAR:
        return NotComputed(_("twelve whole months of orders"))
    year = months.tail(A_YEAR)
    best = year.loc[year.net_sales.idxmax()]
    times = best.net_sales / year.net_sales.mean() if year.net_sales.sum() else 0
    if times < A_SEASON:
        return _(
            "No month of the last twelve whole ones sold {times} times as much as an average one."
        ).format(times=i18n.decimal(A_SEASON))
    figures = {"month": f"{best.month:%Y-%m}", "times": i18n.decimal(times)}
    stands_out = _("{month} sold {times} times as much as an average month of the last twelve whole ones.")
    return i18n.sentences([stands_out.format(**figures), _repeated(months, best.month)])


def _repeated(months: pd.DataFrame, best: pd.Timestamp) -> str:
    """Say whether that is a season, by the strongest month of the year before."""
    before = months.iloc[:-A_YEAR].tail(A_YEAR)
    if len(before) < A_YEAR:
        return _(
            "Whether that is a season or one event takes two years of data to tell; until then, do not "
            "compare a month with the month before it."
        )
    strongest = before.loc[before.net_sales.idxmax()].month
    if strongest.month == best.month:
        return _(
            "The same month was the strongest a year before, so it is a season: compare a month with the "
            "same month a year before, not with the month before it."
        )
    return _("A year before the strongest month was {month}.").format(month=f"{strongest:%Y-%m}")


@needs()
def sentence(shop: Shop, orders: ir.Table, told_from: dt.date) -> str:
    """Say from which day on new customers can be told from returning ones, if at all."""
    days = shop.settings.rules.history.lookback_days
    if not orders.kind.isin(["new", "returning", "unknown"]).any().to_pyarrow().as_py():
        return _("No order names its buyer, so nobody can be called new or returning.")
    if told_from > shop.as_of:
        return _(
            "The history is too short: it takes {days} days of orders before a buyer without an earlier "
            "order can be called new, and that is not before {day}."
        ).format(days=i18n.count(days or 365), day=i18n.day(told_from))
    said = (
        _(
            "Returning is whoever bought in the {days} days before; before {day} a buyer without an earlier "
            "order cannot be told from an old one."
        )
        if days
        else _(
            "Returning is whoever bought before; until {day} the history is too short to call anybody new."
        )
    )
    return said.format(days=i18n.count(days), day=i18n.day(told_from))
