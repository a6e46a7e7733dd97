"""The data check: what was read, what is wrong with it, how much, and what to do about it."""

from collections.abc import Iterator

import ibis
import pandas as pd

from shopcrm_nb import amounts_telling, arms, campaign, campaign_words, contradictions, glossary, i18n
from shopcrm_nb import findings as found_by
from shopcrm_nb.findings import Finding
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.ledger import LEDGER_COLUMNS
from shopcrm_nb.model import Shop

SEVERITIES = ("error", "warning", "note")
FINDING_COLUMNS = ["severity", "table", "check", "finding", "count", "share", "example", "cure"]


def findings(shop: Shop) -> pd.DataFrame:
    """Return all findings, the gravest first: severity, table, check, finding, count, share, example, cure.

    ``count`` is null where there is nothing to count; ``share`` is 0 to 1 of the rows that the check looks
    at, null where a count has no whole.
    """
    found = [
        *found_by.of_loading(shop.facts),
        *amounts_telling.findings(shop.facts, shop.settings.currency),
        *found_by.of_ledger(shop.ledger, shop.facts),
        *contradictions.of_keys(shop),
        *contradictions.of_heavy_buyer(shop),
        *contradictions.of_amounts_and_times(shop),
        *contradictions.of_calendar(shop),
        *contradictions.between_tables(shop),
        *_campaigns_left_out(shop),
        *arms.findings(shop),
    ]
    found.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    rows = [[getattr(finding, column) for column in FINDING_COLUMNS] for finding in found]
    return pd.DataFrame(rows, columns=FINDING_COLUMNS).astype({"count": "Int64", "share": "float64"})


def _campaigns_left_out(shop: Shop) -> Iterator[Finding]:
    if shop.missing("campaigns.start"):
        return
    out, words = campaign.left_out(shop), campaign_words.codes()["why"]
    cure = _("Mend its first and last day in the table of campaigns.")
    for row in out[out.why != "not_begun"].itertuples():
        text = _("the campaign “{name}” is left out: it {why}").format(name=row.name, why=words[row.why])
        yield Finding("warning", "campaigns", row.why, text, example=row.campaign_id, cure=cure)


def ledger(shop: Shop) -> pd.DataFrame:
    """Return the ledger with ``why`` in words, without steps that dropped nothing, but each table's first.

    In each table rows_in of the first line = rows_out of the last line + all dropped.
    """
    lines = shop.ledger
    first = ~lines.duplicated("table")
    shown = lines[first | (lines.dropped > 0)].copy()
    shown["why"] = shown["why"].map(glossary.reasons()).where(shown.dropped > 0, "")
    return shown[LEDGER_COLUMNS].reset_index(drop=True)


def sources(shop: Shop) -> pd.DataFrame:
    """Return one row a file: table, file, format, rows, and the headers that are not used."""
    facts = shop.facts
    names = {"subject": "file", "count": "rows", "example": "format"}
    files = facts[facts.fact == "file"].rename(columns=names)
    files["format"] = files.format.replace("utf-8-sig", "utf-8")  # Python's name for both its forms
    unused = facts[facts.fact == "unused_headers"].set_index(["table", "subject"]).example
    keys = zip(files.table, files.file, strict=True)
    files["unused_headers"] = [unused.get(key, "") for key in keys]
    return files[["table", "file", "format", "rows", "unused_headers"]].reset_index(drop=True)


def files(shop: Shop) -> pd.DataFrame:
    """Return one row a file: table, file, format, rows."""
    return sources(shop).drop(columns="unused_headers")


def unused(shop: Shop) -> pd.DataFrame:
    """Return the headers not used, each once, a row a table: table (its word and code), unused_headers."""
    found = sources(shop)
    each = found[found.unused_headers != ""].groupby("table", sort=False).unused_headers
    lists = each.agg(_each_once).reset_index()
    return lists.assign(table=[_named(code) for code in lists.table])


def _each_once(lists: pd.Series) -> str:
    return ", ".join(dict.fromkeys(header for headers in lists for header in headers.split(", ")))


def _named(code: str) -> str:
    """Name a table by its word, and by the code under which shop.toml has it."""
    return _("{word} ({code})").format(word=glossary.tables().get(code, code), code=code)


def mapped(shop: Shop) -> pd.DataFrame:
    """Return ``columns`` with the code of the table before that of the column: orders.paid_at."""
    found = columns(shop)
    return found.assign(column=found.table + "." + found.column)


def to_read(found: pd.DataFrame) -> pd.DataFrame:
    """Return ``findings`` without the code of the check, which the sentence says in words."""
    return found.drop(columns="check")


def columns(shop: Shop) -> pd.DataFrame:
    """Return how the canonical columns were found: table, column, source (a header or an expression)."""
    facts = shop.facts[shop.facts.fact == "column"]
    shown = facts.rename(columns={"subject": "column", "example": "source"})[["table", "column", "source"]]
    return shown.drop_duplicates().reset_index(drop=True)


def monthly(shop: Shop) -> pd.DataFrame:
    """Return month, orders, buyers, net_sales of the valid orders; ``whole`` is False for a month cut off.

    A month is cut off where the first or the last day counted is not the month's own. Months without an
    order are there with zeros; ``buyers`` is null where the orders name none.
    """
    orders = shop.orders.mutate(month=shop.orders.paid_on.truncate("M"))
    named = "customer_id" in orders.columns
    by_month = orders.group_by("month").aggregate(
        orders=orders.count(),
        buyers=orders.customer_id.nunique() if named else ibis.literal(0),
        net_sales=orders.net.sum().round(2),
        first=orders.paid_on.min(),
    )
    frame = by_month.to_pandas().set_index("month")
    frame.index = pd.DatetimeIndex(frame.index)
    opened, closed = pd.to_datetime(frame.pop("first")).min(), pd.Timestamp(shop.as_of)
    if not frame.empty:
        frame = frame.reindex(pd.date_range(frame.index.min(), closed, freq="MS"), fill_value=0)
    frame["buyers"] = frame.buyers.astype("Int64") if named else pd.array([None] * len(frame), "Int64")
    frame = frame.rename_axis("month").reset_index()
    whole = (frame.month >= opened) & (frame.month + pd.offsets.MonthEnd(0) <= closed)
    return frame.assign(whole=whole)


def statuses(shop: Shop) -> pd.DataFrame:
    """Return status, orders, paid and share of all orders loaded, whether they count or not.

    What an order never paid would have cost is not in ``paid``.
    """
    orders = shop.tables["orders"]
    paid = orders.paid.sum(where=orders.paid_at.notnull()).fill_null(0).round(2)
    counts = orders.group_by("status").aggregate(orders=orders.count(), paid=paid)
    frame = counts.order_by(ibis.desc("orders"), "status").to_pandas()
    return frame.assign(share=frame.orders / frame.orders.sum())


def answer(shop: Shop, found: pd.DataFrame) -> str:
    """Say whether the data can be trusted, and for what."""
    row = _totals(shop)
    if not row["orders"]:
        return _("No order counts up to {day}: see the findings below.").format(day=i18n.day(shop.as_of))
    used = ngettext(
        "{orders} valid order from {first} to {last} is used.",
        "{orders} valid orders from {first} to {last} are used.",
        row["orders"],
    ).format(orders=i18n.count(row["orders"]), first=i18n.day(row["first"]), last=i18n.day(row["last"]))
    return i18n.sentences([used, _verdict(shop, found)])


def _verdict(shop: Shop, found: pd.DataFrame) -> str:
    errors, warnings = (int((found.severity == gravity).sum()) for gravity in ("error", "warning"))
    if errors:
        said = ngettext(
            "{n} error makes them wrong: mend it first.",
            "{n} errors make them wrong: mend them first.",
            errors,
        )
        return said.format(n=i18n.count(errors))
    level = shop.missing("orders.customer_id")
    if level:
        return _("Work at customer level is {not_computed}.").format(not_computed=level.sentence())
    if not warnings:
        return _("Nothing was found that stands in the way.")
    said = ngettext("{n} thing deserves a look first.", "{n} things deserve a look first.", warnings)
    return said.format(n=i18n.count(warnings))


def _totals(shop: Shop) -> dict:
    o = shop.orders
    sums = o.aggregate(
        orders=o.count(), net=o.net.sum().round(2), first=o.paid_on.min(), last=o.paid_on.max()
    )
    return sums.to_pyarrow().to_pylist()[0]


def figures(shop: Shop, found: pd.DataFrame) -> dict[str, float]:
    """Return the key figures of the data by their stable names."""
    row = _totals(shop)
    return {
        "check.orders_valid": row["orders"],
        "check.net_sales": row["net"] or 0.0,
        "check.errors": int((found.severity == "error").sum()),
        "check.warnings": int((found.severity == "warning").sum()),
    }
