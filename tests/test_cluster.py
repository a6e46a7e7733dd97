"""Clusters: known groups are found again, the same every time, whatever the order of rows and labels."""

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from simulate import AS_OF, four_groups, measured_of
from sklearn.metrics import adjusted_rand_score, silhouette_score

from shopcrm_nb import agreement, cluster, i18n, segment
from shopcrm_nb.absent import NotComputed

RULES = rules_of()


def scored_of(frame):
    return segment.grade(measured_of(frame), AS_OF, RULES)


@pytest.fixture(scope="module")
def groups():
    return four_groups()


@pytest.fixture(scope="module")
def scored(groups):
    return scored_of(groups)


@pytest.fixture(scope="module")
def drawn(scored):
    return cluster.sample(scored, RULES, 7)


def labels_of(scored, k=4, seed=7):
    clusters = cluster.fit(cluster.sample(scored, RULES, seed), k, seed)
    return cluster.assign(scored, clusters).to_pandas().set_index("customer_id").cluster.sort_index()


def test_known_groups_are_found_again(groups, scored):
    found = cluster.assign(scored, cluster.fit(cluster.sample(scored, RULES, 7), 4, 7)).to_pandas()
    truth = groups.group.set_axis([f"c{n}" for n in range(len(groups))])
    assert adjusted_rand_score(truth.loc[found.customer_id], found.cluster) >= 0.9


def test_the_number_of_groups_has_the_best_silhouette(drawn):
    scores = cluster.silhouettes(drawn, RULES, 7)
    assert scores.k.tolist() == [3, 4, 5, 6, 7, 8]
    assert cluster.best_k(scores) == 4
    assert cluster.sentence(scores).startswith("The silhouette suggests 4 clusters")


def test_the_silhouette_is_that_of_scikit_learn(drawn):
    scores = cluster.silhouettes(drawn, RULES, 7).set_index("k").silhouette
    points = drawn.some(cluster.TRIED, 7)
    labels = cluster.label(points, cluster.centres(points, 3, 7))
    assert scores[3] == pytest.approx(silhouette_score(points, labels), abs=1e-6)


def test_points_are_standardised_logs_of_all_customers(groups, drawn):
    logs = np.log1p(groups[["recency_days", "frequency", "monetary"]].to_numpy(float))
    expected = (logs - logs.mean(axis=0)) / logs.std(axis=0)
    assert np.sort(drawn.points.sum(axis=1)) == pytest.approx(np.sort(expected.sum(axis=1)), abs=1e-6)


def test_the_engine_gives_each_customer_the_nearest_centre(groups, scored, drawn):
    clusters = cluster.fit(drawn, 5, 7)
    found = cluster.assign(scored, clusters).to_pandas()
    logs = np.log1p(found[["recency_days", "frequency", "monetary"]].to_numpy(float))
    points = (logs - clusters.mean) / clusters.deviation
    nearest = ((points[:, None, :] - clusters.centres) ** 2).sum(axis=2).argmin(axis=1) + 1
    assert found.cluster.tolist() == nearest.tolist()


def test_the_same_seed_gives_the_same_labels_and_another_one_the_same_groups(scored):
    assert labels_of(scored).equals(labels_of(scored))
    assert adjusted_rand_score(labels_of(scored), labels_of(scored, seed=99)) == pytest.approx(1, abs=0.05)


def test_permuting_customers_changes_nothing(groups, scored):
    named = groups.assign(customer_id=[f"c{n}" for n in range(len(groups))])
    mixed = scored_of(named.sample(frac=1, random_state=2).reset_index(drop=True))
    assert labels_of(mixed).equals(labels_of(scored))


def test_permuting_customers_without_clear_groups_changes_nothing_either():
    random = np.random.default_rng(8)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{n}" for n in range(600)],
            "recency_days": random.integers(0, 366, 600),
            "frequency": random.geometric(0.3, 600),
            "monetary": random.lognormal(6, 1, 600),
        }
    )
    mixed = frame.sample(frac=1, random_state=2).reset_index(drop=True)
    assert labels_of(scored_of(mixed), 6).equals(labels_of(scored_of(frame), 6))


def test_a_sample_depends_on_keys_and_seed_alone(monkeypatch, groups):
    monkeypatch.setattr(cluster, "SAMPLE", 200)
    named = groups.assign(customer_id=[f"c{n}" for n in range(len(groups))])
    mixed = named.sample(frac=1, random_state=3).reset_index(drop=True)
    first, second = (cluster.sample(scored_of(each), RULES, 7) for each in (named, mixed))
    assert len(first.points) == 200
    assert np.array_equal(first.points, second.points)
    assert not np.array_equal(first.points, cluster.sample(scored_of(named), RULES, 8).points)


def test_from_a_sample_the_groups_are_the_same(monkeypatch, groups, scored):
    monkeypatch.setattr(cluster, "SAMPLE", 300)
    found = labels_of(scored)
    truth = groups.group.set_axis([f"c{n}" for n in range(len(groups))])
    assert adjusted_rand_score(truth.loc[found.index], found) >= 0.9


def test_cluster_1_is_the_most_recent_frequent_and_spending(scored, drawn):
    clusters = cluster.fit(drawn, 4, 7)
    profile = cluster.profile(cluster.assign(scored, clusters), clusters, "CNY").set_index("cluster")
    assert profile.loc[1, "net_sales_per_customer"] == profile.net_sales_per_customer.max()
    assert profile.loc[4, "net_sales_per_customer"] == profile.net_sales_per_customer.min()
    worth = clusters.centres @ [-1, 1, 1]
    assert (np.diff(worth) <= 0).all()


def test_names_say_where_a_cluster_lies_and_do_not_depend_on_the_order_of_labels(drawn):
    clusters = cluster.fit(drawn, 4, 7)
    names = cluster.names(clusters, "CNY")
    assert names[1] == "recent, very frequent, very high spend"
    turned = cluster.Clusters(clusters.centres[::-1], clusters.mean, clusters.deviation)
    assert list(cluster.names(turned, "CNY").values()) == list(names.values())[::-1]


def test_no_two_clusters_have_one_name():
    centres = np.array([[0.1, 0.2, 0.1], [0.0, 0.1, -0.2], [-1, 0.6, 0.6], [-0.9, 0.7, 1.2]])
    clusters = cluster.Clusters(centres, np.array([4.0, 1.0, 6.0]), np.array([1.0, 0.5, 1.0]))
    names = list(cluster.names(clusters, "CNY").values())
    assert len(set(names)) == 4
    assert names[0] == "average (about ¥445)"  # exp(6.1) - 1
    assert names[1] == "average (about ¥329)"  # exp(5.8) - 1
    assert names[2] == "recent, frequent, high spend (about ¥734)"  # exp(6.6) - 1


def test_a_profile_adds_up_and_is_that_of_pandas(scored, drawn):
    clusters = cluster.fit(drawn, 4, 7)
    assigned = cluster.assign(scored, clusters)
    profile, frame = cluster.profile(assigned, clusters, "CNY").set_index("cluster"), assigned.to_pandas()
    by_pandas = frame.groupby("cluster").agg(
        customers=("customer_id", "size"), days=("recency_days", "mean"), net=("monetary", "sum")
    )
    assert profile.customers.tolist() == by_pandas.customers.tolist()
    assert profile.mean_recency_days.tolist() == pytest.approx(by_pandas.days.tolist())
    assert profile.net_sales.tolist() == pytest.approx(by_pandas.net.tolist(), abs=0.01)
    assert profile.customer_share.sum() == pytest.approx(1)
    assert profile.sales_share.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"recency_days": [1], "frequency": [1], "monetary": [5.0]}), "there are 1"),
        (
            pd.DataFrame({"recency_days": [9] * 200, "frequency": [1] * 200, "monetary": [5.0] * 200}),
            "who differ from each other",
        ),
    ],
    ids=["one customer", "all equal"],
)
def test_customers_who_cannot_be_clustered_are_not(frame, said):
    found = cluster.sample(scored_of(frame), RULES, 7)
    assert said in found.sentence()
    assert cluster.best_k(cluster.silhouettes(found, RULES, 7)) is found
    assert cluster.assign(scored_of(frame), cluster.fit(found, 4, 7)).cluster.execute().isna().all()


@pytest.mark.parametrize("k", [3, 4, 8])
def test_one_time_buyers_and_a_giant_are_clustered(k):
    random = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "recency_days": random.integers(0, 366, 500),
            "frequency": np.where(random.random(500) < 0.9, 1, 2),
            "monetary": [9e6, *random.lognormal(5, 0.5, 499)],
        }
    )
    labels = labels_of(scored_of(frame), k)
    assert sorted(labels.unique()) == list(range(1, k + 1))
    assert labels.value_counts(normalize=True).max() < 0.8


# --- agreement with the grades ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crossed(scored, drawn):
    clusters = cluster.fit(drawn, 4, 7)
    return agreement.grade_by_cluster(cluster.assign(scored, clusters), clusters, "CNY")


def test_the_cross_table_counts_every_customer_once(crossed, scored, drawn):
    frame = cluster.assign(scored, cluster.fit(drawn, 4, 7)).to_pandas()
    table = pd.crosstab(frame.grade, frame.cluster)
    assert len(crossed) == 16
    for row in crossed.itertuples():
        assert row.customers == (table.at[row.grade, row.cluster] if row.grade in table.index else 0)
    main = crossed[crossed.main].set_index("grade").customers
    assert main.to_dict() == crossed.groupby("grade").customers.max().loc[lambda n: n > 0].to_dict()
    shares = crossed.groupby("grade").grade_share.sum()
    assert shares[crossed.groupby("grade").customers.sum() > 0].tolist() == pytest.approx([1] * len(table))
    assert crossed.groupby("cluster").cluster_share.sum().tolist() == pytest.approx([1] * 4)
    assert crossed.net_sales.sum() == pytest.approx(frame.monetary.sum(), abs=0.1)


def table_of(counts):
    """A cross table of two grades and two clusters, by hand."""
    return pd.DataFrame(
        {
            "grade": ["P", "P", "B", "B"],
            "cluster": [1, 2, 1, 2],
            "cluster_name": ["good", "bad", "good", "bad"],
            "customers": counts,
            "customer_share": np.array(counts) / sum(counts),
            "mean_recency_days": 10.0,
            "orders_per_customer": 2.0,
            "net_sales": [800.0, 90.0, 70.0, 40.0],
            "net_sales_per_customer": [100.0, 45.0, 70.0, 40.0],
            "main": [True, False, False, True],
        }
    )


def test_the_adjusted_rand_index_is_that_of_the_formula():
    # pairs in one group of both: C(3,2)+C(1,2)+C(1,2)+C(3,2) = 6; by grade and by cluster 2*C(4,2) = 12 each;
    # of C(8,2) = 28: expected 12*12/28 = 36/7, so (6 - 36/7) / (12 - 36/7) = 1/8
    agreed = agreement.agreement(table_of([3, 1, 1, 3]))
    assert agreed.rand == pytest.approx(1 / 8)
    assert agreed.shared == pytest.approx(6 / 8)


def test_the_same_division_agrees_wholly_and_many_customers_are_counted_in_proportion():
    assert agreement.agreement(table_of([5, 0, 0, 7])).rand == 1
    assert agreement.agreement(table_of([5, 0, 0, 7])).information == pytest.approx(1)
    small, large = (
        agreement.agreement(table_of([300, 100, 100, 300])),
        agreement.agreement(table_of([1_500_000, 500_000, 500_000, 1_500_000])),
    )
    assert large.rand == pytest.approx(small.rand, abs=0.01)


def test_the_exceptions_are_those_outside_the_main_cluster_of_their_grade():
    found = agreement.disagreements(table_of([8, 2, 1, 1]))
    assert found[["grade", "main_cluster", "cluster_name", "customers"]].values.tolist() == [
        ["P", "good", "bad", 2],
        ["B", "bad", "good", 1],
    ]
    said = agreement.sentence(agreement.agreement(table_of([8, 2, 1, 1])), found, "CNY")
    assert said.startswith(
        "Grades and clusters hardly agree: they divide the customers by different things. "
        "75.0% of the customers are in the largest cluster of their grade"
    )
    same = agreement.sentence(agreement.agreement(table_of([8, 0, 0, 1])), found.iloc[:0], "CNY")
    assert same.startswith("Grades and clusters largely agree. 100.0%")
    assert said.endswith(
        "2 customers are Platinum by the table but “bad” by k-means, where the largest cluster of that grade "
        "is “good”; ¥45 each."
    )


def test_groups_far_apart_are_stable_and_noise_is_not(drawn):
    stable = agreement.stability(drawn, 4, 7)
    assert stable.repeated.tolist() == ["starts", "customers"]
    assert (stable["median"] > 0.95).all()
    assert "are stable" in agreement.verdict(stable, RULES.cluster)
    noise = cluster.Sample(np.random.default_rng(1).normal(size=(400, 3)), np.zeros(3), np.ones(3))
    shaky = agreement.stability(noise, 7, 7)
    assert shaky["median"].min() < 0.75
    assert (shaky["median"] < 0.95).all()
    assert "are not stable" in agreement.verdict(shaky, RULES.cluster)
    assert agreement.stability(drawn, 4, 7).equals(stable)


def test_the_figures_have_stable_names(crossed, drawn):
    scores, stable = cluster.silhouettes(drawn, RULES, 7), agreement.stability(drawn, 4, 7)
    figures = agreement.figures(agreement.agreement(crossed), scores, stable)
    assert figures["segments.best_k"] == 4
    assert figures["segments.silhouette"] == pytest.approx(scores.silhouette.max(), abs=1e-4)
    assert set(figures) == {
        "segments.adjusted_rand",
        "segments.adjusted_mutual_information",
        "segments.best_k",
        "segments.silhouette",
        "segments.cluster_stability",
    }


def test_names_are_written_in_the_reader_s_language(drawn):
    i18n.use("zh")
    try:
        assert (
            cluster.names(cluster.fit(drawn, 4, 7), "CNY")[1] != "very recent, very frequent, very high spend"
        )
    finally:
        i18n.use("en")


def test_what_is_missing_is_handed_on():
    missing = NotComputed("orders.customer_id")
    assert cluster.assign(missing, missing) is missing
    assert agreement.agreement(agreement.grade_by_cluster(missing, missing, "CNY")) is missing
