"""Rules of portraits: the sections of rules.toml that the page of the customers reads."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator, model_validator

from shopcrm_nb.strict import MAX_MONTHS, Strict, falling

NAME = re.compile(r"[\w-]{1,40}")  # of a tag or a group; a file may be named after it
MOST_GROUPS = 30  # beside 4 grades, 20 clusters and 6 campaigns: all are bits of one number
DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)\d", re.IGNORECASE)  # Windows has no files of these names


class PortraitRules(Strict):
    """When a level of a portrait differs, and how ages, prices and discounts are divided into bands."""

    min_customers: int = Field(ge=1)
    min_level: int = Field(ge=1)
    high: float = Field(gt=100)
    low: float = Field(ge=0, lt=100)
    confidence: float = Field(gt=0.5, lt=1)
    levels: int = Field(ge=2, le=100)
    price_bands: int = Field(ge=2, le=9)
    ages: tuple[int, ...]
    discounts: tuple[float, ...]
    new_product_days: int = Field(ge=1)

    @field_validator("ages", "discounts")
    @classmethod
    def _rising(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if not values or values[0] <= 0 or not falling(values[::-1]):
            raise ValueError("must rise from above 0, such as [18, 25, 30, 40, 50]")
        return values


class CityRules(Strict):
    """Cities of each tier, without 市; every other city of a Chinese province is of the last tier."""

    tier_1: tuple[str, ...]
    new_tier_1: tuple[str, ...]
    tier_2: tuple[str, ...]


class TagRules(Strict):
    """Tags as SQL expressions over the features of a person; an empty one is none."""

    behaviour: dict[str, str]
    basic: dict[str, str]
    platform: dict[str, str]

    @model_validator(mode="after")
    def _once(self) -> "TagRules":
        sections = (self.behaviour, self.basic, self.platform)
        check_names([name for tags in sections for name in tags])
        names = [name.lower() for tags in sections for name, sql in tags.items() if sql]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f'the tag "{twice}" is there twice; give one of them another name')
        return self

    def kinds(self) -> dict[str, str]:
        """Return each tag's section: behaviour, basic or platform."""
        sections = {"behaviour": self.behaviour, "basic": self.basic, "platform": self.platform}
        return {name: kind for kind, tags in sections.items() for name, sql in tags.items() if sql}

    def each(self) -> dict[str, str]:
        """Return every tag's expression by its name."""
        sections = (self.behaviour, self.basic, self.platform)
        return {name: sql for tags in sections for name, sql in tags.items() if sql}


def check_names(names: list[str]) -> None:
    """Raise ValueError for a name of a tag or a group that a file could not have."""
    bad = next((name for name in names if not NAME.fullmatch(name) or DEVICES.fullmatch(name)), None)
    if bad is not None:
        raise ValueError(f"{bad!r} cannot be a name; use up to 40 letters, digits, _ and -")


def _own_groups(groups: dict[str, str]) -> dict[str, str]:
    """Check the names of the shop's groups, and leave out those that it dropped."""
    check_names(list(groups))
    taken = next((name for name in groups if name.startswith(("grade_", "cluster_", "campaign_"))), None)
    if taken:
        raise ValueError(f'"{taken}" begins like a group of the workbook\'s own; give it another name')
    names = [name.lower() for name, sql in groups.items() if sql]
    if len(names) > MOST_GROUPS:
        raise ValueError(f"has {len(names)} groups; keep {MOST_GROUPS} at most")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:  # their files would be one where capitals do not count
        raise ValueError(f'the group "{twice}" is there twice; give one of them another name')
    return {name: sql for name, sql in groups.items() if sql}


OwnGroups = Annotated[dict[str, str], AfterValidator(_own_groups)]  # conditions by the group's name


class RelationshipRules(Strict):
    """From how many orders on a customer is loyal, and after how many days without one lost."""

    loyal_orders: int = Field(ge=2)
    lost_days: int = Field(ge=1, le=MAX_MONTHS * 31)
    months: int = Field(ge=1, le=60)


class Tier(Strict):
    """A tier of the shop's members: reached by an amount spent, or by a number of orders."""

    name: str = Field(min_length=1)
    amount: float = Field(ge=0)
    orders: int = Field(ge=0)


class TierRules(Strict):
    """The tiers of the shop's members, lowest first (S0): either condition is enough."""

    strict: bool
    near_share: float = Field(gt=0, lt=1)
    near_orders: int = Field(ge=1)
    each: tuple[Tier, ...] = Field(min_length=1)

    @field_validator("each")
    @classmethod
    def _rising(cls, each: tuple[Tier, ...]) -> tuple[Tier, ...]:
        amounts, orders = tuple(t.amount for t in each), tuple(t.orders for t in each)
        if not (falling(amounts[::-1]) and falling(orders[::-1])):
            raise ValueError("amounts and orders must rise from tier to tier")
        if len({tier.name for tier in each}) < len(each):
            raise ValueError("each tier must have a name of its own")
        return each


class ServiceRules(Strict):
    """When a customer is waiting for a service."""

    signed_days: int = Field(ge=1)
    confirm_days: int = Field(ge=1)
    review_days: tuple[int, int]
    shipped_days: int = Field(ge=1)
    birthday_days: int = Field(ge=0, le=366)
    many_refunds: int = Field(ge=1)
    longest_days: int = Field(ge=1, le=MAX_MONTHS * 31)
    most_rows: int = Field(ge=1)

    @field_validator("review_days")
    @classmethod
    def _from_to(cls, days: tuple[int, int]) -> tuple[int, int]:
        if not 0 <= days[0] <= days[1]:
            raise ValueError("must run from a day to a later one, such as [3, 15]")
        return days


class FirstOrderRules(Strict):
    """Who is a good customer, and how long they are watched after their first order."""

    top_share: float = Field(gt=0, lt=0.5)
    horizon_days: int = Field(ge=30, le=MAX_MONTHS * 31)
    min_customers: int = Field(ge=2)


class ValueRules(Strict):
    """What a sale leaves: the margin on net sales before marketing, 0 to 1; 0 where it is not known."""

    margin: float = Field(ge=0, lt=1)
