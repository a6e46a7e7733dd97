"""Tags: who has which, what they bring and how fresh they are, by hand and by pandas."""

from functools import cache

import pandas as pd
import pytest
from build import rules_of
from persons import people_of, shop_in_memory

from shopcrm_nb import tag, workbook
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.rules import source_rules

ORDERS = """order_id customer_id paid_at paid refund
    1 a 2024-06-20_10:00 100 0
    2 a 2024-06-30_10:00 100 0
    3 b 2024-01-01_10:00 60 0
    4 c 2024-06-30_10:00 40 0
    5 c 2023-12-01_10:00 60 60"""
EVENTS = """customer_id at type product_id
    a 2024-06-24 view p
    d 2024-06-29 cart q
    d 2024-06-10 favourite q"""
CUSTOMERS = """customer_id gender
    a female
    b female
    c male
    d -"""


def tags_of(**tags):
    """The rules with no tags but these; a name that begins with basic_ or platform_ is of that section."""
    mine = source_rules().tags
    given = {
        section: dict.fromkeys(getattr(mine, section), "") for section in ("behaviour", "basic", "platform")
    }
    for name, sql in tags.items():
        section = next((s for s in ("basic", "platform") if name.startswith(f"{s}_")), "behaviour")
        given[section][name] = sql
    groups = dict.fromkeys(source_rules().groups, "")
    return rules_of(tags=given, groups=groups)


@cache
def tagged_by(**tags):
    shop = shop_in_memory(rules=tags_of(**tags), orders=ORDERS, events=EVENTS, customers=CUSTOMERS)
    return shop, tag.tagged(shop, people_of(shop))


TAGS = {
    "often": "orders >= 2",
    "lately": "views_7d > 0 OR orders_30d > 0",
    "young": "age < 30",
    "basic_sex": "gender",
    "spent": "CASE WHEN net_sales >= 60 THEN 'much' WHEN net_sales > 0 THEN 'little' END",
    "nobody": "orders > 99",
}


def value(tagged, customer, name):
    found = tagged.to_pandas().set_index("customer_id").loc[customer, name]
    return None if pd.isna(found) else found


# --- the tags of each person --------------------------------------------------------------------------------


def test_every_person_has_each_tag_beside_the_features():
    _shop, tagged = tagged_by(**TAGS)
    assert tagged.to_pandas().customer_id.tolist() == ["a", "b", "c", "d"]
    assert [value(tagged, who, "often") for who in "abcd"] == [True, False, False, False]
    assert [value(tagged, who, "lately") for who in "abcd"] == [True, False, True, False]
    assert [value(tagged, who, "spent") for who in "abcd"] == ["much", "much", "little", None]
    assert [value(tagged, who, "basic_sex") for who in "abcd"] == ["female", "female", "male", None]


def test_a_condition_that_is_null_is_neither_had_nor_not_had():
    _shop, tagged = tagged_by(fast="recency_days < 60", slow="NOT (recency_days < 60)")
    assert [value(tagged, who, "fast") for who in "abcd"] == [True, False, True, None]
    assert [value(tagged, who, "slow") for who in "abcd"] == [False, True, False, None]


def test_a_value_is_text_and_empty_text_is_no_value():
    _shop, tagged = tagged_by(number="orders * 1.5", day="last_order_on", none="coalesce(gender, '')")
    assert value(tagged, "a", "number") == "3.0"
    assert value(tagged, "a", "day") == "2024-06-30"
    assert value(tagged, "d", "none") is None


def test_a_tag_may_be_named_in_any_letters():
    _shop, tagged = tagged_by(**{"老客": "orders >= 2", "a-b": "gender"})
    assert value(tagged, "a", "老客") and value(tagged, "a", "a-b") == "female"


# --- the long table -----------------------------------------------------------------------------------------


def long_of(**tags):
    shop, tagged = tagged_by(**tags)
    frame = tag.long(shop, tagged).to_pandas().sort_values(["tag", "customer_id"]).reset_index(drop=True)
    return frame.astype(object).where(frame.notna(), None)


def test_the_long_table_has_a_row_for_each_tag_that_somebody_has():
    frame = long_of(**TAGS)
    assert frame.columns.tolist() == ["customer_id", "kind", "tag", "value", "seen_on"]
    rows = frame[["tag", "customer_id", "value"]].values.tolist()
    assert rows == [
        *[["basic_sex", "a", "female"], ["basic_sex", "b", "female"], ["basic_sex", "c", "male"]],
        *[["lately", "a", ""], ["lately", "c", ""], ["often", "a", ""]],
        *[["spent", "a", "much"], ["spent", "b", "much"], ["spent", "c", "little"]],
    ]
    assert frame.groupby("tag").kind.first().to_dict() == {
        **{"basic_sex": "basic", "lately": "behaviour", "often": "behaviour", "spent": "behaviour"}
    }


def test_a_tag_was_seen_on_the_last_day_of_what_it_rests_on():
    frame = long_of(**TAGS).set_index(["tag", "customer_id"]).seen_on
    assert frame["often", "a"] == pd.Timestamp(2024, 6, 30)
    assert frame["lately", "a"] == pd.Timestamp(2024, 6, 30)  # looked on the 24th, bought on the 30th
    assert frame["lately", "c"] == pd.Timestamp(2024, 6, 30)  # never looked
    assert frame["basic_sex", "a"] is None
    seen = long_of(looked="last_seen_on IS NOT NULL").set_index("customer_id").seen_on
    assert seen.to_dict() == {"a": pd.Timestamp(2024, 6, 24), "d": pd.Timestamp(2024, 6, 29)}


def test_a_shop_that_drops_every_tag_has_an_empty_table_and_no_counts():
    shop, tagged = tagged_by()
    assert tag.long(shop, tagged).count().execute() == 0
    assert tag.counts(shop, tagged).empty
    assert tag.overlap(shop, tagged).empty


def test_one_tag_alone_is_a_table_too():
    assert long_of(often="orders >= 2").customer_id.tolist() == ["a"]


# --- counts -------------------------------------------------------------------------------------------------


def test_counts_are_people_and_their_money_and_the_value_of_most():
    shop, tagged = tagged_by(**TAGS)
    frame = tag.counts(shop, tagged).set_index("tag")
    assert frame.columns.tolist() == [name for name in tag.COLUMNS if name != "tag"]
    # a brought 200, b 60, c 40 of 300
    assert frame.customers.drop("young").to_dict() == {
        **{"often": 1, "lately": 2, "basic_sex": 3, "spent": 3, "nobody": 0}
    }
    assert frame.customer_share[["often", "lately", "spent", "nobody"]].tolist() == [0.25, 0.5, 0.75, 0]
    assert frame.net_sales[["often", "lately", "spent", "nobody"]].tolist() == [200, 240, 300, 0]
    assert frame.sales_share[["often", "lately", "spent"]].tolist() == pytest.approx([2 / 3, 0.8, 1])
    assert frame.levels[["basic_sex", "spent"]].tolist() == [2, 2]
    assert frame.top_level[["basic_sex", "spent"]].tolist() == ["female", "much"]
    assert frame.levels[["often", "nobody"]].isna().all() and pd.isna(frame.top_level["often"])
    assert frame.rule["spent"].startswith("CASE WHEN net_sales >= 60")
    assert frame.kind["basic_sex"] == "basic"


def test_of_equally_frequent_values_the_first_by_name_is_shown():
    shop, tagged = tagged_by(who="CASE WHEN orders = 2 THEN 'z' WHEN gender = 'male' THEN 'y' END")
    assert tag.counts(shop, tagged).top_level.tolist() == ["y"]


def test_the_age_of_a_tag_is_that_of_half_of_its_people():
    shop, tagged = tagged_by(bought="orders > 0", sex="gender", looked="carts_30d > 0")
    ages = tag.counts(shop, tagged).set_index("tag").age_days
    assert ages["bought"] == 0  # 0, 0 and 181 days
    assert ages["looked"] == 1
    assert pd.isna(ages["sex"])


def test_a_tag_that_rests_on_what_the_shop_lacks_says_so_in_place_of_counts():
    shop, tagged = tagged_by(**TAGS)
    row = tag.counts(shop, tagged).set_index("tag").loc["young"]
    assert row.state == "not computed: needs customers.birthday"
    assert row[["customers", "customer_share", "net_sales", "sales_share", "age_days"]].isna().all()
    assert set(tag.counts(shop, tagged).set_index("tag").state.drop("young")) == {""}
    assert isinstance(tag.lacking(shop, ["often", "young"]), NotComputed)
    assert tag.lacking(shop, ["often", "gender"]) is None
    assert tag.lacking(shop, ["age"]).needs == "customers.birthday"


# --- pairs --------------------------------------------------------------------------------------------------


def test_pairs_of_tags_by_hand():
    shop, tagged = tagged_by(
        buyer_="orders > 0", woman="gender = 'female'", man="gender = 'male'", often="orders > 1"
    )
    frame = tag.overlap(shop, tagged).set_index(["tag", "other"])
    # of four people three bought, of whom two are women and one is a man; a woman bought twice
    assert frame.customers.to_dict() == {
        ("buyer_", "woman"): 2,
        ("buyer_", "man"): 1,
        ("buyer_", "often"): 1,
        ("woman", "often"): 1,
    }
    assert frame.share["buyer_", "woman"] == pytest.approx(2 / 3)
    assert frame.lift["buyer_", "woman"] == pytest.approx(2 * 4 / (3 * 2))
    assert frame.lift["woman", "often"] == pytest.approx(1 * 4 / (2 * 1))
    assert len(tag.overlap(shop, tagged, top_n=2)) == 2


def test_nothing_that_lacks_its_input_is_tagged():
    shop = shop_in_memory(orders="order_id paid_at paid\n1 2024-06-30 5")
    people = people_of(shop)
    assert isinstance(people, NotComputed)
    for found in (tag.tagged(shop, people), tag.counts(shop, people), tag.long(shop, people)):
        assert found.needs == "orders.customer_id"


# --- on the demo shop, by pandas ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo():
    shop = workbook.open_shop("demo")
    tagged = tag.tagged(shop, people_of(shop))
    return shop, tagged, tagged.to_pandas().set_index("customer_id")


def test_the_demos_tags_by_pandas(demo):
    _shop, _tagged, p = demo
    expected = {
        "viewed_7d": p.views_7d > 0,
        "favourite_30d": p.favourites_30d > 0,
        "cart_unpaid": p.cart_unpaid_30d > 0,
        "paid_30d": p.orders_30d > 0,
        "repurchased": p.orders >= 2,
        "silent": (p.orders > 0) & (p.recency_days > 180),
        "discount_lover": (p.orders >= 2) & (p.discount_share >= 0.2),
        "new_arrival_lover": (p.orders >= 2) & (p.new_product_share >= 0.3),
        "often_refunds": (p.refunded_orders >= 2) & (p.refund_share >= 0.5),
    }
    for name, who in expected.items():
        assert (p[name].fillna(False).astype(bool) == who).all(), name
        assert who.any(), name
    same = {"bought_last": "last_category", "price": "price_band", "sex": "gender", "home": "province"}
    same |= {"age_group": "age_band", "city_class": "city_tier", "shop_vip": "tier", "job": "occupation"}
    for name, feature in same.items():
        assert p[name].fillna("").equals(p[feature].fillna("")), name


def test_the_demos_counts_and_pairs_by_pandas(demo):
    shop, tagged, p = demo
    counts = tag.counts(shop, tagged).set_index("tag")
    for name in counts.index[counts.state == ""]:
        flag = p[name].dtype == "bool" or p[name].dropna().isin([True, False]).all()
        has = p[name].fillna(False).astype(bool) if flag else p[name].notna()
        assert counts.customers[name] == has.sum(), name
        assert counts.net_sales[name] == pytest.approx(p.net_sales[has].sum(), abs=0.01), name
        assert counts.customer_share[name] == pytest.approx(has.mean()), name
        if not flag:
            assert counts.levels[name] == p[name].nunique()
    for row in tag.overlap(shop, tagged).itertuples():
        a, b = (p[name].fillna(False).astype(bool) for name in (row.tag, row.other))
        assert row.customers == (a & b).sum()
        assert row.share == pytest.approx((a & b).sum() / a.sum())
        assert row.lift == pytest.approx((a & b).mean() / (a.mean() * b.mean()))


def test_the_demos_long_table_has_each_tag_as_often_as_it_is_counted(demo):
    shop, tagged, p = demo
    frame = tag.long(shop, tagged).to_pandas()
    counts = tag.counts(shop, tagged).set_index("tag")
    held = frame.tag.value_counts()
    assert {name: int(n) for name, n in counts.customers.items() if n} == held.to_dict()
    assert not frame.duplicated(["customer_id", "tag"]).any()
    assert frame.seen_on.max() <= pd.Timestamp(shop.as_of)
    silent = frame[frame.tag == "silent"].set_index("customer_id").seen_on
    assert (silent == p.last_order_on.loc[silent.index]).all()
