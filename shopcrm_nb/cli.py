"""The command line: shopcrm init, check, list, run, lab and demo."""

import os
import subprocess
import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer
from rich.cells import cell_len, set_cell_size
from rich.console import Console

from shopcrm_nb import glossary, i18n
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.i18n import _, ngettext

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Says who a shop's customers are and what each is worth, from the shop's own exports.",
)
UsageError = typer.BadParameter.__mro__[1]  # typer shows no other name for a call that is written wrongly
out = Console(highlight=False, soft_wrap=True)

ShopWord = Annotated[
    str, typer.Argument(metavar="SHOP", help="A folder under data/, or a path to a folder with a shop.toml.")
]
AsOf = Annotated[
    str,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="The last day counted, as in 2024-06-30 (default: the last day with a paid order).",
    ),
]
Lang = Annotated[str, typer.Option("--lang", help="The language of the pages: en or zh.")]


@app.command()
def init(
    shop: Annotated[
        str, typer.Argument(metavar="SHOP", help="The new shop's folder: a name under data/, or a path.")
    ],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", help="The shop's export files or quoted globs; they stay where they are."
        ),
    ],
) -> None:
    """Read the headers of export files and write a shop.toml: exit 1 where a header is left to fill in.

    A glob in quotes stays one in the shop.toml, so that later files count, too.

    Example: shopcrm init myshop "exports/ExportOrderList*"
    """
    from shopcrm_nb import draft, workbook

    drawn = draft.draft(workbook.new_shop_folder(shop), files)
    for line in drawn.notes:
        out.print(line, markup=False)
    path = drawn.path.resolve()
    near = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    out.print(f"written: {near}", markup=False)
    if drawn.asked:
        asked = " and ".join(f'"# {column} = …"' for column in drawn.asked)
        out.print(
            f"next: open it, put the right header into {asked}, take off the # in front, and run: "
            f"shopcrm check {shop}",
            markup=False,
        )
        raise typer.Exit(1)
    out.print(f"next: shopcrm check {shop}", markup=False)


@app.command()
def check(shop: ShopWord, as_of: AsOf = "", lang: Lang = "en") -> None:
    """Load a shop's exports and say whether they can be used: exit 0 if they can, 1 if not.

    Example: shopcrm check demo
    """
    from shopcrm_nb import check as checks
    from shopcrm_nb import workbook

    data = workbook.open_shop(shop, as_of, lang)
    found = checks.findings(data)
    for row in checks.sources(data).itertuples():
        out.print(_source_line(row), markup=False)
    for row in checks.ledger(data).itertuples():
        if row.dropped:
            out.print(_ledger_line(row), markup=False)
    for row in found.itertuples():
        out.print(_finding_line(row), markup=False)
    out.print(checks.answer(data, found), markup=False)
    if (found.severity == "error").any():
        raise typer.Exit(1)


def _source_line(row) -> str:
    said = ngettext("{table}: {file}: {n} row, {format}", "{table}: {file}: {n} rows, {format}", row.rows)
    n = i18n.count(row.rows)
    return said.format(table=_table(row.table), file=row.file, n=n, format=row.format)


def _ledger_line(row) -> str:
    counts = {name: i18n.count(getattr(row, name)) for name in ("rows_in", "rows_out", "dropped")}
    said = _("{table}: {rows_in} → {rows_out}: {dropped} {why}")
    return said.format(table=_table(row.table), why=row.why, **counts)


def _finding_line(row) -> str:
    text = row.finding
    if row.example:
        text = _("{said} ({reason})").format(said=text, reason=row.example)
    whole = _("{finding}. {cure}") if row.cure else _("{said}.")
    text = whole.format(finding=text, said=text, cure=row.cure)
    severity = glossary.severities()[row.severity]
    return _("{severity}: {table}: {text}").format(severity=severity, table=_table(row.table), text=text)


def _table(name: str) -> str:
    return name if i18n.language() == "en" else glossary.tables()[name]  # English has the words of shop.toml


@app.command(name="list")
def list_notebooks() -> None:
    """List the notebooks: the question each answers, what it needs, and its parameters.

    Example: shopcrm list
    """
    from shopcrm_nb import notebooks, parameters

    for notebook in notebooks.every():
        out.print(f"{notebook.name}: {notebook.question}", markup=False)
        out.print(f"    needs: {', '.join(('orders', *notebook.needs))}", markup=False)
        for name, said in parameters.of(notebook.path).items():
            if name not in ("shop", "out"):
                out.print(f"    {name} = {said['default']!r}: {said['help']}", markup=False)


@app.command(name="run")
def run_notebooks(
    shop: ShopWord,
    notebook: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NOTEBOOK]…", help="Numbers or names, such as 04 or segments (default: all)."
        ),
    ] = None,
    as_of: AsOf = "",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Set a notebook's parameter; see shopcrm list."),
    ] = None,
    lang: Lang = "en",
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, help="How many notebooks run side by side (default: the cores).")
    ] = os.cpu_count() or 1,
    folder: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="The folder of the report (default: reports/SHOP/AS_OF)."),
    ] = None,
    show: Annotated[
        bool, typer.Option("--open", help="Open the report in the browser when it is done.")
    ] = False,
) -> None:
    """Run notebooks for a shop and leave an offline report.

    Exit 0: all done; 1: a mistake in the call or the data; 2: a notebook failed, the others are there.

    Example: shopcrm run demo --open

    Example: shopcrm run demo 04 --as-of 2025-12-31 --set top_n=50
    """
    from shopcrm_nb import notebooks, run, workbook

    chosen, values = notebooks.select(notebook or []), _pairs(settings or [])
    data = workbook.open_shop(shop, as_of, lang)
    target = folder or workbook.root() / "reports" / workbook.folder_name(data) / data.as_of.isoformat()
    named = data.folder == workbook.root() / "data" / shop
    word = shop if named else str(data.folder.resolve())
    states = run.run(data, word, chosen, values, target.resolve(), jobs, _progress(len(chosen)))
    _summary(states)
    index = target.resolve() / "index.html"
    out.print(f"{index}", markup=False)
    if show:
        webbrowser.open(index.as_uri())
    if any(state.state == "failed" for state in states):
        raise typer.Exit(2)


def _summary(states: list) -> None:
    """Print a line a page: its state, how long it took, and what it found that needs attention."""
    rows = [(_("Page"), _("State"), _("Seconds"), _("Findings"))]
    for state in states:
        took, findings = i18n.decimal(state.seconds), i18n.count(state.findings)
        rows.append((state.name, _state(state.state), took, findings))
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for page, word, *numbers in rows:
        texts = [set_cell_size(text, width) for text, width in zip((page, word), widths, strict=False)]
        texts += [
            " " * (width - cell_len(text)) + text for text, width in zip(numbers, widths[2:], strict=True)
        ]
        out.print("  ".join(texts), markup=False)


def _state(code: str) -> str:
    return {"ok": _("ok"), "failed": _("failed")}[code]


def _pairs(settings: list[str]) -> dict[str, str]:
    for setting in settings:
        if "=" not in setting:
            raise ShopcrmError(f"--set {setting}: write it as name=value")
    return dict(setting.split("=", 1) for setting in settings)


def _progress(total: int):
    """Return what tells of each notebook: a moving line on a terminal, plain lines in a log."""
    done: list[str] = []
    running: dict[str, None] = {}
    spinner = out.status("") if out.is_terminal else None

    def tell(state) -> None:
        if state.state == "running":
            running[state.name] = None
            if not spinner:
                out.print(_("{page}: begun").format(page=state.name), markup=False)
        else:
            running.pop(state.name, None)
            done.append(state.name)
            said = _("[{n}/{total}] {page}: {state} in {seconds} s").format(
                n=len(done),
                total=total,
                page=state.name,
                state=_state(state.state),
                seconds=i18n.decimal(state.seconds),
            )
            said = _("{said}: {error}").format(said=said, error=state.error) if state.error else said
            out.print(said, markup=False)
        if spinner:
            spinner.update(", ".join(running)) if running else spinner.stop()
            if running:
                spinner.start()

    return tell


@app.command()
def lab() -> None:
    """Open JupyterLab in the notebooks' folder.

    Example: shopcrm lab
    """
    from shopcrm_nb import workbook

    quiet = ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    command = [sys.executable, "-m", "jupyterlab", *quiet]
    raise typer.Exit(subprocess.call(command, cwd=workbook.root() / "notebooks"))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write the demo shop to.")],
) -> None:
    """Write the demo shop anew: a simulated shop whose truth is known.

    Example: shopcrm demo data/demo
    """
    from shopcrm_nb.demo.export import write_demo

    write_demo(folder)
    out.print(f"written: {folder}", markup=False)


def main() -> None:
    """Run the command line; a user's mistake is one sentence on stderr and exit 1."""
    try:
        code = app(standalone_mode=False)
    except (ShopcrmError, UsageError) as error:
        said = error.format_message() if isinstance(error, UsageError) else str(error)
        sys.stderr.write(f"shopcrm: {said}\n")
        raise SystemExit(1) from None
    raise SystemExit(code or 0)
