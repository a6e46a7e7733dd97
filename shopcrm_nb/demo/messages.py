"""Who is written to in a campaign of the demo shop, who is held out, and whom the messages reach."""

import numpy as np
import pandas as pd

from shopcrm_nb.demo.campaigns import Message
from shopcrm_nb.demo.planted import PLANTED_CUSTOMERS

HOLDOUT = "对照组"
BATCH = 500  # messages a minute
BLOCK = 20  # people of a like past, among whom the arms are drawn
WRONG = (12, 3, 5)  # who refused, is blacklisted, has left: written to all the same by a careless campaign
REACHED_SHARE = {"sms": 0.975, "email": 0.94}
RECENT_DAYS = 180
OPENED_SHARE = {"": 0.2, "A": 0.16, "B": 0.26}  # of the e-mails that arrive, by the line they open with
CLICKED_SHARE = {"sms": 0.05, "email": 0.15}  # of who gets it, of who opens it
CLICKED_OF_MOVED = 0.7
UNSUBSCRIBED_SHARE = 0.007


def known(orders: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """Return one row a person with an order that is paid by ``moment`` and has not come back in full.

    ``last`` is when they paid the last of them, ``count`` how many there are.
    """
    paid = orders[orders["paid_at"] < moment]
    back = paid["full"] & (paid["refunded_at"] < moment)
    found = paid[~back].groupby("person")["paid_at"].agg(last="max", count="size")
    return found[found.index >= PLANTED_CUSTOMERS]


def assigned(
    rng: np.random.Generator, message: Message, persons: pd.DataFrame, customers: pd.DataFrame, left: set[int]
) -> pd.DataFrame:
    """Return one row a person of a campaign: person, arm, sent_at, delivered_at (NaT if not), recent.

    ``customers`` are those of ``known``, ``left`` are those who have asked for no more messages. Whom the
    shop should not write to, and does in a careless campaign, is among them.
    """
    chosen = _chosen(rng, message, persons, customers, left)
    table = customers.loc[chosen].sort_values(["count", "last"], kind="stable").reset_index()
    table["arm"] = _arms(rng, message, len(table))
    table = table.iloc[rng.permutation(len(table))].reset_index(drop=True)
    table["sent_at"] = message.sent + pd.to_timedelta(np.arange(len(table)) // BATCH, unit="min")
    arrives = (rng.random(len(table)) < REACHED_SHARE[message.channel]) & (table["arm"] != HOLDOUT)
    delay = pd.to_timedelta(1 + rng.exponential(6, len(table)).astype(int), unit="s")
    table["delivered_at"] = (table["sent_at"] + delay).where(arrives)
    table["recent"] = table["last"] >= message.sent - pd.Timedelta(days=RECENT_DAYS)
    return table.drop(columns=["last", "count"]).sort_values(["sent_at", "person"], ignore_index=True)


def _chosen(
    rng: np.random.Generator, message: Message, persons: pd.DataFrame, customers: pd.DataFrame, left: set[int]
) -> np.ndarray:
    """Draw whom a campaign is about: who agreed to its channel and, in a careless one, some who did not."""
    person, mine = customers.index, persons.loc[customers.index]
    word, banned = mine[f"{message.channel}_ok"], mine["known"] & mine["blacklisted"]
    gone = person.isin(left)
    asked = np.ones(len(person), bool)
    if message.bought_within:
        asked = (customers["last"] >= message.sent - pd.Timedelta(days=message.bought_within)).to_numpy()
    agreed = mine["known"] & (word == "true") & ~banned & ~gone
    chosen = [rng.permutation(person[asked & agreed])[: message.most]]
    if message.careless:
        refused = mine["known"] & (word == "false") & ~banned & ~gone
        for wrong, most in zip((refused & asked, banned, gone), WRONG, strict=True):
            chosen.append(rng.permutation(person[wrong])[:most])
    return np.concatenate(chosen)


def _arms(rng: np.random.Generator, message: Message, count: int) -> np.ndarray:
    """Draw the arms of people in the order of what they bought, so that those of each block are alike."""
    share, arms = message.holdout_share, np.array(message.arms, dtype=object)
    held = np.floor(np.arange(1, BLOCK + 1) * share + 1e-9) > np.floor(np.arange(BLOCK) * share + 1e-9)
    block = np.where(held, HOLDOUT, arms[np.arange(BLOCK) % len(arms)])
    return np.concatenate([rng.permutation(block) for _ in range(-(-count // BLOCK))])[:count]


def answered(
    rng: np.random.Generator, message: Message, table: pd.DataFrame, bought_at: pd.Series
) -> pd.DataFrame:
    """Add opened_at, clicked_at, unsubscribed_at (NaT where not) and cost (NaN where nobody noted it).

    ``bought_at`` is when those persons bought whom the message moved: most of them clicked before.
    """
    lots, waits = rng.random((len(table), 3)), rng.exponential(1, (len(table), 2))
    arrived, email = table["delivered_at"].notna(), message.channel == "email"
    opens = arrived & email & (lots[:, 0] < table["arm"].map(OPENED_SHARE).fillna(0))
    opened_at = (table["delivered_at"] + _rounded(60 + waits[:, 0] * 5 * 3600)).where(opens)
    sees = opens if email else arrived
    moved = table["person"].isin(bought_at.index)
    clicks = sees & (lots[:, 1] < np.where(moved, CLICKED_OF_MOVED, CLICKED_SHARE[message.channel]))
    seen_at = opened_at if email else table["delivered_at"]
    before = bought_at.reindex(table["person"]).set_axis(table.index) - pd.Timedelta(minutes=9)
    clicked_at = seen_at + _rounded(60 + waits[:, 1] * 4 * 3600)
    clicked_at = clicked_at.where(~(clicked_at > before), before)
    leaves = sees & (lots[:, 2] < UNSUBSCRIBED_SHARE)
    sent = table["arm"] != HOLDOUT
    return table.assign(
        opened_at=opened_at,
        clicked_at=clicked_at.where(clicks & (clicked_at > seen_at)),
        unsubscribed_at=(seen_at + pd.Timedelta(minutes=7)).where(leaves),
        cost=np.where(sent & (message.cost is not None), message.cost or 0, np.nan),
    )


def _rounded(seconds: np.ndarray) -> pd.TimedeltaIndex:
    return pd.to_timedelta((seconds // 60 * 60).astype(int), unit="s")
