"""Orders as exported become orders as we count them: one row each, status in our words, payments gross."""

import ibis
import ibis.expr.types as ir

from shopcrm_nb import codes, preset
from shopcrm_nb.canonical import TABLES
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.ledger import Ledger

HALF_A_CENT = 0.005
BASIS_SHARE = 0.9  # of the refunded orders must agree on what the payment column means
# Of the orders with several lines: where more of them have amounts that differ, these are the lines' own.
FEW_SHARE = 0.01
# What a status is that says that the order was closed and never paid; "cancelled" says so less surely.
CLOSED = ("closed_unpaid", "cancelled")


def lines_met(rows: ir.Table) -> dict[str, int]:
    """Count lines, orders, those with several lines, and those of them whose lines differ in an amount."""
    amounts = [name for name in ("paid", "refund") if name in rows.columns]
    spans = {name: rows[name].max() - rows[name].min() > HALF_A_CENT for name in amounts}
    each = rows.group_by("order_id").aggregate(n=rows.count(), **spans)
    found = each.aggregate(
        lines=each.n.sum(),
        orders=each.count(),
        several=(each.n > 1).sum(),
        **{name: each[name].sum().fill_null(0) for name in amounts},
    )
    return found.to_pyarrow().to_pylist()[0]


def refuse_amounts_of_lines(met: dict[str, int]) -> None:
    """Refuse lines of which each has its own amount: of an order, one of them would count."""
    if met["paid"] > FEW_SHARE * met["several"]:
        raise ShopcrmError(
            f"orders: in {met['paid']:,} of {met['several']:,} orders with several lines the lines have "
            "different amounts: these are amounts of lines, not of orders; map the file under "
            "[tables.order_items] and [tables.orders_from_items] in shop.toml (docs/formats.md, Lines "
            "without orders)"
        )


def note_amounts_of_lines(met: dict[str, int], grain: str, ledger: Ledger) -> None:
    """Note the orders whose rows differ in an amount; the data check judges by the grain."""
    for name in ("paid", "refund"):
        if met.get(name):
            ledger.fact("orders", "amounts_of_lines", name, met[name], met["several"], grain)


def one_row_each(lines: ir.Table) -> ir.Table:
    """Fold the lines of an order into one row: the first status, and of every other field the least value.

    An order's fields are the same on each of its lines or filled on the first only, so that the least is the
    value, whatever the order of the rows.
    """
    return lines.group_by("order_id").aggregate(**_folded(lines, set(lines.columns) - {"order_id"}))


def _folded(lines: ir.Table, columns: set[str]) -> dict[str, ir.Scalar]:
    folded = {column: lines[column].min() for column in lines.columns if column in columns}
    return folded | ({"status": lines.status.first(order_by=lines._row)} if "status" in folded else {})


def from_items(lines: ir.Table) -> ir.Table:
    """Make orders of lines that have no order rows: paid = what was bought, refund = the negative lines.

    Refunds written beside a line are added; a field of the order that the lines repeat counts once.
    """
    repeated = {c for c in lines.columns if c in TABLES["orders"] and c not in TABLES["order_items"]}
    refund = (-lines.amount.sum(where=lines.amount < 0)).fill_null(0)
    if "refund" in lines.columns:
        refund = refund + lines.refund.sum().fill_null(0)
    made = {
        "paid": lines.amount.sum(where=lines.amount > 0).fill_null(0).round(4),
        "refund": refund.round(4),
        "quantity": lines.quantity.sum(where=lines.amount > 0),
    }
    return lines.group_by("order_id").aggregate(**(made | _folded(lines, repeated)))


def with_status(orders: ir.Table, own_words: dict[str, str], ledger: Ledger) -> ir.Table:
    """Put the platform's status words in ours; without one, a payment time means paid.

    A word that is "closed" means unpaid without a payment time and refunded with one (domain 3.1.3). An order
    whose status says unpaid is not paid, even with the payment time of a presale's deposit. One that is
    closed as never paid was paid if it has a refund; one that is "cancelled", too, if it has a payment time
    beside the time when it was placed: where a file has one time only, that may be of the order.
    """
    known = preset.status_words() | {preset.normal_word(word): status for word, status in own_words.items()}
    words = codes.met("orders", orders, "status")
    for word, n in words.items():
        if preset.normal_word(word) not in known:
            ledger.fact("orders", "unknown_status", word, n, sum(words.values()), word)
    ours = {word: known[preset.normal_word(word)] for word in words if preset.normal_word(word) in known}
    said = orders.status.substitute(ours, else_=ibis.null("string")) if ours else ibis.null("string")
    orders = orders.mutate(_said=said)
    paid_back = _paid_back(orders).fill_null(False)
    never_paid = orders._said.isin(["unpaid", *CLOSED]).fill_null(False) & ~paid_back
    orders = orders.mutate(
        paid_at=ibis.ifelse(never_paid, ibis.null("timestamp"), orders.paid_at),
        _had=orders.paid_at,
        _paid_back=paid_back,
        _said=ibis.ifelse(
            paid_back, "refunded", ibis.ifelse(orders._said == "cancelled", "closed_unpaid", orders._said)
        ),
    )
    by_time = ibis.ifelse(orders.paid_at.isnull(), "unpaid", "paid")
    closed = ibis.ifelse(orders.paid_at.isnull(), "closed_unpaid", "refunded")
    status = ibis.ifelse(orders._said == "closed", closed, ibis.coalesce(orders._said, by_time))
    return orders.mutate(status=status)


def _paid_back(orders: ir.Table) -> ir.BooleanValue:
    """Tell the orders that were paid before they were closed as if never paid, and paid back."""
    both_times = orders.paid_at.notnull() & orders.created_at.notnull() & (orders.paid > 0)
    refunded = orders.refund > HALF_A_CENT
    return (orders._said.isin(CLOSED) & refunded) | ((orders._said == "cancelled") & both_times)


def paid_basis(orders: ir.Table, declared: str, ledger: Ledger) -> str:
    """Find out whether the payment column is gross of refunds or net of them already.

    Tested on the paid orders with a refund: total = payment + refund says net, total = payment says gross.
    Where the total decides nothing, a payment of 0 beside a refund says net. What cannot be told is refused
    for "auto"; for "assumed", a mapping by hand that says nothing, it is taken as gross and reported.
    """
    tested = orders.paid_at.notnull() & (orders.refund > HALF_A_CENT)
    gap = orders.order_total - orders.paid
    tests = {
        "n": tested,
        "net": tested & ((gap - orders.refund).abs() < HALF_A_CENT),
        "gross": tested & (gap.abs() < HALF_A_CENT),
        "zero": tested & (orders.paid.abs() < HALF_A_CENT),
        "paid_back": orders._paid_back,
        "other": ~tested & (orders.refund.abs() > HALF_A_CENT),
    }
    found = orders.aggregate(**{name: test.sum().fill_null(0) for name, test in tests.items()})
    n, net, gross, zero, paid_back, other = found.to_pyarrow().to_pylist()[0].values()
    if paid_back:
        ledger.fact("orders", "paid_back", count=paid_back)
    basis = _decide(n, net, gross, zero) if declared == "auto" else declared
    if declared == "assumed":
        basis = "net" if net >= BASIS_SHARE * n > gross else "gross"
    holds = net if basis == "net" else gross
    untested = declared == "assumed" and holds < BASIS_SHARE * n
    ledger.fact(
        "orders",
        "paid_basis",
        _basis_said(n, other, basis, untested),
        holds,
        n or other,
        declared,
    )
    return basis


def _basis_said(n: int, other: int, basis: str, untested: bool) -> str:
    if not n:
        return "refunds_of_none" if other else "no_refunds"
    return "untested" if untested else basis


def _decide(n: int, net: int, gross: int, zero: int) -> str:
    if n == 0 or gross >= BASIS_SHARE * n > net:
        return "gross"
    if net >= BASIS_SHARE * n > gross or (zero and not gross):
        return "net"
    raise ShopcrmError(
        f"orders: of {n:,} refunded orders, {net:,} fit a payment net of refunds and {gross:,} a gross one, "
        'so the file does not tell which it is; set paid_basis = "net" or "gross" under [tables.orders] in '
        "shop.toml"
    )


def as_counted(orders: ir.Table, basis: str) -> ir.Table:
    """Fill what an export leaves out: payments gross of refunds, a closed order refunded in full."""
    refund = orders.refund.fill_null(0.0)
    paid = (orders.paid.fill_null(0.0) + (refund if basis == "net" else 0.0)).round(4)
    in_full = (orders.status == "refunded") & (refund == 0)
    return orders.mutate(
        paid=paid,
        refund=ibis.ifelse(in_full, paid, refund),
        created_at=ibis.coalesce(orders.created_at, orders.paid_at, orders._had),
        order_total=ibis.coalesce(orders.order_total, paid),
    ).drop("_said", "_had", "_paid_back")
