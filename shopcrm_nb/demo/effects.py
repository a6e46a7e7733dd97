"""What messages do to the orders of the demo shop: some are added, others are only made earlier."""

import numpy as np
import pandas as pd

from shopcrm_nb.demo.campaigns import COUPON_FROM_CENTS, COUPON_OFF_CENTS, Message

PULLED_FROM_DAYS = 45  # after the window: purchases that a coupon moves into it
COUPON_USED_SHARE = 0.8  # of the orders of the window that it fits, by people who would have bought anyway
DAY_SHARES = (0.22, 0.13, 0.32, 0.13, 0.10, 0.10)  # of a campaign's purchases, by the days from its first on
SOONEST = pd.Timedelta(hours=1)  # after a message that somebody buys


def unmoved(orders: pd.DataFrame) -> pd.DataFrame:
    """Return the orders with what campaigns say of them: nothing yet.

    ``campaign`` names the one that made or moved an order or took something off, ``was_paid_at`` is when it
    would have been paid without it (NaT: never), ``off_cents`` what its coupon takes off.
    """
    return orders.assign(campaign="", was_paid_at=orders["paid_at"], off_cents=0)


def _anyway(table: pd.DataFrame, message: Message, orders: pd.DataFrame) -> pd.Series:
    """Tell which persons pay an order in the window anyway."""
    within = orders[orders["paid_at"].between(message.sent, message.closes)]
    return table["person"].isin(within["person"])


def added(
    rng: np.random.Generator, message: Message, table: pd.DataFrame, orders: pd.DataFrame
) -> pd.DataFrame:
    """Return the purchases that would not have been made without the message: person, created_at, paid_at."""
    lot, day = rng.random(len(table)), rng.choice(len(DAY_SHARES), len(table), p=DAY_SHARES)
    hours, minutes = rng.normal(20, 2.5, len(table)).clip(11.5, 23.4), 1 + rng.exponential(3, len(table))
    chance = np.where(table["recent"], message.recent, message.older)
    moved = (lot < chance) & table["delivered_at"].notna() & ~_anyway(table, message, orders)
    paid_at = message.start + pd.to_timedelta(day * 86_400 + (hours * 3600).astype(int), unit="s")
    bought = pd.DataFrame({"person": table["person"], "paid_at": paid_at})[moved]
    bought["created_at"] = bought["paid_at"] - pd.to_timedelta((minutes[moved] * 60).astype(int), unit="s")
    return bought.assign(
        presale=False, twin=False, fixed_cents=-1, campaign=message.campaign_id, was_paid_at=pd.NaT
    )


def pulled(
    rng: np.random.Generator, message: Message, table: pd.DataFrame, orders: pd.DataFrame
) -> pd.Series:
    """Return by how much each order is moved forward that the coupon moves, by its place in ``orders``.

    It is one order a person, of those who would not have bought in the window.
    """
    until = message.closes + pd.Timedelta(days=PULLED_FROM_DAYS)
    reached = table.loc[table["delivered_at"].notna() & ~_anyway(table, message, orders), "person"]
    day = orders["paid_at"].dt.normalize()
    alone = ~pd.DataFrame({"person": orders["person"], "day": day}).duplicated(keep=False)
    fits = fits_coupon(orders) & alone & ~orders["presale"] & orders["person"].isin(reached)
    later = orders[fits & orders["paid_at"].between(message.closes, until)].sort_values("paid_at")
    first = later.drop_duplicates("person").sort_index()
    first = first[rng.random(len(first)) < message.pulled]
    days = rng.choice(len(DAY_SHARES), len(first), p=DAY_SHARES)
    early = first["paid_at"] - day.loc[first.index] < message.sent - message.start + SOONEST
    target = message.start + pd.to_timedelta(np.where(early & (days == 0), 1, days), unit="D")
    return day.loc[first.index] - target


def fits_coupon(orders: pd.DataFrame) -> pd.Series:
    """Tell which orders the coupon may be used for; one that comes back in part is not among them."""
    part = orders["refunded_at"].notna() & ~orders["full"]
    return (orders["goods_cents"] >= COUPON_FROM_CENTS) & (orders["fixed_cents"] < 0) & ~part


def moved(orders: pd.DataFrame, message: Message, by: pd.Series) -> pd.DataFrame:
    """Return the orders with all that happens to some of them earlier, ``by`` so much."""
    times = [name for name in orders.columns if name.endswith("_at") and name != "was_paid_at"]
    orders = orders.copy()
    for name in times:
        orders.loc[by.index, name] = orders.loc[by.index, name] - by
    orders.loc[by.index, "campaign"] = message.campaign_id
    return orders


def users(rng: np.random.Generator, message: Message, table: pd.DataFrame, orders: pd.DataFrame) -> pd.Index:
    """Return the orders that are paid with the coupon: those it moved, and some that it did not."""
    mine = orders[fits_coupon(orders) & orders["person"].isin(table.loc[table["arm"] == "", "person"])]
    mine = mine[mine["paid_at"].between(message.sent + SOONEST, message.closes)]
    mine = mine.sort_values("paid_at").drop_duplicates("person").sort_index()
    uses = (rng.random(len(mine)) < COUPON_USED_SHARE) | (mine["campaign"] == message.campaign_id)
    return mine.index[uses]


def with_coupon(
    orders: pd.DataFrame, lines: pd.DataFrame, message: Message, used: pd.Index
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return orders and lines with the coupon taken off the dearest line of each order that used it."""
    held = lines[lines["order"].isin(used)].sort_values(["order", "goods_cents"], ascending=[True, False])
    line = held.drop_duplicates("order").set_index("order", append=True).index
    orders, lines = orders.copy(), lines.copy()
    rows, places = line.get_level_values(0), line.get_level_values(1)
    back = orders.loc[places, "full"].to_numpy() * COUPON_OFF_CENTS
    lines.loc[rows, "goods_cents"] -= COUPON_OFF_CENTS
    lines.loc[rows, "refund_cents"] -= back
    orders.loc[places, ["goods_cents", "total_cents"]] -= COUPON_OFF_CENTS
    orders.loc[places, "refund_cents"] -= back
    orders.loc[places, "off_cents"] = COUPON_OFF_CENTS
    orders.loc[places, "campaign"] = message.campaign_id
    return orders, lines
