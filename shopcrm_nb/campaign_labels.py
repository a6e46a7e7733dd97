"""Campaign labels: what the columns of the tables about campaigns are called."""

from shopcrm_nb.i18n import _


def of_columns() -> dict[str, str]:
    """Return column → label."""
    return {
        **_campaign(),
        **_assigned(),
        **_won(),
        **_responders(),
        **_uplift(),
        **_attribution(),
        **_campaign_roi(),
        **_matched(),
        **_before_after(),
        **_archive(),
        **_effect(),
        **_planning(),
        **_campaign_traffic(),
        **_campaign_products(),
        **_campaign_funnel(),
        **_participants(),
    }


def _campaign() -> dict[str, str]:
    return {"campaign": _("Campaign")}


def _attribution() -> dict[str, str]:
    return {
        "claimed_by": _("Counts by"),
        "contested_orders": _("Could count to another too"),
        "claimable_orders": _("Could count to it"),
        "claimable_net_sales": _("Net sales that could count to it"),
    }


def _campaign_roi() -> dict[str, str]:
    return {
        "campaign_id": _("Campaign's id"),
        "name": _("Campaign"),
        "purpose": _("Purpose"),
        "ended": _("Over"),
        "cost": _("Cost"),
        "roi_percent": _("ROI (sales ÷ cost), %"),
        "net_roi_percent": _("Net ROI, %"),
        "send_cost": _("Cost of messages"),
        "send_roi_percent": _("Sales ÷ cost of messages, %"),
        "cost_line": _("Cost of"),
        "cost_share": _("Share of the cost"),
        "goal_metric": _("Goal set in"),
        "goal": _("Goal"),
        "goal_actual": _("Reached so far"),
        "reached_share": _("Share of the goal"),
        "goal_state": _("How it stands"),
    }


def _archive() -> dict[str, str]:
    return {
        "judged_by": _("Judged by"),
        "measured_by": _("How it was measured"),
        "incremental_roi_percent": _("ROI of what it caused, %"),
        "caused_text": _("Net sales it brought (between)"),
        "lasting_days": _("Days after the message"),
        "lasting_text": _("Net sales it brought in them (between)"),
        "lasting_verdict": _("Verdict over it"),
    }


def _effect() -> dict[str, str]:
    return {
        "span": _("Days counted"),
        "n_treatment": _("Customers written to"),
        "n_holdout": _("Customers held out"),
        "buyers_treatment": _("Buyers written to"),
        "buyers_holdout": _("Buyers held out"),
        "share_difference": _("More buyers, share"),
        "share_low": _("at least"),
        "share_high": _("at most"),
        "per_head_treatment_text": _("Net sales a head, written to"),
        "per_head_holdout_text": _("Net sales a head, held out"),
        "per_head_treatment": _("Net sales a head, written to"),
        "per_head_holdout": _("Net sales a head, held out"),
        "difference": _("More net sales a head"),
        "difference_low": _("at least"),
        "difference_high": _("at most"),
        "incremental_buyers": _("Buyers it brought"),
        "incremental_net_sales": _("Net sales it brought"),
        "incremental_net_sales_low": _("at least"),
        "incremental_net_sales_high": _("at most"),
        "verdict": _("Verdict"),
        "needed_n": _("Customers that would tell"),
    }


def _planning() -> dict[str, str]:
    return {
        "audience": _("Audience"),
        "audience_cost": _("Cost of the messages"),
        "expected_net": _("Expected profit"),
        "expected_net_low": _("at least"),
        "expected_net_high": _("at most"),
        "advice": _("Advice"),
        "holdout_share": _("Share held out"),
        "detectable_buyers_per_100": _("More buyers of 100 that would be told"),
        "detectable_per_head": _("More net sales a head that would be told"),
        "lift_share": _("More buyers than anyway"),
        "extra_buyers_per_100": _("More buyers of 100 customers"),
        "needed_holdout": _("Held out of them"),
        "enough": _("Are there so many?"),
        "offer_share": _("Given away"),
        "margin_left_share": _("Margin left of the full price"),
        "extra_volume_share": _("More pieces that must go out"),
    }


def _responders() -> dict[str, str]:
    return {
        "grouped_by": _("Grouped by"),
        "effect_in": _("Measured in"),
        "treatment_text": _("Of those written to"),
        "holdout_text": _("Of those held out"),
        "measured_text": _("Difference in the group alone"),
        "shrunk_text": _("Difference, drawn to the other groups"),
        "responds": _("Responds"),
        "groups": _("Groups"),
        "few_groups": _("Too small to compare"),
        "q": "Q",
        "groups_differ": _("Do the groups differ?"),
    }


def _uplift() -> dict[str, str]:
    return {
        "targeted_share": _("Best customers written to"),
        "extra_buyers_per_1000": _("More buyers of 1,000 customers"),
        "random_buyers_per_1000": _("As many at random"),
        "extra_net_sales_per_1000": _("More net sales of 1,000 customers"),
        "sales_low": _("at least"),
        "sales_high": _("at most"),
        "profit_per_1000": _("Expected profit of 1,000 customers"),
        "profit_low": _("at least"),
        "profit_high": _("at most"),
    }


def _campaign_traffic() -> dict[str, str]:
    return {
        "date": _("Day"),
        "window": _("Days of"),
        "traffic_measure": _("What"),
        "day_before": _("A day before"),
        "day_during": _("A day during"),
        "day_after": _("A day after"),
        "burst": _("A day during ÷ a day before"),
        "after_factor": _("A day after ÷ a day before"),
        "cart_users": _("Put in the cart"),
        "favourite_users": _("Marked a favourite"),
        "visitors_per_day": _("Visitors a day"),
        "cart_users_per_day": _("Put in the cart, a day"),
        "favourite_users_per_day": _("Marked a favourite, a day"),
        "orders_per_day": _("Orders a day"),
        "buyers_per_day": _("Buyers a day"),
        "expected_net_sales": _("Net sales to expect"),
        "other_days": _("Days in other campaigns too"),
        "left_out_days": _("Days left out for other campaigns"),
    }


def _campaign_products() -> dict[str, str]:
    return {
        "product_id": _("Product"),
        "pieces": _("Pieces"),
        "net_amount": _("Sold, refunds taken off"),
        "discount_share": _("Below list price"),
        "pieces_per_day_before": _("Pieces a day before"),
        "pieces_per_day_during": _("Pieces a day during"),
        "with_product_id": _("Bought with"),
        "with_title": _("Its title"),
        "with_orders": _("Orders with that"),
        "orders_together": _("Orders with both"),
        "support_share": _("Orders with both, of all"),
        "confidence_share": _("Orders with both, of those with the first"),
    }


def _campaign_funnel() -> dict[str, str]:
    return {
        "variant": _("Variant"),
        "message_step": _("Step"),
        "share_of_before": _("Of the step before"),
        "before_low": _("Interval from"),
        "before_high": _("to"),
        "share_of_delivered": _("Of those reached"),
        "delivered_low": _("Interval from"),
        "delivered_high": _("to"),
        "sent_messages": _("Number of messages"),
        "unsubscribed": _("Unsubscribed"),
        "unsubscribed_share": _("Share who unsubscribed"),
        "message_cost": _("Cost of messages"),
        "cost_per_message": _("Cost of one message"),
        "cost_per_buyer": _("Cost of messages per buyer"),
        "outcome": _("What they did"),
        "variant_share": _("Share who did"),
        "other_variant": _("Beside variant"),
        "other_customers": _("Its customers"),
        "other_share": _("Its share"),
        "variant_difference": _("Difference"),
        "variant_low": _("Interval from"),
        "variant_high": _("to"),
        "one_text": _("One variant"),
        "other_text": _("The other"),
        "variant_text": _("Difference (between)"),
        "before_text": _("Of the step before (between)"),
        "delivered_text": _("Of those reached (between)"),
        "test_verdict": _("Beside the other"),
        "breach": _("What was wrong"),
        "breach_messages": _("Messages it is true of"),
        "judged_messages": _("Messages that can be judged"),
        "breach_share": _("Share of those"),
    }


def _participants() -> dict[str, str]:
    return {
        "known_tgi": _("TGI among those known"),
        "known_low": _("TGI from"),
        "known_high": _("TGI to"),
    }


def _assigned() -> dict[str, str]:
    return {
        "arm": _("Group"),
        "other_campaign_customers": _("Other campaigns wrote to"),
        "other_campaign_share": _("Share of the customers"),
        "both_arms": _("Also held out"),
        "waiting_customers": _("Days not over"),
        "over_on": _("Over for all on"),
    }


def _won() -> dict[str, str]:
    return {
        "won_by": _("Won"),
        "came_back_share": _("Ordered again"),
        "came_back_text": _("Ordered again (between)"),
        "later_text": _("Later net sales a customer"),
        "came_back_difference_text": _("Difference to those won otherwise (between)"),
        "first_time_text": _("New of the buyers told (between)"),
        "later_net_sales_per_customer": _("Later net sales a customer"),
        "came_back_difference": _("Difference to those won otherwise"),
        "came_back_difference_low": _("at least"),
        "came_back_difference_high": _("at most"),
        "comes_back": _("They come back"),
        "unknown_buyers": _("Not told whether new"),
        "first_time_share": _("New of the buyers told"),
    }


def _matched() -> dict[str, str]:
    return {
        "comparison": _("Compared on"),
        "buyers_text": _("More buyers (between)"),
        "per_head_text": _("More net sales a head (between)"),
        "without_orders": _("No order before"),
        "matched": _("Have others alike"),
        "alike_customers": _("Alike, not written to"),
        "naive_difference": _("The same without matching"),
        "others_share": _("Other campaigns wrote to"),
        "compared_others_share": _("Other campaigns wrote to those alike"),
        "leaves_zero": _("Clear difference"),
        "spread_days": _("First messages went out over, days"),
        "trust": _("How sure"),
    }


def _before_after() -> dict[str, str]:
    names = {
        "campaign_part": _("Days of"),
        "extra_net_sales": _("Beyond that"),
        "extra_text": _("Beyond that (between)"),
        "change_text": _("Change (between)"),
        "change_share_low": _("Change, at least"),
        "change_share_high": _("Change, at most"),
        "expected_buyers_per_day": _("Buyers a day expected"),
        "buyers_change_share": _("Change of buyers"),
        "campaign_days": _("Days with another campaign"),
        "placebo_periods": _("Periods before to check with"),
        "placebo_change_share": _("Change of these"),
        "placebo_change_share_low": _("Change of these, at least"),
        "placebo_change_share_high": _("Change of these, at most"),
        "after_extra_net_sales": _("Beyond that, after it"),
        "both_extra_net_sales": _("Both together"),
        "against_year_change_share": _("Change beside a year before"),
        "against_year_change_share_low": _("Beside a year before, at least"),
        "against_year_change_share_high": _("Beside a year before, at most"),
    }
    ends = {"low": _("at least"), "high": _("at most")}
    return names | {f"{before}extra_{end}": said for before in ("", "both_") for end, said in ends.items()}
