"""Campaign funnel: from message sent to order, variants compared, and messages that should not have gone."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from fulfil import in_memory
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from shopcrm_nb import campaign, campaign_funnel, campaign_variants, suppression
from shopcrm_nb.absent import NotComputed

RULES = rules_of().campaign
FEW = settings(max_examples=12, deadline=None, derandomize=True)
CAMPAIGNS = "campaign_id name start end send_cost\nA a 2024-06-01 2024-06-03 30"
NOBODY = "order_id customer_id paid_at paid\n1 z 2024-01-01 5"
SENDS = """
    campaign_id customer_id channel sent_at delivered_at opened_at clicked_at
    A a email 2024-06-01T10:00:00 2024-06-01T10:01:00 2024-06-01T12:00:00 2024-06-01T12:05:00
    A b email 2024-06-01T10:00:00 2024-06-01T10:01:00 2024-06-01T12:00:00 -
    A c email 2024-06-01T10:00:00 2024-06-01T10:01:00 - -
    A d email 2024-06-01T10:00:00 2024-06-01T10:01:00 - -
    A e email 2024-06-01T10:00:00 - - -
"""
ORDERS = """
    order_id customer_id paid_at paid
    1 a 2024-06-01T10:00:00 5
    2 b 2024-06-08T09:59:59 5
    3 c 2024-06-08T10:00:00 5
    4 d 2024-06-01T09:59:59 5
    5 e 2024-06-02 5
"""


def shop_of(sends=SENDS, orders=ORDERS, as_of="2024-06-30", **tables):
    return in_memory(orders, as_of, sends=sends, **{"campaigns": CAMPAIGNS, **tables})


def steps_of(sends=SENDS, orders=ORDERS, as_of="2024-06-30", rules=RULES, **tables):
    found = campaign_funnel.steps(
        campaign_funnel.people(shop_of(sends, orders, as_of, **tables), rules), rules
    )
    return found if isinstance(found, NotComputed) else found.set_index("step")


# --- steps --------------------------------------------------------------------------------------------------


def test_each_step_is_told_of_the_step_before_and_of_those_reached():
    found = steps_of()
    assert found.customers.to_dict() == {"sent": 5, "delivered": 4, "opened": 2, "clicked": 1, "bought": 3}
    before = found.share_of_before.drop("sent").to_dict()
    assert before == {"delivered": 0.8, "opened": 0.5, "clicked": 0.5, "bought": 1.0}
    assert found.share_of_delivered.dropna().to_dict() == {"opened": 0.5, "clicked": 0.25, "bought": 0.5}
    assert (found.of_before["bought"], found.n_before["bought"]) == (1, 1)  # a, who clicked


def test_an_order_counts_from_the_very_moment_of_the_message_to_seven_days_later():
    # a at once, b a second before the end, e without delivery; c at the end and d a second too early do not.
    shop = shop_of()
    people = campaign_funnel.people(shop, RULES).to_pandas().set_index("customer_id")
    assert people.bought.to_dict() == {"a": True, "b": True, "c": False, "d": False, "e": True}


def test_customers_whose_days_are_not_over_are_not_yet_counted_among_who_did_not_buy():
    later = SENDS + "    A f email 2024-06-25T10:00:00 2024-06-25T10:01:00 - -\n"
    found = steps_of(later)
    assert found.customers["sent"] == 6
    assert found.n_delivered["bought"] == 4
    none = steps_of(as_of="2024-06-07")  # the days end on 8 June at ten
    assert pd.isna(none.customers["bought"])
    assert np.isnan(none.share_of_before["bought"])
    assert "not over" in none.state["bought"]
    assert steps_of(as_of="2024-06-08").customers["bought"] == 3
    at_midnight = "campaign_id customer_id channel sent_at\nA a sms 2024-06-01"
    assert steps_of(at_midnight, as_of="2024-06-07").customers["bought"] == 1
    assert pd.isna(steps_of(at_midnight, as_of="2024-06-06").customers["bought"])


def test_a_step_that_is_not_recorded_is_blank_and_the_next_is_told_of_the_one_before_it():
    texts = """
        campaign_id customer_id channel sent_at delivered_at clicked_at
        A a sms 2024-06-01 2024-06-01 2024-06-02
        A b sms 2024-06-01 2024-06-01 -
        A c sms 2024-06-01 - -
    """
    found = steps_of(texts)
    assert pd.isna(found.customers["opened"])
    assert found.state["opened"] == "not computed: needs sends.opened_at"
    assert found.share_of_before["clicked"] == 0.5  # of those reached
    bare = steps_of("campaign_id customer_id channel sent_at\nA a sms 2024-06-01\nA b sms 2024-06-01")
    assert bare.customers[["delivered", "opened", "clicked"]].isna().all()
    assert bare.share_of_delivered.isna().all()
    assert (bare.of_before["bought"], bare.n_before["bought"]) == (1, 2)  # a; the days of b were over


def test_what_one_campaign_records_of_a_channel_another_may_not():
    found = steps_of(
        "campaign_id customer_id channel sent_at delivered_at\nA a sms 2024-06-01 2024-06-01\n"
        "B a sms 2024-06-01 -"
    ).set_index("campaign_id", append=True)
    assert found.customers["delivered", "A"] == 1
    assert pd.isna(found.customers["delivered", "B"])


def test_clicks_alone_do_not_say_who_was_reached():
    found = steps_of(
        "campaign_id customer_id channel sent_at clicked_at\nA a edm 2024-06-01 2024-06-02\n"
        "A b edm 2024-06-01 -"
    )
    assert found.customers[["delivered", "opened"]].isna().all()
    assert found.share_of_before["clicked"] == 0.5


def test_whoever_clicked_has_opened_and_was_reached():
    found = steps_of(
        """
        campaign_id customer_id channel sent_at delivered_at opened_at clicked_at
        A a edm 2024-06-01 2024-06-01 2024-06-01 -
        A b edm 2024-06-01 - - 2024-06-02
        """
    )
    assert list(found.customers[:4]) == [2, 2, 2, 1]


def test_what_happened_after_as_of_has_not_happened_and_hold_outs_were_not_written_to():
    sends = """
        campaign_id customer_id channel sent_at arm opened_at delivered_at
        A a edm 2024-06-01T10:00:00 x 2024-06-09T08:00:00 2024-06-01
        A b edm 2024-06-01T10:00:00 x 2024-06-02T08:00:00 2024-06-01
        A h edm 2024-06-01T10:00:00 holdout - -
        A l edm 2024-06-09T00:00:00 x - -
    """
    found = steps_of(sends, as_of="2024-06-08")
    assert found.customers[["sent", "opened"]].to_dict() == {"sent": 2, "opened": 1}
    assert steps_of(sends, as_of="2024-06-09").customers["opened"] == 2  # as_of itself included
    assert (found.variant == "x").all()


def test_a_customer_with_two_messages_counts_once_from_the_first_and_in_every_channel():
    sends = """
        campaign_id customer_id channel sent_at
        A a sms 2024-06-01
        A a sms 2024-06-05
        A a edm 2024-06-06
    """
    people = campaign_funnel.people(shop_of(sends), RULES).to_pandas().set_index("channel")
    assert people.messages.to_dict() == {"sms": 2, "edm": 1}
    assert people.bought.to_dict() == {"sms": True, "edm": False}  # a bought on 1 June


def test_an_interval_is_wilsons():
    found = steps_of()
    low, high = stats.binomtest(2, 4).proportion_ci(method="wilson")
    assert (found.before_low["opened"], found.before_high["opened"]) == pytest.approx((low, high))


def test_nothing_is_invented_where_nobody_was_written_to():
    late = "campaign_id customer_id channel sent_at\nA a sms 2024-07-05"
    assert isinstance(steps_of(late), NotComputed)
    shop = in_memory(ORDERS, "2024-06-30", campaigns=CAMPAIGNS)
    assert campaign_funnel.people(shop, RULES) == NotComputed("sends.campaign_id")


@given(st.data())
@FEW
def test_every_count_is_that_of_a_loop_over_messages_and_orders(data):
    day = st.integers(0, 20)
    sends = data.draw(
        st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y"]), day), min_size=1)
    )
    orders = data.draw(st.lists(st.tuples(st.sampled_from("abc"), day), min_size=1, max_size=12))
    at = lambda n: dt.datetime(2024, 6, 1) + dt.timedelta(days=n)  # noqa: E731
    frame = pd.DataFrame([("A", c, "sms", at(n), v) for c, v, n in sends], columns=[
        "campaign_id", "customer_id", "channel", "sent_at", "arm"])  # fmt: skip
    rows = [(f"o{n}", c, at(d), "5") for n, (c, d) in enumerate(orders)]
    bought = pd.DataFrame(rows, columns=["order_id", "customer_id", "paid_at", "paid"])
    shop = in_memory(bought.astype(str), "2024-06-21", sends=frame.astype(str))
    found = campaign_funnel.steps(campaign_funnel.people(shop, RULES), RULES)
    for variant, part in found.groupby("variant"):
        firsts = {}
        for customer, word, n in sends:
            if word == variant:
                firsts[customer] = min(n, firsts.get(customer, 99))
        over = {c: n for c, n in firsts.items() if n + 7 <= 21}
        buyers = sum(any(c == who and n <= d < n + 7 for who, d in orders) for c, n in over.items())
        counts = part.set_index("step").customers
        assert counts["sent"] == len(firsts)
        assert (0 if pd.isna(counts["bought"]) else counts["bought"]) == buyers
        assert pd.isna(counts["bought"]) == (not over)


# --- cost ---------------------------------------------------------------------------------------------------


def costs_of(sends, orders=ORDERS, as_of="2024-06-30", **tables):
    shop = shop_of(sends, orders, as_of, **tables)
    frame = campaign_funnel.costs(campaign_funnel.people(shop, RULES), campaign.every(shop))
    return frame.set_index("channel")


def test_the_cost_of_a_message_is_that_of_the_messages_or_else_of_a_campaign_of_one_channel():
    told = "campaign_id customer_id channel sent_at cost\nA a sms 2024-06-01 0.1\nA a sms 2024-06-02 0.3"
    row = costs_of(told).loc["sms"]
    assert (row.sent_messages, row.customers, row.message_cost) == (2, 1, pytest.approx(0.4))
    assert row.cost_per_message == pytest.approx(0.2)
    assert row.cost_per_buyer == pytest.approx(0.4)
    untold = "campaign_id customer_id channel sent_at\nA a sms 2024-06-01\nA e sms 2024-06-01"
    assert costs_of(untold).cost_per_message["sms"] == 15  # 30 of the campaign for two
    both = untold + "\nA b edm 2024-06-01"
    assert costs_of(both).message_cost.isna().all()


def test_a_cost_per_buyer_without_buyers_or_before_the_days_are_over_is_blank():
    sends = "campaign_id customer_id channel sent_at cost\nA q sms 2024-06-01 1"
    row = costs_of(sends).loc["sms"]
    assert row.buyers == 0
    assert np.isnan(row.cost_per_buyer)
    early = costs_of("campaign_id customer_id channel sent_at cost\nA a sms 2024-06-01 1", as_of="2024-06-05")
    assert pd.isna(early.buyers["sms"])
    assert np.isnan(early.cost_per_buyer["sms"])
    both = sends + "\nA a sms 2024-06-29 1"  # the days of one of the two are not over
    assert costs_of(both).buyers.isna().all()
    again = "campaign_id customer_id channel sent_at arm\nA a sms 2024-06-01 x\nA a sms 2024-06-29 y"
    assert costs_of(again).buyers.isna().all()


def test_unsubscribed_customers_are_counted_once_and_blank_where_none_is_recorded():
    sends = """
        campaign_id customer_id channel sent_at unsubscribed_at
        A a sms 2024-06-01 2024-06-02
        A a sms 2024-06-01T08:00:00 2024-06-02
        A b sms 2024-06-01 -
        A c edm 2024-06-01 -
    """
    found = costs_of(sends).unsubscribed_share
    assert found["sms"] == 0.5
    assert np.isnan(found["edm"])


# --- words --------------------------------------------------------------------------------------------------


def test_the_sentence_and_the_key_figures_tell_the_steps_and_claim_no_effect():
    found = steps_of().reset_index()
    assert campaign_funnel.sentence(found, "A", RULES) == (
        "e-mail: 5 customers were written to. Of them 80.0% were reached. Of those reached 25.0% clicked. "
        "3 bought within 7 days. Some of them would have bought without the message: this is no effect of it."
    )
    steps = {"sent": 5, "delivered": 4, "opened": 2, "clicked": 1, "bought": 3}
    assert campaign_funnel.figures(found, "A") == {f"campaign.funnel_{k}": n for k, n in steps.items()}
    assert campaign_funnel.sentence(found, "Z", RULES) == "Nobody was written to in this campaign."
    bare = steps_of("campaign_id customer_id channel sent_at\nA a sms 2024-06-29").reset_index()
    assert campaign_funnel.sentence(bare, "A", RULES) == (
        "SMS: 1 customer was written to. Who was reached is not recorded. "
        "Whether they buy cannot be told yet."
    )
    assert campaign_funnel.figures(bare, "A") == {"campaign.funnel_sent": 1}


# --- variants -----------------------------------------------------------------------------------------------


def messages_of(**clicked_of):
    """Messages of 1 June in variants: x=(30, 100) is 30 of 100 who clicked."""
    rows = [
        ("A", f"{variant}{n}", "sms", "2024-06-01", variant, "2024-06-02" if n < hits else None)
        for variant, (hits, total) in clicked_of.items()
        for n in range(total)
    ]
    return pd.DataFrame(
        rows, columns=["campaign_id", "customer_id", "channel", "sent_at", "arm", "clicked_at"]
    )


def compared_of(sends, orders=NOBODY):
    return campaign_variants.compared(campaign_funnel.people(shop_of(sends, orders), RULES), RULES)


def test_two_variants_are_compared_by_newcombe_and_fisher():
    found = compared_of(messages_of(x=(30, 100), y=(10, 100)))
    row = found.iloc[0]  # opened is not recorded, and nobody bought or unsubscribed
    assert list(found.outcome) == ["clicked"]
    assert (row.variant, row.other_variant, row.variant_share, row.other_share) == ("x", "y", 0.3, 0.1)
    # Newcombe's method 10 of 30/100 and 10/100, by hand from the two Wilson intervals
    (a, b), (c, d) = (stats.binomtest(k, 100).proportion_ci(method="wilson") for k in (30, 10))
    assert row.variant_low == pytest.approx(0.2 - ((0.3 - a) ** 2 + (d - 0.1) ** 2) ** 0.5)
    assert row.variant_high == pytest.approx(0.2 + ((b - 0.3) ** 2 + (0.1 - c) ** 2) ** 0.5)
    assert row.p_value == pytest.approx(stats.fisher_exact([[30, 70], [10, 90]]).pvalue, rel=1e-6)
    assert row.test_verdict == "better"
    said = campaign_variants.sentence(found, "A", RULES)
    assert "“x” was clicked by 30.0%, “y” by 10.0% (difference +9.0% to +30.6%)." in said


def test_three_variants_are_three_pairs_and_holm_takes_all_of_them():
    found = compared_of(messages_of(x=(30, 100), y=(18, 100), z=(29, 100)))
    assert list(zip(found.variant, found.other_variant, strict=True)) == [("x", "y"), ("x", "z"), ("y", "z")]
    assert found.p_adjusted.min() == pytest.approx(3 * found.p_value.min())
    assert found.p_value.min() < 0.1
    assert set(found.test_verdict) == {"cannot_tell"}
    assert "cannot be told" in campaign_variants.sentence(found, "A", RULES)


def test_variants_of_few_customers_are_not_judged():
    found = compared_of(messages_of(x=(20, 29), y=(1, 100)))
    assert list(found.test_verdict) == ["few"]
    assert found.p_value.isna().all()
    assert "fewer than 30 customers" in campaign_variants.sentence(found, "A", RULES)


def test_variants_of_just_enough_customers_are_judged():
    found = compared_of(messages_of(x=(20, 30), y=(1, 100)))
    assert list(found.test_verdict) == ["better"]


def test_channels_are_compared_apart_and_messages_without_a_variant_not_at_all():
    texts, none = messages_of(x=(30, 100), y=(10, 100)), messages_of(n=(50, 100)).assign(arm=None)
    mails = messages_of(v=(20, 100), w=(20, 100)).assign(channel="edm")
    found = compared_of(pd.concat([texts, none, mails]))
    assert list(zip(found.channel, found.variant, found.other_variant, strict=True)) == [
        ("edm", "v", "w"),
        ("sms", "x", "y"),
    ]
    assert found.p_adjusted.tolist() == found.p_value.tolist()  # one pair in each


def test_whoever_had_both_variants_counts_for_neither():
    sends = messages_of(x=(30, 100), y=(10, 100))
    again = sends[sends.customer_id == "x0"].assign(arm="y")
    found = compared_of(pd.concat([sends, again])).iloc[0]
    assert (found.customers, found.variant_share) == (99, 29 / 99)
    assert found.other_customers == 100
    by_mail = compared_of(pd.concat([sends, again.assign(channel="edm")])).iloc[0]
    assert (by_mail.customers, by_mail.other_customers) == (99, 100)


def test_more_who_unsubscribe_is_worse():
    sends = messages_of(x=(0, 100), y=(0, 100)).drop(columns="clicked_at")
    sends["unsubscribed_at"] = [("2024-06-03" if n < 30 else None) for n in range(200)]
    assert list(compared_of(sends).test_verdict) == ["worse"]


def test_orders_are_compared_among_those_whose_days_are_over():
    orders = [(f"o{n}", f"x{n}", "2024-06-03", "5") for n in range(40)]
    frame = pd.DataFrame(orders, columns=["order_id", "customer_id", "paid_at", "paid"])
    sends = messages_of(x=(0, 50), y=(0, 50), z=(0, 5)).drop(columns="clicked_at")
    sends.loc[sends.customer_id.isin([f"y{n}" for n in range(10)]), "sent_at"] = "2024-06-29"
    row = compared_of(sends, frame).set_index(["variant", "other_variant"]).loc[("x", "y")]
    assert (row.outcome, row.customers, row.other_customers) == ("bought", 50, 40)
    assert (row.variant_share, row.other_share) == (0.8, 0)
    assert row.test_verdict == "better"


def test_a_campaign_of_one_wording_has_nothing_to_compare():
    assert isinstance(compared_of(messages_of(x=(3, 40))), NotComputed)


def test_alike_variants_are_called_different_at_most_once_in_twenty():
    random, wrong = np.random.default_rng(7), 0
    for hits in random.binomial(200, 0.1, (200, 3)):
        names = ["opened", "clicked", "bought", "unsubscribed"]
        rows = [
            {"variant": v, "sent": 200, "over": 200, "clicked": k} for v, k in zip("xyz", hits, strict=True)
        ]
        pairs = [(0, 1), (0, 2), (1, 2)]
        p_values = [campaign_variants._pair(rows[a], rows[b], names[1], RULES)[-1] for a, b in pairs]
        wrong += (campaign_variants.evidence.holm(p_values) < 0.05).any()
    assert wrong / 200 <= 0.09


# --- suppression --------------------------------------------------------------------------------------------


def breaches_of(sends, rules=RULES, **tables):
    return suppression.breaches(shop_of(sends, **tables), rules).set_index(["campaign_id", "breach"])


def test_messages_to_the_blacklisted_and_without_consent_for_their_channel_are_counted():
    customers = """
        customer_id blacklisted sms_ok email_ok
        a 1 0 1
        b 0 1 0
        c 0 - -
    """
    sends = """
        campaign_id customer_id channel sent_at
        A a sms 2024-06-01
        A a EDM 2024-06-20
        A b 短信 2024-06-01
        A b edm 2024-06-20
        A c sms 2024-06-01
        A d sms 2024-06-01
        A b post 2024-06-10
    """
    found = breaches_of(sends, customers=customers).loc["A"]
    assert list(found.breach_messages[["blacklisted", "no_consent"]]) == [2, 2]
    assert list(found.customers[["blacklisted", "no_consent"]]) == [1, 2]
    # d is in no file; of c no consent is told, and of the post there is none.
    assert found.judged_messages[["blacklisted", "no_consent"]].to_dict() == {
        "blacklisted": 6,
        "no_consent": 4,
    }
    assert found.breach_share["no_consent"] == 0.5


def test_a_message_after_unsubscribing_from_the_channel_is_counted_and_the_one_answered_is_not():
    sends = """
        campaign_id customer_id channel sent_at unsubscribed_at
        A a sms 2024-06-01T10:00:00 2024-06-01
        A a edm 2024-06-10 -
        B a sms 2024-06-20 -
        B b sms 2024-06-01 2024-06-21
        B b sms 2024-06-20 -
    """
    found = breaches_of(sends)
    assert found.breach_messages.xs("unsubscribed", level="breach").to_dict() == {"A": 0, "B": 1}


def test_who_unsubscribed_has_done_so_from_the_first_answer_on_and_not_at_its_very_moment():
    sends = """
        campaign_id customer_id channel sent_at unsubscribed_at
        A a sms 2024-06-01 2024-06-02
        A a sms 2024-06-05 2024-06-30
        A a sms 2024-06-20 -
        A b sms 2024-06-01 2024-06-20
        A b sms 2024-06-20 -
    """
    # the second and third to a; that to b went out as the first was answered
    assert breaches_of(sends).breach_messages["A", "unsubscribed"] == 2


def test_a_message_less_than_seven_days_after_any_other_came_too_soon():
    sends = """
        campaign_id customer_id channel sent_at
        A a sms 2024-06-01T10:00:00
        B a edm 2024-06-08T09:59:59
        C a sms 2024-06-15T09:59:59
        C b sms 2024-06-15
    """
    found = breaches_of(sends).breach_messages.xs("too_soon", level="breach")
    assert found.to_dict() == {"A": 0, "B": 1, "C": 0}
    quiet = rules_of(campaign={"quiet_days": 10}).campaign
    assert breaches_of(sends, quiet).breach_messages.xs("too_soon", level="breach").to_dict() == {
        "A": 0,
        "B": 1,
        "C": 1,
    }


def test_a_page_shows_only_what_was_wrong_and_what_cannot_be_told():
    found = pd.DataFrame(
        [
            ("A", "too_soon", 0, 0, 5, 0.0, ""),
            ("A", "unsubscribed", 2, 1, 5, 0.4, ""),
            ("A", "blacklisted", None, None, 0, None, "not computed: needs x"),
        ],
        columns=suppression.COLUMNS,
    )
    assert suppression.shown(found).breach.tolist() == ["unsubscribed", "blacklisted"]


def test_what_cannot_be_told_is_blank_and_hold_outs_are_no_messages():
    sends = """
        campaign_id customer_id channel sent_at arm
        A a sms 2024-06-01 x
        A a sms 2024-06-02 holdout
        A a sms 2024-06-03 x
    """
    found = breaches_of(sends).loc["A"]
    assert found.breach_messages["too_soon"] == 1
    assert found.breach_messages.drop("too_soon").isna().all()
    assert found.state["blacklisted"] == "not computed: needs customers.blacklisted"
    said = suppression.sentence(found.reset_index().assign(campaign_id="A"), RULES)
    assert said == (
        "1 message came less than 7 days after another. Not all can be told: needs customers.blacklisted, "
        "customers.sms_ok, sends.unsubscribed_at."
    )


def test_a_clean_list_is_said_to_be_clean():
    sends = "campaign_id customer_id channel sent_at unsubscribed_at\nA a sms 2024-06-01 2024-06-02"
    customers = "customer_id blacklisted sms_ok\na 0 1"
    found = breaches_of(sends, customers=customers).reset_index()
    assert suppression.sentence(found, RULES) == "No message went to somebody who should have had none."
