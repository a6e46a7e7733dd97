"""Lift: what is found among the earlier customers and checked on the later; chance finds nothing."""

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from shopcrm_nb import labels, lift, table
from shopcrm_nb.absent import NotComputed

RULES = rules_of(first_order={"min_customers": 10})
nan = float("nan")


def counts_of(*rows):
    """Rows of (dimension, level, customers, good, later customers, later good)."""
    return pd.DataFrame(rows, columns=["dimension", "level", *lift.COUNTS])


def judged(*rows, rules=RULES):
    return lift.judged(counts_of(*rows), rules).set_index(["dimension", "level"])


def states(frame):
    return frame.driver_state.droplevel(0).to_dict()


# --- the figures, by hand -----------------------------------------------------------------------------------


def test_lift_is_the_share_of_good_ones_by_that_of_all_of_whom_the_dimension_is_known():
    found = judged(
        ("category", "coat", 100, 30, 50, 10),
        ("category", "hat", 300, 10, 150, 10),
        ("category", "unknown", 600, 60, 10, 0),
    )
    coat, unknown = found.loc[("category", "coat")], found.loc[("category", "unknown")]
    # 30 of 100, and 40 of 400 are good; later 10 of 50, and 20 of 200
    assert [coat.good_share, coat.lift] == [0.3, pytest.approx(3)]
    assert [coat.later_good_share, coat.later_lift] == [0.2, pytest.approx(2)]
    assert found.loc[("category", "hat")].lift == pytest.approx((10 / 300) / 0.1)
    assert unknown.lift == pytest.approx((60 / 600) / 0.1)
    assert [unknown.driver_state, pd.isna(unknown.p_value)] == ["unknown", True]


def test_the_p_value_is_fishers_with_twice_the_smaller_tail_and_the_check_is_one_sided():
    found = judged(("category", "coat", 100, 30, 50, 10), ("category", "hat", 300, 10, 150, 10))
    earlier = stats.fisher_exact([[30, 70], [10, 290]], alternative="greater").pvalue
    later = stats.fisher_exact([[10, 40], [10, 140]], alternative="greater").pvalue
    for level in ("coat", "hat"):
        row = found.loc[("category", level)]
        assert row.p_value == pytest.approx(2 * earlier)
        assert row.p_adjusted == pytest.approx(4 * earlier)
        # for the hat the same table is read the other way round: fewer good ones
        assert row.later_p_value == pytest.approx(later)
        assert row.later_p_adjusted == pytest.approx(2 * later)
    assert later * 2 < 0.05
    assert states(found) == {"coat": "holds", "hat": "holds"}


def test_a_level_that_goes_the_other_way_later_on_is_not_confirmed():
    found = judged(("category", "coat", 100, 30, 200, 2), ("category", "hat", 300, 10, 100, 30))
    assert states(found) == {"coat": "not_confirmed", "hat": "not_confirmed"}
    assert found.later_p_value.min() > 0.99


def test_the_interval_of_the_lift_holds_it_and_is_the_tgi_interval_of_the_level():
    row = judged(("category", "coat", 100, 30, 50, 10), ("category", "hat", 300, 10, 150, 10)).iloc[0]
    # Walter's interval of the ratio of 30 of 100 to 10 of 300, carried over to the lift with w = 1/4
    spread = 1.96 * np.sqrt(1 / 30.5 - 1 / 100.5 + 1 / 10.5 - 1 / 300.5)
    ratio = np.log((30.5 / 100.5) / (10.5 / 300.5))
    low, high = (1 / (0.25 + 0.75 / np.exp(ratio + side * spread)) for side in (-1, 1))
    assert [row.lift_low, row.lift_high] == [pytest.approx(low, rel=1e-3), pytest.approx(high, rel=1e-3)]
    assert row.lift_low < row.lift < row.lift_high


def test_the_intervals_hold_the_truth_in_about_95_of_100_cases():
    random, n, rest = np.random.default_rng(3), 200, 800
    truth = 0.2 / (0.2 * 0.2 + 0.8 * 0.08)
    rows = [
        (f"d{run}", level, size, random.binomial(size, share), 0, 0)
        for run in range(2000)
        for level, size, share in (("a", n, 0.2), ("b", rest, 0.08))
    ]
    found = lift.judged(counts_of(*rows), RULES)
    mine = found[found.level == "a"]
    inside = ((mine.lift_low <= truth) & (truth <= mine.lift_high)).mean()
    assert 0.935 < inside < 0.97


# --- what is judged -----------------------------------------------------------------------------------------


def test_unknown_and_other_are_never_judged_and_no_part_of_the_family():
    found = judged(
        ("category", "coat", 100, 30, 50, 10),
        ("category", "hat", 300, 10, 150, 10),
        ("category", "other", 100, 90, 150, 90),
        ("category", "unknown", 100, 90, 150, 90),
        ("channel", "unknown", 600, 60, 10, 0),
    )
    assert found.p_value.notna().sum() == 2
    assert states(found)["other"] == "other"
    assert states(found)["unknown"] == "unknown"
    # "other" is among the others that a level is compared with; "unknown" is not
    p = stats.fisher_exact([[30, 70], [100, 300]], alternative="two-sided").pvalue
    assert found.loc[("category", "coat")].p_value == pytest.approx(p, rel=0.2)


def test_a_level_with_too_few_customers_or_too_few_others_is_not_judged():
    found = judged(("category", "coat", 9, 9, 50, 10), ("category", "hat", 300, 10, 150, 10))
    assert states(found) == {"coat": "few", "hat": "few"}
    assert found.p_adjusted.isna().all()
    found = judged(("category", "coat", 10, 9, 50, 10), ("category", "hat", 300, 10, 150, 10))
    assert found.p_adjusted.notna().all()
    assert judged(("shop", "one", 300, 30, 300, 30)).driver_state.tolist() == ["few"]


def test_what_too_few_came_with_later_cannot_be_checked_and_takes_no_part_in_the_correction():
    found = judged(
        ("campaign", "sale", 100, 40, 9, 9),
        ("campaign", "none", 300, 10, 150, 10),
        ("category", "coat", 100, 30, 50, 10),
        ("category", "hat", 300, 10, 150, 10),
    )
    assert states(found) == {"sale": "too_few", "none": "too_few", "coat": "holds", "hat": "holds"}
    assert found.loc["campaign"].later_p_value.isna().all()
    later = stats.fisher_exact([[10, 40], [10, 140]], alternative="greater").pvalue
    assert found.loc[("category", "coat")].later_p_adjusted == pytest.approx(2 * later)


def test_only_what_was_found_is_checked():
    found = judged(("category", "coat", 100, 11, 100, 60), ("category", "hat", 300, 30, 300, 10))
    assert states(found) == {"coat": "not_found", "hat": "not_found"}
    assert found.later_p_value.isna().all()
    assert found.later_lift.notna().all()


def test_without_anybody_good_nothing_is_told_and_nothing_found():
    found = judged(("category", "coat", 100, 0, 0, 0), ("category", "hat", 300, 0, 0, 0))
    blank = ["lift", "lift_low", "lift_high", "later_lift", "later_lift_low", "later_good_share"]
    assert found[blank].isna().all(axis=None)
    assert set(states(found).values()) == {"not_found"}


def test_the_clearest_come_first_and_those_that_hold_before_all_others():
    found = judged(
        ("a", "x", 100, 50, 100, 10),
        ("a", "y", 300, 10, 300, 30),
        ("b", "x", 100, 30, 50, 10),
        ("b", "y", 300, 30, 150, 10),
        ("c", "x", 100, 10, 50, 10),
        ("c", "y", 300, 30, 150, 10),
        ("c", "unknown", 1, 0, 0, 0),
    )
    assert found.driver_state.tolist() == [
        *["holds"] * 2,
        *["not_confirmed"] * 2,
        *["not_found"] * 2,
        "unknown",
    ]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c"]),
            st.sampled_from(["x", "y", "z", "other", "unknown"]),
            st.integers(0, 300),
            st.integers(0, 300),
            st.integers(0, 300),
            st.integers(0, 300),
        ),
        min_size=1,
        max_size=12,
        unique_by=lambda row: row[:2],
    )
)
def test_whatever_the_counts_every_level_has_one_row_and_the_lifts_of_the_known_average_to_one(rows):
    rows = [(d, level, max(n, g), min(n, g), max(m, h), min(m, h)) for d, level, n, g, m, h in rows]
    found = lift.judged(counts_of(*rows), RULES)
    assert found.columns.tolist() == lift.COLUMNS
    assert sorted(zip(found.dimension, found.level, strict=True)) == sorted(row[:2] for row in rows)
    assert set(found.driver_state) <= set(lift.STATES)
    assert (found.lift_low.fillna(0) <= found.lift.fillna(0) + 1e-9).all()
    assert ((found.lift <= found.lift_high + 1e-9) | found.lift_high.isna()).all()
    for _name, known in found[found.level != "unknown"].groupby("dimension"):
        if known.good_customers.sum():
            assert np.average(known.lift.fillna(0), weights=known.customers) == pytest.approx(1)


# --- chance, and what is more than chance -------------------------------------------------------------------


def simulated(seed=4, n=3000):
    """Customers of one shop with dimensions that hang together: codes of n customers by dimension."""
    random = np.random.default_rng(seed)
    product = random.choice(21, n, p=np.arange(21, 0, -1) / np.arange(22).sum())
    sizes = {"province": 31, "city_tier": 4, "channel": 2, "hour_band": 8, "weekday": 7, "items": 5}
    drawn = {
        name: random.choice(k, n, p=np.arange(k, 0, -1) / np.arange(k + 1).sum()) for name, k in sizes.items()
    }
    return {"product": product, "category": product // 3, "price_band": product // 5} | drawn


def counted(levels, good, later):
    """Count as ``first_order.counts`` does."""
    rows = []
    for name, codes in levels.items():
        k = codes.max() + 1
        parts = [np.bincount(codes[who], minlength=k) for who in (~later, ~later & good, later, later & good)]
        rows += [(name, f"l{code}", *(int(part[code]) for part in parts)) for code in range(k)]
    return counts_of(*rows)


def test_with_labels_shuffled_anything_at_all_is_found_in_no_more_than_one_of_twenty_runs():
    levels, random, runs = simulated(), np.random.default_rng(8), 200
    n = len(levels["product"])
    later = np.arange(n) >= n // 2
    good = np.arange(n) % 10 == 0  # a tenth of each half
    rules, false, held = rules_of(), 0, 0
    for _run in range(runs):
        shuffled = np.concatenate([random.permutation(good[~later]), random.permutation(good[later])])
        found = lift.judged(counted(levels, shuffled, later), rules)
        assert (found.p_value.notna()).sum() > 60
        false += len(lift.found(found)) > 0
        held += (found.driver_state == "holds").any()
    assert false <= stats.binom.ppf(0.999, runs, 0.05)
    assert held <= stats.binom.ppf(0.999, runs, 0.05**2)


def test_what_was_planted_is_found_and_holds_and_what_fades_is_found_and_not_confirmed():
    levels, random = simulated(n=12000), np.random.default_rng(9)
    n = len(levels["product"])
    later = np.arange(n) >= n // 2
    share = np.full(n, 0.08)
    share[levels["category"] == 1] = 0.20
    share[(levels["city_tier"] == 1) & ~later] *= 2.2
    found = lift.judged(counted(levels, random.random(n) < share, later), rules_of())
    by = found.set_index(["dimension", "level"])
    assert by.loc[("category", "l1")].driver_state == "holds"
    assert by.loc[("category", "l1")].later_lift == pytest.approx(2, abs=0.5)
    assert by.loc[("city_tier", "l1")].driver_state == "not_confirmed"
    assert by.loc["channel"].driver_state.tolist() == ["not_found"] * 2


# --- what readers see ---------------------------------------------------------------------------------------

COATS = (("category", "coat", 100, 30, 50, 10), ("category", "hat", 300, 10, 150, 10))
LAST = "This says what good customers began with, not what made them good."


def said(*rows, rules=RULES):
    return lift.sentence(lift.judged(counts_of(*rows), rules))


def test_the_sentence_says_what_went_with_good_customers_and_that_it_held():
    assert said(*COATS) == (
        "Customers whose first order was of “Category: coat” more often became good ones: 30.0% of 100, 3.00 "
        "times the usual share. Among those who came later it was 2.00 times: it holds. "
        "Customers whose first order was of “Category: hat” less often became good ones: 3.3% of 300, 0.33 "
        f"times the usual share. Among those who came later it was 0.67 times: it holds. {LAST}"
    )


def test_the_sentence_says_what_was_not_confirmed_and_what_cannot_be_checked():
    text = said(("category", "coat", 100, 30, 200, 2), ("category", "hat", 300, 10, 100, 30))
    assert "Among those who came later it was 0.09 times: not confirmed." in text
    text = said(("campaign", "a", 100, 40, 0, 0), ("campaign", "none", 300, 10, 150, 10))
    assert text.count("Too few of those who came later can be compared to check it.") == 2
    assert "“Campaign: none”" in text


def test_three_are_named_and_the_others_counted():
    rows = [
        (name, level, *rest) for name in ("category", "channel", "province") for _d, level, *rest in COATS
    ]
    assert said(*rows).endswith(f" times: not confirmed. 3 more are in the table. {LAST}")


def test_where_nothing_is_found_it_says_how_much_was_compared():
    level = ("category", "coat", 100, 10, 50, 5), ("category", "hat", 300, 30, 150, 15)
    assert said(*level) == (
        "2 things about the first order were compared, and chance alone may explain how they differ."
    )
    assert said(("shop", "one", 100, 10, 50, 5)) == "There are too few new customers to compare."


def test_the_words_never_speak_of_a_cause():
    every = said(*COATS) + said(("campaign", "a", 100, 40, 0, 0), ("campaign", "none", 300, 10, 150, 10))
    assert not [word for word in ("caus", "because", "due to", "leads", "thanks to") if word in every.lower()]


def test_the_table_names_a_product_by_its_title_and_shows_it_as_text():
    drivers = lift.judged(
        counts_of(("product", "p1", 100, 30, 50, 10), ("product", "p2", 300, 10, 150, 10)), RULES
    )
    drivers.insert(2, "title", [{"p1": "<script>x</script>"}.get(level) for level in drivers.level])
    shown = lift.shown(drivers)
    assert sorted(shown.trait) == ["<script>x</script> (p1)", "p2"]
    page = table.show(shown, "CNY")._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;x&lt;/script&gt; (p1)" in page
    assert "holds later on" in page


def test_the_clearest_are_those_that_were_judged_the_found_ones_first():
    rows = (
        *COATS,
        ("channel", "a", 100, 10, 50, 5),
        ("channel", "b", 90, 9, 50, 5),
        ("shop", "unknown", 9, 9, 9, 9),
    )
    drivers = lift.judged(counts_of(*rows), RULES)
    assert lift.clearest(drivers, RULES).level.tolist() == ["coat", "hat", "a", "b"]
    assert lift.clearest(drivers, RULES, 3).level.tolist() == ["coat", "hat", "a"]
    few = lift.judged(counts_of(("shop", "one", 100, 10, 50, 5)), RULES)
    needed = "10 new customers whose first orders had something in common, and as many others"
    assert lift.clearest(few, RULES) == NotComputed(needed)
    assert lift.shown(lift.clearest(few, RULES)) == NotComputed(needed)


def test_every_column_of_the_table_has_a_label_and_every_level_its_words():
    drivers = lift.judged(
        counts_of(*COATS, ("weekday", "3", 100, 50, 50, 25), ("weekday", "4", 300, 3, 99, 0)), RULES
    )
    shown = lift.shown(drivers)
    assert {"Wednesday", "Thursday", "coat", "hat"} == set(shown.trait)
    assert set(shown.columns) <= set(labels.of_columns())


def test_the_key_figures_count_what_was_compared_found_and_held():
    drivers = lift.judged(
        counts_of(*COATS, ("channel", "a", 100, 10, 50, 5), ("channel", "b", 90, 9, 50, 5)), RULES
    )
    assert lift.figures(drivers) == {
        "first_order.levels_compared": 4,
        "first_order.drivers_found": 2,
        "first_order.drivers_holding": 2,
    }
