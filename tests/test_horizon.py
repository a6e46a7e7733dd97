"""The window and the horizons of a campaign beside each other, each of those whose span is over."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from fulfil import in_memory

from shopcrm_nb import assigned, effect, horizon
from shopcrm_nb.absent import NotComputed

SENDS = "campaign_id customer_id channel sent_at arm\n"
ORDERS = "order_id customer_id paid_at paid\n"


def people_of(orders, sends, as_of="2024-06-30"):
    shop = in_memory(orders, as_of, {"campaign": {"min_customers": 2}}, sends=sends)
    rules = shop.settings.rules.campaign
    return assigned.people(shop, "s", rules), rules


def shop_of_many(n=60, shift=False):
    """n written to and n held out on 1 January; the written to buy for 30 in the window.

    With ``shift`` the held out buy for 30, too, but 40 days later.
    """
    rows, orders = [], []
    for k in range(n):
        rows += [f"s t{k:03d} sms 2024-01-01 A", f"s h{k:03d} sms 2024-01-01 holdout"]
        orders.append(f"t{k} t{k:03d} 2024-01-02 {29 + k % 3}")
        if shift:
            orders.append(f"h{k} h{k:03d} 2024-02-10 {29 + k % 3}")
        orders.append(f"x{k} h{k:03d} 2024-05-{1 + k % 5:02d} {k % 3 + 1}")
    return ORDERS + "\n".join(orders), SENDS + "\n".join(rows)


def test_each_span_has_the_moments_of_assigned_and_all_of_them_in_one_frame():
    people, rules = people_of(*shop_of_many(4))
    found = horizon.moments(people, rules)
    assert found.span.drop_duplicates().tolist() == ["window", "90", "180"]
    for span, rows in found.groupby("span"):
        alone = assigned.moments(people, span)
        pd.testing.assert_frame_equal(rows[alone.columns].reset_index(drop=True), alone)
    assert found.set_index(["span", "arm"]).y.to_dict() == {
        ("window", "treatment"): 29 + 30 + 31 + 29,
        ("window", "holdout"): 0,
        ("90", "treatment"): 119,
        ("90", "holdout"): 0,
        ("180", "treatment"): 119,
        ("180", "holdout"): 1 + 2 + 3 + 1,
    }


def test_those_whose_span_is_not_over_wait_and_the_day_on_which_all_are_over_is_told():
    rows = "s a sms 2024-03-01 A\ns b sms 2024-04-02T08:00 A\ns c sms 2024-04-01 holdout"
    people, rules = people_of(ORDERS + "1 a 2024-03-02 5", SENDS + rows)
    found = horizon.moments(people, rules).set_index(["span", "arm"])
    assert found.n.to_dict() == {
        ("window", "treatment"): 2,
        ("window", "holdout"): 1,
        ("90", "treatment"): 1,  # 2 April 8:00 and 90 days is 1 July 8:00
        ("90", "holdout"): 1,
        ("180", "treatment"): 0,
        ("180", "holdout"): 0,
    }
    assert (found.customers.xs("treatment", level="arm") == 2).all()
    days = found.over_on.xs("holdout", level="arm").to_dict()
    assert days == {"window": date(2024, 4, 9), "90": date(2024, 7, 1), "180": date(2024, 9, 29)}


def test_a_span_that_ends_at_midnight_is_over_on_the_day_before_and_then_nobody_waits():
    rows = SENDS + "s a sms 2024-03-01 A\ns c sms 2024-03-01 holdout"
    orders = ORDERS + "1 a 2024-03-02 5"
    people, rules = people_of(orders, rows)
    last = horizon.moments(people, rules).set_index("span").over_on["90"].iloc[0]
    assert last == date(2024, 5, 29)  # 1 March and 90 days is 30 May, 0:00
    for as_of, n in ((str(last), 1), ("2024-05-28", 0)):
        people, rules = people_of(orders, rows, as_of)
        assert horizon.moments(people, rules).set_index("span").n["90"].tolist() == [n, n]


def test_the_window_of_a_long_campaign_ends_with_its_last_day():
    rows = SENDS + "s a sms 2024-03-01 A\ns c sms 2024-03-05 holdout"
    campaigns = "campaign_id name start end\ns S 2024-03-01 2024-04-20"
    shop = in_memory(ORDERS + "1 a 2024-03-02 5", "2024-06-30", {}, sends=rows, campaigns=campaigns)
    rules = shop.settings.rules.campaign
    found = horizon.moments(assigned.people(shop, "s", rules), rules).set_index("span").over_on
    assert found["window"].tolist() == [date(2024, 4, 20)] * 2
    assert found["90"].tolist() == [date(2024, 6, 2)] * 2


def test_effects_of_all_spans_stand_below_each_other_and_blank_where_not_computed():
    people, rules = people_of(*shop_of_many(), as_of="2024-04-30")
    moments = horizon.moments(people, rules)
    found = horizon.beside(moments, effect.each(moments, "span", rules))
    assert found.columns.tolist() == horizon.COLUMNS
    assert found.span.tolist() == ["window", "90", "180"]
    assert found.n_treatment.tolist() == [60, 60, 0]
    assert found.waiting_customers.tolist() == [0, 0, 120]
    assert found.difference.iloc[:2].tolist() == pytest.approx([30, 30])
    assert found.loc[2, list(horizon.FIGURES)].isna().all()
    assert found.verdict.tolist() == ["worked", "worked", ""]


def test_an_arm_without_anybody_has_no_customers():
    people, rules = people_of(ORDERS + "1 a 2024-03-02 5", SENDS + "s a sms 2024-03-01 A")
    found = horizon.beside(horizon.moments(people, rules), {})
    assert (found.n_treatment[0], found.n_holdout[0]) == (1, 0)


def beside_of(window, *later, waiting=0):
    """The frame of ``beside`` from (difference, low, high) of the window, 90 and 180 days."""
    spans = ["window", "90", "180"][: 1 + len(later)]
    arms = [{"arm": "treatment", "n": 50 - waiting}, {"arm": "holdout", "n": 50}]
    rows = [
        {"span": span, **arm, "customers": 50, "over_on": date(2024, 7, 5)} for span in spans for arm in arms
    ]
    effects = {
        span: SimpleNamespace(
            per_head_treatment=9, per_head_holdout=1, difference=d, low=low, high=high, verdict="worked"
        )
        if low is not None
        else NotComputed("x")
        for span, (d, low, high) in zip(spans, (window, *later), strict=True)
    }
    return horizon.beside(pd.DataFrame(rows), effects)


def test_a_gain_that_only_came_earlier_is_said_to_be_no_longer_told():
    people, rules = people_of(*shop_of_many(shift=True))
    moments = horizon.moments(people, rules)
    found = horizon.beside(moments, effect.each(moments, "span", rules)).set_index("span")
    assert found.low["window"] > 0
    assert found.difference["90"] == 0
    said = horizon.sentence(found.reset_index().head(2), "CNY")
    assert said.startswith(
        "Beside a customer held out, one written to brought +¥30.00 net sales in the window"
    )
    assert said.endswith("That is no longer told from nothing: sales may only have come earlier.")


def test_a_gain_that_stays_is_said_to_last_and_one_that_was_lost_to_be_lost():
    said = horizon.sentence(beside_of((5, 3, 7), (4, 1, 7), (-3, -5, -1)), "CNY")
    assert "Over 90 days it is +¥4.00 (+¥1.00 to +¥7.00). What the window gained has lasted." in said
    assert "Over 180 days it is −¥3.00 (−¥5.00 to −¥1.00)." in said
    assert said.endswith("They bought less afterwards than the window had gained.")


def test_without_a_gain_in_the_window_nothing_is_said_of_its_lasting():
    said = horizon.sentence(beside_of((1, -3, 7), (4, 1, 7)), "CNY")
    assert said.endswith("Over 90 days it is +¥4.00 (+¥1.00 to +¥7.00).")


def test_an_end_of_an_interval_at_nothing_is_no_gain():
    said = horizon.sentence(beside_of((1, 0, 2), (4, 1, 7)), "CNY")
    assert "lasted" not in said
    said = horizon.sentence(beside_of((5, 3, 7), (4, 0, 8)), "CNY")
    assert said.endswith("That is no longer told from nothing: sales may only have come earlier.")


def test_for_whom_the_days_are_not_over_is_told_beside_what_the_others_did():
    said = horizon.sentence(beside_of((5, 3, 7), (4, 1, 7), waiting=2), "CNY")
    assert "What the window gained has lasted. For 2 customers the 90 days are not over" in said


def test_days_that_are_not_over_are_told_with_their_last_day_and_a_window_not_known_as_such():
    said = horizon.sentence(beside_of((1, -3, 7), (None, None, None), waiting=2), "CNY")
    assert said.endswith("For 2 customers the 90 days are not over; they are for all on 2024-07-05.")
    said = horizon.sentence(beside_of((None, None, None), (4, 1, 7)), "CNY")
    assert said == "What those written to bought more than those held out cannot be told for the window."


def test_without_people_there_is_nothing():
    missing = NotComputed("sends.customer_id")
    assert horizon.moments(missing, None) is missing
    assert horizon.beside(missing, {}) is missing
    assert horizon.sentence(missing, "CNY") is missing
