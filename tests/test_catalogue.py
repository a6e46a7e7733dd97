"""Catalogue: every feature has a name that SQL can read, a kind, and inputs and days that exist."""

import re

import pytest

from shopcrm_nb import condition, features
from shopcrm_nb.canonical import TABLES
from shopcrm_nb.catalogue import FEATURES, KINDS


@pytest.mark.parametrize("name", FEATURES)
def test_a_feature_has_a_plain_name_and_a_kind(name):
    feature = FEATURES[name]
    assert feature.name == name and re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert feature.kind in KINDS
    assert condition.kind_of(name, "x") == ("flag" if feature.kind == "flag" else "text")


@pytest.mark.parametrize("name", FEATURES)
def test_what_a_feature_needs_are_columns_of_canonical_tables(name):
    assert FEATURES[name].needs
    for need in FEATURES[name].needs:
        for choice in need.split("/"):
            table, column = choice.split(".")
            assert column in TABLES[table]


@pytest.mark.parametrize("name", FEATURES)
def test_the_day_a_feature_was_seen_on_is_a_feature_that_is_a_day_and_needs_no_more(name):
    seen = FEATURES[name].seen
    if seen:
        assert FEATURES[seen].kind == "day"
        tables = {need.split(".")[0] for need in FEATURES[name].needs}
        assert {need.split(".")[0] for need in FEATURES[seen].needs} <= tables


def test_names_tell_the_unit_by_which_a_feature_is_written():
    for name, feature in FEATURES.items():
        if name.endswith("_share"):
            assert feature.kind == "share"
        if name.endswith("_on"):
            assert feature.kind == "day"
        if name.endswith(("_days", "_30d", "_90d", "_7d")) or name.startswith("orders"):
            assert feature.kind == "count"
        if name.endswith(("_band", "_tier", "_category", "_product")):
            assert feature.kind == "text"


def test_every_kind_has_a_type_in_the_engine_and_the_counted_features_are_there():
    assert set(features.TYPES) == set(KINDS) == set(condition.SQL_TYPES)
    assert set(features.COUNTED) <= set(FEATURES)


def test_no_feature_has_a_name_that_differs_from_another_by_capitals_only_or_is_the_key():
    assert "customer_id" not in FEATURES
    assert len({name.lower() for name in FEATURES}) == len(FEATURES)
