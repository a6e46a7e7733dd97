"""Tags: what a person is marked with by rules, such as a product left in the cart (CU-06 to CU-08)."""

from itertools import combinations

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import condition, features
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.catalogue import FEATURES
from shopcrm_nb.model import Shop

OVERLAPS = 15  # pairs of tags that are shown
COLUMNS = [
    *("kind", "tag", "rule", "customers", "customer_share", "levels", "top_level"),
    *("net_sales", "sales_share", "age_days", "state"),
]


@needs()
def tagged(shop: Shop, people: ir.Table) -> ir.Table:
    """Return ``people`` with a column a tag beside the features, kept in the engine while in use.

    A tag by a condition is true, false, or null where the condition is neither, as for somebody of whom
    nothing is known: such a person has not the tag, and is not one without it either. Any other tag has its
    value as text, null where there is none.
    """
    tags, known = shop.settings.rules.tags.each(), _kinds()
    added = {}
    for name, sql in tags.items():
        flag = condition.kind_of(sql, name) == "flag"
        added[name] = (sql, known, "boolean" if flag else "string")
    return condition_columns(people, added).cache()


def condition_columns(table: ir.Table, added: dict[str, tuple[str, dict[str, str], str]]) -> ir.Table:
    """Add columns that are expressions as a shop writes them: name → (SQL, known names → kinds, type)."""
    if not added:
        return table
    dialect = table.get_backend().dialect if table.get_backend() else "duckdb"
    parts = [
        f'{condition.parse(sql, known, name).sql(dialect=dialect)} AS "{name}"'
        for name, (sql, known, _kind) in added.items()
    ]
    found = table.alias("people_").sql(f"SELECT *, {', '.join(parts)} FROM people_")
    typed = {name: found[name].cast(kind) for name, (_sql, _known, kind) in added.items()}
    return found.mutate(
        **{name: value.nullif("") if value.type().is_string() else value for name, value in typed.items()}
    )


def _kinds() -> dict[str, str]:
    return {name: feature.kind for name, feature in FEATURES.items()}


def lacking(shop: Shop, names: list[str]) -> NotComputed | None:
    """Return what a shop lacks for an expression over these features and tags, or None."""
    tags = shop.settings.rules.tags.each()
    for name in names:
        behind = condition.reads(tags[name], _kinds()) if name in tags else [name]
        for feature in behind:
            if missing := features.missing(shop, feature):
                return missing
    return None


@needs()
def long(shop: Shop, tagged: ir.Table) -> ir.Table:
    """Return customer_id, kind (behaviour, basic, platform), tag, value, seen_on; a row for each tag held.

    value is empty for a tag that one has or has not. seen_on is the last day on which anything was seen that
    the tag rests on (the last order or event, the day of joining); null where the files carry no days.
    """
    return _held(shop, tagged).drop("net_sales")


def _held(shop: Shop, tagged: ir.Table) -> ir.Table:
    rules = shop.settings.rules.tags
    parts = [_one(tagged, name, kind, rules.each()[name]) for name, kind in rules.kinds().items()]
    if not parts:
        return _one(tagged.mutate(none=ibis.literal(False)), "none", "behaviour", "FALSE")
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _one(tagged: ir.Table, name: str, kind: str, sql: str) -> ir.Table:
    flag = tagged[name].type().is_boolean()
    rows = tagged.filter(tagged[name] if flag else tagged[name].notnull())
    return rows.select(
        "customer_id",
        kind=ibis.literal(kind),
        tag=ibis.literal(name),
        value=ibis.literal("") if flag else rows[name],
        seen_on=_seen(rows, sql),
        net_sales=rows.net_sales,
    )


def _seen(rows: ir.Table, sql: str) -> ir.DateValue:
    """Return the latest of the days on which the features behind an expression were seen."""
    days = {FEATURES[name].seen for name in condition.reads(sql, _kinds())} - {""}
    known = [rows[name] for name in sorted(days)]
    return ibis.greatest(*known) if len(known) > 1 else known[0] if known else ibis.null("date")


@needs()
def counts(shop: Shop, tagged: ir.Table) -> pd.DataFrame:
    """Return a row a tag: how many people have it, what they bring, and how fresh it is.

    Columns kind, tag, rule, customers (people who have it, or have a value), customer_share (of everybody
    known), levels (how many values there are; null for a tag that one has or has not), top_level (the value
    of most people), net_sales (of their valid orders ever), sales_share, age_days (half of them were seen
    within so many days by what the tag rests on; null where the files carry no days), state: empty, or, in
    place of the counts, what the shop lacks for it.
    """
    rules, held = shop.settings.rules.tags, _held(shop, tagged)
    sums = (
        held.group_by("tag", "value").aggregate(n=held.count(), net=held.net_sales.sum().round(4)).to_pandas()
    )
    age = ibis.literal(shop.as_of).delta(held.seen_on, unit="day")
    ages = held.group_by("tag").aggregate(age=age.median().floor()).to_pandas().set_index("tag").age
    whole = (
        tagged.aggregate(n=tagged.count(), net=tagged.net_sales.sum().round(4)).to_pyarrow().to_pylist()[0]
    )
    rows = []
    for name, kind in rules.kinds().items():
        row = {"kind": kind, "tag": name, "rule": " ".join(rules.each()[name].split())}
        missing = lacking(shop, [name])
        counted = {} if missing else _count(sums[sums.tag == name], whole) | {"age_days": ages.get(name)}
        rows.append(row | counted | {"state": missing.sentence() if missing else ""})
    kinds = {"customers": "Int64", "levels": "Int64", "age_days": "Int64", "net_sales": "float64"}
    return pd.DataFrame(rows, columns=COLUMNS).astype(kinds)


def _count(values: pd.DataFrame, whole: dict) -> dict:
    n, net = int(values.n.sum()), round(float(values.net.sum()), 4)  # in whatever order they come
    found = {
        "customers": n,
        "customer_share": n / whole["n"] if whole["n"] else None,
        "net_sales": round(net, 2),
        "sales_share": net / whole["net"] if whole["net"] else None,
    }
    named = values[values.value != ""].sort_values(["n", "value"], ascending=[False, True])
    return found | ({"levels": len(named), "top_level": named.value.iloc[0]} if len(named) else {})


@needs()
def overlap(shop: Shop, tagged: ir.Table, top_n: int = OVERLAPS) -> pd.DataFrame:
    """Return the pairs of tags that most often go together: tag, other, customers, lift, share.

    Of the tags that one has or has not, those that are held by anybody; share is the part of the people with
    tag who also have other, lift how many times as many as if the two had nothing to do with each other.
    The ``top_n`` pairs of the most people.
    """
    names = [name for name in shop.settings.rules.tags.each() if tagged[name].type().is_boolean()]
    both = {f"{a}&{b}": (tagged[a] & tagged[b]).sum() for a, b in combinations(names, 2)}
    each = {name: tagged[name].sum() for name in names}
    found = tagged.aggregate(n_=tagged.count(), **each, **both).to_pyarrow().to_pylist()[0]
    rows = [
        {
            "tag": a,
            "other": b,
            "customers": found[f"{a}&{b}"],
            "share": found[f"{a}&{b}"] / found[a],
            "lift": found[f"{a}&{b}"] * found["n_"] / (found[a] * found[b]),
        }
        for a, b in combinations(names, 2)
        if found[f"{a}&{b}"]
    ]
    frame = pd.DataFrame(rows, columns=["tag", "other", "customers", "share", "lift"])
    return frame.sort_values(["customers", "tag", "other"], ascending=[False, True, True]).head(top_n)
