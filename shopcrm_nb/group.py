"""Groups: people whom a condition of the shop names, those of each grade, cluster and campaign (CU-09)."""

from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import condition, features, segment, tag
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign import messages
from shopcrm_nb.catalogue import FEATURES
from shopcrm_nb.errors import did_you_mean
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop

MOST = 60  # groups at once: each is a bit of a number
CAMPAIGNS = 6  # the latest ones are groups
SECOND_DAYS = 90  # in which a second order is looked for, as on the page of the shop's health
COLUMNS = [
    *("group", "kind", "rule", "customers", "customer_share", "buyers", "net_sales", "sales_share"),
    *(
        "net_sales_per_customer",
        "second_order_share",
        "followed",
        "email_yes",
        "sms_yes",
        "blacklisted",
        "state",
    ),
]


@dataclass(frozen=True)
class Group:
    """A group: its name, its kind (own, grade, cluster, campaign), its rule, the features it is made by.

    ``missing`` is what the shop lacks for it; such a group has no members.
    """

    name: str
    kind: str
    rule: str = ""
    reads: frozenset[str] = frozenset()
    missing: NotComputed | None = None


@dataclass(frozen=True)
class Groups:
    """The groups of a shop and its people.

    ``people`` has the features and tags, and ``mask``: bit i is set for the members of the i-th group.
    ``cells`` counts people by mask: customers, buyers, net_sales, followed, second_orders, email_yes,
    sms_yes, blacklisted. Every size and overlap is a sum of these few rows.
    """

    each: tuple[Group, ...]
    people: ir.Table
    cells: pd.DataFrame = field(repr=False)

    def bit(self, name: str) -> int:
        """Return the bit of a group in the masks."""
        return 1 << [group.name for group in self.each].index(name)

    def named(self, name: str) -> Group | NotComputed:
        """Return the group of that name; NotComputed, with the nearest name, where there is none."""
        found = next((group for group in self.each if group.name == name), None)
        if found is None:
            near = did_you_mean(name, [group.name for group in self.each])
            return NotComputed(_('a group; there is no "{name}"{near}').format(name=name, near=near))
        return found.missing or found

    def reads(self) -> dict[str, frozenset[str]]:
        """Return by which features each group is made."""
        return {group.name: group.reads for group in self.each}

    def members(self, name: str) -> ir.Table:
        """Return the people of a group."""
        return self.people.filter((self.people.mask & self.bit(name)) != 0)

    def present(self) -> list[Group]:
        """Return the groups that have somebody."""
        there = [group for group in self.each if not group.missing]
        return [
            group for group in there if self.cells[(self.cells["mask"] & self.bit(group.name)) != 0].shape[0]
        ]


@needs()
def groups(shop: Shop, tagged: ir.Table) -> Groups:
    """Tell of each person the groups: ``tagged`` is the table of ``tag.tagged``.

    Own groups are the conditions of [groups]; grade_P … and cluster_1 … hold the scored customers; campaign_X
    whom campaign X was sent to (not its hold-out), or, of a campaign without messages, who has a valid order
    in its days: the latest CAMPAIGNS that have begun by as_of.
    """
    own = _own(shop)
    usable = {f"in {each.name}": each for each in own if not each.missing}
    known = condition.kinds(shop.settings.rules.tags.each())
    added = {column: (each.rule, known, "boolean") for column, each in usable.items()}
    table = tag.condition_columns(tagged, added)
    flags = {each.name: table[column] for column, each in usable.items()}
    every = list(own)
    for kind, names in (("grade", segment.GRADES), ("cluster", _clusters(tagged))):
        for name in names:
            every.append(Group(f"{kind}_{name}", kind, f"{kind} = '{name}'", frozenset({kind})))
            flags[every[-1].name] = table[kind] == name
    table, campaigns = _with_campaigns(shop, table)
    for name, (column, title) in campaigns.items():
        every.append(Group(name, "campaign", title))
        flags[name] = table[column]
    return _masked(shop, tuple(every[:MOST]), table, flags)


def _own(shop: Shop) -> list[Group]:
    rules = shop.settings.rules
    known = condition.kinds(rules.tags.each())
    found = []
    for name, sql in rules.groups.items():
        read = condition.reads(sql, known)
        behind = {f for n in read for f in (_behind(rules.tags.each()[n]) if n in rules.tags.each() else [n])}
        found.append(Group(name, "own", " ".join(sql.split()), frozenset(behind), tag.lacking(shop, read)))
    return found


def _behind(sql: str) -> list[str]:
    return condition.reads(sql, {name: feature.kind for name, feature in FEATURES.items()})


def _clusters(tagged: ir.Table) -> list[str]:
    return sorted(
        tagged.filter(tagged.cluster.notnull()).select("cluster").distinct().cluster.to_pyarrow().to_pylist()
    )


def _with_campaigns(shop: Shop, table: ir.Table) -> tuple[ir.Table, dict[str, tuple[str, str]]]:
    """Add a column a campaign to the people: whether they took part; name of the group → column, title."""
    if shop.missing("campaigns.campaign_id"):
        return table, {}
    rows = shop.tables["campaigns"]
    begun = rows.filter(rows.start.date() <= shop.as_of).order_by(rows.start.desc(), rows.campaign_id)
    begun = begun.limit(CAMPAIGNS).select("campaign_id", "name", "start", "end").to_pyarrow().to_pylist()
    took, found = {}, {}
    sent = _sent(shop)
    for place, campaign in enumerate(begun):
        mine = sent.filter(sent.campaign_id == campaign["campaign_id"]) if sent is not None else None
        if mine is None or not mine.count().to_pyarrow().as_py():
            days = shop.orders.paid_on.between(campaign["start"].date(), campaign["end"].date())
            mine = shop.orders.filter(days)
        column = f"took {place}"
        took[column] = mine.filter(mine.customer_id.notnull()).select("customer_id").distinct()
        title = f"{campaign['name']} {campaign['start']:%Y-%m-%d}"
        found[f"campaign_{campaign['campaign_id']}"] = (column, title)
    for column, people in took.items():
        both = table.left_join(people.mutate(**{column: True}), "customer_id", rname="{name}_right")
        table = both.mutate(**{column: both[column].fill_null(False)}).drop("customer_id_right")
    return table, found


def _sent(shop: Shop) -> ir.Table | None:
    rows = messages(shop)
    return None if rows is None else rows.filter(~rows.held)


def _masked(
    shop: Shop, each: tuple[Group, ...], table: ir.Table, flags: dict[str, ir.BooleanValue]
) -> Groups:
    bits = [
        ibis.ifelse(flags[group.name].fill_null(False), ibis.literal(1 << place, "int64"), 0)
        for place, group in enumerate(each)
        if group.name in flags
    ]
    mask = sum(bits, ibis.literal(0, "int64"))
    watched = (table.first_order_on <= shop.as_of - pd.Timedelta(days=SECOND_DAYS)).fill_null(False)
    people = table.mutate(
        mask=mask,
        followed=watched.cast("int64"),
        second_orders=(watched & (table.second_order_days <= SECOND_DAYS)).fill_null(False).cast("int64"),
    )
    people = people.drop(*(name for name in people.columns if name.startswith(("in ", "took ")))).cache()
    return Groups(each, people, _cells(people))


def _cells(people: ir.Table) -> pd.DataFrame:
    flags = {f"{name}_yes": people[f"{name}_ok"].sum() for name in ("email", "sms")}
    sums = people.group_by("mask").aggregate(
        customers=people.count(),
        buyers=(people.orders > 0).sum(),
        net_sales=people.net_sales.sum().round(4),
        followed=people.followed.sum(),
        second_orders=people.second_orders.sum(),
        blacklisted=people.blacklisted.sum(),
        **flags,
    )
    return sums.order_by("mask").to_pandas()


@needs()
def sizes(shop: Shop, groups: Groups) -> pd.DataFrame:
    """Return a row a group: COLUMNS.

    customers (its people), customer_share (of everybody known), buyers (with a valid order), net_sales (of
    their valid orders ever), sales_share, net_sales_per_customer (of the buyers), second_order_share (of the
    ``followed`` customers, whose first order is at least 90 days old: those with a second within 90 days),
    email_yes and sms_yes (who agreed to be written to; null where the shop does not know it), blacklisted;
    state: empty, or, in place of the counts, what the shop lacks for the group.
    """
    cells, rows = groups.cells, []
    for group in groups.each:
        row = {"group": group.name, "kind": group.kind, "rule": group.rule, "state": ""}
        if group.missing:
            rows.append(row | {"state": group.missing.sentence()})
            continue
        sums = cells[(cells["mask"] & groups.bit(group.name)) != 0].drop(columns="mask").sum()
        rows.append(row | sums.drop("second_orders").to_dict() | _shares(sums, cells))
    unknown = [f"{way}_yes" for way in ("email", "sms") if features.missing(shop, f"{way}_ok")]
    unknown += ["blacklisted"] if features.missing(shop, "blacklisted") else []
    counts = ("customers", "buyers", "followed", "email_yes", "sms_yes", "blacklisted")
    frame = pd.DataFrame(rows, columns=COLUMNS).assign(**dict.fromkeys(unknown, pd.NA))
    return frame.astype(dict.fromkeys(counts, "Int64")).round({"net_sales": 2})


def _shares(sums: pd.Series, cells: pd.DataFrame) -> dict[str, float | None]:
    def part(value: float, whole: float) -> float | None:
        return value / whole if whole else None

    return {
        "customer_share": part(sums.customers, cells.customers.sum()),
        "sales_share": part(sums.net_sales, cells.net_sales.sum()),
        "net_sales_per_customer": part(sums.net_sales, sums.buyers),
        "second_order_share": part(sums.second_orders, sums.followed),
    }


@needs()
def overlap(groups: Groups, kind: str = "own") -> pd.DataFrame:
    """Return how far groups of one kind share their people: group, other, customers, share (of group's)."""
    mine = [group for group in groups.present() if group.kind == kind]
    size = {(a.name, b.name): _in_both(groups, a.name, b.name) for a in mine for b in mine}
    rows = [{"group": a, "other": b, "customers": n, "share": n / size[a, a]} for (a, b), n in size.items()]
    return pd.DataFrame(rows, columns=["group", "other", "customers", "share"])


def _in_both(groups: Groups, one: str, other: str) -> int:
    bits = groups.bit(one) | groups.bit(other)
    return int(groups.cells.customers[(groups.cells["mask"] & bits) == bits].sum())


@needs()
def intersections(groups: Groups, kind: str = "own", top_n: int = 15) -> pd.DataFrame:
    """Return how many people are in exactly these groups of a kind and in no other: groups, customers.

    groups is a tuple of names. The largest ``top_n``; people in none of them are left out.
    """
    names = [group.name for group in groups.present() if group.kind == kind]
    sums: dict[tuple[str, ...], int] = {}
    for cell in groups.cells.itertuples():
        inside = tuple(name for name in names if cell.mask & groups.bit(name))
        sums[inside] = sums.get(inside, 0) + int(cell.customers)
    rows = [(inside, n) for inside, n in sums.items() if inside]
    rows.sort(key=lambda row: (-row[1], row[0]))
    return pd.DataFrame(rows[:top_n], columns=["groups", "customers"])


@needs()
def members(groups: Groups, kind: str = "own") -> ir.Table:
    """Return customer_id, group; a row for each person in each group of a kind."""
    parts = [
        groups.members(group.name).select("customer_id", group=ibis.literal(group.name))
        for group in groups.present()
        if group.kind == kind
    ]
    nobody = groups.people.filter(ibis.literal(False)).select("customer_id", group=ibis.null("string"))
    return ibis.union(*parts) if len(parts) > 1 else parts[0] if parts else nobody


@needs()
def files(groups: Groups, kind: str = "own") -> dict[str, ir.Table]:
    """Return name → customer_id, email_ok, sms_ok of the people of each group of a kind, by id.

    Whoever is blacklisted is left out: these lists are taken into other tools.
    """
    wanted = [group.name for group in groups.present() if group.kind == kind]
    kept = {name: groups.members(name) for name in wanted}
    listed = {name: rows.filter(~rows.blacklisted.fill_null(False)) for name, rows in kept.items()}
    return {
        name: rows.select("customer_id", "email_ok", "sms_ok").order_by("customer_id")
        for name, rows in listed.items()
    }
