"""The page of the shop's health on any combination of tables, and on shops at the edge: whole, and true."""

import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from build import run_cells, shown, write_shop
from simulate import AS_OF, healthy_shop

TIMES = ["carrier", "shipped_at", "signed_at"]
# What a cell needs, by the table that it comes from.
NEEDS = {
    "shipments": {"process": "orders.shipped_at", "places": "orders."},
    "traffic": {"by-traffic": "traffic.visitors", "conversion": "traffic.visitors"},
    "reviews": {"topics": "reviews.", "ratings": "ratings.description", "reviewed-said": "reviews."},
    "order_items": {"by-category": "order_items.category"},
    "customers": {"reach": "customers."},
    "back_end": {"reconcile": "[[back_end]]"},
}


UNWRITTEN = re.compile(r"\b(nan|NaN|NaT)\b|>None<|&lt;NA&gt;")  # values that never became words


@pytest.fixture(scope="module")
def tables():
    """Every table of a small healthy shop: orders without their way, and the optional ones."""
    made = healthy_shop(1, placed_a_day=1.2)
    orders = made["orders"]
    paid = orders[orders.paid_at.notna()]
    people = paid.customer_id.drop_duplicates()
    random = np.random.default_rng(1)
    return {
        "orders": orders.drop(columns=TIMES),
        "shipments": paid[["order_id", *TIMES]],
        "traffic": made["traffic"].assign(page_views=lambda t: t.visitors * 3),
        "reviews": made["reviews"],
        "order_items": pd.DataFrame(
            {
                "order_id": paid.order_id,
                "product_id": "p1",
                "quantity": 1,
                "amount": paid.paid,
                "category": random.choice(["coat", "dress"], len(paid)),
            }
        ),
        "customers": pd.DataFrame({"customer_id": people, "email_ok": "true", "sms_ok": "false"}),
        "campaigns": pd.DataFrame(
            {"campaign_id": ["1"], "name": ["<b>sale</b>"], "start": ["2024-05-01"], "end": ["2024-05-03"]}
        ),
    }


OPTIONAL = ("shipments", "traffic", "reviews", "order_items", "customers", "campaigns")
# Of any two tables each is there without the other, both are, and none is: each has three of five places.
PAIRWISE = dict(zip(OPTIONAL, combinations(range(5), 3), strict=False))
COMBINATIONS = {
    "orders alone": (),
    "every table": OPTIONAL,
    **{
        f"combination {place}": tuple(name for name, places in PAIRWISE.items() if place in places)
        for place in range(5)
    },
}


def test_of_any_two_tables_all_four_combinations_are_tried():
    for one, other in combinations(OPTIONAL, 2):
        assert len({(one in present, other in present) for present in COMBINATIONS.values()}) == 4


@pytest.mark.parametrize("present", COMBINATIONS.values(), ids=COMBINATIONS.keys())
def test_the_page_is_whole_on_any_combination_of_tables_and_says_what_is_missing(tables, present, tmp_path):
    folder = write_shop(tmp_path / "shop", **{name: tables[name] for name in ("orders", *present)})
    values = run_cells("02_shop_health", folder, tmp_path)
    assert values["answer"].text.startswith("Net sales from 2024-04-01 to 2024-06-30 are ¥")
    for table, cells in NEEDS.items():
        for cell, column in cells.items():
            missing = re.search("not computed: needs (.*)<", shown(values[cell]))
            assert bool(missing) == (table not in present), (cell, missing)
            if missing:
                assert missing[1].startswith(column), cell
    for cell, value in values.items():
        assert not UNWRITTEN.search(_text(value)), cell
    saved = {path.stem for path in (tmp_path / "tables").glob("*.csv")}
    assert {"advice", "health_indicators", "sales_monthly", "closed_orders_daily", "repurchase"} <= saved
    assert {"cohorts", "drivers"} <= saved
    assert ("process_times" in saved) == ("shipments" in present)


def _text(value):
    """What a reader sees, a figure's numbers left out: what is not known is null there."""
    return "" if hasattr(value, "to_plotly_json") else shown(value)


def test_a_name_that_holds_markup_is_text_on_the_page(tables, tmp_path):
    folder = write_shop(tmp_path / "shop", orders=tables["orders"], campaigns=tables["campaigns"])
    values = run_cells("02_shop_health", folder, tmp_path)
    assert "&lt;b&gt;sale&lt;/b&gt;" in shown(values["promotions-table"])
    assert "<b>sale" not in shown(values["promotions-table"])
    marks = [note.text for note in values["weeks"].layout.annotations]
    assert "&lt;b>sale&lt;/b>" in marks


MONTH_ENDS = pd.date_range("2022-01-31", AS_OF, freq="ME")
HEAD = "order_id customer_id paid_at paid refund\n"
EDGES = {
    "one order": (HEAD + "1 a 2024-06-30 5 0", "Nothing stands out"),
    "all refunded": (HEAD + "1 a 2024-06-29 5 5\n2 b 2024-06-30 6 6", "Nothing stands out"),
    "nobody named": (HEAD + "1 - 2023-06-29 5 0\n2 - 2024-06-30 6 0", "Nothing stands out"),
    "no buyer key": ("order_id paid_at paid\n1 2023-04-01 9\n2 2024-06-29 50", "are ¥50"),
    "one customer, every month": (
        HEAD + "\n".join(f"{n} a {day:%Y-%m-%d} 100 0" for n, day in enumerate(MONTH_ENDS)),
        "are ¥300, as much as those of the same days a year before",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EDGES)
def test_the_page_of_a_shop_at_the_edge_is_whole(tmp_path, name):
    orders, said = EDGES[name]
    values = run_cells("02_shop_health", write_shop(tmp_path / "shop", orders=orders), tmp_path)
    assert said in values["answer"].text
    assert values["advice"].rows == []
    for cell, value in values.items():
        assert not UNWRITTEN.search(_text(value)), cell


@pytest.mark.parametrize("period", ["month", "year"])
def test_the_page_of_another_period_is_whole(tables, tmp_path, period):
    folder = write_shop(tmp_path / "shop", **tables)
    from shopcrm_nb import health, model

    spans = health.spans(model.open_shop(folder).as_of, period)
    assert (spans["now"].start.isoformat(), spans["now"].end.isoformat()) == {
        "month": ("2024-06-01", "2024-06-30"),
        "year": ("2023-07-01", "2024-06-30"),
    }[period]
    values = run_cells("02_shop_health", folder, tmp_path, period=period, against="period_before")
    assert values["answer"].text.startswith(f"Net sales from {spans['now'].start} to 2024-06-30 are ¥")
