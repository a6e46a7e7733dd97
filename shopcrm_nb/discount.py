"""Discount: what an offer gives away, and how much more it must sell to earn as much (CP-10)."""

from shopcrm_nb import typed
from shopcrm_nb.errors import ShopcrmError


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
    times = int(order_amount // threshold)
    return off * (times if repeated else min(times, 1)) / order_amount


def of_free_pieces(buy: int, free: int) -> float:
    """Return the discount of 「買××送××」, of equal pieces: buy 2, get 1 free is a third."""
    return typed.whole("free", free) / (typed.whole("buy", buy) + free)


def of_price(was: float, now: float) -> float:
    """Return the discount of 「原價××,現價××」."""
    if not 0 < now <= typed.positive("was", was):
        raise ShopcrmError(f"now: {now} is not a price up to {was}, the price before")
    return 1 - now / was


def break_even_volume(discount: float, margin: float) -> float:
    """Return how much more must be sold to earn as much gross profit as without the discount (CP-10).

    margin / (margin - discount) - 1, both shares of the full price, of pieces handed out: at a margin of 0.4
    a discount of 0.2 needs 1.0, twice as much in all. Nan where each piece loses: no volume pays.
    """
    if not 0 <= discount < 1:
        raise ShopcrmError(f"discount: {discount} is not a share of the price; write 0.2 for 20 % off")
    left = round(typed.margin(margin) - discount, 12)
    return margin / left - 1 if left > 0 else float("nan")
