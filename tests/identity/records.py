"""Records written straight into the tables of a store in memory, and the slow, plain answer to which of them are one person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from duckdb import DuckDBPyConnection

from engines.layout import empty_store, insert
from lohko.base import contacts
from lohko.base.text import fold
from lohko.model.identity import KINDS, PLACEHOLDERS, IdentityRules
from lohko.model.schema import Attribute, Schema

_TEXTS = ("email", "phone", "name", "postcode", "loyalty_card", "hetu", "city")
SCHEMA = Schema(
    {name: Attribute(name, "text", f"a_{name}") for name in _TEXTS} | {"birthday": Attribute("birthday", "date", "a_birthday")}, {}
)
NOON = dt.datetime(2026, 1, 1, 12)


@dataclass(frozen=True)
class Known:
    """One record: what its source says of it."""

    source: str
    numbered: bool = True
    said: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        return dict(self.said).get(name)


_kept: list[DuckDBPyConnection] = []


def store_of_records(records: Sequence[Known]) -> DuckDBPyConnection:
    """A store with these records, with keys from 1, each its own person, all of batch 1. It is the same store every time, emptied."""
    if not _kept:
        _kept.append(empty_store(SCHEMA))
    else:
        _kept[0].execute("ROLLBACK")
    _kept[0].execute("BEGIN")
    add_records(_kept[0], records, batch=1)
    return _kept[0]


def add_records(store: DuckDBPyConnection, records: Iterable[Known], batch: int) -> None:
    """Write records after those that are there."""
    [(last,)] = store.execute("SELECT coalesce(max(node), 0) FROM node").fetchall()
    rows: list[tuple[str, dict[str, Any]]] = []
    for node, record in enumerate(records, last + 1):
        value = f"n{node}" if record.numbered else str(record.get("email"))
        kind = "id" if record.numbered else "email"
        rows.append(("node", {"node": node, "person": node, "source": record.source, "kind": kind, "value": value, "own": node}))
        rows.append(("person", {"person": node, "person_id": f"p{node}", "living": True, "label": value}))
        rows.append(("batch_person", {"batch": batch, "person": node}))
        for name, said in record.said:
            folded = None if name == "birthday" else fold(said)
            rows.append((f"o_a_{name}", {"node": node, "value": said, "fold": folded, "at": NOON, "timeless": False, "batch": batch}))
    insert(store, rows)


def partition(store: DuckDBPyConnection) -> set[frozenset[int]]:
    """The records as groups that are one person."""
    return {frozenset(nodes) for (nodes,) in store.execute("SELECT list(node) FROM node GROUP BY person").fetchall()}


# --- the definition of right: every pair of records, one by one ---------------------------------


def people(records: Sequence[Known], rules: IdentityRules, apart: Iterable[tuple[int, int]] = ()) -> set[frozenset[int]]:
    """Which records (numbered from 1) are one person, by the rules as they are written down."""
    known = dict(enumerate(records, 1))
    links = _links(known, rules)
    kept_apart = {frozenset(pair) for pair in apart}
    while True:
        groups = _connected(known, links)
        bad = [group for group in groups if _speaks_against(known, group, rules, kept_apart)]
        if not bad:
            return groups
        for group in bad:
            inside = {pair: strength for pair, strength in links.items() if pair <= group}
            weakest = min(inside.values())
            links = {pair: strength for pair, strength in links.items() if not (pair <= group and strength == weakest)}


def _links(known: Mapping[int, Known], rules: IdentityRules) -> dict[frozenset[int], int]:
    found: dict[frozenset[int], int] = {}
    for kind, rule in rules.rules.items():
        values = {node: value for node, record in known.items() if (value := identifier(record, kind, rules)) is not None}
        for one, other in combinations(values, 2):
            if rule == "never" or values[one] != values[other] or _shared(known, [n for n, v in values.items() if v == values[one]], rules):
                continue
            same_name = full_name(known[one]) is not None and full_name(known[one]) == full_name(known[other])
            strength = 3 if same_name else KINDS[kind].strength if rule == "merges" else 0
            pair = frozenset((one, other))
            found[pair] = max(found.get(pair, 0), strength)
    return {pair: strength for pair, strength in found.items() if strength}


def identifier(record: Known, kind: str, rules: IdentityRules) -> str | None:
    """A record's identifier of a kind in its comparable form."""
    if kind == "name_birthday_postcode":
        parts = (full_name(record), record.get("birthday"), record.get("postcode"))
        return None if None in parts else "/".join(map(str, parts))
    said = record.get(kind)
    if said is None or kind not in ("email", "phone", "loyalty_card"):
        return None
    if kind == "phone":
        return contacts.phone(said, "FI")
    if kind == "email":
        local = said.split("@")[0]
        return None if local in rules.shared_mailboxes or local in PLACEHOLDERS or local == "test" else said
    return said


def name_parts(record: Known) -> tuple[str, ...]:
    return tuple(sorted(set(fold(record.get("name") or "").split())))


def full_name(record: Known) -> tuple[str, ...] | None:
    return name_parts(record) if len(name_parts(record)) > 1 else None


def _shared(known: Mapping[int, Known], nodes: Sequence[int], rules: IdentityRules) -> bool:
    names = {full_name(known[node]) for node in nodes} - {None}
    nameless = [known[node].source for node in nodes if full_name(known[node]) is None and known[node].numbered]
    return (
        len(nodes) > rules.most_people_per_value
        and len(names) + max(map(nameless.count, nameless), default=0) > rules.most_people_per_value
    )


def _connected(known: Mapping[int, Known], links: Mapping[frozenset[int], int]) -> set[frozenset[int]]:
    group = {node: {node} for node in known}
    for one, other in links:
        if group[one] is not group[other]:
            group[one] |= group[other]
            for node in group[other]:
                group[node] = group[one]
    return {frozenset(nodes) for nodes in group.values()}


def _speaks_against(known: Mapping[int, Known], group: frozenset[int], rules: IdentityRules, apart: set[frozenset[int]]) -> bool:
    if len(group) < 2:
        return False
    if len(group) > rules.largest_person:
        return True
    for pair in map(frozenset, combinations(group, 2)):
        one, other = (known[node] for node in pair)
        if pair in apart or _other_mark(one, other) or _other_name(one, other):
            return True
        if (
            one.numbered
            and other.numbered
            and one.source == other.source
            and (full_name(one) is None or full_name(one) != full_name(other))
        ):
            return True
    return False


def _other_mark(one: Known, other: Known) -> bool:
    return any(one.get(what) and other.get(what) and one.get(what) != other.get(what) for what in ("birthday", "hetu"))


def _other_name(one: Known, other: Known) -> bool:
    short, long = sorted((name_parts(one), name_parts(other)), key=len)
    if not short:
        return False

    def lacks(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
        return any(not any(x == y or (min(len(x), len(y)) == 1 and x[0] == y[0]) for y in b) for x in a)

    # Of names with as many parts the first one is asked; the names of these tests are such that it does not matter which.
    return lacks(short, long)
