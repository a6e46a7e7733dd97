"""Clusters: customers alike in recency, frequency and money, by k-means on a sample of them."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist, pdist, squareform

from shopcrm_nb import glossary, i18n, segment
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.i18n import _
from shopcrm_nb.rules import Rules

SAMPLE = 100_000  # customers that k-means sees; more move its centres by less than is worth the time
TRIED = 20_000  # customers on which numbers of clusters are tried …
SEEN = 3_000  # … and those of a silhouette, whose cost grows with their square
STARTS = 10
MARKED = 0.5  # standard deviations from the mean, from which a centre is called high or low …
STRONG = 1.25  # … and very
TINY = 1e-9  # a deviation that is none


@dataclass(frozen=True)
class Sample:
    """Customers to learn from: log1p(recency_days, frequency, monetary), standardised by all customers."""

    points: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    def some(self, n: int, seed: int) -> np.ndarray:
        """Return at most ``n`` of the points, drawn at random."""
        return np.random.default_rng(seed).permutation(self.points)[:n]


@dataclass(frozen=True)
class Clusters:
    """Centres (k x 3, standardised) from the best cluster to the worst, and what turns them back into units.

    The best cluster is the one whose centre is most recent, frequent and spending, the three counted alike.
    """

    centres: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    def typical(self) -> pd.DataFrame:
        """Return recency_days, frequency and monetary of each centre; cluster 1 is the best."""
        values = np.expm1(self.centres * self.deviation + self.mean)
        places = pd.RangeIndex(1, len(values) + 1, name="cluster")
        return pd.DataFrame(values.clip(0), columns=list(segment.MEASURES), index=places)

    def tells_apart(self, places: pd.Index) -> str:
        """Return the measure in which the centres of these clusters differ most."""
        return segment.MEASURES[int(np.ptp(self.centres[places - 1], axis=0).argmax())]


@needs()
def sample(scored: ir.Table, rules: Rules, seed: int) -> Sample:
    """Draw the customers that clusters are learned from; their keys and ``seed`` alone decide which."""
    logs = {name: (scored[name] + 1).ln() for name in segment.MEASURES}
    moments = {f"{name}_mean": log.mean() for name, log in logs.items()}
    moments |= {f"{name}_deviation": log.std(how="pop") for name, log in logs.items()}
    facts = scored.aggregate(customers=scored.count(), **moments).to_pyarrow().to_pylist()[0]
    n, needed = facts["customers"], rules.cluster.min_customers
    if n < needed:
        wanted = _("{n} scored customers").format(n=i18n.count(needed))
        return NotComputed(wanted, _("there are {n}").format(n=i18n.count(n)))
    drawn = scored.order_by((scored.customer_id + str(seed)).hash()).limit(SAMPLE) if n > SAMPLE else scored
    rows = drawn.select(**logs).to_pandas().to_numpy()
    rows = rows[np.lexsort(rows.T)]  # so that the order of the rows in the engine changes nothing
    mean = np.array([facts[f"{name}_mean"] for name in segment.MEASURES])
    deviation = np.array([facts[f"{name}_deviation"] for name in segment.MEASURES])
    deviation = np.where(deviation > TINY, deviation, 1.0)
    points = ((rows - mean) / deviation).round(9)
    if len(np.unique(points, axis=0)) <= rules.cluster.most:
        return NotComputed(_("customers who differ from each other"))
    return Sample(points, mean, deviation)


def centres(points: np.ndarray, k: int, seed: int, starts: int = STARTS) -> np.ndarray:
    """Return the centres (k x 3) that k-means finds, the best of ``starts`` starts by k-means++."""
    from sklearn.cluster import KMeans  # 1.6 s to import, and most commands do without

    return KMeans(k, n_init=starts, random_state=seed).fit(points).cluster_centers_


@needs()
def fit(drawn: Sample, k: int, seed: int) -> Clusters:
    """Find ``k`` clusters by k-means (Lloyd); cluster 1 is the best."""
    found = centres(drawn.points, k, seed)
    worth = found @ np.array([-1.0, 1.0, 1.0])
    return Clusters(found[np.lexsort((*found.T, -worth.round(9)))], drawn.mean, drawn.deviation)


@needs()
def silhouettes(drawn: Sample, rules: Rules, seed: int) -> pd.DataFrame:
    """Return the mean silhouette (Rousseeuw 1987) by number of clusters: k, silhouette, best (true once).

    Centres are learned from TRIED customers and the silhouette is that of SEEN of them.
    """
    from sklearn.metrics import silhouette_score

    tried = drawn.some(TRIED, seed)
    seen = tried[:SEEN]
    apart = squareform(pdist(seen))
    tested = range(rules.cluster.fewest, rules.cluster.most + 1)
    labels = {k: label(seen, centres(tried, k, seed)) for k in tested}
    scores = [silhouette_score(apart, labels[k], metric="precomputed") for k in tested]
    frame = pd.DataFrame({"k": list(tested), "silhouette": scores})
    return frame.assign(best=frame.index == frame.silhouette.idxmax())


def best_k(scores: pd.DataFrame | NotComputed) -> int | NotComputed:
    """Return the number of clusters with the best silhouette."""
    return scores if isinstance(scores, NotComputed) else int(scores.k[scores.best].iloc[0])


@needs()
def sentence(scores: pd.DataFrame) -> str:
    """Say how many clusters the silhouette suggests beside the four that stand for the grades."""
    said = _(
        "The silhouette suggests {k} clusters; the table below has them. Above are four, because there are "
        "four grades to compare them with."
    )
    return said.format(k=i18n.count(best_k(scores)))


def label(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the place of the nearest centre of each standardised point, the first where two are as near."""
    return cdist(points, centres, "sqeuclidean").argmin(axis=1)


def assign(scored: ir.Table, clusters: Clusters | NotComputed, column: str = "cluster") -> ir.Table:
    """Add ``column``: the cluster of each customer, 1 (best) to k, nearest centre; empty without clusters."""
    if isinstance(scored, NotComputed):
        return scored
    if isinstance(clusters, NotComputed):
        return scored.mutate(**{column: ibis.null("int64")})
    logs = [(scored[name] + 1).ln() for name in segment.MEASURES]
    z = {
        f"_z{place}": (log - mean) / deviation
        for place, (log, mean, deviation) in enumerate(
            zip(logs, clusters.mean.tolist(), clusters.deviation.tolist(), strict=True)
        )
    }
    placed = scored.mutate(**z)
    away = {
        f"_d{k}": sum((placed[name] - at) ** 2 for name, at in zip(z, centre, strict=True))
        for k, centre in enumerate(clusters.centres.tolist(), start=1)
    }
    placed = placed.mutate(**away)
    nearest = ibis.least(*(placed[name] for name in away))
    placed = placed.mutate(
        **{column: ibis.cases(*((placed[name] == nearest, int(name[2:])) for name in away))}
    )
    return placed.drop(*z, *away)


@needs()
def names(clusters: Clusters, currency: str) -> dict[int, str]:
    """Return cluster → its name in words, from where its centre lies among all customers; no name twice."""
    said = {k: _described(centre) for k, centre in enumerate(clusters.centres, start=1)}
    typical = clusters.typical()
    for name in {name for name in said.values() if list(said.values()).count(name) > 1}:
        alike = typical[[said[k] == name for k in typical.index]]
        measure = clusters.tells_apart(alike.index)
        for k in alike.index:
            said[k] = _("{name} (about {value})").format(
                name=name, value=_amount(measure, alike.loc[k, measure], currency)
            )
    return said


def _described(centre: np.ndarray) -> str:
    marks = np.sign(centre) * ((abs(centre) >= MARKED).astype(int) + (abs(centre) >= STRONG))
    words = glossary.marks()
    said = [words[measure][int(mark)] for measure, mark in zip(segment.MEASURES, marks, strict=True) if mark]
    return _(", ").join(said) or _("average")


def _amount(measure: str, value: float, currency: str) -> str:
    if measure == "monetary":
        return i18n.each_money(value, currency)
    said = _("{n} days") if measure == "recency_days" else _("{n} orders")
    return said.format(n=i18n.decimal(value))


@needs()
def profile(assigned: ir.Table, clusters: Clusters, currency: str, column: str = "cluster") -> pd.DataFrame:
    """Return a row a cluster, best first: what its customers are like and what they bring.

    Columns cluster, cluster_name, customers, customer_share, mean_recency_days, orders_per_customer,
    net_sales, sales_share, net_sales_per_customer.
    """
    each = assigned.group_by(cluster=assigned[column]).aggregate(
        customers=assigned.count(),
        mean_recency_days=assigned.recency_days.mean(),
        orders_per_customer=assigned.frequency.mean(),
        net_sales=assigned.monetary.sum().round(2),
    )
    frame = each.to_pandas().set_index("cluster").reindex(range(1, len(clusters.centres) + 1))
    frame = frame.fillna({"customers": 0, "net_sales": 0.0}).astype({"customers": "int64"})
    frame.insert(0, "cluster_name", pd.Series(names(clusters, currency)))
    frame.insert(2, "customer_share", frame.customers / frame.customers.sum())
    frame["sales_share"] = frame.net_sales / frame.net_sales.sum()
    frame["net_sales_per_customer"] = frame.net_sales / frame.customers.where(frame.customers > 0)
    return frame.rename_axis("cluster").reset_index()
