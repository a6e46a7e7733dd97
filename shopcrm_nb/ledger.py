"""The ledger: every row that does not count, with the step and the reason; and the facts met on the way."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pandas as pd

LEDGER_COLUMNS = ["step", "table", "rows_in", "rows_out", "dropped", "why"]
FACT_COLUMNS = ["table", "fact", "subject", "count", "total", "example"]


@dataclass
class Ledger:
    """Lines of (step, table, rows in, rows out, dropped, why), and facts for the data check.

    ``step`` is read, clean, load or model; ``why`` is a code that ``check`` puts in words.
    """

    lines: list[tuple] = field(default_factory=list)
    facts: list[tuple] = field(default_factory=list)

    def drop(self, step: str, table: str, rows_in: int, dropped: int, why: str) -> int:
        """Note a drop and return the rows that stay."""
        self.lines.append((step, table, rows_in, rows_in - dropped, dropped, why))
        return rows_in - dropped

    def fact(
        self, table: str, fact: str, subject: str = "", count: int = 0, total: int = 0, example: str = ""
    ) -> None:
        """Note something that the data check will speak of."""
        self.facts.append((table, fact, subject, int(count), int(total), example or ""))

    def frame(self) -> pd.DataFrame:
        """Return the lines, one row each, in the order in which rows were dropped."""
        return pd.DataFrame(self.lines, columns=LEDGER_COLUMNS)

    def facts_frame(self) -> pd.DataFrame:
        """Return the facts, one row each."""
        return pd.DataFrame(self.facts, columns=FACT_COLUMNS)


def sift(rows: ir.Table, tests: dict[str, ir.BooleanValue]) -> ir.Table:
    """Add ``_why``: the name of the first test that a row meets, null where it meets none and stays."""
    return rows.mutate(_why=ibis.cases(*((test.fill_null(False), why) for why, test in tests.items())))


def account(ledger: Ledger, step: str, table: str, sifted: ir.Table, reasons: Iterable[str]) -> ir.Table:
    """Write one ledger line for each reason, in order, and return the rows that stay, without ``_why``."""
    found = sifted.aggregate(
        _all=sifted.count(), **{why: sifted._why.count(where=sifted._why == why) for why in reasons}
    )
    counts = found.to_pyarrow().to_pylist()[0]
    rows = counts.pop("_all")
    for why, dropped in counts.items():
        rows = ledger.drop(step, table, rows, dropped, why)
    return sifted.filter(sifted._why.isnull()).drop("_why")
