"""Scenes together: what cannot be told, what always holds, and the demo's by pandas."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from build import WORKBOOK, shop_of
from fulfil import in_memory
from waiting import PEOPLE, REVIEWS, RULES, WHOLE, orders_of, rows_of, scenes_of

from shopcrm_nb import model, recoverable, scene, scene_words, tier

# --- what cannot be told ------------------------------------------------------------------------------------


def missing_of(shop):
    return {piece: said.needs for piece, said in scenes_of(shop).missing.items()}


def test_each_scene_says_what_it_lacks():
    bare = in_memory(
        "order_id customer_id paid_at created_at paid order_total\n1 a 2024-06-30 2024-06-30 5 5"
    )
    assert missing_of(bare) == {
        ("inquiry", "note"): "orders.shipped_at",
        ("payment", "not_paid"): "orders.status",
        ("shipping", "late"): "orders.shipped_at",
        ("shipping", "on_its_way"): "orders.shipped_at",
        ("tracking", "slow"): "orders.shipped_at",
        ("signing", "arrived"): "orders.signed_at",
        ("confirm", "not_confirmed"): "orders.signed_at",
        ("review", "not_reviewed"): "orders.confirmed_at",
        ("refunds", "many_refunds"): "orders.refund",
        ("gift", "top_tier"): "orders.shipped_at",
        ("gift", "first_order"): "orders.shipped_at",
        ("gift", "birthday"): "customers.birthday",
    }
    assert scenes_of(bare).tells("upgrade")
    assert not scenes_of(bare).tells("gift")
    some = in_memory(orders_of("1 a 2024-06-30 2024-06-30 5 5 0 paid - - - -"), rules=RULES)
    assert missing_of(some) == {
        ("inquiry", "note"): "orders.note",
        ("payment", "not_paid"): "orders.status",
        ("review", "not_reviewed"): "reviews.order_id",
        ("refunds", "many_refunds"): "orders.refund",
        ("gift", "birthday"): "customers.birthday",
    }
    assert scenes_of(some).tells("gift")
    rare = in_memory(orders_of("1 a 2024-06-30 2024-06-30 5 5 0 paid - - - -"))
    assert missing_of(rare)["tracking", "slow"] == "orders.signed_at"  # three parcels are no usual time
    assert "of at least 30 orders" in scenes_of(rare).missing["tracking", "slow"].sentence()


def test_without_customers_the_scenes_of_orders_are_told():
    text = orders_of("1 a 2024-06-27 2024-06-27 90 90 5 paid - - - hello")
    shop = in_memory(
        "\n".join(
            " ".join(cell for n, cell in enumerate(line.split()) if n != 1) for line in text.split("\n")
        ),
        rules=RULES,
    )
    assert shop.missing("orders.customer_id")
    rows = rows_of(shop, "scene", "order_id", "customer_id", "contact", "consent")
    assert rows == [
        ("inquiry", "1", None, "yes", "unknown"),
        ("shipping", "1", None, "yes", "unknown"),
    ]
    told = {name: missing_of(shop)[piece] for piece in missing_of(shop) for name in [piece[0]]}
    assert {told[name] for name in ("refunds", "upgrade", "gift")} == {"orders.customer_id"}


def test_times_that_are_there_for_part_of_the_orders_do_not_tell_who_waits():
    done = "\n".join(
        f"d{n} x{n} 2024-05-01 2024-05-01 10 10 0 success {'2024-05-02' if n % 2 else '-'} - 2024-05-09 -"
        for n in range(40)
    )
    waits = "1 a 2024-06-27 2024-06-27 90 90 0 paid - - - hello"
    found = scenes_of(in_memory(orders_of(f"{done}\n{waits}"), rules=RULES))
    assert "there for part of the orders only" in found.missing["shipping", "late"].sentence()
    assert not found.tells("inquiry")
    # Where nobody can be waiting, the answer is known: nobody.
    assert scenes_of(in_memory(orders_of(done), rules=RULES)).tells("shipping")


# --- what always holds --------------------------------------------------------------------------------------


def sorted_rows(shop):
    frame = scenes_of(shop).table.to_pandas()
    return frame.sort_values([*frame.columns[:3]], ignore_index=True)


def test_orders_after_the_day_change_nothing():
    later = """
l1 a 2024-07-01 2024-07-01 9000 9000 9000 refunded 2024-07-02 - - -
l2 b 2024-07-01 - 90 90 0 unpaid - - - -
l3 c 2024-07-01 2024-07-02 9000 9000 0 success 2024-07-02 2024-07-03 2024-07-04 -
"""
    tables = {"customers": PEOPLE, "reviews": REVIEWS, "rules": RULES}
    before = sorted_rows(in_memory(WHOLE, **tables))
    assert len(before) > 10
    pd.testing.assert_frame_equal(
        before, sorted_rows(in_memory(f"{WHOLE.strip()}\n{later.strip()}", **tables))
    )


def test_the_order_of_the_rows_changes_nothing():
    head, *lines = WHOLE.strip().split("\n")
    turned = "\n".join([head, *lines[::-1]])
    tables = {"customers": PEOPLE, "reviews": REVIEWS, "rules": RULES}
    straight = scenes_of(in_memory(WHOLE, **tables)).table.to_pandas()
    pd.testing.assert_frame_equal(straight, scenes_of(in_memory(turned, **tables)).table.to_pandas())


def test_nothing_of_a_note_a_birthday_or_an_address_is_in_the_table():
    people = PEOPLE.replace("blacklisted", "blacklisted email_hash mobile_hash")
    people = "\n".join(
        line if n == 0 else f"{line} {'ab' * 32} {'cd' * 32}"
        for n, line in enumerate(people.strip().split("\n"))
    )
    shop = in_memory(WHOLE, rules=RULES, customers=people, reviews=REVIEWS)
    table = scenes_of(shop).table
    assert table.columns == (
        *("scene", "customer_id", "order_id", "since", "days", "amount", "reason", "action"),
        *("urgency", "contact", "consent"),
    )
    text = table.to_pandas().to_csv()
    assert not [word for word in ("13800138000", "1990", "abab", "cdcd", "nice") if word in text]


@pytest.mark.parametrize("seed", [1, 2])
def test_an_order_and_a_person_are_in_a_scene_once_and_every_code_has_words(seed):
    random = np.random.default_rng(seed)
    days = [str(date(2024, 6, 30) - timedelta(days=n)) for n in (0, 1, 2, 3, 5, 8, 12, 20, 120)]
    moments = ["-", "-", "2024-07-02", *days]
    states = ["paid", "shipped", "success", "refunded", "unpaid", "closed_unpaid", "part_shipped"]
    lines = []
    for n in range(400):
        paid, sent, signed, confirmed = random.choice(moments, 4)
        who, state = random.choice([*"abcdefgh" * 15, "-", *map(str, range(150))]), random.choice(states)
        refund, note = random.choice(["0", "5", "90"]), random.choice(["-", "hello"])
        way = f"{refund} {state} {sent} {signed} {confirmed} {note}"
        lines.append(f"n{n} {who} {random.choice(days)} {paid} 90 90 {way}")
    one_tier = RULES | {"tiers": {"each": [{"name": "top", "amount": 80, "orders": 1}]}}
    shop = in_memory(orders_of("\n".join(lines)), rules=one_tier, customers=PEOPLE, reviews=REVIEWS)
    found = scenes_of(shop).table.to_pandas()
    assert set(found.scene) >= {*scene.ORDERS, "refunds", "gift"}
    assert not found[found.order_id.notna()].duplicated(["scene", "order_id"]).any()
    people = found[found.order_id.isna() | (found.scene == "gift")]
    assert not people.duplicated(["scene", "customer_id"]).any()
    assert people.customer_id.notna().all()
    assert (found.days >= 0).all()
    assert (pd.to_datetime(found.since) + pd.to_timedelta(found.days, unit="D") == "2024-06-30").all()
    words = scene_words.codes()
    for name in ("scene", "reason", "action", "urgency", "contact", "consent"):
        assert set(found[name]) <= set(words[name]), name


def test_every_action_has_an_urgency_and_words_and_every_reason_a_scene():
    actions = [action for actions in scene.URGENCY.values() for action in actions]
    assert sorted(actions) == sorted(scene_words.actions())
    assert set(scene.SCENES) == set(scene_words.scenes())
    assert list(scene_words.scenes()) == list(scene.SCENES)


# --- the demo -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo():
    return model.open_shop(WORKBOOK / "data" / "demo")


@pytest.fixture(scope="module")
def demo_scenes(demo):
    return scenes_of(demo)


@pytest.fixture(scope="module")
def demo_orders(demo):
    """The demo's paid orders with the times of their last parcels, as they stood, in pandas."""
    orders = demo.tables["orders"].to_pandas().drop(columns=["shipped_at", "carrier"])
    parcels = demo.tables["shipments"].to_pandas()
    by_order = parcels.groupby("order_id")
    times = pd.DataFrame({"shipped_at": by_order.shipped_at.min(), "signed_at": by_order.signed_at.max()})
    times.loc[by_order.signed_at.count() < by_order.size(), "signed_at"] = pd.NaT
    orders = orders.join(times, on="order_id")
    own = demo.tables["orders"].to_pandas().set_index("order_id").shipped_at
    alone = ~orders.order_id.isin(parcels.order_id)
    orders.loc[alone, "shipped_at"] = orders.order_id[alone].map(own)
    end = pd.Timestamp(demo.as_of) + pd.Timedelta(days=1)
    for name in ("shipped_at", "signed_at", "confirmed_at"):
        orders[name] = orders[name].where(orders[name] < end)
    paid = orders[(orders.paid_at < end)].copy()
    paid["net"] = (paid.paid - paid.refund).round(4)
    paid["day"] = pd.Timestamp(demo.as_of)
    return paid, end


def ids(scenes, name, reason=None):
    table = scenes.table.to_pandas()
    rows = table[(table.scene == name) & ((table.reason == reason) if reason else True)]
    return sorted(rows.order_id.where(rows.order_id.notna(), rows.customer_id))


def days_since(paid, column):
    return (paid.day - paid[column].dt.normalize()).dt.days


def test_the_orders_scenes_of_the_demo_by_pandas(demo, demo_scenes, demo_orders):
    paid, end = demo_orders
    paid = paid[paid.net > 0]
    open_ = paid.status.isin(["paid", "part_shipped", "shipped"])
    waits = open_ & paid.shipped_at.isna() & (paid.status == "paid") & paid.signed_at.isna()
    notes = demo.tables["orders"].to_pandas().set_index("order_id").note
    noted = paid.order_id.map(notes).fillna("").str.strip() != ""
    assert ids(demo_scenes, "inquiry") == sorted(paid.order_id[waits & noted])
    late = waits & (end - paid.paid_at >= pd.Timedelta(hours=48))
    assert ids(demo_scenes, "shipping", "late") == sorted(paid.order_id[late])
    every, _end = demo_orders
    took = (every.signed_at - every.shipped_at)[end - every.paid_at < pd.Timedelta(days=365)]
    usual = took[took >= pd.Timedelta(0)].quantile(0.8)
    assert demo_scenes.slow_hours == pytest.approx(usual / pd.Timedelta(hours=1))
    away = open_ & paid.shipped_at.notna() & paid.signed_at.isna() & paid.confirmed_at.isna()
    slow = away & (end - paid.shipped_at > usual)
    assert ids(demo_scenes, "tracking") == sorted(paid.order_id[slow])
    told = away & ~slow & (days_since(paid, "shipped_at") < 3)
    assert ids(demo_scenes, "shipping", "on_its_way") == sorted(paid.order_id[told])
    unconfirmed = open_ & paid.confirmed_at.isna()
    arrived = unconfirmed & (days_since(paid, "signed_at") < 2)
    assert ids(demo_scenes, "signing") == sorted(paid.order_id[arrived])
    quiet = unconfirmed & days_since(paid, "signed_at").between(7, 90)
    assert ids(demo_scenes, "confirm") == sorted(paid.order_id[quiet])
    written = demo.tables["reviews"].to_pandas()
    reviewed = set(written.order_id[written["at"] < end])
    named = demo.tables["customers"].to_pandas()
    bad = set(named.customer_id[named.blacklisted.fillna(False)])
    due = days_since(paid, "confirmed_at").between(3, 15) & (paid.refund == 0)
    due = due & ~paid.order_id.isin(reviewed) & ~paid.customer_id.isin(bad)
    assert ids(demo_scenes, "review") == sorted(paid.order_id[due])
    assert len(ids(demo_scenes, "review")) > 50


def test_the_payment_scene_of_the_demo_is_the_list_of_what_can_still_be_won(demo, demo_scenes):
    won = recoverable.orders(demo).to_pandas()
    assert ids(demo_scenes, "payment") == sorted(won.order_id)
    assert len(won) > 20


def test_the_customers_scenes_of_the_demo_by_pandas(demo, demo_scenes, demo_orders):
    paid, end = demo_orders
    named = demo.tables["customers"].to_pandas()
    bad = set(named.customer_id[named.blacklisted.fillna(False)])
    year = paid[(end - paid.paid_at <= pd.Timedelta(days=365)) & (paid.refund > 0)]
    many = year.groupby("customer_id").refund.agg(["size", "sum"])
    many = many[(many["size"] >= 2) & ~many.index.isin(bad)]
    assert ids(demo_scenes, "refunds") == sorted(many.index)
    found = demo_scenes.table.to_pandas().query("scene == 'refunds'").set_index("customer_id").amount
    np.testing.assert_allclose(found[many.index], many["sum"])
    valid = paid[(paid.net > 0) & paid.customer_id.notna()]
    last = valid.groupby("customer_id").paid_at.max()
    tiers = tier.customers(demo).to_pandas().set_index("customer_id")
    kept = end - pd.Timedelta(days=366) <= last
    near = tiers.index[tiers.near & kept.reindex(tiers.index) & ~tiers.index.isin(bad)]
    assert ids(demo_scenes, "upgrade") == sorted(near)
    birthday = pd.to_datetime(named.set_index("customer_id").birthday)
    ahead = {(pd.Timestamp(demo.as_of) + pd.Timedelta(days=n)).strftime("%m-%d") for n in range(15)}
    real = birthday.dt.year.between(demo.as_of.year - 100, demo.as_of.year - 10)
    born = birthday.index[birthday.dt.strftime("%m-%d").isin(ahead) & real]
    gifts = demo_scenes.table.to_pandas().query("scene == 'gift'")
    packed = set(gifts.customer_id[gifts.reason != "birthday"])
    greeted = (set(born) & set(valid.customer_id)) - bad - packed
    assert set(gifts.customer_id[gifts.reason == "birthday"]) == greeted
    waits = valid[valid.status.eq("paid") & valid.shipped_at.isna()]
    best = set(waits.customer_id) & set(tiers.index[tiers.tier_place == 4])
    firsts = valid.sort_values(["paid_at", "order_id"]).drop_duplicates("customer_id").order_id
    fresh = set(waits.customer_id[waits.order_id.isin(firsts)])
    assert packed == (best | fresh) - bad
    assert set(gifts.customer_id[gifts.reason == "first_order"]) == fresh - best - bad


def test_a_shop_written_as_files_has_the_same_scenes(tmp_path):
    text = orders_of(
        "1 a 2024-06-28 2024-06-28 90 90 0 paid - - - gift\n"
        "2 b 2024-06-30 2024-06-30 90 90 90 refunded - - - -"
    )
    shop = shop_of(tmp_path, text, settings="[rules.process]\nmin_orders = 1")
    memory = in_memory(text, rules=RULES)
    rows = rows_of(shop, "scene", "order_id", "customer_id", "since", "amount", "reason")
    assert rows == rows_of(memory, "scene", "order_id", "customer_id", "since", "amount", "reason")
    assert [row[:2] for row in rows] == [("inquiry", "1"), ("shipping", "1"), ("gift", "1")]
