"""Arms: what each campaign's messages were divided into, and a hold-out that is not read as one."""

import pandas as pd
import pytest
from build import shop_of, write_shop
from fulfil import in_memory

from shopcrm_nb import arms, check, model, preset
from shopcrm_nb.absent import NotComputed

ORDERS = "order_id customer_id paid_at paid\n1 a 2024-06-02T10:00 50\n2 b 2024-06-30T10:00 70"
HEAD = "campaign_id customer_id channel sent_at arm delivered_at opened_at clicked_at cost"
AT = "2024-06-01"


def sends_of(*groups):
    """Messages of groups (campaign, arm, how many, delivered, opened, clicked, cost), one a customer."""
    rows, person = [], 0
    for campaign, arm, n, delivered, opened, clicked, cost in groups:
        for place in range(n):
            person += 1
            told = [AT if place < k else None for k in (delivered, opened, clicked)]
            rows.append([campaign, f"c{person:04d}", "email", AT, arm, *told, cost])
    return pd.DataFrame(rows, columns=HEAD.split())


def shop_with(*groups, **tables):
    return in_memory(ORDERS, sends=sends_of(*groups), **tables)


def said_of(*groups):
    return arms.warnings(shop_with(*groups)).finding.tolist()


def whys(*groups):
    found = arms.overlooked(arms.of_campaigns(shop_with(*groups)))
    return list(zip(found.campaign_id, found.arm, found.why, strict=True))


# --- the arms -----------------------------------------------------------------------------------------------


def test_each_arm_is_counted_with_what_not_one_of_its_messages_tells():
    sends = f"""{HEAD}
    x a sms 2024-06-01 A {AT} {AT} - 0.5
    x a sms 2024-06-02 A {AT} - - 0
    x b sms 2024-06-01 A - - - -
    x c sms 2024-06-01 holdout - - - 0
    x d sms 2024-06-01 - {AT} - - 0.5
    x e sms 2024-07-01 A {AT} {AT} {AT} 0.5
    w a sms 2024-06-01 A - - {AT} -"""
    found = arms.of_campaigns(in_memory(ORDERS, sends=sends))
    assert list(found) == arms.COLUMNS
    rows = found.astype(object).where(found.notna(), None).values.tolist()
    assert rows == [
        ["w", "A", False, 1, 1, 0, 0, 1, 0, ("delivered_at", "opened_at", "cost")],
        ["x", "A", False, 3, 2, 2, 1, 0, 1, ("clicked_at",)],
        ["x", "holdout", True, 1, 1, 0, 0, 0, 0, ("delivered_at", "opened_at", "clicked_at", "cost")],
        ["x", None, False, 1, 1, 1, 0, 0, 1, ("opened_at", "clicked_at")],
    ]


def test_columns_that_the_shop_lacks_are_filled_in_no_message():
    sends = "campaign_id customer_id channel sent_at arm\nx a sms 2024-06-01 A"
    (row,) = arms.of_campaigns(in_memory(ORDERS, sends=sends)).itertuples()
    assert row.unfilled == arms.SIGNS
    assert row.messages == 1


def test_without_a_single_arm_nothing_is_computed_and_nothing_is_warned_of():
    bare = in_memory(ORDERS)
    without = in_memory(ORDERS, sends="campaign_id customer_id channel sent_at\nx a sms 2024-06-01")
    empty = in_memory(ORDERS, sends="campaign_id customer_id channel sent_at arm\nx a sms 2024-06-01 -")
    assert arms.of_campaigns(bare) == NotComputed("sends.campaign_id")
    for shop in (without, empty):
        assert arms.of_campaigns(shop) == NotComputed("sends.arm")
    for shop in (bare, without, empty):
        assert arms.warnings(shop).empty
        assert list(arms.warnings(shop)) == ["severity", "finding"]


# --- a hold-out that is not read as one ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    [
        *(
            "no",
            "None",
            "NOT",
            "0",
            "without",
            "no contact A",
            "NotMailed",
            "group_control",
            "Baseline",
            "ｎｏｎｅ",
        ),
        *("w/o SMS", "hold out 10%", "held", "未购", "不发券", "空白", "对照 2", "留出10%", "無短信", "否"),
    ],
)
def test_words_that_are_given_to_those_who_are_not_written_to_read_like_a_hold_out(word):
    assert arms.reads_like_holdout(word)


@pytest.mark.parametrize(
    "word",
    [
        *("A", "B", "treatment", "Norway", "No. 1", "no_2", "10", "notable", "another", "uncontrolled"),
        *("version 0.5", "household", "nonstop", "未来", "短信", "实验组", "不同文案"),
    ],
)
def test_names_of_variants_do_not_read_like_a_hold_out(word):
    assert not arms.reads_like_holdout(word)


def test_an_arm_by_a_doubtful_name_is_asked_about_where_nobody_was_held_out():
    assert whys(("x", "A", 8, 0, 0, 0, None), ("x", "none", 2, 0, 0, 0, None)) == [("x", "none", "named")]
    held = ("x", "holdout", 2, 0, 0, 0, None)
    assert whys(("x", "A", 8, 0, 0, 0, None), ("x", "none", 2, 0, 0, 0, None), held) == []
    assert whys(("x", "none", 8, 0, 0, 0, None), ("y", "A", 8, 0, 0, 0, None)) == []  # nobody beside them


def test_who_opened_or_clicked_was_written_to_whatever_the_arm_is_called():
    assert whys(("x", "A", 8, 8, 8, 8, 1), ("x", "none", 9, 9, 1, 0, 1)) == []
    assert whys(("x", "A", 8, 8, 8, 8, 1), ("x", "none", 9, 9, 0, 1, 1)) == []
    assert whys(("x", "A", 8, 8, 8, 8, 1), ("x", "none", 9, 9, 0, 0, 1)) == [("x", "none", "named")]


def test_an_arm_of_which_no_message_arrived_is_asked_about_whatever_it_is_called_and_what_it_cost():
    assert whys(("x", "A", 10, 10, 2, 0, 1), ("x", "B", 5, 0, 0, 0, 1)) == [("x", "B", "silent")]
    assert whys(("x", "A", 10, 10, 2, 0, 1), ("x", None, 5, 0, 0, 0, None)) == [("x", None, "silent")]
    assert whys(("x", "A", 10, 10, 2, 0, 1), ("x", "B", 5, 1, 0, 0, None)) == []


def test_an_arm_without_costs_is_asked_about_where_the_others_have_them():
    assert whys(("x", "A", 10, 0, 0, 0, 1), ("x", "B", 5, 0, 0, 0, 0)) == [("x", "B", "silent")]
    assert whys(("x", "A", 10, 0, 0, 0, 1), ("y", "B", 5, 0, 0, 0, 0), ("y", "C", 5, 0, 0, 0, 0)) == []


def test_few_messages_of_which_none_was_clicked_are_chance():
    # By arm A, 5 % are clicked: of 99 messages 4.95 were to be expected, of 100 five.
    assert whys(("x", "A", 200, 0, 0, 10, None), ("x", "B", 99, 0, 0, 0, None)) == []
    assert whys(("x", "A", 200, 0, 0, 10, None), ("x", "B", 100, 0, 0, 0, None)) == [("x", "B", "silent")]
    # What has a cost was sent, and a text message tells no opening.
    assert whys(("x", "A", 200, 0, 90, 10, 1), ("x", "B", 100, 0, 0, 0, 1)) == []
    assert whys(("x", "A", 200, 200, 0, 0, 1), ("x", "B", 4, 0, 0, 0, 1)) == []


def test_what_was_not_read_is_said_with_its_campaigns_its_customers_and_what_to_write():
    campaigns = "campaign_id name start end\nx Easter 2024-06-01 2024-06-02"
    groups = [(c, arm, n, 0, 0, 0, None) for c in ("x", "y") for arm, n in (("A", 8), ("it's_not", 2))]
    (said,) = arms.warnings(shop_with(*groups, campaigns=campaigns)).finding
    sql = r"CASE WHEN \"arm\"::text = 'it''s_not' THEN 'holdout' ELSE \"arm\"::text END"
    assert said == (
        "nobody was held out, but the arm “it's_not” reads like a hold-out: “Easter” (2 customers), "
        "“y” (2 customers). They count as written to. If nothing was sent to them, write holdout as their "
        f'arm in the data, or under [tables.sends.columns] in shop.toml: arm = {{ sql = "{sql}" }}'
    )
    (silent,) = said_of(("x", "A", 10, 10, 10, 0, 1), ("x", None, 6, 0, 0, 0, None))
    assert silent.startswith(
        "nobody was held out, but nothing tells that a message went out to the arm “(empty)”, as it does for "
        "others (sends.delivered_at, sends.opened_at, sends.cost): “x” (6 customers). They count"
    )


def test_of_many_campaigns_the_first_are_named():
    groups = [(f"c{k}", arm, 1, 0, 0, 0, None) for k in range(6) for arm in ("A", "none")]
    (said,) = said_of(*groups)
    assert "“c0” (1 customer), “c1” (1 customer), " in said
    assert "“c4” (1 customer), …. They" in said


@pytest.mark.parametrize(
    ("word", "own"),
    [
        ("it's not", ""),
        ('no "mail" (x)', ""),
        (None, ""),
        ("0", "arm = { sql = 'trim(\"group\")' }"),
        (None, "arm = { sql = 'trim(\"group\")' }"),
    ],
)
def test_what_it_says_to_write_makes_them_the_hold_out(tmp_path, word, own):
    frame = sends_of(("x", "A", 9, 9, 9, 9, 1), ("x", word, 6, 0, 0, 0, None))
    folder = write_shop(tmp_path, orders=ORDERS, sends=frame.rename(columns={"arm": "group"}))
    (said,) = arms.warnings(with_columns(folder, own)).finding
    mended = with_columns(folder, said.partition("shop.toml: ")[2])
    assert arms.of_campaigns(mended)[["arm", "held", "customers"]].values.tolist() == [
        ["A", False, 9],
        ["holdout", True, 6],
    ]
    assert arms.warnings(mended).empty


def with_columns(folder, line):
    """The shop with this line under [tables.sends.columns]."""
    settings = folder / "shop.toml"
    text = settings.read_text(encoding="utf-8").partition("\n[tables.sends.columns]")[0]
    settings.write_text(f"{text}\n[tables.sends.columns]\n{line}", encoding="utf-8")
    return model.open_shop(folder)


def test_messages_of_a_later_day_are_no_arm_yet():
    shop = in_memory(
        ORDERS, "2024-05-31", sends=sends_of(("x", "A", 1, 0, 0, 0, 1), ("x", "none", 1, 0, 0, 0, 1))
    )
    assert list(arms.of_campaigns(shop)) == arms.COLUMNS
    assert arms.of_campaigns(shop).empty
    assert arms.warnings(shop).empty


# --- both held out and written to ---------------------------------------------------------------------------


def test_customers_of_both_arms_are_counted_among_those_held_out():
    sends = """campaign_id customer_id channel sent_at arm
    x a sms 2024-06-01 A
    x a sms 2024-06-02 holdout
    x b sms 2024-06-02 holdout
    x b sms 2024-06-03 holdout
    x c sms 2024-06-02 holdout
    x d sms 2024-06-02 holdout
    x d sms 2024-06-02 -
    x e sms 2024-06-02 A
    x c sms 2024-07-02 A
    y b sms 2024-06-02 A
    y c sms 2024-06-02 holdout"""
    shop = in_memory(ORDERS, sends=sends)
    assert arms.in_both(shop).values.tolist() == [["x", 4, 2, 0.5]]  # a and d of a, b, c, d
    (found,) = arms.findings(shop)
    assert (found.severity, found.check, found.count, found.share) == ("warning", "in_both_arms", 2, 0.5)
    assert arms.warnings(shop).finding.tolist() == [
        "customers who were held out were written to in the same campaign, too: “x” (2 of 4 held out, "
        "50.0%). They count as written to, so chance alone no longer decides who was: give each customer one "
        "arm in a campaign."
    ]


def test_the_data_check_has_both_with_their_counts(tmp_path):
    sends = sends_of(("x", "A", 9, 9, 9, 9, 1), ("x", "none", 6, 0, 0, 0, None), ("y", "A", 1, 0, 0, 0, None))
    sends.loc[len(sends)] = ["y", sends.customer_id.iloc[-1], "sms", AT, "控制组", None, None, None, None]
    found = check.findings(shop_of(tmp_path, ORDERS, sends=sends)).set_index("check")
    rows = found.loc[["overlooked_holdout", "in_both_arms"]]
    assert rows.table.tolist() == ["sends", "sends"]
    assert rows.severity.tolist() == ["warning", "warning"]
    assert rows["count"].tolist() == [6, 1]
    assert rows.share.iloc[1] == 1


def test_words_that_can_mean_nothing_else_are_read_as_the_hold_out_and_doubtful_ones_are_not():
    known = preset.words("sends")["arm"]
    doubtful = [
        "B",
        "0",
        "no",
        "none",
        "n",
        "false",
        "baseline",
        "placebo",
        "空白",
        "无",
        "否",
        "未触达",
        "old",
    ]
    assert not {preset.normal_word(word) for word in doubtful} & set(known)
    plain = [
        "not mailed",
        "No e-mail",
        "no_mail",
        "未发送",
        "空白组",
        "留出组",
        "Holdout Group",
        "hold out",
        "CTRL",
    ]
    plain += ["not-contacted", "Held back", "withheld", "不发送", "留出組", "no contact", "ｈｏｌｄｏｕｔ"]
    assert {known.get(preset.normal_word(word)) for word in plain} == {"holdout"}
