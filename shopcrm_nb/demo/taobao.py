"""The rows of Taobao's exports: 订单报表 of two generations and 宝贝报表, every cell as text."""

import pandas as pd

from shopcrm_nb.demo.baskets import COLOURS, SIZES
from shopcrm_nb.demo.catalogue import products
from shopcrm_nb.demo.states import STATUS_WORDS

SHOP = "夏艺女装"


def _names(text: str) -> list[str]:
    return text.replace("\n", "").split(",")


# The blank at the end of a header stands in the exports themselves.
G4_HEADER = _names("""
订单编号,买家会员名,买家支付宝账号,支付单号,支付详情,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,
买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,联系手机,
订单创建时间,订单付款时间 ,宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,
订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,分阶段订单信息,特权订金订单id,是否上传合同照片,
是否上传小票,是否代付,定金排名,修改后的sku,修改后的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,
满返红包金额,新零售交易类型,新零售导购门店名称,新零售导购门店id,新零售发货门店名称,新零售发货门店id,退款金额,
预约门店,确认收货时间,打款商家金额,含应开票给个人的个人红包,是否信用购,体验期结束时间,前N有礼,配送类型,
直播返现状态,返现金额,新零售成交门店昵称,新零售成交门店id,新零售成交经销商id,主订单编号
""")
G5_HEADER = _names("""
订单编号,买家会员名,买家会员昵称,支付单号,支付详情,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,
买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址,运送方式,联系电话,联系手机,
虚拟号过期时间,订单创建时间,订单付款时间,宝贝标题,宝贝种类,物流单号,物流公司,订单备注,宝贝总数量,店铺Id,
店铺名称,订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,分阶段订单信息,特权订金订单id,
是否上传合同照片,是否上传小票,是否代付,定金排名,修改后的sku,修改后的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,
是否是O2O交易,新零售交易类型,新零售导购门店名称,新零售导购门店id,新零售发货门店名称,新零售发货门店id,退款金额,
预约门店,确认收货时间,打款商家金额,含应开票给个人的个人红包,是否信用购,体验期结束时间,前N有礼,配送类型,
直播返现状态,返现金额,延迟发货自动赔付金额,新零售成交门店昵称,新零售成交门店id,新零售成交经销商id,预售订单,
发货时间,商家备忘,主订单编号
""")
ITEMS_HEADER = _names("""
子订单编号,主订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码,支付单号,
买家应付货款,买家实际支付金额,退款状态,退款金额,订单创建时间,订单付款时间
""")


def yuan(cents: pd.Series) -> pd.Series:
    """Write cents as yuan: 39900 becomes 399.00."""
    return cents.map(lambda amount: f"{amount // 100}.{amount % 100:02d}")


def clock(times: pd.Series) -> pd.Series:
    """Write times as 2023-11-11 00:03:12, missing ones as an empty cell."""
    return times.dt.strftime("%Y-%m-%d %H:%M:%S").fillna("")


def excel_clock(times: pd.Series) -> pd.Series:
    """Write times as a spreadsheet saves them again: 2023/11/11 0:03, the seconds lost."""
    text = times.map(lambda t: f"{t.year}/{t.month}/{t.day} {t.hour}:{t.minute:02d}", na_action="ignore")
    return text.fillna("")


def _paid_times(orders: pd.DataFrame) -> pd.Series:
    shown = orders["deposit_shown"].eq(True)
    return orders["paid_at"].mask(shown, orders["deposit_at"])


def _stages(orders: pd.DataFrame) -> pd.Series:
    """Write the two payments of a presale order: the deposit is a tenth, in whole yuan."""
    deposit = orders["goods_cents"] // 1000 * 100
    balance = orders["paid_known"].map({True: "已付款", False: "未付款"})
    text = "阶段1，定金：" + yuan(deposit) + "，已付款;阶段2，尾款："
    text = text + yuan(orders["goods_cents"] - deposit) + "，" + balance + ";"
    return text.where(orders["presale"], "")


def _close_reasons(orders: pd.DataFrame) -> pd.Series:
    unpaid = orders["close_words"].mask(orders["timeout"], "买家未付款")
    unpaid = unpaid.mask(orders["presale"], "买家未付尾款")
    reason = pd.Series("订单未关闭", index=orders.index)
    reason = reason.mask(orders["status"] == "closed_unpaid", unpaid)
    return reason.mask(orders["status"] == "refunded", "退款")


def _money(orders: pd.DataFrame) -> dict[str, pd.Series | str]:
    return {
        "买家应付货款": yuan(orders["goods_cents"]),
        "买家应付邮费": yuan(orders["postage_cents"]),
        "总金额": yuan(orders["total_cents"]),
        "买家实际支付金额": yuan(orders["net_cents"]),
        "卖家服务费": "0元",
        "退款金额": yuan(orders["known_refund_cents"]),
        "打款商家金额": yuan(orders["net_cents"].where(orders["status"] == "success", 0)) + "元",
    }


def order_cells(orders: pd.DataFrame, titles: pd.Series) -> dict[str, pd.Series | str]:
    """Return the cells both generations share, for orders as they stand at the export."""
    shipped = orders["shipped_at"].notna()
    return {
        "订单编号": orders["order_id"],
        "买家会员名": orders["nick"],
        **_money(orders),
        "订单状态": orders["status"].map(STATUS_WORDS),
        "买家留言": orders["message"],
        "收货人姓名": orders["receiver"],
        "收货地址": orders["address"],
        "运送方式": "快递",
        "联系电话": pd.Series("", orders.index).mask(orders["lottery"] < 0.05, "-"),
        "联系手机": "'" + orders["mobile"],
        "订单创建时间": clock(orders["created_at"]),
        "订单付款时间": clock(_paid_times(orders)),
        "宝贝标题": titles,
        "宝贝种类": orders["lines"].astype(str),
        "物流单号": ("No:" + orders["parcel"]).where(shipped, ""),
        "物流公司": orders["courier"].where(shipped, ""),
        "订单备注": orders["note"],
        "宝贝总数量": orders["quantity"].astype(str),
        "店铺Id": "0",
        "店铺名称": SHOP,
        "订单关闭原因": _close_reasons(orders),
        "是否手机订单": orders["device"],
        "分阶段订单信息": _stages(orders),
        "异常信息": pd.Series("", orders.index).mask(orders["lottery"] > 0.97, "null"),
        "确认收货时间": clock(orders["confirmed_at"]),
    }


def _laid_out(cells: dict[str, pd.Series | str], index: pd.Index, header: list[str]) -> pd.DataFrame:
    by_name = {name.strip(): name for name in header}
    named = {by_name[name]: cell for name, cell in cells.items()}
    return pd.DataFrame({name: named.get(name, "") for name in header}, index=index)


def order_table(orders: pd.DataFrame, titles: pd.Series, generation: int) -> pd.DataFrame:
    """Return the rows of a 订单报表 of 2021, the fourth generation of its headers, or of 2022, the fifth."""
    return {4: g4_table, 5: g5_table}[generation](orders, titles)


def g4_table(orders: pd.DataFrame, titles: pd.Series) -> pd.DataFrame:
    """Return the rows of a 2021 订单报表."""
    cells = order_cells(orders, titles) | {"买家支付宝账号": orders["alipay"]}
    return _laid_out(cells, orders.index, G4_HEADER)


def g5_table(orders: pd.DataFrame, titles: pd.Series) -> pd.DataFrame:
    """Return the rows of a 2022 订单报表: no 买家支付宝账号, with 发货时间 and 预售订单."""
    cells = order_cells(orders, titles)
    cells |= {
        "买家会员昵称": orders["nick"],
        "支付单号": (orders["paid_at"].dt.strftime("%Y%m%d") + "2200" + orders["order_id"].str[4:]).fillna(
            ""
        ),
        "预售订单": orders["presale"].map({True: "是", False: "否"}),
        "发货时间": clock(orders["shipped_at"]).replace("", "null"),
        "确认收货时间": clock(orders["confirmed_at"]).replace("", "-"),
    }
    return _laid_out(cells, orders.index, G5_HEADER)


def titles(lines: pd.DataFrame) -> pd.Series:
    """Return the titles of each order's lines, joined by the full-width comma of the exports."""
    return lines["product"].map(products()["title"]).groupby(lines["order"]).agg("，".join)


def _line_ids(orders: pd.DataFrame, lines: pd.DataFrame) -> pd.Series:
    """An order of one line shares its id with it; of several, each has the order's plus ten, twenty …"""
    main = orders["order_id"].loc[lines["order"]].set_axis(lines.index)
    step = (lines.groupby("order").cumcount() + 1) * 10
    alone = ~lines["order"].duplicated(keep=False)
    return main.where(alone, (main.astype("int64") + step).astype(str))


def items_table(orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the 宝贝报表.

    买家实际支付金额 of a line is what was paid for it, its refund not deducted, 0 when unpaid: the lines
    of a paid order add up to its 总金额 less postage, and their 退款金额 to the order's, less the postage
    that a full refund gives back.
    """
    mine = orders.loc[lines["order"]].set_axis(lines.index)
    goods = products().iloc[lines["product"].to_numpy()].set_axis(lines.index)
    back = lines["refund_cents"].where(mine["refunded_at"].notna(), 0)
    colour = lines["colour"].map(dict(enumerate(COLOURS)))
    cells = {
        "子订单编号": _line_ids(orders, lines),
        "主订单编号": mine["order_id"],
        "标题": goods["title"],
        "价格": yuan(lines["list_cents"]),
        "购买数量": lines["quantity"].astype(str),
        "商品属性": "颜色分类:" + colour + ";尺码:" + lines["size"].map(dict(enumerate(SIZES))),
        "订单状态": mine["status"].map(STATUS_WORDS),
        "商家编码": goods["code"],
        "买家应付货款": yuan(lines["goods_cents"]),
        "买家实际支付金额": yuan(lines["goods_cents"].where(mine["paid_known"], 0)),
        "退款状态": pd.Series("没有申请退款", lines.index).mask(back > 0, "退款成功"),
        "退款金额": yuan(back),
        "订单创建时间": clock(mine["created_at"]),
        "订单付款时间": clock(_paid_times(mine)),
    }
    return _laid_out(cells, lines.index, ITEMS_HEADER)
