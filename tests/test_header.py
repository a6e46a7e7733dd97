"""Headers: which column each is, by its name however it is written, and by what stands below it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shopcrm_nb import header
from shopcrm_nb.header import Top


def top(**cells: list[str]) -> Top:
    return Top(list(cells), cells)


def named(headers: str, separator: str = ",") -> dict[str, str]:
    """Match headers of orders, with no row below them."""
    return header.match("orders", Top(headers.split(separator), {}))


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["12.00", "8"], "amount"),
        (["£12", "£8"], "amount"),
        (["12,80 €", "1.171,90 €"], "amount"),
        (["US$ 5", "100.00 GBP", "100.-"], "amount"),
        (["1001", "1002"], "number"),
        (["2024-01-05 10:00", "2024/1/6", "20240107"], "time"),
        (["05.01.2024 03:22", "5/1/24"], "time"),
        (["5 Jan 2024", "Jan 6, 2024"], "time"),
        (["2024年1月5日"], "time"),
        (["a@x.example", "b@x.example"], "email"),
        (["Completed", "Sent", "cancelled"], "status"),
        (["交易成功", "等待买家付款"], "status"),
        (['="1930679858170647"'], "number"),
        (["W-1001", "W-1002"], "code"),
        (["red", "blue"], "word"),
        (["a@x.example", "b@x.example", "c@x.example", "d@x.example", "?"], "email"),
        (["12.00", "tbc"], "word"),
        ([], ""),
    ],
)
def test_a_column_is_told_by_what_most_of_its_cells_are(cells, kind):
    assert top(a=cells).kind("a") == ("code" if cells == ["12.00", "tbc"] else kind)


@pytest.mark.parametrize(
    "written",
    [
        "order_total",
        "Order Total",
        "ORDER-TOTAL",
        "Order total (EUR)",
        "Order total:",
        "Order total €",
        "order_total_eur",
    ],
)
def test_case_dots_currencies_brackets_underscores_and_blanks_make_no_difference(written):
    assert header.plain(written) == "ordertotal"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (
            "Order Ref,Buyer e-mail,Purchased,Total incl. tax,Money back",
            "order_id customer_id paid_at paid refund",
        ),
        ("Order reference,billing_email,date_created,grand_total", "order_id customer_id paid_at paid"),
        (  # Magento's grid
            "ID,Purchase Point,Purchase Date,Grand Total (Base),Grand Total (Purchased),Status,"
            "Customer Email,Shipping and Handling,Total Refunded",
            "order_id channel paid_at - paid status customer_id postage refund",
        ),
        (  # Magento's table
            "increment_id,created_at,customer_email,grand_total,total_refunded,status,total_qty_ordered",
            "order_id created_at customer_id paid refund status quantity",
        ),
        (  # WooCommerce, Advanced Order Export
            "Order Number,Order Status,Order Date,Email (Billing),City (Billing),Order Shipping Amount,"
            "Order Refund Amount,Order Total Amount",
            "order_id status paid_at customer_id city postage refund paid",
        ),
        (  # WooCommerce, Analytics
            "Date,Order #,N. Revenue (formatted),Status,Customer,Items sold,Coupon(s),N. Revenue",
            "paid_at order_id - status customer_id quantity coupon_id paid",
        ),
        (  # Shopify without lines
            "Email,Financial Status,Paid at,Fulfilled at,Shipping,Total,Discount Code,Created at,"
            "Shipping City,Notes,Refunded Amount",
            "customer_id status paid_at shipped_at postage paid coupon_id created_at city note refund",
        ),
        (
            "Bestellnr.,Kunde,Bezahlt am,Brutto €,Menge,Erstattung",
            "order_id customer_id paid_at paid quantity refund",
        ),
        ("Bestellnummer,Kundennummer,Bestelldatum,Gesamtbetrag", "order_id customer_id paid_at paid"),
    ],
)
def test_the_headers_of_other_shop_systems_are_known(headers, found):
    expected = zip(found.split(), headers.split(","), strict=True)
    assert named(headers) == {column: name for column, name in expected if column != "-"}


def test_articles_and_their_numbers_are_known_in_german():
    found = header.match("order_items", Top(["Bestellnr.", "Artikelnummer", "Artikel", "Menge"], {}))
    assert found == {
        "order_id": "Bestellnr.",
        "product_id": "Artikelnummer",
        "title": "Artikel",
        "quantity": "Menge",
    }


@pytest.mark.parametrize(
    ("cells", "column"),
    [(["Completed", "Sent"], "status"), (["Ohio", "Texas"], "province")],
)
def test_state_is_a_status_or_a_place_by_what_stands_below(cells, column):
    assert header.match("orders", top(State=cells)) == {column: "State"}


def test_statuses_are_known_under_any_name():
    assert header.match("orders", top(Verlauf=["completed", "refunded"])) == {"status": "Verlauf"}


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Purchased", ["mug", "spoon"]),
        ("Total", ["2024-01-05"]),
        ("Order", ["Spoon"]),
        ("Amount", ["a@x.example"]),
    ],
)
def test_a_header_whose_cells_cannot_be_what_it_says_is_passed_over(name, cells):
    assert header.match("orders", top(**{name: cells})) == {}


def test_a_customer_number_that_is_0_for_guests_gives_way_to_the_address():
    found = header.match("orders", top(customer_id=["7", "0"], billing_email=["a@x.example", "b@x.example"]))
    assert found == {"customer_id": "billing_email"}
    found = header.match("orders", top(customer_id=["7", "8"], billing_email=["a@x.example", "b@x.example"]))
    assert found == {"customer_id": "customer_id"}


AMOUNTS, TIMES, REFUNDS = ["12.00", "8.50"], ["2024-01-05", "2024-01-06"], ["3.00", "1.00"]


@pytest.mark.parametrize(
    ("column", "cells", "likely"),
    [
        ("paid", {"State": ["done", "open"], "Gross sum": AMOUNTS}, "Gross sum"),
        ("paid", {"Paid on": TIMES, "Wert": AMOUNTS}, "Wert"),  # the only amounts
        ("paid", {"Wert": AMOUNTS, "Rest": AMOUNTS}, ""),  # two, and no name tells
        ("paid", {"退款总金额": REFUNDS}, ""),
        (
            "paid",
            {
                "Money back total": REFUNDS,
                "Returned amount": REFUNDS,
                "Refund total": REFUNDS,
                "Erstattungssumme": REFUNDS,
            },
            "",
        ),
        ("paid", {"Tax total": AMOUNTS, "Shipping paid": AMOUNTS}, ""),
        ("paid", {"Sum incl. tax": AMOUNTS}, "Sum incl. tax"),
        ("paid_at", {"Total time": AMOUNTS, "Settled": TIMES}, "Settled"),
        ("paid_at", {"Shipping date": TIMES}, ""),
        ("paid_at", {"Birth date": TIMES, "Day": TIMES}, "Day"),
        ("order_id", {"Ticket": ["T-1", "T-2"]}, "Ticket"),
        ("order_id", {"Kassenbon": ["1001", "1002"], "Menge": ["1", "2"]}, "Kassenbon"),
        ("paid", {"Retouren gesamt": REFUNDS}, ""),
        ("order_id", {"Ticket": ["T-1", "T-1"]}, ""),  # the same in two rows
        ("order_id", {"Ticket": ["red", "blue"]}, ""),
        ("order_id", {"Phone no": ["0301234", "0305678"]}, ""),
        ("customer_id", {"Clerk": ["Ann", "Bob"], "Contact": ["a@x.example", "b@x.example"]}, "Contact"),
        ("customer_id", {"Clerk": ["Ann", "Bob"]}, ""),
        ("product_id", {"Product": ["A-1", "B-1"]}, ""),  # proposals are made for what orders need alone
    ],
)
def test_a_header_is_proposed_by_name_and_cells_and_a_weak_likeness_is_not(column, cells, likely):
    assert header.guess(column, top(**cells), list(cells)) == likely


def test_the_top_of_a_file_is_read_below_its_titles_and_cells_that_occur_twice_stay_themselves(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("Total,Net,Note\n0,0,\n5.00,4.00,-\n", encoding="utf-8")
    assert header.read(file) == Top(
        ["Total", "Net", "Note"], {"Total": ["0", "5.00"], "Net": ["0", "4.00"], "Note": []}
    )
    known = tmp_path / "b.csv"
    known.write_text("生意参谋\n\n统计日期,访客数\n2024-01-05,7\n", encoding="utf-8")
    assert header.read(known) == Top(["统计日期", "访客数"], {"统计日期": ["2024-01-05"], "访客数": ["7"]})


def test_the_top_of_a_parquet_file_is_read_as_text(tmp_path):
    file = Path(tmp_path / "a.parquet")
    pq.write_table(pa.table({"Total": [5.5, None], "Note": pa.array([None, None], pa.string())}), file)
    assert header.read(file) == Top(["Total", "Note"], {"Total": ["5.5"], "Note": []})
    pq.write_table(pa.table({"Total": pa.array([], pa.float64())}), file)
    assert header.read(file) == Top(["Total"], {"Total": []})
