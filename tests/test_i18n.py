"""Language: texts from one catalogue, and numbers as their reader writes them."""

import io
import json
import math
from datetime import date

import pandas as pd
import pytest
from build import WORKBOOK

from shopcrm_nb import i18n
from shopcrm_nb.errors import ShopcrmError

PO = r"""
msgid ""
msgstr ""
"Language: zh\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=1; plural=0;\n"

msgid "Grade"
msgstr "等级"

msgid "{n} order"
msgid_plural "{n} orders"
msgstr[0] "{n} 个订单"
"""


@pytest.fixture(autouse=True)
def english_again():
    yield
    i18n.use("en")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (12480, "12,480"), (999.0, "999"), (None, "–"), (math.nan, "–"), (pd.NA, "–")],
)
def test_counts_have_separators_and_no_decimals(value, text):
    assert i18n.count(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(1234.56, 1, "1,234.6"), (1234.5, 0, "1,234"), (2, 2, "2.00"), (None, 1, "–")],
)
def test_decimals_are_as_many_as_asked_for(value, digits, text):
    assert i18n.decimal(value, digits) == text


@pytest.mark.parametrize(("value", "text"), [(300.0, "300"), (499.5, "499.5"), (2000, "2,000"), (None, "–")])
def test_a_number_keeps_the_decimals_that_it_has(value, text):
    assert i18n.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(9.94, "9.9"), (10.0, "10"), (143.04, "143"), (-0.26, "−0.3"), (None, "–")]
)
def test_a_measured_number_is_whole_from_10_on(value, text):
    assert i18n.rounded(value) == text


@pytest.mark.parametrize(
    ("share", "digits", "text"), [(0.1234, 1, "12.3%"), (1, 0, "100%"), (0, 1, "0.0%"), (math.nan, 1, "–")]
)
def test_a_share_is_written_as_a_percentage(share, digits, text):
    assert i18n.percent(share, digits) == text


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [(1234.6, "CNY", "¥1,235"), (1234.6, "USD", "$1,235"), (-5, "EUR", "−€5"), (None, "CNY", "–")],
)
def test_money_is_whole_units_of_the_shops_currency(value, currency, text):
    assert i18n.money(value, currency) == text


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (2.349, "USD", "$2.35"),
        (99.994, "USD", "$99.99"),
        (99.996, "USD", "$100"),
        (1234.6, "USD", "$1,235"),
        (-5.5, "EUR", "−€5.50"),
        (5, "CNY", "¥5"),  # no cents where there are none
        (0, "CNY", "¥0"),
        (5.4, "KRW", "₩5"),  # the won has none
        (None, "CNY", "–"),
    ],
)
def test_what_one_buyer_order_or_piece_brings_has_cents_below_a_hundred(value, currency, text):
    assert i18n.each_money(value, currency) == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (lambda: i18n.signed_each_money(2.349, "USD"), "+$2.35"),
        (lambda: i18n.signed_each_money(-234.9, "USD"), "−$235"),
        (lambda: i18n.signed_money(1234.6, "CNY"), "+¥1,235"),
        (lambda: i18n.signed_money(-1234.5, "EUR", 2), "−€1,234.50"),
        (lambda: i18n.signed_money(-0.4, "CNY"), "¥0"),  # what is written as nothing has no sign
        (lambda: i18n.signed_decimal(-0.04), "0.0"),
        (lambda: i18n.signed_decimal(2.25, 2), "+2.25"),
        (lambda: i18n.signed_percent(-0.5, 0), "−50%"),
        (lambda: i18n.signed_percent(float("inf")), "–"),
        (lambda: i18n.signed_percent(None), "–"),
        (lambda: i18n.count(-1234), "−1,234"),
        (lambda: i18n.percent(-0.5), "−50.0%"),
        (lambda: i18n.within("2", "1", "3"), "2 (1 to 3)"),
        (lambda: i18n.within("–", "–", "–"), "–"),
    ],
)
def test_a_change_is_written_with_its_sign_and_a_minus_is_a_minus(written, text):
    assert written() == text


def test_large_amounts_are_brief_in_chinese_only():
    assert i18n.brief_money(207_586.81, "CNY") == "¥207,587"
    i18n.use("zh")
    try:
        said = [i18n.brief_money(value, "CNY") for value in (9_999, 207_586.81, -36_353, 123_456_789, None)]
    finally:
        i18n.use("en")
    assert said == ["¥9,999", "¥20.8万", "−¥3.6万", "¥1.2亿", "–"]


def test_the_yuan_has_one_sign_in_both_languages():
    i18n.use("zh")
    assert i18n.money(1234.6, "CNY") == "¥1,235"


def test_a_day_has_one_form_in_both_languages():
    for lang in i18n.LANGUAGES:
        i18n.use(lang)
        assert i18n.day(date(2024, 6, 5)) == "2024-06-05"
    assert i18n.day(None) == "–"


def test_a_text_without_a_translation_stays_english():
    assert i18n._("no such message") == "no such message"
    assert i18n._("") == ""
    assert i18n.ngettext("{n} cup", "{n} cups", 1) == "{n} cup"
    assert i18n.ngettext("{n} cup", "{n} cups", 0) == "{n} cups"


def test_texts_come_from_the_catalogue_of_the_language_in_use(tmp_path, monkeypatch):
    folder = tmp_path / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "shopcrm.po").write_text(PO.lstrip(), encoding="utf-8")
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path)
    i18n.use("zh")
    assert i18n.language() == "zh"
    assert i18n._("Grade") == "等级"
    assert i18n.ngettext("{n} order", "{n} orders", 2) == "{n} 个订单"
    i18n.use("en")
    assert i18n._("Grade") == "Grade"


def test_an_unknown_language_is_refused():
    with pytest.raises(ShopcrmError, match=r'^lang: "de" is not a language of the reports; use en or zh$'):
        i18n.use("de")
    assert i18n.language() == "en"


def extracted(path):
    with path.open("rb") as file:
        return [text for _number, _function, text, _comments in i18n.extract_notebook(file, (), (), {})]


@pytest.mark.parametrize("path", sorted((WORKBOOK / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_text_of_a_notebook_is_offered_for_translation(path):
    found = extracted(path)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    assert set(cells) <= set(found)
    assert notebook["metadata"]["shopcrm"]["title"] in found
    assert cells[0].splitlines()[0].removeprefix("# ") in found
    assert "the last day counted, as in 2024-06-30; empty: the last day with a paid order" in found


def test_a_parameter_without_help_offers_nothing(tmp_path):
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# Why?\n\nText", "id": "a"},
        {
            "cell_type": "code",
            "metadata": {"tags": ["parameters"]},
            "source": 'x = 1  # how many\ny = "a"',
            "id": "b",
            "outputs": [],
            "execution_count": None,
        },
    ]
    text = json.dumps(
        {"cells": cells, "metadata": {"shopcrm": {"title": "Why"}}, "nbformat": 4, "nbformat_minor": 5}
    )
    texts = [entry[2] for entry in i18n.extract_notebook(io.StringIO(text), (), (), {})]
    assert texts == ["Why", "Why?", "# Why?\n\nText", "how many"]
