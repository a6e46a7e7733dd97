"""Calibration: cut points of R, F and M and limits of the grades, proposed from the shop's own customers."""

import datetime as dt
import itertools
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import glossary, i18n, partition, rule_text, scale, segment
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.rules import Rules, source_rules
from shopcrm_nb.segment_rules import RfmRules

COSTS = {"quantiles": partition.evenness, "breaks": partition.spread}
LIMITS = ("platinum", "gold", "silver", "bronze")
BINS = 400  # of the money: fine enough for a number that is rounded, few enough to try every division
TOLERANCE = 0.02  # of the customers, who may come to the other side of a cut when it is rounded


@dataclass(frozen=True)
class Proposal:
    """Rules with the proposed cut points, how they were found, and the measures left as they were."""

    method: str
    rules: Rules
    kept: tuple[str, ...] = ()


@needs()
def proposals(scored: ir.Table, rules: Rules, as_of: dt.date) -> dict[str, Proposal] | NotComputed:
    """Return the proposal of each method, see ``propose``; one that cannot be made stands for all."""
    found = {method: propose(scored, rules, as_of, method) for method in COSTS}
    return next((each for each in found.values() if isinstance(each, NotComputed)), found)


@needs()
def propose(scored: ir.Table, rules: Rules, as_of: dt.date, method: str) -> Proposal | NotComputed:
    """Propose cut points of R, F and M, and limits of the grades, from the distributions of ``scored``.

    "quantiles" makes the classes as equal in size as ties allow; "breaks" makes each class as alike as it
    can be on a log scale (natural breaks). Equal values are never parted. A class has at least
    ``min_class_share`` of the customers, so that a measure may have fewer classes than wanted, and one on
    which all are alike keeps the cut points in force. The evaluation period stays the same.
    """
    n, wanted = int(scored.count().execute()), rules.calibration
    if n < wanted.min_customers:
        needed = _("{n} scored customers").format(n=i18n.count(wanted.min_customers))
        return NotComputed(needed, _("there are {n}").format(n=i18n.count(n)))
    rfm, kept = _cut_points(scored, as_of, method, rules)
    limits = _limits(scored, as_of, rfm, rules)
    if not limits:
        return NotComputed(_("customers who differ from each other"))
    changed = {"rfm": rfm.model_dump(), "grades": rules.grades.model_dump() | limits}
    return Proposal(method, Rules(**rules.model_dump() | changed), kept)


def _cut_points(scored: ir.Table, as_of: dt.date, method: str, rules: Rules) -> tuple[RfmRules, tuple]:
    found = {measure: _cuts(scored, measure, method, rules) for measure in segment.MEASURES}
    ends = {
        "recency_days": ((as_of - scale.cut_days(as_of, rules.rfm)[-1]).days,),
        "frequency": (1,),
        "monetary": (rules.rfm.monetary[-1],),
    }
    # Days rise from the best class on, orders and money fall.
    best_first = {name: cuts if name == "recency_days" else cuts[::-1] for name, cuts in found.items()}
    changed = {name: (*cuts, *ends[name]) for name, cuts in best_first.items() if cuts}
    kept = tuple(measure for measure in segment.MEASURES if measure not in changed)
    return RfmRules(**rules.rfm.model_dump() | changed), kept


def _cuts(scored: ir.Table, measure: str, method: str, rules: Rules) -> list[float]:
    """Return where the classes of a measure part, lowest first; none where all customers are alike."""
    values, customers = _distribution(scored, measure)
    least = rules.calibration.min_class_share * customers.sum()
    starts = partition.divide(COSTS[method](values, customers), customers, rules.calibration.classes, least)
    # A number of days is the last of its class; a number of orders or an amount is the first.
    exact = [values[start - 1] if measure == "recency_days" else values[start] for start in starts]
    above = rules.rfm.monetary[-1] if measure == "monetary" else -1
    return _said(exact, measure, values, customers, above, rules.calibration.min_class_share)


def _distribution(scored: ir.Table, measure: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of a measure, rising, and the customers at each; where there are many, in log bins.

    A bin stands for its least value, which is one that a customer has.
    """
    value, log = scored[measure], (scored[measure] + 1).ln()
    ends = scored.aggregate(few=value.nunique() <= BINS, low=log.min(), high=log.max())
    few, low, high = ends.to_pyarrow().to_pylist()[0].values()
    bins = value if few else ((log - low) / ((high - low) / BINS)).floor()
    each = scored.group_by(bin=bins).aggregate(value=value.min(), customers=scored.count())
    frame = each.order_by("value").to_pandas()
    return frame.value.to_numpy(float), frame.customers.to_numpy(float)


def _said(exact: list, measure: str, values, customers, above: float, min_share: float) -> list[float]:
    """Round each cut to a number that a person would say, as roughly as moves few customers across it."""
    side = "right" if measure == "recency_days" else "left"
    shares = np.concatenate([[0.0], np.cumsum(customers) / customers.sum()])

    def below(cut: float) -> float:
        return shares[np.searchsorted(values, cut, side=side)]

    ways = list(partition.spoken(measure))
    near = [[way(cut) for way in ways if abs(below(way(cut)) - below(cut)) <= TOLERANCE] for cut in exact]
    cuts = [said[0] if said else round(float(cut), 4) for said, cut in zip(near, exact, strict=True)]
    sizes = np.diff([0.0, *(below(cut) for cut in cuts), 1.0])
    rising = all(low < high for low, high in itertools.pairwise([above, *cuts]))
    return cuts if rising and sizes.min() >= min_share else [round(float(cut), 4) for cut in exact]


def _limits(scored: ir.Table, as_of: dt.date, rfm: RfmRules, rules: Rules) -> dict[str, float]:
    """Put the grades' limits where their shares come nearest to those wanted; none if there are not four."""
    valued = segment.value(scored.select("customer_id", *segment.MEASURES), as_of, rfm)
    counts = valued.group_by("rfm_value").aggregate(customers=valued.count()).to_pandas()
    counts = counts.sort_values("rfm_value", ascending=False)
    shares = (counts.customers.cumsum() / counts.customers.sum()).to_numpy()
    wanted, places = rules.calibration.grade_shares, [-1]
    if len(shares) <= len(wanted):
        return {}
    for left, share in zip(range(len(wanted), 0, -1), wanted, strict=True):
        room = range(places[-1] + 1, len(shares) - left)
        places.append(min(room, key=lambda place: abs(shares[place] - share)))
    lows = [float(counts.rfm_value.iloc[place]) for place in places[1:]]
    return dict(zip(LIMITS, (*lows, min(rules.grades.bronze, rfm.values()[0])), strict=True))


def assign(scored: ir.Table, proposal: Proposal | NotComputed, as_of: dt.date) -> ir.Table:
    """Add calibrated_grade: the grade that each customer has by the proposal's rules; empty without one."""
    if isinstance(scored, NotComputed):
        return scored
    if isinstance(proposal, NotComputed):
        return scored.mutate(calibrated_grade=ibis.null("string"))
    own = segment.grade(scored.select("customer_id", *segment.MEASURES), as_of, proposal.rules)
    return scored.inner_join(own.select("customer_id", calibrated_grade="grade"), "customer_id")


@needs()
def choose(proposed: dict[str, Proposal], method: str) -> Proposal:
    """Return the proposal of a method; an unknown one is refused."""
    if method not in proposed:
        raise ShopcrmError(f'calibration: "{method}" is not a method{did_you_mean(method, proposed)}')
    return proposed[method]


@needs()
def sizes(scored: ir.Table, as_of: dt.date, rules: Rules, proposed: dict[str, Proposal]) -> pd.DataFrame:
    """Return the grades by the source's rules, those in force where they differ, and each proposal.

    Columns rule_table (source, in_force, quantiles, breaks), then those of ``segment.grades``; a row a grade.
    """
    measured = scored.select("customer_id", *segment.MEASURES)
    frames = []
    for name, each in tables(rules, proposed).items():
        frame = segment.grades(segment.grade(measured, as_of, each), each)
        frame.insert(0, "rule_table", name)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def tables(rules: Rules, proposed: dict[str, Proposal]) -> dict[str, Rules]:
    """Return the source's rules, those in force where they differ, and the proposed ones, by their codes."""
    source = source_rules()
    own = (source.rfm, source.grades) != (rules.rfm, rules.grades)
    same_period = {"rfm": source.rfm, "grades": source.grades}
    tables = {"source": rules.model_copy(update=same_period)} | ({"in_force": rules} if own else {})
    return tables | {method: proposal.rules for method, proposal in proposed.items()}


@needs()
def cut_points(rules: Rules, proposed: dict[str, Proposal], currency: str) -> pd.DataFrame:
    """Return the cut points in words, best score first: rule_table, r_cuts, f_cuts, m_cuts."""
    rows = [(name, *_said_cuts(each.rfm, currency)) for name, each in tables(rules, proposed).items()]
    return pd.DataFrame(rows, columns=["rule_table", "r_cuts", "f_cuts", "m_cuts"])


def _said_cuts(rules: RfmRules, currency: str) -> tuple[str, str, str]:
    def listed(cuts: tuple) -> str:
        return " · ".join(i18n.number(cut) for cut in cuts)

    months = _("up to {months} months") if rules.month == "calendar" else _("up to {months} times 30 days")
    recency = _("up to {days} days").format(days=listed(rules.recency_days)) if rules.recency_days else ""
    return (
        recency or months.format(months=listed(rules.recency_months)),
        _("from {orders} orders").format(orders=listed(rules.frequency)),
        _("from {amounts}, and over {least}").format(
            amounts=" · ".join(scale.amount(cut, currency) for cut in rules.monetary[:-1]),
            least=scale.amount(rules.monetary[-1], currency),
        ),
    )


@needs()
def sentence(rules: Rules, proposed: dict[str, Proposal]) -> str:
    """Say how many classes each measure has in each proposal, and why there are not more."""
    said = [_fewer(each, rules) for each in proposed.values()]
    alike = [text for texts in said for text in texts]
    if not alike:
        text = _("Recency, frequency and money have {n} classes each in every proposal.")
        return text.format(n=i18n.count(rules.calibration.classes))
    why = _("More would part customers who are alike, or leave hardly anybody in a class.")
    return i18n.sentences([*alike, why])


def _fewer(proposal: Proposal, rules: Rules) -> list[str]:
    classes, said = proposal.rules.rfm.classes(), []
    for measure, score in zip(segment.MEASURES, segment.SCORES, strict=True):
        n, names = classes[score], _names(proposal.method, score)
        if measure in proposal.kept:
            text = _("{method}: all are alike in {measure}, which keeps its cut points.")
            said.append(text.format(**names))
        elif n < rules.calibration.classes:
            text = ngettext("{method}: {measure} has {n} class.", "{method}: {measure} has {n} classes.", n)
            said.append(text.format(n=i18n.count(n), **names))
    return said


def _names(method: str, score: str) -> dict[str, str]:
    return {"method": glossary.rule_tables()[method], "measure": glossary.measures()[score[0].upper()]}


@needs()
def block(proposal: Proposal) -> str:
    """Return the proposal as text to paste into a shop's shop.toml."""
    return rule_text.as_toml(proposal.rules)
