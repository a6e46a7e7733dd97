"""Returns: what a campaign caused, beside what it cost."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shopcrm_nb import i18n, typed
from shopcrm_nb.absent import needs
from shopcrm_nb.effect import ENDS, Effect
from shopcrm_nb.i18n import _

NAN = float("nan")


@dataclass(frozen=True)
class Returns:
    """Incremental ROI in percent, with low and high: sales over cost; and net, profit over cost.

    Nan is not computed: without a cost, the net one without a margin.
    """

    cost: float
    margin: float
    incremental_roi_percent: float
    incremental_roi_percent_low: float
    incremental_roi_percent_high: float
    incremental_net_roi_percent: float
    incremental_net_roi_percent_low: float
    incremental_net_roi_percent_high: float


@needs()
def of(effect: Effect, cost: float | None, margin: float | None = None) -> Returns:
    """Return what the incremental net sales are of the cost, in percent (S3's ROI, of what was caused; E-19).

    incremental net sales / cost * 100; net: (incremental net sales * margin - cost) / cost * 100. Nan where
    the cost is not told or 0, the net one without a margin; never infinite.
    """
    cost = float(cost) if not pd.isna(cost) and cost > 0 else NAN
    margin = NAN if pd.isna(margin) else typed.margin(margin)
    sales = np.array([getattr(effect, f"incremental_net_sales{end}") for end in ENDS])
    return Returns(
        cost, margin, *map(float, sales / cost * 100), *map(float, (sales * margin - cost) / cost * 100)
    )


@needs()
def sentence(found: Returns) -> str:
    """Say what the campaign earned for its cost."""
    if pd.isna(found.cost):
        return _("What it earned for its cost is not computed: its cost is not told.")
    if pd.isna(found.incremental_roi_percent):
        return _("What it earned for its cost is not computed: too few customers.")
    said = _(
        "For every 100 spent it brought {roi} of net sales that would not have come without it, somewhere "
        "between {low} and {high}."
    ).format(
        roi=i18n.decimal(found.incremental_roi_percent, 0),
        low=i18n.decimal(found.incremental_roi_percent_low, 0),
        high=i18n.decimal(found.incremental_roi_percent_high, 0),
    )
    net = _(
        "After the cost of the goods and of the campaign {net} is left, between {low} and {high}."
    ).format(
        net=i18n.decimal(found.incremental_net_roi_percent, 0),
        low=i18n.decimal(found.incremental_net_roi_percent_low, 0),
        high=i18n.decimal(found.incremental_net_roi_percent_high, 0),
    )
    return i18n.sentences([said, "" if pd.isna(found.incremental_net_roi_percent) else net])
