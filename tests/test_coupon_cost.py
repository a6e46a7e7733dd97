"""What coupons cost with those who would have bought anyway: told by the held out, or not at all."""

import ibis
import numpy as np
import pandas as pd
import pytest
from fulfil import in_memory
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import assigned, coupon_cost
from shopcrm_nb.absent import NotComputed

COUPONS = "coupon_id customer_id campaign_id face used_at\n"


def parts_of(coupons, treated=(10, 40), held=(5, 40), orders="", as_of="2024-06-30", **more):
    """A shop with arms of (buyers, customers) t0, t1 … and h0, h1 …, its people and moments."""
    rows, bought = [], []
    for arm, word, (buyers, n) in (("t", "A", treated), ("h", "holdout", held)):
        rows += [f"s {arm}{k} sms 2024-05-01 {word}" for k in range(n)]
        bought += [f"{arm}{k} {arm}{k} 2024-05-02 50" for k in range(buyers)]
    words = "order_id customer_id paid_at paid\n" + "\n".join([*bought, "z z 2024-01-01 1"]) + "\n" + orders
    tables = {"sends": "campaign_id customer_id channel sent_at arm\n" + "\n".join(rows)}
    tables |= {"coupons": coupons} if coupons else {}
    shop = in_memory(words, as_of, more, **tables)
    people = assigned.people(shop, "s", shop.settings.rules.campaign)
    return shop, people, assigned.moments(people, "window")


def cost_of(coupons, **how):
    shop, people, moments = parts_of(coupons, **how)
    return coupon_cost.of(shop, "s", people, moments, shop.settings.rules.campaign)


def used(n, face=10, at="2024-05-02", arm="t"):
    return "\n".join(f"k{arm}{k} {arm}{k} s {face} {at}" for k in range(n)) + "\n"


def moments_of(treated, held):
    rows = [("treatment", *treated), ("holdout", *held)]
    return pd.DataFrame(rows, columns=["arm", "buyers", "n"])


# --- by hand ------------------------------------------------------------------------------------------------


def test_the_cost_is_the_face_times_the_share_that_the_held_out_buyers_are_of_the_written_to():
    # 10 of 40 written to bought, 5 of 40 held out: half would have bought anyway; 8 coupons of 10
    found = cost_of(COUPONS + used(8))
    assert (found.redeemed, found.redeemers, found.face) == (8, 8, 80)
    assert (found.anyway_share, found.anyway_cost) == (0.5, 40)
    assert 0 < found.anyway_low < 0.5 < found.anyway_high <= 1
    assert found.anyway_cost_low == found.anyway_low * 80
    # 5 buyers were added; had all of them used a coupon, 3 of the 8 users would have bought anyway
    assert (found.least_share, found.least_cost) == (3 / 8, 30)


def test_arms_of_different_size_are_compared_by_their_shares():
    assert cost_of(COUPONS + used(8), treated=(20, 80), held=(5, 40)).anyway_share == 0.5


def test_the_interval_is_walter_s():
    share, low, high = coupon_cost.anyway(moments_of((200, 1000), (100, 1000)), 0.95)
    middle = np.log((100.5 / 1000.5) / (200.5 / 1000.5))
    half = 1.959964 * np.sqrt(1 / 100.5 - 1 / 1000.5 + 1 / 200.5 - 1 / 1000.5)
    assert share == 0.5
    assert (low, high) == pytest.approx((np.exp(middle - half), np.exp(middle + half)), rel=1e-6)


def test_more_buyers_among_the_held_out_mean_that_all_would_have_bought_and_none_that_none():
    found = cost_of(COUPONS + used(8), treated=(5, 40), held=(10, 40))
    assert (found.anyway_share, found.anyway_high, found.least_share) == (1, 1, 1)
    found = cost_of(COUPONS + used(8), held=(0, 40))
    assert (found.anyway_share, found.anyway_low, found.least_share) == (0, 0, 0)
    assert 0 < found.anyway_high < 1


arm = st.integers(30, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=200, deadline=None)
@given(arm.filter(lambda pair: pair[0]), arm, st.integers(1, 30))
def test_the_share_lies_in_its_interval_and_the_least_is_no_more_than_it(treated, held, redeemers):
    moments = moments_of(treated, held)
    share, low, high = coupon_cost.anyway(moments, 0.95)
    assert 0 <= low <= share + 1e-12 <= high + 2e-12 <= 1 + 3e-12
    least = coupon_cost._least(moments.set_index("arm").reset_index(), min(redeemers, treated[0]))
    assert 0 <= least <= share + 1e-9


def test_the_interval_covers_the_truth_in_ninety_three_to_ninety_seven_of_a_hundred():
    random = np.random.default_rng(11)
    draws = zip(random.binomial(4000, 0.05, 2000), random.binomial(1000, 0.03, 2000), strict=True)
    ends = [coupon_cost.anyway(moments_of((a, 4000), (b, 1000)), 0.95)[1:] for a, b in draws]
    assert 0.93 < np.mean([low <= 0.6 <= high for low, high in ends]) < 0.975


# --- which coupons ------------------------------------------------------------------------------------------


def test_only_coupons_of_the_campaign_used_in_the_window_by_the_written_to_count():
    rows = (
        "1 t0 s 10 2024-05-01\n2 t1 s 10 2024-05-07T23:59\n"  # the first moment, the last minute
        "3 t2 s 10 2024-05-08\n4 t3 s 10 2024-04-30T23:59\n"  # after it, before it
        "5 t4 s 10 -\n6 t5 other 10 2024-05-02\n7 h0 s 10 2024-05-02\n8 x s 10 2024-05-02\n"
        "9 t0 s 3 2024-05-03"
    )
    found = cost_of(COUPONS + rows)
    assert (found.redeemed, found.redeemers, found.face) == (3, 2, 23)


def test_a_coupon_without_a_time_is_used_when_its_order_is_paid():
    rows = "coupon_id customer_id campaign_id face order_id\n1 t0 s 10 t0\n2 t1 s 10 late\n3 t2 s 10 -"
    found = cost_of(rows, orders="late t1 2024-06-02 5")
    assert (found.redeemed, found.face) == (1, 10)


def test_the_time_of_use_goes_before_the_time_of_the_order():
    rows = (
        "coupon_id customer_id campaign_id face used_at order_id\n"
        "1 t0 s 10 2024-05-02 late\n2 t1 s 20 2024-06-02 t1\n3 t2 s 40 - t2"
    )
    found = cost_of(rows, orders="late t0 2024-06-02 5")
    assert (found.redeemed, found.face) == (2, 50)


def test_a_campaign_whose_coupons_nobody_used_cost_nothing():
    found = cost_of(COUPONS + "1 t0 s 10 -\n2 t0 other 10 2024-05-02")
    assert (found.redeemed, found.face, found.anyway_cost) == (0, 0, 0)
    assert coupon_cost.sentence(found, "CNY") == "0 coupons were used in the window, with a face value of ¥0."


def test_customers_whose_window_is_not_over_do_not_count():
    shop, people, moments = parts_of(COUPONS + used(8) + "l late s 10 2024-05-03")
    rows = people.union(
        people.filter(people.customer_id == "t0").mutate(
            customer_id=ibis.literal("late"), orders_window=ibis.null("int64")
        )
    )
    found = coupon_cost.of(shop, "s", rows, moments, shop.settings.rules.campaign)
    assert found.redeemed == 8
    over = rows.mutate(orders_window=rows.orders_window.fill_null(0))
    assert coupon_cost.of(shop, "s", over, moments, shop.settings.rules.campaign).redeemed == 9


# --- what is not computed -----------------------------------------------------------------------------------


def test_without_a_hold_out_the_share_is_not_computed():
    found = cost_of(COUPONS + used(8), held=(0, 0))
    assert found == NotComputed("sends.arm", "nobody was held out")
    assert coupon_cost.sentence(found, "CNY") is found


def test_few_held_out_and_nobody_who_bought_are_not_computed():
    found = cost_of(COUPONS + used(8), held=(5, 29))
    assert found.needs == "customers of both groups whose days to buy are over"
    assert cost_of(COUPONS + used(8), held=(5, 30)).redeemed == 8
    assert cost_of(COUPONS + used(8), treated=(0, 40)).needs == "customers written to who bought"


@pytest.mark.parametrize(
    ("coupons", "needs"),
    [
        ("", "coupons.face"),
        ("coupon_id customer_id campaign_id used_at\n1 t0 s 2024-05-02", "coupons.face"),
        ("coupon_id customer_id face used_at\n1 t0 5 2024-05-02", "coupons.campaign_id"),
        ("coupon_id customer_id campaign_id face used_at\n1 t0 s - 2024-05-02", "coupons.face"),
        ("coupon_id customer_id campaign_id face\n1 t0 s 5", "coupons.used_at"),
        ("coupon_id customer_id campaign_id face used_at\n1 t0 s 5 -", "coupons.used_at"),
        (COUPONS + "1 t0 other 5 2024-05-02", "coupons of this campaign in the table coupons"),
    ],
)
def test_what_the_coupons_lack_is_named(coupons, needs):
    assert cost_of(coupons).needs == needs


def test_the_sentence_tells_the_coupons_the_share_and_its_condition():
    said = coupon_cost.sentence(cost_of(COUPONS + used(8)), "CNY")
    assert said.startswith("8 coupons were used in the window, with a face value of ¥80.")
    assert "50.0% of the buyers" in said
    assert "if coupon users are like the other buyers, ¥40 went to them" in said
