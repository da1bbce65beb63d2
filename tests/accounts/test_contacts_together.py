"""What an account's people come to together: how many they are, their orders, and what these were worth less refunds."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache

import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.layout import HELSINKI, empty_store, fill, insert
from formats import bringing
from formats.bringing import workspace
from lohko.base.errors import InputError
from lohko.base.text import fold
from lohko.engine.accounts import shape_attribute
from lohko.engine.duckdb import DuckEngine
from lohko.engine.plan import evaluate
from lohko.engine.reference import Event, Person, Reference, Value
from lohko.model.account import FROM_PEOPLE, borne
from lohko.model.catalogue import Catalogue
from lohko.model.condition import Against, And, AttributeFigure, AttributeIs, EventsAre, Not, OfAccount, Or
from lohko.model.operand import Number, Test
from lohko.model.schema import Attribute, EventType, Property, Schema
from lohko.steps.registry import STEPS
from lohko.steps.work import silent

AS_OF = dt.datetime(2026, 3, 29, 10, 0, tzinfo=dt.UTC)
EVER, NEVER_ENDS = dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
SCHEMA = Schema(
    attributes={
        "company": Attribute("company", "text", "a1_company"),
        "size": Attribute("size", "integer", "a2_size"),
        **{name: Attribute(name, kind, f"a{n}_{name}") for n, (name, kind) in enumerate(FROM_PEOPLE.items(), start=3)},
    },
    events={
        name: EventType(name, f"e{n}_{name}", {"total": Property("total", "money", "c1_total")})
        for n, name in enumerate(("order", "refund"), start=1)
    },
)

numbers = st.sampled_from([Decimal(n) for n in (0, 1, 2, 3, 10, 15, -5)] + [Decimal("7.5")])
amounts = st.sampled_from([Decimal(10), Decimal(5), Decimal("2.5"), Decimal(0), None])
instants = st.sampled_from([AS_OF - dt.timedelta(days=9), AS_OF - dt.timedelta(microseconds=1), AS_OF, AS_OF + dt.timedelta(days=1)])
events = st.lists(st.builds(lambda at, total: Event(at, {"total": total}), instants, amounts), max_size=3)
comparisons = st.builds(
    lambda op, n: Test(op, (Number(n),)), st.sampled_from(["is", "is_not", "over", "at_least", "under", "at_most"]), numbers
) | st.sampled_from([Test("known"), Test("unknown")])
names = st.sampled_from([*FROM_PEOPLE, "size"])
leaves = (
    st.builds(AttributeIs, names, comparisons)
    | st.builds(lambda a, op, b: Against(AttributeFigure(a), op, AttributeFigure(b)), names, st.sampled_from(["over", "at_most"]), names)
    | st.builds(lambda n: EventsAre("order", "count", Test("at_least", (Number(Decimal(n)),))), st.integers(0, 2))
)
parts = (
    leaves
    | leaves.map(Not)
    | st.builds(lambda one, two: And((one, two)), leaves, leaves)
    | st.builds(lambda one, two: Or((one, Not(two))), leaves, leaves)
)
rules = st.builds(
    lambda quantifier, n, part: OfAccount(quantifier, part, n if quantifier == "at_least" else None),
    st.sampled_from(["any", "all", "at_least"]),
    st.integers(1, 2),
    parts,
)


def held(value):
    """A value from ever, until further notice."""
    return () if value is None else (Value(EVER, NEVER_ENDS, value),)


@st.composite
def contacts(draw):
    """Somebody of a company, or of none, with orders and refunds; what they themselves have under the name of a figure counts nowhere."""
    own = {
        "company": draw(st.sampled_from([None, "Acme", "acme", "Beta"])),
        "size": draw(st.sampled_from([None, 1, 10])),
        "contact_count": 7,
    }
    return Person({name: held(value) for name, value in own.items()}, {"order": draw(events), "refund": draw(events)})


@lru_cache(maxsize=1)
def kept_store() -> DuckDBPyConnection:
    """The one store of these tests, with tables of what accounts themselves have."""
    store = empty_store(SCHEMA)
    shape_attribute(store, SCHEMA.attribute("size"))
    return store


@settings(max_examples=15)
@given(
    st.lists(contacts(), min_size=1, max_size=5),
    st.lists(rules, min_size=1, max_size=3),
    st.sampled_from([(), ("acme",), ("acme", "beta")]),
)
def test_both_engines_find_the_same_contacts(crowd, wanted, accounts):
    """With accounts that are known and with companies that only people name; not p is everyone else, also at another instant of one cursor."""
    everyone = dict(enumerate(crowd, start=1))
    catalogue = Catalogue(SCHEMA, {})
    known = {key: Person({"size": held(key)}) for key, _name in enumerate(accounts, start=1)}
    called = borne(((key, fold(name)) for key, name in enumerate(accounts, start=1)), ())
    store = kept_store()
    store.execute("BEGIN")
    try:
        fill(store, crowd, SCHEMA)
        for key, name in enumerate(accounts, start=1):
            insert(store, [("account", {"account": key}), ("account_name", {"account": key, "kind": "name", "fold": fold(name)})])
            insert(
                store,
                [
                    (
                        "account_a2_size",
                        {"person": key, "value": key, "valid_from": dt.datetime(1, 1, 1), "valid_to": dt.datetime(9999, 12, 31)},
                    )
                ],
            )
        moments = (AS_OF, AS_OF - dt.timedelta(days=1))
        engines = {moment: DuckEngine(store, SCHEMA, moment, HELSINKI) for moment in moments}
        for moment in (*moments, AS_OF):
            reference = Reference(SCHEMA, {}, moment, HELSINKI, population=everyone, accounts=known, borne=called)
            for rule in wanted:
                found = reference.members(catalogue.resolve(rule))
                assert set(evaluate(engines[moment], catalogue, rule)) == found
                assert set(evaluate(engines[moment], catalogue, Not(rule))) == set(everyone) - found
    finally:
        store.execute("ROLLBACK")


PEOPLE = "customer_id,company,accepts_marketing\n1,Kahvila Oy,yes\n2,KAHVILA OY,yes\n3,Muu Oy,yes\n4,,yes\n"
ORDERS = "customer_id,order_id,ordered_at,total\n1,a,2026-02-01,100\n2,b,2026-02-02,50\n2,c,2026-03-03,-20\n3,d,2026-02-03,25\n4,e,2026-02-03,999\n"
COMPANIES = "Account ID,Company,Industry\n10,Kahvila Oy,cafés\n"
SAID = {
    "the account has at least 2 contacts": "12",
    "the account's contact_count is under 2": "3",
    "the account has exactly 2 orders": "12",
    "the account's contact_orders is at least 1": "123",
    "the account's contact_revenue is 130": "12",
    "the account's contact_revenue is over 20": "123",
    "yrityksessä on vähintään 2 yhteyshenkilöä": "12",
    "yrityksen tiedoissa yhteyshenkilöiden ostojen arvo on yli 100 euroa": "12",
    "not the account has at least 2 contacts": "34",
    "contact_count is known": "",
}


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Two companies that only people name, until the last test, which brings one of them as a list."""
    with workspace(tmp_path_factory.mktemp("together")) as found:
        for text, kind in ((PEOPLE, "customers"), (ORDERS, "orders")):
            assert bringing.bring(found, "file.csv", text, kind=kind, source="shop")["rejected"] == 0
        yield found


@pytest.mark.parametrize(("rule", "wanted"), SAID.items())
def test_rules_about_people_together(work, rule, wanted):
    assert STEPS["count"](work, silent, condition=rule, as_of="2026-06-01")["count"] == len(wanted)


def test_they_are_of_the_instant_asked_about(work):
    """A refund counts from when it was made; a moment beside the rule is refused, since the contacts of then are not kept."""
    rule = "the account's contact_revenue is 150"
    assert [STEPS["count"](work, silent, condition=rule, as_of=day)["count"] for day in ("2026-03-03", "2026-03-05")] == [2, 0]
    with pytest.raises(InputError, match="has no past") as error:
        STEPS["count"](work, silent, condition="the account's contact_revenue was over 10 30 days ago")
    assert error.value.code == "no_past"


def test_a_list_of_companies_changes_nothing_of_it(work):
    """The people of a company that a list names are the same as before; what a company's page shows is what rules ask about."""
    bringing.bring(work, "companies.csv", COMPANIES, kind="accounts", source="crm")
    for rule, wanted in SAID.items():
        assert STEPS["count"](work, silent, condition=rule, as_of="2026-06-01")["count"] == len(wanted), rule
    shown = STEPS["accounts"](work, silent, account="10", as_of="2026-06-01")["account"]
    assert (shown["contacts"], shown["orders"], shown["revenue"]) == (2, 2, "130")


def test_a_column_of_that_name_is_another_attribute(tmp_path):
    with workspace(tmp_path) as found:
        bringing.bring(found, "file.csv", "customer_id,company,contact_count\n1,Kahvila Oy,70\n", kind="customers")
        assert STEPS["count"](found, silent, condition="contact_count_given is 70")["count"] == 1
        assert STEPS["count"](found, silent, condition="the account has exactly 1 contacts")["count"] == 1
