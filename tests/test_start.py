"""The front door in JupyterLab: what is chosen becomes a command, whose lines are shown until it is done."""

import sys
from pathlib import Path

import pytest

from shopcrm_nb import i18n, notebooks, start, workbook


@pytest.fixture(scope="module")
def demo():
    return workbook.open_shop("demo")


def part_of(demo, out=""):
    return start.Start(demo, "demo", out)


def pretending(part, monkeypatch, *lines, code=0):
    """Let the button run a program that prints these lines."""
    script = "\n".join([*(f"print({line!r}, flush=True)" for line in lines), f"raise SystemExit({code})"])
    monkeypatch.setattr(part, "command", lambda: [sys.executable, "-c", script])
    part.make.click()
    part.running.join(60)


def test_at_first_all_pages_of_the_shop_are_chosen_in_the_language_of_the_page(demo):
    part = part_of(demo)
    names = [notebook.name for notebook in notebooks.every()]
    assert list(part.pages.value) == names
    assert [label for label, _name in part.pages.options][4].startswith("04 Segments")
    assert part.command()[1:] == ["run", "demo", *names, "--lang", "en"]
    assert "demo" in part.shop.options
    assert part.day.placeholder == i18n.day(demo.as_of)


def test_what_is_chosen_becomes_the_command(demo, tmp_path):
    part = part_of(demo, str(tmp_path / "out"))
    part.pages.value, part.day.value, part.lang.value = ("04_segments",), " 2026-05-31 ", "zh"
    words = ["run", "demo", "04_segments", "--as-of", "2026-05-31", "--lang", "zh", "--out"]
    assert part.command()[1:] == [*words, str(tmp_path / "out")]


def test_pages_whose_data_are_missing_say_so(tmp_path):
    from build import shop_of

    shop = shop_of(tmp_path, "order_id customer_id paid_at paid\n1 a 2024-06-30 5")
    labels = {name: label for label, name in part_of(shop).pages.options}
    assert labels["05_campaign_roi"].endswith("(not computed: needs campaigns.start)")
    assert labels["04_segments"] == "04 Segments"


def test_the_lines_of_a_run_are_shown_and_the_report_can_be_opened(demo, tmp_path, monkeypatch):
    part, index = part_of(demo), tmp_path / "index.html"
    index.touch()
    opened = []
    monkeypatch.setattr(start.webbrowser, "open", opened.append)
    part.pages.value = ("01_data_check", "04_segments")
    done = ["[1/2] 01_data_check: ok in 3.1 s", "[2/2] 04_segments: ok in 9.0 s"]
    pretending(part, monkeypatch, "01_data_check: begun", *done, "<b>", str(index))
    assert (part.bar.value, part.bar.max, part.bar.bar_style) == (2, 2, "success")
    assert "[2/2] 04_segments: ok in 9.0 s" in part.said.value
    assert "&lt;b&gt;" in part.said.value
    assert (part.open.disabled, part.make.disabled) == (False, False)
    part.open.click()
    assert opened == [index.as_uri()]


def test_a_mistake_is_shown_as_the_command_says_it_and_nothing_can_be_opened(demo, monkeypatch):
    part = part_of(demo)
    pretending(part, monkeypatch, "shopcrm: there is no shop", code=1)
    assert part.bar.bar_style == "danger"
    assert "there is no shop" in part.said.value
    assert (part.open.disabled, part.make.disabled) == (True, False)


def test_without_a_page_nothing_is_begun(demo):
    part = part_of(demo)
    part.pages.value = ()
    part.make.click()
    assert part.running is None
    assert "Choose a page." in part.said.value


def test_the_command_itself_makes_the_report_and_leaves_plain_lines_in_a_kernel_too(
    demo, tmp_path, monkeypatch
):
    for name in start.COLOURS:
        monkeypatch.setenv(name, "1")
    part = part_of(demo, str(tmp_path / "out"))
    part.pages.value = ("00_start_here",)
    part.make.click()
    part.running.join(300)
    assert part.index == tmp_path / "out" / "index.html", part.said.value
    assert Path(part.index).exists()
    assert "\x1b" not in part.said.value
    assert part.bar.value == 1
