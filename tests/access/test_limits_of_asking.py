"""What can be asked, and from where: posts of other sites, odd values in every page's address, rules beyond every limit, and lists of people that leave a trace."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from access.people_who_use import Doors
from lohko.model.limits import MAX_BRACKETS, MAX_DEPTH, MAX_NODES, MAX_SPAN, MAX_TEXT
from lohko.state.audit import entries
from lohko.steps.work import Work
from lohko.web.access import ROUTES
from web.small_shop import ADDRESS

ELSEWHERE = ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}, {"sec-fetch-site": "same-site"})
SIGNED_BY_ITSELF = ("POST", "/hooks/{name}")
"""The one post that comes from other machines: it carries a signature."""
PARAMETERS = (
    "q sort down page column view name kind months with limit show revision by way across event form segment language beside noted saved "
    "why out next attribute source reason state value from until before after since purpose channel unit method card as_of lang theme"
).split()
ODD = ("-1", "99999999999999999999", "'\"><script>alert(1)</script>", "\x00ä😀")


def filled_in(pattern: str) -> str:
    return re.sub(r"\{(version|batch|number)\}", "999999", re.sub(r"\{(?!version|batch|number)\w+\}", "nothing-there", pattern))


def test_no_other_site_can_post_with_somebodys_session(doors: Doors) -> None:
    """Every route that changes anything, for whoever may do the most, however the browser says where it comes from."""
    for method, pattern in sorted(set(ROUTES) - {SIGNED_BY_ITSELF}):
        if method != "GET":
            for said in ELSEWHERE:
                headers = {"accept": "text/html", "origin": ADDRESS, "sec-fetch-site": "same-origin"} | said
                answer = doors.by("admin", method, filled_in(pattern), headers=headers)
                assert answer.status_code == 403, (method, pattern, said, answer.status_code)


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_value_in_an_address_is_an_answer(doors: Doors, odd: str) -> None:
    """On every page, for every parameter at once and but for the first that is refused; never a failure, and never as it came."""
    quiet = replace(doors, client=TestClient(doors.client.app, base_url=ADDRESS, raise_server_exceptions=False))
    all_but_times = urlencode({name: odd for name in PARAMETERS if name != "as_of"})
    for (method, pattern), _ in sorted(ROUTES.items()):
        if method == "GET" and not pattern.startswith(("/health", "/sign-out", "/sign-in/openid")):
            path = filled_in(pattern.replace("{segment}", "twice"))
            for asked in (all_but_times, urlencode({"as_of": odd})):
                answer = quiet.by("admin", "GET", f"{path}?{asked}")
                assert answer.status_code < 500, (path, asked, answer.status_code)
                is_page = answer.headers.get("content-type", "").startswith("text/html")
                assert not (is_page and "<script>alert(1)" in answer.text), path


BEYOND = {
    "rule_too_deep": "not (" * (MAX_DEPTH + 1) + 'city is "Turku"' + ")" * (MAX_DEPTH + 1),
    "brackets": "(" * (MAX_BRACKETS + 1) + 'city is "Turku"' + ")" * (MAX_BRACKETS + 1),
    "rule_too_long": " or ".join(f'city is "{n}"' for n in range(MAX_NODES + 1)),
    "text": f'city is "{"x" * MAX_TEXT}"',
    "span": f"did order in last {MAX_SPAN + 1} days",
    "query": 'city is "\' OR 1=1; DROP TABLE person; --"',
}


@pytest.mark.parametrize("what", BEYOND)
def test_a_rule_beyond_a_limit_is_refused_and_one_that_is_only_odd_is_counted(doors: Doors, what: str) -> None:
    """Before anything is counted, with a code that a program can act on."""
    answer = doors.by_key("read", "POST", "/api/v1/count", json={"condition": BEYOND[what]})
    if what == "query":
        assert answer.status_code == 200 and answer.json()["count"] == 0
    else:
        assert answer.status_code == 400 and answer.json()["error"]["code"] not in ("failed", "bad_json"), answer.text[:300]


def test_every_list_of_people_leaves_a_trace(shop: Work, doors: Doors) -> None:
    """Who asked, of which segment and how many; whoever may not take people out leaves none, for nothing comes."""
    for path in ("/segments/twice/members.csv", "/segments/twice/members.xlsx"):
        assert doors.by("marketer", "GET", path).status_code == 200
        with shop.state.connect() as connection:
            last = entries(connection)[-1]
        assert (last.action, last.detail["segment"]) == ("members_listed", "twice") and last.by.startswith("user ")
        before = last.id
        assert doors.by("analyst", "GET", path).status_code == 403
        with shop.state.connect() as connection:
            assert entries(connection)[-1].id == before
