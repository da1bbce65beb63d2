"""A withdrawal beats older grants, whatever the order of arrival."""

from __future__ import annotations

import datetime as dt
from itertools import permutations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.errors import InputError
from lohko.engine import consents
from lohko.engine.consents import consented, take_granting
from lohko.engine.person import ConsentRecord
from lohko.engine.tables import FIXED
from lohko.model.consent import BASES, Capacity, Said, dated, standing_grants, stands
from lohko.model.schema import Schema
from lohko.steps.consents import consent_give, consent_history, consent_withdraw
from lohko.steps.read import count
from lohko.steps.work import silent
from privacy.conftest import take

DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
RECORDS = st.lists(
    st.builds(
        lambda given, day, dated, basis, capacity, places: ConsentRecord(
            "email", given, DAY + dt.timedelta(days=day), dated, basis if given else "none", capacity, places
        ),
        st.booleans(),
        st.integers(0, 4),
        st.booleans(),
        st.sampled_from(sorted(BASES)),
        st.sampled_from([None, Capacity("consumer"), Capacity("contact"), Capacity("contact", 1), Capacity("contact", 2)]),
        st.sampled_from([(), ("a",), ("b",), ("a", "b")]),
    ),
    max_size=5,
)


@pytest.fixture(scope="module")
def store():
    connection = duckdb.connect()
    for statement in FIXED:
        connection.execute(statement)
    return connection


@given(records=RECORDS, order=st.randoms(use_true_random=False), day=st.integers(0, 6))
def test_the_order_of_arrival_does_not_matter(store, records, order, day):
    """Every order of the same records gives the same answer, in the store and by the definition."""
    as_of = DAY + dt.timedelta(days=day)
    wanted = stands(records, as_of)
    shuffled = list(records)
    order.shuffle(shuffled)
    store.execute("DELETE FROM consent")
    for batch, item in enumerate(shuffled):
        capacity = (item.capacity.role, item.capacity.account) if item.capacity else (None, None)
        values = [batch, item.given, item.effective_at.replace(tzinfo=None), item.dated, item.basis, batch, *capacity, list(item.places)]
        store.execute("INSERT INTO consent VALUES (1, ?, 'email', ?, ?, ?, ?, ?, 'x', NULL, NULL, false, ?, ?, ?, NULL)", values)

    assert stands(shuffled, as_of) == wanted
    assert (consented(store, "email", as_of) == [1]) == wanted
    take_granting(store, "email", as_of)
    granting = {node for (node,) in store.execute("SELECT node FROM granting").fetchall()}
    assert {id(item) for item in standing_grants(shuffled, as_of)} == {id(shuffled[node]) for node in granting}


@given(records=RECORDS)
def test_a_later_withdrawal_always_ends_it_and_a_later_yes_always_begins_it(records):
    later = DAY + dt.timedelta(days=9)
    asked = later + dt.timedelta(days=2)
    withdrawn = [*records, ConsentRecord("email", False, later, True, "none")]

    assert not stands(withdrawn, asked)
    assert stands([*withdrawn, ConsentRecord("email", True, later + dt.timedelta(days=1))], asked)
    for basis, has_date in (("existing_customer", True), ("b2b_role", True), ("consent", False)):
        assert not stands([*withdrawn, ConsentRecord("email", True, later + dt.timedelta(days=1), has_date, basis)], asked)


SAID = st.tuples(
    st.integers(1, 2),
    st.sampled_from(["email", "sms"]),
    st.builds(
        lambda given, day, date_of: Said(given, DAY + dt.timedelta(days=day), date_of),
        st.booleans(),
        st.integers(0, 3),
        st.sampled_from(["row", "row", "own", None]),
    ),
)


@given(batches=st.lists(st.lists(SAID, max_size=5), max_size=4))
def test_a_yes_of_a_list_is_news_only_after_a_no_of_the_same_list(store, batches):
    """Whatever the order of arrival: as all that a record ever said of a purpose tells it."""
    store.execute("DELETE FROM consent")
    for number, said in enumerate(batches):
        consents.begin(store)
        for node, purpose, item in said:
            values = [node, node, purpose, item.given, item.effective_at.replace(tzinfo=None), item.date_of, number]
            store.execute("INSERT INTO said_consent VALUES (?, ?, ?, ?, ?, ?, 'consent', ?, 'x', NULL, NULL, false)", values)
        consents.write(store, Schema(), touched=False, all_again=False)

    every = [one for said in batches for one in said]
    wanted = sorted(
        (
            node,
            purpose,
            item.given,
            item.effective_at.replace(tzinfo=None),
            item.date_of or "",
            dated(item, [o for n, p, o in every if (n, p) == (node, purpose)]),
        )
        for node, purpose, item in every
    )
    kept = "SELECT node, purpose, given, effective_at, coalesce(date_of, ''), dated FROM consent"
    assert sorted(store.execute(kept).fetchall()) == wanted


def test_no_edit_in_a_list_overrides_an_unsubscription_elsewhere(work):
    """Somebody unsubscribes by a newsletter; then their telephone number changes in the shop, whose list still says yes."""

    def shop(phone: str, yes: str, day: str) -> None:
        take(work, f"customer_id,phone,consent_email,updated_at\n1,{phone},{yes},{day}\n", "customers", name=f"{day}.csv")

    def stands(day: str) -> bool:
        return (
            count(work, silent, condition="has consented to email", as_of=day)["count"] == 3
        )  # the third and the second have said yes too

    shop("0401234567", "yes", "2026-02-01")
    take(work, "email,optout_email\naino@example.fi,2026-03-01\n", "customers", name="letters.csv", source="letters")
    shop("0407654321", "yes", "2026-04-01")
    assert stands("2026-02-15") and not stands("2026-04-15")
    shop("0407654321", "no", "2026-05-01")
    shop("0407654321", "yes", "2026-06-01")
    assert not stands("2026-05-15") and stands("2026-06-15"), "no and then yes again is a word of their own"
    take(work, "email,optout_email\naino@example.fi,2026-07-01\n", "customers", name="letters-2.csv", source="letters")
    shop("0501234567", "yes", "2026-08-01")
    assert not stands("2026-08-15")


def test_a_form_says_yes_when_it_is_sent(work):
    """The time of an answer is when it was given, and so is that of an order: only lists tell what has been so for a while."""
    take(work, "email,optout_email\naino@example.fi,2026-03-01\n", "customers", name="letters.csv", source="letters")
    take(work, "email,submitted_at,consent_email\naino@example.fi,2026-04-01,yes\n", "leads", name="form.csv", source="forms")
    assert count(work, silent, condition="has consented to email", as_of="2026-04-15")["count"] == 3


def test_the_steps_in_every_order(work):
    """Given, withdrawn and given on another basis by hand: as a company would enter them, in any order."""
    acts = [
        lambda who: consent_give(
            work, silent, customer=who, purpose="sms", since="2026-02-01", source="form", wording="Texts?", proof="log 7"
        ),
        lambda who: consent_withdraw(work, silent, customer=who, purpose="sms", since="2026-03-01"),
        lambda who: consent_give(work, silent, customer=who, purpose="sms", since="2026-04-01", basis="existing_customer"),
    ]
    for who, order in zip("1234", permutations(acts), strict=False):
        for act in order:
            act(who)
        told = consent_history(work, silent, customer=who, purpose="sms")

        assert told["stands"] == {"sms": False}
        assert [row["given"] for row in told["records"]] == [True, False, True]
    assert told["records"][0] | {"batch": 0} == {
        "purpose": "sms", "given": True, "since": "2026-01-31T22:00:00Z", "dated": True, "basis": "consent", "source": "form", "wording": "Texts?", "proof": "log 7", "batch": 0, "capacity": None, "company": None,
    }  # fmt: skip
    assert count(work, silent, condition="has consented to sms", as_of="2026-02-15")["count"] == 4
    consent_give(work, silent, customer="1", purpose="sms", since="2026-05-01")
    assert count(work, silent, condition="has consented to sms", as_of="2026-06-01")["count"] == 1


def test_what_is_no_basis_or_still_to_come_is_refused(work):
    with pytest.raises(InputError, match="own consent"):
        consent_give(work, silent, customer="1", purpose="ads", basis="existing_customer")
    with pytest.raises(InputError, match="not before"):
        consent_give(work, silent, customer="1", purpose="sms", since="2999-01-01")
