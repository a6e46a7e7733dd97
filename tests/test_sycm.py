"""生意参谋's exports and parcel reports become traffic, ratings and shipments, titles and all."""

import datetime as dt

import pytest
from conftest import check_ledger, drops_of, rows_of
from workbooks import xls, xlsx

from shopcrm_nb.draft import draft
from shopcrm_nb.load import load
from shopcrm_nb.settings import read_shop, read_toml

ORDERS = "order_id,paid_at,paid,customer_id\n1,2026-06-29 03:04:05,10,a\n"
HEADERS = [
    *("统计日期", "访客数", "新访客数", "浏览量", "跳失率", "商品收藏人数", "加购人数", "支付买家数"),
    *("支付金额", "支付父订单数", "支付转化率", "描述相符动态评分(DSR)", "服务态度动态评分(DSR)"),
    "物流服务动态评分（DSR）",
]
DAYS = [
    ["2026-06-28", "1,203", "800", "4,812", "61.25%", "-", "-", "0", "0.00", "0", "0.00%", "-", "-", "-"],
    [
        "2026-06-29",
        "1,000",
        "-",
        "-",
        "-",
        "50",
        "88",
        "30",
        "12,345.67",
        "31",
        "3.00%",
        "4.81234",
        "4.9",
        "4.7",
    ],
    ["2026-06-30", "999", "1", "2", "100.00%", "3", "4", "5", "6.70", "7", "0.50%", "4.8", "-", "4.7"],
]
TITLES = [["店铺数据"], ["统计时间：2026-06-28 ~ 2026-06-30"], []]
TOML = """
[tables.orders]
files = "o.csv"
preset = "template"
[tables.traffic]
files = "sycm*"
preset = "sycm_day"
[tables.ratings]
files = "sycm*"
preset = "sycm_day"
"""


def csv_of(rows):
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows) + "\n"


BOOKS = {
    "sycm.xlsx": xlsx([*TITLES, HEADERS, *DAYS]),
    "sycm.xls": xls([*TITLES, HEADERS, *DAYS]),
    "sycm.csv": csv_of([*TITLES, HEADERS, *DAYS]).encode("gb18030"),
    "sycm_row_1.csv": csv_of([HEADERS, *DAYS]),
    "sycm_row_5.xlsx": xlsx([*TITLES, [], HEADERS, *DAYS]),
}


@pytest.mark.parametrize("name", BOOKS)
def test_one_day_export_fills_traffic_and_ratings_wherever_its_headers_stand(load_shop, name):
    loaded = load_shop({"o.csv": ORDERS, name: BOOKS[name]}, TOML)
    check_ledger(loaded)
    traffic = loaded.tables["traffic"]
    assert rows_of(traffic, "date", "visitors", "new_visitors", "page_views", "bounce_rate") == [
        (dt.datetime(2026, 6, 28), 1203.0, 800.0, 4812.0, 0.6125),
        (dt.datetime(2026, 6, 29), 1000.0, None, None, None),
        (dt.datetime(2026, 6, 30), 999.0, 1.0, 2.0, 1.0),
    ]
    names = ("favourite_users", "cart_users", "buyers", "paid", "orders", "pay_conversion")
    days = traffic.order_by("date").select(*names).to_pyarrow().to_pylist()
    assert [tuple(day.values()) for day in days] == [
        (None, None, 0.0, 0.0, 0.0, 0.0),
        (50.0, 88.0, 30.0, 12345.67, 31.0, 0.03),
        (3.0, 4.0, 5.0, 6.7, 7.0, 0.005),
    ]
    assert "source" not in traffic.columns
    ratings = rows_of(loaded.tables["ratings"], "date", "description", "service", "logistics")
    assert ratings == [(dt.datetime(2026, 6, 29), 4.81234, 4.9, 4.7)]
    assert drops_of(loaded, "ratings") == {"no_value": 2}
    assert drops_of(loaded, "traffic") == {}


def test_a_later_export_of_a_day_counts(load_shop):
    earlier = xlsx([*TITLES, HEADERS, ["2026-06-30", "5", *["-"] * 12], ["2026-06-27", "6", *["-"] * 12]])
    loaded = load_shop({"o.csv": ORDERS, "sycm_1.xlsx": earlier, "sycm_2.xlsx": BOOKS["sycm.xlsx"]}, TOML)
    assert [n for _, n in rows_of(loaded.tables["traffic"], "date", "visitors")] == [
        6.0,
        1203.0,
        1000.0,
        999.0,
    ]


def test_a_header_row_in_shop_toml_wins_over_the_preset_s_look(load_shop, refused):
    twice = xlsx([HEADERS, DAYS[0], HEADERS, DAYS[1]])
    files = {"o.csv": ORDERS, "sycm.xlsx": twice}
    loaded = load_shop(files, TOML.replace('"sycm_day"', '"sycm_day"\nheader_row = 3'))
    assert rows_of(loaded.tables["traffic"], "visitors") == [(1000.0,)]
    sentence = refused(files, TOML.replace('"sycm_day"', '"sycm_day"\nheader_row = 9'))
    assert sentence.startswith("sycm.xlsx: header_row is 9, but the file has only 4 rows")


def test_titles_above_a_file_mapped_by_hand_need_a_header_row(load_shop, refused):
    toml = '[tables.orders]\nfiles = "o.csv"\npreset = "template"\n'
    files = {"o.csv": "sales of 2026,,,\nfor the boss,,,\n" + ORDERS}
    assert refused(files, toml).endswith("; if titles stand above the headers, set header_row")
    loaded = load_shop(files, toml + "header_row = 3\n")
    assert rows_of(loaded.tables["orders"], "order_id", "paid") == [("1", 10.0)]


def test_numbered_rows_count_from_the_headers(load_shop):
    toml = '[tables.orders]\nfiles = "o.csv"\nheader_row = 2\n[tables.orders.columns]\n'
    toml += 'order_id = { row = true }\npaid_at = "at"\npaid = "sum"\n'
    loaded = load_shop({"o.csv": "t,\nat,sum\n2024-01-01,1\n2024-01-01,2\n"}, toml)
    assert rows_of(loaded.tables["orders"], "order_id", "paid") == [("1", 1.0), ("2", 2.0)]


SOURCES = [
    ["来源", "来源明细", "访客数", "访客数变化", "下单转化率"],
    ["淘内免费", "汇总", "90", "1.00%", "2.00%"],
    ["淘内免费", "手淘搜索", "1,060", "-", "2.00%"],
    ["自主访问", "-", "30", "-", "2.00%"],
]
SOURCE_TOML = """
[tables.orders]
files = "o.csv"
preset = "template"
[tables.traffic]
files = "s.*"
preset = "sycm_source"
where = "来源明细 <> '汇总'"
[tables.traffic.columns]
date = { sql = "'2026-06-30'" }
"""


def test_visitors_by_source_are_of_the_day_that_shop_toml_says_and_sums_are_left_out(load_shop, refused):
    files = {"o.csv": ORDERS, "s.xlsx": xlsx([*TITLES, [], *SOURCES])}
    loaded = load_shop(files, SOURCE_TOML)
    assert rows_of(loaded.tables["traffic"], "date", "source", "visitors") == [
        (dt.datetime(2026, 6, 30), "淘内免费 / 手淘搜索", 1060.0),
        (dt.datetime(2026, 6, 30), "自主访问 / -", 30.0),
    ]
    without = SOURCE_TOML.split("[tables.traffic.columns]")[0]
    assert "s.xlsx: no column for traffic.date among 来源, 来源明细" in refused(files, without)


def test_visitors_by_source_and_day_need_nothing_more(load_shop):
    rows = [
        [
            "流量来源",
            "来源明细",
            "访客数",
            "浏览量",
            "支付金额",
            "加购人数",
            "支付买家数",
            "支付转化率",
            "统计日期",
        ],
        ["付费流量", "直通车", "100", "220", "1,000.50", "9", "3", "3.00%", "2026-06-30"],
    ]
    toml = SOURCE_TOML.split("where")[0]
    loaded = load_shop({"o.csv": ORDERS, "s.csv": csv_of([["流量来源"], *rows])}, toml)
    found = loaded.tables["traffic"].to_pyarrow().to_pylist()
    assert found == [
        {
            "date": dt.datetime(2026, 6, 30),
            "visitors": 100.0,
            "source": "付费流量 / 直通车",
            "page_views": 220.0,
            "cart_users": 9.0,
            "buyers": 3.0,
            "pay_conversion": 0.03,
            "paid": 1000.5,
        }
    ]


def put(tmp_path, **files):
    paths = []
    for name, content in files.items():
        path = tmp_path / name.replace("_", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(path)
    return paths


def test_init_knows_a_day_export_below_its_titles_and_writes_both_tables(tmp_path):
    files = put(tmp_path, orders_csv=ORDERS, day_xlsx=BOOKS["sycm.xlsx"])
    drawn = draft(tmp_path / "shop", files)
    tables = read_toml(drawn.path)["tables"]
    assert tables["traffic"] == tables["ratings"]
    assert tables["traffic"] == {"files": ["../day.xlsx"], "preset": "sycm_day"}
    loaded = load(tmp_path / "shop", read_shop(tmp_path / "shop"))
    assert loaded.tables["traffic"].count().execute() == 3
    assert loaded.tables["ratings"].count().execute() == 1


def test_init_leaves_out_ratings_that_were_not_asked_for_and_says_so(tmp_path):
    plain = csv_of([["t"], HEADERS[:2], DAYS[0][:2]])
    drawn = draft(tmp_path / "shop", put(tmp_path, orders_csv=ORDERS, day_csv=plain))
    assert set(read_toml(drawn.path)["tables"]) == {"orders", "traffic"}
    assert "day.csv: no ratings, for it lacks description, service, logistics" in drawn.notes
    assert load(tmp_path / "shop", read_shop(tmp_path / "shop")).tables["traffic"].count().execute() == 1


def test_init_says_that_an_export_by_source_lacks_its_day(tmp_path):
    drawn = draft(tmp_path / "shop", put(tmp_path, orders_csv=ORDERS, source_csv=csv_of(SOURCES)))
    day = """the day, or { sql = "'2026-06-30'" } for a file of that day"""
    assert any(f"source.csv: no header is known for traffic.date, {day}" in note for note in drawn.notes)
    assert drawn.asked == ["date"]
    text = drawn.path.read_text(encoding="utf-8")
    assert f'[tables.traffic.columns]\n# date = "…"  # needed: {day}' in text


PARCELS = """订单编号,快递公司,快递单号,发货时间,签收时间
1,中通快递,7100001,2026-06-29 18:00:00,2026-07-02 09:00:00
1,中通快递,7100002,2026-06-30 18:00:00,
"""


def test_a_parcel_report_is_read_with_a_row_a_parcel(load_shop):
    toml = "".join(f'[tables.{t}]\nfiles = "{t}.csv"\npreset = "template"\n' for t in ("orders", "shipments"))
    loaded = load_shop({"orders.csv": ORDERS, "shipments.csv": PARCELS.encode("gb18030")}, toml)
    check_ledger(loaded)
    assert rows_of(loaded.tables["shipments"], "order_id", "carrier", "shipped_at", "signed_at") == [
        ("1", "中通快递", dt.datetime(2026, 6, 29, 18), dt.datetime(2026, 7, 2, 9)),
        ("1", "中通快递", dt.datetime(2026, 6, 30, 18), None),
    ]
    english = "order number,courier,ship date,delivered at\n1,DHL,2026-06-29,2026-07-02\n"
    loaded = load_shop({"orders.csv": ORDERS, "shipments.csv": english}, toml)
    names = ("order_id", "carrier", "shipped_at", "signed_at")
    days = (dt.datetime(2026, 6, 29), dt.datetime(2026, 7, 2))
    assert rows_of(loaded.tables["shipments"], *names) == [("1", "DHL", *days)]


@pytest.mark.parametrize(
    ("headers", "row", "table"),
    [
        (
            "订单编号,物流公司,快递单号,发货时间,签收时间,收货省份,店铺",
            "1,a,b,2026-06-29,2026-06-30,c,d",
            "shipments",
        ),
        ("订单编号,发货时间,付款时间,实付金额,物流公司", "1,2026-06-29,2026-06-28,5,a", "orders"),
        ("订单编号,发货时间,实付金额,物流公司", "1,2026-06-29,5,a", "orders"),
        ("订单编号,物流公司,城市", "1,a,b", "orders"),
    ],
)
def test_init_takes_a_file_with_parcel_times_and_no_payment_for_shipments(tmp_path, headers, row, table):
    files = put(tmp_path, orders_csv=ORDERS) if table == "shipments" else []
    file = tmp_path / "f.csv"
    file.write_text(f"{headers}\n{row}\n", encoding="utf-8")
    assert table in read_toml(draft(tmp_path / "shop", [*files, file]).path)["tables"]


def test_taobao_s_orders_tell_the_carrier(load_shop):
    import taobao

    text = taobao.table(taobao.G5, taobao.order(1, 物流公司="中通快递"), taobao.order(2, 物流公司=""))
    loaded = load_shop({"o.csv": text}, '[tables.orders]\nfiles = "o.csv"\npreset = "taobao_orders"\n')
    assert rows_of(loaded.tables["orders"], "order_id", "carrier") == [("1", "中通快递"), ("2", None)]


def test_a_shop_without_any_rating_yet_is_told_which_table_to_mend(refused):
    unrated = xlsx([*TITLES, HEADERS, DAYS[0]])
    assert refused({"o.csv": ORDERS, "sycm.xlsx": unrated}, TOML).startswith(
        "ratings: no row can be used, of 1"
    )
