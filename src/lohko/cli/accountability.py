"""Commands about what is kept how long, backups, and showing that the law is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.cli.app import JsonOption, WorkspaceOption, app, call, print_table, progress, say_warnings, show

retention = typer.Typer(help="How many days rows are kept, by source and kind.", no_args_is_help=True)
audit = typer.Typer(help="Who saw, changed or exported what.", no_args_is_help=True)
privacy = typer.Typer(help="Special categories of data, and the bases on which segments may use them.", no_args_is_help=True)
for name, group in {"retention": retention, "audit": audit, "privacy": privacy}.items():
    app.add_typer(group, name=name)


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
    said = f"Taken out: {found['rows']:,} rows, {found['people']:,} people of whom no row is left, and the originals of {found['originals']:,} more files."
    show(found, as_json, lambda _: typer.echo(said))


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
    from lohko.steps.restore import restore as bring_back
    from lohko.wiring import open_work

    found = bring_back(open_work, progress, made=made, target=target, ledger=erasures)
    show(found, as_json, _show_restored)


def _show_restored(found: dict[str, Any]) -> None:
    typer.echo(f"{found['workspace']}: as of {found['made_at'][:16]}, {found['people']:,} people.")
    for what, people in found["rights_used_again"].items():
        typer.echo(f"  Used again since then: {what}, {people} people")
    closed = found["closed"]
    typer.echo(
        f"  Not brought back: {closed['sessions']:,} sessions, {closed['invitations']:,} invitations, {closed['keys']:,} keys, {closed['links']:,} links of reports."
    )
    typer.echo("  Users, their roles and passwords, and schedules of reports are as they were then: repeat what was changed of them since.")
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
    """Record on what basis a segment may use special categories; before there is such a segment, too."""
    found = call(workspace, "special_basis", segment=segment, basis=basis, remark=remark)
    show(found, as_json, _show_special)
    say_warnings(found["warnings"])


@privacy.command("list")
def privacy_list(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The marked attributes, the bases, and the segments that are refused."""
    show(call(workspace, "special_list"), as_json, _show_special)


def _show_special(found: dict[str, Any]) -> None:
    for attribute, category in found["attributes"].items():
        typer.echo(f"{attribute}: {category}")
    for segment, row in found["bases"].items():
        typer.echo(f"Segment {segment}{'' if row['there'] else ' (there is none yet)'}: {row['basis']} ({row['note']})")
    for segment in found["refused"]:
        typer.echo(f"Segment {segment} is refused: it has no basis.")
    if not found["attributes"]:
        typer.echo("No attribute is marked.")
