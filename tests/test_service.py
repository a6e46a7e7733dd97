"""Service of groups beside all customers: by hand, by pandas, and no difference out of nothing."""

import ibis
import numpy as np
import pandas as pd
import pytest
from build import WORKBOOK, rules_of
from fulfil import in_memory, seen, timed_orders
from scipy import stats
from waiting import RULES, orders_of, scenes_of

from shopcrm_nb import labels, model, process, scene_words, service, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.interval import wilson

ORDERS = """
1 a 2024-06-01 2024-06-01 100 100 100 refunded 2024-06-02 2024-06-05 - -
2 a 2024-06-02 2024-06-02 85 85 0 success 2024-06-05 2024-06-09 2024-06-10 -
3 a 2024-06-20 - 0 30 0 closed_unpaid - - - -
4 b 2024-06-03 2024-06-03 300 300 30 success 2024-06-04 2024-06-10 2024-06-12 -
5 b 2023-06-30 2023-06-30 900 900 900 refunded 2023-07-01 2023-07-05 - -
6 c 2024-06-20 2024-06-20 50 50 0 paid - - - -
7 d 2024-06-21 2024-06-21 60 60 0 shipped 2024-06-22 - - -
8 d 2024-06-29 2024-06-29 60 60 0 shipped 2024-06-29 - - -
9 e 2024-06-29 - 0 60 0 unpaid - - - -
10 - 2024-06-03 2024-06-03 70 70 70 refunded - - - -
11 f 2024-07-01 2024-07-01 70 70 70 refunded - - - -
"""
FEW = RULES | {"portrait": {"min_customers": 1}}


def groups_of(**groups):
    rows = [(who, group) for group, members in groups.items() for who in members]
    return ibis.memtable(pd.DataFrame(rows, columns=["customer_id", "group"]))


def served_by(shop, groups):
    return service.by_group(shop, groups, process.parcels(shop), scenes_of(shop))


@pytest.fixture(scope="module")
def by_hand():
    shop = in_memory(orders_of(ORDERS), rules=FEW)
    return served_by(shop, groups_of(first="ab", second="cde", both="abcdef", nobody="xyz"))


def of(served, group, column):
    rows = served[served.group == group].set_index("service_measure")
    return {name: value for name, value in rows[column].items() if pd.notna(value)}


def test_every_measure_by_hand(by_hand):
    # Buyers of the year: a, b, c, d and the old one; with a refund: a and b.
    assert of(by_hand, "first", "share") == pytest.approx(
        {
            "refunded_customers": 1,
            "refund_money": 130 / 485,  # of 100, 85 and 300
            "unpaid_orders": 1 / 4,  # of 1, 2, 3 and 4
            "late_orders": 1 / 3,  # the second left after 72 hours; 5 is of another year
            "slow_orders": 1 / 3,  # 4 took 144 hours, four of five take 96 to 106
            "near_upgrade": 1 / 2,  # a lacks 15; b has 270 and lacks 230 to the next
            "gift_due": 0,
        }
    )
    assert of(by_hand, "second", "share") == pytest.approx(
        {
            "refunded_customers": 0,
            "refund_money": 0,
            "unpaid_orders": 0,  # of 6, 7 and 8; e, who never bought, is no customer
            "late_orders": 1 / 3,  # 6 has not left; 7 and 8 left in time
            "slow_orders": 1,  # 7 has not arrived for 216 hours; 8 is too young
            "near_upgrade": 0,
            "gift_due": 1 / 2,  # the first order of c waits to be packed; e never bought
        }
    )
    assert of(by_hand, "first", "customers") == dict.fromkeys(service.MEASURES, 2)
    assert of(by_hand, "second", "n") == {
        **{"refunded_customers": 2, "refund_money": 2, "unpaid_orders": 3, "late_orders": 3},
        **{"slow_orders": 1, "near_upgrade": 2, "gift_due": 2},
    }


def test_the_base_is_all_customers_the_same_for_every_group(by_hand):
    # The old orders: three customers' orders in one, all in time and none refunded; paid 50 each.
    expected = {
        "refunded_customers": 2 / 5,
        "refund_money": 130 / (485 + 170 + 150),
        "unpaid_orders": 1 / 10,
        "late_orders": 2 / 9,
        "slow_orders": 2 / 7,
        "near_upgrade": 1 / 5,
        "gift_due": 1 / 5,
    }
    for group in ("first", "second", "both", "nobody"):
        assert of(by_hand, group, "base_share") == pytest.approx(expected)


def test_a_person_who_never_bought_is_nobodys_customer(by_hand):
    nobody = by_hand[by_hand.group == "nobody"]
    assert (nobody.customers == 0).all()
    assert nobody.share.isna().all()
    assert (nobody.beside_all == "few").all()


def test_the_frame_has_each_group_and_measure_in_order(by_hand):
    assert list(by_hand) == service.COLUMNS
    assert by_hand.group.drop_duplicates().tolist() == ["both", "first", "nobody", "second"]
    for _group, rows in by_hand.groupby("group"):
        assert rows.service_measure.tolist() == list(service.MEASURES)


def test_what_cannot_be_told_stands_as_a_row_that_says_why():
    shop = in_memory(
        "order_id customer_id paid_at created_at paid order_total\n1 a 2024-06-30 2024-06-30 85 85"
    )
    found = served_by(shop, groups_of(one="a")).set_index("service_measure")
    assert found.beside_all.to_dict() == {
        **dict.fromkeys(service.MEASURES, "untold"),
        "near_upgrade": "few",
    }
    assert found.state["late_orders"] == "not computed: needs orders.shipped_at"
    assert found.state["gift_due"] == "not computed: needs orders.shipped_at"
    assert found.state["refund_money"].startswith("not computed: needs orders.refund")
    assert found.drop("near_upgrade")[["customers", "n", "share", "ci_low", "p_value"]].isna().all(axis=None)
    assert found.share["near_upgrade"] == 1


def test_where_nothing_can_be_told_it_says_what_is_missing():
    shop = in_memory(
        "order_id customer_id paid_at created_at paid order_total\n1 a 2024-06-30 2024-06-30 85 85"
    )
    shop.settings.currency = "EUR"  # the tiers of the source are in yuan
    found = served_by(shop, groups_of(one="a"))
    assert isinstance(found, NotComputed)
    assert {"orders.refund", "orders.shipped_at", "rules.tiers.each"} <= set(found.needs.split(", "))
    assert service.sentence(found) is found


def test_without_customers_there_is_no_service_of_groups():
    shop = in_memory("order_id paid_at created_at paid order_total\n1 2024-06-30 2024-06-30 85 85")
    found = served_by(shop, groups_of(one="a"))
    assert isinstance(found, NotComputed)
    assert found.needs == "orders.customer_id"


def test_groups_that_could_not_be_made_have_no_service():
    missing = NotComputed("events.type")
    assert served_by(in_memory(orders_of(ORDERS), rules=FEW), missing) is missing


def test_no_group_gives_an_empty_frame_with_its_columns():
    shop = in_memory(orders_of(ORDERS), rules=FEW)
    found = served_by(shop, groups_of(one="a").filter(lambda t: t.customer_id == "x"))
    assert list(found) == service.COLUMNS
    assert len(found) == 0
    assert service.sentence(found) == "No group has enough customers to be compared with the others."


# --- a larger shop, of which all is known -------------------------------------------------------------------


def large(seed=1, **plant):
    """A shop of orders with all times, and its customers; those of ``plant`` send back more."""
    orders = seen(timed_orders(4000, seed=seed, slow=False, days=364))
    orders = orders.assign(created_at=orders.paid_at, order_total=orders.paid)
    random = np.random.default_rng(seed)
    for name, more in plant.items():
        mine = orders.customer_id.str.endswith(name)
        back = mine & (random.random(len(orders)) < more) & (orders.refund == 0)
        orders.loc[back, "refund"] = (orders.paid[back] / 2).round(2)
    return orders


@pytest.fixture(scope="module")
def simulated():
    orders = large()
    shop = in_memory(orders)
    return shop, process.parcels(shop), scenes_of(shop), orders


def test_shares_of_a_large_shop_by_pandas(simulated):
    shop, parcels, scenes, orders = simulated
    groups = groups_of(seven={who for who in orders.customer_id if who.endswith("7")})
    found = service.by_group(shop, groups, parcels, scenes).set_index("service_measure")
    mine = orders[orders.customer_id.str.endswith("7")]
    # Customers are those who kept anything of an order.
    kept = mine.groupby("customer_id").apply(lambda rows: (rows.paid > rows.refund).any())
    mine = mine[mine.customer_id.map(kept)]
    refunded = mine.groupby("customer_id").refund.max() > 0
    assert found.share["refunded_customers"] == pytest.approx(refunded.mean())
    assert found.customers["refunded_customers"] == len(refunded)
    assert found.share["refund_money"] == pytest.approx(mine.refund.sum() / mine.paid.sum())
    low, high = wilson(refunded.sum(), len(refunded), 0.95)
    assert found.loc["refunded_customers", ["ci_low", "ci_high"]].tolist() == pytest.approx([low, high])
    judged = parcels.to_pandas()
    judged = judged[judged.customer_id.isin(refunded.index) & judged.late.notna()]
    assert found.n["late_orders"] == len(judged)
    assert found.share["late_orders"] == pytest.approx(judged.late.astype(bool).mean())
    due = scenes.table.to_pandas()
    due = due[(due.scene == "upgrade") & due.customer_id.isin(refunded.index)]
    assert found.n["near_upgrade"] == kept.sum() < len(kept)
    assert found.share["near_upgrade"] == pytest.approx(due.customer_id.nunique() / kept.sum())


def test_the_p_value_of_customers_is_fishers_against_all_others(simulated):
    shop, parcels, scenes, orders = simulated
    groups = groups_of(seven={who for who in orders.customer_id if who.endswith("7")})
    found = service.by_group(shop, groups, parcels, scenes).set_index("service_measure")
    assert found.p_value[list(service.DUE)].isna().all()  # they follow from how often one buys
    assert orders.customer_id.nunique() > found.customers.max()
    assert found.p_adjusted.max() <= 1
    tested = found.p_value.dropna()
    assert found.p_adjusted.min() == pytest.approx(min(tested.min() * len(tested), 1))


def test_a_group_that_sends_back_more_is_found_and_named():
    shop = in_memory(large(**{"7": 0.3}))
    people = shop.orders.select("customer_id").distinct()
    groups = people.mutate(group=ibis.literal("last digit ") + people.customer_id.right(1))
    served = served_by(shop, groups)
    found = served[served.beside_all.isin(["more", "less"])]
    assert set(found.group) == {"last digit 7"}
    assert set(found.service_measure) == {"refund_money"}
    assert (found.beside_all == "more").all()
    said = service.sentence(served, {"last digit 7": "The Sevens"})
    assert said.startswith("Clearly served otherwise than all customers: The Sevens – ")
    assert scene_words.measures()["refund_money"] in said
    turned = served_by(
        shop, groups.mutate(group=ibis.ifelse(groups.group == "last digit 7", "a", "the rest"))
    )
    rest = turned[(turned.group == "the rest") & (turned.service_measure == "refund_money")].iloc[0]
    assert rest.beside_all == "less"


def test_groups_drawn_by_lot_are_rarely_said_to_differ(simulated):
    shop, parcels, scenes, orders = simulated
    random = np.random.default_rng(9)
    who = orders.customer_id.unique()
    lots = {f"g{n:03}": random.choice(who, 200, replace=False) for n in range(200)}
    served = service.by_group(shop, groups_of(**lots), parcels, scenes)
    assert set(served.beside_all) <= {"not_clear", "untold", "more", "less"}
    assert served.beside_all.isin(["more", "less"]).sum() <= 1
    tested = served.dropna(subset="p_value")
    assert len(tested) > 500
    for name, rows in tested.groupby("service_measure"):
        assert (rows.p_value < 0.05).sum() <= stats.binom.ppf(0.999, 200, 0.05), name
    wide = tested[(tested.ci_low <= tested.base_share) & (tested.base_share <= tested.ci_high)]
    assert 0.93 <= len(wide) / len(tested) <= 0.99  # the base is known better than by a tenth of it
    assert service.sentence(served[served.beside_all == "not_clear"]) == (
        f"{len(tested):,} comparisons were made, and none shows a clear difference."
    )


def test_a_group_of_few_or_of_nearly_all_is_not_tested(simulated):
    shop, parcels, scenes, orders = simulated
    who = sorted(orders.customer_id.unique())
    served = service.by_group(shop, groups_of(few=who[:20], most=who[20:]), parcels, scenes)
    told = served[served.beside_all != "untold"]
    assert (told.beside_all == "few").all()
    assert told.p_value.isna().all()
    assert told.share.notna().all()
    assert told.ci_low.notna().all()


def test_a_group_is_shown_in_words_and_its_name_as_text(by_hand):
    frame = by_hand.assign(group="<b>best</b>")
    assert set(frame) <= set(labels.of_columns()) | {"group"}
    shown = table.show(frame.drop(columns=["p_value", "p_adjusted"]), "CNY")._repr_html_()
    assert "&lt;b&gt;best" in shown
    assert "Orders sent late" in shown
    assert "nan" not in shown


def test_the_demo_shop_by_pandas():
    shop = model.open_shop(WORKBOOK / "data" / "demo")
    parcels = process.parcels(shop)
    people = shop.orders.filter(shop.orders.customer_id.notnull()).select("customer_id").distinct()
    groups = people.mutate(group=people.customer_id.left(1))
    served = service.by_group(shop, groups, parcels, scenes_of(shop)).set_index(["group", "service_measure"])
    placed = shop.tables["orders"].to_pandas()
    customers = set(people.to_pandas().customer_id)
    end = pd.Timestamp(shop.as_of) + pd.Timedelta(days=1)
    year = placed[(placed.created_at >= end - pd.Timedelta(days=365)) & (placed.created_at < end)]
    mine = year[year.customer_id.isin(customers) & year.customer_id.str.startswith("t").fillna(False)]
    unpaid = mine.paid_at.isna() | (mine.paid_at >= end)
    assert served.n["t", "unpaid_orders"] == len(mine)
    assert served.share["t", "unpaid_orders"] == pytest.approx(unpaid.mean())
    times = parcels.to_pandas()
    times = times[times.paid_at >= end - pd.Timedelta(days=365)]
    took = (times.signed_at - times.shipped_at) / pd.Timedelta(hours=1)
    usual = took[took >= 0].quantile(0.8)
    since = (end - times.shipped_at) / pd.Timedelta(hours=1)
    judged = ((took >= 0) | times.unsigned) & (since >= usual) & times.customer_id.isin(customers)
    judged = judged & times.customer_id.str.startswith("t").fillna(False)
    slow = judged & ~(took <= usual)
    assert served.n["t", "slow_orders"] == judged.sum()
    assert served.share["t", "slow_orders"] == pytest.approx(slow.sum() / judged.sum())
    assert rules_of().portrait.min_customers == 30
    small = served[(served.customers < 30).fillna(False)]
    assert (small.beside_all == "few").all()
