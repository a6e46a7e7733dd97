"""Contribution: what is left of net sales after goods, coupons and messages, by customer and grade."""

import re

import pandas as pd
import pytest
from build import WORKBOOK, shop_of

from shopcrm_nb import contribution, labels, segment, table
from shopcrm_nb.absent import NotComputed

HEAD = "order_id customer_id paid_at paid refund\n"
# The evaluation period opens on 2023-06-30.
ORDERS = (
    HEAD
    + """
1 ann 2024-06-30 3000 0
2 ann 2024-06-01 1000 500
3 bob 2023-06-30 100 0
4 old 2023-06-29 900 0
5 - 2024-06-01 700 0
6 cat 2024-05-01 200 200
"""
)
COUPONS = """coupon_id customer_id face used_at
a ann 50 2024-06-30T10:00:00
b ann 20 -
c ann 30 2024-07-01
d bob 10 2023-06-30
e old 5 2023-06-29
f bob - 2024-01-01
"""
SENDS = """campaign_id customer_id channel sent_at cost arm
x ann sms 2024-06-30T23:00:00 0.05 treatment
x bob sms 2024-06-30 0.05 -
x sue sms 2024-06-30 0.05 treatment
x hal sms 2024-06-30 0.05 Holdout
x bob sms 2024-07-01 0.05 treatment
x ann email 2024-06-01 - treatment
"""
MARGIN = "[rules.value]\nmargin = 0.4\n"


def valued_of(tmp_path, settings=MARGIN, orders=ORDERS, as_of="2024-06-30", **tables):
    late = "zz zoe 2024-07-05 1 0\n"
    shop = shop_of(tmp_path, orders + late, as_of=as_of, settings=settings, **tables)
    return contribution.value(shop, segment.rfm(shop))


def by_customer(valued):
    return valued.customers.to_pandas().set_index("customer_id").sort_index()


@pytest.fixture(scope="module")
def valued(tmp_path_factory):
    return valued_of(tmp_path_factory.mktemp("shop"), coupons=COUPONS, sends=SENDS)


@pytest.fixture(scope="module")
def frame(valued):
    return contribution.by_grade(valued).set_index("grade")


def test_each_customer_has_net_sales_times_the_margin_less_coupons_and_messages(valued):
    found = by_customer(valued)
    assert found.index.tolist() == ["ann", "bob", "sue"]  # hal was held out, old and cat have no sales
    assert found.net_sales.tolist() == [3500, 100, 0]
    assert found.gross_profit.tolist() == pytest.approx([1400, 40, 0])
    assert found.coupons.tolist() == [50, 10, 0]  # those used in the period, which has both its days
    assert found.messages.tolist() == [0.05, 0.05, 0.05]
    assert found.profit_contribution.tolist() == pytest.approx([1349.95, 29.95, -0.05])
    assert found.grade.isna().tolist() == [False, False, True]
    assert valued.absent == ()
    assert (valued.when.start.isoformat(), valued.when.end.isoformat()) == ("2023-06-30", "2024-06-30")


def test_the_rows_of_the_grades_add_up_to_that_of_all(frame):
    assert frame.index.tolist() == ["P", "G", "S", "B", "none", "all"]
    parts, whole = frame.drop("all"), frame.loc["all"]
    for name in ("customers", *contribution.PARTS):
        assert parts[name].sum() == pytest.approx(whole[name], abs=0.02)
    assert whole.net_sales == 3600
    assert whole.profit_contribution == pytest.approx(1379.85)
    assert whole.profit_contribution_per_customer == pytest.approx(1379.85 / 3)
    assert parts.profit_contribution_share.sum() == pytest.approx(1)
    assert parts[parts.customers == 0].profit_contribution_per_customer.isna().all()


def test_the_net_sales_of_a_grade_are_those_of_the_page_of_the_segments(tmp_path):
    shop = shop_of(tmp_path, ORDERS, settings=MARGIN)
    scored = segment.rfm(shop)
    found = contribution.by_grade(contribution.value(shop, scored)).set_index("grade")
    wanted = segment.grades(scored, shop.settings.rules).set_index("grade")
    assert found.net_sales[list("PGSB")].to_dict() == wanted.net_sales.to_dict()
    assert found.customers[list("PGSB")].to_dict() == wanted.customers.to_dict()


def test_what_the_shop_has_no_table_of_is_blank_and_said_not_to_be_counted(tmp_path):
    valued = valued_of(tmp_path)
    found = contribution.by_grade(valued)
    assert valued.absent == ("coupons", "messages")
    assert found[["coupons", "messages"]].isna().all(axis=None)
    assert found.set_index("grade").profit_contribution["all"] == 1440
    said = contribution.sentence(found, valued, "CNY")
    assert said == (
        "From 2023-06-30 to 2024-06-30, ¥1,440 are left of net sales of ¥3,600. Platinum and Gold bring "
        "97.2% of that. The goods leave 40.0% of the net sales, as the shop says (rules.value.margin). "
        "Coupons are not counted: the shop has no table of them. Messages are not counted: the shop has no "
        "table of their cost. Service, rent and the platform's fees are in no table, and are not counted."
    )


def test_without_a_margin_and_without_costs_it_is_not_computed(tmp_path):
    assert valued_of(tmp_path, settings="") == NotComputed("rules.value.margin")
    items = "order_id product_id quantity amount cost\n1 p 1 3000 -\n"
    assert valued_of(tmp_path / "b", settings="", order_items=items) == NotComputed("rules.value.margin")
    shop = shop_of(tmp_path / "c", "order_id paid_at paid\n1 2024-06-30 5", settings=MARGIN)
    assert contribution.value(shop, shop.orders) == NotComputed("orders.customer_id")


# --- by the costs of the lines ------------------------------------------------------------------------------

ITEMS = """order_id product_id quantity amount cost
1 p 2 2000 600
1 q 1 1000 300
2 p 1 1000 600
3 r 1 100 {cost}
4 p 1 900 600
5 p 1 700 600
"""


def test_costs_of_the_lines_are_taken_off_in_proportion_to_what_was_kept(tmp_path):
    valued = valued_of(tmp_path, settings="", order_items=ITEMS.format(cost=30), sends=SENDS, coupons=COUPONS)
    found = by_customer(valued)
    # ann: 3000 - (2 x 600 + 300), and 500 - half of 600; bob: 100 - 30
    assert found.gross_profit.tolist() == pytest.approx([1500 + 200, 70, 0])
    # The coupons are shown, and not taken off again: what was paid is net of them.
    assert found.coupons.tolist() == [50, 10, 0]
    assert found.profit_contribution.tolist() == pytest.approx([1699.95, 69.95, -0.05])
    assert valued.margin is None
    said = contribution.sentence(contribution.by_grade(valued), valued, "CNY")
    assert "Goods are taken off at the cost of the order lines; coupons are not taken off once more." in said


def test_what_has_no_cost_is_thought_to_cost_what_the_rest_does_up_to_5_percent(tmp_path):
    valued = valued_of(tmp_path, settings="", order_items=ITEMS.format(cost="-"))
    # 4,000 of 4,100 have a cost, of 2,100
    assert by_customer(valued).gross_profit["bob"] == pytest.approx(100 - 100 * 2100 / 4000)
    few = ITEMS.format(cost="-").replace("1 q 1 1000 300", "1 q 1 1000 -")
    reason = "or order_items.cost of at least 95% of the amount"
    assert valued_of(tmp_path / "b", settings="", order_items=few) == NotComputed(
        "rules.value.margin", reason
    )


def test_an_order_without_lines_counts_as_one_without_a_cost(tmp_path):
    items = "\n".join(line for line in ITEMS.format(cost=30).splitlines() if not line.startswith("2 "))
    found = valued_of(tmp_path, settings="", order_items=items)
    assert isinstance(found, NotComputed)  # 3,100 of 4,100


def test_a_margin_that_the_shop_gives_goes_before_costs(tmp_path):
    valued = valued_of(tmp_path, order_items=ITEMS.format(cost=30))
    assert valued.margin == 0.4
    assert by_customer(valued).gross_profit["bob"] == 40


# --- to read ------------------------------------------------------------------------------------------------


def test_where_nothing_is_left_there_are_no_shares(tmp_path):
    coupons = "coupon_id customer_id face used_at\na ann 9999 2024-06-30\n"
    valued = valued_of(tmp_path, coupons=coupons)
    found = contribution.by_grade(valued)
    assert found.profit_contribution.iloc[-1] < 0
    assert found.profit_contribution_share.isna().all()
    assert "Platinum and Gold" not in contribution.sentence(found, valued, "CNY")


def test_readers_get_words_for_all_columns_and_rows(frame):
    shown = frame.reset_index()
    assert set(shown.columns) <= set(labels.of_columns())
    assert set(shown.grade) <= set(labels.of_codes()["grade"])
    html = table.show(shown, "CNY")._repr_html_()
    assert "Without a grade" in html
    assert "¥1,380" in html
    assert contribution.figures(shown) == {"portrait.profit_contribution": 1379.85}


def test_the_saved_table_is_documented(frame):
    outputs = (WORKBOOK / "docs" / "outputs.md").read_text(encoding="utf-8")
    part = outputs.split("\n### customer_value\n")[1].split("\n### ")[0]
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == [frame.index.name, *frame.columns]


def test_what_is_missing_is_handed_on():
    missing = NotComputed("rules.value.margin")
    assert contribution.by_grade(missing) is missing
    assert contribution.sentence(missing, missing, "CNY") is missing
    assert contribution.figures(missing) is missing


def test_a_refund_in_full_leaves_no_sales_and_its_customer_no_row(valued):
    assert "cat" not in by_customer(valued).index
    assert pd.isna(by_customer(valued).grade["sue"])
