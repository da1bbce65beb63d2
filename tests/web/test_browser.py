"""The five minutes in a real browser: a file comes in, segments are taken, a segment and a customer are read."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lohko.base.clock import now
from lohko.starter import usable
from lohko.steps.refresh import refresh
from lohko.steps.segments import apply
from lohko.steps.work import silent
from lohko.web.language import texts
from look.judged import STOPS
from web.small_shop import bring_in, new_workspace, opened, serving

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


class Looking:
    """A page with everything that its browser complained about."""

    def __init__(self, context: playwright.BrowserContext) -> None:
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda line: self.complaints.append(line.text) if line.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, address: str) -> None:
        """Go there and unfold everything; only the address that is not there may answer with an error."""
        answer = self.page.goto(address)
        assert answer is not None and answer.status == (404 if "/nothing" in address else 200), address
        if answer.status == 404:
            self.complaints = [line for line in self.complaints if "404" not in line]
        self.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

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
        page.get_by_role("button", name="Bring it in").click()

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
        at.see("ordered at least 2 times")
        page.get_by_role("main").get_by_role("link", name=re.compile("Mäkinen")).first.click()
        at.see("In these segments, and why")
        repeat = page.locator("details.why", has_text="Repeat buyers").first
        if repeat.get_attribute("open") is None:
            repeat.locator("summary").first.click()
        assert repeat.get_by_text("ordered at least 2 times").is_visible()
        assert repeat.locator("li").first.get_by_text("true:").count() == 1
        assert at.complaints == []


@pytest.fixture(scope="module")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their customers as a shop exports them; every third has allowed advertising."""
    lines = ["Asiakasnumero;Sukunimi;Etunimi;Sähköposti;Puhelin;Postinumero;Postitoimipaikka;Maa;Mainontalupa"]
    for n in range(1, BUYERS + 1):
        town, allowed = TOWNS[n % len(TOWNS)], "kyllä" if n % 3 == 0 else "ei"
        lines.append(f"{1000 + n};Mäkinen{n};Etu{n};asiakas{n}@example.fi;040 {1000000 + n};00100;{town};Suomi;{allowed}")
    file = tmp_path_factory.mktemp("files") / "asiakkaat.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("language", ["en", "fi"])
def test_the_newcomers_walk(browser: playwright.Browser, address: str, customers: Path, orders: Path, language: str) -> None:
    """From an empty workspace, by the guide, to the first segment of the builder and an audience file of those who have allowed it."""
    _ = texts(language).gettext  # type: ignore[arg-type]
    with looking(browser) as at:
        page, main = at.page, at.page.get_by_role("main")

        def guide() -> None:
            page.get_by_role("navigation", name=_("Pages")).get_by_role("link", name=_("Guide"), exact=True).click()
            page.wait_for_url("**/guide")

        def is_done(step: str, done: bool = True) -> None:
            playwright.expect(page.locator(f"#{step}")).to_have_class(re.compile(r"\bdone\b") if done else re.compile(r"^todo(?!.*done)"))

        page.goto(f"{address}/?lang={language}")
        at.see(_("Who are your customers?"))
        guide()
        is_done("customers", False)
        for file in (customers, orders):
            if file is customers:
                main.get_by_role("link", name=_("Go there")).click()
            else:
                main.get_by_role("link", name=_("Bring orders in")).click()
            page.get_by_label(_("File"), exact=True).set_input_files(file)
            page.get_by_role("button", name=_("Next: look at the columns")).click()
            at.see(_("What are the columns?"))
            page.get_by_role("button", name=_("Bring it in")).click()
            at.see(_("The file is in"))
            guide()
        for step in ("customers", "orders", "consent"):
            is_done(step)
        is_done("audience", False)

        page.get_by_role("navigation", name=_("Pages")).get_by_role("link", name=_("Build"), exact=True).click()
        page.get_by_role("button", name=_("Begin with nothing")).click()
        adding = page.locator(".outermost > .add")
        adding.locator(".menu").select_option("events:order")
        adding.get_by_role("button").click()
        playwright.expect(page.locator("[id='i-parts.0']")).to_be_visible(timeout=60_000)
        count = page.locator(".panel-count .big-count strong")
        playwright.expect(count).to_have_text(str(BUYERS), timeout=60_000)
        adding.locator(".menu").select_option("attribute:city")
        adding.get_by_role("button").click()
        page.locator("[id='b-parts.1.test.op']").select_option("is")
        page.locator("[id='b-parts.1.test.operands.0.value']").fill("Tampere")
        page.locator("[id='b-parts.1.test.operands.0.value']").press("Tab")
        there = [n for n in range(1, BUYERS + 1) if TOWNS[n % len(TOWNS)] == "Tampere"]
        playwright.expect(count).to_have_text(str(len(there)), timeout=60_000)
        page.locator("#save-title").fill("Tampereen ostajat")
        page.get_by_role("button", name=_("Save as a segment")).click()
        page.wait_for_url("**/builder/versions/tampereen-ostajat")

        main.get_by_role("link", name="Tampereen ostajat").first.click()
        main.get_by_role("link", name=_("Audience"), exact=True).click()
        at.see(_("In the file"))
        with page.expect_download() as taken:
            page.get_by_role("button", name=f"{_('Download the file')} (Google Ads)").click()
        rows = taken.value.path().read_text().splitlines()
        assert taken.value.suggested_filename == "tampereen-ostajat-google-ads.csv"
        assert rows[0] == "Email,Phone,First Name,Last Name,Country,Zip"
        assert len(rows) - 1 == len([n for n in there if n % 3 == 0]) > 0
        assert "@" not in "".join(rows[1:])
        guide()
        is_done("audience")
        assert at.complaints == []


def test_a_file_comes_in_without_a_script(browser: playwright.Browser, address: str, orders: Path) -> None:
    """Where scripts are off, the page of progress looks again by itself."""
    with looking(browser, script=False) as at:
        upload(at, address, orders)
        at.page.get_by_role("button", name="Bring it in").click()
        at.see("The file is in")


def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser: playwright.Browser, filled: str) -> None:
    """Each stop of the Tab key is marked and within the window, and there is a way out at the end."""
    with looking(browser) as at:
        for path in ("/", "/segments/buyers", "/import"):
            at.open(filled + path)
            for _ in range(300):
                at.page.keyboard.press("Tab")
                stop = at.page.evaluate(STOPS)
                if stop["over"]:
                    break
                assert stop["marked"] and stop["inside"], (path, stop)
            assert stop["over"], f"{path} has no end"


def test_names_without_end_do_not_widen_a_page(browser: playwright.Browser, tmp_path: Path) -> None:
    """A shop's own names can be of any length and without a space: of files, customers, towns, products and segments."""
    word = "Superkalifragilistinenekspialidootinen" * 4
    people = f"customer_id,email,first_name,last_name,city\n{word},{word}@example.fi,{word},{word},{word}\n"
    lines = f"customer_id,order_id,ordered_at,product_name,quantity,unit_price\n{word},{word},2024-05-01,{word},1,123456789.99\n"
    rule = f'city is "{word}" or did order where total > 5 and city is "x{word}"'
    with opened(new_workspace(tmp_path / ("selain" * 20))) as work:
        bring_in(work, people, "customers", f"{word}.csv")
        bring_in(work, f"{lines}{word},x,{word},{word},1,1\n", "order-lines", f"{word}-2.csv")
        apply(work, silent, files={"long.yaml": f"id: long\ntitle: {{en: {word}, fi: {word}}}\nwhere: '{rule}'\n"})
        refresh(work, silent)
        file = tmp_path / f"{word}.csv"
        file.write_text(lines.replace("product_name", word))
        with serving(work) as address:
            for width in WIDTHS:
                with looking(browser, width=width) as at:
                    at.open(f"{address}/customers")
                    customer = at.page.locator("main a[href^='/customers/']").first.get_attribute("href")
                    upload(at, address, file)
                    columns = at.page.url.removeprefix(address)
                    for path in (
                        "/",
                        "/segments",
                        "/segments/long",
                        "/customers",
                        str(customer),
                        "/import",
                        columns,
                        "/imports/2/rejected",
                    ):
                        at.open(address + path)
                        assert at.overflow() <= 0, (path, width)
