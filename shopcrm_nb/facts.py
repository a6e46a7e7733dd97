"""Facts: the features of a person in words, in the blocks of a customer card (CU-01, CU-03)."""

from shopcrm_nb import glossary, i18n, portrait_labels, portrait_words
from shopcrm_nb.catalogue import FEATURES
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.person import Person

# Three blocks (S3 「客戶地基本信息」「客戶地行為信息」, and value), each in the order in which it is read.
BLOCKS = {
    "basic": (
        *("region", "province", "city", "city_tier", "gender", "age", "age_band", "birthday_in_days"),
        *("occupation", "income", "education", "marital_status", "household_size", "platform_level"),
        *("member", "enrolled_on", "tier", "points", "email_ok", "sms_ok", "blacklisted"),
    ),
    "behaviour": (
        *("first_order_on", "last_order_on", "recency_days", "second_order_days", "category"),
        *("first_product", "last_product", "items_per_order", "discount_share", "new_product_share"),
        *("hour_band", "weekday", "channel", "shop", "last_seen_on", "views_30d", "favourites_30d"),
        *("carts_30d", "cart_unpaid_30d", "unpaid_orders", "closed_orders", "refunded_orders"),
    ),
    "value": (
        *("orders", "orders_365d", "net_sales", "net_sales_365d", "net_sales_per_order", "price_per_item"),
        *("refund_share", "grade", "cluster", "rfm_value", "r_score", "f_score", "m_score"),
    ),
}
# Said by another feature of the card, or by its orders.
ELSEWHERE = {
    *("orders_30d", "orders_90d", "frequency_band", "price_band", "discount_band", "first_category"),
    *("last_category", "views_7d", "favourites_90d", "carts_90d"),
}


def titles() -> dict[str, str]:
    """Return the headings of the BLOCKS."""
    return {
        "basic": _("Basic information (基本信息)"),
        "behaviour": _("Behaviour (行为信息)"),
        "value": _("Value (价值)"),
    }


def of(known: Person, block: str, currency: str) -> list[tuple[str, str]]:
    """Return name and value, in words, of what is known in a block; what is not known is left out."""
    names = portrait_labels.of_features() | _score_names()
    scores = known.parts.get("scores")
    scored = {} if scores is None or scores.empty else scores.iloc[0].dropna().to_dict()
    values = scored | known.features
    told = [name for name in BLOCKS[block] if name in values]
    if "age" in told:
        told.remove("age_band")
    return [(names[name], _written(known, name, values[name], currency)) for name in told]


def _score_names() -> dict[str, str]:
    return {
        "rfm_value": _("RFM value"),
        "r_score": _("Recency score"),
        "f_score": _("Frequency score"),
        "m_score": _("Money score"),
    }


def _written(known: Person, name: str, value: object, currency: str) -> str:
    kind = FEATURES[name].kind if name in FEATURES else "number"
    if kind == "money":
        return i18n.each_money(value, currency)
    if kind == "flag":
        return _("yes") if value else _("no")
    if kind == "text":
        return _text(known, name, str(value))
    if kind == "number":
        return i18n.number(round(value, 1))
    return {"count": i18n.count, "share": i18n.percent, "day": i18n.day}[kind](value)


def _text(known: Person, name: str, value: str) -> str:
    if name == "grade":
        return glossary.grades().get(value, value)
    if name in ("first_product", "last_product"):
        return known.titles.get(value, value)
    return portrait_words.level(name, value)


def summary(known: Person) -> str:
    """Say in a sentence which of the three cards of CU-03 this is, and since when."""
    told = known.features
    if known.kind == "prospect" and "last_seen_on" in told:
        said = _("A prospect (潜在客户): no valid order yet; last seen on {day}.")
        return said.format(day=i18n.day(told["last_seen_on"]))
    if known.kind == "prospect":
        return _("A prospect (潜在客户): no valid order yet.")
    if known.kind == "lost":
        said = ngettext(
            "A lost customer (流失客户): {n} order, the last one {days} days ago.",
            "A lost customer (流失客户): {n} orders, the last one {days} days ago.",
            told["orders"],
        )
    else:
        said = ngettext(
            "A customer (现有客户): {n} order, the last one {days} days ago.",
            "A customer (现有客户): {n} orders, the last one {days} days ago.",
            told["orders"],
        )
    return said.format(n=i18n.count(told["orders"]), days=i18n.count(told["recency_days"]))


def tags(known: Person, rules: dict[str, str]) -> list[str]:
    """Return the tags of a person in words; ``rules`` are their expressions, by name."""
    names, found = portrait_words.tags(), []
    for row in known.parts["tags"].itertuples():
        name = names.get(row.tag, row.tag)
        # A tag that is a feature has the words of the feature's values.
        value = portrait_words.level(rules.get(row.tag, ""), row.value) if getattr(row, "value", "") else ""
        found.append(_("{name}: {value}").format(name=name, value=value) if value else name)
    return found


def groups(known: Person) -> list[str]:
    """Return the groups of a person in words."""
    names = portrait_words.groups()
    return [names.get(name, name) for name in known.parts["groups"].group]


def standing(known: Person) -> list[str]:
    """Return the relationship class and the grade of a person in words, as far as they are known."""
    told, found = known.parts.get("relationship"), []
    if told is not None and len(told):
        code = told.relationship.iloc[0]
        found.append(portrait_words.relationships().get(code, code))
    grade = known.features.get("grade")
    return [*found, glossary.grades().get(grade, grade)] if grade else found
