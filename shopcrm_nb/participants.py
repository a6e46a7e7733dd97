"""Participants: who bought in a campaign, beside everybody who had bought by its end (CP-06)."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import (
    attribution,
    earlier,
    features,
    filled,
    history,
    i18n,
    portrait,
    portrait_readable,
    telling,
)
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.group import Group, Groups
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.portrait_rules import PortraitRules

NAME = "participants"
STANDING = "standing"
TRAITS = ("region", "province", "city_tier", "gender", "age_band", "platform_level")
LEAST_SHARE = 0.001  # of the base, below which an empty level is no row to read
NAMED = 3  # differences that the sentence names
JUDGED = ("more", "less", "slight", "alike", "unclear")


@dataclass(frozen=True)
class Took:
    """Who took part in a campaign: the one group ``participants`` of ``groups``, of all who had bought.

    ``levels`` counts them and all others by ``portrait.levels``; ``kind`` is that of ``campaign.every``.
    """

    groups: Groups
    levels: pd.DataFrame
    kind: str

    def counts(self) -> dict[str, int]:
        """Return how many customers took part: all, new, unknown (whether new is not told), old; and base."""
        rows = self.levels[self.levels.dimension == STANDING]
        mine = rows[rows["mask"] > 0].groupby("level").customers.sum()
        found = {"all": int(mine.sum()), "new": int(mine.get(portrait.NEW, 0))}
        found |= {"unknown": int(mine.get("unknown", 0)), "base": int(rows.customers.sum())}
        return found | {"old": found["all"] - found["new"] - found["unknown"]}


@needs("orders.customer_id")
def took(shop: Shop, campaigns: pd.DataFrame, claimed: ir.Table, campaign_id: str) -> Took | NotComputed:
    """Tell who took part in a campaign: the customers with an order that counts to it.

    ``claimed`` is the table of ``attribution.orders``. They are put beside everybody with a valid order up to
    the earlier of the campaign's last day and as_of, themselves among them, in TRAITS and in

    - standing: P, G, S, B by the orders up to the day before the campaign, asleep (known by then without a
      grade), new (their first valid order is paid in its days, or counts to it), unknown (the same, but the
      data do not reach back far enough to call anybody new, as ``history.orders`` tells it).

    Of region and province the one that tells more stays: a shop outside China has no regions. What the
    customer file tells is that of today. Tiers are left out: whoever buys in a campaign may rise by it.
    NotComputed without customer ids, where the lines do not tell who bought what the campaign was about, and
    where nobody took part.
    """
    lacking = filled.lacks(shop, "orders", "customer_id")
    if lacking or campaign_id in attribution.untold(shop, campaigns):
        return lacking or NotComputed("order_items.product_id")
    row = campaigns[campaigns.campaign_id == campaign_id].iloc[0]
    people = _with_traits(shop, _standing(shop, _people(shop, claimed, row), row.start)).cache()
    cells = people.group_by("mask").aggregate(customers=people.count()).order_by("mask").to_pandas()
    if not (cells["mask"] > 0).any():
        return NotComputed(_("a named customer with an order that counts to the campaign"))
    groups = Groups((Group(NAME, "campaign", row["name"]),), people, cells)
    return Took(groups, _told(portrait.levels(shop, groups, (STANDING, *TRAITS))), row.kind)


def _people(shop: Shop, claimed: ir.Table, row: pd.Series) -> ir.Table:
    """Return whom to compare: customer_id, first_on, claimed_on and net_sales (in the campaign), mask."""
    named = shop.orders.filter(shop.orders.customer_id.notnull())
    first = named.group_by("customer_id").aggregate(first_on=named.paid_on.min())
    mine = claimed.filter(claimed.campaign_id == row.campaign_id)
    mine = mine.group_by("customer_id").aggregate(
        claimed_on=mine.paid_on.min(), net_sales=mine.net.sum().round(4)
    )
    both = first.left_join(mine, "customer_id", rname="{name}_right").drop("customer_id_right")
    inside = both.claimed_on.notnull()
    # An order may count to a campaign after its last day; who took part is of the base in any case.
    both = both.filter((both.first_on <= min(row.end, shop.as_of)) | inside)
    return both.mutate(mask=inside.cast("int64"), net_sales=both.net_sales.fill_null(0.0))


def _standing(shop: Shop, people: ir.Table, start: dt.date) -> ir.Table:
    graded = earlier.standing(shop, start - dt.timedelta(days=1))
    both = people.left_join(graded, "customer_id", rname="{name}_graded").drop("customer_id_graded")
    new = (both.first_on >= start) | (both.first_on == both.claimed_on).fill_null(False)
    untold = new & (both.first_on < history.told_from(shop))
    standing = ibis.cases((untold, ibis.null("string")), (new, portrait.NEW), else_=both.grade)
    return both.mutate(standing=standing)


def _with_traits(shop: Shop, people: ir.Table) -> ir.Table:
    """Add TRAITS, and what ``portrait.levels`` counts: all have bought, and second orders are left aside."""
    traits = features.described(shop).select("customer_id", *TRAITS)
    both = people.left_join(traits, "customer_id", rname="{name}_described")
    none = ibis.literal(0, "int64")
    return both.select(
        *("customer_id", "mask", STANDING, "net_sales", *TRAITS),
        orders=ibis.literal(1, "int64"),
        followed=none,
        second_orders=none,
    )


def _told(levels: pd.DataFrame) -> pd.DataFrame:
    """Leave out what is known of nobody, and of region and province the one that tells less."""
    known = levels[levels.level != "unknown"].groupby("dimension").customers.sum()
    if "region" in known and "province" in known:
        known = known.drop("province" if 2 * known["region"] >= known["province"] else "region")
    return levels[levels.dimension.isin([STANDING, *known.index])].reset_index(drop=True)


@needs()
def beside(took: Took, rules: PortraitRules) -> pd.DataFrame | NotComputed:
    """Return who took part beside everybody who had bought, level by level: rows of ``portrait.compare``.

    Standing first, then TRAITS. share and base_share sum to 1 in each dimension, "unknown" among them.
    net_sales are those of the campaign; second orders are not looked at. Where everybody new takes part by
    buying, "new" is no finding (state defined), and the grades are compared without those who are new or
    unknown: known_tgi is how often customers of a grade took part, by how often all did who had bought before
    (100: as often). That customers of good grade buy more often is so at any time.

    NotComputed for fewer than ``portrait.min_customers``, and where nobody else had bought.
    """
    found = took.counts()
    if found["all"] < rules.min_customers:
        needed = _("a group of at least {n} people").format(n=i18n.count(rules.min_customers))
        return NotComputed(needed, _("{n} took part").format(n=i18n.count(found["all"])))
    if found["all"] == found["base"]:
        return NotComputed(_("customers who bought without the campaign"))
    frame = portrait.compare(took.levels, took.groups, rules, asked=NAME)
    order = {name: place for place, name in enumerate((STANDING, *TRAITS))}
    frame = frame.assign(_place=frame.dimension.map(order)).sort_values(["_place", "place"])
    return frame.drop(columns="_place").reset_index(drop=True)


@needs()
def shown(found: pd.DataFrame) -> pd.DataFrame:
    """Return ``beside`` to read, with words for codes.

    Columns described_by, trait, customers, share and base_share (of all, "unknown" among them), known_tgi,
    known_low, known_high (among those of whom the dimension is known; blank where they are too few), and
    beside_base. Levels of which nobody took part and hardly anybody is are left out.
    """
    found = found[(found.customers > 0) | (found.base_share >= LEAST_SHARE)].reset_index(drop=True)
    tgi = ["known_tgi", "known_low", "known_high"]
    found = found.assign(**found[tgi].astype("float64").mask(found.state == "few"))
    words = portrait_readable.shown(found)
    columns = ["customers", "share", "base_share", "known_tgi", "known_low", "known_high"]
    return words[["described_by", "trait"]].join(found[columns]).join(words[["beside_base"]])


@needs()
def of_traits(found: pd.DataFrame) -> pd.DataFrame | NotComputed:
    """Return the rows of TRAITS that are judged, for ``chart_portrait.tgi``; NotComputed without any."""
    rows = found[found.dimension.isin(TRAITS) & found.state.isin(JUDGED)]
    if rows.empty:
        return NotComputed("customers.province")
    return telling.known(rows).reset_index(drop=True)


@needs()
def of_standing(found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of standing, "new" and "unknown" among them, for ``chart_portrait.shares``."""
    return found[found.dimension == STANDING].reset_index(drop=True)


def sentence(took: Took | NotComputed, found: pd.DataFrame | NotComputed) -> str | NotComputed:
    """Say how many took part, how many of them are new, and in what they differ most clearly.

    ``found`` is the frame of ``beside``; where it is not computed, why takes the place of the differences.
    """
    if isinstance(took, NotComputed):
        return took
    if isinstance(found, NotComputed):
        last = _("They are not put beside all who had bought ({why}).").format(why=found.sentence())
    else:
        last = _differences(took, found)
    return i18n.sentences([_took_part(took), last])


def _took_part(took: Took) -> str:
    found = took.counts()
    said = ngettext(
        "{n} customer bought in {campaign}.", "{n} customers bought in {campaign}.", found["all"]
    ).format(n=i18n.count(found["all"]), campaign=_("“{name}”").format(name=took.groups.each[0].rule))
    share = {name: i18n.percent(found[name] / found["all"]) for name in ("new", "unknown")}
    counts = {name: i18n.count(n) for name, n in found.items()}
    if found["unknown"]:
        told = _(
            "{old} of them had bought before; of {unknown} ({share}) the data do not reach back far enough "
            "to say whether they are new."
        ).format(**counts, share=share["unknown"])
        return i18n.sentences([said, told, _surely_new(found["new"])])
    told = _("{new} of them ({share}) bought for the first time, {old} had bought before.")
    told = told if found["new"] else _("All of them had bought before.")
    return i18n.sentences([said, told.format(**counts, share=share["new"])])


def _surely_new(n: int) -> str:
    said = ngettext("{n} is certainly new.", "{n} are certainly new.", n)
    return said.format(n=i18n.count(n)) if n else ""


def _differences(took: Took, found: pd.DataFrame) -> str:
    traits = found[found.dimension != STANDING]
    if traits.p_value.notna().sum() == 0:
        return i18n.sentences([_("Nothing else of them can be compared."), _grades(found)])
    told = telling.by_group(traits, took.groups, NAMED).iloc[0]
    said = _(
        "As far as it is known of them, they differ most clearly from all who had bought by its end in this: "
        "{telling}."
    )
    none = _("In nothing that tells who they are do they differ clearly from all who had bought by its end.")
    differ = said.format(telling=told.telling) if told.found else none
    return i18n.sentences([differ, _listed(took) if told.found else "", _grades(found)])


def _listed(took: Took) -> str:
    if took.kind not in ("holdout", "messages"):
        return ""
    return _("Whom the campaign was written to shows in that as well.")


def _grades(found: pd.DataFrame) -> str:
    if not ((found.dimension == STANDING) & (found.state == "more")).any():
        return ""
    return _(
        "That some grades are frequent among them is no effect of the campaign: who bought often and lately "
        "buys more at any time."
    )


@needs()
def figures(took: Took) -> dict[str, float]:
    """Return how many took part and the share of new ones, by stable names; the share where it is told."""
    found = took.counts()
    told = {} if found["unknown"] else {"campaign.participants_new_share": found["new"] / found["all"]}
    return {"campaign.participants": found["all"], **{name: round(share, 4) for name, share in told.items()}}
