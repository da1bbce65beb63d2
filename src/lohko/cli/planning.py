"""Commands about all segments together: how they cover the people, which lives inside which, their needs and goals."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lohko.base.errors import InputError
from lohko.cli.app import AsOf, JsonOption, WorkspaceOption, app, call, many, percent, print_table, show
from lohko.model.goal import METRICS


@app.command()
def coverage(
    segments: Annotated[
        list[str] | None, typer.Option("--segment", metavar="SEGMENT", help="Count only this segment; may be given several times.")
    ] = None,
    as_of: AsOf = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How many people are in no segment, in exactly one, in two and more; and whether lists of a group overlap.

    Exit status 4 when a segment cannot be told; the others are counted all the same.
    """
    found = call(workspace, "coverage", segments=segments or None, as_of=as_of)
    show(found, as_json, _show_coverage)
    _end(found["segments"])


def _show_coverage(found: dict[str, Any]) -> None:
    rows = [[_times(item), many(item["people"]), percent(item["share"])] for item in found["in"]]
    print_table((("In", False), ("People", True), ("Share", True)), rows)
    told = [item for item in found["segments"] if not item["error"]]
    if told:
        typer.echo("")
        titles = (("Segment", False), ("Size", True), ("In no other", True), ("Inside", False))
        print_table(titles, [[item["id"], many(item["size"]), many(item["alone"]), item["inside"] or ""] for item in told])
    for group in found["groups"]:
        lists = ", ".join(group["segments"])
        if group["people"] is None:
            said = "somebody is in two" if group["in_two"] else "nobody is in two"
            typer.echo(f"\nGroup {group['group']} ({lists}): numbers of fewer than five people are not told; {said}.")
            continue
        if group["in_two"]:
            said = f"{group['listed'] - group['people']:,} of them more than once"
        else:
            said = f"{group['people']:,} different people: nobody is in two"
        typer.echo(f"\nGroup {group['group']} ({lists}): {group['listed']:,} places, {said}.")
    _say_errors(found["segments"])


def _times(item: dict[str, Any]) -> str:
    number = item["segments"]
    if item["or_more"]:
        return f"{number} or more segments"
    return {0: "no segment", 1: "one segment"}.get(number, f"{number} segments")


@app.command()
def tree(as_of: AsOf = None, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Which segments live inside which, with sizes, and whom of a segment no child holds."""
    found = call(workspace, "tree", as_of=as_of)
    show(found, as_json, _show_tree)
    _end(_flat(found["segments"]))


def _show_tree(found: dict[str, Any]) -> None:
    titles = (("Segment", False), ("Size", True), ("Share of everyone", True), ("Share of parent", True))
    rows: list[list[str]] = []
    for item in found["segments"]:
        _branch(item, 0, rows)
    if rows:
        print_table(titles, rows)
    else:
        typer.echo("There are no segments yet. `lohko apply --starter` takes the ready-made ones.")
    _say_errors(_flat(found["segments"]))


def _branch(item: dict[str, Any], depth: int, rows: list[list[str]]) -> None:
    size = "cannot be told" if item["error"] else many(item["size"])
    rows.append(["  " * depth + item["id"], size, percent(item["share"]), percent(item["share_of_parent"])])
    for child in item["children"]:
        _branch(child, depth + 1, rows)
    for key, said in (("in_no_child", "(in none of these)"), ("in_several", "(in several of these)")):
        if item[key]:
            rows.append(["  " * (depth + 1) + said, f"{item[key]:,}", "", percent(item[key] / item["size"])])


def _flat(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for item in items for one in (item, *_flat(item["children"]))]


@app.command()
def needs(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The catalogue of needs with its evidence, and which segments share each need."""
    show(call(workspace, "needs"), as_json, _show_needs)


def _show_needs(found: dict[str, Any]) -> None:
    if not found["needs"]:
        typer.echo("There are no needs yet. `lohko apply` takes them from a file with a list `needs:`.")
        return
    for need in found["needs"]:
        title = need["title"].get("en") or next(iter(need["title"].values()), "")
        typer.echo(f"{need['id']}: {title}" if title else need["id"])
        typer.echo("  segments: " + (", ".join(need["segments"]) or "none has this need"))
        for item in need["evidence"]:
            where = ", ".join(part for part in (item["source"], item["date"]) if part)
            typer.echo(f"  evidence: {item['text']}" + (f" ({where})" if where else ""))
        if not need["evidence"]:
            typer.echo("  evidence: none is given")
    if found["segments_without"]:
        typer.echo(f"Segments without a need: {', '.join(found['segments_without'])}")


@app.command()
def goal(
    segment: Annotated[str, typer.Argument(metavar="SEGMENT", help="The segment's id.")],
    metric: Annotated[str, typer.Argument(metavar="[METRIC]", help=f"What is measured: {', '.join(METRICS)}.")] = "",
    target: Annotated[str, typer.Option("--target", help="What it shall reach, with a decimal point; shares in percent.")] = "",
    by: Annotated[str, typer.Option("--by", help="The last day that counts, such as 2027-06-30.")] = "",
    baseline: Annotated[str | None, typer.Option("--baseline", help="Where it starts; the value of now when left out.")] = None,
    over: Annotated[str | None, typer.Option("--over", help="For metrics of orders: of how long a time, such as '90 days'.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Take the goal away.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a segment a goal in place of the one it has, or take it away. It becomes the next version of the segment."""
    if none == bool(metric):
        raise InputError("bad_goal", "A goal needs what is measured; --none takes it away.", hint=f"METRIC is one of {', '.join(METRICS)}.")
    found = call(workspace, "goal_set", segment=segment, metric=metric, target=target, by=by, baseline=baseline, over=over)
    show(found, as_json, _show_goal)


def _show_goal(found: dict[str, Any]) -> None:
    goal = found["goal"]
    if goal is None:
        typer.echo(f"{found['segment']} has no goal.")
    else:
        typer.echo(f"{found['segment']}: {goal['metric']} from {goal['baseline']} to {goal['target']} by {goal['by']}.")


@app.command()
def goals(as_of: AsOf = None, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Each segment's goal, its value now, and whether it is met, missed, on the way, or cannot be told."""
    found = call(workspace, "goals", as_of=as_of)
    show(found, as_json, _show_goals)
    _end(found["goals"])


def _show_goals(found: dict[str, Any]) -> None:
    if not found["goals"]:
        typer.echo("No segment has a goal yet. `lohko goal` gives it one, or the key `goal` in its file.")
        return
    titles = (("Segment", False), ("Goal", False), ("From", True), ("To", True), ("By", False), ("Now", True), ("", False))
    rows = []
    for item in found["goals"]:
        goal = item["metric_title"]["en"] + (f" in {item['over']}" if item["over"] else "")
        numbers = [_number(item[key], item["unit"], found["currency"]) for key in ("baseline", "target")]
        rows.append([item["segment"], goal, *numbers, item["by"], _number(item["value"], item["unit"], found["currency"]), _verdict(item)])
    print_table(titles, rows)
    _say_errors([{**item, "id": item["segment"]} for item in found["goals"]])


def _number(value: float | None, unit: str, currency: str) -> str:
    if value is None:
        return "not known"
    if unit == "people":
        return f"{value:,.0f}"
    return f"{value:,.2f}" + {"percent": " %", "money": f" {currency}", "number": ""}[unit]


def _verdict(item: dict[str, Any]) -> str:
    match item["verdict"]:
        case "too_few":
            return f"too few to tell ({item['counted']:,} {item['counted_what']})"
        case "unknown":
            nobody = item["counted_what"] or ("orders" if item["over"] else "people")
            return "cannot be told" if item["error"] else f"not known: there are no {nobody}"
        case "on_the_way":
            return f"on the way ({item['way_made']:.0%})"
        case "no_nearer":
            return "no nearer than at the start"
    return str(item["verdict"])


def _say_errors(items: list[dict[str, Any]]) -> None:
    for item in items:
        if item["error"]:
            typer.echo(f"Error: {item['id']} cannot be told: {item['error']['message']}", err=True)


def _end(items: list[dict[str, Any]]) -> None:
    if any(item["error"] for item in items):
        raise typer.Exit(4)
