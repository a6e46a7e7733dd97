"""Loading: a shop's files or engine tables become canonical tables, from the cache where nothing changed."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend
from ibis.common.exceptions import OperationNotDefinedError

from shopcrm_nb import cache, cells, codes, engine, orders, preset, rows
from shopcrm_nb.canonical import TABLES
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.ledger import Ledger
from shopcrm_nb.settings import ShopSettings, TableSettings

# Columns of orders that are filled in where an export lacks them.
ALWAYS = ("order_id", "paid_at", "paid", "created_at", "status", "order_total", "refund")


@dataclass(frozen=True)
class Loaded:
    """The canonical tables of a shop as lazy tables on an open connection, and what loading them dropped.

    ``ledger`` has step, table, rows_in, rows_out, dropped, why; ``facts`` table, fact, subject, count, total,
    example. ``fingerprint`` is the same where the sources' contents and the mapping are the same.
    """

    con: BaseBackend
    tables: dict[str, ir.Table]
    ledger: pd.DataFrame
    facts: pd.DataFrame
    fingerprint: str


def load(folder: Path, settings: ShopSettings) -> Loaded:
    """Load a shop's tables.

    Raises ShopcrmError where a file is missing or unreadable, or lacks a column that its table needs.
    """
    if not settings.engine.url.startswith(engine.EMBEDDED):
        return _from_warehouse(settings)
    warehouse = _warehouse(folder, settings)
    paths = {name: _files(folder, name, spec) for name, spec in settings.tables.items()}
    every = [path for found in paths.values() for path in found] + warehouse
    fingerprint = cache.fingerprint(folder / "cache", every, _recipe(settings))
    file = cache.built(
        folder / "cache", fingerprint, lambda target: _build(target, settings, paths, warehouse)
    )
    con = engine.connect(str(file), read_only=True, zone=settings.timezone)
    kept = con.list_tables()
    ledger, facts = (
        con.table(name).order_by("_no").drop("_no").to_pandas() for name in ("_ledger", "_facts")
    )
    return Loaded(con, {name: con.table(name) for name in TABLES if name in kept}, ledger, facts, fingerprint)


def _recipe(settings: ShopSettings) -> dict:
    """Return what, beside the files, decides what the tables are like."""
    mapping = settings.model_dump(
        mode="json", include={"currency", "timezone", "engine", "tables", "orders_from_items"}
    )
    limits = settings.rules.check.model_dump(include={"max_masked_share", "max_unreadable_share"})
    return mapping | limits | {"presets": preset.digest()}


def _warehouse(folder: Path, settings: ShopSettings) -> list[Path]:
    """Return the DuckDB file that [engine] url names, in a list, or an empty list."""
    name = settings.engine.url.removeprefix(engine.EMBEDDED)
    if name and not (folder / name).is_file():
        raise ShopcrmError(f'shop.toml: [engine] url: there is no file "{name}" in {folder}; mend the name')
    return [folder / name] if name else []


def _files(folder: Path, table: str, spec: TableSettings) -> list[Path]:
    """List the files of a table by name: the newest export comes last, and its copy of an order counts."""
    found: dict[Path, None] = {}
    for pattern in spec.files:
        matches = _matches(folder, pattern)
        if not matches:
            raise ShopcrmError(
                f'shop.toml: [tables.{table}] files: there is no file "{pattern}" in {folder}; '
                "names are relative to shop.toml; put the export there or mend the name"
            )
        found |= dict.fromkeys(matches)
    return sorted(found, key=lambda path: (path.name, str(path)))


def _matches(folder: Path, pattern: str) -> list[Path]:
    if (folder / pattern).is_file():  # a name may have a bracket in it, as in "orders[1].csv"
        return [folder / pattern]
    anchor = Path(pattern).anchor
    try:
        found = list(Path(anchor).glob(pattern.removeprefix(anchor)) if anchor else folder.glob(pattern))
    except ValueError:  # not a pattern, such as "" or "**.csv"
        return []
    return [path for path in found if path.is_file() and not path.name.startswith("~$")]


def _build(target: Path, settings: ShopSettings, paths: dict[str, list[Path]], warehouse: list[Path]) -> None:
    con = engine.connect(str(target), zone=settings.timezone)
    with contextlib.closing(con.con):
        for file in warehouse:
            engine.attach(con, file)
        ledger = Ledger()
        for name, table in _canonical(con, settings, paths, ledger).items():
            con.create_table(name, table)
        for name, frame in (("_ledger", ledger.frame()), ("_facts", ledger.facts_frame())):
            con.create_table(name, frame.assign(_no=range(len(frame))))


def _from_warehouse(settings: ShopSettings) -> Loaded:
    """Map the tables of another engine lazily: nothing is copied, and the ledger is counted there."""
    files = [name for name, spec in settings.tables.items() if spec.files]
    if files:
        raise ShopcrmError(
            f"shop.toml: [tables.{files[0]}] files: with [engine] url every table is a table of that engine; "
            'write table = "…" or leave [engine] out'
        )
    con = engine.connect_url(settings.engine.url)
    ledger = Ledger()
    try:
        tables = _canonical(con, settings, {name: [] for name in settings.tables}, ledger)
    except OperationNotDefinedError as error:
        raise ShopcrmError(
            f"shop.toml: [engine] url: {con.name} cannot do what loading needs ({error}); "
            "write its tables to parquet files and load those"
        ) from error
    return Loaded(con, tables, ledger.frame(), ledger.facts_frame(), "")


def _canonical(con: BaseBackend, settings: ShopSettings, paths: dict, ledger: Ledger) -> dict[str, ir.Table]:
    read = {name: rows.read(con, name, settings, paths[name], ledger) for name in settings.tables}
    tables = {name: codes.read(name, table, ledger) for name, table in read.items()}
    if "orders" not in tables:
        tables["orders"] = orders.from_items(tables["order_items"])
        _note_made(tables["orders"], ledger)
    tables["orders"] = _as_counted(tables["orders"], settings.tables.get("orders"), ledger)
    return {
        name: table.select(*(c for c in TABLES[name] if c in table.columns)) for name, table in tables.items()
    }


def _note_made(made: ir.Table, ledger: Ledger) -> None:
    count = made.count().to_pyarrow().as_py()
    ledger.fact("orders", "from_items", count=count)
    ledger.drop("load", "orders", count, 0, "from_items")


def _as_counted(found: ir.Table, spec: TableSettings | None, ledger: Ledger) -> ir.Table:
    """Give orders their status and their gross payment; columns that the sources lack stay away.

    Without ``spec`` they were made of their lines, and are gross.
    """
    missing = [TABLES["orders"][name] for name in ALWAYS if name not in found.columns]
    filled = found.mutate(**{column.name: cells.empty(column) for column in missing})
    said = orders.with_status(filled, spec.status if spec else {}, ledger)
    basis = orders.paid_basis(said, _declared_basis(spec), ledger) if spec else "gross"
    counted = orders.as_counted(said, basis)
    return counted.select(*(c for c in TABLES["orders"] if c in found.columns or c in ALWAYS))


def _declared_basis(spec: TableSettings) -> str:
    return spec.paid_basis or preset.known(spec.preset, "orders").paid_basis
