"""Verdicts: what other modules have compared and tested themselves, as rows of the indicators."""

from math import ceil

import ibis
import ibis.expr.types as ir
import pandas as pd
from scipy import stats

from shopcrm_nb import i18n, indicator
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period
from shopcrm_nb.rules import Rules

A_YEAR = 365
EXACT = 9  # decimals of a number of customers, below which lies the dust of a product


@needs()
def of_slow(levels: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the provinces and carriers of ``slow.beside_last_year``, as ``indicator.measure`` does.

    Those that were tested, beside themselves a year before; worse is one that rose by
    ``process.min_excess`` or more. The test is one-sided, so its p values are doubled.
    """
    found = levels[levels.p_value.notna()]
    before = found.slow_share_before.where(found.slow_share_before > 0)
    return _rows(
        {
            "indicator": "slow_place",
            "subject": found.level,
            "value": found.slow_share,
            "comparison": found.slow_share_before,
            "change_share": found.slow_share / before - 1,
            "p_value": (2 * found.risen_p_value).clip(upper=1),
            "n": found.judged,
            "n_comparison": found.judged_before,
            "better": -1,
            "least_change": (rules.process.min_excess / before).fillna(0),
            "net_sales_at_stake": found.net_sales_at_stake,
        }
    )


@needs()
def slow_sentence(judged: pd.DataFrame) -> str:
    """Name the places of ``health.together`` that have clearly become slower than they were a year before."""
    places = judged[(judged.indicator == "slow_place") & judged.p_adjusted.notna()]
    worse = places[places.state == "worse"]
    if places.empty:
        return _("No place can be compared with itself a year before.")
    if worse.empty:
        said = ngettext(
            "{n} place was compared with itself a year before, and has not clearly become slower.",
            "{n} places were compared with themselves a year before, and none has clearly become slower.",
            len(places),
        )
        return said.format(n=i18n.count(len(places)))
    one = _("{level} ({share}, then {before})")
    names = [
        one.format(level=row.subject, share=i18n.percent(row.value), before=i18n.percent(row.comparison))
        for row in worse.itertuples()
    ]
    return _("Clearly slower than a year before: {names}.").format(names=_(", ").join(names))


@needs()
def of_ratings(scores: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the three scores of ``ratings.scores`` beside a year ago, as ``indicator.measure`` does.

    Where the back end tells no number of ratings, nothing can be said of chance, and no alarm is raised.
    """
    found = scores.assign(n=scores.ratings.fillna(0).astype(int))
    spread = (found.change_high - found.change_low) / (2 * stats.norm.isf((1 - rules.forward.confidence) / 2))
    z = found.dsr_change / spread.where(spread > 0)
    return _rows(
        {
            "indicator": "rating",
            "subject": found.dimension,
            "value": found.dsr,
            "comparison": found.dsr_year_ago,
            "change_share": found.dsr_change / found.dsr_year_ago,
            "least_change": rules.ratings.min_change / found.dsr_year_ago,
            "p_value": 2 * stats.norm.sf(z.abs()),
            "n": found.n,
            "n_comparison": found.n,
            "better": 1,
        }
    )


@needs()
def of_complaints(topics: pd.DataFrame) -> pd.DataFrame:
    """Return the topics of ``voice.topics`` that were tested, as ``indicator.measure`` does.

    The test is one-sided, so its p values are doubled.
    """
    found = topics[topics.p_value.notna()]
    then = found.bad_share_then.where(found.bad_share_then > 0)
    return _rows(
        {
            "indicator": "complaint_share",
            "subject": found.topic,
            "value": found.bad_share,
            "comparison": found.bad_share_then,
            "change_share": found.bad_share / then - 1,
            "p_value": (2 * found.p_value).clip(upper=1),
            "n": found.texts,
            "n_comparison": found.texts,
            "better": -1,
        }
    )


@needs("orders.customer_id")
def of_concentration(shop: Shop, orders: ir.Table, now: Period) -> pd.DataFrame | NotComputed:
    """Return top_customers_share as a row of ``indicator.measure``.

    The share of the net sales of the last 365 days with a buyer's name that the best ``health.top_share`` of
    the customers bring (rounded up, ties kept together, E-27); n is all customers, at stake is what the best
    bring in the period ``now``, since other advice is of that. It has no comparison: a rule may set a limit.
    NotComputed without customers.
    """
    days = ibis.interval(days=A_YEAR - 1)
    year = orders.filter(orders.customer_id.notnull() & (orders.paid_on >= ibis.literal(shop.as_of) - days))
    lately = year.net.sum(where=year.paid_on.between(now.start, now.end)).fill_null(0)
    each = year.group_by("customer_id").aggregate(net_sales=year.net.sum().round(4), now=lately).cache()
    n = each.count().to_pyarrow().as_py()
    if not n:
        return NotComputed("orders.customer_id")
    top_share = shop.settings.rules.health.top_share
    best = each.order_by(each.net_sales.desc()).limit(ceil(round(n * top_share, EXACT)))
    least = best.net_sales.min().to_pyarrow().as_py()
    best = each.net_sales >= least
    sums = {
        "all": each.net_sales.sum(),
        "top": each.net_sales.sum(where=best),
        "now": each.now.sum(where=best),
    }
    found = each.aggregate(**{name: value.round(4) for name, value in sums.items()})
    total, top, stake = found.to_pyarrow().to_pylist()[0].values()
    row = {"indicator": "top_customers_share", "subject": "", "value": top / total, "n": n}
    return _rows([row | {"n_comparison": 0, "better": 0, "net_sales_at_stake": round(stake, 2)}])


def _rows(values: dict | list[dict]) -> pd.DataFrame:
    """Return rows of ``indicator.measure``; what is not given is null."""
    return pd.DataFrame(values).reindex(columns=indicator.COLUMNS)
