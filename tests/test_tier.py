"""Tiers: who qualifies for which, by the numbers of the source, and what is missing to the next."""

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest
from build import WORKBOOK, rules_of, shop_of
from fulfil import in_memory

from shopcrm_nb import labels, model, table, tier
from shopcrm_nb.absent import NotComputed

RULES = rules_of().tiers
ORDERS = """order_id customer_id paid_at paid refund status confirmed_at
1 a 2020-01-01 60 0 success 2020-01-05
2 a 2024-05-01 50 10.01 success 2024-05-09
3 a 2024-06-29 900 0 shipped -
4 b 2024-05-01 500 500 refunded -
5 b 2024-05-02 100 0 success 2024-05-09
6 c 2024-06-01 70 0 paid -
7 - 2024-06-01 900 0 success 2024-06-09
8 d 2024-06-29 2000 0 success 2024-07-01
9 e 2024-07-01 2000 0 success 2024-07-02
10 f - 900 0 closed_unpaid -
"""


def qualified(amount, orders, **keys):
    sums = ibis.memtable(pd.DataFrame({"tier_amount": [float(amount)], "tier_orders": [orders]}))
    return tier.qualify(sums, rules_of(tiers=keys).tiers).to_pandas().iloc[0]


def tiers_of(shop):
    return tier.customers(shop).to_pandas().set_index("customer_id").sort_index()


@pytest.mark.parametrize(
    ("amount", "orders", "name"),
    [
        *((99.99, 2, None), (0, 0, None), (100, 1, "普通会员"), (0, 3, "普通会员")),
        *((199.99, 4, "普通会员"), (200, 1, "高级会员"), (50, 5, "高级会员"), (499.99, 9, "高级会员")),
        *((500, 1, "VIP会员"), (0, 10, "VIP会员"), (1999.99, 19, "VIP会员")),
        *((2000, 1, "至尊VIP会员"), (0, 20, "至尊VIP会员"), (99999, 400, "至尊VIP会员")),
    ],
)
def test_either_the_amount_or_the_orders_of_the_source_are_enough_and_the_highest_tier_wins(
    amount, orders, name
):
    found = qualified(amount, orders).tier
    assert (None if pd.isna(found) else found) == name


@pytest.mark.parametrize(
    ("amount", "orders", "place"),
    [(100, 3, 0), (100.01, 0, 1), (0, 4, 1), (200, 5, 1), (2000, 20, 3), (2000.01, 0, 4), (0, 21, 4)],
)
def test_strict_rules_ask_for_more_than_the_amount_or_the_orders(amount, orders, place):
    assert qualified(amount, orders, strict=True).tier_place == place


def test_what_is_missing_is_counted_to_the_next_tier_and_to_none_beyond_the_last():
    first, second = qualified(30.5, 1), qualified(450, 7)
    assert (first.tier_place, first.next_tier) == (0, "普通会员")
    assert (first.missing_amount, first.missing_orders) == (69.5, 2)
    assert (second.tier, second.next_tier) == ("高级会员", "VIP会员")
    assert (second.missing_amount, second.missing_orders) == (50, 3)
    top = qualified(2500, 2)
    assert top[["next_tier", "missing_amount", "missing_orders"]].isna().all()
    assert not top.near
    strict = qualified(100, 3, strict=True)
    assert (strict.missing_amount, strict.missing_orders) == (0.01, 1)


@pytest.mark.parametrize(
    ("amount", "orders", "near"),
    [
        # of 100 a fifth is 20, of 500 it is 100; or one order of 3
        *((80, 1, True), (79.99, 1, False), (10, 2, True), (10, 1, False)),
        *((400, 6, True), (399.99, 6, False), (300, 9, True), (300, 8, False)),
        (5000, 1, False),
    ],
)
def test_near_is_who_lacks_a_fifth_of_the_amount_or_one_order(amount, orders, near):
    assert bool(qualified(amount, orders).near) is near


def test_near_follows_the_rules_of_the_shop():
    assert qualified(50, 1, near_share=0.5).near
    assert not qualified(49.99, 1, near_share=0.5).near
    assert qualified(0, 1, near_orders=2).near


def test_completed_orders_count_net_of_refunds_ever_and_by_the_day():
    found = tiers_of(in_memory(ORDERS))
    assert found.index.tolist() == ["a", "b", "c", "d"]  # e came later, f never paid, one order has no buyer
    assert found.tier_orders.tolist() == [2, 1, 0, 0]  # d's was confirmed after that day
    assert found.tier_amount.tolist() == [99.99, 100, 0, 0]
    assert found.tier_place.tolist() == [0, 1, 0, 0]
    assert found.missing_amount.tolist() == [0.01, 100, 100, 100]
    assert found.last_order_on.astype(str).tolist() == [
        *("2024-06-29", "2024-05-02", "2024-06-01", "2024-06-29"),
    ]


def test_where_no_order_is_called_completed_every_valid_order_counts():
    shop = in_memory(
        "order_id customer_id paid_at paid\n1 a 2024-06-01 150\n2 a 2024-06-02 60\n3 b 2024-06-30 99"
    )
    assert not tier.by_completed(shop)
    assert tiers_of(shop).tier_amount.tolist() == [210, 99]
    assert tier.by_completed(in_memory(ORDERS))
    assert "The shop calls no order completed" in tier.sentence(
        tier.sizes(tier.customers(shop), RULES), tier.by_completed(shop)
    )


def test_without_customers_nobody_has_a_tier():
    shop = in_memory("order_id paid_at paid\n1 2024-06-01 150")
    found = tier.customers(shop)
    assert isinstance(found, NotComputed)
    assert found.needs == "orders.customer_id"
    assert tier.sizes(found, RULES) is found


def test_the_sizes_have_every_tier_and_add_up():
    sizes = tier.sizes(tier.customers(in_memory(ORDERS)), RULES).set_index("tier")
    assert sizes.index.tolist() == ["至尊VIP会员", "VIP会员", "高级会员", "普通会员", "no_tier"]
    assert sizes.customers.tolist() == [0, 0, 0, 1, 3]
    assert sizes.customer_share.tolist() == [0, 0, 0, 0.25, 0.75]
    assert sizes.tier_amount.tolist() == [0, 0, 0, 100, 99.99]
    assert sizes.near_customers.tolist() == [0, 0, 0, 0, 1]  # a lacks a cent
    said = tier.sentence(sizes.reset_index(), True)
    assert said.startswith("1 of 4 customers qualifies for a tier of the shop's members")
    assert "1 lack little to the next, lost customers included. Completed orders count" in said


def test_a_tier_of_a_shop_is_shown_under_its_own_name_as_text():
    own = [{"name": "<b>Gold & Co</b>", "amount": 100, "orders": 3}]
    shop = in_memory(ORDERS, rules={"tiers": {"each": own}})
    sizes = tier.sizes(tier.customers(shop), shop.settings.rules.tiers)
    assert sizes.tier.tolist() == ["<b>Gold & Co</b>", "no_tier"]
    shown = table.show(sizes, "CNY")._repr_html_()
    assert "&lt;b&gt;Gold &amp; Co&lt;/b&gt;" in shown
    assert "none yet" in shown
    assert set(sizes) <= set(labels.of_columns())


@pytest.mark.parametrize("strict", [False, True])
def test_who_buys_more_never_falls_and_what_is_missing_reaches_the_next_tier(strict):
    random, rules = np.random.default_rng(7), rules_of(tiers={"strict": strict}).tiers
    amount, orders = random.lognormal(5, 1.5, 400).round(2), random.integers(0, 25, 400)
    amount[:50] = random.choice([99.99, 100, 100.01, 200, 500, 1999.99, 2000], 50)

    def placed(amount, orders):
        frame = pd.DataFrame({"row": range(400), "tier_amount": np.round(amount, 2), "tier_orders": orders})
        return tier.qualify(ibis.memtable(frame), rules).to_pandas().sort_values("row", ignore_index=True)

    before = placed(amount, orders)
    assert (placed(amount + random.uniform(0, 500, 400), orders).tier_place >= before.tier_place).all()
    assert (placed(amount, orders + 1).tier_place >= before.tier_place).all()
    below = before.tier_place < len(RULES.each)
    by_amount = placed(amount + before.missing_amount.fillna(0), orders)
    by_orders = placed(amount, orders + before.missing_orders.fillna(0).astype(int))
    almost = placed(amount, orders + before.missing_orders.fillna(1).astype(int) - 1)
    cent_less = placed(amount + before.missing_amount.fillna(0.01) - 0.01, orders)
    assert (by_amount.tier_place > before.tier_place)[below].all()
    assert (by_orders.tier_place > before.tier_place)[below].all()
    assert (almost.tier_place == before.tier_place)[below].all()
    assert (cent_less.tier_place == before.tier_place)[below].all()


def test_the_demo_shop_by_pandas():
    shop = model.open_shop(WORKBOOK / "data" / "demo")
    orders = shop.tables["orders"].to_pandas()
    orders["net"] = orders.paid - orders.refund
    done = orders[
        orders.customer_id.notna()
        & (orders.status == "success")
        & (orders.paid_at.dt.date <= shop.as_of)
        & (orders.net > 0)
        & ~(orders.confirmed_at.dt.date > shop.as_of)
    ]
    sums = done.groupby("customer_id").net.agg(["sum", "size"])
    sums["sum"] = sums["sum"].round(4)
    reached = [(sums["sum"] >= t.amount) | (sums["size"] >= t.orders) for t in RULES.each]
    place = np.select(reached[::-1], [4, 3, 2, 1], 0)
    found = tiers_of(shop)
    assert found.loc[sums.index].tier_place.tolist() == place.tolist()
    assert (found.drop(sums.index).tier_place == 0).all()
    assert set(found.index) == set(
        orders[
            orders.customer_id.notna() & (orders.paid_at.dt.date <= shop.as_of) & (orders.net > 0)
        ].customer_id
    )


def test_the_source_s_tiers_are_not_those_of_a_shop_with_another_currency(tmp_path):
    orders = "order_id customer_id paid_at paid\n1 a 2024-06-30 500"
    shop = shop_of(tmp_path, orders)
    foreign = replace(shop, settings=shop.settings.model_copy(update={"currency": "EUR"}))
    said = tier.customers(foreign)
    assert said.sentence() == "not computed: needs rules.tiers.each (the source's tiers are in yuan)"
    assert tier.customers(shop).count().to_pyarrow().as_py() == 1
