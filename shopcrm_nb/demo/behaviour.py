"""What people do in the demo shop before they order or go away: look, favourite, put in the cart.

Only the last DAYS days are kept, as the platform keeps them. Who orders has mostly looked at it and put it in
the cart before; others look around, and fill carts above all for 618, which nobody pays.
"""

from datetime import timedelta

import numpy as np
import pandas as pd

from shopcrm_nb.demo import catalogue, faults, market, tastes
from shopcrm_nb.demo.people import TYPES, named

DAYS = 90
SINCE = market.LAST_DAY - timedelta(days=DAYS - 1)
WINDOW_618 = ((6, 1), (6, 20))
STRANGERS = 2400  # people who look around and are in no other file
LOOKED_SHARE, CARTED_SHARE, LIKED_SHARE = 0.94, 0.85, 0.22  # of the lines of an order, before it
AT_ONCE_SHARE = 0.6  # of those carts, filled in the minutes before the order
FURTHER_LOOKS = 0.9  # mean number of further looks at what is bought
# mean number of visits in DAYS that lead to no order, by type of buyer and by role
VISITS = {"one_time": 0.12, "occasional": 0.6, "regular": 1.4, "loyal": 2.6}
VISITS_OF = {"prospect": 1.1, "visitor": 1.6}
VISITS_OF_STRANGERS = 1.25
FURTHER_PRODUCTS = 1.3  # mean number of further products seen in a visit
LIKED_OF_SEEN, CARTED_OF_SEEN, CARTED_IN_618 = 0.09, 0.08, 0.30
HOSTILE_BY = "<b>小仙女</b>"
HOSTILE = (
    ("2026-06-24 20:15:03", "view", "<script>alert(1)</script>"),
    ("2026-06-24 20:16:40", "view", '"><img src=x onerror=alert(1)>'),
    ("2026-06-24 20:17:12", "cart", '"><img src=x onerror=alert(1)>'),
)


def events(
    rng: np.random.Generator,
    persons: pd.DataFrame,
    bought: tuple[pd.DataFrame, pd.DataFrame],
    further: pd.DataFrame,
    with_faults: bool,
) -> pd.DataFrame:
    """Return one row an event, the oldest first: person (-1 for a stranger), nick, at, type, product.

    ``type`` is view, favourite or cart, ``product`` a code. ``bought`` are orders and their lines. Some of
    these are prevented by a ``fault``: who leaves in the bad month has looked and filled the cart; who stays
    away does not come at all. ``further`` is what else leads to orders (``before_orders``).
    """
    strangers = named(rng, STRANGERS, after=100_000)
    nicks = np.array([*persons["nick"], *strangers], dtype=object)
    found = pd.concat([before_orders(rng, *bought), _visits(rng, persons, with_faults), further])
    start, end = pd.Timestamp(SINCE), pd.Timestamp(market.LAST_DAY) + pd.Timedelta(hours=23, minutes=58)
    found = found[found["at"].between(start, end)].drop_duplicates()
    codes = catalogue.products()["code"].to_numpy()
    found = found.assign(nick=nicks[found["person"]], product=codes[found["product"]])
    found["person"] = found["person"].where(found["person"] < len(persons), -1)
    hostile = pd.DataFrame(HOSTILE, columns=["at", "type", "product"]).assign(
        nick=HOSTILE_BY,
        person=int(np.flatnonzero(persons["nick"] == HOSTILE_BY)[0]),
        at=lambda table: pd.to_datetime(table["at"]),
    )
    table = pd.concat([found, hostile]).sort_values(["at", "nick", "type", "product"], ignore_index=True)
    return table[["person", "nick", "at", "type", "product"]]


def _rows(person: np.ndarray, at: pd.Series, what: str, product: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {"person": np.asarray(person), "at": at.to_numpy(), "type": what, "product": np.asarray(product)}
    )


def _minutes(rng: np.random.Generator, mean: float, count: int) -> pd.TimedeltaIndex:
    return pd.to_timedelta((rng.exponential(mean * 60, count) + 5).astype(int), unit="s")


def _days(rng: np.random.Generator, mean: float, count: int) -> pd.TimedeltaIndex:
    """Return whole days, so that who orders in the evening looks in the evening."""
    return pd.to_timedelta(rng.exponential(mean, count).astype(int), unit="D")


def before_orders(rng: np.random.Generator, orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Return what leads to the orders of the window: looks, hearts and carts, each after a look."""
    window = orders["created_at"].between(pd.Timestamp(SINCE), pd.Timestamp(market.END_OF_LIVES))
    window &= orders["created_at"] < pd.Timestamp(market.LAST_DAY) + pd.Timedelta(days=1)
    mine = lines[lines["order"].isin(orders.index[window])]
    made = orders.loc[mine["order"]].set_axis(mine.index)
    count, made_at, product = len(mine), made["created_at"], mine["product"].to_numpy()
    person, lot = made["person"].to_numpy(), rng.random((count, 4))
    late = _minutes(rng, 8, count)
    carted_at = made_at - late - _days(rng, 3.5, count) * np.where(lot[:, 0] < AT_ONCE_SHARE, 0, 1)
    liked_at = made_at - late - _days(rng, 6, count) - _minutes(rng, 20, count)
    looks = np.repeat(np.arange(count), 1 + rng.poisson(FURTHER_LOOKS, count))
    looked_at = made_at.iloc[looks] - _days(rng, 3, len(looks)) - _minutes(rng, 25, len(looks))
    comes = made["fault"].isin(["", "bad_conversion"]).to_numpy()
    carted, liked = comes & (lot[:, 1] < CARTED_SHARE), comes & (lot[:, 2] < LIKED_SHARE)
    looked = comes & (lot[:, 3] < LOOKED_SHARE)
    parts = [_rows(person[looks], looked_at, "view", product[looks])[looked[looks]]]
    for at, what, chosen in ((carted_at, "cart", carted), (liked_at, "favourite", liked)):
        parts.append(_rows(person, at, what, product)[chosen])
        parts.append(_rows(person, at - _minutes(rng, 3, count), "view", product)[chosen & looked])
    return pd.concat(parts, ignore_index=True)


def _visits(rng: np.random.Generator, persons: pd.DataFrame, with_faults: bool) -> pd.DataFrame:
    """Return what is looked at, and sometimes kept in mind, in visits that lead to no order."""
    by_type = np.array([VISITS[name] for name in TYPES])[persons["type"]]
    mean = persons["role"].map(VISITS_OF).fillna(pd.Series(by_type, persons.index))
    means = np.concatenate([mean, np.full(STRANGERS, VISITS_OF_STRANGERS)])
    person = np.repeat(np.arange(len(means)), rng.poisson(means))
    days = pd.date_range(SINCE, market.LAST_DAY)
    day = days[rng.choice(len(days), len(person), p=market.demand(days) / market.demand(days).sum())]
    seconds = market.seconds_of_day(rng, np.asarray((day.month == 6) & (day.day == 18)))
    good = np.concatenate([tastes.is_good(persons), np.zeros(STRANGERS, bool)])[person]
    seconds = tastes.towards_evening(rng, seconds, good)
    buyer = np.concatenate([persons["role"].eq("buyer"), np.zeros(STRANGERS, bool)])[person]
    away = with_faults & buyer & (rng.random(len(person)) < faults.SLUMP_LOST_SHARE)
    seen = np.repeat(np.arange(len(person)), 1 + rng.poisson(FURTHER_PRODUCTS, len(person)))
    looks = pd.DataFrame({"person": person[seen], "away": away[seen]})
    looks["at"] = day[seen] + pd.to_timedelta(seconds[seen], unit="s") + _steps(rng, seen)
    looks["product"] = _appealing(rng, looks["at"].dt.month.to_numpy())
    return _with_wishes(rng, looks)


def _steps(rng: np.random.Generator, seen: np.ndarray) -> pd.TimedeltaIndex:
    """Return how long into the visit each of its products is seen."""
    place = pd.Series(seen).groupby(seen).cumcount().to_numpy()
    return pd.to_timedelta(place * 300 + rng.integers(0, 200, len(seen)), unit="s")


def _appealing(rng: np.random.Generator, months: np.ndarray) -> np.ndarray:
    appeal = catalogue.log_appeal(catalogue.products())[months - 1]
    return np.argmax(appeal + rng.gumbel(size=appeal.shape), axis=1)


def in_618(at: pd.Series) -> pd.Series:
    """Tell which times are in the days of 618, when carts are filled for the price of the eighteenth."""
    (month, first), (_, last) = WINDOW_618
    return (at.dt.month == month) & at.dt.day.between(first, last)


def _with_wishes(rng: np.random.Generator, looks: pd.DataFrame) -> pd.DataFrame:
    """Return the looks of those who do not stay away, and the hearts and carts that follow some of them."""
    chances = {
        "favourite": LIKED_OF_SEEN,
        "cart": np.where(in_618(looks["at"]), CARTED_IN_618, CARTED_OF_SEEN),
    }
    parts = [_rows(looks["person"], looks["at"], "view", looks["product"])[~looks["away"]]]
    for what, chance in chances.items():
        chosen = (rng.random(len(looks)) < chance) & ~looks["away"]
        at = looks["at"] + pd.to_timedelta(rng.integers(15, 90, len(looks)), unit="s")
        parts.append(_rows(looks["person"], at, what, looks["product"])[chosen])
    return pd.concat(parts, ignore_index=True)
