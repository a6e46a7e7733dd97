"""Strict: what every section of settings has in common, and orders of numbers that several check."""

import itertools

from pydantic import BaseModel, ConfigDict

MAX_MONTHS = 1200  # a hundred years, where calendars of the libraries still work


class Strict(BaseModel):
    """A settings section in which an unknown key is refused and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def falling(values: tuple[float, ...]) -> bool:
    """Tell whether each value is above the next."""
    return all(a > b for a, b in itertools.pairwise(values))
