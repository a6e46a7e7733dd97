"""Slow: the provinces and carriers whose orders arrive later than those of the rest (DX-09)."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.evidence import holm, more_often
from shopcrm_nb.filled import known
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.period import Period
from shopcrm_nb.rules import Rules
from shopcrm_nb.shipping import hours, within

LIMIT = 0.8  # of all orders that arrived took no longer
STEPS = {"pay_sign": ("signed_at", "unsigned"), "pay_ship": ("shipped_at", "unshipped")}
CLEAR, FEWEST = 0.05, 10  # a rise that may show in other places: its p value (Bonferroni), its orders
NAMED = 5  # that a sentence names
COLUMNS = [
    *("dimension", "level", "step", "limit_hours", "judged", "slow", "slow_share", "rest_share"),
    *("excess_share", "p_value", "p_adjusted", "excess_orders", "net_sales_at_stake", "speed"),
]


@needs()
def levels(parcels: ir.Table, now: Period, rules: Rules) -> pd.DataFrame | NotComputed:
    """Compare each province and carrier with all others, by the orders paid within a period.

    - dimension, level ("unknown" where it is not known); step: pay_sign, or pay_ship where signing is not
      recorded; limit_hours: 80 % of all orders through the step took no longer.
    - slow: orders that took longer than the limit, or had not arrived after it; judged: those paid at least
      so long before the end of as_of of which that is known, so that open orders make nobody look fast.
    - slow_share = slow / judged; rest_share: of all other orders; excess_share: their difference;
      p_value: that it is chance (Fisher's exact test, one-sided); p_adjusted: for the number of levels
      tested, of both dimensions (Holm). Levels with fewer than ``rules.process.min_orders`` judged orders
      are not tested, nor is "unknown".
    - excess_orders = excess_share x judged; net_sales_at_stake: these, if any, times the mean net sales of
      the level's judged orders; both blank for a level that is not tested. A province and a carrier may share
      their orders: do not add them up.
    - speed: slow (p_adjusted below 1 - ``rules.health.confidence``, and excess_share at least
      ``rules.process.min_excess``), unclear (the latter only), usual, too_few, unknown.

    Sorted by net_sales_at_stake.
    """
    step = next((name for name, (time, _flag) in STEPS.items() if time in parcels.columns), None)
    dimensions = known(parcels, "province", "carrier")
    if not step or not dimensions:
        return NotComputed("orders.province" if step else "orders.shipped_at")
    judged, limit = _judged(within(parcels, now), *STEPS[step])
    counts = pd.concat([_counted(judged, dimension) for dimension in dimensions], ignore_index=True)
    frame = _compared(counts, rules).assign(step=step, limit_hours=limit)
    order = ["net_sales_at_stake", "excess_share", "dimension", "level"]
    frame = frame.sort_values(order, ascending=[False, False, True, True])
    return frame[COLUMNS].reset_index(drop=True)


def _judged(mine: ir.Table, time: str, flag: str) -> tuple[ir.Table, float]:
    """Return the orders of which it is known whether they took longer than the limit, and the limit."""
    took = hours(mine.paid_at, mine[time])
    timed = mine.mutate(took=ibis.ifelse(took >= 0, took, ibis.null("float64")))
    limit = timed.took.quantile(LIMIT).to_pyarrow().as_py()
    limit = float("nan") if limit is None else limit
    return _over(mine, time, flag, limit), limit


def _over(mine: ir.Table, time: str, flag: str, limit: float) -> ir.Table:
    """Return the orders of which it is known whether they took longer than ``limit`` hours, with slow."""
    took = hours(mine.paid_at, mine[time])
    timed = mine.mutate(took=ibis.ifelse(took >= 0, took, ibis.null("float64")))
    judged = timed.filter((timed.age_hours >= limit) & (timed.took.notnull() | timed[flag]))
    return judged.mutate(slow=(judged.took > limit).fill_null(True))


def _counted(judged: ir.Table, dimension: str) -> pd.DataFrame:
    level = judged[dimension].fill_null("unknown")
    sums = judged.group_by(level=level).aggregate(
        judged=judged.count(), slow=judged.slow.sum(), net=judged.net.sum().round(4)
    )
    return sums.order_by("level").to_pandas().assign(dimension=dimension)


def _compared(counts: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    whole = counts.groupby("dimension")[["judged", "slow"]].transform("sum")
    rest, rest_slow = whole.judged - counts.judged, whole.slow - counts.slow
    enough = (counts.judged >= rules.process.min_orders) & (rest >= rules.process.min_orders)
    tested = enough & (counts.level != "unknown")
    p_values = more_often(counts.slow, counts.judged, rest_slow, rest)
    share, rest_share = counts.slow / counts.judged, rest_slow / rest.where(rest > 0)
    frame = counts.assign(
        slow_share=share,
        rest_share=rest_share,
        excess_share=share - rest_share,
        p_value=np.where(tested, p_values, np.nan),
    )
    frame["p_adjusted"] = holm(frame.p_value)
    frame["excess_orders"] = (frame.excess_share * frame.judged).where(tested)
    frame["net_sales_at_stake"] = frame.excess_orders.clip(lower=0) * frame.net / frame.judged
    return frame.assign(speed=_speed(frame, enough, rules))


def _speed(frame: pd.DataFrame, enough: pd.Series, rules: Rules) -> np.ndarray:
    much = frame.excess_share >= rules.process.min_excess
    clear = frame.p_adjusted < 1 - rules.health.confidence
    conditions = [frame.level == "unknown", ~enough, much & clear, much]
    return np.select(conditions, ["unknown", "too_few", "slow", "unclear"], "usual")


@needs()
def sentence(levels: pd.DataFrame) -> str:
    """Name the provinces and carriers that are clearly slower than the rest, most at stake first."""
    slow, tested = levels[levels.speed == "slow"], levels[levels.p_value.notna()]
    if tested.empty:
        return _("No province and no carrier has enough orders to be compared with the rest.")
    if slow.empty:
        said = ngettext(
            "{n} province or carrier was compared with the rest, and it is not clearly slower.",
            "{n} provinces and carriers were compared with the rest, and none is clearly slower.",
            len(tested),
        )
        return said.format(n=i18n.count(len(tested)))
    one = _("{level} ({share} of {n} orders, elsewhere {rest})")
    names = [
        one.format(
            level=row.level,
            share=i18n.percent(row.slow_share),
            n=i18n.count(row.judged),
            rest=i18n.percent(row.rest_share),
        )
        for row in slow.head(NAMED).itertuples()
    ]
    said = _("Clearly more orders than elsewhere took over {hours} hours: {names}.")
    return said.format(hours=i18n.rounded(slow.limit_hours.iloc[0]), names=_(", ").join(names))


@needs()
def beside_last_year(levels: pd.DataFrame, parcels: ir.Table, now: Period, then: Period) -> pd.DataFrame:
    """Add to ``levels`` of ``now`` how the same places stood in an earlier period, by the same limit_hours.

    judged_before, slow_share_before (null without orders then); risen_p_value: that the share of slow orders
    has not risen (Fisher's exact test, one-sided); and net_sales_at_stake anew: the share by which it rose,
    of the judged orders, times their mean net sales. A far place is slow in every year; it is news if it was
    not.

    A province's trouble shows in the carriers that serve it, and the other way round. So the one place
    whose rise is clearest is left out of the orders by which the places of the other dimension are compared.
    """
    step, limit = STEPS[levels.step.iloc[0]], levels.limit_hours.iloc[0]
    periods = [_over(within(parcels, when), *step, limit) for when in (now, then)]
    found = _risen(levels, *(_counts(levels, judged) for judged in periods))
    worst = _worst(found)
    if worst is not None:
        others = [
            judged.filter(~(judged[worst.dimension] == worst.level).fill_null(False)) for judged in periods
        ]
        again = _risen(levels, *(_counts(levels, judged) for judged in others))
        found = found.where(levels.dimension == worst.dimension, again)
    return levels.assign(**{name: found[name] for name in found if name not in ("dimension", "level")})


def _counts(levels: pd.DataFrame, judged: ir.Table) -> pd.DataFrame:
    """Return judged, slow and net of each of the levels, in their order; zeros for one without orders."""
    counts = pd.concat([_counted(judged, dimension) for dimension in levels.dimension.unique()])
    places = pd.MultiIndex.from_frame(levels[["dimension", "level"]])
    return counts.set_index(["dimension", "level"]).reindex(places, fill_value=0).reset_index()


def _risen(levels: pd.DataFrame, now: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    share, before = (part.slow / part.judged.where(part.judged > 0) for part in (now, then))
    stake = (share - before) * now.net
    return pd.DataFrame(
        {
            "dimension": levels.dimension,
            "level": levels.level,
            "judged": now.judged,
            "slow": now.slow,
            "slow_share": share,
            "judged_before": then.judged,
            "slow_share_before": before,
            "risen_p_value": more_often(now.slow, now.judged, then.slow, then.judged),
            "net_sales_at_stake": stake.round(4),
        }
    )


def _worst(found: pd.DataFrame):
    """Return the place whose rise is clearest: where the trouble is densest; None where none is clear."""
    clear = found[
        (found.risen_p_value * len(found) < CLEAR) & (found.judged >= FEWEST) & (found.level != "unknown")
    ]
    return None if clear.empty else clear.loc[clear.risen_p_value.idxmin()]
