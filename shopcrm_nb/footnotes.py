"""Footnotes: what a page could not compute, said once, and whole questions without an answer at its end."""

import re
from collections.abc import Iterable, Iterator

from shopcrm_nb.i18n import _

MISSING = '<p class="not-computed">'  # how an output begins that only says what is missing

_QUESTION = re.compile(r"^## +(.*?)\s*$", re.MULTILINE)


def gathered(cells: Iterable) -> list:
    """Return a page's cells with the questions (h2) that have no answer at all gathered at its end.

    Below one heading a missing input is said once. A question whose every output only says what is missing
    goes, with its texts, into a last cell: what is needed, and the questions it would answer.
    """
    kept, unanswered = [], {}
    for question, part in _questions(cells):
        needs = _needs_alone(part)
        if question and needs:
            unanswered.setdefault(needs, []).append(question)
        else:
            kept += _said_once(part)
    return [*kept, *_footnotes(unanswered)]


def _questions(cells: Iterable) -> Iterator[tuple[str, list]]:
    """Yield each question in the language in use with its cells; what stands before the first has none."""
    title, part = "", []
    for cell in cells:
        found = _QUESTION.search(_(cell.source)) if cell.cell_type == "markdown" and cell.source else None
        if found:
            yield title, part
            title, part = found[1], []
        part.append(cell)
    yield title, part


def _needs_alone(part: list) -> tuple[str, ...]:
    """Return what the outputs of a question say is missing; nothing where one of them says more."""
    shown = [_missing(cell) for cell in part if cell.cell_type == "code" and cell.get("outputs")]
    return tuple(dict.fromkeys(shown)) if all(shown) else ()


def _said_once(part: list) -> Iterator:
    """Leave out a cell that only says, below one heading, again what is missing there."""
    said: set[str] = set()
    for cell in part:
        missing = _missing(cell)
        if cell.cell_type == "markdown":
            said.clear()
        if missing not in said:
            yield cell
        said |= {missing} - {""}


def _missing(cell) -> str:
    """Return what a cell says could not be computed, if it says nothing else."""
    htmls = [output.get("data", {}).get("text/html", "") for output in cell.get("outputs", [])]
    alone = len(htmls) == 1 and htmls[0].startswith(MISSING)
    return htmls[0] if alone else ""


def _footnotes(unanswered: dict[tuple[str, ...], list[str]]) -> Iterator:
    from nbformat.v4 import new_markdown_cell

    if not unanswered:
        return
    parts = [
        "## " + _("What this page could not answer"),
        _("What each page needs stands on the first page."),
    ]
    for needs, questions in unanswered.items():
        parts += [*needs, "\n".join(f"- {question}" for question in questions)]
    yield new_markdown_cell("\n\n".join(parts), id="not-answered")
