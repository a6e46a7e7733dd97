"""Campaign funnel: how many of those written to were reached, opened, clicked and bought, at what cost."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import campaign, campaign_words, filled, i18n, interval
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

STEPS = ("sent", "delivered", "opened", "clicked", "bought")
RECORDED = {"delivered": "delivered_at", "opened": "opened_at", "clicked": "clicked_at"}
TIMES = (*RECORDED.values(), "unsubscribed_at")
KEYS = ["campaign_id", "channel", "variant"]
FUNNEL = [
    *KEYS,
    *("step", "customers", "of_before", "n_before", "share_of_before", "before_low", "before_high"),
    *("of_delivered", "n_delivered", "share_of_delivered", "delivered_low", "delivered_high", "state"),
]
NONE = ""  # of a message without a word for its variant


# --- people -------------------------------------------------------------------------------------------------


@needs("orders.customer_id", "sends.campaign_id", "sends.customer_id", "sends.sent_at", "sends.channel")
def people(shop: Shop, rules: CampaignRules) -> ir.Table | NotComputed:
    """Return whom each campaign wrote to: a row a campaign, channel, variant and customer, in the engine.

    Hold-outs, and messages after as_of, are left out. Columns

    - campaign_id, channel, variant (the word of the arm, "" without), customer_id, messages, cost (null where
      no message tells), sent_at (of the first);
    - delivered, opened, clicked, unsubscribed: by as_of. Whoever clicked has opened, and whoever opened was
      reached; told_delivered, told_opened, told_clicked: the message itself says so.
    - over: the ``window_days`` after the first message are over; bought: a valid order from that very moment
      to so many days later (that moment not included), null where they are not over (RE-01).
    """
    lacking = filled.lacks(shop, "sends", "campaign_id", "customer_id", "sent_at", "channel")
    if lacking:
        return lacking
    rows = campaign.messages(shop)
    rows = rows.filter(~rows.held & rows.customer_id.notnull())
    arm = rows.arm.fill_null(NONE) if "arm" in rows.columns else ibis.literal(NONE)
    rows = rows.mutate(variant=arm, channel=rows.channel.fill_null(NONE))
    each = rows.group_by(*KEYS, "customer_id").aggregate(
        sent_at=rows.sent_at.min(),
        messages=rows.count(),
        cost=(rows.cost if "cost" in rows.columns else ibis.null("float64")).sum(),
        **{time: _by(rows, time, shop) for time in TIMES},
    )
    clicked = each.clicked_at
    opened = each.opened_at | clicked
    until = each.sent_at + ibis.interval(days=rules.window_days)
    each = each.select(
        *KEYS,
        *("customer_id", "messages", "cost", "sent_at"),
        clicked=clicked,
        opened=opened,
        delivered=each.delivered_at | opened,
        unsubscribed=each.unsubscribed_at,
        **{f"told_{name}": each[time] for name, time in RECORDED.items()},
        until=until,
        over=until <= ibis.literal(_midnight_after(shop)),
    ).cache()
    return _with_bought(each, shop)


def _midnight_after(shop: Shop) -> pd.Timestamp:
    return pd.Timestamp(shop.as_of) + pd.Timedelta(days=1)


def _by(rows: ir.Table, time: str, shop: Shop) -> ir.BooleanScalar:
    """Tell whether any of a customer's messages has the time, by as_of."""
    if time not in rows.columns:
        return ibis.literal(False)
    return (rows[time].date() <= shop.as_of).fill_null(False).any()


def _with_bought(each: ir.Table, shop: Shop) -> ir.Table:
    orders = shop.orders.filter(shop.orders.customer_id.notnull()).select("customer_id", "paid_at")
    same = [
        each.customer_id == orders.customer_id,
        orders.paid_at >= each.sent_at,
        orders.paid_at < each.until,
    ]
    buyers = each.semi_join(orders, same).select(*KEYS, "customer_id").mutate(has_bought=True)
    both = each.left_join(buyers, [*KEYS, "customer_id"])
    both = both.select(*each.columns, "has_bought")
    bought = ibis.ifelse(both.over, both.has_bought.fill_null(False), None)
    return both.mutate(bought=bought).drop("has_bought", "until").cache()


# --- steps --------------------------------------------------------------------------------------------------


@needs()
def steps(people: ir.Table, rules: CampaignRules) -> pd.DataFrame | NotComputed:
    """Return how far the customers of each campaign, channel and variant went: a row a step.

    ``people`` is the table of this module. A customer counts once a row, however many messages they had, and
    in each channel in which they had one.

    - campaign_id, channel, variant, step (STEPS), customers who reached it.
    - of_before of n_before: of the customers of the last recorded step before, who reached this one;
      share_of_before, with before_low and before_high (Wilson, ``confidence``); null for sent.
    - of_delivered, n_delivered, share_of_delivered, delivered_low, delivered_high: the same of those whom a
      message reached; null where that is not recorded.
    - bought: only of customers whose ``window_days`` are over; who has not clicked may have bought, too.
    - state: empty, or what is missing. A step of which a campaign's channel records nothing at all, as text
      messages record no opening, is blank, and so is bought where no customer's days are over.

    NotComputed where nobody was written to. Domain RE-01.
    """
    counts = _counts(people)
    if counts.empty:
        return NotComputed("sends.sent_at", _("no message up to the last day counted"))
    told = [f"told_{name}" for name in RECORDED]
    recorded = counts.groupby(["campaign_id", "channel"])[told].transform("max") > 0
    rows = [
        {**{key: row[key] for key in KEYS}, **step}
        for place, row in enumerate(counts.to_dict("records"))
        for step in _of_row(row, {name for name in RECORDED if recorded[f"told_{name}"].iloc[place]}, rules)
    ]
    whole = ["customers", "of_before", "n_before", "of_delivered", "n_delivered"]
    return pd.DataFrame(rows)[FUNNEL].astype(dict.fromkeys(whole, "Int64"))


def _counts(people: ir.Table) -> pd.DataFrame:
    """Count who reached each step: of all, of those whose days are over (over_…), who bought (bought_…)."""
    reached = {"sent": ibis.literal(True), **{name: people[name] for name in RECORDED}}
    measures = {name: people.count(where=flag) for name, flag in reached.items()}
    measures |= {f"over_{name}": people.count(where=people.over & flag) for name, flag in reached.items()}
    yes = people.bought.fill_null(False)
    measures |= {f"bought_{name}": people.count(where=yes & flag) for name, flag in reached.items()}
    measures |= {f"told_{name}": people[f"told_{name}"].sum() for name in RECORDED}
    return people.group_by(*KEYS).aggregate(**measures).order_by(*KEYS).to_pandas()


def _of_row(row: dict, recorded: set[str], rules: CampaignRules) -> list[dict]:
    found = [_step("sent", row["sent"], None, None, rules)]
    before = "sent"
    base = row["delivered"] if "delivered" in recorded else None
    for name in RECORDED:
        if name not in recorded:
            found.append(_blank(name, f"sends.{RECORDED[name]}"))
            continue
        of_delivered = (row[name], base) if name != "delivered" and base is not None else None
        found.append(_step(name, row[name], (row[name], row[before]), of_delivered, rules))
        before = name
    if not row["over_sent"]:
        said = _("the days in which an order counts are not over")
        return [*found, _blank("bought", "orders.paid_at", said)]
    of_delivered = (row["bought_delivered"], row["over_delivered"]) if base is not None else None
    of_before = (row[f"bought_{before}"], row[f"over_{before}"])
    return [*found, _step("bought", row["bought_sent"], of_before, of_delivered, rules)]


def _step(
    name: str, customers: int, before: tuple | None, delivered: tuple | None, rules: CampaignRules
) -> dict:
    (of_before, n_before), (of_delivered, n_delivered) = before or (None, None), delivered or (None, None)
    share, low, high = _share(of_before, n_before, rules)
    of_all, all_low, all_high = _share(of_delivered, n_delivered, rules)
    told = {"step": name, "customers": customers, "of_before": of_before, "n_before": n_before}
    told |= {"share_of_before": share, "before_low": low, "before_high": high}
    told |= {"of_delivered": of_delivered, "n_delivered": n_delivered, "share_of_delivered": of_all}
    return told | {"delivered_low": all_low, "delivered_high": all_high, "state": ""}


def _share(hits: int | None, n: int | None, rules: CampaignRules) -> tuple[float, float, float]:
    if not n:
        return (float("nan"),) * 3
    return (hits / n, *interval.wilson(hits, n, rules.confidence))


def _blank(name: str, needed: str, reason: str = "") -> dict:
    nothing = dict.fromkeys(FUNNEL[len(KEYS) + 1 : -1])
    return {"step": name} | nothing | {"state": NotComputed(needed, reason).sentence()}


# --- cost ---------------------------------------------------------------------------------------------------


@needs()
def costs(people: ir.Table, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Return what a message and a buyer cost: a row a campaign and channel (CP-13).

    ``campaigns`` is the frame of ``campaign.every``.

    - campaign_id, channel, sent_messages, customers (different ones); unsubscribed, unsubscribed_share (of
      them; null where the campaign's channel records none).
    - message_cost: of the messages that tell, else the campaign's send_cost where it has one channel only,
      null without either; cost_per_message.
    - buyers, cost_per_buyer: null where the days in which an order counts are not over for everybody, and
      cost_per_buyer where nobody bought. They bought after a message; perhaps they would have without it.
    """
    each = people.group_by("campaign_id", "channel", "customer_id").aggregate(
        messages=people.messages.sum(),
        cost=people.cost.sum().round(4),
        gone=people.unsubscribed.any(),
        over=people.over.all(),
        bought=people.bought.fill_null(False).any(),
    )
    sums = each.group_by("campaign_id", "channel").aggregate(
        sent_messages=each.messages.sum(),
        customers=each.count(),
        unsubscribed=each.gone.sum(),
        message_cost=each.cost.sum().round(4),
        buyers=each.bought.sum(),
        over=each.over.all(),
    )
    frame = sums.order_by("campaign_id", "channel").to_pandas().astype({"message_cost": "float64"})
    alone = frame.groupby("campaign_id").channel.transform("count") == 1
    whole = frame.campaign_id.map(campaigns.set_index("campaign_id").send_cost).astype("float64")
    frame["message_cost"] = frame.message_cost.fillna(whole.where(alone))
    frame["buyers"] = frame.buyers.where(frame.over).astype("Int64")
    frame["unsubscribed"] = frame.unsubscribed.where(frame.unsubscribed > 0).astype("Int64")
    frame["unsubscribed_share"] = frame.unsubscribed.astype("float64") / frame.customers
    frame["cost_per_message"] = frame.message_cost / frame.sent_messages
    frame["cost_per_buyer"] = frame.message_cost / frame.buyers.astype("float64").where(frame.buyers > 0)
    names = ["campaign_id", "channel", "sent_messages", "customers", "unsubscribed", "unsubscribed_share"]
    return frame[[*names, "buyers", "message_cost", "cost_per_message", "cost_per_buyer"]]


# --- words --------------------------------------------------------------------------------------------------


@needs()
def sentence(found: pd.DataFrame, campaign_id: str, rules: CampaignRules) -> str:
    """Say how many a campaign wrote to, channel by channel, how many it reached, and how many then bought.

    ``found`` is the frame of ``steps``; variants of a channel are taken together.
    """
    mine = found[found.campaign_id == campaign_id]
    if mine.empty:
        return _("Nobody was written to in this campaign.")
    parts = [_of_channel(channel, part, rules) for channel, part in mine.groupby("channel", sort=True)]
    caution = _("Some of them would have bought without the message: this is no effect of it.")
    return i18n.sentences([*parts, caution if mine[mine.step == "bought"].n_before.sum() else ""])


def _of_channel(channel: str, part: pd.DataFrame, rules: CampaignRules) -> str:
    sums = part.groupby("step")[["customers", "of_delivered", "n_delivered", "n_before"]].sum(min_count=1)
    sent = int(sums.customers["sent"])
    first = ngettext(
        "{channel}: {n} customer was written to.", "{channel}: {n} customers were written to.", sent
    ).format(channel=campaign_words.codes()["channel"].get(channel, channel), n=i18n.count(sent))
    reached = sums.customers["delivered"]
    told = _("Of them {share} were reached.").format(share=i18n.percent(_by_base(reached, sent)))
    untold = _("Who was reached is not recorded.")
    clicked = _("Of those reached {share} clicked.").format(
        share=i18n.percent(_by_base(sums.of_delivered["clicked"], sums.n_delivered["clicked"]))
    )
    shown = clicked if pd.notna(sums.of_delivered["clicked"]) else ""
    return i18n.sentences([first, told if pd.notna(reached) else untold, shown, _bought(part, rules)])


def _by_base(hits: float, n: float) -> float:
    return float(hits) / float(n) if pd.notna(hits) and pd.notna(n) and n else float("nan")


def _bought(part: pd.DataFrame, rules: CampaignRules) -> str:
    rows = part[part.step == "bought"]
    if rows.customers.isna().all():
        return _("Whether they buy cannot be told yet.")
    said = ngettext("{n} bought within {days} day.", "{n} bought within {days} days.", rules.window_days)
    return said.format(n=i18n.count(rows.customers.sum()), days=i18n.count(rules.window_days))


@needs()
def figures(found: pd.DataFrame, campaign_id: str) -> dict[str, float]:
    """Return how many of a campaign's customers reached each step, by stable names.

    Summed over channels and variants; a step that is not recorded everywhere is left out.
    """
    mine = found[found.campaign_id == campaign_id]
    whole = mine.groupby("step", sort=False).customers.apply(lambda part: part.sum(skipna=False))
    return {f"campaign.funnel_{step}": int(n) for step, n in whole.items() if pd.notna(n)}
