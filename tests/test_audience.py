"""Audience: what writing to groups is expected to bring, by hand, and who is in them now."""

from math import nan

import pandas as pd
import pytest
from build import WORKBOOK, rules_of
from fulfil import in_memory
from test_responders import buyers, moments_of

from shopcrm_nb import audience, history, labels, model, responders, segment, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.effect import Effect
from shopcrm_nb.errors import ShopcrmError

RULES = rules_of().campaign


def effects_of(*rows, **responds):
    """Effects as they are measured of groups: (group, shrunk per head, low, high), of net sales by grade."""
    frame = pd.DataFrame(rows, columns=["group", "shrunk", "shrunk_low", "shrunk_high"])
    frame["responds"] = frame.group.map(lambda group: responds.get(group, "alike"))
    money = frame.assign(grouped_by="grade", effect_in="net_sales", difference=frame.shrunk * 2)
    others = [money.assign(effect_in="buyers", shrunk=99.0), money.assign(grouped_by="channel", shrunk=99.0)]
    return pd.concat([others[0], money, others[1]], ignore_index=True)


def sizes_of(**customers):
    return pd.DataFrame({"grade": customers.keys(), "customers": customers.values()})


def whole(low, high):
    """The effect of a campaign in all of its customers, per head, at least and at most."""
    return Effect(900, 100, 90, 5, 9.0, 5.0, 30.0, nan, low=low, high=high)


GROUPS = (("P", 6.0, 3.0, 9.0), ("G", 1.0, -2.0, 4.0), ("S", -3.0, -4.0, -2.0), ("B", nan, nan, nan))
MEASURED = effects_of(*GROUPS, P="more", S="less")
UNSURE = whole(-5, 5)
NOW = sizes_of(S=100, P=2000, B=10, G=50, asleep=4)


def test_each_audience_is_expected_to_leave_the_margin_of_what_it_adds_less_its_messages():
    found = audience.expected(MEASURED, UNSURE, NOW, 0.05, 0.4)
    assert found.audience.tolist() == ["Platinum", "Gold", "Silver", "Bronze", "asleep"]
    assert found.customers.tolist() == [2000, 50, 100, 10, 4]
    assert found.audience_cost.tolist() == pytest.approx([100, 2.5, 5, 0.5, 0.2])
    # 2,000 (6 * 0.4 - 0.05), 50 (1 * 0.4 - 0.05), 100 (-3 * 0.4 - 0.05)
    assert found.expected_net.tolist()[:3] == pytest.approx([4700, 17.5, -125])
    assert found.expected_net_low.tolist()[:3] == pytest.approx([2300, -42.5, -165])
    assert found.expected_net_high.tolist()[:3] == pytest.approx([7100, 77.5, -85])
    assert found.expected_net[3:].isna().all()
    assert found.advice.tolist() == ["write", "test", "leave", "test", "test"]


def test_the_table_reads_in_words_and_money():
    found = audience.expected(MEASURED, UNSURE, NOW, 0.05, 0.4)
    shown = table.show(found, "CNY")._repr_html_()
    assert "+¥4,700" in shown and "−¥125" in shown
    assert "write to them" in shown and "leave them alone" in shown and "try with a hold-out first" in shown
    assert set(found.columns) <= set(labels.of_columns())
    assert set(audience.ADVICE) == set(labels.of_codes()["advice"])


def test_a_dear_message_turns_the_advice():
    found = audience.expected(MEASURED, UNSURE, NOW, 10.0, 0.4)  # the whole brings 2 at most
    assert found.advice.tolist() == ["leave", "leave", "leave", "test", "test"]
    found = audience.expected(MEASURED, UNSURE, sizes_of(P=1), 3.0 * 0.4, 0.4)
    assert found.advice.tolist() == ["test"]  # at its least it leaves just nothing


def test_a_group_like_the_others_is_advised_only_as_the_whole_campaign_is():
    alike, now = effects_of(*GROUPS), sizes_of(P=10, S=10)

    def advice(low, high, measured=alike):
        return audience.expected(measured, whole(low, high), now, 0.4, 0.4).advice.tolist()

    assert advice(-5, 5) == ["test", "test"]
    assert advice(1.01, 5) == ["write", "test"]  # a head pays from 0.4 / 0.4 on
    assert advice(0.99, 5) == ["test", "test"]
    assert advice(-5, 0.99) == ["test", "leave"]
    assert advice(-5, 1.01) == ["test", "test"]
    assert advice(nan, nan) == ["test", "test"]
    unclear = effects_of(("P", 2.0, 0.9, 3.0), ("S", 0.0, -1.0, 1.1))  # each on one side of 0, not surely
    assert advice(1.01, 5, unclear) == advice(-5, 0.99, unclear) == ["test", "test"]
    assert advice(-5, 5, effects_of(*GROUPS, P="more")) == ["write", "test"]
    assert advice(-5, 5, effects_of(*GROUPS, S="less")) == ["test", "leave"]
    assert advice(-5, 5, effects_of(*GROUPS, P="less", S="more")) == ["test", "test"]


def test_an_unknown_group_has_a_word_and_an_effect_that_was_shrunk():
    measured = responders.effects(
        {
            "grade": moments_of(
                {
                    "P": (buyers(1000, 200), buyers(500, 50)),
                    "B": (buyers(2000, 100), buyers(1000, 50)),
                    None: (buyers(500, 60), buyers(300, 20)),
                }
            )
        },
        RULES,
    )
    rows = measured[measured.effect_in == "net_sales"].set_index("group")
    found = audience.expected(measured, UNSURE, sizes_of(P=10, unknown=20), 0, 1).set_index("audience")
    assert found.expected_net["Platinum"] == pytest.approx(10 * rows.shrunk["P"])
    assert found.expected_net_high["unknown"] == pytest.approx(20 * rows.shrunk_high["unknown"])
    assert rows.shrunk["P"] < rows.difference["P"]


def test_without_a_cost_a_margin_or_effects_by_that_column_nothing_is_expected():
    assert audience.expected(MEASURED, UNSURE, NOW, nan, 0.4).needs == "sends.cost"
    assert audience.expected(MEASURED, UNSURE, NOW, None, 0.4).needs == "sends.cost"
    assert audience.expected(MEASURED, UNSURE, NOW, 0.05, None).needs == "rules.value.margin"
    by_tag = NOW.rename(columns={"grade": "tag"})
    assert audience.expected(MEASURED, UNSURE, by_tag, 0.05, 0.4).needs == "tag"
    missing = NotComputed("sends.arm")
    assert audience.expected(missing, UNSURE, NOW, 0.05, 0.4) is missing
    assert audience.expected(MEASURED, missing, NOW, 0.05, 0.4) is missing
    assert audience.sentence(missing, "CNY") is missing
    for cost, margin in ((-1, 0.4), (0.05, 1.5), (0.05, 0)):
        with pytest.raises(ShopcrmError):
            audience.expected(MEASURED, UNSURE, NOW, cost, margin)


def test_the_sentence_names_whom_to_write_to_whom_to_leave_and_counts_the_rest():
    found = audience.expected(MEASURED, UNSURE, NOW, 0.05, 0.4)
    assert audience.sentence(found, "CNY") == (
        "Write to “Platinum” (2,000 customers): that is expected to leave +¥4,700 (+¥2,300 to +¥7,100) after "
        "the goods and messages. Leave “Silver” alone (100 customers): writing to them is expected to end at "
        "−¥125 (−¥165 to −¥85) after the goods and messages. Of 3 audiences it cannot be told."
    )
    told = audience.sentence(audience.expected(MEASURED, UNSURE, sizes_of(P=2000), 0.05, 0.4), "CNY")
    assert told.endswith("after the goods and messages.")
    nothing = audience.sentence(audience.expected(MEASURED, UNSURE, sizes_of(G=50, B=10), 0.05, 0.4), "CNY")
    assert nothing.startswith("Of no audience it can be told whether writing to it pays")


def test_at_most_three_audiences_are_named_the_best_and_the_worst():
    groups = [(f"g{n}", n, n - 0.5, n + 0.5) for n in (-5, -4, -3, -2, 2, 3, 4, 5)]
    responds = {group[0]: "more" if group[1] > 0 else "less" for group in groups}
    measured, now = effects_of(*groups, **responds), sizes_of(**dict.fromkeys(responds, 10))
    said = audience.sentence(audience.expected(measured, UNSURE, now, 0, 1), "CNY")
    assert [name in said for name in ("g5", "g4", "g3", "g2", "g-5", "g-4", "g-3", "g-2")] == [
        *(True, True, True, False, True, True, True, False)
    ]
    assert "cannot be told" not in said


# --- who is there now ---------------------------------------------------------------------------------------

ORDERS = """
order_id customer_id paid_at paid
1 a 2024-06-30T23:59:59 10
2 a 2023-07-02 10
3 b 2024-04-02 10
4 c 2024-04-01T23:59:59 10
5 d 2023-07-01 10
6 e 2023-06-30T23:59:59 10
7 - 2024-06-30 10
8 z 2024-07-01 10
"""


def test_customers_are_in_the_bands_that_a_message_of_the_next_day_would_find_them_in():
    shop = in_memory(ORDERS, "2024-06-30")
    people = audience.now(shop, history.orders(shop))
    rows = people.to_pandas().set_index("customer_id").sort_index()
    # The days to 1 July: 1, 90, 91, 366, 367. A year before it begins on 2 July 2023, as 2024 is a leap year.
    assert rows.before_recency_days.to_dict() == {"a": 1, "b": 90, "c": 91, "d": 366, "e": 367}
    assert rows.recency_band.tolist() == ["000-090", "000-090", "091-180", "366+", "366+"]
    assert rows.frequency_band.tolist() == ["2", "1", "1", "none", "none"]
    assert (rows.assigned_at == pd.Timestamp("2024-07-01")).all()
    sizes = audience.sizes(people, "recency_band")
    assert sizes.to_dict("list") == {"recency_band": ["000-090", "091-180", "366+"], "customers": [2, 1, 2]}


def test_a_value_that_is_not_known_is_a_size_of_its_own():
    shop = in_memory(ORDERS, "2024-06-30")
    people = audience.now(shop, history.orders(shop))
    people = people.mutate(tag=(people.before_orders > 0).ifelse("x", None))
    assert audience.sizes(people, "tag").to_dict("list") == {"tag": ["unknown", "x"], "customers": [2, 3]}


def test_without_buyers_names_nobody_is_counted():
    for orders in (
        "order_id paid_at paid\n1 2024-06-20 5",
        "order_id customer_id paid_at paid\n1 - 2024-06-20 5",
    ):
        shop = in_memory(orders, "2024-06-30")
        people = audience.now(shop, history.orders(shop))
        assert people.needs == "orders.customer_id"
        assert audience.sizes(people, "grade") is people


def test_the_demos_grades_now_are_those_of_its_segments():
    shop = model.open_shop(WORKBOOK / "data" / "demo")
    sizes = audience.sizes(audience.now(shop, history.orders(shop)), "grade").set_index("grade").customers
    graded = segment.grades(segment.rfm(shop), shop.settings.rules).set_index("grade").customers
    assert sizes.index.tolist() == ["P", "G", "S", "B", "asleep"]
    assert sizes.drop("asleep").to_dict() == graded.to_dict()
    assert sizes.sum() == shop.orders.customer_id.nunique().execute()
