"""Responders: whether a campaign with a hold-out worked better in some groups of customers than in others."""

import numpy as np
import pandas as pd
from scipy import stats

from shopcrm_nb import i18n, interval, shrinkage, trait_words
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.campaign_rules import CampaignRules
from shopcrm_nb.evidence import holm
from shopcrm_nb.i18n import _, ngettext

OUTCOMES = ("buyers", "net_sales")
ARMS = ["treatment", "holdout"]
SUMS = ["n", "buyers", "y", "yy", "x", "xx", "xy"]
KEYS = ["grouped_by", "effect_in"]
UNKNOWN = "unknown"
HALF = 0.5  # a buyer, added to each arm's variance: an arm without buyers is not sure of having none
COLUMNS = [
    *("grouped_by", "effect_in", "group", "n_treatment", "n_holdout", "treatment", "holdout"),
    *("difference", "low", "high", "variance", "freedom", "shrunk", "shrunk_low", "shrunk_high"),
    *("apart", "p_value", "p_adjusted", "responds"),
]
PER = {"buyers": 100, "net_sales": 1}  # customers, to whom a difference is told
NAMED = 3  # groups that a sentence names
Frames = dict[str, pd.DataFrame | NotComputed]


def effects(moments: Frames, rules: CampaignRules) -> pd.DataFrame | NotComputed:
    """Return what a campaign changed in each group of customers: a row a column, outcome and group.

    ``moments`` has, by column, a frame of ``assigned.moments`` by the column of that name; one that is
    NotComputed is left out, and returned where all are. Source: CP-12, DX-17. Columns:

    - grouped_by; effect_in: buyers (share of customers, 0 to 1) or net_sales (per head, the shop's currency);
      group ("unknown" where it is not known); n_treatment, n_holdout: customers; treatment, holdout: the
      outcome in either arm.
    - difference, low, high: treatment less holdout in the group alone. Buyers: Newcombe 1998; net_sales:
      Welch 1947, adjusted for the spend before by one slope for all groups (CUPED, Deng 2013), the one that
      makes the sum of their variances least. variance and freedom (degrees) are those of the difference,
      with half a buyer added to each arm.
    - shrunk, shrunk_low, shrunk_high: the difference drawn towards the other groups' (``shrinkage``). These
      are to be read: what looks best of many groups owes much to chance.
    - apart: the difference less that of the other groups together (each by its customers written to);
      p_value: of none; p_adjusted: for all groups, outcomes and columns that are grouped by
      (Holm 1979).
    - responds: more or less than the other groups, where the column's groups differ at all (``differ``)
      and p_adjusted is below 1 - confidence; else alike. few: an arm has fewer than
      ``rules.min_customers``, or nobody bought; from difference on the row is then null.
    """
    given = {name: frame for name, frame in moments.items() if not isinstance(frame, NotComputed)}
    if not given:
        return next(iter(moments.values()), NotComputed("sends.arm"))
    cells = {name: _cells(frame, name) for name, frame in given.items()}
    parts = [_part(cells[name], name, effect_in, rules) for name in cells for effect_in in OUTCOMES]
    frame = pd.concat(parts, ignore_index=True)
    frame["p_adjusted"] = holm(frame.p_value)
    alpha = 1 - rules.confidence
    split = differ(frame, rules).query("groups_differ == 'differ'").set_index(KEYS).index
    clear = (frame.p_adjusted < alpha) & frame.set_index(KEYS).index.isin(split)
    kinds = [frame.difference.isna(), clear & (frame.apart > 0), clear]
    return frame.assign(responds=np.select(kinds, ["few", "more", "less"], "alike"))[COLUMNS]


def _cells(moments: pd.DataFrame, grouped_by: str) -> pd.DataFrame:
    """Put the sums of both arms beside each other: a row a group, columns such as (n, treatment)."""
    known = moments[grouped_by].notna()
    named = moments.assign(group=moments[grouped_by].astype(str).where(known, UNKNOWN))
    sums = named.groupby(["group", "arm"])[SUMS].sum().unstack("arm")
    order = {code: place for place, code in enumerate(trait_words.groups().get(grouped_by, {}))}
    sums = sums.sort_index(key=lambda groups: [(order.get(group, len(order)), group) for group in groups])
    every = pd.MultiIndex.from_product([SUMS, ARMS])
    return sums.reindex(columns=every).fillna(0).astype("float64")


def _part(cells: pd.DataFrame, grouped_by: str, effect_in: str, rules: CampaignRules) -> pd.DataFrame:
    confidence, n = rules.confidence, cells["n"]
    enough = (n.min(axis=1) >= rules.min_customers) & (cells["buyers"].sum(axis=1) > 0)
    found = (_of_buyers if effect_in == "buyers" else _of_net_sales)(cells[enough], confidence)
    found = found.join(shrinkage.shrunk(found.difference, found.variance, confidence))
    found = found.join(_apart(found, n.treatment[enough]))
    mean = cells["buyers" if effect_in == "buyers" else "y"] / n.where(n > 0)
    counts = {f"n_{arm}": n[arm].astype("int64") for arm in ARMS}
    frame = pd.DataFrame({**counts, **{arm: mean[arm] for arm in ARMS}}).join(found)
    return frame.rename_axis("group").reset_index().assign(grouped_by=grouped_by, effect_in=effect_in)


def _of_buyers(cells: pd.DataFrame, confidence: float) -> pd.DataFrame:
    n, bought = cells["n"], cells["buyers"]
    pairs = zip(*(bought[arm].items() for arm in ARMS[::-1]), strict=True)
    changes = [
        interval.change((held, n.holdout[group]), (told, n.treatment[group]), confidence)
        for (group, held), (_group, told) in pairs
    ]
    frame = pd.DataFrame(changes, columns=["difference", "low", "high"], index=cells.index, dtype="float64")
    share = (bought + HALF) / (n + 2 * HALF)
    return frame.join(_spread(share * (1 - share) / (n + 2 * HALF), n))


def _of_net_sales(cells: pd.DataFrame, confidence: float) -> pd.DataFrame:
    n, weight = cells["n"], 1 / (cells["n"] * (cells["n"] - 1))
    yy, xx, xy = (cells[a + b] - cells[a] * cells[b] / n for a, b in ("yy", "xx", "xy"))
    least = (weight * xx).sum().sum()
    slope = (weight * xy).sum().sum() / least if least > 0 else 0.0
    residual = (yy - 2 * slope * xy + slope**2 * xx).clip(lower=0)
    mean = (cells["y"] - slope * cells["x"]) / n
    # Half a buyer who spends as buyers do: amounts of few orders vary more than they show.
    squared = cells["yy"].sum().sum() / max(cells["buyers"].sum().sum(), 1)
    spread = _spread((residual + HALF * squared) * weight, n)
    reach = stats.t.ppf((1 + confidence) / 2, spread.freedom) * np.sqrt(spread.variance)
    difference = mean.treatment - mean.holdout
    frame = pd.DataFrame({"difference": difference, "low": difference - reach, "high": difference + reach})
    return frame.join(spread)


def _spread(variances: pd.DataFrame, n: pd.DataFrame) -> pd.DataFrame:
    """Return the variance of a difference of two means, and its degrees of freedom (Satterthwaite 1946)."""
    variance = variances.sum(axis=1)
    return pd.DataFrame({"variance": variance, "freedom": variance**2 / (variances**2 / (n - 1)).sum(axis=1)})


def _apart(found: pd.DataFrame, weight: pd.Series) -> pd.DataFrame:
    """Return how far each group's difference is from that of the others together, and the p value of none."""
    if len(found) < 2:
        return pd.DataFrame({"apart": np.nan, "p_value": np.nan}, index=found.index)
    w = weight.to_numpy()
    parts = -w / (w.sum() - w)[:, None]
    np.fill_diagonal(parts, 1)
    each = parts**2 * found.variance.to_numpy()
    apart, variance = parts @ found.difference.to_numpy(), each.sum(axis=1)
    freedom = variance**2 / (each**2 / found.freedom.to_numpy()).sum(axis=1)
    p_value = 2 * stats.t.sf(np.abs(apart) / np.sqrt(variance), freedom)
    return pd.DataFrame({"apart": apart, "p_value": p_value}, index=found.index)


@needs()
def differ(found: pd.DataFrame, rules: CampaignRules) -> pd.DataFrame:
    """Say whether a campaign's effect groups_differ between groups at all: a row a column and outcome.

    ``found`` is the frame of ``effects``. Columns: grouped_by, effect_in; groups (compared), few_groups (too
    small to be); q: squared distances from the common effect, by their variances (Cochran 1954); p_value:
    that all groups have one effect (Welch 1951, who allows for variances that are estimated); p_adjusted: for
    all rows (Holm 1979); groups_differ: differ (p_adjusted below 1 - confidence), alike, or not_compared
    (fewer than two groups; q and p are null).
    """
    rows = [
        {**dict(zip(KEYS, keys, strict=True)), **_one_effect(part)}
        for keys, part in found.groupby(KEYS, sort=False)
    ]
    frame = pd.DataFrame(rows, columns=[*KEYS, "groups", "few_groups", "q", "p_value"])
    frame["p_adjusted"] = holm(frame.p_value)
    kinds = [frame.p_adjusted.isna(), frame.p_adjusted < 1 - rules.confidence]
    return frame.assign(groups_differ=np.select(kinds, ["not_compared", "differ"], "alike"))


@needs()
def tested(found: pd.DataFrame, rules: CampaignRules) -> pd.DataFrame:
    """Return the rows of ``differ`` to read: of columns that have two groups at all."""
    rows = differ(found, rules)
    return rows[rows.groups + rows.few_groups > 1].reset_index(drop=True)


def _one_effect(part: pd.DataFrame) -> dict[str, float]:
    compared = part[part.difference.notna()]
    k, weight = len(compared), 1 / compared.variance
    counts = {"groups": k, "few_groups": len(part) - k}
    if k < 2:
        return {**counts, "q": np.nan, "p_value": np.nan}
    common = (weight * compared.difference).sum() / weight.sum()
    q = (weight * (compared.difference - common) ** 2).sum()
    unsure = ((1 - weight / weight.sum()) ** 2 / compared.freedom).sum()
    ratio = q / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * unsure)
    return {**counts, "q": q, "p_value": stats.f.sf(ratio, k - 1, (k**2 - 1) / (3 * unsure))}


@needs()
def forest(found: pd.DataFrame, grouped_by: str, effect_in: str) -> pd.DataFrame:
    """Return the shrunk effects of the groups of one column as a chart of intervals wants them.

    Columns title, value, low, high (buyers: more of 100 customers;
    net_sales: more per head), n (customers of both arms), verdict (``responds``); groups as ``effects``.
    """
    part = found[(found.grouped_by == grouped_by) & (found.effect_in == effect_in)]
    shown = {"value": "shrunk", "low": "shrunk_low", "high": "shrunk_high"}
    values = {name: (PER[effect_in] * part[column]).to_numpy() for name, column in shown.items()}
    titles = [_word(grouped_by, group) for group in part.group]
    n = (part.n_treatment + part.n_holdout).to_numpy()
    return pd.DataFrame({"title": titles, **values, "n": n, "verdict": part.responds.to_numpy()})


@needs()
def shown(found: pd.DataFrame, grouped_by: str, effect_in: str, currency: str) -> pd.DataFrame:
    """Return the effects of the groups of one column in words, to read.

    Columns group, n_treatment, n_holdout, treatment_text, holdout_text, measured_text, shrunk_text, responds.
    """
    part = found[(found.grouped_by == grouped_by) & (found.effect_in == effect_in)].reset_index(drop=True)
    level = i18n.percent if effect_in == "buyers" else lambda value: i18n.each_money(value, currency)
    told = {
        "group": forest(found, grouped_by, effect_in).title,
        **{f"n_{arm}": part[f"n_{arm}"] for arm in ARMS},
        **{f"{arm}_text": part[arm].map(level) for arm in ARMS},
        "measured_text": [
            _span(effect_in, currency, *of) for of in part[["difference", "low", "high"]].to_numpy()
        ],
        "shrunk_text": [
            _span(effect_in, currency, *of) for of in part[["shrunk", "shrunk_low", "shrunk_high"]].to_numpy()
        ],
        "responds": part.responds,
    }
    return pd.DataFrame(told)


def _span(effect_in: str, currency: str, *ends: float) -> str:
    return i18n.within(*(_signed(effect_in, currency, end) for end in ends))


def _signed(effect_in: str, currency: str, value: float) -> str:
    if effect_in == "net_sales":
        return i18n.signed_each_money(value, currency)
    return i18n.signed_percent(value, 2)


def _word(grouped_by: str, group: str) -> str:
    words = {UNKNOWN: _("unknown")} | trait_words.groups().get(grouped_by, {})
    return words.get(group, group)


@needs()
def sentence(found: pd.DataFrame, rules: CampaignRules, currency: str) -> str:
    """Say in which groups the campaign worked better or worse, or that chance may explain the differences."""
    tested = differ(found, rules)
    several = tested[tested.groups > 1]  # one group alone is compared with nothing
    compared = int(several.groupby("grouped_by")["groups"].max().sum())
    few = int(tested.groupby("grouped_by")["few_groups"].max().sum())
    if (tested.groups_differ == "not_compared").all():
        said = _("There are no two groups with {n} customers in each arm, so no groups are compared.")
        return said.format(n=i18n.count(rules.min_customers))
    small = ngettext(
        "{n} further group is too small to compare.", "{n} further groups are too small to compare.", few
    )
    rest = small.format(n=i18n.count(few)) if few else ""
    if not (tested.groups_differ == "differ").any():
        said = _(
            "{n} groups are compared, and they do not differ by more than chance: take the effect of the "
            "whole campaign for each of them."
        )
        return i18n.sentences([said.format(n=i18n.count(compared)), rest])
    clear = found[found.responds.isin(["more", "less"])].sort_values("p_value")
    if clear.empty:
        said = _("The groups differ by more than chance, but which of them stand out cannot be told yet.")
        return i18n.sentences([said, rest])
    # One outcome is told, buyers where it can be: the other mostly says the same of the same groups.
    told = clear[clear.effect_in == min(clear.effect_in)].head(NAMED)
    return i18n.sentences([*(_told(row, currency) for row in told.itertuples()), rest])


def _told(row: tuple, currency: str) -> str:
    said = {
        ("more", "buyers"): _(
            "“{group}” responded more than the others: {effect} of its customers bought, beside those held "
            "out."
        ),
        ("less", "buyers"): _(
            "“{group}” responded less than the others: {effect} of its customers bought, beside those held "
            "out."
        ),
        ("more", "net_sales"): _(
            "“{group}” responded more than the others: {effect} net sales per customer."
        ),
        ("less", "net_sales"): _(
            "“{group}” responded less than the others: {effect} net sales per customer."
        ),
    }
    group = _word(row.grouped_by, row.group)
    effect = _span(row.effect_in, currency, row.shrunk, row.shrunk_low, row.shrunk_high)
    return said[row.responds, row.effect_in].format(group=group, effect=effect)


@needs()
def figures(found: pd.DataFrame) -> dict[str, int]:
    """Return the key figures by their stable names: groups compared, and those unlike the others."""
    told = found[found.difference.notna()]
    sizes = told.groupby("grouped_by").group.nunique()
    groups = found[["grouped_by", "group"]].apply(tuple, axis=1)
    apart = found.responds.isin(["more", "less"])
    return {
        "campaign.groups_compared": int(sizes[sizes > 1].sum()),
        "campaign.groups_apart": int(groups[apart].nunique()),
    }
