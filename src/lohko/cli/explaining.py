"""Commands that say why and how many: a rule counted part by part, a customer's membership explained, a segment's past."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lohko.base.errors import InputError
from lohko.cli.app import AsOf, JsonOption, SegmentArgument, WorkspaceOption, app, call, local, percent, print_table, say_warnings, show
from lohko.cli.spark import EngineOption, LocationOption, RemoteOption, on_spark, show_count, show_history
from lohko.model.schema import plural


@app.command()
def count(
    condition: Annotated[str | None, typer.Argument(metavar="[RULE]", help="A rule, such as 'did order in last 90 days'.")] = None,
    segment: Annotated[
        str | None, typer.Option("--segment", help="Try the rule as that segment's new one; without a rule, count the saved one.")
    ] = None,
    beside: Annotated[
        list[str] | None, typer.Option("--with", metavar="SEGMENT", help="A segment to count the overlap with; may be repeated.")
    ] = None,
    as_of: AsOf = None,
    engine: EngineOption = "duckdb",
    remote: RemoteOption = None,
    location: LocationOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How many people match a rule, each part of it, and step by step to who can be reached. Nothing is saved.

    With --segment, also whom the rule adds to and takes from the saved segment.
    """
    there = on_spark(engine, remote, location, refused={"--segment": segment, "--with": beside})
    if there is not None:
        if condition is None:
            raise InputError("no_rule", "There is nothing to count.", hint="give a rule.")
        found = call(workspace, "spark_count", condition=condition, as_of=as_of, **there)
        say_warnings(found["warnings"])
        show(found, as_json, show_count)
        return
    found = call(workspace, "count_in_full", condition=condition, segment=segment, beside=beside or [], as_of=as_of)
    say_warnings(found["warnings"])
    show(found, as_json, _show_count)


def _show_count(found: dict[str, Any]) -> None:
    typer.echo(found["sentence"])
    typer.echo(f"{found['count']:,} of {found['population']:,} people")
    if found["parts"]["parts"]:
        typer.echo("\nEach part by itself")
        rows: list[list[str]] = []
        _part_rows(found["parts"], 0, rows)
        print_table((("Part", False), ("People", True)), rows)
    typer.echo("\nStep by step")
    steps = [[item["text"], f"{item['count']:,}", percent(item["of_step_before"])] for item in found["steps"]]
    print_table((("After", False), ("People", True), ("Of the step before", True)), steps)
    typer.echo("\nOf these")
    print_table((("", False), ("People", True)), _of_these(found))
    if found["overlap"]:
        typer.echo("\nBeside other segments")
        titles = (("Segment", False), ("Size", True), ("In both", True), ("Of the rule", True), ("Of the segment", True))
        rows = [
            [item["segment"], f"{item['size']:,}", f"{item['both']:,}", percent(item["share_of_rule"]), percent(item["share_of_segment"])]
            for item in found["overlap"]
        ]
        print_table(titles, rows)
    if found["against"]:
        item = found["against"]
        typer.echo(
            f"\nAgainst version {item['version']} of {found['segment']} ({item['size']:,} people): "
            f"{item['added']:,} added, {item['lost']:,} lost"
        )


def _part_rows(part: dict[str, Any], depth: int, rows: list[list[str]]) -> None:
    text = {"and": "all of these:", "or": "at least one of these:"}.get(part["text"], part["text"])
    rows.append([f"{'  ' * depth}{text}", f"{part['count']:,}"])
    for inner in part["parts"]:
        _part_rows(inner, depth + 1, rows)


_CHANNELS = {"email": "e-mail", "sms": "text message", "phone": "phone", "post": "post"}


def _of_these(found: dict[str, Any]) -> list[list[str]]:
    rows = [[f"reachable by {_CHANNELS[name]}", f"{n:,}"] for name, n in found["reachable"].items() if n is not None]
    rows += [[f"consented to {name}", f"{n:,}"] for name, n in found["consented"].items() if n is not None]
    for item in found["platforms"]:
        said = "enough" if item["enough"] else f"{item['people']:,}: too few"
        rows.append([f"for {item['to']} (at least {item['minimum']:,})", said])
    return rows


@app.command()
def explain(
    segment: SegmentArgument,
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="A customer number, an e-mail address or an id.")],
    as_of: AsOf = None,
    language: Annotated[str, typer.Option("--language", help="The language of the conditions: en or fi.")] = "en",
    engine: EngineOption = "duckdb",
    remote: RemoteOption = None,
    location: LocationOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why a customer is in a segment, or is not: every condition, true or false, with the value and the rows that decided it.

    And what would bring them in or take them out, and when time alone will.
    """
    there = on_spark(engine, remote, location)
    step = "explain" if there is None else "spark_explain"
    found = call(workspace, step, segment=segment, customer=customer, as_of=as_of, language=language, **(there or {}))
    show(found, as_json, _show_explanation)


def _show_explanation(found: dict[str, Any]) -> None:
    typer.echo(f"{found['customer']} {'is' if found['holds'] else 'is not'} in {found['segment']}:")
    _print_trace(found["trace"], 1, found["timezone"])
    if found["ways"]:
        typer.echo("\nWhat would take them out" if found["holds"] else "\nWhat would bring them in")
    for number, way in enumerate(found["ways"]):
        typer.echo("  " + ("or " if number else "") + " and ".join(map(_change, way)))
    moves = "leave" if found["holds"] else "enter"
    typer.echo(
        {
            "time": f"\nIf nothing more happens they {moves} at {local(found['turns_at'], found['timezone'])}.",
            "never": "\nTime alone never changes this.",
            "others": "\nWhen this changes by itself depends on other customers too.",
        }[found["turns"]]
    )


def _print_trace(trace: dict[str, Any], depth: int, timezone: str) -> None:
    mark = "✓ true " if trace["holds"] else "✗ false"
    value = f"   [{trace['value']}]" if trace["value"] is not None else ""
    text = {"and": "all of these:", "or": "at least one of these:"}.get(trace["text"], trace["text"])
    typer.echo(f"{'  ' * depth}{mark}  {text}{value}")
    for row in trace["rows"]:
        since = "always" if row["at"] is None else local(row["at"], timezone)
        said = "".join(f"  {name} {text}" for name, text in row["says"].items())
        typer.echo(f"{'  ' * depth}         · {since}  {row['what']}{said}{'  (assumed)' if row['assumed'] else ''}")
    if trace["more_rows"]:
        typer.echo(f"{'  ' * depth}         · and {trace['more_rows']:,} before these")
    for part in trace["parts"]:
        _print_trace(part, depth + 1, timezone)


def _change(change: dict[str, Any]) -> str:
    wanted = f"“{change['becomes']}”"
    now = f" (now {change['now']})" if change["now"] is not None else ""
    match change["kind"]:
        case "more":
            return f"{change['n']} more {change['event'] if change['n'] == '1' else plural(change['event'])}: {wanted}{now}"
        case "amount":
            return f"{change['n']} more in {change['of']} of {plural(change['event'])}: {wanted}{now}"
        case "amount_over":
            return f"over {change['n']} more in {change['of']} of {plural(change['event'])}: {wanted}{now}"
    return f"{wanted}{now}"


@app.command()
def history(
    segment: SegmentArgument,
    since: Annotated[
        str | None, typer.Option("--from", help="First fill in the days from this one to the first refresh, by the present rule.")
    ] = None,
    past: Annotated[int, typer.Option(help="The same for so many days before the first refresh.")] = 0,
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Decide every recorded day again, and say where and why it differs.")
    ] = False,
    engine: EngineOption = "duckdb",
    remote: RemoteOption = None,
    location: LocationOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """A segment's size, and how many entered and left, day by day.

    Recorded days are what the refreshes said, and stay so; reconstructed days were filled in afterwards.
    """
    there = on_spark(engine, remote, location, refused={"--from": since, "--past": past, "--recompute": recompute})
    if there is not None:
        show(call(workspace, "spark_history", segment=segment, **there), as_json, show_history)
        return
    if since is not None:
        call(workspace, "reconstruct", since=since, segments=[segment])
    elif past:
        call(workspace, "reconstruct", days=past, segments=[segment])
    found = call(workspace, "history", segment=segment, recompute=recompute)
    show(found, as_json, _show_history)


_WHY = {
    "rule": "the rule was changed",
    "data": "data came late",
    "people": "people were merged or erased",
    "others": "data of others came late",
}


def _show_history(found: dict[str, Any]) -> None:
    titles = [("Day", False), ("Size", True), ("Entered", True), ("Left", True), ("", False)]
    again = any("recomputed" in day for day in found["days"])
    rows = []
    for day in found["days"]:
        row = [day["day"], f"{day['size']:,}", f"{day['entered']:,}", f"{day['left']:,}", day["kind"]]
        if again:
            size = day.get("recomputed")
            why = "; ".join(f"{_WHY[item['why']]}: +{item['added']:,} -{item['lost']:,}" for item in day.get("differs", []))
            row += ["" if size is None else f"{size:,}", why]
        rows.append(row)
    if rows:
        print_table([*titles, ("Decided now", True), ("Because", False)] if again else titles, rows)
    else:
        typer.echo("Nothing is recorded yet. `lohko refresh` records the first day; --from 2026-01-01 fills in the days before.")
