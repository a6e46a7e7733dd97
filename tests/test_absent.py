"""What could not be computed says so in its place, and no page stops: the notebooks' cells on odd shops."""

import re

import pandas as pd
import plotly.graph_objects as go
import pytest
from build import run_cells, shop_of, shown, write_shop

from shopcrm_nb import workbook
from shopcrm_nb.absent import NotComputed, needs

HEAD = "order_id customer_id paid_at paid refund\n"
DAYS = pd.date_range("2023-07-01", "2024-06-30", freq="3D").strftime("%Y-%m-%d")


@needs("orders.customer_id")
def people(shop, _more=None):
    return "computed"


def test_a_function_is_computed_where_its_columns_are_there(tmp_path):
    assert people(shop_of(tmp_path, HEAD + "1 a 2024-06-30 5 0")) == "computed"


def test_a_function_without_its_columns_says_what_it_needs(tmp_path):
    found = people(shop_of(tmp_path, "order_id paid_at paid\n1 2024-06-30 5"))
    assert found == NotComputed("orders.customer_id")
    assert found.sentence() == "not computed: needs orders.customer_id"


def test_what_is_missing_is_handed_on_from_any_argument(tmp_path):
    shop, missing = shop_of(tmp_path, HEAD + "1 a 2024-06-30 5 0"), NotComputed("events.at")
    assert people(shop, missing) is missing
    assert people(shop, _more=missing) is missing


def test_a_reason_is_shown_as_text():
    shown_as = NotComputed("orders.<b>", "a & b")._repr_mimebundle_()
    assert shown_as["text/plain"] == "not computed: needs orders.<b> (a & b)"
    assert shown_as["text/html"] == (
        '<p class="not-computed">not computed: needs orders.&lt;b&gt; (a &amp; b)</p>'
    )


# --- the pages of odd shops ---------------------------------------------------------------------------------

WITHOUT_BUYERS = {
    "no buyer key": "order_id paid_at paid\n1 2024-06-29 50\n2 2024-06-30 70",
    "masked": "order_id customer_id paid_at paid\n1 a**n 2024-06-29 50\n2 bob 2024-06-30 70",
}


@pytest.mark.parametrize("orders", WITHOUT_BUYERS.values(), ids=WITHOUT_BUYERS.keys())
def test_without_buyers_the_page_of_segments_says_so_in_each_place(tmp_path, orders):
    values = run_cells("04_segments", write_shop(tmp_path / "shop", orders=orders), tmp_path)
    said = {name: shown(value) for name, value in values.items()}
    assert len(said) == 47
    assert all("not computed: needs orders.customer_id" in text for text in said.values())
    assert not (tmp_path / "tables").exists()


@pytest.mark.parametrize("orders", WITHOUT_BUYERS.values(), ids=WITHOUT_BUYERS.keys())
def test_without_buyers_the_other_pages_are_whole(tmp_path, orders):
    folder = write_shop(tmp_path / "shop", orders=orders)
    check = run_cells("01_data_check", folder, tmp_path)
    assert "Work at customer level is not computed" in shown(check["answer"])
    assert isinstance(check["months"], go.Figure)
    assert [*pd.read_csv(tmp_path / "tables" / "ledger.csv").columns][1] == "table"
    start = run_cells("00_start_here", folder, tmp_path)
    assert "not computed: needs orders.customer_id" in shown(start["pages"])


SHOPS = {
    "all refunded": HEAD + "1 a 2024-06-29 5 5\n2 b 2024-06-30 6 6",
    "nobody named": HEAD + "1 - 2024-06-29 5 0\n2 - 2024-06-30 6 0",
    "one customer": HEAD + "1 a 2024-06-30 5 0",
    "one-time buyers": HEAD + "\n".join(f"{n} c{n} {day} {100 + n} 0" for n, day in enumerate(DAYS)),
    "one whale": HEAD
    + "0 w 2024-06-30 90000 0\n"
    + "\n".join(f"{n} c{n} {DAYS[n]} 100 0" for n in range(1, 101)),
    "asleep": HEAD + "1 a 2020-01-01 50 0\n2 - 2024-06-30 5 0",
    "three orders": HEAD + "1 a 2022-06-29 5 0\n2 b 2024-06-01 600 0\n3 b 2024-06-30 7 0",
    "all equal": HEAD + "\n".join(f"{n} c{n} 2024-06-30 50 0" for n in range(200)),
}
SENTENCES = {
    "all refunded": (
        "No order counts up to 2024-06-30: see the findings below.",
        "No named customer bought from 2023-06-30 to 2024-06-30, so nobody is graded.",
    ),
    "nobody named": (
        "2 valid orders from 2024-06-29 to 2024-06-30 are used. 2 things deserve a look first.",
        "No named customer bought from 2023-06-30 to 2024-06-30, so nobody is graded.",
    ),
    "one customer": (
        "1 valid order from 2024-06-30 to 2024-06-30 is used. 1 thing deserves a look first.",
        "1 customer is graded by the orders of 2023-06-30 to 2024-06-30. Nobody reaches Platinum or Gold.",
    ),
    "one-time buyers": (
        "122 valid orders from 2023-07-01 to 2024-06-28 are used. 1 thing deserves a look first.",
        "122 customers are graded by the orders of 2023-06-28 to 2024-06-28. "
        "Nobody reaches Platinum or Gold.",
    ),
    "one whale": (
        "101 valid orders from 2023-07-04 to 2024-06-30 are used. 3 things deserve a look first.",
        "101 customers are graded by the orders of 2023-06-30 to 2024-06-30. "
        "Platinum and Gold are 1.0% of them and bring 90.0% of their net sales.",
    ),
    "three orders": (
        "3 valid orders from 2022-06-29 to 2024-06-30 are used. 2 things deserve a look first.",
        "1 customer is graded by the orders of 2023-06-30 to 2024-06-30. Nobody reaches Platinum or Gold.",
    ),
    "all equal": (
        "200 valid orders from 2024-06-30 to 2024-06-30 are used. 1 thing deserves a look first.",
        "200 customers are graded by the orders of 2023-06-30 to 2024-06-30. "
        "Nobody reaches Platinum or Gold.",
    ),
    "asleep": (
        "2 valid orders from 2020-01-01 to 2024-06-30 are used. 2 things deserve a look first.",
        "No named customer bought from 2023-06-30 to 2024-06-30, so nobody is graded.",
    ),
}
FITS = {
    "all refunded": ["This shop has 0;"],
    "nobody named": ["This shop has 0;"],
    "one customer": [
        "This shop has 1;",
        "Platinum has 0.0%",
        "Gold has 0.0%",
        "Silver has 0.0%",
        "Bronze has 100.0%",
    ],
    "one-time buyers": [
        "This shop has 122;",
        "Platinum has 0.0%",
        "Gold has 0.0%",
        "Silver has 0.0%",
        "Bronze has 100",
    ],
    "one whale": [
        "This shop has 101;",
        "Platinum has 0.0%",
        "Gold has 1.0%",
        "Silver has 0.0%",
        "Bronze has 99.0%",
    ],
    "asleep": ["This shop has 1;"],
    "three orders": [
        "This shop has 2;",
        "Platinum has 0.0%",
        "Gold has 0.0%",
        "Silver has 100.0%",
        "Bronze has 0.0%",
    ],
    "all equal": [
        "This shop has 200;",
        "Platinum has 0.0%",
        "Gold has 0.0%",
        "Silver has 0.0%",
        "Bronze has 100.0%",
    ],
}


@pytest.mark.parametrize("name", SHOPS)
def test_the_pages_of_a_shop_at_the_edge_are_whole_and_their_sentences_true(tmp_path, name):
    folder = write_shop(tmp_path / "shop", orders=SHOPS[name])
    check = run_cells("01_data_check", folder, tmp_path)
    segments = run_cells("04_segments", folder, tmp_path)
    assert (check["answer"].text, segments["answer"].text) == SENTENCES[name]
    for value in [*check.values(), *segments.values()]:
        assert not re.search(r"\b(nan|NaN|NaT|None|<NA>)\b", shown(value))
    figures = segments["answer"].figures
    assert figures["segments.customers_scored"] == len(pd.read_csv(tmp_path / "tables" / "rfm_customers.csv"))
    assert len(pd.read_csv(tmp_path / "tables" / "rfm_grades.csv")) == 4
    fit = [row["text"] for row in segments["fit"].rows]
    assert len(fit) == len(FITS[name])
    assert all(part in said for part, said in zip(FITS[name], fit, strict=True))


def test_a_shop_with_its_own_rules_has_its_pages(tmp_path):
    rules = (
        "[rules.rfm]\nrecency_months = [2, 6, 24]\nfrequency = [3, 1]\nmonetary = [99.5, 50, 10]\n"
        "[rules.grades]\nplatinum = 21\ngold = 18\nsilver = 13\nbronze = 8"
    )
    orders = HEAD + "1 a 2024-06-30 5 0\n2 b 2024-06-30 50 0\n3 c 2023-01-30 99.5 0\n4 - 2024-01-01 5 0"
    values = run_cells("04_segments", write_shop(tmp_path / "shop", rules, orders=orders), tmp_path)
    assert values["answer"].text.startswith(
        "2 customers are graded by the orders of 2022-06-30 to 2024-06-30."
    )
    assert "of customers who spent too little for a score" in shown(values["coverage"])
    assert [len(trace.x) for trace in values["score-sizes"].data] == [3, 2, 3]
    assert len(values["grid"].data[0].y) == 3


def test_warnings_say_nothing_where_there_are_none():
    none = pd.DataFrame({"severity": ["note"], "finding": ["for information"]})
    assert workbook.warnings(none)._repr_mimebundle_()["text/html"] == ""
    one = pd.DataFrame({"severity": ["warning"], "finding": ["a < b"]})
    assert "a &lt; b" in workbook.warnings(one)._repr_mimebundle_()["text/html"]


def test_a_sentence_without_words_shows_nothing():
    assert workbook.say("")._repr_mimebundle_()["text/html"] == ""
