"""Order lines made for measuring: seeded, as skewed as a shop's, written by DuckDB in seconds."""

import argparse
from pathlib import Path

import duckdb

FIRST_DAY, LAST_DAY = "2023-07-01", "2026-06-30"
# Before the last day, and at the end of a long month: some rows come after it, and months are clamped.
AS_OF = "2026-05-31"
SEED = 20260630
READ_BYTES = 1 << 24
# The lines of 25 orders that follow each other; the next 25 have the same.
SIZES = (1, 2, 1, 3, 1, 1, 2, 4, 1, 2, 1, 3, 6, 1, 2, 1, 3, 1, 2, 1, 4, 1, 3, 2, 5)
PLACES = [order for order, size in enumerate(SIZES) for _ in range(size)]

# The lines of an order are paid in the same second; numbers rise with time, as in an export. Half of the
# customers buy once, a few a hundred times; 2 % of the orders have no customer, and 3 % of the lines are
# returns, so that some orders have no net sales.
LINES = """
    WITH numbered AS (
        SELECT i, i // {block} * {orders_a_block} + {places}[1 + i % {block}] AS n FROM range({lines}) AS r(i)
    ), drawn AS (
        SELECT n, (hash(i, {seed}) % 4000000)::INTEGER AS draw,
            hash(n, {seed} + 1) / 18446744073709551616 AS chance,
            (hash(n, {seed} + 2) % 86400)::INTEGER AS late
        FROM numbered
    ), lines AS (
        SELECT n, draw,
            CASE WHEN late % 50 > 0 THEN ({customers} * pow(chance, 1.5))::BIGINT END AS buyer,
            TIMESTAMP '{first} 00:00:00' + to_seconds(n * {seconds} // {orders} + late) AS paid_at
        FROM drawn
    )
    SELECT (1930000000000000000 + n * 7919)::VARCHAR AS order_id, {customer} AS customer_id, paid_at,
        'P' || (100000 + draw % 4000)::VARCHAR AS product_id,
        CASE WHEN draw % 97 < 3 THEN -1 ELSE 1 + draw % 5 // 4 END AS quantity,
        round((29 + pow(draw % 4000, 1.6) / 900 + draw % 10 / 10) * quantity, 2) AS amount{more}
    FROM lines
"""
NUMBERED = "'u' || lpad(buyer::VARCHAR, 9, '0')"
NICK = (
    "['小', '晴天', '一只', '爱吃', '春风', '木木', '琳琳', '大海'][1 + buyer % 8] || "
    "['妮子', '苹果', '的猫', '鱼儿', '十里', '姐姐', '妈妈'][1 + buyer // 8 % 7] || buyer::VARCHAR"
)
TEXTS = """,
        '夏季新款' || ['连衣裙', '羊毛大衣', '针织衫', '阔腿裤', '风衣'][1 + draw % 5] || '女装修身显瘦'
            AS title,
        ['藏青色', '米白色', '卡其色'][1 + draw % 3] || ';' || ['S', 'M', 'L', 'XL'][1 + draw % 4] AS sku,
        ['浙江省杭州市', '江苏省苏州市', '广东省广州市', '四川省成都市'][1 + draw % 4] AS city,
        CASE WHEN draw % 11 = 0 THEN '请尽快发货,谢谢' END AS note"""
HEADERS = {
    "order_id": "订单编号",
    "customer_id": "买家会员名",
    "paid_at": "订单付款时间",
    "product_id": "商品编号",
    "quantity": "购买数量",
    "amount": "买家应付货款",
    "title": "宝贝标题",
    "sku": "商品属性",
    "city": "收货城市",
    "note": "买家留言",
}

SHOP = """
name = "bench"
currency = "CNY"
timezone = "Asia/Shanghai"

[tables.order_items]
files = ["{path}"]
[tables.order_items.columns]
order_id = "{order_id}"
product_id = "{product_id}"
quantity = "{quantity}"
amount = "{amount}"

[tables.orders_from_items]
customer_id = "{customer_id}"
paid_at = "{paid_at}"
"""


def query(lines: int, seed: int = SEED, *, texts: bool = False) -> str:
    """Return the SQL that makes ``lines`` order lines; ``texts`` adds nicks and the columns of an export."""
    orders = lines // len(PLACES) * len(SIZES) + len(SIZES)
    return LINES.format(
        lines=lines,
        orders=orders,
        customers=int(orders * 0.9),
        places=PLACES,
        block=len(PLACES),
        orders_a_block=len(SIZES),
        seed=seed,
        first=FIRST_DAY,
        seconds=f"(86400 * (DATE '{LAST_DAY}' - DATE '{FIRST_DAY}'))",
        customer=NICK if texts else NUMBERED,
        more=TEXTS if texts else "",
    )


def write_parquet(path: Path, lines: int, seed: int = SEED) -> None:
    duckdb.sql(f"COPY ({query(lines, seed)}) TO '{path}' (FORMAT parquet)")


def write_csv(utf8: Path, gb18030: Path, lines: int, seed: int = SEED) -> None:
    """Write the same lines twice, once in each encoding."""
    renamed = ", ".join(f'{name} AS "{header}"' for name, header in HEADERS.items())
    duckdb.sql(f"COPY (SELECT {renamed} FROM ({query(lines, seed, texts=True)})) TO '{utf8}' (HEADER)")
    with (
        utf8.open(encoding="utf-8", newline="") as file,
        gb18030.open("w", encoding="gb18030", newline="") as copy,
    ):
        while text := file.read(READ_BYTES):
            copy.write(text)


def write_shop(folder: Path, path: Path) -> None:
    """Write the settings of a shop that has these lines and no table of orders."""
    folder.mkdir(exist_ok=True)
    text = SHOP.format(path=path.resolve().as_posix(), **HEADERS)
    (folder / "shop.toml").write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("kind", choices=["parquet", "csv"])
    parser.add_argument("lines", type=int)
    given = parser.parse_args()
    if given.kind == "parquet":
        write_parquet(given.folder / "lines.parquet", given.lines)
    else:
        write_csv(given.folder / "utf8.csv", given.folder / "gb18030.csv", given.lines)
        write_shop(given.folder / "shop", given.folder / "gb18030.csv")


if __name__ == "__main__":
    main()
