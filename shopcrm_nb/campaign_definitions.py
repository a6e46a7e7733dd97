"""Definitions of the tables that the page of campaigns saves."""

from shopcrm_nb.i18n import _


def every() -> dict[str, str]:
    """Return what each table and column is, by table and by table.column."""
    return _results() | _effects() | _daily() | _products() | _funnel() | _segments()


def _results() -> dict[str, str]:
    campaign = "campaign_results"
    return {
        campaign: _("one row a campaign that has begun, the latest first: what it sold, cost and caused"),
        f"{campaign}.campaign_id": _("the campaign's id"),
        f"{campaign}.name": _("its name; the id where it has none"),
        f"{campaign}.start": _("its first day, included"),
        f"{campaign}.end": _("its last day, included"),
        f"{campaign}.ended": _("whether its last day is over"),
        f"{campaign}.kind": _(
            "holdout: messages, and customers held out; messages: nobody held out; coupons: no messages, "
            "coupons granted to named customers, not all used; open: neither"
        ),
        f"{campaign}.customers": _("different customers written to"),
        f"{campaign}.holdout": _("different customers held out and not written to"),
        f"{campaign}.orders": _(
            "valid orders that count to it; each order counts to one campaign: by its coupon, the last "
            "click, the last message, or the days"
        ),
        f"{campaign}.buyers": _("different buyers of these orders"),
        f"{campaign}.new_buyers": _("those without a valid order in the year before; empty where untold"),
        f"{campaign}.net_sales": _(
            "net sales of these orders, less the refunds known on the last day counted"
        ),
        f"{campaign}.cost": _("the sum of the cost lines that are told; empty where none is"),
        f"{campaign}.roi_percent": _(
            "ROI (sales ÷ cost) as the source has it: net_sales / cost x 100, which is no profit; empty "
            "without a cost"
        ),
        f"{campaign}.net_roi_percent": _("(net_sales x margin - cost) / cost x 100; empty without a margin"),
    }


def _effects() -> dict[str, str]:
    campaign = "campaign_results"
    return {
        f"{campaign}.measured_by": _(
            "holdout; matched: others who were alike before; before_after: the days before and a year "
            "before; empty where state says what is missing"
        ),
        f"{campaign}.trust": _(
            "randomised; weaker: no hold-out, but nothing speaks against it; unchecked, untrusted, spread: "
            "not to be relied on"
        ),
        f"{campaign}.incremental_buyers": _(
            "buyers beyond those who would have bought anyway, in its window"
        ),
        f"{campaign}.incremental_net_sales": _(
            "net sales beyond what would have come anyway, in its window; of a campaign without messages in "
            "its days and as many after, once these are over"
        ),
        f"{campaign}.ci_low": _("the lower end of its interval"),
        f"{campaign}.ci_high": _("the upper end of its interval"),
        f"{campaign}.incremental_roi_percent": _("incremental_net_sales / cost x 100"),
        f"{campaign}.incremental_roi_low": _("of ci_low, in percent of the cost"),
        f"{campaign}.incremental_roi_high": _("of ci_high, in percent of the cost"),
        f"{campaign}.judged_by": _("net_sales; buyers where its goal was set in buyers or orders"),
        f"{campaign}.verdict": _("worked, did_not, cannot_tell, or few: too few customers to compare"),
        f"{campaign}.lasting_days": _("the longest span after the message that is over, in days"),
        f"{campaign}.lasting_net_sales": _("incremental net sales in that span"),
        f"{campaign}.lasting_low": _("the lower end of its interval"),
        f"{campaign}.lasting_high": _("the upper end of its interval"),
        f"{campaign}.lasting_verdict": _("the verdict over that span"),
        f"{campaign}.needed_n": _("customers that would tell a difference as large as the one measured"),
        f"{campaign}.state": _("empty, or what is missing to measure it"),
    }


def _daily() -> dict[str, str]:
    return {
        "campaign_daily": _("the days before, during and after each campaign"),
        "campaign_daily.campaign_id": _("the campaign's id"),
        "campaign_daily.date": _("the day"),
        "campaign_daily.window": _(
            "before, during or after; before and after have as many days as the campaign, a week at least"
        ),
        "campaign_daily.visitors": _("visitors of the day; empty where the traffic does not tell"),
        "campaign_daily.cart_users": _("visitors who put something into the cart"),
        "campaign_daily.favourite_users": _("visitors who marked something as a favourite"),
        "campaign_daily.orders": _("valid orders of the day"),
        "campaign_daily.buyers": _("buyers of the day, as the back end counts them, else our own"),
        "campaign_daily.net_sales": _("net sales of the day"),
        "campaign_daily.expected_net_sales": _(
            "mean of the same weekday in the weeks before, without the days of other campaigns"
        ),
    }


def _products() -> dict[str, str]:
    return {
        "campaign_products": _(
            "the products of the campaign that is looked at, those that brought most first"
        ),
        "campaign_products.campaign_id": _("the campaign's id"),
        "campaign_products.product_id": _("the product's id"),
        "campaign_products.title": _("its title"),
        "campaign_products.orders": _("orders of the campaign that hold it"),
        "campaign_products.pieces": _("pieces in these orders"),
        "campaign_products.net_amount": _("amount of these lines, less refunds"),
        "campaign_products.discount_share": _("off its list price, 0 to 1; empty without a list price"),
        "campaign_products.buyers": _("different buyers"),
        "campaign_products.new_buyers": _(
            "those without a valid order in the year before; empty where untold"
        ),
        "campaign_products.pieces_per_day_before": _("pieces that the shop sold on a day before it"),
        "campaign_products.pieces_per_day_during": _("pieces that the shop sold on a day of it"),
        "campaign_products.burst": _("during divided by before"),
    }


def _funnel() -> dict[str, str]:
    low, high = _("the lower end of its interval (Wilson)"), _("the upper end of its interval (Wilson)")
    return {
        "campaign_funnel": _("how far the messages of each campaign got, by channel and variant"),
        "campaign_funnel.campaign_id": _("the campaign's id"),
        "campaign_funnel.channel": _("the channel of the messages"),
        "campaign_funnel.variant": _("the variant; empty for all together"),
        "campaign_funnel.step": _("sent, delivered, opened, clicked, bought"),
        "campaign_funnel.customers": _("customers who came as far; empty where that is not recorded"),
        "campaign_funnel.of_before": _("those of the step before who took this one"),
        "campaign_funnel.n_before": _("customers at the last recorded step before"),
        "campaign_funnel.share_of_before": _("of_before / n_before, 0 to 1"),
        "campaign_funnel.before_low": low,
        "campaign_funnel.before_high": high,
        "campaign_funnel.of_delivered": _("those of the delivered who took this step"),
        "campaign_funnel.n_delivered": _("customers whom it reached"),
        "campaign_funnel.share_of_delivered": _("of_delivered / n_delivered, 0 to 1"),
        "campaign_funnel.delivered_low": low,
        "campaign_funnel.delivered_high": high,
        "campaign_funnel.state": _("empty, or why a step is not told"),
    }


def _segments() -> dict[str, str]:
    return {
        "campaign_segments": _("whom the campaign that is looked at changed, by groups of its customers"),
        "campaign_segments.grouped_by": _(
            "grade (of the day before), recency_band, frequency_band or channel"
        ),
        "campaign_segments.effect_in": _("buyers: the share who bought; net_sales: per head"),
        "campaign_segments.group": _("the group; none: no order before; unknown where it is not known"),
        "campaign_segments.n_treatment": _("customers written to"),
        "campaign_segments.n_holdout": _("customers held out"),
        "campaign_segments.treatment": _("the outcome of those written to"),
        "campaign_segments.holdout": _("the outcome of those held out"),
        "campaign_segments.difference": _("written to less held out, in this group alone"),
        "campaign_segments.low": _("the lower end of its interval"),
        "campaign_segments.high": _("the upper end of its interval"),
        "campaign_segments.variance": _("variance of the difference"),
        "campaign_segments.freedom": _("degrees of freedom of the variance"),
        "campaign_segments.shrunk": _(
            "the difference drawn towards the other groups, as far as chance may divide them: the one to read"
        ),
        "campaign_segments.shrunk_low": _("the lower end of its interval"),
        "campaign_segments.shrunk_high": _("the upper end of its interval"),
        "campaign_segments.apart": _("the difference less that of the other groups together"),
        "campaign_segments.p_value": _("that chance alone makes it so"),
        "campaign_segments.p_adjusted": _("adjusted for all groups compared (Holm)"),
        "campaign_segments.responds": _("more or less than the others, alike, or few: too few to compare"),
    }
