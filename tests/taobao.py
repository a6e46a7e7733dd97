# ruff: noqa: E501, SIM905 (header lists as they were found)
"""Taobao's order exports through the years: the header lists of its generations, and rows for them."""

import csv
import io
import random

G1 = (
    "订单编号, 买家会员名, 买家支付宝账号, 买家应付货款, 买家应付邮费, 买家支付积分, 总金额, 返点积分, "
    "买家实际支付金额, 买家实际支付积分, 订单状态, 买家留言, 收货人姓名, 收货地址␠, 运送方式, 联系电话␠, "
    "联系手机, 订单创建时间, 订单付款时间␠, 宝贝标题␠, 宝贝种类␠, 物流单号␠, 物流公司, 订单备注, 宝贝总数量, "
    "店铺Id, 店铺名称, 订单关闭原因, 卖家服务费, 买家服务费, 发票抬头, 是否手机订单, 分阶段订单信息, "
    "特权订金订单id, 定金排名, 修改后的sku, 修改后的收货地址, 异常信息, 天猫卡券抵扣, 集分宝抵扣, 是否是O2O交易"
).replace("␠", " ")
G1 = G1.split(", ")
NEW_RETAIL = (
    "新零售交易类型, 新零售导购门店名称, 新零售导购门店id, 新零售发货门店名称, 新零售发货门店id".split(", ")
)


def _after(headers, header, *new):
    at = headers.index(header) + 1
    return [*headers[:at], *new, *headers[at:]]


G2 = _after(G1, "买家支付宝账号", "支付单号", "支付详情")
G2 = _after(G2, "特权订金订单id", "是否上传合同照片", "是否上传小票", "是否代付") + NEW_RETAIL
G2 += ["退款金额", "预约门店", "确认收货时间", "打款商家金额", "含应开票给个人的个人红包"]
G3 = [*G2, "是否信用购", "体验期结束时间", "前N有礼", "配送类型", "主订单编号"]
G4 = _after(G3, "是否是O2O交易", "满返红包金额")
G4 = _after(
    G4, "配送类型", "直播返现状态", "返现金额", "新零售成交门店昵称", "新零售成交门店id", "新零售成交经销商id"
)
G5 = (
    "订单编号, 买家会员名, 买家会员昵称, 支付单号, 支付详情, 买家应付货款, 买家应付邮费, 买家支付积分, 总金额, "
    "返点积分, 买家实际支付金额, 买家实际支付积分, 订单状态, 买家留言, 收货人姓名, 收货地址, 运送方式, 联系电话, "
    "联系手机, 虚拟号过期时间, 订单创建时间, 订单付款时间, 宝贝标题, 宝贝种类, 物流单号, 物流公司, 订单备注, "
    "宝贝总数量, 店铺Id, 店铺名称, 订单关闭原因, 卖家服务费, 买家服务费, 发票抬头, 是否手机订单, "
    "分阶段订单信息, 特权订金订单id, 是否上传合同照片, 是否上传小票, 是否代付, 定金排名, 修改后的sku, "
    "修改后的收货地址, 异常信息, 天猫卡券抵扣, 集分宝抵扣, 是否是O2O交易, 新零售交易类型, 新零售导购门店名称, "
    "新零售导购门店id, 新零售发货门店名称, 新零售发货门店id, 退款金额, 预约门店, 确认收货时间, 打款商家金额, "
    "含应开票给个人的个人红包, 是否信用购, 体验期结束时间, 前N有礼, 配送类型, 直播返现状态, 返现金额, "
    "延迟发货自动赔付金额, 新零售成交门店昵称, 新零售成交门店id, 新零售成交经销商id, 预售订单, 发货时间, "
    "商家备忘, 主订单编号"
).split(", ")
G6 = (
    "订单编号, 支付单号, 支付详情, 买家应付货款, 买家应付邮费, 买家支付积分, 总金额, 返点积分, 买家实际支付金额, "
    "买家实际支付积分, 订单状态, 买家留言, 订单创建时间, 订单付款时间, 宝贝种类, 订单备注, 宝贝总数量, 店铺Id, "
    "店铺名称, 卖家服务费, 买家服务费, 特权订金订单id, 修改后的sku, 异常信息, 天猫卡券抵扣, 集分宝抵扣, "
    "是否是O2O交易"
).split(", ") + NEW_RETAIL
G6 += (
    "退款金额, 确认收货时间, 打款商家金额, 直播返现状态, 返现金额, 延迟发货自动赔付金额, 预售订单, 发货时间, "
    "商家备忘, 主订单编号"
).split(", ")
# What most rules are about; reading 60 columns more takes a test three times as long.
SHORT = (
    "订单编号, 买家会员名, 总金额, 买家实际支付金额, 退款金额, 订单状态, 订单创建时间, 订单付款时间".split(
        ", "
    )
)
GENERATIONS = {"G1": G1, "G2": G2, "G3": G3, "G4": G4, "G5": G5, "G6": G6}
OLD_ITEMS = (
    "订单编号, 标题, 价格, 购买数量, 外部系统编号, 商品属性, 套餐信息, 备注, 订单状态, 商家编码".split(", ")
)
NEW_ITEMS = (
    "子订单编号, 主订单编号, 标题, 价格, 购买数量, 外部系统编号, 商品属性, 套餐信息, 备注, 订单状态, 商家编码, "
    "支付单号, 买家应付货款, 买家实际支付金额, 退款状态, 退款金额, 订单创建时间, 订单付款时间"
).split(", ")
ORDER = {
    "订单编号": '="1930679858170647"',
    "主订单编号": '="1930679858170647"',
    "买家会员名": "南南",
    "买家支付宝账号": "nan@example.com",
    "总金额": "100.00",
    "买家实际支付金额": "100.00",
    "订单状态": "交易成功",
    "收货地址": "吉林省 通化市 柳河县 柳河镇**路 (135300)",
    "联系手机": "'138****5678",
    "订单创建时间": "2024-05-01 10:00:00",
    "订单付款时间": "2024-05-01 10:05:00",
    "宝贝标题": "羊毛大衣，羊绒围巾",
    "物流单号": "No:123456789012",
    "宝贝总数量": "2",
    "店铺名称": "夏艺女装",
    "打款商家金额": "100.00元",
    "卖家服务费": "0元",
}


def table(headers, *rows, shuffle=0):
    """Return a csv with the headers in a shuffled order; a row is what differs from ORDER."""
    headers = random.Random(shuffle).sample(headers, len(headers)) if shuffle else headers
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headers)
    for row in rows:
        cells = ORDER | row
        writer.writerow([cells.get(header.strip(), "") for header in headers])
    return out.getvalue()


def order(number, **cells):
    """Return a row's cells: an order of its own number."""
    written = f'="{number}"'
    return {"订单编号": written, "主订单编号": written} | cells
