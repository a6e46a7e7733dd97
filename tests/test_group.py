"""Groups: who is in which, what each brings, and how they share their people, by hand and by pandas."""

import itertools
from functools import cache

import pandas as pd
import pytest
from build import rules_of
from persons import people_of, shop_in_memory
from pydantic import ValidationError

from shopcrm_nb import condition, group, tag, workbook
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.rules import source_rules

ORDERS = """order_id customer_id paid_at paid
    1 a 2024-01-01_10:00 100
    2 a 2024-02-01_10:00 100
    3 b 2024-01-01_10:00 60
    4 b 2024-06-29_10:00 40
    5 c 2024-06-30_10:00 50
    6 d 2024-04-01_10:00 50
    7 d 2024-06-30_10:00 50"""
CUSTOMERS = """customer_id gender email_ok sms_ok blacklisted age
    a female yes no no 30
    b female no yes - 30
    c male - - yes 30
    e - yes yes - -"""


def rules_with(tags=None, **groups):
    """The rules with no groups but these, and these tags beside those of the workbook."""
    dropped = dict.fromkeys(source_rules().groups, "")
    return rules_of(groups=dropped | groups, tags={"behaviour": tags or {}})


@cache
def shop_and_groups(tags="", **groups):
    own = dict(pair.split("=", 1) for pair in tags.split(";")) if tags else {}
    rules = rules_with(own, **groups)
    condition.check(rules.tags.each(), rules.groups)
    shop = shop_in_memory(rules=rules, orders=ORDERS, customers=CUSTOMERS)
    return shop, group.groups(shop, tag.tagged(shop, people_of(shop)))


def in_group(groups, name):
    return sorted(groups.members(name).customer_id.execute())


def own(groups):
    return [each.name for each in groups.each if each.kind == "own"]


MINE = {
    "everybody": "TRUE",
    "nobody": "orders > 99",
    "one": "gender = 'male'",
    "women": "gender = 'female'",
    "twice": "repurchased",
    "rich": "net_sales >= 100",
}


# --- who is in a group --------------------------------------------------------------------------------------


def test_a_group_is_whom_its_condition_holds_for():
    _shop, groups = shop_and_groups(**MINE)
    found = {name: in_group(groups, name) for name in MINE}
    assert found == {
        "everybody": ["a", "b", "c", "d", "e"],
        "nobody": [],
        "one": ["c"],
        "women": ["a", "b"],
        "twice": ["a", "b", "d"],
        "rich": ["a", "b", "d"],
    }
    assert own(groups) == list(MINE)


def test_a_condition_that_is_null_holds_for_nobody_and_neither_does_its_opposite():
    found = {
        "women": "gender = 'female'",
        "others": "NOT (gender = 'female')",
        "not_in": "gender NOT IN ('female')",
        "not_equal": "gender <> 'female'",
        "untold": "gender IS NULL",
    }
    _shop, groups = shop_and_groups(**found)
    assert [in_group(groups, name) for name in found] == [["a", "b"], ["c"], ["c"], ["c"], ["d", "e"]]


def test_a_tag_that_is_neither_had_nor_not_had_is_so_in_a_group_as_well():
    _shop, groups = shop_and_groups("woman=gender = 'female'", has="woman", has_not="NOT woman")
    assert in_group(groups, "has") == ["a", "b"]
    assert in_group(groups, "has_not") == ["c"]  # of d and e the gender is not known


def test_a_group_may_be_made_of_tags_and_features():
    _shop, groups = shop_and_groups("who=gender", mine="who = 'female' AND repurchased AND net_sales > 150")
    assert in_group(groups, "mine") == ["a"]


def test_scored_customers_are_in_the_group_of_their_grade():
    shop, groups = shop_and_groups(**MINE)
    people = groups.people.to_pandas().set_index("customer_id")
    for name in "PGSB":
        assert in_group(groups, f"grade_{name}") == sorted(people.index[people.grade == name])
    assert [each.name for each in groups.each if each.kind == "grade"] == [f"grade_{g}" for g in "PGSB"]
    assert not [each for each in groups.each if each.kind == "cluster"]
    with_clusters = group.groups(shop, tag.tagged(shop, people_with_clusters(shop)))
    assert in_group(with_clusters, "cluster_1") == ["a", "b"] and in_group(with_clusters, "cluster_2") == [
        "d"
    ]


def people_with_clusters(shop):
    people = people_of(shop)
    return people.mutate(cluster=people.customer_id.substitute({"a": "1", "b": "1", "d": "2"}, else_=None))


def test_a_group_that_rests_on_what_the_shop_lacks_has_no_people_and_says_so():
    shop, groups = shop_and_groups(
        members="member", seen="views_30d > 0 AND orders > 0", women="gender = 'female'"
    )
    rows = group.sizes(shop, groups).set_index("group")
    assert rows.state["members"] == "not computed: needs members.enrolled_at"
    assert rows.state["seen"] == "not computed: needs events.type"
    assert rows.loc[["members", "seen"], ["customers", "net_sales", "customer_share"]].isna().all().all()
    assert in_group(groups, "members") == []
    assert isinstance(groups.named("members"), NotComputed)
    assert groups.named("women").name == "women"


def test_a_group_that_is_not_there_is_told_with_the_nearest():
    _shop, groups = shop_and_groups(**MINE)
    missing = groups.named("womem")
    assert missing.sentence() == 'not computed: needs a group; there is no "womem" (did you mean "women"?)'
    assert isinstance(groups.named("<b>x</b>"), NotComputed)


def test_a_group_knows_by_which_features_it_is_made_through_its_tags_too():
    _shop, groups = shop_and_groups(
        "rich_tag=net_sales > 5", x="rich_tag AND gender = 'female'", y="orders > 1"
    )
    assert groups.reads()["x"] == {"net_sales", "gender"}
    assert groups.reads()["y"] == {"orders"}
    assert groups.reads()["grade_P"] == {"grade"}


# --- campaigns ----------------------------------------------------------------------------------------------

CAMPAIGNS = """campaign_id name start end
    old Old 2024-01-01 2024-01-31
    sent Sent 2024-06-01 2024-06-30
    later Later 2024-07-01 2024-07-31"""
SENDS = """campaign_id customer_id channel sent_at arm
    sent a sms 2024-06-02 treatment
    sent b sms 2024-06-02 holdout
    sent c sms 2024-06-02 -
    sent d sms 2024-07-02 treatment
    sent - sms 2024-06-02 -"""


def campaigns_of(**tables):
    shop = shop_in_memory(rules=rules_with(), orders=ORDERS, customers=CUSTOMERS, **tables)
    return group.groups(shop, tag.tagged(shop, people_of(shop)))


def test_a_campaigns_people_are_those_it_was_sent_to_and_not_its_hold_out():
    groups = campaigns_of(campaigns=CAMPAIGNS, sends=SENDS)
    assert in_group(groups, "campaign_sent") == ["a", "c"]
    assert [each.name for each in groups.each if each.kind == "campaign"] == ["campaign_sent", "campaign_old"]


def test_a_campaign_without_messages_has_the_buyers_of_its_days():
    groups = campaigns_of(campaigns=CAMPAIGNS)
    assert in_group(groups, "campaign_sent") == ["b", "c", "d"]
    assert in_group(groups, "campaign_old") == ["a", "b"]
    assert groups.named("campaign_old").rule == "Old 2024-01-01"


def test_only_the_latest_campaigns_are_groups():
    rows = "campaign_id name start end" + "".join(
        f"\nc{n} N{n} 2024-03-{n:02} 2024-03-{n:02}" for n in range(1, 10)
    )
    groups = campaigns_of(campaigns=rows)
    names = [each.name for each in groups.each if each.kind == "campaign"]
    assert names == [f"campaign_c{n}" for n in range(9, 3, -1)]
    assert len(names) == group.CAMPAIGNS


# --- sizes --------------------------------------------------------------------------------------------------


def test_sizes_by_hand():
    shop, groups = shop_and_groups(**MINE)
    rows = group.sizes(shop, groups).set_index("group")
    assert rows.columns.tolist() == [name for name in group.COLUMNS if name != "group"]
    # a 200, b 100, c 50, d 100 of 450; e never bought
    assert rows.customers[list(MINE)].tolist() == [5, 0, 1, 2, 3, 3]
    assert rows.customer_share["women"] == 0.4 and rows.customer_share["nobody"] == 0
    assert rows.buyers["everybody"] == 4
    assert rows.net_sales[["everybody", "nobody", "women"]].tolist() == [450, 0, 300]
    assert rows.sales_share["women"] == pytest.approx(300 / 450)
    assert rows.net_sales_per_customer[["everybody", "women"]].tolist() == [112.5, 150]
    assert rows.rule["twice"] == "repurchased" and rows.kind["twice"] == "own"
    assert set(rows.state) == {""}


def test_an_empty_group_has_zeros_and_no_averages():
    shop, groups = shop_and_groups(**MINE)
    row = group.sizes(shop, groups).set_index("group").loc["nobody"]
    assert (row.customers, row.buyers, row.net_sales, row.followed) == (0, 0, 0, 0)
    assert row[["net_sales_per_customer", "second_order_share"]].isna().all()
    assert "nobody" not in [each.name for each in groups.present()]


def test_the_second_order_is_looked_for_in_90_days_after_the_first_of_those_watched_so_long():
    # a: a month later; b: 180 days later; d: first 90 days before as_of, second on its 90th day; c: too young
    shop, groups = shop_and_groups(**MINE)
    rows = group.sizes(shop, groups).set_index("group")
    assert (rows.followed["everybody"], rows.followed["one"]) == (3, 0)
    assert rows.second_order_share["everybody"] == pytest.approx(2 / 3)
    assert rows.second_order_share["women"] == 0.5
    assert pd.isna(rows.second_order_share["one"])


def test_consent_is_counted_where_it_is_known():
    shop, groups = shop_and_groups(**MINE)
    rows = group.sizes(shop, groups).set_index("group")
    assert rows.loc["everybody", ["email_yes", "sms_yes", "blacklisted"]].tolist() == [2, 2, 1]
    assert rows.loc["women", ["email_yes", "sms_yes", "blacklisted"]].tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    "customers", ["customer_id gender\na female", "customer_id email_ok sms_ok blacklisted\na - - -"]
)
def test_consent_that_the_shop_does_not_know_is_not_0(customers):
    shop = shop_in_memory(rules=rules_with(all_="TRUE"), orders=ORDERS, customers=customers)
    groups = group.groups(shop, tag.tagged(shop, people_of(shop)))
    row = group.sizes(shop, groups).set_index("group").loc["all_"]
    assert row[["email_yes", "sms_yes", "blacklisted"]].isna().all()
    assert row.customers == 4


# --- overlap ------------------------------------------------------------------------------------------------


def test_the_overlap_is_the_share_of_the_first_groups_people():
    _shop, groups = shop_and_groups(**MINE)
    frame = group.overlap(groups).set_index(["group", "other"])
    assert frame.customers["women", "twice"] == frame.customers["twice", "women"] == 2
    assert frame.share["women", "twice"] == 1 and frame.share["twice", "women"] == pytest.approx(2 / 3)
    assert frame.share["women", "one"] == 0
    assert all(frame.share[name, name] == 1 for name in ("women", "one", "everybody"))
    assert "nobody" not in frame.index.get_level_values("group")  # an empty group has no share of anything
    assert len(frame) == 25


def test_each_person_is_in_exactly_one_intersection():
    _shop, groups = shop_and_groups(**MINE)
    frame = group.intersections(groups)
    assert dict(zip(frame.groups, frame.customers, strict=True)) == {
        ("everybody", "women", "twice", "rich"): 2,
        ("everybody", "twice", "rich"): 1,
        ("everybody", "one"): 1,
        ("everybody",): 1,
    }
    assert frame.customers.tolist() == sorted(frame.customers, reverse=True)
    assert len(group.intersections(groups, top_n=2)) == 2
    _shop, few = shop_and_groups(women="gender = 'female'", one="gender = 'male'")
    assert group.intersections(few).customers.sum() == 3  # d and e are in none


def test_members_and_files_list_each_person_once_a_group_and_no_blacklisted_one_is_written_to():
    _shop, groups = shop_and_groups(**MINE)
    rows = group.members(groups).execute()
    assert not rows.duplicated().any()
    assert rows.groupby("group").size().to_dict() == {
        **{"everybody": 5, "one": 1, "women": 2, "twice": 3, "rich": 3}
    }
    files = {name: table.execute() for name, table in group.files(groups).items()}
    assert files["everybody"].customer_id.tolist() == ["a", "b", "d", "e"]
    assert files["one"].empty
    assert files["women"].columns.tolist() == ["customer_id", "email_ok", "sms_ok"]
    assert "nobody" not in files


def test_a_shop_without_groups_of_its_own_has_empty_frames_and_its_grades():
    shop, groups = shop_and_groups()
    assert own(groups) == []
    assert group.overlap(groups).empty and group.intersections(groups).empty
    assert group.members(groups).execute().empty and group.files(groups) == {}
    assert group.sizes(shop, groups).kind.unique().tolist() == ["grade"]
    assert group.overlap(groups, "grade").share.isin([0, 1]).all()


# --- names --------------------------------------------------------------------------------------------------


def test_names_that_could_meet_those_of_the_workbook_do_not():
    tags = "in_women=orders > 1;took=orders > 1"
    _shop, groups = shop_and_groups(tags, women="orders = 1", x="took AND in_women", 新客="orders = 1")
    assert in_group(groups, "women") == in_group(groups, "新客") == ["c"]
    assert in_group(groups, "x") == ["a", "b", "d"]
    assert {"in_women", "took"} <= set(groups.people.columns)


def test_a_tag_named_as_a_campaign_does_not_meet_the_campaign():
    rules = rules_with({"campaign_0_": "orders > 99", "campaign_old": "orders > 99"}, x="campaign_0_")
    shop = shop_in_memory(rules=rules, orders=ORDERS, campaigns=CAMPAIGNS)
    groups = group.groups(shop, tag.tagged(shop, people_of(shop)))
    assert in_group(groups, "campaign_sent") == ["b", "c", "d"] and in_group(groups, "x") == []
    assert {"campaign_0_", "campaign_old"} <= set(groups.people.columns)


@pytest.mark.parametrize("name", ["mask", "buyer", "followed", "second_orders", "Mask"])
def test_a_tag_cannot_have_the_name_of_a_column_that_stands_beside_it(name):
    with pytest.raises(ShopcrmError, match="is the name of another column; take another"):
        condition.check({name: "orders > 1"}, {})


@pytest.mark.parametrize("name", ["grade_P", "cluster_1", "campaign_x"])
def test_a_group_cannot_have_the_name_of_a_grade_a_cluster_or_a_campaign(name):
    with pytest.raises(ValidationError, match="begins like a group of the workbook's own"):
        rules_of(groups={name: "TRUE"})


def test_more_groups_than_can_be_compared_are_refused_and_as_many_as_can_are_all_there():
    many = {f"g{n}": f"orders = {n}" for n in range(30)}
    _shop, groups = shop_and_groups(**many)
    assert own(groups) == list(many)
    assert in_group(groups, "g2") == ["a", "b", "d"] and in_group(groups, "g1") == ["c"]
    with pytest.raises(ValidationError, match="has 31 groups; keep 30 at most"):
        rules_with(**many, one_more="TRUE")


def test_without_customer_ids_there_are_no_groups():
    shop = shop_in_memory(orders="order_id paid_at paid\n1 2024-06-30 5")
    found = group.groups(shop, tag.tagged(shop, people_of(shop)))
    assert found.needs == "orders.customer_id"
    assert group.sizes(shop, found).needs == group.overlap(found).needs == "orders.customer_id"


# --- on the demo shop, by pandas ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo():
    shop = workbook.open_shop("demo")
    groups = group.groups(shop, tag.tagged(shop, people_of(shop)))
    return shop, groups, groups.people.to_pandas().set_index("customer_id")


def flags_of(groups, people):
    return {each.name: (people["mask"] & groups.bit(each.name)) != 0 for each in groups.each}


def test_the_demos_groups_by_pandas(demo):
    _shop, groups, p = demo
    flags = flags_of(groups, p)
    expected = {
        "members": p.member.fillna(False).astype(bool),
        "repeat_buyers": p.orders >= 2,
        "second_order_due": (p.orders == 1) & (p.recency_days <= 90),
        "valuable_silent": p.grade.isin(["P", "G"]) & (p.recency_days > 90),
        "cart_not_paid": p.cart_unpaid_30d > 0,
        "interested": (p.orders == 0) & ((p.favourites_90d > 0) | (p.carts_90d > 0)),
        "discount_lovers": (p.orders >= 2) & (p.discount_share >= 0.2),
        "institution_staff": p.occupation.isin(
            ["医生", "护士", "医护", "老师", "教师", "公务员", "事业单位"]
        ),
        **{f"grade_{g}": p.grade == g for g in "PGSB"},
    }
    for name, who in expected.items():
        assert (flags[name] == who).all(), name
        assert who.any(), name


def test_the_demos_sizes_overlaps_and_intersections_by_pandas(demo):
    shop, groups, p = demo
    flags = flags_of(groups, p)
    sizes = group.sizes(shop, groups).set_index("group")
    for name in sizes.index[sizes.state == ""]:
        mine = p[flags[name]]
        assert sizes.customers[name] == len(mine)
        assert sizes.net_sales[name] == pytest.approx(mine.net_sales.sum(), abs=0.01)
        assert sizes.buyers[name] == (mine.orders > 0).sum()
        old = mine[mine.first_order_on <= pd.Timestamp(shop.as_of) - pd.Timedelta(days=90)]
        assert sizes.followed[name] == len(old)
        if len(old):
            assert sizes.second_order_share[name] == pytest.approx((old.second_order_days <= 90).mean())
    names = [each.name for each in groups.present() if each.kind == "own"]
    frame = group.overlap(groups).set_index(["group", "other"])
    for a, b in itertools.product(names, names):
        assert frame.customers[a, b] == (flags[a] & flags[b]).sum()
        assert frame.share[a, b] == pytest.approx((flags[a] & flags[b]).sum() / flags[a].sum())
    exact = pd.DataFrame({name: flags[name] for name in names})
    sets = exact.apply(lambda row: tuple(name for name in names if row[name]), axis=1).value_counts()
    found = group.intersections(groups, top_n=10_000)
    assert dict(zip(found.groups, found.customers, strict=True)) == {s: n for s, n in sets.items() if s}


def test_everybody_of_the_demo_is_counted_once_by_mask(demo):
    _shop, groups, p = demo
    assert groups.cells.customers.sum() == len(p)
    assert groups.cells["mask"].is_unique
    assert groups.cells.net_sales.sum() == pytest.approx(p.net_sales.sum(), abs=0.01)
