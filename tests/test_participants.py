"""Participants: who bought in a campaign, how they stood the day before, and in what they differ."""

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd
import pytest
from build import WORKBOOK, rules_of
from hypothesis import given, settings
from hypothesis import strategies as st
from persons import AS_OF, shop_in_memory

from shopcrm_nb import (
    attribution,
    baskets,
    campaign,
    chart_portrait,
    earlier,
    features,
    history,
    model,
    participants,
    segment,
    table,
    telling,
)
from shopcrm_nb.absent import NotComputed

FEW = {"portrait": {"min_customers": 2, "min_level": 1}}
CAMPAIGNS = "campaign_id name start end\nx June 2024-06-10 2024-06-12"
KEYS = ["dimension", "level"]


def in_memory(orders, as_of=AS_OF, rules=None, **tables):
    return shop_in_memory(as_of, rules_of(**(rules or {})), orders=orders, **tables)


def claimed_of(shop):
    every, orders = campaign.every(shop), history.orders(shop)
    claims = attribution.claims(shop, orders, every)
    return every, attribution.orders(orders, claims)


def took_of(shop, campaign_id="x"):
    every, claimed = claimed_of(shop)
    return participants.took(shop, every, claimed, campaign_id)


def beside_of(shop, campaign_id="x"):
    return participants.beside(took_of(shop, campaign_id), shop.settings.rules.portrait).set_index(KEYS)


# --- how customers stood on a day ---------------------------------------------------------------------------

BEST = "\n".join(f"b{n} best 2024-06-0{n} 900 0" for n in range(1, 7))
ORDERS = f"""order_id customer_id paid_at paid refund
0 slept 2022-06-01 50 0
{BEST}
10 small 2024-06-09T23:59:59 5 0
11 twice 2024-06-08 5 0
12 twice 2024-06-10 5000 0
13 back 2024-06-01 70 70
14 back 2024-06-11 70 0
15 first 2024-06-10T00:00:00 30 0
16 later 2024-06-12T23:59:59 30 0
17 after 2024-06-13 30 0
18 - 2024-06-11 40 0
19 slept 2024-06-20 20 0
20 best 2024-06-12 100 25"""


def standing_of(shop, day):
    found = earlier.standing(shop, dt.date.fromisoformat(day)).to_pandas()
    assert found.columns.tolist() == ["customer_id", "grade"] and found.customer_id.is_unique
    return found.set_index("customer_id").grade.to_dict()


def test_the_standing_of_a_day_counts_the_orders_up_to_it_and_knows_nobody_else():
    shop = in_memory(ORDERS)
    # Best: 5 + 3 x 5 + 4 x 5 = 40 points; one order of 5 of yesterday: 5 + 3 + 4 = 12.
    assert standing_of(shop, "2024-06-09") == {"best": "P", "small": "B", "twice": "B", "slept": "asleep"}
    assert standing_of(shop, "2024-06-08") == {"best": "P", "twice": "B", "slept": "asleep"}
    # Twice has 5 + 6 + 20 points on the tenth, and the order that came back whole is none.
    on_the_tenth = {"best": "P", "small": "B", "twice": "G", "slept": "asleep", "first": "B"}
    assert standing_of(shop, "2024-06-10") == on_the_tenth
    assert standing_of(shop, "2022-05-31") == {}
    assert standing_of(shop, "2024-06-30")["slept"] == "B"


def test_a_customer_whose_sales_do_not_reach_the_last_cut_is_asleep():
    shop = in_memory(ORDERS, rules={"rfm": {"monetary": [2000, 1000, 500, 300, 10]}})
    assert standing_of(shop, "2024-06-09")["small"] == "asleep"


def test_a_shop_without_buyers_names_has_no_standing():
    day = dt.date(2024, 6, 9)
    without = in_memory("order_id paid_at paid\n1 2024-06-10 5")
    assert earlier.standing(without, day).needs == "orders.customer_id"
    empty = in_memory("order_id customer_id paid_at paid\n1 - 2024-06-10 5")
    assert earlier.standing(empty, day).needs == "orders.customer_id"


# --- who took part, beside whom -----------------------------------------------------------------------------


def counts(frame, dimension, column="customers"):
    found = frame[column].loc[dimension]
    return found[found > 0].to_dict()


def test_participants_are_the_named_customers_of_its_orders_and_the_base_all_who_had_bought_by_its_end():
    found = took_of(in_memory(ORDERS, rules=FEW, campaigns=CAMPAIGNS))
    # best, twice, back, first and later; beside them slept and small, who had bought before.
    assert found.counts() == {"all": 5, "new": 3, "unknown": 0, "base": 7, "old": 2}
    assert participants.figures(found) == {
        "campaign.participants": 5,
        "campaign.participants_new_share": 0.6,
    }


def test_each_stands_by_the_orders_before_the_campaign_and_is_new_with_a_first_order_in_it():
    found = beside_of(in_memory(ORDERS, rules=FEW, campaigns=CAMPAIGNS))
    assert counts(found, "standing") == {"P": 1, "B": 1, "new": 3}  # back has sent everything back before
    assert counts(found, "standing", "base_customers") == {"P": 1, "B": 2, "asleep": 1, "new": 3}
    assert found.share["standing"][["P", "new"]].tolist() == [0.2, 0.6]
    assert found.base_share["standing"][["P", "asleep"]].tolist() == [1 / 7, 1 / 7]
    assert counts(found, "standing", "net_sales") == {"P": 75, "B": 5000, "new": 70 + 30 + 30}


def test_new_ones_are_new_by_definition_and_the_grades_are_compared_without_them():
    row = beside_of(in_memory(ORDERS, rules=FEW, campaigns=CAMPAIGNS)).loc["standing"]
    assert row.state["new"] == "defined"
    assert row.loc["new", ["known_tgi", "known_share", "p_value", "excess_customers"]].isna().all()
    # Of the 4 who had bought before 2 took part; of the one of Platinum 1, of the 2 of Bronze 1.
    assert row.known_share[["P", "B", "asleep"]].tolist() == [0.5, 0.5, 0]
    assert row.known_base_share[["P", "B", "asleep"]].tolist() == [0.25, 0.5, 0.25]
    assert row.known_tgi[["P", "B", "asleep"]].tolist() == pytest.approx([200, 100, 0])
    assert row.tgi["P"] == pytest.approx(140)  # of all: a fifth against a seventh


def test_only_the_days_up_to_as_of_count_to_a_campaign_that_still_runs():
    found = took_of(in_memory(ORDERS, "2024-06-11", FEW, campaigns=CAMPAIGNS))
    assert found.counts() == {"all": 3, "new": 2, "unknown": 0, "base": 6, "old": 1}


SENT = """campaign_id customer_id channel sent_at
x keen sms 2024-06-12T12:00:00
x early sms 2024-06-07T12:00:00
x old sms 2024-06-12T12:00:00"""
LATE = """order_id customer_id paid_at paid
0 old 2022-01-01 5
1 keen 2024-06-15 5
2 early 2024-06-08 5
3 old 2024-06-16 5
4 other 2024-06-09 5
5 next 2024-06-15 5"""


def test_who_bought_by_a_message_outside_its_days_took_part_and_is_of_the_base():
    shop = in_memory(LATE, rules=FEW, campaigns=CAMPAIGNS, sends=SENT)
    found = took_of(shop)
    # Keen after its last day and early before its first one, each with the first order there is.
    assert found.counts() == {"all": 3, "new": 2, "unknown": 0, "base": 4, "old": 1}
    rows = beside_of(shop)
    assert counts(rows, "standing") == {"asleep": 1, "new": 2}
    assert counts(rows, "standing", "base_customers") == {"B": 1, "asleep": 1, "new": 2}


def test_where_the_data_begin_too_late_nobody_is_called_new():
    orders = """order_id customer_id paid_at paid
    1 old 2023-06-12 5
    2 old 2024-06-10 5
    3 one 2024-06-10 5
    4 two 2024-06-11 5
    5 new 2024-06-11 5
    6 idle 2024-05-01 5"""
    moved = orders.replace("5 new 2024-06-11", "5 new 2024-06-11").replace("1 old 2023-06-12", "1 old {day}")
    short = in_memory(moved.format(day="2023-06-13"), rules=FEW, campaigns=CAMPAIGNS)
    found = took_of(short)  # told from 12 June 2024 on
    assert found.counts() == {"all": 4, "new": 0, "unknown": 3, "base": 5, "old": 1}
    assert participants.figures(found) == {"campaign.participants": 4}
    rows = beside_of(short)
    assert counts(rows, "standing") == {"B": 1, "unknown": 3}
    assert rows.share["standing"].sum() == pytest.approx(1)
    said = participants.sentence(found, rows.reset_index())
    assert said.startswith(
        "4 customers bought in “June”. 1 of them had bought before; of 3 (75.0%) the data do not reach back "
        "far enough to say whether they are new."
    )
    assert "certainly" not in said
    # A day more of history: those of 11 June are new, the one of 10 June is not told.
    some = took_of(in_memory(moved.format(day="2023-06-12"), rules=FEW, campaigns=CAMPAIGNS))
    assert some.counts() == {"all": 4, "new": 2, "unknown": 1, "base": 5, "old": 1}
    assert "2 are certainly new." in participants.sentence(some, NotComputed("x"))
    enough = took_of(in_memory(moved.format(day="2023-06-11"), rules=FEW, campaigns=CAMPAIGNS))
    assert enough.counts()["new"] == 3


# --- in what they differ ------------------------------------------------------------------------------------


def crowd(took, level_of, n=60, extra=None):
    """A shop of n old customers, of whom those that ``took`` names by their number bought in the campaign."""
    rows = [("old", "z", "2022-01-01", 5)]
    rows += [(f"a{n}", f"c{n}", "2024-05-01", 5) for n in range(n)]
    rows += [(f"b{n}", f"c{n}", "2024-06-11", 5) for n in took]
    orders = pd.DataFrame(rows, columns=["order_id", "customer_id", "paid_at", "paid"])
    told = pd.DataFrame([{"customer_id": f"c{n}", **level_of(n)} for n in range(n)])
    return in_memory(orders.astype(str), campaigns=CAMPAIGNS, **{"customers": told, **(extra or {})})


def test_a_shop_with_provinces_of_china_has_regions_and_one_elsewhere_keeps_its_provinces():
    took = range(40)
    china = crowd(took, lambda n: {"province": "浙江省" if n % 2 else "广东省"})
    found = beside_of(china)
    assert counts(found, "region") == {"east": 20, "south": 20}
    assert counts(found, "region", "base_customers") == {"east": 30, "south": 30, "unknown": 1}
    assert "province" not in found.index.get_level_values("dimension")
    abroad = beside_of(crowd(took, lambda n: {"province": "Bavaria" if n % 2 else "Saxony"}))
    assert counts(abroad, "province") == {"Bavaria": 20, "Saxony": 20}
    assert set(abroad.index.get_level_values("dimension")) == {"standing", "province"}


def test_what_is_known_of_nobody_is_no_dimension_and_unknown_is_a_level_of_the_others():
    shop = crowd(range(40), lambda n: {"gender": "f" if n % 4 else None, "platform_level": None})
    found = beside_of(shop)
    assert list(dict.fromkeys(found.index.get_level_values("dimension"))) == ["standing", "gender"]
    assert counts(found, "gender") == {"f": 30, "unknown": 10}
    assert found.share["gender"].to_dict() == {"f": 0.75, "unknown": 0.25}
    assert found.known_share["gender", "f"] == 1
    assert found.state["gender", "unknown"] == "unknown"


def test_a_difference_is_found_and_told_with_what_is_known():
    shop = crowd(range(40), lambda n: {"gender": "f" if n < 38 or n > 99 else "m"}, n=200)
    took = took_of(shop)
    found = participants.beside(took, shop.settings.rules.portrait)
    by_level = found.set_index(KEYS)
    assert (by_level.customers["gender", "f"], by_level.base_customers["gender", "f"]) == (38, 138)
    assert by_level.state["gender", "f"] == "more"  # 95 % against 69 %
    assert by_level.state["gender", "m"] == "less"
    assert participants.sentence(took, found) == (
        "40 customers bought in “June”. All of them had bought before. As far as it is known of them, they "
        "differ most clearly from all who had bought by its end in this: "
        "Gender: f 95.0% instead of 69.0%; Gender: m 5.0% instead of 31.0%."
    )


def test_alike_people_differ_in_nothing():
    shop = crowd(range(0, 200, 2), lambda n: {"gender": "f" if n % 4 < 2 else "m"}, n=200)
    took = took_of(shop)
    said = participants.sentence(took, participants.beside(took, shop.settings.rules.portrait))
    assert said == (
        "100 customers bought in “June”. All of them had bought before. In nothing that tells who they are "
        "do they differ clearly from all who had bought by its end."
    )


def test_frequent_grades_are_said_to_be_so_at_any_time_and_are_no_difference_that_is_told():
    rows = [(f"g{n}-{m}", f"c{n}", f"2024-0{m}-01", 900) for n in range(40) for m in range(1, 7)]
    good = pd.DataFrame(rows, columns=["order_id", "customer_id", "paid_at", "paid"]).astype(str)
    shop = crowd(range(40), lambda n: {"gender": "f"}, n=200)
    orders = pd.concat([shop.tables["orders"].to_pandas()[good.columns].astype(str), good])
    told = pd.DataFrame({"customer_id": [f"c{n}" for n in range(200)], "gender": "f"})
    sends = "\n".join(
        ["campaign_id customer_id channel sent_at", *(f"x c{n} sms 2024-06-10" for n in range(60))]
    )
    best = in_memory(orders, campaigns=CAMPAIGNS, customers=told, sends=sends)
    took = took_of(best)
    found = participants.beside(took, best.settings.rules.portrait)
    by_level = found.set_index(KEYS)
    assert by_level.state["standing", "P"] == "more" and by_level.known_tgi["standing", "P"] > 120
    said = participants.sentence(took, found)
    assert "Platinum" not in said and "Whom the campaign was written to" not in said
    assert said.endswith(
        "That some grades are frequent among them is no effect of the campaign: who bought often and lately "
        "buys more at any time."
    )


def test_of_a_campaign_with_messages_the_list_is_said_to_show():
    sends = "\n".join(
        ["campaign_id customer_id channel sent_at", *(f"x c{n} sms 2024-06-10" for n in range(60))]
    )
    shop = crowd(range(40), lambda n: {"gender": "f" if n < 40 else "m"}, n=200, extra={"sends": sends})
    took = took_of(shop)
    said = participants.sentence(took, participants.beside(took, shop.settings.rules.portrait))
    assert "Gender: f 100.0% instead of 20.0%" in said
    assert said.endswith("Whom the campaign was written to shows in that as well.")


# --- what is missing ----------------------------------------------------------------------------------------


def test_without_customer_ids_nothing_is_told():
    for orders in (
        "order_id paid_at paid\n1 2024-06-10 5",
        "order_id customer_id paid_at paid\n1 - 2024-06-10 5",
    ):
        found = took_of(in_memory(orders, rules=FEW, campaigns=CAMPAIGNS))
        assert found.needs == "orders.customer_id"
        assert participants.beside(found, rules_of().portrait) is found
        assert participants.sentence(found, found) is found
        assert participants.figures(found) is found


def test_a_campaign_of_products_without_lines_tells_nobody_and_neither_does_one_without_buyers():
    of_products = "campaign_id name start end products\nx June 2024-06-10 2024-06-12 P1"
    found = took_of(in_memory(ORDERS, rules=FEW, campaigns=of_products))
    assert found.needs == "order_items.product_id"
    idle = "campaign_id name start end\nx June 2024-06-27 2024-06-28"
    found = took_of(in_memory(ORDERS, rules=FEW, campaigns=idle))
    assert found.sentence() == (
        "not computed: needs a named customer with an order that counts to the campaign"
    )


def test_too_few_are_counted_and_not_compared():
    shop = in_memory(ORDERS, campaigns=CAMPAIGNS)
    took = took_of(shop)
    found = participants.beside(took, shop.settings.rules.portrait)
    assert found.sentence() == "not computed: needs a group of at least 30 people (5 took part)"
    assert participants.sentence(took, found) == (
        "5 customers bought in “June”. 3 of them (60.0%) bought for the first time, 2 had bought before. "
        "They are not put beside all who had bought (not computed: needs a group of at least 30 people "
        "(5 took part))."
    )
    assert participants.shown(found) is found and participants.of_traits(found) is found


def test_where_nobody_else_has_bought_there_is_nobody_to_compare_with():
    orders = "order_id customer_id paid_at paid\n1 a 2024-06-10 5\n2 b 2024-06-11 5"
    shop = in_memory(orders, rules=FEW, campaigns=CAMPAIGNS)
    found = participants.beside(took_of(shop), shop.settings.rules.portrait)
    assert found.sentence() == "not computed: needs customers who bought without the campaign"


def test_orders_alone_tell_the_standing_and_where_orders_have_it_the_province():
    shop = in_memory(ORDERS, rules=FEW, campaigns=CAMPAIGNS)
    found = participants.beside(took_of(shop), shop.settings.rules.portrait)
    assert set(found.dimension) == {"standing"}
    said = participants.sentence(took_of(shop), found)
    assert "Nothing else of them can be compared." in said
    assert isinstance(participants.of_traits(found), NotComputed)
    head, *lines = ORDERS.split("\n")
    placed = "\n".join([f"{head} province", *(f"{line} 浙江省" for line in lines)])
    rows = beside_of(in_memory(placed, rules=FEW, campaigns=CAMPAIGNS))
    assert counts(rows, "region") == {"east": 5} and counts(rows, "region", "base_customers") == {"east": 7}


# --- beside the demo shop, and by chance --------------------------------------------------------------------


@cache
def demo():
    shop = model.open_shop(WORKBOOK / "data" / "demo")
    every, claimed = claimed_of(shop)
    took = participants.took(shop, every, claimed, "JHS202603")
    return shop, claimed, took, participants.beside(took, shop.settings.rules.portrait)


def test_the_demo_shops_sale_has_the_people_that_pandas_counts():
    shop, claimed, took, found = demo()
    rows = claimed.filter(claimed.campaign_id == "JHS202603").to_pandas()
    mine = set(rows.customer_id.dropna())
    orders = shop.orders.select("customer_id", "paid_on").to_pandas().dropna()
    orders["paid_on"] = pd.to_datetime(orders.paid_on)
    first = orders.groupby("customer_id").paid_on.min()
    base = set(first.index[first <= "2026-03-14"])
    assert mine <= base
    new = {who for who in mine if first[who] >= pd.Timestamp(2026, 3, 12)}
    assert took.counts() == {
        "all": len(mine), "new": len(new), "unknown": 0, "base": len(base), "old": len(mine) - len(new)
    }  # fmt: skip
    told = shop.tables["customers"].to_pandas().drop_duplicates("customer_id").set_index("customer_id")
    for dimension in ("gender", "platform_level"):
        level = told[dimension].fillna("unknown")
        for side, who in (("customers", mine), ("base_customers", base)):
            expected = level.reindex(sorted(who)).fillna("unknown").value_counts().to_dict()
            assert counts(found.set_index(KEYS), dimension, side) == expected
    women = found.set_index(KEYS).loc["gender", "female"]
    parts = [told.gender.reindex(sorted(who)).dropna().eq("female").mean() for who in (mine, base)]
    assert women.known_tgi == pytest.approx(100 * parts[0] / parts[1])


def test_the_demo_shops_grades_are_those_of_the_shop_as_it_stood_the_day_before():
    _shop, claimed, _took, found = demo()
    then = model.open_shop(WORKBOOK / "data" / "demo", "2026-03-11")
    grade = segment.rfm(then).to_pandas().set_index("customer_id").grade
    known = set(then.orders.customer_id.to_pandas().dropna())
    rows = claimed.filter(claimed.campaign_id == "JHS202603").to_pandas()
    mine = sorted(set(rows.customer_id.dropna()))
    stood = [grade.get(who, "asleep") if who in known else "new" for who in mine]
    frame = found.set_index(KEYS)
    assert counts(frame, "standing") == pd.Series(stood).value_counts().to_dict()
    every = pd.Series([grade.get(who, "asleep") for who in sorted(known)]).value_counts()
    base = counts(frame, "standing", "base_customers")
    assert {level: n for level, n in base.items() if level != "new"} == every.to_dict()
    assert frame.net_sales["standing"].sum() == pytest.approx(rows[rows.customer_id.notna()].net.sum())


def test_who_people_are_is_what_the_portrait_knows_of_them():
    shop = demo()[0]
    people = features.people(shop, baskets.orders(shop)).to_pandas().set_index("customer_id")
    traits = features.described(shop).to_pandas().set_index("customer_id")
    assert traits.columns.tolist() == list(features.DESCRIBED)
    both = traits.reindex(people.index[people.orders > 0]).astype("object")
    beside = people.loc[both.index, list(features.DESCRIBED)].astype("object")
    pd.testing.assert_frame_equal(both.where(both.notna(), None), beside.where(beside.notna(), None))
    assert both.gender.notna().sum() > 1000 and both.region.notna().sum() > 1000


def test_tables_and_pictures_show_them():
    shop, _claimed, _took, found = demo()
    shown = participants.shown(found)
    assert shown.groupby("described_by").share.sum().tolist() == pytest.approx([1] * 6)
    # levels of nobody here and of hardly anybody there are left out
    assert shown.groupby("described_by").base_share.sum().tolist() == pytest.approx([1] * 6, abs=0.001)
    assert (shown.customers > 0)[shown.base_share < 0.001].all()
    few = shown.beside_base == "too few"
    assert few.any() and shown[few][["known_tgi", "known_low", "known_high"]].isna().all(axis=None)
    html = table.show(shown, shop.settings.currency)._repr_html_()
    words = ("Standing the day before", "new (no order yet)", "by definition", "Platinum", "unknown")
    for word in (*words, "TGI among those known"):
        assert word in html
    assert "known_" not in html
    traits = participants.of_traits(found)
    assert set(traits.dimension) <= set(participants.TRAITS) and not traits.state.isin(["few"]).any()
    assert len(chart_portrait.tgi(traits).layout.yaxis.ticktext) == len(traits)
    bars = chart_portrait.shares(participants.of_standing(found))
    assert [label.split(" ")[0] for label in bars.layout.yaxis.ticktext][:2] == ["Platinum", "Gold"]
    assert bars.data[1].x.sum() == pytest.approx(1)


def test_participants_drawn_by_lot_differ_in_nothing():
    found = []
    for seed in range(4):
        random = np.random.default_rng(seed)
        places = ["浙江", "广东", "北京", "四川", "河南"]
        draw = {"gender": list("fm"), "age": range(18, 65), "province": places}
        drawn = pd.DataFrame({name: random.choice(list(each), 600) for name, each in draw.items()})
        traits = drawn.astype(str).to_dict("records")
        shop = crowd(sorted(random.choice(600, 150, replace=False)), traits.__getitem__, n=600)
        rows = beside_of(shop).reset_index()
        assert rows.p_value.notna().sum() > 10
        found.append(int(rows.state.isin(telling.FOUND).sum()))
    assert sum(n > 0 for n in found) <= 1  # in 1 of 20 chance alone may


people = st.lists(
    st.tuples(st.integers(0, 6), st.integers(-900, 20), st.sampled_from(["f", "m", None]), st.booleans()),
    min_size=1,
    max_size=25,
)


@settings(max_examples=6, deadline=None, derandomize=True)
@given(people)
def test_everybody_has_one_standing_and_shares_sum_to_one(drawn):
    start = pd.Timestamp(2024, 6, 10)
    rows = [
        (str(n), f"c{who}", str((start + pd.Timedelta(days=day)).date()), "5")
        for n, (who, day, *_rest) in enumerate(drawn)
    ]
    rows += [("z1", "z", "2024-06-11", "5"), ("z2", "y", "2024-05-11", "5")]
    told = pd.DataFrame({who: gender for who, _day, gender, _x in drawn}.items(), columns=["n", "gender"])
    told = pd.DataFrame({"customer_id": [f"c{n}" for n in told.n], "gender": told.gender})
    orders = pd.DataFrame(rows, columns=["order_id", "customer_id", "paid_at", "paid"])
    shop = in_memory(orders, rules=FEW, campaigns=CAMPAIGNS, customers=told)
    took = took_of(shop)
    found = took.counts()
    days = pd.to_datetime(orders.paid_at)
    inside = orders.customer_id[days.between("2024-06-10", "2024-06-12")]
    assert found["all"] == inside.nunique() == found["new"] + found["old"] + found["unknown"]
    by_end = days <= "2024-06-12"
    assert found["base"] == orders.customer_id[by_end].nunique()
    before = set(orders.customer_id[days < "2024-06-10"])
    assert found["old"] == len(before & set(inside))
    rows = participants.beside(took, shop.settings.rules.portrait)
    if isinstance(rows, NotComputed):
        assert found["all"] < 2 or found["all"] == found["base"]
        return
    sums = rows.groupby("dimension")[["share", "base_share"]].sum()
    assert sums.to_numpy().ravel().tolist() == pytest.approx([1] * sums.size)
    assert (rows.groupby("dimension").customers.sum() == found["all"]).all()
