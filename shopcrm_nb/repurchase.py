"""Repurchase: who buys more than once within a year (复购率), and who comes back in the next period (回购率).

Many texts use the two words for either; here they are never mixed.
"""

import datetime as dt
import itertools

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n, shares, windows
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.period import MONTHS, Period

A_YEAR = 365


def _year_to(end: dt.date) -> Period:
    return Period(end - dt.timedelta(days=A_YEAR - 1), end)


def _nobody(when: Period) -> NotComputed:
    said = _("a valid order with a customer from {first} to {last}")
    return NotComputed(said.format(first=i18n.day(when.start), last=i18n.day(when.end)))


@needs("orders.customer_id")
def ladder(shop: Shop, orders: ir.Table) -> pd.DataFrame | NotComputed:
    """Return how many customers bought how often in the 365 days to as_of (DX-05).

    One row a number of purchases, also those that nobody has. Columns times_bought ("1", "2", … and at last
    such as "6+", for ``repurchase.ladder`` and more), customers, customer_share, at_least (customers who
    bought so often or more), next_share (of these, those who bought at least once more; null in the last
    row). A purchase is an order, or with ``orders.merge_same_day`` a day with one. ``orders`` are those of
    ``history.orders``; those without a customer are left out. NotComputed where nobody bought.
    """
    rules, when = shop.settings.rules, _year_to(shop.as_of)
    each, top = _each(orders, {"now": when}), rules.repurchase.ladder
    bought = each.on_days if rules.orders.merge_same_day else each.orders
    counts = each.group_by(step=ibis.least(bought, top)).aggregate(customers=each.count()).to_pandas()
    customers = counts.set_index("step").customers.reindex(range(1, top + 1), fill_value=0)
    if not customers.sum():
        return _nobody(when)
    at_least = customers[::-1].cumsum()[::-1]
    found = pd.DataFrame({"customers": customers, "customer_share": customers / customers.sum()})
    found["at_least"] = at_least
    found["next_share"] = (at_least.shift(-1) / at_least.where(at_least > 0)).astype("float64")
    found.insert(0, "times_bought", [*(str(n) for n in range(1, top)), f"{top}+"])
    return found.reset_index(drop=True)


def _each(orders: ir.Table, spans: dict[str, Period]) -> ir.Table:
    """Count the orders of each customer in each span, and the days on which there was one."""
    inside = windows.within(orders.filter(orders.customer_id.notnull()), "paid_on", spans)
    # Of a day's orders only the first has its customer's order before on an earlier day, or none.
    new_day = (inside.previous_on < inside.paid_on).fill_null(True)
    return inside.group_by("_period", "customer_id").aggregate(orders=inside.count(), on_days=new_day.sum())


@needs("orders.customer_id")
def rates(shop: Shop, orders: ir.Table) -> pd.DataFrame | NotComputed:
    """Return the 复购率 within the 365 days to as_of, and within those to the same day a year before.

    ``shares.COLUMNS`` after ``when`` (now, before). measure repeat_customers: customers who bought more than
    once / all, by orders and by days with an order (E-24); repeat_orders: orders that are not the first of
    their customer in the window / all. window_from is the first day with a valid order, where that is later.
    The year before is blank where the data do not reach back to its first day. Orders without a customer are
    left out. NotComputed where nobody bought.
    """
    first = shop.first_day
    spans = {"now": _year_to(shop.as_of), "before": _year_to(Period(shop.as_of, shop.as_of).back(12).end)}
    each = _each(orders, spans)
    sums = each.group_by(when=each._period).aggregate(
        customers=each.count(),
        orders=each.orders.sum(),
        repeat=each.orders.sum() - each.count(),
        by_orders=(each.orders > 1).sum(),
        by_days=(each.on_days > 1).sum(),
    )
    found = {row["when"]: row for row in sums.to_pyarrow().to_pylist()}
    if "now" not in found:
        return _nobody(spans["now"])
    spans["now"] = Period(max(spans["now"].start, first), shop.as_of)
    known = {name: found.get(name, {}) if first <= when.start else {} for name, when in spans.items()}
    rows = [{"when": name} | row for name, when in spans.items() for row in _rates(known[name], when)]
    return shares.frame(rows, "when")


def _rates(sums: dict[str, int], when: Period) -> list[dict]:
    people, orders = sums.get("customers"), sums.get("orders")
    return [
        shares.row("repeat_customers", when, sums.get("by_orders"), people, basis="orders"),
        shares.row("repeat_customers", when, sums.get("by_days"), people, basis="days"),
        shares.row("repeat_orders", when, sums.get("repeat"), orders, basis="orders"),
    ]


@needs("orders.customer_id")
def next_periods(shop: Shop, orders: ir.Table) -> pd.DataFrame | NotComputed:
    """Return the 回购率: of the buyers of a month, or a quarter, who bought again in the next one.

    ``shares.COLUMNS``; a row for each whole calendar month (measure next_month) and quarter (next_quarter) of
    the data after which comes another whole one; the window is the first of the two. Blank where that has no
    buyer. Orders without a customer are left out. NotComputed where no two whole months follow each other.
    """
    rows = [row for period in ("month", "quarter") for row in _pairs(shop, orders, period)]
    if not rows:
        return NotComputed(_("two whole calendar months of orders"))
    found = shares.frame(rows)
    return found if found.n.any() else NotComputed("orders.customer_id")


def _pairs(shop: Shop, orders: ir.Table, period: str) -> list[dict]:
    spans, length = _whole(shop.first_day, shop.as_of, MONTHS[period]), MONTHS[period]
    named = orders.filter(orders.customer_id.notnull())
    number = (named.paid_on.year() * 12 + named.paid_on.month() - 1).cast("int64") // length
    buyers = named.select("customer_id", number=number).distinct()
    following = buyers.number.lead().over(ibis.window(group_by="customer_id", order_by="number"))
    buyers = buyers.mutate(again=(following == buyers.number + 1).fill_null(False))
    sums = buyers.group_by("number").aggregate(n=buyers.count(), again=buyers.again.sum())
    found = sums.to_pandas().set_index("number").reindex(list(spans), fill_value=0)
    pairs = zip(spans.values(), found.again.tolist(), found.n.tolist(), strict=True)
    return [shares.row(f"next_{period}", when, again, n) for when, again, n in list(pairs)[:-1]]


def _whole(first: dt.date, last: dt.date, months: int) -> dict[int, Period]:
    """Return the whole calendar months (or quarters) from first to last, by their number since year 0."""
    after = last + dt.timedelta(days=1)
    starts = pd.date_range(first, after, freq="MS" if months == 1 else "QS").date
    return {
        (start.year * 12 + start.month - 1) // months: Period(start, end - dt.timedelta(days=1))
        for start, end in itertools.pairwise(starts)
    }


@needs()
def sentence(rates: pd.DataFrame, ladder: pd.DataFrame) -> str:
    """Say who bought more than once, by orders and by days, a year before, and how many bought thrice."""
    now = rates[rates.when == "now"].set_index(["measure", "basis"])
    customers, by_day = now.loc[("repeat_customers", "orders")], now.loc[("repeat_customers", "days")]
    said = ngettext(
        "Of the {n} customer who bought from {first} to {last}, {share} bought more than once ({by_day} on "
        "more than one day).",
        "Of the {n} customers who bought from {first} to {last}, {share} bought more than once ({by_day} on "
        "more than one day).",
        int(customers.n),
    ).format(
        n=i18n.count(customers.n),
        first=i18n.day(customers.window_from),
        last=i18n.day(customers.window_to),
        share=i18n.percent(customers.value),
        by_day=i18n.percent(by_day.value),
    )
    return i18n.sentences([said, _short(customers), _year_before(rates), _third(ladder)])


def _short(row: pd.Series) -> str:
    if Period(row.window_from, row.window_to).days == A_YEAR:
        return ""
    return _("The data begin on {first}, so that is less than a year.").format(
        first=i18n.day(row.window_from)
    )


def _year_before(rates: pd.DataFrame) -> str:
    then = rates[(rates.when == "before") & (rates.measure == "repeat_customers")].set_index("basis")
    if pd.isna(then.value["orders"]):
        return ""
    said = _("A year before it was {share} ({by_day} on more than one day).")
    return said.format(share=i18n.percent(then.value["orders"]), by_day=i18n.percent(then.value["days"]))


def _third(ladder: pd.DataFrame) -> str:
    """Say how the second purchase compares with the first in leading to one more."""
    once, twice = ladder.next_share.iloc[0], ladder.next_share.iloc[1]
    if pd.isna(once) or pd.isna(twice) or not once:
        return ""
    said = _("Of those who bought twice or more, {share} bought a third time.")
    return said.format(share=i18n.percent(twice))


@needs()
def next_sentence(found: pd.DataFrame) -> str:
    """Say who of the buyers of the latest whole month and quarter bought in the next, and a year before."""
    said = []
    for measure in ("next_month", "next_quarter"):
        part = found[(found.measure == measure) & (found.n > 0)]
        if len(part):
            row = part.iloc[-1]
            figures = {"n": i18n.count(row.n), "share": i18n.percent(row.value)}
            text = _next_text(measure, int(row.n))
            said += [text.format(month=f"{row.window_from:%Y-%m}", **figures), _earlier(part, row)]
    return i18n.sentences(said)


def _next_text(measure: str, n: int) -> str:
    if measure == "next_month":
        return ngettext(
            "Of the {n} buyer of {month}, {share} bought again in the month after.",
            "Of the {n} buyers of {month}, {share} bought again in the month after.",
            n,
        )
    return ngettext(
        "Of the {n} buyer of the quarter from {month}, {share} bought again in the quarter after.",
        "Of the {n} buyers of the quarter from {month}, {share} bought again in the quarter after.",
        n,
    )


def _earlier(part: pd.DataFrame, row: pd.Series) -> str:
    year = Period(row.window_from, row.window_to).back(12)
    then = part[part.window_from == year.start]
    said = _("A year before it was {share}.")
    return said.format(share=i18n.percent(then.value.iloc[0])) if len(then) else ""


@needs()
def figures(rates: pd.DataFrame) -> dict[str, float]:
    """Return the key figures of the year to as_of by their stable names."""
    now = rates[rates.when == "now"].set_index(["measure", "basis"])
    customers, by_day = now.loc[("repeat_customers", "orders")], now.loc[("repeat_customers", "days")]
    return {
        "repurchase.customers": int(customers.n),
        "repurchase.repeat_share": round(float(customers.value), 4),
        "repurchase.repeat_share_by_day": round(float(by_day.value), 4),
    }
