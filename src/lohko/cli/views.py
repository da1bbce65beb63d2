"""The commands of management, sales and service: what their pages show."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lohko.cli.app import AsOf, JsonOption, WorkspaceOption, app, call, many, percent, print_table, show

_SPANS = {"month": "This month", "quarter": "This quarter", "year": "12 months"}
_MEASURES = {
    "revenue": "Revenue", "orders": "Orders", "active": "Customers who bought", "new": "First-time buyers", "average_order": "Average order",
}  # fmt: skip


@app.command()
def business(as_of: AsOf = None, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The business on one page: beside a year before, its segments, goals, audiences and data. It names nobody."""
    show(call(workspace, "management", as_of=as_of), as_json, _show_business)


def _show_business(found: dict[str, Any]) -> None:
    typer.echo(f"{found['customers']:,} customers; values in {found['currency']}. A dash: not known, or of fewer than five people.")
    rows = [
        [
            _SPANS[span["span"]],
            title,
            _told(span["now"][name]),
            _told((span["before"] or {}).get(name)),
            percent((span["change"] or {}).get(name)),
        ]
        for span in found["spans"]
        for name, title in _MEASURES.items()
    ]
    print_table((("", False), ("", False), ("Now", True), ("A year before", True), ("Change", True)), rows)
    if found["segments"]:
        titles = (
            ("Segment", False),
            ("Size", True),
            ("Share", True),
            ("In a month", True),
            ("Revenue, 12 months", True),
            ("May be contacted", True),
        )
        print_table(
            titles,
            [
                [
                    row["title"].get("en", row["id"]),
                    many(row["size"]),
                    percent(row["share"]),
                    _told(row["month"]),
                    _told(row["revenue"]),
                    many(row["reach"]),
                ]
                for row in found["segments"]
            ],
        )
    for goal in found["goals"]:
        typer.echo(f"Goal of {goal['segment']}: {goal['verdict'].replace('_', ' ')}.")
    data = found["data"]
    typer.echo(
        f"Data: {data['sources']} sources"
        + (f", {len(data['stale'])} older than expected" if data["stale"] else ", none older than expected")
    )


@app.command()
def calls(
    owner: Annotated[str | None, typer.Option(help="Deals and companies of one who owns them.")] = None,
    agreed: Annotated[
        bool | None,
        typer.Option("--agreed/--all", help="Only those who agreed to calls; as the law of the workspace's country says when left out."),
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many to call.")] = 30,
    as_of: AsOf = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whom to call today and why, the one with most at stake first; and companies by owner. It shows names and phone numbers."""
    show(call(workspace, "sales", owner=owner, agreed=agreed, limit=limit, as_of=as_of), as_json, _show_calls)


def _show_calls(found: dict[str, Any]) -> None:
    counts = found["counts"]
    typer.echo(f"{counts['callable']:,} may be called, {counts['resting']:,} rest after a call, {counts['refused']:,} refused.")
    titles = (("Whom", False), ("Phone", False), ("Why", False), ("At stake", True))
    rows = [
        [
            row["name"] or row["customer"] or row["account"] or "",
            row["phone"] or "",
            ", ".join(_reason(item) for item in row["reasons"]),
            _told(row["stake"]),
        ]
        for row in found["calls"]
    ]
    if rows:
        print_table(titles, rows)
    if found["more"]:
        typer.echo(f"and {found['more']:,} more: --limit")
    if found["accounts"]:
        firms = (("Company", False), ("Owner", False), ("Open deals", True), ("Open value", True), ("Quiet", True), ("Last touch", False))
        print_table(
            firms,
            [
                [
                    row["account"],
                    row["owner"] or "",
                    many(row["open_deals"]),
                    _told(row["open_value"]),
                    many(row["quiet"]),
                    (row["last_touch"] or "")[:10],
                ]
                for row in found["accounts"]
            ],
        )


def _reason(item: dict[str, Any]) -> str:
    match item["why"]:
        case "deal":
            return f"deal {item['deal']} has not changed for {item['days']} days"
        case "late":
            return f"usually orders every {item['usual_days']} days, last {item['days']} days ago"
        case "slipping":
            return f"among the best buyers, last order {item['days']} days ago"
    return f"came into {item['segment']} {item['days']} days ago"


@app.command("call-note")
def call_note(
    outcome: Annotated[str, typer.Argument(help="How it went, such as called or later; others are named when it is none of them.")],
    customer: Annotated[str | None, typer.Option(help="The customer: their number, e-mail or id.")] = None,
    account: Annotated[str | None, typer.Option(help="Or the company.")] = None,
    until: Annotated[str | None, typer.Option(help="Until which day they rest.", metavar="DAY")] = None,
    note: Annotated[str, typer.Option(help="What was agreed, and what comes next.")] = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note a call: whoever was called rests, and is not in the list until then."""
    found = call(workspace, "call_note", customer=customer, account=account, outcome=outcome, until=until, note=note)
    show(found, as_json, lambda said: typer.echo(f"Noted; not called again before {said['until']}."))


@app.command("waiting")
def waiting(as_of: AsOf = None, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Who waits for an answer: tickets that are not solved, the oldest first."""
    show(call(workspace, "service", as_of=as_of), as_json, _show_waiting)


def _show_waiting(found: dict[str, Any]) -> None:
    if not found["tickets_known"]:
        typer.echo("No tickets have been brought in: lohko import FILE --as tickets")
        return
    typer.echo(f"{found['open_total']:,} open")
    if found["open"]:
        titles = (("Customer", False), ("Subject", False), ("Number", False), ("Status", False), ("Days", True))
        rows = [
            [row["name"] or row["customer"], row["subject"] or "", row["number"] or "", row["status"] or "", many(row["days"])]
            for row in found["open"]
        ]
        print_table(titles, rows)


@app.command("find")
def find(
    text: Annotated[str, typer.Argument(help="Whatever they say: a number, e-mail, phone, order, ticket or name.")],
    limit: Annotated[int, typer.Option(help="At most so many.")] = 20,
    as_of: AsOf = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find a customer by whatever they say, the surest first. The search is noted in the audit, never what was typed."""
    show(call(workspace, "find_customer", q=text, limit=limit, as_of=as_of), as_json, _show_found)


def _show_found(found: dict[str, Any]) -> None:
    typer.echo(f"{found['total']:,} found")
    if found["customers"]:
        titles = (("Customer", False), ("Name", False), ("Found by", False), ("Orders", True), ("Id", False))
        rows = [
            [row["customer"], row["name"] or "", row["how"].replace("_", " "), many(row["orders"]), row["person_id"]]
            for row in found["customers"]
        ]
        print_table(titles, rows)


def _told(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"
