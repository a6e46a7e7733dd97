"""Cohort: customers by the month of their first order, and who of them buys in each month after (DX-07)."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.history import told_from
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

COLUMNS = [
    *("cohort", "month_number", "customers", "active", "active_share", "net_sales"),
    *("cumulative_net_sales_per_customer", "partial"),
]


@needs("orders.customer_id")
def cohorts(shop: Shop, orders: ir.Table) -> pd.DataFrame | NotComputed:
    """Return a row for each cohort and each calendar month since its own, month_number 0.

    Columns cohort (month of the first valid order of all, "2024-06"), month_number, customers (of the
    cohort), active (of these, with a valid order in the month), active_share, net_sales (theirs in the
    month), cumulative_net_sales_per_customer (from the first month on), partial (the month is not over at
    as_of, or the cohort not whole: told to be new from the middle of the month on). All cohorts have the
    months that the first one has; what nobody has lived through yet is null. Only customers told to be new
    (``history``) are in; ``coverage`` counts the others. ``orders`` are those of ``history.orders``.
    NotComputed where no customer is told to be new.
    """
    told = told_from(shop)
    sums = _sums(orders, told).to_pandas()
    if sums.empty:
        days = i18n.count((told - shop.first_day).days)
        said = _("customers known to be new, which takes {days} days of orders before theirs")
        return NotComputed(said.format(days=days))
    first, last = _number(told), _number(shop.as_of)
    every = pd.MultiIndex.from_product([range(first, last + 1), range(last - first + 1)])
    frame = sums.set_index(["cohort", "month_number"])
    frame = frame.reindex(every.set_names(frame.index.names), fill_value=0).reset_index()
    month = frame.cohort + frame.month_number
    whole = (shop.as_of + dt.timedelta(days=1)).day == 1
    frame["partial"] = ((month == last) & (not whole)) | ((frame.cohort == first) & (told.day > 1))
    return _blanked(_with_shares(frame), month > last)


def _number(day: dt.date) -> int:
    return day.year * 12 + day.month - 1


def _sums(orders: ir.Table, told: dt.date) -> ir.Table:
    """Sum active customers and net sales by cohort and month_number; cohorts are numbered months."""
    named = orders.filter(orders.customer_id.notnull())
    month = (named.paid_on.year() * 12 + named.paid_on.month() - 1).cast("int64")
    each = named.group_by("customer_id", month=month).aggregate(
        net=named.net.sum().round(4), first_on=named.paid_on.min()
    )
    mine = ibis.window(group_by="customer_id")
    each = each.mutate(cohort=each.month.min().over(mine), first_on=each.first_on.min().over(mine))
    new = each.filter(each.first_on >= told)
    return new.group_by("cohort", month_number=new.month - new.cohort).aggregate(
        active=new.count(), net_sales=new.net.sum().round(4)
    )


def _with_shares(frame: pd.DataFrame) -> pd.DataFrame:
    by_cohort = frame.groupby("cohort")
    customers = by_cohort.active.transform("first")  # in their first month all are active
    base = customers.where(customers > 0)
    return frame.assign(
        customers=customers,
        active_share=(frame.active / base).astype("float64"),
        cumulative_net_sales_per_customer=(by_cohort.net_sales.cumsum().round(4) / base).astype("float64"),
    )


def _blanked(frame: pd.DataFrame, unseen: pd.Series) -> pd.DataFrame:
    """Leave blank what nobody has lived through, and name the cohorts by their months."""
    seen = ["active", "active_share", "net_sales", "cumulative_net_sales_per_customer"]
    frame = frame.astype({"active": "Int64", "customers": "int64", "net_sales": "float64"})
    frame[seen] = frame[seen].mask(unseen)
    frame["cohort"] = [f"{number // 12}-{number % 12 + 1:02d}" for number in frame.cohort]
    return frame.assign(partial=frame.partial & ~unseen)[COLUMNS]


@needs()
def triangle(frame: pd.DataFrame, cohorts: int = 24, months: int = 12) -> pd.DataFrame:
    """Return the rows of the last so many cohorts with customers, for the first so many months after theirs.

    Month 0 is out, in which all are active, and with it a cohort that has not lived through another yet; so
    is a cohort told only from the middle of its month on, of few customers.
    """
    first = frame[frame.month_number == 0]
    frame = frame[~frame.cohort.isin(first.cohort[first.partial])]
    later = frame[(frame.customers > 0) & frame.month_number.between(1, months)]
    lived = sorted(later.cohort[later.active.notna()].unique())[-cohorts:]
    return later[later.cohort.isin(lived)].reset_index(drop=True)


@needs("orders.customer_id")
def coverage(shop: Shop, orders: ir.Table) -> pd.DataFrame:
    """Return one row: new_customers (in the cohorts), unknown_customers (of whom one cannot tell), told_from.

    A customer is unknown whose first valid order lies before told_from, so that there may be earlier ones.
    """
    told = told_from(shop)
    named = orders.filter(orders.customer_id.notnull())
    first_on = named.group_by("customer_id").aggregate(first_on=named.paid_on.min()).first_on
    counts = first_on.as_table().aggregate(
        new_customers=(first_on >= told).sum().fill_null(0),
        unknown_customers=(first_on < told).sum().fill_null(0),
    )
    return counts.to_pandas().assign(told_from=told)


@needs()
def sentence(frame: pd.DataFrame, coverage: pd.DataFrame) -> str:
    """Say how many customers are followed, how many come back in the month after, and who is left out."""
    n, left_out = int(coverage.new_customers.iloc[0]), int(coverage.unknown_customers.iloc[0])
    months = frame.loc[frame.customers > 0, "cohort"]
    said = ngettext(
        "{n} new customer is followed by the month of the first order, from {first} to {last}.",
        "{n} new customers are followed by the month of their first order, from {first} to {last}.",
        n,
    ).format(n=i18n.count(n), first=months.min(), last=months.max())
    return i18n.sentences([said, _back(frame), _left_out(left_out, coverage)])


def _back(frame: pd.DataFrame) -> str:
    """Say, over all whole cohorts, who was active one month after the first, and six months after."""
    said = []
    for months, text in (
        (1, _("{share} of them bought in the month after their first.")),
        (6, _("{share} bought in the sixth month after.")),
    ):
        cells = frame[(frame.month_number == months) & frame.active.notna() & ~frame.partial]
        if cells.customers.sum():
            said.append(text.format(share=i18n.percent(cells.active.sum() / cells.customers.sum())))
    return i18n.sentences(said)


def _left_out(n: int, coverage: pd.DataFrame) -> str:
    said = ngettext(
        "{n} customer whose first order lies before {day} is left out: an earlier one may be missing.",
        "{n} customers whose first order lies before {day} are left out: earlier ones may be missing.",
        n,
    )
    return said.format(n=i18n.count(n), day=i18n.day(coverage.told_from.iloc[0])) if n else ""
