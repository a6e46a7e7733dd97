"""Small shops written as tables that one can check in the head, and notebooks' cells run one by one."""

import ast
import io
import json
from datetime import date
from pathlib import Path

import ibis
import pandas as pd

from shopcrm_nb import i18n, model, segment
from shopcrm_nb.rules import RULES_FILE, Rules
from shopcrm_nb.settings import merge, read_toml

WORKBOOK = Path(__file__).resolve().parents[1]
HEAD = 'name = "Test shop"\ncurrency = "CNY"\ntimezone = "Asia/Shanghai"\n'


def frame_of(text):
    """A table of words in columns; - is an empty cell."""
    return pd.read_csv(
        io.StringIO(text.strip()), sep=r"\s+", dtype=str, na_values=["-"], keep_default_na=False
    )


def write_shop(folder, settings="", **tables):
    """Write a shop.toml and a csv with canonical headers for each table; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [HEAD]
    for name, text in tables.items():
        frame = frame_of(text) if isinstance(text, str) else text
        frame.to_csv(folder / f"{name}.csv", index=False)
        basis = 'paid_basis = "gross"\n' if name == "orders" else ""
        lines.append(f'[tables.{name}]\nfiles = ["{name}.csv"]\npreset = "template"\n{basis}')
    (folder / "shop.toml").write_text("\n".join([*lines, settings]), encoding="utf-8")
    return folder


def shop_of(folder, orders, *, as_of="", settings="", **tables):
    return model.open_shop(write_shop(folder, settings, orders=orders, **tables), as_of)


def sheet(name):
    """A sheet of the demo's exports, every cell as text."""
    raw = WORKBOOK / "data" / "demo" / "raw" / name
    return pd.read_excel(raw, engine="calamine", dtype=str, keep_default_na=False).fillna("")


def plain(name, encoding="utf-8-sig"):
    """A csv of the demo's exports, every cell as text."""
    raw = WORKBOOK / "data" / "demo" / "raw" / name
    return pd.read_csv(raw, dtype=str, keep_default_na=False, encoding=encoding)


def rules_of(**sections):
    """The rules of the source texts with some sections' keys changed: rules_of(rfm={"frequency": [2, 1]})."""
    return Rules(**merge(read_toml(RULES_FILE), sections))


def orders_of(rows):
    """Valid orders as a table in memory, from (customer, day, net)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "paid_on", "net"])
    days = [day if isinstance(day, date) else date.fromisoformat(day) for day in frame.paid_on]
    frame = frame.assign(paid_on=pd.Series(days, dtype="object"), net=frame.net.astype(float))
    schema = {"customer_id": "string", "paid_on": "date", "net": "float64"}
    return ibis.memtable(frame, schema=ibis.schema(schema))


def scores_of(rows, as_of="2024-06-30", **sections):
    """The score table of orders (customer, day, net), a row a customer, by customer."""
    scored = segment.score(orders_of(rows), date.fromisoformat(as_of), rules_of(**sections))
    return scored.to_pandas().set_index("customer_id").sort_index()


def run_cells(notebook, folder, out, **given):
    """Run a notebook's code cells on a shop in one namespace; return the value of each by the cell's id.

    ``given`` are further parameters.
    """
    cells = json.loads((WORKBOOK / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    names, values = {}, {}
    for cell in cells:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, cell["id"], "exec"), names)
            if last:
                values[cell["id"]] = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names)
        if cell["id"] == "parameters":
            names.update({"shop": str(folder), "out": str(out), "lang": "en"} | given)
    i18n.use("en")
    return values


def shown(value):
    """What a reader sees of a cell's value, as text or html."""
    if value is None:
        return ""
    if hasattr(value, "_repr_mimebundle_") and not hasattr(value, "to_plotly_json"):
        bundle = value._repr_mimebundle_()
        return bundle.get("text/html", bundle["text/plain"])  # a widget has text only
    return value._repr_html_() if hasattr(value, "frame") else value.to_json()
