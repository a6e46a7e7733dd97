"""Windows: sums of rows over several periods at once, by groups of customers, in one query."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import resample
from shopcrm_nb.period import Period

Measures = dict[str, Callable[[ir.Table], ir.Scalar]]


def sums(rows: ir.Table, day: str, key: str, periods: dict[str, Period], measures: Measures) -> pd.DataFrame:
    """Sum ``rows`` within each of the ``periods`` (by name) and each group of ``resample``.

    ``day`` is the column of the date, ``key`` that of the customer (a text without nulls), by whose hash
    rows fall into groups. Returns a row for each period and group that has rows: period, group, and the
    ``measures``, 0 where they are null. Distinct customers may be counted: each is in one group only.
    """
    frame = pd.DataFrame(
        [(name, when.start, when.end) for name, when in periods.items()], columns=["period", "start", "end"]
    )
    spans = ibis.memtable(
        frame.astype({"start": "object", "end": "object"}),
        schema={"period": "string", "start": "date", "end": "date"},
    )
    within = rows.join(spans, [rows[day] >= spans.start, rows[day] <= spans.end])
    summed = within.group_by("period", group=resample.group(within[key])).aggregate(
        **{name: measure(within).fill_null(0) for name, measure in measures.items()}
    )
    return summed.order_by("period", "group").to_pandas()


def totals(summed: pd.DataFrame, periods: dict[str, Period]) -> pd.DataFrame:
    """Return the measures of each period, whole, by its name; zeros for one without rows."""
    whole = summed.drop(columns="group").groupby("period").sum()
    return whole.reindex(list(periods), fill_value=0)
