"""Definitions of further tables of the page of the customers: relationship, service, first orders, value."""

from shopcrm_nb.i18n import _


def every() -> dict[str, str]:
    """Return what each table and column is, by table and by table.column."""
    return _of_relationships() | _of_service() | _of_first_orders() | _of_channels()


def _of_relationships() -> dict[str, str]:
    low, high = _("the lower end of its interval (Wilson)"), _("the upper end of its interval (Wilson)")
    return {
        "relationship": _("how people stood to the shop at the start and at the end of each month"),
        "relationship.month": _("the first day of the month"),
        "relationship.partial": _("whether this is the running month, counted up to the last day"),
        "relationship.class_then": _(
            "at its start: prospect, target, first_time, repeat, loyal, lost, non_customer; none: not met yet"
        ),
        "relationship.class_now": _("at its end"),
        "relationship.customers": _("people who went from the one to the other"),
        "relationship.net_sales": _("net sales of these people in the month"),
        "roster.relationship": _("how the person stands to the shop on the last day counted"),
        "visitor_steps": _("how far the people of each group came who were seen in the last 30 days"),
        "visitor_steps.group": _("the name of the group"),
        "visitor_steps.step": _("seen; marked: a favourite or a cart; ordered: after that; paid: for that"),
        "visitor_steps.customers": _("people of the group who came as far as that"),
        "visitor_steps.share_of_before": _("of those of the step before, 0 to 1"),
        "visitor_steps.ci_low": low,
        "visitor_steps.ci_high": high,
        "visitor_steps.share_of_first": _("of those seen, 0 to 1"),
        "visitor_steps.first_ci_low": low,
        "visitor_steps.first_ci_high": high,
    }


def _of_service() -> dict[str, str]:
    return {
        "service_scenes": _(
            "who waits for which service at the end of the last day; a row an order or person"
        ),
        "service_scenes.scene": _(
            "inquiry, payment, shipping, tracking, signing, confirm, review, refunds, upgrade or gift"
        ),
        "service_scenes.customer_id": _("the person's key; empty where it is not known"),
        "service_scenes.order_id": _("the order; empty for what is about a person"),
        "service_scenes.since": _("the day since when"),
        "service_scenes.days": _("days since then"),
        "service_scenes.amount": _(
            "of the order, less refunds; refunds: refunded in the year; upgrade: missing to the next tier; a "
            "birthday: net sales so far"
        ),
        "service_scenes.reason": _("the code of the reason"),
        "service_scenes.action": _("the code of the suggested action"),
        "service_scenes.urgency": _("1 today, 2 this week, 3 when there is time"),
        "service_scenes.contact": _("yes: no consent is needed, or one is there; no: refused; unknown"),
        "service_scenes.consent": _("both, sms, email, none or unknown"),
        "service_groups": _("how each group is served, beside all customers, one row a group and measure"),
        "service_groups.group": _("the name of the group"),
        "service_groups.service_measure": _(
            "refunded_customers, refund_money, unpaid_orders, late_orders, slow_orders, near_upgrade or "
            "gift_due"
        ),
        "service_groups.customers": _("people of the group who count in the measure"),
        "service_groups.n": _("of how many orders or people it is a share; of money: people"),
        "service_groups.share": _("its value, 0 to 1"),
        "service_groups.ci_low": _("the lower end of its interval"),
        "service_groups.ci_high": _("the upper end of its interval"),
        "service_groups.base_share": _("the same of all customers, the group included"),
        "service_groups.p_value": _("that chance alone makes the group and all others differ so much"),
        "service_groups.p_adjusted": _("the same for all that is tested (Holm)"),
        "service_groups.beside_all": _("more, less, not_clear, few (too few people) or untold"),
        "service_groups.state": _("what is missing where it could not be computed; else empty"),
    }


def _of_first_orders() -> dict[str, str]:
    name = "first_order_drivers"
    return {
        name: _("what first orders were like, and how many good customers came of them, one row a level"),
        f"{name}.dimension": _("what the first order is described by"),
        f"{name}.level": _("unknown: not known; other: the levels beyond the largest"),
        f"{name}.title": _("of a product; empty elsewhere"),
        f"{name}.customers": _("customers of the earlier half whose first order was so"),
        f"{name}.good_customers": _("of them, those among the best tenth of the year after it"),
        f"{name}.good_share": _("good_customers divided by customers, 0 to 1"),
        f"{name}.lift": _("good_share divided by that of all; 1 is no difference"),
        f"{name}.lift_low": _("the lower end of its interval"),
        f"{name}.lift_high": _("the upper end of its interval"),
        f"{name}.p_value": _("that chance alone makes the difference; empty: not judged"),
        f"{name}.p_adjusted": _("the same for all levels judged (Holm)"),
        f"{name}.later_customers": _("customers of the later half whose first order was so"),
        f"{name}.later_good_customers": _("of them, those among the best tenth of the year after it"),
        f"{name}.later_good_share": _("later_good_customers divided by later_customers, 0 to 1"),
        f"{name}.later_lift": _("later_good_share divided by that of all; 1 is no difference"),
        f"{name}.later_lift_low": _("the lower end of its interval"),
        f"{name}.later_lift_high": _("the upper end of its interval"),
        f"{name}.later_p_value": _("that there is no difference in the same direction; of those found only"),
        f"{name}.later_p_adjusted": _("the same for all that were checked (Holm)"),
        f"{name}.driver_state": _(
            "holds, not_confirmed, too_few (found, but too few later ones); not_found; few, other, unknown: "
            "not judged"
        ),
    }


def _of_channels() -> dict[str, str]:
    return {
        "channels": _("the valid orders of the last 365 days by channel, one row each"),
        "channels.level": _("the channel; unknown where an order has none"),
        "channels.orders": _("valid orders"),
        "channels.order_share": _("of all of them, 0 to 1"),
        "channels.customers": _("different buyers"),
        "channels.customer_share": _("of all different buyers; who buys at two counts at both"),
        "channels.net_sales": _("paid minus refunds known"),
        "channels.sales_share": _("of all net sales, 0 to 1"),
        "channels.net_sales_per_order": _("net sales divided by orders"),
        "channels.returning_share": _("orders of returning customers, of the told ones"),
        "channels.told_orders": _("orders of which it is known whether the customer is new or returning"),
        "channels.repurchase_share": _("of the customers, those with more than one order then, wherever"),
        "customer_value": _(
            "what the customers of each grade leave, in the evaluation period, one row a grade"
        ),
        "customer_value.grade": _("P, G, S, B; none: without a grade; all"),
        "customer_value.customers": _("people with an order, a used coupon or a message"),
        "customer_value.net_sales": _("paid minus refunds known"),
        "customer_value.gross_profit": _("net sales times the margin, or less the cost of the lines"),
        "customer_value.coupons": _("face value of the coupons used; empty without such a table"),
        "customer_value.messages": _("cost of the messages sent; empty without such a table"),
        "customer_value.profit_contribution": _("gross profit less coupons and messages"),
        "customer_value.profit_contribution_share": _("of all, 0 to 1"),
        "customer_value.profit_contribution_per_customer": _("divided by the customers"),
    }
