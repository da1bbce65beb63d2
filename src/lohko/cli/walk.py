"""The newcomer's walk: five exports of one imagined firm become one set of people, and it is said how well."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.cli.app import JsonOption, app, print_table, progress, show


@app.command()
def walk(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The new workspace's folder; the files stay in DIR/files.")] = Path("walk"),
    people: Annotated[int, typer.Option(min=20, help="How many people the firm has.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed and day make the same files.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Make five exports of one imagined firm (shop, CRM, newsletter, survey, bookings), bring them in as they are, and say how many people
    they were found to be, against how many they truly are.
    """
    from lohko.demo.walk import walk as walked

    found = walked(folder, people=people, seed=seed, say=lambda text: typer.echo(text, err=as_json), progress=progress)
    show(found, as_json, _show_walk)


def _show_walk(found: dict[str, Any]) -> None:
    typer.echo()
    print_table(
        (("", False), ("Records", True), ("People", True)),
        [
            ["in truth", f"{found['records']:,}", f"{found['true_people']:,}"],
            ["found", f"{found['records_known']:,}", f"{found['people_found']:,}"],
        ],
    )
    typer.echo(f"Of the pairs that were put together {_share(found['precision'])} are of one person (precision).")
    typer.echo(f"Of the pairs that are of one person {_share(found['recall'])} were put together (recall).")
    typer.echo(f"Next: lohko review list --workspace {found['workspace']} shows pairs that may be one person.")


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1%}"
