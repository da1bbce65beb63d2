"""Commands about events that come in over HTTP: their keys, their books, and those that could not be used."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from lohko.cli.app import JsonOption, WorkspaceOption, app, call, local, of_erased, print_table, show

events = typer.Typer(help="Events that come in over HTTP: their keys, their books, and those that could not be used.", no_args_is_help=True)
app.add_typer(events, name="events")

KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="The key's id, or its beginning.")]


@events.command("key-add")
def key_add(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="The source that its events are of; its user ids are that source's customer numbers.")
    ],
    public: Annotated[
        bool, typer.Option("--public/--server", help="For pages, where everybody can read it; else for your own servers.")
    ] = False,
    new_names: Annotated[
        bool | None, typer.Option("--new-names/--known-names", help="Whether it may bring new kinds of event; a server key may.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a write key and show it: a server key is shown this once."""
    kind = "public" if public else "server"
    show(call(workspace, "event_key_add", source=source, kind=kind, new_names=new_names), as_json, _show_new)


def _show_new(found: dict[str, Any]) -> None:
    typer.echo(found["key"])
    if found["kind"] == "server":
        typer.echo("It is shown this once. Keep it on your servers; what it says of people takes effect.", err=True)
    else:
        typer.echo("It may stand in every page. What it says of people is only claimed, until your server vouches for it.", err=True)


@events.command("keys")
def keys(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Every write key: its source, what it may do, and when it was last used."""
    show(call(workspace, "event_key_list"), as_json, _show_keys)


def _show_keys(found: dict[str, Any]) -> None:
    if not found["keys"]:
        typer.echo("No write keys. `lohko events key-add SOURCE` makes one.")
        return
    titles = (("Key", False), ("Source", False), ("Kind", False), ("New names", False), ("Last used (UTC)", False), ("State", False))
    print_table(
        titles,
        [
            [
                item["key"] or item["begins"],
                item["source"],
                item["kind"],
                "yes" if item["new_names"] else "no",
                local(item["last_used"], "UTC"),
                "holds" if item["holds"] else "revoked",
            ]
            for item in found["keys"]
        ],
    )


@events.command("key-secret")
def key_secret(key: KeyArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The secret with which your server signs who a visitor is, for pages with a public key."""
    show(
        call(workspace, "event_key_token", key=key),
        as_json,
        lambda found: typer.echo(found["visitor_secret"] or "A server key needs none."),
    )


@events.command("key-allow")
def key_allow(
    key: KeyArgument,
    new_names: Annotated[bool, typer.Option("--new-names/--known-names", help="Whether it may bring new kinds of event.")] = True,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let kinds of event and properties that nobody has told of yet come by a key; then `lohko events retry`."""
    found = call(workspace, "event_key_allow", key=key, new_names=new_names)
    show(found, as_json, lambda one: typer.echo(f"{one['begins']} may bring {'new names' if one['new_names'] else 'known names only'}."))


@events.command("key-origins")
def key_origins(
    key: KeyArgument,
    sites: Annotated[
        list[str] | None, typer.Argument(metavar="SITE...", help="Such as https://shop.example.fi; what there was before goes.")
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="No site may ask any more.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show or set the sites whose pages may ask, with a signed token, which segments their visitor is in."""
    show(call(workspace, "event_key_origins", key=key, sites=[] if none else sites), as_json, _show_sites)


def _show_sites(found: dict[str, Any]) -> None:
    for site in found["sites"]:
        typer.echo(site)
    if not found["sites"]:
        typer.echo(f"No site may ask with {found['begins']}.")


@events.command("key-revoke")
def key_revoke(key: KeyArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Revoke a write key; it is refused within a second. What came by it stays."""
    show(call(workspace, "event_key_revoke", key=key), as_json, lambda found: typer.echo(f"{found['begins']} does not hold any more."))


@events.command("take")
def take(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Bring in the events that wait; `lohko serve` does so all the time."""
    show(call(workspace, "events_take"), as_json, _show_taken)


def _show_taken(found: dict[str, Any]) -> None:
    typer.echo(
        f"{found['received']:,} received = {found['stored']:,} stored + {found['duplicate']:,} known already + {found['rejected']:,} rejected"
        + of_erased(found["suppressed"])
    )


@events.command("books")
def books(
    source: Annotated[str | None, typer.Option(help="Of one source.")] = None,
    recount: Annotated[bool, typer.Option(help="Count again in the files of the archive.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What became of every message, per source and hour. Exit status 4 when something is not accounted for."""
    found = call(workspace, "events_books", source=source, recount=recount)
    show(found, as_json, _show_books)
    if not found["total"]["balanced"]:
        raise typer.Exit(4)


_COUNTS = (
    ("received", "Received"),
    ("stored", "Stored"),
    ("duplicate", "Known already"),
    ("rejected", "Rejected"),
    ("suppressed", "Of erased people"),
)


def _show_books(found: dict[str, Any]) -> None:
    if not found["hours"]:
        typer.echo("No events yet.")
    else:
        titles = (("Source", False), ("Hour (UTC)", False), *((title, True) for _, title in _COUNTS))
        lines = [[item["source"], item["hour"], *(f"{item[name]:,}" for name, _ in _COUNTS)] for item in found["hours"]]
        print_table(titles, [*lines, ["all", "", *(f"{found['total'][name]:,}" for name, _ in _COUNTS)]])
        typer.echo("Every message is accounted for." if found["total"]["balanced"] else "SOMETHING IS NOT ACCOUNTED FOR.")
    if found["waiting_bytes"]:
        typer.echo(f"{found['waiting_bytes']:,} bytes wait in the inbox.")


@events.command("rejected")
def rejected(
    limit: Annotated[int, typer.Option(help="How many of them to show.")] = 20,
    reason: Annotated[str | None, typer.Option(help="Only those with this reason.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Show long messages to their end, as --json does.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The messages that could not be used, as they came, with their reasons."""
    found = call(workspace, "events_rejected", limit=limit, reason=reason)
    show(found, as_json, lambda told: _show_rejected(told, None if whole else _SHOWN))


_SHOWN = 400
"""Characters of a message that are shown: one may have 32 kB, and what is wrong with it is mostly at its beginning."""


def _show_rejected(found: dict[str, Any], most: int | None) -> None:
    if not found["rejected"]:
        typer.echo("No message is rejected.")
    for reason, count in found["by_reason"].items():
        typer.echo(f"{reason}: {count:,}")
    cut = 0
    for item in found["messages"]:
        text = json.dumps(item["message"], ensure_ascii=False)
        short = text if most is None or len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"
        cut += short != text
        typer.echo(f"{item['source']} {item['reason']}: {short}")
    if cut:
        typer.echo(f"{cut:,} of them are cut short; --whole shows them to their end.", err=True)


@events.command("roll-up")
def roll_up(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Make one batch of many small ones; `lohko serve` does so by itself. Nothing that can be asked changes."""
    show(
        call(workspace, "events_roll_up"),
        as_json,
        lambda found: typer.echo(f"{found['rolled_up']:,} batches fewer; {found['batches']:,} of events are left."),
    )


@events.command("retry")
def retry(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Look again at every rejected message: those that can be used now are."""
    show(
        call(workspace, "events_retry"),
        as_json,
        lambda found: typer.echo(f"{found['used']:,} of {found['tried']:,} could be used; {found['rejected']:,} stay rejected."),
    )
