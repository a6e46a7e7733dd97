"""Files in every form in which exports come, read as rows of text; and files that are none."""

import datetime as dt
import os

import pandas as pd
import pytest
from workbooks import xls, xlsx

from shopcrm_nb import engine, source
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.source import Place

GOOD = "编号,名字\n1,南南\n2,𠮷吉\n"


@pytest.fixture(scope="module")
def con():
    return engine.connect()


@pytest.fixture
def put(tmp_path):
    def write(content, name="orders.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def staged(con, path, columns=None, **at):
    place = Place(**at)
    found = source.stage(con, path, columns or source.headers(path, place), place)
    rows = found.table.order_by("_row").drop("_row").to_pyarrow().to_pylist()
    assert len(rows) == found.rows
    return found, [tuple(row.values()) for row in rows]


def refusal(path, **at):
    place = Place(**at)
    with pytest.raises(ShopcrmError) as caught:
        source.stage(engine.connect(), path, source.headers(path, place), place)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_text_is_the_same_in_each_encoding(con, put, encoding, name):
    path = put(GOOD.encode(encoding))
    assert source.headers(path) == ["编号", "名字"]
    found, rows = staged(con, path)
    assert rows == [("1", "南南"), ("2", "𠮷吉")]  # 𠮷 takes four bytes in GB18030, and GBK lacks it
    assert (found.encoding, found.unreadable) == (name, 0)
    assert found.shown == ("" if name == "utf-8-sig" else "编号")


@pytest.mark.parametrize("name", ["Jörg", "Größe Übergrößen", "café", "£100", "ÄÖÜ", "12,50 €"])
def test_what_is_not_utf_8_is_western_where_nothing_chinese_stands_in_the_first_rows(con, put, name):
    path = put(f"id;Bezeichnung\n1;{name}\n".encode("cp1252"))
    found, rows = staged(con, path)
    assert (rows, found.encoding) == ([("1", name)], "cp1252")


def test_western_headers_are_read_where_the_first_rows_are_western_too(put):
    path = put("Größe;Brutto €;Menge Stück\n1;2;3\n".encode("cp1252"))
    assert source.headers(path) == ["Größe", "Brutto €", "Menge Stück"]


def test_a_chinese_shop_s_file_is_gb18030_even_with_english_headers(con, put):
    path = put("id,name\n1,鑫\n".encode("gb18030"))  # one rare character makes no word
    assert staged(con, path)[1] == [("1", "öÎ")]
    assert staged(con, path, chinese=True)[1] == [("1", "鑫")]


def test_titles_above_the_headers_tell_the_language_too(put):
    path = put("店铺日报\n\nid,name\n1,x\n".encode("gb18030"))
    assert source.headers(path, Place(header_row=3)) == ["id", "name"]
    assert source.top_rows(path).__next__()[1] == ["店铺日报"]


def test_an_encoding_that_the_shop_names_is_taken(con, put):
    path = put("Заказ;Имя\n1;Жук\n".encode("cp1251"))
    found, rows = staged(con, path, encoding="windows-1251")
    assert (list(found.table.columns[:2]), rows) == (["Заказ", "Имя"], [("1", "Жук")])
    assert (found.encoding, found.shown) == ("cp1251", "Заказ")
    found, rows = staged(con, put(GOOD.encode("utf-8-sig")), encoding="UTF8")
    assert (found.encoding, found.table.columns[0]) == ("utf-8-sig", "编号")
    assert refusal(put(b"a,b\n1,\xff\n"), encoding="ascii").startswith("orders.csv: is not ascii; save it")


def test_the_foreign_word_that_is_shown_is_no_e_mail_address(con, put):
    path = put("id;mail\n1;jörg@x.de\n2;tür\n".encode("cp1252"))
    assert staged(con, path)[0].shown == "tür"


def test_utf_16_with_tabs_is_what_a_spreadsheet_calls_unicode_text(con, put):
    _, rows = staged(con, put(GOOD.replace(",", "\t").encode("utf-16"), "orders.txt"))
    assert rows == [("1", "南南"), ("2", "𠮷吉")]


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_the_separator_is_found_in_the_header(con, put, separator):
    _, rows = staged(con, put(separator.join("ab") + "\n" + separator.join(["1", "x y"]) + "\n"))
    assert rows == [("1", "x y")]


def test_bytes_that_are_no_text_are_refused(put):
    cure = 'save it as UTF-8 csv or name its encoding in shop.toml, such as encoding = "cp1252"'
    broken = put(b"a,b\n1,\xff\xff\n")
    assert refusal(broken, chinese=True) == f"orders.csv: is neither UTF-8 nor GB18030/GBK; {cure}"
    broken = put("编号,名字\n".encode("gb18030") + b"1,\xff\xff\n")
    assert refusal(broken) == f"orders.csv: is neither UTF-8 nor GB18030/GBK; {cure}"
    assert refusal(put(b"a,b\n1,\x81\n")) == f"orders.csv: is neither UTF-8 nor Windows-1252; {cure}"
    assert "neither UTF-8" in refusal(put(GOOD.encode("utf-16")[:-1]))


def test_headers_lose_blanks_at_the_ends_and_the_mark(put):
    path = put("\ufeff编号 ,\u3000名字\u3000,收货地址\xa0, ,编号,Email,email\n1,2,3,4,5,6,7\n")
    assert source.headers(path) == [
        *("编号", "名字", "收货地址", "column 4", "编号 (2)", "Email", "email (2)")
    ]


def test_headers_are_compared_without_case_and_full_width_forms():
    assert source.normal(" 邮费（元）ＡＢ ") == source.normal("邮费(元)ab")


def test_twin_headers_keep_their_own_cells(con, put):
    path = put("a,A,a\n1,2,3\n")
    assert staged(con, path)[1] == [("1", "2", "3")]
    assert staged(con, path, ["a (3)", "a"])[1] == [("3", "1")]


def test_cells_hold_commas_quotes_and_line_breaks(con, put):
    text = 'a,b\r\n1,"x, ""y""\nz"\r\n2,"p\r\nq"\r\n="3",w\r\n"=""4""",\r\n'
    _, rows = staged(con, put(text))
    assert rows == [("1", 'x, "y"\nz'), ("2", "p\r\nq"), ('="3"', "w"), ('="4"', None)]


def test_exports_joined_with_two_kinds_of_line_ends_are_read(con, put):
    found, rows = staged(con, put('a,b\r\n1,x\r\n2,"m\r\nn"\n3,y\n'))
    assert rows == [("1", "x"), ("2", "m\nn"), ("3", "y")]
    assert found.unreadable == 0


def test_lines_that_cannot_be_read_are_counted_with_the_first(con, put):
    found, rows = staged(con, put('a,b\n1,x\n2\n3,y,z\n\n4,"q"w"\n5,k\n'))
    assert rows == [("1", "x"), ("5", "k")]
    assert found.unreadable == 3
    assert found.first_unreadable.startswith("line 3: Expected Number of Columns: 2 Found: 1")


def test_lines_that_an_open_quote_swallows_are_counted_too(con, put):
    found, rows = staged(con, put('a,b\n1,x\n2,"open\n3,y\n4,z\n'))
    assert (rows, found.unreadable) == ([("1", "x")], 3)
    found, rows = staged(con, put('a,b\n1,x\n2,"open\n3,"y"\n4,z\n'))
    assert (rows, found.unreadable) == ([("1", "x"), ("4", "z")], 2)


def test_an_open_quote_that_hides_a_whole_file_is_refused(put):
    text = 'a,b\n1,x\n2,"open\n' + "3,a longer line of text\n" * 1000
    assert "orders.csv: line 3 opens a quote that hides the lines after it" in refusal(put(text))


def test_a_long_id_keeps_each_digit_in_a_csv(con, put):
    path = put("id,n\n1930679858170647123,1\n1930679858170647124,1\n")
    assert [row[0] for row in staged(con, path)[1]] == ["1930679858170647123", "1930679858170647124"]


def test_a_spreadsheet_is_known_by_its_first_bytes(con, put):
    path = put(xlsx([["编号", "at", "n"], ["=1+1", dt.datetime(2024, 5, 1, 10, 30), 12.5]]), "orders.csv")
    found, rows = staged(con, path)
    assert rows == [("=1+1", "2024-05-01 10:30:00", "12.5")]
    assert found.encoding == "excel"


def test_a_csv_called_xlsx_is_a_csv(con, put):
    assert staged(con, put(GOOD, "orders.xlsx"))[1][0] == ("1", "南南")


def test_numbers_of_a_spreadsheet_are_written_with_the_digits_they_have(con, put):
    cells = [7, 0.1, 1234567.25, 100000000000000, 1930679858170647, True, None, "x"]
    path = put(xlsx([[f"c{i}" for i in range(8)], cells]))
    assert staged(con, path)[1] == [
        ("7", "0.1", "1234567.25", "100000000000000", "1.93068E+15", "true", None, "x")
    ]


def test_blank_rows_above_a_spreadsheet_s_headers_are_skipped(con, put):
    assert staged(con, put(xlsx([["a"], ["1"]], first_row=3)))[1] == [("1",)]


def test_a_spreadsheet_longer_than_a_batch_keeps_its_order(con, put, monkeypatch):
    monkeypatch.setattr(source, "ROWS_A_BATCH", 2)
    path = put(xlsx([["a"], *[[str(i)] for i in range(5)]]))
    assert staged(con, path)[1] == [(str(i),) for i in range(5)]


def test_an_old_xls_is_read(con, put):
    path = put(xls([["编号", "n"], ["1930679858170647", 12.5], ["x", 3]]), "orders.xls")
    assert staged(con, path)[1] == [("1930679858170647", "12.5"), ("x", "3")]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('店铺数据\n\n"2026,\n30",\na,b\n1,x\n2,y\n', [("1", "x"), ("2", "y")]),
        ("sales, of 2026\n\n-\na;b\n1;x\n2;y\n", [("1", "x"), ("2", "y")]),
        (xlsx([["店铺数据"], [], ["2026"], ["a", "b"], ["1", "x"], ["2", "y"]]), [("1", "x"), ("2", "y")]),
        (xlsx([["a", "b"], ["1", "x"], ["2", "y"]], first_row=3), [("1", "x"), ("2", "y")]),
        (xls([["店铺数据", ""], ["", 1], ["", 2], ["a", "b"], ["1", "x"]]), [("1", "x")]),
    ],
)
def test_titles_above_the_row_of_the_headers_are_skipped(con, put, content, found):
    path = put(content)
    assert source.headers(path, Place(header_row=4)) == ["a", "b"]
    assert staged(con, path, header_row=4)[1] == found
    assert staged(con, path, ["b"], header_row=4)[0].table._row.max().execute() == len(found)


@pytest.mark.parametrize("content", ["t\n\na,b\n", xlsx([["t"], [], ["a", "b"]])])
def test_a_row_of_headers_that_is_not_there_or_blank_is_told(put, content):
    path = put(content)
    assert refusal(path, header_row=4) == (
        "orders.csv: header_row is 4, but the file has only 3 rows; name the row of the headers in shop.toml"
    )
    assert refusal(path, header_row=2) == (
        "orders.csv: row 2 is blank; the headers must stand there, or header_row in shop.toml must name "
        "their row"
    )


def test_an_unreadable_line_below_titles_is_told_by_its_place_in_the_file(con, put):
    found, rows = staged(con, put("t\n\nu,\na,b\n1,x\n2\n3,y\n"), header_row=4)
    assert rows == [("1", "x"), ("3", "y")]
    assert found.first_unreadable.startswith("line 6: ")


def test_the_top_rows_are_as_the_headers_that_they_would_give(put):
    text = "t\n\na;b;a\n" + "1;2;3\n" * 20
    for content in (text, text.encode("utf-16"), text.encode("gb18030")):
        top = list(source.top_rows(put(content)))
        assert len(top) == 10
        assert top[2] == (Place(header_row=3), ["a", "b", "a (2)"])


def test_a_sheet_is_chosen_by_name(con, put):
    path = put(xlsx([["a"], ["1"]], sheets=("notes", "lines")))
    assert staged(con, path, sheet="lines")[1] == [("1",)]
    assert refusal(path, sheet="line") == 'orders.csv: has no sheet "line"; it has notes, lines'


def test_parquet_keeps_its_types_and_order(con, tmp_path):
    path = tmp_path / "lines.parquet"
    pd.DataFrame({" id ": [6917529027641081857, 2], "n": [0.5, 1.5], "x": [1, 2]}).to_parquet(path)
    found, rows = staged(con, path, ["n", "id"])
    assert rows == [(0.5, 6917529027641081857), (1.5, 2)]
    assert found.table._row.max().execute() == 2


def test_only_the_wanted_columns_are_read(con, put):
    found, _ = staged(con, put("a,b,c\n1,2,3\n"), ["c", "a"])
    assert found.table.columns == ("c", "a", "_row")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty; export it again"),
        (b"<html><body>", "is a web page under a table's name"),
        (b"\xef\xbb\xbf \n<!DOCTYPE html>", "is a web page under a table's name"),
        (b"<meta charset='gbk'><table>", "is a web page under a table's name"),
        (b"\n\n1,2\n", "the first line is blank; the headers must stand there"),
        (b"PK\x03\x04 torn", "cannot be opened as a workbook; save it again as xlsx"),
        (b"\xd0\xcf\x11\xe0 torn", "cannot be opened as a workbook; save it again as xlsx"),
        (xlsx([["a"], ["1"]])[:2000], "cannot be opened as a workbook"),
        (xlsx([]), "the sheet is empty; export it again"),
        (b"PAR1 torn", "is not a whole parquet file; copy it again"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_a_sentence(put, content, sentence):
    assert f"orders.csv: {sentence}" in refusal(put(content))


def test_no_copy_of_a_file_stays_behind(con, put, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "aside"))
    os.mkdir(tmp_path / "aside")  # noqa: PTH102
    staged(con, put(GOOD.encode("gb18030")))
    assert list((tmp_path / "aside").iterdir()) == []
