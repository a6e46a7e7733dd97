"""Language: every text that a reader sees is in the catalogue, and in Chinese."""

import io
import re
import string
from pathlib import Path

import pytest
from babel.messages import extract, frontend, pofile

from shopcrm_nb import i18n

ROOT = Path(__file__).parents[1]
PO = ROOT / "shopcrm_nb" / "locale" / "zh" / "LC_MESSAGES" / "shopcrm.po"


@pytest.fixture(scope="module")
def extracted() -> set:
    """Return every message of the package, its templates and the notebooks."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as config:
        methods, options = frontend.parse_mapping_cfg(config)
    found = set()
    for folder in ("shopcrm_nb", "notebooks"):
        for _file, _line, message, _comments, _context in extract.extract_from_dir(
            ROOT / folder,
            [
                (pattern.removeprefix(f"{folder}/"), method)
                for pattern, method in methods
                if pattern.startswith(folder)
            ],
            {pattern.removeprefix(f"{folder}/"): own for pattern, own in options.items()},
        ):
            found.add(message if isinstance(message, str) else message[0])
    return found


@pytest.fixture(scope="module")
def chinese() -> dict:
    with PO.open("rb") as file:
        catalogue = pofile.read_po(file, locale="zh")
    return {
        (message.id if isinstance(message.id, str) else message.id[0]): message
        for message in catalogue
        if message.id
    }


def test_every_text_is_translated(extracted, chinese):
    missing = sorted(text for text in extracted if text not in chinese or not any(chinese[text].string))
    assert missing == []


def test_no_translation_is_fuzzy_or_without_its_text(extracted, chinese):
    assert [text for text, message in chinese.items() if message.fuzzy] == []
    assert sorted(set(chinese) - extracted) == []


def test_a_translation_has_the_fields_of_its_text(chinese):
    def fields(text: str) -> set:
        return {name for _literal, name, _form, _conversion in string.Formatter().parse(text) if name}

    for text, message in chinese.items():
        if re.search(r"\{\w+\}", text):
            said = message.string if isinstance(message.string, str) else message.string[0]
            forms = [message.id] if isinstance(message.id, str) else message.id
            assert fields(said) == set().union(*map(fields, forms)), text


def test_notebook_texts_keep_their_marks_in_chinese(chinese):
    for text, message in chinese.items():
        if text.startswith("#"):
            assert message.string.split(" ")[0] == text.split(" ")[0], text


def test_a_message_in_chinese_is_what_the_catalogue_says(chinese):
    i18n.use("zh")
    try:
        assert i18n._("Customers") == chinese["Customers"].string
    finally:
        i18n.use("en")
    assert i18n._("Customers") == "Customers"


def test_the_extractor_finds_the_texts_of_a_notebook():
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    parameters = new_code_cell('a = 1  # how many\nb = ""', metadata={"tags": ["parameters"]})
    book = new_notebook(
        cells=[new_markdown_cell("# Why?\n\nBecause."), parameters, new_code_cell("x  # no text")],
        metadata={"shopcrm": {"title": "Reasons"}},
    )
    found = [
        message
        for _line, _function, message, _comments in i18n.extract_notebook(
            io.BytesIO(nbformat.writes(book).encode()), [], [], {}
        )
    ]
    assert found == ["Reasons", "Why?", "# Why?\n\nBecause.", "how many"]
