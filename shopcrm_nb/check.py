"""The data check: what was read, what is wrong with it, how much, and what to do about it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import ibis
import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.ledger import LEDGER_COLUMNS
from shopcrm_nb.model import Shop

SEVERITIES = ("error", "warning", "note")
FINDING_COLUMNS = ["severity", "table", "check", "finding", "count", "share", "example", "cure"]
HAS_MONEY = ("paid", "part_shipped", "shipped", "success")


@dataclass(frozen=True)
class Finding:
    """One thing found: how grave, where, its code, the sentence, how many, an example, the cure."""

    severity: str
    table: str
    check: str
    finding: str
    count: int = 0
    share: float | None = None
    example: str = ""
    cure: str = ""


def findings(shop: Shop) -> pd.DataFrame:
    """Return all findings, the gravest first: severity, table, check, finding, count, share, example, cure.

    ``share`` is 0 to 1 of the rows that the check looks at; null where a count has no whole.
    """
    found = [
        *_from_loading(shop),
        *_from_ledger(shop),
        *_keys(shop),
        *_amounts_and_times(shop),
        *_calendar(shop),
        *_between_tables(shop),
    ]
    found.sort(key=lambda f: SEVERITIES.index(f.severity))
    return pd.DataFrame([asdict(f) for f in found], columns=FINDING_COLUMNS)


def reasons() -> dict[str, str]:
    """Return the words for each code of the ledger's ``why``."""
    return {
        "unreadable_line": _("the line cannot be read"),
        "where": _("left out by the shop's row filter"),
        "no_key": _("no id"),
        "unreadable_value": _("an amount or a time that cannot be read"),
        "no_value": _("a needed amount or time is empty"),
        "older_copy": _("an older copy: a later export has the same order"),
        "duplicate": _("the same id again in the same file; the last one counts"),
        "further_line": _("a further line of an order that is counted already"),
        "from_items": _("orders made of their lines"),
        "after_as_of": _("after the last day counted"),
        "unpaid": _("never paid"),
        "no_net": _("nothing left after refunds"),
    }


def ledger(shop: Shop) -> pd.DataFrame:
    """Return the ledger with ``why`` in words, without steps that dropped nothing, but each table's first.

    In each table rows_in of the first line = rows_out of the last line + all dropped.
    """
    lines = shop.ledger
    first = ~lines.duplicated("table")
    shown = lines[first | (lines.dropped > 0)].copy()
    shown["why"] = shown["why"].map(reasons()).where(shown.dropped > 0, "")
    return shown[LEDGER_COLUMNS].reset_index(drop=True)


def sources(shop: Shop) -> pd.DataFrame:
    """Return one row a file: table, file, format, rows, and the headers that are not used."""
    facts = shop.facts
    files = facts[facts.fact == "file"].rename(
        columns={"subject": "file", "count": "rows", "example": "format"}
    )
    unused = facts[facts.fact == "unused_headers"].set_index("subject").example
    files["unused_headers"] = files.file.map(unused)
    return files[["table", "file", "format", "rows", "unused_headers"]].reset_index(drop=True)


def columns(shop: Shop) -> pd.DataFrame:
    """Return how the canonical columns were found: table, column, source (a header or an expression)."""
    facts = shop.facts[shop.facts.fact == "column"]
    shown = facts.rename(columns={"subject": "column", "example": "source"})[["table", "column", "source"]]
    return shown.drop_duplicates().reset_index(drop=True)


def monthly(shop: Shop) -> pd.DataFrame:
    """Return month, orders, buyers, net_sales of the valid orders; ``whole`` is False for a month cut off.

    A month is cut off where the first or the last day counted is not the month's own. Months without an
    order are there with zeros.
    """
    orders = shop.orders.mutate(month=shop.orders.paid_on.truncate("M"))
    buyers = orders.customer_id.nunique() if "customer_id" in orders.columns else ibis.null("int64")
    by_month = orders.group_by("month").aggregate(
        orders=orders.count(), buyers=buyers, net_sales=orders.net.sum().round(2), first=orders.paid_on.min()
    )
    frame = by_month.order_by("month").to_pandas()
    frame["month"] = pd.to_datetime(frame.month)
    opened = pd.Timestamp(frame["first"].iloc[0])
    every = pd.date_range(frame.month.min(), pd.Timestamp(shop.as_of).replace(day=1), freq="MS", name="month")
    frame = frame.drop(columns="first").set_index("month").reindex(every, fill_value=0).reset_index()
    ends = pd.Timestamp(shop.as_of) >= frame.month + pd.offsets.MonthEnd(0)
    frame["whole"] = ends & (frame.month >= opened)
    return frame


def statuses(shop: Shop) -> pd.DataFrame:
    """Return status, orders, paid and share of all orders loaded, whether they count or not."""
    orders = shop.tables["orders"]
    counts = orders.group_by("status").aggregate(orders=orders.count(), paid=orders.paid.sum().round(2))
    frame = counts.order_by(ibis.desc("orders"), "status").to_pandas()
    return frame.assign(share=frame.orders / frame.orders.sum())


def answer(shop: Shop, found: pd.DataFrame) -> str:
    """Say in one sentence whether the data can be trusted, and for what."""
    used = int(shop.ledger[shop.ledger.table == "orders"].rows_out.iloc[-1])
    grave = found.severity.value_counts()
    text = _("{orders} valid orders from {first} to {last} are used.").format(
        orders=i18n.count(used), first=i18n.day(_first_day(shop)), last=i18n.day(shop.as_of)
    )
    if grave.get("error", 0):
        return text + " " + _("This is not enough to work with: see the errors below.")
    level = shop.missing("orders.customer_id")
    if level:
        return (
            text + " " + _("Work at customer level is {not_computed}.").format(not_computed=level.sentence())
        )
    warnings = int(grave.get("warning", 0))
    if not warnings:
        return text + " " + _("Nothing was found that stands in the way.")
    return (
        text
        + " "
        + ngettext("{n} thing deserves a look first.", "{n} things deserve a look first.", warnings).format(
            n=warnings
        )
    )


def figures(shop: Shop, found: pd.DataFrame) -> dict[str, float]:
    """Return the key figures of the data by their stable names."""
    row = (
        shop.orders.aggregate(n=shop.orders.count(), net=shop.orders.net.sum().round(2))
        .to_pyarrow()
        .to_pylist()[0]
    )
    grave = found.severity.value_counts()
    return {
        "check.orders_valid": row["n"],
        "check.net_sales": row["net"] or 0.0,
        "check.errors": int(grave.get("error", 0)),
        "check.warnings": int(grave.get("warning", 0)),
    }


def _first_day(shop: Shop):
    return shop.orders.paid_on.min().to_pyarrow().as_py()


def _share(count: int, total: int) -> float | None:
    return count / total if total else None


def _from_loading(shop: Shop) -> Iterator[Finding]:
    """Turn the facts of loading into findings."""
    say = {
        "unreadable_lines": _unreadable_lines,
        "unreadable": _unreadable,
        "unknown_status": _unknown_status,
        "paid_basis": _paid_basis,
        "key_passed_over": _key_passed_over,
        "file": _encoding,
    }
    for fact in shop.facts.itertuples():
        if fact.fact in say:
            yield from say[fact.fact](fact)


def _encoding(fact) -> Iterator[Finding]:
    if fact.example in ("gb18030", "utf-16"):
        text = _("{file} is written in {encoding} and was read as such").format(
            file=fact.subject, encoding=fact.example.upper()
        )
        yield Finding("note", fact.table, "encoding", text, fact.count)


def _unreadable_lines(fact) -> Iterator[Finding]:
    text = ngettext(
        "{n} line of {file} cannot be read", "{n} lines of {file} cannot be read", fact.count
    ).format(n=i18n.count(fact.count), file=fact.subject)
    cure = _("Open the file at that line: a quote or a separator is missing or too many. Export it again.")
    yield Finding(
        "warning",
        fact.table,
        "unreadable_lines",
        text,
        fact.count,
        _share(fact.count, fact.total),
        fact.example,
        cure,
    )


def _unreadable(fact) -> Iterator[Finding]:
    text = ngettext(
        "{n} value of {column} cannot be read", "{n} values of {column} cannot be read", fact.count
    ).format(n=i18n.count(fact.count), column=fact.subject)
    cure = _("Mend the cells in the export, or map another column to it in shop.toml.")
    yield Finding(
        "warning",
        fact.table,
        "unreadable",
        text,
        fact.count,
        _share(fact.count, fact.total),
        fact.example,
        cure,
    )


def _unknown_status(fact) -> Iterator[Finding]:
    text = _('the status "{word}" is not known; the payment time decides instead').format(word=fact.subject)
    cure = _("Add the word under [tables.orders.status] in shop.toml.")
    yield Finding(
        "warning",
        fact.table,
        "unknown_status",
        text,
        fact.count,
        _share(fact.count, fact.total),
        fact.subject,
        cure,
    )


def _paid_basis(fact) -> Iterator[Finding]:
    texts = {
        "net": _(
            "the payment column is net of refunds already, so refunds were added back to get what was paid"
        ),
        "gross": _("the payment column is gross: refunds are not taken off in it"),
        "no_refunds": _("no order has a refund amount, so net sales equal what was paid"),
    }
    shown = texts[fact.subject]
    if fact.total:
        shown += " " + _("(holds for {n} of {total} refunded orders)").format(
            n=i18n.count(fact.count), total=i18n.count(fact.total)
        )
    yield Finding(
        "note", fact.table, "paid_basis", shown, fact.count, _share(fact.count, fact.total), fact.example
    )


def _key_passed_over(fact) -> Iterator[Finding]:
    text = _("{column} is masked too often to name the buyer; the next key was taken").format(
        column=fact.subject
    )
    yield Finding(
        "note", fact.table, "key_passed_over", text, fact.count, _share(fact.count, fact.total), fact.subject
    )


def _from_ledger(shop: Shop) -> Iterator[Finding]:
    """Report the drops that a user can do something about."""
    cures = {
        "no_key": _("Map the column of the id, or mend the rows."),
        "unreadable_value": _("Mend the cells in the export."),
        "no_value": _("Mend the cells in the export."),
        "duplicate": _(
            'Check whether the file has one row an order; if it has one a line, set grain = "line".'
        ),
        "after_as_of": _("Nothing to do: they count in a report of a later day."),
        "older_copy": _("Nothing to do: exports may overlap."),
    }
    grave = {"no_key", "unreadable_value", "no_value", "duplicate"}
    for line in shop.ledger[(shop.ledger.dropped > 0) & shop.ledger.why.isin(cures)].itertuples():
        text = ngettext("{n} row does not count: {why}", "{n} rows do not count: {why}", line.dropped)
        text = text.format(n=i18n.count(line.dropped), why=reasons()[line.why])
        severity = "warning" if line.why in grave else "note"
        yield Finding(
            severity,
            line.table,
            line.why,
            text,
            line.dropped,
            _share(line.dropped, line.rows_in),
            "",
            cures[line.why],
        )


def _keys(shop: Shop) -> Iterator[Finding]:
    """Report buyers without a name, and masked ones."""
    orders = shop.orders
    if "customer_id" not in orders.columns:
        cure = _("Export with the buyer's name, or map it under [tables.orders.columns] in shop.toml.")
        yield Finding("warning", "orders", "no_customer_id", _("the orders have no buyer key"), cure=cure)
        return
    row = (
        orders.aggregate(n=orders.count(), none=orders.customer_id.isnull().sum()).to_pyarrow().to_pylist()[0]
    )
    masked = shop.facts[shop.facts.fact == "masked_keys"]
    n, filled = int(masked["count"].sum()), int(masked["total"].sum())
    if n:
        text = ngettext("{n} row has a masked buyer name", "{n} rows have a masked buyer name", n).format(
            n=i18n.count(n)
        )
        cure = _("A masked name may be many people: such orders count for the shop, not for a customer.")
        yield Finding("warning", "orders", "masked_keys", text, n, _share(n, filled), "t**8", cure)
    if row["none"]:
        text = ngettext("{n} valid order names no buyer", "{n} valid orders name no buyer", row["none"])
        cure = _("They count for the shop, not for a customer.")
        yield Finding(
            "warning",
            "orders",
            "missing_keys",
            text.format(n=i18n.count(row["none"])),
            row["none"],
            _share(row["none"], row["n"]),
            "",
            cure,
        )


def _amounts_and_times(shop: Shop) -> Iterator[Finding]:
    """Report amounts and times that contradict each other, over all orders loaded."""
    orders = shop.tables["orders"]
    paid = orders.paid_at.notnull()
    tests = {
        "negative_paid": (
            orders.paid < 0,
            _("paid less than nothing"),
            _("Refunds belong in the refund column, or in orders left out by a row filter."),
        ),
        "zero_paid": (
            paid & (orders.paid == 0),
            _("paid with an amount of zero"),
            _("Gifts and top-ups: they have no net sales and do not count."),
        ),
        "refund_above_paid": (
            paid & (orders.refund > orders.paid + 0.005),
            _("refunded more than was paid"),
            _("Check paid_basis under [tables.orders] in shop.toml."),
        ),
        "paid_before_created": (
            orders.paid_at < orders.created_at,
            _("paid before they were placed"),
            _("Check which column is which time."),
        ),
        "paid_without_time": (
            orders.status.isin(HAS_MONEY) & ~paid,
            _("paid by their status, without a payment time"),
            _("They do not count; map the column of the payment time."),
        ),
    }
    if "shipped_at" in orders.columns:
        tests["shipped_before_paid"] = (
            orders.shipped_at < orders.paid_at,
            _("shipped before they were paid"),
            _("Check which column is which time."),
        )
    figures = {name: test.sum().fill_null(0) for name, (test, *_rest) in tests.items()}
    examples = {f"eg_{name}": orders.order_id.min(where=test) for name, (test, *_rest) in tests.items()}
    row = orders.aggregate(n=orders.count(), **figures, **examples).to_pyarrow().to_pylist()[0]
    for name, (_test, what, cure) in tests.items():
        if row[name]:
            text = ngettext("{n} order: {what}", "{n} orders: {what}", row[name]).format(
                n=i18n.count(row[name]), what=what
            )
            yield Finding(
                "warning",
                "orders",
                name,
                text,
                row[name],
                _share(row[name], row["n"]),
                row[f"eg_{name}"],
                cure,
            )


def _calendar(shop: Shop) -> Iterator[Finding]:
    """Report a short history, days without orders, and the last days whose refunds are still to come."""
    rules = shop.settings.rules.check
    days = shop.orders.group_by("paid_on").aggregate(orders=ibis._.count()).order_by("paid_on").to_pandas()
    if days.empty:
        yield Finding(
            "error",
            "orders",
            "no_valid_orders",
            _("no order is valid"),
            cure=_("See the ledger for the reasons."),
        )
        return
    paid_on = pd.to_datetime(days.paid_on)
    enough = pd.Timestamp(shop.as_of) - pd.DateOffset(months=rules.min_history_months)
    if paid_on.iloc[0] > enough + pd.Timedelta(days=1):
        months = (pd.Timestamp(shop.as_of) - paid_on.iloc[0]).days / 30.4
        text = _(
            "the history is {months} months long, shorter than the {needed} of one evaluation period"
        ).format(months=i18n.decimal(months), needed=rules.min_history_months)
        cure = _(
            "Add older exports: frequency and money of a part of a year are too low, and so are the grades."
        )
        yield Finding(
            "warning", "orders", "short_history", text, example=str(paid_on.iloc[0].date()), cure=cure
        )
    gaps = paid_on.diff().dt.days.sub(1)
    for place in gaps[gaps > rules.max_gap_days].index:
        text = _("no paid order for {n} days, after {day}").format(
            n=i18n.count(gaps[place]), day=i18n.day(paid_on[place - 1].date())
        )
        cure = _("If the shop was open, an export is missing; if the last day is a typing error, set as_of.")
        yield Finding(
            "warning", "orders", "gap", text, int(gaps[place]), None, str(paid_on[place - 1].date()), cure
        )
    recent = days.orders[paid_on > pd.Timestamp(shop.as_of) - pd.Timedelta(days=rules.immature_days)].sum()
    text = _("the last {days} days are immature: refunds of {n} orders may still come").format(
        days=rules.immature_days, n=i18n.count(recent)
    )
    yield Finding(
        "note", "orders", "immature_days", text, int(recent), _share(int(recent), int(days.orders.sum()))
    )


def _between_tables(shop: Shop) -> Iterator[Finding]:
    """Report rows of one table that have no partner in another."""
    orders = shop.tables["orders"]
    items = shop.tables.get("order_items")
    if items is not None:
        lost = items.anti_join(orders, "order_id").count().to_pyarrow().as_py()
        if lost:
            text = ngettext(
                "{n} order line belongs to no order", "{n} order lines belong to no order", lost
            ).format(n=i18n.count(lost))
            yield Finding(
                "warning",
                "order_items",
                "line_without_order",
                text,
                lost,
                _share(lost, items.count().to_pyarrow().as_py()),
                "",
                _("Export orders and lines over the same days."),
            )
        valid = shop.orders
        bare = valid.anti_join(items, "order_id").count().to_pyarrow().as_py()
        if bare:
            text = ngettext("{n} valid order has no lines", "{n} valid orders have no lines", bare).format(
                n=i18n.count(bare)
            )
            yield Finding(
                "warning",
                "order_items",
                "order_without_lines",
                text,
                bare,
                _share(bare, valid.count().to_pyarrow().as_py()),
                "",
                _("Export orders and lines over the same days."),
            )
    customers = shop.tables.get("customers")
    if customers is not None and "customer_id" in shop.orders.columns:
        buyers = shop.orders.filter(shop.orders.customer_id.notnull()).select("customer_id").distinct()
        unknown = buyers.anti_join(customers, "customer_id").count().to_pyarrow().as_py()
        if unknown:
            text = ngettext(
                "{n} buyer is not in the customer file", "{n} buyers are not in the customer file", unknown
            ).format(n=i18n.count(unknown))
            yield Finding(
                "note",
                "customers",
                "buyer_without_profile",
                text,
                unknown,
                _share(unknown, buyers.count().to_pyarrow().as_py()),
                "",
                _("Export the customer file anew; their attributes show as unknown."),
            )
