"""The process: hours from step to step, what is open, late or impossible, all by hand or from pandas."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from build import shop_of
from fulfil import AS_OF, seen, timed_orders

from shopcrm_nb import labels, process, shipping, table, windows
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.period import Period

JUNE = Period(date(2024, 6, 1), date(2024, 6, 30))
HEAD = "order_id customer_id paid_at paid status shipped_at signed_at confirmed_at province"
ORDERS = f"""{HEAD}
1 a 2024-06-01T00:00 10 success 2024-06-01T10:00 2024-06-03T10:00 2024-06-04T10:00 Hebei
2 a 2024-06-02T00:00 10 shipped 2024-06-02T20:00 2024-06-05T00:00 -                Hebei
3 b 2024-06-03T00:00 10 shipped 2024-06-04T06:00 -                -                Jilin
4 c 2024-06-30T00:00 10 paid    -                -                -                -
5 d 2024-05-31T23:59 10 success 2024-06-01T00:00 2024-06-02T00:00 2024-06-02T01:00 Hebei
6 e 2024-06-30T23:59 10 paid    -                -                -                Jilin
"""


def frame(shop, now=JUNE):
    return process.times(process.parcels(shop), now).set_index(["dimension", "level", "step"])


def test_the_hours_of_each_step_by_hand(tmp_path):
    found = frame(shop_of(tmp_path, ORDERS)).loc["all", "all"]
    assert list(found.index) == ["pay_ship", "ship_sign", "pay_sign", "sign_confirm"]
    assert found.orders.tolist() == [5, 5, 5, 5]
    assert found.n.tolist() == [3, 2, 2, 1]
    assert found.open.tolist() == [2, 3, 3, 4]
    assert found.open_share.tolist() == [0.4, 0.6, 0.6, 0.8]
    assert found[["untimed", "impossible"]].sum().tolist() == [0, 0]
    # 10, 20 and 30 hours to the shipping; 48 and 52 from there; 58 and 72 in all; 24 to the confirmation
    assert found.median_hours.tolist() == [20, 50, 65, 24]
    assert found.p80_hours.tolist() == pytest.approx([26, 51.2, 69.2, 24])
    assert found.p95_hours.tolist() == pytest.approx([29, 51.8, 71.3, 24])


def test_each_province_has_its_own_hours_and_an_unknown_one_is_shown(tmp_path):
    found = frame(shop_of(tmp_path, ORDERS))
    assert found.loc[("province", "Hebei", "pay_sign"), ["orders", "n", "median_hours"]].tolist() == [
        2,
        2,
        65,
    ]
    assert found.loc[("province", "Jilin", "pay_ship"), ["orders", "n", "open"]].tolist() == [2, 1, 1]
    unknown = found.loc[("province", "unknown", "pay_ship")]
    assert unknown[["orders", "n", "open"]].tolist() == [1, 0, 1]
    assert np.isnan(unknown.median_hours)
    assert list(found.index.unique("dimension")) == ["all", "province"]
    of_levels = found.loc["province"].groupby("step").orders.sum()
    assert set(of_levels) == {5}


def test_what_came_after_the_last_day_is_not_known_yet(tmp_path):
    later = frame(shop_of(tmp_path, ORDERS, as_of="2024-06-02"), Period(date(2024, 6, 1), date(2024, 6, 2)))
    found = later.loc["all", "all"]
    assert found.orders.tolist() == [2, 2, 2, 2]
    assert found.n.tolist() == [2, 0, 0, 0]
    assert found.open.tolist() == [0, 2, 2, 2]


def test_a_time_of_the_very_last_second_counts_and_the_next_one_does_not(tmp_path):
    rows = "order_id customer_id paid_at paid status shipped_at\n{} a 2024-06-30T00:00 5 shipped {}"
    for number, (shipped, n) in enumerate([("2024-06-30T23:59:59", 1), ("2024-07-01T00:00:00", 0)]):
        shop = shop_of(tmp_path / str(number), rows.format(1, shipped), as_of="2024-06-30")
        found = frame(shop).loc[("all", "all", "pay_ship")]
        assert (found.n, found.open) == (n, 1 - n)


def test_an_order_is_shipped_with_its_first_parcel_and_signed_with_its_last(tmp_path):
    orders = "order_id customer_id paid_at paid status shipped_at carrier\n" + "\n".join(
        f"{n} a 2024-06-01T00:00 10 shipped 2024-06-09T00:00 own" for n in range(1, 5)
    )
    parcels = """order_id carrier shipped_at signed_at
        1 ZTO 2024-06-02T00:00 2024-06-05T00:00
        1 ZTO 2024-06-03T00:00 2024-06-04T00:00
        2 ZTO 2024-06-02T00:00 2024-06-05T00:00
        2 YTO 2024-06-03T00:00 -
        3 -   2024-06-02T00:00 2024-06-03T00:00
        3 SF  -                2024-06-03T00:00"""
    shop = shop_of(tmp_path, orders, shipments=parcels, as_of="2024-06-01")
    assert shipping.orders(shop).to_pandas().shipped_at.isna().all()
    paid_later = orders + "\n9 z 2024-06-30 1 paid - -"
    found = shipping.orders(shop_of(tmp_path / "b", paid_later, shipments=parcels)).to_pandas()
    found = found.set_index("order_id").sort_index()
    assert found.shipped_at.dt.day.tolist()[:4] == [2, 2, 2, 9]
    assert found.all_shipped_at.fillna(pd.Timestamp("1999-01-01")).dt.day.tolist()[:4] == [3, 3, 1, 9]
    assert found.signed_at.fillna(pd.Timestamp("1999-01-01")).dt.day.tolist()[:4] == [5, 1, 3, 1]
    assert found.carrier.fillna("none").tolist() == ["ZTO", "none", "SF", "own", "none"]
    assert found.unsigned.tolist() == [False, True, False, True, True]


def test_an_empty_column_of_parcels_takes_nothing_from_the_orders(tmp_path):
    orders = "order_id customer_id paid_at paid status shipped_at\n1 a 2024-06-01 10 shipped 2024-06-02"
    shop = shop_of(tmp_path, orders, shipments="order_id carrier shipped_at\n1 ZTO -")
    found = process.parcels(shop).to_pandas()
    assert (found.shipped_at.isna()[0], found.carrier[0]) == (True, "ZTO")  # as_of is the day of payment
    assert found.unshipped[0]


STATES = f"""{HEAD} refund
open        a 2024-06-10T00:00 10 paid         -                - -                - 0
no_time     a 2024-06-10T00:00 10 success      -                - 2024-06-20T00:00 - 0
part        a 2024-06-10T00:00 10 part_shipped -                - -                - 0
gone        a 2024-06-10T00:00 10 refunded     -                - -                - 10
void        a 2024-06-10T00:00 10 paid         -                - -                - 10
half_back   a 2024-06-10T00:00 10 paid         -                - -                - 5
backwards   a 2024-06-10T00:00 10 shipped      2024-06-09T23:59 - -                - 0
at_once     a 2024-06-10T00:00 10 shipped      2024-06-10T00:00 - -                - 0
before_any  a 2024-06-01T00:00 10 paid         -                - -                - 0
first       a 2024-06-02T00:00 10 shipped      2024-06-02T01:00 - -                - 0
last        a 2024-06-30T00:00 10 paid         -                - -                - 0
"""


def test_each_order_is_through_a_step_open_untimed_or_impossible(tmp_path):
    shop = shop_of(tmp_path, STATES)
    each = shipping.orders(shop).to_pandas().set_index("order_id")
    assert set(each.index[each.unshipped]) == {"open", "half_back", "last"}
    found = frame(shop).loc[("all", "all", "pay_ship")]
    # through: at_once, first; untimed: no_time, part, gone, void, before_any (nothing recorded in its days)
    counts = ["orders", "n", "open", "untimed", "impossible"]
    assert found[counts].tolist() == [11, 2, 3, 5, 1]
    assert found.median_hours == 0.5


def test_what_is_known_of_having_left(tmp_path):
    found = shipping.orders(shop_of(tmp_path, STATES)).to_pandas().set_index("order_id").sent
    expected = dict.fromkeys(found.index, "yes")
    expected |= dict.fromkeys(["open", "gone", "void", "half_back", "last"], "no") | {"before_any": "unknown"}
    assert found.to_dict() == expected


def junk(count=600, seed=5):
    """Orders whose times and states contradict each other in every way."""
    random = np.random.default_rng(seed)
    start = pd.Timestamp("2024-04-01")

    def any_time():
        at = start + pd.to_timedelta(random.uniform(0, 120 * 86_400, count).round(), unit="s")
        return pd.Series(at).mask(random.random(count) < 0.4)

    times = {f"{name}_at": any_time() for name in ("shipped", "signed", "confirmed")}
    return pd.DataFrame(
        {
            "order_id": [f"o{n}" for n in range(count)],
            "paid_at": start + pd.to_timedelta(random.uniform(0, 91 * 86_400, count).round(), unit="s"),
            "paid": 10,
            "refund": random.choice([0, 5, 10], count),
            "status": random.choice(["paid", "part_shipped", "shipped", "success", "refunded"], count),
            "province": pd.Series(random.choice(["x", "y", "z"], count)).mask(random.random(count) < 0.2),
            **times,
        }
    )


@pytest.mark.parametrize("as_of", ["2024-04-20", "2024-05-31", ""])
def test_whatever_the_data_every_order_is_counted_once_in_each_step_and_slice(tmp_path, as_of):
    shop = shop_of(tmp_path, junk(), as_of=as_of)
    now = Period(date(2024, 4, 10), shop.as_of)
    found = process.times(process.parcels(shop), now)
    rows = junk().paid_at.dt.date.between(now.start, now.end)
    parts = ["n", "open", "untimed", "impossible"]
    assert (found[parts] >= 0).all(axis=None)
    assert (found[parts].sum(axis=1) == found.orders).all()
    sums = found.groupby(["dimension", "step"])[["orders", *parts]].sum()
    assert (sums.loc["all"] == sums.loc["province"]).all(axis=None)
    assert set(sums.orders) == {rows.sum()}
    if as_of != "2024-04-20":
        assert (found[found.dimension == "all"][parts] > 0).all(axis=None)  # each way occurs


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    rows = seen(timed_orders())
    shop = shop_of(tmp_path_factory.mktemp("simulated"), rows, as_of=AS_OF)
    return shop, rows, process.parcels(shop)


def test_the_percentiles_are_those_of_pandas(simulated):
    _shop, rows, parcels = simulated
    found = process.times(parcels, JUNE).set_index(["dimension", "level", "step"])
    june = rows[rows.paid_at >= "2024-06-01"]
    for (dimension, level, step), row in found.iterrows():
        mine = june if dimension == "all" else june[june[dimension] == level]
        start, end, _flag = process.STEPS[step]
        hours = (mine[end] - mine[start]).dt.total_seconds().dropna() / 3600
        assert row.impossible == (hours < 0).sum()  # the platform confirms what is signed for later
        hours = hours[hours >= 0]
        assert (row.orders, row.n) == (len(mine), len(hours))
        expected = hours.quantile([0.5, 0.8, 0.95]).tolist()
        assert row[["median_hours", "p80_hours", "p95_hours"]].tolist() == pytest.approx(expected)
    assert len(found) == 4 * (1 + 5 + 3)
    open_ = june.status.isin(["paid", "shipped"]) & june.signed_at.isna()
    assert found.loc[("all", "all", "pay_sign"), "open"] == open_.sum() > 50


# --- late ---------------------------------------------------------------------------------------------------


LATE = """order_id customer_id paid_at paid status shipped_at refund
on_time   a 2024-06-10T00:00:00 10 shipped  2024-06-12T00:00:00 0
late      a 2024-06-10T00:00:00 10 shipped  2024-06-12T00:00:01 0
never     a 2024-06-10T00:00:00 10 paid     -                   0
young     a 2024-06-29T00:00:01 10 shipped  2024-06-29T01:00:00 0
unsent    a 2024-06-29T00:00:00 10 paid     -                   0
gone      a 2024-06-10T00:00:00 10 refunded -                   10
backwards a 2024-06-10T00:00:00 10 shipped  2024-06-09T00:00:00 0
lost_time a 2024-06-10T00:00:00 10 success  -                   0
last      a 2024-06-30T00:00:00 10 paid     -                   0
earlier   a 2024-05-10T00:00:00 10 shipped  2024-05-20T00:00:00 0
"""


def test_late_is_more_than_48_hours_after_the_payment_and_only_the_old_enough_are_judged(tmp_path):
    shop = shop_of(tmp_path, LATE)
    parcels = process.parcels(shop)
    late = parcels.to_pandas().set_index("order_id").late
    assert set(late.index[late.eq(True)]) == {"late", "never", "unsent", "earlier"}
    assert set(late.index[late.eq(False)]) == {"on_time"}
    found = process.late(parcels, JUNE)
    assert found.loc[0, ["dimension", "level"]].tolist() == ["all", "all"]
    assert found.loc[0, ["judged", "late", "late_share"]].tolist() == [4, 3, 0.75]


def test_a_shop_sets_its_own_hours(tmp_path):
    parcels = process.parcels(shop_of(tmp_path, LATE, settings="[rules.process]\nlate_hours = 24\n"))
    assert process.late(parcels, JUNE).late[0] == 5  # on_time needed 48, and last is old enough


def test_late_orders_by_month_with_blanks_where_nothing_is_judged(tmp_path):
    rows = """order_id customer_id paid_at paid status shipped_at
        0 a 2024-01-05 10 success  -
        1 a 2024-03-01 10 shipped  2024-03-02
        2 a 2024-03-01 10 shipped  2024-03-09
        3 a 2024-05-01 10 shipped  2024-05-09
        4 a 2024-06-15 10 paid     -"""
    shop = shop_of(tmp_path, rows)
    found = process.late_by_month(process.parcels(shop), shop.as_of)
    assert found.month.dt.strftime("%Y-%m").tolist() == ["2024-03", "2024-04", "2024-05", "2024-06"]
    assert found.judged.tolist() == [2, 0, 1, 0]
    assert found.late_share.fillna(-1).tolist() == [0.5, -1, 1, -1]
    assert found.whole.tolist() == [True, True, True, False]


def test_the_late_share_of_the_last_days_is_not_biased_by_those_shipped_at_once(simulated):
    _shop, rows, parcels = simulated
    truth = timed_orders()
    took = truth.shipped_at - truth.paid_at
    old = truth.paid_at <= pd.Timestamp("2024-06-29")
    unsent = truth.order_id.isin(rows[(rows.status == "refunded") & rows.shipped_at.isna()].order_id)
    mine = old & ~unsent & (truth.paid_at >= "2024-06-01")
    found = process.late(parcels, JUNE).iloc[0]
    assert found.judged == mine.sum()
    assert found.late == (took[mine] > pd.Timedelta(hours=48)).sum()


# --- sums, to compare periods -------------------------------------------------------------------------------


def test_sums_count_the_times_as_they_stood_at_the_end_of_each_period(tmp_path):
    rows = f"""{HEAD}
        1 a 2023-06-28T00:00 10 success 2023-06-29T00:00 2023-06-30T12:00 2023-06-30T13:00 Hebei
        2 b 2023-06-29T00:00 20 success 2023-06-30T00:00 2023-07-03T00:00 2023-07-10T00:00 Hebei
        3 a 2024-06-28T00:00 30 success 2024-06-29T12:00 2024-06-30T00:00 2024-06-30T01:00 Hebei
        4 b 2024-06-29T00:00 40 paid - - - Hebei
        5 b 2024-06-30T00:00 40 paid - - - Hebei"""
    reviews = "at order_id text\n2023-06-30T20:00 1 fine\n2024-06-30T22:00 3 系统默认好评!"
    shop = shop_of(tmp_path, rows, reviews=reviews)
    periods = {"now": JUNE, "then": JUNE.back(12), "none": JUNE.back(24)}
    sums = process.sums(process.parcels(shop), periods)
    assert sums.groupby("period").group.nunique().to_dict() == {"now": 2, "then": 2}
    whole = windows.totals(sums, periods)
    assert whole.loc["now"].to_dict() == {
        **{"orders": 3, "net_sales": 110, "judged": 2, "late": 1, "shipped": 1, "ship_hours": 36},
        **{"signed": 1, "sign_hours": 48, "completed": 1, "reviewed": 0},
    }
    # the second was signed for after the end of that June
    assert whole.loc["then"].to_dict() == {
        **{"orders": 2, "net_sales": 30, "judged": 2, "late": 0, "shipped": 2, "ship_hours": 48},
        **{"signed": 1, "sign_hours": 60, "completed": 1, "reviewed": 1},
    }
    assert whole.loc["none"].sum() == 0


# --- what is missing ----------------------------------------------------------------------------------------


def test_a_shop_without_times_says_so_everywhere(tmp_path):
    for number, rows in enumerate(
        ["order_id paid_at paid\n1 2024-06-30 5", "order_id paid_at paid shipped_at\n1 2024-06-30 5 -"]
    ):
        missing = process.parcels(shop_of(tmp_path / str(number), rows))
        assert missing == NotComputed("orders.shipped_at")
        results = [process.times(missing, JUNE), process.late(missing, JUNE), process.sums(missing, {})]
        assert all(result is missing for result in results)


def test_without_signing_the_step_after_shipping_is_the_confirmation(tmp_path):
    rows = """order_id paid_at paid status shipped_at confirmed_at signed_at
        1 2024-06-01T00:00 5 success 2024-06-02T00:00 2024-06-05T00:00 -
        2 2024-06-30T00:00 5 paid - - -"""
    found = frame(shop_of(tmp_path, rows)).loc["all", "all"]
    assert found.median_hours.to_dict() == {"pay_ship": 24, "ship_confirm": 72}


def test_a_shop_that_only_knows_signing_has_no_late_orders_but_says_why(tmp_path):
    rows = "order_id paid_at paid status signed_at\n1 2024-06-01 5 success 2024-06-04\n2 2024-06-30 5 paid -"
    parcels = process.parcels(shop_of(tmp_path, rows))
    assert process.times(parcels, JUNE).step.tolist() == ["pay_sign"]
    assert process.late(parcels, JUNE) == NotComputed("orders.shipped_at")
    assert process.late_by_month(parcels, JUNE.end) == NotComputed("orders.shipped_at")
    assert "judged" not in process.sums(parcels, {"now": JUNE})


def test_a_shop_without_buyers_is_grouped_by_its_orders(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid shipped_at\n1 2024-06-29 5 2024-06-30\n2 2024-06-30 5 -")
    parcels = process.parcels(shop)
    assert "customer_id" not in parcels.columns
    assert sorted(parcels.key.to_pandas()) == ["1", "2"]
    assert process.sums(parcels, {"now": JUNE}).orders.sum() == 2


def test_a_review_of_the_customers_own_ends_the_way_and_the_platforms_does_not(tmp_path):
    reviews = """at order_id text
        2024-06-05T10:00 1 second
        2024-06-05T00:00 1 系统默认好评!
        2024-06-04T20:00 1 -
        2024-06-20T00:00 2 评价方未及时做出评价,系统默认好评!"""
    parcels = process.parcels(shop_of(tmp_path, ORDERS, reviews=reviews))
    found = process.times(parcels, JUNE).set_index(["dimension", "level", "step"])
    row = found.loc[("all", "all", "confirm_review")]
    assert (row.n, row.open, row.median_hours) == (1, 4, 10)


# --- what a reader sees -------------------------------------------------------------------------------------


def test_the_sentence_tells_how_long_it_takes_and_who_still_waits(tmp_path):
    found = process.times(process.parcels(shop_of(tmp_path, ORDERS)), JUNE)
    assert process.sentence(found, JUNE) == (
        "2 orders paid from 2024-06-01 to 2024-06-30 were signed for: half of them within 65 hours of the "
        "payment, 80% within 69 and 95% within 71. 3 more (60.0%) were not signed for yet and are in "
        "none of these figures."
    )
    shipped = found[found.step == "pay_ship"]
    assert process.sentence(shipped, JUNE).startswith(
        "3 orders paid from 2024-06-01 to 2024-06-30 were shipped"
    )
    nothing = "Of the orders paid from 2024-06-01 to 2024-06-30 none has a known time of shipping or signing."
    assert process.sentence(found.head(0), JUNE) == process.sentence(found.assign(n=0), JUNE) == nothing


def test_the_sentence_tells_who_left_late(tmp_path):
    shop = shop_of(tmp_path, LATE)
    rules = shop.settings.rules
    found = process.late(process.parcels(shop), JUNE)
    assert process.late_sentence(found, rules) == (
        "3 of 4 orders that can be judged (75.0%) left later than 48 hours after the payment, or not yet."
    )
    none = "No order of the period can be judged by whether it left within 48 hours."
    assert process.late_sentence(found.head(0), rules) == none


def test_the_slowest_levels_come_first_and_those_of_few_orders_are_left_out(simulated):
    shop, _rows, parcels = simulated
    found = process.times(parcels, Period(date(2024, 1, 2), date(2024, 6, 30)))
    slowest = process.slowest(found, "province", 3, shop.settings.rules)
    assert (slowest.level[0], len(slowest), set(slowest.step)) == ("Gansu", 3, {"pay_sign"})
    assert slowest.p80_hours.is_monotonic_decreasing
    assert process.overall(found).step.tolist() == ["pay_ship", "ship_sign", "pay_sign", "sign_confirm"]
    few = found.assign(n=29)
    assert process.slowest(few, "province", 3, shop.settings.rules).empty


def test_carriers_are_read_without_what_is_the_same_in_all_of_them():
    found = pd.DataFrame(
        {
            "dimension": "carrier",
            "level": ["ZTO", "SF"],
            "step": "pay_sign",
            "untimed": [1, 0],
            "impossible": 0,
            "p80_hours": [9.94, 99.4],
        }
    )
    shown = process.shown(found)
    assert list(shown.columns) == ["carrier_name", "untimed", "p80_hours"]
    assert set(shown.columns) <= set(labels.of_columns())
    text = table.show(shown)._repr_html_()
    assert ">9.9</td>" in text
    assert ">99</td>" in text


def test_every_column_has_a_label_and_every_step_a_word(simulated):
    _shop, _rows, parcels = simulated
    found = process.times(parcels, JUNE)
    names = [labels.of_columns()[column] for column in found.columns]
    assert len(set(names)) == len(names)
    assert set(process.STEPS) <= set(labels.of_codes()["step"])
    text = table.show(process.overall(found))._repr_html_()
    assert ">payment to signing</td>" in text
    assert f">{found.median_hours[0]:.0f}</td>" in text
    assert set(process.late(parcels, JUNE).columns) <= set(labels.of_columns())
