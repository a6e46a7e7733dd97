"""Taobao's and Tmall's exports: six generations of orders, two of lines, and the traps in them."""

import datetime as dt
import re

import pytest
from conftest import check_ledger, drops_of, rows_of
from taobao import G4, G6, GENERATIONS, NEW_ITEMS, OLD_ITEMS, SHORT, order, table

from shopcrm_nb import preset

ORDERS = '[tables.orders]\nfiles = ["ExportOrderList*"]\npreset = "taobao_orders"\n'
ITEMS = '[tables.order_items]\nfiles = ["ExportOrderDetail*"]\npreset = "taobao_items"\n'
NAME = "ExportOrderList202405011000.csv"
CREATED, PAID = dt.datetime(2024, 5, 1, 10), dt.datetime(2024, 5, 1, 10, 5)


def facts(loaded, fact):
    found = loaded.facts[loaded.facts.fact == fact]
    return {s: (count, total) for s, count, total in found[["subject", "count", "total"]].to_numpy()}


def test_each_generation_is_recognised_and_read_in_any_column_order(load_shop):
    files = {}
    for number, (name, headers) in enumerate(GENERATIONS.items(), start=1):
        assert preset.recognise(headers) == "taobao_orders"
        text = table(headers, order(f"193067985817064{number}"), shuffle=number)
        files[f"ExportOrderList{name}.csv"] = text.encode("gb18030" if number % 2 else "utf-8-sig")
    loaded = load_shop(files, ORDERS)
    names = ("order_id", "created_at", "paid_at", "paid", "status", "quantity", "shop")
    assert rows_of(loaded.tables["orders"], *names) == [
        (f"193067985817064{i}", CREATED, PAID, 100.0, "success", 2.0, "夏艺女装") for i in range(1, 7)
    ]
    people = rows_of(loaded.tables["orders"], "order_id", "customer_id", "province", "city")
    assert [row[1:] for row in people] == [("南南", "吉林省", "通化市")] * 5 + [(None, None, None)]
    check_ledger(loaded)


def test_the_export_without_any_buyer_has_no_column_of_buyers(load_shop):
    loaded = load_shop({NAME: table(G6, {})}, ORDERS)
    assert not {"customer_id", "province", "city"} & set(loaded.tables["orders"].columns)


STATES = {
    "等待买家付款": ("unpaid", "paid"),
    "买家已付款，等待卖家发货": ("paid", "paid"),
    "买家已付款,等待卖家发货": ("paid", "paid"),
    "卖家部分发货": ("part_shipped", "part_shipped"),
    "卖家已发货，等待买家确认": ("shipped", "shipped"),
    "交易成功": ("success", "success"),
    "交易关闭": ("closed_unpaid", "refunded"),
    "付款以后用户退款成功，交易自动关闭": ("refunded", "refunded"),
    "付款以前，卖家或买家主动关闭交易": ("closed_unpaid", "closed_unpaid"),
    "TRADE_CLOSED_BY_TAOBAO": ("closed_unpaid", "closed_unpaid"),
    "": ("unpaid", "paid"),
    "外星状态": ("unpaid", "paid"),
}


def test_a_closed_trade_is_told_by_its_payment_time_and_a_deposit_is_no_payment(load_shop):
    rows = []
    for i, word in enumerate(STATES):
        rows.append(order(f"{i}a", 订单状态=word, 订单付款时间="", 买家实际支付金额="0"))
        rows.append(order(f"{i}b", 订单状态=word, 订单付款时间="2024-05-02 09:00:00"))
    loaded = load_shop({NAME: table(SHORT, *rows)}, ORDERS)
    found = {
        number: (status, at)
        for number, status, at in rows_of(loaded.tables["orders"], "order_id", "status", "paid_at")
    }
    for i, (word, (without, with_time)) in enumerate(STATES.items()):
        never = with_time == "closed_unpaid" or word == "等待买家付款"
        expected = "unpaid" if word == "等待买家付款" else with_time
        assert found[f"{i}a"] == (without, None), word
        assert found[f"{i}b"] == (expected, None if never else dt.datetime(2024, 5, 2, 9)), word
    assert facts(loaded, "unknown_status") == {"外星状态": (2, 22)}


def test_a_presale_waiting_for_its_balance_is_unpaid_with_its_deposit_s_time_as_creation(load_shop):
    stages = "阶段1，定金：20.00，买家已付款;阶段2，尾款：80.00，等待买家付款;"
    row = order("1", 订单状态="等待买家付款", 订单创建时间="", 分阶段订单信息=stages, 买家实际支付金额="20")
    loaded = load_shop({NAME: table(SHORT, row, order("2"))}, ORDERS)
    names = ("order_id", "paid_at", "created_at", "status")
    assert rows_of(loaded.tables["orders"], *names)[0] == ("1", None, PAID, "unpaid")


NET = [order("1", 买家实际支付金额="70", 退款金额="30"), order("2", 买家实际支付金额="0", 退款金额="100")]
GROSS = [order("1", 退款金额="30"), order("2", 退款金额="100", 订单状态="交易关闭")]


@pytest.mark.parametrize(("rows", "basis"), [(NET, "net"), (GROSS, "gross")])
def test_a_payment_is_gross_after_loading_whatever_the_export_holds(load_shop, rows, basis):
    loaded = load_shop({NAME: table(SHORT, *rows, order("3"))}, ORDERS)
    assert facts(loaded, "paid_basis") == {basis: (2, 2)}
    names = ("order_id", "paid", "refund", "order_total")
    expected = [("1", 100.0, 30.0, 100.0), ("2", 100.0, 100.0, 100.0), ("3", 100.0, 0.0, 100.0)]
    assert rows_of(loaded.tables["orders"], *names) == expected


def test_a_payment_of_nothing_beside_a_refund_says_net_where_the_total_says_nothing(load_shop):
    rows = [order("1", 总金额="", 买家实际支付金额="0", 退款金额="100")]
    loaded = load_shop({NAME: table(SHORT, *rows, order("2"))}, ORDERS)
    assert rows_of(loaded.tables["orders"], "order_id", "paid", "refund")[0] == ("1", 100.0, 100.0)


def test_what_a_payment_holds_is_asked_where_the_file_does_not_tell(refused, load_shop):
    text = table(SHORT, NET[0], GROSS[1])
    assert refused({NAME: text}, ORDERS) == (
        "orders: of 2 refunded orders, 1 fit a payment net of refunds and 1 a gross one, so the file does "
        'not tell which it is; set paid_basis = "net" or "gross" under [tables.orders] in shop.toml'
    )
    loaded = load_shop({NAME: text}, ORDERS + 'paid_basis = "net"')
    assert rows_of(loaded.tables["orders"], "order_id", "paid", "refund") == [
        ("1", 100.0, 30.0),
        ("2", 200.0, 100.0),
    ]
    assert facts(loaded, "paid_basis") == {"net": (1, 2)}


def test_a_closed_order_without_a_refund_was_refunded_in_full(load_shop):
    loaded = load_shop({NAME: table(SHORT, order("1", 订单状态="交易关闭"))}, ORDERS)
    assert rows_of(loaded.tables["orders"], "paid", "refund", "status") == [(100.0, 100.0, "refunded")]


def keys(load_shop, headers, *rows):
    loaded = load_shop({NAME: table(headers, *rows)}, ORDERS)
    return [row[1] for row in rows_of(loaded.tables["orders"], "order_id", "customer_id")], loaded


def test_a_few_masked_nicks_are_no_key(load_shop):
    rows = [order(f"{i:02}", 买家会员名="t**8" if i == 0 else f"n{i}", 买家支付宝账号="") for i in range(25)]
    found, loaded = keys(load_shop, SHORT, *rows)
    assert found == [None, *(f"n{i}" for i in range(1, 25))]
    assert facts(loaded, "masked_keys") == {"customer_id": (1, 25)}
    assert facts(loaded, "key_passed_over") == {}


def test_a_key_masked_too_often_or_hardly_filled_gives_way_to_the_next(load_shop):
    rows = [order(str(i), 买家会员名="t**8", 买家支付宝账号=f"p{i}", ouid="") for i in range(3)]
    rows[0]["ouid"] = "AAG1"
    found, loaded = keys(load_shop, [*SHORT, "买家支付宝账号", "ouid"], *rows)
    assert found == ["p0", "p1", "p2"]
    assert facts(loaded, "key_passed_over") == {"ouid": (2, 3), "买家会员名": (3, 3)}


def test_an_open_uid_comes_before_the_nick(load_shop):
    found, _ = keys(load_shop, [*SHORT, "buyer_open_uid"], order("1", buyer_open_uid="AAG1"))
    assert found == ["AAG1"]


def test_a_virtual_number_is_never_a_key(load_shop):
    row = order("1", 买家会员名="t**8", 联系手机="13812345678")
    found, loaded = keys(load_shop, [*SHORT, "联系手机"], row)
    assert len(found[0]) == 64  # the mobile number, hashed
    found, loaded = keys(load_shop, [*SHORT, "联系手机", "虚拟号过期时间"], row)
    assert found == [None]
    assert facts(loaded, "masked_keys") == {"customer_id": (1, 1)}


def test_lines_of_both_generations_are_read(load_shop):
    old = table(OLD_ITEMS, {"标题": "大衣", "价格": "50", "购买数量": "2", "商家编码": "DY-1"})
    new = {"标题": "围巾", "价格": "60", "购买数量": "1", "外部系统编号": "WJ-2", "买家实际支付金额": "55.5"}
    again = new | {"子订单编号": "12", "退款金额": "5.5", "外部系统编号": "", "主订单编号": '="7"'}
    text = table(NEW_ITEMS, new | {"子订单编号": "11", "主订单编号": '="7"'}, again)
    files = {NAME: table(G4, {}), "ExportOrderDetailList1.csv": old, "ExportOrderDetailList2.csv": text}
    assert (preset.recognise(OLD_ITEMS), preset.recognise(NEW_ITEMS)) == ("taobao_items", "taobao_items")
    loaded = load_shop(files, ORDERS + ITEMS)
    names = ("order_id", "line_id", "product_id", "quantity", "amount", "refund")
    assert rows_of(loaded.tables["order_items"], *names) == [
        ("1930679858170647", None, "DY-1", 2.0, 100.0, None),
        ("7", "11", "WJ-2", 1.0, 55.5, None),
        ("7", "12", "围巾", 1.0, 55.5, 5.5),
    ]
    check_ledger(loaded)


def test_the_export_with_all_traps_at_once_loads_with_every_row_accounted_for(load_shop):
    note = '急, "明天" 到\n电话13812345678'
    rows = [
        order("1930679858170647001", 买家会员名="=1+1", 订单备注=note, 卖家服务费="0元"),
        order("1930679858170647002", 买家会员名="-南南-", 买家实际支付金额="1,234.50元", 总金额="1,234.50"),
        order("1930679858170647003", 买家会员名="null小姐", 订单创建时间="2024/5/1 10:00"),
        order("1930679858170647004", 买家会员名="𠮷吉", 订单付款时间="45413.5", 确认收货时间="null"),
        order("1930679858170647005", 买家会员名="张**", 确认收货时间="-"),
        order("1930679858170647006", 订单状态="交易关闭", 订单付款时间="", 买家实际支付金额="0"),
        order("1930679858170647007", 订单状态="交易关闭", 买家实际支付金额="0.00", 退款金额="100.00"),
        order("1930679858170647008", 订单状态="等待买家付款", 分阶段订单信息="阶段1，定金：12.00，已付款;"),
        order("1930679858170647009", 买家实际支付金额="90", 退款金额="10"),
        order("1930679858170647009", 买家实际支付金额="90", 退款金额="10"),
        order("", 订单编号="null", 主订单编号=""),
    ]
    rows += [order(f"19306798581706471{i:02}") for i in range(99)]
    rows[20]["买家实际支付金额"] = "12,50"
    text = re.sub(r'"=""(\d+)"""', r'="\1"', table(G4, *rows, shuffle=3))
    assert '="1930679858170647001"' in text and ',"=""' not in text
    later = table(G6, order("1930679858170647001", 退款金额="100", 买家实际支付金额="0"))
    files = {
        "ExportOrderList202405021000.xlsx": text.encode("gb18030"),
        "ExportOrderList202406021000.csv": b"\xef\xbb\xbf" + later.encode(),
    }
    loaded = load_shop(files, ORDERS)
    check_ledger(loaded)
    assert loaded.ledger.rows_in.iloc[0] == 111
    assert drops_of(loaded) == {"no_key": 1, "unreadable_value": 1, "older_copy": 1, "duplicate": 1}
    found = {row[0][-3:]: row[1:] for row in rows_of(loaded.tables["orders"], "order_id", "paid", "refund")}
    assert len(found) == 107
    assert found["001"] == (100.0, 100.0)
    assert found["002"] == (1234.5, 0.0)
    assert found["007"] == (100.0, 100.0)
    assert found["009"] == (100.0, 10.0)
