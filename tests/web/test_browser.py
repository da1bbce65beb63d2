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


def test_every_page_fits_a_phone_and_a_desk_in_both_languages(browser: playwright.Browser, filled: str, orders: Path) -> None:
    """No page is wider than the window, in English or Finnish, and the browser complains of none."""
    with looking(browser) as at:
        paths = [*every_page(at, filled, orders), "/?as_of=2024-01-01"]
    too_wide = {}
    for width in WIDTHS:
        with looking(browser, width=width) as at:
            for language in ("en", "fi"):
                for path in paths:
                    at.open(f"{filled}{path}{'&' if '?' in path else '?'}lang={language}")
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
        at.page.get_by_role("button", name="Bring it in").click()
        at.see("The file is in")


NAMELESS = """() => {
    const named = (node) => {
        const label = node.getAttribute("aria-label");
        const by = (node.getAttribute("aria-labelledby") || "").split(/\\s+/).filter(Boolean).map((id) => document.getElementById(id));
        return (label && label.trim()) || (by.length > 0 && by.every((item) => item && item.textContent.trim()));
    };
    const said = (node) => node.outerHTML.slice(0, 120);
    const found = [];
    for (const node of document.querySelectorAll("svg"))
        if (!node.closest("[aria-hidden=true]") && !(node.getAttribute("role") === "img" && named(node))) found.push(said(node));
    for (const node of document.querySelectorAll("img")) if (!node.hasAttribute("alt")) found.push(said(node));
    for (const node of document.querySelectorAll("input:not([type=hidden]), select, textarea, progress"))
        if (!named(node) && !(node.labels && [...node.labels].some((label) => label.textContent.trim()))) found.push(said(node));
    for (const node of document.querySelectorAll("a, button, summary, [role=region]"))
        if (!named(node) && !node.textContent.trim()) found.push(said(node));
    for (const node of document.querySelectorAll("table")) if (!node.querySelector("th[scope]")) found.push(said(node));
    const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
    found.push(...ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `two of #${id}`));
    let level = 0;
    for (const node of document.querySelectorAll("h1, h2, h3, h4")) {
        const next = Number(node.tagName[1]);
        if (next > level + 1) found.push(`after h${level}: ${said(node)}`);
        level = next;
    }
    return found;
}"""

FAINT = """() => {
    const parse = (text) => {
        const found = text.match(/(rgba?|color)\\((srgb )?([^)]+)\\)/);
        if (!found) return null;
        const [r, g, b, a = 1] = found[3].split(/[\\s,\\/]+/).map(Number);
        return found[2] ? { r: r * 255, g: g * 255, b: b * 255, a } : { r, g, b, a };
    };
    const light = ({ r, g, b }) => {
        const [x, y, z] = [r, g, b].map((v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (node) => {
        for (let up = node; up; up = up.parentElement) {
            const square = up.matches("g.cell") ? up.querySelector("rect") : null;
            const style = getComputedStyle(square || up);
            const colors = (style.backgroundImage.match(/rgb\\([^)]+\\)/g) || [square ? style.fill : style.backgroundColor]).map(parse);
            if (colors.every((color) => color && color.a === 1)) return colors;
        }
        return [{ r: 255, g: 255, b: 255, a: 1 }];
    };
    const found = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const node = walk.currentNode.parentElement;
        if (!walk.currentNode.textContent.trim() || node.closest("title, desc, script, option, .skip, .hidden") || !node.checkVisibility()) continue;
        const style = getComputedStyle(node);
        const color = parse(node.closest("svg") ? style.fill : style.color);
        if (!color) continue;
        const ratio = Math.min(...behind(node).map((ground) => {
            const [a, b] = [light(color), light(ground)].sort((x, y) => y - x);
            return (a + 0.05) / (b + 0.05);
        }));
        const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio < (large ? 3 : 4.5)) found.add(`${ratio.toFixed(2)} ${node.tagName}.${node.getAttribute("class")} ${walk.currentNode.textContent.trim().slice(0, 40)}`);
    }
    return [...found];
}"""

STOPS = """() => {
    const style = getComputedStyle(document.activeElement);
    const box = document.activeElement.getBoundingClientRect();
    return {
        what: document.activeElement.outerHTML.slice(0, 100),
        over: document.activeElement === document.body,
        // A browser's own button inside a field, such as the calendar's, has a mark of the browser's own.
        marked: !document.activeElement.matches(":focus") || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none",
        inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""


def every_page(at: Looking, address: str, orders: Path) -> list[str]:
    """The address of every page of a filled workspace, an unknown one and a file that waits for its columns among them."""
    at.page.goto(f"{address}/customers?q=etu77")
    customer = at.page.get_by_role("main").get_by_role("link", name=re.compile("Mäkinen77")).get_attribute("href")
    upload(at, address, orders)
    columns = at.page.url.removeprefix(address)
    return ["/", "/segments", "/segments/buyers", "/customers", f"{customer}", "/import", columns, "/imports/1/rejected", "/nothing"]


def test_every_picture_field_and_control_has_a_name(browser: playwright.Browser, filled: str, orders: Path) -> None:
    """Whoever hears the pages instead of seeing them knows what each thing is; ids are unique and headings do not skip."""
    with looking(browser) as at:
        nameless = {}
        for path in every_page(at, filled, orders):
            at.open(filled + path)
            if found := at.page.evaluate(NAMELESS):
                nameless[path] = found
        assert nameless == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_told_from_its_ground(browser: playwright.Browser, filled: str, orders: Path, scheme: str) -> None:
    """At least 4.5 to 1 (3 to 1 where it is large), in light and dark, the squares of the heat map too."""
    with looking(browser) as at:
        at.page.emulate_media(color_scheme=scheme)
        faint = {}
        for path in every_page(at, filled, orders):
            at.open(filled + path)
            if found := at.page.evaluate(FAINT):
                faint[path] = found
        assert faint == {}


def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser: playwright.Browser, filled: str, orders: Path) -> None:
    """Each stop of the Tab key is marked and within the window, and there is a way out at the end."""
    with looking(browser) as at:
        for path in every_page(at, filled, orders):
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
