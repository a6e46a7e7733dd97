"""Voice: what customers write about, and which complaints are heard more than a year before (DX-12)."""

import re

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from shopcrm_nb import i18n, reviews, service_words
from shopcrm_nb.absent import NotComputed, needs
from shopcrm_nb.evidence import holm, more_often
from shopcrm_nb.health_rules import Topic
from shopcrm_nb.i18n import _
from shopcrm_nb.model import Shop
from shopcrm_nb.period import Period
from shopcrm_nb.rules import Rules

NO_TOPIC = "none"
ALL = ""  # of every text; no topic has this name
EXAMPLE_LENGTH = 80
OF_CLASSES = [f"{name}_texts" for name in reviews.CLASSES]
NAMED = 3  # that a sentence names
COLUMNS = [
    *("topic", "texts", "text_share", *OF_CLASSES, "mean_stars", "bad_share", "bad_share_then"),
    *("p_value", "p_adjusted", "complaints", "example"),
]


def topics(shop: Shop, now: Period) -> pd.DataFrame | NotComputed:
    """Return what the customers' own texts of a period are about, and which complaints have become more.

    - topic: each of ``rules.voice.topics``, and "none" for texts without any; texts; text_share (of all; a
      text may have several topics); good_texts, middle_texts, bad_texts, unknown_texts (by the stars: 4 and
      more, 3, under 3, none), mean_stars (of those with stars).
    - bad_share: bad texts of the topic, of all texts with stars; bad_share_then: the same a year before, null
      without texts with stars then; p_value: that it has not risen (Fisher's exact test, one-sided);
      p_adjusted: for the number of topics (Holm).
    - complaints: more (p_adjusted below 1 - ``rules.health.confidence``), not_more, too_few (the topic has
      under ``rules.voice.min_reviews`` texts, or either period has so few with stars), no_comparison.
    - example: the first bad text of the topic by time, shortened; the first of any where none is bad. It is
      what a customer wrote, and may look like markup.

    A word in Latin letters counts as a whole word of either case, in singular or plural; any other wherever
    it stands. Texts that the platform writes are left out, and so are reviews without a text. S3
    「從客戶投訴獲得客戶信息」; by words and stars, not by a model.
    """
    texts = _texts(shop)
    if isinstance(texts, NotComputed):
        return texts
    rules = shop.settings.rules
    spans = {"now": now, "then": now.back(12)}
    counted = _counted(texts, spans, _patterns(rules.voice.topics))
    compared = _compared(counted["now"], counted["then"], rules)
    return compared[COLUMNS]


def _texts(shop: Shop) -> ir.Table | NotComputed:
    """Return on, at, text, star_class and stars of what customers wrote themselves."""
    written = reviews.read(shop)
    if isinstance(written, NotComputed):
        return written
    if "text" not in written.columns:
        return NotComputed("reviews.text")
    own = written.filter(~written.default & (written.text.length() > 0))
    return own if "stars" in own.columns else own.mutate(stars=ibis.null("float64"))


def _patterns(topics: tuple[Topic, ...]) -> dict[str, str]:
    """Return topic → a regular expression that finds any of its words."""
    words = {topic.name: [] for topic in topics}
    for topic in topics:
        words[topic.name] += [_pattern(word) for word in topic.words]
    return {name: "(?i)" + "|".join(found) for name, found in words.items()}


def _pattern(word: str) -> str:
    found = re.escape(word)
    if not word.isascii():
        return found
    opens = r"\b" if word[0].isalnum() else ""
    return opens + found + (r"(?:e?s)?\b" if word[-1].isalnum() else "")


def _counted(texts: ir.Table, spans: dict[str, Period], patterns: dict[str, str]) -> dict[str, pd.DataFrame]:
    """Return, for each span, the counts by topic, "none" and ALL (of every text), in this order."""
    span = ibis.cases(*((texts["on"].between(when.start, when.end), name) for name, when in spans.items()))
    inside = texts.mutate(span=span).filter(lambda t: t.span.notnull())
    found = {name: inside.text.re_search(pattern) for name, pattern in patterns.items()}
    found |= {NO_TOPIC: ~ibis.or_(*found.values(), ibis.literal(False)), ALL: ibis.literal(True)}
    tags = [ibis.ifelse(has, name, ibis.null("string")) for name, has in found.items()]
    each = inside.mutate(topic=ibis.array(tags)).unnest("topic").filter(lambda t: t.topic.notnull())
    counts = {f"{name}_texts": (each.star_class == name).sum() for name in reviews.CLASSES}
    first = each.text.first(order_by=[each.star_class != "bad", each["at"], each.text])
    frame = (
        each.group_by("span", "topic")
        .aggregate(texts=each.count(), **counts, mean_stars=each.stars.mean(), example=first)
        .to_pandas()
    )
    return {name: _of_every_topic(frame[frame.span == name], list(found)) for name in spans}


def _of_every_topic(frame: pd.DataFrame, topics: list[str]) -> pd.DataFrame:
    every = frame.drop(columns="span").set_index("topic").reindex(topics)
    counts = ["texts", *OF_CLASSES]
    every[counts] = every[counts].fillna(0).astype("int64")
    return every.astype({"mean_stars": "float64"})


def _compared(now: pd.DataFrame, then: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    n, n_then = (int(part.texts[ALL] - part.unknown_texts[ALL]) for part in (now, then))
    frame, before = now.drop(index=ALL), then.drop(index=ALL)
    total = now.texts[ALL] or np.nan
    enough = (frame.texts >= rules.voice.min_reviews) & (min(n, n_then) >= rules.voice.min_reviews)
    sizes = (pd.Series(size, index=frame.index) for size in (n, n_then))
    p_values = more_often(frame.bad_texts, next(sizes), before.bad_texts, next(sizes))
    frame = frame.assign(
        text_share=frame.texts / total,
        bad_share=frame.bad_texts / (n or np.nan),
        bad_share_then=before.bad_texts / (n_then or np.nan),
        p_value=np.where(enough, p_values, np.nan),
        example=frame.example.map(_shortened),
    )
    frame["p_adjusted"] = holm(frame.p_value)
    more = frame.p_adjusted < 1 - rules.health.confidence
    cases = [frame.bad_share_then.isna() | frame.bad_share.isna(), ~enough, more]
    frame["complaints"] = np.select(cases, ["no_comparison", "too_few", "more"], "not_more")
    return frame.reset_index(names="topic")


def _shortened(text: str | None) -> str | None:
    if not isinstance(text, str):
        return None
    words = " ".join(text.split())
    return words if len(words) <= EXAMPLE_LENGTH else words[: EXAMPLE_LENGTH - 1] + "…"


@needs()
def sentence(topics: pd.DataFrame) -> str:
    """Say what the bad texts of the frame ``topics`` are about, and which complaints have become more."""
    if not topics.texts.sum():
        return _("No customer wrote a text in the period.")
    named = topics[topics.topic != NO_TOPIC]
    if topics.bad_share.isna().all():
        said = _("The texts have no stars, so that complaints cannot be told. Most are about: {topics}.")
        return said.format(topics=_named(named, "texts", "text_share"))
    if not named.bad_texts.sum():
        return _("No text with one or two stars is about any of the topics.")
    said = _("Bad texts, as shares of all texts with stars, are mostly about: {topics}.")
    return i18n.sentences([said.format(topics=_named(named, "bad_texts", "bad_share")), _risen(named)])


def _named(frame: pd.DataFrame, count: str, share: str) -> str:
    one, names = _("{topic} {share} ({n})"), service_words.voice_topics()
    top = frame[frame[count] > 0].sort_values([count, "topic"], ascending=[False, True]).head(NAMED)
    return _(", ").join(
        one.format(
            topic=names.get(row.topic, row.topic),
            share=i18n.percent(getattr(row, share)),
            n=i18n.count(getattr(row, count)),
        )
        for row in top.itertuples()
    )


def _risen(named: pd.DataFrame) -> str:
    if not named.complaints.isin(["more", "not_more"]).any():
        return _("There are too few texts to compare them with the year before.")
    more = named[named.complaints == "more"].sort_values("bad_share", ascending=False)
    if more.empty:
        return _("No complaint is clearly heard more than a year before.")
    one, names = _("{topic} ({share}, then {share_then})"), service_words.voice_topics()
    heard = [
        one.format(
            topic=names.get(row.topic, row.topic),
            share=i18n.percent(row.bad_share),
            share_then=i18n.percent(row.bad_share_then),
        )
        for row in more.itertuples()
    ]
    return _("Clearly heard more than a year before: {topics}.").format(topics=_(", ").join(heard))


@needs()
def shown(topics: pd.DataFrame) -> pd.DataFrame:
    """Return the topics to read: how many texts, how many of them bad, how that has changed, an example."""
    columns = ["topic", "texts", "text_share", "bad_texts", "mean_stars", "complaints", "example"]
    return ordered(topics)[columns]


@needs()
def ordered(topics: pd.DataFrame) -> pd.DataFrame:
    """Return the topics by their bad texts, most first; texts without a topic last, where there are any."""
    found = topics.assign(_last=topics.topic == NO_TOPIC)
    found = found[~found._last | (found.texts > 0)]
    order = found.sort_values(["_last", "bad_texts", "texts"], ascending=[True, False, False], kind="stable")
    return order.drop(columns="_last").reset_index(drop=True)
