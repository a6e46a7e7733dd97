"""Retention: of the customers of the 365 days before a period, how many came back in it."""

from datetime import date

import pandas as pd
from simulate import small_shop

from shopcrm_nb import history, retention, windows, workbook
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.period import Period

JUNE = Period(date(2024, 6, 1), date(2024, 6, 30))
# The base of June 2024 is 2023-06-02 to 2024-05-31: ann on its first day, bob on its last, cat too early.
ORDERS = """
order_id customer_id paid_at          paid refund
0        old         2022-01-01       1    0
1        ann         2023-06-02       10   0
2        bob         2024-05-31T23:59 20   0
3        cat         2023-06-01       30   0
4        dan         2024-01-01       40   0
5        ann         2024-06-01       5    0
6        ann         2024-06-30T23:59 7    2
7        cat         2024-06-15       9    0
8        eve         2024-06-15       9    0
9        -           2024-06-15       9    0
10       bob         2024-07-01       9    0
"""


def of(orders=ORDERS, periods=None):
    shop = small_shop(orders, as_of="2024-07-01")
    return retention.sums(shop, history.orders(shop), periods or {"now": JUNE})


def test_the_base_are_the_365_days_before_and_whoever_bought_in_both_came_back():
    found = windows.totals(of(), {"now": JUNE}).loc["now"]
    assert found.to_dict() == {"base_customers": 3, "back_customers": 1, "back_net_sales": 10}


def test_a_period_whose_base_begins_before_the_data_has_no_rows():
    early = Period(date(2022, 6, 1), date(2022, 6, 30))
    assert set(of(periods={"now": JUNE, "then": early}).period) == {"now"}
    assert isinstance(of(periods={"then": early}), NotComputed)


def test_on_the_demo_it_is_what_pandas_finds():
    shop = workbook.open_shop("demo")
    orders = history.orders(shop)
    when = Period(date(2026, 4, 1), date(2026, 6, 30))
    frame = orders.select("customer_id", "paid_on", "net").to_pandas()
    frame = frame[frame.customer_id.notna()].assign(day=lambda f: pd.to_datetime(f.paid_on))
    old = frame[frame.day.between("2025-04-01", "2026-03-31")].customer_id.unique()
    back = frame[frame.day.between("2026-04-01", "2026-06-30") & frame.customer_id.isin(old)]
    found = windows.totals(retention.sums(shop, orders, {"now": when}), {"now": when}).loc["now"]
    assert found.base_customers == len(old)
    assert found.back_customers == back.customer_id.nunique()
    assert round(found.back_net_sales, 2) == round(back.net.sum(), 2)
