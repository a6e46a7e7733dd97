"""JupyterLab as an analyst uses it: open the notebook, run all, move a slider of the designer."""

import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from browser import browsing, needs_browser
from build import WORKBOOK

from shopcrm_nb import model, segment

PATIENCE_MS = 120_000


@contextmanager
def lab(folder):
    """Run JupyterLab on a free port in ``folder``; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        f"--port={port}",
        "--no-browser",
        "--allow-root",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
    ]
    command = [sys.executable, "-m", "jupyter", "lab", *options, f"--ServerApp.root_dir={folder}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}/lab"
    finally:
        process.terminate()
        process.wait(timeout=60)


def visit(page, address):
    """Go to an address as soon as somebody answers there."""
    from playwright.sync_api import Error

    until = time.monotonic() + PATIENCE_MS / 1000
    while True:
        try:
            return page.goto(address)
        except Error:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


@needs_browser
@pytest.mark.skipif(sys.platform == "win32", reason="the server is ended as on Unix")
def test_all_cells_run_and_a_slider_of_the_designer_changes_the_picture(tmp_path):
    errors = []
    notebooks = shutil.copytree(WORKBOOK / "notebooks", tmp_path / "notebooks")  # JupyterLab saves by itself
    scored = segment.rfm(model.open_shop(WORKBOOK / "data" / "demo"))
    platinum = {low: str((scored.rfm_value >= low).sum().execute()) for low in (36, 31)}
    with lab(notebooks) as address, browsing() as browser:
        page = browser.new_context(viewport={"width": 1500, "height": 1100}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        visit(page, f"{address}/workspaces/test/tree/04_segments.ipynb?reset")
        page.get_by_text("| Idle").first.wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.get_by_text("tables/grade_actions.csv").wait_for(state="attached")
        handle = page.locator(".widget-slider:has-text('Platinum') .noUi-handle").first
        handle.scroll_into_view_if_needed()
        board = page.locator(".widget-html-content table").first
        board.get_by_text(platinum[36], exact=True).wait_for()
        handle.focus()
        for _step in range(5):
            page.keyboard.press("ArrowLeft")
        board.get_by_text(platinum[31], exact=True).wait_for()
        assert board.get_by_text(platinum[36], exact=True).count() == 0
        for kind in ("stderr", "error"):
            assert page.locator(f"[data-mime-type='application/vnd.jupyter.{kind}']").count() == 0
    assert errors == []


@needs_browser
@pytest.mark.skipif(sys.platform == "win32", reason="the server is ended as on Unix")
def test_the_page_of_the_shops_health_runs_in_jupyterlab_without_a_warning(tmp_path):
    notebooks = shutil.copytree(WORKBOOK / "notebooks", tmp_path / "notebooks")
    with lab(notebooks) as address, browsing() as browser:
        page = browser.new_context(viewport={"width": 1500, "height": 1100}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        visit(page, f"{address}/workspaces/test/tree/02_shop_health.ipynb?reset")
        page.get_by_text("| Idle").first.wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.get_by_text("tables/back_end.csv").wait_for(state="attached")
        page.locator(".kpis").first.scroll_into_view_if_needed()
        assert page.locator(".kpis .kpi").count() == 4
        for kind in ("stderr", "error"):
            assert page.locator(f"[data-mime-type='application/vnd.jupyter.{kind}']").count() == 0
