"""What real files hold beside what their formats say: words for nothing, abbreviated headers, rows of sums, states in other words."""

from __future__ import annotations

import unicodedata

from formats.bringing import bring, people, workspace
from landing.staging import named, staged


def test_words_for_nothing_make_nobody_one_person(tmp_path):
    """`-` and `NULL` are no customer number, and `n/a` is no address: else all who lack one would be the same."""
    text = "customer_id,email,name\n-,a@x.fi,A\n-,b@x.fi,B\nNULL,c@x.fi,C\n#N/A,n/a,D\n17.0,-,E\nTuntematon,anonymous,F\n"
    _, accepted, rejected = staged(tmp_path, text, "customers")
    found = [(row["node_kind"], row["node_value"]) for row in accepted]
    assert found == [("email", "a@x.fi"), ("email", "b@x.fi"), ("email", "c@x.fi"), ("id", "17")]
    assert [row["reason"] for row in rejected] == ["no_customer", "no_customer"]


def test_an_address_is_who_it_says_wherever_it_stands(tmp_path):
    """Beside a name, after mailto, two in one cell; and where a customer number is asked for."""
    text = "email,name\nAino <Aino@X.fi>,A\nmailto:bo@x.fi,B\nc@x.fi; d@x.fi,C\nno-sign.x.fi,D\n"
    _, accepted, _ = staged(tmp_path, text, "customers")
    assert [row["node_value"] for row in accepted] == ["aino@x.fi", "bo@x.fi", "c@x.fi", "no-sign.x.fi"]
    _, accepted, _ = staged(tmp_path, "Haastateltava;Haastattelun päivä;Muistiinpanot\nAino@x.fi;1.5.2026;hei\nP7;2.5.2026;joo\n", "notes")
    assert [(row["node_kind"], row["node_value"]) for row in accepted] == [("email", "aino@x.fi"), ("id", "P7")]


def test_a_ticket_on_several_rows_is_one_ticket_as_it_ended(tmp_path):
    """Help desks write a row per change, or the same row twice; the rooms of one booking stay as many as they are."""
    row = "56;2.5.2026 10:15;b@x.fi;Palautus;{};{}\n"
    text = (
        "Ticket ID;Luotu;Asiakkaan sähköposti;Aihe;Tila;Ratkaistu\n" + row.format("Avoin", "") + row.format("Valmis", "3.5.2026 9:00") * 2
    )
    with workspace(tmp_path) as work:
        found = bring(work, "tickets.csv", text)
        assert (found["accepted"], found["duplicate"]) == (1, 2)
        assert people(work, "number of ticket is 1") == people(work, "did ticket where (status is valmis and resolution_hours > 22)") == 1
        rooms = "Varausnumero;Varattu;Saapuminen;Lähtö;Sähköposti\n" + "V1;1.5.2026;1.6.2026;2.6.2026;b@x.fi\n" * 2
        assert bring(work, "bookings.csv", rooms)["accepted"] == 2


def test_rows_that_add_up_others_cost_nothing(tmp_path):
    """Meta's summary row names no campaign but a day; TikTok's says how many it adds up; titles above a short table are no headers."""
    meta = "Campaign name,Reporting starts,Reporting ends,Amount spent (EUR)\n,2026-05-01,2026-05-02,66.5\nKevät,2026-05-01,2026-05-01,12.5\nKevät,2026-05-02,2026-05-02,54\n"
    tiktok = "Campaign name,By Day,Currency,Cost,Clicks (destination)\nKesä,2026-05-13,EUR,20.5,12\nKesä,2026-05-14,EUR,10,2\nTotal of 2 results,-,EUR,30.5,14\n"
    linkedin = (
        "Campaign Performance Report (in UTC)\nReport Start: May 1, 2026, 12:00 AM\nDate Generated: May 3, 2026, 8:01 AM\n\n"
        "Start Date (in UTC)\tCampaign Name\tTotal Spent\tClicks\n05/13/2026\tX\t33.21\t12\n05/14/2026\tX\t40\t15\n"
    )
    for text, platform, sums in ((meta, "meta", 1), (tiktok, "tiktok", 1), (linkedin.encode("utf-16"), "linkedin", 0)):
        _, accepted, rejected = staged(tmp_path, text, None)
        assert len(accepted) == 2 and [row["reason"] for row in rejected] == ["totals_row"] * sums, platform


def test_headers_written_short_and_credit_notes_without_a_sign(tmp_path):
    """A `Laskunro` is a `Laskunumero`; a credit note takes off, whatever its sign."""
    head = "Laskunro;Laskupvm;Eräpvm;Asiakasnro;Alv;Verollinen summa;Laskutyyppi\n"
    rows = "1;5.5.2026;19.5.2026;A1;25,50;125,50;Lasku\n2;6.5.2026;20.5.2026;A1;10,20;50,20;Hyvityslasku\n3;7.5.2026;21.5.2026;A1;-10,20;-50,20;Hyvityslasku\n"
    report, accepted, _ = staged(tmp_path, head + rows, None)
    assert report["format"] == "invoices" and [int(row["amount"]) for row in accepted] == [100, -40, -40]


def test_surveymonkeys_newer_headers_say_when(tmp_path):
    """`Date Modified` is when it was answered; the second row of headers is no answer."""
    text = (
        "Respondent ID,Collector ID,Date Created,Date Modified,Email Address,How likely is it that you would recommend us?\n,,,,,Response\n"
        "118,446,05/20/2026 10:01:02 AM,05/20/2026 01:05:02 PM,a@x.fi,10\n"
    )
    report, accepted, rejected = staged(tmp_path, text, None)
    assert (report["format"], str(accepted[0]["at"]), len(rejected)) == ("surveymonkey", "2026-05-20 10:05:02", 1)


def test_a_state_that_says_unsubscribed_takes_consent_back_in_any_list(tmp_path):
    """ActiveCampaign with its columns in another order, or any tool's list: *active* gives nothing, and who has left is not mailed."""
    lists = {
        "ac.csv": "Status,Email,First Name,IP Address,Date Created\nActive,a@x.fi,A,,2025-01-02\nUnsubscribed,b@x.fi,B,,2025-01-02\n",
        "fi.csv": "Sähköposti;Nimi;Tila\nc@x.fi;C;Aktiivinen\nd@x.fi;D;Poistunut listalta\n",
    }
    with workspace(tmp_path) as work:
        bring(work, "first.csv", "email,consent_email\n" + "".join(f"{name}@x.fi,yes\n" for name in "abcd"), kind="customers")
        assert people(work, "may be sent e-mail marketing") == 4
        for name, text in lists.items():
            bring(work, name, text, kind="customers")
        assert people(work, "may be sent e-mail marketing") == 2
        assert "optout_email" not in bring(work, "vip.csv", "email,status\na@x.fi,VIP\n", kind="customers")["mapping"]


def test_what_stands_below_a_list_of_customers_is_no_customer(tmp_path):
    """Sums that say of how many they are, when it was printed, which page it is; a customer of whom only an odd number is known is one."""
    head = "Asiakasnumero;Etunimi;Sähköposti;Postinumero;Ostot\n1;Anna;anna@x.fi;00100;10,50\n2;Ben;ben@x.fi;33100;9,90\nKA 17;;;;\n"
    sums = (
        "Yhteensä 2 asiakasta;;;;20,40",
        "Yhteensä: 2 kpl;;;;20,40",
        "Yhteensä (2);;;;",
        "Asiakkaita yhteensä 2;;;;",
        "Total customers: 2;;;;",
    )
    remarks = ("Tulostettu 1.2.2026;;;;", "Report generated: 2026-02-01 10:00;;;;", "*** end of report ***;;;;", "Sivu 1/1;;;;")
    for reason, lines in (("totals_row", sums), ("remark_row", remarks)):
        for line in lines:
            _, accepted, rejected = staged(tmp_path, f"{head}{line}\n", None)
            assert ([row["node_value"] for row in accepted], [row["reason"] for row in rejected]) == (["1", "2", "KA 17"], [reason]), line


def test_headers_of_finnish_tools(tmp_path):
    """Order lines of a business system, an order plug-in's VAT, HubSpot's refusal, the guest of a booking; the reviewer's address."""
    lines = (
        "Tilausnro;Rivinro;Tilauspvm;Asiakasnro;Tuotekoodi;Tuotenimike;Kpl;á-hinta;Ale-%;Rivi yht. (alv 0%);Alv-%\n"
        "77;1;2.1.2026;1001;P-1;Pipo;2;20,00;10;36,00;25,5\n77;2;2.1.2026;1001;L-1;Lapanen;1;40,00;0;40,00;25,5\nYhteensä 2 riviä;;;;;;3;;;76,00;\n"
    )
    report, accepted, rejected = staged(tmp_path, lines, None)
    assert report["kind"] == "order-lines" and [int(row["amount"]) for row in accepted] == [36, 40]
    assert named(report, accepted[0])["product_name"] == "Pipo" and [row["reason"] for row in rejected] == ["totals_row"]
    woo = (
        "Tilausnumero;Tilauksen päivämäärä;Tilauksen tila;Sähköposti (laskutus);Tilauksen loppusumma;Tilauksen verot yhteensä\n"
        "1203;3.2.2026 14.05;Valmis;asa@ohman.fi;125,50;25,50\n"
    )
    assert int(staged(tmp_path, woo, None)[1][0]["amount"]) == 100
    hubspot = "Tietueen tunnus,Etunimi,Sähköposti,Elinkaaren vaihe,Kieltäytynyt kaikista sähköposteista\n1,A,a@x.fi,Asiakas,false\n2,B,b@x.fi,Liidi,true\n"
    report, accepted, _ = staged(tmp_path, hubspot, None)
    (consent,) = (item["column"] for item in report["columns"] if item["role"] == "consent")
    assert [row[consent] for row in accepted] == [None, False]
    booking = "Varausnumero;Varattu;Tulopäivä;Vieras;Sähköposti;Hinta\nV1;1.12.2025;24.12.2025;Anna Aho;anna@x.fi;450,00 €\n"
    report, accepted, _ = staged(tmp_path, booking, None)
    assert named(report, accepted[0])["name"] == "Anna Aho"
    review = "Review Id,Review Created (UTC),Review Stars,Consumer Email\nr1,2026-01-02 10:00:00,5,anna@x.fi\n"
    assert staged(tmp_path, review, None)[1][0]["node_value"] == "anna@x.fi"


def test_a_product_spelt_with_other_code_points_is_the_same_line(tmp_path):
    """A file saved in decomposed letters, as some systems do, and then in composed ones says the same; a line more is a line more."""
    row = "ana,1,2026-02-01,Mäyräkoira,{},10\n"
    text = "customer_id,order_id,ordered_at,product_name,quantity,unit_price\n" + row.format(1) * 2 + "bob,2,2026-02-01,Säärystin,1,20\n"
    with workspace(tmp_path) as work:
        bring(work, "a.csv", unicodedata.normalize("NFD", text))
        found = bring(work, "b.csv", unicodedata.normalize("NFC", text + row.format(1)))
        assert (found["accepted"], found["duplicate"], found["rejected"]) == (1, 3, 0)
        assert people(work, "sum of total of order is 30") == people(work, "sum of total of order is 20") == 1
        changed = bring(work, "c.csv", unicodedata.normalize("NFC", text.replace("Säärystin,1", "Säärystin,2")))
        assert changed["rejected_by_reason"] == {"changed_order": 1}


def test_a_column_more_than_before_is_said_to_be_new(tmp_path):
    """Lines that are in already do not get it, until the file is said to replace them; the next file has nothing new."""
    head, rows = "customer_id,order_id,ordered_at,product_id,quantity,unit_price", ("ana,1,2026-02-01,P1,1,10", "bob,2,2026-02-01,P2,1,20")
    first = "\n".join([head, *rows]) + "\n"
    more = "\n".join([f"{head},brand", *(f"{row},Halti" for row in (*rows, "cai,3,2026-02-02,P1,1,10"))]) + "\n"
    with workspace(tmp_path) as work:
        assert bring(work, "a.csv", first)["notes"] == []
        found = bring(work, "b.csv", more)
        assert [(note["code"], note["column"]) for note in found["notes"]] == [("new_column", "brand")]
        assert (found["duplicate"], people(work, "did order where brand is Halti")) == (2, 1)
        assert bring(work, "c.csv", more + "cai,4,2026-02-03,P1,1,10,Halti\n")["notes"] == []
        assert bring(work, "b.csv", more + "\n", replace=True)["notes"] == []
        assert people(work, "did order where brand is Halti") == 3
