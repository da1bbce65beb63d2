"""Where customers are, and which companies they belong to: by the headers of CRMs and of Finnish spreadsheets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from landing.staging import named, staged

FINNISH = (
    "Asiakasnumero;Yritys;Asiakasyritys;Henkilöstömäärä;Toimiala;Titteli;Avoin kauppa;Postinumero;Kunta;Postitoimipaikka;Leveysaste;Pituusaste\n"
    "1;Kahvila Oy;A-17;1 250;56301;Toimitusjohtaja;kyllä;00100;Helsinki;HELSINKI;60,170;24,938\n"
    "2;Paahtimo Oy;A-18;;10830;;ei;2100;Espoo;ESPOO;60,205;24,656\n"
)


def people(tmp_path: Any, text: str, **more: Any) -> tuple[dict, list[dict[str, Any]]]:
    """The report of a list of customers, and its rows by the names of their attributes."""
    report, accepted, rejected = staged(tmp_path, text, "customers", **more)
    assert rejected == []
    held = {"columns": [item for item in report["columns"] if item["role"] == "attribute"]}
    return report, [named(held, row) for row in accepted]


def test_a_finnish_list_of_companies_contacts(tmp_path):
    """Degrees with decimal commas, a number of employees with a space in it, codes and postcodes with their zeros."""
    report, (first, second) = people(tmp_path, FINNISH)
    assert first == {
        "company": "Kahvila Oy",
        "account": "A-17",
        "employees": 1250,
        "industry": "56301",
        "job_title": "Toimitusjohtaja",
        "open_deal": True,
        "postcode": "00100",
        "municipality": "Helsinki",
        "city": "HELSINKI",
        "latitude": Decimal("60.17"),
        "longitude": Decimal("24.938"),
    }
    assert (second["postcode"], second["open_deal"], second["industry"]) == ("02100", False, "10830")
    assert report["unfit"] == {} and not [note for note in report["notes"] if note["code"] == "decimal_undecided"]


def test_degrees_have_no_thousands(tmp_path):
    """24.938 is a longitude and not 24,938, whatever the other numbers of the file are; what is beyond the Earth is no place."""
    text = "customer_id;lat;lng;spent\n1;60.170;24.938;1250,50\n2;-91;181;2,5\n3;−33.9;18.4;1\n4;60° N;x;1\n"
    report, (first, second, third, fourth) = people(tmp_path, text)
    assert (first["latitude"], first["longitude"], first["spent"]) == (Decimal("60.17"), Decimal("24.938"), Decimal("1250.5"))
    assert (third["latitude"], third["longitude"]) == (Decimal("-33.9"), Decimal("18.4"))
    assert "latitude" not in second | fourth and "longitude" not in second | fourth
    assert report["unfit"] == {"lat": 2, "lng": 2}


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Kunta", {"city": "Espoo"}),
        ("Municipality", {"city": "Espoo"}),
        ("Kotikunta", {"city": "Espoo"}),
        ("Kaupunki,Kunta", {"city": "Espoo", "municipality": "Vantaa"}),
        ("Kunta,Kaupunki", {"municipality": "Espoo", "city": "Vantaa"}),
        ("municipality,City", {"municipality": "Espoo", "city": "Vantaa"}),
    ],
)
def test_a_lone_municipality_is_the_town(tmp_path, header, found):
    """As in most lists; beside a town it is an attribute of its own."""
    values = ",".join(("Espoo", "Vantaa")[: header.count(",") + 1])
    _, (person,) = people(tmp_path, f"customer_id,{header}\n1,{values}\n")
    assert person == found


def test_a_municipality_that_is_named_as_one_is_no_town(tmp_path):
    """What the user says decides."""
    _, (person,) = people(tmp_path, "customer_id,Kunta\n1,Espoo\n", map={"municipality": "Kunta"})
    assert person == {"municipality": "Espoo"}


def test_hubspots_contacts(tmp_path):
    """Names of the export and of the API; the account is the associated company, its name is the company."""
    text = (
        "Record ID,First Name,Last Name,Email,Phone Number,Job Title,Industry,Number of Employees,Company Name,"
        "Primary Associated Company ID,Create Date,Last Modified Date,Lifecycle Stage\n"
        "1001,Aino,Mäki,aino@x.fi,+358401234567,CEO,RETAIL,51,Kahvila Oy,9001.0,2025-01-02 10:00,2025-06-01 10:00,customer\n"
    )
    _, (person,) = people(tmp_path, text)
    assert (person["job_title"], person["industry"], person["employees"]) == ("CEO", "RETAIL", 51)
    assert (person["company"], person["account"]) == ("Kahvila Oy", "9001")
    assert (str(person["joined"]), person["lifecycle_stage"]) == ("2025-01-02 08:00:00", "customer")
    api = "email,firstname,lastname,jobtitle,numberofemployees,industry,associatedcompanyid\na@x.fi,A,B,CTO,7,IT,9001\n"
    _, (person,) = people(tmp_path, api)
    assert (person["job_title"], person["employees"], person["account"]) == ("CTO", 7, "9001")


def test_pipedrives_people(tmp_path):
    """Entity and field in one header; open deals are counted there, and any is an open deal."""
    text = (
        "Person - ID,Person - Name,Person - First name,Person - Last name,Person - Email - Work,Person - Email - Home,Person - Phone - Work,"
        "Person - Label,Person - Title,Person - Organization,Person - Open deals,Organization - ID,Organization - Industry,Person - Marketing status\n"
        '1,Aino Mäki,Aino,Mäki,aino@x.fi,a@home.fi,+358 40 1234567,"Hot lead, Customer",CEO,Kahvila Oy,2,77,Cafés,subscribed\n'
        "2,Eino Koski,Eino,Koski,eino@x.fi,,,,,Kahvila Oy,0,77,Cafés,unsubscribed\n"
    )
    report, (first, second) = people(tmp_path, text)
    assert (first["email"], first["first_name"], first["name"], first["tags"]) == ("aino@x.fi", "Aino", "Aino Mäki", "Hot lead, Customer")
    assert (first["company"], first["account"], first["industry"], first["job_title"]) == ("Kahvila Oy", "77", "Cafés", "CEO")
    assert (first["open_deal"], second["open_deal"]) == (True, False)
    assert report["mapping"]["customer_id"] == "Person - ID" and report["unfit"] == {}
    _, accepted, _ = staged(tmp_path, text, "customers")
    given = [item["column"] for item in report["columns"] if item["role"] == "consent"]
    assert [[row[column] for column in given if row[column] is not None] for row in accepted] == [[True], [False]]


def test_an_account_by_name_and_by_number(tmp_path):
    """Of two columns the number tells the account and the name is the company's; a lone name tells the account."""
    _, (person,) = people(tmp_path, "email,Account Name,Account ID\na@x.fi,Kahvila Oy,0017\n")
    assert (person["company"], person["account"]) == ("Kahvila Oy", "0017")
    _, (person,) = people(tmp_path, "email,Account Name\na@x.fi,Kahvila Oy\n")
    assert person["account"] == "Kahvila Oy" and "company" not in person


@pytest.mark.parametrize(("header", "name"), [("Company size", "company_size"), ("Age", "age_given")])
def test_ranges_are_kept_as_texts_and_not_lost_as_bad_numbers(tmp_path, header, name):
    """50-249 is no number of employees and 25-34 no age: such a column stays under a name of its own."""
    report, (first, _) = people(tmp_path, f"customer_id,{header}\n1,50-249\n2,250+\n")
    assert first == {name: "50-249"}
    assert (report["unfit"], header in report["unmatched"]) == ({}, True)
    report, rows = people(tmp_path, f"customer_id,{header}\n1,50\n2,250+\n3,\n")
    assert [list(row.values()) for row in rows] == [[50], [], []] and report["unfit"] == {header: 1}
