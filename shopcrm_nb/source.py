"""Source files: whatever encoding, separator or spreadsheet a file has, its cells become rows in DuckDB."""

import codecs
import csv
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from shopcrm_nb.errors import ShopcrmError

ROWS_A_BATCH = 50_000
READ_BYTES = 1 << 24
# A spreadsheet keeps 15 digits of a number. A whole number beyond that has lost some, and is written as a
# spreadsheet shows it (1.93068E+15), so that one rule refuses it as an id wherever it comes from.
EXACT_IN_A_SPREADSHEET = 10**15


@dataclass(frozen=True)
class Source:
    """A file in DuckDB.

    ``table`` has the wanted columns under their cleaned headers, as text (csv, xlsx, xls) or typed (parquet),
    and ``_row``, the number of the row in the file. ``rows`` are in it, ``unreadable`` lines are not.
    """

    name: str
    table: ir.Table
    encoding: str
    rows: int
    unreadable: int = 0
    first_unreadable: str = ""


def clean_header(header: object) -> str:
    """Strip blanks, full-width blanks and a byte-order mark from a header."""
    return str(header or "").strip("\ufeff\u3000\xa0 \t\r\n")


def normal(header: str) -> str:
    """Return the form in which headers are compared: no case, no full-width forms."""
    return unicodedata.normalize("NFKC", clean_header(header)).casefold()


def kind(path: Path) -> str:
    """Tell csv, excel or parquet by the first bytes; a file's ending is often wrong."""
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise ShopcrmError(f"{path.name}: the file is empty; export it again")
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "excel"
    if start.lstrip().startswith((b"<html", b"<!DOC", b"<table", b"<?xml")):
        raise ShopcrmError(f"{path.name}: is a web page under a table's name; save it as csv or xlsx")
    return "csv"


def headers(path: Path, sheet: str = "") -> list[str]:
    """Return the cleaned headers of a file, in order; a header that occurs twice gets a number."""
    read = {"csv": _csv_headers, "excel": _excel_headers, "parquet": _parquet_headers}[kind(path)]
    names: list[str] = []
    for position, header in enumerate(read(path, sheet), start=1):
        name = clean_header(header) or f"column {position}"
        twins = sum(taken == name or taken.startswith(f"{name} (") for taken in names)
        names.append(f"{name} ({twins + 1})" if twins else name)
    return names


def stage(con: Backend, path: Path, columns: list[str], sheet: str = "") -> Source:
    """Bring the ``columns`` of a file into DuckDB as a temporary table, rows in the file's order."""
    name = f"stage_{uuid.uuid4().hex}"
    read = {"csv": _stage_csv, "excel": _stage_excel, "parquet": _stage_parquet}[kind(path)]
    return read(con, name, path, columns, sheet)


def encoding(path: Path) -> str:
    """Name the encoding: UTF-16 by its mark, then strict UTF-8, then GB18030, of which GBK is a part."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for name in ("utf-8-sig", "gb18030"):
        try:
            for _ in _decoded(path, name):
                pass
        except UnicodeDecodeError:
            continue
        return name
    raise ShopcrmError(f"{path.name}: is neither UTF-8 nor GB18030/GBK; save it as UTF-8 csv")


def _decoded(path: Path, name: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(name)()
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _csv_headers(path: Path, sheet: str = "") -> list[str]:
    with path.open(encoding=encoding(path), newline="") as file:
        first = file.readline()
        file.seek(0)
        try:
            return next(csv.reader(file, delimiter=_delimiter(first)))
        except (StopIteration, csv.Error) as error:
            raise ShopcrmError(f"{path.name}: has no header row; export it again") from error


def _delimiter(line: str) -> str:
    return max(",\t;|", key=line.count)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _stage_csv(con: Backend, name: str, path: Path, columns: list[str], sheet: str) -> Source:
    found = encoding(path)
    utf8 = path if found == "utf-8-sig" else _transcode(path, found)
    try:
        with utf8.open(encoding="utf-8-sig", newline="") as file:
            delimiter = _delimiter(file.readline())
        every = ", ".join(f"{_literal(header)}: 'VARCHAR'" for header in headers(path))
        wanted = ", ".join(_quoted(column) for column in columns) or "NULL AS nothing"
        # Every cell as text: an id is never read as a number. An unreadable line is counted, not fatal.
        con.raw_sql(
            f"CREATE TEMP TABLE {name} AS SELECT {wanted} FROM read_csv({_literal(str(utf8))}, "
            f"columns={{{every}}}, auto_detect=false, header=true, delim={_literal(delimiter)}, "
            f"quote='\"', escape='\"', store_rejects=true, rejects_table='{name}_errors', "
            f"rejects_scan='{name}_scans', max_line_size=16777216)"
        )
    finally:
        if utf8 is not path:
            utf8.unlink()
    lines, first, why = con.raw_sql(
        f"SELECT count(DISTINCT line), min(line), arg_min(error_message, line) FROM {name}_errors"
    ).fetchone()
    table = con.table(name)
    table = table.mutate(_row=table.rowid() + 1)
    example = f"line {first}: {why.splitlines()[0]}" if lines else ""
    return Source(path.name, table, found, _rows(con, name), lines, example)


def _rows(con: Backend, name: str) -> int:
    return con.raw_sql(f"SELECT count(*) FROM {name}").fetchone()[0]


def _transcode(path: Path, name: str) -> Path:
    """Write a UTF-8 copy beside nothing of the user's: DuckDB reads no GBK, and its extension garbles it."""
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="", delete=False) as copy:
        for chunk in _decoded(path, name):
            copy.write(chunk)
    return Path(copy.name)


def _sheet(path: Path, sheet: str):
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
    except CalamineError as error:
        raise ShopcrmError(f"{path.name}: cannot be opened as a workbook; save it again as xlsx") from error
    if sheet and sheet not in book.sheet_names:
        raise ShopcrmError(f'{path.name}: has no sheet "{sheet}"; it has {", ".join(book.sheet_names)}')
    return book.get_sheet_by_name(sheet or book.sheet_names[0])


def _excel_headers(path: Path, sheet: str = "") -> list[str]:
    first = next(iter(_sheet(path, sheet).iter_rows()), None)
    if first is None:
        raise ShopcrmError(f"{path.name}: the sheet is empty; export it again")
    return list(first)


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


def _stage_excel(con: Backend, name: str, path: Path, columns: list[str], sheet: str) -> Source:
    position = {header: index for index, header in enumerate(headers(path, sheet))}
    schema = pa.schema([(column, pa.string()) for column in columns] + [("_row", pa.int64())])
    con.create_table(name, schema=ibis.Schema.from_pyarrow(schema), temp=True)
    rows = iter(_sheet(path, sheet).iter_rows())
    next(rows)
    number = 0
    batch: list[list] = []
    for number, row in enumerate(rows, start=1):
        batch.append([_cell(row[position[column]]) for column in columns] + [number])
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


def _parquet_headers(path: Path, sheet: str = "") -> list[str]:
    import pyarrow.parquet as pq

    try:
        return pq.read_schema(path).names
    except pa.ArrowInvalid as error:
        raise ShopcrmError(f"{path.name}: is not a whole parquet file; copy it again") from error


def _stage_parquet(con: Backend, name: str, path: Path, columns: list[str], sheet: str) -> Source:
    original = dict(zip(headers(path), _parquet_headers(path), strict=True))
    wanted = ", ".join(f"{_quoted(original[column])} AS {_quoted(column)}" for column in columns)
    con.raw_sql(
        f"CREATE TEMP VIEW {name} AS SELECT {wanted + ', ' if wanted else ''}file_row_number + 1 AS _row "
        f"FROM read_parquet({_literal(str(path))}, file_row_number=true)"
    )
    return Source(path.name, con.table(name), "parquet", _rows(con, name))
