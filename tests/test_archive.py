"""The archive of campaigns: a row each, by the best method that its data allow."""

import json
from math import isnan, nan
from types import SimpleNamespace

import pandas as pd
import pytest
from build import WORKBOOK
from fulfil import in_memory

from shopcrm_nb import archive, archive_telling, attribution, campaign, campaign_roi, history, workbook
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


def effect_of(of_all, low, verdict="worked"):
    """An effect of so much net sales of 100 customers, and its low end; the other figures are others."""
    return Effect(
        100,
        50,
        9,
        2,
        9.0,
        2.0,
        1.0,
        nan,
        difference=of_all / 100,
        low=low,
        high=9.0,
        incremental_buyers=7.0,
        incremental_net_sales=of_all,
        incremental_net_sales_low=low * 100,
        incremental_net_sales_high=900.0,
        verdict=verdict,
    )


def test_a_row_of_a_hold_out_by_hand():
    found = {"window": effect_of(500.0, 1.0), "90": effect_of(300.0, -2.0, "cannot_tell")}
    found["180"] = effect_of(200.0, nan, "few")  # too few are over: the longest told is 90 days
    row = archive._row(found, 200.0)
    assert (row["incremental_buyers"], row["incremental_net_sales"]) == (7, 500)
    assert (row["ci_low"], row["ci_high"]) == (100, 900)
    roi = [row[f"incremental_roi_{end}"] for end in ("percent", "low", "high")]
    assert roi == [250, 50, 450]
    assert (row["lasting_days"], row["lasting_net_sales"]) == (90, 300)
    assert (row["lasting_low"], row["lasting_high"]) == (-200, 900)
    assert (row["verdict"], row["lasting_verdict"]) == ("worked", "cannot_tell")
    lasts = archive._row(found | {"90": effect_of(300.0, 2.0)}, 200.0)
    assert lasts["lasting_verdict"] == "worked"
    assert "lasting_days" not in archive._row({"window": found["window"], "180": found["180"]}, 200.0)


def test_a_row_without_a_hold_out_by_hand():
    ends = {"incremental_net_sales_low": -50.0, "incremental_net_sales_high": 250.0}
    told = {"incremental_buyers": 3.0, "incremental_net_sales": 100.0, **ends}
    told |= {"customers": 200, "matched": 50, "trust": "weaker", "verdict": "cannot_tell"}
    row = archive._row(pd.DataFrame([told]), 200.0)
    assert (row["measured_by"], row["trust"], row["incremental_buyers"]) == ("matched", "weaker", 3)
    assert [row[name] for name in archive.CAUSED[1:]] == [100, -50, 250]
    assert [row[name] for name in archive.ROI] == [200, -100, 500]  # of the 50 that cost a quarter of 200
    for trust in ("untrusted", "spread"):
        row = archive._row(pd.DataFrame([told | {"trust": trust}]), 200.0)
        assert row == {"measured_by": "matched", "trust": trust, "verdict": "cannot_tell"}
    days = {"extra_net_sales": 80.0, "extra_low": 40.0, "extra_high": 120.0, "trust": "unchecked"}
    days |= {"both_extra_net_sales": nan, "both_extra_low": nan, "both_extra_high": nan}
    row = archive._row(pd.DataFrame([days | {"verdict": "cannot_tell"}]), 400.0)
    assert (row["measured_by"], row["trust"]) == ("before_after", "unchecked")
    assert isnan(row["incremental_buyers"])
    assert [row[name] for name in archive.CAUSED[1:]] == [80, 40, 120]
    assert [row[name] for name in archive.ROI] == [20, 10, 30]
    # The days after are over: what was only bought earlier is no gain, and by both goes the verdict.
    days |= {"both_extra_net_sales": 20.0, "both_extra_low": -60.0, "both_extra_high": 100.0}
    row = archive._row(pd.DataFrame([days | {"verdict": "cannot_tell"}]), 400.0)
    assert [row[name] for name in archive.CAUSED[1:]] == [20, -60, 100]
    assert [row[name] for name in archive.ROI] == [5, -15, 25]


def test_a_campaign_that_cost_more_than_its_margin_can_bring_did_not_work():
    names = [f"c{place}" for place in range(120)]
    sends = pd.DataFrame({"campaign_id": "k", "customer_id": names, "channel": "sms"})
    sends = sends.assign(arm=["holdout" if n % 3 == 0 else "a" for n in range(120)], sent_at="2024-05-03")
    bought = [name for place, name in enumerate(names) if place % 3 and place % 2]  # 40 of 80, for 50 each
    orders = pd.DataFrame({"order_id": bought, "customer_id": bought, "paid_at": "2024-05-04", "paid": "50"})
    for margin, verdict in ((0.5, "did_not"), (0, "worked")):
        shop = in_memory(orders, rules={"value": {"margin": margin}}, sends=sends)
        row = SimpleNamespace(campaign_id="k", cost=100_000.0, goal_metric="")
        assert archive.effects(shop, row)["window"].verdict == verdict


def test_a_span_that_is_not_over_has_no_lasting_verdict(results):
    assert results.lasting_verdict["SMS202606"] == ""
    assert pd.isna(results.lasting_days["SMS202606"])


def test_the_sentence_and_the_figures_count_the_holdouts(demo):
    _measured, found = demo
    figures = archive.figures(found)
    assert figures["campaign.with_holdout"] == 5
    assert figures["campaign.worked"] + figures["campaign.did_not"] + figures["campaign.cannot_tell"] == 5
    said = archive_telling.sentence(found, "CNY")
    assert f"5 held customers out: {figures['campaign.worked']} worked" in said
    assert list(archive.faded(found).name) == ["秋装上新券"]
    for kept in ({"lasting_verdict": "worked"}, {"lasting_net_sales": 1e6}):
        assert archive.faded(found.assign(**kept)).empty
    assert len(archive.faded(found.assign(lasting_verdict="did_not", lasting_net_sales=-1.0))) == 2
    few = found.assign(verdict="few")
    assert "0 worked in their days, 0 did not, of 5 it cannot be told" in archive_telling.sentence(few, "CNY")
    weak = found[found.kind != "holdout"]
    assert "held customers out" not in archive_telling.sentence(weak, "CNY")
    assert archive_telling.answer(weak, "CNY") == (
        "What the 3 campaigns caused is known only weakly or not at all, for none held customers out."
    )
    assert "of none the cost is known" in archive_telling.sentence(found.assign(cost=float("nan")), "CNY")


def test_what_all_holdouts_together_brought_has_an_interval_and_may_be_less_than_nothing():
    rows = [("worked", 300.0, 100.0, -100.0, 200.0), ("cannot_tell", 500.0, -400.0, -550.0, 0.0)]
    columns = ["verdict", "net_sales", "incremental_net_sales", "ci_low", "ci_high"]
    found = pd.DataFrame(rows, columns=columns).assign(
        cost=10.0, lasting_verdict="", lasting_net_sales=nan, trust="randomised"
    )
    # -300 in all; low by (200² + 150²)^½ = 250, high by (100² + 400²)^½ = 412
    assert archive_telling.answer(found, "CNY").replace("\u2060", "") == (
        "The 2 campaigns with a hold-out and a known cost, ¥20 in all, really brought −¥300 (−¥550 to "
        "+¥112), where ¥800 count to them; known to have worked: 1 of 2."
    )
    assert archive_telling.answer(found.assign(cost=nan), "CNY") == (
        "Known to have worked: 1 of 2 campaigns; what these brought for their cost is not told."
    )


def test_where_the_amount_is_clear_and_the_verdict_is_not_the_page_says_why(demo):
    _measured, found = demo
    row = found[found.campaign_id == "JHS202504"].iloc[0]
    assert (row.measured_by, row.verdict) == ("before_after", "cannot_tell")
    assert row.ci_low < 0 < row.ci_high  # of its days and as many after, by which the verdict goes
    assert "season" not in archive_telling.sentence(found, "CNY")
    clear = found.assign(ci_low=found.ci_low.mask(found.campaign_id == "JHS202504", 5.0))
    assert archive_telling.sentence(clear, "CNY").endswith(
        "1 campaign to everybody clearly differs from the weeks before it; whether that was the campaign or "
        "the season is not told."
    )
    told = clear.assign(verdict=clear.verdict.mask(clear.campaign_id == "JHS202504", "worked"))
    assert "season" not in archive_telling.sentence(told, "CNY")


def test_the_flash_sale_earned_no_more_than_it_is_said_to_have_at_most(demo, truth):
    _measured, found = demo
    row = found[found.campaign_id == "JHS202504"].iloc[0]
    sale = truth["JHS202504"]
    each = row.net_sales / row.orders
    true = (sale["added_orders"] - sale["missing_after"]) * each
    assert row.ci_low < true < row.ci_high


def test_effects_are_those_of_a_campaign_with_a_holdout_only(demo):
    measured, _found = demo
    assert isinstance(archive.window(archive.of(measured, "SMS202506")), Effect)
    for name in ("SMS202512", "JHS202603"):
        assert isinstance(archive.of(measured, name), NotComputed)


def test_pictures_show_what_was_measured_and_say_what_is_weaker(demo):
    _measured, found = demo
    forest = archive.forest(found)
    assert len(forest) == found.ci_low.notna().sum()
    assert forest.title.str.contains("no hold-out").sum() == len(forest) - 5
    assert (forest.judged_by == "buyers").sum() == (found.judged_by == "buyers").sum() > 0
    reported = archive.reported(found)
    assert len(reported) == 4  # one of the five has no cost
    without = archive.reported(found[found.kind == "open"])
    assert isinstance(without, NotComputed)
