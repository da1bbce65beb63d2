"""Commands about the quality of the data: contracts, retrying what was rejected, the books, and who is no customer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.base.errors import InputError
from lohko.cli.app import JsonOption, WorkspaceOption, app, call, print_table, show
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
        f" + {found['duplicate']:,} known already + {found['rejected']:,} rejected still"
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
