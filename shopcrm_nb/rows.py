"""Rows: cells of a source become typed rows of a canonical table, and what cannot count is set aside."""

from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from shopcrm_nb import clean, expression, orders, preset
from shopcrm_nb.canonical import KEYS, Column
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.ledger import Ledger, account, sift
from shopcrm_nb.mapping import MASK, Part, parts, wanted
from shopcrm_nb.settings import ShopSettings, TableSettings

TYPES = {
    "number": "float64",
    "money": "float64",
    "share": "float64",
    "time": "timestamp",
    "birthday": "timestamp",
    "flag": "boolean",
}
# Required columns that a row may lack: an order never paid, a line of a product without a code.
MAY_BE_EMPTY = ("paid_at", "paid", "product_id", "quantity")
NEVER_ROUNDED = ("order_id", "customer_id")


def read(con: BaseBackend, name: str, settings: ShopSettings, paths: list[Path], ledger: Ledger) -> ir.Table:
    """Return one canonical table of a shop: typed, each row accounted for, the latest copy of each.

    Beside the canonical columns that the sources have, it has ``_file`` and ``_row``.
    """
    spec = settings.tables[name]
    found, columns = parts(con, name, settings, paths, ledger), wanted(name, settings)
    _note_sources(name, found, columns, ledger)
    date_format = spec.date_format or _date_order(found, columns)
    typed = [
        _typed(con, part, columns, spec.where, settings.timezone, date_format) for part in _numbered(found)
    ]
    table = _gather(con, name, typed)
    _refuse_unreadable(name, table, columns, settings, ledger)
    kept = _account(name, _unmasked(table), columns, ledger)
    present = {"_file", "_row"}.union(*(part.mapping.columns() for part in found))
    return _latest(name, kept.select(*(c for c in kept.columns if c in present)), spec, len(found), ledger)


def empty(column: Column) -> ir.Scalar:
    """Return a null of the column's type."""
    return ibis.null(TYPES.get(column.kind, "string"))


def _note_sources(name: str, found: list[Part], columns: dict[str, Column], ledger: Ledger) -> None:
    rows = sum(part.source.rows for part in found)
    unreadable = sum(part.source.unreadable for part in found)
    for part in found:
        used = part.mapping.describe()
        if not part.source.rows:
            raise ShopcrmError(f"{part.name}: has headers but no rows; export it again")
        ledger.fact(name, "file", part.name, part.source.rows, part.source.unreadable, part.source.encoding)
        for column in columns:
            if column in used:
                ledger.fact(name, "column", column, example=used[column])
        unused = [
            h
            for h in part.headers
            if h not in used.values() and not any(h in s for s in part.mapping.sql.values())
        ]
        ledger.fact(name, "unused_headers", part.name, len(unused), len(part.headers), ", ".join(unused))
        if part.source.unreadable:
            ledger.fact(
                name,
                "unreadable_lines",
                part.name,
                part.source.unreadable,
                rows,
                part.source.first_unreadable,
            )
    ledger.drop("read", name, rows + unreadable, unreadable, "unreadable_line")


def _numbered(found: list[Part]) -> list[tuple[Part, int]]:
    """Pair each part with the rows before it, so that numbered rows go on from file to file."""
    before, pairs = 0, []
    for part in found:
        pairs.append((part, before))
        before += part.source.rows
    return pairs


def _date_order(found: list[Part], columns: dict[str, Column]) -> str:
    """Tell 31/12/2024 from 12/31/2024 by a number above 12 anywhere in the table's times."""
    first = second = 0
    example = ""
    for part in found:
        for column, header in part.mapping.headers.items():
            if columns[column].kind in ("time", "birthday") and part.table[header].type().is_string():
                values = clean.bare(part.table[header])
                values = values.nullif(ibis.ifelse(values.re_search(clean.YEAR_LAST), "", values))
                numbers = [values.re_extract(clean.YEAR_LAST, i).try_cast("int64").max() for i in (1, 2)]
                row = (
                    part.table.aggregate(a=numbers[0], b=numbers[1], example=values.min())
                    .to_pyarrow()
                    .to_pylist()[0]
                )
                first, second = max(first, row["a"] or 0), max(second, row["b"] or 0)
                example = example or (f'{part.name}: {header} "{row["example"]}"' if row["a"] else "")
    if example and (first > 12) == (second > 12):
        raise ShopcrmError(
            f"{example} does not tell day from month; add date_format, such as "
            '"%d/%m/%Y %H:%M" or "%m/%d/%Y %H:%M", to that table in shop.toml'
        )
    return "" if not example else clean.DAY_FIRST if first > 12 else clean.MONTH_FIRST


def _typed(
    con: BaseBackend,
    pair: tuple[Part, int],
    columns: dict[str, Column],
    where: str,
    zone: str,
    date_format: str,
) -> ir.Table:
    """Give each column its type; ``_bad_…`` keeps the text of a cell that could not be read."""
    part, before = pair
    table = _with_sql(con, part, where)
    cells = {column: table[header] for column, header in part.mapping.headers.items() if column in columns}
    cells |= {column: table[f"_sql_{column}"] for column in part.mapping.sql}
    if part.mapping.numbered:
        cells[part.mapping.numbered] = (table._row + before).cast("string")
    raw = table.select(
        _kept=table._kept.fill_null(False) if where else ibis.literal(True),
        _file=ibis.literal(part.number, "int64"),
        _row=table._row.cast("int64"),
        **cells,
        **{f"_raw_{name}": cell for name, cell in cells.items()},
    )
    kinds = {name: columns[name].kind for name in cells}
    read = clean.read(raw, kinds, zone, date_format)
    present = {name: read[name].cast(TYPES.get(kind, "string")) for name, kind in kinds.items()}
    bad = {f"_bad_{name}": _bad(kinds[name], read[f"_raw_{name}"], read[name]) for name in cells}
    result = {c.name: present.get(c.name, empty(c)) for c in columns.values()}
    result |= {f"_bad_{c.name}": bad.get(f"_bad_{c.name}", ibis.null("string")) for c in columns.values()}
    if "customer_id" in columns:
        result["_masked"] = (
            read.customer_id.contains(MASK).fill_null(False) if "customer_id" in cells else False
        )
    return read.select("_kept", "_file", "_row", **result)


def _with_sql(con: BaseBackend, part: Part, where: str) -> ir.Table:
    """Add the columns that are SQL expressions, and ``_kept`` for the row filter."""
    text = [name for name, kind in part.table.schema().items() if kind.is_string()]
    wanted_sql = {f"_sql_{column}": sql for column, sql in part.mapping.sql.items()} | (
        {"_kept": where} if where else {}
    )
    if not wanted_sql:
        return part.table
    trees = {name: expression.parse(sql, part.name) for name, sql in wanted_sql.items()}
    added = ", ".join(
        f'{expression.numbers_from_text(tree, text).sql(dialect=con.name)} AS "{name}"'
        for name, tree in trees.items()
    )
    try:
        return part.table.alias(f"source_{part.number}").sql(f"SELECT *, {added} FROM source_{part.number}")
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise ShopcrmError(
            f"{part.name}: the engine refuses {' and '.join(wanted_sql.values())}: {reason}"
        ) from error


def _bad(kind: str, raw: ir.Column, read: ir.Column) -> ir.StringValue:
    """Return the text of a cell that is something and could not be read, else null."""
    nothing = ibis.null("string")
    if kind == "id":
        return ibis.ifelse(read.contains("+") & read.re_search(clean.ROUNDED_ID), read, nothing)
    if kind not in TYPES or not raw.type().is_string():
        return nothing
    unread = read.isnull() & raw.notnull() & ~clean.bare(raw).isin(clean.NOT_A_VALUE)
    return ibis.ifelse(unread, raw, nothing)


def _unmasked(table: ir.Table) -> ir.Table:
    """Take away masked buyer names: one may stand for many people, so it is no key."""
    if "_masked" not in table.columns:
        return table
    return table.mutate(customer_id=ibis.ifelse(table._masked, ibis.null("string"), table.customer_id))


def _gather(con: BaseBackend, name: str, typed: list[ir.Table]) -> ir.Table:
    if con.name != "duckdb":
        return typed[0]
    rows = f"rows_{name}"
    con.create_table(rows, typed[0], temp=True)
    for more in typed[1:]:
        con.insert(rows, more)
    return con.table(rows)


def _refuse_unreadable(
    name: str, table: ir.Table, columns: dict[str, Column], settings: ShopSettings, ledger: Ledger
) -> None:
    """Note cells that could not be read; refuse rounded ids, and more than a few unreadable amounts or times."""
    bad = [column for column in columns.values() if f"_bad_{column.name}" in table.columns]
    figures = {"n": table.count()}
    for column in bad:
        figures |= {
            f"n_{column.name}": table[f"_bad_{column.name}"].count(),
            f"eg_{column.name}": table[f"_bad_{column.name}"].min(),
        }
    masked = table._masked.sum() if "_masked" in table.columns else ibis.literal(0)
    keys = table.customer_id.count() if "customer_id" in table.columns else ibis.literal(0)
    row = table.aggregate(**figures, masked=masked, keys=keys).to_pyarrow().to_pylist()[0]
    if "_masked" in table.columns:
        ledger.fact(name, "masked_keys", "customer_id", row["masked"] or 0, row["keys"] or 0)
    limit = settings.rules.check.max_unreadable_share
    for column in bad:
        count, example = row[f"n_{column.name}"], row[f"eg_{column.name}"]
        if not count:
            continue
        ledger.fact(name, "unreadable", column.name, count, row["n"], example)
        if column.name in NEVER_ROUNDED:
            raise ShopcrmError(
                f"{name}: {count:,} of {row['n']:,} values of {column.name} look like {example}: a spreadsheet has "
                "rounded them and their digits are lost; export again and do not save the file in a spreadsheet"
            )
        if column.required and count > limit * row["n"]:
            what = {"time": "a time", "money": "an amount"}.get(column.kind, "a number")
            raise ShopcrmError(
                f'{name}: {count:,} of {row["n"]:,} values of {column.name} are not {what}, such as "{example}"; '
                f"name another column under [tables.{name}.columns] in shop.toml or mend the file"
            )


def _account(name: str, table: ir.Table, columns: dict[str, Column], ledger: Ledger) -> ir.Table:
    """Set aside the rows that cannot count, each for the first reason that it meets."""
    needed = [c for c in columns.values() if c.required and c.name not in MAY_BE_EMPTY]
    tests = {"where": ~table._kept}
    ids = [table[c.name].isnull() for c in needed if c.kind == "id"]
    tests["no_key"] = _any(ids)
    tests["unreadable_value"] = _any(
        [table[f"_bad_{c.name}"].notnull() for c in columns.values() if c.required and c.kind != "id"]
    )
    tests["no_value"] = _any([table[c.name].isnull() for c in needed if c.kind != "id"])
    if name == "orders":
        tests["no_value"] = table.paid.isnull() & table.paid_at.notnull()
    return account(ledger, "clean", name, sift(table, tests), tests)


def _any(tests: list[ir.BooleanColumn]) -> ir.BooleanValue:
    result: ir.BooleanValue = ibis.literal(False)
    for test in tests:
        result = result | test
    return result


def _latest(name: str, table: ir.Table, spec: TableSettings, files: int, ledger: Ledger) -> ir.Table:
    """Keep the copy of each row from the latest file, and one row for each key."""
    if name not in KEYS:
        return table
    key = KEYS[name]
    if files > 1:
        newest = table._file.max().over(group_by=key)
        table = account(
            ledger, "clean", name, sift(table, {"older_copy": table._file < newest}), ["older_copy"]
        )
    grain = spec.grain or preset.known(spec.preset, name).grain
    if name == "orders" and grain == "line":
        folded = orders.one_row_each(table)
        n = table.aggregate(lines=table.count(), orders=table.order_id.nunique()).to_pyarrow().to_pylist()[0]
        ledger.drop("clean", name, n["lines"], n["lines"] - n["orders"], "further_line")
        return folded
    if name == "order_items":
        if "line_id" not in table.columns:
            return table
        key = (*key, "line_id")
    last = table._row.max().over(group_by=key)
    return account(ledger, "clean", name, sift(table, {"duplicate": table._row < last}), ["duplicate"])
