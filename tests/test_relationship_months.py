"""Relationship by month: who went from which class to which, and how many were in each at the ends."""

import itertools
from datetime import date

import pandas as pd
import pytest
from build import shop_of
from people_shop import class_of, people_in, rows_of, written

from shopcrm_nb import baskets, features, labels, model, relationship, table
from shopcrm_nb import relationship_months as months
from shopcrm_nb.absent import NotComputed

HEAD = "order_id customer_id created_at paid_at paid refund status\n"
RULES = "[rules.relationship]\nmonths = {}\n"


def moved(flow, month):
    """(class then, class now) → customers of a month."""
    mine = flow[flow.month == pd.Timestamp(f"{month}-01")]
    return {(row.class_then, row.class_now): row.customers for row in mine.itertuples()}


ORDERS = (
    HEAD
    + """
1 zoe 2023-01-15 2023-01-15 1 0 success
2 ann 2024-04-10 2024-04-10 10 0 success
3 ann 2024-05-31 2024-05-31T23:59:59 20 0 success
4 ann 2024-06-01 2024-06-01 30 0 success
5 bob 2024-05-20 - 0 0 closed_unpaid
6 bob 2024-05-30 2024-06-02 40 0 success
7 cat 2023-05-31 2023-05-31 50 0 success
8 dan 2024-06-10 2024-06-10 60 60 refunded
9 eve 2024-06-15 2024-06-15 70 0 success
10 eve 2024-06-15 2024-06-15 70 0 success
11 eve 2024-06-15 2024-06-15 70 0 success
12 gift 2024-06-15 2024-06-15 0 0 success
13 undated - - 0 0 unpaid
"""
)


def test_each_class_at_the_start_of_a_month_and_at_its_end_by_hand(tmp_path):
    flow = months.flow(shop_of(tmp_path, ORDERS, as_of="2024-06-15", settings=RULES.format(3)))
    # Ann's order of the last second of May is of May; cat's last order is 366 days before 31 May.
    assert moved(flow, "2024-05") == {
        ("lost", "lost"): 1,  # zoe
        ("first_time", "repeat"): 1,  # ann
        ("none", "target"): 1,  # bob
        ("first_time", "lost"): 1,  # cat
        ("target", "target"): 1,  # undated: always there
    }
    assert moved(flow, "2024-06") == {
        ("lost", "lost"): 2,
        ("repeat", "loyal"): 1,
        ("target", "first_time"): 1,
        ("none", "target"): 1,  # dan, who sent everything back
        ("none", "loyal"): 1,  # eve, three orders in her first month
        ("target", "target"): 1,
    }
    assert flow.month.unique().tolist() == [pd.Timestamp(f"2024-0{n}-01") for n in (4, 5, 6)]
    assert flow.groupby("month").partial.unique().tolist() == [[False], [False], [True]]
    june = flow[flow.month == "2024-06-01"].set_index(["class_then", "class_now"]).net_sales
    assert june["repeat", "loyal"] == 30
    assert june["none", "loyal"] == 210
    assert june["target", "first_time"] == 40
    assert june["none", "target"] == 0


def test_an_order_365_days_before_the_end_of_a_month_is_not_yet_lost(tmp_path):
    rows = HEAD + "1 ann 2022-12-01 2022-12-01 5 0 success\n2 bob 2023-05-31 2023-05-31 5 0 success\n"
    rows += "3 cat 2023-06-01 2023-06-01 5 0 success\n4 zoe 2024-05-31 2024-05-31 5 0 success\n"
    flow = months.flow(shop_of(tmp_path, rows, settings=RULES.format(1)))
    # 31 May 2024 is 366 days after 31 May 2023 and 365 after 1 June
    assert moved(flow, "2024-05") == {
        ("lost", "lost"): 1,
        ("first_time", "lost"): 1,
        ("first_time", "first_time"): 1,
        ("none", "first_time"): 1,
    }


def test_favourites_and_carts_make_a_target_for_90_days_and_views_a_prospect_for_ever(tmp_path):
    events = """customer_id at type
    fav 2024-02-01T00:00:00 favourite
    late 2024-01-31T23:59:00 cart
    look 2024-04-15T10:00:00 view
    next 2024-07-01T00:00:00 view
    """
    rows = HEAD + "1 zoe 2024-01-01 2024-01-01 5 0 success\n2 zoe 2024-06-30 2024-06-30 5 0 success\n"
    flow = months.flow(
        shop_of(
            tmp_path,
            rows + "3 z 2024-07-02 2024-07-02 5 0 success",
            as_of="2024-06-30",
            events=events,
            settings=RULES.format(3),
        )
    )
    # the 90 days to 30 April, that day included, begin on 1 February
    assert moved(flow, "2024-04")["target", "target"] == 1
    assert moved(flow, "2024-04")["target", "prospect"] == 1
    assert moved(flow, "2024-04")["none", "prospect"] == 1
    assert moved(flow, "2024-05")["target", "prospect"] == 1
    assert moved(flow, "2024-06")["prospect", "prospect"] == 3


def test_who_is_on_the_blacklist_is_a_non_customer_on_every_day(tmp_path):
    rows = HEAD + "1 zoe 2024-01-01 2024-01-01 5 0 success\n2 bad 2024-06-15 2024-06-15 5 0 success\n"
    shop = shop_of(tmp_path, rows, customers="customer_id blacklisted\nbad 1\nworse 1\nzoe 0")
    flow = months.flow(shop)
    for month in ("2024-02", "2024-06"):
        assert moved(flow, month)["non_customer", "non_customer"] == 2
    assert flow[flow.class_now == "non_customer"].net_sales.tolist() == [0, 0, 0, 0, 5]
    assert "the blacklist has no dates" in months.limits(shop).finding.str.cat()
    assert months.limits_sentence(months.limits(shop)).startswith("The earlier months rest on less: ")
    assert months.limits_sentence(months.limits(shop).head(0)) == ""


def test_months_whose_first_day_lies_before_the_data_are_left_out(tmp_path):
    rows = HEAD + "1 zoe 2024-03-31 2024-03-31 5 0 success\n2 zoe 2024-05-02 2024-05-02 5 0 success\n"
    flow = months.flow(shop_of(tmp_path, rows))
    assert flow.month.dt.strftime("%Y-%m").unique().tolist() == ["2024-04", "2024-05"]
    shop = shop_of(tmp_path / "b", HEAD + "1 zoe 2024-05-01 2024-05-01 5 0 success\n")
    assert months.flow(shop) == NotComputed("orders with a buyer up to 2024-04-30")
    shop = shop_of(tmp_path / "c", "order_id paid_at paid\n1 2024-06-30 5")
    assert months.flow(shop) == NotComputed("orders.customer_id")


# --- an independent route -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows():
    return rows_of(people=70, orders=260, seed=11)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, rows):
    return written(tmp_path_factory.mktemp("people"), rows)


@pytest.fixture(scope="module")
def shop(folder):
    return model.open_shop(folder, "2024-09-17")


@pytest.fixture(scope="module")
def flow(shop):
    return months.flow(shop)


def test_every_pair_is_what_the_rows_say_one_person_at_a_time(rows, flow):
    ends = [*pd.date_range("2023-09-30", "2024-08-31", freq="ME").date, date(2024, 9, 17)]
    people = people_in(rows).values()
    classes = pd.DataFrame({end: [class_of(person, end) for person in people] for end in ends})
    wanted = {}
    for then, now in itertools.pairwise(ends):
        for pair in zip(classes[then], classes[now], strict=True):
            if pair != ("none", "none"):
                key = (pd.Timestamp(now).strftime("%Y-%m"), *pair)
                wanted[key] = wanted.get(key, 0) + 1
    found = {
        (f"{row.month:%Y-%m}", row.class_then, row.class_now): row.customers for row in flow.itertuples()
    }
    assert found == wanted
    assert len({key[1:] for key in found}) > 15


def test_the_net_sales_of_a_month_are_those_of_its_valid_orders(rows, flow):
    paid = rows.orders[rows.orders.paid_at < "2024-09-18"]
    paid = paid[paid.paid - paid.refund > 0]
    wanted = (paid.paid - paid.refund).groupby(paid.paid_at.dt.strftime("%Y-%m")).sum()
    found = flow.groupby(flow.month.dt.strftime("%Y-%m")).net_sales.sum()
    assert found.to_dict() == pytest.approx(wanted[wanted.index >= "2023-10"].to_dict())


def test_the_end_of_a_month_is_the_start_of_the_next(flow):
    then, now = (
        flow[flow[column] != "none"].groupby(["month", column]).customers.sum().unstack(fill_value=0)
        for column in ("class_then", "class_now")
    )
    for start, end in zip(then.index[1:], now.index[:-1], strict=True):
        assert then.loc[start].to_dict() == now.loc[end].to_dict()


@pytest.mark.parametrize("day", ["2024-09-17", "2024-05-31"])
def test_the_stock_of_a_day_is_the_frame_of_the_shop_opened_on_that_day(folder, shop, flow, day):
    then = model.open_shop(folder, day)
    people = features.people(then, baskets.orders(then))
    today = (
        relationship.classes(people, then).set_index("relationship").customers.drop("none", errors="ignore")
    )
    stock = months.stock(shop, flow)
    mine = stock[stock.day == pd.Timestamp(day)].set_index("relationship").customers
    assert mine.to_dict() == today.to_dict()


# --- the stock ----------------------------------------------------------------------------------------------


def test_the_stock_has_each_class_at_each_end_and_marks_the_running_month(shop, flow):
    stock = months.stock(shop, flow)
    assert stock.columns.tolist() == ["day", "partial", "relationship", "customers"]
    days = stock.day.drop_duplicates().dt.date.tolist()
    assert (days[0], days[1], days[-1], len(days)) == (
        date(2023, 9, 30),
        date(2023, 10, 31),
        date(2024, 9, 17),
        13,
    )
    assert stock[stock.partial].day.dt.date.unique().tolist() == [date(2024, 9, 17)]
    assert len(stock) == 13 * len(relationship.CLASSES)


def test_what_the_data_do_not_tell_yet_is_blank(tmp_path):
    rows = HEAD + "1 zoe 2023-05-15 2023-05-15 5 0 success\n2 ann 2024-08-31 2024-08-31 5 0 success\n"
    events = "customer_id at type\nbob 2024-05-31 view\n"
    shop = shop_of(tmp_path, rows, events=events)
    stock = months.stock(shop, months.flow(shop))
    wide = stock.pivot(index="day", columns="relationship", values="customers")
    told = wide.notna()
    # lost from 2024-05-15 on (366 days); prospects from the first event on, targets 90 days of events later
    assert told.lost.tolist() == [False] * 9 + [True] * 4
    assert told.prospect.tolist() == [False] * 9 + [True] * 4
    assert told.target.tolist() == [False] * 12 + [True]
    assert not told.non_customer.any()
    assert told.first_time.all()
    assert wide.lost.dropna().tolist() == [1, 1, 1, 1]
    assert wide.prospect.dropna().tolist() == [1, 1, 1, 1]
    said = months.limits(shop).finding.tolist()
    assert said == [
        "what people looked at is known from 2024-05-31 on: who came before that only to look is not met yet "
        "then",
        "the first order is of 2023-05-15: before 2024-05-15 nobody can have been away for more than 365 "
        "days",
    ]


def test_without_events_targets_are_those_who_ordered_and_nobody_is_a_prospect(tmp_path):
    rows = HEAD + "1 zoe 2022-05-15 2022-05-15 5 0 success\n2 ann 2024-06-01 - 0 0 closed_unpaid\n"
    shop = shop_of(tmp_path, rows + "3 zoe 2024-06-30 2024-06-30 5 0 success")
    stock = months.stock(shop, months.flow(shop)).set_index(["relationship", "day"]).customers
    assert stock["prospect"].isna().all()
    assert stock["target"].tolist() == [0] * 12 + [1]
    assert months.limits(shop).finding.tolist() == [
        "who only looked is not known, and targets are known by their orders alone: needs events.type"
    ]


# --- to read ------------------------------------------------------------------------------------------------


def test_the_moves_of_the_last_whole_month_are_shown_largest_first_with_their_share(tmp_path):
    flow = months.flow(shop_of(tmp_path, ORDERS, as_of="2024-06-15", settings=RULES.format(3)))
    shown = months.shown(flow)
    assert shown.month.unique().tolist() == ["2024-05"]
    assert shown.customers.tolist() == [1, 1, 1]
    share = shown.set_index(["class_then", "class_now"]).then_share
    assert share["first_time", "repeat"] == 0.5  # of ann and cat
    assert pd.isna(share["none", "target"])
    html = table.show(shown, "CNY")._repr_html_()
    assert "Repeat customer" in html
    assert "50.0%" in html
    assert set(shown.columns) <= set(labels.of_columns())


def test_what_is_missing_is_handed_on(shop):
    missing = NotComputed("orders.customer_id")
    assert months.stock(shop, missing) is missing
    assert months.shown(missing) is missing
