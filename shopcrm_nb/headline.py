"""Headline: the key figures of a run as cards: what they are called, how they are written, how they went."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from shopcrm_nb import glossary, i18n, since
from shopcrm_nb.i18n import _

Money = Callable[[float | None, str], str]
MONEY_ENDINGS = ("sales", "paid", "refund", "refunds", "cost", "order_value")
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
    """A key figure: its stable name, label (None without a word for it), written value and change.

    days: the period that it is of and a_year_before its value then, "" where they are not told.
    line: the points of its months in a box of WIDTH by HEIGHT, "" where they are not told; months says which.
    """

    name: str
    label: str | None
    value: str
    change: str
    days: str = ""
    a_year_before: str = ""
    line: str = ""
    months: str = ""


def labels() -> dict[str, str]:
    """Return the words for the key figures shown as cards, by their stable names, the first ones first."""
    return {
        "health.net_sales": _("Net sales of the period"),
        "health.new_customers": _("New customers"),
        "health.returning_sales_share": _("Returning customers' share of net sales"),
        "health.second_order_share": _("New customers who ordered again within 90 days"),
        "segments.customers_scored": _("Customers scored"),
        "segments.customers_p": _("Platinum customers"),
        "check.orders_valid": _("Valid orders"),
        "check.net_sales": _("Net sales"),
    }


def cards(run: dict, folder: Path) -> list[Card]:
    """Return the key figures of a run: those with a label first, in the order of ``labels``.

    ``folder`` holds the run's tables, from which the lines are drawn.
    """
    words, before = labels(), (run.get("since") or {}).get("figures", {})
    names = [name for name in words if name in run["key_figures"]]
    names += [name for name in run["key_figures"] if name not in words]
    months, indicators = _months(folder), _indicators(folder)
    return [
        Card(
            name,
            words.get(name),
            written(name, run["key_figures"][name], run["currency"], i18n.brief_money),
            since.change(name, run["key_figures"][name], before.get(name)),
            *_period(name, indicators, run["currency"]),
            *_line(name, months),
        )
        for name in names
    ]


def moved(run: dict) -> list[dict]:
    """Return the figures that changed since the earlier report: label or name, before, now, change."""
    found, words = run.get("since"), labels()
    if not found:
        return []
    now, before = run["key_figures"], found["figures"]
    names = [*(name for name in words if name in now), *(name for name in now if name not in words)]
    rows = [
        {
            "label": words.get(name),
            "name": name,
            "before": written(name, before[name], run["currency"]),
            "now": written(name, now[name], run["currency"]),
            "change": since.change(name, now[name], before[name]),
        }
        for name in names
        if name in before
    ]
    return [row for row in rows if row["before"] != row["now"]]


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


def written(name: str, value: float | None, currency: str, money: Money = i18n.money) -> str:
    """Write a number by the unit that its name carries; ``money`` writes an amount."""
    last = name.rpartition(".")[2]
    if last.endswith("_percent"):
        return i18n.decimal(value) + ("" if value is None else "%")
    if last.endswith("share"):
        return i18n.percent(value)
    if last.endswith(MONEY_ENDINGS):
        return money(value, currency)
    return i18n.count(value) if value is None or float(value).is_integer() else i18n.decimal(value, 2)


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
    return days, "" if pd.isna(before) else written(name, before, currency, i18n.brief_money)


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
