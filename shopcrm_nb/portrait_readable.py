"""Portraits to read: the frames of groups, tags and levels with words for codes."""

import pandas as pd

from shopcrm_nb import portrait_words
from shopcrm_nb.absent import needs
from shopcrm_nb.group import Groups
from shopcrm_nb.i18n import _
from shopcrm_nb.telling import level_of, titles

# Columns of a comparison → what they are called where shares are of those of whom the dimension is known.
SHOWN = {
    "dimension": "described_by",
    "level": "trait",
    "customers": "customers",
    "known_share": "share",
    "known_base_share": "base_share",
    "known_tgi": "tgi",
    "known_low": "tgi_low",
    "known_high": "tgi_high",
    "net_sales_per_customer": "net_sales_per_customer",
    "second_order_share": "second_order_share",
    "state": "beside_base",
}
WHOLE = ["known_share", "base_known_share"]


@needs()
def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows of a comparison to read: words for codes, and shares of those of whom it is known."""
    words = portrait_words.dimensions()
    readable = frame[list(SHOWN)].assign(
        dimension=[words[name] for name in frame.dimension],
        level=[level_of(row) for row in frame.itertuples()],
        state=frame.state.map(portrait_words.states()),
    )
    return readable.rename(columns=SHOWN)


@needs()
def known(mine: pd.DataFrame) -> pd.DataFrame:
    """Return of how many people each dimension is known that is not known of everybody.

    Columns described_by, known_customers, known_share, base_known_share; best known first.
    """
    every = _known(mine)
    return every[every[WHOLE].lt(1).any(axis="columns")].reset_index(drop=True)


@needs()
def known_sentence(mine: pd.DataFrame) -> str:
    """Say which dimensions are known of everybody, in the group and in the base."""
    every = _known(mine)
    names = every.described_by[every[WHOLE].eq(1).all(axis="columns")]
    return _("Known of everybody: {names}.").format(names=_(", ").join(names)) if len(names) else ""


def _known(mine: pd.DataFrame) -> pd.DataFrame:
    whole = mine.groupby("dimension")[["customers", "base_customers"]].sum()
    told = mine[mine.level != "unknown"].groupby("dimension")[["customers", "base_customers"]].sum()
    told = told.reindex(whole.index, fill_value=0)
    told = told[told.base_customers > 0]  # such as the region of a shop outside China
    whole = whole.loc[told.index]
    words = portrait_words.dimensions()
    frame = pd.DataFrame(
        {
            "described_by": [words[name] for name in told.index],
            "known_customers": told.customers.to_numpy(),
            "known_share": (told.customers / whole.customers).to_numpy(),
            "base_known_share": (told.base_customers / whole.base_customers).to_numpy(),
        }
    )
    return frame.sort_values("known_share", ascending=False, ignore_index=True)


@needs()
def sizes(sized: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Return ``group.sizes`` to read: who, how many, what they bring, and who may be written to.

    Of the groups by a condition alone; ``other_sizes`` has the grades, clusters and campaigns.
    """
    return _sizes(sized[sized.kind == "own"], groups).drop(columns="group_kind")


@needs()
def other_sizes(sized: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Return the rows of ``group.sizes`` that ``sizes`` leaves out, to read."""
    return _sizes(sized[sized.kind != "own"], groups)


def _sizes(sized: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    names, kinds = titles(groups), portrait_words.group_kinds()
    columns = ["customers", "customer_share", "buyers", "net_sales", "sales_share", "net_sales_per_customer"]
    columns += ["second_order_share", "email_yes", "sms_yes"]
    readable = pd.DataFrame({"who": sized.group.map(names), "group_kind": sized.kind.map(kinds)})
    readable = readable.join(sized[columns].dropna(axis="columns", how="all"))
    return readable.join(sized[["state"]]) if (sized.state != "").any() else readable


@needs()
def tags(counted: pd.DataFrame) -> pd.DataFrame:
    """Return ``tag.counts`` to read: the tag, its kind, how many have it, how fresh it is.

    A tag of the shop's own has its rule as well; the names of the workbook's own say what they are.
    """
    names, kinds = portrait_words.tags(), portrait_words.tag_kinds()
    said = [names.get(name, name) for name in counted.tag]
    # Without the Chinese term in brackets, which is told once above the table.
    told = {kind: name.partition(" (")[0] for kind, name in kinds.items()}
    readable = pd.DataFrame({"tag_name": said, "tag_kind": counted.kind.map(told)})
    own = ~counted.tag.isin(list(names))
    if own.any():
        readable["rule"] = counted.rule.where(own, "")
    columns = ["customers", "customer_share", "sales_share", "levels", "top_level", "age_days"]
    readable = readable.join(counted[columns].assign(top_level=_top_levels(counted)))
    return readable.join(counted[["state"]]) if (counted.state != "").any() else readable


def _top_levels(counted: pd.DataFrame) -> list[str]:
    """Return the most frequent value of each tag, in words where its rule is a feature."""
    told = zip(counted.rule, counted.top_level, strict=True)
    return ["" if pd.isna(value) else portrait_words.level(rule, value) for rule, value in told]


@needs()
def pairs(overlaps: pd.DataFrame) -> pd.DataFrame:
    """Return ``tag.overlap`` to read."""
    names = portrait_words.tags()
    return pd.DataFrame(
        {
            "tag_name": [names.get(name, name) for name in overlaps.tag],
            "other_tag": [names.get(name, name) for name in overlaps.other],
            "customers": overlaps.customers,
            "share": overlaps.share,
        }
    )


@needs()
def served(found: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return ``service.by_group`` to read, the clearest differences first, without what was not tested."""
    told = found[found.p_adjusted.notna()].sort_values(["p_adjusted", "group", "service_measure"])
    columns = ["service_measure", "customers", "share", "ci_low", "ci_high", "base_share", "beside_all"]
    return told[columns].assign(who=told.group.map(names))[["who", *columns]].reset_index(drop=True)
