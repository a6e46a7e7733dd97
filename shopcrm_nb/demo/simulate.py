"""The demo shop's world: who buys on which day, what happens to each order, and what is in it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopcrm_nb.demo import (
    baskets,
    behaviour,
    fates,
    faults,
    market,
    outreach,
    parcels,
    people,
    planted,
    reviews,
    tastes,
    traffic,
)

SAME_DAY_SHARE = 0.012  # of purchases, a second order on the same day
# Further parts of the world, each with random numbers of its own; the looks have 9, the members 18.
PART_STAGES = {
    "parcels": 12,
    "reviews": 13,
    "visits": 14,
    "tastes": 21,
    "first": 16,
    "events": 17,
    "faults": 20,
    "bought_lines": 31,  # of the purchases that campaigns add, and what becomes of them
    "bought_fates": 32,
    "bought_parcels": 33,
    "bought_reviews": 34,
    "bought_events": 35,
}
RAMP = 0.25  # of the median gap: how long the appetite takes to come back after an order


@dataclass(frozen=True)
class World:
    """Everything that happens, exported or not: ``people``, ``orders`` (with times that may lie after
    the shop's last day), ``lines`` (one row a product of an order), ``parcels``, ``reviews``, ``visits``
    (a row a day) and ``events`` (a row for what somebody did in the shop). ``lost`` are the orders that a
    ``fault`` has prevented. ``sends`` and ``coupons`` are those of the campaigns, which have made, moved or
    made cheaper the orders that name a ``campaign``. Money is in cents."""

    people: pd.DataFrame
    orders: pd.DataFrame
    lines: pd.DataFrame
    parcels: pd.DataFrame
    reviews: pd.DataFrame
    visits: pd.DataFrame
    events: pd.DataFrame
    lost: pd.DataFrame
    sends: pd.DataFrame
    coupons: pd.DataFrame


def simulate(seed: int, with_faults: bool = True) -> World:
    """Return the world that ``seed`` makes; equal seeds give equal worlds.

    With or without its faults, all that they do not touch is the same: each part of the world has random
    numbers of its own, and an order that a fault prevents is drawn and then taken away.
    """
    draws = [np.random.default_rng([seed, stage]) for stage in range(5)]
    parts = {part: np.random.default_rng([seed, stage]) for part, stage in PART_STAGES.items()}
    persons = people.people(draws[0], first_days(draws[1]))
    persons = tastes.with_profiles(parts["tastes"], persons)
    purchases = pd.concat([_scripted(), _lived(draws[1], persons)], ignore_index=True)
    unpaid = _unpaid(draws[2], persons, purchases)
    bought = tastes.with_evenings(parts["tastes"], purchases, persons)
    orders = pd.concat([bought, unpaid], ignore_index=True)
    orders, lines = _filled(draws[3:], parts["first"], orders, persons)
    orders["fault"] = faults.taken(parts["faults"], orders) if with_faults else ""
    reached = outreach.run(seed, persons, orders, lines)
    more = _of_campaigns(parts, persons, orders, reached.purchases)
    return _followed(parts, persons, (orders, lines), reached, more, with_faults)


def _filled(
    draws: list[np.random.Generator],
    taste: np.random.Generator | None,
    orders: pd.DataFrame,
    persons: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return orders with their money and what becomes of them, and their lines."""
    lines = baskets.lines(draws[0], taste, orders, persons)
    orders = baskets.with_money(draws[0], orders, lines, persons)
    orders = fates.with_fates(draws[1], orders, persons)
    lines = baskets.with_refunds(draws[1], orders, lines)
    return orders.assign(refund_cents=baskets.refunds(orders, lines)), lines


def _of_campaigns(
    draws: dict[str, np.random.Generator], persons: pd.DataFrame, orders: pd.DataFrame, bought: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the orders that campaigns add, numbered after all others, and their lines.

    Who was never won is not written to, and buys nothing then either.
    """
    more, lines = _filled([draws["bought_lines"], draws["bought_fates"]], None, bought, persons)
    won = orders.loc[(orders["fault"] == "") & orders["paid_at"].notna(), "person"]
    more["fault"] = np.where(more["person"].isin(won), "", "never_won")
    first = orders.index[-1] + 1
    more = more.assign(off_cents=0).set_axis(more.index + first)
    return more, lines.assign(order=lines["order"] + first)


def _followed(
    draws: dict[str, np.random.Generator],
    persons: pd.DataFrame,
    base: tuple[pd.DataFrame, pd.DataFrame],
    reached: outreach.Outreach,
    more: tuple[pd.DataFrame, pd.DataFrame],
    with_faults: bool,
) -> World:
    """Add parcels, reviews, visits and events; with faults, set the orders aside that these prevent.

    ``base`` are the orders and lines without campaigns, ``more`` those that campaigns add.
    """
    parts = {"": reached.orders, "bought_": more[0]}
    sent = {part: parcels.sent(draws[f"{part}parcels"], table, with_faults) for part, table in parts.items()}
    told = {part: parcels.with_receipt(table, sent[part]) for part, table in parts.items()}
    written = [reviews.reviews(draws[f"{part}reviews"], table) for part, table in told.items()]
    orders, lines = pd.concat(told.values()), pd.concat([reached.lines, more[1]], ignore_index=True)
    kept = orders.index[orders["fault"] == ""]
    led = behaviour.before_orders(draws["bought_events"], *more)
    return World(
        people=persons,
        orders=orders.loc[kept].drop(columns="fault"),
        lines=_of(lines, kept),
        parcels=_of(pd.concat(sent.values(), ignore_index=True), kept),
        reviews=_of(pd.concat(written), kept),
        visits=_visits(draws["visits"], base[0], orders.loc[kept], with_faults),
        events=behaviour.events(draws["events"], persons, base, led, with_faults),
        lost=orders.drop(kept),
        sends=_to_customers(reached.sends, orders.loc[kept]),
        coupons=reached.coupons,
    )


def _of(rows: pd.DataFrame, orders: pd.Index) -> pd.DataFrame:
    return rows[rows["order"].isin(orders)]


def _visits(
    rng: np.random.Generator, base: pd.DataFrame, orders: pd.DataFrame, with_faults: bool
) -> pd.DataFrame:
    """Return the visits that there are without campaigns, and of those whom campaigns bring."""
    came = orders[(orders["campaign"] != "") & (orders["paid_at"] != orders["was_paid_at"])]
    return traffic.with_campaigns(traffic.visits(rng, faults.purchases(base), with_faults), came["paid_at"])


def _to_customers(sends: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Leave out the people who are no customers because a fault has prevented their first order."""
    first = orders.groupby("person")["paid_at"].min()
    known = sends["person"].map(first) < sends["sent_at"]
    return sends[known].reset_index(drop=True)


def first_days(rng: np.random.Generator) -> np.ndarray:
    """Return the day (since FIRST_DAY) of each buyer's first purchase; -1 for the planted ones."""
    days = pd.date_range(market.FIRST_DAY, market.LAST_DAY)
    weight = market.demand(days) * market.YEARLY_GROWTH ** (np.arange(len(days)) / 365.25)
    count = people.BUYERS - planted.PLANTED_CUSTOMERS
    drawn = np.sort(rng.choice(len(days), count, p=weight / weight.sum()))
    return np.concatenate([np.full(planted.PLANTED_CUSTOMERS, -1), drawn])


def plateau_rate(median_gap_days: float) -> float:
    """Return the daily purchase rate, once appetite is back, that gives this median gap at a demand of 1.

    The rate ``u`` days after an order is ``rate × (1 − exp(−u / ramp))`` with ramp = RAMP × median.
    """
    ramp = RAMP * median_gap_days
    return np.log(2) / (median_gap_days - ramp * (1 - np.exp(-1 / RAMP)))


def _lived(rng: np.random.Generator, persons: pd.DataFrame) -> pd.DataFrame:
    """Return the paid orders of all buyers, day by day until END_OF_LIVES: person and paid_at."""
    kinds = list(people.TYPES.values())
    type_ = persons["type"].to_numpy()
    rate = np.array([plateau_rate(kind.median_gap_days) for kind in kinds])[type_]
    ramp = RAMP * np.array([kind.median_gap_days for kind in kinds])[type_]
    leave = np.array([kind.leave_share for kind in kinds])[type_]
    first = persons["first_day"].to_numpy()
    days = pd.date_range(market.FIRST_DAY, market.END_OF_LIVES)
    last = np.full(len(persons), -1)
    staying = np.zeros(len(persons), dtype=bool)
    bought = []
    for day, demand in enumerate(market.demand(days)):
        alive = np.flatnonzero(staying)
        hazard = rate[alive] * (1 - np.exp(-(day - last[alive]) / ramp[alive])) * demand
        again = alive[rng.random(len(alive)) < 1 - np.exp(-hazard)]
        buying = np.concatenate([again, np.flatnonzero(first == day)])
        last[buying] = day
        staying[buying] = rng.random(len(buying)) >= leave[buying]
        bought.append(pd.DataFrame({"person": buying, "day": day}))
    purchases = pd.concat(bought, ignore_index=True)
    twice = purchases[rng.random(len(purchases)) < SAME_DAY_SHARE].assign(twin=True)
    purchases = pd.concat([purchases.assign(twin=False), twice], ignore_index=True)
    return _timed(rng, purchases, days)


def _timed(rng: np.random.Generator, purchases: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Give each purchase its time of payment and of creation; some of 双11 and 618 were ordered before."""
    day = days[purchases["day"].to_numpy()]
    rush = ((day.month == 11) & (day.day == 11)) | ((day.month == 6) & (day.day == 18))
    paid_at = day + pd.to_timedelta(market.seconds_of_day(rng, np.asarray(rush)), unit="s")
    count = len(purchases)
    minutes = np.where(rng.random(count) < 0.06, rng.uniform(60, 1300, count), rng.exponential(2.5, count))
    presale = np.asarray(rush) & (rng.random(count) < 0.3) & ~purchases["twin"].to_numpy()
    ahead = np.where(presale, rng.uniform(5, 17, count) * 86400, minutes * 60).astype(int) + 3
    created = paid_at - pd.to_timedelta(ahead, unit="s")
    created = created.where(created >= pd.Timestamp(market.FIRST_DAY), paid_at)
    return pd.DataFrame(
        {
            "person": purchases["person"],
            "created_at": created,
            "paid_at": paid_at,
            "presale": presale,
            "twin": purchases["twin"],
            "fixed_cents": -1,
        }
    )


def _scripted() -> pd.DataFrame:
    person, paid_at, cents = zip(*planted.payments(), strict=True)
    paid = pd.to_datetime(pd.Series(paid_at))
    table = pd.DataFrame({"person": person, "created_at": paid - pd.Timedelta(seconds=41), "paid_at": paid})
    return table.assign(presale=False, twin=False, fixed_cents=cents)


def _unpaid(rng: np.random.Generator, persons: pd.DataFrame, purchases: pd.DataFrame) -> pd.DataFrame:
    """Return orders that are never paid: a buyer's first try at a purchase, or a prospect's order."""
    natural = purchases[(purchases["fixed_cents"] < 0)]
    count = round(len(purchases) * fates.UNPAID_SHARE / (1 - fates.UNPAID_SHARE))
    model = natural.iloc[rng.choice(len(natural), count)].reset_index(drop=True)
    prospects = np.flatnonzero(persons["role"] == "prospect")
    ahead = pd.to_timedelta(rng.integers(120, 40_000, count), unit="s")
    created = (model["created_at"] - ahead).clip(lower=pd.Timestamp(market.FIRST_DAY))
    table = pd.DataFrame(
        {
            "person": np.where(rng.random(count) < 0.5, model["person"], rng.choice(prospects, count)),
            "created_at": created,
            "paid_at": pd.NaT,
            "presale": model["presale"],
            "twin": False,
            "fixed_cents": -1,
        }
    )
    return pd.concat([table, _open_presale(rng, prospects)], ignore_index=True)


def _open_presale(rng: np.random.Generator, prospects: np.ndarray) -> pd.DataFrame:
    """Return presale orders of the last ten days: deposit paid, the balance falls due after the data."""
    seconds = np.sort(rng.integers(0, 10 * 86400 - 7200, 26))
    start = pd.Timestamp(market.LAST_DAY) - pd.Timedelta(days=9)
    created = start + pd.to_timedelta(seconds, unit="s")
    table = pd.DataFrame({"person": rng.choice(prospects, 26, replace=False), "created_at": created})
    table["deposit_at"] = created + pd.Timedelta(seconds=95)
    table["deposit_shown"] = np.arange(26) % 2 == 0
    return table.assign(paid_at=pd.NaT, presale=True, twin=False, fixed_cents=-1)
