"""Before and after: a campaign's days beside the weekdays before, a year before, and the slump after."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from fulfil import in_memory
from scipy import stats

from shopcrm_nb import (
    before_after,
    before_after_telling,
    campaign_traffic,
    campaign_words,
    history,
    labels,
    table,
)
from shopcrm_nb.absent import NotComputed

FIRST = dt.date(2022, 1, 3)  # a Monday


def on(place):
    return FIRST + dt.timedelta(days=place)


def series(values):
    """Net sales of each day from FIRST on, with a tenth as many buyers."""
    days = pd.date_range(FIRST, periods=len(values))
    net = np.asarray(values, dtype=float)
    return pd.DataFrame({"net_sales": net, "buyers": net / 10}, index=days)


def shop_until(last):
    return SimpleNamespace(
        first_day=FIRST, as_of=last, settings=SimpleNamespace(rules=rules_of()), missing=lambda *_: None
    )


def campaigns_of(*spans):
    rows = [(f"k{n}", on(start), on(end)) for n, (start, end) in enumerate(spans)]
    return pd.DataFrame(rows, columns=["campaign_id", "start", "end"])


def compared(values, *spans):
    shop = shop_until(on(len(values) - 1))
    return before_after.compared(shop, series(values), campaigns_of(*spans), "k0")


def parts(values, *spans):
    return compared(values, *spans).set_index("campaign_part")


def noisy(seed, days=900, trend=0.0, **changes):
    """Sales of days with weekends, noise and a trend; ``changes`` are factors of days, as from_to=factor."""
    random = np.random.default_rng(seed)
    day = np.arange(days)
    values = 1000 * np.exp(trend * day) * (1 + 0.5 * (day % 7 >= 5)) * random.lognormal(0, 0.1, days)
    for span, factor in changes.items():
        start, end = map(int, span.strip("d").split("_"))
        values[start : end + 1] *= factor
    return values.round(2)


# --- by hand ------------------------------------------------------------------------------------------------


def test_days_are_set_beside_the_same_weekdays_of_four_weeks():
    # Four weeks of 10 a day and 40 on Sundays, then a Saturday of 30 and a Sunday of 60, then 5 and 6.
    values = [10, 10, 10, 10, 10, 10, 40] * 5
    values[33:35] = [30, 60]
    found = parts([*values, 5, 6], (33, 34))
    assert found.expected_net_sales["campaign"] == 50  # not 2 times the mean of all days
    assert found.extra_net_sales["campaign"] == 40
    assert found.change_share["campaign"] == pytest.approx(0.8)
    assert (found.buyers_per_day["campaign"], found.expected_buyers_per_day["campaign"]) == (4.5, 2.5)
    assert found.extra_net_sales["after"] == 5 + 6 - 20
    assert found.extra_net_sales["both"] == 31
    assert found.change_share["both"] == pytest.approx(31 / 70)
    assert (found.start["both"], found.end["both"], found.days["both"]) == (on(33), on(36), 4)
    assert np.isnan(found.extra_low["campaign"])  # too few weeks to tell how much days vary
    assert np.isnan(found.change_share["against_year"])


def test_the_interval_is_what_the_same_comparison_finds_on_quiet_weeks():
    values = noisy(1, 30 * 7, d203_209=1.5)
    found = parts(values, (203, 209))
    weekly = values.reshape(-1, 7).sum(axis=1)
    quiet = [np.log(weekly[28 - k] / weekly[24 - k : 28 - k].mean()) for k in range(13)]
    assert found.placebo_periods["campaign"] == 13
    assert found.placebo_change_share["campaign"] == pytest.approx(np.expm1(np.mean(quiet)))
    mean_reach = stats.t.ppf(0.975, 12) * np.std(quiet, ddof=1) / 13**0.5
    assert found.placebo_change_share_high["campaign"] == pytest.approx(np.expm1(np.mean(quiet) + mean_reach))
    change = np.log(weekly[29] / weekly[25:29].mean())
    reach = stats.t.ppf(0.975, 12) * np.std(quiet, ddof=1) * (1 + 1 / 13) ** 0.5
    assert found.change_share_low["campaign"] == pytest.approx(np.expm1(change - reach))
    assert found.change_share_high["campaign"] == pytest.approx(np.expm1(change + reach))
    expected = weekly[25:29].mean()
    assert found.extra_low["campaign"] == pytest.approx(weekly[29] - expected * np.exp(reach))
    assert found.extra_high["campaign"] == pytest.approx(weekly[29] - expected * np.exp(-reach))


def test_the_days_after_are_set_beside_the_weeks_before_the_campaign():
    found = parts([10] * 35 + [20] * 7 + [10] * 7, (35, 41))
    assert (found.expected_net_sales["after"], found.extra_net_sales["after"]) == (70, 0)


def test_quiet_periods_of_a_short_campaign_lie_a_week_apart():
    values = noisy(4, 80)
    found = parts(values, (70, 71))
    # the first ends the day before; of the sixth, days 33 and 34, the four weeks before are still there
    quiet = []
    for end in (69, 62, 55, 48, 41, 34):
        expected = [np.mean(values[end - 29 : end - 1][day::7]) for day in (0, 1)]
        quiet.append(np.log(values[end - 1 : end + 1].sum() / np.sum(expected)))
    assert found.placebo_periods["campaign"] == 6
    assert found.placebo_change_share["campaign"] == pytest.approx(np.expm1(np.mean(quiet)))


def test_four_quiet_periods_are_enough_for_an_interval_and_three_are_not():
    four, three = (parts(noisy(4, 80), (start, start + 6)) for start in (56, 49))
    assert (four.placebo_periods["campaign"], three.placebo_periods["campaign"]) == (4, 3)
    assert np.isfinite(four.extra_low["campaign"]) and np.isnan(three.extra_low["campaign"])


def test_a_year_before_is_the_same_days_of_the_calendar():
    values = noisy(2, 900)
    row = parts(values, (800, 806)).loc["year_before"]
    days = series(values).net_sales
    start = on(800).replace(year=on(800).year - 1)
    assert (row.start, row.end) == (start, start + dt.timedelta(days=6))
    assert row.net_sales == pytest.approx(days[str(start) : str(row.end)].sum())
    # a whole week has each weekday once, so that the mean of four weeks is expected
    before = days[str(start - dt.timedelta(days=28)) : str(start - dt.timedelta(days=1))].sum() / 4
    assert row.expected_net_sales == pytest.approx(before)


def test_days_of_another_campaign_are_left_out_of_what_is_expected_as_in_the_picture():
    # 10 a day, 90 in the last week but one before it, in which another campaign ran.
    values = [10.0] * 84
    values[63:70] = [90.0] * 7
    found = parts(values, (77, 79), (63, 69))
    assert (found.expected_net_sales["campaign"], found.extra_net_sales["campaign"]) == (30, 0)
    assert (found.left_out_days == 7).all()
    assert parts(values, (77, 79)).expected_net_sales["campaign"] == 3 * (3 * 10 + 90) / 4
    by_day = series(values).rename_axis("date").reset_index()
    by_day = by_day.assign(**dict.fromkeys([*campaign_traffic.OF_VISITORS, "orders"], 1.0))
    daily = campaign_traffic.daily(by_day, campaigns_of((77, 79), (63, 69)), rules_of().campaign)
    mine = daily[(daily.campaign_id == "k0") & (daily.window == "during")]
    assert mine.expected_net_sales.sum() == found.expected_net_sales["campaign"]


def test_periods_of_another_campaign_are_no_quiet_ones():
    values = noisy(4, 80, d61_62=9)
    found = parts(values, (70, 71), (61, 62))
    assert found.placebo_periods["campaign"] == 5  # of six, without that of days 61 and 62
    quiet = []
    for end in (69, 55, 48, 41, 34):
        before = [values[d] for d in range(end - 29, end - 1) if d not in (61, 62)]
        place = [d for d in range(end - 29, end - 1) if d not in (61, 62)]
        of_day = {day: [v for v, d in zip(before, place, strict=True) if d % 7 == day] for day in range(7)}
        expected = sum(np.mean(of_day[day % 7]) for day in (end - 1, end))
        quiet.append(np.log(values[end - 1 : end + 1].sum() / expected))
    assert found.placebo_change_share["campaign"] == pytest.approx(np.expm1(np.mean(quiet)))


def test_where_a_weekday_lies_in_another_campaign_every_week_nothing_is_expected():
    found = compared([10.0] * 84, (77, 79), *((day, day) for day in (55, 62, 69, 76)))
    assert isinstance(found, pd.DataFrame)  # none of its own weekdays, nor of those after it
    found = compared([10.0] * 84, (77, 79), *((day, day) for day in (49, 56, 63, 70)))
    assert found.sentence() == "not computed: needs weeks before it with days of no other campaign"


def test_the_key_figures_are_the_amounts_of_the_page():
    found = compared([10.0] * 70 + [50.0] * 3 + [4.0] * 18, (70, 72))
    assert before_after.figures(found) == {
        "campaign.beside_expected_during": 120.0,
        "campaign.beside_expected_after": -18.0,
    }
    early = compared([10.0] * 70 + [50.0] * 3, (70, 72))
    assert before_after.figures(early) == {"campaign.beside_expected_during": 120.0}


def test_days_with_other_campaigns_are_counted_once():
    found = parts(noisy(3, 300), (250, 256), (240, 251), (251, 252), (260, 400))
    assert found.campaign_days["campaign"] == 3
    assert found.campaign_days["after"] == 4


# --- what is true is found ----------------------------------------------------------------------------------


def test_a_campaign_that_brought_more_is_found_and_one_that_only_moved_sales_forward_is_not():
    brought = before_after.result(compared(noisy(5, d800_806=1.5), (800, 806))).iloc[0]
    assert (brought.trust, brought.verdict) == ("weaker", "worked")
    moved = before_after.result(compared(noisy(5, d800_806=1.5, d807_813=0.5), (800, 806))).iloc[0]
    assert moved.extra_low > 0
    assert moved.both_extra_low < 0 < moved.both_extra_high
    assert moved.verdict == "cannot_tell"


def test_a_season_that_comes_every_year_is_no_campaign():
    a_year = {"d800_806": 1.5, "d435_441": 1.5}
    found = before_after.result(compared(noisy(6, **a_year), (800, 806))).iloc[0]
    assert found.extra_low > 0
    assert found.against_year_change_share_low < 0 < found.against_year_change_share_high
    assert found.verdict == "cannot_tell"


def test_a_shop_that_grows_anyway_is_warned_of():
    found = before_after.result(compared(noisy(7, trend=0.01), (800, 806))).iloc[0]
    assert found.extra_net_sales > 0
    assert (found.trust, found.verdict) == ("untrusted", "cannot_tell")


def test_without_a_year_before_nothing_is_said_to_have_worked():
    found = before_after.result(compared(noisy(8, 300, d250_256=2), (250, 256))).iloc[0]
    assert found.extra_low > 0
    assert (found.trust, found.verdict) == ("unchecked", "cannot_tell")


def test_the_intervals_cover_where_there_is_no_campaign():
    rows = [compared(noisy(seed), (800, 806)).set_index("campaign_part") for seed in range(100, 150)]
    for part, least in (("campaign", 0.9), ("against_year", 0.9), ("both", 0.9)):
        inside = [row.change_share_low[part] <= 0 <= row.change_share_high[part] for row in rows]
        assert np.mean(inside) >= least, part
    widths = [row.change_share_high["campaign"] - row.change_share_low["campaign"] for row in rows]
    assert np.mean(widths) < 0.3


# --- what is not over, not there, and what a reader sees ---------------------------------------------------


def test_days_that_are_not_over_are_blank_and_never_zero():
    found = parts(noisy(9, 810), (800, 806))
    assert found.loc["after", "net_sales":"buyers_change_share"].isna().all()
    assert np.isnan(found.extra_net_sales["both"])
    assert found.extra_net_sales.notna()["campaign"]


def test_what_cannot_be_compared_is_said():
    late = compared(noisy(9, 803), (800, 806))
    assert late.sentence() == f"not computed: needs orders up to {on(806)}"
    early = compared(noisy(9, 803), (27, 30))
    assert early.sentence() == f"not computed: needs orders from {on(-1)} on"
    assert before_after.result(early) is early
    assert isinstance(compared(noisy(9, 803), (28, 30)), pd.DataFrame)


def test_a_day_counts_each_buyer_once_and_orders_without_a_buyer_each():
    orders = """order_id customer_id paid_at paid
        1 a 2024-06-01T09:00 5
        2 a 2024-06-01T23:59 7
        3 - 2024-06-01T10:00 1
        4 - 2024-06-01T11:00 1
        5 b 2024-06-03T00:00 2"""
    days = before_after.daily(history.orders(in_memory(orders)))
    assert days.net_sales.tolist() == [14, 0, 2]
    assert days.buyers.tolist() == [3, 0, 1]
    assert [str(day.date()) for day in days.index] == ["2024-06-01", "2024-06-02", "2024-06-03"]
    no_names = "order_id paid_at paid\n1 2024-06-01 5\n2 2024-06-01 6"
    assert before_after.daily(history.orders(in_memory(no_names))).buyers.tolist() == [2]


def said_of(values, *spans):
    found = compared(values, *spans)
    return before_after_telling.sentence(found, before_after.result(found), rules_of(), "CNY")


def test_the_sentences_say_how_much_how_sure_and_why_it_is_weaker():
    values = [10, 10, 10, 10, 10, 10, 40] * 5
    values[33:35] = [30, 60]
    assert said_of([*values, 5, 6], (33, 34), (34, 40)) == (
        "On its 2 days the shop had net sales of ¥90, +¥40 (+80.0%) beside what the same weekdays of the 4 "
        "weeks before lead to expect. On as many days after it the difference is −¥9; both together, +¥31. "
        "The data do not reach back to the same days a year before. Too few such periods without another "
        "campaign lie before it to tell how they vary. On 1 of its days another campaign ran, too. This is "
        "weaker than a comparison with customers held out by chance: whatever else happened on these days is "
        "in it, too."
    )
    grows = said_of(noisy(7, trend=0.01), (800, 806))
    assert "net sales were changing anyway, so this comparison is not to be trusted." in grows
    assert "which chance alone can make" in said_of(noisy(5), (800, 806))
    assert "are not over yet" in said_of(noisy(9, 810), (800, 806))
    moved = said_of(noisy(5, d800_806=1.5, d807_813=0.5), (800, 806))
    amounts = parts(noisy(5, d800_806=1.5, d807_813=0.5), (800, 806)).extra_net_sales
    assert f"{-amounts['after'] / amounts['campaign']:.0%} of what came in more is gone again." in moved
    assert "gone again" not in said_of(noisy(5, d800_806=1.5), (800, 806))
    two = said_of(noisy(5), (800, 806), (780, 783))
    assert "4 days of the weeks before lie in other campaigns and are left out of what one would" in two
    assert (
        NotComputed("x").sentence()
        == before_after_telling.sentence(NotComputed("x"), None, None, "").sentence()
    )


def test_every_column_has_a_label_and_every_code_a_word():
    found = compared(noisy(5), (800, 806))
    for frame in (found, before_after.result(found)):
        assert set(frame.columns) <= set(labels.of_columns())
        assert len(table.show(frame, "CNY")._repr_html_())
    assert set(campaign_words.codes()["campaign_part"]) == set(found.campaign_part)
