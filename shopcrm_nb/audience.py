"""Audience: whom the next campaign should go to, by what was measured of groups like them."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import filled, i18n, trait_words, traits, typed
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.effect import Effect
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

ADVICE = ("write", "leave", "test")
UNKNOWN = "unknown"
NET = ("expected_net", "expected_net_low", "expected_net_high")
SHRUNK = ("shrunk", "shrunk_low", "shrunk_high")
NAMED = 3  # audiences that a sentence names


@needs("orders.customer_id")
def now(shop: Shop, orders: ir.Table) -> ir.Table | NotComputed:
    """Return the customers with a valid order up to as_of, with their traits, a row each.

    ``orders`` are those of ``history.orders``. Columns customer_id, assigned_at, before_recency_days,
    before_orders, and what ``traits.before`` adds to them: grade, recency_band and frequency_band are what
    they would be if a message went out as the day after as_of begins.
    """
    if unnamed := filled.lacks(shop, "orders", "customer_id"):
        return unnamed
    next_day = shop.as_of + dt.timedelta(days=1)
    begins = next_day - dt.timedelta(days=shop.settings.rules.campaign.before_days)
    rows = orders.filter(orders.customer_id.notnull())
    each = rows.group_by("customer_id").aggregate(
        last_on=rows.paid_on.max(), before_orders=(rows.paid_on >= begins).sum()
    )
    people = each.select(
        "customer_id",
        "before_orders",
        assigned_at=ibis.literal(dt.datetime.combine(next_day, dt.time()), type="timestamp"),
        before_recency_days=ibis.literal(next_day).delta(each.last_on, unit="day"),
    )
    return traits.before(shop, people)


@needs()
def sizes(people: ir.Table, by: str) -> pd.DataFrame:
    """Return how many people each value of the column ``by`` has: by, customers; null is "unknown".

    In the order of ``trait_words``, others by name.
    """
    value = people[by].cast("string").fill_null(UNKNOWN)
    found = people.group_by(value.name(by)).aggregate(customers=people.count()).order_by(by).to_pandas()
    places = {code: place for place, code in enumerate(trait_words.groups().get(by, {}))}
    in_order = found[by].map(lambda code: places.get(code, len(places)))
    return found.iloc[in_order.argsort(kind="stable")].reset_index(drop=True)


@needs()
def expected(
    found: pd.DataFrame,
    whole: Effect,
    customers: pd.DataFrame,
    cost_per_message: float | None,
    margin: float | None,
) -> pd.DataFrame | NotComputed:
    """Return what writing to each audience would bring if it responds as its like did.

    ``found`` is the frame of ``responders.effects``, ``whole`` the effect in all of its customers;
    ``customers`` the frame of ``sizes``, whose first column is one that ``found`` is grouped by. The effects
    are the shrunk ones of net sales: measured alone, the group that looks best owes much to chance.

    Columns audience (in words), customers (now), audience_cost (of writing to all of them), expected_net
    (shrunk effect per head * margin - cost per message, for all) with expected_net_low and _high, null where
    too few were measured, and advice: write (low above 0), leave (high below 0) or test. Either of the first
    two is given only where the whole campaign says the same by its interval, or the group responds unlike the
    others: else many groups would be tried until one looks well. Best first, those not measured last.

    NotComputed without a cost per message or a margin, and where nothing was grouped by that column.
    """
    missing = _missing(found, customers, cost_per_message, margin)
    if missing:
        return missing
    rate, cost = typed.margin(margin), typed.amount("cost_per_message", cost_per_message)
    group, n = customers.iloc[:, 0], customers.customers
    told = found[(found.grouped_by == group.name) & (found.effect_in == "net_sales")].set_index("group")
    told = told.reindex(group).reset_index(drop=True)
    words = {UNKNOWN: _("unknown")} | trait_words.groups().get(group.name, {})
    frame = pd.DataFrame({"audience": group.map(lambda code: words.get(code, code)), "customers": n})
    frame["audience_cost"] = n * cost
    for name, of in zip(NET, SHRUNK, strict=True):
        frame[name] = n * (told[of] * rate - cost)
    pays, loses = whole.low * rate > cost, whole.high * rate < cost
    kinds = [
        (frame.expected_net_low > 0) & (pays | (told.responds == "more")),
        (frame.expected_net_high < 0) & (loses | (told.responds == "less")),
    ]
    frame["advice"] = np.select(kinds, ADVICE[:2], ADVICE[2])
    return frame.sort_values("expected_net", ascending=False, kind="stable", ignore_index=True)


def _missing(
    found: pd.DataFrame, customers: pd.DataFrame, cost: float | None, margin: float | None
) -> NotComputed | None:
    if pd.isna(cost):
        return NotComputed("sends.cost")
    if pd.isna(margin):
        return NotComputed(
            "rules.value.margin", _("the share of net sales that is gross profit; set it in shop.toml")
        )
    by = customers.columns[0]
    return None if (found.grouped_by == by).any() else NotComputed(by)


@needs()
def sentence(found: pd.DataFrame, currency: str) -> str:
    """Say which audiences to write to and which not, or that it cannot be told of any."""
    write, leave, test = (found[found.advice == advice] for advice in ADVICE)
    if not len(write) and not len(leave):
        return _(
            "Of no audience it can be told whether writing to it pays: write to more customers next time, or "
            "hold out more of them."
        )
    told = [_write(row, currency) for row in write.head(NAMED).itertuples()]
    told += [_leave(row, currency) for row in leave.iloc[::-1].head(NAMED).itertuples()]
    rest = ngettext(
        "Of {n} audience it cannot be told.",
        "Of {n} audiences it cannot be told.",
        len(test),
    ).format(n=i18n.count(len(test)))
    return i18n.sentences([*told, rest if len(test) else ""])


def _write(row: tuple, currency: str) -> str:
    said = _(
        "Write to “{audience}” ({n} customers): that is expected to leave {net} after the goods and messages."
    )
    return said.format(audience=row.audience, n=i18n.count(row.customers), net=_span(row, currency))


def _leave(row: tuple, currency: str) -> str:
    said = _(
        "Leave “{audience}” alone ({n} customers): writing to them is expected to end at {net} after the "
        "goods and messages."
    )
    return said.format(audience=row.audience, n=i18n.count(row.customers), net=_span(row, currency))


def _span(row: tuple, currency: str) -> str:
    return i18n.within(*(i18n.signed_money(getattr(row, name), currency) for name in NET))
