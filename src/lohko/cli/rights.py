"""Commands about the rights of people, consent, what is kept how long, backups, and showing that all of it is so."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.base.errors import InputError
from lohko.cli.app import JsonOption, WorkspaceOption, app, call, print_table, progress, show
from lohko.cli.person import CustomerArgument, person

consent = typer.Typer(help="Consents of one customer: given, withdrawn, and their history.", no_args_is_help=True)
retention = typer.Typer(help="How many days rows are kept, by source and kind.", no_args_is_help=True)
audit = typer.Typer(help="Who saw, changed or exported what.", no_args_is_help=True)
privacy = typer.Typer(help="Special categories of data, and the bases on which segments may use them.", no_args_is_help=True)
for name, group in {"consent": consent, "retention": retention, "audit": audit, "privacy": privacy}.items():
    app.add_typer(group, name=name)

Purpose = Annotated[str, typer.Option(help="email, sms, phone, post, ads, personalisation or profiling.")]
Since = Annotated[str | None, typer.Option(help="Since when, such as 2026-11-01; now when left out.")]
Reason = Annotated[str, typer.Option(help="Why; kept with it, and never in the audit.")]
Lift = Annotated[bool, typer.Option("--lift", help="Lift it again.")]


# --- one person ------------------------------------------------------------------------------


@person.command("show")
def person_show(customer: CustomerArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """All that is known of a customer: records, attributes and their past, events, consents, flags, scores, segments and why."""
    show(call(workspace, "person_show", customer=customer), as_json, _show_person)


def _show_person(found: dict[str, Any]) -> None:
    typer.echo(f"{found['customer']}  ({found['person_id']})")
    if not found["asked_about"]:
        typer.echo("Set aside: in no segment, count or audience.")
    if found["flags"]["hold"]:
        typer.echo("Flags: " + ", ".join(found["flags"]["hold"]))
    typer.echo("Records: " + ", ".join(f"{item['source']} {item['kind']} {item['value']}" for item in found["records"]))
    now = [row for row in found["attributes"] if row["until"] is None]
    if now:
        print_table(
            (("Attribute", False), ("Value", False), ("Since", False), ("Source", False)),
            [[row["name"], str(row["value"]), (row["from"] or "always")[:10], row["source"] or ""] for row in now],
        )
    typer.echo(f"{len(found['events']):,} events, {len(found['attributes']) - len(now):,} earlier values (person export has them all)")
    for purpose, holds in found["consents_standing"].items():
        typer.echo(f"Consent {purpose}: {'stands' if holds else 'does not stand'}")
    typer.echo("Segments now: " + (", ".join(row["segment"] for row in found["segments"]) or "none"))
    for row in found["sent_to"]:
        typer.echo(f"Was in the audience {row['segment']} for {row['to']} of {row['at'][:10]}")


@person.command("export")
def person_export(
    customer: CustomerArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The zip to write; only its owner can read it.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everything that is kept of a customer as a zip to hand over: JSON, CSV, and a README in English and Finnish."""
    found = call(workspace, "person_export", customer=customer)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(base64.b64decode(found.pop("zip")))
    show({**found, "file": str(output)}, as_json, lambda _: typer.echo(f"Written to {output}. It is as private as what is in it."))


@person.command("correct")
def person_correct(
    customer: CustomerArgument,
    attribute: Annotated[str, typer.Option(help="The attribute's name.")],
    value: Annotated[str, typer.Option(help="Its right value; an empty one says that nothing is known.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put an attribute right by hand. Files that still say what was corrected do not undo it."""
    found = call(workspace, "person_correct", customer=customer, attribute=attribute, value=value)
    show(found, as_json, _show_correction)


def _show_correction(found: dict[str, Any]) -> None:
    typer.echo(f"{found['customer']}: {found['attribute']} is now {found['value'] if found['value'] is not None else 'unknown'}.")
    for row in found["tell"]:
        typer.echo(f"  Tell {row['to']}: the audience {row['segment']} of {row['at'][:10]} had this customer.")


@person.command("restrict")
def person_restrict(
    customer: CustomerArgument,
    lift: Lift = False,
    reason: Reason = "",
    since: Since = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restrict the processing of a customer: stored, and in no segment, count or audience."""
    _flag(workspace, customer, "restricted", lift, reason, since, as_json)


@person.command("object")
def person_object(
    customer: CustomerArgument,
    to: Annotated[str, typer.Option(help="marketing or profiling.")] = "marketing",
    lift: Lift = False,
    reason: Reason = "",
    since: Since = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note that a customer objects to marketing (and so to profiling for it), or to profiling alone."""
    if to not in ("marketing", "profiling"):
        raise InputError("unknown_objection", f"There is no objection to {to!r}.", hint="marketing or profiling.")
    _flag(workspace, customer, f"no_{to}", lift, reason, since, as_json)


def _flag(workspace: Path | None, customer: str, flag: str, lift: bool, reason: str, since: str | None, as_json: bool) -> None:
    found = call(workspace, "person_flag", customer=customer, flag=flag, holds=not lift, reason=reason, since=since)
    held = ", ".join(found["flags"]["hold"]) or "none"
    show(found, as_json, lambda _: typer.echo(f"{found['customer']}: flags that hold: {held}. {flag}: {found['means']}."))


@person.command("erase")
def person_erase(
    customers: Annotated[list[str], typer.Argument(metavar="CUSTOMER...", help="Customer numbers, e-mail addresses or public ids.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase customers for good, everywhere. It cannot be undone, and later files do not bring them back."""
    if not yes:
        typer.confirm(f"Erase {len(customers)} customers for good? This cannot be undone", abort=True, err=True)
    show(call(workspace, "person_erase", customers=customers), as_json, _show_erasure)


def _show_erasure(found: dict[str, Any]) -> None:
    typer.echo(
        f"Erased {found['erased']:,}: {found['rows']:,} rows of {found['batches']:,} imports and decisions, {found['ledger_files']:,} files of the ledger."
    )
    checked = found["checked"]
    typer.echo(
        f"Every byte looked through afterwards ({checked['files']:,} files, {checked['bytes']:,} bytes): found in {checked['found_in']}."
    )
    for row in found["downstream"]:
        typer.echo(f"  Remove there too: {row['to']}, audience {row['segment']} of {row['at'][:10]} ({row['people']} of them).")
    for name in found["definitions"]:
        typer.echo(f"  The rule of segment {name} names one of them, also in its earlier versions: change it.")
    for name in found["ledger_missing_in"]:
        typer.echo(f"  The ledger beside the backups in {name} could not be written: make a backup there, or restore with --erasures.")


# --- consent ---------------------------------------------------------------------------------


@consent.command("give")
def consent_give(
    customer: CustomerArgument,
    purpose: Purpose,
    basis: Annotated[str, typer.Option(help="consent, existing_customer or b2b_role.")] = "consent",
    since: Since = None,
    source: Annotated[str, typer.Option(help="Where it was said, such as a form or a call.")] = "",
    wording: Annotated[str, typer.Option(help="In which words it was asked.")] = "",
    proof: Annotated[str, typer.Option(help="What proves it; `guardian: ...` for a guardian's consent.")] = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a customer may be reached for a purpose, and on what that rests."""
    found = call(
        workspace, "consent_give", customer=customer, purpose=purpose, basis=basis, since=since, source=source, wording=wording, proof=proof
    )
    show(found, as_json, _show_consents)


@consent.command("withdraw")
def consent_withdraw(
    customer: CustomerArgument,
    purpose: Purpose,
    since: Since = None,
    source: Annotated[str, typer.Option(help="Where it was said.")] = "",
    proof: Annotated[str, typer.Option(help="What proves it.")] = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a customer withdrew: it beats every older grant, in whatever order they arrive."""
    found = call(workspace, "consent_withdraw", customer=customer, purpose=purpose, since=since, source=source, proof=proof)
    show(found, as_json, _show_consents)


@consent.command("history")
def consent_history(
    customer: CustomerArgument,
    purpose: Annotated[str | None, typer.Option(help="Only this purpose.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every consent that a customer gave and withdrew, and what stands now."""
    show(call(workspace, "consent_history", customer=customer, purpose=purpose), as_json, _show_consents)


def _show_consents(found: dict[str, Any]) -> None:
    titles = (("Purpose", False), ("Since", False), ("", False), ("Basis", False), ("Source", False), ("Wording", False), ("Proof", False))
    rows = [
        [
            row["purpose"],
            row["since"][:16].replace("T", " "),
            ("given" if row["given"] else "withdrawn") + ("" if row["dated"] else ", undated"),
            row["basis"],
            *(row[name] or "" for name in ("source", "wording", "proof")),
        ]
        for row in found["records"]
    ]
    print_table(titles, rows)
    for purpose, holds in found["stands"].items():
        typer.echo(f"{purpose}: {'stands' if holds else 'does not stand'}")


# --- how long, backups -------------------------------------------------------------------------


@retention.command("set")
def retention_set(
    source: Annotated[str, typer.Option(help="The source whose rows it is about.")],
    event: Annotated[str, typer.Option(help="A kind of event, `order`, `original` for the files as they came, or * for every row.")] = "*",
    days: Annotated[int | None, typer.Option(help="Days from the row's own time; left out, the rule is dropped.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep rows of a source for so many days."""
    show(call(workspace, "retention_set", source=source, event=event, days=days), as_json, _show_retention)


@retention.command("list")
def retention_list(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The rules, and when they were last carried out."""
    show(call(workspace, "retention_list"), as_json, _show_retention)


def _show_retention(found: dict[str, Any]) -> None:
    rows = [[rule["source"], rule["event"], f"{rule['days']:,}"] for rule in found["rules"]]
    print_table((("Source", False), ("Of what", False), ("Days", True)), rows)
    typer.echo(
        f"Files as they came: {found['originals_days']} days where no rule says otherwise. Last run: {found['last_run'] or 'never'}."
    )


@retention.command("run")
def retention_run(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Take out now what has been kept long enough, from the archive and the store alike."""
    found = call(workspace, "retention_run")
    show(
        found, as_json, lambda _: typer.echo(f"Taken out: {found['rows']:,} rows, and the originals of {found['originals']:,} more files.")
    )


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where backups lie; each gets a folder of its own there.")],
    keep_days: Annotated[int, typer.Option(help="For how many days it may be kept; older ones there are removed.")] = 35,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a backup: the state, the archive, the ledger and the key. The store is made again from them."""
    found = call(workspace, "backup", folder=str(folder.resolve()), keep_days=keep_days)
    show(found, as_json, lambda _: typer.echo(f"{found['backup']}: {found['files']:,} files, to be kept until {found['keep_until'][:10]}."))


@app.command()
def restore(
    made: Annotated[Path, typer.Argument(metavar="BACKUP", help="The folder of one backup.")],
    target: Annotated[Path, typer.Argument(metavar="NEW", help="The new workspace's folder.")],
    erasures: Annotated[Path | None, typer.Option(help="The ledger of rights; else the one beside the backup.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a backup back as a new workspace. Erasures, objections and withdrawals made since are made again before anything is served."""
    from lohko.engine.profiles import population
    from lohko.steps.backup import replay_rights, unpack
    from lohko.steps.rights_ledger import FILE, read_rights
    from lohko.wiring import open_work

    ledger = erasures or made.parent / FILE
    rights = read_rights(ledger) if erasures or ledger.exists() else []
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError("folder_not_empty", "The folder is not empty.", place=str(target), hint="name a new folder.")
    unfinished = target.with_name(f"{target.name}.restoring")
    body = unpack(made, unfinished)
    with open_work(unfinished, progress) as work:
        again = replay_rights(work, rights, body["made_at"])
        people = population(work.store.cursor())
    if target.exists():
        target.rmdir()
    unfinished.rename(target)
    found = {"workspace": str(target), "made_at": body["made_at"], "people": people, "rights_used_again": again, "ledger": bool(rights)}
    show(found, as_json, _show_restored)


def _show_restored(found: dict[str, Any]) -> None:
    typer.echo(f"{found['workspace']}: as of {found['made_at'][:16]}, {found['people']:,} people.")
    for what, people in found["rights_used_again"].items():
        typer.echo(f"  Used again since then: {what}, {people} people")
    if not found["ledger"]:
        typer.echo("Note: there was no ledger of rights beside the backup; name it with --erasures if anybody was erased since.", err=True)


# --- showing that it is so -----------------------------------------------------------------------


@audit.command("list")
def audit_list(
    limit: Annotated[int, typer.Option(help="At most so many of the latest.")] = 50,
    person_id: Annotated[str | None, typer.Option("--person", help="Only those about this public id.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The latest entries of the audit."""
    show(call(workspace, "audit_list", limit=limit, person_id=person_id), as_json, _show_audit)


def _show_audit(found: dict[str, Any]) -> None:
    rows = [
        [
            str(row["id"]),
            row["at"][:19].replace("T", " "),
            row["by"],
            row["action"],
            ", ".join(row["people"]),
            "(blanked)" if row["blanked"] else json.dumps(row["detail"], ensure_ascii=False),
        ]
        for row in found["entries"]
    ]
    print_table((("", True), ("At (UTC)", False), ("By", False), ("What", False), ("About", False), ("Detail", False)), rows)


@audit.command("verify")
def audit_verify(
    head: Annotated[str | None, typer.Option(help="A head that was noted earlier, elsewhere.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whether every entry is as it was written. Exit status 4 when not."""
    found = call(workspace, "audit_verify", head=head)
    show(found, as_json, _show_verdict)
    if not found["holds"]:
        raise typer.Exit(4)


def _show_verdict(found: dict[str, Any]) -> None:
    if found["holds"]:
        typer.echo(f"The chain holds: {found['entries']:,} entries, {found['blanked']:,} of them blanked by erasures.")
        typer.echo(f"Its head, to be noted elsewhere: {found['head']}")
    else:
        typer.echo(f"The chain is broken at entry {found['broken']}: {found['why']}.")


@app.command("processing-record")
def processing_record(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file to write; else it is printed.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The record of processing activities (GDPR 30) as Markdown, from what is configured."""
    found = call(workspace, "processing_record")
    if output is not None:
        output.write_text(found["markdown"], encoding="utf-8")
    show(found, as_json, lambda _: typer.echo(found["markdown"] if output is None else f"Written to {output}.", nl=output is not None))


@privacy.command("mark")
def privacy_mark(
    attribute: Annotated[str, typer.Argument(metavar="ATTRIBUTE", help="The attribute's name.")],
    category: Annotated[
        str | None, typer.Option(help="health, belief, politics, union, sex life, ethnicity, biometric or crime; left out, it is unmarked.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Mark an attribute as of a special category: segments that use it are refused without a basis."""
    show(call(workspace, "special_mark", attribute=attribute, category=category), as_json, _show_special)


@privacy.command("basis")
def privacy_basis(
    segment: Annotated[str, typer.Argument(metavar="SEGMENT", help="The segment's id.")],
    basis: Annotated[str, typer.Option(help="explicit_consent, employment, made_public, members, health_care or statistics.")],
    remark: Annotated[str, typer.Option("--note", help="What it rests on, and where that is kept.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record on what basis a segment may use special categories."""
    show(call(workspace, "special_basis", segment=segment, basis=basis, remark=remark), as_json, _show_special)


@privacy.command("list")
def privacy_list(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The marked attributes, the bases, and the segments that are refused."""
    show(call(workspace, "special_list"), as_json, _show_special)


def _show_special(found: dict[str, Any]) -> None:
    for attribute, category in found["attributes"].items():
        typer.echo(f"{attribute}: {category}")
    for segment, row in found["bases"].items():
        typer.echo(f"Segment {segment}: {row['basis']} ({row['note']})")
    for segment in found["refused"]:
        typer.echo(f"Segment {segment} is refused: it has no basis.")
    if not found["attributes"]:
        typer.echo("No attribute is marked.")
