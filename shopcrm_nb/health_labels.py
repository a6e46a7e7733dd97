"""Labels of the shop's health: what readers call the columns of its page."""

from shopcrm_nb.i18n import _


def of_columns() -> dict[str, str]:
    """Return the reader's name of each column of that page."""
    of_sales = _health_labels() | _driver_labels() | _closed_labels() | _repurchase_labels() | _spend_labels()
    return of_sales | _process_labels() | _voice_labels()


def _health_labels() -> dict[str, str]:
    return {
        "indicator_name": _("Indicator"),
        "now": _("This period"),
        "last_year": _("A year before"),
        "change": _("Change"),
        "by_chance": _("95% interval of the change"),
        "own_band": _("Own last twelve, least to most"),
        "indicator_state": _("Beside the year before"),
        "benchmark_text": _("Benchmark"),
        "kind": _("Which buyers"),
        "net_sales_per_buyer": _("Net sales per buyer"),
        "new_buyers": _("New buyers"),
        "returning_buyers": _("Returning buyers"),
        "returning_sales_share": _("Returning buyers' share of net sales"),
        "returning_net_sales_per_buyer": _("Net sales per returning buyer"),
        "promotions": _("Promotions"),
        "promotion": _("Promotion"),
        "start": _("From"),
        "end": _("To"),
        "days": _("Days"),
        "net_sales_per_day": _("Net sales a day"),
        "new_buyer_share": _("Share of new buyers"),
        "net_sales_before": _("The same a year before"),
        "change_share": _("Change"),
        "visitors": _("Visitors"),
        "conversion_share": _("Visitors who buy"),
        "conversion_share_before": _("The same month a year before"),
        "rank": _("Rank"),
        "net_sales_at_stake": _("Net sales at stake"),
        "at_stake": _("What that is"),
    }


def _driver_labels() -> dict[str, str]:
    return {
        "driver": _("Part"),
        "value_before": _("Before"),
        "value_now": _("This period"),
        "contribution": _("What it did to net sales"),
        "share_of_change": _("Share of the change"),
        "value": _("Amount"),
        "back_end_paid": _("Back end: paid"),
        "back_end_orders": _("Back end: orders"),
        "gap": _("Back end minus ours"),
        "gap_share": _("Share of the back end's"),
        "suspect": _("What could explain it"),
        "gap_left": _("Gap left if it is"),
        "told_by": _("Where it is from"),
    }


def _process_labels() -> dict[str, str]:
    return {
        "dimension": _("By"),
        "level": _("Which"),
        "n": _("Number (n)"),
        "open": _("Not there yet"),
        "untimed": _("Time not known"),
        "impossible": _("Ends before it begins"),
        "open_share": _("Share not there yet"),
        "median_hours": _("Half within, hours"),
        "p80_hours": _("80% within, hours"),
        "p95_hours": _("95% within, hours"),
        "judged": _("Orders that can be judged"),
        "late": _("Late"),
        "late_share": _("Share late"),
        "limit_hours": _("Limit, hours"),
        "slow": _("Over the limit"),
        "slow_share": _("Share over the limit"),
        "rest_share": _("Share elsewhere"),
        "excess_share": _("More than elsewhere"),
        "p_value": _("p value"),
        "p_adjusted": _("p value, for all tested"),
        "excess_orders": _("Orders too many over the limit"),
        "speed": _("Beside the rest"),
        "confirmation": _("Confirmed"),
        "order_share": _("Share of orders"),
        "from_step": _("Days counted from"),
        "median_days": _("Half within, days"),
        "p80_days": _("80% within, days"),
        "extent": _("Refunded"),
        "sent": _("The order"),
        "refunded_orders": _("Orders with a refund"),
        "full_orders": _("Orders refunded in full"),
        "refunded_order_share": _("Share of orders with a refund"),
        "refund": _("Refunds"),
        "refund_share": _("Share refunded"),
        "refunds_share": _("Share of all refunds"),
        "immature": _("Refunds still to come"),
        "goods": _("Goods by"),
        "item": _("Item"),
        "title": _("Title"),
        "amount": _("Sold"),
    }


def _voice_labels() -> dict[str, str]:
    return {
        "figure": _("What"),
        "base": _("Of"),
        "topic": _("Topic"),
        "texts": _("Texts"),
        "text_share": _("Share of texts"),
        "good_texts": _("Good (4 or 5 stars)"),
        "middle_texts": _("Middle (3)"),
        "bad_texts": _("Bad (1 or 2)"),
        "unknown_texts": _("Without stars"),
        "mean_stars": _("Stars, mean"),
        "bad_share": _("Bad texts on it, of all"),
        "bad_share_then": _("A year before"),
        "complaints": _("Complaints"),
        "rating_source": _("Taken from"),
        "dsr": _("Score"),
        "ratings": _("Ratings"),
        "dsr_half_year_ago": _("Half a year ago"),
        "dsr_year_ago": _("A year ago"),
        "dsr_change": _("Change in a year"),
        "change_low": _("Interval from"),
        "change_high": _("Interval to"),
        "five_stars_needed": _("Ratings of 5 to reach the target"),
        "five_stars_per_100": _("… for each hundred ratings"),
        "month_end": _("At the end of"),
        "full": _("Whole window"),
        "factor": _("Factor"),
        "proxy": _("Measured by"),
        "lag_months": _("Months before the ratings"),
        "months": _("Months"),
        "correlation": _("Rank correlation"),
        "movement": _("From month to month"),
        "reach": _("Reached by"),
        "with_address": _("Address known"),
        "with_consent": _("Agreed"),
        "reachable": _("Can be reached"),
        "unreachable": _("Cannot"),
        "untold": _("Not known"),
        "address_share": _("Share with an address"),
        "claimed_address_share": _("What the source claims"),
        "reachable_share": _("Share who can be reached"),
        "net_sales_reachable": _("Net sales of who can be reached"),
        "net_sales_unreachable": _("Net sales of who cannot"),
        "net_sales_untold": _("Net sales of the others"),
    }


def _closed_labels() -> dict[str, str]:
    return {
        "day": _("Day placed"),
        "placed_orders": _("Orders placed"),
        "closed_orders": _("Closed without payment"),
        "waiting_orders": _("Waiting for payment"),
        "placed_amount": _("Amount placed"),
        "closed_amount": _("Amount closed without payment"),
        "closed_share": _("Closed, by amount"),
        "closed_orders_share": _("Closed, by orders"),
        "closed_share_7_days": _("Closed, by amount, seven days"),
        "immature": _("Still open"),
        "recovered_orders": _("Bought after all: orders"),
        "recovered_amount": _("Bought after all: amount"),
        "lost_amount": _("Lost amount"),
        "won_back_share": _("If of the lost amount so much were won back"),
        "won_back_amount": _("It would bring"),
        "order_id": _("Order"),
        "created_at": _("Placed"),
        "order_total": _("Order amount"),
        "order_amount": _("Amount of the orders"),
        "close_reason": _("Why it was closed"),
        "days_since": _("Days since"),
        "next_step": _("Next step"),
    }


def _repurchase_labels() -> dict[str, str]:
    return {
        "times_bought": _("Times bought in 365 days"),
        "at_least": _("So often or more"),
        "next_share": _("Of these bought once more"),
        "when": _("Period"),
        "window_from": _("From"),
        "window_to": _("to"),
        "basis": _("Counted by"),
        "numerator": _("Of them"),
        "ci_low": _("Interval from"),
        "ci_high": _("Interval to"),
        "cohort": _("Month of the first order"),
        "month_number": _("Months after"),
        "active": _("Bought in the month"),
        "active_share": _("Share who bought in the month"),
        "cumulative_net_sales_per_customer": _("Net sales per customer up to then"),
        "partial": _("Complete"),
        "new_customers": _("New customers"),
        "unknown_customers": _("Customers of whom one cannot tell"),
        "told_from": _("New customers known from"),
    }


def _spend_labels() -> dict[str, str]:
    return {
        "net_sales_per_order": _("Net sales per order"),
        "net_sales_per_item": _("Net sales per item"),
        "items_per_order": _("Items per order"),
        "items_per_buyer": _("Items per buyer"),
        "orders_per_buyer": _("Orders per buyer"),
        "orders_without_items": _("Orders without a number of items"),
        "spend_factor": _("Part"),
        "factor_before": _("Before"),
        "factor_now": _("This period"),
        "per_buyer_contribution": _("What it did to net sales per buyer"),
    }
