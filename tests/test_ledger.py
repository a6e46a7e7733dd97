"""No row vanishes: rows in are rows used and rows in the ledger, whatever the file is like."""

import csv
import io
import random

import pytest
from conftest import check_ledger, drops_of, rows_of, write_shop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopcrm_nb.ledger import Ledger
from shopcrm_nb.load import load
from shopcrm_nb.settings import read_shop

HEAD = ["order_id", "paid_at", "paid", "customer_id", "status", "refund", "note"]
TOML = """[tables.orders]
files = "o*.csv"
preset = "template"
[rules.check]
max_unreadable_share = 1.0
"""
CELLS = {
    "order_id": st.one_of(st.integers(1, 30).map(str), st.sampled_from(["", "-", '="9"', "'8"])),
    "paid_at": st.sampled_from(["2024-01-02", "2024/1/3 10:00", "45000.5", "", "null", "soon"]),
    "paid": st.sampled_from(["5", "1,000.50", "￥7", "", "12,50", "x", "-3"]),
    "customer_id": st.sampled_from(["a", "b*", "=1+1", "", "anna@x.com"]),
    "status": st.sampled_from(["交易成功", "交易关闭", "等待买家付款", "??", ""]),
    "refund": st.sampled_from(["", "0", "y"]),
    "note": st.sampled_from(["", 'a,"b"', "line\nbreak", "13812345678"]),
}
ROWS = st.lists(st.fixed_dictionaries(CELLS), min_size=10, max_size=40)
SURE = {"order_id": "sure", "paid_at": "2024-01-01", "paid": "1"}
QUICK = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def written(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, HEAD)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.fixture
def loaded_rows(tmp_path):
    """loaded_rows([rows of a file], …) loads a shop with a file for each."""

    def load_all(*files, tail=""):
        folder = tmp_path / str(random.random())
        texts = {f"o{i}.csv": written(rows) + tail for i, rows in enumerate(files)}
        write_shop(folder, texts, TOML)
        return load(folder, read_shop(folder))

    return load_all


def table_of(loaded):
    return rows_of(loaded.tables["orders"], *loaded.tables["orders"].columns)


@QUICK
@given(first=ROWS, second=ROWS)
def test_every_row_of_dirty_files_is_used_or_in_the_ledger(loaded_rows, first, second):
    loaded = loaded_rows([SURE, *first], second, tail="one cell\n")
    check_ledger(loaded)
    lines = loaded.ledger[loaded.ledger.table == "orders"]
    assert lines.rows_in.iloc[0] == len(first) + len(second) + 3
    assert drops_of(loaded)["unreadable_line"] == 2
    used = loaded.tables["orders"].count().execute()
    assert used + lines.dropped.sum() == len(first) + len(second) + 3


@QUICK
@given(rows=ROWS, seed=st.integers(0, 99))
def test_splitting_a_file_or_mixing_its_rows_changes_nothing(loaded_rows, rows, seed):
    numbered = [row | {"order_id": f"n{i}"} for i, row in enumerate([SURE, *rows])]
    whole = loaded_rows(numbered)
    mixed = random.Random(seed).sample(numbered, len(numbered))
    cut = seed % (len(mixed) - 1) + 1
    split = loaded_rows(mixed[:cut], mixed[cut:])
    assert table_of(split) == table_of(whole)
    together = split.ledger.groupby("why").dropped.sum().drop("older_copy").to_dict()
    assert together == whole.ledger.groupby("why").dropped.sum().to_dict()


def test_a_row_is_dropped_once_for_the_first_of_its_reasons(loaded_rows):
    rows = [
        SURE,
        {"order_id": "", "paid_at": "soon", "paid": "x"},
        {"order_id": "2", "paid_at": "", "paid": "x"},
    ]
    rows += [{"order_id": "3", "paid_at": "2024-01-01", "paid": ""}]
    loaded = loaded_rows(rows)
    assert drops_of(loaded) == {"no_key": 1, "unreadable_value": 1, "no_value": 1}
    shown = loaded.ledger[["step", "rows_in", "rows_out", "dropped", "why"]].to_numpy().tolist()
    assert shown == [
        ["read", 4, 4, 0, "unreadable_line"],
        ["clean", 4, 4, 0, "where"],
        ["clean", 4, 4, 0, "blank_row"],
        ["clean", 4, 3, 1, "no_key"],
        ["clean", 3, 2, 1, "unreadable_value"],
        ["clean", 2, 1, 1, "no_value"],
        ["clean", 1, 1, 0, "duplicate"],
    ]


def test_a_ledger_keeps_its_order_and_its_columns():
    ledger = Ledger()
    assert ledger.drop("read", "orders", 10, 3, "where") == 7
    ledger.fact("orders", "file", "o.csv", 10, example=None)
    assert ledger.frame().to_numpy().tolist() == [["read", "orders", 10, 7, 3, "where"]]
    assert ledger.facts_frame().to_numpy().tolist() == [["orders", "file", "o.csv", 10, 0, ""]]
