"""The embedded engine inside an account condition: what an account has, each of its contacts has there (`model.account`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from duckdb import DuckDBPyConnection
from pyroaring import BitMap

from lohko.engine.accounts import empty_like, schema_of_accounts
from lohko.engine.bitmaps import bitmap
from lohko.engine.contact_figures import Key, asks_contact_figures
from lohko.engine.plan import Engine
from lohko.engine.reference import Person, Reference
from lohko.model.condition import OF_ACCOUNT_TOO, Leaf, OfAccount
from lohko.model.definition import Limit
from lohko.model.schema import Schema
from lohko.model.walk import attribute_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lohko.engine.duckdb import DuckEngine


def is_asked_of_accounts(leaf: Leaf, schema: Schema) -> bool:
    """Whether a leaf is about attributes and events, which accounts have too, and not about traits, which only people have."""
    return isinstance(leaf, OF_ACCOUNT_TOO) and not any(schema.attribute(name).trait for name in attribute_names(leaf))


def is_true_of_nobody_known(leaf: Leaf, schema: Schema, as_of: dt.datetime, zone: ZoneInfo) -> bool:
    """Whether a leaf is true of somebody of whom nothing is known, as the reference says."""
    return Reference(schema, {}, as_of, zone).holds(leaf, Person())


def whole_schema_of_accounts(cursor: DuckDBPyConnection, schema: Schema) -> Schema:
    """Everything that can be asked of people, asked of accounts: where they have no table, one without rows."""
    own = schema_of_accounts(cursor, schema)
    attributes = {
        name: own.attributes.get(name) or (item if item.trait else replace(item, table=empty_like(cursor, item.table)))
        for name, item in schema.attributes.items()
    }
    events = {name: own.events.get(name) or replace(item, table=empty_like(cursor, item.table)) for name, item in schema.events.items()}
    return Schema(attributes, events)


class OfContacts:
    """An engine whose leaves are asked of people and of their accounts, and whose algebra is that of people.

    accounts   None when none is known; then contacts of one company have only what they have together
    contacts   people, and the known account of each at the same place
    figured    one of both engines, where everyone has what the contacts of their account come to together
    """

    def __init__(
        self,
        people: DuckEngine,
        accounts: DuckEngine | None,
        contacts: tuple[NDArray[np.int32], NDArray[np.int32]],
        figured: Callable[[DuckEngine, Key], DuckEngine],
    ) -> None:
        self._people, self._accounts = people, accounts
        self._contacts, self._account_of = contacts
        self._figured = figured

    def everyone(self) -> BitMap:
        """The living."""
        return self._people.everyone()

    def profiled(self) -> BitMap:
        """Those of them who have not objected to profiling."""
        return self._people.profiled()

    def ask(self, leaf: Leaf, among: BitMap | None = None) -> BitMap:
        """The people of whom, or of whose account, a leaf is true; of both, when it is true of whoever is unknown."""
        if not is_asked_of_accounts(leaf, self._people.schema):
            return self._people.ask(leaf, among)
        together = asks_contact_figures(leaf)
        people = (self._figured(self._people, "person") if together else self._people).ask(leaf, among)
        if self._accounts is None:
            return people
        accounts = (self._figured(self._accounts, "account") if together else self._accounts).ask(leaf)
        if is_true_of_nobody_known(leaf, self._people.schema, self._people.as_of, self._people.zone):
            return people - self._of(self._accounts.without(accounts))
        return people | self._of(accounts)

    def _of(self, accounts: BitMap) -> BitMap:
        """The contacts of these accounts."""
        keys = np.asarray(accounts, dtype=np.int32) if accounts else np.empty(0, np.int32)
        return bitmap(self._contacts[np.isin(self._account_of, keys)]) & self._people.everyone()

    def of_contacts(self) -> Engine[BitMap]:
        """The same: an account condition inside another is about the same accounts."""
        return self

    def transform(self, node: OfAccount, people: BitMap) -> BitMap:
        """The contacts of the accounts of which so many are among the people."""
        return self._people.transform(node, people)

    def best(self, people: BitMap, limit: Limit) -> BitMap:
        """The best of the people."""
        return self._people.best(people, limit)

    def both(self, sets: Sequence[BitMap]) -> BitMap:
        """Intersection."""
        return self._people.both(sets)

    def either(self, sets: Sequence[BitMap]) -> BitMap:
        """Union."""
        return self._people.either(sets)

    def without(self, one: BitMap) -> BitMap:
        """Complement within the living."""
        return self._people.without(one)
