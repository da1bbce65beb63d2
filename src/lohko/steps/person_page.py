"""All that the page of one customer shows, told and noted at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lohko.base.errors import InputError
from lohko.engine.erasure import subject
from lohko.engine.figures import find_person
from lohko.engine.profiles import events_of, values_of
from lohko.engine.rights import corrected_at
from lohko.state.workspace import note
from lohko.steps.accounts import accounts_of_person
from lohko.steps.explain import explanations
from lohko.steps.look_customers import customer as looked_at
from lohko.steps.one_person import links_told, values_told
from lohko.steps.person_life import life_of
from lohko.steps.person_rights import rights_told
from lohko.steps.question import ask
from lohko.steps.service import glance
from lohko.steps.work import Progress, Work


def person_page(
    work: Work,
    progress: Progress,
    *,
    customer: str,
    topic: str = "",
    limit: int = 40,
    as_of: str | None = None,
    language: str = "en",
    by_id: bool = False,
) -> dict[str, Any]:
    """One customer with everything: figures and attributes, time line, records and whose values count, consents and flags, segments and why, accounts.

    `by_id` is for who may not know who somebody is: then only a public id means a customer, no number and no address.
    Someone who is set aside (`asked_about` is false) is shown with their records and rights alone.
    """
    question = ask(work, as_of)
    cursor = question.engine.cursor
    if by_id and find_person(cursor, customer) is None:
        raise InputError("unknown_customer", "There is no such customer.")
    found = subject(cursor, question.schema, customer)
    rights = rights_told(work, cursor, found)
    records = [{"source": item.source, "kind": item.kind, "value": item.value} for item in found.records]
    if not found.living:
        with work.state.begin() as connection:
            note(connection, "person_seen", {"what": "set aside"}, [found.person_id])
        return {
            **question.stamp(), "customer": found.label, "person_id": found.person_id, "asked_about": False, "records": records, **rights
        }  # fmt: skip
    told = looked_at(work, progress, person_id=found.person_id, limit=1, as_of=as_of)
    return {
        **told,
        "asked_about": True,
        "glance": glance(work, question, found),
        "life": life_of(work, question, found, topic, limit),
        "links": links_told(work, found.person_id),
        # One record alone has no value that could lose against another's, unless it was put right by hand.
        "values": {item["name"]: item for item in values_told(work, found.person_id)["attributes"]}
        if len(records) > 1 or corrected_at(cursor, found.nodes)
        else {},
        "rights": rights,
        "segments": explanations(work, customer=found.person_id, as_of=as_of, language=language)["segments"],
        "accounts": accounts_of_person(work, found.person, dt.datetime.fromisoformat(told["as_of"])),
    }


def erasure_plan(work: Work, progress: Progress, *, customer: str) -> dict[str, Any]:
    """What an erasure of a customer would take out: how many records, values, events by kind, consents, and audiences they are in."""
    question = ask(work)
    cursor, schema = question.engine.cursor, question.schema
    found = subject(cursor, schema, customer)
    rights = rights_told(work, cursor, found)
    with work.state.begin() as connection:
        note(connection, "person_seen", {"what": "erasure"}, [found.person_id])
    counts = {name: len(events_of(cursor, event, found.person)) for name, event in schema.events.items()}
    values = sum(bool(values_of(cursor, item, found.person)) for item in schema.attributes.values() if not item.trait)
    return {
        "customer": found.label,
        "person_id": found.person_id,
        "records": len(found.records),
        "attributes": values,
        "events": {name: n for name, n in counts.items() if n},
        "consents": len(rights["consents"]),
        "sent_to": rights["sent_to"],
    }


def check_typed(plan: dict[str, Any], typed: str) -> None:
    """InputError unless the number that was typed is the customer's."""
    if typed.strip() != plan["customer"]:
        raise InputError("other_number", "What was typed is not this customer's number. Nothing was erased.")
