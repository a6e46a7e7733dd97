"""Campaign products: what a campaign sold, at what discount, to whom, and what was bought with it (CP-08)."""

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import evidence, filled, i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.history import told_from
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

MOST_PRODUCTS = 500  # on either side of the pairs, those in most orders, so that their number stays bounded
MOST_SHOWN = 200
EXACT = 4
SOLD = [
    *("campaign_id", "product_id", "title", "orders", "pieces", "net_amount", "discount_share", "buyers"),
    *("new_buyers", "pieces_per_day_before", "pieces_per_day_during", "burst"),
]
PAIRS = [
    *("product_id", "with_product_id", "title", "with_title", "orders", "with_orders", "orders_together"),
    *("support_share", "confidence_share", "lift", "p_value", "p_adjusted"),
]


# --- what was sold ------------------------------------------------------------------------------------------


@needs("order_items.product_id", "order_items.quantity", "order_items.amount")
def sold(
    shop: Shop, claimed: ir.Table, campaigns: pd.DataFrame, campaign_id: str, top_n: int = MOST_SHOWN
) -> pd.DataFrame | NotComputed:
    """Return what a campaign sold, a row a product, by net amount: the ``top_n`` that brought most.

    ``claimed`` is the table of ``attribution.orders``, ``campaigns`` the frame of ``campaign.every``. The
    orders are the valid ones paid in the campaign's days with one of its products; where it names none, the
    orders that count to it, and all that is in them. Lines without pieces are left out, gifts are in.

    - campaign_id, product_id, title (null without); orders, pieces; net_amount: the lines' amount minus their
      refunds known at as_of (where the shop's lines have none, minus the same share as of the order).
    - discount_share: how far the amount, refunds aside, is below list price times pieces, of the lines that
      have a list price; 0 where above, null without any.
    - buyers; new_buyers: those with one of these that is "new" in ``history.orders`` (E-12); null without
      usable buyer keys, and new_buyers where the data reach back too little.
    - pieces_per_day_before, pieces_per_day_during: of all the shop's valid orders, in as many days before the
      campaign as it has (``campaign.window_days`` at least), and in its days; null where the data do not
      reach back to all of those before. burst: the second by the first (爆发系数).

    NotComputed where the campaign is not known or sold nothing.
    """
    row = _row(campaigns, campaign_id)
    if isinstance(row, NotComputed):
        return row
    lines = _lines(shop, claimed)
    mine = _of_campaign(lines, row, shop)
    sums = mine.group_by("product_id").aggregate(**_sums(mine, shop, row))
    best = sums.order_by(sums.net_amount.desc(), "product_id").limit(top_n)
    found = best.left_join(_a_day(lines.semi_join(best, "product_id"), row, shop), "product_id")
    frame = found.drop("product_id_right").order_by(found.net_amount.desc(), "product_id").to_pandas()
    if frame.empty:
        return NotComputed("order_items.product_id", _("no line of an order of this campaign"))
    return _finished(frame, row, shop)


def _row(campaigns: pd.DataFrame, campaign_id: str) -> tuple | NotComputed:
    mine = campaigns[campaigns.campaign_id == campaign_id]
    return next(mine.itertuples()) if len(mine) else NotComputed("campaigns.campaign_id", str(campaign_id))


def _lines(shop: Shop, claimed: ir.Table) -> ir.Table:
    """Return the lines of the valid orders that hold a piece, with net_amount and list_amount."""
    orders = claimed.select(
        "order_id", "campaign_id", "key", "kind", "paid_on", paid_net=claimed.net / claimed.paid
    )
    rows = shop.tables["order_items"]
    rows = rows.filter((rows.quantity > 0) & rows.product_id.notnull())
    refund = rows.refund.fill_null(0.0) if filled.columns(shop, "order_items", "refund") else None
    price = rows.list_price if "list_price" in rows.columns else ibis.null("float64")
    rows = rows.select(
        *("order_id", "product_id", "quantity", "amount"),
        title=rows.title if "title" in rows.columns else ibis.null("string"),
        list_amount=(price * rows.quantity).nullif(0),
        refund=ibis.null("float64") if refund is None else refund,
    )
    both = rows.inner_join(orders, "order_id")
    kept = ibis.coalesce(both.amount - both.refund, both.amount * both.paid_net)
    return both.mutate(net_amount=kept).drop("paid_net", "refund")


def _of_campaign(lines: ir.Table, row: tuple, shop: Shop) -> ir.Table:
    if not row.products:
        return lines.filter(lines.campaign_id == row.campaign_id)
    return _during(lines, row, shop).filter(lines.product_id.isin(row.products))


def _during(lines: ir.Table, row: tuple, shop: Shop) -> ir.Table:
    return lines.filter(lines.paid_on.between(row.start, min(row.end, shop.as_of)))


def _sums(mine: ir.Table, shop: Shop, row: tuple) -> dict[str, ir.Scalar]:
    nobody = bool(shop.missing("orders.customer_id"))
    untold = nobody or row.start < told_from(shop)
    priced = mine.list_amount > 0
    nothing = ibis.null("int64")
    return {
        "title": mine.title.max(),
        "orders": mine.order_id.nunique(),
        "pieces": mine.quantity.sum(),
        "net_amount": mine.net_amount.sum().round(EXACT),
        "listed_amount": mine.amount.sum(where=priced).round(EXACT),
        "list_amount": mine.list_amount.sum(where=priced).round(EXACT),
        "buyers": nothing if nobody else mine.key.nunique(),
        "new_buyers": nothing if untold else mine.key.nunique(where=mine.kind == "new"),
    }


def _a_day(lines: ir.Table, row: tuple, shop: Shop) -> ir.Table:
    """Sum the pieces of each product in the days before the campaign and in its own."""
    first = row.start - _long(row, shop.settings.rules.campaign)
    before = lines.paid_on.between(first, row.start - dt.timedelta(days=1))
    during = lines.paid_on.between(row.start, min(row.end, shop.as_of))
    lines = lines.filter(before | during)
    return lines.group_by("product_id").aggregate(
        before=lines.quantity.sum(where=before).fill_null(0),
        during=lines.quantity.sum(where=during).fill_null(0),
    )


def _long(row: tuple, rules: CampaignRules) -> dt.timedelta:
    return max(row.end - row.start + dt.timedelta(days=1), dt.timedelta(days=rules.window_days))


def _finished(frame: pd.DataFrame, row: tuple, shop: Shop) -> pd.DataFrame:
    long = _long(row, shop.settings.rules.campaign)
    seen = (min(row.end, shop.as_of) - row.start).days + 1
    whole = row.start - long >= shop.first_day
    frame["discount_share"] = (1 - frame.listed_amount / frame.list_amount).clip(0, 1).round(EXACT)
    before = frame.before / (long.days if whole else float("nan"))
    frame["pieces_per_day_before"], frame["pieces_per_day_during"] = before, frame.during / seen
    frame["burst"] = frame.pieces_per_day_during / before.where(before > 0)
    counts = dict.fromkeys(["orders", "buyers", "new_buyers"], "Int64")
    return frame.assign(campaign_id=row.campaign_id)[SOLD].astype(counts | {"discount_share": "float64"})


# --- what was bought together -------------------------------------------------------------------------------


@needs("order_items.product_id", "order_items.quantity", "order_items.amount")
def together(
    shop: Shop, claimed: ir.Table, campaigns: pd.DataFrame, campaign_id: str, rules: CampaignRules
) -> pd.DataFrame | NotComputed:
    """Return which products were bought with a campaign's products in the same order, best evidence first.

    The orders are the valid ones paid in the campaign's days (that count to it, where it names no products);
    gifts, of amount 0, are left out. The pairs that are tested are all of a campaign product and any other of
    which each is in at least ``min_orders`` orders; of these, a row for each pair that ``min_orders`` hold:

    - product_id (the campaign's; of two of them the one in fewer orders), with_product_id, title, with_title;
      orders, with_orders: with either; orders_together: with both.
    - support_share: orders_together of all the orders; confidence_share: of the orders with the campaign's
      product; lift: that share by the share of all orders that hold the other; 1 is no connection.
    - p_value: that the two are together no more often than by chance (Fisher's exact test, one-sided);
      p_adjusted: for all pairs that are tested (Holm).

    At most MOST_PRODUCTS products on either side, those in most orders. An empty frame where no pair is told;
    NotComputed where the campaign is not known or has no order with lines.
    """
    row = _row(campaigns, campaign_id)
    if isinstance(row, NotComputed):
        return row
    lines = _lines(shop, claimed).filter(lambda t: t.amount > 0)
    whole = _during(lines, row, shop) if row.products else _of_campaign(lines, row, shop)
    held = whole.group_by("order_id", "product_id").aggregate(title=whole.title.max()).cache()
    n = held.order_id.nunique().to_pyarrow().as_py()
    if not n:
        return NotComputed("order_items.product_id", _("no line of an order of this campaign"))
    each = held.group_by("product_id").aggregate(orders=held.count(), title=held.title.max())
    each = each.filter(each.orders >= rules.min_orders).order_by(each.orders.desc(), "product_id").to_pandas()
    return _judged(_pairs(held, each, row.products), each, row.products, n, rules)


def _sides(each: pd.DataFrame, products: tuple) -> tuple[pd.DataFrame, pd.DataFrame]:
    own = each[each.product_id.isin(products)] if products else each
    return own.head(MOST_PRODUCTS), each.head(MOST_PRODUCTS)


def _pairs(held: ir.Table, each: pd.DataFrame, products: tuple) -> pd.DataFrame:
    """Count the orders of each pair: product_id of the campaign's, with_product_id of any."""
    own, other = (
        held.semi_join(_ids(side.product_id), "product_id").select("order_id", "product_id")
        for side in _sides(each, products)
    )
    both = own.join(other.rename(with_product_id="product_id"), "order_id")
    both = both.filter(both.product_id != both.with_product_id)
    return both.group_by("product_id", "with_product_id").aggregate(orders_together=both.count()).to_pandas()


def _ids(products: pd.Series) -> ir.Table:
    frame = pd.DataFrame({"product_id": list(products)}, dtype="object")
    return ibis.memtable(frame, schema={"product_id": "string"})


def _judged(
    pairs: pd.DataFrame, each: pd.DataFrame, products: tuple, n: int, rules: CampaignRules
) -> pd.DataFrame:
    names = {"product_id": "with_product_id", "orders": "with_orders", "title": "with_title"}
    frame = pairs.merge(each, on="product_id").merge(each.rename(columns=names), on="with_product_id")
    tested = _tested(each, products)
    frame = frame[(frame.orders_together >= rules.min_orders) & _once(frame, products)]
    both, mine, other = (frame[c] for c in ("orders_together", "orders", "with_orders"))
    frame = frame.assign(
        support_share=both / n,
        confidence_share=both / mine,
        lift=both * n / (mine * other),
        p_value=evidence.more_often(both, mine, other - both, n - mine),
    )
    # Pairs that too few orders hold have a p value of 1: they are never found, and count as tested.
    silent = np.ones(max(tested - len(frame), 0))
    adjusted = evidence.holm(np.concatenate([frame.p_value.to_numpy(dtype="float64"), silent]))
    frame["p_adjusted"] = adjusted[: len(frame)]
    order = ["p_value", "lift", "product_id", "with_product_id"]
    return frame.sort_values(order, ascending=[True, False, True, True], ignore_index=True)[PAIRS]


def _tested(each: pd.DataFrame, products: tuple) -> int:
    """Count the pairs of a campaign product and any other, each once."""
    own, other = _sides(each, products)
    shared = own.product_id.isin(other.product_id).sum()
    return len(own) * len(other) - shared - shared * (shared - 1) // 2


def _once(frame: pd.DataFrame, products: tuple) -> pd.Series:
    """Tell which way of a pair is kept; of two campaign products the one in fewer orders stands first."""
    fewer = (frame.orders < frame.with_orders) | (
        (frame.orders == frame.with_orders) & (frame.product_id < frame.with_product_id)
    )
    alone = ~frame.with_product_id.isin(products) if products else pd.Series(False, index=frame.index)
    return alone | fewer


# --- words --------------------------------------------------------------------------------------------------


@needs()
def sentence(sold: pd.DataFrame, currency: str) -> str:
    """Say which product of ``sold`` brought most, at what discount, and how fast it sold beside before."""
    best = sold.iloc[0]
    name = best.title if pd.notna(best.title) else best.product_id
    said = ngettext(
        "“{name}” brought most: {n} piece, {amount} of net amount.",
        "“{name}” brought most: {n} pieces, {amount} of net amount.",
        int(best.pieces),
    ).format(name=name, n=i18n.count(best.pieces), amount=i18n.money(best.net_amount, currency))
    off = _("It went for {share} less than its list price.").format(share=i18n.percent(best.discount_share))
    burst = _("On a day of the campaign {times} times as many were sold as on a day before.").format(
        times=i18n.decimal(best.burst, 2)
    )
    new = _("{new} of its {n} buyers had not bought anything here in the year before.").format(
        n=i18n.count(best.buyers), new=i18n.count(best.new_buyers)
    )
    told = {off: best.discount_share, burst: best.burst, new: best.new_buyers}
    return i18n.sentences([said, *(text for text, value in told.items() if pd.notna(value) and value > 0)])


@needs()
def together_sentence(pairs: pd.DataFrame, rules: CampaignRules) -> str:
    """Say which pair is clearest, and how many are together more often than chance makes."""
    found = pairs[pairs.p_adjusted < 1 - rules.confidence]
    if found.empty:
        said = _("No product was bought with them in {n} orders or more, and more often than chance makes.")
        return said.format(n=i18n.count(rules.min_orders))
    first = found.iloc[0]
    count = ngettext(
        "{n} pair of products is in the same order more often than chance makes.",
        "{n} pairs of products are in the same order more often than chance makes.",
        len(found),
    ).format(n=i18n.count(len(found)))
    names = [
        named if pd.notna(named) else code
        for named, code in [(first.title, first.product_id), (first.with_title, first.with_product_id)]
    ]
    clearest = _(
        "The clearest: {share} of the orders with “{name}” also have “{other}”, {times} times the share of "
        "all orders. That they go together does not say that one sells the other."
    ).format(
        share=i18n.percent(first.confidence_share),
        name=names[0],
        other=names[1],
        times=i18n.decimal(first["lift"], 1),
    )
    return i18n.sentences([count, clearest])
