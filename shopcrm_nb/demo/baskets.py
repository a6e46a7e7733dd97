"""What is in each order of the demo shop and what it costs. Money is in cents."""

import numpy as np
import pandas as pd

from shopcrm_nb.demo import catalogue, market, tastes
from shopcrm_nb.demo.people import TYPES, places

COLOURS = ("黑色", "驼色", "米白", "灰色", "卡其")
SIZES = ("S", "M", "L", "XL")
REMOTE = ("新疆维吾尔自治区", "内蒙古自治区")
POSTAGE_CENTS = (1000, 1200, 1500)
PRESENT_SHARE = 0.04  # of orders, sent to somebody else's place


def _types(orders: pd.DataFrame, persons: pd.DataFrame) -> np.ndarray:
    return persons["type"].to_numpy()[orders["person"]]


def _chosen(rng: np.random.Generator, months: np.ndarray, types: np.ndarray) -> np.ndarray:
    """Draw the product of each line from its month's appeal, bent by the type's taste for dear things."""
    range_ = catalogue.products()
    tilt = np.array([kind.price_tilt for kind in TYPES.values()])[types]
    price = np.log(range_["price_cents"].to_numpy() / 25_000)
    appeal = catalogue.log_appeal(range_)[months - 1] + tilt[:, None] * price
    # The largest of log weight plus Gumbel noise falls on each product with the probability of its weight.
    return np.argmax(appeal + rng.gumbel(size=appeal.shape), axis=1)


def lines(
    rng: np.random.Generator, taste: np.random.Generator | None, orders: pd.DataFrame, persons: pd.DataFrame
) -> pd.DataFrame:
    """Return one row a product of an order: order, product, quantity, list price, what it costs, style.

    A scripted order has one line that costs exactly its amount. ``taste`` draws what is bought first; without
    it nobody buys for the first time.
    """
    types = _types(orders, persons)
    mean = np.array([kind.extra_lines for kind in TYPES.values()])[types]
    scripted = orders["fixed_cents"].to_numpy() >= 0
    number = 1 + np.where(scripted, 0, rng.poisson(mean).clip(0, 3))
    order = np.repeat(np.arange(len(orders)), number)
    months = orders["created_at"].dt.month.to_numpy()[order]
    table = pd.DataFrame({"order": order, "product": _chosen(rng, months, types[order])})
    table = table.drop_duplicates(ignore_index=True)
    if taste is not None:
        table["product"] = tastes.first_products(taste, table, orders, persons)
    count = len(table)
    range_ = catalogue.products()
    accessory = range_["category"].eq("配饰").to_numpy()[table["product"]]
    table["quantity"] = 1 + (accessory & (rng.random(count) < 0.15))
    table["colour"] = rng.integers(0, len(COLOURS), count)
    table["size"] = rng.choice(len(SIZES), count, p=[0.2, 0.38, 0.28, 0.14])
    factor = _price_factors(rng, orders)[table["order"]]
    price = range_["price_cents"].to_numpy()
    table["list_cents"] = price[table["product"]]
    table["goods_cents"] = np.rint(table["list_cents"] * table["quantity"] * factor / 10).astype(int) * 10
    return _with_fixed_amounts(table, orders, price)


def _with_fixed_amounts(table: pd.DataFrame, orders: pd.DataFrame, price: np.ndarray) -> pd.DataFrame:
    fixed = orders["fixed_cents"].to_numpy()[table["order"]]
    dearer = np.where(price[None, :] >= np.maximum(fixed, 0)[:, None], price[None, :], np.inf)
    cheapest = np.argmin(dearer, axis=1)
    scripted = fixed >= 0
    return table.assign(
        product=np.where(scripted, cheapest, table["product"]),
        quantity=np.where(scripted, 1, table["quantity"]),
        list_cents=np.where(scripted, price[cheapest], table["list_cents"]),
        goods_cents=np.where(scripted, fixed, table["goods_cents"]),
    )


def _price_factors(rng: np.random.Generator, orders: pd.DataFrame) -> np.ndarray:
    """Return the share of the list price each order asks: the event's price, or a coupon of the shop."""
    days = pd.DatetimeIndex(orders["paid_at"].fillna(orders["created_at"]))
    coupon = rng.choice([1.0, 0.97, 0.95, 0.9, 0.85], len(orders), p=[0.45, 0.1, 0.2, 0.15, 0.1])
    event = market.price_factors(days.normalize())
    return np.where(event < 1, event, coupon)


def with_money(
    rng: np.random.Generator, orders: pd.DataFrame, table: pd.DataFrame, persons: pd.DataFrame
) -> pd.DataFrame:
    """Add to each order where it goes (home, or a present elsewhere), its lines, quantity and amounts."""
    sums = table.groupby("order")[["quantity", "goods_cents"]].sum()
    towns, home = places(), persons["place"].to_numpy()[orders["person"]]
    place = np.where(rng.random(len(orders)) < PRESENT_SHARE, rng.integers(0, len(towns), len(orders)), home)
    provinces = towns["province"].to_numpy()[place]
    chance = np.where(np.isin(provinces, REMOTE), 0.6, 0.03)
    charged = (rng.random(len(orders)) < chance) & (orders["fixed_cents"] < 0)
    postage = np.where(charged, rng.choice(POSTAGE_CENTS, len(orders)), 0)
    return orders.assign(
        place=place,
        lines=table.groupby("order").size(),
        quantity=sums["quantity"],
        goods_cents=sums["goods_cents"],
        postage_cents=postage,
        total_cents=sums["goods_cents"] + postage,
    )


def with_refunds(rng: np.random.Generator, orders: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Add to each line what comes back: all of a full refund, one line or a part of it otherwise."""
    order = table["order"].to_numpy()
    full = orders["full"].to_numpy()[order]
    part = (orders["refunded_at"].notna() & ~orders["full"]).to_numpy()[order]
    first = ~table["order"].duplicated().to_numpy()
    alone = orders["lines"].to_numpy()[order] == 1
    share = np.where(alone, rng.uniform(0.05, 0.4, len(table)), 1.0)
    back = np.rint(table["goods_cents"] * share / 100).astype(int) * 100
    back = np.where(alone, np.maximum(back, 100), table["goods_cents"])
    return table.assign(refund_cents=np.where(full, table["goods_cents"], np.where(part & first, back, 0)))


def refunds(orders: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    """Return what comes back of each order: its lines' refunds, and the postage of a full refund."""
    lines_back = table.groupby("order")["refund_cents"].sum()
    return lines_back + orders["postage_cents"].where(orders["full"], 0)
