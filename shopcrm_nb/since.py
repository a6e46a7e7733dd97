"""Since: what changed beside the report of an earlier day of the same shop, as far as it is still there."""

import json
from pathlib import Path

import ibis

from shopcrm_nb import i18n
from shopcrm_nb.i18n import _, ngettext

SAME = ("shop", "currency", "rules")  # figures of other rules cannot be set beside each other
GRADED = "tables/rfm_customers.parquet"
NONE = "none"
FEW = 100  # of a smaller count a change in percent says little
POINTS = {"share": 100, "percent": 1}  # unit → percentage points in one of it
BEST_FIRST = ("P", "G", "S", "B", NONE)


def compare(folder: Path, target: Path, facts: dict) -> dict | None:
    """Return what the newest report of an earlier day beside ``target`` tells, for the run in ``folder``.

    as_of and figures (name → number) of that report, and grades: for each pair of grades then and now (none:
    not graded) the customers who have it. None where there is no such report of the same shop and rules.
    """
    earlier = _earlier(target, facts)
    if earlier is None:
        return None
    run = _read(earlier)
    there = [each / GRADED for each in (earlier, folder)]
    moves = _moves(*there) if all(file.exists() for file in there) else []
    return {"as_of": run["as_of"], "figures": run["key_figures"], "grades": moves}


def _earlier(target: Path, facts: dict) -> Path | None:
    beside = [file.parent for file in target.parent.glob("[!.]*/run.json")]
    known = {folder: _read(folder) for folder in beside if folder != target}
    days = {
        folder: run["as_of"]
        for folder, run in known.items()
        if run.get("as_of", "") < facts["as_of"] and all(run.get(key) == facts[key] for key in SAME)
    }
    return max(days, key=lambda folder: (days[folder], folder.name), default=None)


def _read(folder: Path) -> dict:
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def _moves(before: Path, now: Path) -> list[list]:
    con = ibis.duckdb.connect()
    then, since = (con.read_parquet(file).select("customer_id", "grade") for file in (before, now))
    both = then.outer_join(since, "customer_id", rname="{name}_now")
    both = both.group_by(was=both.grade.fill_null(NONE), is_=both.grade_now.fill_null(NONE))
    rows = both.aggregate(n=ibis._.count()).order_by("was", "is_").to_pyarrow().to_pylist()
    con.disconnect()
    return [[row["was"], row["is_"], row["n"]] for row in rows]


def sentence(found: dict) -> str:
    """Say how many customers rose, fell, came into a grade and fell out of all since the earlier day."""
    places = {grade: place for place, grade in enumerate(BEST_FIRST)}
    counts = {"rose": 0, "fell": 0, "came": 0, "left": 0}
    for was, now, n in found["grades"]:
        if was != now:
            kind = "came" if was == NONE else "left" if now == NONE else ""
            counts[kind or ("rose" if places[now] < places[was] else "fell")] += n
    if not sum(counts.values()):
        return ""
    said = ngettext(
        "{rose} customer rose to a better grade; {fell} fell to a lesser one; {came} came into a grade, and "
        "{left} have none any more.",
        "{rose} customers rose to a better grade; {fell} fell to a lesser one; {came} came into a grade, and "
        "{left} have none any more.",
        counts["rose"],
    )
    return said.format(**{name: i18n.count(n) for name, n in counts.items()})


def change(unit: str, now: float | None, before: float | None) -> str:
    """Write how a figure moved: shares in points, small counts in ones, others in percent; "" if not.

    Nothing is said of an index, nor of what was or is below zero: a percentage of it would mislead.
    """
    if now is None or before is None or now == before:
        return ""
    if unit in POINTS:
        return _("{points} points").format(points=i18n.signed_decimal(POINTS[unit] * (now - before)))
    if unit == "count" and max(now, before) < FEW:
        return i18n.signed_decimal(now - before, 0)
    return (
        ""
        if unit == "number" or min(now, before) < 0 or not before
        else i18n.signed_percent(now / before - 1)
    )
