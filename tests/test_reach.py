"""Reach: who can be written to, by hand; unknown is not no."""

import pandas as pd
import pytest
from build import WORKBOOK, rules_of, shop_of
from fulfil import in_memory

from shopcrm_nb import labels, model, reach, table
from shopcrm_nb.absent import NotComputed

RULES = rules_of()
ORDERS = """order_id customer_id paid_at paid
1 a 2024-06-01 100
2 a 2024-05-01 50
3 b 2024-06-01 30
4 c 2024-06-01 20
5 d 2024-06-30 10
6 e 2023-07-02 5
7 f 2023-07-01 900
8 - 2024-06-01 900
"""
PEOPLE = """customer_id email_ok sms_ok email_hash
a 1 0 x1
b 1 - -
c 0 1 x3
d - 1 x4
f 1 1 x6
g 1 1 x7
"""


def rows(shop):
    return reach.coverage(shop).set_index("reach")


STATES = ["reachable", "unreachable", "untold"]
SALES = ["net_sales_reachable", "net_sales_unreachable", "net_sales_untold"]


def test_an_address_and_consent_are_needed_and_what_is_not_known_is_not_no():
    found = rows(in_memory(ORDERS, customers=PEOPLE))
    assert found.index.tolist() == ["known", "email", "sms"]
    assert set(found.customers) == {5}  # f bought 366 days ago
    assert found.loc["known", STATES].tolist() == [4, 1, 0]
    # a has both; b no address, c no consent; of d the consent is not known, and e is in no table
    assert found.loc["email", [*STATES, "with_address", "with_consent"]].tolist() == [1, 2, 2, 3, 2]
    assert found.loc["sms", [*STATES, "with_consent"]].tolist() == [2, 1, 2, 2]
    assert pd.isna(found.loc["sms", "with_address"])
    assert found.loc["email", SALES].tolist() == [150, 50, 15]
    assert found.loc["sms", SALES].tolist() == [30, 150, 35]
    assert found.reachable_share.tolist() == [0.8, 0.2, 0.4]
    assert found.sales_share["email"] == pytest.approx(150 / 215)
    assert found.address_share["email"] == 0.6
    assert found.claimed_address_share["email"] == 0.9
    assert found.claimed_address_share[["known", "sms"]].isna().all()


def test_without_a_column_of_consent_an_address_alone_does_not_allow_to_write():
    people = "customer_id mobile_hash\na x1\nb -"
    found = rows(in_memory(ORDERS, customers=people))
    assert found.index.tolist() == ["known", "sms"]
    assert found.loc["sms", STATES].tolist() == [0, 1, 4]
    assert found.loc["sms", "with_address"] == 1
    assert pd.isna(found.loc["sms", "with_consent"])


def test_an_empty_column_is_as_good_as_none():
    found = rows(
        in_memory(
            ORDERS,
            customers=PEOPLE.replace("x1", "-")
            .replace("x3", "-")
            .replace("x4", "-")
            .replace("x6", "-")
            .replace("x7", "-"),
        )
    )
    assert pd.isna(found.with_address["email"])
    assert found.loc["email", STATES].tolist() == [2, 1, 2]


def test_members_are_those_enrolled_by_the_last_day():
    members = (
        "customer_id enrolled_at\na 2024-01-01\na 2024-02-01\nb 2024-06-30T23:00\nc 2024-07-01\ng 2024-01-01"
    )
    found = rows(in_memory(ORDERS, members=members))
    assert found.index.tolist() == ["member"]
    assert found.loc["member", STATES].tolist() == [2, 3, 0]
    assert found.loc["member", SALES].tolist() == [180, 35, 0]
    both = rows(in_memory(ORDERS, members=members, customers=PEOPLE))
    assert both.index.tolist() == ["known", "email", "sms", "member"]


def test_a_shop_sets_who_is_active_and_what_is_claimed():
    rules = {"reach": {"days": 366, "claimed_email_share": 0.5}}
    found = rows(in_memory(ORDERS, customers=PEOPLE, rules=rules))
    assert set(found.customers) == {6}
    assert found.claimed_address_share["email"] == 0.5


def test_each_way_adds_up_to_all_active_customers_of_the_demo_shop():
    shop = model.open_shop(WORKBOOK / "data" / "demo")
    found = rows(shop)
    orders = shop.orders.to_pandas()
    first = pd.Timestamp(shop.as_of) - pd.Timedelta(days=364)
    mine = orders[(orders.paid_at >= first) & orders.customer_id.notna()]
    people = shop.tables["customers"].to_pandas().set_index("customer_id")
    assert set(found.customers) == {mine.customer_id.nunique()}
    assert (found[STATES].sum(axis=1) == found.customers).all()
    assert found[SALES].sum(axis=1).tolist() == pytest.approx([mine.net.sum()] * len(found))
    known = mine[mine.customer_id.isin(people.index)]
    assert found.reachable["known"] == known.customer_id.nunique()
    if not people.columns.isin(["mobile_hash"]).any():
        agreed = mine[mine.customer_id.isin(people.index[people.sms_ok.eq(True)])]
        assert found.reachable["sms"] == agreed.customer_id.nunique()
        assert found.net_sales_reachable["sms"] == pytest.approx(agreed.net.sum())


def test_what_is_missing_is_said(tmp_path):
    assert reach.coverage(in_memory(ORDERS)) == NotComputed("customers.customer_id")
    nameless = in_memory("order_id paid_at paid\n1 2024-06-30 5", customers=PEOPLE)
    missing = reach.coverage(nameless)
    assert missing == NotComputed("orders.customer_id")
    assert reach.sentence(missing, RULES) is missing
    loaded = shop_of(tmp_path, ORDERS, customers="customer_id email_ok\na 1")
    assert rows(loaded).loc["email", STATES].tolist() == [1, 0, 4]


def test_the_sentence_says_who_can_be_written_to():
    found = reach.coverage(in_memory(ORDERS, customers=PEOPLE))
    assert reach.sentence(found, RULES) == (
        "5 customers have a valid order in the last 365 days. 20.0% of them can be written to by e-mail; "
        "they bring 69.8% of the net sales. Of 40.0% it is not known. 40.0% of them can be sent a text "
        "message; they bring 14.0% of the net sales. Of 40.0% it is not known. An e-mail address is known of "
        "60.0%; the source claims over 90%."
    )
    known = found[found.reach == "known"]
    assert reach.sentence(known, RULES).endswith("Whether they may be written to is not in the data.")


def test_a_shop_whose_customers_have_all_gone_is_no_reason_to_fail():
    gone = "order_id customer_id paid_at paid\n1 a 2020-01-01 5\n2 - 2024-06-30 5"
    found = reach.coverage(in_memory(gone, customers=PEOPLE))
    assert set(found.customers) == {0}
    assert found[["reachable_share", "sales_share"]].isna().all(axis=None)
    assert reach.sentence(found, RULES) == "No customer has a valid order in the last 365 days."


def test_every_column_has_a_label_and_every_way_a_word():
    members = "customer_id enrolled_at\na 2024-01-01"
    found = reach.coverage(in_memory(ORDERS, customers=PEOPLE, members=members))
    names = [labels.of_columns()[column] for column in found.columns]
    assert len(set(names)) == len(names)
    assert set(found.reach) == set(labels.of_codes()["reach"])
    html = table.show(found, "CNY")._repr_html_()
    for cell in ("e-mail", "¥150", "20.0%", "–"):
        assert f">{cell}</td>" in html
