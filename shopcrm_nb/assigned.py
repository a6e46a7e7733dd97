"""Assigned: the customers of a campaign's messages and of its hold-out, what they did before, and after."""

import datetime as dt
from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import campaign, filled, i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

WINDOW = "window"
HELD, WRITTEN = "holdout", "treatment"
ARMS = (WRITTEN, HELD)
COUNTED, SUMMED = ("n", "buyers", "orders", "before_buyers"), ("y", "yy", "x", "xx", "xy")
CENTS = "decimal(19, 2)"  # from 19 on the engine multiplies without overflow
SQUARES = "decimal(38, 4)"  # of cents, which a sum of floats would round by the order of the rows
A_DAY = dt.timedelta(days=1)


def spans(rules: CampaignRules) -> tuple[str, ...]:
    """Return the names of the spans after a message: window, and each horizon by its days."""
    return (WINDOW, *(str(days) for days in rules.horizons))


@needs("orders.customer_id", "sends.customer_id", "sends.campaign_id", "sends.sent_at")
def people(shop: Shop, campaign_id: str, rules: CampaignRules) -> ir.Table | NotComputed:
    """Return the customers of a campaign's sends, a row each, kept in the engine while in use.

    - customer_id, arm (treatment, or holdout: only held out), both (in both arms, and so counted as
      treatment), variant (the arm's word) and channel of the first message of the arm, assigned_at (the first
      sent_at of all). Whoever was assigned counts, whether the message arrived or not.
    - before_orders, before_net_sales: valid orders of the ``before_days`` before assigned_at;
      before_recency_days: days since the last valid order ever before it, null without one.
    - window_end: the end of the window, ``window_days`` of 24 hours after assigned_at, or of the campaign's
      last day if that is later; others: how many other campaigns wrote to the customer from ``window_days``
      before assigned_at to the end of the window, as far as as_of.
    - orders_SPAN, net_sales_SPAN for window and each of ``horizons``: valid orders from assigned_at, the
      moment itself included, to the end of the span, that moment not included; refunds known at as_of taken
      off; null where the span is not over at the end of as_of.

    Sends after as_of do not exist. NotComputed where the campaign has none. Domain DX-17, RE-16.
    """
    lacking = filled.lacks(shop, "sends", "customer_id", "campaign_id", "sent_at")
    if lacking:
        return lacking
    sends = _sends(shop)
    each = _ends(_arms(sends.filter(sends.campaign_id == campaign_id)), _last_day(shop, campaign_id), rules)
    each = each.cache()
    if not each.count().to_pyarrow().as_py():
        return NotComputed(_("messages of this campaign in the table sends"))
    counts = _bought(each, shop, rules), _others(each, sends, campaign_id, rules)
    for found in counts:
        each = each.left_join(found, "customer_id").drop("customer_id_right")
    return _blanked(each, shop.as_of, rules).cache()


def _sends(shop: Shop) -> ir.Table:
    """Return the sends up to as_of; ``word``: the arm, "" without."""
    rows = campaign.messages(shop)
    rows = rows.filter(rows.customer_id.notnull())
    word = rows.arm.fill_null("") if "arm" in rows.columns else ibis.literal("")
    channel = rows.channel.fill_null("")
    return rows.select("campaign_id", "customer_id", "sent_at", "held", word=word, channel=channel)


def _arms(sends: ir.Table) -> ir.Table:
    """Fold the messages to a customer: the first that went out, else the first that was held back."""
    first = {"order_by": [sends.held, sends.sent_at, sends.channel, sends.word]}
    each = sends.group_by("customer_id").aggregate(
        assigned_at=sends.sent_at.min(),
        held=sends.held.all(),
        both=sends.held.any() & ~sends.held.all(),
        word=sends.word.first(**first),
        channel=sends.channel.first(**first),
    )
    return each.select(
        "customer_id",
        "assigned_at",
        "both",
        arm=ibis.ifelse(each.held, HELD, WRITTEN),
        variant=ibis.ifelse(each.held, ibis.null("string"), each.word.nullif("")),
        channel=each.channel.nullif(""),
    )


def _last_day(shop: Shop, campaign_id: str) -> dt.date | None:
    if shop.missing("campaigns.end"):
        return None
    rows = shop.tables["campaigns"]
    return rows.filter(rows.campaign_id == campaign_id).end.max().date().to_pyarrow().as_py()


def _ends(each: ir.Table, last_day: dt.date | None, rules: CampaignRules) -> ir.Table:
    ends = each.assigned_at + ibis.interval(days=rules.window_days)
    if last_day:
        after = dt.datetime.combine(last_day + A_DAY, dt.time())
        ends = ibis.greatest(ends, ibis.literal(after, type="timestamp"))
    return each.mutate(window_end=ends)


def _end(each: ir.Table, span: str) -> ir.TimestampValue:
    return each.window_end if span == WINDOW else each.assigned_at + ibis.interval(days=int(span))


def _bought(each: ir.Table, shop: Shop, rules: CampaignRules) -> ir.Table:
    """Sum each customer's valid orders before, and in each span: one pass over the orders."""
    orders = shop.orders.select("customer_id", "paid_at", "net")
    rows = orders.join(each.select("customer_id", "assigned_at", "window_end"), "customer_id")
    earlier = rows.paid_at < rows.assigned_at
    begins = rows.assigned_at - ibis.interval(days=rules.before_days)
    inside = {"before": earlier & (rows.paid_at >= begins)}
    inside |= {span: ~earlier & (rows.paid_at < _end(rows, span)) for span in spans(rules)}
    sums = {_name("orders", span): when.sum() for span, when in inside.items()}
    sums |= {_name("net_sales", span): rows.net.sum(where=when).round(4) for span, when in inside.items()}
    last_at = rows.paid_at.max(where=earlier)
    return rows.group_by("customer_id").aggregate(last_at=last_at, **sums)


def _name(what: str, span: str) -> str:
    return f"before_{what}" if span == "before" else f"{what}_{span}"


def _others(each: ir.Table, sends: ir.Table, campaign_id: str, rules: CampaignRules) -> ir.Table:
    rows = sends.filter((sends.campaign_id != campaign_id) & ~sends.held)
    rows = rows.join(each.select("customer_id", "assigned_at", "window_end"), "customer_id")
    begins = rows.assigned_at - ibis.interval(days=rules.window_days)
    near = rows.filter((rows.sent_at >= begins) & (rows.sent_at < rows.window_end))
    return near.group_by("customer_id").aggregate(others=near.campaign_id.nunique())


def _blanked(each: ir.Table, as_of: dt.date, rules: CampaignRules) -> ir.Table:
    """Put 0 where nothing was bought, and null where the span is not over."""
    told = ibis.literal(dt.datetime.combine(as_of + A_DAY, dt.time()), type="timestamp")
    known = {"others": each.others.fill_null(0)}
    known |= {name: each[name].fill_null(0) for name in ("before_orders", "before_net_sales")}
    recency = each.assigned_at.date().delta(each.last_at.date(), unit="day")
    for span in spans(rules):
        over = _end(each, span) <= told
        for name in (f"orders_{span}", f"net_sales_{span}"):
            known[name] = ibis.ifelse(over, each[name].fill_null(0), ibis.null(each[name].type()))
    who = ("customer_id", "arm", "both", "variant", "channel", "assigned_at", "window_end")
    return each.select(*who, **known, before_recency_days=recency)


@needs()
def moments(people: ir.Table, span: str, by: Iterable[str] = ()) -> pd.DataFrame:
    """Return what an effect is computed from: a row an arm (and value of the columns ``by``) of ``people``.

    Columns arm, ``by``, n (customers whose span is over), buyers (with an order in it), orders, and the sums
    y, yy, x, xx, xy, with y the net sales of the span and x before_net_sales, in whole cents, so that equal
    rows in another order give equal sums; before_buyers (of the n, with an order before). The written to come
    first.
    """
    return tidy(people.group_by("arm", *by).aggregate(**sums(people, span)).to_pandas(), by)


def sums(people: ir.Table, span: str) -> dict[str, ir.Scalar]:
    """Return the sums of ``moments`` for one span by name, to be asked for in one aggregate with others."""
    orders = people[f"orders_{span}"]
    over = orders.notnull()
    y, x = (people[name].round(2).cast(CENTS) for name in (f"net_sales_{span}", "before_net_sales"))
    pairs = {"yy": (y, y), "xx": (x, x), "xy": (x, y)}
    return {
        "n": over.sum(),
        "buyers": (orders > 0).sum(),
        "orders": orders.sum(),
        "before_buyers": (people.before_orders > 0).sum(where=over),
        **{name: value.cast(SQUARES).sum(where=over) for name, value in {"y": y, "x": x}.items()},
        **{name: (a * b).cast(SQUARES).sum(where=over) for name, (a, b) in pairs.items()},
    }


def tidy(found: pd.DataFrame, by: Iterable[str] = ()) -> pd.DataFrame:
    """Give the sums of ``moments`` their types and order; 0 where nobody's span is over."""
    zeros = found.fillna(dict.fromkeys((*COUNTED, *SUMMED), 0))
    typed = zeros.astype(dict.fromkeys(COUNTED, "int64") | dict.fromkeys(SUMMED, "float64"))
    typed = typed.sort_values(["arm", *by], ascending=[False, *(True for _column in by)])
    shown = ["arm", *by, *COUNTED[:-1], *SUMMED, COUNTED[-1]]
    return typed[[*shown, *(name for name in typed if name not in shown)]].reset_index(drop=True)


@needs()
def contamination(people: ir.Table) -> pd.DataFrame:
    """Return, a row an arm, whom other campaigns wrote to in the same time, too: the written to come first.

    Columns arm, customers, other_campaign_customers (with ``others`` above 0), other_campaign_share (of
    customers), both_arms (also held out by a second row: counted as written to).
    """
    touched = (people.others > 0).sum()
    found = people.group_by("arm").aggregate(
        customers=people.count(), other_campaign_customers=touched, both_arms=people.both.sum()
    )
    counts = dict.fromkeys(["customers", "other_campaign_customers", "both_arms"], "int64")
    frame = found.order_by(found.arm.desc()).to_pandas().astype(counts)
    frame.insert(3, "other_campaign_share", frame.other_campaign_customers / frame.customers)
    return frame


@needs()
def told(contamination: pd.DataFrame) -> str:
    """Say how many of each arm other campaigns wrote to, and what that means for the comparison."""
    rows = contamination.set_index("arm")
    both = int(rows.both_arms.sum())
    twice = ngettext(
        "{n} customer is both among the written to and the held out, and counts as written to.",
        "{n} customers are both among the written to and the held out, and count as written to.",
        both,
    ).format(n=i18n.count(both))
    return i18n.sentences([_near(rows), twice if both else ""])


def _near(rows: pd.DataFrame) -> str:
    if not rows.other_campaign_customers.sum():
        return _("No other campaign wrote to these customers in the same days.")
    shares = {arm: i18n.percent(rows.other_campaign_share.get(arm)) for arm in ARMS}
    if HELD not in rows.index:
        return _("Other campaigns wrote to {written} of these customers in the same days.").format(
            written=shares[WRITTEN]
        )
    said = _(
        "In the same days other campaigns wrote to {written} of those written to and to {held} of those "
        "held out: what is measured is what this campaign added to them."
    )
    return said.format(written=shares[WRITTEN], held=shares[HELD])
