"""Definitions of the tables that the page of the customers saves."""

from shopcrm_nb.i18n import _


def every() -> dict[str, str]:
    """Return what each table and column is, by table and by table.column."""
    return _of_portraits() | _of_tags() | _of_groups() | _of_roster()


def _of_portraits() -> dict[str, str]:
    return {
        "portrait": _("each group beside the base, one row a group, dimension and level"),
        "portrait.group": _(
            "the name of the group: a condition of the shop, grade_P …, cluster_1 …, campaign_…"
        ),
        "portrait.dimension": _("what people are described by; the name of a feature"),
        "portrait.level": _("unknown: not known; other: the levels beyond the largest"),
        "portrait.title": _("of a product; empty elsewhere"),
        "portrait.place": _("the order of the level within its dimension"),
        "portrait.customers": _("people of the group at the level"),
        "portrait.share": _("of the people of the group, 0 to 1; sums to 1 within a dimension"),
        "portrait.base_customers": _("people of the base at the level"),
        "portrait.base_share": _("of the people of the base, 0 to 1; sums to 1 within a dimension"),
        "portrait.tgi": _("share divided by base_share times 100; 100 is the same"),
        "portrait.tgi_low": _("the lower end of its interval"),
        "portrait.tgi_high": _("the upper end of its interval"),
        "portrait.known_share": _("of the people of the group of whom the dimension is known"),
        "portrait.known_base_share": _("of the people of the base of whom the dimension is known"),
        "portrait.known_tgi": _("known_share divided by known_base_share times 100; what is judged"),
        "portrait.known_low": _("the lower end of its interval"),
        "portrait.known_high": _("the upper end of its interval"),
        "portrait.net_sales": _("net sales of these people, ever"),
        "portrait.net_sales_per_customer": _("net sales divided by customers; empty where nobody is"),
        "portrait.followed": _("of these people, those whose first order is at least 90 days old"),
        "portrait.second_order_share": _(
            "of the followed ones, with a second order within 90 days of the first"
        ),
        "portrait.p_value": _(
            "the chance of so large a difference in a group drawn at random; empty: not judged"
        ),
        "portrait.p_adjusted": _("the same for all that is judged together (Holm)"),
        "portrait.state": _(
            "more, less: clearly, and beyond the limits; slight: clearly, within them; alike; unclear; few: "
            "too few people; defined: the group is made by it; unknown, other: not judged"
        ),
        "portrait.excess_customers": _("people more (below 0: fewer) than if the group were like the base"),
        "portrait.sure_customers": _(
            "at least so many more or fewer, by the end of the interval nearer to 100"
        ),
    }


def _of_tags() -> dict[str, str]:
    return {
        "tags": _("one row a person and tag that the person has"),
        "tags.customer_id": _("the person's key; a hash where it was an e-mail or a mobile number"),
        "tags.kind": _("behaviour, basic or platform"),
        "tags.tag": _("the name of the tag in the rules"),
        "tags.value": _("its value; empty for a tag that one has or has not"),
        "tags.seen_on": _(
            "the last day on which anything was seen that the tag rests on; empty: no day is known"
        ),
        "tag_counts": _("one row a tag of the rules"),
        "tag_counts.kind": _("behaviour, basic or platform"),
        "tag_counts.tag": _("the name of the tag in the rules"),
        "tag_counts.rule": _("its expression over the features of a person"),
        "tag_counts.customers": _("people who have it, or have a value"),
        "tag_counts.customer_share": _("of everybody known, 0 to 1"),
        "tag_counts.levels": _("how many values there are; empty for a tag that one has or has not"),
        "tag_counts.top_level": _("the value of most people"),
        "tag_counts.net_sales": _("net sales of these people, ever"),
        "tag_counts.sales_share": _("of the net sales of everybody, 0 to 1"),
        "tag_counts.age_days": _("half of them were seen within so many days by what the tag rests on"),
        "tag_counts.state": _("what is missing where it could not be computed; else empty"),
    }


def _of_groups() -> dict[str, str]:
    return {
        "groups": _("one row a group of people"),
        "groups.group": _("its name; its people are in tables/groups/, one file a group made by a condition"),
        "groups.kind": _("own: by a condition of the rules; grade, cluster, campaign"),
        "groups.rule": _("its condition, or the name and first day of the campaign"),
        "groups.customers": _("people of the group, with or without an order"),
        "groups.customer_share": _("of everybody known, 0 to 1"),
        "groups.buyers": _("of them, those with a valid order"),
        "groups.net_sales": _("net sales of these people, ever"),
        "groups.sales_share": _("of the net sales of everybody, 0 to 1"),
        "groups.net_sales_per_customer": _("net sales divided by buyers; empty where nobody is"),
        "groups.second_order_share": _(
            "of the followed ones, with a second order within 90 days of the first"
        ),
        "groups.followed": _("of these people, those whose first order is at least 90 days old"),
        "groups.email_yes": _(
            "who agreed to be written to by e-mail; empty where it is not known of anybody"
        ),
        "groups.sms_yes": _("who agreed to be sent text messages; empty where it is not known of anybody"),
        "groups.blacklisted": _("who is on the blacklist; they are not in the files of the groups"),
        "groups.state": _("what is missing where it could not be computed; else empty"),
    }


def _of_roster() -> dict[str, str]:
    last = _("of the last valid order that tells")
    file = _("as the shop's file of customers has it")
    return {
        "roster": _("one row a person whom any table names, with all that tags and groups are made of"),
        "roster.customer_id": _("the person's key; a hash where it was an e-mail or a mobile number"),
        "roster.orders": _("valid orders ever"),
        **_of_days("orders", _("valid orders of the last {n} days"), 30, 90, 365),
        "roster.net_sales": _("net sales of the valid orders, ever"),
        **_of_days("net_sales", _("net sales of the last {n} days"), 365),
        "roster.net_sales_per_order": _("net sales divided by valid orders"),
        "roster.first_order_on": _("day of the first valid order"),
        "roster.last_order_on": _("day of the last valid order"),
        "roster.recency_days": _("days from the last valid order to the last day counted"),
        "roster.second_order_days": _("days from the first valid order to the next; 0 on the same day"),
        "roster.refunded_orders": _("paid orders of which anything was refunded"),
        "roster.refund_share": _("refunds divided by all that was paid, 0 to 1"),
        "roster.unpaid_orders": _("orders waiting for payment"),
        "roster.closed_orders": _("orders closed without payment"),
        "roster.frequency_band": _("valid orders in classes"),
        "roster.hour_band": _("of the last valid order; empty where the orders carry days without times"),
        "roster.weekday": _("1 Monday to 7 Sunday, of the last valid order"),
        "roster.grade": _("P, G, S or B; empty without a valid order in the evaluation period"),
        "roster.cluster": _("the k-means cluster of four, 1 is the best"),
        "roster.channel": last,
        "roster.shop": last,
        "roster.first_product": _("the product of the largest line of the first valid order"),
        "roster.last_product": _("the product of the largest line of the last valid order"),
        "roster.items_per_order": _("mean pieces of a valid order"),
        "roster.price_band": last,
        "roster.price_per_item": _("mean over the valid orders of the price per piece"),
        "roster.new_product_share": _(
            "of the valid orders, those mainly of products new at that time, 0 to 1"
        ),
        "roster.category": _("of most of the person's valid orders; of equally many the one used last"),
        "roster.first_category": _("the category of the largest line of the first valid order"),
        "roster.last_category": _("the category of the largest line of the last valid order"),
        "roster.discount_share": _("mean over the valid orders of the discount off the list price, 0 to 1"),
        "roster.discount_band": last,
        "roster.province": _(
            "of the file of customers, else of the last order; Chinese provinces in short form"
        ),
        "roster.region": _("of China: north, northeast, east, central, south, southwest, northwest"),
        "roster.city": _("of the file of customers, else of the last order"),
        "roster.city_tier": _("tier_1, new_tier_1, tier_2, other_city; empty outside China"),
        "roster.gender": _("female or male, or as the shop's file has it"),
        "roster.age": _("whole years on the last day counted; beyond 10 to 100 empty"),
        "roster.age_band": _("the age in classes"),
        "roster.birthday_in_days": _("days to the next birthday, 0 on the day itself"),
        **{
            f"roster.{name}": file
            for name in (
                *("occupation", "income", "education", "marital_status", "household_size", "platform_level"),
                *("email_ok", "sms_ok", "blacklisted", "tier", "points"),
            )
        },
        "roster.member": _("whether the person is a member of the shop"),
        "roster.enrolled_on": _("day of joining"),
        **_of_days("views", _("times a product was looked at in the last {n} days"), 7, 30),
        **_of_days("favourites", _("times a product was marked a favourite in the last {n} days"), 30, 90),
        **_of_days("carts", _("times a product was put in the cart in the last {n} days"), 30, 90),
        "roster.last_seen_on": _("day of the last event"),
        "roster.cart_unpaid_30d": _("products put in the cart in the last 30 days and not bought since"),
    }


def _of_days(name: str, said: str, *days: int) -> dict[str, str]:
    return {f"roster.{name}_{n}d": said.format(n=n) for n in days}
