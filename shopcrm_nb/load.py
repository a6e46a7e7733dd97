"""Loading: a shop's files or engine tables become canonical tables, from the cache where nothing changed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend

from shopcrm_nb import cache, engine, orders, preset, rows, source
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
    database = settings.engine.url.removeprefix(engine.EMBEDDED)
    attached = [folder / database] if database else []
    paths = {name: _files(folder, name, spec) for name, spec in settings.tables.items()}
    every = [path for found in paths.values() for path in found] + attached
    recipe = settings.model_dump(mode="json", include={"timezone", "engine", "tables", "orders_from_items"})
    limits = settings.rules.check.model_dump()
    fingerprint = cache.fingerprint(folder / "cache", every, recipe | limits)
    file = cache.built(
        folder / "cache", fingerprint, lambda target: _build(target, settings, paths, attached)
    )
    con = engine.connect(str(file), read_only=True, zone=settings.timezone)
    kept = con.list_tables()
    ledger, facts = (
        con.table(name).order_by("_no").drop("_no").to_pandas() for name in ("_ledger", "_facts")
    )
    return Loaded(con, {name: con.table(name) for name in TABLES if name in kept}, ledger, facts, fingerprint)


def _files(folder: Path, table: str, spec: TableSettings) -> list[Path]:
    """List the files of a table by name: the newest export comes last, and its copy of an order counts."""
    found: dict[Path, None] = {}
    for pattern in spec.files:
        matches = [Path(pattern)] if Path(pattern).is_absolute() else sorted(folder.glob(pattern))
        matches = [path for path in matches if path.is_file() and not path.name.startswith("~$")]
        if not matches:
            raise ShopcrmError(
                f'shop.toml: [tables.{table}] files: there is no file "{pattern}" in {folder}; '
                "put the export there or mend the name"
            )
        found |= dict.fromkeys(matches)
    return sorted(found, key=lambda path: path.name)


def _build(target: Path, settings: ShopSettings, paths: dict[str, list[Path]], attached: list[Path]) -> None:
    con = engine.connect(str(target), zone=settings.timezone)
    for database in attached:
        con.raw_sql(f"ATTACH '{database}' AS warehouse (READ_ONLY)")
    ledger = Ledger()
    for name, table in _canonical(con, settings, paths, ledger).items():
        con.create_table(name, table)
    for name, frame in (("_ledger", ledger.frame()), ("_facts", ledger.facts_frame())):
        con.create_table(name, frame.assign(_no=range(len(frame))))
    con.disconnect()


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
    tables = _canonical(con, settings, {name: [] for name in settings.tables}, ledger)
    return Loaded(con, tables, ledger.frame(), ledger.facts_frame(), "")


def _canonical(con: BaseBackend, settings: ShopSettings, paths: dict, ledger: Ledger) -> dict[str, ir.Table]:
    read: Callable = lambda name: rows.read(con, name, settings, paths[name], ledger)  # noqa: E731
    tables = {name: read(name) for name in settings.tables if name != "orders"}
    if "orders" in settings.tables:
        spec = settings.tables["orders"]
        basis = spec.paid_basis or preset.known(spec.preset, "orders").paid_basis
        found, own = read("orders"), spec.status
    else:
        basis, found, own = "gross", _orders_of_lines(tables["order_items"], ledger), {}
    counted = orders.with_status(_all_columns(found), own, ledger)
    counted = orders.as_counted(counted, orders.paid_basis(counted, basis, ledger))
    tables["orders"] = counted.select(*(c for c in TABLES["orders"] if c in found.columns or c in ALWAYS))
    return {
        name: table.select(*(c for c in TABLES[name] if c in table.columns)) for name, table in tables.items()
    }


def _orders_of_lines(lines: ir.Table, ledger: Ledger) -> ir.Table:
    made = orders.from_items(lines)
    ledger.fact("orders", "from_items", count=made.count().to_pyarrow().as_py())
    ledger.drop("load", "orders", ledger.facts[-1][3], 0, "from_items")
    return made


def _all_columns(found: ir.Table) -> ir.Table:
    missing = [TABLES["orders"][name] for name in (*ALWAYS, "status") if name not in found.columns]
    return found.mutate(**{column.name: rows.empty(column) for column in missing})


def headers(path: Path, sheet: str = "") -> list[str]:
    """Return a file's headers, as shopcrm init shows them."""
    return source.headers(path, sheet)
