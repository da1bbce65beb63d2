"""Rules and explanations in the language of the page, and in the language that a program asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lohko.steps.segments import apply
from lohko.steps.work import silent
from web.small_shop import bring_in, browsing, new_workspace, opened

PEOPLE = (
    "customer_id,city,country,tags,open_deal,latitude,longitude,points\n"
    'ann,Tampere,Suomi,"vip, ""two, words"", <b>",2,61.4978,23.7610,1.50\n'
    "bo,Oulu,FI,b2b,0,,,3\n"
)
ORDERS = "customer_id,order_id,ordered_at,total\nann,1,2026-01-05,50\nann,2,2026-03-01,20.50\nbo,3,2025-01-05,500\n"
RULES = {
    "nearby": 'city is "Tampere" and country is "FI" and did order at least 2 times in last 20 years',
    "either": 'in segment nearby or (open_deal is yes and not (sum of total of order > 60 and city is "Oulu"))',
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("said")
    with opened(new_workspace(folder / "said")) as work:
        bring_in(work, PEOPLE, "customers", "people.csv")
        bring_in(work, ORDERS, "orders", "orders.csv")
        apply(work, silent, files={f"{name}.yaml": f"id: {name}\nwhere: '{rule}'\n" for name, rule in RULES.items()})
        with browsing(work) as client:
            yield client


def person(shop: TestClient, number: str) -> str:
    return next(item["person_id"] for item in shop.get(f"/api/v1/customers?q={number}").json()["customers"] if item["customer"] == number)


def words(page: str) -> str:
    """What a page says, on one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))


def test_a_segments_page_says_its_rule_in_the_language_of_the_page(shop):
    """The same rule in English and in Finnish, with the country's name in that language."""
    english, finnish = (shop.get(f"/segments/nearby?lang={language}").text for language in ("en", "fi"))
    assert "ordered at least 2 times in the last 20 years" in words(english) and "country is Finland" in words(english)
    assert "on tilannut vähintään 2 kertaa viimeisten 20 vuoden aikana" in words(finnish) and "asiakkaan maa on Suomi" in words(finnish)
    assert "Asiakkaat, jotka täyttävät kaikki ehdot:" in words(finnish) and "ordered" not in words(finnish)


def test_a_customers_page_explains_in_the_language_of_the_page(shop):
    """Every condition of the tree, those of the segments within it too."""
    address = f"/customers/{person(shop, 'ann')}"
    english, finnish = (words(shop.get(f"{address}?lang={language}").text) for language in ("en", "fi"))
    for said in ('city is "Tampere"', "ordered at least 2 times", "is in segment nearby"):
        assert said in english
    for said in ('asuu kunnassa "Tampere"', "on tilannut vähintään 2 kertaa", 'kuuluu segmenttiin "nearby"', "asiakkaalla on avoin kauppa"):
        assert said in finnish
    assert "ordered" not in finnish and "on tilannut" not in english


def test_programs_get_english_unless_they_ask_for_finnish(shop):
    """The browser's language does not change what the API says; `language` does, and must be one that is known."""
    asked = "/api/v1/segments/nearby"
    rule = shop.get(asked, headers={"accept-language": "fi"}).json()["rule"]
    assert "ordered at least 2 times" in rule
    assert "on tilannut vähintään 2 kertaa" in shop.get(f"{asked}?language=fi").json()["rule"]
    assert shop.get(f"{asked}?language=sv").status_code == 400
    traces = shop.get(f"/api/v1/customers/{person(shop, 'bo')}?language=fi").json()["segments"]
    assert traces[0]["trace"]["text"] in ("and", "or") and "asuu kunnassa" in str(traces)


def test_what_is_known_of_a_customer_is_shown_by_its_kind(shop):
    """Tags one by one, yes as yes, numbers without idle zeros; in JSON a set is a list."""
    ann = person(shop, "ann")
    known = {item["name"]: item["value"] for item in shop.get(f"/api/v1/customers/{ann}").json()["attributes"]}
    assert known["tags"] == ["vip", "two, words", "<b>"]
    assert (known["open_deal"], known["latitude"], known["longitude"], known["points"]) == ("true", "61.4978", "23.761", "1.5")
    page = shop.get(f"/customers/{ann}?lang=fi").text
    assert "<span>two, words</span>" in page and "<span>&lt;b&gt;</span>" in page
    assert "Avoin kauppa kyllä" in words(page) and "Leveysaste 61,4978" in words(page)
