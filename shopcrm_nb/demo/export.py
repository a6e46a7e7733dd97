"""Write the demo shop's folder: the exports as the platform would give them, the settings, the truth."""

import csv
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from shopcrm_nb.demo import (
    campaign_files,
    campaign_truth,
    diagnosis,
    differences,
    dress,
    members,
    people,
    reviews,
    simulate,
    states,
    sycm,
    taobao,
    truth,
)

DRESS_STAGE = 9  # its own random numbers, so that a change of looks changes no order
DRESS_STAGE_OF_CAMPAIGNS = 36  # of the orders that these add
MEMBERS_STAGE = 18
RESAVED_FROM, RESAVED_ROWS = "2023-11-11", 320  # rows that went through a spreadsheet
SHOP_TOML = '''\
name = "夏艺女装"
currency = "CNY"
timezone = "Asia/Shanghai"

[tables.orders]
files = ["raw/ExportOrderList*"]
preset = "taobao_orders"

[tables.order_items]
files = ["raw/ExportOrderDetailList*"]
preset = "taobao_items"

[tables.order_items.columns]    # the export has no category: the shop's own codes begin with it
category = { sql = """
    CASE substr("商家编码", 1, 2)
        WHEN 'DY' THEN '大衣' WHEN 'YR' THEN '羽绒服' WHEN 'MF' THEN '棉服' WHEN 'FY' THEN '风衣'
        WHEN 'PY' THEN '皮衣' WHEN 'WT' THEN '外套' WHEN 'ZZ' THEN '针织' WHEN 'QZ' THEN '裙装'
        WHEN 'FS' THEN '防晒衣' WHEN 'PS' THEN '配饰' WHEN 'BC' THEN '补差'
    END""" }

[tables.customers]
files = ["raw/customers.csv"]
preset = "template"

[tables.members]
files = ["raw/members.csv"]
preset = "template"

[tables.events]
files = ["raw/events.xlsx"]
preset = "template"

[tables.shipments]
files = ["raw/shipments.csv"]
preset = "template"

[tables.reviews]
files = ["raw/reviews.csv"]
preset = "template"

[tables.traffic]
files = ["raw/生意参谋_店铺_日_*"]
preset = "sycm_day"

[tables.ratings]
files = ["raw/生意参谋_店铺_日_*"]
preset = "sycm_day"
'''


@dataclass(frozen=True)
class Export:
    """One file of orders: those created from ``start`` on, as they stood at ``made_at``."""

    name: str
    start: pd.Timestamp
    made_at: pd.Timestamp
    generation: int = 4


EXPORTS = (
    Export("ExportOrderList202412310930.csv", pd.Timestamp("2023-07-01"), pd.Timestamp("2024-12-31 09:30")),
    Export("ExportOrderList202512310930.xlsx", pd.Timestamp("2024-12-01"), pd.Timestamp("2025-12-31 09:30")),
    Export(
        "ExportOrderList202606302359.xlsx", pd.Timestamp("2025-12-15"), pd.Timestamp("2026-06-30 23:59"), 5
    ),
)
ITEMS_NAME = "ExportOrderDetailList202606302359.xlsx"


def write_demo(folder: Path, seed: int = 618, with_faults: bool = True) -> None:
    """Write the whole shop into ``folder``; equal seeds give equal bytes."""
    world = simulate.simulate(seed, with_faults)
    orders = seen(world, seed)
    lines = world.lines[world.lines["order"].isin(orders.index)]
    raw = folder / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    rows = write_orders(raw, orders, taobao.titles(lines))
    final = latest(orders)
    rows[ITEMS_NAME] = _write_xlsx(raw / ITEMS_NAME, newest_first(taobao.items_table(final, lines)))
    rows |= write_process(raw, world, final)
    joined = members.members(
        np.random.default_rng([seed, MEMBERS_STAGE]), final, world.people, EXPORTS[-1].made_at
    )
    rows |= write_people(raw, world, joined) | write_campaigns(raw, world, final)
    (folder / "shop.toml").write_text(SHOP_TOML + campaign_files.SETTINGS, encoding="utf-8", newline="\n")
    known = truth.truth(world, final, rows) | {"overlapping_orders": overlapping(orders), "seed": seed}
    known |= diagnosis.truth(world, final, exported_reviews(world, final), EXPORTS[-1].made_at)
    known |= differences.truth(world.people, final, lines, world.events)
    known |= {"members": members.truth(final, world.people, joined)} | campaign_truth.truth(world, final)
    text = json.dumps(known, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def seen(world: simulate.World, seed: int) -> pd.DataFrame:
    """Return the orders up to the last export as it shows them; those lost are drawn too, then left out."""
    every = pd.concat([world.orders, world.lost]).sort_index()
    every = every[every["created_at"] <= EXPORTS[-1].made_at]
    rng = np.random.default_rng([seed, DRESS_STAGE])
    persons = world.people.join(dress.called(rng, len(world.people)))
    added = (every["campaign"] != "") & every["was_paid_at"].isna()
    further = np.random.default_rng([seed, DRESS_STAGE_OF_CAMPAIGNS])
    orders = pd.concat(
        [dress.dressed(rng, every[~added], persons), dress.dressed(further, every[added], persons)]
    )
    return orders[orders.index.isin(world.orders.index)]


def exported_reviews(world: simulate.World, final: pd.DataFrame) -> pd.DataFrame:
    """Return the reviews written by the last export, of orders that the exports tell as completed."""
    completed = final.index[final["status"] == "success"]
    written = world.reviews
    return written[written["order"].isin(completed) & (written["at"] <= EXPORTS[-1].made_at)]


def write_process(raw: Path, world: simulate.World, final: pd.DataFrame) -> dict[str, int]:
    """Write what else is told, traffic, parcels and reviews; return the rows of each file."""
    written = exported_reviews(world, final)
    made_at = EXPORTS[-1].made_at
    scores = reviews.ratings(written, world.visits.index)
    told = written.assign(follow_up_at=written["follow_up_at"].where(written["follow_up_at"] <= made_at))
    told["follow_up"] = told["follow_up"].where(told["follow_up_at"].notna(), "")
    return {
        sycm.NAME: _write_xlsx(raw / sycm.NAME, sycm.day_table(world.visits, final, scores), sycm.TITLES),
        "shipments.csv": _write_csv(
            raw / "shipments.csv", sycm.parcel_table(world.parcels, final, made_at), "gb18030"
        ),
        "reviews.csv": _write_csv(
            raw / "reviews.csv", sycm.review_table(told, final, world.lines), "gb18030"
        ),
    }


def write_people(raw: Path, world: simulate.World, joined: pd.DataFrame) -> dict[str, int]:
    """Write what is known of people beside their orders; return the rows of each file."""
    return {
        "customers.csv": _write_csv(raw / "customers.csv", people.customer_table(world.people), "utf-8-sig"),
        "members.csv": _write_csv(
            raw / "members.csv", members.member_table(joined, world.people), "utf-8-sig"
        ),
        "events.xlsx": _write_xlsx(raw / "events.xlsx", sycm.event_table(world.events)),
    }


def write_campaigns(raw: Path, world: simulate.World, final: pd.DataFrame) -> dict[str, int]:
    """Write the campaigns, their messages and coupons; return the rows of each file."""
    listed = campaign_files.campaign_table(world.sends)
    coupons = campaign_files.coupon_table(world.coupons, final, world.people)
    return {
        "campaigns.csv": _write_csv(raw / "campaigns.csv", listed, "utf-8-sig"),
        "sends.parquet": campaign_files.write_sends(raw / "sends.parquet", world.sends, world.people),
        "coupons.xlsx": _write_xlsx(raw / "coupons.xlsx", coupons),
    }


def _write_csv(path: Path, table: pd.DataFrame, encoding: str) -> int:
    table.to_csv(path, index=False, encoding=encoding, lineterminator="\r\n")
    return len(table)


def covered(orders: pd.DataFrame, export: Export) -> pd.DataFrame:
    """Return the orders one export holds, as they stood when it was made, newest first."""
    state = states.as_at(orders[orders["created_at"] >= export.start], export.made_at)
    return state.sort_values(["created_at", "order_id"], ascending=False)


def latest(orders: pd.DataFrame) -> pd.DataFrame:
    """Return each order as the last export that holds it tells; some never come again to be updated."""
    copies = pd.concat([covered(orders, export) for export in EXPORTS])
    return copies[~copies.index.duplicated(keep="last")].sort_index()


def overlapping(orders: pd.DataFrame) -> int:
    """Return how many orders are in more than one export."""
    held = pd.concat([covered(orders, export)["order_id"] for export in EXPORTS])
    return int(held[held.duplicated()].nunique())


def newest_first(items: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the 宝贝报表 in the platform's order."""
    return items.sort_values(["订单创建时间", "主订单编号", "子订单编号"], ascending=[False, False, True])


def write_orders(raw: Path, orders: pd.DataFrame, titles: pd.Series) -> dict[str, int]:
    """Write the order exports; return the rows of each file."""
    rows = {}
    for export in EXPORTS:
        state = covered(orders, export)
        mine = titles.loc[state.index]
        path, table = raw / export.name, taobao.order_table(state, mine, export.generation)
        if path.suffix == ".csv":
            rows[export.name] = _write_g4(path, resaved(table, state))
        else:
            rows[export.name] = _write_xlsx(path, table)
    return rows


def resaved(table: pd.DataFrame, state: pd.DataFrame) -> pd.DataFrame:
    """Write the times of a run of rows as a spreadsheet that saved the file again would."""
    here = np.flatnonzero(state["created_at"].lt(RESAVED_FROM))[:1]  # newest first: the run starts before it
    if len(here) == 0:
        return table
    run = state.index[max(0, here[0] - RESAVED_ROWS) : here[0]]
    shown = {"订单创建时间": "created_at", "订单付款时间 ": "paid_at", "确认收货时间": "confirmed_at"}
    for header, time in shown.items():
        table.loc[run, header] = taobao.excel_clock(state.loc[run, time])
    return table


def _write_g4(path: Path, table: pd.DataFrame) -> int:
    """Write a 订单报表 in GB18030; its ids stand bare as ="1930…", so that Excel keeps their digits."""
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        for order_id, *cells in table.to_numpy().tolist():
            file.write(f'="{order_id}",')
            writer.writerow(cells)
    return len(table)


def _write_xlsx(path: Path, table: pd.DataFrame, titles: tuple[str, ...] = ()) -> int:
    """Write every cell as text, below the titles, and leave empty ones out; the creation date is fixed."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": datetime(2026, 6, 30, 23, 59)})
        sheet = book.add_worksheet()
        for number, title in enumerate(titles):
            sheet.write_string(number, 0, title)
        for place, header in enumerate(table.columns):
            sheet.write_string(len(titles), place, header)
        for number, cells in enumerate(table.to_numpy().tolist(), start=len(titles) + 1):
            for place, cell in enumerate(cells):
                if cell:
                    sheet.write_string(number, place, cell)
    return len(table)
