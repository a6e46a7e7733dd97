"""Segments: what each customer is worth by recency, frequency and money, and the grades made of them (S0)."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.rules import RfmRules, Rules

GRADES = ("P", "G", "S", "B")
MEASURES = {"r_score": "recency_days", "f_score": "frequency", "m_score": "monetary"}


def cut_days(as_of: dt.date, rules: RfmRules) -> list[dt.date]:
    """Return the earliest last purchase of each recency score, best score first.

    Counted back from ``as_of`` by calendar months with the month's end clamped (E-01, E-02), or by 30 days.
    The last one opens the evaluation period.
    """
    unit = pd.DateOffset(months=1) if rules.month == "calendar" else pd.DateOffset(days=30)
    return [(pd.Timestamp(as_of) - unit * months).date() for months in rules.recency_months]


def score(orders: ir.Table, as_of: dt.date, rules: Rules) -> ir.Table:
    """Score each customer of the valid ``orders`` (customer_id, paid_on, net) in the evaluation period.

    One row a customer: customer_id, recency_days (last purchase to ``as_of``), frequency (orders), monetary
    (net sales), r_score, f_score and m_score (5 is best), rfm_value = 1R + 3F + 4M by default, and grade
    P, G, S or B. A customer without a purchase in the period has no row. Source: S0, domain 1.3.
    """
    rfm, days = rules.rfm, cut_days(as_of, rules.rfm)
    inside = orders.filter(orders.customer_id.notnull() & orders.paid_on.between(days[-1], as_of))
    purchases = inside.paid_on.nunique() if rules.orders.merge_same_day else inside.count()
    customers = inside.group_by("customer_id").aggregate(
        last_paid_on=inside.paid_on.max(), frequency=purchases, monetary=inside.net.sum().round(4)
    )
    above = [customers.monetary >= cut for cut in rfm.monetary[:-1]] + [customers.monetary > rfm.monetary[-1]]
    scored = customers.mutate(
        recency_days=ibis.literal(as_of).delta(customers.last_paid_on, unit="day"),
        r_score=_score([customers.last_paid_on >= day for day in days]),
        f_score=_score([customers.frequency >= cut for cut in rfm.frequency]),
        m_score=_score(above),
    )
    scored = scored.filter(scored.m_score.notnull())
    w = rfm.weights
    scored = scored.mutate(rfm_value=scored.r_score * w.r + scored.f_score * w.f + scored.m_score * w.m)
    scored = scored.mutate(
        grade=ibis.cases(*((scored.rfm_value >= low, g) for g, low in rules.grades.limits().items()))
    )
    return scored.select(
        "customer_id",
        "recency_days",
        "frequency",
        "monetary",
        "r_score",
        "f_score",
        "m_score",
        "rfm_value",
        "grade",
    )


def _score(reached: list[ir.BooleanColumn]) -> ir.IntegerColumn:
    """Score the first condition that holds: the best has as many points as there are classes."""
    return ibis.cases(*((test, len(reached) - place) for place, test in enumerate(reached)))


@needs("orders.customer_id")
def rfm(shop: Shop) -> ir.Table:
    """Score and grade the customers of a shop: the table of ``score``, best customers first."""
    scored = score(shop.orders, shop.as_of, shop.settings.rules)
    return scored.order_by(scored.rfm_value.desc(), scored.monetary.desc(), "customer_id")


@needs()
def coverage(shop: Shop, scored: ir.Table) -> pd.DataFrame:
    """Return which valid orders the scores rest on: part, customers, orders, net_sales.

    The parts add up to all valid orders: scored (with a buyer, in the evaluation period), earlier (before it;
    its customers have no later purchase), no_buyer.
    """
    orders, opens = shop.orders, cut_days(shop.as_of, shop.settings.rules.rfm)[-1]
    part = ibis.cases(
        (orders.customer_id.isnull(), "no_buyer"), (orders.paid_on < opens, "earlier"), else_="scored"
    )
    sums = orders.group_by(part=part).aggregate(orders=ibis._.count(), net_sales=ibis._.net.sum().round(2))
    frame = sums.to_pandas().set_index("part").reindex(["scored", "earlier", "no_buyer"], fill_value=0)
    customers = orders.customer_id.nunique().to_pyarrow().as_py()
    n = scored.count().to_pyarrow().as_py()
    frame.insert(0, "customers", pd.array([n, customers - n, None], dtype="Int64"))
    return frame.reset_index()


@needs()
def grades(scored: ir.Table, rules: Rules) -> pd.DataFrame:
    """Return a row a grade, all four always: grade, rfm_from, rfm_to, customers, customer_share, net_sales,
    sales_share, net_sales_per_customer. Shares are 0 to 1 of all scored customers.
    """
    sums = scored.group_by("grade").aggregate(
        customers=ibis._.count(), net_sales=ibis._.monetary.sum().round(2)
    )
    frame = sums.to_pandas().set_index("grade").reindex(GRADES, fill_value=0)
    values = rules.rfm.values()
    lows = [max(low, values[0]) for low in rules.grades.limits().values()]
    frame.insert(0, "rfm_from", lows)
    tops = [max(v for v in values if v < upper) for upper in [float("inf"), *lows[:-1]]]
    frame.insert(1, "rfm_to", tops)
    frame["customer_share"] = _part(frame.customers)
    frame["sales_share"] = _part(frame.net_sales)
    frame["net_sales_per_customer"] = frame.net_sales / frame.customers.where(frame.customers > 0)
    order = [
        "rfm_from",
        "rfm_to",
        "customers",
        "customer_share",
        "net_sales",
        "sales_share",
        "net_sales_per_customer",
    ]
    return frame[order].rename_axis("grade").reset_index()


def _part(values: pd.Series) -> pd.Series:
    return values / values.sum() if values.sum() else values * 0.0


@needs()
def bands(scored: ir.Table, as_of: dt.date, rules: RfmRules) -> pd.DataFrame:
    """Return a row a score of each measure.

    Columns measure (R, F, M), score, range, customers, customer_share, net_sales, sales_share. ``range`` says which values have the score. Scores that nobody has are there with zeros.
    """
    ranges = _ranges(as_of, rules)
    frames = []
    for measure, texts in ranges.items():
        sums = scored.group_by(score=scored[measure]).aggregate(
            customers=ibis._.count(), net_sales=ibis._.monetary.sum().round(2)
        )
        frame = sums.to_pandas().set_index("score").reindex(list(texts), fill_value=0)
        frame.insert(0, "range", list(texts.values()))
        frame["customer_share"], frame["sales_share"] = _part(frame.customers), _part(frame.net_sales)
        frame.insert(0, "measure", measure[0].upper())
        frames.append(frame.rename_axis("score").reset_index())
    columns = ["measure", "score", "range", "customers", "customer_share", "net_sales", "sales_share"]
    return pd.concat(frames, ignore_index=True)[columns]


def _ranges(as_of: dt.date, rules: RfmRules) -> dict[str, dict[int, str]]:
    days = cut_days(as_of, rules)
    r = [
        _("last purchase {first} to {last}").format(first=first, last=last)
        for first, last in _spans(days, as_of)
    ]
    f = [
        ngettext("{n} order", "{n} orders", low).format(n=low)
        if up == low
        else _("{low} orders and more").format(low=low)
        if up is None
        else _("{low} to {up} orders").format(low=low, up=up)
        for low, up in zip(rules.frequency, [None, *(cut - 1 for cut in rules.frequency)], strict=False)
    ]
    m = [
        _("{low} and more").format(low=i18n.decimal(low, 0))
        if up is None
        else _("{low} to under {up}").format(low=i18n.decimal(low, 0), up=i18n.decimal(up, 0))
        for low, up in zip(rules.monetary, [None, *rules.monetary], strict=False)
    ]
    m[-1] = _("over {low}, under {up}").format(
        low=i18n.decimal(rules.monetary[-1], 0), up=i18n.decimal(rules.monetary[-2], 0)
    )
    scores = {"r_score": r, "f_score": f, "m_score": m}
    return {name: dict(zip(range(len(texts), 0, -1), texts, strict=True)) for name, texts in scores.items()}


def _spans(days: list[dt.date], as_of: dt.date) -> list[tuple[dt.date, dt.date]]:
    one = dt.timedelta(days=1)
    return list(zip(days, [as_of, *(day - one for day in days)], strict=False))


@needs()
def recency_by_frequency(scored: ir.Table, rules: RfmRules) -> pd.DataFrame:
    """Return customers by recency score (rows, best first) and frequency score (columns, 1 to best)."""
    counts = scored.group_by("r_score", "f_score").aggregate(customers=ibis._.count()).to_pandas()
    grid = counts.pivot(index="r_score", columns="f_score", values="customers")
    rows, columns = range(len(rules.recency_months), 0, -1), range(1, len(rules.frequency) + 1)
    return grid.reindex(index=rows, columns=columns).fillna(0).astype(int)


@needs()
def fit(graded: pd.DataFrame, covered: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Say whether the table of grades fits this shop: severity, finding.

    The source asks for more than 150,000 customers (S0), and a grade with under 1 % or over 90 % of the
    customers separates nothing (domain SG-06). ``covered`` is the frame of ``coverage``.
    """
    customers, found = int(covered.customers.sum()), []
    if customers <= rules.grades.min_customers:
        found.append(
            _(
                "The source asks for more than {needed} customers before grading; this shop has {n}. The grades are computed all the same."
            ).format(needed=i18n.count(rules.grades.min_customers), n=i18n.count(customers))
        )
    for row in graded.itertuples():
        share = i18n.percent(row.customer_share)
        if row.customer_share < rules.grades.fit_min_share:
            found.append(
                _(
                    "Grade {grade} has {share} of the customers: its limit is out of this shop's reach."
                ).format(grade=grade_name(row.grade), share=share)
            )
        if row.customer_share > rules.grades.fit_max_share:
            found.append(
                _(
                    "Grade {grade} has {share} of the customers: the table hardly separates this shop's customers."
                ).format(grade=grade_name(row.grade), share=share)
            )
    return pd.DataFrame({"severity": "warning", "finding": found}, columns=["severity", "finding"])


def grade_name(grade: str) -> str:
    """Return the name of a grade, P to B."""
    return {"P": _("Platinum"), "G": _("Gold"), "S": _("Silver"), "B": _("Bronze")}[grade]


@needs()
def answer(graded: pd.DataFrame, shop: Shop) -> str:
    """Say in one sentence what the best customers are worth to the shop."""
    best = graded[graded.grade.isin(["P", "G"])]
    share, sales = best.customer_share.sum(), best.sales_share.sum()
    total = int(graded.customers.sum())
    if not total:
        return _("Nobody bought in the year to {day}, so nobody is graded.").format(day=i18n.day(shop.as_of))
    return _(
        "Of {n} customers who bought in the evaluation period to {day}, Platinum and Gold are {share} and bring {sales} of its net sales."
    ).format(
        n=i18n.count(total), day=i18n.day(shop.as_of), share=i18n.percent(share), sales=i18n.percent(sales)
    )


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
