import csv
import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shopcrm_nb.demo import export, market, people, planted, simulate
from shopcrm_nb.demo import truth as truths
from shopcrm_nb.demo.export import write_demo

COMMITTED = Path(__file__).parents[1] / "data" / "demo"
FIRST, SECOND, THIRD = (
    "ExportOrderList202412310930.csv",
    "ExportOrderList202512310930.xlsx",
    "ExportOrderList202606302359.xlsx",
)
ITEMS = "ExportOrderDetailList202606302359.xlsx"
EVENTS = "events.xlsx"
DAYS = "生意参谋_店铺_日_20230701_20260630.xlsx"
G1 = (
    "订单编号, 买家会员名, 买家支付宝账号, 买家应付货款, 买家应付邮费, 买家支付积分, 总金额, 返点积分, "
    "买家实际支付金额, 买家实际支付积分, 订单状态, 买家留言, 收货人姓名, 收货地址␠, 运送方式, "
    "联系电话␠, 联系手机, 订单创建时间, 订单付款时间␠, 宝贝标题␠, 宝贝种类␠, 物流单号␠, 物流公司, "
    "订单备注, 宝贝总数量, 店铺Id, 店铺名称, 订单关闭原因, 卖家服务费, 买家服务费, 发票抬头, "
    "是否手机订单, 分阶段订单信息, 特权订金订单id, 定金排名, 修改后的sku, 修改后的收货地址, 异常信息, "
    "天猫卡券抵扣, 集分宝抵扣, 是否是O2O交易"
)
PLAIN = ("customers", "members", "shipments", "reviews", "campaigns")
AS_OF = pd.Timestamp("2026-06-30")


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder)
    return folder


@pytest.fixture(scope="session")
def healthy():
    """The world without faults, its orders as the last export of each tells them, and their truth."""
    world = simulate.simulate(618, with_faults=False)
    final = export.latest(export.seen(world, 618))
    return world, final, truths.truth(world, final, {})


@pytest.fixture(scope="session")
def truth(demo):
    return json.loads((demo / "truth.json").read_text(encoding="utf-8"))


def cells(path):
    """Read an export as text, headers as they stand; a spreadsheet's empty cells become ''."""
    if path.suffix == ".xlsx":
        return pd.read_excel(path, engine="calamine", dtype=str, keep_default_na=False).fillna("")
    with path.open(encoding="gb18030", newline="") as file:
        header, *rows = csv.reader(file)
    return pd.DataFrame(rows, columns=header)


@pytest.fixture(scope="session")
def files(demo):
    return {name: cells(demo / "raw" / name) for name in (FIRST, SECOND, THIRD)}


def times(texts):
    return pd.to_datetime(texts.replace({"-": "", "null": ""}), format="mixed")


def understood(table):
    """Return an order export with plain ids, amounts in cents and real times."""
    table = table.rename(columns=str.strip)
    cents = {
        name: (table[column].astype(float) * 100).round().astype(int)
        for name, column in {
            "goods": "买家应付货款",
            "postage": "买家应付邮费",
            "total": "总金额",
            "net": "买家实际支付金额",
            "refund": "退款金额",
        }.items()
    }
    return pd.DataFrame(
        {
            "order_id": table["订单编号"].str.strip('="'),
            "nick": table["买家会员名"],
            "status": table["订单状态"],
            "stages": table["分阶段订单信息"],
            "created_at": times(table["订单创建时间"]),
            "paid_at": times(table["订单付款时间"]),
            **cents,
        }
    )


@pytest.fixture(scope="session")
def orders(files):
    """All orders, the latest copy of each; ``paid`` leaves out deposits and unpaid closures."""
    every = pd.concat([understood(table) for table in files.values()], ignore_index=True)
    latest = every.drop_duplicates("order_id", keep="last").reset_index(drop=True)
    latest["paid"] = latest["paid_at"].notna() & (latest["status"] != "等待买家付款")
    latest["valid"] = latest["paid"] & (latest["net"] > 0)
    latest["masked"] = latest["nick"].str.contains("*", regex=False)
    latest["day"] = latest["paid_at"].dt.normalize()
    return latest


@pytest.fixture(scope="session")
def items(demo):
    table = cells(demo / "raw" / ITEMS)
    for column in ("买家应付货款", "买家实际支付金额", "退款金额"):
        table[column] = (table[column].astype(float) * 100).round().astype(int)
    return table


@pytest.fixture(scope="session")
def customers(demo):
    return pd.read_csv(demo / "raw" / "customers.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")


def scored(orders):
    """Score the year to as_of by the table of the source, in plain pandas: 1R + 3F + 4M and its grade."""
    start = AS_OF - pd.DateOffset(years=1)
    year = orders[orders["valid"] & ~orders["masked"] & orders["day"].between(start, AS_OF)]
    table = year.groupby("nick").agg(last=("day", "max"), f=("order_id", "size"), m=("net", "sum"))
    months = {n: AS_OF - pd.DateOffset(months=n) for n in (1, 3, 4, 7)}
    table["R"] = 1 + sum((table["last"] >= since).astype(int) for since in months.values())
    table["F"] = pd.cut(table["f"], [0, 1, 2, 3, 5, np.inf], labels=[1, 2, 3, 4, 5]).astype(int)
    table["M"] = pd.cut(
        table["m"], [0, 30_000, 50_000, 100_000, 200_000, np.inf], right=False, labels=[1, 2, 3, 4, 5]
    ).astype(int)
    table["value"] = table["R"] + 3 * table["F"] + 4 * table["M"]
    table["grade"] = pd.cut(table["value"], [7, 16, 25, 35, 40], labels=list("BSGP")).astype(str)
    return table


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_writes_give_the_same_bytes_and_print_nothing(demo, tmp_path, capsys):
    write_demo(tmp_path)
    assert contents(tmp_path) == contents(demo)
    assert capsys.readouterr() == ("", "")


def test_another_seed_gives_another_shop():
    one, other = (simulate.simulate(seed).orders for seed in (618, 619))
    assert not one["created_at"].head(500).equals(other["created_at"].head(500))


def test_the_whole_folder_is_at_most_six_mebibytes_and_no_file_is_large(demo):
    sizes = [len(content) for content in contents(demo).values()]
    assert sum(sizes) <= 6 * 2**20
    assert max(sizes) <= 1_900_000


def test_the_committed_shop_is_what_the_simulator_writes(demo):
    if not COMMITTED.exists():
        pytest.skip("data/demo is not there")
    # How well a workbook is compressed depends on the machine's zlib; text does not.
    plain = [FIRST, *(f"{name}.csv" for name in PLAIN)]
    for name in ("truth.json", "shop.toml", *(f"raw/{name}" for name in plain)):
        assert (COMMITTED / name).read_bytes() == (demo / name).read_bytes(), name
    for name in (SECOND, THIRD, ITEMS, DAYS, EVENTS, "coupons.xlsx"):
        pd.testing.assert_frame_equal(cells(COMMITTED / "raw" / name), cells(demo / "raw" / name))
    ours, theirs = (pd.read_parquet(folder / "raw" / "sends.parquet") for folder in (COMMITTED, demo))
    pd.testing.assert_frame_equal(ours, theirs)


def test_the_settings_name_the_tables(demo):
    settings = tomllib.loads((demo / "shop.toml").read_text(encoding="utf-8"))
    assert settings["name"] == "夏艺女装"
    assert {name: table["preset"] for name, table in settings["tables"].items()} == {
        "orders": "taobao_orders",
        "order_items": "taobao_items",
        "customers": "template",
        "members": "template",
        "events": "template",
        "shipments": "template",
        "reviews": "template",
        "traffic": "sycm_day",
        "ratings": "sycm_day",
        "campaigns": "template",
        "sends": "template",
        "coupons": "template",
    }
    for table in settings["tables"].values():
        assert all(list(demo.glob(pattern)) for pattern in table["files"])


def test_the_fourth_generation_has_the_first_s_headers_and_the_additions_in_their_places(files):
    header = [name.replace("␠", " ") for name in G1.split(", ")]

    def add(after, *names):
        place = header.index(after) + 1
        header[place:place] = names

    add("特权订金订单id", "是否上传合同照片", "是否上传小票", "是否代付")
    add("买家支付宝账号", "支付单号", "支付详情")
    retail = [f"新零售{where}门店{what}" for where in ("导购", "发货") for what in ("名称", "id")]
    header += ["新零售交易类型", *retail, "退款金额", "预约门店", "确认收货时间", "打款商家金额"]
    header += ["含应开票给个人的个人红包", "是否信用购", "体验期结束时间", "前N有礼", "配送类型"]
    header += [
        "直播返现状态",
        "返现金额",
        "新零售成交门店昵称",
        "新零售成交门店id",
        "新零售成交经销商id",
        "主订单编号",
    ]
    add("是否是O2O交易", "满返红包金额")
    assert len(header) == 67
    assert list(files[FIRST].columns) == header
    assert list(files[SECOND].columns) == header


def test_the_fifth_generation_has_no_alipay_account_and_six_more_columns(files):
    fifth = list(files[THIRD].columns)
    fourth = [name.strip() for name in files[FIRST].columns]
    assert len(fifth) == len(set(fifth)) == 71
    assert set(fourth) - set(fifth) == {"买家支付宝账号", "满返红包金额"}
    assert [name for name in fifth if name not in fourth] == [
        "买家会员昵称",
        "虚拟号过期时间",
        "延迟发货自动赔付金额",
        "预售订单",
        "发货时间",
        "商家备忘",
    ]


def test_the_line_export_has_its_eighteen_columns(items):
    assert len(items.columns) == 18
    assert list(items.columns[:3]) == ["子订单编号", "主订单编号", "标题"]
    assert list(items.columns[-4:]) == ["退款状态", "退款金额", "订单创建时间", "订单付款时间"]


def test_the_csv_export_is_gb18030_and_neither_utf8_nor_gbk(demo):
    content = (demo / "raw" / FIRST).read_bytes()
    assert "交易成功" in content.decode("gb18030")
    for encoding in ("utf-8", "gbk"):
        with pytest.raises(UnicodeDecodeError):
            content.decode(encoding)


def test_the_customer_file_is_utf8_with_a_mark_and_the_other_exports_are_workbooks(demo):
    raw = demo / "raw"
    assert (raw / "customers.csv").read_bytes().startswith(b"\xef\xbb\xbfcustomer_id,")
    assert all((raw / name).read_bytes().startswith(b"PK") for name in (SECOND, THIRD, ITEMS))


def test_order_ids_have_18_or_19_digits_and_are_formulas_in_the_csv(demo, files):
    text = (demo / "raw" / FIRST).read_text(encoding="gb18030")
    assert text.splitlines()[1].startswith('="1930')
    assert files[FIRST]["订单编号"].str.fullmatch(r'="1930\d{14,15}"').all()
    for name in (SECOND, THIRD):
        assert files[name]["订单编号"].str.fullmatch(r"1930\d{15}").all()


def test_order_ids_differ_as_text_and_some_are_equal_as_numbers(files, orders):
    for table in files.values():
        assert table["订单编号"].is_unique
    assert set(orders["order_id"].str.len()) == {18, 19}
    assert orders["order_id"].astype(float).duplicated().sum() >= 10


def test_each_export_covers_its_span_newest_first(files):
    spans = {
        FIRST: ("2023-07-01", "2024-12-31 09:30"),
        SECOND: ("2024-12-01", "2025-12-31 09:30"),
        THIRD: ("2025-12-15", "2026-06-30 23:59"),
    }
    for name, (start, end) in spans.items():
        created = times(files[name]["订单创建时间"])
        assert created.between(start, end).all()
        assert created.dt.floor("min").is_monotonic_decreasing
        assert created.min() < pd.Timestamp(start) + pd.Timedelta(days=2)
        assert created.max() > pd.Timestamp(end) - pd.Timedelta(days=2)


def test_total_is_paid_plus_refund_in_every_paid_row(files):
    for table in map(understood, files.values()):
        paid = table["paid_at"].notna() & (table["status"] != "等待买家付款")
        assert paid.sum() > 1500
        assert (table["total"] == table["net"] + table["refund"])[paid].all()
        assert (table.loc[~paid, ["net", "refund"]] == 0).all(axis=None)
        assert (table["total"] == table["goods"] + table["postage"]).all()


def test_a_closed_order_was_never_paid_or_lost_all_of_its_money(files):
    for table in map(understood, files.values()):
        closed = table[table["status"] == "交易关闭"]
        assert (closed["net"] == 0).all()
        back = closed["paid_at"].notna()
        assert back.any()
        assert (closed["refund"] == closed["total"].where(back, 0)).all()


def test_no_order_is_paid_before_it_is_made(orders):
    paid = orders.dropna(subset="paid_at")
    assert (paid["created_at"] <= paid["paid_at"]).all()


def test_the_last_paid_day_is_the_last_day(orders, truth):
    assert orders.loc[orders["paid"], "day"].max() == AS_OF
    assert truth["as_of"] == "2026-06-30"


def test_the_truth_counts_orders_buyers_and_money(orders, truth):
    assert truth["orders"] == len(orders)
    assert truth["valid_orders"] == orders["valid"].sum()
    assert truth["paid_orders"] == orders["paid"].sum()
    assert truth["buyers"] == orders.loc[orders["valid"] & ~orders["masked"], "nick"].nunique()
    paid = orders[orders["paid"]]
    for key, column in {"paid_total": "total", "refund_total": "refund", "net_total": "net"}.items():
        assert truth[key] == f"{paid[column].sum() / 100:.2f}"


def test_the_truth_counts_the_states(orders, truth):
    closed = orders["status"] == "交易关闭"
    assert truth["orders_by_status"] == {
        "unpaid": (orders["status"] == "等待买家付款").sum(),
        "closed_unpaid": (closed & orders["paid_at"].isna()).sum(),
        "paid": (orders["status"] == "买家已付款，等待卖家发货").sum(),
        "part_shipped": (orders["status"] == "卖家部分发货").sum(),
        "shipped": (orders["status"] == "卖家已发货，等待买家确认").sum(),
        "success": (orders["status"] == "交易成功").sum(),
        "refunded": (closed & orders["paid_at"].notna()).sum(),
    }
    assert min(truth["orders_by_status"].values()) > 0


def test_the_truth_counts_files_overlaps_masks_and_presales(files, items, customers, orders, truth):
    tables = {**files, ITEMS: items, "customers.csv": customers}
    assert {name: truth["rows"][name] for name in tables} == {n: len(table) for n, table in tables.items()}
    ids = pd.concat([understood(table)["order_id"] for table in files.values()])
    assert truth["overlapping_orders"] == (ids.value_counts() > 1).sum()
    assert truth["masked_nicks"] == orders["masked"].sum()
    presale = orders[orders["stages"] != ""]
    waiting = presale["status"] == "等待买家付款"
    assert truth["presale"] == {
        "balance_paid": presale["paid"].sum(),
        "closed_after_deposit": (presale["status"].eq("交易关闭") & presale["paid_at"].isna()).sum(),
        "waiting_for_balance": waiting.sum(),
        "waiting_with_a_payment_time": (waiting & presale["paid_at"].notna()).sum(),
    }
    assert 10 <= truth["presale"]["waiting_with_a_payment_time"] <= 15


def test_unpaid_refunded_and_masked_shares_are_as_set(orders, truth):
    share = {word: count / len(orders) for word, count in truth["orders_by_status"].items()}
    assert share["closed_unpaid"] == pytest.approx(0.12, abs=0.01)
    assert share["refunded"] == pytest.approx(0.06, abs=0.01)
    assert truth["partly_refunded_orders"] / len(orders) == pytest.approx(0.04, abs=0.005)
    assert orders["masked"].mean() == pytest.approx(0.015, abs=0.005)
    assert 6000 <= truth["buyers"] <= 10_000


def test_the_later_copy_of_an_order_has_moved_on(files):
    first, second = (understood(files[name]).set_index("order_id") for name in (FIRST, SECOND))
    both = first.join(second, how="inner", suffixes=("", "_later"))
    moved = both[both["status"] != both["status_later"]]
    assert (moved["status_later"] == "交易成功").sum() > 50
    assert ((moved["status_later"] == "交易关闭") & (moved["refund_later"] > 0)).sum() >= 3
    assert (both["refund_later"] > both["refund"]).sum() >= 5
    assert (both["nick"] == both["nick_later"]).all()
    assert (both["total"] == both["total_later"]).all()


def test_lines_add_up_to_what_was_paid_for_goods(orders, items):
    by_order = items.groupby("主订单编号")[["买家应付货款", "买家实际支付金额", "退款金额"]].sum()
    joined = orders.set_index("order_id").join(by_order)
    assert (joined["买家应付货款"] == joined["goods"]).all()
    assert (joined["买家实际支付金额"] == joined["goods"].where(joined["paid"], 0)).all()
    postage_back = joined["postage"].where(joined["paid"] & (joined["net"] == 0), 0)
    assert (joined["退款金额"] + postage_back == joined["refund"]).all()
    assert len(by_order) == len(orders)


def test_lines_carry_unique_ids_and_a_category_prefix(items):
    assert items["子订单编号"].is_unique
    assert items["商家编码"].str.fullmatch(r"(DY|YR|MF|FY|PY|WT|ZZ|QZ|FS|PS|BC)-\d{3}").all()
    alone = ~items["主订单编号"].duplicated(keep=False)
    assert (items["子订单编号"] == items["主订单编号"])[alone].all()


def test_refunded_lines_say_so(items):
    assert set(items["退款状态"]) == {"没有申请退款", "退款成功"}
    assert ((items["退款金额"] > 0) == (items["退款状态"] == "退款成功")).all()


def test_titles_of_several_lines_share_a_cell(files, items):
    table = files[THIRD].set_index("订单编号")
    order_id = table.index[table["宝贝种类"] == "3"][0]
    titles = items.loc[items["主订单编号"] == order_id, "标题"]
    assert table.loc[order_id, "宝贝标题"].split("，") == titles.tolist()


def test_the_source_s_table_gives_four_visible_grades(healthy):
    _, _, truth = healthy
    share = pd.Series(truth["grades"]["shares"])
    assert 0.02 <= share["P"] <= 0.05
    assert 0.10 <= share["G"] <= 0.15
    assert 0.25 <= share["S"] <= 0.35
    assert share["B"] == pytest.approx(1 - share[["P", "G", "S"]].sum(), abs=0.0002)


def test_the_grades_stay_visible_when_returning_customers_stay_away(orders, truth, healthy):
    grades = scored(orders)["grade"].value_counts()
    assert truth["grades"]["by_grade"] == grades.to_dict()
    share, well = grades / grades.sum(), pd.Series(healthy[2]["grades"]["shares"])
    assert 0.015 <= share["P"] < well["P"]
    assert 0.09 <= share["G"] < well["G"]
    assert 0.25 <= share["S"] <= 0.35


@pytest.mark.parametrize(
    ("edge", "score"),
    [
        ("one_month_ago", 5),
        ("one_month_and_a_day_ago", 4),
        ("three_months_ago", 4),
        ("three_months_and_a_day_ago", 3),
        ("four_months_ago", 3),
        ("four_months_and_a_day_ago", 2),
        ("seven_months_ago", 2),
        ("seven_months_and_a_day_ago", 1),
        ("one_year_ago", 1),
    ],
)
def test_a_customer_stands_on_each_edge_of_recency(orders, truth, edge, score):
    assert (scored(orders).loc[truth["planted"][edge], "R"] == score).all()


@pytest.mark.parametrize(
    ("edge", "low", "high", "score"),
    [
        ("monetary_299_to_300", 29_900, 30_000, 1),
        ("monetary_499_to_500", 49_900, 50_000, 2),
        ("monetary_999_to_1000", 99_900, 100_000, 3),
        ("monetary_1000", 99_999, 100_001, 4),
        ("monetary_1999_to_2000", 199_900, 200_000, 4),
        ("monetary_2000", 199_999, 200_001, 5),
        ("paid_one_cent", 0, 2, 1),
    ],
)
def test_a_customer_stands_on_each_edge_of_money(orders, truth, edge, low, high, score):
    mine = scored(orders).loc[truth["planted"][edge]]
    assert len(mine) == len(planted.PLANTED[edge])
    assert ((low < mine["m"]) & (mine["m"] < high)).all()
    assert (mine["M"] == score).all()


def test_who_last_bought_over_a_year_ago_or_paid_nothing_has_no_score(orders, truth):
    table = scored(orders)
    for edge in ("one_year_and_a_day_ago", "over_a_year_ago", "paid_nothing"):
        assert not set(truth["planted"][edge]) & set(table.index)
        assert set(truth["planted"][edge]) <= set(orders["nick"])


def test_a_customer_paid_on_the_last_day_of_months_a_leap_day_among_them(orders, truth):
    days = orders.loc[orders["nick"].isin(truth["planted"]["month_ends"]), "day"]
    assert sorted(days.dt.strftime("%Y-%m-%d")) == ["2024-01-31", "2024-02-29", "2024-03-31"]


def test_some_buyers_order_twice_on_one_day(orders):
    assert orders[orders["valid"] & ~orders["masked"]].duplicated(["nick", "day"]).sum() >= 50


def test_notes_hold_commas_quotes_and_line_breaks(files):
    written = pd.concat(
        [files[name][column] for name in (FIRST, SECOND) for column in ("买家留言", "订单备注")]
    )
    for trap in (",", '"', "\n", "<script>", "😊"):
        assert written.str.contains(trap, regex=False).sum() >= 12, trap


def test_some_hundred_rows_were_saved_again_by_a_spreadsheet(files):
    created = files[FIRST]["订单创建时间"]
    slashed = created.str.fullmatch(r"2023/1\d/\d{1,2} \d{1,2}:\d\d")
    assert 200 <= slashed.sum() <= 500
    assert created[~slashed].str.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d").all()
    assert not files[SECOND]["订单创建时间"].str.contains("/").any()


def test_cells_carry_the_platform_s_marks(files):
    first, third = files[FIRST], files[THIRD]
    assert first["联系手机"].str.fullmatch(r"'1\d\d\*{4}\d{4}").all()
    assert first["打款商家金额"].str.fullmatch(r"\d+\.\d\d元").all()
    assert (first["卖家服务费"] == "0元").all()
    parcels = first["物流单号 "]
    assert parcels[parcels != ""].str.fullmatch(r"No:\d{12}").all()
    assert first["收货地址 "].str.fullmatch(r"\S+ \S+ \S+ \*\*路 \(\d{6}\)").all()
    assert {"null", "-"} <= {*third["发货时间"], *third["确认收货时间"]}
    assert (first["联系电话 "] == "-").any()
    assert (first["异常信息"] == "null").any()


def test_nobody_can_be_called_or_named(demo, files):
    text = (demo / "raw" / FIRST).read_text(encoding="gb18030")
    text += "\n".join(files[SECOND].agg("\t".join, axis=1))
    assert not re.search(r"(?<![\d:])1[3-9]\d{9}(?!\d)", text)
    for table in files.values():
        assert table["收货人姓名"].str.fullmatch(r".\*\*").all()
        assert table["联系手机"].str.contains("****", regex=False).all()


def test_nicks_that_look_like_code_or_numbers_are_among_the_buyers(orders, customers):
    odd = {"<b>小仙女</b>", "=1+1", "@夏天", "+86小鱼", "00712", "88888888", "爱,笑的眼", "𠮷吉"}
    assert odd <= set(orders["nick"])
    assert odd & set(customers["customer_id"])


def test_the_customer_file_knows_most_buyers_and_some_who_never_bought(orders, customers):
    assert customers["customer_id"].is_unique
    buyers = set(orders.loc[orders["valid"] & ~orders["masked"], "nick"])
    assert len(buyers & set(customers["customer_id"])) / len(buyers) == pytest.approx(0.85, abs=0.02)
    paid = set(orders.loc[orders["paid"], "nick"])
    assert 200 <= len(set(customers["customer_id"]) - paid) <= 700
    assert list(customers.columns) == [
        *("customer_id", "gender", "birthday", "occupation", "province", "city"),
        *("platform_level", "email_ok", "sms_ok", "blacklisted"),
    ]
    for column in ("gender", "birthday", "occupation", "province", "email_ok", "sms_ok"):
        assert 0.02 < (customers[column] == "").mean() < 0.5, column
    assert set(customers["blacklisted"]) == {"true", "false"}


def test_bad_risks_send_most_of_their_orders_back(orders, customers, truth):
    risky = orders[orders["paid"] & orders["nick"].isin(truth["bad_risks"]["nicks"])]
    assert (risky["net"] == 0).mean() > 0.6
    blacklisted = set(customers.loc[customers["blacklisted"] == "true", "customer_id"])
    assert blacklisted and blacklisted <= set(truth["bad_risks"]["blacklisted"])


def daily(orders):
    days = pd.date_range("2023-07-01", AS_OF)
    return orders[orders["valid"]].groupby("day").size().reindex(days, fill_value=0)


def test_coats_sell_in_autumn_and_winter(orders):
    by_month = daily(orders).groupby(lambda day: day.month).mean()
    assert by_month[[10, 11, 12, 1]].min() > 1.8 * by_month[[5, 7, 8]].max()


@pytest.mark.parametrize(
    "day", ["2023-11-11", "2024-11-11", "2025-11-11", "2024-06-18", "2025-06-18", "2026-06-18"]
)
def test_the_platform_s_sales_stand_out(orders, day):
    per_day = daily(orders)
    around = per_day[pd.Timestamp(day) - pd.Timedelta(days=14) : pd.Timestamp(day) - pd.Timedelta(days=1)]
    assert per_day[day] > 3 * around.mean()


@pytest.mark.parametrize(("sale", "slump"), list(zip(market.FLASH_SALES, market.SLUMPS, strict=True)))
def test_a_flash_sale_lifts_demand_as_set_and_a_slump_follows(orders, sale, slump):
    per_day = daily(orders)
    start = pd.Timestamp(sale.start)

    def demand(first, last):
        days = pd.date_range(first, last)
        return per_day[days].sum() / market.seasonal_demand(days).sum()

    before = demand(start - pd.Timedelta(days=28), start - pd.Timedelta(days=1))
    assert demand(sale.start, sale.end) / before == pytest.approx(sale.multiplier, rel=0.25)
    assert demand(slump.start, slump.end) / before == pytest.approx(slump.multiplier, abs=0.15)


def test_the_truth_lists_the_events_with_what_they_added(truth, orders):
    sale = next(event for event in truth["events"] if event["start"] == "2026-03-12")
    days = daily(orders)["2026-03-12":"2026-03-14"].sum()
    assert (sale["name"], sale["multiplier"], sale["valid_orders"]) == ("聚划算", 8.0, days)
    assert sale["incremental_orders"] == round(days * 7 / 8, 1)


def test_the_true_repurchase_share_can_be_recovered(orders, truth):
    bought = orders[orders["valid"] & ~orders["masked"]][["nick", "day"]].drop_duplicates()
    bought = bought.sort_values(["nick", "day"])
    gap = (bought.groupby("nick")["day"].shift(-1) - bought["day"]).dt.days
    seen = bought["day"] <= AS_OF - pd.Timedelta(days=180)
    share = truth["repurchase"]["after_any_order"]["within_180_days"]
    assert (gap[seen] <= 180).mean() == pytest.approx(share, abs=0.02)


def test_a_rate_gives_the_median_gap_it_is_made_for():
    rate, ramp = simulate.plateau_rate(100), 25
    days = np.arange(0, 100, 0.01)
    hazard = rate * (1 - np.exp(-days / ramp))
    assert np.exp(-hazard.sum() * 0.01) == pytest.approx(0.5, abs=0.001)


def test_the_truth_gives_each_customer_type_its_parameters(truth):
    types = truth["parameters"]["customer_types"]
    assert set(types) == set(people.TYPES)
    assert sum(kind["share"] for kind in types.values()) == pytest.approx(1)
    for kind in types.values():
        assert kind["realised_share"] == pytest.approx(kind["share"], abs=0.015)
    gaps = [types[name]["median_gap_days"] for name in ("one_time", "occasional", "regular", "loyal")]
    assert gaps == sorted(gaps, reverse=True)
