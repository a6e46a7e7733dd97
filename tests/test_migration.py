"""Migration: where customers came from, by hand on a small shop, by another route on many, at the edges."""

import dataclasses
import random
from datetime import date, timedelta

import pandas as pd
import pytest
from build import WORKBOOK, orders_of, shop_of
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import chart_segments, earlier, glossary, labels, migration, model, segment, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.chart import ACTION, FACT

AS_OF = date(2024, 6, 30)
YEAR, QUARTER = "2023-06-30", "2024-03-30"
HEAD = "order_id customer_id paid_at paid refund\n"
SMALL = (
    HEAD
    + "\n".join(f"a{n} ann 2024-05-31 400 0" for n in range(6))
    + "\n"
    + "\n".join(f"b{n} bob 2023-06-01 500 100" for n in range(6))
    + """
1 ann 2023-05-31 2000   0
2 cat 2023-01-01 100    0
3 cat 2024-01-01 120.5  0
4 dan 2023-06-01 600    0
5 dan 2023-08-01 50     0
6 eve 2024-06-01 80     0
7 fay 2021-07-01 300    0
8 fay 2024-06-30 500.25 0
9 hal 2021-07-01 5000   0
10 -  2021-07-01 9      0
11 -  2023-02-02 70.1   0
12 -  2024-02-02 30.3   0
13 ida 2024-01-01 90    90
"""
)
NOBODY_CAME = (
    "0 customers who are new or came back bring ¥0. Net sales of all went from ¥0 to ¥5."  # without a buyer
)
# compared_with, state_then, state_now, flow, customers, net_sales_then, net_sales_now
MOVES = [
    (YEAR, "P", "asleep", "lapsed", 1, 2400, 0),  # bob 5 5 5, then nothing
    (YEAR, "G", "P", "upgrade", 1, 2000, 2400),  # ann 5 1 5 = 28, then 5 5 5
    (YEAR, "S", "B", "downgrade", 1, 600, 50),  # dan 5 1 3 = 20, then 1 1 1
    (YEAR, "B", "B", "kept", 1, 100, 120.5),  # cat
    (YEAR, "asleep", "S", "returned", 1, 0, 500.25),  # fay, then 5 1 3
    (YEAR, "asleep", "asleep", "asleep", 1, 0, 0),  # hal
    (YEAR, "none", "B", "new", 1, 0, 80),  # eve
    (YEAR, "no_buyer", "no_buyer", "no_buyer", None, 70.1, 30.3),
    (QUARTER, "P", "asleep", "lapsed", 1, 2400, 0),  # bob 1 5 5 = 36
    (QUARTER, "S", "P", "upgrade", 1, 2000, 2400),  # ann 1 1 5 = 24
    (QUARTER, "S", "B", "downgrade", 1, 650, 50),  # dan 1 2 3 = 19
    (QUARTER, "B", "B", "kept", 1, 120.5, 120.5),
    (QUARTER, "asleep", "S", "returned", 1, 0, 500.25),
    (QUARTER, "asleep", "asleep", "asleep", 1, 0, 0),
    (QUARTER, "none", "B", "new", 1, 0, 80),
    (QUARTER, "no_buyer", "no_buyer", "no_buyer", None, 30.3, 30.3),
]


def rows_of(frame):
    """The rows of a frame as tuples, with None for what is missing."""
    objects = frame.astype(object)
    return [tuple(row) for row in objects.where(objects.notna(), None).itertuples(index=False)]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return shop_of(tmp_path_factory.mktemp("small"), SMALL)


@pytest.fixture(scope="module")
def moved(small):
    return earlier.compare(small, segment.rfm(small))


@pytest.fixture(scope="module")
def moves(moved):
    return migration.moves(moved)


# --- the small shop, by hand --------------------------------------------------------------------------------


def test_each_customer_is_placed_on_the_earlier_day_and_now(small):
    found = earlier.states(small, segment.rfm(small), 12).to_pandas().sort_values("customer_id")
    assert rows_of(found) == [
        ("ann", "G", "P", "upgrade", 2000, 2400),
        ("bob", "P", "asleep", "lapsed", 2400, 0),
        ("cat", "B", "B", "kept", 100, 120.5),
        ("dan", "S", "B", "downgrade", 600, 50),
        ("eve", "none", "B", "new", 0, 80),
        ("fay", "asleep", "S", "returned", 0, 500.25),
        ("hal", "asleep", "asleep", "asleep", 0, 0),
    ]


def test_every_pair_of_states_that_occurs_has_a_row_for_each_earlier_day(moves):
    assert list(moves.columns) == [
        *("compared_with", "state_then", "state_now", "flow", "customers", "net_sales_then", "net_sales_now")
    ]
    assert rows_of(moves) == MOVES


def test_the_amounts_of_a_comparison_add_up_to_the_net_sales_of_both_periods(moves):
    sums = moves.groupby("compared_with")[migration.SALES].sum().round(4)
    assert sums.loc[YEAR].tolist() == [5170.1, 3181.05]
    assert sums.loc[QUARTER].tolist() == [5200.8, 3181.05]


def test_each_kind_of_move_has_its_customers_and_their_money_also_where_there_are_none(moves):
    found = migration.flows(moves)
    part = found[found.compared_with == YEAR].drop(columns="compared_with")
    assert rows_of(part.drop(columns="customer_share")) == [
        ("upgrade", 1, 2000, 2400, 400),
        ("kept", 1, 100, 120.5, 20.5),
        ("downgrade", 1, 600, 50, -550),
        ("new", 1, 0, 80, 80),
        ("returned", 1, 0, 500.25, 500.25),
        ("lapsed", 1, 2400, 0, -2400),
        ("asleep", 1, 0, 0, 0),
        ("passed", 0, 0, 0, 0),
        ("no_buyer", None, 70.1, 30.3, -39.8),
    ]
    assert part.customer_share.tolist()[:-1] == pytest.approx([1 / 7] * 7 + [0])
    assert pd.isna(part.customer_share.iloc[-1])
    assert found.compared_with.tolist() == [YEAR] * 9 + [QUARTER] * 9


def test_each_grade_has_who_entered_and_who_left(moves):
    assert rows_of(migration.grade_changes(moves)) == [
        (YEAR, "P", 1, 1, 1, 1, 2400, 2400),
        (YEAR, "G", 1, 0, 1, 0, 2000, 0),
        (YEAR, "S", 1, 1, 1, 1, 600, 500.25),
        (YEAR, "B", 1, 2, 0, 3, 100, 250.5),
        (QUARTER, "P", 1, 1, 1, 1, 2400, 2400),
        (QUARTER, "G", 0, 0, 0, 0, 0, 0),
        (QUARTER, "S", 2, 1, 2, 1, 2650, 500.25),
        (QUARTER, "B", 1, 2, 0, 3, 120.5, 250.5),
    ]


def test_of_each_state_then_the_shares_of_the_states_now_add_up_to_one(moves):
    matrix = migration.matrix(moves)
    assert len(matrix) == 2 * 6 * 5
    quarter = matrix[matrix.compared_with == QUARTER].set_index(["state_then", "state_now"])
    assert quarter.loc["S"].customers.tolist() == [1, 0, 0, 1, 0]
    assert quarter.loc["S"].share.tolist() == [0.5, 0, 0, 0.5, 0]
    assert quarter.loc["G"].share.isna().all()  # nobody had it
    sums = quarter.groupby("state_then").share.sum(min_count=1).dropna()
    assert sums.to_dict() == {"P": 1, "S": 1, "B": 1, "asleep": 1, "none": 1}
    assert quarter.customers.sum() == 7


def test_who_entered_or_left_a_grade_comes_with_the_largest_loss_first(moved):
    found = migration.movers(moved).to_pandas()
    assert list(found.columns) == [
        *(
            "compared_with",
            "customer_id",
            "state_then",
            "state_now",
            "flow",
            "net_sales_then",
            "net_sales_now",
        )
    ]
    order = list(zip(found.compared_with, found.customer_id, strict=True))
    assert order == [
        *((YEAR, who) for who in ("bob", "dan", "eve", "ann", "fay")),  # -2400 -550 80 400 500.25
        *((QUARTER, who) for who in ("bob", "dan", "eve", "ann", "fay")),
    ]
    assert rows_of(found.head(1)) == [(YEAR, "bob", "P", "asleep", "lapsed", 2400, 0)]


def test_the_page_shows_for_each_day_the_few_who_fell_from_the_best_grades(tmp_path):
    best = [("mia", 2000.5), ("ned", 2001), ("zoe", 2000.5), ("pat", 2000.5), ("low", 900)]
    orders = (
        HEAD + "0 old 2022-01-01 5 0\n" + "\n".join(f"{who} {who} 2023-06-01 {net} 0" for who, net in best)
    )
    orders += "\n1 pat 2024-06-30 300 0\n2 ned 2024-06-30 3000 0"
    shop = shop_of(tmp_path, orders)
    moved = earlier.compare(shop, segment.rfm(shop))
    shown = migration.top_movers(migration.movers(moved), 2)
    assert rows_of(shown[["compared_with", "customer_id", "state_then", "flow", "net_sales_change"]]) == [
        (YEAR, "mia", "G", "lapsed", -2000.5),
        (YEAR, "zoe", "G", "lapsed", -2000.5),
    ]  # in the quarter nobody fell from them: 1 1 5 is Silver
    three = migration.top_movers(migration.movers(moved), 3)
    assert rows_of(three)[-1] == (YEAR, "pat", "G", "B", "downgrade", 2000.5, 300.0, -1700.5)


def test_only_the_latest_comparison_is_drawn_and_its_movers_are_listed(tmp_path, moves):
    assert set(migration.latest(moves).compared_with) == {QUARTER}
    top = pd.DataFrame({"compared_with": [YEAR, QUARTER], "customer_id": ["early", "late"]})
    shown = migration.latest_movers(top, moves)
    assert shown.to_dict("list") == {"customer_id": ["late"]}
    assert migration.movers_sentence(moves, shown) == (
        "1 customer fell from Platinum or Gold since 2024-03-30 and lost the most net sales. All are in "
        "migration_customers.csv."
    )
    nobody = migration.latest_movers(top[top.compared_with == YEAR], moves)
    assert nobody.empty
    assert migration.movers_sentence(moves, nobody) == "Nobody fell from Platinum or Gold since 2024-03-30."


def test_a_move_of_nobody_is_not_shown_and_money_without_a_buyer_is():
    found = pd.DataFrame(
        {
            "flow": ["kept", "passed", "no_buyer"],
            "customers": pd.array([3, 0, None], "Int64"),
            "net_sales_then": [1.0, 0, 5],
            "net_sales_now": [2.0, 0, 0],
        }
    )
    assert migration.flows_shown(found).flow.tolist() == ["kept", "no_buyer"]


def test_the_sentence_says_who_rose_who_fell_and_what_became_of_the_best_grade(moves):
    assert migration.sentence(moves, "CNY") == (
        "Since 2023-06-30, 1 customer rose to a better grade (net sales +¥400) and 2 fell to a lower one or "
        "fell asleep (net sales −¥2,950). 2 customers who are new or came back bring ¥580. "
        "Net sales of all went from ¥5,170 to ¥3,181. "
        "Platinum: 1 entered, 1 left, 1 in it now; its net sales went from ¥2,400 to ¥2,400.\n"
        "Since 2024-03-30, 1 customer rose to a better grade (net sales +¥400) and 2 fell to a lower one or "
        "fell asleep (net sales −¥3,000). 2 customers who are new or came back bring ¥580. "
        "Net sales of all went from ¥5,201 to ¥3,181. "
        "Platinum: 1 entered, 1 left, 1 in it now; its net sales went from ¥2,400 to ¥2,400."
    )


def test_the_best_grade_is_the_best_that_anybody_had(tmp_path):
    shop = shop_of(tmp_path, HEAD + "1 a 2023-06-01 600 0\n2 b 2024-06-30 5 0")
    said = migration.sentence(migration.moves(earlier.compare(shop, segment.rfm(shop))), "CNY")
    # the year ago falls away: its day is less than a month after the first order
    assert said == (
        "Since 2024-03-30, 0 customers rose to a better grade (net sales ¥0) and 1 fell to a lower one or "
        "fell asleep (net sales −¥600). 1 customer who is new or came back brings ¥5. "
        "Net sales of all went from ¥600 to ¥5. "
        "Bronze: 1 entered, 1 left, 1 in it now; its net sales went from ¥600 to ¥5."
    )


def test_a_page_shows_the_states_in_words(moves):
    shown = table.show(moves, "CNY")._repr_html_()
    for word in ("Compared with", "Platinum", "fell asleep", "not a customer yet", "¥2,400", ">–<"):
        assert word in shown
    assert set(migration.STATES) == set(glossary.states())
    assert set(migration.FLOWS) == set(glossary.flows())
    assert set(moves.columns) | {*migration.flows(moves), *migration.grade_changes(moves)} <= set(
        labels.of_columns()
    )


# --- the rules of placing -----------------------------------------------------------------------------------


def placed(tmp_path, rows, months=12, rules="", extra="0 old 2019-01-01 1 0\n00 old 2024-06-30 1 1"):
    """State then, state now and flow of each customer of the orders (who, day, paid)."""
    lines = [f"n{n} {who} {day} {paid} 0" for n, (who, day, paid) in enumerate(rows)]
    shop = shop_of(tmp_path, "\n".join([HEAD.strip(), extra, *lines]), as_of="2024-06-30", settings=rules)
    found = earlier.states(shop, segment.rfm(shop), months).to_pandas().set_index("customer_id")
    return {
        who: tuple(row) for who, row in found[["state_then", "state_now", "flow"]].iterrows() if who != "old"
    }


def test_the_earlier_day_and_the_first_day_of_its_period_count_and_the_days_beside_them_do_not(tmp_path):
    rows = [
        ("on", "2023-06-30", 10),
        ("after", "2023-07-01", 10),
        ("opens", "2022-06-30", 10),
        ("before", "2022-06-29", 10),
        ("today", "2024-06-30", 10),
    ]
    assert placed(tmp_path, rows) == {
        "on": ("B", "B", "kept"),  # one day belongs to both periods
        "after": ("none", "B", "new"),
        "opens": ("B", "asleep", "lapsed"),
        "before": ("asleep", "asleep", "asleep"),
        "today": ("none", "B", "new"),
    }


def test_whoever_came_after_the_earlier_day_and_is_asleep_already_has_passed(tmp_path):
    rows = [("came", "2023-01-01", 10), ("stays", "2024-01-01", 10)]
    assert placed(tmp_path, rows, months=24) == {
        "came": ("none", "asleep", "passed"),
        "stays": ("none", "B", "new"),
    }


def test_whoever_has_passed_neither_entered_nor_left_a_grade(tmp_path):
    orders = HEAD + "1 a 2020-01-01 10 0\n2 came 2023-01-01 10 0\n3 stays 2024-06-30 10 0"
    shop = shop_of(tmp_path, orders, settings="[rules.migration]\nmonths_back = [24]")
    moved = earlier.compare(shop, segment.rfm(shop))
    assert set(migration.moves(moved).flow) == {"asleep", "passed", "new"}
    assert migration.movers(moved).to_pandas().customer_id.tolist() == ["stays"]


def test_whoever_spent_too_little_for_a_grade_is_asleep_but_the_money_counts(tmp_path):
    floor = "[rules.rfm]\nmonetary = [2000, 1000, 500, 300, 50]"
    rows = [
        ("less", "2023-01-01", 100),
        ("less", "2024-01-01", 50),
        ("more", "2023-01-01", 50),
        ("more", "2024-01-01", 51),
    ]
    assert placed(tmp_path, rows, rules=floor) == {
        "less": ("B", "asleep", "lapsed"),
        "more": ("asleep", "B", "returned"),
    }
    shop = model.open_shop(tmp_path)
    moves = migration.moves(earlier.compare(shop, segment.rfm(shop)))
    year = moves[moves.compared_with == YEAR]
    assert year[migration.SALES].sum().tolist() == [150, 101]


def test_orders_after_the_last_day_change_nothing(tmp_path):
    rows = [("a", "2023-01-01", 100), ("b", "2024-01-01", 50)]
    more = [*rows, ("a", "2024-07-01", 9000), ("c", "2024-07-01", 9000)]
    assert placed(tmp_path / "a", rows) == placed(tmp_path / "b", more)


def test_the_earlier_day_is_counted_in_calendar_months_clamped(tmp_path):
    orders = HEAD + "1 a 2020-01-01 5 0\n2 a 2024-02-29 5 0"
    rules = "[rules.migration]\nmonths_back = [3, 12, 1]"
    shop = shop_of(tmp_path, orders, settings=rules)
    moved = earlier.compare(shop, segment.rfm(shop))
    days = [each.day.isoformat() for each in moved.comparisons]
    assert days == ["2023-02-28", "2023-11-29", "2024-01-29"]  # the earliest first


def test_the_shops_own_rules_grade_the_earlier_day_too(tmp_path):
    rules = (
        "[rules.rfm]\nrecency_months = [1, 6]\nweights = { r = 1, f = 1, m = 1 }\n"
        "[rules.grades]\nplatinum = 9\ngold = 7\nsilver = 5\nbronze = 3"
    )
    rows = [("a", "2023-01-15", 10), ("b", "2022-12-15", 10), ("c", "2023-06-15", 2000)]
    assert placed(tmp_path, rows, rules=rules) == {
        "a": ("B", "asleep", "lapsed"),  # 1 1 1
        "b": ("asleep", "asleep", "asleep"),
        "c": ("G", "asleep", "lapsed"),  # 2 1 5
    }


# --- what the history allows --------------------------------------------------------------------------------


def first_on(tmp_path, day, more=""):
    return shop_of(tmp_path, HEAD + f"1 a {day} 10 0\n2 a 2024-06-30 10 0\n{more}")


@pytest.mark.parametrize(
    ("day", "compared"),
    [
        ("2023-05-30", [YEAR, QUARTER]),  # one month before the year ago
        ("2023-05-31", [QUARTER]),
        ("2024-02-29", [QUARTER]),  # 2024-03-30 minus one month
        ("2024-03-01", []),
    ],
)
def test_a_day_is_compared_where_there_is_a_month_of_orders_before_it(tmp_path, day, compared):
    shop = first_on(tmp_path, day)
    moved = earlier.compare(shop, segment.rfm(shop))
    if compared:
        assert [each.day.isoformat() for each in moved.comparisons] == compared
    else:
        assert moved.sentence() == (
            "not computed: needs orders with a buyer up to 2024-02-29 (the first one is of 2024-03-01)"
        )


def test_orders_without_a_buyer_are_no_history_of_the_buyers(tmp_path):
    shop = shop_of(tmp_path, HEAD + "1 - 2020-01-01 10 0\n2 a 2024-06-30 10 0")
    moved = earlier.compare(shop, segment.rfm(shop))
    assert moved.reason == "the first one is of 2024-06-30"


RESTS = (
    "the grades of {} rest on {} of orders, from {}, not on a whole evaluation period from {}: "
    "upgrades, new customers and the rise of net sales are overstated"
)
LACKS = (
    "the grades are not compared with those of {}, which need orders with a buyer up to {} "
    "(the first one is of {})"
)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2022-07-01", []),  # a year up to the year ago
        ("2023-01-01", [RESTS.format(YEAR, "6 months", "2023-01-01", "2022-06-30")]),  # to 30 June
        ("2022-07-02", [RESTS.format(YEAR, "11 months", "2022-07-02", "2022-06-30")]),
        (
            "2023-05-30",
            [
                RESTS.format(YEAR, "1 month", "2023-05-30", "2022-06-30"),
                RESTS.format(QUARTER, "10 months", "2023-05-30", "2023-03-30"),
            ],
        ),
        (
            "2024-06-01",
            [
                LACKS.format(YEAR, "2023-05-30", "2024-06-01"),
                LACKS.format(QUARTER, "2024-02-29", "2024-06-01"),
            ],
        ),
    ],
)
def test_what_the_history_is_too_short_for_is_said(tmp_path, day, said):
    found = earlier.limits(first_on(tmp_path, day))
    assert found.finding.tolist() == said
    assert found.severity.tolist() == ["warning"] * len(said)
    assert list(found.columns) == ["severity", "finding"]


EDGES = {
    "one customer": HEAD + "1 a 2024-06-30 5 0",
    "one customer long ago": HEAD + "1 a 2020-01-01 50 0\n2 - 2024-06-30 5 0",
    "three orders": HEAD + "1 a 2022-01-01 5 0\n2 b 2023-06-30 6 0\n3 - 2024-06-30 7 0",
    "half a year": HEAD + "1 a 2024-01-01 5 0\n2 b 2024-06-30 6 0",
    "nobody named": HEAD + "1 - 2020-01-01 5 0\n2 - 2024-06-30 6 0",
    "all refunded": HEAD + "1 a 2020-01-01 5 5\n2 b 2024-06-30 6 6",
    "no buyer key": "order_id paid_at paid\n1 2020-01-01 5\n2 2024-06-30 6",
    "masked": HEAD + "1 a**b 2020-01-01 5 0\n2 ann 2024-06-30 6 0",
}
COMPUTED = {"one customer long ago": 2, "three orders": 2, "half a year": 1}
NEEDS = {
    "nobody named": "orders with a buyer up to 2024-02-29 (no order has one)",
    "all refunded": "orders with a buyer up to 2024-02-29 (no order has one)",
    "one customer": "orders with a buyer up to 2024-02-29 (the first one is of 2024-06-30)",
    "no buyer key": "orders.customer_id",
    "masked": "orders.customer_id (1 of 2 buyer names are masked)",
}


def everything(shop):
    """What the page shows of a shop, and saves of it."""
    moved = earlier.compare(shop, segment.rfm(shop))
    moves, movers = migration.moves(moved), migration.movers(moved)
    matrix = migration.matrix(moves)
    return {
        "moved": moved,
        "moves": moves,
        "movers": movers,
        "matrix": matrix,
        "flows": migration.flows(moves),
        "changes": migration.grade_changes(moves),
        "top": migration.top_movers(movers, 5),
        "sentence": migration.sentence(moves, "CNY"),
        "sankey": chart_segments.migration_flow(moves),
        "heat": chart_segments.migration_matrix(matrix),
    }


@pytest.mark.parametrize("name", NEEDS)
def test_a_shop_whose_orders_tell_nothing_of_an_earlier_day_says_so_in_each_place(tmp_path, name):
    found = everything(shop_of(tmp_path, EDGES[name], as_of="2024-06-30"))
    missing = found.pop("moved")
    assert isinstance(missing, NotComputed)
    assert missing.sentence() == f"not computed: needs {NEEDS[name]}"
    assert all(value is missing for value in found.values())


@pytest.mark.parametrize("name", COMPUTED)
def test_a_small_shop_has_all_its_frames(tmp_path, name):
    shop = shop_of(tmp_path, EDGES[name])
    found, comparisons = everything(shop), COMPUTED[name]
    named = shop.orders.customer_id.nunique().to_pyarrow().as_py()
    assert found["moves"].groupby("compared_with").customers.sum().tolist() == [named] * comparisons
    assert len(found["changes"]) == 4 * comparisons
    assert len(found["flows"]) >= 8 * comparisons
    assert "nan" not in found["sentence"].lower()
    assert len(found["sankey"].data) == len(found["heat"].data) == comparisons
    assert earlier.limits(shop).finding.map(len).gt(0).all()


def test_of_a_customer_long_asleep_nothing_moves(tmp_path):
    found = everything(shop_of(tmp_path, EDGES["one customer long ago"]))
    assert rows_of(found["moves"]) == [
        (YEAR, "asleep", "asleep", "asleep", 1, 0, 0),
        (YEAR, "no_buyer", "no_buyer", "no_buyer", None, 0, 5),
        (QUARTER, "asleep", "asleep", "asleep", 1, 0, 0),
        (QUARTER, "no_buyer", "no_buyer", "no_buyer", None, 0, 5),
    ]
    assert found["movers"].to_pandas().empty
    assert found["top"].empty
    assert found["sentence"] == (
        "Since 2023-06-30, 0 customers rose to a better grade (net sales ¥0) and 0 fell to a lower one or "
        "fell asleep (net sales ¥0). " + NOBODY_CAME + "\n"
        "Since 2024-03-30, 0 customers rose to a better grade (net sales ¥0) and 0 fell to a lower one or "
        "fell asleep (net sales ¥0). " + NOBODY_CAME
    )


def test_orders_without_a_buyer_outside_both_periods_have_no_row(tmp_path):
    shop = shop_of(tmp_path, HEAD + "1 a 2021-01-01 5 0\n2 - 2021-01-01 6 0\n3 a 2024-06-30 7 0")
    assert set(migration.moves(earlier.compare(shop, segment.rfm(shop))).flow) == {"returned"}


# --- another route ------------------------------------------------------------------------------------------


def months_before(day, months):
    month = day.year * 12 + day.month - 1 - months
    first = date(month // 12, month % 12 + 1, 1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def state_of(orders, day):
    """One customer's state on a day, by the source's table: orders are (day, net)."""
    known = [(when, net) for when, net in orders if when <= day]
    inside = [(when, net) for when, net in known if when >= months_before(day, 12)]
    if not inside:
        return ("asleep" if known else "none"), 0.0
    n, money, last = len(inside), round(sum(net for _when, net in inside), 4), max(inside)[0]
    r = next(s for s, m in ((5, 1), (4, 3), (3, 4), (2, 7), (1, 12)) if last >= months_before(day, m))
    f = next(s for s, least in ((5, 6), (4, 4), (3, 3), (2, 2), (1, 1)) if n >= least)
    m = next(s for s, least in ((5, 2000), (4, 1000), (3, 500), (2, 300), (1, 0)) if money >= least)
    value = r + 3 * f + 4 * m
    return ("P" if value >= 36 else "G" if value >= 26 else "S" if value >= 17 else "B"), money


def flow_of(then, now):
    grades = "PGSB"
    if then in grades and now in grades:
        step = grades.index(now) - grades.index(then)
        return "kept" if step == 0 else "upgrade" if step < 0 else "downgrade"
    if then in grades:
        return "lapsed"
    came = then == "none"
    return ("new" if came else "returned") if now in grades else "passed" if came else "asleep"


def by_hand(orders, as_of, months):
    """customer → (state_then, state_now, flow, net_sales_then, net_sales_now) of (customer, day, net)."""
    each = {}
    for who, day, net in orders:
        if who is not None and day <= as_of:
            each.setdefault(who, []).append((day, net))
    found = {}
    for who, bought in each.items():
        (then, was), (now, is_now) = (state_of(bought, day) for day in (months_before(as_of, months), as_of))
        found[who] = (then, now, flow_of(then, now), was, is_now)
    return found


def assert_as_by_hand(shop, orders):
    """Compare the customers, the pairs, the movers and the totals with the loop; return the moves."""
    scored = segment.rfm(shop)
    moved = earlier.compare(shop, scored)
    moves, movers = migration.moves(moved), migration.movers(moved).to_pandas()
    assert len(moved.comparisons) == 2
    for months, comparison in zip((12, 3), moved.comparisons, strict=True):
        expected = by_hand(orders, shop.as_of, months)
        placed = earlier.states(shop, scored, months).to_pandas()
        assert {row[0]: row[1:] for row in placed.itertuples(index=False, name=None)} == expected
        day = months_before(shop.as_of, months)
        assert comparison.day == day
        part = moves[moves.compared_with == day.isoformat()]
        pairs = pd.DataFrame(expected.values(), columns=["then", "now", "flow", "was", "is_now"])
        sums = pairs.groupby(["then", "now", "flow"]).agg(
            n=("was", "size"), was=("was", "sum"), is_now=("is_now", "sum")
        )
        named = part[part.flow != "no_buyer"].set_index(["state_then", "state_now", "flow"])
        for key, row in sums.iterrows():
            assert named.loc[key, ["customers", *migration.SALES]].tolist() == pytest.approx(row.tolist())
        assert len(named) == len(sums)
        for column, last in zip(migration.SALES, (day, shop.as_of), strict=True):
            total = sum(net for _who, when, net in orders if months_before(last, 12) <= when <= last)
            assert round(part[column].sum(), 2) == round(total, 2)
        moving = {who for who, row in expected.items() if row[2] in migration.CHANGED}
        mine = movers[movers.compared_with == day.isoformat()]
        assert set(mine.customer_id) == moving
        change = mine.net_sales_now - mine.net_sales_then
        assert change.round(4).is_monotonic_increasing
    return moves


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A shop whose orders are to be replaced."""
    return shop_of(tmp_path_factory.mktemp("plain"), HEAD + "1 a 2024-06-30 5 0")


def shop_with(plain, orders, as_of=AS_OF):
    return dataclasses.replace(plain, orders=orders_of(orders), as_of=as_of)


def test_random_customers_move_as_a_loop_over_each_of_them_says(plain):
    chance = random.Random(7)
    orders = [("first", date(2021, 1, 1), 5.0)]
    for who in range(300):
        bought = [
            AS_OF - timedelta(days=chance.randrange(1100)) for _n in range(chance.choice([1, 1, 2, 3, 6, 9]))
        ]
        spent = chance.choice([20_000, 60_000, 150_000])
        orders += [(f"c{who}", day, chance.randrange(1, spent) / 100) for day in bought]
    orders += [(None, AS_OF - timedelta(days=chance.randrange(1100)), 33.33) for _n in range(40)]
    moves = assert_as_by_hand(shop_with(plain, orders), orders)
    assert set(moves.flow) == set(migration.FLOWS) - {"passed"}  # a year back, nobody can have


def test_the_demo_shops_customers_move_as_a_loop_over_each_of_them_says():
    shop = model.open_shop(WORKBOOK / "data" / "demo")
    frame = shop.orders.select("customer_id", "paid_on", "net").to_pandas()
    frame = frame.assign(customer_id=frame.customer_id.astype(object).where(frame.customer_id.notna(), None))
    days = pd.to_datetime(frame.paid_on).dt.date
    moves = assert_as_by_hand(shop, list(zip(frame.customer_id, days, frame.net, strict=True)))
    assert moves.customers.sum() > 10_000
    assert earlier.limits(shop).empty


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d", "e", "f", None]),
        st.integers(0, 800).map(lambda back: AS_OF - timedelta(days=back)),
        st.integers(1, 300_000).map(lambda cents: cents / 100),
    ),
    max_size=40,
).map(lambda rows: [*rows, ("z", date(2021, 1, 1), 1.0)])
FEW = settings(max_examples=10, deadline=None, derandomize=True)


@FEW
@given(ORDERS, st.randoms(use_true_random=False))
def test_whatever_the_orders_sizes_and_money_add_up_and_the_order_of_rows_does_not_matter(
    plain, rows, chance
):
    shop = shop_with(plain, rows)
    moves = migration.moves(earlier.compare(shop, segment.rfm(shop)))
    changes = migration.grade_changes(moves)
    assert (changes.entered - changes.left == changes.customers_now - changes.customers_then).all()
    named = len({who for who, _day, _net in rows if who})
    assert (moves.groupby("compared_with").customers.sum() == named).all()
    for frame in (moves, migration.flows(moves)):
        assert (frame.groupby("compared_with").customers.sum() == named).all()
        for months, (day, part) in zip((12, 3), frame.groupby("compared_with"), strict=True):
            for column, last in zip(migration.SALES, (months_before(AS_OF, months), AS_OF), strict=True):
                cents = sum(
                    round(100 * net) for _w, when, net in rows if months_before(last, 12) <= when <= last
                )
                assert round(100 * part[column].sum()) == cents, day
    graded = segment.grades(segment.rfm(shop), shop.settings.rules)
    for _day, part in changes.groupby("compared_with"):
        assert part.customers_now.tolist() == graded.customers.tolist()
        assert part.net_sales_now.tolist() == pytest.approx(graded.net_sales.tolist())
    mixed = shop_with(plain, chance.sample(rows, len(rows)))
    pd.testing.assert_frame_equal(moves, migration.moves(earlier.compare(mixed, segment.rfm(mixed))))


# --- the pictures -------------------------------------------------------------------------------------------


def test_the_flow_shows_each_pair_with_its_customers_and_its_colour(moves):
    figure = chart_segments.migration_flow(moves)
    year, quarter = figure.data
    notes = [note.text for note in figure.layout.annotations]
    assert notes[:2] == [f"Compared with {day}" for day in (YEAR, QUARTER)]
    beside = [text.replace("<br>", " ") for text in year.node.customdata]
    assert notes[2 : 2 + len(beside)] == list(year.node.customdata)  # beside the bands, not on them
    assert set(year.node.label) == {""}
    assert beside == [
        *("Platinum 1", "Gold 1", "Silver 1", "Bronze 1", "asleep 2", "not a customer yet 1"),
        *("Platinum 1", "Silver 1", "Bronze 3", "asleep 2"),
    ]
    named = [row for row in MOVES if row[0] == YEAR and row[4]]
    assert list(year.link.value) == [row[4] for row in named]
    ends = [
        (beside[source].rsplit(" ", 1)[0], beside[target].rsplit(" ", 1)[0])
        for source, target in zip(year.link.source, year.link.target, strict=True)
    ]
    words = glossary.states()
    assert ends == [(words[row[1]], words[row[2]]) for row in named]
    assert year.link.customdata[0] == "Platinum → asleep: 1 (fell asleep)"
    fact, action = (f"rgba{(*bytes.fromhex(colour[1:]), 0.45)}" for colour in (FACT, ACTION))
    assert [colour for colour in year.link.color if colour in (fact, action)] == [action, fact, action]
    assert all(0 < y < 1 for part in (year, quarter) for y in part.node.y)


def test_the_matrix_shows_shares_of_the_state_then_and_nothing_where_there_was_nobody(moves):
    figure = chart_segments.migration_matrix(migration.matrix(moves))
    _year, quarter = figure.data
    assert list(quarter.x) == ["Platinum", "Gold", "Silver", "Bronze", "asleep"]
    assert list(quarter.y) == ["Platinum", "Gold", "Silver", "Bronze", "asleep", "not a customer yet"]
    assert list(quarter.text[2]) == ["50.0%", "0.0%", "0.0%", "50.0%", "0.0%"]
    assert list(quarter.text[1]) == [""] * 5
    assert list(quarter.z[2]) == [0.5, 0, 0, 0.5, 0]
    assert quarter.customdata[2][0] == "1"
    assert (quarter.zmin, quarter.zmax) == (0, 1)
    assert figure.layout.xaxis2.title.text == "Grade now"
    assert figure.layout.yaxis.title.text == figure.layout.yaxis2.title.text == "Grade then"
