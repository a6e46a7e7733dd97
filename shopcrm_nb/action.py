"""Action: what to do for the customers of each grade who were here lately, and who stay away (SG-07)."""

import datetime as dt
from collections import Counter

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import glossary, i18n, scale
from shopcrm_nb.absent import needs
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.rules import Rules
from shopcrm_nb.segment_rules import ActionRule

TABLE = "rfm_customers.csv"


@needs()
def assign(scored: ir.Table, rules: Rules) -> ir.Table:
    """Add ``action`` to the table of ``segment.score``: the code of the one rule that fits each customer.

    Recent is a recency score in the upper half of the scores, the middle one included; away is the rest.
    Raises ShopcrmError for an action that has no words, neither the shop's nor the workbook's.
    """
    for rule in rules.actions.each:
        _words(rule)
    fits = ((_fits(scored, rule, _recent_from(rules)), rule.action) for rule in rules.actions.each)
    return scored.mutate(action=ibis.cases(*fits))


@needs()
def plan(assigned: ir.Table, rules: Rules) -> pd.DataFrame:
    """Return a row a rule, in the rules' order: which customers, what to do, and where they are.

    Columns grade, recency_state (recent, away, any), action (the code), what (the shop's own text or the
    workbook's), customers, customer_share, net_sales, sales_share (0 to 1, of all scored customers), file
    (how to find them in the saved table). A group under ``actions.min_customers`` has no action of its own.
    """
    frame = pd.DataFrame(
        {"grade": rule.grade, "recency_state": rule.recency, "action": rule.action}
        for rule in rules.actions.each
    )
    sums = _sums(assigned, rules).reindex(range(len(frame)), fill_value=0)
    customers, net_sales = sums.customers.astype("int64"), sums.net_sales.astype("float64").round(4)
    needed = pd.Series([rule.min_customers or rules.actions.min_customers for rule in rules.actions.each])
    enough = customers >= needed
    words = pd.Series([_words(rule) for rule in rules.actions.each], dtype="str")
    too_few = customers.combine(needed, _too_few).astype("str")
    files = pd.Series([_place(rule, rules) for rule in rules.actions.each], dtype="str")
    return frame.assign(
        what=words.where(enough, too_few),
        customers=customers,
        customer_share=_part(customers),
        net_sales=net_sales,
        sales_share=_part(net_sales),
        file=files.where(enough, ""),
    )


@needs()
def shown(plan: pd.DataFrame) -> pd.DataFrame:
    """Return ``plan`` to read: the code of the action only where the customers are found by it."""
    return plan.drop(columns="action").rename(columns={"file": "found_in"})


@needs()
def sentence(scored: ir.Table, people: ir.Table, as_of: dt.date, rules: Rules) -> str:
    """Say what lately means, and how many of the scored customers are malicious (``non_ordering.people``)."""
    days = (as_of - scale.cut_days(as_of, rules.rfm)[-_recent_from(rules)]).days
    lately = _("Lately: the last purchase at most {days} days ago.").format(days=i18n.count(days))
    malicious = people.filter(people.type == "malicious").select("customer_id")
    n = int(scored.semi_join(malicious, "customer_id").count().execute())
    said = ngettext(
        "{n} of these customers is on the blacklist, as malicious in non_ordering.csv: leave them out.",
        "{n} of these customers are on the blacklist, as malicious in non_ordering.csv: leave them out.",
        n,
    )
    return i18n.sentences([lately, said.format(n=i18n.count(n)) if n else ""])


def _recent_from(rules: Rules) -> int:
    """Return the lowest recency score of the upper half."""
    return rules.rfm.classes()["r_score"] // 2 + 1


def _fits(scored: ir.Table, rule: ActionRule, recent_from: int) -> ir.BooleanValue:
    recent = scored.r_score >= recent_from
    states = {"recent": recent, "away": ~recent, "any": ibis.literal(True)}
    return (scored.grade == rule.grade) & states[rule.recency]


def _sums(assigned: ir.Table, rules: Rules) -> pd.DataFrame:
    """Sum customers and net sales by the place of the rule that fits."""
    fits = ((_fits(assigned, rule, _recent_from(rules)), n) for n, rule in enumerate(rules.actions.each))
    summed = assigned.group_by(place=ibis.cases(*fits)).aggregate(
        customers=assigned.count(), net_sales=assigned.monetary.sum().round(4)
    )
    return summed.to_pandas().set_index("place")


def _part(values: pd.Series) -> pd.Series:
    return (values / values.sum() if values.sum() else values * 0.0).astype("float64")


def _words(rule: ActionRule) -> str:
    known = glossary.actions()
    if rule.text or rule.action in known:
        return rule.text or known[rule.action]
    raise ShopcrmError(
        f'shop.toml: [rules.actions] each: the action "{rule.action}" of grade {rule.grade} has no text'
        f"{did_you_mean(rule.action, known)}; give it a text of its own or use one of {', '.join(known)}"
    )


def _too_few(customers: int, needed: int) -> str:
    said = ngettext(
        "no action of its own: {n} customer is too few, under {needed}",
        "no action of its own: {n} customers are too few, under {needed}",
        customers,
    )
    return said.format(n=i18n.count(customers), needed=i18n.count(needed))


def _place(rule: ActionRule, rules: Rules) -> str:
    """Say by which columns the customers of a rule are found, as many as tell them from other rules'."""
    used = Counter(other.action for other in rules.actions.each)
    in_grade = Counter((other.action, other.grade) for other in rules.actions.each)
    parts = [f"action = {rule.action}"]
    if used[rule.action] > 1:
        parts.append(f"grade = {rule.grade}")
    if in_grade[rule.action, rule.grade] > 1:
        start = _recent_from(rules)
        parts.append(f"r_score >= {start}" if rule.recency == "recent" else f"r_score < {start}")
    return f"{TABLE}: {', '.join(parts)}"
