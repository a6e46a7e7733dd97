"""Features of shops that know less: what an input tells is empty without it, and that is said."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from build import shop_of
from persons import people_of, shop_in_memory, told

from shopcrm_nb import baskets, features, i18n, model, segment
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.catalogue import FEATURES

# --- shops that know less -----------------------------------------------------------------------------------

FULL = {
    "orders": """order_id customer_id paid_at paid refund province city channel shop quantity
        1 a 2024-01-01_10:00 50 0 浙江省 杭州市 app x 1
        2 a 2024-06-01_21:00 50 5 浙江省 杭州市 app x 1
        3 b 2024-03-01_12:00 50 0 上海市 上海市 web y 2
        4 c - 0 0 - - - - -
        5 a 2024-05-01_21:00 50 0 浙江省 杭州市 app x 1""",
    "order_items": """order_id product_id quantity amount category list_price
        1 p 1 50 coat 60
        2 q 1 50 hat 50
        3 p 2 50 coat -
        5 n 1 50 hat 80""",
    "customers": """customer_id gender birthday age age_band occupation income education marital_status
        household_size province city platform_level email_ok sms_ok blacklisted""".replace("\n", " ")
    + """
        a female 1990-01-01 34 30-34 教师 high school single 2 浙江省 杭州市 88VIP yes no no
        d male - 40 40-49 医生 low none - 1 江苏省 南京市 - no yes yes""",
    "members": "customer_id enrolled_at tier points\na 2024-01-01 VIP 5\nd 2024-02-01 普通会员 -",
    "events": """customer_id at type product_id
        a 2024-06-29 view p
        b 2024-06-28 favourite p
        d 2024-06-27 cart p""",
}
# Together they hold every input; what a feature needs beside the buyer's key is never in two of them.
BATCHES = (
    "customers.gender customers.birthday/customers.age customers.birthday/customers.age/customers.age_band "
    "customers.birthday customers.occupation customers.income customers.education customers.marital_status "
    "customers.household_size customers.platform_level customers.email_ok customers.sms_ok "
    "customers.blacklisted customers.province/orders.province customers.city/orders.city",
    "orders.channel orders.shop order_items.category order_items.list_price members.tier members.points "
    "events.product_id",
    "order_items.product_id order_items.product_id/orders.quantity members.enrolled_at events.type",
)
NEEDS = {need for feature in FEATURES.values() for need in feature.needs}
VITAL = {"order_items": "product_id", "members": "enrolled_at", "events": "type"}  # no row is without it


def with_cells(edit):
    """FULL as frames, each changed by edit(table, frame), which gives None for a table that is left out."""
    frames = {}
    for name, text in FULL.items():
        lines = [line.split() for line in text.strip().splitlines()]
        frame = pd.DataFrame(lines[1:], columns=lines[0], dtype="str").replace("-", np.nan)
        frames[name] = edit(name, frame)
    return {name: frame for name, frame in frames.items() if frame is not None}


def without(columns, *, empty=False):
    """FULL without some columns, or with nothing in them; tables without a vital one are gone, or empty."""

    def edit(name, frame):
        gone = [c for c in frame.columns if f"{name}.{c}" in columns]
        if VITAL.get(name) in gone:
            return frame.head(0) if empty else None
        if empty:
            return frame.assign(**dict.fromkeys(gone, pd.Series(np.nan, index=frame.index, dtype="object")))
        return frame.drop(columns=gone)

    return with_cells(edit)


def known_with_cluster(tables):
    shop = shop_in_memory(**tables)
    scored = segment.rfm(shop)
    if isinstance(scored, NotComputed):
        return shop, scored
    graded = scored.mutate(cluster=scored.grade)
    found = features.people(shop, baskets.orders(shop), graded)
    return shop, found if isinstance(found, NotComputed) else found.to_pandas().set_index("customer_id")


@cache
def variant(columns, empty=False):
    return known_with_cluster(without(columns.replace("/", " ").split(), empty=empty))


@pytest.mark.parametrize("name", FEATURES)
def test_with_what_it_needs_a_feature_is_known_of_somebody_and_nothing_is_missing(name):
    shop, frame = variant("")
    assert frame[name].notna().any()
    assert features.missing(shop, name) is None


def test_the_batches_of_inputs_are_all_that_features_need():
    batches = [set(batch.split()) for batch in BATCHES]
    assert set().union(*batches, {"orders.customer_id"}) == NEEDS


def is_gone(need, batch):
    """Whether an input is gone with a batch: itself, or with its whole table."""
    table = need.split(".")[0]
    return need in batch.split() or ("/" not in need and f"{table}.{VITAL.get(table)}" in batch.split())


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("empty", [False, True], ids=["missing", "empty"])
def test_without_an_input_a_feature_is_empty_for_everybody_and_says_what_is_missing(name, empty):
    for batch in BATCHES:
        gone = [need for need in FEATURES[name].needs if is_gone(need, batch)]
        shop, frame = variant(batch, empty)
        missing = features.missing(shop, name)
        assert frame[name].isna().all() == bool(gone) == bool(missing)
        if gone:
            assert missing.needs == gone[0].split("/")[0]


@pytest.mark.parametrize(
    "gone",
    ["customers.province customers.city customers.birthday", "orders.province orders.city customers.age"],
)
def test_one_of_the_inputs_that_will_do_is_enough(gone):
    shop, frame = variant(gone)
    for name in ("province", "city", "city_tier", "age", "age_band"):
        assert features.missing(shop, name) is None
        assert frame[name].notna().any()
    days = features.missing(shop, "birthday_in_days")
    assert days is None or days.needs == "customers.birthday"


def test_without_cities_nobody_has_a_tier_though_some_provinces_are_cities():
    orders = "order_id customer_id paid_at paid province\n1 a 2024-06-30_10:00 5 上海市"
    shop = shop_in_memory(orders=orders, customers="customer_id gender\na female")
    assert told(people_of(shop).to_pandas().set_index("customer_id"), "a", "province", "city_tier") == (
        "上海",
        None,
    )
    assert features.missing(shop, "city_tier").needs == "customers.city"


def test_a_band_of_age_alone_tells_the_band_and_no_age():
    shop, frame = variant("customers.birthday customers.age")
    assert told(frame, "a", "age", "age_band") == (None, "30-34")
    assert features.missing(shop, "age_band") is None
    assert features.missing(shop, "age").needs == "customers.birthday"


def test_without_lines_pieces_and_prices_are_those_of_the_orders():
    shop, frame = variant("order_items.product_id")
    assert told(frame, "b", "items_per_order", "price_per_item", "first_product") == (2, 25, None)
    assert features.missing(shop, "price_band") is None
    assert features.missing(shop, "first_product").needs == "order_items.product_id"


@pytest.mark.parametrize("empty", [False, True], ids=["missing", "empty"])
def test_without_customer_ids_nobody_is_known(empty):
    shop, frame = variant("orders.customer_id", empty)
    assert isinstance(frame, NotComputed) and frame.needs == "orders.customer_id"
    assert features.missing(shop, "orders").needs == "orders.customer_id"
    assert features.missing(shop, "gender") is None


def test_of_orders_alone_what_they_tell_is_told():
    shop = shop_in_memory(orders=FULL["orders"])
    frame = people_of(shop).to_pandas()
    for name in FEATURES:
        if name == "cluster":
            continue
        assert (features.missing(shop, name) is None) == frame[name].notna().any(), name
    assert "first_product" in FEATURES and features.missing(shop, "price_band") is None


def test_orders_with_days_only_have_no_hours_and_that_is_said():
    shop = shop_in_memory(orders="order_id customer_id paid_at paid\n1 a 2024-06-30 5")
    missing = features.missing(shop, "hour_band")
    assert missing.sentence() == "not computed: needs orders.paid_at (it carries days without times)"
    assert features.missing(shop, "weekday") is None


def test_events_that_begin_after_as_of_say_nothing_of_anybody():
    orders = "order_id customer_id paid_at paid\n1 a 2024-06-30 5"
    shop = shop_in_memory("2024-06-30", orders=orders, events="customer_id at type\na 2024-07-01 view")
    row = people_of(shop).to_pandas().iloc[0]
    assert row[["views_30d", "carts_90d", "last_seen_on"]].isna().all()
    said = features.missing(shop, "views_30d").sentence()
    assert said == f"not computed: needs events.type (the events begin after {i18n.day(shop.as_of)})"


# --- what must not matter -----------------------------------------------------------------------------------


def known(tables):
    return known_with_cluster(tables)[1].sort_index()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_rows_changes_nothing(seed):
    def shuffled(_name, frame):
        return frame.sample(frac=1, random_state=seed).reset_index(drop=True)

    pd.testing.assert_frame_equal(known(with_cells(shuffled)), variant("")[1].sort_index())


def test_rows_of_the_days_after_as_of_change_nothing():
    later = {
        "orders": """9 a 2024-07-01_10:00 999 0 四川 成都 tv z 9
            10 new 2024-07-01 9 0 - - - - 1
            11 b - 0 0 - - - - -""",
        "order_items": "9 n 9 999 coat 2000\n10 p 1 9 hat 9",
        "members": "b 2024-07-01 VIP 5\nnew 2024-07-01 VIP 5",
        "events": "a 2024-07-01 cart z\nnew 2024-07-02 view p",
    }

    def added(name, frame):
        if name not in later:
            return frame
        rows = [line.split() for line in later[name].splitlines()]
        more = pd.DataFrame(rows, columns=frame.columns, dtype="str").replace("-", np.nan)
        if name == "orders":  # never paid, and placed after as_of
            more["created_at"] = ["2024-07-01", "2024-07-01", "2024-07-02"]
            frame = frame.assign(created_at=frame.paid_at.fillna("2024-01-02"))
        return pd.concat([frame, more], ignore_index=True)

    def placed(name, frame):
        return frame.assign(created_at=frame.paid_at.fillna("2024-01-02")) if name == "orders" else frame

    pd.testing.assert_frame_equal(known(with_cells(added)), known(with_cells(placed)))


def test_files_in_parts_and_in_any_order_give_the_same_people_as_one_loaded_or_in_memory(tmp_path):
    tables = with_cells(lambda name, frame: frame.replace({"yes": "true", "no": "false"}))
    tables["orders"]["paid_at"] = tables["orders"].paid_at.str.replace("_", " ")
    tables["orders"]["created_at"] = tables["orders"].paid_at.fillna("2024-01-02")
    whole = shop_of(tmp_path / "whole", tables.pop("orders"), as_of="2024-06-01", **tables)
    folder = tmp_path / "parts"
    folder.mkdir()
    for path in sorted((tmp_path / "whole").glob("*.csv")):
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        for place, part in enumerate((lines[1::2], lines[::2])):
            (folder / f"{path.stem}_{place}.csv").write_text("\n".join([head, *part]), encoding="utf-8")
    text = (tmp_path / "whole" / "shop.toml").read_text(encoding="utf-8").replace('.csv"]', '_*.csv"]')
    (folder / "shop.toml").write_text(text.replace('"orders_', '"orders_[01]').replace("[01]*", "[01]"))
    parts = model.open_shop(folder, "2024-06-01")
    frames = [people_of(shop).to_pandas().set_index("customer_id").sort_index() for shop in (whole, parts)]
    pd.testing.assert_frame_equal(*frames)
    memory = with_cells(
        lambda name, frame: (
            frame.assign(created_at=frame.paid_at.fillna("2024-01-02")) if name == "orders" else frame
        )
    )
    in_memory = people_of(shop_in_memory("2024-06-01", **memory)).to_pandas().set_index("customer_id")
    pd.testing.assert_frame_equal(frames[0], in_memory.sort_index(), check_dtype=False)
