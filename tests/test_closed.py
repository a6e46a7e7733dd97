"""Closed: which part of what was ordered is never paid, who buys after all, and whom to remind of what."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from build import rules_of, shop_of

from shopcrm_nb import closed, labels, model, placed, recoverable, table, windows
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.period import Period

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"
RULES = rules_of().closed
nan = float("nan")
JUNE = Period(date(2024, 6, 1), date(2024, 6, 30))
HEAD = "order_id customer_id paid_at created_at paid order_total refund status\n"


def orders(rows, head=HEAD):
    """Rows of n × (day, what became of it, amount): paid, refunded, closed_unpaid or unpaid."""
    lines, number = [], 0
    for n, day, status, amount in rows:
        for _each in range(n):
            number += 1
            paid_at = "-" if status in ("closed_unpaid", "unpaid") else f"{day}T12:00:00"
            refund = amount if status == "refunded" else 0
            paid = 0 if paid_at == "-" else amount
            lines.append(f"{number} c{number} {paid_at} {day}T10:00:00 {paid} {amount} {refund} {status}")
    return head + "\n".join(lines)


def day_of(shop, day):
    frame = closed.daily(shop)
    return frame[frame.day == date.fromisoformat(day)].iloc[0]


# --- the ratio by day ---------------------------------------------------------------------------------------


def test_of_100_paid_50_closed_30_refunded_and_20_waiting_a_quarter_is_closed(tmp_path):
    rows = [
        (100, "2024-06-01", "success", 10),
        (50, "2024-06-01", "closed_unpaid", 10),
        (30, "2024-06-01", "refunded", 10),
        (20, "2024-06-01", "unpaid", 10),
        (1, "2024-06-30", "success", 10),
    ]
    row = day_of(shop_of(tmp_path, orders(rows)), "2024-06-01")
    assert row[["placed_orders", "closed_orders", "waiting_orders"]].tolist() == [200, 50, 20]
    assert row[["placed_amount", "closed_amount"]].tolist() == [2000, 500]
    assert row.closed_share == row.closed_orders_share == 0.25


def test_the_share_by_amount_is_of_what_was_due_and_differs_from_that_of_orders(tmp_path):
    rows = [(1, "2024-06-01", "success", 100), (1, "2024-06-01", "closed_unpaid", 300)]
    row = day_of(shop_of(tmp_path, orders(rows)), "2024-06-01")
    assert (row.closed_share, row.closed_orders_share) == (0.75, 0.5)


def test_a_day_without_orders_is_there_and_its_shares_are_blank(tmp_path):
    rows = [(1, "2024-06-01", "closed_unpaid", 10), (1, "2024-06-03", "success", 10)]
    frame = closed.daily(shop_of(tmp_path, orders(rows)))
    assert frame.day.tolist() == [date(2024, 6, day) for day in (1, 2, 3)]
    assert frame.placed_orders.tolist() == [1, 0, 1]
    assert frame.closed_share.tolist() == pytest.approx([1, nan, 0], nan_ok=True)
    assert frame.closed_orders_share.tolist() == pytest.approx([1, nan, 0], nan_ok=True)


def test_the_week_is_weighted_by_amount_and_blank_before_it_is_full_or_where_nothing_was_placed(tmp_path):
    rows = [
        (1, "2024-06-01", "closed_unpaid", 700),
        (1, "2024-06-02", "success", 100),
        (1, "2024-06-08", "closed_unpaid", 100),
        (1, "2024-06-20", "success", 1),
    ]
    frame = closed.daily(shop_of(tmp_path, orders(rows))).set_index("day").closed_share_7_days
    assert frame[: date(2024, 6, 6)].isna().all()
    assert frame[date(2024, 6, 7)] == 0.875  # 700 of 800, not the mean of 1 and 0
    assert frame[date(2024, 6, 8)] == 0.5
    assert frame[date(2024, 6, 14)] == 1
    assert np.isnan(frame[date(2024, 6, 15)])


def test_the_last_days_are_immature_and_so_is_a_day_with_an_order_that_has_not_waited_too_long(tmp_path):
    rows = [
        (1, "2024-05-31", "unpaid", 10),  # 30 days before as_of: given up
        (1, "2024-06-01", "unpaid", 10),
        (1, "2024-06-05", "closed_unpaid", 10),
        (1, "2024-06-30", "success", 10),
    ]
    frame = closed.daily(shop_of(tmp_path, orders(rows)))
    assert frame[frame.immature].day.tolist() == [
        date(2024, 6, 1),
        *(date(2024, 6, d) for d in (28, 29, 30)),
    ]
    settled = shop_of(
        tmp_path / "b", orders(rows), settings="[rules.closed]\ndeadline_days = 0\nrecover_days = 0\n"
    )
    assert not closed.daily(settled).immature.any()


def test_what_came_after_as_of_is_not_in_and_an_order_paid_after_it_waits(tmp_path):
    rows = (
        HEAD
        + """
1 a 2024-06-01T10:00:00 2024-06-01T09:00:00 10 10 0 success
2 b -                   2024-06-01T23:59:59 0  10 0 closed_unpaid
3 c 2024-06-04T10:00:00 2024-06-02T09:00:00 10 10 0 success
4 d -                   2024-06-03T00:00:00 0  10 0 closed_unpaid
5 e 2024-06-02T23:59:59 2024-06-02T09:00:00 10 10 0 success
"""
    )
    frame = closed.daily(shop_of(tmp_path, rows, as_of="2024-06-02"))
    assert frame.placed_orders.tolist() == [2, 2]
    assert frame.waiting_orders.tolist() == [0, 1]
    assert frame.closed_orders.tolist() == [1, 0]


def test_a_shop_with_paid_orders_only_cannot_tell(tmp_path):
    shop = shop_of(tmp_path, "order_id customer_id paid_at paid\n1 a 2024-06-30 10")
    for found in (
        closed.daily(shop),
        closed.summary(shop, JUNE),
        closed.sums(shop, {"now": JUNE}),
    ):
        assert isinstance(found, NotComputed)
        assert found.sentence() == (
            "not computed: needs orders.status (no order up to 2024-06-30 is closed without payment; an "
            "export of paid orders alone cannot tell)"
        )
        assert closed.won_back(found) is closed.sentence(found, RULES, "CNY") is closed.recent(found) is found


def test_a_shop_that_never_marks_an_order_as_closed_cannot_tell_though_some_wait(tmp_path):
    rows = [(3, "2022-06-01", "unpaid", 10), (1, "2024-06-30", "success", 10)]
    assert closed.daily(shop_of(tmp_path, orders(rows))).needs == "orders.status"


def test_closed_orders_without_the_day_they_were_placed_cannot_be_counted(tmp_path):
    rows = "order_id customer_id paid_at paid status\n1 a 2024-06-30 10 success\n2 b - 10 closed_unpaid"
    assert closed.daily(shop_of(tmp_path, rows)).needs == "orders.created_at"


def test_closed_orders_without_amounts_are_counted_and_their_amounts_are_blank(tmp_path):
    rows = [
        (1, "2024-06-01", "success", 10),
        (1, "2024-06-01", "closed_unpaid", 0),
        (1, "2024-06-30", "success", 1),
    ]
    shop = shop_of(tmp_path, orders(rows))
    row, found = day_of(shop, "2024-06-01"), closed.summary(shop, JUNE).iloc[0]
    assert row.closed_orders_share == 0.5
    assert np.isnan([row.closed_amount, row.closed_share]).all()
    assert np.isnan(
        [found.closed_amount, found.closed_share, found.recovered_amount, found.lost_amount]
    ).all()
    assert closed.sums(shop, {"now": JUNE}).needs == "orders.order_total"
    assert closed.won_back(closed.summary(shop, JUNE)).needs == "orders.order_total"
    said = closed.sentence(closed.summary(shop, JUNE), RULES, "CNY")
    assert said == "1 of the 2 orders placed from 2024-06-01 to 2024-06-27 (50.0%) closed without payment."


# --- a period -----------------------------------------------------------------------------------------------

PEOPLE = (
    HEAD
    + """
1 ann -                   2024-06-02T10:00:00 0   100 0   closed_unpaid
2 ann 2024-06-02T10:00:00 2024-06-02T09:00:00 40  40  0   success
3 bob -                   2024-06-03T10:00:00 0   200 0   closed_unpaid
4 bob 2024-06-06T23:00:00 2024-06-06T22:00:00 60  60  0   success
5 cat -                   2024-06-03T10:00:00 0   400 0   closed_unpaid
6 cat 2024-06-07T00:00:00 2024-06-07T00:00:00 60  60  0   success
7 dan -                   2024-06-04T10:00:00 0   800 0   closed_unpaid
8 dan 2024-06-04T11:00:00 2024-06-04T11:00:00 90  90  90  refunded
9 -   -                   2024-06-05T10:00:00 0   50  0   closed_unpaid
a eve -                   2024-06-05T10:00:00 0   25  0   closed_unpaid
b eve 2024-06-05T09:59:59 2024-06-05T09:00:00 30  30  0   success
c fay -                   2024-06-28T10:00:00 0   999 0   closed_unpaid
d gus -                   2024-06-27T10:00:00 0   10  0   unpaid
e hal 2024-06-30T10:00:00 2024-06-30T10:00:00 10  10  0   success
"""
)


def test_who_pays_another_order_within_the_deadline_has_bought_after_all(tmp_path):
    # ann at that moment, bob on the third day after; cat is a day late, dan's was refunded, eve's was before
    found = closed.summary(shop_of(tmp_path, PEOPLE), JUNE).iloc[0]
    assert (found.start, found.end) == (date(2024, 6, 1), date(2024, 6, 27))
    assert found[["placed_orders", "closed_orders", "waiting_orders"]].tolist() == [12, 6, 1]
    assert (found.recovered_orders, found.recovered_amount) == (2, 300)
    assert found.closed_amount == 1575
    assert found.lost_amount == 1275
    assert found.closed_share == pytest.approx(1575 / (1575 + 40 + 60 + 60 + 90 + 30 + 10))
    assert found.closed_orders_share == 0.5


def test_winning_back_a_part_brings_that_part_of_the_lost_amount(tmp_path):
    found = closed.won_back(closed.summary(shop_of(tmp_path, PEOPLE), JUNE))
    assert found.won_back_share.tolist() == [0.1, 0.2, 0.3]
    assert found.won_back_amount.tolist() == [127.5, 255, 382.5]


def test_what_winning_back_brings_is_said_and_nothing_where_nothing_was_lost(tmp_path):
    found = closed.won_back(closed.summary(shop_of(tmp_path, PEOPLE), JUNE))
    assert closed.won_back_sentence(found, "CNY") == (
        "Winning back a part of the lost amount would bring ¥128 at 10%, ¥255 at 20%, ¥382 at 30%."
    )
    assert closed.won_back_sentence(found.assign(won_back_amount=0.0), "CNY") == ""


def test_without_customers_the_share_is_known_and_who_bought_after_all_is_not(tmp_path):
    words = [line.split() for line in PEOPLE.split("\n")[1:] if line]
    text = "\n".join(" ".join([first, "-", *rest]) for first, _who, *rest in words)
    shop = shop_of(tmp_path, HEAD + text)
    found = closed.summary(shop, JUNE)
    assert found.closed_amount.iloc[0] == 1575
    assert found[["recovered_orders", "recovered_amount", "lost_amount"]].isna().all(axis=None)
    assert closed.won_back(found).needs == "orders.customer_id"
    text = "\n".join(" ".join([first, *rest]) for first, _who, *rest in words)
    none = shop_of(tmp_path / "b", HEAD.replace("customer_id ", "") + text)
    pd.testing.assert_frame_equal(closed.summary(none, JUNE), found)
    assert recoverable.orders(none).needs == "orders.customer_id"


def test_sums_leave_out_the_last_days_of_each_period_and_add_up_to_the_summary(tmp_path):
    shop = shop_of(tmp_path, PEOPLE)
    periods = {"now": JUNE, "then": JUNE.back(12)}
    summed = closed.sums(shop, periods)
    whole, found = windows.totals(summed, periods), closed.summary(shop, JUNE).iloc[0]
    assert whole.loc["now"].to_dict() == found[list(closed.MEASURES)].to_dict()
    assert whole.loc["then"].tolist() == [0] * 5
    assert summed.group.nunique() > 3


def test_reasons_by_their_number_and_one_row_for_those_that_give_none(tmp_path):
    head = HEAD.strip() + " close_reason\n"
    rows = [
        f"{n} a - 2024-06-0{n}T10:00:00 0 {n}0 0 closed_unpaid {why}"
        for n, why in zip(range(1, 6), "xyx-y", strict=True)
    ]
    rows += ["8 a - 2024-06-09T10:00:00 0 1 0 unpaid z", "9 a 2024-06-30 2024-06-30T10:00:00 9 9 0 success q"]
    found = closed.reasons(shop_of(tmp_path, head + "\n".join(rows)), JUNE)
    assert found.close_reason.tolist() == ["x", "y", "none given"]
    assert found.closed_orders.tolist() == [2, 2, 1]
    assert found.share.tolist() == [0.4, 0.4, 0.2]
    assert found.closed_amount.tolist() == [40, 70, 40]


def test_rare_reasons_make_one_row_and_all_of_them_add_up(tmp_path):
    head = HEAD.strip() + " close_reason\n"
    rows = [f"{n} a - 2024-06-02T10:00:00 0 1 0 closed_unpaid r{n:02d}" for n in range(10, 50)]
    rows.append("1 a 2024-06-30 2024-06-30T10:00:00 9 9 0 success -")
    found = closed.reasons(shop_of(tmp_path, head + "\n".join(rows)), JUNE)
    assert len(found) == closed.REASONS + 1
    assert found.iloc[0].tolist() == ["others", 20, 0.5, 20]
    assert found.closed_orders.sum() == 40


@pytest.mark.parametrize("reason", [True, False])
def test_without_any_reason_there_are_none(tmp_path, reason):
    head = HEAD.strip() + (" close_reason\n" if reason else "\n")
    end = " -" if reason else ""
    rows = f"1 a - 2024-06-02T10:00:00 0 1 0 closed_unpaid{end}\n2 a 2024-06-30 2024-06-30 9 9 0 success{end}"
    assert closed.reasons(shop_of(tmp_path, head + rows), JUNE).needs == "orders.close_reason"


# --- what to do ---------------------------------------------------------------------------------------------


def waiting(n, who, days, amount, status="unpaid"):
    day = date(2024, 6, 30) - timedelta(days=days)
    return f"{n} {who} - {day}T10:00:00 0 {amount} 0 {status}"


def listed(shop):
    return recoverable.orders(shop).to_pandas()


STEPS = "\n".join(
    [
        "0 zoe 2024-06-30T09:00:00 2024-06-30T09:00:00 100 100 0 success",
        *(waiting(n, f"w{n}", n - 1, 50) for n in range(1, 6)),
        waiting(6, "dear", 2, 900),
        waiting(7, "dearest", 3, 901),
        waiting(8, "gone", 1, 51, "closed_unpaid"),
        waiting(9, "lost", 29, 902, "closed_unpaid"),
    ]
)


def test_the_day_after_an_order_e_mail_then_a_message_and_a_call_for_the_dear_ones(tmp_path):
    found = listed(shop_of(tmp_path, HEAD + STEPS)).set_index("customer_id")
    steps = found.next_step
    assert steps[["w1", "w2", "w3", "w4", "w5"]].tolist() == ["wait", "email", "sms", "sms", "sms"]
    # mean (100 + 5·50 + 900 + 901 + 51 + 902) / 10 = 310.4, twice that 620.8
    assert steps[["dear", "dearest", "gone", "lost"]].tolist() == ["sms", "call", "re_invite", "call"]
    assert found.days_since[["w1", "dear", "lost"]].tolist() == [0, 2, 29]
    assert found.status[["w1", "gone"]].tolist() == ["unpaid", "closed_unpaid"]


def test_the_list_has_the_highest_amounts_first_and_then_the_order_ids(tmp_path):
    found = listed(shop_of(tmp_path, HEAD + STEPS))
    assert found.order_total.tolist() == [902, 901, 900, 51] + [50] * 5
    assert found.order_id.tolist()[4:] == ["1", "2", "3", "4", "5"]
    shown = [
        "order_id",
        "customer_id",
        "created_at",
        "order_total",
        "status",
        "close_reason",
        "days_since",
        "next_step",
    ]
    assert found.columns.tolist() == shown


def test_an_amount_of_exactly_so_many_mean_orders_is_worth_a_call(tmp_path):
    rows = "0 z 2024-06-30T09:00:00 2024-06-30T09:00:00 1 1 0 success\n" + waiting(1, "a", 5, 3)
    for times, step in ((1.5, "call"), (1.51, "sms")):
        shop = shop_of(tmp_path / step, HEAD + rows, settings=f"[rules.closed]\ncall_times = {times}\n")
        assert listed(shop).next_step.tolist() == [step]


def test_left_out_are_old_orders_strangers_the_blacklist_and_who_bought_since(tmp_path):
    rows = [
        waiting(1, "old", 30, 10),
        waiting(2, "oldest", 300, 10, "closed_unpaid"),
        waiting(3, "-", 2, 10),
        waiting(4, "bad", 2, 10),
        waiting(5, "bought", 9, 10, "closed_unpaid"),
        "6 bought 2024-06-30T23:00:00 2024-06-30T23:00:00 5 5 0 success",
        waiting(7, "again", 2, 10),
        "8 again 2024-06-28T10:00:00 2024-06-28T10:00:00 5 5 0 success",
        waiting(9, "before", 2, 10),
        "a before 2024-06-28T09:59:59 2024-06-28T09:00:00 5 5 0 success",
        waiting("b", "refunded", 2, 10),
        "c refunded 2024-06-29T10:00:00 2024-06-29T10:00:00 5 5 5 refunded",
        waiting("d", "fine", 29, 10),
    ]
    people = "customer_id blacklisted\nbad 1\nfine 0\nbefore -\n"
    found = listed(shop_of(tmp_path, HEAD + "\n".join(rows), customers=people))
    assert found.customer_id.tolist() == ["before", "refunded", "fine"]


def test_the_steps_of_the_list_add_up_to_it(tmp_path):
    shop = shop_of(tmp_path, HEAD + STEPS)
    found = recoverable.steps(recoverable.orders(shop))
    assert found.next_step.tolist() == ["call", "sms", "re_invite", "email", "wait"]
    assert found.orders.tolist() == [2, 4, 1, 1, 1]
    assert found.order_amount.tolist() == [1803, 1050, 51, 50, 50]


def test_a_shop_without_unpaid_orders_has_an_empty_list(tmp_path):
    shop = shop_of(tmp_path, "order_id customer_id paid_at paid\n1 a 2024-06-30 10")
    assert listed(shop).empty
    assert recoverable.steps(recoverable.orders(shop)).empty


# --- on the demo shop, and any ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo():
    return model.open_shop(DEMO)


def test_the_demo_shop_agrees_with_pandas_on_its_rows(demo):
    rows = demo.tables["orders"].to_pandas()
    rows = rows[rows.created_at.dt.date <= demo.as_of].assign(day=lambda f: f.created_at.dt.date)
    unpaid = rows[rows.status == "closed_unpaid"]
    frame = closed.daily(demo).set_index("day")
    assert frame.placed_orders.sum() == len(rows)
    pd.testing.assert_series_equal(
        frame.placed_amount[frame.placed_orders > 0],
        rows.groupby("day").order_total.sum(),
        check_names=False,
        check_index_type=False,
    )
    mine = unpaid.groupby("day").order_total.sum().reindex(frame.index, fill_value=0)
    assert frame.closed_amount.tolist() == pytest.approx(mine.tolist())


def test_the_demo_shops_buyers_after_all_agree_with_a_search_one_by_one(demo):
    when = Period(date(2026, 1, 1), demo.as_of)
    found = closed.summary(demo, when).iloc[0]
    rows = demo.tables["orders"].to_pandas()
    rows = rows[rows.created_at.dt.date.between(found.start, found.end) & (rows.status == "closed_unpaid")]
    bought = {
        who: part.paid_at
        for who, part in demo.orders.select("customer_id", "paid_at").to_pandas().groupby("customer_id")
    }
    end = rows.created_at.dt.normalize() + pd.Timedelta(days=4)
    after_all = [
        who in bought and ((bought[who] >= at) & (bought[who] < until)).any()
        for who, at, until in zip(rows.customer_id, rows.created_at, end, strict=True)
    ]
    assert found.closed_orders == len(rows)
    assert 0 < found.recovered_orders == sum(after_all) < len(rows)
    assert found.recovered_amount == pytest.approx(rows.order_total[after_all].sum())


@pytest.mark.parametrize("seed", [1, 2])
def test_shares_lie_between_0_and_1_and_nothing_is_lost_that_was_not_closed(tmp_path, seed):
    random = np.random.default_rng(seed)
    states = ["success", "closed_unpaid", "unpaid", "refunded"]
    days = [
        (1, date(2024, 6, 30) - timedelta(days=int(back)), states[kind], int(amount))
        for back, kind, amount in zip(
            random.integers(0, 40, 90), random.integers(0, 4, 90), random.integers(1, 99, 90), strict=True
        )
    ]
    shop = shop_of(tmp_path, orders([*days, (1, "2024-06-30", "success", 5)]))
    frame, found = closed.daily(shop), closed.summary(shop, JUNE).iloc[0]
    for share in (frame.closed_share, frame.closed_orders_share, frame.closed_share_7_days):
        assert share.dropna().between(0, 1).all()
    assert (frame.closed_orders + frame.waiting_orders <= frame.placed_orders).all()
    assert frame.placed_orders.sum() == len(days) + 1
    assert 0 <= found.lost_amount <= found.closed_amount <= found.placed_amount


# --- what a reader sees -------------------------------------------------------------------------------------


def test_the_sentence_says_what_was_closed_who_bought_after_all_and_who_waits(tmp_path):
    found = closed.summary(shop_of(tmp_path, PEOPLE), JUNE)
    assert closed.sentence(found, RULES, "CNY") == (
        "Of what was ordered from 2024-06-01 to 2024-06-27, 84.5% by amount (¥1,575) and 50.0% by orders (6 "
        "of 12) was closed without payment. 2 of the closed orders were followed within 3 days by one that "
        "the same customer paid; the others are worth ¥1,275. 1 more is still waiting for payment."
    )


def test_the_sentence_of_a_period_without_closed_or_without_any_orders(tmp_path):
    rows = [
        (1, "2024-04-01", "closed_unpaid", 10),
        (2, "2024-06-01", "success", 10),
        (1, "2024-06-30", "success", 1),
    ]
    shop = shop_of(tmp_path, orders(rows))
    said = closed.sentence(closed.summary(shop, JUNE), RULES, "CNY")
    assert said == "None of the 2 orders placed from 2024-06-01 to 2024-06-27 was closed without payment."
    may = Period(date(2024, 5, 1), date(2024, 5, 31))
    assert np.isnan(closed.summary(shop, may).closed_share.iloc[0])
    assert (
        closed.sentence(closed.summary(shop, may), RULES, "CNY")
        == "No order was placed from 2024-05-01 to 2024-05-28."
    )


def test_each_column_has_a_label_and_each_code_its_word(tmp_path):
    shop = shop_of(tmp_path, PEOPLE)
    names, codes = labels.of_columns(), labels.of_codes()
    found = closed.summary(shop, JUNE)
    frames = [
        closed.daily(shop),
        found,
        closed.won_back(found),
        listed(shop),
        recoverable.steps(recoverable.orders(shop)),
    ]
    for frame in frames:
        assert len({names[column] for column in frame.columns}) == len(frame.columns)
        assert "nan" not in table.show(frame, "CNY")._repr_html_()
    assert set(codes["next_step"]) == {"wait", "email", "sms", "re_invite", "call"}
    html = table.show(frames[0].tail(1), "CNY")._repr_html_()
    assert ">may still be paid</td>" in html


def test_the_recent_days_are_the_last_ones(tmp_path):
    frame = closed.daily(shop_of(tmp_path, PEOPLE))
    assert closed.recent(frame, 3).day.tolist() == [date(2024, 6, day) for day in (28, 29, 30)]
    assert len(closed.recent(frame)) == len(frame) == 29


def test_placed_orders_keep_what_is_needed_of_every_row(demo):
    rows = placed.orders(demo)
    assert rows.key.isnull().sum().to_pyarrow().as_py() == 0
    kinds = rows.group_by("closed", "waiting").aggregate(n=rows.count()).to_pandas()
    assert not ((kinds.closed) & (kinds.waiting)).any()
    assert rows.filter(~rows.closed).close_reason.count().to_pyarrow().as_py() == 0
