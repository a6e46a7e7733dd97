"""The people of the demo shop, what they do and what they bought first: the files say what the truth says."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from build import plain, sheet
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from shopcrm_nb.demo import behaviour, market, people, simulate, tastes

DEMO = Path(__file__).parents[1] / "data" / "demo"
AS_OF = pd.Timestamp("2026-06-30")
SALES = {"JHS202504": ("2025-04-10", "2025-04-12"), "JHS202603": ("2026-03-12", "2026-03-14")}
WORDS = {"view": "浏览", "favourite": "收藏", "cart": "加购"}
TIERS = {"普通会员": (100, 3), "高级会员": (200, 5), "VIP会员": (500, 10), "至尊VIP会员": (2000, 20)}
CATEGORIES = {
    **{"DY": "大衣", "YR": "羽绒服", "MF": "棉服", "FY": "风衣", "PY": "皮衣", "WT": "外套"},
    **{"ZZ": "针织", "QZ": "裙装", "FS": "防晒衣", "PS": "配饰", "BC": "补差"},
}


@pytest.fixture(scope="module")
def truth():
    return json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def orders():
    """The latest copy of each order: id, nick, status, created_at, paid_at (null if never paid), net, …"""
    names = sorted(path.name for path in (DEMO / "raw").glob("ExportOrderList*"))
    tables = [plain(name, "gb18030") if name.endswith("csv") else sheet(name) for name in names]
    every = pd.concat([table.rename(columns=str.strip) for table in tables]).fillna("")
    every["id"] = every["订单编号"].str.strip('="')
    every = every.drop_duplicates("id", keep="last")
    times = {
        "created_at": every["订单创建时间"],
        "paid_at": every["订单付款时间"].where(every["订单状态"] != "等待买家付款", ""),
    }
    renamed = every.rename(columns={"买家会员名": "nick", "订单状态": "status"})
    return renamed.assign(
        **{name: pd.to_datetime(cells, format="mixed") for name, cells in times.items()},
        net=every["买家实际支付金额"].astype(float),
        channel=np.where(every["是否手机订单"] == "手机订单", "mobile", "desktop"),
    )


@pytest.fixture(scope="module")
def valid(orders):
    """Valid orders of plain nicks, the first of each buyer first."""
    kept = orders[orders["paid_at"].notna() & (orders["net"] > 0)]
    return kept[~kept["nick"].str.contains("*", regex=False)].sort_values(["paid_at", "id"])


@pytest.fixture(scope="module")
def first(valid):
    return valid.drop_duplicates("nick").set_index("nick")


@pytest.fixture(scope="module")
def customers():
    return plain("customers.csv").set_index("customer_id")


@pytest.fixture(scope="module")
def lines():
    table = sheet("ExportOrderDetailList202606302359.xlsx")
    category = table["商家编码"].str[:2].map(CATEGORIES)
    return table.assign(category=category, amount=table["买家实际支付金额"].astype(float))


@pytest.fixture(scope="module")
def events():
    return sheet("events.xlsx").assign(at=lambda table: pd.to_datetime(table["时间"]))


@pytest.fixture(scope="module")
def members():
    return plain("members.csv").assign(enrolled_at=lambda table: pd.to_datetime(table["入会时间"]))


def group_of(truth, name):
    if name == "won_by_flash_sale":
        return {nick for sale in SALES for nick in truth["groups"][f"won_by_{sale}"]}
    return set(truth["groups"][name])


def ages(birthdays):
    born = pd.to_datetime(birthdays.where(~birthdays.isin(["", "1900-01-01"])))
    return (
        (AS_OF.year * 10_000 + 630) - (born.dt.year * 10_000 + born.dt.month * 100 + born.dt.day)
    ) // 10_000


def at_level(entry, buyers, valid):
    """Whose they are, whether each is at one of the levels, and whether that is known."""
    levels, dimension = entry["levels"], entry["dimension"]
    if entry["of"] == "valid_orders":
        hits = (
            valid["paid_at"].dt.hour.between(*levels)
            if dimension == "hour"
            else valid["channel"].isin(levels)
        )
        return valid["nick"], hits, hits.notna()
    if dimension == "age":
        years = ages(buyers["birthday"])
        return buyers.index, years.between(*levels), years.notna()
    return buyers.index, buyers[dimension].isin(levels), buyers[dimension] != ""


def four(mine, hits, known):
    """At the level or not, in the group and in the rest."""
    counts = [
        ((hits == hit) & known & (mine == inside)).sum() for inside in (True, False) for hit in (True, False)
    ]
    return np.array(counts).reshape(2, 2)


def differences_of(truth, customers, valid, first):
    """Each difference of the truth with its counts from the files."""
    buyers = customers[customers.index.isin(first.index)]
    for entry in truth["group_differences"]:
        whose, hits, known = at_level(entry, buyers, valid)
        mine = np.isin(whose, list(group_of(truth, entry["group"])))
        yield entry, four(mine, hits.to_numpy(), known.to_numpy())


# --- groups and what sets them apart


def test_the_groups_are_buyers_and_who_was_won_by_a_sale_first_paid_on_its_days(truth, first):
    day = first["paid_at"].dt.normalize()
    for sale, (start, end) in SALES.items():
        assert truth["groups"][f"won_by_{sale}"] == sorted(first.index[day.between(start, end)])
    good = truth["groups"]["regular_or_loyal"]
    assert len(good) == len(set(good)) and set(good) <= set(first.index)
    assert len(good) / len(first) == pytest.approx(0.153, abs=0.015)


def test_the_truth_counts_each_difference_as_the_files_have_it(truth, customers, valid, first):
    for entry, ((at, others), (rest_at, rest_others)) in differences_of(truth, customers, valid, first):
        told = [(side["at_level"], side["known"]) for side in (entry["in_group"], entry["in_rest"])]
        assert told == [(at, at + others), (rest_at, rest_at + rest_others)], entry
        assert entry["odds_ratio"] == pytest.approx(at / others / (rest_at / rest_others), abs=0.0006)


def test_what_was_planted_is_large_and_what_was_not_is_nothing(truth, customers, valid, first):
    planted = []
    for entry, table in differences_of(truth, customers, valid, first):
        odds, p_value = fisher_exact(table)
        if entry["planted"]:
            planted.append((entry["dimension"], entry["group"]))
            assert odds > 1.7 and p_value < 1e-9, entry
        else:
            assert p_value > 0.05, entry
    assert set(planted) == {
        *((name, "regular_or_loyal") for name in ("occupation", "platform_level", "age", "province", "hour")),
        ("age", "won_by_flash_sale"),
    }
    nulls = {entry["dimension"] for entry in truth["group_differences"] if not entry["planted"]}
    assert nulls == {"gender", "email_ok", "sms_ok", "channel", "hour"}


@pytest.mark.parametrize("group", ["regular_or_loyal", "won_by_flash_sale"])
def test_what_is_unknown_of_people_does_not_depend_on_the_group(truth, customers, first, group):
    buyers = customers[customers.index.isin(first.index)]
    mine = np.isin(buyers.index, list(group_of(truth, group)))
    for column in ("gender", "birthday", "occupation", "province", "platform_level", "email_ok", "sms_ok"):
        unknown = (buyers[column] == "").to_numpy()
        assert unknown.any()
        assert fisher_exact(four(mine, unknown, np.ones(len(mine), bool))).pvalue > 0.01, column
    listed = np.isin(first.index, customers.index)
    of_group = np.isin(first.index, list(group_of(truth, group)))
    assert fisher_exact(four(of_group, listed, np.ones(len(listed), bool))).pvalue > 0.01


@given(st.lists(st.tuples(st.integers(0, 86_399), st.booleans()), min_size=1, max_size=50), st.integers(0, 9))
def test_only_some_times_move_and_only_to_a_later_evening(times, seed):
    seconds, whose = (np.array(values) for values in zip(*times, strict=True))
    moved = tastes.towards_evening(np.random.default_rng(seed), seconds, whose)
    changed = moved != seconds
    assert (moved >= seconds).all() and not (changed & ~whose).any()
    assert ((moved[changed] >= 20 * 3600) & (moved[changed] < 24 * 3600)).all()


# --- the first order


def levels_of_first(dimension, first, valid, lines):
    if dimension == "category":
        mine = lines.merge(first.reset_index()[["id", "nick"]], left_on="主订单编号", right_on="id")
        sums = mine.groupby(["nick", "category"], as_index=False)["amount"].sum().round({"amount": 2})
        sums = sums.sort_values(["nick", "amount", "category"], ascending=[True, False, True])
        return sums.drop_duplicates("nick").set_index("nick")["category"].loc[first.index]
    if dimension == "campaign":
        day, found = first["paid_at"].dt.normalize(), pd.Series("none", first.index)
        for sale, days in SALES.items():
            found = found.mask(day.between(*days), sale)
        return found
    if dimension == "hour":
        return pd.Series(np.where(first["paid_at"].dt.hour >= 20, "20-23", "0-19"), first.index)
    if dimension == "province":
        province = first["收货地址"].str.split(" ").str[0]
        return pd.Series(np.where(province.isin(people.NORTH), "north", "elsewhere"), first.index)
    return first["channel"]


def test_the_truth_counts_the_first_orders_as_the_files_have_them(truth, first, valid, lines):
    good = pd.Series(first.index.isin(truth["groups"]["regular_or_loyal"]), first.index)
    told = pd.DataFrame(truth["first_order_drivers"])
    for dimension, rows in told.groupby("dimension"):
        levels = levels_of_first(dimension, first, valid, lines)
        assert sorted(rows["level"]) == sorted(set(levels))
        for row in rows.itertuples():
            here = levels == row.level
            assert (row.customers, row.regular_or_loyal) == (here.sum(), (here & good).sum())
            assert row.lift == pytest.approx(good[here].mean() / good.mean(), abs=0.0006)
            assert row.ratio == pytest.approx(good[here].mean() / good[~here].mean(), abs=0.0006)
        assert rows["customers"].sum() == len(first)


def test_who_buys_a_coat_first_is_twice_as_often_of_the_good_types_and_the_channel_says_nothing(truth):
    told = {(row["dimension"], row["level"]): row for row in truth["first_order_drivers"]}
    assert [key for key, row in told.items() if row["planted"]] == [("category", "大衣")]
    assert told["category", "大衣"]["lift"] > 1.6
    assert (
        max(row["lift"] for (dimension, _), row in told.items() if dimension == "category")
        == (told["category", "大衣"]["lift"])
    )
    for level in (("channel", "mobile"), ("channel", "desktop"), ("campaign", "JHS202603")):
        assert told[level]["planted"] is False
        assert told[level]["lift"] == pytest.approx(1, abs=0.12)


def test_a_coat_bought_first_goes_with_more_later_orders_and_an_equal_first_price_does_not_explain_it(
    first, valid, lines
):
    category = levels_of_first("category", first, valid, lines)
    early = first["paid_at"] < AS_OF - pd.Timedelta(days=365)
    again = valid.groupby("nick").size().loc[first.index] > 2
    dear = first["net"].between(300, 1200) & early
    coat = category == "大衣"
    assert again[dear & coat].mean() > 1.3 * again[dear & ~coat].mean()


# --- what people do in the shop


def test_the_events_are_of_the_last_ninety_days_in_the_platform_s_words(events, truth):
    assert list(events.columns[:4]) == ["会员名", "时间", "行为", "商品ID"]
    assert 15_000 <= len(events) <= 25_000
    assert events["at"].between("2026-04-02", "2026-06-30 23:59").all()
    assert events["at"].is_monotonic_increasing
    assert {what: (events["行为"] == word).sum() for what, word in WORDS.items()} == truth["behaviour"][
        "rows"
    ]
    assert truth["behaviour"]["since"] == "2026-04-02"


def test_the_products_are_the_shop_s_own_but_for_the_hostile_ones_of_one_nick(events, lines):
    strange = events[~events["商品ID"].isin(lines["商家编码"])]
    assert set(strange["会员名"]) == {"<b>小仙女</b>"}
    assert set(strange["商品ID"]) == {"<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'}


def test_the_truth_counts_the_funnel_and_it_narrows(events, orders, truth):
    said, recent = truth["behaviour"], orders[orders["created_at"] >= "2026-04-02"]
    came = {what: set(events.loc[events["行为"] == word, "会员名"]) for what, word in WORDS.items()}
    everybody, wished = set(events["会员名"]), came["favourite"] | came["cart"]
    assert said["people"] == {
        "any": len(everybody),
        "favourite_or_cart": len(wished),
        **{what: len(who) for what, who in came.items()},
    }
    ordered, paid = set(recent["nick"]), set(recent.loc[recent["paid_at"].notna(), "nick"])
    assert (said["ordered"], said["paid"]) == (len(ordered & everybody), len(paid & everybody))
    assert said["without_any_order"] == len(everybody - set(orders["nick"]))
    steps = [len(everybody), len(wished), said["ordered"], said["paid"]]
    assert all(later < 0.9 * earlier for earlier, later in pairwise(steps))


def test_what_is_bought_was_mostly_seen_and_in_the_cart_before(events, orders, lines):
    recent = orders[(orders["created_at"] >= "2026-04-12") & ~orders["nick"].str.contains("*", regex=False)]
    bought = lines.merge(recent[["id", "nick", "created_at"]], left_on="主订单编号", right_on="id")
    done = events.rename(columns={"会员名": "nick", "商品ID": "商家编码"})
    both = bought.merge(done[["nick", "商家编码", "行为", "at"]], on=["nick", "商家编码"])
    before = both[both["at"] < both["created_at"]]
    shares = {
        what: before.loc[before["行为"] == word, "子订单编号"].nunique() / len(bought)
        for what, word in WORDS.items()
    }
    assert len(bought) > 500
    assert shares["view"] > 0.9 > shares["cart"] > 0.75 > 0.35 > shares["favourite"] > 0.15


def test_in_618_carts_are_filled_and_most_are_never_paid(events, valid, lines, truth):
    carts = events[events["行为"] == "加购"]
    day = carts["at"].dt.normalize()
    within = day.between("2026-06-01", "2026-06-20")
    assert within.sum() / 20 > 1.7 * (~within).sum() / 70
    pairs = carts[within].groupby(["会员名", "商品ID"], as_index=False)["at"].min()
    sold = lines.merge(valid[["id", "nick", "paid_at"]], left_on="主订单编号", right_on="id")
    both = pairs.merge(sold, left_on=["会员名", "商品ID"], right_on=["nick", "商家编码"])
    paid = both[both["paid_at"].dt.normalize() >= both["at"].dt.normalize()]
    keys = set(zip(paid["会员名"], paid["商品ID"], strict=True))
    left = {
        nick
        for nick, product in zip(pairs["会员名"], pairs["商品ID"], strict=True)
        if (nick, product) not in keys
    }
    assert truth["behaviour"]["cart_618"] == {
        "people": pairs["会员名"].nunique(),
        "pairs": len(pairs),
        "pairs_paid": len(keys),
        "people_with_an_unpaid_one": len(left),
    }
    assert len(keys) > 100 and len(left) > 300


def test_who_leaves_in_the_bad_month_had_filled_the_cart_and_who_stays_away_had_not():
    world = simulate.simulate(618)
    healthy = simulate.simulate(618, with_faults=False)
    carts = world.events[world.events["type"] == "cart"]
    held = set(zip(carts["person"], carts["product"], strict=True))
    codes = behaviour.catalogue.products()["code"].to_numpy()
    for fault, low, high in (("bad_conversion", 0.7, 1), ("returning_slump", 0, 0.2)):
        lost = world.lost[(world.lost["fault"] == fault) & (world.lost["created_at"] >= "2026-04-12")]
        lost = lost[lost["created_at"] <= pd.Timestamp(market.LAST_DAY)]
        mine = healthy.lines[healthy.lines["order"].isin(lost.index)]
        persons = lost.loc[mine["order"], "person"]
        share = np.mean([key in held for key in zip(persons, codes[mine["product"]], strict=True)])
        assert len(mine) > 30 and low <= share <= high, fault


def test_strangers_are_in_no_other_file(events, orders, customers, members):
    known = set(orders["nick"]) | set(customers.index)
    strangers = set(events["会员名"]) - known
    assert 1000 < len(strangers) < 2400
    assert not strangers & set(members["会员名"])


# --- the club


@pytest.fixture(scope="module")
def standing(orders):
    done = orders[(orders["status"] == "交易成功") & ~orders["nick"].str.contains("*", regex=False)]
    table = done.groupby("nick").agg(orders=("id", "size"), net=("net", "sum"), since=("paid_at", "min"))
    reached = [(table["net"].round(2) >= yuan) | (table["orders"] >= count) for yuan, count in TIERS.values()]
    names = np.array(["", *TIERS])
    return table.assign(tier=names[np.sum(reached, axis=0)])


def test_a_member_s_tier_is_what_the_completed_orders_make_it(members, standing):
    assert members["会员名"].is_unique
    assert list(members.columns[:4]) == ["会员名", "入会时间", "会员等级", "积分"]
    earned = standing["tier"].reindex(members["会员名"]).fillna("")
    assert (members["会员等级"].to_numpy() == earned.to_numpy()).all()
    assert set(members["会员等级"]) == {"", *TIERS}


def test_members_join_after_their_first_order_and_have_at_most_a_point_a_yuan(members, standing):
    mine = standing.reindex(members["会员名"])
    since = mine["since"].fillna(pd.Timestamp("2023-07-01")).to_numpy()
    assert (members["enrolled_at"].to_numpy() >= since - np.timedelta64(60, "s")).all()
    assert (members["enrolled_at"] <= "2026-06-30 23:59").all()
    points = members["积分"].astype(int)
    assert (points >= 0).all() and (points <= mine["net"].fillna(0).to_numpy()).all()
    assert points.eq(0).any() and points.gt(1000).any()


def test_about_three_in_ten_buyers_are_members_and_most_who_qualify_never_claimed_the_card(
    members, standing, truth
):
    said, joined, qualifies = (
        truth["members"],
        set(members["会员名"]),
        set(standing.index[standing["tier"] != ""]),
    )
    assert (said["rows"], said["buyers"]) == (len(members), len(standing))
    assert said["members"] == len(qualifies & joined)
    assert said["potential_members"] == len(qualifies - joined)
    assert said["enrolled_below_first_tier"] == len(joined - qualifies)
    assert said["enrolled_without_completed_order"] == len(joined - set(standing.index))
    waiting = standing["tier"][~standing.index.isin(joined)].value_counts()
    for tier in TIERS:
        assert said["enrolled_by_tier"][tier] == (members["会员等级"] == tier).sum() > 100
        assert said["potential_by_tier"][tier] == waiting[tier] > 100
    assert len(joined & set(standing.index)) / len(standing) == pytest.approx(0.3, abs=0.03)
    assert said["enrolled_below_first_tier"] > 20
