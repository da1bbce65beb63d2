"""Commands that look back and across: what a segment's people did next, and how segments overlap and differ."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from lohko.cli.app import AsOf, JsonOption, SegmentArgument, WorkspaceOption, app, call, many, percent, print_table, say_warnings, show
from lohko.cli.spark import EngineOption, LocationOption, RemoteOption, on_spark


@app.command()
def backtest(
    segment: SegmentArgument,
    at: Annotated[str, typer.Option("--at", help="The past day or time asked about, such as 2026-05-01.")],
    outcome: Annotated[str, typer.Option("--outcome", help="What they did next: a rule, such as 'did order'.")],
    within: Annotated[str, typer.Option("--within", help="In how long: 90d, 12w, 3mo, 1y.")] = "90d",
    every: Annotated[str | None, typer.Option("--every", help="A row for each day, week, month, quarter or year from --at.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="The last day of the series; the last that is over when left out.")] = None,
    no_assumed: Annotated[
        bool, typer.Option("--no-assumed", help="Leave out values whose time is not known, instead of assuming that they always held.")
    ] = False,
    engine: EngineOption = "duckdb",
    remote: RemoteOption = None,
    location: LocationOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What the people whom a segment would have held did next, against everyone else who was known then.

    The segment is asked as of the day, without anything that came after. The outcome counts
    only events from that day to the end of --within. People first seen later are in neither group.

        lohko backtest loyal --at 2026-01-01 --every month --outcome 'did order' --within 90d
    """
    there = on_spark(engine, remote, location)
    found = call(
        workspace,
        "backtest" if there is None else "spark_backtest",
        segment=segment,
        at=at,
        outcome=outcome,
        within=within,
        every=every,
        until=until,
        no_assumed=no_assumed,
        **(there or {}),
    )
    say_warnings(found["warnings"])
    show(found, as_json, _show_backtest)


def _show_backtest(found: dict[str, Any]) -> None:
    within = found["within"]
    typer.echo(f"Of {found['segment']}, who did this within {_many(within['n'], within['unit'])}: {found['sentence']}")
    titles = (
        ("At", False),
        ("Size", True),
        ("Known", True),
        ("Did", True),
        ("95 %", True),
        ("Others", True),
        ("Did", True),
        ("Lift", True),
        ("95 %", True),
        (f"{found['currency']} a head", True),
        ("Others", True),
        ("95 % apart", True),
    )
    print_table(titles, [_backtest_row(row, found["timezone"]) for row in found["rows"]])
    for note in _backtest_notes(found):
        typer.echo(note)


def _backtest_row(row: dict[str, Any], timezone: str) -> list[str]:
    ours, theirs = row["members"], row["others"]
    start = [_local(row["at"], timezone), many(row["size"]), many(ours["people"])]
    if row["too_early"]:
        return [*start, "too early", "", many(theirs["people"]), *[""] * 6]
    lift, apart = row["lift"], row["revenue_per_head_difference"]
    return [
        *start,
        _rate(ours),
        _between(ours["rate"], percent),
        many(theirs["people"]),
        _rate(theirs),
        _number(lift, "{:.2f}".format),
        _between(lift, "{:.2f}".format),
        _number(ours["revenue_per_head"], _money),
        _number(theirs["revenue_per_head"], _money),
        _between(apart, _money),
    ]


def _backtest_notes(found: dict[str, Any]) -> list[str]:
    notes = []
    for row in found["rows"]:
        day = _local(row["at"], found["timezone"])
        if early := row["too_early"]:
            until = _local(early["until"], found["timezone"])
            sides = [(early[f"{side}_did"], row[side]["people"]) for side in ("members", "others")]
            ours, theirs = ("a number not told" if None in side else f"{side[0]:,} of {side[1]:,}" for side in sides)
            notes.append(f"{day}: too early to tell; what is known ends {until}. So far {ours} did it, and {theirs} others.")
        if row["first_seen_later"]:
            notes.append(f"{day}: {row['first_seen_later']:,} of the {row['size']:,} were first seen later and are not compared.")
        elif row["first_seen_later"] is None:
            notes.append(f"{day}: a few were first seen later and are not compared.")
        if row["assumed"]:
            notes.append(f"{day}: {percent(row['assumed'])} are in it only by values assumed for the time before they were known.")
    told = [row for row in found["rows"] if not row["too_early"]]
    rough = any(row["revenue_per_head_difference"]["rough"] for row in told)
    few = {text for row in told for key in ("lift", "rate_difference") if (text := row[key]["too_few"])}
    return [*notes, *([_ROUGH] if rough else []), *(f"Too few: {text}" for text in sorted(few))]


FEW_NOTE = "Numbers of fewer than five people are not told, nor what they could be found by."
_ROUGH = "Money is very uneven for so many people: intervals of money are rough."


# --- comparing ----------------------------------------------------------------------------


@app.command()
def compare(
    segments: Annotated[list[str], typer.Argument(metavar="SEGMENT SEGMENT...", help="From two to six segments.")],
    as_of: AsOf = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How segments overlap, and how their people differ in value, recency, place and channel.

    Sizes are exact. Segments that share people are also compared apart: who is in only one of the two.
    """
    found = call(workspace, "compare", segments=segments, as_of=as_of)
    say_warnings(found["warnings"])
    show(found, as_json, _show_compare)


def _show_compare(found: dict[str, Any]) -> None:
    print_table((("Segment", False), ("Size", True), ("Share", True)), [_size_row(item) for item in found["segments"]])
    typer.echo("")
    numbers = [(title, True) for title in ("Both", "Either", "Jaccard", "Of the first", "Of the second")]
    print_table((("", False), *numbers), [_pair_row(pair) for pair in found["pairs"]])
    typer.echo("")
    rows = [[" and ".join(item["segments"]), f"{item['size']:,}"] for item in found["combinations"] if item["size"]]
    if rows:
        print_table((("In exactly these", False), ("Size", True)), rows)
    if any(item["size"] is None for item in (*found["segments"], *found["combinations"])):
        typer.echo(FEW_NOTE)
    typer.echo("")
    names = [item["id"] for item in found["segments"]]
    print_table((("", False), *((name, True) for name in names)), [_figure_row(item, names) for item in found["figures"]])
    for n, pair in enumerate(found["pairs"]):
        typer.echo("")
        rows = [_difference_row(item, item["differences"][n]) for item in found["figures"]]
        print_table(((f"{pair['a']} less {pair['b']}", False), ("Whole", True), ("Apart", True)), rows)
    if any(estimate["rough"] for item in found["figures"] for estimate in item["segments"].values()):
        typer.echo(_ROUGH)


def _size_row(item: dict[str, Any]) -> list[str]:
    return [item["id"], many(item["size"]), percent(item["share"])]


def _pair_row(pair: dict[str, Any]) -> list[str]:
    jaccard = "" if pair["jaccard"] is None else f"{pair['jaccard']:.2f}"
    shares = [percent(pair["share_of_a_in_b"]), percent(pair["share_of_b_in_a"])]
    return [f"{pair['a']} and {pair['b']}", many(pair["both"]), many(pair["union"]), jaccard, *shares]


_OF_NUMBERS = ("value", "recency")


def _figure_row(figure: dict[str, Any], names: list[str]) -> list[str]:
    return [_figure_name(figure), *(_with_interval(figure["segments"][name], _form(figure)) for name in names)]


def _difference_row(figure: dict[str, Any], difference: dict[str, Any]) -> list[str]:
    whole, apart = difference["whole"], difference["apart"]
    form = _form(figure)
    return [_figure_name(figure), _with_interval(whole, form), "" if difference["independent"] else _with_interval(apart, form)]


def _figure_name(figure: dict[str, Any]) -> str:
    return figure["name"].replace("_", " ") if figure["kind"] in _OF_NUMBERS else f"{figure['kind'].replace('_', ' ')}: {figure['name']}"


def _form(figure: dict[str, Any]) -> Any:
    return _money if figure["kind"] in _OF_NUMBERS else percent


def _with_interval(estimate: dict[str, Any], form: Any) -> str:
    return "too few" if estimate["too_few"] else f"{form(estimate['value'])} ({_between(estimate, form)})"


# --- numbers ------------------------------------------------------------------------------


def _many(n: int, unit: str) -> str:
    return f"{n} {unit}{'' if n == 1 else 's'}"


def _local(instant: str, timezone: str) -> str:
    """The day, and the time where it is not midnight."""
    local = dt.datetime.fromisoformat(instant).astimezone(ZoneInfo(timezone))
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"


def _money(value: float) -> str:
    return f"{value:,.2f}"


def _rate(side: dict[str, Any]) -> str:
    return many(side["did"]) if side["rate"]["too_few"] else percent(side["rate"]["value"])


def _number(estimate: dict[str, Any], form: Any) -> str:
    return "too few" if estimate["too_few"] else form(estimate["value"])


def _between(estimate: dict[str, Any], form: Any) -> str:
    return "" if estimate["too_few"] else f"{form(estimate['low'])} to {form(estimate['high'])}"
