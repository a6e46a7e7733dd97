"""Presets: which export a file is, and which of its headers is which canonical column."""

import functools
import hashlib
import tomllib
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from shopcrm_nb import expression
from shopcrm_nb.canonical import TABLES, aliases
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.settings import Candidate, TableSettings
from shopcrm_nb.source import normal

FOLDER = Path(__file__).with_name("presets")
TEMPLATE = "template"
TELLING = 4  # headers that an export must be known by for a file that lacks one of them to be taken for it
DICTIONARIES = ("headers", "statuses", "words")  # beside the presets, for all of them


@dataclass(frozen=True)
class Preset:
    """What is known of one table of an export."""

    columns: dict[str, tuple[Candidate, ...]]
    grain: str = "order"
    paid_basis: str = "assumed"


@dataclass(frozen=True)
class Mapping:
    """How the canonical columns of one file are made: from a header, from SQL, or by numbering its rows."""

    headers: dict[str, str] = field(default_factory=dict)
    sql: dict[str, str] = field(default_factory=dict)
    numbered: tuple[str, ...] = ()

    def columns(self) -> set[str]:
        """Return the canonical columns that this file has."""
        return {*self.headers, *self.sql, *self.numbered}

    def describe(self) -> dict[str, str]:
        """Return canonical column → header or expression, as a user would write it."""
        return self.headers | self.sql | dict.fromkeys(self.numbered, "{ row = true }")


@functools.cache
def _data(name: str) -> dict:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def digest() -> str:
    """Return a hash of all presets: another text may make other tables of the same files."""
    texts = b"".join(path.read_bytes() for path in sorted(FOLDER.glob("*.toml")))
    return hashlib.sha256(texts).hexdigest()


def names() -> list[str]:
    """List the presets that shop.toml can name."""
    exports = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return [TEMPLATE] + [name for name in exports if name not in DICTIONARIES]


def title(name: str) -> str:
    """Return what a preset is for."""
    return "our own template, or any file whose headers we know" if name == TEMPLATE else _data(name)["title"]


def dictionary(table: str) -> dict[str, tuple[Candidate, ...]]:
    """Return canonical column → the headers it goes by, its own name first."""
    listed = aliases().get(table, {})
    return {
        column: tuple(Candidate(header=header) for header in (column, *listed.get(column, ())))
        for column in TABLES[table]
    }


def known(name: str, table: str) -> Preset:
    """Return what the preset ``name`` ("": none) knows of ``table``; an unknown name is refused."""
    if not name:
        return Preset({})
    where = f"shop.toml: [tables.{table}] preset"
    if name == TEMPLATE:
        return Preset(dictionary(table))
    if name not in names():
        near = did_you_mean(name, names())
        raise ShopcrmError(f'{where}: "{name}" is not a preset{near}; known are {", ".join(names())}')
    spec = _data(name).get(table)
    if spec is None:
        raise ShopcrmError(f'{where}: "{name}" has no table {table}')
    parsed = TableSettings(files="-", columns=spec["columns"])
    return Preset(parsed.columns, spec.get("grain", "order"), spec.get("paid_basis", "gross"))


def recognise(headers: list[str]) -> str:
    """Return the name of the export that has these headers, or an empty string."""
    found = {normal(header) for header in headers}
    for name in names()[1:]:
        if is_of(name, headers) and found.isdisjoint(map(normal, _data(name).get("unless", ()))):
            return name
    return ""


def almost(headers: list[str]) -> tuple[str, str]:
    """Return the name of the export that has these headers but for one, and that one; else empty strings."""
    found = {normal(header) for header in headers}
    for name in names()[1:]:
        known = _data(name)["recognise"]
        lacking = [header for header in known if normal(header) not in found]
        if len(lacking) == 1 and len(known) >= TELLING:
            return name, lacking[0]
    return "", ""


def is_of(name: str, headers: list[str]) -> bool:
    """Tell whether a row has the headers by which the export of a preset is known."""
    known = _data(name)["recognise"] if name in names()[1:] else ()
    return bool(known) and set(map(normal, known)) <= set(map(normal, headers))


def preset_tables(name: str) -> list[str]:
    """List the canonical tables that a preset fills."""
    return [table for table in TABLES if table in _data(name)]


def mapping(columns: dict[str, tuple[Candidate, ...]], headers: list[str]) -> Mapping:
    """Choose, for each canonical column, the first candidate that a file with these headers can give."""
    chosen = {column: usable[0] for column, c in columns.items() if (usable := candidates(c, headers))}
    by_normal = {normal(header): header for header in reversed(headers)}
    return Mapping(
        {column: by_normal[normal(c.header)] for column, c in chosen.items() if c.header},
        {column: c.sql for column, c in chosen.items() if c.sql},
        tuple(column for column, c in chosen.items() if c.row),
    )


def candidates(listed: tuple[Candidate, ...], headers: list[str]) -> list[Candidate]:
    """Return those of the candidates that a file with these headers can give, best first."""
    found = {normal(header) for header in headers}
    return [
        candidate
        for candidate in listed
        if set(map(normal, reads(candidate))) <= found and normal(candidate.unless or "\0") not in found
    ]


def reads(candidate: Candidate) -> list[str]:
    """List the headers that a candidate reads."""
    if candidate.sql:
        return expression.columns(expression.parse(candidate.sql, "shop.toml"))
    return [candidate.header] if candidate.header else []


def status_words() -> dict[str, str]:
    """Return normalised status word → canonical status, or "closed" where the payment time decides."""
    return {normal_word(word): status for status, spec in _data("statuses").items() for word in spec["words"]}


def words(table: str) -> dict[str, dict[str, str]]:
    """Return, for each column of codes, normalised word → code, "" where the word says that there is none."""
    return {
        column: {
            normal_word(word): "" if code == "none" else code
            for code, listed in codes.items()
            for word in listed
        }
        for column, codes in _data("words").get(table, {}).items()
    }


def normal_word(word: str) -> str:
    """Return the form in which status words are compared: without blanks, commas, case, full-width forms."""
    return unicodedata.normalize("NFKC", word).casefold().replace(",", "").replace(" ", "")
