"""Words of portraits: what readers call dimensions, levels, tags and groups."""

from shopcrm_nb.i18n import _


def dimensions() -> dict[str, str]:
    """Return the names of what people are described by."""
    return {
        "region": _("Region"),
        "province": _("Province"),
        "city_tier": _("Tier of the city"),
        "gender": _("Gender"),
        "age_band": _("Age"),
        "occupation": _("Occupation"),
        "income": _("Income"),
        "education": _("Education"),
        "marital_status": _("Marital status"),
        "household_size": _("Size of the household"),
        "first_category": _("Category bought first"),
        "last_category": _("Category bought last"),
        "price_band": _("Price per item"),
        "discount_band": _("Discount off the list price"),
        "frequency_band": _("Number of orders"),
        "first_product": _("First product"),
        "hour_band": _("Hour of the last order"),
        "weekday": _("Weekday of the last order"),
        "channel": _("Channel"),
        "shop": _("Shop"),
        "platform_level": _("Level on the platform"),
        "tier": _("Tier in the shop"),
        "standing": _("Standing the day before"),
    }


def variables() -> dict[str, str]:
    """Return the names of the four subdivision variables (S3)."""
    return {
        "geography": _("Geography (地理变量)"),
        "demography": _("Demography (人口统计变量)"),
        "behaviour": _("Behaviour (消费行为属性)"),
        "platform": _("Platform and membership (电商平台属性)"),
    }


def weekdays() -> dict[str, str]:
    """Return the names of the days of the week, Monday first."""
    names = (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )
    return {str(place): name for place, name in enumerate(names, start=1)}


def regions() -> dict[str, str]:
    """Return the names of the seven regions of China in which the trade counts."""
    return {
        "north": _("North (华北)"),
        "northeast": _("Northeast (东北)"),
        "east": _("East (华东)"),
        "central": _("Central (华中)"),
        "south": _("South (华南)"),
        "southwest": _("Southwest (西南)"),
        "northwest": _("Northwest (西北)"),
    }


def channels() -> dict[str, str]:
    """Return the names of channels by their usual codes; any other is shown as the shop writes it."""
    return {"mobile": _("mobile"), "desktop": _("desktop")}


def level(dimension: str, code: str) -> str:
    """Return a level as readers know it; what a shop's files hold is shown as it is."""
    special = {"unknown": _("unknown"), "other": _("others")}
    known = {
        "gender": {"female": _("female"), "male": _("male")},
        "weekday": weekdays(),
        "region": regions(),
        "city_tier": {
            "tier_1": _("first tier (一线)"),
            "new_tier_1": _("new first tier (新一线)"),
            "tier_2": _("second tier (二线)"),
            "other_city": _("other cities"),
        },
        "discount_band": {"0%": _("none")},
        "tier": {"none": _("no member")},
        "channel": channels(),
        "standing": standings(),
    }
    if code in special:
        return special[code]
    if dimension == "hour_band":
        return _("{hours} o'clock").format(hours=code.replace("-", "–"))
    return known.get(dimension, {}).get(code, code)


def standings() -> dict[str, str]:
    """Return how a customer can have stood the day before a campaign."""
    return {
        "P": _("Platinum"),
        "G": _("Gold"),
        "S": _("Silver"),
        "B": _("Bronze"),
        "asleep": _("asleep (no grade)"),
        "new": _("new (no order yet)"),
    }


def tags() -> dict[str, str]:
    """Return the names of the workbook's own tags; a shop's own have the name that it gave them."""
    return {
        "viewed_7d": _("Looked at products in the last 7 days"),
        "favourite_30d": _("Marked a favourite in the last 30 days"),
        "cart_unpaid": _("Left something in the cart (30 days)"),
        "paid_30d": _("Ordered in the last 30 days"),
        "repurchased": _("Bought more than once"),
        "silent": _("No order for over 180 days"),
        "bought_last": _("Category bought last"),
        "price": _("Price per item"),
        "discount_lover": _("Buys at a discount"),
        "new_arrival_lover": _("Buys new arrivals"),
        "often_refunds": _("Sends much back"),
        "sex": _("Gender"),
        "age_group": _("Age"),
        "job": _("Occupation"),
        "home": _("Province"),
        "city_class": _("Tier of the city"),
        "platform_vip": _("Level on the platform"),
        "shop_vip": _("Tier in the shop"),
    }


def tag_kinds() -> dict[str, str]:
    """Return the names of the three kinds of tags (S0)."""
    return {
        "behaviour": _("behaviour (行为标签)"),
        "basic": _("basic (基础标签)"),
        "platform": _("platform (平台标签)"),
    }


def groups() -> dict[str, str]:
    """Return the names of the workbook's own groups and of the grades; others are shown by their own name."""
    return {
        "best": _("Platinum and Gold"),
        "members": _("Members"),
        "repeat_buyers": _("Bought more than once"),
        "second_order_due": _("First order in the last 90 days, no second yet"),
        "valuable_silent": _("Platinum and Gold, silent for over 90 days"),
        "cart_not_paid": _("Left something in the cart"),
        "interested": _("Interested, no order yet"),
        "discount_lovers": _("Buy at a discount"),
        "new_arrival_lovers": _("Buy new arrivals"),
        "institution_staff": _("Doctors, teachers, public servants"),
        "grade_P": _("Platinum"),
        "grade_G": _("Gold"),
        "grade_S": _("Silver"),
        "grade_B": _("Bronze"),
    }


def group_kinds() -> dict[str, str]:
    """Return the names of the kinds of groups."""
    return {"own": _("by condition"), "grade": _("grade"), "cluster": _("cluster"), "campaign": _("campaign")}


def states() -> dict[str, str]:
    """Return the words for how a level of a group stands beside the base."""
    return {
        "more": _("more than in the base"),
        "less": _("less than in the base"),
        "slight": _("a little different"),
        "alike": _("alike"),
        "unclear": _("not clear"),
        "few": _("too few"),
        "defined": _("by definition"),
        "unknown": _("not judged"),
        "other": _("not judged"),
    }


def first_order_dimensions() -> dict[str, str]:
    """Return the names of what a first order is described by."""
    return {
        "product": _("Product"),
        "category": _("Category"),
        "price_band": _("Price per item"),
        "discount_band": _("Discount off the list price"),
        "items": _("Items in the order"),
        "province": _("Province"),
        "city_tier": _("Tier of the city"),
        "channel": _("Channel"),
        "shop": _("Shop"),
        "campaign": _("Campaign"),
        "sale": _("Sale days"),
        "hour_band": _("Hour"),
        "weekday": _("Weekday"),
    }


def first_order_level(dimension: str, code: str) -> str:
    """Return a level of a first order as readers know it."""
    if dimension in ("campaign", "sale") and code == "none":
        return _("none")
    return level(dimension, code)


def first_order_codes() -> dict[str, dict[str, str]]:
    """Return column → code → word of the tables on first orders."""
    return {
        "half": {"earlier": _("the earlier half"), "later": _("the later half")},
        "good_rule": {"top": _("those who spent most"), "all_again": _("all who bought again")},
        "driver_state": driver_states(),
    }


def driver_states() -> dict[str, str]:
    """Return the words for whether what good customers began with was found, and held later on."""
    return {
        "holds": _("holds later on"),
        "not_confirmed": _("not confirmed later on"),
        "too_few": _("too few later on to check"),
        "not_found": _("chance may explain it"),
        "few": _("too few"),
        "other": _("not judged"),
        "unknown": _("not judged"),
    }


def relationships() -> dict[str, str]:
    """Return the names of the relationship classes (S3), from those who only look to those to keep away."""
    return {
        "prospect": _("Prospect (潜在客户)"),
        "target": _("Target (目标客户)"),
        "first_time": _("First-time customer (初次购买客户)"),
        "repeat": _("Repeat customer (重复购买客户)"),
        "loyal": _("Loyal customer (忠诚客户)"),
        "lost": _("Lost customer (流失客户)"),
        "non_customer": _("Non-customer (非客户)"),
        "none": _("Not met yet"),
    }


def relationship_counts() -> dict[str, str]:
    """Return what people of each relationship class are called in a sentence that counts them."""
    return {
        "prospect": _("prospects"),
        "target": _("targets"),
        "first_time": _("first-time customers"),
        "repeat": _("repeat customers"),
        "loyal": _("loyal customers"),
        "lost": _("lost customers"),
        "non_customer": _("non-customers"),
        "none": _("in the customer file only"),
    }


def funnel_steps() -> dict[str, str]:
    """Return the names of the steps from a look to a payment, of the shop and of people."""
    return {
        "visitors": _("visitors"),
        "favourite_users": _("marked a favourite"),
        "cart_users": _("put something in the cart"),
        "buyers": _("paid for an order"),
        "seen": _("seen"),
        "marked": _("marked a favourite or filled a cart"),
        "ordered": _("then placed an order"),
        "paid": _("paid for it"),
    }


def relationship_codes() -> dict[str, dict[str, str]]:
    """Return column → code → word of the tables on relationships, on steps by group, and on what is left."""
    return {
        "relationship": relationships() | {"none": _("In the customer file only")},
        "class_then": relationships(),
        "class_now": relationships(),
        "differs": {
            "more": _("more than the others"),
            "less": _("less than the others"),
            "unclear": _("chance may explain it"),
            "few": _("too few people"),
            "defined": _("by definition"),
        },
        "unusual": {
            "more": _("more than usual"),
            "less": _("less than usual"),
            "no": _("as usual"),
            "cannot_tell": _("cannot be told yet"),
        },
    }


def grade_rows() -> dict[str, str]:
    """Return the names of the rows beside the grades: who has none, and all together."""
    return {"none": _("Without a grade"), "all": _("All")}
