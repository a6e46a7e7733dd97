"""Receipts: who confirms, after how many days, and what is reviewed, all by hand."""

from datetime import date

import pandas as pd
import pytest
from build import rules_of, shop_of
from fulfil import AS_OF, seen, timed_orders

from shopcrm_nb import labels, process, receipt, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.period import Period

JUNE = Period(date(2024, 6, 1), date(2024, 6, 30))
RULES = rules_of()
HEAD = "order_id customer_id paid_at paid status shipped_at signed_at confirmed_at"
# limit 10 days, give or take an hour
ORDERS = f"""{HEAD}
active    a 2024-06-01T00:00 10 success 2024-06-02T00:00 2024-06-05T00:00 2024-06-07T00:00
just      a 2024-06-01T00:00 10 success 2024-06-02T00:00 2024-06-05T00:00 2024-06-11T22:59:59
from      a 2024-06-01T00:00 10 success 2024-06-02T00:00 2024-06-05T00:00 2024-06-11T23:00:00
until     a 2024-06-01T00:00 10 success 2024-06-02T00:00 2024-06-05T00:00 2024-06-12T01:00:00
later     a 2024-06-01T00:00 10 success 2024-06-02T00:00 2024-06-05T00:00 2024-06-12T01:00:01
long      a 2024-06-01T00:00 10 success 2024-06-02T00:00 -                2024-06-29T00:00:00
young     a 2024-06-19T00:00 10 success 2024-06-21T00:00 2024-06-22T00:00 2024-06-23T00:00:00
backwards a 2024-06-01T00:00 10 success 2024-06-05T00:00 -                2024-06-03T00:00:00
open      a 2024-06-01T00:00 10 shipped 2024-06-05T00:00 -                -
no_ship   a 2024-06-01T00:00 10 success -                -                2024-06-03T00:00:00
before    a 2024-05-31T00:00 10 success 2024-06-02T00:00 2024-06-05T00:00 2024-06-07T00:00
last      a 2024-06-30T00:00 10 paid    -                -                -
"""


def parcels_of(folder, rows=ORDERS, **tables):
    return process.parcels(shop_of(folder, rows, **tables))


def test_an_order_is_confirmed_by_the_customer_at_the_limit_or_after_it(tmp_path):
    found = receipt.confirmations(parcels_of(tmp_path), JUNE, RULES).set_index("confirmation")
    assert found.orders.to_dict() == {"active": 2, "automatic": 2, "later": 2}
    assert found.order_share.tolist() == pytest.approx([1 / 3] * 3)
    assert set(found.from_step) == {"signed_at"}
    # from the signing: 2 and 6.96; 6.96 and 7.04; 7.04 alone, the other one's is not known
    assert found.median_days.tolist() == pytest.approx([4.479, 7.0, 7.0417], abs=1e-3)
    assert found.p80_days["active"] == pytest.approx(2 + 0.8 * 4.95832, abs=1e-4)


def test_orders_too_young_for_the_platforms_limit_are_left_out_at_the_very_second(tmp_path):
    rows = f"""{HEAD}
        old   a 2024-06-19T00:00 10 success 2024-06-20T22:59:59 - 2024-06-22T00:00
        same  a 2024-06-19T00:00 10 success 2024-06-20T23:00:00 - 2024-06-22T00:00
        young a 2024-06-19T00:00 10 success 2024-06-20T23:00:01 - 2024-06-22T00:00
        last  a 2024-06-30T00:00 10 paid    -                   - -"""
    found = receipt.confirmations(parcels_of(tmp_path, rows), JUNE, RULES)
    assert found.orders.tolist() == [2, 0, 0]
    assert set(found.from_step) == {"shipped_at"}
    assert found.median_days[0] == pytest.approx(25 / 24, abs=1e-4)
    assert found.median_days[1:].isna().all()


def test_a_shop_sets_its_platforms_limit(tmp_path):
    rules = rules_of(process={"auto_confirm_days": 5, "auto_confirm_tolerance_hours": 0})
    found = receipt.confirmations(parcels_of(tmp_path), JUNE, rules)
    # young is old enough now; active is at the limit to the second; the other five are later
    assert found.orders.tolist() == [1, 1, 5]


def test_the_limit_counts_from_the_last_parcel(tmp_path):
    rows = f"""{HEAD}
        1 a 2024-06-01T00:00 10 success - - 2024-06-14T00:00
        2 a 2024-06-30T00:00 10 paid    - - -"""
    shipments = "order_id shipped_at signed_at\n1 2024-06-02 2024-06-05\n1 2024-06-04 2024-06-06"
    found = receipt.confirmations(parcels_of(tmp_path, rows, shipments=shipments), JUNE, RULES)
    assert found.orders.tolist() == [0, 1, 0]
    assert found.median_days[1] == 8


def test_the_histogram_has_every_day_once_and_sums_to_the_table(tmp_path):
    parcels = parcels_of(tmp_path)
    found = receipt.confirm_days(parcels, JUNE, RULES)
    assert found.days.tolist() == [day for day in range(21) for _kind in range(3)]
    counts = found[found.orders > 0].set_index(["days", "confirmation"]).orders
    assert counts.to_dict() == {
        (5, "active"): 1,
        (10, "active"): 1,
        (10, "automatic"): 2,
        (10, "later"): 1,
        (20, "later"): 1,
    }
    sums = found.groupby("confirmation").orders.sum()
    assert (
        sums.to_dict()
        == receipt.confirmations(parcels, JUNE, RULES).set_index("confirmation").orders.to_dict()
    )


def test_most_confirmed_by_the_platform_are_found_in_a_simulated_shop(tmp_path):
    rows = seen(timed_orders(1500))
    now = Period(date(2024, 1, 2), date(2024, 6, 30))
    found = receipt.confirmations(parcels_of(tmp_path, rows, as_of=AS_OF), now, RULES)
    took = rows.confirmed_at - rows.shipped_at
    end = pd.Timestamp(AS_OF) + pd.Timedelta(days=1)
    judged = rows.confirmed_at.notna() & (end - rows.shipped_at >= pd.Timedelta(days=10, hours=1))
    automatic = judged & ((took - pd.Timedelta(days=10)).abs() <= pd.Timedelta(hours=1))
    assert found.orders.tolist() == [judged.sum() - automatic.sum(), automatic.sum(), 0]
    assert automatic.sum() > 400


def test_without_shipping_or_confirmation_it_is_said(tmp_path):
    rows = (
        "order_id paid_at paid status confirmed_at\n1 2024-06-01 5 success 2024-06-05\n2 2024-06-30 5 paid -"
    )
    found = parcels_of(tmp_path, rows)
    for function in (receipt.confirmations, receipt.confirm_days):
        assert function(found, JUNE, RULES) == NotComputed("orders.shipped_at")
    only = "order_id paid_at paid status shipped_at\n1 2024-06-01 5 shipped 2024-06-05\n2 2024-06-30 5 paid -"
    missing = receipt.confirmations(parcels_of(tmp_path / "b", only), JUNE, RULES)
    assert missing == NotComputed("orders.confirmed_at")
    assert receipt.sentence(missing, RULES) is missing


def test_the_sentence_says_who_confirms_and_doubts_a_limit_that_does_not_fit(tmp_path):
    found = receipt.confirmations(parcels_of(tmp_path), JUNE, RULES)
    said = (
        "Of 6 confirmed orders 33.3% were confirmed by the customer before the platform's limit of 10 days, "
        "33.3% at that limit. 33.3% were confirmed after it."
    )
    assert receipt.sentence(found, RULES) == said
    assert "after it" not in receipt.sentence(found.assign(orders=[2, 1, 0]), RULES)
    doubtful = receipt.sentence(found.assign(orders=[2, 1, 3]), RULES)
    assert "this platform may have another limit" in doubtful
    none = receipt.sentence(found.assign(orders=0), RULES)
    assert none.startswith("No confirmed order of the period was shipped 10 days ago or longer")


# --- reviews ------------------------------------------------------------------------------------------------


REVIEWS = """at order_id stars text
2024-06-08T00:00 active 5 fine
2024-06-09T00:00 active 1 oh
2024-06-12T22:59:59 just 3 -
2024-06-12T00:00 from 5 系统默认好评!
2024-06-13T00:00 until - fair
2024-06-14T00:00 elsewhere 2 bad
2024-05-14T00:00 elsewhere 2 early
"""


def figures(shop):
    found = receipt.reviewed(shop, JUNE).set_index("figure")
    return {name: (row["count"], row.base) for name, row in found.iterrows()}


def test_reviews_are_counted_of_completed_orders_and_of_those_written_in_the_period(tmp_path):
    shop = shop_of(tmp_path, ORDERS, reviews=REVIEWS)
    # completed in June: all with success but "before"; reviewed: active, just, until
    expected = {"reviewed": (3, 9), "default": (1, 6)}
    assert figures(shop) == expected | {"good": (1, 5), "middle": (1, 5), "bad": (2, 5), "unknown": (1, 5)}
    found = receipt.reviewed(shop, JUNE)
    assert found.share.tolist() == pytest.approx([1 / 3, 1 / 6, 0.2, 0.2, 0.4, 0.2])
    # 1 day, 1 day, and 23 hours after the confirmation
    assert found.median_days[0] == pytest.approx(1)
    assert found.median_days[1:].isna().all()


def test_what_is_completed_after_the_last_day_is_not_completed_yet(tmp_path):
    shop = shop_of(tmp_path, ORDERS, reviews=REVIEWS, as_of="2024-06-11")
    found = receipt.reviewed(shop, Period(date(2024, 6, 1), date(2024, 6, 11))).set_index("figure")
    # active, just, from, backwards, no_ship
    assert found.loc["reviewed", ["count", "base"]].tolist() == [1, 5]
    assert found.loc["default", ["count", "base"]].tolist() == [0, 2]


@pytest.mark.parametrize(
    ("reviews", "rows"),
    [
        ("at text\n2024-06-08 fine", ["default"]),
        ("at stars\n2024-06-08 5", ["good", "middle", "bad", "unknown"]),
        ("at order_id\n2024-06-08 active", ["reviewed"]),
        ("at order_id stars\n2024-06-08 active -", ["reviewed"]),
    ],
)
def test_what_reviews_do_not_tell_has_no_row(tmp_path, reviews, rows):
    found = receipt.reviewed(shop_of(tmp_path, ORDERS, reviews=reviews), JUNE)
    assert found.figure.tolist() == rows
    assert receipt.review_sentence(found)


def test_without_reviews_or_with_bare_ones_it_is_said(tmp_path):
    assert receipt.reviewed(shop_of(tmp_path, ORDERS), JUNE) == NotComputed("reviews.at")
    bare = shop_of(tmp_path / "b", ORDERS, reviews="at product_id\n2024-06-08 p")
    assert receipt.reviewed(bare, JUNE) == NotComputed("reviews.order_id")


def test_a_shop_that_does_not_record_confirmations_has_a_review_share_all_the_same(tmp_path):
    rows = "order_id paid_at paid status\n1 2024-06-01 5 success\n2 2024-06-30 5 success"
    found = receipt.reviewed(shop_of(tmp_path, rows, reviews="at order_id\n2024-06-08 1"), JUNE)
    assert found.loc[0, ["count", "base", "share"]].tolist() == [1, 2, 0.5]
    assert found.median_days.isna().all()


def test_the_sentence_on_reviews(tmp_path):
    found = receipt.reviewed(shop_of(tmp_path, ORDERS, reviews=REVIEWS), JUNE)
    assert receipt.review_sentence(found) == (
        "33.3% of the 9 completed orders of the period are reviewed so far. 16.7% of the 6 reviews of the "
        "period are the platform's default text. 20.0% of the 5 reviews that customers wrote are good, 40.0% "
        "are bad."
    )
    nothing = "Nothing was completed or reviewed in the period."
    assert receipt.review_sentence(found.assign(base=0)) == nothing


def test_every_column_has_a_label_and_every_code_a_word(tmp_path):
    shop = shop_of(tmp_path, ORDERS, reviews=REVIEWS)
    for found in (receipt.reviewed(shop, JUNE), receipt.confirmations(process.parcels(shop), JUNE, RULES)):
        names = [labels.of_columns()[column] for column in found.columns]
        assert len(set(names)) == len(names)
        first = found.columns[0]
        assert set(found[first]) <= set(labels.of_codes()[first])
        assert labels.of_codes()[first][found[first][0]] in table.show(found)._repr_html_()
