"""Second order: how many new customers come back within so many days, of those observed for as long."""

from datetime import date, timedelta
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from build import rules_of, shop_of
from scipy import stats

from shopcrm_nb import history, interval, labels, model, second_order, shares, table, windows
from shopcrm_nb.period import Period

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"
HEAD = "order_id customer_id paid_at paid\n"
AS_OF = date(2024, 6, 30)
RULES = rules_of()
nan = float("nan")


def ago(days):
    return (AS_OF - timedelta(days=days)).isoformat()


def shop_with(folder, purchases, **more):
    """A shop with an order for each (customer, days before as_of), and one on as_of without a customer."""
    rows = [f"{n} {who} {ago(days)} 10" for n, (who, days) in enumerate(purchases)]
    return shop_of(folder, HEAD + "\n".join([*rows, f"last - {AS_OF} 1"]), **more)


def run(function, shop, *more):
    return function(shop, history.orders(shop), *more)


def cell(frame, days, when="now", basis="orders"):
    row = frame[(frame.days == days) & (frame.when == when) & (frame.basis == basis)]
    return (
        row[["numerator", "n"]].astype(object).where(row[["numerator", "n"]].notna(), None).iloc[0].tolist()
    )


BEGIN = ("old", 1000)  # the history begins 1000 days before as_of; new customers are told from 635 on


# --- within so many days ------------------------------------------------------------------------------------


def test_only_customers_observed_for_n_days_count_and_the_nth_day_is_within(tmp_path):
    purchases = [
        BEGIN,
        ("a", 30),  # just observed for 30 days, and back on the 30th
        ("a", 0),
        ("b", 29),  # not yet
        ("b", 28),
        ("c", 100),  # back after 31 days
        ("c", 69),
        ("d", 100),  # never back
        ("e", 100),  # twice on the first day
        ("e", 100),
        ("f", 100),  # twice on the first day, and again after 60 days
        ("f", 100),
        ("f", 40),
    ]
    found = run(second_order.within, shop_with(tmp_path, purchases))
    assert cell(found, 30) == [3, 5]  # a, e, f of a, c, d, e, f
    assert cell(found, 30, basis="days") == [1, 5]  # a
    assert cell(found, 60) == [3, 4]  # c, e, f of c, d, e, f
    assert cell(found, 60, basis="days") == [2, 4]  # c, f
    assert cell(found, 90) == [3, 4]
    assert (
        found[(found.days == 30) & (found.when == "now")].window_to.tolist()
        == [AS_OF - timedelta(days=30)] * 2
    )


def test_a_customer_of_whom_one_cannot_tell_or_who_is_new_again_after_a_year_is_no_new_one(tmp_path):
    purchases = [
        BEGIN,
        ("untold", 636),
        ("untold", 630),
        ("told", 635),
        ("again", 990),
        ("again", 500),  # new again for the back end, after more than a year; not the first order of all
        ("again", 490),
    ]
    shop = shop_with(tmp_path, purchases, settings="[rules.repurchase]\ndays = [300]\n")
    kinds = history.orders(shop).filter(ibis._.customer_id == "again").kind.to_pyarrow().to_pylist()
    assert sorted(kinds) == ["new", "returning", "unknown"]
    found = run(second_order.within, shop)
    assert cell(found, 300) == [0, 1]
    assert run(second_order.gaps, shop).n.dropna().unique().tolist() == [1]


def test_the_year_before_is_as_long_as_this_one_and_blank_where_too_little_of_it_is_told(tmp_path):
    # told from 635 on: of those 90 to 454 days ago all are; of the year before only 455 to 635, 181 days
    found = run(second_order.within, shop_with(tmp_path, [BEGIN, ("a", 200), ("b", 500), ("c", 90)]))
    rows = found[found.basis == "orders"].set_index(["days", "when"])
    spans = rows[["window_from", "window_to"]]
    assert spans.loc[(90, "now")].tolist() == [date.fromisoformat(ago(d)) for d in (270, 90)]
    assert spans.loc[(90, "before")].tolist() == [date.fromisoformat(ago(d)) for d in (635, 455)]
    assert [cell(found, 90), cell(found, 90, "before")] == [[0, 2], [0, 1]]
    # 180 days: 545 to 635 are 91 days, too few; so this year is whole
    assert spans.loc[(180, "now")].tolist() == [date.fromisoformat(ago(d)) for d in (544, 180)]
    assert spans.loc[(180, "before")].tolist() == [None, None]
    assert cell(found, 180, "before") == [None, None]
    assert cell(found, 180) == [0, 2]


def test_a_long_history_has_two_whole_years_side_by_side(tmp_path):
    shop = shop_with(
        tmp_path, [("old", 3000), ("a", 365 + 364), ("b", 365 + 365), ("c", 365 + 729), ("d", 365 + 730)]
    )
    found = run(second_order.within, shop)
    assert cell(found, 365) == [0, 1]
    assert cell(found, 365, "before") == [0, 2]
    spans = found[found.days == 365][["window_from", "window_to"]].drop_duplicates().to_numpy().tolist()
    assert [(end - start).days for start, end in spans] == [364, 364]


def test_the_interval_is_wilsons_and_of_nobody_there_is_none(tmp_path):
    found = run(
        second_order.within, shop_with(tmp_path, [BEGIN, ("a", 100), ("a", 99), ("b", 100), ("c", 100)])
    )
    row = found[(found.days == 30) & (found.when == "now") & (found.basis == "days")].iloc[0]
    assert (row.ci_low, row.ci_high) == pytest.approx(interval.wilson(1, 3, 0.95))
    empty = found[(found.days == 180) & (found.when == "now")]
    assert empty.n.tolist() == [0, 0]
    assert empty[["value", "ci_low", "ci_high"]].isna().all(axis=None)


@pytest.mark.parametrize("days", [10, 365, 394])
def test_a_history_too_short_to_tell_new_customers_says_so(tmp_path, days):
    shop = shop_with(tmp_path, [("old", days), ("a", min(days, 3)), ("a", 1)])
    found = run(second_order.within, shop)
    assert found.sentence() == (
        "not computed: needs customers known to be new, which takes 365 days of orders before theirs"
    )
    assert second_order.by(found, "orders") is second_order.sentence(found, found, RULES) is found
    if days < 365:
        assert run(second_order.gaps, shop).needs == found.needs


def test_without_customers_nothing_is_computed(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid\n1 2021-05-01 1\n2 2024-06-30 1")
    assert run(second_order.within, shop).needs == "orders.customer_id"
    assert run(second_order.gaps, shop).needs == "orders.customer_id"
    assert run(second_order.sums, shop, {}).needs == "orders.customer_id"
    nobody = shop_with(tmp_path / "b", [("-", 1000), ("-", 100)])
    assert run(second_order.within, nobody).needs.startswith("customers known to be new")
    assert run(second_order.gaps, nobody).needs.startswith("customers known to be new")


# --- how long it takes --------------------------------------------------------------------------------------


def test_the_median_forgets_nobody_who_has_not_come_back_yet(tmp_path):
    # back after 2 days: 4/5 left; one is lost after 3; one of 3 after 5: 8/15; one of 2 after 8: 4/15
    purchases = [
        BEGIN,
        ("a", 100),
        ("a", 98),
        ("b", 3),
        ("c", 100),
        ("c", 95),
        ("d", 100),
        ("d", 92),
        ("e", 8),
    ]
    found = run(second_order.gaps, shop_with(tmp_path, purchases)).set_index(["measure", "basis"])
    assert found.value["median_days", "orders"] == found.value["median_days", "days"] == 8
    assert found.loc[("no_second_order", "orders"), ["value", "numerator", "n"]].tolist() == [0.4, 2, 5]
    assert found.loc[("median_days", "orders"), "window_from"] == AS_OF - timedelta(days=635)


def test_two_orders_on_the_first_day_are_a_second_one_at_once_or_none_by_days(tmp_path):
    purchases = [BEGIN, ("a", 100), ("a", 100), ("b", 100), ("b", 100), ("c", 50)]
    found = run(second_order.gaps, shop_with(tmp_path, purchases)).set_index(["measure", "basis"]).value
    assert found["median_days", "orders"] == 0
    assert np.isnan(found["median_days", "days"])
    assert found["no_second_order", "orders"] == pytest.approx(1 / 3)
    assert found["no_second_order", "days"] == 1


# --- sums for a comparison ----------------------------------------------------------------------------------


def test_periods_are_moved_back_by_90_days_so_that_all_are_observed(tmp_path):
    june = Period(date(2024, 6, 1), AS_OF)
    assert second_order.observed(june) == Period(date(2024, 3, 3), date(2024, 4, 1))
    purchases = [
        BEGIN,
        ("a", 90),
        ("a", 0),
        ("b", 119),
        ("c", 120),
        ("c", 119),
        ("d", 89),
        ("d", 88),
        ("e", 100),
        ("e", 9),
    ]
    periods = {"now": june, "then": june.back(12), "long_ago": june.back(18)}
    summed = run(second_order.sums, shop_with(tmp_path, purchases), periods)
    whole = windows.totals(summed, periods)
    # a, b and e; a came back on the 90th day, e on the 91st; both spent 10 then
    assert whole.loc["now"].to_dict() == {
        "won_customers": 3,
        "second_order_customers": 1,
        "later_orders": 2,
        "later_net_sales": 20,
    }
    assert whole.loc["then"].tolist() == [0, 0, 0, 0]
    assert "long_ago" not in set(summed.period)


def test_a_period_of_which_not_every_day_is_told_has_no_rows(tmp_path):
    shop = shop_with(tmp_path, [BEGIN, ("a", 635), ("b", 600)])
    told = AS_OF - timedelta(days=635) + timedelta(days=90)
    later = Period(told, told + timedelta(days=60))
    sooner = Period(told - timedelta(days=1), told + timedelta(days=60))
    summed = run(second_order.sums, shop, {"later": later, "sooner": sooner})
    assert summed.groupby("period").won_customers.sum().to_dict() == {"later": 2}
    assert run(second_order.sums, shop, {"sooner": sooner}).needs.startswith("customers known to be new")


# --- on the demo shop ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo():
    shop = model.open_shop(DEMO)
    orders = history.orders(shop)
    frame = shop.orders.select("customer_id", "paid_at").to_pandas().dropna().sort_values("paid_at")
    frame["day"] = frame.paid_at.dt.normalize()
    each = frame.groupby("customer_id").day.agg(list)
    customers = pd.DataFrame({"first": each.str[0], "second": each.str[1]})
    customers["later"] = [next((d for d in days if d > days[0]), pd.NaT) for days in each]
    customers = customers.apply(pd.to_datetime)
    told = pd.Timestamp(history.told_from(shop))
    return shop, orders, customers[customers["first"] >= told]


def test_the_demo_shop_agrees_with_pandas_customer_by_customer(demo):
    shop, orders, customers = demo
    found = second_order.within(shop, orders)
    known = found[found.n.notna()]
    assert {"now", "before"} == set(known.when)
    for row in known.itertuples():
        won = customers[
            customers["first"].between(pd.Timestamp(row.window_from), pd.Timestamp(row.window_to))
        ]
        gap = (won[{"orders": "second", "days": "later"}[row.basis]] - won["first"]).dt.days
        assert (row.numerator, row.n) == ((gap <= row.days).sum(), len(won))
    by_day = known.set_index(["when", "basis", "days"]).value
    assert (by_day[:, "days"] <= by_day[:, "orders"]).all()


def test_the_demo_shops_time_to_a_second_order_is_that_of_scipy(demo):
    shop, orders, customers = demo
    gap = (customers.second - customers["first"]).dt.days
    waited = (pd.Timestamp(shop.as_of) - customers["first"]).dt.days
    data = stats.CensoredData(uncensored=gap.dropna().tolist(), right=waited[gap.isna()].tolist())
    expected = stats.ecdf(data).sf
    counts = second_order._durations(second_order._won(shop, orders), "gap_orders", shop.as_of)
    left = interval.survival(counts)
    at = dict(zip(expected.quantiles, expected.probabilities, strict=True))
    assert left.to_dict() == pytest.approx({day: at[day] for day in left.index})
    found = second_order.gaps(shop, orders).set_index(["measure", "basis"])
    assert found.value["no_second_order", "orders"] == pytest.approx(gap.isna().mean())
    assert found.n["median_days", "days"] == len(customers)


def test_sums_of_a_period_are_the_share_within_90_days_of_the_same_customers(demo):
    shop, orders, customers = demo
    when = Period(date(2026, 4, 1), shop.as_of)
    whole = windows.totals(second_order.sums(shop, orders, {"now": when}), {"now": when}).loc["now"]
    back = second_order.observed(when)
    won = customers[customers["first"].between(pd.Timestamp(back.start), pd.Timestamp(back.end))]
    gap = (won.second - won["first"]).dt.days
    assert whole[["won_customers", "second_order_customers"]].tolist() == [len(won), (gap <= 90).sum()]
    rows = shop.orders.select("customer_id", "net").to_pandas()
    later = rows[rows.customer_id.isin(won.index)]
    assert whole.later_orders == len(later) - len(won)
    assert 0 < whole.later_net_sales < later.net.sum()


# --- what a reader sees -------------------------------------------------------------------------------------


def said(frame_rows, median=nan, rules=RULES):
    year = Period(date(2023, 4, 3), date(2024, 4, 1))
    rows = [
        {"when": when}
        | shares.row(
            "second_order", year if when == "now" else year.back(12), hits, n, basis="orders", days=days
        )
        | dict(zip(["ci_low", "ci_high"], interval.wilson(hits, n, 0.95), strict=True))
        for when, days, hits, n in frame_rows
    ]
    gaps = [
        shares.row("median_days", year, None, None, basis="orders") | {"value": median},
        shares.row("no_second_order", year, 3, 4, basis="orders"),
    ]
    return second_order.sentence(shares.frame(rows, "when"), shares.frame(gaps), rules)


HEADLINE = (
    "Of the 400 customers won from 2023-04-03 to 2024-04-01, 25.0% ordered again within 90 days (95% "
    "interval 21.0% to 29.5%)."
)
BEFORE = "Of the 400 won a year before it was"
UNREACHED = (
    "Up to now 75.0% of all new customers have no second order, too many to say after how many days half of "
    "them have one."
)


def test_the_sentence_tells_a_difference_from_chance():
    clear = said([("now", 30, 1, 400), ("now", 90, 100, 400), ("before", 90, 140, 400)])
    assert clear == f"{HEADLINE} {BEFORE} 35.0%; the difference is more than chance explains. {UNREACHED}"
    chance = said([("now", 90, 100, 400), ("before", 90, 110, 400)])
    assert chance == f"{HEADLINE} {BEFORE} 27.5%; chance alone may explain the difference. {UNREACHED}"


def test_the_sentence_without_a_year_before_and_with_a_median():
    alone = said([("now", 90, 100, 400)], median=48)
    assert alone == (
        f"{HEADLINE} The data do not tell how it was a year before. Half of all new customers order again "
        "within 48 days; 75.0% have no second order up to now."
    )


def test_where_nobody_is_observed_for_90_days_the_longest_time_known_is_told():
    text = said([("now", 30, 0, 1), ("now", 60, 1, 1), ("now", 90, 0, 0)])
    assert text.startswith(
        "Of the 1 customer won from 2023-04-03 to 2024-04-01, 100.0% ordered again within 60 d"
    )


def test_each_column_has_a_label_and_only_known_rows_of_one_basis_are_shown(demo):
    shop, orders, _customers = demo
    found = second_order.within(shop, orders)
    shown = second_order.by(found, "days")
    assert set(shown.basis) == {"days"}
    assert shown.value.notna().all()
    assert len(shown) == found[found.basis == "days"].n.notna().sum()
    names = labels.of_columns()
    frame = shares.shown(shown)
    assert len({names[column] for column in frame.columns}) == len(frame.columns)
    assert ">New customers with a second order</td>" in table.show(frame)._repr_html_()
    assert set(second_order.gaps(shop, orders).measure) <= set(labels.of_codes()["measure"])
    text = second_order.sentence(found, second_order.gaps(shop, orders), RULES)
    assert "nan" not in text
    assert "{" not in text
