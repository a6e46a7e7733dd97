"""What the buyers of the demo shop rate and write, and what the platform writes where they do not."""

import numpy as np
import pandas as pd

RATED_SHARE, RATED_WHEN_ANGRY = 0.26, 0.4  # of the confirmed orders, rated by the buyer
DEFAULT_SHARE = 0.13  # … and by the platform, after DEFAULT_AFTER_DAYS; of the others nothing is exported
WORDLESS_SHARE = 0.22  # of the ratings, without a text
EMPTY_SHARE = 0.05  # of the scores, not given
FOLLOW_UP_SHARE = 0.02  # of the ratings
DEFAULT_AFTER_DAYS = 15
PATIENCE_DAYS = 6  # longer from payment to signing, and logistics is rated worse
DEFAULTS = ("评价方未及时做出评价,系统默认好评!", "系统默认评论")
WORDLESS = "此用户没有填写评价。"
HOSTILE = ("<script>alert(1)</script>", "=1+1", "<b>很好</b>", "@SUM(1+1)", '=HYPERLINK("x","y")')
# chance of at most 4, 3, 2, 1 stars where nothing is wrong
CHANCES = {
    "description": (0.14, 0.05, 0.02, 0.01),
    "service": (0.10, 0.035, 0.015, 0.008),
    "logistics": (0.10, 0.035, 0.015, 0.008),
}
# what is praised, then what is complained of
TEXTS = {
    "物流": (
        ("物流很快，两天就到了", "快递送到家门口，省心", "下单当天就发货，满意"),
        ("物流太慢，等了好多天", "快递一直不动，催了也没用", "发货以后卡在路上，差点退掉"),
    ),
    "尺码": (
        ("尺码标准，穿着合身", "按平时的尺码买，刚刚好"),
        ("尺码偏小，胳膊伸不开", "尺码偏大，穿着空荡荡"),
    ),
    "质量": (("质量很好，面料厚实", "做工细，穿着暖和"), ("质量一般，穿两次就起球", "做工粗，线头到处都是")),
    "色差": (("没有色差，和图上一样", "颜色很正，显白"), ("色差明显，和图上不一样", "颜色比图上暗很多")),
    "客服": (
        ("客服有耐心，问什么都答", "客服推荐得很准，谢谢"),
        ("客服回复慢，半天等不到一句", "客服态度冷淡，问了不理"),
    ),
    "包装": (
        ("包装严实，送人体面", "包装用心，衣服没有皱"),
        ("包装太薄，袋子裂开了", "盒子压坏，包装不用心"),
    ),
    "价格": (
        ("价格实在，性价比高", "活动价格划算，又买一件"),
        ("刚买就降价，心里不舒服", "价格偏高，不值这么多"),
    ),
}
BLAMED = {"logistics": ("物流",), "service": ("客服",)}
BLAMED_OF_GOODS = ("尺码", "尺码", "质量", "质量", "色差", "包装", "价格")
FOLLOW_UPS = ("穿了一个月，还是喜欢", "洗过一次，没有走样", "过了几天有点掉毛", "朋友也来买了一件")


def reviews(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    """Return the reviews of confirmed orders, one row each, whenever they are written.

    ``order``, ``at``, ``stars`` and the three scores (1 to 5, NaN where not given), ``text``, ``topic`` and
    ``tone`` (what it is about, "good" or "bad"; empty where the platform wrote it or nobody did),
    ``follow_up`` and ``follow_up_at``.
    """
    scores, lot = _scores(rng, orders), rng.random((len(orders), 6))
    wait = pd.to_timedelta(rng.integers(3600, DEFAULT_AFTER_DAYS * 86_400, len(orders)), unit="s")
    later = pd.to_timedelta(rng.integers(5 * 86_400, 60 * 86_400, len(orders)), unit="s")
    felt = 0.8 * scores.min(axis=1) + 0.2 * scores.mean(axis=1)
    rated = lot[:, 0] < np.where(scores.min(axis=1) < 3, RATED_WHEN_ANGRY, RATED_SHARE)
    default = lot[:, 0] >= 1 - DEFAULT_SHARE
    told = scores.mask(rng.random(scores.shape) < EMPTY_SHARE).where(pd.Series(rated, orders.index))
    at = orders["confirmed_at"] + pd.Timedelta(days=DEFAULT_AFTER_DAYS)
    table = told.assign(
        order=orders.index,
        at=at.mask(rated, orders["confirmed_at"] + wait),
        stars=np.where(rated, np.rint(felt), 5).astype(int),
        follow_up="",
    )
    table = table.join(_words(scores, lot[:, 1:4]))
    table.loc[lot[:, 4] < WORDLESS_SHARE, ["text", "topic", "tone"]] = [WORDLESS, "", ""]
    table.loc[default, ["text", "topic", "tone"]] = ["", "", ""]
    table.loc[default, "text"] = np.array(DEFAULTS)[(lot[default, 1] < 0.2).astype(int)]
    adding = rated & (lot[:, 5] < FOLLOW_UP_SHARE)
    table.loc[adding, "follow_up"] = np.array(FOLLOW_UPS)[(lot[adding, 1] * len(FOLLOW_UPS)).astype(int)]
    table["follow_up_at"] = (table["at"] + later).where(adding)
    return _with_hostile(table[(rated | default) & orders["confirmed_at"].notna()])


def _scores(rng: np.random.Generator, orders: pd.DataFrame) -> pd.DataFrame:
    """Draw the three scores of each order; the longer it is under way, the worse its logistics."""
    under_way = (orders["signed_at"] - orders["paid_at"]).dt.total_seconds() / 86_400
    power = pd.DataFrame(1.0, index=orders.index, columns=list(CHANCES))
    power["logistics"] = 1 / (1 + 0.6 * (under_way - PATIENCE_DAYS).clip(lower=0).fillna(0))
    drawn = {}
    for name, chances in CHANCES.items():
        at_most = np.asarray(chances)[None, :] ** power[name].to_numpy()[:, None]
        drawn[name] = 5 - (rng.random(len(orders))[:, None] < at_most).sum(axis=1)
    return pd.DataFrame(drawn, index=orders.index).astype(float)


def _words(scores: pd.DataFrame, lot: np.ndarray) -> pd.DataFrame:
    """Return text, topic and tone: a complaint about the worst score below 4, else praise of anything."""
    rows = []
    for values, (which, how, what) in zip(scores.to_numpy(), lot, strict=True):
        worst = scores.columns[int(np.argmin(values))]
        bad = values.min() < 4
        topics = BLAMED.get(worst, BLAMED_OF_GOODS) if bad else tuple(TEXTS)
        topic = topics[int(which * len(topics))]
        texts = TEXTS[topic][int(bad)]
        text = texts[int(how * len(texts))] + ("", "！", "。")[int(what * 3)]
        rows.append((text, topic, "bad" if bad else "good"))
    return pd.DataFrame(rows, columns=["text", "topic", "tone"], index=scores.index)


def _with_hostile(table: pd.DataFrame) -> pd.DataFrame:
    """Let a few texts look like code."""
    written = table.index[(table["tone"] == "good").to_numpy()][200 : 200 + 50 * len(HOSTILE) : 50]
    for place, text in zip(written, HOSTILE, strict=False):
        table.loc[place, ["text", "topic", "tone"]] = [text, "", ""]
    return table


def ratings(table: pd.DataFrame, days: pd.DatetimeIndex, window_days: int = 180) -> pd.DataFrame:
    """Return the mean of each score given on the ``window_days`` up to each day, NaN before the first."""
    by_day = table.groupby(table["at"].dt.normalize())[list(CHANCES)]
    since = pd.date_range(days[0] - pd.Timedelta(days=window_days), days[-1])
    sums, counts = (found.reindex(since, fill_value=0) for found in (by_day.sum(), by_day.count()))
    means = sums.rolling(window_days).sum() / counts.rolling(window_days).sum().where(lambda n: n > 0)
    return means.reindex(days)
