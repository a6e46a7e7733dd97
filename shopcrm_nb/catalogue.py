"""Catalogue: what can be known of each person, by name; tags, groups and portraits are made of these."""

from dataclasses import dataclass

KINDS = ("count", "number", "money", "share", "text", "flag", "day")


@dataclass(frozen=True)
class Feature:
    """One thing known of a person.

    ``kind`` is one of KINDS; ``needs`` the inputs (table.column, with / between those of which one is enough)
    without which it is empty for everybody; ``seen`` names the feature that holds the day on which it was
    last seen, "" where none does.
    """

    name: str
    kind: str
    needs: tuple[str, ...] = ()
    seen: str = ""


# Each line: what the features rest on, the day they were last seen on, then name:kind.
# N days are those up to as_of, that day included.
_FEATURES = """
orders.customer_id | last_order_on | orders:count orders_30d:count orders_90d:count orders_365d:count
    net_sales:money net_sales_365d:money net_sales_per_order:money first_order_on:day last_order_on:day
    recency_days:count second_order_days:count refunded_orders:count refund_share:share
    unpaid_orders:count closed_orders:count frequency_band:text hour_band:text weekday:text
    grade:text cluster:text
orders.customer_id orders.channel | last_order_on | channel:text
orders.customer_id orders.shop | last_order_on | shop:text
orders.customer_id order_items.product_id | last_order_on | first_product:text last_product:text
    new_product_share:share
orders.customer_id order_items.product_id/orders.quantity | last_order_on | items_per_order:number
    price_band:text price_per_item:money
orders.customer_id order_items.category | last_order_on | category:text first_category:text
    last_category:text
orders.customer_id order_items.list_price | last_order_on | discount_share:share discount_band:text
customers.province/orders.province | | province:text region:text
customers.city/orders.city | | city:text city_tier:text
customers.gender | | gender:text
customers.birthday/customers.age | | age:count
customers.birthday/customers.age/customers.age_band | | age_band:text
customers.birthday | | birthday_in_days:count
customers.occupation | | occupation:text
customers.income | | income:text
customers.education | | education:text
customers.marital_status | | marital_status:text
customers.household_size | | household_size:text
customers.platform_level | | platform_level:text
customers.email_ok | | email_ok:flag
customers.sms_ok | | sms_ok:flag
customers.blacklisted | | blacklisted:flag
members.enrolled_at | enrolled_on | member:flag enrolled_on:day
members.tier | enrolled_on | tier:text
members.points | enrolled_on | points:number
events.type | last_seen_on | views_7d:count views_30d:count favourites_30d:count favourites_90d:count
    carts_30d:count carts_90d:count last_seen_on:day
events.product_id | last_seen_on | cart_unpaid_30d:count
"""


def _parse(text: str) -> dict[str, Feature]:
    # Further lines of an entry are indented.
    entries = text.strip().replace("\n    ", " ").split("\n")
    found = {}
    for needs, seen, names in (entry.split("|") for entry in entries):
        for name, kind in (pair.split(":") for pair in names.split()):
            found[name] = Feature(name, kind, tuple(needs.split()), seen.strip())
    return found


FEATURES: dict[str, Feature] = _parse(_FEATURES)
