"""Ratings: the three scores that a shop is known by (DSR), where they go, and what it takes to lift them."""

import datetime as dt
import math

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from shopcrm_nb import i18n, reviews, service_words
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.filled import columns
from shopcrm_nb.health_rules import RatingRules
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.rules import Rules

DIMENSIONS = ("description", "service", "logistics")
A_YEAR = 365  # days, at least
STALE_DAYS = 31  # after which a score of the back end is none of that day any more
COLUMNS = [
    *("dimension", "rating_source", "dsr", "ratings", "dsr_half_year_ago", "dsr_year_ago"),
    *("dsr_change", "change_low", "change_high", "five_stars_needed", "five_stars_per_100"),
]


def daily(shop: Shop) -> pd.DataFrame | NotComputed:
    """Return what is known of the three scores up to ``as_of``, a row a dimension and day that has something.

    Columns dimension, date, rating_source, ratings, total, squares, dsr, of which

    - source reviews, where reviews have scores, fills ratings (how many), total (their sum) and squares (the
      sum of their squares). At most ``rules.ratings.ratings_a_month`` (3; 0: all) reviews of a buyer in a
      calendar month count, the first ones; those without a buyer all count. A score left out is not 5, it is
      none (E-29).
    - source back_end, from the table ratings, fills dsr: the platform's own mean of 180 days.
    """
    written = reviews.read(shop)
    if not isinstance(written, NotComputed) and set(DIMENSIONS) & set(written.columns):
        frame = _of_reviews(written, shop.settings.rules.ratings.ratings_a_month)
    elif there := columns(shop, "ratings", *DIMENSIONS):
        frame = _of_back_end(shop, there)
    else:
        return NotComputed("ratings.description")
    if frame.empty:
        return NotComputed("ratings.description")
    frame["date"] = pd.to_datetime(frame.date)
    wanted = ["dimension", "date", "rating_source", "ratings", "total", "squares", "dsr"]
    return frame.reindex(columns=wanted).sort_values(["dimension", "date"], ignore_index=True)


def _of_reviews(written: ir.Table, a_month: int) -> pd.DataFrame:
    there = [name for name in DIMENSIONS if name in written.columns]
    rated = written.filter(ibis.or_(*(written[name].notnull() for name in there)))
    if a_month and "customer_id" in rated.columns:
        by = [rated.customer_id, rated["on"].truncate("M")]
        order = [rated["at"], *(rated[name] for name in there)]
        place = ibis.row_number().over(group_by=by, order_by=order)
        rated = rated.mutate(place=place)
        rated = rated.filter(rated.customer_id.isnull() | (rated.place < a_month))
    sums = {}
    for name in there:
        score = rated[name]
        sums |= {f"ratings.{name}": score.count(), f"total.{name}": score.sum()}
        sums |= {f"squares.{name}": (score * score).sum()}
    wide = rated.group_by(date=rated["on"]).aggregate(**sums).to_pandas()
    parts = [
        wide[["date", *(c for c in wide if c.endswith(f".{name}"))]]
        .rename(columns=lambda c: c.partition(".")[0])
        .assign(dimension=name, rating_source="reviews")
        for name in there
    ]
    return pd.concat(parts).query("ratings > 0")


def _of_back_end(shop: Shop, there: list[str]) -> pd.DataFrame:
    rows = shop.tables["ratings"]
    days = rows.mutate(date=rows.date.date()).filter(lambda t: t.date <= shop.as_of)
    wide = days.select("date", *there).to_pandas()
    frame = wide.melt("date", var_name="dimension", value_name="dsr")
    return frame[frame.dsr.between(1, 5)].assign(rating_source="back_end")


def at(daily: pd.DataFrame, day: dt.date, rules: RatingRules) -> pd.DataFrame:
    """Return each dimension's dsr, ratings and variance (of one rating) as they stood at the end of ``day``.

    From reviews: the mean of all ratings of the ``rules.window_days`` days that end with it. From the back
    end: the latest score of the last 31 days, with ratings and variance null.
    """
    end = pd.Timestamp(day)
    behind = (end - daily.date).dt.days
    if daily.rating_source.iloc[0] == "back_end":
        fresh = daily[behind.between(0, STALE_DAYS - 1)]
        frame = fresh.groupby("dimension")[["dsr"]].last()
    else:
        sums = (
            daily[behind.between(0, rules.window_days - 1)]
            .groupby("dimension")[["ratings", "total", "squares"]]
            .sum()
        )
        n = sums.ratings
        spread = (sums.squares - sums.total**2 / n).clip(lower=0) / (n - 1).where(n > 1)
        frame = pd.DataFrame({"dsr": sums.total / n, "ratings": n, "variance": spread})
    return frame.reindex(index=list(DIMENSIONS), columns=["dsr", "ratings", "variance"]).astype("float64")


def five_stars_needed(n: float, mean: float, target: float) -> int:
    """Return how many ratings of 5 lift a mean m of n to the target t: ceil(n (t - m) / (5 - t)), or 0."""
    return max(math.ceil(round(n * (target - mean) / (5 - target), 9)), 0)


def scores(shop: Shop) -> pd.DataFrame | NotComputed:
    """Return how each of the three scores stands, a row a dimension that is rated.

    - dimension, rating_source (reviews, back_end), dsr and ratings: of the ``rules.ratings.window_days``
      (180) to ``as_of`` (see ``at``), each with its own n; null ratings: the back end does not tell.
    - dsr_half_year_ago, dsr_year_ago: the same, six and twelve calendar months before.
    - dsr_change: since a year ago; change_low to change_high: its interval (``rules.forward.confidence``,
      normal approximation of the difference of two means), null below ``rules.ratings.min_ratings`` in
      either, and for windows of more than a year, which overlap.
    - five_stars_needed: ratings of 5 in a row that lift it to ``rules.ratings.target``, 0 when reached; null
      without n, where five_stars_per_100 tells it for each hundred ratings that the shop has.

    Source: the row DSR of domain 2 (the mean of 19 x 5 and 1 x 1 is 4.8).
    """
    return _scores(daily(shop), shop)


@needs()
def shown(scores: pd.DataFrame) -> pd.DataFrame:
    """Return ``scores`` to read: the change with its interval; the source where it is not the same in all."""
    change = [
        i18n.within(
            *(i18n.signed_decimal(value, 3) for value in (row.dsr_change, row.change_low, row.change_high))
        )
        if pd.notna(row.change_low)
        else i18n.signed_decimal(row.dsr_change, 3)
        for row in scores.itertuples()
    ]
    found = scores.drop(columns=["dsr_change", "change_low", "change_high"])
    found.insert(found.columns.get_loc("dsr_year_ago") + 1, "dsr_change_text", change)
    return found.drop(columns="rating_source") if found.rating_source.nunique() == 1 else found


@needs()
def _scores(daily: pd.DataFrame, shop: Shop) -> pd.DataFrame:
    rules = shop.settings.rules
    ends = [shop.as_of, *((pd.Timestamp(shop.as_of) - pd.DateOffset(months=n)).date() for n in (6, 12))]
    now, half, year = (at(daily, end, rules.ratings) for end in ends)
    sources = daily.groupby("dimension").rating_source.first()
    frame = now[["dsr", "ratings"]].assign(
        rating_source=sources.reindex(now.index),
        dsr_half_year_ago=half.dsr,
        dsr_year_ago=year.dsr,
        dsr_change=now.dsr - year.dsr,
        **_interval(now, year, rules),
        **_needed(now, rules.ratings.target),
    )
    return frame[frame.dsr.notna()].reset_index(names="dimension")[COLUMNS]


def _interval(now: pd.DataFrame, then: pd.DataFrame, rules: Rules) -> dict[str, pd.Series]:
    enough = np.minimum(now.ratings, then.ratings) >= rules.ratings.min_ratings
    enough &= rules.ratings.window_days <= A_YEAR
    error = np.sqrt(now.variance / now.ratings + then.variance / then.ratings).where(enough)
    half = error * stats.norm.ppf((1 + rules.forward.confidence) / 2)
    return {"change_low": now.dsr - then.dsr - half, "change_high": now.dsr - then.dsr + half}


def _needed(now: pd.DataFrame, target: float) -> dict[str, pd.Series]:
    sizes = {"five_stars_needed": now.ratings, "five_stars_per_100": pd.Series(100.0, index=now.index)}
    return {
        name: pd.Series(
            [
                five_stars_needed(n, mean, target) if n > 0 and mean > 0 else pd.NA
                for n, mean in zip(ns, now.dsr, strict=True)
            ],
            index=now.index,
            dtype="Int64",
        )
        for name, ns in sizes.items()
    }


def trend(shop: Shop) -> pd.DataFrame | NotComputed:
    """Return each score at the end of each month and of ``as_of``: month_end, dimension, dsr, ratings, full.

    From the first month with a rating on; a month's end without a score is left out. full is False where the
    days of the window reach back before the first rating, so that the score rests on fewer days.
    """
    return _trend(daily(shop), shop)


@needs()
def _trend(daily: pd.DataFrame, shop: Shop) -> pd.DataFrame:
    rules, as_of = shop.settings.rules.ratings, pd.Timestamp(shop.as_of)
    ends = [end for end in pd.date_range(daily.date.min(), as_of, freq="ME") if end < as_of]
    frames = [at(daily, end.date(), rules).assign(month_end=end) for end in (*ends, as_of)]
    frame = pd.concat(frames).drop(columns="variance").reset_index(names="dimension").dropna(subset="dsr")
    reach = daily.date.min() + pd.Timedelta(days=rules.window_days - 1)
    frame["full"] = (frame.month_end >= reach) | (daily.rating_source.iloc[0] == "back_end")
    return frame[["month_end", "dimension", "dsr", "ratings", "full"]].reset_index(drop=True)


@needs()
def sentence(scores: pd.DataFrame, rules: Rules) -> str:
    """Say where each score of the frame ``scores`` stands, and what it takes to reach the target."""
    target = i18n.decimal(rules.ratings.target, 2)
    if scores.empty:
        return _("Nobody has rated the shop in the days that count.")
    names = service_words.rating_dimensions()
    reached = [names[row.dimension] for row in scores.itertuples() if row.five_stars_per_100 == 0]
    said = []
    for row in scores[scores.five_stars_per_100 > 0].itertuples():
        known = not pd.isna(row.five_stars_needed)
        n = int(row.five_stars_needed if known else row.five_stars_per_100)
        said.append(
            _short_of(n, known).format(
                dimension=names[row.dimension], dsr=i18n.decimal(row.dsr, 3), n=i18n.count(n), target=target
            )
        )
    if reached:
        text = _("At {target} or above: {dimensions}.")
        said.insert(0, text.format(target=target, dimensions=_(", ").join(reached)))
    return i18n.sentences(said)


def _short_of(n: int, known: bool) -> str:
    if known:
        return ngettext(
            "{dimension} stands at {dsr}; {n} further rating of 5 would lift it to {target}.",
            "{dimension} stands at {dsr}; {n} further ratings of 5 would lift it to {target}.",
            n,
        )
    return ngettext(
        "{dimension} stands at {dsr}; it takes {n} further rating of 5 for each hundred ratings to lift it "
        "to {target}.",
        "{dimension} stands at {dsr}; it takes {n} further ratings of 5 for each hundred ratings to lift it "
        "to {target}.",
        n,
    )
