"""Shops in memory: canonical tables from words in columns, without files, for what is known of people."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import ibis
import pandas as pd
from build import frame_of, rules_of

from shopcrm_nb import baskets, features, model, segment
from shopcrm_nb.canonical import TABLES
from shopcrm_nb.cells import TYPES

FACTS = pd.DataFrame({"table": [], "fact": [], "count": [], "total": []})
AS_OF = "2024-06-30"


def table_of(name, text):
    """A canonical table; of orders, what an export lacks is filled in as loading does."""
    frame = (frame_of(text) if isinstance(text, str) else text).copy()
    if name == "orders":
        first = {"paid_at": None, "paid": None, "refund": "0"}
        for column, value in first.items():
            frame[column] = frame[column].fillna(value) if column in frame else value
        frame["created_at"] = (
            frame.created_at.fillna(frame.paid_at) if "created_at" in frame else frame.paid_at
        )
        paid = frame.paid_at.notna().map({True: "paid", False: "unpaid"})
        frame["status"] = frame.status.fillna(paid) if "status" in frame else paid
    types = {column: TYPES.get(TABLES[name][column].kind, "string") for column in frame.columns}
    for column, kind in types.items():
        frame[column] = _typed(frame[column], kind)
    return ibis.memtable(frame, schema=ibis.schema(types))


def _typed(cells, kind):
    if kind == "timestamp":
        return pd.to_datetime(cells.str.replace("_", " "), format="mixed")
    if kind == "boolean":
        return cells.map({"yes": True, "no": False}).astype("boolean")
    return cells.astype("float64") if kind == "float64" else cells


def shop_in_memory(as_of=AS_OF, rules=None, **tables):
    """A shop of tables written as words in columns, _ for a blank within a time and - for an empty cell."""
    rules = rules or rules_of()
    made = {name: table_of(name, text) for name, text in tables.items()}
    day = dt.date.fromisoformat(as_of)
    valid = model.valid(made["orders"], day, rules.orders.min_order_amount)
    valid = valid.filter(valid._why.isnull()).drop("_why")
    settings = SimpleNamespace(rules=rules, tables={"orders": None}, currency="CNY")
    return model.Shop(Path(), settings, day, ibis.get_backend(), made, valid, pd.DataFrame(), FACTS, "")


def people_of(shop):
    """Everything known of each person, by customer."""
    return features.people(shop, baskets.orders(shop), segment.rfm(shop))


def known_of(as_of=AS_OF, rules=None, **tables):
    """The frame of everything known of each person of a shop in memory, by customer."""
    frame = people_of(shop_in_memory(as_of, rules, **tables)).to_pandas()
    assert frame.customer_id.is_unique and frame.customer_id.notna().all()
    return frame.set_index("customer_id")


def told(frame, customer, *names):
    """Values of a row, None for what is not known."""
    values = frame.loc[customer, list(names)]
    return tuple(None if pd.isna(value) else value for value in values)
