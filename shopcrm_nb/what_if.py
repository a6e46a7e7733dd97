"""What if: the sizes and sales of the grades under other rules, fast enough to follow a slider."""

import datetime as dt
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import scale, segment
from shopcrm_nb.absent import needs
from shopcrm_nb.rules import Rules
from shopcrm_nb.segment_rules import EXACT, RfmRules

MOST = 2_000_000  # customers that are kept; of more, as many are drawn and stand for all


@dataclass(frozen=True)
class Customers:
    """The three measures of each customer as arrays, and how many customers each of them stands for."""

    recency_days: np.ndarray
    frequency: np.ndarray
    monetary: np.ndarray
    stands_for: float


@needs()
def customers(scored: ir.Table) -> Customers:
    """Fetch the measures of the scored customers, of at most MOST of them, drawn by a hash of their key."""
    n = int(scored.count().execute())
    drawn = scored.order_by(scored.customer_id.hash()).limit(MOST) if n > MOST else scored
    rows = drawn.select(*segment.MEASURES).to_pyarrow()
    days, orders = (rows[name].to_numpy().astype(np.int32) for name in ("recency_days", "frequency"))
    return Customers(days, orders, rows["monetary"].to_numpy().astype(float), n / max(len(days), 1))


def sizes(measured: Customers, as_of: dt.date, rules: Rules) -> pd.DataFrame:
    """Return customers, customer_share, net_sales and sales_share a grade, as ``segment.grades`` does."""
    places, classes = _places(measured, as_of, rules.rfm)
    n = np.bincount(places, minlength=np.prod(classes) + 1)[1:] * measured.stands_for
    # Whole parts of a cent add up alike in any order of the customers.
    parts = np.bincount(places, np.rint(measured.monetary * 10**EXACT), np.prod(classes) + 1)[1:]
    net = parts / 10**EXACT * measured.stands_for
    grades = _grades(classes, rules)
    frame = pd.DataFrame(
        {
            "customers": [n[grades == place].sum() for place in range(len(segment.GRADES))],
            "net_sales": [net[grades == place].sum() for place in range(len(segment.GRADES))],
        },
        index=pd.Index(segment.GRADES, name="grade"),
    )
    frame.insert(1, "customer_share", frame.customers / max(frame.customers.sum(), 1))
    frame["sales_share"] = frame.net_sales / (frame.net_sales.sum() or 1.0)
    return frame.astype({"customers": "int64"}).reset_index()


def _places(measured: Customers, as_of: dt.date, rules: RfmRules) -> tuple[np.ndarray, tuple[int, int, int]]:
    """Number the combination of scores of each customer from 1 on; 0 has no score."""
    days = np.array([(as_of - day).days for day in scale.cut_days(as_of, rules)])
    orders, amounts = np.array(rules.frequency[::-1]), np.array(rules.monetary[::-1])
    r = len(days) - np.searchsorted(days, measured.recency_days, side="left")
    f = np.searchsorted(orders, measured.frequency, side="right")
    m = np.searchsorted(amounts[1:], measured.monetary, side="right") + (measured.monetary > amounts[0])
    place = ((r - 1) * len(orders) + f - 1) * len(amounts) + m
    return np.where((r > 0) & (f > 0) & (m > 0), place, 0), (len(days), len(orders), len(amounts))


def _grades(classes: tuple[int, int, int], rules: Rules) -> np.ndarray:
    """Return the grade (0 is Platinum) of each combination of scores, in the order of ``_places``."""
    w, grids = rules.rfm.weights, np.meshgrid(*(np.arange(1, best + 1) for best in classes), indexing="ij")
    value = (
        sum(weight * grid for weight, grid in zip((w.r, w.f, w.m), grids, strict=True)).round(EXACT).ravel()
    )
    return sum(value < limit for limit in list(rules.grades.limits().values())[:-1])
