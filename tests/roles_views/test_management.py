"""The business on one page: numbers that a slow count gives too, a year before only where the data reaches back, nobody by name."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from access.people_who_use import Doors
from lohko.base.times import naive
from lohko.destinations.registry import DESTINATIONS
from lohko.engine import figures
from lohko.engine.business import Span
from lohko.maths.few import is_few
from lohko.model.rfm_map import BY_ID
from lohko.steps.activate import audience
from lohko.steps.figures import overview as figures_overview
from lohko.steps.management import _coming_and_going, _largest, _part, _span, beside_year_before, management
from lohko.steps.question import ask
from lohko.steps.segment_about import segment_describe
from lohko.steps.work import Work, silent
from roles_views.two_trades import PEOPLE, TODAY

ZONE = ZoneInfo("Europe/Helsinki")


def test_each_time_is_what_a_count_of_that_time_gives(firm: Work) -> None:
    """Counted again one time after another, by the query of the overview."""
    found = management(firm, silent)
    at = dt.datetime.fromisoformat(found["as_of"])
    question = ask(firm, at)
    for span in found["spans"]:
        for pair, told in zip(beside_year_before(at, span["span"], ZONE), (span["now"], span["before"]), strict=True):
            again = figures.totals(question.engine.cursor, question.schema, *map(naive, pair))
            if told is not None and 0 < again.buyers < 5:
                assert set(told.values()) == {None}
            elif told is not None:
                assert (told["active"], told["orders"], Decimal(str(told["revenue"]))) == (again.buyers, again.orders, again.revenue)
    year = found["spans"][2]
    assert year["now"]["orders"] == sum(days < 364 for *_, orders, _ in PEOPLE for days in orders)
    assert found["ever_bought"] == len(PEOPLE)
    new = sum(max(orders) < 364 for *_, orders, _ in PEOPLE)
    assert year["now"]["new"] == new


def test_what_the_data_does_not_reach_is_not_told(firm: Work) -> None:
    """The first order is 681 days old: of a year before the last year nothing is known, which is not nothing."""
    spans = {span["span"]: span for span in management(firm, silent)["spans"]}
    assert spans["month"]["before"] is not None and spans["month"]["before"]["new"] is None
    early = management(firm, silent, as_of=(TODAY - dt.timedelta(days=400)).date().isoformat())
    assert all(span["before"] is None and span["change"] is None for span in early["spans"])


def test_a_month_of_few_people_is_not_told_nor_found_by_what_the_year_says(firm: Work) -> None:
    """Who bought in each month is counted from the orders that were brought in."""
    buyers: dict[str, set[str]] = {}
    for number, _, _, orders, _ in PEOPLE:
        for days in orders:
            buyers.setdefault((TODAY - dt.timedelta(days=days)).astimezone(ZONE).strftime("%Y-%m-01"), set()).add(number)
    months = management(firm, silent)["months"]
    untold = {item["month"] for item in months if item["revenue"] is None}
    assert untold and untold >= {month for month, who in buyers.items() if is_few(len(who))}
    assert all((item["orders"] is None) == (item["revenue"] is None) for item in months)
    assert len(untold) > 1 and sum(len(buyers.get(month, ())) for month in untold) >= 5
    told = [item for item in months if item["month"] not in untold]
    assert told and all(item["orders"] >= len(buyers.get(item["month"], ())) for item in told)
    assert {item["month"] for item in figures_overview(firm, silent)["months"] if item["revenue"] is None} == untold


def test_segments_are_told_with_what_their_people_spent(firm: Work) -> None:
    found = {row["id"]: row for row in management(firm, silent)["segments"]}
    spent = sum(worth * sum(days < 364 for days in orders) for *_, orders, worth in PEOPLE)
    assert (found["buyers"]["size"], found["buyers"]["revenue"], found["buyers"]["revenue_share"]) == (len(PEOPLE), spent, 1.0)
    assert found["three"]["few"] and found["three"]["size"] is None and found["three"]["revenue"] is None
    # One agreed to calls, and that may not be told of fewer than five.
    assert found["buyers"]["reach"] is None


def test_only_live_segments_stand_there(firm: Work) -> None:
    segment_describe(firm, silent, segment="goal", status="archived")
    found = management(firm, silent)
    assert "goal" not in {row["id"] for row in found["segments"]} and not found["goals"]
    segment_describe(firm, silent, segment="goal", status="live")
    (goal,) = management(firm, silent)["goals"]
    assert (goal["metric"], goal["verdict"]) == ("members", "met" if goal["value"] >= 30 else "on_the_way")


def test_groups_come_and_go_by_what_they_are(firm: Work) -> None:
    moves = management(firm, silent)["moves"]
    assert {row["group"] for row in moves["groups"]} <= set(BY_ID)
    for row in moves["groups"]:
        if None not in (row["before"], row["came"], row["left"], row["now"]):
            assert row["before"] + row["came"] - row["left"] == row["now"]
        numbers = [row[key] for key in ("before", "came", "left", "now")]
        assert numbers == [None] * 4 or not any(is_few(n) for n in (*numbers, row["now"] - row["came"]))
    assert all(row["people"] >= 5 for row in moves["largest"])


@given(st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), st.integers(1, 30)))
def test_the_largest_moves_give_no_few_away(moved: dict[tuple[str, str], int]) -> None:
    """Of those who left a group, and of those who came to one, never one to four are left over."""
    found = _largest(moved, moved | {way: None for way, n in moved.items() if is_few(n)})
    for side in (0, 1):
        for group in "abc":
            every = sum(n for way, n in moved.items() if way[side] == group and way[0] != way[1])
            told = sum(n for n, way in found if way[side] == group)
            assert not told or not is_few(every - told)


def test_few_who_stayed_and_few_who_bought_are_not_told() -> None:
    """Eight are there now and five came: three stayed. Seven bought, and four of them for the first time, or four of them not."""
    assert _coming_and_going({("a", "a"): 3, ("b", "a"): 5, ("a", "b"): 20}, "a") == (23, 5, 20, 8, 3)
    assert set(_span(Span(3, 1, 4, Decimal(90))).values()) == {None}
    for new, told in ((0, 0), (3, None), (4, None), (5, None), (7, 7)):
        found = _span(Span(7, new, 9, Decimal(90)))
        assert (found["active"], found["new"], found["revenue"]) == (7, told, 90.0)
    assert [_part(n, 9) for n in (0, 4, 5, 8, 9)] == [0, None, None, None, 9]


def test_an_audience_shows_what_its_people_did_and_claims_no_more(firm: Work) -> None:
    assert "meta" in DESTINATIONS and management(firm, silent)["audiences"] == []
    audience(firm, silent, segment="buyers", to="meta", purpose="phone")  # one person: too few to tell anything of
    assert management(firm, silent)["audiences"] == []


def test_the_page_names_nobody_and_every_role_may_see_it(doors: Doors) -> None:
    for role in ("viewer", "admin"):
        page = doors.by(role, "GET", "/management")
        assert page.status_code == 200
        for number, name, phone, *_ in PEOPLE[:9]:
            assert name not in page.text and f"{number}@" not in page.text and (not phone or phone[-7:] not in page.text)


def test_every_table_is_a_file(doors: Doors) -> None:
    for name in ("business", "segments", "moves", "goals", "audiences"):
        answer = doors.by("viewer", "GET", f"/management/{name}.csv")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert answer.status_code == 200 and len({len(row) for row in rows}) == 1 and rows[0][0]
    assert doors.by("viewer", "GET", "/management/nothing.csv").status_code == 404


def test_the_links_of_the_navigation_are_those_that_a_role_may_open(doors: Doors) -> None:
    shown = {
        role: [path for path in ("/management", "/sales", "/service") if f'href="{path}"' in doors.by(role, "GET", "/").text]
        for role in ("viewer", "analyst", "marketer")
    }
    assert shown == {"viewer": ["/management"], "analyst": ["/management", "/sales"], "marketer": ["/management", "/sales", "/service"]}
    refused = Counter(
        doors.by(role, "GET", path).status_code for role, path in (("viewer", "/sales"), ("viewer", "/service"), ("analyst", "/service"))
    )
    assert refused == {403: 3}


def test_an_empty_workspace_says_what_to_do(empty_client: TestClient) -> None:
    for path in ("/management", "/sales", "/service", "/service?q=anna"):
        for language in ("en", "fi"):
            page = empty_client.get(path, params={"lang": language} | ({"q": "anna"} if "?" in path else {}))
            assert page.status_code == 200 and '<a href="/import">' in page.text
    assert "No companies are known." in empty_client.get("/sales", params={"lang": "en"}).text
