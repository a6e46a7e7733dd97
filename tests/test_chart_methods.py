"""Charts of methods: each shows exactly the numbers of its frame, in words and with what chance gives."""

import json

import pandas as pd
import pytest
from build import rules_of
from simulate import AS_OF, four_groups, measured_of

from shopcrm_nb import agreement, calibration, chart_methods, cluster, glossary, segment
from shopcrm_nb.absent import NotComputed

RULES = rules_of()


@pytest.fixture(scope="module")
def scored():
    return segment.grade(measured_of(four_groups()), AS_OF, RULES)


@pytest.fixture(scope="module")
def sizes(scored):
    return calibration.sizes(scored, AS_OF, RULES, calibration.proposals(scored, RULES, AS_OF))


def test_each_table_of_cut_points_is_a_bar_of_its_four_grades(sizes):
    figure = chart_methods.calibrated_shares(sizes)
    assert [trace.name for trace in figure.data] == ["Platinum", "Gold", "Silver", "Bronze"] * 2
    for trace, (column, grade) in zip(
        figure.data, [(c, g) for c in ("customer_share", "sales_share") for g in "PGSB"], strict=True
    ):
        assert list(trace.x) == sizes[sizes.grade == grade][column].tolist()
        assert list(trace.y) == [glossary.rule_tables()[name] for name in ("source", "quantiles", "breaks")]
    assert sum(sum(trace.x) for trace in figure.data[:4]) == pytest.approx(3)


def test_the_field_of_a_grade_and_a_cluster_counts_its_customers(scored):
    clusters = cluster.fit(cluster.sample(scored, RULES, 7), 4, 7)
    crossed = agreement.grade_by_cluster(cluster.assign(scored, clusters), clusters, "CNY")
    (heat,) = chart_methods.grade_by_cluster(crossed).data
    assert list(heat.y) == ["Platinum", "Gold", "Silver", "Bronze"]
    assert [name.replace("<br>", " ") for name in heat.x] == list(cluster.names(clusters, "CNY").values())
    counts = [[int(text.replace(",", "")) for text in row] for row in heat.text]
    assert counts == crossed.customers.to_numpy().reshape(4, 4).tolist()
    assert heat.z.tolist() == crossed.grade_share.fillna(0).to_numpy().reshape(4, 4).tolist()


MEASURED = pd.DataFrame(
    [
        ("grades", "auc", 0.7, 0.65, 0.76),
        ("grades", "sales_share_top20", 0.5, 0.4, 0.55),
        ("spend", "auc", 0.6, 0.5, 0.7),
        ("spend", "sales_share_top20", 0.45, 0.4, 0.5),
        ("everyone", "repeat_share", 0.2, 0.1, 0.3),
    ],
    columns=["method", "metric", "value", "ci_low", "ci_high"],
)


def test_each_method_is_a_dot_with_its_interval_and_a_line_for_chance():
    figure = chart_methods.forward(MEASURED)
    caught, auc = figure.data
    assert list(caught.y) == ["the grades in force", "spend alone"]
    assert list(caught.x) == [0.5, 0.45]
    assert list(caught.error_x.array) == pytest.approx([0.05, 0.05])
    assert list(caught.error_x.arrayminus) == pytest.approx([0.1, 0.05])
    assert list(auc.customdata) == ["0.70 (0.65–0.76)", "0.60 (0.50–0.70)"]
    assert caught.marker.color[0] != caught.marker.color[1]
    assert [shape.x0 for shape in figure.layout.shapes] == [0.2, 0.5]


def test_each_group_is_a_bar_of_those_who_bought_again():
    groups = pd.DataFrame(
        {
            "method": ["grades", "grades", "kmeans"],
            "place": [1, 2, 1],
            "customers": [10, 1200, 30],
            "repeat_share": [0.5, 0.1, 0.3],
            "repeat_low": [0.3, 0.05, 0.2],
            "repeat_high": [0.6, 0.2, 0.35],
            "net_sales_per_customer": [9.0, 1.0, 3.0],
        }
    )
    grades, kmeans = chart_methods.forward_groups(groups).data
    assert (list(grades.x), list(grades.y)) == (["1", "2"], [0.5, 0.1])
    assert list(grades.error_y.arrayminus) == pytest.approx([0.2, 0.05])
    assert list(kmeans.error_y.array) == pytest.approx([0.05])
    assert grades.customdata[1] == "10.0% of 1,200 customers"


def test_what_is_missing_is_handed_on():
    missing = NotComputed("orders.customer_id")
    for draw in (
        chart_methods.calibrated_shares,
        chart_methods.grade_by_cluster,
        chart_methods.forward,
        chart_methods.forward_groups,
    ):
        assert draw(missing) is missing


def test_figures_are_plain_json_and_the_same_each_time(sizes):
    first, second = (chart_methods.calibrated_shares(sizes).to_json() for _ in range(2))
    assert first == second
    assert json.loads(first)["layout"]["barmode"] == "stack"
