"""Receipt: how customers confirm what has arrived, and what they rate (DX-10 收货行为, DX-11 评价行为)."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n, reviews
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.filled import known
from shopcrm_nb.health_rules import ProcessRules
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period
from shopcrm_nb.rules import Rules
from shopcrm_nb.shipping import hours, within

CONFIRMATIONS = ("active", "automatic", "later")
MOST_DAYS = 2  # times the platform's limit: the last day of the histogram, with all later ones


@needs()
def confirmations(parcels: ir.Table, now: Period, rules: Rules) -> pd.DataFrame | NotComputed:
    """Return how the orders paid within a period were confirmed, always three rows.

    - confirmation: automatic, within ``auto_confirm_tolerance_hours`` of ``auto_confirm_days`` after the
      last parcel left (E-18; a customer who confirms in that very hour is counted with it); active before,
      later after it (the limit was extended, or the shop's platform has another one).
    - orders, order_share (of the three); from_step: signed_at, or shipped_at where signing is not recorded,
      from which median_days and p80_days to the confirmation are counted.

    Only orders shipped so long before the end of ``as_of`` that the platform would have confirmed them; the
    younger ones confirmed already are all active. Times before the ones before them are left out.
    """
    judged = _confirmed(parcels, now, rules.process)
    if isinstance(judged, NotComputed):
        return judged
    start = known(judged, "signed_at", "shipped_at")[0]
    days = hours(judged[start], judged.confirmed_at) / 24
    counts = judged.group_by("confirmation").aggregate(
        orders=judged.count(),
        median_days=days.quantile(0.5, where=days >= 0),
        p80_days=days.quantile(0.8, where=days >= 0),
    )
    frame = counts.to_pandas().set_index("confirmation").reindex(CONFIRMATIONS)
    orders = frame.pop("orders").fillna(0).astype("int64")
    share = (orders / orders.sum() if orders.sum() else orders * float("nan")).astype("float64")
    return frame.assign(orders=orders, order_share=share, from_step=start).reset_index()[
        ["confirmation", "orders", "order_share", "from_step", "median_days", "p80_days"]
    ]


@needs()
def confirm_days(parcels: ir.Table, now: Period, rules: Rules) -> pd.DataFrame | NotComputed:
    """Return the orders of ``confirmations`` by the days from shipping to confirmation, for a histogram.

    A row a day and confirmation: days (rounded, so that day 10 is 9.5 to 10.5; the last one, twice the
    platform's limit, has all later ones), confirmation, orders; a day without orders with zeros.
    """
    judged = _confirmed(parcels, now, rules.process)
    if isinstance(judged, NotComputed):
        return judged
    last = round(MOST_DAYS * rules.process.auto_confirm_days)
    days = ibis.least(judged.ship_days.round(0), last).cast("int64")
    counts = judged.group_by("confirmation", days=days).aggregate(orders=judged.count()).to_pandas()
    every = pd.MultiIndex.from_product([range(last + 1), CONFIRMATIONS], names=["days", "confirmation"])
    filled = counts.set_index(every.names).reindex(every, fill_value=0)
    return filled.astype("int64").reset_index()


def _confirmed(parcels: ir.Table, now: Period, rules: ProcessRules) -> ir.Table | NotComputed:
    """Return the confirmed orders that can be judged, with ship_days and confirmation."""
    missing = [name for name in ("shipped_at", "confirmed_at") if name not in parcels.columns]
    if missing:
        return NotComputed(f"orders.{missing[0]}")
    limit, tolerance = rules.auto_confirm_days * 24, rules.auto_confirm_tolerance_hours
    mine = within(parcels, now).mutate(
        since_shipped=lambda t: t.age_hours - hours(t.paid_at, t.all_shipped_at),
        took=lambda t: hours(t.all_shipped_at, t.confirmed_at),
    )
    old = mine.filter((mine.since_shipped >= limit + tolerance) & (mine.took >= 0))
    kind = ibis.cases(
        (old.took < limit - tolerance, "active"), (old.took <= limit + tolerance, "automatic"), else_="later"
    )
    return old.mutate(ship_days=old.took / 24, confirmation=kind)


@needs()
def sentence(confirmations: pd.DataFrame, rules: Rules) -> str:
    """Say how many orders the customers confirm themselves, and how many the platform confirms for them."""
    rows = confirmations.set_index("confirmation")
    n = int(rows.orders.sum())
    days = i18n.number(rules.process.auto_confirm_days)
    if not n:
        return _(
            "No confirmed order of the period was shipped {days} days ago or longer, so it cannot be told "
            "who confirms."
        ).format(days=days)
    said = ngettext(
        "Of {n} confirmed order {active} was confirmed by the customer before the platform's limit of {days} "
        "days, {automatic} at that limit.",
        "Of {n} confirmed orders {active} were confirmed by the customer before the platform's limit of "
        "{days} days, {automatic} at that limit.",
        n,
    )
    shares = {name: i18n.percent(rows.order_share[name]) for name in CONFIRMATIONS}
    later = _("{later} were confirmed after it.").format(**shares) if rows.orders["later"] else ""
    told = said.format(n=i18n.count(n), days=days, **shares)
    return i18n.sentences([told, later, _other_limit(rows.orders)])


def _other_limit(orders: pd.Series) -> str:
    if orders["later"] <= orders["automatic"]:
        return ""
    return _(
        "More were confirmed after it than at it, so this platform may have another limit: see the days, and "
        "set auto_confirm_days under [rules.process] in shop.toml."
    )


@needs()
def reviewed(shop: Shop, now: Period) -> pd.DataFrame | NotComputed:
    """Return what customers rate, a row for each figure that the shop's reviews tell.

    - reviewed: of the completed orders (status success) paid within the period, how many have a review of
      the customer's own so far; with half (median_days) and 80 % (p80_days) of these written so many days
      after the confirmation. The latest orders may still be reviewed.
    - default: of the reviews written in the period, how many are the platform's own text (E-18).
    - good (4 and 5 stars), middle (3), bad (1 and 2), unknown (no stars): of the others of them.

    Columns figure, count, base (of how many), share (null where there is none), median_days, p80_days.
    """
    written = reviews.read(shop)
    if isinstance(written, NotComputed):
        return written
    rows = [*_of_orders(shop, written, now), *_of_reviews(written, now)]
    if not rows:
        return NotComputed("reviews.order_id")
    frame = pd.DataFrame(rows, columns=["figure", "count", "base", "median_days", "p80_days"])
    share = (frame["count"] / frame.base.where(frame.base > 0)).astype("float64")
    frame.insert(3, "share", share)
    return frame.astype({"median_days": "float64", "p80_days": "float64"})


def _of_orders(shop: Shop, written: ir.Table, now: Period) -> list[tuple]:
    """Return the row of the reviewed orders, if reviews name their orders."""
    if "order_id" not in written.columns:
        return []
    done = _completed(shop, now)
    own = written.filter(~written.default & written.order_id.notnull())
    first = own.group_by(review_of=own.order_id).aggregate(reviewed_at=own["at"].min())
    both = done.left_join(first, done.order_id == first.review_of)
    days = hours(both.confirmed_at, both.reviewed_at) / 24
    found = both.aggregate(
        n=both.reviewed_at.count(),
        base=both.count(),
        median_days=days.quantile(0.5, where=days >= 0),
        p80_days=days.quantile(0.8, where=days >= 0),
    )
    return [("reviewed", *found.to_pyarrow().to_pylist()[0].values())]


def _completed(shop: Shop, now: Period) -> ir.Table:
    """Return order_id and confirmed_at (null where it is not recorded) of the period's completed orders."""
    rows = shop.tables["orders"]
    rows = rows.filter(rows.paid_at.date().between(now.start, now.end), rows.status == "success")
    if "confirmed_at" not in rows.columns:
        return rows.select("order_id", confirmed_at=ibis.null("timestamp"))
    by_then = rows.confirmed_at.isnull() | (rows.confirmed_at.date() <= shop.as_of)
    return rows.filter(by_then).select("order_id", "confirmed_at")


def _of_reviews(written: ir.Table, now: Period) -> list[tuple]:
    """Return the rows of the reviews of the period, as far as their columns tell."""
    mine = written.filter(written["on"].between(now.start, now.end))
    own = ~mine.default
    counts = {name: (own & (mine.star_class == name)).sum().fill_null(0) for name in reviews.CLASSES}
    found = (
        mine.aggregate(every=mine.count(), default=mine.default.sum().fill_null(0), **counts)
        .to_pyarrow()
        .to_pylist()[0]
    )
    rows = [("default", found["default"], found["every"], None, None)] if "text" in written.columns else []
    if "stars" in written.columns:
        base = found["every"] - found["default"]
        rows += [(name, found[name], base, None, None) for name in reviews.CLASSES]
    return rows


@needs()
def review_sentence(reviewed: pd.DataFrame) -> str:
    """Say how many completed orders were reviewed, how many reviews nobody wrote, and how the others rate."""
    rows = {row.figure: row for row in reviewed.itertuples() if row.base}
    said = {
        "reviewed": _("{share} of the {n} completed orders of the period are reviewed so far."),
        "default": _("{share} of the {n} reviews of the period are the platform's default text."),
        "good": _("{share} of the {n} reviews that customers wrote are good, {bad} are bad."),
    }
    bad = i18n.percent(rows["bad"].share) if "bad" in rows else ""
    texts = [
        text.format(share=i18n.percent(rows[name].share), n=i18n.count(rows[name].base), bad=bad)
        for name, text in said.items()
        if name in rows
    ]
    return i18n.sentences(texts or [_("Nothing was completed or reviewed in the period.")])
