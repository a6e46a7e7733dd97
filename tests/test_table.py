"""Tables for reading: labels, units and number forms, and cells that stay text."""

import html
import re

import pandas as pd
import pytest

from shopcrm_nb import definitions, i18n, labels, table
from shopcrm_nb.absent import NotComputed


def cells(shown):
    """The header and the rows of a shown table as a reader sees them."""
    text = shown._repr_html_()
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.S)
    found = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
    return [[html.unescape(cell).strip() for cell in row] for row in found]


def test_each_kind_of_column_is_written_in_its_unit():
    frame = pd.DataFrame(
        {
            "grade": ["P"],
            "customers": [12480],
            "customer_share": [0.1234],
            "net_sales": [1234.5],
            "rfm_value": [36.0],
            "share": [0.5],
            "table": ["orders"],
        }
    )
    assert cells(table.show(frame, "CNY")) == [
        ["Grade", "Customers", "Share of customers", "Net sales", "RFM value", "Share", "Table"],
        ["Platinum", "12,480", "12.3%", "¥1,234", "36", "50.0%", "Order list"],
    ]


def test_the_currency_is_the_shops():
    frame = pd.DataFrame({"paid": [5.0]})
    assert cells(table.show(frame, "USD"))[1] == ["$5"]
    assert cells(table.show(frame, "EUR"))[1] == ["€5"]


def test_a_cell_without_a_value_is_a_dash_or_empty_never_nan():
    frame = pd.DataFrame(
        {
            "customers": pd.array([None], "Int64"),
            "share": [float("nan")],
            "net_sales": [None],
            "rfm_value": [float("nan")],
            "example": [None],
        }
    )
    assert cells(table.show(frame, "CNY"))[1] == ["–", "–", "–", "–", ""]


def test_codes_are_shown_in_words_and_unknown_ones_as_they_are():
    frame = pd.DataFrame({"status": ["closed_unpaid", "odd"], "severity": ["warning", "note"]})
    assert cells(table.show(frame))[1:] == [["closed without payment", "warning"], ["odd", "note"]]


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "a & b", '"><img src=x>'])
def test_what_a_cell_or_a_header_holds_is_text(hostile):
    frame = pd.DataFrame({"customer_id": [hostile], hostile: ["x"]})
    text = table.show(frame)._repr_html_()
    assert hostile not in text
    assert cells(table.show(frame)) == [["Customer", hostile], [hostile, "x"]]


def test_amounts_of_a_message_are_told_to_a_part_of_the_unit():
    frame = pd.DataFrame(
        {"cost_per_message": [0.05], "cost_per_buyer": [1.252], "detectable_per_head": [4.6]}
    )
    assert cells(table.show(frame, "CNY"))[1] == ["¥0.050", "¥1.25", "¥4.60"]


def test_a_frame_without_rows_says_so_unless_a_sentence_beside_it_does():
    empty = pd.DataFrame({"orders": []})
    assert "nothing to show" in table.show(empty)._repr_html_()
    assert table.show(empty, silent=True)._repr_html_() == repr(table.show(empty, silent=True)) == ""
    assert len(cells(table.show(pd.DataFrame({"orders": [1]}), silent=True))) == 2


def test_numbers_stand_to_the_right_and_words_do_not():
    text = table.show(pd.DataFrame({"grade": ["P"], "orders": [1]}))._repr_html_()
    classes = re.findall(r'<td class="([^"]*)"', text)
    assert ["num" in names.split() for names in classes] == [False, True]


def test_the_first_rows_are_shown_and_the_rest_is_counted():
    frame = pd.DataFrame({"orders": [3, 2, 1]})
    assert len(cells(table.show(frame, top=2))) == 3
    assert '<p class="note">and 1 more row</p>' in table.show(frame, top=2)._repr_html_()
    assert '<p class="note">and 2 more rows</p>' in table.show(frame, top=1)._repr_html_()
    assert "more row" not in table.show(frame, top=3)._repr_html_()
    assert "more row" not in table.show(frame)._repr_html_()


def test_a_hashed_id_is_cut_and_any_other_is_whole():
    frame = pd.DataFrame({"customer_id": ["ab12" * 16, "x" * 64, "1930692747599650408"]})
    assert [row[0] for row in cells(table.show(frame))[1:]] == [
        "ab12ab12ab12…",
        "x" * 64,
        "1930692747599650408",
    ]


def test_an_empty_table_says_so():
    assert table.show(pd.DataFrame({"orders": []}))._repr_html_() == '<p class="note">nothing to show</p>'


def test_showing_changes_neither_the_frame_nor_from_time_to_time():
    frame = pd.DataFrame({"grade": ["P", "B"], "net_sales": [1.0, 2.0]})
    before = frame.copy()
    assert table.show(frame, "CNY")._repr_html_() == table.show(frame, "CNY")._repr_html_()
    pd.testing.assert_frame_equal(frame, before)


def test_a_frame_that_could_not_be_computed_stays_so():
    missing = NotComputed("orders.customer_id")
    assert table.show(missing, "CNY") is missing


def test_no_two_columns_that_stand_beside_each_other_have_one_name():
    coverage = ["part", "customers", "orders", "net_sales"]
    findings = ["severity", "table", "check", "finding", "count", "share", "example", "cure"]
    for columns in (coverage, findings):
        names = [labels.of_columns()[column] for column in columns]
        assert len(set(names)) == len(names)


def test_labels_and_words_are_in_the_language_in_use(tmp_path, monkeypatch):
    folder = tmp_path / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    messages = {"Grade": "等级", "Platinum": "铂金"}
    text = "\n".join(f'msgid "{english}"\nmsgstr "{chinese}"\n' for english, chinese in messages.items())
    (folder / "shopcrm.po").write_text(text, encoding="utf-8")
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path)
    try:
        i18n.use("zh")
        assert cells(table.show(pd.DataFrame({"grade": ["P"]}))) == [["等级"], ["铂金"]]
    finally:
        i18n.use("en")


def test_below_a_table_its_columns_are_defined_as_far_as_they_mean_one_thing_everywhere(monkeypatch):
    meanings = {
        "a.customers": "who bought",
        "b.customers": "who was asked",
        "a.rfm_value": "R + <F>",
        "a": "a table",
    }
    meanings["a.net_sales"] = "net sales"  # says its label again
    meanings["a.share"] = "rfm_value by all"  # speaks of a column: for readers of the files
    monkeypatch.setattr(definitions, "every", lambda: meanings)
    assert definitions.of_columns() == {"rfm_value": "R + <F>", "net_sales": "net sales"}
    shown = table.show(pd.DataFrame({"customers": [1], "rfm_value": [9.0], "net_sales": [1]}))._repr_html_()
    assert re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", shown) == [("RFM value", "R + &lt;F&gt;")]
    assert "<details" not in table.show(pd.DataFrame({"customers": [1]}))._repr_html_()


def test_a_folded_table_says_before_it_is_opened_what_it_holds_and_how_much():
    frame = pd.DataFrame({"customers": [1, 2, 3], "net_sales": [5.0, 6.0, 7.0], "<b>": ["x", "y", "z"]})
    shown = table.show(frame, "CNY", folded=True)._repr_html_()
    assert shown.startswith(
        "<details><summary>Table: Customers, Net sales, &lt;b&gt; … (3 rows)</summary><style"
    )
    assert shown.endswith("</details>")
    part = table.show(frame, "CNY", 2, folded=True)._repr_html_()
    assert "(the first 2 of 3 rows)</summary>" in part
    assert "and 1 more row" in part
    assert table.show(frame.head(0), folded=True)._repr_html_() == table.show(frame.head(0))._repr_html_()
    assert table.show(NotComputed("x"), folded=True) == NotComputed("x")


def test_what_one_piece_or_buyer_brings_has_cents_where_it_is_small():
    frame = pd.DataFrame({"net_sales_per_item": [2.35], "net_sales_per_buyer": [514.2], "net_sales": [42.5]})
    html = table.show(frame, currency="USD")._repr_html_()
    assert [text in html for text in ("$2.35", "$514", "$42")] == [True, True, True]
