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
    assert "a.csv: no header for orders.paid; name it in shop.toml" in drawn.notes
    assert "a.csv: not used: mood" in drawn.notes
    assert '# paid = "…"  # needed: name the header here' in drawn.path.read_text(encoding="utf-8")
    with pytest.raises(ShopcrmError, match=r"a\.csv: no column for orders\.paid"):
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


def test_a_glob_that_the_shell_did_not_expand_is_expanded(tmp_path):
    for name in ("a1.csv", "a2.csv"):
        write(tmp_path / name, "order id,paid at,total", "1,2024-01-01,5")
    drawn = draft(tmp_path / "shop", [tmp_path / "a*.csv"])
    assert [Path(file).name for file in read_toml(drawn.path)["tables"]["orders"]["files"]] == [
        "a1.csv",
        "a2.csv",
    ]


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
def test_files_without_orders_are_refused_with_what_orders_need_and_the_headers_that_may_be_it(
    tmp_path, headers, asked
):
    file = write(tmp_path / "a.csv", headers, "1,2,3")
    with pytest.raises(ShopcrmError) as refused:
        draft(tmp_path / "shop", [file])
    said = str(refused.value)
    assert said.startswith("no file has orders: a.csv: ")
    assert said.endswith(
        "; a table of orders needs at least order_id, the order's number, or { row = true } where there is "
        f"none{asked[0]}; "
        f"paid_at, the time of payment{asked[1]}; paid, what was paid{asked[2]}; "
        'write a shop.toml that names them, as "By hand" in docs/formats.md shows'
    )
    assert not (tmp_path / "shop").exists()


def test_a_header_is_asked_about_for_one_column_only_and_what_a_known_export_has_for_none(tmp_path):
    one = write(tmp_path / "a.csv", "order total no", "1")  # like names of the number and of the amount
    with pytest.raises(ShopcrmError) as refused:
        draft(tmp_path / "shop", [one])
    assert str(refused.value).count('"order total no"') == 1
    known = next((Path(__file__).parents[1] / "data" / "demo" / "raw").glob("生意参谋*"))
    with pytest.raises(ShopcrmError, match="a table of orders needs at least") as refused:
        draft(tmp_path / "shop", [known])
    assert "is it" not in str(refused.value)


def test_a_shop_that_is_there_is_not_written_over(tmp_path):
    file = write(tmp_path / "a.csv", "order id,date,total", "1,2024-01-01,5")
    draft(tmp_path / "shop", [file])
    with pytest.raises(ShopcrmError, match="is there already"):
        draft(tmp_path / "shop", [file])


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ShopcrmError, match=r"gone\.csv: there is no such file"):
        draft(tmp_path / "shop", [tmp_path / "gone.csv"])
