"""The campaigns of the demo shop: the files say what the truth says, and the truth is what the world does."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from build import plain, sheet
from scipy.stats import ttest_ind

from shopcrm_nb import interval
from shopcrm_nb.demo import campaign_truth, campaigns, planted, simulate

DEMO = Path(__file__).parents[1] / "data" / "demo"
END = pd.Timestamp("2026-07-01")
SPANS = {"window": 7, "90": 90, "180": 180}
NAMES = {
    **{"活动编号": "campaign_id", "会员名": "nick", "渠道": "channel", "发送时间": "sent_at", "分组": "arm"},
    **{"送达时间": "delivered_at", "打开时间": "opened_at", "点击时间": "clicked_at"},
    **{"退订时间": "unsubscribed_at", "费用": "cost"},
}
ANSWERS = ["delivered_at", "opened_at", "clicked_at", "unsubscribed_at"]
HELD = "对照组"


@pytest.fixture(scope="module")
def truth():
    return json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))["campaigns"]


@pytest.fixture(scope="module")
def sends():
    return pd.read_parquet(DEMO / "raw" / "sends.parquet").rename(columns=NAMES)


@pytest.fixture(scope="module")
def orders():
    """The valid orders of plain nicks: id, nick, paid_at, net, total."""
    names = sorted(path.name for path in (DEMO / "raw").glob("ExportOrderList*"))
    tables = [plain(name, "gb18030") if name.endswith("csv") else sheet(name) for name in names]
    every = pd.concat([table.rename(columns=str.strip) for table in tables]).fillna("")
    every = every.assign(id=every["订单编号"].str.strip('="')).drop_duplicates("id", keep="last")
    paid = every["订单付款时间"].where(every["订单状态"] != "等待买家付款", "")
    table = pd.DataFrame(
        {
            "id": every["id"],
            "nick": every["买家会员名"],
            "paid_at": pd.to_datetime(paid, format="mixed"),
            "net": every["买家实际支付金额"].astype(float),
            "goods": every["买家应付货款"].astype(float),
        }
    )
    return table[table["paid_at"].notna() & ~table["nick"].str.contains("*", regex=False)]


@pytest.fixture(scope="module")
def world():
    return simulate.simulate(618)


@pytest.fixture(scope="module")
def quiet():
    """The world of the same seed in which no message moves anybody."""
    with pytest.MonkeyPatch.context() as patch:
        still = [replace(message, recent=0.0, older=0.0, pulled=0.0) for message in campaigns.MESSAGES]
        patch.setattr(campaigns, "MESSAGES", tuple(still))
        yield simulate.simulate(618)


def spent(sends, orders, days):
    """What each row of the sends spent in so many days from its message on; None if these are not over."""
    ends = sends["sent_at"] + pd.Timedelta(days=days)
    if ends.max() >= END:
        return None
    valid = orders[orders["net"] > 0]
    both = valid.merge(sends.assign(ends=ends)[["nick", "sent_at", "ends"]], on="nick")
    both = both[(both["paid_at"] >= both["sent_at"]) & (both["paid_at"] < both["ends"])]
    sums = both.groupby("nick")["net"].agg(["sum", "size"]).reindex(sends["nick"]).fillna(0)
    return sums.set_axis(sends.index)


def arms_of(sends, campaign_id):
    mine = sends[sends["campaign_id"] == campaign_id]
    return mine[mine["arm"] != HELD], mine[mine["arm"] == HELD]


MESSAGES = [message.campaign_id for message in campaigns.MESSAGES]


@pytest.mark.parametrize("campaign_id", MESSAGES)
def test_the_truth_counts_who_was_written_to_and_held_out_and_what_they_bought(
    truth, sends, orders, campaign_id
):
    told = truth[campaign_id]
    mine = sends[sends["campaign_id"] == campaign_id]
    assert told["arms"] == mine["arm"].fillna("-").value_counts().to_dict()
    assert mine["nick"].is_unique
    sent, held = arms_of(sends, campaign_id)
    for span, days in SPANS.items():
        for rows, said in ((sent, (told["effect"][span] or {}).get("with")), (held, told["holdout"][span])):
            found = spent(rows, orders, days) if len(rows) else None
            assert (found is None) == (said is None)
            if found is not None:
                assert said["people"] == len(rows)
                assert (said["buyers"], said["orders"]) == ((found["size"] > 0).sum(), found["size"].sum())
                assert said["net_sales"] == pytest.approx(found["sum"].sum(), abs=0.01)


def test_nobody_held_out_got_a_message_and_every_answer_comes_after_what_it_answers(sends):
    held = sends[sends["arm"] == HELD]
    assert len(held) > 1000 and held[[*ANSWERS, "cost"]].isna().all(axis=None)
    for earlier, later in (("sent_at", "delivered_at"), ("delivered_at", "opened_at")):
        both = sends.dropna(subset=later)
        assert len(both) > 100 and (both[later] > both[earlier]).all()
    clicked = sends.dropna(subset="clicked_at")
    assert (clicked["clicked_at"] > clicked["opened_at"].fillna(clicked["delivered_at"])).all()
    assert sends.loc[sends["opened_at"].notna(), "channel"].unique().tolist() == ["email"]


def test_only_who_agreed_is_written_to_but_for_the_planted_ones(sends, truth):
    customers = plain("customers.csv").set_index("customer_id")
    sent = sends[sends["arm"] != HELD]
    known = customers.loc[sent["nick"]]
    word = np.where(sent["channel"] == "sms", known["sms_ok"], known["email_ok"])
    left = sends.groupby("nick")["unsubscribed_at"].min().reindex(sent["nick"]).to_numpy()
    wrong = pd.DataFrame(
        {
            "refused": word == "false",
            "blacklisted": (known["blacklisted"] == "true").to_numpy(),
            "after_unsubscribing": left < sent["sent_at"].to_numpy(),
        },
    )
    counted = wrong.groupby(sent["campaign_id"].to_numpy()).sum()
    for campaign_id in MESSAGES:
        assert truth[campaign_id]["unwanted"] == counted.loc[campaign_id].to_dict()
    assert counted.loc["SMS202512"].min() >= 3
    assert (counted.drop("SMS202512") == 0).all(axis=None)
    assert ((word == "true") | wrong.any(axis=1)).all()


def test_the_effects_are_what_the_same_seed_gives_without_the_messages(world, quiet, truth):
    same = ["campaign_id", "person", "arm", "sent_at", "delivered_at"]
    first, theirs = (each.sends[each.sends["campaign_id"].isin(MESSAGES[:2])] for each in (world, quiet))
    pd.testing.assert_frame_equal(first[same], theirs[same])
    assert quiet.orders["campaign"].eq("").all() and quiet.coupons.empty
    base = world.orders["campaign"] == ""
    columns = ["person", "created_at", "paid_at", "total_cents", "refund_cents", "shipped_at"]
    mine = world.orders.loc[base, columns]
    pd.testing.assert_frame_equal(mine, quiet.orders.loc[mine.index, columns])
    changed = world.orders[~base & world.orders["was_paid_at"].notna()]
    theirs = quiet.orders.loc[changed.index]
    assert (changed["was_paid_at"] == theirs["paid_at"]).all()
    assert (changed["total_cents"] + changed["off_cents"] == theirs["total_cents"]).all()
    added = world.orders[~base & world.orders["was_paid_at"].isna()]
    assert not set(added.index) & set(quiet.orders.index)
    assert len(quiet.orders) == len(world.orders) - len(added)
    assert truth["CPN202509"]["effect"]["180"]["incremental"]["orders"] == 0


def test_messages_move_only_people_whom_they_reached_and_nobody_scripted(world):
    moved = world.orders[world.orders["paid_at"] != world.orders["was_paid_at"]]
    moved = moved[moved["campaign"] != ""]
    sends = world.sends.set_index(["campaign_id", "person"])
    mine = sends.loc[pd.MultiIndex.from_frame(moved[["campaign", "person"]])]
    assert mine["delivered_at"].notna().all() and (mine["arm"] != HELD).all()
    since = moved["paid_at"].to_numpy() - mine["sent_at"].to_numpy()
    assert (since > pd.Timedelta(0)).all() and (since < pd.Timedelta(days=7)).all()
    assert (world.sends["person"] >= planted.PLANTED_CUSTOMERS).all()
    pulled = moved[moved["was_paid_at"].notna()]
    later = pulled["was_paid_at"] - campaigns.MESSAGES[1].closes
    assert len(pulled) > 40 and later.between(pd.Timedelta(0), pd.Timedelta(days=45)).all()


def estimated(truth, sends, orders, campaign_id, span):
    """Low and high of the difference of the arms in buyers (a share) and per head, and the true ones."""
    sent, held = arms_of(sends, campaign_id)
    ours, theirs = (spent(rows, orders, SPANS[span]) for rows in (sent, held))
    counts = [((found["size"] > 0).sum(), len(found)) for found in (theirs, ours)]
    shares = interval.change(*counts, confidence=0.95)
    per_head = ttest_ind(ours["sum"], theirs["sum"], equal_var=False).confidence_interval(0.95)
    gained = truth[campaign_id]["effect"][span]["incremental"]
    return shares[1:], tuple(per_head), gained["buyers"] / len(sent), gained["net_sales"] / len(sent)


CAMPAIGNS_WITH_A_HOLD_OUT = [message.campaign_id for message in campaigns.MESSAGES if message.holdout_share]


@pytest.mark.parametrize("campaign_id", CAMPAIGNS_WITH_A_HOLD_OUT)
def test_every_interval_covers_the_truth(truth, sends, orders, campaign_id):
    for span in SPANS:
        if truth[campaign_id]["effect"][span]:
            shares, per_head, buyers, net = estimated(truth, sends, orders, campaign_id, span)
            assert shares[0] <= buyers <= shares[1], span
            assert per_head[0] <= net <= per_head[1], span


def test_what_worked_is_told_and_what_is_useless_or_small_is_not(truth, sends, orders):
    for campaign_id, worked in (("SMS202506", True), ("EDM202510", False), ("SMS202511", False)):
        shares, per_head, _, _ = estimated(truth, sends, orders, campaign_id, "window")
        assert (shares[0] > 0, per_head[0] > 0) == (worked, worked), campaign_id


def test_the_coupon_looks_good_in_its_window_and_about_nothing_after_ninety_days(truth, sends, orders):
    shares, per_head, _, net = estimated(truth, sends, orders, "CPN202509", "window")
    assert shares[0] > 0.02 and per_head[0] > 15 and net > 20
    shares, per_head, buyers, net = estimated(truth, sends, orders, "CPN202509", "90")
    assert shares[0] < 0 < shares[1] and per_head[0] < 0 < per_head[1]
    assert buyers == 0 and -2 < net < 0
    assert truth["CPN202509"]["pulled_forward_share"] == 1


def test_a_naive_comparison_makes_a_campaign_to_recent_buyers_look_splendid(truth, sends, orders):
    sent, _ = arms_of(sends, "SMS202512")
    at, valid = pd.Timestamp("2025-12-08 10:00"), orders[orders["net"] > 0]
    others = valid.loc[valid["paid_at"] < at, "nick"].unique()
    rest = pd.DataFrame({"nick": others[~np.isin(others, sent["nick"])], "sent_at": at})
    shares = [(spent(rows, orders, 7)["size"] > 0).mean() for rows in (sent, rest)]
    assert shares[0] > 1.8 * shares[1]
    assert truth["SMS202512"]["effect"]["window"]["incremental"]["orders"] == 0


def test_a_coupon_is_granted_to_all_who_were_written_to_and_used_once_by_its_owner(sends, orders):
    coupons = sheet("coupons.xlsx")
    sent, _ = arms_of(sends, "CPN202509")
    assert coupons["优惠券编号"].is_unique and set(coupons["会员名"]) == set(sent["nick"])
    used = coupons[coupons["订单编号"] != ""]
    assert 50 < len(used) < 100 and used["订单编号"].is_unique
    assert ((coupons["使用时间"] != "") == (coupons["订单编号"] != "")).all()
    mine = used.merge(orders, left_on="订单编号", right_on="id")
    assert len(mine) > 0.9 * len(used)
    assert (mine["会员名"] == mine["nick"]).all()
    assert (pd.to_datetime(mine["使用时间"]) == mine["paid_at"]).all()
    assert mine["paid_at"].between("2025-09-05 10:00", "2025-09-12 10:00").all()
    assert (mine["goods"] + mine["面额"].astype(float) >= mine["使用门槛"].astype(float)).all()


def test_the_list_has_costs_and_goals_but_for_the_campaign_that_has_neither():
    table = plain("campaigns.csv").set_index("活动编号")
    costs = table[["短信邮件费", "优惠券成本", "赠品成本", "推广费", "人工费"]]
    bare = (costs == "").all(axis=1) & (table["目标指标"] == "")
    assert table.index[bare].tolist() == ["SMS202606"]
    assert table.index[table["活动商品"] != ""].tolist() == ["JHS202504", "JHS202603"]
    assert (table["活动结束时间"] >= table["活动开始时间"]).all() and len(table) == 8


def test_the_files_are_small():
    assert (DEMO / "raw" / "sends.parquet").stat().st_size < 50_000
    assert (DEMO / "raw" / "coupons.xlsx").stat().st_size < 70_000


def test_without_a_campaign_its_orders_are_gone_or_back_in_their_place():
    day = pd.Timestamp
    orders = pd.DataFrame(
        {
            "campaign": ["A", "A", "B", ""],
            "paid_at": [day("2025-01-02"), day("2025-01-03"), day("2025-01-04"), day("2025-01-05")],
            "was_paid_at": [pd.NaT, day("2025-02-03"), pd.NaT, day("2025-01-05")],
            "net_cents": [100, 200, 300, 400],
            "off_cents": [0, 20, 0, 0],
        }
    )
    left = campaign_truth.without(orders, "A")
    assert left.index.tolist() == [1, 2, 3]
    assert left["paid_at"].tolist() == [day("2025-02-03"), day("2025-01-04"), day("2025-01-05")]
    assert left["net_cents"].tolist() == [220, 300, 400]
