"""Advice: which indicators ask for something to be done, what it is worth, and what the sources say to do."""

import pandas as pd

from shopcrm_nb import health_words, i18n, readable
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.health_rules import AdviceRule
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.rules import Rules

COLUMNS = [
    *("rank", "indicator", "subject", "finding", "cure", "net_sales_at_stake", "at_stake", "n", "p_adjusted"),
    "file",
]


@needs()
def plan(judged: pd.DataFrame, rules: Rules, currency: str) -> pd.DataFrame:
    """Return what to do first, by the net sales at stake: COLUMNS, at most ``rules.advice.most`` rows.

    ``judged`` are the rows of ``health.together``. A rule speaks where the state of its indicator is worse
    (than the same period last year, or than the shop's benchmark) or its value above the rule's limit, on at
    least ``min_n``; it is silent where the input is missing, n is small, or a rule of its ``unless`` speaks.
    net_sales_at_stake: the gap to what the indicator is compared with, in net sales of this period, all else
    as it is (null where the benchmark is all that there is to compare with); where there is no such gap, the
    net sales of what is affected (at_stake: gap or affected); last come those of which only the benchmark is
    better (benchmark). The amounts overlap and do not add up. Raises
    ShopcrmError for a rule of an indicator or a cure that is not known.
    """
    _refuse_unknown(rules)
    speaking = [(rule, row) for rule in rules.advice.each for row in _met(rule, judged)]
    said = {rule.indicator for rule, _row in speaking}
    told = [(rule, row) for rule, row in speaking if not said & set(rule.unless)]
    frame = pd.DataFrame([_advice(rule, row, rules, currency) for rule, row in told], columns=COLUMNS[1:])
    frame["_last"] = frame.at_stake == "benchmark"
    order = ["_last", "net_sales_at_stake"]
    ranked = frame.sort_values(order, ascending=[True, False], kind="stable", ignore_index=True)
    ranked = ranked.drop(columns="_last")
    ranked.insert(0, "rank", range(1, len(ranked) + 1))
    return ranked.head(rules.advice.most)


def _met(rule: AdviceRule, judged: pd.DataFrame) -> list:
    rows = judged[(judged.indicator == rule.indicator) & (judged.n >= rule.min_n)]
    if rule.when == "above":
        return list(rows[rows.value > rule.limit].itertuples())
    return list(rows[(rows.state == "worse") | (rows.benchmark_state == "worse")].itertuples())


def _advice(rule: AdviceRule, row, rules: Rules, currency: str) -> list:
    affected = rule.indicator in health_words.affected()
    kind = "benchmark" if _by_benchmark(rule, row) else "affected" if affected else "gap"
    return [
        *(rule.indicator, row.subject, _finding(rule, row, rules, currency), _cure(rule)),
        *(_stake(rule, row), kind, row.n, row.p_adjusted),
        f"{rule.table}.csv",
    ]


def _by_benchmark(rule: AdviceRule, row) -> bool:
    return rule.when == "worse" and row.state != "worse"


def _stake(rule: AdviceRule, row) -> float:
    if not _by_benchmark(rule, row):
        return abs(row.net_sales_at_stake)
    gap = row.comparison - row.value
    # What is at stake is proportional to the gap, and that to the benchmark is another one.
    return abs(row.net_sales_at_stake * (row.benchmark - row.value) / gap) if gap else float("nan")


def _finding(rule: AdviceRule, row, rules: Rules, currency: str) -> str:
    write = readable.writer(row.indicator, currency)
    own = health_words.evidence()[rule.indicator]
    texts = health_words.benchmark_finding() if _by_benchmark(rule, row) else own
    return texts.format(
        name=health_words.indicators()[rule.indicator],
        subject=readable.subject(row.indicator, row.subject),
        value=write(row.value),
        comparison=write(row.comparison),
        change=i18n.signed_percent(row.change_share),
        benchmark=write(row.benchmark),
        n=i18n.count(row.n),
        top=i18n.percent(rules.health.top_share, 0),
    )


def _cure(rule: AdviceRule) -> str:
    return rule.text or health_words.cures()[rule.cure]


def _refuse_unknown(rules: Rules) -> None:
    for rule in rules.advice.each:
        words = [(name, health_words.evidence()) for name in (rule.indicator, *rule.unless)]
        words += [] if rule.text else [(rule.cure, health_words.cures())]
        for word, known in words:
            if word not in known:
                raise ShopcrmError(
                    f'shop.toml: [rules.advice] each: "{word}" is not known{did_you_mean(word, known)}; use '
                    f"one of {', '.join(known)}"
                )


@needs()
def findings(planned: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return the advice as findings for the page and the index: severity, finding, net_sales_at_stake."""
    said = [
        _("{finding} At stake: {money}. {cure} The table for it: {file}").format(
            finding=row.finding,
            money=i18n.money(row.net_sales_at_stake, currency),
            cure=row.cure,
            file=row.file,
        )
        for row in planned.itertuples()
    ]
    found = pd.DataFrame({"severity": "warning", "finding": said}, columns=["severity", "finding"])
    return found.assign(net_sales_at_stake=planned.net_sales_at_stake.to_numpy(dtype="float64"))


def answer(
    headline: str | NotComputed, planned: pd.DataFrame | NotComputed, opening: str = ""
) -> str | NotComputed:
    """Answer the question of the page: what became of the sales, and what to do first.

    A headline that was not computed is said as such, after the ``opening`` that stands in for it; what to do
    first follows all the same.
    """
    if isinstance(planned, NotComputed):
        return planned
    first = _("First to act on: {finding}").format(finding=planned.finding.iloc[0]) if len(planned) else ""
    missing = isinstance(headline, NotComputed)
    said = _("{said}.").format(said=headline.sentence()) if missing else headline
    return i18n.sentences(
        [opening if missing else "", said, first or _("Nothing stands out that asks for action.")]
    )


@needs()
def sentence(judged: pd.DataFrame, planned: pd.DataFrame) -> str | NotComputed:
    """Say how many indicators could be judged, and how many ask for something."""
    compared = int(judged.p_adjusted.notna().sum())
    if not compared:
        return _(
            "Nothing can be compared with the same period a year before, so advice can only rest on what "
            "stands out by itself."
        )
    said = ngettext(
        "{n} comparison with the year before was made.",
        "{n} comparisons with the year before were made.",
        compared,
    ).format(n=i18n.count(compared))
    if planned.empty:
        return i18n.sentences([said, _("None stands out for the worse.")])
    more = ngettext("{n} thing asks for action.", "{n} things ask for action.", len(planned))
    overlap = _("The amounts at stake overlap and do not add up.") if len(planned) > 1 else ""
    return i18n.sentences([said, more.format(n=i18n.count(len(planned))), overlap])
