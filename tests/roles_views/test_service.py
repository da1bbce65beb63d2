"""Finding a customer by whatever they say, and what is open; every search is noted, and never what was typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from access.people_who_use import Doors
from lohko.state.audit import entries
from lohko.steps.service import find_customer, service
from lohko.steps.work import Work, silent


@pytest.mark.parametrize(
    ("said", "name", "how"),
    [
        ("late", "Laila Lento", "number"),
        (" LATE@Example.fi ", "Laila Lento", "email"),
        ("+358 40 100 0001", "Laila Lento", "phone"),
        ("0401000001", "Laila Lento", "phone"),
        ("T-late-2", "Laila Lento", "order_id"),
        ("#T-late-2", "Laila Lento", "order_id"),
        ("9001", "Laila Lento", "ticket_id"),
        ("d1", "Yrjö Yhteys", "deal_id"),
        ("laila lento", "Laila Lento", "words"),
        ("Lento", "Laila Lento", "words"),
        ("Lalia Lenot", "Laila Lento", "alike"),
        ("Hiipnuut", "Sirpa Hiipunut", "alike"),
        ("lait@example.fi", "Laila Lento", "alike"),
    ],
)
def test_a_customer_is_found_by(firm: Work, said: str, name: str, how: str) -> None:
    found = find_customer(firm, silent, q=said)["customers"]
    assert (found[0]["name"], found[0]["how"]) == (name, how)
    if how not in ("words", "alike"):
        assert len(found) == 1


def test_who_is_meant_exactly_comes_before_who_is_only_named_so(firm: Work) -> None:
    """A customer's number may be a part of somebody's name; alike is only looked for when nobody else is found."""
    found = find_customer(firm, silent, q="n1")["customers"]
    assert (found[0]["customer"], found[0]["how"]) == ("n1", "number") and {row["how"] for row in found[1:]} == {"words"}
    assert find_customer(firm, silent, q="Xyzzy Qwertyinen")["customers"] == []
    assert find_customer(firm, silent, q="  ")["total"] == 0
    few = find_customer(firm, silent, q="väkinen", limit=5)
    assert (len(few["customers"]), few["total"]) == (5, 30)


def test_a_search_is_noted_without_what_was_typed(firm: Work) -> None:
    found = find_customer(firm, silent, q="Hiipunut Sirpa")
    with firm.state.connect() as connection:
        last = entries(connection, 1, "customers_searched")[0]
    assert (last.detail["found"], last.people) == (1, tuple(row["person_id"] for row in found["customers"]))
    assert "hiipunut" not in str(last).casefold()


def test_who_waits_longest_comes_first_and_what_is_solved_is_not_open(firm: Work) -> None:
    found = service(firm, silent)
    assert [(row["name"], row["subject"], row["number"], row["days"]) for row in found["open"]] == [
        ("Laila Lento", "Takki hukassa", "9001", 9),
        ("Tiina Tuore", "Vaihto", "9002", 3),
    ]
    assert found["open_total"] == 2


def test_an_exact_number_leads_to_the_card_with_everything_at_a_glance(doors: Doors) -> None:
    answer = doors.by("marketer", "GET", "/service?q=9001")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/customers/")
    card = doors.by("marketer", "GET", answer.headers["location"]).text
    glance = card[card.index('id="glance-h"') : card.index('class="figures"')]
    assert "Takki hukassa" in glance and "T-late-3" in glance and 'href="tel:+358401000001"' in glance and "Note a call" in glance
    several = doors.by("marketer", "GET", "/service?q=Lalia+Lenot")
    assert "these are alike" in several.text and "by a name that is alike" in several.text
    masked = doors.by("analyst", "GET", answer.headers["location"]).text
    assert "Lento" not in masked and "401000001" not in masked and "Note a call" not in masked
    # what people wrote to people may name anybody: numbers stand there
    assert "Takki hukassa" in card and "Takki hukassa" not in masked and "9001" in masked
    seller = doors.by("marketer", "GET", "/service?q=d1").headers["location"]
    assert "Uudet koneet" in doors.by("marketer", "GET", seller).text
    assert "Uudet koneet" not in doors.by("analyst", "GET", seller).text and "d1" in doors.by("analyst", "GET", seller).text


def test_management_is_one_sheet_of_paper(doors: Doors) -> None:
    """As a browser prints it."""
    sync_api = pytest.importorskip("playwright.sync_api")
    page_text = doors.by("marketer", "GET", "/management").text
    sheets = {name: Path(__file__).parents[2] / "src/lohko/web/static" / f"{name}.css" for name in ("tokens", "app", "pieces", "roles")}
    style = "".join(f"<style>{file.read_text()}</style>" for file in sheets.values())
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content(page_text.replace("</head>", f"{style}</head>"))
        printed = page.pdf(format="A4", prefer_css_page_size=True)
        browser.close()
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") == 1 or printed.count(b"/Count 1") >= 1
