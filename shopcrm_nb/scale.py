"""Scale: which values of recency, frequency and money have which score, as cut days and in words."""

import datetime as dt

import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.rules import Rules
from shopcrm_nb.segment_rules import RfmRules


def cut_days(as_of: dt.date, rules: RfmRules) -> list[dt.date]:
    """Return the earliest last purchase of each recency score, best score first.

    Counted back from ``as_of`` by calendar months with the month's end clamped (E-01, E-02), by 30 days, or
    by the shop's own ``recency_days``. The last one opens the evaluation period.
    """
    if rules.recency_days:
        return [as_of - dt.timedelta(days=days) for days in rules.recency_days]
    unit = {"calendar": {"months": 1}, "30days": {"days": 30}}[rules.month]
    back = [{name: n * months for name, n in unit.items()} for months in rules.recency_months]
    return [(pd.Timestamp(as_of) - pd.DateOffset(**step)).date() for step in back]


def ranges(as_of: dt.date, rules: Rules, currency: str) -> dict[str, list[str]]:
    """Return r_score, f_score and m_score → which values have each score in words, best score first."""
    return {
        "r_score": _recency(as_of, rules.rfm),
        "f_score": _frequency(rules),
        "m_score": _money(rules.rfm, currency),
    }


def amount(cut: float, currency: str) -> str:
    """Write a cut point of money: with its cents, where it has any."""
    return i18n.money(cut, currency, 0 if cut == round(cut) else 2)


def _recency(as_of: dt.date, rules: RfmRules) -> list[str]:
    firsts = cut_days(as_of, rules)
    lasts = [as_of, *(day - dt.timedelta(days=1) for day in firsts[:-1])]
    said = _("last purchase {first} to {last}")
    return [
        said.format(first=i18n.day(first), last=i18n.day(last))
        for first, last in zip(firsts, lasts, strict=True)
    ]


def _frequency(rules: Rules) -> list[str]:
    cuts = rules.rfm.frequency
    tops = [None, *(cut - 1 for cut in cuts[:-1])]
    say = _days_with_orders if rules.orders.merge_same_day else _orders
    return [say(low, up) for low, up in zip(cuts, tops, strict=True)]


def _orders(low: int, up: int | None) -> str:
    if up == low:
        return ngettext("{n} order", "{n} orders", low).format(n=i18n.count(low))
    said = _("{low} orders and more") if up is None else _("{low} to {up} orders")
    return said.format(low=i18n.count(low), up=i18n.count(up))


def _days_with_orders(low: int, up: int | None) -> str:
    if up == low:
        return ngettext("orders on {n} day", "orders on {n} days", low).format(n=i18n.count(low))
    said = _("orders on {low} days and more") if up is None else _("orders on {low} to {up} days")
    return said.format(low=i18n.count(low), up=i18n.count(up))


def _money(rules: RfmRules, currency: str) -> list[str]:
    cuts = [amount(cut, currency) for cut in rules.monetary]
    middle = _("{low} to under {up}")
    inner = [middle.format(low=low, up=up) for low, up in zip(cuts[1:-1], cuts[:-2], strict=True)]
    last = _("over {low}, under {up}").format(low=cuts[-1], up=cuts[-2])
    return [_("{low} and more").format(low=cuts[0]), *inner, last]
