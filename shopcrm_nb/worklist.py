"""Worklist: the service scenes of a day as a page shows them: an overview, one list a scene, a sentence."""

import pandas as pd

from shopcrm_nb import i18n, scene_words
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.rules import Rules
from shopcrm_nb.scene import ORDERS, SCENES, Scenes, in_order

COUNTS = ["customers", "orders", "urgent", "left_out"]
# What the days and the amount of a scene are, where nothing waits to be paid or sent.
HEADINGS = {
    "refunds": {"days": "days_since", "amount": "refunded_amount"},
    "upgrade": {"days": "days_since", "amount": "missing_amount"},
    "gift": {"days": "days_since", "amount": "gift_amount"},
}
WAITING = {"days": "waiting_days", "amount": "waiting_amount"}


@needs()
def overview(scenes: Scenes) -> pd.DataFrame:
    """Return a row for each scene, always all ten.

    Columns scene, customers (different ones that are known), orders, waiting_amount (the sum of the amounts),
    oldest_days (the longest wait), urgent (rows of urgency 1), left_out (rows that are not among them: too
    old, or of customers on the blacklist), state: empty where all is told, else what is missing. Counts of a
    scene that cannot be told are null.
    """
    rows = scenes.table
    sums = rows.group_by("scene").aggregate(
        customers=rows.customer_id.nunique(),
        orders=rows.order_id.nunique(),
        waiting_amount=rows.amount.sum().round(4),
        oldest_days=rows.days.max(),
        urgent=(rows.urgency == 1).sum(),
    )
    found = sums.to_pandas().set_index("scene").reindex(SCENES)
    found["left_out"] = pd.Series(scenes.left_out, dtype="float64").reindex(SCENES)
    told = pd.Series({scene: scenes.tells(scene) for scene in SCENES})
    found[[*COUNTS, "waiting_amount"]] = found[[*COUNTS, "waiting_amount"]].fillna(0).where(told, axis=0)
    found = found.astype(dict.fromkeys([*COUNTS, "oldest_days"], "Int64"))
    found["state"] = [_state(scenes, scene) for scene in SCENES]
    return found.rename_axis("scene").reset_index()


def _state(scenes: Scenes, scene: str) -> str:
    lacking = scenes.missing_of(scene)
    if not lacking:
        return ""
    if not scenes.tells(scene):
        return next(iter(lacking.values())).sentence()
    one, words = _("without “{reason}”: {said}"), scene_words.reasons()
    texts = [one.format(reason=words[reason], said=said.sentence()) for reason, said in lacking.items()]
    return _("; ").join(texts)


@needs()
def of_scene(scenes: Scenes, name: str, rules: Rules) -> pd.DataFrame | NotComputed:
    """Return the first ``service.most_rows`` rows of one scene to read, or what is missing.

    Columns urgency, customer_id, order_id (left out where none has one), days, amount, reason, action,
    contact, consent: those of ``scene.today``, days and amount under names that tell what they are.
    """
    if not scenes.tells(name):
        return next(iter(scenes.missing_of(name).values()))
    rows = in_order(scenes.table.filter(scenes.table.scene == name))
    found = rows.limit(rules.service.most_rows).to_pandas()
    order = ["order_id"] if found.order_id.notna().any() else []
    shown = ["urgency", "customer_id", *order, "days", "amount", "reason", "action"]
    return found[[*shown, "contact", "consent"]].rename(columns=HEADINGS.get(name, WAITING))


@needs()
def urgent(scenes: Scenes, rules: Rules) -> pd.DataFrame:
    """Return who is to be served today, of all scenes, the largest amounts first.

    Columns scene, action, customer_id, order_id, waiting_days, waiting_amount, contact, consent; at most
    ``service.most_rows`` rows.
    """
    rows = scenes.table.filter(scenes.table.urgency == 1)
    rows = rows.order_by(rows.amount.desc(), "scene", "order_id", "customer_id")
    found = rows.limit(rules.service.most_rows).to_pandas()
    shown = ["scene", "action", "customer_id", "order_id", "days", "amount", "contact", "consent"]
    # Without the Chinese term in brackets, which the lists below it have in their titles.
    words = {code: name.partition(" (")[0] for code, name in scene_words.scenes().items()}
    return found[shown].assign(scene=found.scene.map(words)).rename(columns=WAITING)


@needs()
def sentence(frame: pd.DataFrame) -> str:
    """Say how many wait, and who first; ``frame`` is that of ``overview``."""
    told = frame[frame.customers.notna()]
    rows = [(row.scene, _size(row), int(row.urgent)) for row in told.itertuples()]
    n, urgent = sum(size for _scene, size, _urgent in rows), sum(now for _scene, _size, now in rows)
    if not n:
        return _("Nobody waits for a service.")
    said = ngettext(
        "{n} order or customer waits for a service, {urgent} of them today.",
        "{n} orders and customers wait for a service, {urgent} of them today.",
        n,
    ).format(n=i18n.count(n), urgent=i18n.count(urgent))
    if not urgent:
        return said
    one, words = _("{scene} {n}"), scene_words.scenes()
    first = [one.format(scene=words[scene], n=i18n.count(now)) for scene, _size, now in rows if now]
    return i18n.sentences([said, _("Today: {names}.").format(names=_(", ").join(first))])


def _size(row: tuple) -> int:
    """Return the rows of a scene: its orders, or customers where it is about those."""
    return int(row.orders if row.scene in ORDERS else row.customers)


def basis(scenes: Scenes, shop: Shop) -> str:
    """Say what the lists rest on: the day, the export, and from when on a parcel is late."""
    rules = shop.settings.rules
    said = _(
        "As it stood at the end of {day}; whether an order is completed, closed or refunded is as the export "
        "says, so what was settled after that day may be known already. Paid orders that wait longer than "
        "{days} days are left out and counted: something else is wrong with them."
    ).format(day=i18n.day(shop.as_of), days=i18n.count(rules.service.longest_days))
    late = _("An order is late when it is not sent {hours} hours after the payment.")
    slow = _("Four of five parcels arrive within {hours} hours after they left; longer is slow.")
    return i18n.sentences(
        [
            said,
            late.format(hours=i18n.number(rules.process.late_hours)),
            slow.format(hours=i18n.decimal(scenes.slow_hours, 0)) if scenes.slow_hours else "",
        ]
    )


@needs()
def figures(frame: pd.DataFrame) -> dict[str, float]:
    """Return how many rows each scene has that can be told, by stable names."""
    told = frame[frame.customers.notna()]
    return {f"portrait.scene_{row.scene}": _size(row) for row in told.itertuples()}
