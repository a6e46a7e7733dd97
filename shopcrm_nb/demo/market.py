"""The market of the demo shop: how strong demand is on each day, and the events that bend it."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

FIRST_DAY = date(2023, 7, 1)
LAST_DAY = date(2026, 6, 30)  # the shop's as_of
END_OF_LIVES = date(2028, 6, 30)  # customers live on, so that gaps open at LAST_DAY have a true length

# Demand in the middle of each month, January first; scaled to a mean of 1 in seasonal_demand.
MONTH_DEMAND = (1.15, 0.75, 0.90, 0.75, 0.55, 0.45, 0.40, 0.55, 1.00, 1.45, 1.55, 1.45)
WEEKDAY_DEMAND = (1.02, 1.00, 0.98, 0.97, 0.95, 1.03, 1.05)
YEARLY_GROWTH = 1.12  # of new buyers a day


@dataclass(frozen=True)
class Event:
    """Days (both ends inside) on which demand is ``multiplier`` times what it would have been."""

    name: str
    start: date
    end: date
    multiplier: float
    price_factor: float = 1.0


FLASH_SALES = (
    Event("聚划算", date(2025, 4, 10), date(2025, 4, 12), 6.0, 0.74),
    Event("聚划算", date(2026, 3, 12), date(2026, 3, 14), 8.0, 0.72),
)
SLUMPS = (
    Event("聚划算后", date(2025, 4, 13), date(2025, 5, 3), 0.50),
    Event("聚划算后", date(2026, 3, 15), date(2026, 4, 4), 0.45),
)


def yearly_events(year: int) -> list[Event]:
    """Return the platform's own sales of one calendar year: 618, 双11 and 双12."""
    return [
        Event("618", date(year, 6, 1), date(year, 6, 17), 1.6, 0.92),
        Event("618", date(year, 6, 18), date(year, 6, 18), 8.0, 0.85),
        Event("618", date(year, 6, 19), date(year, 6, 20), 1.5, 0.92),
        Event("双11", date(year, 11, 1), date(year, 11, 10), 1.3, 0.90),
        Event("双11", date(year, 11, 11), date(year, 11, 11), 9.0, 0.80),
        Event("双12", date(year, 12, 12), date(year, 12, 12), 4.0, 0.88),
    ]


def events() -> list[Event]:
    """Return every event and slump that touches the simulated time."""
    years = range(FIRST_DAY.year, END_OF_LIVES.year + 1)
    return [event for year in years for event in yearly_events(year)] + [*FLASH_SALES, *SLUMPS]


def seasonal_demand(days: pd.DatetimeIndex) -> np.ndarray:
    """Return the demand that season and weekday alone give each day, relative to a mean of about 1."""
    middles = np.arange(-0.5, 13) * 365.25 / 12
    months = np.array([MONTH_DEMAND[-1], *MONTH_DEMAND, MONTH_DEMAND[0]]) / np.mean(MONTH_DEMAND)
    season = np.interp(days.day_of_year.to_numpy(), middles, months)
    return season * np.asarray(WEEKDAY_DEMAND)[days.day_of_week.to_numpy()]


def _within(days: pd.DatetimeIndex, event: Event) -> np.ndarray:
    return np.asarray((days >= pd.Timestamp(event.start)) & (days <= pd.Timestamp(event.end)))


def demand(days: pd.DatetimeIndex) -> np.ndarray:
    """Return each day's demand with its events and slumps, relative to a mean of about 1."""
    bent = np.ones(len(days))
    for event in events():
        bent = np.where(_within(days, event), bent * event.multiplier, bent)
    return seasonal_demand(days) * bent


def price_factors(days: pd.DatetimeIndex) -> np.ndarray:
    """Return the share of the list price (0 to 1) that an event asks on each day; 1 without one."""
    factors = np.ones(len(days))
    for event in events():
        factors = np.where(_within(days, event), event.price_factor, factors)
    return factors


def seconds_of_day(rng: np.random.Generator, rush: np.ndarray) -> np.ndarray:
    """Draw when in the day people pay: evenings mostly, and just after midnight on ``rush`` days."""
    evening = np.clip(rng.normal(20.5, 2.2, len(rush)), 0, 23.9)
    hours = np.where(rng.random(len(rush)) < 0.55, evening, rng.uniform(8, 23.9, len(rush)))
    midnight = rush & (rng.random(len(rush)) < 0.4)
    return (np.where(midnight, rng.exponential(0.4, len(rush)).clip(0, 5), hours) * 3600).astype(int)
