"""The campaigns of the demo shop run: messages are sent, and orders added, moved and made cheaper."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopcrm_nb.demo import campaigns, effects, messages

COUPON_COLUMNS = ("coupon_id", "person", "campaign_id", "granted_at", "order")
COUPON_IDS_FROM = 2_509_000_000


@dataclass(frozen=True)
class Outreach:
    """What the campaigns do: ``orders`` and ``lines`` as they become, ``purchases`` that are added (without
    lines yet), ``sends`` (a row a message or somebody held out) and ``coupons`` (a row a grant, ``order``
    -1 where it is not used)."""

    orders: pd.DataFrame
    lines: pd.DataFrame
    purchases: pd.DataFrame
    sends: pd.DataFrame
    coupons: pd.DataFrame


def run(seed: int, persons: pd.DataFrame, orders: pd.DataFrame, lines: pd.DataFrame) -> Outreach:
    """Run every campaign of messages on the orders, in the order of time.

    Orders that a fault prevents are among them. They count as made: what people do of themselves is the same
    with the faults and without.
    """
    orders, sends, purchases, coupons = effects.unmoved(orders), [], [], []
    left: set[int] = set()
    for message in campaigns.MESSAGES:
        draws = [np.random.default_rng([seed, message.stage, part]) for part in range(3)]
        table = messages.assigned(draws[0], message, persons, messages.known(orders, message.sent), left)
        more = effects.added(draws[1], message, table, orders)
        if message.pulled:
            orders, lines, granted = _with_coupons(draws[1], message, table, orders, lines)
            coupons.append(granted)
        mine = orders[(orders["campaign"] == message.campaign_id) & orders["paid_at"].notna()]
        bought_at = pd.concat([more, mine]).groupby("person")["created_at"].min()
        answers = messages.answered(draws[2], message, table, bought_at)
        left |= set(answers.loc[answers["unsubscribed_at"].notna(), "person"])
        sends.append(answers.assign(campaign_id=message.campaign_id, channel=message.channel))
        purchases.append(more)
    return Outreach(
        orders=orders,
        lines=lines,
        purchases=pd.concat(purchases, ignore_index=True),
        sends=pd.concat(sends, ignore_index=True),
        coupons=pd.concat(coupons, ignore_index=True) if coupons else pd.DataFrame(columns=COUPON_COLUMNS),
    )


def _with_coupons(
    rng: np.random.Generator,
    message: campaigns.Message,
    table: pd.DataFrame,
    orders: pd.DataFrame,
    lines: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the orders and lines after a coupon that pulls purchases forward, and the grants of it."""
    orders = effects.moved(orders, message, effects.pulled(rng, message, table, orders))
    used = effects.users(rng, message, table, orders)
    orders, lines = effects.with_coupon(orders, lines, message, used)
    granted = table[table["arm"] != messages.HOLDOUT].reset_index(drop=True)
    order = pd.Series(used, orders.loc[used, "person"])
    coupons = pd.DataFrame(
        {
            "coupon_id": COUPON_IDS_FROM + np.cumsum(rng.integers(1, 40, len(granted))),
            "person": granted["person"],
            "campaign_id": message.campaign_id,
            "granted_at": granted["sent_at"],
            "order": granted["person"].map(order).fillna(-1).astype(int),
        }
    )
    return orders, lines, coupons
