"""Baskets: what each valid order held, by hand and, on the demo shop, by another way of counting."""

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from persons import shop_in_memory

from shopcrm_nb import bands, baskets, partition, workbook

LINES = "order_id product_id quantity amount"


def held(orders, as_of="2024-06-30", rules=None, **tables):
    """The frame of baskets, by order; null is None."""
    found = baskets.orders(shop_in_memory(as_of, rules, orders=orders, **tables)).to_pandas()
    assert found.order_id.is_unique
    found = found.set_index("order_id").sort_index()
    return found.astype(object).where(found.notna(), None)


def one(lines, columns="", orders="order_id customer_id paid_at paid\n1 a 2024-06-30 100", **kwargs):
    """The basket of the order 1, from its lines."""
    return held(orders, order_items=f"{LINES} {columns}\n{lines}", **kwargs).loc["1"]


# --- one row an order ---------------------------------------------------------------------------------------


def test_every_valid_order_has_one_row_and_no_other_order_has():
    orders = """order_id customer_id paid_at paid refund
        1 a 2024-06-01 10 0
        2 - 2024-06-02 10 0
        3 a 2024-06-03 10 10
        4 a - 10 0
        5 a 2024-07-01 10 0
        6 b 2024-06-30_23:59 10 4"""
    found = held(orders, order_items=f"{LINES}\n1 p 1 5\n1 q 1 5\n3 p 1 5\n4 p 1 5\n9 p 1 5")
    assert found.index.tolist() == ["1", "2", "6"]
    assert found.customer_id.tolist() == ["a", None, "b"]
    assert found.net.tolist() == [10, 10, 6]


def test_an_orders_place_is_its_number_among_the_customers_valid_orders_from_0_on():
    orders = """order_id customer_id paid_at paid
        9 a 2024-01-01 5
        2 a 2024-01-01 5
        1 a 2024-01-02 5
        3 b 2024-01-01 5
        4 - 2024-01-01 5
        5 - 2024-01-02 5"""
    assert held(orders).place.to_dict() == {"2": 0, "9": 1, "1": 2, "3": 0, "4": None, "5": None}


def test_the_hour_and_the_weekday_are_those_of_the_payment():
    orders = """order_id customer_id paid_at paid
        1 a 2024-06-24_00:00 5
        2 a 2024-06-25_05:59:59 5
        3 a 2024-06-30_23:59:59 5"""  # a Monday, a Tuesday, a Sunday
    found = held(orders)
    assert found.weekday.tolist() == ["1", "2", "7"]
    assert found.hour_band.tolist() == ["0-5", "0-5", "22-23"]


def test_orders_that_carry_days_without_times_have_no_hour():
    orders = "order_id customer_id paid_at paid\n1 a 2024-06-24 5\n2 a 2024-06-25 5"
    found = held(orders)
    assert found.hour_band.tolist() == [None, None]
    assert found.weekday.tolist() == ["1", "2"]
    assert not baskets.timed(shop_in_memory(orders=orders))


def test_province_channel_and_shop_are_the_orders_or_null_where_there_are_none():
    orders = "order_id customer_id paid_at paid province channel shop\n1 a 2024-06-24 5 浙江省 app s"
    orders += "\n2 a 2024-06-24 5 - - -"
    names = ["province", "channel", "shop"]
    assert held(orders)[names].values.tolist() == [["浙江省", "app", "s"], [None, None, None]]
    assert held("order_id customer_id paid_at paid\n1 a 2024-06-24 5")[names].values.tolist() == [[None] * 3]


# --- products, pieces and prices ----------------------------------------------------------------------------


def test_the_main_product_is_that_of_the_line_with_the_largest_amount_and_of_equal_ones_always_the_same():
    assert one("1 p 1 30\n1 q 1 40\n1 p 1 20").product_id == "q"
    assert one("1 p 1 0.29\n1 q 1 0.3").product_id == "q"
    assert one("1 p 1 50\n1 q 1 50").product_id == one("1 q 1 50\n1 p 1 50").product_id


def test_the_main_category_is_that_of_the_largest_line_that_has_one():
    row = one("1 p 1 40 coat\n1 q 1 30 hat\n1 r 1 30 hat", "category")
    assert (row.product_id, row.category) == ("p", "coat")
    row = one("1 p 1 90 -\n1 q 1 10 hat", "category")
    assert (row.product_id, row.category) == ("p", "hat")
    assert one("1 p 1 90").category is None


def test_pieces_and_price_are_those_of_the_lines_else_of_the_order():
    orders = "order_id customer_id paid_at paid quantity\n1 a 2024-06-30 100 7\n2 a 2024-06-30 90 3"
    orders += "\n3 a 2024-06-30 90 -\n4 a 2024-06-30 90 0"
    found = held(orders, order_items=f"{LINES}\n1 p 2 30\n1 q 1 60")
    assert found["items"].tolist() == [3, 3, None, 0]
    assert found.price_per_item.tolist() == [30, 30, None, None]
    assert (
        held("order_id customer_id paid_at paid refund quantity\n1 a 2024-06-30 90 30 3").price_per_item["1"]
        == 20
    )


def test_an_order_whose_pieces_cancel_each_other_has_no_price():
    row = one("1 p 1 30\n1 q -1 0")
    assert (row["items"], row.price_per_item) == (0, None)


def test_the_discount_is_off_the_list_price_of_the_lines_that_have_one():
    assert one("1 p 1 80 100", "list_price").discount_share == 0.2
    assert one("1 p 2 150 100", "list_price").discount_share == 0.25
    assert one("1 p 1 80 100\n1 q 1 999 -", "list_price").discount_share == 0.2
    assert one("1 p 1 60 100\n1 q 1 100 100", "list_price").discount_share == 0.2
    assert one("1 p 1 120 100", "list_price").discount_share == 0
    assert one("1 p 1 0 100", "list_price").discount_share == 1
    assert one("1 p 1 80 -", "list_price").discount_share is None
    assert one("1 p 1 80 0", "list_price").discount_share is None
    assert one("1 p 1 80").discount_share is None


@pytest.mark.parametrize(
    ("amount", "band"),
    [
        *[("100", "0%"), ("99.6", "0%"), ("99.5", "<10%"), ("90.1", "<10%"), ("90", "10-30%")],
        *[("70.1", "10-30%"), ("70", "30-50%"), ("50", "50%+"), ("0", "50%+"), ("200", "0%")],
    ],
)
def test_discount_bands_begin_at_their_cut_and_half_a_percent_is_none(amount, band):
    assert one(f"1 p 1 {amount} 100", "list_price").discount_band == band


def test_price_bands_hold_about_as_many_orders_each_between_round_prices():
    orders = "order_id customer_id paid_at paid quantity"
    orders += "".join(f"\n{i:03} a 2024-06-30 {i * 10 + 3} 1" for i in range(1, 101))
    found = held(orders).price_band
    # the quintiles of 13, 23, … 1003 are 211, 409, 607 and 805
    names = ["<210", "210-410", "410-610", "610-800", "800+"]
    assert found.value_counts().to_dict() == dict(zip(names, [20, 20, 20, 19, 21], strict=True))
    assert found.iloc[19] == "<210" and found.iloc[20] == "210-410"


def test_equal_prices_are_never_parted_and_fewer_bands_follow():
    orders = "order_id customer_id paid_at paid quantity"
    orders += "".join(f"\n{i:02} a 2024-06-30 100 1" for i in range(30)) + "\n30 a 2024-06-30 500 1"
    assert held(orders).price_band.value_counts().to_dict() == {"100+": 31}
    assert held("order_id customer_id paid_at paid\n1 a 2024-06-30 100").price_band.tolist() == [None]


def test_the_number_of_price_bands_is_a_rule():
    orders = "order_id customer_id paid_at paid quantity"
    orders += "".join(f"\n{i:02} a 2024-06-30 {i} 1" for i in range(1, 41))
    rules = rules_of(portrait={"price_bands": 2})
    assert held(orders, rules=rules).price_band.value_counts().to_dict() == {"<20": 19, "20+": 21}


# --- new products -------------------------------------------------------------------------------------------

NEW = """order_id customer_id paid_at paid
    0 z 2024-01-01 5
    1 a 2024-03-01 5
    2 a 2024-03-31 5
    3 a 2024-04-01 5
    4 b 2024-03-01 5"""


def test_a_product_is_new_for_so_many_days_after_its_first_sale():
    # p is first sold on 1 March; 31 March is 30 days later
    lines = f"{LINES}\n0 old 1 5\n1 p 1 5\n2 p 1 5\n3 p 1 5\n4 old 1 5"
    assert held(NEW, order_items=lines).new_amount_share.tolist() == [0, 1, 1, 0, 0]
    rules = rules_of(portrait={"new_product_days": 31})
    assert held(NEW, rules=rules, order_items=lines).new_amount_share.tolist() == [0, 1, 1, 1, 0]


def test_what_was_sold_in_the_first_days_of_the_data_is_new_to_nobody():
    orders = "order_id customer_id paid_at paid\n0 z 2024-01-01 5\n1 a 2024-01-30 5\n2 a 2024-01-31 5"
    lines = f"{LINES}\n0 x 1 5\n1 p 1 5\n2 q 1 5"  # 31 January is 30 days after the first
    assert held(orders, order_items=lines).new_amount_share.tolist() == [0, 0, 1]


def test_the_new_part_of_an_order_is_of_its_amount():
    lines = f"{LINES}\n0 old 1 5\n1 p 1 75\n1 old 3 25"
    assert held(NEW, order_items=lines).loc["1"].new_amount_share == 0.75
    assert held(NEW, order_items=f"{LINES}\n0 old 1 5\n1 p 1 0").loc["1"].new_amount_share is None


def test_a_sale_after_as_of_makes_no_product_old_and_a_cancelled_one_neither():
    orders = NEW + "\n5 b - 5\n6 b 2024-02-01 0"
    lines = f"{LINES}\n0 old 1 5\n3 p 1 5\n5 p 1 5\n6 p 1 5"
    assert held(orders, order_items=lines).loc["3"].new_amount_share == 1


# --- shops that lack something ------------------------------------------------------------------------------


def test_without_lines_and_customers_the_orders_are_there_and_tell_what_they_can():
    found = held("order_id paid_at paid\n1 2024-06-30_12:00 5\n2 2024-06-29_12:00 5")
    assert found.customer_id.tolist() == found.place.tolist() == [None, None]
    empty = (
        "items product_id category price_per_item price_band discount_share discount_band new_amount_share"
    )
    assert found[empty.split()].isna().all().all()
    assert found.hour_band.tolist() == ["12-13", "12-13"]


def test_a_shop_without_a_valid_order_has_no_basket():
    orders = "order_id customer_id paid_at paid refund\n1 a 2024-06-30 5 5"
    assert held(orders).empty
    assert held(orders, order_items=f"{LINES}\n1 p 1 5").empty


# --- on the demo shop, by pandas ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo():
    shop = workbook.open_shop("demo")
    frame = baskets.orders(shop).to_pandas().set_index("order_id").sort_index()
    orders, lines = shop.orders.to_pandas(), shop.tables["order_items"].to_pandas()
    return shop, frame, orders.set_index("order_id").sort_index(), lines[lines.order_id.isin(orders.order_id)]


def test_the_demos_orders_are_all_there_with_their_customers_and_places(demo):
    _shop, frame, orders, _lines = demo
    assert frame.index.equals(orders.index)
    pd.testing.assert_series_equal(frame.customer_id, orders.customer_id, check_dtype=False)
    order = orders.reset_index().dropna(subset=["customer_id"]).sort_values(["paid_at", "order_id"])
    place = order.set_index("order_id").groupby("customer_id").cumcount()
    named = frame[frame.customer_id.notna()]
    assert (named.place == place.reindex(named.index)).all()
    assert frame.place.isna().sum() == orders.customer_id.isna().sum()


def test_the_demos_weekdays_and_hours_are_those_of_the_calendar(demo):
    _shop, frame, orders, _lines = demo
    assert (frame.weekday == (orders.paid_at.dt.day_of_week + 1).astype(str)).all()
    edges = [0, 6, 9, 12, 14, 18, 20, 22, 24]
    cut = pd.cut(orders.paid_at.dt.hour, edges, right=False, labels=bands.hours()).astype(str)
    assert (frame.hour_band == cut).all()


def test_the_demos_main_products_and_categories_by_pandas(demo):
    _shop, frame, _orders, lines = demo
    for name in ("product_id", "category"):
        told = lines.dropna(subset=[name])
        largest = told[told.amount == told.groupby("order_id").amount.transform("max")]
        alone = largest.groupby("order_id")[name].nunique() == 1  # of equal lines either may be the main one
        main = largest.drop_duplicates("order_id").set_index("order_id")[name][alone[alone].index]
        assert frame[name][main.index].to_dict() == main.to_dict()
        assert len(main) > 0.9 * frame[name].notna().sum()
        assert set(frame[name].dropna().index) == set(told.order_id)


def test_the_demos_pieces_prices_and_discounts_by_pandas(demo):
    _shop, frame, _orders, lines = demo
    sums = lines.groupby("order_id").agg(pieces=("quantity", "sum"), amount=("amount", "sum"))
    with_lines = frame.loc[sums.index]
    assert np.allclose(with_lines["items"], sums.pieces)
    price = (sums.amount / sums.pieces)[sums.pieces > 0]
    assert np.allclose(with_lines.price_per_item[sums.pieces > 0], price, atol=6e-5)
    listed = lines[lines.list_price.notna()].assign(full=lambda d: d.list_price * d.quantity)
    listed = listed.groupby("order_id").agg(full=("full", "sum"), amount=("amount", "sum")).query("full > 0")
    off = (1 - listed.amount / listed.full).clip(0, 1)
    assert len(off) > 1000
    assert np.allclose(frame.discount_share[off.index], off, atol=6e-5)
    assert frame.discount_share.notna().sum() == len(off)


def test_the_demos_price_bands_are_cut_at_rounded_quantiles(demo):
    shop, frame, _orders, _lines = demo
    quantiles = frame.price_per_item.quantile([0.2, 0.4, 0.6, 0.8])
    cuts = sorted({float(f"{value:.2g}") for value in quantiles})
    names = bands.prices(cuts)
    own = pd.cut(frame.price_per_item, [-np.inf, *cuts, np.inf], right=False, labels=names)
    known = frame.price_per_item.notna()
    assert (frame.price_band[known] == own[known].astype(str)).all()
    assert frame.price_band.value_counts(normalize=True).between(0.1, 0.35).all()
    assert shop.settings.rules.portrait.price_bands == 5
    assert list(partition.spoken("monetary"))[1](1234.5) == 1200


def test_the_demos_new_products_by_pandas(demo):
    shop, frame, orders, lines = demo
    days = shop.settings.rules.portrait.new_product_days
    on = lines.order_id.map(orders.paid_at.dt.normalize())
    first = on.groupby(lines.product_id).transform("min")
    told = first >= orders.paid_at.min().normalize() + pd.Timedelta(days=days)
    new = lines.amount.where(told & (on <= first + pd.Timedelta(days=days)), 0)
    sums = (
        pd.DataFrame({"new": new, "amount": lines.amount}).groupby(lines.order_id).sum().query("amount > 0")
    )
    assert np.allclose(frame.new_amount_share[sums.index], sums.new / sums.amount, atol=6e-5)
    assert frame.new_amount_share.gt(0).any()


def test_an_amount_beyond_all_measure_is_the_largest_and_stops_nothing():
    assert one("1 p 1 5\n1 q 1 1e14\n1 r 1 -1e14").product_id == "q"
