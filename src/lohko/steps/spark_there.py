"""A question to a Spark cluster: the workspace's definitions, asked of a copy of its data that the cluster reads."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from lohko.base.errors import InputError, LohkoError, StoreError, did_you_mean
from lohko.engine.plan import evaluate_all
from lohko.engine.spark import SparkEngine
from lohko.engine.spark_copy import Copy, Tables, current
from lohko.engine.spark_place import Place, place_of
from lohko.engine.spark_session import Session
from lohko.engine.spark_sets import People
from lohko.model.catalogue import Catalogue
from lohko.model.segment import Segment
from lohko.state import segments as kept
from lohko.state.copies import identity
from lohko.state.rfm_rules import RfmRules, read_rules
from lohko.steps.question import iso, moment
from lohko.steps.special import special
from lohko.steps.work import Work


@dataclass(frozen=True)
class There:
    """A question to the cluster: one instant, the definitions of the workspace, the data of the copy."""

    session: Session
    copy: Copy
    place: Place
    engine: SparkEngine
    catalogue: Catalogue
    versions: Mapping[str, int]
    segments: Mapping[str, Segment]
    room: str
    """Where at the place is what is kept until the question is answered."""

    def stamp(self) -> dict[str, Any]:
        """What every answer carries: the instant asked about, the data that was seen, and where."""
        return {"as_of": iso(self.engine.as_of), "data_version": self.copy.data_version, "engine": "spark"}

    def segment(self, name: str) -> str:
        """A segment's id; InputError with candidates when there is none of that name."""
        if name not in self.catalogue.segments:
            raise InputError("unknown_segment", f"No segment is called {name!r}.", hint=did_you_mean(name, self.catalogue.segments))
        return name

    def people(self, name: str) -> People:
        """Its members by the current definition; the error that keeps it from being told."""
        answer = evaluate_all(self.engine, self.catalogue, [self.segment(name)])[name]
        if isinstance(answer, LohkoError):
            raise answer
        return answer

    def at(self, instant: dt.datetime) -> There:
        """The same question at another instant."""
        return replace(self, engine=self.engine.at(instant))


@contextmanager
def asked_there(work: Work, remote: str, location: str, as_of: str | None, rfm_rules: RfmRules | None = None) -> Iterator[There]:
    """A session on the cluster, about an instant; it ends with this, and what was kept for it goes. RFM is by the workspace's rules, or those given."""
    session = Session(remote)
    place = place_of(location, session)
    with work.state.connect() as connection:
        workspace = identity(connection)
        found, rules, marked = kept.current(connection), rfm_rules or read_rules(connection), special(connection)
        versions = kept.versions(connection)
    schema = work.schema()
    room, away = uuid.uuid4().hex, False
    try:
        copy = current(place, workspace)
        tables = Tables(place, copy)
        engine = SparkEngine(
            session,
            tables,
            schema,
            moment(work, as_of),
            work.settings.zone,
            rules,
            knows_accounts=copy.knows_accounts,
            keeping=lambda what, statement: place.keep(what, statement, room),
        )
        catalogue = Catalogue(schema, {name: item.definition for name, item in found.items()}, marked)
        yield There(session, copy, place, engine, catalogue, versions, found, room)
    except StoreError:
        away = place.by_cluster  # then there is nobody to sweep
        raise
    finally:
        try:
            if not away:
                place.sweep(room)
        finally:
            session.close()
