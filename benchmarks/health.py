"""The page of the shop's health at the size of a large shop, with every optional table that it can use.

`python benchmarks/health.py` makes its data in a temporary folder (SHOPCRM_BENCH_DIR says where), runs the
whole notebook in processes of their own through measure.py, and prints seconds and peak memory.
"""

import argparse
import functools
import os
import sys
import tempfile
from pathlib import Path

import duckdb
from bench import AS_OF, Work, child, run
from segments import report, run_page

from shopcrm_nb import model

# Of every nine orders one is closed without payment; 3 % of the paid ones are refunded in part. Parcels leave
# within four days and arrive within eight more; one order in twenty is reviewed.
ORDERS = """
    COPY (
        WITH folded AS (
            SELECT order_id, min(customer_id) AS customer_id, min(paid_at) AS paid_at,
                sum(amount) FILTER (amount > 0) AS total, sum(quantity) FILTER (amount > 0) AS quantity,
                hash(order_id) % 1000000 AS draw
            FROM '{lines}' GROUP BY order_id
        ), dated AS (
            SELECT *, draw % 9 = 0 AS closed, to_hours((draw % 96)::INTEGER) AS waits,
                to_hours((24 + draw % 168)::INTEGER) AS travels FROM folded WHERE total > 0
        )
        SELECT order_id, customer_id, paid_at - INTERVAL 5 MINUTE AS created_at,
            CASE WHEN NOT closed THEN paid_at END AS paid_at,
            CASE WHEN closed THEN 'closed_unpaid' ELSE 'success' END AS status,
            CASE WHEN closed THEN 0 ELSE total END AS paid, total AS order_total,
            CASE WHEN NOT closed AND draw % 33 = 1 THEN round(total / 2, 2) ELSE 0 END AS refund, quantity,
            CASE WHEN NOT closed THEN paid_at + waits END AS shipped_at,
            CASE WHEN NOT closed THEN paid_at + waits + travels END AS signed_at,
            CASE WHEN NOT closed THEN paid_at + waits + INTERVAL 10 DAY END AS confirmed_at,
            'province ' || (draw % 31)::VARCHAR AS province, 'carrier ' || (draw % 7)::VARCHAR AS carrier,
            CASE WHEN draw % 10 = 0 THEN 'desktop' ELSE 'mobile' END AS channel
        FROM dated
    ) TO '{folder}/orders.parquet' (FORMAT parquet)
"""
ITEMS = """
    COPY (
        SELECT order_id, product_id, quantity, amount,
            'category ' || (hash(product_id) % 12)::VARCHAR AS category
        FROM '{lines}' WHERE amount > 0
    ) TO '{folder}/items.parquet' (FORMAT parquet)
"""
REVIEWS = """
    COPY (
        SELECT confirmed_at + INTERVAL 1 DAY AS at, order_id, customer_id, 1 + hash(order_id) % 5 AS stars,
            4 + hash(order_id) % 2 AS description, 4 + hash(order_id, 1) % 2 AS service,
            3 + hash(order_id, 2) % 3 AS logistics,
            ['快递太慢', '质量很好', '尺码偏大', '客服态度好', '性价比高']
                [1 + (hash(order_id, 3) % 5)::BIGINT] AS text
        FROM '{folder}/orders.parquet' WHERE status = 'success' AND hash(order_id, 4) % 20 = 0
    ) TO '{folder}/reviews.parquet' (FORMAT parquet)
"""
TRAFFIC = """
    COPY (
        SELECT paid_at::DATE AS date,
            count(DISTINCT customer_id) * 33 + (hash(paid_at::DATE) % 500)::BIGINT AS visitors,
            count(DISTINCT customer_id) * 99 AS page_views, 0.5 AS bounce_rate, sum(paid) AS paid
        FROM '{folder}/orders.parquet' WHERE paid_at IS NOT NULL GROUP BY 1
    ) TO '{folder}/traffic.parquet' (FORMAT parquet)
"""
SHOP = 'name = "bench"\ncurrency = "CNY"\ntimezone = "Asia/Shanghai"\n'
TABLE = '\n[tables.{name}]\nfiles = ["{file}.parquet"]\npreset = "template"\n{more}'
FILES = {"orders": "orders", "order_items": "items", "reviews": "reviews", "traffic": "traffic"}


def make(folder: Path, lines: Path) -> None:
    """Write a shop of these lines with orders, lines, reviews and traffic."""
    folder.mkdir()
    for query in (ORDERS, ITEMS, REVIEWS, TRAFFIC):
        duckdb.sql(query.format(lines=lines.as_posix(), folder=folder.as_posix()))
    parts = [
        TABLE.format(name=name, file=file, more='paid_basis = "gross"\n' if name == "orders" else "")
        for name, file in FILES.items()
    ]
    (folder / "shop.toml").write_text(SHOP + "".join(parts), encoding="utf-8")


page = functools.partial(run_page, "02")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of the page (default 3)")
    parser.add_argument("--lines", type=int, default=10_000_000, help="order lines (default 10 million)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("SHOPCRM_BENCH_DIR"), prefix="bench-") as name:
        folder = Path(name)
        child(sys.executable, "lines.py", folder, "parquet", given.lines)
        make(folder / "shop", folder / "lines.parquet")
        work = Work("segments.opened", folder / "shop")
        report(f"loading {given.lines / 1e6:g} million lines, once", [run(work, folder / "none")], "-")
        shop = model.open_shop(folder / "shop", AS_OF)
        print(f"valid orders: {shop.orders.count().execute():,}")
        shop.con.disconnect()
        work = Work("health.page", folder / "shop")
        found = [run(work, folder / f"page-{turn}") for turn in range(given.runs)]
        report("notebook 02, whole, from the cache (peak of the largest process)", found, "-")


if __name__ == "__main__":
    main()
