"""Concentration: the Lorenz curve, the Gini coefficient, and the best customers with ties kept together."""

import itertools
from math import ceil

import ibis
import numpy as np
import pandas as pd
import pytest
from build import rules_of
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import chart_segments, concentration, labels, resample, table
from shopcrm_nb.absent import NotComputed

RULES = rules_of()
FEW = settings(max_examples=15, deadline=None, derandomize=True)


def scored_of(amounts):
    """Scored customers with these net sales, as a table of customer_id and monetary."""
    frame = pd.DataFrame({"customer_id": [f"c{n}" for n in range(len(amounts))], "monetary": amounts})
    schema = ibis.schema({"customer_id": "string", "monetary": "float64"})
    return ibis.memtable(frame.astype({"monetary": float}), schema=schema)


def summed(amounts, seed=1, **sections):
    """The one row of the summary."""
    return concentration.summary(scored_of(amounts), rules_of(**sections), seed).iloc[0]


def curve_of(amounts):
    frame = concentration.lorenz(scored_of(amounts))
    return list(frame.itertuples(index=False, name=None))


def pairwise_gini(amounts):
    """Half the mean difference of all pairs, divided by the mean."""
    x = np.array(amounts, dtype=float)
    return np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean())


def lognormal(n, sigma=1.0, seed=5):
    return np.random.default_rng(seed).lognormal(5, sigma, n).round(2)


# --- the Gini coefficient -----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 100])
def test_gini_of_equal_customers_is_0(n):
    assert summed([33.33] * n).gini == 0


def test_gini_of_1_2_3_4_is_a_quarter():
    # (2·1−5)·1 + (2·2−5)·2 + (2·3−5)·3 + (2·4−5)·4 = −3 − 2 + 3 + 12 = 10; 10 / (4 · 10)
    assert summed([3, 1, 4, 2]).gini == 0.25


def test_gini_of_one_giant_among_n_follows_the_formula():
    # Σ (2i − 11) over the nine of 1 is −9, the giant is 9 · 81 = 729; 720 / (10 · 90)
    found = summed([1] * 9 + [81])
    assert found.gini == 0.8
    assert found.top_customer_share == 1  # the second best is one of nine equals
    assert found.split_sales_share == pytest.approx(82 / 90)
    assert found.claimed_customer_share == 0.1


@pytest.mark.parametrize("seed", [1, 2])
def test_gini_is_half_the_mean_difference_divided_by_the_mean(seed):
    amounts = lognormal(300, seed=seed)
    assert summed(amounts).gini == pytest.approx(pairwise_gini(amounts), abs=1e-9)


def test_gini_is_one_minus_twice_the_area_under_the_lorenz_curve_where_all_points_are_drawn():
    x, y = np.array(curve_of([5, 1, 1, 3, 90])).T
    assert summed([5, 1, 1, 3, 90]).gini == pytest.approx(1 - 2 * np.trapezoid(y, x))


# --- the top group ------------------------------------------------------------------------------------------


def test_the_best_fifth_and_their_sales_by_hand():
    found = summed([100, 50, 20, 10, 10, 4, 2, 2, 1, 1])
    assert found.customers == 10
    assert (found.top_share, found.claimed_share) == (0.2, 0.8)
    assert found.top_customer_share == 0.2
    assert found.top_sales_share == found.split_sales_share == 0.75
    # 100 + 50 = 150 is under 160, and the third brings it to 170
    assert found.claimed_customer_share == 0.3


def test_customers_at_the_cut_with_equal_sales_are_kept_together():
    # the second of ten has 20, and so have the third and the fourth
    found = summed([40, 20, 20, 20, 10, 10, 5, 5, 5, 5])
    assert found.top_customer_share == 0.4
    assert found.top_sales_share == pytest.approx(100 / 140)
    assert found.split_sales_share == pytest.approx(60 / 140)


def test_the_top_group_is_rounded_up_to_a_whole_customer_and_7_percent_of_100_are_7():
    assert summed([7, 6, 5, 4, 3, 2, 1]).top_customer_share == pytest.approx(2 / 7)
    assert 0.07 * 100 > 7
    assert summed(range(1, 101), concentration={"top_share": 0.07}).top_customer_share == 0.07


def test_equal_customers_bring_what_their_number_is_and_all_are_tied():
    found = summed([10.1] * 10)
    assert (found.top_customer_share, found.top_sales_share, found.split_sales_share) == (1, 1, 0.2)
    assert found.claimed_customer_share == 0.8  # 8 of 10, though 0.8 · 101 is 80.80000000000001


def test_a_single_customer_is_everything():
    found = summed([12.5])
    figures = ["gini", "top_customer_share", "top_sales_share", "low_share", "high_share"]
    assert found[figures].tolist() == [0, 1, 1, 1, 1]
    assert found[["split_sales_share", "claimed_customer_share"]].tolist() == [1, 1]
    assert found.rule_of_thumb == "cannot_tell"


def test_one_giant_with_90_percent_makes_the_interval_wide_since_it_might_have_been_missed():
    amounts = [9 * 999] + [1] * 999
    found = summed([*amounts, *range(2, 3)])
    assert found.split_sales_share == pytest.approx((8991 + 2 + 198 + 0.2) / (8991 + 2 + 999), abs=2e-4)
    amounts = [8991.0, *np.linspace(0.5, 1.5, 999).round(3)]
    found = summed(amounts)
    assert found.low_share < 0.3
    assert found.high_share > 0.9
    assert found.rule_of_thumb == "cannot_tell"


def shares_by_hand(amounts, top_share, claimed):
    """Top group, its sales, divided sales, and the fewest who bring the claim, in plain Python."""
    best = sorted(amounts, reverse=True)
    k = ceil(round(top_share * len(best), 9))
    group = [x for x in best if x >= best[k - 1]]
    sums = np.cumsum(best)
    fewest = int(np.argmax(sums >= claimed * sums[-1] - 1e-6)) + 1
    return [len(group) / len(best), sum(group) / sums[-1], sums[k - 1] / sums[-1], fewest / len(best)]


SHARES = ["top_customer_share", "top_sales_share", "split_sales_share", "claimed_customer_share"]


@pytest.mark.parametrize("top_share", [0.01, 0.1, 0.2, 0.5])
def test_the_shares_of_some_hundred_customers_agree_with_sorting_them(top_share):
    amounts = np.concatenate([lognormal(250), [99.0] * 60, [199.0] * 30])
    found = summed(amounts, concentration={"top_share": top_share, "claimed_share": 0.7})
    assert found[SHARES].tolist() == pytest.approx(shares_by_hand(amounts, top_share, 0.7), abs=1e-8)


# --- the interval and the verdict ---------------------------------------------------------------------------


def row_by_row(amounts, top_share, together, draws=400):
    """The interval by drawing the customers themselves, one by one, with replacement."""
    random, shares = np.random.default_rng(3), []
    for _draw in range(draws):
        best = np.sort(random.choice(amounts, len(amounts)))[::-1]
        k = ceil(round(top_share * len(best), 9))
        top = best[best >= best[k - 1]] if together else best[:k]
        shares.append(top.sum() / best.sum())
    return np.quantile(shares, [0.025, 0.975])


def test_the_interval_is_about_that_of_drawing_the_customers_themselves():
    amounts = lognormal(3000)  # more than the bins, so that some hold several values
    found = summed(amounts)
    low, high = row_by_row(amounts, 0.2, together=True)
    assert found.low_share < found.top_sales_share < found.high_share
    assert found.low_share == pytest.approx(low, abs=0.006)
    assert found.high_share == pytest.approx(high, abs=0.006)


def test_the_interval_of_tied_customers_is_about_that_of_drawing_them_kept_together():
    amounts = np.concatenate([np.full(700, 99.0), lognormal(300) + 100])
    found = summed(amounts, concentration={"top_share": 0.4})
    low, high = row_by_row(amounts, 0.4, together=True)
    assert found.top_customer_share == 1
    assert [found.low_share, found.high_share] == pytest.approx([low, high]) == [1, 1]
    assert found.split_sales_share < 0.8


def test_without_ties_both_ways_to_cut_have_one_share_and_nearly_one_interval():
    amounts = np.arange(1, 301).astype(float)
    binned = concentration._binned(scored_of(amounts), concentration._values(scored_of(amounts)))
    assert binned.bin.nunique() == 300
    together, split = concentration._intervals(binned, RULES, 1)
    found = summed(amounts)
    assert found.top_sales_share == found.split_sales_share
    assert together == pytest.approx((found.low_share, found.high_share), abs=1e-9)
    # whoever is drawn twice is tied with nobody else
    assert split == pytest.approx(together, abs=0.006)


def test_the_draw_that_is_the_data_gives_the_share_of_the_data():
    amounts = np.concatenate([lognormal(4000), [150.0] * 500])
    scored = scored_of(amounts)
    binned = concentration._binned(scored, concentration._values(scored))
    assert binned.customers.sum() == 4500
    assert binned.sales.sum() == pytest.approx(amounts.sum())
    people, sales = (
        concentration._by_group(binned, name).sum(axis=0, keepdims=True) for name in ("customers", "sales")
    )
    tied = np.zeros(people.shape[1], dtype=bool)
    found = summed(amounts)
    assert concentration._top_shares(people, sales, tied, 0.2)[1][0] == pytest.approx(
        found.split_sales_share, abs=1e-4
    )


def test_a_value_of_many_customers_has_a_bin_of_its_own_and_bins_are_few():
    amounts = np.concatenate([lognormal(9000), [150.0] * 3000])
    scored = scored_of(amounts)
    binned = concentration._binned(scored, concentration._values(scored))
    tied = binned[(binned.least <= 150) & (binned.most >= 150)]
    assert tied.bin.nunique() == 1
    assert (tied.least == tied.most).all()
    assert tied.customers.sum() == (amounts == 150).sum()
    assert 400 < binned.bin.nunique() < 2 * concentration.BINS
    tops = binned.groupby("bin").least.min().to_numpy()
    assert (np.diff(tops) < 0).all()  # best first


def test_the_seed_alone_decides_the_draws():
    amounts = lognormal(200)
    first, again, other = summed(amounts, 1), summed(amounts, 1), summed(amounts, 2)
    assert first.equals(again)
    bounds = ["low_share", "high_share"]
    assert first.drop(bounds).equals(other.drop(bounds))
    assert first[bounds].tolist() != other[bounds].tolist()


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.52, 0.56, "less"),
        (0.79, 0.7999, "less"),
        (0.8001, 0.95, "more"),
        (0.76, 0.84, "holds"),
        (0.8, 0.8, "holds"),
        (0.74, 0.84, "cannot_tell"),
        (0.76, 0.86, "cannot_tell"),
    ],
)
def test_the_verdict_is_by_the_interval(low, high, verdict):
    assert concentration._verdict(100, low, high, RULES) == verdict
    assert concentration._verdict(99, low, high, RULES) == "cannot_tell"


def test_few_customers_get_no_verdict_and_one_more_does():
    equal = {"forward": {"min_customers": 50}}
    assert summed([10] * 49, **equal).rule_of_thumb == "cannot_tell"
    assert summed([10] * 50, **equal).rule_of_thumb == "less"  # a fifth of equals brings a fifth


def test_ties_never_make_sales_look_concentrated():
    found = summed([10] * 500)
    assert (found.top_sales_share, found.rule_of_thumb) == (1, "less")


def test_a_few_who_bring_nearly_all_are_more_concentrated_than_claimed():
    amounts = np.concatenate([np.linspace(900, 1100, 200), np.linspace(1, 2, 800)]).round(2)
    found = summed(amounts)
    assert found.split_sales_share > 0.99
    assert found.rule_of_thumb == "more"


# --- the Lorenz curve ---------------------------------------------------------------------------------------


def test_the_curve_by_hand_those_who_spent_least_first():
    assert curve_of([6, 1, 1, 2]) == [(0, 0), (0.5, 0.2), (0.75, 0.4), (1, 1)]


def test_the_curve_of_equal_customers_is_the_line_of_equality():
    assert curve_of([7.7] * 9) == [(0, 0), (1, 1)]
    assert curve_of([7.7]) == [(0, 0), (1, 1)]


def test_the_curve_of_one_giant_rises_at_its_end():
    assert curve_of([1] * 9 + [81]) == [(0, 0), (0.9, 0.1), (1, 1)]


@pytest.mark.parametrize("sigma", [0.3, 1.0, 3.0])
def test_a_curve_of_many_customers_has_200_points_at_most_and_each_is_on_it(sigma):
    amounts = lognormal(5000, sigma)
    points = np.array(curve_of(amounts))
    assert 100 <= len(points) <= 200
    assert points[0].tolist() == [0, 0]
    assert points[-1].tolist() == [1, 1]
    poorest = np.concatenate([[0], np.sort(amounts).cumsum()])
    places = (points[:, 0] * 5000).round().astype(int)
    assert points[:, 0] == pytest.approx(places / 5000)
    assert points[:, 1] == pytest.approx(poorest[places] / poorest[-1], abs=1e-8)
    every = np.arange(5001) / 5000
    # what is drawn is nowhere far from what is
    assert np.abs(np.interp(every, points[:, 0], points[:, 1]) - poorest / poorest[-1]).max() < 0.01


AMOUNTS = st.lists(st.integers(1, 40_000).map(lambda cents: cents / 4), min_size=1, max_size=60)


@FEW
@given(AMOUNTS)
def test_the_curve_rises_is_convex_and_never_above_the_line_of_equality(amounts):
    points = curve_of(amounts)
    assert (points[0], points[-1]) == ((0, 0), (1, 1))
    assert all(a < c and b < d for (a, b), (c, d) in itertools.pairwise(points))
    assert all(y <= x + 1e-9 for x, y in points)
    slopes = [(d - b) / (c - a) for (a, b), (c, d) in itertools.pairwise(points)]
    assert all(first <= then + 1e-6 for first, then in itertools.pairwise(slopes))


@FEW
@given(AMOUNTS)
def test_gini_and_shares_are_those_of_the_sorted_customers(amounts):
    found = summed(amounts)
    assert found.gini == pytest.approx(pairwise_gini(amounts), abs=1e-8)
    assert found[SHARES].tolist() == pytest.approx(shares_by_hand(amounts, 0.2, 0.8), abs=1e-8)
    assert 0 <= found.low_share <= found.high_share <= 1


@FEW
@given(AMOUNTS, st.randoms(use_true_random=False))
def test_the_order_of_customers_changes_nothing(amounts, chance):
    rows = scored_of(amounts).to_pandas()
    places = chance.sample(range(len(rows)), len(rows))
    mixed = ibis.memtable(rows.iloc[places])
    pd.testing.assert_frame_equal(
        concentration.summary(scored_of(amounts), RULES, 1), concentration.summary(mixed, RULES, 1)
    )
    pd.testing.assert_frame_equal(concentration.lorenz(scored_of(amounts)), concentration.lorenz(mixed))


@FEW
@given(AMOUNTS, st.integers(2, 50))
def test_another_currency_changes_no_share(amounts, rate):
    dear = [amount * rate for amount in amounts]
    figures = ["gini", *SHARES]
    assert summed(amounts)[figures].tolist() == pytest.approx(summed(dear)[figures].tolist(), abs=1e-8)


# --- nobody, and what a reader sees -------------------------------------------------------------------------


def test_nobody_has_no_concentration():
    for found in (concentration.summary(scored_of([]), RULES, 1), concentration.lorenz(scored_of([]))):
        assert isinstance(found, NotComputed)
        assert found.sentence() == ("not computed: needs a customer with net sales in the evaluation period")


def test_what_is_missing_is_handed_on():
    missing = NotComputed("orders.customer_id")
    found, curve = concentration.summary(missing, RULES, 1), concentration.lorenz(missing)
    others = [concentration.sentence(found, RULES), chart_segments.lorenz(curve, found)]
    assert all(result is missing for result in [found, curve, *others])


def row(**changes):
    figures = {
        "customers": 2789,
        "gini": 0.51,
        "top_share": 0.2,
        "top_customer_share": 0.203,
        "top_sales_share": 0.541,
        "low_share": 0.52,
        "high_share": 0.563,
        "split_sales_share": 0.541,
        "claimed_share": 0.8,
        "claimed_customer_share": 0.47,
        "rule_of_thumb": "less",
    }
    return pd.DataFrame([figures | changes])


TOP = "The best 20.3% of the customers bring 54.1% of the net sales (95% interval 52.0% to 56.3%)."
NEEDED = "The best 47.0% of the customers bring 80% of the net sales."


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("less", "That is less than the rule of thumb, 80% from 20%."),
        ("more", "That is more than the rule of thumb, 80% from 20%."),
        ("holds", "The rule of thumb, 80% from 20%, holds."),
        ("cannot_tell", "Whether the rule of thumb, 80% from 20%, holds cannot be told yet."),
    ],
)
def test_the_sentence_says_what_the_best_bring_and_whether_the_rule_holds(verdict, said):
    assert concentration.sentence(row(rule_of_thumb=verdict), RULES) == f"{TOP} {said} {NEEDED}"


def test_the_sentence_tells_apart_what_ties_have_brought_together():
    said = concentration.sentence(row(top_customer_share=0.35, split_sales_share=0.4), RULES)
    assert said.startswith("The best 35.0% of the customers bring 54.1% of the net sales")
    assert " Customers with equal net sales are kept together; 20.0% alone would bring 40.0%. That is" in said


def test_the_sentence_of_few_customers_makes_no_claim():
    said = concentration.sentence(row(customers=99, rule_of_thumb="cannot_tell"), RULES)
    judged = "Under 100 customers do not tell whether 20% of them bring 80%, the rule of thumb."
    assert said == f"{TOP} {judged} {NEEDED}"


def test_the_row_of_the_summary_has_a_label_for_each_column_and_is_shown_in_percent():
    found = concentration.summary(scored_of([3, 1, 4, 2]), RULES, 1)
    assert list(found.columns) == list(row().columns)
    names = [labels.of_columns()[column] for column in found.columns]
    assert len(set(names)) == len(names)
    assert set(labels.of_codes()["rule_of_thumb"]) == {"holds", "less", "more", "cannot_tell"}
    text = table.show(found, "CNY")._repr_html_()
    for cell in ("0.25", "20.0%", "80.0%", "cannot tell yet"):
        assert f">{cell}</td>" in text


def test_the_curve_is_drawn_below_the_line_of_equality_with_the_top_group_marked():
    curve, found = concentration.lorenz(scored_of([1] * 9 + [81])), row(top_customer_share=0.25)
    figure = chart_segments.lorenz(curve, found)
    equal, drawn, top = figure.data
    assert (list(equal.x), list(equal.y)) == ([0, 1], [0, 1])
    assert (list(drawn.x), list(drawn.y)) == ([0, 0.9, 1], [0, 0.1, 1])
    assert (list(top.x), list(top.y)) == ([0.75], [pytest.approx(0.459)])
    assert top.name == "the best 25.0% bring 54.1%"
    assert top.mode == "markers"  # words beside it would stand on the lines
    assert figure.layout.xaxis.title.text == "Customers, least spent first"
    assert figure.layout.yaxis.title.text == "Share of net sales"
    assert figure.layout.xaxis.tickformat == figure.layout.yaxis.tickformat == ".0%"


def test_a_top_group_of_everybody_is_marked_at_the_origin():
    amounts = [7.7] * 9
    found = concentration.summary(scored_of(amounts), RULES, 1)
    top = chart_segments.lorenz(concentration.lorenz(scored_of(amounts)), found).data[2]
    assert (list(top.x), list(top.y)) == ([0], [0])


def test_the_engine_hands_over_groups_and_bins_but_never_customers(monkeypatch):
    pulled = []
    fetch = {name: getattr(ibis.expr.types.Table, name) for name in ("to_pandas", "to_pyarrow")}

    def counting(name):
        def pull(rows, *args, **kwargs):
            result = fetch[name](rows, *args, **kwargs)
            pulled.append(len(result))
            return result

        return pull

    for name in fetch:
        monkeypatch.setattr(ibis.expr.types.Table, name, counting(name))
    scored = scored_of(np.concatenate([np.full(30_000, 10.0), np.full(30_000, 20.0)]))
    concentration.summary(scored, RULES, 1)
    concentration.lorenz(scored)
    assert sorted(pulled) == [1, 2, 2 * resample.GROUPS]
