"""The data check: every finding with its count, share and example, and every figure of the frames."""

import pandas as pd
import pytest
from build import shop_of, write_shop

from shopcrm_nb import check, model

GOOD = """
order_id customer_id paid_at    created_at paid   refund
1        ann         2023-05-01 2023-05-01 100    0
2        bob         2023-05-11 2023-05-10 200.50 0
3        ann         2023-05-20 2023-05-20 300    100
4        bob         2023-05-31 2023-05-31 400    0
"""
EVERY_TWO_WEEKS = pd.date_range("2023-05-01", "2024-06-10", freq="15D")


def find(shop, code):
    found = check.findings(shop)
    return found[found.check == code].astype(object)


def only(shop, code):
    """The one finding of a kind: severity, table, sentence, count, share, example."""
    (row,) = find(shop, code).itertuples(index=False)
    missing = {name: None for name in ("count", "share") if pd.isna(getattr(row, name))}
    row = row._replace(**missing)
    assert row.cure or row.severity == "note"
    return row.severity, row.table, row.finding, row.count, row.share, row.example


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A shop of 14 months with an order every 15 days: nothing to warn of."""
    rows = [f"{n} ann {day.date()} {day.date()} 10 {n % 2}" for n, day in enumerate(EVERY_TWO_WEEKS)]
    head = "order_id customer_id paid_at created_at paid refund\n"
    return shop_of(
        tmp_path_factory.mktemp("good"),
        head + "\n".join(rows),
        order_items="order_id product_id quantity amount\n" + "\n".join(f"{n} p 1 10" for n in range(28)),
        customers="customer_id gender\nann f",
    )


def test_a_good_shop_has_only_notes(good):
    found = check.findings(good)
    assert found[["severity", "check"]].to_numpy().tolist() == [
        ["note", "paid_basis"],
        ["note", "immature_days"],
    ]
    assert check.answer(good, found) == (
        "28 valid orders from 2023-05-01 to 2024-06-09 are used. Nothing was found that stands in the way."
    )


# --- findings of loading ------------------------------------------------------------------------------------


def test_a_file_in_gb18030_is_noted(tmp_path):
    folder = write_shop(tmp_path, orders=GOOD)
    text = (folder / "orders.csv").read_text(encoding="utf-8").replace("ann", "安")
    (folder / "orders.csv").write_text(text, encoding="gb18030")
    said = "orders.csv is written in GB18030 and was read as such"
    shop = model.open_shop(folder)
    assert only(shop, "encoding") == ("note", "orders", said, 4, None, "安")
    cure = "If its words look wrong, write its encoding under [tables.orders] in shop.toml."
    assert find(shop, "encoding").cure.tolist() == [cure]


def test_a_line_that_cannot_be_read_is_counted(tmp_path):
    folder = write_shop(tmp_path, "[rules.check]\nmax_unreadable_share = 0.2", orders=GOOD)
    with (folder / "orders.csv").open("a", encoding="utf-8") as file:
        file.write('5,"ann"x,"2023-05-31,2023-05-31,1,0,7,8,9\n')
    severity, table, said, count, share, example = only(model.open_shop(folder), "unreadable_lines")
    assert (severity, table, count, share) == ("warning", "orders", 1, 0.2)
    assert said == "1 line of orders.csv cannot be read"
    assert example.startswith("line 6")


def test_values_that_cannot_be_read_are_counted_with_one_of_them(tmp_path):
    shop = shop_of(tmp_path, GOOD.replace("2023-05-10", "soon").replace("2023-05-20 300", "later 300"))
    said = "2 values of created_at cannot be read"
    assert only(shop, "unreadable") == ("warning", "orders", said, 2, 0.5, "later")


def test_an_unknown_status_is_shown(tmp_path):
    orders = "order_id customer_id paid_at paid status\n1 a 2023-05-01 5 paid\n2 a 2023-05-01 5 frozen"
    said = '1 order has the status "frozen", which is not known: with a payment time it counts as paid'
    shop = shop_of(tmp_path, orders)
    assert only(shop, "unknown_status") == ("warning", "orders", said, 1, 0.5, "")
    assert find(shop, "unknown_status").cure.item() == (
        'If such orders were never paid, write "frozen" = "closed_unpaid" under [tables.orders.status] in '
        "shop.toml; the states are unpaid, closed_unpaid, paid, part_shipped, shipped, success, refunded."
    )


@pytest.mark.parametrize(
    ("paid", "basis", "said", "count", "share"),
    [
        ("100", "gross", "the payment column is gross: refunds are not taken off in it", 2, 1.0),
        (
            "70",
            "net",
            "the payment column is net of refunds already, so they were added back to get what was paid",
            2,
            1.0,
        ),
    ],
)
def test_what_the_payment_column_means_is_noted(tmp_path, paid, basis, said, count, share):
    rows = "\n".join(f"{n} a 2023-05-01 {paid} 30 100" for n in (1, 2))
    settings = f'[tables.orders]\nfiles = "orders.csv"\npreset = "template"\npaid_basis = "{basis}"'
    folder = write_shop(tmp_path, settings)
    (folder / "orders.csv").write_text(
        f"order_id customer_id paid_at paid refund order_total\n{rows}".replace(" ", ","), encoding="utf-8"
    )
    said += " (so it is in 2 of 2 refunded orders)"
    shop = model.open_shop(folder)
    assert only(shop, "paid_basis") == ("note", "orders", said, count, share, "")
    assert check.figures(shop, check.findings(shop))["check.net_sales"] == 140


def test_a_declared_basis_that_no_order_total_can_test_is_said_without_a_count(tmp_path):
    said = "the payment column is gross: refunds are not taken off in it"
    assert only(shop_of(tmp_path, GOOD), "paid_basis") == ("note", "orders", said, None, None, "")


def test_without_refunds_the_payment_column_says_nothing_and_no_count_is_shown(tmp_path):
    shop = shop_of(tmp_path, GOOD.replace("300    100", "200 0"))
    said = "there are no refund amounts: an order closed after payment counts as refunded in full, "
    said += "any other as kept"
    assert only(shop, "paid_basis") == ("note", "orders", said, None, None, "")


def test_a_buyer_key_that_is_masked_too_often_is_passed_over(tmp_path):
    folder = write_shop(tmp_path, '[tables.orders]\nfiles = "o.csv"\npreset = "taobao_orders"')
    (folder / "o.csv").write_text(
        "订单编号,买家会员名,买家支付宝账号,买家实际支付金额,退款金额,订单付款时间,订单状态,订单创建时间\n"
        "1,t**8,a@b.cn,5,0,2023-05-01 10:00:00,交易成功,2023-05-01 09:00:00\n"
        "2,tom,c@d.cn,5,0,2023-05-02 10:00:00,交易成功,2023-05-02 09:00:00\n",
        encoding="utf-8",
    )
    said = "买家会员名 is masked or empty too often to name the buyer; the next key was taken"
    assert only(model.open_shop(folder), "key_passed_over") == ("note", "orders", said, 1, 0.5, "")


def test_campaigns_whose_days_are_wrong_are_a_warning_and_future_ones_are_none(tmp_path):
    campaigns = "campaign_id name start end\nc1 One 2023-05-03 2023-05-02\nc2 Two 2024-05-03 2024-05-04"
    said = "the campaign “One” is left out: it ends before it begins"
    shop = shop_of(tmp_path, GOOD, campaigns=campaigns)
    assert only(shop, "end_before_start") == ("warning", "campaigns", said, None, None, "c1")
    assert check.findings(shop).table.eq("campaigns").sum() == 1


# --- findings of the ledger ---------------------------------------------------------------------------------


def test_rows_without_an_id_are_a_warning(tmp_path):
    shop = shop_of(tmp_path, GOOD + "- ann 2023-05-02 2023-05-02 9 0\n")
    assert only(shop, "no_key") == ("warning", "orders", "1 row does not count: no id", 1, 0.2, "")


def test_an_empty_amount_of_a_paid_order_is_a_warning(tmp_path):
    shop = shop_of(tmp_path, GOOD + "5 ann 2023-05-02 2023-05-02 - 0\n")
    said = "1 row does not count: a needed amount or time is empty"
    assert only(shop, "no_value") == ("warning", "orders", said, 1, 0.2, "")


def test_an_unreadable_amount_is_one_warning_and_a_line_of_the_ledger(tmp_path):
    settings = "[rules.check]\nmax_unreadable_share = 0.5"
    shop = shop_of(tmp_path, GOOD + "5 ann 2023-05-02 2023-05-02 much 0\n", settings=settings)
    said = "1 value of paid cannot be read, and its row does not count"
    assert only(shop, "unreadable") == ("warning", "orders", said, 1, 0.2, "much")
    assert find(shop, "unreadable_value").empty
    assert "an amount or a time that cannot be read" in check.ledger(shop).why.tolist()


def test_a_blank_row_is_a_line_of_the_ledger_and_no_finding(tmp_path, good):
    shop = shop_of(tmp_path, GOOD + "- - - - - -\n")
    assert check.ledger(shop).why.tolist()[1:] == ["the row is blank"]
    assert find(shop, "no_key").empty and find(shop, "blank_row").empty


def test_a_masked_name_where_a_name_is_needed_is_no_missing_id(tmp_path):
    customers = "customer_id gender\nann f\nb**b m\n- m"
    shop = shop_of(tmp_path, GOOD, customers=customers)
    said = "1 row does not count: the name is masked"
    assert only(shop, "masked_key") == ("warning", "customers", said, 1, pytest.approx(1 / 3), "")
    assert only(shop, "no_key")[2] == "1 row does not count: no id"


def test_the_same_id_again_is_a_warning(tmp_path):
    shop = shop_of(tmp_path, GOOD + "4 bob 2023-05-31 2023-05-31 401 0\n4 bob 2023-05-31 2023-05-31 402 0\n")
    said = "2 rows do not count: the same id again in the same file; the last one counts"
    assert only(shop, "duplicate") == ("warning", "orders", said, 2, pytest.approx(2 / 6), "")
    assert shop.orders.net.max().to_pyarrow().as_py() == 402
    assert find(shop, "duplicate").cure.item() == (
        "In 1 of 1 order on several rows the amounts differ: if these are amounts of lines, map the file "
        "under [tables.order_items] and [tables.orders_from_items] (docs/formats.md, Lines without orders)."
    )


def test_only_rows_of_equal_amounts_are_taken_for_lines_of_an_order(tmp_path):
    shop = shop_of(tmp_path, GOOD + "4 bob 2023-05-31 2023-05-31 400 0\n")
    cure = 'Check whether the file has one row an order; if it has one a line, set grain = "line".'
    assert find(shop, "duplicate").cure.item() == cure


def test_a_later_export_and_a_later_day_are_notes(tmp_path):
    folder = write_shop(tmp_path, '[tables.orders]\nfiles = "*.csv"\npreset = "template"')
    head = "order_id,customer_id,paid_at,paid\n"
    (folder / "a.csv").write_text(head + "1,ann,2023-05-01,10\n2,ann,2023-05-02,10\n", encoding="utf-8")
    (folder / "b.csv").write_text(head + "2,ann,2023-05-02,12\n3,ann,2023-05-03,10\n", encoding="utf-8")
    shop = model.open_shop(folder, "2023-05-02")
    said = "1 row does not count: an older copy; a later export has the same row"
    assert only(shop, "older_copy") == ("note", "orders", said, 1, 0.25, "")
    said = "1 row does not count: after the last day counted"
    assert only(shop, "after_as_of") == ("note", "orders", said, 1, pytest.approx(1 / 3), "")


# --- buyers -------------------------------------------------------------------------------------------------


def test_orders_without_a_buyer_key_are_a_warning_without_a_count(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid\n1 2023-05-01 5")
    said = "the orders have no buyer key"
    assert only(shop, "no_customer_id") == ("warning", "orders", said, None, None, "")
    assert check.answer(shop, check.findings(shop)) == (
        "1 valid order from 2023-05-01 to 2023-05-01 is used. "
        "Work at customer level is not computed: needs orders.customer_id."
    )


def test_masked_and_missing_names_are_told_apart(tmp_path):
    shop = shop_of(tmp_path, GOOD.replace("1        ann", "1 a**n").replace("2        bob", "2 -"))
    said = "1 row has a masked buyer name"
    assert only(shop, "masked_keys") == ("warning", "orders", said, 1, pytest.approx(1 / 3), "")
    # 300.50 of 900.50 are theirs.
    said = "2 valid orders (33.4% of the net sales) cannot be given to a buyer: the name is empty or masked"
    assert only(shop, "missing_keys") == ("warning", "orders", said, 2, 0.5, "")
    assert check.answer(shop, check.findings(shop)) == (
        "4 valid orders from 2023-05-01 to 2023-05-31 are used. Work at customer level is not computed: "
        "needs orders.customer_id (1 of 3 buyer names are masked)."
    )


def test_masked_names_of_another_table_are_not_the_orders(tmp_path):
    shop = shop_of(tmp_path, GOOD, customers="customer_id gender\na**n f\nann f\nbob m")
    assert find(shop, "masked_keys").empty


# --- amounts and times --------------------------------------------------------------------------------------

ODD = """
order_id customer_id paid_at    created_at paid refund status  shipped_at
1        a           2023-05-01 2023-05-01 -5   0      paid    -
2        a           2023-05-01 2023-05-01 0    0      paid    -
3        a           2023-05-01 2023-05-01 5    5.01   paid    -
4        a           2023-05-01 2023-05-02 5    0      paid    -
5        a           -          2023-05-01 5    0      paid    -
6        a           2023-05-02 2023-05-01 5    0      shipped 2023-05-01
7        a           2023-05-01 2023-05-01 5    5.004  paid    2023-05-01
8        a           2023-05-01 2023-05-01 5    0      paid    2023-05-01
"""


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    return shop_of(tmp_path_factory.mktemp("odd"), ODD)


@pytest.mark.parametrize(
    ("code", "said", "example"),
    [
        ("negative_paid", "1 order was paid with less than 0", "1"),
        ("zero_paid", "1 order was paid with 0", "2"),
        ("refund_above_paid", "1 order was refunded by more than was paid", "3"),
        ("paid_before_created", "1 order was paid before it was placed", "4"),
        ("paid_without_time", "1 order is paid by its status but has no payment time", "5"),
        ("shipped_before_paid", "1 order was shipped before it was paid", "6"),
    ],
)
def test_amounts_and_times_that_contradict_each_other_are_warnings(odd, good, code, said, example):
    assert only(odd, code) == ("warning", "orders", said, 1, 0.125, example)
    assert find(good, code).empty


def test_several_contradictions_are_said_in_the_plural(tmp_path):
    shop = shop_of(tmp_path, GOOD.replace("2023-05-01 2023-05-01", "2023-05-01 2024-01-01"))
    later = "a 2023-05-01 2023-06-01 5"
    more = shop_of(tmp_path / "more", f"order_id customer_id paid_at created_at paid\n1 {later}\n2 {later}")
    assert only(shop, "paid_before_created")[2:4] == ("1 order was paid before it was placed", 1)
    assert only(more, "paid_before_created")[2:4] == ("2 orders were paid before they were placed", 2)


# --- the calendar -------------------------------------------------------------------------------------------


def days(*text):
    return "order_id customer_id paid_at paid\n" + "\n".join(f"{n} a {day} 5" for n, day in enumerate(text))


def test_a_history_of_less_than_a_year_is_said_to_be_short(tmp_path):
    shop = shop_of(tmp_path / "a", days("2023-07-02", "2024-06-30"))
    said = "the history begins on 2023-07-02, less than 12 months before the last day counted"
    assert only(shop, "short_history") == ("warning", "orders", said, None, None, "")
    whole_year = shop_of(tmp_path / "b", days("2023-07-01", "2024-06-30"))
    assert find(whole_year, "short_history").empty


def test_more_than_14_days_without_an_order_are_a_gap(tmp_path):
    shop = shop_of(tmp_path, days("2024-05-01", "2024-05-16", "2024-06-01", "2024-06-02"))
    said = "no valid order for 15 days after 2024-05-16"
    assert only(shop, "gap") == ("warning", "orders", said, 15, None, "2024-05-16")


def test_days_without_orders_before_the_last_day_counted_are_a_gap_too(tmp_path):
    shop = shop_of(tmp_path, days("2024-05-01", "2024-08-01"), as_of="2024-05-16")
    assert only(shop, "gap")[2:4] == ("no valid order for 15 days after 2024-05-01", 15)
    day_before = model.open_shop(shop.folder, "2024-05-15")
    assert find(day_before, "gap").empty


def test_orders_of_the_last_15_days_are_immature(tmp_path):
    shop = shop_of(tmp_path, days("2024-06-15", "2024-06-16", "2024-06-30"))
    said = "2 orders are of the last 15 days: their refunds may still come"
    assert only(shop, "immature_days") == ("note", "orders", said, 2, pytest.approx(2 / 3), "")
    none = shop_of(tmp_path / "0", days("2024-06-30"), settings="[rules.check]\nimmature_days = 0")
    assert find(none, "immature_days").empty


def test_a_shop_without_a_valid_order_is_an_error(tmp_path):
    shop = shop_of(tmp_path, "order_id customer_id paid_at paid refund\n1 a 2024-06-30 5 5")
    found = check.findings(shop)
    assert only(shop, "no_valid_orders") == ("error", "orders", "no order is valid", None, None, "")
    assert found.severity.iloc[0] == "error"
    assert check.answer(shop, found) == "No order counts up to 2024-06-30: see the findings below."
    assert check.monthly(shop).empty
    assert check.figures(shop, found) == {
        "check.orders_valid": 0,
        "check.net_sales": 0.0,
        "check.errors": 1,
        "check.warnings": 0,
    }


# --- between tables -----------------------------------------------------------------------------------------


def test_rows_without_a_partner_in_another_table_are_counted(tmp_path, good):
    shop = shop_of(
        tmp_path,
        GOOD,
        order_items="order_id product_id quantity amount\n1 p 1 50\n1 q 1 50\n9 p 1 5",
        customers="customer_id gender\nann f",
    )
    said = "1 order line belongs to no order"
    assert only(shop, "line_without_order")[1:5] == ("order_items", said, 1, pytest.approx(1 / 3))
    said = "3 valid orders have no lines"
    assert only(shop, "order_without_lines")[1:5] == ("order_items", said, 3, 0.75)
    said = "1 buyer is not in the customer file"
    assert only(shop, "buyer_without_profile")[:5] == ("note", "customers", said, 1, 0.5)
    for code in ("line_without_order", "order_without_lines", "buyer_without_profile"):
        assert find(good, code).empty


# --- the frames ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    orders = """
order_id customer_id paid_at    created_at paid   refund status
1        ann         2024-01-20 2024-01-20 100    0      success
2        ann         2024-01-21 2024-01-21 50.55  0      success
3        bob         2024-03-31 2024-03-31 30     10     success
4        bob         -          2024-03-31 70     0      unpaid
5        cat         2024-04-02 2024-04-02 40     40     refunded
6        cat         2024-04-10 2024-04-10 20     0      paid
7        -           2024-04-20 2024-04-20 5      0      paid
"""
    return shop_of(tmp_path_factory.mktemp("mixed"), orders, as_of="2024-04-19")


def test_months_hold_valid_orders_and_buyers_and_a_cut_off_month_is_not_whole(mixed):
    frame = check.monthly(mixed)
    assert frame.month.dt.strftime("%Y-%m").tolist() == ["2024-01", "2024-02", "2024-03", "2024-04"]
    assert frame.orders.tolist() == [2, 0, 1, 1]
    assert frame.buyers.tolist() == [1, 0, 1, 1]
    assert frame.net_sales.tolist() == [150.55, 0, 20, 20]
    assert frame.whole.tolist() == [False, True, True, False]


def test_a_month_with_its_first_and_last_day_is_whole(tmp_path):
    shop = shop_of(tmp_path, days("2024-05-01", "2024-06-30"))
    assert check.monthly(shop).whole.tolist() == [True, True]


def test_months_run_on_to_the_last_day_counted(tmp_path):
    shop = shop_of(tmp_path, days("2024-05-01", "2024-09-30"), as_of="2024-07-31")
    assert check.monthly(shop).orders.tolist() == [1, 0, 0]


def test_without_a_buyer_key_months_have_no_buyers_rather_than_none(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid\n1 2024-05-01 5\n2 2024-07-01 5")
    frame = check.monthly(shop)
    assert frame.orders.tolist() == [1, 0, 1]
    assert frame.buyers.isna().all()


def test_statuses_count_all_orders_whether_they_count_or_not(mixed):
    frame = check.statuses(mixed)
    assert frame.to_numpy().tolist() == [
        ["success", 3, 180.55, pytest.approx(3 / 7)],
        ["paid", 2, 25.0, pytest.approx(2 / 7)],
        ["refunded", 1, 40.0, pytest.approx(1 / 7)],
        ["unpaid", 1, 0.0, pytest.approx(1 / 7)],
    ]


def test_the_ledger_says_in_words_why_rows_do_not_count(mixed):
    frame = check.ledger(mixed)
    assert frame.drop(columns="step").to_numpy().tolist() == [
        ["orders", 7, 7, 0, ""],
        ["orders", 7, 6, 1, "after the last day counted"],
        ["orders", 6, 5, 1, "never paid"],
        ["orders", 5, 4, 1, "nothing left after refunds, or not more than the shop's minimum"],
    ]


def test_the_figures_are_the_orders_and_sales_that_count(mixed):
    found = check.findings(mixed)
    figures = check.figures(mixed, found)
    assert figures["check.orders_valid"] == 4
    assert figures["check.net_sales"] == 190.55
    assert figures["check.warnings"] == (found.severity == "warning").sum() == 2  # short history, a gap
    assert check.answer(mixed, found) == (
        "4 valid orders from 2024-01-20 to 2024-04-10 are used. 2 things deserve a look first."
    )


def test_sources_name_each_file_of_each_table_and_the_headers_left_over(tmp_path):
    shop = shop_of(
        tmp_path,
        "order_id paid_at paid colour size\n1 2024-05-01 5 red xl",
        customers="customer_id shoe\nann 38\nbob 40",
    )
    assert check.sources(shop).sort_values("table").to_numpy().tolist() == [
        ["customers", "customers.csv", "utf-8", 2, "shoe"],
        ["orders", "orders.csv", "utf-8", 1, "colour, size"],
    ]
    assert list(check.files(shop)) == ["table", "file", "format", "rows"]
    assert check.unused(shop).to_numpy().tolist() == [
        ["Order list (orders)", "colour, size"],
        ["Customer file (customers)", "shoe"],
    ]
    assert check.mapped(shop).column.tolist()[:2] == ["orders.order_id", "orders.paid_at"]
    assert check.columns(shop).query("table == 'orders'").to_numpy().tolist() == [
        ["orders", "order_id", "order_id"],
        ["orders", "paid_at", "paid_at"],
        ["orders", "paid", "paid"],
    ]


def test_a_header_that_several_files_do_not_use_is_named_once(tmp_path):
    folder = write_shop(tmp_path, '[tables.orders]\nfiles = "orders*.csv"\npreset = "template"')
    for place, extra in enumerate(("colour,size", "size,note_2")):
        text = f"order_id,paid_at,paid,{extra}\n{place},2024-05-01,5,a,b\n"
        (folder / f"orders{place}.csv").write_text(text, encoding="utf-8")
    assert check.unused(model.open_shop(folder)).unused_headers.tolist() == ["colour, size, note_2"]


def test_a_payment_column_that_nothing_tests_is_taken_as_gross_with_a_warning(tmp_path):
    folder = write_shop(tmp_path, '[tables.orders]\nfiles = "orders.csv"\npreset = "template"')
    rows = "1,a,2023-05-01,70,30\n2,b,2023-05-02,100,0\n"
    (folder / "orders.csv").write_text("order_id,customer_id,paid_at,paid,refund\n" + rows, encoding="utf-8")
    severity, _table, said, count, *_rest = only(model.open_shop(folder), "paid_basis")
    assert (severity, count) == ("warning", 1)
    assert said.endswith("it was taken as gross")


def test_a_mapping_by_hand_whose_totals_say_net_is_read_as_net(tmp_path):
    folder = write_shop(tmp_path, '[tables.orders]\nfiles = "orders.csv"\npreset = "template"')
    rows = "1,a,2023-05-01,70,30,100\n2,b,2023-05-02,100,0,100\n"
    text = "order_id,customer_id,paid_at,paid,refund,order_total\n" + rows
    (folder / "orders.csv").write_text(text, encoding="utf-8")
    shop = model.open_shop(folder)
    assert shop.orders.net.sum().to_pyarrow().as_py() == 170
    assert only(shop, "paid_basis")[0] == "note"


@pytest.mark.parametrize(("amount", "reported"), [(100, True), (12, False)])
def test_one_buyer_with_much_of_the_sales_is_reported(tmp_path, amount, reported):
    rows = "".join(f"{n} c{n} 2023-05-01 1\n" for n in range(1, 50)) + f"99 house 2023-05-02 {amount}\n"
    found = check.findings(shop_of(tmp_path, f"order_id customer_id paid_at paid\n{rows}"))
    heavy = found[found.check == "heavy_buyer"]
    if not reported:
        assert heavy.empty
    else:
        assert heavy.finding.tolist() == ["one buyer has 67.1% of all net sales"]
        assert heavy.example.tolist() == ["house"]


def test_what_was_never_paid_is_not_in_what_was_paid(tmp_path):
    rows = "1 a 2023-05-01 70 success\n2 b - 50 unpaid\n"
    frame = check.statuses(shop_of(tmp_path, f"order_id customer_id paid_at paid status\n{rows}"))
    assert dict(zip(frame.status, frame.paid, strict=True)) == {"success": 70, "unpaid": 0}
