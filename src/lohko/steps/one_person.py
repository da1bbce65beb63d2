"""How one person came to be: which records, linked by what, since when, by whom; and whose values count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.base.times import naive
from lohko.engine.identity import in_common
from lohko.engine.links import history_of, records_of
from lohko.engine.profiles import find, known_sources
from lohko.engine.rights import corrected_at
from lohko.engine.survivorship import SURVIVORS, survivors, values_at, would_be
from lohko.model.identity import KINDS
from lohko.state.batches import batches
from lohko.state.identity_rules import read_identity
from lohko.state.workspace import note
from lohko.steps.decide import keep_decision
from lohko.steps.figures import utc
from lohko.steps.review import said, who_decided
from lohko.steps.work import Progress, Work


def person_links(work: Work, progress: Progress, *, customer: str) -> dict[str, Any]:
    """The records of a customer, the values that link them (masked), and every joining and parting with its time and reason."""
    told = links_told(work, customer)
    _seen(work, told["person_id"], "records")
    return told


def links_told(work: Work, customer: str) -> dict[str, Any]:
    """What `person_links` tells, for a step that notes by itself whom it showed."""
    cursor, schema = work.store.cursor(), work.schema()
    person, label, person_id = find(cursor, schema, customer)
    with work.state.connect() as connection:
        rules = read_identity(connection)
        received, who = {row["number"]: row["received_at"] for row in batches(connection)}, who_decided(connection)
    known = records_of(cursor, person)
    names = {record.node: said(record) for record in known}
    shared = in_common(cursor, schema, rules, work.settings.country, person) if len(known) > 1 else []
    history: dict[tuple[int, str], dict[str, Any]] = {}
    for link, batch in history_of(cursor, person):
        if link.cause in ("merge", "unmerge"):
            user = who.get(batch) if link.by == "person" else None
            entry = {
                "cause": link.cause,
                "how": link.how,
                "by": link.by,
                "user": user,
                "at": received.get(batch),
                "batch": batch,
                "records": 0,
            }
            history.setdefault((batch, link.cause), entry)["records"] += 1
    joined = {link.node: (link, batch) for link, batch in history_of(cursor, person) if link.cause == "merge" and link.person == person}
    return {
        "person_id": person_id,
        "customer": label,
        "timezone": work.settings.timezone,
        "data_version": work.data_version(),
        "records": [
            {
                "record": names[record.node],
                "source": record.source,
                "kind": record.kind,
                "value": record.value,
                "joined_at": received.get(joined[record.node][1]) if record.node in joined else None,
                "how": joined[record.node][0].how if record.node in joined else None,
                "by": joined[record.node][0].by if record.node in joined else None,
                "user": who.get(joined[record.node][1]) if record.node in joined and joined[record.node][0].by == "person" else None,
            }
            for record in known
        ],
        "shared": [
            {"kind": kind, "meaning": KINDS[kind].meaning, "value": masked(kind, value), "records": [names[node] for node in nodes]}
            for kind, value, nodes in shared
        ],
        "history": list(history.values()),
        "standing": sorted({joined[record.node][1] for record in known if record.node in joined}),
    }


def _seen(work: Work, person_id: str, what: str) -> None:
    with work.state.begin() as connection:
        note(connection, "person_seen", {"what": what}, [person_id])


def masked(kind: str, value: str) -> str:
    """An identifier that is recognised by whoever knows it, and by nobody else.

    >>> masked("email", "maija@example.fi"), masked("phone", "358401234567"), masked("name_birthday_postcode", "a")
    ('m***@example.fi', '***567', '***')
    """
    if kind == "email":
        local, _, host = value.partition("@")
        return f"{local[:1]}***@{host}"
    return "***" if kind in ("name_birthday_postcode", "hashed_email") else f"***{value[-3:]}" if len(value) > 5 else "***"


def person_values(work: Work, progress: Progress, *, customer: str) -> dict[str, Any]:
    """Each attribute of a customer: the value that counts, from which source, since when, by which rule, and what lost against it.

    `corrected` says of a value that was put right by hand when, by whom, and what a source had said; the record it stands in had it wrong.
    """
    told = values_told(work, customer)
    _seen(work, told["person_id"], "values")
    return told


def values_told(work: Work, customer: str) -> dict[str, Any]:
    """What `person_values` tells, for a step that notes by itself whom it showed."""
    cursor, schema = work.store.cursor(), work.schema()
    person, label, person_id = find(cursor, schema, customer)
    names = {record.node: said(record) for record in records_of(cursor, person)}
    rules, by_hand = survivors(cursor), _by_hand(work, cursor, list(names))
    attributes = []
    for item in schema.attributes.values():
        rows = [] if item.trait else values_at(cursor, item, person, naive(now()))
        if rows:
            told = [
                {
                    "value": value,
                    "source": source,
                    "record": names[node],
                    "since": utc(at),
                    "assumed": assumed,
                    "corrected": by_hand.get((item.table, at)),
                }
                for source, node, value, at, assumed in rows
            ]
            if told[0]["corrected"]:  # it was corrected in each record, and loses against itself in none
                told = [told[0], *(row for row in told[1:] if not row["corrected"])]
            rule, sources = rules.get(item.table, (SURVIVORS[0], []))
            attributes.append({"name": item.name, "rule": rule, "sources": sources, **told[0], "lost": told[1:]})
    return {
        "person_id": person_id,
        "customer": label,
        "timezone": work.settings.timezone,
        "data_version": work.data_version(),
        "attributes": attributes,
    }


def _by_hand(work: Work, cursor: Any, nodes: Sequence[int]) -> dict[tuple[str, dt.datetime], dict[str, Any]]:
    """What was corrected by hand, by the attribute's table and when: by whom, and what a source had said."""
    found = corrected_at(cursor, nodes)
    if not found:
        return {}
    with work.state.connect() as connection:
        who = who_decided(connection, "correction")
    return {key: {"at": utc(key[1]), "by": who.get(batch, ""), "was": was} for key, (was, batch) in found.items()}


def survivorship(
    work: Work, progress: Progress, *, attribute: str | None = None, rule: str | None = None, sources: Sequence[str] = ()
) -> dict[str, Any]:
    """Whose value counts where several records of a person differ: the rules that were chosen, or a new one for an attribute."""
    with work.guard:
        schema = work.schema()
        if attribute is not None and rule is not None:
            item = schema.attribute(attribute)
            _check(work, item.trait, rule, sources)
            lists = np.empty(1, dtype=object)
            lists[0] = list(sources)
            columns = {
                "node": np.zeros(1, dtype=np.int32),
                "attribute": np.array([item.name.casefold()], dtype=object),
                "rule": np.array([rule], dtype=object),
                "sources": lists,
            }
            keep_decision(work, "survivorship", columns, detail={"attribute": item.name, "rule": rule})
        chosen = survivors(work.store.cursor())
    return {
        "data_version": work.data_version(),
        "attributes": [
            {"name": item.name, "rule": chosen.get(item.table, (SURVIVORS[0], []))[0], "sources": chosen.get(item.table, ("", []))[1]}
            for item in schema.attributes.values()
            if not item.trait and (attribute is None or item.name.casefold() == attribute.casefold())
        ],
    }


def survivorship_preview(work: Work, progress: Progress, *, attribute: str, rule: str, sources: Sequence[str] = ()) -> dict[str, Any]:
    """What another rule for an attribute would do: how many people would have another value, and from which sources the values would come."""
    with work.guard:
        item = work.schema().attribute(attribute)
        _check(work, item.trait, rule, sources)
        found = would_be(work.store.cursor(), item, rule, sources, naive(now()))  # type: ignore[arg-type]
    return {
        "data_version": work.data_version(),
        "attribute": item.name,
        "rule": rule,
        "sources": list(sources),
        "people": found.people,
        "other_value": found.other,
        "from_sources": [{"source": name, "now": before, "then": after} for name, (before, after) in found.sources.items()],
    }


def _check(work: Work, trait: bool, rule: str, sources: Sequence[str]) -> None:
    if trait:
        raise InputError("computed", "A trait is computed of the whole person, so no source's value has to be chosen.")
    if rule not in SURVIVORS:
        raise InputError("unknown_rule", f"There is no rule {rule!r}.", hint=did_you_mean(rule, SURVIVORS))
    known = known_sources(work.store.cursor())
    for source in sources:
        if source not in known:
            raise InputError("unknown_source", f"No source is called {source!r}.", hint=did_you_mean(source, known))
    if (rule == "source priority") is not bool(sources):
        raise InputError("bad_sources", "The rule `source priority` names sources, the best first; the others name none.")
