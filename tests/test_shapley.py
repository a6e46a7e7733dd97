"""Shapley: the parts of a changed product add up to its change, to the cent where that is wanted."""

import itertools
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import shapley

FEW = settings(max_examples=60, deadline=None, derandomize=True)
FACTOR = st.one_of(st.just(0.0), st.floats(1e-6, 1e7), st.integers(0, 9).map(float))


@st.composite
def changes(draw):
    k = draw(st.integers(1, 6))
    names = [f"f{n}" for n in range(k)]
    before, now = (
        dict(zip(names, draw(st.lists(FACTOR, min_size=k, max_size=k)), strict=True)) for _ in "ab"
    )
    return before, now


def over_all_orders(before, now):
    """The mean of what each factor's own change does, over every order of changing them, in plain Python."""
    parts = dict.fromkeys(before, 0.0)
    orders = list(itertools.permutations(before))
    for order in orders:
        state = dict(before)
        for name in order:
            old = prod(state.values())
            state[name] = now[name]
            parts[name] += (prod(state.values()) - old) / len(orders)
    return parts


def test_two_factors_by_hand():
    # 2 · 5 → 3 · 7: the first alone adds 5 or 7, on average 6; the second 4 or 6, on average 5; 21 − 10 = 11
    parts = shapley.shapley({"orders": 2, "price": 5}, {"orders": 3, "price": 7})
    assert parts == {"orders": 6.0, "price": 5.0}


def test_three_factors_by_hand():
    # 1 · 1 · 1 → 2 · 2 · 2: seven in all, shared alike
    parts = shapley.shapley({"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 2, "c": 2})
    assert list(parts.values()) == pytest.approx([7 / 3] * 3)


def test_one_factor_has_the_whole_change_and_none_have_nothing():
    assert shapley.shapley({"a": 3}, {"a": 10}) == {"a": 7.0}
    assert shapley.shapley({}, {}) == {}


def test_a_shop_that_starts_from_nothing_shares_its_sales_among_what_came_up():
    # 0 · 2 → 3 · 2: all of it is the factor that was 0
    assert shapley.shapley({"buyers": 0, "spend": 2}, {"buyers": 3, "spend": 2}) == {
        "buyers": 6.0,
        "spend": 0.0,
    }
    assert shapley.shapley({"a": 0, "b": 0}, {"a": 3, "b": 2}) == {"a": 3.0, "b": 3.0}
    assert shapley.shapley({"a": 0, "b": 0}, {"a": 5, "b": 0}) == {"a": 0.0, "b": 0.0}


def test_different_factors_are_refused():
    with pytest.raises(ValueError, match="factors differ"):
        shapley.shapley({"a": 1}, {"b": 1})


@FEW
@given(changes())
def test_the_parts_add_up_to_the_change_of_the_product(change):
    before, now = change
    found, scale = shapley.shapley(before, now), prod(max(before[name], now[name]) for name in before)
    assert sum(found.values()) == pytest.approx(
        prod(now.values()) - prod(before.values()), rel=1e-9, abs=1e-12 * scale
    )


@FEW
@given(changes())
def test_each_part_is_the_mean_over_all_orders_of_changing_the_factors(change):
    before, now = change
    scale = prod(max(before[name], now[name]) for name in before)
    assert shapley.shapley(before, now) == pytest.approx(
        over_all_orders(before, now), rel=1e-9, abs=1e-12 * scale
    )


@FEW
@given(changes(), st.randoms(use_true_random=False))
def test_neither_the_order_nor_the_names_of_the_factors_matter(change, chance):
    before, now = change
    names = chance.sample(list(before), len(before))
    mixed = shapley.shapley({n: before[n] for n in names}, {n: now[n] for n in names})
    assert mixed == shapley.shapley(before, now)


@FEW
@given(changes())
def test_there_and_back_again_is_nothing_and_a_factor_that_did_not_change_has_none(change):
    before, now = change
    there, back = shapley.shapley(before, now), shapley.shapley(now, before)
    assert {name: -part for name, part in back.items()} == there
    kept = now | {"f0": before["f0"]}
    assert shapley.shapley(before, kept)["f0"] == 0


@FEW
@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_factors_that_change_alike_have_equal_parts(a, b, other):
    parts = shapley.shapley({"x": a, "y": a, "z": other}, {"x": b, "y": b, "z": 2 * other})
    assert parts["x"] == parts["y"]


# --- cents --------------------------------------------------------------------------------------------------


def in_cents(parts):
    return sum(round(part * 100) for part in parts.values())


def test_cents_go_to_the_largest_remainders_and_of_equal_ones_to_the_first():
    assert shapley.to_cents({"a": 7 / 3, "b": 7 / 3, "c": 7 / 3}, 7) == {"a": 2.34, "b": 2.33, "c": 2.33}
    assert shapley.to_cents({"a": 0.006, "b": 0.004}, 0.01) == {"a": 0.01, "b": 0.0}
    assert shapley.to_cents({"a": -0.006, "b": 0.016}, 0.01) == {"a": -0.01, "b": 0.02}


def test_amounts_in_cents_stay_as_they_are_though_binary_fractions_do_not_hold_them():
    parts = {"a": 0.29, "b": 0.1, "c": -0.07, "d": 0.0, "e": 1.15}
    assert shapley.to_cents(parts, sum(parts.values())) == parts


def test_a_total_that_was_rounded_itself_is_met_by_the_largest_part():
    # 0.025 - 0.015 = 0.01, but the two totals, rounded to cents, are both 0.02
    assert shapley.to_cents({"a": 0.01, "b": 0.0}, 0.0) == {"a": 0.0, "b": 0.0}
    assert shapley.to_cents({"a": 1.0, "b": -2.0}, -0.98) == {"a": 1.01, "b": -1.99}
    assert shapley.to_cents({"a": -5.0}, -4.98) == {"a": -4.98}


def test_no_parts_add_up_to_nothing():
    assert shapley.to_cents({}, 0) == {}


def test_a_total_that_is_not_the_sum_is_refused():
    with pytest.raises(ValueError, match=r"add up to 3\.0, not to 4"):
        shapley.to_cents({"a": 1, "b": 2}, 4)


@FEW
@given(changes())
def test_cents_add_up_and_no_part_moves_by_a_cent(change):
    before, now = ({name: min(value, 30) for name, value in side.items()} for side in change)
    parts = shapley.shapley(before, now)
    total = prod(now.values()) - prod(before.values())
    found = shapley.to_cents(parts, total)
    assert in_cents(found) == round(round(total, 2) * 100)
    assert all(abs(found[name] - part) < 0.01 + 1e-6 for name, part in parts.items())
    assert all(found[name] == 0 for name, part in parts.items() if part == 0)
