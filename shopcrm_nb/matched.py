"""Matched: customers that a campaign wrote to beside others who were alike before; nobody was held out."""

import datetime as dt
from dataclasses import dataclass
from itertools import combinations_with_replacement

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import alike, campaign, filled, i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.rules import Rules

BEFORE = ("recency_days", "tenure_days", "before_orders", "before_net_sales")  # what makes customers alike
OUTCOMES = ("net_sales", "buyer")
LINEAR = ("before_orders", "before_net_sales")  # what is bought later grows with these as they are, too
TRAITS = (*(f"{name}_log" for name in BEFORE), *LINEAR)
MEASURES = (*TRAITS, *OUTCOMES)
BY = [f"{name}_band" for name in BEFORE]
BANDS = 4  # of each of BEFORE, with equally many of those written to
LEAST = 2  # of either side in a group of alike customers: of one alone it is not known how much they vary
SHORTEST = 91  # days of behaviour that make customers alike
COLUMNS = ["comparison", "start", "end", "customers", "without_orders", "unmatched", "matched"]
COLUMNS += ["alike_customers"]
PLACEBOS = ("weeks_before", "long_before")
FIGURES = ["share_difference", "share_low", "share_high"]
FIGURES += ["difference", "difference_low", "difference_high"]
FIGURES += ["others_share", "compared_others_share", "naive_difference"]
EXACT = 9  # decimals of a logarithm
TOLD = 6  # of a figure: sums of floats in another order differ further behind


@dataclass(frozen=True)
class Span:
    """Customers alike by what they did from ``since`` to before ``at``, compared on ``start`` to ``end``."""

    comparison: str
    since: dt.date
    at: dt.date
    start: dt.date
    end: dt.date


@needs("orders.customer_id", "sends.campaign_id", "campaigns.start")
def comparisons(shop: Shop, campaigns: pd.DataFrame, campaign_id: str) -> pd.DataFrame | NotComputed:
    """Return the comparison of a campaign (of ``campaign.every``) and its placebos, a row each (CP-12).

    Written to: the customers with a message of the campaign who had a valid order before. Compared with: the
    customers with a valid order before to whom it did not write, those held out among them. Both are alike in
    recency, tenure (days since the last and the first order), orders and net sales of ``before_days``:
    coarsened exact matching (Iacus, King and Porro 2012) on BANDS bands of each, and slopes on the logarithms
    of the four within the groups, fitted to those not written to (Abadie and Imbens 2011). Groups weigh as
    many as were written to in them (ATT).

    - comparison: campaign, on ``start`` to ``end``: its first message or day to the later of its last day and
      ``window_days`` after its last first message. weeks_before, a placebo: alike up to ``placebo_weeks``
      before, compared on these. long_before, a placebo: alike as for the campaign, compared on the weeks
      before the behaviour that makes them alike.
    - customers (written to, matched or not), without_orders, unmatched (nobody alike; groups with under LEAST
      of either side), matched; customers = without_orders + unmatched + matched. alike_customers: customers.
    - share_difference, of those who buy, share_low, share_high; difference, of net sales,
      difference_low, difference_high: with less without. Intervals of ``confidence`` from the variance within
      groups; those of the two placebos and two measures are as much wider as four at once ask for
      (Bonferroni). naive_difference: per head, nobody matched. Blank where either side has under
      ``min_customers``, nobody bought on the days of a placebo, or the data do not reach back so far.
    - leaves_zero: whether either interval leaves 0.
    - others_share, compared_others_share: written to by other campaigns from ``window_days`` before ``start``
      to ``end``. spread_days: from the first customer's first message to the last one's.

    NotComputed where nobody was written to, where the days are not over at as_of, or the campaign's own
    comparison has too few.
    """
    missing = filled.lacks(shop, "sends", "customer_id", "sent_at")
    if missing:
        return missing
    row = campaigns[campaigns.campaign_id == campaign_id].iloc[0]
    told = _messages(shop, campaign_id)
    if told is None:
        return NotComputed(_("a message of the campaign"))
    spans = _spans(
        shop, min(row.start, told["first"]), max(row.end, told["last"] + _days(_rules(shop).window_days))
    )
    if spans[0].end > shop.as_of:
        return NotComputed(_("orders up to {day}").format(day=i18n.day(spans[0].end)))
    rows = [{"campaign_id": campaign_id} | _row(shop, campaign_id, span, told["customers"]) for span in spans]
    found = pd.DataFrame(rows).assign(
        leaves_zero=_leaves_zero, spread_days=(told["last"] - told["first"]).days
    )
    if np.isnan(found.difference[0]):
        return NotComputed(_("enough customers who were alike before and to whom the campaign did not write"))
    return found


def _leaves_zero(rows: pd.DataFrame) -> pd.Series:
    """Tell of each row whether either interval leaves 0."""
    outside = [(rows[f"{name}_low"] > 0) | (rows[f"{name}_high"] < 0) for name in ("difference", "share")]
    return outside[0] | outside[1]


def _rules(shop: Shop) -> CampaignRules:
    return shop.settings.rules.campaign


def _days(n: int) -> dt.timedelta:
    return dt.timedelta(days=n)


def _sent(shop: Shop) -> ir.Table:
    """Return the messages that went out up to as_of: campaign_id, customer_id, sent_on."""
    rows = campaign.messages(shop)
    rows = rows.filter(rows.customer_id.notnull() & ~rows.held)
    return rows.select("campaign_id", "customer_id", sent_on=rows.sent_at.date())


def _messages(shop: Shop, campaign_id: str) -> dict | None:
    """Return how many customers were written to, and the days of the first and last first messages."""
    rows = _sent(shop).filter(lambda t: t.campaign_id == campaign_id)
    each = rows.group_by("customer_id").aggregate(sent_on=rows.sent_on.min())
    found = each.aggregate(customers=each.count(), first=each.sent_on.min(), last=each.sent_on.max())
    told = found.to_pyarrow().to_pylist()[0]
    return told if told["customers"] else None


def _spans(shop: Shop, start: dt.date, end: dt.date) -> list[Span]:
    """Return the campaign's span and those of the placebos for which the data reach back far enough."""
    rules = _rules(shop)
    weeks, before = _days(7 * rules.placebo_weeks), _days(rules.before_days)
    earlier = start - weeks
    # Where the history is short, customers are alike by less of it, so that some is left for the placebo.
    since = max(start - before, shop.first_day + 2 * weeks)
    placebos = [
        Span("weeks_before", earlier - before, earlier, earlier, start - _days(1)),
        Span("long_before", since, start, since - weeks, since - _days(1)),
    ]
    told = (earlier - shop.first_day, start - since)
    reach = [span for span, days in zip(placebos, told, strict=True) if days >= _days(SHORTEST)]
    return [Span("campaign", start - before, start, start, end), *reach]


def _row(shop: Shop, campaign_id: str, span: Span, customers: int) -> dict:
    rules = _rules(shop)
    moments = _moments(_customers(shop, campaign_id, span))
    own, other = moments[moments.written], moments[~moments.written]
    both = own.merge(other, on=BY, suffixes=("", "_other"))
    both = both[(both.n >= LEAST) & (both.n_other >= LEAST)]
    had_orders, matched, alike_customers = (int(n.sum()) for n in (own.n, both.n, both.n_other))
    counts = [customers, customers - had_orders, had_orders - matched, matched, alike_customers]
    row = dict(zip(COLUMNS, [span.comparison, span.start, span.end, *counts], strict=True))
    idle = span.comparison in PLACEBOS and not (both.buyer + both.buyer_other).sum()
    if min(matched, alike_customers) < rules.min_customers or idle:
        return row | dict.fromkeys(FIGURES, np.nan)
    at_once = len(PLACEBOS) * len(OUTCOMES) if span.comparison in PLACEBOS else 1
    figures = _figures(both, 1 - (1 - rules.confidence) / at_once)
    naive = own.net_sales.sum() / had_orders - other.net_sales.sum() / other.n.sum()
    return row | {
        name: round(float(value), TOLD) for name, value in zip(FIGURES, [*figures, naive], strict=True)
    }


def _figures(both: pd.DataFrame, confidence: float) -> list[float]:
    per_head, share = alike.difference(_sums(both, ""), _sums(both, "_other"), len(TRAITS), confidence)
    weight = both.n / both.n.sum()
    others = ((weight * both[f"others{end}"] / both[f"n{end}"]).sum() for end in ("", "_other"))
    return [*share, *per_head, *others]


def _sums(both: pd.DataFrame, end: str) -> alike.Sums:
    n, size = both[f"n{end}"].to_numpy(dtype="float64"), len(MEASURES)
    products = np.zeros((len(both), size, size))
    for (row, one), (column, another) in combinations_with_replacement(enumerate(MEASURES), 2):
        products[:, row, column] = products[:, column, row] = both[f"{one}_{another}{end}"]
    return alike.Sums(n, both[[f"{name}{end}" for name in MEASURES]].to_numpy(dtype="float64"), products)


def _customers(shop: Shop, campaign_id: str, span: Span) -> ir.Table:
    """Return the customers known before a span: BEFORE, net_sales and buyer of its days, written, others."""
    rows = shop.orders.filter(shop.orders.customer_id.notnull())
    recent = (rows.paid_on >= span.since) & (rows.paid_on < span.at)
    inside = rows.paid_on.between(span.start, span.end)
    each = rows.group_by("customer_id").aggregate(
        first_on=rows.paid_on.min(),
        last_on=rows.paid_on.max(where=rows.paid_on < span.at),
        before_orders=recent.sum(),
        before_net_sales=rows.net.sum(where=recent).fill_null(0).round(4),
        net_sales=rows.net.sum(where=inside).fill_null(0).round(4),
        buyer=inside.any().cast("int64"),
    )
    each = each.filter(each.first_on < min(span.at, span.start))
    at = ibis.literal(span.at)
    sent = _sent(shop)
    near = sent.sent_on.between(span.start - _days(_rules(shop).window_days), span.end)
    flags = {"written": sent.campaign_id == campaign_id, "others": near & (sent.campaign_id != campaign_id)}
    sent = sent.mutate(**flags).filter(lambda rows: rows.written | rows.others)
    sends = sent.group_by("customer_id").aggregate(**{name: sent[name].any() for name in flags})
    both = each.left_join(sends, "customer_id")
    return both.select(
        *("before_orders", "before_net_sales", "net_sales", "buyer"),
        recency_days=at.delta(both.last_on, unit="day"),
        tenure_days=at.delta(both.first_on, unit="day"),
        **{name: both[name].fill_null(False) for name in flags},
    ).cache()


def _moments(customers: ir.Table) -> pd.DataFrame:
    """Sum the customers of each group of bands, written to or not: n, others, MEASURES and their products."""
    cuts = _cuts(customers)
    rows = customers.mutate(
        **{f"{name}_band": _band(customers[name], cuts[name]) for name in BEFORE},
        **{f"{name}_log": (customers[name].cast("float64") + 1).ln().round(EXACT) for name in BEFORE},
    )
    sums = {name: rows[name].sum() for name in MEASURES}
    pairs = combinations_with_replacement(MEASURES, 2)
    products = {f"{one}_{another}": (rows[one] * rows[another]).sum() for one, another in pairs}
    grouped = rows.group_by(*BY, "written").aggregate(
        n=rows.count(), others=rows.others.sum(), **sums, **products
    )
    return grouped.order_by(*BY).to_pandas()


def _cuts(customers: ir.Table) -> dict[str, list[float]]:
    """Return the values that divide the customers written to in BANDS of equally many, each once."""
    own = customers.filter(customers.written)
    ends = [place / BANDS for place in range(1, BANDS)]
    found = own.aggregate(**{name: own[name].quantile(ends) for name in BEFORE}).to_pyarrow().to_pylist()[0]
    return {name: sorted(set(found[name] or [])) for name in BEFORE}


def _band(value: ir.NumericColumn, cuts: list[float]) -> ir.IntegerValue:
    """Count the cuts below a value: equal values are never parted, and a value of many has its own end."""
    tests = [(value <= cut, place) for place, cut in enumerate(cuts)]
    return ibis.cases(*tests, else_=len(cuts)) if tests else ibis.literal(0)


@needs()
def result(compared: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the campaign's row of ``comparisons`` with what it means for all that were matched.

    Columns campaign_id, customers, without_orders, unmatched, matched, alike_customers, FIGURES up to
    difference_high and naive_difference; incremental_buyers, incremental_net_sales with
    _low and _high (times ``matched``: of the unmatched nothing is said); trust and verdict.

    - trust: spread (first messages went out over more than ``window_days``, so that who bought meanwhile may
      have been written to for it), untrusted (a placebo's interval leaves 0), unchecked (no placebo could be
      told), else weaker: nothing speaks against the comparison, and still it is no hold-out.
    - verdict: worked or did_not where the interval of net sales is above or below 0, else cannot_tell; always
      cannot_tell where trust is spread or untrusted.
    """
    own = compared[compared.comparison == "campaign"].reset_index(drop=True)
    shown = [name for name in COLUMNS if name not in ("comparison", "start", "end")]
    found = own[["campaign_id", *shown, *FIGURES[:6], "naive_difference"]].copy()
    names = {"buyers": "share_difference", "net_sales": "difference"}
    for name, of in names.items():
        found[f"incremental_{name}"] = (own[of] * own.matched).round(4)
    for end in ("low", "high"):
        found[f"incremental_net_sales_{end}"] = (own[f"difference_{end}"] * own.matched).round(4)
    found["trust"] = _trust(compared, rules)
    return found.assign(verdict=_verdict(found.iloc[0]))


def _trust(compared: pd.DataFrame, rules: Rules) -> str:
    told = compared[compared.comparison.isin(PLACEBOS) & compared.difference.notna()]
    if compared.spread_days.max() > rules.campaign.window_days:
        return "spread"
    return "unchecked" if told.empty else "untrusted" if told.leaves_zero.any() else "weaker"


def _verdict(row: pd.Series) -> str:
    if row.trust in ("spread", "untrusted"):
        return "cannot_tell"
    return "worked" if row.difference_low > 0 else "did_not" if row.difference_high < 0 else "cannot_tell"
