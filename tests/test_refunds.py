"""Refunds: shares by amount and by orders, in full and in part, sent or not, all by hand or from pandas."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from build import WORKBOOK, rules_of, shop_of
from fulfil import in_memory

from shopcrm_nb import labels, model, refunds, table, windows
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.period import Period

JUNE = Period(date(2024, 6, 1), date(2024, 6, 30))
RULES = rules_of()
ORDERS = """order_id customer_id paid_at paid refund status shipped_at
1 a 2024-06-01 100 0     success  2024-06-02
2 a 2024-06-02 100 100   refunded -
3 b 2024-06-03 100 100   refunded 2024-06-05
4 b 2024-06-15 100 25    success  2024-06-20
5 c 2024-06-16 50  49.99 success  -
6 d 2024-05-20 80  80    refunded -
7 d 2024-03-31 20  5     success  2024-04-02
8 e 2024-06-30 150 0     paid     -
9 e -          70  0     unpaid   -
"""


def test_the_kinds_of_refunds_by_hand():
    found = refunds.kinds(refunds.orders(in_memory(ORDERS)), JUNE)
    assert found[["extent", "sent", "orders"]].to_numpy().tolist() == [
        *(["all", "all", 4], ["full", "no", 1], ["full", "yes", 1], ["part", "yes", 2]),
    ]
    assert found.refund.tolist() == [274.99, 100, 100, 74.99]
    assert found.order_share.tolist() == pytest.approx(
        [4 / 6, 1 / 6, 1 / 6, 2 / 6]
    )  # of the six paid in June
    assert found.refund_share.tolist() == pytest.approx([274.99 / 600, 1 / 6, 1 / 6, 74.99 / 600])


def test_before_the_shop_recorded_shipping_it_is_not_known_whether_an_order_left():
    paid = refunds.orders(in_memory(ORDERS.replace("2024-04-02", "-")))
    march = refunds.kinds(paid, Period(date(2024, 3, 1), date(2024, 3, 31)))
    assert march[["extent", "sent"]].to_numpy().tolist() == [["all", "all"], ["part", "yes"]]  # completed
    may = refunds.kinds(paid, Period(date(2024, 5, 1), date(2024, 5, 31)))
    assert may[["extent", "sent"]].to_numpy().tolist() == [["all", "all"], ["full", "unknown"]]
    without = refunds.orders(in_memory(ORDERS.replace("shipped_at", "note")))
    assert refunds.kinds(without, JUNE)[["extent", "sent", "orders"]].to_numpy().tolist()[1:] == [
        ["full", "unknown", 2],
        ["part", "yes", 2],
    ]


def test_each_month_by_hand_and_the_last_days_are_immature():
    shop = in_memory(ORDERS)
    found = refunds.by_month(refunds.orders(shop), shop.as_of, RULES).set_index("month")
    assert found.index.strftime("%Y-%m").tolist() == ["2024-03", "2024-04", "2024-05", "2024-06"]
    assert found.orders.tolist() == [1, 0, 1, 6]
    assert found.refunded_orders.tolist() == [1, 0, 1, 4]
    assert found.full_orders.tolist() == [0, 0, 1, 2]
    assert found.refunded_order_share.fillna(-1).tolist() == pytest.approx([1, -1, 1, 4 / 6])
    assert found.refund_share.fillna(-1).tolist() == pytest.approx([0.25, -1, 1, 274.99 / 600])
    assert found.immature.tolist() == [False, False, False, True]
    assert found.whole.all()


@pytest.mark.parametrize(
    ("as_of", "immature", "whole"),
    [("2024-06-14", [True, True], [True, False]), ("2024-06-15", [False, True], [True, False])],
)
def test_a_month_is_mature_when_its_last_day_is_15_days_ago(as_of, immature, whole):
    shop = in_memory(ORDERS, as_of)
    found = refunds.by_month(refunds.orders(shop), shop.as_of, RULES).tail(2)
    assert found.immature.tolist() == immature
    assert found.whole.tolist() == whole
    assert found.orders.tolist() == [1, 3 if as_of == "2024-06-14" else 4]


def test_sums_compare_like_with_like_by_leaving_the_last_days_of_each_period_out():
    last_year = "\n10 a 2023-06-15 40 10 success 2023-06-20\n11 b 2023-06-16 40 40 refunded -"
    periods = {"now": JUNE, "then": JUNE.back(12)}
    shop = in_memory(ORDERS.strip() + last_year)
    sums = refunds.sums(refunds.orders(shop), periods, RULES)
    whole = windows.totals(sums, periods)
    every = ["orders", "refunded_orders", "full_orders", "paid", "refund"]
    assert whole.loc["now", every].tolist() == [6, 4, 2, 600, 274.99]
    assert whole.loc["then", every].tolist() == [2, 2, 1, 80, 50]
    mature = [f"mature_{name}" for name in every]
    assert whole.loc["now", mature].tolist() == [4, 3, 2, 400, 225]  # to the 15th
    assert whole.loc["then", mature].tolist() == [1, 1, 0, 40, 10]


def test_a_refund_above_the_payment_and_one_of_a_gift_are_in_full():
    rows = "order_id paid_at paid refund\n1 2024-06-30 10 12\n2 2024-06-30 0 3\n3 2024-06-30 0 0"
    found = refunds.orders(in_memory(rows)).to_pandas().set_index("order_id").extent
    assert found.fillna("none").to_dict() == {"1": "full", "2": "full", "3": "none"}


def test_the_demo_shop_agrees_with_pandas():
    shop = model.open_shop(WORKBOOK / "data" / "demo")
    now = Period(shop.as_of.replace(month=1, day=1), shop.as_of)
    rows = shop.tables["orders"].to_pandas()
    mine = rows[rows.paid_at.dt.date.between(now.start, now.end)]
    found = refunds.kinds(refunds.orders(shop), now)
    back = mine[mine.refund > 0]
    assert found.orders[0] == len(back)
    assert found.orders[1:].sum() == len(back)
    assert found.refund_share[0] == pytest.approx(mine.refund.sum() / mine.paid.sum())
    assert found.refund_share[1:].sum() == pytest.approx(found.refund_share[0])
    in_full = found[found.extent == "full"]
    assert in_full.orders.sum() == (back.refund >= back.paid).sum()
    months = refunds.by_month(refunds.orders(shop), shop.as_of, RULES)
    assert months.refund.sum() == pytest.approx(rows.refund[rows.paid_at.notna()].sum())


# --- goods --------------------------------------------------------------------------------------------------


def items(category="tops"):
    rows = [(f"o{n}", "p1", 1, 10, 10 if n < 8 else 0, "<b>shirt</b>", category) for n in range(30)]
    rows += [(f"o{n}", "p2", 1, 100, 5 if n < 4 else None, "coat", None) for n in range(32)]
    rows += [(f"o{n}", "p3", 1, 900, 900, "few", "few") for n in range(29)]
    rows += [(f"o{n}", "p4", 1, 5, 0, "kept", "kept") for n in range(40)]
    rows += [("o1", "p2", -1, -100, 0, "coat", None), ("o99", "p1", 1, 10, 10, "shirt", category)]
    names = ["order_id", "product_id", "quantity", "amount", "refund", "title", "category"]
    return pd.DataFrame(rows, columns=names)


BOUGHT = pd.DataFrame(
    {
        "order_id": [f"o{n}" for n in range(40)] + ["o99"],
        "paid_at": ["2024-06-05"] * 40 + ["2024-05-31"],
        "paid": 10,
    }
)


def test_goods_that_come_back_most_are_listed_with_those_of_few_orders_left_out():
    found = refunds.goods(in_memory(BOUGHT, order_items=items().drop(columns="category")), JUNE)
    assert found.item.tolist() == ["p2", "p1"]
    assert found.title.tolist() == ["coat", "<b>shirt</b>"]
    assert found.orders.tolist() == [32, 30]
    assert found.amount.tolist() == [3200, 300]
    assert found.refund.tolist() == [120, 80]  # 4 times 5 and a line of -100; 8 times 10
    assert found.refund_share.tolist() == pytest.approx([120 / 3200, 80 / 300])
    assert found.refunds_share.tolist() == pytest.approx([120 / 26_300, 80 / 26_300])
    assert set(found.goods) == {"product"}
    assert "&lt;b&gt;shirt" in table.show(found, "CNY")._repr_html_()


def test_goods_are_told_by_category_where_the_lines_have_one():
    found = refunds.goods(in_memory(BOUGHT, order_items=items()), JUNE)
    assert found[["goods", "item", "refund"]].to_numpy().tolist() == [
        ["category", "unknown", 120],
        ["category", "tops", 80],
    ]
    assert found.title.isna().all()


def test_goods_are_read_under_the_name_of_what_they_are():
    lines = items()
    by_category = refunds.goods_shown(refunds.goods(in_memory(BOUGHT, order_items=lines), JUNE))
    assert by_category.columns[0] == "goods_category"
    assert not {"goods", "title"} & set(by_category.columns)
    products = refunds.goods(in_memory(BOUGHT, order_items=lines.drop(columns="category")), JUNE)
    assert list(refunds.goods_shown(products).columns[:2]) == ["goods_product", "title"]
    assert refunds.goods_shown(products.head(0)).empty
    assert {"goods_category", "goods_product"} <= set(labels.of_columns())


def test_without_refunds_of_lines_it_is_said():
    lines = items()
    for rows in (lines.drop(columns="refund"), lines.assign(refund=np.nan)):
        assert refunds.goods(in_memory(BOUGHT, order_items=rows), JUNE) == NotComputed("order_items.refund")
    assert refunds.goods(in_memory(BOUGHT), JUNE) == NotComputed("order_items.refund")


def test_it_runs_on_a_loaded_shop_without_buyers(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid refund\n1 2024-06-30 10 4\n2 2024-06-30 10 -")
    paid = refunds.orders(shop)
    assert refunds.kinds(paid, JUNE).orders.tolist() == [1, 1]
    assert refunds.sums(paid, {"now": JUNE}, RULES).refund.sum() == 4


# --- what a reader sees -------------------------------------------------------------------------------------


def test_the_sentence_says_what_went_back():
    found = refunds.kinds(refunds.orders(in_memory(ORDERS)), JUNE)
    assert refunds.sentence(found, JUNE, "CNY") == (
        "Of the orders paid from 2024-06-01 to 2024-06-30, 4 (66.7%) have a refund so far: ¥275, 45.8% of "
        "what was paid. 2 of them were refunded in full, 1 of these before anything was sent."
    )
    part = found[found.extent != "full"]
    assert refunds.sentence(part, JUNE, "CNY").endswith("None of them was refunded in full.")
    told = found.replace({"sent": {"no": "unknown"}})
    assert refunds.sentence(told, JUNE, "CNY").endswith("2 of them were refunded in full.")


def test_a_period_without_refunds_or_orders_says_so():
    paid = refunds.orders(in_memory(ORDERS))
    never = Period(date(2020, 1, 1), date(2020, 1, 31))
    found = refunds.kinds(paid, never)
    assert (found.orders.tolist(), found.refund.tolist()) == ([0], [0])
    assert found[["order_share", "refund_share"]].isna().all(axis=None)
    said = "No order paid from 2020-01-01 to 2020-01-31 has a refund so far."
    assert refunds.sentence(found, never, "CNY") == said
    assert refunds.sums(paid, {"now": never}, RULES).empty


def test_every_column_has_a_label_and_every_code_a_word():
    shop = in_memory(ORDERS)
    paid = refunds.orders(shop)
    frames = [refunds.kinds(paid, JUNE), refunds.by_month(paid, shop.as_of, RULES)]
    frames.append(refunds.goods(in_memory(BOUGHT, order_items=items()), JUNE))
    for found in frames:
        assert set(found.columns) - {"whole"} <= set(labels.of_columns())
    codes = labels.of_codes()
    assert {*refunds.EXTENTS, "all"} == set(codes["extent"])
    assert {*refunds.SENT, "all"} == set(codes["sent"])


def test_without_any_refund_in_the_data_nothing_is_said_of_refunds():
    paid = refunds.orders(in_memory("order_id paid_at paid refund\n1 2024-06-01 5 0\n2 2024-06-02 5 0"))
    assert refunds.told(paid) == NotComputed("orders.refund", "no order of the data has a refund")
    some = refunds.orders(in_memory("order_id paid_at paid refund\n1 2024-06-01 5 0\n2 2024-06-02 5 1"))
    assert refunds.told(some) is some


def test_times_of_part_of_the_orders_do_not_tell_what_was_never_sent():
    rows = [
        f"{n} 2024-06-{1 + n % 20:02d} 5 {5 if n > 90 else 0} success {'2024-06-25' if n % 2 else '-'}"
        for n in range(100)
    ]
    shop = in_memory("order_id paid_at paid refund status shipped_at\n" + "\n".join(rows))
    found = refunds.kinds(refunds.orders(shop), JUNE)
    assert "no" not in set(found.sent)
