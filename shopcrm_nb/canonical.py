"""The canonical tables: what every export is turned into, and what the rest of the workbook reads."""

from dataclasses import dataclass

STATUSES = ("unpaid", "closed_unpaid", "paid", "part_shipped", "shipped", "success", "refunded")

# Kinds: id, text and note are text; money has the shop's currency and 4 decimals at most; time is a naive
# timestamp in the shop's time zone; share is 0 to 1; "!" marks what a table cannot do without.
_COLUMNS = {
    "orders": """order_id:id! paid_at:time! paid:money! customer_id:id created_at:time status:status
        order_total:money refund:money close_reason:text shipped_at:time signed_at:time confirmed_at:time
        quantity:number postage:money province:text city:text channel:text shop:text coupon_id:id
        note:note""",
    "order_items": """order_id:id! product_id:id! quantity:number! amount:money! line_id:id title:text
        category:text list_price:money cost:money refund:money""",
    "customers": """customer_id:id! gender:text birthday:birthday age:number occupation:text province:text
        city:text platform_level:text email_ok:flag sms_ok:flag blacklisted:flag email_hash:hash
        mobile_hash:hash""",
    "members": "customer_id:id! enrolled_at:time! tier:text points:number",
    "events": "customer_id:id! at:time! type:text! product_id:id",
    "traffic": """date:time! visitors:number! source:text page_views:number new_visitors:number
        bounce_rate:share cart_users:number favourite_users:number buyers:number pay_conversion:share""",
    "ratings": "date:time! description:number! service:number! logistics:number!",
    "reviews": """at:time! order_id:id customer_id:id product_id:id stars:number description:number
        service:number logistics:number text:note""",
    "campaigns": """campaign_id:id! name:text! start:time! end:time! purpose:text send_cost:money
        coupon_cost:money gift_cost:money ad_cost:money labour_cost:money goal_metric:text goal_value:number
        products:text discount:share""",
    "sends": """campaign_id:id! customer_id:id! channel:text! sent_at:time! arm:text delivered_at:time
        opened_at:time clicked_at:time unsubscribed_at:time cost:money""",
    "coupons": """coupon_id:id! customer_id:id! campaign_id:id face:money threshold:money granted_at:time
        used_at:time order_id:id""",
    "points": "customer_id:id! at:time! kind:text! points:number! expires_at:time",
    "calls": """call_id:id! started_at:time! direction:text! agent:text project:text rings:number
        wait_seconds:number answered:flag talk_seconds:number resolved_first:flag satisfied:flag
        monitored_pass:flag""",
    "survey": "customer_id:id! at:time! dimension:text! level:number! expectation:number",
}

# What identifies a row of a table; where a later copy of the same row arrives, the later one counts.
KEYS = {
    "orders": ("order_id",),
    "order_items": ("order_id",),
    "customers": ("customer_id",),
    "members": ("customer_id",),
    "ratings": ("date",),
    "campaigns": ("campaign_id",),
    "calls": ("call_id",),
}


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
