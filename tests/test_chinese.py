"""Every page of the demo in Chinese: no English sentence is left in its texts, tables and figures."""

import html
import json
import re

import pytest
from build import WORKBOOK, run_cells, shown

from shopcrm_nb import i18n, notebooks

PHRASE = re.compile(
    r"\b[a-z]{3,} [a-z]{3,}\b"
)  # two small words in a row; names of columns and files are one
WRITTEN = re.compile(r"(?s)<(style|code|pre)\b.*?</\1>|<[^>]+>")  # what is no text, or is written as it is
SETTINGS = {"textposition", "mode", "type"}  # keys of a figure whose words are Plotly's


@pytest.fixture
def chinese():
    yield
    i18n.use("en")


def texts(value):
    """Every text in the JSON of a figure that a reader may see."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            if key not in SETTINGS:
                yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


def said(value):
    """What a cell shows, line by line."""
    if hasattr(value, "to_plotly_json"):
        return [re.sub("<[^>]+>", " ", text) for text in texts(json.loads(value.to_json()))]
    return WRITTEN.sub("\n", shown(value)).split("\n")


@pytest.mark.parametrize("name", [notebook.name for notebook in notebooks.every()])
def test_a_page_is_wholly_in_chinese(name, tmp_path, chinese):
    values = run_cells(name, WORKBOOK / "data" / "demo", tmp_path, lang="zh")
    i18n.use("zh")
    found = {
        (cell, phrase)
        for cell, value in values.items()
        for line in said(value)
        for phrase in PHRASE.findall(html.unescape(line))
    }
    assert found == set()


def test_an_english_sentence_on_a_page_would_be_found():
    value = type("Shown", (), {"frame": None, "_repr_html_": lambda _self: "<p>中文 and more words</p>"})()
    assert [PHRASE.findall(line) for line in said(value) if line] == [["and more"]]
