"""Layers: what a module may import, so that data flow one way and the joining is done in the notebooks."""

import ast
import json

import pytest
from build import WORKBOOK

PACKAGE = WORKBOOK / "shopcrm_nb"
LADDER = {
    "errors": {"errors"},
    "strict": {"strict"},
    "sections": {"segment_rules", "health_rules", "portrait_rules", "campaign_rules", "catalogue"},
    "numbers": {"rules", "partition", "resample", "period", "shapley", "interval", "evidence", "alike"}
    | {"shrinkage", "difference", "typed", "marks", "zone"},
    "words": {"canonical", "ledger", "cache", "i18n", "engine", "expression", "clean", "clustered", "power"},
    "conditions": {"condition"},
    "settings": {
        "settings",
        "absent",
        "footnotes",
        "glossary",
        "health_words",
        "service_words",
        "health_labels",
        "health_definitions",
        "portrait_words",
        "scene_words",
        "portrait_labels",
        "portrait_definitions",
        "people_definitions",
        *("campaign_labels", "campaign_words", "campaign_definitions"),
    },
    "cuts": {"delimited", "scale", "trait_words", "people_figures", "campaign_figures"},
    "defined": {"definitions", "key_figures"},
    "files": {"source", "shares", "rule_text", "labels", "readable", "lettering"},
    "exports": {"preset"},
    "headers": {"header"},
    "entries": {"entry"},
    "codes": {"codes"},
    "columns": {"mapping", "orders"},
    "cells": {"cells"},
    "amounts": {"amounts"},
    "rows": {"rows"},
    "load": {"load"},
    "model": {"model"},
    "filled": {"filled", "balance"},
    "history": {
        *("bands", "history", "placed", "windows", "shipping", "reviews", "behaviour"),
        *("campaign", "effect", "sms", "sample_size"),
    },
    "persons": {"profile", "baskets", "attribution", "assigned", "plan", "returns", "discount"},
    "scores": {
        *("segment", "findings", "indicator", "features", "tier"),
        *("campaign_roi", "horizon", "won", "coupon_cost", "matched", "before_after"),
        *("campaign_traffic", "campaign_products", "campaign_funnel", "responders", "uplift"),
        *("campaign_variants", "suppression", "planning"),
    },
    "analysis": {
        *("calibration", "cluster", "classic", "concentration", "earlier", "non_ordering"),
        *("tag", "relationship", "funnel", "contribution", "fusion", "archive", "campaign_traffic_telling"),
        *("matched_telling", "before_after_telling"),
        *("arms", "amounts_telling"),
    },
    "health": {
        *("closed", "recoverable", "repurchase", "second_order", "cohort", "spend", "process"),
        *("slow", "receipt", "voice", "ratings", "refunds", "reach", "group"),
        *("relationship_months", "loyalty", "shared_customers", "traits", "archive_telling"),
    },
    "months": {
        "funnel_groups",
        *(
            "portrait",
            "rhythm",
            "monthly",
            "retention",
            "promotions",
            "traffic",
            "drivers",
            "reconcile",
            "benchmark",
        ),
        *("order_scene", "customer_scene"),
    },
    "use": {
        *("action", "migration", "what_if", "health", "verdicts", "advice", "rating_factors", "telling"),
        *("lift", "occasion", "person", "scene", "audience", "campaign_findings", "drivers_telling"),
    },
    "foresight": {
        "forward",
        "agreement",
        "first_order",
        "facts",
        "portrait_readable",
        "worklist",
        "service",
        "campaign_readable",
    },
    "choice": {"choice", "participants"},
    "contradictions": {"contradictions"},
    "check": {"check"},
    "showing": {"chart", "table", "page", "spreadsheet", "since"},
    "headlines": {"headline"},
    "streams": {"streams"},
    "pictures": {
        *("chart_health", "chart_segments", "chart_methods"),
        *("chart_process", "chart_repurchase", "designer"),
        *("chart_portrait", "chart_groups", "card", "chart_relationship", "chart_intervals"),
        *("chart_campaign", "chart_funnel", "planner"),
    },
    "maps": {"chart_map"},
    "pages": {"workbook", "report", "draft"},
    "notebooks": {"notebooks"},
    "parameters": {"parameters", "execution", "start"},
    "run": {"run"},
    "command": {"cli"},
}
LEVEL = {module: level for level, modules in enumerate(LADDER.values()) for module in modules}
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")


def imported(path):
    """The package's own modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            names = [f"{base}.{alias.name}" for alias in node.names] if base == "shopcrm_nb" else [base]
        else:
            continue
        for name in names:
            assert not name.startswith("."), f"{path.name}: write imports in full"
            if name.startswith("shopcrm_nb."):
                yield name.split(".")[1]


def own(path):
    return sorted(set(imported(path)) - {"__version__"})


def test_every_module_has_its_place_on_the_ladder_and_every_place_a_module():
    assert sorted(LEVEL) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_layers_below_its_own(module):
    wrong = [name for name in own(PACKAGE / f"{module}.py") if LEVEL.get(name, -1) >= LEVEL[module]]
    assert wrong == []


def test_the_simulator_knows_nothing_of_the_workbook_and_only_the_command_knows_it():
    for path in (PACKAGE / "demo").glob("*.py"):
        assert set(own(path)) <= {"demo"}, path.name
    assert [name for name in MODULES if "demo" in own(PACKAGE / f"{name}.py")] == ["cli"]


def test_notebooks_import_modules_by_their_names_and_define_nothing():
    for path in (WORKBOOK / "notebooks").glob("*.ipynb"):
        for cell in json_cells(path):
            for node in ast.walk(ast.parse(cell)):
                assert not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.For | ast.While | ast.If)
                if isinstance(node, ast.ImportFrom):
                    assert node.module == "shopcrm_nb"
                    assert {alias.name for alias in node.names} <= set(MODULES)


def json_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
