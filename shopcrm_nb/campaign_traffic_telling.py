"""What the days before, during and after a campaign say, in sentences (CP-05)."""

import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.campaign_traffic import factors
from shopcrm_nb.i18n import _, ngettext


@needs()
def sentence(windows: pd.DataFrame, currency: str) -> str:
    """Say what a day of the campaign brought beside the days before, and what lies in its windows too."""
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
    still = _("The days after it are still to come.")
    parts = [said, came if pd.notna(burst.visitors) else "", "" if after.days else still]
    return i18n.sentences([*parts, _others(windows)])


def _others(windows: pd.DataFrame) -> str:
    shared = int(windows.other_days.sum())
    same = ngettext(
        "{n} day of the three windows lies in another campaign too: the figures are of both.",
        "{n} days of the three windows lie in other campaigns too: the figures are of all of them.",
        shared,
    ).format(n=i18n.count(shared))
    return same if shared else ""
