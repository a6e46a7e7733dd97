"""Behaviour: what people looked at, marked and put in the cart, up to a day and within so many days."""

import datetime as dt

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from persons import shop_in_memory

from shopcrm_nb import behaviour

ORDERS = "order_id customer_id paid_at paid\n1 z 2024-06-30 5"
FEW = settings(max_examples=25, deadline=None, derandomize=True)


def counts_of(events, orders=ORDERS, **tables):
    shop = shop_in_memory(orders=orders, events=events, **tables)
    found = behaviour.counts(shop).to_pandas().set_index("customer_id").sort_index()
    return found.astype(object).where(found.notna(), None)


def left_of(events, orders=ORDERS, **tables):
    """What is left in the carts: (customer, product)."""
    shop = shop_in_memory(orders=orders, events=events, **tables)
    found = behaviour.unpaid_carts(shop).to_pandas()
    return sorted(zip(found.customer_id, found.product_id, strict=True))


def test_days_are_counted_up_to_as_of_that_day_included():
    # as_of is 30 June: 7 days are from 24 June, 30 from 1 June, 90 from 2 April
    events = "customer_id at type product_id"
    for at in ("2024-06-30_23:59:59", "2024-06-24", "2024-06-23_23:59", "2024-06-01", "2024-05-31_23:59"):
        events += f"\na {at} view p"
    for at in ("2024-06-30", "2024-06-01", "2024-05-31", "2024-04-02", "2024-04-01_23:59"):
        events += f"\na {at} favourite p\na {at} cart p"
    row = counts_of(events).loc["a"]
    assert (row.views_7d, row.views_30d) == (2, 4)
    assert (row.favourites_30d, row.favourites_90d) == (2, 4)
    assert (row.carts_30d, row.carts_90d) == (2, 4)


def test_an_event_after_as_of_is_not_seen_and_neither_is_who_only_came_then():
    events = (
        "customer_id at type product_id\na 2024-06-30_23:59 view p\na 2024-07-01 view p\nb 2024-07-01 cart p"
    )
    found = counts_of(events)
    assert found.index.tolist() == ["a"]
    assert (found.loc["a"].views_7d, found.loc["a"].last_seen_on) == (1, pd.Timestamp(2024, 6, 30))


def test_an_event_of_nobody_is_nobodys_and_words_of_types_may_have_capitals():
    events = "customer_id at type product_id\n- 2024-06-30 view p\na 2024-06-29 VIEW p\na 2024-06-28 other p"
    found = counts_of(events)
    assert found.index.tolist() == ["a"]
    assert (found.loc["a"].views_7d, found.loc["a"].carts_30d) == (1, 0)
    assert found.loc["a"].last_seen_on == pd.Timestamp(2024, 6, 29)


def test_a_product_put_in_the_cart_more_than_once_is_one_and_each_other_one_more():
    events = "customer_id at type product_id\na 2024-06-20 cart p\na 2024-06-21 cart p\na 2024-06-21 cart q"
    row = counts_of(events).loc["a"]
    assert (row.carts_30d, row.cart_unpaid_30d) == (3, 2)


def test_a_cart_of_more_than_30_days_ago_is_left_no_more():
    events = "customer_id at type product_id\na 2024-05-31_23:59 cart p\na 2024-06-01 cart q"
    assert left_of(events) == [("a", "q")]
    assert counts_of(events).loc["a"].cart_unpaid_30d == 1


LINES = "order_id product_id quantity amount\n{}"


def test_a_product_is_bought_by_a_paid_order_with_it_on_that_day_or_after():
    events = "customer_id at type product_id"
    orders, lines = "order_id customer_id paid_at paid created_at", "order_id product_id quantity amount"
    cases = {
        "before": "2024-06-19",
        "earlier_that_day": "2024-06-20_08:00",  # two exports' clocks
        "after": "2024-06-25",
        "too_late": "2024-07-01",
        "never": "-",
    }
    for name, paid_at in cases.items():
        events += f"\n{name} 2024-06-20_12:00 cart p"
        orders += f"\n{name} {name} {paid_at} 5 2024-06-19"
        lines += f"\n{name} p 1 5"
    events += "\nother 2024-06-20 cart p"
    orders += "\no other 2024-06-25 5 2024-06-25"
    lines += "\no q 1 5"
    left = left_of(events, orders, order_items=lines)
    assert left == [(name, "p") for name in ("before", "never", "other", "too_late")]
    found = counts_of(events, orders, order_items=lines).cart_unpaid_30d
    assert found[found > 0].index.tolist() == ["before", "never", "other", "too_late"]
    assert found["after"] == 0


def test_what_was_carted_again_after_it_was_bought_is_left():
    events = "customer_id at type product_id\na 2024-06-10 cart p\na 2024-06-20 cart p"
    orders = "order_id customer_id paid_at paid\n1 a 2024-06-10 5"
    assert left_of(events, orders, order_items=LINES.format("1 p 1 5")) == [("a", "p")]


def test_somebody_elses_order_empties_no_cart():
    events = "customer_id at type product_id\na 2024-06-10 cart p"
    orders = "order_id customer_id paid_at paid\n1 b 2024-06-11 5\n2 - 2024-06-11 5"
    lines = LINES.format("1 p 1 5\n2 p 1 5")
    assert left_of(events, orders, order_items=lines) == [("a", "p")]
    assert left_of(events, orders) == [("a", "p")]


def test_without_lines_any_paid_order_from_that_moment_on_empties_the_cart():
    events = "customer_id at type product_id"
    orders = "order_id customer_id paid_at paid created_at"
    for name, paid_at in {
        "before": "2024-06-20_11:59",
        "then": "2024-06-20_12:00",
        "after": "2024-06-29",
        "too_late": "2024-07-01",
        "never": "-",
    }.items():
        events += f"\n{name} 2024-06-20_12:00 cart p"
        orders += f"\n{name} {name} {paid_at} 5 2024-06-19"
    assert [name for name, _ in left_of(events, orders)] == ["before", "never", "too_late"]


def test_where_no_event_names_a_product_what_is_left_in_the_cart_is_not_known():
    for events in (
        "customer_id at type\na 2024-06-20 cart",
        "customer_id at type product_id\na 2024-06-20 cart -",
    ):
        row = counts_of(events).loc["a"]
        assert (row.carts_30d, row.cart_unpaid_30d) == (1, None)


def test_a_cart_without_a_product_counts_as_a_cart_and_leaves_nothing():
    events = "customer_id at type product_id\na 2024-06-20 cart -\na 2024-06-20 view q"
    row = counts_of(events).loc["a"]
    assert (row.carts_30d, row.cart_unpaid_30d) == (1, 0)


def test_a_shop_whose_events_begin_after_as_of_has_not_begun():
    assert behaviour.begun(shop_in_memory(orders=ORDERS, events="customer_id at type\na 2024-06-30 view"))
    assert not behaviour.begun(shop_in_memory(orders=ORDERS, events="customer_id at type\na 2024-07-01 view"))


@FEW
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.integers(-5, 130),
            st.sampled_from(["view", "favourite", "cart"]),
            st.sampled_from(["p", "q", None]),
        ),
        min_size=1,
        max_size=40,
    ),
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(-5, 60), st.sampled_from("pq")), max_size=6),
)
def test_counts_and_carts_are_those_of_a_loop_over_the_events(events, bought):
    as_of = dt.date(2024, 6, 30)
    days = [(who, as_of - dt.timedelta(days=back), kind, product) for who, back, kind, product in events]
    text = "customer_id at type product_id\n"
    text += "\n".join(f"{who} {day} {kind} {product or '-'}" for who, day, kind, product in days)
    paid = [(who, as_of - dt.timedelta(days=back), product) for who, back, product in bought]
    orders = ORDERS + "".join(f"\no{i} {who} {day} 5" for i, (who, day, _) in enumerate(paid))
    lines = "order_id product_id quantity amount\n1 z 1 5"
    lines += "".join(f"\no{i} {product} 1 5" for i, (_, _, product) in enumerate(paid))
    found = counts_of(text, orders, order_items=lines)
    seen = [row for row in days if row[1] <= as_of]
    assert found.index.tolist() == sorted({row[0] for row in seen})
    known = any(product for *_, product in days)
    for who, row in found.iterrows():
        mine = [(day, kind, product) for name, day, kind, product in seen if name == who]

        def n(kind, within, mine=mine):
            return sum(k == kind and (as_of - day).days < within for day, k, _ in mine)

        expected = [n("view", 7), n("view", 30), n("favourite", 30), n("favourite", 90), n("cart", 30)]
        names = ["views_7d", "views_30d", "favourites_30d", "favourites_90d", "carts_30d"]
        assert row[names].tolist() == expected
        last = {}
        for day, kind, product in mine:
            if kind == "cart" and product and (as_of - day).days < 30:
                last[product] = max(day, last.get(product, day))
        left = [
            product
            for product, day in last.items()
            if not any(w == who and p == product and day <= d <= as_of for w, d, p in paid)
        ]
        assert row.cart_unpaid_30d == (len(left) if known else None)
