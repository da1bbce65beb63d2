"""Every figure of exploring against a slow obvious count over the rows that were imported."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest

from explore.imagined_shop import AS_OF, ZONE, Customer, draw, local, shop
from lohko.base.errors import InputError
from lohko.base.times import period_of
from lohko.maths.crossed import told_crossed
from lohko.maths.few import told
from lohko.steps.explore import explore_cohorts, explore_cross, explore_distribution, explore_fields
from lohko.steps.explore_paths import explore_paths
from lohko.steps.explore_trend import explore_trend
from lohko.steps.special import special_mark
from lohko.steps.work import Work, silent

NOW = dt.datetime(2026, 11, 11, tzinfo=ZONE)
Customers = dict[str, Customer]


@pytest.fixture(scope="module")
def customers() -> Customers:
    return draw()


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory, customers: Customers) -> Iterator[Work]:
    with shop(tmp_path_factory.mktemp("explore") / "shop", customers) as found:
        yield found


def of(customers: Customers, segment: str | None) -> list[Customer]:
    towns = {None: None, "*": None, "tampere": "Tampere", "island": "Utö"}[segment]
    return [item for item in customers.values() if towns is None or item.town == towns]


# --- distributions --------------------------------------------------------------------------


@pytest.mark.parametrize("segment", ["*", "tampere"])
def test_numbers_lie_in_parts(work: Work, customers: Customers, segment: str) -> None:
    """Each part holds those whose number is at or above its low edge and below its high one; those without are told."""
    found = explore_distribution(work, silent, attribute="shop_visits", segments=[segment], as_of=AS_OF)
    (group,) = found["groups"]
    people = of(customers, segment)
    values = [item.visits for item in people if item.visits is not None]
    numbers = [
        sum((part["low"] is None or value >= part["low"]) and (part["high"] is None or value < part["high"]) for value in values)
        for part in found["parts"]
    ]
    assert sum(numbers) == len(values)
    assert [*(item["people"] for item in group["counts"]), group["missing"]] == told([*numbers, len(people) - len(values)])
    assert (group["people"], group["known"]) == (len(people), None if group["missing"] is None else len(values))
    assert group["median"] == sorted(values)[(len(values) - 1) // 2]


def test_texts_are_told_by_the_commonest_and_rare_ones_are_not_named(work: Work, customers: Customers) -> None:
    found = explore_distribution(work, silent, attribute="city", as_of=AS_OF)
    (group,) = found["groups"]
    counted = Counter(item.town for item in customers.values())
    assert [part["text"] for part in found["parts"]] == [None, *(town for town, n in counted.most_common() if town and n >= 5)]
    towns = [part["text"] for part in found["parts"]][1:]
    shown = [*(item["people"] for item in group["counts"]), group["missing"]]
    assert shown == told([counted["Utö"], *(counted[town] for town in towns), counted[""]])
    assert (counted["Utö"], shown[0]) == (3, None)


def test_days_lie_in_calendar_parts(work: Work, customers: Customers) -> None:
    found = explore_distribution(work, silent, attribute="joined", as_of=AS_OF)
    (group,) = found["groups"]
    # `joined` is also when a value took effect; every one of these is in the past.
    days = [item.joined for item in customers.values()]
    for part, count in zip(found["parts"], group["counts"], strict=True):
        inside = sum(
            (part["low"] is None or day.isoformat() >= part["low"]) and (part["high"] is None or day.isoformat() < part["high"])
            for day in days
        )
        assert count["people"] in (inside, None)
    assert group["known"] == len(days)


def test_groups_share_their_parts(work: Work) -> None:
    """Two groups beside each other are cut at the same edges, else nothing could be compared."""
    alone = explore_distribution(work, silent, attribute="shop_visits", segments=["tampere"], as_of=AS_OF)
    beside = explore_distribution(work, silent, attribute="shop_visits", segments=["*", "tampere"], as_of=AS_OF)
    assert alone["parts"] == beside["parts"]
    assert alone["groups"][0] == beside["groups"][1]


# --- crossed ------------------------------------------------------------------------------


def test_two_attributes_crossed(work: Work, customers: Customers) -> None:
    """Every number is that of the rows, or is not told by the rule of `maths/crossed.py`; shares are of the row."""
    found = explore_cross(work, silent, rows="city", columns="shop_visits", as_of=AS_OF)
    (group,) = found["groups"]
    named = {part["text"] for part in found["rows"]["parts"]} - {None}
    both = [item for item in customers.values() if item.town and item.visits is not None]
    in_row = [
        [item for item in both if (item.town not in named if part["other"] else item.town == part["text"])]
        for part in found["rows"]["parts"]
    ]
    cells = {
        (row, column): sum(
            (part["low"] is None or item.visits >= part["low"]) and (part["high"] is None or item.visits < part["high"]) for item in items
        )
        for row, items in enumerate(in_row)
        for column, part in enumerate(found["columns"]["parts"])
    }
    columns = [sum(n for (_, place), n in cells.items() if place == column) for column in range(len(found["columns"]["parts"]))]
    shown = told_crossed(cells, [len(items) for items in in_row], columns)
    for row, line in enumerate(group["rows"]):
        assert line["people"] == shown[row, len(columns)]
        assert [cell["people"] for cell in line["cells"]] == [shown[row, column] for column in range(len(columns))]
        for cell in line["cells"]:
            assert (cell["share"] is None) == (cell["people"] is None or not line["people"])
            assert cell["low"] is None or (cell["low"] <= cell["share"] <= cell["high"] and line["people"] >= 30)


def test_what_is_not_told_is_the_same_turned_round(work: Work) -> None:
    for segments in (None, ["tampere"]):
        ways = [("city", "shop_visits"), ("shop_visits", "city")]
        one, other = (explore_cross(work, silent, rows=a, columns=b, segments=segments, as_of=AS_OF)["groups"][0]["rows"] for a, b in ways)
        turned = [[row["cells"][place]["people"] for row in other] for place in range(len(one))]
        assert [[cell["people"] for cell in row["cells"]] for row in one] == turned


def test_what_too_few_have_is_never_told(work: Work) -> None:
    for segments in (None, ["tampere"], ["island"]):
        for group in explore_cross(work, silent, rows="shop_visits", columns="city", segments=segments, as_of=AS_OF)["groups"]:
            for row in group.get("rows", ()):
                numbers = [cell["people"] for cell in row["cells"]]
                assert not [n for n in numbers if n is not None and 0 < n < 5]
                assert numbers.count(None) != 1 or row["people"] is None, "one hidden number could be found by subtraction"


# --- cohorts ------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["week", "month", "quarter"])
@pytest.mark.parametrize("segment", ["*", "tampere"])
def test_cohorts_are_those_who_first_bought_in_a_period(work: Work, customers: Customers, unit: str, segment: str) -> None:
    """Each cell is the share of the cohort who bought in its period; cells of the present period are not known."""
    found = explore_cohorts(work, silent, unit=unit, periods=60, segments=[segment], as_of=AS_OF)
    (group,) = found["groups"]
    bought = [{period_of(local(at), "this", unit)[0] for at, _ in item.orders if at < NOW} for item in of(customers, segment)]
    bought = [periods for periods in bought if periods]
    this = period_of(NOW.date(), "this", unit)[0]
    assert group["cohorts"]
    for row in group["cohorts"]:
        cohort = dt.date.fromisoformat(row["cohort"])
        theirs = [periods for periods in bought if min(periods) == cohort]
        assert row["people"] == (len(theirs) if len(theirs) >= 5 else None)
        for cell in row["cells"]:
            period = dt.date.fromisoformat(cell["period"])
            if period == this and cell["offset"]:
                assert (cell["known"], cell["people"], cell["share"]) == (False, None, None)
            else:
                came = sum(period in periods for periods in theirs)
                assert cell["people"] == came or (cell["people"] is None and cell["offset"])
                assert cell["people"] is None or came not in range(1, 5)
                assert cell["share"] == (None if cell["people"] is None else pytest.approx(came / len(theirs), abs=1e-6))
        if row["cells"]:
            assert row["cells"][-1]["period"] == this.isoformat()


# --- trends -------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["day", "week", "month", "quarter", "year"])
def test_measures_per_period(work: Work, customers: Customers, unit: str) -> None:
    """Every period from the first order on has its number, also 0; a year before is the same calendar period, or 52 weeks."""
    everyone = [[(period_of(local(at), "this", unit)[0], total) for at, total in item.orders if at < NOW] for item in customers.values()]
    first = min(period for orders in everyone for period, _ in orders)
    slow: dict[str, dict[dt.date, Decimal]] = {name: {} for name in ("revenue", "orders", "active", "new")}
    period, this = first, period_of(NOW.date(), "this", unit)[0]
    while period <= this:
        slow["revenue"][period] = Decimal(sum(total for orders in everyone for at, total in orders if at == period))
        slow["orders"][period] = Decimal(sum(at == period for orders in everyone for at, _ in orders))
        slow["active"][period] = Decimal(sum(any(at == period for at, _ in orders) for orders in everyone))
        slow["new"][period] = Decimal(sum(min((at for at, _ in orders), default=None) == period for orders in everyone))
        period = period_of(period, "this", unit)[1]
    for measure, series in slow.items():
        found = explore_trend(work, silent, measure=measure, unit=unit, periods=1100, as_of=AS_OF)
        points = found["groups"][0]["points"]
        assert {dt.date.fromisoformat(point["period"]): point["value"] for point in points} == series
        assert [point["complete"] for point in points] == [True] * (len(points) - 1) + [False]
        for point in points:
            day = dt.date.fromisoformat(point["period"])
            before = day - dt.timedelta(days=364) if unit in ("day", "week") else day.replace(year=day.year - 1)
            assert point["year_before"] == (series.get(before) if before > first else None)
            if point["season"] is not None:
                assert point["without_season"] + point["season"] == pytest.approx(point["value"], abs=0.001)


def test_a_season_is_told_only_of_whole_rounds(work: Work) -> None:
    """A week of a month has no season; two years of months have one, and quarters of fewer years than two have none."""
    told_of = {unit: explore_trend(work, silent, unit=unit, as_of=AS_OF)["groups"][0]["season"] for unit in ("day", "month", "year")}
    assert told_of == {"day": "taken_out", "month": "taken_out", "year": "no_season"}
    early = explore_trend(work, silent, unit="month", as_of="2025-06-01")
    assert early["groups"][0]["season"] == "too_short"


# --- ways ---------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [None, "product_view"])
def test_ways_from_event_to_event(work: Work, customers: Customers, start: str | None) -> None:
    """Each flow is the number of people whose next step it is; who did something lately has not left."""
    depth = 3
    found = explore_paths(work, silent, start=start, depth=depth, days=300, as_of=AS_OF)
    since = dt.datetime(2026, 1, 15, tzinfo=ZONE)
    quiet = dt.datetime(2026, 10, 12, tzinfo=ZONE)
    flows: Counter[tuple[int, str, str]] = Counter()
    begun = 0
    for item in customers.values():
        events = sorted((at, kind) for at, kind in item.events if since <= at < NOW)
        kinds = [kind for place, (_, kind) in enumerate(events) if not place or events[place - 1][1] != kind]
        if start is not None:
            kinds = kinds[kinds.index(start) :] if start in kinds else []
        begun += bool(kinds)
        for place, kind in enumerate(kinds[:depth]):
            if place + 1 == len(kinds):
                flows[place, kind, "open" if events[-1][0] >= quiet else "left"] += 1
            elif place + 1 < depth:
                flows[place, kind, kinds[place + 1]] += 1
    assert found["people"] == begun
    shown = {(row["place"], row["from"]["event"], row["to"]["event"] or row["to"]["kind"]): row["people"] for row in found["flows"]}
    assert "other" not in {row["to"]["kind"] for row in found["flows"]}, "no kind is rare here"
    assert shown.items() <= flows.items() and min(shown.values()) >= 5
    assert found["hidden"] == len(flows) - len(shown)
    for step in {key[:2] for key in flows}:  # what is left out of a step is of so many together that none is found by subtraction
        left_out = [n for key, n in flows.items() if key[:2] == step and key not in shown]
        assert not left_out or (min(left_out) < 5 and (sum(left_out) >= 5 or not any(key[:2] == step for key in shown)))


def test_who_did_anything_lately_has_not_left(work: Work, customers: Customers) -> None:
    """Also when what they did is of a kind that was not chosen."""
    found = explore_paths(work, silent, events=["product_view"], depth=2, days=300, as_of=AS_OF)
    since, quiet = dt.datetime(2026, 1, 15, tzinfo=ZONE), dt.datetime(2026, 10, 12, tzinfo=ZONE)
    counted: Counter[str] = Counter()
    for item in customers.values():
        if any(kind == "product_view" and since <= at < NOW for at, kind in item.events):
            counted["open" if any(quiet <= at < NOW for at, _ in item.events) else "left"] += 1
    assert {row["to"]["kind"]: row["people"] for row in found["flows"]} == counted
    assert min(counted.values()) >= 5


# --- who is not broken down ------------------------------------------------------------------


def test_a_segment_of_too_few_is_not_looked_into(work: Work) -> None:
    for found in (
        explore_distribution(work, silent, attribute="shop_visits", segments=["island"], as_of=AS_OF),
        explore_cross(work, silent, rows="shop_visits", columns="city", segments=["island"], as_of=AS_OF),
        explore_cohorts(work, silent, segments=["island"], as_of=AS_OF),
        explore_trend(work, silent, segments=["island"], as_of=AS_OF),
    ):
        (group,) = found["groups"]
        assert (group["few"], group["people"]) == (True, None)
        assert not [key for key in ("counts", "known", "rows") if key in group] and not group.get("points")
    assert explore_paths(work, silent, segment="island", as_of=AS_OF)["flows"] == []


def test_what_tells_who_somebody_is_and_special_fields_are_not_broken_down(work: Work) -> None:
    names = [item["name"] for item in explore_fields(work, silent)["attributes"]]
    assert "email" not in names and "city" in names
    with pytest.raises(InputError) as refused:
        explore_distribution(work, silent, attribute="email")
    assert refused.value.code == "tells_who"
    special_mark(work, silent, attribute="shop_visits", category="health")
    try:
        with pytest.raises(InputError) as marked:
            explore_distribution(work, silent, attribute="shop_visits", as_of=AS_OF)
        assert marked.value.code == "special_category"
        assert "shop_visits" not in [item["name"] for item in explore_fields(work, silent)["attributes"]]
    finally:
        special_mark(work, silent, attribute="shop_visits", category=None)


def test_choices_that_there_are_not_are_refused_with_what_there_is(work: Work) -> None:
    for wrong in (
        lambda: explore_cohorts(work, silent, unit="fortnight"),
        lambda: explore_trend(work, silent, measure="profit"),
        lambda: explore_trend(work, silent, measure="size"),
        lambda: explore_paths(work, silent, depth=40),
        lambda: explore_paths(work, silent, events=["order"], start="product_view"),
        lambda: explore_distribution(work, silent, attribute="shop_visit"),
    ):
        with pytest.raises(InputError) as refused:
            wrong()
        assert refused.value.hint
