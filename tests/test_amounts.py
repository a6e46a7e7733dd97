"""Amounts: currencies beside them, decimal commas, three decimals, refunds below zero, amounts of lines."""

import datetime as dt

import pytest
from conftest import check_ledger, drops_of, rows_of

from shopcrm_nb import check, i18n, model

HEAD = 'name = "Test shop"\ncurrency = "{}"\ntimezone = "Europe/London"\n'
BY_HAND = """
[tables.orders]
files = "o.csv"
{}
[tables.orders.columns]
order_id = "Id"
paid_at = "At"
paid = "Sum"
"""
REFUND = 'refund = "Given Back"\n'


def toml(more="", columns="", currency="GBP"):
    return HEAD.format(currency) + BY_HAND.format(more) + columns


def csv(*amounts, refunds=None):
    """One order a row; of ``refunds``, one each, in a second column."""
    lines = [f'{n};2024-01-0{n};"{amount}"' for n, amount in enumerate(amounts, start=1)]
    if refunds is None:
        return "\n".join(["Id;At;Sum", *lines])
    given = (f"{line};{refund}" for line, refund in zip(lines, refunds, strict=True))
    return "\n".join(["Id;At;Sum;Given Back", *given])


@pytest.fixture
def told(make_shop):
    """told(csv, toml) opens a shop; it returns check → (severity, sentence, count, share, example, cure)."""

    def opened(text, settings):
        found = check.findings(model.open_shop(make_shop({"o.csv": text}, settings)))
        columns = ["severity", "finding", "count", "share", "example", "cure"]
        rows = found[columns].astype(object).itertuples(index=False, name=None)
        return dict(zip(found.check, rows, strict=True))

    return opened


def amounts_of(loaded, *columns):
    return [row[1:] for row in rows_of(loaded.tables["orders"], "order_id", *columns)]


# --- refunds ------------------------------------------------------------------------------------------------


def test_refunds_that_are_all_below_zero_are_amounts_given_back_and_said_so(told, load_shop):
    text, settings = csv(100, 100, 100, refunds=["-20.00", "", "0"]), toml(columns=REFUND)
    loaded = load_shop({"o.csv": text}, settings)
    assert amounts_of(loaded, "paid", "refund") == [(100.0, 20.0), (100.0, 0.0), (100.0, 0.0)]
    found = told(text, settings)
    said = "1 refund is written below zero, and was read as an amount given back"
    assert found["refunds_below_zero"][:3] == ("note", said, 1)
    assert "no refund amounts" not in found["paid_basis"][1]


def test_refunds_of_both_signs_stay_as_they_are_with_the_line_that_mends_them(told, load_shop):
    text, settings = csv(100, 100, 100, refunds=["-20", "5", "7"]), toml(columns=REFUND)
    severity, said, count, share, _, cure = told(text, settings)["refunds_of_both_signs"]
    assert (severity, count, share) == ("warning", 1, pytest.approx(1 / 3))
    assert said == "1 of 3 refunds are below zero: they add to the net sales"
    line = """refund = { sql = 'abs("Given Back")' }"""
    assert cure == f"If all of them were given back, write {line} under [tables.orders.columns] in shop.toml."
    mended = load_shop({"o.csv": text}, toml(columns=line))
    assert amounts_of(mended, "refund") == [(20.0,), (5.0,), (7.0,)]


def test_refunds_of_lines_below_zero_are_given_back_too(load_shop):
    lines = "Id,Product,Qty,Amount,Back,At\n1,a,1,30,-10,2024-01-01\n1,b,1,20,,2024-01-01\n"
    settings = HEAD.format("GBP") + (
        '[tables.order_items]\nfiles = "l.csv"\n[tables.order_items.columns]\norder_id = "Id"\n'
        'product_id = "Product"\nquantity = "Qty"\namount = "Amount"\nrefund = "Back"\n'
        '[tables.orders_from_items]\npaid_at = "At"\n'
    )
    assert amounts_of(load_shop({"l.csv": lines}, settings), "paid", "refund") == [(50.0, 10.0)]


def test_rows_left_out_by_the_filter_do_not_decide_what_a_sign_means(load_shop):
    text, settings = csv(100, 100, refunds=["-20", "5"]), toml("where = \"Id <> '2'\"", REFUND)
    assert amounts_of(load_shop({"o.csv": text}, settings), "refund") == [(20.0,)]


def test_refunds_of_orders_that_were_never_paid_are_not_called_none(told):
    text = "Id,At,Sum,Given Back\n1,2024-01-01,100,\n2,,100,5\n"
    severity, said, count, *_ = told(text, toml(columns=REFUND))["paid_basis"]
    assert (severity, count) == ("warning", 1)
    assert said == "1 refund amount was met, and none of a paid order: it does not count"


# --- currencies ---------------------------------------------------------------------------------------------


def test_amounts_in_several_currencies_are_an_error(told, make_shop):
    text = csv("€100", "$100", "¥100", "£100", "100", "￥5")
    severity, said, count, share, _, cure = told(text, toml())["mixed_currencies"]
    assert (severity, count, share) == ("error", 4, pytest.approx(4 / 6))
    assert said == "paid has amounts in $, £, ¥, €, ￥: 4 of 6 are not in GBP"
    assert cure == "Set a row filter (where), or make one shop a currency: sums of several mean nothing."
    shop = model.open_shop(make_shop({"o.csv": text}, toml()))
    assert check.answer(shop, check.findings(shop)).endswith("1 error makes them wrong: mend it first.")
    assert "mixed_currencies" not in told(text, toml("where = \"Id IN ('4', '5')\""))


def test_one_mark_that_is_not_the_shop_s_is_a_warning(told):
    severity, said, count, share, *_ = told(csv("$100", "US$ 100", "100"), toml())["other_currency"]
    assert (severity, count, share) == ("warning", 2, pytest.approx(2 / 3))
    assert said == "2 of 3 amounts of paid have the mark $, but the shop's currency is GBP"


@pytest.mark.parametrize(
    ("currency", "amounts"),
    [
        ("GBP", ("£100", "GBP 100", "100")),
        ("USD", ("$100", "USD 5", "US$ 5")),
        ("CNY", ("¥100", "￥100", "100元", "RMB 5")),
        ("JPY", ("¥100", "￥100")),
    ],
)
def test_marks_of_the_shop_s_own_currency_are_nothing_to_tell(told, currency, amounts):
    found = told(csv(*amounts), toml(currency=currency))
    assert {"mixed_currencies", "other_currency", "three_decimals"}.isdisjoint(found)


# --- decimals -----------------------------------------------------------------------------------------------


def test_exactly_three_decimals_are_a_warning_where_a_currency_has_two(told):
    severity, said, count, share, example, cure = told(csv("1.234", "99", "€1.500", "2.00"), toml())[
        "three_decimals"
    ]
    assert (severity, count, share, example) == ("warning", 2, 0.5, "1.234")
    assert said == "2 amounts of paid have exactly three decimals: their sign may part thousands"
    assert cure == 'If 1.234 is meant as 1234, write decimal = "," under [tables.orders] in shop.toml.'
    assert "three_decimals" not in told(csv("1.234", "99"), toml(currency="KWD"))
    assert "three_decimals" not in told(csv("12.34", "1,234", "1.2345"), toml())


def test_decimal_commas_are_read_where_the_shop_says_so(load_shop, told):
    text = csv("1.171,90 €", "12,5", "2.000", "7", refunds=["1.000,00", "-", "0,01", "0"])
    settings = toml('decimal = ","', REFUND, currency="EUR")
    loaded = load_shop({"o.csv": text}, settings)
    assert amounts_of(loaded, "paid", "refund") == [(1171.9, 1000.0), (12.5, 0), (2000.0, 0.01), (7.0, 0)]
    assert "three_decimals" not in told(text, settings)


def test_numbers_in_an_expression_have_decimal_commas_too(load_shop):
    settings = toml('decimal = ","').replace('"Sum"', '{ sql = "Sum * 2" }')
    assert amounts_of(load_shop({"o.csv": csv("1.171,90 €")}, settings), "paid") == [(2343.8,)]


def test_a_refused_decimal_comma_is_told_with_the_line_to_write(refused):
    cure = 'write decimal = "," under [tables.orders], if the comma is the decimal sign'
    for cell in ("1.171,90 €", "12,5", "€ 12,50"):
        assert refused({"o.csv": csv(cell)}, toml()).endswith(f"in shop.toml or {cure}")
    for cell in ("12.5.7", "1,2,3", "12,345,6"):
        assert refused({"o.csv": csv(cell)}, toml()).endswith("or mend the file")
    point = refused({"o.csv": csv("12.50")}, toml('decimal = ","'))
    assert point.endswith('or take out decimal = ",", if the comma is not the decimal sign')


# --- lines --------------------------------------------------------------------------------------------------


def lines(*amounts):
    """Two lines an order, of which the first has the amount given and the second 10."""
    rows = (f"{n},2024-01-01,{amount}\n{n},2024-01-01,10\n" for n, amount in enumerate(amounts))
    return "Id,At,Sum\n" + "".join(rows)


def test_lines_with_amounts_of_their_own_are_not_taken_for_orders(refused):
    assert refused({"o.csv": lines(10, 20, 10)}, toml('grain = "line"')) == (
        "orders: in 1 of 3 orders with several lines the lines have different amounts: these are amounts "
        "of lines, not of orders; map the file under [tables.order_items] and [tables.orders_from_items] in "
        "shop.toml (docs/formats.md, Lines without orders)"
    )


def test_a_few_orders_whose_lines_differ_are_a_warning(told, load_shop):
    text, settings = lines(20, *[10] * 99), toml('grain = "line"')
    severity, said, count, share, *_ = told(text, settings)["amounts_of_lines"]
    assert (severity, count, share) == ("warning", 1, 0.01)
    assert said == "in 1 of 100 orders with several lines the lines differ in paid: the least counts"
    check_ledger(load_shop({"o.csv": text}, settings))


def test_an_amount_on_the_first_line_only_is_the_order_s(load_shop):
    loaded = load_shop({"o.csv": "Id,At,Sum\n1,2024-01-01,20\n1,,\n"}, toml('grain = "line"'))
    assert amounts_of(loaded, "paid") == [(20.0,)]
    assert drops_of(loaded) == {"further_line": 1}


# --- orders that were cancelled -----------------------------------------------------------------------------

CLOSED = """Id,At,Sum,Given Back,State,Placed
1,2024-01-01,100,100,cancelled,
2,2024-01-01,100,,cancelled,
3,2024-01-02,100,,cancelled,2024-01-01
4,,100,,cancelled,2024-01-01
5,2024-01-01,100,30,voided,
6,2024-01-01,100,,voided,2024-01-01
7,2024-01-01,100,,pending,2024-01-01
8,2024-01-05,100,,paid,2024-01-01
"""


def test_a_cancelled_order_was_paid_if_it_has_a_refund_or_a_payment_time_of_its_own(told, load_shop):
    settings = toml(columns=REFUND + 'status = "State"\ncreated_at = "Placed"\n')
    loaded = load_shop({"o.csv": CLOSED}, settings)
    first = dt.datetime(2024, 1, 1)
    assert rows_of(loaded.tables["orders"], "order_id", "status", "paid_at", "refund") == [
        ("1", "refunded", first, 100.0),
        ("2", "closed_unpaid", None, 0.0),
        ("3", "refunded", dt.datetime(2024, 1, 2), 100.0),
        ("4", "closed_unpaid", None, 0.0),
        ("5", "refunded", first, 30.0),
        ("6", "closed_unpaid", None, 0.0),
        ("7", "unpaid", None, 0.0),
        ("8", "paid", dt.datetime(2024, 1, 5), 0.0),
    ]
    said = "3 orders are cancelled by their status, but have a refund or a payment time: "
    said += "they count as paid, and as refunded"
    assert told(CLOSED, settings)["paid_back"][:3] == ("note", said, 3)


def test_all_of_it_is_told_in_chinese(told):
    i18n.use("zh")
    try:
        found = told(csv("€1", "$1", refunds=["-1", ""]), toml(columns=REFUND))
    finally:
        i18n.use("en")
    assert found["mixed_currencies"][1] == "paid 的金额带有 $、€：2 个中有 2 个不是 GBP"
    assert found["refunds_below_zero"][1] == "1 个退款金额写成负数，已按退给买家的金额读取"
