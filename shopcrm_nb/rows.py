"""Rows: the typed rows of a canonical table, each used or set aside with the reason why it cannot count."""

import re
from collections.abc import Collection
from functools import reduce
from operator import and_, or_
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from shopcrm_nb import amounts, cells, expression, orders, preset
from shopcrm_nb.canonical import IDS, KEYS, ONE_PER_KEY, Column
from shopcrm_nb.cells import WATCHED, empty
from shopcrm_nb.clean import MASK, unmasked
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.ledger import Ledger, account, sift
from shopcrm_nb.mapping import Part, parts, wanted
from shopcrm_nb.settings import ShopSettings, TableSettings

# Required columns that a row may lack: an order never paid, a line of a product without a code.
MAY_BE_EMPTY = ("paid_at", "paid", "product_id", "quantity")
# Columns that a table can do without, but not with a guess in them: a wrong id joins strangers, an unread
# refund is money that the shop no longer has.
NEVER_GUESSED = ("customer_id", "line_id", "refund")


DECIMAL_COMMA = re.compile(r"[^0-9,.]*([0-9]+|[0-9]{1,3}(\.[0-9]{3})+),[0-9]{1,2}[^0-9,.]*")


def read(con: BaseBackend, name: str, settings: ShopSettings, paths: list[Path], ledger: Ledger) -> ir.Table:
    """Return one canonical table of a shop: typed, each row accounted for, the latest copy of each.

    Beside the canonical columns that the sources have, it has ``_file`` and ``_row``.
    """
    spec, limit = settings.tables[name], settings.rules.check.max_unreadable_share
    found, columns = parts(con, name, settings, paths, ledger), wanted(name, settings)
    _note_sources(name, found, columns, limit, ledger)
    date_format = spec.date_format or cells.date_order(found, columns)
    how = cells.Reading(columns, spec.where, settings.timezone, date_format, spec.decimal)
    table = _gather(con, name, [cells.typed(con, part, how) for part in found], columns)
    present = [column for column in columns.values() if column.name in table.columns]
    met = _met(table, present)
    _refuse_unreadable(name, met, present, settings, ledger)
    _note_values(name, table, met, found, ledger)
    accounted = _account(name, amounts.given_back(table, met), present, ledger)
    kept = accounted.select("_file", "_row", *(c.name for c in present))
    grain = spec.grain or preset.known(spec.preset, name).grain
    tests = _copies(name, kept, len(found), grain)
    sifted = _set_down(con, name, sift(kept, tests)) if tests else kept
    return _one_per_key(name, sifted, tests, grain, ledger)


def _note_sources(
    name: str, found: list[Part], columns: dict[str, Column], limit: float, ledger: Ledger
) -> None:
    """Note what was read, and refuse a file of which nothing or too little can be read."""
    for part in found:
        rows, lost, example = part.source.rows, part.source.unreadable, part.source.first_unreadable
        if lost > limit * (rows + lost):
            raise ShopcrmError(
                f"{part.name}: {lost:,} of {rows + lost:,} lines cannot be read, first {example}; "
                "mend them or export again"
            )
        if not rows:
            raise ShopcrmError(f"{part.name}: has headers but no rows; export it again")
        ledger.fact(name, "file", part.name, rows, lost, part.source.encoding)
        if part.source.shown:
            ledger.fact(name, "shown", part.name, example=part.source.shown)
        made_of = part.mapping.describe()
        for column in (c for c in columns if c in made_of):
            ledger.fact(name, "column", column, example=made_of[column])
        unused = _unused_headers(part)
        ledger.fact(name, "unused_headers", part.name, len(unused), len(part.headers), ", ".join(unused))
        if lost:
            ledger.fact(name, "unreadable_lines", part.name, lost, rows + lost, example)
    lines = sum(part.source.rows + part.source.unreadable for part in found)
    ledger.drop("read", name, lines, sum(part.source.unreadable for part in found), "unreadable_line")


def _unused_headers(part: Part) -> list[str]:
    trees = (expression.parse(sql, part.name) for sql in part.mapping.sql.values())
    used = set(part.mapping.headers.values()).union(*map(expression.columns, trees))
    return [header for header in part.headers if header not in used]


def _gather(con: BaseBackend, name: str, typed: list[ir.Table], columns: dict[str, Column]) -> ir.Table:
    """Put the parts under each other, with null where one lacks a column; only a table has a single part."""
    if con.name != "duckdb":
        return typed[0]
    present = [c for c in columns.values() if any(c.name in part.columns for part in typed)]
    names = [c.name for c in present]
    for number, part in enumerate(typed):
        lacking = [c for c in present if c.name not in part.columns]
        aside = [f"_bad_{c.name}" for c in present] + [f"_mark_{n}" for n in WATCHED if n in names]
        part = part.mutate(
            **{c.name: empty(c) for c in lacking},
            **{each: ibis.null("string") for each in aside if each not in part.columns},
        )
        part = part.select("_kept", "_file", "_row", *names, *aside)
        if number:
            con.insert(f"rows_{name}", part)
        else:
            con.create_table(f"rows_{name}", part, temp=True)
    return con.table(f"rows_{name}")


def _met(table: ir.Table, columns: list[Column]) -> dict:
    """Count, in one pass, the cells that could not be read, the masked names, and what amounts look like."""
    figures = {"n": table.count(), **amounts.figures(table)}
    for column in columns:
        bad = table[f"_bad_{column.name}"]
        figures |= {f"n_{column.name}": bad.count(), f"eg_{column.name}": bad.min()}
    if any(column.name == "customer_id" for column in columns):
        masked = table.customer_id.count(where=table.customer_id.contains(MASK))
        figures |= {"masked": masked, "keys": table.customer_id.count()}
    return table.aggregate(**figures).to_pyarrow().to_pylist()[0]


def _refuse_unreadable(
    name: str, met: dict, columns: list[Column], settings: ShopSettings, ledger: Ledger
) -> None:
    """Note the cells that could not be read; refuse rounded ids, and more than a few amounts or times."""
    limit = settings.rules.check.max_unreadable_share
    for column in columns:
        count, example = met[f"n_{column.name}"], met[f"eg_{column.name}"]
        if not count:
            continue
        ledger.fact(name, "unreadable", column.name, count, met["n"], example)
        if is_needed(column) and (column.kind in IDS or count > limit * met["n"]):
            share = f"{name}: {count:,} of {met['n']:,} values of {column.name}"
            raise ShopcrmError(f"{share} {_unusable(name, column, example, settings.tables[name])}")


def _note_values(name: str, table: ir.Table, met: dict, found: list[Part], ledger: Ledger) -> None:
    if "masked" in met:
        ledger.fact(name, "masked_keys", "customer_id", met["masked"], met["keys"])
    mapping = next((part.mapping for part in found if "refund" in part.mapping.columns()), found[0].mapping)
    amounts.note(name, table, met, mapping, ledger)


def is_needed(column: Column) -> bool:
    """Tell whether a row with an unreadable cell in this column does not count."""
    return column.required or column.name in NEVER_GUESSED


def _unusable(name: str, column: Column, example: str, spec: TableSettings) -> str:
    if column.kind in IDS:
        return (
            f"look like {example}: a spreadsheet has rounded them and their digits are lost; export again "
            "and do not save the file in a spreadsheet"
        )
    what = {"time": "a time", "money": "an amount"}.get(column.kind, "a number")
    return (
        f'are not {what}, such as "{example}"; name another column under [tables.{name}.columns] in '
        f"shop.toml or {_cure(name, column, example, spec)}"
    )


def _cure(name: str, column: Column, example: str, spec: TableSettings) -> str:
    if column.kind == "time" and spec.date_format:
        return (
            f'mend date_format = "{spec.date_format}", which does not fit (docs/formats.md lists its codes)'
        )
    if column.kind == "time":
        return 'set its date_format, such as "%d/%m/%Y %H:%M"'
    if spec.decimal == ",":
        return 'take out decimal = ",", if the comma is not the decimal sign'
    if DECIMAL_COMMA.fullmatch(example):
        return f'write decimal = "," under [tables.{name}], if the comma is the decimal sign'
    return "mend the file"


def _account(name: str, table: ir.Table, columns: list[Column], ledger: Ledger) -> ir.Table:
    """Set aside the rows that cannot count, each for the first reason that it meets."""
    masked = ibis.literal(False)
    if "customer_id" in table.columns:  # a masked name may stand for many people, so it is no key
        said = table.customer_id
        table = table.mutate(customer_id=unmasked(said), _masked=said.contains(MASK).fill_null(False))
        masked = table._masked
    filled = [c for c in columns if c.required and c.name not in MAY_BE_EMPTY]
    keys = [c.name for c in filled if c.kind in IDS]
    no_key = _any([table[name].isnull() for name in keys])
    tests = {
        "where": ~table._kept,
        "blank_row": no_key & ~masked & _blank(table, columns),
        **({"masked_key": masked} if "customer_id" in keys else {}),
        "no_key": no_key,
        "unreadable_value": _any([table[f"_bad_{c.name}"].notnull() for c in columns if is_needed(c)]),
        "no_value": _any([table[c.name].isnull() for c in filled if c.kind not in IDS]),
    }
    if name == "orders":
        tests["no_value"] = table.paid.isnull() & table.paid_at.notnull()
    kept = account(ledger, "clean", name, sift(table, tests), tests)
    _refuse_nothing_left(name, ledger)
    return kept


def _blank(table: ir.Table, columns: list[Column]) -> ir.BooleanValue:
    cells = (table[name] for c in columns for name in (c.name, f"_bad_{c.name}"))
    return reduce(and_, (cell.isnull() for cell in cells))


def _any(tests: list[ir.BooleanColumn]) -> ir.BooleanValue:
    return reduce(or_, tests, ibis.literal(False))


def _refuse_nothing_left(name: str, ledger: Ledger) -> None:
    lines = [line for line in ledger.lines if line[1] == name]
    if lines[-1][3]:
        return
    _, _, _, _, dropped, why = max(lines, key=lambda line: line[4])
    words = {
        "where": "where leaves them out",
        "blank_row": "they are blank",
        "masked_key": "their names are masked",
        "no_key": "they have no id",
    }
    reason = words.get(why, "an amount or a time in them is empty or cannot be read")
    raise ShopcrmError(
        f"{name}: no row can be used, of {dropped:,} because {reason}; mend [tables.{name}] in shop.toml"
    )


def _copies(name: str, table: ir.Table, files: int, grain: str) -> dict[str, ir.BooleanValue]:
    """Return what is a copy of another row: from an earlier file, or from further up in the same file."""
    key, tests = list(KEYS[name]), {}
    if files > 1:
        newest = table._file.max().over(group_by=[column for column in key if column in table.columns])
        tests["older_copy"] = table._file < newest
    lines = name == "order_items" and "line_id" in table.columns
    if lines or (name in ONE_PER_KEY and not _by_line(name, grain)):
        last = table._row.max().over(group_by=[*key, *(["line_id"] if lines else []), "_file"])
        tests["duplicate"] = table._row < last
    return tests


def _by_line(name: str, grain: str) -> bool:
    return name == "orders" and grain == "line"


def _set_down(con: BaseBackend, name: str, table: ir.Table) -> ir.Table:
    """Set the rows down beside why they go, so that they are compared once; another engine's stay lazy."""
    if con.name != "duckdb":
        return table
    con.create_table(f"sifted_{name}", table, temp=True)
    con.drop_table(f"rows_{name}")
    return con.table(f"sifted_{name}")


def _one_per_key(
    name: str, sifted: ir.Table, reasons: Collection[str], grain: str, ledger: Ledger
) -> ir.Table:
    """Leave out the copies of rows; of an order written line by line, make one row."""
    kept = account(ledger, "clean", name, sifted, reasons) if reasons else sifted
    if _by_line(name, grain):
        met = orders.lines_met(kept)
        orders.refuse_amounts_of_lines(met)
        orders.note_amounts_of_lines(met, grain, ledger)
        ledger.drop("clean", name, met["lines"], met["lines"] - met["orders"], "further_line")
        return orders.one_row_each(kept)
    if name == "orders" and ledger.lines[-1][4]:
        latest = sifted.filter(sifted._why.isnull() | (sifted._why == "duplicate"))
        orders.note_amounts_of_lines(orders.lines_met(latest), grain, ledger)
    return kept
