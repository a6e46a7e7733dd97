"""Fusion: channels and shops beside each other."""

import pandas as pd
import pytest
from build import rules_of, shop_of

from shopcrm_nb import fusion, history, i18n, labels, table
from shopcrm_nb.absent import NotComputed

HEAD = "order_id customer_id paid_at paid refund channel shop\n"
# The 365 days to 2024-06-30 begin on 2023-07-02.
ORDERS = (
    HEAD
    + """
1 ann 2022-06-01 10 0 app north
2 ann 2023-07-02 100 0 app north
3 ann 2024-01-01 100 0 web north
4 bob 2024-01-02 50 0 app north
5 bob 2024-01-03 50 10 app north
6 cat 2024-02-01 30 0 web north
7 dan 2024-03-01 20 0 - north
8 eve 2023-07-01 99 0 web north
9 - 2024-04-01 5 0 web north
10 cat 2024-06-30 40 40 web north
"""
)
RULES = rules_of(portrait={"min_customers": 1}).portrait


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return shop_of(tmp_path_factory.mktemp("shop"), ORDERS)


@pytest.fixture(scope="module")
def frame(shop):
    return fusion.figures_by(shop, history.orders(shop), "channel").set_index("level")


def test_each_channel_has_its_orders_customers_and_sales_of_the_last_365_days(frame):
    assert frame.index.tolist() == ["app", "web", "unknown"]
    assert frame.orders.tolist() == [3, 3, 1]
    assert frame.order_share.tolist() == pytest.approx([3 / 7, 3 / 7, 1 / 7])
    assert frame.net_sales.tolist() == [190, 135, 20]
    assert frame.sales_share.tolist() == pytest.approx([190 / 345, 135 / 345, 20 / 345])
    assert frame.net_sales_per_order.tolist() == pytest.approx([190 / 3, 45, 20])
    assert frame.customers.tolist() == [2, 2, 1]


def test_channels_to_read_have_words_for_the_usual_codes(frame):
    found = frame.reset_index().replace({"level": {"app": "mobile"}})
    assert fusion.shown(found, "channel").level.tolist() == ["mobile", "web", "unknown"]
    assert "told_orders" not in fusion.shown(found, "channel")
    i18n.use("zh")
    try:
        assert fusion.shown(found, "channel").level.tolist() == ["手机端", "web", "未知"]
    finally:
        i18n.use("en")


def test_a_customer_of_two_channels_counts_in_both(frame):
    # ann, bob, cat and dan are four
    assert frame.customer_share.tolist() == [0.5, 0.5, 0.25]


def test_repurchase_and_returning_are_anywhere(frame):
    # ann bought once with the app and once on the web; bob twice with the app; dan and cat once
    assert frame.repurchase_share.tolist() == [1, 0.5, 0]
    # told apart from 2023-06-01 on: ann's first of these is new, for her last was over a year before
    assert frame.told_orders.tolist() == [3, 2, 1]
    assert frame.returning_share.tolist() == pytest.approx([1 / 3, 1 / 2, 0])


def test_before_new_and_returning_can_be_told_the_share_is_blank(tmp_path):
    shop = shop_of(tmp_path, "order_id customer_id paid_at paid shop\n1 a 2024-06-29 1 n\n2 b 2024-06-30 1 s")
    found = fusion.figures_by(shop, history.orders(shop), "shop")
    assert found.returning_share.isna().all()
    assert found.told_orders.tolist() == [0, 0]


def test_one_value_only_is_said_and_not_tabled(shop):
    said = fusion.figures_by(shop, history.orders(shop), "shop")
    assert said == NotComputed("a second shop", "all valid orders that name one are of north")
    assert fusion.sentence(said, "shop", "CNY") is said


def test_a_column_that_is_missing_or_empty_is_what_is_needed(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid channel\n1 2024-06-30 5 -")
    orders = history.orders(shop)
    assert fusion.figures_by(shop, orders, "channel") == NotComputed("orders.channel")
    assert fusion.figures_by(shop, orders, "shop") == NotComputed("orders.shop")


def test_a_channel_of_older_orders_only_is_none(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid channel\n1 2022-06-30 5 app\n2 2024-06-30 5 -")
    said = fusion.figures_by(shop, history.orders(shop), "channel")
    assert said == NotComputed("a second channel", "no valid order names one")


def test_without_keys_of_buyers_there_are_orders_and_sales_and_no_customers(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid channel\n1 2024-06-30 5 app\n2 2024-06-30 15 web")
    found = fusion.figures_by(shop, history.orders(shop), "channel")
    assert found.level.tolist() == ["web", "app"]
    assert found.net_sales.tolist() == [15, 5]
    assert found[["customers", "customer_share", "repurchase_share", "returning_share"]].isna().all(axis=None)
    assert fusion.sentence(found, "channel", "CNY") == (
        "Of 2 channels, web brings the most: 75.0% of the net sales, ¥15 an order."
    )


def test_the_sentence_tells_who_brings_the_most(frame):
    assert fusion.sentence(frame.reset_index(), "channel", "CNY") == (
        "Of 3 channels, app brings the most: 55.1% of the net sales, ¥63.33 an order."
    )


def test_readers_get_words_for_all_columns(frame):
    shown = frame.reset_index()
    assert set(shown.columns) <= set(labels.of_columns())
    html = table.show(shown, "CNY")._repr_html_()
    assert "unknown" in html
    assert "33.3%" in html
    assert pd.api.types.is_integer_dtype(shown.customers)
