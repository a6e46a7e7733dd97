"""Running: notebooks by papermill, each in a process of its own, aside, and into place when all is done."""

import concurrent.futures
import contextlib
import json
import multiprocessing
import os
import platform
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import nbformat

from shopcrm_nb import __version__, definitions, execution, i18n, parameters, report, since, spreadsheet
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.notebooks import Notebook

SAME = ("fingerprint", "rules", "as_of", "lang", "version")  # pages of an earlier run fit if these are equal
STALE_SECONDS = 24 * 3600
Report = Callable[["State"], None]


@dataclass(frozen=True)
class State:
    """How one notebook's run ended: ok or failed, in how many seconds, with which error and findings."""

    name: str
    title: str
    question: str
    state: str
    seconds: float = 0.0
    error: str | None = None
    findings: int = 0
    parameters: dict = field(default_factory=dict)


def run(
    shop: Shop,
    word: str,
    notebooks: list[Notebook],
    values: dict[str, str],
    target: Path,
    jobs: int,
    tell: Report,
) -> list[State]:
    """Run notebooks for a shop and leave the finished report in ``target``.

    ``word`` is how the user named the shop, ``values`` are the parameters that were set, ``tell`` hears of
    each notebook as it begins and ends. Raises ShopcrmError for a wrong parameter, before a kernel starts.
    """
    given = parameters.check(notebooks, values)
    _refuse_strange_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        aside.chmod(0o755)
        facts = _facts(shop)
        kept = _keep_earlier_pages(target, aside, facts, {notebook.name for notebook in notebooks})
        common = {"shop": word, "as_of": shop.as_of.isoformat(), "lang": i18n.language(), "out": "."}
        work = [(notebook, common | given[notebook.name]) for notebook in notebooks]
        states = _execute_all(work, aside, jobs, tell)
        states = sorted([*kept, *states], key=lambda state: state.name)
        states = _write(aside, target, facts, states)
        publish(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    again = {notebook.name for notebook in notebooks}
    return [state for state in states if state.name in again]


def _refuse_strange_target(target: Path) -> None:
    """Never replace a folder that is not a report: --out may be a typing error."""
    if target.exists() and not (target / "run.json").exists() and (target.is_file() or any(target.iterdir())):
        raise ShopcrmError(f"--out {target}: is there already and is no report; name a new or empty folder")


def _facts(shop: Shop) -> dict:
    packages = ("ibis-framework", "duckdb", "pandas", "plotly", "papermill", "nbconvert")
    return {
        "shop": shop.settings.name,
        "as_of": shop.as_of.isoformat(),
        "lang": i18n.language(),
        "currency": shop.settings.currency,
        "version": __version__,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in packages},
        "fingerprint": shop.fingerprint,
        "rules": shop.settings.rules.model_dump(mode="json"),
    }


def _keep_earlier_pages(target: Path, aside: Path, facts: dict, again: set[str]) -> list[State]:
    """Carry over the pages of an earlier run of the same data, day and rules that are not run again."""
    for folder in ("notebooks", "tables"):
        (aside / folder).mkdir()
    try:
        before = json.loads((target / "run.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return []
    if any(before.get(key) != facts[key] for key in SAME):
        return []
    kept = [State(**entry) for entry in before["notebooks"] if entry["name"] not in again]
    for state in kept:
        shutil.copy2(target / "notebooks" / f"{state.name}.ipynb", aside / "notebooks")
    if kept:
        shutil.copytree(target / "tables", aside / "tables", dirs_exist_ok=True)
    return kept


def _execute_all(work: list[tuple[Notebook, dict]], aside: Path, jobs: int, tell: Report) -> list[State]:
    states = []
    context = multiprocessing.get_context("spawn")  # a fork would copy DuckDB's threads in mid-air
    with concurrent.futures.ProcessPoolExecutor(min(jobs, len(work)), context, _end_with_parent) as pool:
        waiting = {}
        for notebook, given in work:
            shown = {name: value for name, value in given.items() if name != "out"}
            begun = State(notebook.name, _(notebook.title), _(notebook.question), "running", parameters=shown)
            waiting[pool.submit(execution.execute, notebook.path, aside, given, i18n.language())] = begun
            tell(begun)
        for done in concurrent.futures.as_completed(waiting):
            seconds, error = done.result()
            begun = asdict(waiting[done]) | {
                "state": "failed" if error else "ok",
                "seconds": seconds,
                "error": error,
            }
            states.append(State(**begun))
            tell(states[-1])
    return states


def _end_with_parent() -> None:
    """End this process when the run is killed, or its kernels would go on for nobody."""
    parent = multiprocessing.parent_process()
    threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


def _write(aside: Path, target: Path, facts: dict, states: list[State]) -> list[State]:
    """Write run.json, the pages and the workbook of a run whose notebooks are done; count their findings."""
    figures: dict[str, float] = {}
    for place, state in enumerate(states):
        executed = nbformat.read(aside / "notebooks" / f"{state.name}.ipynb", as_version=4)
        told = report.harvest(executed)
        figures |= told["figures"]
        states[place] = replace(state, findings=len(told["findings"]))
    asked = {"as_of": facts["as_of"], "lang": facts["lang"]}
    run_json = facts | {
        "parameters": asked,
        "notebooks": [asdict(state) for state in states],
        "key_figures": figures,
    }
    if earlier := since.compare(aside, target, facts):
        run_json["since"] = earlier
    text = json.dumps(run_json, ensure_ascii=False, indent=2)
    (aside / "run.json").write_text(text + "\n", encoding="utf-8")
    report.write(aside)
    spreadsheet.write(aside, definitions.every())
    return states


def publish(aside: Path, target: Path) -> None:
    """Move a finished run into place; the report that was there goes only when the new one stands."""
    while True:
        try:
            aside.rename(target)
            return
        except OSError:
            if not target.exists():
                raise
        # Another run may move it away at this very moment: then nothing is left to move, and we try again.
        old = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-old-"))
        with contextlib.suppress(FileNotFoundError):
            target.rename(old / "report")
        shutil.rmtree(old, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Remove what killed runs have left beside ``target`` more than a day ago."""
    for left in target.parent.glob(f".{target.name}-*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
