"""The five minutes in a real browser: a file comes in, segments are taken, a segment and a customer are read."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from lohko.base.clock import now
from lohko.starter import usable
from lohko.steps.refresh import refresh
from lohko.steps.segments import apply
from lohko.steps.work import Work, silent
from lohko.web.app import create_app
from web.small_shop import bring_in, new_workspace, opened

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (390, 1440)
TOWNS = ("Helsinki", "Tampere", "Oulu", "Jyväskylä")
BUYERS = 130


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Order lines as a Finnish shop exports them, up to yesterday: semicolons, decimal commas, two rows that cannot be used."""
    today = now().date()
    lines = ["Tilausnumero;Tilausaika;Asiakasnumero;Sähköposti;Etunimi;Sukunimi;Paikkakunta;Tuote;Määrä;Yksikköhinta"]
    for n in range(1, BUYERS + 1):
        for k in range(1 + n % 5):
            day = today - dt.timedelta(days=1 + (n * 37 + k * 61) % 700)
            name = f"Etu{n};Mäkinen{n};{TOWNS[n % len(TOWNS)]}"
            lines.append(f"A{n}-{k};{day:%d.%m.%Y} 12.30;{1000 + n};asiakas{n}@example.fi;{name};Takki;{1 + k % 2};{20 + n},50")
    lines += ["B1;eilen;1001;;;;;Takki;1;10,00", "B2;1.2.2026 12.00;1002;;;;;Takki;1;paljon"]
    file = tmp_path_factory.mktemp("files") / "tilausrivit.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """An empty workspace, served on a free port of loopback."""
    with opened(new_workspace(tmp_path / "selain")) as work, serving(work) as found:
        yield found


@pytest.fixture
def filled(tmp_path: Path, orders: Path) -> Iterator[str]:
    """The same with the orders in, and the ready-made segments refreshed."""
    with opened(new_workspace(tmp_path / "selain")) as work:
        bring_in(work, orders.read_text(encoding="utf-8"), "order-lines", orders.name)
        apply(work, silent, files=dict(usable(work.schema().events)))
        refresh(work, silent)
        with serving(work) as found:
            yield found


@contextlib.contextmanager
def serving(work: Work) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(work), log_level="warning", access_log=False, server_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()


class Looking:
    """A page with everything that its browser complained about."""

    def __init__(self, context: playwright.BrowserContext) -> None:
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda line: self.complaints.append(line.text) if line.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def see(self, text: str) -> None:
        playwright.expect(self.page.locator("main")).to_contain_text(text, timeout=60_000)

    def overflow(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@contextlib.contextmanager
def looking(browser: playwright.Browser, *, width: int = 1440, script: bool = True) -> Iterator[Looking]:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale="en-GB", timezone_id="Europe/Helsinki", java_script_enabled=script
    )
    context.set_default_timeout(60_000)
    try:
        yield Looking(context)
    finally:
        context.close()


def upload(at: Looking, address: str, file: Path) -> None:
    """From the page of imports to the page of columns."""
    page = at.page
    page.goto(f"{address}/import")
    page.get_by_label("File").set_input_files(file)
    page.get_by_label("Order lines").check()
    page.get_by_role("button", name="Next: look at the columns").click()
    at.see("What are the columns?")


def test_the_five_minutes(browser: playwright.Browser, address: str, orders: Path) -> None:
    """From an empty workspace to why one customer is in one segment, without a complaint of the browser."""
    with looking(browser) as at:
        page = at.page
        page.goto(address)
        page.get_by_role("main").get_by_role("link", name="Bring a file in").click()
        assert page.url == f"{address}/import"
        upload(at, address, orders)
        assert page.get_by_label("Asiakasnumero", exact=True).input_value() == "customer_id"
        assert page.get_by_label("Yksikköhinta", exact=True).input_value() == "unit_price"
        page.get_by_role("button", name="Import", exact=True).click()

        at.see("The file is in")
        rows = sum(1 + n % 5 for n in range(1, BUYERS + 1))
        books = dict(zip(*(page.locator(f".books {part}").all_inner_texts() for part in ("dt", "dd")), strict=True))
        assert {"Received": str(rows + 2), "Accepted": str(rows), "Known already": "0", "Rejected": "2"} == books
        at.see("The time cannot be read as a date")
        at.see("A price or quantity is not a number")

        page.get_by_role("button", name=re.compile(r"Take \d+ ready-made segments")).click()
        page.wait_for_url("**/segments", timeout=120_000)
        assert page.get_by_role("main").get_by_role("link", name="Buyers", exact=True).is_visible()

        page.get_by_role("link", name="Overview", exact=True).click()
        at.see("Champions")
        assert page.get_by_text(str(BUYERS), exact=True).first.is_visible()
        assert page.get_by_role("img").count() >= 3

        page.get_by_role("main").get_by_role("link", name="Repeat buyers", exact=True).click()
        at.see("did order at least 2 times")
        page.get_by_role("main").get_by_role("link", name=re.compile("Mäkinen")).first.click()
        at.see("In these segments, and why")
        repeat = page.locator("details.why", has_text="Repeat buyers").first
        if repeat.get_attribute("open") is None:
            repeat.locator("summary").first.click()
        assert repeat.get_by_text("did order at least 2 times").is_visible()
        assert repeat.locator("li").first.get_by_text("true:").count() == 1
        assert at.complaints == []


def test_every_page_fits_a_phone_and_a_desk_in_both_languages(browser: playwright.Browser, filled: str, orders: Path) -> None:
    """No page is wider than the window, in English or Finnish, and the browser complains of none."""
    with looking(browser) as at:
        at.page.goto(f"{filled}/customers?q=etu77")
        customer = at.page.get_by_role("main").get_by_role("link", name=re.compile("Mäkinen77")).get_attribute("href")
        upload(at, filled, orders)
        columns = at.page.url.removeprefix(filled)
    paths = [
        "/",
        "/?as_of=2024-01-01",
        "/segments",
        "/segments/buyers",
        "/customers",
        str(customer),
        "/import",
        columns,
        "/imports/1/rejected",
    ]
    too_wide = {}
    for width in WIDTHS:
        with looking(browser, width=width) as at:
            for language in ("en", "fi"):
                for path in paths:
                    at.page.goto(f"{filled}{path}{'&' if '?' in path else '?'}lang={language}")
                    if at.overflow() > 0:
                        too_wide[path, width, language] = at.overflow()
                    assert at.page.locator("html").get_attribute("lang") == language
            assert at.complaints == []
    assert too_wide == {}


def test_the_keyboard_reaches_the_content_first(browser: playwright.Browser, address: str) -> None:
    """The first stop of the Tab key is the way past the navigation, and it can be seen."""
    with looking(browser) as at:
        at.page.goto(address)
        at.page.keyboard.press("Tab")
        focused = at.page.locator(":focus")
        assert focused.inner_text() == "Skip to the content"
        box = focused.bounding_box()
        assert box is not None and box["x"] >= 0 and box["y"] >= 0
        at.page.keyboard.press("Enter")
        assert at.page.evaluate("document.activeElement.id") == "main"


def test_a_file_comes_in_without_a_script(browser: playwright.Browser, address: str, orders: Path) -> None:
    """Where scripts are off, the page of progress looks again by itself."""
    with looking(browser, script=False) as at:
        upload(at, address, orders)
        at.page.get_by_role("button", name="Import", exact=True).click()
        at.see("The file is in")
