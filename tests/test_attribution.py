"""Attribution: each valid order counts to at most one campaign, by the strongest claim, and each is told."""

import numpy as np
import pandas as pd
import pytest
from fulfil import in_memory

from shopcrm_nb import attribution, campaign, history, labels, table
from shopcrm_nb.absent import NotComputed

CAMPAIGNS = "campaign_id name start end"


def worked(orders, campaigns, as_of="2024-06-30", **tables):
    """Shop, campaigns, claims and orders."""
    shop = in_memory(orders, as_of, campaigns=campaigns, **tables)
    found = campaign.every(shop)
    ordered = history.orders(shop)
    claims = attribution.claims(shop, ordered, found)
    return shop, found, claims, attribution.orders(ordered, claims)


def counted(*args, **tables):
    """order_id → campaign and rule that it counts by, of all valid orders."""
    frame = worked(*args, **tables)[3].to_pandas().set_index("order_id").sort_index()
    pairs = zip(frame.campaign_id, frame.claimed_by, strict=True)
    return {
        order: None if pd.isna(by) else (mine, by)
        for order, (mine, by) in zip(frame.index, pairs, strict=True)
    }


TWO = f"""{CAMPAIGNS}
x X 2024-06-01 2024-06-10
y Y 2024-06-03 2024-06-10"""
ONE_ORDER = "order_id customer_id paid_at paid\n1 a 2024-06-08T10:00:00 50"


# --- coupons ------------------------------------------------------------------------------------------------


def test_a_coupon_claims_its_order_whichever_table_says_so_and_before_any_click():
    sends = """campaign_id customer_id channel sent_at clicked_at
    y a sms 2024-06-08 2024-06-08T09:59:59
    y b sms 2024-06-08 2024-06-08T09:59:59"""
    orders = """order_id customer_id paid_at paid coupon_id
    1 a 2024-06-08T10:00:00 50 -
    2 b 2024-06-08T10:00:00 50 k2
    3 c 2024-06-08T10:00:00 50 k9"""
    coupons = """coupon_id customer_id campaign_id order_id
    k1 a x 1
    k2 b x -
    k4 - x -"""
    found = counted(orders, TWO, sends=sends, coupons=coupons)
    assert found["1"] == found["2"] == ("x", "coupon")
    assert found["3"] == ("x", "days")  # k9 is no coupon of a campaign; x has no messages


def test_a_coupon_used_by_somebody_else_claims_the_order_that_it_was_used_for():
    coupons = "coupon_id customer_id campaign_id order_id\nk1 granted x 1"
    sends = "campaign_id customer_id channel sent_at\nx granted sms 2024-06-01\ny z sms 2024-06-01"
    assert counted(ONE_ORDER, TWO, sends=sends, coupons=coupons) == {"1": ("x", "coupon")}


def test_a_coupon_granted_to_many_under_one_id_makes_no_order_count_twice():
    orders = "order_id customer_id paid_at paid coupon_id\n1 a 2024-06-08 50 k\n2 b 2024-06-08 50 k"
    coupons = "coupon_id customer_id campaign_id order_id\nk a x 1\nk b x 2\nk c x -\nk d y -"
    frame = worked(orders, TWO, coupons=coupons)[3].to_pandas()
    assert len(frame) == 2
    assert frame.campaign_id.tolist() == ["y", "y"]  # of two coupons' campaigns that which began later
    assert frame.claims.tolist() == [2, 2]


def test_coupons_of_campaigns_that_have_not_begun_or_are_unknown_claim_nothing():
    campaigns = f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-02\nlater L 2024-07-01 2024-07-02"
    coupons = "coupon_id customer_id campaign_id order_id\nk1 a later 1\nk2 a strange 1\nk3 a - 1"
    assert counted(ONE_ORDER, campaigns, coupons=coupons) == {"1": None}


def test_a_campaign_that_granted_coupons_to_some_claims_the_orders_with_them_and_not_its_days():
    orders = "order_id customer_id paid_at paid\n1 a 2024-06-08 50\n2 b 2024-06-08 50"
    coupons = "coupon_id customer_id campaign_id order_id\nk a x 1\nk c x -"
    one = f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-10"
    _shop, found, claims, _orders = worked(orders, one, coupons=coupons)
    assert found.kind.tolist() == ["coupons"]
    assert claims.to_pandas().order_id.tolist() == ["1"]
    # of coupons that were all used nothing tells that they were for some only
    used = coupons.replace("\nk c x -", "")
    assert counted(orders, one, coupons=used) == {"1": ("x", "coupon"), "2": ("x", "days")}


# --- clicks and messages ------------------------------------------------------------------------------------


def test_the_last_click_goes_before_a_later_message_and_an_older_click():
    sends = """campaign_id customer_id channel sent_at clicked_at
    x a sms 2024-06-02 2024-06-07
    y a sms 2024-06-02 2024-06-06
    y a sms 2024-06-08T09:00 -"""
    assert counted(ONE_ORDER, TWO, sends=sends) == {"1": ("x", "click")}


def test_the_last_message_counts_even_where_nobody_clicked():
    sends = """campaign_id customer_id channel sent_at
    x a sms 2024-06-08T09:59
    y a sms 2024-06-08T09:58
    x b sms 2024-06-08T09:58"""
    assert counted(ONE_ORDER, TWO, sends=sends) == {"1": ("x", "message")}


@pytest.mark.parametrize(
    ("sent", "claimed"),
    [
        ("2024-06-01T10:00:00", None),  # 7 days
        ("2024-06-01T10:00:01", ("x", "message")),
        ("2024-06-08T10:00:00", ("x", "message")),
        ("2024-06-08T10:00:01", None),
    ],
)
def test_a_message_counts_from_its_moment_to_the_same_time_7_days_later(sent, claimed):
    campaigns = f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-30"
    sends = f"campaign_id customer_id channel sent_at\nx a sms {sent}"
    assert counted(ONE_ORDER, campaigns, sends=sends) == {"1": claimed}


def test_a_message_counts_as_long_as_the_shop_says():
    campaigns = f"{CAMPAIGNS}\nx X 2024-05-01 2024-06-30"
    sends = "campaign_id customer_id channel sent_at\nx a sms 2024-05-30T10:00:01"
    shop = in_memory(ONE_ORDER, rules={"campaign": {"window_days": 9}}, campaigns=campaigns, sends=sends)
    claims = attribution.claims(shop, history.orders(shop), campaign.every(shop))
    assert claims.to_pandas().campaign_id.tolist() == ["x"]


def test_a_hold_out_claims_nothing_neither_by_its_click_nor_by_the_days_of_the_campaign():
    sends = "campaign_id customer_id channel sent_at arm clicked_at\nx a sms 2024-06-08 Holdout 2024-06-08"
    assert counted(ONE_ORDER, f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-30", sends=sends) == {"1": None}


def test_messages_of_one_moment_count_to_the_campaign_that_began_later_and_then_to_the_lesser_id():
    campaigns = f"""{CAMPAIGNS}
    a A 2024-06-01 2024-06-10
    c C 2024-06-03 2024-06-10
    b B 2024-06-03 2024-06-10"""
    head = "campaign_id customer_id channel sent_at"
    sends = [f"{each} a sms 2024-06-05" for each in "acb"]
    for order in (sends, sends[::-1]):
        assert counted(ONE_ORDER, campaigns, sends="\n".join([head, *order])) == {"1": ("b", "message")}


def test_the_channel_is_that_of_the_last_click_or_message_and_of_none_by_coupon_alone():
    orders = """order_id customer_id paid_at paid
    1 a 2024-06-08T10:00:00 50
    2 b 2024-06-08T10:00:00 50
    3 c 2024-06-08T10:00:00 50"""
    sends = """campaign_id customer_id channel sent_at clicked_at
    x a sms 2024-06-02 2024-06-03
    x a email 2024-06-07 -
    x b email 2024-06-05 -
    x b sms 2024-06-06 -"""
    coupons = "coupon_id customer_id campaign_id order_id\nk b x 2\nk c x 3"
    frame = worked(orders, f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-10", sends=sends, coupons=coupons)[3]
    rows = frame.to_pandas().set_index("order_id").sort_index()
    assert rows.claimed_by.tolist() == ["click", "coupon", "coupon"]
    assert rows.channel[:2].tolist() == ["sms", "sms"]
    assert pd.isna(rows.channel["3"])


def test_an_order_is_claimed_once_however_many_messages_its_buyer_had():
    sends = "campaign_id customer_id channel sent_at clicked_at\n"
    sends += "\n".join(f"{c} a sms 2024-06-0{d} 2024-06-0{d}T0{d}:00" for c in "xy" for d in range(2, 9))
    _shop, _found, claims, orders = worked(ONE_ORDER, TWO, sends=sends)
    assert claims.to_pandas().campaign_id.sort_values().tolist() == ["x", "y"]
    frame = orders.to_pandas()
    assert len(frame) == 1
    assert frame.claims.tolist() == [2]


# --- days ---------------------------------------------------------------------------------------------------

BY_DAY = """order_id customer_id paid_at paid
1 a 2024-05-31T23:59:59 50
2 a 2024-06-01T00:00:00 50
3 a 2024-06-02T23:59:59 50
4 a 2024-06-03T00:00:00 50"""


def test_a_campaign_without_messages_claims_what_was_paid_in_its_days_both_included():
    found = counted(BY_DAY, f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-02")
    assert found == {"1": None, "2": ("x", "days"), "3": ("x", "days"), "4": None}


def test_a_campaign_with_messages_claims_nothing_by_its_days():
    sends = "campaign_id customer_id channel sent_at\nx z sms 2024-06-01"
    found = counted(BY_DAY, f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-02", sends=sends)
    assert set(found.values()) == {None}


def test_of_two_whose_days_overlap_the_later_has_the_order_and_both_could_claim_it():
    _shop, found, claims, orders = worked(
        BY_DAY, f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-03\ny Y 2024-06-02 2024-06-02"
    )
    rows = orders.to_pandas().set_index("order_id").sort_index()
    assert rows.campaign_id.fillna("").tolist() == ["", "x", "y", "x"]
    assert rows.claims.tolist() == [0, 1, 2, 1]
    over = attribution.overlap(claims, found).set_index("campaign_id")
    assert over.loc["x"].tolist() == ["X", 2, 3, 150.0, 1]
    assert over.loc["y"].tolist() == ["Y", 1, 1, 50.0, 1]


PRODUCTS = f"""{CAMPAIGNS} products
x X 2024-06-01 2024-06-02 p1,p2
y Y 2024-06-02 2024-06-03 -"""
LINES = """order_id product_id quantity amount
1 p1 1 50
2 p1 1 25
2 p2 1 25
3 p9 1 50
4 p1 1 50"""


def test_a_campaign_that_names_products_claims_only_orders_with_one_of_them():
    orders = f"{BY_DAY}\n5 a 2024-06-01T12:00:00 50\n6 a 2024-06-01T12:00:00 50"
    found = counted(orders, PRODUCTS, order_items=f"{LINES}\n5 p9 1 50")
    by_day = {"1": None, "2": ("x", "days"), "3": ("y", "days"), "4": ("y", "days")}
    assert found == by_day | {"5": None, "6": None}  # other goods, and no lines


def test_what_was_bought_in_a_campaign_of_products_is_not_told_without_lines():
    shop, found, _claims, orders = worked(BY_DAY, PRODUCTS)
    assert attribution.untold(shop, found) == ["x"]
    assert set(orders.to_pandas().campaign_id.dropna()) == {"y"}
    empty = LINES.replace("p1", "-").replace("p2", "-").replace("p9", "-")
    shop, found, *_rest = worked(BY_DAY, PRODUCTS, order_items=empty)
    assert attribution.untold(shop, found) == ["x"]
    shop, found, *_rest = worked(BY_DAY, PRODUCTS, order_items=LINES)
    assert attribution.untold(shop, found) == []


# --- all orders ---------------------------------------------------------------------------------------------


def test_every_valid_order_is_there_once_and_those_refunded_in_full_or_after_as_of_are_not():
    orders = """order_id customer_id paid_at paid refund
    1 a 2024-06-01T10:00:00 50 0
    2 - 2024-06-01T10:00:00 50 20
    3 c 2024-06-01T10:00:00 50 50
    4 d 2024-07-01T10:00:00 50 0
    5 e 2024-04-01T10:00:00 50 0"""
    frame = worked(orders, f"{CAMPAIGNS}\nx X 2024-06-01 2024-07-02")[3].to_pandas().sort_values("order_id")
    assert frame.order_id.tolist() == ["1", "2", "5"]
    assert frame.net.tolist() == [50, 30, 50]
    assert frame.campaign_id.fillna("").tolist() == ["x", "x", ""]


def test_a_shop_without_customer_ids_still_counts_by_coupon_and_by_days():
    orders = "order_id paid_at paid coupon_id\n1 2024-06-01 50 k\n2 2024-06-02 50 -\n3 2024-06-03 50 -"
    sends = "campaign_id customer_id channel sent_at\nx a sms 2024-06-01"
    coupons = "coupon_id customer_id campaign_id\nk a x"
    campaigns = f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-02\ny Y 2024-06-02 2024-06-02"
    found = counted(orders, campaigns, sends=sends, coupons=coupons)
    assert found == {"1": ("x", "coupon"), "2": ("y", "days"), "3": None}


def test_without_campaigns_nothing_is_computed():
    shop = in_memory(ONE_ORDER)
    none = campaign.every(shop)
    assert isinstance(attribution.claims(shop, history.orders(shop), none), NotComputed)


def by_hand(orders, sends, campaigns, coupons, days=7):
    """Order → (campaign, rule, how many could claim it), by loops."""
    began = dict(zip(campaigns.campaign_id, campaigns.start, strict=True))
    written, window, found = set(sends.campaign_id), pd.Timedelta(days=days), {}
    for order in orders.itertuples():
        claims = [(0, 0, row.campaign_id) for row in coupons.itertuples() if row.order_id == order.order_id]
        for send in sends[(sends.customer_id == order.customer_id) & (sends.arm != "holdout")].itertuples():
            for rank, at in ((1, send.clicked_at), (2, send.sent_at)):
                if not pd.isna(at) and at <= order.paid_at < at + window:
                    claims.append((rank, -at.value, send.campaign_id))
        for row in campaigns[~campaigns.campaign_id.isin(written)].itertuples():
            if row.start <= order.paid_at < row.end + pd.Timedelta(days=1):
                claims.append((3, 0, row.campaign_id))
        best = min(claims, key=lambda c: (c[0], c[1], -began[c[2]].value, c[2]), default=None)
        rule = attribution.RULES[best[0]] if best else None
        found[order.order_id] = (best and best[2], rule, len({c[2] for c in claims}))
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_orders_count_as_a_loop_over_all_claims_has_it(seed):
    random = np.random.default_rng(seed)
    day0 = pd.Timestamp("2024-05-01")

    def times(n):
        return day0 + pd.to_timedelta(random.integers(0, 60 * 24, n), unit="h")

    n, m = 200, 400
    orders = pd.DataFrame({"order_id": [f"o{i}" for i in range(n)], "paid_at": times(n), "paid": 9.0})
    orders["customer_id"] = [f"c{i}" for i in random.integers(0, 40, n)]
    sends = pd.DataFrame({"campaign_id": random.choice(list("abcd"), m), "sent_at": times(m)})
    sends["customer_id"] = [f"c{i}" for i in random.integers(0, 40, m)]
    sends["channel"] = random.choice(["sms", "email"], m)
    sends["arm"] = random.choice(["holdout", "A", None], m)
    later = sends.sent_at + pd.to_timedelta(random.integers(0, 72, m), unit="h")
    sends["clicked_at"] = later.where(random.random(m) < 0.3)
    starts = [day0 + pd.Timedelta(days=int(d)) for d in random.integers(0, 30, 6)]
    campaigns = pd.DataFrame({"campaign_id": list("abcdef"), "name": "n", "start": starts})
    campaigns["end"] = campaigns.start + pd.Timedelta(days=10)
    coupons = orders[["order_id", "customer_id"]].sample(40, random_state=seed)
    coupons = coupons.assign(coupon_id="k", campaign_id=random.choice(list("abcdef"), 40))
    frame = worked(orders, campaigns, sends=sends, coupons=coupons)[3].to_pandas()
    ours = {
        row.order_id: tuple(None if pd.isna(v) else v for v in (row.campaign_id, row.claimed_by, row.claims))
        for row in frame.itertuples()
    }
    expected = by_hand(orders, sends, campaigns, coupons)
    assert ours == expected
    assert {rule for _campaign, rule, _claims in expected.values()} == {*attribution.RULES, None}


# --- what is told -------------------------------------------------------------------------------------------


def mixed():
    orders = """order_id customer_id paid_at paid refund
    1 a 2024-06-08T10:00:00 60 10
    2 b 2024-06-08T10:00:00 50 0
    3 c 2024-06-08T10:00:00 100 0
    4 d 2024-05-08T10:00:00 200 0"""
    sends = "campaign_id customer_id channel sent_at\nx a sms 2024-06-08"
    coupons = "coupon_id customer_id campaign_id order_id\nk b y 2"
    return worked(orders, TWO, sends=sends, coupons=coupons)


def test_by_rule_adds_up_to_all_valid_orders():
    found = attribution.by_rule(mixed()[3])
    assert found.claimed_by.tolist() == ["coupon", "message", "days", "none"]
    assert found.orders.tolist() == [1, 1, 1, 1]
    assert found.order_share.tolist() == [0.25] * 4
    assert found.net_sales.tolist() == [50, 50, 100, 200]
    assert found.sales_share.tolist() == [0.125, 0.125, 0.25, 0.5]
    assert found.contested_orders.tolist() == [0, 1, 0, 0]  # the first was also paid in the days of y


def test_the_sentence_counts_orders_and_those_that_two_could_claim():
    said = attribution.sentence(attribution.by_rule(mixed()[3]), 7)
    assert said.startswith("3 of 4 valid orders (75.0%) count to a campaign.")
    assert "less than 7 days before payment" in said
    assert said.endswith("1 order could be claimed by more than one campaign.")


def test_where_no_order_counts_to_a_campaign_that_is_said_too():
    orders = worked(ONE_ORDER, f"{CAMPAIGNS}\nx X 2024-06-01 2024-06-02")[3]
    found = attribution.by_rule(orders)
    assert found.to_dict("records") == [
        {
            "claimed_by": "none",
            "orders": 1,
            "order_share": 1.0,
            "net_sales": 50.0,
            "sales_share": 1.0,
            "contested_orders": 0,
        }
    ]
    assert attribution.sentence(found, 7).startswith("0 of 1 valid orders (0.0%) count to a campaign.")


def test_every_column_has_a_label_and_every_rule_a_word():
    _shop, found, claims, orders = mixed()
    by_rule, over = attribution.by_rule(orders), attribution.overlap(claims, found)
    assert {*by_rule, *over} <= set(labels.of_columns())
    assert set(labels.of_codes()["claimed_by"]) == {*attribution.RULES, "none"}
    assert "Counts by" in table.show(by_rule, "CNY")._repr_html_()
