"""Every page, looked at once in light English on a desk and once in dark Finnish on a telephone: nothing that anybody would stumble over."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from lohko.web.access import ROUTES
from lohko.web.app import create_app
from look.every_page import NO_PAGES, PAGES, Page
from look.judged import FAINT, FRAME, LOUD, NAMELESS
from look.shown_shop import fill, reached, still_clock
from web.small_shop import new_workspace, opened, serving

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--hide-scrollbars", "--force-color-profile=srgb", "--font-render-hinting=none"]  # fmt: skip
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}, "resultTypes": ["violations"]}
"""All rules of WCAG 2.2 AA; what passes is not told one by one, which takes longer than to look."""
SAID_ELSEWHERE = {"rules": {"color-contrast": {"enabled": False}}}
"""axe's own measuring of contrast takes longer than all its other rules together, so it looks once: at every page in light, and in dark at the page
of all pieces. FAINT measures every text of every page, in both, and what is in pictures too, which axe leaves out."""
DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "pictures"
TALLEST = 1600
"""So many px of a page stand in its picture; longer ones go on below."""


@dataclass(frozen=True)
class Places:
    """Where the shop and the empty workspace are served, and what stands for the names in addresses."""

    full: str
    empty: str
    made: dict[str, str]

    def of(self, page: Page) -> str:
        return (self.empty if page.empty else self.full) + page.address.format(**self.made)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    folder = tmp_path_factory.mktemp("every-page")
    (folder / "files").mkdir()
    with (
        still_clock(),
        opened(new_workspace(folder / "kotipuoti")) as work,
        opened(new_workspace(folder / "uusi-kauppa")) as nothing,
        serving(nothing) as empty,
    ):
        fill(work, folder / "files")
        app = create_app(work)
        made = reached(work, app, folder / "files")
        with serving(work, app) as full:
            yield Places(full, empty, made)


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


class Looking:
    """One window of a browser, and what it complained about or asked of another machine."""

    def __init__(self, browser: playwright.Browser, places: Places, *, width: int, scheme: str, language: str) -> None:
        self.places, self.complaints = places, list[str]()
        self.context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale={"en": "en-GB", "fi": "fi-FI"}[language],
            timezone_id="Europe/Helsinki",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()
        self.page.on("console", lambda line: self.complaints.append(line.text) if line.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "request",
            lambda request: (
                None if request.url.startswith((places.full, places.empty, "data:", "blob:")) else self.complaints.append(request.url)
            ),
        )

    def open(self, page: Page) -> None:
        self.context.clear_cookies()
        if page.signed_in:
            self.context.add_cookies([{"name": "lohko_session", "value": self.places.made["session"], "url": self.places.full}])
        answer = self.page.goto(self.places.of(page))
        assert answer is not None and answer.status == page.status, page.address
        if page.status != 200:
            self.complaints = [line for line in self.complaints if str(page.status) not in line]
        if page.address == "/builder/{draft}":
            playwright.expect(self.page.locator(".panel[aria-busy=true]")).to_have_count(0, timeout=60_000)
            playwright.expect(self.page.locator(".panel-growth svg")).to_have_count(1, timeout=60_000)

    def unfold(self) -> None:
        self.page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")


def way_past(page: playwright.Page) -> bool:
    """Whether the first stop of the Tab key is the link to the content, which can be seen and leads there.

    A page without navigation has nothing to go past, and one that begins in its content is past it.
    """
    if not page.locator("nav").count() or page.evaluate("() => document.activeElement.closest('main') !== null"):
        return True
    page.keyboard.press("Tab")
    stop = page.evaluate("() => [document.activeElement.className, document.activeElement.getBoundingClientRect().top >= 0]")
    page.keyboard.press("Enter")
    return stop == ["skip", True] and page.evaluate("() => document.activeElement.id") == "main"


def violations(page: playwright.Page, *, contrast: bool = True) -> list[str]:
    """What axe finds."""
    found = axe.Axe().run(page, options=RULES | ({} if contrast else SAID_ELSEWHERE)).response["violations"]
    return [f"{item['id']}: {[node['html'][:160] for node in item['nodes']][:3]}" for item in found]


def test_every_page_has_an_example_here() -> None:
    """A route that answers with a page and has no address to look at makes this fail; so does one that is gone."""
    routes = {path for method, path in ROUTES if method == "GET" and not path.startswith("/api/")}
    shown = {page.route for page in PAGES.values()} - {""}
    assert routes - NO_PAGES == shown
    assert routes >= NO_PAGES and not NO_PAGES & shown


def test_every_page_has_its_pictures_and_a_sentence() -> None:
    """`make pictures` makes them; what each shows is said in the guide."""
    wanted = {f"{name}-{scheme}.png" for name in PAGES for scheme in ("light", "dark")}
    assert {path.name for path in PICTURES.glob("*.png")} == wanted
    said = set(re.findall(r"pictures/([a-z0-9-]+\.png)", (DOCS / "guide" / "pages.md").read_text()))
    assert said == wanted
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 8_000_000


@pytest.mark.parametrize(("language", "scheme", "widths"), [("en", "light", (1280, 2560)), ("fi", "dark", (390, 320))])
def test_nobody_stumbles_over_a_page(
    browser: playwright.Browser, places: Places, language: str, scheme: str, widths: tuple[int, int]
) -> None:
    """axe finds nothing, nothing is without a name, faint, moving or wider than the window, all focus is seen, the keyboard gets past the navigation, and no
    other machine is asked.

    320 px is a window of 1280 px at 400 % zoom.
    """
    at = Looking(browser, places, width=widths[0], scheme=scheme, language=language)
    wrong: dict[str, object] = {}
    for name, page in PAGES.items():
        at.open(page)
        past = way_past(at.page)
        at.unfold()
        frame = at.page.evaluate(FRAME)
        over = {widths[0]: frame["over"]}
        found = {
            "no way past the navigation": not past,
            "axe": violations(at.page, contrast=scheme == "light" or name == "components"),
            "nameless": at.page.evaluate(NAMELESS),
            "faint": at.page.evaluate(FAINT),
            "without a mark": at.page.evaluate(LOUD),
            "moving": frame["moving"],
        }
        at.page.set_viewport_size({"width": widths[1], "height": 900})
        over[widths[1]] = at.page.evaluate(FRAME)["over"]
        at.page.set_viewport_size({"width": widths[0], "height": 900})
        found |= {"too wide": {width: px for width, px in over.items() if px > 0}}
        spoken = "en" if name == "report-shared" else language  # in the language of those it was made for
        assert (frame["h1"], frame["lang"]) == (1, spoken), name
        assert frame["title"].endswith("· Lohko") and len(frame["title"]) > 9, name
        if any(found.values()):
            wrong[name] = {key: value for key, value in found.items() if value}
    at.context.close()
    assert wrong == {}
    assert at.complaints == []


def test_the_pictures_of_all_pages(browser: playwright.Browser, places: Places, request: pytest.FixtureRequest) -> None:
    """Only on demand: one picture of each page in light and in dark, as somebody who reads English sees it on a desk."""
    if not request.config.getoption("--pictures", default=False):
        pytest.skip("only with --pictures")
    PICTURES.mkdir(exist_ok=True)
    at = Looking(browser, places, width=1280, scheme="light", language="en")
    for name, page in PAGES.items():
        at.open(page)
        height = min(TALLEST, int(at.page.evaluate("document.documentElement.scrollHeight")))
        for scheme in ("light", "dark"):
            at.page.emulate_media(color_scheme=scheme)
            clip = {"x": 0, "y": 0, "width": 1280, "height": height}
            shot = at.page.screenshot(full_page=True, clip=clip, animations="disabled", caret="hide")
            with Image.open(io.BytesIO(shot)) as image:
                _of_few_colours(image.convert("RGB")).save(PICTURES / f"{name}-{scheme}.png", optimize=True)
        at.page.emulate_media(color_scheme="light")
    at.context.close()
    for old in {path.name for path in PICTURES.glob("*.png")} - {f"{name}-{scheme}.png" for name in PAGES for scheme in ("light", "dark")}:
        (PICTURES / old).unlink()


def _of_few_colours(image: Image.Image) -> Image.Image:
    """The picture in its commonest colours, which are those of the design; what lies between them at the edges of letters takes the nearest."""
    common = sorted(image.getcolors(1 << 24) or (), reverse=True)[:128]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, colour in common for part in colour])  # type: ignore[union-attr]
    return image.quantize(palette=palette, dither=Image.Dither.NONE)
