"""Simulated customers whose truth is known: their groups, and what makes them buy again."""

import datetime as dt

import ibis
import numpy as np
import pandas as pd

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
