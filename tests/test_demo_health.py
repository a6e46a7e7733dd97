"""The parcels, reviews, visitors and faults of the demo shop, consistent with its orders and its truth."""

import json
import tomllib

import numpy as np
import pandas as pd
import pytest
from workbooks import xlsx

from shopcrm_nb.demo import dress, export, faults, parcels, reviews, simulate, traffic
from shopcrm_nb.demo.export import write_demo

MADE_AT = pd.Timestamp("2026-06-30 23:59")
DAYS = pd.date_range("2023-07-01", "2026-06-30")
MONEY = ["person", "created_at", "paid_at", "total_cents", "refund_cents", "place", "masked", "shipped_at"]
DEFAULTS = ("评价方未及时做出评价,系统默认好评!", "系统默认评论")


@pytest.fixture(scope="module")
def ill():
    return simulate.simulate(618)


@pytest.fixture(scope="module")
def well():
    return simulate.simulate(618, with_faults=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder)
    return folder


@pytest.fixture(scope="module")
def truth(demo):
    return json.loads((demo / "truth.json").read_text(encoding="utf-8"))


def csv_of(demo, name, encoding="gb18030"):
    return pd.read_csv(demo / "raw" / name, dtype=str, keep_default_na=False, encoding=encoding)


@pytest.fixture(scope="module")
def orders(demo):
    """The latest copy of each order by its id, as text, with paid_at and total."""
    names = sorted(path.name for path in (demo / "raw").glob("ExportOrderList*"))
    every = []
    for name in names:
        if name.endswith("xlsx"):
            table = pd.read_excel(
                demo / "raw" / name, engine="calamine", dtype=str, keep_default_na=False
            ).fillna("")
        else:
            table = csv_of(demo, name)
        every.append(table.rename(columns=str.strip))
    table = pd.concat(every).fillna("")
    table.index = table["订单编号"].str.strip('="')
    table = table[~table.index.duplicated(keep="last")]
    table["paid_at"] = times(table["订单付款时间"].where(table["订单状态"] != "等待买家付款", ""))
    table["confirmed_at"] = times(table["确认收货时间"])
    return table.assign(total=table["总金额"].astype(float))


def times(texts):
    return pd.to_datetime(texts.replace({"-": "", "null": ""}), format="mixed")


@pytest.fixture(scope="module")
def report(demo):
    path = demo / "raw" / "生意参谋_店铺_日_20230701_20260630.xlsx"
    return pd.read_excel(path, engine="calamine", dtype=str, header=None, keep_default_na=False).fillna("")


@pytest.fixture(scope="module")
def days(report):
    table = report.iloc[4:].set_axis(report.iloc[3], axis=1)
    return table.set_index(pd.DatetimeIndex(table["统计日期"]))


def number(cells):
    return pd.to_numeric(cells.str.replace(",", "").str.rstrip("%").replace("-", None))


@pytest.fixture(scope="module")
def shipments(demo):
    table = csv_of(demo, "shipments.csv")
    return table.assign(shipped=times(table["发货时间"]), signed=times(table["签收时间"]))


@pytest.fixture(scope="module")
def written(demo):
    table = csv_of(demo, "reviews.csv")
    return table.assign(at=times(table["评价时间"]))


def monthly(days, column):
    return number(days[column]).groupby(days.index.to_period("M")).sum()


# --- faults


def test_without_its_faults_the_world_is_the_same_but_for_what_they_touch(ill, well):
    assert well.lost.empty
    both = pd.concat([ill.orders, ill.lost]).sort_index()
    pd.testing.assert_frame_equal(both[MONEY], well.orders[MONEY])
    pd.testing.assert_frame_equal(ill.people, well.people)
    early = well.parcels["shipped_at"] < pd.Timestamp(faults.SLOW_SINCE)
    mine = well.parcels[early & well.parcels["order"].isin(ill.orders.index)]
    same = ill.parcels[ill.parcels["shipped_at"] < pd.Timestamp(faults.SLOW_SINCE)]
    pd.testing.assert_frame_equal(mine, same)
    until = slice(None, "2025-12-31")
    pd.testing.assert_frame_equal(ill.visits[until], well.visits[until])


def test_nothing_is_lost_before_the_faults_nor_of_the_scripted_customers(ill):
    assert ill.lost["paid_at"].min() >= pd.Timestamp("2026-01-01")
    assert (ill.lost["fixed_cents"] < 0).all()
    assert (ill.orders["fixed_cents"] >= 0).sum() > 25


def test_a_third_of_the_purchases_of_the_month_and_of_the_returning_ones_is_lost(ill, well):
    made = faults.purchases(well.orders)
    kept = faults.purchases(ill.orders)
    month = pd.to_datetime(["2026-05-01", "2026-05-31"])
    new = made["day"].between(*month) & ~made["returning"]
    key = pd.MultiIndex.from_frame(kept[["person", "day"]])

    def share_kept(which):
        return pd.MultiIndex.from_frame(made.loc[which, ["person", "day"]]).isin(key).mean()

    assert share_kept(new) == pytest.approx(2 / 3, abs=0.08)
    back = made["returning"] & made["day"].between("2026-01-01", "2026-06-30")
    assert share_kept(back & ~made["day"].between(*month)) == pytest.approx(0.65, abs=0.04)
    assert share_kept(back & made["day"].between(*month)) == pytest.approx(0.65 * 2 / 3, abs=0.1)
    assert share_kept(made["day"] < "2026-01-01") == 1


def test_who_was_never_won_orders_nothing_later(ill):
    lost = ill.lost[ill.lost["fault"] == "bad_conversion"]
    earlier = ill.orders[ill.orders["paid_at"] < pd.Timestamp("2026-05-01")]["person"]
    never = set(lost["person"]) - set(earlier)
    assert len(never) > 20
    paid = ill.orders[ill.orders["paid_at"].notna()]
    assert not never & set(paid["person"])


def test_the_truth_of_the_faults_is_what_the_world_lost(ill, truth):
    lost = ill.lost[ill.lost["paid_at"] < pd.Timestamp("2026-07-01")]
    told = truth["faults"]
    for fault, said in {
        "returning_slump": told["returning_slump"]["lost"],
        "bad_conversion": told["bad_conversion"]["lost"],
        "never_won": told["bad_conversion"]["never_won"],
    }.items():
        mine = lost[lost["fault"] == fault]
        assert said["orders"] == len(mine)
        assert float(said["paid"]) == pytest.approx(mine["total_cents"].sum() / 100)
        assert float(said["net"]) == pytest.approx((mine["total_cents"] - mine["refund_cents"]).sum() / 100)
        assert said["customers"] == mine["person"].nunique()
    assert told["bad_conversion"]["start"] == "2026-05-01"
    assert told["returning_slump"]["since"] == "2026-01-01"


def test_a_healthy_shop_can_be_written_and_tells_of_no_fault(tmp_path):
    write_demo(tmp_path, with_faults=False)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert truth["faults"] == {}
    assert (truth["buyers"], truth["valid_orders"]) == (6038, 9673)
    assert len(tomllib.loads((tmp_path / "shop.toml").read_text(encoding="utf-8"))["tables"]) == 12


def test_sales_to_returning_customers_fall_and_would_have_risen(ill, well):
    sales = {}
    for name, world in {"ill": ill, "well": well}.items():
        paid = world.orders[world.orders["paid_at"].notna() & ~world.orders["full"]]
        made = faults.purchases(world.orders)
        back = pd.MultiIndex.from_frame(made.loc[made["returning"], ["person", "day"]])
        mine = paid[pd.MultiIndex.from_arrays([paid["person"], paid["paid_at"].dt.normalize()]).isin(back)]
        quarter = mine["paid_at"].dt.to_period("Q")
        sales[name] = mine.groupby(quarter)["total_cents"].sum() / 100
    assert sales["ill"]["2025Q2"] == sales["well"]["2025Q2"]
    assert sales["well"]["2026Q2"] > 1.1 * sales["well"]["2025Q2"]
    assert sales["ill"]["2026Q2"] < 0.75 * sales["ill"]["2025Q2"]


# --- parcels


def test_each_parcel_of_the_report_is_of_a_shipped_order_and_left_when_the_order_says(orders, shipments):
    mine = orders.loc[shipments["订单编号"]]
    known = mine["物流公司"].to_numpy() != ""
    assert (shipments["快递公司"].to_numpy() == mine["物流公司"])[known].all()
    assert set(shipments["快递公司"]) == set(parcels.COURIERS)
    last = shipments.groupby("订单编号")["shipped"].max()
    told = times(orders["发货时间"]).dropna().dt.floor("min")
    assert len(told) > 1500
    assert (last.loc[told.index] == told).all()
    assert (last >= orders.loc[last.index, "paid_at"].dt.floor("min")).all()
    shipped = orders.index[orders["订单状态"].isin(["交易成功", "卖家已发货，等待买家确认"])]
    assert set(shipped) <= set(shipments["订单编号"])


def test_parcels_are_signed_for_in_the_daytime_before_the_order_is_confirmed(orders, shipments):
    signed = shipments.dropna(subset="signed")
    assert (signed["signed"] > signed["shipped"]).all()
    assert signed["signed"].dt.hour.between(9, 20).all()
    assert signed["signed"].max() <= MADE_AT
    last = signed.groupby("订单编号")["signed"].max()
    confirmed = orders.loc[last.index, "confirmed_at"]
    assert (last <= confirmed)[confirmed.notna()].mean() > 0.99
    waiting = shipments[shipments["签收时间"] == ""]
    completed = orders["订单状态"].loc[waiting["订单编号"]] == "交易成功"
    assert not completed.any()


def test_the_platform_confirms_ten_days_after_shipping_and_buyers_within_days_of_signing(
    orders, shipments, truth
):
    last = shipments.groupby("订单编号").agg(shipped=("shipped", "max"), signed=("signed", "max"))
    confirmed = orders["confirmed_at"].dropna()
    confirmed = confirmed[orders.loc[confirmed.index, "订单状态"] == "交易成功"]
    after = confirmed - last["shipped"].loc[confirmed.index]
    automatic = (after - pd.Timedelta(days=10)).abs() <= pd.Timedelta(minutes=1)
    assert after.max() <= pd.Timedelta(days=10, minutes=1)
    assert automatic.mean() == pytest.approx(0.45, abs=0.02)
    assert automatic.sum() == pytest.approx(truth["process"]["confirmed_by_platform"], abs=3)
    waited = (confirmed - last["signed"].loc[confirmed.index])[~automatic]
    assert waited.max() <= pd.Timedelta(days=5)
    assert waited.median() == pytest.approx(pd.Timedelta(days=0.87), abs=pd.Timedelta(days=0.1))


def test_parcels_to_the_slow_province_take_days_longer_since_february(orders, shipments, truth):
    province = orders["收货地址"].str.split(" ").str[0].loc[shipments["订单编号"]].to_numpy()
    took = (shipments["signed"] - shipments["shipped"]).dt.total_seconds() / 86_400
    there, late = province == faults.SLOW_PROVINCE, (shipments["shipped"] >= "2026-02-01").to_numpy()
    said = truth["faults"]["slow_province"]
    for name, chosen in {
        "slow": there & late,
        "elsewhere": ~there & late,
        "there_before": there & ~late,
    }.items():
        assert took[chosen].mean() == pytest.approx(said[name]["days"], abs=0.01)
        assert took[chosen].count() == said[name]["parcels"]
    assert said["slow"]["days"] > 2.5 * said["elsewhere"]["days"]
    assert said["slow"]["parcels"] > 60
    others = pd.Series(took[~there & late]).groupby(province[~there & late]).mean()
    assert said["slow"]["days"] > others.max() + 2
    assert said["slow"]["logistics_score"] < said["elsewhere"]["logistics_score"] - 1


# --- reviews


def test_each_review_is_of_a_completed_order_by_its_buyer_after_the_confirmation(orders, written, demo):
    mine = orders.loc[written["订单编号"]]
    assert written["订单编号"].is_unique
    assert (mine["订单状态"] == "交易成功").all()
    assert (written["会员名"].to_numpy() == mine["买家会员名"].to_numpy()).all()
    wait = written["at"].to_numpy() - mine["confirmed_at"].to_numpy()
    assert (wait > pd.Timedelta(seconds=-60)).all()  # a spreadsheet that saved a file again lost its seconds
    assert written["at"].max() <= MADE_AT
    completed = (orders["订单状态"] == "交易成功").sum()
    assert 0.35 < len(written) / completed < 0.45
    items = pd.read_excel(next((demo / "raw").glob("*Detail*")), engine="calamine", dtype=str)
    sold = set(zip(items["主订单编号"], items["商家编码"], strict=True))
    assert set(zip(written["订单编号"], written["商品编码"], strict=True)) <= sold


def test_the_platform_writes_for_who_does_not_after_fifteen_days_and_gives_no_scores(orders, written):
    default = written[written["评价内容"].isin(DEFAULTS)]
    assert 0.25 < len(default) / len(written) < 0.4
    assert (default["星级"] == "5").all()
    assert (default[["描述相符", "服务态度", "物流服务"]] == "").all(axis=None)
    wait = default["at"].to_numpy() - orders["confirmed_at"].loc[default["订单编号"]].to_numpy()
    assert (abs(wait - pd.Timedelta(days=15)) < pd.Timedelta(seconds=60)).all()


def test_ratings_run_from_one_to_five_and_some_are_not_given(written):
    rated = written[~written["评价内容"].isin(DEFAULTS)]
    assert set(rated["星级"]) == set("12345")
    for column in ("描述相符", "服务态度", "物流服务"):
        assert set(rated[column]) == {*"12345", ""}
        assert (rated[column] == "").mean() == pytest.approx(0.05, abs=0.02)
    assert (rated["评价内容"] == "此用户没有填写评价。").mean() == pytest.approx(0.22, abs=0.03)


def test_texts_are_about_one_topic_each_good_or_bad_as_the_stars(written, truth):
    for topic, (good, bad) in reviews.TEXTS.items():
        bare = written["评价内容"].str.rstrip("！。")
        said = truth["reviews"]["by_topic"][topic]
        assert (bare.isin(good).sum(), bare.isin(bad).sum()) == (said["good"], said["bad"])
        assert min(said.values()) >= 10
        stars = written["星级"].astype(int)
        assert stars[bare.isin(good)].min() >= 4 > stars[bare.isin(bad)].max()
    assert truth["reviews"]["rows"] == len(written)


def test_a_few_reviews_look_like_code_and_a_few_have_a_follow_up(written):
    assert set(reviews.HOSTILE) <= set(written["评价内容"])
    more = written[written["追评内容"] != ""]
    assert 10 <= len(more) <= 100
    assert (times(more["追评时间"]) > more["at"]).all()
    assert (written["追评时间"] == "").eq(written["追评内容"] == "").all()


# --- visitors and ratings


def test_the_day_report_has_titles_then_its_headers_in_row_four_then_every_day(report, days):
    assert report.iloc[3, 0] == "统计日期"
    assert (report.iloc[:3, 1:] == "").all(axis=None)
    assert (days.index == DAYS).all()
    assert number(days["访客数"]).min() > 0
    assert days["访客数"].str.fullmatch(r"\d{1,3}(,\d{3})*").all()
    assert days["支付转化率"].str.fullmatch(r"\d+\.\d\d%").all()
    assert (days["加购人数"] == "-").eq(days.index < traffic.CART_SINCE).all()
    assert (days["跳失率"] == "-").sum() == len(traffic.OUTAGES)


def test_the_day_report_agrees_with_the_orders_to_the_cent(days, orders):
    paid = orders.dropna(subset="paid_at")
    by_day = paid.groupby(paid["paid_at"].dt.normalize())
    sums = by_day["total"].sum().reindex(DAYS, fill_value=0).round(2)
    assert (number(days["支付金额"]) == sums).all()
    assert (number(days["支付父订单数"]) == by_day.size().reindex(DAYS, fill_value=0)).all()
    named = by_day["买家会员名"].nunique().reindex(DAYS, fill_value=0)
    assert (number(days["支付买家数"]) - named).abs().max() <= 1  # one mask may hide two people
    made = (
        orders.groupby(times(orders["订单创建时间"]).dt.normalize())["total"]
        .sum()
        .reindex(DAYS, fill_value=0)
    )
    assert (number(days["下单金额"]) - made).abs().max() < 0.005


def test_the_columns_of_the_day_report_fit_each_other(days):
    visitors, buyers = number(days["访客数"]), number(days["支付买家数"])
    assert (number(days["新访客数"]) + number(days["老访客数"]) == visitors).all()
    assert (number(days["支付转化率"]) - 100 * buyers / visitors).abs().max() <= 0.0051
    assert (buyers <= visitors).all()
    assert (number(days["商品收藏人数"]) <= visitors).all()
    assert number(days["跳失率"]).between(45, 65).sum() == len(days) - len(traffic.OUTAGES)


def test_about_three_in_a_hundred_visitors_pay_a_few_more_in_months_of_sales(days):
    conversion = monthly(days, "支付买家数") / monthly(days, "访客数")
    usual = conversion.drop(pd.Period("2026-05"))
    assert usual.between(0.025, 0.035).all()
    sale = days.index.isin(pd.to_datetime(["2023-11-11", "2024-11-11", "2025-11-11", "2026-03-12"]))
    pooled = number(days["支付买家数"])[sale].sum() / number(days["访客数"])[sale].sum()
    assert 0.031 < pooled < 0.038


def not_brought(world):
    """The visitors of each day whom no message has brought."""
    paid = world.orders.loc[world.orders["campaign"] != "", ["paid_at", "was_paid_at"]]
    paid = paid.loc[paid["paid_at"] != paid["was_paid_at"], "paid_at"].dt.normalize().value_counts()
    brought = np.rint(paid / traffic.CAMPAIGN_CONVERSION).reindex(world.visits.index, fill_value=0)
    return world.visits["visitors"] - brought


def test_in_the_bad_month_as_many_come_and_a_third_fewer_pay(days, ill, well):
    conversion = monthly(days, "支付买家数") / monthly(days, "访客数")
    assert conversion["2026-05"] < 0.75 * conversion["2025-05"]
    visits = {name: not_brought(world) for name, world in {"ill": ill, "well": well}.items()}
    fewer = {
        m: visits["ill"][m].sum() / visits["well"][m].sum()
        for m in ("2025-12", "2026-04", "2026-05", "2026-06")
    }
    assert fewer["2025-12"] == 1
    assert fewer["2026-05"] == pytest.approx((fewer["2026-04"] + fewer["2026-06"]) / 2, abs=0.01)


def test_visitors_follow_season_and_sales(days):
    visitors = number(days["访客数"])
    by_month = visitors.groupby(days.index.month).mean()
    assert by_month[[10, 11, 12, 1]].min() > 1.5 * by_month[[5, 7]].max()
    assert visitors["2025-11-11"] > 4 * visitors["2025-10-25":"2025-10-31"].mean()
    assert visitors["2026-03-13"] > 4 * visitors["2026-03-16":"2026-03-31"].mean()


@pytest.mark.parametrize("day", ["2023-07-16", "2024-02-29", "2026-02-01", "2026-06-30"])
def test_a_rating_is_the_mean_of_what_was_scored_in_180_days(days, written, day):
    end = pd.Timestamp(day) + pd.Timedelta(days=1)
    seen = written[written["at"].between(end - pd.Timedelta(days=180), end, inclusive="left")]
    for name in ("描述相符", "服务态度", "物流服务"):
        mean = pd.to_numeric(seen[name].replace("", None)).mean()
        assert days.loc[day, f"{name}动态评分(DSR)"] == f"{mean:.5f}"


def test_before_the_first_rating_there_is_none(days, written):
    rated = written[~written["评价内容"].isin(DEFAULTS)]
    first = rated["at"].min().normalize()
    none = days["描述相符动态评分(DSR)"] == "-"
    assert none[: first - pd.Timedelta(days=1)].all() and none.sum() == (first - DAYS[0]).days > 5


# --- the rest


def test_the_truth_counts_the_rows_of_the_new_files(demo, truth, days, shipments, written):
    rows = {
        "shipments.csv": shipments,
        "reviews.csv": written,
        "生意参谋_店铺_日_20230701_20260630.xlsx": days,
    }
    assert {name: truth["rows"][name] for name in rows} == {name: len(table) for name, table in rows.items()}
    assert truth["rows"]["campaigns.csv"] == 8


def test_orders_look_the_same_whether_others_are_lost_or_not(ill, well):
    ours, theirs = (export.seen(world, 618) for world in (ill, well))
    same = ["order_id", "nick", "receiver", "mobile", "address", "parcel", "message", "note"]
    pd.testing.assert_frame_equal(ours[same], theirs.loc[ours.index, same])
    assert dress.DEPOTS == 6


def test_the_mean_of_180_days_forgets_what_is_older():
    table = pd.DataFrame(
        {
            "at": pd.to_datetime(["2026-01-01 23:00", "2026-01-02 00:00", "2026-01-02 01:00"]),
            "description": [1.0, 5.0, np.nan],
            "service": [3.0, 4.0, 5.0],
            "logistics": [np.nan, np.nan, 2.0],
        }
    )
    means = reviews.ratings(table, pd.date_range("2025-12-31", "2026-07-01"))
    assert means.loc["2025-12-31"].isna().all()
    assert means.loc["2026-01-01"].tolist()[:2] == [1, 3] and np.isnan(means.loc["2026-01-01", "logistics"])
    assert means.loc["2026-01-02"].tolist() == [3, 4, 2]
    assert means.loc["2026-06-29"].tolist() == [3, 4, 2]  # 180 days with both days
    assert means.loc["2026-06-30"].tolist() == [5, 4.5, 2]
    assert means.loc["2026-07-01"].isna().all()


def test_a_book_with_titles_is_written_as_the_tests_write_one(tmp_path):
    table = pd.DataFrame({"a": ["1"], "b": ["-"]})
    export._write_xlsx(tmp_path / "x.xlsx", table, ("one", "two"))
    (tmp_path / "y.xlsx").write_bytes(xlsx([["one"], ["two"], ["a", "b"], ["1", "-"]]))
    one, other = (pd.read_excel(tmp_path / f"{n}.xlsx", engine="calamine", header=None) for n in "xy")
    pd.testing.assert_frame_equal(one, other)
