"""Loyalty: loyal customers lost and won by month, and whether the latest month is unusual."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from build import shop_of

from shopcrm_nb import i18n, labels, loyalty, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.interval import change


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A shop whose orders begin on 2022-12-31, so that somebody can be lost from 2024-01-01 on."""
    folder = tmp_path_factory.mktemp("shop")
    return shop_of(folder, "order_id customer_id paid_at paid\n1 ann 2022-12-31 5\n2 ann 2024-12-31 5")


def flow_of(lost, loyal=1000, won=5, first="2024-01-01"):
    """The flow of some months: of so many loyal customers ``lost`` are lost in each."""
    rows = []
    for month, n in zip(pd.date_range(first, periods=len(lost), freq="MS"), lost, strict=True):
        rows += [(month, "loyal", "loyal", loyal - n), (month, "loyal", "lost", n)]
        rows += [
            (month, "repeat", "loyal", won - 1),
            (month, "lost", "loyal", 1),
            (month, "repeat", "lost", 99),
        ]
    frame = pd.DataFrame(rows, columns=["month", "class_then", "class_now", "customers"])
    return frame.assign(partial=False, net_sales=0.0)


def loss_of(shop, lost, **more):
    return loyalty.loss(shop, loyalty.loyalty(shop, flow_of(lost, **more))).iloc[0]


def test_each_month_has_who_was_loyal_at_its_start_who_was_lost_and_who_became_loyal(shop):
    found = loyalty.loyalty(shop, flow_of([10, 20], won=7))
    assert found.loyal_then.tolist() == [1000, 1000]
    assert found["lost"].tolist() == [10, 20]
    assert found.lost_share.tolist() == [0.01, 0.02]
    assert found.became_loyal.tolist() == [7, 7]  # who came back from being lost is among them
    assert found.judged.tolist() == [True, True]


def test_a_month_without_loyal_customers_has_a_blank_share(shop):
    found = loyalty.loyalty(shop, flow_of([0], loyal=0))
    assert found.lost_share.isna().all()


def test_months_in_which_nobody_can_be_lost_and_the_running_one_are_not_judged(shop):
    flow = flow_of([0] * 4 + [10] * 9, first="2023-09-01")
    flow["partial"] = flow.month == flow.month.max()
    found = loyalty.loyalty(shop, flow)
    assert found.judged.tolist() == [False] * 4 + [True] * 8 + [False]
    row = loyalty.loss(shop, found).iloc[0]
    assert (row.month, row.months_before, row.lost_share_before) == (pd.Timestamp("2024-08-01"), 7, 0.01)


def test_a_steady_loss_is_not_unusual_and_its_interval_is_newcombes(shop):
    row = loss_of(shop, [10] * 11 + [12])
    assert row.unusual == "no"
    assert (row.lost_share, row.lost_share_before, row.months_before) == (0.012, 0.01, 11)
    wanted = change((110, 11000), (12, 1000), 0.95)
    assert (row.change_share, row.low_share, row.high_share) == pytest.approx(wanted)


def test_a_jump_in_the_loss_is_more_than_usual_and_a_fall_less(shop):
    assert loss_of(shop, [10] * 11 + [40]).unusual == "more"
    assert loss_of(shop, [60] * 11 + [5]).unusual == "less"


def test_where_months_differ_much_by_themselves_the_same_jump_is_not_unusual(shop):
    before = [2, 35] * 5 + [2]
    assert sum(before) / 11 > 10
    row = loss_of(shop, [*before, 40])
    assert row.unusual == "no"
    # X² of the months around their mean, by 10 degrees of freedom
    n, share = 1000, sum(before) / 11000
    spread = sum((x - n * share) ** 2 / (n * share * (1 - share)) for x in before) / 10
    assert spread > 10
    wanted = change((sum(before) / spread, 11000 / spread), (40 / spread, 1000 / spread), 0.95)
    assert (row.low_share, row.high_share) == pytest.approx(wanted[1:])


def test_from_few_months_or_few_customers_it_cannot_be_told(shop):
    assert loss_of(shop, [10] * 6 + [100]).unusual == "more"
    assert loss_of(shop, [10] * 5 + [100]).unusual == "cannot_tell"
    assert loss_of(shop, [1] * 11 + [29], loyal=29).unusual == "cannot_tell"
    assert loss_of(shop, [1] * 11 + [29], loyal=30).unusual == "more"
    alone = loss_of(shop, [10])
    assert alone.unusual == "cannot_tell"
    assert pd.isna(alone.lost_share_before)


def test_nobody_lost_before_and_nobody_now_is_not_unusual(shop):
    assert loss_of(shop, [0] * 12).unusual == "no"


def test_without_a_whole_month_there_is_no_row(shop):
    flow = flow_of([10]).assign(partial=True)
    found = loyalty.loss(shop, loyalty.loyalty(shop, flow))
    assert found.empty
    assert {"unusual", "low_share"} <= set(found.columns)
    assert loyalty.sentence(loyalty.loyalty(shop, flow), found, 0.95) == "No whole month is shown yet."


@pytest.mark.parametrize("wobble", [0, 0.3])
def test_of_shops_in_which_nothing_changed_few_raise_an_alarm(shop, wobble):
    """One comparison at 95 %: by chance alone about one of twenty."""
    random, alarms, runs = np.random.default_rng(5), 0, 300
    months = loyalty.loyalty(shop, flow_of([0] * 12))
    for _run in range(runs):
        rate = 0.03 * np.exp(random.normal(0, wobble, 12))
        row = loyalty.loss(shop, months.assign(lost=random.binomial(1000, rate))).iloc[0]
        alarms += row.unusual in ("more", "less")
    assert alarms / runs < 0.1


# --- to read ------------------------------------------------------------------------------------------------


def test_the_sentence_tells_lost_beside_won_and_whether_it_is_unusual(shop):
    found = loyalty.loyalty(shop, flow_of([10] * 11 + [40]))
    said = loyalty.sentence(found, loyalty.loss(shop, found), 0.95)
    assert said.startswith(
        "In 2024-12, 40 of those loyal at its start (1,000) were lost, and 5 became loyal. That is more than "
        "usual: 4.0% of the loyal ones, 1.0% in the months before (95% interval of the change +"
    )
    assert said.endswith(
        "In the 12 whole months shown, 150 were lost and 60 became loyal; who came back and left again "
        "counts twice."
    )
    row = loyalty.loss(shop, found).iloc[0]
    assert f"+{row.low_share * 100:.1f} to +{row.high_share * 100:.1f} points)." in said


def test_the_sentence_says_where_it_cannot_be_told_and_leaves_the_running_month_out(shop):
    flow = flow_of([10, 20, 30])
    flow["partial"] = flow.month == flow.month.max()
    found = loyalty.loyalty(shop, flow)
    said = loyalty.sentence(found, loyalty.loss(shop, found), 0.95)
    assert said.startswith("In 2024-02, 20 of those")
    assert "Whether that is more than usual cannot be told yet." in said
    one = found.head(1)
    assert "whole month" not in loyalty.sentence(one, loyalty.loss(shop, one), 0.95)


def test_months_in_which_nobody_can_have_been_lost_tell_of_no_loss(shop):
    young = loyalty.loyalty(shop, flow_of([0] * 4, first="2023-07-01"))
    assert young["lost"].isna().all() and young.lost_share.isna().all()
    said = loyalty.sentence(young, loyalty.loss(shop, young), 0.95)
    assert said == (
        "In 2023-10, 5 became loyal. How many were lost cannot be told: the data do not reach back far "
        "enough. In the 4 whole months shown, 20 became loyal."
    )
    assert table.show(loyalty.shown(young))._repr_html_().count("–") == 8  # lost and its share, four months
    older = loyalty.loyalty(shop, flow_of([0, 0, 10, 20], first="2023-11-01"))
    said = loyalty.sentence(older, loyalty.loss(shop, older), 0.95)
    assert said.startswith("In 2024-02, 20 of those loyal at its start (1,000) were lost")
    assert said.endswith("20 became loyal; in the latest 2 of them, in which that can be told, 30 were lost.")
    one = loyalty.loyalty(shop, flow_of([0, 10], first="2023-12-01"))
    said = loyalty.sentence(one, loyalty.loss(shop, one), 0.95)
    assert said.endswith("10 became loyal; in the latest one, in which that can be told, 10 were lost.")


def test_the_months_are_shown_latest_first_in_words(shop):
    shown = loyalty.shown(loyalty.loyalty(shop, flow_of([10, 20])))
    assert shown.month.tolist() == ["2024-02", "2024-01"]
    assert "partial" not in shown  # all months are whole
    assert "partial" in loyalty.shown(loyalty.loyalty(shop, flow_of([10, 20]).assign(partial=True)))
    row = loyalty.loss(shop, loyalty.loyalty(shop, flow_of([10] * 12)))
    for frame in (shown, row):
        assert set(frame.columns) <= set(labels.of_columns())
    assert "as usual" in table.show(row.drop(columns="month"))._repr_html_()
    assert "2.0%" in table.show(shown)._repr_html_()


def test_what_is_missing_is_handed_on(shop):
    missing = NotComputed("orders.customer_id")
    assert loyalty.loss(shop, loyalty.loyalty(shop, missing)) is missing
    assert loyalty.sentence(missing, missing, 0.95) is missing


def test_the_limit_of_customers_is_the_shops(shop):
    rules = shop.settings.rules
    own = rules.model_copy(update={"portrait": rules.portrait.model_copy(update={"min_customers": 2000})})
    other = replace(shop, settings=shop.settings.model_copy(update={"rules": own}))
    assert loss_of(other, [10] * 12).unusual == "cannot_tell"
    assert i18n.language() == "en"
    assert other.as_of == date(2024, 12, 31)
