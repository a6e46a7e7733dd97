"""Rules: the numbers of the source texts (rules.toml), checked before anything is computed with them."""

import functools
import tomllib
from pathlib import Path

from pydantic import Field, model_validator

from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.health_rules import (
    AdviceRules,
    CalendarRules,
    ClosedRules,
    HealthRules,
    HistoryRules,
    ProcessRules,
    RatingRules,
    ReachRules,
    RepurchaseRules,
    VoiceRules,
)
from shopcrm_nb.portrait_rules import (
    CityRules,
    FirstOrderRules,
    OwnGroups,
    PortraitRules,
    RelationshipRules,
    ServiceRules,
    TagRules,
    TierRules,
    ValueRules,
)
from shopcrm_nb.segment_rules import (
    ActionRules,
    CalibrationRules,
    ClassicRules,
    ClusterRules,
    ConcentrationRules,
    ForwardRules,
    GradeRules,
    MigrationRules,
    RfmRules,
)
from shopcrm_nb.strict import Strict

RULES_FILE = Path(__file__).with_name("rules.toml")


@functools.cache
def source_rules() -> "Rules":
    """Return the rules as the source texts and this workbook set them, without any shop's own."""
    return Rules(**tomllib.loads(RULES_FILE.read_text(encoding="utf-8")))


class OrderRules(Strict):
    """Which orders count."""

    min_order_amount: float = Field(ge=0)
    merge_same_day: bool


class CheckRules(Strict):
    """Limits of the data check."""

    max_masked_share: float = Field(ge=0, le=1)
    max_buyer_share: float = Field(ge=0, le=1)
    max_unreadable_share: float = Field(ge=0, le=1)
    min_history_months: int = Field(ge=1)
    immature_days: int = Field(ge=0)
    max_gap_days: int = Field(ge=1)


class Rules(Strict):
    """All numbers that the texts or this workbook set, with the shop's own on top."""

    orders: OrderRules
    rfm: RfmRules
    grades: GradeRules
    calibration: CalibrationRules
    cluster: ClusterRules
    forward: ForwardRules
    classic: ClassicRules
    migration: MigrationRules
    concentration: ConcentrationRules
    actions: ActionRules
    check: CheckRules
    history: HistoryRules
    health: HealthRules
    closed: ClosedRules
    repurchase: RepurchaseRules
    process: ProcessRules
    ratings: RatingRules
    voice: VoiceRules
    reach: ReachRules
    calendar: CalendarRules
    advice: AdviceRules
    portrait: PortraitRules
    cities: CityRules
    tags: TagRules
    groups: OwnGroups
    relationship: RelationshipRules
    tiers: TierRules
    service: ServiceRules
    first_order: FirstOrderRules
    value: ValueRules
    campaign: CampaignRules

    @model_validator(mode="after")
    def _every_grade_reachable(self) -> "Rules":
        values, limits = self.rfm.values(), self.grades.limits()
        uppers = [float("inf"), *list(limits.values())[:-1]]
        for (grade, low), up in zip(limits.items(), uppers, strict=True):
            if not any(low <= value < up for value in values):
                below = "" if grade == "P" else f" and below {up:g}"
                raise ValueError(
                    f"nobody can reach grade {grade} (from {low:g}{below}): the weights and cut points give "
                    f"RFM values from {values[0]:g} to {values[-1]:g}; move its limit"
                )
        if values[0] < limits["B"]:
            raise ValueError(f"an RFM value of {values[0]:g} is below every grade; lower bronze to it")
        return self
