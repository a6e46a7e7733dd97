"""Advice: which rules speak, in what order, and in which words."""

import numpy as np
import pandas as pd
import pytest
from build import rules_of, shop_of

from shopcrm_nb import advice, health_words, workbook
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError

RULES = rules_of()


def judged(*rows):
    """Judged rows from dicts on top of a usual one, which asks for nothing."""
    usual = {
        **dict.fromkeys(["value_low", "value_high", "band_low", "band_high", "benchmark"], np.nan),
        **{"subject": "", "value": 80.0, "comparison": 100.0, "change_share": -0.2, "p_adjusted": 0.01},
        **{"n": 500, "n_comparison": 500, "better": 1, "net_sales_at_stake": 1000.0},
        **{"state": "steady", "benchmark_state": ""},
    }
    return pd.DataFrame([usual | row for row in rows], columns=["indicator", *usual])


def worse(indicator, stake=1000.0, **more):
    return {"indicator": indicator, "state": "worse", "net_sales_at_stake": stake} | more


def plan(*rows, rules=RULES):
    return advice.plan(judged(*rows), rules, "CNY")


def own(*each, most=7):
    """The rules with these of advice only."""
    usual = {"indicator": "net_sales", "when": "worse", "cure": "read_drivers", "table": "drivers"}
    return rules_of(advice={"most": most, "each": [usual | rule for rule in each]})


# --- which rules speak --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["better", "steady", "changed", "too_few", "no_comparison"])
def test_only_what_is_clearly_worse_asks_for_something(state):
    assert plan({"indicator": "net_sales", "state": state}).empty
    assert plan(worse("net_sales")).indicator.tolist() == ["net_sales"]


def test_an_indicator_without_a_rule_is_silent_and_so_is_a_rule_without_its_indicator():
    assert plan(worse("orders"), worse("net_sales")).indicator.tolist() == ["net_sales"]


def test_what_is_worse_than_the_benchmark_asks_for_something_whatever_last_year_was():
    row = {"indicator": "conversion_share", "value": 0.02, "comparison": 0.03, "benchmark": 0.04}
    found = plan(row | {"benchmark_state": "worse"})
    assert found.finding.tolist() == ["Visitors who buy: 2.0%, clearly worse than your benchmark of 4.0%."]
    assert plan(row | {"benchmark_state": "near"}).empty
    assert plan(row | {"benchmark_state": "better", "state": "better"}).empty
    both = plan(row | {"benchmark_state": "worse", "state": "worse"})
    assert both.finding.tolist() == ["2.0% of the visitors bought, a year before 3.0%."]


@pytest.mark.parametrize(
    ("comparison", "stake", "expected"),
    [
        (0.03, 500, 1000),  # half of the gap is worth 500
        (0.01, -500, 1000),  # better than last year, and as far below the benchmark
        (0.06, 2000, 1000),
    ],
)
def test_what_is_at_stake_against_a_benchmark_is_that_of_the_gap_to_it(comparison, stake, expected):
    row = {"indicator": "conversion_share", "value": 0.02, "comparison": comparison, "benchmark": 0.04}
    found = plan(row | {"benchmark_state": "worse", "net_sales_at_stake": float(stake), "state": "better"})
    assert found.net_sales_at_stake.iloc[0] == pytest.approx(expected)


@pytest.mark.parametrize("comparison", [0.02, np.nan])
def test_what_cannot_be_worth_anything_by_last_year_is_blank_and_comes_last(comparison):
    row = {"indicator": "conversion_share", "value": 0.02, "comparison": comparison, "benchmark": 0.04}
    found = plan(
        row | {"benchmark_state": "worse", "net_sales_at_stake": 0.0 * comparison}, worse("net_sales", 1.0)
    )
    assert found.indicator.tolist() == ["net_sales", "conversion_share"]
    assert np.isnan(found.net_sales_at_stake.iloc[1])
    assert "At stake: –." in advice.findings(found, "CNY").finding.iloc[1]


def test_a_rule_with_a_limit_speaks_above_it_and_needs_no_comparison():
    row = {"indicator": "top_customers_share", "state": "no_comparison", "comparison": np.nan, "n": 100}
    assert plan(row | {"value": 0.2}).empty
    found = plan(row | {"value": 0.201, "net_sales_at_stake": 5000.0}).iloc[0]
    assert (found.at_stake, found.net_sales_at_stake) == ("affected", 5000)
    assert found.finding.startswith("The best 1% of the customers bring 20.1% of what was sold to known")
    assert plan(row | {"value": 0.9, "state": "worse", "n": 99}).empty


def test_a_rule_needs_its_min_n():
    rules = own({"min_n": 40})
    assert plan(worse("net_sales", n=39), rules=rules).empty
    assert len(plan(worse("net_sales", n=40), rules=rules)) == 1


def test_a_rule_is_silent_where_one_that_says_it_more_exactly_speaks():
    share, count = worse("returning_sales_share"), worse("returning_customers")
    assert plan(share).indicator.tolist() == ["returning_sales_share"]
    assert plan(share, count).indicator.tolist() == ["returning_customers"]
    assert plan(share, count | {"state": "steady"}).indicator.tolist() == ["returning_sales_share"]
    months = [worse("conversion_month", subject="2024-03"), worse("conversion_share")]
    assert plan(*months).subject.tolist() == ["2024-03"]


def test_each_subject_of_an_indicator_is_a_piece_of_advice():
    found = plan(
        worse("conversion_month", 10.0, subject="2024-03"), worse("conversion_month", 20.0, subject="2024-05")
    )
    assert found.subject.tolist() == ["2024-05", "2024-03"]


# --- order and number ---------------------------------------------------------------------------------------

NAMES = [
    "net_sales",
    "closed_share",
    "new_customers",
    "returning_customers",
    "visitors",
    "refund_share",
    "rating",
    "late_share",
    "second_order_share",
]


def test_the_greatest_amount_at_stake_comes_first_and_seven_at_most_are_shown():
    found = plan(*(worse(name, float(n)) for n, name in enumerate(NAMES)))
    assert found.indicator.tolist() == NAMES[:1:-1]
    assert found["rank"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert found.net_sales_at_stake.tolist() == [8, 7, 6, 5, 4, 3, 2]
    assert plan(*(worse(name) for name in NAMES), rules=rules_of(advice={"most": 2})).shape[0] == 2


def test_equal_amounts_stay_in_the_order_of_the_rules_and_unknown_ones_come_last():
    found = plan(worse("rating", np.nan), worse("visitors"), worse("net_sales"))
    assert found.indicator.tolist() == ["net_sales", "visitors", "rating"]


def test_the_columns_and_the_file_of_each_piece_of_advice():
    found = plan(worse("closed_share", p_adjusted=0.002))
    assert found.columns.tolist() == advice.COLUMNS
    row = found.iloc[0]
    assert (row.file, row.n, row.p_adjusted, row.at_stake) == ("recoverable_orders.csv", 500, 0.002, "gap")
    assert row.cure == health_words.cures()["remind_to_pay"]
    assert plan().columns.tolist() == advice.COLUMNS


def test_what_was_not_computed_is_passed_on():
    missing = NotComputed("orders.customer_id")
    assert advice.plan(missing, RULES, "CNY") is missing


# --- a shop's own rules -------------------------------------------------------------------------------------


def test_a_shop_has_rules_and_words_of_its_own(tmp_path):
    toml = """
[rules.advice]
each = [
    { indicator = "refund_share", when = "above", limit = 0.1, cure = "x", table = "t", text = "Call <Li>." },
]
"""
    shop = shop_of(tmp_path, "order_id paid_at paid\n1 2024-06-01 5", settings=toml)
    rows = [worse("net_sales"), {"indicator": "refund_share", "value": 0.11, "comparison": 0.1}]
    found = plan(*rows, rules=shop.settings.rules)
    assert found.indicator.tolist() == ["refund_share"]
    assert found[["cure", "file"]].iloc[0].tolist() == ["Call <Li>.", "t.csv"]
    shown = workbook.findings(advice.findings(found, "CNY"))._repr_mimebundle_()["text/html"]
    assert "Call &lt;Li&gt;." in shown


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"indicator": "net_sale"}, '"net_sale" is not known (did you mean "net_sales"?)'),
        ({"cure": "win_bak"}, '"win_bak" is not known (did you mean "win_back"?)'),
        ({"unless": ["visitor"]}, '"visitor" is not known (did you mean "visitors"?)'),
    ],
)
def test_a_rule_of_something_unknown_is_refused_with_the_nearest_word(rule, said):
    with pytest.raises(ShopcrmError) as caught:
        plan(worse("net_sales"), rules=own(rule))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('when = "above"', '"above" goes with a limit'),
        ('when = "worse", limit = 3', '"above" goes with a limit'),
        ('when = "lower"', "when"),
        ('when = "worse", min_n = 0', "min_n"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_one_sentence(tmp_path, rule, said):
    line = f'{{ indicator = "net_sales", cure = "win_back", table = "drivers", {rule} }}'
    with pytest.raises(ShopcrmError) as caught:
        shop_of(
            tmp_path, "order_id paid_at paid\n1 2024-06-01 5", settings=f"[rules.advice]\neach = [{line}]\n"
        )
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_rule_of_the_workbook_has_its_words_and_every_cure_and_evidence_its_form():
    for rule in RULES.advice.each:
        found = plan(worse(rule.indicator, value=1.0, subject="x") | {"n": 1000})
        assert found.indicator.tolist() == [rule.indicator]
        assert "{" not in found.finding[0]
        assert found.cure[0] in health_words.cures().values()
    assert set(health_words.evidence()) <= set(health_words.indicators())


# --- in words -----------------------------------------------------------------------------------------------


def test_a_finding_says_what_happened_what_it_is_worth_and_what_to_do():
    found = plan(worse("returning_customers", 1234.4, value=80.0, comparison=100.0))
    said = advice.findings(found, "CNY")
    assert said.severity.tolist() == ["warning"]
    assert said.finding[0].startswith(
        "80 customers came back, −20.0% against 100 a year before. At stake: ¥1,234. Write to customers "
    )
    assert advice.findings(plan(), "CNY").empty


def test_the_sentence_counts_the_comparisons_and_what_asks_for_action():
    steady = {"indicator": "orders"}
    none = judged(steady, steady | {"p_adjusted": np.nan})
    assert advice.sentence(none, plan(steady)) == (
        "1 comparison with the year before was made. None stands out for the worse."
    )
    rows = [worse("net_sales"), worse("visitors"), steady]
    assert advice.sentence(judged(*rows), plan(*rows)) == (
        "3 comparisons with the year before were made. 2 things ask for action. The amounts at stake overlap "
        "and do not add up."
    )
    one = [worse("net_sales")]
    assert advice.sentence(judged(*one), plan(*one)).endswith("1 thing asks for action.")
    young = judged(steady | {"p_adjusted": np.nan})
    assert advice.sentence(young, plan(steady)).startswith("Nothing can be compared")


def test_the_answer_is_the_headline_and_what_to_act_on_first():
    found = plan(worse("net_sales", 5.0), worse("visitors", 7.0))
    assert advice.answer("Sales fell.", found) == (
        "Sales fell. First to act on: 80 visitors came, −20.0% against 100 a year before."
    )
    assert advice.answer("Sales rose.", plan()) == "Sales rose. Nothing stands out that asks for action."
    assert advice.answer(NotComputed("x.y"), plan()) == (
        "not computed: needs x.y. Nothing stands out that asks for action."
    )
    assert advice.answer("Sales rose.", NotComputed("x.y")).needs == "x.y"
