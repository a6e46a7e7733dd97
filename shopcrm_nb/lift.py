"""Lift: which levels go with more or fewer good customers, found among the earlier, checked on the later."""

import numpy as np
import pandas as pd

from shopcrm_nb import i18n, interval, portrait_words
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.evidence import holm, more_often, two_sided
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.rules import Rules

FOUND = ("holds", "not_confirmed", "too_few")
NAMELESS = ("other", "unknown")  # levels that tell nobody what to do
STATES = (*FOUND, "not_found", "few", *NAMELESS)
LATER = "later_"
COUNTS = ["customers", "good_customers", "later_customers", "later_good_customers"]
COLUMNS = [
    *("dimension", "level", "customers", "good_customers", "good_share", "lift", "lift_low", "lift_high"),
    *("p_value", "p_adjusted", "later_customers", "later_good_customers", "later_good_share"),
    *("later_lift", "later_lift_low", "later_lift_high", "later_p_value", "later_p_adjusted"),
    "driver_state",
]
NAMED = 3  # levels that a sentence names
SHOWN = [
    *("described_by", "trait", "customers", "good_share", "lift", "lift_low", "lift_high"),
    *("later_customers", "later_good_share", "later_lift", "later_lift_low", "later_lift_high"),
    "driver_state",
]


@needs()
def judged(counts: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Judge every level of every dimension by two groups of customers who came one after the other.

    ``counts`` has dimension, level ("unknown" where it is not known) and the COUNTS: customers, and the good
    ones among them, of the earlier and of the later group. Returns COLUMNS:

    - good_share; lift: good_share by that of all customers whose level of the dimension is known, 1 is no
      difference; lift_low and lift_high (``rules.portrait.confidence``); the later_ columns are the same of
      the later group. Null where nothing is known.
    - p_value: that the level's good_share is that of the dimension's other known levels (Fisher's exact
      test, two-sided: twice the smaller tail); p_adjusted: for all levels of all dimensions that are judged
      (Holm). A level is not judged where it or the other levels have fewer than
      ``rules.first_order.min_customers`` customers; "unknown" and "other" never are.
    - A level is found where p_adjusted is below 1 - ``rules.portrait.confidence``; only then it is checked:
      later_p_value, that the later group does not differ in the same direction (one-sided), and
      later_p_adjusted, for the number of those checked (Holm).
    - driver_state: holds, not_confirmed, too_few (found, and too few later customers to check it); not_found;
      few, other, unknown (not judged).

    Sorted by driver_state, then p_value.
    """
    alpha, least = 1 - rules.portrait.confidence, rules.first_order.min_customers
    early, late = (_compared(counts, prefix, rules.portrait.confidence) for prefix in ("", LATER))
    enough, checkable = (part[["n", "rest"]].min(axis=1) >= least for part in (early, late))
    named = ~counts.level.isin(NAMELESS)
    early["p_value"] = early.p_value.where(named & enough)
    early["p_adjusted"] = holm(early.p_value)
    found = early.p_adjusted < alpha
    same_way = np.where(early.share > early.rest_share, late.p_more, late.p_less)
    late["p_value"] = np.where(found & checkable, same_way, np.nan)
    late["p_adjusted"] = holm(late.p_value)
    states = np.select(
        [~named, ~enough, ~found, ~checkable, late.p_adjusted < alpha],
        [counts.level, "few", "not_found", "too_few", "holds"],
        "not_confirmed",
    )
    frame = pd.concat([counts[["dimension", "level"]], _shown(early, ""), _shown(late, LATER)], axis=1)
    return _sorted(frame.assign(driver_state=states))


def _compared(counts: pd.DataFrame, prefix: str, confidence: float) -> pd.DataFrame:
    """Compare each level of one group of customers with the dimension's other known levels."""
    known = counts.level != "unknown"
    n, good = counts[f"{prefix}customers"], counts[f"{prefix}good_customers"]
    whole, all_good = (
        values.where(known, 0).groupby(counts.dimension).transform("sum") for values in (n, good)
    )
    rest, rest_good = (whole - n).where(known, whole), (all_good - good).where(known, all_good)
    share = good / n.where(n > 0)
    frame = pd.DataFrame({"n": n, "good": good, "share": share, "rest": rest})
    frame["rest_share"] = rest_good / rest.where(rest > 0)
    frame["p_more"] = more_often(good, n, rest_good, rest)
    frame["p_less"] = more_often(rest_good, rest, good, n)
    frame["lift"] = share / (all_good / whole.where(whole > 0)).where(all_good > 0)
    # The good ones among a level's customers beside those among all: a TGI of 100 is a lift of 1.
    limits = interval.tgi_interval(good, n, rest_good, rest, whole, confidence)
    frame["lift_low"], frame["lift_high"] = (limit.where(all_good > 0) / 100 for limit in limits)
    frame["p_value"] = two_sided(good, n, rest_good, rest)
    return frame


def _shown(part: pd.DataFrame, prefix: str) -> pd.DataFrame:
    names = {"n": "customers", "good": "good_customers", "share": "good_share"}
    names |= {name: name for name in ("lift", "lift_low", "lift_high", "p_value", "p_adjusted")}
    return part[list(names)].rename(columns={name: prefix + shown for name, shown in names.items()})


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    place = frame.driver_state.map({state: n for n, state in enumerate(STATES)})
    ordered = frame.assign(_place=place).sort_values(["_place", "p_value", "dimension", "level"])
    return ordered[COLUMNS].reset_index(drop=True)


@needs()
def found(drivers: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the levels that were found, whether they hold or not."""
    return drivers[drivers.driver_state.isin(FOUND)].reset_index(drop=True)


@needs()
def clearest(drivers: pd.DataFrame, rules: Rules, top_n: int = 10) -> pd.DataFrame | NotComputed:
    """Return the ``top_n`` clearest of the levels that were judged, those that were found first.

    NotComputed where no level could be judged.
    """
    rows = drivers[drivers.p_value.notna()].head(top_n).reset_index(drop=True)
    if rows.empty:
        said = _("{n} new customers whose first orders had something in common, and as many others")
        return NotComputed(said.format(n=i18n.count(rules.first_order.min_customers)))
    return rows


@needs()
def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of ``judged`` in words, to read."""
    words = portrait_words.first_order_dimensions()
    readable = rows.assign(
        described_by=rows.dimension.map(words),
        trait=[_level(row) for row in rows.itertuples()],
        driver_state=rows.driver_state.map(portrait_words.driver_states()),
    )
    return readable[SHOWN]


def _level(row: tuple) -> str:
    code = portrait_words.first_order_level(row.dimension, row.level)
    title = getattr(row, "title", None)
    return _("{title} ({code})").format(title=title, code=code) if isinstance(title, str) else code


@needs()
def sentence(drivers: pd.DataFrame) -> str:
    """Say what went with more or fewer good customers, the clearest first, and whether it held later on."""
    rows = found(drivers)
    if rows.empty:
        n = int(drivers.p_value.notna().sum())
        said = ngettext(
            "{n} thing about the first order was compared, and chance alone may explain how it differs.",
            "{n} things about the first order were compared, and chance alone may explain how they differ.",
            n,
        )
        return said.format(n=i18n.count(n)) if n else _("There are too few new customers to compare.")
    more = len(rows) - NAMED
    rest = ngettext("{n} more is in the table.", "{n} more are in the table.", more).format(
        n=i18n.count(more)
    )
    last = _("This says what good customers began with, not what made them good.")
    told = [text for row in rows.head(NAMED).itertuples() for text in (_said(row), _checked(row))]
    return i18n.sentences([*told, rest if more > 0 else "", last])


def _said(row: tuple) -> str:
    if row.lift > 1:
        said = _(
            "Customers whose first order was of {trait} more often became good ones: {share} of {n}, {lift} "
            "times the usual share."
        )
    else:
        said = _(
            "Customers whose first order was of {trait} less often became good ones: {share} of {n}, {lift} "
            "times the usual share."
        )
    words = portrait_words.first_order_dimensions()
    trait = _("{dimension}: {level}").format(dimension=words[row.dimension], level=_level(row))
    return said.format(
        trait=_("“{trait}”").format(trait=trait),
        share=i18n.percent(row.good_share),
        n=i18n.count(row.customers),
        lift=i18n.decimal(row.lift, 2),
    )


def _checked(row: tuple) -> str:
    said = {
        "holds": _("Among those who came later it was {lift} times: it holds."),
        "not_confirmed": _("Among those who came later it was {lift} times: not confirmed."),
        "too_few": _("Too few of those who came later can be compared to check it."),
    }
    return said[row.driver_state].format(lift=i18n.decimal(row.later_lift, 2))


@needs()
def figures(drivers: pd.DataFrame) -> dict[str, int]:
    """Return the key figures by their stable names: levels compared, found, and holding later on."""
    states = drivers.driver_state
    return {
        "first_order.levels_compared": int(drivers.p_value.notna().sum()),
        "first_order.drivers_found": int(states.isin(FOUND).sum()),
        "first_order.drivers_holding": int((states == "holds").sum()),
    }
