"""What each campaign of the demo shop truly did: its orders beside those that there were without it."""

import pandas as pd

from shopcrm_nb.demo import campaigns, market
from shopcrm_nb.demo.campaigns import Message
from shopcrm_nb.demo.messages import HOLDOUT
from shopcrm_nb.demo.simulate import World
from shopcrm_nb.demo.truth import valid

HORIZONS_DAYS = (90, 180)
DEFINITIONS = {
    "arms": "people of the campaign's rows in sends.parquet; 对照组 is the hold-out",
    "spans": "from 发送时间 of each person on: window to 7 days later, the others so many days; null where "
    "that is after as_of",
    "with, without": "of the people written to: who has a valid order in the span, orders and net sales "
    "(known to the latest copy of each order, masked ones left out), as it is and as without the campaign",
    "incremental": "with - without",
    "holdout": "the same of the people held out, for whom nothing differs",
    "pulled_forward_share": "of the orders of the window that are there because of the campaign, those that "
    "would have been made later; of a flash sale, missing_after / added_orders",
    "by_recency": "window, of the people written to by whether they had ordered in the 180 days before",
    "unwanted": "people written to whose sms_ok (email_ok) in customers.csv is false, who are blacklisted "
    "there, or who had unsubscribed from an earlier message",
    "flash sales": "added_orders = valid orders of the days x (1 - 1 / multiplier); missing_after = those of "
    "the slump x (1 / its multiplier - 1)",
}


def truth(world: World, final: pd.DataFrame) -> dict:
    """Return, for each campaign, whom it had and what it truly changed."""
    orders = valid(final)
    orders = orders[~orders["masked"]]
    told = {message.campaign_id: _of_message(world, orders, message) for message in campaigns.MESSAGES}
    return {"campaigns": told | _sales(valid(final)), "campaign_definitions": DEFINITIONS}


def _of_message(world: World, orders: pd.DataFrame, message: Message) -> dict:
    sends = world.sends[world.sends["campaign_id"] == message.campaign_id]
    held = sends["arm"] == HOLDOUT
    after = without(orders, message.campaign_id)
    return {
        "arms": {arm or "-": int(n) for arm, n in sends["arm"].value_counts().sort_index().items()},
        "effect": _spans(sends[~held], orders, after),
        "holdout": {name: _sums(sends[held], orders, ends) for name, ends in _ends(sends[held])},
        "by_recency": {
            name: _spans(sends[~held & (sends["recent"] == recent)], orders, after)["window"]
            for name, recent in (("within_180_days", True), ("longer_ago", False))
        },
        "pulled_forward_share": _pulled_share(orders, message),
        "unwanted": _unwanted(world, sends[~held], message.channel),
    }


def without(orders: pd.DataFrame, campaign_id: str) -> pd.DataFrame:
    """Return the orders that there are without a campaign, each when it is paid then and for what."""
    mine = orders["campaign"] == campaign_id
    kept = orders[~mine | orders["was_paid_at"].notna()]
    changed = kept["campaign"] == campaign_id
    return kept.assign(
        paid_at=kept["paid_at"].mask(changed, kept["was_paid_at"]),
        net_cents=kept["net_cents"] + kept["off_cents"].where(changed, 0),
    )


def _ends(sends: pd.DataFrame) -> list[tuple[str, pd.Series | None]]:
    """Return each span with when it ends for each person; None where that is after the last day."""
    last = pd.Timestamp(market.LAST_DAY) + pd.Timedelta(days=1)
    spans = {"window": campaigns.WINDOW_DAYS} | {str(days): days for days in HORIZONS_DAYS}
    ends = {name: sends["sent_at"] + pd.Timedelta(days=days) for name, days in spans.items()}
    return [(name, end if len(end) and end.max() < last else None) for name, end in ends.items()]


def _sums(sends: pd.DataFrame, orders: pd.DataFrame, ends: pd.Series | None) -> dict | None:
    """Return people, and buyers, orders and net sales of the valid orders from the message to its end."""
    if ends is None:
        return None
    both = orders.merge(sends.assign(ends=ends)[["person", "sent_at", "ends"]], on="person")
    both = both[(both["paid_at"] >= both["sent_at"]) & (both["paid_at"] < both["ends"])]
    return {
        "people": len(sends),
        "buyers": int(both["person"].nunique()),
        "orders": len(both),
        "net_sales": round(int(both["net_cents"].sum()) / 100, 2),
    }


def _spans(sends: pd.DataFrame, orders: pd.DataFrame, after: pd.DataFrame) -> dict:
    return {name: _difference(sends, orders, after, ends) for name, ends in _ends(sends)}


def _difference(
    sends: pd.DataFrame, orders: pd.DataFrame, after: pd.DataFrame, ends: pd.Series | None
) -> dict | None:
    if ends is None:
        return None
    here, there = _sums(sends, orders, ends), _sums(sends, after, ends)
    gained = {name: round(here[name] - there[name], 2) for name in ("buyers", "orders", "net_sales")}
    return {"with": here, "without": there, "incremental": gained}


def _pulled_share(orders: pd.DataFrame, message: Message) -> float | None:
    mine = orders[(orders["campaign"] == message.campaign_id) & (orders["paid_at"] != orders["was_paid_at"])]
    return round(float(mine["was_paid_at"].notna().mean()), 4) if len(mine) else None


def _unwanted(world: World, sends: pd.DataFrame, channel: str) -> dict[str, int]:
    """Count the people who should not have been written to."""
    persons = world.people.loc[sends["person"]]
    left = world.sends.groupby("person")["unsubscribed_at"].min().reindex(sends["person"]).to_numpy()
    return {
        "refused": int((persons["known"] & (persons[f"{channel}_ok"] == "false")).sum()),
        "blacklisted": int((persons["known"] & persons["blacklisted"]).sum()),
        "after_unsubscribing": int((left < sends["sent_at"].to_numpy()).sum()),
    }


def _sales(orders: pd.DataFrame) -> dict:
    """Return what each flash sale added, and what its slump took away afterwards."""
    day, told = orders["paid_at"].dt.normalize(), {}
    for sale, slump in zip(market.FLASH_SALES, market.SLUMPS, strict=True):
        during, later = (
            int(day.between(pd.Timestamp(event.start), pd.Timestamp(event.end)).sum())
            for event in (sale, slump)
        )
        added, missing = during * (1 - 1 / sale.multiplier), later * (1 / slump.multiplier - 1)
        told[f"JHS{sale.start:%Y%m}"] = {
            "valid_orders": during,
            "added_orders": round(added, 1),
            "missing_after": round(missing, 1),
            "pulled_forward_share": round(missing / added, 4),
        }
    return told
