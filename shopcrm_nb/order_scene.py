"""Order scenes: the orders that wait for a service at the end of as_of, along the way of an order (CU-12)."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from shopcrm_nb import i18n, placed, recoverable, reviews
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.filled import known, lacks
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.shipping import TIMES, WAITING, hours

SLOW = 0.8  # of the parcels that arrived took no longer: the shop's own P80
A_YEAR = 365
PAY = {
    "wait": "pay_wait",
    "email": "pay_email",
    "sms": "pay_sms",
    "call": "pay_call",
    "re_invite": "invite_again",
}
COLUMNS = {
    "customer_id": "string",
    "order_id": "string",
    "since": "date",
    "days": "int64",
    "amount": "float64",
    "reason": "string",
    "action": "string",
}


def untold(parcels: ir.Table | NotComputed, longest_days: int) -> dict[str, NotComputed]:
    """Return, of the times of an order's way, those of which one cannot tell who waits, with the reason.

    One that the shop does not record, and one that it records of part of its orders: then those of the last
    ``longest_days`` without it may wait or not. ``parcels`` is the table of ``process.parcels``.
    """
    if isinstance(parcels, NotComputed):
        return {name: NotComputed(f"orders.{name}") for name in TIMES}
    there = known(parcels, *TIMES)
    counts = {}
    for place, name in enumerate(TIMES):
        if name in there:
            blank = ibis.and_(*(parcels[each].isnull() for each in list(TIMES)[place:] if each in there))
            live = (parcels.net > 0) & (parcels.age_hours < longest_days * 24)
            unclear = blank & live & parcels.status.isin(WAITING[name]) & ~parcels[TIMES[name]]
            counts |= {f"{name}_open": parcels[TIMES[name]].sum(), f"{name}_unclear": unclear.sum()}
    found = parcels.aggregate(**counts).to_pyarrow().to_pylist()[0]
    in_part = [name for name in there if found[f"{name}_unclear"] and not found[f"{name}_open"]]
    reason = _("it is there for part of the orders only")
    missing = {name: NotComputed(f"orders.{name}") for name in TIMES if name not in there}
    return missing | {name: NotComputed(f"orders.{name}", reason) for name in in_part}


@needs()
def usual_hours(parcels: ir.Table, min_orders: int) -> float | NotComputed:
    """Return within how many hours after leaving four of five parcels arrive: the P80 from shipped to signed.

    Of the orders paid in the 365 days up to as_of that have both times; NotComputed for fewer than
    ``min_orders`` of them.
    """
    missing = next((name for name in ("shipped_at", "signed_at") if name not in parcels.columns), None)
    if missing:
        return NotComputed(f"orders.{missing}")
    took = hours(parcels.shipped_at, parcels.signed_at)
    counted = (took >= 0) & (parcels.age_hours < A_YEAR * 24)
    found = parcels.aggregate(n=counted.sum(), usual=took.quantile(SLOW, where=counted))
    n, usual = found.to_pyarrow().to_pylist()[0].values()
    few = _("of at least {n} orders of the last 365 days").format(n=i18n.count(min_orders))
    return usual if (n or 0) >= max(min_orders, 1) else NotComputed("orders.signed_at", few)


@dataclass(frozen=True)
class _Way:
    """What is known of the way of a shop's orders: lacking has the times that do not tell who waits."""

    shop: Shop
    parcels: ir.Table
    usual: float | NotComputed
    lacking: dict[str, NotComputed]

    def open(self, *names: str) -> ir.BooleanValue:
        """Tell which orders are yet to pass the first of the times that is told, else to be completed."""
        told = next((name for name in names if name not in self.lacking), None)
        if told:
            return self.parcels[TIMES[told]]
        return ~(self.parcels.status == "success").fill_null(False)

    def last(self, days: int) -> dt.date:
        """Return the day before the first of the last ``days``, as_of included."""
        return self.shop.as_of - dt.timedelta(days=days)


def pieces(
    shop: Shop, parcels: ir.Table | NotComputed, usual: float | NotComputed, lacking: dict[str, NotComputed]
) -> dict[tuple[str, str], ir.Table | NotComputed]:
    """Return the orders of each scene and reason: COLUMNS, one row an order, or what is missing to tell.

    since is the day since which the order waits, days how many days that is ago (0 is as_of), amount what was
    paid less refunds (of an order never paid what it comes to). What was refunded in full waits for nothing.
    ``usual`` is that of ``usual_hours``, ``lacking`` that of ``untold``.
    """
    way = _Way(shop, parcels, lacking.get("signed_at", usual), lacking)
    found = {("payment", "not_paid"): payment(shop)}
    for (scene, reason), (build, times) in _PIECES.items():
        missing = next((lacking[name] for name in times if name in lacking), None)
        found[scene, reason] = missing or build(way)
    return found


def row(
    shop: Shop, found: ir.Table, since: ir.DateValue, reason: object, action: object, amount: object
) -> ir.Table:
    """Return the COLUMNS of rows that have customer_id and order_id."""
    days = ibis.literal(shop.as_of).delta(since, unit="day")
    told = {"since": since, "days": days, "amount": amount, "reason": reason, "action": action}
    named = {
        name: found[name] if name in found.columns else ibis.null("string") for name in list(COLUMNS)[:2]
    }
    typed = {name: (named | told)[name] for name in COLUMNS}
    return found.select(**{name: _literal(value).cast(COLUMNS[name]) for name, value in typed.items()})


def _literal(value: object) -> ir.Value:
    return value if isinstance(value, ir.Value) else ibis.literal(value)


def unshipped(parcels: ir.Table) -> ir.Table:
    """Return the paid orders that have not left."""
    return parcels.filter(parcels.unshipped & (parcels.net > 0))


def payment(shop: Shop) -> ir.Table | NotComputed:
    """Return the orders of ``recoverable.orders`` (E-08): day 1 is that of the creation."""
    missing = placed.untold(shop)
    if missing and not placed.orders(shop).waiting.any().to_pyarrow().as_py():
        return missing
    return _payment(shop, recoverable.orders(shop))


@needs()
def _payment(shop: Shop, found: ir.Table) -> ir.Table:
    reason = ibis.cases(
        (found.status == "closed_unpaid", "closed"), (found.days_since == 0, "placed_today"), else_="not_paid"
    )
    action = found.next_step.substitute(PAY)
    return row(shop, found, found.created_at.date(), reason, action, found.order_total)


def _inquiry(way: _Way) -> ir.Table | NotComputed:
    missing = lacks(way.shop, "orders", "note")
    if missing:
        return missing
    rows = way.shop.tables["orders"]
    noted = rows.filter(rows.note.strip() != "").select("order_id")
    found = unshipped(way.parcels).semi_join(noted, "order_id")
    return row(way.shop, found, found.paid_on, "note", "answer_note", found.net)


def _late(way: _Way) -> ir.Table:
    found = unshipped(way.parcels)
    found = found.filter(found.late.fill_null(False))
    return row(way.shop, found, found.paid_on, "late", "ship_now", found.net)


def _travelling(way: _Way) -> ir.Table:
    """Return the orders that have left and not arrived, with slow: longer than usual on their way."""
    rows = way.parcels
    found = rows.filter(rows.shipped_at.notnull() & way.open("signed_at", "confirmed_at") & (rows.net > 0))
    on_its_way = found.age_hours - hours(found.paid_at, found.shipped_at)
    told = not isinstance(way.usual, NotComputed)
    return found.mutate(slow=on_its_way > way.usual if told else ibis.literal(False))


def _notice(way: _Way) -> ir.Table:
    found, days = _travelling(way), way.shop.settings.rules.service.shipped_days
    found = found.filter(~found.slow & (found.shipped_at.date() > way.last(days)))
    return row(way.shop, found, found.shipped_at.date(), "on_its_way", "tell_shipped", found.net)


def _tracking(way: _Way) -> ir.Table | NotComputed:
    if isinstance(way.usual, NotComputed):
        return way.usual
    found = _travelling(way)
    found = found.filter(found.slow)
    return row(way.shop, found, found.shipped_at.date(), "slow", "ask_carrier", found.net)


def _signing(way: _Way) -> ir.Table:
    rows, days = way.parcels, way.shop.settings.rules.service.signed_days
    recent = (rows.signed_at.date() > way.last(days)) & (rows.net > 0)
    found = rows.filter(recent & way.open("confirmed_at"))
    return row(way.shop, found, found.signed_at.date(), "arrived", "tell_arrived", found.net)


def _confirm(way: _Way) -> ir.Table:
    rows, days = way.parcels, way.shop.settings.rules.service.confirm_days
    long_ago = (rows.signed_at.date() <= way.last(days)) & (rows.net > 0)
    found = rows.filter(long_ago & rows.unconfirmed)
    return row(way.shop, found, found.signed_at.date(), "not_confirmed", "ask_confirm", found.net)


def _review(way: _Way) -> ir.Table | NotComputed:
    """Return the orders to be reviewed: without any review, the platform's own text included, or refund."""
    missing = lacks(way.shop, "reviews", "order_id")
    if missing:
        return missing
    rows, (first, last) = way.parcels, way.shop.settings.rules.service.review_days
    days = rows.confirmed_at.date().between(way.last(last), way.last(first))
    written = reviews.read(way.shop)
    found = rows.filter(days & (rows.net > 0) & (rows.refund == 0))
    found = found.anti_join(written.filter(written.order_id.notnull()), "order_id")
    return row(way.shop, found, found.confirmed_at.date(), "not_reviewed", "ask_review", found.net)


# Each scene and reason: how its orders are found, and the times without which nobody can tell.
_PIECES = {
    ("inquiry", "note"): (_inquiry, ("shipped_at",)),
    ("shipping", "late"): (_late, ("shipped_at",)),
    ("shipping", "on_its_way"): (_notice, ("shipped_at",)),
    ("tracking", "slow"): (_tracking, ("shipped_at", "signed_at")),
    ("signing", "arrived"): (_signing, ("signed_at",)),
    ("confirm", "not_confirmed"): (_confirm, ("signed_at", "confirmed_at")),
    ("review", "not_reviewed"): (_review, ("confirmed_at",)),
}
