"""Companies and their deals come in as files, are asked about in rules, and are counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from formats import bringing
from formats.bringing import workspace
from lohko.cli.data import _show_import
from lohko.steps.registry import STEPS
from lohko.steps.work import Work, silent
from public_data import DATA

COMPANIES = """Yrityksen tunnus;Yritys;Y-tunnus;Kotisivu;Toimiala;Henkilöstömäärä;Liikevaihto;Emoyhtiö;Kaupunki
10;Kahvila Oy;2077474-0;https://www.kahvila.fi/;kahvilat;120;1 250 000,50;;Helsinki
11;Paahtimo Oy;1366959-8;paahtimo.fi;paahtimot;12;;Kahvila Oy;Turku
12;Väärä Oy;2077474-1;gmail.com;kahvilat;;;;
"""
PEOPLE = """customer_id,email,company,account,accepts_marketing
1,aino@kahvila.fi,,,yes
2,eino@gmail.com,PAAHTIMO OY,,no
3,oiva@gmail.com,,11,yes
4,helmi@gmail.com,Muu Oy,,yes
5,lumi@gmail.com,muu oy,,yes
"""
DEALS = """Deal ID,Title,Stage,Value,Company,Created,Close date,Email
1,Coffee,Won,500,Kahvila Oy,2026-01-10,2026-02-10,aino@kahvila.fi
2,Beans,Negotiation,80,Kahvila Oy,2026-02-15,,
3,Roaster,Lost,900,Paahtimo Oy,2026-01-05,2026-03-01,
4,Grinder,Contacted,40,Uusi Oy,2026-02-01,,
5,Nobody's,Contacted,40,,2026-02-01,,
"""
ORDERS = "customer_id,order_id,ordered_at,total\n1,a,2026-02-01,100\n2,b,2026-02-02,50\n3,c,2026-02-03,25\n"


@pytest.fixture
def work(tmp_path):
    """A workspace; in the end it is made again from its log, and accounts, what they bear, their past and their deals must be the same."""
    with workspace(tmp_path) as found:
        yield found


def bring(work: Work, text: str, kind: str, source: str = "crm", **more: Any) -> dict[str, Any]:
    """Import a text as a file."""
    return bringing.bring(work, "file.csv", text, kind=kind, source=source, **more)


def count(work: Work, rule: str, as_of: str = "2026-06-01") -> int:
    """How many people a rule finds."""
    return int(STEPS["count"](work, silent, condition=rule, as_of=as_of)["count"])


def everything(work: Work) -> None:
    """Companies, people, deals and orders."""
    for text, kind, source in (
        (COMPANIES, "accounts", "crm"),
        (PEOPLE, "customers", "shop"),
        (DEALS, "deals", "shop"),
        (ORDERS, "orders", "shop"),
    ):
        assert bring(work, text, kind, source)["rejected"] == 0


def test_companies_people_and_deals(work):
    """People belong by domain, by name and by number; what is no business id and no company's domain does not fit, and is counted."""
    found = bring(work, COMPANIES, "accounts")
    assert (found["accepted"], found["unfit"]) == (3, {"Kotisivu": 1, "Y-tunnus": 1})
    for text, kind, source in ((PEOPLE, "customers", "shop"), (DEALS, "deals", "shop"), (ORDERS, "orders", "shop")):
        assert bring(work, text, kind, source)["rejected"] == 0
    assert count(work, "the account's industry is kahvilat") == 1
    assert count(work, "the account has 10-49 employees") == 2
    assert count(work, "the account has an open deal") == 1
    assert count(work, "the account has no open deal") == 4
    assert count(work, "the account's won_value is over 400") == 1
    assert count(work, "any contact of the account did deal where status is lost") == 2
    assert count(work, "did deal") == 1
    assert count(work, "at least 2 contacts of the account did order") == 2
    assert count(work, "all contacts of the account did not order") == 2
    shown = {row["name"]: row for row in STEPS["accounts"](work, silent)["rows"]}
    assert {name: row["contacts"] for name, row in shown.items()} == {"Kahvila Oy": 1, "Paahtimo Oy": 2, "Väärä Oy": 0, "Uusi Oy": 0}
    assert (shown["Kahvila Oy"]["won_value"], shown["Kahvila Oy"]["open_deals"], shown["Kahvila Oy"]["revenue"]) == ("500", 1, "100")
    one = STEPS["accounts"](work, silent, account="10")["account"]
    assert ([child["name"] for child in one["subsidiaries"]], one["with_subsidiaries"]["revenue"]) == (["Paahtimo Oy"], "175")
    assert one["known_by"] == {"id": ["10"], "business_id": ["2077474-0"], "domain": ["kahvila.fi"], "name": ["Kahvila Oy"]}


def test_the_account_has_a_past(work):
    """A deal is open from the day it was made until the day it was closed."""
    everything(work)
    assert [count(work, "the account has an open deal", day) for day in ("2026-01-10", "2026-01-11", "2026-02-12", "2026-02-16")] == [
        2,
        3,
        2,
        3,
    ]
    assert [count(work, "the account's won_value is over 0", day) for day in ("2026-02-10", "2026-02-11")] == [0, 1]


def test_the_same_again_adds_nothing_and_a_new_stage_is_a_new_event(work):
    """Of a deal that has moved on there is one event more, at the time that its row says."""
    everything(work)
    for text, kind, source in ((COMPANIES, "accounts", "crm"), (DEALS, "deals", "shop")):
        found = bring(work, text + "\n", kind, source)
        assert (found["accepted"], found["rejected"]) == (0, 0)
    moved = "Deal ID,Title,Stage,Value,Company,Created,Close date,Modified at\n2,Beans,Won,90,Kahvila Oy,2026-02-15,2026-04-01,2026-04-02\n"
    assert bring(work, moved, "deals", "shop")["accepted"] == 1
    assert [count(work, "the account's won_deals is 2", day) for day in ("2026-04-01", "2026-04-02")] == [0, 1]
    deal = STEPS["accounts"](work, silent, account="Kahvila Oy")["account"]["deals"][0]
    assert (deal["deal"], deal["status"], deal["value"]) == ("2", "won", "90")


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("Company,Industry,Website\n,cafés,x.fi\n", "accounts", "no_account"),
        ("Deal ID,Stage,Value\n,Won,5\n", "deals", "no_deal"),
        ("Deal ID,Stage,Value,Currency\n1,Won,5,USD\n", "deals", "no_rate"),
    ],
)
def test_rows_that_cannot_be_used(work, text, kind, reason):
    """They are rejected with the reason, and not lost."""
    assert bring(work, text, kind)["rejected_by_reason"] == {reason: 1}


def test_two_companies_of_one_name_stay_apart(work):
    """Another number in the same source, or another business id, is another company; a list of another system finds it by either."""
    bring(work, "Account ID,Company,Business ID\n1,Kahvila Oy,2077474-0\n2,Kahvila Oy,1366959-8\n", "accounts")
    bring(work, "Account ID,Company,VAT number,Industry\nx,Kahvila,FI13669598,cafés\n", "accounts", "other")
    shown = [(row["name"], row["contacts"]) for row in STEPS["accounts"](work, silent)["rows"]]
    assert shown == [("Kahvila Oy", 0), ("Kahvila Oy", 0)]
    assert STEPS["accounts"](work, silent, account="x")["account"]["known_by"]["business_id"] == ["1366959-8"]


MAVEN = DATA / "maven_crm"


@pytest.mark.skipif(not MAVEN.is_dir(), reason=f"the CRM data is not in {MAVEN.parent}")
def test_a_whole_crm(work):
    """85 accounts and 8,800 deals, 1,425 of them without an account: the figures that were measured with other means."""
    for name, kind in (("accounts", "accounts"), ("sales_pipeline", "deals")):
        found = bring(work, Path(MAVEN / f"{name}.csv").read_text("utf-8"), kind)
        assert (found["rejected"], found["accepted"]) == (0, found["received"])
    shown = STEPS["accounts"](work, silent)
    assert [(row["name"], row["won_value"]) for row in shown["rows"][:5]] == [
        ("Kan-code", "341455"),
        ("Konex", "269245"),
        ("Condax", "206410"),
        ("Cheers", "198020"),
        ("Hottechi", "194957"),
    ]
    assert (shown["total"]["won_deals"], shown["total"]["won_value"]) == (4238, "10005534")
    assert len({row["parent"] for row in shown["rows"]} - {None}) == 7 and sum(row["parent"] is not None for row in shown["rows"]) == 15
    groups = STEPS["accounts"](work, silent, by="industry")["groups"]
    assert [(row["value"], row["won_value"]) for row in groups[:3]] == [
        ("retail", "1867528"),
        ("technolgy", "1515487"),
        ("medical", "1359595"),
    ]


FIXTURES = {
    "hubspot-companies.csv": ("accounts", 2),
    "hubspot-deals.csv": ("deals", 3),
    "pipedrive-organisations.csv": ("accounts", 2),
    "pipedrive-deals.csv": ("deals", 3),
}


def test_hubspot_and_pipedrive(work):
    """Untouched and without a word about what they are; a second time they add nothing. Both know the same two companies."""
    for name, (kind, rows) in FIXTURES.items():
        found = bringing.bring(work, name)
        assert (found["kind"], found["format"], found["accepted"], found["unfit"]) == (kind, name.removesuffix(".csv"), rows, {})
        again = bringing.bring(work, name, (bringing.FIXTURES / name).read_bytes().replace(b"\n", b"\r\n"))
        assert (again["accepted"], again["duplicate"]) == (0, rows)
    first, second = STEPS["accounts"](work, silent)["rows"]
    assert (first["name"], first["won_deals"], first["won_value"], first["open_deals"]) == ("Kahvila Aamu Oy", 2, "2400", 2)
    assert (second["name"], second["parent"], second["lost_deals"], second["open_deals"]) == ("Paahtimo Tähti Oy", "Kahvila Aamu Oy", 2, 0)
    assert count(work, "did deal where status is won") == 1
    assert [count(work, "the account has an open deal", day) for day in ("2026-01-05", "2026-03-02")] == [0, 1]


@pytest.mark.parametrize(
    ("stage", "status"),
    [
        ("Closed Won (Sales Pipeline)", "won"),
        ("closed - lost", "lost"),
        ("Suljettu – voitettu (Myyntiputki)", "won"),
        ("Appointment scheduled (Sales Pipeline)", "open"),
        ("Won over (by phone) soon", "open"),
    ],
)
def test_a_stage_tells_whether_a_deal_is_won_with_its_pipeline_behind_it(work, stage, status):
    bring(work, COMPANIES, "accounts")
    bring(work, f"Deal ID,Title,Stage,Value,Company,Created,Close date\n7,Beans,{stage},90,Kahvila Oy,2026-02-15,2026-04-01\n", "deals")
    (deal,) = STEPS["accounts"](work, silent, account="Kahvila Oy")["account"]["deals"]
    assert (deal["deal"], deal["status"]) == ("7", status)


def test_a_company_with_its_domain_behind_it_is_that_company(work):
    """As HubSpot's deals name it: found by its domain under whatever name, known by both where no list has named it yet."""
    bring(work, "Name,Website\nAho Oy,https://www.aho.example/\n", "accounts")
    header = "Deal ID,Title,Stage,Value,Company,Created\n"
    rows = "1,A,New,10,Ahon Kahvila Oy (aho.example),2026-01-01\n2,B,New,10,Uusi Oy (uusi.example),2026-01-01\n3,C,New,10,Uusi Oy (Turku),2026-01-01\n"
    bring(work, header + rows, "deals")
    shown = {row["name"]: row["open_deals"] for row in STEPS["accounts"](work, silent)["rows"]}
    assert shown == {"Aho Oy": 1, "Uusi Oy": 1, "Uusi Oy (Turku)": 1}
    assert STEPS["accounts"](work, silent, account="Uusi Oy")["account"]["known_by"]["domain"] == ["uusi.example"]


def test_a_deal_that_moves_to_another_company_leaves_the_first(work):
    """Open at one, moved, then won at the other: the first has nothing of it, the other the deal and its value."""
    head = "Deal ID,Title,Stage,Value,Company,Created,Close date,Modified at\n"
    for row in (
        "1,A,Contacted,100,Eka Oy,2026-01-01,,2026-01-02",
        "1,A,Contacted,100,Toka Oy,2026-01-01,,2026-02-01",
        "1,A,Won,120,Toka Oy,2026-01-01,2026-03-01,2026-03-01",
    ):
        assert bring(work, head + row + "\n", "deals")["accepted"] == 1
    shown = {row["name"]: row for row in STEPS["accounts"](work, silent)["rows"]}
    figures = {
        name: [str(row[figure]) for figure in ("open_deals", "open_deal_value", "won_deals", "won_value")]
        for name, row in shown.items()
        if row["open_deals"] is not None
    }
    assert figures["Toka Oy"][0] == "0" and figures["Toka Oy"][2:] == ["1", "120"]
    assert figures.get("Eka Oy", ["0"])[0] == "0"


def test_three_equal_lists_of_companies_of_one_name_add_no_names(work):
    text = "Yrityksen tunnus;Yritys;Kotisivu\n10;Kahvila Oy;kahvila.fi\n11;Kahvila Oy;kahvila.fi\n"
    counts = []
    for n in range(3):
        bring(work, text + "\n" * n, "accounts")
        counts.append(work.store.cursor().execute("SELECT count(*) FROM account_name").fetchall()[0][0])
    assert counts[0] == counts[1] == counts[2]


def test_a_list_of_companies_says_of_how_many_it_told_and_how_many_are_new(work, capsys):
    """Nobody is in it, so nothing is said of customers; a list of deals names people and says so."""
    first = bring(work, COMPANIES, "accounts")
    longer = bring(work, "Yrityksen tunnus;Yritys;Toimiala\n77;Uusi Oy;it\n1;Eka Oy;it\n78;Toinen Oy;it\n", "accounts")
    told = [(item["companies"], item["new_companies"]) for item in (first, longer)]
    known = {name for (name,) in work.store.cursor().execute("SELECT name FROM account").fetchall()}

    assert told[0] == (3, 3)
    assert told[1][0] == 3 and told[0][1] + told[1][1] == len(known)
    _show_import(longer)
    said = capsys.readouterr().out
    assert f"3 companies, {told[1][1]} of them new" in said and "customers" not in said.split("Columns:")[1]
