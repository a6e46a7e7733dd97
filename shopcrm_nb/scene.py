"""Scene: who waits for which service at the end of as_of, as lists to work through (CU-11, CU-12, E-21)."""

from dataclasses import dataclass
from functools import reduce

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import customer_scene, order_scene, profile
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.model import Shop
from shopcrm_nb.order_scene import COLUMNS

# The seven of an order's way (E-21), then those of a customer (S1).
ORDERS = ("inquiry", "payment", "shipping", "tracking", "signing", "confirm", "review")
SCENES = (*ORDERS, "refunds", "upgrade", "gift")
ABOUT_AN_ORDER = ("inquiry", "shipping", "tracking", "signing", "confirm")  # these messages are no marketing
STALE = ("inquiry", "shipping", "tracking", "confirm", "gift")  # left out after service.longest_days
MARKETING = ("invite_again", "tell_upgrade", "greet_birthday")  # need consent; so do calls after closing
URGENCY = {
    1: ("answer_note", "ship_now", "ask_carrier", "pay_sms", "pay_call", "pack_for_the_best", "pack_welcome"),
    2: ("pay_email", "ask_confirm", "ask_review", "look_into_refunds", "greet_birthday"),
    3: ("tell_shipped", "tell_arrived", "invite_again", "pay_wait", "tell_upgrade"),
}
GIFTS = ("top_tier", "first_order", "birthday")  # of one customer the first counts


@dataclass(frozen=True)
class Scenes:
    """The scenes of a day.

    ``table`` has scene, customer_id (null where the shop does not know it), order_id (null for what is about
    a customer), since, days, amount, reason, action, urgency (1 today, 2 this week, 3 when there is time),
    contact and consent. ``left_out`` counts the rows of each scene that are not in it; ``missing`` says what
    is lacking, by scene and reason; ``pieces`` are all scenes and reasons. ``slow_hours``: a parcel that is
    longer on its way is in tracking; None where that cannot be told.
    """

    table: ir.Table
    left_out: dict[str, int]
    missing: dict[tuple[str, str], NotComputed]
    pieces: tuple[tuple[str, str], ...]
    slow_hours: float | None

    def missing_of(self, scene: str) -> dict[str, NotComputed]:
        """Return what is missing to tell of a scene, by reason."""
        return {reason: said for (name, reason), said in self.missing.items() if name == scene}

    def tells(self, scene: str) -> bool:
        """Tell whether of a scene any reason can be told."""
        return any(name == scene and (name, reason) not in self.missing for name, reason in self.pieces)


def today(shop: Shop, parcels: ir.Table | NotComputed, tiers: ir.Table | NotComputed) -> Scenes:
    """Return who waits for which service at the end of as_of; a person or an order is in a scene once.

    - Orders as ``order_scene.pieces`` finds them. refunds, upgrade and gift are about a customer; of the
      gifts each customer has one: top_tier, first_order (with the order that waits to be packed), birthday.
    - since and days: since when, days ago; amount: of the order, less refunds; refunds: refunded in the year;
      upgrade: missing to the next tier; a birthday: net sales so far.
    - contact: yes where no consent is needed, or one is there; no where it is needed and refused for text
      messages and e-mail; else unknown. consent: both, sms, email, none, or unknown.
    - Left out: what has waited longer than ``service.longest_days`` (of orders that are paid), and customers
      on the blacklist, but for messages about a paid order of theirs on its way.

    Sorted by scene, urgency, amount (upgrade: the least first). States and refunds are those of the export.
    ``parcels`` is the table of ``process.parcels``, ``tiers`` that of ``tier.customers``.
    """
    rules = shop.settings.rules
    usual = order_scene.usual_hours(parcels, rules.process.min_orders)
    lacking = order_scene.untold(parcels, rules.service.longest_days)
    found = order_scene.pieces(shop, parcels, usual, lacking) | _of_customers(shop, tiers)
    found |= _gifts(shop, lacking.get("shipped_at") or order_scene.unshipped(parcels), tiers)
    missing = {piece: rows for piece, rows in found.items() if isinstance(rows, NotComputed)}
    told = [_with_scene(rows, *piece) for piece, rows in found.items() if piece not in missing]
    every = _kept(_addressed(reduce(ibis.union, told, _nothing(shop)), shop), shop).cache()
    counts = every.group_by("scene").aggregate(n=(~every.kept).sum()).to_pyarrow().to_pylist()
    left_out = {row["scene"]: row["n"] for row in counts}
    slow_hours = None if ("tracking", "slow") in missing else usual
    table = in_order(_urgent(_once(every.filter(every.kept))).cache())
    return Scenes(table, left_out, missing, tuple(found), slow_hours)


def _of_customers(shop: Shop, tiers: ir.Table | NotComputed) -> dict:
    back, near = customer_scene.refunds(shop), customer_scene.upgrades(tiers, shop)
    return {
        ("refunds", "many_refunds"): _of_people(shop, back, "many_refunds", "look_into_refunds"),
        ("upgrade", "near_amount"): _of_people(shop, near, "near_amount", "tell_upgrade"),
    }


def _gifts(shop: Shop, waiting: ir.Table | NotComputed, tiers: ir.Table | NotComputed) -> dict:
    best, first = customer_scene.of_the_best(waiting, tiers, shop), customer_scene.firsts(waiting, shop)
    born = customer_scene.birthdays(shop)
    return {
        ("gift", "top_tier"): _packed(shop, best, "top_tier", "pack_for_the_best"),
        ("gift", "first_order"): _packed(shop, first, "first_order", "pack_welcome"),
        ("gift", "birthday"): _of_people(shop, born, "birthday", "greet_birthday"),
    }


@needs()
def _packed(shop: Shop, found: ir.Table, reason: str, action: str) -> ir.Table:
    return order_scene.row(shop, found, found.paid_on, reason, action, found.net)


@needs()
def _of_people(shop: Shop, found: ir.Table, reason: str, action: str) -> ir.Table:
    told = found.reason if "reason" in found.columns else reason
    return order_scene.row(shop, found, found.since, told, action, found.amount)


def _nothing(shop: Shop) -> ir.Table:
    """Return no row, so that there is a table, in the shop's engine, where nothing can be told."""
    nobody = shop.orders.filter(ibis.literal(False))
    return _with_scene(nobody.select(**{name: ibis.null(kind) for name, kind in COLUMNS.items()}), "", "")


def _with_scene(rows: ir.Table, scene: str, reason: str) -> ir.Table:
    rank = GIFTS.index(reason) if reason in GIFTS else 0
    return rows.mutate(scene=ibis.literal(scene), rank=ibis.literal(rank, type="int64"))


def _addressed(rows: ir.Table, shop: Shop) -> ir.Table:
    """Add blacklisted, consent and contact of the customer."""
    people = _people(shop)
    both = rows.left_join(people, rows.customer_id == people.person).drop("person")
    said = ibis.cases(
        (both.sms_ok & both.email_ok, "both"),
        (both.sms_ok, "sms"),
        (both.email_ok, "email"),
        (~both.sms_ok & ~both.email_ok, "none"),
        else_="unknown",
    )
    free = ~(both.action.isin(MARKETING) | (both.reason == "closed"))
    contact = ibis.cases((free, "yes"), (said == "none", "no"), (said == "unknown", "unknown"), else_="yes")
    return both.mutate(consent=said, contact=contact, blacklisted=both.blacklisted.fill_null(False))


def _people(shop: Shop) -> ir.Table:
    flags = ("sms_ok", "email_ok", "blacklisted")
    if shop.missing("customers.customer_id"):
        nobody = {"person": "string"} | dict.fromkeys(flags, "boolean")
        return ibis.memtable(pd.DataFrame(columns=list(nobody)), schema=ibis.schema(nobody))
    found = profile.customers(shop)
    return found.select(*flags, person=found.customer_id)


def _kept(rows: ir.Table, shop: Shop) -> ir.Table:
    """Add kept: false for what waits too long to be one of today's, and for customers on the blacklist."""
    stale = rows.scene.isin(STALE) & (rows.days > shop.settings.rules.service.longest_days)
    return rows.mutate(kept=~stale & (~rows.blacklisted | rows.scene.isin(ABOUT_AN_ORDER)))


def _once(rows: ir.Table) -> ir.Table:
    """Keep one row of each order in a scene, and one gift of each customer."""
    about = ibis.ifelse((rows.scene == "gift") | rows.order_id.isnull(), rows.customer_id, rows.order_id)
    rows = rows.mutate(about=about)
    in_turn = ibis.window(group_by=["scene", "about"], order_by=[rows["rank"], rows.since, rows.order_id])
    placed = rows.mutate(place=ibis.row_number().over(in_turn))
    return placed.filter(placed.place == 0)


def _urgent(rows: ir.Table) -> ir.Table:
    urgency = ibis.cases(*((rows.action.isin(actions), level) for level, actions in URGENCY.items()))
    return rows.select("scene", *COLUMNS, "contact", "consent", urgency=urgency.cast("int64")).relocate(
        "contact", "consent", after="urgency"
    )


def in_order(table: ir.Table) -> ir.Table:
    """Return the rows of scenes by scene, urgency and amount."""
    place = ibis.cases(*((table.scene == scene, place) for place, scene in enumerate(SCENES)))
    by_amount = ibis.ifelse(table.scene == "upgrade", table.amount, -table.amount)
    return table.order_by(place, "urgency", by_amount, "order_id", "customer_id")
