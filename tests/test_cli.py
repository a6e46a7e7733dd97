"""The command line: every mistake is one sentence and exit 1, every command has help and an example."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shopcrm_nb import cli, i18n, run, workbook
from shopcrm_nb.errors import ShopcrmError

ROOT = Path(__file__).parents[1]
TOML = """name = "a"
currency = "CNY"
timezone = "Asia/Shanghai"

[tables.orders]
files = ["a.csv"]
preset = "template"
"""
ROWS = "order_id,paid_at,paid,customer_id\n1,2024-06-29 10:00,100,a\n2,2024-06-30 11:00,200,b\n"


def make(folder: Path, rows: str | None = ROWS, toml: str = TOML) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "shop.toml").write_text(toml, encoding="utf-8")
    if rows is not None:
        (folder / "a.csv").write_text(rows, encoding="utf-8")
    return folder


def shopcrm(*words: str) -> subprocess.CompletedProcess:
    program = "import sys; from shopcrm_nb.cli import main; sys.argv[0] = 'shopcrm'; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, encoding="utf-8", cwd=ROOT
    )


def refused(*words: str) -> str:
    """Run a command in this process and return the sentence with which it is refused."""
    result = CliRunner().invoke(cli.app, list(words))
    assert isinstance(result.exception, ShopcrmError), (result.exception, result.output)
    return str(result.exception)


@pytest.mark.parametrize(
    ("rows", "toml", "says"),
    [
        (None, TOML, 'there is no file "a.csv"'),
        (None, TOML, "names are relative to shop.toml"),
        ("", TOML, "a.csv: the file is empty"),
        ("order_id,paid_at,paid\n", TOML, "a.csv: has headers but no rows"),
        ("order_id,paid_at,customer_id\n1,2024-01-01,a\n", TOML, "a.csv: no column for orders.paid"),
        ("order_id,paid_at,paid\n1,2024-01-01,much\n", TOML, 'not an amount, such as "much"'),
        ("order_id,paid_at,paid\n1,some day,5\n", TOML, 'not a time, such as "some day"'),
        (ROWS, TOML.replace('"template"', '"taobao_order"'), 'did you mean "taobao_orders"?'),
        (ROWS, TOML.replace('currency = "CNY"', 'currency = "CNY'), "at line 2"),
        (ROWS, TOML.replace("preset", "prest"), 'did you mean "preset"?'),
        (ROWS, TOML.replace("tables.orders", "tables.order"), 'did you mean "orders"?'),
        ('order_id,paid_at,paid\n1,2024-01-01,"12,50"\n', TOML, "if the comma is the decimal sign"),
        (ROWS, TOML + "[rules.rfm]\nmonetary = [1, 2]\n", "monetary: must fall"),
    ],
)
def test_bad_input_is_told_in_one_sentence(tmp_path, rows, toml, says):
    sentence = refused("check", str(make(tmp_path / "s", rows, toml)))
    assert says in sentence
    assert "\n" not in sentence
    assert "Traceback" not in sentence


def test_a_mistake_ends_with_exit_1_a_sentence_on_stderr_and_no_traceback(tmp_path):
    result = shopcrm("check", str(make(tmp_path / "s", "")))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "shopcrm: a.csv: the file is empty; export it again\n"


@pytest.mark.parametrize(
    "words", [["chekc", "demo"], ["run", "demo", "--langg", "zh"], ["check"], ["run", "demo", "--jobs", "0"]]
)
def test_a_call_that_is_written_wrongly_ends_with_exit_1_and_a_sentence(words):
    result = shopcrm(*words)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("shopcrm: ")
    assert len(result.stderr.splitlines()) == 1


def test_check_says_what_was_read_and_ends_with_exit_0(tmp_path):
    result = CliRunner().invoke(cli.app, ["check", str(make(tmp_path / "s"))])
    assert result.exit_code == 0
    assert "orders: a.csv: 2 rows" in result.output
    assert "2 valid orders from 2024-06-29 to 2024-06-30 are used." in result.output


def test_check_ends_with_exit_1_where_no_order_counts(tmp_path):
    rows = "order_id,paid_at,paid,refund\n1,2024-06-29 10:00,100,100\n"
    result = CliRunner().invoke(cli.app, ["check", str(make(tmp_path / "s", rows))])
    assert result.exit_code == 1
    assert "error: orders:" in result.output


@pytest.mark.parametrize("day", ["2024-07-01", "2024-06-28"])
def test_a_day_outside_the_data_is_refused(tmp_path, day):
    said = refused("run", str(make(tmp_path / "s")), "--as-of", day)
    assert said == f"as_of: {day} is outside the data; paid orders run from 2024-06-29 to 2024-06-30"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--as-of", "yesterday"], "write it as in 2024-06-30"),
        (["--lang", "fr"], "use en or zh"),
        (["segmnts"], 'there is no notebook "segmnts" (did you mean "segments"?)'),
        (["4", "--set", "topn=5"], '--set topn: no such parameter (did you mean "top_n"?)'),
        (["4", "--set", "top_n=many"], '--set top_n: "many" is not a whole number, such as 20'),
        (["4", "--set", "top_n"], "write it as name=value"),
        (["4", "--set", "top_n=0"], "--set top_n: 0 is too small; it must be 1 or more"),
        (["4", "--set", "as_of=2024-06-30"], "use the option for it instead, such as --as-of"),
    ],
)
def test_a_wrong_word_of_run_is_refused_before_a_kernel_starts(tmp_path, words, says):
    assert says in refused("run", str(make(tmp_path / "s")), *words)
    assert not (ROOT / "reports" / "s").exists()


def test_an_unknown_shop_is_refused_with_the_nearest():
    assert 'there is no shop "dmo" (did you mean "demo"?)' in refused("check", "dmo")


def test_out_never_replaces_a_folder_that_is_no_report(tmp_path):
    precious = make(tmp_path / "precious")
    said = refused("run", str(make(tmp_path / "s")), "0", "--out", str(precious))
    assert "is there already and is no report" in said
    assert (precious / "a.csv").read_text(encoding="utf-8") == ROWS


def test_list_names_each_notebook_with_its_question_and_parameters():
    shown = CliRunner().invoke(cli.app, ["list"]).output
    assert "04_segments: What is each customer worth to the shop?" in shown
    assert "top_n = 20: how many customers a list shows" in shown
    assert "needs: orders, orders.customer_id" in shown


CHECK_IN_CHINESE = """\
订单：a.csv，4 行，utf-8
订单：4 → 3，剔除 1 行（未付款）
订单：3 → 2，剔除 1 行（退款后没有剩余金额，或不超过店铺设定的下限）
"""


def test_check_speaks_the_language_that_was_asked_for(tmp_path):
    rows = (
        "order_id,paid_at,paid,customer_id,status,refund\n1,2024-06-29 10:00,100,a,success,\n"
        "2,2024-06-30 11:00,200,b,oddly,\n3,,5,c,unpaid,\nFREE-4,2024-06-30 12:00,0,c,success,\n"
    )
    shown = CliRunner().invoke(cli.app, ["check", str(make(tmp_path / "s", rows)), "--lang", "zh"]).output
    assert shown.startswith(CHECK_IN_CHINESE)
    for line in shown.splitlines()[3:-1]:
        assert re.match("(错误|警告|提示)：订单：.*。$", line), line
    assert "警告：订单：1 笔订单的状态“oddly”不认识" in shown
    assert re.search("[^ ]（FREE-4）。", shown)


def test_the_summary_of_a_run_speaks_the_language_and_stands_in_columns(monkeypatch):
    states = [
        run.State("01_data_check", "", "", "ok", 3.14159, findings=2),
        run.State("04_segments", "", "", "failed", 12.0, error="boom"),
    ]
    assert printed(monkeypatch, "en", lambda: cli._summary(states)) == [
        "Page           State   Seconds  Findings",
        "01_data_check  ok          3.1         2",
        "04_segments    failed     12.0         0",
    ]
    assert printed(monkeypatch, "zh", lambda: cli._summary(states)) == [
        "页面           状态  用时（秒）  发现",
        "01_data_check  完成         3.1     2",
        "04_segments    失败        12.0     0",
    ]


def test_the_progress_of_a_run_speaks_the_language(monkeypatch):
    begun = run.State("04_segments", "", "", "running")
    ended = run.State("04_segments", "", "", "failed", 12.0, error="boom")
    tell = cli._progress(2)
    assert printed(monkeypatch, "en", lambda: (tell(begun), tell(ended))) == [
        "04_segments: begun",
        "[1/2] 04_segments: failed in 12.0 s: boom",
    ]
    tell = cli._progress(2)
    assert printed(monkeypatch, "zh", lambda: (tell(begun), tell(ended))) == [
        "04_segments：开始运行",
        "[1/2] 04_segments：失败，用时 12.0 秒：boom",
    ]


def printed(monkeypatch, lang: str, do) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(cli.out, "print", lambda text, markup: lines.append(text))
    i18n.use(lang)
    try:
        do()
    finally:
        i18n.use("en")
    return lines


def test_init_says_what_it_wrote_where_and_the_one_thing_to_do_next(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("Order no,Settled,Paid\n1001,2024-01-05,12.00\n", encoding="utf-8")
    shop = tmp_path / "shop"
    result = CliRunner().invoke(cli.app, ["init", str(shop), str(file)])
    assert result.exit_code == 1
    assert result.output.splitlines()[-2:] == [
        f"written: {shop / 'shop.toml'}",
        'next: open it, put the right header into "# paid_at = …", take off the # in front, and run: '
        f"shopcrm check {shop}",
    ]
    (shop / "shop.toml").unlink()
    file.write_text("Order no,Paid at,Paid\n1001,2024-01-05,12.00\n", encoding="utf-8")
    result = CliRunner().invoke(cli.app, ["init", str(shop), str(file)])
    assert result.exit_code == 0
    assert result.output.splitlines()[-2:] == [
        f"written: {shop / 'shop.toml'}",
        f"next: shopcrm check {shop}",
    ]


def commands() -> list:
    return [command.callback for command in cli.app.registered_commands]


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.__name__)
def test_every_command_has_help_and_an_example(command):
    first, *_rest = command.__doc__.splitlines()
    assert first.endswith(".")
    assert "Example: shopcrm " in command.__doc__


def test_every_option_has_help():
    import typer.main

    for command in typer.main.get_command(cli.app).commands.values():
        for parameter in command.params:
            assert parameter.name == "help" or parameter.help, f"{command.name} {parameter.name}"


def test_demo_writes_the_shop_that_is_committed(tmp_path):
    result = CliRunner().invoke(cli.app, ["demo", str(tmp_path / "demo")])
    assert result.exit_code == 0
    made = (tmp_path / "demo" / "shop.toml").read_bytes()
    assert made == (workbook.root() / "data" / "demo" / "shop.toml").read_bytes()


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        (
            "classic_cut=meen",
            '--set classic_cut: "meen" is not one of mean, median, own (did you mean "mean"?)',
        ),
        ("calibrate=", '--set calibrate: "" is not one of quantiles, breaks'),
    ],
)
def test_a_word_that_a_parameter_does_not_take_is_refused_before_anything_runs(tmp_path, setting, says):
    assert says in refused(
        "run", str(make(tmp_path / "a")), "04", "--set", setting, "--out", str(tmp_path / "r")
    )
    assert not (tmp_path / "r").exists()


def test_a_shop_named_by_a_path_without_a_slash_runs(tmp_path):
    make(tmp_path / "a")
    program = "import sys; from shopcrm_nb.cli import main; sys.argv[0] = 'shopcrm'; main()"
    words = ["run", "a", "01", "--out", "report"]
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "report" / "index.html").exists()
