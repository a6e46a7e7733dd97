"""A finished run's folder as pages: one a notebook, an index, and the whole run in one file, all offline."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from shopcrm_nb import definitions, headline, i18n, page, since
from shopcrm_nb.i18n import _

SHOPCRM = "application/vnd.shopcrm+json"
SCRIPTS = ("page.js", "tables.js")  # of figures, of tables
CHECK = "01_data_check"  # whose findings are of rows
SEVERITIES = ("error", "warning", "note")
DAY = re.compile(r"\d{4}-\d\d(-\d\d)?")
TABLE_LINK = re.compile(r'<a href="tables/[^"]*">(.*?)</a>')
# What a browser may load for a page: files beside it, and images it draws itself. It holds even if a text of
# the data were to slip through unescaped. "file:" is what "self" means on a page opened by double click.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file: 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
REPORT_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Page:
    """One notebook of a run as its page shows it."""

    name: str
    title: str
    question: str
    error: str | None  # the sentence of a failed notebook
    parameters: dict
    body: Markup
    answer: str | None
    findings: list = field(default_factory=list)

    @property
    def contents(self) -> list[tuple[str, Markup]]:
        """The anchor and title of each part of the page."""
        return [(anchor, Markup(title)) for anchor, title in page.contents(self.body)]

    @property
    def figures(self) -> int:
        """The number of figures on the page."""
        return page.figures_in(self.body)


def harvest(notebook) -> dict:
    """Collect what a notebook's outputs say for the index: ``answer``, ``figures`` and ``findings``.

    ``answer`` is one sentence or None, ``figures`` maps stable names to numbers, ``findings`` lists dicts
    with ``severity`` (error, warning, note) and ``text``, in the notebook's order. Cells tagged ``live`` are
    left out. A figure that two cells give different values is a bug and raises RuntimeError.
    """
    found = {"answer": None, "figures": {}, "findings": []}
    cells = (cell for cell in notebook.cells if "live" not in page.tags(cell))
    for output in page.outputs(cells):
        said = output.get("data", {}).get(SHOPCRM, {})
        found["answer"] = said.get("answer", found["answer"])
        found["findings"] += said.get("findings", [])
        for name, value in said.get("figures", {}).items():
            if found["figures"].setdefault(name, value) != value:
                raise RuntimeError(f"{name} is given two values: {found['figures'][name]} and {value}")
    return found


def write(folder: Path) -> None:
    """Write ``<notebook>.html``, ``index.html``, ``report.html`` and ``assets/`` into a run's folder.

    Reads ``run.json``, ``notebooks/`` and the names in ``tables/``, and writes in the run's language; equal
    contents give equal bytes.
    """
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    before = i18n.language()
    i18n.use(run["lang"])
    try:
        pages = [_page(folder, entry) for entry in run["notebooks"]]
        files = _assets() | _pages(run, pages, folder)
    finally:
        i18n.use(before)
    (folder / "assets").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _page(folder: Path, entry: dict) -> Page:
    """Read one notebook of the run; a failed one may have left no file."""
    import nbformat

    file = folder / "notebooks" / f"{entry['name']}.ipynb"
    failed = entry["state"] == "failed"
    trouble = (entry["error"] or _("The notebook did not finish.")) if failed else None
    absent = failed and not file.exists()
    notebook = nbformat.v4.new_notebook() if absent else nbformat.read(file, as_version=4)
    found = harvest(notebook)
    return Page(
        name=entry["name"],
        title=entry["title"],
        question=entry["question"],
        error=trouble,
        parameters=entry["parameters"],
        body=Markup(page.body(notebook, entry["name"], trouble)),
        answer=found["answer"],
        findings=[finding | {"page": entry["name"]} for finding in found["findings"]],
    )


def _tables(folder: Path) -> dict[str, str]:
    """Return each table that the run saved, and what it holds."""
    words = definitions.every()
    names = sorted(file.stem for file in (folder / "tables").glob("*.parquet"))
    return {name: words.get(name, "") for name in names}


def _assets() -> dict[str, str]:
    from plotly.offline import get_plotlyjs

    own = {f"assets/{name}": _asset(name) for name in ("page.css", *SCRIPTS)}
    return {"assets/plotly.min.js": get_plotlyjs().replace("\r\n", "\n")} | own


def _asset(name: str) -> str:
    return (page.TEMPLATES / name).read_text(encoding="utf-8")


def _pages(run: dict, pages: list[Page], folder: Path) -> dict[str, str]:
    """Return the text of every page by its file name."""
    summary = {
        "run": run,
        "pages": pages,
        "titles": {each.name: each.title for each in pages},
        "cards": headline.cards(run, folder),
        "other_figures": headline.others(run),
        "sources": headline.sources(folder),
        "since": _since(run),
        "findings": sorted((finding for each in pages for finding in each.findings), key=_gravest),
    }
    made = {f"{each.name}.html": _render("page.html.j2", **summary, page=each) for each in pages}
    made["index.html"] = _render("index.html.j2", **summary, tables=_tables(folder))
    made["report.html"] = _render("report.html.j2", **summary | _alone(pages), **_inline())
    return made


def _gravest(finding: dict) -> tuple[int, float, bool]:
    """Errors first; of equal severity what the most money is at stake in, and single rows last."""
    at_stake = finding.get("net_sales_at_stake") or 0
    return SEVERITIES.index(finding["severity"]), -at_stake, finding["page"] == CHECK


def _since(run: dict) -> dict | None:
    found = run.get("since")
    return found and {
        "day": found["as_of"],
        "grades": since.sentence(found),
        "figures": headline.moved(run),
    }


def _alone(pages: list[Page]) -> dict[str, list[Page]]:
    """Return the pages without their links to tables, which are not there where the one file is mailed to."""
    return {"pages": [replace(each, body=Markup(TABLE_LINK.sub(r"\1", each.body))) for each in pages]}


def _render(template: str, **values) -> str:
    values = {"policy": PAGE_POLICY, "severities": _severities(), "words": page.figure_words(), **values}
    values["table_words"] = page.table_words()
    return _environment().get_template(template).render(values).strip() + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(page.TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_=i18n._, ngettext=i18n.ngettext, blank=i18n.BLANK)
    environment.filters["whole_days"] = _whole_days
    environment.filters["script_json"] = lambda value: Markup(page.script_json(value))
    return environment


def _whole_days(text: str) -> Markup:
    """Keep each day and month of a text in one line."""
    return Markup(DAY.sub(r'<span class="whole">\g<0></span>', str(escape(text))))


def _inline() -> dict:
    """Return what ``report.html`` carries inside, and the policy that lets just these scripts run."""
    assets = _assets()
    # A "</script" in a script's text would end its element, wherever in the text it stands.
    scripts = [
        assets[f"assets/{name}"].replace("</script", "<\\/script") for name in ("plotly.min.js", *SCRIPTS)
    ]
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return {
        "styles": Markup(assets["assets/page.css"]),
        "scripts": [Markup(script) for script in scripts],
        "policy": REPORT_POLICY.format(scripts=hashes),
    }


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _severities() -> dict[str, str]:
    return {"error": _("Error"), "warning": _("Warning"), "note": _("Note")}
