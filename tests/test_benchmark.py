"""Benchmarks: the figures of benchmarks.csv in whatever way an analyst's spreadsheet writes them."""

import pytest
from build import shop_of

from shopcrm_nb import benchmark
from shopcrm_nb.errors import ShopcrmError

METRICS = ("conversion_share", "net_sales", "refund_share")
ORDERS = "order_id paid_at paid\n1 2024-06-01 5"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return shop_of(tmp_path_factory.mktemp("shop"), ORDERS)


@pytest.fixture
def read(shop):
    """read(text or bytes) writes benchmarks.csv and reads it; without a text there is no file."""
    file = shop.folder / "benchmarks.csv"

    def reading(text=None):
        if text is not None:
            file.write_bytes(text.encode() if isinstance(text, str) else text)
        return benchmark.read(shop, METRICS)

    yield reading
    file.unlink(missing_ok=True)


HEAD = "metric,category,value,window,definition,source,date\n"


def test_a_shop_without_the_file_or_with_an_empty_one_has_no_benchmarks(read):
    assert read() == {}
    assert read("") == {}
    assert read(HEAD) == {}
    assert read(HEAD + "conversion_share,,,,,,\n") == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.25", 0.25),
        ("25%", 0.25),
        (" 25 % ", 0.25),
        ("2.5%", 0.025),
        ("1234", 1234),
        ('"1,234.5"', 1234.5),
        ('"1,250%"', 12.5),
        ("-3", -3),
        ("0", 0),
    ],
)
def test_a_value_is_a_number_or_a_percentage(read, text, value):
    assert read(f"metric,value\nnet_sales,{text}\n") == {"net_sales": pytest.approx(value)}


@pytest.mark.parametrize("text", ["much", "nan", "inf", "-inf%", "25%%", "1_000", "0x10", "12.5.1", "%"])
def test_what_is_no_number_is_refused_in_one_sentence(read, text):
    with pytest.raises(ShopcrmError) as caught:
        read(f"metric,value\nnet_sales,{text}\n")
    said = str(caught.value)
    assert said == f'benchmarks.csv: "{text}" of net_sales is not a number; write it as 0.25 or 25%'


def test_an_unknown_metric_is_refused_with_the_nearest_one(read):
    with pytest.raises(ShopcrmError, match=r'"conversion_shar".*did you mean "conversion_share"'):
        read("metric,value\nconversion_shar,1%\n")
    with pytest.raises(ShopcrmError, match="it can be conversion_share, net_sales, refund_share"):
        read("metric,value\nsomething else,1%\n")


def test_a_file_without_the_headers_is_refused(read):
    with pytest.raises(ShopcrmError, match="needs the headers metric, category, value"):
        read("name,number\nnet_sales,5\n")
    with pytest.raises(ShopcrmError, match="needs the headers"):
        read("metric;value\nnet_sales;5\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_of_a_spreadsheet_is_read(read, encoding):
    text = HEAD + "conversion_share,女装,3%,月,支付买家数÷访客数,生意参谋,2026-06-01\n"
    assert read(text.encode(encoding)) == {"conversion_share": 0.03}


@pytest.mark.parametrize(
    "dates",
    [("2025-12-01", "2026-02-01"), ("2026/9/1", "2026/10/1"), ("2026-9-30", "2026-10-1"), ("", "2026-01-01")],
)
def test_of_several_rows_of_a_metric_the_last_by_date_counts_wherever_it_stands(read, dates):
    old, new = (f"net_sales,,{value},,,,{day}\n" for value, day in zip((1, 2), dates, strict=True))
    assert read(HEAD + old + new) == read(HEAD + new + old) == {"net_sales": 2}


def test_further_columns_blanks_and_short_rows_do_not_matter(read):
    assert read("note,metric,value\nx, net_sales ,5\ny\n,refund_share,\n") == {"net_sales": 5}


@pytest.mark.parametrize("text", ["25", "-0.1", "101%"])
def test_a_share_that_is_none_is_refused(read, text):
    with pytest.raises(ShopcrmError, match="is not a share"):
        read(f"metric,value\nrefund_share,{text}\n")


def test_a_benchmark_of_another_window_does_not_count(tmp_path):
    shop = shop_of(tmp_path, ORDERS)
    text = "metric,value,window\nrefund_share,10%,quarter\nnet_sales,5,\nconversion_share,3%,month\n"
    (tmp_path / "benchmarks.csv").write_text(text, encoding="utf-8")
    assert benchmark.read(shop, METRICS, "month") == {"net_sales": 5, "conversion_share": 0.03}
    assert benchmark.read(shop, METRICS) == {"refund_share": 0.1, "net_sales": 5, "conversion_share": 0.03}
