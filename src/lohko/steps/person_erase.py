"""Erasing people so that no trace is left: from the log, the ledger, the state and the store; and finishing what was cut short.

1. What is to be done is written down, with the keyed hashes that keep the people out.
2. Batches and files of the ledger are written anew beside the old ones.
3. One transaction makes the new ones count and blanks the state. From here on the people are gone: what is left of them is no part of any answer.
4. The old files are removed and the store is made again from the log.

Cut short before 3, all of it is done again when the workspace is next opened; after it, the rest.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection, select, text

from lohko.base.clock import now
from lohko.engine.erasure import SHORTEST, Subject, naming, of_companies, own_words, people_of_records, subject
from lohko.formats.fields import fields_of
from lohko.landing import erase, log
from lohko.landing.needles import Needles
from lohko.landing.sought import GONE, Sought, redacted
from lohko.state import audit, batches, calls, erasures, live, past, people, runs
from lohko.state.copies import identity
from lohko.state.suppression import FEWEST_DIGITS, Digests, read_key, suppress
from lohko.state.tables import segment_version
from lohko.state.workspace import note
from lohko.steps.decide import keep_decision
from lohko.steps.intake import events_take, forget_taken
from lohko.steps.keep_out import OF_COMPANIES
from lohko.steps.publish import forget_people, publish
from lohko.steps.question import iso
from lohko.steps.renew import renew
from lohko.steps.rights_ledger import write_rights
from lohko.steps.work import Progress, Work


def person_erase(work: Work, progress: Progress, *, customers: list[str]) -> dict[str, Any]:
    """Erase people for good; what was taken out, what has to be removed where audiences went, and what is left to do by hand.

    Copies for Spark hold them until the next one is made there.
    """
    with work.guard:
        events_take(work, progress)  # what waits of them is found where everything else is
        cursor, _, schema = work.snapshot()
        found = {one.person: one for one in (subject(cursor, schema, customer) for customer in customers)}
        cursor.close()
        return erase_people(work, progress, list(found.values()), iso(now()))


def erase_people(
    work: Work, progress: Progress, found: Sequence[Subject], at: str, known: frozenset[str] = frozenset(), *, keep_out: bool = True
) -> dict[str, Any]:
    """Erase these people, who used that right at `at`; hold `work.guard`. `known` digests stand in the ledger of rights already.

    Without `keep_out` they used no right, and whatever is said of them from now on comes in: nothing of them is left to be kept.
    """
    with work.guard:
        cursor, _, schema = work.snapshot()
        intent = _intent(cursor, schema, found)
        digests = _by_person(work, found, [own_words(cursor, schema, one.nodes) for one in found], intent.texts) if keep_out else []
        who = naming(cursor, schema, intent.nodes) | {record.value for one in found for record in one.records}
        companies = of_companies(cursor, schema, intent.texts, fields_of("accounts"), who)
        intent = replace(intent, of_companies=companies.texts)
        cursor.close()
        by_hand = _definitions(work, intent)
        with work.state.begin() as connection:
            number = erasures.begin(connection, intent, at)
            copied = identity(connection) is not None
            for one in digests:
                suppress(connection, one, at)
                if fresh := sorted(one - known):
                    erasures.use_right(connection, erasures.RightUsed(at, erasures.ERASE, True, fresh))
        forget_people(work, intent.people)
        taken = finish_erasures(work, progress)[number]
        missed = write_rights(work)
        checked = _checked(work, intent)
    return {
        "erased": len(found),
        "definitions": by_hand,
        "copied_to_spark": copied,
        "companies": companies.companies,
        **taken,
        "checked": checked,
        "ledger_missing_in": missed,
        "data_version": work.data_version(),
    }


def _checked(work: Work, intent: erasures.Intent) -> dict[str, Any]:
    """Every byte looked through. What companies are called, too, may stand where companies are: in their lists, and in the store."""
    with work.state.connect() as connection:
        lists = [work.folder.landing / row["folder"] for row in batches.batches(connection) if row["kind"] in OF_COMPANIES]
    sought = Sought(texts=intent.texts, person_ids=intent.person_ids)
    spared = frozenset(Sought(texts=intent.of_companies).in_bytes())
    return erase.scan(work.folder.path, sought.in_bytes(), spared, [work.folder.store, *lists])


def _intent(cursor: Any, schema: Any, subjects: Sequence[Subject]) -> erasures.Intent:
    nodes = sorted(node for one in subjects for node in one.nodes)
    ids = people_of_records(cursor, subjects)
    values = {record.value for one in subjects for record in one.records}
    return erasures.Intent(
        nodes,
        sorted(ids),
        sorted(ids.values()),
        sorted({*own_words(cursor, schema, nodes), *(value for value in values if len(value) >= SHORTEST or "@" in value)}),
        sorted(value for value in values if len(value) < SHORTEST and "@" not in value),
    )


def _by_person(work: Work, found: Sequence[Subject], words: Sequence[list[str]], texts: Sequence[str]) -> list[set[str]]:
    """The digests of each; what only several of them together have is in the erasure of each, and keeps out until all have come back."""
    shared = set(texts).difference(*words)
    return [set(digests_of(work, [one], [*own, *shared])) for one, own in zip(found, words, strict=True)]


def digests_of(work: Work, subjects: Sequence[Subject], texts: Sequence[str]) -> list[str]:
    """The keyed hashes of what people are known by: each record's own identifier, and every address and number."""
    made = Digests(read_key(work.folder.key, make=True), work.settings.country)
    found = {made.identity(record.source, record.kind, record.value) for one in subjects for record in one.records}
    for said in {*texts, *(record.value for one in subjects for record in one.records)}:
        if "@" in said:
            found.add(made.email(said))
        elif sum(sign.isdigit() for sign in said) >= FEWEST_DIGITS and (number := made.phone(said)):
            found.add(number)
    return sorted(found)


def _definitions(work: Work, intent: erasures.Intent) -> list[str]:
    """The segments whose rules name one of the people: a rule is somebody's work and is not changed by itself."""
    sought = Sought(texts=intent.texts)
    with work.state.connect() as connection:
        rows = connection.execute(select(segment_version.c.segment, segment_version.c.definition)).all()
    return sorted({row.segment for row in rows if sought.in_body(row.definition)})


def finish_erasures(work: Work, progress: Progress) -> dict[int, dict[str, Any]]:
    """Finish every erasure that is not done, also those that were cut short; what was taken out, by erasure."""
    done: dict[int, dict[str, Any]] = {}
    with work.guard:
        with work.state.connect() as connection:
            waiting = erasures.unfinished(connection)
        if not waiting:
            return done
        for item in waiting:
            if item.stage == "begun" and item.intent is not None:
                progress(0.2, "taking people out of the archive")
                done[item.id] = _take_out(work, item.id, item.intent)
        progress(0.5, "making the store again")
        sweep_replaced(work)
        forget_taken(work)
        renew(work, progress)
        for item in waiting:
            keep_decision(work, "erasure", {"node": np.empty(0, dtype=np.int32)}, detail={"erasure": item.id})
            with work.state.begin() as connection:
                erasures.finish(connection, item.id)
        publish(work)
        _empty_log_of_state(work)
    progress(1.0, "done")
    return done


def _take_out(work: Work, number: int, intent: erasures.Intent) -> dict[str, Any]:
    """Steps 2 and 3 of an erasure."""
    sought = Sought(intent.nodes, intent.person_ids, intent.texts, intent.numbers)
    of_people = [text for text in intent.texts if text not in set(intent.of_companies)]
    in_lists = replace(sought, texts=of_people)  # of companies, whose rows are not the person's
    scratch = log.scratch_folder(work.folder.scratch)
    cursor = work.store.cursor()
    with work.state.connect() as connection:
        registered, made, filled = batches.batches(connection), runs.runs(connection), past.pasts(connection)
    anew = {
        row["number"]: new
        for row in registered
        if (
            new := erase.without(
                cursor,
                work.folder.landing,
                row,
                in_lists if row["kind"] == "accounts" else sought,
                None,
                number,
                scratch,
                of_companies=row["kind"] in OF_COMPANIES,
                spared=in_lists,
            )
        )
    }
    ledger, ids = work.folder.ledger, intent.person_ids
    new_runs = {item: anew_file for item in made if (anew_file := erase.ledger_without(cursor, ledger, item.file, ids, number, scratch))}
    new_pasts = {item: anew_file for item in filled if (anew_file := erase.ledger_without(cursor, ledger, item.file, ids, number, scratch))}
    cursor.close()
    shutil.rmtree(scratch, ignore_errors=True)
    with work.state.begin() as connection:
        for row in registered:
            values = {name: redacted(row[name], sought) for name in ("file_name", "report", "plan")}
            if row["number"] in anew:
                new = anew[row["number"]]
                report = {**values["report"], "erased": values["report"].get("erased", 0) + new.rows}
                if not new.left:  # a file that was about them alone may be named after them
                    report |= {"file": GONE}
                    values |= {"file_name": GONE}
                values |= {"folder": new.folder, "manifest_sha256": new.manifest_sha256, "report": report}
            if any(values[name] != row[name] for name in values):
                batches.rewrite(connection, row["number"], values)
        for run, (file, sha256) in new_runs.items():
            runs.rewrite(connection, run.number, file, sha256)
        for item, (file, sha256) in new_pasts.items():
            past.replace(connection, item.segment, past.Past(item.segment, item.number, file, sha256))
        live.forget_people(connection, intent.person_ids)
        people.erase(connection, intent.nodes, intent.people)
        calls.forget(connection, intent.nodes)
        downstream = _forget_in_receipts(connection, intent)
        said = Sought(texts=[*intent.texts, *intent.person_ids])
        in_words = erasures.forget_in_words(connection, said.in_body, lambda body: redacted(body, said))
        needles = Needles(sought.in_bytes())
        erasures.forget_elsewhere(connection, intent, lambda body: bool(needles.found_in(body)), lambda body: redacted(body, sought))
        blanked = audit.blank(connection, intent.person_ids, sought.in_text)
        note(connection, audit.ERASED, {"erasure": number, "people": len(intent.people), "audit_entries_blanked": blanked})
        erasures.register(connection, number)
    return {
        "rows": sum(item.rows for item in anew.values()),
        "batches": len(anew),
        "ledger_files": len(new_runs) + len(new_pasts),
        "audit_entries": len(blanked),
        "downstream": downstream,
        **in_words,
    }


def _forget_in_receipts(connection: Connection, intent: erasures.Intent) -> list[dict[str, Any]]:
    """Take people out of the receipts of what went out, up to now; where they were."""
    keys, given = BitMap(intent.people), erasures.receipts(connection)
    inside = [(item, BitMap.deserialize(item.people)) for item in given]
    erasures.forget_in_receipts(connection, [(item.id, (people - keys).serialize()) for item, people in inside if people & keys])
    return [
        {"at": item.at, "segment": item.segment, "to": item.destination, "purpose": item.purpose, "people": len(people & keys)}
        for item, people in inside
        if people & keys
    ]


def sweep_replaced(work: Work) -> None:
    """Remove the files that do not count any more."""
    with work.state.connect() as connection:
        registered = {row["folder"] for row in batches.batches(connection)}
        files = {run.file for run in runs.runs(connection)} | {item.file for item in past.pasts(connection)}
    log.sweep(work.folder.landing, None, registered)
    log.sweep_files(work.folder.ledger, files)


def _empty_log_of_state(work: Work) -> None:
    """Old pages stand in SQLite's write-ahead log until it is cut; in the file itself they are overwritten as they are freed."""
    with work.state.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
