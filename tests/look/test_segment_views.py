"""The views of a segment's page on the small shop: they open in both languages, agree with a slow count, and tell of nobody alone."""

from __future__ import annotations

import csv
import io
import re

import pytest
from starlette.testclient import TestClient

from lohko.steps.segment_members import segment_members
from lohko.steps.segment_page import segment_overlap
from lohko.steps.segments import members
from lohko.steps.work import Work, silent
from web.conftest import client as client
from web.conftest import shop as shop

VIEWS = ("", "?view=people", "?view=movement", "?view=overlap", "?view=about", "/members")


@pytest.mark.parametrize("language", ["en", "fi"])
def test_every_view_opens(client: TestClient, language: str) -> None:
    for view in VIEWS:
        answer = client.get(f"/segments/twice{view}{'&' if '?' in view else '?'}lang={language}")
        assert answer.status_code == 200, view
        for number in re.findall(r'href="(/segments/twice/figures/[^"]+)"', answer.text):
            assert client.get(number.replace("&amp;", "&")).status_code == 200, number
    assert client.get("/segments/twice?view=nonsense").status_code == 404


def test_sums_of_money_have_their_currency(client: TestClient) -> None:
    assert re.search(r">\d+\xa0€ – \d+\xa0€<", client.get("/segments/twice?view=people&lang=fi").text)
    assert re.search(r">€\d+ – €\d+<", client.get("/segments/twice?view=people&lang=en").text)


def test_components_are_shown_in_both_themes_and_a_theme_is_remembered(client: TestClient) -> None:
    page = client.get("/components").text
    assert page.count('data-theme="light"') == 1 and page.count('data-theme="dark"') == 1
    assert '<html lang="en" data-theme="dark">' in client.get("/components?theme=dark&lang=en").text
    assert '<html lang="en" data-theme="dark">' in client.get("/segments").text
    client.get("/?theme=system")


def test_combinations_are_those_counted_one_by_one(shop: Work) -> None:
    found = segment_overlap(shop, silent, segment="twice", others=["tampere", "never"])
    sets = {name: {row["customer"] for row in members(shop, silent, segment=name)["members"]} for name in ("twice", "tampere", "never")}
    everybody = set().union(*sets.values())
    slow: dict[tuple[str, ...], int] = {}
    for person in everybody:
        inside = tuple(name for name, people in sets.items() if person in people)
        slow[inside] = slow.get(inside, 0) + 1
    told = {tuple(item["segments"]): item["size"] for item in found["combinations"]}
    assert told.items() <= {key: n for key, n in slow.items() if n >= 5}.items()
    assert told if min(slow.values()) >= 5 else len(told) < len(slow) - 1, "one that is not told is not what the others leave over"


def test_what_two_segments_share_tells_of_nobody_alone(shop: Work) -> None:
    """Beside their sizes, neither of so few in both nor of so few in one of them alone."""
    people = {name: {row["customer"] for row in members(shop, silent, segment=name)["members"]} for name in ("twice", "tampere", "never")}
    seen = set()
    for name, ours in people.items():
        for item in segment_overlap(shop, silent, segment=name)["shared"]:
            if item["id"] in people:
                theirs = people[item["id"]]
                alone = [len(ours & theirs), len(ours - theirs), len(theirs - ours)]
                assert item["both"] == (None if any(0 < n < 5 for n in alone) else alone[0])
                assert item["share"]["people"] == item["both"]
                seen.add(item["both"] is None)
    assert seen


def test_members_are_sorted_found_and_paged(shop: Work) -> None:
    everyone = segment_members(shop, silent, segment="twice", sort="revenue", down=True, per_page=500)
    money = [row["revenue"] for row in everyone["members"]]
    assert money == sorted(money, reverse=True) and everyone["found"] == everyone["size"] == len(money)
    pages = [
        segment_members(shop, silent, segment="twice", sort="revenue", down=True, per_page=7, page=page)["members"] for page in range(1, 10)
    ]
    assert [row for page in pages for row in page] == everyone["members"]
    there = segment_members(shop, silent, segment="twice", q="tampere", per_page=500)["members"]
    assert {row["customer"] for row in there} == {row["customer"] for row in everyone["members"] if row["city"] == "Tampere"} != set()


def test_the_file_holds_all_members(client: TestClient, shop: Work) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/segments/twice/members.csv").content.decode("utf-8-sig"))))
    assert {row["customer"] for row in rows} == {row["customer"] for row in members(shop, silent, segment="twice")["members"]}
    assert client.get("/segments/twice/members.xlsx").content[:2] == b"PK"


def test_status_owner_tags_and_comments_are_kept(client: TestClient) -> None:
    origin = {"origin": str(client.base_url)}
    said = {"status": "draft", "owner": "Anna", "tags": "spring, vip", "notes": "For May."}
    assert client.post("/segments/tampere/about", data=said, headers=origin).status_code == 200
    client.post("/segments/tampere/comments", data={"text": "<b>Looks right</b>"}, headers=origin)
    page = client.get("/segments/tampere?view=about&lang=en").text
    assert "For May." in page and "spring, vip" in page and "&lt;b&gt;Looks right&lt;/b&gt;" in page
    assert (
        "/segments/tampere" in client.get("/segments?tag=spring").text and "/segments/twice" not in client.get("/segments?tag=spring").text
    )
