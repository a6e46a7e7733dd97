"""Typed: numbers that somebody typed in; what cannot be is refused in one sentence (ShopcrmError)."""

from shopcrm_nb.errors import ShopcrmError


def share(name: str, value: float) -> float:
    """Return a share between 0 and 1, both left out."""
    if not 0 < value < 1:
        raise ShopcrmError(f"{name}: {value} is not a share between 0 and 1; write 0.1 for 10 %")
    return float(value)


def positive(name: str, value: float) -> float:
    """Return an amount above 0."""
    if not 0 < value < float("inf"):
        raise ShopcrmError(f"{name}: {value} is not an amount above 0")
    return float(value)


def amount(name: str, value: float) -> float:
    """Return an amount from 0 on."""
    if not 0 <= value < float("inf"):
        raise ShopcrmError(f"{name}: {value} is not an amount from 0 on")
    return float(value)


def whole(name: str, value: int) -> int:
    """Return a whole number from 1 on."""
    if not 1 <= value < float("inf") or value != int(value):
        raise ShopcrmError(f"{name}: {value} is not a whole number from 1 on")
    return int(value)


def margin(value: float) -> float:
    """Return a margin, a share of the net sales above 0."""
    if not 0 < value <= 1:
        raise ShopcrmError(f"margin: {value} is not a share of the net sales; write 0.4 for 40 %")
    return float(value)
