"""The script on a shop's pages, in a real browser: what it sends, and that before consent it neither sends nor stores."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from starlette.testclient import TestClient

from lohko.base.clock import now
from lohko.landing.messages import Message, decode
from lohko.web.visitor_script import PATH, script

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
SOON, WHOLE_WAIT = 8.0, 3.0


@dataclass
class Shop:
    """A shop of one page, which takes what the script sends."""

    address: str
    head: str = ""
    tag: str = ""
    received: list[Message] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)

    def names(self) -> list[str | None]:
        return [message.name for message in self.received]

    def wait_for(self, name: str) -> Message:
        end = time.monotonic() + SOON
        while time.monotonic() < end:
            found = [message for message in self.received if message.name == name]
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"{name} did not come; {self.names()} did")


@pytest.fixture
def site() -> Iterator[Shop]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            body, kind = _page(found), "text/html; charset=utf-8"
            if self.path == PATH:
                body, kind = script(), "text/javascript"
            self._answer(body.encode(), kind)

        def do_POST(self) -> None:
            decoded = decode(self.rfile.read(int(self.headers["content-length"])), now())
            assert not decoded.refused, decoded.refused
            found.received += decoded.messages
            found.keys.add(decoded.write_key)
            self._answer(b"", "text/plain")

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Shop(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def _page(site: Shop) -> str:
    return f"""<!doctype html><html lang="fi"><head><meta charset="utf-8"><title>Kauppa</title>{site.head}
        <script src="{PATH}" data-key="avain" {site.tag} defer></script></head><body><h1>Kauppa</h1></body></html>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def visit(browser: Any, site: Shop) -> Iterator[Callable[[str], Any]]:
    context = browser.new_context()

    def visited(path: str = "/") -> Any:
        page = context.new_page()
        page.goto(site.address + path)
        return page

    yield visited
    context.close()


def stored(page: Any) -> dict[str, str]:
    assert page.context.cookies() == []
    return dict(page.evaluate("Object.entries(localStorage)"))


def test_it_is_small():
    assert len(script().encode()) < 4096


def test_any_site_may_load_it(client: TestClient):
    answer = client.get(PATH)
    assert answer.status_code == 200 and answer.text == script()
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert client.get("/").headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.slow
def test_where_no_tool_asks_it_asks_itself_and_waits_for_the_answer(site: Shop, visit: Callable[..., Any]):
    page = visit("/?utm_source=uutiskirje&utm_campaign=syksy")
    bar = page.get_by_role("region", name="Suostumus")
    bar.wait_for()
    assert site.received == [] and stored(page) == {}, "nothing before the answer"
    bar.get_by_role("button", name="Kyllä").click()
    seen = site.wait_for("Page Viewed")
    assert seen.anonymous_id and seen.user_id is None and site.keys == {"avain"}
    assert seen.context["page"]["title"] == "Kauppa" and seen.context["campaign"] == {"source": "uutiskirje", "name": "syksy"}
    assert stored(page) == {"lohko_id": seen.anonymous_id, "lohko_asked": "yes"}
    assert bar.count() == 0
    again = visit("/?haku=takki")
    assert site.wait_for("Products Searched").properties == {"query": "takki"}
    assert {message.anonymous_id for message in site.received} == {seen.anonymous_id}, "the same visitor, and not asked again"
    assert again.get_by_role("region").count() == 0


@pytest.mark.slow
def test_a_no_is_kept_and_nothing_else(site: Shop, visit: Callable[..., Any]):
    page = visit()
    page.get_by_role("button", name="Ei").click()
    page.evaluate("lohko.track('Koe')")
    again = visit()
    time.sleep(WHOLE_WAIT)
    assert again.get_by_role("region").count() == 0 and stored(again) == {"lohko_asked": "no"} and site.received == []


@pytest.mark.slow
def test_consent_mode_is_followed_also_when_it_is_taken_back(site: Shop, visit: Callable[..., Any]):
    site.head = """<script>window.dataLayer = []; function gtag() { dataLayer.push(arguments); }
        gtag('consent', 'default', {ad_storage: 'denied', analytics_storage: 'denied'});
        gtag('event', 'view_item', {currency: 'EUR', value: 149, items: [{item_id: 'T1', item_name: 'Takki', item_brand: 'Usva', price: 149}]});
        </script>"""
    page = visit()
    time.sleep(WHOLE_WAIT)
    assert site.received == [] and stored(page) == {} and page.get_by_role("region").count() == 0
    page.evaluate("gtag('consent', 'update', {analytics_storage: 'granted'})")
    seen = site.wait_for("Product Viewed")
    assert seen.properties == {"product_id": "T1", "name": "Takki", "brand": "Usva", "price": 149, "value": 149, "currency": "EUR"}
    page.evaluate(
        "dataLayer.push({event: 'add_to_cart', ecommerce: {items: [{item_id: 'T1', quantity: 2}, {item_id: 'T2', quantity: 1}]}})"
    )
    site.wait_for("Product Added")
    assert [m.properties for m in site.received if m.name == "Product Added"] == [
        {"product_id": "T1", "quantity": 2},
        {"product_id": "T2", "quantity": 1},
    ]
    page.evaluate("gtag('consent', 'update', {analytics_storage: 'denied'})")
    assert stored(page) == {}
    before = len(site.received)
    page.evaluate("gtag('event', 'view_cart', {})")
    time.sleep(WHOLE_WAIT)
    assert len(site.received) == before


@pytest.mark.slow
def test_another_tool_says_it_by_a_call(site: Shop, visit: Callable[..., Any]):
    site.tag = 'data-consent="callback"'
    page = visit()
    time.sleep(WHOLE_WAIT)
    assert site.received == [] and page.get_by_role("region").count() == 0
    page.evaluate("lohko.consent(true); lohko.track('Kuponki avattu', {koodi: 'SYKSY'})")
    assert site.wait_for("Kuponki avattu").properties == {"koodi": "SYKSY"}


@pytest.mark.slow
def test_the_time_on_a_page_is_told_when_it_is_left(site: Shop, visit: Callable[..., Any]):
    site.tag = 'data-consent="callback"'
    page = visit()
    page.evaluate("lohko.consent(true)")
    time.sleep(1.6)
    page.goto(site.address + "/toinen")
    assert 1 <= site.wait_for("Page Left").properties["seconds"] <= 30
