"""Telling: the differences of a group that say most, what all have in common, and what rests on few."""

import pandas as pd

from shopcrm_nb import catalogue, i18n, portrait_words
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.group import Group, Groups
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.portrait_rules import PortraitRules

FOUND = ("more", "less")
JUDGED = (*FOUND, "slight", "alike", "unclear")
BEST, STAND_IN = "best", "cluster_1"  # portrayed unless one asks for another group; where it has too few
NAMED = 3  # differences that a sentence names
TITLE_LENGTH = 24  # characters of a product's title that are shown
COMMON_SHARE = 0.2  # of the people: a smaller level is not what a group is like


def title(group: Group) -> str:
    """Return a group's name as readers know it."""
    if group.kind == "campaign":
        return _("Campaign {name}").format(name=group.rule)
    if group.kind == "cluster":
        return _("Cluster {name}").format(name=group.name.removeprefix("cluster_"))
    return portrait_words.groups().get(group.name, group.name)


@needs()
def titles(groups: Groups) -> dict[str, str]:
    """Return the name of each group as readers know it."""
    return {group.name: title(group) for group in groups.each}


@needs()
def portrayed(groups: Groups, asked: str, rules: PortraitRules) -> str:
    """Return the group to portray: the one ``asked`` for, or the best cluster in place of too few best.

    A table of grades that does not fit a shop leaves hardly anybody among its best; clusters always fit. Any
    other group that somebody asks for stays, and ``answer`` says why it cannot be drawn.
    """
    if asked != BEST or _people(groups, asked) >= rules.min_customers:
        return asked
    return STAND_IN if _people(groups, STAND_IN) >= rules.min_customers else asked


def _people(groups: Groups, name: str) -> int:
    if isinstance(groups.named(name), NotComputed):
        return 0
    return int(groups.cells.customers[(groups.cells["mask"] & groups.bit(name)) != 0].sum())


@needs()
def of_group(
    compared: pd.DataFrame, groups: Groups, name: str, rules: PortraitRules
) -> pd.DataFrame | NotComputed:
    """Return the rows of one group of a comparison; NotComputed where it is too small, or not there."""
    group = groups.named(name)
    if isinstance(group, NotComputed):
        return group
    mine = compared[compared.group == name]
    if mine.empty:
        n = _people(groups, name)
        needed = _("a group of at least {n} people").format(n=i18n.count(rules.min_customers))
        return NotComputed(needed, _("{name} has {n}").format(name=title(group), n=i18n.count(n)))
    return mine.reset_index(drop=True)


@needs()
def most(compared: pd.DataFrame, top_n: int = 10) -> pd.DataFrame:
    """Return the differences that hold against chance, those of the most people for sure first."""
    found = compared[compared.state.isin(FOUND)]
    order = ["sure_customers", "group", "dimension", "place"]
    return found.sort_values(order, ascending=[False, True, True, True]).head(top_n).reset_index(drop=True)


@needs()
def known(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of a comparison with the figures of those alone of whom the dimension is known.

    They take the place of share, base_share, tgi, tgi_low and tgi_high; "unknown" is left out.
    """
    rows = rows[rows.level != "unknown"]
    shares = {"share": rows.known_share, "base_share": rows.known_base_share, "tgi": rows.known_tgi}
    return rows.assign(**shares, tgi_low=rows.known_low, tgi_high=rows.known_high)


@needs()
def about(mine: pd.DataFrame, *dimensions: str) -> pd.DataFrame | NotComputed:
    """Return the rows of some dimensions in this order, as ``known`` does; NotComputed without any.

    Left out are levels that nobody of the group has and so few of the base that it says nothing.
    """
    rows = known(mine[mine.dimension.isin(dimensions)])
    told = rows[(rows.customers > 0) | (rows.state != "few")]
    rows = told if len(told) else rows
    if rows.empty:
        inputs = catalogue.FEATURES[dimensions[0]].needs
        return NotComputed(inputs[-1].split("/")[0])
    order = rows.dimension.map({name: place for place, name in enumerate(dimensions)})
    rows = rows.assign(order=order).sort_values(["order", "place"])
    return rows.drop(columns="order").reset_index(drop=True)


@needs()
def judged(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that a chart has something to say on; all of them where it has on none.

    Left out are levels of too few people, and those that the group is made by.
    """
    found = rows[rows.state.isin(JUDGED)]
    return (found if len(found) else rows).reset_index(drop=True)


@needs()
def by_group(compared: pd.DataFrame, groups: Groups, top_n: int = NAMED) -> pd.DataFrame:
    """Return a row a group: who (its name), customers, found (levels that differ), telling (in words)."""
    rows = []
    for name, mine in compared.groupby("group", sort=False):
        best = most(mine, top_n)
        rows.append(
            {
                "who": title(groups.named(name)),
                "customers": int(mine.groupby("dimension").customers.sum().max()),
                "found": int(mine.state.isin(FOUND).sum()),
                "telling": _("; ").join(_trait(row) for row in best.itertuples()) or _("like all the others"),
            }
        )
    return pd.DataFrame(rows, columns=["who", "customers", "found", "telling"])


@needs()
def others(compared: pd.DataFrame, groups: Groups, asked: str) -> pd.DataFrame:
    """Return the rows of ``by_group`` on groups that differ, without the one that is portrayed anyway."""
    rows = by_group(compared[compared.group != asked], groups)
    return rows[rows.found > 0].reset_index(drop=True)


@needs()
def others_sentence(compared: pd.DataFrame, groups: Groups, asked: str, base: str = "") -> str:
    """Say how many groups and levels were compared, and which groups are like all the others."""
    n, found = compared.group.nunique(), compared[compared.state.isin(FOUND)]
    groups_said = ngettext(
        "{n} group of people was compared with {base}.",
        "{n} groups of people were compared with {base}.",
        n,
    ).format(n=i18n.count(n), base=base_title(groups, base))
    levels_said = _("Of {n} comparisons, {found} show a difference that is more than chance.").format(
        n=i18n.count(compared.p_value.notna().sum()), found=i18n.count(len(found))
    )
    rows = by_group(compared[compared.group != asked], groups)
    alike = rows.who[rows.found == 0]
    alike_said = _("Like all the others: {groups}.").format(groups=_("; ").join(alike)) if len(alike) else ""
    return i18n.sentences([groups_said, levels_said, alike_said])


def _trait(row: tuple) -> str:
    said = _("{trait} {share} instead of {base}")
    return said.format(
        trait=_named(row), share=i18n.percent(row.known_share), base=i18n.percent(row.known_base_share)
    )


def _named(row: tuple) -> str:
    said = _("{dimension}: {level}")
    words = portrait_words.dimensions()
    return said.format(dimension=words[row.dimension], level=level_of(row))


def level_of(row: tuple) -> str:
    """Return the level of a row as readers know it; a product by its title and its id."""
    if pd.isna(row.title):
        return portrait_words.level(row.dimension, row.level)
    title = row.title if len(row.title) <= TITLE_LENGTH else row.title[: TITLE_LENGTH - 1] + "…"
    return _("{title} ({code})").format(title=title, code=row.level)


@needs()
def sentence(mine: pd.DataFrame, groups: Groups, base: str = "") -> str:
    """Say in which level a group differs most from the base; where it does not, how sure that is."""
    who = title(groups.named(mine.group.iloc[0]))
    best = most(mine, 1)
    if best.empty:
        return i18n.sentences([_none(mine, who), _large(mine)])
    row = next(best.itertuples())
    said = _(
        "What sets {who} apart most is “{trait}”: {share} of them, against {base_share} of {base} "
        "(TGI {tgi})."
    )
    return said.format(
        who=_("“{trait}”").format(trait=who),
        trait=_named(row),
        share=i18n.percent(row.known_share),
        base_share=i18n.percent(row.known_base_share),
        base=base_title(groups, base),
        tgi=i18n.count(row.known_tgi),
    )


def _none(mine: pd.DataFrame, who: str) -> str:
    n = int(mine.p_value.notna().sum())
    said = ngettext(
        "{who}: {n} level was compared with the base, and it does not differ clearly.",
        "{who}: {n} levels were compared with the base, and none differs clearly.",
        n,
    )
    return said.format(who=who, n=i18n.count(n))


def _large(mine: pd.DataFrame) -> str:
    """Say that a group which is most of the base cannot differ from it by much."""
    whole = mine.groupby("dimension")[["customers", "base_customers"]].sum().max()
    if not whole.base_customers / 2 < whole.customers < whole.base_customers:
        return ""
    said = _(
        "The group is {share} of the base, so that its TGI cannot be above {most}; another group as the base "
        "(the parameter base) would tell more."
    )
    share = whole.customers / whole.base_customers
    return said.format(share=i18n.percent(share, 0), most=i18n.count(100 / share))


@needs()
def common(mine: pd.DataFrame, rules: PortraitRules) -> pd.DataFrame:
    """Return what a group shares with the base: levels of many people, the largest first.

    The rows judged whose known_share is at least COMMON_SHARE, and whose whole interval of the TGI lies
    within the limits.
    """
    within = (mine.known_low >= rules.low) & (mine.known_high <= rules.high) & mine.p_value.notna()
    alike = mine[within & (mine.known_share >= COMMON_SHARE) & (mine.known_base_share < 1)]
    return alike.sort_values(["known_share", "dimension"], ascending=[False, True]).reset_index(drop=True)


@needs()
def common_sentence(found: pd.DataFrame) -> str:
    """Say what a group has in common with the base."""
    if found.empty:
        return _("No level that holds a fifth of the group is certain to be as common elsewhere.")
    one = _("{trait} ({share}, in the base {base})")
    traits = [
        one.format(
            trait=_named(row), share=i18n.percent(row.known_share), base=i18n.percent(row.known_base_share)
        )
        for row in found.head(NAMED).itertuples()
    ]
    said = _("In this the group is like the base, and need not be addressed by it: {traits}.")
    return said.format(traits=_("; ").join(traits))


@needs()
def warnings(mine: pd.DataFrame, rules: PortraitRules) -> pd.DataFrame:
    """Return a warning for each high TGI that rests on few people or may be chance: severity, finding."""
    high = mine[(mine.known_tgi >= rules.high) & mine.state.isin(["few", "unclear"]) & (mine.customers > 0)]
    high = high[high.customers < rules.min_customers].sort_values("known_tgi", ascending=False)
    if high.empty:
        return pd.DataFrame(columns=["severity", "finding"])
    row = next(high.itertuples())
    said = ngettext(
        "{n} high TGI rests on fewer than {few} people and may be chance, such as {trait} (TGI {tgi}, "
        "{people}): do not act on it",
        "{n} high TGIs rest on fewer than {few} people and may be chance, such as {trait} (TGI {tgi}, "
        "{people}): do not act on them",
        len(high),
    ).format(
        n=i18n.count(len(high)),
        few=i18n.count(rules.min_customers),
        trait=_named(row),
        tgi=i18n.count(row.known_tgi),
        people=ngettext("{n} person", "{n} people", row.customers).format(n=i18n.count(row.customers)),
    )
    return pd.DataFrame({"severity": ["warning"], "finding": [said]})


@needs()
def answer(compared: pd.DataFrame, groups: Groups, picked: str, base: str = "", asked: str = "") -> str:
    """Say in what the group that is portrayed differs most, or why it is not, and for which it stands in."""
    mine = compared[compared.group == picked]
    if mine.empty:
        return _untold(compared, groups, picked)
    stands_in = _stands_in(groups, picked, asked) if asked and asked != picked else ""
    return i18n.sentences([stands_in, sentence(mine, groups, base)])


def _stands_in(groups: Groups, picked: str, asked: str) -> str:
    few, one = groups.named(asked), groups.named(picked)
    said = _("{few} are too few to be portrayed ({n}); {picked}, the best of the four clusters, stands in.")
    return said.format(few=title(few), n=i18n.count(_people(groups, asked)), picked=title(one))


def _untold(compared: pd.DataFrame, groups: Groups, asked: str) -> str:
    """Say why the group that was asked for is not drawn, and name the largest one that can be."""
    sizes = compared.groupby(["group", "dimension"]).customers.sum().groupby("group").max()
    said = _("The group {asked} cannot be portrayed ({why}); ask for another one, such as segment={other}.")
    found = groups.named(asked)
    why = found.sentence() if isinstance(found, NotComputed) else _("it has too few people")
    name = title(found) if isinstance(found, Group) else asked
    return said.format(asked=name, why=why, other=sizes.idxmax())


def base_title(groups: Groups, base: str = "") -> str:
    """Return the name of the base, a group's or that of all customers."""
    found = groups.named(base) if base else None
    return title(found) if isinstance(found, Group) else _("all customers with an order")


@needs()
def figures(compared: pd.DataFrame, sized: pd.DataFrame) -> dict[str, float]:
    """Return the key figures of the page by their stable names."""
    own = sized[(sized.kind == "own") & (sized.state == "")]
    return {
        "portrait.groups": int(compared.group.nunique()),
        "portrait.levels_judged": int(compared.p_value.notna().sum()),
        "portrait.levels_found": int(compared.state.isin(FOUND).sum()),
        **{f"portrait.customers_{row.group}": int(row.customers) for row in own.itertuples()},
    }
