"""Spend: what a buyer brings, of orders, items and prices, and what has changed it, to the cent."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from build import shop_of
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import history, labels, model, spend, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.period import Period

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"
JUNE = Period(date(2024, 6, 1), date(2024, 6, 30))
nan = float("nan")

ROWS = """order_id customer_id paid_at paid refund quantity
0 old 2022-01-01 1   0  1
1 old 2024-06-01 100 0  2
2 old 2024-06-30 60  20 1
3 new 2024-06-10 30  0  3
4 two 2024-06-10 10  0  1
5 two 2024-06-20 20  0  1
6 -   2024-06-20 50  0  5
7 old 2023-07-01 9   0  1
a old 2023-06-01 80  0  1
b old 2023-06-30 80  0  4
c new2 2023-06-15 40 0  1
"""


def levels(shop, *periods):
    return spend.levels(shop, history.orders(shop), *(periods or (JUNE,)))


def row(frame, kind, when="now"):
    return frame[(frame.kind == kind) & (frame.when == when)].iloc[0]


# --- the figures --------------------------------------------------------------------------------------------


def test_the_figures_of_a_buyer_an_order_and_an_item_by_hand(tmp_path):
    found = levels(shop_of(tmp_path, ROWS))
    every = row(found, "all")
    # 100 + 40 + 30 + 10 + 20 + 50 = 250 of six orders with 13 items, by old, new, two and one without a name
    assert (every.orders, every.buyers, every.net_sales) == (6, 4, 250)
    assert every.net_sales_per_buyer == 62.5
    assert every.net_sales_per_order == pytest.approx(250 / 6)
    assert every.net_sales_per_item == pytest.approx(250 / 13)
    assert every.items_per_order == pytest.approx(13 / 6)
    assert every.items_per_buyer == pytest.approx(13 / 4)
    assert every.orders_per_buyer == 1.5
    assert every.orders_without_items == 0


def test_old_and_new_by_order_and_a_buyer_who_came_back_at_once_is_of_both(tmp_path):
    found = levels(shop_of(tmp_path, ROWS))
    old, new, nobody = (row(found, kind) for kind in ("returning", "new", "no_buyer"))
    assert (old.orders, old.buyers, old.net_sales) == (3, 2, 160)  # old twice, and the second one of two
    assert (new.orders, new.buyers, new.net_sales) == (2, 2, 40)
    assert (nobody.orders, nobody.net_sales_per_order, nobody.net_sales_per_item) == (1, 50, 10)
    assert nobody[["buyers", "net_sales_per_buyer", "items_per_buyer", "orders_per_buyer"]].isna().all()
    assert old.orders_per_buyer == 1.5


def test_the_same_days_a_year_before_or_any_other_period(tmp_path):
    shop = shop_of(tmp_path, ROWS)
    then = row(levels(shop), "all", "before")
    assert (then.orders, then.buyers, then.net_sales) == (3, 2, 200)
    july = Period(date(2023, 7, 1), date(2023, 7, 31))
    assert row(levels(shop, JUNE, july), "all", "before").net_sales == 9


def test_a_year_before_the_data_is_blank_and_old_and_new_where_they_cannot_be_told(tmp_path):
    later = "\n".join(line for line in ROWS.splitlines() if " 2022" not in line)
    found = levels(shop_of(tmp_path / "a", later))
    then = found[found.when == "before"].set_index("kind")
    assert then.net_sales["all"] == 200
    assert (
        then.loc[["returning", "new"], ["orders", "net_sales", "net_sales_per_buyer"]].isna().all(axis=None)
    )
    assert row(found, "new").orders == 2  # told from 2024-05-31 on
    latest = "\n".join(line for line in later.splitlines() if "2023-06-01" not in line)
    found = levels(shop_of(tmp_path / "b", latest))
    assert found[found.when == "before"].drop(columns=["when", "kind"]).isna().all(axis=None)
    assert (
        found[(found.when == "now") & (found.kind == "returning")].orders.isna().all()
    )  # told from 06-14 on


def test_without_names_nothing_is_computed_by_buyer(tmp_path):
    text = "\n".join(
        " ".join(w for n, w in enumerate(line.split()) if n != 1) for line in ROWS.strip().splitlines()
    )
    found = levels(shop_of(tmp_path, text))
    every = row(found, "all")
    assert (every.orders, every.net_sales_per_item) == (6, pytest.approx(250 / 13))
    assert every[["buyers", *spend.PER_BUYER]].isna().all()
    change = spend.change(found)
    assert change.sentence() == "not computed: needs buyers with a name, in both periods"
    assert spend.change_sentence(change, "CNY") is change
    assert spend.sentence(found, "CNY") == (
        "An order brings ¥41.67; what a buyer brings is not known without buyers' names."
    )


# --- items --------------------------------------------------------------------------------------------------

ITEMS = """order_id product_id quantity amount
1 p 1 60
1 q 1 40
1 r 7 0
2 p 1 60
2 p -1 -20
3 p 3 30
4 p 1 10
5 p 1 20
"""


@pytest.mark.parametrize("column", ["", "empty"])
def test_items_come_from_the_lines_where_the_orders_do_not_have_them(tmp_path, column):
    lines = [line.split() for line in ROWS.strip().splitlines()]
    blank = [
        [*words[:-1], "-" if n else words[-1]] if column else words[:-1] for n, words in enumerate(lines)
    ]
    found = levels(shop_of(tmp_path, "\n".join(" ".join(words) for words in blank), order_items=ITEMS))
    every = row(found, "all")
    # gifts and returned lines are no items: 2 + 1 + 3 + 1 + 1 = 8, and of order 6 they are not known
    assert every.orders_without_items == 1
    assert every.items_per_order == pytest.approx(8 / 5)
    assert every.net_sales_per_item == pytest.approx(200 / 8)
    assert every.items_per_buyer == pytest.approx(8 / 3)
    assert every.net_sales_per_order == pytest.approx(250 / 6)
    assert pd.isna(row(found, "no_buyer").items_per_order)


def test_an_order_with_no_number_of_items_or_with_none_is_left_out_of_their_figures(tmp_path):
    found = levels(shop_of(tmp_path, ROWS.replace("100 0  2", "100 0  -").replace("30  0  3", "30  0  0")))
    every = row(found, "all")
    assert every.orders_without_items == 2
    assert every.net_sales_per_item == pytest.approx((250 - 130) / 8)
    assert every.items_per_order == 2


def test_without_any_items_what_needs_them_is_blank_and_the_change_has_two_parts(tmp_path):
    lines = [" ".join(line.split()[:-1]) for line in ROWS.strip().splitlines()]
    found = levels(shop_of(tmp_path, "\n".join(lines)))
    assert found[["net_sales_per_item", "items_per_order", "items_per_buyer"]].isna().all(axis=None)
    assert row(found, "all").orders_without_items == 6
    change = spend.change(found)
    assert change[change.kind == "all"].spend_factor.tolist() == [
        "orders_per_buyer",
        "net_sales_per_order",
        "net_sales_per_buyer",
    ]
    said = spend.change_sentence(change, "CNY")
    assert said == (
        "A buyer spent ¥62.50, before ¥100. Of the change of −¥37.50, orders per buyer make ¥0.00 and the "
        "amount of an order −¥37.50."
    )


# --- the change ---------------------------------------------------------------------------------------------


def test_the_parts_of_the_change_add_up_and_their_product_is_what_a_buyer_spent(tmp_path):
    change = spend.change(levels(shop_of(tmp_path, ROWS)))
    assert change.kind.unique().tolist() == ["all", "returning", "new"]
    for _kind, rows in change.groupby("kind"):
        parts, whole = rows.iloc[:-1], rows.iloc[-1]
        assert parts.spend_factor.tolist() == ["orders_per_buyer", "items_per_order", "net_sales_per_item"]
        assert whole.spend_factor == "net_sales_per_buyer"
        assert round(parts.per_buyer_contribution.sum() * 100) == round(whole.per_buyer_contribution * 100)
        assert parts.factor_now.prod() == pytest.approx(whole.factor_now)
        assert parts.factor_before.prod() == pytest.approx(whole.factor_before)
    every = change[change.kind == "all"].set_index("spend_factor")
    assert every.factor_before["net_sales_per_buyer"] == 100
    assert every.per_buyer_contribution["net_sales_per_buyer"] == -37.5
    assert every.per_buyer_contribution["orders_per_buyer"] == 0  # 1.5 in both years


def test_one_factor_alone_has_the_whole_change(tmp_path):
    rows = """order_id customer_id paid_at paid quantity
0 a 2022-01-01 1  1
1 a 2023-06-10 20 2
2 a 2024-06-10 50 2
"""
    every = spend.change(levels(shop_of(tmp_path, rows))).set_index(["kind", "spend_factor"])
    parts = every.loc["all"].per_buyer_contribution
    assert parts.to_dict() == {
        "orders_per_buyer": 0,
        "items_per_order": 0,
        "net_sales_per_item": 30,
        "net_sales_per_buyer": 30,
    }


def test_a_kind_that_only_one_year_had_is_left_out_of_the_change(tmp_path):
    rows = "order_id customer_id paid_at paid\n0 x 2022-01-01 1\n1 a 2023-06-10 20\n2 a 2024-06-09 50\n"
    change = spend.change(levels(shop_of(tmp_path, rows)))
    assert change.kind.unique().tolist() == ["all"]


ORDER = st.tuples(
    st.sampled_from("abc"),
    st.sampled_from([2023, 2024]),
    st.integers(1, 30),
    st.integers(1, 9999),
    st.integers(1, 9),
)


@settings(max_examples=6, deadline=None, derandomize=True)
@given(st.lists(ORDER, max_size=15))
def test_contributions_always_add_up_to_the_cent(tmp_path_factory, rows):
    text = "order_id customer_id paid_at paid quantity\n0 x 2022-01-01 1 1\n1 a 2023-06-01 1 1\n"
    text += "2 a 2024-06-01 3.33 2\n"
    text += "\n".join(
        f"o{n} {who} {year}-06-{day:02d} {cents / 100} {items}"
        for n, (who, year, day, cents, items) in enumerate(rows)
    )
    found = levels(shop_of(tmp_path_factory.mktemp("shop"), text, as_of=""), JUNE)
    change = spend.change(found)
    for _kind, part in change.groupby("kind"):
        cents = (part.per_buyer_contribution * 100).round().astype(int)
        assert cents.iloc[:-1].sum() == cents.iloc[-1]


# --- on the demo shop ---------------------------------------------------------------------------------------


def test_the_demo_shop_agrees_with_pandas(tmp_path):
    shop = model.open_shop(DEMO)
    orders = history.orders(shop)
    now = Period(date(2026, 4, 1), shop.as_of)
    found = spend.levels(shop, orders, now)
    frame = orders.select("customer_id", "order_id", "paid_on", "net", "quantity", "kind").to_pandas()
    frame["buyer"] = frame.customer_id.fillna(frame.order_id)
    for when, span in {"now": now, "before": now.back(12)}.items():
        inside = frame[pd.to_datetime(frame.paid_on).dt.date.between(span.start, span.end)]
        for kind in spend.KINDS:
            mine, expected = row(found, kind, when), inside if kind == "all" else inside[inside.kind == kind]
            assert mine.orders == len(expected)
            assert mine.net_sales == pytest.approx(expected.net.sum())
            assert mine.net_sales_per_item == pytest.approx(expected.net.sum() / expected.quantity.sum())
            if kind != "no_buyer":
                assert mine.net_sales_per_buyer == pytest.approx(
                    expected.net.sum() / expected.buyer.nunique()
                )
                assert mine.items_per_buyer == pytest.approx(
                    expected.quantity.sum() / expected.buyer.nunique()
                )


# --- what a reader sees -------------------------------------------------------------------------------------


def test_the_sentences_say_what_a_buyer_spent_and_what_has_changed_it(tmp_path):
    found = levels(shop_of(tmp_path, ROWS))
    assert spend.sentence(found, "CNY") == (
        "A buyer spent ¥62.50 in the period: 1.50 orders of ¥41.67 each. Returning customers spent ¥80, new "
        "ones ¥20."
    )
    # items per order went from 2 to 13/6, and what an item brings from 33.33 to 19.23
    assert spend.change_sentence(spend.change(found), "CNY") == (
        "A buyer spent ¥62.50, before ¥100. Of the change of −¥37.50, orders per buyer make ¥0.00, items per "
        "order +¥6.57 and the price of an item −¥44.07."
    )


def test_a_period_without_orders_and_one_without_returning_customers_have_their_sentences(tmp_path):
    shop = shop_of(tmp_path, ROWS)
    may = Period(date(2024, 5, 1), date(2024, 5, 31))
    assert spend.sentence(levels(shop, may), "CNY") == "There is no valid order in the period."
    assert isinstance(spend.change(levels(shop, may)), NotComputed)
    short = shop_of(tmp_path / "b", "order_id customer_id paid_at paid\n1 a 2024-06-30 5")
    assert spend.sentence(levels(short), "CNY") == "A buyer spent ¥5 in the period: 1.00 orders of ¥5 each."


def test_each_column_has_a_label_and_each_code_its_word(tmp_path):
    names, codes = labels.of_columns(), labels.of_codes()
    found = levels(shop_of(tmp_path, ROWS))
    change = spend.change(found)
    for frame in (found, change):
        assert len({names[column] for column in frame.columns}) == len(frame.columns)
        assert "nan" not in table.show(frame, "CNY")._repr_html_()
    assert set(change.spend_factor) <= set(codes["spend_factor"])
    assert set(found.kind) <= set(codes["kind"])
    assert ">−37.50</td>" in table.show(change, "CNY")._repr_html_()


def test_both_periods_of_a_kind_are_read_together_and_missing_items_only_where_there_are_any(tmp_path):
    found = levels(shop_of(tmp_path, ROWS))
    shown = spend.shown(found)
    assert shown[["kind", "when"]].to_numpy().tolist()[:4] == [
        *(["all", "now"], ["all", "before"], ["returning", "now"], ["returning", "before"]),
    ]
    assert "orders_without_items" not in shown
    assert "orders_without_items" in spend.shown(found.assign(orders_without_items=1))
    change = spend.change_shown(spend.change(found), "CNY")
    assert change[change.kind == "all"].to_dict("records") == [
        {
            "kind": "all",
            "by_net_sales_per_buyer": "−¥37.50",
            "by_orders_per_buyer": "¥0.00",
            "by_items_per_order": "+¥6.57",
            "by_net_sales_per_item": "−¥44.07",
        }
    ]
    assert {*shown.columns, *change.columns} <= set(labels.of_columns())
