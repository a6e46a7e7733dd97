"""Concentration: how much of the net sales the best customers bring, and whether 20 % of them bring 80 %."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import i18n, resample
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.i18n import _
from shopcrm_nb.rules import Rules

STEPS = 100  # of either share, in which the curve is drawn
BINS = 500  # of customers; a value that many customers share has a bin of its own, so up to twice as many
EXACT = 9  # decimals of a share, below which lies the dust of a sum


@needs()
def lorenz(scored: ir.Table) -> pd.DataFrame | NotComputed:
    """Return the Lorenz curve of the net sales of ``scored`` customers, those who spent least first.

    Columns customer_share and sales_share, 0 to 1, from (0, 0) to (1, 1): at most 2 * STEPS points, each of
    them on the curve itself, and straight lines between. NotComputed where nobody is scored.
    """
    v = _values(scored)
    part = v.mutate(
        customer_share=(v.n - v.at_least + v.customers) / v.n,
        sales_share=((v.total - v.sales_at_least + v.sales) / v.total).clip(0, 1),
    )
    shares = {name: part[name] for name in ("customer_share", "sales_share")}
    steps = {f"step_{name}": (share * STEPS).ceil() for name, share in shares.items()}
    ends = part.group_by(**steps).aggregate(**{name: share.max() for name, share in shares.items()})
    curve = ends.order_by("customer_share").select("customer_share", "sales_share").to_pandas()
    if curve.empty:
        return _nobody()
    origin = pd.DataFrame({"customer_share": [0.0], "sales_share": [0.0]})
    return pd.concat([origin, curve.round(EXACT)], ignore_index=True)


def _nobody() -> NotComputed:
    return NotComputed(_("a customer with net sales in the evaluation period"))


def _values(scored: ir.Table) -> ir.Table:
    """Return a row for each different amount of net sales, so that ties stay together (E-27).

    Columns monetary, customers, sales; at_least and sales_at_least, of all customers with that much and more;
    n and total, of all customers.
    """
    values = scored.group_by("monetary").aggregate(customers=scored.count())
    values = values.mutate(sales=(values.monetary * values.customers).round(4))
    best_first = ibis.window(order_by=values.monetary.desc(), rows=(None, 0))
    summed = values.mutate(
        at_least=values.customers.sum().over(best_first),
        sales_at_least=values.sales.sum().over(best_first).round(4),
    )
    return summed.mutate(n=summed.at_least.max().over(), total=summed.sales_at_least.max().over())


@needs()
def summary(scored: ir.Table, rules: Rules, seed: int) -> pd.DataFrame | NotComputed:
    """Return one row on how concentrated the net sales of the ``scored`` customers are.

    - customers; gini: 0 where all spend alike, near 1 where one spends all;
      G = Σ (2i − n − 1) x_i / (n Σ x), i the rank from the least amount x (Gini 1914, mean difference form).
    - top_share: of the claim. The top group is everyone with at least the amount of the customer at that
      share (rounded up to whole customers), ties kept together: top_customer_share of the customers bring
      top_sales_share of the net sales, low_share to high_share (bootstrap, ``rules.forward.confidence``).
    - split_sales_share: of exactly the customers of top_share, if tied customers are divided.
    - claimed_share, and claimed_customer_share: the fewest customers who bring as much.
    - rule_of_thumb: holds, less, more (concentrated than claimed) or cannot_tell, by the interval of
      split_sales_share; below ``rules.forward.min_customers`` customers never more than cannot_tell.

    All shares are 0 to 1. NotComputed where nobody is scored.
    """
    values = _values(scored)
    found = _exact(values, rules)
    if not found["n"]:
        return _nobody()
    together, split = _intervals(_binned(scored, values), rules, seed)
    n, total = found["n"], found["total"]
    row = {
        "customers": n,
        "gini": found["gini"],
        "top_share": rules.concentration.top_share,
        "top_customer_share": found["top"] / n,
        "top_sales_share": found["top_sales"] / total,
        "low_share": together[0],
        "high_share": together[1],
        "split_sales_share": found["split_sales"] / total,
        "claimed_share": rules.concentration.claimed_share,
        "claimed_customer_share": found["needed"] / n,
    }
    frame = pd.DataFrame([row]).round(EXACT)
    return frame.assign(rule_of_thumb=_verdict(n, *split, rules))


def _exact(values: ir.Table, rules: Rules) -> dict:
    """Return the exact figures of the values: n, total, gini, top, top_sales, split_sales, needed."""
    claim = rules.concentration
    # In binary, 0.07 * 100 is a little more than 7; it is to be the seventh customer on any engine.
    v = values.mutate(place=(values.n * claim.top_share).round(EXACT).ceil())
    above = v.at_least - v.customers
    spare = ((v.sales_at_least - v.total * claim.claimed_share) / v.monetary).round(EXACT).floor()
    reached, paid = v.at_least >= v.place, v.sales_at_least >= (v.total * claim.claimed_share).round(4)
    # Ranks from the least are n - at_least + 1 to n - above; the sum of their 2i - n - 1 is:
    ranks = v.customers * (v.n - v.at_least - above).cast("float64")
    # The first value at which the top group is complete has the least of each.
    found = v.aggregate(
        n=v.n.max(),
        total=v.total.max(),
        gini=((ranks * v.monetary).sum() / (v.n.max() * v.total.max())).round(12),
        top=v.at_least.min(where=reached),
        top_sales=v.sales_at_least.min(where=reached),
        split_sales=(v.sales_at_least - (v.at_least - v.place) * v.monetary).min(where=reached),
        needed=(v.at_least - ibis.least(spare, v.customers)).min(where=paid),
    )
    return found.to_pyarrow().to_pylist()[0]


def _binned(scored: ir.Table, values: ir.Table) -> pd.DataFrame:
    """Sum customers and net sales by bin of values, best first, and by group of the bootstrap."""
    above = values.at_least - values.customers
    first, last = (above * BINS) // values.n, (values.at_least * BINS) // values.n
    bins = values.select("monetary", bin=first * 2 * BINS + last)
    people = scored.select("monetary", group=resample.group(scored.customer_id)).join(bins, "monetary")
    sums = people.group_by("bin", "group").aggregate(
        customers=people.count(),
        sales=people.monetary.sum().round(4),
        least=people.monetary.min(),
        most=people.monetary.max(),
    )
    return sums.order_by("bin", "group").to_pandas()


def _intervals(binned: pd.DataFrame, rules: Rules, seed: int) -> tuple[tuple, tuple]:
    """Return the intervals of the top group's share of the sales: ties kept together, and divided."""
    by_bin = binned.groupby("bin")
    tied = (by_bin.least.min() == by_bin.most.max()).to_numpy()
    drawn = resample.draws(seed)
    people, sales = (drawn @ _by_group(binned, name) for name in ("customers", "sales"))
    together, split = _top_shares(people, sales, tied, rules.concentration.top_share)
    return tuple(resample.interval(share, rules.forward.confidence)[1:] for share in (together, split))


def _by_group(binned: pd.DataFrame, name: str) -> np.ndarray:
    """Return GROUPS x bins, best bin first."""
    grid = binned.pivot_table(index="group", columns="bin", values=name, aggfunc="sum", fill_value=0)
    return grid.reindex(range(resample.GROUPS), fill_value=0).to_numpy(dtype="float64")


def _top_shares(
    people: np.ndarray, sales: np.ndarray, tied: np.ndarray, top_share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the top group's share of the sales of each row, ties kept together, and divided.

    Inside a bin of several values the cut divides it in proportion; a draw of nobody is NaN.
    """
    reach = people.cumsum(axis=1)
    wanted = np.ceil((reach[:, -1:] * top_share).round(EXACT))
    row, cut = np.arange(len(reach)), (reach >= wanted).argmax(axis=1)
    over, total = reach[row, cut] - wanted[:, 0], sales.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = sales.cumsum(axis=1)[row, cut] / total
        split = whole - over * sales[row, cut] / people[row, cut] / total
    return np.where(tied[cut], whole, split), split


def _verdict(n: int, low: float, high: float, rules: Rules) -> str:
    claimed = rules.concentration.claimed_share
    if n < rules.forward.min_customers:
        return "cannot_tell"
    if high < claimed:
        return "less"
    if low > claimed:
        return "more"
    near = max(claimed - low, high - claimed) <= rules.concentration.holds_within
    return "holds" if near else "cannot_tell"


@needs()
def sentence(found: pd.DataFrame, rules: Rules) -> str:
    """Say what the best customers bring, whether the rule of thumb holds, and who brings its share."""
    row = found.iloc[0]
    top = _(
        "The best {people} of the customers bring {sales} of the net sales ({confidence} interval {low} to "
        "{high})."
    ).format(
        people=i18n.percent(row.top_customer_share),
        sales=i18n.percent(row.top_sales_share),
        confidence=i18n.percent(rules.forward.confidence, 0),
        low=i18n.percent(row.low_share),
        high=i18n.percent(row.high_share),
    )
    said = [top, _ties(row), _judged(row, rules), _needed(row)]
    return i18n.sentences(said)


def _ties(row: pd.Series) -> str:
    if i18n.percent(row.split_sales_share) == i18n.percent(row.top_sales_share):
        return ""
    said = _("Customers with equal net sales are kept together; {people} alone would bring {sales}.")
    return said.format(people=i18n.percent(row.top_share), sales=i18n.percent(row.split_sales_share))


def _judged(row: pd.Series, rules: Rules) -> str:
    claim = {"people": i18n.percent(row.top_share, 0), "sales": i18n.percent(row.claimed_share, 0)}
    if row.customers < rules.forward.min_customers:
        said = _("Under {n} customers do not tell whether {people} of them bring {sales}, the rule of thumb.")
        return said.format(n=i18n.count(rules.forward.min_customers), **claim)
    said = {
        "holds": _("The rule of thumb, {sales} from {people}, holds."),
        "less": _("That is less than the rule of thumb, {sales} from {people}."),
        "more": _("That is more than the rule of thumb, {sales} from {people}."),
        "cannot_tell": _("Whether the rule of thumb, {sales} from {people}, holds cannot be told yet."),
    }
    return said[row.rule_of_thumb].format(**claim)


def _needed(row: pd.Series) -> str:
    said = _("The best {people} of the customers bring {sales} of the net sales.")
    return said.format(
        people=i18n.percent(row.claimed_customer_share), sales=i18n.percent(row.claimed_share, 0)
    )


@needs()
def figures(found: pd.DataFrame) -> dict[str, float]:
    """Return the key figures of the concentration by their stable names."""
    row = found.iloc[0]
    return {
        "segments.gini": round(float(row.gini), 4),
        "segments.top_customer_share": round(float(row.top_customer_share), 4),
        "segments.top_sales_share": round(float(row.top_sales_share), 4),
    }
