"""Commands about Finnish postcodes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.cli.app import JsonOption, WorkspaceOption, app, call, call_with_file, show

postcodes_app = typer.Typer(help="Finnish postcodes: which municipality and region each is in.", no_args_is_help=True)
app.add_typer(postcodes_app, name="postcodes")


@postcodes_app.command("update")
def postcodes_update(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Posti's PCF_<date>.dat, or its JSON or CSV conversion.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take Posti's file as the table; people whose source tells no municipality and region get those of their postcode."""
    found = call_with_file(workspace, "postcodes_update", file)
    show(found, as_json, _show_update)


def _show_update(found: dict[str, Any]) -> None:
    typer.echo(f"{found['postcodes']:,} postcodes, {found['municipalities']} municipalities, {found['regions']} regions")
    typer.echo(f"{found['people']:,} people got a municipality and region from their postcode")


@postcodes_app.command("show")
def postcodes_show(
    code: Annotated[str, typer.Argument(metavar="POSTCODE", help="A postcode, such as 00100.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What the table says of one postcode."""
    found = call(workspace, "postcode", code=code)
    show(
        found,
        as_json,
        lambda _: typer.echo(
            f"{found['postcode']} {found['name']}: {found['municipality']} ({found['municipality_code']}), {found['region_name']} ({found['region']})"
        ),
    )
