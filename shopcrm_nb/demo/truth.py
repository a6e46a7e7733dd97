"""What an analysis of the demo shop ought to find: the simulation's parameters and the exact counts."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from shopcrm_nb.demo import fates, market, people, planted, simulate
from shopcrm_nb.demo.simulate import World

MONTHS_OF_R = ((5, 1), (4, 3), (3, 4), (2, 7), (1, 12))
ORDERS_OF_F = ((5, 6), (4, 4), (3, 3), (2, 2), (1, 1))
CENTS_OF_M = ((5, 200_000), (4, 100_000), (3, 50_000), (2, 30_000), (1, 1))
GRADES = (("P", 36), ("G", 26), ("S", 17), ("B", 8))
HORIZONS_DAYS = (30, 90, 180, 365)

DEFINITIONS = {
    "buyers": "distinct 买家会员名 without * that have a valid order",
    "grades": "customers of the year to as_of by the score table of the source, masked orders left out",
    "incremental_orders": "valid orders of the days that no message made or moved x (1 - 1 / multiplier): "
    "what the event really added",
    "masked_nicks": "orders whose 买家会员名 contains *",
    "money": "yuan; paid = 总金额 of paid orders, net = paid - refunds known to the latest copy of the order",
    "order_items": "买家实际支付金额 of a line is before refunds; a paid order's make 总金额 less postage",
    "repurchase": "share of the valid orders up to as_of that another of the same buyer follows on a later "
    "day, within so many days, had one waited until all lives end; masked orders are counted",
    "valid_orders": "paid, and net of refunds above 0",
}


def yuan(cents: int) -> str:
    """Write cents as yuan with two decimals."""
    return f"{cents // 100}.{cents % 100:02d}"


def truth(world: World, final: pd.DataFrame, rows: dict[str, int]) -> dict:
    """Return the parameters of the world, and the counts of its orders by the latest copy of each."""
    return {
        "as_of": market.LAST_DAY.isoformat(),
        **counts(final),
        "bad_risks": _bad_risks(world),
        "definitions": DEFINITIONS,
        "events": _events(final),
        "grades": grades(final),
        "parameters": {"customer_types": _types(world), "demand": _demand(), "shares": _shares()},
        "planted": planted.named(world.people["nick"].head(planted.PLANTED_CUSTOMERS).tolist()),
        "repurchase": _repurchase(world),
        "rows": rows,
    }


def valid(orders: pd.DataFrame) -> pd.DataFrame:
    """Return the orders that are paid and keep something after refunds."""
    return orders[orders["paid_known"] & (orders["net_cents"] > 0)]


def counts(final: pd.DataFrame) -> dict:
    """Return how many orders there are of each sort, and their money."""
    paid, good = final[final["paid_known"]], valid(final)
    named = good[~good["masked"]]
    return {
        "orders": len(final),
        "orders_by_status": {k: int(v) for k, v in final["status"].value_counts().items()},
        "buyers": int(named["person"].nunique()),
        "customers_with_orders": int(final.loc[~final["masked"], "person"].nunique()),
        "valid_orders": len(good),
        "paid_orders": len(paid),
        "partly_refunded_orders": int(((final["net_cents"] > 0) & (final["known_refund_cents"] > 0)).sum()),
        "paid_total": yuan(int(paid["total_cents"].sum())),
        "refund_total": yuan(int(paid["known_refund_cents"].sum())),
        "net_total": yuan(int(paid["net_cents"].sum())),
        "masked_nicks": int(final["masked"].sum()),
        "orders_with_postage": int((final["postage_cents"] > 0).sum()),
        "same_day_orders": int(final["twin"].sum()),
        "presale": _presale(final),
    }


def _presale(final: pd.DataFrame) -> dict[str, int]:
    presale = final[final["presale"]]
    open_ = presale["status"] == "unpaid"
    return {
        "balance_paid": int(presale["paid_known"].sum()),
        "closed_after_deposit": int((presale["status"] == "closed_unpaid").sum()),
        "waiting_for_balance": int(open_.sum()),
        "waiting_with_a_payment_time": int((open_ & presale["deposit_shown"].eq(True)).sum()),
    }


def _score(values: pd.Series, steps: tuple, at_least: list) -> np.ndarray:
    return np.select([values >= floor for floor in at_least], [score for score, _ in steps], default=0)


def grades(final: pd.DataFrame) -> dict:
    """Return how many customers the source's table puts in each grade in the year that ends on as_of."""
    end = pd.Timestamp(market.LAST_DAY)
    good = valid(final)
    day = good["paid_at"].dt.normalize()
    year = good[(day >= end - pd.DateOffset(years=1)) & (day <= end) & ~good["masked"]]
    each = year.groupby("person").agg(
        last=("paid_at", "max"), f=("net_cents", "size"), m=("net_cents", "sum")
    )
    since = [end - pd.DateOffset(months=months) for _, months in MONTHS_OF_R]
    r = _score(each["last"].dt.normalize(), MONTHS_OF_R, since)
    f = _score(each["f"], ORDERS_OF_F, [orders for _, orders in ORDERS_OF_F])
    m = _score(each["m"], CENTS_OF_M, [cents for _, cents in CENTS_OF_M])
    value = r + 3 * f + 4 * m
    grade = np.select([value >= floor for _, floor in GRADES], [name for name, _ in GRADES], default="")
    of = {name: int((grade == name).sum()) for name, _ in GRADES}
    return {
        "customers": len(each),
        "by_grade": of,
        "shares": {k: round(n / len(each), 4) for k, n in of.items()},
    }


def _types(world: World) -> dict:
    lived = world.people[world.people["first_day"] >= 0]
    share = lived["type"].value_counts(normalize=True)
    return {
        name: asdict(kind) | {"realised_share": round(float(share[number]), 4)}
        for number, (name, kind) in enumerate(people.TYPES.items())
    }


def _next_gaps(world: World) -> pd.DataFrame:
    """Return the valid orders up to as_of, one row a person and day, with the days to the person's next."""
    orders = world.orders
    kept = orders[orders["paid_at"].notna() & (orders["total_cents"] > orders["refund_cents"])]
    days = kept.assign(day=kept["paid_at"].dt.normalize())[["person", "day"]].drop_duplicates()
    days = days.sort_values(["person", "day"])
    days["gap"] = (days.groupby("person")["day"].shift(-1) - days["day"]).dt.days
    days["type"] = world.people["type"].to_numpy()[days["person"]]
    return days[days["day"] <= pd.Timestamp(market.LAST_DAY)]


def _returns(gaps: pd.DataFrame) -> dict:
    within = {f"within_{d}_days": round(float((gaps["gap"] <= d).mean()), 4) for d in HORIZONS_DAYS}
    return within | {"days": len(gaps), "median_gap_days_of_returners": float(gaps["gap"].median())}


def _repurchase(world: World) -> dict:
    gaps = _next_gaps(world)
    first = gaps[~gaps["person"].duplicated()]
    by_type = {name: _returns(gaps[gaps["type"] == n]) for n, name in enumerate(people.TYPES)}
    return {"after_any_order": _returns(gaps), "after_first_order": _returns(first), "by_type": by_type}


def _bad_risks(world: World) -> dict:
    risky = world.people[world.people["bad_risk"]]
    return {
        "nicks": sorted(risky["nick"]),
        "blacklisted": sorted(risky.loc[risky["blacklisted"], "nick"]),
        "refund_share": people.BAD_RISK_REFUND_SHARE,
    }


def _events(final: pd.DataFrame) -> list[dict]:
    good, rows = valid(final), []
    day, own = good["paid_at"].dt.normalize(), good["paid_at"] == good["was_paid_at"]
    for event in market.events():
        if event.end >= market.FIRST_DAY and event.start <= market.LAST_DAY:
            within = day.between(pd.Timestamp(event.start), pd.Timestamp(event.end))
            orders, added = int(within.sum()), int((within & own).sum()) * (1 - 1 / event.multiplier)
            spoken = {"start": event.start.isoformat(), "end": event.end.isoformat()}
            rows.append(
                asdict(event) | spoken | {"valid_orders": orders, "incremental_orders": round(added, 1)}
            )
    return rows


def _demand() -> dict:
    return {
        "by_month": list(market.MONTH_DEMAND),
        "by_weekday": list(market.WEEKDAY_DEMAND),
        "yearly_growth_of_new_buyers": market.YEARLY_GROWTH,
        "north": list(people.NORTH),
    }


def _shares() -> dict:
    return {
        "unpaid_of_created": fates.UNPAID_SHARE,
        "refunded_of_created": fates.REFUNDED_SHARE,
        "partly_refunded_of_created": fates.PARTLY_REFUNDED_SHARE,
        "masked_orders": fates.MASKED_SHARE,
        "second_order_on_the_same_day": simulate.SAME_DAY_SHARE,
        "known_buyers": people.KNOWN_BUYER_SHARE,
    }
