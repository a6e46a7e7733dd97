"""The demo's report in Chinese: no English sentence is left on any page, and no number is another."""

import html
import json
import re

import pandas as pd
import pytest
from running import PAGES

# Two small words in a row; names of columns, files and commands are one.
PHRASE = re.compile(r"\b[a-z]{3,} [a-z]{3,}\b")
DATA = re.compile(r'(?s)<script type="application/json"[^>]*>(.*?)</script>')
WRITTEN = re.compile(r"(?s)<(style|script|code|pre)\b.*?</\1>|<[^>]+>")  # no text, or written as it is
SPOKEN = re.compile(r'\b(?:title|aria-label|placeholder|content)="([^"]*)"')
POLICY = re.compile(r"<meta [^>]*>")
SETTINGS = {"textposition", "mode", "type"}  # keys of a figure whose words are Plotly's


def texts(value):
    """Every text in the JSON of a figure, or of the words of controls, that a reader may see."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            if key not in SETTINGS:
                yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


def said(page):
    """What a page says, line by line: its texts, what it tells a screen reader, figures and controls."""
    page = POLICY.sub("", page)
    figures = [text for found in DATA.findall(page) for text in texts(json.loads(found))]
    lines = [*WRITTEN.sub("\n", page).split("\n"), *SPOKEN.findall(page)]
    return [html.unescape(line) for line in lines] + [re.sub("<[^>]+>", " ", text) for text in figures]


def phrases(page):
    return {phrase for line in said(page) for phrase in PHRASE.findall(line)}


@pytest.mark.parametrize("name", [*PAGES, "index", "report"])
def test_a_page_is_wholly_in_chinese(name, demo_reports):
    assert phrases((demo_reports("zh") / f"{name}.html").read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    "page",
    [
        "<p>中文 and more words</p>",
        '<th aria-label="sort this">',
        '<script type="application/json" id="x">{"data":[{"name":"net sales"}]}</script>',
    ],
)
def test_an_english_phrase_on_a_page_would_be_found(page):
    assert len(phrases(page)) == 1


def test_the_language_changes_no_number(demo_reports):
    english, chinese = (demo_reports(lang) for lang in ("en", "zh"))
    read = [json.loads((report / "run.json").read_text(encoding="utf-8")) for report in (english, chinese)]
    assert read[0]["key_figures"] == read[1]["key_figures"]
    names = sorted(file.name for file in (english / "tables").glob("*.parquet"))
    assert names == sorted(file.name for file in (chinese / "tables").glob("*.parquet")) != []
    for name in names:
        both = [pd.read_parquet(report / "tables" / name) for report in (english, chinese)]
        numbers = [frame.select_dtypes(["number", "bool", "datetime"]) for frame in both]
        pd.testing.assert_frame_equal(*numbers, obj=name)
