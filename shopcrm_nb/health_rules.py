"""Rules of the shop's health: the sections of rules.toml that its page reads."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from shopcrm_nb.strict import MAX_MONTHS, Strict, falling


class HistoryRules(Strict):
    """How far back an earlier order makes a customer a returning one."""

    lookback_days: int = Field(ge=0, le=MAX_MONTHS * 31)


class HealthRules(Strict):
    """When a change of an indicator is worth an alarm."""

    confidence: float = Field(gt=0.5, lt=1)
    min_change: float = Field(ge=0)
    min_orders: int = Field(ge=1)
    top_share: float = Field(gt=0, lt=1)


class ClosedRules(Strict):
    """Orders closed without payment: when they are settled, given up, and worth a call."""

    deadline_days: int = Field(ge=0, le=365)
    recover_days: int = Field(ge=0, le=365)
    call_times: float = Field(ge=0)


class RepurchaseRules(Strict):
    """Within which days a second order is looked for, and how many orders are told apart."""

    days: tuple[int, ...] = Field(min_length=1)
    ladder: int = Field(ge=2, le=20)

    @field_validator("days")
    @classmethod
    def _rising(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if days[0] < 1 or days[-1] > MAX_MONTHS * 31 or not falling(days[::-1]):
            raise ValueError(
                f"must rise from at least 1 to at most {MAX_MONTHS * 31}, such as [30, 60, 90, 180, 365]"
            )
        return days


class ProcessRules(Strict):
    """What is late, and when a province or a carrier is judged."""

    late_hours: float = Field(gt=0)
    auto_confirm_days: float = Field(gt=0)
    auto_confirm_tolerance_hours: float = Field(ge=0)
    min_orders: int = Field(ge=1)
    min_excess: float = Field(ge=0, lt=1)


class RatingRules(Strict):
    """The DSR scores: their window, which ratings count, and the score to reach."""

    window_days: int = Field(ge=1)
    ratings_a_month: int = Field(ge=0)
    target: float = Field(gt=1, lt=5)
    min_ratings: int = Field(ge=1)
    min_change: float = Field(ge=0)


class Topic(Strict):
    """A topic of what customers write, and the words by which it is known."""

    name: str = Field(pattern="^[a-z_]+$")
    words: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)


class VoiceRules(Strict):
    """What customers write about, and the texts that a platform writes in their place."""

    default_texts: tuple[str, ...]
    min_reviews: int = Field(ge=1)
    topics: tuple[Topic, ...]


class ReachRules(Strict):
    """Who is an active customer, and what is claimed of their addresses."""

    days: int = Field(ge=1)
    claimed_email_share: float = Field(gt=0, le=1)


class YearlySale(Strict):
    """A sale of the platform that comes every year on the same days, written month-day."""

    name: str = Field(min_length=1)
    start: str = Field(pattern="^(0[1-9]|1[0-2])-([0-2][0-9]|3[01])$")
    end: str = Field(pattern="^(0[1-9]|1[0-2])-([0-2][0-9]|3[01])$")

    @model_validator(mode="after")
    def _days_of_every_year(self) -> "YearlySale":
        for day in (self.start, self.end):
            try:
                dt.date.fromisoformat(f"2023-{day}")
            except ValueError as error:
                raise ValueError(f'"{day}" is not a day of every year, such as 06-18') from error
        if self.end < self.start:
            raise ValueError("must end after it starts, in the same year")
        return self


class NewYearSale(Strict):
    """The sale before the lunar New Year: from so many days before it to so many days before it."""

    name: str = Field(min_length=1)
    from_days: int
    to_days: int

    @model_validator(mode="after")
    def _forward(self) -> "NewYearSale":
        if self.from_days < self.to_days:
            raise ValueError("from_days must not be below to_days: both count back from the New Year")
        return self


class OwnSale(Strict):
    """A promotion on certain days."""

    name: str = Field(min_length=1)
    start: dt.date
    end: dt.date

    @model_validator(mode="after")
    def _forward(self) -> "OwnSale":
        if self.end < self.start:
            raise ValueError("must not end before it starts")
        return self


class CalendarRules(Strict):
    """Days on which shops of a platform hold their sales."""

    currency: str
    yearly: tuple[YearlySale, ...]
    new_year_sale: NewYearSale
    new_years: tuple[dt.date, ...]
    own: tuple[OwnSale, ...]


class AdviceRule(Strict):
    """When an indicator asks for something to be done, what, and by which table."""

    indicator: str = Field(pattern="^[a-z_]+$")
    when: Literal["worse", "above"]
    cure: str = Field(pattern="^[a-z_]+$")
    table: str = Field(pattern="^[a-z_]+$")
    limit: float | None = None
    min_n: int = Field(default=1, ge=1)
    unless: tuple[str, ...] = ()
    text: str = ""

    @model_validator(mode="after")
    def _limit_for_above(self) -> "AdviceRule":
        if (self.when == "above") != (self.limit is not None):
            raise ValueError('"above" goes with a limit, "worse" without one')
        return self


class AdviceRules(Strict):
    """What to do first: the rules, and how many pieces of advice a page shows at most."""

    most: int = Field(ge=1)
    each: tuple[AdviceRule, ...]

    @field_validator("each")
    @classmethod
    def _one_each(cls, each: tuple[AdviceRule, ...]) -> tuple[AdviceRule, ...]:
        names = [rule.indicator for rule in each]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise ValueError(f'has two rules for the indicator "{twice}"; leave one')
        return each
