"""Baskets: what each valid order held, one row an order: the main product and category, price, discount."""

import datetime as dt

import ibis
import ibis.expr.types as ir

from shopcrm_nb import bands, partition
from shopcrm_nb.model import Shop

MOST = 2**36  # of the amount of a line, so that a number of 64 bits holds it beside a hash
NO_DISCOUNT = 0.005  # of the list price: less is rounding


def orders(shop: Shop) -> ir.Table:
    """Return the valid orders with what they held, kept in the engine while in use.

    Columns order_id, customer_id (null where the shop has no usable keys), paid_at, paid_on, net, province,
    channel, shop (of the order; null where the shop's table lacks them), hour_band (null where the orders
    carry days without times), weekday (1 Monday to 7), place (0 for a customer's first valid order, 1 for the
    next; orders of one moment follow by id), items (pieces), product_id and category (of the line with
    the largest amount that has one), price_per_item (amount of the lines, or net of the order,
    per piece), price_band, discount_share (off the list price of the lines that have one, 0 where they cost
    more), discount_band, new_amount_share (of products that were first sold at most
    ``portrait.new_product_days`` days before).
    """
    found, rules = shop.orders, shop.settings.rules.portrait
    table = found.select(
        "order_id",
        "paid_at",
        "paid_on",
        "net",
        customer_id=ibis.null("string") if shop.missing("orders.customer_id") else found.customer_id,
        **{name: _text(found, name) for name in ("province", "channel", "shop")},
        hour_band=bands.hour(found.paid_at.hour()) if timed(shop) else ibis.null("string"),
        weekday=(found.paid_at.day_of_week.index() + 1).cast("string"),
        quantity=found.quantity if "quantity" in found.columns else ibis.null("float64"),
    )
    in_time = ibis.window(group_by="customer_id", order_by=[table.paid_at, table.order_id])
    place = ibis.row_number().over(in_time)
    table = table.mutate(place=ibis.ifelse(table.customer_id.notnull(), place, None))
    table = table.left_join(_lines(shop), "order_id", rname="{name}_of_lines").drop("order_id_of_lines")
    items = ibis.coalesce(table.pieces, table.quantity)
    paid = ibis.coalesce(table.lines_amount, table.net)
    table = table.mutate(items=items, price_per_item=ibis.ifelse(items > 0, paid / items, None).round(4))
    off = (1 - table.listed_amount / table.list_amount).clip(0, 1)
    table = table.mutate(discount_share=ibis.ifelse(table.list_amount > 0, off, None).round(4)).cache()
    discount_cuts = (NO_DISCOUNT, *rules.discounts)
    price_cuts = _price_cuts(table, rules.price_bands)
    return table.mutate(
        price_band=bands.cut(table.price_per_item, tuple(price_cuts), bands.prices(price_cuts)),
        discount_band=bands.cut(table.discount_share, discount_cuts, bands.discounts(rules.discounts)),
    ).drop("quantity", "pieces", "lines_amount", "listed_amount", "list_amount")


def timed(shop: Shop) -> bool:
    """Tell whether the orders carry times of the day; where all are of midnight, they carry days only."""
    paid_at = shop.orders.paid_at
    return bool((paid_at != paid_at.truncate("D")).any().to_pyarrow().as_py())


def _text(table: ir.Table, name: str) -> ir.StringValue:
    return table[name] if name in table.columns else ibis.null("string")


def _lines(shop: Shop) -> ir.Table:
    """Sum the lines of each order."""
    if "order_items" not in shop.tables:
        names = ("pieces", "lines_amount", "listed_amount", "list_amount", "new_amount_share")
        return shop.orders.select(
            "order_id",
            product_id=ibis.null("string"),
            category=ibis.null("string"),
            **dict.fromkeys(names, ibis.null("float64")),
        )
    paid_on = shop.orders.select("order_id", "paid_on")
    lines = shop.tables["order_items"].inner_join(paid_on, "order_id")
    price = lines.list_price if "list_price" in lines.columns else ibis.null("float64")
    lines = lines.mutate(category=_text(lines, "category"), list_amount=price * lines.quantity)
    lines = _with_new(lines, shop)
    # The largest line; of equal ones always the same. One number is compared far faster than two.
    cents = (lines.amount.clip(-MOST, MOST) * 100).round().cast("int64")
    size = cents * 2**20 + lines.product_id.hash().abs() % 2**20
    sums = lines.group_by("order_id").aggregate(
        pieces=lines.quantity.sum(),
        lines_amount=lines.amount.sum().round(4),
        listed_amount=lines.amount.sum(where=lines.list_amount.notnull()).round(4),
        list_amount=lines.list_amount.sum().round(4),
        new_amount=lines.amount.sum(where=lines.is_new).fill_null(0.0).round(4),
        product_id=lines.product_id.argmax(size),
        category=lines.category.argmax(size, where=lines.category.notnull()),
    )
    new = ibis.ifelse(sums.lines_amount > 0, (sums.new_amount / sums.lines_amount).round(4), None)
    # In steps, each of which needs memory for itself alone.
    return sums.mutate(new_amount_share=new).drop("new_amount").cache()


def _with_new(lines: ir.Table, shop: Shop) -> ir.Table:
    """Add is_new: the product was first sold shortly before the line's order.

    What was sold in the first days of the data may be old: it is new to nobody.
    """
    days = shop.settings.rules.portrait.new_product_days
    firsts = lines.group_by("product_id").aggregate(first_sold_on=lines.paid_on.min())
    told_from = shop.first_day + dt.timedelta(days=days)
    lines = lines.left_join(firsts, "product_id", rname="{name}_right").drop("product_id_right")
    fresh = lines.paid_on <= lines.first_sold_on + ibis.interval(days=days)
    return lines.mutate(is_new=fresh & (lines.first_sold_on >= told_from))


def _price_cuts(table: ir.Table, n: int) -> list[float]:
    """Return up to n - 1 round cuts of the price per item; about as many orders lie in each band."""
    parts = {f"q{i}": table.price_per_item.quantile(i / n) for i in range(1, n)}
    found = table.aggregate(**parts).to_pyarrow().to_pylist()[0].values()
    round_off = list(partition.spoken("monetary"))[1]
    return sorted({round_off(value) for value in found if value and value > 0})
