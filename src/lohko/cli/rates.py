"""Commands about dated exchange rates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.cli.app import JsonOption, WorkspaceOption, app, call, call_with_file, print_table, show

rates_app = typer.Typer(help="Dated exchange rates: rows in another currency are converted at the rate of their day.", no_args_is_help=True)
app.add_typer(rates_app, name="rates")


@rates_app.command("add")
def rates_add(
    currency: Annotated[str, typer.Argument(metavar="CURRENCY", help="The currency's code, such as USD.")],
    day: Annotated[str, typer.Argument(metavar="DAY", help="Since which day, such as 2026-11-27.")],
    rate: Annotated[str, typer.Argument(metavar="RATE", help="How much of the currency one euro was.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep one rate. It holds until the next one, and at most 31 days."""
    found = call(workspace, "rates_add", currency=currency, day=day, rate=rate)
    show(found, as_json, lambda _: typer.echo(f"1 EUR = {found['rate']} {found['currency']} since {found['day']}"))


@rates_app.command("import")
def rates_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The European Central Bank's eurofxref-hist.csv or .zip.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep the rates of a file of the European Central Bank."""
    found = call_with_file(workspace, "rates_import", file)
    show(
        found,
        as_json,
        lambda _: typer.echo(f"{found['added']:,} rates of {len(found['currencies'])} currencies, {found['first']} to {found['last']}"),
    )


@rates_app.command("list")
def rates_list(
    currency: Annotated[str | None, typer.Argument(metavar="[CURRENCY]", help="One currency's latest rates; else all currencies.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The rates that are kept: what one euro was."""
    show(call(workspace, "rates_list", currency=currency), as_json, _show_list)


def _show_list(found: dict[str, Any]) -> None:
    if "rates" in found:
        print_table((("Day", False), (f"1 EUR in {found['currency']}", True)), [[item["day"], item["rate"]] for item in found["rates"]])
        return
    titles = (("Currency", False), ("Rates", True), ("First", False), ("Last", False), ("1 EUR", True))
    print_table(titles, [[row["currency"], f"{row['count']:,}", row["first"], row["last"], row["rate"]] for row in found["currencies"]])
