"""Key figures of campaigns: what they are called, their unit and how they are computed."""

from shopcrm_nb import campaign_words
from shopcrm_nb.i18n import _


def every() -> dict[str, tuple[str, ...]]:
    """Return name → label, unit and definition, for ``key_figures``."""
    return _campaigns() | _one_campaign() | _messages()


def _campaigns() -> dict[str, tuple[str, ...]]:
    held_out = _("By those held out, judged by the measure of the goal.")
    return {
        "campaign.campaigns": (_("Campaigns"), "count", _("Campaigns begun by the last day counted.")),
        "campaign.with_holdout": (
            _("Campaigns with a hold-out"),
            "count",
            _("Campaigns of which some customers were held out by chance."),
        ),
        "campaign.worked": (_("Campaigns that worked"), "count", held_out),
        "campaign.did_not": (_("Campaigns that did not work"), "count", held_out),
        "campaign.cannot_tell": (_("Campaigns that cannot be told yet"), "count", held_out),
    }


def _one_campaign() -> dict[str, tuple[str, ...]]:
    claimed = _("Of the campaign looked at closely: from the orders that count to it.")
    days = _("Of the campaign looked at closely: net sales less those of the same weekdays before.")
    burst = _("A day of the campaign looked at closely beside a day before it.")
    groups = _("Groups of the customers written to by the campaign looked at closely.")
    return {
        "campaign.orders": (_("Campaign: orders"), "count", claimed),
        "campaign.buyers": (_("Campaign: buyers"), "count", claimed),
        "campaign.new_buyers": (_("Campaign: new buyers"), "count", claimed),
        "campaign.net_sales": (_("Campaign: net sales"), "money", claimed),
        "campaign.cost": (_("Campaign: cost"), "money", _("All its cost lines, messages and used coupons.")),
        "campaign.roi_percent": (
            _("Campaign: ROI (sales ÷ cost)"),
            "percent",
            _("Net sales that count to it / cost: what the trade calls ROI, not what it caused."),
        ),
        "campaign.net_roi_percent": (
            _("Campaign: net ROI"),
            "percent",
            _("(Net sales that count to it × margin − cost) / cost."),
        ),
        "campaign.burst_net_sales": (_("Campaign: burst of net sales (爆发系数)"), "times", burst),
        "campaign.burst_visitors": (_("Campaign: burst of visitors"), "times", burst),
        "campaign.beside_expected_during": (_("Campaign: beside what was expected, during"), "money", days),
        "campaign.beside_expected_after": (_("Campaign: beside what was expected, after"), "money", days),
        "campaign.participants": (
            _("Campaign: who took part"),
            "count",
            _("Named customers with an order that counts to it."),
        ),
        "campaign.participants_new_share": (
            _("Campaign: new ones of these"),
            "share",
            _("Those whose first order of all lies in its days or counts to it."),
        ),
        "campaign.groups_compared": (_("Campaign: groups compared"), "count", groups),
        "campaign.groups_apart": (
            _("Campaign: groups that respond otherwise"),
            "count",
            _("Of these, those on which its effect was another one than on the others, by more than chance."),
        ),
        "campaign.qini_area": (
            _("Campaign: Qini area of the model"),
            "number",
            _("Buyers more, of 1,000 customers, if the model chose whom to write to instead of chance."),
        ),
    }


def _messages() -> dict[str, tuple[str, ...]]:
    label = _("Campaign: messages, {step}")
    meaning = _("Customers of the campaign looked at closely, once each, by how far its messages came.")
    return {
        f"campaign.funnel_{step}": (label.format(step=name), "count", meaning)
        for step, name in campaign_words.funnel_steps().items()
    }
