"""A real browser for tests: opens pages as a reader does, by double click, and says what it saw."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import axe_playwright_python
import pytest

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
DRAWN = "document.querySelectorAll('.figure:has(.main-svg)').length"
PATIENCE_SECONDS = 10
HELD = "document.querySelectorAll('.figure').length"

RECOLOURED = """[...document.querySelectorAll(".figure .main-svg:first-child")].every(
  (picture) => picture.style.background === getComputedStyle(document.body).backgroundColor)"""
# Of a picture its texts: what else lies outside is cut off at its axes.
TOO_WIDE = """[...document.querySelectorAll("body *:not(svg *), .plot text")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .filter((one) => !one.closest(".output, .scroll, nav"))
  .map((one) => one.outerHTML.slice(0, 120))"""
COLLISIONS = r"""[...document.querySelectorAll(".figure")].flatMap((figure) => {
  const level = (text) => !/rotate\((?!0[,)])/.test(text.getAttribute("transform") ?? "");
  const found = [];
  figure.querySelectorAll(".xaxislayer-above, .yaxislayer-above, .infolayer, .legend").forEach((layer) => {
    const texts = [...layer.querySelectorAll("text")].filter((one) => one.textContent.trim() && level(one));
    const boxes = texts.map((text) => text.getBoundingClientRect());
    texts.forEach((one, i) => texts.slice(0, i).forEach((other, j) => {
      const [a, b] = [boxes[i], boxes[j]];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 2 && down > 4 && a.width && b.width)
        found.push(`${figure.closest("section")?.id}: ${other.textContent} | ${one.textContent}`);
    }));
  });
  return found;
})"""

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: pages not opened")


@dataclass(frozen=True)
class Seen:
    """What a browser saw of one page."""

    errors: list[str]  # of the console, and uncaught ones
    requests: list[str]  # every address asked for
    figures: int  # places for figures
    drawn: int  # figures that hold a picture
    drawn_ms: float  # from opening the page until the last figure was drawn
    page_width: int  # of the whole content: more than the window's means that it scrolls sideways

    @property
    def outside(self) -> list[str]:
        """The requests that left the machine."""
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))]


@contextmanager
def browsing() -> Iterator:
    """Yield a running Chromium (Playwright's Browser). No asyncio.run works on this thread until it ends."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser, path: Path, dark: bool = False, width: int = 1280) -> Iterator[tuple]:
    """Open a file, light or dark, in a window so many pixels wide; yield Playwright's page and a Seen."""
    scheme = "dark" if dark else "light"
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    try:
        yield _open(context.new_page(), path)
    finally:
        context.close()


def look(path: Path, dark: bool = False, width: int = 1280, screenshot: Path | None = None) -> Seen:
    """Open one file in a browser of its own and return what was seen."""
    with browsing() as browser, opened(browser, path, dark, width) as (page, seen):
        if screenshot:
            page.screenshot(path=screenshot, full_page=True)
        return seen


def barriers(page) -> list[str]:
    """Return what axe-core finds on an open page that shuts readers out: serious and critical findings."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], preload: false}).then(told => told.violations)"
    )
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def redrawn(page, dark: bool, width: int) -> list[str]:
    """Show an open page in other colours and in a window of another width; return what goes over its edge.

    Waits until each figure has the colours of the page, and for a while until nothing is too wide.
    """
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if dark else "light")
    deadline = time.perf_counter() + PATIENCE_SECONDS
    # The page's policy forbids Playwright's own waiting, which makes code of a text.
    while not page.evaluate(RECOLOURED) or page.evaluate(TOO_WIDE):
        if time.perf_counter() > deadline:
            return page.evaluate(TOO_WIDE) or ["a figure keeps its colours"]
        page.wait_for_timeout(100)
    return []


def collisions(page) -> list[str]:
    """Return the level texts of figures that lie upon each other: of one axis, or of titles and legends."""
    return page.evaluate(COLLISIONS)


def _open(page, path: Path) -> tuple:
    errors, requests = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    start = time.perf_counter()
    page.goto(path.resolve().as_uri(), wait_until="load")
    drawn_ms = _until_drawn(page, start)
    page.wait_for_timeout(100)  # whatever a page does late is seen too
    return page, Seen(
        errors=errors,
        requests=requests,
        figures=page.evaluate(HELD),
        drawn=page.evaluate(DRAWN),
        drawn_ms=drawn_ms,
        page_width=page.evaluate("document.documentElement.scrollWidth"),
    )


def _until_drawn(page, start: float) -> float:
    while page.evaluate(f"{DRAWN} < {HELD}") and time.perf_counter() - start < PATIENCE_SECONDS:
        page.wait_for_timeout(50)
    return 1000 * (time.perf_counter() - start)
