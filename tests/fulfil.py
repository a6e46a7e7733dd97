"""Shops in memory, and one whose parcels are simulated, so that what is slow and late in it is known."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
from build import frame_of, rules_of

from shopcrm_nb import model
from shopcrm_nb.canonical import TABLES
from shopcrm_nb.cells import TYPES

AS_OF = "2024-06-30"
PROVINCES = ["Anhui", "Fujian", "Gansu", "Hebei", "Jilin"]
CARRIERS = ["ZTO", "YTO", "SF"]


FACTS = pd.DataFrame(columns=["fact", "table", "subject", "count", "total", "example"])


def in_memory(orders, as_of=AS_OF, rules=None, **tables):
    """A shop of canonical tables in memory: frames, or words in columns; quicker than to write and load."""
    canonical = {name: _typed(name, table) for name, table in {"orders": orders, **tables}.items()}
    day, rules = date.fromisoformat(as_of), rules_of(**(rules or {}))
    every = canonical["orders"]
    if "refund" not in every.columns:
        every = canonical["orders"] = every.mutate(refund=ibis.literal(0.0))
    if "status" not in every.columns:
        every = canonical["orders"] = every.mutate(
            status=ibis.ifelse(every.paid_at.notnull(), "paid", "unpaid")
        )
    valid = model.valid(every.mutate(created_at=every.paid_at), day)
    valid = valid.filter(valid._why.isnull()).drop("_why")
    settings = SimpleNamespace(rules=rules, tables=dict.fromkeys(canonical), currency="CNY")
    return model.Shop(Path(), settings, day, ibis.get_backend(), canonical, valid, FACTS, FACTS, "")


def _typed(name, table):
    frame = frame_of(table) if isinstance(table, str) else table
    kinds = {column: TYPES.get(TABLES[name][column].kind, "string") for column in frame}
    read = {
        "timestamp": lambda s: pd.to_datetime(s, format="ISO8601"),
        "float64": pd.to_numeric,
        "boolean": _flag,
    }
    typed = {column: read.get(kind, lambda s: s)(frame[column]) for column, kind in kinds.items()}
    return ibis.memtable(pd.DataFrame(typed), schema=ibis.schema(kinds))


def _flag(values):
    return values.map({"1": True, "0": False, True: True, False: False}).astype("boolean")


def timed_orders(count=3000, seed=1, slow=True, days=180):
    """Orders of the days up to AS_OF with all their times, as they will one day be; Gansu by ZTO is slow."""
    random = np.random.default_rng(seed)
    end = pd.Timestamp(AS_OF) + pd.Timedelta(days=1)
    paid_at = end - pd.to_timedelta(random.uniform(0, days * 86_400, count).round(), unit="s")
    province, carrier = random.choice(PROVINCES, count), random.choice(CARRIERS, count)
    bad = slow & (province == "Gansu") & (carrier == "ZTO")
    shipped = paid_at + _hours(random.lognormal(3.2, 0.6, count))
    signed = shipped + _hours(random.lognormal(3.9, 0.35, count) * np.where(bad, 2.5, 1))
    waited = signed + _hours(random.exponential(60, count))
    limit = shipped + pd.Timedelta(days=10)
    confirmed = np.where(random.random(count) < 0.6, np.minimum(waited, limit), limit)
    refunded = random.random(count)
    paid = random.uniform(50, 500, count).round(2)
    return pd.DataFrame(
        {
            "order_id": [f"o{n}" for n in range(count)],
            "customer_id": [f"c{n}" for n in random.integers(0, count // 2, count)],
            "paid_at": paid_at,
            "paid": paid,
            "refund": np.where(refunded < 0.04, paid, np.where(refunded < 0.08, (paid / 2).round(2), 0)),
            "shipped_at": shipped,
            "signed_at": signed,
            "confirmed_at": pd.to_datetime(confirmed),
            "province": province,
            "carrier": carrier,
        }
    )


def _hours(values):
    return pd.to_timedelta((np.asarray(values) * 3600).round(), unit="s")


def seen(orders, at=AS_OF):
    """The orders as an export at the end of a day shows them: what is yet to come is blank."""
    end = pd.Timestamp(at) + pd.Timedelta(days=1)
    kept = orders[orders.paid_at < end].copy()
    gone = (kept.refund == kept.paid) & (np.arange(len(kept)) % 2 == 0)  # half of these are never sent
    kept.loc[gone, ["shipped_at", "signed_at"]] = pd.NaT
    kept.loc[kept.refund == kept.paid, "confirmed_at"] = pd.NaT
    for name in ("shipped_at", "signed_at", "confirmed_at"):
        kept[name] = kept[name].where(kept[name] < end)
    status = np.where(
        kept.shipped_at.isna(), "paid", np.where(kept.confirmed_at.isna(), "shipped", "success")
    )
    kept["status"] = np.where(kept.refund == kept.paid, "refunded", status)
    return kept
