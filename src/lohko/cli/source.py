"""Commands about sources: where data comes from by itself."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lohko.base.errors import InputError
from lohko.cli.app import JsonOption, WorkspaceOption, app, call, local, of_erased, print_table, show

source = typer.Typer(help="The systems, databases, folders and addresses that data comes from by itself.", no_args_is_help=True)
app.add_typer(source, name="source")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The source's name.")]
SomeArgument = Annotated[str | None, typer.Argument(metavar="[NAME]", help="The source's name; every source when left out.")]


@source.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, such as web-shop; rows from it are of this source.")],
    kind: Annotated[str, typer.Option(help="What it is; `lohko source kinds` lists them.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting; may be given several times. A secret is env:NAME or file:PATH."),
    ] = None,
    schedule: Annotated[str, typer.Option(help="When it is synced, as cron: '*/15 * * * *'. Only by hand when left out.")] = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a source. Secrets are never kept: only the environment variable or file where they are."""
    found = call(workspace, "source_add", name=name, kind=kind, settings=_settings(settings or []), schedule=schedule)
    show(found, as_json, lambda _: typer.echo(f"Added {name}. Next: lohko source test {name}, then lohko source sync {name}"))


def _settings(given: list[str]) -> dict[str, str]:
    found = {}
    for item in given:
        name, sign, value = item.partition("=")
        if not sign:
            raise InputError("bad_setting", f"{item!r} in --set is not NAME=VALUE.")
        found[name.strip()] = value.strip()
    return found


@source.command("kinds")
def kinds(as_json: JsonOption = False) -> None:
    """The kinds of sources, their settings, and the smallest rights that their keys need."""
    from lohko.sources.registry import KINDS

    found = {
        "kinds": [
            {
                "kind": item.key,
                "title": item.title,
                "scopes": item.scopes,
                "settings": [
                    {"name": one.name, "meaning": one.meaning, "required": one.required, "secret": one.secret, "default": one.default}
                    for one in item.settings
                ],
                "streams": [{"name": one.name, "kind": one.kind, "what": one.what} for one in item.streams],
            }
            for item in KINDS.values()
        ]
    }
    show(found, as_json, _show_kinds)


def _show_kinds(found: dict[str, Any]) -> None:
    for item in found["kinds"]:
        typer.echo(f"{item['kind']}: {item['title']}")
        for one in item["settings"]:
            marks = ", ".join(mark for mark, holds in (("secret", one["secret"]), ("optional", not one["required"])) if holds)
            typer.echo(f"    {one['name']}{f' ({marks})' if marks else ''}: {one['meaning']}")
        typer.echo(f"    {item['scopes']}")


@source.command("list")
def list_(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Every source: its state, when all it had was in, how many rows came, and what went wrong last."""
    show(call(workspace, "source_list"), as_json, _show_list)


def _show_list(found: dict[str, Any]) -> None:
    if not found["sources"]:
        typer.echo("No sources. `lohko source kinds` shows what can be added.")
        return
    titles = (
        ("Source", False),
        ("Kind", False),
        ("State", False),
        ("Last success", False),
        ("Lag", True),
        ("Rows", True),
        ("Schedule", False),
    )
    print_table(
        titles,
        [
            [
                item["name"],
                item["kind"],
                item["state"],
                local(item["last_success"], "UTC") + (" UTC" if item["last_success"] else ""),
                _lag(item["lag_seconds"]),
                f"{item['accepted']:,}",
                item["schedule"] or "by hand",
            ]
            for item in found["sources"]
        ],
    )
    for item in found["sources"]:
        if item["suppressed"]:
            typer.echo(f"{item['name']}: {item['suppressed']:,} rows of people who were erased were kept out")
        if item["last_error"]:
            typer.echo(f"{item['name']}: {item['last_error']['message']}")
        elif item["left_out"]:
            typer.echo(f"{item['name']}: {_left_out(item['left_out'])}")


def _lag(seconds: int | None) -> str:
    if seconds is None:
        return ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


@source.command("test")
def test(name: SomeArgument = None, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Ask a source one small thing. Exit status 4 when one does not answer, or has stopped being synced."""
    found = call(workspace, "source_test", name=name)
    show(found, as_json, _show_test)
    if not found["ok"]:
        raise typer.Exit(4)


def _show_test(found: dict[str, Any]) -> None:
    for item in found["tested"]:
        if item["ok"]:
            typer.echo(f"{item['name']}: answers, {item['found']}{'; but it is late' if item['state'] == 'late' else ''}")
        else:
            _say_error(item)


def _say_error(item: dict[str, Any]) -> None:
    typer.echo(f"{item['name']}: {item['error']['message']}")
    if item["error"]["hint"]:
        typer.echo(f"  Hint: {item['error']['hint']}")


@source.command("sync")
def sync(
    name: SomeArgument = None,
    due: Annotated[bool, typer.Option(help="Only those whose time has come.")] = False,
    again: Annotated[bool, typer.Option(help="From the first row; what is known already changes nothing.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring in what is new. Exit status 4 when a source failed, or while a file of it cannot be used; the rest counts."""
    found = call(workspace, "source_sync", name=name, due=due, again=again)
    show(found, as_json, _show_sync)
    if not found["ok"]:
        raise typer.Exit(4)


def _show_sync(found: dict[str, Any]) -> None:
    for item in found["synced"]:
        typer.echo(
            f"{item['name']}: {item['received']:,} rows received = {item['accepted']:,} accepted + {item['duplicate']:,} known already"
            f" + {item['rejected']:,} rejected{of_erased(item['suppressed'])}"
        )
        if item["deleted"]:
            typer.echo(f"  {item['deleted']:,} of them say that something was deleted there")
        if item["error"]:
            _say_error(item)
        elif item["left_out"]:
            typer.echo(f"  {_left_out(item['left_out'])}")


def _left_out(files: list[str]) -> str:
    """Files that could not be used earlier and lie there as they were."""
    return f"still left out: {', '.join(files[:5])}{' ...' if len(files) > 5 else ''} (`lohko import FILE` says why)"


@source.command("schedule")
def schedule(
    name: NameArgument,
    cron: Annotated[str, typer.Argument(help="When, as cron such as '0 3 * * *'; '' is only by hand.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say when a source is asked by itself."""
    show(call(workspace, "source_schedule", name=name, schedule=cron), as_json, lambda _: typer.echo(f"{name}: {cron or 'only by hand'}."))


@source.command("remove")
def remove(name: NameArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Forget a source and where it was. The people and rows that came from it stay."""
    show(call(workspace, "source_remove", name=name), as_json, lambda _: typer.echo(f"Removed {name}. What came from it stays."))
