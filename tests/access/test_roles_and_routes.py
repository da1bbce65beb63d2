"""Role x action: every route of the app stands in the table, and each role gets exactly what its actions are."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.testclient import TestClient

from access.people_who_use import Doors
from lohko.base.errors import LohkoError
from lohko.model.roles import ACTIONS, OPEN, ROLES, SCOPES, WHAT_ROLES_ARE, WHAT_SCOPES_ARE, key_may, may
from lohko.steps.work import Work
from lohko.web.access import ROUTES, Access, routes_of
from lohko.web.account_words import ACTIONS as SAID_ACTIONS
from lohko.web.account_words import ROLES as SAID_ROLES
from lohko.web.account_words import SCOPES as SAID_SCOPES
from web.small_shop import ADDRESS

TABLE = """
             viewer  marketer  analyst  steward  admin
    own        yes      yes      yes      yes     yes
    look       yes      yes      yes      yes     yes
    comment    yes      yes      yes      yes     yes
    ask         -       yes      yes      yes     yes
    people      -       yes      yes      yes     yes
    management yes      yes      yes      yes     yes
    sales       -       yes      yes      yes     yes
    service     -       yes       -       yes     yes
    calls       -       yes       -       yes     yes
    names       -       yes       -       yes     yes
    segments    -       yes      yes      yes     yes
    export      -       yes       -       yes     yes
    reports     -       yes      yes      yes     yes
    quality     -       yes      yes      yes     yes
    data        -        -        -       yes     yes
    identity    -        -        -       yes     yes
    rights      -        -        -       yes     yes
    record      -        -        -       yes     yes
    users       -        -        -        -      yes
    lookup      -       yes       -       yes     yes
"""


def test_each_role_may_do_what_the_table_says() -> None:
    """The whole table, so that a change of it is seen and meant."""
    lines = [line.split() for line in TABLE.strip().splitlines()]
    assert lines[0] == list(ROLES)
    told = {(line[0], role): cell == "yes" for line in lines[1:] for role, cell in zip(ROLES, line[1:], strict=True)}
    assert told == {(action, role): may(role, action) for action in ACTIONS for role in ROLES}
    assert not may("admin", "nothing") and not may("nobody", "look") and may("nobody", OPEN)


def test_a_key_may_no_more_than_its_owner_and_no_more_than_its_scopes() -> None:
    """Both limits hold, for every role, scope and action; no scope lets a program say who may use Lohko."""
    for action in ACTIONS:
        for role in ROLES:
            assert key_may(role, SCOPES, action) <= may(role, action)
            assert not key_may(role, [], action) and not key_may(role, ["nothing"], action)
            for scope, actions in SCOPES.items():
                assert key_may(role, [scope], action) == (action in actions and may(role, action))
    assert not any(actions & {"users", "own", "record"} for actions in SCOPES.values())
    assert "names" not in SCOPES["read"]
    for scope, actions in SCOPES.items():
        assert actions <= set(ACTIONS), scope


def test_every_route_stands_in_the_table(app_client: TestClient) -> None:
    """Pages, posts, the API, downloads: a new one has to be given an action, and one that is gone leaves."""
    found = set(routes_of(app_client.app.routes))  # type: ignore[attr-defined]
    missing, gone = found - set(ROUTES), set(ROUTES) - found
    assert not missing, f"say in web/access.py which action these are: {sorted(missing)}"
    assert not gone, f"these are in web/access.py and no routes any more: {sorted(gone)}"
    assert {action for action in ROUTES.values() if action not in ACTIONS} == {OPEN}


def test_what_is_open_to_everyone_is_this_and_nothing_else() -> None:
    """What needs nobody signed in carries its own proof, or tells nothing."""
    assert {route for route, action in ROUTES.items() if action == OPEN} == {
        ("GET", "/health"),
        ("GET", "/lohko.js"),
        ("POST", "/hooks/{name}"),
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("GET", "/sign-in/openid"),
        ("GET", "/sign-in/openid/back"),
        ("GET", "/sign-out/openid"),
        ("GET", "/invitation/{link}"),
        ("POST", "/invitation/{link}"),
        ("GET", "/shared/{secret}"),
    }


def address(pattern: str) -> str:
    """A path that the route takes, and behind which there is nothing."""
    return re.sub(r"\{(version|batch|number)\}", "999999", re.sub(r"\{(?!version|batch|number)\w+\}", "nothing-there", pattern))


CLOSED = sorted(route for route, action in ROUTES.items() if action != OPEN)


@pytest.fixture(scope="module")
def gate(shop: Work, app_client: TestClient, doors: Doors) -> Doors:
    """The real access over the real routes, with nothing behind it: so every route can be asked, and nothing is done."""

    def refuse(_request: Request, error: LohkoError, status: int) -> Response:
        return JSONResponse({"error": error.code}, status)

    def routes() -> list[tuple[str, str]]:
        return routes_of(app_client.app.routes)  # type: ignore[attr-defined]

    behind = Access(PlainTextResponse("let through"), shop, routes, refuse, at_home=True)
    return replace(doors, client=TestClient(behind, base_url=ADDRESS))


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_let_through_exactly_where_it_may(gate: Doors, role: str) -> None:
    """Route by route: what it may not is refused with 403 before anything is done, and everything else is let through."""
    for method, pattern in CLOSED:
        answer = gate.by(role, method, address(pattern))
        assert answer.status_code == (200 if may(role, ROUTES[method, pattern]) else 403), f"{method} {pattern}"


def test_the_app_itself_refuses_so(doors: Doors) -> None:
    """The access stands before the app's own routes, and refusals are pages for people and JSON for programs."""
    page, asked = doors.by("viewer", "GET", "/import"), doors.by("viewer", "GET", "/api/v1/books")
    assert (page.status_code, asked.status_code) == (403, 403)
    assert "Your role may not do that." in page.text and asked.json()["error"]["code"] == "no_right"
    assert doors.by("viewer", "GET", "/segments").status_code == 200
    assert 'href="/import"' not in doors.by("viewer", "GET", "/segments").text
    assert doors.by("admin", "GET", "/import").status_code == 200


def test_nobody_is_let_through_anywhere(doors: Doors) -> None:
    """A page leads to where one signs in, and back; a program is told 401; nothing else comes."""
    for method, pattern in CLOSED:
        path = address(pattern)
        page = doors.by_nobody(method, path)
        program = doors.by_nobody(method, path, headers={})
        assert program.status_code == 401 and program.headers["www-authenticate"] == "Bearer", path
        if path.startswith("/api/"):
            assert page.status_code == 401 and page.json()["error"]["code"] == "sign_in"
        else:
            assert page.status_code == 303 and page.headers["location"].startswith("/sign-in"), path
    assert doors.by_nobody("GET", "/segments?q=a b").headers["location"] == "/sign-in?next=%2Fsegments%3Fq%3Da%2520b"
    assert doors.by_nobody("GET", "/no-such-page").status_code == 303
    assert doors.by_nobody("GET", "/health").status_code == 200
    assert doors.by_nobody("GET", "/static/app.css").status_code == 200


def test_a_route_that_nobody_thought_of_is_closed(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not in the table is refused to the admin too; the test above says which."""
    monkeypatch.delitem(ROUTES, ("GET", "/segments"))
    assert doors.by("admin", "GET", "/segments").status_code == 403
    assert doors.by_nobody("GET", "/segments").status_code == 303


@pytest.mark.parametrize("scopes", ["read", "read people", "read write", "rights"])
def test_a_key_is_let_through_exactly_where_its_scopes_say(gate: Doors, scopes: str) -> None:
    """And only under /api/: pages are for people."""
    for method, pattern in CLOSED:
        allowed = pattern.startswith("/api/") and key_may("admin", scopes.split(), ROUTES[method, pattern])
        answer = gate.by_key(scopes, method, address(pattern))
        assert answer.status_code == (200 if allowed else 403), f"{method} {pattern}"


def test_every_role_action_and_scope_is_said_on_the_pages() -> None:
    """In words of both languages; the command line has the same."""
    assert set(SAID_ROLES) == set(ROLES) == set(WHAT_ROLES_ARE)
    assert set(SAID_ACTIONS) == set(ACTIONS)
    assert set(SAID_SCOPES) == set(SCOPES) == set(WHAT_SCOPES_ARE)
    assert {role: said[1] for role, said in SAID_ROLES.items()} == WHAT_ROLES_ARE
