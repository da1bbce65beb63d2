"""The builder's pages: without script, and in a real browser by the keyboard alone, in both languages and at both widths."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient

from lohko.model.condition import LEAVES
from lohko.model.edit import closed
from lohko.model.operators import OPERATORS
from lohko.model.parse import parse
from lohko.model.sentence import sentence
from lohko.steps.drafts import draft_of
from lohko.steps.work import Work
from lohko.web.builder_words import CHOICES, KINDS, LABELS
from web.small_shop import browsing, serving

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def client(shop: Work) -> Iterator[TestClient]:
    with browsing(shop) as found:
        yield found


def begin(client: TestClient, **given: str) -> str:
    answer = client.post("/builder", data=given, follow_redirects=False)
    assert answer.status_code == 303
    return answer.headers["location"].rpartition("/")[2]


def at(shop: Work, name: str) -> dict[str, str]:
    """What a form carries of the draft that it shows."""
    return {"revision": str(draft_of(shop, name).revision)}


def said(shop: Work, name: str) -> str:
    rule = closed(draft_of(shop, name).tree)
    return "" if rule is None else sentence(rule)


def test_a_rule_is_built_without_any_script(client: TestClient, shop: Work) -> None:
    """Every button posts the form and the page comes again; what was filled in before a button was pressed counts."""
    name = begin(client)
    page = client.post(f"/builder/{name}", data={"revision": "0", "menu:": "attribute:city", "do": "menu:"})
    assert page.status_code == 200 and "city is known" in page.text
    page = client.post(f"/builder/{name}", data={"revision": "1", "b:parts.0.test.op": "is", "menu:": "events:order", "do": "menu:"})
    page = client.post(f"/builder/{name}", data={"revision": "2", "b:parts.0.test.operands.0.value": "Tampere", "do": "turn:parts.1:not"})
    assert said(shop, name) == 'city is "Tampere" and did not order'
    for panel in ("count", "funnel", "figures", "sample", "overlap", "growth"):
        assert client.get(f"/builder/{name}", params={"show": panel}).status_code == 200
        assert client.get(f"/builder/{name}/panel/{panel}", params={"revision": 3}).status_code == 200
        assert client.get(f"/builder/{name}/panel/{panel}", params={"revision": 2}).status_code == 204
    numbers = client.get(f"/builder/{name}/growth.csv")
    assert numbers.content.startswith(b"\xef\xbb\xbfDay,People\n") and len(numbers.text.splitlines()) > 10
    assert client.get(f"/builder/{name}/growth.svg").text.startswith("<svg xmlns=")
    facts = client.get(f"/builder/{name}/field", params={"revision": 3, "name": "city", "card": "parts.0"})
    assert "pick:parts.0:Oulu" in facts.text
    assert client.post(f"/builder/{name}", data={"revision": "3", "do": "pick:parts.0:Oulu"}).status_code == 200
    assert said(shop, name) == 'city is "Oulu" and did not order'


def test_what_is_wrong_is_said_in_its_place(client: TestClient, shop: Work) -> None:
    """A text that cannot be read keeps its words and shows the place; a wrong number is refused in words; so is an old page."""
    name = begin(client, text="did order at least 2 times")
    page = client.post(f"/builder/{name}", data={"revision": "0", "text": "did order and city iz Turku", "do": "text"})
    assert "did order and city iz Turku" in page.text and "The cards show the last rule that could be read" in page.text
    page = client.post(f"/builder/{name}", data={"revision": "1", "b:parts.0.test.operands.0.value": "plenty", "do": ""})
    assert "no number that can be asked about" in page.text
    page = client.post(f"/builder/{name}", data={"revision": "0", "do": "undo"})
    assert "changed elsewhere" in page.text
    assert said(shop, name) == "ordered at least 2 times"
    finnish = client.post(f"/builder/{name}?lang=fi", data={"revision": "0", "do": "undo"})
    assert "muutettiin tällä välin muualla" in finnish.text
    client.cookies.clear()
    assert client.post("/builder", data={"text": "city iz"}).status_code == 200
    assert client.get("/builder/0000").status_code == 404


def test_what_is_shown_masked_is_not_taken_for_a_change(client: TestClient, shop: Work) -> None:
    """Whoever sees no names gets an address of a rule masked: sending the form back leaves the rule as it is."""
    name = begin(client, text='email is "c1@example.fi"')
    for given in ({"b:parts.0.test.operands.0.value": "c•••@•••", "do": ""}, {"text": 'email is "c•••@•••"', "do": "text"}):
        client.post(f"/builder/{name}", data={"revision": str(draft_of(shop, name).revision), **given})
        assert said(shop, name) == 'email is "c1@example.fi"'


def test_saving_and_versions(client: TestClient, shop: Work) -> None:
    """From a draft to a segment and its versions, and back to an earlier one."""
    name = begin(client, starter="vip")
    taken = client.post(f"/builder/{name}/save", data={"segment": "twice", "title": "Twice", **at(shop, name)})
    assert taken.status_code == 400 and "already" in taken.text
    page = client.post(f"/builder/{name}/save", data={"segment": "our-vips", "title": "Our VIPs", **at(shop, name)})
    assert "Version 1" in page.text
    client.post(f"/builder/{name}", data={"revision": str(draft_of(shop, name).revision), "text": "did order", "do": "text"})
    page = client.post(f"/builder/{name}/save", data={"segment": "our-vips", **at(shop, name)})
    assert "Version 2" in page.text
    page = client.post("/builder/versions/our-vips/1/restore")
    assert "Version 3" in page.text
    assert client.post(f"/builder/{name}/newer").status_code == 200
    assert name not in client.post(f"/builder/{name}/drop").text


def test_every_word_of_the_cards_is_there() -> None:
    """A kind of condition, a field or a choice that the cards have no words for makes this fail."""
    from hypothesis import find, settings
    from hypothesis.errors import NoSuchExample

    from any_trees import conditions, kinds
    from builder.by_edits import SCOPE
    from lohko.model import edit
    from lohko.model.blanks import Blank, blanks

    assert {kind.__dataclass_fields__["node"].default for kind in LEAVES} <= set(KINDS)
    named = ("name", "event", "other", "property", "by", "segment", "among", "purpose", "n", "then")
    seen: set[str] = set()

    def unsaid(rule: object) -> bool:
        seen.update(kinds(rule))
        for _, item in edit.cards(edit.opened(rule)):  # type: ignore[arg-type]
            node = item.part if item.node == "not" else item
            for blank in blanks(node, SCOPE) if node.node not in ("and", "or") else ():
                if blank.of != "op" and blank.of not in LABELS:
                    return True
                chosen = isinstance(blank, Blank) and blank.form == "choice" and blank.of not in named
                if chosen and not set(blank.choices) <= CHOICES[blank.of].keys():
                    return True
        return False

    with pytest.raises(NoSuchExample):
        find(conditions, unsaid, settings=settings(max_examples=150, deadline=None))
    assert len(seen) > len(OPERATORS)


# --- in a browser ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(shop: Work) -> Iterator[str]:
    with serving(shop) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        yield found
        found.close()


def looking(browser: playwright.Browser, address: str, width: int = 1440, language: str = "en-GB", scheme: str = "light"):
    """A page, and what its browser complained about or asked of another machine."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale=language, color_scheme=scheme)
    context.set_default_timeout(30_000)
    page, complaints = context.new_page(), []
    page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(address) else complaints.append(request.url))
    return page, complaints


def ready(page: playwright.Page) -> None:
    """Until all that stands beside the rule is there."""
    playwright.expect(page.locator(".panel[aria-busy=true]")).to_have_count(0, timeout=60_000)
    playwright.expect(page.locator(".panel-growth svg")).to_have_count(1, timeout=60_000)


@dataclass(frozen=True)
class Typed:
    """What somebody types who reads one language."""

    browser: str
    town: str
    one_of: str
    order: str
    begun: str
    name: str
    known: str
    title: str


@pytest.mark.slow
@pytest.mark.parametrize(
    "typed",
    [
        Typed("en-GB", "Town", "is one of", "Order", " and cou", "country", " is known", "Tampereen ostajat"),
        Typed("fi-FI", "Paikkakunta", "on jokin", "Tilaus", "", "", "", "Ostajat Tampereella"),
    ],
    ids=["en", "fi"],
)
def test_the_builder_by_keyboard_alone(browser: playwright.Browser, address: str, shop: Work, typed: Typed) -> None:
    """From the list to a saved segment without a mouse, in both languages: add, fill in, move, undo, save; and write as text with a completion."""
    page, complaints = looking(browser, address, language=typed.browser)
    ordered = sentence(parse("did order").condition, typed.browser[:2])
    keys = page.keyboard

    def press(*names: str) -> None:
        for name in names:
            keys.press(name)

    def reach(selector: str) -> None:
        """By Tab, as somebody without a mouse does."""
        for _ in range(150):
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            keys.press("Tab")
        raise AssertionError(f"Tab never comes to {selector}")

    def count_is(text: str) -> None:
        playwright.expect(page.locator(".big-count strong")).to_have_text(text)

    page.goto(f"{address}/builder")
    reach("main form[action='/builder'] button")
    press("Enter")
    page.wait_for_url(re.compile("/builder/[0-9a-f]+"))
    draft = page.url.rpartition("/")[2]
    count_is("41")

    reach(".outermost > .add .menu")
    keys.type(typed.town)
    press("Enter")
    playwright.expect(page.locator("#b-parts\\.0\\.name")).to_be_focused()  # the hand is on what was added
    reach("#b-parts\\.0\\.test\\.op")
    keys.type(typed.one_of)
    playwright.expect(page.locator("#b-parts\\.0\\.test\\.operands\\.0\\.value")).to_be_visible()
    playwright.expect(page.locator("#b-parts\\.0\\.test\\.op")).to_be_focused()
    reach("#b-parts\\.0\\.test\\.operands\\.0\\.value")
    keys.type("Tampere")
    press("Tab")
    playwright.expect(page.locator("#b-parts\\.0\\.test\\.operands\\.1\\.value")).to_have_count(1)
    count_is(str(page.evaluate("0") + sum(n % 3 == 0 for n in range(1, 41))))

    reach(".outermost > .add .menu")
    keys.type(typed.order)
    for _ in range(100):  # other choices may begin with the same letters
        if page.evaluate("() => document.activeElement.value") == "events:order":
            break
        press("ArrowDown")
    press("Enter")
    playwright.expect(page.locator("[id='i-parts.1']")).to_have_count(1)
    playwright.expect(page.locator("[id='i-parts.1'] .card-said")).to_have_text(ordered)
    press("Alt+ArrowUp")
    playwright.expect(page.locator("[id='i-parts.0'] .card-said")).to_have_text(ordered)
    playwright.expect(page.locator("[id='i-parts.0']")).to_be_focused()
    press("Control+z")
    playwright.expect(page.locator("[id='i-parts.1'] .card-said")).to_have_text(ordered)
    press("Control+Shift+Z")
    playwright.expect(page.locator("[id='i-parts.0'] .card-said")).to_have_text(ordered)
    assert said(shop, draft) == 'ordered and city is one of "Tampere"'

    if typed.begun:
        reach(".as-text summary")
        press("Enter")
        reach("#text")
        press("Control+End")
        keys.type(typed.begun)
        playwright.expect(page.locator("#offers li").first).to_have_text(re.compile(typed.name), timeout=60_000)
        press("ArrowDown", "Enter")
        keys.type(typed.known)
        press("Control+Enter")
        playwright.expect(page.locator("[id='i-parts.2'] .card-said")).to_have_text(f"{typed.name}{typed.known}")

    ready(page)
    reach("#save-title")
    keys.type(typed.title)
    press("Enter")
    page.wait_for_url(f"**/builder/versions/{typed.title.lower().replace(' ', '-')}")
    playwright.expect(page.locator("main")).to_contain_text(re.compile("Versio[n]? 1"))
    assert complaints == []
    page.context.close()


@pytest.mark.slow
def test_undo_that_has_undone_all_hands_the_focus_on(browser: playwright.Browser, address: str) -> None:
    """A button that has nothing left to do is off; the keyboard is not sent back to the top of the page, but to the one beside it."""
    page, complaints = looking(browser, address)
    page.goto(f"{address}/builder")
    page.get_by_role("button", name="Begin with nothing").click()
    page.locator(".outermost > .add .menu").select_option("events:order")
    page.locator(".outermost > .add button").click()
    playwright.expect(page.locator(".rule-card")).to_have_count(1)
    page.locator("#undo").press("Enter")
    playwright.expect(page.locator("#redo")).to_be_focused()
    page.locator("#redo").press("Enter")
    playwright.expect(page.locator("#undo")).to_be_focused()
    assert complaints == []
    page.context.close()
