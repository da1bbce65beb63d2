"""Commands about who is one person: joining, review, how a person came to be, and whose values count."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.cli.app import JsonOption, WorkspaceOption, app, call, local, print_table, show, text_of
from lohko.cli.person import CustomerArgument, person

review = typer.Typer(help="Pairs of people who may be one: join them, keep them apart, take one apart again.", no_args_is_help=True)
app.add_typer(review, name="review")

Names = Annotated[list[str], typer.Argument(metavar="ITEM|CUSTOMER...", help="An item of `review list`, or two customers or more.")]


@app.command()
def unify(
    scored: Annotated[
        bool, typer.Option("--scored", help="Also score likely pairs, for review (needs `pip install lohko[identity]`).")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Join all records that are one person by the workspace's rules. Every import does so for whom it touches."""
    show(call(workspace, "unify", scored=scored), as_json, _show_unify)


def _show_unify(found: dict[str, Any]) -> None:
    typer.echo(f"{found['records']:,} records looked at: {found['merged']:,} people became part of another")
    for kind, n in found["by"].items():
        typer.echo(f"  {n:>9,}  by {kind.replace('_', ' ')}")
    held = sum(found["held_back"].values())
    if held:
        typer.echo(f"{held:,} groups were not joined as a whole:")
        for reason, n in found["held_back"].items():
            typer.echo(f"  {n:>9,}  {reason}")
    if (scored := found.get("scored")) is not None:
        typer.echo(f"{scored['people']:,} people scored: {scored['merged']:,} more joined, {scored['for_review']:,} pairs stand for review")
    if held or scored:
        typer.echo("  lohko review list shows them")


@app.command("identity-rules")
def identity_rules(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A YAML file with the new rules.")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Back to the usual rules.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which identifiers make records one person, which do so with the name, which never.

    Without a FILE the present rules are printed, as YAML that can be changed and given back.
    """
    text = text_of(file)
    show(call(workspace, "identity_rules", text=text, reset=reset), as_json, lambda found: typer.echo(found["rules"], nl=False))


@review.command("list")
def review_list(
    limit: Annotated[int, typer.Option(help="At most so many pairs.")] = 20,
    different_names: Annotated[bool, typer.Option("--different-names", help="Also pairs whose names clearly differ.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pairs of people who may be one and were not joined, with what they share and why not; the likely first."""
    show(call(workspace, "review_list", limit=limit, different_names=different_names), as_json, _show_review)


def _show_review(found: dict[str, Any]) -> None:
    typer.echo(f"Pairs for review: {found['total']:,}; with names that clearly differ: {found['different_names']:,}")
    titles = (("Item", False), ("One", False), ("The other", False), ("Share", False), ("Not joined because", False), ("Likely", True))
    rows = []
    for item in found["items"]:
        likely = "" if item["probability"] is None else f"{item['probability']:.3f}"
        one, other = map(_side, item["customers"])
        rows.append([item["item"], one, other, ", ".join(item["shared"]).replace("_", " "), item["reason"], likely])
    if rows:
        print_table(titles, rows)


def _side(side: dict[str, Any]) -> str:
    values = side["values"]
    name = values.get("name") or " ".join(filter(None, (values.get("first_name"), values.get("last_name"))))
    more = [values[key] for key in ("birthday", "postcode", "city") if key in values]
    return ", ".join([" + ".join(side["records"]), *filter(None, [name]), *more])


@review.command("merge")
def review_merge(names: Names, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Make one person of a pair, or of the customers named."""
    show(call(workspace, "review_merge", names=names), as_json, _show_decided)


@review.command("keep-apart")
def review_keep_apart(names: Names, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Keep a pair apart for ever, whatever later imports bring."""
    show(call(workspace, "review_keep_apart", names=names), as_json, _show_decided)


@review.command("split")
def review_split(
    customer: CustomerArgument,
    records: Annotated[list[str], typer.Argument(metavar="RECORD...", help="The records that are another person, as source:number.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take records out of a customer: together they are another person from now on."""
    show(call(workspace, "review_split", customer=customer, records=records), as_json, _show_decided)


@review.command("undo")
def review_undo(
    customer: CustomerArgument,
    merge: Annotated[int | None, typer.Option(help="The number of an older merge, as `lohko review decided` says it.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Undo the last merge that made this customer, or an older one: everyone is again who they were, and stays apart."""
    show(call(workspace, "review_undo", customer=customer, merge=merge), as_json, _show_decided)


@review.command("decided")
def review_decided(
    limit: Annotated[int, typer.Option(help="How many of the latest.")] = 30,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was merged, kept apart and undone: when, about whom, and by whom."""
    show(call(workspace, "review_decided", limit=limit), as_json, _show_all_decided)


def _when(instant: str | None, found: dict[str, Any]) -> str:
    return "" if instant is None else local(instant, found["timezone"])


def _show_all_decided(found: dict[str, Any]) -> None:
    titles = (("Number", True), ("When", False), ("What", False), ("By", False), ("Customers", False))
    rows = [
        [
            str(item["batch"]),
            _when(item["at"], found),
            f"{item['cause']} ({item['how'].replace('_', ' ')})",
            item["by"] or "rule",
            ", ".join(side["customer"] for side in item["customers"][:6]),
        ]
        for item in found["decided"]
    ]
    print_table(titles, rows)


def _show_decided(found: dict[str, Any]) -> None:
    for side in found["customers"]:
        typer.echo(f"{side['customer']}  {' + '.join(side['records'])}")


@person.command("links")
def person_links(customer: CustomerArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Which records a customer is made of, linked by what, since when and by whom."""
    show(call(workspace, "person_links", customer=customer), as_json, _show_links)


def _show_links(found: dict[str, Any]) -> None:
    titles = (("Record", False), ("Joined", False), ("By", False))
    rows = [
        [
            item["record"],
            _when(item["joined_at"], found),
            "" if item["how"] is None else f"{item['user'] or item['by']}: {item['how'].replace('_', ' ')}",
        ]
        for item in found["records"]
    ]
    print_table(titles, rows)
    for item in found["shared"]:
        typer.echo(f"The same {item['meaning']} {item['value']}: {', '.join(item['records'])}")
    for item in found["history"]:
        if item["cause"] == "unmerge":
            typer.echo(
                f"Parted {_when(item['at'], found)} ({item['user'] or item['how']}): {item['records']} record{'' if item['records'] == 1 else 's'}"
            )


@person.command("values")
def person_values(customer: CustomerArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Each value of a customer: from which source, since when, and what lost against it."""
    show(call(workspace, "person_values", customer=customer), as_json, _show_values)


def _show_values(found: dict[str, Any]) -> None:
    titles = (("Attribute", False), ("Value", False), ("From", False), ("Since", False), ("Rule", False), ("Lost", False))
    rows = []
    for item in found["attributes"]:
        lost = "; ".join(f"{other['value']} ({other['record']})" for other in item["lost"] if other["value"] != item["value"])
        since = "assumed" if item["assumed"] else local(item["since"], found["timezone"])[:10]
        corrected = item["corrected"]
        source = item["record"] if corrected is None else f"by hand ({corrected['by']})" if corrected["by"] else "by hand"
        was = "" if corrected is None or corrected["was"] is None else f"{corrected['was']} (corrected)"
        rows.append([item["name"], str(item["value"]), source, since, item["rule"] if lost else "", "; ".join(filter(None, (was, lost)))])
    print_table(titles, rows)


@app.command()
def survivorship(
    attribute: Annotated[str | None, typer.Argument(metavar="[ATTRIBUTE]", help="One attribute; all when left out.")] = None,
    rule: Annotated[str | None, typer.Option(help="most recent, source priority, or most complete.")] = None,
    sources: Annotated[
        list[str] | None, typer.Option("--source", metavar="SOURCE", help="For source priority: the best source first; may be repeated.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only say how many people would have another value.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whose value counts where the records of one person differ. With --rule it is chosen for an attribute."""
    if preview and attribute is not None and rule is not None:
        found = call(workspace, "survivorship_preview", attribute=attribute, rule=rule, sources=sources or [])
        show(found, as_json, _show_preview)
        return
    show(call(workspace, "survivorship", attribute=attribute, rule=rule, sources=sources or []), as_json, _show_survivorship)


def _show_preview(found: dict[str, Any]) -> None:
    typer.echo(f"{found['other_value']:,} of {found['people']:,} people with several records would have another {found['attribute']}.")
    titles = (("From", False), ("Values now", True), ("Then", True))
    print_table(titles, [[row["source"], f"{row['now']:,}", f"{row['then']:,}"] for row in found["from_sources"]])


def _show_survivorship(found: dict[str, Any]) -> None:
    titles = (("Attribute", False), ("Rule", False), ("Sources", False))
    print_table(titles, [[item["name"], item["rule"], ", ".join(item["sources"])] for item in found["attributes"]])
