"""The workbook: what a notebook needs around its calls, the shop it is about and where its tables go."""

import html
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import glossary, i18n, model
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

MIME = "application/vnd.shopcrm+json"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def root() -> Path:
    """Return the workbook's folder, found by walking up from here, else where the package lies."""
    package = Path(__file__).resolve().parents[1]
    return next((folder for folder in (Path.cwd(), *Path.cwd().parents) if _is_root(folder)), package)


def _is_root(folder: Path) -> bool:
    # A finished run has notebooks too, but no data beside them.
    return (folder / "notebooks" / "00_start_here.ipynb").exists() and (folder / "data").is_dir()


def shop_folder(shop: str) -> Path:
    """Return the folder of a shop, named by a folder under data/ or by a path.

    Raises ShopcrmError where there is no such folder.
    """
    data = root() / "data"
    if Path(shop).name == shop and (data / shop).is_dir():
        return data / shop
    if Path(shop).is_dir():
        return Path(shop)
    shops = sorted(path.parent.name for path in data.glob("*/shop.toml"))
    raise ShopcrmError(
        f'there is no shop "{shop}"{did_you_mean(shop, shops)}; name a folder under data/ '
        f"({', '.join(shops) or 'none yet'}) or a path to a folder with a shop.toml"
    )


def new_shop_folder(shop: str) -> Path:
    """Return where a new shop is to be: data/SHOP for a name, else the path itself."""
    return root() / "data" / shop if Path(shop).name == shop else Path(shop)


def open_shop(shop: str, as_of: str = "", lang: str = "en") -> Shop:
    """Open a shop for a notebook: its language, its data, and the day.

    Raises ShopcrmError for a shop, a day or a language that is not there.
    """
    i18n.use(lang)
    return model.open_shop(shop_folder(shop), as_of)


class Answer:
    """A sentence that answers a notebook's question, with the key figures that the run keeps."""

    def __init__(self, text: str, figures: dict[str, float] | None = None) -> None:
        """Keep the sentence and the figures by their stable names."""
        self.text, self.figures = text, figures or {}

    def _repr_mimebundle_(self, **_kwargs: object) -> dict:
        shown = f'<p class="answer">{html.escape(self.text)}</p>'
        return {
            "text/plain": self.text,
            "text/html": shown,
            MIME: {"answer": self.text, "figures": self.figures},
        }


def answer(text: str | NotComputed, figures: dict[str, float] | None = None) -> Answer:
    """Show the sentence that answers a notebook's question; ``figures`` go to run.json under their names."""
    said = text.sentence() if isinstance(text, NotComputed) else text
    return Answer(said, {} if isinstance(text, NotComputed) else figures)


class Said:
    """A computed sentence within a page, with the key figures behind it."""

    def __init__(self, text: str, figures: dict[str, float]) -> None:
        """Keep the sentence and the figures by their stable names."""
        self.text, self.figures = text, figures

    def _repr_mimebundle_(self, **_kwargs: object) -> dict:
        lines = [html.escape(line) for line in self.text.splitlines()]
        shown = "".join(f'<p class="said">{line}</p>' for line in lines)
        return {"text/plain": self.text, "text/html": shown, MIME: {"figures": self.figures}}


@needs()
def say(text: str, figures: dict[str, float] | None = None) -> Said:
    """Show a computed sentence, each line a paragraph; ``figures`` go to run.json under their names."""
    return Said(text, figures or {})


class Block:
    """Text to copy, such as a section of settings."""

    def __init__(self, text: str) -> None:
        """Keep the text."""
        self.text = text

    def _repr_mimebundle_(self, **_kwargs: object) -> dict:
        return {"text/plain": self.text, "text/html": f'<pre class="output">{html.escape(self.text)}</pre>'}


@needs()
def block(text: str) -> Block:
    """Show text to copy."""
    return Block(text)


class Findings:
    """Findings as a list by severity; the run gathers them for its index."""

    def __init__(self, rows: list[dict], silent: bool = False) -> None:
        """Keep rows of severity and text; ``silent`` says nothing where there are none."""
        self.rows, self.silent = rows, silent

    def _repr_mimebundle_(self, **_kwargs: object) -> dict:
        names = glossary.severities()
        items = "".join(
            f'<p class="finding {row["severity"]}"><span class="tag">{names[row["severity"]]}</span> '
            f"{html.escape(row['text'])}</p>"
            for row in self.rows
        )
        nothing = "" if self.silent else f'<p class="note">{html.escape(_("Nothing to report."))}</p>'
        shown = items or nothing
        plain = "\n".join(f"{row['severity']}: {row['text']}" for row in self.rows)
        return {"text/plain": plain, "text/html": shown, MIME: {"findings": self.rows}}


@needs()
def findings(frame: pd.DataFrame, notes: bool = False) -> Findings:
    """Show the errors and warnings of a frame (severity, finding), and its ``notes`` where these are asked.

    The index puts those first that have the largest net_sales_at_stake, where the frame has it.
    """
    grave = frame if notes else frame[frame.severity != "note"]
    rows = [{"severity": row.severity, "text": row.finding} for row in grave.itertuples()]
    if "net_sales_at_stake" in frame:
        money = [
            {} if pd.isna(at) else {"net_sales_at_stake": round(float(at), 2)}
            for at in grave.net_sales_at_stake
        ]
        rows = [row | at for row, at in zip(rows, money, strict=True)]
    return Findings(rows)


@needs()
def warnings(frame: pd.DataFrame) -> Findings:
    """Show the errors and warnings of a frame (severity, finding); nothing at all where there are none."""
    return Findings(findings(frame).rows, silent=True)


LINK = '<a href="{file}">{file}</a>'


class Saved:
    """Says which table files a notebook left."""

    def __init__(self, name: str, rows: int) -> None:
        """Keep the table's name and its rows."""
        self.name, self.rows = name, rows

    def line(self, link: str = "{file}") -> str:
        """Return the file and its rows; ``link`` is how the file's name, {file}, is written."""
        text = ngettext("{file}: {n} row", "{file}: {n} rows", self.rows)
        file = link.format(file=f"tables/{self.name}.csv")
        return text.format(file=file, n=i18n.count(self.rows))

    def _repr_mimebundle_(self, **_kwargs: object) -> dict:
        return {"text/plain": self.line(), "text/html": f'<p class="note">{self.line(LINK)}</p>'}


@needs()
def save(table: ir.Table | pd.DataFrame, name: str, shop: Shop, out: str = "") -> Saved:
    """Write a table as ``tables/<name>.csv`` (UTF-8 with a mark, safe in a spreadsheet) and ``.parquet``.

    ``out`` is the folder of the run; by hand, "", the tables go to reports/<shop>/lab/. Large tables are
    written by the engine, row by row.
    """
    folder = Path(out or root() / "reports" / folder_name(shop) / "lab") / "tables"
    folder.mkdir(parents=True, exist_ok=True)
    rows = table if isinstance(table, ir.Table) else ibis.memtable(_with_days(table))
    # On one thread the rows of a frame stay in their order, however many parts it was put together from.
    con = shop.con if isinstance(table, ir.Table) else ibis.duckdb.connect(threads=1)
    con.to_parquet(rows, folder / f"{name}.parquet")
    con.to_csv(_spreadsheet_safe(rows), folder / f"{name}.csv")
    return Saved(name, con.execute(rows.count()))


class SavedTables:
    """Says which table files a notebook left, and which it could not."""

    def __init__(self, each: dict[str, Saved | NotComputed]) -> None:
        """Keep what became of each table, by its name."""
        self.each = each

    def _repr_mimebundle_(self, **_kwargs: object) -> dict:
        missing = {
            name: f"{name}: {each.sentence()}"
            for name, each in self.each.items()
            if isinstance(each, NotComputed)
        }
        plain = [missing.get(name) or each.line() for name, each in self.each.items()]
        shown = [html.escape(missing.get(name, "")) or each.line(LINK) for name, each in self.each.items()]
        lines = "".join(f"<li>{line}</li>" for line in shown)
        return {"text/plain": "\n".join(plain), "text/html": f'<ul class="files note">{lines}</ul>'}


def save_tables(shop: Shop, out: str, **tables: ir.Table | pd.DataFrame | NotComputed) -> SavedTables:
    """Write each table under its name, see ``save``; one that was not computed is said."""
    return SavedTables({name: save(table, name, shop, out) for name, table in tables.items()})


@needs()
def save_ids(shop: Shop, out: str, files: dict[str, ir.Table]) -> SavedTables:
    """Write each list of people as ``tables/groups/<name>.csv``, as ``save`` writes a csv."""
    folder = Path(out or root() / "reports" / folder_name(shop) / "lab") / "tables" / "groups"
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        shop.con.to_csv(_spreadsheet_safe(rows), folder / f"{name}.csv")
    counts = {name: shop.con.execute(rows.count()) for name, rows in files.items()}
    return SavedTables({f"groups/{name}": Saved(f"groups/{name}", n) for name, n in counts.items()})


def _with_days(frame: pd.DataFrame) -> pd.DataFrame:
    """Make days of the times of a frame that all are midnight: a spreadsheet would show the hours."""
    times = frame.select_dtypes("datetime")
    whole = [name for name in times if (times[name].dropna() == times[name].dropna().dt.normalize()).all()]
    return frame.assign(**{name: frame[name].dt.date for name in whole})


def folder_name(shop: Shop) -> str:
    """Return the name of a shop's folder, under which its reports are kept."""
    return shop.folder.resolve().name


def _spreadsheet_safe(rows: ir.Table) -> ir.Table:
    """Put ' before text that a spreadsheet would run, and the mark by which Excel knows UTF-8 in front."""
    text = [name for name, kind in rows.schema().items() if kind.is_string()]
    starts = {name: rows[name].substr(0, 1).isin(FORMULA_STARTS) for name in text}
    safe = rows.mutate(**{name: ibis.ifelse(starts[name], "'" + rows[name], rows[name]) for name in text})
    return safe.rename({"\ufeff" + safe.columns[0]: safe.columns[0]})
