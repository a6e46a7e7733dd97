"""Who responds: effects by group, drawn towards each other, and whether groups differ by more than chance."""

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from scipy import stats

from shopcrm_nb import responders
from shopcrm_nb.absent import NotComputed

RULES = rules_of().campaign


def moments_of(groups, dimension="grade"):
    """Frames of assigned.moments from group → (customers of treatment, of holdout): lists of (y, x)."""
    rows = []
    for group, arms in groups.items():
        for arm, people in zip(("treatment", "holdout"), arms, strict=True):
            y, x = (np.array(values, dtype=float) for values in zip(*people, strict=True))
            sums = {"y": y.sum(), "yy": y @ y, "x": x.sum(), "xx": x @ x, "xy": x @ y}
            rows.append({"arm": arm, dimension: group, "n": len(y), "buyers": int((y > 0).sum()), **sums})
    return pd.DataFrame(rows)


def simulated(random, n, rates, lifts, spend=150.0):
    """Moments of groups with n (treatment, holdout) customers who buy at a rate, more by a lift if told."""
    rows = []
    for group, (rate, lift) in enumerate(zip(rates, lifts, strict=True)):
        for arm, size, share in (("treatment", n[0], rate + lift), ("holdout", n[1], rate)):
            buyers = random.binomial(size, share)
            y = spend * random.lognormal(0, 0.6, buyers)
            x = {"x": 0.0, "xx": 0.0, "xy": 0.0}
            rows.append(
                {
                    "arm": arm,
                    "grade": f"g{group}",
                    "n": size,
                    "buyers": buyers,
                    "y": y.sum(),
                    "yy": y @ y,
                    **x,
                }
            )
    return pd.DataFrame(rows)


def buyers(n, bought, amount=100.0):
    return [(amount, 0.0)] * bought + [(0.0, 0.0)] * (n - bought)


TWO = {"P": (buyers(1000, 200), buyers(500, 50)), "B": (buyers(2000, 100), buyers(1000, 50))}


def of(frame, group, measure="buyers"):
    return frame[(frame.group == group) & (frame.effect_in == measure)].squeeze()


# --- effects by group ---------------------------------------------------------------------------------------


def test_a_group_has_the_difference_of_its_arms_in_buyers_and_per_head():
    frame = responders.effects({"grade": moments_of(TWO)}, RULES)
    assert list(frame.columns) == responders.COLUMNS
    gold = of(frame, "P")
    assert (gold.n_treatment, gold.n_holdout) == (1000, 500)
    assert (gold.treatment, gold.holdout, gold.difference) == pytest.approx((0.2, 0.1, 0.1))
    assert of(frame, "P", "net_sales").difference == pytest.approx(10)
    assert of(frame, "B").difference == pytest.approx(0)
    assert of(frame, "P").low == pytest.approx(0.0623, abs=5e-5)  # Newcombe: 20 % of 1000, 10 % of 500
    assert of(frame, "P").high == pytest.approx(0.1349, abs=5e-5)


def test_the_interval_per_head_is_that_of_welch_with_half_a_buyer_more():
    amounts = [(50.0 + n, 0.0) for n in range(100)]
    told, held = amounts + [(0.0, 0.0)] * 900, amounts[:40] + [(0.0, 0.0)] * 460
    frame = responders.effects({"grade": moments_of({"a": (told, held)})}, RULES)
    row, (y, other) = of(frame, "a", "net_sales"), (np.array(told)[:, 0], np.array(held)[:, 0])
    squared = ((y**2).sum() + (other**2).sum()) / 140
    parts = [(v.var(ddof=1) + 0.5 * squared / (len(v) - 1)) / len(v) for v in (y, other)]
    assert row.variance == pytest.approx(sum(parts))
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / 999 + parts[1] ** 2 / 499)
    reach = stats.t.ppf(0.975, freedom) * sum(parts) ** 0.5
    assert (row.low, row.high) == pytest.approx((row.difference - reach, row.difference + reach))
    plain = stats.ttest_ind(y, other, equal_var=False).confidence_interval(0.95)
    assert row.low < plain.low < plain.high < row.high
    assert row.high - row.low < 1.03 * (plain.high - plain.low)


def test_spend_before_the_campaign_takes_off_what_it_foretells_and_leaves_the_effect():
    random = np.random.default_rng(3)
    before = random.gamma(2, 100, 4000)
    after = 0.8 * before + random.normal(0, 20, 4000) + 500
    after[:2000] += 30
    halves = list(zip(after, before, strict=True))
    adjusted = of(
        responders.effects({"grade": moments_of({"a": (halves[:2000], halves[2000:])})}, RULES),
        "a",
        "net_sales",
    )
    blind = [(y, 0.0) for y, _x in halves]
    plain = of(
        responders.effects({"grade": moments_of({"a": (blind[:2000], blind[2000:])})}, RULES),
        "a",
        "net_sales",
    )
    assert adjusted.low < 30 < adjusted.high
    assert adjusted.high - adjusted.low < 0.5 * (plain.high - plain.low)


def test_a_group_with_few_customers_in_an_arm_or_without_buyers_is_named_as_such_and_not_compared():
    groups = TWO | {"S": (buyers(500, 40), buyers(29, 2)), "G": (buyers(300, 0), buyers(300, 0))}
    frame = responders.effects({"grade": moments_of(groups)}, RULES)
    for measure in responders.OUTCOMES:
        for group in "SG":
            row = of(frame, group, measure)
            assert row.responds == "few"
            assert row[["difference", "low", "shrunk", "p_value", "p_adjusted"]].isna().all()
    assert of(frame, "S").holdout == pytest.approx(2 / 29)
    without = responders.effects({"grade": moments_of(TWO)}, RULES)
    assert of(frame, "P").shrunk == pytest.approx(of(without, "P").shrunk)


def test_a_group_that_only_one_arm_has_is_few_and_an_unknown_group_is_one_more():
    frame = moments_of(TWO | {None: (buyers(200, 20), buyers(100, 10))})
    alone = frame[~((frame.grade == "B") & (frame.arm == "holdout"))]
    found = responders.effects({"grade": alone}, RULES)
    assert of(found, "B").responds == "few"
    assert of(found, "B").n_holdout == 0
    assert np.isnan(of(found, "B").holdout)
    assert of(found, "unknown").n_treatment == 200


def test_what_a_group_is_apart_is_its_difference_less_that_of_the_others_together():
    groups = TWO | {"S": (buyers(3000, 300), buyers(1000, 40))}
    row = of(responders.effects({"grade": moments_of(groups)}, RULES), "P")
    others = (2000 * 0.0 + 3000 * 0.06) / 5000
    assert row.apart == pytest.approx(0.1 - others)


def test_the_order_of_rows_and_of_groups_changes_nothing():
    frame = moments_of(TWO | {"S": (buyers(3000, 300), buyers(1000, 40))})
    one = responders.effects({"grade": frame}, RULES)
    pd.testing.assert_frame_equal(one, responders.effects({"grade": frame.iloc[::-1]}, RULES))


# --- whether groups differ ----------------------------------------------------------------------------------


def test_q_is_the_sum_of_squared_distances_from_the_common_effect():
    found = responders.effects({"grade": moments_of(TWO)}, RULES)
    row = responders.differ(found, RULES).iloc[0]
    shares = [(200.5 / 1001, 1001), (50.5 / 501, 501), (100.5 / 2001, 2001), (50.5 / 1001, 1001)]
    p, g, b, s = (share * (1 - share) / n for share, n in shares)
    weights, d = np.array([1 / (p + g), 1 / (b + s)]), np.array([0.1, 0.0])
    common = (weights * d).sum() / weights.sum()
    assert row.q == pytest.approx((weights * (d - common) ** 2).sum())
    assert (row.grouped_by, row.effect_in, row.groups, row.few_groups) == ("grade", "buyers", 2, 0)
    assert row.p_value == pytest.approx(stats.chi2.sf(row.q, 1), rel=0.1)
    assert row.groups_differ == "differ"


def test_without_any_difference_between_groups_at_most_five_in_a_hundred_campaigns_are_said_to_have_one():
    random, runs = np.random.default_rng(5), 70
    rates, lifts = [0.02, 0.04, 0.06, 0.1], [0.02] * 4
    wrong = named = 0
    for _run in range(runs):
        found = responders.effects({"grade": simulated(random, (1500, 400), rates, lifts)}, RULES)
        wrong += (responders.differ(found, RULES).groups_differ == "differ").any()
        named += found.responds.isin(["more", "less"]).any()
    assert wrong <= stats.binom.ppf(0.999, runs, 0.05)
    assert named <= stats.binom.ppf(0.999, runs, 0.05)
    assert wrong >= 1  # the test is not one that never finds anything


def test_a_planted_difference_is_found_and_only_the_group_that_has_it_is_named():
    random, hits, false = np.random.default_rng(6), 0, 0
    for _run in range(15):
        moments = simulated(random, (3000, 1500), [0.05] * 4, [0.0, 0.0, 0.0, 0.06])
        found = responders.effects({"grade": moments}, RULES)
        hits += of(found, "g3").responds == "more"
        false += (found[found.group != "g3"].responds == "more").any()
    assert hits >= 13
    assert false == 0


def test_p_values_are_adjusted_for_all_groups_measures_and_dimensions():
    one = responders.effects({"grade": moments_of(TWO)}, RULES)
    both = responders.effects({"grade": moments_of(TWO), "city": moments_of(TWO, "city")}, RULES)
    lowest = one.p_value.min()
    assert one.p_adjusted.min() == pytest.approx(4 * lowest)
    assert both.p_adjusted.min() == pytest.approx(8 * lowest)
    assert list(responders.differ(both, RULES).grouped_by) == ["grade", "grade", "city", "city"]


def test_fewer_than_two_groups_are_not_compared():
    found = responders.effects({"grade": moments_of({"P": TWO["P"]})}, RULES)
    tested = responders.differ(found, RULES)
    assert set(tested.groups_differ) == {"not_compared"}
    assert tested.p_value.isna().all()
    assert set(found.responds) == {"alike"}


# --- to read ------------------------------------------------------------------------------------------------


def test_the_sentence_says_that_groups_do_not_differ_where_chance_may_explain_it():
    same = {"P": TWO["B"], "B": TWO["B"], "S": (buyers(50, 5), buyers(10, 1))}
    found = responders.effects({"grade": moments_of(same)}, RULES)
    assert responders.sentence(found, RULES, "CNY") == (
        "2 groups are compared, and they do not differ by more than chance: take the effect of the whole "
        "campaign for each of them. 1 further group is too small to compare."
    )


def test_the_sentence_names_the_groups_that_stand_out_with_their_shrunk_effects():
    found = responders.effects({"grade": moments_of(TWO)}, RULES)
    said = responders.sentence(found, RULES, "CNY")
    row = of(found, "P")
    value, low, high = (f"+{100 * end:.2f}%" for end in (row.shrunk, row.shrunk_low, row.shrunk_high))
    assert f"{value} ({low} to {high}) of its customers bought, beside those held out." in said
    assert "“Platinum” responded more than the others: " in said
    assert "“Bronze” responded less than the others: " in said


def test_the_sentence_says_where_nothing_can_be_compared():
    found = responders.effects({"grade": moments_of({"P": TWO["P"]})}, RULES)
    assert responders.sentence(found, RULES, "CNY") == (
        "There are no two groups with 30 customers in each arm, so no groups are compared."
    )


def test_tables_and_charts_have_shares_of_customers_or_one_head_and_the_words_of_codes():
    found = responders.effects({"grade": moments_of(TWO | {"S": (buyers(50, 5), buyers(10, 1))})}, RULES)
    drawn = responders.forest(found, "grade", "buyers")
    assert list(drawn.columns) == ["title", "value", "low", "high", "n", "verdict"]
    assert list(drawn.title) == ["Platinum", "Silver", "Bronze"]
    assert drawn.value[0] == pytest.approx(100 * of(found, "P").shrunk)
    assert list(drawn.n) == [1500, 60, 3000]
    assert drawn.value.isna().tolist() == [False, True, False]
    money = responders.shown(found, "grade", "net_sales", "CNY")
    assert money.treatment_text.tolist() == ["¥20", "¥10", "¥5"]
    assert money.measured_text[0].startswith("+¥10 (")
    assert money.shrunk_text[1] == "–"
    shares = responders.shown(found, "grade", "buyers", "CNY")
    assert shares.treatment_text.tolist() == ["20.0%", "10.0%", "5.0%"]
    assert shares.measured_text[0] == "+10.00% (+6.23% to +13.49%)"


def test_key_figures_count_groups_once():
    found = responders.effects({"grade": moments_of(TWO)}, RULES)
    assert responders.figures(found) == {"campaign.groups_compared": 2, "campaign.groups_apart": 2}


def test_a_column_with_one_group_is_compared_with_nothing():
    both = {"grade": moments_of(TWO), "channel": moments_of({"sms": TWO["P"]}, "channel")}
    found = responders.effects(both, RULES)
    assert set(responders.differ(found, RULES).grouped_by) == {"grade", "channel"}
    assert set(responders.tested(found, RULES).grouped_by) == {"grade"}
    assert responders.figures(found)["campaign.groups_compared"] == 2


def test_a_dimension_that_could_not_be_computed_is_left_out_and_named_where_all_are():
    missing = NotComputed("customers.gender")
    found = responders.effects({"gender": missing, "grade": moments_of(TWO)}, RULES)
    assert set(found.grouped_by) == {"grade"}
    assert responders.effects({"gender": missing}, RULES) is missing
    assert responders.sentence(missing, RULES, "CNY") is missing
    assert responders.differ(missing, RULES) is missing
