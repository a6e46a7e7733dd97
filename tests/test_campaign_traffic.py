"""Campaign traffic: the windows around a campaign, what its weekdays would have brought, the slump after."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from fulfil import in_memory
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import campaign, campaign_traffic, campaign_traffic_telling, i18n
from shopcrm_nb.absent import NotComputed

RULES = rules_of().campaign
FEW = settings(max_examples=15, deadline=None, derandomize=True)
DAY = pd.Timedelta(days=1)
ONE = "campaign_id name start end\nA a 2024-06-10 2024-06-12"


def sold(per_day, first="2024-04-01"):
    """One order a day of the amounts, from the first day on, each of another customer."""
    rows = [
        (f"o{n}", f"c{n}", pd.Timestamp(first) + n * DAY + pd.Timedelta(hours=12), amount)
        for n, amount in enumerate(per_day)
        if amount
    ]
    return pd.DataFrame(rows, columns=["order_id", "customer_id", "paid_at", "paid"]).astype({"paid": str})


def shop_of(per_day, as_of="2024-06-30", campaigns=ONE, first="2024-04-01", **tables):
    return in_memory(sold(per_day, first), as_of, campaigns=campaigns, **tables)


def windows_of(shop, campaign_id="A", rules=RULES):
    every = campaign.every(shop)
    frame = campaign_traffic.by_window(campaign_traffic.days(shop), every, campaign_id, rules)
    return frame.set_index("window")


def series(base=100, days=91, **at):
    """So much a day from 1 April on, and other amounts from a day on: d70=(3, 400) is three days of 400."""
    values = [base] * days
    for name, (n, amount) in at.items():
        start = int(name[1:])
        values[start : start + n] = [amount] * n
    return values


# --- windows ------------------------------------------------------------------------------------------------


def test_a_campaign_of_three_days_is_compared_with_whole_weeks_before_and_after_it():
    rows = windows_of(shop_of(series()))
    spans = {name: (row.start, row.end, row.days) for name, row in rows.iterrows()}
    day = dt.date.fromisoformat
    assert spans == {
        "before": (day("2024-06-03"), day("2024-06-09"), 7),
        "during": (day("2024-06-10"), day("2024-06-12"), 3),
        "after": (day("2024-06-13"), day("2024-06-19"), 7),
    }


def test_a_campaign_of_ten_days_has_ten_days_before_and_ten_after():
    rows = windows_of(shop_of(series(), campaigns="campaign_id name start end\nA a 2024-06-01 2024-06-10"))
    assert list(rows.days) == [10, 10, 10]
    assert rows.start["before"] == dt.date(2024, 5, 22)
    assert rows.end["after"] == dt.date(2024, 6, 20)


def test_the_days_after_are_seen_only_as_far_as_as_of_and_days_to_come_are_blank_not_zero():
    rows = windows_of(shop_of(series(), as_of="2024-06-14"))
    assert rows.days.to_dict() == {"before": 7, "during": 3, "after": 2}
    none = windows_of(shop_of(series(), as_of="2024-06-12"))
    assert none.days["after"] == 0
    assert np.isnan(none.net_sales_per_day["after"])
    said = campaign_traffic_telling.sentence(none.reset_index(), "CNY")
    assert "The days after it are still to come." in said


def test_the_first_and_the_last_minute_of_a_day_are_both_of_it():
    orders = """
        order_id customer_id paid_at paid
        1 a 2024-06-01T12:00:00 1
        2 b 2024-06-09T23:59:59 2
        3 c 2024-06-10T00:00:00 30
        4 d 2024-06-12T23:59:59 60
        5 e 2024-06-13T00:00:00 7
    """
    rows = windows_of(in_memory(orders, "2024-06-30", campaigns=ONE))
    assert rows.net_sales_per_day.round(4).to_dict() == {"before": round(2 / 7, 4), "during": 30, "after": 1}


def test_days_before_the_data_are_no_days_without_sales():
    rows = windows_of(shop_of([100] * 25, first="2024-06-06"))
    assert rows.days["before"] == 4
    assert rows.net_sales_per_day["before"] == 100


def test_an_unknown_campaign_is_said_to_be_unknown():
    shop = shop_of(series())
    found = campaign_traffic.by_window(campaign_traffic.days(shop), campaign.every(shop), "Z", RULES)
    assert isinstance(found, NotComputed)


# --- burst and slump ----------------------------------------------------------------------------------------


def test_the_burst_is_a_days_mean_during_by_a_days_mean_before_and_the_slump_too():
    # 100 a day; 500 on each of the three days; 40 on each of the seven after.
    rows = windows_of(shop_of(series(d70=(3, 500), d73=(7, 40))))
    factors = campaign_traffic.factors(rows.reset_index()).set_index("traffic_measure")
    assert factors.burst["net_sales"] == pytest.approx(5)
    assert factors.after_factor["net_sales"] == pytest.approx(0.4)
    assert factors.burst["orders"] == 1
    assert np.isnan(factors.burst["visitors"])  # the shop has no traffic
    said = campaign_traffic_telling.sentence(rows.reset_index(), "CNY")
    assert said == "A day of the campaign brought ¥500 of net sales, 5.00 times a day before it."


def expected_of(shop, rules=RULES):
    """What a day of the campaign A would have brought, day by day, and what it did."""
    by_day = campaign_traffic.daily(campaign_traffic.days(shop), campaign.every(shop), rules)
    mine = by_day[(by_day.campaign_id == "A") & (by_day.window == "during")]
    return mine.expected_net_sales.tolist(), mine.net_sales.tolist()


def test_what_is_expected_is_the_mean_of_the_same_weekday():
    # Sundays bring 700, other days 100; the campaign is on a Sunday.
    days = pd.date_range("2024-04-01", "2024-06-30")
    shop = shop_of(
        [700 if day.weekday() == 6 else 100 for day in days],
        campaigns="campaign_id name start end\nA a 2024-06-16 2024-06-16",
    )
    rows = windows_of(shop)
    assert expected_of(shop) == ([700], [700])
    factors = campaign_traffic.factors(rows.reset_index()).set_index("traffic_measure")
    assert factors.burst["net_sales"] == pytest.approx(700 / (1300 / 7))  # the source's figure is fooled


def test_days_of_another_campaign_are_left_out_of_what_is_expected():
    shop = shop_of(series(d49=(7, 900)), campaigns=ONE + "\nB b 2024-05-20 2024-05-26")
    assert expected_of(shop) == ([100] * 3, [100] * 3)
    assert windows_of(shop).other_days.sum() == 0


def test_days_that_lie_in_two_campaigns_are_told():
    rows = windows_of(shop_of(series(), campaigns=ONE + "\nB b 2024-06-12 2024-06-14"))
    assert rows.other_days.to_dict() == {"before": 0, "during": 1, "after": 2}
    said = campaign_traffic_telling.sentence(rows.reset_index(), "CNY")
    assert "3 days of the three windows lie in other campaigns too" in said


def test_weeks_before_that_all_lie_in_other_campaigns_leave_nothing_to_expect():
    expected, _sold = expected_of(shop_of(series(), campaigns=ONE + "\nB b 2024-04-01 2024-06-09"))
    assert np.isnan(expected).all()


def test_only_as_many_weeks_as_the_rule_says_are_looked_at():
    # Until a fortnight before, a day brought 10; in the last two weeks 100.
    values = series(10, d56=(35, 100))
    for weeks, expected in ((2, 100), (4, 55)):
        rules = rules_of(campaign={"baseline_weeks": weeks}).campaign
        assert expected_of(shop_of(values), rules)[0] == [expected] * 3


# --- traffic ------------------------------------------------------------------------------------------------


def test_conversion_is_buyers_by_visitors_and_visitors_have_their_burst():
    traffic = pd.DataFrame({"date": pd.date_range("2024-06-03", "2024-06-19").astype(str)})
    during = traffic.date.between("2024-06-10", "2024-06-12")
    traffic["visitors"] = np.where(during, "40", "10")
    traffic["cart_users"] = np.where(during, "8", "1")
    rows = windows_of(shop_of(series(), traffic=traffic))
    factors = campaign_traffic.factors(rows.reset_index()).set_index("traffic_measure").burst
    assert (factors["visitors"], factors["cart_users"]) == (4, 8)
    assert rows.conversion_share.to_dict() == {"before": 0.1, "during": 1 / 40, "after": 0.1}
    assert factors["conversion"] == pytest.approx(0.25)
    assert np.isnan(factors["favourite_users"])
    said = campaign_traffic_telling.sentence(rows.reset_index(), "CNY")
    assert "It had 4.00 times the visitors." in said


def test_a_days_row_without_a_source_is_the_day_and_else_its_sources_are_added_up():
    traffic = """
        date source visitors
        2024-06-10 - 50
        2024-06-10 search 30
        2024-06-11 search 30
        2024-06-11 ads 12
    """
    found = campaign_traffic.days(shop_of(series(), traffic=traffic)).set_index("date").visitors
    assert found["2024-06-10"] == 50
    assert found["2024-06-11"] == 42
    assert np.isnan(found["2024-06-12"])


def test_the_back_ends_buyers_count_where_it_tells_of_every_day_with_visitors():
    told = "date visitors buyers\n2024-06-10 50 9\n2024-06-11 50 7"
    some = "date visitors buyers\n2024-06-10 50 9\n2024-06-11 50 -"
    by_back_end, own = (
        campaign_traffic.days(shop_of(series(), traffic=table)).set_index("date").buyers
        for table in (told, some)
    )
    assert list(by_back_end["2024-06-09":"2024-06-11"]) == [1, 9, 7]
    assert list(own["2024-06-09":"2024-06-11"]) == [1, 1, 1]


def test_without_buyer_names_orders_are_counted_and_buyers_are_blank():
    orders = sold(series()).drop(columns="customer_id")
    found = campaign_traffic.days(in_memory(orders, "2024-06-30", campaigns=ONE))
    assert (found.orders == 1).all()
    assert found.buyers.isna().all()


def test_one_customer_with_two_orders_a_day_is_one_buyer_and_refunds_are_taken_off():
    orders = """
        order_id customer_id paid_at paid refund
        1 a 2024-06-10 10 0
        2 a 2024-06-10 10 4
        3 b 2024-06-10 10 10
    """
    row = campaign_traffic.days(in_memory(orders, "2024-06-10", campaigns=ONE)).iloc[0]
    assert (row.orders, row.buyers, row.net_sales) == (2, 1, 16)


# --- every day ----------------------------------------------------------------------------------------------


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=3, unique=True),
    st.integers(1, 12),
    st.lists(st.integers(0, 500), min_size=75, max_size=75),
)
@FEW
def test_every_day_of_every_campaigns_windows_is_there_once_with_its_sales(starts, long, amounts):
    days = pd.date_range("2024-04-01", periods=75)
    by_day = pd.DataFrame({"date": days, "net_sales": np.array(amounts, dtype=float)})
    by_day = by_day.assign(**dict.fromkeys([*campaign_traffic.OF_VISITORS, "orders", "buyers"], 1.0))
    rows = [(f"k{n}", days[n].date(), (days[n] + (long - 1) * DAY).date()) for n in starts]
    campaigns = pd.DataFrame(rows, columns=["campaign_id", "start", "end"])
    found = campaign_traffic.daily(by_day, campaigns, RULES)
    assert list(found.columns) == campaign_traffic.DAILY
    around = max(long, 7)
    wanted = {
        (f"k{n}", days[day]): amounts[day]
        for n in starts
        for day in range(max(0, n - around), min(75, n + long + around))
    }
    keys = list(zip(found.campaign_id, found.date, strict=True))
    assert dict(zip(keys, found.net_sales, strict=True)) == wanted
    assert len(keys) == len(wanted)
    in_days = found[found.window == "during"].groupby("campaign_id").size()
    assert in_days.to_dict() == {f"k{n}": min(long, 75 - n) for n in starts}


def test_the_key_figures_are_told_only_where_they_are_known():
    found = campaign_traffic.figures(windows_of(shop_of(series(d70=(3, 500)))).reset_index())
    assert found == {"campaign.burst_net_sales": 5.0}


def test_without_campaigns_nothing_is_computed():
    shop = in_memory(sold(series()), "2024-06-30")
    i18n.use("en")
    assert isinstance(
        campaign_traffic.daily(campaign_traffic.days(shop), campaign.every(shop), RULES), NotComputed
    )
