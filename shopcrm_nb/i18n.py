"""Language: one gettext catalogue for everything a reader sees, and numbers as that reader writes them."""

import gettext
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from math import isinf
from pathlib import Path

from babel import dates, numbers
from babel.messages import mofile, pofile
from pandas import isna

from shopcrm_nb.errors import ShopcrmError, did_you_mean

LANGUAGES = ("en", "zh")
LOCALE_DIR = Path(__file__).parent / "locale"
_SENTENCE_GAP = {"en": " ", "zh": ""}
BLANK = "–"  # what stands in a cell that has no value

CENTS_BELOW = 100  # of an amount of one person, order or piece: from here on whole units tell enough
MINUS = "−"  # a hyphen is as short as a dash in front of a word

_state: dict = {"lang": "en", "catalogue": gettext.NullTranslations()}


def use(lang: str) -> None:
    """Make ``lang`` ("en" or "zh") the language of every text and number from now on."""
    if lang not in LANGUAGES:
        raise ShopcrmError(
            f'lang: "{lang}" is not a language of the reports{did_you_mean(lang, LANGUAGES)}; use en or zh'
        )
    _state.update(lang=lang, catalogue=_catalogue(lang))


def language() -> str:
    """Return the language in use."""
    return _state["lang"]


def _catalogue(lang: str) -> gettext.NullTranslations:
    # The .po file is read as it is: a compiled copy beside it would one day be older than its source.
    source = LOCALE_DIR / lang / "LC_MESSAGES" / "shopcrm.po"
    if not source.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as po:
        mofile.write_mo(compiled, pofile.read_po(po, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _(message: str) -> str:
    """Return ``message`` in the language in use."""
    return _state["catalogue"].gettext(message) if message else ""


def ngettext(one: str, many: str, n: int) -> str:
    """Return the form of a message that fits the count ``n``, in the language in use."""
    return _state["catalogue"].ngettext(one, many, int(n))  # a count of a frame is no int


def sentences(texts: Iterable[str]) -> str:
    """Put sentences after each other, with a blank where the language has one; leave out empty ones."""
    return _SENTENCE_GAP[language()].join(text for text in texts if text)


def count(value: float | None) -> str:
    """Write a whole number with separators: 12480 → 12,480."""
    return _number(value, "#,##0")


def decimal(value: float | None, digits: int = 1) -> str:
    """Write a number with a fixed number of decimals."""
    return _number(value, "#,##0." + "0" * digits if digits else "#,##0")


def rounded(value: float | None) -> str:
    """Write a measured number as exactly as one reads it: from 10 on whole, a smaller one with a decimal."""
    return count(value) if isna(value) or abs(value) >= 10 else decimal(value)


def number(value: float | None) -> str:
    """Write a number with the decimals that it has, four at most: 300 → 300, 499.5 → 499.5."""
    return _number(value, "#,##0.####")


def _number(value: float | None, pattern: str) -> str:
    return BLANK if isna(value) else _minus(numbers.format_decimal(value, pattern, locale=language()))


def _minus(written: str) -> str:
    return written.replace("-", MINUS, 1)


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share (0 to 1) as a percentage."""
    pattern = ("#,##0." + "0" * digits if digits else "#,##0") + "%"
    return BLANK if isna(share) else _minus(numbers.format_percent(share, pattern, locale=language()))


def money(value: float | None, currency: str, digits: int = 0) -> str:
    """Write an amount in the shop's currency, in whole units by default: 1234.6, CNY → ¥1,235."""
    if isna(value):
        return BLANK
    pattern = "¤#,##0." + "0" * digits if digits else "¤#,##0"
    locale = "zh_CN" if currency == "CNY" else language()  # ¥ for the yuan, in both languages
    return _minus(numbers.format_currency(value, currency, pattern, locale=locale, currency_digits=False))


def each_money(value: float | None, currency: str) -> str:
    """Write an amount of one person, order or piece: below 100 with its cents, 2.349, USD → $2.35."""
    return money(value, currency, _cents(value, currency))


def _cents(value: float | None, currency: str) -> int:
    if isna(value) or abs(round(value, 2)) >= CENTS_BELOW or round(value, 2) == round(value):
        return 0
    return min(2, numbers.get_currency_precision(currency))


def brief_money(value: float | None, currency: str) -> str:
    """Write an amount to be taken in at a glance: in Chinese 207586 is ¥20.8万, in English as ``money``."""
    if isna(value) or language() != "zh" or abs(value) < 10_000:
        return money(value, currency)
    locale = "zh_CN"
    return _minus(numbers.format_compact_currency(value, currency, locale=locale, fraction_digits=1))


def signed_money(value: float | None, currency: str, digits: int = 0) -> str:
    """Write a change of an amount with its sign: 1234.6, CNY → +¥1,235."""
    return _signed(value, lambda amount: money(amount, currency, digits))


def signed_each_money(value: float | None, currency: str) -> str:
    """Write a change of what one person, order or piece brings, with its sign: 2.349, USD → +$2.35."""
    return signed_money(value, currency, _cents(value, currency))


def signed_percent(share: float | None, digits: int = 1) -> str:
    """Write a change of a share, or a relative one, with its sign: 0.123 → +12.3%."""
    return BLANK if not isna(share) and isinf(share) else _signed(share, lambda part: percent(part, digits))


def signed_decimal(value: float | None, digits: int = 1) -> str:
    """Write a change of a number with its sign: -1.23 → −1.2."""
    return _signed(value, lambda number: decimal(number, digits))


def _signed(value: float | None, write: Callable[[float], str]) -> str:
    if isna(value):
        return BLANK
    written = write(abs(value))
    if not any(digit in written for digit in "123456789"):  # what is written as 0 has no sign
        return written
    return ("+" if value > 0 else MINUS) + written


def within(value: str, low: str, high: str) -> str:
    """Put an interval behind a value, all three written: 2, 1, 3 → 2 (1 to 3); blank without a value."""
    return value if value == BLANK else _("{value} ({low} to {high})").format(value=value, low=low, high=high)


def day(value: date | None) -> str:
    """Write a day as 2024-06-30, the one form that is read alike everywhere."""
    return BLANK if isna(value) else dates.format_date(value, "yyyy-MM-dd", locale=language())


def extract_notebook(fileobj, keywords, comment_tags, options) -> Iterator[tuple]:
    """Babel extractor: a notebook's title, its question, each markdown cell and each parameter's help."""
    import nbformat

    notebook = nbformat.read(fileobj, as_version=4)
    question = notebook.cells[0].source.partition("\n")[0].removeprefix("# ")
    texts = [(0, notebook.metadata["shopcrm"]["title"]), (0, question)]
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            texts.append((number, cell.source))
        elif "parameters" in cell.metadata.get("tags", []):
            texts += [(number, line.partition("  # ")[2].strip()) for line in cell.source.splitlines()]
    return ((number, "gettext", text, []) for number, text in texts if text)
