"""The page of the customers at the size of a large shop: features, tags, groups, portraits of five million.

`python benchmarks/portrait.py` makes its data in a temporary folder (SHOPCRM_BENCH_DIR says where), runs each
work in a process of its own through measure.py, and prints seconds and peak memory.
"""

import argparse
import functools
import os
import tempfile
from pathlib import Path

import duckdb
from bench import AS_OF, Work, run
from segments import report, run_page

from shopcrm_nb import baskets, features, group, model, portrait, segment, tag, workbook

# Each customer has one to six orders in three years, half of them of two lines; every second one is in the
# file of customers with all that it can hold, every fifth has events of the last months.
CUSTOMERS = """
    COPY (
        SELECT 'u' || i::VARCHAR AS customer_id, ['female', 'male'][1 + (hash(i, 1) % 2)::BIGINT] AS gender,
            DATE '1970-01-01' + (hash(i, 2) % 12000)::INTEGER AS birthday,
            'job ' || (hash(i, 3) % 12)::VARCHAR AS occupation,
            'province ' || (hash(i, 4) % 31)::VARCHAR AS province,
            'city ' || (hash(i, 4) % 300)::VARCHAR AS city,
            'level ' || (hash(i, 5) % 4)::VARCHAR AS platform_level,
            hash(i, 6) % 3 = 0 AS email_ok, hash(i, 7) % 2 = 0 AS sms_ok, hash(i, 8) % 1000 = 0 AS blacklisted
        FROM range({n}) AS r(i) WHERE hash(i, 9) % 2 = 0
    ) TO '{folder}/customers.parquet' (FORMAT parquet)
"""
ORDERS = """
    COPY (
        SELECT 'o' || i::VARCHAR || '-' || k::VARCHAR AS order_id, 'u' || i::VARCHAR AS customer_id,
            TIMESTAMP '2023-06-02' + to_seconds((hash(i, k) % 94608000)::BIGINT) AS paid_at,
            round(20 + (hash(i, k, 2) % 100000) / 100, 2) AS paid, 0 AS refund, 'success' AS status,
            ['mobile', 'desktop'][1 + (hash(i, k, 3) % 10 // 9)::BIGINT] AS channel
        FROM range({n}) AS r(i), range(1 + (hash(i) % 100 // 80 * (hash(i, 4) % 6))::BIGINT) AS s(k)
    ) TO '{folder}/orders.parquet' (FORMAT parquet)
"""
ITEMS = """
    COPY (
        SELECT order_id, 'p' || (hash(order_id, l) % 5000)::VARCHAR AS product_id, 1 AS quantity,
            round(paid / (1 + hash(order_id) % 2), 2) AS amount,
            'category ' || (hash(order_id, l) % 5000 % 12)::VARCHAR AS category,
            round(paid * (1 + hash(order_id, 5) % 5 / 10), 2) AS list_price
        FROM '{folder}/orders.parquet', range(1 + (hash(order_id) % 2)::BIGINT) AS s(l)
    ) TO '{folder}/items.parquet' (FORMAT parquet)
"""
EVENTS = """
    COPY (
        SELECT 'u' || i::VARCHAR AS customer_id,
            TIMESTAMP '2026-02-20' + to_seconds((hash(i, k) % 8640000)::BIGINT) AS at,
            ['view', 'view', 'favourite', 'cart'][1 + (hash(i, k, 1) % 4)::BIGINT] AS type,
            'p' || (hash(i, k, 2) % 5000)::VARCHAR AS product_id
        FROM range({n}) AS r(i), range(5) AS s(k) WHERE hash(i, 10) % 5 = 0
    ) TO '{folder}/events.parquet' (FORMAT parquet)
"""
FILES = {"orders": "orders", "order_items": "items", "customers": "customers", "events": "events"}
SHOP = 'name = "bench"\ncurrency = "CNY"\ntimezone = "Asia/Shanghai"\n'
TABLE = '\n[tables.{name}]\nfiles = ["{file}.parquet"]\npreset = "template"\n{more}'
# With these the shop has thirty tags.
TAGS = "\n[rules.tags.behaviour]\n" + "\n".join(f'spent_{n}00 = "net_sales >= {n}00"' for n in range(1, 13))


def make(folder: Path, n: int) -> None:
    """Write a shop of ``n`` customers with orders, lines, profiles and events."""
    folder.mkdir()
    for query in (CUSTOMERS, ORDERS, ITEMS, EVENTS):
        duckdb.sql(query.format(n=n, folder=folder.as_posix()))
    parts = [
        TABLE.format(name=name, file=file, more='paid_basis = "gross"\n' if name == "orders" else "")
        for name, file in FILES.items()
    ]
    (folder / "shop.toml").write_text(SHOP + "".join(parts) + TAGS + "\n", encoding="utf-8")


def _people(folder: Path, as_of: str):
    shop = model.open_shop(folder, as_of)
    return shop, features.people(shop, baskets.orders(shop), segment.rfm(shop))


def roster(folder: Path, _out: Path, as_of: str) -> None:
    """Tell the features of every person."""
    _people(folder, as_of)


def tags(folder: Path, out: Path, as_of: str) -> None:
    """Tell the features and the tags, count them, and write the long table as csv and parquet."""
    shop, people = _people(folder, as_of)
    tagged = tag.tagged(shop, people)
    tag.counts(shop, tagged)
    workbook.save(tag.long(shop, tagged), "tags", shop, str(out))


def groups(folder: Path, _out: Path, as_of: str) -> None:
    """Tell features, tags and groups, and compare every group with all customers."""
    shop, people = _people(folder, as_of)
    found = group.groups(shop, tag.tagged(shop, people))
    portrait.compare(portrait.levels(shop, found), found, shop.settings.rules.portrait)


page = functools.partial(run_page, "03")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2, help="runs of each work (default 2)")
    parser.add_argument("--customers", type=int, default=5_000_000, help="customers (default 5 million)")
    parser.add_argument("--page", action="store_true", help="the whole notebook, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("SHOPCRM_BENCH_DIR"), prefix="bench-") as name:
        folder = Path(name)
        make(folder / "shop", given.customers)
        work = Work("segments.opened", folder / "shop")
        report(
            f"loading {given.customers / 1e6:g} million customers, once", [run(work, folder / "none")], "-"
        )
        shop = model.open_shop(folder / "shop", AS_OF)
        print(
            f"valid orders: {shop.orders.count().execute():,}, tags: {len(shop.settings.rules.tags.each())}"
        )
        shop.con.disconnect()
        steps = {
            "roster": "features",
            "tags": "features and tags, saved",
            "groups": "features, groups, portraits",
        }
        steps |= {"page": "notebook 03, whole"} if given.page else {}
        for step, said in steps.items():
            work = Work(f"portrait.{step}", folder / "shop")
            found = [run(work, folder / f"{step}-{turn}") for turn in range(given.runs)]
            report(said, found, "-")


if __name__ == "__main__":
    main()
