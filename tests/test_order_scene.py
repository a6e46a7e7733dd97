"""The scenes of an order's way, each by hand to the day."""

import pytest
from build import rules_of
from fulfil import in_memory
from waiting import HEAD, OLD, REVIEWED, REVIEWS, RULES, of_orders, only, orders_of, rows_of, scenes_of


def test_an_inquiry_is_a_paid_order_that_is_not_sent_and_has_a_note():
    rows = of_orders(
        """
1 a 2024-06-30 2024-06-30T09:00 90 90 5 paid - - - gift
2 b 2024-06-29 2024-06-29T20:00 90 90 0 paid - - - -
3 c 2024-06-28 2024-06-28T20:00 90 90 0 shipped 2024-06-29 - - blue
4 d 2024-06-29 2024-06-29T20:00 90 90 90 refunded - - - red
5 e 2024-06-29 - 90 90 0 unpaid - - - green
6 f 2024-07-01 2024-07-01 90 90 0 paid - - - later
7 g 2024-06-20 2024-06-20 90 90 0 paid - - - long
""",
        *("scene", "order_id", "customer_id", "since", "days", "amount", "reason", "action", "urgency"),
    )
    assert only(rows, "inquiry") == [
        ("7", "g", "2024-06-20", 10, 90, "note", "answer_note", 1),
        ("1", "a", "2024-06-30", 0, 85, "note", "answer_note", 1),
    ]


def test_payment_follows_the_day_2_and_day_3_rule_and_a_closed_order_is_invited_again():
    rows = of_orders(
        """
1 a 2024-06-30T08:00 - 0 10 0 unpaid - - - -
2 b 2024-06-29T23:59 - 0 20 0 unpaid - - - -
3 c 2024-06-28T00:01 - 0 30 0 unpaid - - - -
4 d 2024-06-28 - 0 31 0 closed_unpaid - - - -
5 e 2024-06-25 - 0 999 0 unpaid - - - -
6 f 2024-06-20 - 0 32 0 closed_unpaid - - - -
6b f 2024-06-21 2024-06-21 40 40 0 success 2024-06-22 2024-06-23 2024-06-24 -
7 g 2024-05-31 - 0 33 0 closed_unpaid - - - -
8 h 2024-06-20 2024-07-01 40 40 0 paid - - - -
""",
        *("scene", "order_id", "since", "days", "reason", "action", "urgency"),
    )
    assert only(rows, "payment") == [
        ("5", "2024-06-25", 5, "not_paid", "pay_call", 1),  # at least twice the mean of all orders
        ("8", "2024-06-20", 10, "not_paid", "pay_sms", 1),
        ("3", "2024-06-28", 2, "not_paid", "pay_sms", 1),
        ("2", "2024-06-29", 1, "not_paid", "pay_email", 2),
        ("4", "2024-06-28", 2, "closed", "invite_again", 3),
        ("1", "2024-06-30", 0, "placed_today", "pay_wait", 3),
    ]


def test_a_shop_of_which_no_order_is_closed_yet_has_its_waiting_orders_told():
    rows = of_orders("1 a 2024-06-29 - 0 20 0 unpaid - - - -", "scene", "order_id", "action")
    assert only(rows, "payment") == [("1", "pay_email")]


def test_a_paid_order_is_late_after_48_hours_and_one_that_left_is_told_for_three_days():
    rows = of_orders(
        """
1 a 2024-06-28 2024-06-28T23:59 90 90 0 paid - - - -
2 b 2024-06-29 2024-06-29T00:01 90 90 0 paid - - - -
3 c 2024-06-27 2024-06-27 90 90 0 shipped 2024-06-28T00:01 - - -
4 d 2024-06-27 2024-06-27 90 90 0 shipped 2024-06-27T23:59 - - -
5 e 2024-06-27 2024-06-27 91 91 0 shipped 2024-06-29 2024-06-30 - -
6 f 2024-06-29 2024-06-29 92 92 0 part_shipped 2024-06-30 - - -
7 g 2024-06-20 2024-06-20 90 90 0 shipped 2024-07-01 - - -
8 h 2024-06-20 2024-06-20 90 90 90 refunded - - - -
9 i 2024-06-20 2024-06-20 90 90 90 refunded 2024-07-01 - - -
""",
        *("scene", "order_id", "since", "days", "reason", "action", "urgency"),
    )
    assert only(rows, "shipping") == [
        ("1", "2024-06-28", 2, "late", "ship_now", 1),
        ("7", "2024-06-20", 10, "late", "ship_now", 1),  # it left after that day
        ("6", "2024-06-30", 0, "on_its_way", "tell_shipped", 3),
        ("3", "2024-06-28", 2, "on_its_way", "tell_shipped", 3),
    ]


def test_the_hours_after_which_an_order_is_late_are_the_shops():
    text = "1 a 2024-06-29 2024-06-29 90 90 0 paid - - - -"
    assert only(of_orders(text, "scene", "order_id"), "shipping") == [("1",)]  # 48 hours to the minute
    late = {"process": {"min_orders": 1, "late_hours": 49}}
    assert only(of_orders(text, "scene", "order_id", rules=late), "shipping") == []


def test_a_parcel_is_tracked_when_it_is_longer_on_its_way_than_four_of_five():
    text = """
1 a 2024-06-20 2024-06-20 90 90 0 shipped 2024-06-26T23:59 - - -
2 b 2024-06-20 2024-06-20 90 90 0 shipped 2024-06-27T00:01 - - -
3 c 2024-06-20 2024-06-20 95 95 0 shipped 2024-06-21 2024-06-30 - -
4 d 2024-06-20 2024-06-20 96 96 0 shipped 2024-06-22 2024-07-02 - -
5 e 2024-06-20 2024-06-20 97 97 97 refunded 2024-06-22 - - -
"""
    columns = ("scene", "order_id", "since", "days", "reason", "action", "urgency")
    # Four orders took 96 hours and one 216: the 80th percentile of 96, 96, 96, 216 is 96 + 0.4 * 120 = 144.
    assert scenes_of(in_memory(orders_of(text), rules=RULES)).slow_hours == pytest.approx(144)
    assert only(of_orders(text, *columns), "tracking") == [
        ("4", "2024-06-22", 8, "slow", "ask_carrier", 1),
    ]
    quick = text.replace("2024-06-21 2024-06-30", "2024-06-21 2024-06-25")
    assert only(of_orders(quick, *columns), "tracking") == [
        ("4", "2024-06-22", 8, "slow", "ask_carrier", 1),
        ("1", "2024-06-26", 4, "slow", "ask_carrier", 1),
    ]


def test_an_order_that_is_tracked_is_not_told_as_just_sent():
    quick = OLD.replace("01-06 ", "01-03 ").replace("02-06 ", "02-03 ").replace("03-06 ", "03-03 ")
    text = f"{HEAD} note\n{quick}1 a 2024-06-20 2024-06-20 90 90 0 shipped 2024-06-28T12:00 - - -"
    rows = rows_of(in_memory(text, rules=RULES), "scene", "order_id", "reason")
    assert [row for row in rows if row[1] == "1"] == [("tracking", "1", "slow")]


def test_signing_is_told_for_two_days_and_a_receipt_is_asked_for_after_seven():
    rows = of_orders(
        """
1 a 2024-06-20 2024-06-20 90 90 0 shipped 2024-06-21 2024-06-29T00:01 - -
2 b 2024-06-20 2024-06-20 91 91 0 shipped 2024-06-21 2024-06-28T23:59 - -
3 c 2024-06-20 2024-06-20 92 92 0 success 2024-06-21 2024-06-29 2024-06-30 -
4 d 2024-06-20 2024-06-20 93 93 0 success 2024-06-21 2024-06-29 2024-07-01 -
5 e 2024-06-20 2024-06-20 94 94 0 shipped 2024-06-21 2024-06-23T23:59 - -
6 f 2024-06-20 2024-06-20 95 95 0 shipped 2024-06-21 2024-06-24T00:01 - -
7 g 2024-06-10 2024-06-10 96 96 0 success 2024-06-11 2024-06-12 2024-07-09 -
8 h 2024-06-10 2024-06-10 97 97 0 success 2024-06-11 2024-06-12 2024-06-29 -
9 i 2024-06-10 2024-06-10 98 98 98 refunded 2024-06-11 2024-06-12 - -
""",
        *("scene", "order_id", "since", "days", "reason", "action", "urgency"),
    )
    assert only(rows, "signing") == [
        ("4", "2024-06-29", 1, "arrived", "tell_arrived", 3),
        ("1", "2024-06-29", 1, "arrived", "tell_arrived", 3),
    ]
    assert only(rows, "confirm") == [
        ("7", "2024-06-12", 18, "not_confirmed", "ask_confirm", 2),
        ("5", "2024-06-23", 7, "not_confirmed", "ask_confirm", 2),
    ]


def test_a_review_is_asked_for_3_to_15_days_after_the_confirmation_where_there_is_none():
    columns = ("scene", "order_id", "since", "days", "action", "urgency")
    rows = of_orders(REVIEWED, *columns, reviews=REVIEWS)
    # r6 has the platform's own text, which closes the matter; r8 has a refund
    assert only(rows, "review") == [
        ("r7", "2024-06-20", 10, "ask_review", 2),
        ("r3", "2024-06-15", 15, "ask_review", 2),
        ("r1", "2024-06-27", 3, "ask_review", 2),
    ]
    short = of_orders(REVIEWED, *columns, reviews=REVIEWS, rules={"service": {"review_days": [10, 10]}})
    assert [row[0] for row in only(short, "review")] == ["r7"]


@pytest.mark.parametrize("days", [[15, 3], [-1, 3]])
def test_days_of_a_review_that_run_backwards_are_refused(days):
    with pytest.raises(ValueError, match="must run from a day to a later one"):
        rules_of(service={"review_days": days})
