"""The designer: what its sliders show is what the engine would say, and what it writes the next run reads."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from build import WORKBOOK, rules_of, shop_of
from hypothesis import given, settings
from hypothesis import strategies as st
from simulate import AS_OF, measured_of

from shopcrm_nb import calibration, designer, model, rule_text, segment, what_if
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.settings import read_shop

SHOP = """name = "A & B"  # ours
currency = "CNY"
timezone = "Asia/Shanghai"

[tables.orders]
files = ["o.csv"]

"""


def customers_of(rows):
    return measured_of(pd.DataFrame(rows, columns=["recency_days", "frequency", "monetary"]))


def assert_same_as_the_engine(table, rules):
    measured = what_if.customers(table)
    shown = what_if.sizes(measured, AS_OF, rules)
    engine = segment.grades(segment.grade(table, AS_OF, rules), rules)
    assert shown.customers.tolist() == engine.customers.tolist()
    assert shown.net_sales.tolist() == pytest.approx(engine.net_sales.tolist(), abs=0.01)
    assert shown.customer_share.tolist() == pytest.approx(engine.customer_share.tolist())
    assert shown.sales_share.tolist() == pytest.approx(engine.sales_share.tolist())


RULES = [
    rules_of(),
    rules_of(rfm={"monetary": [99.5, 50, 20, 10, 5]}),
    rules_of(
        rfm={"weights": {"r": 0.1, "f": 0.3, "m": 0.4}},
        grades={"platinum": 3.6, "gold": 2.6, "silver": 1.7, "bronze": 0.1},
    ),
    rules_of(rfm={"recency_days": [7, 14, 30, 60, 90]}),
]


@pytest.mark.parametrize("rules", RULES)
@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 366),
            st.integers(1, 9),
            st.sampled_from([0.01, 5, 10, 99.5, 300, 499.99, 500, 2000]),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_the_sizes_are_those_of_the_engine(rules, rows):
    assert_same_as_the_engine(customers_of(rows), rules)


def test_nobody_is_shown_as_nobody():
    sizes = what_if.sizes(what_if.customers(customers_of([]).filter(False)), AS_OF, rules_of())
    assert sizes.customers.tolist() == [0, 0, 0, 0]
    assert sizes.sales_share.tolist() == [0, 0, 0, 0]


def test_of_very_many_customers_a_sample_stands_for_all(monkeypatch):
    monkeypatch.setattr(what_if, "MOST", 500)
    random = np.random.default_rng(1)
    rows = zip(
        random.integers(0, 366, 5000), random.geometric(0.4, 5000), random.lognormal(6, 1, 5000), strict=True
    )
    table = customers_of(list(rows))
    measured = what_if.customers(table)
    assert (len(measured.monetary), measured.stands_for) == (500, 10)
    shown = what_if.sizes(measured, AS_OF, rules_of())
    engine = segment.grades(segment.grade(table, AS_OF, rules_of()), rules_of())
    assert shown.customers.sum() == 5000
    assert shown.customer_share.tolist() == pytest.approx(engine.customer_share.tolist(), abs=0.05)


# --- the controls -------------------------------------------------------------------------------------------


@pytest.fixture
def demo(tmp_path):
    """The demo shop in a folder of its own, with its designer."""
    folder = tmp_path / "demo"
    model.open_shop(WORKBOOK / "data" / "demo").con.disconnect()  # its cache is copied, too
    shop = model.open_shop(shutil.copytree(WORKBOOK / "data" / "demo", folder))
    scored, rules = segment.rfm(shop), shop.settings.rules
    proposed = calibration.proposals(scored, rules, shop.as_of)
    return designer.Designer(shop, what_if.customers(scored), proposed)


@pytest.fixture
def platinum():
    """How many Platinum customers the demo has, by its truth, and their share as a page writes it."""
    known = json.loads((WORKBOOK / "data" / "demo" / "truth.json").read_text(encoding="utf-8"))["grades"]
    return known["by_grade"]["P"], f"{known['shares']['P']:.1%}"


def test_it_begins_with_the_rules_in_force(demo, platinum):
    assert demo.start.value == "source"
    assert demo.rules.rfm.monetary == (2000, 1000, 500, 300, 0)
    assert f">{platinum[0]}</td>" in demo.board.value
    assert platinum[1] in demo.board.value
    assert not demo.button.disabled


def test_a_moved_slider_changes_the_picture_and_the_block(demo, platinum):
    before = demo.board.value
    demo.controls["limits"][0].value = 30
    assert demo.board.value != before
    assert "platinum = 30" in demo.text.value
    expected = what_if.sizes(demo.measured, demo.as_of, demo.rules).customers[0]
    assert expected > platinum[0]
    assert f">{expected}</td>" in demo.board.value


def test_sliders_that_contradict_each_other_are_told_and_nothing_can_be_written(demo):
    before, top = demo.board.value, demo.controls["monetary"][0]
    top.value = min(value for _label, value in top.options)
    assert "These do not go together" in demo.said.value
    assert demo.board.value == before
    assert demo.button.disabled
    top.value = 2000
    assert demo.said.value == ""
    assert not demo.button.disabled


def test_another_start_puts_every_slider_at_its_table(demo):
    demo.start.value = "quantiles"
    wanted = demo.tables["quantiles"].rfm
    assert tuple(slider.value for slider in demo.controls["monetary"]) == wanted.monetary[:-1]
    assert demo.rules.rfm == wanted
    assert demo.rules.grades == demo.tables["quantiles"].grades


def test_the_button_writes_what_the_next_run_reads(demo):
    folder = demo.shop.folder
    before = (folder / "shop.toml").read_text(encoding="utf-8")
    demo.start.value = "quantiles"
    demo.button.click()
    assert "Written" in demo.said.value
    assert read_shop(folder).rules == demo.rules
    text = (folder / "shop.toml").read_text(encoding="utf-8")
    assert text.startswith(before.rstrip())
    assert sorted(path.name for path in folder.glob("shop.toml*")) == ["shop.toml"]


def test_a_shop_of_one_customer_has_a_designer(tmp_path):
    shop = shop_of(tmp_path, "order_id customer_id paid_at paid\n1 a 2024-06-30 5")
    scored = segment.rfm(shop)
    assert designer.Designer(shop, what_if.customers(scored), {}).board.value.count("<tr>") == 5
    missing = calibration.proposals(scored, shop.settings.rules, shop.as_of)
    assert designer.show(shop, scored, missing) is missing


# --- the settings file --------------------------------------------------------------------------------------


def test_writing_keeps_comments_and_other_rules(tmp_path):
    checked, own = "[rules.check]\nmin_history_months = 6  # young\n", '[rules.rfm]\nmonth = "30days"\n'
    own = f"{SHOP}{checked}\n{own}monetary = [5, 4, 3, 2, 0]\n"
    (tmp_path / "shop.toml").write_text(own, encoding="utf-8")
    rules = rules_of(rfm={"recency_days": [30, 60, 90, 120, 365], "weights": {"r": 2, "f": 3, "m": 4}})
    rule_text.write(tmp_path, rules)
    text = (tmp_path / "shop.toml").read_text(encoding="utf-8")
    assert 'name = "A & B"  # ours' in text
    assert "min_history_months = 6  # young" in text
    found = read_shop(tmp_path).rules
    assert found.rfm == rules.rfm.model_copy(update={"month": "calendar"})
    assert found.grades == rules.grades
    assert found.check.min_history_months == 6


def test_settings_that_could_not_be_read_again_are_left_as_they_were(tmp_path):
    (tmp_path / "shop.toml").write_text(SHOP + "[rules.grades]\nplatinums = 3\n", encoding="utf-8")
    with pytest.raises(ShopcrmError, match="platinums"):
        rule_text.write(tmp_path, rules_of())
    assert (tmp_path / "shop.toml").read_text(encoding="utf-8").endswith("platinums = 3\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop.toml"]
