"""The command line: parse, call one step, show. A contract: exit status and `--json` do not change lightly."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from lohko import __version__
from lohko.cli import (
    accountability,
    analysis,
    data,
    explaining,
    identity,
    listed,
    person,
    planning,
    quality,
    rfm,
    rights,
    segments,
    serve,
    source,
    walk,
)
from lohko.cli import accounts as accounts
from lohko.cli import events as events
from lohko.cli import explore as explore
from lohko.cli import feed as feed
from lohko.cli import lookups as lookups
from lohko.cli import openid as openid
from lohko.cli import places as places
from lohko.cli import rates as rates
from lohko.cli import report as report
from lohko.cli import spark as spark
from lohko.cli import users as users
from lohko.cli import views as views
from lohko.cli.app import app, run_app

__all__ = [
    "accountability",
    "analysis",
    "app",
    "data",
    "explaining",
    "identity",
    "listed",
    "main",
    "person",
    "planning",
    "quality",
    "rfm",
    "rights",
    "segments",
    "serve",
    "source",
    "walk",
]


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Say the version and stop.")] = False,
    workspace: Annotated[Path | None, typer.Option("--workspace", "-w", help="The workspace's folder, for every command.")] = None,
) -> None:
    """Customer segments that are true, current and explained, on your own machine."""
    if version:
        typer.echo(f"lohko {__version__}")
        raise typer.Exit
    if workspace is not None:
        os.environ["LOHKO_WORKSPACE"] = str(workspace)


def main() -> None:
    """Run a command."""
    run_app()


if __name__ == "__main__":
    main()
