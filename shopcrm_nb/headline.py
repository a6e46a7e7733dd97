"""Headline: the key figures of a run: those on its first page as cards, all of them, and how they went."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from shopcrm_nb import glossary, i18n, key_figures, since
from shopcrm_nb.i18n import _

FIRST = (  # the key figures that are cards, in this order
    *("health.net_sales", "health.new_customers", "health.returning_sales_share"),
    *("health.second_order_share", "repurchase.repeat_share", "segments.customers_scored"),
    *("segments.customers_p", "check.orders_valid", "check.net_sales"),
)
# Figures that the table of sales by month tells, too: of which customers, and the column.
BY_MONTH = {
    "health.net_sales": ("all", "net_sales"),
    "health.new_customers": ("new", "buyers"),
    "health.returning_sales_share": ("returning", "sales_share"),
}
MONTHS = 13  # of a line: a year, and the month a year before
WIDTH, HEIGHT = 100, 24  # of the box that a line is drawn in


@dataclass(frozen=True)
class Card:
    """A key figure: its stable name, label, how it is computed, written value and change.

    days: the period that it is of and a_year_before its value then, "" where they are not told.
    line: the points of its months in a box of WIDTH by HEIGHT, "" where they are not told; months says which.
    """

    name: str
    label: str
    meaning: str
    value: str
    change: str
    days: str = ""
    a_year_before: str = ""
    line: str = ""
    months: str = ""


def cards(run: dict, folder: Path) -> list[Card]:
    """Return the key figures of a run that its first page begins with, in the order of FIRST.

    ``folder`` holds the run's tables, from which the lines are drawn.
    """
    months, indicators = _months(folder), _indicators(folder)
    return [
        _card(run, name, *_period(name, indicators, run["currency"]), *_line(name, months))
        for name in FIRST
        if name in run["key_figures"]
    ]


def others(run: dict) -> list[Card]:
    """Return all other key figures of a run, in the order of its pages."""
    names = key_figures.in_order(run["key_figures"])
    return [_card(run, name) for name in names if name not in FIRST]


def _card(run: dict, name: str, *more: str) -> Card:
    now, before = run["key_figures"][name], (run.get("since") or {}).get("figures", {}).get(name)
    what = key_figures.of(name)
    value = key_figures.written(now, what.unit, run["currency"], brief=True)
    return Card(name, what.label, what.meaning, value, since.change(what.unit, now, before), *more)


def moved(run: dict) -> list[dict]:
    """Return the figures that changed since the earlier report: name, label, before, now, change."""
    found = run.get("since")
    if not found:
        return []
    now, before = run["key_figures"], found["figures"]
    names = [name for name in FIRST if name in now]
    names += [name for name in key_figures.in_order(now) if name not in FIRST]
    rows = [_move(name, now[name], before[name], run["currency"]) for name in names if name in before]
    return [row for row in rows if row["before"] != row["now"]]


def _move(name: str, now: float | None, before: float | None, currency: str) -> dict:
    what = key_figures.of(name)
    return {
        "name": name,
        "label": what.label,
        "before": key_figures.written(before, what.unit, currency),
        "now": key_figures.written(now, what.unit, currency),
        "change": since.change(what.unit, now, before),
    }


def sources(folder: Path) -> list[dict]:
    """Return what became of the rows of each table of the data: table, read, counted and left_out, in words.

    From the ledger that the data check leaves; nothing where the run has none.
    """
    file = folder / "tables" / "ledger.parquet"
    if not file.exists():
        return []
    lines = pd.read_parquet(file).groupby("table", sort=False)
    rows = lines.agg(read=("rows_in", "first"), counted=("rows_out", "last"), left_out=("dropped", "sum"))
    words = glossary.tables()
    counts = rows.map(i18n.count).reset_index().to_dict("records")
    return [row | {"table": words[row["table"]]} for row in counts]


def _indicators(folder: Path) -> pd.DataFrame | None:
    """Return the shop's indicators by the names of their key figures."""
    file = folder / "tables" / "health_indicators.parquet"
    if not file.exists():
        return None
    indicators = pd.read_parquet(file)
    named = indicators.set_index("health." + indicators.indicator)
    return named[named.subject == ""]


def _period(name: str, indicators: pd.DataFrame | None, currency: str) -> tuple[str, str]:
    if indicators is None or name not in indicators.index:
        return "", ""
    row = indicators.loc[name]
    days = _span(i18n.day(row.period_start), i18n.day(row.period_end))
    before = row.comparison
    unit = key_figures.of(name).unit
    return days, "" if pd.isna(before) else key_figures.written(before, unit, currency, brief=True)


def _months(folder: Path) -> pd.DataFrame | None:
    file = folder / "tables" / "sales_monthly.parquet"
    if not file.exists():
        return None
    months = pd.read_parquet(file)
    untold = months.month[(months.kind == "unknown") & (months.orders > 0)]
    # Before new and returning customers can be told apart, their zeros say nothing.
    told = (months.kind == "all") | ~months.month.isin(untold)
    return months[months.whole.astype(bool) & told]


def _line(name: str, months: pd.DataFrame | None) -> tuple[str, str]:
    if months is None or name not in BY_MONTH:
        return "", ""
    kind, column = BY_MONTH[name]
    part = months[months.kind == kind].tail(MONTHS)
    values = part[column].astype("float64")
    if values.isna().any() or len(values) < 2 or values.max() <= 0:
        return "", ""
    return points(values), _span(*(f"{month:%Y-%m}" for month in pd.to_datetime(part.month.iloc[[0, -1]])))


def _span(first: str, last: str) -> str:
    return _("{first} to {last}").format(first=first, last=last)


def points(values: pd.Series) -> str:
    """Return the points of a line from the left to the right of its box, 0 at the bottom."""
    step, top = WIDTH / (len(values) - 1), values.max()
    return " ".join(
        f"{step * place:.1f},{HEIGHT - 1 - (HEIGHT - 2) * value / top:.1f}"
        for place, value in enumerate(values)
    )
