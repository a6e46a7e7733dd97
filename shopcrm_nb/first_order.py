"""First order: what the best customers looked like when they came, beside all who came with them (CU-14)."""

import datetime as dt
import math

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import bands, i18n, lift, occasion, profile
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.history import told_from
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.rules import Rules

COHORTS = ("earlier", "later")
DIMENSIONS = (
    *("product", "category", "price_band", "discount_band", "items", "province", "city_tier"),
    *("channel", "shop", "campaign", "sale", "hour_band", "weekday"),
)
EXACT = 9  # decimals of a number of customers, below which lies the dust of a product


@needs("orders.customer_id")
def customers(shop: Shop, baskets: ir.Table) -> ir.Table | NotComputed:
    """Return the customers told to be new who were watched in full after their first order, one row each.

    ``baskets`` is the table of ``baskets.orders``. A customer is told to be new whose first valid order is on
    or after ``history.told_from``, and watched in full with ``first_order.horizon_days`` after that day up to
    as_of. Kept in the engine while in use. Columns:

    - customer_id, first_on; later_orders and later_net_sales: of the valid orders after the first one, up to
      horizon_days after its day. The first order itself does not count, else its price would explain all.
    - cohort: earlier or later, by first_on; as equal as they can be without parting a day.
    - good: among the ``first_order.top_share`` of the cohort (rounded up to whole customers) with the most
      later_net_sales, ties kept together (E-27); never somebody who did not buy again.
    - DIMENSIONS, of the first order, null where not known: its main product, items (a band of pieces),
      province in its short form, campaign and sale as ``occasion.told`` tells them.

    NotComputed where there is no such customer.
    """
    watched = _watched(shop, baskets).cache()
    days = watched.group_by("first_on").aggregate(customers=watched.count()).order_by("first_on").to_pandas()
    if days.empty:
        return _nobody(shop)
    early = days.index <= _split(days.customers)
    sizes = int(days.customers[early].sum()), int(days.customers[~early].sum())
    last_early = pd.Timestamp(days.first_on[early].max()).date()
    halved = watched.mutate(cohort=ibis.ifelse(watched.first_on <= last_early, *COHORTS))
    top = ibis.ifelse(halved.cohort == COHORTS[0], *(_top(n, shop.settings.rules) for n in sizes))
    best_first = ibis.window(group_by="cohort", order_by=halved.later_net_sales.desc())
    good = (halved.later_orders > 0) & (ibis.rank().over(best_first) < top)
    return _with_first(shop, halved.mutate(good=good), baskets).cache()


def _watched(shop: Shop, baskets: ir.Table) -> ir.Table:
    days = shop.settings.rules.first_order.horizon_days
    named = baskets.filter(baskets.customer_id.notnull())
    firsts = named.group_by("customer_id").aggregate(first_at=named.paid_at.min())
    firsts = firsts.mutate(first_on=firsts.first_at.date())
    last = shop.as_of - dt.timedelta(days=days)
    firsts = firsts.filter(firsts.first_on.between(told_from(shop), last))
    theirs = named.select("customer_id", "order_id", "paid_at", "paid_on", "net").inner_join(
        firsts, "customer_id"
    )
    opening = theirs.paid_at == theirs.first_at
    in_time = theirs.paid_on <= theirs.first_on + ibis.interval(days=days)
    each = theirs.group_by("customer_id", "first_on").aggregate(
        first_id=theirs.order_id.min(where=opening),
        first_net=theirs.net.argmin(theirs.order_id, where=opening),
        orders=in_time.sum(),
        net_sales=theirs.net.sum(where=in_time).round(4),
    )
    later = {"later_orders": each.orders - 1, "later_net_sales": (each.net_sales - each.first_net).round(4)}
    return each.select("customer_id", "first_on", "first_id", **later)


def _nobody(shop: Shop) -> NotComputed:
    days = shop.settings.rules.first_order.horizon_days
    said = _("customers known to be new, and {days} days of orders after their first one")
    return NotComputed(said.format(days=i18n.count(days)))


def _split(customers: pd.Series) -> int:
    """Return the place of the earlier cohort's last day; all are early where they came on one day."""
    return int((2 * customers.cumsum() - customers.sum()).abs().idxmin())


def _top(n: int, rules: Rules) -> int:
    return math.ceil(round(n * rules.first_order.top_share, EXACT))


def _with_first(shop: Shop, watched: ir.Table, baskets: ir.Table) -> ir.Table:
    """Add the DIMENSIONS of each customer's first order."""
    first = baskets.drop("customer_id").inner_join(watched, baskets.order_id == watched.first_id)
    city = ibis.null("string")
    if "city" in shop.orders.columns:
        cities = shop.orders.select("order_id", "city")
        first = first.left_join(cities, "order_id", rname="{name}_right").drop("order_id_right")
        city = first.city
    province = profile.province(first.province)
    first = first.mutate(
        product=first.product_id,
        province=province,
        city_tier=profile.city_tier(province, city, shop),
        items=bands.frequency(first["items"].round().cast("int64")),
    )
    first = occasion.told(shop, first, told_from(shop))
    own = [name for name in watched.columns if name != "first_id"]
    return first.select(*own, *DIMENSIONS)


@needs()
def cohorts(customers: ir.Table, rules: Rules) -> pd.DataFrame:
    """Return a row a cohort that has anybody, the earlier one first, and who is good in it.

    Columns half (earlier or later), first_from, first_to (days of the first orders), customers,
    again_customers (who bought again), good_customers, good_share, least_net_sales (that a good one brought
    after the first order; null without any), good_rule: top (of ``first_order.top_share``), or all_again:
    fewer than that bought again, and all who did are good.
    """
    t = customers
    sums = t.group_by("cohort").aggregate(
        first_from=t.first_on.min(),
        first_to=t.first_on.max(),
        customers=t.count(),
        again_customers=(t.later_orders > 0).sum(),
        good_customers=t.good.sum(),
        least_net_sales=t.later_net_sales.min(where=t.good),
    )
    frame = sums.order_by("cohort").to_pandas().rename(columns={"cohort": "half"})
    for day in ("first_from", "first_to"):
        frame[day] = pd.to_datetime(frame[day]).dt.date
    top = [_top(n, rules) for n in frame.customers]
    frame["good_rule"] = ["all_again" if few else "top" for few in frame.again_customers < top]
    frame["good_share"] = frame.good_customers / frame.customers
    shown = [*frame.columns[:6], "good_share", "least_net_sales", "good_rule"]
    return frame[shown]


@needs()
def counts(customers: ir.Table, rules: Rules) -> pd.DataFrame:
    """Count the customers by what their first order was: dimension, level, and ``lift.COUNTS``.

    "unknown" is a level of its own; a dimension of which nothing at all is known is left out. Of each
    dimension the ``portrait.levels`` with most customers have a row, all others are "other".
    """
    good = customers.good.cast("int64")
    parts = [
        customers.group_by("cohort", level=customers[name])
        .aggregate(customers=customers.count(), good_customers=good.sum())
        .mutate(dimension=ibis.literal(name))
        for name in DIMENSIONS
    ]
    each = ibis.union(*parts)
    whole = each.mutate(whole=each.customers.sum().over(group_by=["dimension", "level"]))
    largest = ibis.window(
        group_by="dimension", order_by=[whole.level.isnull(), whole.whole.desc(), whole.level]
    )
    ranked = whole.mutate(place=ibis.dense_rank().over(largest))
    named = ibis.ifelse(ranked.place < rules.portrait.levels, ranked.level, "other")
    level = ibis.ifelse(ranked.level.isnull(), "unknown", named)
    sums = ranked.group_by("cohort", "dimension", level=level).aggregate(
        customers=ranked.customers.sum(), good_customers=ranked.good_customers.sum()
    )
    return _side_by_side(sums.order_by("dimension", "level", "cohort").to_pandas())


def _side_by_side(sums: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for cohort, prefix in zip(COHORTS, ("", lift.LATER), strict=True):
        mine = sums[sums.cohort == cohort].set_index(["dimension", "level"])
        parts.append(mine[["customers", "good_customers"]].add_prefix(prefix))
    frame = pd.concat(parts, axis=1).sort_index()[lift.COUNTS].fillna(0).astype("int64").reset_index()
    known = frame[frame.level != "unknown"].dimension.unique()
    place = {name: n for n, name in enumerate(DIMENSIONS)}
    return frame[frame.dimension.isin(known)].sort_values(
        "dimension", key=lambda names: names.map(place), kind="stable", ignore_index=True
    )


@needs()
def drivers(shop: Shop, customers: ir.Table) -> pd.DataFrame:
    """Return which first orders went with more, or fewer, good customers, and whether that held later on.

    The frame of ``lift.judged`` with the earlier cohort to find in and the later one to check on, and title:
    a title of the product, where the dimension is product and the shop has titles, null elsewhere. Two levels
    may be one difference: a product has a category and a price.
    """
    rules = shop.settings.rules
    frame = lift.judged(counts(customers, rules), rules)
    titles = _titles(shop, frame[frame.dimension == "product"].level)
    told = [titles.get(row.level) if row.dimension == "product" else None for row in frame.itertuples()]
    frame.insert(2, "title", pd.Series(told, dtype="object"))
    return frame


def _titles(shop: Shop, products: pd.Series) -> dict[str, str]:
    if shop.missing("order_items.title"):
        return {}
    lines = shop.tables["order_items"]
    mine = lines.filter(lines.product_id.isin(list(products)) & lines.title.notnull())
    found = mine.group_by("product_id").aggregate(title=mine.title.max())
    return {row["product_id"]: row["title"] for row in found.to_pyarrow().to_pylist()}


@needs()
def sentence(cohorts: pd.DataFrame, rules: Rules, currency: str) -> str:
    """Say of each cohort how many came, and which of them are called good."""
    told, before = [], None
    for row in cohorts.itertuples():
        again = before is not None and {before.good_rule, row.good_rule} == {"top"} and row.good_customers
        told.append(_likewise(row, currency) if again else _whom(row, rules, currency))
        before = row
    return i18n.sentences(told)


def _likewise(row: tuple, currency: str) -> str:
    said = _("Likewise the {good} of the {n} of {first} to {last} ({least} and more).")
    return said.format(
        n=i18n.count(row.customers),
        first=i18n.day(row.first_from),
        last=i18n.day(row.first_to),
        good=i18n.count(row.good_customers),
        least=i18n.each_money(row.least_net_sales, currency),
    )


def _whom(row: tuple, rules: Rules, currency: str) -> str:
    if not row.good_customers:
        said = _("Of the {n} new customers of {first} to {last}, none bought again within {days} days.")
    elif row.good_rule == "all_again":
        said = _(
            "Of the {n} new customers of {first} to {last}, only {good} bought again within {days} days, "
            "fewer than {share}; all of these are called good."
        )
    else:
        said = _(
            "Of the {n} new customers of {first} to {last}, the {good} who spent most in the {days} days "
            "after their first order ({share}; {least} and more) are called good."
        )
    return said.format(
        n=i18n.count(row.customers),
        first=i18n.day(row.first_from),
        last=i18n.day(row.first_to),
        good=i18n.count(row.good_customers),
        days=i18n.count(rules.first_order.horizon_days),
        share=i18n.percent(rules.first_order.top_share, 0),
        least=i18n.each_money(row.least_net_sales, currency),
    )


@needs()
def figures(cohorts: pd.DataFrame) -> dict[str, int]:
    """Return the key figures by their stable names."""
    return {
        "first_order.customers": int(cohorts.customers.sum()),
        "first_order.good_customers": int(cohorts.good_customers.sum()),
    }
