"""Refunds: how much of what was paid goes back, in full or in part, and of which goods (DX-16)."""

import datetime as dt
from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n, shipping, windows
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.filled import columns, lacks
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period
from shopcrm_nb.rules import Rules
from shopcrm_nb.shipping import within

EXTENTS = ("full", "part")
SENT = ("no", "yes", "unknown")
MOST_GOODS = 20


@needs("orders.refund")
def orders(shop: Shop) -> ir.Table:
    """Return the paid orders up to ``as_of`` with what was refunded, kept in the engine while in use.

    The columns of ``shipping.orders``, and extent: full (all that was paid came back) or part; null without a
    refund.
    """
    found = shipping.orders(shop)
    extent = ibis.cases(
        (found.refund <= 0, None), (found.refund >= found.paid, "full"), (found.refund > 0, "part")
    )
    return found.mutate(extent=extent).cache()


@needs()
def told(paid: ir.Table) -> ir.Table | NotComputed:
    """Return the orders of this module; NotComputed where none of the data has a refund.

    A shop of which nothing ever came back has, most likely, exported no refunds.
    """
    if not paid.extent.count().to_pyarrow().as_py():
        return NotComputed("orders.refund", _("no order of the data has a refund"))
    return paid


def _measures(rows: ir.Table, where: ir.BooleanValue | None = None) -> dict[str, ir.Scalar]:
    return {
        "orders": rows.count(where=where),
        "refunded_orders": rows.extent.count(where=where),
        "full_orders": (rows.extent == "full").sum(where=where).fill_null(0),
        "paid": rows.paid.sum(where=where).fill_null(0).round(4),
        "refund": rows.refund.sum(where=where).fill_null(0).round(4),
    }


@needs()
def by_month(paid: ir.Table, as_of: dt.date, rules: Rules) -> pd.DataFrame:
    """Return the refunds of the orders paid in each calendar month up to ``as_of``, whenever made.

    Columns month (its first day), orders, refunded_orders, full_orders, refunded_order_share, paid, refund,
    refund_share (refund / paid), whole (all its days are up to ``as_of``), immature: it has days of the last
    ``rules.check.immature_days``, whose refunds are still to come. A month without orders has blank shares.
    ``paid`` is the table of ``orders``.
    """
    summed = paid.group_by(month=paid.paid_on.truncate("M")).aggregate(**_measures(paid)).to_pandas()
    summed = summed.assign(month=pd.to_datetime(summed.month)).set_index("month")
    every = pd.date_range(summed.index.min(), as_of, freq="MS", name="month")
    frame = _with_shares(summed.reindex(every, fill_value=0).reset_index())
    last_day = frame.month + pd.offsets.MonthEnd(0)
    mature_to = pd.Timestamp(as_of) - pd.Timedelta(days=rules.check.immature_days)
    return frame.assign(whole=last_day <= pd.Timestamp(as_of), immature=last_day > mature_to)


def _with_shares(frame: pd.DataFrame) -> pd.DataFrame:
    by_orders = frame.refunded_orders / frame.orders.where(frame.orders > 0)
    by_amount = frame.refund / frame.paid.where(frame.paid > 0)
    frame.insert(frame.columns.get_loc("paid"), "refunded_order_share", by_orders.astype("float64"))
    return frame.assign(refund_share=by_amount.astype("float64"))


@needs()
def kinds(paid: ir.Table, now: Period) -> pd.DataFrame:
    """Return the refunds of the orders paid within a period by their kind; the first row is all of them.

    Columns extent (all, full, part), sent: whether the order had left (all, no, yes, unknown; when a refund
    was made is not known, and that of an order which left may have come before it did), orders, order_share
    (of all orders of the period), refund, refund_share (of all that was paid in it). Kinds that do not occur
    are left out.
    """
    mine = within(paid, now)
    counts = mine.group_by("extent", "sent").aggregate(
        orders=mine.count(), paid=mine.paid.sum().round(4), refund=mine.refund.sum().round(4)
    )
    found = counts.to_pandas()
    base = max(found.orders.sum(), 0), found.paid.sum()
    refunded = found[found.extent.notna()]
    order = refunded.sort_values(["extent", "sent"], key=lambda s: s.map([*EXTENTS, *SENT].index))
    whole = pd.DataFrame([{"extent": "all", "sent": "all", **refunded[["orders", "refund"]].sum()}])
    frame = pd.concat([whole, order[["extent", "sent", "orders", "refund"]]], ignore_index=True)
    frame = frame.astype({"orders": "int64", "refund": "float64"}).round({"refund": 4})
    frame.insert(3, "order_share", frame.orders / (base[0] or float("nan")))
    return frame.assign(refund_share=frame.refund / (base[1] or float("nan")))


@needs()
def sums(paid: ir.Table, periods: dict[str, Period], rules: Rules) -> pd.DataFrame:
    """Sum the orders paid within each period by groups of customers, as ``windows.sums`` returns them.

    Measures: orders, refunded_orders, full_orders, paid, refund; and each again as mature_…, of the orders
    paid ``rules.check.immature_days`` or more before the end of their period: those compare a period whose
    last refunds are still to come with one of which all are known.
    """
    names, days = list(_measures(paid)), rules.check.immature_days
    every = {name: _measure(name, 0) for name in names}
    mature = {f"mature_{name}": _measure(name, days) for name in names}
    return windows.sums(paid, "paid_on", "key", periods, every | mature)


def _measure(name: str, days: int) -> Callable[[ir.Table], ir.Scalar]:
    return lambda rows: _measures(rows, rows.paid_on <= rows._to - ibis.interval(days=days))[name]


def goods(shop: Shop, now: Period) -> pd.DataFrame | NotComputed:
    """Return what comes back most, by the orders paid within a period, most refunded first, at most 20 rows.

    Columns goods (category, where the lines have one, else product), item (the category or the product's id;
    "unknown" without one), title (of a product; blank for a category), orders, amount (of its lines before
    refunds), refund (written beside its lines, or a line of its own with a negative amount), refund_share
    (refund / amount), refunds_share (of the refunds of all goods). Items in fewer than
    ``rules.health.min_orders`` orders are left out, and so are those without a refund.
    """
    missing = lacks(shop, "order_items", "refund")
    if missing:
        return missing
    by = "category" if columns(shop, "order_items", "category") else "product"
    lines = _lines(shop, now, "category" if by == "category" else "product_id")
    taken, back = lines.amount.clip(lower=0), lines.refund.fill_null(0) - lines.amount.clip(upper=0)
    found = lines.group_by("item").aggregate(
        title=lines.title.max(),
        orders=lines.order_id.nunique(),
        amount=taken.sum().round(4),
        refund=back.sum().round(4),
    )
    frame = found.to_pandas().sort_values(["refund", "item"], ascending=[False, True], ignore_index=True)
    frame.insert(0, "goods", by)
    frame["refund_share"] = (frame.refund / frame.amount.where(frame.amount > 0)).astype("float64")
    frame["refunds_share"] = frame.refund / (frame.refund.sum() or float("nan"))
    enough = frame.orders >= shop.settings.rules.health.min_orders
    return frame[enough & (frame.refund > 0)].head(MOST_GOODS).reset_index(drop=True)


def _lines(shop: Shop, now: Period, column: str) -> ir.Table:
    """Return order_id, item, title, amount and refund of the lines of the orders paid within a period."""
    rows, orders = shop.tables["order_items"], shop.tables["orders"]
    mine = orders.filter(orders.paid_at.date().between(now.start, now.end))
    titled = column == "product_id" and "title" in rows.columns
    title = rows.title if titled else ibis.null("string")
    lines = rows.select("order_id", "amount", "refund", item=rows[column].fill_null("unknown"), title=title)
    return lines.semi_join(mine, "order_id")


@needs()
def goods_shown(goods: pd.DataFrame) -> pd.DataFrame:
    """Return ``goods`` to read: what they are is the heading of their names; titles only of products."""
    if goods.empty:
        return goods
    by = goods.goods.iloc[0]
    found = goods.drop(columns="goods").rename(columns={"item": f"goods_{by}"})
    return found.drop(columns="title") if found.title.isna().all() else found


@needs()
def sentence(kinds: pd.DataFrame, now: Period, currency: str) -> str:
    """Say how much of the period's sales went back, and how much of that in full, before or after leaving."""
    days = {"first": i18n.day(now.start), "last": i18n.day(now.end)}
    whole, rows = kinds.iloc[0], kinds.iloc[1:]
    if not whole.orders:
        return _("No order paid from {first} to {last} has a refund so far.").format(**days)
    said = ngettext(
        "Of the orders paid from {first} to {last}, {n} ({order_share}) has a refund so far: {refund}, "
        "{refund_share} of what was paid.",
        "Of the orders paid from {first} to {last}, {n} ({order_share}) have a refund so far: {refund}, "
        "{refund_share} of what was paid.",
        int(whole.orders),
    ).format(
        n=i18n.count(whole.orders),
        order_share=i18n.percent(whole.order_share),
        refund=i18n.money(whole.refund, currency),
        refund_share=i18n.percent(whole.refund_share),
        **days,
    )
    full = rows[rows.extent == "full"]
    return i18n.sentences([said, _in_full(full)])


def _in_full(full: pd.DataFrame) -> str:
    n, unsent = int(full.orders.sum()), int(full.orders[full.sent == "no"].sum())
    if not n:
        return _("None of them was refunded in full.")
    if (full.sent == "unknown").any():
        said = ngettext("{n} of them was refunded in full.", "{n} of them were refunded in full.", n)
        return said.format(n=i18n.count(n))
    said = ngettext(
        "{n} of them was refunded in full, {unsent} of these before anything was sent.",
        "{n} of them were refunded in full, {unsent} of these before anything was sent.",
        n,
    )
    return said.format(n=i18n.count(n), unsent=i18n.count(unsent))
