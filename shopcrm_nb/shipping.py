"""Shipping: each paid order with when it left, arrived and was confirmed, as far as the shop records it."""

import datetime as dt

import ibis
import ibis.expr.types as ir

from shopcrm_nb.filled import columns, known
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period

TIMES = {"shipped_at": "unshipped", "signed_at": "unsigned", "confirmed_at": "unconfirmed"}
OF_A_PARCEL = ("shipped_at", "signed_at", "carrier")
GONE = ("part_shipped", "shipped", "success")
RECORDED, FEWEST = 0.95, 30  # of so many completed orders this share has a time, or it is there in part
# While an order has one of these states, the time may still come.
WAITING = {
    "shipped_at": ("paid",),
    "signed_at": ("paid", "part_shipped", "shipped"),
    "confirmed_at": ("paid", "part_shipped", "shipped"),
}


def orders(shop: Shop) -> ir.Table:
    """Return the paid orders up to ``as_of``, one row each, those refunded included.

    - order_id; key: the customer, or the order itself where it has no usable buyer; customer_id where the
      buyers are usable; paid_at, paid_on, status, paid, refund, net (paid minus refund); age_hours from the
      payment to the end of ``as_of``; and province and carrier where the shop fills them.
    - shipped_at, signed_at, confirmed_at: those that the shop records. An order is shipped with its first
      parcel and signed with its last, when all its parcels are; its carrier is that of all its parcels, null
      where they differ. all_shipped_at, beside shipped_at: when the last parcel left. Null: not by the end of
      ``as_of``, or not known.
    - unshipped, unsigned, unconfirmed: which of the two, true where the time was yet to come at that end. Not
      for an order refunded in full, nor one paid before the first order of which the shop records the time,
      nor where the shop records it of part of its completed orders only (RECORDED).
    - sent: yes (by a time or by its state), no, or unknown: no time and no state tells, and the shop does not
      record shipping times, or did not yet when the order was paid.

    Parcels are those of the table shipments; an order that is not in it has its own columns.
    """
    found = _with_parcels(shop, _paid(shop))
    since = _recorded_since(found)
    empty = [name for name, day in since.items() if day is None]
    empty += ["all_shipped_at"] if "shipped_at" in empty else []
    kept = found.drop(*empty)
    for name in _in_part(kept, since):  # a time that is missing there tells nothing
        since[name] = None
    return _at_the_end(kept, shop.as_of, since)


def _paid(shop: Shop) -> ir.Table:
    rows = shop.tables["orders"]
    rows = rows.filter(rows.paid_at.notnull() & (rows.paid_at.date() <= shop.as_of))
    named = not shop.missing("orders.customer_id")
    kept = known(rows, *TIMES, "province", "carrier", *(["customer_id"] if named else []))
    return rows.select(
        *("order_id", "paid_at", "status", "paid", "refund", *kept),
        key=ibis.coalesce(rows.customer_id, rows.order_id) if named else rows.order_id,
        paid_on=rows.paid_at.date(),
        net=(rows.paid - rows.refund).round(4),
    )


def _with_parcels(shop: Shop, paid: ir.Table) -> ir.Table:
    """Put the times and carriers of the table shipments, as far as filled, in place of the orders' own."""
    own = paid.mutate(all_shipped_at=paid.shipped_at) if "shipped_at" in paid.columns else paid
    told = columns(shop, "shipments", *OF_A_PARCEL)
    if not told:
        return own
    each = _folded(shop.tables["shipments"], told)
    found = own.left_join(each, own.order_id == each.parcels_of)
    has_parcels = found.parcels_of.notnull()
    chosen = {}
    for column in each.columns[1:]:
        name = column.removeprefix("of_")
        alone = found[name] if name in own.columns else ibis.null(each[column].type())
        chosen[name] = ibis.ifelse(has_parcels, found[column], alone)
    return found.mutate(**chosen).drop(*each.columns)


def _folded(parcels: ir.Table, told: list[str]) -> ir.Table:
    """Fold the parcels of an order (parcels_of) into one row: of_shipped_at, of_all_shipped_at and so on."""
    measures = {}
    if "shipped_at" in told:
        measures["of_shipped_at"] = parcels.shipped_at.min()
        measures["of_all_shipped_at"] = _last(parcels, "shipped_at")
    if "signed_at" in told:
        measures["of_signed_at"] = _last(parcels, "signed_at")
    if "carrier" in told:
        one = parcels.carrier.nunique() == 1
        measures["of_carrier"] = ibis.ifelse(one, parcels.carrier.max(), ibis.null("string"))
    return parcels.group_by(parcels_of=parcels.order_id).aggregate(**measures)


def _last(parcels: ir.Table, name: str) -> ir.TimestampScalar:
    """Return the last of the times of all parcels, null where one has none."""
    all_there = parcels[name].count() == parcels.count()
    return ibis.ifelse(all_there, parcels[name].max(), ibis.null("timestamp"))


def _recorded_since(found: ir.Table) -> dict[str, dt.date | None]:
    """Return the first day of payment with each of the times, province and carrier; None for an empty one."""
    names = known(found, *TIMES, "province", "carrier")
    if not names:
        return {}
    firsts = {name: found.paid_on.min(where=found[name].notnull()) for name in names}
    return found.aggregate(**firsts).to_pyarrow().to_pylist()[0]


def _in_part(found: ir.Table, since: dict[str, dt.date | None]) -> list[str]:
    """Return the times that the shop records of part of its orders only: of too few of the completed ones."""
    times = known(found, *TIMES)
    if not times:
        return []
    done = {name: (found.status == "success") & (found.paid_on >= since[name]) for name in times}
    counts = {name: done[name].sum() for name in times}
    counts |= {f"with_{name}": (done[name] & found[name].notnull()).sum() for name in times}
    met = found.aggregate(**counts).to_pyarrow().to_pylist()[0]
    few = {name: (met[name] or 0) < FEWEST for name in times}
    return [name for name in times if not few[name] and met[f"with_{name}"] < RECORDED * met[name]]


def _at_the_end(found: ir.Table, as_of: dt.date, since: dict[str, dt.date | None]) -> ir.Table:
    """Blank the times after the end of ``as_of``, and tell those yet to come from those not known."""
    end = ibis.literal(dt.datetime.combine(as_of + dt.timedelta(days=1), dt.time()))
    times = known(found, *TIMES)
    whole = (found.refund >= found.paid) & (found.refund > 0)
    told = {"age_hours": hours(found.paid_at, end)}
    for place, name in enumerate(times):
        passed = ibis.or_(*(found[later].notnull() for later in times[place:]), ibis.literal(False))
        recorded = found.paid_on >= since[name] if since[name] else ibis.literal(False)
        waits = found.status.isin(WAITING[name]) & ~passed & ~whole & recorded
        told[TIMES[name]] = (found[name] >= end).fill_null(False) | waits
    for name in known(found, *TIMES, "all_shipped_at"):
        told[name] = ibis.ifelse(found[name] < end, found[name], ibis.null("timestamp"))
    return found.mutate(**told, sent=_sent(found, end, since))


def _sent(found: ir.Table, end: ir.TimestampScalar, since: dict[str, dt.date | None]) -> ir.StringValue:
    left = [(found[name] < end).fill_null(False) for name in known(found, *TIMES)]
    recorded = found.paid_on >= since["shipped_at"] if since.get("shipped_at") else ibis.literal(False)
    later = (
        (found.shipped_at >= end).fill_null(False) if "shipped_at" in found.columns else ibis.literal(False)
    )
    return ibis.cases(
        (ibis.or_(*left, ibis.literal(False)), "yes"),
        (later, "no"),
        (found.status.isin(GONE), "yes"),
        (recorded, "no"),
        else_="unknown",
    )


def within(paid: ir.Table, now: Period) -> ir.Table:
    """Return the orders paid within a period."""
    return paid.filter(paid.paid_on.between(now.start, now.end))


def hours(start: ir.TimestampColumn, end: ir.TimestampColumn) -> ir.FloatingColumn:
    """Return the hours between two times, to the second."""
    return end.delta(start, unit="second") / 3600
