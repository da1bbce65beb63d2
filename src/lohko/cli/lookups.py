"""Whether a page of the shop may be told who is in a segment."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lohko.cli.app import JsonOption, WorkspaceOption, app, call, show


@app.command("in-shop")
def in_shop(
    segment: Annotated[str, typer.Argument(metavar="SEGMENT", help="The segment's id.")],
    may: Annotated[bool, typer.Option("--yes/--no", help="Whether a page may be told of it.")] = True,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let the pages of the shop be told, by a signed token, that their visitor is in a segment; or no more."""
    show(call(workspace, "segment_describe", segment=segment, in_shop=may), as_json, _show)


def _show(found: dict[str, Any]) -> None:
    typer.echo(f"{found['segment']} {'may be' if found['in_shop'] else 'is not'} shown in the shop.")
