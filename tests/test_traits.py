"""What the customers of a campaign are grouped by: as it was before it, in words, in an order one reads."""

import pandas as pd
import pytest
from fulfil import in_memory

from shopcrm_nb import assigned, i18n, responders, segment, trait_words, traits

AT = pd.Timestamp("2024-05-02 12:00")
LATER = (
    f"late a {AT + pd.Timedelta(days=3):%Y-%m-%dT%H:%M} 9000"  # grades of today know it, those before do not
)


def found(days, paid=10, extra=""):
    orders = "order_id customer_id paid_at paid\n" + "\n".join(
        f"{n} {n} {AT - pd.Timedelta(days=gone):%Y-%m-%dT%H:%M} {paid}" for n, gone in days.items()
    )
    sends = "campaign_id customer_id channel sent_at arm\n"
    sends += "\n".join(f"s {n} sms {AT:%Y-%m-%dT%H:%M}:01 A" for n in [*days, "h"])
    shop = in_memory(orders + "\n" + extra, "2024-06-30", {}, sends=sends)
    people = assigned.people(shop, "s", shop.settings.rules.campaign)
    return shop, traits.before(shop, people).to_pandas().set_index("customer_id")


def test_customers_are_grouped_by_what_they_did_before_in_bands_that_sort_as_they_rise():
    days = {"a": 1, "b": 90, "c": 91, "d": 180, "e": 181, "f": 365, "g": 366}
    _shop, rows = found(days)
    bands = ["000-090", "000-090", "091-180", "091-180", "181-365", "181-365", "366+"]
    assert rows.recency_band.to_dict() == dict(zip(days, bands, strict=True)) | {"h": "none"}
    assert bands == sorted(bands)
    within = dict.fromkeys("abcde", "1")  # of the 365 days before, to the second
    assert rows.frequency_band.to_dict() == within | {"f": "none", "g": "none", "h": "none"}


def test_the_grade_is_that_of_the_day_before_and_knows_nothing_of_what_came_later():
    shop, rows = found({"a": 20, "b": 500}, extra=LATER)
    before = segment.score(shop.orders, (AT - pd.Timedelta(days=1)).date(), shop.settings.rules).to_pandas()
    assert rows.grade.to_dict() == {
        "a": before.set_index("customer_id").grade["a"],
        "b": "asleep",
        "h": "none",
    }
    now = segment.score(shop.orders, shop.as_of, shop.settings.rules).to_pandas().set_index("customer_id")
    assert now.grade["a"] != rows.grade["a"]


@pytest.fixture(params=i18n.LANGUAGES)
def lang(request):
    i18n.use(request.param)
    yield request.param
    i18n.use("en")


def test_each_group_has_a_word_of_its_own(lang):
    words = trait_words.groups()
    assert set(traits.EACH) - set(words) == {"channel"}
    assert [code for code in words["recency_band"] if code != "none"] == list(traits.RECENCIES.values())
    assert list(words["grade"])[:4] == list(segment.GRADES)
    for names in words.values():
        assert len(set(names.values())) == len(names)


def test_groups_are_read_in_the_order_of_their_words_and_others_by_name():
    columns = ["grade", "channel", "arm", *responders.SUMS]
    codes = ["B", "asleep", "P", "none", "S", "G"]
    rows = [(code, code, arm, *[1] * 7) for code in codes for arm in responders.ARMS]
    frame = pd.DataFrame(rows, columns=columns)
    assert responders._cells(frame, "grade").index.tolist() == ["P", "G", "S", "B", "asleep", "none"]
    assert responders._cells(frame, "channel").index.tolist() == sorted(codes)
