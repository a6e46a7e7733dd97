"""Funnel by group: which groups go further than the others, beyond chance."""

import numpy as np
import pandas as pd
import pytest
from build import rules_of
from scipy import stats

from shopcrm_nb import funnel, funnel_groups, labels, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.evidence import holm
from shopcrm_nb.group import Group, Groups

RULES = rules_of().portrait
ALL = {"seen": 1000, "marked": 500, "ordered": 200, "paid": 100}


def steps(*rows):
    """Groups as ``funnel.by_group`` returns them, from (group, seen, marked, ordered, paid)."""
    frame = pd.DataFrame(rows, columns=["group", *funnel.STEPS])
    return funnel._steps(frame, RULES.confidence, "group")


def everybody(counts=None):
    return funnel._steps(pd.DataFrame([counts or ALL]), RULES.confidence)


def found(*rows, **more):
    return funnel_groups.differences(steps(*rows), everybody(), RULES, **more)


def test_a_group_is_compared_with_all_other_people_at_each_step():
    frame = found(("members", 200, 150, 90, 45)).set_index("step")
    row = frame.loc["ordered"]
    assert row.share_of_before == 90 / 150
    assert row.rest_share == pytest.approx(110 / 350)
    assert row.excess_share == pytest.approx(90 / 150 - 110 / 350)
    _odds, exact = stats.fisher_exact([[90, 60], [110, 240]], alternative="greater")
    assert row.p_value == pytest.approx(2 * exact)
    assert (row.differs, frame.differs["paid"]) == ("more", "unclear")
    assert frame.index.tolist() == ["marked", "ordered", "paid"]
    assert frame.columns.tolist() == [name for name in funnel_groups.COLUMNS if name != "step"]


def test_a_group_that_does_less_is_told_so():
    frame = found(("members", 200, 50, 10, 1)).set_index("step")
    assert frame.differs["marked"] == "less"
    assert frame.excess_share["marked"] < 0
    _odds, exact = stats.fisher_exact([[50, 150], [450, 350]], alternative="less")
    assert frame.p_value["marked"] == pytest.approx(2 * exact)


def test_p_values_are_adjusted_for_all_steps_of_all_groups_and_sorted_by_them():
    frame = found(("a", 200, 120, 60, 20), ("b", 300, 140, 50, 30), ("c", 100, 60, 25, 12))
    told = frame.p_adjusted.dropna()
    assert len(told) == 8  # of c only 25 placed an order
    assert told.is_monotonic_increasing
    assert pd.isna(frame.p_adjusted.iloc[-1])
    assert frame.p_adjusted.tolist() == pytest.approx(holm(frame.p_value).tolist(), nan_ok=True)


def test_a_step_that_too_few_reached_of_the_group_or_of_the_others_is_not_tested():
    frame = found(("small", 29, 20, 10, 5), ("enough", 30, 20, 10, 5), ("nearly", 975, 490, 190, 95))
    by = frame.set_index(["group", "step"])
    assert by.differs["small", "marked"] == "few"
    assert by.differs["enough", "marked"] != "few"
    assert by.differs["nearly", "marked"] == "few"  # 25 others
    assert by.p_value[by.differs == "few"].isna().all()


def test_a_group_made_of_what_people_do_is_not_tested_and_no_part_of_the_family():
    rows = (("carts", 300, 300, 100, 50), ("members", 200, 150, 90, 45), ("graded", 200, 100, 90, 80))
    reads = {"carts": {"cart_unpaid_30d"}, "members": {"member"}, "graded": {"grade", "gender"}}
    each = tuple(Group(name, "own", "", frozenset(made_of)) for name, made_of in reads.items())
    frame = found(*rows, groups=Groups(each, None, None))
    assert set(frame[frame.group != "members"].differs) == {"defined"}
    told = frame[frame.group == "members"].set_index("step")
    alone = found(rows[1]).set_index("step")
    assert told.p_adjusted.to_dict() == alone.p_adjusted.to_dict()
    assert found(*rows).set_index(["group", "step"]).differs["carts", "marked"] == "more"


def test_with_labels_drawn_by_chance_hardly_ever_anything_is_found():
    """Of pages of eight groups without any difference at most about one of twenty tells one."""
    random, pages, alarms = np.random.default_rng(2), 200, 0
    reached = np.repeat([1, 2, 3, 4], [500, 300, 100, 100])  # the last step of each of 1,000 people
    for _page in range(pages):
        rows = []
        for name in "abcdefgh":
            mine = random.permutation(reached)[: random.integers(50, 600)]
            rows.append((name, *(int((mine >= step).sum()) for step in (1, 2, 3, 4))))
        whole = dict(zip(funnel.STEPS, [1000, 500, 200, 100], strict=True))
        frame = funnel_groups.differences(steps(*rows), everybody(whole), RULES)
        alarms += frame.differs.isin(["more", "less"]).any()
    assert alarms / pages <= 0.08


def test_a_planted_difference_is_found_and_named_first():
    frame = found(("a", 300, 150, 60, 30), ("planted", 300, 150, 100, 50), ("b", 300, 152, 61, 31))
    assert (frame.group[0], frame.step[0], frame.differs[0]) == ("planted", "ordered", "more")
    said = funnel_groups.sentence(frame, {"planted": "Members"})
    assert said == (
        "Members: 66.7% of those who marked a favourite or filled a cart placed an order, 28.6% of the "
        "others. That is the most telling of 1 difference that is more than chance, among 9 comparisons."
    )


def test_the_sentence_says_where_nothing_is_more_than_chance_and_where_nobody_can_be_compared():
    frame = found(("a", 300, 150, 60, 30))
    assert (
        funnel_groups.sentence(frame, {}) == "3 comparisons were made, and none shows more than chance may."
    )
    frame = found(("a", 10, 10, 10, 10))
    assert funnel_groups.sentence(frame, {}) == "No group has enough people to be compared with the others."


def test_a_group_without_a_readers_name_is_shown_by_its_code():
    said = funnel_groups.sentence(found(("<b>", 300, 250, 100, 50)), {"other": "x"})
    assert said.startswith(
        "<b>: 83.3% of those seen marked a favourite or filled a cart, 35.7% of the others."
    )


def test_readers_get_words_for_all_columns_and_codes():
    frame = found(("a", 300, 250, 100, 50), ("b", 10, 10, 10, 10))
    assert set(frame.columns) <= set(labels.of_columns())
    assert set(frame.differs) <= set(labels.of_codes()["differs"])
    assert "more than the others" in table.show(frame)._repr_html_()


def test_what_is_missing_is_handed_on():
    missing = NotComputed("events.type")
    assert funnel_groups.differences(missing, everybody(), RULES) is missing
    assert funnel_groups.sentence(missing, {}) is missing


def test_shares_of_few_people_are_not_drawn_and_neither_are_groups_of_few():
    drawn = funnel_groups.enough(steps(("a", 100, 40, 20, 10), ("b", 29, 29, 29, 29)), RULES)
    assert set(drawn.group) == {"a"}
    share = drawn.set_index("step").share_of_before
    assert share[["marked", "ordered"]].tolist() == [0.4, 0.5]
    assert np.isnan(share["paid"])  # of the 20 who ordered
    assert drawn.set_index("step")[["ci_low", "ci_high"]].loc["paid"].isna().all()
    assert drawn.customers.tolist() == [100, 40, 20, 10]
