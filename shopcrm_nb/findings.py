"""Findings: what loading met in the files of a shop, each with its gravity, its size and its cure."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from shopcrm_nb import glossary, i18n, orders, preset, rows
from shopcrm_nb.canonical import STATUSES, TABLES
from shopcrm_nb.i18n import _, ngettext

NOT_ENCODED = ("utf-8-sig", "excel", "parquet", "engine")


@dataclass(frozen=True)
class Finding:
    """One thing found: how grave, in which table, its code, the sentence, how many of how many, and the cure.

    ``count`` is None where there is nothing to count, ``total`` where the count has no whole.
    """

    severity: str
    table: str
    check: str
    finding: str
    count: int | None = None
    total: int | None = None
    example: str = ""
    cure: str = ""

    @property
    def share(self) -> float | None:
        """The count's share of the total, 0 to 1."""
        return self.count / self.total if self.total else None


def of_loading(facts: pd.DataFrame) -> Iterator[Finding]:
    """Turn the facts of loading into findings."""
    say = {
        "unreadable_lines": _unreadable_lines,
        "unreadable": _unreadable,
        "unknown_status": _unknown_status,
        "unknown_word": _unknown_word,
        "paid_basis": _paid_basis,
        "key_passed_over": _key_passed_over,
        "paid_back": _paid_back,
    }
    shown = facts[facts.fact == "shown"].set_index(["table", "subject"]).example
    for fact in facts.itertuples():
        if fact.fact in say:
            yield say[fact.fact](fact)
        elif fact.fact == "file" and fact.example not in NOT_ENCODED:
            yield _encoding(fact, shown.get((fact.table, fact.subject), ""))


def _encoding(fact, shown: str) -> Finding:
    """Say how a file was read, with a word of it: if that is right, so is the rest."""
    text = _("{file} is written in {encoding} and was read as such").format(
        file=fact.subject, encoding=fact.example.upper()
    )
    cure = _("If its words look wrong, write its encoding under [tables.{table}] in shop.toml.")
    cure = cure.format(table=fact.table)
    return Finding("note", fact.table, "encoding", text, fact.count, example=shown, cure=cure)


def _unreadable_lines(fact) -> Finding:
    text = ngettext("{n} line of {file} cannot be read", "{n} lines of {file} cannot be read", fact.count)
    text = text.format(n=i18n.count(fact.count), file=fact.subject)
    cure = _("Open the file at that line: a quote or a separator is missing or too many. Export it again.")
    return Finding("warning", fact.table, fact.fact, text, fact.count, fact.total, fact.example, cure)


def _unreadable(fact) -> Finding:
    columns = TABLES["orders"] | TABLES[fact.table]
    if rows.is_needed(columns[fact.subject]):
        text = ngettext(
            "{n} value of {column} cannot be read, and its row does not count",
            "{n} values of {column} cannot be read, and their rows do not count",
            fact.count,
        )
    else:
        text = ngettext(
            "{n} value of {column} cannot be read", "{n} values of {column} cannot be read", fact.count
        )
    text = text.format(n=i18n.count(fact.count), column=fact.subject)
    cure = _("Mend the cells in the export, or map another column to it in shop.toml.")
    return Finding("warning", fact.table, fact.fact, text, fact.count, fact.total, fact.example, cure)


def _unknown_status(fact) -> Finding:
    text = ngettext(
        '{n} order has the status "{word}", which is not known: with a payment time it counts as paid',
        '{n} orders have the status "{word}", which is not known: those with a payment time count as paid',
        fact.count,
    ).format(n=i18n.count(fact.count), word=fact.subject)
    cure = _(
        'If such orders were never paid, write "{word}" = "closed_unpaid" under [tables.orders.status] in '
        "shop.toml; the states are {states}."
    ).format(word=fact.subject, states=", ".join(STATUSES))
    return Finding("warning", fact.table, fact.fact, text, fact.count, fact.total, cure=cure)


def _unknown_word(fact) -> Finding:
    text = ngettext(
        '{n} row has "{word}" for {column}, which is not known: it stays as it is',
        '{n} rows have "{word}" for {column}, which is not known: they stay as they are',
        fact.count,
    ).format(n=i18n.count(fact.count), word=fact.example, column=f"{fact.table}.{fact.subject}")
    cure = _("Map the column in shop.toml with an SQL expression that gives one of: {codes}.")
    known = dict.fromkeys(code for code in preset.words(fact.table)[fact.subject].values() if code)
    cure = cure.format(codes=", ".join(known))
    return Finding("warning", fact.table, fact.fact, text, fact.count, fact.total, cure=cure)


def _paid_basis(fact) -> Finding:
    if fact.subject == "no_refunds":
        text = _(
            "there are no refund amounts: an order closed after payment counts as refunded in full, any "
            "other as kept"
        )
        return Finding("note", fact.table, fact.fact, text)
    if fact.subject == "refunds_of_none":
        return _refunds_of_none(fact)
    if fact.subject == "untested":
        return _untested_basis(fact)
    texts = {
        "net": _(
            "the payment column is net of refunds already, so they were added back to get what was paid"
        ),
        "gross": _("the payment column is gross: refunds are not taken off in it"),
    }
    if not fact.count:  # declared, and no order total by which to test it
        return Finding("note", fact.table, fact.fact, texts[fact.subject])
    held = ngettext(
        "(so it is in {n} of {total} refunded order)",
        "(so it is in {n} of {total} refunded orders)",
        fact.total,
    ).format(n=i18n.count(fact.count), total=i18n.count(fact.total))
    return Finding(
        "note", fact.table, fact.fact, i18n.sentences([texts[fact.subject], held]), fact.count, fact.total
    )


def _untested_basis(fact) -> Finding:
    text = ngettext(
        "{n} order has a refund, and nothing tells whether the payment column is net of it already: it was "
        "taken as gross",
        "{n} orders have a refund, and nothing tells whether the payment column is net of it already: it was "
        "taken as gross",
        fact.total,
    )
    cure = _(
        'Compare one of them with the shop\'s back end, and set paid_basis = "gross" or "net" under '
        "[tables.orders] in shop.toml."
    )
    text = text.format(n=i18n.count(fact.total))
    return Finding("warning", fact.table, fact.fact, text, fact.total, cure=cure)


def _refunds_of_none(fact) -> Finding:
    text = ngettext(
        "{n} refund amount was met, and none of a paid order: it does not count",
        "{n} refund amounts were met, and none of a paid order: they do not count",
        fact.total,
    ).format(n=i18n.count(fact.total))
    cure = _("Check the columns of the status, the payment time and the refund.")
    return Finding("warning", fact.table, fact.fact, text, fact.total, cure=cure)


def _paid_back(fact) -> Finding:
    text = ngettext(
        "{n} order is cancelled by its status, but has a refund or a payment time: it counts as paid, and as "
        "refunded",
        "{n} orders are cancelled by their status, but have a refund or a payment time: they count as paid, "
        "and as refunded",
        fact.count,
    ).format(n=i18n.count(fact.count))
    return Finding("note", fact.table, fact.fact, text, fact.count)


def _key_passed_over(fact) -> Finding:
    text = _("{column} is masked or empty too often to name the buyer; the next key was taken")
    text = text.format(column=fact.subject)
    return Finding("note", fact.table, fact.fact, text, fact.count, fact.total)


def of_ledger(ledger: pd.DataFrame, facts: pd.DataFrame) -> Iterator[Finding]:
    """Report the drops that a user can do something about; cells that cannot be read are told elsewhere."""
    cures = {
        "no_key": _("Map the column of the id, or mend the rows."),
        "masked_key": _("A masked name may be many people: export the names in plain, if the platform can."),
        "no_value": _("Mend the cells in the export."),
        "duplicate": _duplicate_cure(facts),
        "after_as_of": _("Nothing to do: they count in a report of a later day."),
        "older_copy": _("Nothing to do: exports may overlap."),
    }
    harmless = ("after_as_of", "older_copy")
    for line in ledger[(ledger.dropped > 0) & ledger.why.isin(cures)].itertuples():
        text = ngettext("{n} row does not count: {why}", "{n} rows do not count: {why}", line.dropped)
        text = text.format(n=i18n.count(line.dropped), why=glossary.reasons()[line.why])
        unrated = line.table == "ratings" and line.why == "no_value"  # a day without a score has none
        severity = "note" if line.why in harmless or unrated else "warning"
        cure = _("Nothing to do: days without a score are left out.") if unrated else cures[line.why]
        yield Finding(severity, line.table, line.why, text, line.dropped, line.rows_in, cure=cure)


def _duplicate_cure(facts: pd.DataFrame) -> str:
    """Say what to do about orders on several rows: their amounts tell whether these are of the order."""
    differing = facts[(facts.fact == "amounts_of_lines") & (facts.subject == "paid")]
    n, total = int(differing["count"].sum()), int(differing.total.sum())
    if n <= orders.FEW_SHARE * total:
        return _('Check whether the file has one row an order; if it has one a line, set grain = "line".')
    return ngettext(
        "In {n} of {total} order on several rows the amounts differ: if these are amounts of lines, map the "
        "file under [tables.order_items] and [tables.orders_from_items] (docs/formats.md, Lines without "
        "orders).",
        "In {n} of {total} orders on several rows the amounts differ: if these are amounts of lines, map the "
        "file under [tables.order_items] and [tables.orders_from_items] (docs/formats.md, Lines without "
        "orders).",
        total,
    ).format(n=i18n.count(n), total=i18n.count(total))
