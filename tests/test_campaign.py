"""Campaigns: what each was, what it cost, whom it was sent to, and whether it reached its goal."""

import datetime as dt

import pandas as pd
import pytest
from build import shop_of
from fulfil import in_memory

from shopcrm_nb import campaign, labels, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError

ORDERS = "order_id customer_id paid_at paid\n1 a 2024-06-02T10:00 50\n2 b 2024-07-20T10:00 70"
HEAD = "campaign_id name start end"


def told(campaigns, as_of="2024-06-30", orders=ORDERS, **tables):
    """The campaigns of a shop in memory, by campaign_id."""
    found = campaign.every(in_memory(orders, as_of, campaigns=campaigns, **tables))
    return found.set_index("campaign_id")


def actual_of(**columns):
    return pd.DataFrame(columns)


# --- which campaigns count, and when ------------------------------------------------------------------------


def test_a_campaign_counts_from_the_day_it_begins_and_is_over_when_its_last_day_is():
    campaigns = f"""{HEAD}
    last L 2024-06-20 2024-06-30
    first F 2024-06-30T23:00 2024-07-05
    later N 2024-07-01 2024-07-05
    early E 2024-06-20 2024-06-29T08:00"""
    found = told(campaigns)
    assert list(found.index) == ["early", "last", "first"]
    assert found.ended.tolist() == [True, True, False]
    assert found.days.tolist() == [10, 11, 6]
    assert found.start["first"] == dt.date(2024, 6, 30)
    assert found.end["early"] == dt.date(2024, 6, 29)
    assert campaign.day_before(found.reset_index(), "last") == dt.date(2024, 6, 19)


def test_campaigns_that_end_before_they_begin_or_have_no_days_are_left_out_and_said_to_be():
    campaigns = f"""{HEAD}
    good G 2024-06-01 2024-06-01
    back B 2024-06-09 2024-06-03
    endless E 2024-06-09 -
    later L 2024-07-01 2024-07-03"""
    shop = in_memory(ORDERS, campaigns=campaigns)
    assert campaign.every(shop).campaign_id.tolist() == ["good"]
    out = campaign.left_out(shop).set_index("campaign_id").why
    assert out.to_dict() == {"back": "end_before_start", "endless": "no_days", "later": "not_begun"}
    assert set(out) == set(labels.of_codes()["why"])


def test_a_shop_without_campaigns_or_with_none_that_has_begun_is_told_so():
    assert campaign.every(in_memory(ORDERS)) == NotComputed("campaigns.start")
    none = campaign.every(in_memory(ORDERS, "2024-05-31", campaigns=f"{HEAD}\nx X 2024-06-01 2024-06-02"))
    assert isinstance(none, NotComputed)
    assert none.needs == "campaigns.start"
    assert campaign.goals(none, none) is none


def test_a_campaign_without_a_name_is_called_by_its_id_and_its_products_are_ids_however_separated():
    campaigns = pd.DataFrame(
        {
            "campaign_id": ["x", "y", "z"],
            "name": [None, "Y", "Z"],
            "start": ["2024-06-01"] * 3,
            "end": ["2024-06-02"] * 3,
            "products": ["p1, p2;p3、p4|p5 p1", " ", None],
        }
    )
    found = told(campaigns)
    assert found.name.tolist() == ["x", "Y", "Z"]
    assert found.products.tolist() == [("p1", "p2", "p3", "p4", "p5"), (), ()]


# --- whom it was sent to ------------------------------------------------------------------------------------

SENDS = """campaign_id customer_id channel sent_at arm cost
both a sms 2024-06-01T09:00 A 0.5
both a sms 2024-06-02T09:00 A 0.5
both a sms 2024-06-02T10:00 holdout 7
both b sms 2024-06-02T09:00 - 0.25
both c sms 2024-06-02T09:00 HOLDOUT 7
both d sms 2024-07-01T00:00 A 9
all a sms 2024-06-30T23:59 A -"""
THREE = f"""{HEAD}
all A 2024-06-01 2024-06-02
both B 2024-06-01 2024-06-02
none N 2024-06-01 2024-06-02"""


def test_customers_count_once_those_of_both_arms_as_written_to_and_later_sends_not_at_all():
    found = told(THREE, sends=SENDS)
    assert found.kind.to_dict() == {"all": "messages", "both": "holdout", "none": "open"}
    assert found.customers.to_dict() == {"all": 1, "both": 2, "none": 0}  # a and b; d is written to in July
    assert found.holdout.to_dict() == {"all": 0, "both": 1, "none": 0}  # c


def test_without_arms_every_send_is_a_message():
    sends = "campaign_id customer_id channel sent_at\nboth a sms 2024-06-01"
    assert told(THREE, sends=sends).kind["both"] == "messages"


# --- what it cost -------------------------------------------------------------------------------------------


def test_the_cost_is_the_sum_of_the_lines_told_and_unknown_where_none_is():
    campaigns = f"""{HEAD} send_cost coupon_cost gift_cost ad_cost labour_cost
    some S 2024-06-01 2024-06-02 100 - 20.5 - -
    zero Z 2024-06-01 2024-06-02 0 - - - -
    none N 2024-06-01 2024-06-02 - - - - -"""
    found = told(campaigns)
    assert found.cost["some"] == 120.5
    assert found.cost["zero"] == 0
    assert pd.isna(found.cost["none"])
    assert found.loc["some", ["coupon_cost", "ad_cost", "labour_cost"]].isna().all()


def test_messages_cost_what_those_sent_did_unless_the_campaign_says_otherwise():
    found = told(THREE, sends=SENDS)
    assert found.send_cost["both"] == 1.25  # 0.5 + 0.5 + 0.25: a hold-out costs nothing
    assert pd.isna(found.send_cost["all"])  # its one message has no cost
    assert pd.isna(found.send_cost["none"])
    said = THREE.replace(HEAD, f"{HEAD} send_cost").replace("02\n", "02 99\n") + " 99"
    assert told(said, sends=SENDS).send_cost["both"] == 99


COUPONS = """coupon_id customer_id campaign_id face used_at order_id
k1 a both 10 2024-06-02 -
k2 a both 5 - 1
k3 a both 100 2024-07-02 -
k4 a both 200 - 2
k5 a both 400 - -
k6 a all 30 - -
k7 a - 30 2024-06-02 -"""


def test_coupons_cost_the_face_of_those_used_by_as_of_and_nothing_where_none_was():
    found = told(THREE, coupons=COUPONS)
    assert found.coupon_cost["both"] == 15  # k1 and k2; k3 is used and k4's order paid in July
    assert found.coupon_cost["all"] == found.cost["all"] == 0
    assert pd.isna(found.coupon_cost["none"])
    assert told(THREE, "2024-07-31", coupons=COUPONS).coupon_cost["both"] == 315


# --- the one that is asked for ------------------------------------------------------------------------------


def test_a_campaign_is_picked_by_id_by_name_or_else_the_latest_that_is_over():
    campaigns = f"""{HEAD}
    a Sale 2024-06-01 2024-06-02
    b Sale 2024-06-05 2024-06-06
    c Now 2024-06-29 2024-07-06"""
    found = told(campaigns).reset_index()
    assert campaign.pick(found, "a") == "a"
    assert campaign.pick(found, "Sale") == "b"
    assert campaign.pick(found, "") == "b"
    assert campaign.pick(found.tail(1), "") == "c"
    with pytest.raises(ShopcrmError, match='"Sal" is none that has begun'):
        campaign.pick(found, "Sal")


# --- goals --------------------------------------------------------------------------------------------------

GOALS = f"""{HEAD} goal_metric goal_value
over O 2024-06-01 2024-06-02 net_sales 100
under U 2024-06-01 2024-06-02 net_sales 100.01
runs R 2024-06-29 2024-07-02 buyers 10
early E 2024-06-29 2024-07-02 buyers 4
bare B 2024-06-01 2024-06-02 - 10
empty M 2024-06-01 2024-06-02 orders -
naught N 2024-06-01 2024-06-02 orders 0
odd D 2024-06-01 2024-06-02 likes 10
blind L 2024-06-01 2024-06-02 visitors 10
<b>roi <i>I 2024-06-01 2024-06-02 roi_percent 400"""
IDS = ["over", "under", "runs", "early", "bare", "empty", "naught", "odd", "blind", "<b>roi"]


def goals():
    actual = actual_of(
        campaign_id=IDS,
        net_sales=[100.0] * 10,
        buyers=pd.array([5] * 10, dtype="Int64"),
        orders=[0] * 10,
        roi_percent=[398.0] * 10,
        visitors=[float("nan")] * 10,
    )
    return campaign.goals(told(GOALS).reset_index(), actual)


def test_a_goal_is_reached_missed_still_open_or_not_to_be_told():
    found = goals().set_index("campaign_id")
    assert found.goal_state.to_dict() == {
        "over": "reached",
        "under": "missed",
        "runs": "running",
        "early": "reached",
        "bare": "no_goal",
        "empty": "no_goal",
        "naught": "no_goal",
        "odd": "unknown_metric",
        "blind": "untold",
        "<b>roi": "missed",
    }
    assert set(found.goal_state) == set(labels.of_codes()["goal_state"])
    assert found.reached_share["over"] == 1
    assert found.reached_share["runs"] == 0.5
    assert (
        found.loc[["bare", "empty", "naught", "odd", "blind"], ["actual", "reached_share"]]
        .isna()
        .to_numpy()
        .all()
    )


def test_goals_are_written_each_in_its_unit_the_latest_first_and_html_shows_as_text():
    shown = campaign.goals_to_read(goals(), "CNY")
    rows = shown.set_index("name")
    assert rows.loc["<i>I", ["goal", "goal_actual"]].tolist() == ["400%", "398%"]
    assert rows.loc["O", ["goal", "goal_actual"]].tolist() == ["¥100", "¥100"]
    assert rows.loc["R", ["goal", "goal_actual"]].tolist() == ["10", "5"]
    assert rows.goal_actual["D"] == "–"
    assert shown.start.is_monotonic_decreasing
    page = table.show(shown, "CNY")._repr_html_()
    assert "&lt;i&gt;I" in page
    assert "<i>" not in page


@pytest.mark.parametrize(
    ("campaign_id", "said"),
    [
        ("over", "The goal was reached: net sales ¥100, and the goal was ¥100."),
        ("<b>roi", "The goal was missed: ROI (sales ÷ cost) 398%, which is 99.5% of the goal of 400%."),
        ("runs", "The campaign still runs: buyers 5 so far, 50.0% of the goal of 10."),
        ("blind", "The goal is 10 (visitors), and the data do not tell what was reached."),
    ],
)
def test_a_sentence_says_whether_a_goal_was_reached(campaign_id, said):
    assert campaign.goal_sentence(goals(), campaign_id, "CNY") == said


def test_a_campaign_without_a_goal_is_flagged_and_an_unknown_figure_named():
    assert "has no goal" in campaign.goal_sentence(goals(), "bare", "CNY")
    odd = campaign.goal_sentence(goals(), "odd", "CNY")
    assert '"likes"' in odd
    assert all(metric in odd for metric in campaign.METRICS)


def test_the_figure_of_a_goal_is_read_in_the_words_of_exports(tmp_path):
    campaigns = f"""{HEAD} goal_metric goal_value
    a A 2024-06-01 2024-06-02 销售额 5
    b B 2024-06-01 2024-06-02 ROI 5
    c C 2024-06-01 2024-06-02 访客数 5
    d D 2024-06-01 2024-06-02 点赞 5"""
    shop = shop_of(tmp_path, ORDERS, as_of="2024-06-30", campaigns=campaigns)
    assert campaign.every(shop).goal_metric.tolist() == ["net_sales", "roi_percent", "visitors", "点赞"]


def test_every_column_of_the_goals_has_a_label():
    assert set(campaign.goals_to_read(goals(), "CNY")) <= set(labels.of_columns())


def test_campaigns_that_wrote_to_somebody_are_not_those_of_everybodys_days():
    rows = "campaign_id name start end\na one 2024-05-01 2024-05-02\nb two 2024-05-01 2024-05-02"
    orders = "order_id customer_id paid_at paid\n1 x 2024-05-01 5"
    shop = in_memory(
        orders, campaigns=rows, sends="campaign_id customer_id channel sent_at\na x sms 2024-05-01"
    )
    assert campaign.without_messages(shop).to_pandas().campaign_id.tolist() == ["b"]
    alone = in_memory(orders, campaigns=rows)
    assert sorted(campaign.without_messages(alone).to_pandas().campaign_id) == ["a", "b"]


def test_mistakes_in_the_list_of_campaigns_are_warned_of_and_future_ones_are_not():
    rows = "campaign_id name start end\na one 2024-05-03 2024-05-02\nb two 2024-05-01 -\n"
    rows += "c three 2025-05-01 2025-05-02"
    orders = "order_id customer_id paid_at paid\n1 x 2024-05-01 5"
    shop = in_memory(orders, campaigns=rows)
    assert campaign.warnings(campaign.left_out(shop)).finding.tolist() == [
        "The campaign “one” is left out: it ends before it begins.",
        "The campaign “two” is left out: it has no first or last day.",
    ]


def test_the_campaign_that_is_looked_at_is_named_as_text():
    rows = "campaign_id name start end\na <b>x</b> 2024-05-01 2024-05-02"
    shop = in_memory("order_id customer_id paid_at paid\n1 x 2024-05-01 5", campaigns=rows)
    said = campaign.sentence(campaign.every(shop), "a")
    assert said.startswith("Below, “<b>x</b>” is looked at closely, 2024-05-01 to 2024-05-02: 0 customers")
