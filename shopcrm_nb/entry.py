"""Entries: what a first shop.toml says of files with the same headers, and what it leaves to fill in."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from shopcrm_nb import header, preset
from shopcrm_nb.canonical import TABLES
from shopcrm_nb.header import Top

NEEDED = {
    "order_id": "the order's number, or { row = true } where there is none",
    "paid_at": "the time of payment",
    "paid": "what was paid",
    "date": "the day, or { sql = \"'2026-06-30'\" } for a file of that day",
}
BUYER = "the buyer; without one, only work at order level is possible"
SAYS_PAID = (
    "paid",
    "pay",
    "付",
    "支付",
    "成交",
    "purchase",
    "transaction",
    "invoice",
    "bezahl",
    "zahl",
    "kauf",
)
ROWS = "order_id = { row = true }"
SHOWN = 12  # headers that are offered for a column; a line above has all of them


@dataclass(frozen=True)
class Group:
    """Files with the same headers, each with the name or the glob by which it was given."""

    top: Top
    kind: str
    files: list[tuple[Path, Path]] = field(default_factory=list)

    def asked(self) -> list[Path]:
        """Return the names and globs by which the files were given."""
        return list(dict.fromkeys(asked for _file, asked in self.files))

    def names(self) -> str:
        """Return these names without their folders, to be said."""
        return ", ".join(asked.name for asked in self.asked())

    def comment(self) -> str:
        """Return the headers as a comment."""
        return f"# the headers of {self.names()}: {', '.join(map(_on_a_line, self.top.headers))}"


@dataclass(frozen=True)
class Entry:
    """The tables that files fill, each with its lines; what is said of them; needed columns to fill in."""

    tables: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    aside: str = ""  # a comment on files that fill no table


@dataclass(frozen=True)
class Questions:
    """Lines to fill in, what is said of them, and which columns cannot be done without."""

    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    needed: list[str] = field(default_factory=list)


def quoted(value: object) -> str:
    """Write a text or a list as toml."""
    return json.dumps(value, ensure_ascii=False)


def of_nothing(group: Group) -> Entry:
    """Say of files that fill no table what their headers are."""
    said = "no table is known by these headers; docs/formats.md says which there are and how to name them"
    return Entry({}, [f"{said}: {', '.join(group.top.headers)}"], aside=f"{group.comment()} (not used)")


def of_export(group: Group, tables: list[str], listed: str) -> Entry:
    """Write the ``tables`` of a known export; ``listed`` is the line of its files."""
    lacks = {table: lacking(group, table) for table in preset.preset_tables(group.kind)}
    out = [f"no {table}, for it lacks {', '.join(lacks[table])}" for table in lacks if table not in tables]
    entry = Entry({}, [preset.title(group.kind), *out])
    for table in tables:
        lines = [listed, f'preset = "{group.kind}"']
        if lacks[table]:
            asked = _ask(table, lacks[table], group.top, _unused(group, table))
            lines += ["", group.comment(), f"[tables.{table}.columns]", *asked.lines]
            entry.notes.extend(asked.notes)
            entry.asked.extend(asked.needed)
        entry.tables[table] = lines
    return entry


def lacking(group: Group, table: str) -> list[str]:
    """List the needed columns of a table that a known export was not asked for."""
    made = preset.mapping(preset.known(group.kind, table).columns, group.top.headers).columns()
    return [column.name for column in TABLES[table].values() if column.required and column.name not in made]


def _unused(group: Group, table: str) -> list[str]:
    made = preset.mapping(preset.known(group.kind, table).columns, group.top.headers)
    return [each for each in group.top.headers if each not in made.headers.values()]


def of_orders(group: Group, listed: str) -> Entry:
    """Write a file of orders header by header."""
    top, found = group.top, header.match("orders", group.top)
    asked = _missing_of_orders(top, found, ["order_id", "paid_at", "paid"])
    lines = [*_named(found), *asked.lines]
    notes = [*_taken("orders", found), *_nearly(top), *asked.notes, *_time_of_payment(found)]
    if ROWS in asked.lines:
        notes.append("no order id, so each row is an order of its own; exports must not overlap")
    table = [listed, "", group.comment(), "[tables.orders.columns]", *lines]
    return Entry({"orders": table}, notes + _left(top, found, set(found.values())), asked.needed)


def of_lines(group: Group, listed: str, apart: bool) -> Entry:
    """Write a file of lines header by header; orders are made of them unless these are ``apart``."""
    top, found = group.top, header.match("order_items", group.top)
    used, lines, notes = set(found.values()), _named(found), _taken("order_items", found)
    if "amount" not in found:
        product = f'"{found["quantity"]}" * "{header.price(top.headers)}"'
        used.add(header.price(top.headers))
        lines.append(f"amount = {{ sql = {quoted(product)} }}")
        notes.append(f"the amount of a line is {product}")
    tables = {"order_items": [listed, "", group.comment(), "[tables.order_items.columns]", *lines]}
    if apart:
        return Entry(tables, notes + _left(top, None, used))
    orders = _orders_on_lines(top, used)
    asked = _missing_of_orders(top, found | orders, ["paid_at"])
    tables["orders_from_items"] = [*_named(orders), *asked.lines]
    notes.append("one row a line; orders are made of the lines: " + ", ".join(orders))
    notes += [*asked.notes, *_time_of_payment(orders), *_left(top, orders, used | set(orders.values()))]
    return Entry(tables, notes, asked.needed)


def _orders_on_lines(top: Top, used: set[str]) -> dict[str, str]:
    of_orders = header.match("orders", top).items()
    own = {*TABLES["order_items"], "paid"}  # what was paid is the sum of the lines
    return {column: each for column, each in of_orders if column not in own and each not in used}


def of_table(group: Group, table: str, listed: str) -> Entry:
    """Write a file of any other table, which has all that the table needs."""
    found = header.match(table, group.top)
    lines = [listed, "", group.comment(), f"[tables.{table}.columns]", *_named(found)]
    return Entry({table: lines}, _taken(table, found) + _left(group.top, None, set(found.values())))


def _named(found: dict[str, str]) -> list[str]:
    return [f"{ours} = {quoted(theirs)}" for ours, theirs in found.items()]


def _taken(table: str, found: dict[str, str]) -> list[str]:
    pairs = ", ".join(f"{ours} = {theirs}" for ours, theirs in found.items())
    return [f"taken for {table}: {pairs}" if found else f"taken for {table}, though no header of it is known"]


def _nearly(top: Top) -> list[str]:
    """Say which known export this would be if it had one header more."""
    name, lacks = preset.almost(top.headers)
    return [f"looks like {preset.title(name)}, but has no {lacks}"] if name else []


def _time_of_payment(found: dict[str, str]) -> list[str]:
    at = found.get("paid_at", "paid")
    if any(word in at.casefold() for word in SAYS_PAID):
        return []
    return [f"{at} is taken for the time of payment; orders that were never paid need a status"]


def _left(top: Top, orders: dict[str, str] | None, used: set[str]) -> list[str]:
    """Say which headers are not used and, of ``orders``, that they have no buyer."""
    unused = [each for each in top.headers if each not in used]
    notes = [f"not used: {', '.join(unused)}"] if unused else []
    if orders is None or "customer_id" in orders or header.able_to_be("customer_id", top, unused):
        return notes
    return ["no buyer, so only work at order level is possible", *notes]


LENT = {"paid_at": "created_at", "paid": "order_total"}  # where there is no better one


def _missing_of_orders(top: Top, found: dict[str, str], needed: list[str]) -> Questions:
    """Ask for what orders lack; rows are numbered where only an id is missing and nothing looks like one."""
    free = [each for each in top.headers if each not in found.values()]
    missing = [column for column in needed if column not in found]
    numbered = missing == ["order_id"] and not header.like_an_id(top, free)
    if numbered:
        missing = []
    if "customer_id" not in found and header.able_to_be("customer_id", top, free):
        missing.append("customer_id")
    lent = [found[other] for column, other in LENT.items() if column in missing and other in found]
    asked = _ask("orders", missing, top, free + lent)
    return Questions([ROWS] * numbered + asked.lines, asked.notes, asked.needed)


def _ask(table: str, columns: list[str], top: Top, free: list[str]) -> Questions:
    """Make a question of each column, with the headers that it may be; no header is proposed twice."""
    asked, left = Questions(), list(free)
    for column in columns:
        again = header.exported_with(column, top.headers)
        likely = "" if again else header.guess(column, top, left)
        left = [each for each in left if each != likely]
        said = BUYER if column == "customer_id" else NEEDED.get(column, "its header")
        help_ = f"; export the file again with {again}" if again else _one_of(column, top, left, likely)
        mark = "" if column == "customer_id" else "needed: "
        asked.lines.append(f"# {column} = {quoted(likely or '…')}  # {mark}{said}{help_}")
        guess = f" (is it {quoted(likely)}?)" if likely else help_
        asked.notes.append(f"no header is known for {table}.{column}, {said}{guess}")
        asked.needed.extend([column] if mark else [])
    return asked


def _one_of(column: str, top: Top, free: list[str], likely: str) -> str:
    """List the headers that a column may be, all that are free where none fits and none is likely."""
    able = header.able_to_be(column, top, free) or ([] if likely else free)
    shown = [_on_a_line(each) for each in able[:SHOWN]] + ["…"] * (len(able) > SHOWN)
    if not shown:
        return ""
    return f"; if it is not that, one of: {', '.join(shown)}" if likely else f"; one of: {', '.join(shown)}"


def _on_a_line(text: str) -> str:
    return " ".join(text.split())
