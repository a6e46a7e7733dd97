"""The page of the campaigns at the size of a large shop: five million messages, ten million order lines.

`python benchmarks/messages.py` makes its data in a temporary folder (SHOPCRM_BENCH_DIR says where), runs each
work in a process of its own through measure.py, and prints seconds and peak memory. Each work begins with the
loaded shop and does by itself what it needs.
"""

import argparse
import functools
import os
import sys
import tempfile
from pathlib import Path

import duckdb
import health
from bench import AS_OF, Work, child, run
from segments import report, run_page

from shopcrm_nb import (
    archive,
    assigned,
    attribution,
    campaign_funnel,
    campaign_products,
    campaign_variants,
    coupon_cost,
    history,
    horizon,
    matched,
    model,
    suppression,
    traits,
)
from shopcrm_nb import campaign as campaigns

WRITING = 8  # of the ten campaigns; every second one of these holds a tenth of its customers out
PICKED = f"c{WRITING}"
ITEMS = """
    COPY (
        SELECT order_id, product_id, quantity, amount, 'dress ' || product_id AS title,
            round(amount * (1 + hash(product_id) % 4 / 10) / quantity, 2) AS list_price
        FROM '{lines}' WHERE amount > 0
    ) TO '{folder}/items.parquet' (FORMAT parquet)
"""
CUSTOMERS = """
    COPY (
        SELECT customer_id, ['female', 'male'][1 + (hash(customer_id, 1) % 2)::BIGINT] AS gender,
            DATE '1970-01-01' + (hash(customer_id, 2) % 12000)::INTEGER AS birthday,
            'province ' || (hash(customer_id, 3) % 31)::VARCHAR AS province,
            'level ' || (hash(customer_id, 4) % 4)::VARCHAR AS platform_level,
            hash(customer_id, 5) % 10 > 0 AS email_ok, hash(customer_id, 6) % 10 > 0 AS sms_ok,
            hash(customer_id, 7) % 1000 = 0 AS blacklisted
        FROM (SELECT DISTINCT customer_id FROM '{folder}/orders.parquet' WHERE customer_id IS NOT NULL)
    ) TO '{folder}/customers.parquet' (FORMAT parquet)
"""
# The last two write to nobody. Every second one names the products that it offers.
CAMPAIGNS = """
    COPY (
        WITH begun AS (
            SELECT generate_subscripts(days, 1) AS place, unnest(days)::DATE AS start FROM (SELECT [
                '2024-06-01', '2024-06-16', '2024-11-09', '2025-02-10', '2025-06-14', '2025-06-16',
                '2025-11-09', '2026-02-10', '2025-03-08', '2025-09-10'] AS days)
        )
        SELECT place, 'c' || place::VARCHAR AS campaign_id, 'campaign ' || place::VARCHAR AS name, start,
            start + 5 AS "end", 3000 AS gift_cost, 20000 AS ad_cost, 'net_sales' AS goal_metric,
            500000 AS goal_value, CASE WHEN place % 2 = 0 THEN (
                SELECT string_agg('P' || (100000 + i * 13)::VARCHAR, ' ') FROM range(200) AS r(i)
            ) END AS products
        FROM begun ORDER BY place
    ) TO '{folder}/campaigns.parquet' (FORMAT parquet)
"""
# As many customers each, drawn anew; three of four by text message, which tells no opening.
SENDS = """
    COPY (
        WITH drawn AS (
            SELECT place, campaign_id, customer_id, hash(customer_id, place, 1) % 1000000 AS draw,
                hash(customer_id, 2) % 4 > 0 AS texted,
                start + to_seconds((32400 + hash(customer_id, place, 3) % 100000)::BIGINT) AS sent_at
            FROM '{folder}/campaigns.parquet', '{folder}/customers.parquet'
            WHERE place <= {writing} AND hash(customer_id, place) / 18446744073709551616 < {share}
        ), armed AS (
            SELECT *, place % 2 = 0 AND draw % 10 = 0 AS held, draw % 100 <> 33 AS arrives FROM drawn
        )
        SELECT campaign_id, customer_id, CASE WHEN texted THEN 'sms' ELSE 'email' END AS channel, sent_at,
            CASE WHEN held THEN 'holdout' ELSE ['a', 'b'][1 + (draw // 10 % 2)::BIGINT] END AS arm,
            CASE WHEN arrives AND NOT held THEN sent_at + INTERVAL 1 MINUTE END AS delivered_at,
            CASE WHEN arrives AND NOT held AND NOT texted AND draw % 7 < 2 THEN sent_at + INTERVAL 1 HOUR
                END AS opened_at,
            CASE WHEN arrives AND NOT held AND draw % 28 = 0 THEN sent_at + INTERVAL 2 HOUR END AS clicked_at,
            CASE WHEN arrives AND NOT held AND draw % 300 = 7 THEN sent_at + INTERVAL 3 HOUR
                END AS unsubscribed_at,
            CASE WHEN held THEN 0 WHEN texted THEN 0.05 ELSE 0.01 END AS cost
        FROM armed
    ) TO '{folder}/sends.parquet' (FORMAT parquet)
"""
# One customer in five who was written to has a coupon; half of those who then buy use it for their order.
COUPONS = """
    COPY (
        SELECT 'k' || s.customer_id || s.campaign_id AS coupon_id, s.customer_id, s.campaign_id, 20 AS face,
            any_value(sent_at) AS granted_at, min(paid_at) AS used_at, arg_min(order_id, paid_at) AS order_id
        FROM '{folder}/sends.parquet' AS s LEFT JOIN '{folder}/orders.parquet' AS o
            ON o.customer_id = s.customer_id AND hash(order_id, 8) % 2 = 0
            AND paid_at BETWEEN sent_at AND sent_at + INTERVAL 7 DAY
        WHERE arm <> 'holdout' AND hash(s.customer_id, s.campaign_id, 9) % 5 = 0
        GROUP BY s.customer_id, s.campaign_id
    ) TO '{folder}/coupons.parquet' (FORMAT parquet)
"""
FILES = {"orders": "orders", "order_items": "items", "traffic": "traffic"}
FILES |= {name: name for name in ("customers", "campaigns", "sends", "coupons")}
STEPS = {
    "claims": "which order counts to which campaign",
    "people": "customers of a campaign, by group, what lasted, coupons",
    "funnel": "how far all messages got, their variants and costs",
    "products": "what two campaigns sold, alone and together (after claims)",
    "alike": "others who were alike before, and two placebos",
    "breaches": "messages that should not have gone out",
    "measured": "what all ten campaigns caused",
    "page": "notebook 05, whole (peak of the largest process)",
}


def make(folder: Path, lines: Path, sends: int) -> None:
    """Write a shop of these lines with ten campaigns and about ``sends`` messages."""
    folder.mkdir()
    for query in (health.ORDERS, health.TRAFFIC, ITEMS, CUSTOMERS, CAMPAIGNS):
        duckdb.sql(query.format(lines=lines.as_posix(), folder=folder.as_posix()))
    customers = duckdb.read_parquet(str(folder / "customers.parquet")).count("*").fetchone()[0]
    share = sends / WRITING / customers
    for query in (SENDS, COUPONS):
        duckdb.sql(query.format(folder=folder.as_posix(), writing=WRITING, share=share))
    parts = [
        health.TABLE.format(name=name, file=file, more='paid_basis = "gross"\n' if name == "orders" else "")
        for name, file in FILES.items()
    ]
    (folder / "shop.toml").write_text(health.SHOP + "".join(parts), encoding="utf-8")


def _opened(folder: Path, as_of: str):
    shop = model.open_shop(folder, as_of)
    return shop, campaigns.every(shop), shop.settings.rules.campaign


def _claimed(folder: Path, as_of: str):
    shop, every, rules = _opened(folder, as_of)
    orders = history.orders(shop)
    return shop, every, rules, attribution.orders(orders, attribution.claims(shop, orders, every))


def claims(folder: Path, _out: Path, as_of: str) -> None:
    """Tell which campaigns could claim which orders, which one won each, and by what."""
    attribution.by_rule(_claimed(folder, as_of)[-1])


def people(folder: Path, _out: Path, as_of: str) -> None:
    """Tell what the customers of the campaign did, and sum it up for every span and each group of them."""
    shop, _every, rules = _opened(folder, as_of)
    found = assigned.people(shop, PICKED, rules)
    moments = assigned.moments(found, assigned.WINDOW)
    grouped = traits.before(shop, found)
    for name in traits.EACH:
        assigned.moments(grouped, assigned.WINDOW, (name,))
    assigned.contamination(found)
    horizon.moments(found, rules)
    coupon_cost.of(shop, PICKED, found, moments, rules)


def funnel(folder: Path, _out: Path, as_of: str) -> None:
    """Follow every message, and compare the variants."""
    shop, every, rules = _opened(folder, as_of)
    found = campaign_funnel.people(shop, rules)
    campaign_funnel.steps(found, rules)
    campaign_funnel.costs(found, every)
    campaign_variants.compared(found, rules)


def products(folder: Path, _out: Path, as_of: str) -> None:
    """Tell what two campaigns sold: one that names products, and one that does not."""
    shop, every, rules, claimed = _claimed(folder, as_of)
    for each in (PICKED, "c7"):
        campaign_products.sold(shop, claimed, every, each)
        campaign_products.together(shop, claimed, every, each, rules)


def alike(folder: Path, _out: Path, as_of: str) -> None:
    """Compare the customers of the campaign with others who were alike."""
    shop, every, _rules = _opened(folder, as_of)
    matched.comparisons(shop, every, PICKED)


def breaches(folder: Path, _out: Path, as_of: str) -> None:
    """Look for messages to those who should have had none, or not so soon."""
    shop, _every, rules = _opened(folder, as_of)
    suppression.breaches(shop, rules)


def measured(folder: Path, _out: Path, as_of: str) -> None:
    """Measure every campaign by the best that its data allow."""
    shop, every, _rules = _opened(folder, as_of)
    archive.measured(shop, every, history.orders(shop))


page = functools.partial(run_page, "05")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2, help="runs of each work (default 2)")
    parser.add_argument("--sends", type=int, default=5_000_000, help="messages (default 5 million)")
    parser.add_argument("--lines", type=int, default=10_000_000, help="order lines (default 10 million)")
    parser.add_argument("--only", nargs="+", choices=STEPS, default=list(STEPS), help="these works only")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("SHOPCRM_BENCH_DIR"), prefix="bench-") as name:
        folder = Path(name)
        child(sys.executable, "lines.py", folder, "parquet", given.lines)
        make(folder / "shop", folder / "lines.parquet", given.sends)
        work = Work("segments.opened", folder / "shop")
        report(f"loading {given.lines / 1e6:g} million lines, once", [run(work, folder / "none")], "-")
        _say(folder / "shop")
        for step in given.only:
            work = Work(f"messages.{step}", folder / "shop")
            report(STEPS[step], [run(work, folder / f"{step}-{turn}") for turn in range(given.runs)], "-")


def _say(folder: Path) -> None:
    shop = model.open_shop(folder, AS_OF)
    counts = {"messages": shop.tables["sends"], "customers": shop.tables["customers"]}
    counts |= {"coupons": shop.tables["coupons"], "valid orders": shop.orders}
    print(", ".join(f"{name}: {rows.count().execute():,}" for name, rows in counts.items()), flush=True)
    shop.con.disconnect()


if __name__ == "__main__":
    main()
