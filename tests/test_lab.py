"""JupyterLab as an analyst uses it: open the notebook, run all, move a slider of the designer."""

import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import nbformat
import pytest
from browser import browsing, needs_browser
from build import WORKBOOK
from nbformat.v4 import new_code_cell, new_notebook

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


PLANNER = """
from shopcrm_nb import history, planner, planning, workbook

data = workbook.open_shop("demo")
planned = planning.usual(data, history.orders(data), 0.05, 0.4)
planner.show(planned, data.settings.rules.campaign, data.settings.currency)
"""


def write_planner(folder):
    """Write a notebook that holds the planner only: the page that it is on takes long to run."""
    cells = [new_code_cell(PLANNER), new_code_cell("'all ' + 'planned'")]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), folder / "planner.ipynb")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")  # JupyterLab saves by itself
    notebooks = shutil.copytree(WORKBOOK / "notebooks", folder / "notebooks")
    write_planner(notebooks)
    with lab(notebooks) as found:
        yield found


@contextmanager
def all_cells_run(address, notebook, last):
    """Open a notebook, press Run all, wait for the text that comes last; nothing may be on stderr."""
    errors = []
    with browsing() as browser:
        page = browser.new_context(viewport={"width": 1500, "height": 1100}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        visit(page, f"{address}/workspaces/{notebook}/tree/{notebook}.ipynb?reset")
        page.get_by_text("| Idle").first.wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.get_by_text(last).wait_for(state="attached")
        yield page
        for kind in ("stderr", "error"):
            assert page.locator(f"[data-mime-type='application/vnd.jupyter.{kind}']").count() == 0
    assert errors == []


pytestmark = [
    needs_browser,
    pytest.mark.skipif(sys.platform == "win32", reason="the server is ended as on Unix"),
]


def test_all_cells_run_and_a_slider_of_the_designer_changes_the_picture(address):
    scored = segment.rfm(model.open_shop(WORKBOOK / "data" / "demo"))
    platinum = {low: str((scored.rfm_value >= low).sum().execute()) for low in (36, 31)}
    with all_cells_run(address, "04_segments", "tables/grade_actions.csv") as page:
        handle = page.locator(".widget-slider:has-text('Platinum') .noUi-handle").first
        handle.scroll_into_view_if_needed()
        board = page.locator(".widget-html-content table").first
        board.get_by_text(platinum[36], exact=True).wait_for()
        handle.focus()
        for _step in range(5):
            page.keyboard.press("ArrowLeft")
        board.get_by_text(platinum[31], exact=True).wait_for()
        assert board.get_by_text(platinum[36], exact=True).count() == 0


def test_the_page_of_the_shops_health_runs_in_jupyterlab_without_a_warning(address):
    with all_cells_run(address, "02_shop_health", "tables/back_end.csv") as page:
        page.locator(".kpis").first.scroll_into_view_if_needed()
        assert page.locator(".kpis .kpi").count() == 4


def test_the_page_of_the_customers_shows_the_card_of_an_id_that_is_typed(address):
    shop = model.open_shop(WORKBOOK / "data" / "demo")
    sums = shop.orders.group_by("customer_id").aggregate(net=shop.orders.net.sum())
    second = sums.order_by(sums.net.desc(), "customer_id").limit(2).to_pandas().customer_id[1]
    with all_cells_run(address, "03_customer_portrait", "tables/channels.csv") as page:
        field = page.locator(".jupyter-widgets input[list]").first
        field.scroll_into_view_if_needed()
        field.fill(second)
        page.locator(".widget-html-content h3").get_by_text(second).wait_for()


def test_the_planner_plans_with_what_is_typed_and_refuses_what_cannot_be(address):
    with all_cells_run(address, "planner", "all planned") as page:

        def field(title):
            return page.locator(f".widget-text:has-text('{title}') input").first

        said = page.locator(".widget-html-content")
        said.get_by_text("without regard to campaigns").wait_for()
        field("Customers").fill("10000")
        said.get_by_text("Of 10,000 customers 9,000 would be written to and 1,000 held out").wait_for()
        field("Share that buys anyway").fill("5")
        said.get_by_text("Share that buys anyway: 5.0 is not a share between 0 and 1").wait_for()
        page.locator("textarea:not(.jp-mod-hidden)").last.fill("春" * 71)
        said.get_by_text("The text has 71 characters and is billed as 2 parts").wait_for()
        page.locator(".widget-dropdown select").select_option(index=2)
        field("Pieces bought").fill("4")
        said.get_by_text("The offer gives away 20.0% of the full price").wait_for()
