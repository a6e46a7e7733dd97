"""Saved tables: what stands in the files and what the notebook says of them."""

import datetime as dt

import pandas as pd
import pytest
from build import shop_of

from shopcrm_nb import workbook
from shopcrm_nb.absent import NotComputed


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    rows = "order_id customer_id paid_at paid\n1 a 2024-06-30 5"
    return shop_of(tmp_path_factory.mktemp("shop"), rows)


def test_a_column_of_days_is_saved_as_days_and_one_of_times_as_times(shop, tmp_path):
    frame = pd.DataFrame(
        {
            "month": pd.to_datetime(["2024-05-01", None]),
            "at": pd.to_datetime(["2024-05-01 00:00", "2024-05-01 12:30"]),
            "n": [1, 2],
        }
    )
    workbook.save(frame, "t", shop, tmp_path)
    lines = (tmp_path / "tables" / "t.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines == ["month,at,n", "2024-05-01,2024-05-01 00:00:00,1", ",2024-05-01 12:30:00,2"]
    assert pd.read_parquet(tmp_path / "tables" / "t.parquet").month[0] == dt.date(2024, 5, 1)
    assert frame.month.dtype == "datetime64[us]"  # the caller's frame stays as it was


def test_the_files_left_are_a_list_with_links_and_say_what_is_missing(shop, tmp_path):
    saved = workbook.save_tables(shop, tmp_path, t=pd.DataFrame({"n": [1, 2]}), u=NotComputed("a<b"))
    said = saved._repr_mimebundle_()
    assert said["text/plain"] == "tables/t.csv: 2 rows\nu: not computed: needs a<b"
    assert said["text/html"] == (
        '<ul class="files note"><li><a href="tables/t.csv">tables/t.csv</a>: 2 rows</li>'
        "<li>u: not computed: needs a&lt;b</li></ul>"
    )
