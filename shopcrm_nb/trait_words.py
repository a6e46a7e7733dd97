"""Trait words: the groups of a campaign's customers in words, in the order that they are read in."""

from shopcrm_nb import glossary
from shopcrm_nb.i18n import _


def groups() -> dict[str, dict[str, str]]:
    """Return what customers are grouped by → group → word."""
    none = _("no order before")
    return {
        "grade": {**glossary.grades(), "asleep": _("asleep"), "none": none},
        "recency_band": {
            "000-090": _("last order up to 90 days before"),
            "091-180": _("last order 91 to 180 days before"),
            "181-365": _("last order 181 to 365 days before"),
            "366+": _("last order more than a year before"),
            "none": none,
        },
        "frequency_band": {
            "1": _("1 order in the year before"),
            "2": _("2 orders in the year before"),
            "3": _("3 orders in the year before"),
            "4-5": _("4 or 5 orders in the year before"),
            "6+": _("6 orders and more in the year before"),
            "none": _("no order in the year before"),
        },
    }
