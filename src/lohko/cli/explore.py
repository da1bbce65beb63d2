"""Looking at the data: how an attribute lies, two crossed, cohorts, ways between events, and trends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from lohko.cli.app import AsOf, JsonOption, WorkspaceOption, app, call, percent, print_table, show, write_csv

explore = typer.Typer(help="Look at the data before asking anything of it.", no_args_is_help=True)
app.add_typer(explore, name="explore")

Segments = Annotated[
    list[str] | None,
    typer.Option("--segment", metavar="SEGMENT", help="For this segment; again for several beside each other; * is everyone."),
]
Csv = Annotated[bool, typer.Option("--csv", help="The numbers as CSV.")]


@explore.command("fields")
def fields(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """What can be explored."""

    def say(found: dict[str, Any]) -> None:
        print_table(
            [("field", False), ("type", False)],
            [(item["name"], item["type"] + (", computed" if item["trait"] else "")) for item in found["attributes"]],
        )
        typer.echo("Events: " + ", ".join(found["events"]))

    show(call(workspace, "explore_fields"), as_json, say)


@explore.command("distribution")
def distribution(
    attribute: Annotated[str, typer.Argument(metavar="FIELD", help="An attribute or a trait.")],
    segment: Segments = None,
    as_of: AsOf = None,
    as_csv: Csv = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How the values of a field lie among people, and how many have none."""
    found = call(workspace, "explore_distribution", attribute=attribute, segments=segment, as_of=as_of)
    rows = [
        {"group": _group(group), "value": _part(part), **count}
        for group in found["groups"]
        for part, count in zip(found["parts"], group.get("counts", ()), strict=not group["few"])
        if count["people"] != 0
    ]
    rows += [{"group": _group(group), "value": "(none)", "people": group["missing"]} for group in found["groups"] if not group["few"]]
    _answer(found, rows, ("group", "value", "people", "share", "low", "high"), as_csv, as_json)


@explore.command("cross")
def cross(
    rows: Annotated[str, typer.Argument(metavar="ROWS", help="The field of the rows.")],
    columns: Annotated[str, typer.Argument(metavar="COLUMNS", help="The field of the columns.")],
    segment: Segments = None,
    as_of: AsOf = None,
    as_csv: Csv = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Two fields crossed: people in each cell, and its share of the row with the 95 % interval."""
    found = call(workspace, "explore_cross", rows=rows, columns=columns, segments=segment, as_of=as_of)
    cells = [
        {"group": _group(group), "row": _part(part), "column": _part(other), **cell}
        for group in found["groups"]
        for part, row in zip(found["rows"]["parts"], group.get("rows", ()), strict=not group["few"])
        for other, cell in zip(found["columns"]["parts"], row["cells"], strict=True)
        if cell["people"] != 0
    ]
    _answer(found, cells, ("group", "row", "column", "people", "share", "low", "high"), as_csv, as_json)


@explore.command("cohorts")
def cohorts(
    unit: Annotated[str, typer.Option("--by", help="week, month or quarter of the first purchase.")] = "month",
    periods: Annotated[int, typer.Option(help="How many of them, back from now.")] = 12,
    segment: Segments = None,
    as_of: AsOf = None,
    as_csv: Csv = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who came back, by when they first bought. What is of the present period is not known yet."""
    found = call(workspace, "explore_cohorts", unit=unit, periods=periods, segments=segment, as_of=as_of)
    rows = [
        {"group": _group(group), "first_purchase": line["cohort"], "later": cell["offset"], "customers": line["people"], **cell}
        | ({} if cell["known"] else {"people": "not known yet"})
        for group in found["groups"]
        for line in group["cohorts"]
        for cell in line["cells"]
    ]
    _answer(found, rows, ("group", "first_purchase", "later", "customers", "people", "share", "low", "high"), as_csv, as_json)


@explore.command("paths")
def paths(
    event: Annotated[list[str] | None, typer.Option(metavar="EVENT", help="Only events of this kind; again for several.")] = None,
    start: Annotated[str | None, typer.Option(help="Ways begin with the first event of this kind.")] = None,
    depth: Annotated[int, typer.Option(help="How many steps are looked at.")] = 4,
    days: Annotated[int, typer.Option(help="How many days back.")] = 365,
    segment: Annotated[str | None, typer.Option(help="For this segment.")] = None,
    as_of: AsOf = None,
    as_csv: Csv = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What people do after what, step by step, and where they leave."""
    found = call(workspace, "explore_paths", events=event, start=start, depth=depth, days=days, segment=segment, as_of=as_of)
    rows = [
        {"step": flow["place"] + 1, "from": _step(flow["from"]), "to": _step(flow["to"]), "people": flow["people"]}
        for flow in found["flows"]
    ]
    _answer(found, rows, ("step", "from", "to", "people"), as_csv, as_json)


@explore.command("trend")
def trend(
    measure: Annotated[str, typer.Argument(help="revenue, orders, active, new, or size (of a segment).")] = "revenue",
    unit: Annotated[str, typer.Option("--by", help="day, week, month, quarter or year.")] = "month",
    periods: Annotated[int | None, typer.Option(help="How many of them, back from now.")] = None,
    segment: Segments = None,
    as_of: AsOf = None,
    as_csv: Csv = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """A measure along time, without its season, and beside the year before."""
    found = call(workspace, "explore_trend", measure=measure, unit=unit, periods=periods, segments=segment, as_of=as_of)
    rows = [{"group": _group(group), **point} for group in found["groups"] for point in group["points"]]
    columns = ("group", "period", "value", "year_before", "change", "season", "without_season", "trend", "complete")
    _answer(found, rows, columns, as_csv, as_json)


def _answer(found: dict[str, Any], rows: list[dict[str, Any]], columns: tuple[str, ...], as_csv: bool, as_json: bool) -> None:
    if as_csv and not as_json:
        write_csv(columns, rows)
        return
    show(found, as_json, lambda _: print_table([(name, name not in _TEXTS) for name in columns], _lines(rows, columns)))


_TEXTS = frozenset({"group", "value", "row", "column", "first_purchase", "from", "to", "period"})
_SHARES = frozenset({"share", "low", "high", "change"})


def _lines(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> Iterator[list[str]]:
    for row in rows:
        yield [_shown(name, row.get(name)) for name in columns]


def _shown(name: str, value: Any) -> str:
    match value:
        case None:
            return "not told" if name == "people" else ""
        case bool():
            return "yes" if value else "not over"
        case int() | float():
            return percent(value) if name in _SHARES else f"{value:,.2f}".removesuffix(".00")
    return str(value)


def _group(group: dict[str, Any]) -> str:
    name = group["segment"] or "everyone"
    return f"{name} (too few)" if group["few"] else name


def _part(part: dict[str, Any]) -> str:
    if part["other"]:
        return "(others)"
    if part["text"] is not None:
        return str(part["text"])
    low, high = (f"{edge:g}" if isinstance(edge, int | float) else edge for edge in (part["low"], part["high"]))
    return f"under {high}" if part["low"] is None else f"{low} or more" if part["high"] is None else f"{low} to under {high}"


def _step(step: dict[str, Any]) -> str:
    return step["event"] or f"({step['kind']})"
