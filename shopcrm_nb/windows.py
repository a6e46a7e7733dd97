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

    ``day`` is the column of the date (or time), ``key`` that of the customer (a text without nulls), by whose
    hash rows fall into groups. Returns a row for each period and group that has rows: period, group, and the
    ``measures``, 0 where they are null and rounded to four decimals. They may read the columns _period, _from
    and _to of the row's period. Distinct customers may be counted: each is in one group only.
    """
    inside = within(rows, day, periods)
    summed = inside.group_by(period=inside._period, group=resample.group(inside[key])).aggregate(
        **{name: _settled(measure(inside)).fill_null(0) for name, measure in measures.items()}
    )
    return summed.order_by("period", "group").to_pandas()


def _settled(value: ir.Scalar) -> ir.Scalar:
    """Round a sum of fractions, whose last digits depend on the order in which the rows were met."""
    return value.round(4) if value.type().is_floating() else value


def within(rows: ir.Table, day: str, periods: dict[str, Period]) -> ir.Table:
    """Return the rows within each of the ``periods``, once for each, with its name as ``_period``."""
    spans = _spans(periods)
    on = rows[day].cast("date")  # a time of the last day is after its midnight
    return rows.join(spans, [on >= spans._from, on <= spans._to])


def _spans(periods: dict[str, Period]) -> ir.Table:
    """Return the periods as a table; its columns have names that no table of a shop has."""
    columns = {"_period": "string", "_from": "date", "_to": "date"}
    rows = [(name, when.start, when.end) for name, when in periods.items()]
    frame = pd.DataFrame(rows, columns=list(columns), dtype="object")
    return ibis.memtable(frame, schema=columns)


def totals(summed: pd.DataFrame, periods: dict[str, Period]) -> pd.DataFrame:
    """Return the measures of each period, whole, by its name; zeros for one without rows."""
    whole = summed.drop(columns="group").groupby("period").sum()
    return whole.reindex(list(periods), fill_value=0)
