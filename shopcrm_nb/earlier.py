"""Earlier: the customers of a shop on earlier days beside today's, as far as its history reaches."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import filled, i18n, scale, segment
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.segment import GRADES
from shopcrm_nb.strict import MAX_MONTHS

ASLEEP = "asleep"  # known, but without a grade
FLOWS = ("upgrade", "kept", "downgrade", "new", "returned", "lapsed", "asleep", "passed", "no_buyer")


@dataclass(frozen=True)
class Comparison:
    """The customers on an earlier day and now.

    ``customers`` are the rows of ``states``, and one without customer_id for the orders without a buyer.
    """

    day: dt.date
    customers: ir.Table


@dataclass(frozen=True)
class Moved:
    """The comparisons that the shop's history allows, the earliest day first; at least one."""

    comparisons: tuple[Comparison, ...]


@needs("orders.customer_id")
def compare(shop: Shop, scored: ir.Table) -> Moved | NotComputed:
    """Compare the customers ``scored`` by the shop's rules with each earlier day of ``rules.migration``.

    A day is left out where the first valid order with a buyer is less than a month before it; NotComputed
    where no day is left. Each comparison is kept in the engine as long as it is in use.
    """
    first, months = _first_day(shop), _months_back(shop)
    known = [n for n in months if _missing(shop, n, first) is None]
    if not known:
        return _missing(shop, months[-1], first)
    return Moved(tuple(Comparison(_back(shop, n), _placed(shop, scored, n).cache()) for n in known))


@needs("orders.customer_id")
def states(shop: Shop, scored: ir.Table, months: int) -> ir.Table:
    """Return where each customer with a valid order was ``months`` calendar months ago, and is now.

    One row a customer: customer_id, state_then and state_now (P, G, S, B; asleep: known by then but without
    a grade; none, then only: no valid order yet), flow (one of FLOWS), net_sales_then and net_sales_now (of
    the evaluation periods that end on the earlier day and on as_of, whether graded or not). Both days
    included; refunds are those known today. ``scored`` is the table of ``segment.score`` at as_of.
    """
    placed = _placed(shop, scored, months)
    return placed.filter(placed.customer_id.notnull())


@needs("orders.customer_id")
def standing(shop: Shop, day: dt.date) -> ir.Table | NotComputed:
    """Return how each customer with a valid order up to ``day``, that day included, stood on it.

    One row a customer: customer_id, grade (P, G, S, B by the orders up to that day and the rules of today;
    asleep: without a grade). Nobody else has a row; refunds are those known today.
    """
    if unnamed := filled.lacks(shop, "orders", "customer_id"):
        return unnamed
    graded = segment.score(shop.orders, day, shop.settings.rules).select("customer_id", "grade")
    by_then = shop.orders.filter(shop.orders.customer_id.notnull() & (shop.orders.paid_on <= day))
    each = by_then.select("customer_id").distinct()
    each = each.left_join(graded, "customer_id", rname="{name}_graded")
    return each.select("customer_id", grade=each.grade.fill_null(ASLEEP))


def _placed(shop: Shop, scored: ir.Table, months: int) -> ir.Table:
    then, orders = _back(shop, months), shop.orders
    before = segment.score(orders, then, shop.settings.rules)  # later orders never enter
    each = orders.group_by("customer_id").aggregate(
        first_paid_on=orders.paid_on.min(),
        net_sales_then=_sales(orders, then, shop),
        net_sales_now=_sales(orders, shop.as_of, shop),
    )
    each = each.left_join(before.select("customer_id", was="grade"), "customer_id", rname="{name}_then")
    each = each.left_join(scored.select("customer_id", now="grade"), "customer_id", rname="{name}_now")
    nobody, unknown = each.customer_id.isnull(), each.first_paid_on > then
    was, now = each.was.fill_null(ASLEEP), each.now.fill_null(ASLEEP)
    return each.select(
        "customer_id",
        state_then=ibis.cases((nobody, "no_buyer"), (unknown, "none"), else_=was),
        state_now=ibis.cases((nobody, "no_buyer"), else_=now),
        flow=_flow(each, nobody, unknown),
        net_sales_then="net_sales_then",
        net_sales_now="net_sales_now",
    )


def _sales(orders: ir.Table, last: dt.date, shop: Shop) -> ir.FloatingScalar:
    # Amounts have 4 decimals at most, so that parts rounded to 4 add up to the whole.
    inside = orders.paid_on.between(_opens(last, shop), last)
    return orders.net.sum(where=inside).fill_null(0.0).round(4)


def _flow(each: ir.Table, nobody: ir.BooleanColumn, unknown: ir.BooleanColumn) -> ir.StringColumn:
    """Name the move from one grade, or none (null), to another."""
    was, now = (
        ibis.cases(*((grade == code, place) for place, code in enumerate(GRADES)))
        for grade in (each.was, each.now)
    )
    return ibis.cases(
        (nobody, "no_buyer"),
        (now < was, "upgrade"),
        (now == was, "kept"),
        (now > was, "downgrade"),
        (was.notnull(), "lapsed"),
        (unknown & now.notnull(), "new"),
        (now.notnull(), "returned"),
        (unknown, "passed"),
        else_="asleep",
    )


# --- days, and what the history allows ----------------------------------------------------------------------


def _months_back(shop: Shop) -> list[int]:
    return sorted(shop.settings.rules.migration.months_back, reverse=True)


def _before(day: dt.date, months: int) -> dt.date:
    return (pd.Timestamp(day) - pd.DateOffset(months=months)).date()


def _back(shop: Shop, months: int) -> dt.date:
    return _before(shop.as_of, months)


def _opens(last: dt.date, shop: Shop) -> dt.date:
    return scale.cut_days(last, shop.settings.rules.rfm)[-1]


def _first_day(shop: Shop) -> dt.date | None:
    named = shop.orders.filter(shop.orders.customer_id.notnull())
    return named.paid_on.min().to_pyarrow().as_py()


def _missing(shop: Shop, months: int, first: dt.date | None) -> NotComputed | None:
    needed = _before(_back(shop, months), 1)
    if first is not None and first <= needed:
        return None
    reason = _("the first one is of {day}") if first else _("no order has one")
    orders = _("orders with a buyer up to {day}").format(day=i18n.day(needed))
    return NotComputed(orders, reason.format(day=i18n.day(first)))


@needs("orders.customer_id")
def limits(shop: Shop) -> pd.DataFrame:
    """Say which comparisons the history is too short for: severity, finding.

    A day without a month of orders before it is not compared; one whose evaluation period lacks more than
    its first day rests on fewer orders than a grade should.
    """
    first = _first_day(shop)
    said = [text for text in (_limit(shop, n, first) for n in _months_back(shop)) if text]
    return pd.DataFrame({"severity": "warning", "finding": said}, columns=["severity", "finding"])


def _limit(shop: Shop, months: int, first: dt.date | None) -> str:
    day, missing = _back(shop, months), _missing(shop, months, first)
    if missing:
        said = _("the grades are not compared with those of {day}, which need {needs} ({reason})")
        return said.format(day=i18n.day(day), needs=missing.needs, reason=missing.reason)
    if first <= _opens(day, shop) + dt.timedelta(days=1):  # the period has both its days, a year and one
        return ""
    after = day + dt.timedelta(days=1)  # the earlier day is counted, too
    whole = next(n for n in range(1, MAX_MONTHS + 1) if _before(after, n + 1) < first)
    said = ngettext(
        "the grades of {day} rest on {n} month of orders, from {first}, not on a whole evaluation period "
        "from {opens}: upgrades, new customers and the rise of net sales are overstated",
        "the grades of {day} rest on {n} months of orders, from {first}, not on a whole evaluation period "
        "from {opens}: upgrades, new customers and the rise of net sales are overstated",
        whole,
    )
    days = {"day": day, "first": first, "opens": _opens(day, shop)}
    return said.format(n=i18n.count(whole), **{name: i18n.day(value) for name, value in days.items()})
