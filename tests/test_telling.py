"""Telling: which differences are told, in which order and words, and what is only warned of."""

import json

import pandas as pd
import pytest
from build import rules_of, shop_of

from shopcrm_nb import (
    baskets,
    features,
    group,
    i18n,
    portrait,
    portrait_readable,
    segment,
    table,
    tag,
    telling,
    workbook,
)
from shopcrm_nb.absent import NotComputed
from shopcrm_nb.group import Group, Groups

RULES = rules_of().portrait
WEDNESDAYS = ("2024-01-10", "2024-02-14")
HOSTILE = "<script>alert(1)</script>"


def people_of(counts):
    """Orders and customers: (gender, occupation, orders of each, how many of them)."""
    orders, customers = ["order_id customer_id paid_at paid"], ["customer_id gender occupation"]
    n = 0
    for gender, job, times, people in counts:
        for _place in range(people):
            n += 1
            customers.append(f"c{n:04} {gender} {job}")
            orders += [f"o{n}-{day} c{n:04} {day} 10" for day in WEDNESDAYS[:times]]
    return "\n".join(orders), "\n".join(customers)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Of 100 who bought twice 60 are teachers, of 300 who bought once 30; women are a half of each."""
    orders, customers = people_of(
        [
            ("female", "teacher", 2, 30),
            ("male", "teacher", 2, 30),
            ("female", HOSTILE, 2, 20),
            ("male", HOSTILE, 2, 20),
            ("female", "teacher", 1, 15),
            ("male", "teacher", 1, 15),
            ("female", HOSTILE, 1, 135),
            ("male", HOSTILE, 1, 135),
        ]
    )
    folder = tmp_path_factory.mktemp("shop")
    return shop_of(folder, orders, customers=customers)


@pytest.fixture(scope="module")
def groups(shop):
    people = features.people(shop, baskets.orders(shop), segment.rfm(shop))
    return group.groups(shop, tag.tagged(shop, people))


@pytest.fixture(scope="module")
def compared(shop, groups):
    return portrait.compare(portrait.levels(shop, groups), groups, RULES, asked="repeat_buyers")


@pytest.fixture(scope="module")
def mine(compared, groups):
    return telling.of_group(compared, groups, "repeat_buyers", RULES)


def test_the_surest_difference_is_told_first_with_its_shares_and_tgi(mine, groups):
    best = telling.most(mine)
    assert list(zip(best.level, best.state, strict=True))[:2] == [("teacher", "more"), (HOSTILE, "less")]
    # 60 of 100 against 90 of 400: 60 % and 22.5 %, TGI 267
    assert telling.sentence(mine, groups) == (
        "What sets “Bought more than once” apart most is “Occupation: teacher”: 60.0% of them, "
        "against 22.5% of all customers with an order (TGI 267)."
    )


def test_what_a_group_is_made_by_is_no_finding(mine):
    assert set(mine.state[mine.dimension == "frequency_band"]) == {"defined"}
    assert "frequency_band" not in set(telling.most(mine, 100).dimension)


def test_findings_are_ranked_by_the_people_they_make_for_sure(compared):
    told = telling.most(compared, 100)
    assert list(told.sure_customers) == sorted(told.sure_customers, reverse=True)
    assert len(told) == compared.state.isin(["more", "less"]).sum() > 0


def test_a_group_like_all_others_is_told_to_be_so(compared, groups, shop):
    rows = compared[(compared.group == "repeat_buyers") & (compared.dimension == "gender")]
    assert telling.sentence(rows, groups) == (
        "Bought more than once: 2 levels were compared with the base, and none differs clearly."
    )
    assert telling.by_group(rows, groups).telling.tolist() == ["like all the others"]


def test_what_a_group_shares_with_the_base_is_a_large_level_with_a_narrow_interval(mine):
    strict = RULES.model_copy(update={"low": 95.0, "high": 105.0})
    assert telling.common(mine, strict).empty  # of 100 people a half may be some 42 to 58
    wide = RULES.model_copy(update={"low": 70.0, "high": 140.0})
    assert set(telling.common(mine, wide).level) == {"female", "male"}
    said = telling.common_sentence(telling.common(mine, wide))
    assert "Gender: female (50.0%, in the base 50.0%)" in said


def test_a_group_that_is_most_of_the_base_is_told_how_far_its_tgi_can_go(compared, groups):
    rows = compared[compared.group == "repeat_buyers"].assign(state="unclear", base_customers=1)
    rows = rows.assign(customers=1).drop_duplicates("dimension")
    assert "cannot be above" not in telling.sentence(rows, groups)  # all of the base: nothing to compare
    whole = rows.assign(customers=8, base_customers=10)
    assert "The group is 80% of the base, so that its TGI cannot be above 125" in telling.sentence(
        whole, groups
    )


def test_a_high_tgi_of_few_people_is_warned_of_and_not_told(mine):
    few = mine.assign(state="unclear", known_tgi=300.0, customers=12)
    found = telling.warnings(few, RULES).finding.tolist()
    assert len(found) == 1
    assert found[0].startswith(f"{len(few)} high TGIs rest on fewer than 30 people and may be chance")
    assert telling.warnings(mine.assign(state="alike"), RULES).empty


def test_unknown_and_small_groups_say_why_they_are_not_drawn(compared, groups):
    missing = telling.of_group(compared, groups, "repeat_buyer", RULES)
    assert isinstance(missing, NotComputed) and 'did you mean "repeat_buyers"' in missing.sentence()
    assert "members.enrolled_at" in telling.of_group(compared, groups, "members", RULES).sentence()
    small = telling.of_group(compared[compared.group == "x"], groups, "repeat_buyers", RULES)
    assert "(Bought more than once has 100)" in small.sentence()


def test_rows_of_a_dimension_have_the_known_shares_and_no_unknown_level(mine):
    rows = telling.about(mine, "occupation", "gender")
    assert rows.dimension.unique().tolist() == ["occupation", "gender"]
    assert rows.share.tolist() == rows.known_share.tolist()
    assert "unknown" not in set(rows.level)
    bare = mine.assign(customers=mine.customers.mask(mine.level == "male", 0))
    assert "male" in set(telling.about(bare, "gender").level)
    few = bare.assign(state=bare.state.mask(bare.level == "male", "few"))
    assert "male" not in set(telling.about(few, "gender").level)
    assert telling.about(mine, "age_band").sentence() == "not computed: needs customers.birthday"


def test_the_answer_is_one_sentence_on_the_group_that_was_asked_for(compared, groups, mine):
    assert telling.answer(compared, groups, "repeat_buyers") == telling.sentence(mine, groups)


def test_of_the_other_groups_all_comparisons_are_counted_and_those_alike_are_named(compared, groups):
    said = telling.others_sentence(compared, groups, "repeat_buyers")
    judged, found = compared.p_value.notna().sum(), compared.state.isin(["more", "less"]).sum()
    assert f"Of {judged} comparisons, {found} show a difference that is more than chance." in said
    rows = telling.by_group(compared, groups)
    shown = telling.others(compared, groups, "repeat_buyers")
    assert "Bought more than once" in set(rows.who) - set(shown.who)
    alike = rows[(rows.found == 0) & (rows.who != "Bought more than once")].who.tolist()
    assert set(rows.who) == {"Bought more than once", *shown.who, *alike}
    assert said.endswith(f"Like all the others: {'; '.join(alike)}.") == bool(alike)


def test_a_group_without_a_difference_is_in_the_sentence_and_not_in_the_table(compared, groups):
    alike = compared.assign(state="alike")
    assert telling.others(alike, groups, "").empty
    assert (
        "Bought more than once" in telling.others_sentence(alike, groups, "").split("Like all the others")[1]
    )


def test_a_chart_is_given_the_levels_that_can_be_judged_or_all_where_none_can(mine):
    rows = telling.about(mine, "frequency_band", "gender")
    assert set(telling.judged(rows).dimension) == {"gender"}
    made = telling.about(mine, "frequency_band")
    assert len(telling.judged(made)) == len(made) > 0


def test_a_group_that_cannot_be_portrayed_is_told_why_and_another_one_is_named(compared, groups):
    said = telling.answer(compared, groups, "repeat_buyer")
    assert said.startswith(
        "The group repeat_buyer cannot be portrayed (not computed: needs a group; there is no"
    )
    assert 'did you mean "repeat_buyers"' in said
    small = telling.answer(compared[compared.group != "repeat_buyers"], groups, "repeat_buyers")
    assert small.startswith(
        "The group Bought more than once cannot be portrayed (it has too few people); ask for another"
    )
    largest = compared[compared.group != "repeat_buyers"].groupby("group").customers.sum().idxmax()
    assert f"segment={largest}." in small


def of_sizes(best, first):
    each = (Group("best", "own"), Group("cluster_1", "cluster"), Group("repeat_buyers", "own"))
    cells = pd.DataFrame({"mask": [1, 2, 3, 0], "customers": [best - 1, first - 1, 1, 500]})
    return Groups(each, None, cells)


def test_where_the_best_are_too_few_the_best_cluster_stands_in_and_the_answer_says_so(compared):
    assert telling.portrayed(of_sizes(30, 40), "best", RULES) == "best"
    few = of_sizes(29, 30)
    assert telling.portrayed(few, "best", RULES) == "cluster_1"
    assert telling.portrayed(of_sizes(29, 29), "best", RULES) == "best"
    assert telling.portrayed(few, "repeat_buyers", RULES) == "repeat_buyers"  # whoever asks for it gets it
    clusterless = Groups(few.each[:1], None, few.cells)
    assert telling.portrayed(clusterless, "best", RULES) == "best"
    rows = compared[compared.group == "repeat_buyers"].assign(group="cluster_1")
    alone = telling.answer(rows, few, "cluster_1")
    assert telling.answer(rows, few, "cluster_1", "", "best") == (
        "Platinum and Gold are too few to be portrayed (29); Cluster 1, the best of the four clusters, "
        f"stands in. {alone}"
    )
    assert telling.answer(rows, few, "cluster_1", "", "cluster_1") == alone
    missing = NotComputed("orders.customer_id")
    assert telling.portrayed(missing, "best", RULES) is missing


def test_what_the_base_is_made_by_is_no_finding_either(shop, groups):
    rows = portrait.compare(portrait.levels(shop, groups), groups, RULES, base="repeat_buyers")
    others = rows[(rows.dimension == "frequency_band") & (rows.group != "repeat_buyers")]
    assert len(others) and set(others.state) == {"defined"}


def test_the_key_figures_count_what_the_frames_hold(shop, compared, groups):
    figures = telling.figures(compared, group.sizes(shop, groups))
    assert figures["portrait.customers_repeat_buyers"] == 100
    assert figures["portrait.groups"] == compared.group.nunique()
    assert json.loads(json.dumps(figures)) == figures


def test_a_hostile_level_is_text_on_the_page(mine):
    shown = portrait_readable.shown(telling.about(mine, "occupation"))
    html = table.show(shown)._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_of_how_many_each_dimension_is_known(mine):
    assert "Gender" in portrait_readable.known_sentence(mine)
    assert "Gender" not in set(portrait_readable.known(mine).described_by)
    place = mine.index[mine.dimension == "gender"][0]
    part = mine.assign(level=mine.level.mask(mine.index == place, "unknown"))
    known = portrait_readable.known(part).set_index("described_by")
    assert known.loc["Gender", ["known_customers", "known_share"]].tolist() == [50, 0.5]
    assert "Gender" not in portrait_readable.known_sentence(part)


def test_tags_and_groups_to_read_have_words_and_say_what_is_missing(shop, groups):
    tagged = groups.people
    tags = portrait_readable.tags(tag.counts(shop, tagged)).set_index("tag_name")
    assert tags.loc["Bought more than once", "customers"] == 100
    assert tags.loc["Age", "state"] == "not computed: needs customers.birthday"
    assert tags.loc["Gender", "top_level"] == "female"  # of equally many the first by name
    assert "rule" not in tags  # the workbook's own say by their names what they are
    own = tag.counts(shop, tagged).replace({"tag": {"repurchased": "twice"}})
    assert portrait_readable.tags(own).set_index("tag_name").rule["twice"] == "orders >= 2"
    every = group.sizes(shop, groups)
    others = portrait_readable.other_sizes(every, groups)
    assert len(others) + len(portrait_readable.sizes(every, groups)) == len(every)
    assert "by condition" not in set(others.group_kind)
    sizes = portrait_readable.sizes(group.sizes(shop, groups), groups).set_index("who")
    assert sizes.loc["Bought more than once", "customers"] == 100
    assert sizes.loc["Members", "state"] == "not computed: needs members.enrolled_at"
    pairs = portrait_readable.pairs(tag.overlap(shop, tagged))
    assert {"tag_name", "other_tag", "customers", "share"} == set(pairs.columns)


def test_words_of_levels():
    i18n.use("en")
    words = portrait_readable.portrait_words
    assert words.level("weekday", "7") == "Sunday"
    assert words.level("hour_band", "20-21") == "20–21 o'clock"
    assert words.level("occupation", "unknown") == "unknown"
    assert words.level("occupation", HOSTILE) == HOSTILE  # escaped where it is shown


def test_the_people_of_a_group_are_written_without_the_blacklist(tmp_path):
    orders = "order_id customer_id paid_at paid\n" + "\n".join(
        f"{n}{k} {name} 2024-0{k + 1}-01 5" for n, name in enumerate(["=cmd", "b", "c"]) for k in range(2)
    )
    customers = "customer_id blacklisted email_ok sms_ok\n=cmd false true -\nb true true true\nc - - false"
    shop = shop_of(tmp_path, orders, customers=customers)
    people = features.people(shop, baskets.orders(shop), segment.rfm(shop))
    found = group.groups(shop, tag.tagged(shop, people))
    saved = workbook.save_ids(shop, str(tmp_path / "out"), group.files(found))
    path = tmp_path / "out" / "tables" / "groups" / "repeat_buyers.csv"
    written = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert written.customer_id.tolist() == ["'=cmd", "c"]  # as text, for a spreadsheet
    assert written.email_ok.tolist() == ["true", ""]
    assert saved.each["groups/repeat_buyers"].rows == 2
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
