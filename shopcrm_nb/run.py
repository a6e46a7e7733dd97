"""Running: notebooks by papermill, each in a process of its own, aside, and into place when all is done."""

import ast
import concurrent.futures
import contextlib
import json
import multiprocessing
import os
import platform
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import nbformat

from shopcrm_nb import __version__, i18n, report, spreadsheet
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.notebooks import Notebook

OURS = ("shop", "as_of", "lang", "out")  # parameters that the run itself sets
SAME = ("fingerprint", "rules", "as_of", "lang", "version")  # pages of an earlier run fit if these are equal
STALE_SECONDS = 24 * 3600
PAPERMILLS_OWN = "papermill-error-cell-tag"
Report = Callable[["State"], None]


@dataclass(frozen=True)
class State:
    """How one notebook's run ended: ok or failed, in how many seconds, with which error."""

    name: str
    title: str
    question: str
    state: str
    seconds: float = 0.0
    error: str | None = None
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
    given = check_values(notebooks, values)
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
        _write(aside, facts, sorted([*kept, *states], key=lambda state: state.name))
        publish(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return states


def parameters(path: Path) -> dict[str, dict]:
    """Return a notebook's parameters: name → default (a Python value) and help."""
    import papermill

    found = papermill.inspect_notebook(str(path))
    return {
        name: {"default": ast.literal_eval(said["default"]), "help": said["help"].strip()}
        for name, said in found.items()
    }


def check_values(notebooks: list[Notebook], values: dict[str, str]) -> dict[str, dict]:
    """Return, for each notebook, those of the ``values`` that it takes, in the type of their defaults."""
    if not values:
        return {notebook.name: {} for notebook in notebooks}
    known = {notebook.name: parameters(notebook.path) for notebook in notebooks}
    for name, text in values.items():
        if name in OURS:
            raise ShopcrmError(
                f"--set {name}: use the option for it instead, such as --{name.replace('_', '-')}"
            )
        takers = [spec for spec in known.values() if name in spec]
        if not takers:
            every = sorted({own for spec in known.values() for own in spec} - set(OURS))
            listed = ", ".join(every) or "none that can be set"
            raise ShopcrmError(
                f"--set {name}: no such parameter{did_you_mean(name, every)}; there is {listed}"
            )
        for spec in takers:
            spec[name]["value"] = _typed(name, text, spec[name]["default"])
    return {
        notebook: {name: said["value"] for name, said in spec.items() if "value" in said}
        for notebook, spec in known.items()
    }


def _typed(name: str, text: str, default: object) -> object:
    if isinstance(default, str):
        return text
    try:
        value = ast.literal_eval({"true": "True", "false": "False"}.get(text.lower(), text))
    except (ValueError, SyntaxError):
        value = None
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(default):
        kind = {"int": "a whole number", "float": "a number", "bool": "true or false", "list": "a list"}
        raise ShopcrmError(
            f'--set {name}: "{text}" is not {kind[type(default).__name__]}, such as {default!r}'
        )
    return value


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
            waiting[pool.submit(execute, notebook.path, aside, given, i18n.language())] = begun
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


def execute(source: Path, aside: Path, given: dict, lang: str) -> tuple[float, str | None]:
    """Run one notebook into ``aside/notebooks``; return its seconds and its error, None if there was none.

    A notebook that fails is kept with what it computed. What changes from run to run (times, papermill's
    own cells) is taken out, so that equal inputs leave equal notebooks.
    """
    import papermill
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    i18n.use(lang)
    output = aside / "notebooks" / source.name
    began = time.perf_counter()
    error = None
    try:
        with tempfile.TemporaryDirectory() as sockets:
            papermill.execute_notebook(
                _translated(nbformat.read(source, as_version=4)),
                str(output),
                given,
                progress_bar=False,
                request_save_on_cell_execute=False,
                cwd=str(aside),
                config=Config(_transport(sockets)),
            )
    except PapermillExecutionError as failure:
        error = f"{failure.ename}: {failure.evalue}"
    nbformat.write(_steady(nbformat.read(output, as_version=4)), output)
    return round(time.perf_counter() - began, 2), error


def _transport(sockets: str) -> dict:
    """Let the kernel be spoken to through files of ours, where there are such: over TCP others could listen."""
    if sys.platform == "win32":
        return {}
    return {"KernelManager": {"transport": "ipc", "ip": f"{sockets}/kernel"}}


def _translated(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _(cell.source)
    return notebook


def _steady(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Take out what differs between two equal runs: times, paths, and the marks that papermill leaves."""
    notebook.metadata.pop("papermill", None)
    notebook.cells = [
        c for c in notebook.cells if not c.metadata.get("tags") or PAPERMILLS_OWN not in c.metadata.tags
    ]
    for place, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
        cell.setdefault("id", f"cell-{place}")
    return notebook


def _write(aside: Path, facts: dict, states: list[State]) -> None:
    """Write run.json, the pages and the workbook of a run whose notebooks are done."""
    figures: dict[str, float] = {}
    for state in states:
        executed = nbformat.read(aside / "notebooks" / f"{state.name}.ipynb", as_version=4)
        figures |= report.harvest(executed)["figures"]
    asked = {"as_of": facts["as_of"], "lang": facts["lang"]}
    run_json = facts | {
        "parameters": asked,
        "notebooks": [asdict(state) for state in states],
        "key_figures": figures,
    }
    text = json.dumps(run_json, ensure_ascii=False, indent=2)
    (aside / "run.json").write_text(text + "\n", encoding="utf-8")
    report.write(aside)
    spreadsheet.write(aside)


def publish(aside: Path, target: Path) -> None:
    """Move a finished run into place; the report that was there goes only when the new one stands."""
    while True:
        try:
            aside.rename(target)
            return
        except OSError:
            if not target.exists():
                raise
        # Another run may move it away at the same moment: then there is nothing left to move, and we try again.
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
