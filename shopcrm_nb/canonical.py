"""The canonical tables: what every export is turned into, and what the rest of the workbook reads."""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

STATUSES = ("unpaid", "closed_unpaid", "paid", "part_shipped", "shipped", "success", "refunded")

# Kinds: id, buyer (an id that may be a person's e-mail or mobile), text and note are text; money has the
# shop's currency and 4 decimals at most; time is a naive timestamp in the shop's time zone; share is 0 to 1;
# "!" marks what a table cannot do without.
_COLUMNS = {
    "orders": """order_id:id! paid_at:time! paid:money! customer_id:buyer created_at:time status:status
        order_total:money refund:money close_reason:text shipped_at:time signed_at:time confirmed_at:time
        quantity:number postage:money province:text city:text channel:text shop:text coupon_id:id
        carrier:text note:note""",
    "shipments": "order_id:id! carrier:text shipped_at:time signed_at:time",
    "order_items": """order_id:id! product_id:id! quantity:number! amount:money! line_id:id title:text
        category:text list_price:money cost:money refund:money""",
    "customers": """customer_id:buyer! gender:text birthday:birthday age:number age_band:text occupation:text
        income:text education:text marital_status:text household_size:text province:text city:text
        platform_level:text email_ok:flag sms_ok:flag blacklisted:flag email_hash:hash
        mobile_hash:hash""",
    "members": "customer_id:buyer! enrolled_at:time! tier:text points:number",
    "events": "customer_id:buyer! at:time! type:text! product_id:id",
    "traffic": """date:time! visitors:number! source:text page_views:number new_visitors:number
        bounce_rate:share cart_users:number favourite_users:number buyers:number pay_conversion:share
        orders:number paid:money""",
    "ratings": "date:time! description:number! service:number! logistics:number!",
    "reviews": """at:time! order_id:id customer_id:buyer product_id:id stars:number description:number
        service:number logistics:number text:note""",
    "campaigns": """campaign_id:id! name:text! start:time! end:time! purpose:text send_cost:money
        coupon_cost:money gift_cost:money ad_cost:money labour_cost:money goal_metric:text goal_value:number
        products:text discount:share""",
    "sends": """campaign_id:id! customer_id:buyer! channel:text! sent_at:time! arm:text delivered_at:time
        opened_at:time clicked_at:time unsubscribed_at:time cost:money""",
    "coupons": """coupon_id:id! customer_id:buyer! campaign_id:id face:money threshold:money granted_at:time
        used_at:time order_id:id""",
    "points": "customer_id:buyer! at:time! kind:text! points:number! expires_at:time",
    "calls": """call_id:id! started_at:time! direction:text! agent:text project:text rings:number
        wait_seconds:number answered:flag talk_seconds:number resolved_first:flag satisfied:flag
        monitored_pass:flag""",
    "survey": "customer_id:buyer! at:time! dimension:text! level:number! expectation:number",
}

IDS = ("id", "buyer")

# What identifies a row of a table where exports overlap: the copy in the latest file counts. Columns that a
# shop's table lacks are left out.
KEYS = {
    "orders": ("order_id",),
    "order_items": ("order_id",),  # an order's lines come and go together
    "customers": ("customer_id",),
    "members": ("customer_id",),
    "events": ("customer_id", "at", "type", "product_id"),
    "shipments": ("order_id",),  # an order's parcels come and go together
    "traffic": ("date", "source"),
    "ratings": ("date",),
    "reviews": ("at", "order_id", "customer_id", "product_id", "text"),
    "campaigns": ("campaign_id",),
    "sends": ("campaign_id", "customer_id", "channel", "sent_at"),
    "coupons": ("coupon_id", "customer_id", "granted_at"),
    "points": ("customer_id", "at", "kind", "points"),
    "calls": ("call_id",),
    "survey": ("customer_id", "at", "dimension"),
}
# In these, the same key twice in one file is one row: the last. In the others it may be two events.
ONE_PER_KEY = ("orders", "customers", "members", "ratings", "campaigns", "calls")


@dataclass(frozen=True)
class Column:
    """One column of a canonical table: its name, kind (see above) and whether the table needs it."""

    name: str
    kind: str
    required: bool


def _parse(spec: str) -> dict[str, Column]:
    pairs = ([*entry.rstrip("!").split(":"), entry.endswith("!")] for entry in spec.split())
    return {name: Column(name, kind, required) for name, kind, required in pairs}


TABLES: dict[str, dict[str, Column]] = {table: _parse(spec) for table, spec in _COLUMNS.items()}


@functools.cache
def aliases() -> dict[str, dict[str, list[str]]]:
    """Return table → column → the other headers by which it goes: the header dictionary."""
    path = Path(__file__).with_name("presets") / "headers.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
