"""Relationship by month: where people of each class went, and how many were in each at the end (CU-04)."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import behaviour, i18n, model, profile
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period
from shopcrm_nb.portrait_rules import RelationshipRules
from shopcrm_nb.relationship import (
    BEHAVIOUR,
    BLACKLIST,
    CLASSES,
    MARK_DAYS,
    MEMBERS,
    STATES,
    Standing,
    can_be_lost,
    missing,
)

KNOWN = ("orders", "ordered_on", "tried", "marked_on", "listed")  # of a person on a day
A_DAY = dt.timedelta(days=1)


@needs("orders.customer_id")
def flow(shop: Shop) -> pd.DataFrame | NotComputed:
    """Return where people of each class went within each of the last ``relationship.months`` months.

    One row for each pair of classes that occurs: month (its first day), partial (the running month, up to
    as_of), class_then (at the end of the day before it), class_now (at its end, or at as_of), customers,
    net_sales (of these people in the month). Classes as in ``today``; none: not met yet. A month is left out
    where the day before it lies before the first valid order. Each class rests on what lies up to its day,
    but refunds are those known today, the blacklist has no dates and holds on every day, and an order without
    any date was always there. NotComputed where no month is left.
    """
    months = _months(shop)
    if not months:
        day = i18n.day(shop.as_of.replace(day=1) - A_DAY)
        return NotComputed(_("orders with a buyer up to {day}").format(day=day))
    spread = _spread(_known(shop, months), months, shop.settings.rules.relationship)
    keys = ["place", "class_then", "class_now"]
    moved = spread.group_by(keys).aggregate(
        customers=spread.count(), net_sales=spread.net.sum().fill_null(0.0).round(4)
    )
    frame = moved.to_pandas()
    frame = frame.sort_values(keys, key=lambda s: s if s.name == "place" else s.map(STATES.index))
    when = [months[place - 1] for place in frame.place]
    frame.insert(0, "month", pd.to_datetime([span.start for span in when]))
    frame.insert(1, "partial", [not pd.Timestamp(span.end).is_month_end for span in when])
    return frame.drop(columns="place").reset_index(drop=True)


def _months(shop: Shop) -> list[Period]:
    """Return the calendar months whose first day can be looked at, the earliest first."""
    n, first = shop.settings.rules.relationship.months, shop.first_day
    starts = pd.date_range(end=shop.as_of, periods=n, freq="MS").date
    ends = [*(start - A_DAY for start in starts[1:]), shop.as_of]
    spans = [Period(start, end) for start, end in zip(starts, ends, strict=True)]
    return [span for span in spans if span.start - A_DAY >= first]


def _known(shop: Shop, months: list[Period]) -> ir.Table:
    """Return what is known of each person at the end of each month in which anything happened to them.

    ``place`` is the month's, from 1; 0 is all the time before. Columns of KNOWN, then the same before the
    month as ``…_before``; net is of the month alone, until the place of the person's next row.
    """
    traces = ibis.union(*_traces(shop))
    base = months[0].start.year * 12 + months[0].start.month - 1
    number = traces.on.year() * 12 + traces.on.month() - base
    traces = traces.mutate(place=ibis.greatest(number, 0).fill_null(0).cast("int32"))
    each = traces.group_by("customer_id", "place").aggregate(
        orders=traces.valid.sum(),
        ordered_on=traces.ordered_on.max(),
        tried=traces.tried.any(),
        marked_on=traces.marked_on.max(),
        listed=traces.listed.any(),
        net=traces.net.sum().round(4),
    )
    in_time = ibis.window(group_by="customer_id", order_by="place")
    so_far = ibis.window(group_by="customer_id", order_by="place", rows=(None, 0))
    grown = {name: each[name].max() for name in ("ordered_on", "marked_on")}
    grown |= {name: each[name].any() for name in ("tried", "listed")} | {"orders": each.orders.sum()}
    each = each.mutate(**{name: value.over(so_far) for name, value in grown.items()})
    before = {f"{name}_before": each[name].lag().over(in_time) for name in KNOWN}
    return each.mutate(**before, until=each.place.lead().over(in_time).fill_null(len(months) + 1))


def _traces(shop: Shop) -> list[ir.Table]:
    """Return what tells of people, each with its day: orders, and what else the shop has."""
    parts = [_orders(shop)]
    if not missing(shop, BEHAVIOUR):
        parts += _events(shop)
    if not missing(shop, MEMBERS):
        rows = profile.members(shop)
        parts.append(_trace(rows, rows.enrolled_on))
    if not missing(shop, BLACKLIST):
        rows = shop.tables["customers"]
        rows = rows.filter(rows.customer_id.notnull() & rows.blacklisted)
        parts.append(_trace(rows, ibis.null("date"), listed=ibis.literal(True)))
    return parts


def _trace(rows: ir.Table, on: ir.DateValue, **told: ir.Value) -> ir.Table:
    """Return rows as traces, of which all have the same columns; a day that is null was always there."""
    nothing = {
        "valid": ibis.literal(0, "int64"),
        "net": ibis.literal(0.0),
        "ordered_on": ibis.null("date"),
        "tried": ibis.literal(False),
        "marked_on": ibis.null("date"),
        "listed": ibis.literal(False),
    }
    return rows.select("customer_id", on=on, **(nothing | told))


def _orders(shop: Shop) -> ir.Table:
    rows = model.valid(shop.tables["orders"], shop.as_of, shop.settings.rules.orders.min_order_amount)
    rows = rows.filter(rows.customer_id.notnull() & ~rows._why.identical_to("after_as_of"))
    valid, unpaid = rows._why.isnull(), rows.paid_at.isnull()
    tried = unpaid | (rows.refund.fill_null(0) > 0)
    rows = rows.mutate(valid=valid, tried=tried).filter(valid | tried)
    return _trace(
        rows,
        ibis.coalesce(rows.paid_at, rows.created_at).date(),
        valid=rows.valid.cast("int64"),
        net=ibis.ifelse(rows.valid, rows.net, 0.0),
        ordered_on=ibis.ifelse(rows.valid, rows.paid_on, ibis.null("date")),
        tried=rows.tried,
    )


def _events(shop: Shop) -> list[ir.Table]:
    """Return when each person was first seen, and the favourites and carts: nothing else of events counts."""
    rows = behaviour.events(shop)
    first = rows.group_by("customer_id").aggregate(on=rows.on.min())
    marks = rows.filter(rows.type.isin(["favourite", "cart"]))
    return [_trace(first, first.on), _trace(marks, marks.on, marked_on=marks.on)]


def _spread(known: ir.Table, months: list[Period], rules: RelationshipRules) -> ir.Table:
    """Return a row for each person and month: place, class_then, class_now, net of the month."""
    spans = _spans(months, rules)
    joined = known.join(spans, [known.place <= spans.shown, spans.shown < known.until])
    own = joined.place == joined.shown
    was, now = (_class_at(joined, end, "", rules) for end in ("then", "now"))
    came = _class_at(joined, "then", "_before", rules)
    return joined.select(
        place=joined.shown,
        class_then=ibis.ifelse(own, came, was),
        class_now=now,
        net=ibis.ifelse(own, joined.net, 0.0),
    )


def _spans(months: list[Period], rules: RelationshipRules) -> ir.Table:
    """Return the days that count at either end of each month: the last to be lost, the first of marks."""
    rows = []
    for place, span in enumerate(months, start=1):
        ends = [span.start - A_DAY, span.end]
        days = [day for end in ends for day in (end - rules.lost_days * A_DAY, end - MARK_DAYS * A_DAY)]
        rows.append((place, *days))
    names = ("lost_then", "marked_then", "lost_now", "marked_now")
    schema = {"shown": "int32"} | dict.fromkeys(names, "date")
    return ibis.memtable(pd.DataFrame(rows, columns=list(schema), dtype="object"), schema=schema)


def _class_at(joined: ir.Table, end: str, of: str, rules: RelationshipRules) -> ir.StringValue:
    """Name the class at an ``end`` of the month, by what was known then (``of`` is _before) or since."""
    orders, ordered_on, tried, marked_on, listed = (joined[f"{name}{of}"] for name in KNOWN)
    return Standing(
        listed=listed,
        lost=ordered_on < joined[f"lost_{end}"],
        orders=orders,
        interested=(marked_on > joined[f"marked_{end}"]).fill_null(False) | tried,
        met=orders.notnull(),
    ).named(rules)


@needs()
def shown(flow: pd.DataFrame) -> pd.DataFrame:
    """Return who moved in the last whole month of ``flow`` to read, the largest moves first.

    Columns month (as 2026-06), class_then, class_now, customers, then_share (of the people of class_then;
    null for those not met yet, whose number nobody knows), net_sales. Who stayed in a class is left out.
    """
    whole = flow[~flow.partial]
    month = (whole if len(whole) else flow).month.max()
    mine = flow[flow.month == month]
    base = mine.groupby("class_then").customers.transform("sum").where(mine.class_then != "none")
    mine = mine.assign(month=f"{month:%Y-%m}", then_share=mine.customers / base)
    moved = mine[mine.class_then != mine.class_now]
    moved = moved.sort_values(["customers", "class_then", "class_now"], ascending=[False, True, True])
    columns = ["month", "class_then", "class_now", "customers", "then_share", "net_sales"]
    return moved[columns].reset_index(drop=True)


@needs("orders.customer_id")
def stock(shop: Shop, flow: pd.DataFrame) -> pd.DataFrame:
    """Return how many were in each class at the end of each month of ``flow``, and before the first.

    Columns day (the last of a month, or as_of), partial (the running month), relationship (all classes but
    none), customers: null where the data do not yet tell; who only looked, before the first event; targets,
    before there are 90 days of events; lost, before the history is long enough for it.
    """
    start = flow[flow.month == flow.month.min()]
    ends = flow.month + pd.offsets.MonthEnd(0)
    ends = ends.mask(flow.partial, pd.Timestamp(shop.as_of))
    parts = [
        start.assign(day=start.month - pd.Timedelta(days=1), relationship=start.class_then, partial=False),
        flow.assign(day=ends, relationship=flow.class_now),
    ]
    rows = pd.concat(parts, ignore_index=True)
    sums = rows.groupby(["day", "relationship"]).customers.sum().unstack("relationship")
    sums = sums.reindex(columns=list(CLASSES)).fillna(0).astype("Int64")
    for name, told_from in _told_from(shop).items():
        sums[name] = sums[name].mask(sums.index < pd.Timestamp(told_from))
    frame = sums.stack(future_stack=True).rename("customers").reset_index()
    partial = rows.groupby("day").partial.any()
    frame.insert(1, "partial", frame.day.map(partial))
    return frame


def _told_from(shop: Shop) -> dict[str, dt.date]:
    """Return the day from which on a class can be told."""
    found, after = {"lost": can_be_lost(shop)}, shop.as_of + A_DAY
    if missing(shop, BLACKLIST):
        found["non_customer"] = after
    if missing(shop, BEHAVIOUR):
        return found | ({"prospect": after} if missing(shop, MEMBERS) else {})
    first = _first_event(shop)
    return found | {"prospect": first, "target": first + (MARK_DAYS - 1) * A_DAY} if first else found


def _first_event(shop: Shop) -> dt.date | None:
    return behaviour.events(shop).on.min().to_pyarrow().as_py()


@needs("orders.customer_id")
def limits(shop: Shop) -> pd.DataFrame:
    """Say what the classes of earlier days do not rest on: severity, finding."""
    said = [_behaviour_limit(shop), _lost_limit(shop)]
    if not missing(shop, BLACKLIST):
        said.append(_("the blacklist has no dates: whoever is on it today is a non-customer on every day"))
    found = [text for text in said if text]
    return pd.DataFrame({"severity": "note", "finding": found}, columns=["severity", "finding"])


@needs()
def limits_sentence(found: pd.DataFrame) -> str:
    """Say ``limits`` in one sentence; empty where there are none."""
    said = _("The earlier months rest on less: {limits}.")
    return said.format(limits=_("; ").join(found.finding)) if len(found) else ""


def _behaviour_limit(shop: Shop) -> str:
    absent = missing(shop, BEHAVIOUR)
    if absent:
        said = _("who only looked is not known, and targets are known by their orders alone: needs {needs}")
        return said.format(needs=absent.needs)
    first = _first_event(shop)
    said = _(
        "what people looked at is known from {day} on: who came before that only to look is not met yet then"
    )
    return said.format(day=i18n.day(first)) if first else ""


def _lost_limit(shop: Shop) -> str:
    days, since = shop.settings.rules.relationship.lost_days, can_be_lost(shop)
    shown = _months(shop)
    if not shown or shown[0].start - A_DAY >= since:
        return ""
    said = ngettext(
        "the first order is of {first}: before {since} nobody can have been away for more than {n} day",
        "the first order is of {first}: before {since} nobody can have been away for more than {n} days",
        days,
    )
    return said.format(first=i18n.day(shop.first_day), since=i18n.day(since), n=i18n.count(days))
