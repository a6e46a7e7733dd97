"""Tables for reading: labels, units and number forms by column, the same on every page."""

import html
from collections.abc import Callable

import pandas as pd

from shopcrm_nb import i18n
from shopcrm_nb.absent import needs
from shopcrm_nb.i18n import _, ngettext
from shopcrm_nb.segment import grade_name


def labels() -> dict[str, str]:
    """Return the reader's name of each column that a page shows."""
    return {
        "measure": _("Measure"),
        "score": _("Score"),
        "range": _("Which customers"),
        "grade": _("Grade"),
        "rfm_from": _("RFM value from"),
        "rfm_to": _("to"),
        "customers": _("Customers"),
        "customer_share": _("Share of customers"),
        "net_sales": _("Net sales"),
        "sales_share": _("Share of net sales"),
        "net_sales_per_customer": _("Net sales per customer"),
        "part": _("Orders"),
        "orders": _("Orders"),
        "buyers": _("Buyers"),
        "paid": _("Paid"),
        "share": _("Share"),
        "status": _("Status"),
        "customer_id": _("Customer"),
        "recency_days": _("Days since last purchase"),
        "frequency": _("Orders in the period"),
        "monetary": _("Net sales in the period"),
        "r_score": "R",
        "f_score": "F",
        "m_score": "M",
        "rfm_value": _("RFM value"),
        "severity": _("How grave"),
        "finding": _("What was found"),
        "count": _("How many"),
        "example": _("Example"),
        "cure": _("What to do"),
        "table": _("Table"),
        "file": _("File"),
        "format": _("Format"),
        "rows": _("Rows"),
        "unused_headers": _("Headers not used"),
        "column": _("Column"),
        "source": _("Taken from"),
        "step": _("Step"),
        "rows_in": _("Rows in"),
        "rows_out": _("Rows out"),
        "dropped": _("Dropped"),
        "why": _("Why"),
        "page": _("Page"),
        "question": _("Question"),
        "needs": _("Needs"),
        "state": _("State"),
    }


def words() -> dict[str, dict[str, str]]:
    """Return the reader's words for the codes in a column."""
    return {
        "severity": {"error": _("error"), "warning": _("warning"), "note": _("note")},
        "grade": {grade: grade_name(grade) for grade in "PGSB"},
        "measure": {"R": _("Recency"), "F": _("Frequency"), "M": _("Money")},
        "part": {
            "scored": _("in the evaluation period"),
            "earlier": _("before it"),
            "no_buyer": _("no buyer named"),
        },
        "step": {"read": _("reading"), "clean": _("cleaning"), "load": _("loading"), "model": _("counting")},
        "status": {
            "unpaid": _("waiting for payment"),
            "closed_unpaid": _("closed without payment"),
            "paid": _("paid, not shipped"),
            "part_shipped": _("partly shipped"),
            "shipped": _("shipped"),
            "success": _("completed"),
            "refunded": _("refunded and closed"),
        },
    }


COUNTS = {
    "customers",
    "orders",
    "buyers",
    "count",
    "rows",
    "rows_in",
    "rows_out",
    "dropped",
    "recency_days",
    "frequency",
    "r_score",
    "f_score",
    "m_score",
    "score",
}
MONEY = {"net_sales", "net_sales_per_customer", "monetary", "paid"}
PLAIN = {"rfm_from", "rfm_to", "rfm_value"}
SHOWN_ID = 24  # characters of a hashed id that a page shows


def _writer(column: str, currency: str) -> Callable[[object], str]:
    if column in COUNTS:
        return i18n.count
    if column in MONEY:
        return lambda value: i18n.money(value, currency)
    if column == "share" or column.endswith("_share"):
        return i18n.percent
    if column in PLAIN:
        return lambda value: f"{value:g}"
    known = words().get(column, {})
    return lambda value: _short(known.get(value, "" if value is None or value != value else str(value)))


def _short(text: str) -> str:
    hashed = len(text) == 64 and all(c in "0123456789abcdef" for c in text)
    return text[:12] + "…" if hashed else text


@needs()
def show(frame: pd.DataFrame, currency: str = "", top: int = 0) -> "Shown":
    """Show a frame with the reader's labels and number forms; ``top`` limits the rows and counts the rest."""
    return Shown(frame.head(top) if top else frame, currency, len(frame))


class Shown:
    """A table as a page shows it; the frame behind it is unchanged."""

    def __init__(self, frame: pd.DataFrame, currency: str, rows: int) -> None:
        """Keep the frame, the shop's currency and the rows that there are in all."""
        self.frame, self.currency, self.rows = frame, currency, rows

    def _repr_html_(self) -> str:
        if self.frame.empty:
            return f'<p class="note">{html.escape(_("nothing to show"))}</p>'
        numeric = {
            c
            for c in self.frame.columns
            if c in COUNTS | MONEY | PLAIN or c == "share" or c.endswith("_share")
        }
        named = labels()
        styler = self.frame.style.hide(axis="index").format(
            {column: _writer(column, self.currency) for column in self.frame.columns}, escape="html"
        )
        styler = styler.format_index(lambda column: named.get(column, column), axis="columns", escape="html")
        classes = pd.DataFrame(
            {c: ["num" if c in numeric else ""] * len(self.frame) for c in self.frame.columns},
            index=self.frame.index,
        )
        styler = styler.set_td_classes(classes).set_uuid("t").set_table_attributes('class="data"')
        styler.cell_ids = False
        more = self.rows - len(self.frame)
        rest = (
            ngettext("and {n} more row", "and {n} more rows", more).format(n=i18n.count(more)) if more else ""
        )
        return styler.to_html() + (f'<p class="note">{html.escape(rest)}</p>' if rest else "")

    def __repr__(self) -> str:
        """Return the table as plain text."""
        return self.frame.to_string(index=False)
