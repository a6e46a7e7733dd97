"""A first shop.toml: drawn from the headers of a shop's exports, with what could not be mapped said."""

import difflib
import json
from dataclasses import dataclass
from pathlib import Path

from babel.numbers import is_currency

from shopcrm_nb import engine, preset, source
from shopcrm_nb.canonical import TABLES
from shopcrm_nb.errors import ShopcrmError

CURRENCY, TIMEZONE = "CNY", "Asia/Shanghai"
CHINESE = range(0x4E00, 0xA000)
UNIT_PRICES = {"price", "unit price", "unitprice", "item price", "单价", "商品单价", "价格", "成交单价"}
CURRENCY_HEADERS = {"currency", "币种", "货币"}
SAYS_PAID = ("paid", "pay", "付", "支付", "成交", "purchase", "transaction", "invoice")
PARCEL_TIMES, ORDER_PAID = {"shipped_at", "signed_at"}, {"paid_at", "paid"}
ORDERS_NEED = {
    "order_id": "the order's number, or { row = true } where there is none",
    "paid_at": "the time of payment",
    "paid": "what was paid",
}
ALIKE = 0.6  # of difflib's ratio
ENOUGH = 3  # columns of orders that a file must have to be taken for one that lacks a needed column


@dataclass(frozen=True)
class Draft:
    """A shop.toml that was written, and what was understood of the files, a line each."""

    path: Path
    notes: list[str]


@dataclass(frozen=True)
class Drawn:
    """What a group of files with the same headers is: the tables that it fills, each with its settings."""

    tables: dict[str, list[str]]
    notes: list[str]


def draft(folder: Path, files: list[Path]) -> Draft:
    """Write ``folder/shop.toml`` for export files, which stay where they are.

    Raises ShopcrmError where there is a shop.toml already, where a file is missing or unreadable, and where
    no file has orders.
    """
    path = folder / "shop.toml"
    if path.exists():
        raise ShopcrmError(f"{path}: is there already; edit it, or remove it to have it drawn anew")
    groups = _by_headers([file for pattern in files for file in _expanded(pattern)])
    drawn = [_draw(headers, group, folder) for headers, group in groups]
    tables = [table for one in drawn for table in one.tables]
    notes = [note for one in drawn for note in one.notes]
    for table in sorted({table for table in tables if tables.count(table) > 1}):
        raise ShopcrmError(
            f"two kinds of files would fill the table {table}; give shopcrm init one kind of each"
        )
    if not {"orders", "orders_from_items"} & set(tables):
        raise ShopcrmError("no file has orders: " + "; ".join([*notes, _of_orders(groups)]))
    chinese = any(ord(c) in CHINESE for headers, _group in groups for c in "".join(headers))
    currency, zone = (CURRENCY, TIMEZONE) if chinese else ("USD", "UTC")
    stated = {code for headers, group in groups for code in _currencies(headers, group)}
    if len(stated) == 1:
        currency = stated.pop()
        notes.append(f"the currency is {currency}, by the file; the time zone {zone} is a guess: check it")
    else:
        notes.append(f"the currency {currency} and the time zone {zone} are guesses: check them in shop.toml")
    if stated:
        notes.append(f"amounts in several currencies ({', '.join(sorted(stated))}): keep one by a row filter")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(_toml(folder.resolve().name, currency, zone, drawn), encoding="utf-8")
    return Draft(path, notes)


def _expanded(pattern: Path) -> list[Path]:
    """Return the files of a glob, which not every shell expands; what matches nothing stays as it is."""
    if pattern.exists():
        return [pattern]
    start = Path(pattern.anchor or ".")
    return sorted(start.glob(str(pattern.relative_to(pattern.anchor)))) or [pattern]


def _currencies(headers: list[str], files: list[Path]) -> set[str]:
    """Return the currency codes that stand in a column of the files, if they have one."""
    header = next((h for h in headers if source.normal(h) in CURRENCY_HEADERS), None)
    if header is None:
        return set()
    con = engine.connect()
    cells = [source.stage(con, file, [header]).table[header].cast("string") for file in files]
    words = {
        word for cell in cells for word in cell.as_table().distinct().to_pyarrow()[0].to_pylist() if word
    }
    return {word.strip().upper() for word in words if is_currency(word.strip().upper())}


def _by_headers(files: list[Path]) -> list[tuple[list[str], list[Path]]]:
    groups: list[tuple[list[str], list[Path]]] = []
    for file in files:
        if not file.is_file():
            raise ShopcrmError(f"{file}: there is no such file")
        headers = _headers(file)
        kind = preset.recognise(headers)
        same = (g for h, g in groups if h == headers or (kind and preset.recognise(h) == kind))
        group = next(same, None)
        if group is None:
            groups.append((headers, [file]))
        else:
            group.append(file)
    return groups


def _headers(file: Path) -> list[str]:
    """Return the first of a file's top rows that is a known export's headers, else its first row."""
    known = (row for _at, row in source.top_rows(file) if preset.recognise(row))
    return next(known, None) or source.headers(file)


def _draw(headers: list[str], files: list[Path], folder: Path) -> Drawn:
    names = ", ".join(file.name for file in files)
    listed = f"files = {_quoted([_written(file, folder) for file in files])}"
    kind = preset.recognise(headers)
    if kind:
        tables, notes = _by_preset(kind, headers, listed)
        return Drawn(tables, [f"{names}: {note}" for note in notes])
    table = _nearest(headers)
    if not table:
        return Drawn({}, [f"{names}: no table of ours has these headers: {', '.join(headers)}"])
    tables, notes = _by_hand(table, headers, listed)
    return Drawn(tables, [f"{names}: {note}" for note in notes])


def _by_preset(kind: str, headers: list[str], listed: str) -> tuple[dict[str, list[str]], list[str]]:
    """Write the tables of a known export, but those whose columns the platform was not asked for."""
    lacking = {table: _lacking(kind, table, headers) for table in preset.preset_tables(kind)}
    kept = [table for table in lacking if table == "orders" or not lacking[table]] or list(lacking)
    notes = [preset.title(kind)]
    notes += [
        f"no {table}, for it lacks {', '.join(lacking[table])}" for table in lacking if table not in kept
    ]
    notes += [f"no header for {table}.{c}; name it in shop.toml" for table in kept for c in lacking[table]]
    tables = {table: [listed, f'preset = "{kind}"'] for table in kept}
    for table in kept:
        if lacking[table]:
            tables[table] += ["", f"[tables.{table}.columns]", *map(_to_name, lacking[table])]
    return tables, notes


def _lacking(kind: str, table: str, headers: list[str]) -> list[str]:
    made = preset.mapping(preset.known(kind, table).columns, headers).columns()
    return [column.name for column in TABLES[table].values() if column.required and column.name not in made]


def _to_name(column: str) -> str:
    return f'# {column} = "…"  # needed: name the header here'


def _by_hand(table: str, headers: list[str], listed: str) -> tuple[dict[str, list[str]], list[str]]:
    """Write a table's settings header by header, with a note of what was not found and what is not used."""
    found = _match(table, headers)
    lines = [f"{ours} = {_quoted(theirs)}" for ours, theirs in found.items()]
    missing = [c.name for c in TABLES[table].values() if c.required and c.name not in found]
    notes = [f"taken for {table}: " + ", ".join(f"{ours} = {theirs}" for ours, theirs in found.items())]
    at = _match("orders", headers).get("paid_at", "paid")
    if table in ("orders", "order_items") and not any(word in source.normal(at) for word in SAYS_PAID):
        notes.append(f"{at} is taken for the time of payment; orders that were never paid need a status")
    if table == "orders" and "order_id" in missing:
        lines.append("order_id = { row = true }")
        notes.append("no order id, so each row is an order of its own; exports must not overlap")
        missing.remove("order_id")
    if table == "order_items" and "amount" in missing and (price := _price(headers)):
        product = f'"{found["quantity"]}" * "{price}"'
        lines.append(f"amount = {{ sql = {_quoted(product)} }}")
        notes.append(f"the amount of a line is {product}")
        missing.remove("amount")
    lines += map(_to_name, missing)
    notes += [f"no header for {table}.{column}; name it in shop.toml" for column in missing]
    tables = {table: [listed, "", f"[tables.{table}.columns]", *lines]}
    used = set(found.values()) | {_price(headers)}
    if table == "order_items":
        orders = {
            c: h for c, h in _match("orders", headers).items() if c not in TABLES[table] and h not in used
        }
        orders.pop("paid", None)
        tables["orders_from_items"] = [f"{ours} = {_quoted(theirs)}" for ours, theirs in orders.items()]
        notes.append("one row a line; orders are made of the lines: " + ", ".join(orders))
        used |= set(orders.values())
    if table in ("orders", "order_items") and not any(
        "customer_id" in line for lines in tables.values() for line in lines
    ):
        notes.append("no buyer, so only work at order level is possible")
    unused = [header for header in headers if header not in used]
    return tables, [*notes, f"not used: {', '.join(unused)}"] if unused else notes


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _price(headers: list[str]) -> str:
    return next((header for header in headers if source.normal(header) in UNIT_PRICES), "")


def _match(table: str, headers: list[str]) -> dict[str, str]:
    """Return canonical column → header, by the header dictionary; a header serves one column only."""
    left, found = list(headers), {}
    for column, candidates in preset.dictionary(table).items():
        usable = preset.candidates(candidates, left)
        if usable:
            header = next(h for h in left if source.normal(h) == source.normal(usable[0].header))
            found[column] = header
            left.remove(header)
    return found


def _nearest(headers: list[str]) -> str:
    """Return the table that the headers fill: one whose needed columns they all have, else most of orders.

    Lines come first, since a file of lines has the columns of orders too.
    """
    found = {table: set(_match(table, headers)) for table in TABLES}
    if _price(headers):
        found["order_items"].add("amount")
    whole = [table for table in TABLES if _needed(table) <= found[table]]
    if "shipments" in whole and not (
        PARCEL_TIMES & found["shipments"] and ORDER_PAID.isdisjoint(found["orders"])
    ):
        whole.remove("shipments")  # any file with an order id has what that table needs
    if "order_items" in whole:
        return "order_items"
    if whole:
        return max(whole, key=lambda table: len(found[table]))
    return "orders" if len(found["orders"]) >= ENOUGH else ""


def _needed(table: str) -> set[str]:
    needed = {column.name for column in TABLES[table].values() if column.required}
    return needed - {"order_id"} if table == "orders" else needed


def _of_orders(groups: list[tuple[list[str], list[Path]]]) -> str:
    """Say which columns orders cannot do without, and which headers nobody knows may be meant for them."""
    near = _alike([header for headers, _group in groups for header in _unknown(headers)])
    asked = [
        f"{column}, {said}" + (f' (is it "{near[column]}"?)' if column in near else "")
        for column, said in ORDERS_NEED.items()
    ]
    return (
        f"a table of orders needs at least {'; '.join(asked)}; write a shop.toml that names them, as "
        '"By hand" in docs/formats.md shows'
    )


def _unknown(headers: list[str]) -> list[str]:
    """Return the headers that no table which the file fills has a use for."""
    if preset.recognise(headers):
        return []
    table = _nearest(headers)
    used = _match(table, headers).values() if table else ()
    return [header for header in headers if header not in used]


def _alike(headers: list[str]) -> dict[str, str]:
    """Return column → the header most like a name it goes by; a header is asked about once."""
    names = {c: [source.normal(each.header) for each in preset.dictionary("orders")[c]] for c in ORDERS_NEED}
    likeness = [
        (
            max(difflib.SequenceMatcher(None, name, source.normal(h)).ratio() for name in names[column]),
            column,
            h,
        )
        for column in names
        for h in headers
    ]
    found: dict[str, str] = {}
    for ratio, column, header in sorted(likeness, reverse=True):
        if ratio >= ALIKE and column not in found and header not in found.values():
            found[column] = header
    return found


def _written(file: Path, folder: Path) -> str:
    """Write a file's path relative to the shop's folder where it lies inside, else whole."""
    file, folder = file.resolve(), folder.resolve()
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.as_posix()


def _toml(name: str, currency: str, zone: str, drawn: list[Drawn]) -> str:
    lines = [
        f"name = {json.dumps(name, ensure_ascii=False)}",
        f'currency = "{currency}"  # check: the currency of the amounts',
        f'timezone = "{zone}"  # check: the time zone of the shop\'s days',
    ]
    for one in drawn:
        for table, settings in one.tables.items():
            lines += ["", f"[tables.{table}]", *settings]
    return "\n".join(lines) + "\n"
