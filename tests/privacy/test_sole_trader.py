"""Erasing somebody whose firm bears their name: what a list of companies says is the company's, and stays."""

from __future__ import annotations

from lohko.steps.accounts import accounts
from lohko.steps.books import books
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


CONTACTS = """Company ID,Company name,Business ID,Industry,Contact e-mail,Contact person,Remarks,Area
c1,Kone Oy,1234567-1,retail,pasi@example.com,Pasi Virtanen,ask pasi@example.com first,Kuopio
c2,Kahvila Oy,0737546-2,cafe,outi@example.com,Outi Olli,,Oulu
"""
CONTACT = "customer_id,email,name,city,updated_at\n9,pasi@example.com,Pasi Virtanen,Kuopio,2026-02-01\n"
NAMED = (b"pasi@example.com", b"Pasi Virtanen", b"pasi virtanen")


def test_whom_a_list_of_companies_names_as_its_contact_is_gone_from_it(work, place):
    """Their address and name stand in columns of the list's own: the cells are blanked, and the company keeps all that is its own."""
    take(work, CONTACTS, "accounts", source="crm")
    take(work, CONTACT, "customers", name="people.csv", source="shop")

    told = person_erase(work, silent, customers=["pasi@example.com"])

    assert told["checked"]["found_in"] == []
    files = [item.read_bytes() for item in place.rglob("*") if item.is_file()]
    assert not [said for said in NAMED if any(said in file for file in files)]
    assert any(b"Kuopio" in file for file in files), "where the company sells is no word of the person's"
    assert {row["name"] for row in accounts(work, silent)["rows"]} == {"Kone Oy", "Kahvila Oy"}
    assert balanced_books(work)


def test_and_does_not_come_back_with_the_next_list(work, place):
    """The list as it was, and a longer one: every company is in, and who was erased is not."""
    take(work, CONTACT, "customers", name="people.csv", source="shop")
    person_erase(work, silent, customers=["pasi@example.com"])

    take(work, CONTACTS.replace("Pasi Virtanen", ""), "accounts", source="crm")
    found = take(work, CONTACTS.replace("Pasi Virtanen", "") + "c3,Kauppa Oy,,retail,,,,\n", "accounts", name="longer.csv", source="crm")

    assert (found["accepted"], found["duplicate"], found["suppressed"]) == (1, 2, 0)
    assert not [item for item in place.rglob("*") if item.is_file() and b"pasi@example.com" in item.read_bytes()]
    assert len(accounts(work, silent)["rows"]) == 3


def balanced_books(work):
    return books(work, silent)["total"]["balanced"]
