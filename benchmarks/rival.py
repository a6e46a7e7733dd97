"""openretailscience's RFM segmentation of the same lines, to run in an environment that has it."""

from pathlib import Path

import ibis
from openretailscience.segmentation.rfm import RFMSegmentation

NAMES = {"transaction_id": "order_id", "transaction_date": "paid_at", "unit_spend": "amount"}


def parquet(path: Path, out: Path, as_of: str, first_day: str = "") -> None:
    """Score every customer of the file or, with ``first_day``, of the days from there to ``as_of``."""
    con = ibis.duckdb.connect()
    lines = con.read_parquet(path).rename(NAMES)
    if first_day:
        days = lines.transaction_date.date().between(first_day, as_of)
        lines = lines.filter(days & lines.customer_id.notnull())
    con.to_parquet(RFMSegmentation(lines, current_date=as_of).table, out)
