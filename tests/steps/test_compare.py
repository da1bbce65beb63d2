"""How segments overlap and differ: exact sizes, figures with intervals, and the people that two share."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from lohko.base.errors import InputError
from lohko.maths.few import FEW, Telling
from lohko.steps.compare import MOST, _combinations, _Pair, compare
from lohko.steps.read import count
from lohko.steps.work import Work, silent
from steps.rows import bring_in, define

AS_OF = "2025-07-01"


def shop(work: Work) -> None:
    """100 customers: the first 60 ordered once for 10, the last 60 in May for 30 more, so 20 did both."""
    orders = [f"c{n},a{n},2025-01-05,10\n" for n in range(60)]
    orders += [f"c{n},b{n},2025-05-31,30\n" for n in range(40, 100)]
    orders += ["c99,r99,2025-06-02,-5\n"]
    bring_in(work, "".join(orders))
    people = [f"c{n},{'FI' if n < 50 else 'SE'},{'yes' if n < 40 else 'no'}\n" for n in range(100)]
    bring_in(work, "".join(people), "customers", "list.csv")
    define(work, winter="did order before 2025-02-01", spring="did order since 2025-05-01", both="did order at least 2 times")


def figure(found: dict, kind: str, name: str) -> dict:
    [item] = [item for item in found["figures"] if (item["kind"], item["name"]) == (kind, name)]
    return item


def test_sizes_of_what_segments_share_are_exact(work):
    """Both, either, only one, Jaccard and the share of each in the other; and every combination of them."""
    shop(work)

    found = compare(work, silent, segments=["winter", "spring"], as_of=AS_OF)

    assert [(item["id"], item["size"], item["share"]) for item in found["segments"]] == [("winter", 60, 0.6), ("spring", 60, 0.6)]
    assert found["combinations"] == [
        {"segments": ["winter"], "size": 40},
        {"segments": ["spring"], "size": 40},
        {"segments": ["winter", "spring"], "size": 20},
    ]
    [pair] = found["pairs"]
    assert pair == {
        "a": "winter",
        "b": "spring",
        "both": 20,
        "union": 100,
        "only_a": 40,
        "only_b": 40,
        "jaccard": 0.2,
        "share_of_a_in_b": 0.333333,
        "share_of_b_in_a": 0.333333,
    }
    assert found["population"] == count(work, silent, condition="did order", as_of=AS_OF)["count"] == 100
    assert (found["data_version"], found["as_of"]) == (2, "2025-06-30T21:00:00Z")


def test_figures_are_of_each_segment_and_differences_of_each_two(work):
    """Money, orders and recency: refunds are taken off revenue, recency is in whole days."""
    shop(work)

    found = compare(work, silent, segments=["winter", "spring"], as_of=AS_OF)

    def values(kind: str, name: str) -> list[float | None]:
        return [figure(found, kind, name)["segments"][segment]["value"] for segment in ("winter", "spring")]

    assert values("value", "revenue_per_head") == [round((60 * 10 + 20 * 30) / 60, 6), round((60 * 30 + 20 * 10 - 5) / 60, 6)]
    assert values("value", "orders_per_head") == [round(80 / 60, 6), round(80 / 60, 6)]
    assert values("value", "average_order") == [round(1200 / 80, 6), round(2000 / 80, 6)]
    assert values("recency", "recency_days") == [round((40 * 176 + 20 * 31) / 60, 6), None]  # 31 of all: nothing is known of how it varies
    [whole] = figure(found, "value", "revenue_per_head")["differences"]
    assert not whole["independent"]
    assert whole["whole"]["value"] == round(1200 / 60 - 1995 / 60, 6)
    assert whole["apart"]["value"] == round(10 - 1195 / 40, 6)
    assert whole["apart"]["low"] < whole["apart"]["value"] < whole["apart"]["high"]


def test_places_are_of_those_whose_place_is_known(work):
    """The country of a list without dates is assumed for earlier time too."""
    shop(work)

    found = compare(work, silent, segments=["winter", "spring"], as_of=AS_OF)

    finns = figure(found, "country", "FI")
    assert [finns["segments"][name]["value"] for name in ("winter", "spring")] == [round(50 / 60, 6), round(10 / 60, 6)]
    assert finns["differences"][0]["apart"]["value"] == 1.0


def test_consent_counts_from_when_it_was_given(work):
    """Consent without a date is as old as its import: nothing is known of it before, and nothing is said."""
    shop(work)

    then = compare(work, silent, segments=["winter", "spring"], as_of=AS_OF)
    now = compare(work, silent, segments=["winter", "spring"])

    assert not [item for item in then["figures"] if item["kind"] == "consented"]
    assert [figure(now, "consented", "ads")["segments"][name]["value"] for name in ("winter", "spring")] == [round(40 / 60, 6), 0]


def test_people_who_are_shared_are_named_and_compared_apart(work):
    """Overlap is a warning; one segment inside another is compared with the rest of it; few people give no number."""
    shop(work)

    found = compare(work, silent, segments=["spring", "both", "winter"], as_of=AS_OF)

    assert {item["code"] for item in found["warnings"]} == {"not_independent"} and len(found["warnings"]) == 3
    inner = next(item for item in figure(found, "value", "orders_per_head")["differences"] if (item["a"], item["b"]) == ("spring", "both"))
    assert "20 people are too few" in inner["whole"]["too_few"]
    assert "20 people are too few" in inner["apart"]["too_few"]
    assert figure(found, "value", "orders_per_head")["segments"]["both"]["value"] is None


def test_a_segment_inside_another_is_compared_with_the_rest_of_it(work):
    """Nobody is only in the inner one, so it is whole, against those of the outer one who are not in it."""
    shop(work)
    define(work, everyone="did order")

    found = compare(work, silent, segments=["winter", "everyone"], as_of=AS_OF)

    [difference] = figure(found, "value", "orders_per_head")["differences"]
    assert difference["apart"]["value"] == round(80 / 60 - 40 / 40, 6)


def test_segments_that_share_nobody_are_independent(work):
    """Then `whole` and `apart` are the same, and nothing is warned of."""
    shop(work)
    define(work, early="not did order since 2025-05-01", late="not did order before 2025-02-01")

    found = compare(work, silent, segments=["early", "late"], as_of=AS_OF)

    assert found["warnings"] == [] and found["pairs"][0]["jaccard"] == 0
    for item in found["figures"]:
        [difference] = item["differences"]
        assert difference["independent"] and difference["whole"] == difference["apart"]


@pytest.mark.parametrize(
    ("names", "code"), [(["winter"], "bad_segments"), (["winter", "winter"], "bad_segments"), (["winter", "sprong"], "unknown_segment")]
)
def test_it_takes_two_different_segments(work, names, code):
    """And each must be there."""
    shop(work)
    with pytest.raises(InputError) as error:
        compare(work, silent, segments=names, as_of=AS_OF)
    assert error.value.code == code


def test_a_shop_without_orders_or_people_says_nothing_it_does_not_know(work):
    """Empty segments have sizes of 0, no shares, and figures that cannot be told."""
    bring_in(work, "".join(f"c{n},FI,yes\n" for n in range(5)), "customers", "list.csv")
    define(work, none='country is "SE"', some='country is "FI"')

    found = compare(work, silent, segments=["none", "some"])

    assert found["pairs"][0]["jaccard"] == 0 and found["pairs"][0]["share_of_a_in_b"] is None
    assert {estimate["value"] for item in found["figures"] for estimate in item["segments"].values()} == {None}


@settings(suppress_health_check=list(HealthCheck))
@given(st.lists(st.frozensets(st.integers(1, 60)), min_size=2, max_size=MOST))
def test_combinations_and_overlaps_are_those_of_the_sets(sets):
    """Sizes of combinations add up to each segment and to their union; Jaccard, shares and parts are as sets say. Everybody stands for five."""
    names = [f"s{n}" for n in range(len(sets))]
    alone = Counter(sum(1 << bit for bit, people in enumerate(sets) if key in people) for key in BitMap().union(*map(BitMap, sets)))

    sizes = {mask: FEW * n for mask, n in alone.items()}

    combinations = {tuple(item["segments"]): item["size"] for item in _combinations(names, sizes, Telling(sizes))}

    assert len(combinations) == 2 ** len(sets) - 1
    assert sum(combinations.values()) == FEW * len(frozenset().union(*sets))
    for name, people in zip(names, sets, strict=True):
        assert FEW * len(people) == sum(size for inside, size in combinations.items() if name in inside)
    a, b = sets[0], sets[1]
    found = _Pair(names, sizes, 0, 1).as_json(Telling(sizes))
    parts = (len(a & b), len(a | b), len(a - b), len(b - a))
    assert (found["both"], found["union"], found["only_a"], found["only_b"]) == tuple(FEW * n for n in parts)
    assert found["jaccard"] == (round(len(a & b) / len(a | b), 6) if a | b else None)
    few = {mask for mask, n in alone.items() if n < FEW}
    told = {tuple(item["segments"]): item["size"] for item in _combinations(names, alone, Telling(alone))}
    assert all(told[tuple(name for bit, name in enumerate(names) if mask >> bit & 1)] is None for mask in few)


def test_a_few_are_not_told_nor_what_they_would_be_found_by(work):
    """Two of 60 are only in one of the segments, three have another country, two did not consent: neither they nor the rest is told."""
    bring_in(work, "".join(f"c{n},a{n},2025-01-05,10\n" for n in range(60)))
    bring_in(work, "".join(f"c{n},b{n},2025-05-31,30\n" for n in range(2, 60)))
    people = [f"c{n},{'FI' if n > 2 else 'SE'},{'yes' if n < 58 else 'no'}\n" for n in range(60)]
    bring_in(work, "".join(people), "customers", "list.csv")
    define(work, all="did order", most="did order at least 2 times", few='country is "SE"')

    found = compare(work, silent, segments=["all", "most", "few"])

    assert {item["id"]: item["size"] for item in found["segments"]} == {"all": 60, "most": 58, "few": None}
    assert {pair["both"] for pair in found["pairs"]} == {None}
    assert {item["size"] for item in found["combinations"]} == {None, 0}
    for kind, name in (("country", "FI"), ("country", "SE"), ("consented", "ads")):
        item = figure(found, kind, name)
        assert {estimate["value"] for estimate in item["segments"].values()} == {None}, name
        assert {row[how]["value"] for row in item["differences"] for how in ("whole", "apart")} == {None}, name
    revenue = figure(found, "value", "revenue_per_head")["segments"]
    assert revenue["all"]["value"] is not None and revenue["most"]["value"] is None, "by both the money of two would be found"
    assert "2 people" not in str(found["warnings"]) and "3 people" not in str(found["warnings"])
