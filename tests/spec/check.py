"""Checking an entry: each rule is asked of the reference engine and of DuckDB, and so is its opposite."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from engines.layout import empty_store, fill
from lohko.base.errors import LohkoError
from lohko.base.times import parse_as_of
from lohko.engine.consents import consented
from lohko.engine.duckdb import DuckEngine
from lohko.engine.person import Person
from lohko.engine.plan import evaluate
from lohko.engine.reference import Reference
from lohko.engine.traits import make_rfm
from lohko.model.catalogue import Catalogue
from lohko.model.condition import Not
from lohko.model.operand import Span
from lohko.model.parse import parse
from lohko.model.sentence import sentence
from lohko.state.rfm_rules import RfmRules
from lohko.state.workspace import Settings, create
from lohko.steps.work import Work
from spec.book import Entry, Example, Imported, Recorder, Refused, Scores, Written
from spec.shop import SCHEMA, ZONE, people_of, value, with_past, with_rfm


class Checker(Recorder):
    """The `spec` of a running test: what it is told is checked at once."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def add(self, entry: Entry) -> None:
        """Check one entry."""
        match entry:
            case Example():
                check_example(entry)
            case Scores():
                check_scores(entry)
            case Imported():
                check_imported(entry, self.folder / uuid.uuid4().hex)
            case Written():
                check_written(entry)
            case Refused():
                check_refused(entry)


@lru_cache(maxsize=1)
def _store() -> DuckDBPyConnection:
    return empty_store(SCHEMA)


@contextmanager
def store_with(people: Iterable[Person]) -> Iterator[DuckDBPyConnection]:
    """The one store of the specs while it holds these people: they are in a transaction that is never committed."""
    store = _store()
    store.execute("BEGIN")
    try:
        fill(store, list(people), SCHEMA)
        yield store
    finally:
        store.execute("ROLLBACK")


def check_example(example: Example) -> None:
    """Both engines find the people that the spec names, for each rule and for its opposite."""
    as_of = parse_as_of(example.as_of, ZONE)
    everyone = people_of(example.names, example.people, example.events, example.consents, example.moves)
    catalogue = Catalogue(SCHEMA, {name: parse(rule).condition for name, rule in example.segments.items()})
    definitions = {name: catalogue.definition(name) for name in catalogue.segments}
    rules = {rule: catalogue.resolve(parse(rule).condition) for rule in example.members}
    living = {name: person for name, person in everyone.items() if name not in example.gone}
    people = with_rfm(with_past(living, [*rules.values(), *(item.where for item in definitions.values())], as_of), as_of)
    reference = Reference(SCHEMA, definitions, as_of, ZONE, population=people)
    with store_with(everyone.values()) as store:
        for key, name in enumerate(example.names, start=1):
            store.execute("UPDATE person SET living = ? WHERE person = ?", [name not in example.gone, key])
        engine = DuckEngine(store, SCHEMA, as_of, ZONE)
        for rule, wanted in example.members.items():
            condition = rules[rule]
            assert catalogue.resolve(parse(sentence(condition)).condition) == condition, f"{rule} does not read back"
            for asked, expected in ((condition, set(wanted)), (Not(condition), set(people) - set(wanted))):
                said = sentence(asked)
                assert _reference(reference, asked, people) == expected, f"the reference disagrees: {said}"
                found = {example.names[key - 1] for key in engine.members(evaluate(engine, catalogue, asked))}
                assert found == expected, f"DuckDB disagrees: {said}"


def _reference(reference: Reference, condition: Any, people: dict[str, Person]) -> set[str]:
    return {name for name, person in people.items() if reference.holds(condition, person)}


_SCORED = ("recency_days", "frequency", "monetary", "rfm_r", "rfm_f", "rfm_m", "rfm_group")
_SPOKEN = {"rfm_r": "r", "rfm_f": "f", "rfm_m": "m", "rfm_group": "group"}


def check_scores(entry: Scores) -> None:
    """Both ways of working RFM out give the scores of the table."""
    as_of, names = parse_as_of(entry.as_of, ZONE), entry.scores.people
    people = people_of(names, None, entry.events)
    scored = with_rfm(people, as_of, net=entry.refunds == "net", cuts=entry.cuts, days=entry.days)
    rules = RfmRules(entry.refunds, Span(entry.days, "day") if entry.days else None, entry.cuts)
    kinds = {trait: SCHEMA.attribute(trait).type for trait in _SCORED}
    with store_with(people.values()) as store:
        make_rfm(store, SCHEMA, as_of, ZONE, rules)
        found = store.table("trait_rfm").select(", ".join(("person", *_SCORED))).fetchall()
    by_duckdb = {names[row[0] - 1]: dict(zip(_SCORED, row[1:], strict=True)) for row in found}
    for row in entry.scores.rows:
        shown = [trait for trait in _SCORED if _SPOKEN.get(trait, trait) in row.cells]
        wanted = {trait: value(row.cells[_SPOKEN.get(trait, trait)], kinds[trait]) for trait in shown}
        assert {trait: scored[row.person].traits.get(trait) for trait in shown} == wanted, "the reference disagrees"
        assert {trait: by_duckdb[row.person][trait] for trait in shown} == wanted, "DuckDB disagrees"


def check_imported(entry: Imported, folder: Path) -> None:
    """The files go the road of a user's file into a new workspace, whose answers and books are those of the spec."""
    from lohko.steps.ingest import ingest
    from lohko.steps.work import silent
    from lohko.wiring import open_work

    create(folder, Settings("Europe/Helsinki", "EUR", "FI"))
    options = dict(entry.options)
    first = options.pop("first_kind", entry.kind)
    with open_work(folder, silent) as work:
        for n, text in enumerate(entry.files):
            last = n == len(entry.files) - 1
            found = ingest(
                work,
                silent,
                stream=io.BytesIO(text.encode()),
                name=f"file-{n}.csv",
                kind=entry.kind if last else first,
                **(options if last else {}),
            )
        assert {key: found[key] for key in entry.books} == entry.books
        for rule, wanted in entry.members.items():
            assert members(work, rule, entry.as_of) == set(wanted), rule
        for purpose, wanted in entry.consented.items():
            keys = consented(work.store.cursor(), purpose, parse_as_of(entry.as_of, work.settings.zone))
            assert _labels(work, keys) == set(wanted), purpose


def members(work: Work, rule: str, as_of: str) -> set[str]:
    """The customers that a rule finds in a workspace."""
    schema, instant = work.schema(), parse_as_of(as_of, work.settings.zone)
    engine = DuckEngine(work.store.cursor(), schema, instant, work.settings.zone)
    return _labels(work, engine.members(evaluate(engine, Catalogue(schema, {}), parse(rule).condition)))


def _labels(work: Work, people: Iterable[int]) -> set[str]:
    keys = set(people)
    return {label for key, label in work.store.cursor().execute("SELECT person, label FROM person").fetchall() if key in keys}


def check_written(entry: Written) -> None:
    """Each rule is read, written back as the spec says, and warned of as it says."""
    for text, canonical in entry.rules.items():
        parsed = parse(text)
        assert sentence(parsed.condition) == canonical
        assert parse(canonical).condition == parsed.condition or sentence(parse(canonical).condition) == canonical
        assert [remark.code for remark in parsed.warnings] == ([entry.warns] if entry.warns else [])


def refusal(text: str) -> LohkoError:
    """Why a rule is refused over the shop of the examples, whose only segment is `vips`."""
    with pytest.raises(LohkoError) as caught:
        Catalogue(SCHEMA, {"vips": parse("did order").condition}).resolve(parse(text).condition)
    return caught.value


def check_refused(entry: Refused) -> None:
    """Each rule is refused, saying at least what the spec says."""
    for text, says in entry.rules.items():
        assert says in str(refusal(text)), text
