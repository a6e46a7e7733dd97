"""Periods: a run of calendar months that ends on a day, the same a year before, and the shop's own past."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd

MONTHS = {"month": 1, "quarter": 3, "year": 12}  # what the parameter ``period`` may say


@dataclass(frozen=True)
class Period:
    """The days from ``start`` to ``end``, both included."""

    start: dt.date
    end: dt.date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    def back(self, months: int) -> "Period":
        """Return the same days so many calendar months before."""
        return Period(_months_before(self.start, months), _day_before(_months_before(self._next(), months)))

    def _next(self) -> dt.date:
        return self.end + dt.timedelta(days=1)


def ending(as_of: dt.date, period: str) -> Period:
    """Return the ``period`` (month, quarter or year) of calendar months that ends on ``as_of``, included.

    On the last day of a month that is whole months: 2026-06-30, quarter → 2026-04-01 to 2026-06-30.
    """
    return Period(_months_before(as_of + dt.timedelta(days=1), MONTHS[period]), as_of)


def past(as_of: dt.date, period: str) -> list[Period]:
    """Return the twelve periods of the same length before this one, a month apart, the latest first.

    The latest ends on the day before this one begins; longer ones than a month overlap each other.
    """
    now, length = ending(as_of, period), MONTHS[period]
    return [now.back(months) for months in range(length, length + 12)]


def _months_before(day: dt.date, months: int) -> dt.date:
    return (pd.Timestamp(day) - pd.DateOffset(months=months)).date()


def _day_before(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=1)
