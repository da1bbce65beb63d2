"""The distributed engine inside an account condition: what an account has, each of its contacts has there (`model.account`).

Accounts are asked as people are, by an engine of the same kind to which the tables of
accounts are those of people; whom an answer means is told by a join on the cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lohko.engine.accounts import of_accounts
from lohko.engine.asked import Query
from lohko.engine.compile_sets import contacts
from lohko.engine.contact_figures import Key, asks_contact_figures, contact_figure_statements, with_contact_figures
from lohko.engine.contacts import is_asked_of_accounts, is_true_of_nobody_known
from lohko.engine.sql import query
from lohko.model.condition import Leaf, OfAccount
from lohko.model.schema import Schema

if TYPE_CHECKING:
    from lohko.engine.plan import Engine
    from lohko.engine.spark import SparkEngine
    from lohko.engine.spark_sets import People
    from lohko.model.definition import Limit

_AS_PEOPLE = "SELECT account AS person, CAST(account AS VARCHAR) AS person_id, true AS living, name AS label FROM account"
_CONTACTS = "SELECT b.person FROM belongs AS b JOIN given AS g ON g.person = b.account"
_NONE = "SELECT * FROM __table AS t WHERE false"


class ContactsThere:
    """An engine whose leaves are asked of people and of their accounts, and whose algebra is that of people; without known accounts of people alone."""

    def __init__(self, people: SparkEngine, *, knows_accounts: bool) -> None:
        self._people, self._knows = people, knows_accounts

    def everyone(self) -> People:
        """The living."""
        return self._people.everyone()

    def profiled(self) -> People:
        """Those of them who have not objected to profiling."""
        return self._people.profiled()

    def ask(self, leaf: Leaf, among: People | None = None) -> People:
        """The people of whom, or of whose account, a leaf is true; of both, when it is true of whoever is unknown."""
        people = self._people
        if not is_asked_of_accounts(leaf, people.schema):
            return people.ask(leaf, among)
        together = asks_contact_figures(leaf)
        if together:
            for text, parameters in contact_figure_statements(people.schema, people.as_of, people.zone, known=self._knows):
                people.make(text, parameters)
            figured = people.beside({}, self._with_figures(people.schema, "person"))
            own = people.taken(figured.keys(figured.ask(leaf)))
        else:
            own = people.ask(leaf, among)
        if not self._knows:
            return own
        accounts = self._accounts(together=together)
        asked = accounts.ask(leaf)
        if is_true_of_nobody_known(leaf, people.schema, people.as_of, people.zone):
            return people.both([own, people.without(self._of(accounts, accounts.without(asked)))])
        return people.either([own, self._of(accounts, asked)])

    def _accounts(self, *, together: bool) -> SparkEngine:
        """The engine that asks accounts: what only people have, no account has."""
        people = self._people
        own = of_accounts(people.tables(), people.schema)
        lacking = [item.table for name, item in people.schema.attributes.items() if not item.trait and name not in own.attributes]
        lacking += [item.table for name, item in people.schema.events.items() if name not in own.events]
        tables = {table: people.of_store(Query(query(_NONE, {"__table": table}).sql("duckdb"), ())) for table in lacking}
        tables["person"] = people.of_store(Query(_AS_PEOPLE, ()))
        whole = Schema({**people.schema.attributes, **own.attributes}, {**people.schema.events, **own.events})
        return people.beside(tables, self._with_figures(whole, "account") if together else whole)

    def _with_figures(self, schema: Schema, key: Key) -> Schema:
        return with_contact_figures(lambda text: self._people.make(text, ()), schema, key)

    def _of(self, engine: SparkEngine, accounts: People) -> People:
        """The contacts of these accounts."""
        people = self._people
        people.make_once("belongs", contacts(people.question(), known=True))
        return people.taken(engine.keys(accounts), _CONTACTS)

    def of_contacts(self) -> Engine[People]:
        """The same: an account condition inside another is about the same accounts."""
        return self

    def transform(self, node: OfAccount, people: People) -> People:
        """The contacts of the accounts of which so many are among the people."""
        return self._people.transform(node, people)

    def best(self, people: People, limit: Limit) -> People:
        """The best of the people."""
        return self._people.best(people, limit)

    def both(self, sets: Sequence[People]) -> People:
        """Intersection."""
        return self._people.both(sets)

    def either(self, sets: Sequence[People]) -> People:
        """Union."""
        return self._people.either(sets)

    def without(self, one: People) -> People:
        """Complement within the living."""
        return self._people.without(one)
