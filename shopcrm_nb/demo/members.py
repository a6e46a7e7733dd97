"""Who has joined the demo shop's club: what each buyer qualifies for, and who claimed the card."""

import numpy as np
import pandas as pd

from shopcrm_nb.demo import market, taobao
from shopcrm_nb.demo.people import TYPES

# name, yuan kept and completed orders ever: either is enough
TIERS = (("普通会员", 100, 3), ("高级会员", 200, 5), ("VIP会员", 500, 10), ("至尊VIP会员", 2000, 20))
CLAIMED_SHARE = {"one_time": 0.25, "occasional": 0.36, "regular": 0.50, "loyal": 0.70}  # of who qualifies
EARLY_SHARE = 0.12  # of the others who ordered, members below the first tier
IDLE_SHARE = 0.06  # of the customer file, who never bought
POINTS_SPENT = (0.0, 0.0, 0.0, 0.3, 0.6, 0.9)  # of those earned, one a yuan


def standing(final: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Return, for each person, the completed orders, the cents kept of them, since when, and the tier.

    ``tier`` is 0 for who qualifies for none, else the number of the tier from 1 on. Orders of a masked nick
    are nobody's.
    """
    mine = final[(final["status"] == "success") & ~final["masked"]]
    sums = mine.groupby("person").agg(
        orders=("net_cents", "size"), cents=("net_cents", "sum"), since=("paid_at", "min")
    )
    table = sums.reindex(persons.index)
    table[["orders", "cents"]] = table[["orders", "cents"]].fillna(0).astype(int)
    reached = [(table["cents"] >= yuan * 100) | (table["orders"] >= orders) for _, yuan, orders in TIERS]
    return table.assign(tier=np.sum([step.astype(int) for step in reached], axis=0))


def members(
    rng: np.random.Generator, final: pd.DataFrame, persons: pd.DataFrame, made_at: pd.Timestamp
) -> pd.DataFrame:
    """Return a row a member: person, enrolled_at, tier (0 for none yet) and points.

    Buyers join some time after their first completed order.
    """
    stand = standing(final, persons)
    claims = np.array([CLAIMED_SHARE[name] for name in TYPES])[persons["type"]]
    conditions = [stand["tier"] > 0, stand["orders"] > 0, persons["known"]]
    chance = np.select(conditions, [claims, EARLY_SHARE, IDLE_SHARE], 0.0)
    joins = rng.random(len(persons)) < chance
    since = stand["since"].fillna(pd.Timestamp(market.FIRST_DAY))
    share = rng.beta(0.7, 2.2, len(persons))
    at = (since + (made_at - since) * share).dt.floor("s")
    spent = rng.choice(POINTS_SPENT, len(persons))
    points = np.floor(stand["cents"] / 100 * (1 - spent)).astype(int)
    table = pd.DataFrame(
        {"person": persons.index, "enrolled_at": at, "tier": stand["tier"], "points": points}
    )
    return table[joins].reset_index(drop=True)


def member_table(joined: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the club's list, by the day of joining."""
    names = ("", *(name for name, _, _ in TIERS))
    table = joined.sort_values(["enrolled_at", "person"])
    cells = {
        "会员名": persons["nick"].loc[table["person"]].to_numpy(),
        "入会时间": taobao.clock(table["enrolled_at"]),
        "会员等级": table["tier"].map(dict(enumerate(names))),
        "积分": table["points"].astype(str),
    }
    return pd.DataFrame(cells)


def truth(final: pd.DataFrame, persons: pd.DataFrame, joined: pd.DataFrame) -> dict:
    """Return how many joined and qualify, by tier; of the people with a completed order of their own."""
    names = ("none", *(name for name, _, _ in TIERS))
    stand = standing(final, persons)
    qualifies, enrolled = stand["tier"] > 0, persons.index.isin(joined["person"])

    def by_tier(chosen: pd.Series) -> dict[str, int]:
        counts = stand.loc[chosen, "tier"].value_counts()
        return {name: int(counts.get(number, 0)) for number, name in enumerate(names)}

    buyers = stand["orders"] > 0
    return {
        "rows": len(joined),
        "buyers": int(buyers.sum()),
        "members": int((qualifies & enrolled).sum()),
        "potential_members": int((qualifies & ~enrolled).sum()),
        "enrolled_below_first_tier": int((~qualifies & enrolled).sum()),
        "enrolled_without_completed_order": int((~buyers & enrolled).sum()),
        "enrolled_by_tier": by_tier(pd.Series(enrolled, persons.index)),
        "potential_by_tier": by_tier(qualifies & ~enrolled),
    }
