"""Readable: each indicator in its unit, as rows and as the four cards."""

import re

import numpy as np
import pandas as pd
import pytest
from build import shop_of

from shopcrm_nb import health, health_words, history, i18n, readable, workbook
from shopcrm_nb.absent import NotComputed


def judged(*rows):
    usual = {
        **{"indicator": "net_sales", "subject": "", "value": 1234.5, "comparison": 1000.0},
        **{
            "change_share": 0.2345,
            "low_share": 0.1,
            "high_share": 0.5,
            "band_low": 900.0,
            "band_high": 1500.0,
        },
        **{"n": 4321, "n_comparison": 99, "better": 1, "benchmark": np.nan, "state": "better"},
    }
    return pd.DataFrame([usual | row for row in rows])


def row(**more):
    return readable.rows(judged(more), "CNY").iloc[0]


@pytest.fixture(autouse=True)
def english():
    i18n.use("en")


# --- units --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indicator", "value", "written"),
    [
        ("net_sales", 1234.5, "¥1,234"),
        ("net_sales_per_buyer", 99.6, "¥99.60"),
        ("returning_net_sales_per_customer", 100.6, "¥101"),
        ("orders", 12480.0, "12,480"),
        ("new_customers", 12.0, "12"),
        ("visitors", 1e6, "1,000,000"),
        ("conversion_share", 0.0312, "3.1%"),
        ("conversion_month", 0.0312, "3.1%"),
        ("closed_share", 0.5, "50.0%"),
        ("slow_place", 0.25, "25.0%"),
        ("rating", 4.756, "4.76"),
        ("pay_sign_hours", 71.26, "71.3"),
        ("orders", np.nan, "–"),
        ("net_sales", np.nan, "–"),
        ("conversion_share", np.nan, "–"),
    ],
)
def test_each_indicator_is_written_in_its_unit(indicator, value, written):
    assert readable.writer(indicator, "CNY")(value) == written


def test_money_is_in_the_shops_currency():
    assert readable.writer("net_sales", "USD")(1234) == "$1,234"


def test_every_indicator_has_a_name_and_a_unit():
    for name in health_words.indicators():
        assert readable.writer(name, "CNY")(0.5) not in ("", "–")
    shares = [name for name in health_words.indicators() if "share" in name]
    assert all(readable.writer(name, "CNY")(0.5) == "50.0%" for name in shares)


# --- rows ---------------------------------------------------------------------------------------------------


def test_a_row_by_hand():
    assert row().to_dict() == {
        "indicator_name": "Net sales",
        "now": "¥1,234",
        "last_year": "¥1,000",
        "change": "+23.4%",
        "by_chance": "+10.0% to +50.0%",
        "own_band": "¥900 to ¥1,500",
        "indicator_state": "better",
        "count": 4321,
    }


def test_a_fall_has_a_minus_and_what_is_not_known_is_blank():
    found = row(change_share=-0.1, low_share=-0.2, high_share=0.0, band_low=np.nan)
    assert (found.change, found.by_chance, found.own_band) == ("−10.0%", "−20.0% to 0.0%", "–")
    found = row(
        comparison=np.nan, change_share=np.nan, low_share=np.nan, high_share=np.nan, state="no_comparison"
    )
    assert (found.last_year, found.change, found.by_chance) == ("–", "–", "–")
    assert found.indicator_state == "no year before"


def test_the_subject_stands_beside_the_name_in_the_readers_word_where_it_is_a_code():
    assert (
        row(indicator="conversion_month", subject="2024-03").indicator_name
        == "Visitors who buy, by month: 2024-03"
    )
    dimension = row(indicator="rating", subject="logistics", value=4.5).indicator_name
    assert dimension.startswith("Rating: ")
    assert not dimension.endswith("logistics")
    # of a place that is named like a code the name stays
    assert readable.subject("slow_place", "logistics") == "logistics"


def test_the_benchmark_is_in_the_table_where_there_is_one():
    found = readable.rows(judged({}, {"benchmark": 2000.0}), "CNY")
    assert found.benchmark_text.tolist()[1] == "¥2,000"
    assert pd.isna(found.benchmark_text[0])
    assert "benchmark_text" not in readable.rows(judged({}), "CNY")


@pytest.mark.parametrize("state", ["better", "worse", "changed", "steady", "no_comparison", "too_few"])
def test_every_state_has_its_words(state):
    assert row(state=state).indicator_state == health_words.indicator_states()[state]


# --- cards --------------------------------------------------------------------------------------------------


def html_of(*rows):
    return readable.cards(judged(*rows), "CNY")._repr_mimebundle_()["text/html"]


EVERY = [{"indicator": name, "value": 0.5} for names in readable.DIAGNOSIS.values() for name in names]


def test_there_are_four_cards_in_the_order_of_the_source():
    shown = html_of(*EVERY)
    titles = re.findall("<h4>(.*?)</h4>", shown)
    assert titles == [health_words.diagnosis()[name] for name in ("sales", "winning", "keeping", "growing")]
    assert [len(re.findall('class="value"', card)) for card in shown.split("<section")[1:]] == [1, 2, 2, 1]


def test_a_card_has_value_year_before_band_state_n_and_definition():
    (sales,) = [card for card in html_of({}).split("<section")[1:] if "Net sales" in card]
    text = re.sub("<[^>]+>", " ", sales)
    for expected in (
        *("¥1,234", "better", "a year before", "¥1,000 (+23.4%)", "last twelve periods", "¥900 to ¥1,500"),
        *("how many counted", "4,321", health_words.indicator_definitions()["net_sales"]),
    ):
        assert expected in text
    assert 'class="tag better"' in sales


def test_every_figure_of_a_card_has_its_definition():
    defined = set(health_words.indicator_definitions())
    assert {row["indicator"] for row in EVERY} <= defined
    # The index defines its key figures by the same words; what has a subject is none of them.
    with_subject = {"rating", "complaint_share", "conversion_month", "slow_place"}
    assert defined == set(health_words.indicators()) - with_subject


def test_a_card_of_which_nothing_was_computed_says_so():
    assert html_of({}).count("not computed") == 3


def test_other_indicators_are_on_no_card():
    assert "Rating" not in html_of({}, {"indicator": "rating", "subject": "<b>", "value": 4.0})


def test_what_a_cell_holds_is_shown_as_text_on_cards_and_in_plain_text():
    shown = readable.cards(judged({"state": "better", "n": 5, "subject": "<script>x</script>"}), "CNY")
    bundle = shown._repr_mimebundle_()
    assert "<script>" not in bundle["text/html"]
    assert "&lt;script&gt;x&lt;/script&gt;" in bundle["text/html"]
    assert "¥1,234" in bundle["text/plain"]


def test_cards_are_readable_on_a_narrow_screen():
    assert "auto-fit" in html_of({})


def test_the_cards_of_a_shop_with_missing_inputs_and_of_none(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid\n1 2024-06-01 5\n2 2024-06-30 7")
    spans = health.spans(shop.as_of, "month")
    frame = health.of_orders(shop, history.orders(shop), spans, 1)
    judged_frame = health.together(shop, {}, frame)
    shown = readable.cards(judged_frame, "CNY")._repr_mimebundle_()["text/html"]
    assert "¥12" in shown
    assert shown.count("not computed") == 3
    missing = NotComputed("x.y")
    assert readable.cards(missing, "CNY") is missing
    assert readable.rows(missing, "CNY") is missing


def test_the_cards_of_the_demo_shop_show_what_was_computed():
    shop = workbook.open_shop("demo")
    frame = health.together(
        shop, {}, health.of_orders(shop, history.orders(shop), health.spans(shop.as_of, "quarter"), 1)
    )
    shown = readable.cards(frame, shop.settings.currency)._repr_mimebundle_()["text/html"]
    values = frame.set_index("indicator").value
    assert i18n.money(values.net_sales, "CNY") in shown
    assert i18n.percent(values.returning_sales_share) in shown
    assert i18n.count(values.new_customers) in shown


def test_no_change_is_told_of_too_few():
    found = row(state="too_few", change_share=3.73)
    assert (found.change, found.indicator_state) == ("–", "too few to tell")
