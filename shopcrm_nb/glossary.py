"""Glossary: what readers call grades, states and other codes, the same on every page."""

from shopcrm_nb.i18n import _


def severities() -> dict[str, str]:
    """Return the words for how grave a finding is, the gravest first."""
    return {"error": _("error"), "warning": _("warning"), "note": _("note")}


def grades() -> dict[str, str]:
    """Return the names of the grades, best first."""
    return {"P": _("Platinum"), "G": _("Gold"), "S": _("Silver"), "B": _("Bronze")}


def rule_tables() -> dict[str, str]:
    """Return the names of the tables of cut points that are compared."""
    return {
        "source": _("the standard table"),
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


def tables() -> dict[str, str]:
    """Return the words for the tables that a shop's exports are read into."""
    return {
        "orders": _("Order list"),
        "order_items": _("Lines of orders"),
        "shipments": _("Parcels"),
        "customers": _("Customer file"),
        "members": _("Members"),
        "events": _("Visits, baskets and favourites"),
        "traffic": _("Traffic"),
        "ratings": _("Shop ratings (DSR)"),
        "reviews": _("Reviews"),
        "campaigns": _("Campaigns"),
        "sends": _("Messages sent"),
        "coupons": _("Coupons"),
        "points": _("Points"),
        "calls": _("Calls"),
        "survey": _("Survey answers"),
    }


def reasons() -> dict[str, str]:
    """Return the words for each code of the ledger's ``why``."""
    return {
        "unreadable_line": _("the line cannot be read"),
        "where": _("left out by the shop's row filter"),
        "blank_row": _("the row is blank"),
        "masked_key": _("the name is masked"),
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
