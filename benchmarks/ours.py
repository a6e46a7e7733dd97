"""The table made by the package: lazily from a parquet file of lines, or through the load of a whole shop."""

import datetime as dt
from pathlib import Path

import ibis
import ibis.expr.types as ir

from shopcrm_nb import engine, load, model, orders, segment
from shopcrm_nb.canonical import TABLES
from shopcrm_nb.ledger import Ledger
from shopcrm_nb.rules import RULES_FILE, Rules
from shopcrm_nb.settings import read_toml

TYPES = {"time": "timestamp", "money": "float64"}


def parquet(path: Path, out: Path, as_of: str) -> None:
    """Build one lazy expression from the lines to the grades and write it: nothing is kept on the way."""
    con, day = engine.connect(), dt.date.fromisoformat(as_of)
    valid = model.valid(_counted(con.read_parquet(path)), day)
    valid = valid.filter(valid._why.isnull())
    con.to_parquet(segment.score(valid, day, Rules(**read_toml(RULES_FILE))), out)


def _counted(lines: ir.Table) -> ir.Table:
    """Take the steps that loading takes when a shop has lines and no orders."""
    found, ledger = orders.from_items(lines), Ledger()
    missing = [TABLES["orders"][name] for name in load.ALWAYS if name not in found.columns]
    filled = found.mutate(**{column.name: ibis.null(TYPES.get(column.kind, "string")) for column in missing})
    return orders.as_counted(orders.with_status(filled, {}, ledger), "gross")


def shop(folder: Path, out: Path, as_of: str) -> None:
    """Open a shop, from its cache where it has one, and write its customers' scores and grades."""
    opened = model.open_shop(folder, as_of)
    scored = segment.score(opened.orders, opened.as_of, opened.settings.rules)
    opened.con.to_parquet(scored, out)
