"""Beyond this machine: an admin first, TLS before it, only the named proxy believed, and a path of somebody else's address."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import uvicorn
from starlette.testclient import TestClient

from access.people_who_use import PASSWORD
from lohko.base.errors import InputError
from lohko.cli.outside import Place
from lohko.steps.users import user_add
from lohko.steps.work import Work, silent
from lohko.web.app import create_app
from web.small_shop import fill, new_workspace, opened


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with opened(new_workspace(tmp_path_factory.mktemp("outside") / "shop")) as found:
        fill(found)
        user_add(found, silent, email="boss@shop.fi", role="admin", password=PASSWORD)
        yield found


OUTSIDE = [
    Place("0.0.0.0"),
    Place("192.168.1.5"),
    Place("lohko.example.fi"),
    Place("127.0.0.1", names=("lohko.example.fi",)),
    Place("127.0.0.1", proxies=("127.0.0.1",)),
]


@pytest.mark.parametrize("place", OUTSIDE, ids=lambda place: f"{place.host}-{len(place.names)}-{len(place.proxies)}")
def test_beyond_this_machine_there_has_to_be_an_admin(tmp_path: Path, work: Work, place: Place) -> None:
    """Also behind a proxy on this machine, which brings others in; the message says how to make one and how to put TLS before it."""
    for folder in (tmp_path / "nothing", new_workspace(tmp_path / "empty")):
        with pytest.raises(InputError) as error:
            place.check(folder)
        assert error.value.code == "no_admin"
        assert "lohko user add" in (error.value.hint or "") and "TLS" in (error.value.hint or "") and "--proxy" in (error.value.hint or "")
    place.check(work.folder.path)


def test_on_this_machine_nothing_is_asked(tmp_path: Path) -> None:
    """The first walk has no login."""
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.2"):
        place = Place(host)
        place.check(tmp_path)
        assert not place.outside


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (Place("127.0.0.1", proxies=("everyone",)), "bad_proxy"),
        (Place("127.0.0.1", proxies=("*",)), "bad_proxy"),
        (Place("127.0.0.1", under="/a b"), "bad_path"),
        (Place("127.0.0.1", certificate=Path("cert.pem")), "half_tls"),
        (Place("127.0.0.1", certificate=Path("/nowhere/cert.pem"), key=Path("/nowhere/key.pem")), "no_file"),
    ],
)
def test_what_cannot_be_served_is_refused_with_its_reason(tmp_path: Path, place: Place, code: str) -> None:
    """Before anything listens."""
    with pytest.raises(InputError) as error:
        place.check(tmp_path)
    assert error.value.code == code


@contextmanager
def served(work: Work, place: Place) -> Iterator[str]:
    """The app as `lohko serve` serves it, on a free port of loopback."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = create_app(work, hosts=place.hosts, at_home=not place.outside, root=place.path)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, **place.for_server()))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()


def test_only_a_named_proxy_is_believed(work: Work) -> None:
    """What it says of TLS makes cookies Secure; from anybody else it is only text."""
    said = {
        "host": "lohko.example.fi",
        "origin": "https://lohko.example.fi",
        "x-forwarded-proto": "https",
        "x-forwarded-for": "203.0.113.9",
    }
    form = {"email": "boss@shop.fi", "password": PASSWORD}
    for proxy, secure in (("127.0.0.1", True), ("10.9.9.9", False)):
        with served(work, Place("127.0.0.1", names=("lohko.example.fi",), proxies=(proxy,))) as address, httpx2.Client() as client:
            answer = client.post(f"{address}/sign-in", data=form, headers=said)
            assert answer.status_code == 303
            assert ("Secure" in answer.headers["set-cookie"]) is secure
            assert client.get(f"{address}/health", headers={"host": "other.example.fi"}).status_code == 421


@pytest.mark.parametrize("stripped", [True, False], ids=["the proxy takes the path off", "the proxy leaves it"])
def test_it_works_under_a_path_of_another_address(work: Work, stripped: bool) -> None:
    """Every address in pages, every redirect and every cookie begins with the path, whether or not the proxy takes it off."""
    before = "" if stripped else "/tools/lohko"
    with TestClient(create_app(work, root="tools/lohko/"), base_url="http://127.0.0.1:8000") as client:
        headers = {"accept": "text/html", "origin": "http://127.0.0.1:8000"}
        sent = client.get(f"{before}/segments", headers=headers, follow_redirects=False)
        assert sent.headers["location"] == "/tools/lohko/sign-in?next=%2Fsegments"
        form = {"email": "boss@shop.fi", "password": PASSWORD, "next": "/segments"}
        done = client.post(f"{before}/sign-in", data=form, headers=headers, follow_redirects=False)
        assert done.headers["location"] == "/tools/lohko/segments" and "Path=/tools/lohko;" in done.headers["set-cookie"]
        cookie = {"cookie": done.headers["set-cookie"].split(";")[0]}
        for path in (
            "/",
            "/segments",
            "/segments/twice",
            "/customers",
            "/import",
            "/users",
            "/account",
            "/quality",
            "/explore",
            "/builder",
            "/guide",
        ):
            page = client.get(before + path, headers=headers | cookie)
            assert page.status_code == 200, path
            addresses = re.findall(r'\s(?:href|src|action|formaction|data-watch)="(/[^"]*)"', page.text)
            assert addresses and all(found.startswith("/tools/lohko/") for found in addresses), path
        assert client.get(f"{before}/static/app.css").status_code == 200
        assert client.get(f"{before}/api/v1/status", headers=cookie).status_code == 200


def test_no_script_asks_for_an_address_of_its_own() -> None:
    """Scripts take addresses from the page, where they begin with the path."""
    from importlib.resources import files

    for file in (files("lohko.web") / "static").iterdir():
        if file.name.endswith(".js"):
            assert not re.search(r"""(fetch|open|assign)\(\s*["'`]/""", file.read_text(encoding="utf-8")), file.name
