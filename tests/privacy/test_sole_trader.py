"""Erasing somebody whose firm bears their name: what a list of companies says is the company's, and stays."""

from __future__ import annotations

from lohko.steps.accounts import accounts
from lohko.steps.person_erase import person_erase
from lohko.steps.work import silent
from privacy.conftest import take

COMPANIES = """Company ID,Company name,Business ID,Industry,City,updated_at
c1,Tmi Pasi Virtanen,1234567-1,retail,Vaasa,2026-01-01
c2,Kahvila Oy,0737546-2,cafe,Oulu,2026-01-01
"""
DEALS = """Deal ID,Deal name,Company name,Stage,Amount,Created
d1,Shelves for Pasi Virtanen,Tmi Pasi Virtanen,Closed won,900,2026-02-01
"""
SOLE_TRADER = "customer_id,email,name,company,updated_at\n9,pasi@example.com,Pasi Virtanen,Tmi Pasi Virtanen,2026-02-01\n"


def test_a_sole_traders_firm_stays_a_company_and_the_answer_says_so(work, place):
    """What a list of companies says is the company's: it is no trace of the person, and no fault."""
    take(work, COMPANIES, "accounts", source="crm")
    take(work, DEALS, "deals", source="crm")
    take(work, SOLE_TRADER, "customers", name="people.csv", source="shop")

    told = person_erase(work, silent, customers=["pasi@example.com"])

    assert told["checked"]["found_in"] == []
    assert told["companies"] == ["Tmi Pasi Virtanen"]
    assert {row["name"] for row in accounts(work, silent)["rows"]} == {"Kahvila Oy", "Tmi Pasi Virtanen"}
    lists = [item for item in (place / "landing").glob("*/original*") if b"Kahvila Oy" in item.read_bytes()]
    assert len(lists) == 1, "the list of companies is as it came"
    people = {"pasi@example.com": b"pasi@example.com", "Pasi Virtanen": b"Pasi Virtanen"}
    assert not [
        name
        for name, said in people.items()
        for item in (place / "landing").glob("*/original*")
        if said in item.read_bytes() and item not in lists
    ]


def test_what_a_company_is_called_is_still_looked_for_where_no_companies_are(work, place):
    take(work, COMPANIES, "accounts", source="crm")
    take(work, SOLE_TRADER, "customers", name="people.csv", source="shop")
    (place / "mine.txt").write_text("call Pasi Virtanen", encoding="utf-8")

    assert person_erase(work, silent, customers=["pasi@example.com"])["checked"]["found_in"] == ["mine.txt"]
