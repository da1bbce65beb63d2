"""Whom nothing is told of can be joined with nobody, so nobody is looked for; whoever has an address is looked for, and found."""

from __future__ import annotations

import pytest

from intake.posting import identify, send, shop, track
from lohko.state.identity_rules import read_through
from lohko.steps import unify
from lohko.steps.unify import identity_rules
from lohko.steps.unify import unify as join_all
from lohko.steps.work import silent


@pytest.fixture
def looked(monkeypatch):
    """The batches since which records were looked at, one after the other."""
    found, find = [], unify.find_merges
    monkeypatch.setattr(unify, "find_merges", lambda *given, since: found.append(since) or find(*given, since=since))
    return found


def through(work):
    with work.state.connect() as connection:
        return read_through(connection)


def test_visitors_who_say_nothing_are_passed_over_and_whoever_says_an_address_is_joined(tmp_path, looked):
    with shop(tmp_path / "w", "web", "app") as work:
        send(work, identify("a", email="aino@example.fi"))
        assert len(looked) == 1
        for number in range(3):
            send(work, track("Seen", anonymous=f"v{number}"), track("Seen", user=f"u{number}"))
        assert len(looked) == 1 and through(work) == work.data_version()
        assert send(work, identify("b", email="Aino@example.fi"), source="app")["joined"] == 1
        assert len(looked) == 2 and looked[1] > looked[0], "and those who said nothing are not looked at again"
        assert join_all(work, silent)["merged"] == 0, "so nobody was missed"


def test_while_records_are_not_joined_by_themselves_nothing_is_passed_over(tmp_path, looked):
    with shop(tmp_path / "w", "web", "app") as work:
        identity_rules(work, silent, text="automatic: false\n")
        send(work, identify("a", email="aino@example.fi"))
        send(work, identify("b", email="aino@example.fi"), source="app")
        send(work, track("Seen", anonymous="v"))
        identity_rules(work, silent, text="automatic: true\n")
        assert not looked and through(work) == 0
        send(work, identify("c", email="cecilia@example.fi"))
        assert looked[0] == 0, "all that came meanwhile is looked at"
        assert work.store.cursor().execute("SELECT count(*) FROM person WHERE living").fetchall() == [(3,)]
