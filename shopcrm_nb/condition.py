"""Conditions: tags and groups as a shop writes them, in SQL over the features of a person, nothing else."""

from collections.abc import Mapping

import duckdb
from sqlglot import exp

from shopcrm_nb import expression
from shopcrm_nb.catalogue import FEATURES
from shopcrm_nb.errors import ShopcrmError, did_you_mean, shortened

SQL_TYPES = {
    "count": "BIGINT",
    "number": "DOUBLE",
    "money": "DOUBLE",
    "share": "DOUBLE",
    "text": "VARCHAR",
    "flag": "BOOLEAN",
    "day": "DATE",
}
# Each expression is tried on people with these values: text that is no number, and numbers that not every
# cast can hold, so that what would fail on somebody fails when the settings are read.
_TRIED = {
    "count": ("0", "1", "1000000", "NULL"),
    "number": ("0", "1.5", "1000000", "NULL"),
    "money": ("0", "9.99", "1000000000", "NULL"),
    "share": ("0", "0.5", "1", "NULL"),
    "text": ("''", "'a'", "'浙江 b'", "NULL"),
    "flag": ("FALSE", "TRUE", "TRUE", "NULL"),
    "day": ("DATE '1970-01-01'", "DATE '2026-06-30'", "DATE '2099-12-31'", "NULL"),
}
RESERVED = ("customer_id", "mask", "buyer", "followed", "second_orders")  # what stands beside the tags
LONGEST, DEEPEST = 10_000, 15  # of an expression: characters, and one thing within another
# Whatever is not here is refused, so that no function of an engine that reads files can be called.
_PREDICATES = (
    *(exp.And, exp.Or, exp.Not, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ),
    *(exp.In, exp.Between, exp.Like, exp.ILike, exp.Is, exp.StartsWith, exp.Contains),
)
_ALLOWED = (
    *_PREDICATES,
    *(exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg, exp.Tuple),
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Abs, exp.Round, exp.Coalesce, exp.Case, exp.If),
    *(exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring, exp.Greatest, exp.Least),
    *(exp.Cast, exp.DataType),  # DATE '2026-01-01' is a cast
)
_NAMES = ("BIGINT", "INT", "DOUBLE", "VARCHAR", "BOOLEAN", "DATE")
_TYPES = {exp.DataType.build(name, dialect="duckdb").this for name in _NAMES}
_CHOICES = (exp.Case, exp.Coalesce)


def kinds(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the kind of each name that a group may use: the features, and the shop's tags."""
    features = {name: feature.kind for name, feature in FEATURES.items()}
    return features | {name: kind_of(sql, f"[rules.tags] {name}") for name, sql in tags.items()}


def kind_of(sql: str, where: str) -> str:
    """Return flag for a condition over features, text for any other expression over them."""
    features = {name: feature.kind for name, feature in FEATURES.items()}
    return "flag" if _is_predicate(parse(sql, features, where), features) else "text"


def parse(sql: str, known: Mapping[str, str], where: str) -> exp.Expression:
    """Parse an expression over ``known`` names (name → kind).

    Raises ShopcrmError, in one sentence, for an unknown name, a query, and for a function that is not one of
    the few which compute with values alone.
    """
    if len(sql) > LONGEST:
        raise ShopcrmError(f"{where}: is longer than {LONGEST:,} characters; say it in several tags")
    deep = f"{where}: {shortened(sql)!r} has too many brackets within each other; say it in several tags"
    try:
        tree = expression.parse(sql, where)
    except RecursionError as error:
        raise ShopcrmError(deep) from error
    if _depth(tree) > DEEPEST:
        raise ShopcrmError(deep)
    for node in tree.walk():
        node.pop_comments()
        if isinstance(node, exp.Column) and (node.table or node.name not in known):
            raise ShopcrmError(f"{where}: {_unknown(node, known)}")
        odd_type = isinstance(node, exp.Cast) and node.to.this not in _TYPES
        if odd_type or not isinstance(node, _ALLOWED):
            said = shortened(node.sql(dialect="duckdb"))
            raise ShopcrmError(f"{where}: {said!r} cannot be used in a condition")
    return tree


def _depth(tree: exp.Expression) -> int:
    """Return how many things stand within each other; a chain of ANDs or of sums is one."""
    deepest, left = 0, [(tree, 1)]
    while left:
        node, depth = left.pop()
        deepest = max(deepest, depth)
        left += [(part, depth + (not isinstance(node, exp.Binary))) for part in node.iter_expressions()]
    return deepest


def _unknown(node: exp.Column, known: Mapping[str, str]) -> str:
    name = node.name
    near = did_you_mean(name, known) or did_you_mean(name.lower(), known)
    quoted = isinstance(node.this, exp.Identifier) and node.this.quoted and not node.table
    if quoted and not near:
        return f'there is no feature or tag "{shortened(name)}"; put text in single quotes'
    return f'there is no feature or tag "{shortened(name if quoted else node.sql())}"{near}'


def _is_predicate(tree: exp.Expression, known: Mapping[str, str]) -> bool:
    while isinstance(tree, exp.Paren):
        tree = tree.this
    if isinstance(tree, exp.Column):
        return known[tree.name] == "flag"
    if isinstance(tree, _CHOICES):
        return all(isinstance(each, exp.Null) or _is_predicate(each, known) for each in _chosen(tree))
    return isinstance(tree, (*_PREDICATES, exp.Boolean))


def _chosen(tree: exp.Expression) -> list[exp.Expression]:
    """List the values of a CASE or a COALESCE, one of which it takes."""
    if isinstance(tree, exp.Coalesce):
        return [tree.this, *tree.expressions]
    other = tree.args.get("default")
    return [*(each.args["true"] for each in tree.args["ifs"]), *([other] if other else [])]


def reads(sql: str, known: Mapping[str, str]) -> list[str]:
    """List the names that an expression reads, each once."""
    return expression.columns(parse(sql, known, sql))


def check(tags: Mapping[str, str], groups: Mapping[str, str]) -> None:
    """Refuse tags and groups that could not be computed, before any data are read.

    Raises ShopcrmError, in one sentence that names the tag or the group.
    """
    features = {name: feature.kind for name, feature in FEATURES.items()}
    taken = {name.lower(): "a feature" for name in features} | dict.fromkeys(RESERVED, "another column")
    with duckdb.connect(config={"enable_external_access": "false"}) as con:
        for name, sql in tags.items():
            where = f"[rules.tags] {name}"
            if name.lower() in taken:  # an engine may not tell capitals from small letters
                raise ShopcrmError(f'{where}: "{name}" is the name of {taken[name.lower()]}; take another')
            _try(con, parse(sql, features, where), features, where)
        known = kinds(tags)
        for name, sql in groups.items():
            where = f"[rules.groups] {name}"
            tree = parse(sql, known, where)
            if not _is_predicate(tree, known):
                raise ShopcrmError(
                    f'{where}: {shortened(sql)!r} is no condition; write one such as "orders >= 2"'
                )
            _try(con, tree, known, where)


def _try(con: duckdb.DuckDBPyConnection, tree: exp.Expression, known: Mapping[str, str], where: str) -> None:
    """Run an expression on a few people, so that types which do not go together are told at once."""
    names = expression.columns(tree)
    each = zip(*(_TRIED[known[name]] for name in names), strict=True) if names else [("1",)]
    rows = ", ".join(f"({', '.join(row)})" for row in each)
    typed = ", ".join(f'CAST(c{i} AS {SQL_TYPES[known[name]]}) AS "{name}"' for i, name in enumerate(names))
    columns = ", ".join(f"c{i}" for i in range(max(len(names), 1)))
    sql = tree.sql(dialect="duckdb")
    try:
        con.execute(
            f"SELECT {sql} FROM (SELECT {typed or 'c0'} FROM (VALUES {rows}) AS t({columns}))"
        ).fetchall()
    except (duckdb.Error, UnicodeError) as error:
        reason = shortened((str(error).splitlines() or [type(error).__name__])[0])
        raise ShopcrmError(f"{where}: the engine refuses {shortened(sql)}: {reason}") from error
