"""While a shop lives and is refreshed round after round, the ledger, everyone's answers, the reference, what is published and look-ups agree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from intake.posting import send, track
from lohko.engine.kept_rows import KeptRows
from lohko.engine.membership import recorded
from lohko.engine.served import Marks, read_served
from lohko.state.suppression import read_key
from lohko.steps import refresh_few
from lohko.steps.backup import backup
from lohko.steps.explain import members_by_reference
from lohko.steps.feed import changes_after, live_set
from lohko.steps.keys import key_add
from lohko.steps.publish import publish
from lohko.steps.question import ask
from lohko.steps.refresh_live import EVERYONE_AFTER, refresh_live
from lohko.steps.restore import restore
from lohko.steps.roll_messages import events_roll_up
from lohko.steps.roll_up import roll_up
from lohko.steps.work import silent
from lohko.steps.write_keys import event_key_add
from lohko.wiring import open_work
from steps.test_refresh_few import PEOPLE, Clock, Life

LIVES = int(os.environ.get("LOHKO_LIVES", "1"))


class LiveLife(Life):
    """The same life with messages that come as they happen, late ones among them, and with what the server does beside."""

    def __init__(self, work, clock, seed):
        event_key_add(work, silent, source="web", kind="server")
        key_add(work, silent, name="shop", scopes=["lookup"])
        live_set(work, silent, changes_days=36_500)
        super().__init__(work, clock, seed)
        self.told, self.asked_all = dict[str, str](), clock.at

    def live(self) -> None:
        """Messages, and now and then what the server does by itself."""
        for _ in range(self.draw.randint(0, 3)):
            days = self.draw.choice([0, 0, -1, -20])
            who, at = self.draw.choice(PEOPLE), self.clock.at.replace(microsecond=0)
            event = self.draw.choice(["page_view", "booking"])
            send(self.work, track(event, user=who, at=at.fromtimestamp(at.timestamp() + days * 86_400, at.tzinfo)), at=self.clock.at)
        if self.draw.random() < 0.3:
            self.done.append("roll up")
            roll_up(self.work, self.clock.at)
            events_roll_up(self.work, silent)

    def round(self) -> None:
        """One round of refreshing, with rows kept of every table, however short; then everything that says who is in which segment is compared."""
        self.work.rows.long, self.work.rows.rests = 1, 0.0
        refresh_live(self.work)
        if self.draw.random() < 0.7:
            self.work.rows.keep(self.work.store)
        publish(self.work)
        question = ask(self.work)
        whole = self.clock.at - self.asked_all >= EVERYONE_AFTER
        names = [name for name in self.rules if whole or name not in self.relative]
        self.asked_all = self.clock.at if whole else self.asked_all
        cursor, inside = question.engine.cursor, {}
        by_reference = members_by_reference(self.work, question, sorted(set(self.rules) - self.relative))
        for name in names:
            inside[name] = recorded(cursor, name)
            assert (name, inside[name]) == (name, question.people(name)), self.done
            assert name in self.relative or set(inside[name]) == by_reference[name], (name, self.done)
        ids = dict(cursor.execute("SELECT person, person_id FROM person").fetchall())
        self.published({name: {ids[person] for person in people} for name, people in inside.items()})
        self.looked_up(inside, dict(cursor.execute(_LEADS).fetchall()))
        cursor.close()

    def published(self, inside) -> None:
        """What is published adds up to the members, and no change ever has another id."""
        folded = {name: set() for name in self.rules}
        for item in changes_after(self.work, silent, limit=10_000)["changes"]:
            assert self.told.setdefault(item["position"], item["id"]) == item["id"], self.done
            people = folded[item["segment"]]
            people.add(item["person_id"]) if item["entered"] else people.discard(item["person_id"])
        assert {name: folded[name] for name in inside} == inside, self.done

    def looked_up(self, inside, leads) -> None:
        """By a customer number one is told the segments of its person."""
        marks = Marks(read_key(self.work.folder.key))
        served = read_served(self.work.folder.served, marks.check)
        for name, people in inside.items():
            assert (name, served.members(name)) == (name, people), self.done
        for who in PEOPLE:
            known, segments, _, _ = served.found([marks.mark("id", source, who) for source in served.head.sources])
            person = leads.get(who, 0)
            assert known == person, (who, self.done)
            assert {name for name in segments if name in inside} == {name for name in inside if person in inside[name]}, (who, self.done)


_LEADS = """
SELECT n.value, min(n.person) FROM node AS n JOIN person AS p ON p.person = n.person AND p.living
WHERE n.kind = 'id' GROUP BY n.value HAVING count(DISTINCT n.person) = 1
"""


@pytest.mark.parametrize("seed", range(LIVES))
def test_whatever_happens_all_that_tells_of_members_tells_the_same(work, monkeypatch, tmp_path, seed):
    monkeypatch.setattr(refresh_few, "WORTH_IT", 2.0)
    kept, fill = list[str](), KeptRows.fill
    monkeypatch.setattr(KeptRows, "fill", lambda self, cursor, table, *more: fill(self, cursor, table, *more) and not kept.append(table))
    clock = Clock()
    try:
        life = LiveLife(work, clock, seed)
        life.round()
        for _ in range(5):
            _lives_on(life)
        made = backup(life.work, silent, folder=str(tmp_path / "backups"))["backup"]
        life.done.append("restored")
        restore(open_work, silent, made=Path(made), target=tmp_path / "restored")
        with open_work(tmp_path / "restored", silent) as life.work:
            key_add(life.work, silent, name="shop", scopes=["lookup"])  # no key holds after a restore
            for _ in range(2):
                _lives_on(life)
        assert len(life.told) > 20 and len(kept) > 2  # else nothing happened
    finally:
        clock.stop()


def _lives_on(life: LiveLife) -> None:
    for _ in range(life.draw.randint(0, 2)):
        life.happens()
    life.live()
    life.goes_on()
    life.round()
