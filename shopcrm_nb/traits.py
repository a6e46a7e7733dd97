"""Traits: what the customers of a campaign can be grouped by, as it was before they were assigned to it."""

import datetime as dt

import ibis
import ibis.expr.types as ir

from shopcrm_nb import bands, earlier
from shopcrm_nb.absent import needs
from shopcrm_nb.model import Shop

RECENCIES = {0: "000-090", 91: "091-180", 181: "181-365", 366: "366+"}  # days, from: name, in order as text
NONE = "none"  # no order before
EACH = ("grade", "recency_band", "frequency_band", "channel")


@needs()
def before(shop: Shop, people: ir.Table) -> ir.Table:
    """Add to the table of ``assigned.people`` what its customers can be grouped by; nothing later is in it.

    grade: P, G, S, B or asleep on the day before the first of them was assigned (``earlier.standing``);
    recency_band: days since the last order (RECENCIES); frequency_band: orders in the ``before_days`` before;
    each "none" for who had no order then.
    """
    first = people.assigned_at.min().date().to_pyarrow().as_py()
    graded = earlier.standing(shop, first - dt.timedelta(days=1))
    both = people.left_join(graded, "customer_id", rname="{name}_of_grades").drop("customer_id_of_grades")
    recency = bands.cut(both.before_recency_days, tuple(RECENCIES)[1:], list(RECENCIES.values()))
    named = {
        "grade": both.grade,
        "recency_band": recency,
        "frequency_band": bands.frequency(both.before_orders),
    }
    filled = {name: value.fill_null(ibis.literal(NONE)) for name, value in named.items()}
    return both.mutate(**filled).cache()
