"""Uplift: a simple model of whom a message changes, and whether choosing by it beats choosing at random.

The model sees one half of a campaign's customers and is judged on the other. Halves that judged each other in
turn would make one error twice, and an interval that takes them for independent would be too short.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import i18n, resample
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.i18n import _

FEATURES = ("before_orders", "before_net_sales", "before_recency_days")
MOST = 50_000  # customers of an arm; more move the curve by less than is worth the time
LEAST = 15  # buyers, and customers who did not buy, of an arm in either half
STEPS = 20  # depths of the curve …
FIFTHS = 5  # … and of the table
SUMS = ("n", "bought", "net_sales")
PER = 1000  # customers, to whom the figures of a curve are told
ROUNDED = 9  # decimals of a score, below which lies the dust of a fit


@dataclass(frozen=True)
class Judged:
    """The half of the customers that the model did not see, summed up by score and by block.

    ``sums`` is block x depth x arm (treatment, holdout) x SUMS; blocks are drawn by a bootstrap.
    """

    sums: np.ndarray
    n_treatment: int
    n_holdout: int


@dataclass(frozen=True)
class Qini:
    """How much better than at random the model chooses: incremental buyers of 1,000 customers.

    ``area`` (``low`` to ``high``) is the mean over all depths of what the model's order brings beyond a
    random one; verdict: helps (low above 0), harms (high below 0) or no_better. The n are the customers it
    was judged on.
    """

    area: float
    low: float
    high: float
    n_treatment: int
    n_holdout: int
    verdict: str


@needs()
def sample(people: ir.Table, span: str, seed: int, features: tuple[str, ...] = FEATURES) -> pd.DataFrame:
    """Draw customers of a campaign with a hold-out: at most MOST an arm, by a hash of the id and ``seed``.

    ``people`` is the table of ``assigned.people``, with any numeric ``features`` joined; customers whose
    ``span`` is not over are left out. A row a customer, in the order of the hash: treated, bought, net_sales
    (of the span), judged (false in the half that the model is fitted on, true in the other), block (0 to
    resample.GROUPS - 1), and the features. Halves and blocks have the same share of either arm.
    """
    over = people.filter(people[f"orders_{span}"].notnull())
    salt = (over.customer_id + f" {seed}").hash()
    drawn = over.select(
        treated=over.arm == "treatment",
        bought=over[f"orders_{span}"] > 0,
        net_sales=over[f"net_sales_{span}"].cast("float64"),
        place=ibis.row_number().over(group_by=over.arm, order_by=[salt, over.customer_id]),
        **{name: over[name].cast("float64") for name in features},
    )
    rows = drawn.filter(drawn.place < MOST).to_pandas().sort_values(["treated", "place"], ignore_index=True)
    place = rows.pop("place").to_numpy()
    return rows.assign(judged=place % 2 == 1, block=place // 2 % resample.GROUPS)


def judge(drawn: pd.DataFrame | NotComputed, features: tuple[str, ...] = FEATURES) -> Judged | NotComputed:
    """Fit the model on one half of a sample and order the other by it.

    Two logistic regressions foretell who buys, one of those written to and one of those held out; the score
    of a customer is the difference (two models, Radcliffe and Surry 1999). Features are ln(1 + x),
    standardised; an unknown value counts as the mean, with a column of its own that says so. NotComputed
    where a half of an arm has fewer than LEAST customers who bought, or who did not.
    """
    if isinstance(drawn, NotComputed):
        return drawn
    counts = drawn.groupby(["treated", "judged"]).bought.agg(["sum", "size"])
    fewest = min(counts["sum"].min(), (counts["size"] - counts["sum"]).min()) if len(counts) == 4 else 0
    if fewest < LEAST:
        wanted = _("{n} buyers of those written to, and as many of those held out")
        return NotComputed(wanted.format(n=i18n.count(2 * LEAST)))
    held = drawn[drawn.judged]
    return summed(held, _scores(drawn, list(features)))


def _scores(drawn: pd.DataFrame, features: list[str]) -> np.ndarray:
    """Return the expected effect of the message on the chance to buy, of each customer of the judged half."""
    from sklearn.linear_model import LogisticRegression  # 1.6 s to import, and most commands do without

    points, judged = _points(drawn[features], ~drawn.judged.to_numpy()), drawn.judged.to_numpy()
    chances = []
    for treated in (True, False):
        seen = ~judged & (drawn.treated.to_numpy() == treated)
        model = LogisticRegression(max_iter=1000).fit(points[seen], drawn.bought[seen])
        chances.append(model.predict_proba(points[judged])[:, 1])
    return chances[0] - chances[1]


def _points(values: pd.DataFrame, seen: np.ndarray) -> np.ndarray:
    """Standardise ln(1 + x) by the customers ``seen``, and mark what is unknown in columns of its own."""
    logs = np.log1p(values.clip(lower=0))
    deviation = logs[seen].std()
    points = ((logs - logs[seen].mean()) / deviation.where(deviation > 0, 1.0)).fillna(0)
    unknown = values.isna()
    return np.hstack([points, unknown.loc[:, unknown.any()].astype("float64")])


def summed(customers: pd.DataFrame, scores: np.ndarray) -> Judged:
    """Sum up ``customers`` (treated, bought, net_sales, block) by depth: those with the best scores first.

    Equal scores have one depth, the last of theirs.
    """
    rank = pd.Series(-np.round(scores, ROUNDED)).rank(method="max", pct=True).to_numpy()
    depth = np.ceil(np.round(rank * STEPS, ROUNDED)).astype(int) - 1
    arm, block = (~customers.treated.to_numpy()).astype(int), customers.block.to_numpy()
    values = (np.ones(len(customers)), customers.bought.to_numpy(), customers.net_sales.to_numpy())
    sums = np.zeros((resample.GROUPS, STEPS, 2, len(SUMS)))
    for place, value in enumerate(values):
        np.add.at(sums[..., place], (block, depth, arm), value)
    treated = int(customers.treated.sum())
    return Judged(sums, treated, len(customers) - treated)


def _curves(judged: Judged, of: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the share targeted (STEPS) and what it brings, of each draw (draws x STEPS), per customer.

    Radcliffe 2007: buyers of those written to, less those of the held out as if they were as many.
    """
    drawn = np.tensordot(resample.draws(seed), judged.sums.cumsum(axis=1), axes=1)
    n, got = drawn[..., SUMS.index("n")], drawn[..., SUMS.index(of)]
    here = (n > 0).all(axis=2)
    means = got / np.maximum(n, 1)
    targeted = n.sum(axis=2) / n[:, -1:].sum(axis=2)
    each = means[..., 0] - means[..., 1]
    # Where nobody of an arm is among those targeted, nothing is known but the effect of all.
    return targeted[0], targeted * np.where(here, each, each[:, -1:])


@needs()
def qini(judged: Judged, rules: CampaignRules, seed: int) -> Qini:
    """Judge the model by the area between its Qini curve and the line of random targeting (Radcliffe 2007).

    The interval (``rules.confidence``) is a bootstrap of the judged customers, by blocks.
    """
    targeted, gains = _curves(judged, "bought", seed)
    beyond = PER * (gains - targeted * gains[:, -1:])
    beyond, at = np.hstack([np.zeros((len(beyond), 1)), beyond]), np.concatenate([[0.0], targeted])
    area, low, high = resample.interval(np.trapezoid(beyond, at, axis=1), rules.confidence)
    verdict = "helps" if low > 0 else "harms" if high < 0 else "no_better"
    return Qini(area, low, high, judged.n_treatment, judged.n_holdout, verdict)


@needs()
def curve(judged: Judged, rules: CampaignRules, seed: int) -> pd.DataFrame:
    """Return the Qini curve, a row a depth, from nobody to everybody.

    Columns targeted_share (0 to 1, those with the best scores first), extra_buyers_per_1000 with low and high
    (``rules.confidence``), and random_buyers_per_1000, what as many customers taken at random would bring:
    all of every 1,000 customers, targeted or not.
    """
    targeted, gains = _curves(judged, "bought", seed)
    low, high = _limits(gains, rules.confidence)
    frame = pd.DataFrame(
        {
            "targeted_share": targeted,
            "extra_buyers_per_1000": PER * gains[0],
            "low": PER * low,
            "high": PER * high,
            "random_buyers_per_1000": PER * targeted * gains[0, -1],
        }
    )
    frame = pd.concat([pd.DataFrame(0.0, index=[0], columns=frame.columns), frame])
    return frame.drop_duplicates("targeted_share", ignore_index=True)


def _limits(gains: np.ndarray, confidence: float) -> np.ndarray:
    return np.quantile(gains[1:], [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)


@needs()
def by_depth(
    judged: Judged,
    rules: CampaignRules,
    seed: int,
    cost: float | None = None,
    margin: float | None = None,
) -> pd.DataFrame:
    """Return what to expect of 1,000 customers if only the best are written to, a row each fifth of them.

    Columns targeted_share, extra_buyers_per_1000, extra_net_sales_per_1000 with sales_low and sales_high, and
    profit_per_1000 with profit_low and profit_high: ``margin`` (0 to 1) of these sales less ``cost`` of each
    customer written to. Null where cost or margin is not told. All per 1,000 customers, targeted or not.
    """
    targeted, gains = _curves(judged, "net_sales", seed)
    buyers = _curves(judged, "bought", seed)[1][0]
    low, high = _limits(gains, rules.confidence)
    sales = {"extra_net_sales_per_1000": gains[0], "sales_low": low, "sales_high": high}
    told = cost is not None and margin is not None
    profit = ("profit_per_1000", "profit_low", "profit_high")
    values = {"targeted_share": targeted, "extra_buyers_per_1000": PER * buyers}
    values |= {name: PER * value for name, value in sales.items()}
    for name, value in zip(profit, sales.values(), strict=True):
        values[name] = PER * (margin * value - cost * targeted) if told else np.nan
    fifths = pd.DataFrame(values).iloc[STEPS // FIFTHS - 1 :: STEPS // FIFTHS]
    return fifths.drop_duplicates("targeted_share", ignore_index=True)


@needs()
def sentence(found: Qini) -> str:
    """Say whether choosing whom to write to by the model beats choosing at random."""
    said = {
        "helps": _(
            "Choosing by the model beats choosing at random: {area} buyers of 1,000 customers, as "
            "the mean of all depths ({low} to {high})."
        ),
        "no_better": _(
            "Choosing by the model is not shown to beat choosing at random ({area} buyers of 1,000 "
            "customers, {low} to {high}): do not choose by it."
        ),
        "harms": _(
            "Choosing by the model is worse than choosing at random ({area} buyers of 1,000 customers, {low} "
            "to {high}): do not choose by it."
        ),
    }
    judged = _("It was judged on {written} customers written to and {held} held out that it had not seen.")
    written, held = i18n.count(found.n_treatment), i18n.count(found.n_holdout)
    numbers = {name: i18n.signed_decimal(getattr(found, name), 2) for name in ("area", "low", "high")}
    return i18n.sentences([said[found.verdict].format(**numbers), judged.format(written=written, held=held)])


@needs()
def depth_sentence(depths: pd.DataFrame, found: Qini, currency: str) -> str:
    """Say how deep to go in the model's order, where the model helps and cost and margin are told."""
    if found.verdict != "helps":
        return _("As the model does not help, write to all of these customers or to none.")
    if depths.profit_per_1000.isna().any():
        return _("Tell the cost of a message and the margin to see how many customers to write to.")
    best = depths.loc[depths.profit_per_1000.idxmax()]
    if best.profit_per_1000 <= 0:
        return _("At this cost and margin no depth is expected to pay.")
    said = _(
        "Expected to pay best: write to the first {share} of the customers, {profit} of every 1,000 ({low} "
        "to {high})."
    )
    if best.targeted_share == 1:
        said = _("Expected to pay best: write to all of them, {profit} of every 1,000 ({low} to {high}).")
    names = {"profit": "profit_per_1000", "low": "profit_low", "high": "profit_high"}
    numbers = {name: i18n.signed_money(best[column], currency) for name, column in names.items()}
    return said.format(share=i18n.percent(best.targeted_share, 0), **numbers)


@needs()
def figures(found: Qini) -> dict[str, float]:
    """Return the key figure of the model by its stable name: the area, buyers of 1,000 customers."""
    return {"campaign.qini_area": round(found.area, 3)}
