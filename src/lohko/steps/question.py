"""What every question needs: one instant, one schema, all definitions, and an engine that answers at that instant."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.base.times import parse_as_of
from lohko.engine.duckdb import DuckEngine
from lohko.engine.leaf_cache import SharedAnswers
from lohko.engine.plan import evaluate_all
from lohko.model.catalogue import Catalogue
from lohko.state import segments as kept
from lohko.state.rfm_rules import RfmRules, read_rules, write_rules
from lohko.steps.common_moment import common_moment, is_looking
from lohko.steps.special import special

if TYPE_CHECKING:
    from pyroaring import BitMap

    from lohko.model.schema import Schema
    from lohko.model.segment import Segment
    from lohko.steps.work import Work


@dataclass(frozen=True)
class Question:
    """A moment at which conditions are decided, over the data that the store holds now."""

    as_of: dt.datetime
    data_version: int
    schema: Schema
    segments: dict[str, Segment]
    catalogue: Catalogue
    engine: DuckEngine
    rfm_rules: RfmRules

    def rule(self, name: str) -> str:
        """A hash of what decides a segment besides the data: its rule, those behind it, and how RFM is counted if it asks about that."""
        counted = write_rules(self.rfm_rules) if self.catalogue.profiles(name) else ""
        return hashlib.sha256(f"{self.catalogue.rule(name)}\n{counted}".encode()).hexdigest()

    def segment(self, name: str) -> Segment:
        """The segment of that id; InputError with candidates."""
        found = self.segments.get(name)
        if found is None:
            raise InputError("unknown_segment", f"No segment is called {name!r}.", hint=did_you_mean(name, self.segments))
        return found

    def people(self, name: str) -> BitMap:
        """The members of a segment by its current definition; the error that keeps it from being told."""
        answer = evaluate_all(self.engine, self.catalogue, [self.segment(name).id])[name]
        if isinstance(answer, LohkoError):
            raise answer
        return answer

    def stamp(self) -> dict[str, Any]:
        """What every JSON answer carries: the instant asked about and the data that was seen."""
        return {"as_of": iso(self.as_of), "data_version": self.data_version}

    def share(self, size: int | None) -> float | None:
        """A number of people as a part of everyone; None when there is no one."""
        population = self.engine.size(self.engine.everyone())
        return round(size / population, 6) if size is not None and population else None


def ask(work: Work, as_of: str | dt.datetime | None = None, *, rfm_rules: RfmRules | None = None) -> Question:
    """A question at an instant: as given, in the workspace's zone, else now; by the workspace's own RFM rules unless others are given."""
    instant = as_of if isinstance(as_of, dt.datetime) else moment(work, as_of)
    with work.state.connect() as connection:
        found, rules = kept.current(connection), rfm_rules or read_rules(connection)
        definitions = {name: item.definition for name, item in found.items()}
        marked = special(connection)
    cursor, version, schema = work.snapshot()
    catalogue = Catalogue(schema, definitions, marked)
    if catalogue == work.catalogue:  # what follows from it is known already
        catalogue = work.catalogue
    work.catalogue = catalogue
    shared = SharedAnswers(work.leaves, cursor, version)
    engine = DuckEngine(cursor, schema, instant, work.settings.zone, rules, work.living(cursor, version), shared, work.compiled(schema))
    if is_looking():
        engine.share(work.kept_tables.of(work.store, version))
    return Question(instant, version, schema, found, catalogue, engine, rules)


def moment(work: Work, as_of: str | None) -> dt.datetime:
    """The instant a question is about: as given, in the workspace's zone, else now; for pages, the one that all of them are of."""
    if as_of:
        return parse_as_of(as_of, work.settings.zone)
    return common_moment(work) if is_looking() else now()


def iso(instant: dt.datetime) -> str:
    """An instant as JSON shows it."""
    return instant.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
