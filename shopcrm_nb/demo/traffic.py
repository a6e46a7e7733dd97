"""Who visits the demo shop: visitors that follow demand, and what they do before some of them pay."""

import numpy as np
import pandas as pd

from shopcrm_nb.demo import faults, market

CONVERSION = 0.029  # of a day's visitors, who pay
SALE_CONVERSION = 1.18  # times that on the days of a sale
CAMPAIGN_CONVERSION = 0.04  # of who visits because of a message
SMOOTHED_DAYS = 57  # over which buyers are set against demand
NOISE = 0.06  # of the logarithm of visitors
CART_SINCE = "2023-10-01"  # before, the platform did not count who filled a cart
OUTAGES = ("2024-02-11", "2025-08-19", "2025-08-20")  # the platform has no bounce rate nor time on page


def visits(rng: np.random.Generator, paying: pd.DataFrame, with_faults: bool) -> pd.DataFrame:
    """Return one row a day up to LAST_DAY.

    visitors, new_visitors, page_views, favourites and carts are counts, bounce is 0 to 1, seconds the time
    that a visitor stays; NaN where the platform has none. ``paying`` are the days on which people paid in a
    world without faults. In the bad month as many visit as ever; the returning customers who stay away do
    not visit.
    """
    days = pd.date_range(market.FIRST_DAY, market.LAST_DAY)
    new, returning = (_expected(paying[paying["returning"] == back], days) for back in (False, True))
    if with_faults:
        returning = returning * np.where(
            days >= pd.Timestamp(faults.SLUMP_SINCE), 1 - faults.SLUMP_LOST_SHARE, 1
        )
    sale = (market.price_factors(days) < 1) & (market.demand(days) > market.seasonal_demand(days))
    chance = CONVERSION * np.where(sale, SALE_CONVERSION, 1)
    visitors = np.rint((new + returning) / chance * np.exp(rng.normal(0, NOISE, len(days)))).astype(int)
    old_share = 0.14 + 0.45 * returning / (new + returning) + rng.normal(0, 0.012, len(days))
    pages = visitors * (3.6 + 0.5 * sale + rng.normal(0, 0.15, len(days)))
    bounce = 0.54 - 0.03 * sale + rng.normal(0, 0.012, len(days))
    table = pd.DataFrame(
        {
            "visitors": visitors,
            "new_visitors": np.rint(visitors * (1 - old_share)).astype(int),
            "page_views": np.rint(pages).astype(int),
            "bounce": bounce,
            "seconds": 95 + rng.normal(0, 6, len(days)),
            "favourites": np.rint(visitors * (0.045 + rng.normal(0, 0.006, len(days)))),
            "carts": np.rint(visitors * (0.08 + 0.03 * sale + rng.normal(0, 0.01, len(days)))),
        },
        index=days,
    )
    table.loc[table.index < CART_SINCE, "carts"] = np.nan
    table.loc[table.index.isin(pd.to_datetime(OUTAGES)), ["bounce", "seconds"]] = np.nan
    return table


def with_campaigns(visits: pd.DataFrame, paid_at: pd.Series) -> pd.DataFrame:
    """Add the visitors whom messages bring; ``paid_at`` are the payments that these make on a day."""
    buyers = paid_at.dt.normalize().value_counts().reindex(visits.index, fill_value=0)
    more = np.rint(buyers / CAMPAIGN_CONVERSION).astype(int)
    grown = 1 + more / visits["visitors"]
    counts = {name: np.rint(visits[name] * grown) for name in ("favourites", "carts")}
    return visits.assign(
        visitors=visits["visitors"] + more,
        page_views=np.rint(visits["page_views"] * grown).astype(int),
        **counts,
    )


def _expected(paying: pd.DataFrame, days: pd.DatetimeIndex) -> np.ndarray:
    """Return how many pay on each day, by its demand and by what the days around it bring for theirs."""
    counts = paying["day"].value_counts().reindex(days, fill_value=0)
    demand = pd.Series(market.demand(days), index=days)
    bought, wanted = (
        found.rolling(SMOOTHED_DAYS, center=True, min_periods=1).sum() for found in (counts, demand)
    )
    return (demand * bought / wanted).to_numpy()
