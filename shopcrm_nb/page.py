"""One executed notebook as the body of a page: what its reader sees, without the code and the controls."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unicodedata import east_asian_width

from babel import dates

from shopcrm_nb import footnotes, i18n
from shopcrm_nb.i18n import _

PLOTLY = "application/vnd.plotly.v1+json"
SHOWN = (PLOTLY, "text/html", "text/markdown", "text/plain")  # of an output's forms, the first is shown
HIDDEN_TAGS = {"parameters", "injected-parameters", "setup", "live", "papermill-error-cell-tag"}
TEMPLATES = Path(__file__).parent / "templates"
HTML_LANG = {"en": "en", "zh": "zh-CN"}
DATE_FORMATS = {  # how a date axis writes a year, a month and a day, where not as in English
    "en": {},
    "zh": {"year": "%Y年", "month": "%Y年%-m月", "dayMonth": "%-m月%-d日", "dayMonthYear": "%Y年%-m月%-d日"},
}
WORD_JOINER = "\u2060"
FIGURE_HEIGHT = 420  # pixels, for a figure that names none
UNSAFE_IN_SCRIPT = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}

_HEADING = re.compile(r"^#{1,6}[ \t]+\S.*$", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_CELL = re.compile(r"<td(?![^>]*style=)([^>]*)>([^<>]{24,})</td>")
_SIGNED = re.compile(r"(?<=[+−])(?=[^\W\d_]*[$€£¥])")  # a line may end between a sign and a currency
_FIGURE = re.compile(r'<div\b[^>]*\bclass="figure"')
_PART = re.compile(r'<section class="cell text" id="([^"]+)">\s*<h2>(.*?)</h2>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def body(notebook, name: str, trouble: str | None = None) -> str:
    """Return the HTML of a notebook's page between its header and its footer.

    Headings, texts (in the language in use, where the catalogue has them), tables and figures of every cell
    that has no hidden tag; never code. Where the notebook failed (an error output, or ``trouble``, the
    sentence the run kept), the page stops with a box that says so and names the headings that were not
    computed. Each cell's anchor is ``name-cellid``. A page that would show fewer figures than the notebook
    holds is a bug and raises RuntimeError.
    """
    html, _resources = _exporter().from_notebook_node(_visible(notebook, trouble), resources={"stem": name})
    drawn, held = figures_in(html), _figures_held(notebook, trouble)
    if drawn < held:
        raise RuntimeError(f"{name}: the page has {drawn} of the notebook's {held} figures")
    return html


def figures_in(html: str) -> int:
    """Count the places for figures in a page's HTML."""
    return len(_FIGURE.findall(html))


def contents(html: str) -> list[tuple[str, str]]:
    """Return anchor and title (HTML) of each part of a page's body: the cells that begin with an h2."""
    return [(anchor, title.strip()) for anchor, title in _PART.findall(html)]


def outputs(cells) -> Iterator:
    """Yield every output of a list of cells, in order."""
    return (output for cell in cells for output in cell.get("outputs", []))


def tags(cell) -> set[str]:
    """Return the tags of a cell."""
    return set(cell.metadata.get("tags", []))


def script_json(value: object) -> str:
    """Write ``value`` as JSON for a script element, which no text in it can end or comment out."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(UNSAFE_IN_SCRIPT)


def figure_words() -> dict:
    """Return what the figures' own controls and date axes say in the language in use, as a Plotly locale."""
    return {
        "locale": HTML_LANG[i18n.language()],
        "dictionary": _control_words(),
        "format": _calendar_words() | DATE_FORMATS[i18n.language()],
        "failed": _("This figure could not be drawn."),
    }


def table_words() -> dict[str, str]:
    """Return what the controls of tables say in the language in use."""
    return {
        "search": _("Find in this table"),
        "found": _("{n} of {total} rows"),
        "sort": _("Sort by this column"),
        "all": _("Show all {n} rows"),
        "fewer": _("Show the first rows only"),
    }


def _control_words() -> dict[str, str]:
    return {  # the keys are Plotly's own spelling
        "Zoom": _("Zoom"),
        "Pan": _("Pan"),
        "Reset axes": _("Reset axes"),
        "Reset view": _("Reset view"),
        "Download plot as a PNG": _("Download plot as a PNG"),
        "Preparing image - this may take a few seconds": _("Preparing image - this may take a few seconds"),
        "Image download succeeded": _("Image download succeeded"),
        "Sorry, there was a problem downloading your image!": _("The image could not be downloaded."),
        "Double-click on legend to isolate one trace": _("Double-click on legend to isolate one trace"),
        "Double-click to zoom back out": _("Double-click to zoom back out"),
    }


def _calendar_words() -> dict[str, list[str]]:
    locale, words = i18n.language(), {}
    for prefix, width in {"": "wide", "short": "abbreviated"}.items():
        days = dates.get_day_names(width, locale=locale)
        months = dates.get_month_names(width, locale=locale)
        # Babel's week begins on Monday, Plotly's on Sunday.
        words[f"{prefix}Days" if prefix else "days"] = [days[(n - 1) % 7] for n in range(7)]
        words[f"{prefix}Months" if prefix else "months"] = [months[n] for n in range(1, 13)]
    return words


def _visible(notebook, trouble: str | None):
    """Return a copy of the notebook with the cells a reader sees."""
    from nbformat.v4 import new_notebook

    stop = _stopped_at(notebook, trouble)
    cells = footnotes.gathered(cell for cell in notebook.cells[:stop] if not tags(cell) & HIDDEN_TAGS)
    if stop is not None:
        cells += [_failure(notebook, stop, trouble), *_not_computed(notebook.cells[stop:])]
    return new_notebook(cells=cells)


def _stopped_at(notebook, trouble: str | None) -> int | None:
    """Return the number of the cell at which a notebook failed; None where it did not."""
    for number, cell in enumerate(notebook.cells):
        if any(output.output_type == "error" for output in outputs([cell])):
            return number
    if not trouble:
        return None
    # A kernel that died leaves no error output, only cells that were never run.
    waiting = (n for n, cell in enumerate(notebook.cells) if _never_run(cell))
    return next(waiting, len(notebook.cells))


def _never_run(cell) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip()) and cell.execution_count is None


def _failure(notebook, stop: int, trouble: str | None):
    """Return the failed cell with what it showed before the error, or a cell that only holds the error."""
    from nbformat.v4 import new_code_cell, new_output

    cell = notebook.cells[stop] if stop < len(notebook.cells) else new_code_cell(id="stopped")
    errors = [output for output in cell.outputs if output.output_type == "error"]
    shown = [] if tags(cell) & HIDDEN_TAGS else [out for out in cell.outputs if out not in errors]
    errors = errors or [new_output("error", ename="", evalue=trouble, traceback=[])]
    return new_code_cell(id=cell.id, outputs=shown + errors)


def _not_computed(cells) -> Iterator:
    """Yield the headings of the cells that were never reached, each with a line that says so."""
    from nbformat.v4 import new_markdown_cell

    said = _("Not computed, because the page stopped above.")
    note = f'<p class="not-computed">{said}</p>'
    for cell in cells:
        if cell.cell_type == "markdown" and not tags(cell) & HIDDEN_TAGS:
            headings = _HEADING.findall(_FENCE.sub("", _(cell.source)))
            source = "\n\n".join(f"{heading}\n\n{note}" for heading in headings)
            yield new_markdown_cell(source, id=cell.id)


def _figures_held(notebook, trouble: str | None) -> int:
    stop = _stopped_at(notebook, trouble)
    reached = notebook.cells if stop is None else notebook.cells[: stop + 1]
    shown = [cell for cell in reached if not tags(cell) & HIDDEN_TAGS]
    return sum(PLOTLY in output.get("data", {}) for output in outputs(shown))


@cache
def _exporter():
    """Return nbconvert's HTML exporter with our template and filters."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="notebook",
        extra_template_basedirs=[str(TEMPLATES)],
        default_preprocessors=[],
        filters={"markdown2html": _markdown(), "shown_as": _shown_as, "figure": _figure, "roomy": _roomy},
    )
    exporter.environment.globals["_"] = i18n._
    return exporter


def _markdown():
    # nbconvert's own filter reads the text between two dollar signs as a formula; ours are amounts of money.
    import mistune

    return mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])


def _shown_as(output) -> str:
    """Return the MIME type a page shows of an output; one that has none for a page is a bug."""
    for form in SHOWN:
        if form in output.data and not any("widget-view" in other for other in output.data):
            return form
    raise RuntimeError(f"an output has no form for a page (tag its cell live?): {', '.join(output.data)}")


def _roomy(html: str) -> str:
    """Give each long text in a table so much width that it takes a few lines, not one word a line.

    A sign stays in the line of its amount.
    """

    def widened(cell: re.Match) -> str:
        signs = sum(2 if east_asian_width(sign) in "WF" else 1 for sign in cell[2])
        return f'<td{cell[1]} style="min-width:{min(signs // 8, 20)}em">{cell[2]}</td>'

    return _CELL.sub(widened, _SIGNED.sub(WORD_JOINER, html))


def _figure(bundle: dict) -> dict:
    """Return what the template needs of a figure: its JSON, its height in pixels, its title in plain text."""
    layout = bundle.get("layout", {})
    title = layout.get("title") or ""
    text = title if isinstance(title, str) else title.get("text") or ""
    return {
        "json": script_json({"data": bundle["data"], "layout": layout}),
        "height": int(layout.get("height") or FIGURE_HEIGHT),
        "title": _TAG.sub(" ", text).strip(),
    }
