"""The demo shop read a second way, by csv and pandas alone, agrees with the loaded tables and the truth."""

import csv
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from conftest import check_ledger, drops_of

from shopcrm_nb.load import load
from shopcrm_nb.settings import read_shop

DEMO = Path(__file__).parents[1] / "data" / "demo"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "demo"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("cache"))
    return load(folder, read_shop(folder))


@pytest.fixture(scope="module")
def truth():
    return json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))


def cells(path):
    if path.suffix == ".xlsx":
        return pd.read_excel(path, engine="calamine", dtype=str, keep_default_na=False).rename(
            columns=str.strip
        )
    marked = path.stem in ("customers", "members")
    with path.open(encoding="utf-8-sig" if marked else "gb18030", newline="") as file:
        head, *rows = csv.reader(file)
    return pd.DataFrame(rows, columns=[header.strip() for header in head])


def plain(ids):
    return ids.str.removeprefix('="').str.removesuffix('"')


@pytest.fixture(scope="module")
def by_hand():
    """The orders, the copy of the last file of each, by id."""
    files = [cells(path) for path in sorted(DEMO.glob("raw/ExportOrderList*"))]
    orders = pd.concat(files, ignore_index=True)
    orders = orders.set_index(plain(orders["订单编号"]))
    return orders[~orders.index.duplicated(keep="last")].sort_index()


@pytest.fixture(scope="module")
def orders(loaded):
    return loaded.tables["orders"].to_pandas().set_index("order_id").sort_index()


def times(texts):
    texts = texts.where(~texts.isin(["", "-", "null", "nan"]))
    return pd.to_datetime(texts, format="mixed").astype("datetime64[us]")


def same(found, expected):
    pd.testing.assert_series_equal(
        found, expected, check_names=False, check_dtype=False, check_index_type=False
    )


def test_every_row_is_accounted_for_and_the_overlap_is_dropped(loaded, truth):
    check_ledger(loaded)
    assert drops_of(loaded) == {"older_copy": truth["overlapping_orders"]}
    assert loaded.tables["orders"].count().execute() == truth["orders"]
    first = loaded.ledger[~loaded.ledger.table.duplicated()].set_index("table").rows_in
    rows = truth["rows"]
    exported = sum(n for name, n in rows.items() if name.startswith("ExportOrderList"))
    assert (first["orders"], first["customers"]) == (exported, rows["customers.csv"])
    assert first["order_items"] == rows["ExportOrderDetailList202606302359.xlsx"]


def test_ids_nicks_and_times_agree(orders, by_hand):
    assert list(orders.index) == list(by_hand.index)
    nick = by_hand["买家会员名"]
    same(
        orders["customer_id"].astype(object), nick.where(~nick.str.contains("*", regex=False)).astype(object)
    )
    waiting = by_hand["订单状态"] == "等待买家付款"
    same(orders["paid_at"], times(by_hand["订单付款时间"]).where(~waiting))
    same(orders["created_at"], times(by_hand["订单创建时间"]))
    same(orders["confirmed_at"], times(by_hand["确认收货时间"]))
    carrier = by_hand["物流公司"]
    same(orders["carrier"].astype(object), carrier.where(carrier != "").astype(object))


def test_money_agrees_to_the_cent(orders, by_hand, truth):
    net, refund = by_hand["买家实际支付金额"].astype(float), by_hand["退款金额"].astype(float)
    same(orders["paid"], (net + refund).round(4))
    same(orders["refund"], refund)
    same(orders["order_total"], by_hand["总金额"].astype(float))
    paid = orders[orders["paid_at"].notna()]
    assert f"{paid['paid'].sum():.2f}" == truth["paid_total"]
    assert f"{paid['refund'].sum():.2f}" == truth["refund_total"]
    assert f"{(paid['paid'] - paid['refund']).sum():.2f}" == truth["net_total"]
    assert len(paid) == truth["paid_orders"]


def test_states_and_buyers_agree_with_the_truth(orders, loaded, truth):
    assert orders["status"].value_counts().to_dict() == truth["orders_by_status"]
    valid = orders[orders["paid_at"].notna() & (orders["paid"] - orders["refund"] > 0.001)]
    assert (len(valid), valid["customer_id"].nunique()) == (truth["valid_orders"], truth["buyers"])
    masked = loaded.facts[(loaded.facts.fact == "masked_keys") & (loaded.facts.table == "orders")]
    assert masked["total"].item() >= masked["count"].item() >= truth["masked_nicks"]
    basis = loaded.facts[loaded.facts.fact == "paid_basis"].iloc[0]
    assert (basis["subject"], basis["count"]) == ("net", basis["total"])


def test_the_back_end_s_days_reconcile_with_the_orders_to_the_cent(loaded):
    orders, traffic = (loaded.tables[name].to_pandas() for name in ("orders", "traffic"))
    paid = orders[orders["paid_at"].notna()]
    by_day = paid.groupby(paid["paid_at"].dt.normalize())
    days = traffic.set_index("date").sort_index()
    assert len(days) == 1096
    same(days["paid"], by_day["paid"].sum().round(2).reindex(days.index, fill_value=0.0))
    same(days["orders"], by_day.size().reindex(days.index, fill_value=0).astype(float))
    same(days["pay_conversion"].round(4), (days["buyers"] / days["visitors"]).round(4))
    assert days["visitors"].notna().all() and days["cart_users"].isna().sum() == 92


def test_ratings_leave_out_the_first_days_and_are_in_the_ledger(loaded):
    ratings = loaded.tables["ratings"].to_pandas()
    assert drops_of(loaded, "ratings") == {"no_value": 1096 - len(ratings)}
    assert ratings["date"].min() == pd.Timestamp("2023-07-16")
    assert ratings[["description", "service", "logistics"]].stack().between(1, 5).all()


def test_parcels_and_reviews_agree_with_their_files(loaded):
    by_hand = cells(DEMO / "raw" / "shipments.csv")
    parcels = loaded.tables["shipments"].to_pandas()
    key = ["order_id", "shipped_at"]
    ours = parcels.sort_values(key, ignore_index=True)
    theirs = by_hand.assign(shipped_at=times(by_hand["发货时间"]), order_id=by_hand["订单编号"])
    theirs = theirs.sort_values(key, ignore_index=True)
    for name, header in {"order_id": "订单编号", "carrier": "快递公司"}.items():
        same(ours[name].astype(object), theirs[header].astype(object))
    same(ours["signed_at"], times(theirs["签收时间"]))
    orders = loaded.tables["orders"].to_pandas().set_index("order_id")["carrier"]
    told = orders.loc[parcels["order_id"]].to_numpy()
    assert (pd.Series(told).isna() | (told == parcels["carrier"])).all()
    reviews, written = loaded.tables["reviews"].to_pandas(), cells(DEMO / "raw" / "reviews.csv")
    assert len(reviews) == len(written) and set(reviews["order_id"]) == set(written["订单编号"])
    for ours, header in {"stars": "星级", "description": "描述相符", "logistics": "物流服务"}.items():
        given = pd.to_numeric(written[header].replace("", None))
        assert reviews[ours].sum() == given.sum() and reviews[ours].count() == given.count()
    assert "<script>alert(1)</script>" in set(reviews["text"])
    assert loaded.tables["campaigns"].count().execute() == 8


def test_lines_and_customers_agree(loaded):
    by_hand = cells(next(DEMO.glob("raw/ExportOrderDetailList*")))
    lines = loaded.tables["order_items"].to_pandas().set_index("line_id").sort_index()
    by_hand = by_hand.set_index(plain(by_hand["子订单编号"])).sort_index()
    assert list(lines.index) == list(by_hand.index)
    same(lines["order_id"].astype(object), plain(by_hand["主订单编号"]).astype(object))
    same(lines["product_id"].astype(object), by_hand["商家编码"].astype(object))
    for ours, theirs in {"quantity": "购买数量", "amount": "买家实际支付金额", "refund": "退款金额"}.items():
        same(lines[ours], by_hand[theirs].astype(float))
    known = cells(DEMO / "raw" / "customers.csv")
    customers = loaded.tables["customers"].to_pandas()
    assert sorted(customers["customer_id"]) == sorted(known["customer_id"])
    assert customers["blacklisted"].sum() == (known["blacklisted"] == "true").sum()
    no_answer = known["birthday"].isin(["", "1900-01-01"])
    assert 0 < customers["birthday"].notna().sum() == (~no_answer).sum() < len(known)
    words = {"女": "female", "男": "male", "": None}
    gender = known.set_index("customer_id")["gender"].map(words).sort_index()
    same(customers.set_index("customer_id")["gender"].sort_index().astype(object), gender.astype(object))


def test_members_and_events_agree_with_their_files(loaded, truth):
    members, joined = loaded.tables["members"].to_pandas(), cells(DEMO / "raw" / "members.csv")
    ours = members.set_index("customer_id").sort_index()
    theirs = joined.set_index("会员名").sort_index()
    assert list(ours.index) == list(theirs.index)
    same(ours["enrolled_at"], times(theirs["入会时间"]))
    same(ours["tier"].astype(object), theirs["会员等级"].where(theirs["会员等级"] != "").astype(object))
    same(ours["points"], theirs["积分"].astype(float))
    events, done = loaded.tables["events"].to_pandas(), cells(DEMO / "raw" / "events.xlsx")
    assert events["type"].value_counts().to_dict() == truth["behaviour"]["rows"]
    key = ["customer_id", "at", "product_id", "type"]
    words = done["行为"].map({"浏览": "view", "收藏": "favourite", "加购": "cart"})
    theirs = pd.DataFrame(
        {
            "customer_id": done["会员名"],
            "at": times(done["时间"]),
            "product_id": done["商品ID"],
            "type": words,
        }
    ).sort_values(key, ignore_index=True)
    ours = events[key].sort_values(key, ignore_index=True)
    for column in key:
        same(ours[column].astype(object), theirs[column].astype(object))
    assert drops_of(loaded, "events") == drops_of(loaded, "members") == {}
