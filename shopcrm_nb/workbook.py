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
        shown = f'<p class="said">{html.escape(self.text)}</p>' if self.text else ""
        return {"text/plain": self.text, "text/html": shown, MIME: {"figures": self.figures}}


@needs()
def say(text: str, figures: dict[str, float] | None = None) -> Said:
    """Show a computed sentence; ``figures`` go to run.json under their names."""
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
def findings(frame: pd.DataFrame) -> Findings:
    """Show the errors and warnings of a frame (severity, finding).

    The index puts those first that have the largest net_sales_at_stake, where the frame has it.
    """
    grave = frame[frame.severity != "note"]
    rows = [{"severity": row.severity, "text": row.finding} for row in grave.itertuples()]
    if "net_sales_at_stake" in frame:
        money = grave.net_sales_at_stake
        rows = [
            row | {"net_sales_at_stake": round(float(at), 2)} for row, at in zip(rows, money, strict=True)
        ]
    return Findings(rows)


@needs()
def warnings(frame: pd.DataFrame) -> Findings:
    """Show the errors and warnings of a frame (severity, finding); nothing at all where there are none."""
    return Findings(findings(frame).rows, silent=True)


class Saved:
    """Says which table files a notebook left."""

    def __init__(self, name: str, rows: int) -> None:
        """Keep the table's name and its rows."""
        self.name, self.rows = name, rows

    def _repr_mimebundle_(self, **_kwargs: object) -> dict:
        text = ngettext("{file}: {n} row", "{file}: {n} rows", self.rows)
        link = f'<a href="tables/{self.name}.csv">tables/{self.name}.csv</a>'
        n = i18n.count(self.rows)
        shown = f'<p class="note">{text.format(file=link, n=n)}</p>'
        return {"text/plain": text.format(file=f"tables/{self.name}.csv", n=n), "text/html": shown}


@needs()
def save(table: ir.Table | pd.DataFrame, name: str, shop: Shop, out: str = "") -> Saved:
    """Write a table as ``tables/<name>.csv`` (UTF-8 with a mark, safe in a spreadsheet) and ``.parquet``.

    ``out`` is the folder of the run; by hand, "", the tables go to reports/<shop>/lab/. Large tables are
    written by the engine, row by row.
    """
    folder = Path(out or root() / "reports" / folder_name(shop) / "lab") / "tables"
    folder.mkdir(parents=True, exist_ok=True)
    rows = table if isinstance(table, ir.Table) else ibis.memtable(table)
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
        bundles = {name: each._repr_mimebundle_() for name, each in self.each.items()}
        plain, shown = [], []
        for name, bundle in bundles.items():
            missing = isinstance(self.each[name], NotComputed)
            plain.append(f"{name}: {bundle['text/plain']}" if missing else bundle["text/plain"])
            shown.append(f'<p class="note">{html.escape(plain[-1])}</p>' if missing else bundle["text/html"])
        return {"text/plain": "\n".join(plain), "text/html": "".join(shown)}


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


def folder_name(shop: Shop) -> str:
    """Return the name of a shop's folder, under which its reports are kept."""
    return shop.folder.resolve().name


def _spreadsheet_safe(rows: ir.Table) -> ir.Table:
    """Put ' before text that a spreadsheet would run, and the mark by which Excel knows UTF-8 in front."""
    text = [name for name, kind in rows.schema().items() if kind.is_string()]
    starts = {name: rows[name].substr(0, 1).isin(FORMULA_STARTS) for name in text}
    safe = rows.mutate(**{name: ibis.ifelse(starts[name], "'" + rows[name], rows[name]) for name in text})
    return safe.rename({"\ufeff" + safe.columns[0]: safe.columns[0]})
