"""Words of the service scenes (CU-11, CU-12): who waits, why, and what to do for them."""

from shopcrm_nb.i18n import _


def scenes() -> dict[str, str]:
    """Return the names of the scenes: the seven of an order's way (E-21), then those of a customer (S1)."""
    return {
        "inquiry": _("Order inquiry (订单咨询)"),
        "payment": _("Payment reminder (订单催付)"),
        "shipping": _("Shipping notice (发货提醒)"),
        "tracking": _("Logistics tracking (物流跟踪)"),
        "signing": _("Signing notice (签收提醒)"),
        "confirm": _("Confirming receipt (确认收货)"),
        "review": _("Review reminder (评价提醒)"),
        "refunds": _("Refunds (退款)"),
        "upgrade": _("Near the next tier (会员升级)"),
        "gift": _("Gift for the parcel (个性化包裹)"),
    }


def reasons() -> dict[str, str]:
    """Return why an order or a customer is in a scene."""
    return {
        "note": _("paid, not sent yet, and there is a note at the order"),
        "placed_today": _("placed today, not paid yet"),
        "not_paid": _("placed, not paid yet"),
        "closed": _("closed without payment, nothing bought since"),
        "late": _("paid, and still not sent after the time that the shop allows itself"),
        "on_its_way": _("sent in the last days"),
        "slow": _("on its way longer than four of five parcels of the shop"),
        "arrived": _("signed for in the last days"),
        "not_confirmed": _("signed for some days ago, not confirmed"),
        "not_reviewed": _("confirmed some days ago, not reviewed"),
        "many_refunds": _("several orders with a refund in a year"),
        "near_amount": _("a small amount is missing to the next tier"),
        "near_orders": _("hardly an order is missing to the next tier"),
        "top_tier": _("of the highest tier, with a paid order that is not sent yet"),
        "first_order": _("the first order, paid and not sent yet"),
        "birthday": _("a birthday is near"),
    }


def actions() -> dict[str, str]:
    """Return what to do, in plain language."""
    return {
        "answer_note": _("Read the note, answer it, and pack as it asks."),
        "pay_wait": _("Nothing yet: placed today."),
        "pay_email": _("Remind to pay by e-mail (day 2)."),
        "pay_sms": _("Remind to pay by text message (day 3)."),
        "pay_call": _("Call, and ask why it was not paid."),
        "invite_again": _("Invite to order again."),
        "ship_now": _("Send it today, and apologise with a new date."),
        "tell_shipped": _("Say that it is on its way, with the carrier and the number of the parcel."),
        "ask_carrier": _("Ask the carrier where it is, and tell the customer before they ask."),
        "tell_arrived": _("Ask whether all is well, and say how to exchange or return."),
        "ask_confirm": _("Ask whether it arrived and fits; if so, to confirm it."),
        "ask_review": _("Ask for a review, and thank for it."),
        "look_into_refunds": _(
            "Look up why it came back, and advise on size and material at the next order."
        ),
        "tell_upgrade": _("Say what is missing to the next tier, and what the tier gives."),
        "pack_for_the_best": _("Put a gift in the parcel, with a card that thanks for the loyalty."),
        "pack_welcome": _("Put a welcome card in the parcel, with what the next order gives."),
        "greet_birthday": _("Send a greeting, with a gift for the birthday."),
    }


def urgencies() -> dict[int, str]:
    """Return the words for how soon something is to be done."""
    return {1: _("today"), 2: _("this week"), 3: _("when there is time")}


def codes() -> dict[str, dict[str, str]]:
    """Return column → code → word of the tables of scenes, tiers and the service of groups."""
    return {
        "scene": scenes(),
        "reason": reasons(),
        "action": actions(),
        "urgency": urgencies(),
        "contact": {"yes": _("yes"), "no": _("no"), "unknown": _("not known")},
        "consent": {
            "both": _("text message and e-mail"),
            "sms": _("text message"),
            "email": _("e-mail"),
            "none": _("neither"),
            "unknown": _("not known"),
        },
        "tier": {"no_tier": _("none yet")},
        "service_measure": measures(),
        "beside_all": {
            "more": _("clearly above"),
            "less": _("clearly below"),
            "not_clear": _("no clear difference"),
            "few": _("too few to tell"),
            "untold": "–",
        },
    }


def measures() -> dict[str, str]:
    """Return the names of what the service of a group is measured by (CU-11); each is a share."""
    return {
        "refunded_customers": _("Buyers of the last year with a refund"),
        "refund_money": _("What they paid that was refunded"),
        "unpaid_orders": _("Orders placed in the last year and not paid"),
        "late_orders": _("Orders sent late"),
        "slow_orders": _("Parcels longer on their way than four of five"),
        "near_upgrade": _("Customers near the next tier"),
        "gift_due": _("Customers to whom a gift is due"),
    }


def automatic() -> str:
    """Say what the platforms do by themselves."""
    return _(
        "Most platforms tell a buyer by themselves that a parcel left or arrived: where yours does, leave "
        "the rows with “{shipped}” to it."
    ).format(shipped=reasons()["on_its_way"])
