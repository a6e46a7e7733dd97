"""Drivers: the change of net sales in parts that add up to the cent, by who bought, how, and what."""

import itertools
from datetime import date, timedelta
from math import factorial

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from simulate import shop_in_memory, small_shop

from shopcrm_nb import drivers, drivers_telling, history, i18n, traffic, workbook
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.drivers import Comparison
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.period import Period

NO_TRAFFIC = NotComputed("traffic.visitors")
# To shrink an example takes minutes; the first one says enough.
FEW = settings(max_examples=20, deadline=None, derandomize=True, phases=[Phase.generate])


def split(shop, period="month", against="last_year", visits=NO_TRAFFIC):
    orders = history.orders(shop)
    return drivers.tree(shop, orders, drivers.compare(shop, period, against), visits)


def of(found, name):
    return found[found.tree == name].drop(columns="tree").set_index("driver")


def change_of(shop, period="month", against="last_year"):
    compared = drivers.compare(shop, period, against)
    return drivers.totals(history.orders(shop), compared)


# --- what is compared ---------------------------------------------------------------------------------------


def shop_from(first, as_of="2024-06-30"):
    return small_shop(f"order_id customer_id paid_at paid\n1 a {first} 5\n2 b {as_of} 7", as_of)


def test_a_period_is_compared_with_the_same_days_of_last_year_where_they_are_in_the_data():
    found = drivers.compare(shop_from("2023-06-01"), "month", "last_year")
    assert found == Comparison(
        Period(date(2024, 6, 1), date(2024, 6, 30)), Period(date(2023, 6, 1), date(2023, 6, 30)), "last_year"
    )


def test_else_with_the_period_before_and_that_is_said():
    found = drivers.compare(shop_from("2023-06-02"), "month", "last_year")
    assert (found.against, found.then) == ("period_before", Period(date(2024, 5, 1), date(2024, 5, 31)))
    quarter = drivers.compare(shop_from("2022-01-01"), "quarter", "period_before")
    assert quarter.then == Period(date(2024, 1, 1), date(2024, 3, 31))


def test_without_even_the_period_before_nothing_is_compared():
    found = drivers.compare(shop_from("2024-05-02"), "month", "last_year")
    assert isinstance(found, NotComputed)
    assert "2024-05-01" in found.needs
    shop = shop_from("2024-05-02")
    assert split(shop) is not None
    assert isinstance(split(shop), NotComputed)
    assert isinstance(drivers.totals(history.orders(shop), found), NotComputed)
    assert isinstance(drivers.branch(split(shop), "customers"), NotComputed)


def test_a_comparison_that_there_is_not_is_refused_with_the_nearest_one():
    with pytest.raises(ShopcrmError, match=r'"last_yaer" is none \(did you mean "last_year"'):
        drivers.compare(shop_from("2023-01-01"), "month", "last_yaer")


# --- trees by hand ------------------------------------------------------------------------------------------

# June 2023: old 100 (returning), ann 60 (new), one without a name 10. June 2024: ann 50 + 30, bob 120 (new)
SMALL = """
order_id customer_id paid_at    paid refund quantity province channel
0        first       2022-01-01 1    0      1        浙江     taobao
1        old         2023-01-01 9    0      1        浙江     taobao
2        old         2023-06-01 100  0      2        浙江     taobao
3        ann         2023-06-30 70   10     1        江苏     taobao
4        -           2023-06-10 10   0      1        -        taobao
5        ann         2024-06-01 50   0      1        江苏     tmall
6        ann         2024-06-02 30   0      2        江苏     tmall
7        bob         2024-06-30 125  5      4        浙江     taobao
"""


def test_the_customers_tree_by_hand():
    found = of(split(small_shop(SMALL)), "customers")
    assert found.index.tolist() == ["new", "returning", "no_buyer"]
    # ann bought on 30 June 2023, so both of her orders of 2024 are of a returning customer
    assert found.value_before.tolist() == [60, 100, 10]
    assert found.value_now.tolist() == [120, 80, 0]
    assert found.contribution.tolist() == [60, -20, -10]
    assert found.share_of_change.tolist() == pytest.approx([2, -2 / 3, -1 / 3])


def test_where_one_cannot_tell_new_from_returning_customers_there_is_no_such_tree():
    rows = "order_id customer_id paid_at paid\n1 a 2023-06-01 5\n2 b 2024-06-30 7"
    found = split(small_shop(rows))
    assert of(found, "customers").empty
    missing = drivers.branch(found, "customers")
    assert missing.needs == "orders.customer_id"
    assert missing.reason == "of both periods, and a year of orders before them"
    long = split(small_shop(rows + "\n0 z 2022-06-01 1"))
    assert of(long, "customers").contribution.to_dict() == {"new": 2}


def by_all_orders(before, now):
    """What each factor adds, as the mean over all orders in which they could change."""
    names = list(before)
    parts = dict.fromkeys(names, 0.0)
    for order in itertools.permutations(names):
        state = dict(before)
        for name in order:
            was = np.prod(list(state.values()))
            state[name] = now[name]
            parts[name] += (np.prod(list(state.values())) - was) / factorial(len(names))
    return parts


def test_the_orders_tree_by_hand():
    found = of(split(small_shop(SMALL)), "orders")
    before = {"buyers": 3, "orders_per_buyer": 1, "items_per_order": 4 / 3, "net_sales_per_item": 170 / 4}
    now = {"buyers": 2, "orders_per_buyer": 1.5, "items_per_order": 7 / 3, "net_sales_per_item": 200 / 7}
    assert found.value_before.to_dict() == pytest.approx(before)
    assert found.value_now.to_dict() == pytest.approx(now)
    assert found.contribution.to_dict() == pytest.approx(by_all_orders(before, now), abs=0.01)
    assert found.contribution.sum() == pytest.approx(30)


@pytest.mark.parametrize("quantity", ["-", "0"])
def test_where_more_than_1_percent_of_the_orders_of_a_period_lack_a_quantity_items_are_left_out(quantity):
    rows = SMALL.replace(
        "old         2023-06-01 100  0      2", f"old         2023-06-01 100  0      {quantity}"
    )
    found = of(split(small_shop(rows)), "orders")
    assert found.index.tolist() == ["buyers", "orders_per_buyer", "net_sales_per_order"]
    assert found.value_now.net_sales_per_order == pytest.approx(200 / 3)
    assert found.contribution.sum() == pytest.approx(30)


def test_one_of_a_hundred_orders_may_lack_its_quantity():
    rows = [f"{n} c{n} {2023 + n % 2}-06-05 10 {1 if n > 1 else '-'}" for n in range(200)]
    head = "order_id customer_id paid_at paid quantity\nz z 2022-01-01 1 1\n"
    assert "items_per_order" in of(split(small_shop(head + "\n".join(rows))), "orders").index
    worse = [row.replace(" 1", " -") if row.startswith("2 ") else row for row in rows]
    assert "items_per_order" not in of(split(small_shop(head + "\n".join(worse))), "orders").index


def test_a_shop_without_a_column_of_quantities_has_net_sales_per_order():
    rows = "order_id customer_id paid_at paid\n1 a 2023-06-01 5\n2 b 2024-06-30 7\n3 b 2024-06-29 7"
    found = of(split(small_shop(rows)), "orders")
    before, now = {"b": 1, "o": 1, "n": 5}, {"b": 1, "o": 2, "n": 7}
    assert found.contribution.tolist() == pytest.approx(list(by_all_orders(before, now).values()), abs=0.01)


def test_orders_without_names_are_a_buyer_each():
    rows = "order_id paid_at paid\n1 2023-06-01 5\n2 2024-06-30 7\n3 2024-06-29 7"
    found = split(small_shop(rows))
    assert of(found, "customers").empty
    assert of(found, "orders").value_now.to_dict() == {
        "buyers": 2,
        "orders_per_buyer": 1,
        "net_sales_per_order": 7,
    }


@pytest.mark.parametrize(("empty", "change"), [("2023", 7), ("2024", -5)])
def test_net_sales_of_0_in_one_of_the_periods_are_shared_out_all_the_same(empty, change):
    day = {"2023": "2022-06-01", "2024": "2024-03-01"}[empty]
    rows = "order_id customer_id paid_at paid quantity\n0 z 2021-01-01 1 1\n1 a 2023-06-01 5 1\n"
    rows += "2 b 2024-06-30 7 2"
    rows = rows.replace(f"{empty}-06-01" if empty == "2023" else "2024-06-30", day)
    shop = small_shop(rows)
    found = split(shop)
    for name in ("customers", "orders"):
        assert of(found, name).contribution.sum() == pytest.approx(change)
    orders = of(found, "orders")
    empty_column = "value_before" if empty == "2023" else "value_now"
    assert (orders[empty_column] == 0).all()
    assert sorted(change_of(shop)) == sorted([0, abs(change)])


def test_two_periods_without_orders_have_nothing_to_share_and_say_so():
    shop = small_shop("order_id customer_id paid_at paid province\n0 z 2021-01-01 1 -\n1 a 2024-07-01 5 x")
    found = split(shop)
    assert found.contribution.sum() == 0
    assert found.share_of_change.isna().all()
    assert isinstance(drivers.branch(found, "customers"), NotComputed)
    assert drivers.branch(found, "province").needs == "orders.province"


def test_without_a_change_no_part_has_a_share_of_it():
    rows = "order_id customer_id paid_at paid\n1 a 2023-06-01 5\n2 b 2024-06-30 5"
    found = split(small_shop(rows))
    assert found.share_of_change.isna().all()
    cent = split(small_shop(rows.replace("06-30 5", "06-30 5.01")))
    assert cent.share_of_change.notna().all()
    half = split(small_shop("order_id customer_id paid_at paid\n1 a 2023-06-01 0.02\n2 b 2024-06-30 0.03"))
    assert half.share_of_change.notna().all()  # 0.03 - 0.02 is a little under a cent


# --- provinces, channels, categories ------------------------------------------------------------------------


def test_provinces_and_channels_by_hand():
    found = split(small_shop(SMALL))
    assert of(found, "province").contribution.to_dict() == {"江苏": 20, "浙江": 20, "unknown": -10}
    assert of(found, "channel").contribution.to_dict() == {"tmall": 80, "taobao": -50}


PLACES = "order_id customer_id paid_at paid province\nz z 2022-01-01 1 -\n"


def test_only_the_levels_that_moved_most_are_named_and_the_others_make_one_row():
    rows = [
        f"{n}{year} c{n} {year}-06-05 {10 + (n * (year - 2023))} p{n:02d}"
        for n in range(12)
        for year in (2023, 2024)
    ]
    found = of(split(small_shop(PLACES + "\n".join(rows))), "province")
    assert found.index.tolist() == [f"p{n:02d}" for n in range(11, 1, -1)] + ["rest"]
    assert found.contribution.tolist() == [*range(11, 1, -1), 1]
    assert (found.value_before["rest"], found.value_now["rest"]) == (20, 21)


def test_ten_levels_need_no_row_for_the_others():
    rows = [
        f"{n}{year} c{n} {year}-06-05 {10 + (n * (year - 2023))} p{n:02d}"
        for n in range(10)
        for year in (2023, 2024)
    ]
    found = of(split(small_shop(PLACES + "\n".join(rows))), "province")
    assert "rest" not in found.index
    assert len(found) == 10


def test_levels_that_moved_alike_come_in_the_order_of_their_names():
    rows = [
        f"{n}{year} c{n} {year}-06-05 {year - 2000} p{n:02d}"
        for n in (7, 3, 11, 1, 9)
        for year in (2023, 2024)
    ]
    found = of(split(small_shop(PLACES + "\n".join(rows))), "province")
    assert found.index.tolist() == ["p01", "p03", "p07", "p09", "p11"]


def test_a_column_without_a_value_makes_no_tree():
    found = split(small_shop(SMALL.replace("浙江", "-").replace("江苏", "-")))
    assert of(found, "province").empty
    assert drivers.branch(found, "province").needs == "orders.province"
    assert drivers.branch(found, "category").needs == "order_items.category"
    assert drivers.branch(found, "traffic").needs == "traffic.visitors"


ITEMS = """
order_id product_id quantity amount category refund
2        p          1        80     coats    0
2        q          1        15     belts    5
3        p          1        60     coats    0
7        p          1        125    coats    -
9        p          1        999    coats    0
5        r          1        50     -        0
"""


def test_categories_are_of_the_lines_and_what_lines_do_not_explain_is_with_all_others():
    found = of(split(small_shop(SMALL, order_items=ITEMS)), "category")
    # June 2023: 170 by orders, 140 + 10 by lines. June 2024: 200 by orders, 125 and 50 without a category.
    assert found.value_before.to_dict() == {"coats": 140, "belts": 10, "unknown": 0, "rest": 20}
    assert found.value_now.to_dict() == {"coats": 125, "belts": 0, "unknown": 50, "rest": 25}
    assert found.contribution.to_dict() == {"coats": -15, "belts": -10, "unknown": 50, "rest": 5}


def test_lines_without_a_category_or_without_a_refund_column():
    lines = ITEMS.replace("coats", "-").replace("belts", "-")
    assert of(split(small_shop(SMALL, order_items=lines)), "category").empty
    bare = "order_id product_id quantity amount category\n2 p 1 80 coats\n7 p 1 90 coats"
    assert of(split(small_shop(SMALL, order_items=bare)), "category").contribution["coats"] == 10


@pytest.mark.parametrize("name", ["rest", "new", "unknown", "before"])
def test_a_category_named_like_a_code_of_ours_is_neither_lost_nor_taken_for_it(name):
    found = of(split(small_shop(SMALL, order_items=ITEMS.replace("coats", name))), "category")
    assert found.contribution.sum() == pytest.approx(30)
    assert found.contribution["rest"] == 5
    if name != "unknown":  # a category of that name is as good as none
        assert found.contribution[f"“{name}”"] == -15
        assert f"“{name}” (−¥15)" in drivers_telling.movers(found.reset_index(), (170, 200), "CNY")


# --- traffic ------------------------------------------------------------------------------------------------


def june_traffic(drop=(), visitors=(100, 50)):
    days = [*pd.date_range("2023-06-01", "2023-06-30"), *pd.date_range("2024-06-01", "2024-06-30")]
    frame = pd.DataFrame({"date": days})
    frame["visitors"] = [float(visitors[day.year - 2023]) for day in days]
    frame["buyers"] = [float(day.day == 1 or day.day == 5) for day in days]
    return frame[~frame.date.isin(pd.to_datetime(list(drop)))]


def test_the_traffic_tree_by_hand():
    found = of(split(small_shop(SMALL), visits=june_traffic()), "traffic")
    before = {"visitors": 3000, "conversion": 2 / 3000, "net_sales_per_buyer_day": 85}
    now = {"visitors": 1500, "conversion": 2 / 1500, "net_sales_per_buyer_day": 100}
    assert found.value_before.to_dict() == pytest.approx(before)
    assert found.value_now.to_dict() == pytest.approx(now)
    assert found.contribution.to_dict() == pytest.approx(by_all_orders(before, now), abs=0.01)


@pytest.mark.parametrize(
    "visits", [june_traffic(["2023-06-30"]), june_traffic(["2024-06-01"]), june_traffic(visitors=(0, 5))]
)
def test_traffic_needs_every_day_of_both_periods_and_a_visitor(visits):
    found = split(small_shop(SMALL), visits=visits)
    assert of(found, "traffic").empty
    missing = drivers.branch(found, "traffic")
    assert (missing.needs, missing.reason) == ("traffic.visitors", "for every day of both periods")


# --- always -------------------------------------------------------------------------------------------------

DAYS = st.one_of(
    st.dates(date(2023, 6, 1), date(2023, 6, 30)),
    st.dates(date(2024, 5, 1), date(2024, 6, 30)),
    st.dates(date(2022, 1, 1), date(2024, 6, 30)),
)
AMOUNT = st.decimals(min_value="0.01", max_value=5000, places=2).map(float)
ORDER = st.tuples(
    *(st.sampled_from(["a", "b", "c", "d", None]), DAYS, AMOUNT, st.sampled_from([0.0, 0.33, 1.0])),
    st.sampled_from([None, 0.0, 1.0, 2.0, 3.0]),
    st.sampled_from([None, *(f"p{n}" for n in range(13)), "rest", "new"]),
)


@FEW
@given(
    orders=st.lists(ORDER, min_size=1, max_size=40),
    period=st.sampled_from(["month", "quarter", "year"]),
    against=st.sampled_from(["last_year", "period_before"]),
    named=st.booleans(),
    whole=st.booleans(),
)
def test_the_parts_of_every_tree_add_up_to_the_change_to_the_cent(orders, period, against, named, whole):
    columns = ["customer_id", "paid_at", "paid", "part", "quantity", "province"]
    frame = pd.DataFrame([("z", date(2020, 1, 1), 1.0, 0.0, 1.0, None), *orders], columns=columns)
    frame["order_id"] = [str(n) for n in range(len(frame))]
    frame["refund"] = (frame.paid * frame.pop("part")).round(2)
    frame = frame.assign(paid_at=pd.to_datetime(frame.paid_at), channel=frame.province)
    if whole:
        frame["quantity"] = 2.0
    items = pd.DataFrame(
        {
            "order_id": frame.order_id,
            "product_id": "p",
            "quantity": 1.0,
            "amount": frame.paid + 0.005,
            "category": frame.province,
        }
    )
    days = pd.date_range("2020-01-01", "2024-06-30")
    visits = pd.DataFrame({"date": days, "visitors": 7.0 + days.day, "buyers": 1.0 + days.month})
    if not named:
        frame = frame.drop(columns="customer_id")
    shop = shop_in_memory({"orders": frame, "order_items": items}, date(2024, 6, 30))
    compared = drivers.compare(shop, period, against)
    found = drivers.tree(shop, history.orders(shop), compared, visits)
    valid = frame[(frame.paid - frame.refund).round(4) > 0]

    def net(when):
        return (valid.paid - valid.refund)[
            valid.paid_at.between(pd.Timestamp(when.start), pd.Timestamp(when.end))
        ].sum()

    change = round(net(compared.now), 2) - round(net(compared.then), 2)
    assert {"orders", "traffic"} <= set(found.tree)
    for name, part in found.groupby("tree"):
        assert round(part.contribution.sum() * 100) == round(change * 100), name
        assert (part.contribution * 100 == (part.contribution * 100).round()).all() or np.allclose(
            part.contribution, part.contribution.round(2), atol=1e-9
        )
        assert part.driver.is_unique
        if name in ("orders", "traffic"):
            assert part.value_now.prod() == pytest.approx(net(compared.now), abs=0.01)
            assert part.value_before.prod() == pytest.approx(net(compared.then), abs=0.01)
            expected = by_all_orders(
                *(dict(zip(part.driver, part[x], strict=True)) for x in ("value_before", "value_now"))
            )
            assert part.contribution.tolist() == pytest.approx(list(expected.values()), abs=0.03)
        else:
            assert part.value_now.sum() == pytest.approx(net(compared.now), abs=0.011)
            assert part.value_before.sum() == pytest.approx(net(compared.then), abs=0.011)


@pytest.mark.parametrize("period", ["month", "quarter"])
def test_the_demo_shop_agrees_with_pandas(period):
    shop = workbook.open_shop("demo")
    orders = history.orders(shop)
    compared = drivers.compare(shop, period, "last_year")
    found = drivers.tree(shop, orders, compared, traffic.days(shop, orders))
    frame = orders.to_pandas()
    frame["paid_on"] = pd.to_datetime(frame.paid_on)
    spans = (compared.then, compared.now)
    then, now = (frame[frame.paid_on.between(pd.Timestamp(w.start), pd.Timestamp(w.end))] for w in spans)
    assert drivers.totals(orders, compared) == pytest.approx((then.net.sum(), now.net.sum()), abs=0.005)
    for by, column in (("customers", "kind"), ("province", "province")):
        part = of(found, by)
        named = part.drop(index=["rest", "unknown"], errors="ignore")
        for side, rows in (("value_before", then), ("value_now", now)):
            expected = rows.groupby(column).net.sum().reindex(named.index, fill_value=0)
            assert named[side].tolist() == pytest.approx(expected.tolist(), abs=0.005)
    buyers = [rows.customer_id.fillna(rows.order_id).nunique() for rows in (then, now)]
    assert of(found, "orders").loc["buyers", ["value_before", "value_now"]].tolist() == buyers
    for _name, part in found.groupby("tree"):
        assert part.contribution.sum() == pytest.approx(now.net.sum() - then.net.sum(), abs=0.011)


# --- in words and steps -------------------------------------------------------------------------------------


def test_the_steps_go_from_one_total_to_the_other():
    rows = of(split(small_shop(SMALL)), "customers").reset_index()
    found = drivers.steps(rows, (170.0, 200.0))
    assert found.driver.tolist() == ["before", "new", "returning", "no_buyer", "now"]
    assert found.value.tolist() == [170, 60, -20, -10, 200]
    assert found.kind.tolist() == ["total", "part", "part", "part", "total"]


JUNE = Comparison(
    Period(date(2024, 6, 1), date(2024, 6, 30)), Period(date(2023, 6, 1), date(2023, 6, 30)), "last_year"
)


@pytest.mark.parametrize(
    ("change", "against", "said"),
    [
        (
            (170.0, 200.0),
            "last_year",
            "¥200: ¥30 (17.6%) more than ¥170, those of the same days a year before.",
        ),
        (
            (200.0, 170.0),
            "period_before",
            "¥170: ¥30 (15.0%) less than ¥200, those of the period before, which may be another season.",
        ),
        ((200.0, 200.0), "last_year", "¥200, as much as those of the same days a year before."),
        ((0.0, 5.0), "last_year", "¥5: ¥5 (–) more than ¥0, those of the same days a year before."),
    ],
)
def test_the_sentence_of_the_change(change, against, said):
    found = drivers_telling.sentence(change, Comparison(JUNE.now, JUNE.then, against), "CNY")
    assert found == f"Net sales from 2024-06-01 to 2024-06-30 are {said}"


def moves(**contributions):
    return pd.DataFrame({"driver": contributions.keys(), "contribution": contributions.values()})


def test_what_moved_with_the_sales_comes_first_three_at_most_and_two_against_and_never_the_others():
    rows = moves(a=5.0, b=40.0, c=30.0, d=20.0, e=-7.0, f=-9.0, g=-8.0, rest=500.0, returning=0.0)
    assert drivers_telling.movers(rows, (0, 71), "CNY") == (
        "What added most: b (+¥40), c (+¥30), d (+¥20). What took most away: f (−¥9), g (−¥8)."
    )
    assert drivers_telling.movers(rows, (71, 0), "CNY") == (
        "What took most away: f (−¥9), g (−¥8), e (−¥7). What added most: b (+¥40), c (+¥30)."
    )
    assert drivers_telling.movers(moves(new=3.0), (1, 4), "CNY") == "What added most: new customers (+¥3)."


def test_as_much_as_before_may_still_have_moved():
    assert drivers_telling.movers(moves(new=3.0, returning=-3.0), (4, 4), "CNY") == (
        "What added most: new customers (+¥3). What took most away: returning customers (−¥3)."
    )


def test_a_day_more_or_less_is_another_period():
    shop = small_shop(SMALL)
    shorter = small_shop(SMALL, "2024-06-29")
    assert change_of(shop) == (170, 200)
    assert change_of(shorter)[1] == 80
    assert date(2024, 6, 30) - timedelta(days=1) == shorter.as_of


def test_a_part_is_read_in_its_own_unit_and_a_channel_by_its_name():
    rows = [
        ("buyers", 1641, 573),
        ("orders_per_buyer", 1.1529, 1.0628),
        ("conversion", 0.0322, 0.0281),
        ("net_sales_per_item", 244.67, 250.71),
        ("mobile", 42251.6, 22054.3),
    ]
    frame = pd.DataFrame(rows, columns=["driver", "value_before", "value_now"]).assign(contribution=1.0)
    found = drivers.shown(frame, "CNY")
    assert found[["driver", "driver_before", "driver_now"]].to_numpy().tolist() == [
        ["buyers", "1,641", "573"],
        ["orders_per_buyer", "1.15", "1.06"],
        ["conversion", "3.22%", "2.81%"],
        ["net_sales_per_item", "¥245", "¥251"],
        ["mobile", "¥42,252", "¥22,054"],
    ]
    assert found.contribution.tolist() == [1.0] * 5
    i18n.use("zh")
    try:
        assert drivers.shown(frame, "CNY").driver.iloc[-1] == "手机端"
        assert "手机端" in drivers_telling.movers(frame.tail(1), (1.0, 2.0), "CNY")
    finally:
        i18n.use("en")
