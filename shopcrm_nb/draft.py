"""A first shop.toml: drawn from a shop's exports, with what could not be mapped said and left to fill in."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from babel.numbers import is_currency

from shopcrm_nb import engine, entry, header, preset, source
from shopcrm_nb import zone as zone_of
from shopcrm_nb.entry import Entry, Group, quoted
from shopcrm_nb.errors import ShopcrmError

CURRENCY, TIMEZONE = "CNY", "Asia/Shanghai"
CHINESE = range(0x4E00, 0xA000)
CURRENCY_HEADERS = {"currency", "币种", "货币"}
UPWARDS = 2  # folders from a shop up to the workbook: what lies there is named from the shop, the rest whole


@dataclass(frozen=True)
class Draft:
    """A shop.toml that was written, what was understood of the files, and the needed columns to fill in."""

    path: Path
    notes: list[str]
    asked: list[str]


def draft(folder: Path, files: list[Path]) -> Draft:
    """Write ``folder/shop.toml`` for export files, which stay where they are.

    A column that orders need and for which no header is known stands in it as a comment to fill in. Raises
    ShopcrmError where there is a shop.toml already, where a file is missing or unreadable, and where all
    files are known exports without orders.
    """
    path = folder / "shop.toml"
    if path.exists():
        raise ShopcrmError(f"{path}: is there already; edit it, or remove it to have it drawn anew")
    groups = _by_headers(pair for asked in files for pair in _expanded(asked))
    entries = _entries(groups, folder)
    currency, zone, said = _place(groups)
    notes = [
        f"{group.names()}: {note}" for group, one in zip(groups, entries, strict=True) for note in one.notes
    ]
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(_toml(folder.resolve().name, currency, zone, entries), encoding="utf-8")
    return Draft(path, notes + said, [column for one in entries for column in one.asked])


def _expanded(asked: Path) -> list[tuple[Path, Path]]:
    """Return the files of a name or a glob, which not every shell expands, each with what was asked for."""
    if asked.is_file():
        return [(asked, asked)]
    start = Path(asked.anchor or ".")
    found = sorted(start.glob(str(asked.relative_to(asked.anchor))))
    files = [file for file in found if file.is_file() and not file.name.startswith("~$")]
    if not files:
        raise ShopcrmError(f"{asked}: there is no such file")
    return [(file, asked) for file in files]


def _by_headers(files: Iterator[tuple[Path, Path]]) -> list[Group]:
    groups: list[Group] = []
    for file, asked in files:
        top = header.read(file)
        kind = preset.recognise(top.headers)
        same = (g for g in groups if g.top.headers == top.headers or (kind and g.kind == kind))
        group = next(same, None)
        if group is None:
            groups.append(group := Group(top, kind))
        group.files.append((file, asked))
    return [replace(group, files=_apart(group, groups)) for group in groups]


def _apart(group: Group, groups: list[Group]) -> list[tuple[Path, Path]]:
    """Name the files of a group singly where their glob has files of another group, too."""
    elsewhere = {asked for other in groups if other is not group for _file, asked in other.files}
    return [(file, file if asked in elsewhere else asked) for file, asked in group.files]


def _entries(groups: list[Group], folder: Path) -> list[Entry]:
    filled = [_tables(group) for group in groups]
    if not any({"orders", "order_items"} & set(tables) for tables in filled):
        filled[_meant_for_orders(groups)] = ["orders"]
    every = [table for tables in filled for table in tables]
    for table in sorted({table for table in every if every.count(table) > 1}):
        raise ShopcrmError(
            f"two kinds of files would fill the table {table}; give shopcrm init one kind of each"
        )
    listed = [f"files = {quoted([_written(path, folder) for path in group.asked()])}" for group in groups]
    each = zip(groups, filled, listed, strict=True)
    return [_entry(group, tables, files, "orders" in every) for group, tables, files in each]


def _entry(group: Group, tables: list[str], listed: str, apart: bool) -> Entry:
    if group.kind:
        return entry.of_export(group, tables, listed)
    if not tables:
        return entry.of_nothing(group)
    if tables == ["orders"]:
        return entry.of_orders(group, listed)
    if tables == ["order_items"]:
        return entry.of_lines(group, listed, apart)
    return entry.of_table(group, tables[0], listed)


def _tables(group: Group) -> list[str]:
    """Return the tables that files fill: of a known export, those that it has the needed columns of."""
    if not group.kind:
        return [table for table in [header.nearest(group.top)] if table]
    every = preset.preset_tables(group.kind)
    whole = [table for table in every if table == "orders" or not entry.lacking(group, table)]
    return whole or every


def _meant_for_orders(groups: list[Group]) -> int:
    """Return which files are to be filled in as orders: those that have most of their columns."""
    unknown = [at for at, group in enumerate(groups) if not group.kind]
    if not unknown:
        said = "; ".join(f"{group.names()}: {preset.title(group.kind)}" for group in groups)
        raise ShopcrmError(f"no file has orders: {said}; give shopcrm init the export of the orders, too")
    return max(unknown, key=lambda at: len(header.match("orders", groups[at].top)))


def _written(path: Path, folder: Path) -> str:
    """Write a path as it is found from the shop's folder where it lies in it or near it, else whole."""
    path, folder = path.resolve(), folder.resolve()
    near = [folder, *folder.parents][: UPWARDS + 1]
    shared = any(path.is_relative_to(each) for each in near if each != Path(each.anchor))
    return Path(os.path.relpath(path, folder)).as_posix() if shared else path.as_posix()


def _place(groups: list[Group]) -> tuple[str, str, list[str]]:
    """Return currency and time zone, and what is said of how they were found."""
    chinese = any(ord(c) in CHINESE for group in groups for c in "".join(group.top.headers))
    cells = [cell for group in groups for each in group.top.cells.values() for cell in each]
    currency, usual = (CURRENCY, TIMEZONE) if chinese else ("USD", "UTC")
    zone = zone_of.guess(cells) or usual
    stated = {code for group in groups for code in _currencies(group)}
    signs = {code for group in groups for code in header.currencies(group.top)}
    known = stated or signs
    if len(known) == 1:
        currency = known.pop()
        said = [f"the currency is {currency}, by the file; the time zone {zone} is a guess: check it"]
    else:
        said = [f"the currency {currency} and the time zone {zone} are guesses: check them in shop.toml"]
    if len(stated) > 1:
        said.append(f"amounts in several currencies ({', '.join(sorted(stated))}): keep one by a row filter")
    return currency, zone, said


def _currencies(group: Group) -> set[str]:
    """Return the currency codes that stand in a column of the files, if they have one."""
    column = next((h for h in group.top.headers if source.normal(h) in CURRENCY_HEADERS), None)
    if column is None:
        return set()
    con = engine.connect()
    cells = [source.stage(con, file, [column]).table[column].cast("string") for file, _asked in group.files]
    words = {
        word for cell in cells for word in cell.as_table().distinct().to_pyarrow()[0].to_pylist() if word
    }
    return {word.strip().upper() for word in words if is_currency(word.strip().upper())}


def _toml(name: str, currency: str, zone: str, entries: list[Entry]) -> str:
    lines = [
        f"name = {quoted(name)}",
        f'currency = "{currency}"  # check: the currency of the amounts',
        f'timezone = "{zone}"  # check: the time zone of the shop\'s days',
    ]
    for one in entries:
        lines += ["", one.aside] if one.aside else []
        for table, settings in one.tables.items():
            lines += ["", f"[tables.{table}]", *settings]
    return "\n".join(lines) + "\n"
