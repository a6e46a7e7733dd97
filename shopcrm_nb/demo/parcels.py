"""The parcels of the demo shop: who carries them, when they are signed for, and when buyers confirm."""

import numpy as np
import pandas as pd

from shopcrm_nb.demo import faults
from shopcrm_nb.demo.people import places

COURIERS = ("中通快递", "圆通速递", "韵达快递", "申通快递", "极兔速递", "顺丰速运")
PACE = (1.0, 1.0, 1.05, 1.05, 1.15, 0.7)  # of each courier; 1 takes the usual time
USUAL_DAYS = 2.5  # from shipping to signing, and to the provinces that are nearer or farther:
DAYS_TO = {
    **dict.fromkeys(("浙江省", "江苏省", "上海", "安徽省"), 1.6),
    **dict.fromkeys(("四川省", "重庆", "云南省", "广西壮族自治区", "吉林省", "黑龙江省"), 3.2),
    **dict.fromkeys(("内蒙古自治区", "新疆维吾尔自治区"), 5.0),
}
SPREAD = 0.28  # of the logarithm of the days
AUTO_CONFIRM_DAYS = 10  # the platform confirms by itself so many days after shipping
ACTIVE_SHARE = 0.55  # of the buyers, who confirm themselves, if the platform is not sooner
PATIENCE_DAYS = 1.3  # how long these wait after signing, on the average


def sent(rng: np.random.Generator, orders: pd.DataFrame, with_faults: bool) -> pd.DataFrame:
    """Return one row a parcel: order, courier, shipped_at, signed_at (NaT where it is not taken in)."""
    courier = rng.integers(0, len(COURIERS), len(orders))
    first = _legs(rng, orders, orders["part_shipped_at"], courier, with_faults)
    last = _legs(rng, orders, orders["shipped_at"], courier, with_faults)
    parcels = pd.concat([first, last], ignore_index=True).dropna(subset="shipped_at")
    return parcels.sort_values(["order", "shipped_at"], ignore_index=True)


def _legs(
    rng: np.random.Generator, orders: pd.DataFrame, shipped_at: pd.Series, courier: np.ndarray, faulty: bool
) -> pd.DataFrame:
    """Return a parcel an order: signed for in the daytime; never, where the money was back before."""
    count = len(orders)
    provinces = places()["province"].to_numpy()[orders["place"]]
    usual = np.array([DAYS_TO.get(province, USUAL_DAYS) for province in provinces])
    days = usual * np.asarray(PACE)[courier] * np.exp(rng.normal(0, SPREAD, count))
    late, hours = rng.uniform(*faults.SLOW_DAYS, count), rng.uniform(9, 20, count)
    days = days + np.where(faulty & faults.is_slow(provinces, shipped_at), late, 0)
    arrived = (shipped_at + pd.to_timedelta(days, unit="D")).dt.normalize()
    signed = (arrived + pd.to_timedelta(hours, unit="h")).dt.floor("s")
    signed = signed.mask(signed < shipped_at + pd.Timedelta(hours=8), signed + pd.Timedelta(days=1))
    signed = signed.mask(signed > orders["refunded_at"].where(orders["full"]))
    return pd.DataFrame(
        {"order": orders.index, "courier": courier, "shipped_at": shipped_at, "signed_at": signed}
    )


def with_receipt(orders: pd.DataFrame, parcels: pd.DataFrame) -> pd.DataFrame:
    """Add when the last parcel of an order was signed for, its courier, and when it was confirmed.

    That is by the buyer, some days after signing, or by the platform; never for what comes back in full.
    """
    by_order = parcels.groupby("order")
    signed = by_order["signed_at"].max().reindex(orders.index)
    active = orders["confirm_lot"] < ACTIVE_SHARE
    wait = -np.log(1 - orders["confirm_lot"].clip(upper=ACTIVE_SHARE) / ACTIVE_SHARE * 0.97) * PATIENCE_DAYS
    by_buyer = (signed + pd.to_timedelta(wait, unit="D")).dt.ceil("s").where(active)
    by_platform = orders["shipped_at"] + pd.Timedelta(days=AUTO_CONFIRM_DAYS)
    return orders.assign(
        courier=by_order["courier"].first().reindex(orders.index),
        signed_at=signed,
        confirmed_at=by_buyer.where(by_buyer < by_platform, by_platform).mask(orders["full"]),
    )
