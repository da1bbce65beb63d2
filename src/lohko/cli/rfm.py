"""Commands about RFM, and the files that ad platforms take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.cli.app import (
    AsOf,
    JsonOption,
    SegmentArgument,
    WorkspaceOption,
    app,
    call,
    check_format,
    percent,
    print_table,
    say_warnings,
    show,
    text_of,
    write_csv,
    write_private,
)
from lohko.cli.spark import EngineOption, LocationOption, RemoteOption, on_spark
from lohko.cli.spark import show_groups as show_groups_there

_COLUMNS = ("customer", "recency_days", "frequency", "monetary", "r", "f", "m", "group")


@app.command()
def rfm(
    as_of: AsOf = None,
    refunds: Annotated[
        str | None, typer.Option(help="net takes refunds off the sums; ignore leaves them out. net when nothing is said.")
    ] = None,
    window: Annotated[str | None, typer.Option(help="Only orders in this time, such as '365 days'.")] = None,
    value: Annotated[
        str | None, typer.Option(help="What M is made of: revenue, or margin where costs are known. revenue when nothing is said.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="A YAML file of RFM rules for this once; see `lohko rfm-rules`.")] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="One row per customer as table, csv or json; only the groups when left out.")
    ] = None,
    engine: EngineOption = "duckdb",
    remote: RemoteOption = None,
    location: LocationOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recency, frequency, monetary value, scores and group of every customer; the named groups with their sizes."""
    check_format(form or "table", ("table", "csv", "json"))
    there = on_spark(engine, remote, location, refused={"--format": form})
    text = rules.read_text(encoding="utf-8") if rules else None
    asked: dict[str, Any] = {"as_of": as_of, "refunds": refunds, "window": window, "value": value, "rules": text}
    if there is not None:
        found = call(workspace, "spark_rfm", **asked, **there)
        show(found, as_json, show_groups_there)
        return
    found = call(workspace, "rfm", **asked)
    say_warnings(found["warnings"])
    if found["of_unknown_margin"]:
        typer.echo(f"Of {found['of_unknown_margin']:,} buyers no order has a known margin: they are in no group.", err=True)
    if form == "csv" and not as_json:
        write_csv(_COLUMNS, _customer_rows(found))
    else:
        show(found, as_json or form == "json", _show_customers if form == "table" else show_groups)


def _customer_rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**row, "monetary": None if row["monetary"] is None else f"{row['monetary']:.2f}"} for row in found["customers"]]


def _show_customers(found: dict[str, Any]) -> None:
    texts = ("customer", "group")
    rows = [["" if row[name] is None else str(row[name]) for name in _COLUMNS] for row in _customer_rows(found)]
    print_table([(name, name not in texts) for name in _COLUMNS], rows)


def show_groups(found: dict[str, Any]) -> None:
    """The RFM groups as a table, in English and Finnish."""
    worth = "Margin" if found.get("value") == "margin" else "Revenue"
    titles = (("Group", False), ("Ryhmä", False), ("Customers", True), ("Share", True), (worth, True))
    rows = []
    for group in found["groups"]:
        revenue = "" if group["revenue"] is None else f"{group['revenue']:,.2f}"
        rows.append([group["title"]["en"], group["title"]["fi"], f"{group['customers']:,}", percent(group["share"]), revenue])
    print_table(titles, rows)


@app.command("rfm-rules")
def rfm_rules(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A YAML file with the new rules.")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Back to the usual rules.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How RFM is counted here: refunds, window, fixed cut points if any, and the group of each of the 125 cells.

    Without a FILE the present rules are printed, as YAML that can be changed and given back.
    """
    text = text_of(file)
    show(call(workspace, "rfm_rules", text=text, reset=reset), as_json, lambda found: typer.echo(found["rules"], nl=False))


@app.command()
def audience(
    segment: SegmentArgument,
    to: Annotated[str, typer.Option("--to", help="google-ads or meta.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write; only its owner can read it.")],
    purpose: Annotated[str, typer.Option(help="What the people must have consented to.")] = "ads",
    as_of: AsOf = None,
    engine: EngineOption = "duckdb",
    remote: RemoteOption = None,
    location: LocationOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the file that an ad platform takes: only people who consented, hashed as the platform says."""
    there = on_spark(engine, remote, location)
    step = "audience" if there is None else "spark_audience"
    found = call(workspace, step, segment=segment, to=to, purpose=purpose, as_of=as_of, **(there or {}))
    write_private(output, found.pop("csv").encode())
    say_warnings(found["warnings"])
    show({**found, "file": str(output)}, as_json, _show_funnel)


def _show_funnel(found: dict[str, Any]) -> None:
    for name in ("members", "with_identifiers", "consented"):
        typer.echo(f"{found[name]:>10,}  {name.replace('_', ' ')}")
    for name, why in (("prohibited", "left out: marketing is prohibited to them"), ("too_young", "left out: too young")):
        if found[name]:
            typer.echo(f"{found[name]:>10,}  {why}")
    typer.echo(f"{found['written']:>10,}  written")
    verdict = "enough" if found["enough"] else "too few"
    typer.echo(f"{found['minimum']:>10,}  is {found['to']}'s minimum: {verdict}. Written to {found['file']}")
