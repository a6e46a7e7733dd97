"""Settings: what is true of a shop (shop.toml) on top of the source texts' numbers (rules.toml)."""

import datetime as dt
import difflib
import tomllib
import zoneinfo
from pathlib import Path
from typing import Annotated, Literal

from babel.numbers import is_currency
from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from shopcrm_nb import condition
from shopcrm_nb.canonical import STATUSES, TABLES, aliases
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.rules import RULES_FILE, Rules
from shopcrm_nb.strict import Strict

CHINESE_CURRENCIES = ("CNY", "HKD", "MOP", "TWD")
CHINESE_ZONES = (
    *("Asia/Shanghai", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Urumqi", "Asia/Kashgar"),
    *("Asia/Hong_Kong", "Asia/Macau", "Asia/Macao", "Asia/Taipei", "PRC", "ROC", "Hongkong"),
)


class Candidate(Strict):
    """Where a canonical column comes from: a header, an SQL expression, or the number of the row."""

    header: str = ""
    sql: str = ""
    row: bool = False
    unless: str = ""  # not to be used in a file that has this header

    @model_validator(mode="after")
    def _one_way(self) -> "Candidate":
        if sum(map(bool, (self.header, self.sql, self.row))) != 1:
            raise ValueError('is a header, { sql = "…" } or { row = true }')
        return self


def _candidates(value: object) -> object:
    listed = value if isinstance(value, list) else [value]
    return [{"header": item} if isinstance(item, str) else item for item in listed]


Candidates = Annotated[tuple[Candidate, ...], BeforeValidator(_candidates)]


class TableSettings(Strict):
    """One table of a shop: which files or engine table, and how its columns are found."""

    files: tuple[str, ...] = ()
    table: str = ""
    preset: str = ""
    where: str = ""
    columns: dict[str, Candidates] = {}
    status: dict[str, Literal[STATUSES]] = {}
    grain: Literal["", "order", "line"] = ""
    paid_basis: Literal["", "auto", "gross", "net"] = ""
    date_format: str = ""
    decimal: Literal[".", ","] = "."
    encoding: str = ""  # of a csv; none: it is told by its contents
    sheet: str = ""
    header_row: int | None = Field(default=None, ge=1)  # none: the first row, or a known export's headers

    @field_validator("files", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            "a".encode(name or "utf-8")
        except (LookupError, ValueError) as error:
            raise ValueError(
                f'"{name}" is not an encoding; write it as in utf-8, cp1252, gb18030 or utf-16'
            ) from error
        return name

    @model_validator(mode="after")
    def _one_source(self) -> "TableSettings":
        if bool(self.files) == bool(self.table):
            raise ValueError('needs either files = ["…"] or table = "…"')
        return self


class Engine(Strict):
    """Where the tables are kept and computed."""

    url: str = "duckdb://"


class BackEnd(Strict):
    """What the shop's back end shows for the days from start to end: 支付金额, 支付父订单数."""

    start: dt.date
    end: dt.date
    paid: float = Field(ge=0)
    orders: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _forward(self) -> "BackEnd":
        if self.end < self.start:
            raise ValueError("must not end before it starts")
        return self


class ShopSettings(Strict):
    """One shop's shop.toml, checked, with the rules that apply to it."""

    name: str = Field(min_length=1)
    currency: str
    timezone: str
    engine: Engine = Engine()
    tables: dict[str, TableSettings]
    orders_from_items: dict[str, Candidates] = {}
    back_end: tuple[BackEnd, ...] = ()
    rules: Rules

    @property
    def chinese(self) -> bool:
        """Tell whether a file that is not UTF-8 is rather Chinese than Western."""
        return self.currency in CHINESE_CURRENCIES or self.timezone in CHINESE_ZONES

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, code: str) -> str:
        if not is_currency(code):
            raise ValueError(f'"{code}" is not a currency code; write it as in CNY, EUR or USD')
        return code

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone not in zoneinfo.available_timezones():
            near = did_you_mean(zone, zoneinfo.available_timezones())
            raise ValueError(f'"{zone}" is not a time zone{near}; write it as in Asia/Shanghai')
        return zone

    @model_validator(mode="after")
    def _known_tables_and_columns(self) -> "ShopSettings":
        for table, spec in self.tables.items():
            if table not in TABLES:
                raise ValueError(
                    f'[tables.{table}]: "{table}" is not a canonical table{did_you_mean(table, TABLES)}'
                )
            for column in spec.columns:
                _refuse_unknown(column, table, f"[tables.{table}.columns]")
        for column in self.orders_from_items:
            _refuse_unknown(column, "orders", "[tables.orders_from_items]")
        if self.orders_from_items and ("orders" in self.tables or "order_items" not in self.tables):
            raise ValueError(
                "[tables.orders_from_items] goes with [tables.order_items] and without [tables.orders]"
            )
        if not self.orders_from_items and "orders" not in self.tables:
            raise ValueError(
                "no orders: add [tables.orders], or [tables.orders_from_items] beside [tables.order_items]"
            )
        return self


def _refuse_unknown(column: str, table: str, where: str) -> None:
    if column in TABLES[table]:
        return
    named = {alias.casefold(): name for name, listed in aliases().get(table, {}).items() for alias in listed}
    near = difflib.get_close_matches(column.casefold(), [*named, *TABLES[table]], n=1)
    meant = f' (did you mean "{named.get(near[0], near[0])}"?)' if near else ""
    raise ValueError(f'{where}: "{column}" is not a canonical column{meant}')


def read_toml(path: Path) -> dict:
    """Read a toml file; a mistake in it is told with its line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise ShopcrmError(f"{path.name}: {str(error)[0].lower()}{str(error)[1:]}; mend that line") from error
    except UnicodeDecodeError as error:
        raise ShopcrmError(f"{path.name}: is not UTF-8; save it as UTF-8") from error


def read_shop(folder: Path, name: str = "shop.toml") -> ShopSettings:
    """Read and check ``folder/shop.toml``, or what is to become it.

    Raises ShopcrmError, in one sentence, for a missing or broken file, an unknown key and impossible rules.
    """
    path = folder / name
    if not path.is_file():
        raise ShopcrmError(f"{folder}: there is no shop.toml here; shopcrm init writes one from your export")
    data = read_toml(path)
    tables = data.get("tables")
    if isinstance(tables, dict) and "orders_from_items" in tables:
        data = data | {
            "tables": {name: spec for name, spec in tables.items() if name != "orders_from_items"},
            "orders_from_items": tables["orders_from_items"],
        }
    for name in tables if isinstance(tables, dict) else ():
        if name not in (*TABLES, "orders_from_items"):
            near = did_you_mean(name, TABLES)
            raise ShopcrmError(f'shop.toml: [tables.{name}]: "{name}" is not a canonical table{near}')
    try:
        settings = ShopSettings(**(data | {"rules": merge(read_toml(RULES_FILE), data.get("rules", {}))}))
    except ValidationError as error:
        raise ShopcrmError(f"shop.toml: {_sentence(error)}") from error
    try:
        condition.check(settings.rules.tags.each(), settings.rules.groups)
    except ShopcrmError as error:
        raise ShopcrmError(f"shop.toml: {error}") from error
    return settings


def merge(base: dict, own: object) -> object:
    """Lay a shop's own values over the base, section by section; neither is changed."""
    if not isinstance(own, dict):
        return own
    return base | {
        key: merge(base[key], value) if isinstance(base.get(key), dict) else value
        for key, value in own.items()
    }


def _sentence(error: ValidationError) -> str:
    """Put one complaint of pydantic in a sentence of our own: an unknown key first, it explains the rest."""
    complaints = error.errors()
    first = next((c for c in complaints if c["type"] == "extra_forbidden"), complaints[0])
    names = [part for part in first["loc"] if isinstance(part, str)]
    of_section = isinstance(first["input"], dict) and names == list(first["loc"])
    if of_section and first["type"] == "value_error":
        return f"{_section(names)}{_lowered(first['msg'])}"
    where, key = _section(names[:-1]), names[-1]
    if first["type"] == "extra_forbidden":
        return f'{where}has no key "{key}"{did_you_mean(key, _keys_beside(first["loc"]))}'
    if first["type"] == "missing":
        return f"{where}{key} is missing"
    if first["type"] in ("model_type", "dict_type"):
        return f"{_section(names)}must be a section with keys of its own"
    return f"{where}{key}: {_lowered(first['msg'])}"


def _section(names: list[str]) -> str:
    return f"[{'.'.join(names)}] " if names else ""


def _lowered(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _keys_beside(loc: tuple) -> list[str]:
    """List the keys that the section of ``loc`` knows, by walking down the models' annotations."""
    model: object = ShopSettings
    for part in loc[:-1]:
        fields = getattr(model, "model_fields", None)
        if fields and part in fields:
            model = fields[part].annotation
        elif model == dict[str, TableSettings]:
            model = TableSettings
        else:
            return ["header", "sql", "row", "unless"]
    return list(getattr(model, "model_fields", {}))
