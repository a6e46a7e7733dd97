"""Amounts as exported: the currencies that stand beside them, three decimals, refunds below zero."""

import ibis
import ibis.expr.types as ir

from shopcrm_nb import preset
from shopcrm_nb.cells import THIRD, WATCHED
from shopcrm_nb.ledger import Ledger


def figures(table: ir.Table) -> dict[str, ir.Scalar]:
    """Return what to count of typed rows beside other figures, in one pass: marks, and signs of refunds."""
    kept, found = table._kept, {}
    for name in _watched(table):
        found[f"values_{name}"] = table[name].count(where=kept)
        found[f"marks_{name}"] = table[f"_mark_{name}"].count(where=kept)
    if "refund" in table.columns:
        found["below"] = (table.refund < 0).sum(where=kept)
        found["above"] = (table.refund > 0).sum(where=kept)
    return found


def _watched(table: ir.Table) -> list[str]:
    return [name for name in WATCHED if f"_mark_{name}" in table.columns]


def note(name: str, table: ir.Table, met: dict, mapping: preset.Mapping, ledger: Ledger) -> None:
    """Note for the data check what ``figures`` met; marks are looked at again only where there are any."""
    for column in _watched(table):
        if met[f"marks_{column}"]:
            _note_marks(name, table, column, met[f"values_{column}"], ledger)
    below, above = met.get("below") or 0, met.get("above") or 0
    if below and above:
        ledger.fact(name, "refunds_of_both_signs", "refund", below, below + above, _positive(mapping))
    elif below:
        ledger.fact(name, "refunds_below_zero", "refund", below)


def _note_marks(name: str, table: ir.Table, column: str, values: int, ledger: Ledger) -> None:
    """Note how many amounts have which mark, and how many have exactly three decimals, with one of them."""
    marked = table.filter(table._kept & table[f"_mark_{column}"].notnull())
    counts = marked.group_by(mark=marked[f"_mark_{column}"]).aggregate(
        n=ibis._.count(), least=ibis._[column].min()
    )
    rows = counts.order_by("mark").to_pyarrow().to_pylist()
    by_sign: dict[str, int] = {}
    for row in rows:
        sign = row["mark"].removesuffix(THIRD)
        by_sign[sign] = by_sign.get(sign, 0) + row["n"]
    for sign, n in by_sign.items():
        if sign:
            ledger.fact(name, "currency_mark", column, n, values, sign)
    thirds = [row for row in rows if row["mark"].endswith(THIRD)]
    if thirds:
        example = next((f"{row['least']:.3f}" for row in thirds if row["least"] is not None), "")
        ledger.fact(name, "three_decimals", column, sum(row["n"] for row in thirds), values, example)


def _positive(mapping: preset.Mapping) -> str:
    """Return the line of shop.toml that reads refunds of both signs as amounts given back."""
    header = mapping.headers.get("refund", "")
    quoted = header if header.isidentifier() else f'"{header}"'
    return f"refund = {{ sql = 'abs({quoted if header else mapping.sql['refund']})' }}"


def given_back(table: ir.Table, met: dict) -> ir.Table:
    """Read refunds that are all written below zero as what was given back."""
    if met.get("below") and not met["above"]:
        return table.mutate(refund=table.refund.abs())
    return table
