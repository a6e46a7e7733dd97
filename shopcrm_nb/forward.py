"""Forward: which way to divide customers, made on an earlier day, tells best what they bought after it."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import calibration, cluster, i18n, resample, scale, segment
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.segment_rules import ForwardRules

# In the order of how easily they are explained, by which a tie within noise is decided.
SEGMENTATIONS = ("grades", "quantiles", "breaks", "kmeans")
BASELINES = ("recency", "spend")
TOPS = (0.1, 0.2)
HEAVIEST = 3
BINS = 200  # of a list sorted by a measure; customers in one bin count as alike


@dataclass(frozen=True)
class Seen:
    """The customers of an earlier day by each method, with what they bought since.

    ``customers`` (kept in the engine): customer_id, draw_group, a column a method (the higher the better),
    bought (true or false) and net_since, from the day after ``day`` to ``last``. The evaluation period of
    ``day`` opens on ``opens``, the data begin on ``begins``; ``heaviest_share`` of the net sales since is of
    the HEAVIEST customers.
    """

    customers: ir.Table
    day: dt.date
    last: dt.date
    opens: dt.date
    begins: dt.date
    heaviest_share: float


@needs("orders.customer_id")
def look(shop: Shop, horizon_days: int, seed: int) -> Seen:
    """Divide the customers as they were ``horizon_days`` before ``as_of``, and join what they bought since.

    Cut points and clusters are made of nothing that was not known on that day, but for later refunds of
    earlier orders. Customers who came after it are not judged: nobody could have divided them.
    """
    day, rules = shop.as_of - dt.timedelta(days=horizon_days), shop.settings.rules
    if horizon_days < 1:
        raise ShopcrmError(f"horizon_days: {horizon_days} is not a number of days from 1 on")
    first = shop.orders.paid_on.min().to_pyarrow().as_py()
    if first is None or first > day:
        return NotComputed(_("orders up to {day}").format(day=i18n.day(day)))
    scored = segment.score(shop.orders, day, rules).cache()  # later orders never enter
    divided = _divided(scored, day, shop, seed)
    if isinstance(divided, NotComputed):
        return divided
    since = shop.orders.filter(shop.orders.paid_on > day)
    bought = since.group_by("customer_id").aggregate(net_since=since.net.sum().round(4))
    known = divided.left_join(bought, "customer_id").drop("customer_id_right")
    known = known.mutate(
        bought=known.net_since.notnull(),
        net_since=known.net_since.fill_null(0.0),
        draw_group=resample.group(known.customer_id),
    ).cache()
    opens = scale.cut_days(day, rules.rfm)[-1]
    return _too_few(known, rules.forward) or Seen(
        known, day, shop.as_of, opens, first, _heaviest_share(known)
    )


def _divided(scored: ir.Table, day: dt.date, shop: Shop, seed: int) -> ir.Table | NotComputed:
    rules = shop.settings.rules
    best_last = {grade: place for place, grade in enumerate(reversed(segment.GRADES))}
    table = scored.mutate(
        grades=scored.grade.cases(*best_last.items()), recency=-scored.recency_days, spend=scored.monetary
    )
    proposed = calibration.proposals(scored, rules, day)
    if isinstance(proposed, NotComputed):
        return proposed
    for method, proposal in proposed.items():
        table = calibration.assign(table, proposal, day)
        table = table.mutate(**{method: table.calibrated_grade.cases(*best_last.items())}).drop(
            "calibrated_grade"
        )
    drawn = cluster.sample(scored, rules, seed)
    if isinstance(drawn, NotComputed):
        return drawn
    table = cluster.assign(table, cluster.fit(drawn, len(segment.GRADES), seed))
    table = table.mutate(kmeans=-table.cluster)
    return table.select("customer_id", *SEGMENTATIONS, *BASELINES)


def _heaviest_share(known: ir.Table) -> float:
    top = known.order_by(known.net_since.desc()).limit(HEAVIEST).net_since.sum().round(4).to_pyarrow().as_py()
    total = known.net_since.sum().round(4).to_pyarrow().as_py()
    return top / total if total else 0.0


def _too_few(known: ir.Table, rules: ForwardRules) -> NotComputed | None:
    facts = known.aggregate(customers=known.count(), buyers=known.bought.sum()).to_pyarrow().to_pylist()[0]
    customers, buyers = facts["customers"], facts["buyers"] or 0
    if customers >= rules.min_customers and buyers >= rules.min_buyers:
        return None
    wanted = _("{customers} scored customers, of whom {buyers} bought again")
    found = _("there are {customers}, of whom {buyers} did")
    needed = {"customers": i18n.count(rules.min_customers), "buyers": i18n.count(rules.min_buyers)}
    there = {"customers": i18n.count(customers), "buyers": i18n.count(buyers)}
    return NotComputed(wanted.format(**needed), found.format(**there))


# --- figures ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """What was measured: draws of each metric by method, the first one the data as is; and the frame."""

    draws: dict[tuple[str, str], np.ndarray]
    frame: pd.DataFrame

    def row(self, method: str, metric: str) -> pd.Series:
        """Return the frame's row of a method and a metric."""
        return self.frame[(self.frame.method == method) & (self.frame.metric == metric)].iloc[0]


@needs()
def judge(seen: Seen, rules: ForwardRules, seed: int) -> Judged:
    """Measure each method on the time since, with bootstrap intervals.

    The frame is the table ``segment_forward``: method, metric, value, ci_low, ci_high. Metrics, of the
    customers in the order that a method gives them, those whom it does not tell apart taken in equal parts:

    auc: the chance that one who bought again stands above one who did not (0.5: by chance);
    repeat_share_top10 and _top20: share of the first 10 and 20 % who bought again;
    net_sales_per_customer_top10 and _top20: what each of these brought;
    sales_share_top10 and _top20: their share of all later net sales (0.1 and 0.2: by chance).
    The method "everyone" has repeat_share and net_sales_per_customer of all.
    """
    weights, draws = resample.draws(seed), {}
    for method in (*SEGMENTATIONS, *BASELINES):
        sums = [weights @ part for part in _ranked(seen.customers, method)]
        draws |= {(method, metric): values for metric, values in _metrics(*sums).items()}
    n, buyers, net = (each.sum(axis=1) for each in sums)
    draws[("everyone", "repeat_share")] = buyers / n
    draws[("everyone", "net_sales_per_customer")] = net / n
    rows = [(*name, *resample.interval(values, rules.confidence)) for name, values in draws.items()]
    return Judged(draws, pd.DataFrame(rows, columns=["method", "metric", "value", "ci_low", "ci_high"]))


@needs()
def frame(judged: Judged) -> pd.DataFrame:
    """Return the table ``segment_forward``: method, metric, value, ci_low, ci_high."""
    return judged.frame


def _ranked(customers: ir.Table, method: str) -> list[np.ndarray]:
    """Sum customers, buyers and net sales by draw group (rows) and place in the method's order (columns)."""
    place = customers[method]
    if method in BASELINES:
        alike = ibis.percent_rank().over(ibis.window(order_by=customers[method]))
        place = (alike * BINS).floor()
    placed = customers.mutate(place=place)
    each = placed.group_by("draw_group", "place").aggregate(
        customers=placed.count(), buyers=placed.bought.sum(), net=placed.net_since.sum().round(4)
    )
    frame = each.to_pandas().pivot(index="draw_group", columns="place")
    frame = frame.reindex(index=range(resample.GROUPS)).fillna(0.0).astype(float)
    return [
        frame[name].sort_index(axis=1, ascending=False).to_numpy() for name in ("customers", "buyers", "net")
    ]


def _metrics(n: np.ndarray, buyers: np.ndarray, net: np.ndarray) -> dict[str, np.ndarray]:
    """Return each metric for each draw (rows); columns are places from the best to the worst."""
    total, others = n.sum(axis=1), n - buyers
    below = others.sum(axis=1, keepdims=True) - others.cumsum(axis=1)
    pairs = buyers.sum(axis=1) * others.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = {"auc": (buyers * (below + others / 2)).sum(axis=1) / pairs}
        for share in TOPS:
            room = share * total[:, None] - (n.cumsum(axis=1) - n)
            taken = np.where(n > 0, np.clip(room / n, 0, 1), 0)
            top, sales = f"top{share * 100:.0f}", (taken * net).sum(axis=1)
            found[f"repeat_share_{top}"] = (taken * buyers).sum(axis=1) / (share * total)
            found[f"net_sales_per_customer_{top}"] = sales / (share * total)
            found[f"sales_share_{top}"] = sales / net.sum(axis=1)
    return found


@needs()
def groups(seen: Seen, rules: ForwardRules, seed: int) -> pd.DataFrame:
    """Return what each group of each segmentation did since: the best group first.

    Columns method, place (1 is the best), customers, repeat_share, repeat_low, repeat_high,
    net_sales_per_customer.
    """
    weights, frames = resample.draws(seed), []
    for method in SEGMENTATIONS:
        n, buyers, net = (weights @ part for part in _ranked(seen.customers, method))
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = np.array([resample.interval(column, rules.confidence) for column in (buyers / n).T])
        rows = {
            "method": method,
            "place": range(1, n.shape[1] + 1),
            "customers": n[0].astype(int),
            "repeat_share": shares[:, 0],
            "repeat_low": shares[:, 1],
            "repeat_high": shares[:, 2],
            "net_sales_per_customer": net[0] / n[0],
        }
        frames.append(pd.DataFrame(rows))
    return pd.concat(frames, ignore_index=True)
