"""What look-ups are answered from: whom identifiers lead to, what is followed up, what a crash leaves, and who is taken out at once."""

from __future__ import annotations

import datetime as dt
import io
import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from intake.posting import SETTINGS, identify, send, shop, track
from lohko.base.errors import InputError
from lohko.engine import served
from lohko.engine.served import QUIET, Head, Marks, Part, read_served, sorted_by_hash, unpack, write_base
from lohko.engine.store import open_store
from lohko.intake.looking import Looking
from lohko.state.workspace import create
from lohko.steps import publish as publishing
from lohko.steps.consents import consent_give, consent_withdraw, person_flag
from lohko.steps.ingest import ingest
from lohko.steps.keys import key_add
from lohko.steps.person_erase import person_erase
from lohko.steps.publish import forget_people, is_due, publish
from lohko.steps.refresh import refresh
from lohko.steps.segment_about import segment_describe
from lohko.steps.segments import apply
from lohko.steps.special import special_basis, special_mark
from lohko.steps.unify import identity_rules
from lohko.steps.work import silent
from lohko.wiring import open_work

CUSTOMERS = """customer_id,email,phone,city,updated_at
1,Aino@Example.fi,040 123 4567,Turku,2026-01-01
2,eino@example.fi,,Oulu,2026-01-01
3,shared@example.fi,,Turku,2026-01-01
4,shared@example.fi,,Turku,2026-01-01
"""
SEGMENTS = """
- {id: turku, where: 'city is "Turku"', in_shop: true}
- {id: oulu, where: 'city is "Oulu"'}
"""


def take(work, text, source="shop"):
    return ingest(work, silent, stream=io.BytesIO(text.encode()), name="customers.csv", kind="customers", source=source)


@pytest.fixture(scope="module")
def stocked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published") / "shop"
    create(folder, SETTINGS)
    with open_work(folder, silent) as work:
        take(work, CUSTOMERS.replace("4,shared", "4,Shared"))
        apply(work, silent, files={"a.yaml": SEGMENTS})
        key_add(work, silent, name="shop", scopes=["lookup"])
        refresh(work, silent)
    return folder


@pytest.fixture
def work(stocked, tmp_path):
    import shutil

    with open_work(shutil.copytree(stocked, tmp_path / "shop"), silent) as opened:
        publish(opened)
        yield opened


@pytest.fixture
def ask(work):
    looking = Looking(work.folder, work.state, "FI")

    def asked(kind, value, source=None):
        looking.look()
        found = looking.answer(kind, value, source)
        return found.segments if found.known else None

    yield asked
    looking.close()


def same_as_anew(work):
    """What was followed up says the same as what is written anew."""
    followed = work.served.whole()
    work.served = None
    served.forget_all(work.folder.served)
    assert publish(work)
    anew = work.served.whole()
    assert dict(zip(followed.hashes.tolist(), followed.people.tolist(), strict=True)) == dict(
        zip(anew.hashes.tolist(), anew.people.tolist(), strict=True)
    )
    assert followed.moves == anew.moves
    assert followed.head.segments == anew.head.segments


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "aino@example.fi"),
        ("email", " AINO@example.FI"),
        ("phone", "+358401234567"),
        ("phone", "0401234567"),
        ("user_id", "1"),
    ],
)
def test_an_identifier_leads_to_its_person_however_it_is_written(ask, kind, value):
    assert ask(kind, value) == ["turku"]


def test_unknown_and_shared_identifiers_lead_to_nobody(ask):
    assert ask("email", "nobody@example.fi") is None
    assert ask("user_id", "1", "other") is None
    assert ask("anonymous_id", "1") is None


def test_an_address_of_two_people_leads_to_neither(work, ask):
    """A guess would show one person's segments to another."""
    take(
        work,
        "customer_id,email,first_name,last_name,birthday\n8,pari@example.fi,Aino,Virta,1980-01-01\n9,pari@example.fi,Eino,Kallio,1990-02-02\n",
    )
    refresh(work, silent)
    publish(work)
    assert ask("user_id", "8") is not None and ask("user_id", "9") is not None
    assert ask("email", "pari@example.fi") is None


def test_who_moves_and_what_is_said_anew_is_followed_up(work, ask):
    base = work.served.number
    take(work, "customer_id,email,city,updated_at\n2,eino.uusi@example.fi,Turku,2026-03-01\n7,uusi@example.fi,Oulu,2026-03-01\n")
    refresh(work, silent)
    assert publish(work)
    assert not publish(work)
    assert work.served.number == base
    assert ask("email", "eino.uusi@example.fi") == ask("user_id", "2") == ["turku"]
    assert ask("email", "eino@example.fi") is None
    assert ask("email", "uusi@example.fi") == ["oulu"]
    same_as_anew(work)


def test_other_rules_of_identity_are_followed_up(work, ask):
    """An attribute that is said to be an address leads to people from then on, and no longer than that."""
    take(work, "customer_id,email,second,updated_at\n1,aino@example.fi,toinen@example.fi,2026-03-01\n")
    publish(work)
    assert ask("email", "toinen@example.fi") is None
    identity_rules(work, silent, text="attributes: {email: [email, second]}")
    assert publish(work)
    assert ask("email", "toinen@example.fi") == ["turku"]
    identity_rules(work, silent, reset=True)
    assert publish(work)
    assert ask("email", "toinen@example.fi") is None


def test_browsers_are_their_users_once_they_are_vouched_for(work, ask):
    from lohko.steps.write_keys import event_key_add

    event_key_add(work, silent, source="shop", kind="server")
    send(work, track("Visited", anonymous="b1"), source="shop")
    publish(work)
    assert ask("anonymous_id", "b1") == []
    send(work, identify("1", anonymous="b1"), source="shop")
    publish(work)
    assert ask("anonymous_id", "b1") == ["turku"]
    same_as_anew(work)


def test_the_restricted_are_unknown_and_back_when_it_is_lifted(work, ask):
    for holds, found in ((True, None), (False, ["turku"])):
        person_flag(work, silent, customer="1", flag="restricted", holds=holds, reason="asked")
        publish(work)
        assert ask("email", "aino@example.fi") == found
    same_as_anew(work)


def test_the_erased_are_unknown_from_the_first_moment_and_leave_no_file(work, ask):
    before = {path.name for path in work.folder.served.iterdir()}
    person = work.store.cursor().execute("SELECT person FROM node WHERE value = '1' AND kind = 'id'").fetchall()[0][0]
    forget_people(work, [person])
    assert ask("email", "aino@example.fi") is None and ask("user_id", "1") is None
    person_erase(work, silent, customers=["1"])
    assert not publish(work)  # it was already
    assert ask("email", "aino@example.fi") is None
    assert before.isdisjoint(path.name for path in work.folder.served.iterdir())
    same_as_anew(work)


def test_only_marked_segments_are_shown_in_the_shop_and_nothing_to_those_who_objected(work):
    looking = Looking(work.folder, work.state, "FI")

    def shown(customer):
        publish(work)
        looking.look()
        return looking.answer("user_id", customer).in_shop

    assert (shown("1"), shown("2")) == (["turku"], [])
    person_flag(work, silent, customer="1", flag="no_marketing", holds=True, reason="asked")
    assert shown("1") == [] and looking.answer("user_id", "1").segments == ["turku"]
    consent_withdraw(work, silent, customer="3", purpose="personalisation")
    assert shown("3") == []
    consent_give(work, silent, customer="3", purpose="personalisation", basis="consent")
    assert shown("3") == ["turku"]
    segment_describe(work, silent, segment="turku", in_shop=False)
    assert shown("4") == []
    segment_describe(work, silent, segment="turku", in_shop=True)
    assert shown("4") == ["turku"]
    special_mark(work, silent, attribute="city", category="health")
    assert shown("4") == [] and looking.answer("user_id", "4").segments == []
    with pytest.raises(InputError) as refused:
        apply(work, silent, files={"b.yaml": "{id: also, where: 'city is \"Turku\"', in_shop: true}"})
    assert refused.value.code == "special_category"
    special_basis(work, silent, segment="turku", basis="explicit_consent", remark="form 7")
    assert shown("4") == [] and looking.answer("user_id", "4").segments == ["turku"]
    with pytest.raises(InputError) as refused:
        segment_describe(work, silent, segment="turku", tags=["new"])
    assert refused.value.code == "special_in_shop"
    segment_describe(work, silent, segment="turku", status="archived")
    shown("4")
    assert looking.answer("user_id", "4").segments == []
    looking.close()


def test_nothing_is_published_while_nobody_may_look_up(tmp_path):
    with shop(tmp_path / "shop") as work:
        send(work, identify("1", email="a@example.fi"))
        assert not publish(work)
        assert not work.folder.served.exists()


def test_nothing_readable_of_anybody_is_in_the_files(work):
    data = b"".join(path.read_bytes() for path in work.folder.served.iterdir())
    assert b"turku" in data  # names of segments are
    for text in ("aino", "example.fi", "358401234567"):
        assert text.encode() not in data.lower()


# --- the files -------------------------------------------------------------------------------

MARKS = Marks(b"k" * 32)


def head(number, *segments):
    return Head("2026-01-01T00:00:00+00:00", number, number, dict.fromkeys(segments, True), ("web",), MARKS.check, number)


def part(number, moves, identifiers):
    marks = np.array([MARKS.mark("id", "web", one) for one in identifiers], np.uint64)
    people = np.array(list(identifiers.values()), np.int32)
    return Part(head(number, "a", "b"), marks, people, {name: (BitMap(came), BitMap(went)) for name, (came, went) in moves.items()})


people = st.frozensets(st.integers(1, 20), max_size=8)
moves = st.dictionaries(st.sampled_from(["a", "b", QUIET]), st.tuples(people, people), max_size=3)
identifiers = st.dictionaries(st.sampled_from("uvwxyz"), st.integers(0, 20), max_size=6)


@given(st.lists(st.tuples(moves, identifiers), min_size=1, max_size=5), st.integers(0, 10_000))
def test_whoever_reads_sees_whole_publications_wherever_one_was_cut_off(tmp_path_factory, parts, cut):
    """Cut at any byte, what is read is what some of the publications, in their order, said; and the next one is added there."""
    folder = tmp_path_factory.mktemp("cut")
    expected, said, members = [], {}, {}
    made = [part(number, *one) for number, one in enumerate(parts)]
    for number, (moved, leads) in enumerate(parts):
        said = said | leads
        members = members | {
            name: (members.get(name, frozenset()) - (went if number else frozenset())) | came for name, (came, went) in moved.items()
        }
        expected.append((said, members))

    first = made[0]
    current = write_base(
        folder, Part(first.head, *sorted_by_hash(first.hashes, first.people), {n: (came, BitMap()) for n, (came, _) in first.moves.items()})
    )
    for one in made[1:]:
        served.append(current, one)
    changes = folder / "changes-00000001.served"
    if changes.exists():
        whole = changes.read_bytes()
        changes.write_bytes(whole[: cut % (len(whole) + 1)])
    found = read_served(folder, MARKS.check)
    upto = found.head.number
    for text in "uvwxyz":
        assert found.person(MARKS.mark("id", "web", text)) == expected[upto][0].get(text, 0)
    for name in ("a", "b", QUIET):
        assert found.members(name) == BitMap(expected[upto][1].get(name, ()))
    served.append(found, part(99, {"a": ({7}, set())}, {"u": 3}))
    again = read_served(folder, MARKS.check)
    assert again.head.number == 99 and 7 in again.members("a") and again.person(MARKS.mark("id", "web", "u")) == 3
    rest = write_base(folder, again.whole())
    assert (rest.number, rest.whole().moves) == (2, again.whole().moves)
    assert sorted(path.name for path in folder.iterdir()) == ["base-00000002.served"]


def test_a_base_that_was_half_written_is_not_seen(tmp_path):
    write_base(tmp_path, part(1, {"a": ({1}, set())}, {"u": 1}))
    (tmp_path / "unfinished").write_bytes(b"half of it")
    assert read_served(tmp_path, MARKS.check).head.number == 1
    assert read_served(tmp_path, "another key") is None


def test_two_identifiers_of_one_hash_lead_to_nobody_unless_they_are_one_persons():
    marks = np.array([9, 5, 5, 7, 7, 7, 1], np.uint64)
    whose = np.array([1, 2, 2, 3, 4, 3, 0], np.int32)
    found = sorted_by_hash(marks, whose)
    assert [list(map(int, one)) for one in found] == [[5, 9], [2, 1]]


def test_parts_are_read_back_as_they_were_written():
    data = memoryview(b"".join(part(n, {"a": ({n}, {n + 1})}, {"u": n}).pack() for n in range(3)))
    place, numbers = 0, []
    while (found := unpack(data, place)) is not None:
        numbers.append(found[0].head.number)
        place = found[1]
    assert (numbers, place) == ([0, 1, 2], len(data))
    assert list(itertools.islice((unpack(data[:-1], at) for at in (place,)), 1)) == [None]


def test_numbers_of_bases_only_rise_also_when_nothing_was_published_between(tmp_path):
    """Else whoever has read one base would take another one for it."""
    made = [served.write_base(tmp_path, part(1, {}, {1: 1})).number]
    served.forget_all(tmp_path)
    assert served.newest(tmp_path) == 0
    made.append(served.write_base(tmp_path, part(1, {}, {2: 2})).number)
    served.forget_all(tmp_path)
    served.forget_all(tmp_path)
    made.append(served.write_base(tmp_path, part(1, {}, {3: 3})).number)
    assert made == [1, 2, 3] and len(list(tmp_path.glob("gone-*"))) == 0


def test_an_address_that_holds_from_a_later_day_on_leads_to_its_person_then(work, ask, monkeypatch):
    take(work, "customer_id,email,city,updated_at\n2,later@example.fi,Turku,2030-03-01\n")
    publish(work)
    assert (ask("email", "later@example.fi"), ask("email", "eino@example.fi")) == (None, ask("user_id", "2"))
    same_as_anew(work)
    monkeypatch.setattr(publishing, "now", lambda: dt.datetime(2031, 1, 1, tzinfo=dt.UTC))
    monkeypatch.setattr("lohko.steps.question.now", lambda: dt.datetime(2031, 1, 1, tzinfo=dt.UTC))
    monkeypatch.setattr("lohko.steps.refresh.now", lambda: dt.datetime(2031, 1, 1, tzinfo=dt.UTC))
    refresh(work, silent)
    assert publish(work)
    assert (ask("email", "later@example.fi"), ask("email", "eino@example.fi")) == (["turku"], None)
    same_as_anew(work)


def test_a_store_that_is_being_put_in_anothers_place_is_not_looked_at(work):
    """As at the end of an erasure: whoever has the store has closed it, and the next one is not open yet."""
    assert not is_due(work)
    with ThreadPoolExecutor() as beside, work.guard:
        work.store.close()
        assert beside.submit(is_due, work).result()
        work.store = open_store(work.folder.store, [work.folder.landing, work.folder.ledger], work.memory)
    assert not is_due(work)
