"""How the orders of the demo shop stand at a moment: what an export made then would say of them."""

import numpy as np
import pandas as pd

STATUS_WORDS = {
    "unpaid": "等待买家付款",
    "closed_unpaid": "交易关闭",
    "paid": "买家已付款，等待卖家发货",
    "part_shipped": "卖家部分发货",
    "shipped": "卖家已发货，等待买家确认",
    "success": "交易成功",
    "refunded": "交易关闭",
}


def as_at(orders: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """Return the orders created by ``moment`` with what is known of them then.

    Adds ``status`` (canonical word), ``paid_known`` (was it paid), ``known_refund_cents``,
    ``net_cents`` (paid minus refunds, 0 when unpaid); times after ``moment`` become NaT.
    """
    seen = orders[orders["created_at"] <= moment].copy()
    for time in ("paid_at", "part_shipped_at", "shipped_at", "confirmed_at", "refunded_at", "closed_at"):
        seen[time] = seen[time].where(seen[time] <= moment)
    paid = seen["paid_at"].notna()
    back = seen["refunded_at"].notna()
    seen["status"] = np.select(
        [
            ~paid & seen["closed_at"].notna(),
            ~paid,
            seen["full"] & back,
            seen["confirmed_at"].notna(),
            seen["shipped_at"].notna(),
            seen["part_shipped_at"].notna(),
        ],
        ["closed_unpaid", "unpaid", "refunded", "success", "shipped", "part_shipped"],
        default="paid",
    )
    seen["paid_known"] = paid
    seen["known_refund_cents"] = seen["refund_cents"].where(back, 0)
    seen["net_cents"] = (seen["total_cents"] - seen["known_refund_cents"]).where(paid, 0)
    return seen
