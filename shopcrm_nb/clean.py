"""Cleaning: the text of an export's cell becomes an id, an amount, a time or a flag, or null.

A kind of column is read in steps, each a function of one column. A step is a projection of its own: an engine
computes an expression anew wherever it stands inside a CASE, so that nested steps would cost their product.
"""

import itertools
from collections.abc import Callable

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from shopcrm_nb import marks

NOT_A_VALUE = ("", "null", "NULL", "Null", "-", "--", "nan", "NaN", "None", "0000-00-00 00:00:00")
BLANKS = " \t\r\n\u3000\xa0\ufeff"
AROUND_AN_ID = BLANKS + "=\"'`"
# Blanks and quotes, the .- of 100.- for 100.00, and marks of currencies.
BESIDE_AN_AMOUNT = "|".join(["[\\s\xa0\u202f\u3000=\"']", "[.,][-–—]+$", marks.ANY])
GROUPED = r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$"  # 12,480.00, but not the 12,50 of another country
WITH_COMMA = r"^[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d*)?$"  # 12.480,00 and 12480,00, but not 12480.00
IN_A_SHEET = ", or ."  # the decimal sign of text with commas beside numbers that a spreadsheet keeps
MOBILE = r"^(\+?86)?1[3-9]\d{9}$"
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"  # and not a buyer who calls herself @夏天
MASK = "*"
# As a spreadsheet shows a whole number of 12 digits or more. Our own writing of one is the same.
ROUNDED_ID = r"^\d(\.\d+)?[eE]\+\d{2}$"
ROUNDED_LIKE = "1.0E+15"
EXACT_DIGITS = 10**15
DECIMALS_OF_MONEY = 4
GREATEST = 1e300  # beyond stand infinity and, to DuckDB, what is not a number; other engines have no isinf
FIRST_YEAR = 1990
EXCEL_EPOCH = "1899-12-30"
YEAR_FIRST = (
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
    "%Y.%m.%d %H:%M:%S",
    "%Y.%m.%d",
    "%Y%m%d",
    "%Y%m%d%H%M%S",
    "%Y%m%d %H:%M:%S",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y-%m-%d %I:%M %p",
)
OFFSET = r":\d{2}.*(Z|UTC|[+-]\d{2}(:?\d{2})?)$"
YEAR_LAST = r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"
DAY_FIRST, MONTH_FIRST = "day first", "month first"
YES = ("1", "1.0", "true", "yes", "y", "t", "是", "有", "同意")
NO = ("0", "0.0", "false", "no", "n", "f", "否", "无", "不同意")


@ibis.udf.scalar.builtin
def trim(text: str, characters: str) -> str:
    """DuckDB's trim of a set of characters at both ends."""


@ibis.udf.scalar.builtin(signature=((dt.string, dt.Array(dt.string)), dt.timestamp))
def try_strptime(text, formats):
    """DuckDB's strptime, null where no format fits."""


@ibis.udf.scalar.builtin(signature=((dt.string, dt.Timestamp(timezone="UTC")), dt.timestamp))
def timezone(zone, instant):
    """DuckDB's conversion of an instant to the clock of a zone."""


def bare(column: ir.Column, characters: str = AROUND_AN_ID) -> ir.StringColumn:
    """Strip ``characters`` at both ends; on an engine other than DuckDB, blanks only."""
    written = column.cast("string")
    if written.get_backend().name != "duckdb":
        return written.strip()
    # DuckDB's trim walks through the whole cell; a look at its ends takes half the time.
    ends = written.re_search(f"^[{characters}]|[{characters}]$")
    return ibis.ifelse(ends, trim(written, characters), written)


def strip_blanks(column: ir.Column) -> ir.StringColumn:
    """Strip blanks, full-width ones included, at both ends."""
    return bare(column, BLANKS)


def nothing_is_null(word: ir.StringColumn) -> ir.StringColumn:
    """Make null of the ways in which exports write that there is nothing."""
    return ibis.ifelse(word.isin(NOT_A_VALUE), ibis.null("string"), word)


def id_text(column: ir.Column) -> ir.StringColumn:
    """Write an id as text; of a number with a decimal point only if no digit can be lost."""
    if not column.type().is_floating():
        return strip_blanks(column)
    whole = (column == column.round(0)) & (column.abs() < EXACT_DIGITS)
    absent = column.isnull() | column.isnan()
    written = ibis.cases((whole, column.cast("int64").cast("string")), else_=ROUNDED_LIKE)
    return ibis.ifelse(absent, ibis.null("string"), written)


def unwrapped(word: ir.StringColumn) -> ir.StringColumn:
    """Take the id out of ="1930…", and a leading ' off; a buyer may be called =1+1."""
    return ibis.cases(
        (word.startswith('="') & word.endswith('"'), word.substr(2, word.length() - 3)),
        (word.startswith("'"), word.re_replace(r"^'(.*?)'?$", r"\1")),
        else_=word,
    )


def without_point_zero(word: ir.StringColumn) -> ir.StringColumn:
    """Make 13085 of 13085.0, as pandas writes the ids of a column with gaps."""
    return ibis.ifelse(word.endswith(".0"), word.re_replace(r"^(\d+)\.0$", r"\1"), word)


def without_personal(word: ir.StringColumn) -> ir.StringColumn:
    """Hash an e-mail address or a mobile number, which is never kept in plain; a masked one is no secret."""
    email = word.contains("@") & word.re_search(EMAIL) & ~word.contains(MASK)
    mobile = word.length().between(11, 14) & word.re_search(MOBILE)
    return ibis.ifelse(email | mobile, sha256(word), word)


def unmasked(word: ir.StringColumn) -> ir.StringColumn:
    """Make null of a masked text: many people share it."""
    return ibis.ifelse(word.contains(MASK), ibis.null("string"), word)


def sha256(word: ir.StringColumn) -> ir.StringColumn:
    """SHA-256 of the lower-case text, as advertising platforms expect it; a hash stays as it is."""
    lower = word.lower()
    return ibis.ifelse(lower.re_search(r"^[0-9a-f]{64}$"), lower, lower.hexdigest("sha256"))


def without_marks(column: ir.Column) -> ir.Column:
    """Take what stands beside an amount off a cell that is no number: ``12.00元``, ``￥3``, ``100.-``."""
    if not column.type().is_string():
        return column
    return ibis.ifelse(column.try_cast("float64").isnull(), column.re_replace(BESIDE_AN_AMOUNT, ""), column)


def ungrouped(column: ir.Column, decimal: str = ".") -> ir.Column:
    """Take the commas out of ``1,234.50``; ``12,50`` stays as it is, and is not read.

    With a ``decimal`` comma it is the other way round: ``1.234,50`` and ``12,50`` are read, ``12.50`` is not;
    but as IN_A_SHEET it is, since the sheet's own numbers have a point.
    """
    if not column.type().is_string():
        return column
    if decimal != ".":
        other = column if decimal == IN_A_SHEET else ibis.null("string")
        commas = column.re_search(WITH_COMMA) & (column.contains(",") if decimal == IN_A_SHEET else True)
        return ibis.ifelse(commas, column.replace(".", "").replace(",", "."), other)
    return ibis.ifelse(column.contains(",") & column.re_search(GROUPED), column.replace(",", ""), column)


def as_number(column: ir.Column) -> ir.FloatingColumn:
    """Read a number, null where there is none."""
    return column.try_cast("float64") if column.type().is_string() else column.cast("float64")


def finite(value: ir.FloatingColumn) -> ir.FloatingColumn:
    """Make null of infinity and of what is not a number."""
    return ibis.ifelse(value.abs() < GREATEST, value, ibis.null("float64"))


def cents(value: ir.FloatingColumn) -> ir.FloatingColumn:
    """Round an amount to four decimals, so that sums can be compared with a limit exactly."""
    return value.round(DECIMALS_OF_MONEY)


def share(column: ir.Column, decimal: str = ".") -> ir.FloatingColumn:
    """Read a share of 0 to 1; ``12.3%`` is 0.123."""
    if not column.type().is_string():
        return column.cast("float64")
    if decimal != ".":
        column = column.replace(",", ".")
    part = column.replace("%", "").try_cast("float64")
    return ibis.ifelse(column.contains("%"), part / 100, part)


def flag(column: ir.Column) -> ir.BooleanColumn:
    """Read yes or no, in the words of YES and NO."""
    if column.type().is_boolean():
        return column
    word = column.cast("string").strip().lower()
    return ibis.cases((word.isin(YES), True), (word.isin(NO), False), else_=ibis.null("boolean"))


def time(column: ir.Column, zone: str, date_format: str = "") -> ir.TimestampColumn:
    """Read a naive time on the shop's clock: any year-first form, an Excel serial, or ``date_format``.

    ``date_format`` is a strptime format, or DAY_FIRST or MONTH_FIRST for 31/12/2024 and 12/31/2024.
    A time with an offset (Shopify) is moved to ``zone``.
    """
    kind = column.type()
    if kind.is_timestamp():
        return timezone(zone, column.cast(dt.Timestamp(timezone="UTC"))) if kind.timezone else column
    if kind.is_date():
        return column.cast("timestamp")
    word = column.cast("string")
    if date_format in (DAY_FIRST, MONTH_FIRST):
        word = word.re_replace(YEAR_LAST, r"\3-\2-\1" if date_format == DAY_FIRST else r"\3-\1-\2")
    elif date_format:
        return try_strptime(word, [date_format])
    instant = word.re_replace(r"\s*([+-]\d{2}):?(\d{2})$", r"\1:\2").try_cast(dt.Timestamp(timezone="UTC"))
    has_offset = (word.length() > 15) & word.re_search(OFFSET)
    serial = word.try_cast("float64")
    since_epoch = ibis.timestamp(EXCEL_EPOCH) + (serial * 86_400).round(0).cast("int64").as_interval("s")
    plain = ibis.coalesce(
        word.try_cast("timestamp"),
        try_strptime(word, list(YEAR_FIRST)),
        ibis.ifelse(serial.between(20_000, 80_000), since_epoch, ibis.null("timestamp")),
    )
    return ibis.ifelse(has_offset, timezone(zone, instant), plain)


def possible(at: ir.TimestampColumn, since: int = FIRST_YEAR) -> ir.TimestampColumn:
    """Make null of a time before the year ``since`` or after 2100."""
    at = at.cast("timestamp")
    return ibis.ifelse(at.year().between(since, 2100), at, ibis.null("timestamp"))


def born(at: ir.TimestampColumn) -> ir.TimestampColumn:
    """Make null of an impossible birthday, 1900-01-01 included, which forms write for no answer."""
    return possible(at, 1901)


def without_contacts(word: ir.StringColumn) -> ir.StringColumn:
    """Take mobile numbers and e-mail addresses out of free text."""
    kept = word.re_replace(r"[\w.+-]+@[\w-]+\.[\w.]+", "<e-mail>")
    return kept.re_replace(r"1[3-9]\d[ -]?\d{4}[ -]?\d{4}", "<mobile>")


def steps(
    kind: str, zone: str = "UTC", date_format: str = "", decimal: str = "."
) -> list[Callable[[ir.Column], ir.Column]]:
    """Return how a kind of column is read; what cannot be read ends as null."""
    number = [without_marks, lambda column: ungrouped(column, decimal), as_number, finite]
    ours = {
        "id": [id_text, unwrapped, without_point_zero, nothing_is_null],
        "buyer": [id_text, unwrapped, without_point_zero, nothing_is_null, without_personal],
        "text": [strip_blanks, nothing_is_null],
        "status": [strip_blanks, nothing_is_null],
        "note": [strip_blanks, nothing_is_null, without_contacts],
        "hash": [bare, nothing_is_null, unmasked, sha256],
        "number": number,
        "money": [*number, cents],
        "share": [lambda column: share(column, decimal), finite],
        "flag": [flag],
        "time": [_time_text, lambda column: time(column, zone, date_format), possible],
        "birthday": [_time_text, lambda column: time(column, zone, date_format), born],
    }
    return ours[kind]


def _time_text(column: ir.Column) -> ir.Column:
    return column if column.type().is_temporal() else bare(column)


def read(
    table: ir.Table, kinds: dict[str, str], zone: str = "UTC", date_format: str = "", decimal: str = "."
) -> ir.Table:
    """Read the columns of ``table`` that ``kinds`` names, each in its steps, all columns side by side."""
    chains = {name: steps(kind, zone, date_format, decimal) for name, kind in kinds.items()}
    for step in itertools.count():
        layer = {name: chain[step](table[name]) for name, chain in chains.items() if step < len(chain)}
        if not layer:
            return table
        table = table.mutate(**layer)
    raise AssertionError
