"""Reports as files, as links, and by e-mail."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Any

import typer

from lohko.cli.app import AsOf, JsonOption, WorkspaceOption, app, call, print_table, show

SegmentOption = Annotated[str | None, typer.Option("--segment", help="Of this segment; the overview when left out.")]
LanguageOption = Annotated[str, typer.Option(help="en or fi.")]


@app.command("report")
def report(
    segment: Annotated[str | None, typer.Argument(metavar="[SEGMENT]", help="The segment's id; the overview when left out.")] = None,
    form: Annotated[str, typer.Option("--as", help="pdf, pptx or xlsx.")] = "pdf",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file; a name with the day when left out.")] = None,
    language: LanguageOption = "en",
    as_of: AsOf = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """A segment, or the whole overview, as PDF, PowerPoint or Excel. No person is in it."""
    found = call(workspace, "report", segment=segment, form=form, language=language, as_of=as_of)
    path = output or Path(found["name"])
    path.write_bytes(base64.b64decode(found.pop("content")))
    show(found | {"file": str(path)}, as_json, lambda made: typer.echo(f"Written to {made['file']}."))


link = typer.Typer(help="Links by which a report can be read without signing in.", no_args_is_help=True)
app.add_typer(link, name="report-link")


@link.command("add")
def link_add(
    segment: SegmentOption = None,
    days: Annotated[int, typer.Option(help="How many days it opens.")] = 30,
    language: LanguageOption = "en",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a link; what opens it is told once."""
    found = call(workspace, "report_link_add", segment=segment, days=days, language=language)
    show(
        found,
        as_json,
        lambda made: typer.echo(
            f"{made['path']}\n  opens until {made['expires_at'][:10]}, after your server's address; `lohko report-link revoke {made['id']}` ends it."
        ),
    )


@link.command("list")
def link_list(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The links that there are; never what opens them."""

    def say(found: dict[str, Any]) -> None:
        rows = [
            (
                row["id"],
                row["segment"] or "overview",
                row["language"],
                row["expires_at"][:10],
                row["made_by"] or "",
                "open" if row["open"] else "rests" if row["rests"] else "over",
            )
            for row in found["links"]
        ]
        print_table([("link", False), ("of", False), ("language", False), ("until", False), ("by", False), ("state", False)], rows)

    show(call(workspace, "report_links"), as_json, say)


@link.command("take-over")
def link_take_over(
    name: Annotated[str, typer.Argument(metavar="LINK")], workspace: WorkspaceOption = None, as_json: JsonOption = False
) -> None:
    """Let a link go on that rests because whoever made it may not make reports any more."""
    show(call(workspace, "report_take_over", item=name), as_json, lambda _: typer.echo("It is yours now."))


@link.command("revoke")
def link_revoke(
    name: Annotated[str, typer.Argument(metavar="LINK")], workspace: WorkspaceOption = None, as_json: JsonOption = False
) -> None:
    """Let a link open nothing any more."""
    show(call(workspace, "report_link_revoke", link=name), as_json, lambda _: typer.echo("It opens nothing any more."))


mail = typer.Typer(
    help="Reports that are sent by e-mail when their time comes, by the server that LOHKO_SMTP_HOST names.", no_args_is_help=True
)
app.add_typer(mail, name="report-mail")


@mail.command("add")
def mail_add(
    to: Annotated[list[str], typer.Option(metavar="ADDRESS", help="An address; again for several.")],
    schedule: Annotated[str, typer.Option(help="Five fields of cron on the workspace's clock, such as '0 7 * * 1'.")],
    segment: SegmentOption = None,
    form: Annotated[str, typer.Option("--as", help="pdf, pptx or xlsx.")] = "pdf",
    language: LanguageOption = "en",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send a report regularly, while the server runs."""
    found = call(workspace, "report_mail_add", receivers=to, schedule=schedule, segment=segment, form=form, language=language)
    show(found, as_json, lambda made: typer.echo(f"Kept as {made['id']}. `lohko report-mail send {made['id']}` tries it now."))


@mail.command("list")
def mail_list(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """What is sent when, and how it went the last time."""

    def say(found: dict[str, Any]) -> None:
        rows = [
            (
                row["id"],
                row["segment"] or "overview",
                row["form"],
                row["schedule"],
                str(len(row["receivers"])),
                (row["last_success"] or "never")[:16],
                row["made_by"] or "",
                "rests" if row["rests"] else row["last_error"] or "",
            )
            for row in found["schedules"]
        ]
        print_table(
            [
                ("id", False),
                ("of", False),
                ("as", False),
                ("schedule", False),
                ("receivers", True),
                ("sent", False),
                ("by", False),
                ("state", False),
            ],
            rows,
        )

    show(call(workspace, "report_mail_list"), as_json, say)


@mail.command("take-over")
def mail_take_over(
    name: Annotated[str, typer.Argument(metavar="ID")], workspace: WorkspaceOption = None, as_json: JsonOption = False
) -> None:
    """Go on with a schedule that rests because whoever made it may not make reports any more."""
    show(call(workspace, "report_take_over", item=name), as_json, lambda _: typer.echo("It is yours now."))


@mail.command("remove")
def mail_remove(name: Annotated[str, typer.Argument(metavar="ID")], workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Send a report no more."""
    show(call(workspace, "report_mail_remove", schedule=name), as_json, lambda _: typer.echo("It is sent no more."))


@mail.command("send")
def mail_send(
    name: Annotated[str | None, typer.Argument(metavar="[ID]", help="Only this one; all when left out.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Only those whose time has come.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send reports now."""

    def say(found: dict[str, Any]) -> None:
        for row in found["sent"]:
            typer.echo(f"{row['id']}: {'sent' if row['error'] is None else row['error']['message']}")
        if not found["sent"]:
            typer.echo("There was nothing to send.")

    found = call(workspace, "report_send", schedule=name, due=due)
    show(found, as_json, say)
    if any(row["error"] for row in found["sent"]):
        raise typer.Exit(4)
