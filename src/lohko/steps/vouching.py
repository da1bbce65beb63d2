"""Ids that messages vouch for become their user's: what a browser did before it was known whose it is moves to that user.

A browser that was vouched for as several users' belongs to the first of them, by the
time of what happened and whatever came in first; so one that came late may move it
again. What belongs to another known person by anything else stays there. What
somebody has judged to be two people stays so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lohko.engine.links import Cause, Link, columns_of
from lohko.engine.messages import Vouched, kept_apart, person_and_records, vouched_since
from lohko.state.inbox import read_vouched, save_vouched
from lohko.steps.decide import keep_decision
from lohko.steps.work import Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

HOW = "vouched"


def join_vouched(work: Work) -> int:
    """Join what the messages vouch for that came since this was last done; how many ids moved. Call it with `work.guard` held."""
    version = work.data_version()
    with work.state.connect() as connection:
        through = read_vouched(connection)
    if through >= version:
        return 0
    cursor = work.store.cursor()
    told = vouched_since(cursor, through + 1)
    groups = _Groups(cursor)
    moved = held = 0
    for item in sorted(told, key=lambda item: (item.anonymous, item.node)):
        done = _move(groups, item) if item.anonymous else _join_all(groups, item)
        moved, held = moved + (done is True), held + (done is False)
    links = groups.links()
    cursor.close()
    if links:
        keep_decision(work, "links", columns_of(links), detail={"vouched": moved, "held_back": held})
    with work.state.begin() as connection:
        save_vouched(connection, version)
    return moved


def _join_all(groups: _Groups, item: Vouched) -> bool | None:
    """An earlier id of a user is that user; of several users, then these are one."""
    done = [groups.join(item.node, user) for user in item.users]
    return False if False in done else True if True in done else None


def _move(groups: _Groups, item: Vouched) -> bool | None:
    """A browser is its owner's; None when it is already, False when it is another known person's."""
    if groups.together(item.node, item.owner):
        return None
    others = groups.mates(item.node)
    if others:
        if others.isdisjoint(item.users):
            return False
        groups.part(item.node)
    return groups.join(item.node, item.owner)


@dataclass
class _Groups:
    """The records that are one person, as they are in the store and as they become; read for whom it is asked."""

    cursor: DuckDBPyConnection
    _of: dict[int, set[int]] = field(default_factory=dict)
    _own: dict[int, int] = field(default_factory=dict)
    _before: dict[int, int] = field(default_factory=dict)

    def _group(self, node: int) -> set[int]:
        if node not in self._of:
            person, records = person_and_records(self.cursor, node)
            group = set(records)
            for one, own in records.items():
                self._of[one], self._own[one], self._before[one] = group, own, person
        return self._of[node]

    def together(self, one: int, other: int) -> bool:
        """Whether two records are one person."""
        return self._group(one) is self._group(other)

    def mates(self, node: int) -> set[int]:
        """The other records of its person."""
        return self._group(node) - {node}

    def part(self, node: int) -> None:
        """A record is a person of its own again."""
        self._group(node).discard(node)
        self._of[node] = {node}

    def join(self, one: int, other: int) -> bool | None:
        """Two persons become one; None when they are, False when somebody has told them apart."""
        first, second = self._group(one), self._group(other)
        if first is second:
            return None
        if kept_apart(self.cursor, first, second):
            return False
        first |= second
        for node in second:
            self._of[node] = first
        return True

    def links(self) -> list[Link]:
        """How records have to move, the first person of each group being its person."""
        found = []
        for node in sorted(self._of):
            person = min(self._own[one] for one in self._of[node])
            before = self._before[node]
            if person != before:
                found.append(Link(node, person, before, self._cause(node), HOW, "rule"))
        return found

    def _cause(self, node: int) -> Cause:
        stayed: Iterable[int] = (one for one, person in self._before.items() if person == self._before[node])
        return "merge" if set(stayed) <= self._of[node] else "unmerge"
