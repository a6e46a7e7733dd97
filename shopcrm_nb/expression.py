"""SQL expressions that a user writes in a settings file: checked, and safe to run on a file's columns."""

from collections.abc import Callable, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from shopcrm_nb.errors import ShopcrmError, did_you_mean, shortened

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Round, exp.Abs)
_COMPARISON = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ, exp.Between)


def parse(sql: str, where: str) -> exp.Expression:
    """Parse one scalar expression; a statement, a subquery or a syntax error is refused in one sentence."""
    try:
        tree = sqlglot.parse_one(f"SELECT {sql}", read="duckdb")
    except SqlglotError as error:
        raise ShopcrmError(
            f"{where}: the SQL expression {shortened(sql)!r} cannot be read; check its brackets"
        ) from error
    alone = isinstance(tree, exp.Select) and tree == exp.select(*tree.expressions[:1]) and tree.expressions
    if not alone or tree.find(exp.Subquery, exp.Exists, exp.Table, exp.Star, exp.AggFunc):
        raise ShopcrmError(
            f"{where}: {shortened(sql)!r} must be one expression over the columns of a row, not a query"
        )
    return tree.expressions[0]


def columns(tree: exp.Expression) -> list[str]:
    """List the columns that an expression reads, each once."""
    return list(dict.fromkeys(column.name for column in tree.find_all(exp.Column)))


def check_columns(tree: exp.Expression, known: list[str], where: str) -> None:
    """Refuse a column that is not there, with the nearest one that is."""
    lower = {name.casefold() for name in known}
    for name in columns(tree):
        if name.casefold() not in lower:
            raise ShopcrmError(f'{where}: there is no column "{name}"{did_you_mean(name, known)}')


def renamed(
    tree: exp.Expression, names: Mapping[str, str], where: Callable[[exp.Column], bool] = lambda column: True
) -> exp.Expression:
    """Return the expression with new ``names`` for the columns that ``where`` holds for."""

    def new_name(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and node.name in names and where(node):
            return exp.column(names[node.name], quoted=True)
        return node

    return tree.copy().transform(new_name)


def is_read_as_number(node: exp.Column) -> bool:
    """Tell whether a column stands in arithmetic or is compared with a number.

    The cells of a csv or xlsx file are text, yet ``Quantity * Price`` and ``Quantity > 0`` should work.
    """
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    if isinstance(parent, _ARITHMETIC):
        return True
    return isinstance(parent, _COMPARISON) and any(_is_number(part) for part in parent.iter_expressions())


def numbers(tree: exp.Expression) -> set[str]:
    """Return the columns that are read as numbers somewhere in the expression."""
    return {column.name for column in tree.find_all(exp.Column) if is_read_as_number(column)}


def _is_number(node: exp.Expression) -> bool:
    inner = node.this if isinstance(node, exp.Neg) else node
    return isinstance(inner, exp.Literal) and not inner.is_string
