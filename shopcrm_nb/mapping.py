"""Mapping: which header of each file is which canonical column, and which of several buyer keys to trust."""

from dataclasses import dataclass, replace
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from shopcrm_nb import clean, engine, expression, preset, source
from shopcrm_nb.canonical import TABLES, Column
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.ledger import Ledger
from shopcrm_nb.settings import Candidate, ShopSettings, TableSettings
from shopcrm_nb.source import Source

Candidates = dict[str, tuple[Candidate, ...]]
MASK = "*"
SHOWN_HEADERS = 12


@dataclass(frozen=True)
class Part:
    """One file or engine table: its number (the copy in a later one counts), its rows, and its mapping."""

    number: int
    source: Source
    mapping: preset.Mapping
    headers: list[str]

    @property
    def name(self) -> str:
        """The file's or the engine table's name."""
        return self.source.name

    @property
    def table(self) -> ir.Table:
        """The rows as the source has them."""
        return self.source.table


def parts(
    con: BaseBackend, name: str, settings: ShopSettings, paths: list[Path], ledger: Ledger
) -> list[Part]:
    """Bring the sources of one canonical table into the engine, each with its mapping.

    Raises ShopcrmError for an unknown header, and where no source has a column that the table needs.
    """
    spec = settings.tables[name]
    columns = _candidates(name, settings)
    if spec.table:
        found = [_engine_part(con, name, spec, columns)]
    else:
        found = [_file_part(con, number, path, name, spec, columns) for number, path in enumerate(paths)]
    _check_columns(name, wanted(name, settings), found)
    return _with_one_key(name, found, columns, settings, ledger)


def wanted(name: str, settings: ShopSettings) -> dict[str, Column]:
    """Return the columns to read: the table's own and, for lines without orders, the orders' beside them."""
    own = TABLES[name]
    extra = settings.orders_from_items if name == "order_items" else ()
    return own | {column: TABLES["orders"][column] for column in extra if column not in own}


def _candidates(name: str, settings: ShopSettings) -> Candidates:
    spec = settings.tables[name]
    if not spec.preset and not spec.columns:
        raise ShopcrmError(
            f"shop.toml: [tables.{name}] has neither a preset nor columns; write preset = "
            f'"{preset.TEMPLATE}" or name the headers under [tables.{name}.columns]'
        )
    by_line = settings.orders_from_items if name == "order_items" else {}
    return preset.known(spec.preset, name).columns | spec.columns | by_line


def _file_part(
    con: BaseBackend, number: int, path: Path, name: str, spec: TableSettings, columns: Candidates
) -> Part:
    headers = source.headers(path, spec.sheet)
    _check_headers(name, spec, headers, path.name)
    usable = [c for listed in columns.values() for c in preset.candidates(listed, headers)]
    needed = {source.normal(header) for c in usable for header in preset.reads(c)}
    if spec.where:
        needed |= set(map(source.normal, expression.columns(expression.parse(spec.where, "where"))))
    staged = source.stage(con, path, [h for h in headers if source.normal(h) in needed], spec.sheet)
    return Part(number, staged, preset.mapping(columns, headers), headers)


def _engine_part(con: BaseBackend, name: str, spec: TableSettings, columns: Candidates) -> Part:
    table = engine.table(con, spec.table, f"shop.toml: [tables.{name}] table")
    _check_headers(name, spec, list(table.columns), spec.table)
    numbered = table.mutate(_row=ibis.row_number() + 1)
    rows = table.count().to_pyarrow().as_py()
    headers = list(table.columns)
    return Part(0, Source(spec.table, numbered, "engine", rows), preset.mapping(columns, headers), headers)


def _check_headers(name: str, spec: TableSettings, headers: list[str], label: str) -> None:
    """Refuse a header or an SQL column of shop.toml that the file does not have."""
    known = {source.normal(header) for header in headers}
    for column, listed in spec.columns.items():
        where = f"{label}: [tables.{name}.columns] {column}"
        for candidate in listed:
            if candidate.sql:
                expression.check_columns(expression.parse(candidate.sql, where), headers, where)
            elif candidate.header and source.normal(candidate.header) not in known:
                near = did_you_mean(candidate.header, headers) or f"; it has {_some(headers)}"
                raise ShopcrmError(f'{where}: the file has no header "{candidate.header}"{near}')
    if spec.where:
        where = f"{label}: [tables.{name}] where"
        expression.check_columns(expression.parse(spec.where, where), headers, where)


def _some(headers: list[str]) -> str:
    more = f" and {len(headers) - SHOWN_HEADERS} more" if len(headers) > SHOWN_HEADERS else ""
    return ", ".join(headers[:SHOWN_HEADERS]) + more


def _check_columns(name: str, columns: dict[str, Column], found: list[Part]) -> None:
    for part in found:
        missing = [c.name for c in columns.values() if c.required and c.name not in part.mapping.columns()]
        if missing:
            hint = "; { row = true } numbers the rows" if missing[0] == "order_id" else ""
            raise ShopcrmError(
                f"{part.name}: no column for {name}.{missing[0]} among {_some(part.headers)}; "
                f"name it under [tables.{name}.columns] in shop.toml{hint}"
            )


def _with_one_key(
    name: str, found: list[Part], columns: Candidates, settings: ShopSettings, ledger: Ledger
) -> list[Part]:
    """Choose the buyer key: the first column that every file has and that is not masked (domain 3.1.5)."""
    listed = columns.get("customer_id", ())
    common = [c for c in listed if all(c in preset.candidates(listed, part.headers) for part in found)]
    if not common:
        return found
    measured = [_masked(found, candidate) for candidate in common] if len(common) > 1 else [(0, 1)]
    limit = settings.rules.check.max_masked_share
    best = next((i for i, (masked, n) in enumerate(measured) if n and masked <= limit * n), 0)
    for candidate, (masked, n) in zip(common[:best], measured, strict=False):
        ledger.fact(name, "key_passed_over", candidate.header or candidate.sql, masked, n)
    columns = columns | {"customer_id": (common[best],)}
    return [replace(part, mapping=preset.mapping(columns, part.headers)) for part in found]


def _masked(found: list[Part], candidate: Candidate) -> tuple[int, int]:
    """Count the masked and the filled cells of a column over all files."""
    masked = filled = 0
    for part in found:
        column = next(h for h in part.headers if source.normal(h) == source.normal(candidate.header))
        values = clean.nothing_is_null(clean.bare(part.table[column]))
        counts = part.table.aggregate(masked=values.contains(MASK).sum(), filled=values.count())
        row = counts.to_pyarrow().to_pylist()[0]
        masked, filled = masked + (row["masked"] or 0), filled + row["filled"]
    return masked, filled
