"""Reviews: what customers wrote up to the last day counted, apart from what the platform writes for them."""

import ibis
import ibis.expr.types as ir

from shopcrm_nb.absent import NotComputed
from shopcrm_nb.filled import columns
from shopcrm_nb.model import Shop

CLASSES = ("good", "middle", "bad", "unknown")
OPTIONAL = ("order_id", "customer_id", "product_id", "stars", "description", "service", "logistics", "text")


def read(shop: Shop) -> ir.Table | NotComputed:
    """Return the reviews up to ``as_of``, one row each.

    Columns at, on (the day), those of order_id, customer_id, product_id, stars, description, service,
    logistics and text that the shop fills; star_class: good (4 and more), middle (3 to under 4), bad (under
    3), unknown (no stars, or none of 1 to 5: then stars is null too); and default: true for a text that the
    platform writes where nobody does (``rules.voice.default_texts``, E-18), false for one without a text.
    """
    if "reviews" not in shop.tables:
        return NotComputed("reviews.at")
    rows = shop.tables["reviews"]
    kept = rows.select("at", *columns(shop, "reviews", *OPTIONAL), on=rows["at"].date())
    kept = kept.filter(kept["on"] <= shop.as_of)
    scores = {name: _of_five(kept[name]) for name in OPTIONAL[3:7] if name in kept.columns}
    kept = kept.mutate(**scores)
    return kept.mutate(star_class=_star_class(kept), default=_default(kept, shop))


def _of_five(score: ir.NumericColumn) -> ir.NumericColumn:
    return ibis.ifelse(score.between(1, 5), score, ibis.null("float64"))


def _star_class(rows: ir.Table) -> ir.StringValue:
    if "stars" not in rows.columns:
        return ibis.literal("unknown")
    return ibis.cases(
        (rows.stars >= 4, "good"), (rows.stars >= 3, "middle"), (rows.stars >= 1, "bad"), else_="unknown"
    )


def _default(rows: ir.Table, shop: Shop) -> ir.BooleanValue:
    texts = shop.settings.rules.voice.default_texts
    if "text" not in rows.columns or not texts:
        return ibis.literal(False)
    return ibis.or_(*(rows.text.contains(text) for text in texts)).fill_null(False)
