"""Settings: a shop.toml is checked before anything is computed, and each mistake is one sentence."""

import pytest
from build import HEAD, rules_of
from pydantic import ValidationError

from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.rules import RULES_FILE, Rules
from shopcrm_nb.settings import merge, read_shop, read_toml

ORDERS = '[tables.orders]\nfiles = "orders.csv"\npreset = "template"\n'


def settings_of(folder, text):
    (folder / "shop.toml").write_text(text, encoding="utf-8")
    return read_shop(folder)


def complaint(folder, text):
    with pytest.raises(ShopcrmError) as caught:
        settings_of(folder, text)
    return str(caught.value)


# --- a good file --------------------------------------------------------------------------------------------


def test_what_a_shop_does_not_say_comes_from_the_rules_of_the_source(tmp_path):
    found = settings_of(tmp_path, HEAD + ORDERS)
    assert (found.name, found.currency, found.timezone) == ("Test shop", "CNY", "Asia/Shanghai")
    assert found.engine.url == "duckdb://"
    assert found.rules == Rules(**read_toml(RULES_FILE))


def test_the_rules_are_the_numbers_of_the_source_text():
    rules = rules_of()
    assert rules.rfm.recency_months == (1, 3, 4, 7, 12)
    assert rules.rfm.frequency == (6, 4, 3, 2, 1)
    assert rules.rfm.monetary == (2000, 1000, 500, 300, 0)
    assert (rules.rfm.weights.r, rules.rfm.weights.f, rules.rfm.weights.m) == (1, 3, 4)
    assert rules.grades.limits() == {"P": 36, "G": 26, "S": 17, "B": 1}
    assert rules.grades.min_customers == 150_000
    assert rules.rfm.values() == list(range(8, 41))


def test_a_shops_own_numbers_lie_over_the_rules_one_by_one(tmp_path):
    text = "[rules.rfm]\nmonetary = [900, 500, 300, 100, 0]\nweights = { r = 2 }\n"
    text += "[rules.check]\nimmature_days = 7\n"
    rules = settings_of(tmp_path, HEAD + ORDERS + text).rules
    assert rules.rfm.monetary == (900, 500, 300, 100, 0)
    assert (rules.rfm.weights.r, rules.rfm.weights.f) == (2, 3)
    assert rules.rfm.frequency == (6, 4, 3, 2, 1)
    assert (rules.check.immature_days, rules.check.max_gap_days) == (7, 14)


def test_laying_values_over_others_changes_neither():
    base, own = {"a": {"x": 1, "y": 2}, "b": 3}, {"a": {"x": 9}}
    assert merge(base, own) == {"a": {"x": 9, "y": 2}, "b": 3}
    assert (base, own) == ({"a": {"x": 1, "y": 2}, "b": 3}, {"a": {"x": 9}})


def test_a_column_is_a_header_an_expression_the_rows_number_or_a_list_of_them(tmp_path):
    text = ORDERS + (
        '[tables.orders.columns]\norder_id = { row = true }\npaid = { sql = "a - b" }\n'
        'paid_at = "Date"\ncustomer_id = ["open id", "nick"]\n'
    )
    columns = settings_of(tmp_path, HEAD + text).tables["orders"].columns
    assert columns["order_id"][0].row
    assert columns["paid"][0].sql == "a - b"
    assert [c.header for c in columns["customer_id"]] == ["open id", "nick"]


def test_orders_made_of_lines_may_stand_under_tables(tmp_path):
    text = HEAD + '[tables.order_items]\nfiles = "lines.csv"\n[tables.orders_from_items]\npaid_at = "When"\n'
    found = settings_of(tmp_path, text)
    assert list(found.tables) == ["order_items"]
    assert found.orders_from_items["paid_at"][0].header == "When"


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    (tmp_path / "shop.toml").write_text(HEAD + ORDERS, encoding="utf-8-sig")
    assert read_shop(tmp_path).name == "Test shop"


# --- a file with a mistake ----------------------------------------------------------------------------------


def test_a_missing_file_says_how_to_get_one(tmp_path):
    with pytest.raises(ShopcrmError, match=r"there is no shop\.toml here; shopcrm init writes one"):
        read_shop(tmp_path)


def test_broken_toml_is_told_with_its_line(tmp_path):
    said = complaint(tmp_path, HEAD + "currency CNY\n")
    assert said.startswith("shop.toml: ")
    assert "at line 4" in said


def test_a_file_in_another_encoding_is_named(tmp_path):
    (tmp_path / "shop.toml").write_bytes((HEAD + ORDERS).replace("Test", "夏艺").encode("gb18030"))
    with pytest.raises(ShopcrmError, match=r"^shop\.toml: is not UTF-8; save it as UTF-8$"):
        read_shop(tmp_path)


GIVE = "the weights and cut points give RFM values"
NO_ORDERS = "no orders: add [tables.orders], or [tables.orders_from_items] beside [tables.order_items]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD.replace("name", "nmae") + ORDERS, 'has no key "nmae" (did you mean "name"?)'),
        (HEAD.replace('name = "Test shop"\n', "") + ORDERS, "name is missing"),
        (HEAD.replace("Test shop", "") + ORDERS, "name: string should have at least 1 character"),
        (HEAD, "tables is missing"),
        (
            HEAD + ORDERS.replace("preset", "prest"),
            '[tables.orders] has no key "prest" (did you mean "preset"?)',
        ),
        (
            HEAD + ORDERS.replace("tables.orders", "tables.ordres"),
            '[tables.ordres]: "ordres" is not a canonical table (did you mean "orders"?)',
        ),
        (
            HEAD + ORDERS + '[tables.orders.columns]\npayed = "x"\n',
            '[tables.orders.columns]: "payed" is not a canonical column (did you mean "paid"?)',
        ),
        (
            HEAD + ORDERS + '[tables.orders.columns]\nbuyer = "x"\n',
            '[tables.orders.columns]: "buyer" is not a canonical column (did you mean "customer_id"?)',
        ),
        (
            HEAD + ORDERS + '[tables.orders.columns]\nOrderNumber = "x"\n',
            '[tables.orders.columns]: "OrderNumber" is not a canonical column (did you mean "order_id"?)',
        ),
        (
            HEAD + ORDERS + '[tables.orders.columns]\nzzz = "x"\n',
            '[tables.orders.columns]: "zzz" is not a canonical column',
        ),
        (
            HEAD + ORDERS + "[tables.orders.columns]\npaid = { sqll = 'x' }\n",
            '[tables.orders.columns.paid] has no key "sqll" (did you mean "sql"?)',
        ),
        (
            HEAD + ORDERS + "[tables.orders.columns]\npaid = { row = false }\n",
            '[tables.orders.columns] paid: is a header, { sql = "…" } or { row = true }',
        ),
        (
            HEAD + '[tables.orders]\npreset = "template"\n',
            '[tables.orders] needs either files = ["…"] or table = "…"',
        ),
        (HEAD + '[tables.customers]\nfiles = "c.csv"\n', NO_ORDERS),
        (
            HEAD + ORDERS + '[tables.orders_from_items]\npaid_at = "x"\n',
            "[tables.orders_from_items] goes with [tables.order_items] and without [tables.orders]",
        ),
        (
            HEAD.replace("CNY", "RMB") + ORDERS,
            'currency: "RMB" is not a currency code; write it as in CNY, EUR or USD',
        ),
        (
            HEAD.replace("Asia/Shanghai", "Asia/Shanghi") + ORDERS,
            'timezone: "Asia/Shanghi" is not a time zone (did you mean "Asia/Shanghai"?); write it as in '
            "Asia/Shanghai",
        ),
        (
            HEAD + ORDERS + "[rules.rfm]\nfrequncy = [2, 1]\n",
            '[rules.rfm] has no key "frequncy" (did you mean "frequency"?)',
        ),
        (
            HEAD + ORDERS + "[rules.rfm]\nweights = { x = 1 }\n",
            '[rules.rfm.weights] has no key "x"',
        ),
        (
            HEAD + ORDERS + '[rules.rfm]\nmonth = "lunar"\n',
            "[rules.rfm] month: input should be 'calendar' or '30days'",
        ),
        ("rules = 5\n" + HEAD + ORDERS, "[rules] must be a section with keys of its own"),
        ("tables = 5\n" + HEAD, "[tables] must be a section with keys of its own"),
        (HEAD + ORDERS + "[rules]\nrfm = 5\n", "[rules.rfm] must be a section with keys of its own"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_where(tmp_path, text, said):
    assert complaint(tmp_path, text) == f"shop.toml: {said}"


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("recency_months = [1, 3, 3, 7, 12]", "recency_months: must rise from at least 1 to at most 1200"),
        ("recency_months = [0, 3]", "recency_months: must rise from at least 1 to at most 1200"),
        ("recency_months = [1, 12000]", "recency_months: must rise from at least 1 to at most 1200"),
        ("frequency = [6, 4, 4, 2, 1]", "frequency: must fall to 1, such as [6, 4, 3, 2, 1]"),
        ("frequency = [1, 2, 3, 4, 6]", "frequency: must fall to 1, such as [6, 4, 3, 2, 1]"),
        ("frequency = [6, 4, 3, 2]", "frequency: must fall to 1, such as [6, 4, 3, 2, 1]"),
        ("monetary = [500, 1000, 300, 0]", "monetary: must fall and end at 0 or above"),
        ("monetary = [500, 300, -1]", "monetary: must fall and end at 0 or above"),
        ("monetary = [nan, 300, 0]", "monetary: input should be a finite number"),
        ("monetary = [500]", "monetary: tuple should have at least 2 items"),
        ("weights = { f = -1 }", "[rules.rfm.weights] f: input should be greater than or equal to 0"),
    ],
)
def test_unordered_or_overlapping_cut_points_are_refused(tmp_path, rules, said):
    assert said in complaint(tmp_path, f"{HEAD}{ORDERS}[rules.rfm]\n{rules}\n")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            "[rules.grades]\nplatinum = 20",
            "[rules.grades] must fall from platinum to bronze, such as 36, 26, 17, 1",
        ),
        (
            "[rules.grades]\nfit_min_share = 0.95",
            "[rules.grades] fit_min_share must be below fit_max_share, such as 0.01 and 0.9",
        ),
        (
            "[rules.grades]\nplatinum = 41",
            f"[rules] nobody can reach grade P (from 41): {GIVE} from 8 to 40; move its limit",
        ),
        (
            "[rules.grades]\nsilver = 7",
            f"[rules] nobody can reach grade B (from 1 and below 7): {GIVE} from 8 to 40; move its limit",
        ),
        (
            "[rules.grades]\nbronze = 9",
            "[rules] an RFM value of 8 is below every grade; lower bronze to it",
        ),
        (
            "[rules.rfm]\nweights = { r = 1, f = 1, m = 1 }",
            f"[rules] nobody can reach grade P (from 36): {GIVE} from 3 to 15; move its limit",
        ),
        (
            "[rules.rfm]\nweights = { r = 0, f = 0, m = 0 }",
            f"[rules] nobody can reach grade P (from 36): {GIVE} from 0 to 0; move its limit",
        ),
    ],
)
def test_rules_that_no_customer_can_meet_are_refused(tmp_path, rules, said):
    assert complaint(tmp_path, f"{HEAD}{ORDERS}{rules}\n") == f"shop.toml: {said}"


def test_rules_do_not_change_after_reading():
    with pytest.raises(ValidationError, match="frozen"):
        rules_of().grades.platinum = 1


@pytest.mark.parametrize(
    ("row", "says"), [("0", "greater than or equal to 1"), ('"four"', "a valid integer"), ("2.5", "integer")]
)
def test_the_row_of_the_headers_is_counted_from_one(tmp_path, row, says):
    said = complaint(tmp_path, HEAD + ORDERS + f"header_row = {row}\n")
    assert said.startswith("shop.toml: [tables.orders] header_row: ") and says in said
    settings = settings_of(tmp_path, HEAD + ORDERS + "header_row = 4\n")
    assert settings.tables["orders"].header_row == 4


@pytest.mark.parametrize("name", ["cp125", "base64", ""])
def test_an_encoding_is_one_that_is_known_or_left_out(tmp_path, name):
    text = HEAD + ORDERS + f'encoding = "{name}"\n'
    if not name:
        assert settings_of(tmp_path, text).tables["orders"].encoding == ""
        return
    assert complaint(tmp_path, text) == (
        f'shop.toml: [tables.orders] encoding: "{name}" is not an encoding; write it as in utf-8, cp1252, '
        "gb18030 or utf-16"
    )
