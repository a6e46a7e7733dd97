"""Reach: how many customers can be written to, by which channel, and what they spend (DX-15)."""

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.filled import columns
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop
from shopcrm_nb.rules import Rules

# A channel: the column of the address, and that of the consent.
CHANNELS = {"email": ("email_hash", "email_ok"), "sms": ("mobile_hash", "sms_ok")}
COUNTED = ("customers", "with_address", "with_consent", "reachable", "unreachable", "untold")
SALES = ("net_sales_reachable", "net_sales_unreachable", "net_sales_untold")
SHARES = ("address_share", "claimed_address_share", "reachable_share")
COLUMNS = ["reach", *COUNTED, *SHARES, *SALES, "sales_share"]


@needs("orders.customer_id")
def coverage(shop: Shop) -> pd.DataFrame | NotComputed:
    """Return which of the active customers can be reached, a row for each way that the shop's data tell of.

    Active is whoever has a valid order in the last ``rules.reach.days`` (365). Columns

    - reach: known (has a row in the table customers), email, sms, member (enrolled by ``as_of``); customers:
      the active ones, the same in each row.
    - with_address (an e-mail or mobile number, kept as a hash), with_consent: customers; null where the shop
      does not have the column.
    - reachable: with consent, and with an address where the shop has that column; unreachable: without one of
      the two; untold: not known, such as of a customer who is in no table. Unknown is not no. For known and
      member: who is, and who is not.
    - address_share, reachable_share: of customers; claimed_address_share: what the source claims of e-mail,
      S2 「90%以上的客户均包含其邮件地址」.
    - net_sales_reachable, net_sales_unreachable, net_sales_untold: of them in those days; sales_share: the
      part of the reachable ones.
    """
    there = columns(shop, "customers", "customer_id", *(c for pair in CHANNELS.values() for c in pair))
    members = columns(shop, "members", "customer_id")
    if not there and not members:
        return NotComputed("customers.customer_id")
    people = _active(shop)
    people = _with_file(people, shop, there) if there else people
    people = _with_members(people, shop) if members else people
    told = _told(people, there) | ({"member": _Way(people.is_member)} if members else {})
    measures = {
        f"{way}.{name}": value for way, how in told.items() for name, value in _sums(people, how).items()
    }
    found = people.aggregate(**measures).to_pyarrow().to_pylist()[0]
    rows = [{"reach": way} | {name: found[f"{way}.{name}"] for name in (*COUNTED, *SALES)} for way in told]
    return _with_shares(pd.DataFrame(rows), shop.settings.rules.reach.claimed_email_share)


@dataclass(frozen=True)
class _Way:
    """Whether each customer can be reached (null: not known), has an address, and has agreed."""

    reached: ir.BooleanValue
    address: ir.BooleanValue | None = None
    consent: ir.BooleanValue | None = None


def _active(shop: Shop) -> ir.Table:
    """Return customer_id and net_sales of the active customers."""
    first = shop.as_of - dt.timedelta(days=shop.settings.rules.reach.days - 1)
    mine = shop.orders.filter(shop.orders.paid_on >= first, shop.orders.customer_id.notnull())
    return mine.group_by("customer_id").aggregate(net_sales=mine.net.sum().round(4))


def _with_file(people: ir.Table, shop: Shop, there: list[str]) -> ir.Table:
    """Add the columns ``there`` of the table customers, and on_file."""
    rows = shop.tables["customers"].select(*there).mutate(on_file=True)
    both = people.left_join(rows, "customer_id").drop("customer_id_right")
    return both.mutate(on_file=both.on_file.fill_null(False))


def _with_members(people: ir.Table, shop: Shop) -> ir.Table:
    rows = shop.tables["members"]
    enrolled = rows.filter(rows.enrolled_at.date() <= shop.as_of).select("customer_id").distinct()
    both = people.left_join(enrolled.mutate(is_member=True), "customer_id").drop("customer_id_right")
    return both.mutate(is_member=both.is_member.fill_null(False))


def _told(people: ir.Table, there: list[str]) -> dict[str, _Way]:
    """Return what the table customers tells: who is in it, and each channel of which it has a column."""
    if not there:
        return {}
    ways = {"known": _Way(people.on_file)}
    for channel, (address, consent) in CHANNELS.items():
        if address in there or consent in there:
            has = ibis.ifelse(people.on_file, people[address].notnull(), None) if address in there else None
            agreed = people[consent] if consent in there else None
            ways[channel] = _Way(_reached(has, agreed), has, agreed)
    return ways


def _reached(has: ir.BooleanValue | None, agreed: ir.BooleanValue | None) -> ir.BooleanValue:
    """Tell true where both hold, false where one does not, null where neither is told."""
    told = [value for value in (has, agreed) if value is not None]
    lacking = ibis.or_(*(~value for value in told)).fill_null(False)
    if agreed is None:  # an address alone does not allow to write
        return ibis.ifelse(lacking, False, ibis.null("boolean"))
    return ibis.ifelse(lacking, False, ibis.ifelse(ibis.and_(*told), True, ibis.null("boolean")))


def _sums(people: ir.Table, way: _Way) -> dict[str, ir.Scalar]:
    states = {"reachable": way.reached, "unreachable": ~way.reached, "untold": way.reached.isnull()}
    steps = {"with_address": way.address, "with_consent": way.consent}
    nothing = ibis.null("int64")
    return {
        "customers": people.count(),
        **{name: nothing if has is None else has.sum().fill_null(0) for name, has in steps.items()},
        **{name: state.sum().fill_null(0) for name, state in states.items()},
        **{
            f"net_sales_{name}": people.net_sales.sum(where=state.fill_null(False)).fill_null(0).round(4)
            for name, state in states.items()
        },
    }


def _with_shares(frame: pd.DataFrame, claimed: float) -> pd.DataFrame:
    frame = frame.astype(dict.fromkeys(COUNTED, "Int64")).astype(dict.fromkeys(SALES, "float64"))
    customers = frame.customers.where(frame.customers > 0).astype("float64")
    sales = frame[list(SALES)].sum(axis=1)
    frame["address_share"] = frame.with_address.astype("float64") / customers
    frame["claimed_address_share"] = pd.Series(claimed, index=frame.index).where(frame.reach == "email")
    frame["reachable_share"] = frame.reachable.astype("float64") / customers
    frame["sales_share"] = frame.net_sales_reachable / sales.where(sales > 0)
    return frame[COLUMNS]


@needs()
def sentence(coverage: pd.DataFrame, rules: Rules) -> str:
    """Say how many customers can be written to by each channel, and what the source claims of e-mail."""
    rows = {row.reach: row for row in coverage.itertuples()}
    n = int(coverage.customers.max())
    days = i18n.count(rules.reach.days)
    if not n:
        return _("No customer has a valid order in the last {days} days.").format(days=days)
    active = ngettext(
        "{n} customer has a valid order in the last {days} days.",
        "{n} customers have a valid order in the last {days} days.",
        n,
    ).format(n=i18n.count(n), days=days)
    channels = [_of_channel(rows[name], name) for name in CHANNELS if name in rows]
    if not channels:
        channels = [_("Whether they may be written to is not in the data.")]
    return i18n.sentences([active, *channels, _claim(rows.get("email"), rules)])


def _of_channel(row: tuple, name: str) -> str:
    said = {
        "email": _("{share} of them can be written to by e-mail; they bring {sales} of the net sales."),
        "sms": _("{share} of them can be sent a text message; they bring {sales} of the net sales."),
    }[name].format(share=i18n.percent(row.reachable_share), sales=i18n.percent(row.sales_share))
    if not row.untold:
        return said
    untold = _("Of {share} it is not known.").format(share=i18n.percent(row.untold / row.customers))
    return i18n.sentences([said, untold])


def _claim(email: tuple | None, rules: Rules) -> str:
    if email is None or pd.isna(email.address_share):
        return ""
    said = _("An e-mail address is known of {share}; the source claims over {claimed}.")
    return said.format(
        share=i18n.percent(email.address_share), claimed=i18n.percent(rules.reach.claimed_email_share, 0)
    )


@needs()
def shown(coverage: pd.DataFrame) -> pd.DataFrame:
    """Return the ways to reach customers to read: who can be, who cannot, of whom it is not known."""
    counts = ["reach", "customers", "reachable", "unreachable", "untold", "reachable_share"]
    return coverage[[*counts, "sales_share"]]
