"""Definitions: what each saved table and each of its columns is, for the workbook that a run leaves."""

import re

from shopcrm_nb import campaign_definitions, health_definitions, people_definitions, portrait_definitions
from shopcrm_nb.i18n import _

COLUMN = re.compile(r"[a-z]+_[a-z]+")  # the name of a column in a text


def every() -> dict[str, str]:
    """Return table, or table.column, → its definition in the language in use."""
    of_segments = _of_the_segments() | _of_the_methods() | _of_the_moves() | _of_the_people()
    of_people = portrait_definitions.every() | people_definitions.every()
    of_people |= campaign_definitions.every()
    return _of_the_check() | health_definitions.every() | of_people | of_segments


def of_columns() -> dict[str, str]:
    """Return column → definition in the language in use, for pages.

    Of the columns that mean the same in every table; a definition that speaks of columns by their names is
    for readers of the files.
    """
    found: dict[str, set[str]] = {}
    for name, definition in every().items():
        _table, dot, column = name.partition(".")
        if dot:
            found.setdefault(column, set()).add(definition)
    told = {column: min(each) for column, each in found.items() if len(each) == 1}
    return {column: definition for column, definition in told.items() if not COLUMN.search(definition)}


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


def _of_the_people() -> dict[str, str]:
    return {
        "non_ordering": _("one row a person who does not order, by type, highest net sales first"),
        "non_ordering.customer_id": _("the person's key; a hash where it was an e-mail or a mobile number"),
        "non_ordering.type": _(
            "the first that fits: malicious (blacklisted), lapsed (valid orders, none in the evaluation "
            "period), cart_only (in the cart, no order at all), visitor (any other without a valid order)"
        ),
        "non_ordering.detail": _("what is known beyond the type, the same code in every language"),
        "non_ordering.last_order_on": _("day of the last valid order; empty without one"),
        "non_ordering.orders": _("valid orders ever"),
        "non_ordering.net_sales": _("net sales ever: paid minus refunds known, of valid orders"),
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
        "rfm_customers.calibrated_grade": _(
            "the grade by the proposed cut points; empty where there are none"
        ),
        "rfm_customers.cluster": _("the k-means cluster of four, 1 is the best; empty where there are none"),
        "rfm_customers.classic_group": _("the group of the eight classic ones"),
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


def _of_the_methods() -> dict[str, str]:
    each = _("see rfm_grades")
    of_grades = ("grade", "rfm_from", "rfm_to", "customers", "customer_share", "net_sales", "sales_share")
    return {
        "rfm_calibrated": _("the grades by the source's cut points and by those proposed from the customers"),
        "rfm_calibrated.rule_table": _("source, in_force (where the shop has its own), quantiles or breaks"),
        **{f"rfm_calibrated.{name}": each for name in (*of_grades, "net_sales_per_customer")},
        "grade_by_cluster": _("customers by grade and k-means cluster, every pair"),
        "grade_by_cluster.grade": _("P Platinum, G Gold, S Silver, B Bronze"),
        "grade_by_cluster.cluster": _("the k-means cluster of four, 1 is the best"),
        "grade_by_cluster.cluster_name": _("what its customers are like, beside all customers"),
        "grade_by_cluster.customers": _("customers in both"),
        "grade_by_cluster.customer_share": _("of all scored customers, 0 to 1"),
        "grade_by_cluster.grade_share": _("of the customers of the grade, 0 to 1; empty for an empty grade"),
        "grade_by_cluster.cluster_share": _("of the customers of the cluster, 0 to 1"),
        "grade_by_cluster.net_sales": _("net sales of its customers in the evaluation period"),
        "grade_by_cluster.net_sales_per_customer": _("net sales divided by customers; empty where nobody is"),
        "grade_by_cluster.mean_recency_days": _("mean of their days since the last purchase"),
        "grade_by_cluster.orders_per_customer": _("mean of their valid orders in the evaluation period"),
        "grade_by_cluster.main": _("whether this is the largest cluster of the grade"),
        "segment_forward": _("how well each method, as of an earlier day, tells what was bought since"),
        "segment_forward.method": _("the way to order customers; everyone: all of them"),
        "segment_forward.metric": _(
            "what is measured; top10 and top20: the first 10 and 20% of the customers"
        ),
        "segment_forward.value": _("its value: shares 0 to 1, amounts in the shop's currency"),
        "segment_forward.ci_low": _("the lower end of the bootstrap interval"),
        "segment_forward.ci_high": _("the upper end of the bootstrap interval"),
    }


def _of_the_moves() -> dict[str, str]:
    then = _("P, G, S, B; asleep: known but without a grade; none: no valid order yet; no_buyer")
    now = _("P, G, S, B; asleep: without a grade; no_buyer")
    key = _("the buyer's key; a hash where it was an e-mail or a mobile number")
    earlier = _("net sales of the evaluation period that ends on the earlier day")
    last = _("net sales of the evaluation period that ends on the last day")
    return {
        "migration": _("where the customers of each grade came from, one row for each pair of states"),
        "migration.compared_with": _("the earlier day, itself included"),
        "migration.state_then": then,
        "migration.state_now": now,
        "migration.flow": _("the code of the move; no_buyer for orders without a buyer"),
        "migration.customers": _("customers with a valid order up to the last day; empty for no_buyer"),
        "migration.net_sales_then": earlier,
        "migration.net_sales_now": last,
        "migration_customers": _("who entered or left a grade, the largest loss of net sales first"),
        "migration_customers.compared_with": _("the earlier day, itself included"),
        "migration_customers.customer_id": key,
        "migration_customers.state_then": then,
        "migration_customers.state_now": now,
        "migration_customers.flow": _("the code of the move: upgrade, downgrade, new, returned or lapsed"),
        "migration_customers.net_sales_then": earlier,
        "migration_customers.net_sales_now": last,
        "rfm_customers.action": _("the code of what to do, from the rules of actions; see grade_actions"),
        "grade_actions": _("what to do for the customers of each grade, one row a rule"),
        "grade_actions.grade": _("P Platinum, G Gold, S Silver, B Bronze"),
        "grade_actions.recency_state": _(
            "recent: the recency score is in the upper half; away: in the lower; any: both"
        ),
        "grade_actions.action": _("the code of the action, as in rfm_customers"),
        "grade_actions.what": _("what to do, in the shop's words or the workbook's"),
        "grade_actions.customers": _("customers whom the rule fits"),
        "grade_actions.customer_share": _("of all scored customers, 0 to 1"),
        "grade_actions.net_sales": _("net sales of its customers in the evaluation period"),
        "grade_actions.sales_share": _("of the net sales of all scored customers, 0 to 1"),
        "grade_actions.file": _("how to find them in the saved tables; empty where they are too few"),
    }
