"""Key figures of people: what they are called, their unit and how they are computed."""

from shopcrm_nb import portrait_words, scene_words
from shopcrm_nb.i18n import _


def every() -> dict[str, tuple[str, ...]]:
    """Return name → label, unit and definition, for ``key_figures``."""
    return _portrait() | _relationships() | _steps() | _first_orders() | _scenes()


def _portrait() -> dict[str, tuple[str, ...]]:
    return {
        "portrait.groups": (
            _("Groups compared"),
            "count",
            _("Groups with enough people to be set beside the base."),
        ),
        "portrait.levels_judged": (
            _("Levels judged"),
            "count",
            _("Levels (such as a province or an age) of all groups with enough people to be judged."),
        ),
        "portrait.levels_found": (
            _("Levels that differ"),
            "count",
            _("Of these, those whose TGI is 120 and more or 80 and less, by more than chance."),
        ),
        "portrait.profit_contribution": (
            _("What is left of all customers"),
            "money",
            _("Net sales × margin, less used coupons and messages, in the evaluation period."),
        ),
    }


def _relationships() -> dict[str, tuple[str, ...]]:
    names = portrait_words.relationships() | {"none": _("In the customer file only")}
    meanings = {
        "prospect": _("Looked at something or joined as a member, and nothing more."),
        "target": _("Lately marked a favourite, filled a cart, or ordered without keeping anything."),
        "first_time": _("One valid order, the last one not too long ago."),
        "repeat": _("Two valid orders, the last one not too long ago."),
        "loyal": _("Three valid orders or as many as the shop asks, the last one not too long ago."),
        "lost": _("Valid orders, the last one longer ago than the shop allows (a year)."),
        "non_customer": _("On the blacklist."),
        "none": _("In the customer file, and seen nowhere else."),
    }
    return {f"portrait.relationship_{key}": (names[key], "count", said) for key, said in meanings.items()}


def _steps() -> dict[str, tuple[str, ...]]:
    words = portrait_words.funnel_steps()
    seen = _("Of the people seen in the last 30 days of the behaviour data, those who came so far.")
    label = _("Visitors who came so far: {step}")
    return {
        f"portrait.funnel_{step}": (label.format(step=words[step]), "count", seen)
        for step in ("seen", "marked", "ordered", "paid")
    }


def _first_orders() -> dict[str, tuple[str, ...]]:
    return {
        "first_order.customers": (
            _("New customers watched"),
            "count",
            _("New customers whose first order lies so far back that a year after it is known."),
        ),
        "first_order.good_customers": (
            _("Good customers among them"),
            "count",
            _("Those with most net sales after the first order within that time, a tenth of them."),
        ),
        "first_order.levels_compared": (
            _("First orders: what was compared"),
            "count",
            _("Products, prices, places and so on of first orders with enough customers to compare."),
        ),
        "first_order.drivers_found": (
            _("First orders: found among earlier customers"),
            "count",
            _("Of these, what more or fewer of the good customers began with, by more than chance."),
        ),
        "first_order.drivers_holding": (
            _("First orders: holds among later customers"),
            "count",
            _("Of these, what was found again among the later half of the customers."),
        ),
    }


def _scenes() -> dict[str, tuple[str, ...]]:
    label, meaning = _("On today's list: {scene}"), _("Orders or customers that wait for this service.")
    return {
        f"portrait.scene_{scene}": (label.format(scene=name), "count", meaning)
        for scene, name in scene_words.scenes().items()
    }
