"""The group of commands about one customer; each command stands with what it is about."""

from __future__ import annotations

from typing import Annotated

import typer

from lohko.cli.app import app

person = typer.Typer(help="One customer: what is known, where it is from, and what may be done with it.", no_args_is_help=True)
app.add_typer(person, name="person")

CustomerArgument = Annotated[str, typer.Argument(metavar="CUSTOMER", help="A customer number, e-mail address or public id.")]
