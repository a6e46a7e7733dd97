"""Promotions: the platform's sales and the shop's own, each beside the same one a year before."""

import datetime as dt
import re

import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import campaign, i18n, windows
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.health_rules import CalendarRules
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period

DATE_IN_A_NAME = re.compile(r"[\s_-]*20\d\d([-/.年]?\d{1,2}月?)?$")
A_YEAR_APART = (300, 430)  # days between the beginnings of a promotion and of the same one a year before
A_YEAR = 365
COLUMNS = ["promotion", "start", "end"]


def every(shop: Shop, first: dt.date) -> pd.DataFrame:
    """Return the promotions that touch the days from ``first`` to as_of: promotion, start, end, by start.

    They are the platform's sales, for a shop that counts in the calendar's currency, the shop's own of
    [rules.calendar], and its campaigns that wrote to nobody. Both days count.
    """
    rules = shop.settings.rules.calendar
    rows = [(sale.name, sale.start, sale.end) for sale in rules.own] + _campaigns(shop)
    if shop.settings.currency == rules.currency:
        rows += _of_the_platform(rules, first.year - 1, shop.as_of.year)
    seen = {row for row in rows if row[2] >= first and row[1] <= shop.as_of}
    return pd.DataFrame(sorted(seen, key=lambda row: (row[1], row[2], row[0])), columns=COLUMNS)


def _of_the_platform(rules: CalendarRules, first_year: int, last_year: int) -> list[tuple]:
    day = dt.date.fromisoformat
    yearly = [
        (sale.name, day(f"{year}-{sale.start}"), day(f"{year}-{sale.end}"))
        for sale in rules.yearly
        for year in range(first_year, last_year + 1)
    ]
    sale = rules.new_year_sale
    back = [
        (dt.timedelta(days=sale.from_days), dt.timedelta(days=sale.to_days), new) for new in rules.new_years
    ]
    return yearly + [(sale.name, new - start, new - end) for start, end, new in back]


def _campaigns(shop: Shop) -> list[tuple]:
    if shop.missing("campaigns.start"):
        return []
    table = campaign.without_messages(shop).filter(lambda t: t.start.date() <= t.end.date())
    rows = table.select("name", start=table.start.date(), end=table.end.date()).to_pyarrow().to_pylist()
    return [(row["name"], row["start"], row["end"]) for row in rows]


@needs()
def compared(shop: Shop, orders: ir.Table, promotions: pd.DataFrame) -> pd.DataFrame | NotComputed:
    """Return a row a promotion whose first day the data reach, the latest first, beside a year before.

    Columns promotion, start, end, days, orders, buyers, net_sales, net_sales_per_day, new_buyer_share (of the
    named buyers; null where the history is too short to tell), net_sales_before and change_share (of the same
    name, a year at its end left out, begun 300 to 430 days earlier, the nearest to a year; null without one).
    ``orders`` are those of ``history.orders``. One that is still running counts up to as_of and is compared
    with nothing yet. NotComputed where the data cover no promotion.
    """
    promotions = promotions[promotions.start >= shop.first_day]
    spans = {
        str(n): Period(row.start, min(row.end, shop.as_of)) for n, row in enumerate(promotions.itertuples())
    }
    if not spans:
        return NotComputed(_("a promotion: campaigns.start, or days of your own under [rules.calendar]"))
    sums = windows.totals(_sums(orders, spans), spans).reset_index(drop=True)
    found = promotions.reset_index(drop=True).join(sums)
    found["days"] = [span.days for span in spans.values()]
    found["net_sales_per_day"] = found.net_sales / found.days
    told = found.named_buyers.where((found.named_buyers > 0) & (found.untold == 0))
    found["new_buyer_share"] = (found.new_buyers / told).astype("float64")
    whole = found.end <= shop.as_of
    found["net_sales_before"] = pd.Series([_before(found, row) for row in found.itertuples()]).where(whole)
    found["end"] = [span.end for span in spans.values()]
    found["change_share"] = found.net_sales / found.net_sales_before.where(found.net_sales_before > 0) - 1
    shown = [*COLUMNS, "days", "orders", "buyers", "net_sales", "net_sales_per_day", "new_buyer_share"]
    return found[[*shown, "net_sales_before", "change_share"]].iloc[::-1].reset_index(drop=True)


def _sums(orders: ir.Table, spans: dict[str, Period]) -> pd.DataFrame:
    measures = {
        "orders": lambda t: t.count(),
        "buyers": lambda t: t.key.nunique(),
        "new_buyers": lambda t: t.key.nunique(where=t.kind == "new"),
        "named_buyers": lambda t: t.key.nunique(where=t.kind != "no_buyer"),
        "untold": lambda t: t.count(where=t.kind == "unknown"),
        "net_sales": lambda t: t.net.sum().round(4),
    }
    return windows.sums(orders, "paid_on", "key", spans, measures)


def _before(found: pd.DataFrame, row) -> float:
    """Return the net sales of the same promotion a year before."""
    days = pd.Series([(row.start - start).days for start in found.start])
    names = found.promotion.str.replace(DATE_IN_A_NAME, "", regex=True)
    same = days[(names == names[row.Index]) & days.between(*A_YEAR_APART)]
    return float(found.net_sales[(same - A_YEAR).abs().idxmin()]) if len(same) else float("nan")


def within(promotions: pd.DataFrame, period: Period) -> list[str]:
    """Return the names of the promotions of which a day lies in the period, each once, in time's order."""
    touch = promotions[(promotions.start <= period.end) & (promotions.end >= period.start)]
    return list(dict.fromkeys(touch.promotion))


@needs()
def grouped(compared: pd.DataFrame) -> pd.DataFrame:
    """Return the promotions of ``compared`` by name, a year at its end left out, each name by time.

    Names stand in the order of their latest promotion, the earliest first. Adds ``latest``: whether no later
    one of its name is there.
    """
    name = compared.promotion.str.replace(DATE_IN_A_NAME, "", regex=True)
    last = compared.groupby(name).start.transform("max")
    found = compared.assign(latest=compared.start == last, _last=last, _name=name)
    ordered = found.sort_values(["_last", "_name", "start"], kind="stable", ignore_index=True)
    return ordered.drop(columns=["_last", "_name"])


@needs()
def sentence(promotions: pd.DataFrame, now: Period, then: Period) -> str:
    """Say which promotions only one of two periods has: their sales are not alike."""
    here, there = within(promotions, now), within(promotions, then)
    only = [
        (
            _("Only this period had {names}, which may explain a part of the difference."),
            [name for name in here if name not in there],
        ),
        (
            _("Only the period of the year before had {names}, which may explain a part of the difference."),
            [name for name in there if name not in here],
        ),
    ]
    return i18n.sentences(text.format(names=_(", ").join(names)) for text, names in only if names)
