"""Pages of a finished run: complete, offline, equal for equal inputs, and safe whatever the data hold."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from browser import browsing, needs_browser, opened
from nbformat import write as write_notebook
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from shopcrm_nb import i18n, page, report

SCRIPTS = r"(?s)<(script|style).*?</\1>"
HOSTILE = "<script>alert(1)</script>"
FIGURE = {
    "data": [{"type": "bar", "x": ["衬衫", "</script><!--"], "y": [3, 4], "name": "a & b"}],
    "layout": {
        "title": {"text": "Customers by <b>grade</b>"},
        "height": 300,
        "xaxis": {"title": {"text": "grade"}},
    },
    "config": {"plotlyServerURL": "https://plot.ly"},
}
TABLE = (
    '<table class="data"><thead><tr><th>nick</th><th class="num">orders</th></tr></thead>'
    '<tbody><tr><td>&lt;script&gt;alert(1)&lt;/script&gt;</td><td class="num">1,204</td></tr></tbody></table>'
)


def text(source, cell_id):
    return new_markdown_cell(source, id=cell_id)


def code(cell_id, *outputs, tags=(), run=True):
    return new_code_cell(
        "secret_source()",
        id=cell_id,
        outputs=list(outputs),
        execution_count=1 if run else None,
        metadata={"tags": list(tags)},
    )


def shown(**data):
    forms = {"html": "text/html", "markdown": "text/markdown", "plain": "text/plain"}
    forms |= {
        "figure": page.PLOTLY,
        "says": report.SHOPCRM,
        "widget": "application/vnd.jupyter.widget-view+json",
    }
    return new_output("display_data", data={forms[name]: value for name, value in data.items()})


def health_notebook():
    answer = "Sales fell by 12 % & <nobody> noticed."
    return new_notebook(
        cells=[
            text("# How healthy is the shop?\n\nFrom $1,000 **up** to $5,000.", "title"),
            code("parameters", shown(html="hidden parameters"), tags=["parameters"]),
            code("injected", shown(html="hidden injected"), tags=["injected-parameters"]),
            code("setup", shown(html="hidden setup"), tags=["setup"]),
            code("answer", shown(html=f'<p class="answer">{i18n._(answer)}</p>', says={"answer": answer})),
            text("## What was sold?", "sold"),
            code("table", shown(html=TABLE, says={"figures": {"x.net_sales": 1284220.4}})),
            code("figure", shown(figure=FIGURE, plain="Figure()")),
            code("live", shown(html="live only"), shown(figure=FIGURE), tags=["live"]),
            code(
                "findings",
                shown(
                    markdown="Two *findings*.",
                    says={
                        "findings": [
                            {"severity": "note", "text": "short history"},
                            {"severity": "error", "text": f"title {HOSTILE}"},
                        ]
                    },
                ),
            ),
        ]
    )


def failed_notebook():
    error = new_output(
        "error",
        ename="ShopcrmError",
        evalue=f"\x1b[31mcosts.csv\x1b[0m: no {HOSTILE}",
        traceback=["\x1b[0msecret"],
    )
    return new_notebook(
        cells=[
            text("# What did it earn?", "title"),
            code("before", shown(html="<p>before the failure</p>")),
            text("## Costs?", "costs"),
            code("costs-cell", shown(figure=FIGURE), error),
            text("## Lift?\n\nHow to read the lift.\n\n```\n## no heading\n```", "lift"),
            code("lift-cell", run=False),
            text("## What to do", "todo"),
        ]
    )


def entry(name, title, state="ok", error=None):
    return {
        "name": name,
        "title": title,
        "question": f"{title}?",
        "state": state,
        "seconds": 73.219,
        "error": error,
        "parameters": {"shop": "demo", "top_n": 10, "campaign": "", "segment": HOSTILE},
    }


def make_run(folder: Path, lang: str = "en", shop: str = "夏艺女装") -> Path:
    """Write a run folder as the runner leaves it: one good page, one that failed, one table."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / "tables").mkdir()
    write_notebook(health_notebook(), folder / "notebooks" / "02_health.ipynb")
    write_notebook(failed_notebook(), folder / "notebooks" / "05_roi.ipynb")
    frame = pd.DataFrame({"grade": ["重要价值客户"], "customers": [4248]})
    frame.to_parquet(folder / "tables" / "rfm_grades.parquet")
    run = {
        "shop": shop,
        "as_of": "2026-06-30",
        "lang": lang,
        "currency": "CNY",
        "version": "0.1.0",
        "fingerprint": "9f86d081884c7d659a2feaa0c55ad015",
        "parameters": {"shop": "demo", "top_n": 10},
        "notebooks": [
            entry("02_health", "Shop health"),
            entry("05_roi", f"ROI {HOSTILE}", "failed", f"costs.csv: no {HOSTILE}"),
        ],
        "key_figures": {
            "segments.customers_scored": 4248,
            "segments.gini": 0.4973,
            "x.y": 1284220.4,
        },
    }
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder


def change_run(folder, **values):
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps(run | values), encoding="utf-8")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A run folder with its pages written; only to be read."""
    folder = make_run(tmp_path_factory.mktemp("run") / "en")
    report.write(folder)
    return folder


@pytest.fixture
def folder(tmp_path):
    return make_run(tmp_path / "run")


def read(folder, name):
    return (folder / name).read_text(encoding="utf-8")


class Elements(HTMLParser):
    """The elements of a page: (tag, attributes, text of a script or style)."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append([tag, dict(attrs), ""])

    def handle_data(self, data):
        if self.found and self.found[-1][0] in ("script", "style"):
            self.found[-1][2] += data

    def all(self, tag):
        return [(attrs, content) for name, attrs, content in self.found if name == tag]

    def attribute(self, name):
        return [attrs[name] for _tag, attrs, _content in self.found if name in attrs]


def plain(html):
    """The words of a page, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", re.sub(SCRIPTS, "", html)))


PAGES = ["index.html", "02_health.html", "05_roi.html", "report.html"]


def test_a_run_leaves_a_page_a_notebook_an_index_one_file_with_all_and_assets(done):
    assert all((done / name).exists() for name in PAGES)
    assert sorted(file.name for file in (done / "assets").iterdir()) == [
        "page.css",
        "page.js",
        "plotly.min.js",
        "tables.js",
    ]


def test_equal_folders_give_equal_bytes_whatever_language_was_in_use(done, folder):
    i18n.use("zh")
    try:
        report.write(folder)
        assert i18n.language() == "zh"  # and it is left as it was
    finally:
        i18n.use("en")
    names = [*PAGES, "assets/page.css", "assets/page.js", "assets/plotly.min.js", "assets/tables.js"]
    assert [name for name in names if (done / name).read_bytes() != (folder / name).read_bytes()] == []


def test_durations_are_shown_nowhere(done):
    assert not any("73.2" in read(done, name) for name in PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_nothing_outside_for_a_browser_to_load(done, name):
    elements = Elements(read(done, name))
    addresses = elements.attribute("src") + elements.attribute("href")
    assert [address for address in addresses if re.match(r"(https?:)?//", address)] == []
    styles = read(done, "assets/page.css") + "".join(content for _attrs, content in elements.all("style"))
    assert not re.search(r"@import|url\(", styles)
    policy = next(attrs["content"] for attrs, _ in elements.all("meta") if "http-equiv" in attrs)
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy


def test_the_one_file_report_needs_no_file_beside_it(done):
    elements = Elements(read(done, "report.html"))
    assert elements.attribute("src") == []
    assert [link for link in elements.attribute("href") if not link.startswith(("#", "data:,"))] == []


def test_a_table_is_linked_to_from_its_page_and_only_named_in_the_one_file_report(folder):
    link = '<p><a href="tables/rfm_grades.csv">tables/rfm_grades.csv</a>: 4 rows</p>'
    write_notebook(
        new_notebook(cells=[code("saved", shown(html=link))]), folder / "notebooks" / "02_health.ipynb"
    )
    report.write(folder)
    assert link in read(folder, "02_health.html")
    assert "<p>tables/rfm_grades.csv: 4 rows</p>" in read(folder, "report.html")


def test_the_one_file_report_has_unique_anchors_and_every_link_finds_one(done):
    elements = Elements(read(done, "report.html"))
    ids = elements.attribute("id")
    assert len(ids) == len(set(ids))
    assert {unquote(link[1:]) for link in elements.attribute("href") if link.startswith("#")} <= set(ids)
    assert {"02_health", "02_health-sold", "05_roi-lift"} <= set(ids)


def test_links_between_pages_lead_to_files(done):
    (done / "report.xlsx").touch()
    (done / "tables" / "rfm_grades.csv").touch()
    for name in PAGES[:3]:
        elements = Elements(read(done, name))
        links = [unquote(link) for link in elements.attribute("href") if link != "data:,"]
        inside = {link[1:] for link in links if link.startswith("#")}
        assert inside <= set(elements.attribute("id"))
        assert [link for link in links if not link.startswith("#") and not (done / link).exists()] == []


@pytest.mark.parametrize("name", PAGES)
def test_hostile_text_is_shown_as_text(done, name):
    html = read(done, name)
    assert HOSTILE not in html
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in html
    kinds = [
        attrs.get("type") or attrs.get("src") or "inline" for attrs, _content in Elements(html).all("script")
    ]
    words, of_figures = "application/json", ["assets/plotly.min.js", "assets/page.js"]
    of_tables = [words, "assets/tables.js"]
    own = {"index.html": of_tables, "report.html": [words] * 4 + ["inline"] * 3}  # two figures, words of both
    assert kinds == own.get(name, [words] * 2 + of_figures + of_tables)


def test_a_hostile_shop_name_is_shown_as_text(tmp_path):
    folder = make_run(tmp_path / "run", shop=HOSTILE)
    report.write(folder)
    assert not any(HOSTILE in read(folder, name) for name in PAGES)


def test_the_data_of_a_figure_arrive_unchanged_whatever_they_hold(done):
    attributes, content = Elements(read(done, "02_health.html")).all("script")[0]
    assert attributes == {"type": "application/json"}
    assert json.loads(content) == {
        "data": FIGURE["data"],
        "layout": FIGURE["layout"],
    }  # not its cloud address


@pytest.mark.parametrize("hostile", ["</script>", "<!--", "]]>", "\u2028\u2029", "&lt;", 'a"b\\'])
def test_json_in_a_script_holds_no_sign_that_means_something_to_html(hostile):
    written = page.script_json({"x": hostile})
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == {"x": hostile}


def test_a_figure_has_its_room_reserved_and_a_name(done):
    box = next(
        attrs
        for attrs, _ in Elements(read(done, "02_health.html")).all("div")
        if attrs.get("class") == "figure"
    )
    assert box["style"] == "min-height:300px"
    assert box["aria-label"] == "Customers by  grade"


def test_live_and_set_up_cells_are_left_out_and_their_figures_do_not_count(done):
    html = read(done, "02_health.html")
    assert "live only" not in html
    assert "hidden" not in plain(html)
    assert page.figures_in(html) == 1


def test_code_is_left_out(done):
    assert not any("secret_source" in read(done, name) for name in PAGES)


def test_amounts_in_dollars_are_no_formula(done):
    assert "From $1,000 <strong>up</strong> to $5,000." in read(done, "02_health.html")


def test_a_page_with_fewer_pictures_than_figures_is_a_bug(folder, monkeypatch):
    monkeypatch.setattr(page, "SHOWN", ("text/html", "text/markdown", "text/plain"))
    with pytest.raises(RuntimeError, match="02_health: the page has 0 of the notebook's 1 figures"):
        report.write(folder)


@pytest.mark.parametrize(
    "forms", [{"says": {"answer": "Yes."}}, {"widget": {"model_id": "a"}, "plain": "Slider()"}]
)
def test_an_output_that_no_page_can_show_is_a_bug(forms):
    with pytest.raises(RuntimeError, match="has no form for a page"):
        page.body(new_notebook(cells=[code("odd", shown(**forms))]), "odd")


def test_a_failed_page_shows_what_came_before_the_error_and_what_it_kept_from_being_computed(done):
    html = read(done, "05_roi.html")
    words = plain(html)
    assert "before the failure" in words
    assert page.figures_in(html) == 1  # the failed cell's own figure, drawn before it failed
    assert "ShopcrmError: costs.csv: no &lt;script&gt;" in words
    assert "\x1b" not in html
    assert "secret" not in html
    missing = "Not computed, because the page stopped above."
    assert f"Lift? {missing}" in words
    assert f"What to do {missing}" in words
    assert "How to read the lift" not in words
    assert words.count(missing) == 2


def test_an_error_in_a_hidden_cell_is_shown_without_the_rest_of_that_cell():
    error = new_output("error", ename="KeyError", evalue="'paid'", traceback=[])
    cell = code("setup", shown(html="hidden setup"), error, tags=["setup"])
    marker = new_markdown_cell(
        "An Exception was encountered", metadata={"tags": ["papermill-error-cell-tag"]}
    )
    words = plain(page.body(new_notebook(cells=[marker, cell]), "x"))
    assert "KeyError: &#x27;paid&#x27;" in words.replace("'", "&#x27;").replace("&#39;", "&#x27;")
    assert "hidden" not in words
    assert "Exception was" not in words


def test_a_notebook_whose_kernel_died_stops_at_the_first_cell_that_was_not_run():
    cells = [
        code("one", shown(html="<p>first</p>")),
        text("## Second?", "h"),
        code("two", run=False),
        text("## Third?", "t"),
    ]
    words = plain(page.body(new_notebook(cells=cells), "x", trouble="The kernel died."))
    assert (
        words.index("first")
        < words.index("Second?")
        < words.index("The kernel died.")
        < words.index("Third? Not")
    )


def test_a_failed_notebook_that_left_no_file_has_a_page_that_says_so(folder):
    (folder / "notebooks" / "05_roi.ipynb").unlink()
    report.write(folder)
    html = read(folder, "05_roi.html")
    assert "<h1>ROI &lt;script&gt;" in html
    assert "costs.csv: no &lt;script&gt;" in plain(html)


def test_a_notebook_that_is_said_to_be_fine_and_is_missing_is_a_bug(folder):
    (folder / "notebooks" / "02_health.ipynb").unlink()
    with pytest.raises(FileNotFoundError):
        report.write(folder)


def test_texts_of_a_notebook_are_shown_in_the_language_in_use(monkeypatch):
    chinese = {"## Sales?": "## 卖了多少?", "## Costs?": "## 花了多少?"}
    chinese["Not computed, because the page stopped above."] = "未计算。"
    catalogue = Marked()
    catalogue.gettext = lambda message: chinese.get(message, message)
    monkeypatch.setitem(i18n._state, "catalogue", catalogue)
    failed = code("failed", new_output("error", ename="KeyError", evalue="x", traceback=[]))
    cells = [text("## Sales?", "sales"), failed, text("## Costs?", "costs")]
    words = plain(page.body(new_notebook(cells=cells), "x"))
    assert words.startswith(" 卖了多少? This page stopped here. KeyError: x")
    assert words.endswith(" 花了多少? 未计算。 ")


def test_a_long_text_in_a_table_has_room_for_several_words_a_line():
    html = f"<table><tr><td>short</td><td>{'word ' * 16}</td><td class='num'>{'客' * 200}</td></tr></table>"
    body = page.body(new_notebook(cells=[code("t", shown(html=html))]), "x")
    assert re.findall(r"min-width:\d+em", body) == [
        "min-width:10em",
        "min-width:20em",
    ]  # 80 signs / 8; at most 20


def test_a_sign_stays_in_the_line_of_its_amount():
    html = "<p>−¥5 to +US$7, −€1, 2−3, +4%</p>"
    body = page.body(new_notebook(cells=[code("t", shown(html=html))]), "x")
    assert "−\u2060¥5 to +\u2060US$7, −\u2060€1, 2−3, +4%" in body


def test_harvest_collects_answer_figures_and_findings():
    assert report.harvest(health_notebook()) == {
        "answer": "Sales fell by 12 % & <nobody> noticed.",
        "figures": {"x.net_sales": 1284220.4},
        "findings": [
            {"severity": "note", "text": "short history"},
            {"severity": "error", "text": f"title {HOSTILE}"},
        ],
    }


def test_harvest_takes_nothing_from_live_cells_and_nothing_from_a_silent_notebook():
    live = code("live", shown(html="x", says={"answer": "Moved.", "figures": {"a.b": 1}}), tags=["live"])
    assert report.harvest(new_notebook(cells=[live])) == {"answer": None, "figures": {}, "findings": []}


def test_a_figure_with_two_values_is_a_bug():
    cells = [code(f"c{n}", shown(html="x", says={"figures": {"a.b": n}})) for n in (1, 2)]
    with pytest.raises(RuntimeError, match=r"a\.b is given two values: 1 and 2"):
        report.harvest(new_notebook(cells=cells))


def test_the_index_puts_errors_first_and_names_the_page_of_each_finding(done):
    html = read(done, "index.html")
    findings = re.findall(r'<div class="finding (\w+)">(.*?)</div>', html)
    assert [severity for severity, _rest in findings] == ["error", "note"]
    assert [plain(rest) for _severity, rest in findings] == [
        "Error title &lt;script&gt;alert(1)&lt;/script&gt; Shop health",
        "Note short history Shop health",
    ]


def test_of_findings_of_one_severity_those_with_the_most_money_at_stake_come_first(tmp_path):
    folder = make_run(tmp_path / "run")
    rows = [
        ("warning", "small", 10.0),
        ("note", "money", 1e9),
        ("warning", "none", None),
        ("warning", "large", 99.0),
    ]
    said = [
        {"severity": severity, "text": text} | ({"net_sales_at_stake": at} if at else {})
        for severity, text, at in rows
    ]
    cells = [text("# Q", "title"), code("f", shown(html="x", says={"findings": said}))]
    write_notebook(new_notebook(cells=cells), folder / "notebooks" / "02_health.ipynb")
    report.write(folder)
    words = plain(read(folder, "index.html"))
    assert sorted(("large", "small", "none", "money"), key=words.index) == ["large", "small", "none", "money"]


def test_a_page_of_several_parts_begins_with_links_to_them(tmp_path):
    folder = make_run(tmp_path / "run")
    cells = [text("# Q", "title"), *(text(f"## Part {n} & more\n\nWords.", f"p{n}") for n in range(3))]
    write_notebook(new_notebook(cells=cells), folder / "notebooks" / "02_health.ipynb")
    write_notebook(new_notebook(cells=cells[:3]), folder / "notebooks" / "05_roi.ipynb")
    report.write(folder)
    html = read(folder, "02_health.html")
    assert re.findall(r'<li><a href="(#[^"]+)">([^<]+)</a></li>', html) == [
        (f"#02_health-p{n}", f"Part {n} &amp; more") for n in range(3)
    ]
    assert "contents" not in read(folder, "05_roi.html")  # of few parts none are listed


def test_the_index_has_a_card_a_page_with_its_answer_or_its_error(done):
    good, failed = re.findall(
        r'(?s)<article class="page-card([^"]*)">(.*?)</article>', read(done, "index.html")
    )
    assert good[0] == ""
    assert (
        plain(good[1]).strip() == "Shop health Shop health? Sales fell by 12 % &amp; &lt;nobody&gt; noticed."
    )
    assert failed[0] == " failed"
    assert "costs.csv: no &lt;script&gt;" in plain(failed[1])
    assert '<span class="tag failed">failed</span>' in failed[1]
    assert "1 of 2 pages could not be computed." in plain(read(done, "index.html"))


def test_the_index_says_of_each_key_figure_what_it_is_and_names_what_it_does_not_know(done):
    words = plain(read(done, "index.html"))
    scored = "Customers with a valid order in the evaluation period."
    assert f"Customers scored4,248 What it is{scored}" in words
    gini = "0 where all customers spend alike, nearly 1 where one spends all."
    assert f"Gini coefficient of the net sales0.50{gini}" in words
    assert "x.y1,284,220.40" in words


def test_a_page_ends_with_version_fingerprint_and_its_parameters(done):
    footer = read(done, "02_health.html").partition("<footer>")[2]
    words = plain(footer)
    assert "shopcrm 0.1.0 · data fingerprint 9f86d081884c " in words
    assert "top_n10" in words
    assert "campaign–" in words  # not given


def test_a_page_stays_far_below_its_budget(done):
    assert (done / "02_health.html").stat().st_size < 20 * 1024


def test_many_findings_are_folded(folder):
    findings = [{"severity": "note", "text": f"finding {n}"} for n in range(11)]
    notebook = new_notebook(cells=[code("f", shown(html="x", says={"findings": findings}))])
    write_notebook(notebook, folder / "notebooks" / "02_health.ipynb")
    report.write(folder)
    assert "<summary>3 more findings</summary>" in read(folder, "index.html")


def test_a_run_without_findings_says_so(folder):
    write_notebook(new_notebook(cells=[]), folder / "notebooks" / "02_health.ipynb")
    report.write(folder)
    assert "Nothing was found that needs attention." in plain(read(folder, "index.html"))


def test_a_chinese_run_is_marked_as_chinese_with_chinese_dates_on_its_axes(tmp_path):
    folder = make_run(tmp_path / "zh", lang="zh")
    report.write(folder)
    html = read(folder, "02_health.html")
    assert '<html lang="zh-CN">' in html
    words = json.loads(Elements(html).all("script")[1][1])
    assert words["locale"] == "zh-CN"
    assert words["format"]["days"][0] == "星期日"
    assert words["format"]["shortMonths"][11] == "12月"


def test_every_text_of_the_templates_goes_through_the_catalogue(folder, marked):
    change_run(folder, notebooks=[entry("02_health", ""), entry("05_roi", "", "failed")])
    for notebook in ("02_health", "05_roi"):
        write_notebook(new_notebook(cells=[]), folder / "notebooks" / f"{notebook}.ipynb")
    report.write(folder)
    for name in PAGES:
        left = re.sub(r"«.*?»", "", re.sub(r"<[^>]+>", " ", re.sub(SCRIPTS, "", read(folder, name))))
        assert set(re.findall(r"[A-Za-z]{3,}", left)) - NOT_TRANSLATED == set()


NOT_TRANSLATED = {
    *("top", "segment", "campaign", "shop", "demo", "script", "alert", "CNY"),
    *("health", "net", "sales", "repeat", "share", "report", "html", "xlsx", "tables", "csv", "parquet"),
    *("rfm", "grades", "customers", "scored", "segments"),
}


class Marked:
    """A catalogue whose every translation stands in «»."""

    def gettext(self, message):
        return f"«{message}»"

    def ngettext(self, one, many, n):
        return f"«{many}»"


@pytest.fixture
def marked(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(i18n, "_catalogue", lambda lang: Marked())
        yield
    i18n.use("en")


@pytest.fixture(scope="module")
def chromium():
    with browsing() as browser:
        yield browser


@needs_browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("name", "figures"), [("index.html", 0), ("02_health.html", 1), ("report.html", 2)])
def test_a_page_opened_by_double_click_is_complete_and_asks_nobody(
    done, chromium, name, figures, dark, width
):
    with opened(chromium, done / name, dark, width) as (_page, seen):
        assert seen.errors == []
        assert seen.outside == []
        assert (seen.figures, seen.drawn) == (figures, figures)
        assert seen.page_width == width  # nothing makes the page scroll sideways


@needs_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_figures_wear_the_colours_of_the_page(done, chromium, dark):
    with opened(chromium, done / "02_health.html", dark) as (window, _seen):
        colours = window.evaluate(
            """() => [getComputedStyle(document.body).color,
                      getComputedStyle(document.querySelector('.xtick text')).fill,
                      getComputedStyle(document.body).backgroundColor]"""
        )
    ink, tick, ground = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
    assert tick == ink
    assert (ink > ground) is dark


@needs_browser
def test_figures_offer_no_logo_and_no_cloud(done, chromium):
    with opened(chromium, done / "02_health.html") as (window, _seen):
        buttons = window.evaluate("[...document.querySelectorAll('.modebar-btn')].map(b => b.dataset.title)")
    assert buttons == ["Download plot as a PNG", "Zoom", "Pan", "Reset axes"]


@needs_browser
def test_figures_fit_the_paper_and_are_light_on_it(done, chromium):
    colour = "getComputedStyle(document.querySelector('.xtick text')).fill"
    look = f"[document.querySelector('.main-svg').width.baseVal.value, {colour}]"
    with opened(chromium, done / "02_health.html", dark=True) as (window, _seen):
        on_screen = window.evaluate(look)
        window.evaluate(f"addEventListener('beforeprint', () => {{ window.printed = {look} }})")
        window.pdf(format="A4")
        assert window.evaluate("window.printed") == [680, "rgb(31, 36, 40)"]
        assert window.evaluate(look) == on_screen == [1088, "rgb(228, 231, 232)"]


@needs_browser
def test_a_text_that_slipped_through_unescaped_would_still_not_run_or_load(done, chromium, tmp_path):
    slipped = (
        '<script>document.title = 1</script><img src="https://shop.invalid/x" onerror="document.title = 1">'
    )
    broken = read(done, "report.html").replace("<main>", f"<main>{slipped}")
    (tmp_path / "report.html").write_text(broken, encoding="utf-8")
    with opened(chromium, tmp_path / "report.html") as (window, seen):
        assert window.title() == "夏艺女装 · 2026-06-30"
        assert len(seen.errors) == 3  # the script, the picture, and what was to run without it
        assert all("Content Security Policy" in error for error in seen.errors)
        assert seen.drawn == 2


def test_what_is_missing_is_said_once_below_a_heading():
    missing = '<p class="not-computed">not computed: needs {0}</p>'
    cells = [
        text("# Missing\n\nLead.", "title"),
        text("## One", "one"),
        code("first", shown(html=missing.format("orders.status"))),
        code("other", shown(html=missing.format("traffic.visitors"))),
        code("again", shown(html=missing.format("orders.status"))),
        code("table", shown(html=TABLE)),
        text("## Two", "two"),
        code("anew", shown(html=missing.format("orders.status"))),
        code("last", shown(html=TABLE)),
    ]
    shown_cells = [cell.id for cell in page._visible(new_notebook(cells=cells), None).cells]
    assert shown_cells == ["title", "one", "first", "other", "table", "two", "anew", "last"]


def test_questions_without_any_answer_are_gathered_at_the_end_of_a_page():
    missing = '<p class="not-computed">not computed: needs {0}</p>'
    status, sends = missing.format("orders.status"), missing.format("sends.arm")
    cells = [
        text("# Missing\n\nLead.", "title"),
        code("said", shown(html="<p>Answer.</p>")),
        text("## Who?\n\nWhy one asks.", "who"),
        text("### In detail", "detail"),
        code("none", shown(html=status)),
        text("## When?", "when"),
        code("half", shown(html=status)),
        code("table", shown(html=TABLE)),
        text("## Where?", "where"),
        code("both", shown(html=status)),
        code("other", shown(html=sends)),
        text("## What to do", "do"),
        text("## Why?", "why"),
        code("alike", shown(html=status)),
    ]
    found = page._visible(new_notebook(cells=cells), None).cells
    assert [cell.id for cell in found] == [*("title", "said", "when", "half", "table", "do", "not-answered")]
    assert found[-1].source.split("\n\n") == [
        "## What this page could not answer",
        "What each page needs stands on the first page.",
        *(status, "- Who?\n- Why?"),
        *(status, sends, "- Where?"),
    ]


def test_a_page_that_answers_everything_has_no_footnotes():
    cells = [text("## Who?", "who"), code("table", shown(html=TABLE)), text("## What to do", "do")]
    assert [cell.id for cell in page._visible(new_notebook(cells=cells), None).cells] == [
        "who",
        "table",
        "do",
    ]


def test_days_of_a_text_stay_whole_and_the_text_stays_text():
    said = report._whole_days("from 2024-05-01 <b> to 2024-06, of 2024")
    assert said == (
        'from <span class="whole">2024-05-01</span> &lt;b&gt; to <span class="whole">2024-06</span>, of 2024'
    )
