"""Rules of campaigns: how long an order counts to a message, how effects are judged, what messages cost."""

from pydantic import Field, field_validator

from shopcrm_nb.strict import Strict, falling


class CampaignRules(Strict):
    """Windows, horizons and the least numbers of the page of campaigns."""

    confidence: float = Field(gt=0.5, lt=1)
    power: float = Field(gt=0.5, lt=1)
    window_days: int = Field(ge=1, le=90)
    horizons: tuple[int, ...]
    second_order_days: tuple[int, ...]
    before_days: int = Field(ge=1)
    min_customers: int = Field(ge=2)
    min_orders: int = Field(ge=1)
    least_balance_p: float = Field(gt=0, lt=0.5)
    placebo_weeks: int = Field(ge=1, le=26)
    baseline_weeks: int = Field(ge=2, le=52)
    quiet_days: int = Field(ge=1)
    holdout_share: float = Field(gt=0, lt=1)
    sms_single: int = Field(ge=1)
    sms_part: int = Field(ge=1)
    sms_cost: float = Field(ge=0)

    @field_validator("horizons", "second_order_days")
    @classmethod
    def _rising(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if not days or days[0] < 1 or not falling(days[::-1]):
            raise ValueError("must rise from at least 1, such as [90, 180]")
        return days
