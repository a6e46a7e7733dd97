"""Campaigns whose effect is known: how often intervals cover it, and how often a useless one "worked".

`python benchmarks/campaigns.py` draws campaigns with a hold-out from a fixed seed. Few customers buy, and
what they spend is log-normal, so that some spend much; who bought much before buys again for much. Each
campaign has its own size, share of buyers, share held out and effect, of buyers and of what they spend. It
prints, of campaigns with an effect and of useless ones, the share of 95 % intervals that cover the truth
(buyers; net sales per head as it is; with what was bought before allowed for wherever that is narrower; and
Welch's, beside them), and the share called "worked", each with the limits that hold 99 of 100 such counts if
the rate is as promised.
"""

import argparse
from statistics import NormalDist

import numpy as np
import pandas as pd
from scipy import stats

from shopcrm_nb import balance, effect
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.rules import source_rules

SEED, CAMPAIGNS, MORE = 618, 200, 2000
KINDS = ("buyers", "per head", "per head, before allowed for", "per head, Welch")
BASE = {"liking": 0.6, "spread": 0.8, "middle": 4.5, "before": 0.25}  # of log-normal spend; bought before


def draw(random: np.random.Generator, useless: bool) -> tuple[pd.DataFrame, float, float]:
    """Return the moments of a campaign, and its true difference in buyers and in net sales per head."""
    customers, held_share = int(random.uniform(4_000, 20_000)), random.uniform(0.1, 0.5)
    share, times, dearer = random.uniform(0.01, 0.1), random.uniform(0.8, 1.6), random.uniform(0.9, 1.2)
    times, dearer = (1.0, 1.0) if useless else (times, dearer)
    held = round(customers * held_share)
    mean = np.exp(BASE["middle"] + (BASE["liking"] ** 2 + BASE["spread"] ** 2) / 2)
    arms = [
        _arm(random, "treatment", customers - held, share * times, dearer),
        _arm(random, "holdout", held, share, 1.0),
    ]
    return pd.DataFrame(arms), share * (times - 1), share * mean * (times * dearer - 1)


def _arm(random: np.random.Generator, name: str, n: int, share: float, dearer: float) -> dict:
    liking = random.normal(BASE["middle"], BASE["liking"], n)
    x, y = (
        np.where(random.random(n) < rate, np.exp(liking + random.normal(0, BASE["spread"], n)), 0.0)
        for rate in (BASE["before"], share)
    )
    y = y * dearer
    counts = {"n": n, "buyers": (y > 0).sum(), "orders": (y > 0).sum(), "before_buyers": (x > 0).sum()}
    sums = {"y": y.sum(), "yy": y @ y, "x": x.sum(), "xx": x @ x, "xy": x @ y}
    return {"arm": name, **counts, **sums}


def welch(moments: pd.DataFrame, confidence: float) -> tuple[float, float]:
    """Return low and high of Welch's interval (of samples so large that t is the normal distribution)."""
    treated, held = balance.arms(moments)
    error = sum((arm.yy / arm.n - (arm.y / arm.n) ** 2) / arm.n for arm in (treated, held)) ** 0.5
    middle, reach = treated.y / treated.n - held.y / held.n, NormalDist().inv_cdf((1 + confidence) / 2)
    return middle - reach * error, middle + reach * error


def judge(count: int, useless: bool, seed: int, rules: CampaignRules) -> pd.DataFrame:
    """Return a row a campaign: whether each kind of interval covers, the verdict, and Welch's."""
    random, rows = np.random.default_rng([seed, useless]), []
    for _campaign in range(count):
        moments, share, head = draw(random, useless)
        found = effect.of(moments, rules)
        if isinstance(found, NotComputed):
            rows.append({"refused": True})
            continue
        low, high = welch(moments, rules.confidence)
        ends = [(found.share_low, found.share_high), found.plain[1:], (found.low, found.high), (low, high)]
        truths = (share, head, head, head)
        covers = [at[0] <= truth <= at[1] for at, truth in zip(ends, truths, strict=True)]
        worked = {"worked": found.verdict == "worked", "welch": low > 0}
        rows.append({**dict(zip(KINDS, covers, strict=True)), **worked, "refused": False})
    return pd.DataFrame(rows)


def limits(n: int, rate: float) -> tuple[float, float]:
    """Return between which shares 99 of 100 counts of n lie when each happens at ``rate``."""
    low, high = stats.binom.interval(0.99, n, rate)
    return low / n, high / n


def _line(name: str, hits: pd.Series, rate: float) -> None:
    told = hits.dropna().astype(bool)
    low, high = limits(len(told), rate)
    print(f"  {name:<34}{told.mean():8.1%}   {low:.1%} to {high:.1%}", flush=True)


def report(count: int, seed: int, rules: CampaignRules) -> None:
    for useless, name in ((False, "with an effect"), (True, "useless")):
        judged = judge(count, useless, seed, rules)
        print(
            f"{count:,} campaigns {name}, seed {seed}: {judged.refused.sum()} refused, groups unlike before"
        )
        for kind in KINDS:
            _line(f"covered: {kind}", judged[kind], rules.confidence)
        if useless:
            _line('called "worked"', judged.worked, (1 - rules.confidence) / 2)
            _line("Welch's low above 0", judged.welch, (1 - rules.confidence) / 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--campaigns", type=int, default=CAMPAIGNS, help=f"of each kind (default {CAMPAIGNS})"
    )
    parser.add_argument("--more", type=int, default=MORE, help="a second, larger draw; 0 leaves it out")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    rules = source_rules().campaign
    for place, count in enumerate(each for each in (given.campaigns, given.more) if each):
        report(count, given.seed + place, rules)


if __name__ == "__main__":
    main()
