"""Attribution: which campaign a valid order counts to, at most one, and by what (E-19)."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import campaign, filled, i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

RULES = ("coupon", "click", "message", "days")  # what an order counts by, the strongest first
SECONDS = 86_400


@needs()
def claims(shop: Shop, orders: ir.Table, campaigns: pd.DataFrame) -> ir.Table:
    """Return which campaigns could claim which orders, kept in the engine: a row an order and campaign.

    ``orders`` are those of ``history.orders``, ``campaigns`` those of ``campaign.every``. A campaign claims
    an order by the first of these that holds:

    - coupon: its coupon was used for it (coupons.order_id, or orders.coupon_id), whoever it was granted to;
    - click: the buyer clicked on a message of it less than ``campaign.window_days`` before paying;
    - message: the buyer was written to less than so long before paying, hold-outs aside. From the very moment
      of the message (click), that moment included, to the same time so many days later, which is not;
    - days: it has no messages and is not for the holders of coupons, the order was paid in its days, and has
      a line of one of its products where it names some (without lines that cannot be told, see ``untold``).

    Columns order_id, campaign_id, channel (of the last click or message; null without), net, wins: the one
    campaign the order counts to, by the strongest rule, then the latest click (message), then the campaign
    that began later, then the lesser campaign_id; claims: how many campaigns could claim the order;
    claimed_by.
    Without usable customer ids only coupon and days are told.
    """
    places = _places(campaigns)
    parts = [*_coupons(shop, orders, places), *_touches(shop, orders, places)]
    parts += _days(shop, orders, campaigns, places)
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    strength = [every.rank, every.at.desc(), every.place, every.channel]
    pair = ibis.window(group_by=["order_id", "place"], order_by=strength)
    # An order that a coupon claims keeps the channel of the message that brought it, if one did.
    brought = ibis.window(group_by=["order_id", "place"], order_by=[every.channel.isnull(), *strength])
    channel = every.channel.first(include_null=True).over(brought)
    every = every.mutate(turn=ibis.row_number().over(pair), channel=channel)
    one = every.filter(every.turn == 0)
    in_order = ibis.window(group_by="order_id", order_by=[one.rank, one.at.desc(), one.place])
    claims = one.count().over(ibis.window(group_by="order_id"))
    one = one.mutate(wins=ibis.row_number().over(in_order) == 0, claims=claims)
    named = one.join(places, "place").join(orders.select("order_id", "net"), "order_id")
    rule = ibis.cases(*((named.rank == rank, rule) for rank, rule in enumerate(RULES)))
    return named.select(
        "order_id", "campaign_id", "channel", "net", "wins", "claims", claimed_by=rule
    ).cache()


def _places(campaigns: pd.DataFrame) -> ir.Table:
    """Return campaign_id and place: of two that claim alike, the one with the lesser place wins."""
    order = campaigns.sort_values("campaign_id").sort_values("start", ascending=False, kind="stable")
    frame = pd.DataFrame({"campaign_id": list(order.campaign_id), "place": range(len(order))})
    return ibis.memtable(frame, schema={"campaign_id": "string", "place": "int64"})


def _claim(rows: ir.Table, rule: str, **told: ir.Value) -> ir.Table:
    at, channel = told.get("at", ibis.null("timestamp")), told.get("channel", ibis.null("string"))
    rank = ibis.literal(RULES.index(rule), "int64")
    return rows.select("order_id", "place", rank=rank, at=at.cast("timestamp"), channel=channel)


def _coupons(shop: Shop, orders: ir.Table, places: ir.Table) -> list[ir.Table]:
    keys = [*filled.columns(shop, "coupons", "order_id"), *filled.columns(shop, "orders", "coupon_id")]
    if filled.lacks(shop, "coupons", "campaign_id", "coupon_id"):
        return []
    rows = shop.tables["coupons"]
    found = []
    for key in keys:
        pairs = rows.select(key, "campaign_id").join(places, "campaign_id").select(key, "place").distinct()
        ids = orders.select(*dict.fromkeys(["order_id", key]))
        found.append(_claim(ids.join(pairs, key), "coupon"))
    return found


def _touches(shop: Shop, orders: ir.Table, places: ir.Table) -> list[ir.Table]:
    """Join orders to the clicks and messages shortly before them.

    A message is looked for in its own span of ``window_days`` and in the next, so that an order meets only
    those that are near, however many a customer has had.
    """
    rows = campaign.messages(shop)
    if rows is None or shop.missing("orders.customer_id", "sends.customer_id"):
        return []
    rows = rows.filter(~rows.held).join(places, "campaign_id")
    days = shop.settings.rules.campaign.window_days
    mine = orders.filter(orders.customer_id.notnull())
    mine = mine.select("order_id", "customer_id", "paid_at", span=_span(mine.paid_at, days))
    times = {"click": "clicked_at"} if filled.columns(shop, "sends", "clicked_at") else {}
    found = []
    for rule, time in (times | {"message": "sent_at"}).items():
        touch = rows.filter(rows[time].notnull()).select("customer_id", "place", "channel", at=time)
        touch = touch.mutate(span=_span(touch.at, days), until=touch.at + ibis.interval(days=days))
        touch = touch.union(touch.mutate(span=touch.span + 1))
        near = [touch.at <= mine.paid_at, mine.paid_at < touch.until]
        both = mine.join(touch, ["customer_id", "span", *near])
        found.append(_claim(both, rule, at=both.at, channel=both.channel))
    return found


def _span(at: ir.TimestampValue, days: int) -> ir.IntegerValue:
    return (at.epoch_seconds() // (days * SECONDS)).cast("int64")


def _days(shop: Shop, orders: ir.Table, campaigns: pd.DataFrame, places: ir.Table) -> list[ir.Table]:
    """Return the claims of campaigns without messages; of none where there is no such campaign."""
    mine = campaigns[(campaigns.kind == "open") & ~campaigns.campaign_id.isin(untold(shop, campaigns))]
    rows = [
        (row.campaign_id, day.date(), bool(row.products))
        for row in mine.itertuples()
        for day in pd.date_range(row.start, min(row.end, shop.as_of))
    ]
    schema = {"campaign_id": "string", "on_day": "date", "of_products": "boolean"}
    on_days = ibis.memtable(pd.DataFrame(rows, columns=list(schema), dtype="object"), schema=schema)
    paid = orders.select("order_id", on_day=orders.paid_on)
    inside = paid.join(on_days.join(places, "campaign_id"), "on_day")
    found = [_claim(inside.filter(~inside.of_products), "days")]
    if mine.products.map(bool).any():
        holding = _holding(shop, mine, places)
        found.append(_claim(inside.semi_join(holding, ["order_id", "place"]), "days"))
    return found


def _holding(shop: Shop, campaigns: pd.DataFrame, places: ir.Table) -> ir.Table:
    """Return order_id and place of the orders with a line of a campaign's products."""
    pairs = [(row.campaign_id, product) for row in campaigns.itertuples() for product in row.products]
    schema = {"campaign_id": "string", "product_id": "string"}
    goods = ibis.memtable(pd.DataFrame(pairs, columns=list(schema), dtype="object"), schema=schema)
    lines = shop.tables["order_items"].select("order_id", "product_id")
    return lines.join(goods.join(places, "campaign_id"), "product_id").select("order_id", "place")


def untold(shop: Shop, campaigns: pd.DataFrame) -> list[str]:
    """Return the ids of the campaigns of which cannot be told what was bought in them.

    They have no messages and name products, and the shop has no lines that say which products were bought.
    """
    if not filled.lacks(shop, "order_items", "order_id", "product_id"):
        return []
    return campaigns.campaign_id[(campaigns.kind == "open") & campaigns.products.map(bool)].tolist()


@needs()
def orders(orders: ir.Table, claims: ir.Table) -> ir.Table:
    """Return the valid orders, one row each, with the campaign that each counts to, kept in the engine.

    The columns order_id, key, kind, paid_on, paid, net of ``history.orders``, customer_id (null where the
    shop has none), and of ``claims`` campaign_id, claimed_by, channel (null where no campaign can claim the
    order) and claims (0 then).
    """
    won = claims.filter(claims.wins).select("order_id", "campaign_id", "claimed_by", "channel", "claims")
    person = orders.customer_id if "customer_id" in orders.columns else ibis.null("string")
    each = orders.select("order_id", "key", "kind", "paid_on", "paid", "net", customer_id=person)
    both = each.left_join(won, "order_id", rname="{name}_right").drop("order_id_right")
    return both.mutate(claims=both.claims.fill_null(0)).cache()


@needs()
def by_rule(claimed: ir.Table) -> pd.DataFrame:
    """Return by what the valid orders count to a campaign: a row a rule that occurs, the strongest first.

    Columns claimed_by (coupon, click, message, days; none: no campaign could claim it), orders, order_share
    (of all valid orders), net_sales, sales_share, contested_orders (that more than one campaign could claim).
    ``claimed`` is the table of ``orders``.
    """
    sums = claimed.group_by(claimed_by=claimed.claimed_by.fill_null("none")).aggregate(
        orders=claimed.count(),
        net_sales=claimed.net.sum().round(4),
        contested_orders=(claimed.claims > 1).sum(),
    )
    frame = sums.to_pandas().set_index("claimed_by").astype({"net_sales": "float64"})
    shown = [rule for rule in RULES if rule in frame.index] + ["none"]
    frame = frame.reindex(shown, fill_value=0).reset_index()
    frame.insert(2, "order_share", frame.orders / (frame.orders.sum() or float("nan")))
    frame.insert(4, "sales_share", frame.net_sales / (frame.net_sales.sum() or float("nan")))
    return frame


@needs()
def overlap(claims: ir.Table, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Return how much of a campaign's orders others could claim as well: a row a campaign, in its order.

    Columns campaign_id, name, orders (that count to it), claimable_orders and claimable_net_sales: what it
    would have if each campaign counted all that it could claim (so that their sum counts orders twice, E-19
    "all"); contested_orders: those of the claimable that another could claim, too.
    """
    sums = claims.group_by("campaign_id").aggregate(
        orders=claims.wins.sum(),
        claimable_orders=claims.count(),
        claimable_net_sales=claims.net.sum().round(4),
        contested_orders=(claims.claims > 1).sum(),
    )
    frame = campaigns[["campaign_id", "name"]].merge(sums.to_pandas(), "left", "campaign_id")
    counts = ["orders", "claimable_orders", "contested_orders"]
    frame = frame.fillna(dict.fromkeys([*counts, "claimable_net_sales"], 0))
    return frame.astype({**dict.fromkeys(counts, "int64"), "claimable_net_sales": "float64"})


@needs()
def sentence(found: pd.DataFrame, window_days: int) -> str:
    """Say how many of the valid orders count to a campaign, by which rule, and how many are contested.

    ``found`` is the frame of ``by_rule``.
    """
    mine = found[found.claimed_by != "none"]
    n, contested = int(mine.orders.sum()), int(mine.contested_orders.sum())
    said = ngettext(
        "{n} of {all} valid orders ({share}) counts to a campaign.",
        "{n} of {all} valid orders ({share}) count to a campaign.",
        n,
    ).format(
        n=i18n.count(n),
        all=i18n.count(found.orders.sum()),
        share=i18n.percent(n / found.orders.sum() if found.orders.sum() else None),
    )
    rule = ngettext(
        "Each counts once: to the campaign of its coupon; else to that of the last click, else of the last "
        "message, less than {days} day before payment; else to one without messages, in whose days it was "
        "paid.",
        "Each counts once: to the campaign of its coupon; else to that of the last click, else of the last "
        "message, less than {days} days before payment; else to one without messages, in whose days it was "
        "paid.",
        window_days,
    ).format(days=i18n.count(window_days))
    return i18n.sentences([said, rule, _contested(contested)])


def _contested(n: int) -> str:
    if not n:
        return _("No order could be claimed by two campaigns.")
    said = ngettext(
        "{n} order could be claimed by more than one campaign.",
        "{n} orders could be claimed by more than one campaign.",
        n,
    )
    return said.format(n=i18n.count(n))
