"""report.xlsx: a sheet a table, text that stays text, and a word on every sheet that is cut short."""

import json
import re
import zipfile
from datetime import date, datetime

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from shopcrm_nb import i18n, spreadsheet

HOSTILE = [
    "=cmd|'/c calc'!A1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "http://shop.invalid/x",
    "mailto:a@shop.invalid",
]


def make_run(folder, lang="en", **tables):
    (folder / "tables").mkdir(parents=True)
    run = {"shop": "夏艺女装", "as_of": "2026-06-30", "lang": lang}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    for name, columns in tables.items():
        pd.DataFrame(columns).to_parquet(folder / "tables" / f"{name}.parquet")
    return folder


def sheets(folder):
    book = CalamineWorkbook.from_path(str(folder / "report.xlsx"))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def parts(folder):
    with zipfile.ZipFile(folder / "report.xlsx") as book:
        return {name: book.read(name).decode("utf-8", "replace") for name in book.namelist()}


def sheet_xml(folder, number):
    return parts(folder)[f"xl/worksheets/sheet{number}.xml"]


def written(folder, definitions=None):
    spreadsheet.write(folder, definitions)
    return sheets(folder)


def number_format(folder, sheet, cell):
    """The number format of a cell, as a spreadsheet program finds it."""
    styles = parts(folder)["xl/styles.xml"]
    style = int(re.search(rf'<c r="{cell}" s="(\d+)"', sheet_xml(folder, sheet)).group(1))
    cells = re.search(r"<cellXfs.*?</cellXfs>", styles, re.S).group()
    code = re.findall(r'<xf numFmtId="(\d+)"', cells)[style]
    built_in = {"1": "0", "3": "#,##0", "4": "#,##0.00", "49": "@"}
    own = dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]*)"', styles))
    return (built_in | own)[code]


def test_a_sheet_holds_its_table_and_the_first_sheet_lists_them_all(tmp_path):
    grades = {"grade": ["重要价值客户", None], "customers": [1204, 7]}
    found = written(make_run(tmp_path / "run", rfm_grades=grades, advice={"text": ["Write to them."]}))
    assert list(found) == ["contents", "advice", "rfm_grades"]
    assert found["rfm_grades"] == [["grade", "customers"], ["重要价值客户", 1204], ["", 7]]
    assert found["contents"][0][0] == "夏艺女装 · as of 2026-06-30"
    assert found["contents"][2:] == [
        ["sheet", "what it is", "rows", "note"],
        ["advice", "text", 1, ""],
        ["rfm_grades", "grade, customers", 2, ""],
    ]


def test_the_key_figures_stand_on_the_second_sheet_in_the_order_of_the_pages_each_with_what_it_is(tmp_path):
    folder = make_run(tmp_path / "run", advice={"text": ["Write to them."]})
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    figures = {"segments.gini": 0.4973, "portrait.customers_=1+1": 7, "health.late_share": 0.304, "x.y": None}
    (folder / "run.json").write_text(json.dumps(run | {"key_figures": figures}), encoding="utf-8")
    found = written(folder)
    assert list(found) == ["contents", "key figures", "advice"]
    late = "Paid orders that had not left after the time that the shop allows itself."
    alike = "0 where all customers spend alike, nearly 1 where one spends all."
    assert found["key figures"] == [
        ["figure", "value", "what it is", "name in run.json"],
        ["Orders that left late or not yet", 0.304, late, "health.late_share"],
        ["Group: =1+1", 7, "People who meet the condition of this group.", "portrait.customers_=1+1"],
        ["Gini coefficient of the net sales", 0.4973, alike, "segments.gini"],
        ["x.y", "", "", "x.y"],
    ]
    formats = [number_format(folder, 2, f"B{row}") for row in (2, 3, 4)]
    assert formats == ["0.0%", "#,##0", "#,##0.00"]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_never_becomes_a_formula_or_a_link(tmp_path, text):
    folder = make_run(tmp_path / "run", tags={"nick": [text]})
    assert written(folder)["tags"][1][0].strip() == text.strip()
    assert "<f>" not in sheet_xml(folder, 2)
    assert 't="s"' in sheet_xml(folder, 2)
    assert "<hyperlink" not in sheet_xml(folder, 2)
    assert not any("shop.invalid" in part for name, part in parts(folder).items() if name.endswith(".rels"))


def test_text_that_looks_like_a_formula_stays_text_when_its_cell_is_edited(tmp_path):
    folder = make_run(tmp_path / "run", tags={"nick": ["=1+1"]})
    spreadsheet.write(folder)
    assert 'quotePrefix="1"' in parts(folder)["xl/styles.xml"]


def test_ids_stay_text_and_numbers_too_long_for_a_spreadsheet_become_text(tmp_path):
    columns = {"order_id": ["1930679858170647211", "00123"], "serial": [1930679858170647211, 12]}
    found = written(make_run(tmp_path / "run", ids=columns))
    assert found["ids"][1:] == [["1930679858170647211", "1930679858170647211"], ["00123", 12]]


def test_what_is_missing_is_an_empty_cell(tmp_path):
    columns = {"a": [1.5, float("nan")], "b": ["x", None], "day": [pd.Timestamp("2026-06-30"), None]}
    found = written(make_run(tmp_path / "run", t=columns | {"n": [1, 2]}))
    assert found["t"][2] == ["", "", "", 2]


def test_values_that_no_cell_can_hold_are_written_as_text(tmp_path):
    columns = {"a": [float("inf")], "b": [["x", "y"]], "c": [date(1850, 1, 1)]}
    assert written(make_run(tmp_path / "run", t=columns))["t"][1] == ["inf", "['x', 'y']", "1850-01-01"]


def test_truth_values_and_dates_are_what_they_are(tmp_path):
    columns = {"kept": [True], "day": [date(2026, 6, 30)], "at": [datetime(2026, 6, 30, 12, 30)]}
    found = written(make_run(tmp_path / "run", t=columns))["t"][1]
    assert found == [True, date(2026, 6, 30), datetime(2026, 6, 30, 12, 30)]


@pytest.mark.parametrize(
    ("column", "values", "format_code"),
    [
        ("customers", [1204], "#,##0"),
        ("recency_days", [3.0, None], "#,##0"),  # a whole number that was stored as a float for its gaps
        ("net_sales", [12.5], "#,##0.00"),
        ("repeat_share", [0.25], "0.0%"),
        ("year", [2026], "0"),
        ("day", [pd.Timestamp("2026-06-30")], "yyyy-mm-dd"),
        ("paid_at", [pd.Timestamp("2026-06-30 12:30")], "yyyy-mm-dd hh:mm"),
        ("grade", ["A"], "@"),
    ],
)
def test_a_column_is_written_by_its_name_and_kind(tmp_path, column, values, format_code):
    folder = make_run(tmp_path / "run", t={column: values})
    spreadsheet.write(folder)
    assert number_format(folder, 2, "A2") == format_code


def test_the_head_is_bold_and_stays_in_view(tmp_path):
    folder = make_run(tmp_path / "run", t={"grade": ["A"]})
    spreadsheet.write(folder)
    assert '<pane ySplit="1" topLeftCell="A2"' in sheet_xml(folder, 2)
    assert "<b/>" in parts(folder)["xl/styles.xml"]


def test_a_chinese_column_is_as_wide_as_its_signs(tmp_path):
    folder = make_run(tmp_path / "run", t={"grade": ["重要价值客户重要价值客户"], "long": ["x" * 500]})
    spreadsheet.write(folder)
    widths = [
        float(width) for width in re.findall(r'<col min="\d" max="\d" width="([\d.]+)"', sheet_xml(folder, 2))
    ]
    assert [int(width) for width in widths] == [26, 48]  # 12 signs of two, and two more; at most 48


def test_a_sheet_is_cut_at_its_limit_and_the_first_sheet_says_so(tmp_path):
    limit = spreadsheet.MAX_ROWS
    assert limit == 20_000
    found = written(make_run(tmp_path / "run", big={"n": range(limit + 1)}, small={"n": range(limit)}))
    assert (len(found["big"]), len(found["small"])) == (1 + limit, 1 + limit)
    assert found["big"][-1] == [limit - 1]
    note = "This sheet holds the first 20,000 of 20,001 rows; all of them are in tables/big.csv."
    assert [row[2:] for row in found["contents"][3:]] == [[20_001, note], [20_000, ""]]


def test_definitions_are_found_by_table_by_column_and_by_both(tmp_path):
    tables = {"a": {"n": [1], "share": [0.5]}, "b": {"n": [1]}}
    definitions = {"a": "One row a thing.", "n": "How many.", "b.n": "How many of b.", "unused": "x"}
    found = written(make_run(tmp_path / "run", **tables), definitions)
    assert found["contents"][3][1] == "One row a thing."
    assert found["definitions"] == [
        ["table", "column", "definition"],
        ["a", "n", "How many."],
        ["b", "n", "How many of b."],
    ]


def test_equal_folders_give_equal_bytes(tmp_path):
    copies = [make_run(tmp_path / name, t={"grade": ["A"], "share": [0.5]}) for name in ("one", "two")]
    for copy in copies:
        spreadsheet.write(copy, {"t": "One row."})
    assert (copies[0] / "report.xlsx").read_bytes() == (copies[1] / "report.xlsx").read_bytes()
    assert "<dcterms:created" in parts(copies[0])["docProps/core.xml"]
    assert set(re.findall(r"20\d\d-\d\d-\d\d", parts(copies[0])["docProps/core.xml"])) == {"2026-06-30"}


def test_tables_without_rows_and_runs_without_tables_still_have_their_sheets(tmp_path):
    empty = written(make_run(tmp_path / "empty", t={"grade": pd.Series([], dtype="str"), "n": []}))
    assert empty["t"] == [["grade", "n"], ["no rows", ""]]
    assert list(written(make_run(tmp_path / "none"))) == ["contents"]


def test_long_and_like_table_names_keep_sheets_of_their_own(tmp_path):
    names = ["contents", "x" * 40, "x" * 39 + "y"]
    found = written(make_run(tmp_path / "run", **{name: {"n": [1]} for name in names}))
    assert list(found) == ["contents", "contents_2", "x" * 31, "x" * 27 + "_2"]


def test_the_language_of_the_run_is_used_and_the_one_in_use_is_left_alone(tmp_path, monkeypatch):
    used = []
    monkeypatch.setattr(i18n, "_catalogue", lambda lang: used.append(lang) or i18n.gettext.NullTranslations())
    spreadsheet.write(make_run(tmp_path / "run", lang="zh"))
    assert used == ["zh", "en"]
    assert i18n.language() == "en"
