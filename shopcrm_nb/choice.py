"""Choice: which segmentation serves a shop best by what its customers did next, and how sure that is."""

from dataclasses import dataclass

import pandas as pd

from shopcrm_nb import glossary, i18n, resample
from shopcrm_nb.absent import needs
from shopcrm_nb.forward import BASELINES, HEAVIEST, SEGMENTATIONS, TOPS, Judged, Seen
from shopcrm_nb.i18n import _
from shopcrm_nb.segment_rules import ForwardRules

JUDGED_BY = "sales_share_top20"
HEAVY = 1 / 3  # of the later net sales; where so few bring more, it is said


@dataclass(frozen=True)
class Choice:
    """Which segmentation to use: None where none tells customers apart better than chance.

    ``buyers_by`` is another one that tells better who buys again at all, whatever for.
    """

    use: str | None
    as_good: tuple[str, ...]
    worse: tuple[str, ...]
    baseline: str
    against_baseline: str
    buyers_by: str | None


@needs()
def choose(judged: Judged, rules: ForwardRules) -> Choice:
    """Choose by the share of later sales that the first 20 % of customers brought.

    A segmentation is worse than the best one where the interval of their difference, drawn together, lies
    above zero; intervals are widened for the number of comparisons (Bonferroni). Of those that are not
    worse, the one that is most easily explained is used. None is, where the best one's interval of that
    share, or of the AUC, holds what chance gives.
    """
    caught = {method: judged.draws[method, JUDGED_BY] for method in (*SEGMENTATIONS, *BASELINES)}
    best = max(SEGMENTATIONS, key=lambda method: caught[method][0])
    strict = 1 - (1 - rules.confidence) / (len(SEGMENTATIONS) - 1)
    worse = tuple(
        method for method in SEGMENTATIONS if resample.interval(caught[best] - caught[method], strict)[1] > 0
    )
    as_good = tuple(method for method in SEGMENTATIONS if method not in worse)
    baseline = max(BASELINES, key=lambda method: caught[method][0])
    use = as_good[0] if _tells(judged, best, strict) else None
    ahead = resample.interval(caught[use or best] - caught[baseline], rules.confidence)
    against = "ahead" if ahead[1] > 0 else "behind" if ahead[2] < 0 else "even"
    return Choice(use, as_good, worse, baseline, against, _buyers_by(judged, use, strict))


def _buyers_by(judged: Judged, use: str | None, confidence: float) -> str | None:
    """Return the segmentation with the largest AUC where it is larger than that of the one to use."""
    if use is None:
        return None
    auc = {method: judged.draws[method, "auc"] for method in SEGMENTATIONS}
    best = max(SEGMENTATIONS, key=lambda method: auc[method][0])
    return best if resample.interval(auc[best] - auc[use], confidence)[1] > 0 else None


def _tells(judged: Judged, method: str, confidence: float) -> bool:
    caught = resample.interval(judged.draws[method, JUDGED_BY], confidence)[1] > TOPS[-1]
    return caught and resample.interval(judged.draws[method, "auc"], confidence)[1] > 0.5


@needs()
def sentence(judged: Judged, choice: Choice, seen: Seen) -> str:
    """Say which segmentation to use here, how sure that is, and whether a plain list does as well."""
    span = {"day": i18n.day(seen.day), "last": i18n.day(seen.last)}
    if choice.use is None:
        said = _(
            "Judged by what the customers of {day} bought up to {last}, no segmentation is better than "
            "chance: do not treat customers differently because of their segment."
        )
        even = "" if choice.worse else _("None is better than another.")
        return i18n.sentences([said.format(**span), even])
    names, caught = glossary.methods(), judged.row(choice.use, JUDGED_BY)
    said = _(
        "Judged by what the customers of {day} bought up to {last}, use {method}: the first 20% of the "
        "customers in that order brought {value} of the net sales since ({low} to {high}; 20% by chance)."
    ).format(method=names[choice.use], **span, **_percents(caught))
    others = [names[method] for method in choice.as_good if method != choice.use]
    worse = [names[method] for method in choice.worse]
    buyers = _("Who buys again at all is told better by {method}: AUC {auc}.")
    better = buyers.format(**_named(judged, choice.buyers_by)) if choice.buyers_by else ""
    return i18n.sentences([said, *_compared(others, worse), better, _plain(judged, choice)])


def _named(judged: Judged, method: str) -> dict[str, str]:
    return {"method": glossary.methods()[method], "auc": i18n.decimal(judged.row(method, "auc").value, 2)}


def _percents(row: pd.Series) -> dict[str, str]:
    return {
        "value": i18n.percent(row.value),
        "low": i18n.percent(row.ci_low),
        "high": i18n.percent(row.ci_high),
    }


def _compared(as_good: list[str], worse: list[str]) -> list[str]:
    texts = {
        _("No different within noise, but harder to explain: {others}."): as_good,
        _("Worse at this: {others}."): worse,
    }
    return [text.format(others=_(", ").join(others)) for text, others in texts.items() if others]


def _plain(judged: Judged, choice: Choice) -> str:
    said = {
        "ahead": _("A plain list ({list}) does worse: its first 20% brought {value}."),
        "even": _("A plain list ({list}) does no different within noise: its first 20% brought {value}."),
        "behind": _(
            "A plain list ({list}) does better: its first 20% brought {value}. To choose a given number of "
            "customers, sort by it; segments are for treating them differently."
        ),
    }[choice.against_baseline]
    value = i18n.percent(judged.row(choice.baseline, JUDGED_BY).value)
    return said.format(list=glossary.methods()[choice.baseline], value=value)


@needs()
def limits(seen: Seen) -> pd.DataFrame:
    """Say what the look cannot know, and on how few it may rest: severity, finding."""
    said = _few(seen)
    if seen.begins > seen.opens:
        text = _(
            "the data begin on {first}, so that the segments of {day} rest on a part of their evaluation "
            "period, which opens on {opens}"
        )
        said.append(
            text.format(first=i18n.day(seen.begins), day=i18n.day(seen.day), opens=i18n.day(seen.opens))
        )
    return pd.DataFrame({"severity": "warning", "finding": said}, columns=["severity", "finding"])


def _few(seen: Seen) -> list[str]:
    if seen.heaviest_share <= HEAVY:
        return []
    text = _("{n} customers brought {share} of the net sales since: the comparison of sales rests on them")
    return [text.format(n=i18n.count(HEAVIEST), share=i18n.percent(seen.heaviest_share))]


@needs()
def figures(judged: Judged) -> dict[str, float]:
    """Return the key figures of the comparison by their stable names."""
    return {
        f"segments.forward_{metric}_{method}": round(float(judged.row(method, metric).value), 4)
        for metric in ("auc", JUDGED_BY)
        for method in (*SEGMENTATIONS, *BASELINES)
    }


@needs()
def table(judged: Judged) -> pd.DataFrame:
    """Return a row a method: method, then its metrics."""
    metrics = list(dict.fromkeys(judged.frame.metric))
    methods = list(dict.fromkeys(judged.frame.method))
    wide = judged.frame.pivot(index="method", columns="metric", values="value").loc[methods[:-1]]
    return wide[[metric for metric in metrics if metric in wide and wide[metric].notna().any()]].reset_index()
