"""The distributed engine on the command line: what `--engine spark` means, and copying the data to where a cluster reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from lohko.base.errors import InputError
from lohko.cli.app import JsonOption, WorkspaceOption, app, call, percent, print_table, show

EngineOption = Annotated[str, typer.Option("--engine", help="Where it is worked out: duckdb, here; or spark, on a cluster.")]
RemoteOption = Annotated[
    str | None, typer.Option("--remote", envvar="LOHKO_SPARK_REMOTE", help="The cluster's Spark Connect server: sc://host:15002.")
]
LocationOption = Annotated[
    str | None,
    typer.Option(
        "--location",
        envvar="LOHKO_SPARK_LOCATION",
        help="Where the copy for Spark is: a folder that the cluster sees too, an address that it writes to (s3a://bucket/lohko), or catalog:NAME.SCHEMA.",
    ),
]
CatalogOption = Annotated[
    str | None,
    typer.Option("--catalog", help="A catalog for the copy's tables, NAME or NAME.SCHEMA: the same as --location catalog:NAME.SCHEMA."),
]

IN_CATALOG = "catalog:"
"""How a location begins that is a catalog."""

engine_app = typer.Typer(help="Where conditions are worked out.", no_args_is_help=True)
app.add_typer(engine_app, name="engine")


def on_spark(
    engine: str, remote: str | None, location: str | None, *, refused: Mapping[str, object] | None = None
) -> dict[str, Any] | None:
    """Where the cluster and its copy are, when Spark is asked; `refused` are options that are not for it, by name."""
    if engine == "duckdb":
        return None
    if engine != "spark":
        raise InputError("unknown_engine", f"No engine is called {engine!r}.", hint="duckdb or spark.")
    for name, given in (refused or {}).items():
        if given:
            raise InputError("not_on_spark", f"{name} is not to be had with --engine spark.", hint="docs/guide/spark.md says what is.")
    missing = next((name for name, given in (("--remote", remote), ("--location", location)) if not given), None)
    if missing:
        raise InputError(
            "no_cluster",
            f"--engine spark needs {missing}.",
            hint="lohko count 'did order' --engine spark --remote sc://host:15002 --location /mnt/lohko",
        )
    return {"remote": remote, "location": location}


@engine_app.command("copy")
def engine_copy(
    location: LocationOption = None,
    catalog: CatalogOption = None,
    remote: RemoteOption = None,
    to: Annotated[str, typer.Option("--to", help="The engine that is to read it: spark.")] = "spark",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the workspace's data to where a Spark cluster reads it: a folder that both see, or, written by the cluster, an address or a catalog.

    What is there and has not changed is not written again. The copy counts once it is whole.
    """
    if to != "spark":
        raise InputError("unknown_engine", f"Nothing is copied to {to!r}.", hint="--to spark")
    if catalog:
        location = f"{IN_CATALOG}{catalog}"
    if not location:
        raise InputError("no_location", "It is not said where to.", hint="lohko engine copy --to spark --location /mnt/lohko")
    found = call(workspace, "spark_copy", location=location, remote=remote)
    said = (
        f"Copied data version {found['data_version']} to {found['location']}: {found['tables']} tables. "
        f"{found['parts_written']} of {found['parts']} parts were written, {found['rows_written']:,} rows; the others are as they were."
    )
    show(found, as_json, lambda _: typer.echo(said))


def show_count(found: dict[str, Any]) -> None:
    """How many match."""
    typer.echo(found["sentence"])
    typer.echo(f"{found['count']:,} of {found['population']:,} people ({percent(found['share'])})")


def show_history(found: dict[str, Any]) -> None:
    """What each refresh said."""
    titles = (("Run", True), ("As of", False), ("Size", True), ("Entered", True), ("Left", True))
    rows = [[str(row["run"]), row["as_of"], *(f"{row[key]:,}" for key in ("size", "entered", "left"))] for row in found["history"]]
    print_table(titles, rows)


def show_groups(found: dict[str, Any]) -> None:
    """The groups with their sizes."""
    print_table((("Group", False), ("Customers", True)), [[item["title"], f"{item['customers']:,}"] for item in found["groups"]])
