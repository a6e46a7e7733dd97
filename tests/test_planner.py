"""Planner: fields that one types into, driven in Python; the text below them is what would be computed."""

import html
import re
from math import nan

import ipywidgets as widgets
import pytest
from build import rules_of

from shopcrm_nb import discount, plan, planner, planning, sms
from shopcrm_nb.absent import NotComputed

RULES = rules_of().campaign
MEASURED = plan.of(
    20_000,
    1 / 30,
    60 + 1 / 7,
    0.1,
    RULES,
    cost_per_message=0.05,
    net_sales_per_buyer=250.0,
    margin=0.4,
    rests_on="holdout",
)


def words(value):
    """The text of a piece of html, without its styles."""
    text = re.sub(r"<style.*?</style>", "", value, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def campaign_of(planned=MEASURED):
    return planner.Campaign(planned, RULES, "CNY")


def put(part, **values):
    """Type values into fields; return the text that then stands below them."""
    for name, value in values.items():
        part.fields[name].value = value
    return words(part.said.value)


# --- the campaign -------------------------------------------------------------------------------------------


def test_it_begins_with_what_was_measured_and_says_what_the_page_says():
    part = campaign_of()
    said = words(part.said.value)
    assert said.startswith(planning.sentence(MEASURED, "CNY"))
    assert "3.33% of those held out bought" in said
    first = {name: field.value for name, field in part.fields.items()}
    assert first == {
        "customers": 20_000,
        "holdout_share": 0.1,
        "base_share": 0.0333333,  # short enough to read …
        "net_sales_per_buyer": 250,
        "deviation": 60.1429,
        "cost_per_message": 0.05,
        "margin": 0.4,
    }
    assert part.made() == MEASURED  # … and exact where nobody typed


def test_the_two_lists_stand_below_the_sentence():
    said = words(campaign_of().said.value)
    assert "Share held out Customers held out Customers written to" in said
    row = planning.by_holdout(MEASURED).iloc[2]
    assert f"20.0% 4,000 16,000 {row.detectable_buyers_per_100:.2f} ¥{row.detectable_per_head:.2f}" in said
    row = planning.needed(MEASURED).iloc[2]
    assert f"50.0% {row.extra_buyers_per_100:.2f} {row.needed_n:,} {row.needed_holdout:,} yes" in said


def test_what_is_typed_is_planned_with_at_once():
    part = campaign_of()
    said = put(part, customers=10_000, holdout_share=0.5)
    assert "Of 10,000 customers 5,000 would be written to and 5,000 held out" in said
    assert (
        "Writing to them costs ¥250, ¥0.050 a customer; that pays from 3 buyers on" in said
    )  # 5,000 / 2,000
    assert "of those held out bought" in said  # is still as it was measured
    said = put(part, base_share=0.05)
    assert "of those held out bought" not in said  # is no longer measured
    typed = plan.of(
        10_000,
        0.05,
        60 + 1 / 7,
        0.5,
        RULES,
        cost_per_message=0.05,
        net_sales_per_buyer=250,
        margin=0.4,
    )
    assert part.made() == typed
    assert said.startswith(planning.sentence(typed, "CNY"))
    assert "of those held out bought" in put(part, base_share=part.first["base_share"])


def test_a_cost_and_a_margin_of_zero_are_not_known():
    part = campaign_of()
    told = "costs ¥900, ¥0.050 a customer. How many more buyers pay for that is not told without the margin."
    assert told in put(part, margin=0)
    assert "Writing to them costs" not in put(part, cost_per_message=0)
    unknown = plan.of(20_000, 0.03, 60, 0.1, RULES, net_sales_per_buyer=250)
    part = campaign_of(unknown)
    assert (part.fields["cost_per_message"].value, part.fields["margin"].value) == (0, 0)
    assert words(part.said.value).startswith(planning.sentence(unknown, "CNY"))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("customers", 0, "Customers: 0.0 is not a whole number from 1 on"),
        ("customers", 2.5, "Customers: 2.5"),
        ("customers", 4, "Share held out (0.1 is 10 %): 0.1 of 4 customers leaves a group empty"),
        ("customers", nan, "Customers: nan"),
        ("holdout_share", 10, "Share held out (0.1 is 10 %): 10.0 is not a share"),
        ("holdout_share", 0, "Share held out (0.1 is 10 %): 0.0"),
        ("base_share", 1, "Share that buys anyway: 1.0 is not a share"),
        ("base_share", -0.01, "Share that buys anyway: -0.01"),
        ("net_sales_per_buyer", 0, "Net sales per buyer (CNY): 0.0 is not an amount above 0"),
        ("deviation", 0, "Standard deviation per head (CNY): 0.0"),
        ("deviation", 20, "Standard deviation per head (CNY): 20.0 cannot be"),
        ("cost_per_message", -1, "Cost of one message (CNY): -1.0"),
        ("margin", 40, "Margin (0 is not known): 40.0 is not a share of the net sales"),
        ("margin", -0.4, "Margin (0 is not known): -0.4"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence_until_it_is_put_right(name, value, said):
    part = campaign_of()
    good = part.said.value
    refused = put(part, **{name: value})
    assert refused.startswith(said)
    assert part.said.value.startswith('<p class="finding warning">') and part.said.value.count("<p") == 1
    put(part, **{name: part.first[name]})
    assert part.said.value == good


# --- the text -----------------------------------------------------------------------------------------------


def test_a_text_is_counted_and_billed_as_it_is_typed():
    part = planner.Text(1000, RULES, "CNY")
    assert words(part.said.value) == "The text is empty: there is nothing to send."
    assert put(part, text="春" * 70).startswith("The text has 70 characters and is billed as one part")
    said = put(part, text="春" * 150)
    assert said == sms.sentence(sms.bill("春" * 150, 1000, RULES), "CNY")
    assert "3 parts, which would hold 51 more" in said and "it costs ¥150 " in said
    assert "Sent to 10 people it costs ¥1.50 (billed parts: 30)" in put(part, messages=10)


def test_what_people_cannot_be_is_refused_and_markup_in_a_text_is_only_text():
    part = planner.Text(1000, RULES, "CNY")
    for number in (-1, 2.5, nan, float("inf")):
        said = put(part, messages=number)
        assert "people cannot be written to" in said and "finding warning" in part.said.value
    put(part, text="<script>alert(1)</script>", messages=1)
    assert "<script" not in part.said.value and "25 characters" in part.said.value


# --- the offer ----------------------------------------------------------------------------------------------


def shown(part):
    """The descriptions of the fields that are to be seen."""
    return [field.description for field in part.box.children[:-1]]


def test_each_kind_of_offer_has_its_own_fields_and_gives_its_discount():
    part = planner.Offer(0.4)
    assert len(shown(part)) == 3
    assert words(part.said.value) == discount.sentence(0.15, 0.4)  # 8.5 tenths
    assert put(part, tenths=8) == discount.sentence(0.2, 0.4)
    assert "100.0% more pieces" in words(part.said.value)
    said = put(part, kind="amount_off", threshold=300, off=30, order_amount=600)
    assert said == discount.sentence(0.05, 0.4) and len(shown(part)) == 6
    assert put(part, repeated=True) == discount.sentence(0.1, 0.4)
    assert put(part, kind="free_pieces", buy=3, free=1) == discount.sentence(0.25, 0.4)
    assert put(part, kind="price", was=100, now=70) == discount.sentence(0.3, 0.4)
    assert shown(part) == ["Kind of offer", "Price before", "Price now", "Margin (0 is not known)"]
    assert put(part, kind="rate") == discount.sentence(0.2, 0.4)  # as it was typed before


def test_an_offer_without_a_margin_says_what_it_gives_away():
    part = planner.Offer(nan)
    assert part.fields["margin"].value == 0
    assert words(part.said.value) == discount.sentence(0.15, None)
    assert put(part, margin=0.1) == discount.sentence(0.15, 0.1)
    assert "no volume pays" in words(part.said.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"tenths": 85}, "Tenths of the price (折): 85.0 is not a rate"),
        ({"kind": "amount_off", "off": 300}, "this amount off: 300.0 off from 300.0 is not a discount"),
        ({"kind": "amount_off", "order_amount": 0}, "on an order of: 0.0"),
        ({"kind": "free_pieces", "buy": 1.5}, "Pieces bought: 1.5"),
        ({"kind": "price", "now": 201}, "Price now: 201.0 is not a price up to 200.0"),
        ({"margin": 40}, "Margin (0 is not known): 40.0"),
    ],
)
def test_an_offer_that_cannot_be_is_refused(values, said):
    part = planner.Offer(0.4)
    assert put(part, **values).startswith(said)
    assert 'class="finding warning"' in part.said.value


# --- all of it ----------------------------------------------------------------------------------------------


def every(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


def texts(box):
    return words(" ".join(each.value for each in every(box) if isinstance(each, widgets.HTML)))


def test_the_three_parts_stand_below_each_other():
    box = planner.show(MEASURED, RULES, "CNY")
    said = texts(box)
    parts = [planning.sentence(MEASURED, "CNY"), "The text is empty", discount.sentence(0.15, 0.4)]
    places = [said.index(part) for part in parts]
    assert places == sorted(places)
    people = [each for each in every(box) if getattr(each, "description", "") == "People written to"]
    assert [each.value for each in people] == [18_000]


def test_without_a_plan_its_reason_stands_in_its_place_and_the_rest_works():
    said = texts(planner.show(NotComputed("orders.customer_id"), RULES, "CNY"))
    assert "not computed: needs orders.customer_id" in said
    assert discount.sentence(0.15, None) in said and "The text is empty" in said
