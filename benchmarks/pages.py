"""The pages of the demo run: how large they are, and how soon their figures are drawn in headless Chromium.

`python benchmarks/pages.py` runs the demo in a temporary folder, all pages on two cores, and prints the
seconds of the run, the KiB of each page without its assets, and the time from opening a page until all of its
figures stand.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from browser import browsing, opened

PAGE_KIB, REPORT_MIB, DRAWN_MS, RUN_SECONDS = 500, 8, 2000, 45  # the targets


def run(folder: Path) -> float:
    """Make the demo's report and return the seconds that it took."""
    begun = time.perf_counter()
    program = Path(sys.executable).parent / "shopcrm"
    command = [str(program), "run", "demo", "--jobs", "2", "--out", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def drawn_ms(browser, page: Path, runs: int) -> float:
    """Return the median time from opening a page until its last figure is drawn."""
    times = []
    for _run in range(runs):
        with opened(browser, page) as (_window, seen):
            assert seen.drawn == seen.figures
            times.append(seen.drawn_ms)
    return median(times)


def main() -> None:
    """Print what the run and each page take, beside the targets."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5, help="how often each page is opened")
    runs = options.parse_args().runs
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        report = Path(folder) / "report"
        print(f"run of the demo: {run(report):.1f} s (target {RUN_SECONDS})")
        for page in sorted(report.glob("*.html")):
            size = page.stat().st_size / 1024
            target = REPORT_MIB * 1024 if page.name == "report.html" else PAGE_KIB
            ms = drawn_ms(browser, page, runs)
            drawn = f"drawn in {ms:,.0f} ms (target {DRAWN_MS:,})"
            print(f"{page.name}: {size:,.0f} KiB (target {target:,}), {drawn}")


if __name__ == "__main__":
    main()
