"""Showing that the law is kept: the audit, and the record of processing that is written from what is configured."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lohko.base.clock import now
from lohko.destinations.registry import DESTINATIONS
from lohko.engine.profiles import population
from lohko.engine.rights import bases_used
from lohko.model.consent import FLAGS, PURPOSE_TABLE
from lohko.state import audit, batches, erasures
from lohko.state import segments as kept
from lohko.state.privacy import bases, rules, special_attributes
from lohko.state.workspace import note
from lohko.steps.backup import KEEP_DAYS
from lohko.steps.retention import ALL, ORIGINAL, ORIGINAL_DAYS
from lohko.steps.rights_ledger import folders
from lohko.steps.work import Progress, Work


def audit_list(work: Work, progress: Progress, *, limit: int = 200, person_id: str | None = None) -> dict[str, Any]:
    """The latest entries: when, what, by which user, about whom; with `person_id` those about one person."""
    with work.state.connect() as connection:
        found = audit.entries(connection, None if person_id else limit)
    rows = [asdict(item) for item in found if person_id is None or person_id in item.people]
    return {"entries": rows[-limit:]}


def audit_verify(work: Work, progress: Progress, *, head: str | None = None) -> dict[str, Any]:
    """Whether every entry is as it was written; with a head that was noted elsewhere, whether the end was cut off."""
    with work.state.connect() as connection:
        found = audit.verify(connection, head)
    return {**asdict(found), "holds": found.why is None}


def processing_record(work: Work, progress: Progress) -> dict[str, Any]:
    """The record of processing activities (GDPR 30) as Markdown, from the sources, attributes, purposes, destinations and rules that there are."""
    cursor, version, schema = work.snapshot()
    with work.state.connect() as connection:
        imported, kept_rules, marked = batches.imports(connection), rules(connection), special_attributes(connection)
        given, grounds, segments = erasures.receipts(connection), bases(connection), kept.current(connection)
        backups = folders(connection)
    agreed = bases_used(cursor)
    sources = sorted({(row["source"], row["kind"]) for row in imported})
    lines = [
        f"# Record of processing: {work.folder.path.resolve().name}",
        "",
        f"Written by Lohko on {now():%Y-%m-%d} from what is configured (GDPR article 30). What stands in brackets is filled in by hand.",
        "",
        "- Controller and contact: [name, address, e-mail]",
        "- Data protection officer: [name, or why there is none]",
        f"- People known: {population(cursor):,}. Categories: customers and contacts of the controller.",
        "",
        "## Purposes and legal bases",
        "",
        *_table(
            ("Purpose", "Channel", "May rest on", "People with a grant on record"),
            (
                (
                    f"{item.key}: {item.purpose}",
                    item.channel or "",
                    ", ".join(item.bases),
                    "; ".join(f"{basis} {people:,}" for purpose, basis, people in agreed if purpose == item.key) or "none",
                )
                for item in PURPOSE_TABLE
            ),
        ),
        "",
        f"Segments: {len(segments)}. Those that ask about a score profile; whoever objected is in none of them.",
        "",
        "## Data and where it comes from",
        "",
        *_table(("Source", "Kind"), sources),
        "",
        "Attributes: "
        + (", ".join(f"{item.name}{_mark(marked, item.name)}" for item in schema.attributes.values() if not item.trait) or "none")
        + ".",
        "",
        "Events: " + (", ".join(item.name for item in schema.events.values()) or "none") + ".",
        "",
        "Computed: " + ", ".join(item.name for item in schema.attributes.values() if item.trait) + ".",
        "",
        "Special categories: " + ("; ".join(f"{name} ({category})" for name, category in marked.items()) or "none is marked") + ".",
        *[f"- Segment {name} uses them on the basis {basis}: {remark}" for name, (basis, remark) in grounds.items()],
        "",
        "## Recipients",
        "",
        *_table(
            ("Destination", "Purpose", "Audiences written", "Last"),
            (
                (to, purpose, str(len(found)), max(item.at for item in found)[:10])
                for to, purpose in sorted({(item.destination, item.purpose) for item in given})
                if (found := [item for item in given if (item.destination, item.purpose) == (to, purpose)])
            ),
        ),
        "",
        f"Destinations that can be written for: {', '.join(sorted(DESTINATIONS))}. Transfers outside the EEA: [per destination, with safeguards].",
        "",
        "## How long data is kept",
        "",
        *_table(("Source", "Of what", "Days"), ((rule.source, _what(rule.event), str(rule.days)) for rule in kept_rules)),
        "",
        f"Files as they came: {ORIGINAL_DAYS} days where no rule says otherwise. Everything else: until the person is erased.",
        f"Backups: {KEEP_DAYS} days unless one states otherwise; {len(backups)} places are known. What was erased stays erased when one is restored.",
        "",
        "## Rights and security",
        "",
        "Access, portability, rectification, erasure, restriction and objection are commands (`lohko person`). Flags that are honoured:",
        *[f"- {name}: {meaning}" for name, meaning in FLAGS.items()],
        "",
        "Files of the workspace are readable by their owner only; Finnish personal identity codes are masked before anything is kept; every",
        "view, change and export is in an audit whose entries are chained by hashes. Encryption of the disk: [yes or no].",
        "",
    ]
    with work.state.begin() as connection:
        note(connection, "processing_record_written", {})
    return {"markdown": "\n".join(lines), "data_version": version}


def _mark(marked: dict[str, str], name: str) -> str:
    category = marked.get(name.casefold())
    return f" ({category})" if category else ""


def _what(event: str) -> str:
    return {ALL: "every row", ORIGINAL: "the files as they came"}.get(event, event)


def _table(titles: tuple[str, ...], rows: Any) -> list[str]:
    body = [f"| {' | '.join(row)} |" for row in rows]
    if not body:
        return ["None."]
    return [f"| {' | '.join(titles)} |", f"|{' --- |' * len(titles)}", *body]
