"""First order: who is new and watched in full, who of them is good, and what their first order was."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from simulate import shop_in_memory, small_shop

from shopcrm_nb import baskets, first_order, labels, lift, occasion, table, workbook
from shopcrm_nb.absent import NotComputed

AS_OF = date(2024, 6, 30)
HEAD = "order_id customer_id paid_at paid\n"
RULES = {"history": {"lookback_days": 30}, "first_order": {"horizon_days": 30, "min_customers": 2}}


def ago(days):
    return (AS_OF - timedelta(days=days)).isoformat()


def shop_with(purchases, rules=RULES, **more):
    """A shop with an order for each (customer, days before as_of, paid); the data begin 100 days before it.

    So customers are told to be new from 70 days before on, and watched in full up to 30 days before.
    """
    rows = [f"{n:03} {who} {ago(days)} {paid}" for n, (who, days, paid) in enumerate(purchases)]
    return small_shop(
        HEAD + "\n".join([f"x old {ago(100)} 1", *rows, f"z - {AS_OF} 1"]), sections=rules, **more
    )


def customers_of(shop):
    return first_order.customers(shop, baskets.orders(shop))


def frame_of(shop):
    return customers_of(shop).to_pandas().set_index("customer_id").sort_index()


def good_of(purchases, **more):
    found = frame_of(shop_with(purchases, **more))
    return {
        cohort: found.index[found.good & (found.cohort == cohort)].tolist() for cohort in first_order.COHORTS
    }


# --- who --------------------------------------------------------------------------------------------------


def test_only_customers_told_to_be_new_and_watched_in_full_are_there():
    purchases = [("a", 71, 5), ("b", 70, 5), ("c", 30, 5), ("d", 29, 5), ("old", 50, 5)]
    assert frame_of(shop_with(purchases)).index.tolist() == ["b", "c"]


def test_what_came_later_counts_up_to_the_last_day_of_the_horizon_and_never_the_first_order():
    purchases = [
        *[
            ("a", 70, 1000),
            ("a", 41, 1),
            ("a", 40, 2),
            ("a", 39, 4),
        ],  # 30 days after 70 days ago: 40 days ago
        *[("b", 60, 8), ("b", 60, 16)],  # twice on one day: the first by id is the first
        ("c", 60, 50),
    ]
    found = frame_of(shop_with(purchases))
    assert found.later_orders.to_dict() == {"a": 2, "b": 1, "c": 0}
    assert found.later_net_sales.to_dict() == {"a": 3.0, "b": 16.0, "c": 0.0}


def test_a_refunded_first_order_is_none_and_refunds_lower_what_came_later():
    orders = f"""order_id customer_id paid_at paid refund
        x old {ago(100)} 1 0
        1 a {ago(65)} 10 10
        2 a {ago(60)} 10 0
        3 a {ago(55)} 10 4
        z - {AS_OF} 1 0"""
    found = frame_of(small_shop(orders, sections=RULES)).loc["a"]
    assert [found.first_on.date(), found.later_orders] == [date.fromisoformat(ago(60)), 1]
    assert found.later_net_sales == 6


def test_halves_are_as_equal_as_they_can_be_without_parting_a_day():
    purchases = [(f"a{n}", 70, 1) for n in range(2)] + [(f"b{n}", 60, 1) for n in range(5)] + [("c", 50, 1)]
    found = frame_of(shop_with(purchases)).cohort
    # 2 and 6, or 7 and 1: the first is nearer to 4 and 4
    assert found.groupby(found).groups.keys() == {"earlier", "later"}
    assert found.index[found == "earlier"].tolist() == ["a0", "a1"]


def test_where_all_came_on_one_day_there_is_no_later_half():
    shop = shop_with([("a", 50, 1), ("b", 50, 1)])
    assert frame_of(shop).cohort.tolist() == ["earlier", "earlier"]
    assert first_order.cohorts(customers_of(shop), shop.settings.rules).half.tolist() == ["earlier"]


def test_without_anybody_to_watch_it_says_what_is_lacking():
    shop = shop_with([("a", 20, 1)])
    found = customers_of(shop)
    assert found == NotComputed("customers known to be new, and 30 days of orders after their first one")
    assert first_order.drivers(shop, found) == found


def test_without_buyers_it_is_not_computed():
    shop = small_shop(f"order_id paid_at paid\n1 {AS_OF} 5")
    assert customers_of(shop).needs == "orders.customer_id"


# --- who is good ------------------------------------------------------------------------------------------


def test_the_best_tenth_of_each_half_is_good_rounded_up_and_by_its_own_threshold():
    # 11 customers a half: a tenth is 1.1, so two are good; the later half spends ten times as much
    early = [(f"a{n:02}", 70, 9) for n in range(11)] + [(f"a{n:02}", 60, n + 1) for n in range(11)]
    late = [(f"b{n:02}", 50, 9) for n in range(11)] + [(f"b{n:02}", 40, 10 * n + 10) for n in range(11)]
    assert good_of(early + late) == {"earlier": ["a09", "a10"], "later": ["b09", "b10"]}


def test_customers_who_spent_alike_stay_together():
    spent = [7, 5, 5, 5, 1, 1, 1, 1, 1, 1, 1]  # the second best has 5, as have two others
    early = [(f"a{n:02}", 70, 9) for n in range(11)] + [
        (f"a{n:02}", 60, paid) for n, paid in enumerate(spent)
    ]
    assert good_of([*early, ("b", 50, 1)])["earlier"] == ["a00", "a01", "a02", "a03"]


def test_a_tenth_of_thirty_are_three_and_not_four():
    early = [(f"a{n:02}", 70, 9) for n in range(30)] + [(f"a{n:02}", 60, n + 1) for n in range(30)]
    late = [(f"b{n:02}", 50, 9) for n in range(30)]
    assert good_of(early + late)["earlier"] == ["a27", "a28", "a29"]


def test_where_fewer_than_a_tenth_bought_again_all_who_did_are_good_and_it_says_so():
    early = [(f"a{n:02}", 70, 9) for n in range(11)] + [("a03", 60, 2)]
    shop = shop_with([*early, ("b", 50, 1)])
    found = first_order.cohorts(customers_of(shop), shop.settings.rules).set_index("half")
    assert found.good_rule.to_dict() == {"earlier": "all_again", "later": "all_again"}
    assert found.good_customers.to_dict() == {"earlier": 1, "later": 0}
    assert found.least_net_sales["earlier"] == 2
    assert pd.isna(found.least_net_sales["later"])
    text = first_order.sentence(found.reset_index(), shop.settings.rules, "CNY")
    assert text == (
        f"Of the 11 new customers of {ago(70)} to {ago(70)}, only 1 bought again within 30 days, fewer than "
        f"10%; all of these are called good. Of the 1 new customers of {ago(50)} to {ago(50)}, none bought "
        "again within 30 days."
    )


def test_the_cohorts_tell_what_they_rest_on():
    early = [(f"a{n:02}", 70 - n, 9) for n in range(11)] + [(f"a{n:02}", 55, n) for n in range(1, 11)]
    shop = shop_with(early + [(f"b{n:02}", 50, 9) for n in range(11)])
    found = first_order.cohorts(customers_of(shop), shop.settings.rules)
    row = found.iloc[0]
    assert [row.first_from.isoformat(), row.first_to.isoformat()] == [ago(70), ago(60)]
    assert [row.customers, row.again_customers, row.good_customers] == [11, 10, 2]
    assert [row.good_share, row.least_net_sales, row.good_rule] == [2 / 11, 9, "top"]
    text = first_order.sentence(found, shop.settings.rules, "CNY")
    assert (
        "the 2 who spent most in the 30 days after their first order (10%; ¥9 and more) are called good."
        in text
    )
    later = found.iloc[1]
    last = f"{later.first_from.isoformat()} to {later.first_to.isoformat()}"
    both = first_order.sentence(found.assign(good_rule="top", good_customers=2), shop.settings.rules, "CNY")
    assert f"Likewise the 2 of the {later.customers} of {last}" in both
    assert set(found.columns) <= set(labels.of_columns())
    shown = table.show(found, "CNY")._repr_html_()
    assert [text in shown for text in (ago(70), "the earlier half", "those who spent most")] == [True] * 3
    assert first_order.figures(found) == {"first_order.customers": 22, "first_order.good_customers": 2}


# --- what the first order was -------------------------------------------------------------------------------

WIDE = f"""order_id customer_id paid_at paid province city channel shop coupon_id quantity
    x old {ago(100)} 1 - - - - - -
    1 a {ago(70)}T09:30:00 40 浙江省 杭州市 app main - -
    2 a {ago(60)}T10:00:00 90 广东省 广州市 web main - -
    3 b {ago(50)}T21:00:00 30 上海 上海市 app main k1 -
    4 c {ago(50)}T23:59:00 20 - - - main k2 -
    5 d {ago(45)} 20 Bavaria Munich app main k9 -
    6 e {ago(40)} 20 湖北省 宜昌市 app main - -
    z - {AS_OF} 1 - - - - - -"""
LINES = """order_id product_id quantity amount title category list_price
    1 p1 1 15 Coat coat 30
    1 p2 2 25 Hat hat 50
    2 p3 1 90 Boots boots 90
    3 p1 1 30 Coat coat 30
    4 p4 7 20 - - -"""
CAMPAIGNS = f"""campaign_id name start end
    c1 Spring2024 {ago(52)} {ago(48)}
    c2 May {ago(50)} {ago(50)}
    c3 June {ago(45)} {ago(44)}
    c4 Never {ago(300)} {ago(290)}"""
COUPONS = f"""coupon_id customer_id campaign_id granted_at order_id
    k1 b c4 {ago(55)} -
    k2 c - {ago(55)} -
    k8 e zz {ago(55)} 6"""


def firsts(**tables):
    return frame_of(small_shop(WIDE, sections=RULES, **tables))


def test_the_first_order_is_described_by_itself_and_by_none_that_came_later():
    found = firsts(order_items=LINES)
    a = found.loc["a"]
    assert [a["product"], a.category, a["items"], a.discount_band] == ["p2", "hat", "3", "50%+"]
    assert [a.province, a.city_tier, a.channel, a["shop"]] == ["浙江", "new_tier_1", "app", "main"]
    assert a.hour_band == "9-11"
    assert a.weekday == str(date.fromisoformat(ago(70)).isoweekday())
    assert found["items"].fillna("").to_dict() == {"a": "3", "b": "1", "c": "6+", "d": "", "e": ""}
    assert found.category.fillna("").to_dict() == {"a": "hat", "b": "coat", "c": "", "d": "", "e": ""}


def test_places_are_those_of_the_first_order_in_their_short_form():
    found = firsts(customers="customer_id province city\na 四川省 成都市")
    tiers = {"a": "new_tier_1", "b": "tier_1", "c": "", "d": "", "e": "other_city"}
    assert found.province.fillna("").to_dict() == {
        "a": "浙江",
        "b": "上海",
        "c": "",
        "d": "Bavaria",
        "e": "湖北",
    }
    assert found.city_tier.fillna("").to_dict() == tiers


def test_of_two_orders_of_one_moment_the_first_by_id_is_the_first():
    orders = f"""order_id customer_id paid_at paid province
        x old {ago(100)} 1 -
        2 a {ago(60)} 40 Later
        1 a {ago(60)} 30 First
        z - {AS_OF} 1 -"""
    found = frame_of(small_shop(orders, sections=RULES)).loc["a"]
    assert [found.province, found.later_net_sales] == ["First", 40]


def test_the_campaign_is_that_of_the_day_the_last_begun_of_several_or_none():
    found = firsts(campaigns=CAMPAIGNS)
    # 50 days ago two went on; a date at the end of a name is left out
    assert found.campaign.to_dict() == {"a": "none", "b": "May", "c": "May", "d": "June", "e": "none"}
    spring = CAMPAIGNS.replace(f"c2 May {ago(50)} {ago(50)}", f"c2 May {ago(53)} {ago(50)}")
    assert firsts(campaigns=spring).campaign["b"] == "Spring"


def test_the_campaign_of_a_coupon_goes_before_that_of_the_day():
    found = firsts(campaigns=CAMPAIGNS, coupons=COUPONS)
    # b: by the coupon of the order; c: a coupon without campaign; e: by the order that the coupon names
    assert found.campaign.to_dict() == {"a": "none", "b": "Never", "c": "May", "d": "June", "e": "zz"}


def test_coupons_alone_tell_of_campaigns_and_coupons_without_campaigns_of_none():
    found = firsts(coupons=COUPONS)
    assert found.campaign.to_dict() == {"a": "none", "b": "c4", "c": "none", "d": "none", "e": "zz"}
    without = COUPONS.replace(" c4 ", " - ").replace(" zz ", " - ")
    assert firsts(coupons=without).campaign.isna().all()
    assert firsts().campaign.isna().all()


def test_the_sale_is_the_platforms_or_the_shops_own_and_no_campaign():
    own = RULES | {"calendar": {"own": [{"name": "Our day 2024", "start": ago(50), "end": ago(50)}]}}
    shop = small_shop(WIDE, sections=own, campaigns=CAMPAIGNS)
    found = frame_of(shop)
    assert found["sale"].to_dict() == {"a": "none", "b": "Our day", "c": "Our day", "d": "none", "e": "none"}
    assert found.campaign["b"] == "May"
    june = HEAD + "x old 2024-01-01 1\n1 a 2024-06-01 2\n2 b 2024-05-31 2\nz - 2024-07-30 1"
    in_618 = small_shop(june, "2024-07-30", RULES)
    assert frame_of(in_618)["sale"].to_dict() == {"a": "618", "b": "none"}


def test_a_shop_that_knows_of_no_sale_has_none_to_tell():
    rules = RULES | {"calendar": {"currency": "USD"}}
    assert frame_of(small_shop(WIDE, sections=rules))["sale"].isna().all()


def test_orders_alone_are_enough():
    shop = shop_with([(f"a{n}", 70 - n, 5) for n in range(9)])
    found = first_order.counts(customers_of(shop), shop.settings.rules)
    assert set(found.dimension) == {"weekday", "sale"}


# --- counted ------------------------------------------------------------------------------------------------


def test_unknown_is_a_level_and_what_is_not_known_of_anybody_no_dimension():
    shop = small_shop(WIDE, sections=RULES, order_items=LINES)
    found = first_order.counts(customers_of(shop), shop.settings.rules)
    assert found.columns.tolist() == ["dimension", "level", *lift.COUNTS]
    assert "campaign" not in set(found.dimension)
    province = found[found.dimension == "province"].set_index("level")
    assert province.customers.to_dict() == {"unknown": 1, "Bavaria": 0, "上海": 1, "浙江": 1, "湖北": 0}
    assert province.later_customers.to_dict() == {"unknown": 0, "Bavaria": 1, "上海": 0, "浙江": 0, "湖北": 1}


def test_beyond_the_largest_levels_all_are_other_and_each_dimension_counts_everybody():
    places = [f"p{min(n, 24 - n):02}" for n in range(24)]  # p00 and p12 once, the others twice
    places += ["-"] * 4  # more than of any place, and none of the largest
    rows = "\n".join(f"{n} c{n:02} {ago(70 - n)} 5 {place}" for n, place in enumerate(places))
    rules = RULES | {"portrait": {"levels": 11}}
    shop = small_shop(
        f"{HEAD.strip()} province\nx old {ago(100)} 1 -\n{rows}\nz - {AS_OF} 1 -", sections=rules
    )
    found = first_order.counts(customers_of(shop), shop.settings.rules)
    province = found[found.dimension == "province"].set_index("level")
    whole = province.customers + province.later_customers
    assert whole.to_dict() == {f"p{n:02}": 2 for n in range(1, 12)} | {"other": 2, "unknown": 4}
    assert (found.groupby("dimension")[["customers", "later_customers"]].sum() == [14, 14]).all(axis=None)


def by_pandas(shop):
    """The counts anew from the loaded orders, in pandas."""
    rules = shop.settings.rules.first_order
    orders = shop.orders.to_pandas()
    orders = orders[orders.customer_id.notna()].sort_values(["paid_at", "order_id"], kind="stable")
    day = orders.paid_at.dt.normalize()
    first = orders.groupby("customer_id").paid_at.transform("first").dt.normalize()
    begin = orders.paid_at.min().normalize() + pd.Timedelta(days=shop.settings.rules.history.lookback_days)
    horizon = pd.Timedelta(days=rules.horizon_days)
    place = orders.groupby("customer_id").cumcount()
    later = (
        orders.net.where((place > 0) & (day <= first + horizon)).groupby(orders.customer_id).sum().round(4)
    )
    each = (
        orders[place == 0].set_index("customer_id").assign(later=later, first_on=day[place == 0].to_numpy())
    )
    each = each[(each.first_on >= begin) & (each.first_on <= pd.Timestamp(shop.as_of) - horizon)]
    sizes = each.groupby("first_on").size().cumsum()
    split = (sizes * 2 - len(each)).abs().idxmin()
    each["late"] = each.first_on > split
    cut = {
        late: part.later.nlargest(int(np.ceil(len(part) / 10))).min() for late, part in each.groupby("late")
    }
    return each.assign(good=(each.later > 0) & (each.later >= each["late"].map(cut)))


@pytest.fixture(scope="module")
def demo():
    shop = workbook.open_shop("demo")
    return shop, customers_of(shop)


def test_the_demos_customers_and_counts_are_those_that_pandas_finds(demo):
    shop, customers = demo
    found, each = customers.to_pandas().set_index("customer_id").sort_index(), by_pandas(shop).sort_index()
    assert found.index.tolist() == each.index.tolist()
    assert len(found) > 1000
    assert (found.cohort == "later").tolist() == each["late"].tolist()
    assert found.later_net_sales.tolist() == pytest.approx(each.later.tolist(), abs=1e-3)
    assert found.good.tolist() == each["good"].tolist()
    counts = first_order.counts(customers, shop.settings.rules).set_index(["dimension", "level"])
    hours = each.paid_at.dt.hour.between(20, 21)
    assert counts.loc[("hour_band", "20-21")].tolist() == [
        (hours & ~each["late"]).sum(),
        (hours & ~each["late"] & each["good"]).sum(),
        (hours & each["late"]).sum(),
        (hours & each["late"] & each["good"]).sum(),
    ]
    weekdays = (each.paid_at.dt.day_of_week + 1).astype(str)[~each["late"]].value_counts()
    assert counts.loc["weekday"].customers.to_dict() == weekdays.to_dict()


def test_the_demos_drivers_can_be_read_and_products_have_titles(demo):
    shop, customers = demo
    drivers = first_order.drivers(shop, customers)
    assert drivers.columns.tolist() == ["dimension", "level", "title", *lift.COLUMNS[2:]]
    named = drivers.dimension == "product"
    assert drivers.title.notna().tolist() == (named & ~drivers.level.isin(["other", "unknown"])).tolist()
    assert set(drivers.dimension) <= set(first_order.DIMENSIONS)
    assert (
        not table.show(lift.shown(lift.clearest(drivers, shop.settings.rules)), "CNY")
        .frame.isna()
        .any(axis=None)
    )


# --- from end to end ----------------------------------------------------------------------------------------


def planted(seed=5, n=4000):
    """A shop in which first coats go with good customers throughout, first hats only among the earlier."""
    random = np.random.default_rng(seed)
    category = random.choice(["coat", "hat", "boots", "scarf", "dress"], n)
    day = np.sort(random.integers(0, 400, n))
    loyal = np.where(category == "coat", 0.24, 0.06)
    loyal = np.where((category == "hat") & (day < 200), 0.24, loyal)
    again = random.random(n) < loyal
    first = pd.DataFrame({"who": np.arange(n), "day": day + 365, "paid": 100.0, "category": category})
    later = first[again].assign(
        day=first.day + random.integers(1, 364, n), paid=random.uniform(200, 900, again.sum()).round(2)
    )
    old = pd.DataFrame({"who": [-1], "day": [0], "paid": [5.0], "category": ["coat"]})
    last = old.assign(day=364 + 400 + 365, who=-2)
    rows = pd.concat([old, first, later, last], ignore_index=True)
    orders = pd.DataFrame(
        {
            "order_id": [f"o{n}" for n in rows.index],
            "customer_id": "c" + rows.who.astype(str),
            "paid_at": pd.Timestamp("2021-01-01 12:00") + pd.to_timedelta(rows.day, unit="D"),
            "paid": rows.paid,
        }
    )
    lines = pd.DataFrame(
        {"order_id": orders.order_id, "product_id": rows.category, "category": rows.category}
    )
    lines = lines.assign(quantity=1.0, amount=rows.paid)
    as_of = orders.paid_at.max().date()
    return shop_in_memory({"orders": orders, "order_items": lines}, as_of)


def test_a_driver_that_stays_holds_and_one_that_fades_is_reported_as_not_confirmed():
    shop = planted()
    drivers = first_order.drivers(shop, customers_of(shop)).set_index(["dimension", "level"])
    assert drivers.loc[("category", "coat")].driver_state == "holds"
    assert drivers.loc[("category", "hat")].driver_state == "not_confirmed"
    assert drivers.loc[("category", "coat")].later_lift > 1.8
    found = lift.found(drivers.reset_index())
    assert set(found.dimension) <= {"category", "product"}  # the category is the product here


def test_the_order_of_the_rows_changes_nothing():
    purchases = [(f"a{n % 7}", 70 - 3 * n, 5 + n % 4) for n in range(13)]
    lines = [f"{n:03} {who} {ago(days)} {paid}" for n, (who, days, paid) in enumerate(purchases)]
    lines += [f"x old {ago(100)} 1", f"z - {AS_OF} 1"]
    found = []
    for each in (lines, lines[5:] + lines[4::-1]):
        shop = small_shop(HEAD + "\n".join(each), sections=RULES)
        found.append(first_order.drivers(shop, customers_of(shop)))
    pd.testing.assert_frame_equal(*found)


def test_orders_after_as_of_change_nothing():
    purchases = [("a", 60, 5), ("a", 55, 7), ("b", 50, 5), ("b", 41, 9)]
    before = frame_of(shop_with(purchases))
    rows = [f"{n:03} {who} {ago(days)} {paid}" for n, (who, days, paid) in enumerate(purchases)]
    text = HEAD + "\n".join(
        [f"x old {ago(100)} 1", *rows, f"z - {AS_OF} 1", f"y b {ago(-1)} 99", f"v n {ago(-9)} 5"]
    )
    after = frame_of(small_shop(text, sections=RULES, as_of=AS_OF.isoformat()))
    pd.testing.assert_frame_equal(before, after)


def test_a_name_that_is_only_a_date_keeps_it():
    assert [occasion._undated(name) for name in ("Sale 2024", "2024", "618-2025年6月")] == [
        "Sale",
        "2024",
        "618",
    ]
