"""Partition: classes that never part equal values, the best of all divisions, cuts as people say them."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcrm_nb import partition


def divided(values, customers, classes, least=0.0, cost=partition.evenness):
    values, customers = np.array(values, float), np.array(customers, float)
    return partition.divide(cost(values, customers), customers, classes, least)


def test_values_of_equal_weight_fall_in_classes_of_equal_size():
    assert divided(range(10), [1] * 10, 5) == [2, 4, 6, 8]


def test_nine_in_ten_who_bought_once_are_one_class_and_the_rest_is_divided_among_the_others():
    assert divided([1, 2, 3, 4, 5, 6], [900, 60, 20, 10, 6, 4], 5, least=10) == [1, 2, 3, 4]


def test_a_class_has_at_least_the_least_customers_and_there_are_fewer_classes_if_need_be():
    assert divided([1, 2, 3], [98, 1, 1], 5, least=2) == [1]
    assert divided([1, 2, 3], [98, 1, 1], 5, least=3) == []


def test_where_all_are_alike_there_is_nothing_to_divide():
    assert divided([7], [500], 5) == []


def test_natural_breaks_lie_in_the_gaps():
    values = [1, 1.1, 1.2, 10, 11, 12, 100, 110]
    assert divided(values, [1] * 8, 3, cost=partition.spread) == [3, 6]


def by_trying(values, customers, classes, measure):
    """The least cost over all divisions, tried one by one."""
    best = np.inf
    for cuts in itertools.combinations(range(1, len(values)), classes - 1):
        edges = [0, *cuts, len(values)]
        best = min(best, sum(measure(values[a:b], customers[a:b]) for a, b in itertools.pairwise(edges)))
    return best


def squared(_values, customers):
    return customers.sum() ** 2


def deviations(values, customers):
    x = np.log1p(values)
    return (customers * (x - np.average(x, weights=customers)) ** 2).sum()


@given(
    st.lists(
        st.tuples(st.integers(1, 500), st.integers(1, 50)), min_size=5, max_size=9, unique_by=lambda p: p[0]
    )
)
@pytest.mark.parametrize(("cost", "measure"), [(partition.evenness, squared), (partition.spread, deviations)])
def test_no_other_division_costs_less(cost, measure, pairs):
    values, customers = (np.array(each, float) for each in zip(*sorted(pairs), strict=True))
    edges = [0, *divided(values, customers, 4, cost=cost), len(values)]
    found = sum(measure(values[a:b], customers[a:b]) for a, b in itertools.pairwise(edges))
    assert found == pytest.approx(by_trying(values, customers, 4, measure), abs=1e-6)


@pytest.mark.parametrize(
    ("measure", "exact", "said"),
    [
        ("monetary", 480, [500, 480, 480]),
        ("monetary", 1234.56, [1200, 1200, 1230]),
        ("monetary", 0.37, [0.4, 0.37, 0.37]),
        ("recency_days", 92, [90, 90, 90, 92]),
        ("recency_days", 1, [1, 0, 0, 1]),
        ("recency_days", 500, [500, 500, 500, 500]),
        ("frequency", 7, [7, 7, 7]),
        ("frequency", 47, [50, 47, 47]),
    ],
)
def test_a_cut_is_rounded_from_roughly_to_finely(measure, exact, said):
    assert [way(exact) for way in partition.spoken(measure)] == said
