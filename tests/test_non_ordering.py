"""Non-ordering: the four types of people who do not order, each person in the first that fits."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
import pytest
from build import WORKBOOK, rules_of, shop_of
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import definitions, i18n, labels, model, non_ordering, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.ledger import FACT_COLUMNS

AS_OF = date(2024, 6, 30)
OPENS = date(2023, 6, 30)
FEW = settings(max_examples=12, deadline=None, derandomize=True)
ORDER = ["malicious", "lapsed", "cart_only", "visitor"]

ORDERS = """
order_id customer_id paid_at    created_at paid refund
1        now         2024-06-30 -          50   0
2        edge        2023-06-30 -          60   0
3        once        2023-06-29 -          70   20
4        twice       2022-01-05 -          80   0
5        twice       2022-02-05 -          10.5 0
6        bad         2024-06-01 -          99   0
7        unpaid      -          2024-06-02 40   0
8        back        2024-06-03 -          80   80
9        mixed       2024-06-04 -          30   30
10       mixed       -          2024-06-05 30   0
11       later       2024-07-01 -          90   0
12       soon        -          2024-07-01 90   0
13       sleeper     2022-03-01 -          11   0
14       sleeper     2024-07-02 -          12   0
15       -           2022-01-01 -          13   0
16       cartpaid    -          2024-06-06 40   0
17       gone        2022-05-05 -          33   33
18       gone        2022-05-06 -          44   0
"""
EVENTS = """
customer_id at                  type
now         2024-06-01          cart
once        2024-06-01          cart
cart        2024-06-01          cart
cart        2024-06-02          view
later       2024-06-30T23:59:59 cart
soon        2024-06-30T10:00:00 cart
cartpaid    2024-06-05          cart
look        2024-06-01          view
look        2024-07-01T00:00:00 cart
star        2024-05-01          favourite
star        2024-05-02          view
back        2024-05-01          favourite
future      2024-07-01          cart
worse       2024-06-01          cart
"""
CUSTOMERS = """
customer_id blacklisted
bad         yes
worse       yes
listed      yes
now         no
cart        -
"""
EXPECTED = {  # by hand: type, detail, last_order_on, orders, net_sales
    "bad": ("malicious", "with_orders", date(2024, 6, 1), 1, 99.0),
    "worse": ("malicious", "without_orders", None, 0, 0.0),
    "listed": ("malicious", "without_orders", None, 0, 0.0),
    "once": ("lapsed", "one_order", date(2023, 6, 29), 1, 50.0),
    "twice": ("lapsed", "several_orders", date(2022, 2, 5), 2, 90.5),
    "sleeper": ("lapsed", "one_order", date(2022, 3, 1), 1, 11.0),
    "gone": ("lapsed", "one_order", date(2022, 5, 6), 1, 44.0),
    "cart": ("cart_only", "in_cart", None, 0, 0.0),
    "later": ("cart_only", "in_cart", None, 0, 0.0),
    "soon": ("cart_only", "in_cart", None, 0, 0.0),
    "back": ("visitor", "refunded", None, 0, 0.0),
    "mixed": ("visitor", "refunded", None, 0, 0.0),
    "unpaid": ("visitor", "unpaid", None, 0, 0.0),
    "cartpaid": ("visitor", "unpaid", None, 0, 0.0),
    "star": ("visitor", "favourite", None, 0, 0.0),
    "look": ("visitor", "browsed", None, 0, 0.0),
}


def rows_of(people):
    """Each person's type, detail, last_order_on, orders and net_sales."""
    rows = people.to_pyarrow().to_pylist()
    assert len({row["customer_id"] for row in rows}) == len(rows)
    return {row.pop("customer_id"): tuple(row.values()) for row in rows}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    return shop_of(folder, ORDERS, as_of="2024-06-30", events=EVENTS, customers=CUSTOMERS)


@pytest.fixture(scope="module")
def people(shop):
    return non_ordering.people(shop)


@pytest.fixture(scope="module")
def typed(shop, people):
    return non_ordering.types(people, shop)


# --- by hand ------------------------------------------------------------------------------------------------


def test_each_person_is_of_the_first_type_that_fits(people):
    assert rows_of(people) == EXPECTED


def test_who_bought_in_the_evaluation_period_has_no_row_unless_blacklisted(people):
    found = rows_of(people)
    assert not {"now", "edge"} & set(found)  # edge bought on the first day of the period
    assert found["bad"][0] == "malicious"


def test_nothing_after_the_last_day_counted_enters(people):
    found = rows_of(people)
    assert "future" not in found  # only an event after it
    assert found["look"][:2] == ("visitor", "browsed")  # into the cart after it
    assert found["sleeper"][0] == "lapsed"  # bought again after it
    assert found["later"][0] == found["soon"][0] == "cart_only"  # ordered after it, paid or not


def test_people_come_by_type_and_the_highest_net_sales_first(people):
    frame = people.to_pandas()
    assert frame.type.drop_duplicates().tolist() == ORDER
    assert frame.customer_id.tolist()[:7] == ["bad", "listed", "worse", "twice", "once", "gone", "sleeper"]


def test_each_type_and_detail_has_a_row_in_order_with_zeros_where_nobody_is(typed, tmp_path):
    rows = typed[["type", "detail", "customers", "net_sales"]].to_numpy().tolist()
    assert rows == [
        ["malicious", "with_orders", 1, 99.0],
        ["malicious", "without_orders", 2, 0.0],
        ["lapsed", "several_orders", 1, 90.5],
        ["lapsed", "one_order", 3, 105.0],
        ["cart_only", "in_cart", 3, 0.0],
        ["visitor", "refunded", 2, 0.0],
        ["visitor", "unpaid", 2, 0.0],
        ["visitor", "favourite", 1, 0.0],
        ["visitor", "browsed", 1, 0.0],
    ]
    assert set(typed.state) == {""}
    none = "customer_id at type\nann 2024-06-30 view"
    shop = shop_of(
        tmp_path,
        "order_id customer_id paid_at paid\n1 ann 2024-06-30 50",
        events=none,
        customers="customer_id blacklisted\nann no",
    )
    empty = non_ordering.types(non_ordering.people(shop), shop)
    assert empty[["type", "detail"]].equals(typed[["type", "detail"]])
    assert empty.customers.tolist() == [0] * 9
    assert empty.net_sales.tolist() == [0.0] * 9
    assert set(empty.state) == {""}


def test_an_order_at_or_under_the_shops_minimum_leaves_nothing(tmp_path):
    orders = (
        "order_id customer_id paid_at paid\n1 gift 2022-06-30 1\n2 ann 2024-06-30 50\n3 old 2022-06-30 1.5"
    )
    shop = shop_of(tmp_path, orders, settings="[rules.orders]\nmin_order_amount = 1")
    found = rows_of(non_ordering.people(shop))
    assert found == {
        "gift": ("visitor", "refunded", None, 0, 0.0),
        "old": ("lapsed", "one_order", date(2022, 6, 30), 1, 1.5),
    }


def test_a_shop_with_a_shorter_evaluation_period_has_people_who_lapse_sooner(tmp_path):
    orders = "order_id customer_id paid_at paid\n1 ann 2024-06-30 5\n2 bob 2024-05-31 5\n3 cat 2024-05-30 5"
    shop = shop_of(tmp_path, orders, settings="[rules.rfm]\nrecency_days = [10, 30]")
    assert list(rows_of(non_ordering.people(shop))) == ["cat"]


def test_the_words_of_events_are_read_in_any_case(tmp_path):
    events = "customer_id at type\nbob 2024-06-01 CART\ncat 2024-06-01 Favourite"
    shop = shop_of(tmp_path, "order_id customer_id paid_at paid\n1 ann 2024-06-30 5", events=events)
    found = {who: row[:2] for who, row in rows_of(non_ordering.people(shop)).items()}
    assert found == {"bob": ("cart_only", "in_cart"), "cat": ("visitor", "favourite")}


# --- what is missing ----------------------------------------------------------------------------------------


def test_without_events_visitors_come_from_orders_alone(tmp_path):
    shop = shop_of(tmp_path, ORDERS, as_of="2024-06-30", customers=CUSTOMERS)
    people = non_ordering.people(shop)
    from_events = {"cart", "later", "soon", "star", "look"}
    assert rows_of(people) == {who: row for who, row in EXPECTED.items() if who not in from_events}
    typed = non_ordering.types(people, shop).set_index("detail")
    unknown = ["in_cart", "favourite", "browsed"]
    assert typed.state[unknown].tolist() == ["not computed: needs events.type"] * 3
    assert typed.loc[unknown, ["customers", "net_sales"]].isna().all(axis=None)
    assert typed.drop(unknown).customers.tolist() == [1, 2, 1, 3, 2, 2]
    assert set(typed.drop(unknown).state) == {""}


def test_without_a_blacklist_nobody_is_malicious(tmp_path):
    for number, more in enumerate(({}, {"customers": "customer_id gender\nbad 男\nworse 女"})):
        shop = shop_of(tmp_path / str(number), ORDERS, as_of="2024-06-30", events=EVENTS, **more)
        people = non_ordering.people(shop)
        expected = {who: row for who, row in EXPECTED.items() if row[0] != "malicious"}
        assert rows_of(people) == expected | {"worse": ("cart_only", "in_cart", None, 0, 0.0)}
        typed = non_ordering.types(people, shop).set_index("type")
        assert typed.state["malicious"].tolist() == ["not computed: needs customers.blacklisted"] * 2
        assert typed.customers["malicious"].isna().all()
        assert typed.customers["cart_only"] == 4


def test_orders_alone_tell_who_lapsed_and_who_never_paid(tmp_path):
    shop = shop_of(tmp_path, ORDERS, as_of="2024-06-30")
    details = {who: row[1] for who, row in rows_of(non_ordering.people(shop)).items()}
    assert details == {
        **{"once": "one_order", "twice": "several_orders", "sleeper": "one_order", "gone": "one_order"},
        **{"back": "refunded", "mixed": "refunded", "unpaid": "unpaid", "cartpaid": "unpaid"},
    }


@pytest.mark.parametrize(
    ("orders", "reason"),
    [
        ("order_id paid_at paid\n1 2024-06-30 50", ""),
        (
            "order_id customer_id paid_at paid\n1 a**b 2024-06-30 50\n2 ann 2024-06-30 50",
            " (1 of 2 buyer names are masked)",
        ),
    ],
    ids=["no buyer key", "masked"],
)
def test_without_buyers_both_functions_hand_on_what_is_missing(tmp_path, orders, reason):
    shop = shop_of(tmp_path, orders)
    people = non_ordering.people(shop)
    assert isinstance(people, NotComputed)
    assert people.sentence() == "not computed: needs orders.customer_id" + reason
    assert non_ordering.types(people, shop) is people


def test_a_shop_in_which_nobody_is_named_has_nobody_who_does_not_order(tmp_path):
    shop = shop_of(tmp_path, "order_id customer_id paid_at paid\n1 - 2024-06-30 50\n2 - 2020-06-30 50")
    people = non_ordering.people(shop)
    assert rows_of(people) == {}
    typed = non_ordering.types(people, shop)
    assert typed[typed.state == ""].customers.tolist() == [0, 0, 0, 0]


def test_what_is_missing_is_said_in_the_language_in_use(tmp_path, monkeypatch):
    folder = tmp_path / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "shopcrm.po").write_text(
        'msgid "not computed: needs {needs}"\nmsgstr "未计算：缺少 {needs}"\n', encoding="utf-8"
    )
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path)
    shop = shop_of(tmp_path / "shop", "order_id customer_id paid_at paid\n1 ann 2024-06-30 50")
    try:
        i18n.use("zh")
        typed = non_ordering.types(non_ordering.people(shop), shop)
        assert typed.state.iloc[0] == "未计算：缺少 customers.blacklisted"
    finally:
        i18n.use("en")


# --- an independent route, and properties -------------------------------------------------------------------


def memory_shop(orders, events, blacklist):
    """A shop whose tables are in memory.

    Orders are (customer, created_at, paid_at, paid, refund), events (customer, at, type).
    """
    frames = {
        "orders": (
            orders,
            "customer_id:string created_at:timestamp paid_at:timestamp paid:float64 refund:float64",
        ),
        "events": (events, "customer_id:string at:timestamp type:string"),
        "customers": ([(who, True) for who in blacklist], "customer_id:string blacklisted:boolean"),
    }
    tables = {}
    for name, (rows, spec) in frames.items():
        schema = ibis.schema(dict(column.split(":") for column in spec.split()))
        tables[name] = ibis.memtable(pd.DataFrame(rows, columns=list(schema.names)), schema=schema)
    settings = SimpleNamespace(rules=rules_of(), tables={"orders": None})
    facts = pd.DataFrame(columns=FACT_COLUMNS)
    valid = model.valid(tables["orders"], AS_OF)
    return model.Shop(
        Path(), settings, AS_OF, None, tables, valid.filter(valid._why.isnull()), facts, facts, ""
    )


def by_rule(orders, events, blacklist):
    """Each person's type and detail, told person by person in plain Python."""
    found = {}
    dated = [
        (who, (paid_at or created).date(), paid_at, paid - refund)
        for who, created, paid_at, paid, refund in orders
    ]
    dated = [row for row in dated if row[1] <= AS_OF]
    seen = [(who, kind) for who, at, kind in events if at.date() <= AS_OF]
    for who in {who for who, *_rest in [*dated, *seen]} | set(blacklist):
        if who is None:
            continue
        mine = [row for row in dated if row[0] == who]
        good = [row for row in mine if row[2] and row[3] > 0]
        kinds = {kind for other, kind in seen if other == who}
        if who in blacklist:
            found[who] = ("malicious", "with_orders" if good else "without_orders")
        elif good and max(row[1] for row in good) < OPENS:
            found[who] = ("lapsed", "several_orders" if len(good) > 1 else "one_order")
        elif good:
            continue
        elif mine:
            found[who] = ("visitor", "refunded" if any(row[2] for row in mine) else "unpaid")
        elif "cart" in kinds:
            found[who] = ("cart_only", "in_cart")
        else:
            found[who] = ("visitor", "favourite" if "favourite" in kinds else "browsed")
    return found


NAMES = st.sampled_from(["a", "b", "c", "d", "e", None])
WHEN = st.sampled_from([-1, 0, 1, 300, 366, 367, 800]).map(
    lambda back: datetime(2024, 6, 30, 12) - timedelta(days=back)
)
MANY_ORDERS = st.lists(
    st.tuples(NAMES, WHEN, st.booleans(), st.sampled_from([0.0, 40.0, 100.0])).map(
        lambda row: (row[0], row[1], row[1] if row[2] else None, 100.0, row[3])
    ),
    max_size=12,
)
MANY_EVENTS = st.lists(st.tuples(NAMES, WHEN, st.sampled_from(["view", "cart", "favourite"])), max_size=12)
BLACKLIST = st.sets(st.sampled_from("abx"))


@FEW
@given(MANY_ORDERS, MANY_EVENTS, BLACKLIST)
def test_every_person_has_at_most_one_type_the_one_that_the_rule_gives(orders, events, blacklist):
    shop = memory_shop(orders, events, blacklist)
    people = non_ordering.people(shop)
    found = {who: row[:2] for who, row in rows_of(people).items()}
    assert found == by_rule(orders, events, blacklist)
    typed = non_ordering.types(people, shop)
    assert typed.customers.sum() == len(found)


@FEW
@given(MANY_ORDERS, MANY_EVENTS, BLACKLIST, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(orders, events, blacklist, chance):
    mixed = memory_shop(
        chance.sample(orders, len(orders)), chance.sample(events, len(events)), sorted(blacklist)
    )
    first = non_ordering.people(memory_shop(orders, events, blacklist)).to_pandas()
    pd.testing.assert_frame_equal(first, non_ordering.people(mixed).to_pandas())


def test_some_hundred_people_are_typed_as_told_one_by_one():
    random = np.random.default_rng(11)
    names = np.array([f"p{i}" for i in range(400)])

    def when(n):
        return [datetime(2024, 7, 10) - timedelta(days=int(d)) for d in random.integers(0, 900, n)]

    orders = [
        (who, day, day if pays else None, 100.0, refund)
        for who, day, pays, refund in zip(
            random.choice(names, 350),
            when(350),
            random.random(350) < 0.7,
            random.choice([0.0, 100.0], 350),
            strict=True,
        )
    ]
    kinds = random.choice(["view", "cart", "favourite"], 300)
    events = list(zip(random.choice(names, 300), when(300), kinds, strict=True))
    blacklist = set(random.choice(names, 12))
    expected = by_rule(orders, events, blacklist)
    shop = memory_shop(orders, events, blacklist)
    people = non_ordering.people(shop)
    found = rows_of(people)
    assert {who: row[:2] for who, row in found.items()} == expected
    valid = pd.DataFrame(orders, columns=["who", "day", "paid_at", "paid", "refund"])
    valid = valid[valid.paid_at.notna() & (valid.refund < valid.paid) & (valid.day < "2024-07-01")]
    for who, part in valid[valid.who.isin(expected)].groupby("who"):
        assert found[who][2:] == (part.day.max().date(), len(part), 100.0 * len(part))
    counts = pd.Series(list(expected.values())).value_counts()
    typed = non_ordering.types(people, shop)
    assert len(counts) == len(typed) == 9
    for row in typed.itertuples():
        assert row.customers == counts[(row.type, row.detail)]


# --- what a reader sees, and what is saved ------------------------------------------------------------------


def test_types_and_details_have_a_word_each(typed):
    words = labels.of_codes()
    assert set(typed.type) == set(words["type"]) == set(non_ordering.TYPES)
    assert set(typed.detail) == set(words["detail"])
    assert len(set(words["detail"].values())) == len(words["detail"])
    text = table.show(typed, "CNY")._repr_html_()
    assert "ordered and never paid" in text
    assert "Malicious" in text


def test_a_count_that_is_not_known_is_shown_as_a_dash_never_as_zero(tmp_path):
    shop = shop_of(tmp_path, "order_id customer_id paid_at paid\n1 ann 2024-06-30 50")
    typed = non_ordering.types(non_ordering.people(shop), shop)
    text = table.show(typed[typed.type == "cart_only"], "CNY")._repr_html_()
    cells = re.findall(r"<td[^>]*>(.*?)</td>", text)
    assert cells[2:] == ["–", "–", "not computed: needs events.type"]


def test_the_saved_table_is_documented_column_by_column(people):
    outputs = (WORKBOOK / "docs" / "outputs.md").read_text(encoding="utf-8")
    part = outputs.split("\n### non_ordering\n")[1].split("\n### ")[0]
    assert re.findall(r"^\| `([a-z_]+)`", part, re.M) == list(people.columns)
    defined = definitions.every()
    assert {"non_ordering", *(f"non_ordering.{column}" for column in people.columns)} <= set(defined)
