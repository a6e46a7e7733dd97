"""Text messages: the parts by which one is billed, and what they cost."""

import pytest
from build import rules_of
from hypothesis import given
from hypothesis import strategies as st

from shopcrm_nb import sms
from shopcrm_nb.errors import ShopcrmError

RULES = rules_of().campaign


@pytest.mark.parametrize(
    ("length", "parts"),
    [(0, 0), (1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (150, 3), (201, 3), (202, 4)],
)
def test_70_characters_are_one_part_and_a_longer_text_has_67_to_a_part(length, parts):
    assert sms.segments(length, RULES) == parts


@given(st.integers(1, 2000))
def test_the_parts_hold_the_text_and_one_fewer_would_not(length):
    parts = sms.segments(length, RULES)
    assert length <= (70 if parts == 1 else 67 * parts)
    assert parts == 1 or length > (70 if parts == 2 else 67 * (parts - 1))


def test_a_text_of_no_length_at_all_is_refused_and_so_are_fewer_people_than_none():
    with pytest.raises(ShopcrmError, match="-1 characters"):
        sms.segments(-1, RULES)
    with pytest.raises(ShopcrmError, match="-5 people"):
        sms.bill("hello", -5, RULES)


def test_any_letter_is_one_character_and_an_emoji_two():
    assert sms.characters("【夏艺】618 开始了！") == 12
    assert sms.characters("a🎁b") == 4


def test_150_characters_to_1000_people_are_3000_parts_and_150_yuan():
    found = sms.bill("春" * 150, 1000, RULES)
    assert (found.characters, found.parts, found.billed_parts, found.cost) == (150, 3, 3000, 150.0)
    assert found.spare == 3 * 67 - 150


def test_a_shop_abroad_sets_its_own_lengths_and_price():
    rules = rules_of(campaign={"sms_single": 160, "sms_part": 153, "sms_cost": 0.5}).campaign
    assert sms.bill("x" * 160, 10, rules).cost == 5
    assert sms.bill("x" * 161, 10, rules).cost == 10


def test_the_sentence_tells_length_parts_room_and_cost():
    said = sms.sentence(sms.bill("春" * 150, 1000, RULES), "CNY")
    assert said == (
        "The text has 150 characters and is billed as 3 parts, which would hold 51 more. "
        "Sent to 1,000 people it costs ¥150 (billed parts: 3,000)."
    )
    one = sms.sentence(sms.bill("春" * 60, 200, RULES), "CNY")
    assert one.startswith("The text has 60 characters and is billed as one part, which would hold 10 more.")
    assert sms.sentence(sms.bill("", 200, RULES), "CNY") == "The text is empty: there is nothing to send."
