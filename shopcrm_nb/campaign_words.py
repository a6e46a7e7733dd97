"""Campaign words: the codes of the tables about campaigns in words."""

from shopcrm_nb.i18n import _


def codes() -> dict[str, dict[str, str]]:
    """Return column → code → word."""
    return {
        **_arms(),
        **_won(),
        **_responders(),
        **_attribution(),
        **_campaign_roi(),
        **_matched(),
        **_before_after(),
        **_effect(),
        **_planning(),
        **_campaign_traffic(),
        **_campaign_funnel(),
    }


def _arms() -> dict[str, dict[str, str]]:
    return {"arm": {"treatment": _("written to"), "holdout": _("held out")}}


def _attribution() -> dict[str, dict[str, str]]:
    return {
        "claimed_by": {
            "coupon": _("a coupon of the campaign"),
            "click": _("a click on its message"),
            "message": _("a message shortly before"),
            "days": _("paid in its days"),
            "none": _("no campaign"),
        },
        "channel": {
            **dict.fromkeys(("sms", "SMS", "短信"), _("SMS")),
            **dict.fromkeys(("email", "e-mail", "EDM", "edm", "邮件"), _("e-mail")),
            "none": _("without a message"),
        },
    }


def goal_metrics() -> dict[str, str]:
    """Return the names of the figures that a goal can be set in."""
    return {
        "buyers": _("buyers"),
        "orders": _("orders"),
        "net_sales": _("net sales"),
        "paid": _("paid"),
        "new_buyers": _("new buyers"),
        "roi_percent": _("ROI (sales ÷ cost)"),
        "visitors": _("visitors"),
    }


def _campaign_roi() -> dict[str, dict[str, str]]:
    return {
        "goal_metric": goal_metrics(),
        "goal_state": {
            "reached": _("reached"),
            "missed": _("missed"),
            "running": _("still runs"),
            "no_goal": _("no goal was set"),
            "unknown_metric": _("set in a figure that is not known"),
            "untold": _("not told by the data"),
        },
        "why": {
            "not_begun": _("has not begun by the last day counted"),
            "no_days": _("has no first or last day"),
            "end_before_start": _("ends before it begins"),
        },
        "cost_line": {
            "send_cost": _("messages"),
            "coupon_cost": _("coupons"),
            "gift_cost": _("gifts"),
            "ad_cost": _("advertising"),
            "labour_cost": _("work"),
        },
        "ended": {True: _("yes"), False: _("still runs")},
    }


def responses() -> dict[str, str]:
    """Return the words for how a group of customers responds beside the others."""
    return {
        "more": _("more than the others"),
        "less": _("less than the others"),
        "alike": _("no clear difference"),
        "few": _("too few to tell"),
    }


def effect_verdicts() -> dict[str, str]:
    """Return the words for what was found of a campaign's effect, or of that in a group."""
    return responses() | {
        "worked": _("worked"),
        "did_not": _("did not work"),
        "cannot_tell": _("cannot tell yet"),
        "untold": _("not told"),
    }


def _responders() -> dict[str, dict[str, str]]:
    return {
        "responds": responses(),
        "groups_differ": {
            "differ": _("yes, more than by chance"),
            "alike": _("not more than by chance"),
            "not_compared": _("too few to tell"),
        },
        "effect_in": {"buyers": _("buyers"), "net_sales": _("net sales per customer")},
        "grouped_by": {
            "grade": _("grade on the day before"),
            "cluster": _("cluster"),
            "tag": _("tag"),
            "group": _("group"),
            "channel": _("channel"),
            "recency_band": _("days since the last order before"),
            "frequency_band": _("orders in the year before"),
        },
    }


def funnel_steps() -> dict[str, str]:
    """Return the names of the steps from a message to an order."""
    return {
        "sent": _("Written to"),
        "delivered": _("Reached"),
        "opened": _("Opened it"),
        "clicked": _("Clicked"),
        "bought": _("Bought"),
    }


def _effect() -> dict[str, dict[str, str]]:
    spans = {"window": _("the campaign's days"), "90": _("90 days"), "180": _("180 days")}
    return {
        "verdict": effect_verdicts(),
        "lasting_verdict": effect_verdicts(),
        "span": spans,
        "judged_by": {"net_sales": _("net sales"), "buyers": _("buyers")},
        "measured_by": {
            "holdout": _("hold-out"),
            "matched": _("customers who were alike"),
            "before_after": _("days before and a year before"),
        },
    }


def _planning() -> dict[str, dict[str, str]]:
    return {
        "advice": {
            "write": _("write to them"),
            "leave": _("leave them alone"),
            "test": _("try with a hold-out first"),
        },
        "enough": {True: _("yes"), False: _("no")},
    }


def _campaign_traffic() -> dict[str, dict[str, str]]:
    return {
        "window": {
            "before": _("before the campaign"),
            "during": _("during the campaign"),
            "after": _("after the campaign"),
        },
        "traffic_measure": {
            "visitors": _("visitors"),
            "cart_users": _("put something in the cart"),
            "favourite_users": _("marked a favourite"),
            "conversion": _("share of visitors who buy"),
            "orders": _("orders"),
            "buyers": _("buyers"),
            "net_sales": _("net sales"),
        },
    }


def _campaign_funnel() -> dict[str, dict[str, str]]:
    return {
        "message_step": funnel_steps(),
        "outcome": {
            "opened": _("opened it"),
            "clicked": _("clicked"),
            "bought": _("bought"),
            "unsubscribed": _("unsubscribed"),
        },
        "test_verdict": {
            "better": _("better, by more than chance"),
            "worse": _("worse, by more than chance"),
            "cannot_tell": _("cannot tell yet"),
            "few": _("too few to tell"),
        },
        "breach": {
            "blacklisted": _("on the blacklist"),
            "no_consent": _("has not agreed to the channel"),
            "unsubscribed": _("had unsubscribed before"),
            "too_soon": _("too soon after another message"),
        },
    }


def _won() -> dict[str, dict[str, str]]:
    return {
        "won_by": {"campaign": _("by a campaign"), "otherwise": _("otherwise, in the same months")},
        "comes_back": {
            "more": _("more often than others"),
            "less": _("less often than others"),
            "cannot_tell": _("no clear difference"),
            "few": _("too few to compare"),
        },
    }


def _matched() -> dict[str, dict[str, str]]:
    return {
        "comparison": {
            "campaign": _("the campaign"),
            "weeks_before": _("the weeks just before it"),
            "long_before": _("weeks long before it"),
        },
        "trust": {
            "randomised": _("customers held out by chance"),
            "weaker": _("weaker than a hold-out"),
            "unchecked": _("weak, and not checked"),
            "spread": _("not to be trusted: messages spread out"),
            "untrusted": _("not to be trusted: unlike before"),
        },
        "leaves_zero": {True: _("yes"), False: _("no")},
    }


def _before_after() -> dict[str, dict[str, str]]:
    return {
        "campaign_part": {
            "campaign": _("the campaign"),
            "after": _("as many days after it"),
            "both": _("both together"),
            "year_before": _("the same days a year before"),
            "against_year": _("the campaign beside a year before"),
        }
    }
