"""Rules of the portraits: what a shop may set, and the sentence by which the rest is refused."""

import pytest
from build import HEAD, rules_of
from pydantic import ValidationError

from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.settings import read_shop

ORDERS = '[tables.orders]\nfiles = "orders.csv"\npreset = "template"\n'


def complaint(folder, text):
    (folder / "shop.toml").write_text(HEAD + ORDERS + text, encoding="utf-8")
    with pytest.raises(ShopcrmError) as caught:
        read_shop(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_numbers_of_the_source_texts():
    rules = rules_of()
    # S0: 普通会员 100 yuan or 3 times, 高级 200 or 5, VIP 500 or 10, 至尊VIP 2000 or 20
    tiers = [(tier.amount, tier.orders) for tier in rules.tiers.each]
    assert tiers == [(100, 3), (200, 5), (500, 10), (2000, 20)]
    assert not rules.tiers.strict  # E-14: at least
    assert (rules.portrait.high, rules.portrait.low) == (120, 80)  # CU-10
    assert rules.portrait.min_customers == 30  # domain 2, TGI
    assert rules.relationship.lost_days == 365 and rules.relationship.loyal_orders == 3
    assert rules.first_order.top_share == 0.1  # CU-14: the top tenth
    assert rules.value.margin == 0  # not known unless the shop says so


def test_every_tag_and_group_that_the_sources_name_is_there():
    rules = rules_of()
    behaviour = ["viewed_7d", "favourite_30d", "cart_unpaid", "paid_30d", "repurchased", "bought_last"]
    behaviour += ["price", "discount_lover", "new_arrival_lover"]  # CU-06
    kinds = rules.tags.kinds()
    assert {kinds[name] for name in behaviour} == {"behaviour"}
    assert {kinds[name] for name in ("sex", "age_group", "job", "home")} == {"basic"}  # CU-07
    assert {kinds[name] for name in ("platform_vip", "shop_vip")} == {"platform"}  # CU-08
    assert kinds.keys() == rules.tags.each().keys()
    staff = rules.groups["institution_staff"]  # S0: doctors or teachers
    assert "医生" in staff and "老师" in staff


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[rules.portrait]\nages = [30, 18]", "[rules.portrait] ages: must rise from above 0"),
        ("[rules.portrait]\nages = []", "[rules.portrait] ages: must rise"),
        ("[rules.portrait]\nages = [0, 18]", "[rules.portrait] ages: must rise"),
        ("[rules.portrait]\ndiscounts = [0.3, 0.3]", "[rules.portrait] discounts: must rise"),
        ("[rules.portrait]\nhigh = 90", "[rules.portrait] high: input should be greater than 100"),
        ("[rules.portrait]\nlow = 120", "[rules.portrait] low: input should be less than 100"),
        ("[rules.portrait]\nmin_customer = 3", 'has no key "min_customer" (did you mean "min_customers"?)'),
        ("[rules.portrait]\nconfidence = nan", "[rules.portrait] confidence"),
        ("[rules.portrait]\nprice_bands = 1", "[rules.portrait] price_bands"),
        ("[rules.relationship]\nloyal_orders = 1", "[rules.relationship] loyal_orders"),
        ("[rules.value]\nmargin = 1", "[rules.value] margin: input should be less than 1"),
        ("[rules.value]\nmargin = 45", "[rules.value] margin"),
        ("[rules.first_order]\ntop_share = 10", "[rules.first_order] top_share"),
        ("[rules.tags.behavior]\nx = 'orders > 1'", 'has no key "behavior" (did you mean "behaviour"?)'),
        ("[rules.tags]\nx = 'orders > 1'", '[rules.tags] has no key "x"'),
        ("[rules.cities]\ntier_3 = ['x']", '[rules.cities] has no key "tier_3" (did you mean "tier_2"?)'),
        ("[rules.groups.x]\ny = 'TRUE'", "[rules.groups] x: input should be a valid string"),
    ],
)
def test_a_number_or_a_word_that_cannot_be_is_told_in_one_sentence(tmp_path, text, said):
    assert said in complaint(tmp_path, text)


TIER = "{{ name = '{}', amount = {}, orders = {} }}"


@pytest.mark.parametrize(
    "tiers",
    [
        [("a", 100, 3), ("b", 100, 5)],
        [("a", 100, 3), ("b", 200, 3)],
        [("a", 200, 3), ("b", 100, 5)],
        [],
        [("", 100, 3)],
    ],
)
def test_tiers_must_rise_in_both_and_have_names(tmp_path, tiers):
    listed = ", ".join(TIER.format(*tier) for tier in tiers)
    assert complaint(tmp_path, f"[rules.tiers]\neach = [{listed}]").startswith("shop.toml: [rules.tiers")


def test_a_shops_own_tiers_and_limits_take_the_place_of_the_workbooks():
    rules = rules_of(tiers={"each": [{"name": "one", "amount": 5, "orders": 1}]}, portrait={"high": 150})
    assert [tier.name for tier in rules.tiers.each] == ["one"]
    assert (rules.portrait.high, rules.portrait.low) == (150, 80)


def test_the_days_in_which_a_review_is_asked_for_begin_before_they_end():
    assert rules_of().service.review_days[0] < rules_of().service.review_days[1]
    with pytest.raises(ValidationError):
        rules_of(service={"review_days": [15, 3]})


def test_two_tiers_cannot_have_one_name():
    tiers = [{"name": "a", "amount": 1, "orders": 1}, {"name": "a", "amount": 2, "orders": 2}]
    with pytest.raises(ValidationError):
        rules_of(tiers={"each": tiers})
