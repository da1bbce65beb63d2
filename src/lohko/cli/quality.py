"""Commands about the quality of the data: contracts, retrying what was rejected, the books, and who is no customer."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.base.errors import InputError
from lohko.cli.app import AsOf, JsonOption, WorkspaceOption, app, call, of_erased, percent, print_table, show
from lohko.cli.data import mapping

SourceOption = Annotated[str, typer.Option(help="Which system it comes from.")]
KindOption = Annotated[str, typer.Option("--as", help="The kind of file, such as orders or customers.")]

# --- contracts ---------------------------------------------------------------------------

contract = typer.Typer(help="What each source's files are expected to hold.", no_args_is_help=True)
app.add_typer(contract, name="contract")


@contract.command("show")
def contract_show(
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    kind: Annotated[str | None, typer.Option("--as", help="Only for this kind of file.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The contracts, and how often each rule of them was broken."""
    show(call(workspace, "contracts", source=source, kind=kind), as_json, _show_contracts)


def _show_contracts(found: dict[str, Any]) -> None:
    if not found["contracts"]:
        typer.echo("There are no contracts yet: one is learned from the first import of a source and kind of file.")
    for item in found["contracts"]:
        typer.echo(f"# version {item['version']}\n{item['yaml']}")
        for rule, counts in item["broken"].items():
            typer.echo(f"# {rule}: {counts['warned']:,} accepted all the same, {counts['rejected']:,} rejected")


@contract.command("export")
def contract_export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the YAML files go, one per source and kind.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the contracts as YAML files, which `lohko contract apply` takes again."""
    found = call(workspace, "contracts")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for item in found["contracts"]:
        safe = "".join(mark if mark.isalnum() or mark in "-_" else "_" for mark in item["source"])
        path = folder / f"{safe}-{item['kind']}.yaml"
        path.write_text(item["yaml"], encoding="utf-8")
        written.append(str(path))
    show({"files": written}, as_json, lambda _: typer.echo("\n".join(written)))


@contract.command("apply")
def contract_apply(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="YAML files of contracts.")],
    dry_run: Annotated[bool, typer.Option(help="Only say what would change.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take contracts from YAML files: all of them, or none when one is wrong."""
    texts = {}
    for path in files:
        if not path.is_file():
            raise InputError("no_file", "There is no such file.", place=str(path))
        texts[str(path)] = path.read_text(encoding="utf-8", errors="replace")
    found = call(workspace, "apply_contracts", files=texts, dry_run=dry_run)
    lines = [f"{item['source']} {item['kind']}: {item['change']}" for item in found["plan"]]
    show(found, as_json, lambda _: typer.echo("\n".join([*lines, *([] if found["applied"] else ["Nothing was changed."])])))


@contract.command("learn")
def contract_learn(
    kind: KindOption,
    source: SourceOption = "shop",
    batch: Annotated[int | None, typer.Option(help="Learn from this import; from the latest when left out.")] = None,
    breach: Annotated[str | None, typer.Option(help="warn or reject: what becomes of rows that break a rule.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn a contract anew from an import's accepted rows."""
    show(call(workspace, "learn_contract", source=source, kind=kind, batch=batch, breach=breach), as_json, _show_contract)


@contract.command("edit")
def contract_edit(
    kind: KindOption,
    rules: Annotated[
        list[str] | None,
        typer.Argument(metavar="RULE=WHAT...", help="Such as total:range=reject, country:allowed=warn or city:required=off."),
    ] = None,
    source: SourceOption = "shop",
    breach: Annotated[str | None, typer.Option(help="The same for every rule: warn or reject.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what becomes of rows that break a contract: warn, reject, or take a rule out. Bounds and lists are edited in YAML."""
    said = {}
    for item in rules or ():
        name, sign, what = item.rpartition("=")
        if not sign:
            raise InputError("bad_rule_edit", f"{item!r} is not RULE=WHAT.", hint="for example total:range=reject.")
        said[name.strip()] = what.strip()
    show(call(workspace, "edit_contract", source=source, kind=kind, breach=breach, rules=said), as_json, _show_contract)


def _show_contract(found: dict[str, Any]) -> None:
    typer.echo(f"# version {found['version']}\n{found['yaml']}")


# --- what was rejected, and the books --------------------------------------------------------


@app.command()
def retry(
    batch: Annotated[int | None, typer.Option(help="The import; the latest that has rejected rows when left out.")] = None,
    map_: Annotated[str | None, typer.Option("--map", help="Columns by hand, as for import: field=Column,field=Column.")] = None,
    event: Annotated[str | None, typer.Option(help="The event's name, where no column says it.")] = None,
    timezone: Annotated[str | None, typer.Option(help="The zone of the file's times.")] = None,
    currency: Annotated[str | None, typer.Option(help="The file's currency.")] = None,
    date_order: Annotated[str | None, typer.Option(help="dmy or mdy.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read an import's rejected rows again, with another mapping, contract or rate than then; nothing comes in twice."""
    found = call(
        workspace,
        "retry",
        batch=batch,
        columns=mapping(map_),
        event=event,
        timezone=timezone,
        currency=currency,
        date_order=date_order,
    )
    show(found, as_json, _show_retry)


def _show_retry(found: dict[str, Any]) -> None:
    typer.echo(
        f"{found['file']} (import {found['retries']}): {found['tried']:,} rejected rows read again = {found['accepted']:,} accepted"
        f" + {found['duplicate']:,} known already + {found['rejected']:,} rejected still{of_erased(found['suppressed'])}"
    )
    for reason, n in found["rejected_by_reason"].items():
        typer.echo(f"  {n:>9,}  {reason}")


@app.command()
def books(
    recount: Annotated[bool, typer.Option(help="Count the records of the kept originals again, too.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What became of every record that was received, per import and in total, held against the archive and the store.

    Exit status 4 when the sums do not agree.
    """
    found = call(workspace, "books", recount=recount)
    show(found, as_json, _show_books)
    if not found["total"]["balanced"]:
        raise typer.Exit(4)


def _show_books(found: dict[str, Any]) -> None:
    titles = (
        ("Import", True),
        ("File", False),
        ("Received", True),
        ("Accepted", True),
        ("Known", True),
        ("Rejected", True),
        ("Suppressed", True),
        ("In the archive", True),
        ("Recounted", True),
        ("", False),
    )
    names = ("received", "accepted", "duplicate", "rejected", "suppressed")
    rows = [
        [
            str(item["batch"]),
            item["file"],
            *(f"{item[name]:,}" for name in names),
            f"{item['found']['accepted']:,}",
            "" if item["found"]["records"] is None else f"{item['found']['records']:,}",
            "balanced" if item["balanced"] else "DOES NOT BALANCE",
        ]
        for item in found["imports"]
    ]
    total = found["total"]
    print_table(
        titles,
        [*rows, ["", "All", *(f"{total[name]:,}" for name in names), "", "", "balanced" if total["balanced"] else "DOES NOT BALANCE"]],
    )


# --- who is no customer ------------------------------------------------------------------------

not_customers = typer.Typer(help="People and domains that are no customers: staff, test orders, resellers.", no_args_is_help=True)
app.add_typer(not_customers, name="not-customers")
Entries = Annotated[list[str], typer.Argument(metavar="WHO...", help="Customer numbers, addresses such as a@b.fi, domains such as @b.fi.")]
OfSource = Annotated[str | None, typer.Option(help="Only as this source knows them.")]


@not_customers.command("list")
def not_customers_list(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Who is on the list, why, and how many people that sets aside."""
    show(call(workspace, "not_customers"), as_json, _show_not_customers)


def _show_not_customers(found: dict[str, Any]) -> None:
    titles = (("Who", False), ("What", False), ("Why", False), ("Source", False), ("People", True))
    rows = [[item["value"], item["kind"], item["reason"], item["source"] or "", f"{item['people']:,}"] for item in found["entries"]]
    if rows:
        print_table(titles, rows)
    typer.echo(f"{found['people']:,} people are set aside.")


@not_customers.command("add")
def not_customers_add(
    entries: Entries,
    reason: Annotated[str, typer.Option(help="staff, test, reseller or other.")] = "staff",
    source: OfSource = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set people aside: they count nowhere, nor does whoever comes later and fits. Their data stays."""
    show(call(workspace, "exclude_customers", entries=entries, reason=reason, source=source), as_json, _show_moved)


@not_customers.command("remove")
def not_customers_remove(entries: Entries, source: OfSource = None, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Take entries off the list; their people count again."""
    show(call(workspace, "include_customers", entries=entries, source=source), as_json, _show_moved)


def _show_moved(found: dict[str, Any]) -> None:
    moved = found["moved"]
    said = f"{moved:,} people more are set aside" if moved > 0 else f"{-moved:,} people count again" if moved else "Nobody is moved by it"
    typer.echo(f"{said}; {found['people']:,} are set aside in all.")


# --- how good the data is ------------------------------------------------------------------------


@app.command()
def quality(
    source: Annotated[str | None, typer.Option(help="Only what came from this source.")] = None,
    attribute: Annotated[str | None, typer.Option(help="Only this attribute.")] = None,
    segment: Annotated[str | None, typer.Option(help="What this segment relies on, among its members.")] = None,
    as_of: AsOf = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How good the data is: a score with its parts, every attribute and source, and what to mend first."""
    show(call(workspace, "quality", source=source, attribute=attribute, segment=segment, as_of=as_of), as_json, _show_quality)


def _show_quality(found: dict[str, Any]) -> None:
    said = ", ".join(f"{name} {percent(part['share'])}" for name, part in found["parts"].items())
    typer.echo(
        f"{'A few' if found['people'] is None else format(found['people'], ',')} people. Quality {found['score']} of 100: {said}"
        if said
        else "There is nothing to look at yet."
    )
    for warning in found["warnings"]:
        typer.echo(f"Note: {warning['message']}", err=True)
    if found["attributes"]:
        typer.echo("")
        titles = (
            ("Attribute", False),
            ("Have it", True),
            ("Can be one", True),
            ("Only theirs", True),
            ("Sources agree", True),
            ("Days old", True),
        )
        names = ("completeness", "validity", "uniqueness", "consistency")
        rows = [
            [item["attribute"], *(percent(item[name]) for name in names), "" if item["age_days"] is None else f"{item['age_days']:,.0f}"]
            for item in found["attributes"]
        ]
        print_table(titles, rows)
    if found["sources"]:
        typer.echo("")
        of_sources = (
            ("Source", False),
            ("Kind", False),
            ("Rows", True),
            ("Rejected", True),
            ("Days silent", True),
            ("Usual", True),
            ("Shifted", False),
        )
        print_table(of_sources, [_source_row(item) for item in found["sources"]])
    for item in found["tracked"]:
        of = (
            f"{item['joined_sessions']:,} of {item['sessions']:,} sessions"
            if item["sessions"]
            else f"{item['joined']:,} of {item['events']:,}"
        )
        typer.echo(f"\n{item['event']}: {percent(item['share'])} join a known customer ({of}).")
    if found["first"]:
        typer.echo("\nMend first:")
        for item in found["first"][:10]:
            money = f", {item['revenue']:,.2f} {found['currency']} in the last year" if item["revenue"] else ""
            touched = f" ({item['people']:,} people{money})" if item["people"] else ""
            typer.echo(f"  {item['message']}{touched}\n    {item['hint']}")


def _source_row(item: dict[str, Any]) -> list[str]:
    shifted = ", ".join(f"{shift['field']} {shift['psi']:.2f}" for shift in item["shifted"])
    mark = " (late)" if item["stale"] else ""
    return [
        item["source"],
        item["kind"],
        f"{item['received']:,}",
        f"{item['rejected']:,}",
        f"{item['age_days']:,.0f}{mark}",
        f"{item['expected_days']:,.0f}",
        shifted,
    ]


@app.command()
def reconcile(
    source: Annotated[str, typer.Option(help="The system whose totals these are.")] = "shop",
    customers: Annotated[int | None, typer.Option(help="How many customers it says there are.")] = None,
    orders: Annotated[int | None, typer.Option(help="How many orders.")] = None,
    revenue: Annotated[str | None, typer.Option(help="How much money.")] = None,
    since: Annotated[str | None, typer.Option(help="The first day of orders and revenue.")] = None,
    until: Annotated[str | None, typer.Option(help="The day after the last.")] = None,
    holds: Annotated[
        str | None,
        typer.Option(
            help="What its totals hold: any of vat,shipping,charges,gift-cards,refunds,cancelled,guests; vat,shipping,charges when left out."
        ),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="A CSV with the columns month, orders, revenue.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """A source's own totals against Lohko's, and why they differ, line by line; what the lines leave over is named."""
    found = call(
        workspace,
        "reconcile",
        source=source,
        customers=customers,
        orders=orders,
        revenue=revenue,
        since=since,
        until=until,
        holds=None if holds is None else [part.strip() for part in holds.split(",") if part.strip()],
        months=None if file is None else _months(file),
    )
    show(found, as_json, _show_reconcile)


def _months(file: Path) -> list[dict[str, str]]:
    if not file.is_file():
        raise InputError("no_file", "There is no such file.", place=str(file))
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        text = stream.read(1 << 20)
    first = text.splitlines()[0] if text else ""
    rows = list(csv.DictReader(text.splitlines(), delimiter=";" if ";" in first else ","))
    if not rows or "month" not in rows[0]:
        raise InputError(
            "bad_totals", "The file has no column `month`.", place=str(file), hint="its columns are month, orders and revenue."
        )
    return [{name: row.get(name) or "" for name in ("month", "orders", "revenue")} for row in rows]


def _show_reconcile(found: dict[str, Any]) -> None:
    for part in found["compared"]:
        _show_compared(found["source"], part)
    for month in found["months"]:
        typer.echo(f"\n{month['month']}")
        for part in month["compared"]:
            _show_compared(found["source"], part)
    if found["holds"]:
        typer.echo(f"Taken to be so of {found['source']}: {'; '.join(found['holds'].values())}. (--holds says otherwise.)")


def _show_compared(source: str, part: dict[str, Any]) -> None:
    places = 2 if part["what"] == "revenue" else 0
    rows = [[f"{source} says", f"{part['stated']:,.{places}f}"]]
    rows += [[f"  {line['text']}", f"{line['value']:+,.{places}f}"] for line in part["lines"]]
    rows.append(["Lohko has", f"{part['lohko']:,.{places}f}"])
    print_table(((part["what"].capitalize(), False), ("", True)), rows)
