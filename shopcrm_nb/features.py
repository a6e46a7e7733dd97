"""Features: what is known of each person, one row each; the roster that tags, groups and portraits read."""

import datetime as dt

import ibis
import ibis.expr.types as ir

from shopcrm_nb import bands, behaviour, i18n, model, profile
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.baskets import timed
from shopcrm_nb.catalogue import FEATURES
from shopcrm_nb.filled import columns, lacks
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop

TYPES = {
    "count": "int64",
    "number": "float64",
    "money": "float64",
    "share": "float64",
    "text": "string",
    "flag": "boolean",
    "day": "date",
}
# Of these, a person who has none has 0 (false), not an unknown number.
COUNTED = ("orders", "orders_30d", "orders_90d", "orders_365d", "net_sales", "net_sales_365d")
COUNTED += ("refunded_orders", "unpaid_orders", "closed_orders")
DESCRIBED = ("region", "province", "city", "city_tier", "gender", "age_band", "platform_level")
FIRSTS = {"product_id": "first_product", "category": "first_category"}
LASTS = {"product_id": "last_product", "category": "last_category"}
# Not what most orders have: of many orders that drifts to what is most frequent in all, so that whoever buys
# often would seem to differ.
LASTS |= {name: name for name in ("hour_band", "weekday", "channel", "shop", "price_band", "discount_band")}


def missing(shop: Shop, name: str) -> NotComputed | None:
    """Return what a shop lacks for a feature, or None; a wholly empty column is as good as missing."""
    for need in FEATURES[name].needs:
        lacking = [_lacks(shop, choice) for choice in need.split("/")]
        if all(lacking):
            return lacking[0]
    if name == "hour_band" and not timed(shop):
        return NotComputed("orders.paid_at", _("it carries days without times"))
    return None


def _lacks(shop: Shop, need: str) -> NotComputed | None:
    table, _dot, column = need.partition(".")
    if (absent := shop.missing(need)) or not columns(shop, table, column):
        return absent or NotComputed(need)
    if table != "events" or behaviour.begun(shop):
        return None
    return NotComputed(need, _("the events begin after {day}").format(day=i18n.day(shop.as_of)))


@needs("orders.customer_id")
def people(shop: Shop, baskets: ir.Table, graded: ir.Table | None = None) -> ir.Table | NotComputed:
    """Return a row for each person whom any table names up to as_of, kept in the engine while in use.

    customer_id, then the features of ``catalogue.FEATURES`` in their order, empty where the shop lacks the
    input. ``baskets`` is the table of ``baskets.orders``; ``graded`` has customer_id, grade and, if it likes,
    cluster. Days count up to as_of, that day included.

    - orders, net_sales …: valid orders, ever or of the last days; recency_days: since the last one;
      second_order_days: from the first to the next, 0 on the same day; orders of one moment follow by id.
    - unpaid_orders: waiting for payment; closed_orders: closed without payment; refunded_orders: paid orders
      of which anything was refunded; refund_share: of all that was paid.
    - category: of most of the person's valid orders (of equally many the one used last); first_…: of the
      first valid order; last_…, hour_band, weekday, channel, shop, price_band, discount_band: of the last one
      that tells.
    - province and city: of the customer file, else of the last order that has one; provinces of China in
      their short form.
    - price_per_item, items_per_order: means over the orders; discount_share: mean over the orders that tell;
      new_product_share: of the orders, mainly of products new when they were bought.
    """
    if unnamed := lacks(shop, "orders", "customer_id"):
        return unnamed
    parts = [_ordered(shop), _bought(baskets)]
    parts += [build(shop) for table, build in _FILES.items() if table in shop.tables and _usable(shop, table)]
    if graded is not None:
        parts.append(graded.select("customer_id", *(c for c in ("grade", "cluster") if c in graded.columns)))
    everybody = ibis.union(*(part.select("customer_id") for part in parts), distinct=True)
    every = _beside(everybody, parts)
    return _complete(every, shop).order_by("customer_id").cache()  # so that what is saved is in order


@needs("orders.customer_id")
def described(shop: Shop) -> ir.Table | NotComputed:
    """Return who people are, without how they buy: a row for each of the orders and the customer file.

    customer_id, then DESCRIBED, each as ``people`` has it. Nothing is kept in the engine: of a shop of
    millions only what is asked of it is worked out.
    """
    if unnamed := lacks(shop, "orders", "customer_id"):
        return unnamed
    parts = [_ordered(shop)]
    parts += [profile.customers(shop)] if "customers" in shop.tables and _usable(shop, "customers") else []
    everybody = ibis.union(*(part.select("customer_id") for part in parts), distinct=True)
    return _typed(_placed(_beside(everybody, parts), shop), DESCRIBED)


_FILES = {"customers": profile.customers, "members": profile.members, "events": behaviour.counts}


def _usable(shop: Shop, table: str) -> bool:
    needed = {"customers": (), "members": ("enrolled_at",), "events": ("at", "type")}[table]
    if lacks(shop, table, "customer_id", *needed):
        return False
    return table != "events" or behaviour.begun(shop)


def _beside(people: ir.Table, parts: list[ir.Table]) -> ir.Table:
    """Put what the parts know beside each person; of a column that several have, the last one's counts."""
    joined, found = people, {name: [name] for name in people.columns}
    for place, part in enumerate(parts):
        suffix = f"_of_{place}"
        joined = joined.left_join(part, people.customer_id == part.customer_id, rname="{name}" + suffix)
        for name in part.columns:
            found[name] = [*found[name], name + suffix] if name in found else [name]
    # The file of the customers knows better than an old order where somebody lives.
    told = {
        name: ibis.coalesce(*(joined[each] for each in reversed(names))) if len(names) > 1 else joined[name]
        for name, names in found.items()
        if name != "customer_id"
    }
    return joined.select("customer_id", **told)


def _ordered(shop: Shop) -> ir.Table:
    """Count every order row of each person, valid or not."""
    rows = model.valid(shop.tables["orders"], shop.as_of, shop.settings.rules.orders.min_order_amount)
    rows = rows.filter(rows.customer_id.notnull() & ~rows._why.identical_to("after_as_of"))
    valid, paid = rows._why.isnull(), rows.paid_at.notnull()
    closed = (rows.status == "closed_unpaid").fill_null(False)
    back = rows.refund.fill_null(0)
    # Of two orders of one second always the same one, in one number that is compared fast.
    moment = rows.created_at.epoch_seconds() * 2**20 + rows.order_id.hash().abs() % 2**20
    latest = {
        name: rows[name].argmax(moment, where=rows[name].notnull())
        for name in ("province", "city")
        if name in rows.columns
    }
    counted = {f"orders_{days}d": (valid & _since(rows.paid_on, shop, days)).sum() for days in (30, 90, 365)}
    each = rows.group_by("customer_id").aggregate(
        orders=valid.sum(),
        **counted,
        net_sales=rows.net.sum(where=valid).round(4),
        net_sales_365d=rows.net.sum(where=valid & _since(rows.paid_on, shop, 365)).round(4),
        refunded_orders=(paid & (back > 0)).sum(),
        refund_share=(back.sum(where=paid) / rows.paid.sum(where=paid).nullif(0)).round(4),
        unpaid_orders=(~paid & ~closed).sum(),
        closed_orders=(~paid & closed).sum(),
        **latest,
    )
    return each.mutate(net_sales_per_order=(each.net_sales / each.orders.nullif(0)).round(4))


def _since(day: ir.DateValue, shop: Shop, days: int) -> ir.BooleanValue:
    return (day > shop.as_of - dt.timedelta(days=days)).fill_null(False)


def _bought(orders: ir.Table) -> ir.Table:
    """Tell how each person buys, from what the valid orders held."""
    named = orders.filter(orders.customer_id.notnull())
    first, told = named.place == 0, {name: named[name].notnull() for name in LASTS}
    each = named.group_by("customer_id").aggregate(
        first_order_on=named.paid_on.min(),
        last_order_on=named.paid_on.max(),
        second_order_on=named.paid_on.max(where=named.place == 1),
        items_per_order=_mean(named["items"]),
        price_per_item=_mean(named.price_per_item),
        discount_share=_mean(named.discount_share),
        new_product_share=(named.new_amount_share > 0.5).cast("float64").mean().round(4),
        **{name: named[column].max(where=first) for column, name in FIRSTS.items()},
        **{name: named[column].argmax(named.place, where=told[column]) for column, name in LASTS.items()},
    )
    return _beside(each, [_most(named, "category")])


def _mean(value: ir.NumericValue) -> ir.FloatingScalar:
    """Return the mean of amounts of four decimals; summed as whole numbers, in whatever order they come."""
    return ((value * 10_000).round().cast("int64").sum() / value.count() / 10_000).round(4)


def _most(named: ir.Table, name: str) -> ir.Table:
    """Return customer_id and the value that most of the orders have; of equally many the one used last."""
    known = named.filter(named[name].notnull())
    sums = known.group_by("customer_id", name).aggregate(n=known.count(), last=known.place.max())
    rank = sums.n * 2**31 + sums["last"]  # one number is compared far faster than two
    return sums.group_by("customer_id").aggregate(**{name: sums[name].argmax(rank)})


def _complete(every: ir.Table, shop: Shop) -> ir.Table:
    """Add what follows from the rest, and a typed null for what the shop does not know."""
    zero = {name: every[name].fill_null(0) for name in COUNTED}
    every = every.mutate(
        **zero,
        recency_days=ibis.literal(shop.as_of).delta(every.last_order_on, unit="day"),
        second_order_days=every.second_order_on.delta(every.first_order_on, unit="day"),
        frequency_band=bands.frequency(every.orders.fill_null(0)),
    )
    every = _placed(every, shop)
    if "member" in every.columns:
        every = every.mutate(member=every.member.fill_null(False))
    seen = {name: every[name].fill_null(0) for name in every.columns if name in _EVENT_COUNTS}
    if lacks(shop, "events", "product_id"):
        seen.pop("cart_unpaid_30d", None)
    every = every.mutate(**seen)
    return _typed(every, tuple(FEATURES))


def _typed(every: ir.Table, names: tuple[str, ...]) -> ir.Table:
    types = {name: TYPES[FEATURES[name].kind] for name in names}
    told = {
        name: every[name].cast(kind) if name in every.columns else ibis.null(kind)
        for name, kind in types.items()
    }
    return every.select("customer_id", **told)


_EVENT_COUNTS = [name for name, feature in FEATURES.items() if feature.needs[0].startswith("events.")]
_EVENT_COUNTS.remove("last_seen_on")


def _placed(every: ir.Table, shop: Shop) -> ir.Table:
    if "province" in every.columns:
        every = every.mutate(province=profile.province(every.province))
        every = every.mutate(region=profile.region(every.province))
    if "city" not in every.columns or missing(shop, "city"):  # else all who are known would be of four cities
        return every
    province = every.province if "province" in every.columns else ibis.null("string")
    return every.mutate(city_tier=profile.city_tier(province, every.city, shop))
