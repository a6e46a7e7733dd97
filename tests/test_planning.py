"""Planning: sample sizes by the textbook and by simulation, break-even by hand, and refusals."""

from dataclasses import replace
from math import isnan, nan

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from test_effect import moments, spend

from shopcrm_nb import discount, effect, interval, labels, planning, table, typed
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError

RULES = rules_of().campaign
MANY = settings(max_examples=60, deadline=None, derandomize=True)


def test_customers_for_a_share_by_the_textbook():
    # 5 % against 6 %, two equal groups, 95 % and 80 %: (1.96 * 0.32241 + 0.84162 * 0.32234)² / 0.01² = 8,158
    assert planning.needed_by_share(0.05, 0.01, 0.5, RULES) == pytest.approx(2 * 8158, abs=4)
    # a tenth held out: 0.059 of all buy
    none = 0.059 * 0.941 * (1 / 0.9 + 1 / 0.1)
    there = 0.06 * 0.94 / 0.9 + 0.05 * 0.95 / 0.1
    by_hand = (stats.norm.ppf(0.975) * none**0.5 + stats.norm.ppf(0.8) * there**0.5) ** 2 / 0.01**2
    assert planning.needed_by_share(0.05, 0.01, 0.1, RULES) == np.ceil(by_hand)


def test_customers_for_money_by_the_textbook():
    # two means: 2 (z + z_power)² (deviation / difference)² a group, 2 (1.95996 + 0.84162)² = 15.698
    assert planning.needed_per_head(30, 1, 0.5, RULES) == pytest.approx(2 * 15.6978 * 30**2, abs=2)
    # standard error of 9,000 and 1,000: 30 sqrt(1 / 9,000 + 1 / 1,000) = 1
    assert planning.detectable_per_head(10_000, 30, 0.1, RULES) == pytest.approx(2.80158, abs=1e-4)


@MANY
@given(st.integers(500, 10**7), st.floats(0.001, 0.5), st.floats(0.02, 0.9), st.floats(1, 500))
def test_the_least_difference_that_is_told_needs_just_these_customers(n, base, held, deviation):
    extra = planning.detectable_share(n, base, held, RULES)
    assert isnan(extra) or planning.needed_by_share(base, extra, held, RULES) == pytest.approx(
        n, rel=1e-4, abs=2
    )
    money = planning.detectable_per_head(n, deviation, held, RULES)
    assert planning.needed_per_head(deviation, money, held, RULES) == pytest.approx(n, abs=1)
    assert planning.detectable_per_head(4 * n, deviation, held, RULES) == pytest.approx(money / 2)


def test_a_difference_as_planned_is_told_about_as_often_as_promised():
    random, n = np.random.default_rng(2), planning.needed_by_share(0.05, 0.015, 0.2, RULES)
    held = round(n * 0.2)
    treated = random.binomial(n - held, 0.065, 2000), random.binomial(held, 0.05, 2000)
    told = [
        interval.change((b, held), (a, n - held), RULES.confidence)[1] > 0
        for a, b in zip(*treated, strict=True)
    ]
    assert np.mean(told) == pytest.approx(RULES.power, abs=0.04)


def test_too_few_customers_tell_nothing_whatever_happens():
    assert isnan(planning.detectable_share(4, 0.4, 0.5, RULES))


def test_what_pays_for_a_message():
    # 0.05 a message, 250 a buyer of whom 40 % is profit: 100, so one more buyer of 2,000
    assert planning.break_even_share(0.05, 0.4, 250) == pytest.approx(1 / 2000)
    assert planning.break_even_share(0, 0.4, 250) == 0
    assert planning.break_even_share(300, 0.4, 250) == 3  # each message costs more than a buyer brings
    assert isnan(planning.break_even_share(0.05, 0.4, nan))


def test_a_plan_holds_together():
    made = planning.plan(
        20_000, 0.05, 40, 0.1, RULES, cost_per_message=0.05, net_sales_per_buyer=250, margin=0.4
    )
    assert (made.messages, made.holdout, made.cost) == (18_000, 2_000, 900)
    assert made.detectable_share == planning.detectable_share(20_000, 0.05, 0.1, RULES)
    assert made.detectable_per_head == planning.detectable_per_head(20_000, 40, 0.1, RULES)
    said = planning.sentence(made, "CNY")
    assert "Of 20,000 customers 18,000 would be written to and 2,000 held out" in said
    assert f"from {made.detectable_share * 100:.2f} more buyers of 100" in said
    assert "cost ¥900; they pay from 9 buyers on" in said  # 18,000 / 2,000
    assert "No response pays" in planning.sentence(replace(made, break_even_share=1.2), "CNY")
    assert "pay" not in planning.sentence(replace(made, break_even_share=nan), "CNY")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: planning.needed_by_share(0, 0.01, 0.1, RULES),
            "base_share: 0 is not a share between 0 and 1",
        ),
        (lambda: planning.needed_by_share(0.03, -0.05, 0.1, RULES), "extra_share: -0.05 beside 0.03"),
        (lambda: planning.needed_by_share(0.9, 0.2, 0.1, RULES), "extra_share"),
        (lambda: planning.needed_by_share(0.1, 0, 0.1, RULES), "extra_share: 0"),
        (lambda: planning.needed_by_share(0.1, nan, 0.1, RULES), "extra_share: nan"),
        (lambda: planning.needed_by_share(nan, 0.1, 0.1, RULES), "base_share: nan"),
        (lambda: planning.needed_by_share(0.1, 0.1, 1, RULES), "holdout_share: 1 "),
        (lambda: planning.needed_per_head(0, 1, 0.1, RULES), "deviation: 0"),
        (lambda: planning.needed_per_head(30, 0, 0.1, RULES), "extra: 0"),
        (lambda: planning.needed_per_head(30, nan, 0.1, RULES), "extra: nan"),
        (lambda: planning.detectable_per_head(0, 30, 0.1, RULES), "customers: 0"),
        (lambda: planning.detectable_share(2.5, 0.1, 0.1, RULES), "customers: 2.5"),
        (lambda: planning.plan(4, 0.1, 30, 0.1, RULES), "leaves a group empty"),
        (lambda: planning.plan(100, 0.1, 30, 0.1, RULES, cost_per_message=-1), "cost_per_message: -1"),
        (lambda: planning.break_even_share(1, 0, 250), "margin: 0 "),
        (lambda: planning.break_even_share(1, 40, 250), "margin: 40 "),
        (lambda: planning.break_even_share(1, 0.4, 0), "net_sales_per_buyer: 0"),
        (lambda: discount.of_rate(0), "tenths: 0"),
        (lambda: discount.of_rate(85), "tenths: 85"),
        (lambda: discount.of_amount_off(100, 100, 300), "off: 100"),
        (lambda: discount.of_amount_off(0, 0, 300), "threshold: 0"),
        (lambda: discount.of_amount_off(100, 10, nan), "order_amount: nan"),
        (lambda: discount.of_free_pieces(0, 1), "buy: 0"),
        (lambda: discount.of_price(100, 120), "now: 120"),
        (lambda: discount.break_even_volume(1.0, 0.4), "discount: 1.0"),
        (lambda: typed.amount("cost", float("inf")), "cost: inf"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(call, said):
    with pytest.raises(ShopcrmError) as refused:
        call()
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_discounts_of_the_offers_that_shops_make():
    assert discount.of_rate(8) == pytest.approx(0.2)
    assert discount.of_rate(8.5) == pytest.approx(0.15)
    assert discount.of_amount_off(300, 30, 300) == 0.1
    assert discount.of_amount_off(300, 30, 600) == 0.05
    assert discount.of_amount_off(300, 30, 600, repeated=True) == 0.1
    assert discount.of_amount_off(300, 30, 299) == 0
    assert discount.of_free_pieces(2, 1) == pytest.approx(1 / 3)
    assert discount.of_price(200, 150) == 0.25


def test_how_much_more_must_be_sold_to_earn_as_much():
    assert discount.break_even_volume(0.2, 0.4) == pytest.approx(1.0)
    assert discount.break_even_volume(0, 0.4) == 0
    assert isnan(discount.break_even_volume(0.4, 0.4)) and isnan(discount.break_even_volume(0.5, 0.4))


@MANY
@given(st.floats(0.01, 1), st.floats(0, 0.99), st.floats(1, 1000))
def test_with_that_volume_the_gross_profit_is_the_same(margin, off, price):
    more = discount.break_even_volume(off, margin)
    if margin - off < 0.001:
        return
    before, after = price * margin, price * (1 - off) - price * (1 - margin)
    assert after * (1 + more) == pytest.approx(before, rel=1e-6)


def test_what_each_audience_would_bring_and_whether_to_write():
    measured = {
        "A": effect.of(moments(spend(1000, 100), spend(500, 20)), RULES),  # 6 a head more
        "B": effect.of(moments(spend(1000, 50), spend(500, 25)), RULES),
        "C": NotComputed("sends.arm"),
    }
    found = planning.audiences(measured, {"A": 2000, "B": 100, "C": 50, "D": 10}, 0.05, 0.4)
    assert list(found.audience) == ["A", "B", "C", "D"]
    assert found.expected_net[0] == pytest.approx(2000 * (6 * 0.4 - 0.05))
    assert found.expected_net_low[0] == pytest.approx(2000 * (measured["A"].low * 0.4 - 0.05))
    assert list(found.audience_cost) == [100, 5, 2.5, 0.5]
    assert list(found.advice) == ["write", "test", "test", "test"]
    assert found.expected_net[2:].isna().all()
    dear = planning.audiences(measured, {"A": 2000}, 10.0, 0.4)
    assert dear.advice[0] == "leave"
    shown = table.show(found, "CNY")._repr_html_()
    assert "write to them" in shown and "+¥4,700" in shown
    assert set(found.columns) <= set(labels.of_columns()) and set(planning.ADVICE) == set(
        labels.of_codes()["advice"]
    )


def test_the_next_one_is_as_large_as_this_one_with_the_rules_share_held_out():
    arms = [("treatment", 900, 90), ("holdout", 100, 0)]
    rows = [(arm, n, k, k, 50 * k, 2500 * k, 0, 0, 0, 0) for arm, n, k in arms]
    names = ["arm", "n", "buyers", "orders", "y", "yy", "x", "xx", "xy", "before_buyers"]
    found = effect.of(pd.DataFrame(rows, columns=names), RULES)
    planned = planning.next_one(found, RULES, 90.0, 0.5)
    assert (planned.customers, planned.messages, planned.holdout) == (1000, 900, 100)
    assert planned.base_share == pytest.approx(0.005)  # half a buyer of 100
    assert planned.cost == pytest.approx(90)
    assert planned.break_even_share == pytest.approx(0.1 / (0.5 * 50))
    silent = effect.of(pd.DataFrame(rows, columns=names).assign(buyers=0, orders=0, y=0, yy=0), RULES)
    assert isinstance(planning.next_one(silent, RULES, 90.0, 0.5), NotComputed)
