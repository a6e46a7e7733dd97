"""Source files: whatever encoding, separator or spreadsheet a file has, its cells become rows in DuckDB."""

import itertools
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from shopcrm_nb import delimited
from shopcrm_nb.engine import literal, quoted
from shopcrm_nb.errors import ShopcrmError

ROWS_A_BATCH = 50_000
# A spreadsheet keeps 15 digits of a number. A whole number beyond that has lost some, and is written as a
# spreadsheet shows it (1.93068E+15), so that one rule refuses it as an id wherever it comes from.
EXACT_IN_A_SPREADSHEET = 10**15


@dataclass(frozen=True)
class Place:
    """Where in a file its table stands: the sheet of a workbook, the row of its headers, a csv's encoding.

    Rows are counted from 1, as the file shows them. Without a ``sheet`` it is the first; without a
    ``header_row``, the first line of a csv and the first row of a sheet that is not blank; without an
    ``encoding``, that of the contents, where ``chinese`` tells what is likely.
    """

    sheet: str = ""
    header_row: int | None = None
    encoding: str = ""
    chinese: bool = False


@dataclass(frozen=True)
class Source:
    """A file in DuckDB.

    ``table`` has the wanted columns under their cleaned headers, as text (csv, xlsx, xls) or typed (parquet),
    and ``_row``, the number of the row, from 1 below the headers. ``rows`` are in it; ``unreadable`` lines
    are not. ``shown`` is a word of an encoded file by which a reader sees whether it was read rightly.
    """

    name: str
    table: ir.Table
    encoding: str
    rows: int
    unreadable: int = 0
    first_unreadable: str = ""
    shown: str = ""


def clean_header(header: object) -> str:
    """Strip blanks, full-width blanks and a byte-order mark from a header."""
    return str(header or "").strip("\ufeff\u3000\xa0 \t\r\n")


def normal(header: str) -> str:
    """Return the form in which headers are compared: no case, no full-width forms."""
    return unicodedata.normalize("NFKC", clean_header(header)).casefold()


def kind(path: Path) -> str:
    """Tell csv, excel or parquet by the first bytes; a file's ending is often wrong."""
    with path.open("rb") as file:
        start = file.read(64)
    if not start:
        raise ShopcrmError(f"{path.name}: the file is empty; export it again")
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "excel"
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise ShopcrmError(f"{path.name}: is a web page under a table's name; save it as csv or xlsx")
    return "csv"


def headers(path: Path, at: Place = Place()) -> list[str]:
    """Return the cleaned headers of a file, in order; a header that occurs twice gets a number."""
    if kind(path) == "parquet":
        return _distinct(_parquet_headers(path))
    return _distinct(next(_table_rows(path, at)))


def top_rows(path: Path, at: Place = Place()) -> Iterator[tuple[Place, list[str]]]:
    """Yield the first rows of a file, each with its place and as the headers that it would give."""
    if kind(path) == "parquet":
        yield Place(), headers(path)
        return
    for number, row in enumerate(itertools.islice(_rows(path, at), delimited.TOP_ROWS), start=1):
        yield replace(at, header_row=number), _distinct(row)


def _rows(path: Path, at: Place) -> Iterator[list]:
    if kind(path) == "csv":
        return delimited.rows(path, delimited.encoding(path, at.encoding, at.chinese))
    return _sheet_rows(path, at.sheet)


def _table_rows(path: Path, at: Place) -> Iterator[list]:
    """Yield the rows of a csv or a sheet from its headers on; refuse a row of headers that is not there."""
    rows, above = _rows(path, at), []
    if at.header_row is None and kind(path) == "excel":
        rows = itertools.dropwhile(_is_blank, rows)
    for row in itertools.islice(rows, (at.header_row or 1) - 1):
        above.append(row)
    first = next(rows, None)
    if first is None and at.header_row is None:
        raise ShopcrmError(f"{path.name}: the sheet is empty; export it again")
    if first is None:
        raise ShopcrmError(
            f"{path.name}: header_row is {at.header_row}, but the file has only {len(above):,} rows; name the"
            " row of the headers in shop.toml"
        )
    if _is_blank(first):
        which = "the first line" if at.header_row is None else f"row {at.header_row}"
        raise ShopcrmError(
            f"{path.name}: {which} is blank; the headers must stand there, or header_row in shop.toml must "
            "name their row"
        )
    yield first
    yield from rows


def _is_blank(row: list) -> bool:
    return not any(map(clean_header, row))


def twins(header: str, headers: list[str]) -> bool:
    """Tell whether a file has a header more than once; the second goes by ``header (2)``."""
    return normal(f"{header} (2)") in map(normal, headers)


def _distinct(found: list) -> list[str]:
    """Name each column, and no two alike: to an engine, case makes no difference."""
    names: dict[str, str] = {}
    for position, header in enumerate(found, start=1):
        name = plain = clean_header(header) or f"column {position}"
        twin = 1
        while normal(name) in names:
            twin += 1
            name = f"{plain} ({twin})"
        names[normal(name)] = name
    return list(names.values())


def stage(con: Backend, path: Path, columns: list[str], at: Place = Place()) -> Source:
    """Bring the ``columns`` of a file into DuckDB as a temporary table, rows in the file's order."""
    name = f"stage_{uuid.uuid4().hex}"
    read = {"csv": _stage_csv, "excel": _stage_excel, "parquet": _stage_parquet}[kind(path)]
    return read(con, name, path, columns, at)


def _count(con: Backend, name: str) -> int:
    return con.raw_sql(f"SELECT count(*) FROM {name}").fetchone()[0]


def _stage_csv(con: Backend, name: str, path: Path, columns: list[str], at: Place) -> Source:
    encoding = delimited.encoding(path, at.encoding, at.chinese)
    met = delimited.stage(con, name, path, encoding, headers(path, at), columns, at.header_row or 1)
    table = con.table(name)
    table = table.mutate(_row=table.rowid() + 1)
    lost = met.unreadable, met.first_unreadable
    return Source(path.name, table, encoding, _count(con, name), *lost, met.shown)


def _sheet_rows(path: Path, sheet: str) -> Iterator[list]:
    """Return the rows of a workbook's sheet, blank ones above its table among them."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
        if sheet and sheet not in book.sheet_names:
            raise ShopcrmError(f'{path.name}: has no sheet "{sheet}"; it has {", ".join(book.sheet_names)}')
        return iter(book.get_sheet_by_name(sheet or book.sheet_names[0]).iter_rows())
    except CalamineError as error:
        raise ShopcrmError(f"{path.name}: cannot be opened as a workbook; save it again as xlsx") from error


def _cell(value: object) -> str | None:
    """Write a spreadsheet's cell as text without losing or inventing digits."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        if float(value).is_integer():
            return f"{value:.0f}" if abs(value) < EXACT_IN_A_SPREADSHEET else f"{value:.5E}"
        return repr(float(value))
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)


def _stage_excel(con: Backend, name: str, path: Path, columns: list[str], at: Place) -> Source:
    schema = pa.schema([(column, pa.string()) for column in columns] + [("_row", pa.int64())])
    con.create_table(name, schema=ibis.Schema.from_pyarrow(schema), temp=True)
    rows = _table_rows(path, at)
    names = _distinct(next(rows))
    positions = [names.index(column) for column in columns]
    number = 0
    batch: list[list] = []
    for number, row in enumerate(rows, start=1):
        batch.append([_cell(row[position]) for position in positions] + [number])
        if len(batch) == ROWS_A_BATCH:
            _insert(con, name, batch, schema)
            batch = []
    if batch:
        _insert(con, name, batch, schema)
    return Source(path.name, con.table(name), "excel", number)


def _insert(con: Backend, name: str, rows: list[list], schema: pa.Schema) -> None:
    columns = [
        pa.array(values, type=field.type)
        for values, field in zip(zip(*rows, strict=True), schema, strict=True)
    ]
    con.insert(name, pa.table(columns, schema=schema))


def _parquet_headers(path: Path) -> list[str]:
    import pyarrow.parquet as pq

    try:
        return pq.read_schema(path).names
    except (pa.ArrowInvalid, OSError) as error:
        raise ShopcrmError(f"{path.name}: is not a whole parquet file; copy it again") from error


def _stage_parquet(con: Backend, name: str, path: Path, columns: list[str], at: Place) -> Source:
    original = dict(zip(headers(path), _parquet_headers(path), strict=True))
    wanted = [f"{quoted(original[column])} AS {quoted(column)}" for column in columns]
    con.raw_sql(
        f"CREATE TEMP VIEW {name} AS SELECT {', '.join([*wanted, 'file_row_number + 1 AS _row'])} "
        f"FROM read_parquet({literal(str(path))}, file_row_number=true)"
    )
    return Source(path.name, con.table(name), "parquet", _count(con, name))
