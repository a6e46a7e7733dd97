"""The model: which orders count at the end of a day, and a line of the ledger for each that does not."""

import datetime as dt

import pandas as pd
import pytest
from build import shop_of, write_shop

from shopcrm_nb import model
from shopcrm_nb.errors import ShopcrmError

ORDERS = """
order_id customer_id paid_at             created_at  paid refund
1        ann         2024-06-01T00:00:00 -           100  0
2        ann         2024-06-10T23:59:59 -           200  50
3        bob         2024-06-11T00:00:00 -           300  0
4        bob         -                   2024-06-05  400  0
5        cat         2024-06-07T12:00:00 -           500  500
6        cat         2024-06-08T12:00:00 -           1    0
7        dan         -                   2024-06-20  10   0
"""


def opened(folder, as_of="", **more):
    return shop_of(folder, ORDERS, as_of=as_of, **more)


def drops(shop):
    lines = shop.ledger[(shop.ledger.table == "orders") & (shop.ledger.dropped > 0)]
    return dict(zip(lines.why, lines.dropped, strict=True))


def ids(shop):
    return sorted(shop.orders.order_id.to_pyarrow().to_pylist())


def test_the_last_day_is_the_last_paid_day_of_the_data_not_the_clocks(tmp_path):
    shop = opened(tmp_path)
    assert shop.as_of == dt.date(2024, 6, 11)
    assert ids(shop) == ["1", "2", "3", "6"]
    assert drops(shop) == {"after_as_of": 1, "unpaid": 1, "no_net": 1}


def test_the_last_day_counts_whole_and_the_next_not_at_all(tmp_path):
    shop = opened(tmp_path, "2024-06-10")
    assert ids(shop) == ["1", "2", "6"]
    assert drops(shop) == {"after_as_of": 2, "unpaid": 1, "no_net": 1}


def test_an_unpaid_order_of_a_later_day_is_later_not_unpaid(tmp_path):
    assert drops(opened(tmp_path, "2024-06-02")) == {"after_as_of": 6}


def test_every_row_is_used_or_in_the_ledger(tmp_path):
    shop = opened(tmp_path)
    lines = shop.ledger[shop.ledger.table == "orders"]
    assert lines.rows_in.iloc[0] == 7
    assert (lines.rows_in.iloc[1:].to_numpy() == lines.rows_out.iloc[:-1].to_numpy()).all()
    assert lines.rows_out.iloc[-1] + lines.dropped.sum() == 7
    assert lines.rows_out.iloc[-1] == len(ids(shop))


def test_net_is_paid_minus_refund_and_the_day_is_the_shops(tmp_path):
    orders = opened(tmp_path).orders.order_by("order_id").to_pandas()
    assert orders.net.tolist() == [100, 150, 300, 1]
    assert pd.to_datetime(orders.paid_on).dt.day.tolist() == [1, 10, 11, 8]


def test_an_order_with_net_at_the_shops_minimum_does_not_count(tmp_path):
    shop = opened(tmp_path, settings="[rules.orders]\nmin_order_amount = 1")
    assert ids(shop) == ["1", "2", "3"]
    assert drops(shop)["no_net"] == 2


@pytest.mark.parametrize("as_of", ["2024-05-31", "2024-06-12"])
def test_a_day_outside_the_data_is_refused(tmp_path, as_of):
    with pytest.raises(
        ShopcrmError,
        match=f"^as_of: {as_of} is outside the data; paid orders run from 2024-06-01 to 2024-06-11$",
    ):
        opened(tmp_path, as_of)


@pytest.mark.parametrize("text", ["30.06.2024", "2024-06-31", "yesterday"])
def test_what_is_not_a_day_is_refused(tmp_path, text):
    with pytest.raises(ShopcrmError, match=f'^as_of: "{text}" is not a day; write it as in 2024-06-30$'):
        opened(tmp_path, text)


def test_a_day_may_come_as_a_number_as_papermill_gives_it():
    assert model.read_day(20240630) == dt.date(2024, 6, 30)


def test_orders_of_which_none_is_paid_are_refused(tmp_path):
    with pytest.raises(ShopcrmError, match=r"^orders: none is paid; name the column of the payment time"):
        shop_of(tmp_path, "order_id paid_at created_at paid\n1 - 2024-06-01 5")


def test_a_shop_says_what_is_missing_and_only_that(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid\n1 2024-06-01 5")
    assert shop.missing("orders.paid") is None
    assert shop.missing("orders.paid", "orders.customer_id").needs == "orders.customer_id"
    assert shop.missing("campaigns.start").sentence() == "not computed: needs campaigns.start"


def masked_shop(folder, masked, named):
    rows = [f"{n} {'t**8' if n < masked else f'u{n}'} 2024-06-01 5" for n in range(masked + named)]
    return shop_of(folder, "order_id customer_id paid_at paid\n" + "\n".join(rows))


def test_5_percent_masked_names_are_borne_and_more_are_not(tmp_path):
    assert masked_shop(tmp_path / "a", 1, 19).missing("orders.customer_id") is None
    found = masked_shop(tmp_path / "b", 2, 19).missing("orders.customer_id")
    assert found.reason == "2 of 21 buyer names are masked"


def test_a_masked_name_is_nobodys_key(tmp_path):
    shop = masked_shop(tmp_path, 1, 19)
    assert shop.masked_keys() == (1, 20)
    assert shop.orders.customer_id.isnull().sum().to_pyarrow().as_py() == 1


def test_masked_names_in_another_table_do_not_stand_in_the_way(tmp_path):
    orders = "order_id customer_id paid_at paid\n1 ann 2024-06-01 5"
    shop = shop_of(tmp_path, orders, customers="customer_id gender\na**n f\nann f")
    assert shop.masked_keys() == (0, 1)
    assert shop.missing("orders.customer_id") is None


def test_masked_names_are_counted_in_the_lines_where_orders_are_made_of_them(tmp_path):
    lines = "order_id product_id quantity amount who when\n1 p 1 5 a**b 2024-06-01\n1 q 1 5 a**b 2024-06-01\n"
    more = '[tables.orders_from_items]\ncustomer_id = "who"\npaid_at = "when"\n'
    shop = model.open_shop(write_shop(tmp_path, more, order_items=lines))
    assert shop.missing("orders.customer_id").reason == "2 of 2 buyer names are masked"


def test_one_load_can_be_seen_at_two_days(tmp_path):
    folder = write_shop(tmp_path, orders=ORDERS)
    now = model.open_shop(folder)
    then = model.open_shop(folder, "2024-06-10")
    assert now.fingerprint == then.fingerprint != ""
    assert (len(ids(now)), len(ids(then))) == (4, 3)


def test_the_fingerprint_changes_with_what_the_shop_is_compared_with(tmp_path):
    orders = "order_id customer_id paid_at paid\n1 a 2024-06-30 5"
    plain = shop_of(tmp_path, orders).fingerprint
    assert shop_of(tmp_path, orders).fingerprint == plain
    typed = "[[back_end]]\nstart = 2024-06-01\nend = 2024-06-30\npaid = 5\n"
    back_end = shop_of(tmp_path, orders, settings=typed).fingerprint
    (tmp_path / "benchmarks.csv").write_text("metric,value\nclosed_share,10%\n", encoding="utf-8")
    benchmarks = shop_of(tmp_path, orders).fingerprint
    (tmp_path / "benchmarks.csv").write_text("metric,value\nclosed_share,11%\n", encoding="utf-8")
    assert len({plain, back_end, benchmarks, shop_of(tmp_path, orders).fingerprint}) == 4
