"""Portrait: how a group's people differ from all customers, level by level, and what chance does (CU-10)."""

import re
from dataclasses import replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import bands, earlier, features, profile
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.catalogue import FEATURES
from shopcrm_nb.evidence import holm, two_sided
from shopcrm_nb.group import Groups
from shopcrm_nb.i18n import _
from shopcrm_nb.interval import tgi_interval
from shopcrm_nb.model import Shop
from shopcrm_nb.portrait_rules import PortraitRules

# The four variables of S3 (CU-05): 「地理變量」「口統計變量」「消費行為屬」「電商臺屬」.
DIMENSIONS = {
    "geography": ("region", "province", "city_tier"),
    "demography": (
        *("gender", "age_band", "occupation", "income", "education", "marital_status"),
        "household_size",
    ),
    "behaviour": (
        *("first_category", "last_category", "price_band", "discount_band", "frequency_band"),
        *("first_product", "hour_band", "weekday", "channel", "shop"),
    ),
    "platform": ("platform_level", "tier"),
}
EVERY = tuple(name for names in DIMENSIONS.values() for name in names)
NUMBERED = ("age_band", "price_band", "income", "household_size")  # bands whose names begin with a number
# A group made by one of these features differs in the dimension by its very definition.
MADE_BY = {
    "region": {"region", "province", "city", "city_tier"},
    "province": {"region", "province", "city", "city_tier"},
    "city_tier": {"region", "province", "city", "city_tier"},
    "age_band": {"age", "age_band"},
    "first_category": {"first_product", "first_category"},
    "last_category": {"category", "first_category", "last_category", "first_product", "last_product"},
    "price_band": {"price_band", "price_per_item", "net_sales_per_order", "grade", "cluster"},
    "discount_band": {"discount_band", "discount_share"},
    "frequency_band": {
        *("frequency_band", "orders", "orders_30d", "orders_90d", "orders_365d", "second_order_days"),
        *("grade", "cluster", "refunded_orders"),
    },
    "first_product": {"first_product", "first_category"},
    # Who buys every few days has bought in the last ones, whatever weekdays these are.
    "weekday": {"weekday", "grade", "cluster", "recency_days", "last_order_on", "orders_30d"},
    "tier": {"tier", "member", "points", "grade", "cluster", "orders", "net_sales", "net_sales_365d"},
}
NEW = "new"  # a standing that all have who first bought in a campaign: with it nobody is compared
BASE = "buyers"  # the base that is taken unless another group is named: everybody with a valid order
SUMS = ("customers", "net_sales", "followed", "second_orders")
COLUMNS = [
    *("group", "dimension", "level", "title", "place", "customers", "share", "base_customers", "base_share"),
    *("tgi", "tgi_low", "tgi_high"),
    *("known_share", "known_base_share", "known_tgi", "known_low", "known_high"),
    *("net_sales", "net_sales_per_customer"),
    *(
        "followed",
        "second_order_share",
        "p_value",
        "p_adjusted",
        "state",
        "excess_customers",
        "sure_customers",
    ),
]


@needs()
def levels(shop: Shop, groups: Groups, dimensions: tuple[str, ...] = EVERY) -> pd.DataFrame:
    """Count people by dimension, level and mask of their groups: the frame that portraits are summed from.

    Columns dimension, level ("unknown" where it is not known), title (of a product, null elsewhere), place
    (of the level within its dimension), mask, buyer (whether they have a valid order), customers, net_sales,
    followed, second_orders. Of a dimension without an order of its own the ``portrait.levels`` with most
    people stay, the others are "other". ``dimensions`` are features, of which those are left out that the
    shop lacks, or other columns of the people.
    """
    known = [name for name in dimensions if name not in FEATURES or not features.missing(shop, name)]
    people = groups.people.mutate(buyer=groups.people.orders > 0)
    people = people.mutate(tier=_tier(people)) if "tier" in known else people
    kept = people.select("mask", "buyer", "net_sales", "followed", "second_orders", *known)
    each = kept.pivot_longer(ibis.selectors.cols(*known), names_to="dimension", values_to="level")
    sums = each.group_by("dimension", "mask", "buyer", level=each.level.fill_null("unknown")).aggregate(
        customers=each.count(),
        **{name: each[name].sum() for name in SUMS[1:]},
    )
    frame = _with_places(_with_other(sums.cache(), shop).to_pandas(), shop).round({"net_sales": 4})
    products = frame.level[frame.dimension == "first_product"].unique().tolist()
    return frame.assign(
        title=frame.level.map(_titles(shop, products)).where(frame.dimension == "first_product")
    )


def _tier(people: ir.Table) -> ir.StringValue:
    """Return the tier; of somebody who is no member that is known: none."""
    return ibis.ifelse((~people.member).fill_null(False), "none", people.tier)


def _titles(shop: Shop, products: list[str]) -> dict[str, str]:
    """Return the title of each product, the longest where it has several."""
    if shop.missing("order_items.title") or not products:
        return {}
    lines = shop.tables["order_items"].filter(
        lambda rows: rows.product_id.isin(products) & rows.title.notnull()
    )
    order = ibis.struct({"long": lines.title.length(), "name": lines.title})
    each = lines.group_by("product_id").aggregate(title=lines.title.argmax(order))
    return {row["product_id"]: row["title"] for row in each.to_pyarrow().to_pylist()}


def _with_other(sums: ir.Table, shop: Shop) -> ir.Table:
    """Gather the levels beyond the largest of each dimension under "other"."""
    total = sums.group_by("dimension", "level").aggregate(n=sums.customers.sum())
    named = total.filter(total.level != "unknown")
    rank = ibis.row_number().over(ibis.window(group_by="dimension", order_by=[named.n.desc(), named.level]))
    most = ibis.ifelse(named.dimension.isin(_ordered(shop)), 1_000, shop.settings.rules.portrait.levels)
    most = ibis.ifelse(named.dimension == "province", len(profile.PROVINCES), most)
    few = named.mutate(rank=rank, most=most)
    few = few.filter(few["rank"] >= few.most).select("dimension", "level", gathered=True)
    both = sums.left_join(few, ["dimension", "level"], rname="{name}_right")
    both = both.mutate(level=ibis.ifelse(both.gathered.fill_null(False), "other", both.level))
    return both.group_by("dimension", "level", "mask", "buyer").aggregate(
        **{name: both[name].sum() for name in SUMS}
    )


def _ordered(shop: Shop) -> dict[str, list[str]]:
    """Return the levels of the dimensions that have an order of their own."""
    rules = shop.settings.rules
    return {
        "discount_band": bands.discounts(rules.portrait.discounts),
        "frequency_band": list(bands.FREQUENCIES.values()),
        "hour_band": bands.hours(),
        "weekday": [str(day) for day in range(1, 8)],
        "city_tier": ["tier_1", "new_tier_1", "tier_2", "other_city"],
        "tier": ["none", *(tier.name for tier in rules.tiers.each)],
        "standing": [*earlier.GRADES, earlier.ASLEEP, NEW],
    }


def _with_places(frame: pd.DataFrame, shop: Shop) -> pd.DataFrame:
    """Add the place of each level in its dimension: its own order, else the largest first; unknown last."""
    n = frame.groupby(["dimension", "level"], as_index=False).customers.sum()
    own = {(name, level): i for name, listed in _ordered(shop).items() for i, level in enumerate(listed)}
    n["own"] = [own.get((row.dimension, row.level), _low(row)) for row in n.itertuples()]
    n["last"] = n.level.map({"other": 1, "unknown": 2}).fillna(0)
    n = n.sort_values(
        ["dimension", "last", "own", "customers", "level"], ascending=[True, True, True, False, True]
    )
    n["place"] = n.groupby("dimension").cumcount()
    keys = ["dimension", "level"]
    return frame.merge(n[[*keys, "place"]], on=keys).sort_values(["dimension", "place", "mask", "buyer"])


def _low(row: tuple) -> float:
    """Return where a band of numbers begins; all levels without an order stand equal."""
    number = re.search(r"\d+(\.\d+)?", row.level)
    if row.dimension not in NUMBERED or not number:
        return 0.0
    below = row.level.startswith("<") or row.level.lower().startswith("under")
    return float(number.group()) - (0.5 if below else 0.0)


@needs()
def compare(
    levels: pd.DataFrame, groups: Groups, rules: PortraitRules, base: str = "", asked: str = ""
) -> pd.DataFrame | NotComputed:
    """Compare every group that has ``portrait.min_customers`` people with the base, level by level.

    ``base`` is a group, or "": everybody with a valid order; ``asked`` is the group the reader asked for.
    COLUMNS, one row a group, dimension and level:

    - share, base_share: of the people of the group, of the base; with "unknown" and "other" they sum to 1 in
      each dimension. tgi = share / base_share x 100 (domain §2): 8.9 % of the group and 6.6 % of the base are
      134.8. tgi_low, tgi_high: its interval, see ``interval.tgi_interval``. known_share, known_base_share,
      known_tgi, known_low, known_high: the same of those alone of whom the dimension is known, so that a
      group of which more is known does not look different in all; null for "unknown",
      and for the standing "new", without which the other standings are compared.
    - net_sales, net_sales_per_customer: of the group's people at the level, ever; second_order_share: of the
      ``followed`` ones, with a second order within 90 days of the first.
    - p_value: that a group drawn by chance from base and group together had so few or so many people at the
      level, among those of whom the dimension is known (hypergeometric, twice the smaller tail); p_adjusted:
      for the number of levels judged together (Holm 1979; with them count those that are few, but need not
      have been): those of the group asked for, and those of all other groups. Where groups are drawn by
      chance, anything at all is found in at most 1 of 20 reports of the former, and in as many of the latter.
    - state: more (known_tgi at least ``high``, and p_adjusted small), less (at most ``low``), slight
      (p_adjusted is small, the TGI within the limits), alike (the whole interval is), unclear; few (fewer
      than ``min_level`` people in the group and fewer expected), defined (the group is made by this
      dimension, or this level by the group), unknown, other: these four are not judged.
    - excess_customers: people more (or fewer) than if the group were like the base; sure_customers: at least
      so many, by the end of the interval nearer to 100. Findings are ranked by it: evidence and size in one.

    NotComputed where no group is large enough, or the base is not there.
    """
    found = groups.named(base) if base else None
    if isinstance(found, NotComputed):
        return found
    in_base = (levels["mask"] & groups.bit(base)) != 0 if base else levels.buyer
    large = [each for each in groups.present() if each.name != base]
    made = found.reads if found else frozenset()
    large = [replace(each, reads=each.reads | made) for each in large]  # what makes the base tells as little
    parts = [_beside(levels, each, groups.bit(each.name), in_base, rules) for each in large]
    parts = [part for part in parts if part is not None]
    if not parts:
        return NotComputed(_("a group of at least {n} people").format(n=rules.min_customers))
    frame = pd.concat(parts, ignore_index=True)
    return _judged(frame, rules, asked)[COLUMNS]


def _beside(
    levels: pd.DataFrame, group, bit: int, in_base: pd.Series, rules: PortraitRules
) -> pd.DataFrame | None:
    inside = (levels["mask"] & bit) != 0
    keys = ["dimension", "level", "place"]
    every = levels[keys].drop_duplicates().set_index(keys)
    titles = levels.drop_duplicates(["dimension", "level"])[["dimension", "level", "title"]]
    mine = levels[inside].groupby(keys)[list(SUMS)].sum().reindex(every.index, fill_value=0)
    both = levels[inside & in_base].groupby(keys).customers.sum().reindex(every.index, fill_value=0)
    base = levels[in_base].groupby(keys).customers.sum().reindex(every.index, fill_value=0)
    frame = mine.assign(base_customers=base, both=both).reset_index().merge(titles, on=keys[:2])
    whole = frame.groupby("dimension")[["customers", "base_customers", "both"]].transform("sum")
    if whole.customers.max() < rules.min_customers or not (base - both).sum():
        return None
    defined = [bool(MADE_BY.get(name, {name}) & group.reads) for name in frame.dimension]
    return frame.assign(
        group=group.name, n=whole.customers, base_n=whole.base_customers, both_n=whole.both, defined=defined
    )


def _judged(frame: pd.DataFrame, rules: PortraitRules, asked: str) -> pd.DataFrame:
    frame = frame.assign(share=frame.customers / frame.n, base_share=frame.base_customers / frame.base_n)
    # Counts first: by the shares, a TGI of 120 exactly may come out as 119.99999999999999, and be no "more".
    like = frame.n * frame.base_customers
    frame["tgi"] = 100 * frame.customers * frame.base_n / like.where(like > 0)
    made = (frame.dimension == "standing") & (frame.level == NEW)
    known = (frame.level != "unknown") & ~made
    frame["defined"] |= made
    by = [frame.group, frame.dimension]
    sums = {
        name: frame[name].where(known, 0).groupby(by).transform("sum")
        for name in ("customers", "base_customers", "both")
    }
    n, base_n, both_n = sums["customers"], sums["base_customers"], sums["both"]
    at, base_at, rest = frame.customers, frame.base_customers, frame.base_customers - frame.both
    frame["tgi_low"], frame["tgi_high"] = _interval(frame, frame.n, frame.base_n, frame.both_n, rules)
    low, high = (end.where(known) for end in _interval(frame, n, base_n, both_n, rules))
    frame["known_low"], frame["known_high"] = low, high
    frame["known_share"] = (at / n.where(n > 0)).where(known)
    frame["known_base_share"] = (base_at / base_n.where(base_n > 0)).where(known)
    frame["known_tgi"] = (100 * at * base_n / (n * base_at).where(n * base_at > 0)).where(known)
    expected = n * base_at / base_n.where(base_n > 0)
    skipped = _skipped(frame, expected, rules)
    p_value = two_sided(at, n, rest, base_n - both_n)
    frame["p_value"] = np.where(skipped == "", p_value, np.nan)
    # Which levels have few people is chance too: one that could have had enough is one of those judged.
    could = (skipped == "few") & (np.minimum(n, at + rest) >= rules.min_level)
    family = frame.p_value.mask(could, 1.0).groupby(frame.group == asked)
    frame["p_adjusted"] = family.transform(lambda p: holm(p.to_numpy())).where(skipped == "")
    frame["state"] = _states(frame, skipped, low, high, rules)
    frame["excess_customers"] = (at - expected).where(known)
    surely = np.where(low > 100, low - 100, np.where(high < 100, 100 - high, 0.0))
    frame["sure_customers"] = (pd.Series(surely, index=frame.index) / 100 * expected).where(known)
    frame["net_sales_per_customer"] = frame.net_sales / at.where(at > 0)
    frame["second_order_share"] = frame.second_orders / frame.followed.where(frame.followed > 0)
    return frame


def _interval(
    frame: pd.DataFrame, n: pd.Series, base_n: pd.Series, both_n: pd.Series, rules: PortraitRules
) -> tuple[pd.Series, pd.Series]:
    """Return the interval of the TGI, also of a group that is partly outside the base.

    ``tgi_interval`` takes the group's people in the base to be like all of its people; by how much they are
    not is taken as counted.
    """
    at, rest = frame.customers, frame.base_customers - frame.both
    low, high = tgi_interval(at, n, rest, base_n - both_n, base_n, rules.confidence)
    moved = ((frame.both * n / at.where(at > 0) - both_n) / base_n).fillna(0)
    return 100 / (100 / low + moved), 100 / (100 / high + moved)


def _skipped(frame: pd.DataFrame, expected: pd.Series, rules: PortraitRules) -> np.ndarray:
    few = (frame.customers < rules.min_level) & ~(expected >= rules.min_level)
    special = [frame.level == "unknown", frame.level == "other", frame.defined, few]
    return np.select(special, ["unknown", "other", "defined", "few"], "")


def _states(
    frame: pd.DataFrame, skipped: np.ndarray, low: pd.Series, high: pd.Series, rules: PortraitRules
) -> np.ndarray:
    clear = frame.p_adjusted < 1 - rules.confidence
    tgi = frame.known_tgi.fillna(np.inf)  # where nobody of the base is at the level
    more, less = clear & (tgi >= rules.high), clear & (tgi <= rules.low)
    alike = (low >= rules.low) & (high <= rules.high)
    judged = np.select([more, less, clear, alike], ["more", "less", "slight", "alike"], "unclear")
    return np.where(skipped == "", judged, skipped)
