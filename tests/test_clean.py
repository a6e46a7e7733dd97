"""Each kind of cell, as exports write it, and what becomes of it."""

import datetime as dt
import hashlib

import ibis
import pandas as pd
import pytest

from shopcrm_nb import clean, engine


@pytest.fixture(scope="module")
def con():
    return engine.connect()


def read(con, kind, cells, zone="Asia/Shanghai", date_format="", dtype="string", decimal="."):
    """Read a column of cells through all its steps."""
    table = con.create_table(
        "cells", pd.DataFrame({"i": range(len(cells)), "c": pd.Series(cells, dtype=dtype)}), overwrite=True
    )
    read = clean.read(table, {"c": kind}, zone, date_format, decimal)
    return read.order_by("i").c.to_pyarrow().to_pylist()


def assert_reads(con, kind, expected, **how):
    assert dict(zip(expected, read(con, kind, list(expected), **how), strict=True)) == expected


def test_an_id_is_text_without_the_marks_of_a_spreadsheet(con):
    cells = {
        '="1930679858170647"': "1930679858170647",
        "'13085": "13085",
        "'13085'": "13085",
        "\t6917529027641081856\t": "6917529027641081856",
        "\u30001930\xa0": "1930",
        "13085.0": "13085",
        "0013085": "0013085",
        "1930679858170647123": "1930679858170647123",
        "1930679858170647124": "1930679858170647124",
        "C536379": "C536379",
    }
    assert_reads(con, "id", cells)


def test_a_buyer_may_be_called_like_a_formula_or_like_nothing(con):
    names = (
        "=1+1",
        "-南南-",
        "null小姐",
        "+86小鱼",
        "00712",
        "爱,笑的眼",
        "𠮷吉",
        "@夏天",
        '"quoted"',
        "a=b",
    )
    assert_reads(con, "buyer", {name: name for name in names})


def test_words_for_nothing_are_null_for_every_kind(con):
    nothing = ["", "null", "NULL", "-", "--", "nan", "  ", "None"]
    for kind in ("id", "buyer", "text", "note", "hash", "number", "money", "time", "flag"):
        assert read(con, kind, nothing) == [None] * 8, kind


def test_a_numeric_id_is_whole_or_is_written_as_rounded(con):
    cells = [13085.0, 1930679858170647.0, 1.5, None]
    assert read(con, "id", cells, dtype="float64") == ["13085", "1.0E+15", "1.0E+15", None]
    whole = [6917529027641081856, 6917529027641081857]
    assert read(con, "id", whole, dtype="int64") == ["6917529027641081856", "6917529027641081857"]


def test_an_email_or_a_mobile_as_a_buyer_is_hashed_whatever_its_case(con):
    lower = hashlib.sha256(b"anna@example.com").hexdigest()
    mobile = hashlib.sha256(b"13812345678").hexdigest()
    cells = {
        "Anna@Example.com": lower,
        "anna@example.com": lower,
        lower: lower,
        "13812345678": mobile,
        "'13812345678": mobile,
        "a***@example.com": "a***@example.com",
        "138****5678": "138****5678",
        "23812345678": "23812345678",
    }
    assert_reads(con, "buyer", cells)


def test_an_order_or_product_number_like_a_mobile_stays(con):
    assert_reads(con, "id", {"13812345678": "13812345678"})


def test_a_contact_is_hashed_and_a_masked_one_is_nothing(con):
    hashed = hashlib.sha256(b"13812345678").hexdigest()
    cells = {"13812345678": hashed, hashed.upper(): hashed, "138****5678": None, "-": None}
    assert_reads(con, "hash", cells)


def test_a_note_keeps_its_text_without_contacts(con):
    cells = {
        'ring 13812345678, or "138-1234-5679"\nthen': 'ring <mobile>, or "<mobile>"\nthen',
        "mail a.b+c@mail.example.cn 谢谢": "mail <e-mail> 谢谢",
        "13812345678/13912345678": "<mobile>/<mobile>",
        "  加急  ": "加急",
    }
    assert_reads(con, "note", cells)


def test_an_amount_is_read_with_its_marks_and_never_made_up(con):
    cells = {
        "12.00元": 12.0,
        "￥1,234.50": 1234.5,
        "¥3": 3.0,
        "$ 12,480.00": 12480.0,
        "CNY 7": 7.0,
        '="5.5"': 5.5,
        "-3.20": -3.2,
        "1,234,567": 1234567.0,
        "12,50": None,
        "1,23,456": None,
        "twelve": None,
        "inf": None,
        "12.3%": None,
        "0.123456": 0.1235,
    }
    assert_reads(con, "money", cells)


def test_a_share_is_0_to_1_with_or_without_percent(con):
    assert_reads(con, "share", {"12.5%": 0.125, "0.125": 0.125, "-": None, "100%": 1.0})


def test_yes_and_no_are_read_in_two_languages_and_else_nothing(con):
    cells = {"是": True, "否": False, "TRUE": True, "0": False, "1.0": True, "maybe": None, "同意": True}
    assert_reads(con, "flag", cells)


def test_a_time_is_read_in_each_year_first_form(con):
    at = dt.datetime(2016, 5, 23, 22, 2)
    same = (
        "2016-05-23 22:02:00",
        "2016/5/23 22:02",
        "2016年5月23日 22:02",
        "20160523220200",
        '="2016/5/23 22:02"',
    )
    assert_reads(con, "time", dict.fromkeys(same, at))
    day = dt.datetime(2016, 5, 23)
    assert_reads(con, "time", dict.fromkeys(("2016-05-23", "2016.5.23", "20160523", "2016年5月23日"), day))


def test_a_spreadsheet_s_serial_is_a_time(con):
    assert_reads(
        con, "time", {"43466": dt.datetime(2019, 1, 1), "43466.0124": dt.datetime(2019, 1, 1, 0, 17, 51)}
    )


def test_a_time_with_an_offset_is_moved_to_the_shop_s_clock(con):
    at = dt.datetime(2025, 10, 7, 15, 50, 26)  # Shanghai is 8 hours ahead of UTC, and has no summer time
    same = ("2025-10-07 09:50:26 +0200", "2025-10-07T07:50:26Z", "2025-10-07 07:50:26+00:00")
    assert_reads(con, "time", dict.fromkeys(same, at))
    assert_reads(con, "time", dict.fromkeys(("2025-10-07 07:50:26 UTC", "2025-10-07 09:50:26+02"), at))
    typed = pd.Series(pd.to_datetime(["2025-10-07 07:50:26"], utc=True))
    assert read(con, "time", typed, dtype=typed.dtype) == [at]


def test_an_impossible_time_is_not_a_time(con):
    cells = ("2024-02-30", "1900-01-00", "16/5/23 10:00", "2900-01-01", "soon", "12", "0000-00-00 00:00:00")
    assert_reads(con, "time", dict.fromkeys(cells))


def test_year_last_times_follow_the_order_of_their_table(con):
    cells = {"5/6/2024 10:30": dt.datetime(2024, 6, 5, 10, 30), "2024-06-07": dt.datetime(2024, 6, 7)}
    assert_reads(con, "time", cells, date_format=clean.DAY_FIRST)
    cells = {"5/6/2024 10:30 PM": dt.datetime(2024, 5, 6, 22, 30), "05.06.2024": dt.datetime(2024, 5, 6)}
    assert_reads(con, "time", cells, date_format=clean.MONTH_FIRST)
    assert_reads(con, "time", {"06/05/24": dt.datetime(2024, 5, 6)}, date_format="%d/%m/%y")


def test_a_birthday_of_1900_is_no_answer(con):
    assert_reads(con, "birthday", {"1900-01-01": None, "1988-02-29": dt.datetime(1988, 2, 29)})


def test_reading_changes_no_other_column(con):
    table = con.create_table("two", pd.DataFrame({"a": ["1"], "b": [" 2"]}), overwrite=True)
    found = clean.read(table, {"a": "number"})
    assert found.to_pyarrow().to_pylist() == [{"a": 1.0, "b": " 2"}]


def test_on_another_engine_blanks_are_stripped_all_the_same():
    con = ibis.sqlite.connect()
    table = con.create_table("t", pd.DataFrame({"a": [" x "]}))
    assert table.select(a=clean.bare(table.a)).to_pyarrow().to_pylist() == [{"a": "x"}]


def test_what_stands_beside_an_amount_is_taken_off(con):
    cells = {"100.-": 100, "100,-": 100, "1 171.90\u00a0€": 1171.9, "CHF 5": 5, "US$ 7": 7, "-20.00": -20}
    assert_reads(con, "money", cells)


def test_with_a_decimal_comma_a_point_parts_thousands_and_nothing_else(con):
    cells = {"1.171,90\u202f€": 1171.9, "12,5": 12.5, "-3": -3, "1.234": 1234, "12.50": None, "1,2,3": None}
    assert_reads(con, "money", cells, decimal=",")
    assert_reads(con, "share", {"12,5%": 0.125, "0,2": 0.2}, decimal=",")
    assert_reads(con, "number", {"1.171,9": 1171.9, "12.5": 12.5}, decimal=clean.IN_A_SHEET)
