"""Traffic: visitors and buyers day by day, and months in which fewer visitors bought than a year before."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from build import shop_of
from scipy import stats
from simulate import small_shop

from shopcrm_nb import history, resample, traffic
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.period import Period

# Two paid orders of ann on the first day, one of bob refunded in full, two without a name on the second.
ORDERS = """
order_id customer_id paid_at          paid refund
1        ann         2024-06-01T09:00 10   0
2        ann         2024-06-01T23:59 5    1
3        bob         2024-06-01       7    7
4        -           2024-06-02       1    0
5        -           2024-06-02       1    0
6        cat         2024-06-04       3    0
"""


def days_of(rows, orders=ORDERS, as_of="2024-06-03"):
    shop = small_shop(orders, as_of, traffic=rows)
    return traffic.days(shop, history.orders(shop))


# --- days ---------------------------------------------------------------------------------------------------


def test_buyers_are_distinct_customers_with_a_paid_order_whatever_became_of_it():
    found = days_of("date visitors\n2024-06-01 100\n2024-06-02 50\n2024-06-03 40")
    assert found.date.dt.strftime("%d").tolist() == ["01", "02", "03"]
    assert found.buyers.tolist() == [2, 2, 0]
    assert found.net_sales.tolist() == [14, 2, 0]
    assert found.visitors.tolist() == [100, 50, 40]


def test_without_names_each_paid_order_is_a_buyer():
    orders = "order_id paid_at paid\n1 2024-06-01 5\n2 2024-06-01 6\n3 - 7"
    assert days_of("date visitors\n2024-06-01 100", orders).buyers.tolist() == [2]


def test_the_buyers_that_the_back_end_counted_come_first_and_all_of_them_or_none():
    assert days_of("date visitors buyers\n2024-06-01 100 9\n2024-06-02 50 8").buyers.tolist() == [9, 8]
    assert days_of("date visitors buyers\n2024-06-01 100 9\n2024-06-02 50 -").buyers.tolist() == [2, 2]


def test_days_after_as_of_do_not_enter_and_neither_do_their_orders():
    found = days_of("date visitors\n2024-06-03 40\n2024-06-04 70")
    assert found.visitors.tolist() == [40]
    later = days_of("date visitors\n2024-06-04 40")
    assert isinstance(later, NotComputed)
    assert later.needs == "traffic.visitors"


def test_a_shop_without_traffic_says_so():
    shop = small_shop(ORDERS)
    assert traffic.days(shop, history.orders(shop)).needs == "traffic.visitors"


def test_sources_are_added_up_where_the_day_has_no_row_of_its_own():
    rows = """
date       source visitors page_views bounce_rate
2024-06-01 search 60       100        0.5
2024-06-01 ads    40       50         1
2024-06-02 -      70       90         0.3
2024-06-02 search 60       100        0.9
2024-06-02 ads    40       50         0.9
2024-06-03 ads    10       -          -
"""
    found = days_of(rows)
    assert found.visitors.tolist() == [100, 70, 10]
    assert found.page_views.tolist()[:2] == [150, 90]
    assert found.bounce_rate.tolist()[:2] == pytest.approx([0.7, 0.3])  # (0.5·60 + 1·40) / 100
    assert "source" not in found


def test_a_table_as_it_is_loaded_from_a_file_gives_the_same(tmp_path):
    rows = (
        "date source visitors\n2024-06-02 - 70\n2024-06-02 search 60\n2024-06-01 ads 9\n2024-06-01 search 1"
    )
    shop = shop_of(tmp_path, ORDERS, traffic=rows)
    found = traffic.days(shop, history.orders(shop))
    assert found.visitors.tolist() == [10, 70]
    assert found.buyers.tolist() == [2, 2]


# --- periods ------------------------------------------------------------------------------------------------

JUNE = {"now": Period(date(2024, 6, 1), date(2024, 6, 3)), "then": Period(date(2023, 6, 1), date(2023, 6, 2))}


def test_a_period_is_covered_if_each_of_its_days_is_there():
    found = days_of("date visitors\n2023-06-01 1\n2023-06-02 1\n2024-06-01 1\n2024-06-03 1")
    assert traffic.covered(found, JUNE) == {"then"}
    whole = days_of("date visitors\n2024-06-01 1\n2024-06-02 1\n2024-06-03 1")
    assert traffic.covered(whole, JUNE) == {"now"}


def test_the_groups_are_days_by_their_place_so_that_both_periods_draw_the_same_ones():
    rows = "date visitors\n2023-06-01 7\n2023-06-02 8\n2024-06-01 1\n2024-06-02 2\n2024-06-03 4"
    found = traffic.sums(days_of(rows), JUNE).set_index(["period", "group"])
    assert found.visitors.to_dict() == {
        ("now", 0): 1,
        ("now", 1): 2,
        ("now", 2): 4,
        ("then", 0): 7,
        ("then", 1): 8,
    }
    assert found.buyers.sum() == 4


def test_a_year_of_days_folds_into_the_groups_and_loses_none():
    every = pd.date_range("2023-07-01", "2024-06-30")
    frame = pd.DataFrame({"date": every, "visitors": 1.0, "buyers": 2, "net_sales": 3.0})
    found = traffic.sums(frame, {"now": Period(date(2023, 7, 1), date(2024, 6, 30))})
    assert sorted(found.group) == list(range(resample.GROUPS))
    assert found[["visitors", "buyers", "net_sales"]].sum().tolist() == [366, 732, 1098]


# --- months -------------------------------------------------------------------------------------------------


def daily(first, last, seed=1, conversion=0.03, visitors=1000):
    random, every = np.random.default_rng(seed), pd.date_range(first, last)
    came = random.poisson(visitors, len(every)).astype(float)
    bought = random.binomial(came.astype(int), conversion)
    return pd.DataFrame({"date": every, "visitors": came, "buyers": bought, "net_sales": bought * 10.0})


def test_conversion_of_months_by_hand():
    every = pd.date_range("2023-02-01", "2024-02-29")
    frame = pd.DataFrame({"date": every, "visitors": 100.0, "buyers": 4, "net_sales": 40.0})
    frame.loc[frame.date >= "2024-02-01", "buyers"] = [1, 3] * 14 + [2]
    found = traffic.months(frame).set_index("month")
    assert len(found) == 13
    last = found.loc["2024-02-01"]
    assert (last.visitors, last.buyers, last.net_sales) == (2900, 58, 1160)
    assert (last.conversion_share, last.conversion_share_before, last.buyers_before) == (0.02, 0.04, 112)
    assert found.conversion_share_before.notna().sum() == 1


def test_the_z_of_a_month_is_that_of_two_ratios_with_the_noise_of_their_days():
    frame = pd.concat([daily("2023-05-01", "2023-05-31", 1), daily("2024-05-01", "2024-05-31", 2)])
    found = traffic.months(frame).iloc[1]

    def linearised(
        year,
    ):  # the mean of the days' (buyers - ratio · visitors) / mean visitors, its standard error
        mine = frame[frame.date.dt.year == year]
        ratio = mine.buyers.sum() / mine.visitors.sum()
        return ratio, stats.sem((mine.buyers - ratio * mine.visitors) / mine.visitors.mean())

    (now, error_now), (then, error_then) = linearised(2024), linearised(2023)
    assert found.z == pytest.approx((now - then) / np.sqrt(error_now**2 + error_then**2))
    # days that differ by chance alone have about the binomial error
    assert error_now == pytest.approx(np.sqrt(0.03 * 0.97 / 31000), rel=0.4)


def test_months_of_which_a_day_is_missing_are_left_out_also_as_a_year_before():
    frame = daily("2023-01-01", "2024-03-30")
    frame = frame[frame.date != "2023-02-14"]
    found = traffic.months(frame)
    months = found.month.dt.strftime("%Y-%m").tolist()
    assert "2023-02" not in months
    assert months[-1] == "2024-02"
    before = dict(zip(months, found.conversion_share_before.notna(), strict=True))
    assert (before["2024-01"], before["2024-02"], before["2023-12"]) == (True, False, False)


def test_a_month_without_a_visitor_has_no_conversion():
    frame = daily("2023-05-01", "2023-06-30")
    frame.loc[frame.date >= "2023-06-01", "visitors"] = 0
    assert traffic.months(frame).month.dt.month.tolist() == [5]


def test_without_a_change_about_5_of_100_months_have_a_z_beyond_2():
    z = [
        traffic.months(
            pd.concat(
                [daily("2023-06-01", "2023-06-30", n), daily("2024-06-01", "2024-06-30", -n - 1 + 10**6)]
            )
        ).z.iloc[1]
        for n in range(300)
    ]
    low, high = stats.binom.interval(0.999, 300, 0.05)
    assert low <= (np.abs(z) > 1.96).sum() <= high
    assert stats.kstest(z, "norm").pvalue > 0.001


def test_month_indicators_are_the_last_twelve_with_a_year_before():
    found = traffic.month_indicators(traffic.months(daily("2022-01-01", "2024-06-30")))
    assert found.subject.tolist() == [f"2023-{n:02d}" for n in range(7, 13)] + [
        f"2024-{n:02d}" for n in range(1, 7)
    ]
    assert (found.indicator == "conversion_month").all()
    short = traffic.month_indicators(traffic.months(daily("2023-05-01", "2024-06-30")))
    assert short.subject.tolist() == ["2024-05", "2024-06"]
    assert traffic.month_indicators(traffic.months(daily("2024-05-01", "2024-06-30"))).empty


def test_a_month_as_an_indicator_by_hand():
    every = pd.date_range("2023-06-01", "2024-06-30")
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"date": every, "visitors": 100.0, "buyers": 4.0, "net_sales": 40.0})
    now = frame.date >= "2024-06-01"
    frame["buyers"] += random.choice([-1, 1], len(frame))  # noise, so that there is one
    frame.loc[now, ["visitors", "buyers", "net_sales"]] = [200.0, 2.0, 30.0]
    then = frame[frame.date < "2023-07-01"].buyers.sum()
    found = traffic.month_indicators(traffic.months(frame)).iloc[0]
    assert (found.subject, found.value, found.comparison) == ("2024-06", 0.01, then / 3000)
    assert (found.n, found.n_comparison, found.better) == (60, then, 1)
    assert found.change_share == pytest.approx(30 / then - 1)
    # 6000 visitors at last year's conversion less 60, of 15 each
    assert found.net_sales_at_stake == pytest.approx((6000 * then / 3000 - 60) * 15)
    z = traffic.months(frame).z.iloc[-1]
    assert found.p_value == pytest.approx(2 * stats.norm.cdf(z))
    assert z < -10
