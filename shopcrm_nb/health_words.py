"""Words of the shop's health: what its page calls indicators, drivers, cures, and what it says of them."""

from shopcrm_nb.i18n import _


def diagnosis() -> dict[str, str]:
    """Return the names of the four diagnostic indicators (S2)."""
    return {
        "sales": _("Sales (销售额)"),
        "winning": _("Winning new customers (新客户获得)"),
        "keeping": _("Keeping old ones (老客户维护)"),
        "growing": _("Growing good ones (优质客户培养)"),
    }


def indicators() -> dict[str, str]:
    """Return the names of the indicators of a shop's health."""
    return {
        "net_sales": _("Net sales"),
        "orders": _("Orders"),
        "net_sales_per_buyer": _("Net sales per buyer"),
        "new_customers": _("New customers"),
        "closed_share": _("Share of the ordered amount closed without payment"),
        "returning_customers": _("Returning customers"),
        "came_back_share": _("Customers of the year before who came back"),
        "returning_sales_share": _("Returning customers' share of net sales"),
        "returning_net_sales_per_customer": _("Net sales per returning customer"),
        "visitors": _("Visitors"),
        "conversion_share": _("Visitors who buy"),
        "conversion_month": _("Visitors who buy, by month"),
        "second_order_share": _("New customers with a second order within 90 days"),
        "late_share": _("Orders that left late or not yet"),
        "pay_sign_hours": _("Hours from payment to signing"),
        "slow_place": _("Slow parcels"),
        "refund_share": _("Share of payments refunded"),
        "rating": _("Rating"),
        "complaint_share": _("Bad reviews on a topic"),
        "top_customers_share": _("Share of net sales of the very best customers"),
    }


def indicator_definitions() -> dict[str, str]:
    """Return how the indicators of the whole shop are computed."""
    return {
        "net_sales": _("Paid minus refunds known, of valid orders paid in the period."),
        "orders": _("Valid orders paid in the period."),
        "net_sales_per_buyer": _("Net sales by buyers; an order without a buyer's name counts as a buyer."),
        "new_customers": _("Buyers with an order in the period and none in the 365 days before it."),
        "closed_share": _(
            "Orders placed in the period and closed without payment, by amount, of all placed in it; the "
            "last days are left out."
        ),
        "returning_customers": _("Buyers with an order in the period and one in the 365 days before that."),
        "came_back_share": _(
            "Of the customers of the 365 days before the period, those with a valid order in it."
        ),
        "returning_sales_share": _("Net sales of returning customers, of all net sales with a buyer's name."),
        "returning_net_sales_per_customer": _("Net sales of returning customers by returning customers."),
        "visitors": _("Visitors of each day, added up."),
        "conversion_share": _("Buyers of each day by its visitors (支付转化率)."),
        "second_order_share": _(
            "Of the customers won in a period that ends 90 days earlier, those with a second order within 90 "
            "days."
        ),
        "late_share": _("Paid orders that had not left after the time that the shop allows itself."),
        "pay_sign_hours": _("Mean from payment to signing, of the parcels signed for."),
        "refund_share": _("Refunds by payments, of orders old enough for most refunds to be known."),
        "top_customers_share": _("What the very best customers bring of the net sales of the last 365 days."),
    }


def indicator_states() -> dict[str, str]:
    """Return the words for how an indicator stands beside the same period a year before."""
    return {
        "better": _("better"),
        "worse": _("worse"),
        "changed": _("changed"),
        "steady": _("no clear change"),
        "no_comparison": _("no year before"),
        "too_few": _("too few to tell"),
    }


def affected() -> tuple[str, ...]:
    """Return the indicators whose money at stake is that of what is affected, not of a gap."""
    return ("top_customers_share",)


def evidence() -> dict[str, str]:
    """Return what is said of an indicator that asks for action, by its name."""
    return {
        "net_sales": _("Net sales are {value}, {change} against {comparison} a year before."),
        "new_customers": _("{value} new customers came, {change} against {comparison} a year before."),
        "closed_share": _(
            "{value} of the ordered amount was closed without payment, a year before {comparison}."
        ),
        "returning_customers": _("{value} customers came back, {change} against {comparison} a year before."),
        "came_back_share": _(
            "{value} of the customers of the 365 days before came back in the period, a year before "
            "{comparison} did."
        ),
        "returning_sales_share": _(
            "Returning customers bring {value} of the net sales, a year before {comparison}."
        ),
        "returning_net_sales_per_customer": _(
            "A returning customer spent {value}, {change} against {comparison} a year before."
        ),
        "visitors": _("{value} visitors came, {change} against {comparison} a year before."),
        "conversion_share": _("{value} of the visitors bought, a year before {comparison}."),
        "conversion_month": _(
            "In {subject} {value} of the visitors bought, in the same month a year before {comparison}."
        ),
        "second_order_share": _(
            "{value} of the new customers ordered again within 90 days, a year before {comparison}."
        ),
        "late_share": _("{value} of the orders left late or not yet, a year before {comparison}."),
        "pay_sign_hours": _(
            "A parcel takes {value} hours from payment to signing, a year before {comparison}."
        ),
        "slow_place": _(
            "{subject}: {value} of the parcels are late, slower than 80% of all the shop's parcels; a year "
            "before {comparison} were."
        ),
        "refund_share": _("{value} of what was paid was refunded, a year before {comparison}."),
        "rating": _("{subject} is rated {value}, a year before {comparison}."),
        "complaint_share": _(
            "{value} of the reviews are bad ones about {subject}, a year before {comparison}."
        ),
        "top_customers_share": _(
            "The best {top} of the customers bring {value} of the net sales of the last 365 days: the shop "
            "hangs on a few, as wholesale does."
        ),
    }


def benchmark_finding() -> str:
    """Return what is said of an indicator that is worse than the shop's benchmark."""
    return _("{name}: {value}, clearly worse than your benchmark of {benchmark}.")


def cures() -> dict[str, str]:
    """Return what to do by the code of a cure, where a shop has no words of its own (S0 to S3)."""
    return {
        "read_drivers": _(
            "Do not act on sales alone: see below from which customers and which part of a purchase it comes."
        ),
        "remind_to_pay": _(
            "Remind by e-mail on the second day and by SMS on the third; call about large orders and note "
            "why they were not paid."
        ),
        "win_visitors": _(
            "See whether visitors or their conversion fell, and write to those who marked a favourite or "
            "left a cart."
        ),
        "win_back": _(
            "Write to customers who have been away and recommend items like those they bought; recommend the "
            "next one within 30 days of a purchase."
        ),
        "sell_up": _("Recommend items of the next price band, and items that go with what they have bought."),
        "check_sources": _("See which sources of visitors fell before paying for others."),
        "check_shop": _(
            "See what was different in that time: prices, stock, pages, service, sources of visitors."
        ),
        "follow_up": _("Follow up on each promotion: write to the customers it won while they remember."),
        "ship_in_time": _("Ship sooner, and tell those who wait when their parcel leaves."),
        "ask_carrier": _(
            "Ask the carrier what delays these parcels, try another one, and tell the customers before they "
            "ask."
        ),
        "see_what_comes_back": _(
            "See which products come back and why, and mend their descriptions and size tables first."
        ),
        "raise_ratings": _("Read the low ratings, answer them, and mend what they name most."),
        "answer_complaints": _("Answer these reviews one by one, and mend what they complain of."),
        "care_for_the_few": _(
            "Give these customers a person to turn to and watch each of them; win others, so that none "
            "of them decides the year."
        ),
    }


def drivers() -> dict[str, str]:
    """Return the names of what the net sales of a period are made of, and of steps between two totals."""
    return {
        "before": _("before"),
        "now": _("this period"),
        "new": _("new customers"),
        "returning": _("returning customers"),
        "unknown": _("unknown"),
        "no_buyer": _("without a buyer's name"),
        "buyers": _("buyers"),
        "orders_per_buyer": _("orders per buyer"),
        "items_per_order": _("items per order"),
        "net_sales_per_item": _("net sales per item"),
        "net_sales_per_order": _("net sales per order"),
        "visitors": _("visitors"),
        "conversion": _("share of visitors who buy"),
        "net_sales_per_buyer_day": _("net sales per buyer and day"),
        "rest": _("all others"),
        "net_sales": _("our net sales"),
        "refunds": _("refunds"),
        "without_net": _("orders refunded in full"),
        "paid": _("our paid"),
        "gap": _("not explained"),
        "back_end": _("the back end"),
        "closed_unpaid": _("orders closed without payment"),
        "waiting": _("orders waiting for payment, deposits of presales among them"),
        "no_net": _("orders refunded in full, left out there"),
        "eight_hours_early": _("days that begin eight hours earlier there"),
        "eight_hours_late": _("days that begin eight hours later there"),
        "dropped": _("rows that could not be used, at the mean payment"),
    }


def channels() -> dict[str, str]:
    """Return the names of the channels of which the presets of back ends tell."""
    return {"mobile": _("mobile"), "desktop": _("desktop")}


def kinds() -> dict[str, str]:
    """Return the names of the kinds of buyers."""
    return {
        "all": _("all orders"),
        "new": _("new customers"),
        "returning": _("returning customers"),
        "unknown": _("history too short to tell"),
        "no_buyer": _("without a buyer's name"),
    }
