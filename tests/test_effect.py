"""Effect: buyers and net sales beside a hold-out, by hand, beside other formulas, and over many campaigns."""

from dataclasses import asdict, replace
from math import isnan, nan, sqrt

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from fulfil import in_memory
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from shopcrm_nb import assigned, balance, difference, effect, i18n, interval, labels, power, returns, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError

RULES = rules_of().campaign
Z = 1.959964
MANY = settings(max_examples=50, deadline=None, derandomize=True)


def arm(name, spend, before=None):
    """One row of moments: what each customer spent, and before."""
    y = np.asarray(spend, dtype=float)
    x = np.zeros(len(y)) if before is None else np.asarray(before, dtype=float)
    sums = {"y": y.sum(), "yy": (y * y).sum(), "x": x.sum(), "xx": (x * x).sum(), "xy": (x * y).sum()}
    counts = {"n": len(y), "buyers": (y > 0).sum(), "orders": (y > 0).sum(), "before_buyers": (x > 0).sum()}
    return {"arm": name, **counts, **sums}


def group(spend):
    return difference.Group(*(float(arm("a", spend)[name]) for name in difference.Group._fields))


def moments(treated, held, before=(None, None)):
    return pd.DataFrame([arm("treatment", treated, before[0]), arm("holdout", held, before[1])])


def spend(n, buyers, amount=100.0):
    return [amount] * buyers + [0.0] * (n - buyers)


def clear():
    """1,000 written to of whom 100 bought for 100, 500 held out of whom 20 did."""
    return moments(spend(1000, 100), spend(500, 20))


def test_counts_shares_and_sums_per_head_by_hand():
    found = effect.of(clear(), RULES)
    assert (found.n_treatment, found.n_holdout) == (1000, 500)
    assert (found.buyers_treatment, found.buyers_holdout) == (100, 20)
    assert found.share_difference == pytest.approx(0.10 - 0.04)
    assert (found.per_head_treatment, found.per_head_holdout) == (10, 4)
    assert found.difference == pytest.approx(6)
    assert found.incremental_buyers == pytest.approx(60)
    assert found.incremental_net_sales == pytest.approx(6000)
    assert (found.incremental_net_sales_low, found.incremental_net_sales_high) == pytest.approx(
        (found.low * 1000, found.high * 1000)
    )
    # 120 of 1,500 bought for 100: mean 8, mean square 800
    assert found.deviation == pytest.approx(sqrt(800 - 64))
    assert (found.verdict, found.adjusted) == ("worked", False)


def test_buyers_have_newcombes_interval_of_his_own_example():
    # Newcombe 1998, table II, example (a): 56 of 70 and 48 of 80, method 10: 0.0524 to 0.3339.
    found = effect.of(moments(spend(70, 56), spend(80, 48)), RULES)
    assert (found.share_low, found.share_high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@MANY
@given(st.integers(40, 300), st.integers(40, 300), st.data(), st.floats(1, 900))
def test_where_all_orders_are_equal_money_is_told_as_surely_as_buyers(n, n_held, data, amount):
    buyers = data.draw(st.integers(1, n)), data.draw(st.integers(0, n_held))
    found = effect.of(moments(spend(n, buyers[0], amount), spend(n_held, buyers[1], amount)), RULES)
    low, high = found.share_low * amount, found.share_high * amount
    assert (found.plain[1], found.plain[2]) == pytest.approx((low, high), rel=1e-6, abs=1e-6)


def test_with_many_buyers_the_interval_of_money_is_welchs():
    random = np.random.default_rng(3)
    groups = [
        np.where(random.random(n) < share, random.lognormal(4, 0.5, n), 0)
        for n, share in ((200_000, 0.3), (150_000, 0.28))
    ]
    welch = stats.ttest_ind(*groups, equal_var=False).confidence_interval(RULES.confidence)
    found = effect.of(moments(*groups), RULES)
    assert (found.low, found.high) == pytest.approx(
        (welch.low, welch.high), abs=0.01 * (welch.high - welch.low)
    )


def test_the_interval_of_one_mean_solves_the_score_equation():
    groups = [group([0, 0, 0, 50, 80, 0, 20, 0]), group(spend(9, 2, 30))]
    found = difference.of(groups)
    for n, variance, slope in zip(found.n, found.variance, found.slope, strict=True):
        for way, off in zip((-1, 1), difference._reach(n, variance, slope, Z), strict=True):
            step = way * off
            assert step**2 == pytest.approx(Z**2 * (variance + slope * step - step**2) / n)


def test_the_slope_is_the_third_moment_over_the_variance_for_gamma_spend():
    random = np.random.default_rng(8)
    y = np.where(random.random(2_000_000) < 0.2, random.gamma(2.0, 50.0, 2_000_000), 0)
    third = ((y - y.mean()) ** 3).mean() / y.var()
    groups = [group(y)] * 2
    assert difference.slopes(groups)[0] == pytest.approx(third, rel=0.01)


@MANY
@given(
    st.lists(st.floats(0, 500), min_size=30, max_size=80),
    st.lists(st.floats(0, 500), min_size=30, max_size=80),
)
def test_the_difference_lies_within_and_turns_its_sign_with_the_groups(treated, held):
    groups = [group(treated), group(held)]
    found, turned = difference.of(groups).interval(Z), difference.of(groups[::-1]).interval(Z)
    if isnan(found[1]):
        assert not any(treated) and not any(held)
        return
    assert found[1] <= found[0] <= found[2]
    assert (turned[0], turned[1], turned[2]) == pytest.approx((-found[0], -found[2], -found[1]))


def test_the_p_value_says_the_same_as_the_interval():
    for held in range(20, 60):
        found = effect.of(moments(spend(600, 60), spend(400, held)), RULES)
        assert (found.p_value < 1 - RULES.confidence) == (found.low > 0 or found.high < 0)
    # z squared is about the chi squared of the table without a correction
    found = effect.of(moments(spend(6000, 600), spend(4000, 350)), RULES)
    assert found.p_value == pytest.approx(
        stats.chi2_contingency([[600, 5400], [350, 3650]], correction=False).pvalue, rel=0.05
    )
    assert effect.of(moments(spend(600, 60), spend(600, 60)), RULES).p_value == 1


def shopper(n, random, share=0.3):
    """What customers bought before, and what goes with it afterwards."""
    before = np.where(random.random(n) < 0.6, random.lognormal(4, 0.4, n), 0)
    return before, np.where(random.random(n) < share, 0, before + random.normal(60, 3, n))


def test_allowing_for_what_was_bought_before_narrows_the_interval_and_keeps_what_is_estimated():
    random = np.random.default_rng(1)
    (x, y), (x_held, y_held) = shopper(4000, random, 0.05), shopper(2000, random, 0.05)
    found = effect.of(moments(y + 5, y_held, (x, x_held)), RULES)
    assert found.adjusted
    assert found.high - found.low < 0.8 * (found.plain[2] - found.plain[1])
    # theta by least squares within the groups, the difference by hand
    within = np.concatenate([x - x.mean(), x_held - x_held.mean()])
    moved = np.concatenate([y - y.mean(), y_held - y_held.mean()])
    theta = np.linalg.lstsq(within[:, None], moved, rcond=None)[0][0]
    by_hand = (y + 5).mean() - y_held.mean() - theta * (x.mean() - x_held.mean())
    assert found.difference == pytest.approx(by_hand)
    assert found.plain[0] == pytest.approx((y + 5).mean() - y_held.mean())
    assert found.per_head_treatment - found.per_head_holdout == pytest.approx(found.plain[0])


def test_what_was_bought_before_is_left_alone_where_it_tells_nothing():
    found = effect.of(moments(spend(100, 20), spend(100, 10), ([7] * 100, [7] * 100)), RULES)
    assert not found.adjusted and (found.difference, found.low, found.high) == found.plain


@pytest.mark.parametrize(
    ("treated", "held", "verdict"),
    [
        (spend(1000, 100), spend(500, 20), "worked"),
        (spend(1000, 20), spend(500, 60), "did_not"),
        (spend(1000, 50), spend(500, 24), "cannot_tell"),
        (spend(1000, 100), spend(29, 0), "few"),
        (spend(29, 20), spend(1000, 0), "few"),
        (spend(30, 25), spend(1000, 0), "worked"),
        (spend(1000, 0), spend(1000, 0), "cannot_tell"),
    ],
)
def test_the_verdict_follows_the_interval(treated, held, verdict):
    assert effect.of(moments(treated, held), RULES).verdict == verdict


def test_a_group_of_too_few_is_counted_and_not_compared():
    found = asdict(effect.of(moments(spend(1000, 100), spend(29, 1)), RULES))
    assert (found["n_holdout"], found["buyers_holdout"]) == (29, 1)
    for name in (
        "difference",
        "low",
        "high",
        "share_difference",
        "incremental_net_sales",
        "p_value",
        "needed_n",
    ):
        assert isnan(found[name]), name


def test_a_campaign_that_cannot_have_paid_for_itself_did_not_work():
    at_best = effect.of(clear(), RULES).incremental_net_sales_high
    dear = effect.of(clear(), RULES, cost=at_best * 0.5 + 1, margin=0.5)
    just = effect.of(clear(), RULES, cost=at_best * 0.5 - 1, margin=0.5)
    assert (dear.verdict, just.verdict) == ("did_not", "worked")
    assert dear.pays_from == pytest.approx(at_best + 2)
    assert effect.of(clear(), RULES, cost=1e9).verdict == "worked"  # without a margin nobody knows
    with pytest.raises(ShopcrmError, match="margin: 40"):
        effect.of(clear(), RULES, cost=5, margin=40)


def fleiss(shares, held):
    """The customers in all that tell two shares apart (Fleiss 1981), by hand."""
    (p, base), sizes = shares, (1 - held, held)
    of_all = p * sizes[0] + base * sizes[1]
    none = of_all * (1 - of_all) * (1 / sizes[0] + 1 / sizes[1])
    there = p * (1 - p) / sizes[0] + base * (1 - base) / sizes[1]
    reach, often = stats.norm.ppf(0.975), stats.norm.ppf(RULES.power)
    return (reach * sqrt(none) + often * sqrt(there)) ** 2 / (p - base) ** 2


def test_the_customers_that_would_tell_are_those_of_two_shares_where_all_buyers_spend_the_same():
    found = effect.of(moments(spend(900, 45), spend(100, 4)), RULES)
    assert found.needed_n == pytest.approx(fleiss((0.05, 0.04), 0.1), rel=0.01)
    assert found.needed_holdout == np.ceil(found.needed_n * 0.1)
    assert isnan(effect.of(moments(spend(100, 5), spend(100, 5)), RULES).needed_n)


def test_the_customers_that_would_tell_are_of_what_the_verdict_goes_by():
    heavy = moments([*[1000.0] * 9, *[10.0] * 36, *[0.0] * 855], [1000.0, *[10.0] * 3, *[0.0] * 96])
    by = {name: effect.of(heavy, RULES, judged_by=name).needed_n for name in (effect.MONEY, effect.BUYERS)}
    assert by[effect.BUYERS] == pytest.approx(fleiss((0.05, 0.04), 0.1), rel=0.01)
    assert by[effect.MONEY] > 10 * by[effect.BUYERS]


def test_what_was_bought_before_lessens_the_customers_that_would_tell():
    random = np.random.default_rng(1)
    (x, y), (x_held, y_held) = shopper(4000, random, 0.05), shopper(2000, random, 0.05)
    allowed = effect.of(moments(y + 1, y_held, (x, x_held)), RULES)
    plain = difference.of([group(y + 1), group(y_held)])
    alone = power.needed(replace(plain, middle=allowed.difference), RULES.confidence, RULES.power)
    assert allowed.adjusted and allowed.needed_n < 0.7 * alone


def test_without_a_hold_out_or_before_the_days_are_over_nothing_is_computed():
    only = moments(spend(50, 5), spend(50, 5)).head(1)
    assert effect.of(only, RULES) == NotComputed("sends.arm", "nobody was held out")
    early = moments(spend(50, 5), spend(50, 5)).assign(n=0)
    assert "whose days to buy are over" in effect.of(early, RULES).sentence()
    one_arm = moments(spend(50, 5), spend(50, 5)).assign(n=[50, 0])
    assert "whose days to buy are over" in effect.of(one_arm, RULES).sentence()
    assert effect.of(NotComputed("sends.arm"), RULES) == NotComputed("sends.arm")


def test_groups_that_differed_before_are_not_compared():
    before = spend(1000, 400), spend(500, 100)
    found = balance.of(moments(spend(1000, 100), spend(500, 20), before), RULES)
    assert (found.before_per_head_treatment, found.before_per_head_holdout) == (40, 20)
    assert (found.before_share_treatment, found.before_share_holdout) == (0.4, 0.2)
    assert not found.alike and found.p_value < RULES.least_balance_p
    refused = effect.of(moments(spend(1000, 100), spend(500, 20), before), RULES)
    assert "40.00 a head, those held out for 20.00" in refused.sentence()
    alike = moments(spend(1000, 100), spend(500, 20), (spend(1000, 400), spend(500, 190)))
    assert balance.of(alike, RULES).alike
    assert effect.of(alike, RULES).verdict == "worked"


def test_the_same_number_of_buyers_who_spent_much_more_is_a_difference_too():
    before = spend(1000, 300, 90), spend(1000, 300, 30)
    found = balance.of(moments(spend(1000, 1), spend(1000, 1), before), RULES)
    assert found.before_share_treatment == found.before_share_holdout
    assert not found.alike


def test_the_p_value_of_two_questions_is_twice_the_smaller_one():
    # 40 a head in both: money says nothing, and of 1,000 there were 400 buyers, of 500 there were 160
    before = spend(1000, 400, 100), spend(500, 160, 125)
    found = balance.of(moments(spend(1000, 1), spend(500, 1), before), RULES)
    tails = [stats.fisher_exact([[400, 600], [160, 340]], way).pvalue for way in ("less", "greater")]
    assert found.before_per_head_treatment == found.before_per_head_holdout == 40
    assert found.p_value == pytest.approx(2 * 2 * min(tails))


def test_where_the_buyers_before_are_not_told_money_alone_is_compared():
    # 400 and 160 of them are as many as the sums of equal amounts and of their squares tell
    before = spend(1000, 400), spend(500, 160)
    untold = moments(spend(1000, 1), spend(500, 1), before).drop(columns="before_buyers")
    found = balance.of(untold, RULES)
    assert isnan(found.before_share_treatment) and isnan(found.before_share_holdout)
    assert found.p_value == difference.of([group(spent) for spent in before]).p_value()
    nobody = moments(spend(1000, 1), spend(500, 1)).drop(columns="before_buyers")
    assert isnan(balance.of(nobody, RULES).p_value) and balance.of(nobody, RULES).alike


def test_groups_drawn_by_chance_are_hardly_ever_called_different_before():
    random, alarms = np.random.default_rng(4), 0
    for _turn in range(150):
        x, held = (random.lognormal(4, 1, n) * (random.random(n) < 0.2) for n in (1000, 150))
        alarms += balance.of(moments(spend(1000, 9), spend(150, 1), (x, held)), RULES).p_value < 0.01
    assert alarms <= stats.binom.ppf(0.999, 150, 0.01)


def test_each_span_is_judged_by_itself_and_shown_in_one_table():
    spans = pd.concat([clear().assign(span="window"), clear().head(1).assign(span="90")])
    found = effect.each(spans, "span", RULES)
    frame = effect.frame(found, "span")
    assert list(found) == ["window", "90"] and list(frame.span) == ["window", "90"]
    assert frame.difference[0] == pytest.approx(6) and frame.verdict[0] == "worked"
    assert frame.difference_low[0] == found["window"].low
    assert frame.iloc[1].drop("span").isna().all()
    shown = table.show(frame, "CNY")._repr_html_()
    assert "+¥6,000" in shown and "+6.00%" in shown and "worked" in shown
    assert set(frame.columns) <= set(labels.of_columns())
    assert set(effect.VERDICTS) <= set(labels.of_codes()["verdict"])


def roi(sales, cost, margin=None):
    counted = effect.of(moments(spend(1000, 100), spend(29, 1)), RULES)
    told = {f"incremental_net_sales{end}": sales * k for end, k in zip(effect.ENDS, (1, 0.5, 2), strict=True)}
    return returns.of(effect.replace(counted, **told), cost, margin)


def test_12000_of_sales_for_3000_of_cost_are_400_percent():
    found = roi(12_000, 3_000, 0.5)
    assert found.incremental_roi_percent == 400
    assert (found.incremental_roi_percent_low, found.incremental_roi_percent_high) == (200, 800)
    assert found.incremental_net_roi_percent == 100  # (6,000 - 3,000) / 3,000
    assert (found.incremental_net_roi_percent_low, found.incremental_net_roi_percent_high) == (0, 300)
    assert "For every 100 spent it brought 400" in returns.sentence(found)
    assert "somewhere between 200 and 800" in returns.sentence(found)
    assert "100 is left, between 0 and 300" in returns.sentence(found)


@pytest.mark.parametrize("cost", [0, 0.0, None, nan])
def test_without_a_cost_the_return_is_not_computed_and_never_infinite(cost):
    found = roi(12_000, cost, 0.5)
    assert all(isnan(value) for name, value in asdict(found).items() if name != "margin")
    assert "not computed" in returns.sentence(found)
    assert isnan(roi(12_000, 3_000).incremental_net_roi_percent)
    assert "left" not in returns.sentence(roi(12_000, 3_000))


def test_a_margin_of_40_is_no_share_and_refused():
    with pytest.raises(ShopcrmError, match="margin: 40"):
        roi(12_000, 3_000, 40)


def test_the_sentence_says_what_was_found_and_what_would_tell():
    def said(treated, held, **money):
        return effect.sentence(effect.of(moments(treated, held), RULES, **money), RULES, "CNY")

    worked = said(spend(1000, 100), spend(500, 20))
    assert worked.startswith("It worked: the customers written to bought for about ¥6,000 more than without")
    assert "95% sure" in worked and "bought, of 500 held out 4.00%." in worked
    _difference, low, high = interval.change((20, 500), (100, 1000), 0.95)
    assert worked.endswith(
        f"The difference in buyers is +6.00 (+{100 * low:.2f} to +{100 * high:.2f}) of 100 customers."
    )
    assert said(spend(1000, 20), spend(500, 60)).startswith(
        "It did not work: the customers written to bought for"
    )
    unsure = said(spend(900, 45), spend(100, 4))
    assert unsure.startswith("It cannot be told yet") and "would tell it" in unsure
    found = effect.of(moments(spend(900, 45), spend(100, 4)), RULES)
    assert found.needed_n > 1000
    enough = replace(found, needed_n=1000.0)  # as many as were asked, and they did not tell it
    assert "would tell it" not in effect.sentence(enough, RULES, "CNY")
    assert "each group needs at least 30" in said(spend(900, 45), spend(20, 4))
    assert "nobody of either group has bought" in said(spend(900, 0), spend(100, 0))
    assert said(spend(1000, 100), spend(500, 20), cost=9000, margin=0.5).startswith("It did not pay")


def test_a_clear_difference_in_buyers_is_told_where_the_verdict_goes_by_net_sales():
    dear = [*[1000.0] * 3, *[1.0] * 97, *[0.0] * 900], [*[1000.0] * 2, *[1.0] * 18, *[0.0] * 480]
    found = {by: effect.of(moments(*dear), RULES, judged_by=by) for by in (effect.MONEY, effect.BUYERS)}
    assert (found[effect.MONEY].verdict, found[effect.BUYERS].verdict) == ("cannot_tell", "worked")
    assert found[effect.MONEY].share_low > 0
    said = {by: effect.sentence(each, RULES, "CNY") for by, each in found.items()}
    assert "That alone is clear; the verdict goes by net sales" in said[effect.MONEY]
    assert "That alone is clear" not in said[effect.BUYERS]


def test_every_sentence_is_whole_in_every_language():
    found = effect.of(clear(), RULES)
    for lang in i18n.LANGUAGES:
        i18n.use(lang)
        try:
            assert "{" not in effect.sentence(found, RULES, "CNY") + returns.sentence(roi(12_000, 3_000, 0.5))
        finally:
            i18n.use("en")


def test_from_orders_and_messages_to_the_effect():
    names = [f"c{place:03d}" for place in range(120)]
    arms = ["holdout" if place % 3 == 0 else "mail" for place in range(120)]
    sends = pd.DataFrame({"campaign_id": "k", "customer_id": names, "arm": arms, "channel": "sms"})
    sends["sent_at"] = "2024-06-03"
    bought = [name for place, name in enumerate(names) if place % 3 and place % 2]  # 40 of 80
    orders = pd.DataFrame({"order_id": [f"o{name}" for name in bought], "customer_id": bought})
    orders = orders.assign(paid_at="2024-06-04", paid="50")
    campaigns = "campaign_id name start end\nk K 2024-06-03 2024-06-05"
    shop = in_memory(orders, campaigns=campaigns, sends=sends)
    people = assigned.people(shop, "k", RULES)
    found = effect.of(assigned.moments(people, "window"), RULES)
    assert (found.n_treatment, found.n_holdout, found.buyers_treatment, found.buyers_holdout) == (
        80,
        40,
        40,
        0,
    )
    assert found.difference == pytest.approx(25) and found.verdict == "worked"
    assert found.share_difference == pytest.approx(0.5)
    assert found.share_low == pytest.approx(interval.change((0, 40), (40, 80), 0.95)[1])


# --- many campaigns -----------------------------------------------------------------------------------------


def campaigns(count, lift, seed, n=(6000, 700), share=0.03, sigma=1.0):
    """Moments of campaigns: few buy, some much; who bought much before buys much again."""
    random = np.random.default_rng(seed)
    for _turn in range(count):
        arms = []
        for customers, times in zip(n, (lift, 1.0), strict=True):
            liking = random.normal(0, 1, customers)
            before, now = (
                np.where(
                    random.random(customers) < chance,
                    np.exp(liking + random.normal(3.5, sigma, customers)),
                    0,
                )
                for chance in (0.2, share * times)
            )
            arms.append((now, before))
        yield moments(arms[0][0], arms[1][0], (arms[0][1], arms[1][1]))


def test_intervals_of_many_campaigns_cover_the_truth_and_few_useless_ones_are_called_worked():
    head = 0.03 * np.exp(3.5 + (1 + 1) / 2)  # mean of a log-normal, times the share that buys
    for lift in (1.0, 1.5):
        found = [effect.of(each, RULES) for each in campaigns(250, lift, seed=11)]
        shares = [each.share_low <= 0.03 * (lift - 1) <= each.share_high for each in found]
        money = [each.low <= head * (lift - 1) <= each.high for each in found]
        plain = [each.plain[1] <= head * (lift - 1) <= each.plain[2] for each in found]
        # Of so many intervals of 95 % only one draw in a thousand leaves fewer.
        assert min(sum(shares), sum(money), sum(plain)) >= stats.binom.ppf(0.001, 250, 0.95)
        if lift == 1:
            assert sum(each.verdict == "worked" for each in found) <= 0.05 * 250


def test_welchs_own_interval_would_call_too_many_useless_campaigns_a_success():
    found = list(campaigns(400, 1.0, seed=11))
    worked = 0
    for each in found:
        (t, h) = (each.iloc[0], each.iloc[1])
        error = sqrt(sum((a.yy / a.n - (a.y / a.n) ** 2) / a.n for a in (t, h)))
        worked += t.y / t.n - h.y / h.n > Z * error
    assert worked > 0.05 * 400  # which is why the interval here is another one
