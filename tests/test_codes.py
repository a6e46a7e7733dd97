"""What somebody did, and gender, are read in our words; a word that is not known stays and is reported."""

import tomllib

import pytest
from build import shop_of, write_shop
from conftest import rows_of

from shopcrm_nb import check, codes, model, preset
from shopcrm_nb.canonical import TABLES
from shopcrm_nb.errors import ShopcrmError

ORDERS = "order_id customer_id paid_at paid\n1 ann 2024-06-30 5"
EVENTS = "customer_id at type product_id\n"


def types_of(tmp_path, *words):
    """The types that events with these words are loaded as, one event a minute, in their order."""
    rows = "\n".join(f"ann,2024-06-01 10:{minute:02d},{word},p" for minute, word in enumerate(words))
    folder = write_shop(tmp_path, orders=ORDERS, events=EVENTS + "ann 2024-06-01 view p")
    (folder / "events.csv").write_text("customer_id,at,type,product_id\n" + rows, encoding="utf-8")
    events = model.open_shop(folder).tables["events"]
    return [row[1] for row in rows_of(events, "at", "type")]


def genders_of(tmp_path, *words):
    rows = "\n".join(f"c{place:02d},{word}" for place, word in enumerate(words))
    folder = write_shop(tmp_path, orders=ORDERS, customers="customer_id gender\nann f")
    (folder / "customers.csv").write_text("customer_id,gender\n" + rows, encoding="utf-8")
    customers = model.open_shop(folder).tables["customers"]
    return [row[1] for row in rows_of(customers, "customer_id", "gender")]


def arms_of(tmp_path, *words):
    """The shop whose sends have these arms, one a minute, and the arms as they are loaded, in their order."""
    rows = "\n".join(f"sms1,ann,sms,2024-06-01 {m // 60:02d}:{m % 60:02d},{w}" for m, w in enumerate(words))
    sends = "campaign_id customer_id channel sent_at arm\nsms1 ann sms 2024-06-01 A"
    folder = write_shop(tmp_path, orders=ORDERS, sends=sends)
    (folder / "sends.csv").write_text("campaign_id,customer_id,channel,sent_at,arm\n" + rows, "utf-8")
    shop = model.open_shop(folder)
    return shop, [row[1] for row in rows_of(shop.tables["sends"], "sent_at", "arm")]


def unknown_words(shop):
    found = check.findings(shop)
    return found[found.check == "unknown_word"].reset_index(drop=True)


def test_what_somebody_did_is_a_view_a_favourite_or_a_cart_in_any_of_the_known_words(tmp_path):
    assert types_of(tmp_path / "a", "浏览", "访问", "view", "pv") == ["view"] * 4
    assert types_of(tmp_path / "b", "收藏", "favourite", "favorite", "fav") == ["favourite"] * 4
    assert types_of(tmp_path / "c", "加购", "加入购物车", "cart", "add_to_cart") == ["cart"] * 4


def test_case_blanks_and_full_width_forms_of_a_word_make_no_difference(tmp_path):
    found = types_of(tmp_path, "VIEW", " Add To Cart ", "ＰＶ", "浏 览", "Fav")
    assert found == ["view", "cart", "view", "view", "favourite"]


def test_gender_is_female_or_male_or_nothing_in_any_of_the_known_words(tmp_path):
    assert genders_of(tmp_path / "a", "女", "female", "F", "女性", "f") == ["female"] * 5
    assert genders_of(tmp_path / "b", "男", "Male", "m", "男性", "M") == ["male"] * 5
    assert genders_of(tmp_path / "c", "未知", "unknown", "保密", "女", "") == [
        None,
        None,
        None,
        "female",
        None,
    ]


def test_an_unknown_word_stays_and_is_reported_once_with_its_rows(tmp_path):
    events = EVENTS + "\n".join(
        f"ann 2024-06-0{day} {word} p" for day, word in enumerate(("浏览", "share", "cart", "share"), start=1)
    )
    shop = shop_of(tmp_path, ORDERS, events=events)
    assert sorted(shop.tables["events"].type.to_pandas()) == ["cart", "share", "share", "view"]
    found = unknown_words(shop)
    said = '2 rows have "share" for events.type, which is not known: they stay as they are'
    columns = ["severity", "table", "finding", "count", "share"]
    assert found[columns].values.tolist() == [["warning", "events", said, 2, 0.5]]
    assert found.cure.item().endswith("that gives one of: view, favourite, cart.")


def test_an_unknown_gender_stays_and_a_missing_one_is_not_reported(tmp_path):
    shop = shop_of(tmp_path, ORDERS, customers="customer_id gender\nann f\nbob divers\ncem -\ndan 未知")
    genders = dict(rows_of(shop.tables["customers"], "customer_id", "gender"))
    assert genders == {"ann": "female", "bob": "divers", "cem": None, "dan": None}
    found = unknown_words(shop)
    said = '1 row has "divers" for customers.gender, which is not known: it stays as it is'
    assert found[["finding", "count"]].values.tolist() == [[said, 1]]
    assert found.cure.item().endswith("that gives one of: female, male.")


def test_known_words_alone_are_no_finding_and_lose_no_row(tmp_path):
    events = EVENTS + "ann 2024-06-01 浏览 p\nbob 2024-06-02 view q\nbob 2024-06-02 加购 q"
    shop = shop_of(tmp_path, ORDERS, events=events)
    assert unknown_words(shop).empty
    lines = shop.ledger[shop.ledger.table == "events"]
    assert (lines.rows_in.iloc[0], lines.rows_out.iloc[-1]) == (3, 3)


def test_who_was_held_out_is_told_in_any_of_the_known_words(tmp_path):
    english = ("holdout", "Hold-Out", "hold_out", "HOLD OUT", "control", "Control Group", "No E-Mail")
    assert arms_of(tmp_path / "a", *english)[1] == ["holdout"] * 7
    chinese = ("对照组", "对照", "控制组", "空白组", "空白对照组", "留白组", "對照組", " 对照 组 ")
    assert arms_of(tmp_path / "b", *chinese)[1] == ["holdout"] * 8


def test_any_other_arm_is_a_variant_that_stays_as_it_is_and_is_no_finding(tmp_path):
    shop, arms = arms_of(tmp_path, "A", "control", "B 版", "treatment", "")
    assert arms == ["A", "holdout", "B 版", "treatment", None]
    assert unknown_words(shop).empty
    lines = shop.ledger[shop.ledger.table == "sends"]
    assert (lines.rows_in.iloc[0], lines.rows_out.iloc[-1]) == (5, 5)


def test_a_shop_may_have_more_variants_than_a_column_of_codes_has_words(tmp_path):
    arms = arms_of(tmp_path, *(f"v{number}" for number in range(codes.MAX_WORDS + 1)), "control")[1]
    assert len(set(arms)) == codes.MAX_WORDS + 2
    assert arms.count("holdout") == 1


def test_a_column_of_too_many_words_is_no_column_of_types(tmp_path):
    events = EVENTS + "\n".join(f"ann 2024-06-01 w{number} p" for number in range(201))
    with pytest.raises(ShopcrmError, match="events: the type column has more than 200 different words"):
        shop_of(tmp_path, ORDERS, events=events)


def test_a_shop_s_own_word_is_mapped_with_an_expression(tmp_path):
    folder = write_shop(tmp_path, orders=ORDERS, events=EVENTS + "ann 2024-06-01 看 p\nann 2024-06-02 pv p")
    text = (folder / "shop.toml").read_text(encoding="utf-8")
    case = """CASE \\"type\\" WHEN '看' THEN 'view' ELSE \\"type\\" END"""
    own = f'[tables.events.columns]\ntype = {{ sql = "{case}" }}\n'
    (folder / "shop.toml").write_text(text + own, encoding="utf-8")
    shop = model.open_shop(folder)
    assert shop.tables["events"].type.to_pandas().tolist() == ["view", "view"]
    assert unknown_words(shop).empty


def test_each_word_of_the_dictionary_means_one_thing_of_a_column_that_there_is():
    for table in TABLES:
        for column, words in preset.words(table).items():
            assert TABLES[table][column].kind == "text"
            listed = tomllib.loads((preset.FOLDER / "words.toml").read_text(encoding="utf-8"))[table][column]
            distinct = [len(set(map(preset.normal_word, each))) for each in listed.values()]
            assert sum(distinct) == len(words) > 10
    assert set(preset.words("events")["type"].values()) == {"view", "favourite", "cart"}
    assert set(preset.words("customers")["gender"].values()) == {"female", "male", ""}
    assert set(preset.words("sends")["arm"].values()) == {"holdout"}
    assert preset.words("orders") == {}


def test_a_known_export_is_never_the_dictionary_of_words():
    assert "words" not in preset.names()


def test_members_and_events_are_read_by_their_chinese_headers(tmp_path):
    members = "会员昵称,入会时间,会员等级,积分\nann,2024-01-05 09:30:00,VIP会员,120\nbob,2024/2/1,,0\n"
    events = "会员名,时间,行为,商品ID\nann,2024-06-01 10:00:00,浏览,DY-101\n"
    folder = write_shop(
        tmp_path,
        orders=ORDERS,
        members="customer_id enrolled_at\nx 2024-01-01",
        events=EVENTS + "x 2024-06-01 view p",
    )
    (folder / "members.csv").write_text(members, encoding="utf-8-sig")
    (folder / "events.csv").write_text(events, encoding="gb18030")
    tables = model.open_shop(folder).tables
    assert rows_of(tables["members"], "customer_id", "tier", "points") == [
        ("ann", "VIP会员", 120.0),
        ("bob", None, 0.0),
    ]
    assert rows_of(tables["events"], "customer_id", "type", "product_id") == [("ann", "view", "DY-101")]
