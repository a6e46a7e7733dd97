"""The demo's injected faults are found and ranked, and without them the same shop gets no alarm."""

import json

import pandas as pd
import pytest
from build import WORKBOOK, run_cells

from shopcrm_nb.demo.export import write_demo


@pytest.fixture(scope="module")
def ill(tmp_path_factory):
    """The advice on the demo as it is, and the values of its page's cells."""
    out = tmp_path_factory.mktemp("ill")
    values = run_cells("02_shop_health", WORKBOOK / "data" / "demo", out)
    return pd.read_csv(out / "tables" / "advice.csv", dtype={"subject": str}), values


def test_each_injected_fault_of_the_demo_is_found_and_ranked_by_money(ill):
    advice, _values = ill
    faults = json.loads((WORKBOOK / "data" / "demo" / "truth.json").read_text(encoding="utf-8"))["faults"]
    found = {
        (row.indicator, row.subject if isinstance(row.subject, str) else "") for row in advice.itertuples()
    }
    assert ("conversion_month", faults["bad_conversion"]["start"][:7]) in found
    assert ("slow_place", faults["slow_province"]["province"]) in found
    assert found & {("came_back_share", ""), ("returning_customers", "")}
    assert advice.net_sales_at_stake.is_monotonic_decreasing
    assert advice["rank"].tolist() == list(range(1, len(advice) + 1))
    # Nothing else than the faults and what follows from them: fewer second orders are a part of the slump.
    assert {indicator for indicator, _subject in found} <= {
        *("came_back_share", "returning_customers", "second_order_share", "conversion_month", "slow_place"),
    }


def test_what_the_bad_month_cost_is_near_the_truth(ill):
    advice, _values = ill
    faults = json.loads((WORKBOOK / "data" / "demo" / "truth.json").read_text(encoding="utf-8"))["faults"]
    said = advice[advice.indicator == "conversion_month"].net_sales_at_stake.iloc[0]
    assert said == pytest.approx(float(faults["bad_conversion"]["lost"]["net"]), rel=0.35)


def test_the_advice_is_what_the_page_and_the_index_say_first(ill):
    advice, values = ill
    assert advice.finding.iloc[0] in values["answer"].text
    assert len(values["advice"].rows) == len(advice)
    assert values["answer"].figures["health.advice"] == len(advice)


def test_without_the_faults_the_demo_gets_no_alarm(tmp_path):
    write_demo(tmp_path / "demo", with_faults=False)
    values = run_cells("02_shop_health", tmp_path / "demo", tmp_path)
    assert values["advice"].rows == []
    assert values["answer"].text.endswith("Nothing stands out that asks for action.")
