"""The notebooks: their order, the question each answers, what it needs, and its parameters."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.workbook import root


@dataclass(frozen=True)
class Notebook:
    """A notebook: its file, its name such as 04_segments, a short title, its question and what it needs.

    ``choices`` names the words that a parameter takes, where it takes only some.
    """

    path: Path
    title: str
    question: str
    needs: tuple[str, ...]
    choices: dict[str, list[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the file, without its ending."""
        return self.path.stem


def every() -> list[Notebook]:
    """Return the workbook's notebooks in order."""
    return [_read(path) for path in sorted((root() / "notebooks").glob("[0-9][0-9]_*.ipynb"))]


def _read(path: Path) -> Notebook:
    notebook = nbformat.read(path, as_version=4)
    said = notebook.metadata["shopcrm"]
    question = re.match(r"# (.+)", notebook.cells[0].source).group(1)
    return Notebook(path, said["title"], question, tuple(said["needs"]), said.get("choices", {}))


def select(words: list[str]) -> list[Notebook]:
    """Return the notebooks that are meant by numbers or names (04, segments), all where there is no word."""
    known = every()
    return [_meant(word, known) for word in words] if words else known


def _meant(word: str, known: list[Notebook]) -> Notebook:
    for notebook in known:
        number, _dash, name = notebook.name.partition("_")
        if word in (number, number.lstrip("0") or "0", name, notebook.name, f"{notebook.name}.ipynb"):
            return notebook
    names = [part for notebook in known for part in (notebook.name, notebook.name.partition("_")[2])]
    listed = ", ".join(notebook.name for notebook in known)
    raise ShopcrmError(f'there is no notebook "{word}"{did_you_mean(word, names)}; there are {listed}')


def needs_met(shop: Shop) -> pd.DataFrame:
    """Return page, question, needs and state for each notebook: whether this shop has what it needs."""
    rows = []
    for notebook in every():
        lack = shop.missing(*notebook.needs) if notebook.needs else None
        state = lack.sentence() if lack else _("ready")
        rows.append(
            (
                f"{notebook.name[:2]} {_(notebook.title)}",
                _(notebook.question),
                ", ".join(notebook.needs),
                state,
            )
        )
    return pd.DataFrame(rows, columns=["page", "question", "needs", "state"])


def answer(shop: Shop, pages: pd.DataFrame) -> str:
    """Say in one sentence which shop this is and how many pages it can fill."""
    ready = int((pages.state == _("ready")).sum())
    return _("{shop}: {ready} of {n} pages have the data they need; the last day counted is {day}.").format(
        shop=shop.settings.name, ready=ready, n=len(pages), day=i18n.day(shop.as_of)
    )
