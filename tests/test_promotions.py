"""Promotions: the platform's sales and the shop's own, each beside the same one a year before."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from build import shop_of
from simulate import small_shop

from shopcrm_nb import history, promotions, workbook
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.period import Period

HEAD = "order_id customer_id paid_at paid refund\n"


def every(first, as_of, campaigns="", currency="CNY", **calendar):
    tables = {"campaigns": campaigns} if campaigns else {}
    shop = small_shop(HEAD + f"1 a {first} 5 0", as_of, {"calendar": calendar}, **tables)
    shop.settings.__dict__["currency"] = currency
    found = promotions.every(shop, date.fromisoformat(first))
    return [(row.promotion, str(row.start), str(row.end)) for row in found.itertuples()]


def compared(rows, as_of, own, **sections):
    """The promotions of ``own`` only, by name and start."""
    own = [{"name": name, "start": start, "end": end} for name, start, end in own]
    calendar = {"currency": "USD", "own": own}
    shop = small_shop(HEAD + rows, as_of, sections | {"calendar": calendar})
    found = promotions.every(shop, shop.first_day)
    found = promotions.compared(shop, history.orders(shop), found)
    return found if isinstance(found, NotComputed) else found.set_index(["promotion", "start"])


# --- which there are ----------------------------------------------------------------------------------------


def test_the_sales_of_the_platform_come_every_year_on_their_days_by_start():
    assert every("2023-06-20", "2024-06-01") == [
        ("618", "2023-06-01", "2023-06-20"),
        ("双11", "2023-11-01", "2023-11-11"),
        ("双12", "2023-12-10", "2023-12-12"),
        ("年货节", "2024-01-06", "2024-01-27"),
        ("618", "2024-06-01", "2024-06-20"),
    ]
    assert every("2023-06-21", "2023-10-31") == []


@pytest.mark.parametrize(
    ("new_year", "start", "end"),
    [
        ("2023-01-22", "2022-12-18", "2023-01-08"),
        ("2024-02-10", "2024-01-06", "2024-01-27"),
        ("2025-01-29", "2024-12-25", "2025-01-15"),
        ("2026-02-17", "2026-01-13", "2026-02-03"),
    ],
)
def test_the_new_year_sale_moves_with_the_lunar_new_year(new_year, start, end):
    assert ("年货节", start, end) in every(start, new_year)


def test_the_calendar_knows_the_lunar_new_year_of_22_years_each_between_21_january_and_20_february():
    rules = small_shop(HEAD + "1 a 2024-01-01 5 0").settings.rules.calendar
    assert [day.year for day in rules.new_years] == list(range(2014, 2036))
    assert all(date(day.year, 1, 21) <= day <= date(day.year, 2, 20) for day in rules.new_years)
    # the lunar year has 12 or 13 months of 29.53 days
    apart = {(b - a).days for a, b in zip(rules.new_years, rules.new_years[1:], strict=False)}
    assert apart <= {354, 355, 383, 384, 385}


def test_a_shop_in_another_currency_has_none_of_the_platforms_sales():
    assert every("2023-01-01", "2024-06-30", currency="USD") == []


def test_a_shops_own_promotions_and_its_campaigns_stand_beside_them():
    own = [{"name": "聚划算", "start": date(2024, 3, 12), "end": date(2024, 3, 14)}]
    campaigns = """
campaign_id name   start            end
1           spring 2024-03-12T08:00 2024-03-13T23:59
2           old    2020-01-01       2020-01-02
3           wrong  2024-03-05       2024-03-04
"""
    found = every("2024-03-01", "2024-04-30", campaigns, own=own)
    assert found == [("spring", "2024-03-12", "2024-03-13"), ("聚划算", "2024-03-12", "2024-03-14")]


def test_promotions_of_the_same_days_come_in_the_order_of_their_names():
    names = ["d", "a", "c", "b", "e", "g", "f"]
    own = [{"name": name, "start": date(2024, 3, 12), "end": date(2024, 3, 14)} for name in names]
    assert [name for name, *_ in every("2024-03-01", "2024-04-30", own=own)] == sorted(names)


def test_the_same_promotion_told_twice_is_one():
    own = [{"name": "spring", "start": date(2024, 3, 12), "end": date(2024, 3, 13)}]
    assert (
        len(
            every(
                "2024-03-01",
                "2024-04-30",
                "campaign_id name start end\n1 spring 2024-03-12 2024-03-13",
                own=own,
            )
        )
        == 1
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            '[[rules.calendar.own]]\nname = "x"\nstart = 2024-03-12\nend = 2024-03-11\n',
            "must not end before it starts",
        ),
        (
            '[rules.calendar]\nyearly = [{ name = "x", start = "02-29", end = "03-01" }]\n',
            "not a day of every year",
        ),
    ],
)
def test_days_that_cannot_be_are_refused_in_one_sentence(tmp_path, settings, said):
    with pytest.raises(ShopcrmError, match=said) as caught:
        shop_of(tmp_path, "order_id paid_at paid\n1 2024-06-01 5", settings=settings)
    assert "\n" not in str(caught.value)


# --- what they brought --------------------------------------------------------------------------------------

ROWS = """0 z 2022-01-01 1 0
1 ann 2023-03-10 10 0
2 ann 2023-03-11 20 0
3 bob 2024-03-10 30 0
4 ann 2024-03-12 40 10
5 ann 2024-03-12 5 0
6 - 2024-03-11 7 0
7 cat 2024-03-13 99 0
"""
OWN = [
    ("x", "2023-03-10", "2023-03-11"),
    ("x", "2024-03-10", "2024-03-12"),
    ("y", "2024-03-13", "2024-03-13"),
]


def test_a_promotion_beside_the_same_one_a_year_before_by_hand():
    found = compared(ROWS, "2024-06-30", OWN)
    assert found.index.get_level_values("promotion").tolist() == ["y", "x", "x"]
    now = found.loc["x", date(2024, 3, 10)]
    assert (now.end, now.days, now.orders, now.buyers) == (date(2024, 3, 12), 3, 4, 3)
    assert (now.net_sales, now.net_sales_per_day) == (72, 24)
    # ann bought more than 365 days before, so she and bob are new: 2 of 2 with a name
    assert now.new_buyer_share == 1
    assert (now.net_sales_before, now.change_share) == (30, pytest.approx(1.4))
    assert found.loc["y", date(2024, 3, 13)][["net_sales_before", "change_share"]].isna().all()
    assert found.loc["x", date(2023, 3, 10)].new_buyer_share == 1


def test_who_bought_in_the_year_before_is_no_new_buyer():
    found = compared(ROWS.replace("2023-03-11", "2023-03-14"), "2024-06-30", OWN)
    assert found.loc["x", date(2024, 3, 10)].new_buyer_share == 0.5


def test_the_share_of_new_buyers_is_unknown_while_the_history_is_short_or_nobody_has_a_name():
    short = compared(ROWS.replace("2022-01-01", "2022-03-12"), "2024-06-30", OWN)
    assert np.isnan(short.loc["x", date(2023, 3, 10)].new_buyer_share)
    assert short.loc["x", date(2024, 3, 10)].new_buyer_share == 1
    unnamed = compared("0 - 2022-01-01 1 0\n1 - 2024-03-10 5 0", "2024-06-30", OWN)
    assert unnamed.new_buyer_share.isna().all()


def test_a_promotion_that_is_still_running_counts_up_to_as_of_and_is_compared_with_nothing_yet():
    found = compared(ROWS, "2024-03-11", OWN).loc["x", date(2024, 3, 10)]
    assert (found.end, found.days, found.net_sales, found.net_sales_per_day) == (
        date(2024, 3, 11),
        2,
        37,
        18.5,
    )
    assert np.isnan(found.net_sales_before)
    assert np.isnan(found.change_share)
    last = compared(ROWS, "2024-03-12", OWN).loc["x", date(2024, 3, 10)]
    assert last.net_sales_before == 30


def test_a_promotion_of_which_the_data_miss_the_first_day_is_left_out_also_as_a_year_before():
    found = compared(ROWS.replace("0 z 2022-01-01 1 0\n1 ann 2023-03-10 10 0\n", ""), "2024-06-30", OWN)
    assert found.index.get_level_values("start").tolist() == [date(2024, 3, 13), date(2024, 3, 10)]
    assert found.net_sales_before.isna().all()


@pytest.mark.parametrize(
    ("before", "is_one"),
    [("2023-05-16", True), ("2023-05-17", False), ("2023-01-06", True), ("2023-01-05", False)],
)
def test_a_year_before_is_300_to_430_days_before(before, is_one):
    assert ((date(2024, 3, 11) - date.fromisoformat(before)).days in (300, 430)) == is_one
    rows = f"0 z 2022-01-01 1 0\n1 a {before} 10 0\n2 b 2024-03-11 30 0"
    found = compared(rows, "2024-06-30", [("x", before, before), ("x", "2024-03-11", "2024-03-11")])
    assert pd.notna(found.change_share.iloc[0]) == is_one


def test_of_several_a_year_before_the_nearest_to_a_year_counts():
    starts = ["2023-02-10", "2023-03-09", "2023-04-10", "2024-03-11"]
    rows = "\n".join(
        ["0 z 2022-01-01 1 0", *(f"{n + 1} c{n} {day} {10 + n} 0" for n, day in enumerate(starts))]
    )
    found = compared(rows, "2024-06-30", [("x", day, day) for day in starts])
    assert found.net_sales_before.iloc[0] == 11


def test_the_new_year_sale_is_compared_though_its_days_move():
    rows = "0 z 2021-01-01 1 0\n1 a 2023-01-01 10 0\n2 b 2024-01-20 30 0\n3 c 2024-12-31 60 0"
    shop = small_shop(HEAD + rows, "2025-02-28")
    found = promotions.compared(shop, history.orders(shop), promotions.every(shop, date(2021, 1, 1)))
    found = found[found.promotion == "年货节"]
    assert found.start.tolist()[:3] == [date(2024, 12, 25), date(2024, 1, 6), date(2022, 12, 18)]
    assert found.change_share.tolist()[:2] == [1, 2]


def test_a_year_before_without_sales_has_no_relative_change():
    found = compared(
        "0 z 2022-01-01 1 0\n1 a 2024-03-11 10 0",
        "2024-06-30",
        [("x", "2023-03-11", "2023-03-11"), ("x", "2024-03-11", "2024-03-11")],
    )
    assert found.net_sales_before.iloc[0] == 0
    assert np.isnan(found.change_share.iloc[0])


def test_without_a_promotion_it_is_said_how_to_name_one():
    found = compared(ROWS, "2024-06-30", [])
    assert "[rules.calendar]" in found.needs


def test_the_promotions_of_the_demo_shop_agree_with_pandas():
    shop = workbook.open_shop("demo")
    orders = history.orders(shop)
    found = promotions.compared(shop, orders, promotions.every(shop, shop.first_day))
    frame = orders.select("paid_on", "net", "key", "kind").to_pandas()
    frame["paid_on"] = pd.to_datetime(frame.paid_on)
    assert len(found) >= 4
    for row in found.itertuples():
        mine = frame[frame.paid_on.between(pd.Timestamp(row.start), pd.Timestamp(row.end))]
        assert (row.orders, row.buyers) == (len(mine), mine.key.nunique())
        assert row.net_sales == pytest.approx(mine.net.sum())
        told = mine[mine.kind != "no_buyer"]
        new = told[told.kind == "new"].key.nunique() / told.key.nunique() if len(told) else np.nan
        expected = np.nan if (mine.kind == "unknown").any() else new
        assert row.new_buyer_share == pytest.approx(expected, nan_ok=True)


# --- beside periods -----------------------------------------------------------------------------------------


def frame(*rows):
    return pd.DataFrame(
        [(name, date.fromisoformat(start), date.fromisoformat(end)) for name, start, end in rows],
        columns=promotions.COLUMNS,
    )


JUNE, MAY = (Period(date(2024, n, 1), date(2024, n, 30)) for n in (6, 5))


def test_a_promotion_of_which_one_day_lies_in_a_period_is_within_it_and_told_once():
    every = frame(
        ("a", "2024-05-30", "2024-06-01"),
        ("b", "2024-06-30", "2024-07-05"),
        ("a", "2024-06-09", "2024-06-09"),
    )
    assert promotions.within(every, JUNE) == ["a", "b"]
    assert promotions.within(every, MAY) == ["a"]
    assert promotions.within(every.head(0), MAY) == []


def test_what_only_one_of_two_periods_had_is_said():
    every = frame(
        ("both", "2024-05-01", "2024-06-30"),
        ("<b>618</b>", "2024-06-01", "2024-06-20"),
        ("五一", "2024-05-01", "2024-05-05"),
    )
    assert promotions.sentence(every, JUNE, MAY) == (
        "Only this period had <b>618</b>, which may explain a part of the difference. Only the period of the "
        "year before had 五一, which may explain a part of the difference."
    )
    assert promotions.sentence(every.head(1), JUNE, MAY) == ""


def test_html_in_a_name_is_text_on_the_page():
    every = frame(("<b>618</b>", "2024-06-01", "2024-06-20"))
    shown = workbook.say(promotions.sentence(every, JUNE, MAY))._repr_mimebundle_()["text/html"]
    assert "&lt;b&gt;618&lt;/b&gt;" in shown
    assert "<b>" not in shown


def test_promotions_of_one_name_stand_together_a_year_at_its_end_left_out_and_the_latest_is_told():
    days = {"618 2024": "2024-06-01", "大促": "2024-05-01", "618 2023": "2023-06-01", "双11": "2023-11-01"}
    compared = pd.DataFrame(
        {"promotion": list(days), "start": [date.fromisoformat(d) for d in days.values()]}
    )
    found = promotions.grouped(compared)
    assert found.promotion.tolist() == ["双11", "大促", "618 2023", "618 2024"]
    assert found.latest.tolist() == [True, True, False, True]
    assert list(found.columns) == ["promotion", "start", "latest"]
