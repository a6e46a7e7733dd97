"""Loyalty: how many loyal customers were lost and won in each month, and whether the latest is unusual."""

import pandas as pd

from shopcrm_nb import i18n, interval
from shopcrm_nb.absent import needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.relationship import can_be_lost

FEWEST_MONTHS = 6  # before the latest, of which one can tell how far months differ from each other
COMPARED = ("lost_share_before", "change_share", "low_share", "high_share", "unusual")


@needs("orders.customer_id")
def loyalty(shop: Shop, flow: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each month of ``flow``: loyal customers at its start, lost in it, and who came.

    Columns month, partial, loyal_then, lost (loyal at the start, lost at the end; null where the data do not
    reach back far enough for anybody to be lost), lost_share (of loyal_then; null without), became_loyal
    (loyal at the end, not at the start), judged (a whole month in which somebody could have been lost on
    every day).
    """
    of = {
        "loyal_then": flow.class_then == "loyal",
        "lost": (flow.class_then == "loyal") & (flow.class_now == "lost"),
        "became_loyal": (flow.class_then != "loyal") & (flow.class_now == "loyal"),
    }
    counted = flow.assign(**{name: flow.customers.where(hit, 0) for name, hit in of.items()})
    frame = counted.groupby(["month", "partial"], as_index=False)[list(of)].sum()
    told = frame.month >= pd.Timestamp(can_be_lost(shop))
    frame["lost"] = frame["lost"].astype("Int64").where(told)
    share = frame["lost"] / frame.loyal_then.where(frame.loyal_then > 0)
    frame.insert(4, "lost_share", share.astype("float64"))
    frame["judged"] = ~frame.partial & told
    return frame


@needs()
def shown(loyalty: pd.DataFrame) -> pd.DataFrame:
    """Return the months of ``loyalty`` to read, the latest first; month as 2026-06, without judged.

    partial is there where a month is not whole.
    """
    latest = loyalty.iloc[::-1].reset_index(drop=True)
    latest["month"] = latest.month.dt.strftime("%Y-%m")
    partial = ["partial"] if latest.partial.any() else []
    return latest[["month", *partial, "loyal_then", "lost", "lost_share", "became_loyal"]]


@needs("orders.customer_id")
def loss(shop: Shop, loyalty: pd.DataFrame) -> pd.DataFrame:
    """Compare the loyal customers lost in the latest whole month with those lost in the months before it.

    One row: month, loyal_then, lost, lost_share, months_before (that are shown and judged), lost_share_before
    (of all of them), change_share (in points), low_share and high_share (its interval, Newcombe 1998), and
    unusual: more, less, no or cannot_tell. Months differ by more than chance alone, so that counts are
    divided by how much the months before differ among themselves (Pearson's chi-square by its degrees of
    freedom, 1 at least) before they are compared. Under six months before, or under
    ``portrait.min_customers`` loyal customers, it cannot be told. No row where no whole month is shown.
    """
    rules, columns = shop.settings.rules.portrait, ["month", "loyal_then", "lost", "lost_share"]
    judged = loyalty[loyalty.judged & (loyalty.loyal_then > 0)]
    now, before = judged.tail(1), judged.iloc[:-1]
    frame = now[columns].assign(months_before=len(before)).reset_index(drop=True)
    if frame.empty:
        return frame.reindex(columns=[*frame.columns, *COMPARED])
    hits, n = before["lost"].sum(), before.loyal_then.sum()
    spread = _dispersion(before)
    row, then = frame.iloc[0], (hits / spread, n / spread)
    change, low, high = interval.change(
        then, (row["lost"] / spread, row.loyal_then / spread), rules.confidence
    )
    frame = frame.assign(lost_share_before=hits / n if n else float("nan"), change_share=change)
    enough = len(before) >= FEWEST_MONTHS and row.loyal_then >= rules.min_customers
    unusual = ("more" if low > 0 else "less" if high < 0 else "no") if enough else "cannot_tell"
    return frame.assign(low_share=low, high_share=high, unusual=unusual)


def _dispersion(before: pd.DataFrame) -> float:
    """Return how much more months differ from each other than chance alone would have it; 1 at least."""
    n = before.loyal_then.astype("float64")
    share = before["lost"].sum() / n.sum() if n.sum() else 0.0
    if len(before) < 2 or not 0 < share < 1:
        return 1.0
    squares = (before["lost"] - n * share) ** 2 / (n * share * (1 - share))
    return max(1.0, float(squares.sum()) / (len(before) - 1))


@needs()
def sentence(loyalty: pd.DataFrame, loss: pd.DataFrame, confidence: float) -> str:
    """Say how many loyal customers were lost and won lately, and whether the latest month is unusual."""
    whole = loyalty[~loyalty.partial]
    if whole.empty:
        return _("No whole month is shown yet.")
    last, several = whole.iloc[-1], len(whole) > 1
    usual = _judged(loss, confidence) if last.judged else ""
    return i18n.sentences([_of_month(last), usual, _of_all(whole) if several else ""])


def _of_month(last: pd.Series) -> str:
    said = _("In {month}, {lost} of those loyal at its start ({n}) were lost, and {won} became loyal.")
    if pd.isna(last["lost"]):
        said = _(
            "In {month}, {won} became loyal. How many were lost cannot be told: the data do not reach back "
            "far enough."
        )
    return said.format(
        month=f"{last.month:%Y-%m}",
        lost=i18n.count(last["lost"]),
        n=i18n.count(last.loyal_then),
        won=i18n.count(last.became_loyal),
    )


def _of_all(whole: pd.DataFrame) -> str:
    told = whole[whole["lost"].notna()]
    said = _(
        "In the {n} whole months shown, {lost} were lost and {won} became loyal; who came back and left "
        "again counts twice."
    )
    if len(told) < len(whole):
        said = ngettext(
            "In the {n} whole months shown, {won} became loyal; in the latest one, in which that can be "
            "told, {lost} were lost.",
            "In the {n} whole months shown, {won} became loyal; in the latest {told} of them, in which that "
            "can be told, {lost} were lost.",
            len(told),
        )
    if told.empty:
        said = _("In the {n} whole months shown, {won} became loyal.")
    return said.format(
        n=i18n.count(len(whole)),
        told=i18n.count(len(told)),
        lost=i18n.count(told["lost"].sum()),
        won=i18n.count(whole.became_loyal.sum()),
    )


def _judged(loss: pd.DataFrame, confidence: float) -> str:
    if loss.empty or loss.unusual[0] == "cannot_tell":
        return _("Whether that is more than usual cannot be told yet.")
    row = loss.iloc[0]
    said = {
        "more": _("That is more than usual: {share} of the loyal ones, {before} in the months before"),
        "less": _("That is less than usual: {share} of the loyal ones, {before} in the months before"),
        "no": _("That is not unusual: {share} of the loyal ones, {before} in the months before"),
    }[row.unusual].format(share=i18n.percent(row.lost_share), before=i18n.percent(row.lost_share_before))
    return _("{said} ({confidence} interval of the change {low} to {high} points).").format(
        said=said,
        confidence=i18n.percent(confidence, 0),
        low=_points(row.low_share),
        high=_points(row.high_share),
    )


def _points(share: float) -> str:
    """Write a change of a share in percentage points with its sign: -0.012 → −1.2."""
    return i18n.signed_decimal(share * 100)
