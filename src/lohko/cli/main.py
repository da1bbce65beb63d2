"""The command line: parse, call one step, show. A contract: exit status and `--json` do not change lightly.

Exit status: 0 done, 2 the input or definition is wrong, 3 the workspace or store
cannot be used, 4 part of it failed. `--json` prints one document on standard output;
messages and progress go to standard error.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from lohko import __version__
from lohko.base.errors import InputError, LohkoError

app = typer.Typer(
    name="lohko",
    help="Customer segments that are true, current and explained, on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

WorkspaceOption = Annotated[Path | None, typer.Option("--workspace", "-w", help="The workspace's folder; else LOHKO_WORKSPACE, else here.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="The day or time asked about, such as 2026-11-01; now when left out.")]


def main() -> None:
    """Run a command; every error a user can meet ends as a sentence and an exit status."""
    try:
        app(standalone_mode=False)
    except LohkoError as error:
        _say_error(error)
        sys.exit(error.exit_status)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("Stopped. What was not finished left nothing behind.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - the reader is gone
        sys.exit(0)
    except Exception as error:  # usage errors of the command line itself
        if hasattr(error, "format_message"):
            typer.echo(f"Error: {error.format_message()}", err=True)
            sys.exit(2)
        if os.environ.get("LOHKO_DEBUG"):
            raise
        typer.echo(f"Error: Lohko itself failed ({type(error).__name__}); nothing half-done was kept.", err=True)
        typer.echo("  Hint: run it again with LOHKO_DEBUG=1 and report what it prints.", err=True)
        sys.exit(3)


def _say_error(error: LohkoError) -> None:
    if "--json" in sys.argv:
        typer.echo(json.dumps({"error": error.as_json()}, ensure_ascii=False))
    typer.echo(f"Error: {error}", err=True)


def _progress(done: float, what: str) -> None:
    if sys.stderr.isatty():
        filled = round(done * 24)
        sys.stderr.write(f"\r\x1b[K[{'█' * filled}{'·' * (24 - filled)}] {done:4.0%} {what}")
        if done >= 1:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
    elif "made again" in what:
        sys.stderr.write(f"Note: {what}\n")


def _workspace(given: Path | None) -> Path:
    return given or Path(os.environ.get("LOHKO_WORKSPACE") or ".")


def _call(workspace: Path | None, step: Callable[..., dict[str, Any]], **arguments: Any) -> dict[str, Any]:
    from lohko.wiring import open_work

    with open_work(_workspace(workspace), _progress) as work:
        return step(work, _progress, **arguments)


def _print_json(body: dict[str, Any]) -> None:
    typer.echo(json.dumps(body, ensure_ascii=False))


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Say the version and stop.")] = False) -> None:
    """Customer segments that are true, current and explained, on your own machine."""
    if version:
        typer.echo(f"lohko {__version__}")
        raise typer.Exit


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The new workspace's folder.")],
    timezone: Annotated[str, typer.Option(help="Where days begin and end.")] = "Europe/Helsinki",
    currency: Annotated[str, typer.Option(help="The currency of all sums.")] = "EUR",
    country: Annotated[str, typer.Option(help="The home country, for phone numbers and postcodes.")] = "FI",
    as_json: JsonOption = False,
) -> None:
    """Make a new, empty workspace."""
    from lohko.state.workspace import Settings, create

    create(folder, Settings(timezone, currency.upper(), country.upper()))
    if as_json:
        _print_json({"workspace": str(folder), "timezone": timezone, "currency": currency.upper(), "country": country.upper()})
    else:
        typer.echo(f"Made a workspace in {folder}. Next: lohko import FILE --as order-lines --workspace {folder}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, XLSX, Parquet or JSON lines, also as .gz.")],
    kind: Annotated[str, typer.Option("--as", help="What its rows are: order-lines, orders, customers or events.")],
    map_: Annotated[str | None, typer.Option("--map", help="Columns by hand: field=Column,field=Column.")] = None,
    source: Annotated[str, typer.Option(help="Which system it comes from.")] = "shop",
    event: Annotated[str | None, typer.Option(help="The event's name, where no column says it.")] = None,
    timezone: Annotated[str | None, typer.Option(help="The zone of the file's times; else the workspace's.")] = None,
    currency: Annotated[str | None, typer.Option(help="The file's currency; else the workspace's.")] = None,
    date_order: Annotated[str | None, typer.Option(help="dmy or mdy, where the file does not tell.")] = None,
    replace: Annotated[bool, typer.Option(help="The file corrects earlier rows of its orders.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a file in. The same rows again change nothing."""
    from lohko.steps.ingest import ingest

    if not file.is_file():
        raise InputError("no_file", "There is no such file.", place=str(file))
    with file.open("rb") as stream:
        found = _call(
            workspace,
            ingest,
            stream=stream,
            name=file.name,
            kind=kind,
            columns=_mapping(map_),
            source=source,
            event=event,
            timezone=timezone,
            currency=currency,
            date_order=date_order,
            replace=replace,
        )
    if as_json:
        _print_json(found)
    else:
        _show_import(found)


def _mapping(text: str | None) -> dict[str, str]:
    found = {}
    for part in next(csv.reader([text or ""], skipinitialspace=True), []):
        name, sign, label = part.partition("=")
        if not sign or not name.strip() or not label.strip():
            raise InputError(
                "bad_map", f"{part!r} in --map is not field=Column.", hint="for example --map customer_id=CustomerID,ordered_at=Date"
            )
        found[name.strip()] = label.strip()
    return found


def _show_import(found: dict[str, Any]) -> None:
    if found["already_imported"]:
        typer.echo("This very file is in already; nothing changed.")
    typer.echo("Columns: " + ", ".join(f"{field} = {label}" for field, label in found["mapping"].items()))
    if found["unmatched"]:
        typer.echo("Kept under their own names: " + ", ".join(found["unmatched"]))
    typer.echo(
        f"{found['received']:,} rows received = {found['accepted']:,} accepted + {found['duplicate']:,} known already + {found['rejected']:,} rejected"
    )
    for reason, n in found["rejected_by_reason"].items():
        typer.echo(f"  {reason}: {n:,}")
    typer.echo(f"{found['customers']:,} customers, {found['new_customers']:,} of them new; {found['anonymous']:,} rows without a customer")
    if found["masked"]:
        typer.echo(f"{found['masked']:,} personal identity codes were masked.")
    if found["first_at"]:
        typer.echo(f"From {found['first_at']} to {found['last_at']}")


@app.command()
def status(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """What the workspace holds, and the books of every import."""
    from lohko.steps import read

    found = _call(workspace, read.status)
    if as_json:
        _print_json(found)
        return
    typer.echo(f"{found['name']}: {found['people']:,} people, data version {found['data_version']}")
    for item in found["imports"]:
        typer.echo(
            f"  {item['batch']:>3}  {item['file']} ({item['kind']}): {item['received']:,} = {item['accepted']:,} accepted"
            f" + {item['duplicate']:,} known + {item['rejected']:,} rejected"
        )


@app.command()
def count(
    condition: Annotated[str, typer.Argument(metavar="CONDITION", help="A rule, such as 'did order in last 90 days'.")],
    as_of: AsOf = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How many people match a rule."""
    from lohko.steps import read

    found = _call(workspace, read.count, condition=condition, as_of=as_of)
    if as_json:
        _print_json(found)
        return
    for warning in found["warnings"]:
        typer.echo(f"Note: {warning['message']}", err=True)
    typer.echo(found["sentence"])
    typer.echo(f"{found['count']:,} of {found['population']:,} people")


@app.command()
def rfm(
    as_of: AsOf = None,
    refunds: Annotated[str, typer.Option(help="net takes refunds off the sums; ignore leaves them out.")] = "net",
    window: Annotated[str | None, typer.Option(help="Only orders in this time, such as '365 days'.")] = None,
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recency, frequency, monetary value, scores and group of every customer."""
    from lohko.steps import read

    if form not in ("table", "csv", "json"):
        raise InputError("bad_format", f"There is no format {form!r}.", hint="table, csv or json.")
    found = _call(workspace, read.rfm, as_of=as_of, refunds=refunds, window=window)
    for warning in found["warnings"]:
        typer.echo(f"Note: {warning['message']}", err=True)
    if as_json or form == "json":
        _print_json(found)
    elif form == "csv":
        columns = ("customer", "recency_days", "frequency", "monetary", "r", "f", "m", "group")
        writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        writer.writeheader()
        for row in found["customers"]:
            money = None if row["monetary"] is None else f"{row['monetary']:.2f}"
            writer.writerow({**row, "monetary": money})
    else:
        _show_groups(found)


def _show_groups(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Group", "Suomeksi")
    for title in ("Customers", "Share", "Revenue"):
        table.add_column(title, justify="right")
    for group in found["groups"]:
        share = "" if group["share"] is None else f"{group['share']:.1%}"
        revenue = "" if group["revenue"] is None else f"{group['revenue']:,.2f}"
        table.add_row(group["title"]["en"], group["title"]["fi"], f"{group['customers']:,}", share, revenue)
    Console().print(table)


@app.command()
def apply(
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="YAML files of segments, or one file.")] = None,
    starter: Annotated[bool, typer.Option("--starter", help="The ready-made segments that the data can answer.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take segment definitions: all of them, or none when one is wrong."""
    from lohko.steps import segments
    from lohko.wiring import open_work

    if (folder is None) != starter:
        raise InputError("no_folder", "Name a FOLDER of segment files, or --starter for the ready-made ones.")
    with open_work(_workspace(workspace), _progress) as work:
        files = _starter_files(set(work.schema().events)) if folder is None else _segment_files(folder)
        found = segments.apply(work, _progress, files=files, dry_run=dry_run)
    if as_json:
        _print_json(found)
        return
    for item in found["plan"]:
        typer.echo(f"  {item['change']:>7}  {item['segment']}")
    for warning in found["warnings"]:
        typer.echo(f"Note: {warning['segment']}: {warning['message']}", err=True)


def _segment_files(folder: Path) -> dict[str, str]:
    files = [folder] if folder.is_file() else sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")])
    if not files:
        raise InputError("no_segments", "There are no .yaml files here.", place=str(folder))
    try:
        return {str(file): file.read_text(encoding="utf-8") for file in files}
    except UnicodeDecodeError as error:
        raise InputError("bad_yaml", "A segment file is not UTF-8 text.", place=str(folder)) from error


def _starter_files(events: set[str]) -> dict[str, str]:
    from lohko.starter import usable

    return dict(usable(events))


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files go; made when it is not there.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write every segment as a YAML file that `apply` takes."""
    from lohko.steps import segments

    found = _call(workspace, segments.export)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in found["files"].items():
        (folder / name).write_text(text, encoding="utf-8")
    if as_json:
        _print_json({"folder": str(folder), "files": sorted(found["files"])})
    else:
        typer.echo(f"Wrote {len(found['files'])} files to {folder}")


@app.command()
def segments(as_of: AsOf = None, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Every segment with its size."""
    from lohko.steps import segments as step

    found = _call(workspace, step.segments, as_of=as_of)
    if as_json:
        _print_json(found)
    else:
        for item in found["segments"]:
            size = "cannot be told" if item["size"] is None else f"{item['size']:,}"
            typer.echo(f"{size:>14}  {item['id']}: {item['sentence']}")
    if any(item["error"] for item in found["segments"]):
        raise typer.Exit(4)


@app.command()
def members(
    segment: Annotated[str, typer.Argument(metavar="SEGMENT", help="The segment's id.")],
    as_of: AsOf = None,
    form: Annotated[str, typer.Option("--format", help="csv or json.")] = "csv",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The people of a segment."""
    from lohko.steps import segments as step

    if form not in ("csv", "json"):
        raise InputError("bad_format", f"There is no format {form!r}.", hint="csv or json.")
    found = _call(workspace, step.members, segment=segment, as_of=as_of)
    if as_json or form == "json":
        _print_json(found)
        return
    writer = csv.DictWriter(sys.stdout, ("customer", "person_id"), lineterminator="\n")
    writer.writeheader()
    writer.writerows(found["members"])


@app.command()
def audience(
    segment: Annotated[str, typer.Argument(metavar="SEGMENT", help="The segment's id.")],
    to: Annotated[str, typer.Option("--to", help="google-ads or meta.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write; only its owner can read it.")],
    purpose: Annotated[str, typer.Option(help="What the people must have consented to.")] = "ads",
    as_of: AsOf = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the file that an ad platform takes: only people who consented, hashed as the platform says."""
    from lohko.steps.activate import audience as step

    found = _call(workspace, step, segment=segment, to=to, purpose=purpose, as_of=as_of)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="") as stream:  # noqa: PTH123 - by descriptor, so that its mode is right from the start
        os.fchmod(descriptor, 0o600)
        stream.write(found.pop("csv"))
    for warning in found["warnings"]:
        typer.echo(f"Note: {warning['message']}", err=True)
    if as_json:
        _print_json({**found, "file": str(output)})
    else:
        for name in ("members", "with_identifiers", "consented", "written"):
            typer.echo(f"{found[name]:>10,}  {name.replace('_', ' ')}")


@app.command()
def rebuild(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Make the analytical store again from the archive and the state; the same people, keys and hashes."""
    from lohko.engine.store import fingerprint
    from lohko.wiring import open_work

    place = _workspace(workspace)
    with open_work(place, _progress) as work:
        before = fingerprint(work.store)
    with open_work(place, _progress, again=True) as work:
        after, version = fingerprint(work.store), work.data_version()
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if as_json:
        _print_json({"data_version": version, "tables": after, "changed": changed})
    else:
        typer.echo(f"Made again: {len(after)} tables, {'all as before' if not changed else 'changed: ' + ', '.join(changed)}")


if __name__ == "__main__":
    main()
