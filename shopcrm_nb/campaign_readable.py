"""Campaigns to read: the tables of one campaign, and those of all with names for ids."""

from collections.abc import Callable

import pandas as pd

from shopcrm_nb import archive, campaign_traffic, i18n, trait_words
from shopcrm_nb.absent import needs
from shopcrm_nb.i18n import _

SOLD = [
    "name",
    "start",
    "orders",
    "buyers",
    "new_buyers",
    "net_sales",
    "cost",
    "roi_percent",
    "net_roi_percent",
]


@needs()
def of(frame: pd.DataFrame, campaign_id: str) -> pd.DataFrame:
    """Return the rows of one campaign, without its id."""
    mine = frame[frame.campaign_id == campaign_id]
    return mine.drop(columns=["campaign_id", "name"], errors="ignore").reset_index(drop=True)


@needs()
def named(frame: pd.DataFrame, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of all campaigns, the latest first, with name and start in place of campaign_id.

    ``campaigns`` is the frame of ``campaign.every``.
    """
    latest = campaigns[["campaign_id", "name", "start"]].iloc[::-1]
    return latest.merge(frame, on="campaign_id").drop(columns="campaign_id")  # in the order of the left


@needs()
def divided(frame: pd.DataFrame, campaign_id: str) -> pd.DataFrame:
    """Return what counts to one campaign by channel or grade, without what nobody bought or was written to.

    ``frame`` is that of ``campaign_roi.by_channel`` or ``by_grade``; columns that tell nothing are left out.
    Grades stand in their order and in words.
    """
    rows = of(frame, campaign_id)
    rows = rows[(rows.orders != 0) | (rows.send_cost.fillna(0) != 0)]
    if "grade" in rows:
        # Who has no grade may be a guest, of whom nobody knows what they bought before.
        words = trait_words.groups()["grade"] | {"none": _("no order before, or without a name")}
        place = {grade: at for at, grade in enumerate(words)}
        rows = rows.sort_values(
            "grade", key=lambda grades: grades.map(place).fillna(len(place)), kind="stable"
        )
        rows = rows.assign(grade=rows.grade.replace(words))
    return rows.dropna(axis="columns", how="all").reset_index(drop=True)


@needs()
def measures(windows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return what a day before, during and after a campaign brought, beside each other: a row a measure.

    ``windows`` is the frame of ``campaign_traffic.by_window``. Columns traffic_measure, day_before,
    day_during, day_after (written, each in its unit), and those of ``campaign_traffic.factors``. Measures of
    which the data tell nothing are left out.
    """
    told = windows.set_index("window")
    found = campaign_traffic.factors(windows)
    days = {
        window: [_a_day(told.loc[window], name, currency) for name in found.traffic_measure]
        for window in campaign_traffic.WINDOWS
    }
    frame = found[["traffic_measure"]].assign(
        **{f"day_{window}": written for window, written in days.items()}
    )
    known = frame.drop(columns="traffic_measure").ne(i18n.BLANK).any(axis=1)
    return frame.join(found[["burst", "after_factor"]])[known].reset_index(drop=True)


def _a_day(row: pd.Series, name: str, currency: str) -> str:
    if name == "conversion":
        return i18n.percent(row.conversion_share)
    value = row[f"{name}_per_day"]
    return i18n.money(value, currency) if name == "net_sales" else i18n.decimal(value)


@needs()
def won(again: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return ``won.second`` with its shares and their intervals in one text.

    Columns days, won_by, customers, again_customers, came_back_text, later_text,
    came_back_difference_text, comes_back.
    """
    return again[["days", "won_by", "customers", "again_customers"]].assign(
        came_back_text=_spans(again, "came_back_share ci_low ci_high", i18n.percent),
        later_text=[i18n.money(value, currency, 2) for value in again.later_net_sales_per_customer],
        came_back_difference_text=_spans(
            again,
            "came_back_difference came_back_difference_low came_back_difference_high",
            i18n.signed_percent,
        ),
        comes_back=again.comes_back,
    )


@needs()
def first_time(found: pd.DataFrame, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Return ``won.first_time`` with names, and the share with its interval in one text.

    Columns name, start, buyers, new_buyers, returning_buyers, unknown_buyers (where there are any),
    first_time_text.
    """
    rows = named(found, campaigns)
    unknown = ["unknown_buyers"] if rows.unknown_buyers.any() else []
    return rows[["name", "start", "buyers", "new_buyers", "returning_buyers", *unknown]].assign(
        first_time_text=_spans(rows, "first_time_share ci_low ci_high", i18n.percent)
    )


@needs()
def horizons(lasting: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return of ``horizon.beside`` the spans that are over for somebody, amounts with their intervals.

    Columns span, n_treatment, n_holdout, waiting_customers and over_on (where somebody's is not over),
    per_head_treatment_text, per_head_holdout_text, per_head_text, verdict.
    """
    rows = lasting[(lasting.n_treatment + lasting.n_holdout) > 0].reset_index(drop=True)
    waiting = ["waiting_customers", "over_on"] if rows.waiting_customers.any() else []
    write = _per_head(currency)
    heads = {
        f"per_head_{arm}_text": [i18n.money(value, currency, 2) for value in rows[f"per_head_{arm}"]]
        for arm in ("treatment", "holdout")
    }
    return rows[["span", "n_treatment", "n_holdout", *waiting]].assign(
        **heads, per_head_text=_spans(rows, "difference low high", write), verdict=rows.verdict
    )


@needs()
def sold(found: pd.DataFrame) -> pd.DataFrame:
    """Return of ``archive.results`` what counts to each campaign beside its cost."""
    return found[SOLD].dropna(axis="columns", how="all")


@needs()
def caused(found: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return of ``archive.results`` what each campaign caused in its window, and how sure that is.

    Columns name, start, caused_text (incremental net sales with their interval), verdict
    (``archive.verdicts``), judged_by, incremental_roi_percent, trust, state.
    """
    readable = found[["name", "start"]].assign(
        caused_text=_amounts(found, "incremental_net_sales ci_low ci_high", currency),
        verdict=archive.verdicts(found),
        judged_by=found.judged_by,
    )
    return readable.join(found[["incremental_roi_percent", "trust", "state"]])


@needs()
def lasted(found: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return of ``archive.results`` what is left after the longest span of the campaigns that have one.

    Columns name, start, lasting_days, lasting_text (incremental net sales with their interval),
    lasting_verdict.
    """
    over = found[found.lasting_days.notna()].reset_index(drop=True)
    amounts = _amounts(over, "lasting_net_sales lasting_low lasting_high", currency)
    return over[["name", "start", "lasting_days"]].assign(
        lasting_text=amounts, lasting_verdict=over.lasting_verdict
    )


@needs()
def matched(compared: pd.DataFrame, campaign_id: str, currency: str) -> pd.DataFrame:
    """Return of ``matched.comparisons`` of a campaign the differences with their intervals.

    Columns comparison, start, end, customers, matched, alike_customers, buyers_text, per_head_text,
    leaves_zero.
    """
    rows = of(compared, campaign_id)
    told = rows[["comparison", "start", "end", "customers", "matched", "alike_customers"]].assign(
        buyers_text=_spans(rows, "share_difference share_low share_high", _fine_share),
        per_head_text=_spans(rows, "difference difference_low difference_high", _per_head(currency)),
    )
    return told.join(rows[["leaves_zero"]])


@needs()
def before_after(compared: pd.DataFrame, campaign_id: str, currency: str) -> pd.DataFrame:
    """Return of ``before_after.compared`` of a campaign the differences with their intervals.

    Columns campaign_part, start, end, net_sales, expected_net_sales, extra_text, change_text, campaign_days.
    """
    rows = of(compared, campaign_id)
    told = rows[["campaign_part", "start", "end", "net_sales", "expected_net_sales"]].assign(
        extra_text=_amounts(rows, "extra_net_sales extra_low extra_high", currency),
        change_text=_spans(rows, "change_share change_share_low change_share_high", i18n.signed_percent),
    )
    return told.join(rows[["campaign_days"]])


@needs()
def funnel(steps: pd.DataFrame, campaign_id: str) -> pd.DataFrame:
    """Return the steps of a campaign's messages: shares with their intervals, and what is missing.

    ``steps`` is the frame of ``campaign_funnel.steps``. Columns channel, variant, message_step, customers,
    before_text, delivered_text, state.
    """
    rows = of(steps, campaign_id).rename(columns={"step": "message_step"})
    told = rows[["channel", "variant", "message_step", "customers"]].assign(
        before_text=_of_whole(rows, "of_before n_before", "share_of_before before_low before_high"),
        delivered_text=_of_whole(
            rows, "of_delivered n_delivered", "share_of_delivered delivered_low delivered_high"
        ),
    )
    if told.variant.isin(["", "none"]).all():
        told = told.drop(columns="variant")
    return told.join(rows[["state"]])


def _of_whole(rows: pd.DataFrame, counts: str, shares: str) -> list[str]:
    """Write how many of how many, and the share with its interval: who bought need not have clicked."""
    said = _("{hits} of {n}: {share}")
    return [
        share if pd.isna(hits) else said.format(hits=i18n.count(hits), n=i18n.count(n), share=share)
        for (hits, n), share in zip(
            rows[counts.split()].itertuples(index=False, name=None),
            _spans(rows, shares, i18n.percent),
            strict=True,
        )
    ]


@needs()
def variants(compared: pd.DataFrame, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Return of ``campaign_variants.compared`` how many of both variants did what, and the difference.

    Columns name, start, channel, outcome, one_text, other_text, variant_text, test_verdict.
    """
    rows = named(compared, campaigns)
    return rows[["name", "start", "channel", "outcome"]].assign(
        one_text=_variant(rows, "variant", "variant_share", "customers"),
        other_text=_variant(rows, "other_variant", "other_share", "other_customers"),
        variant_text=_spans(rows, "variant_difference variant_low variant_high", i18n.signed_percent),
        test_verdict=rows.test_verdict,
    )


def _variant(rows: pd.DataFrame, *columns: str) -> list[str]:
    said = _("{variant}: {share} of {n}")
    return [
        said.format(variant=variant, share=i18n.percent(share), n=i18n.count(n))
        for variant, share, n in rows[[*columns]].itertuples(index=False, name=None)
    ]


def _amounts(found: pd.DataFrame, columns: str, currency: str) -> list[str]:
    return _spans(found, columns, lambda value: i18n.signed_money(value, currency))


def _spans(found: pd.DataFrame, columns: str, write: Callable[[float], str]) -> list[str]:
    """Write the value, low and high of each row in one text."""
    rows = found[columns.split()].itertuples(index=False, name=None)
    return [i18n.within(*map(write, row)) for row in rows]


def _fine_share(share: float) -> str:
    return i18n.signed_percent(share, 2)


def _per_head(currency: str) -> Callable[[float], str]:
    return lambda value: i18n.signed_money(value, currency, 2)
