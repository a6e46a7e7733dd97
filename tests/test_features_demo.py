"""Features of the demo shop, counted once more by pandas."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from persons import people_of

from shopcrm_nb import baskets, workbook

# --- on the demo shop, by pandas ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo():
    shop = workbook.open_shop("demo")
    people = people_of(shop).to_pandas()
    assert people.customer_id.is_unique and people.customer_id.notna().all()
    tables = {name: table.to_pandas() for name, table in shop.tables.items()}
    return shop, people.set_index("customer_id").sort_index(), tables, baskets.orders(shop).to_pandas()


def same(found, expected, atol=0.0):
    """Equal for everybody whom pandas finds, and empty for everybody else."""
    found = found.dropna()
    assert sorted(found.index) == sorted(expected.index)
    if atol:
        assert np.allclose(found.astype(float), expected.loc[found.index].astype(float), atol=atol)
    else:
        assert (found == expected.loc[found.index]).all()


def test_the_demos_people_are_those_of_all_its_tables(demo):
    shop, people, tables, _orders = demo
    end = pd.Timestamp(shop.as_of) + pd.Timedelta(days=1)
    rows = tables["orders"]
    seen = [rows[rows.paid_at.fillna(rows.created_at) < end].customer_id, tables["customers"].customer_id]
    if "members" in tables:
        seen.append(tables["members"].query("enrolled_at < @end").customer_id)
    if "events" in tables:
        seen.append(tables["events"].loc[lambda d: d["at"] < end].customer_id)
    assert set(people.index) == set(pd.concat(seen).dropna())


def test_the_demos_orders_and_money_by_pandas(demo):
    shop, people, _tables, orders = demo
    named, as_of = orders.dropna(subset=["customer_id"]), pd.Timestamp(shop.as_of)
    by = named.groupby("customer_id")
    buyers = people[people.orders > 0]
    same(buyers.orders, by.size())
    same(buyers.net_sales, by.net.sum().round(4), 1e-3)
    same(people.net_sales_per_order, by.net.mean(), 1e-3)
    same(people.first_order_on, by.paid_at.min().dt.normalize())
    same(people.last_order_on, by.paid_at.max().dt.normalize())
    same(people.recency_days, (as_of - by.paid_at.max().dt.normalize()).dt.days)
    for days in (30, 90, 365):
        inside = named[named.paid_at >= as_of - pd.Timedelta(days=days - 1)]
        same(people[f"orders_{days}d"].loc[lambda s: s > 0], inside.groupby("customer_id").size())
    inside = named[named.paid_at >= as_of - pd.Timedelta(days=364)].groupby("customer_id").net.sum()
    same(people.net_sales_365d.loc[lambda s: s > 0], inside, 1e-3)
    second = named.sort_values(["paid_at", "order_id"]).groupby("customer_id").paid_at.nth(1)
    second = pd.Series(second.values, index=named.loc[second.index].customer_id)
    gap = (second.dt.normalize() - by.paid_at.min().dt.normalize().loc[second.index]).dt.days
    same(people.second_order_days, gap)


def test_the_demos_refunds_and_unpaid_orders_by_pandas(demo):
    shop, people, tables, _orders = demo
    end = pd.Timestamp(shop.as_of) + pd.Timedelta(days=1)
    rows = tables["orders"].dropna(subset=["customer_id"])
    rows = rows[rows.paid_at.fillna(rows.created_at) < end]
    paid = rows[rows.paid_at.notna()]
    back = paid[paid.refund > 0].groupby("customer_id").size()
    same(people.refunded_orders.loc[lambda s: s > 0], back)
    sums = paid.groupby("customer_id")[["refund", "paid"]].sum().query("paid > 0")
    same(people.refund_share, sums.refund / sums.paid, 6e-5)
    closed = rows[rows.paid_at.isna() & (rows.status == "closed_unpaid")].groupby("customer_id").size()
    waits = rows[rows.paid_at.isna() & (rows.status != "closed_unpaid")].groupby("customer_id").size()
    same(people.closed_orders.loc[lambda s: s > 0], closed)
    same(people.unpaid_orders.loc[lambda s: s > 0], waits)
    assert len(closed) > 100


def test_the_demos_habits_by_pandas(demo):
    _shop, people, _tables, orders = demo
    named = orders.dropna(subset=["customer_id"]).sort_values(["paid_at", "order_id"])
    for name in ("hour_band", "weekday", "channel", "shop", "price_band", "discount_band"):
        last = named.dropna(subset=[name]).drop_duplicates("customer_id", keep="last")
        same(people[name], last.set_index("customer_id")[name])
    named = named.dropna(subset=["category"]).assign(n=lambda rows: range(len(rows)))
    counts = named.groupby(["customer_id", "category"]).n.agg(["size", "max"]).reset_index()
    most = counts.sort_values(["size", "max"]).drop_duplicates("customer_id", keep="last")
    same(people.category, most.set_index("customer_id").category)


def test_the_demos_first_and_last_products_and_means_by_pandas(demo):
    _shop, people, _tables, orders = demo
    named = orders.dropna(subset=["customer_id"]).sort_values(["paid_at", "order_id"])
    first = named.drop_duplicates("customer_id").set_index("customer_id")
    for kind, column in (("product", "product_id"), ("category", "category")):
        same(people[f"first_{kind}"], first[column].dropna())
        last = named.dropna(subset=[column]).drop_duplicates("customer_id", keep="last")
        same(people[f"last_{kind}"], last.set_index("customer_id")[column])
    by = named.groupby("customer_id")
    same(people.items_per_order, by["items"].mean().dropna(), 6e-5)
    same(people.price_per_item, by.price_per_item.mean().dropna(), 6e-5)
    same(people.discount_share, by.discount_share.mean().dropna(), 6e-5)
    new = (named.new_amount_share > 0.5).where(named.new_amount_share.notna())
    same(people.new_product_share, new.astype(float).groupby(named.customer_id).mean().dropna(), 6e-5)


def test_the_demos_places_by_pandas(demo):
    shop, people, tables, _orders = demo
    end = pd.Timestamp(shop.as_of) + pd.Timedelta(days=1)
    rows = tables["orders"].dropna(subset=["customer_id"])
    rows = rows[rows.paid_at.fillna(rows.created_at) < end].sort_values(["created_at", "order_id"])
    last = rows.dropna(subset=["province"])
    moments = last.groupby("customer_id").created_at.transform("max")
    alone = last[last.created_at == moments].groupby("customer_id").province.nunique() == 1
    place = last.drop_duplicates("customer_id", keep="last").set_index("customer_id").province[alone]
    if "province" in tables["customers"]:
        own = tables["customers"].dropna(subset=["province"]).set_index("customer_id").province
        place = own.combine_first(place)
    long = "(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|省|市)$"
    expected = place.str.replace(long, "", regex=True)
    found = people.province.loc[expected.index]
    chinese = ~expected.str.contains("[<A-Za-z]", regex=True)
    assert (found[chinese] == expected[chinese]).all() and chinese.sum() > 5000
    tiers = shop.settings.rules.cities.model_dump()
    known = people[people.city_tier.notna() & ~people.province.isin(["北京", "上海", "天津", "重庆"])]
    by_city = {city: tier for tier, cities in tiers.items() for city in cities}
    expected = known.city.str.replace("市$", "", regex=True).map(by_city).fillna("other_city")
    assert (known.city_tier == expected).all() and len(known) > 1000


def test_the_demos_customer_file_by_pandas(demo):
    shop, people, tables, _orders = demo
    file, as_of = tables["customers"].set_index("customer_id"), shop.as_of
    for name in ("gender", "occupation", "platform_level", "email_ok", "sms_ok", "blacklisted"):
        if name in file:
            same(people[name], file[name].dropna())
    if "birthday" in file:
        born = file.birthday.dropna().dt.date

        def years(day):
            return as_of.year - day.year - ((as_of.month, as_of.day) < (day.month, day.day))

        age = born.map(years)
        same(people.age.loc[born.index], age[age.between(10, 100)])


def test_the_demos_events_and_members_by_pandas(demo):
    shop, people, tables, _orders = demo
    if "events" not in tables:
        pytest.skip("the demo shop has no events")
    as_of = pd.Timestamp(shop.as_of)
    events = tables["events"].dropna(subset=["customer_id"])
    events = events.assign(on=events["at"].dt.normalize(), kind=events.type.str.lower())
    events = events[events.on <= as_of]
    windows = [("view", "views", 7), ("view", "views", 30), ("favourite", "favourites", 30)]
    windows += [("favourite", "favourites", 90), ("cart", "carts", 30), ("cart", "carts", 90)]
    for kind, name, days in windows:
        inside = events[(events.kind == kind) & (events.on > as_of - pd.Timedelta(days=days))]
        same(people[f"{name}_{days}d"].loc[lambda s: s > 0], inside.groupby("customer_id").size())
    same(people.last_seen_on, events.groupby("customer_id").on.max())
    members = tables["members"].loc[lambda d: d.enrolled_at.dt.normalize() <= as_of].set_index("customer_id")
    same(people.enrolled_on, members.enrolled_at.dt.normalize())
    same(people.tier, members.tier.dropna())
    assert people.member.sum() == len(members)


def test_the_demos_unpaid_carts_by_pandas(demo):
    shop, people, tables, _orders = demo
    if "events" not in tables:
        pytest.skip("the demo shop has no events")
    as_of = pd.Timestamp(shop.as_of)
    events = tables["events"].dropna(subset=["customer_id", "product_id"])
    carts = events[(events.type.str.lower() == "cart") & (events["at"].dt.normalize() <= as_of)]
    carts = carts[carts["at"].dt.normalize() > as_of - pd.Timedelta(days=30)]
    last = carts.groupby(["customer_id", "product_id"])["at"].max().dt.normalize().reset_index()
    orders = tables["orders"].dropna(subset=["customer_id", "paid_at"])
    orders = orders[orders.paid_at.dt.normalize() <= as_of]
    lines = tables["order_items"].merge(orders[["order_id", "customer_id", "paid_at"]], on="order_id")
    both = last.merge(lines, on=["customer_id", "product_id"], how="left")
    bought = both[both.paid_at.dt.normalize() >= both["at"]][["customer_id", "product_id"]].drop_duplicates()
    left = last.merge(bought, on=["customer_id", "product_id"], how="left", indicator=True)
    left = left[left["_merge"] == "left_only"].groupby("customer_id").size()
    same(people.cart_unpaid_30d.loc[lambda s: s > 0], left)
    assert len(left) > 100


def test_as_of_in_the_past_shows_the_demos_people_of_that_day(demo):
    _shop, _people, tables, _orders = demo
    day = dt.date(2025, 6, 30)
    earlier = workbook.open_shop("demo", day.isoformat())
    people = people_of(earlier).to_pandas().set_index("customer_id")
    assert (people.last_order_on.dropna() <= pd.Timestamp(day)).all()
    assert people.recency_days.min() == 0
    rows = tables["orders"].dropna(subset=["customer_id"])
    rows = rows[(rows.paid_at < "2025-07-01") & (rows.paid - rows.refund > 0)]
    assert people.orders.sum() == len(rows)
    assert people.views_30d.isna().all() or people.views_30d.sum() > 0
