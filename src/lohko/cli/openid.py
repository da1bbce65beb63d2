"""Commands about signing in by an OpenID provider."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lohko.base.errors import InputError
from lohko.cli.app import JsonOption, WorkspaceOption, app, call, print_table, show

openid = typer.Typer(help="Signing in by a provider of OpenID Connect, such as Entra, Google or Keycloak.", no_args_is_help=True)
app.add_typer(openid, name="openid")


@openid.command("set")
def set_(
    issuer: Annotated[str, typer.Argument(metavar="ISSUER", help="The provider's address, exactly as its discovery document says it.")],
    client_id: Annotated[str, typer.Option(help="What the provider calls Lohko.")],
    domain: Annotated[list[str], typer.Option(help="Whose addresses may sign in: example.fi; may be given several times.")],
    secret: Annotated[
        str, typer.Option(help="Where the client's secret is: env:NAME or file:/PATH of mode 600; without one, PKCE alone.")
    ] = "",
    name: Annotated[str, typer.Option(help="What the button calls the provider; its host when left out.")] = "",
    new_people: Annotated[
        str | None, typer.Option(metavar="ROLE", help="The role of those who come for the first time; when left out, only the invited.")
    ] = None,
    roles_from: Annotated[str | None, typer.Option(metavar="CLAIM", help="The claim that lists somebody's groups.")] = None,
    role: Annotated[
        list[str] | None, typer.Option(metavar="GROUP=ROLE", help="The role of a group; the first that fits counts, at every sign-in.")
    ] = None,
    verified_by: Annotated[str, typer.Option(metavar="CLAIM", help="The claim that says that the address is theirs.")] = "email_verified",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let people sign in by a provider; in the place of an earlier one. `lohko openid test` then tries it."""
    found = call(
        workspace,
        "openid_set",
        issuer=issuer,
        client_id=client_id,
        domains=domain,
        secret=secret,
        name=name,
        new_people=new_people,
        roles_from=roles_from,
        roles=dict(_pair(item) for item in role or ()),
        verified_by=verified_by,
    )
    show(found, as_json, _say)


def _pair(text: str) -> tuple[str, str]:
    group, sign, role = text.rpartition("=")
    if not sign or not group:
        raise InputError("bad_group", f"{text!r} is no group and role.", hint="--role marketing=marketer.")
    return group, role


@openid.command("show")
def show_(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """What is set, and who signs in by it."""
    show(call(workspace, "openid_show"), as_json, _say)


def _say(found: dict[str, Any]) -> None:
    provider = found["provider"]
    if provider is None:
        typer.echo("No provider is set: people sign in with their passwords.")
    else:
        typer.echo(f"People sign in by {provider['name'] or provider['issuer']} ({provider['issuer']}).")
        typer.echo(f"  Addresses of {', '.join(provider['domains'])}, once {provider['verified_by']} says that they are theirs.")
        new = provider["new_people"]
        typer.echo(f"  Who comes for the first time {f'becomes {new}' if new else 'has to have been invited'}.")
        for group, role in provider["roles"]:
            typer.echo(f"  Who is in {group} ({provider['roles_from']}) is {role}.")
        typer.echo(f"  The secret: {provider['secret'] or 'none'}.")
        typer.echo("  The provider sends people back to https://YOUR-ADDRESS/sign-in/openid/back.")
    if found["users"]:
        rows = [[item["email"], item["role"], item["issuer"]] for item in found["users"]]
        print_table((("User", False), ("Role", False), ("Signs in by", False)), rows)


@openid.command("test")
def test_(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Ask the provider for what it says of itself and for its keys; nobody signs in."""
    found = call(workspace, "openid_test")
    show(found, as_json, lambda made: typer.echo(f"{made['issuer']} answers, with {made['keys']} keys for signing."))


@openid.command("remove")
def remove(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Nobody signs in by a provider any more."""
    show(call(workspace, "openid_remove"), as_json, _say)


@openid.command("unlink")
def unlink(
    someone: Annotated[str, typer.Argument(metavar="USER", help="The user's e-mail address or id.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """A user is nobody of the provider any more, as when their address has gone to somebody else; they are signed out."""
    found = call(workspace, "openid_unlink", user=someone)
    show(found, as_json, lambda made: typer.echo(f"{made['user']['email']} is nobody of the provider any more."))
