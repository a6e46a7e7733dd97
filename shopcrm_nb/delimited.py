"""Delimited text: csv and its kin, in whatever encoding, become a table of text cells in DuckDB."""

import codecs
import contextlib
import csv
import functools
import io
import itertools
import re
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
TOP_ROWS = 10  # that tell the language of a file; titles may stand above the headers
LONGEST_SHOWN = 20
SHOWN_OF_A_LINE = 10_000  # DuckDB keeps that much of a line that it rejects


# Two common Chinese characters in a row (GB2312, first level): in Western text no four bytes are like that.
CHINESE_WORD = re.compile(rb"(?:[\xb0-\xd7][\xa1-\xfe]){2}")
FOREIGN_WORD = re.compile(r"(?<![\w@.])[^\W\d_]*[^\W\d_\x00-\x7f][^\W\d_]*(?![^\W\d_]|[\w.+-]*@)|[€£¥]")
UTF8 = "utf-8-sig"


@dataclass(frozen=True)
class Staged:
    """What was met in reading: how many lines could not be read, the first of them, and a foreign word.

    ``shown`` is a word with letters beyond ASCII, of a file that is not UTF-8; if it is right, so is all.
    """

    unreadable: int
    first_unreadable: str
    shown: str = ""


def encoding(path: Path, declared: str = "", chinese: bool = False) -> str:
    """Name the encoding: as declared, else UTF-16 by its mark, else UTF-8 if all of the file is that.

    Else it is GB18030 (and GBK) where the first rows hold a Chinese word or the shop is ``chinese``, and
    Windows-1252 elsewhere. Whether it is that shows when it is read, strictly; to try it here would read it
    all twice.
    """
    if declared:
        name = codecs.lookup(declared).name
        return UTF8 if name == "utf-8" else name
    stat = path.stat()
    found = _encoding(path, stat.st_size, stat.st_mtime_ns)
    return found or ("gb18030" if chinese else "cp1252")


@functools.lru_cache(maxsize=256)
def _encoding(path: Path, _size: int, _time: int) -> str:
    """Name the encoding as far as the contents tell it, else an empty string."""
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
    try:
        for _ in _decoded(path, UTF8):
            pass
    except UnicodeError:
        with path.open("rb") as file:
            top = b"".join(itertools.islice(file, TOP_ROWS))
        return "gb18030" if CHINESE_WORD.search(top) else ""
    return UTF8


@contextlib.contextmanager
def _readable(path: Path, name: str) -> Iterator[None]:
    """Tell a file that is not in the encoding ``name`` in one sentence."""
    try:
        yield
    except UnicodeError as error:
        is_not = {
            "cp1252": "is neither UTF-8 nor Windows-1252",
            "gb18030": "is neither UTF-8 nor GB18030/GBK",
            "utf-16": "is neither UTF-8 nor whole UTF-16",
        }.get(name, f"is not {name}")
        raise ShopcrmError(
            f"{path.name}: {is_not}; save it as UTF-8 csv or name its encoding in shop.toml, such as "
            'encoding = "cp1252"'
        ) from error


def _decoded(path: Path, name: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(name)()
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def rows(path: Path, encoding: str) -> Iterator[list[str]]:
    """Yield the rows as they stand, each parted at a separator of its own: titles above a table have none."""
    return (cells for _separator, cells in _rows(path, encoding))


def _rows(path: Path, encoding: str) -> Iterator[tuple[str, list[str]]]:
    with _readable(path, encoding), path.open(encoding=encoding, newline="") as lines:
        for line in lines:
            separator = max(",\t;|", key=line.count)
            try:
                yield separator, next(csv.reader(itertools.chain([line], lines), delimiter=separator))
            except csv.Error as error:
                raise ShopcrmError(f"{path.name}: has no header row; export it again") from error


def stage(
    con: Backend,
    name: str,
    path: Path,
    encoding: str,
    names: list[str],
    columns: list[str],
    header_row: int = 1,
) -> Staged:
    """Create the temporary table ``name`` with the ``columns`` of a file whose headers are ``names``.

    Every cell is text, so that an id is never read as a number. A line that cannot be read is counted.
    """
    separator = next(itertools.islice(_rows(path, encoding), header_row - 1, None))[0]
    every = ", ".join(f"{literal(header)}: 'VARCHAR'" for header in names)
    sql = (
        f"CREATE TEMP TABLE {name} AS SELECT {', '.join(map(quoted, columns)) or 'NULL AS nothing'} "
        f"FROM read_csv($file, columns={{{every}}}, auto_detect=false, header=true, "
        f"skip={header_row - 1}, delim={literal(separator)}, quote='\"', escape='\"', "
        f"store_rejects=true, rejects_table='{name}_errors', rejects_scan='{name}_scans', "
        f"max_line_size={LONGEST_LINE})"
    )
    shown = ""
    if encoding != UTF8:
        shown = _read_copy(con, sql, path, encoding)
    else:
        try:
            _read(con, sql, path)
        except duckdb.InvalidInputException:
            _read_copy(con, sql, path, encoding)
    return Staged(*_unreadable(con, name, path), shown)


def _read(con: Backend, sql: str, utf8: Path) -> None:
    con.raw_sql(sql, parameters={"file": str(utf8)})


def _read_copy(con: Backend, sql: str, path: Path, encoding: str) -> str:
    """Read a UTF-8 copy with one kind of line end; return a foreign word of it.

    DuckDB reads no GBK, its extension garbles it, and joined files with two kinds of line ends stop it.
    """
    with tempfile.TemporaryDirectory() as aside:
        copy = Path(aside) / "copy.csv"
        shown = _write_copy(path, encoding, copy)
        try:
            _read(con, sql, copy)
        except duckdb.InvalidInputException as error:
            reason = str(error).splitlines()[0]
            raise ShopcrmError(f"{path.name}: cannot be read as csv ({reason}); export it again") from error
    return shown


def _write_copy(path: Path, encoding: str, copy: Path) -> str:
    line_ends, shown = io.IncrementalNewlineDecoder(None, translate=True), None
    with _readable(path, encoding), copy.open("wb") as file:
        for chunk in _decoded(path, encoding):
            shown = shown or (None if chunk.isascii() else FOREIGN_WORD.search(chunk))
            file.write(line_ends.decode(chunk).encode())
        file.write(line_ends.decode("", final=True).encode())
    return shown.group()[:LONGEST_SHOWN] if shown else ""


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
