"""Amounts told: other currencies, three decimals, refunds below zero, amounts of lines, and their cures."""

from collections.abc import Iterator

import pandas as pd
from babel.numbers import get_currency_precision

from shopcrm_nb import i18n, marks
from shopcrm_nb.findings import Finding
from shopcrm_nb.i18n import _, ngettext


def findings(facts: pd.DataFrame, currency: str) -> Iterator[Finding]:
    """Report what loading noted of amounts, in a shop that counts in ``currency``."""
    for (table, column), met in facts[facts.fact == "currency_mark"].groupby(["table", "subject"]):
        yield from _other_currencies(table, column, met, currency)
    for fact in facts.itertuples():
        if fact.fact == "three_decimals" and get_currency_precision(currency) < 3:
            yield _three_decimals(fact)
        elif fact.fact == "refunds_below_zero":
            yield _below_zero(fact)
        elif fact.fact == "refunds_of_both_signs":
            yield _both_signs(fact)
        elif fact.fact == "amounts_of_lines" and fact.example == "line":
            yield _amounts_of_lines(fact)


def _other_currencies(table: str, column: str, met: pd.DataFrame, currency: str) -> Iterator[Finding]:
    """Report amounts that cannot be in the shop's currency; an error where they are in several."""
    fits = met.example.map(lambda mark: currency in marks.currencies(mark))
    other = met[~fits]
    if other.empty:
        return
    n, total = int(other["count"].sum()), int(met.total.iloc[0])
    figures = {"n": i18n.count(n), "total": i18n.count(total), "currency": currency, "column": column}
    one = not fits.any() and frozenset.intersection(*map(marks.currencies, other.example))
    if one:
        text = ngettext(
            "{n} of {total} amount of {column} has the mark {mark}, but the shop's currency is {currency}",
            "{n} of {total} amounts of {column} have the mark {mark}, but the shop's currency is {currency}",
            total,
        ).format(mark=other.example.iloc[0], **figures)
        cure = _("Set currency in shop.toml to that of the amounts, or leave these rows out (where).")
        yield Finding("warning", table, "other_currency", text, n, total, cure=cure)
        return
    shown = met.sort_values(["count", "example"], ascending=[False, True]).example
    text = ngettext(
        "{column} has amounts in {marks}: {n} of {total} is not in {currency}",
        "{column} has amounts in {marks}: {n} of {total} are not in {currency}",
        n,
    ).format(marks=_(", ").join(shown), **figures)
    cure = _("Set a row filter (where), or make one shop a currency: sums of several mean nothing.")
    yield Finding("error", table, "mixed_currencies", text, n, total, cure=cure)


def _three_decimals(fact) -> Finding:
    text = ngettext(
        "{n} amount of {column} has exactly three decimals: its sign may part thousands",
        "{n} amounts of {column} have exactly three decimals: their sign may part thousands",
        fact.count,
    ).format(n=i18n.count(fact.count), column=fact.subject)
    cure = _('If 1.234 is meant as 1234, write decimal = "," under [tables.{table}] in shop.toml.')
    cure = cure.format(table=fact.table)
    return Finding("warning", fact.table, fact.fact, text, fact.count, fact.total, fact.example, cure)


def _below_zero(fact) -> Finding:
    text = ngettext(
        "{n} refund is written below zero, and was read as an amount given back",
        "{n} refunds are written below zero, and were read as amounts given back",
        fact.count,
    ).format(n=i18n.count(fact.count))
    return Finding("note", fact.table, fact.fact, text, fact.count)


def _both_signs(fact) -> Finding:
    text = ngettext(
        "{n} of {total} refund is below zero: it adds to the net sales",
        "{n} of {total} refunds are below zero: they add to the net sales",
        fact.total,
    ).format(n=i18n.count(fact.count), total=i18n.count(fact.total))
    cure = _("If all of them were given back, write {line} under [tables.{table}.columns] in shop.toml.")
    cure = cure.format(line=fact.example, table=fact.table)
    return Finding("warning", fact.table, fact.fact, text, fact.count, fact.total, cure=cure)


def _amounts_of_lines(fact) -> Finding:
    text = ngettext(
        "in {n} of {total} order with several lines the lines differ in {column}: the least counts",
        "in {n} of {total} orders with several lines the lines differ in {column}: the least counts",
        fact.total,
    ).format(n=i18n.count(fact.count), total=i18n.count(fact.total), column=fact.subject)
    cure = _(
        "If these are amounts of lines, map the file under [tables.order_items] and "
        "[tables.orders_from_items] (docs/formats.md, Lines without orders)."
    )
    return Finding("warning", fact.table, fact.fact, text, fact.count, fact.total, cure=cure)
