"""Agreement: where the clusters and the grades say the same of a customer, and how far the clusters hold."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import cluster, glossary, i18n, segment
from shopcrm_nb.absent import needs
from shopcrm_nb.cluster import Clusters, Sample
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.segment_rules import ClusterRules

HARDLY, LARGELY = 0.2, 0.65  # adjusted Rand index, below and from which it is called so
REPEATS = 20  # clusterings with other starts, and as many of other customers
TRIED = 10_000  # customers of each of them
COUNTED = 1_000_000  # customers of an agreement; more are counted in proportion


@needs()
def grade_by_cluster(assigned: ir.Table, clusters: Clusters, currency: str) -> pd.DataFrame:
    """Count customers by grade and cluster, every pair, best first.

    Columns grade, cluster, cluster_name, customers, customer_share (of all), grade_share (of the grade),
    cluster_share (of the cluster), net_sales, net_sales_per_customer, mean_recency_days, orders_per_customer,
    main: whether this is the largest cluster of the grade.
    """
    each = assigned.group_by("grade", "cluster").aggregate(
        customers=assigned.count(),
        net_sales=assigned.monetary.sum().round(2),
        mean_recency_days=assigned.recency_days.mean(),
        orders_per_customer=assigned.frequency.mean(),
    )
    named = cluster.names(clusters, currency)
    pairs = pd.MultiIndex.from_product([segment.GRADES, named], names=["grade", "cluster"])
    frame = each.to_pandas().set_index(["grade", "cluster"]).reindex(pairs)
    frame = frame.fillna({"customers": 0, "net_sales": 0.0}).astype({"customers": "int64"})
    n = frame.customers
    frame.insert(0, "cluster_name", [named[place] for _grade, place in pairs])
    frame.insert(2, "customer_share", n / n.sum())
    frame.insert(3, "grade_share", n / n.groupby("grade").transform("sum").where(lambda total: total > 0))
    frame.insert(4, "cluster_share", n / n.groupby("cluster").transform("sum").where(lambda total: total > 0))
    frame.insert(6, "net_sales_per_customer", frame.net_sales / n.where(n > 0))
    frame["main"] = frame.index.isin(n.groupby("grade").idxmax()) & (n > 0)
    return frame.reset_index()


@dataclass(frozen=True)
class Agreement:
    """Agreement of two ways to divide customers: 0 by chance, 1 where they are the same.

    ``rand`` is the adjusted Rand index (Hubert and Arabie 1985), ``information`` the adjusted mutual
    information (Vinh, Epps and Bailey 2010), ``shared`` the share of customers who are in the
    largest cluster of their grade.
    """

    rand: float
    information: float
    shared: float


@needs()
def agreement(crossed: pd.DataFrame) -> Agreement:
    """Measure how far grades and clusters agree, from the frame of ``grade_by_cluster``."""
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    counts = crossed.customers.to_numpy()
    if counts.sum() > COUNTED:
        counts = np.rint(counts * (COUNTED / counts.sum())).astype(int)
    grades, places = (np.repeat(crossed[name].to_numpy(), counts) for name in ("grade", "cluster"))
    shared = crossed.customers[crossed.main].sum() / crossed.customers.sum()
    measures = (adjusted_rand_score(grades, places), adjusted_mutual_info_score(grades, places), shared)
    return Agreement(*(float(value) for value in measures))


@needs()
def stability(drawn: Sample, k: int, seed: int) -> pd.DataFrame:
    """Repeat the clustering with other starts, and of other customers (bootstrap); compare what comes out.

    Columns repeated ("starts", "customers"), runs, median, low and high (5th and 95th percentile) of the
    adjusted Rand index between each repetition and the first clustering, on the same customers.
    """
    from sklearn.metrics import adjusted_rand_score

    points, random = drawn.some(TRIED, seed), np.random.default_rng(seed)
    first = cluster.label(points, cluster.centres(points, k, seed))

    def scores(bootstrap: bool) -> list[float]:
        found = []
        for run in range(1, REPEATS + 1):
            seen = points[random.integers(len(points), size=len(points))] if bootstrap else points
            again = cluster.label(points, cluster.centres(seen, k, seed + run))
            found.append(adjusted_rand_score(first, again))
        return found

    repeats = {"starts": scores(bootstrap=False), "customers": scores(bootstrap=True)}
    rows = [(name, len(each), *np.quantile(each, [0.5, 0.05, 0.95])) for name, each in repeats.items()]
    return pd.DataFrame(rows, columns=["repeated", "runs", "median", "low", "high"])


@needs()
def verdict(stable: pd.DataFrame, rules: ClusterRules) -> str:
    """Say in words how far the clusters can be relied on."""
    worst = stable["median"].min()
    if worst >= rules.stable:
        said = _("The clusters are stable: computed again, nearly all customers stay together ({rand}).")
    elif worst >= rules.fairly_stable:
        said = _("The clusters are fairly stable: computed again, most customers stay together ({rand}).")
    else:
        said = _(
            "The clusters are not stable: computed again, many customers are with others ({rand}). Take them "
            "for a picture of this day, and do not name customers by them."
        )
    return said.format(rand=_("adjusted Rand index {value}").format(value=i18n.decimal(worst, 2)))


@needs()
def disagreements(crossed: pd.DataFrame) -> pd.DataFrame:
    """Return the customers who are in another cluster than most of their grade, those with most sales first.

    Columns grade, main_cluster (the name of the one that most of the grade are in), cluster_name (theirs),
    customers, customer_share, mean_recency_days, orders_per_customer, net_sales, net_sales_per_customer.
    """
    mains = crossed[crossed.main].set_index("grade").cluster_name
    frame = crossed[~crossed.main & (crossed.customers > 0)].copy()
    frame["main_cluster"] = frame.grade.map(mains)
    frame = frame.sort_values(["net_sales", "grade", "cluster"], ascending=[False, True, True])
    shown = ["grade", "main_cluster", "cluster_name", "customers", "customer_share", "mean_recency_days"]
    shown += ["orders_per_customer", "net_sales", "net_sales_per_customer"]
    return frame[shown].reset_index(drop=True)


@needs()
def shown(exceptions: pd.DataFrame) -> pd.DataFrame:
    """Return ``disagreements`` to read: the cluster that they are in beside the largest of their grade."""
    return exceptions.rename(columns={"cluster_name": "their_cluster"})


@needs()
def sentence(agreed: Agreement, disagreed: pd.DataFrame, currency: str) -> str:
    """Say how far grades and clusters agree, and on whom they differ most."""
    said = _(
        "{shared} of the customers are in the largest cluster of their grade (adjusted Rand index {rand}, "
        "adjusted mutual information {information}; 0 is chance, 1 the same)."
    ).format(
        shared=i18n.percent(agreed.shared),
        rand=i18n.decimal(agreed.rand, 2),
        information=i18n.decimal(agreed.information, 2),
    )
    return i18n.sentences(
        [_degree(agreed.rand), said, _most(disagreed.iloc[0], currency) if len(disagreed) else ""]
    )


def _degree(rand: float) -> str:
    if rand < HARDLY:
        return _("Grades and clusters hardly agree: they divide the customers by different things.")
    if rand < LARGELY:
        return _("Grades and clusters agree in part.")
    return _("Grades and clusters largely agree.")


def _most(row: pd.Series, currency: str) -> str:
    differ = ngettext(
        "The exception that brings most net sales: {n} customer is {grade} by the table but “{cluster}” by "
        "k-means, where the largest cluster of that grade is “{main}”; {worth} each.",
        "The exception that brings most net sales: {n} customers are {grade} by the table but “{cluster}” by "
        "k-means, where the largest cluster of that grade is “{main}”; {worth} each.",
        row.customers,
    )
    return differ.format(
        n=i18n.count(row.customers),
        grade=glossary.grades()[row.grade],
        cluster=row.cluster_name,
        main=row.main_cluster,
        worth=i18n.each_money(row.net_sales_per_customer, currency),
    )


@needs()
def figures(agreed: Agreement, scores: pd.DataFrame, stable: pd.DataFrame) -> dict[str, float]:
    """Return the key figures of the clusters by their stable names."""
    best = scores[scores.best].iloc[0]
    return {
        "segments.adjusted_rand": round(agreed.rand, 4),
        "segments.adjusted_mutual_information": round(agreed.information, 4),
        "segments.best_k": int(best.k),
        "segments.silhouette": round(float(best.silhouette), 4),
        "segments.cluster_stability": round(float(stable["median"].min()), 4),
    }
