"""The day report of 生意参谋 for the demo shop, and its other plain files, every cell as text."""

import pandas as pd

from shopcrm_nb.demo import market, parcels, taobao
from shopcrm_nb.demo.catalogue import products

NAME = f"生意参谋_店铺_日_{market.FIRST_DAY:%Y%m%d}_{market.LAST_DAY:%Y%m%d}.xlsx"
TITLES = (
    f"生意参谋 店铺数据 {taobao.SHOP}",
    f"统计时间：{market.FIRST_DAY} ~ {market.LAST_DAY}（日）",
    "访客数按日去重；支付金额未扣除退款",
)
EVENT_WORDS = {"view": "浏览", "favourite": "收藏", "cart": "加购"}
DSR = {"description": "描述相符", "service": "服务态度", "logistics": "物流服务"}


def _count(numbers: pd.Series) -> pd.Series:
    return numbers.map(lambda n: f"{int(n):,}", na_action="ignore").fillna("-")


def _decimals(numbers: pd.Series, form: str = ",.2f") -> pd.Series:
    return numbers.map(lambda n: format(n, form), na_action="ignore").fillna("-")


def by_day(orders: pd.DataFrame, time: str) -> pd.DataFrame:
    """Return, for each day of ``time``, the people, orders, pieces and yuan of its orders."""
    grouped = orders.groupby(orders[time].dt.normalize())
    sums = grouped.agg(
        people=("person", "nunique"),
        orders=("order_id", "size"),
        pieces=("quantity", "sum"),
        cents=("total_cents", "sum"),
    )
    sums = sums.reindex(pd.date_range(market.FIRST_DAY, market.LAST_DAY), fill_value=0)
    return sums.assign(yuan=sums.pop("cents") / 100)


def day_table(visits: pd.DataFrame, final: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the day report; orders and payments are those of the latest copies of the orders."""
    made, paid = by_day(final, "created_at"), by_day(final[final["paid_known"]], "paid_at")
    visitors = visits["visitors"]
    cells = {
        "统计日期": visits.index.strftime("%Y-%m-%d"),
        "访客数": _count(visitors),
        "新访客数": _count(visits["new_visitors"]),
        "老访客数": _count(visitors - visits["new_visitors"]),
        "浏览量": _count(visits["page_views"]),
        "人均浏览量（访问深度）": _decimals(visits["page_views"] / visitors),
        "人均停留时长(秒)": _decimals(visits["seconds"]),
        "跳失率": _decimals(visits["bounce"], ".2%"),
        "商品收藏人数": _count(visits["favourites"]),
        "加购人数": _count(visits["carts"]),
        "下单买家数": _count(made["people"]),
        "下单金额": _decimals(made["yuan"]),
        "下单父订单数": _count(made["orders"]),
        "支付买家数": _count(paid["people"]),
        "支付金额": _decimals(paid["yuan"]),
        "支付父订单数": _count(paid["orders"]),
        "支付商品件数": _count(paid["pieces"]),
        "支付转化率": _decimals(paid["people"] / visitors, ".2%"),
        "客单价": _decimals(paid["yuan"] / paid["people"].where(paid["people"] > 0)),
    }
    scores = {f"{DSR[name]}动态评分(DSR)": _decimals(ratings[name], ".5f") for name in DSR}
    return pd.DataFrame(cells | scores)


def parcel_table(sent: pd.DataFrame, orders: pd.DataFrame, made_at: pd.Timestamp) -> pd.DataFrame:
    """Return the rows of the ERP's parcel report for ``orders`` at a moment, to the minute."""
    mine = sent[sent["order"].isin(orders.index) & (sent["shipped_at"] <= made_at)]
    minutes = {
        name: mine[time].where(mine[time] <= made_at).dt.strftime("%Y-%m-%d %H:%M").fillna("")
        for name, time in {"发货时间": "shipped_at", "签收时间": "signed_at"}.items()
    }
    order_ids = orders["order_id"].loc[mine["order"]].to_numpy()
    carriers = [parcels.COURIERS[number] for number in mine["courier"]]
    table = pd.DataFrame({"订单编号": order_ids, "快递公司": carriers, **minutes})
    return table.sort_values(["发货时间", "订单编号"], ignore_index=True)


def review_table(written: pd.DataFrame, orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the review report, the newest first; a review is of the first line of its order."""
    mine = orders.loc[written["order"]].set_axis(written.index)
    first = lines.drop_duplicates("order").set_index("order")["product"]
    codes = products()["code"].iloc[first.loc[written["order"]].to_numpy()].set_axis(written.index)
    scores = {label: written[name].map("{:.0f}".format, na_action="ignore") for name, label in DSR.items()}
    cells = {
        "评价时间": taobao.clock(written["at"]),
        "订单编号": mine["order_id"],
        "会员名": mine["nick"],
        "商品编码": codes,
        "星级": written["stars"].astype(str),
        **{label: score.fillna("") for label, score in scores.items()},
        "评价内容": written["text"],
        "追评时间": taobao.clock(written["follow_up_at"]),
        "追评内容": written["follow_up"],
    }
    return pd.DataFrame(cells).sort_values(["评价时间", "订单编号"], ascending=False)


def event_table(done: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of what people did in the shop, the oldest first."""
    cells = {
        "会员名": done["nick"],
        "时间": taobao.clock(done["at"]),
        "行为": done["type"].map(EVENT_WORDS),
        "商品ID": done["product"],
    }
    return pd.DataFrame(cells)
