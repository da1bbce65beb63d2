"""Commands about the data: making a workspace, bringing files in, what is there, what was rejected, making the store again."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.base.errors import InputError, LohkoError
from lohko.cli.app import (
    JsonOption,
    WorkspaceOption,
    app,
    call,
    call_with_file,
    check_format,
    of_erased,
    print_table,
    progress,
    show,
    workspace_path,
    write_csv,
)


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
    made = {"workspace": str(folder), "timezone": timezone, "currency": currency.upper(), "country": country.upper()}
    show(
        made,
        as_json,
        lambda _: typer.echo(f"Made a workspace in {folder}. Next: lohko import FILE --as order-lines --workspace {folder}"),
    )


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, XLSX, Parquet or JSON lines, also as .gz, or several in a .zip.")],
    kind: Annotated[
        str | None, typer.Option("--as", help="What its rows are, for example order-lines, orders or customers; else its headers tell.")
    ] = None,
    file_format: Annotated[str | None, typer.Option("--format", help="Which system's export it is, for example shopify-orders.")] = None,
    map_: Annotated[
        str | None, typer.Option("--map", help="Columns by hand: field=Column,field=Column; `field=` says that no column is that field.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Which system it comes from; else the system whose export it is, or shop for plain files.")
    ] = None,
    event: Annotated[str | None, typer.Option(help="The event's name, where no column says it.")] = None,
    timezone: Annotated[str | None, typer.Option(help="The zone of the file's times; else the workspace's.")] = None,
    currency: Annotated[str | None, typer.Option(help="The file's currency; else the workspace's.")] = None,
    date_order: Annotated[str | None, typer.Option(help="dmy or mdy, where the file does not tell.")] = None,
    replace: Annotated[bool, typer.Option(help="The file corrects earlier rows of its orders.")] = False,
    without_ids: Annotated[
        bool, typer.Option("--without-ids", help="Rows that do not say who they are about are people of their own, each row another one.")
    ] = False,
    prices_with_vat: Annotated[
        bool,
        typer.Option(
            "--prices-with-vat", help="Prices hold a VAT that the file does not tell: it is taken off by the Finnish rate of the day."
        ),
    ] = False,
    vat_class: Annotated[
        str | None,
        typer.Option(
            help="What is sold, for --prices-with-vat: a class such as food, or by category: Books=books,Groceries=food. Else general."
        ),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="Which sheet of a workbook; else the one whose headers are known best, and it is said which.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a file in, or each file of a zip archive. The same rows again change nothing."""
    found = call_with_file(
        workspace,
        "ingest",
        file,
        kind=kind,
        file_format=file_format,
        columns=mapping(map_),
        source=source,
        event=event,
        timezone=timezone,
        currency=currency,
        date_order=date_order,
        replace=replace,
        without_ids=without_ids,
        vat=_vat_classes(vat_class) if prices_with_vat or vat_class else None,
        sheet=sheet,
    )
    show(found, as_json, _show_archive if "files" in found else _show_import)
    if found.get("refused"):
        raise typer.Exit(4)


def _show_archive(found: dict[str, Any]) -> None:
    for item in found["files"]:
        typer.echo(f"{item['file']}:")
        _show_import(item)
        typer.echo("")
    _show_left_out(found)
    typer.echo(
        f"{found['file']}: {len(found['files']):,} files, {found['received']:,} rows received = {found['accepted']:,} accepted"
        f" + {found['duplicate']:,} known already + {found['rejected']:,} rejected{of_erased(found['suppressed'])}"
    )


def _show_left_out(found: dict[str, Any]) -> None:
    """The files of an archive that were refused and those that were passed over."""
    for item in found["refused"]:
        error = LohkoError.from_json(item["error"])
        typer.echo(f"Not used: {item['file']}: {error}", err=True)
    if found["passed_over"]:
        typer.echo("Passed over: " + ", ".join(item["name"] for item in found["passed_over"]))


def _vat_classes(text: str | None) -> dict[str, str]:
    """Category to class; a class alone is that of all others."""
    found = {"": "general"}
    for part in next(csv.reader([text or ""], skipinitialspace=True), []):
        category, _sign, name = part.rpartition("=")
        found[category.strip()] = name.strip()
    return found


def mapping(text: str | None) -> dict[str, str]:
    """Columns that are given by hand: field to header."""
    found: dict[str, str] = {}
    for part in next(csv.reader([text or ""], skipinitialspace=True), []):
        name, sign, label = part.partition("=")
        if not sign or not name.strip():
            raise InputError(
                "bad_map", f"{part!r} in --map is not field=Column.", hint="for example --map customer_id=CustomerID,ordered_at=Date"
            )
        found[name.strip()] = label.strip()
    return found


def _own_name(label: str, name: str | None) -> str:
    """The name by which a rule asks about a column, with its header where that is another."""
    return f"{label} (empty)" if name is None else name if name == label else f"{name} = {label}"


def _show_import(found: dict[str, Any]) -> None:
    if found["already_imported"]:
        typer.echo("This very file is in already; nothing changed. (With --replace it is taken anew.)")
    if recognised := found.get("recognised"):
        typer.echo(f"Taken as {found['format_title'] or 'plain rows'} ({found['kind']}): {recognised['reason']}.")
    elif found.get("format"):
        typer.echo(f"Read as {found['format_title']} ({found['kind']}).")
    typer.echo("Columns: " + ", ".join(f"{field} = {label}" for field, label in found["mapping"].items()))
    if found["own_names"]:
        typer.echo("Kept under their own names: " + ", ".join(_own_name(*item) for item in found["own_names"].items()))
    typer.echo(
        f"{found['received']:,} rows received = {found['accepted']:,} accepted + {found['duplicate']:,} known already"
        f" + {found['rejected']:,} rejected{of_erased(found.get('suppressed', 0))}"
    )
    for reason, n in found["rejected_by_reason"].items():
        typer.echo(f"  {n:>9,}  {reason}")
    if found["rejected"]:
        typer.echo(f"  lohko rejected --batch {found['batch']} shows these rows, lohko retry reads them again")
    if "changed_order" in found["rejected_by_reason"]:
        typer.echo("  changed_order: known with another content; where this file is newer, bring it in with --replace")
    for rule, n in found.get("contract", {}).items():
        typer.echo(f"  {n:>9,}  came in though they break the contract: {rule}")
    for label, n in found.get("unfit", {}).items():
        typer.echo(f"  {n:>9,}  came in without {label}: what stood there does not fit")
    if "companies" in found:
        typer.echo(f"{found['companies']:,} companies, {found['new_companies']:,} of them new")
    elif found["kind"] not in ("accounts", "products", "ad-spend"):
        typer.echo(
            f"{found['customers']:,} customers, {found['new_customers']:,} of them new; {found['anonymous']:,} rows without a customer"
        )
    if found.get("joined"):
        typer.echo(f"People who turned out to be one with another: {found['joined']:,} (lohko person links CUSTOMER says why)")
    if found["masked"]:
        typer.echo(f"{found['masked']:,} personal identity codes were masked.")
    if found.get("segments"):
        typer.echo("Static segments made of its lists: " + ", ".join(found["segments"]))
    for note in found.get("notes", ()):
        typer.echo(f"Note: {note['message']}", err=True)
    if found["first_at"]:
        typer.echo(f"From {found['first_at']} to {found['last_at']}")


@app.command()
def recognise(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, XLSX, Parquet or JSON lines, also as .gz, or several in a .zip.")],
    kind: Annotated[str | None, typer.Option("--as", help="Look at it as rows of this kind.")] = None,
    file_format: Annotated[str | None, typer.Option("--format", help="Look at it as this system's export.")] = None,
    map_: Annotated[str | None, typer.Option("--map", help="Columns by hand, as for import.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Which sheet of a workbook.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which export a file is, why, and what its columns are taken to be. Nothing is imported."""
    found = call_with_file(workspace, "recognise", file, kind=kind, file_format=file_format, columns=mapping(map_), sheet=sheet)
    show(found, as_json, _show_recognised_archive if "files" in found else _show_recognised)


def _show_recognised_archive(found: dict[str, Any]) -> None:
    for item in found["files"]:
        typer.echo(f"{item['file']}:")
        _show_recognised(item)
        typer.echo("")
    _show_left_out(found)


def _show_recognised(found: dict[str, Any]) -> None:
    titles = (("Format", False), ("Rows", False), ("Score", True), ("Why", False))
    if found["candidates"]:
        print_table(titles, [[item["format"], item["kind"], f"{item['score']:.2f}", item["reason"]] for item in found["candidates"]])
    if found["kind"] is None:
        typer.echo("Not recognised: say what its rows are with --as, or which export it is with --format.")
        return
    typer.echo(f"Taken as {found['format_title'] or 'plain rows'}, {found['received']:,} rows of kind {found['kind']}")
    if names := found["detected"].get("sheet_names"):
        typer.echo(f"Sheet {found['detected']['sheet']!r} of {', '.join(names)}")
    by_column = {item["column"]: (name, item) for name, item in found["guess"].items()}
    rows = [
        [header, by_column[header][0], by_column[header][1]["reason"]] if header in by_column else [header, "", "kept under its own name"]
        for header in found["headers"]
    ]
    print_table((("Column", False), ("Field", False), ("Why", False)), rows)


@app.command()
def status(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """What the workspace holds, and the books of every import."""
    show(call(workspace, "status"), as_json, _show_status)


def _show_status(found: dict[str, Any]) -> None:
    aside = f" ({found['not_customers']:,} more are no customers)" if found["not_customers"] else ""
    typer.echo(f"{found['name']}: {found['people']:,} people{aside}, data version {found['data_version']}")
    titles = (
        ("Import", True),
        ("File", False),
        ("Kind", False),
        ("Received", True),
        ("Accepted", True),
        ("Known", True),
        ("Rejected", True),
    )
    rows = [
        [str(item["batch"]), item["file"], item["kind"], *(f"{item[name]:,}" for name in ("received", "accepted", "duplicate", "rejected"))]
        for item in found["imports"]
    ]
    if rows:
        print_table(titles, rows)
    for item in found["sources"]:
        if item["state"] in ("failing", "late"):
            typer.echo(f"The source {item['name']} is {item['state']}: lohko source test {item['name']} says why.", err=True)


@app.command()
def rejected(
    batch: Annotated[int | None, typer.Option(help="The import's number; the latest when left out.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many rows.")] = 200,
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The rows of an import that could not be used, as they came, with the reason."""
    check_format(form, ("table", "csv", "json"))
    found = call(workspace, "rejected", batch=batch, limit=limit)
    rows = [
        {**row, "raw": row["raw"] if isinstance(row["raw"], str) else json.dumps(row["raw"], ensure_ascii=False)} for row in found["rows"]
    ]
    if form == "csv" and not as_json:
        write_csv(("record", "reason", "field", "value", "raw"), rows)
        return
    show(found, as_json or form == "json", lambda _: _show_rejected(found, rows))


def _show_rejected(found: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    typer.echo(f"{found['file']}: {found['rejected']:,} rows rejected")
    titles = (("Record", True), ("Reason", False), ("Field", False), ("What is there", False), ("Row as it came", False))
    shown = [[f"{row['record']:,}", row["reason"], row["field"] or "", _cell(row["value"]), row["raw"][:400]] for row in rows]
    print_table(titles, shown)


def _cell(value: Any) -> str:
    """What stands in a field, short enough for a table."""
    return "" if value is None else str(value)[:60]


@app.command()
def rebuild(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Make the analytical store again from the archive, the ledger and the state; the same people, keys and hashes."""
    from lohko.engine.store import fingerprint
    from lohko.wiring import open_work

    place = workspace_path(workspace)
    with open_work(place, progress) as work:
        before = fingerprint(work.store)
    with open_work(place, progress, again=True) as work:
        after, version = fingerprint(work.store), work.data_version()
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    said = f"Made again: {len(after)} tables, {'all as before' if not changed else 'changed: ' + ', '.join(changed)}"
    show({"data_version": version, "tables": after, "changed": changed}, as_json, lambda _: typer.echo(said))
