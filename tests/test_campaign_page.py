"""The page of campaigns as a whole: on the demo and on shops that lack most of it; nothing runs."""

import re

import pytest
from build import WORKBOOK, run_cells, shown, write_shop

UNWRITTEN = re.compile(r"\b(nan|NaN|NaT)\b|>None<|&lt;NA&gt;")  # values that never became words
HOSTILE = "<script>alert(1)</script>"
ORDERS = "order_id customer_id paid_at paid\n" + "\n".join(
    f"{n} c{n % 90} 202{3 + n % 2}-0{1 + n % 6}-1{n % 9}T1{n % 10}:00 {20 + n}" for n in range(1, 300)
)
OPEN = f"campaign_id name start end products\n1 {HOSTILE} 2024-05-10 2024-05-14 p1"
SENDS = "campaign_id customer_id channel sent_at arm\n" + "\n".join(
    f"1 c{n} {HOSTILE} 2024-05-10 {'holdout' if n % 3 == 0 else HOSTILE}" for n in range(90)
)
LINES = "order_id product_id quantity amount title category\n" + "\n".join(
    f"{n} p{n % 3} 1 {20 + n} {HOSTILE} {HOSTILE}" for n in range(1, 300)
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return run_cells("05_campaign_roi", WORKBOOK / "data" / "demo", tmp_path_factory.mktemp("demo"))


def whole(values):
    for name, value in values.items():
        assert not UNWRITTEN.search(shown(value)), name
        assert "<script>alert" not in shown(value), name


def test_no_cell_of_the_demo_shows_an_unwritten_value(demo):
    whole(demo)
    assert demo["answer"].text.startswith("The 4 campaigns with a hold-out and a known cost")
    assert "5 held customers out" in demo["all-sentence"].text
    assert [row["severity"] for row in demo["first"].rows] == ["warning"] * 2 + ["note"] * 2
    assert [row.get("net_sales_at_stake") for row in demo["first"].rows][1::2] == [None, None]


def test_the_campaign_that_is_named_is_looked_at(tmp_path):
    values = run_cells("05_campaign_roi", WORKBOOK / "data" / "demo", tmp_path, campaign="CPN202509")
    whole(values)
    assert values["effect-sentence"].text.startswith("It worked")
    assert "sales may only have come earlier" in values["lasting-sentence"].text


def test_without_campaigns_the_page_says_so_everywhere(tmp_path):
    values = run_cells("05_campaign_roi", write_shop(tmp_path / "shop", orders=ORDERS), tmp_path)
    whole(values)
    for name in (
        "answer",
        "forest",
        "results",
        "goals",
        "before-after",
        "effect-sentence",
        "matched",
        "products",
    ):
        assert "needs campaigns.start" in shown(values[name]), name


def test_an_open_campaign_of_a_shop_without_buyer_keys(tmp_path):
    orders = "order_id paid_at paid\n" + "\n".join(f"{n} 2024-0{4 + n % 3}-1{n % 9} 5" for n in range(90))
    folder = write_shop(tmp_path / "shop", orders=orders, campaigns=OPEN.replace("p1", "-"))
    values = run_cells("05_campaign_roi", folder, tmp_path)
    whole(values)
    assert "1 campaign has begun" in values["all-sentence"].text
    assert "held nobody out" in values["answer"].text
    assert "needs sends." in shown(values["funnel"]) or "orders.customer_id" in shown(values["funnel"])


@pytest.mark.parametrize("arms", ["with", "without"])
def test_hostile_names_are_text_with_and_without_a_holdout(tmp_path, arms):
    sends = SENDS if arms == "with" else SENDS.replace("holdout", HOSTILE)
    folder = write_shop(tmp_path / "shop", orders=ORDERS, campaigns=OPEN, sends=sends, order_items=LINES)
    values = run_cells("05_campaign_roi", folder, tmp_path)
    whole(values)
    assert ("1 held customers out" in values["all-sentence"].text) == (arms == "with")
    assert (tmp_path / "tables" / "campaign_results.csv").exists()
