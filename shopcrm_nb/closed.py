"""Closed: orders placed and closed without payment, and what they lose (DX-03)."""

import datetime as dt
from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n, placed, windows
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.health_rules import ClosedRules
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period

A_WEEK = 7
WON_BACK = (0.1, 0.2, 0.3)  # of the lost amount
REASONS = 20  # that are shown by name
MEASURES: dict[str, Callable[[ir.Table], ir.Scalar]] = {
    "placed_orders": lambda rows: rows.count(),
    "closed_orders": lambda rows: rows.closed.sum(),
    "waiting_orders": lambda rows: rows.waiting.sum(),
    "placed_amount": lambda rows: rows.order_total.sum().round(4),
    "closed_amount": lambda rows: rows.order_total.sum(where=rows.closed).round(4),
}


def _measures(rows: ir.Table) -> dict[str, ir.Scalar]:
    return {name: measure(rows).fill_null(0) for name, measure in MEASURES.items()}


@needs()
def daily(shop: Shop) -> pd.DataFrame | NotComputed:
    """Return a row for each day from the first on which an order was placed, to as_of (S2, E-09).

    Columns day (of creation), placed_orders, closed_orders (without payment; closed after it is a refund and
    not here), waiting_orders, placed_amount and closed_amount (order_total: goods and postage), closed_share
    (by amount, S2 「当日拍下最终未付款导致关闭的订单销售额/当日拍下订单销售额」), closed_orders_share,
    closed_share_7_days (both amounts summed over the seven days to that day), immature. Waiting orders are
    in the denominators. Shares are null where nothing was placed; that of the week also on the first six
    days. A day is immature within the last ``deadline_days``, and as long as an order of it waits, for
    ``recover_days`` at most. closed_amount and its shares are null where no closed order has an amount.
    NotComputed where no order at all is closed without payment.
    """
    if missing := placed.untold(shop):
        return missing
    rules, rows = shop.settings.rules.closed, placed.orders(shop)
    # Whoever has not paid after that is not going to.
    still_open = (rows.waiting & (rows.created_on > _before(shop.as_of, rules.recover_days))).sum()
    sums = rows.group_by(day=rows.created_on).aggregate(**_measures(rows), still_open=still_open)
    frame = sums.to_pandas().set_index("day")
    days = pd.date_range(frame.index.min(), shop.as_of, name="day", unit=frame.index.unit)
    frame = frame.reindex(days, fill_value=0).reset_index()
    frame["day"] = frame.day.dt.date
    recent = frame.day > _before(shop.as_of, rules.deadline_days)
    week = frame[["closed_amount", "placed_amount"]].rolling(A_WEEK).sum().round(4)
    frame = _with_shares(frame).assign(
        closed_share_7_days=_part(week.closed_amount, week.placed_amount),
        immature=recent | (frame.still_open > 0),
    )
    if not frame.closed_amount.any():
        frame[["closed_amount", "closed_share", "closed_share_7_days"]] = float("nan")
    return frame.drop(columns="still_open")


def _before(day: dt.date, days: int) -> dt.date:
    return day - dt.timedelta(days=days)


def _with_shares(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        closed_share=_part(frame.closed_amount, frame.placed_amount),
        closed_orders_share=_part(frame.closed_orders, frame.placed_orders),
    )


def _part(top: pd.Series, base: pd.Series) -> pd.Series:
    return (top / base.where(base > 0)).astype("float64")


@needs()
def recent(daily: pd.DataFrame, days: int = 120) -> pd.DataFrame:
    """Return the last so many days of ``daily``."""
    return daily.tail(days).reset_index(drop=True)


def settled(shop: Shop, when: Period) -> Period:
    """Return the period without its last ``closed.deadline_days``, whose orders may still be paid or closed.

    Every period loses as many, also one of long ago, so that they can be compared.
    """
    return Period(when.start, _before(when.end, shop.settings.rules.closed.deadline_days))


@needs()
def sums(shop: Shop, periods: dict[str, Period]) -> pd.DataFrame | NotComputed:
    """Return ``windows.sums`` of the orders placed in the ``settled`` days of each period: MEASURES.

    Orders without a customer fall into groups by their id. NotComputed where no order is closed without
    payment, or none that is has an amount.
    """
    if missing := placed.untold(shop):
        return missing
    rows = placed.orders(shop)
    if not rows.order_total.sum(where=rows.closed).to_pyarrow().as_py():
        return NotComputed("orders.order_total", _("of orders that were closed without payment"))
    spans = {name: settled(shop, when) for name, when in periods.items()}
    return windows.sums(rows, "created_on", "key", spans, MEASURES)


def _within(rows: ir.Table, when: Period) -> ir.Table:
    return rows.filter(rows.created_on.between(when.start, when.end))


@needs()
def summary(shop: Shop, now: Period) -> pd.DataFrame | NotComputed:
    """Return one row on the orders placed in the ``settled`` days of the period.

    Columns start, end, placed_orders, closed_orders, waiting_orders, placed_amount, closed_amount,
    closed_share, closed_orders_share as in ``daily``; recovered_orders and recovered_amount: of the closed
    orders, those whose customer paid a valid order from then on until ``deadline_days`` after the day of
    creation, included (one payment may answer for several of them); lost_amount: the amount of the other
    closed ones, also of those without a customer. These three are null where no closed order has a customer;
    amounts of closed orders are null where none has an amount.
    """
    if missing := placed.untold(shop):
        return missing
    when = settled(shop, now)
    rows = _within(placed.orders(shop), when)
    named = rows.customer_id.count(where=rows.closed)
    frame = _with_shares(rows.aggregate(**_measures(rows), named=named).to_pandas())
    frame = frame.assign(**_recovered(shop, rows.filter(rows.closed)))
    frame["lost_amount"] = (frame.closed_amount - frame.recovered_amount).round(4)
    frame = _blanked(frame).drop(columns="named")
    return pd.concat([pd.DataFrame({"start": [when.start], "end": [when.end]}), frame], axis=1)


def _recovered(shop: Shop, closed: ir.Table) -> dict[str, float]:
    """Sum the closed orders of customers who bought after all."""
    if shop.missing("orders.customer_id"):
        return {"recovered_orders": 0, "recovered_amount": 0.0}
    days = shop.settings.rules.closed.deadline_days
    again = closed.semi_join(shop.orders, placed.bought_since(closed, shop.orders, days))
    sums = again.aggregate(
        recovered_orders=again.count(), recovered_amount=again.order_total.sum().fill_null(0.0).round(4)
    )
    return sums.to_pyarrow().to_pylist()[0]


def _blanked(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave blank what cannot be known without customers, or without amounts."""
    row, unknown = frame.iloc[0], []
    if row.closed_orders and not row.named:
        unknown += ["recovered_orders", "recovered_amount", "lost_amount"]
    if row.closed_orders and not row.closed_amount:
        unknown += ["closed_amount", "closed_share", "recovered_amount", "lost_amount"]
    return frame.assign(**dict.fromkeys(unknown, float("nan")))


@needs()
def won_back(found: pd.DataFrame) -> pd.DataFrame | NotComputed:
    """Return what it would bring to win back a tenth, a fifth or three tenths of the lost amount.

    Columns won_back_share, won_back_amount (goods and postage, before any refund). NotComputed where
    ``summary`` could not tell what was lost.
    """
    row = found.iloc[0]
    if pd.isna(row.lost_amount):
        return NotComputed("orders.order_total" if pd.isna(row.closed_amount) else "orders.customer_id")
    amounts = [round(share * row.lost_amount, 2) for share in WON_BACK]
    return pd.DataFrame({"won_back_share": WON_BACK, "won_back_amount": amounts})


@needs()
def won_back_sentence(found: pd.DataFrame, currency: str) -> str:
    """Say what the shares of ``won_back`` would bring."""
    if not found.won_back_amount.any():
        return ""
    one = _("{amount} at {share}")
    told = [
        one.format(
            share=i18n.percent(row.won_back_share, 0), amount=i18n.money(row.won_back_amount, currency)
        )
        for row in found.itertuples()
    ]
    said = _("Winning back a part of the lost amount would bring {listed}.")
    return said.format(listed=_(", ").join(told))


@needs("orders.close_reason")
def reasons(shop: Shop, now: Period) -> pd.DataFrame | NotComputed:
    """Return why orders of the ``settled`` days were closed without payment, the commonest reason first.

    Columns close_reason (as exported; those beyond the REASONS commonest together), closed_orders, share (of
    the closed orders), closed_amount. NotComputed where no closed order has a reason.
    """
    if missing := placed.untold(shop):
        return missing
    rows = _within(placed.orders(shop), settled(shop, now)).filter(ibis._.closed)
    each = rows.group_by("close_reason").aggregate(
        closed_orders=rows.count(), closed_amount=rows.order_total.sum()
    )
    by_number = [each.closed_orders.desc(), each.close_reason]
    each = each.mutate(place=ibis.row_number().over(order_by=by_number))
    each = each.mutate(close_reason=ibis.ifelse(each.place < REASONS, each.close_reason, _("others")))
    found = each.group_by("close_reason").aggregate(
        closed_orders=each.closed_orders.sum(), closed_amount=each.closed_amount.sum().round(2)
    )
    frame = found.order_by(found.closed_orders.desc(), "close_reason").to_pandas()
    if not frame.close_reason.notna().any():
        return NotComputed("orders.close_reason")
    frame.insert(2, "share", frame.closed_orders / frame.closed_orders.sum())
    return frame.assign(close_reason=frame.close_reason.fillna(_("none given")))


@needs()
def sentence(found: pd.DataFrame, rules: ClosedRules, currency: str) -> str:
    """Say what part of the orders placed was closed without payment, who bought after all, and who waits."""
    row = found.iloc[0]
    figures = {
        "first": i18n.day(row.start),
        "last": i18n.day(row.end),
        "placed": i18n.count(row.placed_orders),
        "closed": i18n.count(row.closed_orders),
        "share": i18n.percent(row.closed_share),
        "orders_share": i18n.percent(row.closed_orders_share),
        "amount": i18n.money(row.closed_amount, currency),
    }
    if not row.placed_orders:
        return _("No order was placed from {first} to {last}.").format(**figures)
    if not row.closed_orders:
        said = ngettext(
            "The {placed} order placed from {first} to {last} was not closed without payment.",
            "None of the {placed} orders placed from {first} to {last} was closed without payment.",
            row.placed_orders,
        ).format(**figures)
    elif pd.isna(row.closed_share):
        said = _(
            "{closed} of the {placed} orders placed from {first} to {last} ({orders_share}) closed without "
            "payment."
        ).format(**figures)
    else:
        said = _(
            "Of what was ordered from {first} to {last}, {share} by amount ({amount}) and {orders_share} by "
            "orders ({closed} of {placed}) was closed without payment."
        ).format(**figures)
    return i18n.sentences([said, _after_all(row, rules, currency), _waiting(row)])


def _after_all(row: pd.Series, rules: ClosedRules, currency: str) -> str:
    if pd.isna(row.lost_amount) or not row.closed_orders:
        return ""
    said = ngettext(
        "{n} of the closed orders was followed within {days} days by one that the same customer paid; the "
        "others are worth {lost}.",
        "{n} of the closed orders were followed within {days} days by one that the same customer paid; the "
        "others are worth {lost}.",
        int(row.recovered_orders),
    )
    return said.format(
        n=i18n.count(row.recovered_orders),
        days=i18n.count(rules.deadline_days),
        lost=i18n.money(row.lost_amount, currency),
    )


def _waiting(row: pd.Series) -> str:
    n = int(row.waiting_orders)
    said = ngettext("{n} more is still waiting for payment.", "{n} more are still waiting for payment.", n)
    return said.format(n=i18n.count(n)) if n else ""
