"""SQL that a user writes in shop.toml."""

import pytest

from shopcrm_nb import expression
from shopcrm_nb.errors import ShopcrmError


def refusal(sql):
    with pytest.raises(ShopcrmError) as caught:
        expression.parse(sql, "shop.toml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "(SELECT max(a) FROM t)",
        "a FROM t",
        "a, b",
        "a; DROP TABLE t",
        "*",
        "sum(a)",
        "EXISTS (SELECT 1)",
        " ",
        "a WHERE b",
    ],
)
def test_anything_but_one_value_a_row_is_refused(sql):
    assert "columns of a row, not a query" in refusal(sql) or "cannot be read" in refusal(sql)


@pytest.mark.parametrize("sql", ["a *", "(a", "CASE WHEN a"])
def test_broken_sql_is_refused(sql):
    assert refusal(sql) == f"shop.toml: the SQL expression {sql!r} cannot be read; check its brackets"


def test_the_columns_of_an_expression_are_each_listed_once():
    tree = expression.parse('"Qty" * price + CASE WHEN Qty > 0 THEN "unit price" END', "x")
    assert expression.columns(tree) == ["Qty", "price", "unit price"]


def test_an_unknown_column_is_refused_with_the_nearest():
    tree = expression.parse("Quantty * price", "x")
    expression.check_columns(expression.parse("QUANTITY * Price", "x"), ["Quantity", "price"], "x")
    with pytest.raises(
        ShopcrmError, match=r'^x: there is no column "Quantty" \(did you mean "Quantity"\?\)$'
    ):
        expression.check_columns(tree, ["Quantity", "price"], "x")


@pytest.mark.parametrize(
    ("sql", "numbers"),
    [
        ("a * b", {"a", "b"}),
        ("-(a)", {"a"}),
        ("a > 0 AND b = 'x'", {"a"}),
        ("a BETWEEN 1 AND 5", {"a"}),
        ("a < -1", {"a"}),
        ("a || b", set()),
        ("lower(a)", set()),
        ("CASE WHEN b = '是' THEN a / 2 END", {"a"}),
    ],
)
def test_a_column_in_arithmetic_or_beside_a_number_is_read_as_a_number(sql, numbers):
    assert expression.numbers(expression.parse(sql, "x")) == numbers


def test_renaming_leaves_the_expression_as_it_was():
    tree = expression.parse("a * 2 || a", "x")
    renamed = expression.renamed(tree, {"a": "n a"}, expression.is_read_as_number)
    assert renamed.sql(dialect="duckdb") == '"n a" * 2 || a'
    assert tree.sql(dialect="duckdb") == "a * 2 || a"
