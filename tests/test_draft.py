"""shopcrm init: what it understands of an export's headers, and what it says it does not."""

from pathlib import Path

import pytest

from shopcrm_nb.draft import draft
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.model import open_shop
from shopcrm_nb.settings import read_toml

UNFAMILIAR = "店铺,会员昵称,支付时间,交易状态,实收金额,运费,收货省份,收货城市,件数"


def write(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def test_an_unfamiliar_chinese_file_is_mapped_and_can_be_used_as_it_is(tmp_path):
    file = write(
        tmp_path / "卖家导出.csv",
        UNFAMILIAR,
        '甲店,小明,2024/6/30 10:00,交易成功,"1,200.00",0,浙江省,杭州市,2',
        "甲店,小红,2024/6/29 10:00,付款以后用户退款成功，交易自动关闭,99元,0,浙江省,宁波市,1",
        encoding="gb18030",
    )
    drawn = draft(tmp_path / "shop", [file])
    columns = read_toml(drawn.path)["tables"]["orders"]["columns"]
    assert columns == {
        "shop": "店铺",
        "customer_id": "会员昵称",
        "paid_at": "支付时间",
        "status": "交易状态",
        "paid": "实收金额",
        "postage": "运费",
        "province": "收货省份",
        "city": "收货城市",
        "quantity": "件数",
        "order_id": {"row": True},
    }
    assert any("no order id" in note for note in drawn.notes)
    shop = open_shop(tmp_path / "shop")
    assert shop.orders.select("customer_id", "net").to_pandas().values.tolist() == [["小明", 1200.0]]


def test_what_is_not_used_and_what_is_missing_is_said(tmp_path):
    file = write(tmp_path / "a.csv", "buyer,date,city,mood", "a,2024-01-01,Bath,fine")
    drawn = draft(tmp_path / "shop", [file])
    assert "a.csv: no header is known for orders.paid, what was paid; one of: mood" in drawn.notes
    assert "a.csv: not used: mood" in drawn.notes
    assert drawn.asked == ["order_id", "paid"]
    written = drawn.path.read_text(encoding="utf-8").splitlines()
    assert "# the headers of a.csv: buyer, date, city, mood" in written
    assert '# paid = "…"  # needed: what was paid; one of: mood' in written
    with pytest.raises(ShopcrmError, match=r"a\.csv: no column for orders\.order_id"):
        open_shop(tmp_path / "shop")


def test_known_exports_are_told_by_their_headers_and_fill_their_tables():
    raw = Path(__file__).parents[1] / "data" / "demo" / "raw"
    files = sorted(raw.glob("Export*"))
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        drawn = draft(Path(folder) / "shop", files)
        tables = read_toml(drawn.path)["tables"]
    assert {name: spec["preset"] for name, spec in tables.items()} == {
        "orders": "taobao_orders",
        "order_items": "taobao_items",
    }
    assert len(tables["orders"]["files"]) == 3


def test_lines_without_an_amount_are_priced_and_make_orders(tmp_path):
    file = write(
        tmp_path / "lines.csv",
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
        "1,A,mug,2,2024-01-01 10:00,1.50,7,France",
        "1,B,cup,1,2024-01-01 10:00,4.00,7,France",
    )
    drawn = draft(tmp_path / "shop", [file])
    assert 'lines.csv: the amount of a line is "Quantity" * "Price"' in drawn.notes
    orders = open_shop(tmp_path / "shop").orders.to_pandas()
    assert orders[["order_id", "customer_id", "net"]].values.tolist() == [["1", "7", 7.0]]


def test_a_chinese_export_is_taken_for_yuan_in_shanghai_and_another_is_not(tmp_path):
    chinese = write(tmp_path / "a.csv", UNFAMILIAR, "甲,乙,2024-01-01,交易成功,1,0,a,b,1")
    english = write(tmp_path / "b.csv", "order id,date,total,customer", "1,2024-01-01,5,a")
    first = read_toml(draft(tmp_path / "one", [chinese]).path)
    second = read_toml(draft(tmp_path / "two", [english]).path)
    assert (first["currency"], first["timezone"]) == ("CNY", "Asia/Shanghai")
    assert (second["currency"], second["timezone"]) == ("USD", "UTC")


def test_the_currency_of_a_column_is_taken_and_two_are_told(tmp_path):
    one = write(
        tmp_path / "a.csv", "order id,date,total,Currency", "1,2024-01-01,5,EUR", "2,2024-01-02,6,EUR"
    )
    two = write(
        tmp_path / "b.csv", "order id,date,total,Currency", "1,2024-01-01,5,EUR", "2,2024-01-02,6,GBP"
    )
    first, second = draft(tmp_path / "one", [one]), draft(tmp_path / "two", [two])
    assert read_toml(first.path)["currency"] == "EUR"
    assert "the currency is EUR, by the file; the time zone UTC is a guess: check it" in first.notes
    assert "amounts in several currencies (EUR, GBP): keep one by a row filter" in second.notes


def test_a_time_that_is_not_one_of_payment_is_told(tmp_path):
    file = write(tmp_path / "a.csv", "order id,order date,total", "1,2024-01-01,5")
    notes = draft(tmp_path / "shop", [file]).notes
    assert (
        "a.csv: order date is taken for the time of payment; orders that were never paid need a status"
        in notes
    )


def test_a_glob_stays_one_and_finds_the_files_of_later_months_too(tmp_path):
    shop = tmp_path / "data" / "shop"
    for month in (1, 2):
        write(tmp_path / "exports" / f"a{month}.csv", "order id,paid at,total", f"{month},2024-0{month}-01,5")
    drawn = draft(shop, [tmp_path / "exports" / "a*.csv"])
    assert read_toml(drawn.path)["tables"]["orders"]["files"] == ["../../exports/a*.csv"]
    assert drawn.notes[0].startswith("a*.csv: taken for orders")
    write(tmp_path / "exports" / "a3.csv", "order id,paid at,total", "3,2024-03-01,5")
    assert open_shop(shop).orders.count().to_pyarrow().as_py() == 3


def test_a_glob_over_files_of_two_kinds_is_written_file_by_file(tmp_path):
    write(tmp_path / "a1.csv", "order id,paid at,total", "1,2024-01-01,5")
    write(tmp_path / "a2.csv", "order id,sku,qty,line total", "1,A,1,5")
    tables = read_toml(draft(tmp_path / "shop", [tmp_path / "a*.csv"]).path)["tables"]
    assert {name: spec["files"] for name, spec in tables.items()} == {
        "orders": ["../a1.csv"],
        "order_items": ["../a2.csv"],
    }


def test_a_glob_without_a_file_is_refused(tmp_path):
    with pytest.raises(ShopcrmError, match=r"a\*\.csv: there is no such file"):
        draft(tmp_path / "shop", [tmp_path / "a*.csv"])


def test_a_file_far_from_the_shop_is_named_as_a_whole(tmp_path):
    file = write(tmp_path / "a.csv", "order id,date,total", "1,2024-01-01,5")
    drawn = draft(tmp_path / "x" / "y" / "z" / "shop", [file])
    assert read_toml(drawn.path)["tables"]["orders"]["files"] == [file.resolve().as_posix()]


def test_a_file_inside_the_shop_is_named_from_there(tmp_path):
    file = write(tmp_path / "shop" / "raw" / "a.csv", "order id,date,total", "1,2024-01-01,5")
    assert read_toml(draft(tmp_path / "shop", [file]).path)["tables"]["orders"]["files"] == ["raw/a.csv"]


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        (
            "Ordre no,Paymnt dates,Totals",
            [' (is it "Ordre no"?)', ' (is it "Paymnt dates"?)', ' (is it "Totals"?)'],
        ),
        ("订单标号,收款日期,colour", [' (is it "订单标号"?)', ' (is it "收款日期"?)', ""]),
        ("Totals,Grand totals", ["", "", ' (is it "Grand totals"?)']),  # the nearest of two
        ("Customer ID,gender,Totals", ["", "", ' (is it "Totals"?)']),  # beside what is known of customers
        ("colour,mood", ["", "", ""]),
    ],
)
def test_of_unknown_headers_a_shop_toml_is_left_with_what_orders_need_and_the_headers_that_may_be_it(
    tmp_path, headers, asked
):
    file = write(tmp_path / "a.csv", headers, "1,2,3")
    drawn = draft(tmp_path / "shop", [file])
    said = {
        "order_id": "the order's number, or { row = true } where there is none",
        "paid_at": "the time of payment",
        "paid": "what was paid",
    }
    written = drawn.path.read_text(encoding="utf-8")
    assert drawn.asked == list(said)
    assert f"# the headers of a.csv: {headers.replace(',', ', ')}\n" in written
    for (column, words), guess in zip(said.items(), asked, strict=True):
        note = next(note for note in drawn.notes if f"orders.{column}, " in note)
        assert note.startswith(f"a.csv: no header is known for orders.{column}, {words}{guess or ';'}")
        likely = guess.split('"')[1] if guess else "…"
        assert f'\n# {column} = "{likely}"  # needed: {words}' in written


def test_a_question_that_is_answered_by_taking_off_its_mark_makes_a_shop_that_loads(tmp_path):
    file = write(
        tmp_path / "till.csv",
        "Order no,E-mail,Settled,Takings,Clerk",
        "1001,a@x.example,2024-01-05 10:00,12.00,Ann",
        "1002,b@x.example,2024-01-06 11:00,8.50,Ann",
    )
    drawn = draft(tmp_path / "shop", [file])
    assert drawn.asked == ["paid_at", "paid"]
    written = drawn.path.read_text(encoding="utf-8")
    assert '# paid_at = "Settled"  # needed: the time of payment\n' in written
    assert '# paid = "Takings"  # needed: what was paid\n' in written
    drawn.path.write_text(written.replace("# paid", "paid"), encoding="utf-8")
    assert open_shop(tmp_path / "shop").orders.net.sum().to_pyarrow().as_py() == 20.5


def test_a_header_is_asked_about_for_one_column_only(tmp_path):
    one = write(tmp_path / "a.csv", "order total no", "1")  # like names of the number and of the amount
    notes = draft(tmp_path / "shop", [one]).notes
    assert sum('(is it "order total no"?)' in note for note in notes) == 1


def test_known_exports_without_orders_are_refused_and_leave_nothing(tmp_path):
    known = next((Path(__file__).parents[1] / "data" / "demo" / "raw").glob("生意参谋*"))
    with pytest.raises(
        ShopcrmError, match=r"no file has orders: .*; give shopcrm init the export of the orders"
    ):
        draft(tmp_path / "shop", [known])
    assert not (tmp_path / "shop").exists()


def test_files_of_no_table_are_left_out_with_their_headers_in_a_comment(tmp_path):
    orders = write(tmp_path / "a.csv", "order id,date,total", "1,2024-01-01,5")
    other = write(tmp_path / "b.csv", "colour,mood", "red,fine")
    drawn = draft(tmp_path / "shop", [orders, other])
    assert drawn.asked == []
    assert "\n# the headers of b.csv: colour, mood (not used)\n" in drawn.path.read_text(encoding="utf-8")
    assert any(note.startswith("b.csv: no table is known by these headers") for note in drawn.notes)


@pytest.mark.parametrize(
    "header",
    ["Order Ref No", "Ticket", "Vorgangsnr", "流水号"],
)
def test_rows_are_not_numbered_while_a_header_looks_like_an_id(tmp_path, header):
    file = write(
        tmp_path / "a.csv",
        f"{header},Payment date,Paid",
        "W-1001,2024-01-05,12.00",
        "W-1002,2024-01-06,12.00",
    )
    drawn = draft(tmp_path / "shop", [file])
    assert drawn.asked == ["order_id"]
    columns = read_toml(drawn.path)["tables"]["orders"]["columns"]
    assert columns == {"paid_at": "Payment date", "paid": "Paid"}


def test_rows_are_numbered_where_nothing_looks_like_an_id(tmp_path):
    file = write(
        tmp_path / "a.csv",
        "Clerk,Payment date,Paid,Postcode",
        "Ann,2024-01-05,12.00,10115",
        "Bob,2024-01-06,12.00,10117",
    )
    drawn = draft(tmp_path / "shop", [file])
    assert drawn.asked == []
    assert read_toml(drawn.path)["tables"]["orders"]["columns"]["order_id"] == {"row": True}


def test_a_buyer_that_is_not_known_is_asked_for_but_not_needed(tmp_path):
    file = write(tmp_path / "a.csv", "Order no,Payment date,Paid,Patron", "1001,2024-01-05,12.00,a@x.example")
    drawn = draft(tmp_path / "shop", [file])
    assert drawn.asked == []
    assert '# customer_id = "Patron"  # the buyer; without one' in drawn.path.read_text(encoding="utf-8")


def test_lines_whose_order_has_no_time_ask_for_it(tmp_path):
    file = write(tmp_path / "a.csv", "order id,sku,qty,line total,Settled", "1,A,1,5.00,2024-01-05")
    drawn = draft(tmp_path / "shop", [file])
    assert drawn.asked == ["paid_at"]
    written = drawn.path.read_text(encoding="utf-8")
    assert written.endswith(
        '[tables.orders_from_items]\n# paid_at = "Settled"  # needed: the time of payment\n'
    )


def test_a_taobao_export_without_the_payment_is_to_be_exported_again_and_no_refund_is_proposed(tmp_path):
    file = write(
        tmp_path / "a.csv",
        "订单编号,买家会员名,总金额,订单状态,订单创建时间,订单付款时间,退款金额,打款商家金额",
        "1930679858170647,小明,12.00,交易成功,2024-01-05 10:00,2024-01-05 10:01,3.00,9.00",
    )
    drawn = draft(tmp_path / "shop", [file])
    again = "needed: what was paid; export the file again with 买家实际支付金额"
    assert f'# paid = "…"  # {again}\n' in drawn.path.read_text(encoding="utf-8")
    assert any("but has no 买家实际支付金额" in note for note in drawn.notes)


def test_the_sign_of_a_currency_tells_it(tmp_path):
    file = write(tmp_path / "a.csv", "order id,date,total", "1,2024-01-01,£5.00")
    assert read_toml(draft(tmp_path / "shop", [file]).path)["currency"] == "GBP"


def test_the_offsets_of_the_times_tell_the_time_zone(tmp_path):
    rows = ["1,2026-07-01 10:00:00 -0400,5", "2,2026-01-02 10:00:00 -0500,6"]
    made = draft(tmp_path / "shop", [write(tmp_path / "a.csv", "order id,date,total", *rows)])
    assert read_toml(made.path)["timezone"] == "America/New_York"
    said = "the currency USD and the time zone America/New_York are guesses: check them in shop.toml"
    assert said in made.notes


def test_a_shop_that_is_there_is_not_written_over(tmp_path):
    file = write(tmp_path / "a.csv", "order id,date,total", "1,2024-01-01,5")
    draft(tmp_path / "shop", [file])
    with pytest.raises(ShopcrmError, match="is there already"):
        draft(tmp_path / "shop", [file])


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ShopcrmError, match=r"gone\.csv: there is no such file"):
        draft(tmp_path / "shop", [tmp_path / "gone.csv"])
