"""Words of what happens around an order: topics, scores, steps, confirmations, reminders, measures."""

from shopcrm_nb.i18n import _


def voice_topics() -> dict[str, str]:
    """Return the names of what customers write about; a shop's own topic is called by its code."""
    return {
        "logistics": _("delivery"),
        "size": _("size and fit"),
        "quality": _("quality"),
        "colour": _("colour"),
        "service": _("service"),
        "packaging": _("packaging"),
        "price": _("price"),
        "none": _("none of these"),
    }


def rating_dimensions() -> dict[str, str]:
    """Return the names of the three scores (DSR)."""
    return {
        "description": _("Item as described"),
        "service": _("Service"),
        "logistics": _("Delivery service"),
    }


def rating_factors() -> dict[str, str]:
    """Return the names of the factors that are said to move the scores (S1)."""
    return {
        "conversion": _("Conversion"),
        "service": _("Customer service"),
        "decoration": _("Look of the shop"),
        "traffic_quality": _("Quality of the traffic"),
    }


def rating_proxies() -> dict[str, str]:
    """Return the names of the figures that stand for those factors."""
    return {
        "pay_conversion": _("the share of visitors who pay"),
        "refund_share": _("the share of sales refunded"),
        "bounce_rate": _("the bounce rate"),
        "pages_per_visitor": _("pages a visitor"),
        "new_visitor_share": _("the share of new visitors"),
    }


def process_steps() -> dict[str, str]:
    """Return the names of the steps of an order."""
    return {
        "pay_ship": _("payment to shipping"),
        "ship_sign": _("shipping to signing"),
        "pay_sign": _("payment to signing"),
        "sign_confirm": _("signing to confirmation"),
        "ship_confirm": _("shipping to confirmation"),
        "confirm_review": _("confirmation to review"),
    }


def process_codes() -> dict[str, dict[str, str]]:
    """Return column → code → word of the tables on parcels, receipts, refunds, ratings and reach."""
    return {
        "dimension": {
            "all": _("all orders"),
            "province": _("province"),
            "carrier": _("carrier"),
            **rating_dimensions(),
        },
        "level": {"all": _("all"), "unknown": _("unknown")},
        "speed": {
            "slow": _("clearly slower"),
            "unclear": _("perhaps slower"),
            "usual": _("as usual"),
            "too_few": _("too few orders"),
            "unknown": _("not told apart"),
        },
        "confirmation": confirmations(),
        "from_step": {"signed_at": _("signing"), "shipped_at": _("shipping")},
        "figure": {
            "reviewed": _("completed orders reviewed so far"),
            "default": _("reviews that are the platform's default text"),
            "good": _("customers' reviews with 4 or 5 stars"),
            "middle": _("… with 3 stars"),
            "bad": _("… with 1 or 2 stars"),
            "unknown": _("… without stars"),
        },
        "topic": voice_topics(),
        "complaints": {
            "more": _("clearly more"),
            "not_more": _("not clearly more"),
            "too_few": _("too few texts"),
            "no_comparison": _("nothing to compare with"),
        },
        "rating_source": {"reviews": _("the reviews"), "back_end": _("the platform's own score")},
        "factor": rating_factors(),
        "proxy": rating_proxies(),
        "movement": {
            "together": _("up and down together"),
            "opposite": _("one up, the other down"),
            "nothing": _("does not stand out"),
        },
        "extent": {"all": _("all refunds"), "full": _("in full"), "part": _("in part")},
        "sent": {"all": "–", "no": _("never left"), "yes": _("left"), "unknown": _("not known")},
        "goods": {"category": _("category"), "product": _("product")},
        "item": {"unknown": _("unknown")},
        "reach": {
            "known": _("in the table of customers"),
            "email": _("e-mail"),
            "sms": _("text message"),
            "member": _("member"),
        },
    }


def confirmations() -> dict[str, str]:
    """Return the words for who confirmed an order."""
    return {
        "active": _("by the customer, before the limit"),
        "automatic": _("at the platform's limit"),
        "later": _("after it"),
    }


def payment_steps() -> dict[str, str]:
    """Return what to do about an order that was not paid (S2)."""
    return {
        "wait": _("nothing yet: placed that day"),
        "email": _("remind to pay by e-mail"),
        "sms": _("remind to pay by text message"),
        "re_invite": _("invite to order again: it is closed"),
        "call": _("call and ask why it was not paid"),
    }


def repurchase_measures() -> dict[str, str]:
    """Return the names of the measures of who buys again."""
    return {
        "repeat_customers": _("Customers who bought more than once"),
        "repeat_orders": _("Orders that are not their customer's first"),
        "next_month": _("Buyers of a month who bought in the next"),
        "next_quarter": _("Buyers of a quarter who bought in the next"),
        "second_order": _("New customers with a second order"),
        "median_days": _("Days after which half have a second order"),
        "no_second_order": _("New customers without a second order yet"),
    }


def spend_factors() -> dict[str, str]:
    """Return the names of what the net sales per buyer are made of."""
    return {
        "orders_per_buyer": _("Orders per buyer"),
        "items_per_order": _("Items per order"),
        "net_sales_per_item": _("Net sales per item"),
        "net_sales_per_order": _("Net sales per order"),
        "net_sales_per_buyer": _("Net sales per buyer"),
    }
