"""Known exports: which file is which, and which of its headers is which column."""

import pytest

from shopcrm_nb import expression, preset
from shopcrm_nb.canonical import STATUSES, TABLES
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.settings import Candidate
from shopcrm_nb.source import normal


def test_each_preset_maps_only_columns_that_exist_from_headers_or_sound_sql():
    for name in preset.names()[1:]:
        for table in preset.preset_tables(name):
            known = preset.known(name, table)
            assert set(known.columns) <= set(TABLES[table])
            for listed in known.columns.values():
                for candidate in listed:
                    assert candidate.header or expression.parse(candidate.sql, name)


def test_the_template_takes_the_canonical_name_first_and_no_header_twice_in_a_table():
    for table in TABLES:
        listed = preset.dictionary(table)
        assert all(candidates[0].header == column for column, candidates in listed.items())
        own = [normal(c.header) for candidates in listed.values() for c in candidates]
        assert len(own) == len(set(own)), table


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        (["订单编号 ", "买家实际支付金额", "订单状态", "订单创建时间", "anything"], "taobao_orders"),
        (["标题", "价格", "购买数量", "商家编码", "订单编号"], "taobao_items"),
        (["订单号", "下单时间", "订购数量", "应付金额"], "jd_orders"),
        (["name", "FINANCIAL STATUS", "Lineitem quantity", "Lineitem price"], "shopify"),
        (["统计日期", "访客数", "anything"], "sycm_day"),
        (["统计日期", "流量来源", "来源明细", "访客数", "浏览量"], "sycm_source"),
        (["来源", "来源明细", "访客数", "访客数变化"], "sycm_source"),
        (["统计日期", "商品id", "访客数"], ""),
        (["统计日期", "访客数", "支付金额", "活动id"], ""),
        (["统计日期", "来源", "访客数"], ""),
        (["order_id", "paid_at", "paid"], ""),
    ],
)
def test_an_export_is_recognised_by_its_headers(headers, name):
    assert preset.recognise(headers) == name


def test_an_unknown_preset_is_refused_with_the_nearest():
    with pytest.raises(
        ShopcrmError, match=r'"taobao_order" is not a preset \(did you mean "taobao_orders"\?\)'
    ):
        preset.known("taobao_order", "orders")
    with pytest.raises(ShopcrmError, match='"taobao_items" has no table customers'):
        preset.known("taobao_items", "customers")


def test_a_column_takes_the_first_candidate_that_the_file_can_give():
    columns = {
        "customer_id": (Candidate(header="联系手机", unless="虚拟号过期时间"), Candidate(header="会员名")),
        "paid": (Candidate(sql='"价格" * "数量"'), Candidate(header="金额")),
        "order_id": (Candidate(row=True),),
    }
    found = preset.mapping(columns, ["联系手机 ", "会员名", "金额", "价格"])
    assert found.describe() == {"customer_id": "联系手机 ", "paid": "金额", "order_id": "{ row = true }"}
    found = preset.mapping(columns, ["联系手机", "虚拟号过期时间", "会员名", "数量", "价格"])
    assert found.describe() == {
        "customer_id": "会员名",
        "paid": '"价格" * "数量"',
        "order_id": "{ row = true }",
    }


def test_status_words_mean_one_status_each_and_commas_do_not_matter():
    words = preset.status_words()
    assert set(words.values()) == {*STATUSES, "closed", "cancelled"}
    for written in ("买家已付款，等待卖家发货", "买家已付款,等待卖家发货", "买家已付款 等待卖家发货"):
        assert words[preset.normal_word(written)] == "paid"
    assert words[preset.normal_word("trade_finished")] == "success"


def test_each_preset_says_what_it_is_for():
    assert all(len(preset.title(name)) > 10 for name in preset.names())
