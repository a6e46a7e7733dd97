"""Person: one customer looked up by id, with what is known of them: features, orders, tags, services due."""

import re
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb.absent import NotComputed
from shopcrm_nb.model import Shop

KINDS = ("prospect", "customer", "lost")  # 潛在客戶, 現有客戶, 流失客戶 (S3, CU-03)
LAST = 20  # orders that are read
SUGGESTED = 200  # ids that are offered at once
NEAR = 3  # ids that are named where one is not there
NEAR_LENGTH = 2  # characters by which such an id may be longer or shorter
LONGEST = 200  # characters of an id that is looked for
MADE_UP = re.compile(
    r"[0-9a-f]{64}"
)  # an id that was an e-mail address or a mobile: nobody reads it to its end
SHOWN, REST = 12, "…"
ORDERS = ["ordered_on", "status", "net_sales", "main_product", "main_category", "order_id"]
# Of each further table these columns are read, and no others.
PARTS = {
    "scores": ("r_score", "f_score", "m_score", "rfm_value", "cluster"),
    "relationship": ("relationship",),
    "tags": ("kind", "tag", "value"),
    "groups": ("group",),
    "scenes": ("urgency", "scene", "order_id", "since", "days", "amount", "reason", "action"),
}


@dataclass(frozen=True)
class Person:
    """What is known of one customer.

    ``kind`` is one of KINDS; ``features`` those that are known, by name; ``orders`` the last ones as ORDERS,
    of ``orders_in_all``; ``titles`` those of products in them; ``parts`` the customer's rows of those PARTS
    that were given; ``missing`` why one of them could not be told.
    """

    customer_id: str
    kind: str
    features: dict[str, object]
    orders: pd.DataFrame
    orders_in_all: int
    titles: dict[str, str]
    parts: dict[str, pd.DataFrame]
    missing: dict[str, NotComputed]


def short(customer_id: str) -> str:
    """Return an id as it is shown: one that was made of an address or a number only by its beginning."""
    return customer_id[:SHOWN] + REST if MADE_UP.fullmatch(customer_id) else customer_id


def asked(text: str) -> str:
    """Return what was typed without blanks around it and without what no id of a file can hold."""
    return text.replace("\0", "").encode(errors="ignore").decode().strip()


def find(people: ir.Table, text: str) -> str | None:
    """Return the id of the customer that ``text`` names, None where there is none.

    "" names the customer with the largest net sales ever, of equal ones the first by id. An id that is shown
    by its beginning and … may be given so, where it is the only one.
    """
    text = asked(text)
    if not text:
        rows = people.order_by([people.net_sales.fill_null(0).desc(), "customer_id"]).limit(1)
    elif text.endswith(REST):
        begins = people.customer_id.startswith(text.removesuffix(REST))
        rows = people.filter(begins & (people.customer_id.length() > len(text))).limit(2)
    else:
        rows = people.filter(people.customer_id == text).limit(1)
    found = rows.select("customer_id").to_pyarrow().to_pylist()
    return found[0]["customer_id"] if len(found) == 1 else None


def suggested(people: ir.Table, text: str) -> list[str]:
    """Return at most SUGGESTED ids that hold ``text``, those that begin with it first, then by net sales."""
    key, part = people.customer_id.lower(), asked(text).removesuffix(REST).lower()[:LONGEST]
    rows = people.filter(key.contains(part)) if part else people
    order = [~key.startswith(part), people.net_sales.fill_null(0).desc(), "customer_id"]
    rows = rows.order_by(order if part else order[1:]).limit(SUGGESTED)
    return [short(row["customer_id"]) for row in rows.select("customer_id").to_pyarrow().to_pylist()]


def near(people: ir.Table, text: str) -> list[str]:
    """Return at most NEAR ids that are written much like ``text``, the nearest first."""
    text = asked(text).lower()
    if len(text) > LONGEST:
        return []
    length = people.customer_id.length()
    alike = people.filter(length.between(len(text) - NEAR_LENGTH, len(text) + NEAR_LENGTH))
    alike = alike.mutate(far=alike.customer_id.lower().levenshtein(text))
    # The distance counts bytes: a Chinese character that differs is as far as three letters.
    alike = alike.filter(alike.far <= max(NEAR_LENGTH, len(text.encode()) // 3))
    rows = alike.order_by("far", "customer_id").limit(NEAR).select("customer_id").to_pyarrow().to_pylist()
    return [short(row["customer_id"]) for row in rows]


def read(shop: Shop, people: ir.Table, customer_id: str, parts: dict[str, ir.Table | NotComputed]) -> Person:
    """Read what is known of a customer who is there.

    ``people`` is the table of ``features.people``; ``parts`` are tables of PARTS by name, each with a
    customer_id and the columns of its part. Orders are all those placed up to as_of, valid or not, the latest
    first.
    """
    frames = {
        name: _of(rows, name, customer_id) for name, rows in parts.items() if isinstance(rows, ir.Table)
    }
    row = people.filter(people.customer_id == customer_id).limit(1).to_pyarrow().to_pylist()[0]
    known = {name: value for name, value in row.items() if value is not None and name != "customer_id"}
    orders, in_all = _orders(shop, customer_id)
    lines = _lines(shop, orders.order_id)
    return Person(
        customer_id=customer_id,
        kind=_kind(known, shop),
        features=known,
        orders=_with_goods(orders, lines),
        orders_in_all=in_all,
        titles=_told(lines, "title").to_dict(),
        parts=frames,
        missing={name: rows for name, rows in parts.items() if isinstance(rows, NotComputed)},
    )


def _of(rows: ir.Table, part: str, customer_id: str) -> pd.DataFrame:
    """Read a customer's rows of a part: the columns that are shown, no others."""
    shown = [name for name in PARTS[part] if name in rows.columns]
    mine = rows.filter(rows.customer_id == customer_id).select(*shown).order_by(*shown)
    frame = mine.to_pandas()
    days = [name for name in shown if mine[name].type().is_date()]
    return frame.assign(**{name: pd.to_datetime(frame[name]).dt.date for name in days})


def _kind(known: dict[str, object], shop: Shop) -> str:
    if not known.get("orders"):
        return "prospect"
    return "lost" if known["recency_days"] > shop.settings.rules.relationship.lost_days else "customer"


def _orders(shop: Shop, customer_id: str) -> tuple[pd.DataFrame, int]:
    """Return the customer's LAST orders, and how many there are."""
    rows = shop.tables["orders"]
    at = ibis.coalesce(rows.paid_at, rows.created_at)
    rows = rows.filter((rows.customer_id == customer_id) & (at.date() <= shop.as_of))
    net = ibis.ifelse(rows.paid_at.notnull(), rows.paid - rows.refund.fill_null(0), None).round(4)
    at = ibis.coalesce(rows.paid_at, rows.created_at)
    told = rows.select(
        "order_id", "status", at=at, ordered_on=at.date(), net_sales=net, in_all=rows.count().over()
    )
    frame = told.order_by(told["at"].desc(), told.order_id.desc()).limit(LAST).to_pandas()
    frame["ordered_on"] = pd.to_datetime(frame.ordered_on).dt.date
    return frame, int(frame.in_all.max()) if len(frame) else 0


def _lines(shop: Shop, order_ids: pd.Series) -> pd.DataFrame:
    """Return the lines of a few orders: order_id, product_id, title, category, amount."""
    names = ["order_id", "product_id", "title", "category", "amount"]
    if "order_items" not in shop.tables or order_ids.empty:
        return pd.DataFrame(columns=names)
    lines = shop.tables["order_items"]
    mine = lines.filter(lines.order_id.isin(list(order_ids)))
    nothing = {name: ibis.null("string") for name in ("title", "category") if name not in lines.columns}
    return mine.mutate(**nothing).select(*names).order_by(*names).to_pandas()


def _with_goods(orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Add main_product (its title, else its id), the one with the largest amount, and its main_category.

    Of equally large ones the last by name, as in ``baskets.orders``.
    """
    sums = lines.groupby(["order_id", "product_id"], as_index=False).amount.sum().round({"amount": 4})
    last = sums.sort_values(["order_id", "amount", "product_id"]).drop_duplicates("order_id", keep="last")
    product = orders.order_id.map(last.set_index("order_id").product_id)
    title, category = (_told(lines, name).to_dict() for name in ("title", "category"))
    named = [title.get(code, code) for code in product]
    return orders.assign(main_product=named, main_category=[category.get(code) for code in product])[ORDERS]


def _told(lines: pd.DataFrame, column: str) -> pd.Series:
    """Return what a column tells of each product; of several texts the last by name."""
    told = lines.dropna(subset=column).sort_values(column).drop_duplicates("product_id", keep="last")
    return told.set_index("product_id")[column]
