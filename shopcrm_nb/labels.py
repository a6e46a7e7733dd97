"""Labels: what readers call the columns of the tables and the codes in them, the same on every page."""

from shopcrm_nb import (
    campaign_labels,
    campaign_words,
    glossary,
    health_labels,
    health_words,
    portrait_labels,
    portrait_words,
    scene_words,
    service_words,
)
from shopcrm_nb.i18n import _


def of_columns() -> dict[str, str]:
    """Return the reader's name of each column that a page shows."""
    of_segments = _customer_labels() | _move_labels() | _group_labels() | _method_labels()
    told = _order_labels() | of_segments | _check_labels() | health_labels.of_columns()
    return campaign_labels.of_columns() | portrait_labels.of_columns() | told


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
        "rfm_to": _("RFM value to"),
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


def _method_labels() -> dict[str, str]:
    return {
        "rule_table": _("Table of cut points"),
        "r_cuts": _("Recency"),
        "f_cuts": _("Frequency"),
        "m_cuts": _("Money"),
        "calibrated_grade": _("Calibrated grade"),
        "k": _("Number of clusters"),
        "silhouette": _("Silhouette"),
        "best": _("Best"),
        "cluster": _("Cluster"),
        "cluster_name": _("What its customers are like"),
        "main_cluster": _("Largest cluster of the grade"),
        "their_cluster": _("Cluster that they are in"),
        "mean_recency_days": _("Days since last purchase, mean"),
        "orders_per_customer": _("Orders per customer"),
        "repeated": _("Computed again with"),
        "runs": _("Times"),
        "median": _("Adjusted Rand index, median"),
        "low": _("5th percentile"),
        "high": _("95th percentile"),
        "method": _("Customers in the order of"),
        "place": _("Group (1 is the best)"),
        "repeat_share": _("Share who bought again"),
        "repeat_low": _("Interval from"),
        "repeat_high": _("to"),
        **glossary.metrics(),
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


def _move_labels() -> dict[str, str]:
    return {
        "compared_with": _("Compared with"),
        "state_then": _("Grade then"),
        "state_now": _("Grade now"),
        "flow": _("What happened"),
        "customers_then": _("Customers then"),
        "entered": _("Came in"),
        "left": _("Went out"),
        "customers_now": _("Customers now"),
        "net_sales_then": _("Net sales then"),
        "net_sales_now": _("Net sales now"),
        "net_sales_change": _("Change of net sales"),
        "recency_state": _("Last purchase"),
        "action": _("Action"),
        "what": _("What to do for them"),
        "found_in": _("Where to find them"),
    }


def _group_labels() -> dict[str, str]:
    return {
        "classic_group": _("Group"),
        "recency": _("Recency"),
        "frequency_level": _("Frequency"),
        "money": _("Money"),
        "type": _("Type"),
        "detail": _("Detail"),
        "last_order_on": _("Last order"),
        "gini": _("Gini coefficient"),
        "top_share": _("Best customers of the claim"),
        "top_customer_share": _("Best customers, ties kept together"),
        "top_sales_share": _("Their share of the net sales"),
        "low_share": _("Interval from"),
        "high_share": _("Interval to"),
        "split_sales_share": _("Share of the net sales, ties divided"),
        "claimed_share": _("Claimed share of the net sales"),
        "claimed_customer_share": _("Best customers who bring as much"),
        "rule_of_thumb": _("Rule of thumb"),
    }


def of_codes() -> dict[str, dict[str, str]]:
    """Return column → code → the reader's word for it."""
    of_people = scene_words.codes() | portrait_words.relationship_codes() | portrait_words.first_order_codes()
    return (
        of_people
        | campaign_words.codes()
        | service_words.process_codes()
        | {
            "severity": {"error": _("error"), "warning": _("warning"), "note": _("note")},
            "grade": glossary.grades() | {"asleep": _("asleep (no grade)")} | portrait_words.grade_rows(),
            "calibrated_grade": glossary.grades(),
            "rule_table": glossary.rule_tables(),
            "method": glossary.methods(),
            "best": {True: _("the best"), False: "–"},
            "repeated": {"starts": _("other starts"), "customers": _("other customers (bootstrap)")},
            "measure": glossary.measures() | service_words.repurchase_measures(),
            "part": glossary.parts(),
            "step": {
                "read": _("reading"),
                "clean": _("cleaning"),
                "load": _("loading"),
                "model": _("counting"),
            }
            | service_words.process_steps()
            | portrait_words.funnel_steps(),
            "status": glossary.statuses(),
            "table": glossary.tables(),
            "classic_group": glossary.classic_groups(),
            "recency": {"high": _("high (recent)"), "low": _("low (long ago)")},
            "frequency_level": {"high": _("high"), "low": _("low")},
            "money": {"high": _("high"), "low": _("low")},
            "type": glossary.non_ordering_types(),
            "detail": glossary.non_ordering_details(),
            "rule_of_thumb": glossary.concentrations(),
            "state_then": glossary.states(),
            "state_now": glossary.states(),
            "flow": glossary.flows(),
            "driver": health_words.drivers(),
            "suspect": health_words.drivers(),
            "kind": health_words.kinds(),
            "told_by": {"settings": _("typed into shop.toml"), "traffic": _("day export of the back end")},
            "at_stake": {
                "gap": _("gap to what it is compared with"),
                "affected": _("net sales of those concerned"),
                "benchmark": _("gap to the benchmark"),
            },
            "next_step": service_words.payment_steps(),
            "immature": {True: _("may still be paid"), False: "–"},
            "when": {"now": _("this period"), "before": _("before")},
            "basis": {"orders": _("orders"), "days": _("days with an order")},
            "partial": {True: _("no"), False: _("yes")},
            "spend_factor": service_words.spend_factors(),
            "recency_state": {"recent": _("lately"), "away": _("stays away"), "any": _("any time")},
        }
    )
