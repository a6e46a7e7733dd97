"""Features: everything known of each person, on shops that one can check by hand."""

from functools import cache

import pandas as pd
import pytest
from build import rules_of
from persons import known_of, shop_in_memory, told

from shopcrm_nb import baskets, features, segment
from shopcrm_nb.catalogue import FEATURES

# --- orders and money ---------------------------------------------------------------------------------------

ORDERS = """order_id customer_id paid_at paid refund status created_at
    1 edges 2024-06-30_23:59 1 0 success -
    2 edges 2024-06-01 10 0 success -
    3 edges 2024-05-31 100 0 success -
    4 edges 2024-04-02 1000 0 success -
    5 edges 2024-04-01 1e4 0 success -
    6 edges 2023-07-02 1e5 0 success -
    7 edges 2023-07-01 1e6 0 success -
    8 edges 2024-07-01 1e7 0 success -
    10 back 2024-01-01 100 30 success -
    11 back 2024-01-02 100 100 refunded -
    12 back 2024-01-03 200 0 success -
    20 waits - 0 0 unpaid 2024-06-29
    21 waits - 0 0 closed_unpaid 2024-06-01
    22 waits - 0 0 - 2024-06-30_12:00
    23 waits - 0 0 unpaid 2024-07-01
    24 waits 2024-07-01 50 0 paid 2024-06-30
    30 later - 0 0 unpaid 2024-07-02
    40 twice 2024-03-01_10:00 5 0 success -
    41 twice 2024-03-01_10:00 5 0 success -
    42 twice 2024-05-01 5 0 success -
    50 gift 2024-05-01 0 0 success -
    60 - 2024-05-01 5 0 success -
    61 once 2024-05-01 5 0 success -"""


@cache
def ordered():
    return known_of(orders=ORDERS)


def test_each_person_of_any_order_by_as_of_has_one_row_and_an_order_of_nobody_has_none():
    assert sorted(ordered().index) == ["back", "edges", "gift", "once", "twice", "waits"]
    assert ordered().columns.tolist() == list(FEATURES)


def test_orders_are_counted_ever_and_in_the_last_days_as_of_included():
    # 30 days are from 1 June on, 90 from 2 April, 365 from 2 July
    names = ("orders", "orders_30d", "orders_90d", "orders_365d")
    assert told(ordered(), "edges", *names) == (7, 2, 4, 6)
    assert told(ordered(), "edges", "net_sales", "net_sales_365d") == (1_111_111, 111_111)
    assert told(ordered(), "edges", "first_order_on") == (pd.Timestamp(2023, 7, 1),)
    assert told(ordered(), "edges", "last_order_on", "recency_days") == (pd.Timestamp(2024, 6, 30), 0)
    assert told(ordered(), "edges", "net_sales_per_order")[0] == pytest.approx(1_111_111 / 7, abs=1e-4)


def test_what_came_back_is_told_and_an_order_that_came_back_whole_is_not_counted():
    assert told(ordered(), "back", "orders", "net_sales", "net_sales_per_order") == (2, 270, 135)
    assert told(ordered(), "back", "refunded_orders", "refund_share") == (2, 0.325)
    assert told(ordered(), "back", "recency_days", "second_order_days") == (179, 2)


def test_orders_that_wait_for_payment_and_closed_ones_are_told_and_nothing_else_of_who_never_bought():
    row = ordered().loc["waits"]
    assert (row.unpaid_orders, row.closed_orders) == (2, 1)
    zero = ["orders", "orders_30d", "net_sales", "net_sales_365d", "refunded_orders"]
    assert (row[zero] == 0).all()
    unknown = ["net_sales_per_order", "first_order_on", "last_order_on", "recency_days", "second_order_days"]
    unknown += ["refund_share", "frequency_band", "hour_band", "weekday", "grade"]
    assert row[unknown].isna().all()
    assert told(ordered(), "gift", "orders", "refund_share", "unpaid_orders") == (0, None, 0)


def test_days_to_the_second_order_are_0_on_the_same_day_and_nothing_after_one_order():
    assert told(ordered(), "twice", "orders", "second_order_days", "recency_days") == (3, 0, 60)
    assert told(ordered(), "once", "orders", "second_order_days") == (1, None)
    assert told(ordered(), "back", "second_order_days") == (2,)


def test_grades_are_those_of_the_score_table_and_cluster_is_told_where_it_was_computed():
    shop = shop_in_memory(orders=ORDERS)
    scored = segment.rfm(shop)
    grades = scored.to_pandas().set_index("customer_id").grade
    assert ordered().grade.dropna().to_dict() == grades.to_dict()
    assert ordered().cluster.isna().all()
    with_cluster = scored.mutate(cluster=scored.grade.lower())
    found = features.people(shop, baskets.orders(shop), with_cluster).to_pandas().set_index("customer_id")
    assert found.cluster.dropna().to_dict() == grades.str.lower().to_dict()
    without = features.people(shop, baskets.orders(shop)).to_pandas()
    assert without.grade.isna().all() and len(without) == len(ordered())


@pytest.mark.parametrize("orders", [1, 2, 3, 4, 5, 6, 9])
def test_the_band_of_frequency_is_that_of_all_valid_orders(orders):
    rows = "order_id customer_id paid_at paid"
    for n in (1, 2, 3, 4, 5, 6, 9):
        rows += "".join(f"\n{n}-{i} c{n} 2024-01-0{i + 1} 5" for i in range(n))
    band = {1: "1", 2: "2", 3: "3", 4: "4-5", 5: "4-5", 6: "6+", 9: "6+"}
    assert told(bands_of(rows), f"c{orders}", "orders", "frequency_band") == (orders, band[orders])


@cache
def bands_of(rows):
    return known_of(orders=rows)


# --- habits, first and last ---------------------------------------------------------------------------------

HABITS = """order_id customer_id paid_at paid channel shop province city quantity
    1 most 2024-01-01_08:00 5 app x 浙江省 杭州市 1
    2 most 2024-01-02_20:00 5 app y - - 1
    3 most 2024-01-03_23:00 5 web y - - 1
    4 tie 2024-01-01_08:00 5 app x 广东省 广州市 1
    5 tie 2024-01-02_20:00 5 web y - 深圳市 1
    6 tie 2024-01-03_21:00 5 web x 北京市 - 1
    7 tie 2024-01-04_07:00 5 app y - - 1
    9 same 2024-01-01_08:00 5 app x Bavaria München 1
    8 same 2024-01-01_08:00 5 web y 浙江 丽水 1
    10 only 2024-01-01_12:00 5 - - - - 1
    11 paid 2024-05-01_12:00 5 app x 四川 成都 1"""

# Product, category, amount and list price of each order's line.
BOUGHT = """order_id product_id quantity amount category list_price
    1 p 1 10 coat 10
    2 q 2 10 hat 10
    3 q 4 10 hat -
    4 p 1 10 coat 20
    5 q 1 10 hat -
    6 q 1 10 hat -
    7 p 1 10 coat 10
    8 q 1 10 hat -
    9 p 1 10 coat -
    11 z 1 10 - -
    11 y 3 9 scarf -"""


@cache
def habits():
    orders = HABITS + "\n12 paid 2024-06-01_12:00 5 - - - - 1\n13 paid 2024-06-02_12:00 0 web y 上海市 - 1"
    return known_of(orders=orders, order_items=BOUGHT)


def test_a_habit_is_that_of_the_last_order_but_the_category_that_of_most():
    names = ("channel", "shop", "category", "hour_band")
    assert told(habits(), "most", *names) == ("web", "y", "hat", "22-23")
    assert told(habits(), "most", "weekday") == ("3",)  # Monday, Tuesday, Wednesday: the last


def test_of_equally_frequent_categories_the_one_used_last_counts():
    assert told(habits(), "tie", "channel", "shop", "category", "hour_band") == ("app", "y", "coat", "6-8")


def test_orders_of_one_moment_follow_each_other_by_their_ids():
    # as text: 8 comes before 9
    assert told(habits(), "same", "channel", "category", "first_product", "last_product") == (
        *("app", "coat"),
        *("q", "p"),
    )
    assert told(habits(), "same", "second_order_days", "orders") == (0, 2)


def test_an_order_that_does_not_tell_is_no_habit():
    names = ("channel", "shop", "category", "price_band", "discount_band", "first_product", "last_category")
    assert told(habits(), "only", *names[:3]) == (None, None, None)
    assert told(habits(), "only", "first_product", "last_product", "discount_share") == (None, None, None)
    assert told(habits(), "paid", "channel", "shop") == ("app", "x")


def test_first_and_last_are_those_of_the_first_order_and_of_the_last_one_that_tells():
    names = ("first_product", "first_category", "last_product", "last_category")
    assert told(habits(), "most", *names) == ("p", "coat", "q", "hat")
    assert told(habits(), "tie", *names) == ("p", "coat", "p", "coat")
    assert told(habits(), "paid", *names) == ("z", "scarf", "z", "scarf")  # the order 12 has no lines


def test_pieces_prices_and_discounts_are_means_over_the_orders():
    assert told(habits(), "most", "items_per_order", "price_per_item") == (2.3333, 5.8333)
    # 10 of 10, 10 of 20: none and a half; the order without a list price does not tell
    assert told(habits(), "most", "discount_share", "discount_band") == (0.25, "50%+")
    assert told(habits(), "tie", "discount_share", "discount_band") == (0.25, "0%")
    assert told(habits(), "same", "discount_share", "discount_band") == (None, None)


def test_the_place_is_that_of_the_last_order_that_has_one_in_the_short_form():
    assert told(habits(), "most", "province", "city", "city_tier") == ("浙江", "杭州市", "new_tier_1")
    assert told(habits(), "tie", "province", "city", "city_tier") == ("北京", "深圳市", "tier_1")
    assert told(habits(), "only", "province", "city", "city_tier") == (None, None, None)
    assert told(habits(), "paid", "province") == (
        "上海",
    )  # an order that was given away tells where somebody lives
    province, city = told(habits(), "same", "province", "city")
    assert (province, city) in {("Bavaria", "München"), ("浙江", "丽水")}


def test_who_buys_new_products_does_so_in_most_of_the_money_of_so_many_orders():
    orders = """order_id customer_id paid_at paid
        0 z 2024-01-01 5
        1 a 2024-03-01 5
        2 a 2024-03-11 5
        3 a 2024-05-01 5
        4 b 2024-03-05 5"""
    lines = """order_id product_id quantity amount
        0 old 1 5
        1 new 1 5
        2 new 1 51
        2 old 1 49
        3 new 1 5
        4 new 1 50
        4 old 1 50"""
    frame = known_of(orders=orders, order_items=lines)
    assert told(frame, "a", "new_product_share") == (0.6667,)
    assert told(frame, "b", "new_product_share") == (0,)  # half is not most
    assert told(frame, "z", "new_product_share") == (0,)


# --- people of other tables ---------------------------------------------------------------------------------

CUSTOMERS = """customer_id gender birthday age occupation platform_level email_ok sms_ok blacklisted \
province city
    both female 2000-06-30 - 教师 88VIP yes no no 新疆维吾尔自治区 -
    file male - 34 - - - - yes - -
    - male - 34 - - - - yes - -"""
MEMBERS = """customer_id enrolled_at tier points
    both 2024-06-30 VIP 120
    card 2023-01-01 普通会员 -
    soon 2024-07-01 VIP 5"""
EVENTS = """customer_id at type product_id
    both 2024-06-30 cart p
    look 2024-06-25 view p
    soon 2024-07-01 view p"""


@cache
def everybody():
    orders = """order_id customer_id paid_at paid province city
        1 both 2024-06-01 5 浙江省 杭州市
        2 order 2024-06-01 5 广西壮族自治区 南宁市"""
    return known_of(orders=orders, customers=CUSTOMERS, members=MEMBERS, events=EVENTS)


def test_a_person_of_any_table_has_one_row_and_one_of_the_days_after_as_of_has_none():
    assert sorted(everybody().index) == ["both", "card", "file", "look", "order"]


def test_who_is_in_the_customer_file_only_has_bought_nothing_and_looked_at_nothing():
    row = everybody().loc["file"]
    assert (row.gender, row.age, row.age_band, row.blacklisted) == ("male", 34, "30-34", True)
    zero = ["orders", "net_sales", "unpaid_orders", "views_30d", "carts_90d", "cart_unpaid_30d", "member"]
    assert (row[zero] == 0).all()
    assert row[["recency_days", "last_seen_on", "enrolled_on", "tier", "email_ok", "province"]].isna().all()


def test_a_member_is_one_and_everybody_else_known_is_none():
    assert everybody().member.map(bool).to_dict() == {
        **dict.fromkeys(["both", "card"], True),
        **dict.fromkeys(["file", "look", "order"], False),
    }
    assert told(everybody(), "both", "enrolled_on", "tier", "points") == (
        pd.Timestamp(2024, 6, 30),
        "VIP",
        120,
    )
    assert told(everybody(), "card", "tier", "points", "orders") == ("普通会员", None, 0)


def test_the_customer_file_knows_better_than_an_order_where_somebody_lives():
    assert told(everybody(), "both", "province") == ("新疆",)
    assert told(everybody(), "order", "province", "city", "city_tier") == ("广西", "南宁市", "tier_2")


def test_what_the_files_tell_stands_beside_the_orders():
    assert told(everybody(), "both", "gender", "age", "birthday_in_days", "occupation") == (
        "female",
        24,
        0,
        "教师",
    )
    assert told(everybody(), "both", "platform_level", "email_ok", "sms_ok") == ("88VIP", True, False)
    assert told(everybody(), "both", "carts_30d", "cart_unpaid_30d", "orders") == (1, 1, 1)
    assert told(everybody(), "look", "views_7d", "carts_30d", "last_seen_on") == (
        1,
        0,
        pd.Timestamp(2024, 6, 25),
    )


# --- rules --------------------------------------------------------------------------------------------------


def test_the_rules_of_a_shop_shape_its_bands():
    rules = rules_of(portrait={"ages": [34, 60]}, orders={"min_order_amount": 49})
    aged = "customer_id age\nback 34"
    frame = known_of(rules=rules, orders=ORDERS, customers=aged)
    assert told(frame, "back", "age_band", "orders", "refunded_orders") == ("34-59", 2, 2)
