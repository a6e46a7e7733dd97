"""The time zone of a shop, guessed by the distance from UTC that the stamps of its files carry."""

import pytest

from shopcrm_nb import zone


@pytest.mark.parametrize(
    ("cells", "guessed"),
    [
        (["2026-07-01 10:00:00 -0400", "2026-01-02 09:30:00 -0500"], "America/New_York"),
        (["2026-07-01 10:00:00 -0400"], "America/New_York"),
        (["2026-01-02T09:30:00-08:00"], "America/Los_Angeles"),
        (["2026-07-01 10:00 +02:00", "2026-01-02 10:00 +01:00"], "Europe/Berlin"),
        (["2026-07-01T10:00:00.123+01:00", "2026-01-02T10:00:00+00:00"], "Europe/London"),
        (["2026-07-01 10:00:00 +0530"], "Asia/Kolkata"),
        (["2026-07-01 10:00:00 +0800", "2026-01-02 10:00:00 +0800"], "Asia/Shanghai"),
        (["2026-07-01 10:00:00 +0000"], ""),  # UTC, or London in winter
        (["2026-07-01 10:00:00 -0330"], ""),
        (["2026-07-01 10:00:00 -0400", "2026-07-02 10:00:00 +0200"], ""),
        (["2026-13-01 10:00:00 -0400", "2026-02-30T25:00 -0400"], ""),  # no days of any year
        (["2026-07-01 10:00:00", "#1001 -0400", "paid"], ""),
    ],
)
def test_the_zone_fits_every_stamp_or_none_is_guessed(cells, guessed):
    assert zone.guess(cells) == guessed
