"""The tables behind a run's pages as one spreadsheet file: a sheet a table, and text is always text."""

import json
import math
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from shopcrm_nb import i18n, key_figures
from shopcrm_nb.i18n import _

MAX_ROWS = 20_000  # of data on a sheet; the whole table is in tables/
EXACT_INTEGERS = 10**15  # beyond 15 digits a spreadsheet rounds
OPTIONS = {"in_memory": True, "remove_timezone": True}
UNITS = {"count": "count", "share": "share", "times": "decimal", "hours": "decimal", "number": "decimal"}
UNITS |= {"money": "decimal", "each": "decimal", "percent": "decimal"}  # unit of a key figure → format
MEASURED_ROWS = 200  # the rows that a column's width is fitted to
FORMATS = {
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "title": {"bold": True, "font_size": 14},
    "link": {"font_color": "#0f5c73", "underline": 1},
    "prose": {"text_wrap": True, "valign": "top"},
    "text": {"num_format": "@"},
    # A leading apostrophe that is not shown: the cell stays text when somebody edits it.
    "quoted": {"num_format": "@", "quote_prefix": True},
    "count": {"num_format": "#,##0"},
    "plain": {"num_format": "0"},
    "decimal": {"num_format": "#,##0.00"},
    "share": {"num_format": "0.0%"},
    "day": {"num_format": "yyyy-mm-dd"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm"},
}


def write(folder: Path, definitions: dict[str, str] | None = None) -> None:
    """Write ``report.xlsx`` into a finished run's folder from ``run.json`` and ``tables/*.parquet``.

    ``definitions`` says what things are: keys are a table, a ``table.column`` or a column that means the same
    in every table. The first sheet lists the others, the second holds the key figures; a table's sheet holds
    its first MAX_ROWS rows; what is defined stands on a last sheet. Equal contents give equal bytes.
    """
    import xlsxwriter

    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    before = i18n.language()
    i18n.use(run["lang"])
    try:
        with xlsxwriter.Workbook(folder / "report.xlsx", OPTIONS) as book:
            _fill(book, run, sorted((folder / "tables").glob("*.parquet")), definitions or {})
    finally:
        i18n.use(before)


def _fill(book, run: dict, files: list[Path], definitions: dict[str, str]) -> None:
    day = datetime.combine(date.fromisoformat(run["as_of"]), time())
    book.set_properties({"title": f"{run['shop']} {run['as_of']}", "created": day})
    formats = {name: book.add_format(looks) for name, looks in FORMATS.items()}
    own = [_("contents"), _("key figures"), _("definitions")]
    names = _sheet_names([*own, *(file.stem for file in files)])
    contents = book.add_worksheet(names[0])
    if run.get("key_figures"):
        _write_key_figures(book.add_worksheet(names[1]), run["key_figures"], formats)
    tables = {}
    for file, name in zip(files, names[3:], strict=True):
        columns, total, rows = _read(file)
        _write_table(book.add_worksheet(name), columns, rows, formats)
        tables[file.stem] = (name, columns, total)
    _write_contents(contents, run, tables, definitions, formats)
    defined = list(_defined(tables, definitions))
    if defined:
        head = [_("table"), _("column"), _("definition")]
        _write_prose(book.add_worksheet(names[2]), head, defined, (24, 28, 90), formats)


def _sheet_names(wanted: list[str]) -> list[str]:
    """Return a sheet name for each text: at most 31 characters, no two alike whatever their case."""
    taken, names = set(), []
    for text in wanted:
        base = "".join("_" if sign in "[]:*?/\\'" else sign for sign in text)
        candidates = [base[:31], *(f"{base[:27]}_{n}" for n in range(2, 1000))]
        name = next(each for each in candidates if each.lower() not in taken)
        taken.add(name.lower())
        names.append(name)
    return names


def _read(file: Path) -> tuple[list[str], int, list[tuple]]:
    """Return a table's columns, its number of rows, and its first rows; the others never enter memory."""
    from pyarrow import parquet

    with parquet.ParquetFile(file, pre_buffer=False) as table:
        batch = next(table.iter_batches(batch_size=MAX_ROWS), None)
        columns = [] if batch is None else [column.to_pylist() for column in batch.columns]
        return table.schema_arrow.names, table.metadata.num_rows, list(zip(*columns, strict=True))


def _write_table(sheet, columns: list[str], rows: list[tuple], formats: dict) -> None:
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(columns):
        values = [row[number] for row in rows]
        style = _style(column, values)
        sheet.set_column(number, number, _width([column, *values[:MEASURED_ROWS]]))
        sheet.write_string(0, number, column, formats["head"])
        for row, value in enumerate(values, start=1):
            _write_cell(sheet, row, number, value, style, formats)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)
    else:
        sheet.write_string(1, 0, _("no rows"))


def _style(column: str, values: list) -> str:
    """Return the format of a column's numbers or dates, by its name and values."""
    present = [value for value in values if value is not None]
    if any(isinstance(value, date) for value in present):
        return "day" if all(_is_midnight(value) for value in present) else "moment"
    if column.endswith("share"):
        return "share"
    if column.endswith(("year", "id")):
        return "plain"
    return "count" if all(_is_whole(value) for value in present) else "decimal"


def _is_whole(value: object) -> bool:
    return not isinstance(value, float | Decimal) or (math.isfinite(value) and value == int(value))


def _is_midnight(value: date) -> bool:
    return not isinstance(value, datetime) or value.time() == time()


def _write_cell(sheet, row: int, column: int, value: object, style: str, formats: dict) -> None:
    """Write one value; whatever is not a plain number, a truth value or a date becomes text."""
    if value is None or value != value:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif _is_exact(value):
        sheet.write_number(row, column, value, formats[style])
    elif isinstance(value, date) and value.year >= 1900:
        sheet.write_datetime(row, column, value, formats[style])
    else:
        text = str(value)
        sheet.write_string(row, column, text, formats["quoted" if text[:1] in "=+-@\t\r" else "text"])


def _is_exact(value: object) -> bool:
    """Say whether a spreadsheet holds a value as the number it is."""
    whole = isinstance(value, int) and abs(value) < EXACT_INTEGERS
    return whole or (isinstance(value, float | Decimal) and math.isfinite(value))


def _width(values: list) -> float:
    """Return a column's width in characters; a Chinese one is two wide."""
    return min(max(max(map(_length, values)) + 2, 8), 48)


def _length(value: object) -> int:
    if isinstance(value, float):
        return len(f"{value:,.2f}")
    if isinstance(value, date):
        return 16
    text = "" if value is None else str(value)
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _write_key_figures(sheet, figures: dict[str, float | None], formats: dict) -> None:
    _write_heads(sheet, 0, _key_figures_head(), (44, 16, 90, 46), formats)
    sheet.freeze_panes(1, 0)
    for row, name in enumerate(key_figures.in_order(figures), start=1):
        what = key_figures.of(name)
        _write_cell(sheet, row, 0, what.label, "text", formats)
        _write_cell(sheet, row, 1, figures[name], UNITS[what.unit], formats)
        sheet.write_string(row, 2, what.meaning, formats["prose"])
        _write_cell(sheet, row, 3, name, "text", formats)


def _key_figures_head() -> list[str]:
    return [_("figure"), _("value"), _("what it is"), _("name in run.json")]


def _write_heads(sheet, row: int, heads: list[str], widths: tuple, formats: dict) -> None:
    for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(row, column, head, formats["head"])


def _write_contents(sheet, run: dict, tables: dict, definitions: dict[str, str], formats: dict) -> None:
    day = _("as of {day}").format(day=run["as_of"])
    sheet.write_string(0, 0, f"{run['shop']} · {day}", formats["title"])
    _write_heads(sheet, 2, _contents_head(), (28, 60, 12, 60), formats)
    for row, (table, (name, columns, total)) in enumerate(tables.items(), start=3):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", formats["link"], string=name)
        sheet.write_string(row, 1, definitions.get(table) or ", ".join(columns), formats["prose"])
        sheet.write_number(row, 2, total, formats["count"])
        sheet.write_string(row, 3, _cut_short(table, total), formats["prose"])
    sheet.freeze_panes(3, 0)


def _contents_head() -> list[str]:
    return [_("sheet"), _("what it is"), _("rows"), _("note")]


def _cut_short(table: str, total: int) -> str:
    if total <= MAX_ROWS:
        return ""
    text = _("This sheet holds the first {shown} of {total} rows; all of them are in tables/{table}.csv.")
    return text.format(shown=i18n.count(MAX_ROWS), total=i18n.count(total), table=table)


def _defined(tables: dict, definitions: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for table, (_name, columns, _total) in tables.items():
        for column in columns:
            text = definitions.get(f"{table}.{column}") or definitions.get(column)
            if text:
                yield table, column, text


def _write_prose(sheet, head: list[str], rows: list[tuple], widths: tuple, formats: dict) -> None:
    sheet.freeze_panes(1, 0)
    _write_heads(sheet, 0, head, widths, formats)
    for number, row in enumerate(rows, start=1):
        for column, text in enumerate(row):
            sheet.write_string(number, column, text, formats["prose"])
