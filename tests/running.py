"""Runs of the command line for tests, as a user starts them."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAM = "import sys; from shopcrm_nb.cli import main; sys.argv[0] = 'shopcrm'; main()"
PAGES = ["00_start_here", "01_data_check", "02_shop_health", "03_customer_portrait", "04_segments"]
PAGES += ["05_campaign_roi"]


def start(*words: str) -> subprocess.Popen:
    """Start ``shopcrm run`` with these words."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "run", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def shopcrm_run(*words: str) -> subprocess.CompletedProcess:
    """Run ``shopcrm run`` with these words to its end."""
    process = start(*words)
    out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def demo_report(folder: Path, lang: str) -> Path:
    """Return the demo's report in a language, made once for all workers of a test session, in ``folder``."""
    report, made = folder / f"demo-{lang}", folder / f"demo-{lang}.made"
    try:
        (folder / f"demo-{lang}.begun").mkdir()
    except FileExistsError:  # another worker makes it, or has made it
        while not made.exists():
            time.sleep(0.2)
    else:
        try:
            made_by = shopcrm_run("demo", "--lang", lang, "--out", str(report))
        finally:
            made.touch()
        assert made_by.returncode == 0, made_by.stderr
    assert report.exists(), "the worker that made the report failed"
    return report
