"""Placed: every order by the day of its creation, paid or not, as it stood at the end of as_of."""

import ibis
import ibis.expr.types as ir

from shopcrm_nb import i18n
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop


def orders(shop: Shop) -> ir.Table:
    """Return the orders created up to as_of, valid or not, one row each.

    Columns order_id, customer_id (null where the shop has no usable keys), key (the customer, else the
    order), created_at, created_on, order_total (goods and postage), closed (without payment), close_reason
    (null of one that is not closed) and waiting (for payment). An order paid after as_of is waiting still.
    When one was closed is not in any export, so closed orders are closed from the day they were placed.
    """
    table = shop.tables["orders"]
    nobody = shop.missing("orders.customer_id")
    customer = ibis.null("string") if nobody else table.customer_id
    closed = table.status == "closed_unpaid"
    reason = table.close_reason if "close_reason" in table.columns else ibis.null("string")
    later = (table.paid_at.date() > shop.as_of).fill_null(False)
    found = table.filter(table.created_at.notnull() & (table.created_at.date() <= shop.as_of))
    return found.select(
        "order_id",
        "created_at",
        "order_total",
        customer_id=customer,
        key=ibis.coalesce(customer, table.order_id),
        created_on=table.created_at.date(),
        close_reason=ibis.ifelse(closed, reason, ibis.null("string")),
        closed=closed,
        waiting=(table.status == "unpaid") | later,
    )


def untold(shop: Shop) -> NotComputed | None:
    """Return why nothing can be said of orders closed without payment, or None.

    A shop of which no order is closed has, most likely, exported the paid ones only.
    """
    table = shop.tables["orders"]
    closed = table.status == "closed_unpaid"
    dated = (table.created_at.date() <= shop.as_of).fill_null(False)
    counts = table.aggregate(n=(closed & dated).sum(), undated=(closed & table.created_at.isnull()).sum())
    n, undated = counts.to_pyarrow().to_pylist()[0].values()
    if n:
        return None
    if undated:
        return NotComputed("orders.created_at", _("of orders that were closed without payment"))
    said = _("no order up to {day} is closed without payment; an export of paid orders alone cannot tell")
    return NotComputed("orders.status", said.format(day=i18n.day(shop.as_of)))


def bought_since(rows: ir.Table, bought: ir.Table, days: int) -> list[ir.BooleanValue]:
    """Say which valid orders follow one of ``rows``: not paid before it, and within days of its creation."""
    until = rows.created_on + ibis.interval(days=days)
    return [
        rows.customer_id == bought.customer_id,
        bought.paid_at >= rows.created_at,
        bought.paid_on <= until,
    ]
