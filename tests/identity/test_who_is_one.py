"""Which records become one person: the fast answer is the slow one, whatever comes first."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.records import SCHEMA, Known, add_records, partition, people, store_of_records
from lohko.engine.identity import find_merges
from lohko.engine.links import Link
from lohko.model.identity import IdentityRules, parse_identity, write_identity

RULES = IdentityRules(largest_person=4)

_said = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(("a@x.fi", "b@x.fi", "info@x.fi", "test@x.fi")),
        "phone": st.sampled_from(("040 123 4567", "+358401234567", "050 765 4321", "0000000")),
        "name": st.sampled_from(("Maija Meri", "MERI Maija", "M Meri", "Kalle Kivi", "Kalle")),
        "birthday": st.sampled_from(("1980-01-02", "1990-03-04")),
        "postcode": st.sampled_from(("00100", "33100")),
        "loyalty_card": st.sampled_from(("K1001", "K1002")),
        "hetu": st.sampled_from(("020180*****", "040390*****")),
    },
).map(lambda found: tuple(found.items()))
_numbered = st.builds(Known, st.sampled_from(("shop", "crm", "news")), st.just(True), _said)
_by_email = st.builds(
    lambda source, mail: Known(source, False, (("email", mail),)), st.sampled_from(("shop", "news")), st.sampled_from(("a@x.fi", "b@x.fi"))
)
records = st.lists(st.one_of(_numbered, _numbered, _by_email), min_size=2, max_size=7)


def join(store, rules=RULES, since=None):
    """Follow the rules, as the loader of links would."""
    found = find_merges(store, SCHEMA, rules, "FI", since=since)
    for link in found.links:
        store.execute("UPDATE node SET person = ? WHERE node = ?", [link.person, link.node])
    return found


@settings(max_examples=max(20, settings().max_examples // 2))
@given(records)
def test_the_fast_answer_is_the_plain_one(known):
    """Connected parts made with arrays and SQL are those that looking at every pair of records gives."""
    store = store_of_records(known)
    join(store)
    assert partition(store) == people(known, RULES)


@settings(max_examples=max(10, settings().max_examples // 4))
@given(records, st.data())
def test_pairs_that_are_kept_apart_stay_so(known, data):
    nodes = range(1, len(known) + 1)
    pairs = data.draw(st.sets(st.tuples(st.sampled_from(nodes), st.sampled_from(nodes)).filter(lambda pair: pair[0] < pair[1]), max_size=3))
    store = store_of_records(known)
    for one, other in pairs:
        store.execute("INSERT INTO link VALUES (?, 0, 0, 'apart', 'review', 'person', ?, 1)", [other, one])
    join(store)
    assert partition(store) == people(known, RULES, pairs)
    assert not any({one, other} <= group for one, other in pairs for group in partition(store))


@settings(max_examples=max(10, settings().max_examples // 4))
@given(records, st.data())
def test_the_order_of_arrival_does_not_matter(known, data):
    """Where nothing speaks against anything, records that come one batch after the other become the people they would be at once."""
    whole = store_of_records(known)
    if join(whole).held_back:
        return
    wanted = partition(whole)
    cut = data.draw(st.integers(1, len(known) - 1))
    store = store_of_records(known[:cut])
    join(store)
    add_records(store, known[cut:], batch=2)
    join(store, since=1)
    assert partition(store) == wanted
    assert join(store).links == []


def test_the_first_allocated_person_survives():
    said = (("email", "a@x.fi"), ("name", "Maija Meri"))
    store = store_of_records([Known("shop", True, said), Known("crm", True, said), Known("news", True, said)])
    assert join(store).links == [Link(2, 1, 2, "merge", "email", "rule"), Link(3, 1, 3, "merge", "email", "rule")]


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        ("Maija Meri", "Maija Meri", True),
        ("Maija Meri", "Meri, Maija", True),
        ("Maija Meri", "Maija Meiri", True),
        ("Maija Mäkinen", "Maija Makinen", True),
        ("Maija Meri", "", True),
        ("Maija Meri", "M. Meri", True),
        ("Maija Meri", "Matti Meri", False),
        ("Maija Meri", "Maija Virtanen", False),
        ("Maija Meri", "Oy Firma Ab", False),
    ],
)
def test_one_address_in_two_sources(one, other, joined):
    """The same e-mail in two sources is one person, unless the names clearly differ."""
    store = store_of_records(
        [Known(source, True, (("email", "a@x.fi"), ("name", name))) for source, name in (("shop", one), ("crm", other))]
    )
    assert bool(join(store).links) is joined


@pytest.mark.parametrize(("one", "other", "joined"), [("Maija Meri", "meri maija", True), ("Maija Meri", "M Meri", False), ("", "", False)])
def test_two_numbers_of_one_source(one, other, joined):
    """Two customer numbers of one source are one person only where the full name is the same too."""
    store = store_of_records([Known("shop", True, (("email", "a@x.fi"), ("name", name))) for name in (one, other)])
    assert bool(join(store).links) is joined


def test_an_address_of_many_links_nobody():
    """A value beside more than three names, or with more than three nameless customers of one source, is everybody's."""
    said = [("Maija Meri", "shop"), ("Kalle Kivi", "crm"), ("Ville Vuori", "news"), ("Aino Aalto", "pos"), ("Maija Meri", "pos")]
    four = [Known(source, True, (("email", "a@x.fi"), ("name", name))) for name, source in said]
    assert not join(store_of_records(four)).links
    assert join(store_of_records(four[:3] + four[4:])).links
    assert not join(
        store_of_records([Known("shop", True, (("email", "a@x.fi"),))] * 4 + [Known("crm", True, (("email", "a@x.fi"),))])
    ).links


def test_a_person_grows_no_larger_than_allowed():
    same = [Known(f"s{n}", True, (("loyalty_card", "K1001"),)) for n in range(5)]
    assert partition(grown := store_of_records(same)) and join(grown).held_back == {"too many records": 1}
    assert not any(len(group) > 1 for group in partition(grown))


def test_what_a_workspace_says_of_its_kinds_counts():
    """A kind can be told never to link, an attribute to hold a kind, and the numbers of sources to be one kind."""
    card = [Known("shop", True, (("loyalty_card", "K1001"),)), Known("crm", True, (("loyalty_card", "K1001"),))]
    assert join(store_of_records(card)).links
    assert not join(store_of_records(card), parse_identity("rules: {loyalty_card: never}")).links
    city = [Known("shop", True, (("city", "K1001"),)), Known("crm", True, (("city", "K1001"),))]
    assert join(store_of_records(city), parse_identity("attributes: {crm_id: [city]}")).links
    numbers = store_of_records([Known("shop"), Known("crm", True, (("city", "n1"),))])
    assert not join(numbers).links
    store = store_of_records([Known("shop"), Known("crm", True, (("city", "n1001"),))])
    store.execute("UPDATE node SET value = 'N1001' WHERE node = 1")
    assert join(store, parse_identity("attributes: {crm_id: [city]}\nnumbers_of: {crm_id: [shop]}")).links


@pytest.mark.parametrize(("email", "joined"), [("anna@x.fi", True), ("info@x.fi", False), ("test@x.fi", False)])
@pytest.mark.parametrize("rules", ["attributes: {hashed_email: [city]}", "numbers_of: {hashed_email: [ads]}"])
def test_a_hashed_address_is_its_plain_one(email, joined, rules):
    """Whether an attribute or the source's own number holds it; what many read, or nobody, joins as little hashed as plain."""
    digest = sha256(email.encode()).hexdigest()
    store = store_of_records(
        [Known("shop", True, (("email", email),)), Known("crm", True, (("email", email),)), Known("ads", True, (("city", digest),))]
    )
    if rules.startswith("numbers_of"):
        store.execute("UPDATE node SET value = ? WHERE node = 3", [digest.upper()])
    assert len(join(store, parse_identity(rules)).links) == (2 if joined else 0)


@given(
    st.builds(
        IdentityRules,
        automatic=st.booleans(),
        rules=st.fixed_dictionaries({kind: st.sampled_from(("merges", "with name", "never")) for kind in IdentityRules().rules}),
        most_people_per_value=st.integers(1, 1000),
        largest_person=st.integers(1, 1000),
        scored_merge=st.none() | st.floats(0.01, 1),
        scored_review=st.floats(0.01, 1),
    )
)
def test_rules_as_text_are_read_back(rules):
    assert parse_identity(write_identity(rules)) == rules
