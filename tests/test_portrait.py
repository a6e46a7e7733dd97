"""Portrait: shares, TGI, chance and states of levels that one checks in the head, and what levels count."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from build import frame_of, rules_of, shop_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from shopcrm_nb import baskets, features, group, portrait, profile, segment, tag
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.group import Group, Groups

RULES = rules_of().portrait
BITS = {"a": 1, "b": 2, "c": 4, "d": 8}
FEW = settings(max_examples=30, deadline=None, derandomize=True)
KEYS = ["group", "dimension", "level"]


def groups_of(frame, *more):
    """The groups a, b, c, d whose bits are in the masks; groups of ``more`` take the place of their names."""
    each = {name: Group(name, "own") for name in BITS} | {one.name: one for one in more}
    cells = frame.groupby("mask", as_index=False).customers.sum()
    return Groups(tuple(each.values()), None, cells)


def levels_of(text):
    """The frame of levels from words in columns; a mask is written as the names of its groups."""
    frame = frame_of(text) if isinstance(text, str) else text
    frame = frame.assign(
        mask=[sum(BITS[name] for name in str(who) if name in BITS) for who in frame["in"]],
        buyer=frame.buyer.eq("yes") if "buyer" in frame else True,
        customers=frame.customers.astype(int),
        title=None,
        place=frame.groupby("dimension")["level"].transform(lambda part: pd.factorize(part)[0]),
    )
    sums = {
        name: frame[name].astype(float) if name in frame else 0.0
        for name in ("net_sales", "followed", "second_orders")
    }
    return frame.assign(**sums).drop(columns="in")


def compared(text, *more, rules=RULES, **asked):
    frame = levels_of(text)
    found = portrait.compare(frame, groups_of(frame, *more), rules, **asked)
    return found if isinstance(found, NotComputed) else found.set_index(KEYS).sort_index()


def one(text, key=("a", "job", "teacher"), *more, **asked):
    return compared(text, *more, **asked).loc[key]


def of_two(at, n, base_at, base_n, **asked):
    """The row of a level: at of n people of a; base_at of base_n people of the base b, all of them others."""
    text = f"""
        dimension level in customers
        job teacher a {at}
        job rest a {n - at}
        job teacher b {base_at}
        job rest b {base_n - base_at}"""
    return one(text, base="b", **asked)


EXAMPLE = """
    dimension level in customers net_sales followed second_orders
    job teacher a 89 8900.5 40 10
    job rest a 911 1000 50 5
    job teacher . 43 400 9 9
    job rest . 957 100 9 9"""


# --- shares, TGI and what follows from them -----------------------------------------------------------------


def test_the_tgi_is_the_share_of_the_group_by_that_of_the_base():
    row = one(EXAMPLE)  # 89 of 1,000 and 132 of 2,000: 8.9 % and 6.6 %
    assert (row.share, row.base_share) == (0.089, 0.066)
    assert row.tgi == pytest.approx(134.8485, abs=1e-4)  # domain §2: 134.8
    assert f"{row.tgi:.1f}" == "134.8"
    assert (row.known_share, row.known_base_share, row.known_tgi) == (0.089, 0.066, row.tgi)
    assert (row.customers, row.base_customers) == (89, 132)


def test_as_common_as_in_the_base_is_100_and_nobody_is_0():
    assert of_two(100, 1000, 200, 2000).tgi == 100
    assert of_two(0, 1000, 200, 2000).tgi == 0


def test_excess_is_how_many_more_than_if_the_group_were_like_the_base_and_sure_is_its_near_end():
    row = one(EXAMPLE)
    assert row.excess_customers == pytest.approx(89 - 66)
    # The ratio of 89 of 1,000 in the group to 43 of 1,000 in the rest; half of the base is the group's own.
    ratio = math.log(89.5 / 1000.5) - math.log(43.5 / 1000.5)
    spread = math.sqrt(1 / 89.5 + 1 / 43.5 - 2 / 1000.5)
    low, high = (100 / (0.5 + 0.5 / math.exp(ratio + sign * 1.959964 * spread)) for sign in (-1, 1))
    assert (row.known_low, row.known_high) == pytest.approx((low, high))
    assert (row.tgi_low, row.tgi_high) == pytest.approx((low, high))
    assert row.sure_customers == pytest.approx((low / 100 - 1) * 66)
    rest = one(EXAMPLE, ("a", "job", "rest"))
    assert rest.excess_customers == pytest.approx(911 - 934)  # 23 fewer
    assert rest.sure_customers == pytest.approx((1 - rest.known_high / 100) * 934)
    assert of_two(100, 1000, 200, 2000).sure_customers == 0


def test_money_and_second_orders_are_those_of_the_groups_people_at_the_level():
    row = one(EXAMPLE)
    assert (row.net_sales, row.net_sales_per_customer) == (8900.5, 8900.5 / 89)
    assert (row.followed, row.second_order_share) == (40, 0.25)
    nobody = of_two(0, 100, 50, 100)
    assert pd.isna(nobody.net_sales_per_customer) and pd.isna(nobody.second_order_share)


UNKNOWN = """
    dimension level in customers
    job teacher a 20
    job other a 20
    job unknown a 60
    job teacher . 30
    job other . 130
    job unknown . 140"""


def test_unknown_and_other_are_levels_of_the_shares_and_the_known_ones_leave_unknown_out():
    found = compared(UNKNOWN)
    assert found[["share", "base_share"]].sum().tolist() == pytest.approx([1, 1])
    assert found[["known_share", "known_base_share"]].sum().tolist() == pytest.approx([1, 1])
    teacher, unknown = found.loc["a", "job", "teacher"], found.loc["a", "job", "unknown"]
    assert (teacher.share, teacher.base_share) == (0.2, 50 / 400)
    assert (teacher.known_share, teacher.known_base_share) == (20 / 40, 50 / 200)
    assert (teacher.tgi, teacher.known_tgi) == pytest.approx((160, 200))
    assert teacher.excess_customers == pytest.approx(20 - 40 / 4)
    assert (unknown.share, unknown.base_share) == (0.6, 0.5)
    columns = "known_share known_base_share known_tgi known_low known_high excess_customers sure_customers"
    assert unknown[[*columns.split(), "p_value"]].isna().all()
    assert unknown.tgi_low < unknown.tgi == 120 < unknown.tgi_high


counts = st.lists(st.integers(0, 60), min_size=12, max_size=12)


@FEW
@given(counts)
def test_shares_of_each_group_and_dimension_sum_to_one_and_the_interval_holds_the_tgi(numbers):
    cells = itertools.product(("x", "y", "unknown"), ("a", "."), ("yes", "no"))
    rows = [("job", *cell, n) for cell, n in zip(cells, numbers, strict=True)]
    frame = pd.DataFrame(rows, columns=["dimension", "level", "in", "buyer", "customers"])
    found = compared(frame)
    if isinstance(found, NotComputed):
        return
    sums = found[["share", "base_share"]].sum()
    assert sums.tolist() == pytest.approx([1, 1])
    for names in (("tgi_low", "tgi", "tgi_high"), ("known_low", "known_tgi", "known_high")):
        low, tgi, high = (found[name] for name in names)
        there = tgi.notna() & low.notna()
        assert (low[there] <= tgi[there] * (1 + 1e-9)).all()
        assert (tgi[there] <= high[there].fillna(np.inf) * (1 + 1e-9)).all()
    surely = found.sure_customers.fillna(0)
    assert (surely >= 0).all() and (surely <= found.excess_customers.abs().fillna(0) + 1e-6).all()


# --- with whom a group is compared --------------------------------------------------------------------------

BESIDE = """
    dimension level in customers buyer
    job teacher a 40 yes
    job rest a 60 yes
    job teacher ab 10 yes
    job rest ab 40 yes
    job teacher b 30 yes
    job rest b 220 yes
    job teacher . 20 yes
    job rest . 180 yes
    job teacher . 500 no
    job rest d 50 no
    job teacher d 50 no"""


def test_the_base_is_everybody_with_an_order_unless_it_is_named():
    row = one(BESIDE)
    assert (row.customers, row.share) == (50, 50 / 150)
    assert (row.base_customers, row.base_share) == (100, 100 / 600)  # the 500 without an order are not in it
    assert row.tgi == pytest.approx(200)


def test_an_overlapping_base_is_compared_by_its_people_who_are_not_the_groups():
    row = one(BESIDE, base="b")
    assert (row.base_customers, row.base_share) == (40, 40 / 300)
    assert row.tgi == pytest.approx(100 * (50 / 150) / (40 / 300))
    assert row.p_value == pytest.approx(two_tails(50, 150, 30, 250))


def test_a_group_partly_outside_the_base_has_an_interval_that_holds_its_tgi():
    # Of the 150 inside the base none is a teacher, of the 150 outside everybody; of the rest a half.
    row = one(
        """
        dimension level in customers
        job rest ab 150
        job teacher a 150
        job teacher b 25
        job rest b 25""",
        base="b",
    )
    assert row.known_tgi == pytest.approx(400)  # 50 % against 12.5 %
    assert row.known_low < 400 < row.known_high
    assert row.sure_customers < row.excess_customers == pytest.approx(150 - 37.5)


def test_a_disjoint_base_and_one_that_contains_the_group():
    assert one(BESIDE, ("d", "job", "teacher")).base_customers == 100
    inside = one(
        """
        dimension level in customers
        job teacher ab 30
        job rest ab 30
        job teacher b 30
        job rest b 110
        job teacher . 900""",
        base="b",
    )
    assert (inside.base_customers, inside.base_share, inside.tgi) == (60, 0.3, pytest.approx(500 / 3))
    assert inside.p_value == pytest.approx(two_tails(30, 60, 30, 140))


def test_people_without_orders_are_compared_with_the_buyers():
    row = one(BESIDE, ("d", "job", "teacher"))
    assert (row.share, row.base_share) == (0.5, 100 / 600)
    assert row.p_value == pytest.approx(two_tails(50, 100, 100, 600))


def test_the_base_itself_is_not_compared_and_a_base_of_nobody_or_no_name_is_no_base():
    assert set(compared(BESIDE, base="b").index.get_level_values("group")) == {"a", "d"}
    assert isinstance(compared(BESIDE, base="c"), NotComputed)  # nobody is in it
    assert 'there is no "e"' in compared(BESIDE, base="e").sentence()
    missing = Group("c", "own", missing=NotComputed("members.enrolled_at"))
    assert compared(BESIDE, missing, base="c").sentence() == "not computed: needs members.enrolled_at"
    alone = "dimension level in customers\njob teacher b 50\njob rest b 50"
    assert isinstance(compared(alone, base="b"), NotComputed)


def test_a_group_of_fewer_than_the_least_number_and_one_of_everybody_are_left_out():
    text = """
        dimension level in customers
        job teacher abc 29
        job rest bc 1
        job rest c 70"""
    found = compared(text)  # a has 29, b has 30, c everybody
    assert set(found.index.get_level_values("group")) == {"b"}
    everybody = "dimension level in customers\njob teacher a 50\njob rest a 50"
    assert "a group of at least 30 people" in compared(everybody).sentence()


# --- chance -------------------------------------------------------------------------------------------------


def two_tails(at, n, rest, rest_n):
    """Twice the smaller of Fisher's two one-sided p values, at most 1."""
    table = [[at, n - at], [rest, rest_n - rest]]
    tails = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    return min(1, 2 * min(tails))


@FEW
@given(st.data())
def test_p_values_are_twice_the_smaller_of_fishers_tails(data):
    n, base_n = data.draw(st.integers(30, 400)), data.draw(st.integers(30, 900))
    at, base_at = data.draw(st.integers(10, n)), data.draw(st.integers(0, base_n))
    row = of_two(at, n, base_at, base_n)
    assert row.p_value == pytest.approx(two_tails(at, n, base_at, base_n), rel=1e-6, abs=1e-12)


def stepped(p_values):
    """Holm's adjusted p values, one by one."""
    order, adjusted, worst = sorted(p_values), {}, 0.0
    for place, p in enumerate(order):
        worst = max(worst, min(1, (len(order) - place) * p))
        adjusted.setdefault(p, worst)
    return [adjusted[p] for p in p_values]


def families():
    random = np.random.default_rng(4)
    rows = [
        (dimension, f"l{level}", who, int(random.integers(5, 60)))
        for dimension in ("job", "gender", "region")
        for level in range(4)
        for who in ("a", "b", "c", ".")
    ]
    return pd.DataFrame(rows, columns=["dimension", "level", "in", "customers"])


def test_the_group_asked_for_is_one_family_and_all_others_together_another():
    rules = RULES.model_copy(update={"min_level": 1})
    found = compared(families(), rules=rules, asked="b").reset_index()
    assert found.p_value.notna().all() and found.groupby("group").size().tolist() == [12, 12, 12]
    for family in (found[found.group == "b"], found[found.group != "b"]):
        assert family.p_adjusted.tolist() == pytest.approx(stepped(family.p_value.tolist()))
    unasked = compared(families(), rules=rules)
    assert unasked.p_adjusted.tolist() == pytest.approx(stepped(unasked.p_value.tolist()))


def test_a_level_that_could_have_had_enough_people_counts_among_those_judged():
    text = """
        dimension level in customers
        job teacher a 30
        job rest a 70
        job teacher . 20
        job rest . 180
        hobby chess a 9
        hobby tennis a 91
        hobby chess . 1
        hobby golf . 8
        hobby tennis . 191"""
    found = compared(text)
    # Chess has 9 in the group of the 10 there could be, golf can have 8 at most: 3 levels and chess are 4.
    assert found.state["a", "hobby"][["chess", "golf"]].tolist() == ["few", "few"]
    assert found.p_value.notna().sum() == 3
    smallest = found.p_value.min()
    assert found.p_adjusted.min() == pytest.approx(4 * smallest)
    assert found.p_adjusted["a", "hobby"][["chess", "golf"]].isna().all()


# --- states -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "base_at", "state"),
    [  # of 10,000 each
        (2400, 2000, "more"),  # TGI 120 exactly
        (2399, 2000, "slight"),
        (1600, 2000, "less"),  # TGI 80 exactly
        (1601, 2000, "slight"),
        (300, 250, "unclear"),
        (2436, 2030, "more"),  # TGI 120 by the counts; the shares as they are kept give 119.99999999999999
        (2000, 2000, "alike"),
        (2020, 2000, "alike"),
        (30, 20, "unclear"),  # TGI 150 of few people
        (9, 9, "few"),
        (9, 10, "unclear"),  # 10 were expected
        (10, 2, "unclear"),  # 10 are there
        (0, 60, "less"),
        (60, 0, "more"),  # nobody of the base: no TGI, and more than any
    ],
)
def test_the_state_of_a_level(at, base_at, state):
    row = of_two(at, 10_000, base_at, 10_000)
    assert row.state == state
    assert pd.isna(row.p_value) == (state == "few")


def test_alike_needs_the_whole_interval_and_so_enough_people():
    assert of_two(500, 1000, 500, 1000).state == "alike"
    assert of_two(50, 100, 50, 100).state == "unclear"
    within = of_two(55, 100, 500, 1000)
    assert within.known_tgi == pytest.approx(110) and within.state == "unclear"  # up to 130


def test_more_or_less_is_said_of_the_known_people_alone():
    # All whose job is known are alike; of the group more is known.
    text = """
        dimension level in customers
        job teacher a 500
        job rest a 500
        job teacher . 500
        job rest . 500
        job unknown . 2000"""
    row = one(text)
    assert (row.tgi, row.known_tgi, row.state) == (pytest.approx(200), 100, "alike")
    fewer = one(text.replace("teacher a 500", "teacher a 200").replace("rest a 500", "rest a 800"))
    assert fewer.tgi > 100 > fewer.known_tgi  # 20 % and 17.5 % of all, 20 % and 35 % of the known
    assert fewer.state == "less"


def test_unknown_other_and_what_the_group_is_made_by_are_not_judged():
    text = """
        dimension level in customers
        region north a 90
        region other a 30
        region unknown a 30
        region north . 10
        region other . 100
        region unknown . 100
        gender female a 75
        gender male a 75
        gender female . 105
        gender male . 105"""
    found = compared(text, Group("a", "own", reads=frozenset({"city"})))
    states = {"north": "defined", "other": "other", "unknown": "unknown"}
    assert found.state["a", "region"].to_dict() == states
    assert found.p_value["a", "region"].isna().all() and found.p_adjusted["a", "region"].isna().all()
    assert set(found.state["a", "gender"]) == {"alike"}
    judged = compared(text, Group("a", "own", reads=frozenset({"age"})))
    assert judged.state["a", "region", "north"] == "more"


@pytest.mark.parametrize(
    ("dimension", "read"),
    [
        ("gender", "gender"),  # a dimension is made by itself
        ("city_tier", "province"),
        ("age_band", "age"),
        ("frequency_band", "grade"),
        ("frequency_band", "orders"),
        ("tier", "net_sales"),
        ("price_band", "net_sales_per_order"),
        ("first_category", "first_product"),
        ("weekday", "grade"),
        ("weekday", "cluster"),
        ("weekday", "recency_days"),
    ],
)
def test_a_dimension_is_defined_by_the_features_that_make_it(dimension, read):
    rows = ["x a 90", "y a 10", "x . 20", "y . 80"]
    text = "\n".join(["dimension level in customers", *(f"{dimension} {row}" for row in rows)])
    group = Group("a", "own", reads=frozenset({read}))
    assert one(text, ("a", dimension, "x"), group).state == "defined"
    free = Group("a", "own", reads=frozenset({"occupation"}))
    assert one(text, ("a", dimension, "x"), free).state == "more"


def test_every_dimension_that_has_makers_and_every_maker_is_a_feature():
    assert set(portrait.MADE_BY) <= set(portrait.EVERY)
    assert set().union(*portrait.MADE_BY.values()) <= set(features.FEATURES)


def test_the_frame_has_the_columns_of_the_contract_in_order():
    assert list(compared(EXAMPLE).reset_index()) == portrait.COLUMNS


# --- what is counted ----------------------------------------------------------------------------------------


def products(counts):
    """Orders of a day: each product by so many customers, and each customer's province and age."""
    orders, items = ["order_id customer_id paid_at paid"], ["order_id product_id title quantity amount"]
    people = ["customer_id province age gender"]
    provinces = ["浙江", "北京", "广东省", "四川", "Bavaria"]
    n = 0
    for product, many in counts.items():
        for place in range(many):
            n += 1
            orders.append(f"o{n} c{n:02} 2024-03-0{n % 5 + 1} {10 * (n % 7 + 1)}")
            items.append(f"o{n} {product} {product * (place % 3 + 1)} 1 {10 * (n % 7 + 1)}")
            age = ["17", "18", "61", "33", "-"][n % 5]
            people.append(f"c{n:02} {provinces[n % 5]} {age} {'f' if n % 4 else '-'}")
    people += ["zz 浙江 40 f", "yy - - -"]
    return "\n".join(orders), "\n".join(items), "\n".join(people)


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    orders, items, people = products({"p1": 5, "p2": 7, "p3": 4, "p4": 2, "p5": 2})
    enrolled = ["c01 2024-03-02 VIP会员", "c02 2024-03-02 普通会员", "c03 2024-03-02 -"]
    members = "\n".join(["customer_id enrolled_at tier", *enrolled])
    shop = shop_of(
        tmp_path_factory.mktemp("shop"),
        orders,
        settings="[rules.portrait]\nlevels = 3\n[rules.groups]\nwomen = \"gender = 'f'\"",
        order_items=items,
        customers=people,
        members=members,
    )
    tagged = tag.tagged(shop, features.people(shop, baskets.orders(shop), segment.rfm(shop)))
    found = group.groups(shop, tagged)
    return portrait.levels(shop, found), found


def sizes(frame, dimension):
    """Level → customers of a dimension, in the order of the places."""
    mine = frame[frame.dimension == dimension].sort_values("place")
    assert mine.groupby("level").place.nunique().eq(1).all()
    return mine.groupby("level", sort=False).customers.sum().to_dict()


def test_levels_beyond_the_largest_are_gathered_in_other_and_unknown_comes_last(counted):
    found = sizes(counted[0], "first_product")  # two people have no order, and no first product
    assert list(found.items()) == [("p2", 7), ("p1", 5), ("p3", 4), ("other", 4), ("unknown", 2)]


def test_every_province_keeps_its_name(counted):
    found = sizes(counted[0], "province")
    assert found == {"浙江": 5, "Bavaria": 4, "北京": 4, "四川": 4, "广东": 4, "unknown": 1}
    assert next(iter(found)) == "浙江" and len(profile.PROVINCES) == 34


def test_bands_stand_in_their_own_order(counted):
    # 1 to 5 March are a Friday to a Tuesday, all five named where three of other dimensions are.
    assert list(sizes(counted[0], "weekday")) == ["1", "2", "5", "6", "7", "unknown"]
    assert list(sizes(counted[0], "frequency_band")) == ["1", "unknown"]


def test_of_bands_of_numbers_the_largest_stay_and_stand_by_their_number(counted):
    # Four are 17, and four each 18, 61 and 33, one is 40; of equally many the first by name stay.
    found = sizes(counted[0], "age_band")
    assert list(found.items()) == [("18-24", 4), ("30-34", 4), ("60+", 4), ("other", 5), ("unknown", 5)]
    assert portrait._low(pd.Series({"dimension": "age_band", "level": "<18"})) < 18
    assert portrait._low(pd.Series({"dimension": "price_band", "level": "<18"})) == 17.5
    assert portrait._low(pd.Series({"dimension": "price_band", "level": "99.5-120"})) == 99.5
    assert portrait._low(pd.Series({"dimension": "occupation", "level": "40-50 jobs"})) == 0


def test_a_product_has_its_longest_title_and_nothing_else_has_one(counted):
    frame = counted[0]
    titles = frame.drop_duplicates(["dimension", "level"]).set_index(["dimension", "level"]).title
    assert titles["first_product"].dropna().to_dict() == {f"p{n}": f"p{n}" * 3 for n in (1, 2, 3)}
    assert titles.drop("first_product").isna().all()


def test_whoever_is_no_member_has_the_tier_none_and_a_member_without_one_is_unknown(counted):
    assert sizes(counted[0], "tier") == {"none": 19, "普通会员": 1, "VIP会员": 1, "unknown": 1}


def test_a_dimension_that_the_shop_lacks_is_not_there(counted):
    assert not counted[0].dimension.isin(["occupation", "education", "channel"]).any()
    assert {"gender", "province", "region"} <= set(counted[0].dimension)


def test_every_dimension_counts_everybody_once_by_mask_and_with_their_orders(counted):
    frame, groups = counted
    everybody = groups.people.to_pandas()
    for _dimension, part in frame.groupby("dimension"):
        assert part.customers.sum() == 22
        assert part[part.buyer].customers.sum() == 20
        assert part.net_sales.sum() == pytest.approx(everybody.net_sales.sum())
        assert part.groupby("mask").customers.sum().to_dict() == everybody["mask"].value_counts().to_dict()
