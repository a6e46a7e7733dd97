"""Arms: into which groups each campaign's messages were divided, and whether a hold-out was overlooked."""

import json
import re
import unicodedata
from collections.abc import Iterator

import ibis
import pandas as pd

from shopcrm_nb import campaign, filled, i18n
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.findings import Finding
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.model import Shop

SIGNS = ("delivered_at", "opened_at", "clicked_at", "cost")  # that a message went out
EXPECTED = 5  # messages with a sign, by the other arms: that there is none is chance in fewer than 1 of 100
SHOWN_NAMES = 5
COLUMNS = ["campaign_id", "arm", "held", "messages", "customers", *SIGNS, "unfilled"]
# Words for a group that was not written to, or for what it lacks; "no. 1" is a number.
ENGLISH = re.compile(
    r"(?<![a-z])(no(?!\W*\d)|not|none|nothing|nobody|never|without|w/o|zero|null|nil|false|control|ctrl|hold|"
    r"held|hold-?outs?|withheld|unsent|unmailed|uncontacted|untreated|excluded?|skip(ped)?|suppressed|"
    r"baseline|blank|placebo)(?![a-z])"
)
CHINESE = re.compile(
    r"未(?![来來])|不[发發寄推送投触觸]|[无無](短信|邮件|消息|触达|干预)|空白|[对對]照|留出|留白|控制"
)
WHOLE = {"0", "0.0", "n", "否", "无", "無"}


@needs("sends.campaign_id", "sends.arm")
def of_campaigns(shop: Shop) -> pd.DataFrame | NotComputed:
    """Return the arms of the messages up to as_of: a row a campaign and word, by campaign_id, then arm.

    - campaign_id, arm (the word as it is loaded, null for messages without one), held: it is read as the
      hold-out; messages; customers (different ones).
    - delivered_at, opened_at, clicked_at, cost: of how many messages it is told (a cost of 0 is none);
      unfilled: those of the four that not one message has, or the shop has no column for, as a tuple.

    NotComputed where no message has an arm.
    """
    lacking = filled.lacks(shop, "sends", "campaign_id", "arm")
    if lacking:
        return lacking
    rows = campaign.messages(shop)
    told = {sign: rows[sign].notnull() for sign in filled.known(rows, *SIGNS)} | {"cost": rows.cost > 0}
    found = rows.group_by("campaign_id", "arm").aggregate(
        held=rows.held.any(),
        messages=rows.count(),
        customers=rows.customer_id.nunique(),
        **{sign: told[sign].sum() if sign in told else ibis.literal(0) for sign in SIGNS},
    )
    frame = found.order_by("campaign_id", "arm").to_pandas()
    frame["arm"] = frame.arm.astype("object").where(frame.arm.notna(), None)
    frame[list(SIGNS)] = frame[list(SIGNS)].fillna(0).astype("int64")
    counts = zip(*(frame[sign] for sign in SIGNS), strict=True)
    frame["unfilled"] = [tuple(s for s, n in zip(SIGNS, row, strict=True) if not n) for row in counts]
    return frame[COLUMNS]


@needs("sends.campaign_id", "sends.arm")
def in_both(shop: Shop) -> pd.DataFrame:
    """Return the campaigns that wrote to customers whom they held out as well: a row a campaign.

    Columns campaign_id, held_customers (with a row that holds them out), customers (of these, who have a row
    of another arm, too), share (of held_customers), the most customers first.
    """
    rows = campaign.messages(shop)
    each = rows.group_by("campaign_id", "customer_id").aggregate(
        held=rows.held.any(), both=rows.held.any() & ~rows.held.all()
    )
    sums = each.group_by("campaign_id").aggregate(held_customers=each.held.sum(), customers=each.both.sum())
    sums = sums.filter(sums.customers > 0).order_by(sums.customers.desc(), "campaign_id")
    frame = sums.to_pandas().astype({"held_customers": "int64", "customers": "int64"})
    return frame.assign(share=frame.customers / frame.held_customers)


@needs()
def overlooked(arms: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``of_campaigns`` that may be a hold-out and are not read as one, with ``why``.

    Only of campaigns that held nobody out and have another arm. why: silent (none of its messages was
    delivered, opened or clicked, and by the other arms at least EXPECTED would have been delivered; or none
    has a cost either, and by the others at least as many would have one of the four), named (none was opened
    or clicked, and the word reads like a hold-out's); lacks: the signs that were to be expected.
    """
    groups = arms.groupby("campaign_id")
    open_ones = arms[~groups.held.transform("any").astype(bool) & (groups.messages.transform("size") > 1)]
    others = (
        groups[[*SIGNS, "messages"]].transform("sum").loc[open_ones.index] - open_ones[[*SIGNS, "messages"]]
    )
    due = others[list(SIGNS)].mul(open_ones.messages / others.messages, axis=0) >= EXPECTED
    lacks = [tuple(sign for sign in row.unfilled if due[sign][row.Index]) for row in open_ones.itertuples()]
    found = open_ones.assign(lacks=pd.Series(lacks, index=open_ones.index, dtype="object"))
    found["why"] = [_why(row) for row in found.itertuples()]
    return found[found.why != ""].reset_index(drop=True)


def _why(row: tuple) -> str:
    if not (row.opened_at or row.clicked_at):
        free = "cost" in row.unfilled and row.lacks
        if not row.delivered_at and ("delivered_at" in row.lacks or free):
            return "silent"
        if row.arm is not None and reads_like_holdout(row.arm):
            return "named"
    return ""


def reads_like_holdout(word: str) -> bool:
    """Tell whether an arm's word is one of those that are given to customers who are not written to."""
    text = unicodedata.normalize("NFKC", word)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text).casefold().strip()
    return text in WHOLE or bool(ENGLISH.search(text) or CHINESE.search(text))


def findings(shop: Shop) -> Iterator[Finding]:
    """Report arms that may be an overlooked hold-out, and customers both held out and written to."""
    arms = of_campaigns(shop)
    if isinstance(arms, NotComputed):
        return
    names = _names(shop)
    for (why, word), rows in overlooked(arms.fillna({"arm": ""})).groupby(["why", "arm"], sort=False):
        yield _overlooked(why, word, rows, names, _line(shop, word))
    both = in_both(shop)
    if len(both):
        yield _in_both(both, names)


def warnings(shop: Shop) -> pd.DataFrame:
    """Return what ``findings`` reports as severity, finding (with what to do); no row without arms."""
    said = _("{finding}. {cure}")
    found = list(findings(shop))
    rows = [(one.severity, said.format(finding=one.finding, cure=one.cure)) for one in found]
    return pd.DataFrame(rows, columns=["severity", "finding"])


def _overlooked(why: str, word: str, rows: pd.DataFrame, names: dict[str, str], line: str) -> Finding:
    said = {
        "silent": _(
            "nobody was held out, but nothing tells that a message went out to the arm “{arm}”, as it does "
            "for others ({columns}): {campaigns}"
        ),
        "named": _("nobody was held out, but the arm “{arm}” reads like a hold-out: {campaigns}"),
    }
    lacks = [f"sends.{sign}" for sign in SIGNS if any(sign in row for row in rows.lacks)]
    listed = [
        ngettext("“{name}” ({n} customer)", "“{name}” ({n} customers)", row.customers).format(
            name=names.get(row.campaign_id, row.campaign_id), n=i18n.count(row.customers)
        )
        for row in rows.itertuples()
    ]
    text = said[why].format(arm=word or _("(empty)"), columns=", ".join(lacks), campaigns=_shortened(listed))
    cure = _(
        "They count as written to. If nothing was sent to them, write holdout as their arm in the data, or "
        "under [tables.sends.columns] in shop.toml: {line}"
    ).format(line=line)
    return Finding("warning", "sends", "overlooked_holdout", text, int(rows.messages.sum()), cure=cure)


def _in_both(both: pd.DataFrame, names: dict[str, str]) -> Finding:
    one = _("“{name}” ({n} of {held} held out, {share})")
    listed = [
        one.format(
            name=names.get(row.campaign_id, row.campaign_id),
            n=i18n.count(row.customers),
            held=i18n.count(row.held_customers),
            share=i18n.percent(row.share),
        )
        for row in both.itertuples()
    ]
    said = _("customers who were held out were written to in the same campaign, too: {campaigns}")
    cure = _(
        "They count as written to, so chance alone no longer decides who was: give each customer one arm in "
        "a campaign."
    )
    n, held = int(both.customers.sum()), int(both.held_customers.sum())
    text = said.format(campaigns=_shortened(listed))
    return Finding("warning", "sends", "in_both_arms", text, n, held, cure=cure)


def _shortened(listed: list[str]) -> str:
    return ", ".join([*listed[:SHOWN_NAMES], *(["…"] if len(listed) > SHOWN_NAMES else [])])


def _names(shop: Shop) -> dict[str, str]:
    if shop.missing("campaigns.name"):
        return {}
    rows = shop.tables["campaigns"].select("campaign_id", "name").to_pyarrow().to_pylist()
    return {row["campaign_id"]: row["name"] for row in rows if row["name"]}


def _line(shop: Shop, word: str) -> str:
    """Write the line of shop.toml by which a word, "" for none, is read as the hold-out."""
    cell = f"{_cell(shop)}::text"
    quoted = word.replace("'", "''")
    sql = f"CASE WHEN {cell} = '{quoted}' THEN 'holdout' ELSE {cell} END"
    if not word:
        sql = f"coalesce(nullif({cell}, ''), 'holdout')"
    return f"arm = {{ sql = {json.dumps(sql, ensure_ascii=False)} }}"


def _cell(shop: Shop) -> str:
    """Return what sends.arm is read from, as SQL: the header, or the expression that makes it."""
    facts = shop.facts
    made = facts[(facts.table == "sends") & (facts.fact == "column") & (facts.subject == "arm")].example
    source = made.iloc[0] if len(made) else "arm"
    told = getattr(shop.settings.tables["sends"], "columns", {}).get("arm", ())
    if any(candidate.sql == source for candidate in told):
        return f"({source})"
    return '"{}"'.format(source.replace('"', '""'))
