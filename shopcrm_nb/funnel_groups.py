"""Funnel by group: which groups go further, or less far, than all others do (CU-13)."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.catalogue import FEATURES
from shopcrm_nb.evidence import holm, two_sided
from shopcrm_nb.funnel import STEPS
from shopcrm_nb.group import Groups
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.portrait_rules import PortraitRules

COLUMNS = [
    *("group", "step", "customers", "share_of_before", "rest_share", "excess_share", "p_value", "p_adjusted"),
    "differs",
]


@needs()
def differences(
    by_group: pd.DataFrame,
    everybody: pd.DataFrame,
    rules: PortraitRules,
    groups: Groups | None = None,
) -> pd.DataFrame:
    """Compare each group of ``funnel.by_group`` at each step with all other people of ``funnel.of_people``.

    Columns group, step (marked, ordered, paid), customers (of the group who reached it), share_of_before,
    rest_share (the same of everybody else), excess_share (the difference), p_value (that the difference is
    chance: Fisher's exact test, two-sided), p_adjusted (for all steps of all groups that are tested, Holm),
    differs: more or less (p_adjusted below 1 - ``portrait.confidence``), unclear, few (the step before was
    reached by fewer than ``portrait.min_customers`` of the group, or of the others: not tested), or defined.
    The most telling first: by p_adjusted, then by size.

    ``groups`` tells by which features each group is made. One made of what people looked at or ordered
    differs by its very definition, as those are the steps themselves: it is not tested.
    """
    frame = by_group.merge(everybody[["step", "customers"]], on="step", suffixes=("", "_all"))
    frame = frame.assign(place=frame.step.map(STEPS.index)).sort_values(["group", "place"], kind="stable")
    before = frame.groupby("group")[["customers", "customers_all"]].shift()
    hits, n = frame.customers, before.customers
    other, n_other = frame.customers_all - hits, before.customers_all - n
    reads = {group.name: group.reads for group in groups.each} if groups else {}
    defined = [_is_defined(reads.get(name, ())) for name in frame.group]
    few = (n < rules.min_customers) | (n_other < rules.min_customers)
    tested = ~few & ~np.array(defined, dtype=bool) & n.notna()
    frame["p_value"] = np.where(tested, two_sided(hits, n, other, n_other), np.nan)
    frame["p_adjusted"] = holm(frame.p_value)
    frame["rest_share"] = other / n_other.where(n_other > 0)
    frame["excess_share"] = frame.share_of_before - frame.rest_share
    clear, more = frame.p_adjusted < 1 - rules.confidence, frame.excess_share > 0
    frame["differs"] = np.select(
        [defined, few, clear & more, clear], ["defined", "few", "more", "less"], "unclear"
    )
    frame["size"] = frame.excess_share.abs()
    frame = frame[frame.step != "seen"].sort_values(
        ["p_adjusted", "size", "group", "place"], ascending=[True, False, True, True]
    )
    return frame[COLUMNS].reset_index(drop=True)


@needs()
def enough(by_group: pd.DataFrame, rules: PortraitRules) -> pd.DataFrame:
    """Return the rows of ``funnel.by_group`` on groups of whom enough people were seen to draw their shares.

    A share whose step before was reached by fewer than ``portrait.min_customers`` is null.
    """
    before = by_group.groupby("group").customers.shift()
    seen = by_group.groupby("group").customers.transform("first")
    shares = ["share_of_before", "ci_low", "ci_high"]
    drawn = by_group.assign(**by_group[shares].where(before >= rules.min_customers))
    return drawn[seen >= rules.min_customers].reset_index(drop=True)


def _is_defined(features: Collection[str]) -> bool:
    """Tell whether a group that is made by these features is made of the steps of the funnel."""
    inputs = [need for name in features if name in FEATURES for need in FEATURES[name].needs]
    return any(table in need for need in inputs for table in ("events.", "orders.", "order_items."))


@needs()
def sentence(found: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Say which group differs the most tellingly from all others, and how many do.

    ``names`` has the reader's names of groups; a group without one is shown by its code.
    """
    tested, clear = found[found.p_value.notna()], found[found.differs.isin(["more", "less"])]
    if tested.empty:
        return _("No group has enough people to be compared with the others.")
    if clear.empty:
        said = ngettext(
            "{n} comparison was made, and shows no more than chance may.",
            "{n} comparisons were made, and none shows more than chance may.",
            len(tested),
        )
        return said.format(n=i18n.count(len(tested)))
    best = clear.iloc[0]
    said = {
        "marked": _(
            "{group}: {share} of those seen marked a favourite or filled a cart, {rest} of the others."
        ),
        "ordered": _(
            "{group}: {share} of those who marked a favourite or filled a cart placed an order, {rest} of "
            "the others."
        ),
        "paid": _("{group}: {share} of those who placed an order paid, {rest} of the others."),
    }[best.step].format(
        group=names.get(best.group, best.group),
        share=i18n.percent(best.share_of_before),
        rest=i18n.percent(best.rest_share),
    )
    how_many = ngettext(
        "That is the most telling of {clear} difference that is more than chance, among {n} comparisons.",
        "That is the most telling of {clear} differences that are more than chance, among {n} comparisons.",
        len(clear),
    )
    return i18n.sentences([said, how_many.format(clear=i18n.count(len(clear)), n=i18n.count(len(tested)))])
