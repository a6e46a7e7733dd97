"""Reconciliation: from our net sales to the figure of the back end, to the cent, and what explains a gap."""

from datetime import date

import pandas as pd
import pytest
from build import shop_of
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from simulate import shop_in_memory, small_shop

from shopcrm_nb import reconcile, workbook
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.settings import BackEnd

# May and June of a shop: what is paid in June is 100.10 + 50 + 30 + 20.05 + 8 = 208.15
ORDERS = """
order_id customer_id created_at       paid_at          paid   order_total refund status
1        a           2024-05-31T10:00 2024-05-31T17:00 11     11          0      success
2        b           2024-06-01T01:00 2024-06-01T02:00 100.10 100.10      0      success
3        c           2024-06-05T09:00 2024-06-05T10:00 50     50          12.34  success
4        d           2024-06-06T09:00 2024-06-06T10:00 30     30          30     refunded
5        e           2024-06-07T09:00 2024-06-07T10:00 20.05  20.05       0      success
6        f           2024-06-30T16:30 2024-06-30T17:00 8      8           0      success
7        g           2024-06-08T09:00 -                0      70          0      closed_unpaid
8        h           2024-06-09T09:00 -                0      9.99        0      unpaid
9        i           2024-05-31T09:00 -                0      500         0      closed_unpaid
10       j           2024-07-01T02:00 2024-07-01T03:00 4      4           0      success
"""
PAID = 208.15


def june(paid, orders=ORDERS, as_of="2024-07-01", **sections):
    """The shop, and the one row of what the back end shows for June."""
    shop = small_shop(orders, as_of, sections)
    shown = BackEnd(start="2024-06-01", end="2024-06-30", paid=paid)
    shop.settings.__dict__["back_end"] = (shown,)
    return shop, reconcile.compared(shop, reconcile.stated(shop)).iloc[0]


def suspected(paid, **more):
    shop, row = june(paid, **more)
    return reconcile.suspects(shop, row).set_index("suspect")


# --- the comparison -----------------------------------------------------------------------------------------


def test_what_the_back_end_shows_beside_ours_by_hand():
    _shop, row = june(200)
    assert (row.back_end_paid, row.paid, row.orders) == (200, PAID, 5)
    assert (row.gap, row.gap_share) == (-8.15, pytest.approx(-8.15 / 200))
    assert (row.start, row.end, row.told_by) == (date(2024, 6, 1), date(2024, 6, 30), "settings")


def test_a_back_end_without_sales_has_no_relative_gap():
    assert pd.isna(june(0)[1].gap_share)


def steps_of(paid, **more):
    shop, row = june(paid, **more)
    return reconcile.steps(shop, row, reconcile.suspects(shop, row))


def test_the_steps_from_our_net_sales_to_the_back_end_add_up_to_the_cent():
    found = steps_of(200)
    assert found.driver.tolist() == ["net_sales", "refunds", "without_net", "paid", "gap", "back_end"]
    # valid orders: 100.10 + 37.66 + 20.05 + 8, refunded of them 12.34, refunded in full 30
    assert found.value.tolist() == [165.81, 12.34, 30, PAID, -8.15, 200]
    assert found.kind.tolist() == ["total", "part", "part", "total", "part", "total"]


def test_orders_below_the_shops_minimum_are_among_those_without_net():
    shop = small_shop(ORDERS, "2024-07-01", {"orders": {"min_order_amount": 8.0}})
    shop.settings.__dict__["back_end"] = (BackEnd(start="2024-06-01", end="2024-06-30", paid=200),)
    row = reconcile.compared(shop, reconcile.stated(shop)).iloc[0]
    found = reconcile.steps(shop, row, reconcile.suspects(shop, row)).set_index("driver").value
    assert (found.net_sales, found.without_net) == (157.81, 38)


def test_a_step_of_nothing_is_left_out():
    found = steps_of(PAID)
    assert found.driver.tolist() == ["net_sales", "refunds", "without_net", "paid", "back_end"]
    assert found.value.tolist()[3:] == [PAID, PAID]
    plain = steps_of(120.10, orders="order_id paid_at paid\n1 2024-06-05T12:00 120.10\n2 2024-07-01T12:00 5")
    assert plain.value.tolist() == [120.1, 120.1, 120.1]


def test_a_gap_of_one_cent_is_a_step():
    assert steps_of(PAID + 0.01).value.tolist()[4] == 0.01


@settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate])
@given(
    st.lists(
        st.tuples(
            st.dates(date(2024, 5, 30), date(2024, 7, 2)),
            st.decimals("0", "999", places=2).map(float),
            st.sampled_from([0.0, 0.33, 0.5, 1.0]),
        ),
        min_size=1,
        max_size=25,
    ),
    st.decimals("0", "9999", places=2).map(float),
)
def test_net_sales_refunds_and_orders_without_net_are_always_our_paid_and_with_the_gap_the_back_end(
    rows, shown
):
    frame = pd.DataFrame(rows, columns=["paid_at", "paid", "part"])
    frame = frame.assign(order_id=[str(n) for n in range(len(frame))], paid_at=pd.to_datetime(frame.paid_at))
    frame["refund"] = (frame.paid * frame.pop("part")).round(2)
    shop = shop_in_memory({"orders": frame}, date(2024, 7, 2))
    shop.settings.__dict__["back_end"] = (BackEnd(start="2024-06-01", end="2024-06-30", paid=shown),)
    row = reconcile.compared(shop, reconcile.stated(shop)).iloc[0]
    found = reconcile.steps(shop, row, reconcile.suspects(shop, row)).set_index("driver").value
    cents = (found * 100).round().to_dict()
    net, paid, back_end = (cents.pop(name) for name in ("net_sales", "paid", "back_end"))
    refunds, without = (cents.pop(name, 0) for name in ("refunds", "without_net"))
    inside = frame[frame.paid_at.between("2024-06-01", "2024-06-30")]
    assert paid == round(inside.paid.sum() * 100)
    assert net == round((inside.paid - inside.refund).sum() * 100)  # what is without net adds nothing to it
    assert net + refunds + without == paid
    assert paid + sum(cents.values()) == back_end == round(shown * 100)
    assert len(cents) == (paid != back_end)


# --- suspects -----------------------------------------------------------------------------------------------


def test_each_suspect_by_hand():
    found = suspected(300)
    assert found.orders.to_dict() == {
        "closed_unpaid": 1,
        "waiting": 1,
        "no_net": 1,
        "refunds": 2,
        "eight_hours_early": 2,
        "eight_hours_late": 2,
    }
    assert found.paid.to_dict() == {
        "closed_unpaid": 70,
        "waiting": 9.99,
        "no_net": -30,
        "refunds": -42.34,
        # 31 May 17:00 would be June, 30 June 17:00 July
        "eight_hours_early": 3,
        # 1 June 2:00 would be May, 1 July 3:00 June
        "eight_hours_late": -96.1,
    }
    assert found.gap_left.to_dict() == pytest.approx(
        {name: round(300 - PAID - paid, 2) for name, paid in found.paid.items()}
    )
    assert found.gap_left.abs().is_monotonic_increasing


def test_orders_that_swap_places_at_a_time_zones_border_are_all_counted():
    found = suspected(PAID + 3)
    assert found.loc["eight_hours_early", ["orders", "gap_left"]].tolist() == [2, 0]


def test_days_after_as_of_are_in_no_suspect():
    assert "eight_hours_late" in suspected(300).index
    found = suspected(300, as_of="2024-06-30")
    assert found.loc["eight_hours_late", ["orders", "paid"]].tolist() == [1, -100.1]


def test_a_suspect_of_nothing_is_none():
    found = suspected(300, orders="order_id paid_at paid\n1 2024-06-05T12:00 5\n2 2024-07-01T12:00 5")
    assert found.empty


def test_rows_that_could_not_be_used_are_a_suspect_at_the_mean_of_the_others(tmp_path):
    head = "order_id customer_id paid_at paid\n3 c 2024-06-07 lost\n4 d 2024-07-01 20\n"
    rows = head + "\n".join(f"1{n} a 2024-06-05 20" for n in range(200))
    toml = "[[back_end]]\nstart = 2024-06-01\nend = 2024-06-30\npaid = 4020\norders = 201\n"
    shop = shop_of(tmp_path, rows, settings=toml)
    row = reconcile.compared(shop, reconcile.stated(shop)).iloc[0]
    assert (row.back_end_orders, row.orders, row.gap) == (201, 200, 20)
    found = reconcile.suspects(shop, row).set_index("suspect")
    assert found.loc["dropped", ["orders", "paid", "gap_left"]].tolist() == [1, 20, 0]


@pytest.mark.parametrize(
    ("gap", "cause"),
    [
        (70, "closed_unpaid"),
        (9.99, "waiting"),
        (-30, "no_net"),
        (-42.34, "refunds"),
        (3, "eight_hours_early"),
    ],
)
def test_a_gap_that_one_suspect_closes_to_the_cent_is_named(gap, cause):
    assert steps_of(round(PAID + gap, 2)).driver[4] == cause
    assert steps_of(round(PAID + gap + 0.01, 2)).driver[4] == "gap"


def said(paid, **more):
    shop, row = june(paid, **more)
    found = reconcile.compared(shop, reconcile.stated(shop))
    return reconcile.sentence(found, reconcile.suspects(shop, row), "CNY")


def test_the_sentence_of_a_gap_names_its_one_cause_or_that_there_is_none():
    assert said(PAID + 70) == (
        "From 2024-06-01 to 2024-06-30 the back end shows ¥278 and we ¥208: +¥70. One thing closes the gap "
        "to the cent: orders closed without payment. 0 of 1 span agrees to the cent."
    )
    assert "No single cause that we can compute closes the gap." in said(PAID + 71)
    assert said(PAID) == (
        "From 2024-06-01 to 2024-06-30 the back end shows ¥208, and so do we. 1 of 1 span agrees to the cent."
    )


def test_a_gap_that_two_suspects_would_close_is_put_down_to_neither():
    orders = ORDERS.replace("-                0      9.99", "-                0      70  ")
    assert steps_of(PAID + 70, orders=orders).driver[4] == "gap"
    assert "No single cause" in said(PAID + 70, orders=orders)


# --- what the back end shows --------------------------------------------------------------------------------


def test_the_spans_of_a_shop_come_from_its_settings_the_latest_first(tmp_path):
    toml = "\n".join(
        f"[[back_end]]\nstart = {start}\nend = {end}\npaid = {paid}\n"
        for start, end, paid in [
            ("2024-05-01", "2024-05-31", 11),
            ("2024-06-01", "2024-06-30", 208.15),
            ("2024-06-01", "2024-07-31", 9),
        ]
    )
    shop = shop_of(tmp_path, ORDERS, settings=toml)
    stated = reconcile.stated(shop)
    assert len(stated) == 2  # July is not over on 1 July
    found = reconcile.compared(shop, stated)
    assert found.start.tolist() == [date(2024, 6, 1), date(2024, 5, 1)]
    assert found.gap.tolist() == [0, 0]
    assert found.back_end_orders.isna().all()
    suspects = reconcile.suspects(shop, found.iloc[0])
    assert reconcile.sentence(found, suspects, "CNY").endswith("2 of 2 spans agree to the cent.")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("start = 2024-06-30\nend = 2024-06-01\npaid = 5", "must not end before it starts"),
        ("start = 2024-06-01\npaid = 5", "end is missing"),
        ("start = 2024-06-01\nend = 2024-06-30\npaid = -5", "paid"),
        ('start = 2024-06-01\nend = 2024-06-30\npaid = "much"', "paid"),
        ("start = 2024-06-01\nend = 2024-06-30\npaid = 5\norder = 3", 'no key "order"'),
        ('start = "yesterday"\nend = 2024-06-30\npaid = 5', "start"),
    ],
)
def test_a_span_that_cannot_be_is_refused_in_one_sentence(tmp_path, lines, said):
    with pytest.raises(ShopcrmError) as caught:
        shop_of(tmp_path, ORDERS, settings=f"[[back_end]]\n{lines}\n")
    text = str(caught.value)
    assert text.startswith(("shop.toml: [back_end]", "shop.toml: back_end"))
    assert said in text
    assert "\n" not in text


def traffic_of(days, paid="2.5", extra=""):
    rows = [f"{day:%Y-%m-%d} 10 {paid} 1" for day in days]
    return "date visitors paid orders\n" + "\n".join(rows) + extra


def test_the_months_of_the_traffic_of_which_every_day_is_told_are_spans():
    days = pd.date_range("2024-04-15", "2024-06-30")
    shop = small_shop(ORDERS, "2024-07-01", traffic=traffic_of(days))
    stated = reconcile.stated(shop)
    assert stated.start.tolist() == [date(2024, 5, 1), date(2024, 6, 1)]
    assert stated.end.tolist() == [date(2024, 5, 31), date(2024, 6, 30)]
    assert stated.paid.tolist() == [77.5, 75]
    assert stated.orders.tolist() == [31, 30]
    assert stated.told_by.tolist() == ["traffic"] * 2
    assert reconcile.compared(shop, stated).gap.tolist() == [75 - PAID, 77.5 - 11]


def test_a_month_that_is_not_over_or_of_which_a_day_is_not_told_is_no_span():
    days = pd.date_range("2024-05-01", "2024-06-30")
    shop = small_shop(ORDERS, "2024-06-29", traffic=traffic_of(days))
    assert reconcile.stated(shop).start.tolist() == [date(2024, 5, 1)]
    blank = traffic_of(days).replace("2024-06-17 10 2.5", "2024-06-17 10 -")
    assert reconcile.stated(small_shop(ORDERS, "2024-07-01", traffic=blank)).start.tolist() == [
        date(2024, 5, 1)
    ]


def test_a_day_that_is_told_whole_and_by_source_counts_once():
    rows = [
        f"2024-06-{n:02d} {source} 10 {paid}"
        for n in range(1, 31)
        for source, paid in (("-", 3), ("ads", 2), ("search", 2))
    ]
    shop = small_shop(ORDERS, "2024-07-01", traffic="date source visitors paid\n" + "\n".join(rows))
    assert reconcile.stated(shop).paid.tolist() == [90]


def test_without_a_figure_of_the_back_end_nothing_is_compared():
    shop = small_shop(ORDERS, "2024-07-01")
    found = reconcile.stated(shop)
    assert "[[back_end]]" in found.needs
    assert reconcile.compared(shop, found) is found
    late = small_shop(ORDERS, "2024-06-29")
    late.settings.__dict__["back_end"] = (BackEnd(start="2024-06-01", end="2024-06-30", paid=5),)
    assert isinstance(reconcile.stated(late), NotComputed)


def test_the_demo_shop_agrees_with_pandas():
    shop = workbook.open_shop("demo")
    shown = BackEnd(start="2026-05-01", end="2026-05-31", paid=100_000)
    settings_of = shop.settings.model_copy(update={"back_end": (shown,)})
    shop.__dict__["settings"] = settings_of
    found = reconcile.compared(shop, reconcile.stated(shop))
    row = found[found.told_by == "settings"].iloc[0]
    frame = shop.tables["orders"].to_pandas()
    frame["month"] = frame.paid_at.dt.strftime("%Y-%m")
    mine = frame[frame.month == "2026-05"]
    assert (row.paid, row.orders) == (pytest.approx(mine.paid.sum()), len(mine))
    steps = reconcile.steps(shop, row, reconcile.suspects(shop, row)).set_index("driver").value
    net = (mine.paid - mine.refund).round(4)
    assert steps.net_sales == pytest.approx(net[net > 0].sum())
    assert steps.without_net == pytest.approx(mine.paid[net <= 0].sum())
    suspects = reconcile.suspects(shop, row).set_index("suspect")
    placed = frame[frame.paid_at.isna() & (frame.created_at.dt.strftime("%Y-%m") == "2026-05")]
    closed = placed[placed.status == "closed_unpaid"]
    assert suspects.loc["closed_unpaid", ["orders", "paid"]].tolist() == [
        len(closed),
        pytest.approx(closed.order_total.sum()),
    ]


def test_the_latest_span_with_a_gap_is_the_one_that_is_explained():
    compared = pd.DataFrame({"end": ["2024-06-30", "2024-05-31", "2024-04-30"], "gap": [0.0, -5.0, 3.0]})
    assert reconcile.latest(compared).end == "2024-05-31"
    assert reconcile.latest(compared.assign(gap=0.0)).end == "2024-06-30"


def test_where_the_back_ends_figures_are_from_is_read_where_it_differs():
    alike = pd.DataFrame({"told_by": ["traffic", "traffic"], "gap": [0.0, 0.0]})
    assert list(reconcile.shown(alike).columns) == ["gap"]
    assert "told_by" in reconcile.shown(alike.assign(told_by=["traffic", "settings"]))


def test_suspects_are_introduced_where_there_are_any():
    assert reconcile.suspects_sentence(pd.DataFrame({"suspect": []})) == ""
    assert "explain the gap" in reconcile.suspects_sentence(pd.DataFrame({"suspect": ["refunds"]}))
