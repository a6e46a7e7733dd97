"""Alike: differences within groups of alike people, their slopes and their intervals."""

import numpy as np
import pytest

from shopcrm_nb import alike


def sums_of(groups):
    """Sums of groups, each a list of rows of traits and outcomes."""
    arrays = [np.array(rows, dtype=float) for rows in groups]
    return alike.Sums(
        np.array([len(rows) for rows in arrays], dtype=float),
        np.array([rows.sum(axis=0) for rows in arrays]),
        np.array([rows.T @ rows for rows in arrays]),
    )


def test_groups_weigh_as_many_as_they_have_own_people():
    # 4 - 1 = 3 in a group of 3 own people, 10 - 8 = 2 in one of 2: (3 * 3 + 2 * 2) / 5
    own = sums_of([[[3], [4], [5]], [[9], [11]]])
    other = sums_of([[[0], [2]], [[7], [8], [8], [9]]])
    assert alike.difference(own, other, 0, 0.95)[0][0] == pytest.approx(2.6)


def test_one_group_without_traits_is_welchs_interval():
    # scipy.stats.ttest_ind([1, 2, 6, 7], [0, 1, 1, 2, 3], equal_var=False): df 3.80, interval by its formula
    from scipy import stats

    a, b = [1.0, 2, 6, 7], [0.0, 1, 1, 2, 3]
    low, high = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.9)
    found = alike.difference(sums_of([[[x] for x in a]]), sums_of([[[x] for x in b]]), 0, 0.9)[0]
    assert found == pytest.approx((4 - 1.4, low, high))


def test_without_any_variance_the_interval_is_the_difference_itself():
    assert alike.difference(sums_of([[[5], [5]]]), sums_of([[[2], [2]]]), 0, 0.95) == [(3, 3, 3)]


def test_slopes_take_off_what_a_trait_that_differs_within_a_group_makes():
    other = [[x, 2 * x] for x in range(alike.ENOUGH + 1)]
    own = [[x + 10, 2 * (x + 10) + 7] for x in range(50)]
    middle, low, high = alike.difference(sums_of([own]), sums_of([other]), 1, 0.95)[0]
    assert (middle, low, high) == pytest.approx((7, 7, 7), abs=1e-6)


def test_few_others_have_no_slopes():
    other = [[x, 2 * x] for x in range(alike.ENOUGH)]
    own = [[x, 2 * x + 7] for x in range(0, alike.ENOUGH, 2)]
    middle = alike.difference(sums_of([own]), sums_of([other]), 1, 0.95)[0][0]
    assert middle == pytest.approx(7 + 2 * (49 - 49.5))


def drawn(random, effect):
    """People chosen by what later sales rest on, in quarters of it; those chosen spend ``effect`` more."""
    trait = random.gamma(1, 1, 1500)
    chosen = random.random(1500) < trait / (trait + 2)
    sales = random.poisson(trait) * random.lognormal(3, 0.5, 1500) + effect * chosen
    band = np.searchsorted(np.quantile(trait[chosen], [0.25, 0.5, 0.75]), trait)
    rows = np.column_stack([trait, sales])
    return [
        sums_of([rows[(band == place) & (chosen == side)] for place in range(4)]) for side in (True, False)
    ]


def test_the_interval_covers_the_truth_as_often_as_it_says_where_the_trait_is_known():
    random = np.random.default_rng(4)
    found = np.array([alike.difference(*drawn(random, 8), 1, 0.95)[0] for _ in range(300)])
    middle, low, high = found.T
    assert abs(middle.mean() - 8) < 0.2
    covered = ((low <= 8) & (high >= 8)).mean()
    assert 0.92 <= covered <= 0.98


def test_without_the_slopes_what_is_left_in_the_bands_would_be_taken_for_an_effect():
    random = np.random.default_rng(4)
    plain = [alike.difference(*(cut(side) for side in drawn(random, 8)), 0, 0.95)[0][0] for _ in range(50)]
    assert np.mean(plain) > 9


def cut(sums):
    """The same people without their trait."""
    return alike.Sums(sums.n, sums.sums[:, 1:], sums.products[:, 1:, 1:])
