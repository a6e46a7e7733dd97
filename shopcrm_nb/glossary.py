"""Glossary: what readers call grades, states and other codes, the same on every page."""

from shopcrm_nb.i18n import _


def grades() -> dict[str, str]:
    """Return the names of the grades, best first."""
    return {"P": _("Platinum"), "G": _("Gold"), "S": _("Silver"), "B": _("Bronze")}


def rule_tables() -> dict[str, str]:
    """Return the names of the tables of cut points that are compared."""
    return {
        "source": _("the source's table"),
        "in_force": _("the shop's own table"),
        "quantiles": _("classes of equal size"),
        "breaks": _("natural breaks"),
    }


def states() -> dict[str, str]:
    """Return the names of where a customer stands on a day: a grade, or none."""
    return grades() | {
        "asleep": _("asleep"),
        "none": _("not a customer yet"),
        "no_buyer": _("without a buyer's name"),
    }


def flows() -> dict[str, str]:
    """Return the words for how a customer came from the state of one day to that of another."""
    return {
        "upgrade": _("rose to a better grade"),
        "kept": _("kept the grade"),
        "downgrade": _("fell to a lower grade"),
        "new": _("new, with a grade"),
        "returned": _("came back from sleep"),
        "lapsed": _("fell asleep"),
        "asleep": _("slept on"),
        "passed": _("came and went, no grade on either day"),
        "no_buyer": _("without a buyer's name"),
    }


def actions() -> dict[str, str]:
    """Return what to do by the code of an action (S2), where a shop has no words of its own."""
    return {
        "care": _("Give them the best service: free postage, free returns, a person to turn to."),
        "call": _("Call them one by one, ask why they stay away, and keep the reasons."),
        "lift": _("Recommend items of a higher price band than the ones they bought."),
        "win_back": _("Remind them that they have been away, and recommend items like those they bought."),
        "cross_sell": _("Recommend items that go with what they have bought."),
        "remind": _("Send one reminder with a recommendation, and no further one where it is not opened."),
        "second_order": _("Recommend items for the next order, first to those who bought within 30 days."),
        "low_cost": _("Write by e-mail at most, and keep channels that cost money for the others."),
    }


def methods() -> dict[str, str]:
    """Return the names of the ways to divide or sort customers that are compared."""
    return {
        "grades": _("the grades in force"),
        "quantiles": _("the grades by classes of equal size"),
        "breaks": _("the grades by natural breaks"),
        "kmeans": _("the four k-means clusters"),
        "recency": _("recency alone"),
        "spend": _("spend alone"),
        "everyone": _("all customers"),
    }


def metrics() -> dict[str, str]:
    """Return the names of what the methods are compared by."""
    return {
        "auc": _("AUC: who buys again"),
        "repeat_share_top10": _("First 10%: share who bought again"),
        "repeat_share_top20": _("First 20%: share who bought again"),
        "net_sales_per_customer_top10": _("First 10%: net sales per customer since"),
        "net_sales_per_customer_top20": _("First 20%: net sales per customer since"),
        "sales_share_top10": _("First 10%: share of all net sales since"),
        "sales_share_top20": _("First 20%: share of all net sales since"),
    }


def marks() -> dict[str, dict[int, str]]:
    """Return measure → how far a centre lies from the mean (-2 to 2, 0 left out) → the word for it."""
    return {
        "recency_days": {-2: _("very recent"), -1: _("recent"), 1: _("away"), 2: _("long away")},
        "frequency": {-2: _("very rare"), -1: _("rare"), 1: _("frequent"), 2: _("very frequent")},
        "monetary": {
            -2: _("very low spend"),
            -1: _("low spend"),
            1: _("high spend"),
            2: _("very high spend"),
        },
    }


def measures() -> dict[str, str]:
    """Return the names of the three measures of a customer."""
    return {"R": _("Recency"), "F": _("Frequency"), "M": _("Money")}


def parts() -> dict[str, str]:
    """Return the names of the parts into which the evaluation period divides the valid orders."""
    return {
        "scored": _("in the evaluation period"),
        "before": _("before it, of the same customers"),
        "too_little": _("of customers who spent too little for a score"),
        "asleep": _("of customers who bought only before it"),
        "no_buyer": _("without a buyer's name"),
    }


def classic_groups() -> dict[str, str]:
    """Return the names of the eight classic groups; key customers are those with high money."""
    return {
        "key_value": _("Key: value"),
        "key_develop": _("Key: develop"),
        "key_keep": _("Key: keep"),
        "key_win_back": _("Key: win back"),
        "general_value": _("General: value"),
        "general_develop": _("General: develop"),
        "general_keep": _("General: keep"),
        "general_win_back": _("General: win back"),
    }


def non_ordering_types() -> dict[str, str]:
    """Return the names of the four types of people who do not order, first type first."""
    return {
        "malicious": _("Malicious"),
        "lapsed": _("Lapsed"),
        "cart_only": _("Cart only"),
        "visitor": _("Visitor"),
    }


def non_ordering_details() -> dict[str, str]:
    """Return the words for what is known of people who do not order."""
    return {
        "with_orders": _("blacklisted, with valid orders"),
        "without_orders": _("blacklisted, no valid order"),
        "several_orders": _("two orders and more, none in the evaluation period"),
        "one_order": _("one order, before the evaluation period"),
        "in_cart": _("put something in the cart, never ordered"),
        "refunded": _("paid, and nothing left after refunds"),
        "unpaid": _("ordered and never paid"),
        "favourite": _("marked a favourite, never ordered"),
        "browsed": _("came to look"),
    }


def concentrations() -> dict[str, str]:
    """Return the words for whether the claim that few customers bring most of the sales holds."""
    return {
        "holds": _("holds"),
        "less": _("less concentrated than claimed"),
        "more": _("more concentrated than claimed"),
        "cannot_tell": _("cannot tell yet"),
    }


def statuses() -> dict[str, str]:
    """Return the words for the states of an order."""
    return {
        "unpaid": _("waiting for payment"),
        "closed_unpaid": _("closed without payment"),
        "paid": _("paid"),
        "part_shipped": _("partly shipped"),
        "shipped": _("shipped"),
        "success": _("completed"),
        "refunded": _("refunded and closed"),
    }


def reasons() -> dict[str, str]:
    """Return the words for each code of the ledger's ``why``."""
    return {
        "unreadable_line": _("the line cannot be read"),
        "where": _("left out by the shop's row filter"),
        "no_key": _("no id"),
        "unreadable_value": _("an amount or a time that cannot be read"),
        "no_value": _("a needed amount or time is empty"),
        "older_copy": _("an older copy; a later export has the same row"),
        "duplicate": _("the same id again in the same file; the last one counts"),
        "further_line": _("a further line of an order that is counted already"),
        "from_items": _("orders made of their lines"),
        "after_as_of": _("after the last day counted"),
        "unpaid": _("never paid"),
        "no_net": _("nothing left after refunds, or not more than the shop's minimum"),
    }


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
