"""The engine: embedded DuckDB, or what [engine] url names, spoken to through Ibis."""

import os
import tempfile
import warnings
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend
from ibis.backends.duckdb import Backend as DuckDB
from ibis.common.exceptions import IbisError, TableNotFound

from shopcrm_nb.errors import ShopcrmError

# Ibis 12 itself calls what DuckDB 1.5 and pandas 3.1 have deprecated. Only its own modules are silenced.
warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"ibis\.")

EMBEDDED = "duckdb://"
WAREHOUSE = "warehouse"
MEMORY_LIMIT = "1GiB"


def literal(text: str) -> str:
    """Write ``text`` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Write ``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def connect(path: str = ":memory:", *, read_only: bool = False, zone: str = "UTC") -> DuckDB:
    """Open embedded DuckDB with the shop's time zone."""
    con = ibis.duckdb.connect(path, read_only=read_only)
    con.raw_sql(f"SET TimeZone = '{zone}'")
    con.raw_sql("SET preserve_insertion_order = true")
    con.raw_sql("SET enable_progress_bar = false")
    # Beyond this DuckDB works on disk, at no cost that was measurable; a machine may run several shops.
    con.raw_sql(f"SET memory_limit = '{MEMORY_LIMIT}'")
    # A folder of this process alone: one shared by all could belong to another user of the machine.
    spill = Path(tempfile.gettempdir()) / f"shopcrm-duckdb-{os.getpid()}"
    con.raw_sql(f"SET temp_directory = {literal(str(spill))}")
    return con


def connect_url(url: str) -> BaseBackend:
    """Open a warehouse by its Ibis URL; a failure is told with the driver's own words."""
    try:
        return ibis.connect(url)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ShopcrmError(f"shop.toml: [engine] url: {url} cannot be opened: {reason}") from error


def attach(con: DuckDB, file: Path) -> None:
    """Make the tables of a DuckDB file readable beside our own."""
    try:
        con.raw_sql(f"ATTACH {literal(str(file))} AS {WAREHOUSE} (READ_ONLY)")
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise ShopcrmError(f"shop.toml: [engine] url: {file.name} cannot be opened: {reason}") from error


def table(con: BaseBackend, name: str, where: str) -> ir.Table:
    """Return the table ``name`` (``table``, ``schema.table``) of an engine; an unknown one is refused."""
    *database, short = name.split(".")
    if con.name == "duckdb":
        database = [WAREHOUSE, *(database or ["main"])]
    try:
        return con.table(short, database=tuple(database) if database else None)
    except (TableNotFound, IbisError) as error:
        raise ShopcrmError(f'{where}: the engine has no table "{name}"') from error
