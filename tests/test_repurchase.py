"""Repurchase: who bought more than once within a year, and who came back from one month to the next."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from build import shop_of

from shopcrm_nb import history, labels, model, repurchase, shares, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.period import Period

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"
HEAD = "order_id customer_id paid_at paid\n"
nan = float("nan")


def shop_with(folder, purchases, **more):
    """A shop with an order for each (customer, day); - is an order without a customer."""
    rows = [
        f"{n} {who} {day}{'' if 'T' in str(day) else 'T12:00:00'} 10"
        for n, (who, day) in enumerate(purchases)
    ]
    return shop_of(folder, HEAD + "\n".join(rows), **more)


def run(function, shop):
    return function(shop, history.orders(shop))


def value(frame, when, measure, basis):
    rows = frame[(frame.when == when) & (frame.measure == measure) & (frame.basis == basis)]
    assert len(rows) == 1
    return rows[["value", "numerator", "n"]].iloc[0].tolist()


# --- the ladder ---------------------------------------------------------------------------------------------

BUYERS = [
    *[(f"once{n}", "2024-06-01") for n in range(5)],
    *[("twice", day) for day in ("2024-01-01", "2024-06-02")],
    *[("same", day) for day in ("2024-03-01T09:00:00", "2024-03-01T10:00:00")],
    *[("seven", f"2024-0{n}-05") for n in range(1, 7)],
    ("seven", "2023-12-05"),
    ("edge", "2023-07-02"),  # 365 days to 2024-06-30, both included, begin here
    ("edge", "2024-06-30"),
    ("out", "2023-07-01"),
    ("-", "2024-05-01"),
]


def test_customers_by_how_often_they_bought_in_the_365_days_to_as_of(tmp_path):
    found = run(repurchase.ladder, shop_with(tmp_path, BUYERS))
    assert found.times_bought.tolist() == ["1", "2", "3", "4", "5", "6+"]
    assert found.customers.tolist() == [5, 3, 0, 0, 0, 1]
    assert found.customer_share.tolist() == pytest.approx([5 / 9, 3 / 9, 0, 0, 0, 1 / 9])
    assert found.at_least.tolist() == [9, 4, 1, 1, 1, 1]
    assert found.next_share.tolist() == pytest.approx([4 / 9, 1 / 4, 1, 1, 1, nan], nan_ok=True)


def test_a_shop_may_count_days_and_have_a_shorter_ladder(tmp_path):
    settings = "[rules.orders]\nmerge_same_day = true\n[rules.repurchase]\nladder = 2\n"
    found = run(repurchase.ladder, shop_with(tmp_path, BUYERS, settings=settings))
    assert found.times_bought.tolist() == ["1", "2+"]
    assert found.customers.tolist() == [6, 3]


def test_of_buyers_who_all_bought_once_nobody_comes_further_and_what_follows_is_blank(tmp_path):
    found = run(repurchase.ladder, shop_with(tmp_path, [("a", "2024-06-30"), ("b", "2024-06-01")]))
    assert found.customers.tolist() == [2, 0, 0, 0, 0, 0]
    assert found.next_share.tolist() == pytest.approx([0] + [nan] * 5, nan_ok=True)


# --- within a year ------------------------------------------------------------------------------------------


def test_of_100_orders_of_which_20_are_second_and_10_third_30_percent_are_repeat_orders(tmp_path):
    # 100 orders of 70 customers: 50 bought once, 10 twice, 10 three times
    days = ["2024-06-01", "2024-06-08", "2024-06-15"]
    buyers = [(f"a{n}", days[0]) for n in range(50)]
    buyers += [(f"b{n}", day) for n in range(10) for day in days[:2]]
    buyers += [(f"c{n}", day) for n in range(10) for day in days]
    found = run(repurchase.rates, shop_with(tmp_path, buyers))
    assert value(found, "now", "repeat_orders", "orders") == [0.3, 30, 100]
    assert value(found, "now", "repeat_customers", "orders") == [pytest.approx(20 / 70), 20, 70]


def test_two_orders_on_one_day_are_two_by_orders_and_one_by_days(tmp_path):
    found = run(repurchase.rates, shop_with(tmp_path, BUYERS))
    assert value(found, "now", "repeat_customers", "orders") == [pytest.approx(4 / 9), 4, 9]
    assert value(found, "now", "repeat_customers", "days") == [pytest.approx(3 / 9), 3, 9]
    assert value(found, "now", "repeat_orders", "orders") == [pytest.approx(9 / 18), 9, 18]


def test_an_order_before_the_window_makes_nobody_a_repeat_buyer_in_it(tmp_path):
    found = run(repurchase.rates, shop_with(tmp_path, [("a", "2023-06-30"), ("a", "2024-06-30")]))
    assert value(found, "now", "repeat_customers", "orders") == [0, 0, 1]
    assert value(found, "now", "repeat_orders", "orders") == [0, 0, 1]


def test_the_year_before_ends_on_the_same_day_and_is_blank_where_the_data_begin_later(tmp_path):
    buyers = [("a", "2022-07-01"), ("a", "2023-06-30"), ("b", "2023-06-30"), ("a", "2024-06-30")]
    found = run(repurchase.rates, shop_with(tmp_path / "long", buyers))
    windows = found[["when", "window_from", "window_to"]].drop_duplicates().to_numpy().tolist()
    assert windows == [
        ["now", date(2023, 7, 2), date(2024, 6, 30)],
        ["before", date(2022, 7, 1), date(2023, 6, 30)],
    ]
    assert value(found, "before", "repeat_customers", "orders") == [0.5, 1, 2]
    short = run(repurchase.rates, shop_with(tmp_path / "short", [("a", "2022-07-02"), *buyers[1:]]))
    assert short[short.when == "before"][["value", "numerator", "n"]].isna().all(axis=None)


def test_a_history_of_less_than_a_year_is_the_window(tmp_path):
    found = run(repurchase.rates, shop_with(tmp_path, [("a", "2024-03-05"), ("a", "2024-06-30")]))
    assert found.window_from[0] == date(2024, 3, 5)
    assert value(found, "now", "repeat_customers", "days") == [1, 1, 1]


# --- from one period to the next ----------------------------------------------------------------------------


def test_of_1000_buyers_of_whom_300_buy_in_the_next_month_30_percent_come_back(tmp_path):
    buyers = [(f"c{n}", "2024-05-15") for n in range(1000)] + [(f"c{n}", "2024-06-15") for n in range(300)]
    buyers += [("c1", "2024-05-01"), ("c2", "2024-06-30"), ("other", "2024-06-01")]
    found = run(repurchase.next_periods, shop_with(tmp_path, buyers))
    assert found[["measure", "value", "numerator", "n"]].to_numpy().tolist() == [
        ["next_month", 0.3, 300, 1000]
    ]
    assert found[["window_from", "window_to"]].iloc[0].tolist() == [date(2024, 5, 1), date(2024, 5, 31)]


MONTHS = [
    ("first", "2023-11-01"),
    ("a", "2023-11-20"),
    ("a", "2023-12-31T23:59:59"),
    ("a", "2024-02-01"),
    ("b", "2023-12-01"),
    ("-", "2023-12-01"),
    ("-", "2024-01-01"),
    ("c", "2024-02-29"),
    ("c", "2024-03-01"),
    ("c", "2024-04-01"),
]


def test_a_month_without_buyers_is_blank_and_a_month_in_between_breaks_the_chain(tmp_path):
    found = run(repurchase.next_periods, shop_with(tmp_path, MONTHS))
    months = found[found.measure == "next_month"]
    assert [day.isoformat()[:7] for day in months.window_from] == ["2023-11", "2023-12", "2024-01", "2024-02"]
    assert months.n.tolist() == [2, 2, 0, 2]
    assert months.numerator.astype(object).where(months.n > 0, None).tolist() == [1, 0, None, 1]
    assert months.value.tolist() == pytest.approx([0.5, 0, nan, 0.5], nan_ok=True)


def test_only_whole_months_and_quarters_are_told(tmp_path):
    # from 2023-11-01 to 2024-04-01 one quarter is whole, and no other after it; April is not
    found = run(repurchase.next_periods, shop_with(tmp_path / "a", MONTHS))
    assert "next_quarter" not in set(found.measure)
    longer = [("x", "2023-10-01"), *MONTHS, ("c", "2024-06-30")]
    found = run(repurchase.next_periods, shop_with(tmp_path / "b", longer))
    quarters = found[found.measure == "next_quarter"]
    assert quarters.window_from.tolist() == [date(2023, 10, 1), date(2024, 1, 1)]
    assert quarters.window_to.tolist() == [date(2023, 12, 31), date(2024, 3, 31)]
    assert quarters[["numerator", "n"]].to_numpy().tolist() == [[1, 4], [1, 2]]
    late = run(repurchase.next_periods, shop_with(tmp_path / "c", [("x", "2023-10-02"), *longer[1:]]))
    assert late[late.measure == "next_month"].window_from.iloc[0] == date(2023, 11, 1)


def test_without_two_whole_months_nothing_can_be_said(tmp_path):
    found = run(repurchase.next_periods, shop_with(tmp_path, [("a", "2024-05-01"), ("a", "2024-06-29")]))
    assert found.sentence() == "not computed: needs two whole calendar months of orders"
    assert repurchase.next_sentence(found) is found


# --- without customers --------------------------------------------------------------------------------------


def test_without_customers_nothing_is_computed(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid\n1 2024-05-01 1\n2 2024-06-30 1")
    for function in (repurchase.ladder, repurchase.rates, repurchase.next_periods):
        assert run(function, shop).needs == "orders.customer_id"
    missing = run(repurchase.rates, shop)
    assert repurchase.sentence(missing, missing) is repurchase.figures(missing) is missing


def test_a_column_of_customers_without_any_is_as_good_as_none(tmp_path):
    shop = shop_with(tmp_path, [("-", "2024-04-01"), ("-", "2024-06-30")])
    for function in (repurchase.ladder, repurchase.rates, repurchase.next_periods):
        assert isinstance(run(function, shop), NotComputed)
    said = run(repurchase.ladder, shop).sentence()
    assert said == "not computed: needs a valid order with a customer from 2023-07-02 to 2024-06-30"


# --- on the demo shop ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo():
    shop = model.open_shop(DEMO)
    frame = shop.orders.select("customer_id", "paid_at", "paid_on").to_pandas().dropna()
    return shop, history.orders(shop), frame.assign(paid_on=frame.paid_at.dt.normalize())


def test_the_demo_shop_agrees_with_pandas_on_the_ladder_and_the_rates(demo):
    shop, orders, frame = demo
    found, ladder = repurchase.rates(shop, orders), repurchase.ladder(shop, orders)
    for when in ("now", "before"):
        row = found[found.when == when].iloc[0]
        inside = frame[frame.paid_on.between(pd.Timestamp(row.window_from), pd.Timestamp(row.window_to))]
        each = inside.groupby("customer_id").agg(orders=("paid_on", "size"), days=("paid_on", "nunique"))
        n = len(each)
        assert value(found, when, "repeat_customers", "orders")[1:] == [(each.orders > 1).sum(), n]
        assert value(found, when, "repeat_customers", "days")[1:] == [(each.days > 1).sum(), n]
        assert value(found, when, "repeat_orders", "orders")[1:] == [len(inside) - n, len(inside)]
        if when == "now":
            by_hand = each.orders.clip(upper=6).value_counts().sort_index()
            assert ladder.customers.tolist() == by_hand.tolist()
    assert ladder.next_share.iloc[0] == value(found, "now", "repeat_customers", "orders")[0]


def test_the_demo_shop_agrees_with_sets_of_buyers_on_who_comes_back(demo):
    shop, orders, frame = demo
    found = repurchase.next_periods(shop, orders)
    assert set(found.measure) == {"next_month", "next_quarter"}
    for row in found.itertuples():
        months = {"next_month": 1, "next_quarter": 3}[row.measure]
        end = pd.Timestamp(row.window_to) + pd.offsets.MonthEnd(months)
        buyers = set(
            frame.customer_id[
                frame.paid_on.between(pd.Timestamp(row.window_from), pd.Timestamp(row.window_to))
            ]
        )
        later = (frame.paid_on > pd.Timestamp(row.window_to)) & (frame.paid_on <= end)
        assert (row.numerator, row.n) == (len(buyers & set(frame.customer_id[later])), len(buyers))
    assert found.window_to.max() < shop.as_of - timedelta(days=27)


# --- the long frame and what a reader sees ------------------------------------------------------------------


def test_the_parts_of_the_saved_table_lie_below_each_other_and_what_is_missing_is_left_out(demo):
    shop, orders, _frame = demo
    rates, following = repurchase.rates(shop, orders), repurchase.next_periods(shop, orders)
    missing = NotComputed("x.y")
    found = shares.table(rates, missing, following)
    assert found.columns.tolist() == shares.COLUMNS
    assert len(found) == len(rates) + len(following)
    assert found.numerator.dtype == "Int64"
    assert isinstance(found.window_from[0], date)
    assert shares.table(missing, NotComputed("z.w")) is missing


def test_a_share_of_nobody_is_blank_and_its_number_is_kept():
    when = Period(date(2024, 6, 1), date(2024, 6, 30))
    found = shares.frame(
        [shares.row("m", when, 0, 0), shares.row("m", None, None, None), shares.row("m", when, 1, 4)]
    )
    assert found.value.tolist() == pytest.approx([nan, nan, 0.25], nan_ok=True)
    assert found.n.astype(object).where(found.n.notna(), None).tolist() == [0, None, 4]
    assert found.window_from.tolist() == [when.start, None, when.start]
    assert shares.shown(found).columns.tolist() == [
        "measure",
        "window_from",
        "window_to",
        "share",
        "numerator",
        "n",
    ]


def test_each_column_has_a_label_and_each_code_its_word(demo):
    shop, orders, _frame = demo
    names, codes = labels.of_columns(), labels.of_codes()
    rates, following = repurchase.rates(shop, orders), repurchase.next_periods(shop, orders)
    for frame in (repurchase.ladder(shop, orders), shares.shown(rates), shares.shown(following)):
        assert len({names[column] for column in frame.columns}) == len(frame.columns)
    assert set(rates.measure) | set(following.measure) <= set(codes["measure"])
    html = table.show(shares.shown(rates), "CNY")._repr_html_()
    assert ">Customers who bought more than once</td>" in html
    assert "nan" not in html


def test_the_sentence_says_it_by_orders_and_by_days_and_how_it_was(tmp_path):
    buyers = [("a", "2022-07-01"), ("a", "2023-06-30"), ("b", "2023-06-30"), *BUYERS]
    shop = shop_with(tmp_path, buyers)
    rates, ladder = run(repurchase.rates, shop), run(repurchase.ladder, shop)
    assert repurchase.sentence(rates, ladder) == (
        "Of the 9 customers who bought from 2023-07-02 to 2024-06-30, 44.4% bought more than once (33.3% on "
        "more than one day). A year before it was 50.0% (50.0% on more than one day). Of those who bought "
        "twice or more, 25.0% bought a third time."
    )
    assert repurchase.figures(rates) == {
        "repurchase.customers": 9,
        "repurchase.repeat_share": 0.4444,
        "repurchase.repeat_share_by_day": 0.3333,
    }


def test_the_sentence_of_one_buyer_in_a_short_history(tmp_path):
    shop = shop_with(tmp_path, [("a", "2024-06-30")])
    rates, ladder = run(repurchase.rates, shop), run(repurchase.ladder, shop)
    assert repurchase.sentence(rates, ladder) == (
        "Of the 1 customer who bought from 2024-06-30 to 2024-06-30, 0.0% bought more than once (0.0% on "
        "more than one day). The data begin on 2024-06-30, so that is less than a year."
    )


def test_the_sentence_on_the_next_period_names_the_latest_pair_and_that_of_a_year_before(tmp_path):
    buyers = [
        ("a", "2023-05-01"),
        ("b", "2023-05-09"),
        ("a", "2023-06-01"),
        ("a", "2024-05-01"),
        ("a", "2024-06-30"),
    ]
    said = repurchase.next_sentence(run(repurchase.next_periods, shop_with(tmp_path, buyers)))
    assert said.startswith(
        "Of the 1 buyer of 2024-05, 100.0% bought again in the month after. A year before it was 50.0%."
    )


def test_shares_are_not_above_one_for_a_shop_of_any_kind(tmp_path):
    random = np.random.default_rng(4)
    days = [date(2023, 1, 1) + timedelta(days=int(n)) for n in random.integers(0, 540, 300)]
    buyers = [(f"c{who}", day) for who, day in zip(random.zipf(1.6, 300) % 97, days, strict=True)]
    shop = shop_with(tmp_path, buyers)
    for function in (repurchase.rates, repurchase.next_periods):
        found = run(function, shop)
        assert found.value.dropna().between(0, 1).all()
        assert (found.numerator.dropna() <= found.n[found.numerator.notna()]).all()
    rates = run(repurchase.rates, shop).set_index(["when", "basis", "measure"]).value
    assert rates["now", "days", "repeat_customers"] <= rates["now", "orders", "repeat_customers"]
