"""Tables for reading: labels, units and number forms by column, the same on every page."""

import hashlib
import html
from collections.abc import Callable

import pandas as pd
from pandas.io.formats.style import Styler

from shopcrm_nb import definitions, i18n, labels
from shopcrm_nb.absent import needs
from shopcrm_nb.i18n import _, ngettext

COUNTS = {
    *("customers", "orders", "buyers", "count", "rows", "rows_in", "rows_out", "dropped"),
    *("recency_days", "frequency", "r_score", "f_score", "m_score", "score"),
    *("customers_then", "entered", "left", "customers_now"),
    *("k", "cluster", "place", "runs", "mean_recency_days"),
    *("new_buyers", "returning_buyers", "days", "visitors", "rank", "back_end_orders"),
    *("n", "open", "untimed", "impossible", "judged", "late", "slow", "refunded_orders", "full_orders"),
    *("base", "texts", "good_texts", "middle_texts", "bad_texts", "unknown_texts", "lag_months", "months"),
    *("ratings", "five_stars_needed", "five_stars_per_100"),
    *("with_address", "with_consent", "reachable", "unreachable", "untold"),
    *("placed_orders", "closed_orders", "waiting_orders", "recovered_orders", "days_since"),
    *("at_least", "numerator", "month_number", "active", "new_customers", "unknown_customers"),
    "orders_without_items",
    *("known_customers", "found", "base_customers", "tgi", "tgi_low", "tgi_high", "followed"),
    *("email_yes", "sms_yes", "blacklisted", "levels", "age_days"),
    *(
        "urgent",
        "left_out",
        "oldest_days",
        "waiting_days",
        "since_days",
        "tier_orders",
        "missing_orders",
        "near_customers",
    ),
    *("good_customers", "later_customers", "later_good_customers", "again_customers"),
    *("loyal_then", "lost", "became_loyal", "months_before", "daily_people", "told_orders"),
    *("by_id", "by_contact", "shared", "unmatched"),
    *("pieces", "sent_messages", "unsubscribed", "breach_messages", "judged_messages", "other_customers"),
    *("with_orders", "orders_together", "other_days", "left_out_days"),
    *("of_before", "n_before", "of_delivered", "n_delivered", "cart_users", "favourite_users"),
    *("other_campaign_customers", "both_arms", "waiting_customers", "unknown_buyers"),
    *("claimable_orders", "contested_orders"),
    *("n_treatment", "n_holdout", "groups", "few_groups"),
    *(
        "buyers_treatment",
        "buyers_holdout",
        "incremental_buyers",
        "needed_n",
        "needed_holdout",
        "lasting_days",
    ),
}
MONEY = {
    *("net_sales", "net_sales_per_customer", "monetary", "paid"),
    *("net_sales_per_customer_top10", "net_sales_per_customer_top20"),
    *("net_sales_then", "net_sales_now"),
    *("net_sales_per_buyer", "returning_net_sales_per_buyer", "net_sales_per_day", "net_sales_before"),
    *("net_sales_at_stake", "value", "back_end_paid"),
    *("refund", "amount", "net_sales_reachable", "net_sales_unreachable", "net_sales_untold"),
    *("placed_amount", "closed_amount", "recovered_amount", "lost_amount", "won_back_amount", "order_total"),
    *("least_net_sales", "audience_cost"),
    *("net_amount", "message_cost", "expected_net_sales"),
    *("net_sales_365d", "gross_profit", "coupons", "messages"),
    *("profit_contribution", "profit_contribution_per_customer"),
    *("waiting_amount", "refunded_amount", "gift_amount", "tier_amount", "missing_amount"),
    *("cost", "send_cost", "coupon_cost", "gift_cost", "ad_cost", "labour_cost", "claimable_net_sales"),
    *("extra_net_sales_per_1000", "sales_low", "sales_high"),
    *("profit_per_1000", "profit_low", "profit_high"),
    *("order_amount", "net_sales_per_order", "net_sales_per_item", "cumulative_net_sales_per_customer"),
}
PLAIN = {"rfm_from", "rfm_to", "rfm_value", "gini", "value_before", "value_now"}
SHARES = {
    "share",
    "repeat_low",
    "repeat_high",
    "closed_share_7_days",
    "ci_low",
    "ci_high",
    "share_of_change",
} | {
    *("repeat_share_top10", "repeat_share_top20", "sales_share_top10", "sales_share_top20"),
    *("share_of_visitors", "share_of_before", "share_of_first", "first_ci_low", "first_ci_high"),
    *("share_of_delivered", "before_low", "before_high", "delivered_low", "delivered_high"),
}
# Changes, whose sign is told in any case.
SIGNED_MONEY = {"lasting_net_sales", "contribution", "gap", "gap_left", "net_sales_change"}
SIGNED_SHARES = {"change_share", "gap_share", "variant_difference", "variant_low", "variant_high"}
SIGNED_MONEY |= {"incremental_net_sales", "incremental_net_sales_low", "incremental_net_sales_high"}
SIGNED_MONEY |= {"expected_net", "expected_net_low", "expected_net_high"}
COUNTS |= {"known_tgi", "known_low", "known_high"}
COUNTS |= {"without_orders", "matched", "alike_customers", "spread_days", "campaign_days", "placebo_periods"}
SIGNED_MONEY |= {"extra_net_sales", "extra_low", "extra_high", "after_extra_net_sales"}
SIGNED_MONEY |= {"both_extra_net_sales", "both_extra_low", "both_extra_high"}
SIGNED_SHARES |= {
    *("change_share_low", "change_share_high", "buyers_change_share"),
    *(f"{of}_change_share{end}" for of in ("placebo", "against_year") for end in ("", "_low", "_high")),
}
FINE_SHARES = {"share_difference", "share_low", "share_high"}  # of so few in a hundred: two decimals
SIGNED_SHARES |= FINE_SHARES
SIGNED_SHARES |= {"came_back_difference", "came_back_difference_low", "came_back_difference_high"}
DECIMALS = {
    "expected_buyers_per_day": 1,
    **dict.fromkeys(["per_head_treatment", "per_head_holdout", "later_net_sales_per_customer"], 2),
    **dict.fromkeys(["difference", "difference_low", "difference_high", "naive_difference"], 2),
    **dict.fromkeys(["orders_per_customer", "median_days", "p80_days", "excess_orders"], 1),
    **dict.fromkeys(["median", "low", "high", "mean_stars", "correlation"], 2),
    **dict.fromkeys(["items_per_order", "items_per_buyer", "orders_per_buyer"], 2),
    **dict.fromkeys(["factor_before", "factor_now", "per_buyer_contribution"], 2),
    **dict.fromkeys(["silhouette", "auc", "dsr", "dsr_half_year_ago", "dsr_year_ago"], 3),
    **dict.fromkeys(["dsr_change", "change_low", "change_high"], 3),
    **dict.fromkeys(["p_value", "p_adjusted"], 4),
    "times": 1,
    **dict.fromkeys(["burst", "after_factor", "pieces_per_day_before", "pieces_per_day_during"], 2),
    **dict.fromkeys(["visitors_per_day", "cart_users_per_day", "favourite_users_per_day"], 1),
    **dict.fromkeys(["orders_per_day", "buyers_per_day"], 1),
    **dict.fromkeys(["detectable_buyers_per_100", "extra_buyers_per_100"], 2),
    **dict.fromkeys(["extra_buyers_per_1000", "random_buyers_per_1000"], 1),
    "q": 2,
    **dict.fromkeys(["roi_percent", "net_roi_percent", "send_roi_percent", "incremental_roi_percent"], 0),
    **dict.fromkeys(["lift", "lift_low", "lift_high", "later_lift", "later_lift_low", "later_lift_high"], 2),
}
ROUNDED = {"median_hours", "p80_hours", "p95_hours", "limit_hours"}
# Amounts so small that they are told to a part of the currency's unit.
FINE_MONEY = {"cost_per_message": 3, "cost_per_buyer": 2, "detectable_per_head": 2}
# Numbers that are written already, each in the unit of its row.
WRITTEN = {"now", "last_year", "change", "by_chance", "own_band", "benchmark_text", "goal", "goal_actual"}
WRITTEN |= {"caused_text", "lasting_text", "variant_text", "before_text", "delivered_text"}
WRITTEN |= {"buyers_text", "per_head_text", "extra_text", "change_text"}
WRITTEN |= {"driver_before", "driver_now", "dsr_change_text", "by_net_sales_per_buyer"}
WRITTEN |= {f"by_{part}" for part in ("orders_per_buyer", "items_per_order")}
WRITTEN |= {f"by_net_sales_per_{of}" for of in ("item", "order")}
WRITTEN |= {"came_back_text", "later_text", "came_back_difference_text", "first_time_text"}
WRITTEN |= {"day_before", "day_during", "day_after"}
WRITTEN |= {"per_head_treatment_text", "per_head_holdout_text"}
WRITTEN |= {"treatment_text", "holdout_text", "measured_text", "shrunk_text"}
DAYS = {"start", "end", "window_from", "window_to", "last_order_on", "compared_with"}
DAYS |= {"over_on", "first_from", "first_to", "ordered_on", "since"}
HASH_LENGTH = 64  # of a hashed mobile or e-mail, which nobody reads to its end
SHOWN_OF_HASH = 12
NAMED = 3  # columns that the line before a folded table names
MIDNIGHT = " 00:00:00"  # behind a day that is kept as a time


@needs()
def show(
    frame: pd.DataFrame, currency: str = "", top: int = 0, *, folded: bool = False, silent: bool = False
) -> "Shown":
    """Show a frame with the reader's labels and number forms; ``top`` limits the rows and counts the rest.

    A column state that has nothing to say in any row is left out. ``folded`` is for a frame behind a figure
    or a sentence that says the same: it opens at a click. ``silent`` shows nothing at all of a frame without
    rows, where a sentence beside it says why.
    """
    if "state" in frame and (frame.state == "").all():
        frame = frame.drop(columns="state")
    return Shown(frame.head(top) if top else frame, currency, len(frame), folded=folded, silent=silent)


class Shown:
    """A table as a page shows it; the frame behind it is unchanged."""

    def __init__(
        self, frame: pd.DataFrame, currency: str, rows: int, *, folded: bool = False, silent: bool = False
    ) -> None:
        """Keep the frame, the shop's currency, the rows that there are in all, and how it is shown."""
        self.frame, self.currency, self.rows = frame, currency, rows
        self.folded, self.silent = folded, silent

    def _repr_html_(self) -> str:
        if self.frame.empty:
            return "" if self.silent else _note(_("nothing to show"))
        whole = _styled(self.frame, self.currency).to_html() + self._rest() + _defined(self.frame)
        return self._behind_a_line(whole) if self.folded else whole

    def _behind_a_line(self, whole: str) -> str:
        names, columns = labels.of_columns(), list(self.frame.columns)
        said = _("Table: {columns} … ({rows})").format(
            columns=_(", ").join(names.get(column, column) for column in columns[:NAMED]), rows=self._size()
        )
        return f"<details><summary>{html.escape(said)}</summary>{whole}</details>"

    def _size(self) -> str:
        shown, n = len(self.frame), self.rows
        if shown < n:
            said = ngettext("the first {shown} of {n} row", "the first {shown} of {n} rows", n)
            return said.format(shown=i18n.count(shown), n=i18n.count(n))
        return ngettext("{n} row", "{n} rows", n).format(n=i18n.count(n))

    def _rest(self) -> str:
        more = self.rows - len(self.frame)
        text = ngettext("and {n} more row", "and {n} more rows", more).format(n=i18n.count(more))
        return _note(text) if more else ""

    def __repr__(self) -> str:
        """Return the table as plain text."""
        if self.frame.empty and self.silent:
            return ""
        return self.frame.to_string(index=False)


def _defined(frame: pd.DataFrame) -> str:
    """Return what the columns of a frame mean, folded away, as far as they mean one thing in every table.

    A meaning that only says the label again is left out.
    """
    names, meanings = labels.of_columns(), definitions.of_columns()
    said = [(names.get(column, column), meanings[column]) for column in frame.columns if column in meanings]
    told = [
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(meaning)}</dd>"
        for name, meaning in said
        if name.casefold() != meaning.casefold()
    ]
    summary = html.escape(_("What the columns mean"))
    return (
        f'<details class="meaning"><summary>{summary}</summary><dl>{"".join(told)}</dl></details>'
        if told
        else ""
    )


def _note(text: str) -> str:
    return f'<p class="note">{html.escape(text)}</p>'


def _styled(frame: pd.DataFrame, currency: str) -> Styler:
    names = labels.of_columns()
    classes = {
        column: "num" if _is_number(column) else "day" if column in DAYS else "" for column in frame.columns
    }
    cells = pd.DataFrame([classes] * len(frame), index=frame.index)
    styler = frame.style.hide(axis="index").set_td_classes(cells)
    styler.format({column: _writer(column, currency) for column in frame.columns}, escape="html")
    styler.format_index(lambda column: names.get(column, column), axis="columns", escape="html")
    styler.set_table_styles(_alignment(list(classes.values()))).set_table_attributes('class="data"')
    styler.set_uuid(_digest(list(frame.columns)))  # the default uuid is random
    styler.cell_ids = False
    return styler


def _alignment(classes: list[str]) -> list[dict]:
    """Numbers to the right, text to the left, heading and cells alike; JupyterLab has all to the right."""
    numbers = ", ".join(f"th.col{place}" for place, kind in enumerate(classes) if kind == "num")
    styles = [{"selector": "th, td", "props": "text-align: left"}]
    if numbers:
        styles.append({"selector": f"td.num, {numbers}", "props": "text-align: right"})
    return styles


def _digest(columns: list[str]) -> str:
    return hashlib.sha256(" ".join(columns).encode()).hexdigest()[:8]


def _is_number(column: str) -> bool:
    written = (
        COUNTS
        | MONEY
        | PLAIN
        | SIGNED_MONEY
        | SIGNED_SHARES
        | ROUNDED
        | WRITTEN
        | set(DECIMALS)
        | set(FINE_MONEY)
    )
    return column in written or _is_share(column)


def _is_share(column: str) -> bool:
    return column in SHARES or column.endswith("_share")


def _writer(column: str, currency: str) -> Callable[[object], str]:
    if column in COUNTS:
        return i18n.count
    if column in MONEY and "_per_" in column:
        return lambda value: i18n.each_money(value, currency)
    if column in MONEY:
        return lambda value: i18n.money(value, currency)
    if column in FINE_MONEY:
        return lambda value: i18n.money(value, currency, FINE_MONEY[column])
    if column in SIGNED_MONEY:
        return lambda value: i18n.signed_money(value, currency)
    if column in FINE_SHARES:
        return lambda value: i18n.signed_percent(value, 2)
    if column in SIGNED_SHARES:
        return i18n.signed_percent
    if _is_share(column):
        return i18n.percent
    if column in PLAIN:
        return i18n.number
    if column in ROUNDED:
        return i18n.rounded
    if column in DECIMALS:
        return lambda value: i18n.decimal(value, DECIMALS[column])
    words = labels.of_codes().get(column, {})
    return lambda value: words.get(value) or _text(value)


def _text(value: object) -> str:
    text = "" if pd.isna(value) else str(value).removesuffix(MIDNIGHT)
    hashed = len(text) == HASH_LENGTH and set(text) <= set("0123456789abcdef")
    return text[:SHOWN_OF_HASH] + "…" if hashed else text
