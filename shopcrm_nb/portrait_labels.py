"""Labels of portraits: what readers call the columns of the page of the customers."""

from shopcrm_nb.i18n import _


def of_columns() -> dict[str, str]:
    """Return the reader's name of each column of that page."""
    of_groups = _comparison_labels() | _group_labels() | _scene_labels()
    of_classes = _relationship_labels() | _funnel_labels() | _value_labels()
    return of_features() | _first_order_labels() | _card_labels() | of_groups | of_classes


def _comparison_labels() -> dict[str, str]:
    return {
        "described_by": _("Described by"),
        "trait": _("Level"),
        "base_share": _("Share of the base"),
        "tgi": "TGI",
        "tgi_low": _("TGI from"),
        "tgi_high": _("TGI to"),
        "second_order_share": _("Second order within 90 days"),
        "beside_base": _("Beside the base"),
        "found": _("Levels that differ"),
        "telling": _("What tells them apart"),
        "who": _("Group of people"),
        "known_customers": _("Known of"),
        "known_share": _("Known of this share"),
        "base_known_share": _("Known in the base"),
    }


def _group_labels() -> dict[str, str]:
    return {
        "group_kind": _("Made by"),
        "rule": _("Rule"),
        "email_yes": _("Agreed to e-mail"),
        "sms_yes": _("Agreed to SMS"),
        "followed": _("Watched for 90 days"),
        "state": _("Remark"),
        "tag_kind": _("Kind"),
        "tag_name": _("Tag"),
        "other_tag": _("Goes with"),
        "levels": _("Values"),
        "top_level": _("Most frequent"),
        "age_days": _("Half seen within (days)"),
        "times": _("Times as often as by chance"),
    }


def _first_order_labels() -> dict[str, str]:
    return {
        "good_customers": _("Good customers"),
        "good_share": _("Share who became good"),
        "lift": _("Times the usual share"),
        "lift_low": _("Interval from"),
        "lift_high": _("to"),
        "later_customers": _("Later: customers"),
        "later_good_customers": _("Later: good customers"),
        "later_good_share": _("Later: share who became good"),
        "later_lift": _("Later: times the usual share"),
        "later_lift_low": _("Interval from"),
        "later_lift_high": _("to"),
        "driver_state": _("Later on"),
        "half": _("Customers"),
        "first_from": _("First orders from"),
        "first_to": _("to"),
        "again_customers": _("Bought again"),
        "least_net_sales": _("A good one brought at least"),
        "good_rule": _("Who is good"),
    }


def _card_labels() -> dict[str, str]:
    return {
        "ordered_on": _("Day"),
        "main_product": _("Main product"),
        "main_category": _("Main category"),
    }


def _scene_labels() -> dict[str, str]:
    return {
        "scene": _("Service scene"),
        "since": _("Since"),
        "reason": _("Why"),
        "urgency": _("When"),
        "contact": _("May be written to"),
        "consent": _("Agreed to"),
        "waiting_amount": _("Amount"),
        "waiting_days": _("Days waiting"),
        "refunded_amount": _("Refunded in the year"),
        "gift_amount": _("The order, or net sales so far"),
        "oldest_days": _("Longest wait, days"),
        "urgent": _("For today"),
        "left_out": _("Left out"),
        "service_measure": _("Measured by"),
        "beside_all": _("Beside all customers"),
        "tier_amount": _("Net sales that count"),
        "tier_orders": _("Orders that count"),
        "near_customers": _("Near the next tier"),
        "next_tier": _("Next tier"),
        "missing_amount": _("Amount missing"),
        "missing_orders": _("Orders missing"),
    }


def of_features() -> dict[str, str]:
    """Return the reader's name of each feature of a person."""
    return _person_features() | _buying_features() | _habit_features() | _event_features()


def _person_features() -> dict[str, str]:
    return {
        "gender": _("Gender"),
        "age": _("Age"),
        "age_band": _("Age band"),
        "birthday_in_days": _("Days to the next birthday"),
        "occupation": _("Occupation"),
        "income": _("Income"),
        "education": _("Education"),
        "marital_status": _("Marital status"),
        "household_size": _("Size of the household"),
        "province": _("Province"),
        "region": _("Region"),
        "city": _("City"),
        "city_tier": _("Tier of the city"),
        "platform_level": _("Level on the platform"),
        "member": _("Member"),
        "enrolled_on": _("Member since"),
        "tier": _("Tier in the shop"),
        "points": _("Points"),
        "email_ok": _("Agreed to e-mail"),
        "sms_ok": _("Agreed to SMS"),
        "blacklisted": _("On the blacklist"),
    }


def _buying_features() -> dict[str, str]:
    return {
        "orders": _("Orders"),
        "orders_30d": _("Orders in 30 days"),
        "orders_90d": _("Orders in 90 days"),
        "orders_365d": _("Orders in 365 days"),
        "net_sales": _("Net sales"),
        "net_sales_365d": _("Net sales in 365 days"),
        "net_sales_per_order": _("Net sales per order"),
        "first_order_on": _("First order"),
        "last_order_on": _("Last order"),
        "recency_days": _("Days since last purchase"),
        "second_order_days": _("Days from first to second order"),
        "refunded_orders": _("Orders with a refund"),
        "refund_share": _("Share refunded"),
        "unpaid_orders": _("Orders waiting for payment"),
        "closed_orders": _("Closed without payment"),
        "grade": _("Grade"),
        "cluster": _("Cluster"),
    }


def _habit_features() -> dict[str, str]:
    return {
        "frequency_band": _("Number of orders"),
        "hour_band": _("Hour of the last order"),
        "weekday": _("Weekday of the last order"),
        "channel": _("Channel"),
        "shop": _("Shop"),
        "first_product": _("First product"),
        "last_product": _("Last product"),
        "items_per_order": _("Items per order"),
        "price_band": _("Price per item of the last order"),
        "price_per_item": _("Price per item"),
        "new_product_share": _("Orders of new products"),
        "category": _("Category bought most often"),
        "first_category": _("First category"),
        "last_category": _("Last category"),
        "discount_share": _("Discount off the list price"),
        "discount_band": _("Discount of the last order"),
    }


def _event_features() -> dict[str, str]:
    return {
        "views_7d": _("Products viewed in 7 days"),
        "views_30d": _("Products viewed in 30 days"),
        "favourites_30d": _("Favourites in 30 days"),
        "favourites_90d": _("Favourites in 90 days"),
        "carts_30d": _("Put in the cart in 30 days"),
        "carts_90d": _("Put in the cart in 90 days"),
        "last_seen_on": _("Last seen"),
        "cart_unpaid_30d": _("Products left in the cart (30 days)"),
    }


def _relationship_labels() -> dict[str, str]:
    return {
        "relationship": _("How they stand to the shop"),
        "class_then": _("Class then"),
        "class_now": _("Class now"),
        "then_share": _("Share of the class then"),
        "loyal_then": _("Loyal at the start"),
        "lost": _("Lost"),
        "lost_share": _("Share lost"),
        "became_loyal": _("Became loyal"),
        "months_before": _("Months before"),
        "lost_share_before": _("Share lost in the months before"),
        "unusual": _("Beside the months before"),
    }


def _funnel_labels() -> dict[str, str]:
    return {
        "daily_people": _("People, each once a day"),
        "share_of_visitors": _("Share of visitors"),
        "share_of_before": _("Share of the step before"),
        "share_of_first": _("Share of those seen"),
        "first_ci_low": _("Interval from"),
        "first_ci_high": _("Interval to"),
        "group": _("Group"),
        "differs": _("Beside the others"),
    }


def _value_labels() -> dict[str, str]:
    return {
        "other_level": _("The other one"),
        "returning_share": _("Orders of returning customers"),
        "told_orders": _("Orders told apart"),
        "repurchase_share": _("Customers who bought again"),
        "by_id": _("By the same key"),
        "by_contact": _("By number or e-mail"),
        "shared": _("Shared customers"),
        "shared_share": _("Share of its customers"),
        "unmatched": _("Cannot be matched"),
        "gross_profit": _("Left after goods"),
        "coupons": _("Coupons used"),
        "messages": _("Messages"),
        "profit_contribution": _("Left after all of these"),
        "profit_contribution_share": _("Share of all that is left"),
        "profit_contribution_per_customer": _("Left per customer"),
    }
