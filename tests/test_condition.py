"""Conditions: a shop's own tags and groups compute with what is known of a person, and do nothing else."""

import tempfile
from pathlib import Path

import duckdb
import pytest
from build import HEAD, rules_of, shop_of
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shopcrm_nb import condition, expression
from shopcrm_nb.catalogue import FEATURES, KINDS
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.rules import source_rules
from shopcrm_nb.settings import read_shop

KNOWN = {name: feature.kind for name, feature in FEATURES.items()}
MANY = settings(max_examples=150, deadline=None, derandomize=True)


def refusal(sql, tags=None):
    """The sentence by which a group is refused, without its name."""
    with pytest.raises(ShopcrmError) as caught:
        condition.check(tags or {}, {"g": sql})
    said = str(caught.value)
    assert "\n" not in said and said.startswith("[rules.groups] g: ") and len(said) < 500
    return said.removeprefix("[rules.groups] g: ")


def accepts(sql, tags=None):
    condition.check(tags or {}, {"g": sql})
    return condition.parse(sql, condition.kinds(tags or {}), "g").sql(dialect="duckdb")


def held_by(sql, **columns):
    """What the expression is for people with these features, computed by the engine."""
    text = condition.parse(sql, KNOWN, "g").sql(dialect="duckdb")
    rows = ", ".join(f"({', '.join(row)})" for row in zip(*columns.values(), strict=True))
    names = ", ".join(columns)
    return [row[0] for row in duckdb.sql(f"SELECT {text} FROM (VALUES {rows}) AS t({names})").fetchall()]


# --- what a shop may write ----------------------------------------------------------------------------------


def test_the_tags_and_groups_of_the_workbook_are_all_accepted_and_read_known_names_only():
    rules = source_rules()
    tags = rules.tags.each()
    condition.check(tags, rules.groups)
    for sql in tags.values():
        assert set(condition.reads(sql, KNOWN)) <= set(FEATURES)
    for sql in rules.groups.values():
        assert set(condition.reads(sql, condition.kinds(tags))) <= {*FEATURES, *tags}


@pytest.mark.parametrize(
    "sql",
    [
        "orders >= 2",
        "member",
        "NOT member",
        "(member)",
        "TRUE",
        "orders = 1 AND (net_sales > 100 OR recency_days BETWEEN 1 AND 30)",
        "gender IN ('female', 'f')",
        "occupation LIKE '%师' AND occupation NOT ILIKE 'x%'",
        "gender IS NULL OR gender IS NOT NULL",
        "last_order_on >= DATE '2026-01-01'",
        "last_order_on - first_order_on > 30",
        "round(net_sales / orders, 2) > 99.5",
        "-net_sales < 0 AND orders % 2 = 0 AND abs(refund_share) > 0",
        "coalesce(member, FALSE)",
        "CASE WHEN orders > 1 THEN net_sales > 10 ELSE FALSE END",
        "CASE WHEN orders > 1 THEN 1 ELSE 0 END = 1",
        "lower(trim(gender)) = 'f' AND length(province) = 2 AND substring(province, 1, 1) = '浙'",
        "starts_with(first_product, 'A') OR contains(upper(first_product), 'B')",
        "greatest(orders_30d, orders_90d) > least(views_7d, 3)",
        "CAST(weekday AS VARCHAR) = '6'",
        '"orders" > 0',
        "occupation = 'O''Brien; DROP TABLE people --'",
    ],
)
def test_a_condition_computes_with_the_features_of_a_person(sql):
    assert accepts(sql)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("orders > 1", "flag"),
        ("member", "flag"),
        ("(NOT (member))", "flag"),
        ("coalesce(member, FALSE)", "flag"),
        ("CASE WHEN orders > 1 THEN member END", "flag"),
        ("TRUE", "flag"),
        ("gender", "text"),
        ("orders", "text"),
        ("net_sales / 2", "text"),
        ("coalesce(gender, 'none')", "text"),
        ("CASE WHEN orders > 1 THEN 'many' ELSE 'few' END", "text"),
        ("coalesce(member, gender = 'x', orders)", "text"),
        ("'x'", "text"),
    ],
)
def test_a_condition_is_a_tag_one_has_or_has_not_and_anything_else_gives_it_a_value(sql, kind):
    assert condition.kind_of(sql, "t") == kind


def test_a_condition_that_is_null_holds_for_nobody_and_neither_does_its_opposite():
    ages = {"age": ["30", "NULL"], "gender": ["'f'", "NULL"]}
    assert held_by("age > 20", **ages) == [True, None]
    assert held_by("NOT (age > 20)", **ages) == [False, None]
    assert held_by("NOT gender IN ('m')", **ages) == [True, None]
    assert held_by("gender <> 'm' OR age > 20", **ages) == [True, None]


def test_the_names_that_an_expression_reads_are_each_listed_once():
    assert condition.reads("orders > 1 AND (orders < 9 OR member)", KNOWN) == ["orders", "member"]


def test_every_kind_of_feature_has_a_type_and_people_to_try_it_on():
    assert set(condition.SQL_TYPES) == set(KINDS) == {feature.kind for feature in FEATURES.values()}
    assert set(condition._TRIED) == set(KINDS)


# --- names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("ocupation = 'x'", 'there is no feature or tag "ocupation" (did you mean "occupation"?)'),
        ("ORDERS > 1", 'there is no feature or tag "ORDERS" (did you mean "orders"?)'),
        ("qqq > 1", 'there is no feature or tag "qqq"'),
        ("people.orders > 1", 'there is no feature or tag "people.orders" (did you mean "orders"?)'),
        (
            "main.people.orders > 1",
            'there is no feature or tag "main.people.orders" (did you mean "orders"?)',
        ),
        ("customer_id = '1'", 'there is no feature or tag "customer_id"'),
        ("ｏrders > 1", 'there is no feature or tag "ｏrders" (did you mean "orders"?)'),
        ("o\u200brders > 1", 'there is no feature or tag "o\u200brders" (did you mean "orders"?)'),
        ("NOT repurchasd", 'there is no feature or tag "repurchasd" (did you mean "repurchased"?)'),
        ('gender = "female"', 'there is no feature or tag "female"; put text in single quotes'),
        ('"or\nders" > 1', 'there is no feature or tag "or ders" (did you mean "orders"?)'),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(sql, said):
    assert refusal(sql, {"repurchased": "orders > 1"}).startswith(said)


def test_a_tag_cannot_read_another_tag_and_a_group_cannot_read_another_group():
    with pytest.raises(ShopcrmError, match=r'^\[rules.tags\] b: there is no feature or tag "a_tag"'):
        condition.check({"a_tag": "orders > 1", "b": "a_tag"}, {})
    with pytest.raises(ShopcrmError, match=r'^\[rules.groups\] b: there is no feature or tag "a_group"'):
        condition.check({}, {"a_group": "orders > 1", "b": "a_group"})


@pytest.mark.parametrize("name", ["orders", "Orders", "customer_id", "CUSTOMER_ID"])
def test_a_tag_cannot_have_the_name_of_a_feature_or_of_the_key(name):
    with pytest.raises(ShopcrmError, match=rf'^\[rules.tags\] {name}: "{name}" is the name of'):
        condition.check({name: "net_sales > 1"}, {})


# --- what no expression can do ------------------------------------------------------------------------------

QUERY = "must be one expression over the columns of a row, not a query"
FORBIDDEN = "cannot be used in a condition"


@pytest.mark.parametrize(
    "sql",
    [
        "(SELECT content FROM read_text('/etc/passwd')) = 'x'",
        "orders > 0 AND (SELECT 1) = 1",
        "(FROM '/etc/passwd') IS NOT NULL",
        "orders IN (SELECT orders FROM people)",
        "orders IN (FROM people)",
        "orders = ANY(SELECT 1)",
        "EXISTS (SELECT 1)",
        "EXISTS (FROM orders)",
        "orders > avg(orders)",
        "count(*) > 1",
        "orders > 1 FROM people",
        "orders > 1 FROM read_csv('/etc/passwd')",
        "orders > 1 WHERE TRUE",
        "orders > 1 LIMIT 1",
        "orders > 1 UNION SELECT 1",
        "orders > 1 INTO x",
        "orders > 1; DROP TABLE people",
        "orders > 1, 2",
        "*",
        "COLUMNS(*) > 1",
    ],
)
def test_an_expression_is_no_query_and_reaches_no_other_table(sql):
    assert QUERY in refusal(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "read_text('/etc/passwd') = 'x'",
        "read_csv('/etc/passwd') IS NOT NULL",
        "read_parquet('/tmp/x') IS NOT NULL",
        "glob('/*') = 'x'",
        "getenv('HOME') = 'x'",
        "current_setting('home_directory') = 'x'",
        "getvariable('x') = 1",
        "set_config('a', 'b', 'c') = 'x'",
        "pragma_version() = 'x'",
        "query('SELECT 1') = 1",
        "nextval('x') > 1",
        "my_macro(orders) > 1",
        "error('x')",
        "random() > 0.5",
        "uuid() = 'x'",
        "now() > last_order_on",
        "last_order_on < current_date",
        "list_filter([1], x -> x > 0) = [1]",
        "[x for x in [1, 2]] = [1]",
        "{'a': 1}.a = orders",
        "MAP {'a': 1} = 1",
        "gender[1] = 'f'",
        "gender ~ 'f.*'",
        "regexp_matches(gender, '(a+)+$')",
        "gender || 'x' = 'fx'",
        "row_number() OVER () > 1",
        "orders > $1",
        "orders > ?",
        "orders > 1 AS x",
        "gender COLLATE NOCASE = 'x'",
        "orders & 1 = 1",
        "gender GLOB '*'",
        "CAST(gender AS JSON) IS NULL",
        "gender::REGCLASS IS NULL",
        "CAST(gender AS INET) IS NULL",
        "CAST(orders AS STRUCT(a INT)) IS NULL",
        "CAST('1' AS INT[]) IS NULL",
        "CAST(gender AS ENUM('a')) IS NULL",
        'CAST(orders AS "mine") IS NULL',
        "TRY_CAST(gender AS GEOMETRY) IS NULL",
        "CAST(orders AS DECIMAL(1000, 2)) > 1",
        "TIMESTAMPTZ '2026-01-01' > last_order_on",
        "PRAGMA version",
    ],
)
def test_only_functions_that_compute_with_values_alone_can_be_used(sql):
    assert refusal(sql).endswith(FORBIDDEN)


@pytest.mark.parametrize(
    "sql",
    [
        "COPY orders TO '/tmp/x'",
        "ATTACH '/tmp/x' AS x",
        "INSTALL httpfs",
        "LOAD 'x'",
        "SET x = 1",
        "SELECT 1",
        "DELETE FROM people",
        "CREATE TABLE x (a INT)",
        "orders ＞ 1",
        "orders > 1 AND",
        "(orders > 1",
        "'open",
        "/* open",
        " ",
        "",
    ],
)
def test_a_statement_or_broken_sql_is_refused(sql):
    said = refusal(sql)
    assert "cannot be read; check its brackets" in said or QUERY in said


@pytest.mark.parametrize(
    "sql", ["orders > 0 -- */ , (SELECT 1) /*", "orders /* x */ > /*+ y */ 0", "orders > 0;"]
)
def test_comments_and_a_last_semicolon_do_not_reach_the_engine(sql):
    assert accepts(sql) == "orders > 0"


def test_nothing_that_is_accepted_is_anything_but_names_values_and_allowed_functions():
    rules = source_rules()
    for sql in [*rules.tags.each().values(), *rules.groups.values()]:
        tree = condition.parse(sql, condition.kinds(rules.tags.each()), "x")
        assert all(isinstance(node, condition._ALLOWED) for node in tree.walk())


@pytest.mark.parametrize(
    "sql",
    [
        "(" * 40 + "orders > 1" + ")" * 40,
        "(" * 4000 + "orders > 1" + ")" * 4000,
        "NOT " * 2000 + "member",
        "- " * 3000 + "orders > 1",
        "lower(" * 300 + "gender" + ")" * 300 + " = 'x'",
        "CASE WHEN orders > 1 THEN " * 200 + "TRUE" + " END" * 200,
    ],
)
def test_what_is_nested_too_deeply_is_told_in_a_sentence(sql):
    assert refusal(sql).endswith("has too many brackets within each other; say it in several tags")


@pytest.mark.parametrize(
    "sql", ["a" * 10_001, "gender = '" + "x" * 100_000 + "'", "orders IN (" + "1," * 9999 + "1)"]
)
def test_what_is_too_long_is_told_without_repeating_it(sql):
    assert refusal(sql) == "is longer than 10,000 characters; say it in several tags"


def test_long_chains_and_lists_are_no_nesting():
    assert accepts(" OR ".join(["orders = 1"] * 300))
    assert accepts("orders + " * 300 + "1 > 0")
    assert accepts("first_product IN (" + ", ".join(f"'{n}'" for n in range(500)) + ")")


def test_an_expression_as_deep_as_is_allowed_can_be_written_in_a_deep_call():
    def deeper(n, sql):
        return deeper(n - 1, sql) if n else accepts(sql)

    deepest = condition.DEEPEST - 2  # a column and its name are things too
    assert deeper(200, "(" * deepest + "orders > 1" + ")" * deepest)
    assert "too many brackets" in refusal("(" * (deepest + 1) + "orders > 1" + ")" * (deepest + 1))


# --- types --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "orders > 'abc'",
        "gender > 3",
        "gender = 3",
        "gender IN (1, 2)",
        "orders = gender",
        "last_order_on = gender",
        "member = gender",
        "gender AND member",
        "NOT gender",
        "last_order_on < 'soon'",
        "last_order_on > DATE '2026-13-01'",
        "last_order_on > 3",
        "lower(orders) = 'x'",
        "abs(gender) > 1",
        "gender + 1 > 2",
        "CAST(gender AS INT) > 3",
        "coalesce(orders, 'x') = 1",
        "CASE WHEN orders > 5 THEN gender ELSE net_sales END = 'x'",
        "CASE WHEN orders > 5 THEN gender = 3 END",
        "orders IN ()",
        "orders = 1 = 1",
        "orders * orders * orders * orders > 1",
        "a_tag > 5",
        "gender = '\x00'",
    ],
)
def test_types_that_do_not_go_together_are_told_when_the_settings_are_read(sql):
    assert refusal(sql, {"a_tag": "gender"}).startswith("the engine refuses ")


@pytest.mark.parametrize("sql", ["orders", "net_sales * 2", "gender", "NULL", "1", "'x'", "'x\ny'"])
def test_a_group_is_a_condition_and_no_value(sql):
    assert refusal(sql).endswith('is no condition; write one such as "orders >= 2"')


def test_an_accepted_expression_does_not_fail_on_anybody():
    people = {name: [*condition._TRIED[kind]] for name, kind in KNOWN.items()}
    rules = source_rules()
    for sql in rules.tags.each().values():
        assert len(held_by(sql, **people)) == 4


# --- in a shop's settings -----------------------------------------------------------------------------------

ORDERS = '[tables.orders]\nfiles = "orders.csv"\npreset = "template"\n'


def rules_in(folder, text):
    (folder / "shop.toml").write_text(HEAD + ORDERS + text, encoding="utf-8")
    return read_shop(folder).rules


def complaint(folder, text):
    with pytest.raises(ShopcrmError) as caught:
        rules_in(folder, text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_shops_own_tag_lies_over_that_of_the_workbook_and_an_empty_one_drops_it(tmp_path):
    text = '[rules.tags.behaviour]\nsilent = "orders = 0"\nprice = ""\nmine = "orders > 9"\n'
    rules = rules_in(tmp_path, text + '[rules.groups]\nmembers = ""\nbig = "mine AND silent"\n')
    tags = rules.tags.each()
    assert (tags["silent"], tags["mine"]) == ("orders = 0", "orders > 9")
    assert "price" not in tags and "price" not in rules.tags.kinds()
    assert tags["repurchased"] == source_rules().tags.each()["repurchased"]
    assert "members" not in rules.groups and rules.groups["big"] == "mine AND silent"


def test_a_group_that_reads_a_dropped_tag_is_told(tmp_path):
    said = complaint(tmp_path, '[rules.tags.behaviour]\nrepurchased = ""\n')
    assert said.startswith(
        'shop.toml: [rules.groups] repeat_buyers: there is no feature or tag "repurchased"'
    )
    rules_in(tmp_path, '[rules.tags.behaviour]\nrepurchased = ""\n[rules.groups]\nrepeat_buyers = ""\n')


def test_a_tag_in_two_sections_is_refused_unless_one_of_them_is_dropped(tmp_path):
    said = complaint(tmp_path, '[rules.tags.basic]\nsilent = "orders = 0"\n')
    assert said == 'shop.toml: [rules.tags] the tag "silent" is there twice; give one of them another name'
    assert "twice" in complaint(tmp_path, '[rules.tags.basic]\nSILENT = "orders = 0"\n')
    for behaviour, basic in (("", "orders = 0"), ("orders = 0", "")):
        text = f'[rules.tags.behaviour]\nsilent = "{behaviour}"\n[rules.tags.basic]\nsilent = "{basic}"\n'
        tags = rules_in(tmp_path, text).tags
        assert tags.each()["silent"] == "orders = 0"
        assert tags.kinds()["silent"] == ("basic" if basic else "behaviour")


def test_two_groups_whose_files_could_be_one_are_refused(tmp_path):
    said = complaint(tmp_path, '[rules.groups]\nVIP = "orders > 9"\nvip = "orders > 5"\n')
    assert said.endswith('the group "vip" is there twice; give one of them another name')


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../x",
            "a/b",
            "a\\b",
            "",
            " ",
            "a b",
            "a.csv",
            "=cmd",
            "<b>",
            "a\n",
            "a\nb",
            "a'b",
            'a"b',
            "x" * 41,
        ),
        *("con", "NUL", "lpt1", "aux"),
    ],
)
@pytest.mark.parametrize("section", ["groups", "tags.platform"])
def test_a_name_that_a_file_could_not_have_is_refused(section, name):
    parts = {"groups": {name: "TRUE"}} if section == "groups" else {"tags": {"platform": {name: "TRUE"}}}
    with pytest.raises(ValidationError, match=r"cannot be a name; use up to 40 letters, digits, _ and -"):
        rules_of(**parts)


@pytest.mark.parametrize("name", ["新客", "a-b_9", "x" * 40, "接触过", "consul"])
def test_a_name_may_be_in_any_letters(name):
    assert name in rules_of(groups={name: "TRUE"}).groups
    assert name in rules_of(tags={"basic": {name: "TRUE"}}).tags.each()


def test_a_mistake_in_a_group_is_told_with_its_name_when_a_shop_is_opened(tmp_path):
    with pytest.raises(ShopcrmError, match=r"^shop.toml: \[rules.groups\] 新客: .*READ_TEXT"):
        shop_of(
            tmp_path / "a",
            "order_id customer_id paid_at paid\n1 a 2024-06-30 5",
            settings='[rules.groups]\n"新客" = "read_text(\'x\') = 1"\n',
        )
    said = complaint(tmp_path, "[rules.groups]\nx = 3\n")
    assert said == "shop.toml: [rules.groups] x: input should be a valid string"


# --- whatever is written ------------------------------------------------------------------------------------

WORDS = [
    *("orders", "gender", "member", "last_order_on", "net_sales", "AND", "OR", "NOT", "IN", "LIKE", "IS"),
    *("NULL", "CASE", "WHEN", "THEN", "ELSE", "END", "SELECT", "FROM", "CAST", "AS", "DATE", "BETWEEN"),
    *(
        "(",
        ")",
        ",",
        ";",
        "'",
        '"',
        "--",
        "/*",
        "*/",
        "=",
        ">",
        "<",
        "+",
        "-",
        "*",
        "/",
        "%",
        "::",
        ".",
        "[",
        "]",
    ),
    *(
        "{",
        "}",
        "$$",
        "$1",
        "?",
        "@",
        "#",
        "|",
        "||",
        "->",
        "'x'",
        "1",
        "0.5",
        "1e400",
        "99999999999999999999",
    ),
    *("INTERVAL", "lower", "round", "coalesce", "VARCHAR", "EXISTS", "LATERAL", "FILTER", "OVER", "WITHIN"),
    *(
        "read_text",
        "E'",
        "U&'",
        "x'",
        "\\",
        "\x00",
        "\n",
        "\u200b",
        "＞",
        "ALL",
        "ANY",
        "PIVOT",
        "UNNEST",
        "STRUCT",
    ),
]


def either_fine_or_told(sql):
    try:
        condition.check({}, {"g": sql})
    except ShopcrmError as error:
        assert "\n" not in str(error) and len(str(error)) < 600
        return
    text = condition.parse(sql, KNOWN, "g").sql(dialect="duckdb")
    names = expression.columns(condition.parse(sql, KNOWN, "g"))
    people = {name: [*condition._TRIED[KNOWN[name]]] for name in names} or {"orders": ["1"]}
    assert len(held_by(text, **people)) == len(next(iter(people.values())))


@MANY
@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
@example("orders IN [1, 2]")
@example("orders IS 1")
def test_whatever_words_are_put_together_are_computed_or_told_in_a_sentence(sql):
    either_fine_or_told(sql)


@MANY
@given(st.text(max_size=40))
@example("\ud800 > 1")
@example("orders > 1 \ud800")
@example("gender = '\ud800'")
@example("gender = $a$x$a$")
def test_whatever_text_stands_there_is_computed_or_told_in_a_sentence(sql):
    either_fine_or_told(sql)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(max_size=45))
def test_whatever_name_a_group_has_is_refused_or_can_be_a_file(name):
    try:
        rules_of(groups={name: "TRUE"})
    except ValidationError:
        return
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"group_{name}.parquet").write_text("x")
        assert [path.name for path in Path(folder).iterdir()] == [f"group_{name}.parquet"]
