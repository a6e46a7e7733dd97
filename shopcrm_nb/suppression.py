"""Suppression: messages to people who should have had none, or not so soon again (RE-01, RE-16)."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import campaign, filled, i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

# What a shop may call a channel for which the table customers has a consent.
CHANNELS = {
    "email_ok": ("email", "e-mail", "edm", "邮件", "电子邮件", "邮箱"),
    "sms_ok": ("sms", "text", "text message", "mms", "短信", "手机短信", "彩信"),
}
BREACHES = ("blacklisted", "no_consent", "unsubscribed", "too_soon")
NEEDS = {
    "blacklisted": "customers.blacklisted",
    "no_consent": "customers.sms_ok",
    "unsubscribed": "sends.unsubscribed_at",
}
COUNTED = ["breach_messages", "customers", "judged_messages"]
COLUMNS = ["campaign_id", "breach", *COUNTED, "breach_share", "state"]


@needs("sends.campaign_id", "sends.customer_id", "sends.sent_at", "sends.channel")
def breaches(shop: Shop, rules: CampaignRules) -> pd.DataFrame | NotComputed:
    """Return the messages of each campaign that should not have gone out: a row a campaign and breach.

    Hold-outs, and messages after as_of, are left out.

    - breach: blacklisted, and no_consent (of the message's channel; other channels than e-mail and text
      messages have none), as the table customers tells now, so that who said no after the message is among
      them; unsubscribed: an earlier message of the channel had been answered by unsubscribing before this one
      went out; too_soon: less than ``quiet_days`` of 24 hours after another message to the customer, of
      whatever campaign and channel.
    - breach_messages, customers (different ones); judged_messages: of which it can be told; breach_share:
      breach_messages of these; state: empty, or what is missing.

    NotComputed where nobody was written to.
    """
    if lacking := filled.lacks(shop, "sends", "campaign_id", "customer_id", "sent_at"):
        return lacking
    rows = _marked(shop, rules)
    counts = {f"{name}.{what}": value for name in BREACHES for what, value in _sums(rows, name).items()}
    found = rows.group_by("campaign_id").aggregate(**counts).order_by("campaign_id").to_pandas()
    if found.empty:
        return NotComputed("sends.sent_at", _("no message up to the last day counted"))
    states = {name: _state(name, found) for name in BREACHES}
    told = [_of_breach(row, name, states[name]) for row in found.to_dict("records") for name in BREACHES]
    return pd.DataFrame(told, columns=COLUMNS).astype(dict.fromkeys(COUNTED, "Int64"))


def _marked(shop: Shop, rules: CampaignRules) -> ir.Table:
    """Return a row a message, with true, false or null (not known) for each breach."""
    rows = campaign.messages(shop)
    rows = rows.filter(~rows.held & rows.customer_id.notnull())
    gone = rows.unsubscribed_at if "unsubscribed_at" in rows.columns else ibis.null("timestamp")
    rows = rows.select(
        "campaign_id", "customer_id", "sent_at", channel=rows.channel.lower().strip(), gone=gone
    )
    turn = [rows.sent_at, rows.campaign_id, rows.channel]
    last = rows.sent_at.lag().over(group_by="customer_id", order_by=turn)
    earlier = ibis.window(group_by=["customer_id", "channel"], order_by=turn, preceding=(None, 1))
    left = rows.gone.min().over(earlier)
    near = last > rows.sent_at - ibis.interval(days=rules.quiet_days)
    has_gone = bool(filled.columns(shop, "sends", "unsubscribed_at"))
    rows = rows.mutate(
        too_soon=near.fill_null(False),
        unsubscribed=(left < rows.sent_at).fill_null(False) if has_gone else ibis.null("boolean"),
    )
    return _with_file(rows, shop)


def _with_file(rows: ir.Table, shop: Shop) -> ir.Table:
    """Add what the table customers tells: blacklisted and no_consent."""
    nothing = ibis.null("boolean")
    there = filled.columns(shop, "customers", "blacklisted", *CHANNELS)
    if not there:
        return rows.mutate(blacklisted=nothing, no_consent=nothing)
    people = shop.tables["customers"].select("customer_id", *there)
    both = rows.left_join(people, "customer_id", rname="{name}_right").drop("customer_id_right")
    asked = [(both.channel.isin(CHANNELS[name]), ~both[name]) for name in CHANNELS if name in there]
    return both.mutate(
        blacklisted=both.blacklisted if "blacklisted" in there else nothing,
        no_consent=ibis.cases(*asked, else_=nothing) if asked else nothing,
    )


def _sums(rows: ir.Table, name: str) -> dict[str, ir.Scalar]:
    yes = rows[name].fill_null(False)
    return {
        "breach_messages": yes.sum(),
        "customers": rows.customer_id.nunique(where=yes),
        "judged_messages": rows[name].count(),
    }


def _state(name: str, found: pd.DataFrame) -> str:
    """Return what is missing where a breach can be told of no message at all, else nothing."""
    return "" if found[f"{name}.judged_messages"].sum() else NotComputed(NEEDS[name]).sentence()


def _of_breach(row: dict, name: str, state: str) -> tuple:
    messages, customers, judged = (row[f"{name}.{c}"] for c in COUNTED)
    if not judged:
        return row["campaign_id"], name, None, None, 0, float("nan"), state
    return row["campaign_id"], name, messages, customers, judged, messages / judged, state


@needs()
def shown(found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``breaches`` that ask to be read: where something was wrong, or cannot be told."""
    wrong = found.breach_messages.fillna(0) > 0
    return found[wrong | (found.state != "")].reset_index(drop=True)


@needs()
def sentence(found: pd.DataFrame, rules: CampaignRules, campaign_id: str = "") -> str:
    """Say how many messages should not have gone out, of one campaign or of all, and what cannot be told."""
    mine = found[found.campaign_id == campaign_id] if campaign_id else found
    sums = mine.groupby("breach")[["breach_messages", "judged_messages"]].sum()
    said = [_of_one(name, int(sums.breach_messages[name]), rules) for name in BREACHES if name in sums.index]
    untold = [name for name in BREACHES if name in sums.index and not sums.judged_messages[name]]
    if not any(said):
        said = (
            []
            if len(untold) == len(BREACHES)
            else [_("No message went to somebody who should have had none.")]
        )
    missing = _("Not all can be told: needs {needs}.").format(needs=", ".join(NEEDS[name] for name in untold))
    return i18n.sentences([*said, missing if untold else ""])


def _of_one(name: str, n: int, rules: CampaignRules) -> str:
    if not n:
        return ""
    said = {
        "blacklisted": ngettext(
            "{n} message went to somebody who is blacklisted.",
            "{n} messages went to people who are blacklisted.",
            n,
        ),
        "no_consent": ngettext(
            "{n} message went to somebody who has not agreed to it.",
            "{n} messages went to people who have not agreed to them.",
            n,
        ),
        "unsubscribed": ngettext(
            "{n} message went to somebody who had unsubscribed.",
            "{n} messages went to people who had unsubscribed.",
            n,
        ),
        "too_soon": ngettext(
            "{n} message came less than {days} days after another.",
            "{n} messages came less than {days} days after another.",
            n,
        ),
    }[name]
    return said.format(n=i18n.count(n), days=i18n.count(rules.quiet_days))
