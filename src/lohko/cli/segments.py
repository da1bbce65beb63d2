"""Commands about segments: taking definitions, refreshing, asking who is in, when and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.base.errors import InputError
from lohko.cli.app import (
    AsOf,
    JsonOption,
    SegmentArgument,
    WorkspaceOption,
    app,
    call,
    check_format,
    local,
    percent,
    print_table,
    say_warnings,
    show,
    write_csv,
)
from lohko.cli.refresh_plan import show_refresh_plan
from lohko.cli.spark import EngineOption, LocationOption, RemoteOption, on_spark


@app.command()
def apply(
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="YAML files of segments and needs, or one file.")] = None,
    starter: Annotated[bool, typer.Option("--starter", help="The ready-made segments that the data can answer.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take segments and needs: all of them, or none when one is wrong. The plan is shown first."""
    if (folder is None) != starter:
        raise InputError("no_folder", "Name a FOLDER of segment files, or --starter for the ready-made ones.")
    files = None if folder is None else segment_files(folder)
    if not as_json and not dry_run:
        _show_plan(call(workspace, "apply", files=files, dry_run=True))
    found = call(workspace, "apply", files=files, dry_run=dry_run)
    say_warnings(found["warnings"])
    show(found, as_json, _show_plan if dry_run else _show_applied)


def segment_files(folder: Path) -> dict[str, str]:
    """The texts of a folder's YAML files by name, or of one file."""
    files = [folder] if folder.is_file() else sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")])
    if not files:
        raise InputError("no_segments", "There are no .yaml files here.", place=str(folder))
    try:
        return {str(file): file.read_text(encoding="utf-8") for file in files}
    except UnicodeDecodeError as error:
        raise InputError("bad_yaml", "A segment file is not UTF-8 text.", place=str(folder)) from error


def _show_plan(found: dict[str, Any]) -> None:
    for item in found["plan"]:
        typer.echo(f"  {item['change']:>7}  {item['segment']}")
    for item in found["needs"]:
        typer.echo(f"  {item['change']:>7}  need {item['need']}")


def _show_applied(found: dict[str, Any]) -> None:
    moved = sum(item["change"] != "same" for item in found["plan"])
    if found["plan"]:
        typer.echo(f"Applied: {moved} of {len(found['plan'])} segments are new or changed." + (" Next: lohko refresh" if moved else ""))
    if found["needs"]:
        moved = sum(item["change"] != "same" for item in found["needs"])
        typer.echo(f"Applied: {moved} of {len(found['needs'])} needs are new or changed.")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files go; made when it is not there.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write every segment as a YAML file that `apply` takes, and all needs as one."""
    found = call(workspace, "export")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in found["files"].items():
        (folder / name).write_text(text, encoding="utf-8")
    said = f"Wrote {len(found['files'])} files to {folder}"
    show({"folder": str(folder), "files": sorted(found["files"])}, as_json, lambda _: typer.echo(said))


@app.command()
def refresh(
    segments: Annotated[list[str] | None, typer.Argument(metavar="[SEGMENT...]", help="Only these; all when left out.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would be asked, for how many segments, and what it reads.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Ask everyone besides those who may have moved, and say where the two differ.")
    ] = False,
    as_of: AsOf = None,
    engine: EngineOption = "duckdb",
    remote: RemoteOption = None,
    location: LocationOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide segments anew and write who entered and left, and why, to the ledger.

    With --plan nothing is asked or written: every different condition is shown once, with the segments
    that share it and what it reads, in values (rows of its tables times the columns read of them).
    Only people who may have moved since the last refresh are asked again, where they are few. With --check
    everyone is asked as well; a difference is an error (exit status 1), and what everyone's answers say is written.
    Exit status 4 when a segment cannot be told; the others are refreshed all the same.
    """
    there = on_spark(engine, remote, location, refused={"--plan": plan, "--check": check})
    if there is not None:
        _said_of_refresh(call(workspace, "spark_refresh", segments=segments or None, as_of=as_of, **there), as_json)
        return
    if plan:
        show_refresh_plan(call(workspace, "refresh_plan", segments=segments or None, as_of=as_of), as_json)
        return
    found = call(workspace, "refresh", segments=segments or None, as_of=as_of, check=check)
    _said_of_refresh(found, as_json)


def _said_of_refresh(found: dict[str, Any], as_json: bool) -> None:
    show(found, as_json, _show_refresh)
    if found.get("differences"):
        _say_differences(found["differences"])
        raise typer.Exit(1)
    if any(item["error"] for item in found["segments"]):
        raise typer.Exit(4)


def _show_refresh(found: dict[str, Any]) -> None:
    titles = (("Segment", False), ("Size", True), ("Share", True), ("Entered", True), ("Left", True))
    told = [item for item in found["segments"] if not item["error"]]
    rows = [[item["id"], f"{item['size']:,}", percent(item["share"]), f"{item['entered']:,}", f"{item['left']:,}"] for item in told]
    print_table(titles, rows)
    again = found["asked_again"]
    if again is not None:
        typer.echo(
            f"{again['people']:,} people may have moved since the last refresh; only they were asked about {again['segments']} segments."
        )
    _say_errors(found["segments"])


def _say_differences(items: list[dict[str, Any]]) -> None:
    for item in items:
        some = ", ".join(item["person_ids"]) or "nobody by name"
        typer.echo(
            f"Error: {item['segment']}: {item['people']} people differ between asking those who may have moved and asking everyone: {some}",
            err=True,
        )
        for condition in item["conditions"]:
            typer.echo(f"  by the condition: {condition}", err=True)


def _say_errors(items: list[dict[str, Any]]) -> None:
    for item in items:
        if item["error"]:
            typer.echo(f"Error: {item['id']} cannot be told: {item['error']['message']}", err=True)


@app.command()
def segments(as_of: AsOf = None, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Every segment with its title, size, share and last refresh."""
    found = call(workspace, "segments", as_of=as_of)
    show(found, as_json, show_segments)
    if any(item["error"] for item in found["segments"]):
        raise typer.Exit(4)


def show_segments(found: dict[str, Any]) -> None:
    """The segments as a table."""
    titles = (("Segment", False), ("Title", False), ("Size", True), ("Share", True), ("Last refreshed", False))
    rows = []
    for item in found["segments"]:
        size = "cannot be told" if item["size"] is None else f"{item['size']:,}"
        title = item["title"].get("en") or next(iter(item["title"].values()), "")
        rows.append([item["id"], title, size, percent(item["share"]), local(item["last_refreshed"], found["timezone"])])
    if rows:
        print_table(titles, rows)
    else:
        typer.echo("There are no segments yet. `lohko apply --starter` takes the ready-made ones.")
    _say_errors(found["segments"])


@app.command()
def members(
    segment: SegmentArgument,
    as_of: AsOf = None,
    recorded_at: Annotated[
        str | None, typer.Option("--recorded-at", help="What the last refresh until that day or time said, instead of what is true of it.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="csv or json.")] = "csv",
    engine: EngineOption = "duckdb",
    remote: RemoteOption = None,
    location: LocationOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The people of a segment."""
    check_format(form, ("csv", "json"))
    there = on_spark(engine, remote, location, refused={"--recorded-at": recorded_at})
    if there is None:
        found = call(workspace, "members", segment=segment, as_of=as_of, recorded_at=recorded_at)
    else:
        found = call(workspace, "spark_members", segment=segment, as_of=as_of, **there)
    show(found, as_json or form == "json", lambda _: write_csv(("customer", "person_id"), found["members"]))
