"""Rules of segments: the sections of rules.toml that the page of the segments reads."""

import itertools
from typing import Literal

from pydantic import Field, field_validator, model_validator

from shopcrm_nb.strict import MAX_MONTHS, Strict, falling

EXACT = 6  # decimals of an RFM value, so that weights such as 0.1 meet the limit of a grade exactly


class Weights(Strict):
    """Weights of the three scores in the RFM value."""

    r: float = Field(ge=0)
    f: float = Field(ge=0)
    m: float = Field(ge=0)


class RfmRules(Strict):
    """Cut points of R, F and M, best score first, and their weights.

    ``recency_days``, where a shop sets them, take the place of ``recency_months``.
    """

    recency_months: tuple[int, ...] = Field(min_length=2)
    recency_days: tuple[int, ...] = ()
    month: Literal["calendar", "30days"]
    frequency: tuple[int, ...] = Field(min_length=2)
    monetary: tuple[float, ...] = Field(min_length=2)
    weights: Weights

    @field_validator("recency_months")
    @classmethod
    def _rising(cls, months: tuple[int, ...]) -> tuple[int, ...]:
        if months[0] < 1 or months[-1] > MAX_MONTHS or not falling(months[::-1]):
            raise ValueError(f"must rise from at least 1 to at most {MAX_MONTHS}, such as [1, 3, 4, 7, 12]")
        return months

    @field_validator("recency_days")
    @classmethod
    def _rising_days(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if days and (len(days) < 2 or days[0] < 0 or days[-1] > MAX_MONTHS * 30 or not falling(days[::-1])):
            raise ValueError(
                f"must rise from at least 0 to at most {MAX_MONTHS * 30}, such as [30, 90, 180, 365]"
            )
        return days

    @field_validator("frequency")
    @classmethod
    def _down_to_one(cls, orders: tuple[int, ...]) -> tuple[int, ...]:
        if orders[-1] != 1 or not falling(orders):
            raise ValueError("must fall to 1, such as [6, 4, 3, 2, 1]")
        return orders

    @field_validator("monetary")
    @classmethod
    def _down(cls, amounts: tuple[float, ...]) -> tuple[float, ...]:
        if amounts[-1] < 0 or not falling(amounts):
            raise ValueError("must fall and end at 0 or above, such as [2000, 1000, 500, 300, 0]")
        return amounts

    def classes(self) -> dict[str, int]:
        """Return r_score, f_score and m_score → how many scores there are."""
        recency = self.recency_days or self.recency_months
        return {"r_score": len(recency), "f_score": len(self.frequency), "m_score": len(self.monetary)}

    def values(self) -> list[float]:
        """Return every RFM value that a customer can have, sorted."""
        scores = (range(1, best + 1) for best in self.classes().values())
        w = self.weights
        every = (w.r * r + w.f * f + w.m * m for r, f, m in itertools.product(*scores))
        return sorted({round(value, EXACT) for value in every})


class GradeRules(Strict):
    """Lowest RFM value of each grade, best first, and when the table fits a shop."""

    platinum: float
    gold: float
    silver: float
    bronze: float
    min_customers: int = Field(ge=0)
    fit_min_share: float = Field(ge=0, le=1)
    fit_max_share: float = Field(ge=0, le=1)

    def limits(self) -> dict[str, float]:
        """Return the lowest RFM value of each grade, best grade first."""
        return {"P": self.platinum, "G": self.gold, "S": self.silver, "B": self.bronze}

    @model_validator(mode="after")
    def _ordered(self) -> "GradeRules":
        if not falling(tuple(self.limits().values())):
            raise ValueError("must fall from platinum to bronze, such as 36, 26, 17, 1")
        if self.fit_min_share >= self.fit_max_share:
            raise ValueError("fit_min_share must be below fit_max_share, such as 0.01 and 0.9")
        return self


class CalibrationRules(Strict):
    """How cut points are proposed from a shop's own customers."""

    min_customers: int = Field(ge=2)
    classes: int = Field(ge=2, le=9)
    min_class_share: float = Field(gt=0, lt=0.5)
    grade_shares: tuple[float, float, float]

    @field_validator("grade_shares")
    @classmethod
    def _rising_shares(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        if not falling((1.0, *shares[::-1], 0.0)):
            raise ValueError(
                "must rise from above 0 to below 1: the share of the customers from Platinum down to Gold, "
                "to Silver and to Bronze, such as [0.1, 0.3, 0.6]"
            )
        return shares


class ClusterRules(Strict):
    """Limits of the k-means clusters beside the grades."""

    min_customers: int = Field(ge=8)
    fewest: int = Field(ge=2)
    most: int = Field(le=20)
    stable: float = Field(ge=0, le=1)
    fairly_stable: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> "ClusterRules":
        if self.fewest > self.most or self.fairly_stable > self.stable:
            raise ValueError("fewest must not be above most, nor fairly_stable above stable")
        return self


class ForwardRules(Strict):
    """When a look at later sales can tell one segmentation from another."""

    min_customers: int = Field(ge=2)
    min_buyers: int = Field(ge=1)
    confidence: float = Field(gt=0.5, lt=1)


class ClassicRules(Strict):
    """A shop's own cut points of the eight classic groups; each is still high."""

    recency_days: int = Field(ge=0)
    frequency: int = Field(ge=1)
    monetary: float = Field(ge=0)


class MigrationRules(Strict):
    """How many months back the grades are compared."""

    months_back: tuple[int, ...] = Field(min_length=1)

    @field_validator("months_back")
    @classmethod
    def _sensible(cls, months: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(months)) < len(months) or not all(1 <= n <= MAX_MONTHS for n in months):
            raise ValueError(f"must be different numbers of 1 to {MAX_MONTHS}, such as [12, 3]")
        return months


class ConcentrationRules(Strict):
    """The claim that a few customers bring most of the sales."""

    top_share: float = Field(gt=0, lt=1)
    claimed_share: float = Field(gt=0, lt=1)
    holds_within: float = Field(ge=0, lt=1)


class ActionRule(Strict):
    """What to do for the customers of one grade who were here lately, or stay away, or for all of them.

    ``min_customers`` takes the place of the one for all actions, such as 1 for what is done one by one.
    """

    grade: Literal["P", "G", "S", "B"]
    recency: Literal["recent", "away", "any"]
    action: str = Field(pattern="^[a-z_]+$")
    text: str = ""
    min_customers: int | None = Field(default=None, ge=1)


class ActionRules(Strict):
    """The actions per grade, and from how many customers on one is worth planning."""

    min_customers: int = Field(ge=1)
    each: tuple[ActionRule, ...]

    @field_validator("each")
    @classmethod
    def _every_customer_once(cls, each: tuple[ActionRule, ...]) -> tuple[ActionRule, ...]:
        for grade in "PGSB":
            parts = sorted(rule.recency for rule in each if rule.grade == grade)
            if parts not in (["any"], ["away", "recent"]):
                raise ValueError(
                    f'grade {grade} needs one action for "any", or one for "recent" and one for "away"'
                )
        return each
