"""Campaigns on a page: one of them without its id, all of them by name, what they sold and caused."""

import datetime as dt

import pandas as pd
import pytest

from shopcrm_nb import campaign_readable, i18n
from shopcrm_nb.absent import NotComputed

EVERY = pd.DataFrame(
    {
        "campaign_id": ["a", "b", "c"],
        "name": ["Sale", "Sale", "Mail"],
        "start": [dt.date(2024, 1, 5), dt.date(2024, 2, 5), dt.date(2024, 3, 5)],
    }
)
NAN = float("nan")


def results(**columns):
    row = {
        **{"name": "Sale", "start": dt.date(2024, 1, 5), "orders": 3, "buyers": 2, "new_buyers": 1},
        **{"net_sales": 900.0, "cost": 100.0, "roi_percent": 900.0, "net_roi_percent": NAN},
        **{
            "incremental_net_sales": 250.4,
            "ci_low": -10.2,
            "ci_high": 511.0,
            "incremental_roi_percent": 250.0,
        },
        **{"lasting_days": 90.0, "lasting_net_sales": -1234.0, "lasting_low": -3000.0, "lasting_high": 532.0},
        **{
            "verdict": "cannot_tell",
            "judged_by": "buyers",
            "lasting_verdict": "cannot_tell",
            "trust": "randomised",
            "state": "",
        },
    }
    return pd.DataFrame([row | columns])


def test_of_one_campaign_its_rows_are_shown_without_its_id():
    frame = pd.DataFrame({"campaign_id": ["a", "b", "a"], "name": "x", "n": [1, 2, 3]})
    assert campaign_readable.of(frame, "a").to_dict("list") == {"n": [1, 3]}
    assert campaign_readable.of(frame, "z").empty


def test_of_all_campaigns_each_has_a_name_that_tells_it_from_others_and_the_latest_is_first():
    frame = pd.DataFrame({"campaign_id": ["a", "a", "c", "b"], "n": [1, 2, 3, 4]})
    found = campaign_readable.named(frame, EVERY)
    assert found.name.tolist() == ["Mail", "Sale", "Sale", "Sale"]
    assert found.start.map(str).tolist() == ["2024-03-05", "2024-02-05", "2024-01-05", "2024-01-05"]
    assert found.n.tolist() == [3, 4, 1, 2]


def test_what_a_campaign_caused_stands_with_its_interval():
    row = campaign_readable.caused(results(), "CNY").iloc[0]
    assert row.caused_text == "+¥250 (−¥10 to +¥511)"
    assert row.verdict == "cannot_tell"


def test_what_is_left_after_months_is_told_of_the_campaigns_whose_months_are_over():
    found = pd.concat([results(), results(name="Mail", lasting_days=NAN)])
    left = campaign_readable.lasted(found, "CNY")
    assert left[["name", "lasting_days"]].to_numpy().tolist() == [["Sale", 90]]
    assert left.lasting_text.tolist() == ["−¥1,234 (−¥3,000 to +¥532)"]


def test_what_is_not_known_is_blank():
    nothing = dict.fromkeys(["incremental_net_sales", "ci_low", "ci_high"], NAN)
    assert campaign_readable.caused(results(**nothing), "CNY").caused_text.tolist() == [i18n.BLANK]


@pytest.mark.parametrize(
    ("trust", "verdict", "shown"),
    [
        ("randomised", "cannot_tell", "cannot_tell"),  # more customers, or time, may tell
        ("untrusted", "cannot_tell", "untold"),
        ("weaker", "cannot_tell", "untold"),
        ("weaker", "worked", "worked"),
        ("", "", ""),
    ],
)
def test_a_weaker_method_that_tells_nothing_does_not_promise_to_tell_it_later(trust, verdict, shown):
    found = results(trust=trust, verdict=verdict)
    assert campaign_readable.caused(found, "CNY").verdict.tolist() == [shown]


def test_a_matched_comparison_has_its_differences_with_their_intervals():
    row = {
        "campaign_id": "a",
        "comparison": "campaign",
        "start": dt.date(2024, 1, 5),
        "end": dt.date(2024, 1, 9),
    }
    row |= {"customers": 9, "matched": 8, "alike_customers": 7, "leaves_zero": True}
    row |= {"share_difference": 0.0397, "share_low": -0.001, "share_high": 0.05}
    row |= {"difference": 30.384, "difference_low": -2.0, "difference_high": 39.8}
    found = campaign_readable.matched(pd.DataFrame([row, row | {"campaign_id": "b"}]), "a", "CNY")
    assert len(found) == 1
    assert found.buyers_text[0] == "+3.97% (−0.10% to +5.00%)"
    assert found.per_head_text[0] == "+¥30.38 (−¥2.00 to +¥39.80)"
    assert found.matched[0] == 8


def test_days_beside_those_before_have_their_differences_with_their_intervals():
    row = {
        "campaign_id": "a",
        "campaign_part": "after",
        "start": dt.date(2024, 1, 5),
        "end": dt.date(2024, 1, 9),
    }
    row |= {"net_sales": 90.0, "expected_net_sales": 100.0, "campaign_days": 0}
    row |= {"extra_net_sales": -10.4, "extra_low": -30.0, "extra_high": 12.0}
    row |= {"change_share": -0.1, "change_share_low": -0.3, "change_share_high": 0.125}
    found = campaign_readable.before_after(pd.DataFrame([row]), "a", "CNY")
    assert found.extra_text[0] == "−¥10 (−¥30 to +¥12)"
    assert found.change_text[0] == "−10.0% (−30.0% to +12.5%)"


def test_steps_of_messages_have_their_shares_with_their_intervals_and_what_is_missing():
    row = {
        "campaign_id": "a",
        "channel": "sms",
        "variant": "x",
        "step": "clicked",
        "customers": 5,
        "state": "",
    }
    row |= {"of_before": 7, "n_before": 1400, "of_delivered": None, "n_delivered": None}
    row |= {"share_of_before": 0.5, "before_low": 0.25, "before_high": 0.75}
    row |= {"share_of_delivered": NAN, "delivered_low": NAN, "delivered_high": NAN}
    found = campaign_readable.funnel(pd.DataFrame([row]), "a")
    assert found.before_text[0] == "7 of 1,400: 50.0% (25.0% to 75.0%)"
    assert found.delivered_text[0] == i18n.BLANK
    assert found.message_step[0] == "clicked"


def test_two_variants_stand_beside_each_other_with_their_difference():
    row = {"campaign_id": "c", "channel": "sms", "outcome": "clicked", "test_verdict": "better"}
    row |= {"variant": "x", "variant_share": 0.3, "customers": 100}
    row |= {"other_variant": "y", "other_share": 0.1, "other_customers": 1100}
    row |= {"variant_difference": 0.2, "variant_low": 0.09, "variant_high": 0.306}
    found = campaign_readable.variants(pd.DataFrame([row]), EVERY).iloc[0]
    assert (found["name"], found.one_text, found.other_text) == (
        "Mail",
        "x: 30.0% of 100",
        "y: 10.0% of 1,100",
    )
    assert found.variant_text == "+20.0% (+9.0% to +30.6%)"


def test_what_no_campaign_has_is_no_column():
    assert "net_roi_percent" not in campaign_readable.sold(results())
    assert campaign_readable.sold(results(net_roi_percent=30.0)).net_roi_percent.tolist() == [30.0]


def divided(**columns):
    rows = {
        "campaign_id": "a",
        "name": "Sale",
        "grade": ["none", "B", "asleep", "P", "G"],
        "orders": [1, 9, 4, 0, 0],
        "net_sales": [10.0, 90.0, 40.0, 0.0, 0.0],
        "send_cost": [NAN, NAN, NAN, NAN, NAN],
    }
    return campaign_readable.divided(pd.DataFrame(rows | columns), "a")


def test_grades_stand_in_their_order_and_words_without_those_that_nobody_has():
    found = divided()
    assert found.grade.tolist() == ["Bronze", "asleep", "no order before, or without a name"]
    assert list(found) == ["grade", "orders", "net_sales"]  # no cost is told
    costs = [0.0, 0.0, 0.0, 5.0, 0.0]
    assert divided(send_cost=costs).grade.tolist()[:2] == ["Platinum", "Bronze"]  # written to, in vain


WINDOWS = pd.DataFrame(
    {
        "window": ["before", "during", "after"],
        **{"start": dt.date(2024, 6, 1), "end": dt.date(2024, 6, 7), "days": 7, "other_days": 0},
        **{"visitors_per_day": [100.0, 250.0, 50.0], "conversion_share": [0.02, 0.03, 0.01]},
        **{"orders_per_day": [2.0, 7.5, 0.5], "net_sales_per_day": [200.0, 900.0, 40.0]},
        **dict.fromkeys(["cart_users_per_day", "favourite_users_per_day", "buyers_per_day"], NAN),
    }
)


def test_a_day_before_during_and_after_stand_beside_each_other_each_in_its_unit():
    found = campaign_readable.measures(WINDOWS, "CNY")
    assert found.traffic_measure.tolist() == ["visitors", "conversion", "orders", "net_sales"]
    assert found.iloc[0].tolist() == ["visitors", "100.0", "250.0", "50.0", 2.5, 0.5]
    assert found.iloc[1].tolist()[:4] == ["conversion", "2.0%", "3.0%", "1.0%"]
    assert found.iloc[3].tolist()[:4] == ["net_sales", "¥200", "¥900", "¥40"]


def test_who_came_back_is_told_with_the_interval():
    again = {"days": 90, "won_by": "campaign", "customers": 40, "again_customers": 4, "comes_back": "few"}
    again |= {"came_back_share": 0.1, "ci_low": 0.04, "ci_high": 0.23, "later_net_sales_per_customer": 6.019}
    names = ("came_back_difference", "came_back_difference_low", "came_back_difference_high")
    again |= dict(zip(names, (-0.05, -0.1, 0.02), strict=True))
    row = campaign_readable.won(pd.DataFrame([again]), "CNY").iloc[0]
    assert (row.came_back_text, row.later_text) == ("10.0% (4.0% to 23.0%)", "¥6.02")
    assert row.came_back_difference_text == "−5.0% (−10.0% to +2.0%)"


@pytest.mark.parametrize("unknown", [0, 2])
def test_new_buyers_are_told_with_the_interval_and_the_unknown_where_there_are_any(unknown):
    row = {"campaign_id": "c", "buyers": 10, "new_buyers": 2, "returning_buyers": 8}
    row |= {"unknown_buyers": unknown, "first_time_share": 0.2, "ci_low": 0.06, "ci_high": 0.51}
    found = campaign_readable.first_time(pd.DataFrame([row]), EVERY)
    assert found.first_time_text.tolist() == ["20.0% (6.0% to 51.0%)"]
    assert ("unknown_buyers" in found) == bool(unknown)


def test_spans_are_told_as_far_as_they_are_over_for_somebody():
    lasting = pd.DataFrame(
        {
            **{"span": ["window", "90"], "n_treatment": [9, 0], "n_holdout": [3, 0]},
            **{"waiting_customers": [0, 12], "over_on": dt.date(2024, 9, 1)},
            **{"per_head_treatment": [7.5, NAN], "per_head_holdout": [1.1, NAN]},
            **{"difference": [6.4, NAN], "low": [-3.0, NAN], "high": [9.0, NAN], "verdict": ["few", ""]},
        }
    )
    found = campaign_readable.horizons(lasting, "CNY")
    assert found.span.tolist() == ["window"]
    assert (found.per_head_treatment_text[0], found.per_head_holdout_text[0]) == ("¥7.50", "¥1.10")
    assert found.per_head_text[0] == "+¥6.40 (−¥3.00 to +¥9.00)"
    assert "waiting_customers" not in found
    partly = lasting.assign(n_treatment=[9, 4])
    assert campaign_readable.horizons(partly, "CNY").waiting_customers.tolist() == [0, 12]


def test_what_was_not_computed_stays_so():
    missing = NotComputed("campaigns.start")
    assert campaign_readable.caused(missing, "CNY") is missing
    assert campaign_readable.named(missing, EVERY) is missing
