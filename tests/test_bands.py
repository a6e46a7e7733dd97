"""Bands: numbers of people fall in classes of which every value has exactly one, named alike everywhere."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcrm_nb import bands

FEW = settings(max_examples=40, deadline=None, derandomize=True)


def named(values, name):
    """The band of each value, by a function of a column."""
    table = ibis.memtable(pd.DataFrame({"v": pd.array(values, dtype="Float64")}), schema={"v": "float64"})
    found = table.mutate(band=name(table.v)).to_pandas().band
    return [None if pd.isna(band) else band for band in found]


def test_a_cut_begins_a_band_and_nothing_known_has_no_band():
    names = bands.ages((18, 25, 30))
    assert names == ["<18", "18-24", "25-29", "30+"]
    ages = [0, 17, 18, 24, 25, 29, 30, 99, None]
    found = named(ages, lambda v: bands.cut(v, (18, 25, 30), names))
    assert found == ["<18", "<18", "18-24", "18-24", "25-29", "25-29", "30+", "30+", None]


def test_frequency_bands_hold_each_number_of_orders_once_and_none_for_no_order():
    found = named([0, 1, 2, 3, 4, 5, 6, 100, None], bands.frequency)
    assert found == [None, "1", "2", "3", "4-5", "4-5", "6+", "6+", None]


def test_the_hours_of_a_day_fall_in_the_bands_that_name_them():
    assert bands.hours() == ["0-5", "6-8", "9-11", "12-13", "14-17", "18-19", "20-21", "22-23"]
    found = named(range(24), bands.hour)
    for hour, band in enumerate(found):
        low, high = map(int, band.split("-"))
        assert low <= hour <= high


def test_discount_bands_begin_with_none():
    assert bands.discounts((0.1, 0.3, 0.5)) == ["0%", "<10%", "10-30%", "30-50%", "50%+"]
    assert bands.discounts((0.07, 0.125)) == ["0%", "<7%", "7-12.5%", "12.5%+"]


@pytest.mark.parametrize(
    ("cuts", "names"),
    [
        ([], ["0+"]),
        ([100], ["<100", "100+"]),
        ([0.5, 12.5], ["<0.5", "0.5-12.5", "12.5+"]),
        ([1_200_000, 25_000_000], ["<1200000", "1200000-25000000", "25000000+"]),
    ],
)
def test_price_bands_are_written_in_plain_digits(cuts, names):
    assert bands.prices(cuts) == names


@FEW
@given(
    st.lists(st.integers(1, 500), min_size=1, max_size=8, unique=True).map(sorted),
    st.lists(st.integers(-10, 600), min_size=1, max_size=20),
)
def test_each_value_is_in_the_band_whose_limits_hold_it(cuts, values):
    names = bands.prices(cuts)
    assert len(names) == len(set(names)) == len(cuts) + 1
    found = named(values, lambda v: bands.cut(v, tuple(cuts), names))
    assert [names.index(band) for band in found] == np.searchsorted(cuts, values, side="right").tolist()
