"""Indicators: values, intervals and p values of figures made of sums, and when a change is an alarm."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from shopcrm_nb import indicator, resample
from shopcrm_nb.indicator import Indicator, Measured, plain, ratio
from shopcrm_nb.period import Period

RULES = rules_of().health
NOW = Period(date(2024, 6, 1), date(2024, 6, 30))
PER_BUYER = Indicator("net_sales_per_buyer", ratio("net", "buyers"), "buyers", 1)
FEW = settings(max_examples=50, deadline=None, derandomize=True)


def measured(rows, known=("now", "then"), told=("now", "then"), past=0):
    """Sums from (period, group, net, buyers); 1 to ``past`` are periods of the past."""
    frame = pd.DataFrame(rows, columns=["period", "group", "net", "buyers"])
    names = ["now", "then", *(str(n + 1) for n in range(past))]
    return Measured(frame, dict.fromkeys(names, NOW), set(known), set(told))


def row_of(each, of, seed=1):
    return indicator.measure(of, (each,), RULES, seed).iloc[0]


TWO = [("now", 0, 90, 3), ("now", 7, 30, 1), ("then", 0, 40, 2), ("then", 8, 40, 2)]


# --- values by hand -----------------------------------------------------------------------------------------


def test_a_ratio_divides_the_sums_of_all_groups_and_not_the_mean_of_their_ratios():
    found = row_of(PER_BUYER, measured(TWO))
    assert (found.value, found.comparison, found.change_share) == (30, 20, 0.5)
    assert (found.n, found.n_comparison, found.better, found.subject) == (4, 4, 1, "")
    assert found.index.tolist() == indicator.COLUMNS


def test_a_plain_figure_is_a_sum():
    found = row_of(Indicator("net_sales", plain("net"), "buyers"), measured(TWO))
    assert (found.value, found.comparison, found.change_share) == (120, 80, 0.5)


def test_a_ratio_of_nothing_is_nothing_and_never_0():
    assert np.isnan(ratio("a", "b")({"a": np.array([1.0, 0, 4]), "b": np.array([0, 0, 2])})).tolist() == [
        True,
        True,
        False,
    ]


def test_what_is_at_stake_is_made_of_the_sums_of_now_and_the_gap_to_the_comparison():
    each = Indicator("x", ratio("net", "buyers"), "buyers", stake=lambda sums, gap: gap * sums["buyers"])
    assert row_of(each, measured(TWO)).net_sales_at_stake == (20 - 30) * 4
    assert np.isnan(row_of(PER_BUYER, measured(TWO)).net_sales_at_stake)


def test_a_period_that_is_not_in_the_data_has_no_value():
    found = row_of(PER_BUYER, measured(TWO, known=("now",)))
    missing = ["comparison", "change_share", "low_share", "high_share", "p_value"]
    assert found[missing].isna().all()
    assert found.value == 30


def test_a_period_in_which_new_and_returning_cannot_be_told_has_no_value_of_an_indicator_that_needs_it():
    told = Indicator("x", ratio("net", "buyers"), "buyers", told=True)
    found = row_of(told, measured(TWO, told=("now",)))
    assert (found.value, np.isnan(found.comparison)) == (30, True)
    assert np.isnan(row_of(told, measured(TWO, told=())).value)
    assert row_of(PER_BUYER, measured(TWO, told=())).comparison == 20


def test_a_value_of_0_now_is_a_fall_by_all_and_one_of_0_then_has_no_relative_change():
    net = Indicator("net_sales", plain("net"), "buyers", 1)
    fallen = row_of(net, measured([("then", g, 10, 1) for g in range(40)]))
    assert (fallen.value, fallen.change_share, fallen.n) == (0, -1, 0)
    assert fallen.p_value < 1e-4
    risen = row_of(net, measured([("now", g, 10, 1) for g in range(40)]))
    assert (risen.value, risen.comparison) == (400, 0)
    assert np.isnan(risen.change_share)
    nothing = row_of(net, measured([("5", 0, 10, 1)]))
    assert (nothing.value, nothing.comparison, nothing.p_value) == (0, 0, 1)


@pytest.mark.parametrize("periods", [5, 6, 12])
def test_the_band_is_the_least_and_the_greatest_of_the_past_from_six_periods_on(periods):
    past = [(str(n + 1), 0, 10 * (n + 3), 1) for n in range(periods)]
    names = {"now", "then", *(str(n + 1) for n in range(periods))}
    found = row_of(PER_BUYER, measured(TWO + past, known=names, past=periods))
    if periods < 6:
        assert found[["band_low", "band_high"]].isna().all()
    else:
        assert (found.band_low, found.band_high) == (30, 10 * (periods + 2))


def test_neither_this_period_nor_unknown_ones_nor_ones_without_a_value_are_in_the_band():
    past = [(str(n), 0, 20, 1) for n in range(1, 7)] + [("7", 0, 999, 1), ("8", 0, 0, 0)]
    known = {"now", "then", *"1234568"}
    found = row_of(PER_BUYER, measured(TWO + past, known=known, past=8))
    assert (found.band_low, found.band_high) == (20, 20)
    five = row_of(PER_BUYER, measured(TWO + past, known=known - {"1"}, past=8))
    assert np.isnan(five.band_low)  # five values are left


# --- chance, against simulated truth ------------------------------------------------------------------------


def simulated(random, customers=600, lift=1.0):
    """Sums of a shop whose customers buy in either period or both, with a true net sales per buyer of 100."""
    group = random.integers(0, resample.GROUPS, customers)
    frames = []
    size = random.lognormal(0, 0.5, customers)  # of a customer, the same in both periods
    for name, mean in (("now", 100 * lift), ("then", 100)):
        buys = random.uniform(size=customers) < 0.5
        net = np.where(buys, mean * size / np.exp(0.125) * random.lognormal(-0.045, 0.3, customers), 0)
        frame = pd.DataFrame({"period": name, "group": group, "net": net, "buyers": buys.astype(int)})
        frames.append(frame.groupby(["period", "group"], as_index=False).sum())
    return Measured(pd.concat(frames), {"now": NOW, "then": NOW}, {"now", "then"}, set())


def many(seeds, **truth):
    each = (PER_BUYER, Indicator("net_sales", plain("net"), "buyers"))
    draws = resample.draws(1)
    random = [np.random.default_rng(seed) for seed in range(seeds)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resample, "draws", lambda seed: draws)  # the same for all: drawing them takes the time
        frames = [indicator.measure(simulated(r, **truth), each, RULES, 1) for r in random]
    return pd.concat(frames, ignore_index=True)


def within_binomial(hits, n, share):
    low, high = stats.binom.interval(0.999, n, share)
    return low <= hits <= high


@pytest.fixture(scope="module")
def same():
    return many(400)


def test_the_intervals_cover_the_truth_in_95_of_100_shops(same):
    per_buyer, net = (same[same.indicator == name] for name in ("net_sales_per_buyer", "net_sales"))
    assert within_binomial(per_buyer.value_low.le(100).mul(per_buyer.value_high.ge(100)).sum(), 400, 0.95)
    expected = 600 * 0.5 * 100
    assert within_binomial(net.value_low.le(expected).mul(net.value_high.ge(expected)).sum(), 400, 0.95)
    for frame in (per_buyer, net):
        assert within_binomial((frame.low_share.le(0) & frame.high_share.ge(0)).sum(), 400, 0.95)


def test_the_interval_of_a_true_change_covers_it():
    changed = many(200, lift=1.3)
    for _name, frame in changed.groupby("indicator"):
        assert within_binomial((frame.low_share.le(0.3) & frame.high_share.ge(0.3)).sum(), 200, 0.95)
        assert (frame.p_value < 0.05).mean() > 0.5


def test_without_a_change_p_values_are_uniform(same):
    for _name, frame in same.groupby("indicator"):
        assert within_binomial((frame.p_value < 0.05).sum(), 400, 0.05)
        assert within_binomial((frame.p_value < 0.5).sum(), 400, 0.5)
        assert stats.kstest(frame.p_value, "uniform").pvalue > 0.001


def test_what_both_periods_have_in_common_does_not_widen_the_interval_of_the_change():
    # each customer spends the same in both periods, so that nothing but 0 could have come out
    rows = [(name, g, 10.0 * (g + 1), 1) for name in ("now", "then") for g in range(100)]
    found = row_of(PER_BUYER, measured(rows))
    assert (found.low_share, found.high_share, found.p_value) == (0, 0, 1)
    assert found.value_low < found.value < found.value_high


def test_the_seed_alone_decides_the_intervals():
    one, again, other = (
        row_of(PER_BUYER, measured(TWO * 1 + [("now", 9, 1, 1)]), seed) for seed in (1, 1, 2)
    )
    assert one.equals(again)
    assert one.value == other.value
    assert one.low_share != other.low_share or one.p_value != other.p_value


# --- many comparisons at once -------------------------------------------------------------------------------


def test_holm_by_hand():
    # 0.01 · 3, 0.02 · 2, then not below that: 0.03 · 1 is 0.03, so it stays 0.04
    assert indicator.holm(np.array([0.02, 0.01, 0.03])).tolist() == [0.04, 0.03, 0.04]
    assert indicator.holm(np.array([0.6, 0.7])).tolist() == [1, 1]
    assert indicator.holm(np.array([])).tolist() == []


@FEW
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_is_for_each_the_greatest_of_the_smaller_p_values_times_how_many_are_not_smaller(values):
    expected = [
        min(1, max(q * sum(r >= q for r in values) for q in values if q <= p))
        for p in values  # from the definition, without sorting
    ]
    assert indicator.holm(np.array(values)).tolist() == pytest.approx(expected)


def judged(**columns):
    """Judged rows: one indicator, 50 beside 100 a year before, with what is told in columns."""
    usual = {
        "indicator": "conversion_share",
        "value": 50.0,
        "value_low": 40.0,
        "value_high": 60.0,
        "comparison": 100.0,
        "least_change": np.nan,
        "p_value": 0.01,
        "n": 100,
        "n_comparison": 100,
        "better": 1,
        "benchmark": np.nan,
    }
    rows = max(len(value) if isinstance(value, list) else 1 for value in columns.values())
    frame = pd.DataFrame({name: columns.get(name, value) for name, value in usual.items()}, index=range(rows))
    return indicator.judge(frame, RULES)


def state(**columns):
    return judged(**columns).state.iloc[0]


@pytest.mark.parametrize(
    ("better", "value", "expected"),
    [(1, 50, "worse"), (1, 150, "better"), (-1, 150, "worse"), (-1, 50, "better"), (0, 50, "changed")],
)
def test_a_clear_change_is_for_the_better_or_the_worse_by_what_is_better(better, value, expected):
    assert state(better=better, value=value) == expected


def test_the_limits_of_an_alarm():
    assert (RULES.confidence, RULES.min_change, RULES.min_orders) == (0.95, 0.05, 30)
    assert state(p_value=0.0499) == "worse"
    assert state(p_value=0.0501) == "steady"
    assert state(value=95) == state(value=0) == "worse"
    assert state(value=95.01) == "steady"
    assert state(n=30, n_comparison=30) == "worse"
    assert state(n=29) == state(n_comparison=29) == "too_few"
    assert state(comparison=np.nan, p_value=np.nan) == state(value=np.nan, p_value=np.nan) == "no_comparison"


def test_from_a_value_of_0_any_clear_change_counts():
    assert state(value=1, comparison=0) == "better"
    assert state(value=1, comparison=0, better=-1) == "worse"


def test_an_indicator_may_have_a_least_change_of_its_own():
    assert state(value=98, least_change=0.02) == "worse"
    assert state(value=98.01, least_change=0.02) == "steady"
    assert state(value=90, least_change=0.11) == "steady"


@pytest.mark.parametrize("name", ["net_sales", "orders", "new_customers", "returning_customers", "visitors"])
def test_a_sum_that_fell_from_many_to_few_is_no_matter_of_too_few(name):
    assert state(indicator=name, n=0) == state(indicator=name, n=29, n_comparison=30) == "worse"
    assert state(indicator=name, n=29, n_comparison=29) == "too_few"


def test_p_values_are_adjusted_for_those_that_are_judged_and_no_others():
    found = judged(
        p_value=[0.01, 0.02, np.nan, 0.001, 0.04],
        n=[100, 100, 100, 5, 100],
        comparison=[100, 100, np.nan, 100, 100],
    )
    # three of five: one has no comparison and one too few
    assert found.p_adjusted[[0, 1, 4]].tolist() == pytest.approx([0.03, 0.04, 0.04])
    assert found.p_adjusted[[2, 3]].isna().all()
    assert found.state.tolist() == ["worse", "worse", "no_comparison", "too_few", "worse"]


def test_one_comparison_more_can_take_an_alarm_away():
    assert judged(p_value=[0.03]).state.tolist() == ["worse"]
    assert judged(p_value=[0.03, 0.9]).state.tolist() == ["steady", "steady"]


def test_a_benchmark_counts_where_it_lies_outside_the_interval_of_the_value():
    found = judged(benchmark=[40.0, 60.0, 39.9, 60.1, np.nan])
    assert found.benchmark_state.tolist() == ["near", "near", "better", "worse", ""]
    less = judged(benchmark=[39.9, 60.1], better=-1)
    assert less.benchmark_state.tolist() == ["worse", "better"]
    assert judged(benchmark=[90.0], better=0).benchmark_state.tolist() == ["near"]
    assert judged(benchmark=[90.0], n=29).benchmark_state.tolist() == [""]
    assert judged(benchmark=[90.0], value_low=np.nan).benchmark_state.tolist() == [""]
