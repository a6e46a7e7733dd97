"""Contribution: what customers leave to the shop after goods, coupons and messages are paid for (CU-15)."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n, scale
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign import messages
from shopcrm_nb.filled import lacks
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period
from shopcrm_nb.segment import GRADES

KNOWN_COST = 0.95  # of what the lines amount to, from which their costs stand for a margin
PARTS = ("net_sales", "gross_profit", "coupons", "messages", "profit_contribution")
COLUMNS = [
    *("grade", "customers", "net_sales", "gross_profit", "coupons", "messages", "profit_contribution"),
    *("profit_contribution_share", "profit_contribution_per_customer"),
]


@dataclass(frozen=True)
class Valued:
    """What each customer contributes, and what it rests on.

    ``customers`` is the table of ``value``; ``margin`` the share of net sales that the shop gave, null where
    the lines' costs are taken; ``when`` the days; ``absent`` what the shop has no table of.
    """

    customers: ir.Table
    margin: float | None
    when: Period
    absent: tuple[str, ...]


@needs("orders.customer_id")
def value(shop: Shop, graded: ir.Table) -> Valued | NotComputed:
    """Return what each customer contributed in the evaluation period of the grades (S3, CU-15).

    One row for everybody with a valid order, a used coupon or a message in it: customer_id, grade (null
    without one; ``graded`` has customer_id and grade), then, in the shop's currency,

    - net_sales; gross_profit: net sales x ``rules.value.margin``, or, where no margin is given and at least
      95 % of the amount of the lines has a cost, net sales minus the cost of the goods.
    - coupons: face value of those used (at most as_of); messages: cost of those sent, hold-outs aside. Null
      for everybody where the shop has no such table; what has no amount counts as nothing.
    - profit_contribution = gross_profit - coupons - messages. By the lines' costs coupons are not taken off
      again: what was paid is net of them already. By a margin they are, as the source's rule has it.

    Work, rent and the platform's fees are in no table, and are not counted. NotComputed without a margin.
    """
    opens = scale.cut_days(shop.as_of, shop.settings.rules.rfm)[-1]
    when, margin = Period(opens, shop.as_of), shop.settings.rules.value.margin or None
    sales = _by_margin(shop, when, margin) if margin else _by_costs(shop, when)
    if isinstance(sales, NotComputed):
        return sales
    costs = {"coupons": _coupons(shop, when), "messages": _messages(shop, when)}
    each = _beside(sales, costs)
    taken_off = ("coupons", "messages") if margin else ("messages",)
    left = each.gross_profit - sum(each[name].fill_null(0.0) for name in taken_off)
    each = each.mutate(profit_contribution=left.round(4))
    each = each.left_join(graded.select("customer_id", "grade"), "customer_id")
    kept = each.select("customer_id", "grade", *PARTS).cache()
    return Valued(kept, margin, when, tuple(name for name, spent in costs.items() if spent is None))


def _beside(sales: ir.Table, costs: dict[str, ir.Table | None]) -> ir.Table:
    """Put what was spent on each customer beside the sales; null where the shop has no such table."""
    each = sales
    for name, spent in costs.items():
        if spent is None:
            each = each.mutate(**{name: ibis.null("float64")})
        else:
            both = each.outer_join(spent, "customer_id")
            person = ibis.coalesce(both.customer_id, both.customer_id_right)
            each = both.mutate(customer_id=person).drop("customer_id_right")
    known = [name for name in each.columns if name != "customer_id" and costs.get(name, sales) is not None]
    return each.mutate(**{name: each[name].fill_null(0.0) for name in known})


def _valid(shop: Shop, when: Period) -> ir.Table:
    rows = shop.orders
    return rows.filter(rows.customer_id.notnull() & rows.paid_on.between(when.start, when.end))


def _by_margin(shop: Shop, when: Period, margin: float) -> ir.Table:
    rows = _valid(shop, when)
    each = rows.group_by("customer_id").aggregate(net_sales=rows.net.sum().round(4))
    return each.mutate(gross_profit=(each.net_sales * margin).round(4))


def _by_costs(shop: Shop, when: Period) -> ir.Table | NotComputed:
    """Take the cost of the goods off; of what was refunded, in proportion, the goods are thought returned."""
    if lacks(shop, "order_items", "order_id", "cost", "quantity", "amount"):
        return NotComputed("rules.value.margin")
    each = _costed(shop, _valid(shop, when))
    sums = each.aggregate(**{name: each[name].sum() for name in ("amount", "costed", "cost")})
    amount, costed, cost = sums.to_pyarrow().to_pylist()[0].values()
    if not amount or costed < KNOWN_COST * amount:
        said = _("or order_items.cost of at least {share} of the amount")
        return NotComputed("rules.value.margin", said.format(share=i18n.percent(KNOWN_COST, 0)))
    # What has no cost is thought to cost what the rest does, by its amount.
    goods = each.cost + (each.amount - each.costed) * (cost / costed)
    each = each.mutate(profit=each.net - goods * each.net / each.paid)
    return each.group_by("customer_id").aggregate(
        net_sales=each.net.sum().round(4), gross_profit=each.profit.sum().round(4)
    )


def _costed(shop: Shop, rows: ir.Table) -> ir.Table:
    """Add what the lines of each order amount to, how much of it has a cost, and that cost (per piece).

    An order without lines amounts to what was paid, and has no cost.
    """
    lines = shop.tables["order_items"]
    lines = lines.filter(lines.amount > 0)
    known = lines.cost.notnull() & lines.quantity.notnull()
    of_order = lines.group_by("order_id").aggregate(
        amount=lines.amount.sum().round(4),
        costed=lines.amount.sum(where=known).round(4),
        cost=(lines.cost * lines.quantity).sum(where=known),
    )
    both = rows.select("order_id", "customer_id", "paid", "net").left_join(of_order, "order_id")
    return both.mutate(
        amount=both.amount.fill_null(both.paid),
        costed=both.costed.fill_null(0.0),
        cost=both.cost.fill_null(0.0),
    )


def _coupons(shop: Shop, when: Period) -> ir.Table | None:
    if lacks(shop, "coupons", "customer_id", "face", "used_at"):
        return None
    rows = shop.tables["coupons"]
    return _spent(rows, rows.used_at, rows.face, when, "coupons")


def _messages(shop: Shop, when: Period) -> ir.Table | None:
    if lacks(shop, "sends", "customer_id", "cost", "sent_at"):
        return None
    rows = messages(shop)
    rows = rows.filter(~rows.held)
    return _spent(rows, rows.sent_at, rows.cost, when, "messages")


def _spent(
    rows: ir.Table, at: ir.TimestampValue, amount: ir.FloatingValue, when: Period, name: str
) -> ir.Table:
    rows = rows.select("customer_id", on=at.date(), amount=amount)
    rows = rows.filter(rows.customer_id.notnull() & rows.on.between(when.start, when.end))
    return rows.group_by("customer_id").aggregate(**{name: rows.amount.sum().fill_null(0.0).round(4)})


@needs()
def by_grade(valued: Valued) -> pd.DataFrame:
    """Return what the customers of each grade contribute: a row a grade, then none (no grade), then all.

    Columns grade, customers, net_sales, gross_profit, coupons, messages, profit_contribution (sums, see
    ``value``), profit_contribution_share (of all; null where all together leave nothing),
    profit_contribution_per_customer (null where nobody is).
    """
    each = valued.customers
    sums = each.group_by(grade=each.grade.fill_null("none")).aggregate(
        customers=each.count(), **{name: each[name].sum().round(4) for name in PARTS}
    )
    frame = sums.to_pandas().set_index("grade").astype(dict.fromkeys(PARTS, "float64"))
    frame = frame.reindex([*GRADES, "none"], fill_value=0)
    frame[list(valued.absent)] = float("nan")
    frame.loc["all"] = frame.sum(min_count=1)
    total = frame.profit_contribution["all"]
    frame["profit_contribution_share"] = frame.profit_contribution / (total if total > 0 else float("nan"))
    frame["profit_contribution_per_customer"] = frame.profit_contribution / frame.customers.where(
        frame.customers > 0
    )
    return frame.astype({"customers": "int64"}).round(dict.fromkeys(PARTS, 2)).reset_index()[COLUMNS]


@needs()
def sentence(found: pd.DataFrame, valued: Valued, currency: str) -> str:
    """Say what is left after costs, what the best customers bring of it, and what is not counted."""
    rows = found.set_index("grade")
    whole, best = rows.loc["all"], rows.loc[["P", "G"]]
    left = _("From {first} to {last}, {amount} are left of net sales of {sales}.").format(
        first=i18n.day(valued.when.start),
        last=i18n.day(valued.when.end),
        amount=i18n.money(whole.profit_contribution, currency),
        sales=i18n.money(whole.net_sales, currency),
    )
    share = ""
    if whole.profit_contribution > 0:
        share = _("Platinum and Gold bring {share} of that.").format(
            share=i18n.percent(best.profit_contribution.sum() / whole.profit_contribution)
        )
    return i18n.sentences([left, share, _basis(valued), *_not_counted(valued)])


def _basis(valued: Valued) -> str:
    if valued.margin:
        said = _("The goods leave {share} of the net sales, as the shop says (rules.value.margin).")
        return said.format(share=i18n.percent(valued.margin))
    return _("Goods are taken off at the cost of the order lines; coupons are not taken off once more.")


def _not_counted(valued: Valued) -> list[str]:
    said = {
        "coupons": _("Coupons are not counted: the shop has no table of them."),
        "messages": _("Messages are not counted: the shop has no table of their cost."),
    }
    always = _("Service, rent and the platform's fees are in no table, and are not counted.")
    return [*(said[name] for name in valued.absent), always]


@needs()
def figures(found: pd.DataFrame) -> dict[str, float]:
    """Return what is left of all customers, by its stable name."""
    return {"portrait.profit_contribution": round(float(found.profit_contribution.iloc[-1]), 2)}
