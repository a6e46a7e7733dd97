"""The same table written by hand as one DuckDB statement: what the package's time is compared with."""

from pathlib import Path

import duckdb

# Lines become orders, orders with net sales in the year up to as_of become customers, customers get scores.
QUERY = """
    COPY (
        WITH orders AS (
            SELECT min(customer_id) AS customer_id, min(paid_at)::DATE AS paid_on, round(
                    round(coalesce(sum(amount) FILTER (amount > 0), 0), 4)
                    - round(coalesce(-sum(amount) FILTER (amount < 0), 0), 4), 4) AS net
            FROM {lines} GROUP BY order_id
        ), customers AS (
            SELECT customer_id, max(paid_on) AS last, count(*) AS frequency, round(sum(net), 4) AS monetary
            FROM orders
            WHERE net > 0 AND customer_id IS NOT NULL
                AND paid_on BETWEEN DATE '{as_of}' - INTERVAL 12 MONTH AND DATE '{as_of}'
            GROUP BY customer_id
        ), scored AS (
            SELECT customer_id, DATE '{as_of}' - last AS recency_days, frequency, monetary,
                CASE WHEN last >= DATE '{as_of}' - INTERVAL 1 MONTH THEN 5
                    WHEN last >= DATE '{as_of}' - INTERVAL 3 MONTH THEN 4
                    WHEN last >= DATE '{as_of}' - INTERVAL 4 MONTH THEN 3
                    WHEN last >= DATE '{as_of}' - INTERVAL 7 MONTH THEN 2 ELSE 1 END AS r_score,
                CASE WHEN frequency >= 6 THEN 5 WHEN frequency >= 4 THEN 4 WHEN frequency = 3 THEN 3
                    WHEN frequency = 2 THEN 2 ELSE 1 END AS f_score,
                CASE WHEN monetary >= 2000 THEN 5 WHEN monetary >= 1000 THEN 4 WHEN monetary >= 500 THEN 3
                    WHEN monetary >= 300 THEN 2 ELSE 1 END AS m_score
            FROM customers WHERE monetary > 0
        )
        SELECT *, r_score + 3 * f_score + 4 * m_score AS rfm_value,
            CASE WHEN rfm_value >= 36 THEN 'P' WHEN rfm_value >= 26 THEN 'G'
                WHEN rfm_value >= 17 THEN 'S' ELSE 'B' END AS grade
        FROM scored
    ) TO '{out}' (FORMAT parquet)
"""
READ_CHARACTERS = 1 << 20
CSV = """(
    SELECT "订单编号" AS order_id, "买家会员名" AS customer_id, "订单付款时间" AS paid_at,
        "买家应付货款" AS amount
    FROM read_csv('{path}', types={{'订单编号': 'VARCHAR', '买家会员名': 'VARCHAR', '商品编号': 'VARCHAR'}})
)"""


def parquet(path: Path, out: Path, as_of: str) -> None:
    duckdb.connect().execute(QUERY.format(lines=f"read_parquet('{path}')", out=out, as_of=as_of))


def csv(path: Path, out: Path, as_of: str) -> None:
    """Read a UTF-8 file, its types guessed, its ids told to be text."""
    duckdb.connect().execute(QUERY.format(lines=CSV.format(path=path), out=out, as_of=as_of))


def gb18030(path: Path, out: Path, as_of: str) -> None:
    """Decode the file strictly with Python first, as DuckDB cannot."""
    utf8 = out.with_suffix(".csv")
    with (
        path.open(encoding="gb18030", newline="") as file,
        utf8.open("w", encoding="utf-8", newline="") as copy,
    ):
        while text := file.read(READ_CHARACTERS):
            copy.write(text)
    csv(utf8, out, as_of)
    utf8.unlink()
