"""Bands: numbers of customers in classes that are named alike in every language, such as 25-29."""

import itertools

import ibis
import ibis.expr.types as ir

FREQUENCIES = {1: "1", 2: "2", 3: "3", 4: "4-5", 6: "6+"}
HOURS = (0, 6, 9, 12, 14, 18, 20, 22)


def cut(value: ir.NumericValue, cuts: tuple[float, ...], names: list[str]) -> ir.StringValue:
    """Name the band of a value: ``names`` has one more than ``cuts``, whose values begin a new band each."""
    tests = [(value.isnull(), ibis.null("string"))]
    tests += [(value < at, name) for at, name in zip(cuts, names, strict=False)]
    return ibis.cases(*tests, else_=names[-1])


def ages(cuts: tuple[int, ...]) -> list[str]:
    """Return the names of the bands of age: under the first cut, between them, from the last on."""
    between = [f"{low}-{high - 1}" for low, high in itertools.pairwise(cuts)]
    return [f"<{cuts[0]}", *between, f"{cuts[-1]}+"]


def prices(cuts: list[float]) -> list[str]:
    """Return the names of the bands of price per item."""
    if not cuts:
        return ["0+"]
    shown = [f"{cut:.15g}" for cut in cuts]  # 1200000, never 1.2e+06
    between = [f"{low}-{high}" for low, high in itertools.pairwise(shown)]
    return [f"<{shown[0]}", *between, f"{shown[-1]}+"]


def discounts(cuts: tuple[float, ...]) -> list[str]:
    """Return the names of the bands of discount: none, up to the first cut, …; 0.5 % and less is none."""
    shown = [f"{cut * 100:g}" for cut in cuts]
    between = [f"{low}-{high}%" for low, high in itertools.pairwise(shown)]
    return ["0%", f"<{shown[0]}%", *between, f"{shown[-1]}%+"]


def hours() -> list[str]:
    """Return the names of the bands of hours: 0-5 to 22-23."""
    return [f"{low}-{high - 1}" for low, high in zip(HOURS, (*HOURS[1:], 24), strict=True)]


def hour(value: ir.IntegerValue) -> ir.StringValue:
    """Name the band of an hour of the day."""
    return cut(value, HOURS[1:], hours())


def frequency(orders: ir.IntegerValue) -> ir.StringValue:
    """Name the band of a number of orders; null for none."""
    named = cut(orders, tuple(FREQUENCIES)[1:], list(FREQUENCIES.values()))
    return ibis.ifelse(orders > 0, named, ibis.null("string"))
