"""Slow provinces and carriers: planted ones are found, chance is not, and open orders make nobody fast."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from build import rules_of, shop_of
from fulfil import AS_OF, in_memory, seen, timed_orders
from scipy import stats

from shopcrm_nb import evidence, labels, process, slow, table
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.period import Period

HALF_YEAR = Period(date(2024, 1, 2), date(2024, 6, 30))
JUNE = Period(date(2024, 6, 1), date(2024, 6, 30))
RULES = rules_of()


def compared(folder, rows, now=HALF_YEAR, rules=RULES):
    return slow.levels(process.parcels(shop_of(folder, rows, as_of=AS_OF)), now, rules)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    rows = seen(timed_orders())
    return rows, compared(tmp_path_factory.mktemp("slow"), rows)


def by_hand(rows, limit, dimension, level):
    """Judged orders, slow ones and their mean net sales of a level, in plain pandas."""
    end = pd.Timestamp(AS_OF) + pd.Timedelta(days=1)
    took = (rows.signed_at - rows.paid_at).dt.total_seconds() / 3600
    old = (end - rows.paid_at).dt.total_seconds() / 3600 >= limit
    told = took.notna() | rows.status.isin(["paid", "shipped"])
    mine = old & told & (rows[dimension] == level)
    net = (rows.paid - rows.refund)[mine].mean()
    return mine.sum(), (mine & ~(took <= limit)).sum(), net


def test_the_planted_province_and_carrier_are_slow_and_no_other(simulated):
    _rows, found = simulated
    assert set(found.level[found.speed == "slow"]) == {"Gansu", "ZTO"}
    assert set(found.level[found.speed == "usual"]) == {"Anhui", "Fujian", "Hebei", "Jilin", "SF", "YTO"}
    assert found.net_sales_at_stake.is_monotonic_decreasing


def test_the_figures_of_each_level_are_those_of_pandas(simulated):
    rows, found = simulated
    limit = ((rows.signed_at - rows.paid_at).dt.total_seconds() / 3600).quantile(0.8)
    assert found.limit_hours.tolist() == pytest.approx([limit] * 8)
    for row in found.itertuples():
        judged, late, net = by_hand(rows, limit, row.dimension, row.level)
        others = [
            by_hand(rows, limit, row.dimension, other)[:2] for other in set(rows[row.dimension]) - {row.level}
        ]
        rest, rest_slow = (sum(values) for values in zip(*others, strict=True))
        assert (row.judged, row.slow) == (judged, late)
        assert row.slow_share == pytest.approx(late / judged)
        assert row.rest_share == pytest.approx(rest_slow / rest)
        assert row.excess_share == pytest.approx(late / judged - rest_slow / rest)
        assert row.excess_orders == pytest.approx((late / judged - rest_slow / rest) * judged)
        assert row.net_sales_at_stake == pytest.approx(max(row.excess_orders, 0) * net)
        grid = [[late, judged - late], [rest_slow, rest - rest_slow]]
        assert row.p_value == pytest.approx(stats.fisher_exact(grid, alternative="greater").pvalue)
    assert found.p_adjusted.tolist() == pytest.approx(evidence.holm(found.p_value).tolist())


def test_without_a_fault_nothing_is_slow(tmp_path):
    for seed in (2, 3, 4):
        found = compared(tmp_path / str(seed), seen(timed_orders(1500, seed, slow=False)))
        assert set(found.speed) == {"usual"}


def test_open_orders_make_nobody_look_fast(tmp_path):
    """A province whose parcels never arrive has no time of signing at all."""
    rows = seen(timed_orders(1200, slow=False, days=60))
    stuck = rows.province == "Jilin"
    rows.loc[stuck, ["signed_at", "confirmed_at"]] = pd.NaT
    rows.loc[stuck & (rows.status == "success"), "status"] = "shipped"
    found = (
        compared(tmp_path, rows, Period(date(2024, 5, 2), date(2024, 6, 30))).set_index("level").loc["Jilin"]
    )
    assert found.slow_share > 0.9
    assert found.speed == "slow"


SMALL = """order_id paid_at paid status signed_at province carrier
1 2024-06-01T00:00 10 shipped 2024-06-02T00:00 x ZTO
2 2024-06-01T00:00 20 shipped 2024-06-02T00:00 x ZTO
3 2024-06-01T00:00 30 shipped 2024-06-06T00:00 y -
4 2024-06-01T00:00 50 shipped 2024-06-02T00:00 y ZTO
5 2024-06-01T00:00 50 shipped -                y ZTO
6 2024-06-30T00:00 90 shipped 2024-06-30T01:00 x ZTO
7 2024-06-30T00:00 90 refunded -               x ZTO
"""


def test_the_comparison_by_hand(tmp_path):
    rules = rules_of(process={"min_orders": 2})
    found = compared(tmp_path, SMALL, JUNE, rules).set_index("level")
    # hours 1 24 24 24 120: 80 % took at most 24 + 0.2 · 96; the last two were paid too late to judge
    assert found.limit_hours.iloc[0] == pytest.approx(43.2)
    assert found.loc["x", ["judged", "slow"]].tolist() == [2, 0]
    assert found.loc["y", ["judged", "slow", "rest_share"]].tolist() == [3, 2, 0]
    assert found.excess_orders["y"] == pytest.approx(2)
    assert found.net_sales_at_stake["y"] == pytest.approx(2 * 130 / 3)
    assert found.p_value["y"] == pytest.approx(3 / 10)  # 3 of the 10 pairs of five orders
    assert found.p_value["x"] == 1
    assert found.net_sales_at_stake["x"] == 0
    assert found.speed.to_dict() == {"y": "unclear", "x": "usual", "ZTO": "too_few", "unknown": "unknown"}
    assert found.loc["unknown", ["judged", "slow"]].tolist() == [1, 1]
    assert found.p_value[["ZTO", "unknown"]].isna().all()  # the one other order is too few to compare with
    assert found.net_sales_at_stake[["ZTO", "unknown"]].isna().all()


def test_orders_of_unknown_places_are_part_of_the_rest_and_are_not_tested(simulated, tmp_path):
    rows, found = simulated
    blank = rows.assign(province=rows.province.where(rows.province != "Gansu"))
    again = compared(tmp_path, blank).set_index("level")
    before = found.set_index("level")
    assert again.speed["unknown"] == "unknown"
    assert np.isnan(again.p_value["unknown"])
    assert again.judged["unknown"] == before.judged["Gansu"]
    assert again.rest_share["Hebei"] == before.rest_share["Hebei"]


def test_fewer_orders_than_the_shops_limit_are_not_judged(simulated, tmp_path):
    rows, _found = simulated
    few = compared(tmp_path, rows, rules=rules_of(process={"min_orders": 650}))
    large = rows.groupby("province").size() > 700
    assert not large.any()
    assert set(few.speed[few.dimension == "province"]) == {"too_few"}
    assert "slow" in set(few.speed[few.dimension == "carrier"])


def test_a_clear_but_small_excess_is_usual(simulated, tmp_path):
    rows, found = simulated
    more = found.excess_share.max() + 0.01
    again = compared(tmp_path, rows, rules=rules_of(process={"min_excess": round(more, 4)}))
    assert set(again.speed) == {"usual"}


def test_without_signing_times_the_shipping_is_compared(tmp_path):
    rows = seen(timed_orders(600, days=30)).drop(columns="signed_at")
    found = compared(tmp_path, rows, JUNE)
    assert set(found.step) == {"pay_ship"}
    assert set(found.speed) <= {"usual", "too_few"}


def test_what_is_missing_is_said(tmp_path):
    rows = "order_id paid_at paid shipped_at\n1 2024-06-29 5 2024-06-30\n2 2024-06-30 5 -"
    parcels = process.parcels(shop_of(tmp_path, rows))
    assert slow.levels(parcels, JUNE, RULES) == NotComputed("orders.province")
    missing = NotComputed("orders.shipped_at")
    assert slow.levels(missing, JUNE, RULES) is slow.sentence(missing) is missing


def test_a_period_without_orders_compares_nothing(simulated, tmp_path):
    rows, _found = simulated
    nothing = compared(tmp_path, rows, Period(date(2020, 1, 1), date(2020, 1, 31)))
    assert nothing.empty
    assert (
        slow.sentence(nothing) == "No province and no carrier has enough orders to be compared with the rest."
    )


def test_the_sentence_names_who_is_slow_with_most_at_stake_first(simulated):
    _rows, found = simulated
    said = slow.sentence(found)
    first, second = found.level[:2]
    assert said.startswith(
        f"Clearly more orders than elsewhere took over {found.limit_hours[0]:.0f} hours: {first} ("
    )
    assert (
        f"{found.slow_share[0]:.1%} of {found.judged[0]:,} orders, elsewhere {found.rest_share[0]:.1%}"
        in said
    )
    assert f", {second} (" in said
    usual = found[found.speed == "usual"]
    assert slow.sentence(usual) == (
        "6 provinces and carriers were compared with the rest, and none is clearly slower."
    )


def test_every_column_has_a_label_and_every_verdict_a_word(simulated):
    _rows, found = simulated
    names = [labels.of_columns()[column] for column in found.columns]
    assert len(set(names)) == len(names)
    assert set(labels.of_codes()["speed"]) == {"slow", "unclear", "usual", "too_few", "unknown"}
    assert ">clearly slower</td>" in table.show(found, "CNY")._repr_html_()


# --- the tests behind it ------------------------------------------------------------------------------------


def test_holm_by_hand_and_nulls_are_no_part_of_the_family():
    adjusted = evidence.holm(np.array([0.01, np.nan, 0.04, 0.03]))
    assert adjusted[[0, 2, 3]].tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(adjusted[1])
    assert evidence.holm(np.array([0.9, 0.8])).tolist() == [1, 1]
    assert len(evidence.holm(np.array([]))) == 0


def test_one_share_greater_than_another_is_tested_exactly():
    counts = [pd.Series(values) for values in ([3, 12, 0], [3, 30, 0], [0, 20, 3], [2, 100, 9])]
    found = evidence.more_often(*counts)
    assert found[0] == pytest.approx(1 / 10)  # the 3 of 5 that happened are just those 3
    assert found[1] == pytest.approx(stats.fisher_exact([[12, 18], [20, 80]], alternative="greater").pvalue)
    assert np.isnan(found[2])


def parcels_of(counts):
    """Orders of June and of a year before: province, carrier, judged, slow, judged_before, slow_before."""
    rows = []
    for province, carrier, n, slow_n, n_before, slow_before in counts:
        for month, count, late in (("2024-06", n, slow_n), ("2023-06", n_before, slow_before)):
            days = [12 if place < late else 2 for place in range(count)]
            rows += [(f"{month}-01", f"{month}-{1 + day:02d}", province, carrier) for day in days]
    frame = pd.DataFrame(rows, columns=["paid_at", "signed_at", "province", "carrier"])
    return frame.assign(order_id=[f"o{place}" for place in frame.index], paid=10.0, shipped_at=frame.paid_at)


def test_a_carrier_is_not_blamed_for_a_province_that_it_serves():
    # All of Italy became slow; DHL serves it, and is as fast as ever elsewhere.
    orders = parcels_of(
        [
            ("Italy", "DHL", 40, 40, 40, 4),
            ("France", "DHL", 120, 8, 120, 8),
            ("France", "GLS", 160, 10, 160, 10),
        ]
    )
    shop = in_memory(orders)
    now, then = Period(date(2024, 6, 1), date(2024, 6, 30)), Period(date(2023, 6, 1), date(2023, 6, 30))
    parcels = process.parcels(shop)
    levels = slow.levels(parcels, now, shop.settings.rules)
    found = slow.beside_last_year(levels, parcels, now, then).set_index("level")
    assert found.loc["Italy", ["judged", "slow", "judged_before"]].tolist() == [40, 40, 40]
    assert found.risen_p_value["Italy"] < 1e-9
    assert found.loc["DHL", ["judged", "slow", "judged_before"]].tolist() == [120, 8, 120]
    assert found.risen_p_value["DHL"] > 0.4
    assert found.net_sales_at_stake["Italy"] == pytest.approx((1 - 0.1) * 40 * 10)
