"""Migration: where the customers of each grade came from, against the grades of an earlier day (SG-08)."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd

from shopcrm_nb import glossary, i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.earlier import FLOWS, Comparison, Moved
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.segment import GRADES

STATES = (*GRADES, "asleep", "none", "no_buyer")
CHANGED = ("upgrade", "downgrade", "new", "returned", "lapsed")  # entered or left a grade
FELL = ("downgrade", "lapsed")
SALES = ["net_sales_then", "net_sales_now"]


@needs()
def moves(moved: Moved) -> pd.DataFrame:
    """Return a row for each pair of states that occurs, for each comparison.

    Columns compared_with (the earlier day), state_then, state_now, flow, customers, net_sales_then,
    net_sales_now. The orders without a buyer of either period are a row of their own (flow no_buyer,
    customers null), so that the amounts of a comparison add up to the net sales of the two periods.
    """
    return pd.concat([_pairs(each) for each in moved.comparisons], ignore_index=True)


def _pairs(comparison: Comparison) -> pd.DataFrame:
    rows = comparison.customers
    sums = {name: rows[name].sum().round(4) for name in SALES}
    pairs = rows.group_by("state_then", "state_now", "flow").aggregate(
        customers=rows.customer_id.count(), **sums
    )
    frame = pairs.to_pandas().sort_values(["state_then", "state_now"], key=lambda s: s.map(STATES.index))
    nobody = frame.flow == "no_buyer"
    frame["customers"] = frame.customers.astype("Int64").mask(nobody)
    frame.insert(0, "compared_with", comparison.day.isoformat())
    return frame[~nobody | (frame[SALES].sum(axis=1) > 0)]


def _by_day(moves: pd.DataFrame, of_one: Callable) -> pd.DataFrame:
    frames = []
    for day, part in moves.groupby("compared_with"):
        frames.append(of_one(part))
        frames[-1].insert(0, "compared_with", day)
    return pd.concat(frames, ignore_index=True)


@needs()
def flows(moves: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each kind of move, all of them always; for orders without a buyer where there are any.

    Columns compared_with, flow, customers, customer_share (of all customers), net_sales_then, net_sales_now,
    net_sales_change (now minus then).
    """
    return _by_day(moves, _of_flows)


def _of_flows(part: pd.DataFrame) -> pd.DataFrame:
    shown = [flow for flow in FLOWS if flow != "no_buyer" or flow in set(part.flow)]
    sums = part.groupby("flow")[["customers", *SALES]].sum().reindex(shown, fill_value=0).round(4)
    sums["customers"] = sums.customers.astype("Int64").mask(sums.index == "no_buyer")
    sums.insert(1, "customer_share", (sums.customers / sums.customers.sum()).astype("float64"))
    sums["net_sales_change"] = (sums.net_sales_now - sums.net_sales_then).round(4)
    return sums.reset_index()


@needs()
def matrix(moves: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each state then and each now, also those that do not occur, for each comparison.

    Columns compared_with, state_then, state_now, customers, share (of the customers of state_then; null where
    there is nobody). Orders without a buyer are left out.
    """
    return _by_day(moves, _of_states)


def _of_states(part: pd.DataFrame) -> pd.DataFrame:
    every = pd.MultiIndex.from_product([STATES[:-1], STATES[:-2]], names=["state_then", "state_now"])
    frame = part.set_index(every.names)[["customers"]].reindex(every).fillna(0).astype("int64")
    whole = frame.customers.groupby("state_then").transform("sum")
    return frame.assign(share=frame.customers / whole.where(whole > 0)).reset_index()


@needs()
def grade_changes(moves: pd.DataFrame) -> pd.DataFrame:
    """Return a row a grade for each comparison: entered - left = customers_now - customers_then.

    Columns compared_with, grade, customers_then, entered, left, customers_now, net_sales_then (of those who
    had the grade then, in the period that ended then), net_sales_now (of those who have it now).
    """
    return _by_day(moves, lambda part: pd.DataFrame([_of_grade(part, grade) for grade in GRADES]))


def _of_grade(part: pd.DataFrame, grade: str) -> dict:
    was, now = part[part.state_then == grade], part[part.state_now == grade]
    return {
        "grade": grade,
        "customers_then": int(was.customers.sum()),
        "entered": int(now[now.state_then != grade].customers.sum()),
        "left": int(was[was.state_now != grade].customers.sum()),
        "customers_now": int(now.customers.sum()),
        "net_sales_then": round(float(was.net_sales_then.sum()), 4),
        "net_sales_now": round(float(now.net_sales_now.sum()), 4),
    }


@needs()
def movers(moved: Moved) -> ir.Table:
    """Return who entered or left a grade, for each comparison those who lost the most net sales first.

    Columns compared_with, customer_id, state_then, state_now, flow, net_sales_then, net_sales_now.
    """
    every = ibis.union(*map(_with_day, moved.comparisons))
    changed = every.filter(every.flow.isin(CHANGED))
    return changed.order_by("compared_with", _change(changed), "customer_id")


def _with_day(comparison: Comparison) -> ir.Table:
    day = ibis.literal(comparison.day.isoformat())
    return comparison.customers.mutate(compared_with=day).relocate("compared_with")


def _change(customers: ir.Table) -> ir.FloatingColumn:
    return (customers.net_sales_now - customers.net_sales_then).round(4)


@needs()
def latest(moves: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the latest day compared with."""
    return moves[moves.compared_with == moves.compared_with.max()]


@needs()
def flows_shown(flows: pd.DataFrame) -> pd.DataFrame:
    """Return ``flows`` to read: those of nobody left out, where no money moved either."""
    nobody = flows.customers.fillna(1) == 0
    return flows[~nobody | (flows[SALES].sum(axis=1) > 0)].reset_index(drop=True)


@needs()
def latest_movers(top: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``top_movers`` that fell since the latest day of ``moves``."""
    since = top[top.compared_with == moves.compared_with.max()]
    return since.drop(columns="compared_with").reset_index(drop=True)


@needs()
def movers_sentence(moves: pd.DataFrame, shown: pd.DataFrame) -> str:
    """Say who is in the list of ``latest_movers``, and of which day it is."""
    said = ngettext(
        "{n} customer fell from Platinum or Gold since {day} and lost the most net sales. All are in "
        "migration_customers.csv.",
        "These {n} customers fell from Platinum or Gold since {day} and lost the most net sales. All are in "
        "migration_customers.csv.",
        len(shown),
    )
    nobody = _("Nobody fell from Platinum or Gold since {day}.")
    day = latest(moves).compared_with.iloc[0]
    return (said if len(shown) else nobody).format(n=i18n.count(len(shown)), day=day)


@needs()
def top_movers(movers: ir.Table, top_n: int) -> pd.DataFrame:
    """Return, for each comparison, the ``top_n`` who fell from Platinum or Gold and lost the most net sales.

    The columns of ``movers`` and net_sales_change (now minus then).
    """
    fell = movers.filter(movers.flow.isin(FELL), movers.state_then.isin(["P", "G"]))
    fell = fell.mutate(net_sales_change=_change(fell))
    order = [fell.net_sales_change, fell.customer_id]
    placed = fell.mutate(_place=ibis.row_number().over(group_by=fell.compared_with, order_by=order))
    first = placed.filter(placed._place < top_n).order_by("compared_with", "_place")
    return first.drop("_place").to_pandas()


@needs()
def sentence(moves: pd.DataFrame, currency: str) -> str:
    """Say for each comparison, in a line, who rose, who fell, and what became of the best grade."""
    parts = [part for _day, part in moves.groupby("compared_with")]
    said = [
        [
            _rose_and_fell(flows(part), currency),
            _came(flows(part), currency),
            _of_the_best(grade_changes(part), currency),
        ]
        for part in parts
    ]
    return "\n".join(i18n.sentences(texts) for texts in said)


def _rose_and_fell(flows: pd.DataFrame, currency: str) -> str:
    rose, fell = flows[flows.flow == "upgrade"], flows[flows.flow.isin(FELL)]
    up, down = int(rose.customers.sum()), int(fell.customers.sum())
    said = ngettext(
        "Since {day}, {up} customer rose to a better grade (net sales {gained}) and {down} fell to a lower "
        "one or fell asleep (net sales {lost}).",
        "Since {day}, {up} customers rose to a better grade (net sales {gained}) and {down} fell to a lower "
        "one or fell asleep (net sales {lost}).",
        up,
    )
    gained, lost = (_signed(part.net_sales_change.sum(), currency) for part in (rose, fell))
    counts = {"up": i18n.count(up), "down": i18n.count(down)}
    return said.format(day=flows.compared_with.iloc[0], gained=gained, lost=lost, **counts)


def _came(flows: pd.DataFrame, currency: str) -> str:
    """Say what new and returned customers bring, and what became of all net sales."""
    came = flows[flows.flow.isin(["new", "returned"])]
    said = ngettext(
        "{n} customer who is new or came back brings {gained}. Net sales of all went from {then} to {now}.",
        "{n} customers who are new or came back bring {gained}. Net sales of all went from {then} to {now}.",
        int(came.customers.sum()),
    )
    return said.format(
        n=i18n.count(came.customers.sum()),
        gained=i18n.money(came.net_sales_now.sum(), currency),
        then=i18n.money(flows.net_sales_then.sum(), currency),
        now=i18n.money(flows.net_sales_now.sum(), currency),
    )


def _of_the_best(grades: pd.DataFrame, currency: str) -> str:
    held = grades[grades.customers_then + grades.customers_now > 0]
    if held.empty:
        return ""
    best, columns = held.iloc[0], ("entered", "left", "customers_now")
    said = _(
        "{grade}: {entered} entered, {left} left, {customers_now} in it now; its net sales went from "
        "{net_sales_then} to {net_sales_now}."
    )
    counts = {name: i18n.count(best[name]) for name in columns}
    amounts = {name: i18n.money(best[name], currency) for name in SALES}
    return said.format(grade=glossary.grades()[best.grade], **counts, **amounts)


def _signed(change: float, currency: str) -> str:
    whole = round(float(change))
    return ("+" if whole > 0 else "") + i18n.money(whole, currency)


@needs()
def figures(moves: pd.DataFrame) -> dict[str, float]:
    """Return the customers of each flow since the earliest day compared with, by stable names."""
    earliest = flows(moves[moves.compared_with == moves.compared_with.min()]).set_index("flow").customers
    return {f"segments.migration_{flow}": int(earliest[flow]) for flow in FLOWS if flow != "no_buyer"}
