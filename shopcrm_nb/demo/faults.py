"""What goes wrong in the demo shop in its last months: three faults that a diagnosis ought to find."""

from datetime import date

import numpy as np
import pandas as pd

SLOW_PROVINCE, SLOW_SINCE = "广东省", date(2026, 2, 1)
SLOW_DAYS = (4.0, 7.0)  # what each parcel takes longer from shipping to signing
BAD_MONTH = (date(2026, 5, 1), date(2026, 5, 31))
BAD_MONTH_LOST_SHARE = 1 / 3  # of the visitors who would have bought
SLUMP_SINCE = date(2026, 1, 1)
SLUMP_LOST_SHARE = 0.35  # of the purchases of returning customers


def purchases(orders: pd.DataFrame) -> pd.DataFrame:
    """Return the days on which people paid: person, day, and whether they had paid on an earlier one."""
    days = orders.assign(day=orders["paid_at"].dt.normalize()).dropna(subset="day")
    days = days[["person", "day"]].drop_duplicates().sort_values(["day", "person"], ignore_index=True)
    return days.assign(returning=days["person"].duplicated())


def taken(rng: np.random.Generator, orders: pd.DataFrame) -> pd.Series:
    """Return, for each order, the fault for which it is never made, or an empty text.

    A fault takes all of a person's orders of a day. Who does not buy for the first time in the bad month
    is never won, and the orders that would have followed are "never_won". Scripted orders all stay.
    """
    days = purchases(orders)
    slump, month = rng.random(len(days)), rng.random(len(days))
    since = days["day"] >= pd.Timestamp(SLUMP_SINCE)
    within = days["day"].between(*map(pd.Timestamp, BAD_MONTH))
    stays_away = days["returning"] & since & (slump < SLUMP_LOST_SHARE)
    leaves = within & ~stays_away & (month < BAD_MONTH_LOST_SHARE)
    never_won = days["person"].isin(days["person"][leaves & ~days["returning"]])
    conditions = [leaves, never_won, stays_away]
    why = np.select(conditions, ["bad_conversion", "never_won", "returning_slump"], default="")
    of_day = pd.Series(why, index=pd.MultiIndex.from_frame(days[["person", "day"]]))
    key = pd.MultiIndex.from_arrays([orders["person"], orders["paid_at"].dt.normalize()])
    found = of_day.reindex(key).fillna("").set_axis(orders.index)
    return found.where(orders["fixed_cents"] < 0, "")


def is_slow(provinces: np.ndarray, shipped_at: pd.Series) -> pd.Series:
    """Tell which parcels are slow: to the one province, shipped since the day from which they are."""
    return (provinces == SLOW_PROVINCE) & (shipped_at >= pd.Timestamp(SLOW_SINCE))
