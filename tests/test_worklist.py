"""Worklists: the overview of the scenes, one list a scene, and what is said of them."""

import pandas as pd
import pytest
from build import rules_of
from fulfil import in_memory
from waiting import PEOPLE, REVIEWS, RULES, WHOLE, orders_of, scenes_of

from shopcrm_nb import labels, scene, scene_words, table, worklist
from shopcrm_nb.absent import NotComputed


@pytest.fixture(scope="module")
def shop():
    return in_memory(WHOLE, rules=RULES, customers=PEOPLE, reviews=REVIEWS)


@pytest.fixture(scope="module")
def scenes(shop):
    return scenes_of(shop)


@pytest.fixture(scope="module")
def overview(scenes):
    return worklist.overview(scenes)


@pytest.fixture(scope="module")
def bare():
    text = "order_id customer_id paid_at created_at paid order_total\n1 a 2024-06-30 2024-06-30 85 85"
    return scenes_of(in_memory(text))


def test_the_overview_has_every_scene_in_its_order_and_sums_the_rows(scenes, overview):
    assert overview.scene.tolist() == list(scene.SCENES)
    rows = scenes.table.to_pandas()
    for line in overview.itertuples():
        mine = rows[rows.scene == line.scene]
        assert (line.customers, line.orders) == (mine.customer_id.nunique(), mine.order_id.nunique())
        assert line.waiting_amount == pytest.approx(mine.amount.sum())
        assert line.urgent == (mine.urgency == 1).sum()
        if len(mine):
            assert line.oldest_days == mine.days.max()
        else:
            assert pd.isna(line.oldest_days)
        assert line.state == ""
    found = overview.set_index("scene")
    assert found.loc["payment", ["customers", "orders", "waiting_amount", "oldest_days"]].tolist() == [
        *(2, 3, 97, 10)  # f's, of 30, and two of w
    ]
    assert found.loc["inquiry", ["customers", "orders", "oldest_days", "urgent"]].tolist() == [1, 1, 3, 1]
    assert found.urgent["gift"] == 5  # four first orders, one of the best


def test_a_scene_that_cannot_be_told_has_no_counts_and_says_what_it_needs(bare):
    found = worklist.overview(bare).set_index("scene")
    counts = ["customers", "orders", "waiting_amount", "oldest_days", "urgent", "left_out"]
    told = ["upgrade"]
    assert found.drop(told)[counts].isna().all(axis=None)
    assert found.loc["upgrade", ["customers", "waiting_amount"]].tolist() == [1, 15]
    assert found.state["upgrade"] == ""
    assert found.state["shipping"] == "not computed: needs orders.shipped_at"
    assert found.state["payment"].startswith("not computed: needs orders.status")


def test_a_scene_of_which_a_part_can_be_told_says_which_part_is_missing():
    part = scenes_of(in_memory(orders_of("1 a 2024-06-30 2024-06-30 90 90 0 paid - - - -"), rules=RULES))
    found = worklist.overview(part).set_index("scene")
    assert found.customers["gift"] == 1
    assert found.state["gift"] == "without “a birthday is near”: not computed: needs customers.birthday"


def test_the_list_of_a_scene_is_in_the_order_of_the_scenes_and_as_long_as_the_rules_allow(scenes):
    rows = scenes.table.to_pandas()
    found = worklist.of_scene(scenes, "gift", rules_of())
    assert found.order_id.fillna("").tolist() == rows[rows.scene == "gift"].order_id.fillna("").tolist()
    assert found.urgency.is_monotonic_increasing
    assert len(worklist.of_scene(scenes, "gift", rules_of(service={"most_rows": 2}))) == 2
    assert "order_id" not in worklist.of_scene(scenes, "upgrade", rules_of())
    assert list(worklist.of_scene(scenes, "inquiry", rules_of()))[:5] == [
        *("urgency", "customer_id", "order_id", "waiting_days", "waiting_amount"),
    ]


def test_those_of_today_are_of_all_scenes_the_largest_amounts_first(scenes, overview):
    found = worklist.urgent(scenes, rules_of())
    assert len(found) == overview.urgent.sum()
    assert found.waiting_amount.tolist() == sorted(found.waiting_amount, reverse=True)
    assert "Order inquiry" in set(found.scene)
    assert "Review reminder" not in set(found.scene)  # nothing of it is for today
    assert set(found.columns) <= set(labels.of_columns())
    assert len(worklist.urgent(scenes, rules_of(service={"most_rows": 2}))) == 2


def test_the_days_and_the_amount_of_a_list_are_named_for_what_they_are(scenes):
    named = {
        name: list(worklist.of_scene(scenes, name, rules_of())) for name in ("payment", "upgrade", "gift")
    }
    assert {"waiting_days", "waiting_amount"} <= set(named["payment"])
    assert {"days_since", "missing_amount"} <= set(named["upgrade"])
    assert {"days_since", "gift_amount"} <= set(named["gift"])


def test_the_list_of_a_scene_that_cannot_be_told_says_why(bare):
    found = worklist.of_scene(bare, "tracking", rules_of())
    assert isinstance(found, NotComputed)
    assert found.needs == "orders.shipped_at"


def test_lists_are_read_in_words_with_labels_and_units(scenes, overview):
    columns = labels.of_columns()
    for frame in (
        overview,
        *(worklist.of_scene(scenes, name, rules_of()) for name in ("payment", "refunds", "gift")),
    ):
        assert set(frame) <= set(columns)
        shown = table.show(frame, "CNY")._repr_html_()
        assert "None" not in shown
        assert "nan" not in shown.lower().replace("refund", "")
    shown = table.show(worklist.of_scene(scenes, "payment", rules_of()), "CNY")._repr_html_()
    assert scene_words.actions()["pay_sms"] in shown
    assert "¥34" in shown
    assert "pay_sms" not in shown
    assert "Payment reminder (订单催付)" in table.show(overview, "CNY")._repr_html_()


def test_a_hostile_id_is_shown_as_text():
    text = WHOLE.replace("w3 v", "w3 <script>alert(1)</script>")
    found = scenes_of(in_memory(text, rules=RULES))
    shown = table.show(worklist.of_scene(found, "inquiry", rules_of()), "CNY")._repr_html_()
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown


def test_the_sentence_counts_who_waits_and_names_what_is_for_today(overview, bare):
    n = int(overview.orders[:7].sum() + overview.customers[7:].sum())
    said = worklist.sentence(overview)
    assert said.startswith(
        f"{n} orders and customers wait for a service, {int(overview.urgent.sum())} of them today."
    )
    assert "Order inquiry (订单咨询) 1" in said
    assert "Review reminder" not in said  # nothing of it is for today
    assert worklist.sentence(worklist.overview(bare)) == (
        "1 order or customer waits for a service, 0 of them today."
    )
    far = in_memory(
        "order_id customer_id paid_at created_at paid order_total\n1 a 2024-06-30 2024-06-30 40 40"
    )
    assert worklist.sentence(worklist.overview(scenes_of(far))) == "Nobody waits for a service."


def test_the_basis_names_the_day_the_hours_and_what_the_export_knows(scenes, bare, shop):
    said = worklist.basis(scenes, shop)
    assert "end of 2024-06-30" in said
    assert "as the export says" in said
    assert "longer than 90 days are left out" in said
    assert "not sent 48 hours after the payment" in said
    assert f"within {scenes.slow_hours:.0f} hours" in said
    assert "Four of five" not in worklist.basis(bare, shop)


def test_the_figures_are_the_rows_of_each_scene_that_can_be_told(scenes, overview, bare):
    counts = scenes.table.to_pandas().scene.value_counts()
    assert worklist.figures(overview) == {
        f"portrait.scene_{name}": int(counts.get(name, 0)) for name in scene.SCENES
    }
    assert worklist.figures(worklist.overview(bare)) == {"portrait.scene_upgrade": 1}


def test_what_the_platforms_do_is_said_with_the_words_of_the_list():
    assert scene_words.reasons()["on_its_way"] in scene_words.automatic()
