"""Commands about what moves: changes of segments, once or as they happen, and how current segments are."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.cli.app import JsonOption, WorkspaceOption, app, call, check_format, show, workspace_path, write_csv

_COLUMNS = ("at", "segment", "customer", "person_id", "change", "cause", "id", "position")


@app.command()
def changes(
    segment: Annotated[str | None, typer.Argument(metavar="[SEGMENT]", help="The segment's id; all segments when left out.")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on and print what happens from now on, or after --after.")] = False,
    after: Annotated[
        str | None, typer.Option(help="Only what came after this position, oldest first; `end` is behind the last change.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 1000,
    form: Annotated[str, typer.Option("--format", help="csv or json.")] = "csv",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who entered and left a segment, when, and why: first, rule, merge, unmerge, data, others or time.

    Of one segment the newest first. Without a segment, or with --after or --follow, the changes as
    they are published: oldest first, each with its id, which never changes, and its position, after
    which one goes on. With --json --follow prints one JSON document per line.
    """
    check_format(form, ("csv", "json"))
    as_json = as_json or form == "json"
    if follow:
        _follow(segment, after, as_json, workspace_path(workspace))
    elif segment is not None and after is None:
        found = call(workspace, "changes", segment=segment, limit=limit)
        show(found, as_json, lambda _: write_csv(("at", "customer", "person_id", "change", "cause"), map(_row, found["changes"])))
    else:
        found = call(workspace, "changes_after", after=after, limit=limit, segment=segment)
        show(found, as_json, lambda _: write_csv(_COLUMNS, map(_row, found["changes"])))


def _row(change: dict[str, Any]) -> dict[str, Any]:
    return {**change, "change": "entered" if change["entered"] else "left"}


def _follow(segment: str | None, after: str | None, as_json: bool, workspace: Path) -> None:
    from lohko.changes import follow

    found = follow(workspace, after or "end", segment=segment)
    if as_json:
        for change in found:
            typer.echo(json.dumps(change, ensure_ascii=False))
        return
    write_csv(_COLUMNS, [])
    sys.stdout.flush()
    for change in found:
        write_csv(_COLUMNS, [_row(change)], header=False)
        sys.stdout.flush()


@app.command()
def live(
    on: Annotated[bool | None, typer.Option("--on/--off", help="Whether `lohko serve` refreshes all the time.")] = None,
    pause: Annotated[float | None, typer.Option(metavar="SECONDS", help="How long it rests between two refreshes at least.")] = None,
    nightly_check: Annotated[
        bool | None,
        typer.Option("--nightly-check/--no-nightly-check", help="Whether it asks everyone as well each night, and says who differs."),
    ] = None,
    changes_days: Annotated[int | None, typer.Option(metavar="DAYS", help="For how many days changes are served.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How current segments are, and how the server refreshes them; with options, set it.

    Exit status 4 when refreshing fails, or when the last nightly check found a difference.
    """
    given: dict[str, Any] = {"on": on, "pause_seconds": pause, "nightly_check": nightly_check, "changes_days": changes_days}
    asked = {name: value for name, value in given.items() if value is not None}
    found = call(workspace, "live_set" if asked else "live_status", **asked)
    show(found, as_json, _show_live)
    if found["error"] or found["events_error"] or (found["check"] or {}).get("differences"):
        raise typer.Exit(4)


def _show_live(found: dict[str, Any]) -> None:
    typer.echo(
        f"While the server runs, segments are refreshed all the time, {found['pause_seconds']:g} s apart at least."
        if found["on"]
        else "Segments are refreshed when somebody asks for it (`lohko live --on` refreshes all the time)."
    )
    if found["as_of"] is None:
        typer.echo(f"{found['segments']} segments, none of them refreshed yet.")
    else:
        since = f", the oldest for {found['lag_seconds']:g} s"
        behind = (
            f"{found['behind']} batches are not in it{since}"
            if found["behind"]
            else f"events that wait to be taken are not in it{since}"
            if found["inbox_bytes"]
            else "all data is in it"
        )
        typer.echo(f"{found['decided']} of {found['segments']} segments decided, last about {found['as_of']}: {behind}.")
    if hourly := found["hourly"]:
        typer.echo(
            f"Of these, others' data or time itself decides {', '.join(hourly['segments'])}: once an hour, last about {hourly['as_of']}."
        )
    for name, code in found["untold"].items():
        typer.echo(f"Segment {name} cannot be told ({code}): `lohko refresh {name}` says why.")
    if found["last_run"]:
        typer.echo(f"The last run that moved somebody is {found['last_run']['number']}, with {found['last_run']['changes']:,} changes.")
    if found["inbox_bytes"]:
        typer.echo(f"{found['inbox_bytes']:,} bytes of events wait to be taken.")
    if found["events_error"]:
        typer.echo(f"Taking events fails ({found['events_error']}); it is tried again every few seconds, and none of them is lost.")
    if found["error"]:
        typer.echo(f"Refreshing fails ({found['error']}), {found['tries']} times by {found['failed_at']}; it is tried again.")
    _show_check(found)


def _show_check(found: dict[str, Any]) -> None:
    check = found["check"]
    if check is None:
        typer.echo("A night's check is " + ("still to come." if found["nightly_check"] else "off (`lohko live --nightly-check`)."))
        return
    typer.echo(f"Last check {check['at']}: {len(check['differences'])} segments differ.")
    for item in check["differences"]:
        some = ", ".join(item["person_ids"]) or "nobody by name"
        typer.echo(f"  {item['segment']}: {item['people']} people ({some}); {'; '.join(item['conditions'])}")
