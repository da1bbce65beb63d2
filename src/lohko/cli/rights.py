"""Commands about the rights of one person, and their consents."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.base.errors import InputError
from lohko.cli.app import JsonOption, WorkspaceOption, app, call, local, print_table, show, write_private
from lohko.cli.person import CustomerArgument, person

consent = typer.Typer(help="Consents of one customer: given, withdrawn, and their history.", no_args_is_help=True)
app.add_typer(consent, name="consent")
suppression = typer.Typer(help="Who is kept out because they were erased, as keyed hashes.", no_args_is_help=True)
app.add_typer(suppression, name="suppression")

Purpose = Annotated[str, typer.Option(help="email, sms, phone, post, ads, personalisation or profiling.")]
Since = Annotated[str | None, typer.Option(help="Since when, such as 2026-11-01; now when left out.")]
Capacity = Annotated[
    str | None, typer.Option(help="As what they say it: consumer, contact, or the name of a company whose contact they are.")
]
Reason = Annotated[str, typer.Option(help="Why; kept with it, and never in the audit.")]
Lift = Annotated[bool, typer.Option("--lift", help="Lift it again.")]


# --- one person ------------------------------------------------------------------------------


@person.command("show")
def person_show(customer: CustomerArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """All that is known of a customer: records, attributes and their past, events, consents, flags, scores, segments and why."""
    show(call(workspace, "person_show", customer=customer), as_json, _show_person)


def _show_person(found: dict[str, Any]) -> None:
    typer.echo(f"{found['customer']}  ({found['person_id']})")
    if not found["asked_about"]:
        typer.echo("Set aside: in no segment, count or audience.")
    if found["flags"]["hold"]:
        typer.echo("Flags: " + ", ".join(found["flags"]["hold"]))
    typer.echo("Records: " + ", ".join(f"{item['source']} {item['kind']} {item['value']}" for item in found["records"]))
    now = [row for row in found["attributes"] if row["until"] is None]
    if now:
        print_table(
            (("Attribute", False), ("Value", False), ("Since", False), ("Source", False)),
            [[row["name"], str(row["value"]), _day(row["from"], found["timezone"]), row["source"] or ""] for row in now],
        )
    typer.echo(f"{len(found['events']):,} events, {len(found['attributes']) - len(now):,} earlier values (person export has them all)")
    for purpose, holds in found["consents_standing"].items():
        typer.echo(f"Consent {purpose}: {'stands' if holds else 'does not stand'}")
    typer.echo("Segments now: " + (", ".join(row["segment"] for row in found["segments"]) or "none"))
    for row in found["sent_to"]:
        typer.echo(f"Was in the audience {row['segment']} for {row['to']} of {_day(row['at'], found['timezone'])}")


def _day(instant: str | None, timezone: str) -> str:
    return "always" if instant is None else local(instant, timezone)[:10]


@person.command("export")
def person_export(
    customer: CustomerArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The zip to write; only its owner can read it.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everything that is kept of a customer as a zip to hand over: JSON, CSV, and a README in English and Finnish."""
    found = call(workspace, "person_export", customer=customer)
    write_private(output, base64.b64decode(found.pop("zip")))
    show({**found, "file": str(output)}, as_json, lambda _: typer.echo(f"Written to {output}. It is as private as what is in it."))


@person.command("correct")
def person_correct(
    customer: CustomerArgument,
    attribute: Annotated[str, typer.Option(help="The attribute's name.")],
    value: Annotated[str, typer.Option(help="Its right value; an empty one says that nothing is known.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put an attribute right by hand. Files that still say what was corrected do not undo it."""
    found = call(workspace, "person_correct", customer=customer, attribute=attribute, value=value)
    show(found, as_json, _show_correction)


def _show_correction(found: dict[str, Any]) -> None:
    typer.echo(f"{found['customer']}: {found['attribute']} is now {found['value'] if found['value'] is not None else 'unknown'}.")
    for row in found["tell"]:
        typer.echo(f"  Tell {row['to']}: the audience {row['segment']} of {row['at'][:10]} had this customer.")


@person.command("restrict")
def person_restrict(
    customer: CustomerArgument,
    lift: Lift = False,
    reason: Reason = "",
    since: Since = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restrict the processing of a customer: stored, and in no segment, count or audience."""
    _flag(workspace, customer, "restricted", lift, reason, since, as_json)


@person.command("object")
def person_object(
    customer: CustomerArgument,
    to: Annotated[str, typer.Option(help="marketing or profiling.")] = "marketing",
    lift: Lift = False,
    reason: Reason = "",
    since: Since = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note that a customer objects to marketing (and so to profiling for it), or to profiling alone."""
    if to not in ("marketing", "profiling"):
        raise InputError("unknown_objection", f"There is no objection to {to!r}.", hint="marketing or profiling.")
    _flag(workspace, customer, f"no_{to}", lift, reason, since, as_json)


def _flag(workspace: Path | None, customer: str, flag: str, lift: bool, reason: str, since: str | None, as_json: bool) -> None:
    found = call(workspace, "person_flag", customer=customer, flag=flag, holds=not lift, reason=reason, since=since)
    held = ", ".join(found["flags"]["hold"]) or "none"
    show(found, as_json, lambda _: typer.echo(f"{found['customer']}: flags that hold: {held}. {flag}: {found['means']}."))


@person.command("erase")
def person_erase(
    customers: Annotated[list[str], typer.Argument(metavar="CUSTOMER...", help="Customer numbers, e-mail addresses or public ids.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase customers for good, everywhere. It cannot be undone, and later files do not bring them back."""
    if not yes:
        typer.confirm(f"Erase {len(customers)} customers for good? This cannot be undone", abort=True, err=True)
    show(call(workspace, "person_erase", customers=customers), as_json, _show_erasure)


def _show_erasure(found: dict[str, Any]) -> None:
    typer.echo(
        f"Erased {found['erased']:,}: {found['rows']:,} rows of {found['batches']:,} imports and decisions, {found['ledger_files']:,} files of the ledger."
    )
    if found["texts"] or found["drafts"]:
        typer.echo(f"Blanked {found['texts']:,} notes and comments that named them, and threw away {found['drafts']:,} drafts of rules.")
    checked = found["checked"]
    typer.echo(f"Looked through every byte of the workspace afterwards ({checked['files']:,} files, {checked['bytes']:,} bytes).")
    for name in checked["found_in"]:
        typer.echo(f"  Still in {name}: if you put that file there, take them out of it or delete it; if not, please report it as a fault.")
    if not checked["found_in"]:
        typer.echo("  Found nowhere.")
    for name in found["companies"]:
        typer.echo(f"  The company {name} stays: what a list of companies says is the company's, also where it is called after somebody.")
    if found["copied_to_spark"]:
        typer.echo("  The copy for Spark still has them: make it again with `lohko engine copy --to spark`, at every place that has one.")
    for row in found["downstream"]:
        typer.echo(f"  Remove there too: {row['to']}, audience {row['segment']} of {row['at'][:10]} ({row['people']} of them).")
    for name in found["definitions"]:
        typer.echo(f"  The rule of segment {name} names one of them, also in its earlier versions: change it.")
    for name in found["ledger_missing_in"]:
        typer.echo(f"  The ledger beside the backups in {name} could not be written: make a backup there, or restore with --erasures.")


# --- consent ---------------------------------------------------------------------------------


@consent.command("give")
def consent_give(
    customer: CustomerArgument,
    purpose: Purpose,
    basis: Annotated[str, typer.Option(help="consent, existing_customer or b2b_role.")] = "consent",
    since: Since = None,
    source: Annotated[str, typer.Option(help="Where it was said, such as a form or a call.")] = "",
    wording: Annotated[str, typer.Option(help="In which words it was asked.")] = "",
    proof: Annotated[str, typer.Option(help="What proves it; `guardian: ...` for a guardian's consent.")] = "",
    capacity: Capacity = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a customer may be reached for a purpose, and on what that rests."""
    said: dict[str, Any] = {"since": since, "source": source, "wording": wording, "proof": proof, "capacity": capacity}
    found = call(workspace, "consent_give", customer=customer, purpose=purpose, basis=basis, **said)
    show(found, as_json, _show_consents)


@consent.command("withdraw")
def consent_withdraw(
    customer: CustomerArgument,
    purpose: Purpose,
    since: Since = None,
    source: Annotated[str, typer.Option(help="Where it was said.")] = "",
    proof: Annotated[str, typer.Option(help="What proves it.")] = "",
    capacity: Capacity = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a customer withdrew: it beats every older grant, in whatever order they arrive. Without --capacity it is of the whole person."""
    said: dict[str, Any] = {"since": since, "source": source, "proof": proof, "capacity": capacity}
    found = call(workspace, "consent_withdraw", customer=customer, purpose=purpose, **said)
    show(found, as_json, _show_consents)


@consent.command("history")
def consent_history(
    customer: CustomerArgument,
    purpose: Annotated[str | None, typer.Option(help="Only this purpose.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every consent that a customer gave and withdrew, and what stands now."""
    show(call(workspace, "consent_history", customer=customer, purpose=purpose), as_json, _show_consents)


def _show_consents(found: dict[str, Any]) -> None:
    titles = (
        ("Purpose", False),
        ("Since", False),
        ("", False),
        ("As", False),
        ("Basis", False),
        ("Source", False),
        ("Wording", False),
        ("Proof", False),
    )
    rows = [
        [
            row["purpose"],
            local(row["since"], found["timezone"]),
            ("given" if row["given"] else "withdrawn") + ("" if row["dated"] else ", undated"),
            _capacity(row),
            row["basis"],
            *(row[name] or "" for name in ("source", "wording", "proof")),
        ]
        for row in found["records"]
    ]
    print_table(titles, rows)
    for purpose, holds in found["stands"].items():
        typer.echo(f"{purpose}: {'stands' if holds else 'does not stand'}")
        apart = [row for row in found["stands_as"] if row["purpose"] == purpose]
        for row in apart if len(apart) > 1 else ():
            typer.echo(f"  as {_capacity(row)}: {'stands' if row['stands'] else 'does not stand'}")


def _capacity(row: dict[str, Any]) -> str:
    """As what somebody said something; nothing where that cannot be known."""
    return f"contact of {row['company']}" if row["company"] else row["capacity"] or ""


# --- kept out --------------------------------------------------------------------------------


@suppression.command("list")
def suppression_list(
    limit: Annotated[int, typer.Option(help="At most so many of the latest.")] = 20,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """How many identifiers of people who were erased are kept out, and since when. Whose they are nobody can tell."""
    show(call(workspace, "suppression_list", limit=limit), as_json, _show_suppression)


def _show_suppression(found: dict[str, Any]) -> None:
    typer.echo(f"{found['identifiers']:,} identifiers of {found['people']:,} people who were erased are kept out.")
    if found["rows"]:
        print_table((("Since", False), ("Identifiers", True)), [[row["day"], f"{row['identifiers']:,}"] for row in found["days"]])
        print_table(
            (("Short id", False), ("Since (UTC)", False)), [[row["id"], row["since"][:16].replace("T", " ")] for row in found["rows"]]
        )


@suppression.command("lift")
def suppression_lift(
    identifier: Annotated[
        str, typer.Argument(metavar="IDENTIFIER", help="An e-mail address, phone number or customer number that they had.")
    ],
    reason: Annotated[str, typer.Option(help="Why they may come back; kept in the audit, so without naming them.")],
    source: Annotated[str | None, typer.Option(help="The source of a customer number, where several have it.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let somebody who was erased come in again with later imports, because they ask to be a customer once more."""
    found = call(workspace, "suppression_lift", identifier=identifier, reason=reason, source=source)
    show(found, as_json, _show_lifted)


def _show_lifted(found: dict[str, Any]) -> None:
    typer.echo(
        f"{found['lifted']:,} identifiers are kept out no more. What was erased is not brought back: the next import may bring them in."
    )
    if found["still_kept_out"]:
        typer.echo(
            f"  {found['still_kept_out']:,} that somebody else who was erased had too still keep rows out; name one of them to lift it."
        )
    for name in found["ledger_missing_in"]:
        typer.echo(f"  The ledger beside the backups in {name} could not be written: make a backup there, or restore with --erasures.")
