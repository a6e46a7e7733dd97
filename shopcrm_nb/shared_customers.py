"""Shared customers: whom several channels or shops have in common, by key or by hashed contact (CU-17)."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import fusion, i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.filled import columns, lacks
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

MOST = 20  # levels that are paired with each other, those with the most customers
CROWD = 5  # customers with one number or address: more of them share a stand-in, not a person
CONTACTS = ["mobile_hash", "email_hash"]
COLUMNS = [
    *("level", "other_level", "customers", "by_id", "by_contact", "shared", "shared_share"),
    "unmatched",
]


@needs("orders.customer_id")
def pairs(shop: Shop, dimension: str) -> pd.DataFrame | NotComputed:
    """Return for each channel or shop (``dimension``) and each other one how many customers they share.

    - level, other_level; customers: with a valid order at the level, ever.
    - by_id: of these, who bought at the other level under the same key; by_contact: further ones whose hashed
      mobile number or e-mail a customer of the other level has under another key (null where the two levels
      do not both have hashes of one kind); shared: both together; shared_share: of customers.
    - unmatched: customers who are not shared by key, and have no hash of a kind that the other level has:
      they may be shared, and cannot be found.

    A hash that more than CROWD customers have tells nothing of who they are, and is left out. Orders without
    a level or a key are left out; of more than MOST levels those with the most customers are taken.
    NotComputed where the shop's orders do not have the column, or hold one level only.
    """
    if absent := lacks(shop, "orders", dimension):
        return absent
    contacts = _contacts(shop)
    people = _people(shop, dimension, contacts)
    counts = people.group_by("level", *CONTACTS).aggregate(n=people.count()).to_pandas()
    sizes = counts.groupby("level").n.sum().rename("customers").reset_index()
    levels = sizes.sort_values(["customers", "level"], ascending=[False, True]).level.head(MOST).tolist()
    if len(levels) < 2:
        return fusion.one_level(dimension, levels)
    links = _links(people.filter(people.level.isin(levels)), contacts)
    rows = [_pair(one, other, counts, links) for one in levels for other in levels if one != other]
    kinds = dict.fromkeys(["customers", "by_id", "by_contact", "shared", "unmatched"], "Int64")
    return pd.DataFrame(rows)[COLUMNS].astype(kinds)


def _contacts(shop: Shop) -> ir.Table | None:
    """Return customer_id, kind, hash: what each customer can be found by under another key."""
    kinds = [] if shop.missing("customers.customer_id") else columns(shop, "customers", *CONTACTS)
    if not kinds:
        return None
    rows = shop.tables["customers"]
    rows = rows.filter(rows.customer_id.notnull())
    every = ibis.union(
        *(rows.select("customer_id", kind=ibis.literal(kind), hash=rows[kind]) for kind in kinds)
    )
    every = every.filter(every.hash.notnull()).distinct()
    crowd = every.customer_id.count().over(group_by=["kind", "hash"])
    return every.filter(crowd <= CROWD).cache()


def _people(shop: Shop, dimension: str, contacts: ir.Table | None) -> ir.Table:
    """Return customer_id and level, once each, and which kinds of hashes the customer has."""
    rows = shop.orders.filter(shop.orders.customer_id.notnull() & shop.orders[dimension].notnull())
    people = rows.select("customer_id", level=rows[dimension]).distinct()
    if contacts is None:
        return people.mutate(**dict.fromkeys(CONTACTS, ibis.literal(False))).cache()
    has = contacts.group_by("customer_id").aggregate(
        **{kind: (contacts.kind == kind).any() for kind in CONTACTS}
    )
    both = people.left_join(has, "customer_id").drop("customer_id_right")
    return both.mutate(**{kind: both[kind].fill_null(False) for kind in CONTACTS}).cache()


def _links(people: ir.Table, contacts: ir.Table | None) -> pd.DataFrame:
    """Count whom two levels share: level, other_level, the kinds of hashes, by_id, by_contact."""
    other = people.view()
    apart = people.level != other.level
    links = _link(people.join(other, [people.customer_id == other.customer_id, apart]), 1)
    if contacts is not None:
        mine = people.join(contacts, "customer_id")
        other = mine.view()
        same = [mine[name] == other[name] for name in ("kind", "hash")]
        links = links.union(_link(mine.join(other, [*same, mine.level != other.level]), 0))
    each = links.group_by("customer_id", "level", "other_level", *CONTACTS).aggregate(by_id=links.by_id.max())
    sums = each.group_by("level", "other_level", *CONTACTS).aggregate(
        by_id=each.by_id.sum(), by_contact=(1 - each.by_id).sum()
    )
    return sums.to_pandas()


def _link(both: ir.Table, by_id: int) -> ir.Table:
    return both.select("customer_id", "level", *CONTACTS, other_level=both.level_right, by_id=by_id)


def _pair(one: str, other: str, counts: pd.DataFrame, links: pd.DataFrame) -> dict:
    mine, theirs = counts[counts.level == one], counts[counts.level == other]
    both = links[(links.level == one) & (links.other_level == other)]
    customers, by_id = int(mine.n.sum()), int(both.by_id.sum())
    known = [kind for kind in CONTACTS if theirs[kind].any()]
    by_contact = int(both.by_contact.sum()) if mine[known].any(axis=None) else None
    found = by_id + (by_contact or 0)
    without = int(mine.n[~mine[known].any(axis=1)].sum() - both.by_id[~both[known].any(axis=1)].sum())
    return {
        **{"level": one, "other_level": other, "customers": customers, "by_id": by_id},
        **{"by_contact": by_contact, "shared": found, "shared_share": found / customers},
        "unmatched": without,
    }


@needs()
def sentence(pairs: pd.DataFrame) -> str:
    """Say which two channels or shops share the most customers, and how many cannot be matched.

    Where no number or address is known of anybody, and the key finds customers, it is the one that both have.
    """
    said = _largest(pairs.loc[pairs.shared_share.idxmax()])
    most = pairs.loc[pairs.unmatched.idxmax()]
    by_key_alone = pairs.by_contact.isna().all() and pairs.shared.max() > 0
    if not most.unmatched or by_key_alone:
        return said
    untold = ngettext(
        "{n} customer of “{level}” has neither number nor address to be found by at “{other}”.",
        "{n} customers of “{level}” have neither number nor address to be found by at “{other}”.",
        int(most.unmatched),
    )
    names = {"level": most.level, "other": most.other_level}
    return i18n.sentences([said, untold.format(n=i18n.count(most.unmatched), **names)])


def _largest(best: pd.Series) -> str:
    if not best.shared:
        return _("No customer is found at two of them.")
    told = {
        "n": i18n.count(best.shared),
        "level": best.level,
        "share": i18n.percent(best.shared_share),
        "other": best.other_level,
    }
    if pd.isna(best.by_contact):
        return ngettext(
            "{n} customer of “{level}” ({share}) also bought at “{other}” under the same key, the largest "
            "share of all.",
            "{n} customers of “{level}” ({share}) also bought at “{other}” under the same key, the largest "
            "share of all.",
            int(best.shared),
        ).format(**told)
    said = ngettext(
        "{n} customer of “{level}” ({share}) also bought at “{other}”, the largest share of all: {by_id} by "
        "the same key, {by_contact} by mobile number or e-mail.",
        "{n} customers of “{level}” ({share}) also bought at “{other}”, the largest share of all: {by_id} by "
        "the same key, {by_contact} by mobile number or e-mail.",
        int(best.shared),
    )
    return said.format(by_id=i18n.count(best.by_id), by_contact=i18n.count(best.by_contact), **told)
