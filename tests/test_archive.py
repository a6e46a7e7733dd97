"""The archive of campaigns: a row each, by the best method that its data allow."""

import json

import pandas as pd
import pytest
from build import WORKBOOK

from shopcrm_nb import archive, attribution, campaign, campaign_roi, history, workbook
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.effect import Effect


@pytest.fixture(scope="module")
def demo():
    data = workbook.open_shop("demo")
    every, orders = campaign.every(data), history.orders(data)
    claimed = attribution.orders(orders, attribution.claims(data, orders, every))
    measured = archive.measured(data, every, orders)
    return measured, archive.results(every, campaign_roi.results(data, every, claimed), measured)


@pytest.fixture(scope="module")
def results(demo):
    return demo[1].set_index("campaign_id")


@pytest.fixture(scope="module")
def truth():
    text = (WORKBOOK / "data" / "demo" / "truth.json").read_text(encoding="utf-8")
    return json.loads(text)["campaigns"]


def test_each_campaign_is_measured_by_the_best_that_its_data_allow(results):
    found = results.groupby("kind").measured_by.unique().map(list).to_dict()
    assert found == {"holdout": ["holdout"], "messages": ["matched"], "open": ["before_after"]}
    assert (results.trust[results.kind == "holdout"] == "randomised").all()
    assert "randomised" not in set(results.trust[results.kind != "holdout"])


def test_the_campaign_that_worked_is_said_to_have_worked(results, truth):
    row = results.loc["SMS202506"]
    assert (row.verdict, row.judged_by) == ("worked", "buyers")
    true = truth["SMS202506"]["effect"]["window"]["incremental"]
    assert row.ci_low < true["net_sales"] < row.ci_high


def test_a_campaign_that_pulled_sales_forward_looks_good_and_has_earned_nothing_over_months(results, truth):
    row = results.loc["CPN202509"]
    assert row.verdict == "worked"
    assert row.lasting_verdict == "cannot_tell"
    assert (
        row.lasting_low < truth["CPN202509"]["effect"]["180"]["incremental"]["net_sales"] < row.lasting_high
    )
    assert truth["CPN202509"]["effect"]["90"]["incremental"]["buyers"] == 0


@pytest.mark.parametrize("campaign_id", ["EDM202510", "SMS202511", "SMS202512"])
def test_the_useless_the_small_and_the_one_without_a_holdout_cannot_be_told(results, campaign_id):
    assert results.verdict[campaign_id] == "cannot_tell"


def test_the_small_one_says_how_many_would_tell(results):
    small = results.loc["SMS202511"]
    assert small.needed_n > small.customers + small.holdout


def test_roi_is_of_the_cost_and_not_computed_without_one(results):
    row = results.loc["SMS202506"]
    assert row.roi_percent == pytest.approx(row.net_sales / row.cost * 100)
    assert row.incremental_roi_percent == pytest.approx(row.incremental_net_sales / row.cost * 100)
    free = results.loc["SMS202606"]
    assert pd.isna(free.cost)
    assert free[["roi_percent", "incremental_roi_percent", "incremental_roi_high"]].isna().all()


def test_a_span_that_is_not_over_has_no_lasting_verdict(results):
    assert results.lasting_verdict["SMS202606"] == ""
    assert pd.isna(results.lasting_days["SMS202606"])


def test_the_sentence_and_the_figures_count_the_holdouts(demo):
    _measured, found = demo
    figures = archive.figures(found)
    assert figures["campaign.with_holdout"] == 5
    assert figures["campaign.worked"] + figures["campaign.did_not"] + figures["campaign.cannot_tell"] == 5
    said = archive.sentence(found, "CNY")
    assert f"5 held customers out: {figures['campaign.worked']} worked" in said
    assert "After 180 days that can no longer be told of 2 of those that worked" in said
    lasting = found.assign(lasting_verdict="worked")
    assert "no longer" not in archive.sentence(lasting, "CNY")
    assert "None held customers out" in archive.sentence(found[found.kind != "holdout"], "CNY")
    assert "of none the cost is known" in archive.sentence(found.assign(cost=float("nan")), "CNY")


def test_effects_are_those_of_a_campaign_with_a_holdout_only(demo):
    measured, _found = demo
    assert isinstance(archive.window(archive.of(measured, "SMS202506")), Effect)
    for name in ("SMS202512", "JHS202603"):
        assert isinstance(archive.of(measured, name), NotComputed)


def test_pictures_show_what_was_measured_and_say_what_is_weaker(demo):
    _measured, found = demo
    forest = archive.forest(found)
    assert len(forest) == found.ci_low.notna().sum()
    assert forest.title.str.contains("weaker: no hold-out").sum() == (forest.title.str.len() > 0).sum() - 5
    reported = archive.reported(found)
    assert len(reported) == 4  # one of the five has no cost
    without = archive.reported(found[found.kind == "open"])
    assert isinstance(without, NotComputed)
