"""A shop of random people who look, order, pay, send back, enrol and are blacklisted, and its rows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from build import write_shop

FIRST, LAST = pd.Timestamp("2023-01-05"), pd.Timestamp("2024-09-18")


@dataclass
class Rows:
    """The rows that a shop was written from."""

    orders: pd.DataFrame
    events: pd.DataFrame
    members: pd.DataFrame
    customers: pd.DataFrame


def rows_of(people=60, orders=220, events=160, seed=3):
    random = np.random.default_rng(seed)

    def who(n, size):
        return [f"c{k:02}" for k in random.integers(0, size, n)]

    def moments(n):
        seconds = random.integers(0, int((LAST - FIRST).total_seconds()), n)
        return FIRST + pd.to_timedelta(seconds, unit="s")

    placed = pd.Series(moments(orders))
    fate = random.choice(
        ["paid", "unpaid", "refunded", "part", "small"], orders, p=[0.6, 0.2, 0.1, 0.05, 0.05]
    )
    paid_at = (placed + pd.to_timedelta(random.integers(60, 86400 * 4, orders), unit="s")).mask(
        fate == "unpaid"
    )
    paid = (
        pd.Series(random.integers(2, 99, orders).astype(float))
        .mask(fate == "small", 0)
        .mask(fate == "unpaid", 0)
    )
    refund = pd.Series(0.0, index=range(orders)).mask(fate == "refunded", paid).mask(fate == "part", 1)
    rows = pd.DataFrame(
        {
            "order_id": [f"o{k:04}" for k in range(orders)],
            # Squared, so that some buy often and some never.
            "customer_id": [f"c{int(k):02}" for k in random.random(orders) ** 2 * people],
            "created_at": placed,
            "paid_at": paid_at,
            "paid": paid,
            "refund": refund,
            "status": np.where(fate == "unpaid", "closed_unpaid", "success"),
        }
    )
    first = {
        "order_id": "first",
        "customer_id": "c00",
        "created_at": FIRST,
        "paid_at": FIRST,
        "paid": 5,
        "refund": 0,
    }
    last = {
        "order_id": "last",
        "customer_id": "c00",
        "created_at": LAST,
        "paid_at": LAST,
        "paid": 5,
        "refund": 0,
    }
    rows = pd.concat([rows, pd.DataFrame([first, last]).assign(status="success")], ignore_index=True)
    seen = pd.DataFrame(
        {
            "customer_id": who(events, people + 20),
            "at": moments(events),
            "type": random.choice(["view", "favourite", "cart"], events, p=[0.6, 0.2, 0.2]),
        }
    )
    ids = [f"c{k:02}" for k in range(people + 30)]
    members = pd.DataFrame({"customer_id": ids[::7], "enrolled_at": moments(len(ids[::7]))})
    listed = random.random(len(ids)) < 0.05
    customers = pd.DataFrame({"customer_id": ids, "blacklisted": np.where(listed, "1", "0")})
    return Rows(rows, seen, members, customers)


def written(folder, rows, settings=""):
    tables = {
        "orders": rows.orders,
        "events": rows.events,
        "members": rows.members,
        "customers": rows.customers,
    }
    return write_shop(folder, settings, **{name: frame.copy() for name, frame in tables.items()})


def people_in(rows):
    """person → (orders, events, enrolled, listed), each a list of that person's rows."""
    found = {}

    def of(person):
        return found.setdefault(person, ([], [], [], []))

    for row in rows.orders.itertuples():
        of(row.customer_id)[0].append(row)
    for row in rows.events.rename(columns={"at": "moment"}).itertuples():
        of(row.customer_id)[1].append(row)
    for row in rows.members.itertuples():
        of(row.customer_id)[2].append(row.enrolled_at)
    for row in rows.customers.itertuples():
        of(row.customer_id)[3].append(row.blacklisted == "1")
    return found


def class_of(person, day, loyal=3, lost_days=365):
    """The class of one of ``people_in`` at the end of a day, straight from the rows."""
    orders, events, enrolled, listed = person
    if any(listed):
        return "non_customer"
    day = pd.Timestamp(day)
    end = day + pd.Timedelta(days=1)
    mine = [row for row in orders if (row.created_at if pd.isna(row.paid_at) else row.paid_at) < end]
    valid = [row for row in mine if pd.notna(row.paid_at) and row.paid - row.refund > 0]
    if valid:
        if (day - max(row.paid_at for row in valid).normalize()).days > lost_days:
            return "lost"
        return "loyal" if len(valid) >= loyal else "repeat" if len(valid) >= 2 else "first_time"
    seen = [row for row in events if row.moment < end]
    marks = [
        row for row in seen if row.type != "view" and row.moment.normalize() > day - pd.Timedelta(days=90)
    ]
    if marks or any(pd.isna(row.paid_at) or row.refund > 0 for row in mine):
        return "target"
    return "prospect" if seen or any(at < end for at in enrolled) else "none"
