"""Shared customers: who buys at two shops, by key and by hashed contact."""

import pandas as pd
from build import shop_of

from shopcrm_nb import labels, shared_customers, table
from shopcrm_nb.absent import NotComputed

HEAD = "order_id customer_id paid_at paid shop\n"


def pairs_of(tmp_path, orders, customers=None, settings="", dimension="shop"):
    tables = {"customers": customers} if customers is not None else {}
    shop = shop_of(tmp_path, HEAD + orders, settings=settings, **tables)
    found = shared_customers.pairs(shop, dimension)
    return found if isinstance(found, NotComputed) else found.set_index(["level", "other_level"])


def people(rows):
    """The table customers, from "id mobile email" a line, - for none."""
    frame = pd.DataFrame([line.split() for line in rows.strip().splitlines()])
    frame.columns = ["customer_id", "mobile_hash", "email_hash"]
    return frame.replace("-", None)


ORDERS = """
1 ann 2024-06-01 5 tmall
2 ann 2024-06-02 5 tmall
3 ann 2024-06-03 5 jd
4 bob 2024-06-01 5 tmall
5 jd_bob 2024-06-04 5 jd
6 cat 2024-06-01 5 tmall
7 jd_cat 2024-06-04 5 jd
8 dan 2024-06-01 5 tmall
9 eve 2024-06-01 5 tmall
10 zoe 2024-06-30 5 jd
11 - 2024-06-30 5 jd
12 fay 2024-06-30 5 -
"""
CUSTOMERS = """
bob 13800000001 -
jd_bob 13800000001 -
cat - cat@example.com
jd_cat 13800000009 CAT@example.com
dan 13800000005 -
zoe - -
"""


def test_customers_are_shared_by_key_and_by_hashed_contact(tmp_path):
    found = pairs_of(tmp_path, ORDERS, people(CUSTOMERS))
    here = found.loc["tmall", "jd"]
    # ann by key; bob by number, cat by e-mail; dan has a number that nobody else has, eve has nothing
    assert here.tolist() == [5, 1, 2, 3, 0.6, 1]
    there = found.loc["jd", "tmall"]
    assert there.tolist() == [4, 1, 2, 3, 0.75, 1]


def test_without_any_hash_only_keys_tell_and_all_others_cannot_be_matched(tmp_path):
    found = pairs_of(tmp_path, ORDERS)
    here = found.loc["tmall", "jd"]
    assert (here.by_id, here.shared, here.unmatched) == (1, 1, 4)
    assert pd.isna(here.by_contact)


def test_hashes_of_different_kinds_cannot_be_compared(tmp_path):
    rows = "bob 13800000001 -\ncat 13800000002 -\njd_bob - bob@example.com\njd_cat - cat@example.com"
    found = pairs_of(tmp_path, ORDERS, people(rows))
    here = found.loc["tmall", "jd"]
    assert pd.isna(here.by_contact)
    assert (here.by_id, here.unmatched) == (1, 4)


def test_a_number_that_a_crowd_has_is_nobodys(tmp_path):
    orders = "".join(f"{n} a{n} 2024-06-01 5 tmall\n" for n in range(5)) + "9 b 2024-06-02 5 jd\n"
    ids = [*(f"a{n}" for n in range(4)), "b"]
    few = people("\n".join(f"{name} 13800000000 -" for name in ids))
    assert pairs_of(tmp_path, orders, few).by_contact["tmall", "jd"] == 4  # five people, a family
    crowd = people("\n".join(f"{name} 13800000000 -" for name in [*ids, "a4"]))
    found = pairs_of(tmp_path / "b", orders, crowd)
    assert pd.isna(found.by_contact["tmall", "jd"])
    assert found.unmatched["tmall", "jd"] == 5


def test_who_is_found_by_key_and_by_contact_counts_once(tmp_path):
    orders = "1 ann 2024-06-01 5 tmall\n2 ann 2024-06-02 5 jd\n3 other 2024-06-02 5 jd\n"
    rows = "ann 13800000001 a@example.com\nother 13800000001 a@example.com"
    found = pairs_of(tmp_path, orders, people(rows))
    assert found.loc["tmall", "jd"].tolist() == [1, 1, 0, 1, 1, 0]
    assert found.loc["jd", "tmall"].tolist() == [2, 1, 1, 2, 1, 0]


def test_two_keys_of_one_person_at_one_shop_are_not_shared_with_another(tmp_path):
    orders = "1 ann 2024-06-01 5 tmall\n2 anna 2024-06-02 5 tmall\n3 bob 2024-06-02 5 jd\n"
    rows = "ann 13800000001 -\nanna 13800000001 -\nbob 13800000002 -"
    assert pairs_of(tmp_path, orders, people(rows)).shared.tolist() == [0, 0]


def test_each_two_of_three_shops_are_compared_the_largest_first(tmp_path):
    orders = """1 ann 2024-06-01 5 a
    2 ann 2024-06-01 5 b
    3 ann 2024-06-01 5 c
    4 bob 2024-06-01 5 b
    5 bob 2024-06-01 5 c
    6 cat 2024-06-01 5 c
    """
    found = pairs_of(tmp_path, orders)
    wanted = {("c", "b"): 2, ("c", "a"): 1, ("b", "c"): 2, ("b", "a"): 1, ("a", "c"): 1, ("a", "b"): 1}
    assert found.by_id.to_dict() == wanted
    assert list(found.index) == list(wanted)


def test_one_shop_only_is_said(tmp_path):
    found = pairs_of(tmp_path, "1 ann 2024-06-01 5 north\n2 bob 2024-06-01 5 -")
    assert found == NotComputed("a second shop", "all valid orders that name one are of north")
    assert pairs_of(tmp_path / "b", "1 ann 2024-06-01 5 -", dimension="channel") == NotComputed(
        "orders.channel"
    )
    assert pairs_of(tmp_path / "c", "1 ann 2024-06-01 5 -") == NotComputed("orders.shop")
    shop = shop_of(tmp_path / "d", "order_id paid_at paid shop\n1 2024-06-30 5 a\n2 2024-06-30 5 b")
    assert shared_customers.pairs(shop, "shop") == NotComputed("orders.customer_id")


def test_the_sentence_names_the_largest_share_and_who_cannot_be_matched(tmp_path):
    found = pairs_of(tmp_path, ORDERS, people(CUSTOMERS)).reset_index()
    assert shared_customers.sentence(found) == (
        "3 customers of “jd” (75.0%) also bought at “tmall”, the largest share of all: 1 by the same key, 2 "
        "by mobile number or e-mail. 1 customer of “tmall” has neither number nor address to be found by at "
        "“jd”."
    )
    nobody = pairs_of(tmp_path / "b", "1 ann 2024-06-01 5 a\n2 bob 2024-06-01 5 b").reset_index()
    assert shared_customers.sentence(nobody) == (
        "No customer is found at two of them. 1 customer of “a” has neither number nor address to be found "
        "by at “b”."
    )
    keyed = pairs_of(tmp_path / "d", "1 ann 2024-06-01 5 a\n2 ann 2024-06-01 5 b\n3 bob 2024-06-01 5 b")
    assert keyed.unmatched.max() == 1  # a shop of one key: bob is no riddle
    assert "neither number nor address" not in shared_customers.sentence(keyed.reset_index())
    same = pairs_of(tmp_path / "c", "1 ann 2024-06-01 5 a\n2 ann 2024-06-01 5 b").reset_index()
    assert shared_customers.sentence(same) == (
        "1 customer of “a” (100.0%) also bought at “b” under the same key, the largest share of all."
    )


def test_readers_get_words_for_all_columns(tmp_path):
    found = pairs_of(tmp_path, ORDERS, people(CUSTOMERS)).reset_index()
    assert found.columns.tolist() == shared_customers.COLUMNS
    assert set(found.columns) <= set(labels.of_columns())
    assert "75.0%" in table.show(found)._repr_html_()


def test_what_is_missing_is_handed_on():
    missing = NotComputed("orders.shop")
    assert shared_customers.sentence(missing) is missing


def test_a_hash_is_compared_with_its_own_kind_only(tmp_path):
    hashes = {name: name * 64 for name in "abcde"}
    frame = pd.DataFrame(
        {
            "customer_id": ["bob", "jd_bob", "cat", "jd_cat"],
            "mobile_hash": [hashes["a"], None, hashes["b"], hashes["c"]],
            "email_hash": [None, hashes["a"], hashes["d"], hashes["e"]],
        }
    )
    found = pairs_of(tmp_path, ORDERS, frame)
    assert found.by_contact["tmall", "jd"] == 0
    assert found.unmatched["tmall", "jd"] == 2  # dan and eve: bob has a number, and so has somebody at jd
