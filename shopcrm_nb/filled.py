"""Filled: which columns of a shop hold something; one that is wholly empty is as good as missing."""

import ibis

from shopcrm_nb.absent import NotComputed
from shopcrm_nb.model import Shop


def columns(shop: Shop, table: str, *names: str) -> list[str]:
    """Return those of a table's columns that the shop has and that are filled in at least one row."""
    there = [name for name in names if not shop.missing(f"{table}.{name}")]
    if not there:
        return []
    if table not in shop.filled:
        rows = shop.tables[table]
        found = rows.aggregate(**{name: rows[name].count() for name in rows.columns}).to_pyarrow().to_pylist()
        shop.filled[table] = frozenset(name for name, n in found[0].items() if n)
    return [name for name in there if name in shop.filled[table]]


def lacks(shop: Shop, table: str, *names: str) -> NotComputed | None:
    """Return what is missing or wholly empty of a table's columns, the first of them, or None."""
    there = columns(shop, table, *names)
    missing = next((name for name in names if name not in there), None)
    return NotComputed(f"{table}.{missing}") if missing else None


def known(table: ibis.expr.types.Table, *names: str) -> list[str]:
    """Return those of the columns that a table has."""
    return [name for name in names if name in table.columns]
