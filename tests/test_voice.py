"""The voice of customers: topics by words, complaints by stars, both counted by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from build import shop_of
from fulfil import in_memory
from scipy import stats

from shopcrm_nb import evidence, labels, table, voice
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.period import Period

JUNE = Period(date(2024, 6, 1), date(2024, 6, 30))
ORDERS = "order_id customer_id paid_at paid\n1 a 2024-06-30 5"


def topics(rows, now=JUNE, columns=("at", "stars", "text"), **rules):
    shop = in_memory(ORDERS, reviews=pd.DataFrame(rows, columns=list(columns)), rules={"voice": rules})
    found = voice.topics(shop, now)
    return found if isinstance(found, NotComputed) else found.set_index("topic")


ROWS = [
    ("2024-06-01", 4, "物流很快，尺码合适"),
    ("2024-06-03", 1, "物流太慢 <b>差</b>"),
    ("2024-06-02", 2, "Late   delivery,\n wrong SIZE"),
    ("2024-06-04", 3, "nothing to say"),
    ("2024-06-06", None, "尺码偏小"),
    ("2024-06-07", 5, "系统默认好评!"),
    ("2024-06-08", 1, "此用户没有填写评价。"),
    ("2024-06-09", 1, None),
    ("2024-05-31", 1, "物流"),
    ("2024-07-01", 1, "物流"),
]
COUNTS = ["texts", "good_texts", "middle_texts", "bad_texts", "unknown_texts"]


def test_texts_are_counted_by_topic_and_stars(tmp_path):
    found = topics(ROWS)
    assert found.loc["logistics", COUNTS].tolist() == [3, 1, 0, 2, 0]
    assert found.loc["size", COUNTS].tolist() == [3, 1, 0, 1, 1]
    assert found.loc["none", COUNTS].tolist() == [1, 0, 1, 0, 0]
    assert found.loc["price", COUNTS].tolist() == [0, 0, 0, 0, 0]
    assert found.text_share[["logistics", "size", "none", "price"]].tolist() == [0.6, 0.6, 0.2, 0]
    # four texts have stars
    assert found.bad_share[["logistics", "size", "none"]].tolist() == [0.5, 0.25, 0]
    assert found.mean_stars["logistics"] == pytest.approx(7 / 3)
    assert found.mean_stars["size"] == 3
    assert np.isnan(found.mean_stars["price"])
    assert list(found.index) == [
        *("logistics", "size", "quality", "colour", "service", "packaging", "price", "none"),
    ]


def test_the_example_is_the_first_bad_text_by_time_as_it_was_written(tmp_path):
    found = topics(ROWS)
    assert found.example["logistics"] == found.example["size"] == "Late delivery, wrong SIZE"
    assert found.example["none"] == "nothing to say"  # none is bad
    assert pd.isna(found.example["price"])
    html = table.show(found.reset_index())._repr_html_()
    assert ">delivery</td>" in html
    long = topics([("2024-06-05", 1, "物流" + "<i>x</i>" * 40)])
    text = long.example["logistics"]
    assert (len(text), text[-1]) == (80, "…")
    shown = table.show(long.reset_index())._repr_html_()
    assert "<i>" not in shown
    assert "&lt;i&gt;x" in shown


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("my outfit of chocolate plates", "none"),  # fit, late
        ("it arrived LATE", "logistics"),
        ("the boxes were open", "packaging"),
        ("it fits", "size"),
        ("很fit的衣服", "size"),
        ("小区快递柜", "logistics"),
    ],
)
def test_a_word_in_latin_letters_is_a_whole_word_and_any_other_stands_anywhere(tmp_path, text, topic):
    found = topics([("2024-06-05", 1, text)])
    assert found.index[found.texts > 0].tolist() == [topic]


def test_a_shops_own_words_are_taken_as_they_are(tmp_path):
    own = [{"name": "a_b", "words": ["c++", "(x"]}, {"name": "a_b", "words": [".*"]}]
    rows = [("2024-06-05", 1, "my c+ is"), ("2024-06-05", 1, "问(x)号"), ("2024-06-05", 1, "a .* b")]
    found = topics(rows, topics=own)
    assert found.texts.to_dict() == {"a_b": 2, "none": 1}
    assert voice.sentence(found.reset_index()).startswith(
        "Bad texts, as shares of all texts with stars, are mostly about: a_b 66.7% (2)"
    )


def many(bad_then, bad_now, total=200):
    rows = []
    for year, bad in (("2023", bad_then), ("2024", bad_now)):
        rows += [(f"{year}-06-10", 1, "物流太慢")] * bad
        rows += [(f"{year}-06-10", 5, "质量好")] * (total - bad)
    return rows


def test_complaints_that_clearly_rose_are_found(tmp_path):
    found = topics(many(10, 40))
    assert found.bad_share["logistics"] == 0.2
    assert found.bad_share_then["logistics"] == 0.05
    grid = [[40, 160], [10, 190]]
    p_value = stats.fisher_exact(grid, alternative="greater").pvalue
    assert found.p_value["logistics"] == pytest.approx(p_value)
    told = found.p_value.notna()
    assert set(found.index[told]) == {"logistics", "quality"}
    assert found.p_adjusted[told].tolist() == pytest.approx(evidence.holm(found.p_value[told]).tolist())
    assert found.complaints[["logistics", "quality", "size"]].tolist() == ["more", "not_more", "too_few"]
    said = voice.sentence(found.reset_index())
    assert said == (
        "Bad texts, as shares of all texts with stars, are mostly about: delivery 20.0% (40). Clearly heard "
        "more than a year before: delivery (20.0%, then 5.0%)."
    )


def test_fewer_complaints_or_as_many_are_not_more(tmp_path):
    for then, now in [(40, 10), (30, 32)]:
        found = topics(many(then, now))
        assert found.complaints["logistics"] == ("not_more" if now >= 20 else "too_few")
        assert "Clearly heard" not in voice.sentence(found.reset_index())


def test_a_year_before_without_stars_or_texts_is_nothing_to_compare_with(tmp_path):
    alone = topics([row for row in many(0, 40) if row[0] > "2024"])
    assert set(alone.complaints) == {"no_comparison"}
    assert alone.bad_share_then.isna().all()
    assert voice.sentence(alone.reset_index()).endswith("too few texts to compare them with the year before.")
    few = topics(many(1, 10, 19), min_reviews=20)
    assert set(few.complaints) == {"too_few"}


def test_without_stars_nothing_is_called_bad(tmp_path):
    found = topics([("2024-06-05", "物流")] * 3 + [("2024-06-05", "ok")], columns=("at", "text"))
    assert found.loc["logistics", ["texts", "bad_texts", "unknown_texts"]].tolist() == [3, 0, 3]
    assert found.bad_share.isna().all()
    said = "The texts have no stars, so that complaints cannot be told. Most are about: delivery 75.0% (3)."
    assert voice.sentence(found.reset_index()) == said


def test_stars_out_of_range_are_none(tmp_path):
    rows = [
        ("2024-06-05", 0, "物流"),
        ("2024-06-05", 9, "物流"),
        ("2024-06-05", 2.5, "物流"),
        ("2024-06-05", 3.5, "物流"),
    ]
    found = topics(rows)
    assert found.loc["logistics", COUNTS].tolist() == [4, 0, 1, 1, 2]


def test_a_period_without_texts_and_a_shop_without_them(tmp_path):
    found = topics(ROWS, now=Period(date(2024, 1, 1), date(2024, 1, 31)))
    assert (found.texts == 0).all()
    assert found.text_share.isna().all()
    assert voice.sentence(found.reset_index()) == "No customer wrote a text in the period."
    assert topics([("2024-06-05", 1, None)]) == NotComputed("reviews.text")
    missing = voice.topics(shop_of(tmp_path / "c", ORDERS), JUNE)
    assert missing == NotComputed("reviews.at")
    assert voice.sentence(missing) is missing


def test_good_texts_alone_are_no_complaints(tmp_path):
    found = topics([("2024-06-05", 5, "物流")])
    assert voice.sentence(found.reset_index()) == "No text with one or two stars is about any of the topics."


def test_every_column_has_a_label_and_every_code_a_word(tmp_path):
    found = topics(ROWS).reset_index()
    names = [labels.of_columns()[column] for column in found.columns]
    assert len(set(names)) == len(names)
    assert set(found.topic) == set(labels.of_codes()["topic"])
    assert set(labels.of_codes()["complaints"]) == {"more", "not_more", "too_few", "no_comparison"}


def test_topics_are_read_by_their_bad_texts_and_texts_without_a_topic_last_if_there_are_any():
    found = pd.DataFrame(
        {
            "topic": ["size", "logistics", "none", "price"],
            "texts": [9, 3, 20, 8],
            "bad_texts": [1, 2, 5, 1],
        }
    )
    assert voice.ordered(found).topic.tolist() == ["logistics", "size", "price", "none"]
    assert "none" not in voice.ordered(found.assign(texts=[9, 3, 0, 8])).topic.tolist()
