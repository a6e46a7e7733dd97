"""Tables of a page in a browser: sorted by any column, searched, with a mouse and with keys alone."""

import json

import pytest
from browser import browsing, needs_browser, opened

from shopcrm_nb import i18n, page

SCRIPT = (page.TEMPLATES / "tables.js").read_text(encoding="utf-8")
STYLE = (page.TEMPLATES / "page.css").read_text(encoding="utf-8")
NAMES = ["b", "item 10", "item 9", "衬衫", "a"]
AMOUNTS = ["¥1,204", "−¥5 (−¥9 to +¥2)", "–", "1.2万", "+¥300"]
ASCENDING = ["−¥5 (−¥9 to +¥2)", "+¥300", "¥1,204", "1.2万", "–"]
DESCENDING = ["1.2万", "¥1,204", "+¥300", "−¥5 (−¥9 to +¥2)", "–"]  # a blank one is last either way


def table(rows, head="<th>name</th><th>amount</th>"):
    cells = "".join(f"<tr><td>{name}</td><td class='num'>{amount}</td></tr>" for name, amount in rows)
    return f"<table class='data'><thead><tr>{head}</tr></thead><tbody>{cells}</tbody></table>"


@pytest.fixture(scope="module")
def chromium():
    with browsing() as browser:
        yield browser


@pytest.fixture
def window(chromium, tmp_path):
    many = [(f"customer {n}", f"{n}") for n in range(1, 21)]
    words = f"<script type='application/json' id='table-words'>{json.dumps(page.table_words())}</script>"
    folded = "<details class='{}'><summary>more</summary>" + table(many) + "</details>"
    folds = folded.format("") + folded.format("meaning")
    tables = table(zip(NAMES, AMOUNTS, strict=True)) + table(many) + table(many[:1]) + table(many[:19])
    file = tmp_path / "page.html"
    head = f"<html lang='en'><style>{STYLE}</style><body>"
    file.write_text(f"{head}{words}{tables}{folds}<script>{SCRIPT}</script>", encoding="utf-8")
    with opened(chromium, file) as (found, seen):
        assert seen.errors == []
        yield found


def column(window, place, nth=0):
    cells = f"document.querySelectorAll('table')[{nth}].querySelectorAll('tbody tr:not([hidden])')"
    return window.evaluate(f"[...{cells}].map(row => row.cells[{place}].textContent)")


def shown(window, nth):
    return window.locator("table").nth(nth).locator("tbody tr:visible").count()


def marked(window):
    return window.evaluate("[...document.querySelectorAll('th[aria-sort]')].map(th => th.ariaSort)")


@needs_browser
def test_a_column_of_numbers_begins_with_the_largest_and_a_third_click_gives_back_the_order(window):
    heading = window.get_by_role("button", name="amount").first
    for order, sign in ((DESCENDING, ["descending"]), (ASCENDING, ["ascending"]), (AMOUNTS, [])):
        heading.click()
        assert column(window, 1) == order
        assert marked(window) == sign


@needs_browser
def test_a_column_of_words_is_sorted_as_a_reader_counts_and_by_keys_alone(window):
    window.get_by_role("button", name="name").first.focus()
    window.keyboard.press("Enter")
    assert column(window, 0) == ["a", "b", "item 9", "item 10", "衬衫"]
    assert column(window, 1)[0] == "+¥300"  # rows stay whole


@needs_browser
def test_a_long_table_is_searched_and_says_how_many_rows_are_left(window):
    fields = window.get_by_role("searchbox", name="Find in this table")
    assert fields.count() == 2  # short ones have none
    field = fields.first
    field.fill("CUSTOMER 1")
    assert column(window, 1, nth=1) == ["1", *map(str, range(10, 20))]
    assert shown(window, 1) == 11  # folded or not
    assert window.get_by_role("status").first.text_content() == "11 of 20 rows"
    field.fill("")
    assert len(column(window, 1, nth=1)) == 20
    assert window.get_by_role("status").first.text_content() == ""


@needs_browser
def test_a_long_table_shows_its_first_rows_and_all_when_asked_or_printed(window):
    assert [shown(window, nth) for nth in range(4)] == [5, 12, 1, 19]
    more = window.get_by_role("button", name="Show all 20 rows")
    assert more.count() == 1
    assert more.get_attribute("aria-expanded") == "false"
    more.focus()
    window.keyboard.press("Enter")
    assert shown(window, 1) == 20
    fewer = window.get_by_role("button", name="Show the first rows only")
    assert fewer.get_attribute("aria-expanded") == "true"
    fewer.click()
    assert shown(window, 1) == 12
    window.emulate_media(media="print")
    assert shown(window, 1) == 20


@needs_browser
def test_a_folded_table_shows_the_first_rows_of_the_order_asked_for(window):
    window.get_by_role("button", name="amount").nth(1).click()
    rows = window.locator("table").nth(1).locator("tbody tr:visible td.num")
    assert rows.all_text_contents() == [str(n) for n in range(20, 8, -1)]


@needs_browser
def test_a_table_of_one_row_has_nothing_to_sort(window):
    assert window.evaluate("document.querySelectorAll('table')[2].querySelectorAll('button').length") == 0


def test_the_words_of_tables_are_in_the_language_of_the_page():
    i18n.use("zh")
    try:
        words = page.table_words()
    finally:
        i18n.use("en")
    assert set(words) == set(page.table_words())
    assert all(words[name] != said for name, said in page.table_words().items())


@needs_browser
def test_what_is_folded_is_open_on_paper_and_folded_again_after(window):
    opened = "[...document.querySelectorAll('details')].map(one => one.open)"
    assert window.evaluate(opened) == [False, False]
    window.evaluate(f"addEventListener('beforeprint', () => {{ window.printed = {opened} }})")
    window.pdf()
    assert window.evaluate("window.printed") == [True, False]
    assert window.evaluate(opened) == [False, False]


@needs_browser
def test_a_long_table_behind_a_line_opens_whole(window):
    window.get_by_text("more").first.click()
    assert shown(window, 4) == 20
