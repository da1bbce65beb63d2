"""Who agreed and who refused, in exports that say it in their own ways; and who the people are where a list has names for numbers."""

from __future__ import annotations

import pytest

from formats.bringing import bring, people, workspace
from landing.staging import named, staged


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    with workspace(tmp_path_factory.mktemp("consents")) as opened:
        yield opened


def test_each_channel_has_its_permission_and_a_prohibition_takes_back_all(work):
    """A list of a Finnish shop: a yes to texts does not stand beside a prohibition of marketing."""
    text = (
        "Asiakasnro;Sähköposti;Matkapuhelin;Sähköpostimarkkinointi sallittu;Tekstiviestimarkkinointi sallittu;"
        "Puhelinmarkkinointi sallittu;Postimarkkinointi sallittu;Suoramarkkinointikielto\n"
        "1;li@x.fi;0405551234;kyllä;ei;kyllä;kyllä;\n2;ma@x.fi;0405554444;kyllä;x;ei;kyllä;x\n"
    )
    assert bring(work, "permissions.csv", text)["accepted"] == 2
    for rule, found in (("e-mail", 1), ("SMS", 0)):
        assert people(work, f"may be sent {rule} marketing") == found, rule
    cursor = work.store.cursor()
    said = "SELECT purpose, count(*) FILTER (WHERE given), count(*) FILTER (WHERE NOT given) FROM consent GROUP BY purpose ORDER BY purpose"
    assert cursor.execute(said).fetchall() == [("email", 2, 1), ("phone", 1, 2), ("post", 2, 1), ("sms", 1, 2)]


def test_whom_klaviyo_suppressed_is_not_mailed(work):
    """Their consent may still say that they subscribed, also after their address had bounced."""
    text = (
        "Email,Klaviyo ID,First Name,Email Marketing Consent,Email Marketing Consent Timestamp,Email Suppressions,Email Suppressions Timestamp\n"
        "a@k.fi,K1,A,SUBSCRIBED,2024-05-01 10:22:11,[],\nb@k.fi,K2,B,SUBSCRIBED,2024-05-01 10:22:11,SPAM_COMPLAINT,2025-05-01 10:22:11\n"
        "c@k.fi,K3,C,SUBSCRIBED,2024-05-01 10:22:11,,\nd@k.fi,K4,D,SUBSCRIBED,2024-05-01 10:22:11,HARD_BOUNCE,2023-05-01 10:22:11\n"
    )
    found = bring(work, "klaviyo.csv", text)
    assert found["format"] == "klaviyo-profiles"
    assert people(work, 'may be sent e-mail marketing and email contains "k.fi"') == 2


def test_who_opted_out_of_marketing_in_a_crm(tmp_path):
    """HubSpot's own kind of subscription for marketing, and Salesforce's names in its exports of data."""
    hubspot = (
        "Record ID,Email,First Name,Lifecycle Stage,Unsubscribed from all email,Opted out of email: Marketing Information\n"
        "1,a@x.fi,A,lead,false,true\n2,b@x.fi,B,lead,true,\n3,c@x.fi,C,lead,,\n"
    )
    salesforce = "Id,FirstName,LastName,Email,Phone,HasOptedOutOfEmail,DoNotCall\n1,A,A,a@x.fi,,true,false\n2,B,B,b@x.fi,,false,true\n"
    report, accepted, _ = staged(tmp_path, hubspot, None)
    place = next(item["column"] for item in report["columns"] if item["role"] == "consent" and item["name"] == "email")
    assert [row[place] for row in accepted] == [False, False, None]
    report, accepted, _ = staged(tmp_path, salesforce, None)
    by_name = {item["name"]: item["column"] for item in report["columns"] if item["role"] == "consent"}
    assert [[row[by_name[name]] for row in accepted] for name in ("email", "phone")] == [[False, None], [None, False]]


def test_people_of_one_name_are_two_where_addresses_tell_them_apart(tmp_path):
    """`Asiakas` with names in it is what they are called; without addresses it is all there is."""
    text = "Pvm;Tilausnro;Asiakas;Sähköposti;Summa\n1.2.2026;1;Virtanen Matti;m1@x.fi;10\n2.2.2026;2;Virtanen Matti;m2@x.fi;20\n"
    report, accepted, _ = staged(tmp_path, text, None)
    assert [(row["node_kind"], row["node_value"]) for row in accepted] == [("email", "m1@x.fi"), ("email", "m2@x.fi")]
    assert report["mapping"]["name"] == "Asiakas"
    _, accepted, _ = staged(tmp_path, text.replace("Sähköposti", "Muuta"), None)
    assert {row["node_value"] for row in accepted} == {"Virtanen Matti"}
    numbers = "Order date,Order ID,Customer,Customer number,Email,Total\n2026-02-01,1,Aho Oy,C7,a@x.fi,10\n"
    _, accepted, _ = staged(tmp_path, numbers, None)
    assert accepted[0]["node_value"] == "C7"


def test_members_are_known_by_their_card_or_by_their_phone(tmp_path):
    """A list of loyal customers: nobody is lost for having no e-mail address."""
    text = "Kortin numero;Nimi;Sähköposti;Puh.\n601;Liisa Laine;li@x.fi;0405551234\n602;Matti Meri;;0405554444\n"
    _, accepted, _ = staged(tmp_path, text, None)
    assert [row["node_value"] for row in accepted] == ["601", "602"]
    report, accepted, rejected = staged(tmp_path, "Nimi;Puhelin;Postinumero\nLiisa Laine;0405551234;530\nMatti Meri;;100\n", "customers")
    assert [row["node_kind"] for row in accepted] == ["phone"] and named(report, accepted[0])["postcode"] == "00530"
    assert [row["reason"] for row in rejected] == ["no_customer"]


@pytest.mark.parametrize("header", ["Opt-out date", "Unsubscribe date", "Status changed", "Poistumispäivä"])
def test_who_left_a_list_left_on_the_day_that_stands_beside(tmp_path, header):
    """A day that is missing or none takes nothing back from the refusal, and of who is active a day says nothing."""
    text = (
        f"Email,First name,Status,{header}\na@x.fi,A,Unsubscribed,2025-03-04 10:00\nb@x.fi,B,Active,2025-02-01\nc@x.fi,C,Unsubscribed,\n"
        "d@x.fi,D,Opted-out,unknown\ne@x.fi,E,Unsubscribed,0000-00-00 00:00:00\n"
    )
    report, accepted, _ = staged(tmp_path, text, "customers")
    place = next(item["column"] for item in report["columns"] if item["role"] == "consent" and item["name"] == "email")
    assert [row[place] for row in accepted] == [False, None, False, False, False]
    assert [str(row[f"{place}_at"]) for row in accepted] == ["2025-03-04 08:00:00", "None", "None", "None", "None"]


def test_a_day_that_may_be_another_is_a_refusal_all_the_same(tmp_path):
    """Which day 3/4/2025 is cannot be told here; that they opted out can. Zeros are no day."""
    text = "Email,First name,Unsubscribed at\na@x.fi,A,3/4/2025\nb@x.fi,B,\nc@x.fi,C,0000-00-00\n"
    report, accepted, _ = staged(tmp_path, text, "customers")
    place = next(item["column"] for item in report["columns"] if item["role"] == "consent" and item["name"] == "email")
    assert [row[place] for row in accepted] == [False, None, None] and {str(row[f"{place}_at"]) for row in accepted} == {"None"}
