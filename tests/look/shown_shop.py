"""The demo shop with something on every page, on a day that does not move: what is looked at, and what the pictures of the manual show."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.testclient import TestClient

from intake.posting import put, send, track
from lohko.base import clock
from lohko.demo.shop import write_shop
from lohko.starter import usable
from lohko.state import users
from lohko.state.acting import acting
from lohko.steps import passwords
from lohko.steps.books import books
from lohko.steps.drafts import draft_new
from lohko.steps.history import reconstruct
from lohko.steps.ingest import ingest
from lohko.steps.keys import key_add
from lohko.steps.notices import follow
from lohko.steps.person_life import person_life
from lohko.steps.refresh import refresh
from lohko.steps.reports import report_link_add, report_mail_add
from lohko.steps.review import review_list, review_merge
from lohko.steps.segment_about import segment_comment, segment_describe
from lohko.steps.segments import apply
from lohko.steps.sources import source_add
from lohko.steps.special import special_basis, special_mark
from lohko.steps.users import user_add
from lohko.steps.work import Work, silent
from lohko.steps.write_keys import event_key_add

NOW = dt.datetime(2026, 10, 14, 6, 30, tzinfo=dt.UTC)
"""A Wednesday morning in Helsinki."""
CUSTOMERS = 300
ERASED = "10090"
PASSWORD = "tuulinen viikate neljä lammasta"
PEOPLE = {
    "anna.laine": ("Anna Laine", "admin"), "mikko.salo": ("Mikko Salo", "marketer"), "sari.aalto": ("Sari Aalto", "analyst"),
    "olli.koski": ("Olli Koski", "steward"), "ville.niemi": ("Ville Niemi", "viewer"),
}  # fmt: skip

RULE = (
    'did order at least 2 times in last 365 days and (city is one of "Helsinki", "Tampere", "Turku" or rfm_group is Champions) '
    "and did not order in last 30 days"
)
READY_MADE = ("active", "at-risk", "buyers", "champions", "cooling", "email-engaged", "new-customers", "vip")
DEFINITIONS = {
    "frequent": ("Buys often", "Ostaa usein", "did order at least 3 times", ""),
    "frequent-in-towns": ("Buys often, in the big towns", "Ostaa usein, suurissa kaupungeissa",
                          'did order at least 3 times and city is one of "Helsinki", "Tampere", "Turku", "Oulu"', "parent: frequent\n"),
    "frequent-who-read": ("Buys often and reads our e-mail", "Ostaa usein ja lukee uutiskirjettä",
                          "did order at least 3 times and did email_opened in last 90 days", "parent: frequent\n"),
}  # fmt: skip


@contextlib.contextmanager
def still_clock() -> Iterator[None]:
    """The clock that everything reads stands still, and passwords are hashed with the smallest settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "dt", SimpleNamespace(UTC=dt.UTC, datetime=SimpleNamespace(now=NOW.astimezone)))
        quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        patch.setattr(passwords, "_hasher", lambda: quick)
        yield


def fill(work: Work, place: Path) -> None:
    """The demo shop's files, a second source that knows some of the same people, segments with a past, users, and what they keep."""
    for file in write_shop(place, customers=CUSTOMERS, until=NOW.date(), seed=20):
        with file.path.open("rb") as stream:
            ingest(work, silent, stream=stream, name=file.path.name, kind=file.kind, source=file.source, **file.arguments)
    ingest(work, silent, stream=io.BytesIO(_crm(place / "asiakkaat.csv")), name="yhteyshenkilot.csv", kind="customers", source="crm")
    _allergies(work)
    for name, source, text in _sold_and_asked(place / "asiakkaat.csv"):
        ingest(work, silent, stream=io.BytesIO(text.encode()), name=name, source=source)
    review_merge(work, silent, names=[review_list(work, silent, limit=1)["items"][0]["item"]])
    source_add(work, silent, name="kassa", kind="folder", settings={"path": str(place), "as": "orders"}, schedule="0 3 * * *")
    apply(work, silent, files={name: text for name, text in usable(work.schema().events) if Path(name).stem in READY_MADE})
    apply(work, silent, files={f"{name}.yaml": _yaml(name, *said) for name, said in DEFINITIONS.items()})
    reconstruct(work, silent, days=21)
    refresh(work, silent)
    _users(work)
    segment_describe(
        work, silent, segment="frequent", owner="Anna Laine", tags=["loyalty", "spring"], notes="Invited to the spring evening."
    )
    with acting(_actor(work, "mikko.salo")):
        segment_comment(work, silent, segment="frequent", text="Checked against the till's own list: 3 of 240 missing, all guests.")
        changed = _yaml(
            "frequent", "Buys often", "Ostaa usein", "did order at least 4 times", "owner: Anna Laine\ntags: [loyalty, spring]\n"
        )
        apply(work, silent, files={"frequent.yaml": changed})
    refresh(work, silent)
    _visits(work)
    report_link_add(work, silent, segment="frequent")
    report_mail_add(work, silent, receivers=["johto@kotipuoti.example"], schedule="0 7 * * 1", form="pdf", language="fi")


def _allergies(work: Work) -> None:
    """A field of a special category, and a basis for the segment that is to use it."""
    rows = b"customer_id,allergies\nC-100,nuts\nC-101,milk\n"
    ingest(work, silent, stream=io.BytesIO(rows), name="allergiat.csv", kind="customers", source="crm")
    special_mark(work, silent, attribute="allergies", category="health")
    special_basis(work, silent, segment="nut-free", basis="explicit_consent", remark="Form of January 2026, folder 7.")


def _visits(work: Work) -> None:
    """What visitors of the shop's pages did in the last day, and what its server told; a few of them nobody can use."""
    for source, kind in (("verkkosivut", "public"), ("verkkokauppa", "server")):
        event_key_add(work, silent, source=source, kind=kind)
    for hour in range(20, -1, -1):
        at = NOW - dt.timedelta(hours=hour)
        many = 2 + (hour * 5) % 7 + (6 if 8 <= at.hour <= 20 else 0)
        seen = [track("Product Viewed", anonymous=f"b{hour * 3 + n}", at=at, number=f"v{hour}-{n}") for n in range(many)]
        put(work, *seen, kind="public", source="verkkosivut", at=at)
    put(work, *(track("Pelasi peliä", anonymous=f"g{n}", number=f"g{n}") for n in range(3)), kind="public", source="verkkosivut", at=NOW)
    send(work, *(track("Cart Viewed", user=f"{10000 + n}", number=f"c{n}") for n in range(9)), source="verkkokauppa", at=NOW)


def _yaml(name: str, english: str, finnish: str, rule: str, more: str) -> str:
    return f"id: {name}\ntitle: {{en: '{english}', fi: '{finnish}'}}\n{more}where: '{rule}'\n"


def _crm(customers: Path) -> bytes:
    """Some customers as the sellers know them: most with the same address, some with another birthday, which is for a person to judge."""
    with customers.open(encoding="cp1252", newline="") as stream:
        rows = [row for row in csv.DictReader(stream, delimiter=";") if row["Sähköposti"] and row["Syntymäaika"]][:40]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("customer_id", "first_name", "last_name", "email", "phone", "birthday", "city", "interests"))
    for place, row in enumerate(rows):
        born = "12.3.1961" if place % 6 == 0 else row["Syntymäaika"]
        writer.writerow((f"C-{100 + place}", row["Etunimi"], row["Sukunimi"], row["Sähköposti"], row["Puhelin"], born, row["Postitoimipaikka"],
                         ("koti", "piha", "lahjat")[place % 3]))  # fmt: skip
    return out.getvalue().encode()


FIRMS = (("Mökkivuokraus Koivu Oy", "Majoitus", 14), ("Tilitoimisto Numero Oy", "Tilitoimistot", 32), ("Kunnan puistotoimi", "Julkinen", 210),
         ("Sisustus Saaga Oy", "Sisustus", 6), ("Kahvila Aamu Oy", "Kahvilat", 51))  # fmt: skip
UNSUBSCRIBED = """Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,UNSUB_TIME,LEID,EUID
lahti@posti.example,Lea,Lahti,2,2025-02-01 09:00:00,2025-02-01 09:01:00,2026-09-30 08:00:00,900001,e900001
"""
SELLERS = ("Mikko Salo", "Sari Aalto")


def _sold_and_asked(customers: Path) -> list[tuple[str, str, str]]:
    """What the sellers' system says of firms and deals, and what the help desk says of tickets; people are customers of the shop."""
    with customers.open(encoding="cp1252", newline="") as stream:
        rows = [row for row in csv.DictReader(stream, delimiter=";") if row["Sähköposti"] and row["Puhelin"]][40:80]
    firms = ["Organization - ID,Organization - Name,Organization - Label,Organization - Industry,Organization - Number of employees,"
             "Organization - Owner,Organization - Update time"]  # fmt: skip
    deals = ["Deal - ID,Deal - Title,Deal - Value,Deal - Currency of Value,Deal - Organization,Deal - Contact person,Deal - Stage,Deal - Status,"
             "Deal - Owner,Deal - Deal created,Deal - Update time,Deal - Won time,Deal - Lost time,Deal - Lost reason,Person - Email - Work"]  # fmt: skip
    for place, (firm, industry, size) in enumerate(FIRMS):
        firms.append(f"{70 + place},{firm},Customer,{industry},{size},{SELLERS[place % 2]},2026-09-0{place + 1} 10:00:00")
        for k in range(3):
            row, at = rows[place * 3 + k], f"2026-0{5 + k}-1{place} 09:00:00"
            state = ("Open", "Open", "Won")[(place + k) % 3]
            deals.append(f"{place * 10 + k},{('Lahjat', 'Piharemontti', 'Kalusteet')[k]},{(place + 1) * 900 + k * 450},EUR,{firm},"
                         f"{row['Etunimi']} {row['Sukunimi']},{'Proposal Made' if k else 'Negotiations Started'},{state},{SELLERS[place % 2]},{at},"
                         f"{at},{at if state == 'Won' else ''},,,{row['Sähköposti']}")  # fmt: skip
    tickets = ["Ticket ID,Created at,Requester email,Subject,Status,Priority,Channel,Tags,Solved at"]
    for place, row in enumerate(rows[20:32]):
        solved = f"2026-10-{1 + place:02} 15:30" if place % 3 else ""
        subject = ("Missä tilaukseni on?", "Palautus", "Lasku puuttuu")[place % 3]
        tickets.append(f"{5000 + place},2026-10-{1 + place:02} 09:0{place % 10},{row['Sähköposti']},{subject},{'Solved' if solved else 'Open'},"
                       f"Normal,email,{('delivery', 'refund', 'invoice')[place % 3]},{solved}")  # fmt: skip
    return [("pipedrive-organizations.csv", "pipedrive", "\n".join(firms) + "\n"), ("pipedrive-deals.csv", "pipedrive", "\n".join(deals) + "\n"),
            ("tiketit.csv", "helpdesk", "\n".join(tickets) + "\n")]  # fmt: skip


def _users(work: Work) -> None:
    for address, (name, role) in PEOPLE.items():
        user_add(work, silent, email=f"{address}@kotipuoti.example", name=name, role=role, password=PASSWORD)
    user_add(work, silent, email="uusi@kotipuoti.example", name="Elina Uusitalo", role="viewer")
    follow(work, silent, user="anna.laine@kotipuoti.example", segment="frequent")
    with acting(_actor(work, "anna.laine")):
        key_add(work, silent, name="Newsletter tool", scopes=["read"], days=365)


def _actor(work: Work, name: str) -> str:
    with work.state.connect() as connection:
        return f"user {users.find(connection, f'{name}@kotipuoti.example').id}"


# --- an address behind every page ------------------------------------------------------------


def sign_in(work: Work) -> str:
    """A session of the admin."""
    with work.state.begin() as connection:
        return users.sign_in(connection, users.find(connection, "anna.laine@kotipuoti.example").id)


def drafted(work: Work, rule: str = RULE) -> str:
    """A draft of the admin with a rule."""
    with acting(_actor(work, "anna.laine")):
        return str(draft_new(work, silent, text=rule)["draft"])


def invited(work: Work) -> str:
    """The secret of an invitation."""
    with work.state.begin() as connection:
        return users.invite(connection, users.find(connection, "uusi@kotipuoti.example").id)


def linked(work: Work) -> str:
    """The path of a link to a report."""
    return str(report_link_add(work, silent, language="en")["path"])


def running(app: FastAPI) -> str:
    """A refresh that is half done, for as long as the app is there."""
    job = app.state.jobs.new("refresh")
    job.state, job.phase, job.done, job.what = "running", "refresh", 0.42, "refreshing"
    return str(job.id)


def uploaded(client: TestClient, app: FastAPI, name: str, text: str, *, start: bool) -> str:
    """The job of a file that was sent: it waits for its columns, or has come in."""
    answer = client.post("/import", data={"kind": ""}, files={"file": (name, text.encode())}, follow_redirects=False)
    job = app.state.jobs.get(answer.headers["location"].rpartition("/")[2])
    job.thread.join()
    if start:
        guess = {column["column"]: field for field, column in job.preview["guess"].items()}
        columns = {f"column-{place}": guess.get(header, "") for place, header in enumerate(job.preview["headers"])}
        client.post(f"/import/{job.id}/start", data=columns, follow_redirects=False)
        job.thread.join()
    return str(job.id)


def packed(client: TestClient, app: FastAPI, name: str, files: dict[str, str], *, start: bool) -> str:
    """The job of a zip archive that was sent: it waits to be brought in, or its files are in."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for member, text in files.items():
            archive.writestr(member, text)
    answer = client.post("/import", data={"kind": ""}, files={"file": (name, made.getvalue())}, follow_redirects=False)
    job = app.state.jobs.get(answer.headers["location"].rpartition("/")[2])
    job.thread.join()
    if start:
        client.post(f"/import/{job.id}/start", follow_redirects=False)
        job.thread.join()
    return str(job.id)


def erased(client: TestClient, app: FastAPI, work: Work, customer: str) -> str:
    """The job that erased a customer."""
    person = person_life(work, silent, customer=customer)["person_id"]
    answer = client.post(f"/customers/{person}/erase", data={"number": customer}, follow_redirects=False)
    job = app.state.jobs.get(answer.headers["location"].rpartition("/")[2])
    job.thread.join()
    return str(job.id)


def _richest(files: Path) -> str:
    """Whom both the shop and the sellers know, and who bought most often."""
    with (files / "asiakkaat.csv").open(encoding="cp1252", newline="") as stream:
        rows = [row["Asiakasnumero"] for row in csv.DictReader(stream, delimiter=";") if row["Sähköposti"] and row["Syntymäaika"]][:40]
    known = {number for place, number in enumerate(rows) if place % 6}
    bought = Counter(line.split(";")[2] for line in (files / "tilaukset.csv").read_text("utf-8-sig").splitlines() if line.count(";") > 3)
    return max(known, key=lambda number: (bought[number], number))


def reached(work: Work, app: FastAPI, files: Path) -> dict[str, str]:
    """What stands for each `{name}` in the addresses of pages."""
    client = TestClient(app, base_url="http://127.0.0.1:8000", headers={"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"})
    client.cookies["lohko_session"] = sign_in(work)
    orders = (files / "tilaukset.csv").read_text("utf-8-sig").splitlines()
    late = "\n".join([orders[0], *(line.replace("T", "L", 1) for line in orders[-6:]), "L9;eilen;10001;;Takki;;;1;10,00;;EUR;;;;"])
    erasure = erased(client, app, work, ERASED)  # first: nothing that was known of files is known after it
    columns = uploaded(client, app, "tilaukset-lokakuu.csv", late, start=False)
    imported = uploaded(client, app, "tilaukset-lokakuu.csv", late, start=True)
    packs = {"tilaukset-elokuu.csv": "\n".join([orders[0], *(line.replace("T", "Z", 1) for line in orders[-40:-20]), late.rpartition("\n")[2]]),
             "uutiskirje.csv": UNSUBSCRIBED, "muistio.csv": "a;b;c\n1;2;3\n", "LUEMINUT.txt": "Kassan vienti 14.10.2026\n"}  # fmt: skip
    waits = packed(client, app, "kassan-vienti.zip", packs, start=False)
    archived = packed(client, app, "kassan-vienti.zip", packs, start=True)
    refresh(work, silent)
    return {
        "archive": waits,
        "archive_imported": archived,
        "session": client.cookies["lohko_session"],
        "columns": columns,
        "imported": imported,
        "erasure": erasure,
        "rejected": str(max(books(work, silent)["imports"], key=lambda row: row["rejected"])["batch"]),
        "person": person_life(work, silent, customer=_richest(files))["person_id"],
        "link": invited(work),
        "shared": linked(work).rpartition("/")[2],
        "draft": drafted(work),
        "job": running(app),
    }
