"""Funnel: who looks, marks or puts in the cart, places an order and pays, of all and by group (CU-13)."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import behaviour, i18n, interval
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.filled import columns, lacks
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period

STEPS = ("seen", "marked", "ordered", "paid")
OF_THE_SHOP = ("visitors", "favourite_users", "cart_users", "buyers")
DAYS = 30


# --- the shop as a whole ------------------------------------------------------------------------------------


@needs("traffic.visitors")
def of_shop(shop: Shop, when: Period) -> pd.DataFrame | NotComputed:
    """Return a row for each of OF_THE_SHOP, from the table traffic, over the days of ``when``.

    - step: visitors, favourite_users, cart_users, buyers; daily_people: the sum over days, on each of which a
      person counts once, so that who comes on three days counts three times.
    - days: those that tell of the step beside their visitors; share_of_visitors: of the visitors of those
      same days. Favourites and carts are beside each other: one person may do both, or buy without either.
    - state: empty, or what is missing in place of the figures.

    Where a day has a row without a source, that is the day; else its sources are added up. NotComputed where
    no day of ``when`` has visitors.
    """
    days = _days(shop, when)
    if not days.visitors.gt(0).any():
        told = _("a day from {first} to {last}").format(first=i18n.day(when.start), last=i18n.day(when.end))
        return NotComputed("traffic.visitors", told)
    return pd.DataFrame([_of_step(days, name) for name in OF_THE_SHOP]).astype(
        {"daily_people": "Int64", "days": "Int64"}
    )


def _days(shop: Shop, when: Period) -> pd.DataFrame:
    table = shop.tables["traffic"]
    last = min(when.end, shop.as_of)
    rows = table.mutate(on=table.date.date()).filter(lambda t: t.on.between(when.start, last))
    if "source" in rows.columns:
        whole = rows.source.isnull().any().over(group_by="on")
        rows = rows.filter(~whole | rows.source.isnull())
    there = columns(shop, "traffic", *OF_THE_SHOP)
    return rows.group_by("on").aggregate(**{name: rows[name].sum() for name in there}).to_pandas()


def _of_step(days: pd.DataFrame, name: str) -> dict:
    if name not in days or days[name].isna().all():
        return {"step": name, "daily_people": None, "days": None, "share_of_visitors": float("nan")} | {
            "state": NotComputed(f"traffic.{name}").sentence()
        }
    told = days[days[name].notna() & (days.visitors > 0)]
    people, visitors = float(told[name].sum()), float(told.visitors.sum())
    share = people / visitors if visitors else float("nan")
    return {"step": name, "daily_people": round(people), "days": len(told), "share_of_visitors": share} | {
        "state": ""
    }


@needs()
def shop_sentence(found: pd.DataFrame, when: Period) -> str:
    """Say how many of the visitors of a period bought, and how many had a favourite or a cart."""
    rows = {row.step: row for row in found.itertuples()}
    said = _("From {first} to {last} visitors came {n} times, each counted once a day.").format(
        first=i18n.day(when.start), last=i18n.day(when.end), n=i18n.count(rows["visitors"].daily_people)
    )
    of_step = {
        "favourite_users": _("{share} marked a favourite."),
        "cart_users": _("{share} put something in the cart."),
        "buyers": _("{share} paid for an order."),
    }
    steps = [
        text.format(share=i18n.percent(rows[name].share_of_visitors))
        for name, text in of_step.items()
        if not rows[name].state
    ]
    return i18n.sentences([said, *steps])


# --- people by name -----------------------------------------------------------------------------------------


@needs("orders.customer_id", "events.customer_id", "events.type", "events.at")
def of_people(shop: Shop, days: int = DAYS) -> pd.DataFrame | NotComputed:
    """Return how far the people seen in the last ``days`` days (as_of included) went: a row a step.

    - seen: any event in those days; marked: of these, with a favourite or a cart; ordered: of these, who
      placed an order at the moment of the first of them or later, up to as_of (an order that is dated without
      a time counts from that day on); paid: of these, who paid for such an order by as_of, refunds aside.
    - customers; share_of_before: of the step before, with ci_low and ci_high; share_of_first: of those seen,
      with first_ci_low and first_ci_high (Wilson intervals, ``portrait.confidence``); null for seen.

    Who marked something on the last days may still order. NotComputed where nobody was seen.
    """
    if absent := lacks(shop, "events", "customer_id", "type", "at"):
        return absent
    each = _each(shop, days)
    counts = each.aggregate(**{step: each[step].sum().fill_null(0) for step in STEPS}).to_pandas()
    if not counts.seen[0]:
        return NotComputed("events.type", _("in the last {n} days").format(n=i18n.count(days)))
    return _steps(counts, shop.settings.rules.portrait.confidence)


def _each(shop: Shop, days: int) -> ir.Table:
    """Return how far each person seen in the last days went: customer_id, then a flag a step."""
    opens = shop.as_of - dt.timedelta(days=days - 1)
    events = behaviour.events(shop).filter(lambda t: t.on >= opens)
    marks = events.type.isin(["favourite", "cart"])
    people = events.group_by("customer_id").aggregate(marked_at=events["at"].min(where=marks))
    placed = _placed(shop, opens)
    both = people.left_join(placed, "customer_id")
    # An export that has days only dates every order of a day at its midnight.
    same_day = (both.placed_at == both.placed_at.truncate("D")) & (
        both.marked_at.date() == both.placed_at.date()
    )
    after = ((both.placed_at >= both.marked_at) | same_day).fill_null(False)
    each = both.group_by("customer_id").aggregate(
        marked=both.marked_at.notnull().any(), ordered=after.any(), paid=(after & both.was_paid).any()
    )
    return each.mutate(seen=ibis.literal(True))


def _placed(shop: Shop, opens: dt.date) -> ir.Table:
    rows = shop.tables["orders"]
    rows = rows.mutate(placed_at=ibis.coalesce(rows.created_at, rows.paid_at))
    rows = rows.filter(rows.customer_id.notnull() & rows.placed_at.date().between(opens, shop.as_of))
    was_paid = rows.paid_at.notnull() & (rows.paid_at.date() <= shop.as_of)
    return rows.select("customer_id", "placed_at", was_paid=was_paid)


def _steps(counts: pd.DataFrame, confidence: float, *keys: str) -> pd.DataFrame:
    """Turn rows with a count a step into rows a step, with shares and their intervals."""
    rows = []
    for row in counts.to_dict("records"):
        first, before = int(row["seen"]), 0
        for step in STEPS:
            n, later = int(row[step]), step != "seen"
            of_before = _share(n, before if later else 0, confidence)
            of_first = _share(n, first if later else 0, confidence)
            rows.append((*(row[key] for key in keys), step, n, *of_before, *of_first))
            before = n
    names = ["share_of_before", "ci_low", "ci_high", "share_of_first", "first_ci_low", "first_ci_high"]
    return pd.DataFrame(rows, columns=[*keys, "step", "customers", *names])


def _share(hits: int, n: int, confidence: float) -> tuple[float, float, float]:
    return (hits / n if n else float("nan"), *interval.wilson(hits, n, confidence))


@needs()
def sentence(found: pd.DataFrame, confidence: float, days: int = DAYS) -> str:
    """Say how far the people seen in the last ``days`` days went."""
    row = found.set_index("step")
    seen = int(row.customers["seen"])
    said = ngettext(
        "{n} person was seen in the last {days} days; {marked} marked a favourite or filled a cart.",
        "{n} people were seen in the last {days} days; {marked} of them marked a favourite or filled a cart.",
        seen,
    ).format(n=i18n.count(seen), days=i18n.count(days), marked=i18n.percent(row.share_of_before["marked"]))
    if not row.customers["marked"]:
        return said
    ordered = _("Of these, {share} then placed an order ({confidence} interval {low} to {high}).").format(
        share=i18n.percent(row.share_of_before["ordered"]),
        confidence=i18n.percent(confidence, 0),
        low=i18n.percent(row.ci_low["ordered"]),
        high=i18n.percent(row.ci_high["ordered"]),
    )
    paid = _("Of those who placed one, {share} paid.").format(share=i18n.percent(row.share_of_before["paid"]))
    return i18n.sentences([said, ordered, paid if row.customers["ordered"] else ""])


@needs()
def figures(found: pd.DataFrame) -> dict[str, float]:
    """Return how many people reached each step, by stable names."""
    return {f"portrait.funnel_{row.step}": int(row.customers) for row in found.itertuples()}


# --- by group -----------------------------------------------------------------------------------------------


@needs("orders.customer_id", "events.customer_id", "events.type", "events.at")
def by_group(shop: Shop, groups: ir.Table, days: int = DAYS) -> pd.DataFrame | NotComputed:
    """Return the steps of ``of_people`` for each group of ``groups`` (customer_id, group).

    Columns group, then those of ``of_people``. A person may be in several groups, and counts once in each.
    People of a group who were not seen in those days are left out, and so is a group of whom nobody was.
    """
    if absent := lacks(shop, "events", "customer_id", "type", "at"):
        return absent
    each, of = _each(shop, days), groups.select("customer_id", "group").distinct()
    both = each.inner_join(of.filter(of.group.notnull()), "customer_id")
    sums = both.group_by("group").aggregate(**{step: both[step].sum() for step in STEPS})
    counts = sums.order_by(sums.seen.desc(), "group").to_pandas()
    return _steps(counts, shop.settings.rules.portrait.confidence, "group")
