"""Marks of currencies: the signs and codes that stand beside an amount, and the currencies each can mean."""

import functools

from babel.numbers import list_currencies

YUAN, DOLLARS = frozenset({"CNY"}), "ARS AUD BND BSD CAD CLP COP HKD MXN NZD SGD TWD USD UYU"
SIGNS = {  # the longer ones first
    "US$": frozenset({"USD"}),
    "HK$": frozenset({"HKD"}),
    "NT$": frozenset({"TWD"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP", "EGP", "GIP", "SYP"}),
    "$": frozenset(DOLLARS.split()),
    "¥": frozenset({"CNY", "JPY"}),
    "￥": frozenset({"CNY", "JPY"}),
    "元": frozenset({"CNY", "HKD", "TWD"}),
    "₩": frozenset({"KRW"}),
    "₹": frozenset({"INR"}),
    "₽": frozenset({"RUB"}),
    "RMB": YUAN,
}
CODES = ("AUD", "CAD", "CHF", "CNY", "EUR", "GBP", "HKD", "INR", "JPY", "KRW", "SGD", "TWD", "USD")
ANY = "|".join([*SIGNS, *CODES]).replace("$", r"\$")  # a regular expression


@functools.cache
def currencies(mark: str) -> frozenset[str]:
    """Return the codes of the currencies that a mark can mean; none for what is no mark."""
    return SIGNS.get(mark, frozenset({mark} & list_currencies()))
