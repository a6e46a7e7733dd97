"""Who was written to and who was held out, what they bought before, and what in each span after."""

import numpy as np
import pandas as pd
import pytest
from fulfil import in_memory
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import assigned, labels
from shopcrm_nb.absent import NotComputed

SENDS = "campaign_id customer_id channel sent_at arm\n"
ORDERS = "order_id customer_id paid_at paid\n"


def people_of(orders, sends, campaign="s", as_of="2024-06-30", campaigns=None, **rules):
    tables = {"campaigns": "campaign_id name start end\n" + campaigns} if campaigns else {}
    shop = in_memory(orders, as_of, {"campaign": rules}, sends=sends, **tables)
    return assigned.people(shop, campaign, shop.settings.rules.campaign)


def each(orders, sends, **how):
    """The people by customer."""
    return people_of(ORDERS + orders, SENDS + sends, **how).to_pandas().set_index("customer_id")


def times(*at, who="a"):
    return "\n".join(f"{n} {who} {when} 10" for n, when in enumerate(at))


# --- arms ---------------------------------------------------------------------------------------------------


def test_an_arm_is_the_hold_out_and_any_other_word_or_none_is_a_message():
    rows = "s a sms 2024-05-01 A\ns b sms 2024-05-01 holdout\ns c mail 2024-05-01 -\nt d sms 2024-05-01 A"
    found = each(times("2024-05-02"), rows)
    assert found.arm.to_dict() == {"a": "treatment", "b": "holdout", "c": "treatment"}
    assert found.variant.fillna("").to_dict() == {"a": "A", "b": "", "c": ""}
    assert found.channel.to_dict() == {"a": "sms", "b": "sms", "c": "mail"}


def test_a_customer_in_both_arms_is_written_to_by_the_message_that_went_out_from_the_first_of_both():
    rows = "s a sms 2024-05-01 holdout\ns a mail 2024-05-03 B\ns b sms 2024-05-01 A"
    found = each(times("2024-05-02"), rows)
    assert found.loc["a", ["arm", "both", "variant", "channel"]].tolist() == ["treatment", True, "B", "mail"]
    assert found.assigned_at["a"] == pd.Timestamp("2024-05-01")
    assert found.orders_window["a"] == 1
    assert not found.both["b"]


def test_repeated_messages_are_one_row_of_the_first_whatever_the_order_of_the_rows():
    rows = ["s a sms 2024-05-04 B", "s a mail 2024-05-01T09:00 A", "s a app 2024-05-01T09:00 C"]
    for order in (rows, rows[::-1]):
        found = each(times("2024-05-02"), "\n".join(order))
        assert found.index.tolist() == ["a"]
        assert found.loc["a", ["variant", "channel"]].tolist() == ["C", "app"]  # of one moment by channel
        assert found.assigned_at["a"] == pd.Timestamp("2024-05-01 09:00")


def test_sends_after_as_of_do_not_exist_and_those_of_its_last_minute_do():
    rows = "s a sms 2024-06-30T23:59 A\ns b sms 2024-07-01 A\ns a mail 2024-07-02 holdout"
    found = each(times("2024-05-02"), rows)
    assert found.index.tolist() == ["a"]
    assert not found.both["a"]


def test_a_message_that_did_not_arrive_counts_like_one_that_did():
    sends = "campaign_id customer_id channel sent_at delivered_at\ns a sms 2024-05-01 -\n"
    found = people_of(ORDERS + times("2024-05-02"), sends + "s b sms 2024-05-01 2024-05-01").to_pandas()
    assert sorted(found.customer_id) == ["a", "b"]
    assert found.set_index("customer_id").orders_window.to_dict() == {"a": 1, "b": 0}


# --- spans --------------------------------------------------------------------------------------------------


def test_the_window_has_its_first_moment_and_not_its_last():
    at = ("2024-05-01T09:59:59", "2024-05-01T10:00", "2024-05-08T09:59:59", "2024-05-08T10:00")
    found = each(times(*at), "s a sms 2024-05-01T10:00 A")
    assert found.orders_window["a"] == 2
    assert found.before_orders["a"] == 1
    assert found.net_sales_window["a"] == 20


def test_the_window_lasts_to_the_end_of_the_campaign_if_that_is_later():
    at = ("2024-05-20T23:59", "2024-05-21")
    rows = "s a sms 2024-05-01T10:00 A\ns b sms 2024-05-19 A"
    found = each(times(*at), rows, campaigns="s x 2024-05-01 2024-05-20")
    assert found.orders_window["a"] == 1
    ends = {name: str(end) for name, end in found.window_end.items()}
    assert ends == {"a": "2024-05-21 00:00:00", "b": "2024-05-26 00:00:00"}


def test_a_horizon_is_so_many_days_of_24_hours_after_the_message():
    at = ("2024-03-31T11:59", "2024-03-31T12:00", "2024-06-29T11:59")
    found = each(times(*at), "s a sms 2024-01-01T12:00 A", horizons=[90, 180])
    assert found.orders_90["a"] == 1  # 1 January and 90 days is 31 March
    assert found.orders_180["a"] == 3


@pytest.mark.parametrize(("as_of", "over"), [("2024-05-07", True), ("2024-05-06", False)])
def test_a_span_that_is_not_over_at_the_end_of_as_of_is_blank_and_not_nothing(as_of, over):
    found = each(times("2024-05-02"), "s a sms 2024-05-01 A\ns b sms 2024-05-01 holdout", as_of=as_of)
    assert found.orders_window.notna().tolist() == [over, over]
    assert found.net_sales_window.notna().tolist() == [over, over]
    assert found.orders_90.isna().all()
    if over:
        assert found.orders_window.tolist() == [1, 0]


def test_an_order_on_the_day_of_the_message_and_before_it_is_before():
    found = each(times("2024-05-01T08:00"), "s a sms 2024-05-01T10:00 A")
    assert found.loc["a", ["before_orders", "before_recency_days", "orders_window"]].tolist() == [1, 0, 0]


def test_before_is_so_many_days_and_the_last_order_of_whatever_age():
    at = ("2024-04-01T09:59", "2024-04-01T10:00")
    rows = "s a sms 2024-05-01T10:00 A\ns b sms 2024-05-01 A\ns c sms 2024-05-01 A"
    found = each(times(*at) + "\n9 b 2020-05-01 7", rows, before_days=30)
    assert found.before_orders.to_dict() == {"a": 1, "b": 0, "c": 0}
    assert found.before_net_sales.to_dict() == {"a": 10, "b": 0, "c": 0}
    assert found.before_recency_days.fillna(-1).to_dict() == {"a": 30, "b": 4 * 365 + 1, "c": -1}


def test_refunds_are_taken_off_and_an_order_refunded_in_full_is_none():
    orders = "order_id customer_id paid_at paid refund\n1 a 2024-05-02 10 4\n2 a 2024-05-03 10 10\n"
    found = people_of(orders + "3 a 2024-04-01 8 1", SENDS + "s a sms 2024-05-01 A").to_pandas().iloc[0]
    assert (found.orders_window, found.net_sales_window, found.before_net_sales) == (1, 6, 7)


# --- other campaigns ----------------------------------------------------------------------------------------


def test_others_are_the_campaigns_that_wrote_from_a_window_before_to_the_end_of_the_window():
    rows = "s a sms 2024-05-10T10:00 A\n" + "\n".join(
        f"{name} a sms {at} {arm}"
        for name, at, arm in (
            ("early", "2024-05-03T09:59", "A"),
            ("first", "2024-05-03T10:00", "A"),
            ("twice", "2024-05-11", "A"),
            ("twice", "2024-05-12", "A"),
            ("held", "2024-05-11", "holdout"),
            ("last", "2024-05-17T09:59", "-"),
            ("late", "2024-05-17T10:00", "A"),
        )
    )
    assert each(times("2024-05-02"), rows).others["a"] == 3  # first, twice, last


def test_contamination_counts_by_arm_whom_other_campaigns_wrote_to_and_who_is_in_both():
    rows = (
        "s a sms 2024-05-10 A\ns b sms 2024-05-10 A\ns b mail 2024-05-10 holdout\n"
        "s c sms 2024-05-10 holdout\nt a sms 2024-05-11 A\nt c sms 2024-05-11 A\n"
        "s d sms 2024-05-10 A\ns e sms 2024-05-10 holdout"
    )
    found = assigned.contamination(people_of(ORDERS + times("2024-05-02"), SENDS + rows))
    assert found.to_dict("records") == [
        {
            "arm": "treatment",
            "customers": 3,
            "other_campaign_customers": 1,
            "other_campaign_share": 1 / 3,
            "both_arms": 1,
        },
        {
            "arm": "holdout",
            "customers": 2,
            "other_campaign_customers": 1,
            "other_campaign_share": 0.5,
            "both_arms": 0,
        },
    ]
    assert set(found.columns) <= set(labels.of_columns())
    said = assigned.told(found)
    assert "33.3% of those written to and to 50.0% of those held out" in said
    assert "1 customer is both" in said


def test_without_other_campaigns_it_is_said_that_there_was_none():
    rows = "s a sms 2024-05-10 A\ns b sms 2024-05-10 holdout"
    found = assigned.contamination(people_of(ORDERS + times("2024-05-02"), SENDS + rows))
    assert assigned.told(found) == "No other campaign wrote to these customers in the same days."


# --- moments ------------------------------------------------------------------------------------------------


def test_moments_by_hand():
    orders = "1 a 2024-04-01 3\n2 a 2024-05-02 10\n3 a 2024-05-03 10.50\n4 b 2024-05-02 4\n5 c 2024-04-02 2"
    rows = "s a sms 2024-05-01 A\ns b sms 2024-05-01 A\ns c sms 2024-05-01 holdout\ns d sms 2024-06-29 A"
    found = assigned.moments(people_of(ORDERS + orders, SENDS + rows), "window")
    assert found.columns.tolist() == [
        *("arm", "n", "buyers", "orders", "y", "yy", "x", "xx", "xy", "before_buyers")
    ]
    # d's window is not over: y of the written to is 20.5 and 4, x 3 and 0
    assert found.values.tolist() == [
        ["treatment", 2, 2, 3, 24.5, 436.25, 3, 9, 61.5, 1],
        ["holdout", 1, 0, 0, 0, 0, 2, 4, 0, 1],
    ]


def test_moments_by_a_column_have_a_row_for_each_value_and_add_up_to_the_arm():
    orders = "1 a 2024-05-02 10\n2 b 2024-05-02 4\n3 c 2024-05-02 1"
    rows = "s a sms 2024-05-01 B\ns b sms 2024-05-01 A\ns c sms 2024-05-01 holdout\ns d sms 2024-05-01 A"
    people = people_of(ORDERS + orders, SENDS + rows)
    found = assigned.moments(people, "window", by=["variant"])
    shown = found[["arm", "variant", "n", "buyers", "y"]].fillna("").values.tolist()
    assert shown == [["treatment", "A", 2, 1, 4], ["treatment", "B", 1, 1, 10], ["holdout", "", 1, 1, 1]]
    whole = assigned.moments(people, "window").set_index("arm")
    assert found[found.arm == "treatment"].yy.sum() == whole.yy["treatment"] == 116


def test_an_arm_whose_span_is_over_for_nobody_has_a_row_of_zeros():
    rows = "s a sms 2024-06-29 A\ns b sms 2024-06-29 holdout"
    found = assigned.moments(people_of(ORDERS + times("2024-06-30"), SENDS + rows), "90")
    assert found.arm.tolist() == ["treatment", "holdout"]
    assert (found.drop(columns="arm") == 0).all(axis=None)


def test_sums_of_great_amounts_are_exact_to_the_cent():
    rows = "\n".join(f"s c{n} sms 2024-05-01 A" for n in range(3))
    orders = "\n".join(f"{n} c{n} 2024-05-02 12345678.91" for n in range(3))
    found = assigned.moments(people_of(ORDERS + orders, SENDS + rows), "window").iloc[0]
    assert found.y == 37037036.73
    assert found.yy == 3 * 1234567891**2 / 10_000


# --- a second way -------------------------------------------------------------------------------------------


def looped(orders, sends, as_of, window=3, horizon=10, before=5):
    """The people of campaign s by loops over the rows."""
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    sends = [row for row in sends if row[3] < end]
    found = {}
    for who in {row[1] for row in sends if row[0] == "s"}:
        mine = [row for row in sends if row[0] == "s" and row[1] == who]
        out = [row for row in mine if row[4] != "holdout"]
        at = min(row[3] for row in mine)
        ends = max(at + pd.Timedelta(days=window), pd.Timestamp("2024-05-06"))
        bought = [(when, paid) for buyer, when, paid in orders if buyer == who and when < end]
        row = {"arm": "treatment" if out else "holdout", "both": 0 < len(out) < len(mine)}
        earlier = [pair for pair in bought if pair[0] < at]
        inside = [paid for when, paid in earlier if when >= at - pd.Timedelta(days=before)]
        row |= {"before_orders": len(inside), "before_net_sales": sum(inside)}
        last = max((when for when, _paid in earlier), default=None)
        row["before_recency_days"] = np.nan if last is None else (at.normalize() - last.normalize()).days
        near = [r for r in sends if r[0] != "s" and r[1] == who and r[4] != "holdout"]
        opens = at - pd.Timedelta(days=window)
        row["others"] = len({r[0] for r in near if opens <= r[3] < ends})
        for span, until in (("window", ends), (str(horizon), at + pd.Timedelta(days=horizon))):
            paid = [paid for when, paid in bought if at <= when < until]
            over = until <= end
            row |= {f"orders_{span}": len(paid) if over else np.nan}
            row |= {f"net_sales_{span}": sum(paid) if over else np.nan}
        found[who] = row
    return pd.DataFrame.from_dict(found, orient="index").sort_index()


half_days = st.integers(0, 50).map(lambda n: pd.Timestamp("2024-04-25") + pd.Timedelta(hours=12 * n))
customers = st.sampled_from("abcd")
bought = st.lists(st.tuples(customers, half_days, st.integers(1, 99)), min_size=1, max_size=12)
arms = st.sampled_from(["holdout", "A", None])
sent = st.tuples(st.sampled_from(["s", "t", "u"]), customers, st.just("sms"), half_days, arms)
sent_many = st.lists(sent, max_size=10).map(
    lambda rows: [("s", "a", "sms", pd.Timestamp("2024-04-30"), "A"), *rows]
)


@settings(max_examples=20, deadline=None)
@given(bought, sent_many)
def test_people_and_moments_are_those_that_loops_over_the_rows_find(orders, sends):
    frame = pd.DataFrame(orders, columns=["customer_id", "paid_at", "paid"])
    frame.insert(0, "order_id", [str(n) for n in range(len(frame))])
    columns = ["campaign_id", "customer_id", "channel", "sent_at", "arm"]
    rules = {"window_days": 3, "horizons": [10], "before_days": 5}
    people = people_of(
        frame,
        pd.DataFrame(sends, columns=columns),
        as_of="2024-05-12",
        campaigns="s x 2024-05-01 2024-05-05",
        **rules,
    )
    wanted = looped(orders, sends, "2024-05-12")
    found = people.to_pandas().set_index("customer_id").sort_index()[wanted.columns]
    numbers = wanted.columns.drop("arm")
    assert found.arm.tolist() == wanted.arm.tolist()
    pd.testing.assert_frame_equal(
        found[numbers].astype(float), wanted[numbers].astype(float), check_names=False
    )
    for span in ("window", "10"):
        over = wanted[wanted[f"orders_{span}"].notna()]
        y, x = over[f"net_sales_{span}"], over.before_net_sales
        sums = {"n": y * 0 + 1, "y": y, "yy": y * y, "x": x, "xx": x * x, "xy": x * y}
        told = assigned.moments(people, span).set_index("arm")
        for arm in told.index:
            mine = (over.arm == arm).to_numpy()
            assert told.loc[arm, list(sums)].tolist() == [values[mine].sum() for values in sums.values()]
            assert told.buyers[arm] == (over[f"orders_{span}"][mine] > 0).sum()
            assert told.before_buyers[arm] == (over.before_orders[mine] > 0).sum()


# --- what is missing ----------------------------------------------------------------------------------------


def test_what_is_missing_is_named():
    shop = in_memory(ORDERS + times("2024-05-02"))
    rules = shop.settings.rules.campaign
    assert assigned.people(shop, "s", rules) == NotComputed("sends.customer_id")
    nobody = "order_id paid_at paid\n1 2024-05-02 5"
    shop = in_memory(nobody, sends=SENDS + "s a sms 2024-05-01 A")
    assert assigned.people(shop, "s", rules) == NotComputed("orders.customer_id")
    shop = in_memory(ORDERS + times("2024-05-02"), sends=SENDS + "s - sms 2024-05-01 A")
    assert assigned.people(shop, "s", rules) == NotComputed("sends.customer_id")
    empty = people_of(ORDERS + times("2024-05-02"), SENDS + "t a sms 2024-05-01 A")
    assert empty.needs == "messages of this campaign in the table sends"
    assert assigned.moments(empty, "window") is empty
    assert assigned.contamination(empty) is empty


def test_without_a_column_of_arms_everybody_was_written_to():
    sends = "campaign_id customer_id channel sent_at\ns a sms 2024-05-01"
    found = people_of(ORDERS + times("2024-05-02"), sends).to_pandas()
    assert found.arm.tolist() == ["treatment"]
    assert found.variant.isna().all()
