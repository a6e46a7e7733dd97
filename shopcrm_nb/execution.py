"""Execution: one notebook by papermill, in the language of the run, the same each time."""

import sys
import tempfile
import time
from pathlib import Path

import nbformat

from shopcrm_nb import i18n
from shopcrm_nb.i18n import _

# A kernel is interrupted before it is shut down, and calls that an error on the terminal now and then.
QUIET = ["--IPKernelApp.log_level=CRITICAL"]
PAPERMILLS_OWN = "papermill-error-cell-tag"


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
                extra_arguments=QUIET,
            )
    except PapermillExecutionError as failure:
        error = f"{failure.ename}: {failure.evalue}"
    nbformat.write(_steady(nbformat.read(output, as_version=4)), output)
    return round(time.perf_counter() - began, 2), error


def _transport(sockets: str) -> dict:
    """Speak to the kernel through files of ours, where there are such: over TCP others could listen."""
    if sys.platform == "win32":
        return {}
    return {"KernelManager": {"transport": "ipc", "ip": f"{sockets}/kernel"}}


def _translated(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _(cell.source)
    return notebook


def _steady(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Take out what differs between two equal runs: times, papermill's marks, and live widgets."""
    for marks in ("papermill", "widgets"):
        notebook.metadata.pop(marks, None)
    notebook.cells = [c for c in notebook.cells if PAPERMILLS_OWN not in c.metadata.get("tags", [])]
    for place, cell in enumerate(notebook.cells):
        for times in ("papermill", "execution"):
            cell.metadata.pop(times, None)
        if cell.cell_type == "code" and "live" in cell.metadata.get("tags", []):
            cell.outputs = [output for output in cell.outputs if output.output_type == "error"]
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
        cell.setdefault("id", f"cell-{place}")
    return notebook
