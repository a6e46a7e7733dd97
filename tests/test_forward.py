"""Forward: on simulated shops the method that is better is found, and noise is told as noise."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from build import WORKBOOK, shop_of
from simulate import orders_frame
from sklearn.metrics import roc_auc_score

from shopcrm_nb import choice, forward, model, resample, segment
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.errors import ShopcrmError
from shopcrm_nb.rules import source_rules

DAY, LAST, HORIZON = dt.date(2024, 1, 2), dt.date(2024, 6, 30), 180


def history(days, orders, amounts):
    """Orders that make each customer's recency, frequency and money on DAY as asked for."""
    for n, (ago, count, amount) in enumerate(zip(days, orders, amounts, strict=True)):
        last = DAY - dt.timedelta(days=int(ago))
        for step in range(int(count)):
            yield f"c{n}", max(last - dt.timedelta(days=step), dt.date(2023, 1, 2)), amount / count


def shop_with(folder, days, orders, amounts, bought, spent):
    """A shop whose customers bought again where ``bought``, for ``spent`` each."""
    rows = list(history(days, orders, amounts))
    rows += [(f"c{n}", dt.date(2024, 3, 1), spent[n]) for n in np.flatnonzero(bought)]
    rows += [("later", LAST, 10.0)]
    return shop_of(folder, orders_frame(rows))


def recency_matters(seed, n=1200):
    """All spend little, so that the source's table has one grade; whoever was here lately comes again."""
    random = np.random.default_rng(seed)
    recent = random.random(n) < 0.5
    days = np.where(recent, random.integers(3, 15, n), random.integers(180, 300, n))
    return days, np.ones(n), random.lognormal(4, 0.5, n).clip(5, 290), recent & (random.random(n) < 0.5)


def grades_matter(seed, n=1500):
    """Whoever spent 1,000 and is therefore Gold comes again; amounts just below are as frequent as above."""
    random = np.random.default_rng(seed)
    gold = random.random(n) < 0.15
    amounts = np.where(gold, random.uniform(1000, 1040, n), random.uniform(800, 999, n))
    return random.integers(40, 300, n), np.full(n, 3), amounts, gold & (random.random(n) < 0.8)


def noise(seed, n=1200):
    random = np.random.default_rng(seed)
    days, orders = random.integers(0, 360, n), random.geometric(0.5, n)
    return days, orders, random.lognormal(6, 1, n), random.random(n) < 0.3


def chosen(folder, simulated, seed=7):
    days, orders, amounts, bought = simulated
    shop = shop_with(folder, days, orders, amounts, bought, np.full(len(days), 100.0))
    seen = forward.look(shop, HORIZON, seed)
    judged = forward.judge(seen, shop.settings.rules.forward, seed)
    return choice.choose(judged, shop.settings.rules.forward), judged, seen


def test_where_recency_decides_k_means_is_found_to_be_better_than_the_grades(tmp_path):
    found, judged, seen = chosen(tmp_path, recency_matters(1))
    assert found.use == "kmeans"
    assert set(found.worse) == {"grades", "quantiles", "breaks"}
    assert "use the four k-means clusters" in choice.sentence(judged, found, seen)
    assert "Worse at this: the grades in force" in choice.sentence(judged, found, seen)


def test_where_the_grades_decide_they_are_found_to_be_better_than_k_means(tmp_path):
    found, judged, seen = chosen(tmp_path, grades_matter(2))
    assert found.use == "grades"
    assert "kmeans" in found.worse
    assert "use the grades in force" in choice.sentence(judged, found, seen)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_pure_noise_none_is_better(tmp_path, seed):
    found, judged, seen = chosen(tmp_path, noise(seed))
    assert found.use is None
    assert found.worse == ()
    said = choice.sentence(judged, found, seen)
    assert "no segmentation is better than chance" in said
    assert said.endswith("None is better than another.")


# --- figures by an independent route ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo():
    shop = model.open_shop(WORKBOOK / "data" / "demo")
    seen = forward.look(shop, HORIZON, 7)
    return shop, seen, forward.judge(seen, shop.settings.rules.forward, 7)


def test_later_purchases_are_those_after_the_day_of_customers_known_on_it(demo):
    shop, seen, _judged = demo
    orders = shop.orders.select("customer_id", "paid_on", "net").to_pandas()
    day = pd.Timestamp(shop.as_of) - pd.Timedelta(days=HORIZON)
    assert pd.Timestamp(seen.day) == day
    paid = pd.to_datetime(orders.paid_on)
    known = orders[(paid <= day) & (paid >= day - pd.DateOffset(years=1))].customer_id.dropna().unique()
    later = orders[paid > day].groupby("customer_id").net.sum()
    frame = seen.customers.to_pandas().set_index("customer_id")
    assert sorted(frame.index) == sorted(known)
    assert frame.bought.equals(pd.Series(frame.index.isin(later.index), frame.index, name="bought"))
    assert frame.net_since.tolist() == pytest.approx(later.reindex(frame.index).fillna(0).tolist())
    assert frame.draw_group.between(0, resample.GROUPS - 1).all()


def test_the_methods_are_those_of_the_day_before_anything_later_was_known(demo):
    shop, seen, _judged = demo
    before = shop.orders.filter(shop.orders.paid_on <= seen.day)
    scored = segment.score(before, seen.day, shop.settings.rules).to_pandas().set_index("customer_id")
    frame = seen.customers.to_pandas().set_index("customer_id").loc[scored.index]
    assert frame.grades.map(dict(enumerate("BSGP"))).equals(scored.grade.rename("grades"))
    assert frame.recency.tolist() == (-scored.recency_days).tolist()
    assert frame.spend.tolist() == scored.monetary.tolist()


def top_share(frame, method, share):
    """Share of later sales of the first customers; those of one value count in equal parts."""
    room, caught = share * len(frame), 0.0
    for _value, part in sorted(frame.groupby(method), reverse=True, key=lambda each: each[0]):
        taken = min(max(room, 0), len(part)) / len(part)
        caught, room = caught + taken * part.net_since.sum(), room - len(part)
    return caught / frame.net_since.sum()


@pytest.mark.parametrize("method", forward.SEGMENTATIONS)
def test_the_metrics_of_a_segmentation_are_those_of_scikit_learn_and_pandas(demo, method):
    _shop, seen, judged = demo
    frame = seen.customers.to_pandas()
    assert judged.row(method, "auc").value == pytest.approx(roc_auc_score(frame.bought, frame[method]))
    for share, name in ((0.1, "top10"), (0.2, "top20")):
        caught = top_share(frame, method, share)
        assert judged.row(method, f"sales_share_{name}").value == pytest.approx(caught)
        per_customer = caught * frame.net_since.sum() / (share * len(frame))
        assert judged.row(method, f"net_sales_per_customer_{name}").value == pytest.approx(per_customer)


@pytest.mark.parametrize("method", forward.BASELINES)
def test_a_sorted_list_is_nearly_exact_though_it_is_summed_in_places(demo, method):
    _shop, seen, judged = demo
    frame = seen.customers.to_pandas()
    assert judged.row(method, "auc").value == pytest.approx(
        roc_auc_score(frame.bought, frame[method]), abs=0.002
    )
    assert judged.row(method, "sales_share_top20").value == pytest.approx(
        top_share(frame, method, 0.2), abs=0.01
    )


def test_everyone_is_the_mean_of_all(demo):
    _shop, seen, judged = demo
    frame = seen.customers.to_pandas()
    assert judged.row("everyone", "repeat_share").value == pytest.approx(frame.bought.mean())
    assert judged.row("everyone", "net_sales_per_customer").value == pytest.approx(frame.net_since.mean())


def test_the_interval_of_a_share_is_about_as_wide_as_the_normal_one(demo):
    _shop, seen, judged = demo
    row, frame = judged.row("everyone", "repeat_share"), seen.customers.to_pandas()
    half = 1.96 * np.sqrt(row.value * (1 - row.value) / len(frame))
    assert (row.ci_high - row.ci_low) / 2 == pytest.approx(half, rel=0.2)
    assert row.ci_low < row.value < row.ci_high


def test_each_group_s_share_is_that_of_its_customers(demo):
    shop, seen, _judged = demo
    groups = forward.groups(seen, shop.settings.rules.forward, 7)
    frame = seen.customers.to_pandas()
    for method in forward.SEGMENTATIONS:
        by_value = frame.groupby(method).agg(
            n=("bought", "size"), share=("bought", "mean"), net=("net_since", "mean")
        )
        part = groups[groups.method == method]
        assert part.customers.tolist() == by_value.n.tolist()[::-1]
        assert part.repeat_share.tolist() == pytest.approx(by_value.share.tolist()[::-1])
        assert part.net_sales_per_customer.tolist() == pytest.approx(by_value.net.tolist()[::-1])
        assert (part.repeat_low <= part.repeat_share).all()
        assert (part.repeat_share <= part.repeat_high).all()


def test_metrics_of_four_customers_by_hand():
    # best place: 2 customers, both bought, 30; second: 2 customers, one bought, 10
    n, buyers, net = (np.array([row], float) for row in ([2, 2], [2, 1], [30, 10]))
    found = {name: values[0] for name, values in forward._metrics(n, buyers, net).items()}
    assert found["auc"] == pytest.approx((2 * 1 + 1 * 0.5) / 3)
    assert found["sales_share_top20"] == pytest.approx(0.8 / 2 * 30 / 40)
    assert found["repeat_share_top20"] == 1
    assert found["net_sales_per_customer_top10"] == pytest.approx(15)


def test_the_same_seed_gives_the_same_figures(demo):
    shop, _seen, judged = demo
    again = forward.judge(forward.look(shop, HORIZON, 7), shop.settings.rules.forward, 7)
    pd.testing.assert_frame_equal(again.frame, judged.frame)


def test_the_table_of_the_page_and_the_key_figures_are_those_of_the_frame(demo):
    _shop, _seen, judged = demo
    wide = choice.table(judged).set_index("method")
    assert wide.index.tolist() == [*forward.SEGMENTATIONS, *forward.BASELINES]
    assert wide.at["kmeans", "auc"] == judged.row("kmeans", "auc").value
    figures = choice.figures(judged)
    assert figures["segments.forward_auc_kmeans"] == round(judged.row("kmeans", "auc").value, 4)
    assert len(figures) == 12


def judged_by_hand(sales, auc):
    """What was measured, by hand: each figure with its own noise of a hundredth."""
    random = np.random.default_rng(1)
    draws = {}
    for place, method in enumerate((*forward.SEGMENTATIONS, *forward.BASELINES)):
        for metric, values in (("sales_share_top20", sales), ("auc", auc)):
            draws[method, metric] = np.concatenate([[0.0], random.normal(0, 0.01, 1000)]) + values[place]
    rows = [(*name, *resample.interval(values, 0.95)) for name, values in draws.items()]
    return forward.Judged(
        draws, pd.DataFrame(rows, columns=["method", "metric", "value", "ci_low", "ci_high"])
    )


@pytest.mark.parametrize(
    ("sales", "auc", "use", "worse", "buyers_by", "baseline"),
    [
        ([0.5, 0.5, 0.5, 0.5, 0.3, 0.4], [0.6, 0.6, 0.6, 0.8, 0.6, 0.6], "grades", (), "kmeans", "ahead"),
        ([0.5, 0.6, 0.6, 0.4, 0.3, 0.8], [0.7] * 6, "quantiles", ("grades", "kmeans"), None, "behind"),
        (
            [0.4, 0.4, 0.4, 0.7, 0.7, 0.4],
            [0.7] * 6,
            "kmeans",
            ("grades", "quantiles", "breaks"),
            None,
            "even",
        ),
        ([0.2] * 6, [0.5] * 6, None, (), None, "even"),
        ([0.5] * 6, [0.5] * 6, None, (), None, "even"),  # more sales, but not who buys
    ],
)
def test_the_choice_follows_from_the_draws(sales, auc, use, worse, buyers_by, baseline):
    judged = judged_by_hand(sales, auc)
    found = choice.choose(judged, source_rules().forward)
    assert (found.use, found.worse, found.buyers_by, found.against_baseline) == (
        use,
        worse,
        buyers_by,
        baseline,
    )
    assert set(found.as_good) == set(forward.SEGMENTATIONS) - set(worse)
    seen = forward.Seen(None, DAY, LAST, DAY, DAY, 0.0)
    said = choice.sentence(judged, found, seen)
    assert ("is told better by the four k-means clusters: AUC 0.80" in said) == (buyers_by == "kmeans")


def test_a_comparison_that_rests_on_three_customers_is_told(tmp_path):
    days, orders, amounts, bought = noise(7)
    spent = np.where(np.arange(len(days)) < 3, 100_000.0, 1.0)
    bought[:3] = True
    seen = forward.look(shop_with(tmp_path, days, orders, amounts, bought, spent), HORIZON, 7)
    total = 300_000 + bought[3:].sum()
    assert seen.heaviest_share == pytest.approx(300_000 / total)
    said = choice.limits(seen).finding.iloc[0]
    assert said.startswith("3 customers brought 99.9% of the net sales since")


# --- what cannot be told ------------------------------------------------------------------------------------

HEAD = "order_id customer_id paid_at paid\n"


def test_a_shop_without_orders_before_the_day_is_not_judged(tmp_path):
    shop = shop_of(tmp_path, HEAD + "1 a 2024-06-01 5\n2 b 2024-06-30 5")
    assert forward.look(shop, 180, 7).sentence() == "not computed: needs orders up to 2024-01-02"


def test_three_orders_tell_nothing(tmp_path):
    shop = shop_of(tmp_path, HEAD + "1 a 2023-06-01 5\n2 b 2024-01-01 5\n3 a 2024-06-30 5")
    found = forward.look(shop, 180, 7)
    assert isinstance(found, NotComputed)
    rules = shop.settings.rules.forward
    assert choice.sentence(forward.judge(found, rules, 7), choice.choose(found, rules), found) is found


def test_customers_of_whom_hardly_anybody_came_again_tell_nothing(tmp_path):
    days, orders, amounts, bought = noise(5, 300)
    shop = shop_with(tmp_path, days, orders, amounts, np.arange(300) < 29, np.full(300, 10.0))
    found = forward.look(shop, HORIZON, 7)
    assert found.sentence() == (
        "not computed: needs 100 scored customers, of whom 30 bought again (there are 300, of whom 29 did)"
    )
    assert bought.any()


def test_a_horizon_that_is_none_is_refused(tmp_path):
    with pytest.raises(ShopcrmError, match="horizon_days: 0 is not a number of days"):
        forward.look(shop_of(tmp_path, HEAD + "1 a 2024-06-01 5"), 0, 7)


def test_a_history_that_begins_in_the_evaluation_period_is_told(tmp_path):
    days, orders, amounts, bought = noise(6, 300)
    shop = shop_with(tmp_path, days % 90, np.minimum(orders, 3), amounts, bought, np.full(300, 10.0))
    seen = forward.look(shop, HORIZON, 7)
    assert "rest on a part of their evaluation period" in choice.limits(seen).finding.iloc[0]
