"""Zone: which time zone stamps are of that carry their distance from UTC."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(?:\.\d+)? ?([+-])(\d\d):?(\d\d)")
# For each distance from UTC that shops keep, in winter and summer, the zone most of them are in.
ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Sao_Paulo"),
    *("Europe/London", "Europe/Berlin", "Europe/Helsinki", "Asia/Dubai", "Asia/Kolkata", "Asia/Bangkok"),
    *("Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland"),
)


def guess(cells: Iterable[str]) -> str:
    """Return the first of ZONES that fits every stamp with an offset; "" where none does or all say UTC."""
    stamps = set(filter(None, map(_read, cells)))
    if not any(offset for _at, offset in stamps):
        return ""
    return next((zone for zone in ZONES if _fits(ZoneInfo(zone), stamps)), "")


def _read(cell: str) -> tuple[datetime, timedelta] | None:
    """Return the time on the shop's clock and its distance from UTC; None of any other text."""
    found = STAMP.fullmatch(cell)
    if not found:
        return None
    day, clock, sign, hours, minutes = found.groups()
    distance = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        return datetime.fromisoformat(f"{day} {clock}"), -distance if sign == "-" else distance
    except ValueError:  # a 13th month
        return None


def _fits(zone: ZoneInfo, stamps: set[tuple[datetime, timedelta]]) -> bool:
    return all(at.replace(tzinfo=zone).utcoffset() == offset for at, offset in stamps)
