"""A run: what it leaves, that it is the same twice, and that a dead or a doubled run spoils nothing."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from running import PAGES, PROGRAM, ROOT, shopcrm_run, start

from shopcrm_nb import run

TABLES = {
    "01_data_check": ("ledger", "findings"),
    "02_shop_health": (
        *("advice", "health_indicators", "sales_monthly", "promotions", "drivers", "traffic_monthly"),
        *("closed_orders_daily", "recoverable_orders", "repurchase", "cohorts", "process_times"),
        *("review_topics", "back_end"),
    ),
    "03_customer_portrait": (
        *("portrait", "tags", "tag_counts", "groups", "roster", "relationship", "visitor_steps"),
        *("first_order_drivers", "service_scenes", "service_groups", "channels"),
    ),
    "04_segments": (
        *("rfm_customers", "rfm_grades", "rfm_calibrated", "grade_by_cluster", "segment_forward"),
        *("migration", "migration_customers", "non_ordering", "grade_actions"),
    ),
    "05_campaign_roi": (
        *("campaign_results", "campaign_daily", "campaign_products", "campaign_funnel"),
        "campaign_segments",
    ),
}
ORDERS = "order_id,paid_at,paid,customer_id\n" + "".join(
    f"{n},2024-0{1 + n % 6}-1{n % 9} 10:00,{50 * n},{'=1+1' if n % 7 == 0 else f'c{n % 5}'}\n"
    for n in range(1, 60)
)
TOML = """name = "<b>小店</b>"
currency = "CNY"
timezone = "Asia/Shanghai"

[tables.orders]
files = ["a.csv"]
preset = "template"
"""


def make(folder: Path, rows: str = ORDERS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "shop.toml").write_text(TOML, encoding="utf-8")
    (folder / "a.csv").write_text(rows, encoding="utf-8")
    return folder


def kill_half_way(shop: Path, target: Path, seconds: float) -> None:
    """Start a run and kill it some seconds after its first notebook has begun."""
    process = start(str(shop), "--out", str(target))
    for line in process.stdout:
        if "begun" in line:
            break
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def run_json(report: Path) -> dict:
    return json.loads((report / "run.json").read_text(encoding="utf-8"))


def files(report: Path) -> dict[str, bytes]:
    found = {path.relative_to(report).as_posix(): path for path in report.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name != "run.json"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("shops") / "small")


@pytest.fixture(scope="module")
def first(shop) -> tuple[Path, subprocess.CompletedProcess]:
    report = shop.parent / "report"
    return report, shopcrm_run(str(shop), "--out", str(report))


@pytest.fixture(scope="module")
def demo(demo_reports) -> Path:
    return demo_reports("en")


def test_a_run_leaves_what_the_outputs_page_promises(demo):
    report = demo
    assert {path.name for path in report.iterdir()} == {
        *(f"{page}.html" for page in PAGES),
        "index.html", "report.html", "report.xlsx", "assets", "notebooks", "tables", "run.json",
    }  # fmt: skip
    files = [f"{name}.{kind}" for names in TABLES.values() for name in names for kind in ("csv", "parquet")]
    assert sorted(path.name for path in (report / "tables").iterdir()) == sorted([*files, "groups"])
    assert {"best.csv", "members.csv"} < {path.name for path in (report / "tables" / "groups").iterdir()}


def test_a_run_says_each_notebook_where_the_index_is_and_warns_of_nothing(first):
    report, result = first
    assert re.findall(r"\[\d/6\] (\S+): ok in", result.stdout).__len__() == 6
    assert result.stdout.strip().endswith(str(report / "index.html"))
    assert result.stderr == ""


def test_no_executed_notebook_holds_a_warning_or_text_on_stderr(demo):
    for page in PAGES:
        notebook = nbformat.read(demo / "notebooks" / f"{page}.ipynb", as_version=4)
        kinds = {output.output_type for cell in notebook.cells for output in cell.get("outputs", [])}
        assert kinds <= {"execute_result", "display_data"}, page


def test_equal_inputs_give_byte_equal_files(demo, tmp_path):
    again = tmp_path / "again"
    assert shopcrm_run("demo", "--out", str(again), "--jobs", "1").returncode == 0
    assert files(again) == files(demo)
    assert run_json(again)["key_figures"] == run_json(demo)["key_figures"]


def test_run_json_holds_the_key_figures_of_all_pages(demo):
    said, truth = (
        run_json(demo),
        json.loads((ROOT / "data" / "demo" / "truth.json").read_text(encoding="utf-8")),
    )
    figures = said["key_figures"]
    assert said["as_of"] == truth["as_of"] == "2026-06-30"
    assert figures["check.orders_valid"] == truth["valid_orders"]
    assert figures["check.net_sales"] == pytest.approx(float(truth["net_total"]))
    counts = {grade: figures[f"segments.customers_{grade.lower()}"] for grade in "PGSB"}
    assert counts == truth["grades"]["by_grade"]


def test_the_saved_tables_are_what_the_parquet_says_and_safe_in_a_spreadsheet(first):
    report, _result = first
    csv = pd.read_csv(
        report / "tables" / "rfm_customers.csv", encoding="utf-8-sig", dtype={"customer_id": str}
    )
    parquet = pd.read_parquet(report / "tables" / "rfm_customers.parquet")
    assert (report / "tables" / "rfm_customers.csv").read_bytes().startswith(b"\xef\xbb\xbfcustomer_id,")
    assert "'=1+1" in set(csv.customer_id)
    assert "=1+1" in set(parquet.customer_id)
    pd.testing.assert_frame_equal(
        csv.drop(columns="customer_id"), parquet.drop(columns="customer_id"), check_dtype=False
    )


def test_a_shop_name_is_text_on_every_page(first):
    report, _result = first
    for page in report.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "&lt;b&gt;小店&lt;/b&gt;" in text, page.name
        assert "<b>小店</b>" not in text, page.name


def test_a_run_of_one_notebook_keeps_the_others_of_the_same_data(first, shop):
    report, _result = first
    target = shop.parent / "kept"
    shutil.copytree(report, target)
    assert shopcrm_run(str(shop), "04", "--set", "top_n=3", "--out", str(target)).returncode == 0
    said = {entry["name"]: entry for entry in run_json(target)["notebooks"]}
    assert sorted(said) == PAGES
    assert said["04_segments"]["parameters"]["top_n"] == 3
    assert (target / "01_data_check.html").read_bytes() == (report / "01_data_check.html").read_bytes()


def test_a_run_of_one_notebook_leaves_out_pages_of_other_data(first, tmp_path):
    report, _result = first
    target = tmp_path / "report"
    shutil.copytree(report, target)
    other = make(tmp_path / "other", ORDERS + "99,2024-06-20 10:00,5,z\n")
    assert shopcrm_run(str(other), "00", "--out", str(target)).returncode == 0
    assert [entry["name"] for entry in run_json(target)["notebooks"]] == ["00_start_here"]


def test_a_run_that_is_killed_half_way_leaves_the_last_report_whole(first, shop):
    report, _result = first
    target = shop.parent / "killed"
    shutil.copytree(report, target)
    before = files(target)
    kill_half_way(shop, target, 2)
    assert files(target) == before


def test_a_killed_run_leaves_no_kernel_behind(shop):
    target = shop.parent / "orphans"
    kill_half_way(shop, target, 3)
    deadline = time.time() + 30
    while (left := _processes_in(target.parent, f".{target.name}-")) and time.time() < deadline:
        time.sleep(0.5)
    assert left == []


def _processes_in(parent: Path, prefix: str) -> list[str]:
    """List the processes that work in a run's folder, by what Linux knows of them."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                where = str((entry / "cwd").readlink())
            except OSError:
                continue
            if where.startswith(str(parent / prefix)):
                found.append(entry.name)
    return found


def test_two_runs_of_one_shop_at_once_do_not_spoil_each_other(first, tmp_path):
    report, _result = first
    shop, target = make(tmp_path / "small"), tmp_path / "report"
    both = [start(str(shop), "01", "--out", str(target)) for _run in range(2)]
    ends = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    # The shop's path is a parameter of the pages; the numbers are the same.
    for name in ("ledger.csv", "findings.csv"):
        assert (target / "tables" / name).read_bytes() == (report / "tables" / name).read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"small", "report"}


def test_publishing_replaces_a_report_and_leaves_nothing_aside(tmp_path):
    target = tmp_path / "report"
    for text in ("old", "new"):
        aside = tmp_path / f"aside-{text}"
        aside.mkdir()
        (aside / "run.json").write_text(text)
        run.publish(aside, target)
    assert (target / "run.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_failed_notebook_ends_with_exit_2_and_the_others_are_there(tmp_path, monkeypatch):
    workbook = tmp_path / "workbook"
    (workbook / "notebooks").mkdir(parents=True)
    for page in PAGES[:2]:
        shutil.copy(ROOT / "notebooks" / f"{page}.ipynb", workbook / "notebooks")
    make(workbook / "data" / "small")
    broken = workbook / "notebooks" / "01_data_check.ipynb"
    broken.write_text(
        broken.read_text(encoding="utf-8").replace("check.statuses(data)", "check.statuses(1 / 0)"),
        encoding="utf-8",
    )
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, "run", "small"],
        cwd=workbook,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    report = next((workbook / "reports" / "small").iterdir())
    assert process.returncode == 2, process.stderr
    assert "01_data_check: failed in" in process.stdout
    states = {entry["name"]: entry["state"] for entry in run_json(report)["notebooks"]}
    assert states == {"00_start_here": "ok", "01_data_check": "failed"}
    assert "ZeroDivisionError" in (report / "index.html").read_text(encoding="utf-8")
    assert "ZeroDivisionError" in (report / "01_data_check.html").read_text(encoding="utf-8")
    assert (report / "notebooks" / "01_data_check.ipynb").exists()


def test_without_a_buyer_the_check_runs_and_the_segments_say_what_they_need(tmp_path):
    rows = "order_id,paid_at,paid\n1,2024-06-29 10:00,100\n2,2024-06-30 11:00,200\n"
    report = tmp_path / "report"
    result = shopcrm_run(str(make(tmp_path / "s", rows)), "01", "04", "--out", str(report))
    assert result.returncode == 0, result.stderr
    assert "not computed: needs orders.customer_id" in (report / "04_segments.html").read_text(
        encoding="utf-8"
    )
    assert "2 valid orders" in (report / "01_data_check.html").read_text(encoding="utf-8")
    assert not (report / "tables" / "rfm_customers.csv").exists()
