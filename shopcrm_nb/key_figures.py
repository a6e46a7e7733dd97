"""Key figures: what each number that a run keeps is called, its unit, and how it is computed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shopcrm_nb import campaign_figures, glossary, health_words, i18n, people_figures, portrait_words
from shopcrm_nb.i18n import _

OWN_GROUP = "portrait.customers_"  # before the name of a group that the shop made by a condition
HEALTH_UNITS = {
    "net_sales": "money",
    "net_sales_per_buyer": "each",
    "returning_net_sales_per_customer": "each",
    "pay_sign_hours": "hours",
}


@dataclass(frozen=True)
class KeyFigure:
    """What a key figure is called, its unit and how it is computed.

    The unit is count, money, each (what one person brings), share (0 to 1), percent (0 to 100), times, hours
    or number.
    """

    label: str
    unit: str
    meaning: str = ""


def of(name: str) -> KeyFigure:
    """Return what a key figure is; one that no page of the workbook keeps is known by its name alone."""
    if name.startswith(OWN_GROUP):
        return _own_group(name.removeprefix(OWN_GROUP))
    return every().get(name) or KeyFigure(name, "number")


def every() -> dict[str, KeyFigure]:
    """Return the key figures of all pages by their stable names, those of the shop's own groups left out."""
    of_grades = _grades() | _clusters() | _forward() | _moves() | _concentration()
    named = (
        _check() | _health() | _repurchase() | people_figures.every() | of_grades | campaign_figures.every()
    )
    return {name: KeyFigure(*parts) for name, parts in named.items()}


def in_order(names: Iterable[str]) -> list[str]:
    """Return names of key figures in the order of the pages and of what is read first on each."""
    places = {name: place for place, name in enumerate(every())}
    own = places["portrait.groups"]

    def place(name: str) -> int:
        return own if name.startswith(OWN_GROUP) else places.get(name, len(places))

    return sorted(names, key=place)


def written(value: float | None, unit: str, currency: str, brief: bool = False) -> str:
    """Write a value in its unit; ``brief`` writes large amounts as Chinese readers expect them (万)."""
    if value is None:
        return i18n.BLANK
    write: dict[str, Callable[[float], str]] = {
        "money": lambda amount: (i18n.brief_money if brief else i18n.money)(amount, currency),
        "each": lambda amount: i18n.each_money(amount, currency),
        "share": i18n.percent,
        "percent": lambda percent: f"{i18n.decimal(percent)}%",
        "times": lambda times: _("{n} times").format(n=i18n.decimal(times, 2)),
        "hours": i18n.decimal,  # a name says that it is hours
        "count": i18n.count,
        "number": lambda number: i18n.count(number) if number == int(number) else i18n.decimal(number, 2),
    }
    return write[unit](value)


def _own_group(group: str) -> KeyFigure:
    label = _("Group: {name}").format(name=portrait_words.groups().get(group, group))
    return KeyFigure(label, "count", _("People who meet the condition of this group."))


def _check() -> dict[str, tuple[str, ...]]:
    return {
        "check.orders_valid": (
            _("Valid orders"),
            "count",
            _("Orders paid up to the last day counted of which more than the shop's minimum is left."),
        ),
        "check.net_sales": (
            _("Net sales of all valid orders"),
            "money",
            _("Paid minus the refunds known on the last day counted, over all valid orders."),
        ),
        "check.errors": (
            _("Errors in the data"),
            "count",
            _("Findings of the data check that make a part of the data unusable."),
        ),
        "check.warnings": (
            _("Warnings about the data"),
            "count",
            _("Findings of the data check that may mislead."),
        ),
    }


def _health() -> dict[str, tuple[str, ...]]:
    names = health_words.indicators() | {"net_sales": _("Net sales of the period")}
    told = {
        f"health.{name}": (names[name], _health_unit(name), meaning)
        for name, meaning in health_words.indicator_definitions().items()
    }
    asked = (
        _("Points that ask for action"),
        "count",
        _("Pieces of advice on the page of the shop's health."),
    )
    return told | {"health.advice": asked}


def _health_unit(name: str) -> str:
    return HEALTH_UNITS.get(name, "share" if name.endswith("share") else "count")


def _repurchase() -> dict[str, tuple[str, ...]]:
    return {
        "repurchase.customers": (
            _("Customers of the year"),
            "count",
            _("Customers with a valid order in the 365 days to the last day counted."),
        ),
        "repurchase.repeat_share": (
            _("Repurchase rate (复购率)"),
            "share",
            _("Of the customers of the year, those with two valid orders or more in it."),
        ),
        "repurchase.repeat_share_by_day": (
            _("Repurchase rate, by days"),
            "share",
            _("The same, where all orders of a customer and day count as one."),
        ),
    }


def _grades() -> dict[str, tuple[str, ...]]:
    scored = _("Customers with a valid order in the evaluation period.")
    label, meaning = _("{grade} customers"), _("Of the customers scored, those with this grade.")
    return {
        "segments.customers_scored": (_("Customers scored"), "count", scored),
        **{
            f"segments.customers_{grade.lower()}": (label.format(grade=name), "count", meaning)
            for grade, name in glossary.grades().items()
        },
    }


def _clusters() -> dict[str, tuple[str, ...]]:
    return {
        "segments.adjusted_rand": (
            _("Grades and clusters: adjusted Rand index"),
            "number",
            _("How far the grades and four k-means clusters agree: 0 by chance, 1 where they are the same."),
        ),
        "segments.adjusted_mutual_information": (
            _("Grades and clusters: adjusted mutual information"),
            "number",
            _("The same agreement, by what one tells about the other."),
        ),
        "segments.best_k": (
            _("Number of clusters with the largest silhouette"),
            "count",
            _("Of all numbers of clusters that were tried."),
        ),
        "segments.silhouette": (
            _("Silhouette of that number of clusters"),
            "number",
            _("How much nearer customers are to their own cluster than to the next one: 1 is best."),
        ),
        "segments.cluster_stability": (
            _("Stability of the clusters"),
            "number",
            _("Adjusted Rand index with the clusters of other starts and samples, the lower median."),
        ),
    }


def _forward() -> dict[str, tuple[str, ...]]:
    # The words of the methods, less the one that sorts nobody.
    methods = {key: name for key, name in glossary.methods().items() if key != "everyone"}
    metrics = glossary.metrics()
    told = {
        "auc": (
            "number",
            _("Chance that a customer who bought again stands above one who did not; 0.5 is chance."),
        ),
        "sales_share_top20": (
            "share",
            _("What the first fifth by this order brought of all net sales since; 20% by chance."),
        ),
    }
    label = _("{metric} ({method})")
    return {
        f"segments.forward_{metric}_{key}": (label.format(metric=metrics[metric], method=name), *parts)
        for metric, parts in told.items()
        for key, name in methods.items()
    }


def _moves() -> dict[str, tuple[str, ...]]:
    flows = {key: name for key, name in glossary.flows().items() if key != "no_buyer"}
    label = _("Moves between grades: {flow}")
    meaning = _("Customers by their grade on the earliest day compared with, a year ago as a rule, and now.")
    return {
        f"segments.migration_{key}": (label.format(flow=name), "count", meaning)
        for key, name in flows.items()
    }


def _concentration() -> dict[str, tuple[str, ...]]:
    return {
        "segments.gini": (
            _("Gini coefficient of the net sales"),
            "number",
            _("0 where all customers spend alike, nearly 1 where one spends all."),
        ),
        "segments.top_customer_share": (
            _("The best customers: share of the customers"),
            "share",
            _("A fifth of the scored customers, and whoever spent as much as the last of them."),
        ),
        "segments.top_sales_share": (
            _("The best customers: share of the net sales"),
            "share",
            _("What they bring of the net sales of the evaluation period."),
        ),
    }
