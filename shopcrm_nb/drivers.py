"""Drivers: why the net sales of a period differ from those of another, in parts that add up to the cent."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import health_words, i18n, shapley
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.errors import ShopcrmError, did_you_mean
from shopcrm_nb.history import KINDS
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.period import MONTHS, Period, ending

COLUMNS = ["tree", "driver", "value_before", "value_now", "contribution"]
LEVELS = 10  # of a category, a province or a channel that are shown by name; the others make one row
QUANTITY_KNOWN = 0.99  # of the orders of either period must have one, or items are left out of the tree
SLICES = ("category", "province", "channel")


@dataclass(frozen=True)
class Comparison:
    """The period looked at and the one that it is compared with.

    ``against`` is last_year or period_before.
    """

    now: Period
    then: Period
    against: str


def compare(shop: Shop, period: str, against: str) -> Comparison | NotComputed:
    """Return the ``period`` that ends on as_of beside the same of last year, or the period before it.

    Where the data do not reach back a year, it is the period before; NotComputed where not even that is
    whole. Raises ShopcrmError for an ``against`` that is neither.
    """
    now, first = ending(shop.as_of, period), shop.first_day
    choices = {"last_year": now.back(12), "period_before": now.back(MONTHS[period])}
    if against not in choices:
        near = did_you_mean(against, choices)
        raise ShopcrmError(f'compare: "{against}" is none{near}; use one of {", ".join(choices)}')
    for name in dict.fromkeys([against, "period_before"]):
        if choices[name].start >= first:
            return Comparison(now, choices[name], name)
    return NotComputed(_("valid orders from {day} on").format(day=i18n.day(choices["period_before"].start)))


def tree(
    shop: Shop, orders: ir.Table, compared: Comparison | NotComputed, traffic: pd.DataFrame | NotComputed
) -> pd.DataFrame | NotComputed:
    """Return the change of net sales split in each way that the data allow: COLUMNS, and ``share_of_change``.

    tree: customers (new + returning + without a name; where the history can tell them), orders (buyers ×
    orders per buyer × items per order × net sales per item; without item counts × net sales per order),
    traffic (visitors × conversion × net sales per buyer and day), category, province, channel. The value of
    a factor is the factor; of an addend its net sales. The contributions of a tree add up to the change to
    the cent: addends by their differences, factors by the Shapley value (Shapley 1953), the symmetric split
    of which the order of the factors makes no difference. share_of_change is null where nothing changed.
    """
    if isinstance(compared, NotComputed):
        return compared
    spans = {"now": compared.now, "then": compared.then}
    sums = {name: _sums(orders, when) for name, when in spans.items()}
    total = {name: round(found["net_sales"], 2) for name, found in sums.items()}
    trees = [_customers(orders, spans), _orders(sums), _traffic(traffic, spans, total)]
    trees += [_slice(shop, orders, spans, by, total) for by in SLICES]
    found = pd.concat([_exact(part, total) for part in trees if part is not None], ignore_index=True)
    change = round(total["now"] - total["then"], 2)
    return found.assign(share_of_change=found.contribution / change if change else float("nan"))


def _within(rows: ir.Table, when: Period) -> ir.Table:
    return rows.filter(rows.paid_on.between(when.start, when.end))


def _sums(orders: ir.Table, when: Period) -> dict[str, float]:
    rows = _within(orders, when)
    measures = {"net_sales": rows.net.sum().round(4), "orders": rows.count(), "buyers": rows.key.nunique()}
    if "quantity" in rows.columns:
        measures |= {"items": rows.quantity.sum(), "counted": (rows.quantity > 0).sum()}
    found = rows.aggregate(**measures).to_pyarrow().to_pylist()[0]
    return {name: value or 0 for name, value in found.items()}


def _exact(part: pd.DataFrame, total: dict[str, float]) -> pd.DataFrame:
    """Round the contributions of one tree to cents so that they add up to the change of the net sales."""
    parts = dict(zip(part.driver, part.contribution, strict=True))
    cents = shapley.to_cents(parts, round(total["now"] - total["then"], 2))
    return part.assign(contribution=part.driver.map(cents))


def _addends(name: str, before: pd.Series, now: pd.Series) -> pd.DataFrame:
    found = pd.DataFrame({"value_before": before, "value_now": now}).fillna(0.0).rename_axis("driver")
    found["contribution"] = found.value_now - found.value_before
    return found.reset_index().assign(tree=name)[COLUMNS]


def _factors(name: str, before: dict[str, float], now: dict[str, float]) -> pd.DataFrame:
    parts = shapley.shapley(before, now)
    rows = [(name, factor, before[factor], now[factor], parts[factor]) for factor in before]
    return pd.DataFrame(rows, columns=COLUMNS)


def _by(rows: ir.Table, level: Callable[[ir.Table], ir.Value], amount: str, when: Period) -> pd.Series:
    inside = _within(rows, when)
    summed = inside.group_by(level=level(inside)).aggregate(value=inside[amount].sum().round(4))
    return summed.to_pandas().set_index("level").value


def _customers(orders: ir.Table, spans: dict[str, Period]) -> pd.DataFrame | None:
    """Split by the kind of buyer; None where the history of either period is too short to tell them."""
    then, now = (_by(orders, lambda t: t.kind, "net", spans[name]) for name in ("then", "now"))
    kinds = [kind for kind in KINDS if kind in {*then.index, *now.index}]
    if "unknown" in kinds or kinds == ["no_buyer"]:
        return None
    return _addends("customers", then.reindex(kinds), now.reindex(kinds))


def _orders(sums: dict[str, dict]) -> pd.DataFrame:
    counted = all(found.get("counted", 0) >= QUANTITY_KNOWN * found["orders"] > 0 for found in sums.values())
    factors = {name: _order_factors(found, counted) for name, found in sums.items()}
    return _factors("orders", factors["then"], factors["now"])


def _order_factors(found: dict[str, float], counted: bool) -> dict[str, float]:
    orders = found["orders"]
    factors = {"buyers": found["buyers"], "orders_per_buyer": _per(orders, found["buyers"])}
    if not counted:
        return factors | {"net_sales_per_order": _per(found["net_sales"], orders)}
    items = found["items"]
    return factors | {
        "items_per_order": _per(items, orders),
        "net_sales_per_item": _per(found["net_sales"], items),
    }


def _per(top: float, base: float) -> float:
    return top / base if base else 0.0


def _traffic(found: pd.DataFrame, spans: dict[str, Period], total: dict[str, float]) -> pd.DataFrame | None:
    if isinstance(found, NotComputed):
        return None
    factors = {}
    for name, when in spans.items():
        mine = found[found.date.between(pd.Timestamp(when.start), pd.Timestamp(when.end))]
        visitors, buyers = mine.visitors.sum(), mine.buyers.sum()
        if mine.date.nunique() < when.days or not visitors or not buyers:
            return None
        per_buyer = total[name] / buyers
        factors[name] = {
            "visitors": visitors,
            "conversion": buyers / visitors,
            "net_sales_per_buyer_day": per_buyer,
        }
    return _factors("traffic", factors["then"], factors["now"])


def _slice(
    shop: Shop, orders: ir.Table, spans: dict[str, Period], by: str, total: dict[str, float]
) -> pd.DataFrame | None:
    """Split the change by the levels of a category, a province or a channel; None where the shop has none."""
    rows, amount = (_lines(shop, orders), "value") if by == "category" else (orders, "net")
    if rows is None or by not in rows.columns:
        return None
    then, now = (
        _by(rows, lambda t: t[by].fill_null("unknown"), amount, spans[name]) for name in ("then", "now")
    )
    both = pd.DataFrame({"then": then, "now": now}).fillna(0.0).sort_index()
    if set(both.index) <= {"unknown"}:
        return None
    both = both.rename(index=_told_from_codes)
    named = both.drop(index="unknown", errors="ignore")
    top = (
        named.assign(move=(named.now - named.then).abs()).nlargest(LEVELS, "move", keep="all").index[:LEVELS]
    )
    shown = both.loc[[*top, *(["unknown"] if "unknown" in both.index else [])]]
    rest = pd.Series({name: total[name] for name in ("then", "now")}) - shown.sum()
    if by == "category" or len(named) > len(top):
        shown.loc["rest"] = rest
    return _addends(by, shown.then, shown.now)


def _told_from_codes(level: str) -> str:
    """Put a name that is also a code of ours, such as a category "new", in quotation marks."""
    return f"“{level}”" if level != "unknown" and level in health_words.drivers() else level


def _lines(shop: Shop, orders: ir.Table) -> ir.Table | None:
    """Return the lines of the valid orders with paid_on, category and value (amount minus refund)."""
    if shop.missing("order_items.category"):
        return None
    lines = shop.tables["order_items"]
    refund = lines.refund.fill_null(0.0) if "refund" in lines.columns else ibis.literal(0.0)
    lines = lines.select("order_id", "category", value=(lines.amount - refund).round(4))
    return lines.inner_join(orders.select("order_id", "paid_on"), "order_id")


def before(compared: Comparison | NotComputed) -> Period | None:
    """Return the period compared with; None where there is none."""
    return None if isinstance(compared, NotComputed) else compared.then


@needs()
def branch(found: pd.DataFrame, name: str) -> pd.DataFrame | NotComputed:
    """Return the rows of one tree; NotComputed where the data do not allow it."""
    rows = found[found.tree == name].drop(columns="tree").reset_index(drop=True)
    missing = {
        "customers": "orders.customer_id",
        "traffic": "traffic.visitors",
        "category": "order_items.category",
        "province": "orders.province",
        "channel": "orders.channel",
    }
    if rows.empty:
        reasons = {
            "traffic": _("for every day of both periods"),
            "customers": _("of both periods, and a year of orders before them"),
        }
        return NotComputed(missing.get(name, "orders.paid"), reasons.get(name, ""))
    return rows


@needs()
def shown(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return the rows of a tree to read, each value in the unit of its part; the channels by their names."""
    names = health_words.channels()
    return pd.DataFrame(
        {
            "driver": [names.get(driver, driver) for driver in rows.driver],
            "driver_before": [_written(row.driver, row.value_before, currency) for row in rows.itertuples()],
            "driver_now": [_written(row.driver, row.value_now, currency) for row in rows.itertuples()],
            "contribution": rows.contribution,
        }
    )


def _written(driver: str, value: float, currency: str) -> str:
    if driver in ("buyers", "visitors"):
        return i18n.count(value)
    if driver in ("orders_per_buyer", "items_per_order"):
        return i18n.decimal(value, 2)
    return i18n.percent(value, 2) if driver == "conversion" else i18n.each_money(value, currency)


@needs()
def steps(rows: pd.DataFrame, change: tuple[float, float]) -> pd.DataFrame:
    """Return the steps of a waterfall from the net sales before to those now: driver, value, kind.

    kind is total for both ends and part for what lies between.
    """
    ends = [("before", change[0], "total"), ("now", change[1], "total")]
    parts = [(row.driver, row.contribution, "part") for row in rows.itertuples()]
    return pd.DataFrame([ends[0], *parts, ends[1]], columns=["driver", "value", "kind"])


@needs()
def totals(orders: ir.Table, compared: Comparison) -> tuple[float, float]:
    """Return the net sales of the period before and of the one looked at, to the cent."""
    return tuple(round(_sums(orders, when)["net_sales"], 2) for when in (compared.then, compared.now))
