"""What sets groups of the demo shop's customers apart, as truth: what was planted, and what was not."""

import numpy as np
import pandas as pd

from shopcrm_nb.demo import behaviour, catalogue, market, people, tastes
from shopcrm_nb.demo.truth import valid

GOOD, WON = "regular_or_loyal", "won_by_flash_sale"
DEFINITIONS = {
    "groups": "buyers (of truth.buyers) by latent type, or by the day of their first valid order",
    "group_differences": "of the buyers in customers.csv whose value is known, or of their valid orders: how "
    "many are at one of the levels, in the group and in the rest; age is in full years on as_of",
    "first_order_drivers": "of all buyers by their first valid order (its category is that with the largest "
    "买家实际支付金额): how many are regular or loyal; lift = their share / the share among all, "
    "ratio = their share / the share among those of all other levels; planted is null where it follows from "
    "what is planted elsewhere",
    "behaviour": "people = distinct 会员名 of events.xlsx; ordered, paid = of them, who has an order "
    "created from since on, a paid one; cart_618 is about carts of 06-01 to 06-20: "
    "pairs = person and product, paid = a valid order of that person and product on or after the cart's day",
    "members": "tier by completed orders (交易成功) ever, net of refunds, masked ones left out",
}
# dimension, column, levels, group, of, planted
PLANTED = (
    ("occupation", "customers.occupation", ("教师",), GOOD),
    ("occupation", "customers.occupation", tuple(tastes.OCCUPATION_WEIGHTS), GOOD),
    ("platform_level", "customers.platform_level", (tastes.TOP_LEVEL,), GOOD),
    ("age", "customers.birthday", tastes.AGED, GOOD),
    ("province", "customers.province", people.NORTH, GOOD),
    ("hour", "orders.paid_at", (20, 23), GOOD),
    ("age", "customers.birthday", tastes.YOUNG, WON),
)
NULL = (
    ("gender", "customers.gender", ("女",), GOOD),
    ("email_ok", "customers.email_ok", ("true",), GOOD),
    ("sms_ok", "customers.sms_ok", ("true",), GOOD),
    ("channel", "orders.channel", ("mobile",), GOOD),
    ("gender", "customers.gender", ("女",), WON),
    ("email_ok", "customers.email_ok", ("true",), WON),
    ("hour", "orders.paid_at", (20, 23), WON),
    ("channel", "orders.channel", ("mobile",), WON),
)


def truth(persons: pd.DataFrame, final: pd.DataFrame, lines: pd.DataFrame, done: pd.DataFrame) -> dict:
    """Return the groups, their differences, the drivers of the first order and the counts of behaviour."""
    orders = valid(final)
    orders = orders[~orders["masked"]].sort_values(["paid_at", "order_id"])
    first = orders.assign(id=orders.index).drop_duplicates("person").set_index("person")
    buyers = persons.loc[first.index].assign(won=_won(first), good=lambda table: tastes.is_good(table))
    return {
        "portrait_definitions": DEFINITIONS,
        "groups": _groups(buyers),
        "group_differences": [
            _difference(buyers, orders, planted, *asked)
            for planted, listed in ((True, PLANTED), (False, NULL))
            for asked in listed
        ],
        "first_order_drivers": _drivers(buyers, first, lines),
        "behaviour": _behaviour(done, final, lines),
    }


def _won(first: pd.DataFrame) -> pd.Series:
    """Name the flash sale on a day of which each person's first valid order was paid, or an empty text."""
    day, won = first["paid_at"].dt.normalize(), pd.Series("", first.index)
    for sale in market.FLASH_SALES:
        within = day.between(pd.Timestamp(sale.start), pd.Timestamp(sale.end))
        won = won.mask(within, f"JHS{sale.start:%Y%m}")
    return won


def _groups(buyers: pd.DataFrame) -> dict[str, list[str]]:
    named = {GOOD: buyers["good"]}
    named |= {f"won_by_{sale}": buyers["won"] == sale for sale in sorted(set(buyers["won"]) - {""})}
    return {name: sorted(buyers.loc[chosen, "nick"]) for name, chosen in named.items()}


def _difference(
    buyers: pd.DataFrame,
    orders: pd.DataFrame,
    planted: bool,
    dimension: str,
    column: str,
    levels: tuple,
    group: str,
) -> dict:
    mine = buyers["good"] if group == GOOD else buyers["won"] != ""
    told = {
        "dimension": dimension,
        "column": column,
        "levels": list(levels),
        "group": group,
        "planted": planted,
    }
    if column.startswith("orders."):
        at, within = _of_orders(orders, dimension, levels), mine.loc[orders["person"]].to_numpy()
        return told | {"of": "valid_orders"} | _compared(at, np.ones(len(at), bool), within)
    listed = buyers[buyers["known"]]
    at, known = _of_people(listed, dimension, levels)
    return told | {"of": "customers"} | _compared(at, known, mine[buyers["known"]].to_numpy())


def _of_orders(orders: pd.DataFrame, dimension: str, levels: tuple) -> np.ndarray:
    if dimension == "hour":
        return orders["paid_at"].dt.hour.between(*levels).to_numpy()
    return (orders["device"] == "手机订单").to_numpy()


def _of_people(listed: pd.DataFrame, dimension: str, levels: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Tell who is at one of the levels, and of whom it is known."""
    if dimension == "province":
        names = people.places()["province"].to_numpy()[listed["place"]]
        return np.isin(names, levels), listed["told"].to_numpy()
    if dimension == "age":
        known = ~listed["birthday"].isin(["", "1900-01-01"])
        years = _ages(listed["birthday"].where(known))
        return years.between(*levels).to_numpy(), known.to_numpy()
    values = listed[dimension]
    return values.isin(levels).to_numpy(), (values != "").to_numpy()


def _ages(birthdays: pd.Series) -> pd.Series:
    """Return the full years on the last day."""
    born, end = pd.to_datetime(birthdays), pd.Timestamp(market.LAST_DAY)
    later = (born.dt.month > end.month) | ((born.dt.month == end.month) & (born.dt.day > end.day))
    return end.year - born.dt.year - later


def _compared(at: np.ndarray, known: np.ndarray, mine: np.ndarray) -> dict:
    sides = {}
    for side, chosen in (("in_group", mine & known), ("in_rest", ~mine & known)):
        n, hits = int(chosen.sum()), int((chosen & at).sum())
        sides[side] = {"known": n, "at_level": hits, "share": round(hits / n, 4)}
    odds = [side["at_level"] / (side["known"] - side["at_level"]) for side in sides.values()]
    return sides | {"odds_ratio": round(odds[0] / odds[1], 3)}


def _drivers(buyers: pd.DataFrame, first: pd.DataFrame, lines: pd.DataFrame) -> list[dict]:
    places = people.places()["province"].to_numpy()
    levels = {
        "category": _categories(first, lines),
        "channel": first["device"].map({"手机订单": "mobile", "": "desktop"}),
        "campaign": buyers["won"].replace("", "none"),
        "hour": pd.Series(np.where(first["paid_at"].dt.hour >= 20, "20-23", "0-19"), first.index),
        "province": pd.Series(
            np.where(np.isin(places[first["place"]], people.NORTH), "north", "elsewhere"), first.index
        ),
    }
    return [
        {"dimension": dimension, "level": level, "planted": _is_planted(dimension, level)}
        | _lift(values == level, buyers["good"])
        for dimension, values in levels.items()
        for level in sorted(set(values))
    ]


def _is_planted(dimension: str, level: str) -> bool | None:
    follows = ("category", "hour", "province")
    return True if level == tastes.COATS else None if dimension in follows else False


def _categories(first: pd.DataFrame, lines: pd.DataFrame) -> pd.Series:
    """Return the category on which most of each first order was spent; of equal ones the first by name."""
    names = catalogue.products()["category"].to_numpy()
    person = pd.Series(first.index, first["id"])
    mine = lines[lines["order"].isin(person.index)]
    sums = mine.assign(category=names[mine["product"]], person=person.loc[mine["order"]].to_numpy())
    sums = sums.groupby(["person", "category"], as_index=False)["goods_cents"].sum()
    sums = sums.sort_values(["person", "goods_cents", "category"], ascending=[True, False, True])
    return sums.drop_duplicates("person").set_index("person")["category"].loc[first.index]


def _lift(at: pd.Series, good: pd.Series) -> dict:
    n, hits = int(at.sum()), int((at & good).sum())
    others = (int(good.sum()) - hits) / (len(good) - n)
    return {
        "customers": n,
        "regular_or_loyal": hits,
        "share": round(hits / n, 4),
        "lift": round(hits / n / float(good.mean()), 3),
        "ratio": round(hits / n / others, 3),
    }


def _behaviour(done: pd.DataFrame, final: pd.DataFrame, lines: pd.DataFrame) -> dict:
    came = {what: done.loc[done["type"] == what, "nick"].nunique() for what in ("view", "favourite", "cart")}
    wished = done.loc[done["type"].isin(["favourite", "cart"]), "nick"]
    mine = final[(final["created_at"] >= pd.Timestamp(behaviour.SINCE)) & final["nick"].isin(done["nick"])]
    return {
        "since": behaviour.SINCE.isoformat(),
        "rows": {what: int(n) for what, n in done["type"].value_counts().items()},
        "people": {"any": done["nick"].nunique(), **came, "favourite_or_cart": wished.nunique()},
        "ordered": mine["nick"].nunique(),
        "paid": mine.loc[mine["paid_known"], "nick"].nunique(),
        "without_any_order": int((~pd.Series(done["nick"].unique()).isin(final["nick"])).sum()),
        "cart_618": _cart_618(done, valid(final), lines),
    }


def _cart_618(done: pd.DataFrame, orders: pd.DataFrame, lines: pd.DataFrame) -> dict:
    carts = done[(done["type"] == "cart") & behaviour.in_618(done["at"])]
    pairs = (
        carts.assign(day=carts["at"].dt.normalize()).groupby(["nick", "product"], as_index=False)["day"].min()
    )
    codes = catalogue.products()["code"].to_numpy()
    bought = lines[lines["order"].isin(orders.index)]
    bought = pd.DataFrame(
        {
            "nick": orders["nick"].loc[bought["order"]].to_numpy(),
            "product": codes[bought["product"]],
            "paid_on": orders["paid_at"].dt.normalize().loc[bought["order"]].to_numpy(),
        }
    )
    both = pairs.merge(bought, on=["nick", "product"])
    both = both[both["paid_on"] >= both["day"]][["nick", "product"]].drop_duplicates()
    open_ = pairs.merge(both, how="left", indicator=True).query("_merge == 'left_only'")
    return {
        "people": pairs["nick"].nunique(),
        "pairs": len(pairs),
        "pairs_paid": len(both),
        "people_with_an_unpaid_one": open_["nick"].nunique(),
    }
