"""What changed since the report of an earlier day: beside which report, which figures, whose grades."""

import json

import pandas as pd
import pytest

from shopcrm_nb import canonical, glossary, headline, since
from shopcrm_nb.ledger import LEDGER_COLUMNS

FACTS = {"shop": "A", "currency": "CNY", "rules": {"x": 1}, "as_of": "2026-06-30"}


def report(folder, as_of, figures, grades=None, **facts):
    (folder / "tables").mkdir(parents=True)
    run = FACTS | {"as_of": as_of, "key_figures": figures} | facts
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    if grades:
        frame = pd.DataFrame({"customer_id": list(grades), "grade": list(grades.values())})
        frame.to_parquet(folder / "tables" / "rfm_customers.parquet")
    return folder


def test_the_newest_report_of_an_earlier_day_of_the_same_shop_and_rules_is_taken(tmp_path):
    target = report(tmp_path / "2026-06-30", "2026-06-30", {"a": 9})
    assert since.compare(target, target, FACTS) is None
    report(tmp_path / "2026-04-30", "2026-04-30", {"a": 1})
    report(tmp_path / "2026-05-31", "2026-05-31", {"a": 2})
    report(tmp_path / "later", "2026-07-31", {"a": 3})
    report(tmp_path / "other", "2026-06-01", {"a": 4}, shop="B")
    report(tmp_path / "ruled", "2026-06-02", {"a": 5}, rules={"x": 2})
    report(tmp_path / ".aside", "2026-06-03", {"a": 6})  # of a run that goes on, or died
    (tmp_path / "lab").mkdir()
    found = since.compare(target, target, FACTS)
    assert found == {"as_of": "2026-05-31", "figures": {"a": 2}, "grades": []}


def test_customers_are_counted_by_their_grades_then_and_now(tmp_path):
    then = {"rose": "B", "fell": "P", "kept": "G", "left": "S", "left too": "B"}
    report(tmp_path / "then", "2026-05-31", {}, then)
    now = report(tmp_path / "now", "2026-06-30", {}, {"rose": "P", "fell": "G", "kept": "G", "came": "B"})
    found = since.compare(now, tmp_path / "target", FACTS)
    assert found["grades"] == [
        *(["B", "P", 1], ["B", "none", 1], ["G", "G", 1], ["P", "G", 1], ["S", "none", 1], ["none", "B", 1]),
    ]
    assert since.sentence(found) == (
        "1 customer rose to a better grade; 1 fell to a lesser one; 1 came into a grade, and 2 have none any "
        "more."
    )
    assert since.sentence(found | {"grades": [["P", "P", 5]]}) == ""


@pytest.mark.parametrize(
    ("unit", "now", "before", "said"),
    [
        ("money", 110.0, 100.0, "+10.0%"),
        ("share", 0.15, 0.2, "−5.0 points"),
        ("percent", 512.0, 500.0, "+12.0 points"),
        ("count", 5, 5, ""),
        ("count", 5, 7.0, "−2"),
        ("count", 150, 100, "+50.0%"),
        ("money", 500.5, 0, ""),  # nothing to be a part of
        ("money", 20.0, -10.0, ""),  # neither three times as much nor less
        ("money", -20.0, 10.0, ""),
        ("number", 0.8, 0.4, ""),  # an index: twice as much would say nothing
        ("count", None, 5, ""),
    ],
)
def test_a_share_moves_in_points_a_small_count_in_ones_and_what_has_a_zero_in_percent(
    unit, now, before, said
):
    assert since.change(unit, now, before) == said


def test_figures_that_are_written_alike_have_not_moved(tmp_path):
    figures = {"x.n": 3, "health.net_sales": 120.2, "health.late_share": 0.10004}
    earlier = {"health.net_sales": 100.0, "health.late_share": 0.1, "gone": 1}
    run = {"currency": "CNY", "key_figures": figures, "since": {"as_of": "2026-05-31", "figures": earlier}}
    assert [(row["name"], row["before"], row["now"], row["change"]) for row in headline.moved(run)] == [
        ("health.net_sales", "¥100", "¥120", "+20.2%")
    ]
    card = headline.cards(run, tmp_path)[0]
    assert (card.label, card.change, card.line) == ("Net sales of the period", "+20.2%", "")
    assert headline.moved({"currency": "CNY", "key_figures": {}}) == []


def test_a_card_draws_its_whole_months_from_nothing_up(tmp_path):
    months = pd.date_range("2024-01-01", periods=15, freq="MS")
    sales = pd.DataFrame(
        {"month": months, "whole": [*[True] * 14, False], "kind": "all", "net_sales": 10.0, "buyers": 1}
    )
    sales["orders"] = 1
    sales.loc[13, "net_sales"] = 20.0
    (tmp_path / "tables").mkdir()
    sales.to_parquet(tmp_path / "tables" / "sales_monthly.parquet")
    run = {"currency": "CNY", "key_figures": {"health.net_sales": 20.0, "health.new_customers": 1}}
    net, new = headline.cards(run, tmp_path)
    points = [tuple(map(float, point.split(","))) for point in net.line.split()]
    assert len(points) == headline.MONTHS
    assert points[0] == (0, 12) and points[-1] == (100, 1)  # half as high, and the top
    assert net.months == "2024-02 to 2025-02"
    assert (new.line, new.months) == ("", "")  # of new customers the table tells nothing here


def test_a_line_leaves_out_months_in_which_new_customers_cannot_be_told(tmp_path):
    months = pd.date_range("2024-01-01", periods=4, freq="MS")
    kinds = {
        "all": [40, 40, 40, 40],
        "new": [0, 0, 10, 20],
        "returning": [5, 5, 30, 20],
        "unknown": [35, 35, 0, 0],
    }
    rows = [
        {
            "month": month,
            "whole": True,
            "kind": kind,
            "orders": n,
            "buyers": n,
            "net_sales": n,
            "sales_share": n / 40,
        }
        for kind, counts in kinds.items()
        for month, n in zip(months, counts, strict=True)
    ]
    (tmp_path / "tables").mkdir()
    pd.DataFrame(rows).to_parquet(tmp_path / "tables" / "sales_monthly.parquet")
    figures = {"health.net_sales": 1, "health.new_customers": 1, "health.returning_sales_share": 0.5}
    net, new, share = headline.cards({"currency": "CNY", "key_figures": figures}, tmp_path)
    assert [card.months for card in (net, new, share)] == ["2024-01 to 2024-04", *["2024-03 to 2024-04"] * 2]
    assert new.line == "0.0,12.0 100.0,1.0"  # 10 is half of 20


def test_a_card_of_a_period_says_which_and_what_it_was_a_year_before(tmp_path):
    rows = {
        "indicator": ["net_sales", "second_order_share", "share"],
        "subject": ["", "", "mobile"],
        "period_start": pd.to_datetime(["2024-04-01"] * 3).date,
        "period_end": pd.to_datetime(["2024-06-30"] * 3).date,
        "comparison": [250.0, None, 0.5],
    }
    (tmp_path / "tables").mkdir()
    pd.DataFrame(rows).to_parquet(tmp_path / "tables" / "health_indicators.parquet")
    names = ("health.net_sales", "health.second_order_share", "check.net_sales")
    run = {"currency": "CNY", "key_figures": dict.fromkeys(names, 1)}
    net, second, other = headline.cards(run, tmp_path)
    days = "2024-04-01 to 2024-06-30"
    assert (net.days, net.a_year_before) == (days, "¥250")
    assert (second.days, second.a_year_before) == (days, "")  # nothing to compare with
    assert (other.days, other.a_year_before) == ("", "")


def test_the_rows_of_each_table_are_told_from_the_ledger(tmp_path):
    lines = [
        *(("read", "orders", 12, 12, 0, ""), ("clean", "orders", 12, 10, 2, "older_copy")),
        *(("read", "coupons", 3, 3, 0, ""), ("model", "orders", 10, 7, 3, "unpaid")),
    ]
    assert headline.sources(tmp_path) == []
    (tmp_path / "tables").mkdir()
    pd.DataFrame(lines, columns=LEDGER_COLUMNS).to_parquet(tmp_path / "tables" / "ledger.parquet")
    assert headline.sources(tmp_path) == [
        {"table": "Order list", "read": "12", "counted": "7", "left_out": "5"},
        {"table": "Coupons", "read": "3", "counted": "3", "left_out": "0"},
    ]


def test_every_table_that_can_be_read_has_a_word():
    assert set(glossary.tables()) == set(canonical.TABLES)
