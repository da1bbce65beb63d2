"""Inside an account condition a contact has what its account has: the reference says so first, DuckDB finds the same people."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.given_traits import GivenTraits
from engines.layout import HELSINKI, empty_store, event_row, fill, folded, insert, naive
from engines.test_same_people import crowds
from lohko.base.text import fold
from lohko.engine.accounts import shape_attribute, table_of
from lohko.engine.plan import evaluate
from lohko.engine.reference import Person, Reference
from lohko.engine.sql import render
from lohko.model.account import borne
from lohko.model.catalogue import Catalogue
from lohko.model.condition import Not, OfAccount
from strategies import AS_OF, SCHEMA, attributes, chains, event_leaves, nested, people, plain_conditions

CALLED = st.sampled_from(["ada", "lovelace", "ada lovelace", "åström", "x.fi", "example.com", "a", "b"])
ACCOUNTS = st.lists(st.tuples(people(), st.lists(CALLED, max_size=2), st.lists(CALLED, max_size=1)), min_size=1, max_size=3)
OF_ACCOUNT = st.builds(
    lambda quantifier, n, part: OfAccount(quantifier, part, n if quantifier == "at_least" else None),
    st.sampled_from(["any", "all", "at_least"]),
    st.integers(1, 3),
    nested(attributes() | event_leaves() | chains(), 3) | plain_conditions,
)


LACKING = ("a_decimal", "a_boolean", "address")
"""What no account has, so that there is no table of it."""


@lru_cache(maxsize=1)
def kept_store() -> DuckDBPyConnection:
    """The one store of these tests, without anyone."""
    return with_tables_of_accounts(empty_store(SCHEMA))


def with_tables_of_accounts(store: DuckDBPyConnection) -> DuckDBPyConnection:
    """With tables of accounts for some of what people have."""
    for attribute in SCHEMA.attributes.values():
        if not attribute.trait and attribute.name not in LACKING:
            shape_attribute(store, attribute)
    table = SCHEMA.event("visit").table
    store.execute(render("CREATE TABLE __a AS SELECT * FROM __t LIMIT 0", {"__a": table_of(table), "__t": table}))
    return store


def known(account: Person) -> Person:
    """An account without what no account has."""
    return Person({name: held for name, held in account.attributes.items() if name not in LACKING}, {"visit": account.events["visit"]})


def write(store: DuckDBPyConnection, accounts: list[tuple[Person, list[str], list[str]]], first: int = 1) -> None:
    """The accounts into the tables of accounts, with keys from the first."""
    rows: list[tuple[str, dict[str, Any]]] = []
    for key, (account, names, domains) in enumerate(accounts, start=first):
        rows.append(("account", {"account": key, "name": None}))
        rows += [("account_name", {"account": key, "kind": "name", "fold": fold(text)}) for text in names]
        rows += [("account_name", {"account": key, "kind": "domain", "fold": fold(text)}) for text in domains]
        for name, held in known(account).attributes.items():
            attribute = SCHEMA.attribute(name)
            for item in held:
                row = {"person": key, "value": naive(item.value), "fold": folded(item.value, attribute.type), "assumed": item.assumed}
                rows.append((table_of(attribute.table), row | {"valid_from": naive(item.valid_from), "valid_to": naive(item.valid_to)}))
        for event in account.events["visit"]:
            table, row = event_row(key, SCHEMA.event("visit"), event, HELSINKI)
            rows.append((table_of(table), row))
    insert(store, rows)


@settings(max_examples=20)
@given(st.data(), st.lists(OF_ACCOUNT, min_size=1, max_size=3), plain_conditions, plain_conditions, ACCOUNTS)
def test_duckdb_finds_the_contacts_that_the_reference_finds(data, rules, base, other, accounts):
    """Whatever accounts have, are called and share with each other, for rules of every shape; not p is everyone else."""
    crowd = data.draw(crowds(HELSINKI))
    catalogue = Catalogue(SCHEMA, {"base": base, "other": other})
    segments = {name: catalogue.definition(name) for name in catalogue.segments}
    everyone = dict(enumerate(crowd, start=1))
    asked = {key: known(account) for key, (account, _names, _domains) in enumerate(accounts, start=1)}
    called = borne(
        ((key, fold(text)) for key, (_account, names, _domains) in enumerate(accounts, start=1) for text in names),
        ((key, fold(text)) for key, (_account, _names, domains) in enumerate(accounts, start=1) for text in domains),
    )
    reference = Reference(SCHEMA, segments, AS_OF, HELSINKI, population=everyone, accounts=asked, borne=called)
    store = kept_store()
    store.execute("BEGIN")
    try:
        fill(store, crowd, SCHEMA)
        write(store, accounts)
        engine = GivenTraits(store, SCHEMA, AS_OF, HELSINKI)
        engine.people = crowd
        for rule in rules:
            wanted = reference.members(catalogue.resolve(rule))
            assert set(evaluate(engine, catalogue, rule)) == wanted
            assert set(evaluate(engine, catalogue, Not(rule))) == set(everyone) - wanted
    finally:
        store.execute("ROLLBACK")
