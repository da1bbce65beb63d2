"""What another rule would change is said before it is kept, on the page as on the command line, and is what then changes."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from formats import bringing
from formats.bringing import workspace
from lohko.base.errors import InputError
from lohko.steps.registry import STEPS
from lohko.steps.work import silent
from lohko.web.app import create_app

SHOP = "customer_id,email,first_name,city,updated_at\n1,a@x.fi,Aino,Turku,2026-01-01\n2,b@x.fi,Eino,Salo,2026-01-01\n3,c@x.fi,Oiva,Oulu,2026-01-01\n4,d@x.fi,Lumi,Lahti,2026-01-01\n"
CRM = "customer_id,email,first_name,city,updated_at\n91,a@x.fi,Aino,Turku,2026-02-01\n92,b@x.fi,Eino,Helsinki,2026-02-01\n93,c@x.fi,Oiva,Rauma,2026-02-01\n"
SAID = {"people": 3, "other_value": 2, "from_sources": [{"source": "crm", "now": 3, "then": 0}, {"source": "shop", "now": 0, "then": 3}]}


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Three people are in a shop and a CRM, two of them with different towns; a fourth is in the shop alone."""
    with workspace(tmp_path_factory.mktemp("survivors")) as found:
        for text, source in ((SHOP, "shop"), (CRM, "crm")):
            bringing.bring(found, "file.csv", text, kind="customers", source=source)
        yield found


def towns(work):
    found = [STEPS["person_values"](work, silent, customer=customer)["attributes"] for customer in "123"]
    return [next(item["value"] for item in items if item["name"] == "city") for items in found]


def test_a_preview_says_what_would_change_and_changes_nothing(work):
    before, version = towns(work), work.data_version()
    found = STEPS["survivorship_preview"](work, silent, attribute="city", rule="source priority", sources=["shop", "crm"])
    assert {name: found[name] for name in SAID} == SAID
    assert STEPS["survivorship_preview"](work, silent, attribute="city", rule="most recent")["other_value"] == 0
    assert (towns(work), work.data_version()) == (before, version) == (["Turku", "Helsinki", "Rauma"], version)
    with pytest.raises(InputError, match="No source is called"):
        STEPS["survivorship_preview"](work, silent, attribute="city", rule="source priority", sources=["nowhere"])


def test_the_page_shows_it_and_keeps_it(work):
    """In both languages; what is kept is what was said, and the customer's page says whose value counts and by which rule."""
    app = TestClient(create_app(work), base_url="http://127.0.0.1", follow_redirects=True)
    asked = {"attribute": "city", "rule": "source priority", "source": ["shop", "crm"]}
    assert "2 people would have another value" in app.get("/survivorship", params=asked).text
    assert "2 ihmistä saisi toisen arvon" in app.get("/survivorship", params=asked, headers={"accept-language": "fi"}).text
    assert app.get("/survivorship", params={"attribute": "no_such"}).status_code == 400
    assert app.get("/survivorship", params={"attribute": "city", "rule": "source priority"}).status_code == 400
    kept = app.post("/survivorship", data=asked, follow_redirects=False)
    assert (kept.status_code, kept.headers["location"]) == (303, "/survivorship?kept=1")
    assert towns(work) == ["Turku", "Salo", "Oulu"]
    assert "shop › crm" in app.get("/survivorship").text
    person = STEPS["person_values"](work, silent, customer="2")["person_id"]
    page = app.get(f"/customers/{person}").text
    assert "<s>Helsinki</s>" in page and "/survivorship?attribute=city" in page
