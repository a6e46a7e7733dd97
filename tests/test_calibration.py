"""Calibration: cut points that fit the shop, fall on sayable numbers and never part equal customers."""

import tomllib
from datetime import date

import numpy as np
import pandas as pd
import pytest
from build import WORKBOOK, rules_of, shop_of, write_shop
from hypothesis import given, settings
from hypothesis import strategies as st
from simulate import AS_OF, measured_of

from shopcrm_nb import calibration, model, segment
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.rules import Rules
from shopcrm_nb.settings import read_shop

RULES = rules_of()


def spread_out(n=1000, seed=3):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "recency_days": random.integers(0, 366, n),
            "frequency": random.geometric(0.35, n),
            "monetary": random.lognormal(6, 1, n).round(2),
        }
    )


def scored_of(frame, rules=RULES):
    return segment.grade(measured_of(frame), AS_OF, rules)


@pytest.fixture(scope="module")
def scored():
    return scored_of(spread_out())


@pytest.mark.parametrize("method", calibration.COSTS)
def test_the_classes_hold_the_shares_that_the_proposed_cuts_give(scored, method):
    proposal = calibration.propose(scored, RULES, AS_OF, method)
    frame, rfm = scored.to_pandas(), proposal.rules.rfm
    own = segment.grade(measured_of(frame), AS_OF, proposal.rules).to_pandas()
    opens = (AS_OF - date(2023, 6, 30)).days
    assert rfm.recency_days[-1] == opens
    for score, column, cuts in (
        ("f_score", frame.frequency, rfm.frequency),
        ("m_score", frame.monetary, rfm.monetary),
    ):
        by_hand = sum((column >= cut).astype(int) for cut in cuts[:-1]) + 1
        assert own.set_index("customer_id")[score].to_dict() == dict(
            zip(frame.customer_id, by_hand, strict=True)
        )
    assert len(own) == len(frame)


def test_quantile_classes_are_about_equal_where_values_are_spread(scored):
    proposal = calibration.propose(scored, RULES, AS_OF, "quantiles")
    own = segment.grade(measured_of(scored.to_pandas()), AS_OF, proposal.rules).to_pandas()
    for score in ("r_score", "m_score"):
        shares = own[score].value_counts(normalize=True)
        assert len(shares) == 5
        assert shares.between(0.15, 0.25).all()


def test_cut_points_are_numbers_that_a_person_would_say(scored):
    rfm = calibration.propose(scored, RULES, AS_OF, "quantiles").rules.rfm
    assert all(float(f"{cut:.2g}") == cut for cut in rfm.monetary[:-1])
    assert all(day % 5 == 0 for day in rfm.recency_days[:-1])


def test_480_is_said_as_500_where_hardly_anybody_is_between():
    amounts = np.concatenate([np.linspace(100, 120, 500), [480], np.linspace(520, 600, 499)])
    frame = spread_out().assign(monetary=amounts)
    rules = rules_of(calibration={"classes": 2})
    assert calibration.propose(scored_of(frame), rules, AS_OF, "breaks").rules.rfm.monetary == (500, 0)


def test_480_stays_where_many_are_between_it_and_500():
    amounts = np.concatenate([np.linspace(100, 120, 500), np.linspace(480, 600, 500)])
    frame = spread_out().assign(monetary=amounts)
    rules = rules_of(calibration={"classes": 2})
    assert calibration.propose(scored_of(frame), rules, AS_OF, "breaks").rules.rfm.monetary == (480, 0)


def test_a_cut_of_recency_is_the_last_day_of_its_class():
    frame = spread_out().assign(recency_days=[10] * 500 + [200] * 500)
    rules = rules_of(calibration={"classes": 2})
    assert calibration.propose(scored_of(frame), rules, AS_OF, "quantiles").rules.rfm.recency_days == (
        10,
        366,
    )


def test_rounding_never_empties_a_class():
    frame = spread_out().assign(monetary=[100.0] * 500 + [200.0] * 485 + [480.0] * 15)
    rules = rules_of(calibration={"classes": 3})
    assert calibration.propose(scored_of(frame), rules, AS_OF, "breaks").rules.rfm.monetary == (480, 200, 0)


def test_grades_come_near_to_the_wanted_shares(scored):
    proposal = calibration.propose(scored, RULES, AS_OF, "quantiles")
    sizes = segment.grades(
        segment.grade(measured_of(scored.to_pandas()), AS_OF, proposal.rules), proposal.rules
    )
    assert sizes.customer_share.cumsum().tolist()[:3] == pytest.approx([0.1, 0.3, 0.6], abs=0.05)


@pytest.mark.parametrize("method", calibration.COSTS)
def test_nine_in_ten_who_bought_once_still_leave_classes_of_frequency(method):
    frame = spread_out()
    frame["frequency"] = [1] * 900 + [2] * 60 + [3] * 25 + [9] * 15
    proposal = calibration.propose(scored_of(frame), RULES, AS_OF, method)
    assert proposal.rules.rfm.frequency == (9, 3, 2, 1)
    assert proposal.kept == ()


def test_a_measure_in_which_all_are_alike_keeps_its_cut_points():
    frame = spread_out().assign(frequency=1)
    proposal = calibration.propose(scored_of(frame), RULES, AS_OF, "quantiles")
    assert proposal.kept == ("frequency",)
    assert proposal.rules.rfm.frequency == RULES.rfm.frequency
    assert "all are alike in Frequency" in calibration.sentence(RULES, {"quantiles": proposal})


def test_too_few_customers_are_not_calibrated():
    found = calibration.proposals(scored_of(spread_out(99)), RULES, AS_OF)
    assert found.sentence() == "not computed: needs 100 scored customers (there are 99)"


def test_customers_who_are_all_alike_are_not_calibrated():
    frame = pd.DataFrame({"recency_days": [5] * 200, "frequency": [2] * 200, "monetary": [99.0] * 200})
    found = calibration.proposals(scored_of(frame), RULES, AS_OF)
    assert found.sentence() == "not computed: needs customers who differ from each other"
    assert calibration.assign(scored_of(frame), found, AS_OF).calibrated_grade.execute().isna().all()


def test_one_giant_customer_does_not_move_the_cut_points():
    frame = spread_out()
    giant = pd.DataFrame({"recency_days": [3], "frequency": [5000], "monetary": [9e7]})
    with_giant = pd.concat([frame, giant], ignore_index=True)
    before, after = (
        calibration.propose(scored_of(each), RULES, AS_OF, "quantiles").rules.rfm
        for each in (frame, with_giant)
    )
    assert np.allclose(before.monetary, after.monetary, rtol=0.15)
    assert before.frequency == after.frequency


def test_an_unknown_method_is_refused(scored):
    proposed = calibration.proposals(scored, RULES, AS_OF)
    with pytest.raises(ShopcrmError, match="is not a method"):
        calibration.choose(proposed, "quantile")


def test_the_sizes_beside_each_other_are_those_of_each_table(scored):
    proposed = calibration.proposals(scored, RULES, AS_OF)
    sizes = calibration.sizes(scored, AS_OF, RULES, proposed)
    assert sizes.rule_table.tolist() == ["source"] * 4 + ["quantiles"] * 4 + ["breaks"] * 4
    assert sizes.groupby("rule_table").customers.sum().tolist() == [1000, 1000, 1000]
    own = scored.to_pandas()
    counts = own.grade.value_counts()
    assert sizes[sizes.rule_table == "source"].customers.tolist() == [counts.get(g, 0) for g in "PGSB"]
    assert sizes.groupby("rule_table").net_sales.sum().tolist() == pytest.approx([own.monetary.sum()] * 3)


def test_a_shop_with_its_own_table_sees_both_it_and_the_source_s(scored):
    own = rules_of(rfm={"monetary": [900, 400, 200, 100, 0]})
    assert list(calibration.tables(own, {})) == ["source", "in_force"]
    assert list(calibration.tables(RULES, {})) == ["source"]


def test_the_assigned_grade_is_that_of_the_proposed_rules(scored):
    proposal = calibration.propose(scored, RULES, AS_OF, "breaks")
    found = calibration.assign(scored, proposal, AS_OF).to_pandas().set_index("customer_id")
    alone = segment.grade(measured_of(scored.to_pandas()), AS_OF, proposal.rules).to_pandas()
    assert found.calibrated_grade.to_dict() == dict(zip(alone.customer_id, alone.grade, strict=True))
    assert found.grade.to_dict() == scored.to_pandas().set_index("customer_id").grade.to_dict()


def test_the_block_pasted_into_a_shop_s_settings_gives_the_proposed_rules(tmp_path, scored):
    proposal = calibration.propose(scored, RULES, AS_OF, "quantiles")
    text = calibration.block(proposal)
    assert set(tomllib.loads(text)["rules"]) == {"rfm", "grades"}
    folder = write_shop(tmp_path, text, orders="order_id customer_id paid_at paid\n1 a 2024-06-30 5")
    assert read_shop(folder).rules == proposal.rules


def test_permuting_and_renaming_customers_changes_nothing():
    frame = spread_out()
    mixed = frame.sample(frac=1, random_state=5).reset_index(drop=True)
    first, second = (calibration.proposals(scored_of(each), RULES, AS_OF) for each in (frame, mixed))
    assert first == second


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(0, 365), st.integers(1, 40), st.integers(1, 100_000)),
        min_size=100,
        max_size=160,
    )
)
def test_whatever_the_customers_the_rules_are_valid_and_nobody_is_lost(rows):
    frame = pd.DataFrame(rows, columns=["recency_days", "frequency", "monetary"])
    proposed = calibration.proposals(scored_of(frame), RULES, AS_OF)
    if isinstance(proposed, NotComputed):
        return
    for proposal in proposed.values():
        assert isinstance(proposal.rules, Rules)
        sizes = segment.grades(segment.grade(measured_of(frame), AS_OF, proposal.rules), proposal.rules)
        assert sizes.customers.sum() == len(frame)
        assert (sizes.customers > 0).all()


def test_the_demo_shop_is_calibrated_to_more_even_grades():
    shop = model.open_shop(WORKBOOK / "data" / "demo")
    scored, rules = segment.rfm(shop), shop.settings.rules
    sizes = calibration.sizes(scored, shop.as_of, rules, calibration.proposals(scored, rules, shop.as_of))
    silver = sizes.set_index(["rule_table", "grade"]).customer_share
    assert silver["source", "P"] < 0.05
    assert silver["quantiles", "P"] == pytest.approx(0.1, abs=0.03)


def test_a_shop_with_three_orders_says_so(tmp_path):
    shop = shop_of(
        tmp_path, "order_id customer_id paid_at paid\n1 a 2024-06-30 5\n2 b 2024-06-30 7\n3 a 2024-06-29 9"
    )
    found = calibration.proposals(segment.rfm(shop), shop.settings.rules, shop.as_of)
    assert found.reason == "there are 2"
