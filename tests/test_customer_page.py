"""The page of the customers as a whole: what is planted is found, what is missing is said, nothing runs."""

import json
import re

import pytest
from build import WORKBOOK, run_cells, shown, write_shop

UNWRITTEN = re.compile(r"\b(nan|NaN|NaT)\b|>None<|&lt;NA&gt;")  # values that never became words
HOSTILE = "<script>alert(1)</script>"
ORDERS = "order_id customer_id paid_at paid\n" + "\n".join(
    f"{n} c{n % 90 if n % 3 else n} 202{3 + n % 2}-0{1 + n % 6}-1{n % 9}T1{n % 10}:00 {20 + n}"
    for n in range(1, 300)
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return run_cells("03_customer_portrait", WORKBOOK / "data" / "demo", tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def truth():
    return json.loads((WORKBOOK / "data" / "demo" / "truth.json").read_text(encoding="utf-8"))


def test_the_planted_differences_of_the_best_customers_come_first(demo):
    rows = [re.sub(r"<[^>]+>", "|", row) for row in shown(demo["most"]).split("<tr>")[2:]]
    told = [[cell.strip() for cell in row.split("|") if cell.strip()][:2] for row in rows]
    traits = [trait for _dimension, trait in told]
    planted = {"大衣", "88VIP", "教师", "North (华北)", "20–21 o'clock", "40-49"}
    assert traits[0].replace("&#39;", "'") in planted
    assert planted - {trait.replace("&#39;", "'") for trait in traits} <= {"20–21 o'clock"}
    assert not {"Gender", "Channel"} & {dimension for dimension, _trait in told}  # planted to be alike


def test_the_planted_first_category_is_found_and_holds_later(demo, truth):
    said = shown(demo["first-drivers-sentence"])
    assert "Category: 大衣" in said.split("it holds")[0]
    assert "mobile" not in said and "desktop" not in said
    assert any(row["level"] == "大衣" for row in truth["first_order_drivers"])


def test_no_cell_of_the_demo_shows_an_unwritten_value(demo):
    for name, value in demo.items():
        assert not UNWRITTEN.search(shown(value)), name


@pytest.fixture(scope="module")
def orders_alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    shop = write_shop(folder / "shop", orders=ORDERS)
    return run_cells("03_customer_portrait", shop, folder, segment="repeat_buyers")


def test_on_orders_alone_the_page_is_whole_and_says_what_is_missing(orders_alone):
    for name, value in orders_alone.items():
        assert not UNWRITTEN.search(shown(value)), name
    needs = {
        "map": "customers.province",
        "demography": "customers.",
        "visitors": "traffic.visitors",
        "seen": "events.customer_id",
        "value": "rules.value.margin",
        "platform": "customers.platform_level",
    }
    for name, need in needs.items():
        assert "not computed: needs" in shown(orders_alone[name]), name
        assert need in shown(orders_alone[name]), name
    assert "people are known" in shown(orders_alone["relationship-sentence"])
    assert "Customer c" in shown(orders_alone["card"])


def test_without_buyer_keys_every_part_on_customers_says_so(tmp_path):
    orders = "order_id paid_at paid\n" + "\n".join(f"{n} 2024-06-1{n % 9} 5" for n in range(40))
    values = run_cells("03_customer_portrait", write_shop(tmp_path / "shop", orders=orders), tmp_path)
    for name in ("answer", "relationship", "most", "sizes", "tags", "card", "first-drivers", "served"):
        assert "needs orders.customer_id" in shown(values[name]), name


def test_hostile_names_are_text_on_the_page_and_in_the_card(tmp_path):
    rows = [row.split(" ") for row in ORDERS.replace(" c1 ", f" {HOSTILE} ").split("\n")]
    orders = "\n".join(" ".join([*row, HOSTILE if n else "province"]) for n, row in enumerate(rows))
    lines = "order_id product_id quantity amount title category\n" + "\n".join(
        f"{row[0]} {HOSTILE} 1 {row[3]} {HOSTILE} {HOSTILE}" for row in rows[1:]
    )
    people = "customer_id gender occupation\n" + "\n".join(
        f"{HOSTILE if n == 1 else f'c{n}'} {HOSTILE} {HOSTILE if n % 2 else 'x'}" for n in range(90)
    )
    groups = '[rules.groups]\n"own" = "gender IS NOT NULL"\n'
    folder = write_shop(tmp_path / "shop", groups, orders=orders, order_items=lines, customers=people)
    values = run_cells("03_customer_portrait", folder, tmp_path, customer=HOSTILE, segment="own")
    for name, value in values.items():
        text = shown(value)
        assert "<script>alert" not in text, name
    assert "&lt;script&gt;alert" in shown(values["card"])
    written = (tmp_path / "tables" / "groups" / "own.csv").read_text(encoding="utf-8")
    assert HOSTILE in written  # an id is an id
