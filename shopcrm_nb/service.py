"""Service: how the customers of a group are served, beside all customers (CU-11)."""

import datetime as dt
from collections.abc import Mapping
from functools import reduce

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import clustered, i18n, order_scene, placed, scene_words
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.evidence import holm
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.interval import wilson
from shopcrm_nb.model import Shop
from shopcrm_nb.portrait_rules import PortraitRules
from shopcrm_nb.scene import Scenes
from shopcrm_nb.shipping import hours

A_YEAR = 365
MEASURES = (
    *("refunded_customers", "refund_money", "unpaid_orders", "late_orders", "slow_orders"),
    *("near_upgrade", "gift_due"),
)
# These follow from how often one buys: they are told, not tested.
DUE = ("refunded_customers", "near_upgrade", "gift_due")
NAMED = 5  # that a sentence names
COLUMNS = [
    *("group", "service_measure", "customers", "n", "share", "ci_low", "ci_high", "base_share"),
    *("p_value", "p_adjusted", "beside_all", "state"),
]
EXACT, SQUARES = "decimal(19, 4)", "decimal(38, 8)"  # sums of floats depend on the order of the rows
ADDED = [key for key in clustered.SUMS if key != "n"]
Parts = dict[str, ir.Table | NotComputed]


def by_group(
    shop: Shop, groups: ir.Table | NotComputed, parcels: ir.Table | NotComputed, scenes: Scenes
) -> pd.DataFrame | NotComputed:
    """Return how each group is served, beside all customers: a row a group and measure, always all of them.

    ``groups`` has customer_id and group, a row for each group that a customer is in; ``parcels`` is the table
    of ``process.parcels``, ``scenes`` what ``scene.today`` returns. All customers are those with a valid
    order, in a group as in the base: most groups are of these alone, and would seem to pay more often beside
    people who never bought. The year is the 365 days up to as_of.

    - service_measure: refunded_customers (of the buyers of the year, those with a refund), refund_money (of
      what was paid in the year, what was refunded), unpaid_orders (of the orders placed in the year, those
      closed without payment or waiting), late_orders (of those paid in the year that can be judged, those
      sent late, see ``process.parcels``), slow_orders (of those paid in the year that left at least the
      shop's P80 ago, those that took or take longer), near_upgrade and gift_due (of all, those in these
      scenes).
    - customers: of the group, who count in the measure; n: of how many orders or customers it is a share (of
      money: customers); share, with ci_low to ci_high: Wilson's interval, for an n that is lowered where
      what one customer's orders have in common makes it less sure; base_share: of all customers, the group
      included.
    - p_value: that chance alone makes the group and all others differ so much (Fisher's exact test,
      two-sided, of shares with that n); null for DUE; p_adjusted: for all that are tested (Holm).
      beside_all: more or less (p_adjusted below 1 - ``portrait.confidence``), not_clear, few (under
      ``portrait.min_customers`` customers in the group or outside it; not tested), or untold: state says what
      is missing. NotComputed where nothing can be told.
    """
    rules, nobody = shop.settings.rules, shop.missing("orders.customer_id")
    if nobody or isinstance(groups, NotComputed):
        return nobody or groups
    parts = _parts(shop, parcels, scenes, order_scene.usual_hours(parcels, rules.process.min_orders))
    told = [name for name in MEASURES if not isinstance(parts[name], NotComputed)]
    if not told:
        return NotComputed(", ".join(dict.fromkeys(part.needs for part in parts.values())))
    each = _each(shop, {name: parts[name] for name in told})
    everybody = each.aggregate(**_sums(each, told)).to_pandas()
    members = groups.filter(groups.group.notnull()).select("customer_id", "group").distinct()
    mine = members.left_join(each, "customer_id", rname="{name}_right")
    found = mine.group_by("group").aggregate(**_sums(mine, told)).order_by("group").to_pandas()
    names = found.pop("group")
    base = pd.concat([everybody] * len(found)) if len(found) else everybody.head(0)
    here, whole = _long(found, names, told), _long(base, names, told)
    return _whole(_compared(here, whole, rules.portrait), list(names), parts)


def _parts(shop: Shop, parcels: ir.Table | NotComputed, scenes: Scenes, usual: float | NotComputed) -> Parts:
    """Return, for each measure, each customer's hits and of how many, or what is missing."""
    lacking = order_scene.untold(parcels, shop.settings.rules.service.longest_days)
    refunds = scenes.missing.get(("refunds", "many_refunds"))
    gifts = None if scenes.tells("gift") else next(iter(scenes.missing_of("gift").values()))
    return {
        "refunded_customers": refunds or _refunded(_paid(shop)),
        "refund_money": refunds or _money(_paid(shop)),
        "unpaid_orders": placed.untold(shop) or _unpaid(shop),
        "late_orders": lacking.get("shipped_at") or _late(parcels, shop),
        "slow_orders": lacking.get("signed_at") or _slow(parcels, shop, usual),
        "near_upgrade": scenes.missing.get(("upgrade", "near_amount")) or _in_scene(scenes, "upgrade", shop),
        "gift_due": gifts or _in_scene(scenes, "gift", shop),
    }


def _opens(shop: Shop) -> dt.date:
    return shop.as_of - dt.timedelta(days=A_YEAR - 1)


def _customers(shop: Shop) -> ir.Table:
    return shop.orders.filter(shop.orders.customer_id.notnull()).select("customer_id").distinct()


def _paid(shop: Shop) -> ir.Table:
    rows = shop.tables["orders"]
    return rows.filter(rows.customer_id.notnull() & rows.paid_at.date().between(_opens(shop), shop.as_of))


def _refunded(paid: ir.Table) -> ir.Table:
    return _counted(paid, paid.refund.max() > 0, ibis.literal(1))


def _money(paid: ir.Table) -> ir.Table:
    back = ibis.least(paid.refund, paid.paid).clip(lower=0)
    return _counted(paid, back.sum(), paid.paid.sum())


def _unpaid(shop: Shop) -> ir.Table:
    rows = placed.orders(shop)
    rows = rows.filter(rows.customer_id.notnull() & (rows.created_on >= _opens(shop)))
    return _counted(rows, (rows.closed | rows.waiting).fill_null(False).sum(), rows.count())


def _of_the_year(parcels: ir.Table, shop: Shop) -> ir.Table:
    return parcels.filter(parcels.customer_id.notnull() & (parcels.paid_on >= _opens(shop)))


def _late(parcels: ir.Table, shop: Shop) -> ir.Table:
    rows = _of_the_year(parcels, shop)
    return _counted(rows, rows.late.sum(), rows.late.count())


@needs()
def _slow(parcels: ir.Table, shop: Shop, usual: float) -> ir.Table:
    rows = _of_the_year(parcels, shop).filter(lambda t: t.shipped_at.notnull())
    took, since = (
        hours(rows.shipped_at, rows.signed_at),
        rows.age_hours - hours(rows.paid_at, rows.shipped_at),
    )
    # Of those sent a short while ago only the quick ones have arrived.
    judged = ((took >= 0) | (took.isnull() & rows.unsigned)) & (since >= usual)
    slow = judged & (took.isnull() | (took > usual))
    return _counted(rows, slow.sum(), judged.sum())


def _in_scene(scenes: Scenes, name: str, shop: Shop) -> ir.Table:
    rows = scenes.table.filter(scenes.table.scene == name).select("customer_id").distinct()
    people = _customers(shop)
    both = people.left_join(rows.mutate(there=True), "customer_id", rname="{name}_right")
    return both.select("customer_id", hits=both.there.notnull().cast("float64"), of=ibis.literal(1.0))


def _counted(rows: ir.Table, hits: ir.Scalar, of: ir.Value) -> ir.Table:
    each = rows.group_by("customer_id").aggregate(hits=hits.cast("float64"), of=of.cast("float64"))
    return each.filter(each.of > 0)


def _each(shop: Shop, parts: dict[str, ir.Table]) -> ir.Table:
    """Put the parts beside each other, a row a customer with a valid order: <measure>_hits, <measure>_of."""
    people = _customers(shop)

    def beside(left: ir.Table, name: str) -> ir.Table:
        named = parts[name].rename({f"{name}_hits": "hits", f"{name}_of": "of"})
        return left.left_join(named, "customer_id", rname="{name}_right").drop("customer_id_right")

    return reduce(beside, parts, people).cache()


def _sums(each: ir.Table, names: list[str]) -> dict[str, ir.Scalar]:
    """Sum what a ratio of sums and its variance between customers are made of."""
    sums = {}
    for name in names:
        y, x = (each[f"{name}_{part}"].fill_null(0).round(4).cast(EXACT) for part in ("hits", "of"))
        products = {"k": (x > 0).cast("int64"), "x": x, "y": y}
        products |= {pair: (a * b).cast(SQUARES) for pair, a, b in (("xx", x, x), ("xy", x, y), ("yy", y, y))}
        sums |= {f"{name}_{key}": value.sum().cast("float64").fill_null(0) for key, value in products.items()}
    return sums


def _long(sums: pd.DataFrame, names: pd.Series, told: list[str]) -> pd.DataFrame:
    """Return group, service_measure and the sums of ``clustered.SUMS``, a row for each."""
    parts = [
        pd.DataFrame({key: sums[f"{name}_{key}"].to_numpy(dtype="float64") for key in ADDED}).assign(
            group=names.to_numpy(), service_measure=name
        )
        for name in told
    ]
    long = pd.concat(parts, ignore_index=True)
    # Of money the customers are the cases.
    return long.assign(n=long.x.where(long.service_measure != "refund_money", long.k))


def _compared(here: pd.DataFrame, whole: pd.DataFrame, rules: PortraitRules) -> pd.DataFrame:
    rest = whole[clustered.SUMS] - here[clustered.SUMS]
    share, n = clustered.share(here), clustered.effective(here)
    ends = [wilson(*pair, rules.confidence) for pair in zip((share * n).fillna(0), n.fillna(0), strict=True)]
    enough = (here.k >= rules.min_customers) & (rest.k >= rules.min_customers)
    frame = here[COLUMNS[:2]].assign(
        customers=here.k.astype("int64"),
        n=here.n.round().astype("int64"),
        share=share,
        ci_low=[low for low, _high in ends],
        ci_high=[high for _low, high in ends],
        base_share=clustered.share(whole),
        p_value=np.where(enough & ~here.service_measure.isin(DUE), clustered.differ(here, rest), np.nan),
    )
    frame["p_adjusted"] = holm(frame.p_value)
    clear = frame.p_adjusted < 1 - rules.confidence
    conditions = [~enough, clear & (share > clustered.share(rest)), clear]
    return frame.assign(beside_all=np.select(conditions, ["few", "more", "less"], "not_clear"), state="")


def _whole(frame: pd.DataFrame, names: list[str], parts: Parts) -> pd.DataFrame:
    """Add the measures that cannot be told, and sort by group and measure."""
    missing = {name: part for name, part in parts.items() if isinstance(part, NotComputed)}
    blank = [
        {"group": group, "service_measure": name, "beside_all": "untold", "state": part.sentence()}
        for group in names
        for name, part in missing.items()
    ]
    whole = pd.concat([frame, pd.DataFrame(blank, columns=COLUMNS)], ignore_index=True) if blank else frame
    whole = whole.astype({"customers": "Int64", "n": "Int64"} | dict.fromkeys(COLUMNS[4:10], "float64"))
    place = whole.service_measure.map(MEASURES.index)
    return whole.assign(place=place).sort_values(["group", "place"])[COLUMNS].reset_index(drop=True)


@needs()
def sentence(served: pd.DataFrame, names: Mapping[str, str] | None = None) -> str:
    """Say which groups are served clearly otherwise than all customers, the clearest first.

    ``names`` has the words for groups that have any.
    """
    tested, clear = served[served.p_value.notna()], served[served.beside_all.isin(["more", "less"])]
    if tested.empty:
        return _("No group has enough customers to be compared with the others.")
    if clear.empty:
        said = ngettext(
            "{n} comparison was made, and it shows no clear difference.",
            "{n} comparisons were made, and none shows a clear difference.",
            len(tested),
        )
        return said.format(n=i18n.count(len(tested)))
    first = clear.sort_values(["p_adjusted", "group", "service_measure"], kind="stable").head(NAMED)
    one, words = _("{group} – {measure}: {share} (all: {base})"), scene_words.measures()
    texts = [
        one.format(
            group=(names or {}).get(row.group, row.group),
            measure=words[row.service_measure],
            share=i18n.percent(row.share),
            base=i18n.percent(row.base_share),
        )
        for row in first.itertuples()
    ]
    said = _("Clearly served otherwise than all customers: {differences}.")
    return said.format(differences=_("; ").join(texts))
