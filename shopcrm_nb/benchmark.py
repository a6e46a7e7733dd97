"""Benchmarks: figures that a shop wants to be measured by, from the benchmarks.csv its analyst fills."""

import csv
import re

import numpy as np

from shopcrm_nb import delimited
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.model import BENCHMARKS as FILE
from shopcrm_nb.model import Shop

COLUMNS = ("metric", "category", "value", "window", "definition", "source", "date")


def read(shop: Shop, metrics: tuple[str, ...], period: str = "") -> dict[str, float]:
    """Return metric → value of the shop's benchmarks.csv; nothing where it has none.

    A row with another window than ``period`` (month, quarter or year) does not count; one without does. The
    file has the header COLUMNS, of which metric and value are needed; a value is a number or a
    percentage, such as 0.25 or 25%. The last row of a metric by date counts. Raises ShopcrmError for a
    metric that is not one of ``metrics`` and for a value that is no number.
    """
    path = shop.folder / FILE
    if not path.is_file():
        return {}
    with path.open(encoding=delimited.encoding(path, "", shop.settings.chinese), newline="") as file:
        rows = list(csv.DictReader(file))
    if rows and not {"metric", "value"} <= set(rows[0]):
        raise ShopcrmError(f"{FILE}: needs the headers {', '.join(COLUMNS)}")
    filled = [row for row in rows if (row["value"] or "").strip()]
    filled = [row for row in filled if not period or (row.get("window") or period).strip() == period]
    return {
        _metric(row["metric"], metrics): _value(row["value"], row["metric"])
        for row in sorted(filled, key=lambda row: _numbers(row.get("date") or ""))
    }


def _numbers(date: str) -> list[int]:
    """Return year, month and day of a date as text; a spreadsheet turns 2026-09-01 into 2026/9/1."""
    return [int(number) for number in re.findall(r"\d+", date)]


def _metric(name: str, metrics: tuple[str, ...]) -> str:
    if name.strip() not in metrics:
        raise ShopcrmError(
            f'{FILE}: "{name}" is not a metric that can be compared{did_you_mean(name, metrics)}; it can be '
            f"{', '.join(metrics)}"
        )
    return name.strip()


def _value(text: str, metric: str) -> float:
    try:
        number = text.strip().replace(",", "").replace("_", "?")  # Python reads 1_0 as ten
        value = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise ShopcrmError(f'{FILE}: "{text}" of {metric} is not a number; write it as 0.25 or 25%')
    if metric.strip().endswith("_share") and not 0 <= value <= 1:
        raise ShopcrmError(f'{FILE}: "{text}" of {metric} is not a share; write it as 0.25 or 25%')
    return value
