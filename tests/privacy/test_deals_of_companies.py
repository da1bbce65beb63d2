"""Erasing a company's contact: the company's deals stay as they were, without the person they were made with."""

from __future__ import annotations

import pytest

from lohko.steps.accounts import accounts
from lohko.steps.backup import backup
from lohko.steps.books import books
from lohko.steps.person_erase import person_erase
from lohko.steps.read import count
from lohko.steps.restore import restore
from lohko.steps.work import silent
from lohko.wiring import open_work
from privacy.conftest import take

COMPANIES = "Company ID,Company name,Industry,Contact\nc1,Kone Oy,retail,Pasi Virtanen\nc2,Kahvila Oy,cafe,\n"
CONTACT = "customer_id,email,name,company,updated_at\n9,pasi@kone.example,Pasi Virtanen,Kone Oy,2026-02-01\n"
HEADER = "Deal ID,Deal name,Company name,Stage,Amount,Created,Email,Contact person\n"
DEALS = (
    HEADER
    + "d1,Shelves,Kone Oy,Closed won,900,2026-02-01,pasi@kone.example,Pasi Virtanen\n"
    + "d2,Pasi Virtanen: doors,Kone Oy,Offer,500,2026-03-01,pasi@kone.example,Pasi Virtanen\n"
    + "d3,A table of his own,,Offer,70,2026-03-01,pasi@kone.example,Pasi Virtanen\n"
    + "d4,Chairs,Kahvila Oy,Offer,30,2026-03-01,outi@kahvila.example,Outi Olli\n"
)
NAMED = (b"pasi@kone.example", b"pasi virtanen")


def figures(work):
    found = accounts(work, silent)["rows"]
    return {row["name"]: tuple(int(row[name]) for name in ("open_deals", "open_deal_value", "won_deals", "won_value")) for row in found}


def naming(place):
    return [item for item in place.rglob("*") if item.is_file() and any(said in item.read_bytes().lower() for said in NAMED)]


@pytest.fixture
def sold(work):
    take(work, COMPANIES, "accounts", source="crm")
    take(work, CONTACT, "customers", name="people.csv", source="shop")
    take(work, DEALS, "deals", name="deals.csv", source="crm")
    return work


OF_KONE = {"Kone Oy": (1, 500, 1, 900), "Kahvila Oy": (1, 30, 0, 0)}


def test_what_a_company_bought_stays_when_its_contact_is_erased(sold, place):
    assert figures(sold) == OF_KONE
    told = person_erase(sold, silent, customers=["pasi@kone.example"])

    assert figures(sold) == OF_KONE
    assert told["checked"]["found_in"] == [] and naming(place) == [], "neither a title nor a column of its own names them"
    assert count(sold, silent, condition="did deal")["count"] == 1, (
        "only the other contact's: the deal of nobody's company was the person's own"
    )
    assert books(sold, silent)["total"]["balanced"]


def test_a_deal_goes_on_without_them_when_its_system_tells_of_it_again(sold, place):
    """Their address is known by its hash alone, and beside it what the row calls its contact goes too."""
    person_erase(sold, silent, customers=["pasi@kone.example"])
    lamps = "d5,Pasi Virtanen: lamps,Kone Oy,Offer,40,2026-04-01,pasi@kone.example,Pasi Virtanen\n"
    later = DEALS.replace("Offer,500,2026-03-01", "Closed won,600,2026-03-01") + lamps
    found = take(sold, later, "deals", name="later.csv", source="crm")

    assert (found["received"], found["suppressed"], found["rejected"]) == (5, 1, 0), "the deal of no company is theirs"
    assert figures(sold) == {"Kone Oy": (1, 40, 2, 1500), "Kahvila Oy": (1, 30, 0, 0)}
    assert naming(place) == [] and books(sold, silent)["total"]["balanced"]


def test_and_when_an_older_backup_is_restored(sold, tmp_path):
    made = backup(sold, silent, folder=str(tmp_path / "backups"))["backup"]
    person_erase(sold, silent, customers=["pasi@kone.example"])
    restore(open_work, silent, made=tmp_path / "backups" / made.rpartition("/")[2], target=tmp_path / "again")

    with open_work(tmp_path / "again", silent) as again:
        assert figures(again) == OF_KONE
    assert naming(tmp_path / "again") == []
