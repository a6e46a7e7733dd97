"""Cells: the columns of a source become canonical columns, typed; what could not be read is kept aside."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend
from sqlglot import exp

from shopcrm_nb import clean, expression, marks
from shopcrm_nb.canonical import IDS, Column
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.mapping import Part
from shopcrm_nb.source import normal

TYPES = {
    "number": "float64",
    "money": "float64",
    "share": "float64",
    "time": "timestamp",
    "birthday": "timestamp",
    "flag": "boolean",
}
TIMES = ("time", "birthday")
WATCHED = ("paid", "amount", "refund")  # what stands beside these amounts is looked at
THIRD = ".000"
YEAR_LAST_LIKE = r"^[^0-9]*\d{1,2}[/.-]\d{1,2}[/.-]\d"


@dataclass(frozen=True)
class Reading:
    """How the cells of one canonical table are read."""

    columns: dict[str, Column]
    where: str
    zone: str
    date_format: str
    decimal: str = "."


def empty(column: Column) -> ir.Scalar:
    """Return a null of the column's type."""
    return ibis.null(TYPES.get(column.kind, "string"))


def typed(con: BaseBackend, part: Part, how: Reading) -> ir.Table:
    """Return a part's columns under their canonical names and types, with ``_file``, ``_row`` and ``_kept``.

    ``_bad_…`` has the text of a cell that could not be read; ``_mark_…`` what stands beside an amount that
    is WATCHED; ``_kept`` tells the row filter's answer.
    """
    decimal = clean.IN_A_SHEET if how.decimal == "," and part.source.encoding == "excel" else how.decimal
    table = _computed(con, part, how.where, decimal)
    cells = {column: table[header] for column, header in part.mapping.headers.items()}
    cells |= {column: table[f"_sql_{column}"] for column in part.mapping.sql}
    cells |= dict.fromkeys(part.mapping.numbered, (table._row + part.before).cast("string"))
    raw = table.select(
        _kept=table._kept.fill_null(False) if how.where else ibis.literal(True),
        _file=ibis.literal(part.number, "int64"),
        _row=table._row.cast("int64"),
        **cells,
        **{f"_raw_{name}": cell for name, cell in cells.items()},
    )
    kinds = {name: how.columns[name].kind for name in cells}
    read = clean.read(raw, kinds, how.zone, how.date_format, decimal)
    values = {name: read[name].cast(TYPES.get(kind, "string")) for name, kind in kinds.items()}
    bad = {f"_bad_{name}": _unread(kind, read[f"_raw_{name}"], read[name]) for name, kind in kinds.items()}
    seen = {f"_mark_{name}": _mark(read[f"_raw_{name}"], how.decimal) for name in WATCHED if name in kinds}
    return read.select("_kept", "_file", "_row", **values, **bad, **seen)


def _computed(con: BaseBackend, part: Part, where: str, decimal: str) -> ir.Table:
    """Add the columns that are SQL expressions, and ``_kept`` for the row filter."""
    asked = {f"_sql_{column}": sql for column, sql in part.mapping.sql.items()}
    asked |= {"_kept": where} if where else {}
    if not asked:
        return part.table
    headers = {normal(header): header for header in part.table.columns}
    trees = {name: _with_headers(expression.parse(sql, part.name), headers) for name, sql in asked.items()}
    table, numbers = _with_numbers(part.table, set().union(*map(expression.numbers, trees.values())), decimal)
    trees = {
        name: expression.renamed(tree, numbers, expression.is_read_as_number) for name, tree in trees.items()
    }
    added = ", ".join(f'{tree.sql(dialect=con.dialect)} AS "{name}"' for name, tree in trees.items())
    try:
        return table.alias(f"source_{part.number}").sql(f"SELECT *, {added} FROM source_{part.number}")
    except Exception as error:
        reason = str(error).splitlines()[0]
        shown = " and ".join(asked.values())
        raise ShopcrmError(f"{part.name}: the engine refuses {shown}: {reason}") from error


def _with_headers(tree: exp.Expression, headers: dict[str, str]) -> exp.Expression:
    names = {name: headers[normal(name)] for name in expression.columns(tree) if normal(name) in headers}
    return expression.renamed(tree, names)


def _with_numbers(table: ir.Table, columns: set[str], decimal: str) -> tuple[ir.Table, dict[str, str]]:
    """Add text columns read as numbers, as any amount is read; return their names by header."""
    text = sorted(name for name in columns if table[name].type().is_string())
    names = {header: f"_number_{header}" for header in text}
    if not names:
        return table, names
    copies = table.mutate(**{name: table[header] for header, name in names.items()})
    return clean.read(copies, dict.fromkeys(names.values(), "number"), decimal=decimal), names


def _mark(raw: ir.Column, decimal: str) -> ir.StringValue:
    """Return the mark of a currency that stands in an amount and, behind it, THIRD for three decimals."""
    nothing = ibis.null("string")
    if not raw.type().is_string():
        return nothing
    third = raw.right(4).left(1) == decimal
    plain = raw.try_cast("float64").notnull() & ~third
    thirds = raw.re_search(rf"[{decimal}]\d{{3}}[^\d{decimal}]*$")
    mark = raw.re_extract(f"({marks.ANY})", 1)
    return ibis.ifelse(plain, nothing, (mark + ibis.ifelse(thirds, THIRD, "")).nullif(""))


def _unread(kind: str, raw: ir.Column, read: ir.Column) -> ir.StringValue:
    """Return the text of a cell that is something and could not be read, else null."""
    nothing = ibis.null("string")
    if kind in IDS:
        return ibis.ifelse(read.contains("+") & read.re_search(clean.ROUNDED_ID), read, nothing)
    is_time = kind in TIMES
    if kind not in TYPES or (not raw.type().is_string() and (not is_time or raw.type().is_temporal())):
        return nothing
    text = raw.cast("string")
    unread = read.isnull() & raw.notnull() & ~clean.bare(text).isin(clean.NOT_A_VALUE)
    return ibis.ifelse(unread, text, nothing)


def date_order(found: list[Part], columns: dict[str, Column]) -> str:
    """Tell 31/12/2024 from 12/31/2024 by a number above 12 anywhere in the table's times; "" if none is so.

    Raises ShopcrmError where the cells do not tell.
    """
    spans = [_year_last(part, columns) for part in found]
    example = next((example for _, _, example in spans if example), "")
    if not example:
        return ""
    day_first, month_first = (max(span[i] for span in spans) > 12 for i in (0, 1))
    if day_first == month_first:
        raise ShopcrmError(
            f"{example} does not tell day from month; add date_format, such as "
            '"%d/%m/%Y %H:%M" or "%m/%d/%Y %H:%M", to that table in shop.toml'
        )
    return clean.DAY_FIRST if day_first else clean.MONTH_FIRST


def _year_last(part: Part, columns: dict[str, Column]) -> tuple[int, int, str]:
    """Return the greatest first and second number of the cells that end in a year, and one such cell."""
    figures = {}
    for column, header in part.mapping.headers.items():
        if columns[column].kind in TIMES and part.table[header].type().is_string():
            cell = part.table[header]
            like = cell.re_search(
                YEAR_LAST_LIKE
            )  # one cheap look at each cell, the rest at the few that are like it
            values = clean.bare(ibis.ifelse(like, cell, ibis.null("string")))
            for i in (1, 2):
                numbers = values.re_extract(clean.YEAR_LAST, i).try_cast("int64")
                figures[f"{i} {header}"] = numbers.max()
            figures[f"3 {header}"] = values.min(where=values.re_search(clean.YEAR_LAST))
    if not figures:
        return 0, 0, ""
    met = part.table.aggregate(**figures).to_pyarrow().to_pylist()[0]
    greatest = [max(met[name] or 0 for name in met if name.startswith(f"{i} ")) for i in (1, 2)]
    shown = (f'{part.name}: {name[2:]} "{met[name]}"' for name in met if name.startswith("3 ") and met[name])
    return *greatest, next(shown, "")
