"""Erasure leaves no trace: fifty people are planted, half of them erased, and every byte of the workspace is searched."""

from __future__ import annotations

import io
import shutil

import pytest

from lohko.engine.store import fingerprint
from lohko.state.erasures import unfinished
from lohko.steps import person_erase as erasing
from lohko.steps.ingest import ingest
from lohko.steps.person_erase import person_erase
from lohko.steps.read import status
from lohko.steps.work import silent
from lohko.wiring import open_work
from privacy.planted import Planted, bring_in, found, make

PEOPLE = [Planted(number) for number in range(50)]
ERASED, LEFT = PEOPLE[::2], PEOPLE[1::2]


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    place = tmp_path_factory.mktemp("planted") / "shop"
    make(place)
    with open_work(place, silent) as work:
        bring_in(work, PEOPLE)
    return place


@pytest.fixture
def shop(before, tmp_path):
    place = tmp_path / "shop"
    shutil.copytree(before, place)
    return place


def words(people):
    return [word for person in people for word in person.words()]


def test_the_search_finds_what_is_there(before):
    """Otherwise it would prove nothing: everybody's words are found before, in the archive, the store and the state."""
    seen = found(before, words(ERASED))

    hit = {word for hits in seen.values() for word in hits}
    for person in ERASED:
        own = set(person.words()) - hit
        assert own <= {person.word("file")}, "words of somebody that nothing holds"
    assert {name.split("/")[0] for name in seen} >= {"landing", "state.sqlite", "engine.duckdb"}


def test_no_byte_is_left_of_those_who_were_erased_and_all_of_the_others(shop):
    with open_work(shop, silent) as work:
        told = person_erase(work, silent, customers=[person.customer for person in ERASED])
        people = status(work, silent)["people"]
        made = fingerprint(work.store)
        sizes = work.state.connect().exec_driver_sql("SELECT segment, size FROM run_segment ORDER BY segment").fetchall()

    assert found(shop, words(ERASED)) == {}
    hit = {word for hits in found(shop, words(LEFT)).values() for word in hits}
    for person in LEFT:
        assert set(person.words()) - hit <= {person.word("file")}, "something of those who stay was lost"
    assert told["erased"] == 25
    assert told["checked"]["found_in"] == []
    assert people == 25
    assert dict(sizes)["buyers"] == 50, "what was reported stays as reported"
    with open_work(shop, silent, again=True) as work:
        assert fingerprint(work.store) == made, "a rebuild makes the same people without them"


def test_a_file_that_somebody_put_into_the_workspace_is_left_alone_and_named(shop):
    """Files that Lohko did not write are not edited; the answer says in which of them the person still is."""
    (shop / "mine").mkdir()
    (shop / "mine" / "list.csv").write_text(f"email\n{ERASED[0].word('file')}\n{' '.join(ERASED[0].words())}\n", encoding="utf-8")
    with open_work(shop, silent) as work:
        told = person_erase(work, silent, customers=[ERASED[0].customer])
    assert told["checked"]["found_in"] == ["mine/list.csv"]
    assert (shop / "mine" / "list.csv").is_file()


def test_the_same_file_again_brings_nobody_back(shop):
    """Neither the very file, nor one with news of the same people; what came of them is counted and not kept."""
    with open_work(shop, silent) as work:
        person_erase(work, silent, customers=[person.customer for person in ERASED])
        header = "customer_id,email,first_name,last_name,street,updated_at,consent_ads"
        rows = [f"{p.customer},{p.email},{p.word('first')},{p.word('last')},{p.word('street')},2026-01-02,yes" for p in PEOPLE]
        same = ingest(work, silent, stream=io.BytesIO("\n".join([header, *rows, ""]).encode()), name="customers.csv", kind="customers")
        news = [row.replace("2026-01-02", "2026-08-08") for row in rows]
        later = ingest(work, silent, stream=io.BytesIO("\n".join([header, *news, ""]).encode()), name="later.csv", kind="customers")
        # By another number and source, the address alone tells who it is; so does a row that is rejected.
        other = [f"X{p.number},{p.email.upper()},A,B,C,2026-08-09,yes" for p in ERASED[:5]] + [f",{ERASED[6].email},A,B,C,no day,yes"]
        elsewhere = ingest(
            work, silent, stream=io.BytesIO("\n".join([header, *other, ""]).encode()), name="crm.csv", kind="customers", source="crm"
        )
        people = status(work, silent)["people"]

    assert same["already_imported"]
    assert (same["received"], same["duplicate"], same["suppressed"]) == (50, 25, 25), "who was erased is not known already"
    assert (later["suppressed"], later["accepted"]) == (25, 25)
    assert later["received"] == later["accepted"] + later["duplicate"] + later["rejected"] + later["suppressed"]
    assert elsewhere["suppressed"] == 6
    assert people == 25
    assert found(shop, words(ERASED)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("stop", ["without", "ledger_without", "_forget_in_receipts", "sweep_replaced", "renew", "keep_decision"])
def test_an_erasure_that_was_cut_short_is_finished_when_the_workspace_is_next_opened(shop, monkeypatch, stop):
    class Cut(BaseException):
        pass

    def cut(*_given, **_named):
        raise Cut

    home = erasing.erase if stop in ("without", "ledger_without") else erasing
    with monkeypatch.context() as patch, pytest.raises(Cut), open_work(shop, silent) as work:
        patch.setattr(home, stop, cut)
        person_erase(work, silent, customers=[ERASED[0].customer, ERASED[1].customer])

    with open_work(shop, silent) as work, work.state.connect() as connection:
        assert unfinished(connection) == []
        assert status(work, silent)["people"] == 48
    assert found(shop, words(ERASED[:2])) == {}
