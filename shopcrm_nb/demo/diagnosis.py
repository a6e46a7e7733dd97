"""What a diagnosis of the demo shop ought to find: its faults and their cost, parcels, reviews, visitors."""

import pandas as pd

from shopcrm_nb.demo import faults, market, parcels, people, reviews, traffic
from shopcrm_nb.demo.simulate import World
from shopcrm_nb.demo.truth import yuan

DEFINITIONS = {
    "lost": "orders up to as_of that were not made: paid = their 总金额, net = that minus refunds to come",
    "never_won": "who would have bought for the first time in the month: what they would have bought later",
    "days": "mean days from shipping to signing of the parcels signed for by as_of",
    "logistics_score": "mean 物流服务 of reviews of orders whose last parcel is one of these",
    "complaints": "reviews about 物流 in a bad tone, of these orders",
    "conversion": "支付买家数 / 访客数 before noise; on days of a sale, times sale_factor",
}


def truth(world: World, final: pd.DataFrame, written: pd.DataFrame, made_at: pd.Timestamp) -> dict:
    """Return the faults, and the parameters and counts of parcels, reviews and visitors."""
    signed = _signed(world, final, made_at)
    return {
        "diagnosis_definitions": DEFINITIONS,
        "faults": _faults(world, signed, written) if len(world.lost) else {},
        "process": {
            "auto_confirm_days": parcels.AUTO_CONFIRM_DAYS,
            "parcels_signed": len(signed),
            "days": _mean(signed["days"]),
            "confirmed": len(_confirmed(final)),
            "confirmed_by_platform": int(_by_platform(final).sum()),
        },
        "reviews": _reviews(written),
        "traffic": {
            "visitors": int(world.visits["visitors"].sum()),
            "conversion": traffic.CONVERSION,
            "sale_factor": traffic.SALE_CONVERSION,
        },
    }


def _mean(values: pd.Series) -> float:
    return round(float(values.mean()), 3)


def _signed(world: World, final: pd.DataFrame, made_at: pd.Timestamp) -> pd.DataFrame:
    sent = world.parcels
    mine = sent[sent["order"].isin(final.index) & (sent["signed_at"] <= made_at)]
    towns = people.places()["province"].to_numpy()
    return mine.assign(
        days=(mine["signed_at"] - mine["shipped_at"]).dt.total_seconds() / 86_400,
        province=towns[final["place"].loc[mine["order"]].to_numpy()],
    )


def _confirmed(final: pd.DataFrame) -> pd.DataFrame:
    return final[final["status"] == "success"]


def _by_platform(final: pd.DataFrame) -> pd.Series:
    mine = _confirmed(final)
    return mine["confirmed_at"] - mine["shipped_at"] == pd.Timedelta(days=parcels.AUTO_CONFIRM_DAYS)


def _faults(world: World, signed: pd.DataFrame, written: pd.DataFrame) -> dict:
    start, end = faults.BAD_MONTH
    return {
        "slow_province": {
            "province": faults.SLOW_PROVINCE,
            "since": faults.SLOW_SINCE.isoformat(),
            "extra_days": list(faults.SLOW_DAYS),
            **_slowness(signed, written),
        },
        "bad_conversion": {
            "start": start.isoformat(),
            "end": end.isoformat(),
            "lost_share_of_purchases": round(faults.BAD_MONTH_LOST_SHARE, 4),
            "lost": _lost(world, "bad_conversion"),
            "never_won": _lost(world, "never_won"),
        },
        "returning_slump": {
            "since": faults.SLUMP_SINCE.isoformat(),
            "lost_share_of_returning_purchases": faults.SLUMP_LOST_SHARE,
            "lost": _lost(world, "returning_slump"),
        },
    }


def _slowness(signed: pd.DataFrame, written: pd.DataFrame) -> dict:
    """Compare the slow parcels with the others of the same months, and with those to the place before."""
    there = signed["province"] == faults.SLOW_PROVINCE
    late = signed["shipped_at"] >= pd.Timestamp(faults.SLOW_SINCE)
    groups = {"slow": there & late, "elsewhere": ~there & late, "there_before": there & ~late}
    return {name: _of_parcels(signed[chosen], written) for name, chosen in groups.items()}


def _of_parcels(chosen: pd.DataFrame, written: pd.DataFrame) -> dict:
    told = written[written["order"].isin(chosen["order"])]
    complaints = (told["topic"] == "物流") & (told["tone"] == "bad")
    return {
        "parcels": len(chosen),
        "days": _mean(chosen["days"]),
        "reviews": len(told),
        "logistics_score": _mean(told["logistics"]),
        "complaints": int(complaints.sum()),
    }


def _lost(world: World, fault: str) -> dict:
    end = pd.Timestamp(market.LAST_DAY) + pd.Timedelta(days=1)
    mine = world.lost[(world.lost["fault"] == fault) & (world.lost["paid_at"] < end)]
    return {
        "orders": len(mine),
        "customers": int(mine["person"].nunique()),
        "paid": yuan(int(mine["total_cents"].sum())),
        "net": yuan(int((mine["total_cents"] - mine["refund_cents"]).sum())),
    }


def _reviews(written: pd.DataFrame) -> dict:
    tones = written[written["tone"] != ""].groupby(["topic", "tone"]).size().unstack(fill_value=0)
    default = written["text"].isin(reviews.DEFAULTS)
    return {
        "rows": len(written),
        "by_platform": int(default.sum()),
        "without_words": int((written["text"] == reviews.WORDLESS).sum()),
        "by_topic": {topic: {tone: int(n) for tone, n in row.items()} for topic, row in tones.iterrows()},
        "mean_scores": {name: _mean(written[name]) for name in reviews.CHANCES},
    }
