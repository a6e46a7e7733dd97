"""What the days before, during and after a campaign say, in sentences (CP-05)."""

import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.campaign_traffic import factors
from shopcrm_nb.i18n import _, ngettext


@needs()
def sentence(windows: pd.DataFrame, rules: CampaignRules, currency: str) -> str:
    """Say what a day of the campaign brought, beside the days before and what one would expect, and after."""
    rows = {row.window: row for row in windows.itertuples()}
    during, after = rows["during"], rows["after"]
    if not during.days:
        return _("No day of the campaign is in the data.")
    burst = factors(windows).set_index("traffic_measure").burst
    first = _("A day of the campaign brought {sales} of net sales, {times} times a day before it.")
    if pd.isna(burst.net_sales):
        first = _("A day of the campaign brought {sales} of net sales; there is no day before to compare.")
    said = first.format(
        sales=i18n.money(during.net_sales_per_day, currency), times=i18n.decimal(burst.net_sales, 2)
    )
    came = _("It had {times} times the visitors.").format(times=i18n.decimal(burst.visitors, 2))
    told = [_expected(during, rules, currency), _gap(during, currency), _gap(after, currency)]
    parts = [said, came if pd.notna(burst.visitors) else "", *told, _taken_back(during, after, currency)]
    return i18n.sentences([*parts, _others(windows)])


def _expected(during: tuple, rules: CampaignRules, currency: str) -> str:
    if pd.isna(during.expected_net_sales_per_day):
        return _(
            "What its days would have brought cannot be told: no like days of the weeks before are left."
        )
    said = _("By the same weekdays of the {weeks} weeks before one would expect {sales} a day.")
    sales = i18n.money(during.expected_net_sales_per_day, currency)
    return said.format(weeks=i18n.count(rules.baseline_weeks), sales=sales)


def _side(row: tuple) -> str:
    """Tell on which side of the usual ups and downs a window lies; "" where that is not known."""
    if pd.isna(row.beside_expected) or pd.isna(row.usual_swing):
        return ""
    return "usual" if abs(row.beside_expected) <= row.usual_swing else _sign(row.beside_expected)


def _sign(gap: float) -> str:
    return "more" if gap > 0 else "less"


def _gap(row: tuple, currency: str) -> str:
    during = {
        "more": _("Its days together lie {gap} above that."),
        "less": _("Its days together lie {gap} below that."),
        "usual": _("The difference is within the usual ups and downs."),
    }
    after = {
        "more": _("The days after it together lie {gap} above what one would expect."),
        "less": _("The days after it together lie {gap} below what one would expect."),
        "usual": _("The days after it are, taken together, as usual."),
    }
    if row.window == "after" and not row.days:
        return _("The days after it are still to come.")
    said = (after if row.window == "after" else during).get(_side(row), "")
    return said.format(gap=i18n.money(abs(row.beside_expected), currency))


def _taken_back(during: tuple, after: tuple, currency: str) -> str:
    if (_side(during), _side(after)) != ("more", "less"):
        return ""
    said = _("During and after taken together come to {both}: {share} of what came in more is gone again.")
    return said.format(
        both=i18n.signed_money(during.beside_expected + after.beside_expected, currency),
        share=i18n.percent(-after.beside_expected / during.beside_expected, 0),
    )


def _others(windows: pd.DataFrame) -> str:
    left_out, shared = int(windows.left_out_days.iloc[0]), int(windows.other_days.sum())
    expected = ngettext(
        "{n} day of the weeks before lies in another campaign and is left out of what one would expect.",
        "{n} days of the weeks before lie in other campaigns and are left out of what one would expect.",
        left_out,
    ).format(n=i18n.count(left_out))
    same = ngettext(
        "{n} day of the three windows lies in another campaign too: the figures are of both.",
        "{n} days of the three windows lie in other campaigns too: the figures are of all of them.",
        shared,
    ).format(n=i18n.count(shared))
    return i18n.sentences([expected if left_out else "", same if shared else ""])
