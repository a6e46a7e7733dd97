"""Contradictions: buyers without names, impossible amounts and times, gaps, and rows without a partner."""

import datetime as dt
import itertools
from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.findings import Finding
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

HAS_MONEY = ("paid", "part_shipped", "shipped", "success")
HALF_A_CENT = 0.005
MANY_BUYERS = 50  # below this, one of them may well have much of the sales


def _row(expression: ir.Table) -> dict:
    return expression.to_pyarrow().to_pylist()[0]


def of_keys(shop: Shop) -> Iterator[Finding]:
    """Report buyers without a name, and masked ones."""
    orders = shop.orders
    if "customer_id" not in orders.columns:
        cure = _("Export with the buyer's name, or map it under [tables.orders.columns] in shop.toml.")
        yield Finding("warning", "orders", "no_customer_id", _("the orders have no buyer key"), cure=cure)
        return
    masked, filled = shop.masked_keys()
    if masked:
        text = ngettext("{n} row has a masked buyer name", "{n} rows have a masked buyer name", masked)
        text = text.format(n=i18n.count(masked))
        cure = _("A masked name may be many people: such orders count for the shop, not for a customer.")
        yield Finding("warning", "orders", "masked_keys", text, masked, filled, cure=cure)
    nameless = orders.customer_id.isnull()
    amounts = {"net": orders.net.sum(), "lost": orders.net.sum(where=nameless)}
    row = _row(orders.aggregate(n=orders.count(), none=nameless.sum().fill_null(0), **amounts))
    if row["none"]:
        text = ngettext(
            "{n} valid order ({share} of the net sales) cannot be given to a buyer: the name is empty or "
            "masked",
            "{n} valid orders ({share} of the net sales) cannot be given to a buyer: the name is empty or "
            "masked",
            row["none"],
        )
        text = text.format(n=i18n.count(row["none"]), share=i18n.percent(row["lost"] / row["net"]))
        cure = _("They count for the shop, not for a customer.")
        yield Finding("warning", "orders", "missing_keys", text, row["none"], row["n"], cure=cure)


def of_heavy_buyer(shop: Shop) -> Iterator[Finding]:
    """Report one buyer with much of the net sales: a house account or a reseller, and no customer."""
    if "customer_id" not in shop.orders.columns:
        return
    named = shop.orders.filter(shop.orders.customer_id.notnull())
    buyers = named.group_by("customer_id").aggregate(n=ibis._.count(), net=ibis._.net.sum().round(4))
    row = _row(
        buyers.aggregate(
            buyers=buyers.count(),
            net=buyers.net.sum().round(4),
            most=buyers.net.max(),
            id=buyers.customer_id.argmax(buyers.net),
            orders=buyers.n.argmax(buyers.net),
        )
    )
    share = row["most"] / row["net"] if row["buyers"] >= MANY_BUYERS else 0
    if share > shop.settings.rules.check.max_buyer_share:
        text = _("one buyer has {share} of all net sales").format(share=i18n.percent(share))
        cure = _("If it is a house account or a reseller, leave it out by a row filter (where).")
        yield Finding("warning", "orders", "heavy_buyer", text, row["orders"], None, row["id"], cure)


def of_amounts_and_times(shop: Shop) -> Iterator[Finding]:
    """Report amounts and times that contradict each other, over all orders loaded."""
    orders = shop.tables["orders"]
    tests = _tests(orders)
    counts = {name: test.sum().fill_null(0) for name, test in tests.items()}
    examples = {f"eg_{name}": orders.order_id.min(where=test) for name, test in tests.items()}
    row = _row(orders.aggregate(n=orders.count(), **counts, **examples))
    for name in tests:
        if n := row[name]:
            text, cure = _said(name, n)
            text = text.format(n=i18n.count(n))
            yield Finding("warning", "orders", name, text, n, row["n"], row[f"eg_{name}"], cure)


def _tests(orders: ir.Table) -> dict[str, ir.BooleanValue]:
    paid = orders.paid_at.notnull()
    tests = {
        "negative_paid": orders.paid < 0,
        "zero_paid": paid & (orders.paid == 0),
        "refund_above_paid": paid & (orders.paid >= 0) & (orders.refund > orders.paid + HALF_A_CENT),
        "paid_before_created": orders.paid_at < orders.created_at,
        "paid_without_time": orders.status.isin(HAS_MONEY) & ~paid,
    }
    if "shipped_at" in orders.columns:
        tests["shipped_before_paid"] = orders.shipped_at < orders.paid_at
    return tests


def _said(name: str, n: int) -> tuple[str, str]:
    """Return the sentence for ``n`` orders that meet a test, and its cure."""
    which_column = _("Check which column is which time.")
    said = {
        "negative_paid": (
            ngettext("{n} order was paid with less than 0", "{n} orders were paid with less than 0", n),
            _("Refunds belong in the refund column, or in rows left out by a row filter (where)."),
        ),
        "zero_paid": (
            ngettext("{n} order was paid with 0", "{n} orders were paid with 0", n),
            _("Gifts and top-ups: they have no net sales and do not count."),
        ),
        "refund_above_paid": (
            ngettext(
                "{n} order was refunded by more than was paid",
                "{n} orders were refunded by more than was paid",
                n,
            ),
            _("Check paid_basis under [tables.orders] in shop.toml."),
        ),
        "paid_before_created": (
            ngettext(
                "{n} order was paid before it was placed", "{n} orders were paid before they were placed", n
            ),
            which_column,
        ),
        "paid_without_time": (
            ngettext(
                "{n} order is paid by its status but has no payment time",
                "{n} orders are paid by their status but have no payment time",
                n,
            ),
            _("They do not count; map the column of the payment time."),
        ),
        "shipped_before_paid": (
            ngettext(
                "{n} order was shipped before it was paid", "{n} orders were shipped before they were paid", n
            ),
            which_column,
        ),
    }
    return said[name]


def of_calendar(shop: Shop) -> Iterator[Finding]:
    """Report a short history, days without orders, and the last days whose refunds are still to come."""
    days = shop.orders.group_by("paid_on").aggregate(orders=ibis._.count()).order_by("paid_on").to_pandas()
    if days.empty:
        cure = _("See the ledger for the reasons.")
        yield Finding("error", "orders", "no_valid_orders", _("no order is valid"), cure=cure)
        return
    orders = days.set_index(pd.to_datetime(days.paid_on)).orders
    yield from _short_history(shop, orders.index[0])
    yield from _gaps(shop, orders.index)
    yield from _immature_days(shop, orders)


def _short_history(shop: Shop, first: pd.Timestamp) -> Iterator[Finding]:
    needed = shop.settings.rules.check.min_history_months
    if first <= pd.Timestamp(shop.as_of) - pd.DateOffset(months=needed) + pd.Timedelta(days=1):
        return
    text = ngettext(
        "the history begins on {day}, less than {needed} month before the last day counted",
        "the history begins on {day}, less than {needed} months before the last day counted",
        needed,
    ).format(day=i18n.day(first.date()), needed=i18n.count(needed))
    cure = _("Add older exports: frequency and money of a part of a year are too low, and so are the grades.")
    yield Finding("warning", "orders", "short_history", text, cure=cure)


def _gaps(shop: Shop, days: pd.DatetimeIndex) -> Iterator[Finding]:
    ends = days.union([pd.Timestamp(shop.as_of) + dt.timedelta(days=1)])
    cure = _("If the shop was open, an export is missing; if a later day is a typing error, set as_of.")
    for before, after in itertools.pairwise(ends):
        n = (after - before).days - 1
        if n > shop.settings.rules.check.max_gap_days:
            after_day = i18n.day(before.date())
            text = ngettext(
                "no valid order for {n} day after {day}", "no valid order for {n} days after {day}", n
            )
            text = text.format(n=i18n.count(n), day=after_day)
            yield Finding("warning", "orders", "gap", text, n, example=after_day, cure=cure)


def _immature_days(shop: Shop, orders: pd.Series) -> Iterator[Finding]:
    days = shop.settings.rules.check.immature_days
    recent = int(orders[orders.index > pd.Timestamp(shop.as_of) - pd.Timedelta(days=days)].sum())
    if recent:
        text = ngettext(
            "{n} order is of the last {days} days: its refund may still come",
            "{n} orders are of the last {days} days: their refunds may still come",
            recent,
        ).format(n=i18n.count(recent), days=i18n.count(days))
        yield Finding("note", "orders", "immature_days", text, recent, int(orders.sum()))


def between_tables(shop: Shop) -> Iterator[Finding]:
    """Report rows of one table that have no partner in another."""
    if "order_items" in shop.tables:
        yield from _lines_and_orders(shop)
    if "customers" in shop.tables and "customer_id" in shop.orders.columns:
        yield from _buyers_without_profile(shop)


def _unmatched(rows: ir.Table, partner: ir.Table, key: str) -> tuple[int, int]:
    """Count the rows whose key is not in ``partner``, and all rows."""
    known = partner.select(key).distinct().mutate(_known=True)
    joined = rows.select(key).left_join(known, key)
    row = _row(joined.aggregate(n=joined.count(), lost=joined._known.isnull().sum().fill_null(0)))
    return row["lost"], row["n"]


def _lines_and_orders(shop: Shop) -> Iterator[Finding]:
    items, cure = shop.tables["order_items"], _("Export orders and lines over the same days.")
    lost, n = _unmatched(items, shop.tables["orders"], "order_id")
    if lost:
        text = ngettext("{n} order line belongs to no order", "{n} order lines belong to no order", lost)
        text = text.format(n=i18n.count(lost))
        yield Finding("warning", "order_items", "line_without_order", text, lost, n, cure=cure)
    bare, n = _unmatched(shop.orders, items, "order_id")
    if bare:
        text = ngettext("{n} valid order has no lines", "{n} valid orders have no lines", bare)
        text = text.format(n=i18n.count(bare))
        yield Finding("warning", "order_items", "order_without_lines", text, bare, n, cure=cure)


def _buyers_without_profile(shop: Shop) -> Iterator[Finding]:
    buyers = shop.orders.filter(shop.orders.customer_id.notnull()).select("customer_id").distinct()
    unknown, n = _unmatched(buyers, shop.tables["customers"], "customer_id")
    if unknown:
        text = ngettext(
            "{n} buyer is not in the customer file", "{n} buyers are not in the customer file", unknown
        ).format(n=i18n.count(unknown))
        cure = _("Export the customer file anew; until then these buyers' attributes are unknown.")
        yield Finding("note", "customers", "buyer_without_profile", text, unknown, n, cure=cure)
