"""Portrait of many people: what is planted is found first, what chance drew is not, and counts by pandas."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from scipy import stats

from shopcrm_nb import baskets, features, group, portrait, segment, tag, telling, workbook
from shopcrm_nb.group import Group, Groups

RULES = rules_of().portrait
FOUND = ("more", "less", "slight")
# What the truth of the demo plants for regular and loyal customers, by the dimensions of a portrait …
PLANTED = {
    *(("platform_level", "88VIP"), ("occupation", "教师"), ("region", "north"), ("first_category", "大衣")),
    *(("hour_band", "20-21"), ("hour_band", "22-23"), ("age_band", "35-39"), ("age_band", "40-49")),
}
# … and what moves with it: the other levels of the same thing, and what is bought by whom.
FOLLOW = {dimension for dimension, _level in PLANTED}
FOLLOW |= {
    "province",
    "city_tier",
    "last_category",
    "first_product",
    "price_band",
    "discount_band",
    "weekday",
}


def crowd(people, masks, dimensions):
    """The frame of levels of people, a row each, and their groups, all counted by pandas."""
    parts = []
    for name in dimensions:
        level = people[name].fillna("unknown").astype(str)
        keys = {"level": level, "mask": masks, "buyer": people.buyer}
        part = people.assign(**keys).groupby(list(keys), as_index=False).agg(customers=("buyer", "size"))
        part["place"] = part.level.map({each: n for n, each in enumerate(sorted(set(level)))})
        parts.append(part.assign(dimension=name))
    zero = {"net_sales": 0.0, "followed": 0, "second_orders": 0, "title": None}
    return pd.concat(parts, ignore_index=True).assign(**zero)


def named(masks, *names, reads=frozenset()):
    """The groups of masks: bit i is names[i]; all are made by the same features."""
    cells = pd.Series(masks).value_counts().rename_axis("mask").reset_index(name="customers")
    return Groups(tuple(Group(name, "own", reads=reads) for name in names), None, cells)


@pytest.fixture(scope="module")
def demo():
    shop = workbook.open_shop("demo")
    people = features.people(shop, baskets.orders(shop), segment.rfm(shop))
    groups = group.groups(shop, tag.tagged(shop, people))
    levels = portrait.levels(shop, groups)
    rules = shop.settings.rules.portrait
    return SimpleNamespace(
        shop=shop,
        groups=groups,
        levels=levels,
        rules=rules,
        compared=portrait.compare(levels, groups, rules, asked="best"),
        truth=json.loads((shop.folder / "truth.json").read_text(encoding="utf-8")),
        people=groups.people.to_pandas().assign(buyer=lambda rows: rows.orders > 0),
    )


# --- the demo, counted once more by pandas ------------------------------------------------------------------


def test_counts_money_and_second_orders_of_the_demo_by_pandas(demo):
    best = demo.people[(demo.people["mask"] & demo.groups.bit("best")) != 0]
    watched = best.first_order_on <= pd.Timestamp(demo.shop.as_of) - pd.Timedelta(days=90)
    again = watched & (best.second_order_days <= 90)
    found = demo.compared[demo.compared.group == "best"]
    for dimension in ("occupation", "region", "first_category", "hour_band"):
        by = best[dimension].fillna("unknown")
        mine = found[found.dimension == dimension].set_index("level")
        there = mine[mine.customers > 0]
        assert there.customers.to_dict() == by.value_counts().to_dict()
        assert there.net_sales.to_dict() == pytest.approx(best.groupby(by).net_sales.sum().to_dict())
        assert there.followed.to_dict() == watched.groupby(by).sum().to_dict()
        share = (again.groupby(by).sum() / watched.groupby(by).sum()).dropna().to_dict()
        assert there.second_order_share.dropna().to_dict() == pytest.approx(share)
        buyers = demo.people[demo.people.buyer][dimension].fillna("unknown").value_counts()
        assert mine.base_customers[mine.base_customers > 0].to_dict() == buyers.to_dict()


def test_the_shares_of_every_group_and_dimension_of_the_demo_sum_to_one(demo):
    by = demo.compared.groupby(["group", "dimension"])
    assert np.allclose(by[["share", "base_share"]].sum(), 1)
    known = by[["known_share", "known_base_share"]].sum()
    assert ((known - 1).abs().lt(1e-9) | known.eq(0)).all(axis=None)


# --- planted ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["best", "repeat_buyers"])
def test_groups_like_the_planted_one_are_found_to_have_what_is_planted(demo, name):
    told = telling.most(demo.compared[demo.compared.group == name], 100)
    found = list(zip(told.dimension, told.level, strict=True))
    assert {("platform_level", "88VIP"), ("occupation", "教师")} <= set(found)
    assert set(told.dimension) <= FOLLOW
    nulls = demo.compared[demo.compared.dimension.isin(["gender", "channel"])]
    assert not nulls.state.isin(FOUND).any()


@pytest.fixture(scope="module")
def true_group(demo):
    """The regular and loyal customers of the truth beside all buyers."""
    members = demo.people.customer_id.isin(demo.truth["groups"]["regular_or_loyal"])
    masks = members.astype("int64").to_numpy()
    known = [name for name in portrait.EVERY if name in set(demo.levels.dimension) - {"province", "shop"}]
    people = demo.people.assign(
        first_product=None, email_ok=demo.people.email_ok.map({True: "yes", False: "no"})
    )
    levels = crowd(people, masks, [*known, "email_ok"])
    groups = named(masks, "regular_or_loyal", reads=frozenset({"orders", "net_sales"}))
    return portrait.compare(levels, groups, demo.rules, asked="regular_or_loyal")


def test_the_true_group_has_all_that_is_planted_first_of_all(true_group, demo):
    told = telling.most(true_group, 100)
    found = list(zip(told.dimension, told.level, strict=True))
    assert set(found) >= PLANTED
    more = told[told.state == "more"]
    assert set(zip(more.dimension, more.level, strict=True)) >= PLANTED
    strange = [place for place, (dimension, _level) in enumerate(found) if dimension not in FOLLOW]
    assert not strange or min(strange) > max(found.index(each) for each in PLANTED)
    vip = told.set_index(["dimension", "level"]).loc[("platform_level", "88VIP")]
    said = next(each for each in demo.truth["group_differences"] if each["levels"] == ["88VIP"])
    assert vip.known_share == pytest.approx(said["in_group"]["share"], abs=0.01)


def test_the_true_group_has_no_difference_where_none_is_planted(true_group):
    nulls = true_group[true_group.dimension.isin(["gender", "channel", "email_ok"])]
    assert nulls.dimension.nunique() == 3 and nulls.p_value.notna().sum() >= 5
    assert not nulls.state.isin(FOUND).any()


def drawn(random, n, base_n, planted):
    """Eight dimensions of six levels; of the first one the second level has the odds ``planted``."""
    shares = np.array([0.3, 0.2, 0.2, 0.15, 0.1, 0.05])
    rows = []
    for place in range(8):
        odds = shares * np.where((np.arange(6) == 1) & (place == 0), planted, 1)
        for mask, size, share in ((1, n, odds / odds.sum()), (0, base_n, shares)):
            for level, count in enumerate(random.multinomial(size, share)):
                rows.append((f"d{place}", f"l{level}", level, mask, count))
    frame = pd.DataFrame(rows, columns=["dimension", "level", "place", "mask", "customers"])
    return frame.assign(buyer=True, title=None, net_sales=0.0, followed=0, second_orders=0)


def test_one_level_of_three_times_the_odds_among_eight_dimensions_comes_first():
    first = []
    for seed in range(20):
        frame = drawn(np.random.default_rng(seed), 200, 2000, 3)
        cells = frame[frame.dimension == "d0"]
        groups = Groups((Group("a", "own"),), None, cells[["mask", "customers"]])
        told = telling.most(portrait.compare(frame, groups, RULES, asked="a"))
        first.append(len(told) > 0 and (told.dimension[0], told.level[0]) == ("d0", "l1"))
    assert sum(first) >= 19


# --- chance -------------------------------------------------------------------------------------------------


def shuffles(codes, masks, bits, n_reports, seed):
    """Frames of levels, each with everybody's mask given to somebody else; people all are buyers."""
    random = np.random.default_rng(seed)
    dimension, level = zip(*(key for key in codes), strict=True)
    for _report in range(n_reports):
        mixed = random.permutation(masks)
        counts = np.array([np.bincount(mixed[at], minlength=bits) for at in codes.values()])
        frame = pd.DataFrame(
            {
                "dimension": np.repeat(dimension, bits),
                "level": np.repeat(level, bits),
                "place": np.repeat(range(len(level)), bits),
                "mask": np.tile(range(bits), len(level)),
                "customers": counts.ravel(),
            }
        )
        frame = frame[frame.customers > 0]
        yield frame.assign(buyer=True, title=None, net_sales=0.0, followed=0, second_orders=0)


def most(reports):
    """How many reports that find anything there may be where 1 in 20 is right: the binomial 99.9 % bound."""
    return int(stats.binom.ppf(0.999, reports, 0.05))


def reports_with_findings(codes, masks, names, reports, seed):
    """In how many reports anything at all is found of the group asked for, and of the others."""
    bits = 2 ** len(names)
    asked = others = 0
    groups = named(masks, *names)
    for frame in shuffles(codes, masks, bits, reports, seed):
        found = portrait.compare(frame, groups, RULES, asked=names[0])
        hit = found[found.state.isin(FOUND)]
        assert found.p_value.notna().any()
        asked += (hit.group == names[0]).any()
        others += (hit.group != names[0]).any()
    return asked, others


def test_of_groups_of_the_demos_people_drawn_by_chance_at_most_one_report_in_twenty_tells_anything(demo):
    people = demo.people[demo.people.buyer].reset_index(drop=True)
    names = ("best", "cart_not_paid")
    masks = sum(((people["mask"] & demo.groups.bit(n)) != 0) * 2**i for i, n in enumerate(names)).to_numpy()
    wanted = ["gender", "age_band", "occupation", "platform_level", "region", "hour_band"]
    codes = {
        (name, level): np.flatnonzero(people[name].fillna("unknown") == level)
        for name in wanted
        for level in sorted(set(people[name].fillna("unknown")))
    }
    asked, others = reports_with_findings(codes, masks, names, 200, seed=11)
    assert asked <= most(200) == 21 and others <= most(200)


def test_of_small_groups_and_many_small_levels_no_more_is_told_by_chance():
    # Six dimensions of twenty levels each: of a hundred people five are expected at each, fewer than the ten
    # from which on a level is judged, so that only chance brings a level among those judged.
    random = np.random.default_rng(3)
    at = random.integers(0, 20, (6, 1500))
    codes = {(f"d{d}", f"l{level}"): np.flatnonzero(at[d] == level) for d in range(6) for level in range(20)}
    masks = np.zeros(1500, dtype="int64")
    masks[:100] += 1
    masks[50:150] += 2
    asked, others = reports_with_findings(codes, masks, ("a", "b"), 80, seed=5)
    assert asked <= most(80) == 11 and others <= most(80)
