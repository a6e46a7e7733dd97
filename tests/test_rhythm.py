"""Rhythm: a group's orders by weekday and hour beside those of everybody."""

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from persons import people_of, shop_in_memory

from shopcrm_nb import baskets, group, i18n, rhythm, tag, workbook
from shopcrm_nb.absent import NotComputed

ORDERS = """order_id customer_id paid_at paid
    1 a 2024-06-24_08:00 5
    2 a 2024-06-24_08:59:59 5
    3 a 2024-06-30_23:59:59 5
    4 b 2024-06-24_08:30 5
    5 - 2024-06-24_08:30 5
    6 b - 5
    7 b 2024-06-25_00:00 5
    8 b 2024-06-25_00:00 0"""


FEW = rules_of(portrait={"min_customers": 1}).portrait


def rhythm_of(name, orders=ORDERS, **groups):
    rules = rules_of(groups={"a_alone": "orders = 3", "nobody": "orders > 99", "all_": "TRUE"} | groups)
    shop = shop_in_memory(rules=rules, orders=orders)
    found = group.groups(shop, tag.tagged(shop, people_of(shop)))
    return rhythm.orders(baskets.orders(shop), found, name, FEW)


def test_orders_are_counted_by_the_weekday_and_the_hour_of_their_payment():
    frame = rhythm_of("a_alone")
    assert frame.columns.tolist() == rhythm.COLUMNS
    assert frame[["weekday", "hour"]].values.tolist() == [[d, h] for d in range(1, 8) for h in range(24)]
    cells = frame.set_index(["weekday", "hour"])
    assert cells.orders[cells.orders > 0].to_dict() == {(1, 8): 2, (7, 23): 1}
    # of everybody with an id: three on Monday at 8, one on Tuesday at 0, one on Sunday at 23
    assert cells.base_orders[cells.base_orders > 0].to_dict() == {(1, 8): 3, (2, 0): 1, (7, 23): 1}
    assert cells.share[1, 8] == pytest.approx(2 / 3) and cells.base_share[1, 8] == 0.6
    assert cells.difference[1, 8] == pytest.approx(2 / 3 - 0.6)
    assert cells.difference[2, 0] == pytest.approx(-0.2)


def test_shares_sum_to_one_and_differences_to_nothing():
    frame = rhythm_of("a_alone")
    assert frame.share.sum() == pytest.approx(1) and frame.base_share.sum() == pytest.approx(1)
    assert frame.difference.sum() == pytest.approx(0)
    whole = rhythm_of("all_")
    assert (whole.difference == 0).all() and (whole.orders == whole.base_orders).all()


def test_a_group_without_orders_or_without_a_name_has_no_rhythm():
    assert rhythm_of("nobody").sentence() == "not computed: needs a group of at least 1 people"
    never = "order_id customer_id paid_at paid created_at\n1 a 2024-06-24_08:00 5 -\n2 b - 5 2024-06-24"
    assert rhythm_of("x", never, x="orders = 0").sentence() == "not computed: needs orders of the group"
    assert "did you mean" in rhythm_of("nobdy").sentence()
    assert rhythm_of("members_", members_="member").needs == "members.enrolled_at"


def test_orders_that_carry_days_without_times_have_no_rhythm():
    found = rhythm_of("all_", "order_id customer_id paid_at paid\n1 a 2024-06-24 5\n2 a 2024-06-25 5")
    assert isinstance(found, NotComputed)
    assert found.sentence() == "not computed: needs orders.paid_at (it carries days without times)"


def test_the_sentence_names_the_hour_and_the_day_of_most_orders():
    said = rhythm.sentence(rhythm_of("a_alone"))
    assert "8:00 to 8:59" in said and "Monday" in said and i18n.percent(2 / 3) in said
    missing = rhythm_of("nobody")
    assert rhythm.sentence(missing) is missing


def test_the_demos_rhythm_by_pandas():
    shop = workbook.open_shop("demo")
    held = baskets.orders(shop)
    groups = group.groups(shop, tag.tagged(shop, people_of(shop)))
    frame = rhythm.orders(held, groups, "repeat_buyers", FEW)
    orders = held.to_pandas().dropna(subset=["customer_id"])
    mine = orders.customer_id.map(orders.customer_id.value_counts()) >= 2
    at = [orders.paid_at.dt.day_of_week + 1, orders.paid_at.dt.hour]
    every = pd.MultiIndex.from_product([range(1, 8), range(24)])
    for column, rows in (("orders", mine), ("base_orders", mine | True)):
        counted = orders[rows].groupby([at[0][rows], at[1][rows]]).size().reindex(every, fill_value=0)
        assert (frame[column].to_numpy() == counted.to_numpy()).all()
    assert np.allclose(frame.share, frame.orders / mine.sum())


def test_a_group_of_few_people_has_no_rhythm():
    rules = rules_of(groups={"a_alone": "orders = 3"})
    shop = shop_in_memory(rules=rules, orders=ORDERS)
    found = group.groups(shop, tag.tagged(shop, people_of(shop)))
    said = rhythm.orders(baskets.orders(shop), found, "a_alone", rules.portrait).sentence()
    assert said == "not computed: needs a group of at least 30 people"
