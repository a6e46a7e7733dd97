"""A public randomised test: its published figures come out of a file of customers, arms and outcomes."""

import shutil

import pandas as pd
import pytest
from build import WORKBOOK
from scipy import stats

from shopcrm_nb import assigned, effect, model

# MineThatData e-mail challenge (Hillstrom 2008): customers, buyers and spend of two weeks by arm.
PUBLISHED = {
    "Mens E-Mail": (21307, 267, 30311.69),
    "Womens E-Mail": (21387, 189, 23038.11),
    "No E-Mail": (21306, 122, 13908.33),
}


@pytest.fixture(scope="module")
def moments(tmp_path_factory):
    """The arms of a file with the published counts and sums, loaded by the settings of the example."""
    shop = tmp_path_factory.mktemp("test") / "shop"
    shutil.copytree(WORKBOOK / "docs" / "examples" / "randomised-email", shop)
    (shop / "raw").mkdir()
    rows = []
    for arm, (customers, buyers, spend) in PUBLISHED.items():
        each = round(spend / buyers, 2)
        bought = [each] * (buyers - 1) + [round(spend - each * (buyers - 1), 2)]
        rows += [(arm, amount) for amount in bought + [0] * (customers - buyers)]
    frame = pd.DataFrame(rows, columns=["segment", "spend"]).sample(frac=1, random_state=1)
    frame.to_csv(shop / "raw" / "test.csv", index=False)
    opened = model.open_shop(shop)
    rules = opened.settings.rules.campaign
    people = assigned.people(opened, "email", rules)
    return assigned.moments(people, "window", ("variant",)), rules


@pytest.mark.parametrize(("arm", "caused"), [("Mens E-Mail", 0.543), ("Womens E-Mail", 0.352)])
def test_each_e_mail_is_told_to_have_caused_what_was_published(moments, arm, caused):
    frame, rules = moments
    found = effect.of(frame[(frame.variant == arm) | (frame.arm == "holdout")], rules)
    (n, buyers, spend), (held, none, without) = PUBLISHED[arm], PUBLISHED["No E-Mail"]
    assert (found.n_treatment, found.buyers_treatment) == (n, buyers)
    assert (found.n_holdout, found.buyers_holdout) == (held, none)
    assert found.per_head_treatment == pytest.approx(spend / n)
    assert found.plain[0] == pytest.approx(spend / n - without / held)
    mine, theirs = (
        stats.binomtest(*pair).proportion_ci(method="wilson") for pair in ((buyers, n), (none, held))
    )
    down = ((buyers / n - mine.low) ** 2 + (theirs.high - none / held) ** 2) ** 0.5  # Newcombe 1998
    up = ((mine.high - buyers / n) ** 2 + (none / held - theirs.low) ** 2) ** 0.5
    assert found.share_low == pytest.approx(found.share_difference - down)
    assert found.share_high == pytest.approx(found.share_difference + up)
    assert found.share_difference / (buyers / n) == pytest.approx(caused, abs=0.001)
    assert found.verdict == "worked"
