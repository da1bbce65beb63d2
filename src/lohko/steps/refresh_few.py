"""Refreshing in proportion to what changed: only the people who may have moved since the last refresh are asked again.

Who may have moved: whoever has new data (or was merged, parted, set aside), and
whoever has something stored in what an edge of a rule swept over meanwhile
(`engine/crossings.py`). For everyone else every leaf of the rule answers as it did,
so they are members exactly if they were. That holds only while the rule, and what
it is decided with, are the same, and only for rules that nobody else's data can
decide. All other segments are asked of everyone; `refresh(check=True)` asks all
both ways.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lohko import __version__
from lohko.base.errors import LohkoError
from lohko.engine.compile_together import answers
from lohko.engine.crossings import Between, Sweep, crossing, swept
from lohko.engine.duckdb import DuckEngine
from lohko.engine.kept_rows import APPENDED, KeptRows
from lohko.engine.membership import touched_since
from lohko.engine.plan import evaluate_all
from lohko.engine.sharing import shared_leaves
from lohko.engine.slice import MANY, slice_of
from lohko.state import batches
from lohko.state.past import pasts
from lohko.state.rfm_rules import write_rules
from lohko.state.runs import LastRefresh

if TYPE_CHECKING:
    from pyroaring import BitMap

    from lohko.model.condition import Leaf
    from lohko.steps.question import Question
    from lohko.steps.work import Work

TELLS_WHOM = frozenset({
    "order-lines", "orders", "events", "messages", "customers", "consent", "flags", "correction", "survey", "bookings", "tickets", "notes", "leads",
    "links",
})  # fmt: skip
"""The kinds of batches that move nobody but the people whom they are said to be about (`batch_person`). Any other, such as an erasure, a table
of postcodes or the deals of accounts, may move anyone."""

WORTH_IT = 0.3
"""Up to which share of everyone it is worth to ask those who may have moved alone (benchmarks/README.md has the break-even)."""


@dataclass(frozen=True)
class Few:
    """The segments of which only these people need to be asked again, and the last refresh of each."""

    last: dict[str, LastRefresh]
    leaves: tuple[Leaf, ...]
    people: BitMap

    @property
    def as_of(self) -> dt.datetime:
        """The instant of that last refresh."""
        return next(iter(self.last.values())).as_of


@dataclass(frozen=True)
class Moves:
    """Who came into a segment and who went, and how many are in it now."""

    came: BitMap
    went: BitMap
    size: int


def basis_of(work: Work, question: Question) -> str:
    """A hash of what segments are decided with besides data and their rules: when it changes, anyone may move."""
    with work.state.connect() as connection:
        past = [(item.segment, item.sha256) for item in pasts(connection)]
    said = (__version__, question.schema, work.settings.zone.key, write_rules(question.rfm_rules), past)
    return hashlib.sha256(repr(said).encode()).hexdigest()


def few_of(work: Work, question: Question, names: Iterable[str], before: dict[str, LastRefresh], basis: str) -> Few | None:
    """Of which segments a few people are enough, and who; None when everyone has to be asked about all of them."""
    catalogue = question.catalogue
    same = {
        name: before[name]
        for name in names
        if name in before
        and before[name].basis == basis
        and before[name].rule == question.rule(name)
        and not catalogue.reaches_everyone(name)
    }
    if not same:
        return None
    # The segments that were refreshed together; asking from the oldest refresh on would widen the people for all.
    ((together, _),) = Counter((last.as_of, last.data_version) for last in same.values()).most_common(1)
    last = {name: item for name, item in same.items() if (item.as_of, item.data_version) == together}
    since = next(iter(last.values()))
    if not _tell_whom(work, since.data_version):
        return None
    cursor, everyone = question.engine.cursor, question.engine.size(question.engine.everyone())
    people = touched_since(cursor, since.data_version)
    between = Between(question.schema, work.settings.zone, since.as_of, question.as_of)
    plan = shared_leaves(catalogue, last)
    own: dict[str, frozenset[Sweep] | None] = {name: frozenset() for name in plan.order}
    for leaf, users in plan.users.items():
        edges = swept([leaf], between)
        for name in users:
            before_it = own[name]
            own[name] = None if edges is None or before_it is None else before_it | edges
    whole = {name: [own.get(item) for item in catalogue.needed_now([name])] for name in last}
    found = {name: item for name, item in last.items() if None not in whole[name]}
    if not found or len(people) > WORTH_IT * everyone:
        return None
    people |= crossing(cursor, {sweep for name in found for part in whole[name] for sweep in part or ()})
    if len(people) > WORTH_IT * everyone:
        return None
    needed_now = catalogue.needed_now(found)
    return Few(found, tuple(leaf for leaf, users in plan.users.items() if not needed_now.isdisjoint(users)), people)


def _tell_whom(work: Work, batch: int) -> bool:
    with work.state.connect() as connection:
        return batches.kinds_after(connection, batch) <= TELLS_WHOM


def decided_few(work: Work, question: Question, few: Few) -> dict[str, Moves | LohkoError]:
    """Who moved, of those who may have: the rules as they are, asked of these people's rows alone."""
    found: dict[str, Moves | LohkoError] = {}
    with asked_alone(work, question, few) as engine:
        was = work.members.of(work.store, question.engine.cursor, few.last)
        answers = evaluate_all(engine, question.catalogue, few.last)
        for name, last in few.last.items():
            answer = answers[name]
            if isinstance(answer, LohkoError):
                found[name] = answer
            else:
                came, went = engine.diff(was[name] & few.people, answer)
                found[name] = Moves(came, went, last.size + len(came) - len(went))
    return found


def _kept_rows(work: Work, question: Question) -> KeptRows:
    """The rows that are kept, without those that may not be so any more."""
    through = work.rows.of(work.store, question.schema)
    if through is not None:
        with work.state.connect() as connection:
            if not batches.kinds_after(connection, through) <= APPENDED:
                work.rows.forget()
    return work.rows


@contextmanager
def asked_alone(work: Work, question: Question, few: Few) -> Iterator[DuckEngine]:
    """An engine that answers of these people alone, for as long as the block lasts."""
    compiled, as_of, living = work.compiled(question.schema), question.as_of, few.people & question.engine.everyone()
    asking = compiled.asking(few.leaves, as_of)
    with slice_of(work.store, few.people, asking.words, _kept_rows(work, question)) as cursor:
        asked = [item for item in asking.together if item.of_many or len(few.people) <= MANY]
        known = {leaf: who for item in asked for leaf, who in answers(cursor, item, as_of, living).items()}
        zone, rules = work.settings.zone, question.rfm_rules
        yield DuckEngine(cursor, question.schema, as_of, zone, rules, living, compiled=compiled, known=known, few=True)
