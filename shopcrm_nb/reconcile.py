"""Reconciliation: our totals beside those of the shop's back end, and the steps from one to the other."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import health_words, i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period

HALF_A_CENT = 0.005


@needs()
def stated(shop: Shop) -> pd.DataFrame | NotComputed:
    """Return what the back end shows, one row a span: start, end, paid, orders (null: not told), told_by.

    told_by is settings for the spans typed under [[back_end]] in shop.toml, and traffic for the calendar
    months of which traffic.paid has every day, up to as_of; where a day has a row without a source, that is
    the day, else its sources are added up. NotComputed without either.
    """
    typed = [(b.start, b.end, b.paid, b.orders, "settings") for b in shop.settings.back_end]
    frame = pd.DataFrame(typed, columns=["start", "end", "paid", "orders", "told_by"])
    found = pd.concat([part for part in (frame, _by_month(shop)) if len(part)] or [frame], ignore_index=True)
    found = found[found.end <= shop.as_of].reset_index(drop=True)
    return NotComputed(_("[[back_end]] in shop.toml, or traffic.paid")) if found.empty else found


def _by_month(shop: Shop) -> pd.DataFrame:
    columns = ["start", "end", "paid", "orders", "told_by"]
    if shop.missing("traffic.paid"):
        return pd.DataFrame(columns=columns)
    table = shop.tables["traffic"].filter(lambda t: t.paid.notnull())
    if "source" in table.columns:
        has_whole = table.source.isnull().any().over(group_by=table.date.date())
        table = table.filter(~has_whole | table.source.isnull())
    day = table.date.date()
    sums = {"paid": table.paid.sum().round(4), "days": day.nunique()}
    if "orders" in table.columns:
        sums["orders"] = table.orders.sum()
    by_month = table.group_by(start=day.truncate("M")).aggregate(**sums).order_by("start").to_pandas()
    start = pd.to_datetime(by_month.start)
    whole = by_month.days == start.dt.days_in_month
    ends = (start + pd.offsets.MonthEnd(0)).dt.date
    found = by_month.assign(start=start.dt.date, end=ends, told_by="traffic")[whole]
    return found.reindex(columns=columns)


@needs()
def compared(shop: Shop, stated: pd.DataFrame) -> pd.DataFrame:
    """Return what the back end shows beside our own: a row a span, the latest first.

    Columns start, end, told_by, back_end_paid, paid (of all orders paid within the days, refunds not taken
    off, the basis of the platform's 支付金额), gap (back end minus ours), gap_share (of the back end's),
    back_end_orders, orders.
    """
    ours = pd.DataFrame([_paid(shop, Period(row.start, row.end)) for row in stated.itertuples()])
    found = stated.rename(columns={"paid": "back_end_paid", "orders": "back_end_orders"}).join(ours)
    found["gap"] = (found.back_end_paid - found.paid).round(2)
    found["gap_share"] = (found.gap / found.back_end_paid.where(found.back_end_paid > 0)).astype("float64")
    shown = [
        "start",
        "end",
        "told_by",
        "back_end_paid",
        "paid",
        "gap",
        "gap_share",
        "back_end_orders",
        "orders",
    ]
    return found[shown].sort_values(["end", "start"], ascending=False, ignore_index=True)


def _paid(shop: Shop, when: Period) -> dict[str, float]:
    rows = _paid_within(shop.tables["orders"], when)
    found = rows.aggregate(paid=rows.paid.sum().fill_null(0.0).round(2), orders=rows.count())
    return found.to_pyarrow().to_pylist()[0]


def _paid_within(orders: ir.Table, when: Period) -> ir.Table:
    return orders.filter(orders.paid_at.notnull() & orders.paid_at.date().between(when.start, when.end))


@needs()
def latest(compared: pd.DataFrame) -> pd.Series:
    """Return the row of the latest span with a gap; of the latest of all where none has one."""
    gaps = compared[compared.gap.abs() >= HALF_A_CENT]
    return (compared if gaps.empty else gaps).iloc[0]


@needs()
def steps(shop: Shop, row: pd.Series, suspects: pd.DataFrame) -> pd.DataFrame:
    """Return the way from our net sales to the back end's figure for a row of ``compared``.

    Columns driver, value, kind (total for sums, part for steps; they add up to the cent). net_sales of the
    valid orders paid within the days, their refunds, without_net (orders of which nothing is left after
    refunds, or not more than the shop's minimum), together our paid; then the one suspect that closes the gap
    to the cent, else the gap itself; and what the back end shows.
    """
    when = Period(row.start, row.end)
    valid = shop.orders.filter(shop.orders.paid_on.between(when.start, when.end))
    found = valid.aggregate(
        net=valid.net.sum().fill_null(0.0).round(4), paid=valid.paid.sum().fill_null(0.0).round(4)
    )
    net, paid = (round(value, 2) for value in found.to_pyarrow().to_pylist()[0].values())
    found = pd.DataFrame(
        [
            ("net_sales", net, "total"),
            ("refunds", round(paid - net, 2), "part"),
            ("without_net", round(row.paid - paid, 2), "part"),
            ("paid", row.paid, "total"),
            (_closing(suspects) or "gap", row.gap, "part"),
            ("back_end", row.back_end_paid, "total"),
        ],
        columns=["driver", "value", "kind"],
    )
    return found[(found.kind == "total") | (found.value.abs() >= HALF_A_CENT)].reset_index(drop=True)


@needs()
def suspects(shop: Shop, row: pd.Series) -> pd.DataFrame:
    """Return what could explain the gap of a row of ``compared``, each with its amount, the nearest first.

    Nothing where there is no gap. Columns suspect, orders, paid (what it would add to ours), gap_left (the
    gap that would remain). suspects:
    closed_unpaid and waiting (a back end that counts orders as placed, 下单金额; deposits of presales are
    among the waiting), no_net (one that leaves out refunded orders), refunds (one that takes refunds off),
    eight_hours_early and eight_hours_late (days cut in another time zone, such as UTC; orders are those that
    come in or fall out), dropped (rows of the exports that could not be used, at the mean of ours; an
    estimate).
    """
    when = Period(row.start, row.end)
    found = pd.DataFrame(
        [*_placed(shop, when), *_refunded(shop, when), *_shifted(shop, when, row), _dropped(shop)]
    )
    found.columns = ["suspect", "orders", "paid"]
    found["gap_left"] = (row.gap - found.paid).round(2)
    told = found[(found.orders > 0) & (found.paid.abs() >= HALF_A_CENT) & (abs(row.gap) >= HALF_A_CENT)]
    return told.sort_values("gap_left", key=abs, ignore_index=True)


def _placed(shop: Shop, when: Period) -> list[tuple]:
    """Orders created within the days and never paid, closed or waiting, at what they would have cost."""
    table = shop.tables["orders"]
    rows = table.filter(table.paid_at.isnull() & table.created_at.date().between(when.start, when.end))
    found = rows.group_by("status").aggregate(orders=rows.count(), paid=rows.order_total.sum().round(2))
    sums = {row["status"]: row for row in found.to_pyarrow().to_pylist()}
    return [
        (name, int(sums[status]["orders"]), sums[status]["paid"] or 0.0) if status in sums else (name, 0, 0.0)
        for name, status in (("closed_unpaid", "closed_unpaid"), ("waiting", "unpaid"))
    ]


def _refunded(shop: Shop, when: Period) -> list[tuple]:
    rows = _paid_within(shop.tables["orders"], when)
    least = shop.settings.rules.orders.min_order_amount
    gone = (rows.paid - rows.refund).round(4) <= least
    found = rows.aggregate(
        n=gone.sum(),
        paid=rows.paid.sum(where=gone),
        refunded=(rows.refund > 0).sum(),
        refund=rows.refund.sum(),
    )
    met = {name: value or 0 for name, value in found.to_pyarrow().to_pylist()[0].items()}
    return [
        ("no_net", met["n"], -round(met["paid"], 2)),
        ("refunds", met["refunded"], -round(met["refund"], 2)),
    ]


def _shifted(shop: Shop, when: Period, row: pd.Series) -> list[tuple]:
    """What the days would hold if they were cut eight hours earlier or later."""
    table = shop.tables["orders"].filter(lambda t: t.paid_at.notnull() & (t.paid_at.date() <= shop.as_of))
    inside = table.paid_at.date().between(when.start, when.end)
    rows = []
    for name, hours in (("eight_hours_early", 8), ("eight_hours_late", -8)):
        there = (table.paid_at + ibis.interval(hours=hours)).date().between(when.start, when.end)
        found = table.aggregate(
            n=(there != inside).sum(), paid=table.paid.sum(where=there).fill_null(0.0).round(4)
        )
        n, paid = found.to_pyarrow().to_pylist()[0].values()
        rows.append((name, n or 0, round(paid - row.paid, 2)))
    return rows


def _dropped(shop: Shop) -> tuple:
    """Rows of orders that could not be used, at the mean payment of those that could."""
    ledger = shop.ledger
    unusable = ("unreadable_line", "no_key", "unreadable_value", "no_value")
    lost = int(ledger[(ledger.table == "orders") & ledger.why.isin(unusable)].dropped.sum())
    mean = shop.tables["orders"].paid.mean().to_pyarrow().as_py() or 0.0
    return "dropped", lost, round(lost * mean, 2)


@needs()
def sentence(compared: pd.DataFrame, suspects: pd.DataFrame, currency: str) -> str:
    """Say whether we agree with the back end, else what closes the gap of the latest span that has one."""
    row = latest(compared)
    figures = {
        "first": i18n.day(row.start),
        "last": i18n.day(row.end),
        "paid": i18n.money(row.paid, currency),
        "back_end": i18n.money(row.back_end_paid, currency),
        "gap": i18n.signed_money(row.gap, currency),
    }
    agree = int((compared.gap.abs() < HALF_A_CENT).sum())
    of_all = ngettext(
        "{agree} of {n} span agrees to the cent.", "{agree} of {n} spans agree to the cent.", len(compared)
    ).format(agree=i18n.count(agree), n=i18n.count(len(compared)))
    if abs(row.gap) < HALF_A_CENT:
        said = _("From {first} to {last} the back end shows {back_end}, and so do we.")
        return i18n.sentences([said.format(**figures), of_all])
    said = _("From {first} to {last} the back end shows {back_end} and we {paid}: {gap}.").format(**figures)
    return i18n.sentences([said, _explained(suspects), of_all])


@needs()
def shown(compared: pd.DataFrame) -> pd.DataFrame:
    """Return ``compared`` to read; where the figures are from is told where it is not the same in all."""
    return compared.drop(columns="told_by") if compared.told_by.nunique() == 1 else compared


@needs()
def suspects_sentence(suspects: pd.DataFrame) -> str:
    """Say what the suspects below are; nothing where there are none."""
    said = _(
        "These could explain the gap: what each would add to ours, and what gap would be left if it is the "
        "cause."
    )
    return "" if suspects.empty else said


def _explained(suspects: pd.DataFrame) -> str:
    cause = _closing(suspects)
    if not cause:
        return _("No single cause that we can compute closes the gap.")
    return _("One thing closes the gap to the cent: {cause}.").format(cause=health_words.drivers()[cause])


def _closing(suspects: pd.DataFrame) -> str:
    """Return the suspect that closes the gap to the cent; nothing where none or several do."""
    closing = suspects[suspects.gap_left.abs() < HALF_A_CENT]
    return closing.iloc[0].suspect if len(closing) == 1 else ""
