"""A small firm that sells to people and to companies: customers with orders, consents and tickets; companies with deals. All of it imagined, each with one thing to find."""

from __future__ import annotations

import datetime as dt

from lohko.base.clock import now
from lohko.steps.consents import consent_give, consent_withdraw, person_flag
from lohko.steps.refresh import refresh
from lohko.steps.segments import apply
from lohko.steps.work import Work, silent
from web.small_shop import bring_in

TODAY = now()


def ago(days: float) -> str:
    """The time so many days ago, as a file says it."""
    return (TODAY - dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


# number, name, phone, days ago of the orders, what each was worth
PEOPLE = [
    ("late", "Laila Lento", "040 100 0001", (100, 80, 60, 35), 50),
    ("slipping", "Sirpa Hiipunut", "040 100 0002", (340, 190), 4000),
    ("refused", "Kalle Kielto", "040 100 0003", (100, 80, 60, 35), 60),
    ("no-marketing", "Maija Kielletty", "040 100 0004", (100, 80, 60, 35), 60),
    ("no-profiling", "Pekka Profiiliton", "040 100 0005", (100, 80, 60, 35), 60),
    ("no-phone", "Niilo Numeroton", "", (100, 80, 60, 35), 60),
    ("agreed", "Aino Suostunut", "040 100 0006", (101, 81, 61, 36), 40),
    ("lost", "Loviisa Lopettanut", "040 100 0007", (500, 490, 480), 70),
    ("today", "Tiina Tuore", "040 100 0008", (3,), 30),
    *((f"n{n}", f"Nimi{n} Väkinen{n}", f"040 200 {n:04}", (12 + 9 * n, 420 + 9 * n), 10 + n) for n in range(30)),
]
CUSTOMERS = (
    "customer_id,first_name,last_name,phone,email,company\n"
    + "".join(f"{number},{name.split()[0]},{name.split()[1]},{phone},{number}@example.fi,\n" for number, name, phone, _, _ in PEOPLE)
    + "yhteys,Yrjö,Yhteys,040 300 0001,yrjo@kahvila.fi,Kahvila Oy\njohtaja,Jaana,Johtaja,040 300 0002,jaana@paahtimo.fi,Paahtimo Oy\n"
)
ORDERS = "customer_id,order_id,ordered_at,total\n" + "".join(
    f"{number},T-{number}-{nth},{ago(days)},{worth}\n" for number, _, _, orders, worth in PEOPLE for nth, days in enumerate(orders)
)
TICKETS = (
    "Ticket ID,Created at,Requester email,Subject,Status,Solved at\n"
    f"9001,{ago(9)},late@example.fi,Takki hukassa,Open,\n"
    f"9002,{ago(3)},today@example.fi,Vaihto,pending,\n"
    f"9003,{ago(8)},today@example.fi,Kiitos,Solved,{ago(7)}\n"
)
COMPANIES = "account_id,company,account owner\n1,Kahvila Oy,Oona Omistaja\n2,Paahtimo Oy,Pasi Päällikkö\n3,Leipomo Oy,Oona Omistaja\n"


DEALS = (
    "Deal ID,Title,Stage,Status,Value,Company,Owner,Created,Close date,Email\n"
    f"d1,Uudet koneet,Tarjous,open,9000,Kahvila Oy,Oona Omistaja,{ago(45)},,yrjo@kahvila.fi\n"
    f"d2,Paahtoapu,Tapaaminen,open,,Paahtimo Oy,Pasi Päällikkö,{ago(50)},,\n"
    f"d3,Vanha juttu,Tapaaminen,open,500,Kahvila Oy,Oona Omistaja,{ago(500)},,\n"
    f"d4,Jauhot,Voitettu,won,1000,Leipomo Oy,Oona Omistaja,{ago(80)},{ago(60)},\n"
    f"d5,Uusi uuni,Tarjous,open,700,Leipomo Oy,Oona Omistaja,{ago(5)},,\n"
)
SEGMENTS = {
    "buyers": "id: buyers\ntitle: {en: Buyers, fi: Ostajat}\nwhere: did order\n",
    "fresh": "id: fresh\ntitle: {en: Fresh}\nwhere: did order in last 7 days\ntags: [hot]\n",
    "goal": "id: goal\ntitle: {en: Twice}\nwhere: did order at least 2 times\n"
    "goal: {metric: members, baseline: 1, target: 30, by: 2099-01-01}\n",
    "three": 'id: three\ntitle: {en: Three}\nwhere: email is one of "late@example.fi", "slipping@example.fi"\n',
}


def fill(work: Work) -> None:
    """Bring everything in, and record who was in which segment five days ago and who is now."""
    bring_in(work, CUSTOMERS, "customers", "customers.csv")
    bring_in(work, ORDERS, "orders", "orders.csv")
    bring_in(work, TICKETS, "tickets", "tickets.csv")
    bring_in(work, COMPANIES, "accounts", "companies.csv")
    bring_in(work, DEALS, "deals", "deals.csv")
    apply(work, silent, files={f"{name}.yaml": text for name, text in SEGMENTS.items()})
    for days in (5, 0):
        refresh(work, silent, as_of=ago(days))
    consent_give(work, silent, customer="agreed", purpose="phone", basis="consent")
    consent_withdraw(work, silent, customer="refused", purpose="phone")
    person_flag(work, silent, customer="no-marketing", flag="no_marketing", holds=True)
    person_flag(work, silent, customer="no-profiling", flag="no_profiling", holds=True)
