"""Findings of campaigns: only what a hold-out makes sure, what is lost first, and the unknown in one."""

import math

import pandas as pd
import pytest
from build import rules_of

from shopcrm_nb import campaign_findings, i18n
from shopcrm_nb.absent import NotComputed

NAN = float("nan")
RULES = rules_of().campaign
DAY = pd.Timestamp("2024-06-16").date()
ROW = {
    **{"campaign_id": "1", "name": "618", "start": DAY, "kind": "holdout", "trust": "randomised"},
    **{"net_sales": 900.0, "cost": 50.0, "judged_by": "net_sales", "verdict": "cannot_tell"},
    **{"incremental_buyers": 4.0, "incremental_net_sales": 300.0, "ci_low": -100.0, "ci_high": 700.0},
    **{"lasting_days": NAN, "lasting_net_sales": NAN, "lasting_verdict": ""},
}
WORKED = {"verdict": "worked", "ci_low": 120.0, "ci_high": 480.0}
LESS = {"verdict": "did_not", "incremental_net_sales": -400.0, "ci_low": -700.0, "ci_high": -90.0}
UNPAID = {"verdict": "worked", "incremental_net_sales": 30.0, "ci_low": 10.0, "ci_high": 49.0}


def of(*rows):
    frame = pd.DataFrame([ROW | {"campaign_id": str(n)} | row for n, row in enumerate(rows)])
    found = campaign_findings.of(frame, "CNY")
    assert list(found) == campaign_findings.COLUMNS
    return found


def one(row):
    found = of(row)
    assert len(found) == 1
    return found.iloc[0]


def test_a_campaign_that_cannot_be_told_is_no_finding():
    assert of({}).empty
    assert of({"kind": "open", "trust": "weaker", **WORKED}).empty  # a weaker method makes nothing sure


def test_an_interval_below_nothing_is_a_loss_of_the_net_sales_that_are_missing():
    found = one(LESS)
    assert (found.severity, found.net_sales_at_stake) == ("warning", 400)
    assert found.finding == (
        "“618” (2024-06-16) lost sales: those written to bought for about ¥400 less than without it (¥90 to "
        "¥700 less). Do not repeat it as it was."
    )


def test_less_than_it_cost_at_most_did_not_pay_even_where_it_brought_something():
    found = one(UNPAID)  # 10 to 49 of net sales, for 50
    assert (found.severity, found.net_sales_at_stake) == ("warning", 50)
    assert "did not pay: it brought at most +¥49 of net sales" in found.finding.replace("\u2060", "")
    assert "it cost ¥50." in found.finding
    assert one(UNPAID | {"ci_high": 51.0}).severity == "note"  # that may have paid


def test_a_verdict_by_buyers_is_told_with_both_measures():
    found = one({"verdict": "did_not", "judged_by": "buyers", "incremental_buyers": -6.0})
    said = found.finding.replace("\u2060", "")
    assert "did not work: beside those held out it brought about −6 buyers and +¥300 of net sales" in said
    assert "(−¥100 to +¥700)" in said
    assert found.net_sales_at_stake == 50


def test_what_worked_is_a_note_of_what_it_brought():
    found = one(WORKED)
    assert (found.severity, found.net_sales_at_stake) == ("note", 300)
    assert found.finding.replace("\u2060", "").endswith(
        "brought about ¥300 of net sales that would not have come without it (+¥120 to +¥480)."
    )


def test_what_worked_by_its_buyers_has_no_sum_where_the_money_is_not_sure():
    found = one({"verdict": "worked", "judged_by": "buyers"})
    assert "about 4 buyers who would not have come without it" in found.finding
    assert math.isnan(found.net_sales_at_stake)


@pytest.mark.parametrize(("later", "faded"), [(200.0, True), (350.0, False)])
def test_what_is_gone_after_months_is_said_with_what_worked(later, faded):
    span = {"lasting_days": 180.0, "lasting_net_sales": later, "lasting_verdict": "cannot_tell"}
    assert ("After 180 days less is left" in one(WORKED | span).finding) == faded


def test_all_that_held_nobody_out_are_one_finding_with_what_counts_to_them():
    alone = {"kind": "messages", "trust": "untrusted"}
    assert one(alone).finding == (
        "“618” (2024-06-16) held nobody out: how much of the ¥900 that count to it would have come anyway is "
        "not known for sure. Hold customers out the next time."
    )
    both = of(alone | {"name": "latest"}, alone | {"net_sales": 50.0, "trust": "weaker"})
    assert len(both) == 1
    assert both.net_sales_at_stake.tolist() == [950]
    assert both.finding[0].startswith(
        "2 campaigns wrote to customers and held nobody out, the latest “latest”"
    )
    assert one(alone | {"net_sales": NAN}).finding.count("–") == 1  # not told, and so no sum


def test_losses_come_first_and_the_dearest_three_of_a_kind_are_told():
    rows = [WORKED | {"incremental_net_sales": float(sales)} for sales in (10, 40, 20, 30)]
    found = of(*rows, {"kind": "messages", "trust": ""}, LESS)
    assert found.severity.tolist() == ["warning"] * 2 + ["note"] * 3
    assert found.net_sales_at_stake.tolist() == [400, 900, 40, 30, 20]


def breaches(*rows):
    columns = ["campaign_id", "breach", "breach_messages", "customers", "judged_messages", "state"]
    return pd.DataFrame([("1", *row, "") for row in rows], columns=columns)


def test_messages_to_people_who_should_have_had_none_are_a_warning_without_a_sum():
    told = [("blacklisted", 3, 3, 90), ("no_consent", 0, 0, 90), ("too_soon", 7, 5, 90)]
    found = campaign_findings.together(of(LESS, WORKED), breaches(*told), RULES)
    assert found.severity.tolist() == ["warning", "warning", "note"]
    assert found.finding[1] == "3 messages went to people who are blacklisted. Leave them out of every list."
    assert math.isnan(found.net_sales_at_stake[1])


def test_without_such_messages_or_without_knowing_them_the_outcomes_stay():
    outcomes, missing = of(WORKED), NotComputed("sends.customer_id")
    for told in (breaches(("too_soon", 7, 5, 90)), breaches(("blacklisted", 0, 0, 90)), missing):
        assert campaign_findings.together(outcomes, told, RULES) is outcomes
    assert campaign_findings.together(missing, breaches(("blacklisted", 1, 1, 9)), RULES) is missing


def test_the_findings_are_said_in_chinese_too():
    i18n.use("zh")
    try:
        said = one(LESS).finding
    finally:
        i18n.use("en")
    assert "活动“618”（2024-06-16）造成了损失" in said
    assert "¥400" in said
