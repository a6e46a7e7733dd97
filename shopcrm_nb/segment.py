"""Segments: what each customer is worth, by recency, frequency and money, and the grades made of them (S0)."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb.absent import needs
from shopcrm_nb.model import Shop
from shopcrm_nb.rules import GradeRules, RfmRules, Rules

GRADES = ("P", "G", "S", "B")


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
