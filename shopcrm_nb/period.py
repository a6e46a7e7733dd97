"""Periods: a run of calendar months that ends on a day, the same a year before, and the shop's own past."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from shopcrm_nb.errors import ShopcrmError, did_you_mean

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
        """Return the same days so many calendar months before; whole months stay whole months."""
        end = _months_before(self.end, months)
        # 29 February alone has no counterpart in other years, but its neighbour has.
        return Period(min(_day_after(_months_before(_day_before(self.start), months)), end), end)


def ending(as_of: dt.date, period: str) -> Period:
    """Return the ``period`` (month, quarter or year) of calendar months that ends on ``as_of``, included.

    It begins on the day after as_of one month (three, twelve) before: 2026-06-15, month → 2026-05-16 to
    2026-06-15. On the last day of a month that is whole months: 2026-06-30, quarter → 2026-04-01 to
    2026-06-30. A month that is too short for a day ends with its last: 2026-03-30, month → from 2026-03-01.
    """
    return Period(_day_after(_months_before(as_of, _months(period))), as_of)


def past(as_of: dt.date, period: str) -> list[Period]:
    """Return the twelve periods of the same length before this one, a month apart, the latest first.

    The latest ends on the day before this one begins; longer ones than a month overlap each other.
    """
    # Each is counted from as_of itself: going back step by step, the 31st would stay the 28th for ever.
    length = _months(period)
    ends = [_months_before(as_of, months) for months in range(length, 2 * length + 12)]
    return [Period(_day_after(ends[place + length]), ends[place]) for place in range(12)]


def _months(period: str) -> int:
    if period not in MONTHS:
        known = ", ".join(MONTHS)
        raise ShopcrmError(f'period: "{period}" is none{did_you_mean(period, MONTHS)}; use one of {known}')
    return MONTHS[period]


def _months_before(day: dt.date, months: int) -> dt.date:
    """Return the day so many calendar months before; of the last day of a month that is the last day."""
    before = pd.Timestamp(day) - pd.DateOffset(months=months)
    return (before + pd.offsets.MonthEnd(0) if pd.Timestamp(day).is_month_end else before).date()


def _day_before(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=1)


def _day_after(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1)
