"""History: which orders are of new and which of returning customers, and where that cannot be told."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from build import shop_of
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import history, model
from shopcrm_nb.errors import ShopcrmError

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"


def told(shop, column="kind"):
    """The kind of each order, or another column, by order."""
    rows = history.orders(shop).select("order_id", column).to_pyarrow().to_pylist()
    return {row["order_id"]: row[column] for row in sorted(rows, key=lambda row: row["order_id"])}


HEAD = "order_id customer_id paid_at paid\n"
OLD = HEAD + "0 first 2022-01-01 1\n"  # the history begins here, and one can tell from 2023-01-01 on


def test_an_order_365_days_after_the_one_before_is_of_a_returning_customer_and_one_more_day_of_a_new_one(
    tmp_path,
):
    shop = shop_of(
        tmp_path,
        OLD + "1 ann 2023-01-10 1\n2 ann 2024-01-10 1\n3 bob 2023-01-10 1\n4 bob 2024-01-11 1",
    )
    assert told(shop) == {"0": "unknown", "1": "new", "2": "returning", "3": "new", "4": "new"}
    assert told(shop, "previous_on")["4"] == date(2023, 1, 10)  # of whatever age


def test_365_days_over_a_leap_day_are_a_day_less_than_the_year(tmp_path):
    shop = shop_of(
        tmp_path, OLD + "1 ann 2023-03-01 1\n2 ann 2024-02-29 1\n3 bob 2023-03-01 1\n4 bob 2024-03-01 1"
    )
    assert (told(shop)["2"], told(shop)["4"]) == ("returning", "new")


def test_before_the_history_is_a_year_long_nobody_is_new(tmp_path):
    shop = shop_of(tmp_path, OLD + "1 ann 2022-12-31 1\n2 bob 2023-01-01 1\n3 ann 2023-01-02 1")
    assert told(shop) == {"0": "unknown", "1": "unknown", "2": "new", "3": "returning"}
    assert history.told_from(shop) == date(2023, 1, 1)
    assert shop.first_day == date(2022, 1, 1)


def test_orders_of_one_moment_follow_each_other_by_their_ids_whatever_the_order_of_the_rows(tmp_path):
    rows = ["2 ann 2023-05-01 1", "1 ann 2023-05-01 1", "3 ann 2023-05-01 1", "4 bob 2023-05-01T10:00:00 1"]
    rows += ["5 bob 2023-05-01T09:59:59 1"]
    for place, order in enumerate((rows, rows[::-1])):
        shop = shop_of(tmp_path / str(place), OLD + "\n".join(order))
        kinds = told(shop)
        assert [kinds[n] for n in "123"] == ["new", "returning", "returning"]
        assert (kinds["4"], kinds["5"]) == ("returning", "new")
        assert told(shop, "previous_on")["2"] == date(2023, 5, 1)


def test_what_is_not_a_valid_order_makes_nobody_a_returning_customer(tmp_path):
    rows = """
order_id customer_id paid_at    created_at paid refund status
0        first       2022-01-01 -          1    0      -
1        ann         2023-02-01 -          9    9      -
2        ann         -          2023-02-02 9    0      -
3        ann         2023-02-03 -          9    3      -
4        bob         2023-02-03 -          9    0      -
5        bob         2023-02-05 -          9    0      -
"""
    shop = shop_of(tmp_path, rows, as_of="2023-02-04")
    assert told(shop) == {"0": "unknown", "3": "new", "4": "new"}


def test_orders_without_a_buyer_or_with_a_masked_one_are_of_nobody_and_have_no_order_before(tmp_path):
    settings = "[rules.check]\nmax_masked_share = 0.5\n"
    rows = "1 - 2023-05-01 1\n2 - 2023-05-02 1\n3 a**b 2023-05-01 1\n4 a**b 2023-05-03 1\n5 ann 2023-05-04 1"
    shop = shop_of(tmp_path, OLD + rows, settings=settings)
    kinds, before, keys = told(shop), told(shop, "previous_on"), told(shop, "key")
    assert [kinds[n] for n in "12345"] == [*["no_buyer"] * 4, "new"]
    assert set(before.values()) == {None}
    assert [keys[n] for n in "12345"] == ["1", "2", "3", "4", "ann"]


@pytest.mark.parametrize("masked", [True, False])
def test_without_usable_keys_every_order_is_of_nobody(tmp_path, masked):
    rows = "order_id customer_id paid_at paid\n1 a**b 2023-05-01 1\n2 ann 2023-05-01 1"
    if not masked:
        rows = "order_id paid_at paid\n1 2023-05-01 1\n2 2023-05-01 1"
    shop = shop_of(tmp_path, rows)
    assert told(shop) == {"1": "no_buyer", "2": "no_buyer"}
    assert told(shop, "previous_on") == {"1": None, "2": None}
    assert told(shop, "key") == {"1": "1", "2": "2"}


def test_a_column_of_buyers_without_any_is_of_nobody(tmp_path):
    assert told(shop_of(tmp_path, HEAD + "1 - 2023-05-01 1")) == {"1": "no_buyer"}


def test_a_shop_may_look_back_less_far_or_for_ever(tmp_path):
    rows = OLD + "1 ann 2022-02-01 1\n2 ann 2022-03-03 1\n3 ann 2022-04-03 1\n4 ann 2023-06-01 1"
    short = shop_of(tmp_path / "a", rows, settings="[rules.history]\nlookback_days = 30\n")
    assert told(short) == {"0": "unknown", "1": "new", "2": "returning", "3": "new", "4": "new"}
    ever = shop_of(tmp_path / "b", rows, settings="[rules.history]\nlookback_days = 0\n")
    assert told(ever) == {
        "0": "unknown",
        "1": "unknown",
        "2": "returning",
        "3": "returning",
        "4": "returning",
    }


def test_a_look_back_beyond_a_hundred_years_is_refused(tmp_path):
    with pytest.raises(ShopcrmError, match="lookback_days"):
        shop_of(tmp_path, OLD, settings="[rules.history]\nlookback_days = 4000000\n")


def test_a_shop_without_valid_orders_begins_and_ends_on_its_last_day(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid refund\n1 2023-05-01 1 1")
    assert shop.first_day == shop.as_of == date(2023, 5, 1)
    assert told(shop) == {}


def by_pandas(frame, first, days):
    """Kinds from the definition: is there an earlier order of the customer in the days before?"""
    frame = frame.sort_values(["paid_at", "order_id"])
    day = pd.to_datetime(frame.paid_on)
    before = day.groupby(frame.customer_id).shift()
    kind = pd.Series("new", index=frame.index)
    kind[day < pd.Timestamp(first) + pd.Timedelta(days=days)] = "unknown"
    kind[(day - before).dt.days <= days] = "returning"
    return kind.mask(frame.customer_id.isna(), "no_buyer").groupby(frame.order_id).first()


def test_the_demo_shop_agrees_with_the_same_rule_in_pandas():
    shop = model.open_shop(DEMO)
    frame = shop.orders.select("order_id", "customer_id", "paid_at", "paid_on").to_pandas()
    expected = by_pandas(frame, shop.first_day, 365)
    assert expected.nunique() == 4
    assert told(shop) == expected.to_dict()


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.dates(date(2021, 1, 1), date(2024, 12, 31))),
        min_size=1,
        max_size=12,
        unique=True,
    )
)
def test_each_customer_is_new_again_after_every_gap_of_more_than_a_year_and_only_then(tmp_path_factory, rows):
    text = HEAD + "\n".join(f"{n} {who} {day} 1" for n, (who, day) in enumerate(rows))
    shop = shop_of(tmp_path_factory.mktemp("shop"), text)
    kinds, told_from = told(shop), history.told_from(shop)
    for n, (who, day) in enumerate(rows):
        earlier = [d for w, d in rows if w == who and 0 < (day - d).days <= 365]
        expected = "returning" if earlier else "new" if day >= told_from else "unknown"
        assert kinds[str(n)] == expected
