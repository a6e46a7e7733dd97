"""Segments: the score table of the source text, its edge cases, and every figure of the frames made of it."""

import itertools
from datetime import date, timedelta

import pandas as pd
import pytest
from build import orders_of, rules_of, scores_of, shop_of, write_shop
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import glossary, model, scale, segment
from shopcrm_nb.absent import NotComputed

AS_OF = date(2024, 6, 30)
LAST_PURCHASE = {
    "2024-06-30": 5,
    "2024-05-30": 5,
    "2024-05-29": 4,
    "2024-03-30": 4,
    "2024-03-29": 3,
    "2024-02-29": 3,
    "2024-02-28": 2,
    "2023-11-30": 2,
    "2023-11-29": 1,
    "2023-06-30": 1,
}
SPENT = {
    "2000": 5,
    "1999.99": 4,
    "1999": 4,
    "1000": 4,
    "999.99": 3,
    "500": 3,
    "499.99": 2,
    "499.5": 2,
    "300": 2,
    "299.99": 1,
    "299.5": 1,
    "0.01": 1,
}
BOUGHT = {7: 5, 6: 5, 5: 4, 4: 4, 3: 3, 2: 2, 1: 1}
DAY_OF = {5: "2024-06-30", 4: "2024-05-01", 3: "2024-03-15", 2: "2024-01-01", 1: "2023-08-01"}
ORDERS_OF = {5: 6, 4: 4, 3: 3, 2: 2, 1: 1}
SUM_OF = {5: 3000, 4: 1500, 3: 600, 2: 300, 1: 60}


# --- the score table (domain 1.3) ---------------------------------------------------------------------------


def test_recency_scores_of_the_source_text():
    scored = scores_of([(day, day, 100) for day in LAST_PURCHASE])
    assert scored.r_score.to_dict() == LAST_PURCHASE


def test_a_purchase_before_the_year_is_not_scored():
    scored = scores_of([("in", "2023-06-30", 100), ("out", "2023-06-29", 100)])
    assert list(scored.index) == ["in"]


def test_money_scores_of_the_source_text_are_half_open_and_never_rounded():
    scored = scores_of([(amount, "2024-06-30", float(amount)) for amount in SPENT])
    assert scored.m_score.to_dict() == SPENT


def test_frequency_scores_of_the_source_text():
    rows = [(str(n), "2024-06-30", 10) for n in BOUGHT for _ in range(n)]
    scored = scores_of(rows)
    assert scored.f_score.to_dict() == {str(n): score for n, score in BOUGHT.items()}
    assert scored.frequency.to_dict() == {str(n): n for n in BOUGHT}


@pytest.fixture(scope="module")
def triples():
    """A customer for each of the 125 triples of scores, named after it."""
    rows = []
    for r, f, m in itertools.product(range(1, 6), repeat=3):
        n = ORDERS_OF[f]
        rows += [(f"{r}{f}{m}", DAY_OF[r], SUM_OF[m] / n)] * n
    return scores_of(rows)


@pytest.mark.parametrize(
    ("triple", "value", "grade"),
    [
        ("555", 40, "P"),
        ("155", 36, "P"),
        ("445", 36, "P"),
        ("454", 35, "G"),
        ("345", 35, "G"),
        ("315", 26, "G"),
        ("215", 25, "S"),
        ("213", 17, "S"),
        ("113", 16, "B"),
        ("512", 16, "B"),
        ("111", 8, "B"),
    ],
)
def test_rfm_value_and_grade_of_the_source_text(triples, triple, value, grade):
    assert tuple(triples.loc[triple, ["rfm_value", "grade"]]) == (value, grade)


def test_of_the_125_triples_8_are_platinum_45_gold_51_silver_21_bronze(triples):
    assert triples.grade.value_counts().to_dict() == {"P": 8, "G": 45, "S": 51, "B": 21}
    assert sorted(triples.rfm_value.unique()) == list(range(8, 41))
    for triple, row in triples.iterrows():
        assert tuple(map(int, triple)) == (row.r_score, row.f_score, row.m_score)
        assert row.rfm_value == row.r_score + 3 * row.f_score + 4 * row.m_score


# --- edge cases (domain 1.10) -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "cuts"),
    [
        ("2024-06-30", ["2024-05-30", "2024-03-30", "2024-02-29", "2023-11-30", "2023-06-30"]),
        ("2024-03-31", ["2024-02-29", "2023-12-31", "2023-11-30", "2023-08-31", "2023-03-31"]),
        ("2023-03-31", ["2023-02-28", "2022-12-31", "2022-11-30", "2022-08-31", "2022-03-31"]),
        ("2024-02-29", ["2024-01-29", "2023-11-29", "2023-10-29", "2023-07-29", "2023-02-28"]),
        ("2024-05-31", ["2024-04-30", "2024-02-29", "2024-01-31", "2023-10-31", "2023-05-31"]),
    ],
)
def test_months_are_counted_back_from_the_last_day_and_clamped_at_their_ends(as_of, cuts):
    found = scale.cut_days(date.fromisoformat(as_of), rules_of().rfm)
    assert [day.isoformat() for day in found] == cuts


def test_a_purchase_on_29_february_is_one_month_before_30_march():
    assert scores_of([("a", "2024-02-29", 1)], "2024-03-30").r_score["a"] == 5


def test_months_of_30_days_are_an_option():
    cuts = scale.cut_days(AS_OF, rules_of(rfm={"month": "30days"}).rfm)
    assert [(AS_OF - day).days for day in cuts] == [30, 90, 120, 210, 360]
    days = [
        ("a", "2024-05-31", 1),
        ("b", "2024-05-30", 1),
        ("gone", "2023-07-05", 1),
        ("last", "2023-07-06", 1),
    ]
    scored = scores_of(days, rfm={"month": "30days"})
    assert scored.r_score.to_dict() == {"a": 5, "b": 4, "last": 1}


def test_days_since_the_last_purchase_are_counted_to_the_last_day():
    scored = scores_of([("a", "2024-06-30", 1), ("b", "2024-06-01", 1), ("b", "2024-02-01", 1)])
    assert scored.recency_days.to_dict() == {"a": 0, "b": 29}


def test_orders_of_one_day_count_each_unless_the_shop_merges_them():
    rows = [("a", "2024-06-30", 10), ("a", "2024-06-30", 20), ("a", "2024-06-29", 30)]
    assert tuple(scores_of(rows).loc["a", ["frequency", "f_score", "monetary"]]) == (3, 3, 60)
    merged = scores_of(rows, orders={"merge_same_day": True})
    assert tuple(merged.loc["a", ["frequency", "f_score", "monetary"]]) == (2, 2, 60)


def test_an_order_after_the_last_day_changes_nothing():
    rows = [("a", "2024-06-30", 10), ("b", "2024-01-01", 500)]
    later = [*rows, ("a", "2024-07-01", 9000), ("new", "2024-07-01", 9000)]
    pd.testing.assert_frame_equal(scores_of(rows), scores_of(later))


def test_an_order_without_a_buyer_is_nobodys():
    assert list(scores_of([(None, "2024-06-30", 10), ("a", "2024-06-30", 10)]).index) == ["a"]


def test_a_shop_can_set_its_own_cut_points_weights_and_grades():
    rules = {
        "rfm": {
            "recency_months": [1, 12],
            "frequency": [3, 1],
            "monetary": [99.5, 10],
            "weights": {"r": 1, "f": 1, "m": 1},
        },
        "grades": {"platinum": 6, "gold": 5, "silver": 4, "bronze": 3},
    }
    rows = [
        *[("all", "2024-06-30", 40)] * 3,
        *[("old", "2024-01-01", 40)] * 3,
        ("rich", "2024-01-01", 99.5),
        ("poor", "2024-01-01", 99.4999),
        ("none", "2024-06-30", 10),
    ]
    scored = scores_of(rows, **rules)
    assert scored.rfm_value.to_dict() == {"all": 6, "old": 5, "rich": 4, "poor": 3}
    assert scored.grade.to_dict() == {"all": "P", "old": "G", "rich": "S", "poor": "B"}


def test_weights_with_decimals_meet_the_limit_of_a_grade():
    # in binary, 0.1 × 2 + 0.1 × 5 + 0.1 × 1 is 0.7999999999999999
    weights = {"r": 0.1, "f": 0.1, "m": 0.1}
    limits = {"platinum": 1.4, "gold": 0.8, "silver": 0.6, "bronze": 0.3}
    rows = [*[("eight", "2024-01-01", 10)] * 6, ("seven", "2024-06-30", 10)]
    scored = scores_of(rows, rfm={"weights": weights}, grades=limits)
    assert scored.rfm_value.to_dict() == {"eight": 0.8, "seven": 0.7}
    assert scored.grade.to_dict() == {"eight": "G", "seven": "S"}


def test_amounts_whose_binary_sum_is_just_under_a_cut_point_reach_it():
    amounts = [53.16, 31.02, 33.24, 124.42, 18.14, 21.37, 18.65]
    assert sum(amounts) < 300
    scored = scores_of([("a", "2024-06-30", amount) for amount in amounts])
    assert tuple(scored.loc["a", ["monetary", "m_score"]]) == (300, 2)


# --- properties ---------------------------------------------------------------------------------------------

ORDERS = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.integers(-40, 500).map(lambda back: AS_OF - timedelta(days=back)),
        st.integers(1, 300_000).map(lambda cents: cents / 100),
    ),
    min_size=1,
    max_size=40,
)
FEW = settings(max_examples=12, deadline=None, derandomize=True)


@FEW
@given(ORDERS)
def test_every_customer_with_a_purchase_in_the_year_has_exactly_one_grade(rows):
    scored = segment.score(orders_of(rows), AS_OF, rules_of()).to_pandas()
    inside = {who for who, day, _net in rows if date(2023, 6, 30) <= day <= AS_OF}
    assert sorted(scored.customer_id) == sorted(inside)
    assert scored.grade.isin(list("PGSB")).all()
    assert scored.rfm_value.between(8, 40).all()
    assert (scored.recency_days >= 0).all()


@FEW
@given(ORDERS, st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_rows(rows, chance):
    mixed = chance.sample(rows, len(rows))
    pd.testing.assert_frame_equal(scores_of(rows), scores_of(mixed))


@FEW
@given(ORDERS)
def test_equal_customers_get_equal_scores(rows):
    twins = [(f"twin {who}", day, net) for who, day, net in rows]
    scored = scores_of([*rows, *twins])
    names = [who for who in scored.index if not who.startswith("twin")]
    mine, theirs = scored.loc[names], scored.loc[[f"twin {who}" for who in names]]
    assert len(scored) == 2 * len(names)
    pd.testing.assert_frame_equal(mine.reset_index(drop=True), theirs.reset_index(drop=True))


@FEW
@given(st.lists(st.lists(st.integers(1, 29_999), min_size=1, max_size=12), min_size=1, max_size=20))
def test_amounts_that_add_up_to_a_cut_point_in_cents_reach_it(parts):
    rows = []
    for who, breaks in enumerate(parts):
        edges = [0, *sorted({*breaks}), 30_000]
        cents = [b - a for a, b in itertools.pairwise(edges)]
        rows += [(f"at {who}", AS_OF, c / 100) for c in cents]
        rows += [(f"under {who}", AS_OF, c / 100) for c in [*cents[:-1], cents[-1] - 1] if c]
    reached = scores_of(rows).m_score
    assert set(reached[reached.index.str.startswith("at")]) == {2}
    assert set(reached[reached.index.str.startswith("under")]) == {1}


# --- the frames of the pages, by hand -----------------------------------------------------------------------

SMALL = """
order_id customer_id paid_at     created_at  paid   refund
1        ann         2024-06-30  -           2400   0
2        ann         2024-05-30  -           600    0
3        ann         2024-01-10  -           500    0
4        ann         2023-12-01  -           500    0
5        bob         2024-04-01  -           1000   0
6        bob         2022-05-01  -           700    0
7        cat         2023-08-01  -           299.99 0
8        dan         2023-06-29  -           5000   0
9        -           2024-03-03  -           50     0
10       eve         2024-06-01  -           80     80
11       eve         -           2024-06-02  60     0
12       fay         2024-02-29  -           800    300
13       gil         2024-06-15  -           2000   0
"""
NET = 7799.99  # ann 4000, bob 1000, cat 299.99, fay 500, gil 2000


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return shop_of(tmp_path_factory.mktemp("small"), SMALL)


@pytest.fixture(scope="module")
def scored(small):
    return segment.rfm(small)


@pytest.fixture(scope="module")
def graded(small, scored):
    return segment.grades(scored, small.settings.rules)


def test_the_customers_of_a_shop_come_best_first(small, scored):
    frame = segment.best(scored, 10)
    rows = [
        tuple(row) for row in frame.drop(columns=["r_score", "f_score", "m_score"]).itertuples(index=False)
    ]
    assert rows == [
        ("ann", 0, 4, 4000.0, 37, "P"),
        ("gil", 15, 1, 2000.0, 28, "G"),
        ("bob", 90, 1, 1000.0, 23, "S"),
        ("fay", 122, 1, 500.0, 18, "S"),
        ("cat", 334, 1, 299.99, 8, "B"),
    ]
    assert list(segment.best(scored, 2).customer_id) == ["ann", "gil"]


def test_of_equal_rfm_values_the_higher_net_sales_come_first_then_the_name(tmp_path):
    orders = "order_id customer_id paid_at paid\n" + "\n".join(
        f"{who} {who} 2024-06-30 {paid}" for who, paid in (("c", 100), ("a", 100), ("z", 150))
    )
    scored = segment.rfm(shop_of(tmp_path, orders))
    assert segment.best(scored, 3).customer_id.tolist() == ["z", "a", "c"]


def test_the_parts_of_the_coverage_add_up_to_all_valid_orders(small, scored):
    frame = segment.coverage(small, scored).astype(object)
    rows = frame.where(frame.notna(), None).to_numpy().tolist()
    assert rows == [
        ["scored", 5, 8, 7799.99],
        ["before", None, 1, 700.0],
        ["asleep", 1, 1, 5000.0],
        ["no_buyer", None, 1, 50.0],
    ]
    assert frame.orders.sum() == small.orders.count().to_pyarrow().as_py() == 11


def test_customers_under_the_last_cut_point_of_money_are_a_part_of_their_own(tmp_path):
    shop = shop_of(tmp_path, SMALL, settings="[rules.rfm]\nmonetary = [2000, 1000, 500, 400, 300]")
    frame = segment.coverage(shop, segment.rfm(shop)).set_index("part")
    assert list(frame.index) == ["scored", "before", "too_little", "asleep", "no_buyer"]
    assert frame.loc["too_little"].tolist() == [1, 1, 299.99]  # cat
    assert frame.loc["scored"].tolist() == [4, 7, 7500.0]
    assert frame.customers.sum() == 6
    assert frame.orders.sum() == 11


def test_each_grade_has_its_customers_and_its_share_of_the_net_sales(graded):
    assert graded.grade.tolist() == ["P", "G", "S", "B"]
    assert graded.rfm_from.tolist() == [36, 26, 17, 8]
    assert graded.rfm_to.tolist() == [40, 35, 25, 16]
    assert graded.customers.tolist() == [1, 1, 2, 1]
    assert graded.customer_share.tolist() == [0.2, 0.2, 0.4, 0.2]
    assert graded.net_sales.tolist() == [4000, 2000, 1500, 299.99]
    assert graded.sales_share.tolist() == pytest.approx([s / NET for s in (4000, 2000, 1500, 299.99)])
    assert graded.net_sales_per_customer.tolist() == [4000, 2000, 750, 299.99]


def test_a_grade_without_customers_is_there_with_zeros_and_no_average():
    rules = rules_of()
    graded = segment.grades(segment.score(orders_of([("a", AS_OF, 10)]), AS_OF, rules), rules)
    assert graded.customers.tolist() == [0, 0, 0, 1]
    assert graded.net_sales_per_customer.isna().tolist() == [True, True, True, False]


def test_each_score_has_its_customers(small, scored):
    bands = segment.bands(scored, small.as_of, small.settings.rules, "CNY")
    assert list(zip(bands.measure, bands.score, strict=True)) == [
        (measure, score) for measure in "RFM" for score in (5, 4, 3, 2, 1)
    ]
    by_measure = {m: part.customers.tolist() for m, part in bands.groupby("measure")}
    assert by_measure == {"R": [2, 1, 1, 0, 1], "F": [0, 1, 0, 0, 4], "M": [2, 1, 1, 0, 1]}
    sales = {m: part.net_sales.tolist() for m, part in bands.groupby("measure")}
    assert sales == {
        "R": [6000, 1000, 500, 0, 299.99],
        "F": [0, 4000, 0, 0, 3799.99],
        "M": [6000, 1000, 500, 0, 299.99],
    }
    assert bands.customer_share.tolist() == pytest.approx((bands.customers / 5).tolist())
    assert bands.sales_share.tolist() == pytest.approx((bands.net_sales / NET).tolist())


def test_the_range_of_each_score_is_said_in_days_orders_and_money():
    ranges = scale.ranges(AS_OF, rules_of(), "CNY")
    assert ranges["r_score"] == [
        "last purchase 2024-05-30 to 2024-06-30",
        "last purchase 2024-03-30 to 2024-05-29",
        "last purchase 2024-02-29 to 2024-03-29",
        "last purchase 2023-11-30 to 2024-02-28",
        "last purchase 2023-06-30 to 2023-11-29",
    ]
    assert ranges["f_score"] == ["6 orders and more", "4 to 5 orders", "3 orders", "2 orders", "1 order"]
    assert ranges["m_score"] == [
        "¥2,000 and more",
        "¥1,000 to under ¥2,000",
        "¥500 to under ¥1,000",
        "¥300 to under ¥500",
        "over ¥0, under ¥300",
    ]


def test_ranges_of_own_rules_are_said_with_their_decimals_and_their_basis():
    own = {"frequency": [9, 5, 3, 2, 1], "monetary": [2000, 1000, 499.5, 300, 10]}
    ranges = scale.ranges(AS_OF, rules_of(rfm=own, orders={"merge_same_day": True}), "CNY")
    assert ranges["f_score"] == [
        "orders on 9 days and more",
        "orders on 5 to 8 days",
        "orders on 3 to 4 days",
        "orders on 2 days",
        "orders on 1 day",
    ]
    assert ranges["m_score"] == [
        "¥2,000 and more",
        "¥1,000 to under ¥2,000",
        "¥499.50 to under ¥1,000",
        "¥300 to under ¥499.50",
        "over ¥10, under ¥300",
    ]


def test_the_grid_counts_customers_by_recency_and_frequency(small, scored):
    grid = segment.recency_by_frequency(scored, small.settings.rules.rfm)
    assert list(grid.index) == [5, 4, 3, 2, 1]
    assert list(grid.columns) == [1, 2, 3, 4, 5]
    assert grid.to_numpy().tolist() == [
        [1, 0, 0, 1, 0],
        [1, 0, 0, 0, 0],
        [1, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [1, 0, 0, 0, 0],
    ]


def test_the_answer_names_the_period_and_what_the_best_bring(small, graded):
    assert segment.answer(graded, small) == (
        "5 customers are graded by the orders of 2023-06-30 to 2024-06-30. "
        "Platinum and Gold are 40.0% of them and bring 76.9% of their net sales."
    )


def test_the_key_figures_are_the_counts_of_the_grades(graded):
    assert segment.figures(graded) == {
        "segments.customers_scored": 5,
        "segments.customers_p": 1,
        "segments.customers_g": 1,
        "segments.customers_s": 2,
        "segments.customers_b": 1,
    }


# --- does the table fit the shop ----------------------------------------------------------------------------


def graded_as(p, g, s, b):
    counts = pd.Series([p, g, s, b])
    return pd.DataFrame({"grade": list("PGSB"), "customers": counts, "customer_share": counts / counts.sum()})


def covered_by(customers):
    return pd.DataFrame({"customers": pd.array([customers, None], "Int64")})


def test_exactly_150000_customers_are_too_few_for_the_source_and_one_more_is_enough():
    good = graded_as(10, 20, 30, 40)
    assert segment.fit(good, covered_by(150_001), rules_of(), "CNY").empty
    assert segment.fit(good, covered_by(150_000), rules_of(), "CNY").finding.tolist() == [
        "Grades like these are meant for shops with more than 150,000 customers. This shop has 150,000; they "
        "are computed all the same."
    ]


def test_a_grade_with_hardly_anybody_or_nearly_everybody_is_named():
    found = segment.fit(graded_as(9, 10, 0, 981), covered_by(200_000), rules_of(), "CNY")
    assert found.severity.tolist() == ["warning"] * 3
    assert found.finding.tolist() == [
        "Platinum has 0.9% of the customers, under 1.0%: too few to tell anybody apart.",
        "Silver has 0.0% of the customers, under 1.0%: too few to tell anybody apart.",
        "Bronze has 98.1% of the customers, over 90.0%: the grades hardly tell them apart.",
    ]


def test_shares_of_exactly_1_and_90_percent_fit():
    assert segment.fit(graded_as(1, 1, 8, 90), covered_by(200_000), rules_of(), "CNY").empty


# --- shops at the edge --------------------------------------------------------------------------------------


def small_answer(folder, orders):
    shop = shop_of(folder, orders)
    graded = segment.grades(segment.rfm(shop), shop.settings.rules)
    return segment.answer(graded, shop)


def test_a_single_customer_is_graded(tmp_path):
    assert small_answer(tmp_path, "order_id customer_id paid_at paid\n1 a 2024-06-30 50") == (
        "1 customer is graded by the orders of 2023-06-30 to 2024-06-30. Nobody reaches Platinum or Gold."
    )


def test_where_nobody_is_named_nobody_is_graded(tmp_path):
    assert small_answer(tmp_path, "order_id customer_id paid_at paid\n1 - 2024-06-30 50") == (
        "No named customer bought from 2023-06-30 to 2024-06-30, so nobody is graded."
    )


def test_scores_survive_a_shop_of_one_time_buyers():
    rows = [(str(n), AS_OF - timedelta(days=n), 100 + n) for n in range(99)] + [("99", AS_OF, 10)] * 2
    scored = scores_of(rows)
    assert scored.f_score.value_counts().to_dict() == {1: 99, 2: 1}
    assert scored.grade.value_counts().sum() == 100


def test_one_customer_with_90_percent_of_the_sales_is_in_the_best_grade_that_the_orders_allow():
    rules = rules_of()
    orders = orders_of([("whale", AS_OF, 9000), *[(str(n), AS_OF, 100) for n in range(10)]])
    graded = segment.grades(segment.score(orders, AS_OF, rules), rules).set_index("grade")
    assert graded.loc["G", ["customers", "sales_share"]].tolist() == [1, 0.9]


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
def test_without_buyers_every_function_hands_on_what_is_missing(tmp_path, orders, reason):
    shop = shop_of(tmp_path, orders)
    rules, scored = shop.settings.rules, segment.rfm(shop)
    assert isinstance(scored, NotComputed)
    assert scored.sentence() == "not computed: needs orders.customer_id" + reason
    graded, covered = segment.grades(scored, rules), segment.coverage(shop, scored)
    others = [
        segment.bands(scored, shop.as_of, rules, "CNY"),
        segment.recency_by_frequency(scored, rules.rfm),
        segment.fit(graded, covered, rules, "CNY"),
        segment.answer(graded, shop),
        segment.best(scored, 5),
        segment.figures(graded),
    ]
    assert all(result is scored for result in [graded, covered, *others])


def test_rfm_of_a_shop_uses_net_of_refunds_and_the_shops_minimum(tmp_path):
    orders = """
order_id customer_id paid_at    paid refund
1        gift        2024-06-30 0.01 0
2        back        2024-06-30 80   80
3        part        2024-06-30 350  50
4        one         2024-06-30 1    0
"""
    monetary = segment.rfm(shop_of(tmp_path / "a", orders)).to_pandas().set_index("customer_id").monetary
    assert monetary.to_dict() == {"part": 300.0, "one": 1.0, "gift": 0.01}
    own = shop_of(tmp_path / "b", orders, settings="[rules.orders]\nmin_order_amount = 1")
    assert segment.rfm(own).to_pandas().customer_id.tolist() == ["part"]


def test_grades_have_a_name_each():
    assert list(glossary.grades().values()) == ["Platinum", "Gold", "Silver", "Bronze"]


def test_the_same_data_is_scored_at_an_earlier_day_as_it_stood_then(tmp_path):
    folder = write_shop(tmp_path, orders=SMALL)
    shop = model.open_shop(folder, "2024-03-31")
    scored = segment.rfm(shop).to_pandas().set_index("customer_id")
    # the period opens on 2023-03-31: dan is in it, gil has not bought yet, ann has two orders
    assert scored.frequency.to_dict() == {"dan": 1, "ann": 2, "fay": 1, "cat": 1}
    assert scored.recency_days["ann"] == 81


def test_the_sources_money_limits_on_another_currency_are_told_unless_they_are_the_shops_own():
    good, many = graded_as(250, 250, 250, 250), covered_by(200_000)
    said = segment.fit(good, many, rules_of(), "EUR").finding.tolist()
    assert len(said) == 1
    assert "applied to amounts in EUR as they are" in said[0]
    own = rules_of(rfm={"monetary": [400, 200, 100, 50, 0]})
    assert segment.fit(good, many, own, "EUR").empty
    assert segment.fit(good, many, rules_of(), "CNY").empty
