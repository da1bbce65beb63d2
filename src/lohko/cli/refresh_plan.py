"""How `lohko refresh --plan` shows a plan."""

from __future__ import annotations

from typing import Any

import typer

from lohko.cli.app import print_table, show

_NAMED = 3  # segments that are named in a row; of more, only how many more


def show_refresh_plan(found: dict[str, Any], as_json: bool) -> None:
    """The order of the segments, every condition that is asked once, and what sharing them saves."""
    show(found, as_json, _tables)
    if any(item["error"] for item in found["order"]):
        raise typer.Exit(4)


def _tables(found: dict[str, Any]) -> None:
    titles = (("Asked once", False), ("Segments", True), ("Used by", False), ("Rows", True), ("Cost", True))
    rows = [_row(item["condition"], item) for item in found["leaves"]]
    rows += [_row(f"computing {item['traits']}", item) for item in found["traits"]]
    print_table(titles, rows)
    typer.echo(f"\n{len(found['leaves'])} different conditions, used {found['uses']} times by {len(found['order'])} segments.")
    typer.echo(f"Cost: {found['cost']:,}; without sharing {found['cost_unshared']:,}. In {found['unit']}.")
    typer.echo("\nOrder of the segments")
    for place, item in enumerate(found["order"], start=1):
        after = f" (after {', '.join(item['after'])})" if item["after"] else ""
        typer.echo(f"{place:>4}  {item['segment']}{after}")
    for item in found["order"]:
        if item["error"]:
            typer.echo(f"Error: {item['segment']} cannot be told: {item['error']['message']}", err=True)


def _row(said: str, item: dict[str, Any]) -> list[str]:
    users = item["segments"]
    more = f" and {len(users) - _NAMED} more" if len(users) > _NAMED else ""
    rows = sum(read["rows"] for read in item["reads"])
    return [said, str(len(users)), ", ".join(users[:_NAMED]) + more, f"{rows:,}", f"{item['cost']:,}"]
