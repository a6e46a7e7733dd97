"""Customers won by a campaign beside those won otherwise in the same months, and who of its buyers is new."""

import ibis
import numpy as np
import pandas as pd
import pytest
from build import frame_of
from fulfil import in_memory

from shopcrm_nb import history, interval, labels, won
from shopcrm_nb.absent import NotComputed

ORDERS = "order_id customer_id paid_at paid\n"
START = "0 old 2023-01-01 5\n"  # so that a year later new customers are told to be new


def tables_of(orders, claims, as_of="2024-06-30", **campaign):
    """The shop, its orders with their history, and the campaign of each order (order=campaign)."""
    rules = {"campaign": {"min_customers": 2, **campaign}}
    frame = frame_of(ORDERS + START + orders) if isinstance(orders, str) else orders
    shop = in_memory(frame, as_of, rules)
    found = history.orders(shop)
    counted = dict(pair.split("=") for pair in claims.split()) if isinstance(claims, str) else claims
    claimed = found.mutate(
        campaign_id=found.order_id.substitute(counted, else_=ibis.null("string"))
        if counted
        else found.order_id.nullif(found.order_id)
    )
    return shop, found, claimed


def second_of(orders, claims, campaign_id="", **how):
    shop, found, claimed = tables_of(orders, claims, **how)
    return won.second(shop, found, won.firsts(found, claimed), campaign_id)


def by_days(found, column):
    """One column of the frame by (days, won_by)."""
    return found.set_index(["days", "won_by"])[column].to_dict()


# --- first orders -------------------------------------------------------------------------------------------


def test_the_first_order_of_all_decides_by_what_a_new_customer_was_won():
    orders = "1 a 2024-02-01 5\n2 a 2024-02-02 5\n3 b 2024-02-01 5\n4 b 2024-02-03 5\n5 - 2024-02-03 5"
    _shop, found, claimed = tables_of(orders, "1=s 4=s")
    frame = won.firsts(found, claimed).to_pandas().sort_values("customer_id")
    assert frame.customer_id.tolist() == ["a", "b"]
    assert frame.campaign_id.fillna("").tolist() == ["s", ""]
    assert [str(day)[:10] for day in frame.first_on] == ["2024-02-01"] * 2


def test_nobody_is_called_new_whose_history_does_not_reach_back_or_who_only_comes_back_late():
    # b bought first when the shop's data were young, and again after more than a year
    orders = "1 b 2023-02-01 5\n2 b 2024-05-01 5\n3 c 2024-05-01 5"
    _shop, found, claimed = tables_of(orders, "2=s")
    assert won.firsts(found, claimed).to_pandas().customer_id.tolist() == ["c"]


# --- second orders ------------------------------------------------------------------------------------------


def test_shares_and_money_by_hand():
    orders = (
        "1 a 2024-02-01 50\n2 a 2024-03-02 7\n"  # 30 days after 1 February
        "3 b 2024-02-05 50\n4 b 2024-03-07 8\n"  # 31 days
        "5 c 2024-02-10 50\n6 d 2024-02-11 50\n7 d 2024-02-11 9\n8 e 2024-02-12 50"
    )
    found = second_of(orders, "1=s 3=s 5=s", second_order_days=[30, 60])
    assert by_days(found, "customers") == {
        (days, by): n for days in (30, 60) for by, n in (("campaign", 3), ("otherwise", 2))
    }
    assert by_days(found, "again_customers") == {
        (30, "campaign"): 1,
        (30, "otherwise"): 1,  # a second order on the day of the first counts
        (60, "campaign"): 2,
        (60, "otherwise"): 1,
    }
    assert by_days(found, "came_back_share")[(60, "campaign")] == 2 / 3
    money = by_days(found, "later_net_sales_per_customer")
    assert money == {
        (30, "campaign"): pytest.approx(7 / 3),
        (30, "otherwise"): 4.5,
        (60, "campaign"): 5,
        (60, "otherwise"): 4.5,
    }
    assert "within 60 days" in won.sentence(found)
    row = found[(found.days == 60) & (found.won_by == "campaign")].iloc[0]
    assert (row.ci_low, row.ci_high) == interval.wilson(2, 3, 0.95)
    wanted = interval.change((1, 2), (2, 3), 0.95)
    assert (
        tuple(row[["came_back_difference", "came_back_difference_low", "came_back_difference_high"]])
        == wanted
    )
    assert set(found.columns) <= set(labels.of_columns())
    assert found[found.won_by == "otherwise"].came_back_difference.isna().all()


@pytest.mark.parametrize(("as_of", "seen"), [("2024-03-02", 1), ("2024-03-01", 0)])
def test_only_those_observed_for_so_many_days_count(as_of, seen):
    orders = "1 a 2024-02-01 50\n2 a 2024-02-03 7\n3 b 2024-02-01 50"
    found = second_of(orders, "1=s", as_of=as_of, second_order_days=[30])
    assert found.customers.tolist() == [seen, seen]
    assert found.again_customers.tolist() == [seen, 0]
    assert found.came_back_share.isna().all() == (seen == 0)
    assert found.later_net_sales_per_customer.notna().all() == (seen == 1)


def test_those_won_otherwise_are_of_the_months_in_which_the_campaign_won_customers():
    orders = (
        "1 a 2024-02-29 50\n2 b 2024-02-01 50\n3 c 2024-03-01 50\n4 d 2024-01-31 50\n"
        "5 e 2024-02-15 50\n6 f 2024-04-15 50"
    )
    # f was won by another campaign, and e too: beside s they are neither
    found = second_of(orders, "1=s 5=t 6=t", "s", second_order_days=[30])
    assert found.customers.tolist() == [1, 1]
    every = second_of(orders, "1=s 5=t 6=t", second_order_days=[30])
    assert every.customers.tolist() == [3, 1]


def test_a_refunded_second_order_is_none_and_a_part_refund_is_taken_off():
    orders = pd.DataFrame(
        [
            ("0", "old", "2023-01-01", 5, 0),
            ("1", "a", "2024-02-01", 50, 0),
            ("2", "a", "2024-02-03", 9, 9),
            ("3", "b", "2024-02-01", 50, 0),
            ("4", "b", "2024-02-03", 9, 4),
        ],
        columns=["order_id", "customer_id", "paid_at", "paid", "refund"],
    )
    found = second_of(orders, "1=s", second_order_days=[30])
    assert found.again_customers.tolist() == [0, 1]
    assert found.later_net_sales_per_customer.tolist() == [0, 5]


def many(mine, others, n):
    """Orders of n won by s and n otherwise, of whom so many ordered again ten days later."""
    rows, claims = [("0", "old", "2023-01-01", 5)], {}
    for group, hits in (("s", mine), ("o", others)):
        for k in range(n):
            rows.append((f"{group}{k}", f"{group}{k}", "2024-02-01", 50))
            claims |= {f"{group}{k}": "s"} if group == "s" else {}
            rows += [(f"{group}{k}x", f"{group}{k}", "2024-02-11", 10)] if k < hits else []
    return pd.DataFrame(rows, columns=["order_id", "customer_id", "paid_at", "paid"]), claims


@pytest.mark.parametrize(
    ("mine", "others", "n", "verdict", "said"),
    [
        (5, 40, 100, "less", "They come back less often: by 24.0% to 45.2% of the customers."),
        (40, 5, 100, "more", "They come back more often: by 24.0% to 45.2% of the customers."),
        (10, 11, 100, "cannot_tell", "That is no clear difference."),
        (10, 0, 20, "few", "of those won otherwise in the same months 20: too few to compare."),
    ],
)
def test_the_verdict_follows_the_interval_of_the_difference_and_the_sentence_the_verdict(
    mine, others, n, verdict, said
):
    orders, claims = many(mine, others, n)
    found = second_of(orders, claims, min_customers=30, second_order_days=[30])
    assert found.comes_back.tolist() == [verdict, ""]
    low, high = interval.change((others, n), (mine, n), 0.95)[1:]
    assert (low > 0, high < 0) == ((verdict == "more" or verdict == "few"), verdict == "less")
    text = won.sentence(found)
    assert text.endswith(said)
    share = f"Of the {n} customers won by campaigns {mine / n:.1%} ordered again within 30 days"
    assert (share in text) == (verdict != "few")  # a share of so few would be read as one
    assert text.startswith("20 customers won by campaigns have been watched for 30 days") == (
        verdict == "few"
    )


@pytest.mark.parametrize(("least", "verdict"), [(30, "more"), (31, "few")])
def test_just_enough_customers_are_compared(least, verdict):
    orders, claims = many(20, 2, 30)
    found = second_of(orders, claims, min_customers=least, second_order_days=[30])
    assert found.comes_back[0] == verdict


def test_the_sentence_takes_the_longest_time_for_which_enough_were_seen():
    orders, claims = many(20, 2, 30)  # of 1 February; one more of each of 1 May, seen for 30 days only
    late = [("l", "l", "2024-05-01", 50), ("m", "m", "2024-05-01", 50)]
    orders = pd.concat([orders, pd.DataFrame(late, columns=orders.columns)])
    few_for_90 = second_of(orders, claims | {"l": "s"}, min_customers=31, second_order_days=[30, 90])
    assert few_for_90.customers.tolist() == [31, 31, 30, 30]
    assert "Of the 31 customers won by campaigns 64.5% ordered again within 30" in won.sentence(few_for_90)
    enough = second_of(orders, claims | {"l": "s"}, min_customers=30, second_order_days=[30, 90])
    assert "Of the 30 customers won by campaigns 66.7% ordered again within 90" in won.sentence(enough)


def test_of_few_the_time_for_which_most_were_seen_is_told():
    orders = "1 a 2024-05-20 50\n2 b 2024-05-20 50\n3 b 2024-05-21 50"
    found = second_of(orders, "1=s", second_order_days=[30, 60])
    assert found.customers.tolist() == [1, 1, 0, 0]
    assert won.sentence(found) == (
        "1 customer won by campaigns has been watched for 30 days, of those won otherwise in the same months "
        "1: too few to compare."
    )
    alone = second_of("1 a 2024-05-20 50", "1=s", second_order_days=[30])
    assert alone.customers.tolist() == [1, 0]
    assert won.sentence(alone).startswith("Nobody whom a campaign won can be set beside")


def test_random_shops_have_the_shares_that_a_loop_over_their_orders_finds():
    random = np.random.default_rng(4)
    days = pd.Timestamp("2024-01-05") + pd.to_timedelta(random.integers(0, 170, 300), unit="D")
    frame = pd.DataFrame({"customer_id": [f"c{n}" for n in random.integers(0, 120, 300)], "paid_at": days})
    frame = frame.assign(paid=random.integers(1, 90, 300), order_id=[f"{n:03d}" for n in range(300)])
    first = pd.DataFrame([{"order_id": "x", "customer_id": "old", "paid_at": "2023-01-01", "paid": 1}])
    every = pd.concat([first, frame]).assign(paid_at=lambda f: pd.to_datetime(f.paid_at))
    claims = dict.fromkeys(frame.order_id[random.random(300) < 0.3], "s")
    found = second_of(every, claims, second_order_days=[30, 60, 90]).set_index(["days", "won_by"])
    counts = {key: [0, 0, 0] for key in found.index}
    ordered = [
        rows.sort_values(["paid_at", "order_id"]).to_dict("records")
        for _who, rows in frame.groupby("customer_id")
    ]
    months = {f"{rows[0]['paid_at']:%Y-%m}" for rows in ordered if rows[0]["order_id"] in claims}
    for rows in ordered:
        start = rows[0]["paid_at"]
        if f"{start:%Y-%m}" not in months:
            continue
        group = "campaign" if rows[0]["order_id"] in claims else "otherwise"
        for span in (30, 60, 90):
            if start + pd.Timedelta(days=span) <= pd.Timestamp("2024-06-30"):
                later = [row["paid"] for row in rows[1:] if (row["paid_at"] - start).days <= span]
                for place, value in enumerate((1, bool(later), sum(later))):
                    counts[(span, group)][place] += value
    assert {key: [row.customers, row.again_customers] for key, row in found.iterrows()} == {
        key: value[:2] for key, value in counts.items()
    }
    for key, (n, _again, money) in counts.items():
        assert found.later_net_sales_per_customer[key] == pytest.approx(money / n)


# --- first-time buyers --------------------------------------------------------------------------------------


def test_a_campaign_s_buyers_are_new_returning_or_not_told():
    orders = (
        "1 a 2024-02-01 5\n2 a 2024-02-02 5\n"  # new, though the second order is not
        "3 b 2024-02-01 5\n"  # new
        "4 old 2023-06-01 5\n5 old 2023-07-01 5\n"  # returning
        "6 u 2023-06-01 5\n"  # not told: the data begin in January 2023
        "7 z 2024-02-01 5"
    )
    shop, _found, claimed = tables_of(orders, "1=s 2=s 3=s 5=s 6=s 2=s 4=t")
    found = won.first_time(shop, claimed)
    assert found.campaign_id.tolist() == ["s", "t"]
    counts = ["buyers", "new_buyers", "returning_buyers", "unknown_buyers"]
    assert found[counts].values.tolist() == [[4, 2, 1, 1], [1, 0, 1, 0]]
    assert found.first_time_share.tolist() == [2 / 3, 0]
    assert set(found.columns) <= set(labels.of_columns())
    assert (found.ci_low[0], found.ci_high[0]) == interval.wilson(2, 3, 0.95)


def test_a_buyer_counts_once_though_the_orders_are_of_two_kinds():
    # the first is too early to be told, and the second comes so late that it counts as that of a new customer
    shop, found, claimed = tables_of("1 b 2023-02-01 5\n2 b 2024-05-01 5", "1=s 2=s")
    assert set(found.kind.execute()) == {"unknown", "new"}
    row = won.first_time(shop, claimed).iloc[0]
    assert (row.buyers, row.new_buyers, row.returning_buyers, row.unknown_buyers) == (1, 1, 0, 0)


def test_a_campaign_whose_buyers_are_not_told_has_no_share():
    shop, _found, claimed = tables_of("6 u 2023-06-01 5", "6=s")
    found = won.first_time(shop, claimed)
    assert found.unknown_buyers.tolist() == [1]
    assert found[["first_time_share", "ci_low", "ci_high"]].isna().all(axis=None)


def test_a_campaign_that_won_nobody_and_a_shop_without_customers_are_not_computed():
    found = second_of("1 a 2024-02-01 5", "")
    assert found.needs == "customers known to be new whose first order counts to the campaign"
    assert won.sentence(found) is found
    shop = in_memory("order_id paid_at paid\n1 2024-05-02 5")
    rows = history.orders(shop)
    assert won.second(shop, rows, rows) == NotComputed("orders.customer_id")
    assert won.first_time(shop, rows) == NotComputed("orders.customer_id")
