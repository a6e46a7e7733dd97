"""Monthly: new and returning customers by calendar month, and whether the strongest month is a season."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from simulate import small_shop

from shopcrm_nb import history, monthly, workbook
from shopcrm_nb.absent import NotComputed

HEAD = "order_id customer_id paid_at paid refund\n"
PROMOTIONS = pd.DataFrame(
    [
        ("a", date(2024, 4, 30), date(2024, 5, 1)),
        ("b", date(2024, 5, 31), date(2024, 6, 2)),
        ("a", date(2024, 5, 9), date(2024, 5, 9)),
    ],
    columns=["promotion", "start", "end"],
)


def sales(rows, as_of="2024-06-30", **sections):
    shop = small_shop(HEAD + rows, as_of, sections)
    return monthly.sales(shop, history.orders(shop))


def by_month(found, kind="all"):
    mine = found[found.kind == kind]
    return mine.set_index(mine.month.dt.strftime("%Y-%m"))


ROWS = """0 old 2023-04-15 1 0
1 ann 2024-04-20 10 0
2 ann 2024-04-30T23:59 20 5
3 old 2024-05-01 7 7
4 - 2024-06-01 100 0
5 ann 2024-06-01 50 0
6 bob 2024-06-29 30 0
"""


# --- months -------------------------------------------------------------------------------------------------


def test_the_sales_of_a_month_by_kind_of_buyer_by_hand():
    april = sales(ROWS).set_index(["month", "kind"]).loc[pd.Timestamp(2024, 4, 1)]
    figures = ["orders", "buyers", "net_sales", "sales_share", "net_sales_per_buyer"]
    assert april.loc["all", figures].tolist() == [2, 1, 25, 1, 25]  # ann, once
    assert april.loc["new", figures].tolist() == [1, 1, 10, 0.4, 10]
    assert april.loc["returning", figures].tolist() == [1, 1, 15, 0.6, 15]
    june = by_month(sales(ROWS)).loc["2024-06"]
    assert june[figures].tolist() == [3, 3, 180, 1, 60]
    assert by_month(sales(ROWS), "no_buyer").loc["2024-06", figures].tolist() == [
        1,
        1,
        100,
        pytest.approx(5 / 9),
        100,
    ]


def test_the_kinds_add_up_to_all_orders():
    found = sales(ROWS)
    parts = found[found.kind != "all"].groupby("month")[["orders", "net_sales"]].sum()
    every = found[found.kind == "all"].set_index("month")[["orders", "net_sales"]]
    pd.testing.assert_frame_equal(parts, every, check_dtype=False)


def test_a_month_without_orders_is_there_with_zeros_and_without_shares():
    may = sales(ROWS).query("month == '2024-05-01'").set_index("kind")  # the one order was refunded
    assert may[["orders", "buyers", "net_sales"]].to_numpy().sum() == 0
    assert may[["sales_share", "net_sales_per_buyer"]].isna().all(axis=None)
    assert may.whole.all()
    assert len(by_month(sales(ROWS))) == 15


def test_the_first_and_the_last_month_are_whole_only_from_the_first_to_the_last_day():
    whole = by_month(sales("0 a 2024-04-02 1 0\n1 b 2024-06-30 1 0")).whole
    assert whole.to_dict() == {"2024-04": False, "2024-05": True, "2024-06": True}
    part = by_month(sales("0 a 2024-04-01 1 0\n1 b 2024-06-29 1 0", "2024-06-29")).whole
    assert part.to_dict() == {"2024-04": True, "2024-05": True, "2024-06": False}
    found = monthly.whole(sales("0 a 2024-04-02 1 0\n1 b 2024-06-30 1 0"))
    assert found.month.dt.month.tolist() == [5, 6]
    assert set(found.kind) == {"all"}


def test_months_of_the_demo_shop_agree_with_pandas():
    shop = workbook.open_shop("demo")
    orders = history.orders(shop)
    found = monthly.sales(shop, orders)
    frame = orders.select("paid_on", "net", "key", "kind").to_pandas()
    frame["month"] = pd.to_datetime(frame.paid_on).dt.to_period("M").dt.to_timestamp()
    for kind in ("all", "new", "returning", "unknown", "no_buyer"):
        mine = found[found.kind == kind].set_index("month")
        rows = (frame if kind == "all" else frame[frame.kind == kind]).groupby("month")
        for name, expected in (
            ("orders", rows.size()),
            ("buyers", rows.key.nunique()),
            ("net_sales", rows.net.sum()),
        ):
            assert mine[name].tolist() == pytest.approx(expected.reindex(mine.index, fill_value=0).tolist())


# --- to read ------------------------------------------------------------------------------------------------


def test_the_recent_months_are_the_latest_first_with_their_promotions():
    found = monthly.recent(sales(ROWS), PROMOTIONS).set_index("month")
    assert found.index.tolist()[:3] == ["2024-06", "2024-05", "2024-04"]
    assert len(found) == 13
    assert found.promotions.tolist()[:4] == ["b", "a, b", "a", ""]
    june = found.loc["2024-06"]
    assert (june.orders, june.buyers, june.net_sales, june.net_sales_per_buyer) == (3, 3, 180, 60)
    assert (june.new_buyers, june.returning_buyers, june.returning_net_sales_per_buyer) == (1, 1, 50)
    assert june.returning_sales_share == pytest.approx(50 / 180)
    assert len(monthly.recent(sales(ROWS), PROMOTIONS, 2)) == 2


def test_new_and_returning_buyers_of_months_with_an_order_that_cannot_be_told_are_blank():
    # told from 10 April 2024 on: in April one order is before that
    rows = (
        "0 old 2023-04-11 1 0\n1 x 2024-04-09 5 0\n2 y 2024-04-20 5 0\n3 z 2024-05-05 5 0\n4 z 2024-06-05 5 0"
    )
    found = monthly.recent(sales(rows), PROMOTIONS).set_index("month")
    blank = ["new_buyers", "returning_buyers", "returning_sales_share", "returning_net_sales_per_buyer"]
    assert found.loc["2024-04", blank].isna().all()
    assert found.loc["2024-05", "new_buyers"] == 1
    assert found.loc["2024-06", "returning_buyers"] == 1


def test_where_nobody_ever_returned_that_is_0_and_where_nobody_has_a_name_it_is_blank():
    rows = "0 old 2023-04-11 1 0\n3 z 2024-06-05 5 0"
    found = monthly.recent(sales(rows), PROMOTIONS).set_index("month").loc["2024-06"]
    assert (found.new_buyers, found.returning_buyers, found.returning_sales_share) == (1, 0, 0)
    unnamed = monthly.recent(sales("0 - 2024-06-05 1 0"), PROMOTIONS).iloc[0]
    assert unnamed[["new_buyers", "returning_buyers", "returning_sales_share"]].isna().all()
    assert unnamed.orders == 1


def test_a_short_history_has_no_new_buyers_at_all():
    found = monthly.recent(sales("0 a 2024-05-11 1 0\n1 a 2024-06-05 5 0\n2 b 2024-06-06 5 0"), PROMOTIONS)
    assert found[["new_buyers", "returning_buyers"]].isna().all(axis=None)


# --- weeks --------------------------------------------------------------------------------------------------


def test_weeks_begin_on_monday_and_those_without_orders_have_zeros():
    shop = small_shop(HEAD + "0 a 2024-06-09 1 0\n1 b 2024-06-10 2 0\n2 c 2024-06-16 4 0\n3 d 2024-06-30 8 0")
    found = monthly.weekly(history.orders(shop), date(2024, 6, 30))
    assert found.week.dt.strftime("%m-%d").tolist() == ["06-03", "06-10", "06-17", "06-24"]
    assert found.net_sales.tolist() == [1, 6, 0, 8]


def test_a_week_that_is_not_over_is_left_out_and_the_last_ones_are_kept():
    shop = small_shop(HEAD + "0 a 2024-06-09 1 0\n1 b 2024-06-10 2 0\n2 c 2024-06-24 4 0")
    found = monthly.weekly(history.orders(shop), date(2024, 6, 29), weeks=2)
    assert found.week.dt.strftime("%m-%d").tolist() == ["06-10", "06-17"]
    assert found.net_sales.tolist() == [2, 0]


# --- the season ---------------------------------------------------------------------------------------------


def months(*net_sales, last="2024-06-01"):
    """Whole months with these sales, the last one of June 2024."""
    starts = pd.date_range(end=last, periods=len(net_sales), freq="MS")
    return pd.DataFrame(
        {"month": starts, "whole": True, "kind": "all", "net_sales": np.array(net_sales, float)}
    )


FLAT = [10] * 11


def test_without_a_month_of_one_and_a_half_times_the_average_there_is_no_strong_month():
    # 16 of 126 in all: 1.52 times 10.5; 15 of 125: 1.44 times
    assert monthly.season(months(*FLAT, 15)) == (
        "No month of the last twelve whole ones sold 1.5 times as much as an average one."
    )
    assert monthly.season(months(*FLAT, 16)).startswith("2024-06 sold 1.5 times as much as an average month")


def test_of_one_year_nobody_can_tell_a_season_from_an_event():
    said = monthly.season(months(*[10] * 23)[-12:].assign(net_sales=[10.0] * 11 + [50.0]))
    assert said.startswith("2024-06 sold 3.8 times")  # 50 · 12 / 160 is 3.75
    assert "takes two years of data" in said
    almost = months(*[10] * 22, 50)
    assert "takes two years of data" in monthly.season(almost)


def test_a_month_that_was_the_strongest_a_year_before_too_is_a_season():
    said = monthly.season(months(*FLAT, 50, *FLAT, 60))
    assert "so it is a season" in said


def test_another_month_that_was_the_strongest_a_year_before_is_named():
    said = monthly.season(months(10, 50, *[10] * 10, *FLAT, 60))
    assert said.endswith("A year before the strongest month was 2022-08.")


def test_the_season_takes_twelve_whole_months():
    assert isinstance(monthly.season(months(*FLAT)), NotComputed)
    partial = months(*FLAT, 99)
    partial.loc[0, "whole"] = False
    assert isinstance(monthly.season(partial), NotComputed)
    of_kinds = pd.concat([months(*FLAT, 99).assign(kind="new"), months(*FLAT)])
    assert isinstance(monthly.season(of_kinds), NotComputed)


def test_a_year_without_sales_has_no_strong_month():
    assert monthly.season(months(*[0] * 12)).startswith("No month")


# --- what can be told ---------------------------------------------------------------------------------------


def told(rows, as_of="2024-06-30", **sections):
    shop = small_shop(HEAD + rows, as_of, sections)
    return monthly.sentence(shop, history.orders(shop), history.told_from(shop))


def test_it_is_said_from_which_day_on_new_customers_can_be_told():
    assert told("0 a 2022-01-01 1 0") == (
        "Returning is whoever bought in the 365 days before; before 2023-01-01 a buyer without an earlier "
        "order cannot be told from an old one."
    )
    assert told("0 a 2023-07-02 1 0").startswith("The history is too short: it takes 365 days")
    assert told("0 a 2023-07-02 1 0").endswith("not before 2024-07-01.")
    assert told("0 a 2023-07-01 1 0").startswith("Returning is")  # from 30 June on, the last day
    assert told("0 - 2022-01-01 1 0").startswith("No order names its buyer")


def test_a_shop_that_looks_back_for_ever_says_so():
    ever = {"history": {"lookback_days": 0}}
    assert told("0 a 2022-01-01 1 0", **ever) == (
        "Returning is whoever bought before; until 2023-01-01 the history is too short to call anybody new."
    )
    assert "takes 365 days" in told("0 a 2024-01-01 1 0", **ever)
