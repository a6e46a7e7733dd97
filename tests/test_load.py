# ruff: noqa: E501 (exports and sentences stand on one line, as users see them)
"""A shop's exports become canonical tables: templates, other platforms, mapping by hand, and bad input."""

import contextlib
import datetime as dt
import sqlite3

import duckdb
import ibis
import pandas as pd
import pytest
from conftest import HEAD, check_ledger, drops_of, rows_of
from workbooks import xls, xlsx

from shopcrm_nb import engine
from shopcrm_nb.load import load
from shopcrm_nb.settings import read_shop

ORDERS = "order_id,paid_at,paid,customer_id\n1,2024-01-02 03:04:05,10,a\n2,,20,b\n"
BY_HAND = """
[tables.orders]
files = "o.csv"
[tables.orders.columns]
order_id = "Id"
paid_at = "At"
paid = "Sum"
"""


def test_the_template_needs_three_columns_and_fills_in_the_rest(load_shop):
    loaded = load_shop({"o.csv": ORDERS})
    at = dt.datetime(2024, 1, 2, 3, 4, 5)
    assert rows_of(loaded.tables["orders"], *loaded.tables["orders"].columns) == [
        ("1", at, 10.0, "a", at, "paid", 10.0, 0.0),
        ("2", None, 20.0, "b", None, "unpaid", 20.0, 0.0),
    ]
    assert loaded.tables["orders"].columns == (
        *("order_id", "paid_at", "paid", "customer_id", "created_at", "status", "order_total", "refund"),
    )
    check_ledger(loaded)


def test_the_template_is_read_in_chinese_in_xls_and_as_a_wide_header(load_shop):
    book = xls([["订单编号\u3000", "付款时间", "实付金额", "会员名"], ["1", 45292.5, 10.5, "南南"]])
    loaded = load_shop({"o.xls": book})
    names = ("order_id", "paid_at", "paid", "customer_id")
    assert rows_of(loaded.tables["orders"], *names) == [("1", dt.datetime(2024, 1, 1, 12), 10.5, "南南")]


def test_further_tables_of_the_template_are_typed(load_shop):
    tables = {
        "customers": "customer_id,gender,birthday,email_ok,手机\na,F,1988-02-29,是,13812345678\n*b*,,,,\n",
        "members": '会员名,入会时间,积分\na,2024-01-01,"1,200"\n',
        "traffic": "统计日期,访客数,跳失率\n2024-01-01,100,12.5%\n2024-01-01,50,10%\n",
        "reviews": "评价时间,评论,星级\n2024-01-01,好 13812345678,5\n",
    }
    toml = "".join(f'[tables.{n}]\nfiles = "{n}.csv"\npreset = "template"\n' for n in ["orders", *tables])
    loaded = load_shop({f"{n}.csv": t for n, t in tables.items()} | {"orders.csv": ORDERS}, toml)
    check_ledger(loaded)
    found = rows_of(loaded.tables["customers"], "customer_id", "birthday", "email_ok", "mobile_hash")
    assert found[0][:3] == ("a", dt.datetime(1988, 2, 29), True)
    assert len(found) == 1 and len(found[0][3]) == 64
    assert drops_of(loaded, "customers") == {"masked_key": 1}
    assert rows_of(loaded.tables["members"], "points") == [(1200.0,)]
    assert rows_of(loaded.tables["traffic"], "visitors", "bounce_rate") == [(100.0, 0.125), (50.0, 0.1)]
    assert rows_of(loaded.tables["reviews"], "text", "stars") == [("好 <mobile>", 5.0)]


def test_columns_by_hand_come_from_headers_sql_or_the_row(load_shop):
    text = 'Qty,Unit Price,At,Kind\n2,"1,000.50元",2024-01-01,sale\n1,"12,50",2024-01-01,sale\n-1,5,,sale\n3,7,,gift\n'
    toml = """
[tables.orders]
files = "o.csv"
where = "qty > 0 AND kind <> 'gift'"
[tables.orders.columns]
order_id = { row = true }
paid_at = ["Paid at", "At"]
paid = { sql = 'QTY * "unit price"' }
channel = { sql = "upper(Kind)" }
"""
    loaded = load_shop({"o.csv": text}, toml)
    assert rows_of(loaded.tables["orders"], "order_id", "paid", "channel") == [("1", 2001.0, "SALE")]
    assert drops_of(loaded) == {"where": 2, "no_value": 1}
    check_ledger(loaded)


def test_numbered_rows_go_on_from_file_to_file(load_shop):
    text = "At,Sum\n2024-01-01,{}\n2024-01-01,{}\n"
    toml = BY_HAND.replace('"o.csv"', '"*.csv"').replace('"Id"', "{ row = true }")
    loaded = load_shop({"a.csv": text.format(1, 2), "b.csv": text.format(3, 4)}, toml)
    found = rows_of(loaded.tables["orders"], "order_id", "paid")
    assert found == [("1", 1.0), ("2", 2.0), ("3", 3.0), ("4", 4.0)]


def test_a_row_may_number_the_order_and_its_customer_and_the_same_row_of_another_table(load_shop):
    toml = """[tables.orders]
files = ["o.csv"]
where = "CAST(Sum AS DOUBLE) > 0"
paid_basis = "gross"
[tables.orders.columns]
order_id = { row = true }
customer_id = { row = true }
paid_at = { sql = "'2024-01-09'" }
paid = "Sum"
[tables.sends]
files = ["o.csv"]
[tables.sends.columns]
campaign_id = { sql = "'one'" }
customer_id = { row = true }
channel = { sql = "'email'" }
sent_at = { sql = "'2024-01-01'" }
arm = "Arm"
"""
    loaded = load_shop({"o.csv": "Arm,Sum\nA,0\nNo E-Mail,5\nB,7\n"}, toml)
    assert rows_of(loaded.tables["orders"], "order_id", "customer_id", "paid") == [
        ("2", "2", 5.0),
        ("3", "3", 7.0),
    ]
    arms = rows_of(loaded.tables["sends"], "customer_id", "arm")
    assert arms == [("1", "A"), ("2", "holdout"), ("3", "B")]


SHOPIFY = """Name,Email,Financial Status,Paid at,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,Refunded Amount,Phone
#1,Anna@x.com,paid,2025-10-07 09:50:26 +0200,30.00,2025-10-07 09:50:20 +0200,2,Cap,10.00,C1,0.00,0.00,
#1,,,,,,1,Hat,12.50,,2.50,,
#2,anna@X.com,refunded,2025-10-08 00:30:00 +0200,5.00,2025-10-08 00:30:00 +0200,1,Pin,5.00,P1,,5.00,
#3,,pending,,7.00,2025-10-09 10:00:00 +0200,1,Pin,7.00,P1,0,0.00,'+8613812345678
"""


def test_shopify_s_lines_become_orders_and_lines(load_shop):
    both = "".join(f'[tables.{t}]\nfiles = "*.csv"\npreset = "shopify"\n' for t in ("orders", "order_items"))
    loaded = load_shop({"o.csv": SHOPIFY}, both)
    names = ("order_id", "paid_at", "paid", "refund", "status")
    assert rows_of(loaded.tables["orders"], *names) == [
        ("#1", dt.datetime(2025, 10, 7, 15, 50, 26), 30.0, 0.0, "paid"),
        ("#2", dt.datetime(2025, 10, 8, 6, 30), 5.0, 5.0, "refunded"),
        ("#3", None, 7.0, 0.0, "unpaid"),
    ]
    buyers = [row[1] for row in rows_of(loaded.tables["orders"], "order_id", "customer_id")]
    assert buyers[0] == buyers[1] != buyers[2]
    assert all(len(buyer) == 64 for buyer in buyers)
    assert rows_of(loaded.tables["order_items"], "order_id", "product_id", "amount") == [
        ("#1", "C1", 20.0),
        ("#1", "Hat", 10.0),
        ("#2", "P1", 5.0),
        ("#3", "P1", 7.0),
    ]
    assert drops_of(loaded) == {"further_line": 1}
    check_ledger(loaded)


def test_jd_repeats_an_order_s_amounts_on_each_line_and_they_count_once(load_shop):
    text = (
        "订单号,商品ID,商品名称,订购数量,下单时间,京东价,订单金额,应付金额,订单状态,下单帐号,付款确认时间\n"
        "9,100,大衣,2,2024-05-01 10:00:00,50,110,99,完成,jd_1,2024-05-01 10:01:00\n"
        "9,200,围巾,1,2024-05-01 10:00:00,10,110,99,完成,jd_1,2024-05-01 10:01:00\n"
        "8,100,大衣,1,2024-05-02 10:00:00,50,50,50,(删除)等待付款,jd_2,\n"
    )
    both = "".join(
        f'[tables.{t}]\nfiles = "*.csv"\npreset = "jd_orders"\n' for t in ("orders", "order_items")
    )
    loaded = load_shop({"o.csv": text}, both)
    names = ("order_id", "customer_id", "paid", "order_total", "status")
    assert rows_of(loaded.tables["orders"], *names) == [
        ("8", "jd_2", 50.0, 50.0, "closed_unpaid"),
        ("9", "jd_1", 99.0, 110.0, "success"),
    ]
    assert [row[0] for row in rows_of(loaded.tables["order_items"], "amount")] == [10.0, 100.0, 50.0]
    check_ledger(loaded)


LINES = """
[tables.order_items]
files = "lines.*"
[tables.order_items.columns]
order_id = "Invoice"
product_id = "StockCode"
quantity = "Quantity"
amount = { sql = "Quantity * Price" }
refund = ["Refunded", "RefundedAmount"]
[tables.orders_from_items]
customer_id = "Customer ID"
paid_at = "InvoiceDate"
"""


def test_orders_are_made_of_their_lines(load_shop, tmp_path):
    columns = ["Invoice", "StockCode", "Quantity", "Price", "InvoiceDate", "Customer ID", "Refunded"]
    at = pd.Timestamp("2010-12-01 08:26")
    lines = pd.DataFrame(
        [
            ("536365", "85123A", 6, 2.55, at, 17850.0, 0.0),
            ("536365", "71053", -1, 3.39, at, 17850.0, 0.0),
            ("536366", "22633", 2, 1.85, at, None, 0.7),
        ],
        columns=columns,
    )
    (tmp_path / "shop").mkdir()
    lines.to_parquet(tmp_path / "shop" / "lines.parquet")
    loaded = load_shop({}, LINES)
    names = ("order_id", "customer_id", "paid", "refund", "quantity", "paid_at")
    assert rows_of(loaded.tables["orders"], *names) == [
        ("536365", "17850", 15.3, 3.39, 6.0, at.to_pydatetime()),
        ("536366", None, 3.7, 0.7, 2.0, at.to_pydatetime()),
    ]
    assert loaded.tables["order_items"].columns == (
        *("order_id", "product_id", "quantity", "amount", "refund"),
    )
    check_ledger(loaded)


def test_an_order_s_own_payment_repeated_on_its_lines_counts_once(load_shop):
    text = "Invoice,StockCode,Quantity,Price,InvoiceDate,Customer ID,Refunded,Total\n"
    text += "1,a,2,5,2024-01-01,x,0,9\n1,b,1,1,2024-01-01,x,0,9\n"
    loaded = load_shop({"lines.csv": text}, LINES + 'paid = "Total"\n')
    assert rows_of(loaded.tables["orders"], "paid", "quantity") == [(9.0, 3.0)]


def test_the_copy_in_the_latest_file_counts_and_in_a_file_the_last(load_shop):
    head = "order_id,paid_at,paid,status\n"
    row = "{},2024-01-01,{},{}\n"
    files = {
        "orders-2024-01.csv": head + row.format(1, 10, "paid") + row.format(2, 20, "paid"),
        "orders-2024-03.csv": head + row.format(2, 22, "success") + row.format(3, 30, "paid") * 2,
        "orders-2024-02.csv": head + row.format(2, 21, "shipped") + row.format(3, 31, "paid"),
        "~$orders-2024-04.csv": "open in a spreadsheet",
    }
    loaded = load_shop(files)
    assert rows_of(loaded.tables["orders"], "order_id", "paid", "status") == [
        ("1", 10.0, "paid"),
        ("2", 22.0, "success"),
        ("3", 30.0, "paid"),
    ]
    assert drops_of(loaded) == {"older_copy": 3, "duplicate": 1}
    check_ledger(loaded)


def test_overlapping_lines_and_events_count_once_and_twice_in_a_file_is_twice(load_shop):
    lines = "order_id,product_id,quantity,amount\n"
    events = "customer_id,at,type,product_id\n"
    files = {
        "o.csv": ORDERS,
        "lines1.csv": lines + "1,a,1,5\n1,b,1,5\n",
        "lines2.csv": lines + "1,a,1,5\n2,c,1,5\n2,c,1,5\n",
        "events1.csv": events + "x,2024-01-01,view,p\ny,2024-01-01,view,\ny,2024-01-01,cart,\n",
        "events2.csv": events + "y,2024-01-01,view,\nz,2024-01-02,cart,p\nz,2024-01-02,cart,p\n",
    }
    toml = "".join(
        f'[tables.{table}]\nfiles = "{pattern}"\npreset = "template"\n'
        for table, pattern in {"orders": "o.csv", "order_items": "lines*", "events": "events?.csv"}.items()
    )
    loaded = load_shop(files, toml)
    found = rows_of(loaded.tables["order_items"], "order_id", "product_id")
    assert found == [("1", "a"), ("2", "c"), ("2", "c")]
    assert drops_of(loaded, "order_items") == {"older_copy": 2}
    assert [row[0] for row in rows_of(loaded.tables["events"], "customer_id")] == ["x", "y", "y", "z", "z"]
    assert drops_of(loaded, "events") == {"older_copy": 1}
    check_ledger(loaded)


def test_files_are_found_by_absolute_and_deep_patterns_and_by_odd_names(tmp_path, load_shop):
    (tmp_path / "far" / "deep").mkdir(parents=True)
    (tmp_path / "far" / "deep" / "a.csv").write_text(ORDERS)
    toml = f"""[tables.orders]
files = ["{tmp_path}/far/**/*.csv", "o[1].csv"]
preset = "template"
"""
    loaded = load_shop({"o[1].csv": ORDERS.replace("\n1,", "\n7,")}, toml)
    assert [row[0] for row in rows_of(loaded.tables["orders"], "order_id")] == ["1", "2", "7"]


@pytest.mark.parametrize(
    ("cells", "at"),
    [
        (("05/06/2024 10:00", "31/12/2024 09:00"), dt.datetime(2024, 6, 5, 10)),
        (("05/06/2024 10:00", "12/31/2024 09:00 PM"), dt.datetime(2024, 5, 6, 10)),
        (("05.06.2024", "2024-07-01", "31.01.2024"), dt.datetime(2024, 6, 5)),
    ],
)
def test_day_and_month_are_told_apart_by_a_number_above_12(load_shop, cells, at):
    rows = "".join(f"{i},{cell},1\n" for i, cell in enumerate(cells))
    loaded = load_shop({"o.csv": "order_id,paid_at,paid\n" + rows})
    assert rows_of(loaded.tables["orders"], "order_id", "paid_at")[0] == ("0", at)


UNDECIDED = "order_id,paid_at,paid\n1,05/06/2024,1\n"


def test_day_and_month_that_cannot_be_told_apart_are_asked_for(refused, load_shop):
    told = (
        'does not tell day from month; add date_format, such as "%d/%m/%Y %H:%M" or "%m/%d/%Y %H:%M", to that'
    )
    assert refused({"o.csv": UNDECIDED}) == f'o.csv: paid_at "05/06/2024" {told} table in shop.toml'
    assert told in refused({"o.csv": UNDECIDED + "2,31/01/2024,1\n3,01/31/2024,1\n"})
    toml = '[tables.orders]\nfiles = "*.csv"\npreset = "template"\ndate_format = "%d/%m/%Y"\n'
    loaded = load_shop({"o.csv": UNDECIDED}, toml)
    assert rows_of(loaded.tables["orders"], "paid_at") == [(dt.datetime(2024, 6, 5),)]


def test_mixed_forms_of_times_amounts_and_ids_share_a_column(load_shop):
    times = ["2016/5/23 22:02", "2016年5月23日", "20160523", "42513.5", "2016-05-23T12:00:00Z", "null", "-"]
    amounts = ["12.00元", '"1,234.5"', "￥3", "4", "5", "NULL", "--"]
    ids = ['="1930679858170647123"', '"=""1930679858170647124"""', "'3", " 4\t", "5.0", "=6", "7-"]
    rows = "".join(f"{i},{t},{a}\n" for i, t, a in zip(ids, times, amounts, strict=True))
    loaded = load_shop({"o.csv": "订单号 ,付款时间,实付款\n" + rows})
    found = rows_of(loaded.tables["orders"], "order_id", "paid", "paid_at")
    day = dt.datetime(2016, 5, 23)
    assert found == [
        ("1930679858170647123", 12.0, day.replace(hour=22, minute=2)),
        ("1930679858170647124", 1234.5, day),
        ("3", 3.0, day),
        ("4", 4.0, day.replace(hour=12)),
        ("5", 5.0, day.replace(hour=20)),
        ("7-", 0.0, None),
        ("=6", 0.0, None),
    ]


def test_no_plain_contact_reaches_the_cache(load_shop, make_shop):
    text = "order_id,paid_at,paid,customer_id,note\n1,2024-01-01,5,anna@example.com,call 13812345678\n"
    text += "2,2024-01-01,5,13912345678,write bob@example.com\n"
    load_shop({"o.csv": text}).con.disconnect()
    (cache,) = (make_shop({}) / "cache").glob("*.duckdb")
    for contact in (b"anna@example", b"13812345678", b"13912345678", b"bob@example"):
        assert contact not in cache.read_bytes()


def test_a_duckdb_warehouse_is_read_where_it_is(make_shop, load_shop, refused):
    folder = make_shop({})
    with duckdb.connect(folder / "warehouse.duckdb") as con:
        con.sql(
            "CREATE TABLE lines AS FROM (VALUES ('1', 'a', 2, 5.0, TIMESTAMP '2024-01-01 10:00:00', 'x', 1.5), "
            "('1', 'b', 1, 3.0, TIMESTAMP '2024-01-01 10:00:00', 'x', 0)) AS "
            't(Invoice, StockCode, Quantity, Price, InvoiceDate, "Customer ID", Refunded)'
        )
        con.sql("CREATE SCHEMA old; CREATE TABLE old.lines AS FROM lines LIMIT 1")
    toml = '[engine]\nurl = "duckdb://warehouse.duckdb"\n' + LINES.replace(
        'files = "lines.*"', 'table = "lines"'
    )
    loaded = load_shop({}, toml)
    assert rows_of(loaded.tables["orders"], "order_id", "paid", "refund") == [("1", 13.0, 1.5)]
    check_ledger(loaded)
    loaded = load_shop({}, toml.replace('"lines"', '"old.lines"'))
    assert rows_of(loaded.tables["orders"], "paid") == [(10.0,)]
    assert refused({}, toml.replace('"lines"', '"line"')) == (
        'shop.toml: [tables.order_items] table: the engine has no table "line"'
    )
    assert "there is no file" in refused({}, toml.replace("warehouse.", "wharehouse."))
    assert "cannot be opened" in refused({"bad.duckdb": "text"}, toml.replace("warehouse.", "bad."))


def test_a_warehouse_is_read_lazily_and_counted_where_it_is(make_shop, load_shop, monkeypatch):
    folder = make_shop({})
    con = ibis.duckdb.connect(folder / "w.duckdb")
    con.raw_sql("""CREATE TABLE o (Id BIGINT, "At" TIMESTAMPTZ, Sum DOUBLE, Buyer VARCHAR)""")
    rows = "(1, '2024-01-01 10:00:00+00', 5.5, ' x '), (1, '2024-01-01 10:00:00+00', 5.5, ' x '), (2, NULL, 3, 'y*')"
    con.raw_sql(f"INSERT INTO o VALUES {rows}, (NULL, NULL, 3, 'y')")
    con.name = "pyspark"  # any engine but the embedded one: nothing is copied there
    monkeypatch.setattr(engine, "connect_url", lambda url: con)
    toml = '[engine]\nurl = "warehouse://"\n' + BY_HAND.replace('files = "o.csv"', 'table = "o"')
    toml += 'customer_id = "Buyer"\nchannel = { sql = "CASE WHEN sum > 5 THEN \'big\' END" }\n'
    loaded = load_shop({}, toml)
    assert rows_of(loaded.tables["orders"], "order_id", "channel") == [("1", "big"), ("2", None)]
    assert rows_of(loaded.tables["orders"], "order_id", "paid_at", "paid", "customer_id", "status") == [
        ("1", dt.datetime(2024, 1, 1, 18), 5.5, "x", "paid"),
        ("2", None, 3.0, None, "unpaid"),
    ]
    assert drops_of(loaded) == {"no_key": 1, "duplicate": 1}
    check_ledger(loaded)
    assert con.raw_sql("SELECT table_name FROM duckdb_tables()").fetchall() == [("o",)]


def test_a_warehouse_that_lacks_a_function_or_a_table_is_refused_in_a_sentence(make_shop, refused):
    folder = make_shop({})
    with contextlib.closing(sqlite3.connect(folder / "w.sqlite")) as con:
        con.execute("CREATE TABLE o (Id TEXT, At TIMESTAMP, Sum REAL, Buyer TEXT)")
        con.execute("INSERT INTO o VALUES ('1', '2024-01-01 10:00:00', 5.5, 'x')")
        con.commit()
    url = f'[engine]\nurl = "sqlite://{folder}/w.sqlite"\n'
    toml = url + BY_HAND.replace('files = "o.csv"', 'table = "o"')
    no_hash = refused({}, toml + 'customer_id = "Buyer"\n')  # SQLite has no SHA-256
    assert no_hash.startswith("shop.toml: [engine] url: sqlite cannot do what loading needs (")
    assert 'the engine has no table "p"' in refused({}, toml.replace('"o"', '"p"'))
    assert "cannot be opened" in refused({}, toml.replace("sqlite://", "mysterydb://"))
    assert 'with [engine] url every table is a table of that engine; write table = "…"' in refused(
        {"o.csv": ORDERS}, url + BY_HAND
    )


GOOD = "Id,At,Sum\n1,2024-01-01,5\n"


@pytest.mark.parametrize(
    ("content", "toml", "sentence"),
    [
        (GOOD, BY_HAND.replace("o.csv", "p*.csv"), 'there is no file "p*.csv" in'),
        (GOOD, BY_HAND.replace("o.csv", ""), 'there is no file "" in'),
        ("", BY_HAND, "o.csv: the file is empty; export it again"),
        ("Id,At,Sum\n", BY_HAND, "o.csv: has headers but no rows; export it again"),
        (
            "Id,At,Total\n1,2024-01-01,5\n",
            BY_HAND.replace('paid = "Sum"', ""),
            "o.csv: no column for orders.paid among Id, At, Total; name it under [tables.orders.columns] in shop.toml",
        ),
        (
            "At,Sum\n2024-01-01,5\n",
            BY_HAND.replace('order_id = "Id"', ""),
            "o.csv: no column for orders.order_id among At, Sum; name it under [tables.orders.columns] in shop.toml; "
            "{ row = true } numbers the rows",
        ),
        (
            "Id,At,Sum\n1,2024-01-01,five\n",
            BY_HAND,
            'orders: 1 of 1 values of paid are not an amount, such as "five"; name another column under '
            "[tables.orders.columns] in shop.toml or mend the file",
        ),
        ("Id,At,Sum\n1,soon,5\n", BY_HAND, 'values of paid_at are not a time, such as "soon"'),
        (
            "Id,At,Sum,R\n1,2024-01-01,5,x\n",
            BY_HAND + 'refund = "R"',
            'of refund are not an amount, such as "x"',
        ),
        (
            GOOD,
            BY_HAND.replace('"Sum"', '"Summ"'),
            'o.csv: [tables.orders.columns] paid: the file has no header "Summ" (did you mean "Sum"?)',
        ),
        (
            GOOD,
            BY_HAND.replace('"Sum"', '"Betrag"'),
            'paid: the file has no header "Betrag"; it has Id, At, Sum',
        ),
        (GOOD, BY_HAND.replace('"Sum"', '{ sql = "Summ * 2" }'), 'no column "Summ" (did you mean "Sum"?)'),
        (GOOD, BY_HAND.replace('"Sum"', '{ sql = "Sum *" }'), "the SQL expression 'Sum *' cannot be read"),
        (
            GOOD,
            BY_HAND.replace('"Sum"', '{ sql = "nosuch(Sum)" }'),
            "o.csv: the engine refuses nosuch(Sum): ",
        ),
        (
            GOOD,
            BY_HAND.replace("[tables.orders.columns]", 'where = "Sun > 0"\n[tables.orders.columns]'),
            '"Sun"',
        ),
        (
            GOOD,
            BY_HAND.replace("[tables.orders.columns]", 'where = "Sum > 9"\n[tables.orders.columns]'),
            "orders: no row can be used, of 1 because where leaves them out; mend [tables.orders] in shop.toml",
        ),
        (
            "Id,At,Sum\n,2024-01-01,5\n-,2024-01-01,5\n",
            BY_HAND,
            "orders: no row can be used, of 2 because they have no id; mend [tables.orders] in shop.toml",
        ),
        (GOOD, '[tables.orders]\nfiles = "o.csv"\npreset = "taobao"\n', '"taobao" is not a preset'),
        (GOOD, '[tables.orders]\nfiles = "o.csv"\n', "[tables.orders] has neither a preset nor columns"),
        (
            xlsx([["Id", "At", "Sum"], ["1", "2024-01-01", 5]]),
            BY_HAND.replace("[tables.orders.columns]", 'sheet = "two"\n[tables.orders.columns]'),
            'o.csv: has no sheet "two"; it has Sheet1',
        ),
        (
            "Id,At,Sum\n1.93068E+15,2024-01-01,5\n2,,\n",
            BY_HAND,
            "look like 1.93068E+15: a spreadsheet has rounded",
        ),
        (
            xlsx([["Id", "At", "Sum"], [1930679858170647, "2024-01-01", 5]]),
            BY_HAND,
            "orders: 1 of 1 values of order_id look like 1.93068E+15: a spreadsheet has rounded them and their digits "
            "are lost; export again and do not save the file in a spreadsheet",
        ),
        (
            "Id,At,Sum\n1,2024-01-01,5,7\n",
            BY_HAND,
            "o.csv: 1 of 1 lines cannot be read, first line 2: Expected Number of Columns: 3 Found: 4; "
            "mend them or export again",
        ),
        (b"Id,At,Sum\n\xff\xff", BY_HAND, "o.csv: is neither UTF-8 nor GB18030/GBK"),
        (b"PK\x03\x04..", BY_HAND, "o.csv: cannot be opened as a workbook"),
        (b"PAR1....", BY_HAND, "o.csv: is not a whole parquet file"),
        ("<table><tr>", BY_HAND, "o.csv: is a web page under a table's name"),
        (
            "Id,At,Sum,S\n" + "".join(f"{i},2024-01-01,5,s{i}\n" for i in range(201)),
            BY_HAND + 'status = "S"',
            "orders: the status column has more than 200 different words",
        ),
    ],
)
def test_bad_input_is_refused_in_one_sentence(refused, content, toml, sentence):
    assert sentence in refused({"o.csv": content}, toml)


def test_a_wrong_header_of_orders_from_items_is_refused_too(refused):
    text = "Invoice,StockCode,Quantity,Price,InvoiceDate,Customer,Refunded\n1,a,1,1,2024-01-01,x,0\n"
    assert refused({"lines.csv": text}, LINES) == (
        'lines.csv: [tables.orders_from_items] customer_id: the file has no header "Customer ID" '
        '(did you mean "Customer"?)'
    )


def test_a_few_bad_cells_and_lines_are_set_aside_and_counted(load_shop):
    rows = "".join(f"{i},2024-01-01,5,0\n" for i in range(297))
    text = (
        f"order_id,paid_at,paid,refund\n{rows}297,2024-01-01,x,0\n298,soon,5,0\n299,2024-01-01,5,y\n300,5\n"
    )
    loaded = load_shop({"o.csv": text + ",2024-01-01,5,0\n301,2024-01-01,,0\n"})
    assert drops_of(loaded) == {"unreadable_line": 1, "unreadable_value": 3, "no_key": 1, "no_value": 1}
    bad = loaded.facts[loaded.facts.fact == "unreadable"].set_index("subject")["example"]
    assert bad.to_dict() == {"paid_at": "soon", "paid": "x", "refund": "y"}
    lost = loaded.facts[loaded.facts.fact == "unreadable_lines"]
    assert lost[["subject", "count", "total"]].to_numpy().tolist() == [["o.csv", 1, 303]]
    check_ledger(loaded)


def test_line_ids_that_a_spreadsheet_rounded_do_not_pass_for_duplicates(refused):
    lines = "order_id,line_id,product_id,quantity,amount\n1,1.93068E+15,a,1,5\n1,1.93068E+15,b,1,5\n"
    tables = {"orders": "o.csv", "order_items": "l.csv"}
    toml = "".join(f'[tables.{t}]\nfiles = "{f}"\npreset = "template"\n' for t, f in tables.items())
    assert "2 of 2 values of line_id look like 1.93068E+15" in refused(
        {"o.csv": ORDERS, "l.csv": lines}, toml
    )


def test_epoch_numbers_are_not_times(make_shop, refused):
    folder = make_shop({})
    frame = pd.DataFrame({"order_id": ["1"], "paid_at": [1_511_544_070], "paid": [1.0]})
    frame.to_parquet(folder / "o.parquet")
    toml = '[tables.orders]\nfiles = "o.parquet"\npreset = "template"\n'
    assert 'values of paid_at are not a time, such as "1511544070"' in refused({}, toml)


def test_what_was_read_is_noted_for_the_data_check(load_shop):
    loaded = load_shop({"o.csv": "order_id,paid_at,paid,Other,渠道\n1,2024-01-01,5,x,y\n".encode("gbk")})
    facts = loaded.facts.set_index("fact")
    assert facts.loc["file", ["subject", "count", "example"]].tolist() == ["o.csv", 1, "gb18030"]
    mapped = loaded.facts[loaded.facts.fact == "column"].set_index("subject").example.to_dict()
    assert mapped == {"order_id": "order_id", "paid_at": "paid_at", "paid": "paid", "channel": "渠道"}
    assert facts.loc["unused_headers", ["count", "total", "example"]].tolist() == [1, 5, "Other"]


def test_a_shop_s_own_status_words_come_first(load_shop):
    text = "order_id,paid_at,paid,status\n1,2024-01-01,5,erledigt\n2,2024-01-01,5,paid\n"
    toml = '[tables.orders]\nfiles = "o.csv"\npreset = "template"\nstatus = { erledigt = "success", paid = "shipped" }'
    loaded = load_shop({"o.csv": text}, toml)
    assert rows_of(loaded.tables["orders"], "order_id", "status") == [("1", "success"), ("2", "shipped")]


def test_times_are_on_the_shop_s_clock(make_shop):
    text = "order_id,paid_at,paid\n1,2024-07-01T12:00:00Z,5\n"
    head = HEAD.replace("Asia/Shanghai", "Europe/Berlin")
    folder = make_shop({"o.csv": text}, head + '[tables.orders]\nfiles = "o.csv"\npreset = "template"\n')
    loaded = load(folder, read_shop(folder))
    assert rows_of(loaded.tables["orders"], "paid_at") == [(dt.datetime(2024, 7, 1, 14),)]


@pytest.mark.parametrize("header", ["Sum", "SUM"])
def test_a_mapped_header_that_stands_twice_is_refused(refused, load_shop, header):
    text = f"Id,At,Sum,{header},Note,Note\n1,2024-01-01,5,7,a,b\n"
    cure = (
        'rename one of the two in the file, or write paid = "Sum (2)" for the second under '
        "[tables.orders.columns] in shop.toml"
    )
    assert refused({"o.csv": text}, BY_HAND) == f'o.csv: the header "Sum" of paid stands twice; {cure}'
    if header == "Sum":
        second = load_shop({"o.csv": text}, BY_HAND.replace('"Sum"', '"Sum (2)"'))
        assert rows_of(second.tables["orders"], "paid") == [(7.0,)]
    first = load_shop({"o.csv": text}, BY_HAND.replace('"Sum"', "{ sql = '\"Sum\"' }"))
    assert rows_of(first.tables["orders"], "paid") == [(5.0,)]


def test_a_date_format_that_does_not_fit_is_told_so_and_a_missing_one_is_shown(refused):
    text = "Id,At,Sum\n1,31 Jan 24,5\n"
    wrong = BY_HAND.replace('"o.csv"', '"o.csv"\ndate_format = "%d.%m.%Y"')
    said = 'orders: 1 of 1 values of paid_at are not a time, such as "31 Jan 24"; name another column under '
    said += "[tables.orders.columns] in shop.toml or "
    mend = 'mend date_format = "%d.%m.%Y", which does not fit (docs/formats.md lists its codes)'
    assert refused({"o.csv": text}, wrong) == said + mend
    assert refused({"o.csv": text}, BY_HAND) == said + 'set its date_format, such as "%d/%m/%Y %H:%M"'


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("31 Jan 24", "%d %b %y"),
        ("Jan 31, 2024", "%b %d, %Y"),
        ("01/31/24 12:00 AM", "%m/%d/%y %I:%M %p"),
        ("31 January 2024 00h00", "%d %B %Y %Hh%M"),
    ],
)
def test_a_date_format_has_the_codes_that_the_page_of_formats_lists(load_shop, cell, code):
    toml = BY_HAND.replace('"o.csv"', f'"o.csv"\ndate_format = "{code}"')
    loaded = load_shop({"o.csv": f'Id,At,Sum\n1,"{cell}",5\n'}, toml)
    assert rows_of(loaded.tables["orders"], "paid_at") == [(dt.datetime(2024, 1, 31),)]


def test_an_encoding_is_named_in_the_settings_or_told_by_the_shop(load_shop, refused, make_shop):
    text = "Id;At;Sum;Town\n1;2024-01-01;5;Köln\n".encode("cp1252")
    town = 'city = "Town"\n'
    with_key = BY_HAND.replace('"o.csv"', '"o.csv"\nencoding = "cp1252"') + town
    assert rows_of(load_shop({"o.csv": text}, with_key).tables["orders"], "city") == [("Köln",)]
    assert rows_of(load_shop({"o.csv": text}, BY_HAND + town).tables["orders"], "city") != [("Köln",)]
    abroad = HEAD.replace("CNY", "EUR").replace("Asia/Shanghai", "Europe/Berlin") + BY_HAND + town
    assert rows_of(load_shop({"o.csv": text}, abroad).tables["orders"], "city") == [("Köln",)]
    with_zone = abroad.replace("Europe/Berlin", "Asia/Hong_Kong")
    assert rows_of(load_shop({"o.csv": text}, with_zone).tables["orders"], "city") != [("Köln",)]
