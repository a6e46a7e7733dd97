"""Uplift: a model of whom a message changes is judged on customers that it has not seen."""

import dataclasses

import ibis
import numpy as np
import pandas as pd
import pytest
from build import rules_of
from fulfil import in_memory
from scipy import stats

from shopcrm_nb import assigned, resample, responders, uplift
from shopcrm_nb.absent import NotComputed

RULES = rules_of().campaign
SEED = 1


def customers(n=8000, treated=0.5, lift=0.0, uneven=0.0, base=0.1, seed=1):
    """People of a campaign: a message adds ``lift`` to the chance to buy, ``uneven`` to frequent buyers."""
    random = np.random.default_rng(seed)
    orders, days = random.poisson(2, n), random.uniform(1, 365, n).round()
    told = random.random(n) < treated
    effect = lift + uneven * (orders >= 3)
    bought = random.random(n) < base + 0.01 * orders + told * effect
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(n)],
            "arm": np.where(told, "treatment", "holdout"),
            "before_orders": orders,
            "before_net_sales": (orders * 100.0 * random.lognormal(0, 0.3, n)).round(2),
            "before_recency_days": np.where(orders > 0, days, np.nan),
            "orders_window": bought.astype(int),
            "net_sales_window": bought * 100.0,
        }
    )
    return frame, effect


def drawn_of(frame, seed=SEED):
    return uplift.sample(ibis.memtable(frame), "window", seed)


def with_scores(scores, frame, blocks=None):
    """Judge customers by scores that are given, as if a model had made them."""
    place = np.arange(len(frame)) if blocks is None else blocks
    seen = pd.DataFrame(
        {
            "treated": frame.arm == "treatment",
            "bought": frame.orders_window > 0,
            "net_sales": frame.net_sales_window,
            "block": place % resample.GROUPS,
        }
    )
    return uplift.summed(seen, np.asarray(scores, dtype=float))


def few(treated, held):
    """People of both arms as (score, bought) each; returns them judged."""
    rows = [("treatment", *of) for of in treated] + [("holdout", *of) for of in held]
    frame = pd.DataFrame(rows, columns=["arm", "score", "orders_window"])
    return with_scores(frame.score, frame.assign(net_sales_window=100.0 * frame.orders_window))


# --- the sample ---------------------------------------------------------------------------------------------


def test_both_arms_are_halved_and_the_halves_are_divided_into_blocks_alike():
    frame, _effect = customers(4001, treated=0.8)
    drawn = drawn_of(frame)
    assert len(drawn) == 4001
    halves = drawn.groupby(["treated", "judged"]).size()
    for arm in (True, False):
        assert 0 <= halves[arm, False] - halves[arm, True] <= 1
    blocks = drawn[drawn.judged].groupby(["treated", "block"]).size().unstack(0)
    assert (blocks.max() - blocks.min() <= 1).all()


def test_the_order_of_rows_decides_nothing_and_the_seed_does():
    frame, _effect = customers(2000)
    one, turned = drawn_of(frame), drawn_of(frame.iloc[::-1])
    pd.testing.assert_frame_equal(one, turned)
    assert not one.equals(drawn_of(frame, seed=2))


def test_a_large_arm_is_drawn_from_and_a_small_one_is_taken_whole(monkeypatch):
    monkeypatch.setattr(uplift, "MOST", 300)
    frame, _effect = customers(1000, treated=0.9)
    drawn = drawn_of(frame)
    assert drawn.treated.sum() == 300
    assert (~drawn.treated).sum() == (frame.arm == "holdout").sum()


def test_customers_whose_span_is_not_over_are_left_out():
    frame, _effect = customers(1000)
    frame["orders_window"] = frame.orders_window.astype("Int64").where(frame.index >= 400)
    assert len(drawn_of(frame)) == 600


def test_the_people_of_a_shop_s_campaign_go_through_groups_and_model():
    ids = [f"c{number:03}" for number in range(400)]
    held = ["holdout" if number % 4 == 0 else "A" for number in range(400)]
    sends = pd.DataFrame({"campaign_id": "k", "customer_id": ids, "channel": "sms", "arm": held})
    orders = [(name, "2024-03-01", 50.0) for name in ids[:200]]
    orders += [(name, "2024-05-02", 100.0) for number, name in enumerate(ids) if number % 3 == 0]
    frame = pd.DataFrame(orders, columns=["customer_id", "paid_at", "paid"])
    frame.insert(0, "order_id", [f"o{number}" for number in range(len(frame))])
    days = pd.DataFrame({"campaign_id": ["k"], "name": ["K"], "start": ["2024-05-01"], "end": ["2024-05-03"]})
    shop = in_memory(frame, campaigns=days, sends=sends.assign(sent_at="2024-05-01 09:00:00"))
    people = assigned.people(shop, "k", RULES)
    groups = people.mutate(old=(people.before_orders > 0).ifelse("bought before", "new"))
    found = responders.effects({"old": assigned.moments(groups, "window", by=("old",))}, RULES)
    row = found[(found.group == "bought before") & (found.effect_in == "buyers")].squeeze()
    assert (row.n_treatment, row.n_holdout) == (150, 50)
    assert (row.treatment, row.holdout) == pytest.approx((50 / 150, 17 / 50))
    drawn = uplift.sample(people, "window", SEED)
    assert (drawn.treated.sum(), drawn.bought.sum()) == (300, 134)
    assert drawn.before_net_sales.max() == 50
    judged = uplift.judge(drawn)
    assert (judged.n_treatment, judged.n_holdout) == (150, 50)
    assert judged.sums[..., 2].sum() == 100 * judged.sums[..., 1].sum()


# --- the curve ----------------------------------------------------------------------------------------------


def test_the_curve_is_that_of_radcliffe_in_buyers_of_a_thousand():
    treated = [(9, 1), (8, 1), (7, 0), (6, 1), (5, 0), (4, 0), (3, 0), (2, 0), (1, 0), (0, 0)]
    held = [(9, 0), (8, 0), (7, 0), (6, 0), (5, 1), (4, 0), (3, 0), (2, 0), (1, 0), (0, 0)]
    frame = uplift.curve(few(treated, held), RULES, SEED)
    at = frame.set_index(frame.targeted_share.round(3))
    assert list(at.index) == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
    assert at.extra_buyers_per_1000.tolist() == pytest.approx(
        [0, 100, 200, 200, 300, 200, 200, 200, 200, 200, 200]
    )
    assert at.random_buyers_per_1000.tolist() == pytest.approx([20 * n for n in range(11)])


def test_buyers_held_out_are_counted_as_if_they_were_as_many_as_those_written_to():
    treated = [(1, 1)] * 6 + [(1, 0)] * 6 + [(0, 0)] * 12
    held = [(1, 1)] * 1 + [(1, 0)] * 3 + [(0, 0)] * 4
    frame = uplift.curve(few(treated, held), RULES, SEED)
    # Of 24 written to, 12 are targeted: 6 buyers less 1 * 12 / 4.
    assert frame.targeted_share.tolist() == pytest.approx([0, 0.5, 1])
    assert frame.extra_buyers_per_1000.tolist()[1] == pytest.approx(1000 * (6 - 3) / 24)
    assert frame.extra_buyers_per_1000.tolist()[2] == pytest.approx(1000 * (6 - 1 * 24 / 8) / 24)


def test_the_area_is_what_lies_between_the_curve_and_the_line_of_random_targeting():
    treated = [(9, 1), (8, 1), (7, 0), (6, 1), (5, 0), (4, 0), (3, 0), (2, 0), (1, 0), (0, 0)]
    held = [(9, 0), (8, 0), (7, 0), (6, 0), (5, 1), (4, 0), (3, 0), (2, 0), (1, 0), (0, 0)]
    heights = [0, 100, 200, 200, 300, 200, 200, 200, 200, 200, 200]
    expected = 0.1 * (sum(heights) - heights[-1] / 2) - 100
    assert uplift.qini(few(treated, held), RULES, SEED).area == pytest.approx(expected)


def test_equal_scores_are_targeted_together_and_one_score_for_all_is_random_targeting():
    frame, _effect = customers(1000, lift=0.1)
    judged = with_scores(np.zeros(1000), frame)
    assert uplift.curve(judged, RULES, SEED).targeted_share.tolist() == [0, 1]
    found = uplift.qini(judged, RULES, SEED)
    assert (found.area, found.low, found.high) == pytest.approx((0, 0, 0), abs=1e-9)
    assert found.verdict == "no_better"


def test_the_last_point_is_the_effect_of_the_whole_campaign():
    frame, _effect = customers(3000, lift=0.1)
    arms = frame.groupby("arm").orders_window.mean()
    judged = with_scores(np.random.default_rng(1).random(3000), frame)
    last = uplift.curve(judged, RULES, SEED).iloc[-1]
    assert last.extra_buyers_per_1000 == pytest.approx(1000 * (arms.treatment - arms.holdout))
    assert last.random_buyers_per_1000 == pytest.approx(last.extra_buyers_per_1000)
    assert last.low < last.extra_buyers_per_1000 < last.high


def test_where_nobody_of_an_arm_is_among_the_targeted_the_effect_of_all_is_taken():
    frame = uplift.curve(few([(9, 1)] * 5 + [(1, 0)] * 5, [(1, 0)] * 10), RULES, SEED)
    assert frame.targeted_share.tolist() == [0, 0.25, 1]
    assert frame.extra_buyers_per_1000.tolist() == pytest.approx([0, 1000 * 0.25 * 0.5, 1000 * 0.5])


def test_equal_scores_have_the_last_of_their_depths():
    judged = few([(1, 1)] * 6 + [(0, 0)] * 6, [(1, 0)] * 4 + [(0, 0)] * 4)
    n = judged.sums[..., 0].sum(axis=(0, 2))
    assert n.tolist() == [0] * 9 + [10] + [0] * 9 + [10]
    assert uplift.by_depth(judged, RULES, SEED).targeted_share.tolist() == [0, 0.5, 1]


# --- the model ----------------------------------------------------------------------------------------------


def test_the_model_has_not_seen_the_half_that_it_is_judged_on():
    drawn = drawn_of(customers(2000, uneven=0.2)[0])
    turned = drawn.assign(bought=drawn.bought ^ drawn.judged)
    scores = [uplift._scores(each, list(uplift.FEATURES)) for each in (drawn, turned)]
    assert (scores[0] == scores[1]).all()


def test_features_are_logarithms_beside_their_spread_with_a_mark_where_unknown():
    values = pd.DataFrame({"x": [0, np.e**2 - 1, np.e**4 - 1, np.nan, -5]})
    points = uplift._points(values, np.array([True, True, False, False, False]))
    # ln(1 + x) is 0 and 2 of those seen: mean 1, deviation the root of 2
    assert points[:, 0].tolist() == pytest.approx([-(0.5**0.5), 0.5**0.5, 3 * 0.5**0.5, 0, -(0.5**0.5)])
    assert points[:, 1].tolist() == [0, 0, 0, 1, 0]


# --- simulated truth ----------------------------------------------------------------------------------------


def test_the_area_of_a_random_score_is_nothing_and_its_interval_says_so_as_often_as_it_should():
    runs, random, inside, areas = 80, np.random.default_rng(4), 0, []
    for run in range(runs):
        frame, _effect = customers(2000, lift=0.05, uneven=0.1, seed=run)
        found = uplift.qini(with_scores(random.random(2000), frame), RULES, SEED)
        inside += found.low <= 0 <= found.high
        areas.append(found.area)
    assert stats.binom.ppf(0.001, runs, 0.95) <= inside
    assert abs(np.mean(areas)) < 4 * np.std(areas) / runs**0.5


def test_the_area_of_the_true_score_is_covered_and_above_nothing():
    runs, inside, above = 40, 0, 0
    share = np.exp(-2) * (1 + 2 + 2)  # of customers with at most two orders: they gain nothing
    deep, gain = 1 - share, 200 * (1 - share)  # 0.2 of each 1,000 with three orders and more
    truth = gain * deep / 2 + gain * (1 - deep) - gain / 2
    for run in range(runs):
        frame, effect = customers(3000, uneven=0.2, seed=1000 + run)
        found = uplift.qini(with_scores(effect, frame), RULES, SEED)
        inside += found.low <= truth <= found.high
        above += found.verdict == "helps"
    assert stats.binom.ppf(0.001, runs, 0.95) <= inside
    assert above >= 37


def test_the_verdict_follows_the_interval_of_the_area():
    frame, effect = customers(6000, uneven=0.3)
    for sign, verdict in ((1, "helps"), (-1, "harms")):
        found = uplift.qini(with_scores(sign * effect, frame), RULES, SEED)
        assert (found.low > 0, found.high < 0) == (verdict == "helps", verdict == "harms")
        assert found.verdict == verdict
    by_chance = uplift.qini(with_scores(np.random.default_rng(1).random(6000), frame), RULES, SEED)
    assert by_chance.low < 0 < by_chance.high
    assert by_chance.verdict == "no_better"


def test_a_model_of_customers_who_respond_alike_is_hardly_ever_said_to_help():
    runs, said = 20, 0
    for run in range(runs):
        frame, _effect = customers(2000, lift=0.05, seed=2000 + run)
        said += uplift.qini(uplift.judge(drawn_of(frame)), RULES, SEED).verdict == "helps"
    assert said <= stats.binom.ppf(0.999, runs, 0.025)


def test_a_model_finds_customers_who_respond_more_and_is_judged_on_half_of_them():
    frame, _effect = customers(12_000, uneven=0.25, seed=5)
    judged = uplift.judge(drawn_of(frame))
    found = uplift.qini(judged, RULES, SEED)
    assert found.verdict == "helps"
    assert abs(found.n_treatment - (frame.arm == "treatment").sum() / 2) <= 1
    assert found.n_treatment + found.n_holdout == judged.sums[..., 0].sum()
    first = uplift.by_depth(judged, RULES, SEED).iloc[1]
    assert first.targeted_share == pytest.approx(0.4, abs=0.05)
    assert first.extra_buyers_per_1000 > 0.8 * 250 * (1 - np.exp(-2) * 5)


def test_equal_customers_give_equal_curves():
    frame, _effect = customers(2000, uneven=0.2)
    one, two = (uplift.judge(drawn_of(part)) for part in (frame, frame.sample(frac=1, random_state=3)))
    pd.testing.assert_frame_equal(uplift.curve(one, RULES, SEED), uplift.curve(two, RULES, SEED))


def test_a_feature_that_is_wholly_unknown_or_the_same_for_all_does_no_harm():
    frame, _effect = customers(2000, uneven=0.2)
    frame = frame.assign(before_recency_days=np.nan, before_net_sales=5.0)
    assert np.isfinite(uplift.qini(uplift.judge(drawn_of(frame)), RULES, SEED).area)


# --- what to expect -----------------------------------------------------------------------------------------


def test_expected_profit_is_margin_of_the_sales_less_the_cost_of_those_written_to():
    frame, effect = customers(6000, uneven=0.3)
    judged = with_scores(effect + np.random.default_rng(2).random(6000) / 100, frame)
    depths = uplift.by_depth(judged, RULES, SEED, cost=2.0, margin=0.4)
    assert depths.targeted_share.tolist() == pytest.approx([0.2, 0.4, 0.6, 0.8, 1], abs=0.03)
    expected = 0.4 * depths.extra_net_sales_per_1000 - 1000 * 2.0 * depths.targeted_share
    assert depths.profit_per_1000.tolist() == pytest.approx(expected.tolist())
    assert depths.extra_net_sales_per_1000.tolist() == pytest.approx(
        (100 * depths.extra_buyers_per_1000).tolist()
    )
    assert (depths.profit_low < depths.profit_per_1000).all()
    assert (depths.profit_per_1000 < depths.profit_high).all()
    assert uplift.by_depth(judged, RULES, SEED, cost=2.0).profit_per_1000.isna().all()


def test_the_sentences_say_whether_to_choose_by_the_model_and_how_deep():
    found = uplift.Qini(4.321, 1.0, 8.0, 3000, 2000, "helps")
    assert uplift.sentence(found) == (
        "Choosing by the model beats choosing at random: +4.32 buyers of 1,000 customers, as the mean of all "
        "depths (+1.00 to +8.00). It was judged on 3,000 customers written to and 2,000 held out that it had "
        "not seen."
    )
    not_shown = dataclasses.replace(found, low=-1.0, verdict="no_better")
    assert "not shown to beat choosing at random (+4.32 buyers of 1,000 customers, −1.00 to" in (
        uplift.sentence(not_shown)
    )
    depths = pd.DataFrame(
        {
            "targeted_share": [0.2, 0.4],
            "profit_per_1000": [500.0, 900.0],
            "profit_low": [100.0, -50.0],
            "profit_high": [800.0, 1500.0],
        }
    )
    assert uplift.depth_sentence(depths, found, "CNY") == (
        "Expected to pay best: write to the first 40% of the customers, +¥900 of every 1,000 (−¥50 to "
        "+¥1,500)."
    )
    assert uplift.depth_sentence(depths, not_shown, "CNY") == (
        "As the model does not help, write to all of these customers or to none."
    )
    to_all = uplift.depth_sentence(depths.assign(targeted_share=[0.4, 1.0]), found, "CNY")
    assert to_all.startswith("Expected to pay best: write to all of them, +¥900")
    assert "no depth is expected to pay" in uplift.depth_sentence(
        depths.assign(profit_per_1000=-1.0), found, "CNY"
    )
    assert uplift.depth_sentence(depths.assign(profit_per_1000=np.nan), found, "CNY").startswith(
        "Tell the cost"
    )
    assert uplift.figures(found) == {"campaign.qini_area": 4.321}


def test_too_few_buyers_or_no_hold_out_are_not_computed():
    frame, _effect = customers(200, base=0.02)
    assert uplift.judge(drawn_of(frame)).needs.startswith("30 buyers")
    all_but_few, _effect = customers(200, base=0.98)
    assert uplift.judge(drawn_of(all_but_few)).needs.startswith("30 buyers")
    alone, _effect = customers(2000, treated=1.0)
    missing = uplift.judge(drawn_of(alone))
    assert isinstance(missing, NotComputed)
    for function in (uplift.qini, uplift.curve, uplift.by_depth):
        assert function(missing, RULES, SEED) is missing
    assert uplift.sentence(missing) is missing
    assert uplift.judge(missing) is missing
