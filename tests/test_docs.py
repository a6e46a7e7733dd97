"""The documents are a contract: what the workbook has is in them, and what they name is there."""

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import ibis
import nbformat
import pyarrow.parquet as pq
import pytest
from build import write_shop

from shopcrm_nb import campaign, catalogue, check, cli, definitions, model, notebooks, preset, rules
from shopcrm_nb.canonical import STATUSES, TABLES

ROOT = Path(__file__).parents[1]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(document: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of its kind."""
    level = heading.split(" ")[0]
    return document.split(f"\n{heading}\n")[1].split(f"\n{level} ")[0]


def named(part: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", part))


@pytest.mark.parametrize("table", TABLES)
def test_every_canonical_table_and_column_is_documented_with_what_it_needs(table):
    row = next(line for line in text("docs/formats.md").splitlines() if line.startswith(f"| `{table}` |"))
    assert named(row) == {table, *TABLES[table]}
    assert set(re.findall(r"★`([a-z_]+)`", row)) == {c.name for c in TABLES[table].values() if c.required}


def test_the_examples_of_campaigns_messages_and_coupons_are_read_as_the_page_says(tmp_path):
    part = section(text("docs/formats.md"), "## Campaigns, messages, coupons")
    tables = re.findall(r"`(\w+\.csv)`, a row [^\n]*:\n\n```csv\n(.*?)```", part, re.DOTALL)
    settings, own = re.findall(r"```toml\n(.*?)```", part, re.DOTALL)
    write_shop(tmp_path, settings, orders="order_id customer_id paid_at paid\nW1001 K001 2026-06-30 9")
    for name, rows in tables:
        (tmp_path / name).write_text(rows, encoding="utf-8")
    shop = model.open_shop(tmp_path)
    found = campaign.every(shop).set_index("campaign_id")
    assert found.kind.tolist() == ["holdout", "coupons", "open"]
    assert found.loc["MAIL-03", ["customers", "holdout", "cost"]].tolist() == [2, 1, 0.04]
    assert found.loc["VIP-05", ["send_cost", "coupon_cost", "cost"]].tolist() == [8, 5, 13]
    assert found.loc["SALE-06", ["products", "discount"]].tolist() == [("P-01", "P-02", "P-03"), 0.15]
    assert found.loc["SALE-06", ["cost", "goal_metric", "goal_value"]].tolist() == [900, "net_sales", 9000]
    assert shop.settings.rules.value.margin == 0.45
    assert set(check.findings(shop).table) == {"orders"}
    mapped = tmp_path / "shop.toml"
    mapped.write_text(mapped.read_text(encoding="utf-8") + own, encoding="utf-8")
    sends = (tmp_path / "sends.csv").read_text(encoding="utf-8").replace(",arm,", ",Group,")
    (tmp_path / "sends.csv").write_text(sends.replace(",holdout,", ",0,"), encoding="utf-8")
    assert campaign.every(model.open_shop(tmp_path)).holdout.tolist() == [1, 0, 0]


@pytest.mark.parametrize(("table", "column"), [("campaigns", "goal_metric"), ("sends", "arm")])
def test_the_words_of_campaigns_that_are_documented_are_those_that_are_read(table, column):
    part = section(text("docs/formats.md"), "## Campaigns, messages, coupons").split(f"| {column} |")[1]
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", part.split("\n\n")[0], re.MULTILINE)
    known = preset.words(table)[column]
    assert [code for code, _words in rows] == list(dict.fromkeys(known.values()))
    for code, words in rows:
        for word in words.partition(" (")[0].split(", "):
            assert known[preset.normal_word(word)] == code, word


def test_the_docs_name_each_cost_line_of_a_campaign():
    part = section(text("docs/formats.md"), "## Campaigns, messages, coupons").split("**Cost.**")[1]
    assert set(campaign.COSTS) <= named(part.split("\n\n")[0])


def test_every_preset_and_status_is_documented():
    formats = text("docs/formats.md")
    assert set(preset.names()) <= named(section(formats, "## Known exports"))
    assert set(STATUSES) <= named(section(formats, "## Status words"))


def test_every_column_of_the_saved_tables_is_documented(demo_reports):
    outputs = text("docs/outputs.md")
    saved = sorted((demo_reports("en") / "tables").glob("*.parquet"))
    headings = re.findall(r"^### (\w+)$", section(outputs, "## Tables"), re.MULTILINE)
    assert {path.stem for path in saved} == set(headings) - {"customer_value"}  # it needs a margin
    for path in saved:
        rows = [line for line in section(outputs, f"### {path.stem}").splitlines() if line.startswith("| `")]
        named = [name for row in rows for name in re.findall(r"`([a-z0-9_]+)`", row.split("|")[1])]
        assert named == pq.read_schema(path).names, path.stem


def test_every_saved_table_and_column_has_a_definition_in_the_workbook():
    outputs = text("docs/outputs.md").split("\n## Tables\n")[1]
    for part in outputs.split("\n### ")[1:]:
        table, *rows = [line for line in part.splitlines() if not line.startswith("| column")]
        columns = [
            n
            for row in rows
            if row.startswith("| `")
            for n in re.findall(r"`([a-z0-9_]+)`", row.split("|")[1])
        ]
        assert {table, *(f"{table}.{column}" for column in columns)} <= set(definitions.every())


def test_every_command_and_notebook_is_in_the_readme():
    readme = text("README.md")
    for command in cli.app.registered_commands:
        name = command.name or command.callback.__name__
        assert f"`shopcrm {name}" in readme
    for notebook in notebooks.every():
        assert f"| `{notebook.name}` | {notebook.question} |" in readme


def test_every_make_target_that_a_document_names_is_there():
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), flags=re.MULTILINE))
    for document in ("README.md", "CHANGELOG.md", "docs/architecture.md"):
        assert set(re.findall(r"\bmake ([a-z]+)\b", text(document))) - {"the", "pages"} <= targets, document


def test_every_module_is_in_the_architecture():
    page = text("docs/architecture.md")
    modules = {path.stem for path in (ROOT / "shopcrm_nb").glob("*.py")} - {
        "__init__",
        "errors",
        "i18n",
        "absent",
    }
    assert {module for module in modules if f"`{module}`" not in page} == set()


def test_every_link_between_documents_leads_somewhere():
    for document in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        for link in re.findall(r"\]\((?!https?://)([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / link).exists(), f"{document.name}: {link}"


def test_the_rules_file_quotes_the_source_beside_its_numbers():
    said = rules.RULES_FILE.read_text(encoding="utf-8")
    for quote in (
        "評價期間為1年",
        "RFM分值=1R+3F+4M",
        "40~36P(Platinum)35~26G(Gold)25~17S(Silver)16~1B(Bronze)",
    ):
        assert quote in said


@pytest.mark.parametrize("notebook", notebooks.every(), ids=lambda notebook: notebook.name)
def test_a_notebook_is_thin_and_each_of_its_parameters_has_help(notebook):
    cells = nbformat.read(notebook.path, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    for cell in code:
        assert len(ast.parse(cell.source).body) <= (10 if cell.id == "parameters" else 5), cell.id
        lines = cell.source.splitlines()
        assert not any(re.match(r"\s*(def|class|for|while|if|print\()\b", line) for line in lines), cell.id
    parameters = next(cell for cell in code if "parameters" in cell.metadata.get("tags", []))
    assert all("  # " in line for line in parameters.source.splitlines())
    assert cells[0].source.startswith("# ")
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", cell.id) for cell in cells)


def test_the_examples_are_settings_that_can_be_read():
    from shopcrm_nb.settings import read_shop

    names = {
        folder.name: read_shop(folder).name
        for folder in (ROOT / "docs" / "examples").iterdir()
        if folder.is_dir()
    }
    assert names == {
        "complete-journey": "Complete Journey",
        "online-retail-ii": "Online Retail II",
        "randomised-email": "A randomised e-mail test",
    }


def test_no_document_names_a_registry_or_a_path_of_a_machine():
    for path in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        ROOT / "requirements.lock",
        ROOT / "pyproject.toml",
    ]:
        said = path.read_text(encoding="utf-8")
        assert not re.search(
            r"pypi\.org|pythonhosted|--(extra-)?index-url|(^|\s)/(home|root|Users)/", said
        ), path.name


def test_the_truth_of_the_demo_is_beside_it():
    assert (
        json.loads((ROOT / "data" / "demo" / "truth.json").read_text(encoding="utf-8"))["as_of"]
        == "2026-06-30"
    )
    assert ibis.options.interactive is False  # nothing changes a reader's options on import


def test_every_feature_is_documented_with_what_it_needs():
    rows = [line for line in text("docs/features.md").splitlines() if line.startswith("| `")]
    documented = {line.split("`")[1]: set(re.findall(r"`([a-z_]+\.[a-z_]+)`", line)) for line in rows}
    needed = {
        name: {column for need in feature.needs for column in need.split("/")}
        for name, feature in catalogue.FEATURES.items()
    }
    assert documented == needed


def commands_and_what_they_say(part: str) -> list[tuple[str, str]]:
    """Return the blocks of a section in order: (kind, text)."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)


def says(pattern: str, said: str) -> bool:
    """Tell whether a console said what a document shows, where … stands for anything."""
    return re.fullmatch(r"(.|\n)*?".join(map(re.escape, pattern.split("…"))), said) is not None


def follow(part: str, folder: Path, instead: dict[str, str]) -> list[str]:
    """Do what a section of README says in a folder: run its commands, take the # off the lines it shows.

    What the console says must be what stands below the command; ``instead`` shortens commands.
    """
    said, done = "", []
    for kind, block in commands_and_what_they_say(part):
        if kind == "csv":
            (folder / "exports").mkdir(exist_ok=True)
            (folder / "exports" / "till.csv").write_text(block, encoding="utf-8")
        elif kind == "toml":
            file = max(folder.glob("data/*/shop.toml"), key=lambda path: path.stat().st_mtime)
            written = file.read_text(encoding="utf-8")
            for line in block.splitlines():
                assert line in written
            file.write_text(written.replace("# paid", "paid"), encoding="utf-8")
        elif kind == "text":
            assert says(block, said), said
        else:
            for command in block.splitlines():
                said = shell(instead.get(command, command), folder)
                done.append(command)
    return done


def shell(command: str, folder: Path) -> str:
    word, *rest = shlex.split(command)
    if word != "shopcrm":
        subprocess.run(["/bin/sh", "-c", command], cwd=folder, check=True)
        return ""
    program = "import sys; from shopcrm_nb.cli import main; sys.argv[0] = 'shopcrm'; main()"
    call = [sys.executable, "-c", program, *rest]
    ended = subprocess.run(call, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    assert ended.returncode == (1 if "take off the #" in ended.stdout else 0), ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture
def workbook_copy(tmp_path):
    """A folder that is a workbook: the notebooks, and the demo shop's exports."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copytree(ROOT / "data" / "demo" / "raw", tmp_path / "data" / "demo" / "raw")
    return tmp_path


def test_the_taobao_example_of_the_readme_does_what_it_says(workbook_copy):
    part = section(text("README.md"), "### A Taobao export, step by step")
    done = follow(part, workbook_copy, {"shopcrm run myshop --lang zh": "shopcrm run myshop 01 --lang zh"})
    assert done[-1] == "shopcrm run myshop --lang zh"
    assert (workbook_copy / "reports" / "myshop" / "2026-06-30" / "index.html").exists()


def test_the_csv_example_of_the_readme_does_what_it_says_and_its_customers_are_found_by_their_addresses(
    workbook_copy, monkeypatch
):
    part = section(text("README.md"), "### Any other csv, step by step").split("\n[docs/")[0]
    done = follow(part, workbook_copy, {"shopcrm run till": "shopcrm run till 04"})
    assert done == ["shopcrm init till exports/till.csv", "shopcrm check till", "shopcrm run till"]
    report = workbook_copy / "reports" / "till" / "2026-06-11"
    assert (report / "index.html").exists()
    lines = section(text("docs/outputs.md"), "### rfm_customers")
    monkeypatch.chdir(report)
    names: dict = {}
    exec(re.search(r"```python\n(.*?)```", lines, re.DOTALL)[1], names)
    found = names["found"]
    assert found.email.tolist() == ["Ann@mail.example ", "ben@mail.example"]
    assert re.search(r"of `ann@mail.example` is `(\w+)`", lines)[1] == found.customer_id[0]
    assert found.grade.notna().all()


def test_the_first_steps_of_the_readme_are_those_of_its_example():
    steps, example = (
        section(text("README.md"), heading)
        for heading in ("## Your own shop", "### A Taobao export, step by step")
    )
    first = re.findall(r"^ +(shopcrm .*)$", steps.split("###")[0], re.MULTILINE)
    assert len(first) == 3
    assert all(f"\n{command}\n" in example for command in first)


def test_customers_exports_are_kept_out_of_the_repository():
    assert "/exports/" in text(".gitignore").splitlines()
