"""The card of one customer: found by id, what is known in words, nothing personal, nothing that runs."""

import re
from datetime import date

import ibis
import pandas as pd
import pytest
from browser import browsing, needs_browser, opened
from build import shop_of
from simulate import shop_in_memory, small_shop

from shopcrm_nb import baskets, card, facts, features, page, person, portrait_labels, segment
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.catalogue import FEATURES

AS_OF = "2024-06-30"
ORDERS = """order_id customer_id paid_at paid refund status created_at province city
    1 anna 2024-01-10T09:30:00 100 0 success 2024-01-10T09:00:00 浙江省 杭州市
    2 anna 2024-05-31T21:00:00 60 20 success 2024-05-31T20:00:00 浙江省 杭州市
    3 anna - 0 0 unpaid 2024-06-29T10:00:00 - -
    4 bert 2023-06-30T12:00:00 500 0 success 2023-06-30T12:00:00 江苏省 南京市
    5 cora 2023-07-01T12:00:00 140 0 success 2023-07-01T12:00:00 - -
    6 dora - 0 0 closed_unpaid 2024-06-01T08:00:00 - -
    7 anna 2024-07-01T09:30:00 999 0 success 2024-06-30T09:00:00 - -"""
LINES = """order_id product_id quantity amount title category
    1 p1 1 70 Coat coats
    1 p2 1 30 Hat hats
    2 p3 2 40 - boots
    3 p2 1 20 Hat hats
    7 p9 1 999 Later later"""


def tables_of(shop):
    graded = segment.rfm(shop)
    return features.people(shop, baskets.orders(shop), graded), graded


@pytest.fixture(scope="module")
def small():
    shop = small_shop(ORDERS, AS_OF, order_items=LINES)
    return shop, *tables_of(shop)


def table_of(**columns):
    return ibis.memtable(pd.DataFrame(columns))


def html_of(shown):
    return shown._repr_mimebundle_()["text/html"]


def text_of(shown):
    """What a reader sees, without the tags."""
    without = re.sub(r"<style.*?</style>", "", html_of(shown), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", without).split())


def facts_of(shown, block):
    return dict(facts.of(shown.known, block, "CNY"))


# --- whom it shows ------------------------------------------------------------------------------------------


def test_without_an_id_it_is_the_customer_with_the_largest_net_sales(small):
    shop, people, _graded = small
    assert card.plain(shop, people).known.customer_id == "bert"
    assert card.plain(shop, people, "  ").known.customer_id == "bert"


def test_of_customers_with_equal_net_sales_it_is_the_first_by_id(small):
    people = small[1]
    # anna has 100 + 40, cora 140
    assert person.find(people.filter(people.customer_id != "bert"), "") == "anna"


def test_an_id_is_found_as_it_is_written_with_blanks_around_it(small):
    shop, people, _graded = small
    assert card.plain(shop, people, " anna ").known.customer_id == "anna"
    assert isinstance(card.plain(shop, people, "Anna"), card.Said)


def test_an_id_that_is_not_there_is_told_in_a_sentence_with_the_ids_nearest_to_it(small):
    shop, people, _graded = small
    shown = card.plain(shop, people, "bora")
    said = (
        "There is no customer “bora” in the shop's files up to 2024-06-30. Did you mean cora or dora or bert?"
    )
    assert shown._repr_mimebundle_()["text/plain"] == said
    assert html_of(shown).startswith('<p class="not-computed">There is no customer')
    far = card.plain(shop, people, "somebody else")
    assert far.text == "There is no customer “somebody else” in the shop's files up to 2024-06-30."


def test_a_text_of_any_length_and_kind_is_looked_for_without_an_error(small):
    shop, people, _graded = small
    for text in ("x" * 100_000, "%", "'; DROP TABLE x; --", "\\", "…", "\n", "\0a", "\ud800", "😀", "a%b_c"):
        assert isinstance(card.plain(shop, people, text), card.Said | card.Card)
    assert len(card.plain(shop, people, "x" * 100_000).text) < 300


def test_a_shop_without_buyers_says_what_it_lacks(small):
    absent = NotComputed("orders.customer_id")
    assert card.plain(small[0], absent) is absent
    assert card.show(small[0], absent) is absent


# --- what it shows ------------------------------------------------------------------------------------------


def test_the_three_blocks_hold_what_is_known_in_words_and_leave_out_what_is_not(small):
    shop, people, graded = small
    shown = card.plain(shop, people, "anna", scores=graded)
    assert facts_of(shown, "basic") == {
        "Region": "East (华东)",
        "Province": "浙江",
        "City": "杭州市",
        "Tier of the city": "new first tier (新一线)",
    }
    behaviour = facts_of(shown, "behaviour")
    assert behaviour["First order"] == "2024-01-10"
    assert behaviour["Days since last purchase"] == "30"
    assert behaviour["Days from first to second order"] == "142"
    assert [behaviour["First product"], behaviour["Last product"]] == ["Coat", "p3"]
    assert behaviour["Items per order"] == "2"
    assert behaviour["Orders waiting for payment"] == "1"
    assert "Last seen" not in behaviour
    value = facts_of(shown, "value")
    assert value["Orders"] == "2"
    assert value["Net sales"] == "¥140"
    assert value["Share refunded"] == "12.5%"
    # 30 days: R 5; 2 orders: F 2; 140: M 1 by the source's table; 1 x 5 + 3 x 2 + 4 x 1
    assert [value["Grade"], value["RFM value"], value["Money score"]] == ["Bronze", "15", "1"]


def test_every_feature_has_a_place_on_the_card_or_is_said_by_another_and_every_one_has_a_name():
    placed = [name for names in facts.BLOCKS.values() for name in names]
    assert len(placed) == len(set(placed))
    assert set(FEATURES) <= set(placed) | facts.ELSEWHERE
    assert not set(placed) & facts.ELSEWHERE
    assert set(portrait_labels.of_features()) == set(FEATURES)


def test_the_card_is_a_prospects_a_customers_or_a_lost_ones_by_the_last_valid_order(small):
    shop, people, _graded = small
    kinds = {name: card.plain(shop, people, name).known.kind for name in ("anna", "bert", "cora", "dora")}
    # bert ordered 366 days before as_of, cora 365
    assert kinds == {"anna": "customer", "bert": "lost", "cora": "customer", "dora": "prospect"}
    said = {name: facts.summary(card.plain(shop, people, name).known) for name in kinds}
    assert said["anna"] == "A customer (现有客户): 2 orders, the last one 30 days ago."
    assert said["bert"] == "A lost customer (流失客户): 1 order, the last one 366 days ago."
    assert said["dora"] == "A prospect (潜在客户): no valid order yet."


def test_a_prospect_who_was_seen_has_the_day():
    shop = small_shop(ORDERS, AS_OF, events="customer_id at type\neve 2024-06-20T10:00:00 view")
    shown = card.plain(shop, tables_of(shop)[0], "eve")
    assert facts.summary(shown.known) == "A prospect (潜在客户): no valid order yet; last seen on 2024-06-20."
    assert facts_of(shown, "behaviour")["Products viewed in 30 days"] == "1"
    assert "Order history none" in text_of(shown)


def test_the_history_has_the_orders_placed_up_to_as_of_the_latest_first(small):
    shop, people, _graded = small
    orders = card.plain(shop, people, "anna").known.orders
    assert orders.order_id.tolist() == ["3", "2", "1"]
    assert [day.isoformat() for day in orders.ordered_on] == ["2024-06-29", "2024-05-31", "2024-01-10"]
    assert orders.net_sales.fillna(-1).tolist() == [-1, 40, 100]
    assert orders.main_product.tolist() == ["Hat", "p3", "Coat"]
    assert orders.main_category.tolist() == ["hats", "boots", "coats"]
    text = text_of(card.plain(shop, people, "anna"))
    assert "2024-06-29 waiting for payment – Hat hats 3" in text
    assert "Later" not in text


def test_of_many_orders_the_last_twenty_are_shown_and_the_others_counted():
    rows = "\n".join(f"o{n:02} a 2024-01-{n + 1:02} 5" for n in range(23))
    shop = small_shop(f"order_id customer_id paid_at paid\n{rows}\nx b {AS_OF} 1", AS_OF)
    shown = card.plain(shop, tables_of(shop)[0], "a")
    assert shown.known.orders.order_id.tolist() == [f"o{n:02}" for n in range(22, 2, -1)]
    assert "and 3 earlier orders" in text_of(shown)
    # without lines there is no product, and no empty column for it
    assert "Main product" not in text_of(shown)


def test_of_products_of_one_amount_the_last_by_name_is_the_main_one():
    lines = "order_id product_id quantity amount category\n1 p1 1 5 a\n1 p2 1 5 b\n1 p0 1 2 c\n1 p0 1 2 c"
    shop = small_shop(f"order_id customer_id paid_at paid\n1 a {AS_OF} 14", AS_OF, order_items=lines)
    row = card.plain(shop, tables_of(shop)[0], "a").known.orders.iloc[0]
    assert [row.main_product, row.main_category] == ["p2", "b"]


PARTS = {
    "relationship": table_of(customer_id=["bert", "anna"], relationship=["lost", "repeat"]),
    "tags": table_of(
        customer_id=["anna", "anna", "anna", "bert"],
        kind=["basic", "behaviour", "behaviour", "behaviour"],
        tag=["city_class", "repurchased", "own_tag", "silent"],
        value=["tier_1", "", "much", ""],
    ),
    "groups": table_of(customer_id=["anna", "bert", "anna"], group=["repeat_buyers", "members", "my_group"]),
    "scenes": table_of(
        customer_id=["bert", "anna"],
        scene=["refunds", "payment"],
        order_id=[None, "3"],
        since=pd.to_datetime(["2024-06-01", "2024-06-29"]).date,
        days=[29, 1],
        amount=[500.0, 20.0],
        reason=["many_refunds", "not_paid"],
        action=["look_into_refunds", "pay_email"],
        urgency=[2, 1],
    ),
}


def test_tags_groups_relationship_and_services_of_this_customer_alone_are_shown_in_words(small):
    shop, people, _graded = small
    text = text_of(card.plain(shop, people, "anna", **PARTS))
    assert "30 days ago. Repeat customer (重复购买客户) Bronze" in text
    assert "Tags Tier of the city: first tier (一线) own_tag: much Bought more than once Groups" in text
    assert "Groups my_group Bought more than once Services" in text
    assert "Payment reminder (订单催付) 3 2024-06-29 1 ¥20" in text
    assert "Remind to pay by e-mail (day 2)." in text
    assert "Lost" not in text
    assert "Refunds (退款)" not in text


def test_a_part_that_was_not_given_is_left_out_one_without_rows_says_none_one_that_lacks_input_says_so(small):
    shop, people, _graded = small
    assert "Tags" not in text_of(card.plain(shop, people, "dora"))
    text = text_of(card.plain(shop, people, "dora", **PARTS | {"groups": NotComputed("events.type")}))
    assert "Tags none Groups not computed: needs events.type Services that are due none Order history" in text


def test_a_part_that_no_card_has_is_refused(small):
    with pytest.raises(TypeError, match="a card has no part phones"):
        card.plain(small[0], small[1], "anna", phones=PARTS["tags"])


# --- nothing personal, nothing that runs ------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script>"


def hostile(*names):
    return {name: [HOSTILE] for name in names}


def test_names_numbers_addresses_notes_and_hashes_of_the_files_are_never_on_the_card(tmp_path):
    secrets = {
        "receiver": "王小明",
        "mobile": "13812345678",
        "email": "wang@example.com",
        "address": "西湖区文三路1号",
        "note": "leave_at_the_door",
    }
    orders = pd.DataFrame(
        {"order_id": ["1"], "customer_id": ["wang"], "paid_at": [AS_OF], "paid": ["5"]}
        | {k: [v] for k, v in secrets.items()}
    )
    customers = pd.DataFrame(
        {"customer_id": ["wang"], "gender": ["女"], "birthday": ["1990-02-03"], "name": [secrets["receiver"]]}
        | {
            "email_hash": [secrets["email"]],
            "mobile_hash": [secrets["mobile"]],
            "address": [secrets["address"]],
        }
    )
    shop = shop_of(tmp_path, orders, customers=customers)
    loaded = (
        shop.tables["customers"].to_pyarrow().to_pylist()[0]
        | shop.tables["orders"].to_pyarrow().to_pylist()[0]
    )
    hashes = [loaded["email_hash"], loaded["mobile_hash"]]
    assert all(len(value) == 64 for value in hashes)
    assert loaded["note"] == secrets["note"]
    people, graded = tables_of(shop)
    extra = {"phone": [secrets["mobile"]], "email_hash": hashes[:1], "note": [secrets["note"]]}
    parts = {
        "scores": graded.mutate(mobile_hash=ibis.literal(hashes[1])),
        "tags": table_of(customer_id=["wang"], tag=["repurchased"], value=[""], **extra),
        "groups": table_of(customer_id=["wang"], group=["members"], **extra),
        "scenes": table_of(customer_id=["wang"], scene=["inquiry"], order_id=["1"], days=[0], **extra),
        "relationship": table_of(customer_id=["wang"], relationship=["loyal"], **extra),
    }
    bundle = card.plain(shop, people, "wang", **parts)._repr_mimebundle_()
    widget = card.Picker(shop, people, "wang", parts)
    for shown in (*bundle.values(), widget.board.value, repr(widget.field.options)):
        assert "wang" in shown
        found = [secret for secret in (*secrets.values(), *hashes, hashes[0][:12], "1990") if secret in shown]
        assert found == []


def test_an_id_made_of_an_address_is_shown_by_its_beginning_and_found_by_it(tmp_path):
    orders = f"order_id customer_id paid_at paid\n1 wang@example.com {AS_OF} 5\n2 li@example.com {AS_OF} 3"
    shop = shop_of(tmp_path, orders)
    people, _graded = tables_of(shop)
    shown = card.plain(shop, people)
    whole = shown.known.customer_id
    assert len(whole) == 64
    for text in (html_of(shown), repr(card.Picker(shop, people, "", {}).field.options)):
        assert whole not in text
        assert whole[:12] + "…" in text
    assert card.plain(shop, people, whole[:12] + "…").known.customer_id == whole
    assert card.plain(shop, people, whole).known.customer_id == whole
    assert isinstance(card.plain(shop, people, "…"), card.Said)  # both begin so
    typo = ("0" if whole[0] != "0" else "1") + whole[1:]
    assert card.plain(shop, people, typo).text.endswith(f"Did you mean {whole[:12]}…?")


def test_markup_in_ids_titles_provinces_and_everything_else_is_shown_as_text():
    orders = pd.DataFrame(
        {"order_id": [HOSTILE + "1"], "customer_id": [HOSTILE], "paid_at": [AS_OF], "paid": ["5"]}
        | hostile("province", "city", "channel", "shop", "status")
    )
    lines = pd.DataFrame(
        {"order_id": [HOSTILE + "1"], "quantity": ["1"], "amount": ["5"]}
        | hostile("product_id", "title", "category")
    )
    customers = pd.DataFrame(hostile("customer_id", "gender", "occupation"))
    shop = shop_in_memory(
        {"orders": orders, "order_items": lines, "customers": customers}, date.fromisoformat(AS_OF)
    )
    people, _graded = tables_of(shop)
    names = ("customer_id", "tag", "value", "group", "relationship", "scene", "order_id", "reason", "action")
    every = table_of(**hostile(*names))
    parts = dict.fromkeys(("tags", "groups", "relationship", "scenes"), every)
    shown = card.plain(shop, people, HOSTILE, **parts)
    page_of = [html_of(shown), card.Picker(shop, people, HOSTILE, parts).board.value]
    page_of += [html_of(card.plain(shop, people, HOSTILE + "<b>"))]
    for html in page_of:
        assert "<script" not in html.lower()
        assert "<b>" not in html
        assert "&lt;script&gt;" in html
    assert html_of(shown).count("&lt;script&gt;") > 15


# --- always the same ----------------------------------------------------------------------------------------


def test_equal_data_give_an_equal_card_whatever_the_order_of_the_rows(small):
    shop, people, graded = small
    lines = ORDERS.splitlines()
    other = small_shop("\n".join([lines[0], *lines[:0:-1]]), AS_OF, order_items=LINES)
    turned = {
        name: table.order_by(ibis.desc("customer_id"), ibis.desc(table.columns[-1]))
        for name, table in PARTS.items()
    }
    first = card.plain(shop, people, "anna", scores=graded, **PARTS)._repr_mimebundle_()
    again = card.plain(other, tables_of(other)[0], "anna", scores=graded, **turned)._repr_mimebundle_()
    assert first == again


# --- the field ----------------------------------------------------------------------------------------------


def test_the_field_begins_with_the_plain_card_and_offers_the_best_customers(small):
    shop, people, _graded = small
    picker = card.Picker(shop, people, "", PARTS)
    assert picker.board.value == html_of(card.plain(shop, people, "", **PARTS))
    assert picker.field.options == ("bert", "anna", "cora", "dora")
    assert card.show(shop, people, "anna").children[1].value == html_of(card.plain(shop, people, "anna"))


def test_typing_offers_the_ids_that_hold_the_text_and_shows_the_one_that_is_it(small):
    shop, people, _graded = small
    picker = card.Picker(shop, people, "", PARTS)
    picker.field.value = "R"
    assert picker.field.options == ("bert", "cora", "dora")
    assert picker.board.value == '<p class="note">3 ids that hold this are offered: pick one, or type on.</p>'
    picker.field.value = "cora"
    assert picker.board.value == html_of(card.plain(shop, people, "cora", **PARTS))
    picker.field.value = "coraa"
    assert "Did you mean cora" in picker.board.value
    picker.field.value = ""
    assert picker.board.value == html_of(card.plain(shop, people, "", **PARTS))


def test_ids_that_begin_with_the_text_come_first_and_never_more_than_two_hundred():
    rows = "\n".join(f"o{n} c{n:03}x {AS_OF} {300 - n}" for n in range(250))
    shop = small_shop(f"order_id customer_id paid_at paid\n{rows}\np x1 {AS_OF} 1", AS_OF)
    people, _graded = tables_of(shop)
    offered = card.Picker(shop, people, "", {}).field.options
    assert [len(offered), offered[0]] == [200, "c000x"]
    found = person.suggested(people, "x")
    assert [len(found), *found[:2]] == [200, "x1", "c000x"]
    assert person.suggested(people, "%") == []


# --- in a browser -------------------------------------------------------------------------------------------


@needs_browser
def test_the_card_fits_a_telephone_and_its_words_can_be_read_in_the_dark(tmp_path):
    long = "x" * 80
    orders = f"order_id customer_id paid_at paid\n{long} {long} {AS_OF} 5"
    lines = f"order_id product_id quantity amount title category\n{long} p 1 5 {long} coats"
    shop = small_shop(orders, AS_OF, order_items=lines)
    shown = html_of(card.plain(shop, tables_of(shop)[0], long))
    css = (page.TEMPLATES / "page.css").read_text(encoding="utf-8")
    head = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    path = tmp_path / "card.html"
    path.write_text(f'{head}<style>{css}</style><div class="output">{shown}</div>', encoding="utf-8")
    colours = "(e => [getComputedStyle(e).color, getComputedStyle(document.body).backgroundColor])"
    with browsing() as browser, opened(browser, path, dark=True, width=390) as (seen_page, _seen):
        assert seen_page.evaluate("document.documentElement.scrollWidth") <= 390
        for place in (".kpi .fact span", "td", "h3", ".tag"):
            ink, ground = seen_page.evaluate(f"{colours}(document.querySelector('{place}'))")
            assert brightness(ink) - brightness(ground) > 100, place


def brightness(colour):
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) / 3
