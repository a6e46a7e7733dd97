"""Relationship: how each person stands to the shop, from prospect to loyal, lost and unwanted (CU-04)."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import behaviour, i18n, portrait_words
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.filled import lacks
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.portrait_rules import RelationshipRules

CLASSES = ("prospect", "target", "first_time", "repeat", "loyal", "lost", "non_customer")
STATES = (*CLASSES, "none")
MARK_DAYS = behaviour.WINDOWS["cart"][1]  # a favourite or a cart of so many days tells of an interest
BEHAVIOUR, MEMBERS, BLACKLIST = "events.type", "members.enrolled_at", "customers.blacklisted"
A_DAY = dt.timedelta(days=1)
NAMED = 3  # classes that the sentence names; the table has them all


@dataclass(frozen=True)
class Standing:
    """What decides the class of a person on a day."""

    listed: ir.BooleanValue
    lost: ir.BooleanValue
    orders: ir.IntegerValue
    interested: ir.BooleanValue
    met: ir.BooleanValue

    def named(self, rules: RelationshipRules) -> ir.StringValue:
        """Return the first class that fits."""
        return ibis.cases(
            (self.listed, "non_customer"),
            (self.lost, "lost"),
            (self.orders >= rules.loyal_orders, "loyal"),
            (self.orders >= 2, "repeat"),
            (self.orders >= 1, "first_time"),
            (self.interested, "target"),
            (self.met, "prospect"),
            else_="none",
        )


@needs()
def today(people: ir.Table, shop: Shop) -> ir.Table:
    """Return how each person of ``features.people`` stands to the shop at as_of: customer_id, relationship.

    The first that fits of: non_customer (blacklisted), lost (valid orders, the last more than
    ``relationship.lost_days`` days before), loyal (at least ``relationship.loyal_orders`` valid orders),
    repeat (2 or more), first_time (1), target (a favourite or a cart of the last 90 days, or orders of which
    none was paid or nothing is left after refunds), prospect (any behaviour, or a member), none (in the file
    of the customers only). Source: S3 「按照客戶與店鋪地關系行劃分」, CU-04.
    """
    return roster(people, shop).select("customer_id", "relationship")


@needs()
def roster(people: ir.Table, shop: Shop) -> ir.Table:
    """Return the roster (客戶一覽表, CU-03): customer_id, relationship as in ``today``, then all features."""
    rules = shop.settings.rules.relationship
    marks = people.favourites_90d.fill_null(0) + people.carts_90d.fill_null(0)
    tries = people.unpaid_orders + people.closed_orders + people.refunded_orders
    standing = Standing(
        listed=people.blacklisted,
        lost=people.recency_days > rules.lost_days,
        orders=people.orders,
        interested=(marks > 0) | (tries > 0),
        met=people.last_seen_on.notnull() | people.member.fill_null(False),
    )
    return people.mutate(relationship=standing.named(rules)).relocate("relationship", after="customer_id")


@needs()
def classes(people: ir.Table, shop: Shop) -> pd.DataFrame:
    """Return a row for each class, all of them always; "none" where anybody is only in the customer file.

    Columns relationship, customers, customer_share (of all people), orders (valid ones ever), net_sales_365d,
    sales_share (of those), net_sales (ever), net_sales_per_customer (ever; null where nobody is), and state:
    empty, or what is missing. Where a class cannot be told at all, its figures are null.
    """
    each = roster(people, shop)
    measures = {name: each[name].sum() for name in ("orders", "net_sales_365d", "net_sales")}
    sums = each.group_by("relationship").aggregate(customers=each.count(), **measures).to_pandas()
    sums = sums.set_index("relationship")
    frame = sums.reindex([name for name in STATES if name != "none" or name in sums.index]).fillna(0)
    frame = frame.astype({"customers": "Int64", "orders": "Int64", "net_sales_365d": "Float64"})
    frame = frame.astype({"net_sales": "Float64"}).round({"net_sales_365d": 2, "net_sales": 2})
    frame["state"] = [_state(name, shop) for name in frame.index]
    untold = [name for name in frame.index if _untold(name, shop)]
    frame.loc[untold, ["customers", "orders", "net_sales_365d", "net_sales"]] = pd.NA
    return _with_shares(frame).reset_index()


def _with_shares(frame: pd.DataFrame) -> pd.DataFrame:
    people, sales = frame.customers.sum(), frame.net_sales_365d.sum()
    spent = frame.net_sales / frame.customers.where(frame.customers > 0)
    frame.insert(1, "customer_share", (frame.customers / (people or pd.NA)).astype("Float64"))
    frame.insert(4, "sales_share", (frame.net_sales_365d / (sales or pd.NA)).astype("Float64"))
    frame.insert(6, "net_sales_per_customer", spent.astype("Float64"))
    return frame


def _untold(name: str, shop: Shop) -> NotComputed | None:
    """Return why a class cannot be told at all, or None."""
    if name == "prospect" and missing(shop, MEMBERS):
        return missing(shop, BEHAVIOUR)
    if name == "lost" and can_be_lost(shop) > shop.as_of:
        first, last = shop.first_day, shop.as_of - (shop.settings.rules.relationship.lost_days + 1) * A_DAY
        needed = _("orders with a buyer up to {day}").format(day=i18n.day(last))
        return NotComputed(needed, _("the first one is of {day}").format(day=i18n.day(first)))
    return missing(shop, BLACKLIST) if name == "non_customer" else None


def missing(shop: Shop, need: str) -> NotComputed | None:
    """Return what a shop lacks of an input (table.column) on people, or None."""
    table, _dot, column = need.partition(".")
    return lacks(shop, table, column, "customer_id")


def _state(name: str, shop: Shop) -> str:
    if absent := _untold(name, shop):
        return absent.sentence()
    if name in ("prospect", "target") and (absent := missing(shop, BEHAVIOUR)):
        return _("only in part: needs {needs}").format(needs=absent.needs)
    return ""


def can_be_lost(shop: Shop) -> dt.date:
    """Return the first day on which somebody could have been without an order for long enough."""
    return shop.first_day + (shop.settings.rules.relationship.lost_days + 1) * A_DAY


@needs()
def sentence(classes: pd.DataFrame) -> str:
    """Say how many people are known, and which classes hold the most of them."""
    names, told = portrait_words.relationship_counts(), classes[classes.customers.notna()]
    people = int(told.customers.sum())
    said = ngettext(
        "{n} person is known: {parts}.", "{n} people are known; the largest classes are {parts}.", people
    )
    one = _("{name} {count} ({share})")
    parts = [
        one.format(
            name=names[row.relationship],
            count=i18n.count(row.customers),
            share=i18n.percent(row.customer_share),
        )
        for row in told[told.customers > 0].nlargest(NAMED, "customers").itertuples()
    ]
    if not parts:
        return _("Nobody is known.")
    return said.format(n=i18n.count(people), parts=_(", ").join(parts))


@needs()
def figures(classes: pd.DataFrame) -> dict[str, float]:
    """Return how many are in each class that could be told, by stable names."""
    told = classes[classes.customers.notna()]
    return {f"portrait.relationship_{row.relationship}": int(row.customers) for row in told.itertuples()}
