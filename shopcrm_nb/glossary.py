"""Glossary: what readers call the columns, grades and codes of the tables, the same on every page."""

from shopcrm_nb.i18n import _


def labels() -> dict[str, str]:
    """Return the reader's name of each column that a page shows."""
    return _order_labels() | _customer_labels() | _check_labels()


def _order_labels() -> dict[str, str]:
    return {
        "part": _("Which orders"),
        "orders": _("Orders"),
        "customers": _("Customers"),
        "buyers": _("Buyers"),
        "month": _("Month"),
        "status": _("Status"),
        "paid": _("Paid"),
        "share": _("Share"),
        "net_sales": _("Net sales"),
    }


def _customer_labels() -> dict[str, str]:
    return {
        "measure": _("Measure"),
        "score": _("Score"),
        "range": _("Which customers"),
        "grade": _("Grade"),
        "rfm_from": _("RFM value from"),
        "rfm_to": _("to"),
        "customer_share": _("Share of customers"),
        "sales_share": _("Share of net sales"),
        "net_sales_per_customer": _("Net sales per customer"),
        "customer_id": _("Customer"),
        "recency_days": _("Days since last purchase"),
        "frequency": _("Orders in the period"),
        "monetary": _("Net sales in the period"),
        "r_score": "R",
        "f_score": "F",
        "m_score": "M",
        "rfm_value": _("RFM value"),
    }


def _check_labels() -> dict[str, str]:
    return {
        "severity": _("Severity"),
        "check": _("Check"),
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
    """Return column → code → the reader's word for it."""
    return {
        "severity": {"error": _("error"), "warning": _("warning"), "note": _("note")},
        "grade": grades(),
        "measure": measures(),
        "part": parts(),
        "step": {"read": _("reading"), "clean": _("cleaning"), "load": _("loading"), "model": _("counting")},
        "status": statuses(),
    }


def grades() -> dict[str, str]:
    """Return the names of the grades, best first."""
    return {"P": _("Platinum"), "G": _("Gold"), "S": _("Silver"), "B": _("Bronze")}


def measures() -> dict[str, str]:
    """Return the names of the three measures of a customer."""
    return {"R": _("Recency"), "F": _("Frequency"), "M": _("Money")}


def parts() -> dict[str, str]:
    """Return the names of the parts into which the evaluation period divides the valid orders."""
    return {
        "scored": _("in the evaluation period"),
        "before": _("before it, of the same customers"),
        "too_little": _("of customers who spent too little for a score"),
        "asleep": _("of customers who bought only before it"),
        "no_buyer": _("without a buyer's name"),
    }


def statuses() -> dict[str, str]:
    """Return the words for the states of an order."""
    return {
        "unpaid": _("waiting for payment"),
        "closed_unpaid": _("closed without payment"),
        "paid": _("paid"),
        "part_shipped": _("partly shipped"),
        "shipped": _("shipped"),
        "success": _("completed"),
        "refunded": _("refunded and closed"),
    }


def reasons() -> dict[str, str]:
    """Return the words for each code of the ledger's ``why``."""
    return {
        "unreadable_line": _("the line cannot be read"),
        "where": _("left out by the shop's row filter"),
        "no_key": _("no id"),
        "unreadable_value": _("an amount or a time that cannot be read"),
        "no_value": _("a needed amount or time is empty"),
        "older_copy": _("an older copy; a later export has the same row"),
        "duplicate": _("the same id again in the same file; the last one counts"),
        "further_line": _("a further line of an order that is counted already"),
        "from_items": _("orders made of their lines"),
        "after_as_of": _("after the last day counted"),
        "unpaid": _("never paid"),
        "no_net": _("nothing left after refunds, or not more than the shop's minimum"),
    }
