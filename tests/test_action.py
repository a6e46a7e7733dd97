"""Action: each scored customer has one, and the plan counts who they are and says how to find them."""

import random
from datetime import date, timedelta

import pytest
from build import WORKBOOK, orders_of, rules_of, shop_of

from shopcrm_nb import action, glossary, labels, model, non_ordering, segment, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.rules import source_rules

AS_OF = date(2024, 6, 30)
ALL = [{"grade": grade, "recency": "any", "action": "care"} for grade in "PGSB"]
# Last purchases with a recency score of 5, 3, 2 and 1.
DAY5, DAY3, DAY2, DAY1 = "2024-06-30", "2024-02-29", "2024-02-28", "2023-07-01"
ROWS = [
    *[("p5", DAY5, 500.0)] * 6,
    *[("p1", DAY1, 500.0)] * 6,
    ("g3", DAY3, 2000.5),  # 3 1 5 = 26
    *[("g2", DAY2, 1000.0)] * 2,  # 2 2 5 = 28
    ("s5", DAY5, 500.0),  # 5 1 3 = 20
    ("s2", DAY2, 1000.0),  # 2 1 4 = 21
    ("b3", DAY3, 10.0),
    ("b3 too", DAY3, 20.0),
    ("b1", DAY1, 10.25),
]
CODES = {
    "p5": "care",
    "p1": "call",
    "g3": "lift",
    "g2": "win_back",
    "s5": "cross_sell",
    "s2": "remind",
    "b3": "second_order",
    "b3 too": "second_order",
    "b1": "low_cost",
}


def scored_by(rules, rows=ROWS):
    return segment.score(orders_of(rows), AS_OF, rules)


def rules_with(each=None, min_customers=1, **sections):
    own = {"min_customers": min_customers} | ({"each": each} if each else {})
    return rules_of(actions=own, **sections)


def assigned_by(rules, rows=ROWS):
    found = action.assign(scored_by(rules, rows), rules).to_pandas()
    return dict(zip(found.customer_id, found.action, strict=True))


def plan_by(rules, rows=ROWS):
    return action.plan(action.assign(scored_by(rules, rows), rules), rules)


def test_each_customer_has_the_action_of_the_grade_and_the_half_of_the_recency_scores():
    assert assigned_by(rules_of()) == CODES


def test_the_action_is_added_to_the_score_table_and_changes_nothing_else():
    rules = rules_of()
    scored = scored_by(rules)
    found = action.assign(scored, rules)
    assert found.columns == (*scored.columns, "action")
    assert (
        found.drop("action")
        .order_by("customer_id")
        .to_pandas()
        .equals(scored.order_by("customer_id").to_pandas())
    )


@pytest.mark.parametrize(
    ("months", "recent_days"),
    [
        ([1, 3, 4, 7, 12], {"2024-02-29": True, "2024-02-28": False}),  # 3 of 5 is recent
        ([1, 3, 4, 12], {"2024-03-30": True, "2024-03-29": False}),  # 3 of 4 is, 2 is not
        ([1, 12], {"2024-05-30": True, "2024-05-29": False}),
        ([1, 3, 12], {"2024-03-30": True, "2024-03-29": False}),  # 2 of 3 is
    ],
)
def test_recent_is_the_upper_half_of_the_recency_scores_with_the_middle_one(months, recent_days):
    rules = rules_of(rfm={"recency_months": months}, grades={"bronze": 1})
    found = assigned_by(rules, [(day, day, 1.0) for day in recent_days])
    assert found == {day: "second_order" if recent else "low_cost" for day, recent in recent_days.items()}


def test_an_action_for_any_recency_fits_the_whole_grade():
    found = assigned_by(rules_with(ALL))
    assert set(found.values()) == {"care"}
    assert set(found) == set(CODES)


def test_the_plan_has_a_row_a_rule_with_who_they_are_and_what_they_bring():
    plan = plan_by(rules_with())
    assert list(plan.columns) == [
        *("grade", "recency_state", "action", "what"),
        *("customers", "customer_share", "net_sales", "sales_share", "file"),
    ]
    rows = plan[["grade", "recency_state", "action", "customers", "net_sales"]].itertuples(index=False)
    assert [tuple(row) for row in rows] == [
        ("P", "recent", "care", 1, 3000),
        ("P", "away", "call", 1, 3000),
        ("G", "recent", "lift", 1, 2000.5),
        ("G", "away", "win_back", 1, 2000),
        ("S", "recent", "cross_sell", 1, 500),
        ("S", "away", "remind", 1, 1000),
        ("B", "recent", "second_order", 2, 30),
        ("B", "away", "low_cost", 1, 10.25),
    ]
    assert plan.customer_share.tolist() == pytest.approx([n / 9 for n in plan.customers])
    assert plan.sales_share.tolist() == pytest.approx([net / 11540.75 for net in plan.net_sales])
    assert plan.what.tolist() == list(glossary.actions().values())
    assert plan.file.tolist() == [f"rfm_customers.csv: action = {code}" for code in glossary.actions()]


def test_the_plan_keeps_the_order_of_the_rules():
    each = [ALL[3], ALL[0], ALL[2], ALL[1]]
    plan = plan_by(rules_with(each))
    assert plan.grade.tolist() == ["B", "P", "S", "G"]
    assert plan.customers.tolist() == [3, 2, 2, 2]


def test_a_group_under_the_least_number_has_no_action_and_one_of_just_that_many_has():
    each = [rule.model_dump() | {"min_customers": None} for rule in source_rules().actions.each]
    plan = plan_by(rules_with(each, min_customers=2))
    assert plan.what.tolist()[:2] == ["no action of its own: 1 customer is too few, under 2"] * 2
    bronze = plan[plan.action == "second_order"].iloc[0]
    assert (bronze.what, bronze.file) == (
        glossary.actions()["second_order"],
        "rfm_customers.csv: action = second_order",
    )
    assert (plan.file != "").tolist() == [False] * 6 + [True, False]
    assert plan.customers.sum() == 9  # they are counted all the same


def test_platinum_is_cared_for_one_by_one_however_few_they_are():
    plan = plan_by(rules_with(min_customers=30))
    assert plan.customers.tolist()[:2] == [1, 1]
    assert (plan.file != "").tolist() == [True, True] + [False] * 6


def test_the_page_says_what_lately_is_and_who_is_on_the_blacklist(tmp_path):
    orders = "order_id customer_id paid_at paid\n1 a 2024-06-30 50\n2 b 2024-06-30 50\n3 c 2024-06-30 50"
    listed = "customer_id blacklisted\na true\nb true\nc false\nz true"
    shop = shop_of(tmp_path, orders, customers=listed)
    rules, scored = shop.settings.rules, segment.rfm(shop)
    # the third of five scores: last purchases from 2024-02-29 on, 122 days before
    assert action.sentence(scored, non_ordering.people(shop), shop.as_of, rules) == (
        "Lately: the last purchase at most 122 days ago. 2 of these customers are on the blacklist, as "
        "malicious in non_ordering.csv: leave them out."
    )
    half = rules_of(rfm={"recency_days": [7, 30, 90, 365]})
    nobody = non_ordering.people(shop).filter(False)
    assert action.sentence(scored, nobody, shop.as_of, half) == (
        "Lately: the last purchase at most 30 days ago."
    )


def test_the_shops_own_text_takes_the_place_of_the_workbooks():
    own = [
        {"grade": "P", "recency": "any", "action": "dinner", "text": "送礼盒 <b>"},
        ALL[1] | {"text": "Ask."},
    ]
    plan = plan_by(rules_with([*own, *ALL[2:]]))
    assert plan.what.tolist() == ["送礼盒 <b>", "Ask."] + [glossary.actions()["care"]] * 2
    assert "送礼盒 &lt;b&gt;" in table.show(plan, "CNY")._repr_html_()


def test_the_file_tells_apart_rules_that_share_an_action():
    each = [
        {"grade": "P", "recency": "recent", "action": "care"},
        {"grade": "P", "recency": "away", "action": "care"},
        {"grade": "G", "recency": "any", "action": "care"},
        {"grade": "S", "recency": "any", "action": "remind"},
        {"grade": "B", "recency": "recent", "action": "low_cost"},
        {"grade": "B", "recency": "away", "action": "low_cost"},
    ]
    rules = rules_with(each)
    plan = plan_by(rules)
    assert plan.file.str.removeprefix("rfm_customers.csv: ").tolist() == [
        "action = care, grade = P, r_score >= 3",
        "action = care, grade = P, r_score < 3",
        "action = care, grade = G",
        "action = remind",
        "action = low_cost, grade = B, r_score >= 3",
        "action = low_cost, grade = B, r_score < 3",
    ]
    customers = action.assign(scored_by(rules), rules).to_pandas()
    for row in plan.itertuples():
        assert filtered(customers, row.file) == row.customers


def filtered(customers, file):
    """How many rows of the saved table fit what the plan's file column says."""
    for test in file.removeprefix("rfm_customers.csv: ").split(", "):
        column, sign, value = test.split(" ")
        test = f"{column} {sign if sign != '=' else '=='} {value if column == 'r_score' else repr(value)}"
        customers = customers.query(test)
    return len(customers)


def test_an_action_without_words_is_refused_with_the_nearest_that_has_some():
    each = [{"grade": "P", "recency": "any", "action": "win_bakc"}, *ALL[1:]]
    rules = rules_with(each)
    with pytest.raises(ShopcrmError) as refused:
        action.assign(scored_by(rules), rules)
    assert str(refused.value) == (
        'shop.toml: [rules.actions] each: the action "win_bakc" of grade P has no text '
        '(did you mean "win_back"?); give it a text of its own or use one of care, call, lift, win_back, '
        "cross_sell, remind, second_order, low_cost"
    )


def test_every_action_of_the_rules_has_words():
    assert {rule.action for rule in source_rules().actions.each} == set(glossary.actions())
    assert all(text.endswith(".") for text in glossary.actions().values())


def test_a_page_shows_the_plan_in_words():
    shown = table.show(plan_by(rules_with()), "CNY")._repr_html_()
    for word in ("Platinum", "lately", "stays away", "What to do", "11.1%", "¥3,000", "action = win_back"):
        assert word in shown
    assert {*plan_by(rules_with())} <= set(labels.of_columns())


# --- many customers, and shops at the edge ------------------------------------------------------------------


def assert_whole(scored, rules):
    """The plan's sizes and money are those of all scored customers, and of each code's rows."""
    assigned = action.assign(scored, rules)
    plan, customers = action.plan(assigned, rules), assigned.to_pandas()
    assert customers.action.notna().all()
    assert customers.customer_id.is_unique
    assert plan.customers.sum() == len(customers)
    assert round(plan.net_sales.sum(), 2) == round(customers.monetary.sum(), 2)
    recent = customers.r_score.map({5: True, 4: True, 3: True, 2: False, 1: False})
    for row in plan.itertuples():
        fits = customers[(customers.grade == row.grade) & (recent == (row.recency_state == "recent"))]
        assert set(fits.action) <= {row.action}
        assert (row.customers, row.net_sales) == (len(fits), pytest.approx(fits.monetary.sum()))
        assert row.customer_share == pytest.approx(len(fits) / len(customers))
        assert row.sales_share == pytest.approx(fits.monetary.sum() / customers.monetary.sum())
    return plan


def test_the_actions_of_random_customers_add_up_to_all_of_them():
    chance = random.Random(3)
    rows = [
        (
            f"c{chance.randrange(200)}",
            AS_OF - timedelta(days=chance.randrange(400)),
            chance.randrange(1, 99_999) / 100,
        )
        for _n in range(600)
    ]
    plan = assert_whole(scored_by(rules_of(), rows), rules_of())
    assert (plan.customers > 0).sum() >= 6


def test_the_actions_of_the_demo_shop_add_up_to_all_its_graded_customers():
    shop = model.open_shop(WORKBOOK / "data" / "demo")
    scored = segment.rfm(shop)
    plan = assert_whole(scored, shop.settings.rules)
    graded = segment.grades(scored, shop.settings.rules)
    assert plan.groupby("grade").customers.sum().to_dict() == graded.set_index("grade").customers.to_dict()


def test_where_nobody_is_graded_every_action_is_there_with_zeros(tmp_path):
    shop = shop_of(tmp_path, "order_id customer_id paid_at paid\n1 - 2024-06-30 50")
    rules = shop.settings.rules
    assigned = action.assign(segment.rfm(shop), rules)
    plan = action.plan(assigned, rules)
    assert assigned.to_pandas().empty
    assert plan.customers.tolist() == [0] * 8
    assert plan[["customer_share", "net_sales", "sales_share"]].to_numpy().tolist() == [[0, 0, 0]] * 8
    assert plan.what.tolist() == [
        *["no action of its own: 0 customers are too few, under 1"] * 2,  # Platinum, one by one
        *["no action of its own: 0 customers are too few, under 30"] * 6,
    ]
    assert plan.file.tolist() == [""] * 8


def test_without_buyers_what_is_missing_is_handed_on(tmp_path):
    shop = shop_of(tmp_path, "order_id paid_at paid\n1 2024-06-30 50")
    scored = segment.rfm(shop)
    assigned = action.assign(scored, shop.settings.rules)
    assert isinstance(scored, NotComputed)
    assert assigned is action.plan(assigned, shop.settings.rules) is scored


def test_the_codes_of_the_actions_are_read_only_where_customers_are_found_by_them():
    rules = rules_of()
    plan = action.plan(action.assign(scored_by(rules), rules), rules)
    shown = action.shown(plan)
    assert "action" not in shown
    assert shown.found_in.tolist() == plan.file.tolist()
    assert "found_in" in labels.of_columns()
