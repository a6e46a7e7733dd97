"""Classic: the eight groups, by means, medians and a shop's own cut points."""

import itertools
from datetime import date, timedelta
from math import isnan

import ibis
import numpy as np
import pandas as pd
import pytest
from build import orders_of, rules_of
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import chart_segments, classic, glossary, labels, segment
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError

AS_OF, RULES = date(2024, 6, 30), rules_of()
FEW = settings(max_examples=12, deadline=None, derandomize=True)
# recency high, frequency high, money high → the group, as the trade names them
EIGHT = {
    "RFM": "key_value",
    "R-M": "key_develop",
    "-FM": "key_keep",
    "--M": "key_win_back",
    "RF-": "general_value",
    "R--": "general_develop",
    "-F-": "general_keep",
    "---": "general_win_back",
}


def scored_of(rows):
    """Scored customers (customer_id, recency_days, frequency, monetary) as a table."""
    frame = pd.DataFrame(rows, columns=["customer_id", "recency_days", "frequency", "monetary"])
    schema = {"customer_id": "string", "recency_days": "int64", "frequency": "int64", "monetary": "float64"}
    return ibis.memtable(frame.astype({"monetary": float}), schema=ibis.schema(schema))


def group_of(scored, cut, rules=RULES):
    frame = classic.assign(scored, classic.cuts(scored, cut, rules)).to_pandas()
    return dict(zip(frame.customer_id, frame.classic_group, strict=True))


def groups_of(rows, cut="mean"):
    scored = scored_of(rows)
    return classic.groups(classic.assign(scored, classic.cuts(scored, cut, RULES))).set_index("classic_group")


FOUR = [("a", 0, 1, 10), ("b", 10, 1, 20), ("c", 20, 2, 30), ("d", 70, 8, 940)]


# --- cut points ---------------------------------------------------------------------------------------------


def test_the_mean_of_each_measure_is_a_cut_point():
    cuts = classic.cuts(scored_of(FOUR), "mean", RULES)
    assert (cuts.recency_days, cuts.frequency, cuts.monetary, cuts.own) == (25, 3, 250, False)


def test_the_median_of_each_measure_is_a_cut_point_halfway_where_two_are_in_the_middle():
    cuts = classic.cuts(scored_of(FOUR), "median", RULES)
    assert (cuts.recency_days, cuts.frequency, cuts.monetary, cuts.own) == (15, 1.5, 25, False)


def test_own_cut_points_are_those_of_the_rules():
    rules = rules_of(classic={"recency_days": 30, "frequency": 3, "monetary": 99.5})
    assert classic.cuts(scored_of(FOUR), "own", rules) == classic.Cuts(30, 3, 99.5, own=True)
    assert classic.cuts(scored_of([]), "own", RULES) == classic.Cuts(90, 2, 500, own=True)


def test_an_unknown_cut_is_refused_with_the_nearest_known():
    with pytest.raises(ShopcrmError) as caught:
        classic.cuts(scored_of(FOUR), "meen", RULES)
    assert (
        str(caught.value) == 'cut: "meen" is not a way to cut (did you mean "mean"?); use mean, median or own'
    )


def test_the_cut_points_of_nobody_are_not_numbers_and_no_group_has_customers():
    for cut in ("mean", "median"):
        cuts = classic.cuts(scored_of([]), cut, RULES)
        assert all(isnan(point) for point in (cuts.recency_days, cuts.frequency, cuts.monetary))
        assert classic.cut_points(cuts, "CNY") == "Nobody is scored, so there are no cut points."
        frame = groups_of([], cut)
        assert (list(frame.index), frame.customers.sum(), frame.net_sales.sum()) == ([*EIGHT.values()], 0, 0)
        assert frame.customer_share.tolist() == frame.sales_share.tolist() == [0.0] * 8
        assert frame.net_sales_per_customer.isna().all()


# --- the groups ---------------------------------------------------------------------------------------------


def test_each_of_the_eight_ways_to_be_high_or_low_is_the_group_of_its_name():
    rows = [
        (way, 90 if "R" in way else 91, 2 if "F" in way else 1, 500 if "M" in way else 499.99)
        for way in EIGHT
    ]
    assert group_of(scored_of(rows), "own") == EIGHT


def test_who_is_exactly_at_a_mean_or_median_is_low_and_who_is_better_by_the_least_is_high():
    # all three means and medians are those of the customer in the middle
    rows = [("good", 9, 6, 50.01), ("middle", 10, 5, 50.0), ("bad", 11, 4, 49.99)]
    for cut in ("mean", "median"):
        assert group_of(scored_of(rows), cut) == {
            "good": "key_value",
            "middle": "general_win_back",
            "bad": "general_win_back",
        }


@pytest.mark.parametrize("amount", [10.01, 0.1, 33.33, 1234.5678])
def test_customers_who_are_all_equal_are_all_in_one_group(amount):
    rows = [(str(n), 7, 3, amount) for n in range(7)]
    assert set(group_of(scored_of(rows), "mean").values()) == {"general_win_back"}
    assert set(group_of(scored_of(rows), "median").values()) == {"general_win_back"}


def test_a_single_customer_is_low_by_the_mean_and_by_own_cuts_what_they_are():
    one = scored_of([("a", 0, 9, 5000)])
    assert group_of(one, "mean") == {"a": "general_win_back"}
    assert group_of(one, "own") == {"a": "key_value"}


def test_one_giant_lifts_the_mean_of_money_above_everybody_but_not_the_median():
    rows = [("giant", 5, 1, 90_000), *[(str(n), 5, 1, 100 + n) for n in range(10)]]
    high = {who for who, group in group_of(scored_of(rows), "mean").items() if group == "key_win_back"}
    assert high == {"giant"}
    high = {who for who, group in group_of(scored_of(rows), "median").items() if group == "key_win_back"}
    assert high == {"giant", "9", "8", "7", "6"}


def test_each_group_has_its_customers_and_its_share_of_the_net_sales():
    rows = [("a", 10, 3, 600), ("b", 80, 2, 1000), ("c", 91, 1, 400), ("d", 91, 1, 0.5), ("e", 0, 1, 399.5)]
    frame = groups_of(rows, "own")
    assert list(frame.index) == list(EIGHT.values())
    assert frame.customers.to_dict() == dict.fromkeys(EIGHT.values(), 0) | {
        "key_value": 2,
        "general_develop": 1,
        "general_win_back": 2,
    }
    value, back = frame.loc["key_value"], frame.loc["general_win_back"]
    assert [value.net_sales, back.net_sales] == [1600, 400.5]
    assert [value.customer_share, back.customer_share] == [0.4, 0.4]
    assert [value.sales_share, back.sales_share] == pytest.approx([1600 / 2400, 400.5 / 2400])
    assert [value.net_sales_per_customer, back.net_sales_per_customer] == [800, 200.25]
    assert isnan(frame.net_sales_per_customer["key_keep"])
    assert frame.customers.dtype == "int64"


def test_the_levels_of_each_group_are_beside_it():
    frame = groups_of(FOUR)
    levels = frame[["recency", "frequency_level", "money"]].to_numpy().tolist()
    marks = [
        "".join(mark if level == "high" else "-" for mark, level in zip("RFM", row, strict=True))
        for row in levels
    ]
    assert dict(zip(marks, frame.index, strict=True)) == EIGHT


@pytest.mark.parametrize("cut", classic.CUTS)
def test_the_groups_of_some_hundred_customers_agree_with_numpy(cut):
    random = np.random.default_rng(4)
    n = 400
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(n)],
            "recency_days": random.integers(0, 366, n),
            "frequency": random.geometric(0.6, n),
            "monetary": random.lognormal(6, 1, n).round(2),
        }
    )
    points = {"own": np.array([90, 2, 500.0])}
    values = frame.drop(columns="customer_id").to_numpy()
    points |= {"mean": values.mean(axis=0), "median": np.median(values, axis=0)}
    signed, limit = values * [-1, 1, 1], points[cut] * [-1, 1, 1]
    high = signed >= limit if cut == "own" else signed > limit
    keys = [EIGHT["".join(m if up else "-" for m, up in zip("RFM", row, strict=True))] for row in high]
    expected = frame.assign(group=keys).groupby("group").monetary.agg(["count", "sum"])
    found = groups_of(frame.to_records(index=False).tolist(), cut)
    assert len(expected) > 5
    for group in EIGHT.values():
        count, total = expected.loc[group] if group in expected.index else (0, 0)
        assert found.customers[group] == count
        assert found.net_sales[group] == pytest.approx(total)
        assert found.customer_share[group] == pytest.approx(count / n)
        assert found.sales_share[group] == pytest.approx(total / frame.monetary.sum())


# --- properties ---------------------------------------------------------------------------------------------

CUSTOMERS = st.lists(
    st.tuples(st.integers(0, 365), st.integers(1, 9), st.integers(1, 500_000).map(lambda cents: cents / 100)),
    min_size=1,
    max_size=30,
).map(lambda rows: [(str(n), *row) for n, row in enumerate(rows)])


@FEW
@given(CUSTOMERS, st.sampled_from(classic.CUTS))
def test_every_customer_is_in_exactly_one_group_and_the_shares_sum_to_1(rows, cut):
    grouped = group_of(scored_of(rows), cut)
    assert sorted(grouped) == sorted(who for who, *_rest in rows)
    assert set(grouped.values()) <= set(EIGHT.values())
    frame = groups_of(rows, cut)
    assert frame.customers.sum() == len(rows)
    assert frame.customer_share.sum() == pytest.approx(1)
    assert frame.sales_share.sum() == pytest.approx(1)
    assert frame.net_sales.sum() == pytest.approx(sum(row[3] for row in rows))


@FEW
@given(CUSTOMERS, st.randoms(use_true_random=False), st.sampled_from(classic.CUTS))
def test_the_order_of_customers_changes_nothing(rows, chance, cut):
    mixed = chance.sample(rows, len(rows))
    pd.testing.assert_frame_equal(groups_of(rows, cut), groups_of(mixed, cut))


@FEW
@given(CUSTOMERS, st.sampled_from(classic.CUTS))
def test_nobody_who_is_better_in_everything_is_in_a_group_that_is_lower_in_anything(rows, cut):
    grouped = group_of(scored_of(rows), cut)
    levels = {group: [mark != "-" for mark in way] for way, group in EIGHT.items()}
    for (a, ra, fa, ma), (b, rb, fb, mb) in itertools.permutations(rows, 2):
        if ra <= rb and fa >= fb and ma >= mb:
            pairs = zip(levels[grouped[a]], levels[grouped[b]], strict=True)
            assert all(mine >= other for mine, other in pairs)


# --- what a reader sees -------------------------------------------------------------------------------------


def test_the_cut_points_of_a_mean_are_told_in_days_orders_and_money():
    cuts = classic.Cuts(92.44, 1.438, 511.6, own=False)
    assert classic.cut_points(cuts, "CNY") == (
        "High: the last purchase less than 92.4 days ago; more than 1.44 orders; net sales above "
        "¥512. Whoever is exactly there is low."
    )


def test_a_shops_own_cut_points_are_told_as_they_are():
    cuts = classic.cuts(scored_of([]), "own", RULES)
    said = "High by the shop's own cut points: the last purchase at most 90 days ago; 2 orders or more; net "
    assert classic.cut_points(cuts, "CNY") == said + "sales of ¥500 or more."
    half = classic.Cuts(90, 2, 499.5, own=True)
    assert classic.cut_points(half, "EUR") == said + "sales of 499.5 EUR or more."


def test_cut_points_count_days_with_an_order_where_the_shop_merges_them():
    merged = rules_of(orders={"merge_same_day": True})
    for cut in classic.CUTS:
        said = classic.cut_points(classic.cuts(scored_of(FOUR), cut, merged), "CNY")
        assert "days with an order" in said
        assert " orders" not in said


def test_groups_and_levels_have_a_name_each():
    assert list(glossary.classic_groups()) == list(EIGHT.values()) == list(classic.GROUPS)
    assert len(set(glossary.classic_groups().values())) == 8
    frame = groups_of(FOUR).reset_index()
    names = [labels.of_columns()[column] for column in frame.columns]
    assert len(set(names)) == len(names)
    for column in ("classic_group", "recency", "frequency_level", "money"):
        assert set(frame[column]) <= set(labels.of_codes()[column])


def test_each_group_is_drawn_with_its_share_of_customers_and_of_sales():
    frame = groups_of([("a", 10, 3, 600), ("b", 91, 1, 200)], "own").reset_index()
    figure = chart_segments.classic_groups(frame)
    people, sales = figure.data
    assert list(people.y) == list(sales.y) == list(glossary.classic_groups().values())
    assert list(people.x) == [0.5, 0, 0, 0, 0, 0, 0, 0.5]
    assert list(sales.x) == [0.75, 0, 0, 0, 0, 0, 0, 0.25]
    assert list(sales.text)[:2] == ["75.0%", "0.0%"]
    assert figure.layout.xaxis.title.text == "Share of all scored customers"
    assert figure.layout.xaxis.tickformat == ".0%"
    assert figure.layout.yaxis.autorange == "reversed"


def test_groups_without_customers_are_drawn_with_zeros():
    figure = chart_segments.classic_groups(groups_of([]).reset_index())
    assert [list(trace.x) for trace in figure.data] == [[0.0] * 8] * 2
    assert list(figure.layout.xaxis.range) == [0, 1]


def test_what_is_missing_is_handed_on():
    missing = NotComputed("orders.customer_id")
    cuts = classic.cuts(missing, "mean", RULES)
    assigned = classic.assign(missing, cuts)
    frame = classic.groups(assigned)
    others = [classic.cut_points(cuts, "CNY"), chart_segments.classic_groups(frame)]
    assert all(result is missing for result in [cuts, assigned, frame, *others])


def test_the_scores_of_a_shop_are_grouped_in_the_engine_and_keep_their_columns():
    rows = [("a", AS_OF, 600)] * 2 + [("b", AS_OF - timedelta(days=91), 10)]
    scored = segment.score(orders_of(rows), AS_OF, RULES)
    assigned = classic.assign(scored, classic.cuts(scored, "own", RULES))
    assert isinstance(assigned, type(scored))
    assert assigned.columns == (*scored.columns, "classic_group")
    frame = assigned.to_pandas().set_index("customer_id")
    assert frame.classic_group.to_dict() == {"a": "key_value", "b": "general_win_back"}
