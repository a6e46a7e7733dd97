"""Matched: customers written to beside others alike before, what it finds, and when it is not trusted."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from fulfil import in_memory

from shopcrm_nb import campaign_words, labels, matched, matched_telling, table
from shopcrm_nb.absent import NotComputed

START = pd.Timestamp("2023-01-01")
BEGINS, WINDOW, DAYS = 480, 14, 500  # days after START


def simulated(seed, by, people=2500, effect=0.0, drawn_before=0):
    """A shop whose customers buy at rates of their own, and a campaign; ``by`` tells whom it writes to.

    by "behaviour": what they did up to ``drawn_before`` days before; "rate": their rate, that nobody sees.
    A share ``effect`` of those written to orders once more for 100 in its days. Returns shop, campaigns.
    """
    random = np.random.default_rng(seed)
    trait = random.gamma(1, 1, people)
    counts = random.poisson(0.01 * trait * DAYS)
    who = np.repeat(np.arange(people), counts)
    day = random.uniform(0, DAYS, len(who))
    paid = random.lognormal(4, 0.3, len(who))
    seen = pd.DataFrame({"who": who, "day": day, "paid": paid})[day < BEGINS - drawn_before]
    year = seen[seen.day >= BEGINS - drawn_before - 365].groupby("who").paid.sum()
    last = seen.groupby("who").day.max().reindex(range(people))
    spent = np.log1p(year.reindex(range(people)).fillna(0).to_numpy())
    score = spent / 2 - (BEGINS - last.fillna(-999).to_numpy()) / 60
    score = score if by == "behaviour" else 3 * np.log(trait)
    had = last.notna().to_numpy()
    chance = 1 / (1 + np.exp(-1.5 * (score - np.quantile(score[had], 0.7))))
    written = np.flatnonzero(had & (random.random(people) < chance))
    more = written[random.random(len(written)) < effect]
    orders = pd.DataFrame(
        {
            "customer_id": [f"c{n}" for n in (*who, *more)],
            "paid_at": moments([*day, *(BEGINS + random.uniform(0, 7, len(more)))]),
            "paid": [*paid.round(2), *np.full(len(more), 100.0)],
        }
    )
    orders["order_id"] = [f"o{n}" for n in range(len(orders))]
    sends = pd.DataFrame(
        {"customer_id": [f"c{n}" for n in written], "sent_at": START + pd.Timedelta(days=BEGINS)}
    )
    return shop_of(orders, sends), campaigns_of(BEGINS, WINDOW)


def moments(days):
    return START + pd.to_timedelta((np.array(days) * 86_400).round(), unit="s")


def campaigns_of(begins, days):
    start = (START + pd.Timedelta(days=begins)).date()
    return pd.DataFrame(
        {"campaign_id": ["k"], "start": [start], "end": [start + dt.timedelta(days=days - 1)]}
    )


def shop_of(orders, sends, rules=None, campaigns="k"):
    as_of = str((START + pd.Timedelta(days=DAYS - 1)).date())
    sends = sends.assign(channel="sms", **({} if "campaign_id" in sends else {"campaign_id": campaigns}))
    told = pd.DataFrame({"campaign_id": ["k"], "name": ["k"], "start": [START], "end": [START]})
    return in_memory(orders, as_of=as_of, rules=rules, sends=sends, campaigns=told)


def few(written=10, others=20, rules=None, **sends):
    """Customers alike on day 440; those written to then buy for 30 each, 5 of the others for 12."""
    people = [f"w{n:02}" for n in range(written)] + [f"x{n:02}" for n in range(others)]
    later = [(f"w{n:02}", 481, 30) for n in range(written)] + [(f"x{n:02}", 482, 12) for n in range(5)]
    rows = [("old", 0, 1), *((one, 440, 50) for one in people), *later]
    orders = pd.DataFrame(rows, columns=["customer_id", "day", "paid"])
    orders = orders.assign(order_id=[f"o{n}" for n in range(len(orders))], paid_at=moments(orders.pop("day")))
    to = people[:written]
    sent = pd.DataFrame({"customer_id": to, "sent_at": START + pd.Timedelta(days=BEGINS)} | sends)
    limits = {"campaign": {"min_customers": 5} | (rules or {})}
    return orders, sent, limits


def own(found):
    return found[found.comparison == "campaign"].iloc[0]


def test_alike_customers_by_hand():
    orders, sends, rules = few()
    found = matched.comparisons(shop_of(orders, sends, rules), campaigns_of(BEGINS, WINDOW), "k")
    row = own(found)
    assert (row.customers, row.without_orders, row.unmatched, row.matched) == (10, 0, 0, 10)
    assert row.alike_customers == 20  # the customer of day 0 is like nobody
    assert row.difference == pytest.approx(30 - 5 * 12 / 20)
    assert row.share_difference == pytest.approx(1 - 5 / 20)
    assert row.naive_difference == pytest.approx(30 - 5 * 12 / 21)
    assert (str(row.start), str(row.end)) == ("2024-04-25", "2024-05-08")
    # the 20 vary by 12² (1/4)(3/4) 20/19 with 19 degrees of freedom, those written to not at all
    half = 2.093024 * (144 * 0.1875 * 20 / 19 / 20) ** 0.5
    assert (row.difference_low, row.difference_high) == pytest.approx((27 - half, 27 + half), abs=1e-5)
    assert not found.difference[1:].notna().any()  # nobody of these bought before


def test_what_was_before_ends_the_day_before_and_reaches_back_by_the_days_that_count():
    rows = [("old", 0, 1), ("a", 114, 1), ("a", 115, 2), ("a", 479, 4), ("a", 480, 8), ("a", 493, 16)]
    rows += [("a", 494, 32), ("new", 480, 64)]
    orders = pd.DataFrame(rows, columns=["customer_id", "day", "paid"])
    orders = orders.assign(order_id=[f"o{n}" for n in range(len(orders))], paid_at=moments(orders.pop("day")))
    shop = shop_of(orders, few()[1])
    start = (START + pd.Timedelta(days=BEGINS)).date()
    span = matched.Span(
        "campaign", start - dt.timedelta(days=365), start, start, start + dt.timedelta(days=WINDOW - 1)
    )
    found = matched._customers(shop, "k", span).to_pandas().sort_values("tenure_days", ignore_index=True)
    assert found.tenure_days.tolist() == [366, 480]  # a and old; the new one was not known before
    row = found.iloc[0]
    assert (row.before_orders, row.before_net_sales, row.recency_days) == (2, 6, 1)
    assert (row.net_sales, row.buyer) == (24, 1)


def spans_of(start):
    """The spans of a campaign that begins so many days after the first order, all days told like that."""
    orders, sends, _rules = few()
    shop = shop_of(orders, sends)
    first = shop.first_day
    found = matched._spans(shop, first + dt.timedelta(days=start), first + dt.timedelta(days=start + 13))
    return {
        span.comparison: [(day - first).days for day in (span.since, span.at, span.start, span.end)]
        for span in found
    }


def test_the_placebos_are_the_weeks_before_the_campaign_and_those_before_what_makes_alike():
    assert spans_of(480) == {
        "campaign": [115, 480, 480, 493],
        "weeks_before": [87, 452, 452, 479],
        "long_before": [115, 480, 87, 114],
    }


def test_a_placebo_needs_a_quarter_of_a_year_of_behaviour():
    assert spans_of(147)["long_before"] == [56, 147, 28, 55]
    assert list(spans_of(146)) == ["campaign", "weeks_before"]
    assert list(spans_of(119)) == ["campaign", "weeks_before"]
    assert list(spans_of(118)) == ["campaign"]


def test_an_interval_of_either_measure_that_leaves_nothing_warns():
    ends = {"difference_low": [-1, -1, 1, -2], "difference_high": [1, 1, 2, -1]}
    shares = {"share_low": [-1, 1, -1, -1], "share_high": [1, 2, 1, 1]}
    assert matched._leaves_zero(pd.DataFrame(ends | shares)).tolist() == [False, True, True, True]


def test_the_verdict_follows_the_interval_and_messages_over_more_days_than_the_window_are_spread():
    orders, sends, rules = few()
    shop = shop_of(orders, sends, rules)
    found = matched.comparisons(shop, campaigns_of(BEGINS, WINDOW), "k")
    for low, high, verdict in ((1, 9, "worked"), (-1, 11, "cannot_tell"), (-9, -1, "did_not")):
        ends = found.assign(difference=(low + high) / 2, difference_low=low, difference_high=high)
        ends.loc[1:, "difference"] = np.nan
        for days, trust, said in ((7, "unchecked", verdict), (8, "spread", "cannot_tell")):
            judged = matched.result(ends.assign(spread_days=days), shop.settings.rules).iloc[0]
            assert (judged.trust, judged.verdict) == (trust, said)


def test_the_counts_of_those_written_to_add_up():
    orders, sends, rules = few()
    more = pd.DataFrame(
        {"customer_id": ["nobody", "old", "old"], "sent_at": START + pd.Timedelta(days=BEGINS)}
    )
    shop = shop_of(orders, pd.concat([sends, more]), rules)
    row = own(matched.comparisons(shop, campaigns_of(BEGINS, WINDOW), "k"))
    assert (row.customers, row.without_orders, row.unmatched, row.matched) == (12, 1, 1, 10)


def test_who_was_held_out_is_one_of_those_compared_with_and_who_was_also_written_to_is_not():
    orders, sends, rules = few(arm=["a"] * 9 + [None])
    out = pd.DataFrame({"customer_id": ["x00", "w00"], "sent_at": sends.sent_at[0], "arm": "Holdout"})
    row = own(
        matched.comparisons(
            shop_of(orders, pd.concat([sends, out]), rules), campaigns_of(BEGINS, WINDOW), "k"
        )
    )
    assert (row.matched, row.alike_customers) == (10, 20)


def test_the_days_run_from_the_first_message_to_the_window_after_the_last_first_one():
    orders, sends, rules = few()
    sends.loc[3, "sent_at"] = START + pd.Timedelta(days=BEGINS - 2)
    sends.loc[4, "sent_at"] = START + pd.Timedelta(days=BEGINS + 9, hours=23)
    again = sends.iloc[[5]].assign(sent_at=START + pd.Timedelta(days=BEGINS + 13))
    shop = shop_of(orders, pd.concat([sends, again]), rules)
    found = matched.comparisons(shop, campaigns_of(BEGINS, 3), "k")
    assert (str(own(found).start), str(own(found).end)) == ("2024-04-23", "2024-05-11")
    assert own(found).spread_days == 11
    judged = matched.result(found, shop.settings.rules).iloc[0]
    assert (judged.trust, judged.verdict) == ("spread", "cannot_tell")
    said = matched_telling.sentence(
        found, matched.result(found, shop.settings.rules), shop.settings.rules, "CNY"
    )
    assert "The first messages went out over 11 days." in said


def test_messages_of_other_campaigns_at_the_same_time_are_told():
    orders, sends, rules = few()
    more = pd.DataFrame({"customer_id": ["w00", "w01", "x00", "x01", "x02", "x03"], "campaign_id": "other"})
    days = [BEGINS - 7, BEGINS - 8, BEGINS, BEGINS, BEGINS + 13, BEGINS + 14]
    more["sent_at"] = [START + pd.Timedelta(days=day) for day in days]
    shop = shop_of(orders, pd.concat([sends.assign(campaign_id="k"), more]), rules)
    row = own(matched.comparisons(shop, campaigns_of(BEGINS, WINDOW), "k"))
    assert (row.others_share, row.compared_others_share) == (0.1, 0.15)


def test_what_cannot_be_compared_is_said():
    orders, sends, rules = few()
    campaigns = campaigns_of(BEGINS, WINDOW)
    cases = {
        "needs sends.campaign_id": in_memory(orders.assign(order_id="x"), as_of="2024-05-14"),
        "needs a message of the campaign": shop_of(orders, sends, rules, campaigns="other"),
        "needs enough customers": shop_of(orders, sends, {"campaign": {"min_customers": 11}}),
    }
    for said, shop in cases.items():
        found = matched.comparisons(shop, campaigns, "k")
        assert isinstance(found, NotComputed)
        assert said in found.sentence()
    late = matched.comparisons(shop_of(orders, sends, rules), campaigns_of(BEGINS, 21), "k")
    assert late.sentence() == "not computed: needs orders up to 2024-05-15"
    assert matched.result(late, None) is late


# --- simulated shops ----------------------------------------------------------------------------------------


def test_selection_on_behaviour_is_matched_away_where_the_naive_comparison_finds_much():
    shop, campaigns = simulated(1, "behaviour", drawn_before=28)
    found = matched.comparisons(shop, campaigns, "k")
    row = own(found)
    assert row.difference_low < 0 < row.difference_high
    assert row.share_low < 0 < row.share_high
    assert row.naive_difference > max(row.difference_high, 5)
    judged = matched.result(found, shop.settings.rules).iloc[0]
    assert (judged.trust, judged.verdict) == ("weaker", "cannot_tell")


def test_a_true_effect_is_found_and_called_one():
    shop, campaigns = simulated(3, "behaviour", effect=0.5, drawn_before=28)
    found = matched.comparisons(shop, campaigns, "k")
    row = own(found)
    assert row.difference_low < 50 < row.difference_high
    judged = matched.result(found, shop.settings.rules).iloc[0]
    assert (judged.trust, judged.verdict) == ("weaker", "worked")
    assert judged.incremental_net_sales == pytest.approx(row.difference * row.matched, abs=1e-3)
    assert judged.incremental_net_sales_low == pytest.approx(row.difference_low * row.matched, abs=1e-3)


def test_selection_on_something_unseen_is_warned_of_by_the_placebo():
    shop, campaigns = simulated(2, "rate", people=6000)
    found = matched.comparisons(shop, campaigns, "k")
    judged = matched.result(found, shop.settings.rules)
    assert own(found).difference_low > 0  # which looks like an effect, and is none
    assert (judged.trust[0], judged.verdict[0]) == ("untrusted", "cannot_tell")
    said = matched_telling.sentence(found, judged, shop.settings.rules, "CNY")
    assert "they were not alike, so this comparison is not to be trusted." in said


def test_a_list_drawn_by_the_last_weeks_warns_on_these_and_not_on_those_long_before():
    shop, campaigns = simulated(4, "behaviour")
    found = matched.comparisons(shop, campaigns, "k").set_index("comparison")
    assert found.leaves_zero.to_dict() == {"campaign": False, "weeks_before": True, "long_before": False}
    found = found.reset_index()
    judged = matched.result(found, shop.settings.rules)
    said = matched_telling.sentence(found, judged, shop.settings.rules, "CNY")
    assert "They may have been chosen for what they did in these very weeks; the data cannot tell." in said


def test_the_result_does_not_depend_on_the_order_of_the_rows():
    orders, sends, rules = few()
    mixed = shop_of(orders.sample(frac=1, random_state=1), sends.sample(frac=1, random_state=1), rules)
    both = [
        matched.comparisons(s, campaigns_of(BEGINS, WINDOW), "k")
        for s in (shop_of(orders, sends, rules), mixed)
    ]
    pd.testing.assert_frame_equal(*both)


# --- what a reader sees -------------------------------------------------------------------------------------


def test_a_short_history_leaves_the_comparison_unchecked():
    orders, sends, rules = few()
    shop = shop_of(orders, sends, rules)
    found = matched.comparisons(shop, campaigns_of(BEGINS, WINDOW), "k")
    judged = matched.result(found, shop.settings.rules)
    assert judged.trust[0] == "unchecked"
    said = matched_telling.sentence(found, judged, shop.settings.rules, "CNY")
    assert said == (
        "10 of the 10 customers written to have others alike before the campaign to whom it did not write; "
        "from 2024-04-25 to 2024-05-08 the net sales per head of those written to differ by +¥27 (95% "
        "interval +¥24.50 to +¥29.50). Without matching they differ by +¥27.14. The data do not reach back "
        "far enough to check whether they were alike before. This is weaker than a comparison with customers "
        "held out by chance: whoever made the list may have known more of the customers than these figures "
        "show."
    )


def test_every_column_has_a_label_and_every_code_a_word():
    orders, sends, rules = few()
    shop = shop_of(orders, sends, rules)
    found = matched.comparisons(shop, campaigns_of(BEGINS, WINDOW), "k")
    judged = matched.result(found, shop.settings.rules)
    for frame in (found, judged):
        assert set(frame.columns) <= set(labels.of_columns())
    codes = campaign_words.codes()
    assert set(codes["comparison"]) == {"campaign", *matched.PLACEBOS}
    assert set(codes["trust"]) == {"randomised", "spread", "untrusted", "unchecked", "weaker"}
    text = table.show(judged, "CNY")._repr_html_()
    for cell in ("27.00", "+75.00%", "weak, and not checked"):
        assert f">{cell}</td>" in text
