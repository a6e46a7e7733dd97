"""Key figures: every number that a run keeps has a name to read, a unit and a definition."""

import json
import re

import pytest
from running import ROOT

from shopcrm_nb import headline, i18n, key_figures


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (4248.0, "count", "4,248"),
        (0.2134, "share", "21.3%"),
        (512.34, "percent", "512.3%"),
        (1284220.4, "money", "¥1,284,220"),
        (2.349, "each", "¥2.35"),
        (362.28, "each", "¥362"),
        (1.6421, "times", "1.64 times"),
        (119.2005, "hours", "119.2"),
        (0.4973, "number", "0.50"),
        (3.0, "number", "3"),
        (None, "money", "–"),
    ],
)
def test_a_key_figure_is_written_in_its_unit(value, unit, written):
    assert key_figures.written(value, unit, "CNY") == written


def test_an_amount_on_a_chinese_card_is_brief_and_exact_elsewhere(monkeypatch):
    monkeypatch.setattr(i18n, "language", lambda: "zh")
    assert key_figures.written(207585.81, "money", "CNY", brief=True) == "¥20.8万"
    assert key_figures.written(207585.81, "money", "CNY") == "¥207,586"


def test_a_count_whose_name_ends_like_an_amount_stays_a_count():
    names = ("portrait.customers_cart_not_paid", "portrait.funnel_paid", "portrait.scene_refunds")
    assert {key_figures.of(name).unit for name in names} == {"count"}
    assert key_figures.of("campaign.burst_net_sales").unit == "times"


def test_every_key_figure_of_the_demo_has_a_name_a_unit_and_a_definition(demo_reports):
    run = json.loads((demo_reports("en") / "run.json").read_text(encoding="utf-8"))
    own = {name for name in run["key_figures"] if name.startswith(key_figures.OWN_GROUP)}
    assert len(own) == 10
    assert set(run["key_figures"]) - own <= set(key_figures.every())
    cards = [*headline.cards(run, demo_reports("en")), *headline.others(run)]
    assert sorted(card.name for card in cards) == sorted(run["key_figures"])
    assert all(card.label and card.meaning.endswith(".") for card in cards)
    labels = [card.label for card in cards]
    assert len(set(labels)) == len(labels)


def test_a_group_of_the_shops_own_is_called_by_its_name():
    assert key_figures.of("portrait.customers_members").label == "Group: Members"
    assert key_figures.of("portrait.customers_teachers").label == "Group: teachers"


def test_figures_are_read_in_the_order_of_the_pages_and_grades_from_the_best_on():
    names = ["x.own", "segments.customers_b", "portrait.customers_members", "check.errors"]
    names += ["segments.customers_g", "health.orders", "portrait.levels_found", "portrait.levels_judged"]
    assert key_figures.in_order(names) == [
        *("check.errors", "health.orders", "portrait.customers_members", "portrait.levels_judged"),
        *("portrait.levels_found", "segments.customers_g", "segments.customers_b", "x.own"),
    ]


def test_the_documents_list_every_key_figure_with_its_unit_and_its_definition():
    document = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")
    part = document.split("\n## Key figures\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([a-z0-9_.]+)` \| (\w+) \| (.*) \|$", part, re.MULTILINE)
    listed = {name: (unit, meaning) for name, unit, meaning in rows}
    known = {name: (what.unit, f"{what.label}: {what.meaning}") for name, what in key_figures.every().items()}
    assert listed == known
