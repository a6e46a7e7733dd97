"""Segments: what each customer is worth by recency, frequency and money, and the grades made of them (S0)."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import glossary, i18n, scale
from shopcrm_nb.absent import needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.rules import Rules, source_rules
from shopcrm_nb.segment_rules import EXACT, RfmRules

GRADES = ("P", "G", "S", "B")
MEASURES = ("recency_days", "frequency", "monetary")
SCORES = ("r_score", "f_score", "m_score")


def score(orders: ir.Table, as_of: dt.date, rules: Rules) -> ir.Table:
    """Score each customer of the valid ``orders`` (customer_id, paid_on, net) in the evaluation period.

    One row a customer: customer_id, recency_days (last purchase to ``as_of``), frequency (orders), monetary
    (net sales), r_score, f_score and m_score (5 is best by default), rfm_value = 1R + 3F + 4M by default, and
    grade P, G, S or B. A customer without a purchase in the period, or whose net sales do not exceed the last
    cut point of money, has no row. Source: S0, domain 1.3.
    """
    opens = scale.cut_days(as_of, rules.rfm)[-1]
    return grade(measure(orders, opens, as_of, by_day=rules.orders.merge_same_day), as_of, rules)


def measure(orders: ir.Table, opens: dt.date, as_of: dt.date, *, by_day: bool = False) -> ir.Table:
    """Measure each customer of ``orders`` from ``opens`` to ``as_of``, both days included.

    One row a customer: customer_id, recency_days, frequency (orders, or days with an order), monetary.
    """
    inside = orders.filter(orders.customer_id.notnull() & orders.paid_on.between(opens, as_of))
    customers = inside.group_by("customer_id").aggregate(
        last_paid_on=inside.paid_on.max(),
        frequency=inside.paid_on.nunique() if by_day else inside.count(),
        # Amounts have 4 decimals at most, so that rounded sums meet a cut exactly.
        monetary=inside.net.sum().round(4),
    )
    recency = ibis.literal(as_of).delta(customers.last_paid_on, unit="day")
    return customers.select("customer_id", "frequency", "monetary", recency_days=recency).relocate(
        "recency_days", before="frequency"
    )


def value(measured: ir.Table, as_of: dt.date, rules: RfmRules) -> ir.Table:
    """Add r_score, f_score, m_score and rfm_value to customers with recency_days, frequency and monetary.

    A customer beyond the evaluation period, or not above the last cut point of money, has no row.
    """
    (*cuts, floor), w = rules.monetary, rules.weights
    days = [(as_of - day).days for day in scale.cut_days(as_of, rules)]
    scored = measured.mutate(
        r_score=_points([measured.recency_days <= day for day in days]),
        f_score=_points([measured.frequency >= cut for cut in rules.frequency]),
        m_score=_points([*(measured.monetary >= cut for cut in cuts), measured.monetary > floor]),
    )
    scored = scored.filter(scored.m_score.notnull() & scored.r_score.notnull())
    weighted = scored.r_score * w.r + scored.f_score * w.f + scored.m_score * w.m
    return scored.mutate(rfm_value=weighted.round(EXACT))


def grade(measured: ir.Table, as_of: dt.date, rules: Rules) -> ir.Table:
    """Add the columns of ``value``, and grade: P, G, S or B."""
    valued, limits = value(measured, as_of, rules.rfm), rules.grades.limits().items()
    return valued.mutate(grade=ibis.cases(*((valued.rfm_value >= low, grade) for grade, low in limits)))


def _points(reached: list[ir.BooleanColumn]) -> ir.IntegerColumn:
    """Give points for the first condition that holds: the best has as many points as there are classes."""
    return ibis.cases(*((test, len(reached) - place) for place, test in enumerate(reached)))


@needs("orders.customer_id")
def rfm(shop: Shop) -> ir.Table:
    """Score and grade the customers of a shop: the table of ``score``, best customers first."""
    return ranked(score(shop.orders, shop.as_of, shop.settings.rules))


@needs()
def ranked(scored: ir.Table) -> ir.Table:
    """Keep scored customers in the engine as long as they are in use, and order them best first."""
    kept = scored.cache()
    return kept.order_by(kept.rfm_value.desc(), kept.monetary.desc(), "customer_id")


@needs()
def coverage(shop: Shop, scored: ir.Table) -> pd.DataFrame:
    """Return which valid orders the scores rest on: part, customers, orders, net_sales.

    The parts add up to all valid orders, and their customers to all named ones: scored (in the evaluation
    period), before (earlier orders of the same customers, who are not counted twice), asleep (of customers
    who bought only before the period), no_buyer; and too_little, of customers whose net sales in the period
    do not exceed the last cut point of money, where that is above 0.
    """
    rules = shop.settings.rules.rfm
    inside = shop.orders.paid_on >= scale.cut_days(shop.as_of, rules)[-1]
    net = shop.orders.net
    each = shop.orders.group_by("customer_id").aggregate(
        orders_in=inside.sum(),
        orders_before=(~inside).sum(),
        net_in=net.sum(where=inside).fill_null(0).round(4),
        net_before=net.sum(where=~inside).fill_null(0).round(4),
    )
    each = each.left_join(scored.select("customer_id", "grade"), "customer_id")
    kind = ibis.cases(
        (each.customer_id.isnull(), "no_buyer"),
        (each.grade.notnull(), "scored"),
        (each.orders_in > 0, "too_little"),
        else_="asleep",
    )
    measures = {
        name: each[name].sum().round(4) for name in ("orders_in", "orders_before", "net_in", "net_before")
    }
    sums = each.group_by(kind=kind).aggregate(customers=each.count(), **measures).to_pandas()
    return _parts(sums.set_index("kind"), rules)


def _parts(sums: pd.DataFrame, rules: RfmRules) -> pd.DataFrame:
    sums = sums.reindex(["scored", "too_little", "asleep", "no_buyer"], fill_value=0)
    whole = pd.DataFrame(
        {
            "customers": sums.customers.astype("Int64"),
            "orders": sums.orders_in + sums.orders_before,
            "net_sales": sums.net_in + sums.net_before,
        }
    )
    graded = sums.loc["scored"]
    whole.loc["scored", ["orders", "net_sales"]] = graded.orders_in, graded.net_in
    whole.loc["before"] = pd.NA, graded.orders_before, graded.net_before
    whole.loc["no_buyer", "customers"] = pd.NA
    shown = [part for part in glossary.parts() if part != "too_little" or rules.monetary[-1] > 0]
    typed = whole.loc[shown].astype({"customers": "Int64", "orders": "int64", "net_sales": "float64"})
    return typed.round({"net_sales": 2}).rename_axis("part").reset_index()


def _cells(scored: ir.Table) -> pd.DataFrame:
    """Count each combination of scores once: every frame below is a sum of these few rows."""
    return (
        scored.group_by(*SCORES, "grade")
        .aggregate(customers=scored.count(), net_sales=scored.monetary.sum().round(4))
        .order_by(*SCORES, "grade")  # sums of floats depend on their order
        .to_pandas()
    )


def _sums(cells: pd.DataFrame, by: str, every: list) -> pd.DataFrame:
    """Sum customers and net_sales by a column, a row for each value of ``every``, with their shares."""
    sums = cells.groupby(by)[["customers", "net_sales"]].sum().reindex(every, fill_value=0)
    return pd.DataFrame(
        {
            "customers": sums.customers.astype("int64"),
            "customer_share": _part(sums.customers),
            "net_sales": sums.net_sales.astype("float64").round(2),
            "sales_share": _part(sums.net_sales),
        }
    )


def _part(values: pd.Series) -> pd.Series:
    return (values / values.sum() if values.sum() else values * 0.0).astype("float64")


@needs()
def grades(scored: ir.Table, rules: Rules) -> pd.DataFrame:
    """Return a row a grade, all four always.

    Columns grade, rfm_from, rfm_to (the values that a customer can have), customers, customer_share,
    net_sales, sales_share, net_sales_per_customer (null where there is nobody). Shares are 0 to 1 of all
    scored customers.
    """
    frame, values = _sums(_cells(scored), "grade", list(GRADES)), rules.rfm.values()
    lows = [max(low, values[0]) for low in rules.grades.limits().values()]
    tops = [max(v for v in values if v < upper) for upper in (float("inf"), *lows[:-1])]
    frame.insert(0, "rfm_from", lows)
    frame.insert(1, "rfm_to", tops)
    frame["net_sales_per_customer"] = frame.net_sales / frame.customers.where(frame.customers > 0)
    return frame.rename_axis("grade").reset_index()


@needs()
def bands(scored: ir.Table, as_of: dt.date, rules: Rules, currency: str) -> pd.DataFrame:
    """Return a row a score of each measure, those that nobody has with zeros.

    Columns measure (R, F, M), score, range (which values have the score), customers, customer_share,
    net_sales, sales_share.
    """
    cells = _cells(scored)
    frames = []
    for column, texts in scale.ranges(as_of, rules, currency).items():
        frame = _sums(cells, column, list(range(len(texts), 0, -1))).rename_axis("score").reset_index()
        frame.insert(0, "measure", column[0].upper())
        frame.insert(2, "range", texts)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


@needs()
def recency_by_frequency(scored: ir.Table, rules: RfmRules) -> pd.DataFrame:
    """Return customers by recency score (rows, best first) and frequency score (columns, 1 to best)."""
    grid = _cells(scored).pivot_table(index="r_score", columns="f_score", values="customers", aggfunc="sum")
    classes = rules.classes()
    rows, columns = range(classes["r_score"], 0, -1), range(1, classes["f_score"] + 1)
    return grid.reindex(index=rows, columns=columns).fillna(0).astype(int)


@needs()
def fit(graded: pd.DataFrame, covered: pd.DataFrame, rules: Rules, currency: str) -> pd.DataFrame:
    """Say whether the table of grades fits this shop: severity, finding.

    The source asks for more than 150,000 customers (S0), and a grade with under 1 % or over 90 % of the
    customers separates nothing (domain SG-06). ``covered`` is the frame of ``coverage``.
    The source's cut points of money are in yuan.
    """
    found = [_few_customers(int(covered.customers.sum()), rules.grades.min_customers)]
    found.append(_foreign_money(rules, currency))
    if graded.customers.sum():
        shares = zip(graded.grade, graded.customer_share, strict=True)
        found += [_grade_fit(glossary.grades()[grade], share, rules) for grade, share in shares]
    said = [text for text in found if text]
    return pd.DataFrame({"severity": "warning", "finding": said}, columns=["severity", "finding"])


def _few_customers(n: int, needed: int) -> str:
    said = _(
        "Grades like these are meant for shops with more than {needed} customers. This shop has {n}; they "
        "are computed all the same."
    )
    return "" if n > needed else said.format(needed=i18n.count(needed), n=i18n.count(n))


def _foreign_money(rules: Rules, currency: str) -> str:
    said = _(
        "The cut points of money are the standard ones, in yuan, and are applied to amounts in {currency} as "
        "they are: take those proposed below, or set the shop's own under [rules.rfm] in shop.toml."
    )
    own = currency == "CNY" or rules.rfm.monetary != source_rules().rfm.monetary
    return "" if own else said.format(currency=currency)


def _grade_fit(name: str, share: float, rules: Rules) -> str:
    low, high = rules.grades.fit_min_share, rules.grades.fit_max_share
    if share < low:
        said = _("{grade} has {share} of the customers, under {limit}: too few to tell anybody apart.")
        return said.format(grade=name, share=i18n.percent(share), limit=i18n.percent(low))
    if share > high:
        said = _("{grade} has {share} of the customers, over {limit}: the grades hardly tell them apart.")
        return said.format(grade=name, share=i18n.percent(share), limit=i18n.percent(high))
    return ""


@needs()
def answer(graded: pd.DataFrame, shop: Shop) -> str:
    """Say in one sentence what the best customers are worth to the shop."""
    total, opens = int(graded.customers.sum()), scale.cut_days(shop.as_of, shop.settings.rules.rfm)[-1]
    days = {"first": i18n.day(opens), "last": i18n.day(shop.as_of)}
    if not total:
        return _("No named customer bought from {first} to {last}, so nobody is graded.").format(**days)
    said = ngettext(
        "{n} customer is graded by the orders of {first} to {last}.",
        "{n} customers are graded by the orders of {first} to {last}.",
        total,
    ).format(n=i18n.count(total), **days)
    best = graded[graded.grade.isin(["P", "G"])]
    if not best.customers.sum():
        return i18n.sentences([said, _("Nobody reaches Platinum or Gold.")])
    share, sales = i18n.percent(best.customer_share.sum()), i18n.percent(best.sales_share.sum())
    worth = _("Platinum and Gold are {share} of them and bring {sales} of their net sales.")
    return i18n.sentences([said, worth.format(share=share, sales=sales)])


@needs()
def best(scored: ir.Table, top_n: int) -> pd.DataFrame:
    """Return the ``top_n`` best customers, one row each, as ``rfm`` orders them."""
    return scored.limit(top_n).to_pandas()


@needs()
def figures(graded: pd.DataFrame) -> dict[str, float]:
    """Return the key figures of the grades by their stable names."""
    counts = graded.set_index("grade").customers
    each = {f"segments.customers_{grade.lower()}": int(counts[grade]) for grade in GRADES}
    return {"segments.customers_scored": int(counts.sum()), **each}
