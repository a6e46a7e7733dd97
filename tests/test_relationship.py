"""Relationship: the class of each person at as_of, and the frame and sentence of the page."""

from datetime import date

import pandas as pd
import pytest
from build import shop_of
from people_shop import class_of, people_in, rows_of, written

from shopcrm_nb import baskets, features, labels, model, relationship, table
from shopcrm_nb.absent import NotComputed

HEAD = "order_id customer_id created_at paid_at paid refund status\n"
# At the last day, 2024-06-30, of each class one person.
ORDERS = (
    HEAD
    + """
1 once 2024-06-30 2024-06-30 10 0 success
2 twice 2024-01-01 2024-01-01 10 0 success
3 twice 2024-02-01 2024-02-01 10 0 success
4 thrice 2023-07-01 2023-07-01 10 0 success
5 thrice 2023-07-01 2023-07-01 10 0 success
6 thrice 2023-07-01 2023-07-01 10 0 success
7 gone 2023-06-30 2023-06-30 10 0 success
8 gone 2023-06-30 2023-06-30 10 0 success
9 gone 2023-06-30 2023-06-30 10 0 success
10 waits 2024-06-01 - 0 0 unpaid
11 closed 2024-06-01 - 0 0 closed_unpaid
12 sentback 2024-06-01 2024-06-01 10 10 refunded
13 old 2022-01-01 2022-01-01 10 0 success
14 bad 2024-06-01 2024-06-01 10 0 success
15 gift 2024-06-01 2024-06-01 0 0 success
16 worse 2022-01-01 2022-01-01 10 0 success
"""
)
EVENTS = """customer_id at type
looks 2024-06-30T23:59:00 view
marks 2024-04-02T00:00:00 favourite
marked 2024-04-01T23:59:00 favourite
carts 2024-06-01T10:00:00 CART
later 2024-07-01T00:00:00 view
once 2024-06-01T10:00:00 cart
"""
MEMBERS = "customer_id enrolled_at\nenrolled 2024-06-30\nenrols 2024-07-01\n"
CUSTOMERS = "customer_id blacklisted\nbad 1\nworse 1\nfiled 0\nonce 0\n"
TABLES = {"events": EVENTS, "members": MEMBERS, "customers": CUSTOMERS}
CLASS = {
    **{"once": "first_time", "twice": "repeat", "thrice": "loyal", "gone": "lost", "old": "lost"},
    **{"waits": "target", "closed": "target", "sentback": "target", "marks": "target", "carts": "target"},
    **{"marked": "prospect", "looks": "prospect", "enrolled": "prospect"},
    **{"bad": "non_customer", "worse": "non_customer"},
    **{"filed": "none", "gift": "none"},
}


def people_of(shop):
    return features.people(shop, baskets.orders(shop))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return shop_of(tmp_path_factory.mktemp("shop"), ORDERS, as_of="2024-06-30", **TABLES)


@pytest.fixture(scope="module")
def people(shop):
    return people_of(shop)


@pytest.fixture(scope="module")
def frame(shop, people):
    return relationship.classes(people, shop).set_index("relationship")


def told(shop, people):
    found = relationship.today(people, shop).to_pandas()
    return found.set_index("customer_id").relationship.to_dict()


def test_each_person_has_the_first_class_that_fits(shop, people):
    assert told(shop, people) == CLASS


def test_the_cuts_are_the_shops_own_and_of_lost_days_one_more_makes_one_lost(tmp_path):
    # thrice bought 365 days before the last day, gone 366 and twice 150
    for days, lost in ((150, {"gone", "old", "thrice"}), (149, {"gone", "old", "thrice", "twice"})):
        rules = f"[rules.relationship]\nloyal_orders = 2\nlost_days = {days}\n"
        shop = shop_of(tmp_path / str(days), ORDERS, as_of="2024-06-30", settings=rules, **TABLES)
        found = told(shop, people_of(shop))
        assert {name for name, code in found.items() if code == "lost"} == lost
        assert found["twice"] == ("loyal" if days == 150 else "lost")


def test_the_classes_are_those_that_follow_from_the_rows_one_by_one(tmp_path):
    rows = rows_of(seed=1)
    shop = model.open_shop(written(tmp_path, rows), "2024-06-30")
    found = told(shop, people_of(shop))
    assert set(rows.customers.customer_id) <= set(found)
    people = people_in(rows)
    assert found == {name: class_of(people[name], "2024-06-30") for name in found}
    assert set(found.values()) == set(relationship.STATES)


def test_the_roster_is_everybody_with_the_class_and_all_features(shop, people):
    roster = relationship.roster(people, shop)
    assert roster.columns == ("customer_id", "relationship", *people.columns[1:])
    assert roster.to_pandas().customer_id.is_unique
    assert len(roster.to_pandas()) == len(CLASS)


def test_the_frame_counts_each_class_with_what_it_brought(frame):
    assert frame.index.tolist() == [*relationship.CLASSES, "none"]
    assert frame.customers.tolist() == [3, 5, 1, 1, 1, 2, 2, 2]
    assert frame.customer_share.sum() == pytest.approx(1)
    assert frame.customer_share["target"] == pytest.approx(5 / 17)
    assert frame.orders.tolist() == [0, 0, 1, 2, 3, 4, 2, 0]
    assert frame.net_sales.tolist() == [0, 0, 10, 20, 30, 40, 20, 0]
    # the last 365 days begin on 2023-07-02
    assert frame.net_sales_365d.tolist() == [0, 0, 10, 20, 0, 0, 10, 0]
    assert frame.sales_share["repeat"] == pytest.approx(0.5)
    assert frame.net_sales_per_customer["lost"] == 20
    assert set(frame.state) == {""}


def test_a_class_that_nobody_is_in_is_there_with_zeros_and_none_only_where_somebody_is(tmp_path):
    shop = shop_of(
        tmp_path,
        "order_id customer_id paid_at paid\n1 ann 2024-06-30 5\n2 ann 2022-06-30 5",
        events="customer_id at type\nann 2024-06-29 view",
        members="customer_id enrolled_at\nann 2024-06-29",
        customers="customer_id blacklisted\nann 0",
    )
    frame = relationship.classes(people_of(shop), shop).set_index("relationship")
    assert frame.index.tolist() == list(relationship.CLASSES)
    assert frame.customers.tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert frame.net_sales_per_customer.isna().sum() == 6


def test_what_cannot_be_told_says_what_it_needs_in_place_of_counts(tmp_path):
    shop = shop_of(tmp_path, "order_id customer_id paid_at paid\n1 ann 2024-06-30 5\n2 bob 2024-06-01 5")
    frame = relationship.classes(people_of(shop), shop).set_index("relationship")
    assert frame.state["prospect"] == "not computed: needs events.type"
    assert frame.state["target"] == "only in part: needs events.type"
    assert frame.state["non_customer"] == "not computed: needs customers.blacklisted"
    assert frame.state["lost"] == (
        "not computed: needs orders with a buyer up to 2023-06-30 (the first one is of 2024-06-01)"
    )
    blank = (
        frame.customers.isna() & frame.net_sales.isna() & frame.orders.isna() & frame.customer_share.isna()
    )
    assert blank.tolist() == [True, False, False, False, False, True, True]
    assert frame.customers["target"] == 0
    assert frame.customers["first_time"] == 2


def test_lost_can_be_told_from_the_first_day_on_which_somebody_could_be(tmp_path):
    rows = "order_id customer_id paid_at paid\n1 ann 2023-01-01 5\n2 bob 2024-06-01 5"
    shop = shop_of(tmp_path, rows, as_of="2024-01-02")
    assert relationship.can_be_lost(shop) == date(2024, 1, 2)  # 366 days after the first order
    assert relationship.classes(people_of(shop), shop).set_index("relationship").customers["lost"] == 1


def test_members_without_an_order_are_prospects_even_where_nobody_knows_who_looked(tmp_path):
    shop = shop_of(
        tmp_path,
        "order_id customer_id paid_at paid\n1 ann 2024-06-30 5",
        members="customer_id enrolled_at\nbob 2024-06-01",
    )
    frame = relationship.classes(people_of(shop), shop).set_index("relationship")
    assert frame.customers["prospect"] == 1
    assert frame.state["prospect"] == "only in part: needs events.type"


def test_an_empty_column_of_events_is_as_good_as_none(tmp_path):
    shop = shop_of(
        tmp_path,
        "order_id customer_id paid_at paid\n1 ann 2024-06-30 5",
        customers="customer_id blacklisted\nann -",
    )
    frame = relationship.classes(people_of(shop), shop).set_index("relationship")
    assert frame.state["non_customer"] == "not computed: needs customers.blacklisted"
    assert pd.isna(frame.customers["non_customer"])


def test_without_keys_of_buyers_nothing_is_told(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid\n1 2024-06-30 5")
    missing = people_of(shop)
    assert missing == NotComputed("orders.customer_id")
    assert relationship.today(missing, shop) is missing
    assert relationship.sentence(relationship.classes(missing, shop)) is missing


def test_the_sentence_counts_all_and_names_the_largest_classes(frame):
    assert relationship.sentence(frame.reset_index()) == (
        "17 people are known; the largest classes are targets 5 (29.4%), prospects 3 (17.6%), lost customers "
        "2 (11.8%)."
    )


def test_key_figures_leave_out_what_could_not_be_told(frame):
    found = relationship.figures(frame.reset_index())
    assert found["portrait.relationship_target"] == 5
    assert len(found) == 8
    part = frame.reset_index()
    part.loc[part.relationship == "prospect", "customers"] = pd.NA
    assert "portrait.relationship_prospect" not in relationship.figures(part)


def test_readers_get_words_for_all_columns_and_codes(frame):
    shown = frame.reset_index()
    assert set(shown.columns) <= set(labels.of_columns())
    assert set(relationship.STATES) == set(labels.of_codes()["relationship"])
    html = table.show(shown, "CNY")._repr_html_()
    assert "Loyal customer (忠诚客户)" in html
    assert "29.4%" in html
