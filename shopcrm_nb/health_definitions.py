"""Definitions of the tables of the shop's health: what each of them and of their columns is."""

from shopcrm_nb.i18n import _


def every() -> dict[str, str]:
    """Return table, or table.column, → its definition in the language in use."""
    return _of_the_diagnosis() | _of_sales() | _of_customers() | _of_service()


def _of_the_diagnosis() -> dict[str, str]:
    return {
        "advice": _("what asks for action, by the net sales at stake, at most advice.most rows"),
        "advice.rank": _("1 is first"),
        "advice.indicator": _("the code of the indicator, as in health_indicators"),
        "advice.subject": _("the month, place, score or topic that it is about; empty for the whole shop"),
        "advice.finding": _("what was found, in the language of the run"),
        "advice.cure": _("what to do, from the sources or the shop's own rules"),
        "advice.net_sales_at_stake": _(
            "net sales that the gap to the comparison comes to, all else as it is; empty where that cannot "
            "be told"
        ),
        "advice.at_stake": _(
            "gap: to what the indicator is compared with; affected: net sales of those concerned"
        ),
        "advice.n": _("what the figure rests on"),
        "advice.p_adjusted": _("as in health_indicators"),
        "advice.file": _("the table to act on"),
        "health_indicators": _("every indicator that could be computed, one row each"),
        "health_indicators.indicator": _("the code of the indicator, the same in every language"),
        "health_indicators.subject": _(
            "the month, place, score or topic that it is about; empty for the whole shop"
        ),
        "health_indicators.period_start": _("first day of the period"),
        "health_indicators.period_end": _("last day of the period"),
        "health_indicators.value": _(
            "its value in the period; shares 0 to 1, amounts in the shop's currency"
        ),
        "health_indicators.value_low": _("lower end of its interval by chance alone (bootstrap)"),
        "health_indicators.value_high": _("upper end of that interval"),
        "health_indicators.comparison": _(
            "its value in the same period a year before; empty where the data do not reach back"
        ),
        "health_indicators.change_share": _("value divided by comparison, minus 1"),
        "health_indicators.low_share": _("lower end of the interval of that change"),
        "health_indicators.high_share": _("upper end of that interval"),
        "health_indicators.p_value": _("how likely chance alone makes such a difference"),
        "health_indicators.band_low": _("its least value in the twelve periods before, from six of them on"),
        "health_indicators.band_high": _("its greatest value in them"),
        "health_indicators.n": _("what it rests on: orders, buyers, reviews …"),
        "health_indicators.n_comparison": _("the same of the comparison"),
        "health_indicators.net_sales_at_stake": _(
            "net sales that the gap to the comparison comes to, all else as it is; negative where it is a "
            "gain"
        ),
        "health_indicators.benchmark": _("the shop's own benchmark from benchmarks.csv, if any"),
        "health_indicators.p_adjusted": _("p_value adjusted for how many comparisons are made (Holm)"),
        "health_indicators.state": _(
            "better, worse, changed (neither is better), steady, no_comparison or too_few"
        ),
        "health_indicators.benchmark_state": _("better, worse or near the benchmark; empty without one"),
        "drivers": _(
            "the change of net sales split in several ways; the contributions of each tree add up to it"
        ),
        "drivers.tree": _("customers, orders, traffic, category, province or channel"),
        "drivers.driver": _("the part: a factor, or who or what the net sales are of; rest: all others"),
        "drivers.value_before": _("its value in the period compared with: net sales, or the factor"),
        "drivers.value_now": _("its value in the period"),
        "drivers.contribution": _("what it did to the net sales, in the shop's currency, to the cent"),
        "drivers.share_of_change": _("contribution divided by the whole change; empty where nothing changed"),
        "back_end": _("our totals beside those of the shop's back end, the latest span first"),
        "back_end.start": _("first day"),
        "back_end.end": _("last day"),
        "back_end.told_by": _("settings: typed into shop.toml; traffic: from the day export"),
        "back_end.back_end_paid": _("what the back end shows as paid"),
        "back_end.paid": _("what we count as paid: at payment, refunds not taken off"),
        "back_end.gap": _("back end minus ours"),
        "back_end.gap_share": _("gap divided by the back end's"),
        "back_end.back_end_orders": _("orders that the back end shows; empty where not told"),
        "back_end.orders": _("paid orders that we count"),
    }


def _of_sales() -> dict[str, str]:
    return {
        "sales_monthly": _(
            "valid orders by calendar month of payment, one row for all and one for each kind of buyer"
        ),
        "sales_monthly.month": _("its first day"),
        "sales_monthly.whole": _("whether all its days are in the data"),
        "sales_monthly.kind": _(
            "all, new, returning, unknown (the history is too short to tell) or no_buyer"
        ),
        "sales_monthly.orders": _("valid orders"),
        "sales_monthly.buyers": _("distinct buyers; an order without a name is one"),
        "sales_monthly.net_sales": _("paid minus refunds known"),
        "sales_monthly.sales_share": _("of all net sales of the month, 0 to 1"),
        "sales_monthly.net_sales_per_buyer": _("net sales divided by buyers"),
        "promotions": _("the platform's sales and the shop's own that the data cover, the latest first"),
        "promotions.promotion": _("its name"),
        "promotions.start": _("first day"),
        "promotions.end": _("last day, or the last day counted while it runs"),
        "promotions.days": _("how many days"),
        "promotions.orders": _("valid orders paid on its days"),
        "promotions.buyers": _("distinct buyers of them"),
        "promotions.net_sales": _("net sales of them"),
        "promotions.net_sales_per_day": _("net sales divided by days"),
        "promotions.new_buyer_share": _(
            "new buyers of all named ones, 0 to 1; empty where the history is too short"
        ),
        "promotions.net_sales_before": _("net sales of the same promotion a year before; empty without one"),
        "promotions.change_share": _("net sales divided by those, minus 1"),
        "traffic_monthly": _("visitors and buyers of each whole calendar month"),
        "traffic_monthly.month": _("its first day"),
        "traffic_monthly.visitors": _("visitors by day, added up"),
        "traffic_monthly.buyers": _("buyers by day, added up"),
        "traffic_monthly.net_sales": _("net sales of the valid orders paid in it"),
        "traffic_monthly.conversion_share": _("buyers divided by visitors"),
        "traffic_monthly.conversion_share_before": _(
            "the same of the month a year before; empty without one"
        ),
        "traffic_monthly.buyers_before": _("buyers of that month"),
        "traffic_monthly.z": _("the difference of both, in standard errors of the days' noise"),
    }


def _of_customers() -> dict[str, str]:
    return {
        "closed_orders_daily": _(
            "orders by the day on which they were placed, and what was closed without payment"
        ),
        "closed_orders_daily.day": _("the day of the order"),
        "closed_orders_daily.placed_orders": _("orders placed"),
        "closed_orders_daily.closed_orders": _("of them closed without payment"),
        "closed_orders_daily.waiting_orders": _("of them still waiting for payment"),
        "closed_orders_daily.placed_amount": _("what the placed orders ask for, postage included"),
        "closed_orders_daily.closed_amount": _("what the closed ones asked for"),
        "closed_orders_daily.closed_share": _(
            "closed_amount divided by placed_amount; empty on a day without orders"
        ),
        "closed_orders_daily.closed_orders_share": _("closed_orders divided by placed_orders"),
        "closed_orders_daily.closed_share_7_days": _(
            "the share by amount of the seven days that end on the day"
        ),
        "closed_orders_daily.immature": _("whether its orders may still be paid or closed"),
        "recoverable_orders": _("orders never paid that can still be won, the highest amount first"),
        "recoverable_orders.order_id": _("the order"),
        "recoverable_orders.customer_id": _(
            "the buyer's key; a hash where it was an e-mail or a mobile number"
        ),
        "recoverable_orders.created_at": _("when it was placed"),
        "recoverable_orders.order_total": _("what it asks for, postage included"),
        "recoverable_orders.status": _("unpaid or closed_unpaid"),
        "recoverable_orders.close_reason": _("as exported"),
        "recoverable_orders.days_since": _("days from then to the last day counted"),
        "recoverable_orders.next_step": _("wait, email, sms, call or re_invite"),
        "repurchase": _("how many customers buy again, each figure with its window, basis and n"),
        "repurchase.measure": _(
            "repeat_customers and repeat_orders (复购率), next_month and next_quarter (回购率), "
            "second_order, median_days, no_second_order"
        ),
        "repurchase.window_from": _("first day of the window"),
        "repurchase.window_to": _("last day of the window"),
        "repurchase.basis": _("orders, or days: several orders of a day count once"),
        "repurchase.days": _("within how many days; empty where that does not apply"),
        "repurchase.value": _("the share, 0 to 1; days for median_days"),
        "repurchase.numerator": _("how many bought again"),
        "repurchase.n": _("of how many"),
        "repurchase.ci_low": _("lower end of the interval (Wilson); empty where there is none"),
        "repurchase.ci_high": _("upper end of the interval"),
        "cohorts": _(
            "new customers by the month of their first order, and what they did in each month after"
        ),
        "cohorts.cohort": _("month of the first order"),
        "cohorts.month_number": _("calendar months since; 0 is the month itself"),
        "cohorts.customers": _("customers of the cohort"),
        "cohorts.active": _(
            "of them, with a valid order in the month; empty where nobody has lived through it yet"
        ),
        "cohorts.active_share": _("active divided by customers"),
        "cohorts.net_sales": _("their net sales in the month"),
        "cohorts.cumulative_net_sales_per_customer": _("net sales from the first month on, by customer"),
        "cohorts.partial": _("whether the month is not over, or the cohort not whole"),
    }


def _of_service() -> dict[str, str]:
    return {
        "process_times": _(
            "how long the steps of an order take, for all orders, each province and each carrier"
        ),
        "process_times.dimension": _("all, province or carrier"),
        "process_times.level": _("which one; unknown is one too"),
        "process_times.step": _(
            "pay_ship, ship_sign, pay_sign, sign_confirm, ship_confirm or confirm_review"
        ),
        "process_times.orders": _("orders paid in the period that the step is for"),
        "process_times.n": _("of them through it, with both times known"),
        "process_times.open": _("not through it by the last day counted"),
        "process_times.untimed": _("through it or refunded, without both times"),
        "process_times.impossible": _("with an end before the beginning"),
        "process_times.open_share": _("open divided by n and open"),
        "process_times.median_hours": _("half of the n took no longer"),
        "process_times.p80_hours": _("80% took no longer"),
        "process_times.p95_hours": _("95% took no longer"),
        "review_topics": _("what customers' own texts of the period are about"),
        "review_topics.topic": _("the code of the topic; none: without any"),
        "review_topics.texts": _("texts about it; a text may have several topics"),
        "review_topics.text_share": _("of all texts, 0 to 1"),
        "review_topics.good_texts": _("with 4 or 5 stars"),
        "review_topics.middle_texts": _("with 3 stars"),
        "review_topics.bad_texts": _("with 1 or 2 stars"),
        "review_topics.unknown_texts": _("without stars"),
        "review_topics.mean_stars": _("mean of those with stars"),
        "review_topics.bad_share": _("bad texts about it, of all texts with stars"),
        "review_topics.bad_share_then": _("the same a year before; empty without one"),
        "review_topics.p_value": _("how likely chance alone makes the rise"),
        "review_topics.p_adjusted": _("p_value adjusted for how many topics there are (Holm)"),
        "review_topics.complaints": _("more, not_more, too_few or no_comparison"),
        "review_topics.example": _("a text, shortened; it is what a customer wrote"),
    }
