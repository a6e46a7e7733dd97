"""Profile: what customer and member files tell of each person, and where they live."""

import datetime as dt
from dataclasses import replace

import ibis
import pandas as pd
import pytest
from build import rules_of
from hypothesis import given, settings
from hypothesis import strategies as st
from persons import shop_in_memory

from shopcrm_nb import profile

ORDERS = "order_id customer_id paid_at paid\n1 a 2024-01-05 5\n2 a 2024-06-30 5"
FEW = settings(max_examples=20, deadline=None, derandomize=True)


def customers_of(text, as_of="2024-06-30", **sections):
    shop = shop_in_memory("2024-06-30", rules_of(**sections), orders=ORDERS, customers=text)
    found = profile.customers(shop_at(shop, as_of)).to_pandas().set_index("customer_id")
    return found.astype(object).where(found.notna(), None)


def shop_at(shop, as_of):
    """The same shop on any day, also one before its data."""
    return replace(shop, as_of=dt.date.fromisoformat(as_of))


def born(birthday, as_of="2024-06-30", **sections):
    """Age, its band and the days to the birthday of somebody."""
    row = customers_of(f"customer_id birthday\na {birthday}", as_of, **sections).loc["a"]
    return row.age, row.age_band, row.birthday_in_days


# --- age and birthday ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("birthday", "as_of", "age", "days"),
    [
        ("2000-06-30", "2024-06-30", 24, 0),  # the birthday itself
        ("2000-07-01", "2024-06-30", 23, 1),
        ("2000-06-29", "2024-06-30", 24, 364),
        ("2000-01-01", "2024-12-31", 24, 1),
        ("2000-12-31", "2024-01-01", 23, 365),  # a leap year
        ("2000-02-29", "2023-02-28", 22, 1),  # in other years on 1 March
        ("2000-02-29", "2023-03-01", 23, 0),
        ("2000-02-29", "2024-02-28", 23, 1),
        ("2000-02-29", "2024-02-29", 24, 0),
        ("2000-02-29", "2024-03-01", 24, 365),  # to 1 March 2025
        ("2000-02-29", "2023-03-02", 23, 364),  # to 29 February 2024
    ],
)
def test_age_is_in_whole_years_and_a_birthday_of_29_february_is_on_1_march_of_other_years(
    birthday, as_of, age, days
):
    assert born(birthday, as_of)[::2] == (age, days)


@pytest.mark.parametrize(
    ("birthday", "age"),
    [
        ("1900-01-01", None),
        ("1923-06-30", None),  # 101
        ("1923-07-01", 100),
        ("2014-06-30", 10),
        ("2014-07-01", None),
        ("2024-06-30", None),
        ("2050-01-01", None),
        ("-", None),
    ],
)
def test_an_age_that_forms_fill_in_by_themselves_is_not_known_and_neither_is_the_birthday(birthday, age):
    found = born(birthday)
    assert found[0] == age
    assert (found[1] is None) == (found[2] is None) == (age is None)


@pytest.mark.parametrize(
    ("given_age", "age"),
    [
        *[("34", 34), ("34.9", 34), ("9.9", None), ("10", 10), ("100", 100), ("101", None)],
        *[("0", None), ("-5", None), ("999", None), ("1e300", None), ("-", None)],
    ],
)
def test_an_age_as_given_is_whole_years_and_one_that_cannot_be_is_not_known(given_age, age):
    row = customers_of(f"customer_id age\na {given_age}").loc["a"]
    assert (row.age, row.birthday_in_days) == (age, None)


def test_the_birthday_counts_before_the_age_as_given_unless_it_is_a_forms():
    rows = "customer_id birthday age\na 1990-01-01 20\nb 1900-01-01 20\nc - 20\nd 1990-01-01 -\ne - -"
    found = customers_of(rows)
    assert found.age.tolist() == [34, 20, 20, 34, None]
    assert found.birthday_in_days.notna().tolist() == [True, False, False, True, False]


def test_age_bands_are_those_of_the_settings():
    assert born("2000-01-01")[:2] == (24, "18-24")
    assert born("2000-01-01", portrait={"ages": [20, 24]})[:2] == (24, "24+")
    assert born("2010-01-01")[:2] == (14, "<18")


def test_a_band_of_age_as_given_stands_where_no_age_is_known():
    rows = "customer_id age age_band\na 34 65+\nb - 65+\nc 999 19-24\nd - -"
    assert customers_of(rows).age_band.tolist() == ["30-34", "65+", "19-24", None]


@FEW
@given(
    st.lists(st.dates(dt.date(1900, 1, 1), dt.date(2024, 12, 31)), min_size=1, max_size=30),
    st.dates(dt.date(2000, 1, 1), dt.date(2040, 12, 31)),
)
def test_ages_and_birthdays_are_those_of_the_calendar(birthdays, as_of):
    rows = "customer_id birthday\n" + "\n".join(f"c{i:02} {day}" for i, day in enumerate(birthdays))
    found = customers_of(rows, as_of.isoformat()).sort_index()
    for (_, row), born_on in zip(found.iterrows(), birthdays, strict=True):

        def on(year, day=born_on):
            try:
                return day.replace(year=year)
            except ValueError:
                return dt.date(year, 3, 1)

        age = as_of.year - born_on.year - (on(as_of.year) > as_of)
        known = 10 <= age <= 100
        following = min(day for day in (on(as_of.year), on(as_of.year + 1)) if day >= as_of)
        assert row.age == (age if known else None)
        assert row.birthday_in_days == ((following - as_of).days if known else None)


# --- the rest of the customer file --------------------------------------------------------------------------


def test_what_the_customer_file_says_is_passed_on_and_what_it_lacks_is_null():
    rows = "customer_id gender occupation platform_level email_ok sms_ok blacklisted province city"
    rows += "\na female 教师 88VIP yes no no 浙江省 杭州市\nb - - - - - yes - -"
    found = customers_of(rows)
    names = [
        "gender",
        "occupation",
        "platform_level",
        "email_ok",
        "sms_ok",
        "blacklisted",
        "province",
        "city",
    ]
    assert found.loc["a", names].tolist() == [
        "female",
        "教师",
        "88VIP",
        True,
        False,
        False,
        "浙江省",
        "杭州市",
    ]
    assert found.loc["b", names].tolist() == [None] * 5 + [True, None, None]
    only = customers_of("customer_id\na")
    assert only.loc["a"].isna().all()


def test_no_hash_is_among_what_is_passed_on_and_nobody_without_an_id():
    rows = "customer_id gender email_hash mobile_hash\na f 1a2b 3c4d\n- m - -"
    found = customers_of(rows)
    assert found.index.tolist() == ["a"]
    assert "1a2b" not in found.to_string() and "3c4d" not in found.to_string()
    assert not {"email_hash", "mobile_hash"} & set(found.columns)


# --- members ------------------------------------------------------------------------------------------------


def test_a_member_is_who_had_joined_by_as_of_that_day_included():
    rows = (
        "customer_id enrolled_at tier points\na 2024-06-30_23:59 VIP 5\nb 2024-07-01_00:00 VIP 5\nc - VIP 5"
    )
    shop = shop_in_memory(orders=ORDERS, members=rows)
    found = profile.members(shop).to_pandas()
    assert found.values.tolist() == [["a", True, pd.Timestamp(2024, 6, 30), "VIP", 5]]


def test_a_members_file_without_tier_and_points_tells_who_is_a_member():
    shop = shop_in_memory(orders=ORDERS, members="customer_id enrolled_at\na 2024-01-01")
    found = profile.members(shop).to_pandas().iloc[0]
    assert found.member and pd.isna(found.tier) and pd.isna(found.points)


# --- places -------------------------------------------------------------------------------------------------

FULL_NAMES = {
    **{name: f"{name}市" for name in ("北京", "天津", "上海", "重庆")},
    "内蒙古": "内蒙古自治区",
    "广西": "广西壮族自治区",
    "西藏": "西藏自治区",
    "宁夏": "宁夏回族自治区",
    "新疆": "新疆维吾尔自治区",
    "香港": "香港特别行政区",
    "澳门": "澳门特别行政区",
}


def short(*names):
    table = ibis.memtable(pd.DataFrame({"i": range(len(names)), "p": pd.array(names, dtype="string")}))
    return table.mutate(short=profile.province(table.p)).order_by("i").to_pandas().short.tolist()


def test_every_province_of_china_is_known_in_its_long_and_its_short_form():
    assert len(set(profile.PROVINCES)) == 34
    long = [FULL_NAMES.get(name, f"{name}省") for name in profile.PROVINCES]
    assert short(*long) == list(profile.PROVINCES)
    assert short(*profile.PROVINCES) == list(profile.PROVINCES)


@pytest.mark.parametrize(
    "name",
    ["Bavaria", "Île-de-France", "京都府", "省", "市", "北京省市x", "<b>浙江省</b>", "", "深圳市", "=浙江省"],
)
def test_what_is_no_province_of_china_stays_as_it_is(name):
    assert short(name) == [name]


def test_blanks_around_a_province_do_not_hide_it():
    assert short(" 浙江省 ", "上海 市") == ["浙江", "上海 市"]


def tiers(rows, **cities):
    """The tier of each (province, city)."""
    shop = shop_in_memory(rules=rules_of(cities=cities), orders=ORDERS)
    frame = pd.DataFrame(rows, columns=["p", "c"]).assign(i=range(len(rows)))
    table = ibis.memtable(frame, schema={"p": "string", "c": "string", "i": "int64"})
    found = table.mutate(t=profile.city_tier(table.p, table.c, shop)).order_by("i").to_pandas().t
    return [None if pd.isna(tier) else tier for tier in found]


def test_the_tier_of_a_city_by_the_lists_of_the_settings():
    rows = [
        *[("广东", "广州"), ("广东", "广州市"), ("浙江", "杭州市"), ("浙江", "温州"), ("浙江", "丽水市")],
        *[("浙江", None), ("上海", "浦东新区"), ("上海", None), ("重庆", "万州区"), ("天津", "天津市")],
    ]
    assert tiers(rows) == [
        *["tier_1", "tier_1", "new_tier_1", "tier_2", "other_city"],
        *[None, "tier_1", "tier_1", "new_tier_1", "new_tier_1"],
    ]
    assert tiers([("浙江", "丽水市")], tier_1=["丽水"]) == ["tier_1"]


def test_a_city_outside_china_has_no_tier_and_one_of_an_unknown_province_only_if_it_is_listed():
    rows = [("Bavaria", "München"), ("Bavaria", "北京"), (None, "杭州市"), (None, "丽水"), (None, "Paris")]
    assert tiers([*rows, (None, None)]) == [None, None, "new_tier_1", None, None, None]


def test_no_city_stands_in_two_tiers():
    lists = [city for cities in rules_of().cities.model_dump().values() for city in cities]
    assert len(lists) == len(set(lists)) and not any(city.endswith("市") for city in lists)
