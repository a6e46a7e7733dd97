"""Definitions: what each saved table and each of its columns is, for the workbook that a run leaves."""

from shopcrm_nb.i18n import _


def every() -> dict[str, str]:
    """Return table, or table.column, → its definition in the language in use."""
    return _of_the_check() | _of_the_segments()


def _of_the_check() -> dict[str, str]:
    return {
        "ledger": _("every row of the sources that does not count, with the reason"),
        "ledger.step": _("when it was dropped: reading, cleaning, loading, or counting"),
        "ledger.table": _("the table of the workbook that the rows are for"),
        "ledger.rows_in": _("rows before the step"),
        "ledger.rows_out": _("rows after the step"),
        "ledger.dropped": _("rows in minus rows out"),
        "ledger.why": _("why they do not count"),
        "findings": _("what was found in the data"),
        "findings.severity": _("error: unusable; warning: may mislead; note: for information"),
        "findings.table": _("the table of the workbook that it was found in"),
        "findings.check": _("the code of the finding, the same in every language"),
        "findings.finding": _("what was found"),
        "findings.count": _("rows that meet it; empty where nothing is counted"),
        "findings.share": _("of the rows looked at, 0 to 1; empty where there is no whole"),
        "findings.example": _("a value or an id"),
        "findings.cure": _("what can be done about it"),
    }


def _of_the_segments() -> dict[str, str]:
    return {
        "rfm_customers": _("one row a customer with a valid order in the evaluation period, best first"),
        "rfm_customers.customer_id": _("the buyer's key; a hash where it was an e-mail or a mobile number"),
        "rfm_customers.recency_days": _("days from the last valid order to the last day counted"),
        "rfm_customers.frequency": _("valid orders in the evaluation period"),
        "rfm_customers.monetary": _("net sales in the evaluation period: paid minus refunds known"),
        "rfm_customers.r_score": _("score of recency; the highest is best"),
        "rfm_customers.f_score": _("score of frequency; the highest is best"),
        "rfm_customers.m_score": _("score of money; the highest is best"),
        "rfm_customers.rfm_value": _(
            "weighted sum of the scores: 1R + 3F + 4M unless the shop weighs otherwise"
        ),
        "rfm_customers.grade": _("P Platinum, G Gold, S Silver, B Bronze"),
        "rfm_grades": _("one row a grade, all four always"),
        "rfm_grades.grade": _("P Platinum, G Gold, S Silver, B Bronze"),
        "rfm_grades.rfm_from": _("the least RFM value of the grade"),
        "rfm_grades.rfm_to": _("the largest RFM value of the grade"),
        "rfm_grades.customers": _("customers of the grade"),
        "rfm_grades.customer_share": _("of all scored customers, 0 to 1"),
        "rfm_grades.net_sales": _("net sales of its customers in the evaluation period"),
        "rfm_grades.sales_share": _("of the net sales of all scored customers, 0 to 1"),
        "rfm_grades.net_sales_per_customer": _("net sales divided by customers; empty for an empty grade"),
    }
