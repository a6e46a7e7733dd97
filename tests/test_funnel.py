"""Funnel: the shop's visitors, and people from a look to a payment, step by step."""

import ibis
import numpy as np
import pandas as pd
import pytest
from build import shop_of
from hypothesis import given, settings
from hypothesis import strategies as st
from people_shop import rows_of, written

from shopcrm_nb import funnel, labels, model, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.interval import wilson
from shopcrm_nb.period import Period, ending

HEAD = "order_id customer_id created_at paid_at paid status\n"
LAST = HEAD + "z zoe 2024-06-30T12:00:00 2024-06-30T12:00:00 5 success\n"


def people_of(tmp_path, orders, events, days=30, as_of="2024-06-30"):
    """step → customers"""
    shop = shop_of(tmp_path, LAST + orders, as_of=as_of, events="customer_id at type\n" + events)
    found = funnel.of_people(shop, days)
    return found if isinstance(found, NotComputed) else found.set_index("step").customers.to_dict()


# --- people by name -----------------------------------------------------------------------------------------


def test_the_steps_are_nested_and_each_counts_who_came_from_the_one_before(tmp_path):
    events = """look 2024-06-20T10:00:00 view
    fav 2024-06-20T10:00:00 favourite
    fav 2024-06-21T10:00:00 view
    order 2024-06-20T10:00:00 cart
    pay 2024-06-20T10:00:00 Cart
    lookpay 2024-06-20T10:00:00 view
    """
    orders = """1 order 2024-06-21T09:00:00 - 0 closed_unpaid
    2 pay 2024-06-20T10:00:00 2024-06-22T10:00:00 9 success
    3 lookpay 2024-06-21T10:00:00 2024-06-21T10:00:00 9 success
    4 unseen 2024-06-21T10:00:00 2024-06-21T10:00:00 9 success
    """
    shop = shop_of(tmp_path, LAST + orders, events="customer_id at type\n" + events)
    found = funnel.of_people(shop).set_index("step")
    assert found.customers.to_dict() == {"seen": 5, "marked": 3, "ordered": 2, "paid": 1}
    assert found.share_of_before.tolist()[1:] == [3 / 5, 2 / 3, 1 / 2]
    assert found.share_of_first.tolist()[1:] == [3 / 5, 2 / 5, 1 / 5]
    assert found.loc["seen"].drop("customers").isna().all()
    assert (found.ci_low["ordered"], found.ci_high["ordered"]) == wilson(2, 3, 0.95)
    assert (found.first_ci_low["ordered"], found.first_ci_high["ordered"]) == wilson(2, 5, 0.95)


def test_an_order_before_the_first_favourite_does_not_count_and_one_at_its_moment_does(tmp_path):
    events = """early 2024-06-20T10:00:00 cart
    same 2024-06-20T10:00:00 cart
    twice 2024-06-20T10:00:00 cart
    twice 2024-06-25T10:00:00 cart
    """
    orders = """1 early 2024-06-20T09:59:59 2024-06-21T10:00:00 9 success
    2 same 2024-06-20T10:00:00 2024-06-20T10:00:00 9 success
    3 twice 2024-06-22T10:00:00 2024-06-22T10:00:00 9 success
    """
    found = people_of(tmp_path, orders, events)
    assert found == {"seen": 3, "marked": 3, "ordered": 2, "paid": 2}


def test_an_order_that_is_dated_without_a_time_counts_from_that_day_on(tmp_path):
    events = "day 2024-06-20T10:00:00 cart\nbefore 2024-06-20T10:00:00 cart\n"
    orders = "1 day 2024-06-20 2024-06-20 9 success\n2 before 2024-06-19 2024-06-19 9 success\n"
    assert people_of(tmp_path, orders, events)["ordered"] == 1


def test_the_days_end_with_as_of_and_both_ends_count(tmp_path):
    events = """first 2024-06-01T00:00:00 cart
    older 2024-05-31T23:59:59 cart
    last 2024-06-30T23:59:59 cart
    after 2024-07-01T00:00:00 cart
    """
    late = "1 zoe 2024-07-05 2024-07-05 9 success\n2 first 2024-06-02 2024-07-01 9 success\n"
    late += "3 older 2024-06-02 2024-06-02 9 success\n"
    found = people_of(tmp_path, late, events)
    # whoever pays after as_of has placed an order, and not paid it
    assert found == {"seen": 2, "marked": 2, "ordered": 1, "paid": 0}
    assert people_of(tmp_path / "b", late, events, days=31)["seen"] == 3
    assert people_of(tmp_path / "c", late, events, days=1)["seen"] == 1


def test_an_order_after_as_of_is_none(tmp_path):
    orders = "1 ann 2024-07-01 2024-07-01 9 success\n"
    assert people_of(tmp_path, orders, "ann 2024-06-20 cart")["ordered"] == 0


def test_one_order_paid_among_several_is_paid(tmp_path):
    orders = """1 ann 2024-06-19 2024-06-19 9 success
    2 ann 2024-06-21 - 0 closed_unpaid
    3 bob 2024-06-21 - 0 closed_unpaid
    4 bob 2024-06-22 2024-06-22 9 success
    """
    events = "ann 2024-06-20T10:00:00 cart\nbob 2024-06-20T10:00:00 cart"
    # Ann paid only for what she ordered before she put something in the cart.
    assert people_of(tmp_path, orders, events) == {"seen": 2, "marked": 2, "ordered": 2, "paid": 1}


def test_where_nobody_was_seen_or_no_events_are_there_it_says_so(tmp_path):
    assert people_of(tmp_path, "", "ann 2024-01-01 cart") == NotComputed("events.type", "in the last 30 days")
    shop = shop_of(tmp_path / "b", LAST)
    assert funnel.of_people(shop) == NotComputed("events.customer_id")
    shop = shop_of(tmp_path / "c", "order_id paid_at paid\n1 2024-06-30 5")
    assert funnel.of_people(shop) == NotComputed("orders.customer_id")
    assert funnel.by_group(shop, shop.orders) == NotComputed("orders.customer_id")


@pytest.fixture(scope="module")
def rows():
    return rows_of(people=40, orders=600, events=900, seed=8)


@pytest.fixture(scope="module")
def shop(tmp_path_factory, rows):
    return model.open_shop(written(tmp_path_factory.mktemp("people"), rows), "2024-09-01")


def by_hand(rows, opens, day):
    """step → people, one person at a time."""
    start, end = pd.Timestamp(opens), pd.Timestamp(day) + pd.Timedelta(days=1)
    found = {step: set() for step in funnel.STEPS}
    for person, mine in rows.events[rows.events["at"].between(start, end, inclusive="left")].groupby(
        "customer_id"
    ):
        found["seen"].add(person)
        marks = mine[mine.type != "view"]["at"]
        orders = rows.orders[rows.orders.customer_id == person]
        after = orders[(orders.created_at >= marks.min()) & (orders.created_at < end)]
        if len(marks):
            found["marked"].add(person)
        if len(after):
            found["ordered"].add(person)
        if (after.paid_at < end).any():
            found["paid"].add(person)
    return found


def test_the_steps_are_what_the_rows_say_one_person_at_a_time(shop, rows):
    wanted = by_hand(rows, "2024-06-04", "2024-09-01")
    found = funnel.of_people(shop, 90).set_index("step").customers.to_dict()
    assert found == {step: len(people) for step, people in wanted.items()}
    assert 0 < found["paid"] < found["ordered"] < found["marked"] < found["seen"]


# --- by group -----------------------------------------------------------------------------------------------


def test_each_group_has_the_steps_of_its_people_who_may_be_in_several(shop, rows):
    frame = pd.DataFrame(groups_pairs(rows), columns=["customer_id", "group"])
    found = funnel.by_group(shop, memory(frame), 90)
    wanted = by_hand(rows, "2024-06-04", "2024-09-01")
    for group in ("odd", "third"):
        mine = set(frame[frame.group == group].customer_id)
        counts = found[found.group == group].set_index("step").customers.to_dict()
        assert counts == {step: len(people & mine) for step, people in wanted.items()}
    assert set(found.group) == {"odd", "third"}  # nobody of "empty" was seen
    assert found.columns.tolist() == [
        *("group", "step", "customers", "share_of_before", "ci_low", "ci_high"),
        *("share_of_first", "first_ci_low", "first_ci_high"),
    ]


def groups_pairs(rows):
    people = sorted({*rows.events.customer_id})
    odd = [(person, "odd") for person in people[1::2]]
    third = [(person, "third") for person in people[::3]]
    # A row twice, a group of nobody who was seen, and a person in no group.
    return [*odd, *third, *odd[:5], ("nobody", "empty"), (people[1], None)]


def memory(frame):
    return ibis.memtable(frame, schema=ibis.schema({"customer_id": "string", "group": "string"}))


counts = st.lists(st.integers(0, 1000), min_size=4, max_size=4).map(lambda n: sorted(n, reverse=True))


@given(counts)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_shares_lie_within_their_intervals_and_the_steps_multiply_to_the_share_of_the_first(n):
    frame = funnel._steps(pd.DataFrame([dict(zip(funnel.STEPS, n, strict=True))]), 0.95)
    told = frame[frame.share_of_before.notna()]
    assert (
        (told.ci_low <= told.share_of_before + 1e-12) & (told.share_of_before <= told.ci_high + 1e-12)
    ).all()
    assert (frame.customers.diff().dropna() <= 0).all()
    if n[2]:
        assert np.prod(frame.share_of_before[1:]) == pytest.approx(frame.share_of_first.iloc[-1])
    if not n[0]:
        assert frame.share_of_first.isna().all()


# --- the shop as a whole ------------------------------------------------------------------------------------

TRAFFIC = """date visitors source cart_users favourite_users buyers
2024-05-31 1000 - 500 500 500
2024-06-01 100 - 10 5 4
2024-06-02 60 search 6 - 3
2024-06-02 40 ads 4 - 1
2024-06-03 50 - 1 2 1
2024-06-03 20 search 9 9 9
2024-06-30 50 - - 3 2
2024-07-01 1000 - 500 500 500
"""
JUNE = Period(pd.Timestamp("2024-06-01").date(), pd.Timestamp("2024-06-30").date())


def test_visitors_of_a_day_are_summed_and_each_share_is_of_the_days_that_tell(tmp_path):
    orders = LAST + "y ann 2024-07-02 2024-07-02 5 success\n"
    shop = shop_of(tmp_path, orders, as_of="2024-06-30", traffic=TRAFFIC)
    found = funnel.of_shop(shop, JUNE).set_index("step")
    # 100 + (60 + 40) + 50 (the row without a source is the day) + 50
    assert found.daily_people.to_dict() == {
        "visitors": 300,
        "favourite_users": 10,
        "cart_users": 21,
        "buyers": 11,
    }
    assert found.days.to_dict() == {"visitors": 4, "favourite_users": 3, "cart_users": 3, "buyers": 4}
    assert found.share_of_visitors.tolist() == [1, 10 / 200, 21 / 250, 11 / 300]
    assert funnel.shop_sentence(found.reset_index(), JUNE) == (
        "From 2024-06-01 to 2024-06-30 visitors came 300 times, each counted once a day. 5.0% marked a "
        "favourite. 8.4% put something in the cart. 3.7% paid for an order."
    )


def test_a_step_without_its_column_says_what_it_needs(tmp_path):
    traffic = "date visitors buyers cart_users\n2024-06-29 10 1 -\n2024-06-30 30 3 -\n"
    shop = shop_of(tmp_path, LAST, traffic=traffic)
    found = funnel.of_shop(shop, ending(shop.as_of, "month")).set_index("step")
    assert found.state.to_dict() == {
        "visitors": "",
        "favourite_users": "not computed: needs traffic.favourite_users",
        "cart_users": "not computed: needs traffic.cart_users",
        "buyers": "",
    }
    assert pd.isna(found.daily_people["cart_users"])
    assert found.share_of_visitors["buyers"] == 0.1
    assert "favourite" not in funnel.shop_sentence(found.reset_index(), JUNE)


def test_the_shop_as_a_whole_needs_no_buyers_names_and_days_with_visitors(tmp_path):
    traffic = "date visitors buyers\n2024-06-29 10 1\n"
    shop = shop_of(tmp_path, "order_id paid_at paid\n1 2024-06-30 5", traffic=traffic)
    assert funnel.of_shop(shop, JUNE).daily_people.dropna().tolist() == [10, 1]
    may = Period(pd.Timestamp("2024-05-01").date(), pd.Timestamp("2024-05-31").date())
    assert funnel.of_shop(shop, may) == NotComputed("traffic.visitors", "a day from 2024-05-01 to 2024-05-31")
    assert funnel.of_shop(shop_of(tmp_path / "b", LAST), JUNE) == NotComputed("traffic.visitors")


# --- to read ------------------------------------------------------------------------------------------------


def test_the_sentence_says_how_far_people_went(shop):
    found = funnel._steps(pd.DataFrame([{"seen": 200, "marked": 100, "ordered": 40, "paid": 30}]), 0.95)
    assert funnel.sentence(found, 0.95) == (
        "200 people were seen in the last 30 days; 50.0% of them marked a favourite or filled a cart. Of "
        "these, 40.0% then placed an order (95% interval 30.9% to 49.8%). Of those who placed one, 75.0% "
        "paid."
    )
    nobody = funnel._steps(pd.DataFrame([{"seen": 1, "marked": 0, "ordered": 0, "paid": 0}]), 0.95)
    assert funnel.sentence(nobody, 0.95) == (
        "1 person was seen in the last 30 days; 0.0% marked a favourite or filled a cart."
    )
    assert funnel.figures(found)["portrait.funnel_ordered"] == 40


def test_readers_get_words_for_all_columns_and_steps(tmp_path, rows):
    shop = shop_of(tmp_path, LAST, traffic=TRAFFIC)
    frames = [funnel.of_shop(shop, JUNE)]
    frames.append(funnel._steps(pd.DataFrame([{"seen": 2, "marked": 1, "ordered": 1, "paid": 0}]), 0.95))
    for frame in frames:
        assert set(frame.columns) <= set(labels.of_columns())
        assert set(frame.step) <= set(labels.of_codes()["step"])
    html = table.show(frames[1])._repr_html_()
    assert "then placed an order" in html
    assert "50.0%" in html


def test_what_is_missing_is_handed_on():
    missing = NotComputed("events.type")
    assert funnel.sentence(missing, 0.95) is missing
    assert funnel.figures(missing) is missing
