"""The page of the segments at the size of a large shop: the whole notebook, k-means, and a slider's answer.

`python benchmarks/segments.py` makes its data in a temporary folder (SHOPCRM_BENCH_DIR says where), runs each
work in a process of its own through measure.py, and prints seconds, peak memory and targets.
"""

import argparse
import functools
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import lines as data
import numpy as np
from bench import AS_OF, GIB, Work, child, run

from shopcrm_nb import cluster, designer, engine, execution, model, notebooks, segment, what_if
from shopcrm_nb.rules import source_rules

SEED, MOVES = 7, 30
CUSTOMERS = """
    SELECT 'u' || i::VARCHAR AS customer_id, (hash(i, 1) % 366)::BIGINT AS recency_days,
        1 + floor(-ln(1 - (hash(i, 2) % 1000000) / 1e6) * 1.4)::BIGINT AS frequency,
        round(exp(5.5 + 1.1 * sqrt(-2 * ln((1 + hash(i, 3) % 1000000) / 1e6)) *
            cos(2 * pi() * (hash(i, 4) % 1000000) / 1e6)), 2) AS monetary
    FROM range({n}) AS r(i)
"""


def run_page(number: str, shop: Path, out: Path, as_of: str) -> None:
    """Run a notebook as a run does: by papermill, in a kernel of its own."""
    for name in ("notebooks", "tables"):
        (out / name).mkdir(parents=True)
    given = {"shop": str(shop), "as_of": as_of, "lang": "en", "out": "."}
    _seconds, error = execution.execute(notebooks.select([number])[0].path, out, given, "en")
    if error:
        raise RuntimeError(error)


page = functools.partial(run_page, "04")


def opened(shop: Path, _out: Path, as_of: str) -> None:
    """Load a shop: what the page needs before it can begin, once per data."""
    model.open_shop(shop, as_of)


def clusters(path: Path, out: Path, _as_of: str) -> None:
    """Cluster customers as the page does: a sample, silhouettes, two fits, everybody assigned."""
    con, rules = engine.connect(), source_rules()
    scored = con.read_parquet(path)
    drawn = cluster.sample(scored, rules, SEED)
    best = cluster.best_k(cluster.silhouettes(drawn, rules, SEED))
    for k, column in ((4, "cluster"), (best, "suggested")):
        fitted = cluster.fit(drawn, k, SEED)
        scored = cluster.assign(scored, fitted, column)
        cluster.profile(scored, fitted, "CNY", column)
    con.to_parquet(scored, out)


def clusters_of_all(path: Path, out: Path, _as_of: str) -> None:
    """Do the same with scikit-learn as it comes: every customer in memory and in each fit."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    frame = duckdb.read_parquet(str(path)).df()
    logs = np.log1p(frame[["recency_days", "frequency", "monetary"]].to_numpy(float))
    points = (logs - logs.mean(axis=0)) / logs.std(axis=0)
    scores, labels = {}, {}
    for k in range(3, 9):
        labels[k] = KMeans(k, n_init=10, random_state=SEED).fit_predict(points)
        scores[k] = silhouette_score(points, labels[k], sample_size=cluster.SEEN, random_state=SEED)
    frame.assign(cluster=labels[4], suggested=labels[max(scores, key=scores.get)]).to_parquet(out)


def slider(path: Path, out: Path, as_of: str) -> None:
    """Move a slider of the designer back and forth; write the median answer in milliseconds."""
    shop = model.open_shop(path)
    table = engine.connect().read_parquet(path / "customers.parquet")
    controls = designer.Designer(shop, what_if.customers(table), {})
    moved, seconds = controls.controls["limits"][0], []
    for turn in range(MOVES):
        start = time.perf_counter()
        moved.value = 34 + turn % 2
        seconds.append(time.perf_counter() - start)
    out.write_text(f"{statistics.median(seconds) * 1000:.0f}", encoding="utf-8")


def customers(path: Path, n: int) -> None:
    """Write ``n`` scored customers, the same each time."""
    duckdb.sql(f"COPY ({CUSTOMERS.format(n=n)}) TO '{path}' (FORMAT parquet)")


def report(name: str, found: list[dict], target: str) -> None:
    seconds = [each["seconds"] for each in found]
    peak = max(each["peak_bytes"] for each in found) / GIB
    spread = f"{min(seconds):.1f}-{max(seconds):.1f}"
    print(f"{name:<66} {statistics.median(seconds):7.1f} s ({spread})  {peak:5.2f} GiB  {target}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each work (default 3)")
    parser.add_argument("--lines", type=int, default=6_000_000, help="order lines of the page's shop")
    parser.add_argument("--customers", type=int, default=5_000_000, help="customers of k-means")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("SHOPCRM_BENCH_DIR"), prefix="bench-") as name:
        folder = Path(name)
        _page(folder, given)
        _clusters(folder, given)
        _slider(folder)


def _page(folder: Path, given: argparse.Namespace) -> None:
    child(sys.executable, "lines.py", folder, "parquet", given.lines)
    named = {name: name for name in data.HEADERS}
    (folder / "shop").mkdir()
    text = data.SHOP.format(path=(folder / "lines.parquet").as_posix(), **named)
    (folder / "shop" / "shop.toml").write_text(text, encoding="utf-8")
    work = Work("segments.opened", folder / "shop")
    report(f"loading {given.lines / 1e6:g} million lines, once", [run(work, folder / "none")], "-")
    shop = model.open_shop(folder / "shop", AS_OF)
    known = shop.orders.customer_id.nunique().execute(), segment.rfm(shop).count().execute()
    shop.con.disconnect()
    print(f"customers: {known[0]:,}, of whom scored: {known[1]:,}")
    work = Work("segments.page", folder / "shop")
    found = [run(work, folder / f"page-{turn}") for turn in range(given.runs)]
    report("notebook 04, whole, from the cache (peak of the largest process)", found, "-")


def _clusters(folder: Path, given: argparse.Namespace) -> None:
    path, small = folder / "customers.parquet", folder / "million.parquet"
    customers(path, given.customers)
    customers(small, 1_000_000)
    found = [run(Work("segments.clusters", path), folder / "c.parquet") for _ in range(given.runs)]
    report(f"k-means, {given.customers / 1e6:g} million customers, from a sample", found, "target 15 s")
    pairs = []
    for turn in range(given.runs):
        both = ["segments.clusters", "segments.clusters_of_all"][:: -1 if turn % 2 else 1]
        done = {work: run(Work(work, small), folder / "c.parquet") for work in both}
        pairs.append((done["segments.clusters"], done["segments.clusters_of_all"]))
    for place, name in enumerate(("from a sample", "scikit-learn on all of them")):
        report(f"k-means, 1 million customers, {name}", [pair[place] for pair in pairs], "-")
    ratios = [ours["seconds"] / other["seconds"] for ours, other in pairs]
    print(f"ratio of the pairs: {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")


def _slider(folder: Path) -> None:
    customers(folder / "shop" / "customers.parquet", 1_000_000)
    run(Work("segments.slider", folder / "shop"), folder / "ms")
    print(f"a slider's answer, 1 million customers: {(folder / 'ms').read_text()} ms  target 200 ms")


if __name__ == "__main__":
    main()
