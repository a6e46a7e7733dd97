"""Shares: one long frame for figures of customers, each with its window, its basis and what it rests on."""

import pandas as pd

from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.period import Period

COLUMNS = [
    *("measure", "window_from", "window_to", "basis", "days", "value", "numerator", "n"),
    *("ci_low", "ci_high"),
]
KINDS = {
    **dict.fromkeys(["days", "numerator", "n"], "Int64"),
    **dict.fromkeys(["value", "ci_low", "ci_high"], "float64"),
}


def row(measure: str, when: Period | None, hits: float | None, n: float | None, **more: object) -> dict:
    """Return a row: value is hits / n, blank with n where there is nobody or nothing is known (None).

    ``more`` has what further columns hold: basis, days, ci_low, ci_high.
    """
    blank = dict.fromkeys(COLUMNS)
    window = {"window_from": when.start, "window_to": when.end} if when else {}
    figures = {"value": hits / n, "numerator": hits} if n else {}
    return blank | {"measure": measure, **window, **figures, "n": n, **more}


def frame(rows: list[dict], *first: str) -> pd.DataFrame:
    """Return the rows as a frame of COLUMNS, with the columns ``first`` before them."""
    return pd.DataFrame(rows, columns=[*first, *COLUMNS]).astype(KINDS)


def table(*parts: pd.DataFrame | NotComputed) -> pd.DataFrame | NotComputed:
    """Return the parts that could be computed below each other, as one frame of COLUMNS, to save.

    NotComputed, the first of them, where none could.
    """
    found = [part[COLUMNS] for part in parts if not isinstance(part, NotComputed)]
    rows = [row for part in found for row in part.to_dict("records")]
    return frame(rows) if found else parts[0]


@needs()
def shown(found: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of shares to show: value is named share, and columns without any value are left out."""
    return found.rename(columns={"value": "share"}).dropna(axis="columns", how="all")
