"""The scenes of a customer by hand, and whom one may write to."""

from datetime import date, timedelta

from fulfil import in_memory
from waiting import CONSENTS, GIFTS, PEOPLE, REVIEWS, RULES, of_orders, only, orders_of, rows_of, scenes_of


def test_refunds_are_customers_with_two_refunded_orders_of_the_last_365_days():
    rows = of_orders(
        """
1 a 2023-07-02 2023-07-02 90 90 90 refunded - - - -
2 a 2024-06-01 2024-06-01 90 90 1.5 success 2024-06-02 2024-06-03 2024-06-04 -
3 b 2023-07-01 2023-07-01 90 90 90 refunded - - - -
4 b 2024-06-01 2024-06-01 90 90 90 refunded - - - -
5 c 2024-06-01 2024-06-01 90 90 90 refunded - - - -
6 c 2024-07-01 2024-07-01 90 90 90 refunded - - - -
7 c 2024-06-02 2024-06-02 90 90 0 success 2024-06-03 2024-06-04 2024-06-05 -
8 - 2024-06-01 2024-06-01 90 90 90 refunded - - - -
9 - 2024-06-01 2024-06-01 90 90 90 refunded - - - -
""",
        *("scene", "customer_id", "order_id", "since", "days", "amount", "reason", "action", "contact"),
    )
    assert only(rows, "refunds") == [
        ("a", None, "2024-06-01", 29, 91.5, "many_refunds", "look_into_refunds", "yes"),
    ]


def test_near_the_next_tier_are_customers_who_lack_little_and_are_not_lost():
    rows = of_orders(
        """
1 a 2024-06-01 2024-06-01 85 85 0 success 2024-06-02 2024-06-03 2024-06-04 -
2 b 2024-06-01 2024-06-01 99 99 0 success 2024-06-02 2024-06-03 2024-06-04 -
3 c 2024-06-01 2024-06-01 20 20 0 success 2024-06-02 2024-06-03 2024-06-04 -
4 c 2024-06-09 2024-06-09 20 20 0 success 2024-06-10 2024-06-11 2024-06-12 -
5 d 2023-07-01 2023-07-01 85 85 0 success 2023-07-02 2023-07-03 2023-07-04 -
6 e 2023-06-30 2023-06-30 85 85 0 success 2023-07-02 2023-07-03 2023-07-04 -
7 f 2024-06-01 2024-06-01 50 50 0 success 2024-06-02 2024-06-03 2024-06-04 -
""",
        *("scene", "customer_id", "order_id", "since", "amount", "reason", "action", "contact"),
    )
    # The last order of e is 366 days ago; the three old orders have reached the first tier.
    assert only(rows, "upgrade") == [
        ("b", None, "2024-06-01", 1, "near_amount", "tell_upgrade", "unknown"),
        ("a", None, "2024-06-01", 15, "near_amount", "tell_upgrade", "unknown"),
        ("d", None, "2023-07-01", 15, "near_amount", "tell_upgrade", "unknown"),
        ("c", None, "2024-06-09", 60, "near_orders", "tell_upgrade", "unknown"),
    ]


def test_gifts_are_for_the_best_for_a_first_order_and_for_a_birthday_one_a_customer():
    rows = of_orders(
        GIFTS,
        *("scene", "customer_id", "order_id", "since", "days", "amount", "reason", "action", "contact"),
        customers=PEOPLE,
    )
    # The first order of a and e (the one that came back in full is none) waits to be packed; that of d left;
    # b has a tier, not the highest.
    # Of equal times the first by its id. Nobody knows who 13 is; f never paid.
    assert only(rows, "gift") == [
        ("a", "1", "2024-06-29", 1, 90, "first_order", "pack_welcome", "yes"),
        ("c", "6", "2024-06-30", 0, 50, "top_tier", "pack_for_the_best", "yes"),
        ("e", "9", "2024-06-30", 0, 30, "first_order", "pack_welcome", "yes"),
        ("g", "11", "2024-06-30", 0, 25, "first_order", "pack_welcome", "yes"),
        ("b", None, "2024-06-30", 0, 210, "birthday", "greet_birthday", "yes"),
    ]


def test_a_birthday_counts_from_so_many_days_before_it():
    rows = of_orders(
        GIFTS,
        *("scene", "customer_id", "since", "days"),
        customers=PEOPLE.replace("b 1990-07-14", "b 1990-07-04"),
        rules={"service": {"birthday_days": 15}},
    )
    # d's is 15 days ahead, as far as it is looked; b's only 4
    assert [row for row in only(rows, "gift") if row[0] in "bd"] == [
        ("b", "2024-06-19", 11),
        ("d", "2024-06-30", 0),
    ]


# --- whom one may write to ----------------------------------------------------------------------------------


def test_consent_is_told_and_asked_for_by_marketing_alone():
    closed = "\n".join(
        f"{name}1 {name} 2024-06-20 - 0 30 0 closed_unpaid - - - -\n"
        f"{name}2 {name} 2024-06-29 - 0 30 0 unpaid - - - -"
        for name in "abcdefgk"
    )
    closed += "\nh1 d 2024-06-20 - 0 300 0 closed_unpaid - - - -\nh2 d 2024-06-20 - 0 300 0 unpaid - - - -"
    rows = of_orders(closed, "scene", "order_id", "contact", "consent", customers=CONSENTS)
    assert sorted(only(rows, "payment")) == [
        *(("a1", "yes", "both"), ("a2", "yes", "both"), ("b1", "yes", "email"), ("b2", "yes", "email")),
        *(("c1", "yes", "sms"), ("c2", "yes", "sms"), ("d1", "no", "none"), ("d2", "yes", "none")),
        *(("e1", "unknown", "unknown"), ("e2", "yes", "unknown")),
        *(("f1", "unknown", "unknown"), ("f2", "yes", "unknown")),  # of e and f one is not told
        *(("h1", "no", "none"), ("h2", "yes", "none")),  # calls: one is closed
        *(("k1", "unknown", "unknown"), ("k2", "yes", "unknown")),  # in no table; g is on the blacklist
    ]


def test_who_is_on_the_blacklist_gets_messages_about_a_paid_order_and_no_others():
    text = """
1 g 2024-06-27 2024-06-27 90 90 0 paid - - - hello
2 g 2024-06-01 2024-06-01 90 90 0 success 2024-06-02 2024-06-03 2024-06-25 -
3 g 2024-05-01 2024-05-01 90 90 90 refunded - - - -
4 g 2024-05-02 2024-05-02 90 90 90 refunded - - - -
5 g 2024-06-29 - 0 90 0 unpaid - - - -
6 g 2024-06-20 2024-06-20 90 90 0 shipped 2024-06-21 - - -
7 g 2024-06-10 2024-06-10 90 90 0 shipped 2024-06-11 2024-06-30 - -
8 g 2024-06-10 2024-06-10 90 90 0 shipped 2024-06-11 2024-06-15 - -
"""
    shop = in_memory(orders_of(text), rules=RULES, customers=CONSENTS, reviews=REVIEWS)
    found = scenes_of(shop)
    table = found.table.to_pandas().query("customer_id == 'g'")
    assert list(
        table[["scene", "order_id", "customer_id", "contact"]].itertuples(index=False, name=None)
    ) == [
        *(("inquiry", "1", "g", "yes"), ("shipping", "1", "g", "yes"), ("tracking", "6", "g", "yes")),
        *(("signing", "7", "g", "yes"), ("confirm", "8", "g", "yes")),
    ]
    assert {name: n for name, n in found.left_out.items() if n} == {"review": 1, "refunds": 1, "upgrade": 1}


def test_a_paid_order_that_waits_too_long_is_no_task_of_the_day_and_is_counted():
    text = """
1 a 2024-04-01 2024-04-01 90 90 0 paid - - - hello
2 b 2024-04-01 2024-04-01 90 90 0 shipped 2024-04-02 - - -
3 c 2024-04-01 2024-04-01 90 90 0 shipped 2024-04-01 - - -
4 d 2024-04-01 2024-04-01 90 90 0 shipped 2024-04-01 2024-04-01 - -
"""
    assert date(2024, 6, 30) - date(2024, 4, 1) == timedelta(days=90)
    shop = in_memory(orders_of(text), rules=RULES)
    rows = rows_of(shop, "scene", "order_id")
    assert set(rows) >= {("inquiry", "1"), ("shipping", "1"), ("tracking", "2"), ("confirm", "4")}
    shop = in_memory(orders_of(text), rules=RULES | {"service": {"longest_days": 89}})
    assert [row for row in rows_of(shop, "scene", "order_id") if row[0] != "upgrade"] == [("tracking", "2")]
    left_out = {name: n for name, n in scenes_of(shop).left_out.items() if n}
    assert left_out == {"inquiry": 1, "shipping": 1, "tracking": 1, "confirm": 1, "gift": 1}
