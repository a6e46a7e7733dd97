"""Discount: what an offer gives away, and how much more it must sell to earn as much (CP-10)."""

import pandas as pd

from shopcrm_nb import i18n, typed
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.i18n import _

SHOWN = (0.05, 0.1, 0.2, 0.3, 0.5)  # discounts of the table
EXACT = 12  # decimals of a share, below which lies the dust of a difference


def of_rate(tenths: float) -> float:
    """Return the discount, 0 to 1, of 「全場××折」: of 8 tenths (8折) of the price 0.2 is given away."""
    if not 0 < tenths <= 10:
        raise ShopcrmError(f"tenths: {tenths} is not a rate; write 8.5 for 85 % of the price (8.5折)")
    return 1 - tenths / 10


def of_amount_off(threshold: float, off: float, order_amount: float, repeated: bool = False) -> float:
    """Return the discount of 「滿××減××」 on an order; ``repeated``: each time the threshold is reached."""
    typed.positive("threshold", threshold)
    typed.positive("order_amount", order_amount)
    if not 0 <= off < threshold:
        raise ShopcrmError(
            f"off: {off} off from {threshold} is not a discount; it must be below the threshold"
        )
    times = int(round(order_amount / threshold, EXACT))
    return off * (times if repeated else min(times, 1)) / order_amount


def of_free_pieces(buy: int, free: int) -> float:
    """Return the discount of 「買××送××」, of equal pieces: buy 2, get 1 free is a third."""
    return typed.whole("free", free) / (typed.whole("buy", buy) + free)


def of_price(was: float, now: float) -> float:
    """Return the discount of 「原價××,現價××」."""
    typed.positive("was", was)
    if not 0 < now <= was:
        raise ShopcrmError(f"now: {now} is not a price up to {was}, the price before")
    return 1 - now / was


def break_even_volume(discount: float, margin: float) -> float:
    """Return how much more must be sold to earn as much gross profit as without the discount (CP-10).

    margin / (margin - discount) - 1, both shares of the full price, of pieces handed out: at a margin of 0.4
    a discount of 0.2 needs 1.0, twice as much in all. Nan where each piece loses: no volume pays.
    """
    if not 0 <= discount < 1:
        raise ShopcrmError(f"discount: {discount} is not a share of the price; write 0.2 for 20 % off")
    left = round(typed.margin(margin) - discount, EXACT)
    return margin / left - 1 if left > 0 else float("nan")


# --- to read ------------------------------------------------------------------------------------------------


def table(margin: float | None) -> pd.DataFrame | NotComputed:
    """Return what discounts must sell at a margin, a row each of SHOWN; NotComputed without a margin.

    Columns offer_share (given away of the full price), margin_left_share (margin less that, below 0 where
    each piece loses), extra_volume_share (``break_even_volume``, null where no volume pays), shares of 1;
    state: that no volume pays, else empty.
    """
    if pd.isna(margin):
        return NotComputed(
            "rules.value.margin", _("the share of net sales that is gross profit; set it in shop.toml")
        )
    frame = pd.DataFrame({"offer_share": SHOWN})
    frame["margin_left_share"] = (margin - frame.offer_share).round(EXACT)
    frame["extra_volume_share"] = [break_even_volume(off, margin) for off in SHOWN]
    frame["state"] = frame.extra_volume_share.isna().map({True: _("no volume pays"), False: ""})
    return frame


def sentence(discount: float, margin: float | None) -> str:
    """Say what an offer gives away, and how much more must go out to earn as much; margin None: not told."""
    given = _("The offer gives away {share} of the full price.").format(share=i18n.percent(discount))
    return i18n.sentences([given, _wanted(discount, margin)])


def _wanted(discount: float, margin: float | None) -> str:
    if pd.isna(margin):
        return _("How much more it must sell is not told without the margin.")
    more = break_even_volume(discount, margin)
    if pd.isna(more):
        said = _("At a margin of {margin} nothing is left of a piece: no volume pays.")
    elif not discount:
        said = ""
    else:
        said = _(
            "To earn as much as without it at a margin of {margin}, {more} more pieces must go out, those "
            "given away among them."
        )
    return said.format(margin=i18n.percent(margin), more=i18n.percent(more))
