"""Bringing a file in: received, parsed, compared with what is known, archived, registered, loaded.

The import counts from the moment its row stands in `state`; a crash before that
leaves nothing, one after it is made good when the workspace is next opened.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.base.times import zone
from lohko.base.vat import VAT_CLASSES
from lohko.engine import incoming as incoming_rows
from lohko.engine.accounts import of_batch
from lohko.engine.contracts import cells
from lohko.engine.store import stored_version
from lohko.formats.fields import KINDS
from lohko.formats.segment_list import SEGMENT_LIST
from lohko.landing import log
from lohko.landing.parse import parse
from lohko.landing.personal_code import mask
from lohko.landing.request import Request
from lohko.state import batches, people
from lohko.state.erasures import lifted_since
from lohko.state.workspace import note
from lohko.steps.archives import bring_each
from lohko.steps.beside import lay_beside
from lohko.steps.contracts import hold_to_contract, learn_first
from lohko.steps.keep_out import KeptOut, keep_out
from lohko.steps.load import load_lacking, load_registered
from lohko.steps.unify import unify_touched
from lohko.steps.widen import new_columns, widen
from lohko.steps.work import Progress, Work

DEFAULT_SOURCE = "shop"
"""The source of files that are no system's own export, when nobody names another."""


@dataclass(frozen=True)
class Proposal:
    """The keys that a staged file was told its people have or would get; they hold while no batch and no key came between."""

    source: str
    told: Path
    next_node: int
    next_batch: int

    def holds(self, connection: Connection, source: str) -> bool:
        """Whether they are still the ones that it would be told."""
        now_next = (people.next_node(connection), batches.next_number(connection))
        return source == self.source and now_next == (self.next_node, self.next_batch)


@dataclass(frozen=True)
class Arrival:
    """A file that was received and staged into `scratch`, on its way into the archive.

    When it is read again, `retries` is the import that it came with and `again` the
    file of its records that were rejected; the others are left alone.
    """

    incoming: log.Incoming
    request: Request
    report: dict[str, Any]
    source: str
    replace: bool
    scratch: Path
    received_at: dt.datetime
    retries: int | None = None
    again: Path | None = None
    proposal: Proposal | None = None


def ingest(
    work: Work,
    progress: Progress,
    *,
    stream: BinaryIO,
    name: str,
    kind: str | None = None,
    file_format: str | None = None,
    columns: dict[str, str] | None = None,
    source: str | None = None,
    event: str | None = None,
    timezone: str | None = None,
    currency: str | None = None,
    date_order: str | None = None,
    replace: bool = False,
    without_ids: bool = False,
    vat: dict[str, str] | None = None,
    sheet: str | None = None,
) -> dict[str, Any]:
    """Import one file; what it was taken to be, what was received, accepted, known already and rejected, and why.

    Without `kind` and `file_format` its headers tell; without `source` the rows
    come from the system whose export it is, or from `shop`. With `without_ids`
    rows that say no identifier are people of their own, each row another one.
    With `vat` prices hold a VAT that the file does not tell: the class of each
    category of goods, and under the empty text that of all others. `sheet` names
    the sheet of a workbook; without it the one whose headers are known best is read.
    Each file of a zip archive is an import of its own, and the answer has them as
    `files`; what is said here is said of each of them.
    """
    if kind is not None and kind not in KINDS:
        raise InputError("unknown_kind", f"No kind of file is called {kind!r}.", hint=did_you_mean(kind, KINDS))
    if date_order not in (None, "dmy", "mdy", "ymd"):
        raise InputError("bad_date_order", f"{date_order!r} is no order of day, month and year.", hint="dmy, mdy or ymd.")
    zone(timezone or work.settings.timezone)
    scratch = log.scratch_folder(work.folder.scratch)
    try:
        progress(0.0, "receiving")
        incoming = log.receive(stream, mask(name)[0], scratch)
        request = Request(
            file=str(incoming.path),
            kind=kind,
            format=file_format,
            map=columns or {},
            event=event,
            file_zone=timezone or work.settings.timezone,
            currency=(currency or work.settings.currency).upper(),
            workspace_currency=work.settings.currency,
            country=work.settings.country,
            date_order=date_order,  # type: ignore[arg-type]
            vat=_vat_classes(vat),
            sheet=sheet,
        )
        bring = _Bringing(work, request, source, replace, without_ids)
        try:
            return bring(progress, incoming, scratch)
        except InputError as error:
            if error.code != "zip_archive":
                raise
        return bring_each(work, progress, incoming, scratch, dataclasses.replace(bring, of_archive=True))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@dataclass(frozen=True)
class _Bringing:
    """How a file is asked to be brought in, and so each of an archive."""

    work: Work
    request: Request
    source: str | None
    replace: bool
    without_ids: bool
    of_archive: bool = False

    def __call__(self, progress: Progress, incoming: log.Incoming, scratch: Path) -> dict[str, Any]:
        """Bring in a file that was received into `scratch`."""
        work, request, source, replace = self.work, self.request, self.source, self.replace
        if request.sheet:  # another sheet of the same workbook is another file
            incoming = dataclasses.replace(incoming, sha256=log.of_sheet(incoming.sha256, request.sheet))
        # Of an archive a file may have come by itself, with what was chosen for it alone.
        asked = (source and request.kind) or (self.of_archive and not source and not request.kind)
        if asked and (seen := _seen(work, source, request.kind, incoming, replace)):
            return _already(work, seen)
        rows_are_people = incoming.sha256[:16] if self.without_ids else ""
        request = dataclasses.replace(request, file=str(incoming.path), out=str(scratch), rows_are_people=rows_are_people)
        lay_beside(work, scratch)
        proposals: list[Proposal] = []

        def number(of_format: str | None) -> None:
            proposals.append(_propose(work, source or of_format or DEFAULT_SOURCE, scratch))

        report = parse(request, lambda done, what: progress(done * 0.6, what), number)
        request = dataclasses.replace(request, kind=report["kind"], format=report["format"], sheet=report["detected"].get("sheet"))
        source = source or report["format_source"] or DEFAULT_SOURCE
        with work.guard:  # also of the same file, sent twice at once, one comes second
            if seen := _seen(work, source, report["kind"], incoming, replace):
                return _with_lists(work, report, _already(work, seen))
            proposal = proposals[-1] if proposals else None
            found = keep(work, progress, Arrival(incoming, request, report, source, replace, scratch, now(), proposal=proposal))
            assert found is not None  # only a retry may find nothing to do
        return _with_lists(work, report, found)


def _propose(work: Work, source: str, scratch: Path) -> Proposal:
    with work.state.connect() as connection:
        proposal = Proposal(source, scratch / log.NODES, people.next_node(connection), batches.next_number(connection))
    cursor = work.store.cursor()
    behind = stored_version(cursor) != proposal.next_batch - 1  # a batch that counts is still being loaded: its people are not known yet
    incoming_rows.propose_nodes(cursor, source, scratch / log.PEOPLE, proposal.told, proposal.next_node)
    cursor.close()
    return dataclasses.replace(proposal, next_batch=0) if behind else proposal


def _with_lists(work: Work, report: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """With the segments of a list that are not there yet: also of one that is in already, should it have been cut short after it counted."""
    if report["format"] != SEGMENT_LIST.key:
        return found
    from lohko.steps.static_lists import keep_lists  # the language of segments, which no other file needs

    return {**found, "segments": keep_lists(work, found["batch"])}


def _seen(work: Work, source: str | None, kind: str | None, incoming: log.Incoming, replace: bool) -> dict[str, Any] | None:
    """The import that this very file made already, as the same rows of the same source.

    A correction again is a repeat while nothing came after it; later it may be meant to undo another one. A file that
    had people who were erased is read again once any of those have been let in.
    """
    with work.state.connect() as connection:
        seen = batches.same_file(connection, source, kind, incoming.sha256)
        last = batches.next_number(connection) - 1
        left_out = seen is not None and (seen["report"].get("suppressed") or seen["report"].get("erased"))
        if seen is not None and left_out and lifted_since(connection, seen["received_at"]):
            return None
    return seen if seen is not None and (not replace or (seen["replaces"] and seen["number"] == last)) else None


def _vat_classes(given: dict[str, str] | None) -> dict[str, str]:
    for name in (given or {}).values():
        if name not in VAT_CLASSES:
            raise InputError("unknown_vat_class", f"No class of VAT is called {name!r}.", hint=did_you_mean(name, VAT_CLASSES))
    return given or {}


def _already(work: Work, seen: dict[str, Any]) -> dict[str, Any]:
    """What is said of it: its rows are known already, but for those of people who were kept out then or were erased since."""
    out = min(seen["received"], seen["report"].get("suppressed", 0) + seen["report"].get("erased", 0))
    return {
        **seen["report"],
        "own_names": _own_names(seen),
        "accepted": 0,
        "duplicate": seen["received"] - out,
        "suppressed": out,
        "rejected": 0,
        "rejected_by_reason": {},
        "new_customers": 0,
        "already_imported": True,
        "batch": seen["number"],
        "data_version": work.data_version(),
    }


def keep(work: Work, progress: Progress, arrival: Arrival) -> dict[str, Any] | None:
    """Bring the staged rows that are new into the archive, register and load them. Call it with `work.guard` held.

    None, and nothing is kept, when a retry finds that all is rejected as before.
    """
    load_lacking(work)
    progress(0.65, "comparing with what is known")
    incoming, report, source, kind, scratch = arrival.incoming, arrival.report, arrival.source, arrival.report["kind"], arrival.scratch
    kept_out = keep_out(work, scratch, source, report)
    out = kept_out.rows
    cursor = work.store.cursor()
    staged = scratch / log.ACCEPTED
    fields = cells(kind, report["columns"])
    incoming_rows.compare(cursor, staged, kind, source, work.schema(), replaces=arrival.replace, again=arrival.again, cells=fields)
    verdicts, warned = hold_to_contract(work, cursor, source, kind, report["columns"], arrival.received_at)
    if arrival.retries is not None and not verdicts.keys() & {"new", "duplicate"}:
        return None
    with work.state.begin() as connection:
        number = batches.next_number(connection)
        proposal = arrival.proposal
        as_staged = proposal is not None and not out and verdicts.keys() <= {"new"} and proposal.holds(connection, source)
        told = proposal.told if proposal is not None and as_staged else scratch / "new.parquet"
        if not as_staged:
            incoming_rows.find_new(cursor, source, told)
            incoming_rows.forget_nodes(cursor)
        new = 0
        for nodes in people.allocate_in_parts(connection, source, incoming_rows.new_identities(cursor, told), number):
            new += len(nodes)
            if not as_staged:
                incoming_rows.take_nodes(cursor, nodes)
        if verdicts.get("duplicate") and not arrival.replace:
            report["notes"] += new_columns(batches.imports(connection), report, source, kind)
        plan = widen(connection, report, kind)
        folder = scratch / "batch"
        folder.mkdir()
        progress(0.75, "writing the archive")
        accepted, rejected = folder / log.ACCEPTED, folder / log.REJECTED
        if as_staged:
            staged.rename(accepted)
            (scratch / log.REJECTED).rename(rejected)
            incoming_rows.take_archive(cursor, accepted)
        else:
            as_read = {cell.label or report["mapping"].get(name, name): cell for name, cell in fields.items()}
            incoming_rows.write_archive(cursor, source, as_read, scratch / log.REJECTED, accepted, rejected)
        counts = _counts(report, verdicts, {**incoming_rows.counts(cursor, kind), "new_customers": new})
        counts |= {"suppressed": out, "contract": warned, "request": _asked(arrival.request), "retries": arrival.retries}
        if arrival.retries is None:
            learn_first(connection, cursor, source, kind, report["columns"], number)
            if kept_out == KeptOut():  # else it would hold them
                _keep_original(report, incoming, scratch, folder)
        manifest = {"batch": number, "source": source, "kind": kind, "sha256": incoming.sha256, "plan": plan, "report": counts}
        digest = log.write_manifest(folder, manifest)
        name = f"batch-{number:06}"
        log.publish(folder, work.folder.landing, name)
        row = {
            "number": number,
            "source": source,
            "kind": kind,
            "file_name": incoming.name,
            "sha256": incoming.sha256,
            "received_at": arrival.received_at.isoformat(),
            "folder": name,
            "manifest_sha256": digest,
            "replaces": arrival.replace,
            "plan": plan,
            "report": {**counts, "file": incoming.name, "kind": kind},
            **{key: counts[key] for key in ("received", "accepted", "duplicate", "rejected", "anonymous")},
        }
        batches.register(connection, row)
        note(
            connection,
            "imported" if arrival.retries is None else "retried",
            {"batch": number, "kind": kind, "accepted": counts["accepted"]},
        )
    cursor.close()
    progress(0.8, "loading")
    load_registered(work.store, work.state, work.folder, row, work.expect(number), work.settings.currency)
    joined = unify_touched(work, progress)
    progress(1.0, "done")
    return {
        **_described(work, row),
        "already_imported": False,
        "joined": joined,
        **(_companies(work, number) if kind == "accounts" else {}),
    }


def _companies(work: Work, number: int) -> dict[str, int]:
    """Of a list of companies, how many it told of: nobody is in it."""
    cursor = work.store.cursor()
    companies, new = of_batch(cursor, number)
    cursor.close()
    return {"companies": companies, "new_companies": new}


def _asked(request: Request) -> dict[str, Any]:
    """How the file was read, for reading it again."""
    return {key: value for key, value in asdict(request).items() if key not in ("file", "out", "kind")}


def _described(work: Work, row: dict[str, Any]) -> dict[str, Any]:
    return {**row["report"], "own_names": _own_names(row), "batch": row["number"], "data_version": work.data_version()}


def _own_names(row: Mapping[str, Any]) -> dict[str, str | None]:
    """The columns that mean nothing known, each with the name that rules ask for it by; None when no row has anything there."""
    names = {item["label"]: item["name"] for item in row["plan"]}
    return {label: names.get(label) for label in row["report"]["unmatched"]}


def _counts(report: dict[str, Any], verdicts: dict[str, int], kept: dict[str, Any]) -> dict[str, Any]:
    """The books of the import: received = accepted + duplicate + rejected + suppressed (rows of people who were erased)."""
    reasons = dict(report["rejected_by_reason"])
    for what, n in verdicts.items():
        if what not in ("new", "duplicate"):
            reasons[what] = reasons.get(what, 0) + n
    body = {key: value for key, value in report.items() if key not in ("columns", "events", "original")}
    return {
        **body,
        "duplicate": verdicts.get("duplicate", 0),
        "rejected": sum(reasons.values()),
        "rejected_by_reason": dict(sorted(reasons.items())),
        **kept,
    }


def _keep_original(report: dict[str, Any], incoming: log.Incoming, scratch: Path, folder: Path) -> None:
    """The original, for *retry*; in its masked form when it held personal identity codes, or not at all."""
    masked = scratch / "original.masked"
    if masked.exists():
        masked.rename(folder / "original.masked")
    elif report["masked"] == 0:
        incoming.path.rename(folder / "original")
