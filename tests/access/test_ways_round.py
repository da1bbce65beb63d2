"""Ways round the table of routes that are closed: other methods, odd addresses, headers that would be another address, and a path before it all.

Asked of a real server, byte for byte as an attacker would: a client would tidy the addresses.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.routing import Mount, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from access.people_who_use import Doors
from lohko.web.proxied import UnderPath

CLOSED = ("/users", "/segments/never/members.csv", "/api/v1/customers")
"""What a viewer may not, and nobody who is not signed in."""


@contextmanager
def listening(app: ASGIApp) -> Iterator[int]:
    """The port of loopback at which an app is served."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(30)


@pytest.fixture(scope="module")
def ports(app_client: TestClient) -> Iterator[dict[str, int]]:
    with listening(app_client.app) as plain, listening(UnderPath(app_client.app, "/lohko")) as under:
        yield {"": plain, "/lohko": under}


def ask(port: int, method: str, path: str, **headers: str) -> tuple[int, str, bytes]:
    """Status, where it leads, and the body; the address goes out as it is written."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(message_body=None)
        answer = connection.getresponse()
        return answer.status, answer.getheader("location") or "", answer.read()
    finally:
        connection.close()


def odd(path: str) -> list[str]:
    """The same place, written as a server might read it and a gate might not."""
    rest = path[1:]
    return [
        path + "/",
        path + "//",
        "//" + rest,
        "/./" + rest,
        "/%2e/" + rest,
        "/%2f" + rest,
        "/%252f" + rest,
        "/\\" + rest,
        path.replace("/", "%2F"),
        "/static/.." + path,
        "/static/%2e%2e" + path,
        "/static/..%2f" + rest,
        "/static//" + rest,
        "/sign-in/.." + path,
        "/hooks/.." + path,
        "/hooks/..%2f" + rest,
        "/lohko.js/.." + path,
        "/health/.." + path,
        "/shared/..%2f" + rest,
        path.upper(),
        path + "%00",
        path + "%09",
        path + "%20",
        path + "%0d%0a",
        path + ";jsessionid=1",
        path + ".json",
        path + "#x",
        path + "?_method=GET&root_path=/sign-in",
        "http://127.0.0.1" + path,
        "http://127.0.0.1/health" + path,
    ]


@pytest.mark.parametrize("who", ["nobody", "viewer"])
def test_an_odd_address_opens_nothing(doors: Doors, ports: dict[str, int], who: str) -> None:
    """It is refused, leads to where one signs in, or is no address at all; and none of the pages comes."""
    session = {"cookie": f"lohko_session={doors.sessions['viewer']}"} if who == "viewer" else {}
    for root, port in ports.items():
        for path in CLOSED:
            for written in (path, *odd(root + path)):
                before = root if root and not written.startswith((root, "http")) else ""
                status, leads, body = ask(port, "GET", before + written, accept="text/html", **session)
                assert status in (303, 307, 400, 401, 403, 404, 405, 421), (before + written, status)
                assert status != 303 or "/sign-in" in leads, (written, leads)
                assert b"planted.person" not in body and b"Plantagenet" not in body and b"@shop.fi" not in body, written


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "POST", "get", "QUERY", "PROPFIND"])
def test_another_method_opens_nothing(doors: Doors, ports: dict[str, int], method: str) -> None:
    """Nor does a header that names another one, or another address."""
    sly = {
        "x_http_method_override": "GET",
        "x_method_override": "GET",
        "x_original_url": "/health",
        "x_rewrite_url": "/health",
        "x_forwarded_prefix": "/health",
        "x_forwarded_for": "127.0.0.1",
        "x_forwarded_host": "localhost",
    }
    for path in CLOSED:
        for more in ({}, sly):
            for session in ({}, {"cookie": f"lohko_session={doors.sessions['viewer']}"}):
                status, _, body = ask(ports[""], method, path, accept="text/html", content_length="0", **session, **more)
                assert status in (303, 400, 401, 403, 405), (method, path, status)
                assert b"planted.person" not in body and b"@shop.fi" not in body
    status, _, _ = ask(ports[""], "POST", "/sign-in", content_length="0", x_http_method_override="DELETE")
    assert status == 401


def test_an_admin_is_told_which_methods_an_address_takes(doors: Doors) -> None:
    """And a route of the table is reached only as it stands there; HEAD is answered as GET is, where a route has it."""
    answer = doors.by("admin", "DELETE", "/api/v1/books")
    assert answer.status_code == 405 and answer.headers["allow"] == "GET"
    assert doors.by("admin", "PUT", "/users").headers["allow"] == "GET, POST"
    assert doors.by("admin", "HEAD", "/api/v1/books").status_code == 405
    assert doors.by("admin", "GET", "/users/").status_code in (307, 404)


def test_there_is_no_door_besides_the_routes(app_client: TestClient) -> None:
    """One folder of files that hold nobody's data, and no socket: both would pass by the table."""
    routes = app_client.app.routes  # type: ignore[attr-defined]
    assert [route.path for route in routes if isinstance(route, Mount)] == ["/static"]
    assert not [route for route in routes if isinstance(route, WebSocketRoute)]
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd", "/static/"):
        assert app_client.get(path).status_code in (401, 404, 405), path
