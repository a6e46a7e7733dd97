"""The cache: built again when a source's content or its mapping changes, and only then."""

import multiprocessing
import os
import signal
import time

import duckdb
import pytest
from conftest import rows_of, write_shop

from shopcrm_nb import cache
from shopcrm_nb import load as loading
from shopcrm_nb.settings import read_shop

ORDERS = "order_id,paid_at,paid\n1,2024-01-01,5\n"
TOML = '[tables.orders]\nfiles = "o.csv"\npreset = "template"\n'


def load(folder):
    loaded = loading.load(folder, read_shop(folder))
    loaded.con.disconnect()
    return loaded.fingerprint


@pytest.fixture
def builds(monkeypatch):
    """A list that grows by one with every build."""
    seen, build = [], loading._build
    monkeypatch.setattr(loading, "_build", lambda *args: seen.append(1) or build(*args))
    return seen


def test_a_second_look_reads_the_cache_even_after_a_touch(make_shop, builds):
    folder = make_shop({"o.csv": ORDERS}, TOML)
    first = load(folder)
    assert (load(folder), len(builds)) == (first, 1)
    os.utime(folder / "o.csv", (1, 1))
    assert (load(folder), len(builds)) == (first, 1)
    toml = (folder / "shop.toml").read_text().replace("Test shop", "Another name")
    (folder / "shop.toml").write_text(toml + "[rules.check]\nmin_history_months = 3\n")
    assert (load(folder), len(builds)) == (first, 1)


def test_another_content_or_mapping_is_another_build(make_shop, builds):
    changed = [
        (ORDERS, TOML),
        (ORDERS.replace(",5", ",6"), TOML),
        (ORDERS, TOML + 'where = "paid > 1"'),
        (ORDERS, TOML + '[tables.orders.columns]\npaid = { sql = "paid * 2" }'),
        (ORDERS, TOML + "[rules.check]\nmax_unreadable_share = 0.5\n"),
    ]
    seen = [load(make_shop({"o.csv": content}, toml)) for content, toml in changed]
    assert (len(set(seen)), len(builds)) == (5, 5)
    assert load(make_shop({"o.csv": ORDERS}, changed[-2][1])) == seen[-2]
    assert len(builds) == 5


def test_another_clock_or_preset_is_another_build(make_shop, builds, monkeypatch):
    folder = make_shop({"o.csv": ORDERS}, TOML)
    seen = {load(folder)}
    toml = (folder / "shop.toml").read_text()
    (folder / "shop.toml").write_text(toml.replace("Asia/Shanghai", "Europe/Berlin"))
    seen.add(load(folder))
    monkeypatch.setattr(loading.preset, "digest", lambda: "another text")
    seen.add(load(folder))
    assert (len(seen), len(builds)) == (3, 3)


def test_a_file_of_the_same_size_and_time_in_another_place_is_not_mistaken(tmp_path, builds):
    one = write_shop(tmp_path / "one", {"o.csv": ORDERS}, TOML)
    two = write_shop(tmp_path / "two", {"o.csv": ORDERS.replace(",5", ",7")}, TOML)
    for folder in (one, two):
        os.utime(folder / "o.csv", (1, 1))
    assert load(one) != load(two)
    assert load(write_shop(tmp_path / "three", {"o.csv": ORDERS}, TOML)) == load(one)


def test_only_the_newest_two_caches_are_kept(tmp_path):
    for name in ("a" * 16, "b" * 16, "c" * 16):
        cache.built(tmp_path, name, lambda target: target.write_text("made"))
        time.sleep(0.01)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{'b' * 16}.duckdb", f"{'c' * 16}.duckdb"]


def test_a_build_that_fails_leaves_nothing(make_shop, refused):
    folder = make_shop({"o.csv": ORDERS.replace(",5", ",x")}, TOML)
    assert "not an amount" in refused({}, TOML)
    assert [path.name for path in (folder / "cache").iterdir()] == ["sources.json"]


def test_a_torn_index_of_sources_is_written_anew(make_shop):
    folder = make_shop({"o.csv": ORDERS}, TOML)
    first = load(folder)
    for text in ('{"o.csv', "[]", '{"x": 1}'):
        (folder / "cache" / "sources.json").write_text(text)
        assert load(folder) == first


def _load_in_a_process(folder, barrier):
    barrier.wait()
    load(folder)


def test_two_processes_may_build_at_once(make_shop):
    folder = make_shop({"o.csv": ORDERS}, TOML)
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    both = [context.Process(target=_load_in_a_process, args=(folder, barrier)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    assert len(list((folder / "cache").glob("*.duckdb"))) == 1
    assert not list((folder / "cache").glob(".building-*"))
    assert load(folder)


def _die_in_the_middle(folder):
    def build(target, *args):
        with duckdb.connect(target) as con:
            con.sql("CREATE TABLE orders AS SELECT 1 AS half")
        os.kill(os.getpid(), signal.SIGKILL)

    loading._build = build
    load(folder)


def test_a_killed_build_leaves_no_broken_cache(make_shop):
    folder = make_shop({"o.csv": ORDERS}, TOML)
    process = multiprocessing.get_context("spawn").Process(target=_die_in_the_middle, args=(folder,))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert not list((folder / "cache").glob("*.duckdb"))
    loaded = loading.load(folder, read_shop(folder))
    assert rows_of(loaded.tables["orders"], "order_id", "paid") == [("1", 5.0)]


def test_what_a_killed_build_left_is_cleared_away_after_a_day(tmp_path):
    old, new = tmp_path / ".building-old", tmp_path / ".building-new"
    for left in (old, new):
        left.mkdir()
        (left / "half.duckdb").write_text("half")
    os.utime(old, (1, 1))
    cache.built(tmp_path, "a" * 16, lambda target: target.write_text("made"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [".building-new", f"{'a' * 16}.duckdb"]
