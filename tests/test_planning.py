"""Planning: sample sizes by the textbook and by simulation, break-even by hand, and refusals."""

import html
from dataclasses import replace
from math import isnan, nan, sqrt

import numpy as np
import pandas as pd
import pytest
from build import WORKBOOK, rules_of
from fulfil import in_memory
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from test_effect import moments, spend

from shopcrm_nb import (
    discount,
    effect,
    history,
    interval,
    labels,
    model,
    plan,
    planning,
    sample_size,
    table,
    typed,
)
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError

RULES = rules_of().campaign
MANY = settings(max_examples=60, deadline=None, derandomize=True)


def test_customers_for_a_share_by_the_textbook():
    # 5 % against 6 %, two equal groups, 95 % and 80 %: (1.96 * 0.32241 + 0.84162 * 0.32234)² / 0.01² = 8,158
    assert sample_size.needed_by_share(0.05, 0.01, 0.5, RULES) == pytest.approx(2 * 8158, abs=4)
    # a tenth held out: 0.059 of all buy
    none = 0.059 * 0.941 * (1 / 0.9 + 1 / 0.1)
    there = 0.06 * 0.94 / 0.9 + 0.05 * 0.95 / 0.1
    by_hand = (stats.norm.ppf(0.975) * none**0.5 + stats.norm.ppf(0.8) * there**0.5) ** 2 / 0.01**2
    assert sample_size.needed_by_share(0.05, 0.01, 0.1, RULES) == np.ceil(by_hand)


def lean(base_share, k=0.0, m=100.0):
    """What customers spend of whom a share buys for m each, k the squared coefficient of variation."""
    return sample_size.Anyway(base_share, plan.deviation_at(base_share, m, k), m)


def test_customers_for_money_by_the_textbook():
    # Half of them buy for 60 each, so that nothing is skewed: two means, 2 (z + z_power)² (deviation /
    # difference)² a group, 2 (1.95996 + 0.84162)² = 15.698
    even = lean(0.5, m=60)
    assert even.deviation == 30
    assert sample_size.needed_per_head(even, 1, 0.5, RULES) == pytest.approx(2 * 15.6978 * 30**2, rel=1e-3)
    # standard error of 9,000 and 1,000: 30 sqrt(1 / 9,000 + 1 / 1,000) = 1
    assert sample_size.detectable_per_head(10_000, even, 0.1, RULES) == pytest.approx(2.80158, rel=5e-3)


@pytest.mark.parametrize("held", [0.05, 0.1, 0.2, 0.5, 0.8])
@pytest.mark.parametrize("base", [0.01, 0.1, 0.4])
def test_where_all_buyers_spend_the_same_money_needs_the_customers_that_their_share_does(base, held):
    # Fleiss' formula of two shares is another route, and made for another test
    buyers = sample_size.needed_by_share(base, base / 2, held, RULES)
    money = sample_size.needed_per_head(lean(base), 100 * base / 2, held, RULES)
    assert money == pytest.approx(buyers, rel=0.05)


def test_heavy_buyers_and_a_small_hold_out_need_more_than_the_textbook_of_two_means_says():
    def beside(held, k):
        """How many times the textbook's customers for half as much again, equal variances."""
        anyway, reach = lean(0.04, k), stats.norm.ppf(0.975) + stats.norm.ppf(RULES.power)
        textbook = reach**2 * anyway.deviation**2 * (1 / held + 1 / (1 - held)) / 2.0**2
        return sample_size.needed_per_head(anyway, 2.0, held, RULES) / textbook

    assert beside(0.1, 0) < beside(0.1, 1) < beside(0.1, 2)
    assert beside(0.5, 1) < beside(0.2, 1) < beside(0.1, 1)
    assert beside(0.1, 2) > 1.4


@MANY
@given(
    st.integers(500, 10**7),
    st.floats(0.001, 0.5),
    st.floats(0.02, 0.9),
    st.floats(1, 500),
    st.floats(0.3, 1),
)
def test_the_least_difference_that_is_told_needs_just_these_customers(n, base, held, deviation, per_buyer):
    extra = sample_size.detectable_share(n, base, held, RULES)
    assert isnan(extra) or sample_size.needed_by_share(base, extra, held, RULES) == pytest.approx(
        n, rel=1e-4, abs=2
    )
    anyway = sample_size.Anyway(base, deviation, deviation / (base * (1 - base)) ** 0.5 * per_buyer)
    money = sample_size.detectable_per_head(n, anyway, held, RULES)
    assert sample_size.needed_per_head(anyway, money, held, RULES) == pytest.approx(n, rel=1e-6, abs=1)
    assert sample_size.detectable_per_head(2 * n, anyway, held, RULES) < money


def test_a_difference_as_planned_is_told_about_as_often_as_promised():
    random, n = np.random.default_rng(2), sample_size.needed_by_share(0.05, 0.015, 0.2, RULES)
    held = round(n * 0.2)
    treated = random.binomial(n - held, 0.065, 2000), random.binomial(held, 0.05, 2000)
    told = [
        interval.change((b, held), (a, n - held), RULES.confidence)[1] > 0
        for a, b in zip(*treated, strict=True)
    ]
    assert np.mean(told) == pytest.approx(RULES.power, abs=0.04)


def test_too_few_customers_tell_nothing_whatever_happens():
    assert isnan(sample_size.detectable_share(4, 0.4, 0.5, RULES))


def test_what_pays_for_a_message():
    # 0.05 a message, 250 a buyer of whom 40 % is profit: 100, so one more buyer of 2,000
    assert plan.break_even_share(0.05, 0.4, 250) == pytest.approx(1 / 2000)
    assert plan.break_even_share(0, 0.4, 250) == 0
    assert plan.break_even_share(300, 0.4, 250) == 3  # each message costs more than a buyer brings
    assert isnan(plan.break_even_share(0.05, 0.4, nan))


def made(customers=20_000, base_share=0.05, deviation=60.0, holdout_share=0.1, **told):
    given = {"cost_per_message": 0.05, "net_sales_per_buyer": 250, "margin": 0.4} | told
    return plan.of(customers, base_share, deviation, holdout_share, RULES, **given)


def test_a_plan_holds_together():
    planned = made()
    assert (planned.customers, planned.messages, planned.holdout) == (20_000, 18_000, 2_000)
    assert planned.cost == pytest.approx(900)
    assert planned.detectable_share == sample_size.detectable_share(20_000, 0.05, 0.1, RULES)
    assert planned.detectable_per_head == sample_size.detectable_per_head(20_000, planned.anyway, 0.1, RULES)
    assert planned.anyway == (0.05, 60, 250)
    assert planned.break_even_share == pytest.approx(1 / 2000)
    assert (planned.base_share, planned.deviation, planned.holdout_share) == (0.05, 60, 0.1)
    assert (planned.net_sales_per_buyer, planned.margin, planned.rests_on) == (250, 0.4, "typed")


def test_the_sentence_of_a_plan_tells_what_it_shows_and_what_pays():
    said = planning.sentence(made(), "CNY")
    assert "Of 20,000 customers 18,000 would be written to and 2,000 held out" in said
    assert f"a difference of {made().detectable_share * 100:.2f} more buyers of 100" in said
    assert f"of ¥{made().detectable_per_head:.2f} more net sales a head" in said
    assert "costs ¥900, ¥0.050 a customer; that pays from 9 buyers on" in said  # 18,000 / 2,000
    assert said.endswith("So few more buyers could not be told from chance.")
    assert "that pays from 1 buyer on" in planning.sentence(made(customers=2000), "CNY")
    dear = made(cost_per_message=10)  # a tenth must buy more: that is told
    assert planning.sentence(dear, "CNY").endswith("who would not have bought anyway.")
    assert "that pays from 1,800 buyers" in planning.sentence(dear, "CNY")
    assert "No response pays" in planning.sentence(made(cost_per_message=101), "CNY")
    # exactly a buyer a message: all of them pay for it
    assert "that pays from 18,000 buyers" in planning.sentence(made(cost_per_message=100), "CNY")


def test_what_is_not_told_is_not_said_to_pay():
    unknown = planning.sentence(made(margin=nan), "CNY")
    assert (
        "costs ¥900, ¥0.050 a customer. How many more buyers pay for that is not told without the margin."
        in unknown
    )
    assert "No response" not in unknown
    for free in (made(cost_per_message=nan), made(cost_per_message=0)):
        assert "pay" not in planning.sentence(free, "CNY")
    assert isnan(made(cost_per_message=nan).cost)


def test_where_an_arm_is_too_small_to_be_compared_nothing_is_promised():
    small = made(customers=290)  # 29 held out
    assert isnan(small.detectable_share) and isnan(small.detectable_per_head)
    said = planning.sentence(small, "CNY")
    assert "Of 290 customers 261 would be written to and 29 held out. That is too few" in said
    assert "at least 30." in said
    assert not isnan(made(customers=300).detectable_per_head)
    assert isnan(made(customers=290, holdout_share=0.9).detectable_per_head)  # 29 written to
    almost_all = made(customers=300, base_share=0.999, net_sales_per_buyer=nan)
    assert "in buyers it could not be told" in planning.sentence(almost_all, "CNY")


def test_spend_deviates_at_least_as_much_as_where_all_buyers_spend_the_same():
    for share in (0.05, 0.5, 0.9):
        assert plan.deviation_at(share, 250) == pytest.approx(np.std(spend(1000, int(1000 * share), 250)))
    assert made(deviation=54.49).deviation == 54.49  # 250 sqrt(0.05 * 0.95) = 54.486
    assert made(deviation=54.4).deviation == 54.4  # as rounded as somebody may type it
    assert made(deviation=5, net_sales_per_buyer=nan).deviation == 5


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: sample_size.needed_by_share(0, 0.01, 0.1, RULES),
            "base_share: 0 is not a share between 0 and 1",
        ),
        (lambda: sample_size.needed_by_share(0.03, -0.05, 0.1, RULES), "extra_share: -0.05 beside 0.03"),
        (lambda: sample_size.needed_by_share(0.9, 0.2, 0.1, RULES), "extra_share"),
        (lambda: sample_size.needed_by_share(0.1, 0, 0.1, RULES), "extra_share: 0"),
        (lambda: sample_size.needed_by_share(0.1, nan, 0.1, RULES), "extra_share: nan"),
        (lambda: sample_size.needed_by_share(nan, 0.1, 0.1, RULES), "base_share: nan"),
        (lambda: sample_size.needed_by_share(0.1, 0.1, 1, RULES), "holdout_share: 1 "),
        (lambda: sample_size.needed_per_head(sample_size.Anyway(0.1, 0, 5), 1, 0.1, RULES), "deviation: 0"),
        (lambda: sample_size.needed_per_head(lean(0.1), 0, 0.1, RULES), "extra: 0"),
        (lambda: sample_size.needed_per_head(lean(0.1), nan, 0.1, RULES), "extra: nan"),
        (lambda: sample_size.detectable_per_head(0, lean(0.1), 0.1, RULES), "customers: 0"),
        (lambda: sample_size.detectable_share(2.5, 0.1, 0.1, RULES), "customers: 2.5"),
        (lambda: plan.of(4, 0.1, 30, 0.1, RULES), "holdout_share: 0.1 of 4 customers leaves a group empty"),
        (lambda: plan.of(4, 0.1, 30, 0.9, RULES), "leaves a group empty"),
        (lambda: plan.of(0, 0.1, 30, 0.1, RULES), "customers: 0"),
        (lambda: plan.of(100, 0.1, 30, 1.5, RULES), "holdout_share: 1.5"),
        (lambda: plan.of(100, 1.0, 30, 0.1, RULES), "base_share: 1.0"),
        (lambda: plan.of(100, 0.1, 0, 0.1, RULES), "deviation: 0 "),
        (lambda: plan.of(100, 0.1, -3, 0.1, RULES), "deviation: -3 "),
        (lambda: plan.of(100, 0.1, nan, 0.1, RULES), "deviation: nan"),
        (lambda: made(deviation=53), "deviation: 53 cannot be; where 0.05 of the customers buy for 250"),
        (lambda: made(margin=0), "margin: 0 "),
        (lambda: made(margin=1.1), "margin: 1.1 "),
        (lambda: made(net_sales_per_buyer=-5), "net_sales_per_buyer: -5"),
        (lambda: plan.of(100, 0.1, 30, 0.1, RULES, cost_per_message=-1), "cost_per_message: -1"),
        (lambda: plan.break_even_share(1, 0, 250), "margin: 0 "),
        (lambda: plan.break_even_share(1, 40, 250), "margin: 40 "),
        (lambda: plan.break_even_share(1, 0.4, 0), "net_sales_per_buyer: 0"),
        (lambda: discount.of_rate(0), "tenths: 0"),
        (lambda: discount.of_rate(85), "tenths: 85"),
        (lambda: discount.of_amount_off(100, 100, 300), "off: 100"),
        (lambda: discount.of_amount_off(0, 0, 300), "threshold: 0"),
        (lambda: discount.of_amount_off(100, 10, nan), "order_amount: nan"),
        (lambda: discount.of_free_pieces(0, 1), "buy: 0"),
        (lambda: discount.of_price(100, 120), "now: 120"),
        (lambda: discount.break_even_volume(1.0, 0.4), "discount: 1.0"),
        (lambda: discount.break_even_volume(-0.1, 0.4), "discount: -0.1"),
        (lambda: discount.of_amount_off(100, -1, 300), "off: -1"),
        (lambda: discount.of_free_pieces(2, 0), "free: 0"),
        (lambda: discount.of_free_pieces(2, 0.5), "free: 0.5"),
        (lambda: discount.of_price(0, 0), "was: 0"),
        (lambda: discount.of_price(100, 0), "now: 0"),
        (lambda: typed.amount("cost", float("inf")), "cost: inf"),
        (lambda: typed.amount("cost", -0.01), "cost: -0.01"),
        (lambda: typed.positive("price", 0), "price: 0 "),
        (lambda: typed.positive("price", float("inf")), "price: inf"),
        (lambda: typed.share("part", 0), "part: 0 "),
        (lambda: typed.share("part", 1), "part: 1 "),
        (lambda: typed.whole("people", 0.5), "people: 0.5"),
        (lambda: typed.whole("people", 1.5), "people: 1.5"),
        (lambda: typed.whole("people", float("inf")), "people: inf"),
        (lambda: typed.whole("people", nan), "people: nan"),
        (lambda: typed.margin(nan), "margin: nan"),
        (lambda: typed.margin(-0.1), "margin: -0.1"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(call, said):
    with pytest.raises(ShopcrmError) as refused:
        call()
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_numbers_at_the_edge_are_taken():
    assert (typed.amount("cost", 0), typed.margin(1), typed.whole("people", 1)) == (0, 1, 1)
    assert typed.whole("people", 20.0) == 20 and isinstance(typed.whole("people", 20.0), int)
    assert discount.of_price(100, 100) == 0 and discount.of_rate(10) == 0
    assert discount.break_even_volume(0.999, 1) == pytest.approx(999)


def test_discounts_of_the_offers_that_shops_make():
    assert discount.of_rate(8) == pytest.approx(0.2)
    assert discount.of_rate(8.5) == pytest.approx(0.15)
    assert discount.of_amount_off(300, 30, 300) == 0.1
    assert discount.of_amount_off(300, 30, 600) == 0.05
    assert discount.of_amount_off(300, 30, 600, repeated=True) == 0.1
    assert discount.of_amount_off(300, 30, 299) == 0
    assert discount.of_amount_off(300, 30, 899, repeated=True) == pytest.approx(60 / 899)
    assert discount.of_amount_off(0.1, 0.01, 0.3, repeated=True) == pytest.approx(0.1)  # three times, not two
    assert discount.of_amount_off(300, 0, 600) == 0
    assert discount.of_free_pieces(2, 1) == pytest.approx(1 / 3)
    assert discount.of_price(200, 150) == 0.25


def test_how_much_more_must_be_sold_to_earn_as_much():
    assert discount.break_even_volume(0.2, 0.4) == pytest.approx(1.0)
    assert discount.break_even_volume(0, 0.4) == 0
    assert isnan(discount.break_even_volume(0.3, 0.1 + 0.2))  # of which the dust of a sum is no margin
    assert isnan(discount.break_even_volume(0.4, 0.4)) and isnan(discount.break_even_volume(0.5, 0.4))


@MANY
@given(st.floats(0.01, 1), st.floats(0, 0.99), st.floats(1, 1000))
def test_with_that_volume_the_gross_profit_is_the_same(margin, off, price):
    more = discount.break_even_volume(off, margin)
    if margin - off < 0.001:
        return
    before, after = price * margin, price * (1 - off) - price * (1 - margin)
    assert after * (1 + more) == pytest.approx(before, rel=1e-6)


def test_the_table_of_discounts_says_what_each_must_sell_more():
    found = discount.table(0.4)
    assert found.offer_share.tolist() == [0.05, 0.1, 0.2, 0.3, 0.5]
    assert found.margin_left_share.tolist() == pytest.approx([0.35, 0.3, 0.2, 0.1, -0.1])
    # 0.4 / 0.35 = 8 / 7, 0.4 / 0.3 = 4 / 3, twice, four times, never
    assert found.extra_volume_share.tolist()[:4] == pytest.approx([1 / 7, 1 / 3, 1, 3])
    assert isnan(found.extra_volume_share[4])
    assert found.state.tolist() == ["", "", "", "", "no volume pays"]
    assert set(found.columns) <= set(labels.of_columns())
    shown = table.show(found)._repr_html_()
    assert "14.3%" in shown and "300.0%" in shown and "−10.0%" in shown
    assert "no volume" not in table.show(discount.table(0.6))._repr_html_()
    for missing in (discount.table(None), discount.table(nan)):
        assert isinstance(missing, NotComputed) and missing.needs == "rules.value.margin"


def test_the_sentence_of_an_offer_says_what_it_gives_away_and_must_sell():
    assert discount.sentence(0.2, 0.4) == (
        "The offer gives away 20.0% of the full price. To earn as much as without it at a margin of 40.0%, "
        "100.0% more pieces must go out, those given away among them."
    )
    assert discount.sentence(0.4, 0.4).endswith("nothing is left of a piece: no volume pays.")
    assert discount.sentence(0.2, None).endswith("How much more it must sell is not told without the margin.")
    assert discount.sentence(0.2, None).startswith("The offer gives away 20.0%")
    assert discount.sentence(0, 0.4) == "The offer gives away 0.0% of the full price."


# --- what a plan rests on -----------------------------------------------------------------------------------


def one_in_ten(held_buyers=10, buyers=90):
    """Of 900 written to ``buyers`` bought for 50 each, and some of 100 held out."""
    return effect.of(moments(spend(900, buyers, 50), spend(100, held_buyers, 50)), RULES)


def test_the_next_one_is_as_large_as_this_one_with_the_rules_share_held_out():
    planned = planning.next_one(one_in_ten(), RULES, 90.0, 0.5)
    assert (planned.customers, planned.messages, planned.holdout) == (1000, 900, 100)
    assert planned.base_share == pytest.approx(0.1)
    assert planned.cost == pytest.approx(90)
    assert planned.break_even_share == pytest.approx(0.1 / (0.5 * 50))
    assert planned.deviation == pytest.approx(50 * sqrt(0.1 * 0.9))
    assert planned.net_sales_per_buyer == pytest.approx(50)
    assert planned.rests_on == "holdout"
    said = planning.sentence(planned, "CNY")
    assert "10.00% of those held out bought, and a buyer of either group spent ¥50." in said
    assert "Writing to them costs ¥90, ¥0.100 a customer; that pays from 4 buyers on" in said


def test_a_hold_out_with_hardly_a_buyer_tells_nothing_for_a_plan():
    assert isinstance(planning.next_one(one_in_ten(10), RULES, 90.0, 0.5), plan.Plan)
    few = planning.next_one(one_in_ten(9), RULES, 90.0, 0.5)
    assert few.needs == "a campaign with a hold-out of which 10 customers bought"


def test_another_share_is_held_out_than_was_and_the_message_costs_as_much():
    rules = rules_of(campaign={"holdout_share": 0.2}).campaign
    planned = planning.next_one(one_in_ten(20), rules, 90.0, 0.5)
    assert (planned.messages, planned.holdout, planned.holdout_share) == (800, 200, 0.2)
    assert planned.base_share == pytest.approx(0.2)
    assert planned.cost == pytest.approx(80)
    assert planned.rules == rules


def test_a_buyer_is_one_of_either_arm_and_nothing_odd_in_a_campaign_ends_the_page():
    found = effect.of(moments(spend(900, 10, 90), spend(100, 20, 30)), RULES)
    planned = planning.next_one(found, RULES, None, None)
    assert planned.net_sales_per_buyer == pytest.approx((10 * 90 + 20 * 30) / 30)
    assert isnan(planned.cost) and isnan(planned.margin)
    only_held = planning.next_one(one_in_ten(15, 0), RULES, nan, 0.4)
    assert only_held.net_sales_per_buyer == pytest.approx(50)
    # a fifth of the held out, of everybody a fiftieth: so large a share deviates more than was seen
    planned = planning.next_one(one_in_ten(20, 0), RULES, nan, 0.4)
    assert planned.deviation == pytest.approx(50 * 0.4)
    every = planning.next_one(one_in_ten(100, 900), RULES, nan, 0.4)
    assert isinstance(every, NotComputed)  # all spent the same: nothing deviates
    every = planning.next_one(one_in_ten(100, 890), RULES, nan, 0.4)
    assert every.base_share == pytest.approx(0.995)
    most_held = rules_of(campaign={"holdout_share": 0.99}).campaign
    few = replace(one_in_ten(), n_treatment=8, n_holdout=40, buyers_treatment=3)
    assert planning.next_one(few, most_held, nan, 0.4).needs == "a campaign to 100 customers or more"
    assert planning.next_one(replace(few, n_holdout=92), most_held, nan, 0.4).messages == 1


def test_a_message_costs_what_those_of_the_campaign_did_or_else_others_of_its_channels():
    costs = pd.DataFrame(
        [("a", "sms", 100, 5.0), ("a", "email", 300, 3.0), ("b", "sms", 300, 25.0), ("c", "sms", 50, nan)],
        columns=["campaign_id", "channel", "sent_messages", "message_cost"],
    )
    assert planning.message_cost(costs, "a") == pytest.approx(8 / 400)
    assert planning.message_cost(costs, "c") == pytest.approx(30 / 400)
    assert isnan(planning.message_cost(costs, "unknown"))
    assert isnan(planning.message_cost(costs[costs.campaign_id == "c"], "c"))
    assert isnan(planning.message_cost(NotComputed("sends.sent_at"), "a"))
    # where one of its channels does not tell, its own tell too little
    half = costs.assign(message_cost=[nan, 3.0, 25.0, nan])
    assert planning.message_cost(half, "a") == pytest.approx(28 / 600)


def test_a_message_of_the_plan_costs_what_the_campaign_did_and_only_else_what_a_message_does():
    assert planning.next_one(one_in_ten(), RULES, 90.0, 0.5, 0.07).cost == pytest.approx(90)
    assert planning.next_one(one_in_ten(), RULES, nan, 0.5, 0.07).cost == pytest.approx(63)


LATELY = """
order_id customer_id paid_at paid
1 a 2024-06-14 5
2 a 2024-06-24 100
3 b 2024-06-23T23:59:59 5
4 c 2024-06-13T23:59:59 5
5 c 2024-06-30 70
6 d 2024-06-25 40
7 e 2024-06-20 5
8 e 2024-06-24 30
9 e 2024-06-30T23:59:59 20
10 f 2024-06-20 5
11 f 2024-06-23 5
12 - 2024-06-26 900
13 g 2024-07-01 900
14 b 2024-07-01 900
"""


def lately(orders=LATELY, **campaign):
    rules = {"window_days": 7, "before_days": 10, "holdout_share": 0.5} | campaign
    return in_memory(orders, "2024-06-30", {"campaign": rules})


def test_without_a_hold_out_a_plan_rests_on_what_customers_of_before_did_in_the_last_days():
    # Customers of 14 to 23 June: a, b, e, f. In 24 to 30 June a bought for 100, and e for 50.
    shop = lately()
    planned = planning.usual(shop, history.orders(shop), 0.05, 0.4)
    assert (planned.customers, planned.holdout, planned.base_share) == (4, 2, 0.5)
    assert planned.net_sales_per_buyer == 75
    assert planned.deviation == pytest.approx(np.std([100, 50, 0, 0]))
    assert planned.break_even_share == pytest.approx(0.05 / (0.4 * 75))
    assert planned.cost == pytest.approx(0.1)
    assert planned.rests_on == "usual"
    said = planning.sentence(planned, "CNY")
    assert "had bought in the 10 days before, 50.00% bought in the last 7 days, for ¥75 each" in said
    assert isnan(planning.usual(shop, history.orders(shop)).cost)


def test_a_refund_is_taken_off_what_is_usual():
    orders = "order_id customer_id paid_at paid refund\n1 a 2024-06-20 5 0\n2 a 2024-06-25 100 40\n"
    orders += "3 b 2024-06-20 5 0"
    shop = lately(orders)
    assert planning.usual(shop, history.orders(shop)).net_sales_per_buyer == 60


def test_where_nobody_bought_lately_or_buyers_are_not_known_nothing_is_planned():
    def found(orders, **campaign):
        shop = lately(orders, **campaign)
        return planning.usual(shop, history.orders(shop))

    silent = found("order_id customer_id paid_at paid\n1 a 2024-06-20 5")
    assert silent.needs == "a customer of the year before who bought in the last 7 days"
    assert found("order_id paid_at paid\n1 2024-06-20 5").needs == "orders.customer_id"
    empty = found("order_id customer_id paid_at paid\n1 - 2024-06-20 5")
    assert empty.needs == "orders.customer_id"
    assert found(LATELY, holdout_share=0.1).needs == "a campaign to 10 customers or more"


def test_what_is_usual_in_the_demo_is_what_pandas_finds_in_its_rows():
    shop = model.open_shop(WORKBOOK / "data" / "demo")
    rows = shop.orders.select("customer_id", "paid_on", "net").to_pandas().dropna()
    opens = pd.Timestamp(shop.as_of) - pd.Timedelta(days=RULES.window_days)
    earlier = (rows.paid_on <= opens) & (rows.paid_on > opens - pd.Timedelta(days=RULES.before_days))
    spent = rows[rows.paid_on > opens].groupby("customer_id").net.sum()
    every = spent.reindex(rows[earlier].customer_id.unique(), fill_value=0).astype(float)
    planned = planning.usual(shop, history.orders(shop))
    assert planned.customers == len(every) > 2000
    assert planned.base_share == pytest.approx((every > 0).mean())
    assert planned.net_sales_per_buyer == pytest.approx(every[every > 0].mean())
    assert planned.deviation == pytest.approx(every.std(ddof=0))


def test_the_first_plan_that_is_computed_is_taken():
    missing, other = NotComputed("sends.arm"), NotComputed("orders.customer_id")
    assert planning.either(missing, made()) == made()
    assert planning.either(made(), missing) == made()
    assert planning.either(missing, other) == other


# --- tables -------------------------------------------------------------------------------------------------


def test_by_hold_out_each_share_tells_what_a_plan_with_it_would():
    found = planning.by_holdout(made(customers=10_000))
    assert found.holdout_share.tolist() == [0.05, 0.1, 0.2, 0.5]
    assert found.n_holdout.tolist() == [500, 1000, 2000, 5000]
    assert found.n_treatment.tolist() == [9500, 9000, 8000, 5000]
    for row in found.itertuples():
        alone = made(customers=10_000, holdout_share=row.holdout_share)
        assert row.detectable_buyers_per_100 == pytest.approx(100 * alone.detectable_share)
        assert row.detectable_per_head == pytest.approx(alone.detectable_per_head)
    # Half held out, and x more a head, of x / 250 more buyers: no skewness is left in the difference of two
    # groups alike, and it is told from 1.95996 + 0.84162 standard errors on.
    x = found.detectable_per_head[3]
    k, p = (60 / 250) ** 2 / 0.05 - 0.95, 0.05 + x / 250
    error = sqrt((60**2 + 250**2 * p * (1 + k - p)) / 5000)
    assert x == pytest.approx(2.80158 * error, rel=0.01)
    assert found.detectable_per_head.is_monotonic_decreasing
    few = planning.by_holdout(made(customers=200))
    assert few.detectable_per_head.notna().tolist() == [False, False, True, True]  # 10, 20, 40, 100 held out
    assert set(found.columns) <= set(labels.of_columns())
    assert "20.0%" in table.show(found)._repr_html_()


def test_the_customers_needed_are_those_that_tell_the_lift_at_the_plans_hold_out():
    found = planning.needed(made(customers=20_000, holdout_share=0.5))
    assert found.lift_share.tolist() == [0.1, 0.2, 0.5]
    assert found.extra_buyers_per_100.tolist() == pytest.approx([0.5, 1, 2.5])
    # a fifth more than 5 % are 6 %: twice 8,158 by the textbook
    assert found.needed_n[1] == pytest.approx(2 * 8158, abs=4)
    assert found.needed_holdout[1] == pytest.approx(8158, abs=2)
    assert found.enough.tolist() == [False, True, True]
    assert set(found.columns) <= set(labels.of_columns())
    shown = html.unescape(table.show(found)._repr_html_())
    assert ">yes<" in shown and ">no<" in shown and ">16,3" in shown


def test_never_fewer_are_needed_than_the_rules_ask_of_an_arm_and_more_than_all_cannot_buy():
    found = planning.needed(made(customers=10_000, base_share=0.6, deviation=200, holdout_share=0.05))
    assert found.needed_n[2] == 600  # 30 of them held out; fewer would tell 60 % from 90 %
    assert found.needed_holdout[2] == 30
    assert sample_size.needed_by_share(0.6, 0.3, 0.05, RULES) < 600
    many = planning.needed(made(base_share=0.7, deviation=200))
    assert many.needed_n.isna().tolist() == [False, False, True]  # 105 % cannot buy
    assert many.enough.isna().tolist() == [False, False, True]
    assert table.show(many)._repr_html_().count("–") == 2
