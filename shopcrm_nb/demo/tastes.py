"""What sets groups of the demo shop's people apart: who they are, when they pay, what they buy first.

Apart from these, nothing differs: not gender, consent or device, nor what is unknown of whom.
"""

import numpy as np
import pandas as pd

from shopcrm_nb.demo import catalogue, market
from shopcrm_nb.demo.people import GOOD_TYPES

# Of the good types; all others draw each of the nine occupations alike, and 10 % of them are 88VIP. With 2
# beside the 8, a doctor or a civil servant is about as frequent among the good as elsewhere.
OCCUPATION_WEIGHTS = {"教师": 8.0, "医护": 2.0, "公务员": 2.0}
TOP_LEVEL, TOP_LEVEL_SHARE = "88VIP", 0.40
AGED, AGED_SHARE = (35, 44), 0.40  # of whose age is known, moved to these ages, both ends inside
YOUNG, YOUNG_SHARE = (18, 24), 0.40  # of the people won by a flash sale
EVENING_HOURS = (20, 23.9)
EVENING_SHARE = 0.36  # of the purchases made before, moved to the evening of their day
FIRST_COAT_SHARE = 0.75  # of first orders that would have held one of ALIKE
COATS, ALIKE = "大衣", ("羽绒服", "棉服", "风衣", "皮衣", "外套", "针织")
NO_ADDRESS_SHARE = 0.1  # of the people in the customer file, who never left one


def is_good(persons: pd.DataFrame) -> np.ndarray:
    """Tell who is of the types that keep coming back."""
    return np.isin(persons["type"], GOOD_TYPES)


def won_by_sale(persons: pd.DataFrame) -> np.ndarray:
    """Tell who pays for the first time on a day of a flash sale."""
    days = pd.Timestamp(market.FIRST_DAY) + pd.to_timedelta(persons["first_day"], unit="D")
    won = [days.between(*map(pd.Timestamp, (sale.start, sale.end))) for sale in market.FLASH_SALES]
    return np.logical_or.reduce(won) & (persons["first_day"] >= 0).to_numpy()


def with_profiles(rng: np.random.Generator, persons: pd.DataFrame) -> pd.DataFrame:
    """Return the people with profiles that differ by group; what is unknown of somebody stays unknown.

    Adds ``told``: whether the person left an address.
    """
    good, count = is_good(persons), len(persons)
    lots = rng.random((count, 4))
    told = rng.random(count) >= NO_ADDRESS_SHARE
    levels = persons["platform_level"].mask(
        good & (lots[:, 0] < _moved(0.1, TOP_LEVEL_SHARE)) & (persons["platform_level"] != ""), TOP_LEVEL
    )
    birthdays = persons["birthday"]
    for group, share, ages, lot in (
        (good, AGED_SHARE, AGED, 1),
        (won_by_sale(persons), YOUNG_SHARE, YOUNG, 2),
    ):
        drawn = _birthdays(rng, count, ages)
        known = ~birthdays.isin(["", "1900-01-01"])
        birthdays = birthdays.mask(group & (lots[:, lot] < share) & known, drawn)
    return persons.assign(
        occupation=_occupations(lots[:, 3], persons["occupation"], good),
        platform_level=levels,
        birthday=birthdays,
        told=told,
    )


def _moved(share: float, wanted: float) -> float:
    """Return the chance with which the others must be moved to a level, to bring its share to ``wanted``."""
    return (wanted - share) / (1 - share)


def _occupations(lot: np.ndarray, drawn: pd.Series, good: np.ndarray) -> pd.Series:
    """Draw the occupation of the good types anew where one is known, by its weight."""
    names = sorted(set(drawn) - {""})
    weights = np.array([OCCUPATION_WEIGHTS.get(name, 1.0) for name in names])
    place = np.searchsorted(np.cumsum(weights) / weights.sum(), lot)
    return drawn.mask(good & (drawn != ""), np.array(names)[place])


def _birthdays(rng: np.random.Generator, count: int, ages: tuple[int, int]) -> np.ndarray:
    """Draw birthdays of people whose age on the last day is from the first to the second of ``ages``."""
    days = rng.integers(round(ages[0] * 365.25) + 1, round((ages[1] + 1) * 365.25) - 1, count)
    return (np.datetime64(market.LAST_DAY) - days).astype(str)


def with_evenings(rng: np.random.Generator, purchases: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Move some daytime purchases of the good types to the evening of the same day.

    The order moves with its payment; one that was made on an earlier day stays where it is, as do the
    buyers who wait for the midnight of a great sale.
    """
    paid, created = purchases["paid_at"], purchases["created_at"]
    same_day = paid.dt.normalize() == created.dt.normalize()
    free = same_day & (paid.dt.hour >= 5) & (purchases["fixed_cents"] < 0)
    seconds = ((paid - paid.dt.normalize()).dt.total_seconds()).astype(int).to_numpy()
    evening = towards_evening(rng, seconds, free & is_good(persons)[purchases["person"]])
    later = pd.to_timedelta(evening - seconds, unit="s")
    return purchases.assign(paid_at=paid + later, created_at=created + later)


def towards_evening(rng: np.random.Generator, seconds: np.ndarray, whose: np.ndarray) -> np.ndarray:
    """Move some of the times of day (seconds) that are ``whose`` to the evening; none becomes earlier."""
    chosen = rng.random(len(seconds)) < EVENING_SHARE
    evening = (rng.uniform(*EVENING_HOURS, len(seconds)) * 3600).astype(int)
    return np.where(whose & chosen & (seconds < EVENING_HOURS[0] * 3600), evening, seconds)


def first_products(
    rng: np.random.Generator, lines: pd.DataFrame, orders: pd.DataFrame, persons: pd.DataFrame
) -> np.ndarray:
    """Return the product of each line: the good types more often buy a coat first, in any season.

    The dearest piece of a first paid order gives way to the coat nearest in price, so that orders cost
    about what they did.
    """
    range_ = catalogue.products()
    price, category = range_["price_cents"].to_numpy(), range_["category"]
    paid = orders[orders["paid_at"].notna()].sort_values("paid_at", kind="stable")
    first = paid[~paid["person"].duplicated()]
    open_ = first.index[(first["fixed_cents"] < 0) & is_good(persons)[first["person"]]]
    open_ = open_[rng.random(len(open_)) < FIRST_COAT_SHARE]
    held = lines[lines["order"].isin(open_)].assign(price=lambda table: price[table["product"]])
    dearest = held.sort_values(["order", "price"], ascending=[True, False]).drop_duplicates("order")
    with_coat = held.loc[category.eq(COATS).to_numpy()[held["product"]], "order"]
    dearest = dearest[category.isin(ALIKE).to_numpy()[dearest["product"]] & ~dearest["order"].isin(with_coat)]
    coats = np.flatnonzero(category.eq(COATS))
    nearest = coats[np.abs(price[coats][None, :] - dearest["price"].to_numpy()[:, None]).argmin(axis=1)]
    chosen = lines["product"].copy()
    chosen.loc[dearest.index] = nearest
    return chosen.to_numpy()
