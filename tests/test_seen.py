"""The demo's pages as readers open them: both languages, light and dark, at a desk and on a telephone."""

import pytest
from browser import barriers, browsing, collisions, needs_browser, opened, redrawn
from running import PAGES

FILES = [*(f"{page}.html" for page in PAGES), "index.html", "report.html"]
FIGURES = dict(zip(FILES, [0, 1, 22, 12, 11, 7, 0, 53], strict=True))
DESK, TELEPHONE = 1280, 390

pytestmark = needs_browser


@pytest.fixture(scope="module")
def chromium():
    with browsing() as browser:
        yield browser


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("file", FILES)
def test_a_page_stands_in_every_light_and_width_offline_and_without_errors(
    chromium, demo_reports, lang, file
):
    # One language begins light and the other dark, so that both lights meet both widths.
    dark = lang == "zh"
    with opened(chromium, demo_reports(lang) / file, dark=dark, width=DESK) as (window, seen):
        assert (seen.errors, seen.outside) == ([], [])
        assert seen.drawn == seen.figures == FIGURES[file]
        assert seen.page_width <= DESK
        assert collisions(window) == []
        whole = file == "report.html"  # holds what the others do, and axe takes long on it
        assert whole or barriers(window) == []
        assert redrawn(window, dark=not dark, width=TELEPHONE) == []
        assert collisions(window) == []
        assert whole or barriers(window) == []
        assert (seen.errors, seen.outside) == ([], [])
