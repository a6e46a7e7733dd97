"""Ratings (DSR): means by hand, which ratings count, what lifts them to a target, and what moves along."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from build import rules_of, shop_of
from fulfil import in_memory
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from shopcrm_nb import evidence, labels, rating_factors, ratings, table
from shopcrm_nb.absent import NotComputed

RULES = rules_of()
ORDERS = "order_id customer_id paid_at paid\n1 a 2024-06-30 5"


def shop(rows, columns, name="reviews", orders=ORDERS, **more):
    return in_memory(orders, **{name: pd.DataFrame(rows, columns=columns.split())}, **more)


def test_nineteen_fives_and_a_one_are_4_8(tmp_path):
    rows = [("2024-06-01", 5)] * 19 + [("2024-06-01", 1)]
    found = ratings.scores(shop(rows, "at description"))
    assert found[["dimension", "rating_source", "dsr", "ratings"]].values.tolist() == [
        ["description", "reviews", 4.8, 20]
    ]
    assert found.five_stars_needed[0] == found.five_stars_per_100[0] == 0
    assert found[["dsr_half_year_ago", "dsr_year_ago", "dsr_change"]].isna().all(axis=None)


def test_a_score_left_out_is_not_five_and_each_dimension_has_its_own_n(tmp_path):
    rows = [("2024-06-01", 4, None, 0), ("2024-06-01", 2, None, 3), ("2024-06-01", None, None, 9)]
    found = ratings.scores(shop(rows, "at description service logistics")).set_index("dimension")
    assert found.dsr.to_dict() == {"description": 3, "logistics": 3}
    assert found.ratings.to_dict() == {"description": 2, "logistics": 1}


def test_the_window_is_180_days_the_last_one_included(tmp_path):
    rows = [("2024-01-02", 1), ("2024-01-03", 3), ("2024-06-30 23:59:59", 5), ("2024-07-01", 1)]
    found = ratings.scores(shop(rows, "at service"))
    assert (found.dsr[0], found.ratings[0]) == (4, 2)
    short = shop(rows, "at service", rules={"ratings": {"window_days": 1}})
    assert ratings.scores(short).dsr.tolist() == [5]


def test_the_first_three_ratings_of_a_buyer_in_a_calendar_month_count(tmp_path):
    rows = [("2024-06-01", "a", 5), ("2024-06-04", "a", 1), ("2024-06-03", "a", 5), ("2024-06-02", "a", 5)]
    rows += [("2024-05-31", "a", 3), ("2024-06-05", "b", 3)] + [("2024-06-06", None, 2)] * 4
    found = ratings.scores(shop(rows, "at customer_id description"))
    assert (found.ratings[0], found.dsr[0]) == (9, pytest.approx((15 + 3 + 3 + 8) / 9))
    every = ratings.scores(
        shop(rows, "at customer_id description", rules={"ratings": {"ratings_a_month": 0}})
    )
    assert (every.ratings[0], every.dsr[0]) == (10, 3)


def test_a_review_without_scores_takes_nobodys_place_and_one_with_some_does(tmp_path):
    rows = [(f"2024-06-0{day}", "a", None, None) for day in range(1, 4)]
    rows += [(f"2024-06-1{day}", "a", None, 5) for day in range(3)] + [("2024-06-20", "a", 1, 1)]
    found = ratings.scores(shop(rows, "at customer_id description service")).set_index("dimension")
    assert found.ratings.to_dict() == {"service": 3}  # the last one is the fourth rating of its month


def test_scores_of_the_past_and_the_interval_of_the_change(tmp_path):
    now, half, year = ([(f"2024-06-{n % 28 + 1:02d}", 4 + n % 2) for n in range(40)], [("2023-12-30", 2)], [])
    year = [(f"2023-05-{n % 28 + 1:02d}", 3 + n % 3) for n in range(60)]
    found = ratings.scores(shop(now + half + year, "at logistics")).iloc[0]
    # the window of half a year ago, 2023-07-04 to 2023-12-30, has none of the year before
    assert (found.dsr_half_year_ago, found.dsr_year_ago, found.dsr) == (2, 4, 4.5)
    assert found.dsr_change == 0.5
    error = np.sqrt(np.var([4, 5] * 20, ddof=1) / 40 + np.var([3, 4, 5] * 20, ddof=1) / 60)
    z = stats.norm.ppf(0.975)
    assert found[["change_low", "change_high"]].tolist() == pytest.approx([0.5 - z * error, 0.5 + z * error])


def test_few_ratings_have_no_interval(tmp_path):
    rows = [("2024-06-01", 5)] * 40 + [("2023-06-01", 4)] * 29
    found = ratings.scores(shop(rows, "at logistics")).iloc[0]
    assert found.dsr_change == 1
    assert found[["change_low", "change_high"]].isna().all()


BACK_END = "date description service logistics"


def test_the_back_ends_scores_are_taken_as_they_are_unless_they_are_old(tmp_path):
    rows = [
        ("2024-05-30", 4.5, 4.6, 4.7),
        ("2024-06-20", 4.7, 4.8, None),
        ("2024-07-01", 1, 1, 1),
        ("2023-06-15", 4.6, 4.9, 4.9),
    ]
    found = ratings.scores(shop(rows, BACK_END, name="ratings")).set_index("dimension")
    assert found.dsr.to_dict() == {"description": 4.7, "service": 4.8}  # the third was last seen 31 days ago
    assert found.ratings.isna().all()
    assert set(found.rating_source) == {"back_end"}
    assert found.dsr_change.round(9).to_dict() == {"description": 0.1, "service": -0.1}
    assert found.five_stars_needed.isna().all()
    assert found.five_stars_per_100.to_dict() == {"description": 50, "service": 0}  # 100 · 0.1 / 0.2
    assert found.change_low.isna().all()


def test_reviews_with_scores_come_before_the_back_end_and_those_without_do_not(tmp_path):
    back_end = "date description service logistics\n2024-06-30 4.1 4.2 4.3"
    both = shop_of(tmp_path, ORDERS, reviews="at service\n2024-06-01 3", ratings=back_end)
    assert ratings.scores(both).dsr.tolist() == [3]
    bare = shop_of(tmp_path / "b", ORDERS, reviews="at stars service\n2024-06-01 3 -", ratings=back_end)
    assert ratings.scores(bare).dsr.tolist() == [4.1, 4.2, 4.3]


def test_without_any_score_it_is_said(tmp_path):
    missing = NotComputed("ratings.description")
    for number, tables in enumerate(
        [{}, {"reviews": "at stars\n2024-06-01 3"}, {"reviews": "at service\n2025-06-01 3"}]
    ):
        bare = shop_of(tmp_path / str(number), ORDERS, **tables)
        assert ratings.scores(bare) == ratings.trend(bare) == missing
    assert ratings.sentence(missing, RULES) is missing


@given(st.integers(1, 500), st.integers(100, 500), st.sampled_from([4.5, 4.8, 4.9, 4.95]))
def test_so_many_fives_reach_the_target_and_one_less_does_not(n, mean, target):
    mean /= 100
    k = ratings.five_stars_needed(n, mean, target)

    def lifted(fives):
        return (n * mean + 5 * fives) / (n + fives)

    assert lifted(k) >= target - 1e-9
    assert k == 0 or lifted(k - 1) < target


def test_the_number_of_fives_by_hand():
    assert ratings.five_stars_needed(20, 4.8, 4.8) == 0
    assert ratings.five_stars_needed(20, 4.8, 4.9) == 20
    assert ratings.five_stars_needed(10, 4.0, 4.8) == 40
    assert ratings.five_stars_needed(10, 4.79, 4.8) == 1


def test_the_trend_is_the_score_at_each_months_end(tmp_path):
    rows = [("2024-01-15", 5), ("2024-02-10", 3), ("2024-06-20", 1)]
    orders = "order_id customer_id paid_at paid\n1 a 2024-07-15 5"
    found = ratings.trend(shop(rows, "at service", orders=orders, as_of="2024-07-15")).set_index("month_end")
    ends = ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31", "2024-06-30", "2024-07-15"]
    assert found.index.strftime("%Y-%m-%d").tolist() == ends
    assert found.dsr.tolist() == [5, 4, 4, 4, 4, 3, 2]  # 180 days to the last day begin on 2024-01-18
    assert found.ratings.tolist() == [1, 2, 2, 2, 2, 3, 2]
    assert found.full.tolist() == [False] * 6 + [True]


def test_a_months_end_without_a_score_is_left_out(tmp_path):
    rows = [("2023-01-15", 4.5, None, None), ("2024-06-15", 4.7, None, None)]
    found = ratings.trend(shop(rows, BACK_END, name="ratings"))
    assert found.month_end.dt.strftime("%Y-%m-%d").tolist() == ["2023-01-31", "2024-06-30"]
    assert found.full.all()


def test_the_sentence_says_where_each_score_stands(tmp_path):
    rows = [("2024-06-01", 5, 4, 4.79)] * 10
    found = ratings.scores(shop(rows, "at description service logistics"))
    assert ratings.sentence(found, RULES) == (
        "At 4.80 or above: Item as described. Service stands at 4.000; 40 further ratings of 5 would lift it "
        "to 4.80. Delivery service stands at 4.790; 1 further rating of 5 would lift it to 4.80."
    )
    back_end = ratings.scores(shop([("2024-06-30", 4.7, 4.8, 4.8)], BACK_END, name="ratings"))
    assert ratings.sentence(back_end, RULES) == (
        "At 4.80 or above: Service, Delivery service. Item as described stands at 4.700; it takes 50 further "
        "ratings of 5 for each hundred ratings to lift it to 4.80."
    )
    assert ratings.sentence(found.head(0), RULES) == "Nobody has rated the shop in the days that count."


# --- what moves along with them -----------------------------------------------------------------------------


MONTHS = pd.period_range("2022-07", "2024-06", freq="M")


def world(rating, orders=ORDERS):
    """A shop with one rating on the first of each month."""
    rows = [(f"{month}-01", round(score, 6)) for month, score in zip(MONTHS, rating, strict=True)]
    return shop(rows, "at service", orders=orders)


def days_of(conversion, **more):
    """Every day of the months, each with 10,000 visitors."""
    date_ = pd.date_range("2022-07-01", "2024-06-30")
    of_month = dict(zip(MONTHS, conversion, strict=True))
    frame = pd.DataFrame({"date": date_, "visitors": 10_000})
    frame["buyers"] = [round(of_month[day.to_period("M")] * 10_000, 6) for day in date_]
    return frame.assign(**{name: np.resize(values, len(date_)) for name, values in more.items()})


def walk(seed, centre, size):
    return centre + size * np.random.default_rng(seed).normal(size=len(MONTHS)).cumsum() / 5


def test_what_moves_together_is_found_and_is_not_called_a_cause(tmp_path):
    rating = walk(1, 4.5, 0.1)
    days = days_of(0.02 + (rating - 4.5) / 100)
    found = rating_factors.co_movement(world(rating), days)
    same = found.set_index(["proxy", "lag_months"]).loc[("pay_conversion", 0)]
    assert same[["factor", "months", "movement"]].tolist() == ["conversion", 23, "together"]
    assert same.correlation == pytest.approx(1)
    assert set(found.movement[found.lag_months == 1]) == {"nothing"}
    said = rating_factors.sentence(found, RULES)
    assert said == (
        "The ratings rise and fall in the same months as the share of visitors who pay (correlation 1.00). "
        "That they move together does not say that one causes the other."
    )


def test_the_figure_of_the_month_before_has_lag_1(tmp_path):
    rating = walk(2, 4.5, 0.1)
    before = np.append(rating[1:], 4.5)
    found = rating_factors.co_movement(world(rating), days_of(0.02 - (before - 4.5) / 100))
    found = found.set_index(["proxy", "lag_months"])
    assert found.loc[("pay_conversion", 1), ["months", "movement"]].tolist() == [22, "opposite"]
    assert found.loc[("pay_conversion", 1), "correlation"] == pytest.approx(-1)


def test_the_correlation_is_that_of_the_ranks_of_the_changes(tmp_path):
    rating, conversion = walk(3, 4.5, 0.1), 0.02 + walk(4, 0, 0.002)
    found = rating_factors.co_movement(world(rating), days_of(conversion))
    row = found.set_index(["proxy", "lag_months"]).loc[("pay_conversion", 0)]
    rated, moved = np.diff(rating.round(6)), np.diff(conversion)
    expected = stats.spearmanr(rated, moved)
    assert row.correlation == pytest.approx(expected.statistic)
    assert row.p_value >= expected.pvalue - 1e-12  # fewer pairs count than there are
    assert found.p_adjusted.tolist() == pytest.approx(evidence.holm(found.p_value).tolist())


def test_of_unrelated_figures_hardly_one_in_twenty_stands_out():
    """Months that have nothing to do with each other, whose changes fall back as they rose."""
    random, found = np.random.default_rng(5), 0
    for _each in range(400):
        a, b = (pd.Series(random.normal(size=37)).diff() for _side in range(2))
        found += rating_factors._related(a, b)[2] < 0.05
    assert 4 <= found <= 28


def test_the_figures_that_stand_for_the_factors(tmp_path):
    orders = pd.DataFrame(
        {
            "order_id": [f"o{n}" for n in range(48)],
            "paid_at": [f"{month}-{day}" for month in MONTHS for day in ("01", "20")],
            "paid": 100,
            "refund": [n % 7 for n in range(48)],
        }
    )
    days = days_of(
        [0.02] * 24, page_views=[40_000, 60_000], bounce_rate=[0.5, 0.7], new_visitors=[9_000, 1_000]
    )
    shop_ = world(walk(6, 4.5, 0.1), orders)
    figures = rating_factors._figures(shop_, days)
    assert figures.index.tolist() == list(MONTHS)
    assert figures.pages_per_visitor.iloc[3] == pytest.approx(16 * 4 / 31 + 15 * 6 / 31, abs=0.2)
    assert figures.bounce_rate.between(0.59, 0.61).all()
    assert figures.new_visitor_share.between(0.45, 0.55).all()
    assert figures.refund_share.iloc[:3].tolist() == pytest.approx([1 / 200, 5 / 200, 9 / 200])
    assert np.isnan(figures.refund_share.iloc[-1])  # its refunds are still to come
    found = rating_factors.co_movement(shop_, days)
    assert set(found.factor) == {"conversion", "service", "decoration", "traffic_quality"}
    assert found[found.proxy == "pay_conversion"].correlation.isna().all()  # it never changes


def test_the_month_in_which_a_day_of_traffic_is_missing_does_not_count(tmp_path):
    rating = walk(1, 4.5, 0.1)
    days = days_of(0.02 + (rating - 4.5) / 100)
    found = rating_factors.co_movement(world(rating), days[days.date != "2023-03-05"])
    row = found.set_index(["proxy", "lag_months"]).loc[("pay_conversion", 0)]
    assert row.months == 21


def test_less_than_twelve_changes_are_too_few(tmp_path):
    rating = walk(1, 4.5, 0.1)
    shop_, days = world(rating), days_of(0.02 + rating / 1000)
    enough = rating_factors.co_movement(shop_, days[days.date >= "2023-06-01"])
    assert enough[enough.proxy == "pay_conversion"].months.tolist() == [12]
    few = rating_factors.co_movement(shop_, days[days.date >= "2023-07-01"])
    assert isinstance(few, NotComputed)
    assert (
        few.sentence()
        == "not computed: needs ratings (12 changes from month to month, of ratings and of traffic)"
    )
    missing = NotComputed("traffic.visitors")
    assert rating_factors.co_movement(shop_, missing) is rating_factors.sentence(missing, RULES) is missing
    unrated = shop_of(tmp_path / "b", ORDERS)
    assert rating_factors.co_movement(unrated, days) == NotComputed("ratings.description")


def test_the_back_ends_last_score_of_each_month_is_its_rating(tmp_path):
    rows = [
        (f"{month}-{day}", score, None, None) for month in MONTHS for day, score in (("05", 3), ("25", 4))
    ]
    daily = ratings.daily(shop(rows, BACK_END, name="ratings"))
    rated = rating_factors._rated(daily, date(2024, 6, 29))
    assert rated.index[[0, -1]].tolist() == [MONTHS[1], MONTHS[-2]]  # the first and the last are not whole
    assert set(rated) == {4}


def test_when_nothing_stands_out_the_sentence_says_so(tmp_path):
    found = rating_factors.co_movement(world(walk(3, 4.5, 0.1)), days_of(0.02 + walk(4, 0, 0.002)))
    said = "2 comparisons of monthly changes were made, and none stands out from chance."
    assert rating_factors.sentence(found, RULES) == said


def test_every_column_has_a_label_and_every_code_a_word(tmp_path):
    shop_ = world(walk(3, 4.5, 0.1))
    frames = [
        ratings.scores(shop_),
        ratings.trend(shop_),
        rating_factors.co_movement(shop_, days_of(0.02 + walk(4, 0, 0.002))),
    ]
    for found in frames:
        names = [labels.of_columns()[column] for column in found.columns]
        assert len(set(names)) == len(names)
    assert ">Service</td>" in table.show(frames[0])._repr_html_()
    codes = labels.of_codes()
    assert set(rating_factors.PROXIES) == set(codes["proxy"])
    assert set(rating_factors.PROXIES.values()) == set(codes["factor"])
    assert set(codes["movement"]) == {"together", "opposite", "nothing"}


def test_the_change_is_read_with_its_interval_and_without_one_alone():
    scores = pd.DataFrame(
        {
            "dimension": ["service", "logistics"],
            "rating_source": "reviews",
            "dsr_year_ago": [4.0, 4.0],
            "dsr_change": [-0.0371, 0.25],
            "change_low": [-0.137, np.nan],
            "change_high": [0.062, np.nan],
        }
    )
    found = ratings.shown(scores)
    assert found.dsr_change_text.tolist() == ["−0.037 (−0.137 to +0.062)", "+0.250"]
    assert list(found.columns) == ["dimension", "dsr_year_ago", "dsr_change_text"]
    assert "rating_source" in ratings.shown(scores.assign(rating_source=["reviews", "back_end"]))
