"""Delimited text: csv and its kin, in whatever encoding, become a table of text cells in DuckDB."""

import codecs
import contextlib
import csv
import functools
import io
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from shopcrm_nb.engine import literal, quoted
from shopcrm_nb.errors import ShopcrmError

READ_BYTES = 1 << 20
LONGEST_LINE = 1 << 24
SHOWN_OF_A_LINE = 10_000  # DuckDB keeps that much of a line that it rejects


@dataclass(frozen=True)
class Staged:
    """What was met in reading: the encoding, how many lines could not be read, and the first of them."""

    encoding: str
    unreadable: int
    first_unreadable: str


def encoding(path: Path) -> str:
    """Name the encoding: UTF-16 by its mark, else UTF-8 if all of the file is that, else GB18030 (and GBK).

    Whether it is GB18030 shows when it is read, strictly; to try it here would read it all twice.
    """
    stat = path.stat()
    return _encoding(path, stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _encoding(path: Path, _size: int, _time: int) -> str:
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
    try:
        for _ in _decoded(path, "utf-8-sig"):
            pass
    except UnicodeError:
        return "gb18030"
    return "utf-8-sig"


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Tell a file in no encoding that is known in one sentence."""
    try:
        yield
    except UnicodeError as error:
        raise ShopcrmError(f"{path.name}: is neither UTF-8 nor GB18030/GBK; save it as UTF-8 csv") from error


def _decoded(path: Path, name: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(name)()
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def rows(path: Path) -> Iterator[list[str]]:
    """Yield the rows as they stand, each parted at a separator of its own: titles above a table have none."""
    return (cells for _separator, cells in _rows(path))


def _rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    with _readable(path), path.open(encoding=encoding(path), newline="") as lines:
        for line in lines:
            separator = max(",\t;|", key=line.count)
            try:
                yield separator, next(csv.reader(itertools.chain([line], lines), delimiter=separator))
            except csv.Error as error:
                raise ShopcrmError(f"{path.name}: has no header row; export it again") from error


def _separator(path: Path, header_row: int) -> str:
    return next(itertools.islice(_rows(path), header_row - 1, None))[0]


def stage(
    con: Backend, name: str, path: Path, names: list[str], columns: list[str], header_row: int = 1
) -> Staged:
    """Create the temporary table ``name`` with the ``columns`` of a file whose headers are ``names``.

    Every cell is text, so that an id is never read as a number. A line that cannot be read is counted.
    """
    found = encoding(path)
    every = ", ".join(f"{literal(header)}: 'VARCHAR'" for header in names)
    sql = (
        f"CREATE TEMP TABLE {name} AS SELECT {', '.join(map(quoted, columns)) or 'NULL AS nothing'} "
        f"FROM read_csv($file, columns={{{every}}}, auto_detect=false, header=true, "
        f"skip={header_row - 1}, delim={literal(_separator(path, header_row))}, quote='\"', escape='\"', "
        f"store_rejects=true, rejects_table='{name}_errors', rejects_scan='{name}_scans', "
        f"max_line_size={LONGEST_LINE})"
    )
    if found != "utf-8-sig":
        _read_copy(con, sql, path)
    else:
        try:
            _read(con, sql, path)
        except duckdb.InvalidInputException:
            _read_copy(con, sql, path)
    return Staged(found, *_unreadable(con, name, path))


def _read(con: Backend, sql: str, utf8: Path) -> None:
    con.raw_sql(sql, parameters={"file": str(utf8)})


def _read_copy(con: Backend, sql: str, path: Path) -> None:
    """Read a UTF-8 copy with one kind of line end.

    DuckDB reads no GBK, its extension garbles it, and joined files with two kinds of line ends stop it.
    """
    with tempfile.TemporaryDirectory() as aside:
        copy = Path(aside) / "copy.csv"
        line_ends = io.IncrementalNewlineDecoder(None, translate=True)
        with _readable(path), copy.open("wb") as file:
            for chunk in _decoded(path, encoding(path)):
                file.write(line_ends.decode(chunk).encode())
            file.write(line_ends.decode("", final=True).encode())
        try:
            _read(con, sql, copy)
        except duckdb.InvalidInputException as error:
            reason = str(error).splitlines()[0]
            raise ShopcrmError(f"{path.name}: cannot be read as csv ({reason}); export it again") from error


def _unreadable(con: Backend, name: str, path: Path) -> tuple[int, str]:
    """Count the lines lost, those that an open quote has swallowed among them; refuse where it hides more."""
    lost, first, why, hidden = con.raw_sql(
        "SELECT sum(1 + length(shown) - length(replace(shown, chr(10), ''))), min(line), arg_min(why, line), "
        f"min(line) FILTER (quoted AND length(shown) >= {SHOWN_OF_A_LINE} - 2) FROM (SELECT line, "
        "max(trim(csv_line, chr(10) || chr(13))) AS shown, min(error_message) AS why, "
        f"bool_or(error_type = 'UNQUOTED VALUE') AS quoted FROM {name}_errors GROUP BY line)"
    ).fetchone()
    if hidden:
        raise ShopcrmError(
            f"{path.name}: line {hidden:,} opens a quote that hides the lines after it; close it or export "
            "again"
        )
    return (lost, f"line {first}: {why.splitlines()[0]}") if lost else (0, "")
