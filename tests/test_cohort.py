"""Cohort: customers by the month of their first order, and nothing said of months not lived through."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from build import shop_of

from shopcrm_nb import cohort, history, labels, model, table

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"
HEAD = "order_id customer_id paid_at paid\n"
nan = float("nan")


def cohorts(shop):
    return cohort.cohorts(shop, history.orders(shop))


def cells(frame, name, column="active"):
    rows = frame[frame.cohort == name].sort_values("month_number")
    return [None if pd.isna(value) else value for value in rows[column]]


ROWS = """order_id customer_id paid_at paid
0  old  2023-01-01 1
1  old  2024-02-05 1
2  a    2024-02-01 100
3  a    2024-02-29 50
4  a    2024-04-30 10
5  b    2024-02-10 30
6  b    2024-04-01 20
7  b    2024-05-02 40
8  c    2024-04-15 7
9  c    2024-05-31 5
x  -    2024-04-15 999
"""


def test_cohorts_by_hand(tmp_path):
    frame = cohorts(shop_of(tmp_path, ROWS))
    assert frame.cohort.unique().tolist() == ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05"]
    assert cells(frame, "2024-02", "customers") == [2] * 5
    assert cells(frame, "2024-02") == [2, 0, 2, 1, None]
    assert cells(frame, "2024-02", "active_share") == [1, 0, 1, 0.5, None]
    assert cells(frame, "2024-02", "net_sales") == [180, 0, 30, 40, None]
    assert cells(frame, "2024-02", "cumulative_net_sales_per_customer") == [90, 90, 105, 125, None]
    assert cells(frame, "2024-04") == [1, 1, None, None, None]
    assert cells(frame, "2024-04", "net_sales") == [7, 5, None, None, None]


def test_a_month_without_new_customers_has_a_row_and_no_shares(tmp_path):
    frame = cohorts(shop_of(tmp_path, ROWS))
    assert cells(frame, "2024-03") == [0, 0, 0, None, None]
    assert cells(frame, "2024-03", "active_share") == [None] * 5
    assert cells(frame, "2024-03", "cumulative_net_sales_per_customer") == [None] * 5


def test_every_cohort_has_as_many_months_as_the_first_and_what_is_to_come_is_blank_not_0(tmp_path):
    frame = cohorts(shop_of(tmp_path, ROWS))
    assert (frame.groupby("cohort").month_number.agg(list).apply(tuple) == (0, 1, 2, 3, 4)).all()
    start = pd.to_datetime(frame.cohort).dt.to_period("M")
    unseen = (start + frame.month_number) > pd.Period("2024-05", "M")
    values = frame[["active", "active_share", "net_sales", "cumulative_net_sales_per_customer"]]
    assert values[unseen].isna().all(axis=None)
    assert values[["active", "net_sales"]][~unseen].notna().all(axis=None)
    assert not frame.partial[unseen].any()


def test_a_month_that_is_not_over_is_marked_and_one_that_ends_on_as_of_is_not(tmp_path):
    whole = cohorts(shop_of(tmp_path / "a", ROWS))
    assert not whole.partial.any()
    cut = cohorts(shop_of(tmp_path / "b", ROWS, as_of="2024-05-30"))
    assert cells(cut, "2024-02", "partial") == [False, False, False, True, False]
    assert cells(cut, "2024-04", "partial") == [False, True, False, False, False]
    assert cells(cut, "2024-04") == [1, 0, None, None, None]  # c came back a day later
    assert cells(cut, "2024-05", "partial")[0]


def test_a_first_month_told_from_its_middle_on_is_marked_in_all_its_months(tmp_path):
    # told from 2024-01-16, 365 days after 2023-01-16
    rows = ROWS.replace("2023-01-01", "2023-01-16") + "y d 2024-01-20 9\nz e 2024-01-15 9\n"
    shop = shop_of(tmp_path, rows)
    frame = cohorts(shop)
    assert cells(frame, "2024-01") == [1, 0, 0, 0, 0]
    assert cells(frame, "2024-01", "partial") == [True] * 5
    assert not frame.partial[frame.cohort > "2024-01"].any()
    found = cohort.coverage(shop, history.orders(shop)).iloc[0]
    assert found.tolist() == [4, 2, date(2024, 1, 16)]


def test_customers_who_may_be_older_than_the_data_are_left_out_and_counted(tmp_path):
    shop = shop_of(tmp_path, ROWS)
    frame = cohorts(shop)
    assert frame.customers[frame.month_number == 0].sum() == 3
    assert cohort.coverage(shop, history.orders(shop)).iloc[0].tolist() == [3, 1, date(2024, 1, 1)]


def test_without_a_customer_known_to_be_new_there_are_no_cohorts(tmp_path):
    frame = cohorts(
        shop_of(tmp_path / "a", "order_id customer_id paid_at paid\n1 a 2024-01-01 1\n2 b 2024-06-30 1")
    )
    assert frame.sentence() == (
        "not computed: needs customers known to be new, which takes 365 days of orders before theirs"
    )
    assert cohort.triangle(frame) is cohort.sentence(frame, frame) is frame
    nobody = shop_of(tmp_path / "b", "order_id customer_id paid_at paid\n1 - 2022-01-01 1\n2 - 2024-06-30 1")
    assert cohorts(nobody).needs.startswith("customers known to be new")
    assert cohort.coverage(nobody, history.orders(nobody)).new_customers.tolist() == [0]
    none = shop_of(tmp_path / "c", "order_id paid_at paid\n1 2022-01-01 1\n2 2024-06-30 1")
    assert cohorts(none).needs == cohort.coverage(none, history.orders(none)).needs == "orders.customer_id"


def test_the_triangle_has_the_last_cohorts_and_the_first_months_after(tmp_path):
    frame = cohorts(shop_of(tmp_path, ROWS))
    shown = cohort.triangle(frame)
    assert shown.cohort.unique().tolist() == [
        "2024-02",
        "2024-04",
    ]  # no customers in March, no month after May
    assert shown.month_number.tolist() == [1, 2, 3, 4] * 2
    assert cohort.triangle(frame, cohorts=1, months=2).to_numpy()[:, :2].tolist() == [
        ["2024-04", 1],
        ["2024-04", 2],
    ]


@pytest.fixture(scope="module")
def demo():
    shop = model.open_shop(DEMO)
    return shop, history.orders(shop)


def test_the_demo_shop_agrees_with_a_pivot_in_pandas(demo):
    shop, orders = demo
    frame = cohort.cohorts(shop, orders)
    rows = shop.orders.select("customer_id", "paid_at", "net").to_pandas().dropna()
    rows["month"] = rows.paid_at.dt.to_period("M")
    first = rows.groupby("customer_id").paid_at.transform("min")
    new = rows[first.dt.date >= history.told_from(shop)].assign(cohort=first.dt.to_period("M"))
    number = (new.month - new.cohort).map(lambda gap: gap.n)
    active = new.groupby(["cohort", number]).customer_id.nunique()
    net = new.groupby(["cohort", number]).net.sum()
    known = frame[frame.active.notna()]
    for row in known.itertuples():
        at = (pd.Period(row.cohort, "M"), row.month_number)
        assert row.active == active.get(at, 0)
        assert row.net_sales == pytest.approx(net.get(at, 0.0), abs=1e-6)
    assert known.active.sum() == active.sum()
    assert known.net_sales.sum() == pytest.approx(net.sum())
    found = cohort.coverage(shop, orders).iloc[0]
    assert found.new_customers == new.customer_id.nunique() == frame[frame.month_number == 0].customers.sum()
    assert found.new_customers + found.unknown_customers == rows.customer_id.nunique()
    last = known.groupby("cohort").cumulative_net_sales_per_customer.last()
    assert (last * known.groupby("cohort").customers.first()).sum() == pytest.approx(net.sum())


def test_active_customers_never_exceed_their_cohort_and_sales_only_add_up(tmp_path):
    random = np.random.default_rng(2)
    rows = [
        f"{n} c{who} {date(2022, 1, 1) + timedelta(days=int(day))} {cents}"
        for n, (who, day, cents) in enumerate(
            zip(
                random.zipf(1.5, 300) % 60,
                random.integers(0, 900, 300),
                random.integers(1, 99, 300),
                strict=True,
            )
        )
    ]
    frame = cohorts(shop_of(tmp_path, HEAD + "\n".join(rows)))
    known = frame[frame.active.notna()]
    assert (known.active <= known.customers).all()
    assert (known.active[known.month_number == 0] == known.customers[known.month_number == 0]).all()
    assert (known.groupby("cohort").cumulative_net_sales_per_customer.diff().dropna() >= 0).all()


# --- what a reader sees -------------------------------------------------------------------------------------


def test_the_sentence_leaves_out_what_is_partial_and_says_who_is_left_out(tmp_path):
    shop = shop_of(tmp_path, ROWS)
    said = cohort.sentence(cohorts(shop), cohort.coverage(shop, history.orders(shop)))
    # one month after: 0 of 2, 1 of 1
    assert said == (
        "3 new customers are followed by the month of their first order, from 2024-02 to 2024-04. 33.3% of "
        "them bought in the month after their first. 1 customer whose first order lies before 2024-01-01 is "
        "left out: an earlier one may be missing."
    )
    # May is not over: that c was back on its third day does not count
    cut = shop_of(tmp_path / "cut", ROWS + "y c 2024-05-03 5\n", as_of="2024-05-30")
    said = cohort.sentence(cohorts(cut), cohort.coverage(cut, history.orders(cut)))
    assert "0.0% of them bought in the month after their first." in said


def test_the_sentence_of_one_new_customer(tmp_path):
    shop = shop_of(tmp_path, "order_id customer_id paid_at paid\n0 - 2023-01-01 1\n1 a 2024-06-30 1")
    said = cohort.sentence(cohorts(shop), cohort.coverage(shop, history.orders(shop)))
    assert said == "1 new customer is followed by the month of the first order, from 2024-06 to 2024-06."


def test_each_column_has_a_label(demo):
    shop, orders = demo
    names = labels.of_columns()
    for frame in (cohort.cohorts(shop, orders), cohort.coverage(shop, orders)):
        assert len({names[column] for column in frame.columns}) == len(frame.columns)
        assert "nan" not in table.show(frame.tail(3), "CNY")._repr_html_()
    assert cohort.cohorts(shop, orders).columns.tolist() == cohort.COLUMNS


def test_a_cohort_that_is_not_whole_is_not_in_the_triangle():
    frame = pd.DataFrame(
        {
            "cohort": ["2024-01", "2024-01", "2024-02", "2024-02"],
            "month_number": [0, 1, 0, 1],
            "customers": [1, 1, 9, 9],
            "active": [1, 1, 9, 3],
            "partial": [True, True, False, False],
        }
    )
    assert cohort.triangle(frame).cohort.tolist() == ["2024-02"]
