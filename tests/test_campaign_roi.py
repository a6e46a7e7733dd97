"""Campaign ROI: sales ÷ cost as the source has it, never infinite, by channel, cost line and grade."""

import datetime as dt

import pandas as pd
import pytest
from build import shop_of
from fulfil import in_memory

from shopcrm_nb import attribution, campaign, campaign_roi, history, labels, table, traffic
from shopcrm_nb.absent import NotComputed

CAMPAIGNS = "campaign_id name start end send_cost"
ORDERS = """order_id customer_id paid_at paid refund
1 a 2024-06-02T10:00:00 5000 0
2 b 2024-06-03T10:00:00 9000 2000
3 a 2024-06-09T10:00:00 50 0"""


def steps(shop):
    found, ordered = campaign.every(shop), history.orders(shop)
    return found, attribution.orders(ordered, attribution.claims(shop, ordered, found))


def results_of(orders, campaigns, as_of="2024-06-30", rules=None, **tables):
    shop = in_memory(orders, as_of, rules, campaigns=campaigns, **tables)
    return campaign_roi.results(shop, *steps(shop)).set_index("campaign_id")


# --- ROI ----------------------------------------------------------------------------------------------------


def test_sales_of_12000_at_a_cost_of_3000_are_400_percent():
    found = results_of(ORDERS, f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-07 3000").loc["x"]
    assert found.net_sales == 12_000  # 5,000 + 9,000 - 2,000 refunded later
    assert found.paid == 14_000
    assert found.roi_percent == 400
    assert (found.orders, found.buyers) == (2, 2)
    assert pd.isna(found.net_roi_percent)


def test_a_cost_of_0_or_none_gives_no_roi_and_never_an_infinite_one():
    campaigns = f"""{CAMPAIGNS}
    zero Z 2024-06-02 2024-06-02 0
    none N 2024-06-03 2024-06-03 -"""
    found = results_of(ORDERS, campaigns, rules={"value": {"margin": 0.4}})
    assert found.net_sales.tolist() == [5000, 7000]
    assert found[["roi_percent", "net_roi_percent"]].isna().to_numpy().all()


def test_net_roi_takes_goods_and_cost_off_and_may_be_a_loss():
    campaigns = f"""{CAMPAIGNS}
    gain G 2024-06-02 2024-06-02 1000
    loss L 2024-06-03 2024-06-03 3500"""
    found = results_of(ORDERS, campaigns, rules={"value": {"margin": 0.4}}).net_roi_percent
    assert found["gain"] == 100  # (5,000 x 0.4 - 1,000) / 1,000
    assert found["loss"] == -20  # (7,000 x 0.4 - 3,500) / 3,500


def test_a_campaign_that_sold_nothing_has_zeros_and_an_roi_of_0():
    found = results_of(ORDERS, f"{CAMPAIGNS}\nx X 2024-06-20 2024-06-21 100").loc["x"]
    assert found[["orders", "buyers", "net_sales", "paid", "roi_percent"]].tolist() == [0] * 5


def test_overlapping_campaigns_share_orders_out_so_that_sums_count_each_once():
    campaigns = f"""{CAMPAIGNS}
    x X 2024-06-01 2024-06-30 100
    y Y 2024-06-03 2024-06-05 100"""
    found = results_of(ORDERS, campaigns)
    assert found.net_sales.to_dict() == {"x": 5050, "y": 7000}
    assert found.orders.sum() == 3


def test_a_campaign_that_runs_at_as_of_is_counted_up_to_it():
    found = results_of(ORDERS, f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-30 100", as_of="2024-06-02").loc["x"]
    assert (found.orders, found.net_sales, found.ended) == (1, 5000, False)


def test_what_came_from_a_hold_out_counts_to_no_campaign():
    sends = """campaign_id customer_id channel sent_at arm
    x a sms 2024-06-01 A
    x b sms 2024-06-01 holdout"""
    found = results_of(ORDERS, f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-07 100", sends=sends).loc["x"]
    assert (found.orders, found.net_sales) == (1, 5000)


# --- buyers -------------------------------------------------------------------------------------------------

OF_YEARS = """order_id customer_id paid_at paid
1 old 2023-01-01 5
2 old 2024-06-01 5
3 new 2024-06-01 5
4 new 2024-06-02 5
5 late 2024-06-02 5
6 - 2024-06-02 5
7 old 2024-06-03 5"""


def test_new_buyers_are_those_without_an_order_in_the_year_before():
    campaigns = f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-03 1\ny Y 2023-01-01 2023-01-01 1"
    found = results_of(OF_YEARS, campaigns)
    assert found.orders.to_dict() == {"y": 1, "x": 6}
    assert found.buyers["x"] == 4  # old, new, late, and who has no name
    assert found.new_buyers["x"] == 3  # old comes back after more than a year
    assert pd.isna(found.new_buyers["y"])  # the data begin with it


def test_a_shop_without_customer_ids_has_sales_and_roi_but_no_buyers():
    orders = "order_id paid_at paid\n1 2024-06-01 60\n2 2024-06-02 40"
    sends = "campaign_id customer_id channel sent_at\ny a sms 2024-06-01"
    campaigns = f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-03 50\ny Y 2024-06-01 2024-06-03 50"
    shop = in_memory(orders, campaigns=campaigns, sends=sends)
    found, claimed = steps(shop)
    rows = campaign_roi.results(shop, found, claimed).set_index("campaign_id")
    assert rows.roi_percent.to_dict() == {"x": 200, "y": 0}
    assert rows[["buyers", "new_buyers"]].isna().to_numpy().all()
    graded = pd.DataFrame({"customer_id": ["a"], "grade": ["P"]})
    assert isinstance(campaign_roi.by_grade(shop, found, claimed, graded), NotComputed)


def test_what_cannot_be_told_of_a_campaign_of_products_is_null():
    campaigns = f"{CAMPAIGNS} products\nx X 2024-06-01 2024-06-07 3000 p1"
    found = results_of(ORDERS, campaigns).loc["x"]
    names = ["orders", "buyers", "new_buyers", "paid", "net_sales", "roi_percent", "net_roi_percent"]
    assert found[names].isna().all()
    assert found.cost == 3000


# --- by channel, cost line and grade ------------------------------------------------------------------------

SENDS = """campaign_id customer_id channel sent_at arm cost
x a sms 2024-06-01 A 20
x b email 2024-06-01 A 0
x c sms 2024-06-01 A 30
x d sms 2024-06-01 holdout 500
x e wechat 2024-06-01 A 5
w a sms 2024-06-08 A -"""
COUPONS = "coupon_id customer_id campaign_id order_id\nk z x 4"
MORE = f"{ORDERS}\n4 z 2024-06-05T10:00:00 1000 0"
TWO = f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-07 -\nw W 2024-06-08 2024-06-08 -\nopen O 2024-06-01 2024-06-01 -"


def divided():
    shop = in_memory(MORE, campaigns=TWO, sends=SENDS, coupons=COUPONS)
    return shop, *steps(shop)


def test_sales_and_the_cost_of_messages_by_channel_hold_outs_aside():
    found = campaign_roi.by_channel(*divided())
    mine = found[found.campaign_id == "x"].set_index("channel")
    assert list(mine.index) == ["email", "sms", "none", "wechat"]
    assert mine.net_sales.tolist() == [7000, 5000, 1000, 0]
    assert mine.sales_share.tolist() == pytest.approx([7 / 13, 5 / 13, 1 / 13, 0])
    assert mine.send_cost.fillna(-1).tolist() == [0, 50, -1, 5]
    assert mine.send_roi_percent.fillna(-1).tolist() == [-1, 10_000, -1, 0]
    other = found[found.campaign_id == "w"].set_index("channel")
    assert other.net_sales.to_dict() == {"sms": 50}
    assert other.send_roi_percent.isna().all()
    assert "open" not in set(found.campaign_id)


def test_channels_are_not_told_without_messages():
    shop = in_memory(ORDERS, campaigns=TWO)
    assert campaign_roi.by_channel(shop, *steps(shop)) == NotComputed("sends.channel")


def test_the_channels_of_a_campaign_add_up_to_it():
    shop, found, claimed = divided()
    whole = campaign_roi.results(shop, found, claimed).set_index("campaign_id")
    parts = campaign_roi.by_channel(shop, found, claimed).groupby("campaign_id")
    assert parts.net_sales.sum().to_dict() == whole.net_sales.drop("open").to_dict()
    assert parts.send_cost.sum()["x"] == whole.cost["x"] == 55


def test_sales_and_the_cost_of_messages_by_grade():
    graded = pd.DataFrame({"customer_id": ["a", "b", "c"], "grade": ["P", "G", "P"]})
    found = campaign_roi.by_grade(*divided(), graded)
    mine = found[found.campaign_id == "x"].set_index("grade")
    assert mine.net_sales.to_dict() == {"G": 7000, "P": 5000, "none": 1000}
    assert mine.send_cost.to_dict() == {"G": 0, "P": 50, "none": 5}
    assert mine.buyers.to_dict() == {"G": 1, "P": 1, "none": 1}
    assert mine.send_roi_percent["P"] == 10_000


def test_cost_lines_are_shares_of_what_the_campaign_cost():
    campaigns = f"""{CAMPAIGNS} ad_cost gift_cost
    x X 2024-06-01 2024-06-07 30 60 10
    zero Z 2024-06-01 2024-06-07 0 - -
    none N 2024-06-01 2024-06-07 - - -"""
    found = campaign_roi.cost_lines(campaign.every(in_memory(ORDERS, campaigns=campaigns)))
    mine = found[found.campaign_id == "x"].set_index("cost_line")
    assert mine.cost.to_dict() == {"send_cost": 30, "gift_cost": 10, "ad_cost": 60}
    assert mine.cost_share.to_dict() == {"send_cost": 0.3, "gift_cost": 0.1, "ad_cost": 0.6}
    assert found[found.campaign_id == "zero"].cost_share.isna().tolist() == [True]
    assert "none" not in set(found.campaign_id)


# --- goals --------------------------------------------------------------------------------------------------

VISITS = "date visitors\n" + "\n".join(f"2024-06-{day:02d} {day * 10}" for day in range(1, 31) if day != 12)


def test_visitors_are_those_of_the_days_of_the_campaign_up_to_as_of():
    campaigns = f"""{CAMPAIGNS}
    x X 2024-06-01 2024-06-03 1
    gap G 2024-06-11 2024-06-13 1
    runs R 2024-06-30 2024-07-05 1"""
    shop = in_memory(ORDERS, campaigns=campaigns, traffic=VISITS)
    found = campaign_roi.results(shop, *steps(shop))
    visits = traffic.days(shop, history.orders(shop))
    visitors = campaign_roi.actual(found, visits, shop.as_of).set_index("campaign_id").visitors
    assert visitors["x"] == 60
    assert visitors["runs"] == 300
    assert pd.isna(visitors["gap"])  # a day of it is missing
    without = campaign_roi.actual(found, NotComputed("traffic.visitors"), shop.as_of)
    assert without.visitors.isna().all()
    assert without.orders.tolist() == found.orders.tolist()
    assert isinstance(campaign_roi.actual(NotComputed("x"), visits, shop.as_of), NotComputed)


@pytest.mark.parametrize(
    ("metric", "actual"),
    [
        ("buyers", 2),
        ("orders", 2),
        ("net_sales", 12_000),
        ("paid", 14_000),
        ("roi_percent", 400),
        ("visitors", 280),
        ("new_buyers", None),
    ],
)
def test_each_metric_of_a_goal_is_found(metric, actual):
    campaigns = f"{CAMPAIGNS} goal_metric goal_value\nx X 2024-06-01 2024-06-07 3000 {metric} 1"
    shop = in_memory(ORDERS, campaigns=campaigns, traffic=VISITS)
    found, claimed = steps(shop)
    visits = traffic.days(shop, history.orders(shop))
    reached = campaign_roi.actual(campaign_roi.results(shop, found, claimed), visits, shop.as_of)
    row = campaign.goals(found, reached).iloc[0]
    if actual is None:
        assert row.goal_state == "untold"  # the data begin with the campaign
    else:
        assert (row.actual, row.goal_state) == (actual, "reached")


# --- what is said -------------------------------------------------------------------------------------------


def said_of(campaigns, as_of="2024-06-30", rules=None, orders=ORDERS):
    found = results_of(orders, campaigns, as_of, rules).reset_index()
    return campaign_roi.sentence(found, "x", dt.date.fromisoformat(as_of), "CNY")


def test_the_sentence_gives_sales_cost_and_roi_under_its_own_name():
    said = said_of(f"{CAMPAIGNS}\nx <b>X 2024-06-01 2024-06-07 3000")
    assert said == (
        "2 orders of ¥12,000 count to <b>X (2024-06-01 to 2024-06-07), net of refunds known on 2024-06-30. "
        "It cost ¥3,000: ROI (sales ÷ cost) 400%. Orders that would have come anyway are counted in it."
    )
    margin = said_of(f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-07 3000", rules={"value": {"margin": 0.2}})
    assert margin.endswith("After the goods and the campaign's own cost, the net ROI is −20%.")


def test_the_sentence_says_what_is_missing_or_still_to_come():
    assert "so there is no ROI: give the cost lines" in said_of(f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-07 -")
    assert "is given as 0, so there is no ROI" in said_of(f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-07 0")
    runs = said_of(f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-30 100", as_of="2024-06-02")
    assert runs.startswith("X runs from 2024-06-01 to 2024-06-30; up to 2024-06-02, 1 order of ¥5,000 counts")
    untold = said_of(f"{CAMPAIGNS} products\nx X 2024-06-01 2024-06-07 10 p1")
    assert untold.startswith("What was bought in X cannot be told")
    assert untold.endswith("It cost ¥10.")


def test_key_figures_leave_out_what_is_not_known():
    found = results_of(ORDERS, f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-07 3000").reset_index()
    assert campaign_roi.figures(found, "x") == {
        "campaign.orders": 2,
        "campaign.buyers": 2,
        "campaign.net_sales": 12_000,
        "campaign.cost": 3000,
        "campaign.roi_percent": 400,
    }


def test_every_column_has_a_label_and_html_of_a_name_shows_as_text():
    shop, found, claimed = divided()
    results = campaign_roi.results(shop, found, claimed)
    graded = pd.DataFrame({"customer_id": ["a"], "grade": ["P"]})
    frames = [
        results,
        campaign_roi.by_channel(shop, found, claimed),
        campaign_roi.by_grade(shop, found, claimed, graded),
        campaign_roi.cost_lines(found),
    ]
    for frame in frames:
        assert set(frame) <= set(labels.of_columns())
    page = table.show(results.assign(name="<script>", roi_percent=400.0), "CNY")._repr_html_()
    assert "<script>" not in page
    assert ">400<" in page


def test_files_of_a_shop_give_the_same_as_pandas_on_their_rows(tmp_path):
    days = pd.date_range("2024-05-01", periods=60, freq="D").strftime("%Y-%m-%dT%H:%M:%S")
    orders = pd.DataFrame({"order_id": range(60), "customer_id": [f"c{n % 17}" for n in range(60)]})
    orders = orders.assign(
        paid_at=days, paid=[n * 3.35 + 1 for n in range(60)], refund=[n % 2 for n in range(60)]
    )
    campaigns = "campaign_id name start end ad_cost\nx X 2024-05-10 2024-06-10 77.5"
    shop = shop_of(tmp_path, orders, as_of="2024-06-20", campaigns=campaigns)
    row = campaign_roi.results(shop, *steps(shop)).iloc[0]
    mine = orders[orders.paid_at.str[:10].between("2024-05-10", "2024-06-10")]
    net = (mine.paid - mine.refund).sum()
    assert row.orders == len(mine) == 32
    assert row.net_sales == pytest.approx(net)
    assert row.roi_percent == pytest.approx(net / 77.5 * 100, abs=1e-3)
    assert row.buyers == mine.customer_id.nunique()
