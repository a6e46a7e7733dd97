"""Simulated customers and shops whose truth is known: what makes them buy again, and what never changes."""

import datetime as dt
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
from build import frame_of

from shopcrm_nb import model
from shopcrm_nb.canonical import TABLES
from shopcrm_nb.rules import RULES_FILE, Rules
from shopcrm_nb.settings import ShopSettings, merge, read_toml

AS_OF = dt.date(2024, 6, 30)
SCHEMA = {"customer_id": "string", "recency_days": "int64", "frequency": "int64", "monetary": "float64"}


def measured_of(frame):
    """Customers with recency_days, frequency and monetary as a table in memory."""
    frame = frame.assign(monetary=frame.monetary.astype(float))
    if "customer_id" not in frame:
        frame = frame.assign(customer_id=[f"c{n}" for n in range(len(frame))])
    return ibis.memtable(frame[list(SCHEMA)], schema=ibis.schema(SCHEMA))


def four_groups(each=300, seed=1):
    """Customers of four groups far apart, and which group each is of."""
    random = np.random.default_rng(seed)
    groups = [(10, 12, 4000), (20, 2, 250), (150, 6, 1500), (300, 1, 80)]
    frames = [
        pd.DataFrame(
            {
                "recency_days": np.clip(random.normal(days, days * 0.1, each).round(), 0, 365),
                "frequency": np.maximum(random.poisson(orders * 0.4, each) + round(orders * 0.6), 1),
                "monetary": amount * random.lognormal(0, 0.25, each),
                "group": place,
            }
        )
        for place, (days, orders, amount) in enumerate(groups)
    ]
    return pd.concat(frames, ignore_index=True)


def orders_frame(rows):
    """An order table with canonical headers from (customer_id, day, amount)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "paid_at", "paid"])
    return frame.assign(order_id=[f"o{n}" for n in range(len(frame))], paid=frame.paid.round(2), refund=0)


# --- a healthy shop -----------------------------------------------------------------------------------------

DAYS = 3 * 365 + 1  # 2021-07-01 to AS_OF
BEFORE = 4 * 365  # days simulated before the first one, so that customers are as many then as later
PLACES = ("广东省", "浙江省", "江苏省", "山东省", "四川省", "北京")
CARRIERS = ("中通", "圆通", "顺丰")
TEXTS = (
    *("很好 喜欢", "面料舒服", "一般", "好看 推荐"),
    *("物流太慢了", "快递送货很快", "尺码偏小", "有色差", "质量不好 起球", "客服态度好"),
)


def healthy_shop(seed, placed_a_day=7.6):
    """The tables of a shop in which nothing changes for three years to AS_OF, as frames by name.

    New customers come at a constant rate, return at a constant rate of their own and leave. Of all placed
    orders 12 % are closed without payment; some of the paid ones are refunded. Visitors, times of the parcels
    and what reviews say are drawn from the same distributions throughout. ``orders`` has a column of each
    canonical one that it fills; ``traffic`` has no buyers, so that they are those of the orders.
    """
    random = np.random.default_rng(seed)
    orders = _placed_orders(random, placed_a_day)
    return {
        "orders": orders,
        "traffic": _visitors(random, orders),
        "reviews": _reviews(random, orders),
    }


def _placed_orders(random, placed_a_day):
    came = random.poisson(placed_a_day / 2 * (BEFORE + DAYS))
    arrived = random.uniform(-BEFORE, DAYS, came)
    stays, rate = random.exponential(300, came), random.gamma(1.5, 1 / 450, came)
    again = random.poisson(rate * stays)
    who = np.concatenate([np.arange(came), np.repeat(np.arange(came), again)])
    later = np.repeat(arrived, again) + random.uniform(0, 1, again.sum()) * np.repeat(stays, again)
    at = np.concatenate([arrived, later])
    inside = (at >= 0) & (at < DAYS)
    frame = pd.DataFrame({"who": who[inside], "at": at[inside]}).sort_values("at", ignore_index=True)
    n = len(frame)
    created = _moment(frame["at"])
    total = (120 * random.lognormal(0, 0.6, n)).round(2)
    closed = random.uniform(size=n) < 0.12
    refunded = random.uniform(size=n) < 0.06
    shipped = created + pd.to_timedelta(random.gamma(4, 6, n), unit="h")
    carrier = random.choice(CARRIERS, n, p=[0.5, 0.3, 0.2])
    signed = shipped + pd.to_timedelta(random.gamma(9, 7, n), unit="h")
    orders = pd.DataFrame(
        {
            "order_id": [f"o{place}" for place in range(n)],
            "customer_id": "c" + frame.who.astype(str),
            "created_at": created,
            "paid_at": (created + pd.Timedelta(minutes=2)).where(~closed),
            "paid": np.where(closed, 0, total),
            "order_total": total,
            "refund": np.where(refunded & ~closed, total, 0),
            "status": np.where(closed, "closed_unpaid", np.where(refunded, "refunded", "success")),
            "quantity": random.integers(1, 4, n).astype(float),
            "province": random.choice(PLACES, n),
            "carrier": carrier,
            "shipped_at": shipped.where(~closed & (shipped < _moment(DAYS))),
            "signed_at": signed.where(~closed & (signed < _moment(DAYS))),
        }
    )
    return orders[orders.paid_at.isna() | (orders.paid_at < _moment(DAYS))].reset_index(drop=True)


def _moment(days):
    """Return the time so many days after the first one's midnight, to the second."""
    return pd.Timestamp(AS_OF) - pd.Timedelta(days=DAYS - 1) + (days * 86400 // 1) * pd.Timedelta(seconds=1)


def _visitors(random, orders):
    """Whoever pays is a visitor, and 29 others for each of them on the average: 3.3 % buy, every day."""
    every = pd.date_range(_moment(0), periods=DAYS, freq="D")
    paid = orders[orders.paid_at.notna()]
    buyers = paid.groupby(paid.paid_at.dt.normalize()).customer_id.nunique().reindex(every, fill_value=0)
    others = random.poisson(29 * buyers.mean(), DAYS)
    return pd.DataFrame({"date": every, "visitors": (buyers.to_numpy() + others).astype(float)})


def _reviews(random, orders):
    signed = orders[orders.signed_at.notna() & (random.uniform(size=len(orders)) < 0.4)]
    n = len(signed)
    scores = {
        name: random.choice([5.0, 4, 3, 2, 1], n, p=[0.8, 0.1, 0.05, 0.02, 0.03])
        for name in ("stars", "description", "service", "logistics")
    }
    columns = {name: signed[name].to_numpy() for name in ("order_id", "customer_id")}
    at = (signed.signed_at + pd.Timedelta(days=2)).to_numpy()
    reviews = pd.DataFrame({"at": at, **columns, **scores, "text": random.choice(TEXTS, n)})
    return reviews[reviews["at"] < _moment(DAYS)].reset_index(drop=True)


def shop_in_memory(tables, as_of=AS_OF, **sections):
    """A Shop of frames with canonical columns, as loading them from files would give; sections: of the rules.

    Nothing is checked; what orders lack falls back as it does in loading.
    """
    rules = Rules(**merge(read_toml(RULES_FILE), sections))
    named = {name: {"files": ["-"]} for name in tables}
    settings = ShopSettings(
        name="Simulated", currency="CNY", timezone="Asia/Shanghai", tables=named, rules=rules
    )
    orders = tables["orders"]
    lacking = {"created_at": "paid_at", "order_total": "paid"}
    orders = orders.assign(**{name: orders[other] for name, other in lacking.items() if name not in orders})
    for name, value in (("refund", 0.0), ("status", "success")):
        orders = orders if name in orders else orders.assign(**{name: value})
    loaded = {name: _typed(name, frame) for name, frame in (tables | {"orders": orders}).items()}
    kept = model.valid(loaded["orders"], as_of, rules.orders.min_order_amount)
    facts = pd.DataFrame(columns=["fact", "table", "count", "total"])
    ledger = pd.DataFrame({"table": ["orders"], "why": ["no_key"], "dropped": [0]})
    valid = kept.filter(kept._why.isnull()).drop("_why")
    return model.Shop(Path(), settings, as_of, ibis.get_backend(), loaded, valid, ledger, facts, "")


KINDS = {"time": "timestamp", "money": "float64", "number": "float64", "share": "float64", "flag": "boolean"}


def _typed(name, frame):
    schema = {column: KINDS.get(TABLES[name][column].kind, "string") for column in frame.columns}
    pandas_kinds = {"timestamp": "datetime64[us]", "float64": "float64"}
    kinds = {column: pandas_kinds[kind] for column, kind in schema.items() if kind in pandas_kinds}
    return ibis.memtable(frame.astype(kinds), schema=ibis.schema(schema))


def small_shop(orders, as_of="2024-06-30", sections=None, **tables):
    """A Shop in memory of tables written as words in columns."""
    frames = {name: frame_of(text) for name, text in ({"orders": orders} | tables).items()}
    return shop_in_memory(frames, dt.date.fromisoformat(as_of), **(sections or {}))
