"""Leaves about a person's own records, the ledger and chance, and the contacts of accounts."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from sqlglot import exp

from lohko.base.times import naive
from lohko.engine.asked import Asked, Query
from lohko.engine.compile_tests import Subject, passes
from lohko.engine.consents import STANDING
from lohko.engine.measured import EARTH_KM
from lohko.engine.sql import column, expression, query
from lohko.model.condition import AttributeIs, Consent, Ever, InSegment, Moment, Moved, Near, OfAccount, RandomShare, Reachable
from lohko.model.edges import moment_of, window_range
from lohko.model.operators import positive, zero_satisfies
from lohko.model.resolve import account_of, reach_of
from lohko.model.schema import Attribute

# --- attributes and traits


_HELD = "valid_from < __at AND valid_to >= __at"
_EVER = "valid_from < __at"
_WHO = "SELECT person FROM __table AS t WHERE __when AND __passes"
_WHO_ALL = "SELECT person FROM __table AS t WHERE __when GROUP BY person HAVING NOT bool_or(coalesce(__passes, false))"


def attribute(leaf: AttributeIs, asked: Asked) -> Query:
    """The people whose attribute or trait passes, as it was at a moment, or ever."""
    found = asked.schema.attribute(leaf.name)
    test, negated = positive(leaf.test)
    if found.trait:
        table, when, value = _trait(leaf, found, asked)
        # A trait has no fold beside it: those that are texts are codes.
        subject = Subject(found.type, value, exp.func("lower", value.copy()), table)
    else:
        table, value = exp.Table(this=exp.to_identifier(found.table, quoted=True)), column("value")
        when = held(asked, leaf.at)
        subject = Subject(found.type, value, column("fold"), table)
    nodes = {"__when": when, "__passes": passes(test, leaf.part, subject, asked)}
    if leaf.part == "items" and zero_satisfies(test):  # nothing is 0 items
        return asked.query(query(_WHO_ALL, {"__table": table.name}, nodes), not negated)
    return asked.query(query(_WHO, {"__table": table.name}, nodes), negated)


def held(asked: Asked, at: Moment | None = None) -> exp.Expr:
    """Which intervals of an attribute hold at a moment, or held before as_of."""
    return expression(_EVER if isinstance(at, Ever) else _HELD, nodes={"__at": _instant(asked, at)})


def _instant(asked: Asked, at: Moment | None) -> exp.Expr:
    return asked.instant(lambda as_of: moment_of(at, as_of, asked.zone))


def _trait(leaf: AttributeIs, found: Attribute, asked: Asked) -> tuple[exp.Table, exp.Expr, exp.Expr]:
    """Traits of as_of and of earlier instants are in tables of their own."""
    value = column(found.name)
    if leaf.at is None or moment_of(leaf.at, asked.as_of, asked.zone) == asked.as_of:
        return exp.to_table(f"trait_{found.table}"), exp.true(), value
    when = expression("moment = __at", nodes={"__at": _instant(asked, leaf.at)})
    return exp.to_table(f"trait_{found.table}_past"), when, value


# --- reach, consent, place, chance


_KNOWN = "SELECT person FROM __table AS t WHERE __when AND NOT value IS NULL"


def reachable(leaf: Reachable, asked: Asked) -> Query:
    """The people who have every attribute that the channel needs."""
    first, *others = (query(_KNOWN, {"__table": item.table}, {"__when": held(asked)}) for item in reach_of(asked.schema, leaf.channel))
    for other in others:
        first.where(exp.In(this=column("person"), query=exp.Subquery(this=other)), copy=False)
    return asked.query(first)


def consent(leaf: Consent, asked: Asked) -> Query:
    """The people whose consent stands."""
    return Query(STANDING, (leaf.purpose, naive(asked.as_of)), edges=((1, naive),))


# The great circle by the haversine, as the reference has it.
_NEAR = """
SELECT person FROM (
    SELECT a.person, radians(CAST(a.value AS DOUBLE)) AS lat, radians(__latitude) AS lat2,
        radians(__longitude) - radians(CAST(b.value AS DOUBLE)) AS lon
    FROM (SELECT person, value FROM __latitudes AS t WHERE __when AND NOT value IS NULL) AS a
    JOIN (SELECT person, value FROM __longitudes AS t WHERE __when AND NOT value IS NULL) AS b ON b.person = a.person
) AS place
WHERE 2 * __radius * asin(least(1, sqrt(
    pow(sin((lat2 - lat) / 2), 2) + cos(lat) * cos(lat2) * pow(sin(lon / 2), 2)))) <= __km
"""


def near(leaf: Near, asked: Asked) -> Query:
    """The people whose place lies within a distance."""
    names = {f"__{name}s": asked.schema.attribute(name).table for name in ("latitude", "longitude")}
    nodes = {
        "__latitude": asked.bind(float(leaf.latitude), "DOUBLE"),
        "__longitude": asked.bind(float(leaf.longitude), "DOUBLE"),
        "__when": held(asked),
        "__radius": asked.bind(EARTH_KM, "DOUBLE"),
        "__km": asked.bind(float(leaf.km), "DOUBLE"),
    }
    return asked.query(query(_NEAR, names, nodes))


_SHARE = """
SELECT person FROM person WHERE living
    AND CAST(concat('0x', substr(md5(concat(__seed, ':', person_id)), 1, 8)) AS BIGINT) < __below
"""


def random_share(leaf: RandomShare, asked: Asked) -> Query:
    """The people whose own number, which never changes, is below a share of all numbers."""
    below = ceil(Fraction(leaf.percent) * 2**32 / 100)
    return asked.query(query(_SHARE, nodes={"__seed": asked.bind(leaf.seed, "VARCHAR"), "__below": asked.bind(below, "BIGINT")}))


# --- the ledger


_STATE = """
SELECT person FROM membership_change WHERE segment = __segment AND "at" <= __at AND "at" < __as_of
GROUP BY person HAVING arg_max(entered, ROW("at", run))
"""
_MOVED = """
SELECT person FROM membership_change
WHERE segment = __segment AND entered = __entered AND "at" < __high AND cause IS DISTINCT FROM 'known'
"""


def was_in(leaf: InSegment, asked: Asked) -> Query:
    """The people who were in a segment at a moment, as the last change until then says."""
    nodes = {"__segment": asked.bind(leaf.segment, "VARCHAR"), "__at": _instant(asked, leaf.at)}
    nodes["__as_of"] = asked.instant(lambda as_of: as_of)  # a day that is still to come is as_of, and what is at as_of does not exist
    return asked.query(query(_STATE, nodes=nodes))


def moved(leaf: Moved, asked: Asked) -> Query:
    """The people who entered, or left, a segment in a window."""
    low, _ = window_range(leaf.window, asked.as_of, asked.zone)
    nodes = {
        "__segment": asked.bind(leaf.segment, "VARCHAR"),
        "__entered": asked.bind(leaf.way == "entered", "BOOLEAN"),
        "__high": asked.end_of(leaf.window),
    }
    tree = query(_MOVED, nodes=nodes)
    if low is not None:
        tree.where(exp.GTE(this=column("at"), expression=asked.begin_of(leaf.window)), copy=False)
    return asked.query(tree)


# --- contacts of accounts


_CONTACT = """
SELECT t.person, t.fold FROM __account AS t JOIN person AS p ON p.person = t.person AND p.living WHERE __when AND NOT t.fold IS NULL
"""
_ACCOUNTS = """
SELECT c.person FROM __contact AS c JOIN (
    SELECT d.fold FROM __contact AS d LEFT JOIN given AS g ON g.person = d.person GROUP BY d.fold HAVING __enough
) AS a ON a.fold = c.fold
"""
_ENOUGH = {"any": "count(g.person) >= 1", "all": "count(g.person) = count(*)", "at_least": "count(g.person) >= __n"}


def of_account(node: OfAccount, asked: Asked, *, known: bool = False) -> Query:
    """The contacts of the accounts of which any, all, or so many contacts are in the table `given`; `known` when there are accounts."""
    nodes = {} if node.n is None else {"__n": asked.bind(node.n, "BIGINT")}
    enough = expression(_ENOUGH[node.quantifier], nodes=nodes)
    return asked.query(query(_ACCOUNTS, nodes={"__contact": _contact(asked, known=known), "__enough": enough}))


def contacts(asked: Asked, *, known: bool) -> Query:
    """Everyone who belongs to an account: person, account (where it is a known one), and what is the same for all of its contacts."""
    return asked.query(_contact(asked, known=known))


_BELONGING = "CREATE OR REPLACE TEMP TABLE contact AS SELECT person, __account AS account, fold FROM __contact AS c"


def keep_contacts(asked: Asked, *, known: bool) -> Query:
    """The same into the temporary table `contact`; without known accounts nobody's is known."""
    account = column("account") if known else exp.cast(exp.Null(), "INTEGER")
    return asked.query(expression(_BELONGING, nodes={"__account": account, "__contact": _contact(asked, known=known)}))


# As model.account says: by what the person's account is called, by what the company is called, by the domain of the address.
_BELONGS = """
SELECT person, account, fold FROM (
    SELECT p.person, coalesce(a.account, c.account, d.account) AS account,
        coalesce('account' || chr(31) || CAST(coalesce(a.account, c.account, d.account) AS VARCHAR), a.fold, c.fold) AS fold
    FROM person AS p LEFT JOIN __accounts AS a ON a.person = p.person LEFT JOIN __companies AS c ON c.person = p.person
    LEFT JOIN __domains AS d ON d.person = p.person WHERE p.living
) AS b WHERE NOT fold IS NULL
"""
_MEANT = """
SELECT t.person, t.fold, n.account FROM __table AS t LEFT JOIN (
    SELECT fold, min(account) AS account FROM account_name WHERE list_contains(__kinds, kind) GROUP BY fold HAVING count(DISTINCT account) = 1
) AS n ON n.fold = __meant WHERE __when AND NOT t.fold IS NULL
"""
_NOBODY = "SELECT CAST(NULL AS INTEGER) AS person, CAST(NULL AS VARCHAR) AS fold, CAST(NULL AS INTEGER) AS account WHERE false"


def _contact(asked: Asked, *, known: bool) -> exp.Select:
    if not known:
        return query(_CONTACT, {"__account": account_of(asked.schema).table}, {"__when": held(asked)})
    nodes = {
        "__accounts": _meant(asked, "account", "t.fold", ("id", "name")),
        "__companies": _meant(asked, "company", "t.fold", ("id", "name")),
        "__domains": _meant(asked, "email", "NULLIF(regexp_extract(t.fold, '@([^@]*)$', 1), '')", ("domain",)),
    }
    return query(_BELONGS, nodes=nodes)


def _meant(asked: Asked, name: str, meant: str, kinds: tuple[str, ...]) -> exp.Select:
    """Whose attribute of that name means which account."""
    found = asked.schema.attributes.get(name)
    if found is None or found.type != "text" or found.trait:
        return query(_NOBODY)
    nodes = {"__when": held(asked), "__meant": expression(meant), "__kinds": asked.texts(kinds)}
    return query(_MEANT, {"__table": found.table}, nodes)
