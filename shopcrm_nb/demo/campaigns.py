"""The campaigns of the demo shop: its flash sales, and messages to its customers, with what they truly do."""

from dataclasses import dataclass

import pandas as pd

from shopcrm_nb.demo import catalogue, market

SALE_PURPOSES = ("拉新", "清库存")
SALE_PREFIXES = (("FY", "WT", "PY"), ("DY", "YR", "MF", "FY"))  # of the products that each sale shows
SALE_COSTS = ({"ad_cost": 6000, "labour_cost": 800}, {"ad_cost": 9000, "gift_cost": 1200, "labour_cost": 800})
SALE_GOALS = (("新买家数", 100), ("销售额", 60_000))
COUPON_OFF_CENTS, COUPON_FROM_CENTS = 2000, 19_900  # 满199减20
WINDOW_DAYS = 7  # in which whoever is moved by a message buys


@dataclass(frozen=True)
class Message:
    """A campaign of messages to customers who have ordered before and agreed to the channel.

    ``stage`` tells its random numbers from all others. ``sent`` is when the first message leaves.
    ``bought_within`` are the days before it within which the customers have ordered, ``most`` how many are
    drawn of them. ``holdout_share`` of them are not written to. Of those whom a message reaches and who would
    not buy in the window, ``recent`` (an order within 180 days) and ``older`` are the shares that buy because
    of it; of those who would buy in the weeks after, ``pulled`` is the share that buys in the window instead,
    with a coupon. ``cost`` is that of a message; None: nobody noted it. A ``careless`` one also goes to
    people who should not be written to.
    """

    campaign_id: str
    stage: int
    name: str
    purpose: str
    sent: pd.Timestamp
    channel: str = "sms"
    holdout_share: float = 0.0
    arms: tuple[str, ...] = ("",)
    bought_within: int | None = None
    most: int | None = None
    recent: float = 0.0
    older: float = 0.0
    pulled: float = 0.0
    cost: float | None = 0.05
    goal: tuple[str, float] | None = None
    told: tuple[tuple[str, float], ...] = ()  # cost lines of the campaign
    careless: bool = False

    @property
    def start(self) -> pd.Timestamp:
        """The first day."""
        return self.sent.normalize()

    @property
    def end(self) -> pd.Timestamp:
        """The last day."""
        return self.start + pd.Timedelta(days=WINDOW_DAYS - 1)

    @property
    def closes(self) -> pd.Timestamp:
        """The moment before which whoever is moved by a message has paid."""
        return self.sent + pd.Timedelta(days=WINDOW_DAYS)


def _at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


MESSAGES = (
    Message(
        "SMS202506", 50, "618老客短信 2025", "唤醒老客", _at("2025-06-16 10:00"),
        holdout_share=0.2, arms=("A", "B"), recent=0.08, older=0.02,
        goal=("支付买家数", 60), told=(("labour_cost", 300),),
    ),
    Message(
        "CPN202509", 52, "秋装上新券", "新品预热", _at("2025-09-05 10:00"),
        holdout_share=0.2, pulled=0.8, cost=0.1, goal=("销售额", 20_000), told=(("labour_cost", 300),),
    ),
    Message(
        "EDM202510", 53, "秋冬新品邮件", "新品推广", _at("2025-10-20 09:00"), channel="email",
        holdout_share=0.15, arms=("A", "B"), cost=0.01, goal=("订单数", 30), told=(("labour_cost", 500),),
    ),
    Message(
        "SMS202511", 62, "双11熟客短信", "回馈熟客", _at("2025-11-05 10:00"),
        holdout_share=0.2, bought_within=180, most=200, recent=0.03,
        goal=("支付买家数", 15), told=(("gift_cost", 200),),
    ),
    Message(
        "SMS202512", 54, "双12回头客短信", "促进复购", _at("2025-12-08 10:00"),
        bought_within=60, goal=("销售额", 10_000), careless=True,
    ),
    Message(
        "SMS202606", 55, "618老客短信 2026", "唤醒老客", _at("2026-06-16 10:00"),
        holdout_share=0.15, most=2000, recent=0.034, older=0.0095, cost=None,
    ),
)  # fmt: skip


def sales() -> pd.DataFrame:
    """Return one row a flash sale: the columns of the campaigns' table that a seller fills in for it."""
    codes = catalogue.products()["code"]
    rows = []
    for sale, purpose, shown, costs, (metric, value) in zip(
        market.FLASH_SALES, SALE_PURPOSES, SALE_PREFIXES, SALE_COSTS, SALE_GOALS, strict=True
    ):
        described = {
            "campaign_id": f"JHS{sale.start:%Y%m}",
            "name": sale.name,
            "start": pd.Timestamp(sale.start),
            "end": pd.Timestamp(sale.end),
            "purpose": purpose,
            "goal_metric": metric,
            "goal_value": value,
            "products": " ".join(codes[codes.str[:2].isin(shown)]),
            "discount": 1 - sale.price_factor,
        }
        rows.append(described | costs)
    return pd.DataFrame(rows)
