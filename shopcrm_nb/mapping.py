"""Mapping: which header of each file is which canonical column, and which of several buyer keys to trust."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, takewhile
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from shopcrm_nb import clean, engine, expression, preset, source
from shopcrm_nb.canonical import TABLES, Column
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.ledger import Ledger
from shopcrm_nb.settings import Candidate, ShopSettings, TableSettings
from shopcrm_nb.source import Place, Source

Candidates = dict[str, tuple[Candidate, ...]]
SHOWN_HEADERS = 12


@dataclass(frozen=True)
class Part:
    """One file or engine table: its number (the copy in a later one counts), its rows, and its mapping.

    ``before`` rows are in the parts before it.
    """

    number: int
    source: Source
    mapping: preset.Mapping
    headers: list[str]
    before: int = 0

    @property
    def name(self) -> str:
        """The file's or the engine table's name."""
        return self.source.name

    @property
    def table(self) -> ir.Table:
        """The rows as the source has them."""
        return self.source.table


@dataclass(frozen=True)
class Asked:
    """What shop.toml says of one canonical table; ``own`` are the columns that it names itself."""

    name: str
    spec: TableSettings
    own: dict[str, Candidates]
    columns: Candidates


def parts(
    con: BaseBackend, name: str, settings: ShopSettings, paths: list[Path], ledger: Ledger
) -> list[Part]:
    """Bring the sources of one canonical table into the engine, each with its mapping.

    Raises ShopcrmError for an unknown header, and where no source has a column that the table needs.
    """
    asked = _asked(name, settings)
    if asked.spec.table:
        found = [_engine_part(con, asked)]
    else:
        place = Place(asked.spec.sheet, asked.spec.header_row, asked.spec.encoding, settings.chinese)
        found = [_file_part(con, number, path, asked, place) for number, path in enumerate(paths)]
        before = accumulate((part.source.rows for part in found), initial=0)
        found = [replace(part, before=rows) for part, rows in zip(found, before, strict=False)]
    for part in found:
        _check_columns(asked, wanted(name, settings), part)
    found = _with_one_key(asked, found, settings.rules.check.max_masked_share, ledger)
    for part in found:
        _refuse_twins(asked, part)
    return found


def wanted(name: str, settings: ShopSettings) -> dict[str, Column]:
    """Return the columns to read: the table's own and, for lines without orders, the orders' beside them."""
    own = TABLES[name]
    extra = settings.orders_from_items if name == "order_items" else ()
    return own | {column: TABLES["orders"][column] for column in extra if column not in own}


def _asked(name: str, settings: ShopSettings) -> Asked:
    spec = settings.tables[name]
    if not spec.preset and not spec.columns:
        raise ShopcrmError(
            f"shop.toml: [tables.{name}] has neither a preset nor columns; write preset = "
            f'"{preset.TEMPLATE}" or name the headers under [tables.{name}.columns]'
        )
    by_line = settings.orders_from_items if name == "order_items" else {}
    own = {f"[tables.{name}.columns]": spec.columns, "[tables.orders_from_items]": by_line}
    return Asked(name, spec, own, preset.known(spec.preset, name).columns | spec.columns | by_line)


def _file_part(con: BaseBackend, number: int, path: Path, asked: Asked, place: Place) -> Part:
    spec, (at, headers) = asked.spec, _headers(path, asked.spec.preset, place)
    _check_headers(asked, headers, path.name)
    usable = [c for listed in asked.columns.values() for c in preset.candidates(listed, headers)]
    needed = {source.normal(header) for c in usable for header in preset.reads(c)}
    if spec.where:
        needed |= set(map(source.normal, expression.columns(expression.parse(spec.where, "where"))))
    staged = source.stage(con, path, [h for h in headers if source.normal(h) in needed], at)
    return Part(number, staged, preset.mapping(asked.columns, headers), headers)


def _headers(path: Path, name: str, place: Place) -> tuple[Place, list[str]]:
    """Return where a file's headers stand, and the headers.

    That is the row that shop.toml names, in ``place``, else the first of the top rows that has the preset's
    headers, since the titles above them are more in one export than in another; else the first row.
    """
    if place.header_row is None and name not in ("", preset.TEMPLATE):
        for at, headers in source.top_rows(path, place):
            if preset.is_of(name, headers):
                return at, headers
    return place, source.headers(path, place)


def _engine_part(con: BaseBackend, asked: Asked) -> Part:
    name = asked.spec.table
    table = engine.table(con, name, f"shop.toml: [tables.{asked.name}] table")
    headers = list(table.columns)
    _check_headers(asked, headers, name)
    rows = table.count().to_pyarrow().as_py()
    staged = Source(name, table.mutate(_row=ibis.row_number() + 1), "engine", rows)
    return Part(0, staged, preset.mapping(asked.columns, headers), headers)


def _check_headers(asked: Asked, headers: list[str], label: str) -> None:
    """Refuse a column of shop.toml for which the file has no header, and an SQL column that it lacks."""
    for section, columns in asked.own.items():
        for column, listed in columns.items():
            _check_candidates(listed, headers, f"{label}: {section} {column}")
    if asked.spec.where:
        where = f"{label}: [tables.{asked.name}] where"
        expression.check_columns(expression.parse(asked.spec.where, where), headers, where)


def _check_candidates(listed: tuple[Candidate, ...], headers: list[str], where: str) -> None:
    if preset.candidates(listed, headers) or not listed:
        return
    first = listed[0]
    if first.sql:
        expression.check_columns(expression.parse(first.sql, where), headers, where)
    near = did_you_mean(first.header, headers) or f"; it has {_some(headers)}"
    raise ShopcrmError(f'{where}: the file has no header "{first.header}"{near}')


def _some(headers: list[str]) -> str:
    more = f" and {len(headers) - SHOWN_HEADERS} more" if len(headers) > SHOWN_HEADERS else ""
    return ", ".join(headers[:SHOWN_HEADERS]) + more


def _check_columns(asked: Asked, columns: dict[str, Column], part: Part) -> None:
    missing = [c.name for c in columns.values() if c.required and c.name not in part.mapping.columns()]
    if missing:
        hint = "; { row = true } numbers the rows" if missing[0] == "order_id" else ""
        if sum(header.startswith("column ") for header in part.headers) > len(part.headers) / 2:
            hint = "; if titles stand above the headers, set header_row"
        raise ShopcrmError(
            f"{part.name}: no column for {asked.name}.{missing[0]} among {_some(part.headers)}; "
            f"name it under [tables.{asked.name}.columns] in shop.toml{hint}"
        )


def _refuse_twins(asked: Asked, part: Part) -> None:
    """Refuse a mapped header that stands twice: nothing tells which of the two is meant."""
    for column, header in part.mapping.headers.items():
        if source.twins(header, part.headers):
            where = f"[tables.{asked.name}.columns] in shop.toml"
            raise ShopcrmError(
                f'{part.name}: the header "{header}" of {column} stands twice; rename one of the two in the '
                f'file, or write {column} = "{header} (2)" for the second under {where}'
            )


def _with_one_key(asked: Asked, found: list[Part], limit: float, ledger: Ledger) -> list[Part]:
    """Choose the buyer key: the first column of every file that names about as many buyers as any (3.1.5).

    A masked name or an empty cell names nobody.
    """
    listed = asked.columns.get("customer_id", ())
    common = [c for c in listed if all(c in preset.candidates(listed, part.headers) for part in found)]
    if not common:
        return found
    best = common[0]
    keys = list(takewhile(lambda c: c.header, common))
    if len(keys) > 1:
        rows = sum(part.source.rows for part in found)
        named = [sum(counts) for counts in zip(*(_named(part, keys) for part in found), strict=True)]
        chosen = next(i for i, n in enumerate(named) if n >= (1 - limit) * max(named))
        best = keys[chosen]
        for key, n in zip(keys[:chosen], named, strict=False):
            ledger.fact(asked.name, "key_passed_over", key.header, rows - n, rows)
    columns = asked.columns | {"customer_id": (best,)}
    return [replace(part, mapping=preset.mapping(columns, part.headers)) for part in found]


def _named(part: Part, keys: list[Candidate]) -> Iterator[int]:
    """Count, for each key, the rows of a part that name a buyer in plain."""
    headers = {source.normal(header): header for header in reversed(part.headers)}
    cells = [part.table[headers[source.normal(key.header)]] for key in keys]
    plain = [clean.unmasked(clean.nothing_is_null(clean.bare(cell))) for cell in cells]
    counts = part.table.aggregate(**{f"n{i}": values.count() for i, values in enumerate(plain)})
    yield from counts.to_pyarrow().to_pylist()[0].values()
