"""Asking only those who may have moved gives the members that asking everyone gives, whatever happened since the last refresh."""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import sys
from contextlib import suppress

import pytest
from pyroaring import BitMap

from lohko.base import clock
from lohko.base.errors import LohkoError
from lohko.engine import slice as slice_
from lohko.engine.membership import recorded
from lohko.steps import refresh_few
from lohko.steps.consents import consent_give, consent_withdraw, person_flag
from lohko.steps.ingest import ingest
from lohko.steps.not_customers import exclude_customers, include_customers
from lohko.steps.person_erase import person_erase
from lohko.steps.person_rights import person_correct
from lohko.steps.question import ask
from lohko.steps.refresh import refresh
from lohko.steps.review import review_merge, review_undo
from lohko.steps.work import Work, silent
from steps.rows import bring_in, define

RULES = {
    "recent": "did order in last 30 days",
    "hours": "did order in last 36 hours",
    "lapsed": "did order and not (did order in last 60 days)",
    "spent": "sum of total of order >= 100",
    "older": "did order more than 45 days ago",
    "latest": "last order is in last 2 months",
    "month": "did order this month",
    "nordic": "country is one of FI, SE",
    "was_finn": "country was FI 20 days ago",
    "birthday": "birthday anniversary is in the next 20 days",
    "soon": "did booking where arrival is in the next 14 days",
    "email": "may be sent e-mail marketing",
    "quiet": "did page_view and did not order within 3 days of that",
    "often": "ordered in at least 2 of the last 4 weeks",
    "overdue": "time since last order is more than 2 times the usual time between orders",
    "of_recent": "in segment recent and not in segment nordic",
    "came": "entered segment recent in last 10 days",
    "since": "was in segment recent 15 days ago",
    "ever": "country has ever been SE",
    "various": "distinct count of total of orders in last 90 days is at least 1",
    "first": "first order has total >= 60",
    "tied": "number of booking in the last 60 days that have no page_view by arrival is at least 1",
    "half": "is in a random 50 % of everyone",
    "near": "is within 20 km of 60.17, 24.94",
    "colleague": "any contact of the account did order in the last 30 days",
    "top": "is in the top 2 by sum of total of order",
    "rfm": "rfm_r >= 4",
}
RELATIVE = {"overdue", "top", "rfm", "colleague"}
"""Those for which everyone has to be asked: by the time itself, or by what others do."""
EDITED = ["did order in last 20 days", "did order in last 30 days", "country is FI"]
PEOPLE = ["ann", "bo", "cy", "di", "ed"]
LIVES = int(os.environ.get("LOHKO_LIVES", "1"))


class Clock:
    """What all modules read instead of the clock."""

    def __init__(self) -> None:
        self.at = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
        self._real = clock.now
        self._readers = [m for name, m in list(sys.modules.items()) if name.startswith("lohko") and getattr(m, "now", None) is self._real]
        for module in self._readers:
            module.now = lambda: self.at  # type: ignore[attr-defined]

    def stop(self) -> None:
        for module in self._readers:
            module.now = self._real  # type: ignore[attr-defined]


class Life:
    """A shop as it lives: data comes late and early, people are merged and parted, rules are edited, time goes on."""

    rules, happenings = RULES, list[str]()
    relative: frozenset[str] | set[str] = RELATIVE

    def __init__(self, work: Work, clock: Clock, seed: int) -> None:
        self.work, self.clock, self.draw, self.lines = work, clock, random.Random(seed), 0
        self.done: list[str] = []
        bring_in(work, "ann,a,2026-01-10,50\nbo,b,2026-02-20,70\n")
        self.take("customers", CUSTOMERS, "ann,FI,1990-03-10,ann@example.com,60.1,24.9,Acme")
        self.take("events", EVENTS, f"bo,booking,{self.day(-3)},m1,{self.arrival()}\nbo,page_view,{self.day(-3)},m2,{self.arrival()}")
        define(work, **self.rules)
        refresh(work, silent)

    def day(self, days: int) -> str:
        return (self.clock.at + dt.timedelta(days=days, hours=2)).isoformat()

    def days(self) -> str:
        return self.day(self.draw.randint(-70, 40))

    def take(self, kind: str, header: str, row: str, **said: bool) -> None:
        self.lines += 1
        stream = io.BytesIO(f"{header}\n{row}\n".encode())
        ingest(self.work, silent, stream=stream, name=f"{kind}-{self.lines}.csv", kind=kind, **said)

    # --- what happens to a person

    def orders(self, who: str) -> None:
        self.take("orders", ORDERS, f"{who},{self.lines},{self.days()},{self.draw.randint(-20, 120)}")

    def corrects_an_order(self, who: str) -> None:
        """The first order of all is somebody else's now, of another day."""
        self.take("orders", ORDERS, f"{who},a,{self.days()},{self.draw.randint(1, 120)}", replace=True)

    def arrival(self) -> str:
        """One of few days, so that what was looked at and what was booked are often of the same."""
        return self.day(self.draw.randint(-5, 30))[:8] + "15"

    def views(self, who: str) -> None:
        arrival = self.draw.choice(["", self.arrival()])
        self.take("events", EVENTS, f"{who},page_view,{self.days()},v{self.lines},{arrival}")

    def books(self, who: str) -> None:
        self.take("events", EVENTS, f"{who},booking,{self.days()},b{self.lines},{self.arrival()}")

    def is_described(self, who: str) -> None:
        country, born = self.draw.choice(["FI", "SE", "DE", ""]), self.draw.choice(["1990-03-10", "1985-04-02", ""])
        place, company = self.draw.choice(["60.2,25.0", "61.5,23.8", ","]), self.draw.choice(["Acme", "Beta", ""])
        self.take("customers", CUSTOMERS, f"{who},{country},{born},{who}@example.com,{place},{company}")

    def consents(self, who: str) -> None:
        change = self.draw.choice([consent_give, consent_withdraw])
        change(self.work, silent, customer=who, purpose="email", since=self.day(self.draw.randint(-30, -1)))

    def flags(self, who: str) -> None:
        flag, holds = self.draw.choice(["restricted", "no_profiling"]), self.draw.random() < 0.5
        person_flag(self.work, silent, customer=who, flag=flag, holds=holds)

    def is_no_customer(self, who: str) -> None:
        exclude_customers(self.work, silent, entries=[f"customer:{who}"], reason="staff")

    def is_a_customer_again(self, who: str) -> None:
        include_customers(self.work, silent, entries=[f"customer:{who}"])

    def corrects(self, who: str) -> None:
        person_correct(self.work, silent, customer=who, attribute="country", value=self.draw.choice(["FI", "SE"]))

    def merges(self, who: str) -> None:
        review_merge(self.work, silent, names=[who, self.draw.choice(PEOPLE)])

    def parts(self, who: str) -> None:
        review_undo(self.work, silent, customer=who)

    def is_erased(self, who: str) -> None:
        person_erase(self.work, silent, customers=[who])

    def edits(self, _who: str) -> None:
        define(self.work, recent=self.draw.choice(EDITED))

    def happens(self) -> None:
        """One thing that may happen; what cannot be is refused and changes nothing."""
        name, who = self.draw.choice(self.happenings), self.draw.choice(PEOPLE)
        self.done.append(f"{name} {who}")
        with suppress(LohkoError):
            getattr(self, name)(who)

    def goes_on(self) -> None:
        minutes = self.draw.choice([0, 1, 60, 8 * 60, 24 * 60, 5 * 24 * 60, 31 * 24 * 60])
        self.done.append(f"{minutes} minutes pass")
        self.clock.at += dt.timedelta(minutes=minutes)


CUSTOMERS, ORDERS = "customer_id,country,birthday,email,latitude,longitude,company", "customer_id,order_id,ordered_at,total"
EVENTS = "customer_id,event,occurred_at,message_id,arrival"
SELDOM = ["is_erased", "edits", "is_no_customer"]
HAPPENINGS = [
    name
    for name in vars(Life)
    if not name.startswith("_")
    and name not in ("rules", "happenings", "relative", "day", "days", "arrival", "take", "happens", "goes_on", *SELDOM)
] * 3
HAPPENINGS += SELDOM
Life.happenings = HAPPENINGS


def refreshed(life: Life, names: list[str] | None) -> bool:
    """Refresh, and ask everyone beside it; whether a few people were enough for some segment."""
    found = refresh(life.work, silent, segments=names)
    question = ask(life.work)
    for row in found["segments"]:
        now, told = question.people(row["id"]), recorded(question.engine.cursor, row["id"])
        assert (row["id"], told, row["size"]) == (row["id"], now, len(now)), life.done
    question.engine.cursor.close()
    return found["asked_again"] is not None


@pytest.fixture
def moving_clock():
    clock = Clock()
    yield clock
    clock.stop()


@pytest.fixture(autouse=True)
def always_worth_it(monkeypatch):
    """In so small a shop a few people are most of it."""
    monkeypatch.setattr(refresh_few, "WORTH_IT", 2.0)


@pytest.mark.parametrize("seed", range(LIVES))
def test_whatever_happens_few_and_all_are_in_the_same_segments(work, moving_clock, monkeypatch, seed):
    """Also where they are asked as more people are, whose different values are told apart leaf by leaf."""
    life, few = Life(work, moving_clock, seed), 0
    for turn in range(10):
        for _ in range(life.draw.randint(0, 2)):
            life.happens()
        life.goes_on()
        for module in (refresh_few, slice_):
            monkeypatch.setattr(module, "MANY", 0 if turn % 2 else 20_000)
        few += refreshed(life, life.draw.sample(sorted(RULES), 3) if turn % 5 == 4 else None)
    assert few >= 3  # else nothing was tried


def test_a_check_asks_both_ways_and_names_who_differs(work, moving_clock, monkeypatch):
    """With the bands taken away nobody is told to have crossed an edge: the check sees it, and what everyone's answers say is kept."""
    life = Life(work, moving_clock, 0)
    life.orders("cy")
    moving_clock.at += dt.timedelta(days=40)
    agreed = refresh(work, silent, check=True)
    assert agreed["differences"] == [] and agreed["asked_again"]["segments"] == len(RULES) - len(RELATIVE)
    life.take("orders", ORDERS, f"bo,x,{life.day(-1)},30")
    refresh(work, silent)
    monkeypatch.setattr(refresh_few, "crossing", lambda cursor, sweeps: BitMap())
    moving_clock.at += dt.timedelta(days=3)
    found = refresh(work, silent, check=True)
    hours = next(row for row in found["differences"] if row["segment"] == "hours")
    assert (hours["people"], hours["not_asked"], len(hours["person_ids"])) == (1, 1, 1)
    question = ask(work)
    assert recorded(question.engine.cursor, "hours") == question.people("hours")


def test_many_who_may_have_moved_are_asked_with_everyone(work, moving_clock, monkeypatch):
    life = Life(work, moving_clock, 0)
    monkeypatch.setattr(refresh_few, "WORTH_IT", 0.3)
    moving_clock.at += dt.timedelta(minutes=5)
    life.orders("cy")
    assert refresh(work, silent)["asked_again"] is None
    for _ in range(2):  # who entered a segment at a refresh has, at the next, entered it since
        moving_clock.at += dt.timedelta(minutes=1)
        found = refresh(work, silent)
    assert found["asked_again"]["people"] == 0
