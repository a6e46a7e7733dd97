"""Small shops whose orders and customers wait for a service, and the scenes that they are in."""

from fulfil import in_memory

from shopcrm_nb import process, scene, tier

HEAD = (
    "order_id customer_id created_at paid_at paid order_total refund status shipped_at signed_at confirmed_at"
)
# Of three old orders four days from leaving to signing, so that the usual time is 96 hours.
OLD = """o1 old 2024-01-01 2024-01-01 50 50 0 success 2024-01-02 2024-01-06 2024-01-07 -
o2 old 2024-02-01 2024-02-01 50 50 0 success 2024-02-02 2024-02-06 2024-02-07 -
o3 old 2024-03-01 2024-03-01 50 50 0 success 2024-03-02 2024-03-06 2024-03-07 -
"""
RULES = {"process": {"min_orders": 1}}


def orders_of(text):
    """The old orders and some more: rows of HEAD and note."""
    return f"{HEAD} note\n{OLD}{text.strip()}"


def scenes_of(shop):
    return scene.today(shop, process.parcels(shop), tier.customers(shop))


def rows_of(shop, *columns):
    """The rows of the scenes, in their order; of each the columns."""
    frame = scenes_of(shop).table.to_pandas()
    frame = frame.assign(since=frame.since.astype(str)).astype(object).where(frame.notna(), None)
    return list(frame[list(columns)].itertuples(index=False, name=None))


def of_orders(text, *columns, rules=None, **tables):
    return rows_of(in_memory(orders_of(text), rules=RULES | (rules or {}), **tables), *columns)


def only(rows, name):
    return [row[1:] for row in rows if row[0] == name]


REVIEWED = """
r1 ra 2024-06-01 2024-06-01 90 90 0 success 2024-06-02 2024-06-03 2024-06-27T23:59 -
r2 rb 2024-06-01 2024-06-01 91 91 0 success 2024-06-02 2024-06-03 2024-06-28T00:01 -
r3 rc 2024-06-01 2024-06-01 92 92 0 success 2024-06-02 2024-06-03 2024-06-15T00:01 -
r4 rd 2024-06-01 2024-06-01 93 93 0 success 2024-06-02 2024-06-03 2024-06-14T23:59 -
r5 re 2024-06-01 2024-06-01 94 94 0 success 2024-06-02 2024-06-03 2024-06-20 -
r6 rf 2024-06-01 2024-06-01 95 95 0 success 2024-06-02 2024-06-03 2024-06-20 -
r7 rg 2024-06-01 2024-06-01 96 96 0 success 2024-06-02 2024-06-03 2024-06-20 -
r8 rh 2024-06-01 2024-06-01 97 97 1 success 2024-06-02 2024-06-03 2024-06-20 -
"""
REVIEWS = """at order_id stars text
2024-06-21 r5 5 nice
2024-06-25 r6 5 系统默认好评!
2024-07-01 r7 5 later
2024-06-25 - 5 nothing
"""


GIFTS = """
1 a 2024-06-29 2024-06-29T09:00 90 90 0 paid - - - -
2 a 2024-06-30 2024-06-30T09:00 80 80 0 paid - - - -
3 b 2024-05-01 2024-05-01 150 150 0 success 2024-05-02 2024-05-03 2024-05-04 -
4 b 2024-06-30 2024-06-30T09:00 60 60 0 paid - - - -
5 c 2024-05-01 2024-05-01 2500 2500 0 success 2024-05-02 2024-05-03 2024-05-04 -
6 c 2024-06-30 2024-06-30T09:00 50 50 0 paid - - - -
7 d 2024-06-27 2024-06-27 40 40 0 shipped 2024-06-29 - - -
8 e 2024-06-28 2024-06-28 45 45 45 refunded - - - -
9 e 2024-06-30 2024-06-30T09:00 30 30 0 paid - - - -
10 f 2024-06-30 - 0 30 0 unpaid - - - -
11 g 2024-06-30 2024-06-30T10:00 25 25 0 paid - - - -
12 g 2024-06-30 2024-06-30T10:00 26 26 0 paid - - - -
13 - 2024-06-30 2024-06-30T10:00 27 27 0 paid - - - -
"""
PEOPLE = """customer_id birthday email_ok sms_ok blacklisted
a 1990-07-01 1 1 0
b 1990-07-14 1 0 0
c 1990-06-30 0 0 0
d 1990-07-15 1 1 0
e 1990-06-29 1 1 0
f 1990-07-02 1 1 0
old 1900-01-01 1 1 0
"""


CONSENTS = """customer_id email_ok sms_ok blacklisted
a 1 1 0
b 1 0 0
c 0 1 0
d 0 0 0
e 0 - 0
f - 0 0
g 1 1 1
"""


WHOLE = orders_of(f"""{REVIEWED.strip()}
{GIFTS.strip()}
w1 w 2024-06-20 - 0 33 0 closed_unpaid - - - -
w2 w 2024-06-28 - 0 34 0 unpaid - - - -
w3 v 2024-06-27 2024-06-27 35 35 0 paid - - - 13800138000
w4 u 2024-06-20 2024-06-20 90 90 0 shipped 2024-06-22 - - -
""")
