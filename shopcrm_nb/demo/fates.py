"""What becomes of each order of the demo shop: shipped, refunded, closed; who waits, whose nick is masked."""

import numpy as np
import pandas as pd

from shopcrm_nb.demo import people

UNPAID_SHARE = 0.12  # of created orders, closed without payment
REFUNDED_SHARE = 0.06  # of created orders, all money back
PARTLY_REFUNDED_SHARE = 0.04  # of created orders
IN_TWO_PARCELS_SHARE = 0.25  # of orders of several lines; the second parcel leaves a week later
REFUNDED_BEFORE_SHIPPING_SHARE = 0.3  # of full refunds
MASKED_SHARE = 0.015  # of orders, the buyer's nick comes as t**8


def _after(rng: np.random.Generator, start: pd.Series, low_days: float, high_days: float) -> pd.Series:
    return start + pd.to_timedelta(rng.integers(low_days * 86400, high_days * 86400, len(start)), unit="s")


def _refund_kinds(
    rng: np.random.Generator, orders: pd.DataFrame, persons: pd.DataFrame
) -> tuple[pd.Series, pd.Series]:
    """Draw which paid orders come back in full and which in part; scripted ones never do."""
    bad_risk = persons["bad_risk"].to_numpy()[orders["person"]]
    lot = pd.Series(rng.random(len(orders)), index=orders.index)
    lot = lot.where(orders["paid_at"].notna() & (orders["fixed_cents"] < 0), 1.0)
    of_paid = 1 / (1 - UNPAID_SHARE)
    full_share = np.where(bad_risk, people.BAD_RISK_REFUND_SHARE, REFUNDED_SHARE * of_paid)
    part_share = np.where(bad_risk, 0.0, PARTLY_REFUNDED_SHARE * of_paid)
    full = lot < full_share
    return full, ~full & (lot < full_share + part_share)


def _closings(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    """Draw when each unpaid order closes: after a day by itself, sooner by the buyer, presale after 18."""
    timeout = rng.random(len(orders)) < 0.7
    by_buyer = _after(rng, orders["created_at"], 0.02, 0.9)
    closed = by_buyer.mask(timeout, orders["created_at"] + pd.Timedelta(days=1))
    closed = closed.mask(orders["presale"], orders["created_at"] + pd.Timedelta(days=18))
    return pd.DataFrame({"closed_at": closed.where(orders["paid_at"].isna()), "timeout": timeout})


def with_fates(rng: np.random.Generator, orders: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Add what becomes of each order: when it ships, is refunded, closed; who waits; whether masked."""
    count = len(orders)
    full, part = _refund_kinds(rng, orders, persons)
    early = full & (rng.random(count) < REFUNDED_BEFORE_SHIPPING_SHARE)
    first_parcel = _after(rng, orders["paid_at"], 0.2, 2.8).mask(early)
    in_two = orders["lines"].gt(1) & (rng.random(count) < IN_TWO_PARCELS_SHARE)
    shipped = first_parcel + pd.to_timedelta(np.where(in_two, 7, 0), unit="D")
    refunded = _after(rng, shipped, 2, 20).where(full | part)
    refunded = refunded.mask(early, _after(rng, orders["paid_at"], 0.05, 0.9))
    return orders.assign(
        full=full,
        part_shipped_at=first_parcel.where(in_two),
        shipped_at=shipped,
        confirm_lot=rng.integers(0, 864_000, count) / 864_000,
        refunded_at=refunded,
        masked=(orders["fixed_cents"] < 0) & (rng.random(count) < MASKED_SHARE),
        **_closings(rng, orders),
    )
