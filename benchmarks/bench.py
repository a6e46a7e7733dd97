"""Speed of the package beside the same work by others, side by side on one machine.

Each run is a process of its own, timed after its imports. Two kinds of work take turns, and the ratio of each
pair of neighbours counts, so that a machine that others use too slows down both.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
AS_OF, YEAR_BEFORE = "2026-05-31", "2025-05-31"
GIB = 2**30
HEAD = (
    "ours against",
    "time ratio",
    "(min-max)",
    "target",
    "CPU ratio",
    "ours s",
    "other s",
    "peak GiB",
    "other",
)


@dataclass(frozen=True)
class Work:
    """A function of a module here, the interpreter that has what it needs, and what it reads."""

    function: str
    source: Path
    words: tuple[str, ...] = ()
    python: str = sys.executable
    before: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Line:
    """What one comparison found: medians over the pairs, and the lowest and highest ratio."""

    name: str
    target: float | None
    ratio: float
    lowest: float
    highest: float
    cpu_ratio: float
    seconds: float
    other_seconds: float
    peak_bytes: int
    other_peak_bytes: int
    pairs: int


def child(python: str, script: str, *words: object) -> str:
    """Run a script of this folder; what it says on stderr ends this program too."""
    path = os.environ.get("PYTHONPATH") or str(HERE.parent)
    done = subprocess.run(
        [python, str(HERE / script), *map(str, words)],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{script} {' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


def run(work: Work, out: Path) -> dict:
    work.before()
    words = ("measure.py", work.function, work.source, out, AS_OF, *work.words)
    return json.loads(child(work.python, *words).splitlines()[-1])


def compare(name: str, ours: Work, other: Work, pairs: int, target: float | None, equal: bool = True) -> Line:
    """Let two kinds of work take turns, the second first in every other pair, and check that they agree."""
    found = []
    with tempfile.TemporaryDirectory(dir=ours.source.parent) as folder:
        outs = Path(folder) / "ours.parquet", Path(folder) / "other.parquet"
        for turn in range(pairs):
            both = [(0, ours), (1, other)][:: -1 if turn % 2 else 1]
            results = {place: run(work, outs[place]) for place, work in both}
            found.append((results[0], results[1]))
            if equal:
                child(sys.executable, "same.py", *outs)
    return summary(name, found, target)


def summary(name: str, found: list[tuple[dict, dict]], target: float | None) -> Line:
    ratios = [ours["seconds"] / other["seconds"] for ours, other in found]

    def middle(place: int, key: str) -> float:
        return statistics.median(pair[place][key] for pair in found)

    return Line(
        name=name,
        target=target,
        ratio=statistics.median(ratios),
        lowest=min(ratios),
        highest=max(ratios),
        cpu_ratio=statistics.median(ours["cpu_seconds"] / other["cpu_seconds"] for ours, other in found),
        seconds=middle(0, "seconds"),
        other_seconds=middle(1, "seconds"),
        peak_bytes=max(ours["peak_bytes"] for ours, _ in found),
        other_peak_bytes=max(other["peak_bytes"] for _, other in found),
        pairs=len(found),
    )


def from_parquet(folder: Path, lines: int, target: float, given: argparse.Namespace) -> list[Line]:
    """Compare the table from a parquet file of order lines."""
    child(sys.executable, "lines.py", folder, "parquet", lines)
    source, size = folder / "lines.parquet", f"{lines / 1e6:g} million lines"
    ours = Work("ours.parquet", source)
    found = [compare(f"DuckDB by hand, {size}", ours, Work("by_hand.parquet", source), given.pairs, target)]
    if given.openretailscience:
        rival = Work("rival.parquet", source, python=given.openretailscience)
        year = Work("rival.parquet", source, (YEAR_BEFORE,), given.openretailscience)
        for name, other, limit in (("all days", rival, 0.5), ("one year", year, None)):
            name = f"openretailscience, {name}, {size}"
            found.append(compare(name, ours, other, given.pairs, limit, equal=False))
    source.unlink()
    return found


def from_csv(folder: Path, lines: int, given: argparse.Namespace) -> list[Line]:
    """Compare the table from a GB18030 csv file, loaded as a shop is loaded."""
    child(sys.executable, "lines.py", folder, "csv", lines)
    size, shop, utf8 = f"csv, {lines / 1e6:g} million lines", folder / "shop", folder / "utf8.csv"
    cache = shop / "cache"
    cold = Work("ours.shop", shop, before=lambda: shutil.rmtree(cache, ignore_errors=True))
    warm, by_hand = Work("ours.shop", shop), Work("by_hand.csv", utf8)
    decoded = Work("by_hand.gb18030", folder / "gb18030.csv")
    return [
        compare(f"DuckDB by hand on UTF-8, no cache yet, {size}", cold, by_hand, given.pairs, 1.5),
        compare(f"the same on GB18030, no cache yet, {size}", cold, decoded, given.pairs, None),
        compare(f"DuckDB by hand on UTF-8, from the cache, {size}", warm, by_hand, given.pairs, None),
    ]


def table(found: list[Line]) -> str:
    """Write the comparisons as lines of text, one a comparison."""
    cells = [HEAD] + [
        (
            line.name,
            f"{line.ratio:.2f}",
            f"{line.lowest:.2f}-{line.highest:.2f}",
            f"{line.target:g}" if line.target else "-",
            f"{line.cpu_ratio:.2f}",
            f"{line.seconds:.2f}",
            f"{line.other_seconds:.2f}",
            f"{line.peak_bytes / GIB:.2f}",
            f"{line.other_peak_bytes / GIB:.2f}",
        )
        for line in found
    ]
    widths = [max(len(row[place]) for row in cells) for place in range(len(HEAD))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="50 million lines too")
    parser.add_argument("--pairs", type=int, default=5, help="runs of each side (default 5)")
    parser.add_argument("--lines", type=int, default=10_000_000, help="lines of the parquet file")
    parser.add_argument("--csv-lines", type=int, default=1_000_000, help="lines of the csv file")
    parser.add_argument("--openretailscience", metavar="PYTHON", default="", help="a Python that has it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    if not given.openretailscience:
        print("openretailscience: left out; give --openretailscience PYTHON, a Python that has it")
    with tempfile.TemporaryDirectory(dir=os.environ.get("SHOPCRM_BENCH_DIR"), prefix="bench-") as name:
        folder = Path(name)
        found = from_parquet(folder, given.lines, 1.5, given) + from_csv(folder, given.csv_lines, given)
        if given.large:
            found += from_parquet(folder, 50_000_000, 1.2, given)
    print(table(found))
    print("Target for the peak: under 1.5 GiB. Results checked row by row against the queries by hand.")
    if given.json:
        text = json.dumps([asdict(line) for line in found], indent=1, ensure_ascii=False)
        given.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
