import gc
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the workers share the cores; threads beside them only wait

from functools import partial

import pytest
from running import demo_report

from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.load import load
from shopcrm_nb.settings import read_shop

gc.set_threshold(100_000, 50, 50)  # of many small objects few go: looking for them took a fifth of the time
# The files that take longest begin, so that they do not keep one worker busy when the others are done.
LONG = (
    "test_run.py",
    "test_absent_health.py",
    "test_health.py",
    "test_shops.py",
    "test_lab.py",
    "test_docs.py",
    "test_absent.py",
)


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


HEAD = 'name = "Test shop"\ncurrency = "CNY"\ntimezone = "Asia/Shanghai"\n'
TEMPLATE = '[tables.orders]\nfiles = ["o*"]\npreset = "template"\n'


def write_shop(folder, files, toml=TEMPLATE):
    """Write a shop's files (text as UTF-8, or bytes) and its shop.toml; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    (folder / "shop.toml").write_text(toml if toml.startswith("name") else HEAD + toml, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def demo_reports(tmp_path_factory, worker_id):
    """demo_reports(lang) returns the demo's report in that language, made once a session."""
    base = tmp_path_factory.getbasetemp()
    return partial(demo_report, base if worker_id == "master" else base.parent)


@pytest.fixture
def make_shop(tmp_path):
    """make_shop(files, toml) writes a shop and returns its folder; without toml, orders by the template."""
    return lambda files, toml=TEMPLATE: write_shop(tmp_path / "shop", files, toml)


@pytest.fixture
def load_shop(make_shop):
    """load_shop(files, toml) writes a shop and loads it."""

    def loaded(files, toml=TEMPLATE):
        folder = make_shop(files, toml)
        return load(folder, read_shop(folder))

    return loaded


@pytest.fixture
def refused(make_shop):
    """refused(files, toml) loads a shop that cannot be loaded, and returns the sentence."""

    def sentence(files, toml=TEMPLATE):
        folder = make_shop(files, toml)
        with pytest.raises(ShopcrmError) as caught:
            load(folder, read_shop(folder))
        text = str(caught.value)
        assert "\n" not in text
        return text

    return sentence


def rows_of(table, *columns):
    """The rows of a table as tuples of the columns, in the order of the first."""
    rows = table.select(*columns).to_pyarrow().to_pylist()
    return sorted((tuple(row.values()) for row in rows), key=str)


def drops_of(loaded, table="orders"):
    """How many rows of a table were dropped, by reason, where any were."""
    lines = loaded.ledger[(loaded.ledger.table == table) & (loaded.ledger.dropped > 0)]
    return dict(zip(lines.why, lines.dropped, strict=True))


def check_ledger(loaded):
    """Each line's rows_in is the previous rows_out, and the last rows_out are the rows of the table."""
    for name, lines in loaded.ledger.groupby("table"):
        assert (lines.rows_in - lines.dropped == lines.rows_out).all()
        assert lines.rows_in.tolist()[1:] == lines.rows_out.tolist()[:-1]
        assert lines.rows_out.iloc[-1] == loaded.tables[name].count().execute()
