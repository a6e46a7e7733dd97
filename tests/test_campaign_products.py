"""Campaign products: what a campaign sold, at what discount, to whom, and what was bought with it."""

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from fulfil import in_memory
from scipy import stats

from shopcrm_nb import attribution, campaign, campaign_products, history
from shopcrm_nb.absent import NotComputed

FEW_ORDERS = {"campaign": {"min_orders": 2}}
RULES = rules_of(**FEW_ORDERS).campaign
NAMED = "campaign_id name start end products\nA a 2024-06-10 2024-06-12 p1,p2"
OPEN = "campaign_id name start end\nA a 2024-06-10 2024-06-12"
ORDERS = """
    order_id customer_id paid_at paid refund
    0 a 2023-01-01 50 0
    1 a 2024-06-01 100 0
    2 b 2024-06-05 100 0
    3 a 2024-06-10T00:00:00 300 0
    4 b 2024-06-12T23:59:59 100 50
    5 n 2024-06-11 80 0
    6 c 2024-06-13T00:00:00 100 0
"""
LINES = """
    order_id product_id quantity amount list_price title
    0 p9 1 50 - old
    1 p1 2 100 100 shirt
    2 p9 1 100 - old
    3 p1 3 210 100 shirt
    3 p9 1 90 100 old
    4 p1 1 60 100 shirt
    4 p2 1 40 - hat
    5 p1 1 80 100 shirt
    5 p2 1 0 25 hat
    5 p3 0 0 10 nothing
    6 p1 1 100 100 shirt
"""


def claimed_of(shop):
    orders, every = history.orders(shop), campaign.every(shop)
    return attribution.orders(orders, attribution.claims(shop, orders, every)), every


def sold(orders=ORDERS, lines=LINES, campaigns=NAMED, as_of="2024-06-30", top_n=200, **tables):
    shop = in_memory(orders, as_of, order_items=lines, campaigns=campaigns, **tables)
    claimed, every = claimed_of(shop)
    found = campaign_products.sold(shop, claimed, every, "A", top_n)
    return found if isinstance(found, NotComputed) else found.set_index("product_id")


# --- what was sold ------------------------------------------------------------------------------------------


def test_only_the_named_products_in_orders_of_the_campaigns_days_are_counted():
    found = sold()
    assert list(found.index) == ["p1", "p2"]  # by net amount; p9 is no product of the campaign
    assert found.orders.to_dict() == {"p1": 3, "p2": 2}  # orders 3, 4, 5; 6 came after the last day
    assert found.pieces.to_dict() == {"p1": 5, "p2": 2}
    assert found.title.to_dict() == {"p1": "shirt", "p2": "hat"}


def test_a_refund_of_the_order_is_taken_off_its_lines_in_equal_parts():
    # Order 4 was paid with 100 and 50 came back: half of each line.
    assert sold().net_amount.to_dict() == {"p1": 210 + 30 + 80, "p2": 20}


def test_refunds_that_the_lines_tell_are_taken_off_those_lines():
    refunds = {("4", "p2"): "40"}
    rows = [line.split() for line in LINES.strip().splitlines()]
    frame = pd.DataFrame(rows[1:], columns=rows[0]).replace("-", None)
    keys = zip(frame.order_id, frame.product_id, strict=True)
    frame["refund"] = [refunds.get(key) for key in keys]
    assert sold(lines=frame).net_amount.to_dict() == {"p1": 210 + 60 + 80, "p2": 0}


def test_the_discount_is_off_list_price_times_pieces_of_the_lines_that_have_a_list_price():
    found = sold().discount_share
    assert found["p1"] == pytest.approx(1 - 350 / 500)  # refunds aside
    assert found["p2"] == 1  # the hat of order 4 has no list price, the one of order 5 was a gift


def test_a_price_above_the_list_price_is_no_discount_and_without_any_it_is_blank():
    lines = "order_id product_id quantity amount list_price\n3 p1 1 150 100\n4 p2 1 40 -"
    found = sold(lines=lines).discount_share
    assert found["p1"] == 0
    assert np.isnan(found["p2"])
    bare = sold(lines="order_id product_id quantity amount\n3 p1 1 150")
    assert bare.discount_share.isna().all()
    assert bare.title.isna().all()


def test_new_buyers_are_those_whose_first_order_it_was():
    # Of p1's buyers a and b had bought before, n had not.
    assert sold().buyers.to_dict() == {"p1": 3, "p2": 2}
    assert sold().new_buyers.to_dict() == {"p1": 1, "p2": 1}


def test_new_buyers_are_blank_where_the_data_reach_back_less_than_a_year():
    later = "\n".join(line for line in ORDERS.splitlines() if "2023" not in line)
    assert sold(orders=later).new_buyers.isna().all()
    assert sold(orders=later).buyers.to_dict() == {"p1": 3, "p2": 2}


def test_without_buyer_names_there_are_orders_and_no_buyers():
    rows = [line.split() for line in ORDERS.strip().splitlines()]
    bare = pd.DataFrame(rows[1:], columns=rows[0]).drop(columns="customer_id")
    found = sold(orders=bare)
    assert found.orders["p1"] == 3
    assert found.buyers.isna().all()
    assert found.new_buyers.isna().all()


def test_pieces_a_day_before_are_of_the_week_before_and_those_during_of_the_campaigns_days():
    orders = ORDERS.replace("2024-06-01", "2024-06-03")  # the first day of the seven before
    found = sold(orders=orders)
    assert found.pieces_per_day_before["p1"] == pytest.approx(2 / 7)
    assert found.pieces_per_day_during["p1"] == pytest.approx(5 / 3)
    assert found.burst["p1"] == pytest.approx(5 / 3 / (2 / 7))
    assert found.pieces_per_day_before["p2"] == 0
    assert np.isnan(found.burst["p2"])  # nothing before to compare with
    assert sold().pieces_per_day_before["p1"] == 0  # 1 June is nine days before


def test_a_campaign_that_goes_on_is_counted_by_its_days_so_far():
    found = sold(as_of="2024-06-11")
    assert found.pieces_per_day_during["p1"] == pytest.approx((3 + 1) / 2)


def test_days_before_the_data_make_the_comparison_blank():
    orders = "\n".join(line for line in ORDERS.splitlines() if "2024-06-0" not in line and "2023" not in line)
    assert sold(orders=orders).pieces_per_day_before.isna().all()


def test_a_campaign_that_names_no_products_has_all_that_is_in_the_orders_that_count_to_it():
    sends = "campaign_id customer_id channel sent_at\nA a sms 2024-06-10"
    found = sold(campaigns=OPEN, sends=sends)
    assert found.pieces.to_dict() == {"p1": 3, "p9": 1}  # order 3 alone follows the message
    open_one = sold(campaigns=OPEN)
    assert open_one.pieces.to_dict() == {"p1": 5, "p9": 1, "p2": 2}  # without messages: those of its days


def test_the_list_is_cut_after_the_products_that_brought_most():
    assert list(sold(top_n=1).index) == ["p1"]


def test_what_cannot_be_told_is_said():
    shop = in_memory(ORDERS, "2024-06-30", campaigns=OPEN)
    claimed, every = claimed_of(shop)
    assert campaign_products.sold(shop, claimed, every, "A") == NotComputed("order_items.product_id")
    assert isinstance(sold(lines="order_id product_id quantity amount\n0 p1 1 5"), NotComputed)
    shop = in_memory(ORDERS, "2024-06-30", campaigns=OPEN, order_items=LINES)
    claimed, every = claimed_of(shop)
    assert campaign_products.sold(shop, claimed, every, "Z").needs == "campaigns.campaign_id"


def test_the_sentence_names_what_brought_most_with_its_discount_and_new_buyers():
    said = campaign_products.sentence(sold(orders=ORDERS.replace("06-01", "06-03")).reset_index(), "CNY")
    assert said == (
        "“shirt” brought most: 5 pieces, ¥320 of net amount. It went for 30.0% less than its list price. "
        "On a day of the campaign 5.83 times as many were sold as on a day before. 1 of its 3 buyers had "
        "not bought anything here in the year before."
    )


# --- what was bought together -------------------------------------------------------------------------------


def baskets_shop(baskets, campaigns=NAMED, amount="10"):
    """Orders of the campaign's days, one for each basket of products, written as a word of letters."""
    orders = [(f"o{n}", f"c{n}", "2024-06-11", "50") for n in range(len(baskets))]
    lines = [(f"o{n}", f"p{product}", "1", amount) for n, basket in enumerate(baskets) for product in basket]
    return in_memory(
        pd.DataFrame(orders, columns=["order_id", "customer_id", "paid_at", "paid"]),
        "2024-06-30",
        order_items=pd.DataFrame(lines, columns=["order_id", "product_id", "quantity", "amount"]),
        campaigns=campaigns,
    )


def together(shop, rules=RULES):
    claimed, every = claimed_of(shop)
    return campaign_products.together(shop, claimed, every, "A", rules)


def test_support_confidence_and_lift_of_a_small_table():
    # 10 orders; p1 in 5, p5 in 4, both in 3: 3/10; 3/5; (3/5) / (4/10) = 1.5
    found = together(baskets_shop(["15"] * 3 + ["1"] * 2 + ["5"] + ["6"] * 4)).iloc[0]
    assert (found.product_id, found.with_product_id) == ("p1", "p5")
    assert (found.orders, found.with_orders, found.orders_together) == (5, 4, 3)
    assert (found.support_share, found.confidence_share) == (0.3, 0.6)
    assert found["lift"] == pytest.approx(1.5)


def test_the_p_value_is_fishers_and_holm_counts_every_pair_that_could_be_told():
    # Products in two orders or more: 1 (5), 5 (4), 6 (4). Campaign product 1 with 5 and with 6: two tests.
    found = together(baskets_shop(["15"] * 3 + ["1"] * 2 + ["5"] + ["6"] * 4)).iloc[0]
    exact = stats.fisher_exact([[3, 2], [1, 4]], alternative="greater").pvalue
    assert found.p_value == pytest.approx(exact)
    assert found.p_adjusted == pytest.approx(2 * exact)


def test_pairs_in_fewer_orders_than_the_rule_are_not_told():
    baskets = ["15"] * 3 + ["1"] * 2 + ["5"] + ["6"] * 4
    assert len(together(baskets_shop(baskets), rules_of(campaign={"min_orders": 4}).campaign)) == 0


def test_two_products_of_the_campaign_are_one_pair_that_begins_with_the_rarer():
    found = together(baskets_shop(["12"] * 3 + ["1"] * 3 + ["7"] * 4))
    assert list(zip(found.product_id, found.with_product_id, strict=True)) == [("p2", "p1")]
    assert found.confidence_share[0] == 1
    # The pairs: 1-2, 1-7, 2-7.
    exact = stats.fisher_exact([[3, 0], [3, 4]], alternative="greater").pvalue
    assert found.p_adjusted[0] == pytest.approx(3 * exact)


def test_gifts_and_a_product_twice_in_an_order_make_no_pair_more():
    given = baskets_shop(["15"] * 4 + ["1"] * 3, amount="0")
    assert isinstance(together(given), NotComputed)
    twice = together(baskets_shop(["115"] * 3 + ["5"] + ["6"] * 4)).iloc[0]
    assert (twice.orders, twice.orders_together) == (3, 3)


def test_a_campaign_without_products_of_its_own_has_every_pair_once():
    found = together(baskets_shop(["34"] * 5 + ["3"] + ["6"] * 5, campaigns=OPEN))
    assert list(zip(found.product_id, found.with_product_id, strict=True)) == [("p4", "p3")]
    exact = stats.fisher_exact([[5, 0], [1, 5]], alternative="greater").pvalue
    assert found.p_adjusted[0] == pytest.approx(3 * exact)  # 3-4, 3-6, 4-6


def test_every_figure_is_that_of_a_loop_over_the_orders():
    random = np.random.default_rng(4)
    baskets = [
        "".join(sorted({str(n) for n in random.integers(1, 9, random.integers(1, 5))})) for _ in range(80)
    ]
    found = together(baskets_shop(baskets)).set_index(["product_id", "with_product_id"])
    holding = {f"p{n}": {i for i, basket in enumerate(baskets) if str(n) in basket} for n in range(1, 9)}
    told = set()
    for (one, other), row in found.iterrows():
        a, b = holding[one], holding[other]
        assert (row.orders, row.with_orders, row.orders_together) == (len(a), len(b), len(a & b))
        counts = [[len(a & b), len(a - b)], [len(b - a), 80 - len(a | b)]]
        assert row.p_value == pytest.approx(stats.fisher_exact(counts, alternative="greater").pvalue)
        told.add(frozenset((one, other)))
    wanted = {
        frozenset((one, other))
        for one in ("p1", "p2")
        for other in holding
        if one != other and len(holding[one] & holding[other]) >= 2
    }
    assert told == wanted
    assert found.p_value.is_monotonic_increasing


def test_products_bought_by_chance_are_called_together_in_hardly_any_of_many_shops():
    random, wrong = np.random.default_rng(9), 0
    rules = rules_of(campaign={"min_orders": 5}).campaign
    each = pd.DataFrame({"product_id": [f"p{n}" for n in range(12)], "title": None})
    for _ in range(60):
        held = random.random((300, 12)) < 0.15
        counts = held.T.astype(int) @ held
        pairs = pd.DataFrame(
            [(f"p{a}", f"p{b}", counts[a, b]) for a in range(12) for b in range(12) if a != b],
            columns=["product_id", "with_product_id", "orders_together"],
        )
        found = campaign_products._judged(pairs, each.assign(orders=held.sum(axis=0)), (), 300, rules)
        wrong += (found.p_adjusted < 0.05).any()
    assert wrong <= 7  # of 60; 3 are to be expected


def test_the_sentence_names_the_clearest_pair_or_says_that_there_is_none():
    found = together(baskets_shop(["15"] * 20 + ["1"] * 5 + ["6"] * 40))
    said = campaign_products.together_sentence(found, RULES)
    assert said.startswith("1 pair of products is in the same order more often than chance makes.")
    assert "80.0% of the orders with “p1” also have “p5”, 2.6 times the share of all orders." in said
    none = together(baskets_shop(["15"] * 3 + ["1"] * 2 + ["5"] + ["6"] * 4))
    assert "No product was bought with them in 2 orders or more" in campaign_products.together_sentence(
        none, RULES
    )
