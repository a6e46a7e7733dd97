"""Campaigns whose effect is known: how often intervals cover it, and how often a useless one "worked".

`python benchmarks/campaigns.py` draws campaigns with a hold-out from a fixed seed. Few customers buy, and
what they spend is log-normal, so that some spend much; who bought much before buys again for much. Each
campaign has its own size, share of buyers, share held out and effect, of buyers and of what they spend. It
prints, of campaigns with an effect and of useless ones, the share of 95 % intervals that cover the truth
(buyers; net sales per head as it is; with what was bought before allowed for wherever that is narrower; and
Welch's, beside them), and the share called "worked", each with the limits that hold 99 of 100 such counts if
the rate is as promised.

Then campaigns of the size that is said to tell their effect: how many of them did "work", how many of those a
tenth smaller, and of the size by the textbook of two means; and of such as are just as large as a plan says
that so many customers would tell, in net sales by more buyers, and in buyers.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd
from scipy import stats

from shopcrm_nb import balance, difference, effect, plan, power
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.rules import source_rules

SEED, CAMPAIGNS, MORE = 618, 200, 2000
PLANS, EACH = 40, 50  # campaigns to be planned, and how often each is held
MANY = 1_000_000  # customers of whom one knows what they spend
KINDS = ("buyers", "per head", "per head, before allowed for", "per head, Welch")
BASE = {"liking": 0.6, "spread": 0.8, "middle": 4.5, "before": 0.25}  # of log-normal spend; bought before
VARIANCE = BASE["liking"] ** 2 + BASE["spread"] ** 2  # of its logarithm
MEAN, DIFFERS = np.exp(BASE["middle"] + VARIANCE / 2), np.expm1(VARIANCE)  # what a buyer spends; squared CV


def draw(random: np.random.Generator, useless: bool) -> tuple[pd.DataFrame, float, float]:
    """Return the moments of a campaign, and its true difference in buyers and in net sales per head."""
    customers, held_share = int(random.uniform(4_000, 20_000)), random.uniform(0.1, 0.5)
    share, times, dearer = random.uniform(0.01, 0.1), random.uniform(0.8, 1.6), random.uniform(0.9, 1.2)
    times, dearer = (1.0, 1.0) if useless else (times, dearer)
    moments = campaign(random, customers, held_share, share, times, dearer)
    return moments, share * (times - 1), share * MEAN * (times * dearer - 1)


def campaign(
    random: np.random.Generator, customers: float, held: float, share: float, times: float, dearer: float
) -> pd.DataFrame:
    """Return the moments of a campaign to so many customers, of whom the share ``held`` is held out."""
    n, out = round(customers), round(customers * held)
    arms = [
        _arm(random, "treatment", n - out, share * times, dearer),
        _arm(random, "holdout", out, share, 1.0),
    ]
    return pd.DataFrame(arms)


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


# --- as many customers as are said to tell it ---------------------------------------------------------------


def sized(seed: int, rules: CampaignRules, plans: int = PLANS, each: int = EACH) -> pd.DataFrame:
    """Return of campaigns of the size that tells their effect, and others, how many were told to work."""
    random = np.random.default_rng([seed, 2])
    return pd.DataFrame([row for _plan in range(plans) for row in _sized(random, rules, each)])


def _sized(random: np.random.Generator, rules: CampaignRules, each: int) -> Iterator[dict]:
    held, share = random.uniform(0.1, 0.5), random.uniform(0.02, 0.1)
    made = (held, share, random.uniform(1.3, 2.2), random.uniform(0.95, 1.2))
    arms = balance.arms(campaign(random, MANY, *made))
    ways = [difference.of(arms, theta) for theta in (0.0, difference.theta(arms))]
    known = replace(min(ways, key=lambda way: way.width(1.96)), middle=share * MEAN * (made[2] * made[3] - 1))
    shares = _as_shares(arms, share * (made[2] - 1))
    n, buyers = (power.needed(way, rules.confidence, rules.power) for way in (known, shares))
    sizes = {"as many as said": n, "a tenth fewer": n / 1.1, "textbook": textbook(known, held, rules)}
    for name, size in sizes.items():
        yield {"size": name, "n": size, "held": each, "worked": _worked(random, size, made, rules, each)}
    worked = _worked(random, buyers, made, rules, each, effect.BUYERS)
    yield {"size": "as many as said, of buyers", "n": buyers, "held": each, "worked": worked}


def _as_shares(arms: list[difference.Group], more: float) -> difference.Difference:
    groups = [difference.Group(arm.n, arm.buyers, arm.buyers, arm.buyers) for arm in arms]
    return replace(difference.of(groups), middle=more)


def textbook(known: difference.Difference, held: float, rules: CampaignRules) -> float:
    """Return the customers that tell a difference of means where nothing is skewed."""
    reach = difference.z_of(rules.confidence) + NormalDist().inv_cdf(rules.power)
    return reach**2 * (known.variance[0] / (1 - held) + known.variance[1] / held) / known.middle**2


def _worked(
    random: np.random.Generator,
    n: float,
    made: tuple[float, ...],
    rules: CampaignRules,
    each: int,
    judged_by: str = effect.MONEY,
) -> int:
    found = [effect.of(campaign(random, n, *made), rules, judged_by=judged_by) for _turn in range(each)]
    return sum(isinstance(told, effect.Effect) and told.verdict == "worked" for told in found)


def planned(seed: int, rules: CampaignRules, plans: int = PLANS, each: int = EACH) -> pd.DataFrame:
    """Return of campaigns with the least effect that a plan would tell how many were told to work."""
    random = np.random.default_rng([seed, 3])
    return pd.DataFrame([row for _plan in range(plans) for row in _planned(random, rules, each)])


def _planned(random: np.random.Generator, rules: CampaignRules, each: int) -> Iterator[dict]:
    n, held, share = random.uniform(20_000, 80_000), random.uniform(0.1, 0.5), random.uniform(0.02, 0.1)
    deviation = plan.deviation_at(share, MEAN, DIFFERS)
    made = plan.of(round(n), share, deviation, held, rules, net_sales_per_buyer=MEAN)
    lifts = {"net sales": made.detectable_per_head / MEAN / share, "buyers": made.detectable_share / share}
    for name, lift in lifts.items():
        judged_by = effect.BUYERS if name == "buyers" else effect.MONEY
        worked = _worked(random, n, (held, share, 1 + lift, 1.0), rules, each, judged_by)
        yield {"size": f"least that would be told, {name}", "n": n, "held": each, "worked": worked}


# --- the report ---------------------------------------------------------------------------------------------


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


def report_sizes(seed: int, rules: CampaignRules) -> None:
    found = pd.concat([sized(seed, rules), planned(seed, rules)])
    low, high = limits(PLANS * EACH, rules.power)
    print(f"{PLANS} campaigns planned, each held {EACH} times, seed {seed}: worked, {low:.1%} to {high:.1%}")
    for name, rows in found.groupby("size", sort=False):
        share = rows.worked.sum() / rows.held.sum()
        print(f"  {name:<34}{share:8.1%}   median of {rows.n.median():,.0f} customers", flush=True)


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
    report_sizes(given.seed, rules)


if __name__ == "__main__":
    main()
