"""The files that tell of the demo shop's campaigns: the seller's list, the messages sent and the coupons."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from shopcrm_nb.demo import campaigns, taobao

CAMPAIGN_HEADERS = {
    "campaign_id": "活动编号",
    "name": "活动名称",
    "purpose": "活动目的",
    "start": "活动开始时间",
    "end": "活动结束时间",
    "send_cost": "短信邮件费",
    "coupon_cost": "优惠券成本",
    "gift_cost": "赠品成本",
    "ad_cost": "推广费",
    "labour_cost": "人工费",
    "goal_metric": "目标指标",
    "goal_value": "目标值",
    "products": "活动商品",
    "discount": "优惠幅度",
}
SEND_HEADERS = {
    "campaign_id": "活动编号",
    "nick": "会员名",
    "channel": "渠道",
    "sent_at": "发送时间",
    "arm": "分组",
    "delivered_at": "送达时间",
    "opened_at": "打开时间",
    "clicked_at": "点击时间",
    "unsubscribed_at": "退订时间",
    "cost": "费用",
}
SETTINGS = """
[tables.campaigns]
files = ["raw/campaigns.csv"]
preset = "template"

[tables.campaigns.columns]      # the seller's own list has headers of its own
send_cost = "短信邮件费"
coupon_cost = "优惠券成本"
gift_cost = "赠品成本"
ad_cost = "推广费"
labour_cost = "人工费"
goal_metric = "目标指标"
goal_value = "目标值"
products = "活动商品"
discount = "优惠幅度"

[tables.sends]
files = ["raw/sends.parquet"]
preset = "template"

[tables.sends.columns]
delivered_at = "送达时间"
opened_at = "打开时间"
clicked_at = "点击时间"
unsubscribed_at = "退订时间"
cost = "费用"

[tables.coupons]
files = ["raw/coupons.xlsx"]
preset = "template"

[tables.coupons.columns]
campaign_id = "活动编号"
order_id = "订单编号"
"""


def campaign_table(sends: pd.DataFrame) -> pd.DataFrame:
    """Return the seller's list, every cell as text; what sending costs is written down for some only."""
    spent = sends.groupby("campaign_id")["cost"].sum()
    rows = [
        {
            "campaign_id": message.campaign_id,
            "name": message.name,
            "purpose": message.purpose,
            "start": message.start,
            "end": message.end,
            "send_cost": spent[message.campaign_id] if message.cost and not message.pulled else None,
            "goal_metric": message.goal[0] if message.goal else None,
            "goal_value": message.goal[1] if message.goal else None,
            **dict(message.told),
        }
        for message in campaigns.MESSAGES
    ]
    table = pd.concat([campaigns.sales(), pd.DataFrame(rows)]).sort_values("start")
    table = table.reindex(columns=list(CAMPAIGN_HEADERS))
    for name, form in {"send_cost": "{:.2f}", "discount": "{:.0%}"}.items():
        table[name] = table[name].map(form.format, na_action="ignore")
    for name in ("coupon_cost", "gift_cost", "ad_cost", "labour_cost", "goal_value"):
        table[name] = table[name].map("{:.0f}".format, na_action="ignore")
    for name in ("start", "end"):
        table[name] = table[name].map("{:%Y-%m-%d}".format)
    return table.astype(object).fillna("").rename(columns=CAMPAIGN_HEADERS)


def write_sends(path: Path, sends: pd.DataFrame, persons: pd.DataFrame) -> int:
    """Write the messages, and who was held out of them, as small as can be; return how many rows."""
    table = sends.assign(
        nick=persons["nick"].loc[sends["person"]].to_numpy(), arm=sends["arm"].replace("", None)
    )
    table = table[list(SEND_HEADERS)].rename(columns=SEND_HEADERS)
    times = pa.timestamp("ms")
    fields = [
        pa.field(
            name,
            pa.float64() if name == "费用" else times if name.endswith("时间") else pa.string(),
        )
        for name in table.columns
    ]
    rows = pa.Table.from_pandas(table, schema=pa.schema(fields), preserve_index=False)
    parquet.write_table(
        rows.replace_schema_metadata(None), path, compression="zstd", compression_level=19, store_schema=False
    )
    return len(table)


def coupon_table(coupons: pd.DataFrame, orders: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the coupons' report, every cell as text; ``orders`` are the latest copies."""
    mine = orders.reindex(coupons["order"]).set_axis(coupons.index)
    cells = {
        "优惠券编号": coupons["coupon_id"].astype(str),
        "会员名": persons["nick"].loc[coupons["person"]].to_numpy(),
        "活动编号": coupons["campaign_id"],
        "面额": f"{campaigns.COUPON_OFF_CENTS / 100:.0f}",
        "使用门槛": f"{campaigns.COUPON_FROM_CENTS / 100:.0f}",
        "领取时间": taobao.clock(coupons["granted_at"]),
        "使用时间": taobao.clock(mine["paid_at"]),
        "订单编号": mine["order_id"].fillna(""),
    }
    return pd.DataFrame(cells)
